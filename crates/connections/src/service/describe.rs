//! Writes the file of a service of one's own, from what a person answers on a terminal or in a form.

use std::collections::BTreeMap;

use rainwright_diagnostic::{Code, Problem};
use toml::Value;

use crate::name;

/// The ways of signing in that can be described so.
pub const KINDS: &[&str] = &["oauth2", "oauth1", "basic", "api_key", "none"];

/// The answers of a person, by the names of their questions: `name`, `id`, `kind`, `api`, `authorize_url` …
pub type Answers = BTreeMap<String, String>;

/// The service file that the answers describe. No secret goes into it. Whether its addresses are right is for
/// [`Catalogue::with_custom`](crate::Catalogue::with_custom) to say.
///
/// # Errors
/// [`Code::BadRequest`] when the way of signing in is none of [`KINDS`], or a link name breaks the rules.
pub fn describe(answers: &Answers) -> Result<String, Problem> {
    let form = Form(answers);
    let kind = form.get("kind");
    if !KINDS.contains(&kind) {
        return Err(Problem::new(Code::BadRequest, format!("The service signs in with '{kind}', which is not known."))
            .with_help(format!("Choose one of {}.", KINDS.join(", "))));
    }
    let title = form.get("name");
    if title.is_empty() {
        return Err(Problem::new(Code::BadRequest, "The service needs a name."));
    }
    let id = if form.get("id").is_empty() { name::from_label(title) } else { form.get("id").to_owned() };
    name::check(&id)?;
    let mut lines = vec![row("id", &id), row("name", title)];
    lines.extend(form.stated("category", "category"));
    lines.extend((kind == "none").then(|| "anonymous = true".to_owned()));
    lines.extend(form.stated("api", "api"));
    lines.extend(form.list("allowed_hosts", "allowed_hosts"));
    match kind {
        "oauth2" => form.oauth2(&mut lines),
        "oauth1" => form.oauth1(&mut lines),
        "basic" => lines.push("\n[basic]".into()),
        "api_key" => form.api_keys(&mut lines),
        _ => {}
    }
    for field in form.get("fields").split_whitespace() {
        lines.extend(["\n[[fields]]".into(), row("name", field), row("title", field)]);
    }
    Ok(lines.join("\n") + "\n")
}

struct Form<'a>(&'a Answers);

impl Form<'_> {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |answer| answer.trim())
    }

    /// The row of a value that may be left out.
    fn stated(&self, key: &str, name: &str) -> Option<String> {
        let value = self.get(name);
        (!value.is_empty()).then(|| row(key, value))
    }

    /// The row of a value unless it is what holds anyway.
    fn unless(&self, key: &str, name: &str, usual: &str) -> Option<String> {
        self.stated(key, name).filter(|_| self.get(name) != usual)
    }

    /// The row of words.
    fn list(&self, key: &str, name: &str) -> Option<String> {
        let words: Vec<Value> =
            self.get(name).split([' ', ',', '\n', '\t', '\r']).filter(|w| !w.is_empty()).map(Value::from).collect();
        (!words.is_empty()).then(|| format!("{key} = {}", Value::Array(words)))
    }

    /// The row of parameters as people write them: `a=1&b=2`, or one a line.
    fn params(&self, key: &str, name: &str) -> Option<String> {
        let pairs = self.get(name).split(['&', '\n']).filter_map(|pair| pair.trim().split_once('='));
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{} = {}", Value::from(name.trim()), Value::from(value.trim())))
            .collect();
        (!pairs.is_empty()).then(|| format!("{key} = {{ {} }}", pairs.join(", ")))
    }

    fn oauth2(&self, lines: &mut Vec<String>) {
        lines.push("\n[oauth2]".to_owned());
        lines.extend(self.unless("grant", "grant", "authorization_code"));
        for name in ["authorize_url", "token_url", "refresh_url", "revoke_url"] {
            lines.extend(self.stated(name, name));
        }
        lines.extend(self.list("default_scopes", "scopes"));
        // The field is trimmed, so a blank cannot be typed into it; a blank is the default.
        lines.extend(self.stated("scope_delimiter", "scope_delimiter"));
        lines.extend(self.unless("client_auth", "client_auth", "body"));
        for name in ["authorize_params", "token_params"] {
            lines.extend(self.params(name, name));
        }
        if self.get("pkce") == "no" {
            lines.push("pkce = false".into());
        }
        if self.get("place") == "query" {
            let key = if self.get("key").is_empty() { "access_token" } else { self.get("key") };
            lines.extend([row("in", "query"), row("key", key), row("value", "{access_token}")]);
        }
    }

    fn oauth1(&self, lines: &mut Vec<String>) {
        lines.push("\n[oauth1]".to_owned());
        for name in ["request_token_url", "authorize_url", "access_token_url"] {
            lines.extend(self.stated(name, name));
        }
        lines.extend(self.unless("signature_method", "signature_method", "HMAC-SHA1"));
        lines.extend(self.unless("in", "place", "header"));
        lines.extend(self.params("authorize_params", "authorize_params"));
    }

    fn api_keys(&self, lines: &mut Vec<String>) {
        let keys: Vec<&str> = self.get("key").split_whitespace().collect();
        for key in &keys {
            lines.push("\n[[api_key]]".into());
            if keys.len() > 1 {
                lines.extend([row("name", &name::from_label(key)), row("title", key)]);
            }
            lines.extend([row("in", self.get("place")), row("key", key)]);
        }
    }
}

fn row(key: &str, value: &str) -> String {
    format!("{key} = {}", Value::from(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Auth, Catalogue};

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        pairs.iter().map(|(name, answer)| ((*name).to_owned(), (*answer).to_owned())).collect()
    }

    #[test]
    fn each_kind_reads_back() {
        let legs = [
            ("request_token_url", "https://a.example.com/r"),
            ("authorize_url", "https://a.example.com/a?x=1"),
            ("access_token_url", "https://a.example.com/t"),
            ("token_url", "https://a.example.com/t"),
            ("authorize_params", "access_type=offline\n prompt = consent"),
            ("scopes", "read, write"),
            ("fields", "dc"),
            ("place", "header"),
            ("key", "X-Key X-Other"),
        ];
        for kind in KINDS {
            let mut all = answers(&[("name", "My \"Shop\""), ("kind", kind), ("api", "https://{dc}.example.com")]);
            all.extend(answers(&legs));
            let text = describe(&all).unwrap();
            let service = Catalogue::shipped().with_custom(&text).unwrap().get("my_shop").unwrap();
            assert_eq!((service.name.as_str(), service.auth().kind()), ("My \"Shop\"", *kind), "{text}");
            if let Auth::OAuth2(oauth2) = service.auth() {
                assert_eq!(oauth2.default_scopes, ["read", "write"]);
                assert_eq!(oauth2.authorize_params["prompt"], "consent");
            }
        }
    }

    #[test]
    fn a_name_cannot_leave_its_line() {
        let text =
            describe(&answers(&[("name", "x\"\n[basic]\nid = \"y"), ("id", "mine"), ("kind", "basic")])).unwrap();
        let service = Catalogue::shipped().with_custom(&text).unwrap().get("mine").unwrap();
        assert_eq!(service.name, "x\"\n[basic]\nid = \"y");
        assert!(describe(&answers(&[("name", "x"), ("id", "../x"), ("kind", "basic")])).is_err());
        assert!(describe(&answers(&[("name", "x"), ("kind", "magic")])).is_err());
    }
}
