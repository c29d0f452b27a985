//! One HTTP call and its answer: the same request from the script to the wire, with bodies that are shared, not copied.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::text::base64_bytes;

/// One HTTP call. A connection adds its credentials to it before it is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST` …, in upper case.
    pub method: String,
    /// The address as the script wrote it; `{name}` is filled from the connection's values.
    pub url: String,
    /// Query parameters to add to those in `url`, not yet encoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// The headers, in order.
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

impl HttpRequest {
    /// A call without headers and body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..Self::default() }
    }

    /// The same call with one more header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// The body of an HTTP call. Cloning shares the bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Text, sent as UTF-8 with this content type unless a header names one.
    Text {
        /// The text.
        text: Arc<str>,
        /// Its content type.
        content_type: String,
    },
    /// Bytes with their content type.
    Bytes {
        /// The bytes.
        #[serde(with = "base64_bytes")]
        bytes: Bytes,
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

    /// A text with its content type.
    pub fn text(text: impl Into<Arc<str>>, content_type: impl Into<String>) -> Self {
        Body::Text { text: text.into(), content_type: content_type.into() }
    }
}

/// A text as bytes, without a copy.
#[must_use]
pub(crate) fn bytes_of_text(text: &Arc<str>) -> Bytes {
    struct Shared(Arc<str>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    Bytes::from_owner(Shared(Arc::clone(text)))
}

impl Body {
    /// The bytes of a text or byte body, shared; `None` for forms and parts, which are encoded when they are sent.
    #[must_use]
    pub fn shared_bytes(&self) -> Option<Bytes> {
        match self {
            Body::Text { text, .. } => Some(bytes_of_text(text)),
            Body::Bytes { bytes, .. } => Some(bytes.clone()),
            Body::Empty | Body::Form { .. } | Body::Multipart { .. } => None,
        }
    }
}

/// One part of a multipart body, or an attachment. Cloning shares the bytes.
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
    pub bytes: Bytes,
}

/// The answer to an HTTP call; the body already unpacked (gzip and the like), not yet decoded to text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// The status, such as 200.
    pub status: u16,
    /// The headers in order, names in lower case; a name may occur more than once.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(with = "base64_bytes")]
    pub body: Bytes,
}

impl HttpResponse {
    /// The first header of that (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
