//! Durable runs over real HTTP: they wait for times and signals, and outlive the server that started them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rainwright::runtime::http::{Http, Settings};
use rainwright::runtime::journal::{InDoubt, Journal, SqliteJournal};
use rainwright::runtime::store::KeySource;
use rainwright::runtime::{Live, LiveOptions};
use rainwright::{Engine, Library};
use rainwright_server::{Functions, Names, Server, Source};
use serde_json::{Value, json};

const ORDER: &str = "string standalone.order(string item)
{
	info \"asked for \" + item;
	durable.wait(1);
	approval = durable.signal(\"approved\");
	return item + \" by \" + approval.get(\"by\");
}
";
const SPIN: &str = "int standalone.spin()\n{\n\twhile(true)\n\t{\n\t\tx = 1;\n\t}\n\treturn 1;\n}\n";

struct Desk {
    base: String,
    client: reqwest::Client,
    functions: Functions,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

async fn serve(home: Option<&Path>) -> Desk {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
    let sources = vec![source("order.dg", ORDER), source("spin.dg", SPIN)];
    let http = Arc::new(Http::new(Settings::default()));
    let host = Box::new(move || Ok(Live::new(Arc::clone(&http), LiveOptions::default())));
    let mut functions = Functions::new(Engine::new(), sources, Library::default(), host).unwrap();
    if let Some(home) = home {
        let journal: Arc<dyn Journal> =
            Arc::new(SqliteJournal::open(home, &KeySource::File(home.join("key"))).unwrap());
        functions = functions.with_journal(journal, InDoubt::Ask);
    }
    functions.resume_runs();
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = server.address().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let stopped = async move {
        let _ = stopped.await;
    };
    tokio::spawn(server.run(Names::of(address, &[]), functions.routes(), stopped, Duration::from_secs(1)));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Desk { base: format!("http://{address}"), client, functions, stop: Some(stop) }
}

impl Desk {
    async fn start(&self, function: &str, key: Option<&str>, body: Value) -> (u16, Value) {
        let request = self.client.post(format!("{}/run/{function}", self.base)).header("Prefer", "durable").json(&body);
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn status(&self, id: &str) -> Value {
        let response = self.client.get(format!("{}/runs/{id}", self.base)).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Waits, at most a minute, until a run has a status.
    async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..600 {
            let status = self.status(id).await;
            if wanted(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{}", self.status(id).await)
    }

    async fn signal(&self, id: &str, name: &str, body: Value) -> u16 {
        let url = format!("{}/runs/{id}/signals/{name}", self.base);
        self.client.post(url).json(&body).send().await.unwrap().status().as_u16()
    }

    fn end(mut self) {
        self.functions.stop_runs();
        let _ = self.stop.take().unwrap().send(());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_its_server() {
    let home = tempfile::tempdir().unwrap();
    let desk = serve(Some(home.path())).await;
    let (code, begun) = desk.start("order", Some("order-7"), json!({"item": "tea"})).await;
    assert_eq!((code, &begun["status"]), (202, &json!("running")), "{begun}");
    let id = begun["id"].as_str().unwrap().to_owned();
    // The same call is the same run; another call with the key is refused.
    assert_eq!(desk.start("order", Some("order-7"), json!({"item": "tea"})).await.1["id"], json!(id));
    assert_eq!(desk.start("order", Some("order-7"), json!({"item": "rum"})).await.0, 422);
    for _ in 0..20 {
        // Asked for again and again, it is driven once.
        assert_eq!(desk.start("order", Some("order-7"), json!({"item": "tea"})).await.0, 202);
    }
    let waits = desk.until(&id, |status| status["signal"] == json!("approved")).await;
    assert_eq!((&waits["status"], &waits["info"]), (&json!("suspended"), &json!(["asked for tea"])));
    assert_eq!(desk.signal("nobody", "approved", json!(null)).await, 404);
    desk.end();

    // Another server with the same journal goes on; the line is not logged again.
    let desk = serve(Some(home.path())).await;
    assert_eq!(desk.start("order", Some("order-7"), json!({"item": "tea"})).await.1["id"], json!(id));
    assert_eq!(desk.signal(&id, "approved", json!({"by": "Ada"})).await, 202);
    let done = desk.until(&id, |status| status["status"] == json!("done")).await;
    assert_eq!((&done["result"], &done["info"]), (&json!("tea by Ada"), &json!(["asked for tea"])));
    assert_eq!(desk.signal(&id, "approved", json!(null)).await, 409, "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_takes_over_from_another_one_with_the_same_journal() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (serve(Some(home.path())).await, serve(Some(home.path())).await);
    let (_, begun) = first.start("order", None, json!({"item": "tea"})).await;
    let id = begun["id"].as_str().unwrap().to_owned();
    first.end();
    second.until(&id, |status| status["signal"] == json!("approved")).await;
    assert_eq!(second.signal(&id, "approved", json!({"by": "Ada"})).await, 202);
    let done = second.until(&id, |status| status["status"] == json!("done")).await;
    assert_eq!((&done["result"], &done["info"]), (&json!("tea by Ada"), &json!(["asked for tea"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_computes_is_put_aside_when_the_server_stops() {
    let home = tempfile::tempdir().unwrap();
    let desk = serve(Some(home.path())).await;
    let (_, begun) = desk.start("spin", None, json!({})).await;
    let id = begun["id"].as_str().unwrap().to_owned();
    desk.until(&id, |status| status["status"] == json!("running")).await;
    let functions = desk.functions.clone();
    functions.stop_runs();
    desk.until(&id, |status| status["status"] == json!("suspended")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_journal_says_so() {
    let desk = serve(None).await;
    let (code, told) = desk.start("order", None, json!({"item": "tea"})).await;
    assert!(code == 501 && told["error"]["message"].as_str().unwrap().contains("dg serve --durable"), "{told}");
}
