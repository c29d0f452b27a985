//! Keys and passwords: what they are called and where in a call they go.

use super::{defaults, is_default};
use serde::{Deserialize, Serialize};

/// Where in a call a credential goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialPlace {
    /// A header.
    #[default]
    Header,
    /// A query parameter.
    Query,
    /// A pair of a form body.
    Form,
    /// A key of the object that is a JSON body.
    Json,
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
    pub place: CredentialPlace,
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
