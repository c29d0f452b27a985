//! Connectors: named API calls with placeholders, one TOML file each, which scripts and widgets call by name.
//!
//! ```toml
//! connection = "mailchimp"
//!
//! [api.subscribe]
//! method = "POST"
//! url = "https://us1.api.mailchimp.com/3.0/lists/${list}/members"
//! body = '{"email_address": "${email}", "status": "subscribed"}'
//! ```

use std::collections::BTreeMap;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, Data, Effect, HttpRequest};
use serde::Deserialize;

/// The task that calls a connector.
pub const TASK: &str = "zoho.crm.invokeConnector";

/// One connector, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// The connection that its calls are signed with; without one they are sent unsigned.
    #[serde(default)]
    pub connection: Option<String>,
    /// Its calls by name.
    pub api: BTreeMap<String, Api>,
}

/// One call of a connector.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// `GET`, `POST` …
    pub method: String,
    /// The address, with placeholders such as `${id}`.
    pub url: String,
    /// Query parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, if one is sent.
    #[serde(default)]
    pub body: Option<String>,
    /// The body's content type; JSON unless it is given.
    #[serde(default)]
    pub content_type: Option<String>,
}

/// All connectors of a project, by name.
#[derive(Clone, Debug, Default)]
pub struct Connectors {
    all: BTreeMap<String, Connector>,
    /// Those whose file is not right, with why.
    damaged: BTreeMap<String, Problem>,
}

/// How a value is written where a placeholder is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Url,
    Plain,
    Json,
}

impl Connectors {
    /// The same connectors and one more, from the text of its file. `name` is what the file is called.
    ///
    /// # Errors
    /// [`Code::CannotParse`] for a file that is not right.
    pub fn with(mut self, name: &str, toml: &str) -> Result<Self, Problem> {
        let connector: Connector = toml::from_str(toml).map_err(|e| {
            let place = e.span().map(|span| toml[..span.start.min(toml.len())].matches('\n').count() + 1);
            let place = place.map(|line| format!(" in line {line}")).unwrap_or_default();
            Problem::new(Code::CannotParse, format!("The connector {name} is not right{place}: {}", e.message()))
                .with_help("It may hold connection and, for each call, [api.NAME] with method, url, parameters, headers, body and content_type.")
        })?;
        for (api, call) in &connector.api {
            let wrong =
                |why: &str| Problem::new(Code::CannotParse, format!("The connector {name} is not right: {api} {why}."));
            if !matches!(call.method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
                return Err(wrong("has a method that is none of GET, POST, PUT, PATCH and DELETE"));
            }
            if !call.url.starts_with("https://") && !call.url.starts_with('{') {
                return Err(wrong("has an address that does not begin with https://"));
            }
        }
        self.all.insert(name.to_ascii_lowercase(), connector);
        Ok(self)
    }

    /// The same connectors and one whose file is not right, which only its callers are told.
    #[must_use]
    pub fn with_damaged(mut self, name: &str, problem: Problem) -> Self {
        self.damaged.insert(name.to_ascii_lowercase(), problem);
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.damaged.is_empty()
    }

    /// Their names, and the connection of each.
    pub fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.all.iter().map(|(name, connector)| (name.as_str(), connector.connection.as_deref()))
    }

    /// The connector that a call such as `portal.extension.connector.api` means, by name.
    ///
    /// # Errors
    /// [`Code::UnknownName`] when there is none.
    pub fn find(&self, called: &str) -> Result<(&str, &Connector, &Api), Problem> {
        let mut parts = called.trim().rsplit('.');
        let (api, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().to_ascii_lowercase());
        let unknown = |message: String| {
            Problem::new(Code::UnknownName, message)
                .with_help("A connector is a file connectors/NAME.toml of the project, called as \"NAME.API\".")
        };
        if let Some(problem) = self.damaged.get(&name) {
            return Err(problem.clone());
        }
        let (name, connector) = self
            .all
            .get_key_value(&name)
            .ok_or_else(|| unknown(format!("There is no connector '{name}' to call {called} with.")))?;
        let found = connector.api.iter().find(|(known, _)| known.eq_ignore_ascii_case(api));
        let (_, found) = found.ok_or_else(|| {
            let known: Vec<&str> = connector.api.keys().map(String::as_str).collect();
            unknown(format!("The connector '{name}' has no call '{api}'; it has {}.", known.join(", ")))
        })?;
        Ok((name, connector, found))
    }

    /// The request of a call, with its placeholders filled.
    ///
    /// # Errors
    /// As [`Connectors::find`]; [`Code::BadArgument`] for a placeholder without a value.
    pub fn request(&self, called: &str, value: impl Fn(&str) -> Option<String>) -> Result<HttpRequest, Problem> {
        let (_, connector, api) = self.find(called)?;
        let fill = |text: &str, place: Place| fill(text, place, &value, called);
        let pairs = |map: &BTreeMap<String, String>| {
            map.iter()
                .map(|(name, text)| Ok((name.clone(), fill(text, Place::Plain)?)))
                .collect::<Result<Vec<_>, Problem>>()
        };
        let url = fill(&api.url, Place::Url)?;
        let content_type = api.content_type.as_deref().unwrap_or("application/json");
        let place = if content_type.contains("json") { Place::Json } else { Place::Plain };
        let body = match &api.body {
            Some(body) => Body::text(fill(body, place)?, content_type),
            None => Body::Empty,
        };
        Ok(HttpRequest {
            method: api.method.clone(),
            url,
            query: pairs(&api.parameters)?,
            headers: pairs(&api.headers)?,
            body,
            connection: connector.connection.clone(),
            ..HttpRequest::default()
        })
    }

    /// The request of an effect that calls a connector; `None` for every other effect, and where there are no connectors.
    #[must_use]
    pub fn of_effect(&self, effect: &Effect) -> Option<Result<HttpRequest, Problem>> {
        let Effect::Task { name, arguments } = effect else { return None };
        if name != TASK || self.is_empty() {
            return None;
        }
        let arguments = arguments.as_list().unwrap_or_default();
        let called = arguments.first().and_then(Data::as_text).unwrap_or_default();
        let values = arguments.get(1);
        Some(self.request(called, |key| values?.get(key).map(ToString::to_string)))
    }
}

/// Puts values in the place of `${name}`.
fn fill(text: &str, place: Place, value: &impl Fn(&str) -> Option<String>, called: &str) -> Result<String, Problem> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at..].find('}') else { break };
        filled.push_str(&rest[..at]);
        let name = rest[at + 2..at + length].trim();
        let found = value(name).ok_or_else(|| {
            Problem::new(Code::BadArgument, format!("{called} needs a value for '{name}'."))
                .with_help("Give it in the map of the call.")
        })?;
        match place {
            Place::Plain => filled.push_str(&found),
            Place::Url => filled.extend(percent_encoding::utf8_percent_encode(&found, IN_URL)),
            // Within quotes it is a part of a text; elsewhere a number, true, or a text of its own.
            Place::Json if is_in_text(&filled) => {
                let quoted = serde_json::Value::from(found).to_string();
                filled.push_str(&quoted[1..quoted.len() - 1]);
            }
            Place::Json if serde_json::from_str::<serde_json::Value>(&found).is_ok() => filled.push_str(&found),
            Place::Json => filled.push_str(&serde_json::Value::from(found).to_string()),
        }
        rest = &rest[at + length + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// What stays as it is in a value within an address: no value adds a part to the path or leads to another host.
const IN_URL: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Whether a piece of JSON ends within a text.
fn is_in_text(json: &str) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    inside
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FILE: &str = r#"
connection = "news"
[api.subscribe]
method = "POST"
url = "https://us1.api.mailchimp.com/3.0/lists/${list}/members"
parameters = { skip = "${skip}" }
body = '{"email_address": "${email}", "vip": ${vip}, "note": ${note}}'
[api.ping]
method = "GET"
url = "https://us1.api.mailchimp.com/3.0/ping"
"#;

    fn all() -> Connectors {
        Connectors::default().with("MailChimp", FILE).unwrap()
    }

    #[test]
    fn placeholders_are_filled_and_stay_in_their_place() {
        let value = |name: &str| {
            let pairs = [("list", "a/../b?c"), ("skip", "x&y"), ("email", "q\"@x"), ("vip", "true"), ("note", "it's")];
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let request = all().request("portal.ext.mailchimp.subscribe", value).unwrap();
        assert_eq!(request.url, "https://us1.api.mailchimp.com/3.0/lists/a%2F..%2Fb%3Fc/members");
        assert_eq!(request.query, [("skip".to_owned(), "x&y".to_owned())]);
        assert_eq!(request.connection.as_deref(), Some("news"));
        let body = String::from_utf8(request.body.shared_bytes().unwrap().to_vec()).unwrap();
        assert_eq!(body, r#"{"email_address": "q\"@x", "vip": true, "note": "it's"}"#);
    }

    #[test]
    fn what_is_missing_is_named() {
        let all = all();
        let none = |_: &str| None;
        assert!(all.request("mailchimp.subscribe", none).unwrap_err().message.contains("'list'"));
        assert!(all.request("mailchimp.nothing", none).unwrap_err().message.contains("ping, subscribe"));
        assert_eq!(all.request("other.ping", none).unwrap_err().code, Code::UnknownName);
        assert!(all.request("mailchimp.PING", none).is_ok());
        let broken = Problem::new(Code::CannotParse, "broken");
        let with_broken = all.clone().with_damaged("other", broken);
        assert_eq!(with_broken.request("other.ping", none).unwrap_err().code, Code::CannotParse);
        assert!(with_broken.request("mailchimp.ping", none).is_ok());
        for wrong in
            ["x = 1", "[api.a]\nmethod = \"GET\"\nurl = \"http://a\"", "[api.a]\nmethod = \"X\"\nurl = \"https://a\""]
        {
            assert_eq!(Connectors::default().with("a", wrong).unwrap_err().code, Code::CannotParse, "{wrong}");
        }
    }

    #[test]
    fn only_its_own_task_is_a_call() {
        let call = |name: &str| {
            let arguments = vec![Data::from("mailchimp.ping"), Data::map::<String, Data>([])];
            Effect::Task { name: name.into(), arguments: arguments.into() }
        };
        assert!(all().of_effect(&call(TASK)).unwrap().is_ok());
        assert!(all().of_effect(&call("zoho.loginuser")).is_none());
        assert!(Connectors::default().of_effect(&call(TASK)).is_none());
    }
}
