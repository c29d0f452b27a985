//! How the console says things: statuses, what to do about them, how a service signs in.

use maud::{Markup, html};
use rainwright::connections::{Auth, Grant, Service, Status};

/// A status with its colour and words.
pub(super) fn badge(status: &str) -> Markup {
    let (class, text) = match status {
        "connected" => ("badge good", "Connected"),
        "draft" => ("badge", "Not connected"),
        "needs_reauth" => ("badge warn", "Needs consent again"),
        "revoked" => ("badge bad", "Revoked"),
        "disabled" => ("badge", "Switched off"),
        _ => ("badge warn", "In trouble"),
    };
    html! { span class=(class) { (text) } }
}

/// What to do about a connection that cannot be used.
pub(super) fn advice(status: Status, signs_in_browser: bool) -> Option<&'static str> {
    match status {
        Status::Connected => None,
        Status::Draft if signs_in_browser => {
            Some("The provider has not agreed yet. Press Connect and give your consent on its page.")
        }
        Status::Draft => Some("The credentials are missing. Press Connect and enter them."),
        Status::NeedsReauth => Some(
            "The provider no longer accepts this login: the consent was withdrawn, or it lay unused for too long. \
             Press Reconnect and agree once more.",
        ),
        Status::Revoked => Some("Its tokens were given back. Press Reconnect to agree again."),
        Status::Disabled => {
            Some("It was switched off here. Its login is kept: switch it on when scripts may use it again.")
        }
        Status::Error => Some(
            "The provider could not be reached, or had a problem of its own, when the login was to be renewed. \
             It is tried again by itself; press Test to try now.",
        ),
    }
}

/// How a connection to a service is made.
pub(super) fn signs_in_with(service: &Service) -> &'static str {
    match service.auth() {
        Auth::None => "No credentials",
        Auth::ApiKey(_) => "API key",
        Auth::Basic(_) => "User name and password",
        Auth::OAuth1(settings) if settings.request_token_url.is_none() => "Signed calls (OAuth 1.0)",
        Auth::OAuth1(_) => "OAuth 1.0",
        Auth::OAuth2(settings) => match settings.grant {
            Grant::AuthorizationCode => "OAuth 2.0",
            Grant::Device => "OAuth 2.0, a code on another device",
            Grant::ClientCredentials => "OAuth 2.0, the application itself",
            Grant::Password | Grant::Login => "A login that gives a token",
        },
    }
}

/// Whether connecting leads through a page of the provider.
pub(super) fn has_consent_page(service: &Service) -> bool {
    match service.auth() {
        Auth::OAuth1(settings) => settings.request_token_url.is_some() && !settings.two_legged,
        Auth::OAuth2(settings) => matches!(settings.grant, Grant::AuthorizationCode | Grant::Device),
        _ => false,
    }
}

/// A category's name for people.
pub(super) fn category(name: &str) -> String {
    match name {
        "ai" => "AI".to_owned(),
        "crm" => "CRM".to_owned(),
        _ => {
            let mut letters = name.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}
