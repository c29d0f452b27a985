//! An OAuth 2.0 provider with an API, strict about what it gives: codes once, PKCE, rotation with reuse detection.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::json;

pub type Params = HashMap<String, String>;

/// What it does and has done; change it while it runs.
pub struct Book {
    /// How long access tokens work.
    pub life: Duration,
    /// Whether `expires_in` is told.
    pub tells_life: bool,
    /// Whether refresh tokens change with every use.
    pub rotates: bool,
    /// Whether a refresh token may come again while the one that replaced it was never used.
    pub forgives_lost_answers: bool,
    /// How long the token URL takes before it acts.
    pub delay: Duration,
    /// How long the token URL keeps its answer after it has acted.
    pub holds_back: Duration,
    /// What the token URL answers instead of working.
    pub outage: Option<(u16, &'static str)>,
    /// How many more requests to the token URL meet a machine in front of it that is busy.
    pub busy: u32,
    /// What the API answers instead of working, in order.
    pub api_answers: Vec<(u16, &'static str)>,
    pub codes_given: u32,
    pub renewals: u32,
    pub reuses: u32,
    pub api_served: u32,
    /// The paths that were served since the tokens last ended.
    pub paths_served: std::collections::HashSet<String>,
    pub api_refused: u32,
    pub revoked: Vec<String>,
    pub denies: bool,
    pub device_polls_until_done: u32,
    next: u64,
    codes: HashMap<String, Params>,
    access: HashMap<String, Instant>,
    refresh: HashMap<String, Refresh>,
}

#[derive(Clone, Default)]
struct Refresh {
    /// What replaced it.
    child: Option<(String, String)>,
}

#[derive(Clone)]
pub struct Provider {
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

type Shared = Arc<Mutex<Book>>;

impl Provider {
    pub async fn start() -> Self {
        let book = Arc::new(Mutex::new(Book {
            life: Duration::from_secs(3600),
            tells_life: true,
            rotates: true,
            forgives_lost_answers: false,
            delay: Duration::ZERO,
            holds_back: Duration::ZERO,
            outage: None,
            busy: 0,
            api_answers: Vec::new(),
            codes_given: 0,
            renewals: 0,
            reuses: 0,
            api_served: 0,
            paths_served: Default::default(),
            api_refused: 0,
            revoked: Vec::new(),
            denies: false,
            device_polls_until_done: 1,
            next: 0,
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
        }));
        let app = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/device", post(device))
            .route("/metadata", get(metadata))
            .route("/api/{*path}", any(api))
            .with_state(Arc::clone(&book));
        Self { address: super::serve(app).await, book }
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The service file of this provider; `more` goes into its `[oauth2]` table.
    pub fn service(&self, more: &str) -> String {
        let base = self.url("");
        format!(
            r#"
id = "mock"
name = "Mock"
api = "{base}/api"
test = {{ url = "/me" }}
{}
[oauth2]
authorize_url = "{base}/authorize?from=file"
token_url = "{base}/token"
revoke_url = "{base}/revoke"
device_url = "{base}/device"
default_scopes = ["read", "write"]
{more}
"#,
            ""
        )
    }

    /// Ends all access tokens.
    pub fn expire_all(&self) {
        let mut book = self.book();
        book.access.clear();
        book.paths_served.clear();
    }
}

impl Book {
    fn name(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-SECRETMARKER-{:04}", self.next)
    }

    /// Gives the first tokens of a login.
    pub fn first_tokens(&mut self) -> (String, String) {
        let (access, refresh) = (self.name("access"), self.name("refresh"));
        self.access.insert(access.clone(), Instant::now() + self.life);
        self.refresh.insert(refresh.clone(), Refresh::default());
        (access, refresh)
    }

    fn answer(&self, access: &str, refresh: Option<&str>) -> Response {
        let mut answer = json!({"access_token": access, "token_type": "bearer", "scope": "read write"});
        if let Some(refresh) = refresh {
            answer["refresh_token"] = refresh.into();
        }
        if self.tells_life {
            answer["expires_in"] = self.life.as_secs().into();
        }
        Json(answer).into_response()
    }
}

fn refuse(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
}

async fn authorize(State(book): State<Shared>, Query(query): Query<Params>) -> Response {
    let mut book = book.lock().unwrap();
    let back = &query["redirect_uri"];
    let state = &query["state"];
    if book.denies {
        return Redirect::to(&format!("{back}?error=access_denied&state={state}")).into_response();
    }
    assert_eq!((query["response_type"].as_str(), query["from"].as_str()), ("code", "file"));
    book.codes_given += 1;
    let code = book.name("code");
    let target = format!("{back}?code={code}&state={state}");
    book.codes.insert(code, query);
    Redirect::to(&target).into_response()
}

async fn token(State(shared): State<Shared>, Form(form): Form<Params>) -> Response {
    let delay = shared.lock().unwrap().delay;
    tokio::time::sleep(delay).await;
    let (answer, held) = {
        let mut book = shared.lock().unwrap();
        (give(&mut book, &form), book.holds_back)
    };
    tokio::time::sleep(held).await;
    answer
}

fn give(book: &mut Book, form: &Params) -> Response {
    if book.busy > 0 {
        book.busy -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    if let Some((status, body)) = book.outage {
        return (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body)
            .into_response();
    }
    if form.get("client_id").map(String::as_str) != Some("client") {
        return refuse("invalid_client");
    }
    match form["grant_type"].as_str() {
        "authorization_code" => {
            let Some(asked) = book.codes.remove(&form["code"]) else {
                return refuse("invalid_grant");
            };
            if asked["redirect_uri"] != form["redirect_uri"]
                || asked["code_challenge"] != challenge(&form["code_verifier"])
            {
                return refuse("invalid_grant");
            }
            let (access, refresh) = book.first_tokens();
            book.answer(&access, Some(&refresh))
        }
        "client_credentials" => {
            book.renewals += 1;
            let (access, _) = book.first_tokens();
            book.answer(&access, None)
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            if book.device_polls_until_done > 0 {
                book.device_polls_until_done -= 1;
                return refuse("authorization_pending");
            }
            let (access, refresh) = book.first_tokens();
            book.answer(&access, Some(&refresh))
        }
        "refresh_token" => renew(book, &form["refresh_token"]),
        _ => refuse("unsupported_grant_type"),
    }
}

fn renew(book: &mut Book, used: &str) -> Response {
    let Some(known) = book.refresh.get(used).cloned() else {
        return refuse("invalid_grant");
    };
    if let Some((access, refresh)) = &known.child {
        // RFC 9700, 4.14.2: a token that comes a second time may have been stolen, so that the whole family ends.
        let child_unused = book.refresh.get(refresh).is_some_and(|child| child.child.is_none());
        if !(book.forgives_lost_answers && child_unused) {
            book.reuses += 1;
            book.refresh.clear();
            book.access.clear();
            return refuse("invalid_grant");
        }
        book.access.remove(access);
        book.refresh.remove(refresh);
    }
    book.renewals += 1;
    let access = book.name("access");
    book.access.insert(access.clone(), Instant::now() + book.life);
    if !book.rotates {
        return book.answer(&access, None);
    }
    let refresh = book.name("refresh");
    book.refresh.insert(refresh.clone(), Refresh::default());
    book.refresh.insert(used.to_owned(), Refresh { child: Some((access.clone(), refresh.clone())) });
    book.answer(&access, Some(&refresh))
}

fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier))
}

async fn revoke(State(book): State<Shared>, Form(form): Form<Params>) -> Response {
    let mut book = book.lock().unwrap();
    book.access.remove(&form["token"]);
    book.refresh.remove(&form["token"]);
    book.revoked.push(form["token_type_hint"].clone());
    StatusCode::OK.into_response()
}

async fn device() -> Response {
    Json(json!({"device_code": "device-SECRETMARKER", "user_code": "ABCD-EFGH", "verification_uri": "https://example.com/device", "expires_in": 60, "interval": 1}))
        .into_response()
}

async fn metadata(headers: HeaderMap) -> Response {
    match headers.get("authorization").and_then(|v| v.to_str().ok()) {
        Some(value) if value.starts_with("OAuth access-") => Json(json!({"dc": "us6"})).into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn api(State(book): State<Shared>, uri: axum::http::Uri, headers: HeaderMap) -> Response {
    let mut book = book.lock().unwrap();
    let given = headers
        .get("authorization")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
        .unwrap_or_default();
    let valid = book.access.get(given).is_some_and(|end| *end > Instant::now());
    if !valid {
        book.api_refused += 1;
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_token"}))).into_response();
    }
    if !book.api_answers.is_empty() {
        let (status, body) = book.api_answers.remove(0);
        return (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")], body).into_response();
    }
    book.api_served += 1;
    book.paths_served.insert(uri.path().to_owned());
    Json(json!({"ok": true})).into_response()
}
