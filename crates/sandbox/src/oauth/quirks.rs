//! Login servers that answer as servers should not, one path each: `/quirks/NAME/authorize`, `token` and `api`.
//!
//! `GET /quirks` lists them. Each row is something that a real provider does.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::quirk::{PLAIN, PROVIDER, Quirk, Seen, basic_only, call, edited, form, put, require, token_route};
use super::token::{Issued, Refusal, TokenRequest, standard_token};
use super::{Provider, USER, authorize};
use crate::http::{Object, header_text, json, typed};
use crate::world::{Ctx, now_millis};

/// A quirk that is in the token answer only.
const fn answer(name: &'static str, about: &'static str, shape: fn(&Issued, &TokenRequest) -> Response) -> Quirk {
    Quirk { about, provider: Provider { name, ..PROVIDER }, shape, ..PLAIN }
}

/// A quirk that is in the token request only.
const fn request(name: &'static str, about: &'static str, accepts: fn(&TokenRequest) -> Result<(), Refusal>) -> Quirk {
    Quirk { about, provider: Provider { name, ..PROVIDER }, accepts, ..PLAIN }
}

/// A quirk that is in the API's answer to an expired token.
const fn expiry(name: &'static str, about: &'static str, unauthorized: fn(&str) -> Response) -> Quirk {
    Quirk { about, provider: Provider { name, ..PROVIDER }, unauthorized, ..PLAIN }
}

static QUIRKS: &[Quirk] = &[
    // token_type
    answer("missing_token_type", "The answer has no token_type.", |issued, _| {
        edited(issued, |t| drop(t.remove("token_type")))
    }),
    answer("token_type_case", "token_type is BEARER.", |issued, _| put(issued, "token_type", "BEARER")),
    answer("token_type_bot", "Slack: token_type is bot.", |issued, _| put(issued, "token_type", "bot")),
    answer("token_type_mac", "token_type is mac, which nobody can use as Bearer.", |issued, _| {
        put(issued, "token_type", "mac")
    }),
    // expires_in
    answer("expires_in_text", "expires_in is a text.", |issued, _| {
        put(issued, "expires_in", seconds(issued).to_string())
    }),
    answer("expires_in_float", "expires_in has a fraction.", |issued, _| {
        put(issued, "expires_in", seconds(issued) as f64 + 0.5)
    }),
    answer("expires_in_null", "expires_in is null.", |issued, _| put(issued, "expires_in", Value::Null)),
    answer("expires_in_zero", "MailChimp: expires_in is 0 and means for ever.", |issued, _| {
        put(issued, "expires_in", 0)
    }),
    answer("expires_in_negative", "expires_in is -1 and means for ever.", |issued, _| put(issued, "expires_in", -1)),
    answer("expires_at_seconds", "expires_at in seconds since 1970.", |issued, _| {
        instead_of_expires_in(issued, "expires_at", expires_at(issued) / 1000)
    }),
    answer("expires_at_millis", "expires_at in milliseconds since 1970.", |issued, _| {
        instead_of_expires_in(issued, "expires_at", expires_at(issued))
    }),
    answer("expires_at_iso", "expires_at as ISO 8601 text.", |issued, _| {
        let at = jiff::Timestamp::from_millisecond(expires_at(issued) as i64).unwrap_or_default();
        instead_of_expires_in(issued, "expires_at", at.to_string())
    }),
    answer("expires", "Old Facebook: the seconds are called expires.", |issued, _| {
        instead_of_expires_in(issued, "expires", seconds(issued))
    }),
    // encoding
    answer("form_encoded", "Old Facebook, Discogs: the answer is form-encoded.", |issued, _| form(issued)),
    answer("github", "GitHub: form-encoded unless Accept asks for JSON.", |issued, request| {
        match header_text(&request.headers, "accept").contains("application/json") {
            true => edited(issued, |_| {}),
            false => form(issued),
        }
    }),
    answer("text_plain", "JSON under text/plain.", |issued, _| {
        typed(200, "text/plain", Value::Object(standard_token(issued)).to_string())
    }),
    answer("html", "A proxy answers with a page of HTML.", |_, _| {
        typed(200, "text/html", "<html><body>Welcome back!</body></html>")
    }),
    answer("empty", "The answer is empty.", |_, _| typed(200, "application/json", "")),
    // errors with a good status
    Quirk {
        refuse: |refusal| json(200, json!({ "error": refusal.error })),
        ..answer("error_with_200", "Zoho, GitHub: errors come with HTTP 200.", |issued, _| edited(issued, |_| {}))
    },
    Quirk {
        refuse: |_| json(200, json!({ "ok": false, "error": "invalid_code" })),
        ..answer(
            "slack",
            "Slack: ok, a bot token, and a user token within authed_user; errors are ok:false with HTTP 200.",
            |issued, _| {
                edited(issued, |t| {
                    let user = json!({ "id": "U1234", "access_token": issued.access_token, "token_type": "user" });
                    t.extend([("ok".into(), true.into()), ("authed_user".into(), user)]);
                    t.insert("team".into(), json!({ "id": "T1234", "name": "Sandbox" }));
                    t.insert("token_type".into(), "bot".into());
                })
            },
        )
    },
    // nesting
    answer("nested_authed_user", "Slack with user scopes only: the token is within authed_user.", |issued, _| {
        json(200, json!({ "ok": true, "authed_user": standard_token(issued) }))
    }),
    answer("nested_body", "Withings: the answer is within body.", |issued, _| {
        json(200, json!({ "status": 0, "body": standard_token(issued) }))
    }),
    answer("nested_data", "TikTok: the answer is within data.", |issued, _| {
        json(200, json!({ "message": "success", "data": standard_token(issued) }))
    }),
    // scope
    answer("scope_comma", "GitHub: scopes are separated by commas.", |issued, _| {
        put(issued, "scope", issued.scope.join(","))
    }),
    answer("scope_list", "scope is a list.", |issued, _| put(issued, "scope", issued.scope.clone())),
    answer("scope_missing", "The answer has no scope: what was asked for was given.", |issued, _| {
        edited(issued, |t| drop(t.remove("scope")))
    }),
    // extras
    answer("extra_keys", "Salesforce, Stripe, Zoho, Pipedrive: the answer says where the API is.", |issued, _| {
        edited(issued, |t| {
            for (name, value) in [
                ("instance_url", "https://na1.my.example.com"),
                ("api_domain", "https://api.example.com"),
                ("stripe_user_id", "acct_1234"),
                ("id", "https://login.example.com/id/1"),
            ] {
                t.insert(name.into(), value.into());
            }
        })
    }),
    Quirk {
        token: |seen| seen.authorization("Bearer").and_then(|token| from_jwt(&token)),
        ..answer("jwt", "The access token is a JWT with its own exp.", |issued, _| {
            put(issued, "access_token", jwt(issued))
        })
    },
    Quirk {
        about: "QuickBooks: realmId is in the callback only.",
        provider: Provider {
            name: "callback_realm",
            callback: |_, _| vec![("realmId".into(), "9130350000000000001".into())],
            ..PROVIDER
        },
        ..PLAIN
    },
    Quirk {
        about: "There is never a refresh token.",
        provider: Provider { name: "no_refresh_token", offline: |_| false, ..PROVIDER },
        ..PLAIN
    },
    Quirk {
        about: "Reddit: a refresh token only with duration=permanent.",
        provider: Provider {
            name: "duration_permanent",
            offline: |query| query.text("duration") == "permanent",
            ..PROVIDER
        },
        ..PLAIN
    },
    // requests
    request("basic_only", "QuickBooks, Xero: the client signs in with Basic.", basic_only),
    request("body_only", "The client signs in within the body.", |request| {
        require(!request.has_basic(), "the client must not use HTTP Basic")
    }),
    request("basic_then_body", "Sage Intacct: Basic for the code, the body for a refresh.", |request| {
        let refresh = request.text("grant_type") == "refresh_token";
        require(request.has_basic() != refresh, "the client signs in at the wrong place")
    }),
    request("json_body", "Notion: Basic, a JSON body and a version header.", |request| {
        let version = header_text(&request.headers, "notion-version");
        require(request.json && request.has_basic() && !version.is_empty(), "JSON, Basic and Notion-Version are needed")
    }),
    request("client_key", "TikTok: client_id is called client_key.", |request| {
        require(request.get("client_key").is_some(), "client_key is missing")
    }),
    request("web_server_type", "Basecamp: type=web_server, then type=refresh.", |request| {
        let kind = if request.text("grant_type") == "refresh_token" { "refresh" } else { "web_server" };
        require(request.text("type") == kind, "type is missing or wrong")
    }),
    request("user_agent", "Reddit, Basecamp: a User-Agent is needed.", |request| {
        require(!header_text(&request.headers, "user-agent").is_empty(), "User-Agent is missing")
    }),
    // expiry
    expiry("expired_as_602", "Marketo: an expired token is HTTP 200 with code 602.", |_| {
        json(200, json!({ "success": false, "errors": [{ "code": "602", "message": "Access token expired" }] }))
    }),
    expiry("expired_as_400", "Halo: an expired token is HTTP 400.", |_| json(400, json!({ "error": "token_expired" }))),
    expiry("expired_as_403", "Fabric: an expired token is HTTP 403.", |_| {
        json(403, json!({ "errorCode": "TokenExpired" }))
    }),
];

/// The list, and the three paths of each quirk.
pub(crate) fn routes() -> Router<Ctx> {
    let list = || async {
        let row = |q: &Quirk| json!({ "name": q.provider.name, "about": q.about });
        json(200, QUIRKS.iter().map(row).collect::<Vec<_>>())
    };
    QUIRKS.iter().fold(Router::new().route("/", get(list)), |router, quirk| {
        let name = quirk.provider.name;
        let api = any(move |State(ctx): State<Ctx>, request: Request| async move {
            call(&ctx, quirk, &Seen::of(request).await, || None, || None)
        });
        router
            .route(&format!("/{name}/authorize"), authorize(&quirk.provider))
            .route(&format!("/{name}/token"), token_route(quirk))
            .route(&format!("/{name}/api"), api)
    })
}

fn instead_of_expires_in(issued: &Issued, name: &str, value: impl Into<Value>) -> Response {
    edited(issued, |members| {
        members.remove("expires_in");
        members.insert(name.into(), value.into());
    })
}

fn seconds(issued: &Issued) -> u64 {
    issued.expires_in().unwrap_or(3600)
}

fn expires_at(issued: &Issued) -> u64 {
    now_millis() + issued.lifetime.unwrap_or(3_600_000)
}

/// An unsigned JWT around the real token: clients must not depend on what is in it.
fn jwt(issued: &Issued) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "jti": issued.access_token, "exp": expires_at(issued) / 1000, "sub": USER });
    format!("{}.{}.c2FuZGJveA", part(json!({ "alg": "none", "typ": "JWT" })), part(claims))
}

fn from_jwt(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Object = serde_json::from_slice(&claims).ok()?;
    claims.get("jti")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::QUIRKS;

    #[test]
    fn every_quirk_says_what_it_is_and_has_its_own_name() {
        for (at, quirk) in QUIRKS.iter().enumerate() {
            assert!(quirk.about.ends_with('.'), "{}", quirk.provider.name);
            assert!(QUIRKS[..at].iter().all(|other| other.provider.name != quirk.provider.name));
        }
    }
}
