//! Calls over real sockets: redirects, limits, unpacking, TLS, timeouts, and addresses that must not be reached.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body as Reply, Bytes};
use axum::response::IntoResponse;
use common::{Server, local, local_http, redirect};
use rainwright_connections::policy::AllowNet;
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Body, Part};
use rainwright_runtime::http::{Http, HttpOptions, Lookup, Settings, Wire};

fn get(url: &str) -> Wire {
    Wire::new("GET", url).unwrap()
}

async fn code(http: &Http, wire: Wire) -> Code {
    http.send(wire).await.map(|answer| panic!("answered with {}", answer.status)).unwrap_err().code
}

/// Answers every name with the same addresses, and notes who asked.
#[derive(Clone, Default)]
struct Fake {
    addresses: Vec<IpAddr>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn new(addresses: &[&str]) -> Self {
        Self { addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(), ..Self::default() }
    }
}

impl Lookup for Fake {
    fn lookup(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        self.asked.lock().unwrap().push(host);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

#[tokio::test]
async fn an_answer_of_any_status_is_an_answer() {
    let server = Server::start(|_| {
        (axum::http::StatusCode::IM_A_TEAPOT, [("X-Kind", "Tea")], "short and stout").into_response()
    })
    .await;
    let mut wire = get(&server.url("/a?b=%20c"));
    wire.headers.push(("X-Own".into(), "ä".into()));
    let answer = local_http().send(wire).await.unwrap();
    assert_eq!((answer.status, &*answer.body), (418, b"short and stout".as_slice()));
    assert_eq!(answer.header("x-kind"), Some("Tea"), "names come in lower case");
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/a?b=%20c");
    assert_eq!(seen.headers["x-own"].as_bytes(), "ä".as_bytes());
    assert!(seen.header("user-agent").unwrap().starts_with("Rainwright/"));
    assert_eq!(seen.header("referer"), None);
}

#[tokio::test]
async fn bodies_of_all_kinds_arrive() {
    let server = Server::start(|_| "".into_response()).await;
    let http = local_http();
    let send = async |body: Body, header: Option<&str>| {
        let mut wire = Wire::new("post", &server.url("/")).unwrap();
        wire.body = body;
        wire.headers.extend(header.map(|value| ("Content-Type".to_owned(), value.to_owned())));
        http.send(wire).await.unwrap();
        server.seen().pop().unwrap()
    };
    let seen = send(Body::Text { text: "hé".into(), content_type: "text/plain".into() }, None).await;
    assert_eq!(
        (seen.method.as_str(), seen.header("content-type"), seen.body.as_slice()),
        ("POST", Some("text/plain"), "hé".as_bytes())
    );
    let seen =
        send(Body::Text { text: "{}".into(), content_type: "text/plain".into() }, Some("application/json")).await;
    assert_eq!(seen.header("content-type"), Some("application/json"), "a header of the script wins");
    let seen = send(Body::Bytes { bytes: vec![0, 255].into(), content_type: "image/png".into() }, None).await;
    assert_eq!((seen.header("content-type"), seen.body.as_slice()), (Some("image/png"), [0, 255].as_slice()));
    let seen = send(Body::Form { pairs: vec![("a b".into(), "1&2".into()), ("c".into(), "ü".into())] }, None).await;
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(String::from_utf8(seen.body).unwrap(), "a%20b=1%262&c=%C3%BC");

    let file = Part {
        name: "file".into(),
        file_name: Some("r.csv".into()),
        content_type: Some("text/csv".into()),
        bytes: "1,2".into(),
    };
    let text = Part { name: "note".into(), bytes: "hello".into(), ..Part::default() };
    let seen = send(Body::Multipart { parts: vec![file, text] }, Some("multipart/form-data")).await;
    let kind = seen.header("content-type").unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let body = String::from_utf8(seen.body.clone()).unwrap();
    for part in ["name=\"file\"; filename=\"r.csv\"", "text/csv", "1,2", "name=\"note\"", "hello"] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[tokio::test]
async fn redirects_are_followed_hop_by_hop() {
    let target = Server::start(|_| "there".into_response()).await;
    let elsewhere = target.url("/end");
    let server = Server::start(move |seen| match seen.target.as_str() {
        "/cross" => redirect(307, &elsewhere),
        "/loop" => redirect(302, "/loop"),
        "/one" => redirect(301, "/two?x=1"),
        "/bad" => redirect(302, "ftp://example.com/"),
        "/metadata" => redirect(302, "http://169.254.169.254/latest/meta-data/"),
        "/octal" => redirect(307, "http://0251.0376.0251.0376/"),
        other => format!("{} {other}", seen.method).into_response(),
    })
    .await;
    let http = local_http();
    let mut post = Wire::new("POST", &server.url("/one")).unwrap();
    post.body = Body::Text { text: "x".into(), content_type: "text/plain".into() };
    assert_eq!(http.send(post.clone()).await.unwrap().body, "GET /two?x=1");

    let mut cross = post;
    cross.url = server.url("/cross").parse().unwrap();
    cross.headers =
        vec![("Authorization".into(), "Bearer S".into()), ("X-Key".into(), "S".into()), ("X-Own".into(), "1".into())];
    cross.secret_headers = vec!["authorization".into(), "x-key".into()];
    assert_eq!(http.send(cross).await.unwrap().body, "there");
    let seen = target.seen().pop().unwrap();
    assert_eq!((seen.method.as_str(), seen.body.as_slice()), ("POST", b"x".as_slice()));
    assert_eq!((seen.header("authorization"), seen.header("x-key"), seen.header("x-own")), (None, None, Some("1")));

    assert_eq!(code(&http, get(&server.url("/loop"))).await, Code::RedirectFailed);
    assert_eq!(server.seen().iter().filter(|s| s.target == "/loop").count(), 11, "the call and ten redirects");
    assert_eq!(code(&http, get(&server.url("/bad"))).await, Code::RedirectFailed);
    assert_eq!(code(&http, get(&server.url("/metadata"))).await, Code::AddressRefused);
    assert_eq!(code(&http, get(&server.url("/octal"))).await, Code::AddressRefused);
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling() {
    let strict = Http::new(Settings::default());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "10.1",
        "0xa000001",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.168.257",
        "100.64.0.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:0a00:1]",
        "metadata.google.internal",
    ] {
        let problem = match Wire::new("GET", &format!("http://{host}:1/")) {
            Ok(wire) => strict.send(wire).await.unwrap_err(),
            Err(problem) => problem,
        };
        assert_eq!(problem.code, Code::AddressRefused, "{host}: {problem}");
        assert!(problem.help().contains("--allow-net"), "{host}");
    }
}

#[tokio::test]
async fn redirects_do_not_lead_inside() {
    // What is inside writes down who comes; nobody may.
    let inside = Server::start(|_| "inside".into_response()).await;
    let port = inside.address.port();
    let locations = [
        "http://127.0.0.1:PORT/",
        "http://127.0.0.1.:PORT/",
        "http://127.1:PORT/",
        "http://0x7f.1:PORT/",
        "http://0177.0.0.1:PORT/",
        "http://2130706433:PORT/",
        "http://①②⑦.0.0.1:PORT/",
        "http://%31%32%37.0.0.1:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://[::ffff:7f00:1]:PORT/",
        "http://0.0.0.0:PORT/",
        "//127.0.0.1:PORT/",
        "\\\\127.0.0.1:PORT\\",
        "http:\\\\127.0.0.1:PORT/",
        "http://user:password@127.0.0.1:PORT/",
        "http://outside.example.com@127.0.0.1:PORT/",
        "http://127.0.0.1:PORT#@outside.example.com/",
        "HTTP://LOCALHOST:PORT/",
        "http://rebind.example.com:PORT/",
        "https://rebind.example.com:PORT/",
        "/twice?http://127.0.0.1:PORT/",
        "http://outside.example.com/twice?http://[::ffff:127.0.0.1]:PORT/",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
    ];
    let outside = Server::start(move |seen| {
        let (path, rest) = seen.target.split_once('?').unwrap();
        match path {
            "/twice" => redirect(302, rest),
            path => {
                let (status, at) = path[1..].split_once('/').unwrap();
                let location = locations[at.parse::<usize>().unwrap()].replace("PORT", &port.to_string());
                let location = axum::http::HeaderValue::from_bytes(location.as_bytes()).unwrap();
                let status = axum::http::StatusCode::from_u16(status.parse().unwrap()).unwrap();
                (status, [(axum::http::header::LOCATION, location)]).into_response()
            }
        }
    })
    .await;
    let mut origins = rainwright_runtime::http::Origins::new();
    origins.add("outside.example.com", &outside.url("")).unwrap();
    let lookup = Fake::new(&["127.0.0.1"]);
    let http = Http::new(Settings { origins, lookup: Some(Arc::new(lookup)), ..Settings::default() });
    for (at, location) in locations.iter().enumerate() {
        for status in [301, 302, 303, 307, 308] {
            let wire = get(&format!("https://outside.example.com/{status}/{at}?"));
            assert_eq!(code(&http, wire).await, Code::AddressRefused, "{status} to {location}");
        }
    }
    assert!(outside.seen().len() >= locations.len() * 5, "every chain was begun");
    assert_eq!(inside.seen().len(), 0, "nobody got in");
}

#[tokio::test]
async fn names_that_lead_to_private_addresses_are_refused_before_connecting() {
    for addresses in
        [&["127.0.0.1"][..], &["10.0.0.1", "192.168.0.1"], &["::ffff:127.0.0.1"], &["fd00::1"], &["169.254.169.254"]]
    {
        let lookup = Fake::new(addresses);
        let http = Http::new(Settings { lookup: Some(Arc::new(lookup.clone())), ..Settings::default() });
        let problem = http.send(get("http://rebind.example.com/")).await.unwrap_err();
        assert_eq!(problem.code, Code::AddressRefused, "{addresses:?}: {problem}");
        assert_eq!(*lookup.asked.lock().unwrap(), ["rebind.example.com"]);
    }
    // Refused is the address: a name with a public one beside it goes there. Nobody listens at the port of the private one.
    let server = Server::start(|_| "in".into_response()).await;
    let port = server.address.port();
    for (rules, reached) in [
        (vec![], false),
        (vec!["intranet.example.com".to_owned()], true),
        (vec![format!("intranet.example.com:{port}")], true),
        (vec!["intranet.example.com:1".to_owned()], false),
        (vec!["127.0.0.0/8".to_owned()], true),
        (vec![format!("127.0.0.1:{port}")], true),
        (vec!["127.0.0.1:1".to_owned()], false),
        (vec!["other.example.com".to_owned()], false),
    ] {
        let allow = AllowNet::parse(&rules).unwrap();
        let http =
            Http::new(Settings { allow, lookup: Some(Arc::new(Fake::new(&["127.0.0.1"]))), ..Settings::default() });
        let result = http.send(get(&format!("http://intranet.example.com:{port}/"))).await;
        match result {
            Ok(answer) => assert!(reached && answer.body == "in", "{rules:?}"),
            Err(problem) => assert!(!reached && problem.code == Code::AddressRefused, "{rules:?}: {problem}"),
        }
    }
}

#[tokio::test]
async fn a_huge_answer_is_not_held() {
    const CHUNK: usize = 1 << 20;
    let sent = Arc::new(Mutex::new(0_usize));
    let counter = Arc::clone(&sent);
    let app = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let counter = Arc::clone(&counter);
        async move {
            if request.uri().path() == "/announced" {
                let headers = [("content-length", "200000000")];
                return (headers, Reply::from_stream(endless(counter))).into_response();
            }
            Reply::from_stream(endless(counter)).into_response()
        }
    });
    fn endless(counter: Arc<Mutex<usize>>) -> impl futures_util::Stream<Item = Result<Bytes, io::Error>> {
        futures_util::stream::unfold(0, move |sent| {
            let counter = Arc::clone(&counter);
            async move {
                if sent == 200 * CHUNK {
                    return None;
                }
                *counter.lock().unwrap() += CHUNK;
                Some((Ok(Bytes::from(vec![b'x'; CHUNK])), sent + CHUNK))
            }
        })
    }
    let address = common::serve(app).await;
    let http = local_http();
    for path in ["/chunked", "/announced"] {
        let problem = http.send(get(&format!("http://{address}{path}"))).await.unwrap_err();
        assert_eq!(problem.code, Code::ResponseTooLarge, "{problem}");
    }
    assert!(*sent.lock().unwrap() < 150 * CHUNK, "the server was not let to send it all");
}

#[tokio::test]
async fn packed_answers_are_unpacked_and_bombs_stop_at_the_limit() {
    let zeros = packed(&vec![b'0'; 60_000_000]);
    let text = packed("grüezi".as_bytes());
    let server = Server::start(move |seen| {
        let body = if seen.target == "/bomb" { zeros.clone() } else { text.clone() };
        ([("content-encoding", "gzip")], body).into_response()
    })
    .await;
    let http = local_http();
    let answer = http.send(get(&server.url("/"))).await.unwrap();
    assert_eq!(
        (String::from_utf8(answer.body.to_vec()).unwrap().as_str(), answer.header("content-encoding")),
        ("grüezi", None)
    );
    assert_eq!(code(&http, get(&server.url("/bomb"))).await, Code::ResponseTooLarge);
    let broken = Server::start(|_| ([("content-encoding", "gzip")], "not gzip").into_response()).await;
    assert_eq!(code(&http, get(&broken.url("/"))).await, Code::BadResponse);
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn limits_of_time_are_kept_and_named() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let options = HttpOptions { timeout: Duration::from_millis(300), ..HttpOptions::default() };
    let http = Http::new(Settings { options, ..local() });
    let problem = http.send(get(&format!("http://{address}/?access_token=SECRET&page=2"))).await.unwrap_err();
    assert_eq!(problem.code, Code::Timeout);
    assert!(problem.message.starts_with("socket timeout error: GET http://127.0.0.1"), "{problem}");
    assert!(
        problem.message.contains("300 ms") && problem.message.contains("page=2") && !problem.message.contains("SECRET"),
        "{problem}"
    );

    let mut own = get(&format!("http://{address}/"));
    own.timeout = Some(Duration::from_millis(50));
    let problem = local_http().send(own).await.unwrap_err();
    assert!(problem.message.contains("50 ms"), "{problem}");
}

#[tokio::test]
async fn failures_to_connect_say_what_failed() {
    let http = local_http();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(code(&http, get(&format!("http://{closed}/"))).await, Code::ConnectFailed);
    let nowhere = Http::new(Settings { lookup: Some(Arc::new(Failing)), ..Settings::default() });
    let problem = nowhere.send(get("https://no-such-host.example/")).await.unwrap_err();
    assert_eq!(problem.code, Code::DnsFailed);
    assert!(problem.message.contains("`no-such-host.example` was not found"), "{problem}");

    let hang_up = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hang_up.local_addr().unwrap();
    std::thread::spawn(move || hang_up.incoming().for_each(drop));
    assert_eq!(code(&http, get(&format!("http://{address}/"))).await, Code::ConnectFailed);
    assert_eq!(Wire::new("GET", "ftp://example.com").map(|_| ()).unwrap_err().code, Code::BadRequest);
    let mut broken = get(&format!("http://{address}/"));
    broken.headers.push(("X-A".into(), "1\r\nX-B: 2".into()));
    assert_eq!(code(&http, broken).await, Code::BadRequest);
}

struct Failing;

impl Lookup for Failing {
    fn lookup(&self, _host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async { Err(io::Error::other("no such name")) })
    }
}

/// Serves one certificate over TLS, a connection at a time.
fn tls_server(names: &[&str]) -> (std::net::SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut session, &mut stream);
            if tls.read(&mut [0; 4096]).is_ok() {
                let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecret");
            }
        }
    });
    (address, made.cert.pem())
}

#[tokio::test]
async fn certificates_are_checked() {
    let (address, pem) = tls_server(&["127.0.0.1"]);
    let url = format!("https://{address}/");
    let problem: Problem = local_http().send(get(&url)).await.unwrap_err();
    assert_eq!(problem.code, Code::TlsFailed, "{problem}");
    assert!(problem.help().contains("`ca`"), "{}", problem.help());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    let trusting =
        |path| Http::new(Settings { options: HttpOptions { ca: Some(path), ..HttpOptions::default() }, ..local() });
    assert_eq!(trusting(path.clone()).send(get(&url)).await.unwrap().body, "secret");
    assert_eq!(code(&trusting(folder.path().join("none.pem")), get(&url)).await, Code::TlsFailed);

    // The same certificate does not speak for another name.
    let other = Http::new(Settings {
        options: HttpOptions { ca: Some(path), ..HttpOptions::default() },
        lookup: Some(Arc::new(Fake::new(&["127.0.0.1"]))),
        ..local()
    });
    let problem = other.send(get(&format!("https://wrong.example.com:{}/", address.port()))).await.unwrap_err();
    assert_eq!(problem.code, Code::TlsFailed, "{problem}");
    assert!(problem.help().contains("another host"), "{}", problem.help());

    let plain = Server::start(|_| "".into_response()).await;
    let problem = local_http().send(get(&format!("https://{}/", plain.address))).await.unwrap_err();
    assert_eq!(problem.code, Code::TlsFailed, "{problem}");
    assert!(problem.help().contains("does not speak TLS"), "{}", problem.help());
}

#[tokio::test]
async fn stand_ins_answer_for_hosts() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/3.0/moved" => redirect(302, "https://us6.api.mailchimp.com/3.0/there"),
        _ => "stand-in".into_response(),
    })
    .await;
    let mut settings = Settings::default();
    settings.origins.add("*.api.mailchimp.com", &server.url("")).unwrap();
    let http = Http::new(settings);
    let answer = http.send(get("https://us6.api.mailchimp.com/3.0/moved")).await.unwrap();
    assert_eq!(answer.body, "stand-in");
    let seen = server.seen();
    assert_eq!(seen[1].target, "/3.0/there");
    assert_eq!(seen[1].header("host"), Some("us6.api.mailchimp.com"));
    assert_eq!(code(&http, get(&server.url("/"))).await, Code::AddressRefused, "the stand-in itself is still private");
}

#[tokio::test]
async fn a_proxy_is_used_when_it_is_named() {
    let proxy = Server::start(|seen| format!("proxied {}", seen.target).into_response()).await;
    let named = HttpOptions { proxy: Some(proxy.url("").into()), ..HttpOptions::default() };
    let http = Http::new(Settings { options: named, ..local() });
    let wire = get("http://api.example.com/x");
    assert_eq!(http.send(wire).await.unwrap().body, "proxied http://api.example.com/x");
    assert_eq!(proxy.seen().len(), 1);
}

/// A proxy that wants a password before it connects anybody anywhere; gives its address and what it was asked.
fn strict_proxy() -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap_or(0);
            let head = String::from_utf8_lossy(&bytes[..read]).into_owned();
            // user:pass-SECRETMARKER
            let known = head.contains("Basic dXNlcjpwYXNzLVNFQ1JFVE1BUktFUg==");
            log.lock().unwrap().push(head);
            let answer = if known { "200 Connected" } else { "407 Who are you" };
            let _ = stream.write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").as_bytes());
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_proxy_gets_its_password_and_nobody_else_sees_it() {
    let (address, asked) = strict_proxy();
    let through = |user: &str| {
        let proxy = Some(format!("http://{user}@{address}").into());
        Http::new(Settings { options: HttpOptions { proxy, ..HttpOptions::default() }, ..local() })
    };
    let http = through("user:pass-SECRETMARKER");
    // A plain call is given to the proxy whole; one over TLS asks it for a tunnel first.
    assert_eq!(http.send(get("http://api.example.com/x")).await.unwrap().status, 200);
    let broken = http.send(get("https://api.example.com/x")).await.unwrap_err();
    let heads = asked.lock().unwrap().clone();
    assert!(heads[0].starts_with("GET http://api.example.com/x HTTP/1.1"), "{heads:?}");
    assert!(heads[1].starts_with("CONNECT api.example.com:443 HTTP/1.1"), "{heads:?}");
    for head in &heads {
        assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    }
    let wrong = through("user:wrong-SECRETMARKER");
    assert_eq!(wrong.send(get("http://api.example.com/x")).await.unwrap().status, 407);
    let refused = wrong.send(get("https://api.example.com/x")).await.unwrap_err();
    assert!(matches!(refused.code, Code::ConnectFailed | Code::TlsFailed), "{refused}");
    let shown = format!("{broken:?} {refused:?} {:?} {:?}", http.settings().options, wrong.settings().options);
    assert!(!shown.contains("SECRETMARKER") && !shown.contains("U0VDUkVUTUFSS0VS"), "{shown}");
}

#[tokio::test]
async fn names_of_parts_are_encoded_as_browsers_do() {
    let server = Server::start(|_| "".into_response()).await;
    let part = Part {
        name: "a\"\r\nX-Evil: 1".into(),
        file_name: Some("Größe \"1\"\r\n.csv".into()),
        bytes: "1".into(),
        ..Part::default()
    };
    let mut wire = Wire::new("POST", &server.url("/")).unwrap();
    wire.body = Body::Multipart { parts: vec![part] };
    local_http().send(wire).await.unwrap();
    let body = String::from_utf8(server.seen().pop().unwrap().body).unwrap();
    let line = body.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition")).unwrap();
    assert!(line.ends_with(r#"name="a%22%0D%0AX-Evil: 1"; filename="Größe %221%22%0D%0A.csv""#), "{line}");
}

#[tokio::test]
async fn an_address_with_two_readings_is_not_called() {
    // Every connection would be made by this one, which writes down who comes and connects to nobody.
    let connector = Server::start(|_| "".into_response()).await;
    let proxy = Some(rainwright_connections::Secret::new(connector.url("")));
    let http = Http::new(Settings { options: HttpOptions { proxy, ..HttpOptions::default() }, ..local() });
    let start = Server::start(|seen| redirect(302, &format!("http://{}/", &seen.target[1..]))).await;
    let direct = local_http();
    for host in ["010.8.8.8", "8.8.8.010", "0100.1.1.1", "08.8.8.8"] {
        let problem = match Wire::new("GET", &format!("http://{host}/")) {
            Ok(wire) => http.send(wire).await.unwrap_err(),
            Err(problem) => problem,
        };
        assert!(matches!(problem.code, Code::AddressRefused | Code::BadRequest), "{host}: {problem}");
        let redirected = direct.send(get(&start.url(&format!("/{host}")))).await.unwrap_err();
        assert!(matches!(redirected.code, Code::AddressRefused | Code::RedirectFailed), "{host}: {redirected}");
    }
    assert_eq!(connector.seen().len(), 0);
}
