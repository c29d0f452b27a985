//! The table of providers: each as its documentation and its users' complaints describe it.

use axum::http::HeaderMap;
use axum::response::Response;
use hmac::Hmac;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Double;
use crate::http::{Pairs, basic, header_text, json, typed};
use crate::oauth::oauth1::{self, Legs};
use crate::oauth::quirk::{PLAIN, PROVIDER, Quirk, Seen, asks_for, basic_only, edited, form, put, require};
use crate::oauth::{CLIENT_SECRET, Issued, Provider, Refusal, TokenRequest};
use crate::partners;
use crate::world::Ctx;

/// Stripe's key of the platform's own account.
const STRIPE_KEY: &str = "sk_test_sandbox";
/// The company of QuickBooks.
const REALM: &str = "9341453474484455";
/// The account id of DocuSign.
const ACCOUNT: &str = "2b3c-sandbox";
/// The organisation of Xero.
const TENANT: &str = "70784a63-sandbox";

const NONE: Double = Double {
    hosts: &[],
    authorize: "",
    token: &[],
    legs: None,
    lookups: &[],
    api: None,
    by_key: |_| false,
    quirk: PLAIN,
};

/// All of them, by title.
pub(super) fn doubles() -> Vec<Double> {
    vec![
        amazon(),
        basecamp(),
        docusign(),
        etsy(),
        github(),
        microsoft(),
        netsuite(),
        notion(),
        pandadoc(),
        pipedrive(),
        quickbooks(),
        reddit(),
        salesforce(),
        shopify(),
        slack(),
        stripe(),
        tiktok(),
        trello(),
        tumblr(),
        wrike(),
        twitter(),
        xero(),
    ]
}

/// Refuses a call of the API unless a condition is met, with a status and the provider's word for it.
fn only(met: bool, status: u16, word: &str) -> Result<(), Response> {
    if met { Ok(()) } else { Err(json(status, json!({ "error": word }))) }
}

/// The standard token answer with more members; those of `more` win.
fn with(issued: &Issued, more: Value) -> Response {
    edited(issued, |members| {
        if let Value::Object(more) = more {
            members.extend(more);
        }
    })
}

fn names_itself(headers: &HeaderMap) -> bool {
    !header_text(headers, "user-agent").is_empty()
}

fn renews(request: &TokenRequest) -> bool {
    request.text("grant_type") == "refresh_token"
}

fn own_header(seen: &Seen, name: &str) -> Option<String> {
    Some(seen.header(name).to_owned()).filter(|token| !token.is_empty())
}

fn amazon() -> Double {
    Double {
        hosts: &["sellercentral.amazon.com", "api.amazon.com", "*.amazon.com"],
        authorize: "/apps/authorize/consent",
        token: &["/auth/o2/token"],
        quirk: Quirk {
            about: "The code comes as spapi_oauth_code, and the token goes into a header of its own.",
            provider: Provider {
                name: "amazon",
                title: "Amazon Selling Partner",
                consents: |query| match query.get("application_id") {
                    Some(_) => Ok(()),
                    None => Err("MD1000: application_id is missing"),
                },
                code_name: "spapi_oauth_code",
                callback: |_, _| vec![("selling_partner_id".into(), "A3SANDBOX".into())],
                ..PROVIDER
            },
            token: |seen| own_header(seen, "x-amz-access-token"),
            ..PLAIN
        },
        ..NONE
    }
}

fn basecamp() -> Double {
    Double {
        hosts: &["launchpad.37signals.com", "3.basecampapi.com"],
        authorize: "/authorization/new",
        token: &["/authorization/token"],
        lookups: &[("/authorization.json", || json!({ "accounts": [{ "id": 1234, "product": "bc3" }] }))],
        quirk: Quirk {
            about: "Each step names its type; calls name who makes them and the account.",
            provider: Provider {
                name: "basecamp",
                title: "Basecamp",
                consents: |query| match query.text("type") {
                    "web_server" => Ok(()),
                    _ => Err("type must be web_server"),
                },
                ..PROVIDER
            },
            accepts: |request| {
                let kind = if renews(request) { "refresh" } else { "web_server" };
                require(request.text("type") == kind, "type is missing or wrong")
            },
            calls: |seen| {
                only(names_itself(&seen.headers), 400, "a User-Agent is needed")?;
                only(seen.path.starts_with("/1234/"), 404, "no such account")
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn docusign() -> Double {
    fn userinfo() -> Value {
        json!({ "sub": "u", "accounts": [{ "account_id": ACCOUNT, "base_uri": "https://eu.docusign.net" }] })
    }
    Double {
        hosts: &["account.docusign.com", "eu.docusign.net"],
        authorize: "/oauth/auth",
        token: &["/oauth/token"],
        lookups: &[("/oauth/userinfo", userinfo)],
        quirk: Quirk {
            about: "/oauth/userinfo tells where the API is and for which account; the client signs in with Basic.",
            provider: Provider { name: "docusign", title: "DocuSign", lifetime: Some(28_800), ..PROVIDER },
            accepts: basic_only,
            calls: |seen| {
                let account = format!("/restapi/v2.1/accounts/{ACCOUNT}/");
                only(seen.host == "eu.docusign.net" && seen.path.starts_with(&account), 404, "ACCOUNT_NOT_FOUND")
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn etsy() -> Double {
    Double {
        hosts: &["www.etsy.com", "api.etsy.com"],
        authorize: "/oauth/connect",
        token: &["/v3/public/oauth/token"],
        quirk: Quirk {
            about: "PKCE is a must, tokens begin with the user's number, every call names its client; tokens rotate.",
            provider: Provider { name: "etsy", title: "Etsy", requires_pkce: true, rotates: true, ..PROVIDER },
            shape: |issued, _| put(issued, "access_token", format!("12345.{}", issued.access_token)),
            token: |seen| seen.authorization("Bearer").and_then(|text| Some(text.strip_prefix("12345.")?.to_owned())),
            calls: |seen| only(!seen.header("x-api-key").is_empty(), 403, "Missing x-api-key header"),
            ..PLAIN
        },
        ..NONE
    }
}

fn github() -> Double {
    Double {
        hosts: &["github.com", "api.github.com"],
        authorize: "/login/oauth/authorize",
        token: &["/login/oauth/access_token"],
        quirk: Quirk {
            about: "The answer is a form unless JSON is asked for, refusals too, and with HTTP 200; no end.",
            provider: Provider { name: "github", title: "GitHub", lifetime: None, scope_separator: ',', ..PROVIDER },
            shape: |issued, request| match header_text(&request.headers, "accept").contains("application/json") {
                true => put(issued, "scope", issued.scope.join(",")),
                false => form(issued),
            },
            refuse: |refusal| {
                let word = if refusal.error == "invalid_grant" { "bad_verification_code" } else { refusal.error };
                typed(200, "application/x-www-form-urlencoded", format!("error={word}"))
            },
            calls: |seen| only(names_itself(&seen.headers), 403, "Request forbidden by administrative rules"),
            unauthorized: |_| json(401, json!({ "message": "Bad credentials" })),
            ..PLAIN
        },
        ..NONE
    }
}

fn microsoft() -> Double {
    /// How many resources the scopes belong to; a scope with an address names its own.
    fn resources(query: &Pairs) -> usize {
        let named = query.text("scope").split(' ').filter_map(|scope| scope.strip_prefix("https://"));
        let hosts: std::collections::BTreeSet<_> = named.filter_map(|rest| rest.split('/').next()).collect();
        hosts.len()
    }
    Double {
        hosts: &["login.microsoftonline.com", "graph.microsoft.com"],
        api: Some(partners::MICROSOFT),
        authorize: "/{tenant}/oauth2/v2.0/authorize",
        token: &["/{tenant}/oauth2/v2.0/token"],
        quirk: Quirk {
            about: "A tenant in the path, one resource a login, offline_access for a refresh token, which rotates.",
            provider: Provider {
                name: "microsoft",
                title: "Microsoft",
                offline: |query| asks_for(query, "offline_access"),
                rotates: true,
                consents: |query| match resources(query) {
                    0 | 1 => Ok(()),
                    _ => Err("AADSTS28000: the scopes are of several resources"),
                },
                ..PROVIDER
            },
            accepts: |request| {
                let tenant = request.path.split('/').nth(1).unwrap_or_default();
                let known = ["common", "organizations", "contoso.onmicrosoft.com"].contains(&tenant);
                require(known, "AADSTS90002: the tenant was not found")
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn netsuite() -> Double {
    Double {
        hosts: &["*.suitetalk.api.netsuite.com"],
        legs: Some(Legs { methods: &["HMAC-SHA256"], realm: Some("1234567_SB1"), ..oauth1::BY_HAND }),
        quirk: Quirk {
            about: "Consumer and token are made by hand; HMAC-SHA256, and a realm in the header that is not signed.",
            provider: Provider { name: "netsuite", title: "NetSuite", lifetime: None, ..PROVIDER },
            ..PLAIN
        },
        ..NONE
    }
}

fn notion() -> Double {
    Double {
        hosts: &["api.notion.com"],
        authorize: "/v1/oauth/authorize",
        token: &["/v1/oauth/token"],
        quirk: Quirk {
            about: "Basic with a JSON body for tokens, which do not end; every call names the version it was written for.",
            provider: Provider { name: "notion", title: "Notion", lifetime: None, ..PROVIDER },
            accepts: |request| require(request.json && request.has_basic(), "Basic and a JSON body are needed"),
            shape: |issued, _| with(issued, json!({ "workspace_id": "w-sandbox", "bot_id": "b-sandbox" })),
            calls: |seen| only(!seen.header("notion-version").is_empty(), 400, "missing_version"),
            ..PLAIN
        },
        ..NONE
    }
}

fn pandadoc() -> Double {
    Double {
        hosts: &["app.pandadoc.com", "api.pandadoc.com"],
        authorize: "/oauth2/authorize",
        token: &["/oauth2/access_token"],
        api: Some(partners::PANDADOC),
        by_key: |seen| seen.authorization("API-Key").is_some_and(|key| !key.is_empty()),
        quirk: Quirk {
            about: "A token of a year, or an API key with a scheme of its own.",
            provider: Provider { name: "pandadoc", title: "PandaDoc", lifetime: Some(31_535_999), ..PROVIDER },
            ..PLAIN
        },
        ..NONE
    }
}

fn pipedrive() -> Double {
    Double {
        hosts: &["oauth.pipedrive.com", "*.pipedrive.com"],
        authorize: "/oauth/authorize",
        token: &["/oauth/token"],
        quirk: Quirk {
            about: "The answer's api_domain says where the API is; the client signs in with Basic.",
            provider: Provider { name: "pipedrive", title: "Pipedrive", ..PROVIDER },
            accepts: basic_only,
            shape: |issued, _| put(issued, "api_domain", "https://sandbox.pipedrive.com"),
            calls: |seen| only(seen.host == "sandbox.pipedrive.com", 404, "Unknown company"),
            ..PLAIN
        },
        ..NONE
    }
}

fn quickbooks() -> Double {
    Double {
        api: Some(partners::QUICKBOOKS),
        hosts: &["appcenter.intuit.com", "oauth.platform.intuit.com", "quickbooks.api.intuit.com"],
        authorize: "/connect/oauth2",
        token: &["/oauth2/v1/tokens/bearer"],
        quirk: Quirk {
            about: "realmId is in the callback only; the client signs in with Basic; refresh tokens rotate.",
            provider: Provider {
                name: "quickbooks",
                title: "QuickBooks",
                rotates: true,
                callback: |_, _| vec![("realmId".into(), REALM.into())],
                ..PROVIDER
            },
            accepts: basic_only,
            shape: |issued, _| put(issued, "x_refresh_token_expires_in", 8_726_400),
            calls: |seen| only(seen.path.starts_with(&format!("/v3/company/{REALM}/")), 403, "Wrong company"),
            ..PLAIN
        },
        ..NONE
    }
}

fn reddit() -> Double {
    Double {
        hosts: &["www.reddit.com", "oauth.reddit.com"],
        authorize: "/api/v1/authorize",
        token: &["/api/v1/access_token"],
        quirk: Quirk {
            about: "A refresh token only with duration=permanent; whoever does not name himself is told to slow down.",
            provider: Provider {
                name: "reddit",
                title: "Reddit",
                offline: |query| query.text("duration") == "permanent",
                ..PROVIDER
            },
            accepts: |request| {
                basic_only(request)?;
                match names_itself(&request.headers) {
                    true => Ok(()),
                    false => Err(Refusal::new(429, "Too Many Requests", "a User-Agent is needed")),
                }
            },
            calls: |seen| only(names_itself(&seen.headers), 429, "Too Many Requests"),
            ..PLAIN
        },
        ..NONE
    }
}

fn salesforce() -> Double {
    Double {
        api: Some(partners::SALESFORCE),
        hosts: &["login.salesforce.com", "*.my.salesforce.com"],
        authorize: "/services/oauth2/authorize",
        token: &["/services/oauth2/token"],
        quirk: Quirk {
            about: "No expires_in; the API is where instance_url says and nowhere else; refresh tokens rotate.",
            provider: Provider {
                name: "salesforce",
                title: "Salesforce",
                lifetime: Some(7_200),
                offline: |query| asks_for(query, "offline_access") || asks_for(query, "refresh_token"),
                rotates: true,
                ..PROVIDER
            },
            shape: |issued, _| {
                edited(issued, |members| {
                    members.remove("expires_in");
                    members.insert("instance_url".into(), "https://sandbox.my.salesforce.com".into());
                    members.insert("id".into(), "https://login.salesforce.com/id/00Dx/005x".into());
                    members.insert("issued_at".into(), "1700000000000".into());
                })
            },
            calls: |seen| only(seen.host == "sandbox.my.salesforce.com", 404, "NOT_FOUND"),
            unauthorized: |_| {
                json(401, vec![json!({ "errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid" })])
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn shopify() -> Double {
    /// Names the shop, and signs all that the callback says with the client's secret.
    fn callback(_: &Ctx, said: &Pairs) -> Vec<(String, String)> {
        let own = [("shop", "acme.myshopify.com"), ("timestamp", "1700000000")];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut signed: Vec<_> = said.iter().chain(&own).map(|(name, value)| format!("{name}={value}")).collect();
        signed.sort();
        let digest = oauth1::hmac::<Hmac<Sha256>>(CLIENT_SECRET, &signed.join("&"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        own.into_iter().chain([("hmac".to_owned(), hex)]).collect()
    }
    Double {
        hosts: &["*.myshopify.com"],
        api: Some(partners::SHOPIFY),
        authorize: "/admin/oauth/authorize",
        token: &["/admin/oauth/access_token"],
        quirk: Quirk {
            about: "A host a shop, a header of its own, and a callback that is signed with the client's secret.",
            provider: Provider { name: "shopify", title: "Shopify", scope_separator: ',', callback, ..PROVIDER },
            token: |seen| own_header(seen, "x-shopify-access-token"),
            calls: |seen| only(seen.host == "acme.myshopify.com", 404, "Not Found"),
            ..PLAIN
        },
        ..NONE
    }
}

fn slack() -> Double {
    Double {
        hosts: &["slack.com"],
        api: Some(partners::SLACK),
        authorize: "/oauth/v2/authorize",
        token: &["/api/oauth.v2.access"],
        quirk: Quirk {
            about: "Commas between scopes, a bot token beside authed_user, refusals and ended tokens with HTTP 200.",
            provider: Provider {
                name: "slack",
                title: "Slack",
                lifetime: Some(43_200),
                rotates: true,
                scope_separator: ',',
                consents: |query| match query.text("scope").contains(' ') {
                    true => Err("invalid_scope: scopes are separated by commas"),
                    false => Ok(()),
                },
                ..PROVIDER
            },
            shape: |issued, _| {
                let hook = json!({ "url": "https://hooks.slack.com/services/T0/B0/sandbox", "channel": "news" });
                let more = json!({
                    "ok": true,
                    "token_type": "bot",
                    "scope": issued.scope.join(","),
                    "bot_user_id": "U0SANDBOX",
                    "team": { "id": "T0SANDBOX", "name": "Sandbox" },
                    "authed_user": { "id": "U1SANDBOX" },
                    "incoming_webhook": hook,
                });
                with(issued, more)
            },
            refuse: |refusal| {
                let word = match refusal.error {
                    "invalid_grant" => "invalid_refresh_token",
                    "invalid_client" => "bad_client_secret",
                    other => other,
                };
                json(200, json!({ "ok": false, "error": word }))
            },
            unauthorized: |why| {
                let word = match why {
                    "expired" => "token_expired",
                    "revoked" => "token_revoked",
                    "missing" => "not_authed",
                    _ => "invalid_auth",
                };
                json(200, json!({ "ok": false, "error": word }))
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn stripe() -> Double {
    Double {
        hosts: &["connect.stripe.com", "api.stripe.com"],
        api: Some(partners::STRIPE),
        authorize: "/oauth/authorize",
        token: &["/oauth/token"],
        by_key: |seen| basic(&seen.headers).is_some_and(|(user, _)| user == STRIPE_KEY),
        quirk: Quirk {
            about: "stripe_user_id beside a token without an end; or the secret key as the user of Basic.",
            provider: Provider { name: "stripe", title: "Stripe", lifetime: None, ..PROVIDER },
            shape: |issued, _| with(issued, json!({ "stripe_user_id": "acct_sandbox", "livemode": false })),
            ..PLAIN
        },
        ..NONE
    }
}

fn tiktok() -> Double {
    Double {
        hosts: &["www.tiktok.com", "business-api.tiktok.com"],
        authorize: "/v2/auth/authorize/",
        token: &["/open_api/v1.3/tt_user/oauth2/token/", "/open_api/v1.3/tt_user/oauth2/refresh_token/"],
        quirk: Quirk {
            about: "client_id is called client_key, bodies are JSON, tokens are within data; renewing has its own address.",
            provider: Provider { name: "tiktok", title: "TikTok", scope_separator: ',', ..PROVIDER },
            accepts: |request| {
                require(request.json && request.get("client_key").is_some(), "JSON with client_key is needed")?;
                require(renews(request) == request.path.ends_with("refresh_token/"), "this is another grant's address")
            },
            shape: |issued, _| {
                let mut data = crate::oauth::standard_token(issued);
                data.insert("scope".into(), issued.scope.join(",").into());
                json(200, json!({ "code": 0, "message": "OK", "data": data }))
            },
            refuse: |refusal| json(200, json!({ "code": 40110, "message": refusal.description })),
            unauthorized: |_| {
                json(200, json!({ "code": 40105, "message": "Access token is incorrect or has expired" }))
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn trello() -> Double {
    Double {
        hosts: &["trello.com", "api.trello.com"],
        legs: Some(Legs {
            request: "/1/OAuthGetRequestToken",
            authorize: "/1/OAuthAuthorizeToken",
            access: "/1/OAuthGetAccessToken",
            asks: &["name", "expiration", "scope"],
            ..oauth1::BY_HAND
        }),
        quirk: Quirk {
            about: "OAuth 1.0a whose consent page wants the application's name, an expiration and a scope.",
            provider: Provider { name: "trello", title: "Trello", lifetime: None, ..PROVIDER },
            ..PLAIN
        },
        ..NONE
    }
}

/// The paths that most servers of OAuth 1.0a use.
const USUAL: Legs = Legs {
    request: "/oauth/request_token",
    authorize: "/oauth/authorize",
    access: "/oauth/access_token",
    ..oauth1::BY_HAND
};

fn tumblr() -> Double {
    Double {
        hosts: &["www.tumblr.com", "api.tumblr.com"],
        authorize: "/oauth2/authorize",
        token: &["/v2/oauth2/token"],
        legs: Some(USUAL),
        quirk: Quirk {
            about: "OAuth 1.0a and OAuth 2.0 beside each other; a refresh token only with offline_access.",
            provider: Provider {
                name: "tumblr",
                title: "Tumblr",
                lifetime: Some(2_520),
                offline: |query| asks_for(query, "offline_access"),
                ..PROVIDER
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn twitter() -> Double {
    Double {
        hosts: &["x.com", "api.twitter.com"],
        authorize: "/i/oauth2/authorize",
        token: &["/2/oauth2/token"],
        legs: Some(USUAL),
        quirk: Quirk {
            about: "v1 signs with OAuth 1.0a; v2 needs PKCE and offline.access, and its refresh tokens rotate.",
            provider: Provider {
                name: "twitter",
                title: "X (Twitter)",
                lifetime: Some(7_200),
                offline: |query| asks_for(query, "offline.access"),
                rotates: true,
                requires_pkce: true,
                ..PROVIDER
            },
            accepts: basic_only,
            ..PLAIN
        },
        ..NONE
    }
}

fn wrike() -> Double {
    Double {
        hosts: &["login.wrike.com", "*.wrike.com"],
        authorize: "/oauth2/authorize/v4",
        token: &["/oauth2/token"],
        quirk: Quirk {
            about: "The answer's host, a bare name, says where the API is.",
            provider: Provider { name: "wrike", title: "Wrike", scope_separator: ',', rotates: true, ..PROVIDER },
            shape: |issued, _| put(issued, "host", "app-us2.wrike.com"),
            calls: |seen| only(seen.host == "app-us2.wrike.com", 404, "resource_not_found"),
            unauthorized: |_| {
                json(
                    401,
                    json!({ "error": "not_authorized", "errorDescription": "Access token is unknown or invalid" }),
                )
            },
            ..PLAIN
        },
        ..NONE
    }
}

fn xero() -> Double {
    fn connections() -> Value {
        json!([{ "tenantId": TENANT, "tenantType": "ORGANISATION", "tenantName": "Sandbox" }])
    }
    Double {
        hosts: &["login.xero.com", "identity.xero.com", "api.xero.com"],
        authorize: "/identity/connect/authorize",
        token: &["/connect/token"],
        lookups: &[("/connections", connections)],
        quirk: Quirk {
            about: "Calls name the organisation, which /connections tells; Basic; refresh tokens rotate.",
            provider: Provider {
                name: "xero",
                title: "Xero",
                lifetime: Some(1_800),
                offline: |query| asks_for(query, "offline_access"),
                rotates: true,
                ..PROVIDER
            },
            accepts: basic_only,
            calls: |seen| only(seen.header("xero-tenant-id") == TENANT, 403, "AuthenticationUnsuccessful"),
            ..PLAIN
        },
        ..NONE
    }
}
