//! The device flow, and giving tokens back.

use crate::consent::form;
use crate::{NOW, connected, custom_oauth2, drafted, shipped};
use rainwright_connections::oauth2::{
    Poll, TokenError, TokenErrorKind, device_request, read_device, read_revocation, read_token, revocations,
};
use rainwright_connections::{Auth, Secret};

#[test]
fn the_device_flow_waits_as_it_is_told() {
    let service = custom_oauth2(
        "grant = \"device\"\ndevice_url = \"https://login.acme.example/device\"\ndefault_scopes = [\"a\"]",
    );
    let call = device_request(&drafted(&service), &service, &[]).unwrap();
    assert_eq!((form(&call.body)["client_id"].as_str(), form(&call.body)["scope"].as_str()), ("client-1", "a"));

    let answer = br#"{"device_code":"dc","user_code":"WDJB-MJHT","verification_url":"https://acme.example/device","expires_in":1800}"#;
    let mut flow = read_device(200, answer, NOW).unwrap();
    assert_eq!((flow.user_code.as_str(), flow.interval, flow.expires_at), ("WDJB-MJHT", 5, NOW + 1800));
    assert!(!format!("{flow:?}").contains("\"dc\""));

    let Auth::OAuth2(settings) = service.auth() else { panic!() };
    let said = |body: &str, status| read_token(settings, status, body.as_bytes(), NOW);
    let wait = |poll: Poll| match poll {
        Poll::Wait(seconds) => seconds,
        Poll::Done(_) => 0,
    };
    assert_eq!(wait(flow.after(said(r#"{"error":"authorization_pending"}"#, 400), NOW).unwrap()), 5);
    assert_eq!(wait(flow.after(said(r#"{"error":"slow_down"}"#, 400), NOW).unwrap()), 10);
    assert_eq!(wait(flow.after(said(r#"{"error":"authorization_pending"}"#, 400), NOW).unwrap()), 10);
    assert_eq!(wait(flow.after(Err(TokenError::network("no route")), NOW).unwrap()), 20);
    assert!(matches!(flow.after(said(r#"{"access_token":"t"}"#, 200), NOW), Ok(Poll::Done(_))));
    for (body, why) in [("access_denied", "refused"), ("expired_token", "in time"), ("invalid_client", "client id")] {
        let problem = flow.after(said(&format!(r#"{{"error":"{body}"}}"#), 400), NOW).unwrap_err();
        assert!(problem.message.contains(why), "{problem}");
    }
    let late = flow.after(said(r#"{"error":"authorization_pending"}"#, 400), NOW + 1790).unwrap_err();
    assert!(late.message.contains("in time"));
    assert!(read_device(400, br#"{"error":"invalid_client"}"#, NOW).unwrap_err().message.contains("invalid_client"));
    assert!(read_device(200, b"{}", NOW).is_err());
}

#[test]
fn tokens_are_given_back_in_every_style() {
    let standard = custom_oauth2("revoke_url = \"https://login.acme.example/revoke\"\nclient_auth = \"basic\"");
    let calls = revocations(&connected(&standard, 60), &standard).unwrap();
    assert_eq!(calls.len(), 2);
    let first = form(&calls[0].body);
    assert_eq!((first["token"].as_str(), first["token_type_hint"].as_str()), ("refresh-1", "refresh_token"));
    assert!(calls[0].header("Authorization").unwrap().starts_with("Basic "));

    let stripe = shipped("stripe");
    let mut own = connected(&stripe, 60);
    own.set_value(&stripe, "stripe_user_id", "acct_1");
    let calls = revocations(&own, &stripe).unwrap();
    assert_eq!(calls[0].header("Authorization"), Some("Bearer client-secret-1"));
    assert_eq!(form(&calls[0].body)["stripe_user_id"], "acct_1");

    for (id, method, address, header, body) in [
        ("slack", "POST", "https://slack.com/api/auth.revoke", Some("Bearer access-1"), ""),
        ("hubspot", "DELETE", "https://api.hubapi.com/oauth/v1/refresh-tokens/refresh-1", None, ""),
        (
            "github",
            "DELETE",
            "https://api.github.com/applications/client-1/grant",
            Some("Basic Y2xpZW50LTE6Y2xpZW50LXNlY3JldC0x"),
            r#"{"access_token":"access-1"}"#,
        ),
        (
            "squareup",
            "POST",
            "https://connect.squareup.com/oauth2/revoke",
            Some("Client client-secret-1"),
            r#"{"access_token":"access-1","client_id":"client-1"}"#,
        ),
        ("facebook", "DELETE", "https://graph.facebook.com/v22.0/me/permissions", Some("Bearer access-1"), ""),
        ("miro", "POST", "https://api.miro.com/v1/oauth/revoke?access_token=access-1", None, ""),
    ] {
        let service = shipped(id);
        let calls = revocations(&connected(&service, 60), &service).unwrap();
        assert_eq!(calls.len(), 1, "{id}");
        let call = &calls[0];
        assert_eq!((call.method, call.url.as_str(), call.header("Authorization")), (method, address, header), "{id}");
        assert_eq!(call.body.expose(), body, "{id}");
    }

    // What is not there cannot be given back.
    let hubspot = shipped("hubspot");
    let mut connection = connected(&hubspot, 60);
    connection.oauth2_mut().unwrap().refresh_token = Secret::default();
    assert!(revocations(&connection, &hubspot).unwrap().is_empty());
    own.oauth2_mut().unwrap().access_token = Secret::default();
    own.oauth2_mut().unwrap().refresh_token = Secret::default();
    assert!(revocations(&own, &stripe).unwrap().is_empty());

    let none = shipped("mailchimp");
    assert!(revocations(&connected(&none, 60), &none).unwrap().is_empty());

    assert_eq!(read_revocation(&standard, 200, b""), Ok(()));
    assert_eq!(read_revocation(&standard, 400, br#"{"error":"invalid_token"}"#), Ok(()), "unknown there is given back");
    assert!(read_revocation(&standard, 400, br#"{"error":"unsupported_token_type"}"#).is_err());
    assert!(read_revocation(&standard, 503, b"").is_err());
    assert_eq!(read_revocation(&hubspot, 404, b""), Ok(()), "deleted already");
}

#[test]
fn error_kinds_keep_what_the_provider_said() {
    let error = TokenError::network("the name was not found").with_retry_after(Some(7));
    assert_eq!((error.kind, error.retry_after), (TokenErrorKind::Transient, Some(7)));
    assert!(error.message().contains("not reached") && error.message().contains("name was not found"));
}
