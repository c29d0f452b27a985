//! Every way in which token answers stray from the RFC.

use crate::{NOW, custom_oauth2, shipped};
use rainwright_connections::oauth2::{TokenAnswer, TokenError, TokenErrorKind as Kind, read_token};
use rainwright_connections::{Auth, Service};

fn read(service: &Service, status: u16, body: &str) -> Result<TokenAnswer, TokenError> {
    let Auth::OAuth2(settings) = service.auth() else { panic!("OAuth 2.0") };
    read_token(settings, status, body.as_bytes(), NOW)
}

fn good(body: &str) -> TokenAnswer {
    read(&custom_oauth2(""), 200, body).unwrap_or_else(|e| panic!("{body}: {e:?}"))
}

#[test]
fn token_types_are_taken_in_any_case_and_may_be_missing() {
    for kind in [
        "",
        r#","token_type":"bearer""#,
        r#","token_type":"BEARER""#,
        r#","token_type":"bot""#,
        r#","token_type":null"#,
    ] {
        assert_eq!(good(&format!(r#"{{"access_token":"t"{kind}}}"#)).access_token.expose(), "t");
    }
    for kind in ["mac", "MAC", "DPoP"] {
        let error =
            read(&custom_oauth2(""), 200, &format!(r#"{{"access_token":"t","token_type":"{kind}"}}"#)).unwrap_err();
        assert!(error.message().contains(kind), "{}", error.message());
    }
}

#[test]
fn the_end_is_read_in_all_its_forms() {
    let hour = Some(NOW + 3600);
    for (said, end) in [
        (r#""expires_in":3600"#, hour),
        (r#""expires_in":"3600""#, hour),
        (r#""expires_in":3600.0"#, hour),
        (r#""expires_in":3600.9"#, hour),
        (r#""expires_in":" 3600 ""#, hour),
        (r#""expires":3600"#, hour),
        (r#""expires_at":1700003600"#, hour),
        (r#""expires_at":1700003600000"#, hour),
        (r#""expires_at":"1700003600""#, hour),
        (r#""expires_at":"2023-11-14T23:13:20Z""#, hour),
        (r#""expires_at":"2023-11-15T00:13:20+01:00""#, hour),
        (r#""expires":1700003600"#, hour),
        (r#""expires":"2023-11-14T23:13:20Z""#, hour),
        (r#""expires_on":"1700003600""#, hour),
        (r#""expires_in":3600,"expires_at":1"#, hour),
        (r#""expires_in":null,"expires_at":1700003600"#, hour),
        (r#""expires_in":null"#, None),
        (r#""expires_in":0"#, None),
        (r#""expires_in":-1"#, None),
        (r#""expires_in":"never""#, None),
        (r#""expires_in":9223372036854775807"#, None),
        (r#""expires_in":1e300"#, None),
        (r#""scope":"a""#, None),
    ] {
        assert_eq!(good(&format!(r#"{{"access_token":"t",{said}}}"#)).expires_at, end, "{said}");
    }
}

#[test]
fn a_jwt_gives_a_hint_when_nothing_is_said() {
    // {"alg":"none"} . {"exp":1700000900} . x
    let jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDA5MDB9.x";
    assert_eq!(good(&format!(r#"{{"access_token":"{jwt}"}}"#)).expires_at, Some(1_700_000_900));
    assert_eq!(good(&format!(r#"{{"access_token":"{jwt}","expires_in":60}}"#)).expires_at, Some(NOW + 60));
    assert_eq!(good(&format!(r#"{{"access_token":"{jwt}","expires_in":0}}"#)).expires_at, None);
    // One that has ended already is not believed, and what is no JWT is left alone.
    assert_eq!(good(r#"{"access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjF9.x"}"#).expires_at, None);
    assert_eq!(good(r#"{"access_token":"a.b.c"}"#).expires_at, None);
}

#[test]
fn refresh_tokens_have_ends_too() {
    for (said, end) in [
        (r#""x_refresh_token_expires_in":8726400"#, Some(NOW + 8_726_400)),
        (r#""refresh_token_expires_in":"600""#, Some(NOW + 600)),
        (r#""refresh_expires_in":0"#, None),
        (r#""refresh_token_expires_at":"2023-11-14T23:13:20Z""#, Some(NOW + 3600)),
    ] {
        assert_eq!(good(&format!(r#"{{"access_token":"t",{said}}}"#)).refresh_expires_at, end, "{said}");
    }
}

#[test]
fn bodies_may_be_forms_or_json_of_any_type() {
    for body in [
        "access_token=t&scope=repo%2Cgist&token_type=bearer",
        "  access_token=t&scope=repo,gist\n",
        "\u{feff}{\"access_token\":\"t\",\"scope\":\"repo,gist\"}",
        "\n {\"access_token\":\"t\",\"scope\":[\"repo\",\"gist\"]}",
        r#"{"access_token":"t","scope":"repo gist"}"#,
        r#"{"access_token":"t","scope":"repo, gist"}"#,
        r#"{"access_token":"t","scopes":["repo","gist"]}"#,
    ] {
        let answer = good(body);
        assert_eq!(answer.access_token.expose(), "t", "{body}");
        assert_eq!(answer.scopes.unwrap(), ["repo", "gist"], "{body}");
    }
    assert_eq!(good("access_token=t&expires=5183944").expires_at, Some(NOW + 5_183_944));
    for nothing in
        [r#"{"access_token":"t"}"#, r#"{"access_token":"t","scope":""}"#, r#"{"access_token":"t","scope":null}"#]
    {
        assert_eq!(good(nothing).scopes, None, "{nothing}");
    }
}

#[test]
fn tokens_are_found_in_nests() {
    for body in [
        r#"{"ok":true,"authed_user":{"id":"U1","access_token":"t","refresh_token":"r"}}"#,
        r#"{"status":0,"body":{"access_token":"t","refresh_token":"r","expires_in":10800}}"#,
        r#"{"code":0,"message":"OK","data":{"access_token":"t","refresh_token":"r"}}"#,
        r#"{"error":{"code":"ok"},"data":{"access_token":"t","refresh_token":"r"}}"#,
    ] {
        let answer = good(body);
        assert_eq!(answer.access_token.expose(), "t", "{body}");
        assert_eq!(answer.refresh_token.unwrap().expose(), "r", "{body}");
    }
    // The top comes first unless the service says otherwise.
    let both = r#"{"ok":true,"access_token":"bot","authed_user":{"access_token":"user"}}"#;
    assert_eq!(good(both).access_token.expose(), "bot");
    let of_user = custom_oauth2("token_path = \"authed_user\"");
    assert_eq!(read(&of_user, 200, both).unwrap().access_token.expose(), "user");
    let own_key = custom_oauth2("token_path = \"data\"\ntoken_key = \"token\"");
    assert_eq!(read(&own_key, 200, r#"{"success":true,"data":{"token":"t"}}"#).unwrap().access_token.expose(), "t");
}

#[test]
fn refusals_are_understood_in_all_dialects() {
    for (status, body, kind) in [
        (400, r#"{"error":"invalid_grant","error_description":"Token has been revoked."}"#, Kind::Rejected),
        (400, r#"{"error":"invalid_client"}"#, Kind::Client),
        (401, r#"{"error":"unauthorized_client"}"#, Kind::Client),
        (400, r#"{"error":"invalid_scope"}"#, Kind::Request),
        (400, r#"{"error":"unsupported_grant_type"}"#, Kind::Request),
        (200, r#"{"ok":false,"error":"invalid_refresh_token"}"#, Kind::Rejected),
        (200, r#"{"ok":false,"error":"token_revoked","access_token":"t"}"#, Kind::Rejected),
        (200, r#"{"ok":false,"error":"ratelimited"}"#, Kind::Transient),
        (200, "error=bad_verification_code&error_description=The+code+passed+is+incorrect", Kind::Rejected),
        (200, r#"{"error":"incorrect_client_credentials"}"#, Kind::Client),
        (200, r#"{"error":"bad_refresh_token"}"#, Kind::Rejected),
        (200, r#"{"error":"invalid_code"}"#, Kind::Rejected),
        (200, r#"{"error":"invalid_client_secret"}"#, Kind::Client),
        (
            400,
            r#"{"error":"Access Denied","error_description":"You have made too many requests continuously. Please try again after some time.","status":"failure"}"#,
            Kind::Transient,
        ),
        (
            400,
            r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}"#,
            Kind::Rejected,
        ),
        (400, r#"{"error":"interaction_required"}"#, Kind::Rejected),
        (503, r#"{"error":"temporarily_unavailable"}"#, Kind::Transient),
        (500, r#"{"error":"invalid_grant"}"#, Kind::Transient),
        (429, "slow down", Kind::Transient),
        (502, "<html>Bad Gateway</html>", Kind::Transient),
        (400, r#"{"error":"authorization_pending"}"#, Kind::Pending),
        (400, r#"{"error":"slow_down"}"#, Kind::SlowDown),
        (400, "<html>nope</html>", Kind::Unreadable),
        (200, "<html>log in here</html>", Kind::Unreadable),
        (200, "", Kind::Unreadable),
        (200, "[]", Kind::Unreadable),
        (200, "{}", Kind::Unreadable),
        (200, r#"{"access_token":""}"#, Kind::Unreadable),
        (200, r#"{"access_token":null,"error":""}"#, Kind::Unreadable),
        (400, r#"{"error":"something_new"}"#, Kind::Request),
    ] {
        let error = read(&custom_oauth2(""), status, body).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, kind, "{status} {body}");
        assert_eq!(error.needs_person(), kind == Kind::Rejected);
        assert!(error.message().ends_with('.'), "{}", error.message());
    }
}

#[test]
fn a_word_for_no_error_beside_a_token_is_no_refusal() {
    for body in [
        r#"{"access_token":"t","error":""}"#,
        r#"{"access_token":"t","error":null}"#,
        r#"{"access_token":"t","error":0}"#,
    ] {
        assert_eq!(good(body).access_token.expose(), "t");
    }
}

#[test]
fn what_else_was_said_is_kept_without_the_tokens() {
    let body = r#"{"access_token":"SECRET1","refresh_token":"SECRET2","id_token":"SECRET3","instance_url":"https://na1.example",
        "authed_user":{"id":"U1","access_token":"SECRET4"}}"#;
    let answer = good(body);
    assert!(answer.extras.expose().contains("https://na1.example") && answer.extras.expose().contains("U1"));
    assert!(!answer.extras.expose().contains("SECRET"), "tokens are kept apart");
    assert!(!format!("{answer:?}").contains("SECRET") && !format!("{answer:?}").contains("na1"));
}

#[test]
fn no_body_however_wild_makes_it_panic() {
    let service = shipped("slack");
    let mut seed = 7_u64;
    for round in 0..2000 {
        let mut body =
            String::from(r#"{"access_token":"t","expires_in":3600,"scope":["a"],"authed_user":{"access_token":"u"}}"#);
        for _ in 0..=(round % 7) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % body.len();
            if body.is_char_boundary(at) && body.is_char_boundary(at + 1) {
                body.replace_range(at..=at, ["", "\"", "9", "{", "é", "=", "&"][(seed >> 20) as usize % 7]);
            }
        }
        let _ = read(&service, [200, 400, 500][round % 3], &body);
    }
}
