//! When a token is renewed, and what becomes of the connection.

use crate::{NOW, connected, custom, custom_oauth2, drafted, take};
use rainwright_connections::oauth2::{TokenError, TokenErrorKind, read_token};
use rainwright_connections::refresh::{self, Decision, Rejected};
use rainwright_connections::{Auth, Connection, Secret, Service, Status};
use rainwright_diagnostic::Code;

const REFRESH: Decision = Decision::Refresh { still_valid: true };
const DEAD: Decision = Decision::Refresh { still_valid: false };

fn error(service: &Service, status: u16, body: &str) -> TokenError {
    let Auth::OAuth2(settings) = service.auth() else { panic!("OAuth 2.0") };
    read_token(settings, status, body.as_bytes(), NOW).map(|_| ()).unwrap_err()
}

#[test]
fn a_token_is_due_a_quarter_hour_or_half_its_life_before_its_end() {
    let service = custom_oauth2("");
    for (life, at, expected) in [
        (3600, 0, Decision::Use),
        (3600, 2700, Decision::Use),
        (3600, 2701, REFRESH),
        (3600, 3599, REFRESH),
        (3600, 3600, DEAD),
        (600, 300, Decision::Use),
        (600, 301, REFRESH),
        (2, 1, Decision::Use),
        (2, 2, DEAD),
        (1, 0, Decision::Use),
        (1, 1, DEAD),
    ] {
        assert_eq!(refresh::due(&connected(&service, life), &service, NOW + at), expected, "{life} {at}");
    }
}

#[test]
fn a_token_of_unknown_end_is_used_until_the_service_refuses_it() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 0);
    connection.expires_at = None;
    assert_eq!(refresh::due(&connection, &service, NOW + 1_000_000), Decision::Use);
    assert_eq!(refresh::on_expiry(&connection, &service, NOW), DEAD);
    connection.oauth2_mut().unwrap().refresh_token = Secret::default();
    assert!(
        matches!(refresh::on_expiry(&connection, &service, NOW), Decision::Blocked(p) if p.code == Code::NeedsReauth)
    );
}

#[test]
fn a_token_is_young_for_a_minute_and_not_beyond_its_end() {
    let service = custom_oauth2("");
    for (life, age, expected) in
        [(3600, 0, true), (3600, 59, true), (3600, 60, false), (30, 31, false), (3600, -5, false)]
    {
        assert_eq!(refresh::is_young(&connected(&service, life), NOW + age, refresh::YOUNG), expected, "{life} {age}");
    }
    assert!(!refresh::is_young(&drafted(&service), NOW, refresh::YOUNG), "there is no token");
}

#[test]
fn without_a_refresh_token_the_last_second_is_used_and_then_a_person_is_asked() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 3600);
    connection.oauth2_mut().unwrap().refresh_token = Secret::default();
    assert_eq!(refresh::due(&connection, &service, NOW + 3599), Decision::Use);
    let Decision::Blocked(problem) = refresh::due(&connection, &service, NOW + 3600) else { panic!("not forever") };
    assert!(problem.code == Code::NeedsReauth && problem.help().contains("--reconnect acme"));
}

#[test]
fn grants_without_refresh_tokens_are_asked_anew() {
    for grant in ["client_credentials", "password", "login"] {
        let service = custom_oauth2(&format!("grant = \"{grant}\"\ntoken_params = {{ a = \"b\" }}"));
        let mut connection = connected(&service, 3600);
        connection.oauth2_mut().unwrap().refresh_token = Secret::default();
        assert_eq!(refresh::due(&connection, &service, NOW), Decision::Use);
        assert_eq!(refresh::due(&connection, &service, NOW + 3000), Decision::Rerequest { still_valid: true });
        assert_eq!(refresh::on_expiry(&connection, &service, NOW), Decision::Rerequest { still_valid: false });
        let mut fresh = drafted(&service);
        fresh.status = Status::Connected;
        assert_eq!(refresh::due(&fresh, &service, NOW), Decision::Rerequest { still_valid: false }, "no token yet");
    }
}

#[test]
fn keys_never_fall_due() {
    let service = custom("[basic]");
    let connection = Connection { status: Status::Connected, ..Connection::default() };
    assert_eq!(refresh::due(&connection, &service, NOW), Decision::Use);
    assert_eq!(refresh::on_expiry(&connection, &service, NOW), Decision::Use);
    assert!(!refresh::keep_alive_due(&connection, &service, NOW));
}

#[test]
fn expiry_is_told_by_status_and_body() {
    let plain = custom_oauth2("");
    assert!(refresh::is_expiry(&plain, 401, b"") && !refresh::is_expiry(&plain, 403, b""));
    // Marketo says 200 with a code, Halo 400, Fabric 403.
    let marketo = custom_oauth2("[[expired]]\nstatus = [200]\npath = \"errors.0.code\"\ncontains = [\"601\", \"602\"]");
    assert!(refresh::is_expiry(
        &marketo,
        200,
        br#"{"success":false,"errors":[{"code":"602","message":"Access token expired"}]}"#
    ));
    assert!(!refresh::is_expiry(&marketo, 200, br#"{"success":true,"result":[{"id":602}]}"#));
    assert!(!refresh::is_expiry(&marketo, 401, b""), "its own rules replace the usual one");
    let fabric = custom_oauth2("[[expired]]\nstatus = [401, 403]\ncontains = [\"TokenExpired\"]");
    assert!(refresh::is_expiry(&fabric, 403, b"{\"errorCode\":\"TokenExpired\"}"));
    assert!(!refresh::is_expiry(&fabric, 403, b"{\"errorCode\":\"Forbidden\"}"));
}

#[test]
fn success_brings_new_tokens_and_keeps_what_was_not_said() {
    let service = custom_oauth2("refresh_days = 60");
    let mut connection = connected(&service, 60);
    connection.scopes = vec!["a".to_owned()];
    connection.status = Status::Error;
    connection.failures = 3;
    connection.retry_at = Some(NOW + 99);
    take(&mut connection, &service, r#"{"access_token":"access-2","expires_in":3600}"#);
    let credentials = connection.oauth2().unwrap();
    assert_eq!((credentials.access_token.expose(), credentials.refresh_token.expose()), ("access-2", "refresh-1"));
    assert!(credentials.previous_refresh_token.is_empty(), "the same token is no generation");
    assert_eq!(connection.scopes, ["a"], "scopes that are not said are those asked for");
    assert_eq!((connection.status, connection.failures, connection.retry_at), (Status::Connected, 0, None));
    assert_eq!((connection.expires_at, connection.refresh_expires_at), (Some(NOW + 3600), Some(NOW + 60 * 86_400)));

    take(&mut connection, &service, r#"{"access_token":"access-3","refresh_token":"refresh-2"}"#);
    let credentials = connection.oauth2().unwrap();
    assert_eq!(
        (credentials.refresh_token.expose(), credentials.previous_refresh_token.expose()),
        ("refresh-2", "refresh-1")
    );
    assert_eq!(connection.expires_at, None);
    let stated = custom_oauth2("token_seconds = 1800");
    let mut connection = connected(&stated, 60);
    take(&mut connection, &stated, r#"{"access_token":"t"}"#);
    assert_eq!(connection.expires_at, Some(NOW + 1800), "the service's own length");
}

#[test]
fn a_refused_grant_is_looked_at_twice_before_a_person_is_asked() {
    let service = custom_oauth2("");
    let used = connected(&service, 60);
    let mut renewed = used.clone();
    take(&mut renewed, &service, r#"{"access_token":"access-2","refresh_token":"refresh-2"}"#);
    assert_eq!(refresh::rejected(&used, Some(&renewed), false), Rejected::UseStored, "somebody else renewed");
    assert_eq!(refresh::rejected(&used, Some(&used), false), Rejected::Reauthorize);
    assert_eq!(refresh::rejected(&used, None, false), Rejected::Reauthorize);
    assert_eq!(refresh::rejected(&renewed, Some(&renewed), false), Rejected::TryPrevious);
    assert_eq!(refresh::rejected(&renewed, Some(&renewed), true), Rejected::Reauthorize);
    let credentials = renewed.oauth2().unwrap();
    assert_eq!(refresh::token_to_send(credentials, false).expose(), "refresh-2");
    assert_eq!(refresh::token_to_send(credentials, true).expose(), "refresh-1");

    let mut connection = used;
    let problem = refresh::fail(
        &mut connection,
        &error(&service, 400, r#"{"error":"invalid_grant","error_description":"revoked"}"#),
        None,
        NOW,
    );
    assert_eq!((problem.code, connection.status), (Code::NeedsReauth, Status::NeedsReauth));
    assert!(problem.message.contains("invalid_grant, revoked"), "{problem}");
    assert!(!connection.oauth2().unwrap().refresh_token.is_empty(), "the grant is never thrown away");
    assert!(matches!(refresh::due(&connection, &service, NOW), Decision::Blocked(p) if p.code == Code::NeedsReauth));
}

#[test]
fn a_renewal_that_was_cut_off_is_remembered_until_the_provider_has_answered() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    assert_eq!(refresh::begin(&mut connection, NOW), None);
    // Its process died; the next one meets what it left.
    assert_eq!(refresh::begin(&mut connection, NOW + 50), Some(NOW));
    for unclear in [TokenError::network("cut"), error(&service, 502, "")] {
        refresh::fail(&mut connection, &unclear, Some(NOW), NOW + 60);
        assert_eq!(connection.renewal_begun, Some(NOW), "the provider may have acted on it");
    }
    let refused = error(&service, 400, r#"{"error":"invalid_grant"}"#);
    let problem = refresh::fail(&mut connection, &refused, Some(NOW), NOW + 90);
    assert!(problem.message.contains("began at 2023-11-14T22:13:20Z was cut off"), "{problem}");
    assert!(problem.message.contains("invalid_grant") && problem.help().contains("--reconnect"), "{problem}");
    assert_eq!(connection.renewal_begun, None);

    let mut connection = connected(&service, 60);
    refresh::begin(&mut connection, NOW);
    take(&mut connection, &service, r#"{"access_token":"access-2"}"#);
    assert_eq!(connection.renewal_begun, None, "an answer that was taken in ends it");
}

#[test]
fn what_may_pass_keeps_the_login_and_waits_longer_each_time() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let problem = refresh::fail(&mut connection, &error(&service, 503, ""), None, NOW);
        assert_eq!((problem.code, connection.status), (Code::RefreshFailed, Status::Error));
        pauses.push(connection.retry_at.unwrap() - NOW);
    }
    assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    assert_eq!(refresh::due(&connection, &service, NOW + 59), Decision::Use, "what still works is used meanwhile");
    let Decision::Blocked(problem) = refresh::due(&connection, &service, NOW + 60) else { panic!("it cools down") };
    assert_eq!(problem.code, Code::RefreshFailed);
    assert!(problem.help().contains("3540 s"), "{}", problem.help());
    assert_eq!(refresh::due(&connection, &service, NOW + 3600), DEAD);
    connection.failures = u32::MAX;
    refresh::fail(&mut connection, &TokenError::network("no route"), None, NOW);
    assert_eq!(connection.retry_at, Some(NOW + 3600));
}

#[test]
fn a_provider_that_asks_to_wait_is_waited_for() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    refresh::fail(&mut connection, &error(&service, 429, "").with_retry_after(Some(600)), None, NOW);
    assert_eq!(connection.retry_at, Some(NOW + 600));
    let mut connection = connected(&service, 60);
    refresh::fail(&mut connection, &error(&service, 429, "").with_retry_after(Some(i64::MAX)), None, NOW);
    assert_eq!(connection.retry_at, Some(NOW + 86_400), "but not for ever");
}

#[test]
fn a_wrong_client_says_what_to_do_and_keeps_the_login() {
    let service = custom_oauth2("");
    let mut connection = connected(&service, 60);
    let problem = refresh::fail(&mut connection, &error(&service, 401, r#"{"error":"invalid_client"}"#), None, NOW);
    assert_eq!(connection.status, Status::Error);
    assert!(problem.help().contains("client id and secret") && problem.help().contains("acme"), "{}", problem.help());
    assert_eq!(error(&service, 400, "<html>").kind, TokenErrorKind::Unreadable);
}

#[test]
fn idle_connections_are_kept_alive() {
    let day = 86_400;
    let service = custom_oauth2("refresh_days = 60");
    let mut connection = connected(&service, 3600);
    assert!(!refresh::keep_alive_due(&connection, &service, NOW + 39 * day));
    assert!(refresh::keep_alive_due(&connection, &service, NOW + 40 * day));
    connection.refresh_expires_at = Some(NOW + 90 * day);
    assert!(!refresh::keep_alive_due(&connection, &service, NOW + 59 * day), "what the provider said counts more");
    assert!(refresh::keep_alive_due(&connection, &service, NOW + 60 * day));
    connection.status = Status::Disabled;
    assert!(!refresh::keep_alive_due(&connection, &service, NOW + 89 * day));
    let unknown = custom_oauth2("");
    assert!(!refresh::keep_alive_due(&connected(&unknown, 3600), &unknown, NOW + 1000 * day));
}
