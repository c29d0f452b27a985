//! A hosted widget over HTTP, as hostile widgets and pages use it: real requests to listeners on loopback.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rainwright::Problem;
use rainwright::connections::Connectors;
use rainwright::effect::{HttpRequest, HttpResponse};
use rainwright_server::widget::{Ask, CreatorApp, Listening, Widget, WidgetProject, WidgetReach, WidgetSettings};
use serde_json::{Value, json};

/// Keeps what would leave the machine, and answers it.
#[derive(Default)]
struct Out {
    calls: Mutex<Vec<HttpRequest>>,
    links: Mutex<Vec<String>>,
}

impl WidgetReach for Out {
    fn call(&self, request: HttpRequest) -> Result<HttpResponse, Problem> {
        self.calls.lock().unwrap().push(request);
        Ok(HttpResponse { status: 200, headers: Vec::new(), body: r#"{"data":[{"id":"1"}]}"#.into() })
    }

    fn tell_link(&self, link: &str) {
        self.links.lock().unwrap().push(link.to_owned());
    }
}

struct Started {
    host: SocketAddr,
    widget_origin: String,
    link: String,
    out: Arc<Out>,
    _folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

const CONNECTOR: &str = "[api.ping]\nmethod = \"GET\"\nurl = \"https://api.example.com/${id}\"\n";

fn start(manifest: &str) -> Started {
    start_with(manifest, Vec::new())
}

fn start_with(manifest: &str, allowed: Vec<Ask>) -> Started {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    std::fs::create_dir_all(project.join("app")).unwrap();
    std::fs::write(project.join("plugin-manifest.json"), manifest).unwrap();
    std::fs::write(project.join("app/widget.html"), "<h1>Widget</h1>").unwrap();
    std::fs::write(project.join("key.pem"), "PRIVATE").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../key.pem", project.join("app/link.txt")).unwrap();
    let out = Arc::new(Out::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (host, widget_origin, link) = runtime.block_on(async {
        let listening = Listening::at(0).await.unwrap();
        let (host, widget_origin) = (listening.host_address(), listening.widget_origin());
        let reach: Arc<dyn WidgetReach> = Arc::<Out>::clone(&out);
        let settings = WidgetSettings {
            project: WidgetProject::open(&project).unwrap(),
            reach,
            functions: None,
            connectors: Connectors::default().with("mail", CONNECTOR).unwrap(),
            allowed,
            home: folder.path().to_owned(),
            address: format!("http://{host}"),
            widget_address: widget_origin.clone(),
            record: ("Leads".into(), vec!["7".into()]),
            creator: CreatorApp::default(),
            own_sdk: false,
        };
        let widget = Widget::new(settings, host).unwrap();
        let link = widget.link();
        tokio::spawn(async move { listening.run(&widget).await });
        (host, widget_origin, link)
    });
    Started { host, widget_origin, link, out, _folder: folder, _runtime: runtime }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let found = self
            .head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim())
    }
}

fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(to).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// The browser of the user, at the host page.
struct User<'a> {
    started: &'a Started,
    cookie: String,
    token: String,
}

impl Started {
    fn host_name(&self) -> String {
        self.host.to_string()
    }

    fn files(&self) -> SocketAddr {
        let port = self.widget_origin.rsplit(':').next().unwrap().parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn widget_name(&self) -> &str {
        self.widget_origin.strip_prefix("http://").unwrap()
    }

    fn user(&self) -> User<'_> {
        let path = self.link.strip_prefix(&format!("http://{}", self.host)).unwrap();
        let entered = send(self.host, "GET", path, &[("host", &self.host_name())], "");
        assert_eq!(entered.status, 303, "{}", entered.body);
        let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
        let mut user = User { started: self, cookie, token: String::new() };
        let page = user.get("/permissions").body;
        user.token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        user
    }

    fn calls(&self) -> usize {
        self.out.calls.lock().unwrap().len()
    }
}

impl User<'_> {
    fn get(&self, path: &str) -> Answer {
        send(self.started.host, "GET", path, &[("host", &self.started.host_name()), ("cookie", &self.cookie)], "")
    }

    /// Ticks the questions that contain one of the words.
    fn allow(&self, words: &[&str]) {
        let page = self.get("/permissions").body;
        let questions: Vec<&str> = page.split("name=\"ask\" value=\"").skip(1).collect();
        let ticked = questions.iter().enumerate().filter(|(_, text)| {
            let text = text.split("</label>").next().unwrap();
            words.iter().any(|word| text.contains(word))
        });
        let ticked: String = ticked.map(|(at, _)| format!("&ask={at}")).collect();
        let body = format!("token={}{ticked}", self.token);
        let origin = format!("http://{}", self.started.host);
        let headers = [
            ("host", self.started.host_name()),
            ("cookie", self.cookie.clone()),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded".into()),
        ];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(send(self.started.host, "POST", "/permissions", &headers, &body).status, 303);
    }

    fn call_with(&self, message: &Value, change: impl Fn(&mut Vec<(String, String)>)) -> Answer {
        let mut headers = vec![
            ("host".to_owned(), self.started.host_name()),
            ("cookie".to_owned(), self.cookie.clone()),
            ("x-token".to_owned(), self.token.clone()),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("origin".to_owned(), format!("http://{}", self.started.host)),
            ("sec-fetch-site".to_owned(), "same-origin".to_owned()),
        ];
        change(&mut headers);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        send(self.started.host, "POST", "/call", &headers, &message.to_string())
    }

    fn call(&self, message: &Value) -> Value {
        let answer = self.call_with(message, |_| {});
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

fn invoke(name: &str, url: &str) -> Value {
    json!({ "category": "CRM_CONNECTION", "connectionName": name, "data": { "data": { "url": url, "method": "GET" } } })
}

fn http(url: &str) -> Value {
    json!({ "category": "CONNECTOR", "nameSpace": "wget.get", "data": { "url": url } })
}

const MANIFEST: &str = r#"{"service":"CRM","usedConnections":[{"connectionLinkName":"news"},{"connectionLinkName":"other"}],
    "whiteListedDomains":["https://api.example.com"]}"#;

#[test]
fn a_widget_reaches_only_what_its_manifest_names_and_the_user_allows() {
    let started = start(MANIFEST);
    let user = started.user();
    assert_eq!(user.get("/").header("location"), "/permissions", "nothing runs before the user was asked");
    let all = [
        invoke("news", "https://api.example.com/x"),
        invoke("bank", "https://bank.example.com/x"),
        http("https://api.example.com/x"),
        json!({ "category": "READ", "APIData": { "Entity": "Leads" } }),
        json!({ "category": "CONNECTOR", "type": "CONNECTOR_API", "nameSpace": "mail.ping", "data": { "VARIABLES": { "id": 1 } } }),
        json!({ "category": "FUNCTIONS_EXECUTE", "customFunctionName": "f", "data": { "data": {} } }),
    ];
    for message in &all {
        assert_eq!(user.call(message)["failed"]["code"], "NOT_ALLOWED", "{message}");
    }
    assert_eq!(started.calls(), 0);
    user.allow(&["connection news", "Call api.example.com"]);
    assert_eq!(user.get("/").status, 200);
    let answer = user.call(&all[0]);
    assert_eq!(answer["ok"]["details"]["statusMessage"]["data"][0]["id"], "1", "{answer}");
    assert_eq!(user.call(&all[2])["ok"], r#"{"data":[{"id":"1"}]}"#);
    for message in
        [&all[1], &all[3], &all[4], &invoke("other", "https://api.example.com"), &invoke("NEWS", "https://a.b.c")]
    {
        assert_eq!(user.call(message)["failed"]["code"], "NOT_ALLOWED", "{message}");
    }
    for url in [
        "https://evil.example/",
        "https://api.example.com.evil.example/",
        "https://api.example.com@evil.example/",
        "https://evil.example/api.example.com",
        "https://127.0.0.1:8190/connections",
        "http://169.254.169.254/latest/meta-data",
        "https://api.example.com\\@evil.example/",
    ] {
        let answer = user.call(&http(url));
        let is_own = answer["ok"].is_string();
        assert!(!is_own || url::Url::parse(url).unwrap().host_str() == Some("api.example.com"), "{url}: {answer}");
    }
    let calls = started.out.calls.lock().unwrap();
    assert_eq!(calls[0].connection.as_deref(), Some("news"));
    assert!(calls.iter().skip(1).all(|call| call.connection.is_none() && call.service.is_none()), "{calls:?}");
}

#[test]
fn the_command_line_allows_too() {
    let started = start_with(r#"{"service":"CRM"}"#, vec![Ask::Connection("bank".into())]);
    let user = started.user();
    user.allow(&[]);
    assert!(user.call(&invoke("bank", "https://bank.example.com/x"))["ok"].is_object());
    let refused = user.call(&invoke("news", "https://bank.example.com/x"));
    assert!(refused["failed"]["message"].as_str().unwrap().contains("--connection news"), "{refused}");
}

#[test]
fn only_the_host_page_passes_messages_on() {
    let started = start_with(r#"{"service":"CRM"}"#, vec![Ask::Connection("news".into())]);
    let user = started.user();
    let message = invoke("news", "https://api.example.com/x");
    let set = |name: &'static str, value: String| {
        move |headers: &mut Vec<(String, String)>| {
            headers.retain(|(known, _)| known != name);
            if !value.is_empty() {
                headers.push((name.to_owned(), value.clone()));
            }
        }
    };
    for (name, value) in [
        ("cookie", String::new()),
        ("cookie", "dg_widget_1=x".into()),
        ("x-token", String::new()),
        ("x-token", "guess".into()),
        ("sec-fetch-site", "cross-site".into()),
        ("sec-fetch-site", "same-site".into()),
        ("content-type", "text/plain".into()),
        // The widget's own page, and a page under a name that was bound to 127.0.0.1.
        ("origin", started.widget_origin.clone()),
        ("origin", "null".into()),
        ("host", format!("rebound.example:{}", started.host.port())),
        ("host", format!("localhost:{}", started.host.port())),
    ] {
        let answer = user.call_with(&message, set(name, value.clone()));
        assert!(matches!(answer.status, 401 | 403 | 415 | 421), "{name}: {value}: {}", answer.status);
    }
    assert_eq!(started.calls(), 0);
    for junk in [json!(null), json!([]), json!({ "category": 7 }), json!({ "category": "NOPE" }), json!("x")] {
        assert_eq!(user.call(&junk)["failed"]["code"], "NOT_SUPPORTED", "{junk}");
    }
    assert_eq!(user.call_with(&message, |_| {}).status, 200);
}

#[test]
fn files_come_from_the_folder_app_only_and_under_their_own_name() {
    let started = start(r#"{"service":"CRM"}"#);
    let name = started.widget_name();
    let get = |path: &str, host: &str| send(started.files(), "GET", path, &[("host", host)], "");
    let page = get("/app/widget.html", name);
    assert_eq!((page.status, page.body.as_str()), (200, "<h1>Widget</h1>"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("frame-ancestors http://{}", started.host)), "{policy}");
    assert!(page.header("set-cookie").is_empty());
    for path in [
        "/app/../key.pem",
        "/app/%2e%2e/key.pem",
        "/app/..%2fkey.pem",
        "/app/%2e%2e%2fkey.pem",
        "/app/..%5ckey.pem",
        "/app//etc/passwd",
        "/app/%2fetc%2fpasswd",
        "/app/link.txt",
        "/app/x%00.html",
        "/app/",
        "/key.pem",
        "/app-translations/../key.pem",
        "/app-translations/..%2f..%2fkey.pem",
        "/",
    ] {
        let answer = get(path, name);
        assert!(matches!(answer.status, 400 | 404) && !answer.body.contains("PRIVATE"), "{path}: {}", answer.status);
    }
    // The address itself is another site than the widget's name, and a name that was bound to it is a stranger's.
    for host in [started.files().to_string(), format!("rebound.example:{}", started.files().port())] {
        assert_eq!(get("/app/widget.html", &host).status, 421, "{host}");
    }
    // The console's pages are none of the widget's, nor the other way round.
    for path in ["/call", "/permissions", "/enter?key=x"] {
        assert!(matches!(get(path, name).status, 404 | 405), "{path}");
    }
    assert_eq!(send(started.host, "GET", "/app/widget.html", &[("host", &started.host_name())], "").status, 404);
}

#[test]
fn the_host_page_cannot_be_framed_and_the_link_works_once() {
    let started = start(r#"{"service":"CRM"}"#);
    let user = started.user();
    user.allow(&[]);
    let page = user.get("/");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains(&format!("frame-src {}", started.widget_origin)),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let frame = page.body.split("<iframe").nth(1).unwrap().split('>').next().unwrap();
    assert!(frame.contains("sandbox=\"allow-scripts allow-same-origin"), "{frame}");
    assert!(!frame.contains("allow-top-navigation") && !frame.contains("escape-sandbox"), "{frame}");
    let path = started.link.strip_prefix(&format!("http://{}", started.host)).unwrap();
    let again = send(started.host, "GET", path, &[("host", &started.host_name())], "");
    assert_eq!(again.status, 403);
    assert_eq!(started.out.links.lock().unwrap().len(), 1);
    for key in ["", "x", "AAAA", "%00", "y"] {
        let answer = send(started.host, "GET", &format!("/enter?key={key}"), &[("host", &started.host_name())], "");
        assert!(matches!(answer.status, 403 | 429), "{key}");
    }
}

#[test]
fn a_manifest_cannot_draw_on_the_host_page() {
    let hostile = r#"{"service":"<script>alert(1)</script>","modules":{"widgets":[{"name":"\"><script>alert(2)</script>",
        "url":"/app/widget.html","location":"'><img src=x>"},{"name":"b","url":"https://evil.example/"}]},
        "usedConnections":[{"connectionLinkName":"<img src=x onerror=alert(3)>"}]}"#;
    let started = start(hostile);
    let user = started.user();
    let asked = user.get("/permissions").body;
    user.allow(&["connection"]);
    for body in [asked, user.get("/").body, user.get("/?page=1").body] {
        let body = body.to_lowercase();
        assert!(!body.contains("<script>alert") && !body.contains("<img src=x"), "{body}");
    }
    let second = user.get("/?page=1").body;
    assert!(second.contains(&format!("data-src=\"{}/", started.widget_origin)), "{second}");
}

#[test]
fn only_its_own_folder_gets_what_was_allowed_to_it() {
    let started = start(MANIFEST);
    started.user().allow(&["connection news"]);
    let copy = started._folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::write(copy.join("plugin-manifest.json"), MANIFEST).unwrap();
    let other = WidgetProject::open(&copy).unwrap();
    let grants = rainwright_server::widget::Grants::load(started._folder.path(), &other).unwrap();
    assert!(!grants.allows(&Ask::Connection("news".into())));
    assert!(Path::new(&other.folder).exists());
}
