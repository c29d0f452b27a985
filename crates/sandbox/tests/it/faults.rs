//! Faults on demand, over HTTP.

use std::time::{Duration, Instant};

use rainwright_sandbox::{Fault, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

const PING: &str = "https://us6.api.mailchimp.com/3.0/ping";

fn order(sandbox: &Sandbox, fault: Value) {
    let answer = call(sandbox, "POST", "/_sandbox/next", &[], fault.to_string());
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn a_fault_comes_as_often_as_ordered_and_where() {
    let sandbox = start();
    let token = header(&sandbox, MAILCHIMP, "Bearer", "");
    order(&sandbox, json!({ "service": "mailchimp-api", "path": "/3.0/ping", "status": 429, "times": 2 }));
    assert_eq!(get(&sandbox, "https://us6.api.mailchimp.com/3.0/lists", &token).status, 200);
    for _ in 0..2 {
        let answer = get(&sandbox, PING, &token);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
        assert_eq!(answer.json()["title"], "Too Many Requests");
    }
    assert_eq!(get(&sandbox, PING, &token).status, 200);
    order(&sandbox, json!({ "service": "mailchimp", "status": 500, "headers": { "x-id": "7" }, "body": "{\"no\":" }));
    let answer = get(&sandbox, PING, &token);
    assert_eq!((answer.status, answer.header("x-id"), answer.text().as_str()), (500, Some("7"), "{\"no\":"));
    let wrong = call(&sandbox, "POST", "/_sandbox/next", &[], r#"{"statos": 500}"#);
    assert_eq!(wrong.status, 400);
}

#[test]
fn faults_can_wait_from_the_start() {
    let fault = Fault { service: "echo".into(), status: Some(500), ..Fault::default() };
    let sandbox = Sandbox::launch(SandboxOptions { faults: vec![fault], ..SandboxOptions::default() }).unwrap();
    assert_eq!(call(&sandbox, "GET", "/echo/anything", &[], "").status, 500);
    assert_eq!(call(&sandbox, "GET", "/echo/anything", &[], "").status, 200);
}

#[test]
fn connections_break_before_and_within_an_answer() {
    let sandbox = start();
    order(&sandbox, json!({ "service": "echo", "drop": true }));
    assert!(try_call(&sandbox, "GET", "/echo/anything", &[], b"").is_err());
    order(&sandbox, json!({ "service": "echo", "truncate": true }));
    let answer = call(&sandbox, "GET", "/echo/anything", &[], "");
    assert!(serde_json::from_slice::<Value>(&answer.bytes).is_err());
    order(&sandbox, json!({ "service": "echo", "delay_ms": 300 }));
    let begun = Instant::now();
    assert_eq!(call(&sandbox, "GET", "/echo/anything", &[], "").status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[test]
fn answers_can_be_huge() {
    let sandbox = start();
    order(&sandbox, json!({ "service": "echo", "size": 30_000_001 }));
    let answer = call(&sandbox, "GET", "/echo/anything", &[], "");
    assert_eq!(answer.bytes.len(), 30_000_001);
    assert_eq!(answer.json(), 0);
}

#[test]
fn tokens_end_when_ordered() {
    let sandbox = start();
    let token = header(&sandbox, MAILCHIMP, "Bearer", "");
    let zoho = header(&sandbox, ZOHO, "Zoho-oauthtoken", "");
    let ended = call(&sandbox, "POST", "/_sandbox/expire", &[], r#"{"service":"mailchimp"}"#).json();
    assert_eq!(ended["ended"], 1);
    assert_eq!(get(&sandbox, PING, &token).status, 401);
    let leads = "https://www.zohoapis.com/crm/v2/Leads";
    assert_eq!(get(&sandbox, leads, &zoho).status, 200);
    call(&sandbox, "POST", "/_sandbox/revoke", &[], "");
    assert_eq!(get(&sandbox, leads, &zoho).status, 401);
}

#[test]
fn the_state_file_keeps_data_but_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let options = SandboxOptions { state_file: Some(path.clone()), ..SandboxOptions::default() };
    let lead = "https://www.zohoapis.com/crm/v2/Leads/1001";
    let sandbox = Sandbox::launch(options.clone()).unwrap();
    let tokens = sign_in(&sandbox, ZOHO, "");
    let token = format!("Zoho-oauthtoken {}", tokens["access_token"].as_str().unwrap());
    send(&sandbox, "PUT", lead, &token, &json!({ "data": [{ "Phone": "0815" }] }));
    drop(sandbox);
    let saved = std::fs::read_to_string(&path).unwrap();
    assert!(!saved.contains(tokens["access_token"].as_str().unwrap()));
    assert!(!saved.contains(tokens["refresh_token"].as_str().unwrap()));
    // A second run knows the data and the tokens of the first.
    let sandbox = Sandbox::launch(options.clone()).unwrap();
    assert_eq!(get(&sandbox, lead, &token).json()["data"][0]["Phone"], "0815");
    drop(sandbox);
    std::fs::write(&path, "{").unwrap();
    assert!(Sandbox::launch(options).is_err());
}

#[test]
fn a_seed_takes_the_place_of_a_services_data() {
    let seed = json!({ "crm": { "Leads": [{ "id": "1", "Last_Name": "Only" }] } });
    let sandbox = Sandbox::launch(SandboxOptions { seed: Some(seed), ..SandboxOptions::default() }).unwrap();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "");
    let leads = get(&sandbox, "https://www.zohoapis.com/crm/v2/Leads", &token).json();
    assert_eq!((leads["data"].as_array().unwrap().len(), &leads["data"][0]["Full_Name"]), (1, &json!("Only")));
    let token = header(&sandbox, MAILCHIMP, "Bearer", "");
    assert_eq!(get(&sandbox, "https://us6.api.mailchimp.com/3.0/lists", &token).json()["total_items"], 2);
}

#[test]
fn starting_within_tokio_works_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(SandboxOptions::default())).unwrap();
    assert_eq!(call(&sandbox, "GET", "/echo/anything", &[], "").status, 200);
    let base = sandbox.base_url();
    assert!(sandbox.origins().contains(&("login.mailchimp.com".into(), format!("{base}/mailchimp-login"))));
    assert_eq!(
        sandbox.resolve("https://us6.api.mailchimp.com/3.0/ping?a=1"),
        format!("{base}/mailchimp-api/3.0/ping?a=1")
    );
    assert_eq!(sandbox.resolve("https://example.org/x"), "https://example.org/x");
}
