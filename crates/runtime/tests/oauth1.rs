//! OAuth 1.0a against a server that rebuilds every signature: three legs, all methods, all places, and what it refuses.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::stage::Stage;
use rainwright_diagnostic::Code;
use rainwright_effect::{Body, HttpRequest, HttpResponse};
use serde_json::Value;

fn service(settings: &str) -> String {
    let base = "https://oauth1.example.com";
    format!(
        "id = \"legs\"\nname = \"Legs\"\napi = \"{base}\"\ntest = {{ url = \"/me\" }}\n\
         fields = [{{ name = \"user\", discovered = true }}]\n[oauth1]\nrequest_token_url = \"{base}/request_token\"\n\
         authorize_url = \"{base}/authorize\"\naccess_token_url = \"{base}/access_token\"\n\
         keep_from_token = {{ user = \"user_id\" }}\n{settings}\n"
    )
}

async fn call(stage: &Stage, method: &str, url: &str, body: Body) -> HttpResponse {
    let request = HttpRequest {
        method: method.into(),
        url: url.into(),
        query: vec![("page".into(), "1 2".into()), ("ünï".into(), "+&=%".into())],
        connection: Some("legs".into()),
        body,
        ..HttpRequest::default()
    };
    stage.call(request).await.unwrap()
}

/// Logs in and makes calls of every shape; each signature is looked at.
async fn works(stage: &Stage, answers: &[(&str, &str)]) {
    let made = stage.connect("legs", answers).await.unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(made.values["user"], "7");
    let form = Body::Form { pairs: vec![("a".into(), "x y".into()), ("a".into(), "!*'()".into())] };
    let json = Body::Text { text: "{\"b\":1}".into(), content_type: "application/json".into() };
    for (method, body) in [("GET", Body::Empty), ("POST", form), ("PUT", json), ("DELETE", Body::Empty)] {
        let answer = call(stage, method, "https://oauth1.example.com/api/a%20b;c/~d?empty=&z=%C3%A9", body).await;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!((answer.status, said["user"].as_str()), (200, Some("robin@example.com")), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_legs_with_every_hash() {
    for method in ["HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT"] {
        let stage = Stage::with(&service(&format!("signature_method = \"{method}\""))).await;
        works(&stage, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_legs_with_a_private_key() {
    use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
    let key = rsa::PrivateKey::new(&mut rsa::rand_core::UnwrapErr(getrandom::SysRng), 1024).unwrap();
    let stage = Stage::with(&service("signature_method = \"RSA-SHA1\"")).await;
    let secret = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    let answers = [("consumer_secret", secret.as_str())];
    let early = stage.connect("legs", &answers).await.unwrap_err();
    assert_eq!(early.code, Code::AuthorizationFailed, "the server does not know the key yet");
    let public = key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    let text = Body::text(public, "application/x-pem-file");
    let url = format!("{}/oauth1/public_key", stage.sandbox.base_url());
    let given = HttpRequest { method: "POST".into(), url, body: text, ..HttpRequest::default() };
    assert_eq!(stage.call(given).await.unwrap().status, 204);
    works(&stage, &answers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_may_go_into_the_query_or_a_form() {
    let stage = Stage::with(&service("in = \"query\"")).await;
    works(&stage, &[]).await;
    let stage = Stage::with(&service("in = \"form\"")).await;
    stage.connect("legs", &[]).await.unwrap();
    let form = Body::Form { pairs: vec![("a".into(), "x y".into())] };
    assert_eq!(call(&stage, "POST", "https://oauth1.example.com/api/x", form).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_secrets_and_revoked_tokens_are_refused() {
    let stage = Stage::with(&service("")).await;
    let wrong = stage.connect("legs", &[("consumer_secret", "another")]).await.unwrap_err();
    assert_eq!(wrong.code, Code::AuthorizationFailed, "{wrong}");
    works(&stage, &[]).await;
    stage.order("revoke", &serde_json::json!({ "service": "oauth1" })).await;
    let answer = call(&stage, "GET", "https://oauth1.example.com/api/x", Body::Empty).await;
    assert_eq!(answer.status, 401, "the answer is the script's to see: signatures cannot be renewed");
    let told = async {
        while stage.stored("legs").last_error.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), told).await.expect("health tells of it");
}
