//! What a service is: how to authenticate with it, as data.

mod calls;
mod credentials;
mod defaults;
pub mod describe;
mod lint;
mod oauth;
mod validate;
mod values;

pub use calls::{ExpiryRule, Lookup, Rate, TestCall};
pub use credentials::{Basic, CredentialPlace, KeyParameter};
pub use lint::lint;
pub use oauth::{ClientAuth, Grant, OAuth1, OAuth2, Revocation, RevokeMethod, SignatureMethod, TokenFormat};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A service definition: one TOML file. All texts may hold `{name}` placeholders where the field says "template".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The id; a shipped service has that of its file, a custom one states it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What it is for, such as `marketing`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// The base address of its API; a template. Its host is allowed by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Where its documentation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// Where the person who connects registers an application, or makes a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// What a person who connects should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Whether the platform ships it ready-made, or its guides name it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zoho_default: bool,
    /// Other names that scripts and manifests use for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The hosts that may get the credentials, besides that of `api`: `api.example.com`, `*.example.com`, `{dc}.example.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_hosts: Vec<String>,
    /// The only methods that calls may use; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Whether calls need no credentials at all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anonymous: bool,
    /// Whether its secrets may be as short as three characters: they are masked all the same.
    #[serde(default, skip_serializing_if = "is_default")]
    pub short_secrets: bool,
    /// Headers of every call; templates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How many calls are welcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// A harmless call that shows whether the credentials work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TestCall>,
    /// Keys that go with every call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_key: Vec<KeyParameter>,
    /// User name and password with every call (RFC 7617).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<Basic>,
    /// Signed calls (RFC 5849).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth1: Option<OAuth1>,
    /// Calls with an access token (RFC 6749).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<OAuth2>,
    /// Values that a connection has: asked for, or found on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Calls made once after the consent, to find values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after_consent: Vec<Lookup>,
    /// Answers that mean "the token has expired"; empty is status 401.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expired: Vec<ExpiryRule>,
    /// Scopes to choose from, each with what it allows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scopes: BTreeMap<String, String>,
}

/// How a service authenticates, with its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Auth<'a> {
    /// Not at all.
    None,
    /// Keys in headers, the query or the form.
    ApiKey(&'a [KeyParameter]),
    /// User name and password.
    Basic(&'a Basic),
    /// OAuth 1.0a.
    OAuth1(&'a OAuth1),
    /// OAuth 2.0.
    OAuth2(&'a OAuth2),
}

impl Auth<'_> {
    /// The kind's name as the service files write it: `none`, `api_key`, `basic`, `oauth1`, `oauth2`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Auth::None => "none",
            Auth::ApiKey(_) => "api_key",
            Auth::Basic(_) => "basic",
            Auth::OAuth1(_) => "oauth1",
            Auth::OAuth2(_) => "oauth2",
        }
    }
}
/// What a value must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Anything on one line.
    #[default]
    Text,
    /// Letters, digits, `-` and `_`.
    Slug,
    /// Digits.
    Digits,
    /// A host name.
    Host,
    /// A URL with https.
    Url,
    /// A date as 2025-01-31.
    Date,
}

/// A value that a connection has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The name in placeholders.
    pub name: String,
    /// What the person who connects is asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it must look like.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pattern: Pattern,
    /// The values to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The value when none is given or found; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// An example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// Whether a connection may lack it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optional: bool,
    /// Whether it is found on the way and not asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub discovered: bool,
    /// Whether it is kept and shown like a credential.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret: bool,
}

impl Service {
    /// How it authenticates.
    #[must_use]
    pub fn auth(&self) -> Auth<'_> {
        if let Some(oauth2) = &self.oauth2 {
            Auth::OAuth2(oauth2)
        } else if let Some(oauth1) = &self.oauth1 {
            Auth::OAuth1(oauth1)
        } else if let Some(basic) = &self.basic {
            Auth::Basic(basic)
        } else if !self.api_key.is_empty() {
            Auth::ApiKey(&self.api_key)
        } else {
            Auth::None
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields that the person who connects is asked for, in order.
    pub fn asked_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.discovered)
    }

    /// The hosts that its credentials may go to, for people: those that calls may reach, and those that give tokens.
    #[must_use]
    pub fn credential_hosts(&self) -> Vec<String> {
        let mut urls: Vec<&str> = self.api.as_deref().into_iter().collect();
        if let Some(oauth2) = &self.oauth2 {
            urls.extend(
                [&oauth2.token_url, &oauth2.refresh_url, &oauth2.revoke_url].into_iter().filter_map(|u| u.as_deref()),
            );
        }
        if let Some(oauth1) = &self.oauth1 {
            urls.extend([&oauth1.request_token_url, &oauth1.access_token_url].into_iter().filter_map(|u| u.as_deref()));
        }
        let of_urls = urls.into_iter().map(|url| crate::hosts::of_template(url).to_owned());
        let mut hosts: Vec<String> =
            self.allowed_hosts.iter().cloned().chain(of_urls).filter(|h| !h.is_empty()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }

    /// The service as a TOML text that reads back as the same service.
    ///
    /// # Errors
    /// [`Code::BadService`](rainwright_diagnostic::Code::BadService) when TOML cannot hold it.
    pub fn to_toml(&self) -> Result<String, rainwright_diagnostic::Problem> {
        toml::to_string(self).map_err(|e| {
            let message = format!("The service \"{}\" cannot be written as TOML: {e}.", self.id);
            rainwright_diagnostic::Problem::new(rainwright_diagnostic::Code::BadService, message)
        })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
