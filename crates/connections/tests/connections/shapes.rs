//! Parameters, answers and hosts of unusual shape, and what holds for the whole catalogue.

use crate::quirks::{REFRESH, call, come_back, consent, token_form};
use crate::{NOW, connected, drafted, shipped, take};
use rainwright_connections::oauth2::{TokenGrant, consent_url, token_request};
use rainwright_connections::{Catalogue, Secret, refresh};
use rainwright_diagnostic::Code;

#[test]
fn the_way_of_proving_can_differ_for_renewing() {
    // Sage Intacct takes Basic with the code, and wants the body when renewing.
    let service = crate::custom_oauth2("client_auth = \"basic\"\nrefresh_client_auth = \"body\"");
    let connection = connected(&service, 60);
    let renewing = token_request(&connection, &service, REFRESH).unwrap();
    assert!(
        renewing.header("Authorization").is_none() && renewing.body.expose().contains("client_secret=client-secret-1")
    );
    let (_, pending) = consent_url(&connection, &service, "http://127.0.0.1/", &[], &[1; 64], NOW).unwrap();
    let code = Secret::new("c");
    let first = token_request(&connection, &service, TokenGrant::Code { code: &code, pending: &pending }).unwrap();
    assert!(first.header("Authorization").is_some() && !first.body.expose().contains("client_secret"));
}

#[test]
fn parameters_may_have_other_names() {
    let amazon = shipped("amazon_selling_partner");
    let mut connection = drafted(&amazon);
    for (field, value) in [("application_id", "amzn1.app"), ("domain", "sellercentral.amazon.com")] {
        connection.set_value(&amazon, field, value);
    }
    assert_eq!(consent(&connection, &amazon)["application_id"], "amzn1.app");
    let code = come_back(&mut connection, &amazon, "spapi_oauth_code=sp1&selling_partner_id=S1");
    assert_eq!((code.expose(), connection.values["selling_partner_id"].as_str()), ("sp1", "S1"));
    let (_, pending) = consent_url(&connection, &amazon, "http://127.0.0.1/", &[], &[1; 64], NOW).unwrap();
    let sent = token_form(&connection, &amazon, TokenGrant::Code { code: &code, pending: &pending }).1;
    assert_eq!(sent["code"], "sp1", "at the token URL it is the code again");

    let tiktok = shipped("tiktok_accounts");
    assert_eq!(consent(&drafted(&tiktok), &tiktok)["client_key"], "client-1");
    let mut connection = connected(&tiktok, 60);
    take(
        &mut connection,
        &tiktok,
        r#"{"code":0,"data":{"access_token":"t","refresh_token":"r","expires_in":86400,"scope":"a,b"}}"#,
    );
    assert_eq!((connection.oauth2().unwrap().access_token.expose(), connection.scopes.len()), ("t", 2));
}

#[test]
fn the_api_host_may_come_with_the_token() {
    for (id, answer, url, host) in [
        (
            "pipedrive",
            r#"{"access_token":"t","api_domain":"https://acme.pipedrive.com"}"#,
            "{api_domain}/api/v1/deals",
            "acme.pipedrive.com",
        ),
        (
            "wrike",
            r#"{"access_token":"t","host":"app-us2.wrike.com"}"#,
            "https://{host}/api/v4/tasks",
            "app-us2.wrike.com",
        ),
        (
            "teamwork",
            r#"{"access_token":"t","installation":{"apiEndPoint":"https://acme.teamwork.com/"}}"#,
            "{api_endpoint}/x.json",
            "acme.teamwork.com",
        ),
    ] {
        let service = shipped(id);
        let mut connection = drafted(&service);
        take(&mut connection, &service, answer);
        let url = url::Url::parse(&call(&connection, &service, url).url).unwrap();
        assert_eq!(url.host_str(), Some(host));
    }
}

#[test]
fn basecamp_names_the_type_of_each_step() {
    let service = shipped("basecamp");
    let connection = connected(&service, 60);
    assert_eq!(consent(&connection, &service)["type"], "web_server");
    assert_eq!(token_form(&connection, &service, REFRESH).1["type"], "refresh");
}

#[test]
fn facebook_and_instagram_renew_with_the_token_itself() {
    for id in ["facebook", "instagram"] {
        let service = shipped(id);
        let mut connection = connected(&service, 60 * 86_400);
        connection.oauth2_mut().unwrap().refresh_token = Secret::default();
        assert_eq!(refresh::due(&connection, &service, NOW + 86_400), refresh::Decision::Use);
        let late = NOW + 40 * 86_400;
        assert_eq!(refresh::due(&connection, &service, late), refresh::Decision::Refresh { still_valid: true });
        assert!(refresh::keep_alive_due(&connection, &service, NOW + 45 * 86_400));
        let call = token_request(&connection, &service, REFRESH).unwrap();
        assert_eq!(call.method, "GET");
        assert!(
            call.url.query().unwrap().contains("=access-1") && !call.url.query().unwrap().contains("refresh_token=")
        );
        let dead = refresh::due(&connection, &service, NOW + 61 * 86_400);
        assert!(matches!(dead, refresh::Decision::Blocked(p) if p.code == Code::NeedsReauth));
    }
}

#[test]
fn withings_and_personio_nest_the_token() {
    let withings = shipped("withings");
    let mut connection = drafted(&withings);
    take(
        &mut connection,
        &withings,
        r#"{"status":0,"body":{"userid":1,"access_token":"t","refresh_token":"r","expires_in":10800}}"#,
    );
    assert_eq!(connection.expires_at, Some(NOW + 10_800));
    assert_eq!(token_form(&connection, &withings, REFRESH).1["action"], "requesttoken");
    assert!(refresh::is_expiry(&withings, 200, br#"{"status":401}"#));
    let personio = shipped("personio");
    let mut connection = drafted(&personio);
    let login = token_request(&connection, &personio, TokenGrant::First).unwrap();
    assert_eq!(login.body.expose(), r#"{"client_id":"client-1","client_secret":"client-secret-1"}"#);
    take(&mut connection, &personio, r#"{"success":true,"data":{"token":"t"}}"#);
    assert_eq!(connection.expires_at, Some(NOW + 86_400));
}

#[test]
fn netsuite_signs_with_sha256_and_a_realm() {
    let service = shipped("netsuite_tba");
    let settings = service.oauth1.as_ref().unwrap();
    assert_eq!(settings.signature_method.name(), "HMAC-SHA256");
    assert_eq!(settings.realm.as_deref(), Some("{realm}"));
}

#[test]
fn a_consent_parameter_is_never_a_misspelt_pair() {
    // One catalogue in the world ships consent=prompt where prompt=consent is meant.
    for service in Catalogue::shipped().all() {
        if let Some(settings) = &service.oauth2 {
            assert!(!settings.authorize_params.contains_key("consent"), "{}", service.id);
        }
    }
}

#[test]
fn the_services_that_people_know_by_name_are_there() {
    let catalogue = Catalogue::shipped();
    for (asked, id) in [
        ("eventbrite", "eventbrite"),
        ("bomgar", "beyondtrust_remote_support"),
        ("dropbox", "dropbox"),
        ("pandadoc", "pandadoc"),
        ("google drive", "google_drive"),
        ("google contacts", "google_contacts"),
        ("google calendar", "google_calendar"),
        ("google ads", "google_ads"),
        ("office", "microsoft"),
        ("outlook", "outlook"),
        ("MailChimp", "mailchimp"),
    ] {
        let found = catalogue.search(asked);
        assert_eq!(found.first().map(|s| s.id.as_str()), Some(id), "{asked}");
        assert!(found[0].zoho_default, "{id}");
    }
    assert!(catalogue.all().filter(|s| s.zoho_default).count() >= 20);
    assert_eq!(catalogue.ids().len(), 200);
    let unknown = catalogue.get("mailchmp").unwrap_err();
    assert!(unknown.help().contains("\"mailchimp\""));
}
