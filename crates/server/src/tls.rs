//! TLS from files: a certificate with its key, read again when they were renewed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rainwright::{Code, Problem};
use rainwright_diagnostic::file_trouble;
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a caller may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many callers may be doing so at a time.
const HANDSHAKES: usize = 512;

/// A certificate and its key, as a server uses them. Clones share what was read.
#[derive(Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: Arc<RwLock<Arc<ServerConfig>>>,
    tell: fn(&str),
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads a certificate (PEM, with those between it and its authority) and its key (PEM).
    ///
    /// # Errors
    /// [`Code::FileProblem`] when one cannot be read, is something else, or they do not belong together.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, Problem> {
        let config = Arc::new(RwLock::new(read(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), config, tell: |_| {} })
    }

    /// The same, with somebody to tell when the files were read again.
    #[must_use]
    pub fn telling(self, tell: fn(&str)) -> Self {
        Self { tell, ..self }
    }

    /// Reads the files again: connections from now on use them.
    ///
    /// # Errors
    /// As [`Tls::open`]; what was read before then stays in use.
    pub fn reload(&self) -> Result<(), Problem> {
        let config = read(&self.certificate, &self.key)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Reads the files again whenever the process gets SIGHUP.
    #[cfg(unix)]
    pub(crate) async fn follow_hangups(self) {
        let signals = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        let Ok(mut signals) = signals else { return };
        while signals.recv().await.is_some() {
            match self.reload() {
                Ok(()) => (self.tell)("The certificate was read again."),
                Err(problem) => {
                    (self.tell)(&format!("The certificate from before stays in use. {}", problem.message));
                }
            }
        }
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Problem> {
    let refuse = |path: &Path, why: &dyn std::fmt::Display, help: &str| {
        Problem::new(Code::FileProblem, format!("{} cannot be used for TLS: {why}.", path.display())).with_help(help)
    };
    let certificate_help = "Give a file in PEM with the certificate first, and then those up to its authority.";
    let key_help = "Give a file in PEM with the certificate's private key, without a password.";
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|e| refuse(certificate, &words(&e), certificate_help))?;
    if chain.is_empty() {
        return Err(refuse(certificate, &"there is no certificate in it", certificate_help));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| refuse(key, &words(&e), key_help))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| refuse(certificate, &e, certificate_help))?.with_no_client_auth();
    let mut config = builder.with_single_cert(chain, private).map_err(|e| match e {
        rustls::Error::InconsistentKeys(_) => refuse(key, &"it is the key of another certificate", key_help),
        other => refuse(certificate, &other, certificate_help),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What is wrong with a file.
fn words(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(e) => file_trouble(e),
        pem::Error::NoItemsFound => "there is nothing of the kind in it".to_owned(),
        _ => "it is not in PEM".to_owned(),
    }
}

/// Who calls, over TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Gives connections that have agreed on TLS. Those that take long over it keep nobody waiting.
pub(crate) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// # Errors
    /// When the system does not say where the listener is.
    pub(crate) fn new(listener: TcpListener, tls: Tls) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(64);
        tokio::spawn(accept(listener, tls, sender));
        Ok(Self { address, ready })
    }
}

/// Accepts connections until nobody wants them any more.
async fn accept(mut listener: TcpListener, tls: Tls, ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>) {
    let places = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, peer) = tokio::select! {
            () = ready.closed() => return,
            // It waits by itself while the system has no more connections to give.
            accepted = Listener::accept(&mut listener) => accepted,
        };
        let (acceptor, ready) = (tls.acceptor(), ready.clone());
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                let _ = ready.send((stream, peer)).await;
            }
            drop(place);
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(one) => one,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
