//! A client of one request a connection, and a program that signs in.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox, SandboxOptions, visitor};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Sends a request to a real service's URL, or to a sandbox path, and fails when no answer comes.
pub fn call(sandbox: &Sandbox, method: &str, url: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
    try_call(sandbox, method, url, headers, body.as_ref()).unwrap()
}

/// HTTP/1.0, so that an answer without a length ends with the connection.
pub fn try_call(
    sandbox: &Sandbox,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let url = if url.starts_with('/') { sandbox.base_url() + url } else { sandbox.resolve(url) };
    let url = Url::parse(&url).unwrap();
    let mut stream = TcpStream::connect(url.socket_addrs(|| None)?[0])?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let target = &url[url::Position::BeforePath..];
    let mut head = format!("{method} {target} HTTP/1.0\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    let broken = stream.read_to_end(&mut bytes).err();
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(split) = split else {
        return Err(broken.unwrap_or(std::io::ErrorKind::UnexpectedEof.into()));
    };
    let body = bytes.split_off(split + 4);
    let head = String::from_utf8(bytes).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Answer { status, head, bytes: body })
}

pub fn get(sandbox: &Sandbox, url: &str, token: &str) -> Answer {
    call(sandbox, "GET", url, &[("Authorization", token)], "")
}

pub fn send(sandbox: &Sandbox, method: &str, url: &str, token: &str, body: &Value) -> Answer {
    let headers = [("Authorization", token), ("Content-Type", "application/json")];
    call(sandbox, method, url, &headers, body.to_string())
}

pub fn form(sandbox: &Sandbox, url: &str, pairs: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    call(sandbox, "POST", url, &[("Content-Type", "application/x-www-form-urlencoded")], body)
}

/// One service's login.
#[derive(Clone, Copy)]
pub struct Login {
    pub authorize: &'static str,
    pub token: &'static str,
}

pub const MAILCHIMP: Login = Login {
    authorize: "https://login.mailchimp.com/oauth2/authorize",
    token: "https://login.mailchimp.com/oauth2/token",
};
pub const ZOHO: Login = Login {
    authorize: "https://accounts.zoho.com/oauth/v2/auth?access_type=offline&prompt=consent",
    token: "https://accounts.zoho.com/oauth/v2/token",
};
pub const STANDARD_LOGIN: Login = Login { authorize: "/oauth/authorize", token: "/oauth/token" };

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Lets the robot user decide, and gives the parameters that arrive at the program's callback.
pub fn authorize(sandbox: &Sandbox, login: Login, scope: &str, decision: &str) -> (Vec<(String, String)>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let redirect_uri = format!("http://{}/callback", listener.local_addr().unwrap());
    let base = if login.authorize.starts_with('/') { sandbox.base_url() } else { String::new() };
    let mut url = Url::parse(&(base + login.authorize)).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", &redirect_uri),
        ("scope", scope),
        ("state", "st&te"),
        ("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
        ("code_challenge_method", "S256"),
    ]);
    let program = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nDone!").unwrap();
        String::from_utf8_lossy(&bytes[..read]).split(' ').nth(1).unwrap().to_owned()
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let page = runtime.block_on(visitor::visit(&sandbox.resolve(url.as_str()), decision)).unwrap();
    assert_eq!((page.status, page.body.as_str()), (200, "Done!"));
    let target = program.join().unwrap();
    let callback = Url::parse("http://localhost").unwrap().join(&target).unwrap();
    (callback.query_pairs().into_owned().collect(), redirect_uri)
}

/// Exchanges a code.
pub fn exchange(sandbox: &Sandbox, login: Login, code: &str, redirect_uri: &str, verifier: &str) -> Answer {
    form(
        sandbox,
        login.token,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ],
    )
}

/// Signs in; gives the token answer.
pub fn sign_in(sandbox: &Sandbox, login: Login, scope: &str) -> Value {
    let (callback, redirect_uri) = authorize(sandbox, login, scope, "allow");
    exchange(sandbox, login, value(&callback, "code"), &redirect_uri, VERIFIER).json()
}

pub fn refresh(sandbox: &Sandbox, login: Login, token: &str) -> Answer {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    form(sandbox, login.token, &pairs)
}

/// An `Authorization` header of a fresh sign-in.
pub fn header(sandbox: &Sandbox, login: Login, scheme: &str, scope: &str) -> String {
    format!("{scheme} {}", sign_in(sandbox, login, scope)["access_token"].as_str().unwrap())
}

pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

pub fn start() -> Sandbox {
    Sandbox::launch(SandboxOptions::default()).unwrap()
}

pub fn stats(sandbox: &Sandbox) -> Value {
    call(sandbox, "GET", "/_sandbox/stats", &[], "").json()
}
