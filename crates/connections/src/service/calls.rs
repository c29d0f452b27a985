//! The calls that a service describes itself, and how its answers are to be read.

use super::defaults;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// The address, or the path after the API's base; a template.
    pub url: String,
    /// The pairs of a form body; may mention keys made for placeholders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// A JSON body, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
    /// The path at which a JSON answer has a value when the credentials are good: for services that answer a refusal
    /// with status 200 too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
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
