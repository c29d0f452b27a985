//! Calls functions over real HTTP on loopback, as Zoho's callers and as plain ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rainwright::runtime::http::{Http, Settings};
use rainwright::runtime::{Live, LiveOptions};
use rainwright::{Engine, Library};
use rainwright_server::{Functions, Keys, Limits, Names, Scope, Server, Source};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const FILES: &[(&str, &str)] = &[
    (
        "price.dg",
        "map standalone.price(string sku, decimal rate)\n{\n\tinfo \"asked for \" + sku;\n\treturn {\"sku\":sku,\"price\":rate * 2};\n}\n",
    ),
    ("echo.dg", "string standalone.echo(string crmAPIRequest)\n{\n\treturn crmAPIRequest;\n}\n"),
    (
        "teapot.dg",
        "map standalone.teapot()\n{\n\treturn {\"crmAPIResponse\":{\"status_code\":418,\"body\":\"short\",\"headers\":{\"X-Pot\":\"tea\",\"Content-Length\":\"1\"},\"Content-Type\":\"text/tea\"}};\n}\n",
    ),
    ("fails.dg", "string standalone.fails()\n{\n\tx = 1 / 0;\n\treturn \"\";\n}\n"),
    ("loops.dg", "string standalone.loops()\n{\n\twhile(true)\n\t{\n\t\tx = 1;\n\t}\n\treturn \"\";\n}\n"),
    ("broken.dg", "string standalone.broken( {\n"),
    ("chance.dg", "string standalone.chance()\n{\n\treturn randomNumber(1, 1000000000).toString();\n}\n"),
];

struct Desk {
    base: String,
    client: reqwest::Client,
    log: Arc<Mutex<Vec<String>>>,
}

async fn serve(keys: Option<Keys>, limits: Limits) -> Desk {
    // The first one counts; a second is no matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sources = FILES.iter().map(|(name, text)| Source { name: (*name).into(), text: (*text).into() }).collect();
    let http = Arc::new(Http::new(Settings::default()));
    let host = Box::new(move || Ok(Live::new(Arc::clone(&http), LiveOptions::default())));
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    let mut functions = Functions::new(Engine::new(), sources, Library::default(), host)
        .unwrap()
        .with_limits(limits)
        .with_log(Box::new(move |line: &str| kept.lock().unwrap().push(line.to_owned())));
    if let Some(keys) = keys {
        functions = functions.with_keys(keys);
    }
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = server.address().unwrap();
    let routes = functions.routes();
    tokio::spawn(server.run(Names::of(address, &[]), routes, std::future::pending(), Duration::from_secs(1)));
    Desk { base: format!("http://{address}"), client: reqwest::Client::builder().no_proxy().build().unwrap(), log }
}

impl Desk {
    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.client.get(format!("{}{path}", self.base))).await
    }
}

async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn functions_answer_as_those_of_zoho_crm() {
    run(async {
        let desk = serve(None, Limits::default()).await;
        let path = "/crm/v8/functions/price/actions/execute";
        let told = json!({"code": "success", "message": "function executed successfully"});
        for query in ["sku=A12&rate=1.25", "arguments=%7B%22sku%22%3A%22A12%22%2C%22rate%22%3A1.25%7D"] {
            let (status, answer) = desk.get(&format!("{path}?auth_type=apikey&{query}")).await;
            assert_eq!(
                (status, &answer["code"], &answer["message"]),
                (200, &told["code"], &told["message"]),
                "{answer}"
            );
            assert_eq!(answer["details"]["output"], r#"{"sku":"A12","price":2.50}"#);
            assert_eq!(answer["details"]["userMessage"], json!(["asked for A12"]));
        }
        let (_, answer) = read(desk.post(path).form(&[("sku", "B"), ("rate", "2")])).await;
        assert_eq!(answer["details"]["output"], r#"{"sku":"B","price":4}"#);

        let request =
            desk.post("/crm/v2/functions/echo/actions/execute?auth_type=apikey&zapikey=secret&a=1").body("raw");
        let (_, answer) = read(request.header("X-Own", "yes").header("Authorization", "Bearer secret")).await;
        let output = answer["details"]["output"].as_str().unwrap();
        assert!(!output.contains("secret"), "{output}");
        let seen: Value = serde_json::from_str(output).unwrap();
        assert_eq!(
            (&seen["method"], &seen["body"], &seen["params"]),
            (&json!("POST"), &json!("raw"), &json!({"a": "1"}))
        );
        assert_eq!((&seen["headers"]["x-own"], &seen["auth_type"]), (&json!("yes"), &json!("apikey")));

        let answer = desk.post("/crm/v7/functions/teapot/actions/execute").send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            (answer.status().as_u16(), header("x-pot"), header("content-type")),
            (418, "tea".into(), "text/tea".into())
        );
        assert_eq!(answer.text().await.unwrap(), "short");

        let (status, answer) = desk.get("/crm/v8/functions/fails/actions/execute").await;
        assert_eq!(
            (status, &answer["details"]["error"], &answer["details"]["line"]),
            (200, &json!("E3004"), &json!(3))
        );
        for (path, status) in [
            ("/crm/v8/functions/none/actions/execute", 404),
            ("/crm/v99/functions/price/actions/execute", 404),
            ("/crm/v8/functions/broken/actions/execute", 500),
        ] {
            assert_eq!(desk.get(path).await.0, status, "{path}");
        }
        let (status, answer) = desk.get("/run/broken").await;
        assert!(status == 500 && answer["error"]["message"].as_str().unwrap().contains("broken.dg"), "{answer}");
    });
}

#[test]
fn plain_calls_take_json_and_may_come_back_for_their_result() {
    run(async {
        let desk = serve(None, Limits { time: Duration::from_millis(300), ..Limits::default() }).await;
        let body = json!({"sku": "A12", "rate": 1.5});
        let (status, answer) = read(desk.post("/run/price").json(&body)).await;
        assert_eq!((status, answer["result"]["price"].to_string()), (200, "3.0".to_owned()));
        assert_eq!(read(desk.post("/run/price").header("content-type", "application/json").body("[1]")).await.0, 400);
        assert_eq!(read(desk.client.delete(format!("{}/run/price", desk.base))).await.0, 405);
        let (status, answer) = desk.get("/run/loops").await;
        assert_eq!((status, &answer["error"]["code"]), (504, &json!("E4008")), "{answer}");

        let (status, begun) = read(desk.post("/run/price").header("Prefer", "respond-async").json(&body)).await;
        assert_eq!((status, &begun["status"]), (202, &json!("running")));
        let path = begun["location"].as_str().unwrap();
        let mut told = desk.get(path).await;
        for _ in 0..200 {
            if told.1["status"] != "running" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            told = desk.get(path).await;
        }
        assert_eq!((&told.1["status"], &told.1["result"]["sku"]), (&json!("done"), &json!("A12")));
        assert_eq!(desk.get("/runs/00000000000000000000000000000000").await.0, 404);

        let again = || read(desk.post("/run/chance").header("Idempotency-Key", "k1"));
        let first = again().await;
        assert_eq!(again().await, first, "the same call runs once");
        assert_ne!(read(desk.post("/run/chance").header("Idempotency-Key", "k2")).await, first);
        let other = desk.post("/run/chance").header("Idempotency-Key", "k1").body("x");
        assert_eq!(read(other).await.0, 422, "the key belongs to another request");

        let (_, health) = desk.get("/health").await;
        assert_eq!((&health["status"], &health["functions"]), (&json!("ok"), &json!(6)));
        let (_, document) = desk.get("/openapi.json").await;
        assert_eq!(document["paths"]["/run/price"]["post"]["operationId"], "price");
        let figures = desk.get("/metrics").await.1;
        assert!(
            figures.as_str().unwrap().contains("dg_requests_total{function=\"price\",status=\"200\"}"),
            "{figures}"
        );
        let log = desk.log.lock().unwrap().join("\n");
        assert!(log.contains("\"function\":\"price\"") && !log.contains("A12"), "{log}");
    });
}

#[test]
fn callers_need_a_key_for_the_function_and_are_held_to_its_rate() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(home.path()).unwrap();
        let shop = keys.create("shop", Scope::Functions(vec!["price".into()]), Some(3), None).unwrap();
        let other = keys.create("other", Scope::All, None, None).unwrap();
        let desk = serve(Some(keys), Limits::default()).await;
        let path = "/crm/v8/functions/price/actions/execute?sku=A&rate=1";
        assert_eq!(desk.get(path).await.0, 401);
        assert_eq!(desk.get(&format!("{path}&auth_type=apikey&zapikey={shop}x")).await.0, 401);
        assert_eq!(desk.get(&format!("{path}&auth_type=apikey&zapikey={shop}")).await.0, 200);
        let with = |key: &str, path: &str| desk.post(path).bearer_auth(key);
        assert_eq!(read(with(&shop, "/run/teapot")).await.0, 403);
        assert_eq!(read(with(&other, "/run/teapot")).await.0, 200);

        let begun = read(with(&other, "/run/chance?async=true")).await.1;
        let run = begun["location"].as_str().unwrap();
        assert_eq!(read(desk.client.get(format!("{}{run}", desk.base)).bearer_auth(&shop)).await.0, 404);
        assert_eq!(read(desk.client.get(format!("{}{run}", desk.base)).bearer_auth(&other)).await.0, 200);

        let body = json!({"sku": "A", "rate": 1});
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(read(with(&shop, "/run/price").json(&body)).await.0);
        }
        assert_eq!(statuses, [200, 200, 429, 429]);
        let log = desk.log.lock().unwrap().join("\n");
        assert!(log.contains("\"key\":\"shop\"") && !log.contains(&shop[..20]), "{log}");
    });
}

#[test]
fn parts_may_be_as_large_as_the_body() {
    run(async {
        let desk = serve(None, Limits { body: 4 << 20, ..Limits::default() }).await;
        let bill = Part::bytes(vec![b'x'; 3 << 20]).file_name("bill.pdf");
        let form = Form::new().text("sku", "A1").text("rate", "2").part("bill", bill);
        assert_eq!(read(desk.post("/run/price").multipart(form)).await.0, 200);
    });
}

#[test]
fn foreign_names_and_origins_do_not_get_in() {
    run(async {
        let desk = serve(None, Limits { body: 1000, ..Limits::default() }).await;
        for (name, value) in [("Host", "rebound.example"), ("Origin", "https://evil.example"), ("Origin", "null")] {
            let request = desk.client.get(format!("{}/health", desk.base)).header(name, value);
            assert_eq!(read(request).await.0, 421, "{name}: {value}");
        }
        let answer = desk.client.get(format!("{}/health", desk.base)).send().await.unwrap();
        for (name, value) in
            [("x-frame-options", "DENY"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
        {
            assert_eq!(answer.headers().get(name).unwrap(), value);
        }
        assert_eq!(read(desk.post("/run/price").body("x".repeat(2000))).await.0, 413);
    });
}
