//! A store, a catalogue with the test's own service, and a registry over both.

use std::path::Path;
use std::sync::Arc;

use rainwright_connections::{Catalogue, Connection, Credentials, Key, OAuth2Credentials, Secret, Status};
use rainwright_diagnostic::Problem;
use rainwright_runtime::Registry;
use rainwright_runtime::connect::ConnectOptions;
use rainwright_runtime::store::{KeySource, SqliteStore};

use super::person::Person;
use super::provider::Provider;

pub fn open_store(home: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(home, KeySource::File(home.join("key"))).unwrap())
}

pub fn registry(home: &Path, service: &str) -> Arc<Registry> {
    let catalogue = Catalogue::shipped().with_custom(service).unwrap();
    Registry::new(open_store(home), Arc::new(catalogue), super::local_http())
}

/// Logs in as the test's person does, with the usual client.
pub async fn connect(registry: &Arc<Registry>, options: ConnectOptions) -> Result<Connection, Problem> {
    registry.connect("mock", options, Person::client()).await
}

/// Puts a connection that has been logged in before into the store.
pub fn seed(registry: &Registry, provider: &Provider, expires_at: Option<i64>) -> Connection {
    let (access, refresh) = provider.book().first_tokens();
    let service = registry.catalogue().get("mock").unwrap();
    let mut connection = Connection::draft(Key::shared("mock"), &service, 1_700_000_000);
    connection.service_toml = Some(service.to_toml().unwrap());
    connection.status = Status::Connected;
    connection.obtained_at = Some(1_700_000_000);
    connection.expires_at = expires_at;
    connection.credentials = Credentials::OAuth2(OAuth2Credentials {
        client_id: "client".into(),
        client_secret: Secret::new("client-SECRETMARKER"),
        access_token: Secret::new(access),
        refresh_token: Secret::new(refresh),
        ..OAuth2Credentials::default()
    });
    let stored = registry.store().put(&mut connection).unwrap();
    assert_eq!(stored, rainwright_connections::store::Put::Stored);
    connection
}
