//! The Zoho products: where each is found, who answers for it, and what is said where nobody does.

mod analytics;
mod bookings;
mod cliq;
mod cliq_things;
mod lists;
mod mail;
mod people;
mod projects;
mod reports;
mod sdp;
mod sheet;
mod shelf;
mod sign;
mod workdrive;
mod writer;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::any;
use serde_json::json;

use crate::call::{Answer, Call};
use crate::http::{json, set};
use crate::runner;
use crate::world::Ctx;
use crate::zoho;
use crate::{creator, crm, desk, finance};

/// The header of an answer that says that something is not played; such answers are counted.
pub(crate) const NOT_PLAYED: &str = "x-sandbox-not-played";

/// A product.
pub(crate) struct Product {
    /// Its name: in the store, in seeds and in faults.
    pub(crate) name: &'static str,
    /// Its name for people.
    title: &'static str,
    /// The first piece of its paths at `www.zohoapis.com`; empty when it is not there.
    gateway: &'static str,
    /// Its own hosts, without the domain: `desk` of `desk.zoho.com`.
    pub(crate) hosts: &'static [&'static str],
    /// The first piece of its paths at its own hosts, which says nothing.
    strip: &'static str,
    /// Who answers; `None` when nobody does.
    serve: Option<fn(Call) -> Answer>,
    /// An error of that status in the product's form.
    error: fn(u16) -> Response,
}

const UNPLAYED: Product =
    Product { name: "", title: "", gateway: "", hosts: &[], strip: "", serve: None, error: plain_error };

/// All products.
pub(crate) static PRODUCTS: &[Product] = &[
    Product {
        name: "crm",
        title: "CRM",
        gateway: "crm",
        hosts: &["crm"],
        strip: "crm",
        serve: Some(|call| crm::serve(&crm::CRM, call)),
        error: crm::error,
    },
    Product {
        name: "bigin",
        title: "Bigin",
        gateway: "bigin",
        hosts: &["bigin"],
        strip: "bigin",
        serve: Some(|call| crm::serve(&crm::BIGIN, call)),
        error: crm::error,
    },
    Product {
        name: "recruit",
        title: "Recruit",
        gateway: "recruit",
        hosts: &["recruit"],
        strip: "recruit",
        serve: Some(|call| crm::serve(&crm::RECRUIT, call)),
        error: crm::error,
    },
    Product {
        name: "books",
        title: "Books",
        gateway: "books",
        hosts: &["books"],
        strip: "api",
        serve: Some(|call| finance::serve(&finance::BOOKS, call)),
        error: finance::error,
    },
    Product {
        name: "invoice",
        title: "Invoice",
        gateway: "invoice",
        hosts: &["invoice"],
        strip: "api",
        serve: Some(|call| finance::serve(&finance::INVOICE, call)),
        error: finance::error,
    },
    Product {
        name: "inventory",
        title: "Inventory",
        gateway: "inventory",
        hosts: &["inventory"],
        strip: "api",
        serve: Some(|call| finance::serve(&finance::INVENTORY, call)),
        error: finance::error,
    },
    Product {
        name: "billing",
        title: "Billing",
        gateway: "billing",
        hosts: &["subscriptions", "billing"],
        strip: "api",
        serve: Some(|call| finance::serve(&finance::SUBSCRIPTIONS, call)),
        error: finance::error,
    },
    Product {
        name: "creator",
        title: "Creator",
        gateway: "creator",
        hosts: &["creator"],
        strip: "api",
        serve: Some(creator::serve),
        error: creator::error,
    },
    Product {
        name: "desk",
        title: "Desk",
        hosts: &["desk"],
        strip: "api",
        serve: Some(desk::serve),
        error: desk::error,
        ..UNPLAYED
    },
    Product {
        name: "projects",
        title: "Projects",
        hosts: &["projectsapi", "projects"],
        serve: Some(projects::serve),
        error: projects::error,
        ..UNPLAYED
    },
    Product {
        name: "people",
        title: "People",
        hosts: &["people"],
        strip: "people",
        serve: Some(people::serve),
        error: people::error,
        ..UNPLAYED
    },
    Product {
        name: "sign",
        title: "Sign",
        hosts: &["sign"],
        strip: "api",
        serve: Some(sign::serve),
        error: sign::error,
        ..UNPLAYED
    },
    Product {
        name: "cliq",
        title: "Cliq",
        hosts: &["cliq"],
        strip: "api",
        serve: Some(cliq::serve),
        error: cliq::error,
        ..UNPLAYED
    },
    Product {
        name: "workdrive",
        title: "WorkDrive",
        gateway: "workdrive",
        hosts: &["workdrive"],
        serve: Some(workdrive::serve),
        error: workdrive::error,
        ..UNPLAYED
    },
    Product {
        name: "writer",
        title: "Writer",
        gateway: "writer",
        hosts: &["writer"],
        strip: "writer",
        serve: Some(writer::serve),
        error: writer::error,
    },
    Product {
        name: "sheet",
        title: "Sheet",
        hosts: &["sheet"],
        strip: "api",
        serve: Some(sheet::serve),
        error: sheet::error,
        ..UNPLAYED
    },
    Product {
        name: "mail",
        title: "Mail",
        hosts: &["mail"],
        strip: "api",
        serve: Some(mail::serve),
        error: mail::error,
        ..UNPLAYED
    },
    Product {
        name: "campaigns",
        title: "Campaigns",
        hosts: &["campaigns"],
        strip: "api",
        serve: Some(lists::campaigns),
        error: lists::campaigns_error,
        ..UNPLAYED
    },
    Product {
        name: "calendar",
        title: "Calendar",
        hosts: &["calendar"],
        strip: "api",
        serve: Some(lists::calendar),
        error: lists::calendar_error,
        ..UNPLAYED
    },
    Product {
        name: "analytics",
        title: "Analytics",
        hosts: &["analyticsapi"],
        serve: Some(analytics::serve),
        error: analytics::error,
        ..UNPLAYED
    },
    Product { name: "expense", title: "Expense", gateway: "expense", hosts: &["expense"], ..UNPLAYED },
    Product { name: "connect", title: "Connect", hosts: &["connect"], ..UNPLAYED },
    Product {
        name: "fsm",
        title: "FSM",
        gateway: "fsm",
        hosts: &["fsm"],
        strip: "fsm",
        serve: Some(|call| crm::serve(&crm::FSM, call)),
        error: crm::error,
    },
    Product {
        name: "bookings",
        title: "Bookings",
        gateway: "bookings",
        hosts: &["bookings"],
        strip: "api",
        serve: Some(bookings::serve),
        error: bookings::error,
    },
    Product { name: "salesiq", title: "SalesIQ", hosts: &["salesiq"], ..UNPLAYED },
    Product { name: "notebook", title: "Notebook", hosts: &["notebook"], ..UNPLAYED },
    Product { name: "directory", title: "Directory", hosts: &["directory", "one"], ..UNPLAYED },
    Product {
        name: "marketingautomation",
        title: "Marketing Automation",
        hosts: &["marketinghub", "marketingautomation"],
        ..UNPLAYED
    },
    Product {
        name: "sdp",
        title: "ServiceDesk Plus",
        hosts: &["sdp"],
        serve: Some(sdp::serve),
        error: sdp::error,
        ..UNPLAYED
    },
    Product { name: "meeting", title: "Meeting", hosts: &["meeting"], ..UNPLAYED },
    Product { name: "flow", title: "Flow", hosts: &["flow"], ..UNPLAYED },
    Product { name: "survey", title: "Survey", hosts: &["survey"], ..UNPLAYED },
    Product { name: "payroll", title: "Payroll", hosts: &["payroll"], ..UNPLAYED },
    Product { name: "sprints", title: "Sprints", hosts: &["sprintsapi"], ..UNPLAYED },
    Product { name: "commerce", title: "Commerce", gateway: "commerce", hosts: &["commerce"], ..UNPLAYED },
];

/// The product of that name.
pub(crate) fn find(name: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.name == name)
}

/// Routes of `www.zohoapis.com` and of the products' own hosts, each in every data centre.
pub(crate) fn routes() -> Router<Ctx> {
    let gateway = |State(ctx): State<Ctx>, Path((centre, _)): Path<(String, String)>, request: Request| async move {
        let path = below(&request, 2);
        let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
        let product = PRODUCTS.iter().find(|product| !product.gateway.is_empty() && product.gateway == first);
        match product {
            Some(product) => answer(ctx, product, &centre, rest, request).await,
            None => crm::error(404),
        }
    };
    let mut router = Router::new().route("/zoho-api/{centre}/{*rest}", any(gateway));
    for product in PRODUCTS {
        for host in product.hosts {
            let own = move |State(ctx): State<Ctx>, Path((centre, _)): Path<(String, String)>, request: Request| async move {
                let path = below(&request, 2);
                let rest =
                    path.strip_prefix(product.strip).filter(|rest| product.strip.is_empty() || rest.starts_with('/'));
                answer(ctx, product, &centre, rest.unwrap_or(&path), request).await
            };
            router = router.route(&format!("/zoho-{host}/{{centre}}/{{*rest}}"), any(own));
        }
    }
    router
}

/// The request's path without its first pieces, as it was sent.
fn below(request: &Request, pieces: usize) -> String {
    let path = request.uri().path().trim_start_matches('/');
    path.splitn(pieces + 1, '/').nth(pieces).unwrap_or_default().to_owned()
}

async fn answer(ctx: Ctx, product: &Product, centre: &str, rest: &str, request: Request) -> Response {
    let Some(serve) = product.serve else {
        return not_played(
            &format!("Zoho {}", product.title),
            "record its answers with --record and run with --replay",
        );
    };
    let mut call = match Call::read(ctx, rest, request).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    match zoho::check(&call.ctx, centre, &call.headers) {
        Ok(access) => call.access = access,
        // A function can be called with a key of its own instead.
        Err("missing") if product.gateway == "crm" && runner::has_key(&call) => {}
        Err("missing") if product.gateway == "creator" && creator::has_key(&call) => {}
        Err("missing") if product.gateway == "crm" => return crm::no_token(),
        Err(_) => return (product.error)(401),
    }
    serve(call).unwrap_or_else(|refused| refused)
}

/// What a call gets that the sandbox has no answer for: it is not guessed.
pub(crate) fn not_played(what: &str, instead: &str) -> Response {
    let message = format!("The sandbox does not play {what}.");
    let mut response =
        json(501, json!({ "error": "not_played", "message": message, "help": format!("You can {instead}.") }));
    set(&mut response, NOT_PLAYED, "1");
    response
}

/// An error in the form of the product that a path below `segment` belongs to.
pub(crate) fn error(segment: &str, rest: &str, status: u16) -> Response {
    let product = match segment.strip_prefix("zoho-") {
        Some("api") => {
            let piece = rest.split('/').nth(2).unwrap_or_default();
            PRODUCTS.iter().find(|product| !product.gateway.is_empty() && product.gateway == piece)
        }
        Some(host) => PRODUCTS.iter().find(|product| product.hosts.contains(&host)),
        None => None,
    };
    product.map_or_else(|| crm::error(status), |product| (product.error)(status))
}

fn plain_error(status: u16) -> Response {
    json(status, json!({ "code": status, "message": format!("HTTP {status}, as ordered") }))
}
