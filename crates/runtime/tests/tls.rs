//! Authorities of one's own, and servers that demand a certificate of whoever calls.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use common::local;
use rainwright_diagnostic::{Code, Problem};
use rainwright_runtime::http::{Http, HttpOptions, Settings, Wire};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;

/// An authority, and a folder for what it issues.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: String) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The file of authorities that trusts this one.
    fn pem(&self) -> PathBuf {
        self.file("ca.pem", self.issuer.pem())
    }

    /// A certificate for a name, with its key.
    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// The file with a client's certificate and key.
    fn client(&self, name: &str) -> PathBuf {
        let (certificate, key) = self.issue(name);
        self.file(name, certificate.pem() + &key.serialize_pem())
    }

    /// A server with a certificate of this authority that answers only those who have one too.
    fn serve(&self) -> SocketAddr {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let (certificate, key) = self.issue("127.0.0.1");
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.unwrap())
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = rustls::Stream::new(&mut session, &mut stream);
                if tls.read(&mut [0; 4096]).is_ok() {
                    let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
                }
            }
        });
        address
    }
}

async fn call(options: HttpOptions, address: SocketAddr) -> Result<Vec<u8>, Problem> {
    let http = Http::new(Settings { options, ..local() });
    http.send(Wire::new("GET", &format!("https://{address}/")).unwrap()).await.map(|answer| answer.body.to_vec())
}

#[tokio::test]
async fn a_server_that_demands_a_certificate_gets_it() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("a stranger's"));
    let address = authority.serve();
    let with =
        |client_cert: Option<PathBuf>| HttpOptions { ca: Some(authority.pem()), client_cert, ..HttpOptions::default() };
    assert_eq!(call(with(Some(authority.client("me"))), address).await.unwrap(), b"hello");

    let none = call(with(None), address).await.unwrap_err();
    assert_eq!(none.code, Code::TlsFailed, "{none}");
    assert!(none.help().contains("`client_cert`"), "{none}");
    let unknown = call(with(Some(stranger.client("me"))), address).await.unwrap_err();
    assert!(unknown.code == Code::TlsFailed && unknown.help().contains("`client_cert`"), "{unknown}");

    // The certificate helps nothing while the server's own is not trusted.
    let untrusted = HttpOptions { client_cert: Some(authority.client("me")), ..HttpOptions::default() };
    let problem = call(untrusted, address).await.unwrap_err();
    assert!(problem.code == Code::TlsFailed && problem.help().contains("`ca`"), "{problem}");
}

#[tokio::test]
async fn a_connection_may_have_a_certificate_of_its_own() {
    let authority = Authority::new("ours");
    let address = authority.serve();
    let plain = HttpOptions { ca: Some(authority.pem()), ..HttpOptions::default() };
    let own = HttpOptions { client_cert: Some(authority.client("own")), ..plain.clone() };
    let http = Http::new(Settings { options: plain, connections: [("bank".to_owned(), own)].into(), ..local() });
    let wire = |connection: Option<&str>| {
        let mut wire = Wire::new("GET", &format!("https://{address}/")).unwrap();
        wire.connection = connection.map(str::to_owned);
        wire
    };
    assert_eq!(http.send(wire(Some("bank"))).await.unwrap().body, "hello");
    assert_eq!(http.send(wire(Some("other"))).await.unwrap_err().code, Code::TlsFailed);
    assert_eq!(http.send(wire(None)).await.unwrap_err().code, Code::TlsFailed);
}

#[tokio::test]
async fn files_that_hold_no_certificate_are_named() {
    let authority = Authority::new("ours");
    let address = authority.serve();
    let empty = authority.file("empty.pem", String::new());
    let certificate_only = authority.file("half.pem", authority.issue("me").0.pem());
    for (options, setting) in [
        (HttpOptions { ca: Some(empty.clone()), ..HttpOptions::default() }, "`ca`"),
        (HttpOptions { ca: Some("nowhere.pem".into()), ..HttpOptions::default() }, "`ca`"),
        (HttpOptions { client_cert: Some(certificate_only), ..HttpOptions::default() }, "`client_cert`"),
        (HttpOptions { client_cert: Some(empty), ..HttpOptions::default() }, "`client_cert`"),
    ] {
        let problem = call(options, address).await.unwrap_err();
        assert_eq!(problem.code, Code::TlsFailed, "{problem}");
        assert!(problem.message.contains(setting) || problem.help().contains(setting), "{setting}: {problem}");
    }
}
