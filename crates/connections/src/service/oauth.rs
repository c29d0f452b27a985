//! The settings of OAuth 1.0a and OAuth 2.0, with the ways of providers that differ.

use super::{CredentialPlace, defaults, is_default};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    pub place: CredentialPlace,
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
    /// As query parameters; of a GET when a token is asked for.
    Query,
}

/// The method of a [`Revocation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RevokeMethod {
    /// As RFC 7009 has it.
    #[default]
    Post,
    /// The token, or what was granted with it, is a thing to delete.
    Delete,
}

/// A service's own way to take tokens back. Its texts are templates that may mention the client and both tokens; the
/// call is made when the connection has the tokens that they mention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The method.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: RevokeMethod,
    /// How the client proves itself, besides what headers and parameters say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuth>,
    /// How the parameters are written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub format: TokenFormat,
    /// The headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
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
    /// Where tokens are given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    /// How they are given back, where it is not by RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Revocation>,
    /// Where a device flow starts (RFC 8628).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_url: Option<String>,
    /// The scopes to ask for when the person who connects names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_scopes: Vec<String>,
    /// What separates scopes.
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
    /// What parameters of the callback must be: parameter to text, filled with the connection's values. A callback that
    /// says something else, or leaves one out, is refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub callback_expects: BTreeMap<String, String>,
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
    pub place: CredentialPlace,
    /// The header's or parameter's name.
    #[serde(default = "defaults::authorization", skip_serializing_if = "defaults::is_authorization")]
    pub key: String,
    /// The header's or parameter's value.
    #[serde(default = "defaults::bearer", skip_serializing_if = "defaults::is_bearer")]
    pub value: String,
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
