//! Answers of servers that misbehave, over HTTP.

use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox};
use serde_json::{Value, json};

use crate::client::*;

fn code(sandbox: &Sandbox, name: &str) -> (Vec<(String, String)>, String) {
    let authorize_path: &'static str = Box::leak(format!("/quirks/{name}/authorize").into_boxed_str());
    authorize(sandbox, Login { authorize: authorize_path, token: "" }, "read write", "allow")
}

fn token(sandbox: &Sandbox, name: &str) -> Answer {
    let (callback, redirect_uri) = code(sandbox, name);
    let token_path: &'static str = Box::leak(format!("/quirks/{name}/token").into_boxed_str());
    exchange(sandbox, Login { authorize: "", token: token_path }, value(&callback, "code"), &redirect_uri, VERIFIER)
}

#[test]
fn answers_are_odd_in_the_named_way() {
    let sandbox = start();
    let json = |name: &str| token(&sandbox, name).json();
    assert!(json("missing_token_type").get("token_type").is_none());
    assert_eq!(json("token_type_bot")["token_type"], "bot");
    assert_eq!(json("expires_in_text")["expires_in"], "3600");
    assert_eq!(json("expires_in_float")["expires_in"], 3600.5);
    assert_eq!(json("expires_in_null")["expires_in"], Value::Null);
    assert_eq!(json("expires_in_negative")["expires_in"], -1);
    assert!(json("expires_at_iso")["expires_at"].as_str().unwrap().ends_with('Z'));
    assert!(json("expires_at_millis")["expires_at"].as_u64().unwrap() > 1_700_000_000_000);
    assert_eq!(json("expires")["expires"], 3600);
    assert_eq!(json("scope_list")["scope"], json!(["read", "write"]));
    assert_eq!(json("scope_comma")["scope"], "read,write");
    assert!(json("nested_body")["body"]["access_token"].is_string());
    assert!(json("nested_authed_user")["authed_user"]["access_token"].is_string());
    assert!(json("nested_data")["data"]["access_token"].is_string());
    assert_eq!(json("extra_keys")["instance_url"], "https://na1.my.example.com");
    assert!(json("no_refresh_token").get("refresh_token").is_none());
    let form = token(&sandbox, "form_encoded");
    assert!(form.text().starts_with("access_token="));
    assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(token(&sandbox, "text_plain").header("content-type"), Some("text/plain"));
}

#[test]
fn every_listed_quirk_can_be_reached() {
    let sandbox = start();
    let list = call(&sandbox, "GET", "/quirks", &[], "").json();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(names.len() > 30, "{}", names.len());
    for name in names {
        let (callback, _) = code(&sandbox, name);
        assert_ne!(value(&callback, "code"), "", "{name}");
    }
}

#[test]
fn errors_may_have_a_good_status() {
    let sandbox = start();
    let refused = |name: &str| form(&sandbox, &format!("/quirks/{name}/token"), &[("grant_type", "refresh_token")]);
    let zoho = refused("error_with_200");
    assert_eq!((zoho.status, zoho.json()["error"].is_string()), (200, true));
    let slack = refused("slack");
    assert_eq!((slack.status, &slack.json()["ok"]), (200, &json!(false)));
}

#[test]
fn requests_must_be_odd_too() {
    let sandbox = start();
    let body = json!({ "grant_type": "client_credentials" }).to_string();
    let header = basic(CLIENT_ID, CLIENT_SECRET);
    let notion = |extra: &[(&str, &str)]| {
        let mut headers = vec![("Authorization", header.as_str()), ("Content-Type", "application/json")];
        headers.extend_from_slice(extra);
        call(&sandbox, "POST", "/quirks/json_body/token", &headers, &body).status
    };
    assert_eq!(notion(&[]), 400);
    assert_eq!(notion(&[("Notion-Version", "2022-06-28")]), 200);
    assert_eq!(token(&sandbox, "basic_only").status, 400);
    assert_eq!(token(&sandbox, "body_only").status, 200);
    assert_eq!(value(&code(&sandbox, "callback_realm").0, "realmId"), "9130350000000000001");
}

#[test]
fn expiry_is_told_in_many_ways() {
    let sandbox = start();
    let api = |name: &str| get(&sandbox, &format!("/quirks/{name}/api"), "Bearer old");
    let marketo = api("expired_as_602");
    assert_eq!((marketo.status, &marketo.json()["errors"][0]["code"]), (200, &json!("602")));
    assert_eq!(api("expired_as_400").status, 400);
    assert_eq!(api("expired_as_403").status, 403);
    let jwt = token(&sandbox, "jwt").json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(jwt.split('.').count(), 3);
    assert_eq!(get(&sandbox, "/quirks/jwt/api", &format!("Bearer {jwt}")).status, 200);
}
