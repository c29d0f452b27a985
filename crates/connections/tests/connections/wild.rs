//! No text, however wild, makes anything panic: addresses, service files, callbacks, manifests, dates, patterns, answers of
//! token servers, stored connections.
//!
//! `cargo test --release -p rainwright-connections -- --ignored wild` goes on for `RAINWRIGHT_FUZZ_SECONDS` (300) from
//! `RAINWRIGHT_FUZZ_SEED` (the time; it is printed).

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::{NOW, connected, shipped};
use rainwright_connections::oauth2::{self, consent_url};
use rainwright_connections::policy::{self, AllowNet};
use rainwright_connections::redact::{self, Masker};
use rainwright_connections::{
    Auth, Connection, Secret, Service, authorize, hosts, lookup, manifest, name, oauth1, refresh, template, time,
};
use rainwright_effect::HttpRequest;

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
    "{\"access_token\":\"a\",\"refresh_token\":\"b\",\"expires_in\":3600,\"token_type\":\"bearer\",\"scope\":\"a b\"}",
    "{\"error\":\"invalid_grant\",\"error_description\":\"gone\",\"data\":{\"expires_in\":\"9223372036854775807\"}}",
    "access_token=a&refresh_token=b&expires_in=-9223372036854775808",
    "{\"device_code\":\"d\",\"user_code\":\"u\",\"verification_uri\":\"https://a.example\",\"expires_in\":1800,\"interval\":5}",
    "{\"issuer\":\"https://a.example\",\"authorization_endpoint\":\"https://a.example/a\",\"token_endpoint\":\"https://a.example/t\"}",
    "{\"dc\":\"us6\",\"api_endpoint\":\"https://us6.api.mailchimp.com\"}",
];

/// What the texts are tried on.
struct World {
    service: Arc<Service>,
    connection: Connection,
    masker: Masker,
    stored: String,
    sent: u32,
    granted: u32,
}

impl World {
    fn new() -> Self {
        let service = shipped("mailchimp");
        let connection = connected(&service, 3600);
        let stored = String::from_utf8(connection.seal().unwrap().to_vec()).unwrap();
        let mut masker = Masker::new();
        masker.add(&Secret::new("mailchimp"));
        Self { service, connection, masker, stored, sent: 0, granted: 0 }
    }

    fn requests(&mut self, text: &str, value: &str) {
        self.connection.set_value(&self.service, "dc", value);
        let mut request = HttpRequest::new("GET", text).with_header("X", text);
        if let Ok(authorized) = authorize(&self.connection, &self.service, &mut request, NOW, [0; 16]) {
            self.sent += 1;
            let host = authorized.url.host_str().unwrap();
            assert!(host.ends_with(".mailchimp.com"), "{text} with {value} goes to {host}");
            let _ = redact::url(&authorized.url);
        }
        let _ = template::fill_url(text, |_| Some(value.into()));
        let _ = policy::host_literal(text).map(policy::is_private);
        let _ = AllowNet::parse([text]).map(|allow| allow.check_host(value, 80));
        let _ = hosts::covers(text, value, Some(80));
        let _ = self.masker.mask(text);
    }

    fn files(&self, text: &str, stored: &str) {
        let _ = Service::from_toml(None, text);
        let _ = manifest::read(text);
        let _ = (time::http_date(text), time::retry_after(text, NOW), time::clock_skew(text, NOW), name::check(text));
        assert_eq!(name::check(&name::from_label(text)), Ok(()), "{text}");
        if let Ok(connection) = Connection::unseal(stored.as_bytes()) {
            let _ = connection.seal();
        }
    }

    fn answers(&mut self, text: &str, status: u16) {
        let body = text.as_bytes();
        let mut connection = self.connection.clone();
        let Auth::OAuth2(settings) = self.service.auth() else { panic!("OAuth 2.0") };
        if let Ok(answer) = oauth2::read_token(settings, status, body, NOW) {
            self.granted += 1;
            refresh::succeed(&mut connection, &self.service, answer, NOW);
            let _ = connection.seal();
        }
        let _ = oauth2::read_device(status, body, NOW);
        let _ = oauth2::read_metadata("https://a.example", body);
        let _ = oauth2::metadata_urls(text);
        let _ = oauth2::read_revocation(&self.service, status, body);
        let _ = oauth1::read_request_token(status, body);
        let _ = oauth1::read_access_token(&mut connection, &self.service, status, body, NOW);
        for found in &self.service.after_consent {
            let _ = lookup::read(&mut connection, &self.service, found, status, body);
        }
        let _ = lookup::test_passes(&self.service, status, body);
    }

    fn round(&mut self, dice: &mut Dice, round: usize) {
        let text = dice.maul(SEEDS[round % SEEDS.len()]);
        let value = if round.is_multiple_of(2) { "us6".to_owned() } else { dice.maul("us6") };
        self.requests(&text, &value);
        self.files(&text, &dice.maul(&self.stored));
        self.answers(&text, [200, 200, 400, 500][dice.roll(4)]);
        if round.is_multiple_of(16) {
            let (_, mut pending) = consent_url(&self.connection, &self.service, &text, &[], &[5; 64], NOW).unwrap();
            assert!(pending.accept(&self.service, &text, NOW).is_err(), "no state is guessed: {text}");
        }
    }
}

#[test]
fn nothing_panics() {
    let (mut dice, mut world) = (Dice(42), World::new());
    (0..5_000).for_each(|round| world.round(&mut dice, round));
    assert!(world.sent > 20 && world.granted > 20, "some stay good: {} sent, {} granted", world.sent, world.granted);
}

#[test]
#[ignore = "long: RAINWRIGHT_FUZZ_SECONDS, by default 300"]
#[allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "run by a person, for as long as one likes")]
fn nothing_panics_for_long() {
    let setting = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = setting("RAINWRIGHT_FUZZ_SEED");
    let seed = seed.unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64);
    println!("RAINWRIGHT_FUZZ_SEED={seed}");
    let (mut dice, mut world) = (Dice(seed), World::new());
    let (started, mut rounds) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(setting("RAINWRIGHT_FUZZ_SECONDS").unwrap_or(300)) {
        world.round(&mut dice, rounds);
        rounds += 1;
    }
    println!("{rounds} rounds, {} sent, {} granted", world.sent, world.granted);
}
