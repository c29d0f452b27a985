//! Servers on loopback for the tests of this crate.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

pub mod house;
pub mod person;
pub mod provider;
pub mod stage;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rainwright_connections::policy::AllowNet;
use rainwright_runtime::http::{Http, HttpOptions, Settings};

/// One request as a server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }
}

/// A server that answers by a function and remembers what it was asked.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub async fn start(answer: impl Fn(&Seen) -> Response + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request<Body>| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
                let seen = Seen {
                    method: parts.method.to_string(),
                    target: parts.uri.to_string(),
                    headers: parts.headers,
                    body,
                };
                let response = answer(&seen);
                log.lock().unwrap().push(seen);
                response
            }
        });
        Self { address: serve(app).await, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

pub fn redirect(status: u16, location: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, location.to_owned())]).into_response()
}

/// Settings that let tests reach their own servers, which may take tokens back as soon as they have given them.
pub fn local() -> Settings {
    let options = HttpOptions { young_token: Duration::ZERO, ..HttpOptions::default() };
    Settings { allow: AllowNet::parse(["127.0.0.0/8", "[::1]"]).unwrap(), options, ..Settings::default() }
}

pub fn local_http() -> Arc<Http> {
    Arc::new(Http::new(local()))
}
