//! A sandbox in the place of the real hosts, a registry and a live host in front of it, and a person who says yes.

use std::sync::Arc;

use rainwright_connections::{Catalogue, Connection, Key, Secret};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Effect, HttpRequest, HttpResponse};
use rainwright_runtime::connect::{ConnectOptions, Question, Ui};
use rainwright_runtime::http::{Http, Origins, Settings};
use rainwright_runtime::{Live, LiveOptions, Registry};
use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox, visitor};
use serde_json::Value;

pub struct Stage {
    pub sandbox: Arc<Sandbox>,
    pub registry: Arc<Registry>,
    pub live: Arc<Live>,
    http: Arc<Http>,
    _home: tempfile::TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// With one more service, as the text of its file.
    pub async fn with(service: &str) -> Self {
        let options = rainwright_sandbox::SandboxOptions::default();
        let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
        let mut origins = Origins::new();
        for (host, base) in sandbox.origins() {
            origins.add(&host, &base).unwrap();
        }
        let http = Arc::new(Http::new(Settings { origins, ..super::local() }));
        let mut catalogue = Catalogue::shipped();
        if !service.is_empty() {
            catalogue = catalogue.with_custom(service).unwrap();
        }
        let home = tempfile::tempdir().unwrap();
        let registry = Registry::new(super::house::open_store(home.path()), Arc::new(catalogue), Arc::clone(&http));
        let options = LiveOptions { registry: Some(Arc::clone(&registry)), ..LiveOptions::default() };
        let live = Arc::new(Live::new(Arc::clone(&http), options));
        Self { sandbox, registry, live, http, _home: home }
    }

    /// Logs in with a service; the connection has the service's id as its name. The answers come before the usual client.
    pub async fn connect(&self, service: &str, answers: &[(&str, &str)]) -> Result<Connection, Problem> {
        let usual = [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("consumer_key", CLIENT_ID),
            ("consumer_secret", CLIENT_SECRET),
        ];
        let answers = usual.iter().chain(answers).map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        let options = ConnectOptions { answers: answers.collect(), ..ConnectOptions::default() };
        let ui = Arc::new(Willing { sandbox: Arc::clone(&self.sandbox) });
        self.registry.connect(service, options, ui).await
    }

    /// A GET with a connection.
    pub async fn get(&self, connection: &str, url: &str) -> Result<HttpResponse, Problem> {
        self.call(HttpRequest {
            method: "GET".into(),
            url: url.into(),
            connection: Some(connection.into()).filter(|name: &String| !name.is_empty()),
            ..HttpRequest::default()
        })
        .await
    }

    pub async fn call(&self, request: HttpRequest) -> Result<HttpResponse, Problem> {
        self.live
            .perform(Call::new(Effect::Http(Box::new(request))))
            .await
            .map_err(rainwright_effect::Refusal::problem)?
            .into_http()
    }

    /// The connection as it is stored.
    pub fn stored(&self, name: &str) -> Connection {
        self.registry.store().load(&Key::shared(name)).unwrap().unwrap()
    }

    /// Lets the access tokens of a login server expire.
    pub async fn expire(&self, provider: &str) {
        let ended = self.order("expire", &serde_json::json!({ "service": provider })).await;
        assert!(ended["ended"].as_u64() > Some(0), "no token of {provider} was there to end");
    }

    /// Lets the next requests meet a fault.
    pub async fn fault(&self, fault: Value) {
        self.order("next", &fault).await;
    }

    /// What a login server has done: `issued`, `refreshed`, `reused`, `refused` …
    pub async fn count(&self, provider: &str, what: &str) -> u64 {
        let answer = self.http.send(wire("GET", &format!("{}/_sandbox/stats", self.sandbox.base_url()), "")).await;
        let stats: Value = serde_json::from_slice(&answer.unwrap().body).unwrap();
        stats["tokens"][provider][what].as_u64().unwrap_or(0)
    }

    /// An order to the sandbox itself.
    pub async fn order(&self, what: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{what}", self.sandbox.base_url());
        let answer = self.http.send(wire("POST", &url, &body.to_string())).await.unwrap();
        assert!(answer.status < 300, "{what}: {}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}

fn wire(method: &str, url: &str, body: &str) -> rainwright_runtime::http::Wire {
    use rainwright_effect::Body;
    let mut wire = rainwright_runtime::http::Wire::new(method, url).unwrap();
    if !body.is_empty() {
        wire.body = Body::Text { text: body.into(), content_type: "application/json".into() };
    }
    wire
}

/// Takes what is offered as an answer, and presses Allow.
struct Willing {
    sandbox: Arc<Sandbox>,
}

impl Ui for Willing {
    fn ask(&self, question: &Question) -> Result<Secret, Problem> {
        let offered = question.default.as_ref().or(question.example.as_ref()).or(question.choices.first());
        match offered {
            Some(offered) => Ok(Secret::new(offered.clone())),
            None if question.optional => Ok(Secret::default()),
            None => Err(Problem::new(Code::BadRequest, format!("nobody knows {}", question.name))),
        }
    }

    fn open(&self, url: &str) -> Result<(), Problem> {
        let here = self.sandbox.resolve(url);
        assert_ne!(here, url, "the sandbox does not play {url}");
        std::thread::spawn(move || visitor::allow(&here));
        Ok(())
    }

    fn tell(&self, _: &str) {}
}
