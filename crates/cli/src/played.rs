//! The sandbox as `dg try` uses it: started when a script first calls a service that it plays.

use std::cell::OnceCell;

use rainwright::effect::{Body, HttpRequest, HttpResponse};
use rainwright_sandbox::{Sandbox, SandboxOptions, resolve_at, visitor};

/// Replaces the account's own addresses in the calls of tasks and connections.
const PLACES: &[(&str, &str)] = &[
    ("{api_domain}", "https://www.zohoapis.com"),
    ("{dc}.api.mailchimp.com", "us6.api.mailchimp.com"),
    ("{dc}", "zoho.com"),
];

/// A sandbox that knows a record for every id.
#[derive(Debug)]
pub struct Played {
    now: i64,
    seed: u64,
    sandbox: OnceCell<Option<Sandbox>>,
}

impl Played {
    /// Nothing is started yet.
    #[must_use]
    pub fn new(now: i64, seed: u64) -> Self {
        Self { now, seed, sandbox: OnceCell::new() }
    }

    /// The sandbox; none when it cannot be started, which a guess can replace.
    fn sandbox(&self) -> Option<&Sandbox> {
        let options = || SandboxOptions { lenient: Some(self.seed), now: Some(self.now), ..SandboxOptions::default() };
        self.sandbox.get_or_init(|| Sandbox::launch(options()).ok()).as_ref()
    }
}

impl rainwright_synth::Doubles for Played {
    fn answer(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let mut url = PLACES.iter().fold(request.url.clone(), |url, (name, place)| url.replace(name, place));
        if url.contains('{') {
            return None;
        }
        for (i, (name, value)) in request.query.iter().enumerate() {
            url.push(if i == 0 && !url.contains('?') { '?' } else { '&' });
            url.push_str(&visitor::encode_pairs([(name.as_str(), value.as_str())]));
        }
        let nowhere = "http://127.0.0.1:1";
        if !resolve_at(nowhere, &url).starts_with(nowhere) {
            return None;
        }
        let mut headers: Vec<(String, String)> = vec![("authorization".into(), "Zoho-oauthtoken played".into())];
        headers.extend(request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization")).cloned());
        let body = match &request.body {
            Body::Empty => Vec::new(),
            Body::Form { pairs } => {
                headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
                visitor::encode_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).into_bytes()
            }
            // Files are nothing that an answer would depend on.
            Body::Multipart { .. } => return None,
            other => {
                let is_type = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
                if !headers.iter().any(is_type) {
                    headers.push(("content-type".into(), "application/json".into()));
                }
                other.shared_bytes().map(|bytes| bytes.to_vec()).unwrap_or_default()
            }
        };
        let sandbox = self.sandbox()?;
        let (status, headers, body) = visitor::send(&request.method, &sandbox.resolve(&url), &headers, &body).ok()?;
        Some(HttpResponse { status, headers, body: body.into() })
    }
}
