//! The login pages, over HTTP.

use std::time::Duration;

use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, PUBLIC_CLIENT_ID, Rotation, Sandbox, SandboxOptions};

use crate::client::*;

#[test]
fn the_code_flow_checks_everything_and_names_the_issuer() {
    let sandbox = start();
    let (callback, redirect_uri) = authorize(&sandbox, STANDARD_LOGIN, "read write", "allow");
    assert_eq!(value(&callback, "state"), "st&te");
    assert_eq!(value(&callback, "iss"), format!("{}/oauth", sandbox.base_url()));
    let code = value(&callback, "code");
    let other_uri = exchange(&sandbox, STANDARD_LOGIN, code, "http://127.0.0.1:1/callback", VERIFIER);
    assert_eq!((other_uri.status, other_uri.json()["error"].as_str().unwrap()), (400, "invalid_grant"));
    let bad_verifier = exchange(&sandbox, STANDARD_LOGIN, code, &redirect_uri, "x");
    assert_eq!(bad_verifier.json()["error"], "invalid_grant");
    let tokens = exchange(&sandbox, STANDARD_LOGIN, code, &redirect_uri, VERIFIER).json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "read write");
    let token = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    assert_eq!(get(&sandbox, "/oauth/api/me", &token).status, 200);
    // The code again: refused, and what came of it ends.
    assert_eq!(exchange(&sandbox, STANDARD_LOGIN, code, &redirect_uri, VERIFIER).status, 400);
    let ended = get(&sandbox, "/oauth/api/me", &token);
    assert_eq!(ended.status, 401);
    assert!(ended.header("www-authenticate").unwrap().contains("invalid_token"));
}

#[test]
fn a_user_can_say_no() {
    let sandbox = start();
    let (callback, _) = authorize(&sandbox, MAILCHIMP, "", "deny");
    assert_eq!(value(&callback, "error"), "access_denied");
    assert_eq!(value(&callback, "code"), "");
}

#[test]
fn nothing_is_sent_to_an_address_that_is_not_ours() {
    let sandbox = start();
    let page = |redirect: &str, client: &str| {
        let path = format!("/oauth/authorize?response_type=code&client_id={client}&redirect_uri={redirect}");
        call(&sandbox, "GET", &path, &[], "")
    };
    for redirect in ["http://evil.example/", "http://localhost:1/", "", "javascript:alert(1)", "http://10.0.0.1/"] {
        let answer = page(redirect, CLIENT_ID);
        assert_eq!((answer.status, answer.header("location")), (400, None), "{redirect}");
    }
    assert_eq!(page("http://127.0.0.1:1/cb", "someone").status, 400);
    // Known client, good address, no PKCE: that is told to the program.
    let answer = page("http://127.0.0.1:1/cb", CLIENT_ID);
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").unwrap().starts_with("http://127.0.0.1:1/cb?error=invalid_request"));
}

#[test]
fn tokens_of_two_seconds_are_refreshed_once_an_expiry() {
    let options = SandboxOptions { token_lifetime: Some(Duration::from_secs(1)), ..SandboxOptions::default() };
    let sandbox = Sandbox::launch(options).unwrap();
    let tokens = sign_in(&sandbox, MAILCHIMP, "");
    assert_eq!(tokens["expires_in"], 1);
    let ping = "https://us6.api.mailchimp.com/3.0/ping";
    let bearer = |token: &serde_json::Value| format!("Bearer {}", token["access_token"].as_str().unwrap());
    assert_eq!(get(&sandbox, ping, &bearer(&tokens)).status, 200);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(get(&sandbox, ping, &bearer(&tokens)).status, 401);
    let again = refresh(&sandbox, MAILCHIMP, tokens["refresh_token"].as_str().unwrap()).json();
    assert!(again.get("refresh_token").is_none());
    assert_eq!(get(&sandbox, ping, &bearer(&again)).status, 200);
    let stats = stats(&sandbox);
    assert_eq!(stats["tokens"]["mailchimp"]["refreshed"], 1);
    assert_eq!(stats["requests"]["GET /mailchimp-api/3.0/ping"], 3);
}

#[test]
fn rotated_tokens_that_come_again_are_noticed() {
    let options = SandboxOptions { rotation: Rotation::Rotate, ..SandboxOptions::default() };
    let sandbox = Sandbox::launch(options).unwrap();
    let tokens = sign_in(&sandbox, STANDARD_LOGIN, "");
    let first = tokens["refresh_token"].as_str().unwrap();
    let second = refresh(&sandbox, STANDARD_LOGIN, first).json()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(refresh(&sandbox, STANDARD_LOGIN, first).json()["error"], "invalid_grant");
    assert_eq!(refresh(&sandbox, STANDARD_LOGIN, &second).json()["error"], "invalid_grant");
    assert_eq!(stats(&sandbox)["tokens"]["oauth"]["reused"], 1);
}

#[test]
fn clients_sign_in_by_basic_or_in_the_body() {
    let sandbox = start();
    let body = "grant_type=client_credentials&scope=a";
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let by_basic = |secret: &str| {
        let header = basic(CLIENT_ID, secret);
        call(&sandbox, "POST", "/oauth/token", &[kind, ("Authorization", &header)], body)
    };
    let tokens = by_basic(CLIENT_SECRET).json();
    assert!(tokens["access_token"].is_string() && tokens.get("refresh_token").is_none());
    let refused = by_basic("wrong");
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (401, "invalid_client"));
    let public =
        form(&sandbox, "/oauth/token", &[("grant_type", "client_credentials"), ("client_id", PUBLIC_CLIENT_ID)]);
    assert_eq!(public.json()["error"], "unauthorized_client");
    let odd = form(&sandbox, "/oauth/token", &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]);
    assert_eq!(odd.json()["error"], "unsupported_grant_type");
}

#[test]
fn a_device_waits_for_its_user() {
    let sandbox = start();
    let codes = form(&sandbox, "/oauth/device/code", &[("client_id", PUBLIC_CLIENT_ID), ("scope", "a")]).json();
    let poll = || {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let code = codes["device_code"].as_str().unwrap();
        form(&sandbox, "/oauth/token", &[("grant_type", grant), ("device_code", code), ("client_id", PUBLIC_CLIENT_ID)])
            .json()
    };
    assert_eq!(poll()["error"], "authorization_pending");
    assert_eq!(poll()["error"], "slow_down");
    let user_code = codes["user_code"].as_str().unwrap();
    let typed = form(&sandbox, "/oauth/device", &[("user_code", "NONE-SUCH"), ("decision", "allow")]);
    assert_eq!(typed.status, 400);
    let typed = form(&sandbox, "/oauth/device", &[("user_code", &user_code.to_lowercase()), ("decision", "allow")]);
    assert_eq!(typed.status, 200);
    assert!(poll()["refresh_token"].is_string());
    assert_eq!(poll()["error"], "invalid_grant");
}

#[test]
fn revocation_and_metadata() {
    let sandbox = start();
    let metadata = call(&sandbox, "GET", "/.well-known/oauth-authorization-server/oauth", &[], "").json();
    assert_eq!(metadata["issuer"], format!("{}/oauth", sandbox.base_url()));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let tokens = sign_in(&sandbox, STANDARD_LOGIN, "");
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let revoke = |token: &str| {
        form(&sandbox, "/oauth/revoke", &[("token", token), ("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)])
    };
    assert_eq!(revoke("unknown").status, 200);
    assert_eq!(revoke(refresh_token).status, 200);
    assert_eq!(refresh(&sandbox, STANDARD_LOGIN, refresh_token).json()["error"], "invalid_grant");
    assert_eq!(stats(&sandbox)["tokens"]["oauth"]["revoked"], 1);
}

#[test]
fn zoho_speaks_its_own_dialect() {
    let options = SandboxOptions { zoho_location: "eu".into(), ..SandboxOptions::default() };
    let sandbox = Sandbox::launch(options).unwrap();
    let (callback, redirect_uri) = authorize(&sandbox, ZOHO, "ZohoCRM.modules.ALL,ZohoCRM.settings.READ", "allow");
    assert_eq!(value(&callback, "location"), "eu");
    assert_eq!(value(&callback, "accounts-server"), "https://accounts.zoho.eu");
    let code = value(&callback, "code");
    let wrong_centre = exchange(&sandbox, ZOHO, code, &redirect_uri, VERIFIER);
    assert_eq!((wrong_centre.status, wrong_centre.json()["error"].as_str().unwrap()), (200, "invalid_code"));
    let europe = Login { token: "https://accounts.zoho.eu/oauth/v2/token", ..ZOHO };
    let tokens = exchange(&sandbox, europe, code, &redirect_uri, VERIFIER).json();
    assert_eq!(tokens["api_domain"], "https://www.zohoapis.eu");
    assert!(tokens["refresh_token"].is_string());
    let token = tokens["access_token"].as_str().unwrap();
    let leads = |host: &str, scheme: &str| {
        get(&sandbox, &format!("https://{host}/crm/v2/Leads/1001"), &format!("{scheme} {token}")).status
    };
    assert_eq!(leads("www.zohoapis.eu", "Zoho-oauthtoken"), 200);
    assert_eq!(leads("www.zohoapis.eu", "Bearer"), 401);
    assert_eq!(leads("www.zohoapis.com", "Zoho-oauthtoken"), 401);
    let revoke = "https://accounts.zoho.eu/oauth/v2/token/revoke?token=";
    assert_eq!(form(&sandbox, &format!("{revoke}{token}"), &[]).json()["status"], "success");
    assert_eq!(leads("www.zohoapis.eu", "Zoho-oauthtoken"), 401);
}

#[test]
fn refresh_tokens_are_for_those_who_ask() {
    let sandbox = start();
    let online = Login { authorize: "https://accounts.zoho.com/oauth/v2/auth", ..ZOHO };
    assert!(sign_in(&sandbox, online, "").get("refresh_token").is_none());
    let mailchimp = sign_in(&sandbox, MAILCHIMP, "");
    assert_eq!(mailchimp["expires_in"], 0);
    assert!(mailchimp.get("refresh_token").is_none());
}

#[test]
fn the_consent_page_is_a_page_for_people() {
    let sandbox = start();
    let path = "/mailchimp-login/oauth2/authorize?response_type=code&client_id=sandbox-client&scope=%3Cb%3E\
                &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb";
    let page = call(&sandbox, "GET", path, &[], "").text();
    for part in ["<html lang=\"en\">", "<h1>MailChimp sandbox: allow access</h1>", "<button", "&lt;b&gt;"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("<b>"));
}
