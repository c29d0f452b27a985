//! Finds known secrets in any text, in the forms that servers and programs write them in, and masks them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{Engine as _, engine::general_purpose};
use percent_encoding::{AsciiSet, utf8_percent_encode};
// What a provider has answered with a token is kept as the JSON that it was.
use serde_json::Value;

use super::{MASK, is_sensitive};
use crate::template::RESERVED;
use crate::{Connection, Key, Secret, Service};

/// Secrets shorter than this are not searched for: they would mask ordinary words.
const SHORTEST: usize = 6;
/// The shortest secret of a service that says its secrets are short.
const SHORTEST_OF_SERVICE: usize = 3;
/// How many values of one secret of a connection are known at a time: the present one and the one before.
const GENERATIONS: usize = 2;

/// What `quote` of Python and `encodeURI` of browsers leave as it is, besides letters, digits and `-_.~`.
const WITH_SLASH: &AsciiSet = &RESERVED.remove(b'/');
const AS_COMPONENT: &AsciiSet = &RESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
const AS_ADDRESS: &AsciiSet = &AS_COMPONENT
    .remove(b';')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'#');

/// Masks known secrets in any text: as they are, form- and percent-encoded, inside JSON and HTML, in hex, and in base64
/// with what commonly comes before them.
#[derive(Clone, Default)]
pub struct Masker {
    /// Secrets that stay for good, such as a proxy's password.
    fixed: BTreeSet<Form>,
    /// The forms of each secret of a connection, the present value last.
    slots: BTreeMap<(Key, String), VecDeque<BTreeSet<Form>>>,
    /// All forms, ready to be searched for at once; made when a text is first masked after a change.
    searcher: OnceLock<Option<AhoCorasick>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Form(String);

impl Drop for Form {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({} secrets)", self.fixed.len() + self.slots.len())
    }
}

impl Masker {
    /// Masks nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks the secrets of a connection.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let mut masker = Self::new();
        masker.add_connection(connection, None);
        masker
    }

    /// Masks one more secret from now on.
    pub fn add(&mut self, secret: &Secret) {
        forms(secret.expose(), SHORTEST, &mut self.fixed);
        self.searcher = OnceLock::new();
    }

    /// Masks all secrets of a connection, also in the pairs that Basic authentication sends. Of each secret the value
    /// before stays known too; older ones are forgotten. Short secrets count when the service says that it has such.
    pub fn add_connection(&mut self, connection: &Connection, service: Option<&Service>) {
        let short = service.is_some_and(|service| service.short_secrets);
        let shortest = if short { SHORTEST_OF_SERVICE } else { SHORTEST };
        let key = connection.key();
        let secrets = connection.secrets();
        for (name, secret) in &secrets {
            let mut found = BTreeSet::new();
            if name == "extras" {
                extras(secret, &mut found);
            } else {
                forms(secret.expose(), shortest, &mut found);
            }
            self.learn(&key, name, found);
        }
        let text = |wanted: &str| secrets.iter().find(|(name, _)| name == wanted).map_or("", |(_, s)| s.expose());
        let client = connection.oauth2().map_or("", |c| c.client_id.as_str());
        let pairs =
            [("basic pair", text("username"), text("password")), ("client pair", client, text("client_secret"))];
        for (name, user, password) in pairs {
            if !password.is_empty() || !user.is_empty() {
                let pair = general_purpose::STANDARD.encode(format!("{user}:{password}"));
                let found = (pair.len() >= SHORTEST).then_some(Form(pair)).into_iter().collect();
                self.learn(&key, name, found);
            }
        }
    }

    /// Takes in the present forms of a connection's secret.
    fn learn(&mut self, key: &Key, name: &str, forms: BTreeSet<Form>) {
        if forms.is_empty() {
            return;
        }
        let known = self.slots.entry((key.clone(), name.to_owned())).or_default();
        if let Some(at) = known.iter().position(|old| *old == forms) {
            if let Some(again) = known.remove(at) {
                known.push_back(again);
            }
            return;
        }
        known.push_back(forms);
        if known.len() > GENERATIONS {
            known.pop_front();
        }
        self.searcher = OnceLock::new();
    }

    /// The text with every known secret masked.
    #[must_use]
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let searcher = self.searcher.get_or_init(|| self.build());
        let Some(searcher) = searcher else { return text.into() };
        // Where forms overlap, all that any of them covers is masked.
        let mut places: Vec<(usize, usize)> =
            searcher.find_overlapping_iter(text).map(|found| (found.start(), found.end())).collect();
        if places.is_empty() {
            return text.into();
        }
        places.sort_unstable();
        let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
        for (start, end) in places {
            if start >= at {
                masked.push_str(&text[at..start]);
                masked.push_str(MASK);
            }
            at = at.max(end);
        }
        masked.push_str(&text[at..]);
        masked.into()
    }

    fn build(&self) -> Option<AhoCorasick> {
        let all: BTreeSet<&Form> = self.fixed.iter().chain(self.slots.values().flatten().flatten()).collect();
        if all.is_empty() {
            return None;
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            // Hex digits come in both cases, in `%2F` as in `\u00e4`.
            .ascii_case_insensitive(true)
            .build(all.iter().map(|form| form.0.as_str()))
            .ok()
    }
}

/// Of what a provider said besides the tokens, what its name marks as secret is masked, and addresses that are
/// secrets themselves: those of webhooks.
fn extras(extras: &Secret, found: &mut BTreeSet<Form>) {
    fn walk(found: &mut BTreeSet<Form>, name: &str, in_webhook: bool, value: &Value) {
        let in_webhook = in_webhook || name.contains("webhook");
        match value {
            Value::Object(map) => map.iter().for_each(|(name, value)| walk(found, name, in_webhook, value)),
            Value::Array(list) => list.iter().for_each(|value| walk(found, name, in_webhook, value)),
            Value::String(text) if is_sensitive(name) => forms(text, SHORTEST, found),
            Value::String(text) if in_webhook && text.contains("://") => forms(text, SHORTEST, found),
            _ => {}
        }
    }
    if let Ok(value) = serde_json::from_str(extras.expose()) {
        walk(found, "", false, &value);
    }
}

/// The forms in which a secret may be written.
fn forms(text: &str, shortest: usize, found: &mut BTreeSet<Form>) {
    if text.len() < shortest {
        return;
    }
    let mut insert = |form: String| {
        if form.len() >= shortest {
            found.insert(Form(form));
        }
    };
    insert(text.to_owned());
    for set in [RESERVED, WITH_SLASH, AS_COMPONENT, AS_ADDRESS] {
        insert(utf8_percent_encode(text, set).to_string());
    }
    insert(url::form_urlencoded::byte_serialize(text.as_bytes()).collect());
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    for form in [json.to_owned(), escaped(json, |c| !c.is_ascii()), escaped(json, |c| !c.is_ascii() || is_markup(c))] {
        insert(form.replace('/', "\\/"));
        insert(form);
    }
    for (quote, apostrophe) in [
        ("&quot;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("&quot;", "&apos;"),
        ("&quot;", "'"),
        ("&#34;", "&#39;"),
        ("\"", "'"),
    ] {
        let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        insert(html.replace('"', quote).replace('\'', apostrophe).replace('/', "&#x2F;"));
        insert(html.replace('"', quote).replace('\'', apostrophe));
    }
    insert(text.bytes().map(|byte| format!("{byte:02x}")).collect());
    // The three ways that a text can fall into the groups of base64; the letters shared with neighbours are cut.
    for shift in 0..3_usize {
        let mut bytes = vec![0; shift];
        bytes.extend(text.as_bytes());
        for engine in [&general_purpose::STANDARD_NO_PAD, &general_purpose::URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&bytes);
            let start = [0, 2, 3][shift];
            let end = if bytes.len() % 3 == 0 { encoded.len() } else { encoded.len() - 1 };
            if end > start + SHORTEST {
                insert(encoded[start..end].to_owned());
            }
        }
    }
}

fn is_markup(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '\'')
}

/// A text inside JSON with some characters as `\uXXXX`.
fn escaped(json: &str, which: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if which(c) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Credentials, OAuth2Credentials};

    #[test]
    fn secrets_are_masked_in_every_usual_form() {
        let secret = "pa$$ w\"ord/+ü=1";
        let mut masker = Masker::new();
        masker.add(&Secret::new(secret));
        let base64 = |prefix: &str, suffix: &str| general_purpose::STANDARD.encode(format!("{prefix}{secret}{suffix}"));
        let url_safe = general_purpose::URL_SAFE_NO_PAD.encode(format!("x:{secret}"));
        for text in [
            format!("plain {secret}."),
            format!("q={}", percent_encoding::utf8_percent_encode(secret, crate::template::RESERVED)),
            format!("q={}", url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()),
            serde_json::json!({ "a": secret }).to_string(),
            base64("", ""),
            base64("user:", ""),
            base64("me:", ""),
            base64("a:", "tail"),
            url_safe,
        ] {
            let masked = masker.mask(&text);
            assert!(masked.contains(MASK), "{text}");
            assert!(!masked.contains("w\"ord") && !masked.contains("pa%24"), "{masked}");
        }
        assert!(matches!(masker.mask("nothing here"), Cow::Borrowed(_)));
        assert!(!format!("{masker:?}").contains("pa$$"));
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing() {
        let mut masker = Masker::new();
        masker.add(&Secret::new("abcdef"));
        masker.add(&Secret::new("abcdef-ghijkl"));
        masker.add(&Secret::new("abc"));
        assert_eq!(masker.mask("abcdef-ghijkl abcdef abc"), "*** *** abc");
    }

    #[test]
    fn a_connections_secrets_are_all_masked() {
        let credentials = Credentials::OAuth2(OAuth2Credentials {
            client_id: "client".to_owned(),
            client_secret: Secret::new("client-secret-1"),
            access_token: Secret::new("access-token-1"),
            refresh_token: Secret::new("refresh-token-1"),
            ..OAuth2Credentials::default()
        });
        let extras = Secret::new(
            r#"{"team":{"name":"Visible"},"webhook":{"url":"https://hooks.example.com/T1/x"},"bot_token":"xoxb-12345"}"#,
        );
        let connection = Connection { credentials, extras, ..Connection::default() };
        let mut masker = Masker::new();
        masker.add_connection(&connection, None);
        let basic = general_purpose::STANDARD.encode("client:client-secret-1");
        let text = format!(
            "Visible client-secret-1 access-token-1 refresh-token-1 Basic {basic} https://hooks.example.com/T1/x xoxb-12345"
        );
        assert_eq!(masker.mask(&text), "Visible *** *** *** Basic *** *** ***");
    }

    #[test]
    fn secrets_are_masked_as_other_languages_write_them() {
        let secret = "k/e'y<ü>&\"z 9";
        let mut masker = Masker::new();
        masker.add(&Secret::new(secret));
        for text in [
            r#"{"a": "k\/e'y<ü>&\"z 9"}"#,
            r#"{"a": "k/e'y<\u00fc>&\"z 9"}"#,
            r#"{"a": "k\/e'y<\u00FC>&\"z 9"}"#,
            r#"{"a": "k/e\u0027y\u003c\u00fc\u003e\u0026\"z 9"}"#,
            "k%2fe%27y%3c%c3%bc%3e%26%22z%209",
            "k%2Fe%27y%3C%C3%BC%3E%26%22z%209",
            "k/e%27y%3C%C3%BC%3E%26%22z%209",
            "k%2Fe'y%3C%C3%BC%3E%26%22z%209",
            "k/e'y%3C%C3%BC%3E&%22z%209",
            "k%2Fe%27y%3C%C3%BC%3E%26%22z+9",
            "<b>k/e&#39;y&lt;ü&gt;&amp;&quot;z 9</b>",
            "<b>k/e&#x27;y&lt;ü&gt;&amp;&quot;z 9</b>",
            "<b>k&#x2F;e&#x27;y&lt;ü&gt;&amp;&quot;z 9</b>",
            "<b>k/e&#39;y&lt;ü&gt;&amp;&#34;z 9</b>",
            "6b2f6527793cc3bc3e26227a2039",
            "6B2F6527793CC3BC3E26227A2039",
        ] {
            assert!(masker.mask(text).contains(MASK), "{text}");
        }
    }

    #[test]
    fn two_generations_of_a_secret_are_known() {
        let token = |text: &str| Connection {
            name: "a".into(),
            credentials: Credentials::OAuth2(OAuth2Credentials {
                client_secret: Secret::new("client-secret-1"),
                access_token: Secret::new(text),
                ..OAuth2Credentials::default()
            }),
            ..Connection::default()
        };
        let mut masker = Masker::new();
        for name in ["token-one", "token-two", "token-three", "token-two", "token-three"] {
            masker.add_connection(&token(name), None);
        }
        let other = Connection { name: "b".into(), ..token("token-of-b") };
        masker.add_connection(&other, None);
        let masked = masker.mask("token-one token-two token-three token-of-b client-secret-1");
        assert_eq!(masked, "token-one *** *** *** ***");
    }

    #[test]
    fn short_secrets_count_where_the_service_says_so() {
        let keys = [("pin".to_owned(), Secret::new("4711"))].into();
        let connection = Connection { credentials: Credentials::ApiKey { keys }, ..Connection::default() };
        let mut masker = Masker::of(&connection);
        assert_eq!(masker.mask("pin 4711"), "pin 4711");
        let service = Service { short_secrets: true, ..Service::default() };
        masker.add_connection(&connection, Some(&service));
        assert_eq!(masker.mask("pin 4711, 34373131"), "pin ***, ***");
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let mut masker = Masker::new();
        masker.add(&Secret::new("abcdefgh"));
        masker.add(&Secret::new("efghijkl"));
        assert_eq!(masker.mask("-abcdefghijkl-"), "-***-");
    }
}
