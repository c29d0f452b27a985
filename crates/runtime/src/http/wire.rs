//! A request as it goes out: address parsed, credentials added, nothing left to decide.

use std::borrow::Cow;
use std::time::Duration;

use rainwright_effect::Body;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use rainwright_diagnostic::{Code, Problem};

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Wire {
    /// `GET`, `POST` … in upper case.
    pub method: String,
    /// The whole address, query included.
    pub url: Url,
    /// The headers in order, credentials included.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Body,
    /// The connection that signed it, for messages.
    pub connection: Option<String>,
    /// Lower-case names of the headers that the connection added: they are dropped when a redirect leaves the origin.
    pub secret_headers: Vec<String>,
    /// Whether the connection put a credential into the body.
    pub secret_body: bool,
    /// How long the whole call may take, when it differs from the client's own limit.
    pub timeout: Option<Duration>,
}

impl Wire {
    /// A request without credentials.
    ///
    /// # Errors
    /// [`Code::BadRequest`] when `url` is no absolute `http` or `https` address, or holds a password.
    pub fn new(method: &str, url: &str) -> Result<Self, Problem> {
        Ok(Self {
            method: method.to_uppercase(),
            url: rainwright_connections::request::parse(url)?,
            headers: Vec::new(),
            body: Body::Empty,
            connection: None,
            secret_headers: Vec::new(),
            secret_body: false,
            timeout: None,
        })
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Method and address for messages: user info and the values of secret query keys hidden.
    #[must_use]
    pub fn label(&self) -> String {
        let url = rainwright_connections::redact::url(&self.url);
        match &self.connection {
            Some(name) => format!("{} {url} (connection `{name}`)", self.method),
            None => format!("{} {url}", self.method),
        }
    }

    /// The request as the HTTP library wants it, sent to `target` instead of its own address when that is given.
    pub(super) fn to_request(
        &self,
        client: &reqwest::Client,
        target: Option<&Url>,
    ) -> Result<reqwest::Request, Problem> {
        let method = reqwest::Method::from_bytes(self.method.as_bytes())
            .map_err(|_| Problem::new(Code::BadRequest, format!("`{}` is not an HTTP method.", self.method)))?;
        let mut headers = self.header_map()?;
        if target.is_some()
            && let Some(host) = host_header(&self.url)
            && let Ok(host) = HeaderValue::from_str(&host)
        {
            headers.insert(reqwest::header::HOST, host);
        }
        let builder = client.request(method, target.unwrap_or(&self.url).clone());
        let builder = match &self.body {
            Body::Empty => builder,
            Body::Text { content_type, .. } | Body::Bytes { content_type, .. } => {
                default_type(&mut headers, content_type)?;
                builder.body(self.body.shared_bytes().unwrap_or_default())
            }
            Body::Form { pairs } => {
                default_type(&mut headers, "application/x-www-form-urlencoded")?;
                builder.body(form(pairs))
            }
            Body::Multipart { parts } => {
                // The boundary is known only to the library, so a content type of the script's own could not fit.
                headers.remove(CONTENT_TYPE);
                builder.multipart(multipart(parts)?)
            }
        };
        builder.headers(headers).build().map_err(|e| {
            Problem::new(Code::BadRequest, format!("{} cannot be sent: {}.", self.label(), e.without_url()))
        })
    }

    fn header_map(&self) -> Result<HeaderMap, Problem> {
        let mut map = HeaderMap::with_capacity(self.headers.len() + 2);
        for (name, value) in &self.headers {
            let key = HeaderName::from_bytes(name.trim().as_bytes())
                .map_err(|_| Problem::new(Code::BadRequest, format!("`{name}` cannot be the name of a header.")))?;
            let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| {
                Problem::new(
                    Code::BadRequest,
                    format!("The value of header `{name}` holds a line break or control character."),
                )
            })?;
            map.append(key, value);
        }
        Ok(map)
    }
}

/// Name-value pairs as `application/x-www-form-urlencoded`.
pub(crate) fn form(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    rainwright_connections::request::write_pairs(&mut out, pairs);
    out
}

/// The name of a part or of its file as browsers write it: what could end the line or the quotes is encoded.
pub(crate) fn part_name(name: &str) -> Cow<'_, str> {
    if !name.contains(['\r', '\n', '"']) {
        return name.into();
    }
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22").into()
}

fn host_header(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn default_type(headers: &mut HeaderMap, content_type: &str) -> Result<(), Problem> {
    if !content_type.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        let value = HeaderValue::from_str(content_type)
            .map_err(|_| Problem::new(Code::BadRequest, format!("`{content_type}` cannot be a content type.")))?;
        headers.insert(CONTENT_TYPE, value);
    }
    Ok(())
}

fn multipart(parts: &[rainwright_effect::Part]) -> Result<reqwest::multipart::Form, Problem> {
    // Names are encoded here, as browsers do (WHATWG HTML, multipart/form-data), and not once more by the library.
    let mut form = reqwest::multipart::Form::new().percent_encode_noop();
    for part in parts {
        let length = part.bytes.len() as u64;
        // As a stream of known length the bytes are shared with the socket, not copied.
        let mut piece = reqwest::multipart::Part::stream_with_length(part.bytes.clone(), length);
        if let Some(name) = &part.file_name {
            piece = piece.file_name(part_name(name).into_owned());
        }
        if let Some(kind) = &part.content_type {
            piece = piece.mime_str(kind).map_err(|_| {
                Problem::new(Code::BadRequest, format!("`{kind}` of part `{}` cannot be a content type.", part.name))
            })?;
        }
        form = form.part(part_name(&part.name).into_owned(), piece);
    }
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::part_name;

    #[test]
    fn names_of_parts_end_neither_line_nor_quotes() {
        assert_eq!(part_name("a\"; filename=\"x\r\nX-Evil: 1"), "a%22; filename=%22x%0D%0AX-Evil: 1");
        assert_eq!(part_name("Brücke 1.pdf"), "Brücke 1.pdf");
    }
}
