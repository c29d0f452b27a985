//! Every provider that breaks naive clients, played by the sandbox at its real hosts and paths: login, call, renewal.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::stage::Stage;
use rainwright_connections::{Connection, Status};
use rainwright_diagnostic::Code;
use serde_json::{Value, json};

/// Logs in, calls, and lets the token end where it does: the call after that must be served too, after one renewal.
async fn works(stage: &Stage, service: &str, provider: &str, answers: &[(&str, &str)], url: &str) -> Connection {
    let made = stage.connect(service, answers).await.unwrap_or_else(|p| panic!("{service}: {p} {}", p.help()));
    assert_eq!(made.status, Status::Connected);
    serves(stage, service, url).await;
    if !made.oauth2().unwrap().refresh_token.is_empty() {
        for round in 1..=2 {
            stage.expire(provider).await;
            serves(stage, service, url).await;
            assert_eq!(stage.count(provider, "refreshed").await, round, "{service}: one renewal an expiry");
        }
        assert_eq!(stage.count(provider, "reused").await, 0, "{service}");
    }
    assert_eq!(stage.count(provider, "refused").await, 0, "{service}: the token URL refused nothing");
    stage.stored(service)
}

/// A call that is answered by who is signed in.
async fn serves(stage: &Stage, service: &str, url: &str) {
    let answer = stage.get(service, url).await.unwrap_or_else(|p| panic!("{service}: {p}"));
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    assert_eq!((answer.status, &body["user"]), (200, &json!("robin@example.com")), "{service}: {body}");
}

fn rotates(connection: &Connection) -> bool {
    !connection.oauth2().unwrap().previous_refresh_token.is_empty()
}

fn renews(connection: &Connection) -> bool {
    !connection.oauth2().unwrap().refresh_token.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn zoho_signs_in_at_the_accounts_server_of_its_data_centre() {
    let stage = Stage::new().await;
    let made = stage.connect("zoho_crm", &[]).await.unwrap();
    assert_eq!(made.values["accounts_server"], "https://accounts.zoho.com");
    let leads = || stage.get("zoho_crm", "{api_domain}/crm/v2/Leads");
    assert_eq!(leads().await.unwrap().status, 200);
    stage.expire("zoho").await;
    assert_eq!(leads().await.unwrap().status, 200);
    // Ten tokens in ten minutes are all it gives: then it says so with HTTP 400 and words of its own.
    stage.expire("zoho").await;
    let words = r#"{"error":"Access Denied","error_description":"You have made too many requests continuously. Please try again after some time.","status":"failure"}"#;
    stage.fault(json!({ "service": "zoho-accounts", "status": 400, "body": words })).await;
    let problem = leads().await.unwrap_err();
    assert_eq!(problem.code, Code::RefreshFailed, "{problem}");
    let stored = stage.stored("zoho_crm");
    assert!(stored.status == Status::Error && renews(&stored), "the login is kept");
    let wait = stored.retry_at.unwrap();
    assert!(wait > 0);
    stage.registry.change(&stored.key(), |c| c.retry_at = None).unwrap();
    assert_eq!(leads().await.unwrap().status, 200);
    // A refusal comes with HTTP 200.
    stage.expire("zoho").await;
    stage.fault(json!({ "service": "zoho-accounts", "status": 200, "body": r#"{"error":"invalid_code"}"# })).await;
    assert_eq!(leads().await.unwrap_err().code, Code::NeedsReauth);
}

#[tokio::test(flavor = "multi_thread")]
async fn google_gives_a_refresh_token_to_who_asks_for_consent_anew() {
    let stage = Stage::new().await;
    let made = stage.connect("google_calendar", &[]).await.unwrap();
    assert!(renews(&made), "access_type=offline and prompt=consent");
    let list = "https://www.googleapis.com/calendar/v3/users/me/calendarList";
    assert_eq!(stage.get("google_calendar", list).await.unwrap().status, 200);
    stage.expire("google").await;
    assert_eq!(stage.get("google_calendar", list).await.unwrap().status, 200);
    // An application in testing loses its logins after seven days.
    stage.expire("google").await;
    stage.order("revoke", &json!({ "service": "google" })).await;
    let problem = stage.get("google_calendar", list).await.unwrap_err();
    assert_eq!(problem.code, Code::NeedsReauth);
    assert!(problem.help().contains("--reconnect google_calendar"), "{}", problem.help());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_with_consent_and_prompt_mixed_up_would_get_no_refresh_token() {
    let service = r#"
id = "mixed_up"
name = "Mixed up"
api = "https://www.googleapis.com"
[oauth2]
authorize_url = "https://accounts.google.com/o/oauth2/v2/auth"
token_url = "https://oauth2.googleapis.com/token"
authorize_params = { access_type = "offline", consent = "prompt" }
"#;
    let stage = Stage::with(service).await;
    assert!(!renews(&stage.connect("mixed_up", &[]).await.unwrap()), "the sandbox is as strict as the provider");
    assert!(renews(&stage.connect("google_drive", &[]).await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn microsoft_wants_offline_access_one_resource_and_the_right_tenant() {
    let stage = Stage::new().await;
    let kept = works(&stage, "outlook", "microsoft", &[], "https://graph.microsoft.com/v1.0/me").await;
    assert!(rotates(&kept));
    let tenant = [("tenant", "contoso.onmicrosoft.com")];
    let stage = Stage::new().await;
    works(&stage, "microsoft_tenant_specific", "microsoft", &tenant, "https://graph.microsoft.com/v1.0/me").await;
    let stage = Stage::new().await;
    let unknown = stage.connect("microsoft_tenant_specific", &[("tenant", "nobody.example")]).await.unwrap_err();
    assert!(unknown.message.contains("AADSTS90002"), "the provider's words are passed on: {unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_says_with_200_that_a_token_has_ended() {
    let stage = Stage::new().await;
    let kept = works(&stage, "slack", "slack", &[], "https://slack.com/api/auth.test").await;
    assert!(rotates(&kept));
    assert_eq!((kept.values["team_id"].as_str(), kept.values["bot_user_id"].as_str()), ("T0SANDBOX", "U0SANDBOX"));
    assert!(kept.secret_values["webhook_url"].expose().contains("hooks.slack.com"));
    stage.order("revoke", &json!({ "service": "slack" })).await;
    stage.expire("slack").await;
    // Revoked is not ended: the script sees the answer.
    let answer = stage.get("slack", "https://slack.com/api/auth.test").await.unwrap();
    assert!(String::from_utf8(answer.body.to_vec()).unwrap().contains("token_revoked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mailchimp_is_called_at_its_data_centre_for_ever() {
    let stage = Stage::new().await;
    let made = stage.connect("mailchimp", &[]).await.unwrap();
    assert_eq!((made.values["dc"].as_str(), made.expires_at, renews(&made)), ("us6", None, false));
    assert_eq!(stage.get("mailchimp", "https://{dc}.api.mailchimp.com/3.0/ping").await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn salesforce_is_called_at_its_instance_and_says_no_end() {
    let stage = Stage::new().await;
    let kept = works(&stage, "salesforce", "salesforce", &[], "{instance_url}/services/data/v60.0").await;
    assert!(rotates(&kept) && kept.expires_at.is_none());
    assert_eq!(kept.values["instance_url"], "https://sandbox.my.salesforce.com");
    let elsewhere = stage.get("salesforce", "https://login.salesforce.com/services/data").await.unwrap();
    assert_eq!(elsewhere.status, 404, "the API is nowhere else");
}

#[tokio::test(flavor = "multi_thread")]
async fn shopify_signs_its_callback_and_has_a_header_of_its_own() {
    let stage = Stage::new().await;
    let url = "https://{subdomain}.myshopify.com/admin/api/2024-10/shop.json";
    works(&stage, "shopify", "shopify", &[("subdomain", "acme")], url).await;
    let wrong = stage.connect("shopify", &[("subdomain", "acme"), ("client_secret", "another")]).await.unwrap_err();
    assert!(wrong.message.contains("not signed with the client's secret"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn quickbooks_names_the_company_in_the_callback() {
    let stage = Stage::new().await;
    let url = "https://quickbooks.api.intuit.com/v3/company/{realm_id}/query";
    let kept = works(&stage, "quickbooks", "quickbooks", &[], url).await;
    assert!(rotates(&kept) && kept.refresh_expires_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_tells_the_account_or_takes_a_key_as_the_user() {
    let stage = Stage::new().await;
    let kept = works(&stage, "stripe", "stripe", &[], "https://api.stripe.com/v1/balance").await;
    assert_eq!(kept.values["stripe_user_id"], "acct_sandbox");
    let key = [("username", "sk_test_sandbox"), ("context", "")];
    stage.connect("stripe_api_key", &key).await.unwrap();
    serves(&stage, "stripe_api_key", "https://api.stripe.com/v1/balance").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_after_the_login_can_be_said_beforehand() {
    let stage = Stage::new().await;
    let made = stage.connect("xero", &[("tenant_id", "another-organisation")]).await.unwrap();
    assert_eq!(made.values["tenant_id"], "another-organisation", "one login may reach several");
}

#[tokio::test(flavor = "multi_thread")]
async fn docusign_xero_and_basecamp_are_asked_where_to_go() {
    let stage = Stage::new().await;
    works(&stage, "docusign", "docusign", &[], "{base_uri}/restapi/v2.1/accounts/{account_id}/envelopes").await;
    let kept = works(&stage, "xero", "xero", &[], "https://api.xero.com/api.xro/2.0/Organisation").await;
    assert!(rotates(&kept));
    works(&stage, "basecamp", "basecamp", &[], "https://3.basecampapi.com/{account_id}/projects.json").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipedrive_and_wrike_say_with_the_token_where_they_are() {
    let stage = Stage::new().await;
    works(&stage, "pipedrive", "pipedrive", &[], "{api_domain}/api/v1/users/me").await;
    works(&stage, "wrike", "wrike", &[], "https://{host}/api/v4/contacts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twitter_has_two_ways_in() {
    let stage = Stage::new().await;
    let kept = works(&stage, "twitter_v2", "twitter", &[], "https://api.twitter.com/2/users/me").await;
    assert!(rotates(&kept));
    stage.connect("twitter", &[]).await.unwrap();
    serves(&stage, "twitter", "https://api.twitter.com/1.1/account/verify_credentials.json?skip_status=true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tumblr_has_two_ways_in() {
    let stage = Stage::new().await;
    works(&stage, "tumblr", "tumblr", &[], "https://api.tumblr.com/v2/user/info").await;
    stage.connect("tumblr_oauth1", &[]).await.unwrap();
    serves(&stage, "tumblr_oauth1", "https://api.tumblr.com/v2/user/info").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trello_is_told_name_scope_and_expiration() {
    let stage = Stage::new().await;
    stage.connect("trello", &[]).await.unwrap();
    serves(&stage, "trello", "https://api.trello.com/1/members/me?fields=full%20Name,url").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn netsuite_is_signed_with_sha256_and_a_realm() {
    let stage = Stage::new().await;
    let token = rainwright_sandbox::OAUTH1_TOKEN;
    let secret = rainwright_sandbox::oauth1_token_secret(token);
    let url = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/customer?q=a%20b&limit=5";
    stage.connect("netsuite_tba", &[("token", token), ("token_secret", &secret)]).await.unwrap();
    serves(&stage, "netsuite_tba", url).await;
    let stage = Stage::new().await;
    let other = [("token", token), ("token_secret", &*secret), ("realm", "OTHER")];
    stage.connect("netsuite_tba", &other).await.unwrap();
    assert_eq!(stage.get("netsuite_tba", url).await.unwrap().status, 401, "the realm is looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn etsy_wants_its_client_with_every_call() {
    let stage = Stage::new().await;
    let kept = works(&stage, "etsy", "etsy", &[], "https://api.etsy.com/v3/application/users/me").await;
    assert!(rotates(&kept) && kept.oauth2().unwrap().access_token.expose().starts_with("12345."));
}

#[tokio::test(flavor = "multi_thread")]
async fn notion_wants_json_basic_and_a_version() {
    let stage = Stage::new().await;
    let kept = works(&stage, "notion", "notion", &[], "https://api.notion.com/v1/users/me").await;
    assert_eq!(kept.values["workspace_id"], "w-sandbox");
}

#[tokio::test(flavor = "multi_thread")]
async fn github_answers_forms_unless_asked() {
    let stage = Stage::new().await;
    let kept = works(&stage, "github", "github", &[], "https://api.github.com/user").await;
    assert!(kept.expires_at.is_none() && !renews(&kept));
    let refused = stage.connect("github", &[("client_secret", "wrong")]).await.unwrap_err();
    assert!(refused.message.contains("does not take the client id and secret"), "a form with HTTP 200: {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reddit_wants_a_permanent_login_and_a_name() {
    let stage = Stage::new().await;
    works(&stage, "reddit", "reddit", &[], "https://oauth.reddit.com/api/v1/me").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amazon_and_tiktok_have_words_of_their_own() {
    let stage = Stage::new().await;
    let url = "https://sellingpartnerapi-na.amazon.com/sellers/v1/marketplaceParticipations";
    let kept = works(&stage, "amazon_selling_partner", "amazon", &[], url).await;
    assert_eq!(kept.values["selling_partner_id"], "A3SANDBOX");
    works(&stage, "tiktok_accounts", "tiktok", &[], "https://business-api.tiktok.com/open_api/v1.3/tt_user/info/")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sage_intacct_wants_the_client_elsewhere_when_renewing() {
    let service = |more: &str| {
        format!(
            "id = \"intacct\"\nname = \"Sage Intacct\"\napi = \"https://quirks.example.com\"\n[oauth2]\n\
             authorize_url = \"https://quirks.example.com/basic_then_body/authorize\"\n\
             token_url = \"https://quirks.example.com/basic_then_body/token\"\nclient_auth = \"basic\"\n{more}"
        )
    };
    let url = "https://quirks.example.com/basic_then_body/api";
    let stage = Stage::with(&service("refresh_client_auth = \"body\"")).await;
    works(&stage, "intacct", "basic_then_body", &[], url).await;
    let stage = Stage::with(&service("")).await;
    stage.connect("intacct", &[]).await.unwrap();
    stage.expire("basic_then_body").await;
    let problem = stage.get("intacct", url).await.unwrap_err();
    assert_eq!(problem.code, Code::RefreshFailed, "one way for both does not do: {problem}");
}
