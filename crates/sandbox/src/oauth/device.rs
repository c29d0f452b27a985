//! The device flow (RFC 8628): codes for the device, and the page where its user types one.

use axum::response::Response;
use serde_json::json;

use super::consent::page;
use super::grants::{Consent, DEVICE_INTERVAL};
use super::token::{TokenRequest, scopes, standard_answer};
use super::{Provider, Refusal};
use crate::http::{Pairs, escape, json};
use crate::world::{Ctx, now_millis};

/// Gives a device its codes.
pub(super) fn begin(ctx: &Ctx, provider: &Provider, request: &TokenRequest, at: &str) -> Response {
    match codes(ctx, provider, request) {
        Ok((device_code, user_code)) => {
            let page = format!("{}{at}", ctx.base());
            let complete = format!("{page}?user_code={user_code}");
            let body = json!({
                "device_code": device_code,
                "user_code": user_code,
                "verification_uri": page,
                // Google's own word for it.
                "verification_url": page,
                "verification_uri_complete": complete,
                "expires_in": 600,
                "interval": DEVICE_INTERVAL / 1000,
            });
            json(200, body)
        }
        Err(refusal) => standard_answer(Err(refusal)),
    }
}

fn codes(ctx: &Ctx, provider: &Provider, request: &TokenRequest) -> Result<(String, String), Refusal> {
    // A device has no secret to keep; the one it sends with the code is checked there.
    let client = match request.get("client_id") {
        Some(id) if id == super::CLIENT_ID => super::CLIENT_ID,
        _ => request.client()?,
    };
    let consent = Consent {
        provider: provider.name.into(),
        client: client.into(),
        scope: scopes(provider, request.text("scope")),
        redirect_uri: String::new(),
        challenge: None,
        offline: true,
        state: String::new(),
    };
    ctx.world().grants.device(consent, now_millis())
}

/// Shows the page.
pub(super) fn show(provider: &Provider, query: &Pairs) -> Response {
    page(
        200,
        &format!("{} sandbox: connect a device", provider.title),
        &format!(
            "<form method=\"post\" action=\"\"><p><label>Code on the device \
             <input name=\"user_code\" autocomplete=\"off\" required value=\"{}\"></label></p>\
             <button name=\"decision\" value=\"allow\">Allow</button> \
             <button name=\"decision\" value=\"deny\">Deny</button></form>",
            escape(query.text("user_code"))
        ),
    )
}

/// Takes the user's decision.
pub(super) fn decide(ctx: &Ctx, provider: &Provider, form: &Pairs) -> Response {
    let allowed = form.text("decision") == "allow";
    let title = format!("{} sandbox", provider.title);
    match ctx.world().grants.decide_device(form.text("user_code"), allowed) {
        true => page(200, &title, "<p>Done. You can go back to your device.</p>"),
        false => page(400, &title, "<p>No device shows that code. Check it and go back to type it again.</p>"),
    }
}
