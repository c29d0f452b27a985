//! What a service is: how to authenticate with it, as data.

mod defaults;
mod validate;
mod values;

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

/// Where a credential stands in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A header.
    #[default]
    Header,
    /// A query parameter.
    Query,
    /// A pair of a form body.
    Form,
    /// Where the script writes `{name}`, in the URL, a query parameter or a form pair.
    Placeholder,
}

/// One key of an API-key service: asked for when connecting, added to every call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyParameter {
    /// What the connection stores it as.
    #[serde(default = "defaults::api_key", skip_serializing_if = "defaults::is_api_key")]
    pub name: String,
    /// What the person who connects is asked for.
    #[serde(default = "defaults::api_key_title", skip_serializing_if = "defaults::is_api_key_title")]
    pub title: String,
    /// Where it goes.
    #[serde(default, rename = "in", skip_serializing_if = "is_default")]
    pub place: Place,
    /// The header's or parameter's name.
    #[serde(default = "defaults::authorization", skip_serializing_if = "defaults::is_authorization")]
    pub key: String,
    /// The header's or parameter's value; a template. `None` is the key itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether a connection may lack it; then nothing is added.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optional: bool,
}

/// The settings of Basic authentication: what the two parts are called, or what one of them always is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// What the user name is called in this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_title: Option<String>,
    /// What the password is called in this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_title: Option<String>,
    /// The user name, when it is always the same and not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password, when it is always the same (often empty, or `X`) and not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A signature method of OAuth 1.0a.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureMethod {
    /// RFC 5849 section 3.4.2.
    #[default]
    #[serde(rename = "HMAC-SHA1")]
    HmacSha1,
    /// As HMAC-SHA1 with SHA-256; outside the RFC, in wide use.
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
    /// RFC 5849 section 3.4.3; the consumer secret is a PEM private key.
    #[serde(rename = "RSA-SHA1")]
    RsaSha1,
    /// RFC 5849 section 3.4.4.
    #[serde(rename = "PLAINTEXT")]
    Plaintext,
}

/// The settings of OAuth 1.0a.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth1 {
    /// Where a request token is asked for; without it, token and secret are asked from the person who connects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_token_url: Option<String>,
    /// Where the consent page is; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    /// Where the access token is asked for; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_url: Option<String>,
    /// How calls are signed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signature_method: SignatureMethod,
    /// Where the `oauth_` parameters go.
    #[serde(default, rename = "in", skip_serializing_if = "is_default")]
    pub place: Place,
    /// The realm of the header; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// Whether there is no token at all: only the consumer signs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub two_legged: bool,
    /// More parameters of the consent page.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorize_params: BTreeMap<String, String>,
    /// More parameters of the request-token step, signed with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_params: BTreeMap<String, String>,
    /// Values to keep from the access-token answer: field to key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keep_from_token: BTreeMap<String, String>,
}

/// How a first token is come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Consent in a browser, then a code (RFC 6749 section 4.1).
    #[default]
    AuthorizationCode,
    /// The client's own credentials (section 4.4).
    ClientCredentials,
    /// User name and password, for old servers (section 4.3).
    Password,
    /// A code to type on another device (RFC 8628).
    Device,
    /// A login call of the service's own, described by `token_params`; nothing is added to it.
    Login,
}

/// How the client proves itself at the token URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` among the parameters.
    #[default]
    Body,
    /// Basic authentication, both parts form-encoded first (RFC 6749 section 2.3.1).
    Basic,
    /// Basic authentication with the parts as they are: what many servers expect.
    BasicRaw,
}

/// How the parameters of the token request are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// As a form, by the RFC.
    #[default]
    Form,
    /// As a JSON object.
    Json,
    /// As query parameters of a GET.
    Query,
}

/// How a token is given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeStyle {
    /// A form with the token and its kind (RFC 7009).
    #[default]
    Standard,
    /// A POST that carries the access token as calls do.
    Bearer,
    /// A DELETE whose address names the token: `{refresh_token}` or `{access_token}`.
    Delete,
    /// A DELETE with the client's Basic authentication and `{"access_token": …}` as its body.
    DeleteJson,
}

/// The settings of OAuth 2.0. URLs and parameter values are templates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// How a first token is come by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grant: Grant,
    /// The issuer, whose metadata (RFC 8414) gives the URLs that are not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Where the consent page is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    /// Where tokens are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Where tokens are renewed; `None` is the token URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<String>,
    /// Where tokens are given back (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    /// How tokens are given back, where it is not by RFC 7009.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revoke_style: RevokeStyle,
    /// Where a device flow starts (RFC 8628).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_url: Option<String>,
    /// The scopes to ask for when the person who connects names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_scopes: Vec<String>,
    /// What stands between scopes.
    #[serde(default = "defaults::space", skip_serializing_if = "defaults::is_space")]
    pub scope_delimiter: String,
    /// The name of the scope parameter of the consent page (`user_scope` in some).
    #[serde(default = "defaults::scope", skip_serializing_if = "defaults::is_scope")]
    pub scope_param: String,
    /// Whether PKCE is used (RFC 7636).
    #[serde(default = "defaults::yes", skip_serializing_if = "defaults::is_yes")]
    pub pkce: bool,
    /// How the client proves itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_auth: ClientAuth,
    /// The same for renewing, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_client_auth: Option<ClientAuth>,
    /// How token requests are written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub token_format: TokenFormat,
    /// The same for renewing, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_format: Option<TokenFormat>,
    /// More parameters of the consent page.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorize_params: BTreeMap<String, String>,
    /// More parameters of the first token request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub token_params: BTreeMap<String, String>,
    /// More parameters when renewing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refresh_params: BTreeMap<String, String>,
    /// Headers of token requests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub token_headers: BTreeMap<String, String>,
    /// Other names for standard parameters: `client_id` to `client_key`, `code` (of the callback) to `spapi_oauth_code`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub param_names: BTreeMap<String, String>,
    /// The object of the answer that holds the token (`authed_user`), when it is not the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_path: Option<String>,
    /// The key of the token in that object.
    #[serde(default = "defaults::access_token", skip_serializing_if = "defaults::is_access_token")]
    pub token_key: String,
    /// Values to keep from the token answer: field to path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keep_from_token: BTreeMap<String, String>,
    /// Values to keep from the callback: field to parameter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keep_from_callback: BTreeMap<String, String>,
    /// The parameter of the callback that signs all others with the client's secret: HMAC-SHA256 in hexadecimal digits
    /// over the sorted pairs, as Shopify has it. A callback without it, or with another one, is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_hmac: Option<String>,
    /// How long an access token lives when the answer does not say, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_seconds: Option<u32>,
    /// How long an unused refresh token lives, in days; idle connections are renewed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_days: Option<u32>,
    /// Whether every renewal gives a new refresh token and ends the old one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rotates: bool,
    /// Whether there are no refresh tokens, and a token that still lives gets the next one; `refresh_params` say how.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renews_with_token: bool,
    /// Where the token goes.
    #[serde(default, rename = "in", skip_serializing_if = "is_default")]
    pub place: Place,
    /// The header's or parameter's name.
    #[serde(default = "defaults::authorization", skip_serializing_if = "defaults::is_authorization")]
    pub key: String,
    /// The header's or parameter's value.
    #[serde(default = "defaults::bearer", skip_serializing_if = "defaults::is_bearer")]
    pub value: String,
    /// Where the person who connects registers an application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
}

impl OAuth2 {
    /// How the client proves itself for a grant; `renewing` is the refresh grant.
    #[must_use]
    pub fn client_auth_for(&self, renewing: bool) -> ClientAuth {
        if renewing { self.refresh_client_auth.unwrap_or(self.client_auth) } else { self.client_auth }
    }

    /// Whether the grant gives refresh tokens; the others are asked anew.
    #[must_use]
    pub fn renews(&self) -> bool {
        matches!(self.grant, Grant::AuthorizationCode | Grant::Device)
    }

    /// A standard parameter's name in this service.
    #[must_use]
    pub fn param<'a>(&'a self, standard: &'a str) -> &'a str {
        self.param_names.get(standard).map_or(standard, String::as_str)
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

/// A call after the consent that finds values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The address; a template.
    pub url: String,
    /// Its headers; templates. With an `Authorization` header the usual credentials are not added.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Values to keep: field to path in the JSON answer, such as `accounts.0.id`.
    pub keep: BTreeMap<String, String>,
}

/// An answer that means "the token has expired".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpiryRule {
    /// The statuses.
    pub status: Vec<u16>,
    /// The path in the JSON body whose value is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What that value, or without a path the whole body, must contain one of; empty is anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
}

/// A harmless call that shows whether the credentials work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCall {
    /// The method.
    #[serde(default = "defaults::get", skip_serializing_if = "defaults::is_get")]
    pub method: String,
    /// The address, or the path behind the API's base; a template.
    pub url: String,
}

/// How many calls are welcome in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many calls.
    pub calls: u32,
    /// In how many seconds.
    pub seconds: u32,
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
