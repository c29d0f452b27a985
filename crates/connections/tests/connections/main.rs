//! Tests of the crate as its users see it: canned answers in, calls and connections out.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod authorize;
mod consent;
mod device;
mod quirks;
mod refresh;
mod service_files;
mod shapes;
mod store;
mod wild;

use rainwright_connections::oauth2::TokenAnswer;
use rainwright_connections::{
    Auth, Catalogue, Connection, Credentials, Key, OAuth2Credentials, Secret, Service, Status, oauth2, refresh as rules,
};
use std::sync::Arc;

/// A moment to stand on: 2023-11-14T22:13:20Z.
pub const NOW: i64 = 1_700_000_000;

/// A shipped service.
pub fn shipped(id: &str) -> Arc<Service> {
    Catalogue::shipped().get(id).unwrap()
}

/// A custom service: the lines of its file after id, name and api.
pub fn custom(lines: &str) -> Service {
    let head = "id = \"acme\"\nname = \"Acme\"\napi = \"https://api.acme.example\"\n";
    Service::from_toml(None, &format!("{head}{lines}")).unwrap()
}

/// A custom OAuth 2.0 service with more settings.
pub fn custom_oauth2(settings: &str) -> Service {
    custom(&format!(
        "[oauth2]\nauthorize_url = \"https://login.acme.example/authorize\"\ntoken_url = \"https://login.acme.example/token\"\n{settings}"
    ))
}

/// A connected OAuth 2.0 connection whose token ends in `seconds`.
pub fn connected(service: &Service, seconds: i64) -> Connection {
    let mut connection = drafted(service);
    let credentials = connection.oauth2_mut().unwrap();
    credentials.access_token = Secret::new("access-1");
    credentials.refresh_token = Secret::new("refresh-1");
    connection.obtained_at = Some(NOW);
    connection.expires_at = Some(NOW + seconds);
    connection.status = Status::Connected;
    connection
}

/// A connection with a client and nothing else.
pub fn drafted(service: &Service) -> Connection {
    let mut connection = Connection::draft(Key::shared("acme"), service, NOW);
    connection.credentials = Credentials::OAuth2(OAuth2Credentials {
        client_id: "client-1".to_owned(),
        client_secret: Secret::new("client-secret-1"),
        ..OAuth2Credentials::default()
    });
    connection
}

/// Reads a token answer for a service and takes it into a connection.
pub fn take(connection: &mut Connection, service: &Service, body: &str) -> TokenAnswer {
    let Auth::OAuth2(settings) = service.auth() else { panic!("OAuth 2.0") };
    let answer = oauth2::read_token(settings, 200, body.as_bytes(), NOW).unwrap();
    rules::succeed(connection, service, answer.clone(), NOW);
    answer
}
