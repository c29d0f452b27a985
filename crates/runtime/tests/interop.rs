//! Against programs that others wrote; started by `tests/interop/run`, which brings them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use common::house::registry;
use rainwright_connections::oauth1::Signer;
use rainwright_connections::{Key, Secret, SignatureMethod, Status};
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Effect, HttpRequest};
use rainwright_runtime::connect::{ConnectOptions, Question, Tested, Ui, Way};
use rainwright_runtime::{Live, LiveOptions, Registry};

fn place() -> PathBuf {
    PathBuf::from(std::env::var_os("RAINWRIGHT_INTEROP").expect("tests/interop/run names the folder"))
}

/// A program that talks in lines.
struct Helper {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Helper {
    fn start(program: &str, script: &str) -> Self {
        let mut child = Command::new(program)
            .arg(place().join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the program ended");
        line.trim().to_owned()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser as far as logging in needs one: cookies, redirects, and forms that are sent as they stand.
#[derive(Clone, Default)]
struct Browser {
    cookies: Arc<Mutex<HashMap<String, String>>>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    async fn visit(&self, url: String) -> String {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let (mut url, mut form): (url::Url, Option<String>) = (url.parse().unwrap(), None);
        for _ in 0..20 {
            let cookies: Vec<String> = self.cookies.lock().unwrap().iter().map(|(n, v)| format!("{n}={v}")).collect();
            let request = match form.take() {
                Some(form) => {
                    client.post(url.clone()).header("content-type", "application/x-www-form-urlencoded").body(form)
                }
                None => client.get(url.clone()),
            };
            let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
            }
            if let Some(location) = answer.headers().get("location") {
                url = url.join(location.to_str().unwrap()).unwrap();
                continue;
            }
            let page = answer.text().await.unwrap();
            match form_of(&page) {
                Some((action, fields)) => {
                    url = url.join(&action).unwrap();
                    form = Some(fields);
                }
                None => return page,
            }
        }
        panic!("the login goes round in circles at {url}");
    }
}

/// Action and hidden fields of a page's first form; one with a button to agree is agreed to.
fn form_of(page: &str) -> Option<(String, String)> {
    let form = &page[page.find("<form")?..];
    let form = &form[..form.find("</form>")?];
    let attribute = |tag: &str, name: &str| {
        let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
        Some(tag[start..].split('"').next()?.replace("&amp;", "&"))
    };
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    for input in form.split("<input").skip(1) {
        if let Some(name) = attribute(input, "name") {
            fields.append_pair(&name, &attribute(input, "value").unwrap_or_default());
        }
    }
    fields.append_pair("confirm", "yes");
    Some((attribute(form, "action")?, fields.finish()))
}

impl Ui for Browser {
    fn ask(&self, question: &Question) -> Result<Secret, Problem> {
        Err(Problem::new(Code::BadRequest, format!("nobody knows {}", question.name)))
    }

    fn open(&self, url: &str) -> Result<(), Problem> {
        let (browser, url) = (self.clone(), url.to_owned());
        tokio::runtime::Handle::current().spawn(async move { browser.visit(url).await });
        Ok(())
    }

    fn tell(&self, line: &str) {
        self.told.lock().unwrap().push(line.to_owned());
    }
}

fn service(issuer: &str, more: &str) -> String {
    format!(
        "id = \"mock\"\nname = \"oidc-provider\"\napi = \"{issuer}\"\ntest = {{ url = \"/me\" }}\n[oauth2]\nissuer = \"{issuer}\"\nrotates = true\n{more}\n"
    )
}

fn client(id: &str, secret: &str) -> ConnectOptions {
    let answers = [("client_id".to_owned(), Secret::new(id)), ("client_secret".to_owned(), Secret::new(secret))].into();
    ConnectOptions { answers, ..ConnectOptions::default() }
}

async fn me(registry: &Arc<Registry>, issuer: &str) -> Result<u16, Problem> {
    let live =
        Live::new(common::local_http(), LiveOptions { registry: Some(Arc::clone(registry)), ..LiveOptions::default() });
    let request = HttpRequest {
        method: "GET".into(),
        url: format!("{issuer}/me"),
        connection: Some("mock".into()),
        ..HttpRequest::default()
    };
    Ok(live
        .perform(Call::new(Effect::Http(Box::new(request))))
        .await
        .map_err(rainwright_effect::Refusal::problem)?
        .into_http()?
        .status)
}

fn end_token(registry: &Registry, key: &Key) {
    registry.change(key, |c| (c.expires_at, c.obtained_at) = (Some(1), Some(0))).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs oidc-provider; see tests/interop/run"]
async fn oidc_provider_code_refresh_reuse_and_revocation() {
    let mut server = Helper::start("node", "server.mjs");
    let issuer = server.line();
    let folder = tempfile::tempdir().unwrap();
    let scopes = "default_scopes = [\"openid\", \"offline_access\"]\nauthorize_params = { prompt = \"consent\" }";
    let registry = registry(folder.path(), &service(&issuer, scopes));

    // Discovery, code with PKCE, and the issuer in the callback (RFC 8414, 7636, 9207).
    let made = registry.connect("mock", client("native", ""), Arc::new(Browser::default())).await.unwrap();
    let metadata = made.metadata.as_ref().unwrap();
    assert!(metadata.authorization_response_iss_parameter_supported && metadata.revocation_endpoint.is_some());
    assert_eq!(registry.test(&made.key()).await.unwrap(), Tested::Works(200));

    // Rotation.
    let first = made.oauth2().unwrap().refresh_token.clone();
    end_token(&registry, &made.key());
    assert_eq!(me(&registry, &issuer).await.unwrap(), 200);
    let second = registry.store().load(&made.key()).unwrap().unwrap();
    assert_ne!(second.oauth2().unwrap().refresh_token, first);
    assert_eq!(second.oauth2().unwrap().previous_refresh_token, first);

    // Revocation (RFC 7009): the token no longer works.
    let token = second.oauth2().unwrap().access_token.expose().to_owned();
    assert!(registry.revoke(&made.key()).await.unwrap());
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(plain.get(format!("{issuer}/me")).bearer_auth(token).send().await.unwrap().status(), 401);

    // Reuse: somebody else uses the old token, and the server ends the login, which then needs a person.
    let again = ConnectOptions { name: Some("mock".into()), reconnect: true, ..ConnectOptions::default() };
    let made = registry.connect("mock", again, Arc::new(Browser::default())).await.unwrap();
    let stolen = made.oauth2().unwrap().refresh_token.expose().to_owned();
    end_token(&registry, &made.key());
    assert_eq!(me(&registry, &issuer).await.unwrap(), 200);
    let form = [("grant_type", "refresh_token"), ("client_id", "native"), ("refresh_token", &stolen)];
    let theft = plain.post(format!("{issuer}/token")).form(&form).send().await.unwrap();
    assert_eq!(theft.status(), 400);
    assert_eq!(theft.json::<serde_json::Value>().await.unwrap()["error"], "invalid_grant");
    end_token(&registry, &made.key());
    assert_eq!(me(&registry, &issuer).await.unwrap_err().code, Code::NeedsReauth);
    assert_eq!(registry.store().load(&made.key()).unwrap().unwrap().status, Status::NeedsReauth);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs oidc-provider; see tests/interop/run"]
async fn oidc_provider_client_credentials_and_device() {
    let mut server = Helper::start("node", "server.mjs");
    let issuer = server.line();
    let folder = tempfile::tempdir().unwrap();
    let machine = "grant = \"client_credentials\"\nclient_auth = \"basic\"\ndefault_scopes = [\"things\"]";
    let direct = registry(folder.path(), &service(&issuer, machine));
    let made = direct
        .connect("mock", client("machine", "a secret: with/odd+characters"), Arc::new(Browser::default()))
        .await
        .unwrap();
    assert_eq!(made.scopes, ["things"]);
    let before = made.oauth2().unwrap().access_token.clone();
    end_token(&direct, &made.key());
    // The token is asked for anew; that this server's userinfo wants another kind of token is its own affair.
    let _ = me(&direct, &issuer).await;
    assert_ne!(direct.store().load(&made.key()).unwrap().unwrap().oauth2().unwrap().access_token, before);

    let folder = tempfile::tempdir().unwrap();
    let device = registry(folder.path(), &service(&issuer, "grant = \"device\"\ndefault_scopes = [\"openid\"]"));
    let browser = Browser::default();
    let made = device
        .connect("mock", ConnectOptions { way: Way::Device, ..client("native", "") }, Arc::new(browser.clone()))
        .await
        .unwrap();
    assert!(browser.told.lock().unwrap()[0].contains(&format!("{issuer}/device")));
    assert_eq!(device.test(&made.key()).await.unwrap(), Tested::Works(200));
}

/// SplitMix64: the same requests in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn text(&mut self, longest: u64) -> String {
        const LETTERS: &[char] = &[
            'a', 'Z', '0', '-', '.', '_', '~', ' ', '+', '%', '&', '=', '/', '?', '#', '!', '*', '\'', '(', ')', '@',
            ':', ',', ';', 'ä', 'ß', '€', '日', '😀',
        ];
        let length = self.roll(longest + 1);
        (0..length).map(|_| LETTERS[self.roll(LETTERS.len() as u64) as usize]).collect()
    }

    fn pairs(&mut self) -> Vec<(String, String)> {
        let count = self.roll(5);
        // Names repeat now and then, as they may.
        (0..count)
            .map(|_| (format!("{}{}", ["a", "b2", "c@", "ä"][self.roll(4) as usize], self.text(2)), self.text(12)))
            .collect()
    }
}

fn encoded(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    rainwright_connections::request::write_pairs(&mut text, pairs);
    text
}

#[test]
#[ignore = "needs oauthlib; see tests/interop/run"]
fn oauthlib_signs_a_thousand_requests_alike() {
    let mut helper = Helper::start("python3", "sign.py");
    let pem: String = serde_json::from_str(&helper.line()).unwrap();
    let mut dice = Dice(5849);
    let methods =
        [SignatureMethod::HmacSha1, SignatureMethod::HmacSha256, SignatureMethod::RsaSha1, SignatureMethod::Plaintext];
    for number in 0..1000 {
        let method = methods[number % 4];
        let host =
            ["http://example.com", "https://example.com:443", "HTTP://EXAMPLE.com:80", "https://api.example.com:8443"]
                [dice.roll(4) as usize];
        let path = ["/", "/a/b", "/x%20y", "/%C3%A4;v=1"][dice.roll(4) as usize];
        let query = dice.pairs();
        let url = if query.is_empty() { format!("{host}{path}") } else { format!("{host}{path}?{}", encoded(&query)) };
        let form = if dice.roll(2) == 0 { Vec::new() } else { dice.pairs() };
        let http_method = ["GET", "POST", "PUT", "DELETE"][dice.roll(4) as usize];
        let consumer_secret = Secret::new(dice.text(20));
        let (token, token_secret) = (Secret::new(format!("t{}", dice.text(10))), Secret::new(dice.text(20)));
        let (timestamp, nonce) = (1_700_000_000 + number as i64, format!("n{number}"));
        let key = if method == SignatureMethod::RsaSha1 { Secret::new(pem.clone()) } else { consumer_secret.clone() };
        let signer = Signer {
            method,
            consumer_key: "key & co",
            consumer_secret: &key,
            token: &token,
            token_secret: &token_secret,
            timestamp,
            nonce: &nonce,
            version: true,
        };
        let ours = signer.sign(http_method, &url.parse().unwrap(), &form, &[]).unwrap().pop().unwrap().1.into_owned();
        let case = serde_json::json!({
            "http_method": http_method, "url": url, "form": encoded(&form), "signature_method": method.name(), "consumer_key": "key & co",
            "consumer_secret": consumer_secret.expose(), "token": token.expose(), "token_secret": token_secret.expose(),
            "timestamp": timestamp.to_string(), "nonce": nonce,
        });
        writeln!(helper.input, "{case}").unwrap();
        assert_eq!(ours, helper.line(), "request {number}: {case}");
    }
}
