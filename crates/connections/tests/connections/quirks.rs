//! What single providers do differently, each as its service file has it.

use crate::{NOW, connected, drafted, shipped, take};
use rainwright_connections::oauth2::{TokenGrant, consent_url, token_request};
use rainwright_connections::{Catalogue, Connection, Secret, Service, authorize, lookup, refresh};
use rainwright_diagnostic::Code;
use rainwright_effect::HttpRequest;
use std::collections::HashMap;

pub fn consent(connection: &Connection, service: &Service) -> HashMap<String, String> {
    let (url, _) = consent_url(connection, service, "http://127.0.0.1/callback", &[], &[3; 64], NOW).unwrap();
    url.query_pairs().into_owned().collect()
}

/// Runs the consent with more parameters in the callback and keeps what the service keeps.
pub fn come_back(connection: &mut Connection, service: &Service, more: &str) -> Secret {
    let (url, mut pending) = consent_url(connection, service, "http://127.0.0.1/callback", &[], &[3; 64], NOW).unwrap();
    let state = url.query_pairs().find(|(n, _)| n == "state").unwrap().1.into_owned();
    let consent = pending.accept(service, &format!("?state={state}&{more}"), NOW).unwrap();
    for (field, value) in &consent.values {
        connection.set_value(service, field, value);
    }
    consent.code
}

pub fn token_form(
    connection: &Connection,
    service: &Service,
    grant: TokenGrant<'_>,
) -> (String, HashMap<String, String>) {
    let call = token_request(connection, service, grant).unwrap();
    (call.url.to_string(), url::form_urlencoded::parse(call.body.expose().as_bytes()).into_owned().collect())
}

pub const REFRESH: TokenGrant<'static> = TokenGrant::Refresh { previous: false };

pub fn call(connection: &Connection, service: &Service, url: &str) -> HttpRequest {
    let mut request = HttpRequest::new("GET", url);
    authorize(connection, service, &mut request, NOW, [0; 16]).unwrap();
    request
}

#[test]
fn zoho_finds_the_data_centre_of_the_account() {
    let service = shipped("zoho_crm");
    let mut connection = connected(&service, 3600);
    let asked = consent(&connection, &service);
    assert_eq!((asked["access_type"].as_str(), asked["prompt"].as_str()), ("offline", "consent"));
    assert!(asked["scope"].contains("ZohoCRM.modules.ALL,ZohoCRM"), "commas stand between scopes");
    assert_eq!(token_form(&connection, &service, REFRESH).0, "https://accounts.zoho.com/oauth/v2/token");

    come_back(&mut connection, &service, "code=c&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu");
    assert_eq!(token_form(&connection, &service, REFRESH).0, "https://accounts.zoho.eu/oauth/v2/token");
    take(
        &mut connection,
        &service,
        r#"{"access_token":"t","api_domain":"https://www.zohoapis.eu","token_type":"Bearer","expires_in":3600}"#,
    );
    let request = call(&connection, &service, "{api_domain}/crm/v2/Leads");
    assert_eq!(request.url, "https://www.zohoapis.eu/crm/v2/Leads");
    assert_eq!(request.header("Authorization"), Some("Zoho-oauthtoken t"));

    connection.set_value(&service, "accounts_server", "https://accounts.zoho.com.evil.example");
    let problem = token_request(&connection, &service, REFRESH).unwrap_err();
    assert_eq!(problem.code, Code::HostNotAllowed, "a forged callback does not get the client's secret");
    connection.set_value(&service, "accounts_server", "http://accounts.zoho.eu");
    assert!(token_request(&connection, &service, REFRESH).is_err(), "nor does one without TLS");

    let mut canada = connected(&service, 3600);
    canada.set_value(&service, "dc", "zohocloud.ca");
    assert_eq!(token_form(&canada, &service, REFRESH).0, "https://accounts.zohocloud.ca/oauth/v2/token");
    assert!(
        refresh::is_expiry(&service, 401, b"") && refresh::is_expiry(&service, 400, br#"{"code":"INVALID_TOKEN"}"#)
    );
    assert!(!refresh::is_expiry(&service, 400, br#"{"code":"INVALID_DATA"}"#));
}

#[test]
fn zohos_name_in_manifests_is_an_alias() {
    assert_eq!(Catalogue::shipped().get("zlabs_integration").unwrap().id, "zoho_oauth");
}

#[test]
fn google_gives_a_refresh_token_only_when_asked_so() {
    for service in Catalogue::shipped().all().filter(|s| s.category == "google") {
        let asked = consent(&drafted(&service), &service);
        assert_eq!((asked["access_type"].as_str(), asked["prompt"].as_str()), ("offline", "consent"), "{}", service.id);
        assert!(!asked["scope"].is_empty());
    }
}

#[test]
fn microsoft_wants_offline_access_and_knows_tenants() {
    assert!(consent(&drafted(&shipped("outlook")), &shipped("outlook"))["scope"].starts_with("offline_access "));
    let service = shipped("microsoft_tenant_specific");
    let mut connection = connected(&service, 60);
    connection.set_value(&service, "tenant", "contoso.onmicrosoft.com");
    assert_eq!(
        token_form(&connection, &service, REFRESH).0,
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
    );
    connection.set_value(&service, "tenant", "../common");
    assert!(token_form(&connection, &service, REFRESH).0.contains("/..%2Fcommon/"));
}

#[test]
fn slack_refuses_with_200_and_hides_a_webhook() {
    let service = shipped("slack");
    let mut connection = connected(&service, 60);
    let asked = consent(&connection, &service);
    assert_eq!(asked["scope"], "chat:write");
    take(
        &mut connection,
        &service,
        r#"{"ok":true,"access_token":"xoxb-1","token_type":"bot","scope":"chat:write,users:read",
        "bot_user_id":"U0","team":{"id":"T1","name":"Acme"},"authed_user":{"id":"U1"},
        "incoming_webhook":{"url":"https://hooks.slack.com/services/T1/B1/x","channel":"news"}}"#,
    );
    assert_eq!(connection.scopes, ["chat:write", "users:read"]);
    assert_eq!(connection.values["team_id"], "T1");
    assert!(!connection.values.contains_key("webhook_url") && !connection.secret_values["webhook_url"].is_empty());
    assert!(!format!("{connection:?}").contains("hooks.slack.com"));
    assert_eq!(connection.expires_at, None, "classic tokens do not end");
    assert!(refresh::is_expiry(&service, 200, br#"{"ok":false,"error":"token_expired"}"#));
    assert!(!refresh::is_expiry(&service, 200, br#"{"ok":false,"error":"channel_not_found"}"#));
    assert!(!refresh::is_expiry(&service, 200, b"token_expired"));
}

#[test]
fn mailchimp_tells_its_data_centre_after_the_consent() {
    let service = shipped("mailchimp");
    let mut connection = drafted(&service);
    take(&mut connection, &service, r#"{"access_token":"t","expires_in":0,"scope":null}"#);
    assert_eq!(
        (connection.expires_at, refresh::due(&connection, &service, NOW + 1_000_000_000)),
        (None, refresh::Decision::Use)
    );
    let step = &service.after_consent[0];
    let call = lookup::call(&connection, &service, step, NOW, [0; 16]).unwrap();
    assert_eq!(call.url.as_str(), "https://login.mailchimp.com/oauth2/metadata");
    assert_eq!(call.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("authorization")).count(), 1);
    assert_eq!(call.header("Authorization"), Some("OAuth t"));
    assert!(lookup::read(&mut connection, &service, step, 200, b"{}").unwrap_err().message.contains("dc"));
    assert!(lookup::read(&mut connection, &service, step, 401, b"").is_err());
    assert!(lookup::read(&mut connection, &service, step, 200, b"<html>").is_err());
    lookup::read(
        &mut connection,
        &service,
        step,
        200,
        br#"{"dc":"us6","api_endpoint":"https://us6.api.mailchimp.com"}"#,
    )
    .unwrap();
    assert_eq!(
        self::call(&connection, &service, "https://{dc}.api.mailchimp.com/3.0/lists").url,
        "https://us6.api.mailchimp.com/3.0/lists"
    );
}

#[test]
fn salesforce_calls_go_to_the_instance() {
    let service = shipped("salesforce");
    let mut connection = connected(&service, 60);
    assert_eq!(token_form(&connection, &service, REFRESH).0, "https://login.salesforce.com/services/oauth2/token");
    take(&mut connection, &service, r#"{"access_token":"t","instance_url":"https://acme.my.salesforce.com","id":"x"}"#);
    assert_eq!(connection.expires_at, None);
    assert_eq!(
        call(&connection, &service, "{instance_url}/services/data").url,
        "https://acme.my.salesforce.com/services/data"
    );
    connection.set_value(&service, "domain", "acme");
    assert!(
        authorize(
            &connection,
            &service,
            &mut HttpRequest::new("GET", "https://{domain}.my.salesforce.com/x"),
            NOW,
            [0; 16]
        )
        .is_ok()
    );
    assert!(refresh::is_expiry(&service, 401, br#"[{"errorCode":"INVALID_SESSION_ID"}]"#));
    assert!(!refresh::is_expiry(&service, 403, br#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#));
    connection.set_value(&service, "instance_url", "https://evil.example");
    let mut stolen = HttpRequest::new("GET", "{instance_url}/x");
    assert_eq!(authorize(&connection, &service, &mut stolen, NOW, [0; 16]).unwrap_err().code, Code::HostNotAllowed);
}

#[test]
fn shopify_has_a_header_of_its_own_and_a_host_a_shop() {
    let service = shipped("shopify");
    let mut connection = connected(&service, 60);
    connection.set_value(&service, "subdomain", "acme");
    let request = call(&connection, &service, "https://{subdomain}.myshopify.com/admin/api/2024-10/shop.json");
    assert_eq!((request.header("X-Shopify-Access-Token"), request.header("Authorization")), (Some("access-1"), None));
    let mut other = HttpRequest::new("GET", "https://other.myshopify.com/");
    assert!(authorize(&connection, &service, &mut other, NOW, [0; 16]).is_err(), "another shop is another host");
}

#[test]
fn shopifys_callback_must_be_signed_with_the_clients_secret() {
    let service = shipped("shopify");
    let mut connection = drafted(&service);
    connection.set_value(&service, "subdomain", "acme");
    // Made with openssl: the sorted pairs, joined by &, under the key client-secret-1.
    let (url, pending) = consent_url(&connection, &service, "http://127.0.0.1/callback", &[], &[3; 64], NOW).unwrap();
    let state = url.query_pairs().find(|(n, _)| n == "state").unwrap().1.into_owned();
    assert_eq!(state, "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM");
    let good = "9a88d56a7539b6e57eb2bbbea30831169789e8480045ad6b83133f29c652dd2c";
    let said = format!("?code=c&shop=acme.myshopify.com&state={state}&timestamp=1337178173");
    let come = |query: String| pending.clone().accept(&service, &query, NOW).map(|consent| consent.code);
    assert_eq!(come(format!("{said}&hmac={good}")).unwrap().expose(), "c");
    for forged in [
        said.clone(),
        format!("{said}&hmac="),
        format!("{said}&hmac=zz"),
        format!("{said}&hmac={}", good.replace('a', "b")),
        format!("{said}&hmac={good}&extra=1"),
        format!("{said}&hmac={good}").replace("acme.", "evil."),
    ] {
        assert_eq!(come(forged.clone()).unwrap_err().code, Code::AuthorizationFailed, "{forged}");
    }
    // Signed well, but by another shop that uses the same application. Made with openssl as well.
    let other = "4aac7699d4df71253d678a034ae4f269baf84705bd6f61d3b23bff381ff0304e";
    let query = format!("{said}&hmac={other}").replace("acme.", "evil.");
    let problem = come(query).unwrap_err();
    assert!(
        problem.message.contains("evil.myshopify.com") && problem.message.contains("acme.myshopify.com"),
        "{problem}"
    );
}

#[test]
fn quickbooks_names_the_company_in_the_callback_only() {
    let service = shipped("quickbooks");
    let mut connection = connected(&service, 60);
    come_back(&mut connection, &service, "code=c&realmId=9341453474484455");
    assert!(
        call(&connection, &service, "https://quickbooks.api.intuit.com/v3/company/{realm_id}/x")
            .url
            .contains("/9341453474484455/")
    );
    take(
        &mut connection,
        &service,
        r#"{"access_token":"t2","refresh_token":"r2","expires_in":3600,"x_refresh_token_expires_in":8726400}"#,
    );
    assert_eq!(connection.refresh_expires_at, Some(NOW + 8_726_400));
    let credentials = connection.oauth2().unwrap();
    assert_eq!((credentials.refresh_token.expose(), credentials.previous_refresh_token.expose()), ("r2", "refresh-1"));
    assert!(
        token_request(&connection, &service, REFRESH).unwrap().header("Authorization").unwrap().starts_with("Basic ")
    );
}

#[test]
fn stripe_keeps_the_account() {
    let service = shipped("stripe");
    let mut connection = drafted(&service);
    take(
        &mut connection,
        &service,
        r#"{"access_token":"t","stripe_user_id":"acct_1","livemode":false,"scope":"read_write"}"#,
    );
    assert_eq!(connection.values["stripe_user_id"], "acct_1");
}

#[test]
fn docusign_xero_and_atlassian_are_looked_up() {
    for (id, answer, url, filled) in [
        (
            "docusign",
            r#"{"accounts":[{"account_id":"a1","base_uri":"https://eu.docusign.net"}]}"#,
            "{base_uri}/restapi/v2.1/accounts/{account_id}",
            "https://eu.docusign.net/restapi/v2.1/accounts/a1",
        ),
        (
            "xero",
            r#"[{"tenantId":"t1","tenantName":"Acme"}]"#,
            "https://api.xero.com/api.xro/2.0/Invoices",
            "https://api.xero.com/api.xro/2.0/Invoices",
        ),
        (
            "jira",
            r#"[{"id":"c1","url":"https://acme.atlassian.net"}]"#,
            "https://api.atlassian.com/ex/jira/{cloud_id}/rest/api/3/myself",
            "https://api.atlassian.com/ex/jira/c1/rest/api/3/myself",
        ),
        (
            "basecamp",
            r#"{"accounts":[{"id":123,"href":"x"}]}"#,
            "https://3.basecampapi.com/{account_id}/projects.json",
            "https://3.basecampapi.com/123/projects.json",
        ),
    ] {
        let service = shipped(id);
        let mut connection = connected(&service, 60);
        if id == "basecamp" {
            connection.set_value(&service, "contact", "dev@acme.example");
        }
        let step = &service.after_consent[0];
        let made = lookup::call(&connection, &service, step, NOW, [0; 16]).unwrap();
        assert_eq!(made.header("Authorization"), Some("Bearer access-1"), "{id}");
        lookup::read(&mut connection, &service, step, 200, answer.as_bytes()).unwrap();
        assert_eq!(call(&connection, &service, url).url, filled, "{id}");
    }
    let service = shipped("xero");
    let mut connection = connected(&service, 60);
    connection.set_value(&service, "tenant_id", "t1");
    assert_eq!(call(&connection, &service, "https://api.xero.com/x").header("Xero-Tenant-Id"), Some("t1"));
}

#[test]
fn twitters_two_ways_and_trello_and_tumblr() {
    assert!(
        shipped("twitter").oauth1.is_some()
            && shipped("tumblr_oauth1").oauth1.is_some()
            && shipped("tumblr").oauth2.is_some()
    );
    let v2 = shipped("twitter_v2");
    let asked = consent(&drafted(&v2), &v2);
    assert!(asked.contains_key("code_challenge") && asked["scope"].contains("offline.access"));
    let trello = shipped("trello");
    let params = &trello.oauth1.as_ref().unwrap().authorize_params;
    assert!(params.contains_key("name") && params.contains_key("expiration") && params.contains_key("scope"));
}

#[test]
fn etsy_sends_its_client_with_every_call() {
    let service = shipped("etsy");
    assert!(consent(&drafted(&service), &service).contains_key("code_challenge"));
    let mut connection = drafted(&service);
    take(&mut connection, &service, r#"{"access_token":"123.abc","refresh_token":"123.r","expires_in":3600}"#);
    let request = call(&connection, &service, "https://api.etsy.com/v3/application/users/me");
    assert_eq!(request.header("Authorization"), Some("Bearer 123.abc"));
    assert!(request.header("x-api-key").is_some());
}

#[test]
fn notion_wants_basic_with_json() {
    let service = shipped("notion");
    let call = token_request(&connected(&service, 60), &service, REFRESH).unwrap();
    assert!(call.header("Authorization").unwrap().starts_with("Basic "));
    assert_eq!(call.header("Content-Type"), Some("application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(call.body.expose()).unwrap().get("client_secret").is_none());
}

#[test]
fn github_is_asked_for_json_and_read_as_a_form() {
    let service = shipped("github");
    let call = token_request(&connected(&service, 60), &service, REFRESH).unwrap();
    assert_eq!(call.header("Accept"), Some("application/json"));
    let mut connection = drafted(&service);
    take(&mut connection, &service, "access_token=gho_1&scope=repo%2Cgist&token_type=bearer");
    assert_eq!(connection.scopes, ["repo", "gist"]);
    assert!(self::call(&connection, &service, "https://api.github.com/user").header("User-Agent").is_some());
}

#[test]
fn reddit_wants_a_permanent_login_and_a_user_agent() {
    let service = shipped("reddit");
    let mut connection = connected(&service, 60);
    connection.set_value(&service, "contact", "/u/acme");
    assert_eq!(consent(&connection, &service)["duration"], "permanent");
    assert_eq!(
        call(&connection, &service, "https://oauth.reddit.com/api/v1/me").header("User-Agent"),
        Some("Rainwright (/u/acme)")
    );
}
