//! A console on a listener of its own, and a browser that speaks plain HTTP/1.1 and keeps its cookie.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rainwright::Problem;
use rainwright::connections::store::MemoryStore;
use rainwright::connections::{Catalogue, Connection, Credentials, Environment, Key, OAuth2Credentials, Status, Store};
use rainwright::runtime::Registry;
use rainwright::runtime::http::{Http, Origins, Settings as HttpSettings};
use rainwright_server::console::{Access, Console, Role, Settings, Use, Users, Workplace};
use rainwright_server::{Names, Server};
use tokio::runtime::Runtime;

pub const USER_PASSWORD: &str = "correct-horse-battery";

/// A running console.
pub struct Started {
    pub address: SocketAddr,
    pub folder: tempfile::TempDir,
    console: Console,
    store: Arc<MemoryStore>,
    told: Arc<AtomicUsize>,
    _runtime: Runtime,
}

struct Here {
    folder: std::path::PathBuf,
    catalogue: Mutex<Catalogue>,
    told: Arc<AtomicUsize>,
}

impl Workplace for Here {
    fn save_service(&self, id: &str, toml: &str) -> Result<Catalogue, Problem> {
        std::fs::write(self.folder.join(format!("{id}.toml")), toml).unwrap();
        let mut catalogue = self.catalogue.lock().unwrap();
        *catalogue = catalogue.clone().with_custom(toml)?;
        Ok(catalogue.clone())
    }

    fn uses(&self, connection: &str) -> Result<Vec<Use>, Problem> {
        // As hostile as a project's files can be.
        let text = format!("<script>alert(3)</script> {connection}");
        Ok(vec![Use { file: "<img src=x>.dg".into(), line: 1, text }])
    }

    fn resolve(&self, url: &str) -> String {
        url.to_owned()
    }

    fn tell_link(&self, _: &str) {
        self.told.fetch_add(1, Ordering::SeqCst);
    }
}

pub fn start() -> Started {
    begin(Access::Link, &[])
}

pub fn start_with_users(users: &[(&str, Role)]) -> Started {
    begin(Access::Password, users)
}

fn begin(access: Access, users: &[(&str, Role)]) -> Started {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let mut list = Users::open(folder.path()).unwrap();
    for (name, role) in users {
        list.set(name, *role, USER_PASSWORD).unwrap();
    }
    let store = Arc::new(MemoryStore::default());
    // Nothing leaves: every host is unknown.
    let http = Http::new(HttpSettings { origins: Origins::new().closed(), ..HttpSettings::default() });
    let held: Arc<dyn Store> = Arc::<MemoryStore>::clone(&store);
    let registry = Registry::new(held, Arc::new(Catalogue::shipped()), Arc::new(http));
    let told = Arc::new(AtomicUsize::new(0));
    let workplace = Arc::new(Here {
        folder: folder.path().to_owned(),
        catalogue: Mutex::new(Catalogue::shipped()),
        told: Arc::clone(&told),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (console, address) = runtime.block_on(async {
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = server.address().unwrap();
        let settings = Settings {
            registry,
            environment: Environment::default(),
            workplace,
            functions: None,
            home: folder.path().to_owned(),
            audit: folder.path().join("calls.jsonl"),
            address: format!("http://{address}"),
            access,
        };
        let console = Console::new(settings, address).unwrap();
        let (routes, following) = (console.routes(), console.clone().look_after());
        tokio::spawn(server.run(Names::of(address, &[]), routes, following, Duration::from_secs(1)));
        (console, address)
    });
    Started { address, folder, console, store, told, _runtime: runtime }
}

impl Started {
    pub fn link(&self) -> String {
        self.console.link()
    }

    pub fn told(&self) -> usize {
        self.told.load(Ordering::SeqCst)
    }

    pub fn add(&self, name: &str) {
        self.add_with(name, |_| {});
    }

    pub fn add_key(&self, key: Key) {
        self.store_one(key, |_| {});
    }

    pub fn add_with(&self, name: &str, change: impl FnOnce(&mut Connection)) {
        self.store_one(Key::shared(name), change);
    }

    fn store_one(&self, key: Key, change: impl FnOnce(&mut Connection)) {
        let service = Catalogue::shipped().get("github").unwrap();
        let name = key.name.clone();
        let mut connection = Connection::draft(key, &service, 0);
        connection.status = Status::Connected;
        connection.credentials = Credentials::OAuth2(OAuth2Credentials {
            client_id: "client".into(),
            client_secret: format!("secret-of-{name}").into(),
            access_token: format!("access-token-of-{name}").into(),
            ..OAuth2Credentials::default()
        });
        change(&mut connection);
        let _ = self.store.put(&mut connection).unwrap();
    }

    pub fn has(&self, name: &str) -> bool {
        self.status(name).is_some()
    }

    pub fn has_key(&self, key: &Key) -> bool {
        self.store.load(key).unwrap().is_some()
    }

    pub fn status(&self, name: &str) -> Option<Status> {
        self.store.load(&Key::shared(name)).unwrap().map(|connection| connection.status)
    }

    pub fn remove_user(&self, name: &str) {
        assert!(Users::open(self.folder.path()).unwrap().remove(name).unwrap());
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: String,
    /// The cookie that it sets.
    pub cookie: Option<String>,
    headers: Vec<(String, String)>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location")
    }
}

/// A browser.
pub struct Browser {
    address: SocketAddr,
    pub cookie: Option<String>,
}

impl Browser {
    pub fn new(console: &Started) -> Self {
        Self { address: console.address, cookie: None }
    }

    pub fn signed_in(console: &Started) -> Self {
        let mut browser = Self::new(console);
        assert_eq!(browser.open(&console.link()).location(), "/connections");
        browser
    }

    pub fn with_password(console: &Started, name: &str) -> Self {
        let mut browser = Self::new(console);
        let body = format!("name={name}&password={USER_PASSWORD}");
        assert_eq!(browser.post_raw("/login", &body, &[]).location(), "/connections");
        browser
    }

    /// Opens a whole address of this console.
    pub fn open(&mut self, link: &str) -> Answer {
        let path = link.strip_prefix(&format!("http://{}", self.address)).unwrap().to_owned();
        self.get(&path)
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", &[])
    }

    /// The token that this session's forms carry.
    pub fn token(&mut self) -> String {
        let body = self.get("/connections").body;
        body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// Sends a form as this session's pages do.
    pub fn post(&mut self, path: &str, body: &str) -> Answer {
        let token = self.token();
        let origin = format!("http://{}", self.address);
        let headers = [("origin", origin.as_str()), ("sec-fetch-site", "same-origin")];
        self.post_raw(path, &format!("token={token}&{body}"), &headers)
    }

    pub fn post_raw(&mut self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.post_as(path, body, "application/x-www-form-urlencoded", headers)
    }

    pub fn post_as(&mut self, path: &str, body: &str, kind: &str, headers: &[(&str, &str)]) -> Answer {
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([("content-type", kind)]).collect();
        self.send("POST", path, body, &headers)
    }

    pub fn send(&mut self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            request += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if let Some(cookie) = &self.cookie {
            request += &format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
        }
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
        // A server that refuses a large body may close before it has read all of it.
        let _ = stream.write_all(body.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let answer = read(&bytes);
        if answer.cookie.is_some() {
            self.cookie.clone_from(&answer.cookie);
        }
        answer
    }
}

fn read(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or_default();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let cookie = headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
    Answer { status, body: body.to_owned(), cookie, headers }
}
