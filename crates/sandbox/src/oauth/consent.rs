//! The login and consent page: small, without scripts, usable with a keyboard and a screen reader.

use axum::response::Response;
use url::{Host, Url};

use super::grants::Consent;
use super::token::scopes;
use super::{CLIENT_ID, PUBLIC_CLIENT_ID, Provider, USER};
use crate::http::{Pairs, code, escape, set, typed};
use crate::world::{Ctx, now_millis};

/// Shows the page for an authorize request, or says what is wrong with the request.
pub(super) fn show(ctx: &Ctx, provider: &Provider, query: &Pairs) -> Response {
    // Until both are known to be right, nothing may be sent to the redirect URI (RFC 6749, section 4.1.2.1).
    let client = query.get("client_id").or_else(|| query.get("client_key")).unwrap_or_default();
    if ![CLIENT_ID, PUBLIC_CLIENT_ID].contains(&client) {
        return problem("client_id names no client of this server.");
    }
    let redirect_uri = query.text("redirect_uri");
    if !may_redirect(redirect_uri) {
        return problem("redirect_uri must be https, or http on 127.0.0.1 or [::1].");
    }
    let consent = Consent {
        provider: provider.name.into(),
        client: client.into(),
        scope: scopes(provider, query.text("scope")),
        redirect_uri: redirect_uri.into(),
        challenge: query.get("code_challenge").map(str::to_owned),
        offline: (provider.offline)(query),
        state: query.text("state").into(),
    };
    let needs_pkce = provider.requires_pkce || client == PUBLIC_CLIENT_ID;
    let refusal = match query.get("code_challenge_method") {
        _ if query.text("response_type") != "code" => Some("unsupported_response_type"),
        Some("S256") if consent.challenge.as_ref().is_some_and(|text| text.len() == 43) => None,
        None if consent.challenge.is_none() && !needs_pkce => None,
        _ => Some("invalid_request"),
    };
    if let Some(error) = refusal {
        return redirect(ctx, provider, &consent, &[("error", error)]);
    }
    if let Err(why) = (provider.consents)(query) {
        return redirect(ctx, provider, &consent, &[("error", "invalid_request"), ("error_description", why)]);
    }
    let allowed: String =
        consent.scope.iter().map(|scope| format!("<li><code>{}</code></li>", escape(scope))).collect();
    let scope_list = if allowed.is_empty() { "<p>Its basic data.</p>".into() } else { format!("<ul>{allowed}</ul>") };
    match ctx.world().grants.open_page(consent) {
        Ok(ticket) => ask(provider.title, &scope_list, &ticket),
        Err(refusal) => problem(refusal.description),
    }
}

/// The page that asks the user of `title`; its form brings the ticket back. `wishes` is HTML.
pub(super) fn ask(title: &str, wishes: &str, ticket: &str) -> Response {
    page(
        200,
        &format!("{title} sandbox: allow access"),
        &format!(
            "<p>Signed in as {USER}.</p><p>A program wants to use your {title} account:</p>{wishes}\
             <form method=\"post\" action=\"\"><input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\
             <button name=\"decision\" value=\"allow\">Allow</button> \
             <button name=\"decision\" value=\"deny\">Deny</button></form>"
        ),
    )
}

/// Sends the browser back with a code, or with the refusal.
pub(super) fn decide(ctx: &Ctx, provider: &Provider, form: &Pairs) -> Response {
    let Some(consent) = ctx.world().grants.close_page(form.text("ticket")) else {
        return problem("This page was answered before. Start again in the program.");
    };
    if form.text("decision") != "allow" {
        return redirect(ctx, provider, &consent, &[("error", "access_denied")]);
    }
    let issued = ctx.world().grants.code(consent.clone(), now_millis());
    match issued {
        Ok(code) => redirect(ctx, provider, &consent, &[(provider.code_name, &code)]),
        Err(refusal) => redirect(ctx, provider, &consent, &[("error", refusal.error)]),
    }
}

fn redirect(ctx: &Ctx, provider: &Provider, consent: &Consent, answer: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(&consent.redirect_uri) else {
        return problem("redirect_uri is no URL.");
    };
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(answer);
        if !consent.state.is_empty() {
            query.append_pair("state", &consent.state);
        }
        if provider.names_issuer {
            query.append_pair("iss", &format!("{}/{}", ctx.base(), provider.name));
        }
    }
    let more = (provider.callback)(ctx, &Pairs::parse(url.query().unwrap_or_default()));
    if !more.is_empty() {
        url.query_pairs_mut().extend_pairs(more);
    }
    let mut response = crate::http::empty(303);
    set(&mut response, "location", url.as_str());
    response
}

/// Exact registration aside, the rule of RFC 8252, section 7.3: a loopback literal with any port, or https.
pub(super) fn may_redirect(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    };
    url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

pub(super) fn problem(text: &str) -> Response {
    page(400, "This request cannot be answered", &format!("<p>{}</p>", escape(text)))
}

/// A small page in plain HTML.
pub(super) fn page(status: u16, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.1rem/1.5 system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.4rem 1.2rem}}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>",
        title = escape(title)
    );
    let mut response = typed(status, "text/html; charset=utf-8", html);
    set(&mut response, "content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    *response.status_mut() = code(status);
    response
}
