//! Zoho's accounts servers, one in each data centre.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use crate::http::{Pairs, json};
use crate::oauth::{self, Access, Issued, Provider, Refusal, STANDARD, TokenRequest, standard_token};
use crate::products;
use crate::world::Ctx;

/// Data centres: the location's name, the domain of its accounts server and products, and that of its APIs.
pub(crate) const CENTRES: &[(&str, &str, &str)] = &[
    ("us", "zoho.com", "zohoapis.com"),
    ("eu", "zoho.eu", "zohoapis.eu"),
    ("in", "zoho.in", "zohoapis.in"),
    ("au", "zoho.com.au", "zohoapis.com.au"),
    ("jp", "zoho.jp", "zohoapis.jp"),
    ("cn", "zoho.com.cn", "zohoapis.com.cn"),
    ("sa", "zoho.sa", "zohoapis.sa"),
    ("uk", "zoho.uk", "zohoapis.uk"),
    ("ca", "zohocloud.ca", "zohoapis.ca"),
    ("ae", "zoho.ae", "zohoapis.ae"),
];

/// The names that the API's host has: the usual one, none, and those of CRM's own sandboxes and developer accounts.
const API_NAMES: [&str; 4] = ["www.", "", "sandbox.", "developer."];

/// The scopes that all of the products played need together.
pub const SCOPES: &[&str] = &[
    "AaaServer.profile.READ",
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.files.ALL",
    "ZohoCRM.functions.ALL",
    "ZohoBigin.modules.ALL",
    "ZohoBigin.settings.ALL",
    "ZohoRecruit.modules.ALL",
    "ZohoBooks.fullaccess.all",
    "ZohoInvoice.fullaccess.all",
    "ZohoInventory.fullaccess.all",
    "ZohoSubscriptions.fullaccess.all",
    "ZohoCreator.form.ALL",
    "ZohoCreator.report.ALL",
    "Desk.tickets.ALL",
    "Desk.contacts.ALL",
    "Desk.activities.ALL",
    "Desk.basic.ALL",
    "Desk.settings.ALL",
    "Desk.search.READ",
    "ZohoProjects.portals.ALL",
    "ZohoProjects.projects.ALL",
    "ZOHOPEOPLE.forms.ALL",
    "ZohoSign.documents.ALL",
    "ZohoSign.templates.ALL",
    "ZohoCliq.Webhooks.CREATE",
    "ZohoCliq.Bots.ALL",
    "ZohoCliq.Functions.ALL",
    "ZohoCliq.Commands.ALL",
    "ZohoCliq.MessageActions.ALL",
    "ZohoCliq.StorageData.ALL",
    "ZohoCliq.Chats.ALL",
    "ZohoAnalytics.data.ALL",
    "ZohoAnalytics.metadata.ALL",
    "WorkDrive.files.ALL",
    "WorkDrive.teamfolders.ALL",
    "ZohoWriter.documentEditor.ALL",
    "ZohoSheet.dataAPI.ALL",
    "ZohoMail.messages.ALL",
    "ZohoMail.folders.ALL",
    "ZohoMail.tags.ALL",
    "ZohoMail.accounts.ALL",
    "ZohoCampaigns.contact.ALL",
    "ZohoCalendar.event.ALL",
    "ZohoFSM.modules.ALL",
    "zohobookings.data.ALL",
    "SDPOnDemand.requests.ALL",
];

static PROVIDER: Provider = Provider {
    name: "zoho",
    title: "Zoho",
    offline: |query| query.text("access_type") == "offline",
    scope_separator: ',',
    requires_pkce: false,
    names_issuer: false,
    callback: |ctx, _| {
        let (location, domain, _) = home(ctx);
        vec![("location".into(), location.into()), ("accounts-server".into(), format!("https://accounts.{domain}"))]
    },
    answer,
    ..STANDARD
};

/// The hosts of all data centres with their paths.
pub(crate) fn hosts() -> impl Iterator<Item = (String, String)> {
    CENTRES.iter().flat_map(|(location, domain, api)| {
        let accounts = [(format!("accounts.{domain}"), format!("/zoho-accounts/{location}"))];
        let apis = API_NAMES.iter().map(move |name| (format!("{name}{api}"), format!("/zoho-api/{location}")));
        let own = products::PRODUCTS.iter().flat_map(|product| product.hosts);
        let own = own.map(move |host| (format!("{host}.{domain}"), format!("/zoho-{host}/{location}")));
        accounts.into_iter().chain(apis).chain(own)
    })
}

/// The data centre of the user who signs in.
fn home(ctx: &Ctx) -> (&'static str, &'static str, &'static str) {
    let location = ctx.options().zoho_location.as_str();
    CENTRES.iter().copied().find(|(name, ..)| *name == location).unwrap_or(CENTRES[0])
}

/// Authorize page, tokens, revocation and device flow of one data centre.
pub(crate) fn accounts_routes() -> Router<Ctx> {
    Router::new()
        .route("/oauth/v2/auth", oauth::authorize(&PROVIDER))
        .route("/oauth/v2/token", post(token))
        .route("/oauth/v2/token/revoke", post(revoke))
        .route("/oauth/user/info", get(user_info))
        .route("/oauth/v3/device/code", oauth::device(&PROVIDER, "/zoho-accounts/us/oauth/v3/device"))
        .route("/oauth/v3/device", oauth::device_page(&PROVIDER))
}

/// Codes and tokens are good only at the accounts server of the user's own data centre.
async fn token(State(ctx): State<Ctx>, Path(centre): Path<String>, request: TokenRequest) -> Response {
    if centre != home(&ctx).0 && ctx.lenient().is_none() {
        return answer(&ctx, &request, Err(Refusal::grant("another data centre")));
    }
    oauth::answer_token(&ctx, &PROVIDER, &request)
}

/// Zoho's token answers: errors have HTTP 200 and words of their own.
fn answer(ctx: &Ctx, _: &TokenRequest, result: Result<Issued, Refusal>) -> Response {
    match result {
        Ok(issued) => {
            let mut members = standard_token(&issued);
            members.insert("api_domain".into(), format!("https://www.{}", home(ctx).2).into());
            members.insert("scope".into(), issued.scope.join(" ").into());
            json(200, members)
        }
        Err(refusal) => {
            let word = match refusal.error {
                "invalid_grant" => "invalid_code",
                other => other,
            };
            json(200, json!({ "error": word }))
        }
    }
}

async fn revoke(State(ctx): State<Ctx>, RawQuery(query): RawQuery, request: TokenRequest) -> Response {
    let query = Pairs::parse(&query.unwrap_or_default());
    let token = query.get("token").unwrap_or(request.text("token"));
    match oauth::revoke(&ctx, &PROVIDER, token) {
        true => json(200, json!({ "status": "success" })),
        false => json(200, json!({ "error": "invalid_token" })),
    }
}

/// Who is signed in, told to whoever has the scope for it.
async fn user_info(State(ctx): State<Ctx>, Path(centre): Path<String>, headers: HeaderMap) -> Response {
    match check(&ctx, &centre, &headers) {
        Ok(_) => json(
            200,
            json!({
                "First_Name": "Robin",
                "Last_Name": "",
                "Display_Name": "Robin",
                "Email": oauth::USER,
                "ZUID": 10_000_001,
            }),
        ),
        Err(_) => json(401, json!({ "error": "invalid_token" })),
    }
}

/// Whether scopes such as `ZohoCRM.modules.leads.READ` or `ZohoCRM.modules.ALL` allow an operation. A token without scopes
/// may do anything.
pub(crate) fn permits(access: &Access, product: &str, area: &str, part: &str, operation: &str) -> bool {
    let allows = |scope: &String| {
        let scope = scope.to_lowercase();
        let pieces: Vec<&str> = scope.split('.').collect();
        let Some((product_of, rest)) = pieces.split_first() else { return false };
        if *product_of != product.to_lowercase() {
            return false;
        }
        match rest {
            ["fullaccess", "all"] => true,
            [in_area, what @ ..] if *in_area == area.to_lowercase() => match what {
                [] => true,
                [done] => *done == "all" || *done == operation,
                [of, done, ..] => *of == part.to_lowercase() && (*done == "all" || *done == operation),
            },
            _ => false,
        }
    };
    access.scope.is_empty() || access.scope.iter().any(allows)
}

/// The user that calls a Zoho API; the header is `Zoho-oauthtoken TOKEN`, in the user's own data centre.
pub(crate) fn check(ctx: &Ctx, centre: &str, headers: &HeaderMap) -> Result<Access, &'static str> {
    // With leniency every data centre is the user's own.
    match centre == home(ctx).0 || ctx.lenient().is_some() {
        true => oauth::check(ctx, PROVIDER.name, headers, &["Zoho-oauthtoken"]),
        false => Err("unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_name_areas_parts_and_operations() {
        let may = |scope: &str, operation| {
            permits(&Access { scope: vec![scope.into()] }, "ZohoCRM", "modules", "Leads", operation)
        };
        assert!(may("ZohoCRM.modules.ALL", "delete"));
        assert!(may("ZohoCRM.modules.leads.READ", "read"));
        assert!(may("ZohoCRM.modules.READ", "read"));
        assert!(!may("ZohoCRM.modules.leads.READ", "create"));
        assert!(!may("ZohoCRM.modules.contacts.ALL", "read"));
        assert!(!may("ZohoCRM.settings.ALL", "read"));
        assert!(!may("ZohoBooks.fullaccess.all", "read"));
        assert!(permits(&Access::default(), "Desk", "tickets", "", "read"));
    }
}
