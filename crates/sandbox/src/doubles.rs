//! The table of doubles: which real host is played under which path, and how its service words an error.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use crate::http::json;
use crate::world::Ctx;
use crate::{admin, dropbox, echo, eventbrite, fault, google, mailchimp, oauth, partners, products, support, zoho};

/// Real hosts and the paths that play them; Zoho's are in [`zoho::CENTRES`], others in a table of `oauth`.
const HOSTS: &[(&str, &str)] = &[
    ("login.mailchimp.com", "/mailchimp-login"),
    ("*.api.mailchimp.com", "/mailchimp-api"),
    ("accounts.google.com", "/google-accounts"),
    ("oauth2.googleapis.com", "/google-token"),
    ("www.googleapis.com", "/google-api"),
    ("www.eventbrite.com", "/eventbrite-login"),
    ("www.eventbriteapi.com", "/eventbrite-api"),
    ("www.dropbox.com", "/dropbox-login"),
    ("api.dropboxapi.com", "/dropbox-api"),
    ("content.dropboxapi.com", "/dropbox-content"),
    ("support.example.com", "/support"),
    ("sdpondemand.manageengine.com", "/zoho-sdp/us"),
    ("echo.example.com", "/echo"),
    ("sandbox.example.com", "/_sandbox"),
    ("quirks.example.com", "/quirks"),
    ("oauth.example.com", "/oauth"),
    ("oauth1.example.com", "/oauth1"),
];

/// All host patterns with their paths.
pub(crate) fn hosts() -> impl Iterator<Item = (String, String)> {
    let fixed = HOSTS.iter().map(|(host, path)| (String::from(*host), String::from(*path)));
    let google = partners::google_hosts().map(|(host, path)| (String::from(host), String::from(path)));
    fixed.chain(google).chain(zoho::hosts()).chain(oauth::provider_hosts()).chain(partners::hosts())
}

/// Whether a host fits a pattern; `*.` stands for one or more labels.
pub(crate) fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => host == pattern,
    }
}

/// The first segment of a path and the rest, as `mailchimp-api` and `/3.0/ping`.
pub(crate) fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.find('/').map_or((path, ""), |slash| path.split_at(slash))
}

/// The service that a first segment belongs to: `mailchimp` of `mailchimp-api`.
pub(crate) fn service(segment: &str) -> &str {
    segment.split('-').next().unwrap_or(segment)
}

/// An error as the service would word it.
pub(crate) fn error(segment: &str, rest: &str, status: u16) -> Response {
    match segment {
        "mailchimp-api" => mailchimp::error(status),
        "zoho-accounts" => json(status, json!({ "error": "general_error" })),
        segment if segment.starts_with("zoho-") => products::error(segment, rest, status),
        "google-api" => google::error(status),
        "eventbrite-api" => eventbrite::error(status),
        "dropbox-api" | "dropbox-content" => dropbox::error(status),
        _ => {
            json(status, json!({ "error": "sandbox_fault", "error_description": format!("HTTP {status}, as ordered") }))
        }
    }
}

/// The whole application.
pub(crate) fn app(ctx: Ctx) -> Router {
    Router::new()
        .nest("/_sandbox", admin::routes())
        .route("/.well-known/oauth-authorization-server/{*issuer}", oauth::metadata_route())
        .nest("/oauth", oauth::routes())
        .nest("/oauth1", oauth::oauth1_routes())
        .nest("/quirks", oauth::quirk_routes())
        .merge(oauth::provider_routes())
        .nest("/mailchimp-login", mailchimp::login_routes())
        .nest("/mailchimp-api", mailchimp::api_routes(&ctx))
        .nest("/zoho-accounts/{centre}", zoho::accounts_routes())
        .merge(products::routes())
        .merge(partners::routes())
        .nest("/google-accounts", google::accounts_routes())
        .nest("/google-token", google::token_routes())
        .nest("/google-api", google::api_routes())
        .nest("/eventbrite-login", eventbrite::login_routes())
        .nest("/eventbrite-api", eventbrite::api_routes(&ctx))
        .nest("/dropbox-login", dropbox::login_routes())
        .nest("/dropbox-api", dropbox::api_routes())
        .nest("/dropbox-content", dropbox::content_routes())
        .nest("/support", support::routes())
        .nest("/echo", echo::routes())
        .fallback(get(|| async { json(404, json!({ "error": "not_found" })) }))
        .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
        .layer(from_fn_with_state(ctx.clone(), fault::intercept))
        .with_state(ctx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_needs_a_label() {
        assert!(matches("*.api.mailchimp.com", "us6.api.mailchimp.com"));
        assert!(!matches("*.api.mailchimp.com", "api.mailchimp.com"));
        assert!(!matches("accounts.zoho.com", "accounts.zoho.com.evil.example"));
    }

    #[test]
    fn paths_and_services() {
        assert_eq!(split("/mailchimp-api/3.0/ping"), ("mailchimp-api", "/3.0/ping"));
        assert_eq!(split("/echo"), ("echo", ""));
        assert_eq!(service("mailchimp-api"), "mailchimp");
    }
}
