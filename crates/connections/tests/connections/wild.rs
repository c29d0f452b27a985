//! No text, however wild, makes anything panic: addresses, service files, callbacks, manifests, dates, patterns.

use crate::{NOW, connected, shipped};
use rainwright_connections::oauth2::consent_url;
use rainwright_connections::policy::{self, AllowNet};
use rainwright_connections::redact::{self, Masker};
use rainwright_connections::{Request, Secret, Service, authorize, hosts, manifest, name, oauth1, template, time};

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    /// `text` with some characters replaced, dropped or doubled.
    fn maul(&mut self, text: &str) -> String {
        let odd: Vec<char> = "{}[]().:/?#@%&=+*\"'\\ \n\r\t\0aZ09_-é日\u{202e}🦀\u{feff}".chars().collect();
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.roll(6) {
            let at = self.roll(chars.len().max(1));
            match self.roll(3) {
                0 if at < chars.len() => chars[at] = odd[self.roll(odd.len())],
                1 if at < chars.len() => drop(chars.remove(at)),
                _ => chars.insert(at.min(chars.len()), odd[self.roll(odd.len())]),
            }
        }
        chars.into_iter().collect()
    }
}

const SEEDS: &[&str] = &[
    "https://{dc}.api.mailchimp.com/3.0/lists?x={dc}&y=1#z",
    "http://[::ffff:127.0.0.1]:8080/a/../b?key=1",
    "10.0.0.0/8",
    "*.example.com:8443",
    "/callback?code=abc&state=xyz&iss=https%3A%2F%2Fa.example",
    "oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=true",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "{\"connections\":[{\"connectionLinkName\":\"a\",\"scope\":[\"x\"]}]}",
    "id = \"acme\"\nname = \"Acme\"\napi = \"https://{x}.acme.example\"\n[[api_key]]\nkey = \"X\"\n[[fields]]\nname = \"x\"\ntitle = \"X\"\n",
];

#[test]
fn nothing_panics() {
    let mut dice = Dice(42);
    let service = shipped("mailchimp");
    let mut connection = connected(&service, 3600);
    let mut masker = Masker::new();
    masker.add(&Secret::new("mailchimp"));
    let mut sent = 0;
    for round in 0..5_000 {
        let text = dice.maul(SEEDS[round % SEEDS.len()]);
        let value = if round % 2 == 0 { "us6".to_owned() } else { dice.maul("us6") };
        connection.set_value(&service, "dc", value.clone());
        let mut request = Request::new("GET", text.clone()).with_header("X", text.clone());
        if let Ok(authorized) = authorize(&connection, &service, &mut request, NOW, [0; 16]) {
            sent += 1;
            let host = authorized.url.host_str().unwrap();
            assert!(host.ends_with(".mailchimp.com"), "{text} with {value} goes to {host}");
            let _ = redact::url(&authorized.url);
        }
        let _ = template::fill_url(&text, |_| Some(value.as_str().into()));
        let _ = policy::host_literal(&text).map(policy::is_private);
        let _ = AllowNet::parse([&text]).map(|allow| allow.check_host(&value, 80));
        let _ = hosts::covers(&text, &value, Some(80));
        let _ = Service::from_toml(None, &text);
        let _ = manifest::read(&text);
        let _ = (time::http_date(&text), time::retry_after(&text, NOW), name::check(&text));
        assert_eq!(name::check(&name::from_label(&text)), Ok(()), "{text}");
        let _ = oauth1::read_request_token(200, text.as_bytes());
        let _ = masker.mask(&text);
        if round % 16 == 0 {
            let (_, mut pending) = consent_url(&connection, &service, &text, &[], &[5; 64], NOW).unwrap();
            assert!(pending.accept(&service, &text, NOW).is_err(), "no state is guessed: {text}");
        }
    }
    assert!(sent > 20, "some texts stay good enough to be sent: {sent}");
}
