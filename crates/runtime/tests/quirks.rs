//! Login servers that answer as they should not, played by the sandbox: login, call, end of the token, renewal.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::stage::Stage;
use rainwright_connections::{Connection, Status};
use rainwright_diagnostic::Code;
use serde_json::{Value, json};

/// Answers that make a connection: the quirk, and for how long the token is then known to live.
const ANSWERS: &[(&str, Option<i64>)] = &[
    ("missing_token_type", Some(3600)),
    ("token_type_case", Some(3600)),
    ("token_type_bot", Some(3600)),
    ("expires_in_text", Some(3600)),
    ("expires_in_float", Some(3600)),
    ("expires_in_null", None),
    ("expires_in_zero", None),
    ("expires_in_negative", None),
    ("expires_at_seconds", Some(3600)),
    ("expires_at_millis", Some(3600)),
    ("expires_at_iso", Some(3600)),
    ("expires", Some(3600)),
    ("form_encoded", Some(3600)),
    ("github", Some(3600)),
    ("text_plain", Some(3600)),
    ("error_with_200", Some(3600)),
    ("slack", Some(3600)),
    ("nested_authed_user", Some(3600)),
    ("nested_body", Some(3600)),
    ("nested_data", Some(3600)),
    ("scope_comma", Some(3600)),
    ("scope_list", Some(3600)),
    ("scope_missing", Some(3600)),
    ("jwt", Some(3600)),
];

/// Answers without a token that could be used, and what is said of them.
const REFUSED: &[(&str, &str)] = &[
    ("token_type_mac", "a token of type mac, which needs proofs that are not supported"),
    ("html", "holds no token"),
    ("empty", "holds no token"),
];

/// Requests that the server wants to be odd: the quirk, and the lines of the service file that make them so.
const REQUESTS: &[(&str, &str)] = &[
    ("basic_only", "client_auth = \"basic\""),
    ("basic_then_body", "client_auth = \"basic\"\nrefresh_client_auth = \"body\""),
    (
        "json_body",
        "client_auth = \"basic\"\ntoken_format = \"json\"\ntoken_headers = { Notion-Version = \"2022-06-28\" }",
    ),
    ("client_key", "param_names = { client_id = \"client_key\" }"),
    ("web_server_type", "token_params = { type = \"web_server\" }\nrefresh_params = { type = \"refresh\" }"),
];

/// Ends of tokens that status 401 does not tell: the quirk, and the rule of the service file.
const ENDS: &[(&str, &str)] = &[
    ("expired_as_602", "status = [200]\npath = \"errors.0.code\"\ncontains = [\"602\"]"),
    ("expired_as_400", "status = [400]\npath = \"error\"\ncontains = [\"token_expired\"]"),
    ("expired_as_403", "status = [403]\ncontains = [\"TokenExpired\"]"),
];

/// Those with a test of their own, and the two that every client meets without noticing.
const OTHERS: &[&str] =
    &["callback_realm", "extra_keys", "no_refresh_token", "duration_permanent", "body_only", "user_agent"];

/// The file of a service at a quirk; `settings` go into its OAuth 2.0 part, `more` before that.
fn service(quirk: &str, settings: &str, more: &str) -> String {
    format!(
        "id = \"odd\"\nname = \"Odd\"\napi = \"https://quirks.example.com\"\ntest = {{ url = \"/{quirk}/api\" }}\n{more}\n\
         [oauth2]\nauthorize_url = \"https://quirks.example.com/{quirk}/authorize\"\n\
         token_url = \"https://quirks.example.com/{quirk}/token\"\ndefault_scopes = [\"read\", \"write\"]\n{settings}\n"
    )
}

/// A call with the connection; its status and body.
async fn call(stage: &Stage, quirk: &str) -> (u16, Value) {
    let answer = stage.get("odd", &format!("https://quirks.example.com/{quirk}/api")).await;
    let answer = answer.unwrap_or_else(|p| panic!("{quirk}: {p}"));
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// Logs in, calls, lets the token end, and calls again.
async fn lives(stage: &Stage, quirk: &str) -> Connection {
    let made = stage.connect("odd", &[]).await.unwrap_or_else(|p| panic!("{quirk}: {p}"));
    let good = (200, json!("robin@example.com"));
    let served = |(status, body): (u16, Value)| (status, body["user"].clone());
    assert_eq!(served(call(stage, quirk).await), good, "{quirk}");
    stage.expire(quirk).await;
    assert_eq!(served(call(stage, quirk).await), good, "{quirk} after the end of its token");
    assert_eq!(stage.count(quirk, "refreshed").await, 1, "{quirk}");
    assert_eq!(stage.stored("odd").status, Status::Connected);
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_answers_make_connections_that_live() {
    for (quirk, life) in ANSWERS {
        let stage = Stage::with(&service(quirk, "", "")).await;
        let made = lives(&stage, quirk).await;
        let told = made.expires_at.map(|end| end - made.obtained_at.unwrap());
        let near = |life: i64| told.is_some_and(|told| (told - life).abs() <= 2);
        assert!(life.map_or(told.is_none(), near), "{quirk}: {told:?} where {life:?} was expected");
        // A server that names no scopes has granted those that were asked for.
        assert_eq!(made.scopes, ["read", "write"], "{quirk}");
        // It gave no new refresh token when renewing: the one there is stays.
        let kept = stage.stored("odd");
        assert_eq!(kept.oauth2().unwrap().refresh_token, made.oauth2().unwrap().refresh_token, "{quirk}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_usable_token_are_refused_in_words() {
    for (quirk, said) in REFUSED {
        let stage = Stage::with(&service(quirk, "", "")).await;
        let problem = stage.connect("odd", &[]).await.unwrap_err();
        assert_eq!(problem.code, Code::AuthorizationFailed, "{quirk}");
        assert!(problem.message.contains(said), "{quirk}: {problem}");
        assert_eq!(stage.stored("odd").status, Status::Draft, "{quirk}: what was typed is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_as_odd_as_the_service_file_says() {
    for (quirk, settings) in REQUESTS {
        lives(&Stage::with(&service(quirk, settings, "")).await, quirk).await;
        let plain = Stage::with(&service(quirk, "", "")).await;
        assert!(plain.connect("odd", &[]).await.is_err(), "{quirk}: the sandbox is strict");
    }
    // What is done without being told.
    for quirk in ["body_only", "user_agent"] {
        lives(&Stage::with(&service(quirk, "", "")).await, quirk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_token_is_known_by_the_services_rule() {
    for (quirk, rule) in ENDS {
        let rule = format!("[[expired]]\n{rule}");
        lives(&Stage::with(&service(quirk, "", &rule)).await, quirk).await;
        // Without the rule it is an answer like any other, and the script's to read.
        let plain = Stage::with(&service(quirk, "", "")).await;
        plain.connect("odd", &[]).await.unwrap();
        plain.expire(quirk).await;
        assert!(call(&plain, quirk).await.1.get("user").is_none(), "{quirk}");
        assert_eq!(plain.count(quirk, "refreshed").await, 0, "{quirk}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_with_a_good_status_need_a_person() {
    for quirk in ["error_with_200", "slack"] {
        let stage = Stage::with(&service(quirk, "", "")).await;
        stage.connect("odd", &[]).await.unwrap();
        stage.expire(quirk).await;
        stage.order("revoke", &json!({ "service": quirk })).await;
        let url = format!("https://quirks.example.com/{quirk}/api");
        let problem = stage.get("odd", &url).await.unwrap_err();
        assert_eq!(problem.code, Code::NeedsReauth, "{quirk}: {problem}");
        assert_eq!(stage.stored("odd").status, Status::NeedsReauth);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_callback_and_answer_are_kept() {
    let fields = "fields = [{ name = \"realm\", discovered = true }]";
    let stage = Stage::with(&service("callback_realm", "keep_from_callback = { realm = \"realmId\" }", fields)).await;
    assert_eq!(lives(&stage, "callback_realm").await.values["realm"], "9130350000000000001");

    let fields = "allowed_hosts = [\"*.my.example.com\"]\nfields = [{ name = \"instance\", discovered = true }]";
    let stage = Stage::with(&service("extra_keys", "keep_from_token = { instance = \"instance_url\" }", fields)).await;
    let made = lives(&stage, "extra_keys").await;
    assert_eq!(made.values["instance"], "https://na1.my.example.com");
    assert!(made.extras.expose().contains("acct_1234"), "what nobody asked for is kept too");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_refresh_token_a_person_is_asked() {
    for quirk in ["no_refresh_token", "duration_permanent"] {
        let stage = Stage::with(&service(quirk, "", "")).await;
        stage.connect("odd", &[]).await.unwrap();
        assert_eq!(call(&stage, quirk).await.0, 200, "{quirk}");
        stage.expire(quirk).await;
        let problem = stage.get("odd", &format!("https://quirks.example.com/{quirk}/api")).await.unwrap_err();
        assert_eq!(problem.code, Code::NeedsReauth, "{quirk}: {problem}");
        assert!(problem.message.contains("gave none to renew it with"), "{quirk}: {problem}");
    }
    let permanent = "authorize_params = { duration = \"permanent\" }";
    lives(&Stage::with(&service("duration_permanent", permanent, "")).await, "duration_permanent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_quirk_of_the_sandbox_is_left_out() {
    let stage = Stage::new().await;
    let list = stage.get("", &format!("{}/quirks", stage.sandbox.base_url())).await.unwrap();
    let list: Value = serde_json::from_slice(&list.body).unwrap();
    let played: BTreeSet<&str> = list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let answers = ANSWERS.iter().map(|(quirk, _)| *quirk);
    let pairs = [REFUSED, REQUESTS, ENDS].into_iter().flatten().map(|(quirk, _)| *quirk);
    let tried: BTreeSet<&str> = answers.chain(pairs).chain(OTHERS.iter().copied()).collect();
    assert_eq!(played, tried);
}
