//! Turns a connection name into a signed request; holds the service catalogue and the refresh rules.
//!
//! A [`Service`] says how to authenticate (one TOML file each, in the [`Catalogue`]), a [`Connection`] holds one set of
//! credentials for it, and [`authorize()`] adds them to a [request](rainwright_effect::HttpRequest). The crate is pure: no files, no network, no clock,
//! no random numbers. Whoever drives it passes the time and the random bytes in and sends the [`ProviderCall`]s it builds.
//!
//! ```
//! use rainwright_connections::{Catalogue, Connection, Credentials, Key, Status, authorize};
//! use rainwright_effect::HttpRequest;
//!
//! let service = Catalogue::shipped().get("openai")?;
//! let mut connection = Connection::draft(Key::shared("assistant"), &service, 0);
//! connection.credentials = Credentials::ApiKey { keys: [("api_key".to_owned(), "sk-1".into())].into() };
//! connection.status = Status::Connected;
//!
//! let mut request = HttpRequest::new("GET", "https://api.openai.com/v1/models");
//! authorize(&connection, &service, &mut request, 0, [0; 16])?;
//! assert_eq!(request.header("Authorization"), Some("Bearer sk-1"));
//!
//! let mut elsewhere = HttpRequest::new("GET", "https://example.com/");
//! assert!(authorize(&connection, &service, &mut elsewhere, 0, [0; 16]).is_err());
//! # Ok::<(), rainwright_diagnostic::Problem>(())
//! ```
//!
//! * [`oauth2`], [`oauth1`]: the steps of connecting, as calls to send and answers to read
//! * [`refresh`]: when a token is renewed, and what becomes of the connection
//! * [`store`]: what keeps connections; [`Connection::seal`] is what is encrypted
//! * [`policy`]: which addresses may be reached; [`redact`]: what is masked; [`sample`]: what to paste into a script;
//!   [`manifest`]: what an extension brings along

pub mod authorize;
pub mod catalogue;
pub mod connector;
pub mod hosts;
pub mod lookup;
pub mod manifest;
pub mod name;
pub mod oauth1;
pub mod oauth2;
pub mod policy;
pub mod redact;
pub mod refresh;
pub mod registration;
pub mod request;
pub mod sample;
pub mod store;
pub mod template;
pub mod time;

mod call;
mod connection;
mod json;
mod key;
mod seal;
mod secret;
mod service;

pub use authorize::{Authorized, authorize};
pub use call::ProviderCall;
pub use catalogue::Catalogue;
pub use connection::{Connection, Credentials, Failure, OAuth1Credentials, OAuth2Credentials, Reference, Status};
pub use connector::Connectors;
pub use key::{Environment, Key, Subject};
pub use seal::Envelope;
pub use secret::Secret;
pub use service::{
    Auth, Basic, ClientAuth, CredentialPlace, ExpiryRule, Field, Grant, KeyParameter, Lookup, OAuth1, OAuth2, Pattern,
    Rate, Revocation, RevokeMethod, Service, SignatureMethod, TestCall, TokenFormat,
};
pub use service::{describe, lint};
pub use store::Store;
pub use time::UnixTime;
