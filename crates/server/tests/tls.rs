//! Functions over TLS: a real client on loopback, renewed certificates, and callers that do not get to TLS.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rainwright::runtime::http::{Http, Settings};
use rainwright::runtime::{Live, LiveOptions};
use rainwright::{Engine, Library};
use rainwright_server::{Functions, Names, Server, Source, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// Writes a certificate for 127.0.0.1 of a new authority; gives that of the authority.
fn issue(folder: &Path) -> String {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let (certificate_file, key_file) = files(folder);
    std::fs::write(certificate_file, certificate.pem()).unwrap();
    std::fs::write(key_file, key.serialize_pem()).unwrap();
    authority.pem()
}

fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("cert.pem"), folder.join("key.pem"))
}

fn client(authority: &str) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
    // Each call is a connection of its own.
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).pool_max_idle_per_host(0);
    builder.timeout(Duration::from_secs(30)).build().unwrap()
}

async fn serve(tls: Tls) -> SocketAddr {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = "string greet(string name)\n{\n\treturn \"Hello \" + name;\n}\n".to_owned();
    let http = Arc::new(Http::new(Settings::default()));
    let host = Box::new(move || Ok(Live::new(Arc::clone(&http), LiveOptions::default())));
    let sources = vec![Source { name: "greet.dg".into(), text }];
    let functions = Functions::new(Engine::new(), sources, Library::default(), host).unwrap();
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap().with_tls(tls);
    let address = server.address().unwrap();
    let routes = functions.routes();
    tokio::spawn(server.run(Names::of(address, &[]), routes, std::future::pending(), Duration::from_secs(1)));
    address
}

#[tokio::test]
async fn a_client_that_knows_the_authority_calls_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let authority = issue(folder.path());
    let (certificate, key) = files(folder.path());
    let tls = Tls::open(&certificate, &key).unwrap();
    let address = serve(tls.clone()).await;
    let call = |authority: String| async move {
        let sent = client(&authority)
            .post(format!("https://{address}/run/greet"))
            .json(&serde_json::json!({"name":"Ada"}))
            .send()
            .await?;
        sent.text().await
    };
    assert_eq!(call(authority.clone()).await.unwrap(), r#"{"result":"Hello Ada","info":[]}"#);

    // Callers that say nothing, or speak without TLS, keep nobody waiting.
    let idle: Vec<_> = (0..20).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
    let plain = client(&authority).get(format!("http://{address}/health")).send().await;
    assert!(plain.is_err());
    assert!(call(authority.clone()).await.unwrap().contains("Hello Ada"));
    drop(idle);

    // The certificate is renewed by another authority: only the new one counts from now on.
    let renewed = issue(folder.path());
    assert!(call(renewed.clone()).await.is_err(), "it has not been read yet");
    tls.reload().unwrap();
    assert!(call(renewed.clone()).await.unwrap().contains("Hello Ada"));
    assert!(call(authority).await.is_err());

    // Files that cannot be used leave the certificate in use as it is.
    std::fs::write(&certificate, "half a fil").unwrap();
    assert!(tls.reload().unwrap_err().message.contains("cert.pem"));
    assert!(call(renewed).await.unwrap().contains("Hello Ada"));
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    issue(folder.path());
    issue(other.path());
    let ((certificate, key), (_, other_key)) = (files(folder.path()), files(other.path()));
    let missing = folder.path().join("none.pem");
    for (certificate, key, why) in [
        (&missing, &key, "none.pem cannot be used for TLS: there is no such file"),
        (&certificate, &missing, "none.pem cannot be used for TLS: there is no such file"),
        (&key, &key, "there is no certificate in it"),
        (&certificate, &certificate, "there is nothing of the kind in it"),
        (&certificate, &other_key, "it is the key of another certificate"),
    ] {
        let problem = Tls::open(certificate, key).unwrap_err();
        assert!(problem.message.contains(why), "{}", problem.message);
        assert!(!problem.help.unwrap_or_default().is_empty());
    }
}
