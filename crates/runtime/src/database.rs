//! Connections to a Postgres that is shared: its address, its certificate, and what its failures mean.

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use rainwright_diagnostic::{Code, Problem};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A database, by its address.
#[derive(Clone)]
pub struct Database {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Database {
    /// The database at an address such as `postgres://user:password@host/database?sslmode=require`; nothing is connected yet.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] that does not show the address, for it may hold a password.
    pub fn new(url: &str) -> Result<Self, Problem> {
        let config: Config = url.parse().map_err(|_| {
            Problem::new(Code::StoreProblem, "The address of the database cannot be read.")
                .with_help("Write it as postgres://user:password@host/database.")
        })?;
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(tls()?),
        };
        Ok(Self { config, tls })
    }

    /// Connects to it. Blocks: not to be called on a thread that drives a tokio runtime.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it cannot be reached.
    pub fn connect(&self) -> Result<Client, Problem> {
        let connected = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        connected.map_err(|e| explain(&e))
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

fn tls() -> Result<MakeRustlsConnect, Problem> {
    crate::http::install_tls();
    match MakeRustlsConnect::with_native_certs() {
        Ok((connect, _)) => Ok(connect),
        Err(_) => Err(Problem::new(Code::StoreProblem, "The certificate authorities of this computer cannot be read.")
            .with_help("Install them, or reach the database with sslmode=disable over a network that you trust.")),
    }
}

/// What Postgres says, as what to do.
#[must_use]
pub fn explain(error: &postgres::Error) -> Problem {
    let said = error.as_db_error().map_or_else(|| with_cause(error), |db| db.message().to_owned());
    let help = match error.code() {
        None if said.contains("TLS") => {
            "The certificate's authority must be trusted (SSL_CERT_FILE names its PEM file), and the certificate be for the host of the address."
        }
        Some(&SqlState::DISK_FULL) => "Make room on the database's disk; nothing that was stored is lost.",
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => "The database takes no writes now: it may be a standby.",
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            "Check user and password of the database."
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "Give the user the right to make and change tables.",
        _ => "Check that the database is up and can be reached.",
    };
    Problem::new(Code::StoreProblem, format!("The database cannot be used: {}.", said.trim_end_matches('.')))
        .with_help(help)
}

/// An error with what lies at its bottom, such as the fault of a certificate.
fn with_cause(error: &postgres::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    match causes.last() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
