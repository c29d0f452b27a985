//! The only door out of a script: effects go out through [`Host`], outcomes come back.
//!
//! Effects are few, plain and serialisable, so that a run can be recorded, replayed, resumed or planned.
//! A connection is only ever named here; its credentials are added behind the door.

use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};

/// Performs what a script cannot do itself. The evaluator calls it and waits for the outcome.
pub trait Host {
    /// Performs one effect.
    ///
    /// # Errors
    /// A [`Problem`] that the script may catch: no such connection, no answer in time, not supported by this host.
    fn perform(&mut self, effect: Effect) -> Result<Outcome, Problem>;

    /// Called now and then in the middle of long work; a host of several scripts gives others their turn.
    fn pause(&mut self) {}
}

/// Something a script wants done outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// The present instant; answered by [`Outcome::Instant`].
    Now,
    /// 64 random bits; answered by [`Outcome::Bits`].
    Random,
    /// A line for the log; answered by [`Outcome::Done`].
    Info {
        /// The line, already rendered.
        text: String,
        /// 1-based line of the statement in the script; 0 within functions of other files.
        line: u32,
    },
    /// One HTTP call; answered by [`Outcome::Http`].
    Http(Box<HttpRequest>),
    /// One mail; answered by [`Outcome::Done`].
    Mail(Box<Message>),
    /// One text message to phones; answered by [`Outcome::Done`].
    Sms(Box<Message>),
    /// A transfer with an FTP or SFTP server, or another block task that is not HTTP; answered by [`Outcome::Json`].
    Task {
        /// The task's name, such as `sftp`.
        name: String,
        /// Its keys and values.
        arguments: serde_json::Value,
    },
    /// A query or change of form records; answered by [`Outcome::Json`].
    Records(serde_json::Value),
    /// A change of the form on screen (`hide`, `alert`, `cancel submit` …); answered by [`Outcome::Done`] or [`Outcome::Json`].
    Ui {
        /// The statement, such as `hide`.
        action: String,
        /// What it acts on and with.
        arguments: serde_json::Value,
    },
}

impl Effect {
    /// A short name for messages and journals: `http`, `mail` …
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Now => "now",
            Effect::Random => "random",
            Effect::Info { .. } => "info",
            Effect::Http(_) => "http",
            Effect::Mail(_) => "mail",
            Effect::Sms(_) => "sms",
            Effect::Task { .. } => "task",
            Effect::Records(_) => "records",
            Effect::Ui { .. } => "ui",
        }
    }
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done; there is nothing to tell.
    Done,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant {
        /// The milliseconds.
        millis: i64,
    },
    /// Random bits.
    Bits {
        /// All 64 of them.
        bits: u64,
    },
    /// The answer to an HTTP call.
    Http(Box<HttpResponse>),
    /// Anything else.
    Json {
        /// The value.
        value: serde_json::Value,
    },
}

impl Outcome {
    /// The HTTP answer, or a problem that says the host answered with something else.
    ///
    /// # Errors
    /// [`Code::NotSupported`] when the outcome is of another kind.
    pub fn into_http(self) -> Result<HttpResponse, Problem> {
        match self {
            Outcome::Http(response) => Ok(*response),
            _ => Err(Problem::new(Code::NotSupported, "The host answered an HTTP call with something else.")),
        }
    }
}

/// One HTTP call, before a connection adds its credentials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST` …, in upper case.
    pub method: String,
    /// The address as the script wrote it; `{name}` is filled from the connection's values.
    pub url: String,
    /// Query parameters to add behind those in `url`, not yet encoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// The script's own headers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    /// The connection's link name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The service whose default connection is meant when none is named: integration tasks set it (`zoho_crm`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// How long the whole call may take, in milliseconds; `None` is the host's own limit (40 s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// The body of an HTTP call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Text, sent as UTF-8 with this content type unless a header names one.
    Text {
        /// The text.
        text: String,
        /// Its content type.
        content_type: String,
    },
    /// Bytes with their content type.
    Bytes {
        /// The bytes.
        #[serde(with = "base64_bytes")]
        bytes: Vec<u8>,
        /// Their content type.
        content_type: String,
    },
    /// Name-value pairs, sent as `application/x-www-form-urlencoded`.
    Form {
        /// The pairs, not yet encoded.
        pairs: Vec<(String, String)>,
    },
    /// Parts, sent as `multipart/form-data`.
    Multipart {
        /// The parts, in order.
        parts: Vec<Part>,
    },
}

impl Body {
    /// Whether nothing is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Body::Empty)
    }
}

/// One part of a multipart body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The parameter's name.
    pub name: String,
    /// The file's name, for a file part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The part's content type, if it says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The part's bytes.
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
}

/// The answer to an HTTP call; the body already unpacked (gzip and the like), not yet decoded to text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// The status, such as 200.
    pub status: u16,
    /// The headers in order, names in lower case; a name may stand more than once.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(with = "base64_bytes")]
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of that (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A mail or a text message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who sends it.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Who gets a copy.
    #[serde(default)]
    pub cc: Vec<String>,
    /// Who gets a copy unseen.
    #[serde(default)]
    pub bcc: Vec<String>,
    /// Where answers go.
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

/// Bytes as base64 text in JSON.
mod base64_bytes {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(input)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}
