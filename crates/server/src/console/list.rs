//! `/connections`: one's own connections and their status.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use rainwright::Problem;
use rainwright::connections::Subject;
use rainwright::runtime::Registry;
use rainwright::runtime::connect::Health;

use super::access::Who;
use super::frame::{Visit, about, is_admin, tabs};
use super::words::badge;
use super::{Console, blocking};
use crate::web::{Flash, Session, time};

/// The status of the connections, with those that cannot be read.
type Listed = (Vec<Health>, Vec<(String, Problem)>);

async fn listed(registry: &Arc<Registry>) -> Result<Listed, Problem> {
    let health = registry.health(None).await?;
    let store = Arc::clone(registry.store());
    let damaged = blocking(move || store.damaged()).await?;
    Ok((health, damaged))
}

pub(super) async fn page(State(console): State<Console>, Extension(session): Visit) -> Response {
    let registry = console.registry();
    let (all, damaged) = match listed(&registry).await {
        Ok(listed) => listed,
        Err(problem) => {
            return console.refused(&session, "Connections", "/connections", &tabs("/connections", &session), problem);
        }
    };
    for (name, problem) in damaged {
        console.flash(&session, Flash::bad(format!("The connection {name} cannot be read: {}", problem.message)));
    }
    let content = html! {
        (tabs("/connections", &session))
        @if all.is_empty() { (empty(&session)) } @else { (table(&registry, &all)) }
    };
    console.page(&session, "Connections", "/connections", &content)
}

fn empty(session: &Session<Who>) -> Markup {
    html! {
        div.sheet.empty {
            h2 { "No connection yet" }
            p.soft { "A connection holds the login to a service. Scripts name it, and never see a password or a token." }
            @if is_admin(session) {
                p { a.button href="/connections/pick" { "Pick your service" } }
            }
        }
    }
}

fn table(registry: &Registry, all: &[Health]) -> Markup {
    let environments = all.iter().any(|one| !one.environment.is_default());
    let title = |id: &str| registry.catalogue().get(id).map_or_else(|_| id.to_owned(), |service| service.name.clone());
    html! {
        div.sheet.flush.scroll {
            table.rows {
                caption.sr { "Your connections" }
                thead {
                    tr {
                        th scope="col" { "Name" } th scope="col" { "Service" }
                        @if environments { th scope="col" { "Environment" } }
                        th scope="col" { "Status" } th scope="col" { "Owner" } th scope="col" { "Last used" }
                    }
                }
                tbody {
                    @for one in all {
                        tr {
                            td {
                                a href=(about("/connections/view", &one.key)) { b { (one.label) } }
                                br; code.soft { (one.name) }
                            }
                            td data-label="Service" { (title(&one.service)) }
                            @if environments { td data-label="Environment" { (one.environment) } }
                            td { (badge(one.status)) }
                            td data-label="Owner" { (owner(&one.key.subject)) }
                            td data-label="Last used" { @match one.last_used { Some(at) => (time(at)), None => "never" } }
                        }
                    }
                }
            }
        }
    }
}

/// Whose a connection is.
pub(super) fn owner(subject: &Subject) -> &str {
    match subject {
        Subject::Shared => "everybody",
        Subject::User(user) => user,
    }
}
