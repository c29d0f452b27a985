//! The providers refuse what the real ones refuse: clients that only know the RFCs do not get through.

use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox};
use serde_json::{Value, json};

use crate::client::*;

/// A token of a provider, by a login that does what it wants.
fn token(sandbox: &Sandbox, login: Login, scope: &str) -> String {
    let answer = sign_in(sandbox, login, scope);
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A call as to the real host.
fn api(sandbox: &Sandbox, url: &str, headers: &[(&str, &str)]) -> Answer {
    let host = url::Url::parse(url).unwrap().host_str().unwrap().to_owned();
    let mut all = vec![("Host", host.as_str())];
    all.extend_from_slice(headers);
    call(sandbox, "GET", url, &all, "")
}

const SALESFORCE: Login = Login {
    authorize: "https://login.salesforce.com/services/oauth2/authorize",
    token: "https://login.salesforce.com/services/oauth2/token",
};
const SHOPIFY: Login = Login {
    authorize: "https://acme.myshopify.com/admin/oauth/authorize",
    token: "https://acme.myshopify.com/admin/oauth/access_token",
};
const ETSY: Login =
    Login { authorize: "https://www.etsy.com/oauth/connect", token: "https://api.etsy.com/v3/public/oauth/token" };
const GITHUB: Login = Login {
    authorize: "https://github.com/login/oauth/authorize",
    token: "https://github.com/login/oauth/access_token",
};
const WRIKE: Login =
    Login { authorize: "https://login.wrike.com/oauth2/authorize/v4", token: "https://login.wrike.com/oauth2/token" };

#[test]
fn the_api_is_where_the_provider_says_and_nowhere_else() {
    let sandbox = start();
    let salesforce = format!("Bearer {}", token(&sandbox, SALESFORCE, "api"));
    for (url, status) in [
        ("https://sandbox.my.salesforce.com/services/data", 200),
        ("https://other.my.salesforce.com/services/data", 404),
        ("https://login.salesforce.com/services/data", 404),
    ] {
        assert_eq!(api(&sandbox, url, &[("Authorization", &salesforce)]).status, status, "{url}");
    }
    let wrike = format!("Bearer {}", token(&sandbox, WRIKE, "wsReadOnly"));
    for (url, status) in
        [("https://app-us2.wrike.com/api/v4/contacts", 200), ("https://www.wrike.com/api/v4/contacts", 404)]
    {
        assert_eq!(api(&sandbox, url, &[("Authorization", &wrike)]).status, status, "{url}");
    }
}

#[test]
fn headers_of_the_providers_own_making_are_needed() {
    let sandbox = start();
    let shop = token(&sandbox, SHOPIFY, "read_products");
    let url = "https://acme.myshopify.com/admin/api/2024-10/shop.json";
    assert_eq!(api(&sandbox, url, &[("Authorization", &format!("Bearer {shop}"))]).status, 401);
    assert_eq!(api(&sandbox, url, &[("X-Shopify-Access-Token", &shop)]).status, 200);
    let etsy = format!("Bearer {}", token(&sandbox, ETSY, "email_r"));
    let url = "https://api.etsy.com/v3/application/users/me";
    assert_eq!(api(&sandbox, url, &[("Authorization", &etsy)]).status, 403);
    assert_eq!(api(&sandbox, url, &[("Authorization", &etsy), ("x-api-key", "c")]).status, 200);
    assert_eq!(api(&sandbox, url, &[("Authorization", &etsy.replace("12345.", "")), ("x-api-key", "c")]).status, 401);
}

#[test]
fn a_form_is_the_answer_unless_json_is_asked_for() {
    let sandbox = start();
    let (callback, redirect_uri) = authorize(&sandbox, GITHUB, "repo,gist", "allow");
    let answer = exchange(&sandbox, GITHUB, value(&callback, "code"), &redirect_uri, VERIFIER);
    assert!(answer.text().starts_with("access_token="), "{}", answer.text());
    let refused = exchange(&sandbox, GITHUB, "no code", &redirect_uri, VERIFIER);
    assert_eq!((refused.status, refused.text().as_str()), (200, "error=bad_verification_code"));
    let bearer = answer.text().split(['=', '&']).nth(1).unwrap().to_owned();
    assert_eq!(
        api(&sandbox, "https://api.github.com/user", &[("Authorization", &format!("Bearer {bearer}"))]).status,
        403
    );
}

#[test]
fn token_requests_must_be_as_the_provider_wants_them() {
    let sandbox = start();
    let body = [("grant_type", "client_credentials"), ("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    for url in [
        "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
        "https://account.docusign.com/oauth/token",
        "https://identity.xero.com/connect/token",
        "https://api.notion.com/v1/oauth/token",
        "https://www.reddit.com/api/v1/access_token",
        "https://oauth.pipedrive.com/oauth/token",
        "https://api.twitter.com/2/oauth2/token",
        "https://launchpad.37signals.com/authorization/token",
        "https://login.microsoftonline.com/nobody.example/oauth2/v2.0/token",
    ] {
        assert_eq!(form(&sandbox, url, &body).status, 400, "{url}");
    }
    let tiktok = form(&sandbox, "https://business-api.tiktok.com/open_api/v1.3/tt_user/oauth2/token/", &body);
    assert_eq!((tiktok.status, &tiktok.json()["code"]), (200, &json!(40110)));
    let nameless = call(
        &sandbox,
        "POST",
        "https://www.reddit.com/api/v1/access_token",
        &[("Authorization", &basic(CLIENT_ID, CLIENT_SECRET)), ("Content-Type", "application/x-www-form-urlencoded")],
        "grant_type=client_credentials",
    );
    assert_eq!(nameless.status, 429);
}

#[test]
fn consent_pages_refuse_what_is_missing() {
    let sandbox = start();
    let page = |url: &str, more: &str| {
        let query = format!("response_type=code&client_id={CLIENT_ID}&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb");
        call(&sandbox, "GET", &format!("{url}?{query}{more}"), &[], "")
    };
    for (url, missing, good) in [
        ("https://launchpad.37signals.com/authorization/new", "", "&type=web_server"),
        ("https://sellercentral.amazon.com/apps/authorize/consent", "", "&application_id=a"),
        ("https://slack.com/oauth/v2/authorize", "&scope=a%20b", "&scope=a,b"),
        (
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20https%3A%2F%2Fvault.azure.net%2F.default",
            "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access",
        ),
    ] {
        let refused = page(url, missing);
        assert!(refused.header("location").is_some_and(|to| to.contains("error=invalid_request")), "{url}");
        assert_eq!(page(url, good).status, 200, "{url}");
    }
    // PKCE is a must with these.
    for url in ["https://x.com/i/oauth2/authorize", "https://www.etsy.com/oauth/connect"] {
        assert!(page(url, "").header("location").is_some_and(|to| to.contains("error=")), "{url}");
    }
}

#[test]
fn the_list_says_what_is_particular_about_each() {
    let sandbox = start();
    let list = call(&sandbox, "GET", "/_sandbox/providers", &[], "").json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), rainwright_sandbox::providers().count());
    assert!(list.len() > 20, "{}", list.len());
    let said = |row: &Value| row["about"].as_str().unwrap().ends_with('.');
    assert!(list.iter().all(said), "{list:?}");
    let titles: Vec<_> = rainwright_sandbox::providers().collect();
    assert!(titles.is_sorted(), "{titles:?}");
}
