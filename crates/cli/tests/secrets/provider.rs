//! A provider that cannot keep a secret: it echoes what it was sent, in bodies, errors, cookies and redirects.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::json;

use super::MARK;

/// How the token URL answers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Gives,
    Fails,
    Refuses,
    /// Acts, and then keeps its answer for itself.
    Hangs,
}

#[derive(Default)]
pub struct Book {
    pub mood: Mood,
    /// How many seconds a token lives; an hour unless it is set.
    pub lifetime: Option<u32>,
    /// The access tokens that the API takes.
    pub good: HashSet<String>,
    /// How many tokens were given.
    pub given: u32,
    /// How many calls have come to the address that never answers.
    pub hanging: u32,
}

#[derive(Clone)]
pub struct Provider {
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

struct Asked {
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Provider {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self { address: listener.local_addr().unwrap(), book: Arc::default() };
        let shared = provider.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let provider = shared.clone();
                std::thread::spawn(move || provider.serve(stream));
            }
        });
        provider
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Ends all access tokens, and waits until those that live for a second have come to their end.
    pub fn expire(&self) {
        self.book().good.clear();
        std::thread::sleep(Duration::from_millis(1100));
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let asked = read(&stream)?;
        let (status, more, body) = self.answer(&asked);
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\
             Set-Cookie: sid={MARK}-cookie; HttpOnly\r\nX-Session: {MARK}-session\r\n{more}\r\n"
        );
        let mut stream = stream;
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()
    }

    fn answer(&self, asked: &Asked) -> (u16, String, String) {
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let pair = |text: &str, name: &str| {
            let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        let echo = json!({ "url": asked.target, "headers": asked.headers, "body": asked.body }).to_string();
        match path {
            "/authorize" => {
                let back = pair(query, "redirect_uri").replace("%3A", ":").replace("%2F", "/");
                let location = format!("{back}?code={MARK}-code&state={}", pair(query, "state"));
                (302, format!("Location: {location}\r\n"), String::new())
            }
            "/token" => self.give(&asked.body, &echo),
            "/revoke" => (200, String::new(), String::new()),
            "/api/hang" => {
                self.book().hanging += 1;
                std::thread::sleep(Duration::from_secs(60));
                (200, String::new(), String::new())
            }
            // Whoever follows it shows what he carries.
            "/api/away" => {
                let carried = asked.headers.get("authorization").cloned().unwrap_or_default().replace(' ', "%20");
                (302, format!("Location: http://127.0.0.1:1/{carried}?access_token={carried}\r\n"), String::new())
            }
            "/api/fail" => (500, String::new(), echo),
            "/api/token" if !self.book().good.iter().any(|good| echo.contains(good.as_str())) => {
                (401, String::new(), json!({ "error": "invalid_token", "said": echo }).to_string())
            }
            _ => (200, String::new(), echo),
        }
    }

    fn give(&self, body: &str, echo: &str) -> (u16, String, String) {
        let mut book = self.book();
        book.given += 1;
        let number = book.given;
        match book.mood {
            Mood::Fails => return (503, String::new(), json!({ "error": echo }).to_string()),
            Mood::Refuses => {
                let said = json!({ "error": "invalid_grant", "error_description": format!("no more of {body}") });
                return (400, String::new(), said.to_string());
            }
            Mood::Hangs => {
                drop(book);
                std::thread::sleep(Duration::from_secs(60));
                return (200, String::new(), String::new());
            }
            Mood::Gives => {}
        }
        let access = format!("{MARK}-access-{number:04}");
        book.good.insert(access.clone());
        let answer = json!({
            "access_token": access,
            "refresh_token": format!("{MARK}-refresh-{number:04}"),
            "id_token": format!("{MARK}-id-{number:04}"),
            "hook": format!("https://hooks.example.com/{MARK}-hook"),
            "unknown": format!("{MARK}-unknown"),
            "token_type": "bearer",
            "expires_in": book.lifetime.unwrap_or(3600),
        });
        (200, String::new(), answer.to_string())
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let target = words.nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
