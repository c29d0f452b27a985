//! A mail or a text message.

use serde::{Deserialize, Serialize};

use crate::Part;

/// A mail or a text message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The sender.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// Recipients of a copy.
    #[serde(default)]
    pub cc: Vec<String>,
    /// Recipients of a blind copy.
    #[serde(default)]
    pub bcc: Vec<String>,
    /// Where replies go.
    #[serde(default)]
    pub reply_to: Vec<String>,
    /// The subject line.
    #[serde(default)]
    pub subject: String,
    /// The text, HTML unless `plain`.
    pub text: String,
    /// Whether the text is plain.
    #[serde(default)]
    pub plain: bool,
    /// The attachments.
    #[serde(default)]
    pub attachments: Vec<Part>,
    /// The connection's link name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}
