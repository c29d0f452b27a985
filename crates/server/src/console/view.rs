//! `/connections/view?name=…`: one connection, with the blocks to paste and everything that can be done with it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use rainwright::connections::{Connection, Key, Service, Status, sample};
use rainwright::runtime::connect::Health;

use super::access::{Role, Who};
use super::frame::{Visit, about, is_admin, key_fields};
use super::history::{Call, Deed, HEALTH, calls};
use super::list::owner;
use super::words::{advice, badge, has_consent_page, signs_in_with};
use super::{Console, Use, blocking};
use crate::web::{Attributes, Form, Session, code_box, field, see_other, time, token};

/// How many lines of history and of calls are shown.
const SHOWN: usize = 12;

/// What else is known of a connection.
struct Around {
    uses: Result<Vec<Use>, rainwright::Problem>,
    deeds: Vec<Deed>,
    calls: Vec<Call>,
}

pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let (connection, service) = match console.known(&form).await {
        Ok(known) => known,
        Err(problem) => {
            console.flash(&session, problem);
            return see_other("/connections");
        }
    };
    let (inner, key) = (console.clone(), connection.key());
    let around = blocking(move || {
        let shared = &inner.shared;
        Ok(Around {
            uses: shared.settings.workplace.uses(&key.name),
            deeds: shared.history.of(&key, SHOWN),
            calls: calls(&shared.settings.audit, &key, SHOWN),
        })
    });
    let around = match around.await {
        Ok(around) => around,
        Err(problem) => {
            console.flash(&session, problem);
            return see_other("/connections");
        }
    };
    let is_custom = console.registry().catalogue().is_custom(&service.id);
    let content = content(&session, &connection, &service, is_custom, &around);
    console.page(&session, &connection.label, "/connections", &content)
}

fn content(
    session: &Session<Who>,
    connection: &Connection,
    service: &Arc<Service>,
    is_custom: bool,
    around: &Around,
) -> Markup {
    let health = Health::of(connection);
    html! {
        p.crumbs { a href="/connections" { "Connections" } }
        div.head {
            div { h1 { (connection.label) } p { (badge(health.status)) } }
            (buttons(session, connection))
        }
        div.columns {
            div {
                (state(&health, connection, service))
                (code(connection, service, is_custom))
                (uses(&around.uses, &connection.name))
                (health_over_time(&around.deeds))
                (history(&around.deeds))
                (audit(&around.calls))
            }
            div {
                (facts(connection, service))
                @if is_admin(session) { (changes(session, connection)) }
            }
        }
    }
}

/// What can be done at once.
fn buttons(session: &Session<Who>, connection: &Connection) -> Markup {
    let key = connection.key();
    let operates = session.who.role_in(&key.environment) >= Role::Operator;
    let disabled = connection.status == Status::Disabled;
    let never = connection.status == Status::Draft;
    let is_revoked = connection.status == Status::Revoked;
    html! {
        div.actions {
            @if operates && !never && !disabled && !is_revoked { (button(session, &key, "test", "Test", "plain")) }
            @if operates && disabled { (button(session, &key, "enable", "Switch on", "plain")) }
            @if is_admin(session) {
                a.button.plain href=(about("/connections/reconnect", &key)) { (if never { "Connect" } else { "Reconnect" }) }
            }
        }
    }
}

/// A form that is one button.
fn button(session: &Session<Who>, key: &Key, action: &str, text: &str, class: &str) -> Markup {
    html! {
        form method="post" action={ "/connections/" (action) } {
            (token(session)) (key_fields(key))
            button class=(class) { (text) }
        }
    }
}

/// What is wrong, in plain words, and what to do.
fn state(health: &Health, connection: &Connection, service: &Service) -> Markup {
    let advice = advice(connection.status, has_consent_page(service));
    html! {
        @if advice.is_some() || health.problem.is_some() {
            section.sheet aria-labelledby="state-title" {
                h2 #state-title { (if health.usable { "Something went wrong when it was last used" } else { "It cannot be used now" }) }
                @if let Some(problem) = &health.problem { p { (problem) } }
                @if let Some(failure) = &connection.last_error { p.soft { "Seen " (time(failure.at)) } }
                @match advice {
                    Some(advice) => p { (advice) },
                    None => p { "Press Test to see whether it works now. If the provider keeps refusing, reconnect." },
                }
            }
        }
    }
}

fn code(connection: &Connection, service: &Service, is_custom: bool) -> Markup {
    html! {
        section.sheet aria-labelledby="code-title" {
            h2 #code-title { "Use it in a function" }
            p { "Paste this block, and take the URL from the provider's guide. The connection adds the credentials." }
            (code_box(if service.test.is_some() { "A call that works" } else { "Your first call" }, &sample::invokeurl(connection, service)))
            details.line {
                summary { "Blocks for GET, POST, PUT and DELETE" }
                @for method in sample::METHODS { (code_box(method, &sample::template(connection, service, method))) }
            }
            details.line {
                summary { "For a widget's manifest (usedConnections)" }
                (code_box("plugin-manifest.json", &sample::used_connection(connection, service, is_custom)))
            }
        }
    }
}

fn facts(connection: &Connection, service: &Service) -> Markup {
    let key = connection.key();
    let hosts = connection.hosts(service).join(", ");
    html! {
        section.sheet aria-labelledby="facts-title" {
            h2 #facts-title { "About it" }
            dl.facts {
                dt { "Link name" } dd { code { (connection.name) } }
                dt { "Service" } dd { (service.name) }
                dt { "Status" } dd { (badge(connection.status.name())) }
                dt { "Signs in with" } dd { (signs_in_with(service)) }
                dt { "Owner" } dd { (owner(&key.subject)) }
                dt { "Environment" } dd { (key.environment) }
                dt { "Scopes" } dd {
                    @for scope in &connection.scopes { code { (scope) } " " }
                    @if connection.scopes.is_empty() { "none were asked for" }
                }
                @for (name, value) in &connection.values { dt { (name) } dd { (value) } }
                dt { "Hosts" } dd { (hosts) }
                dt { "Made" } dd { (time(connection.created_at)) }
                dt { "Token expires" } dd {
                    @match connection.expires_at {
                        Some(at) => (time(at)),
                        None if connection.oauth2().is_some() => "not said by the provider",
                        None => "never",
                    }
                }
                @if let Some(at) = connection.refresh_expires_at { dt { "Login ends" } dd { (time(at)) " unless it is used" } }
                dt { "Last used" } dd { @match connection.last_used { Some(at) => (time(at)), None => "never" } }
                dt { "Last good call" } dd { @match connection.last_ok { Some(at) => (time(at)), None => "never" } }
            }
        }
    }
}

/// What an admin changes.
fn changes(session: &Session<Who>, connection: &Connection) -> Markup {
    let key = connection.key();
    let form = |action: &str, inside: Markup| {
        html! { form method="post" action={ "/connections/" (action) } { (token(session)) (key_fields(&key)) (inside) } }
    };
    let live = matches!(connection.status, Status::Connected | Status::Error);
    html! {
        section.sheet aria-labelledby="change-title" {
            h2 #change-title { "Change it" }
            details.line {
                summary { "Name for people" }
                (form("label", html! {
                    (field("label", "Connection name", &connection.label, "", Attributes::default()))
                    button.plain { "Save" }
                }))
            }
            details.line {
                summary { "Link name" }
                (form("rename", html! {
                    (field("new_name", "Link name", &connection.name, "Scripts that use it must say the new name.",
                        Attributes { pattern: Some("[a-z][a-z0-9_]{0,49}"), ..Attributes::default() }))
                    button.plain { "Rename" }
                }))
            }
            @if live {
                details.line {
                    summary { "Switch off" }
                    p { "Scripts cannot use it until it is switched on again. The login is kept." }
                    (form("disable", html! { button.plain { "Switch off" } }))
                }
            }
            @if !matches!(connection.status, Status::Revoked | Status::Draft) {
                details.line {
                    summary { "Revoke" }
                    p { "Gives its tokens back to the provider and forgets them. Name, settings and client stay: it can be reconnected." }
                    (form("revoke", html! { button.danger { "Revoke" } }))
                }
            }
            details.line {
                summary { "Delete" }
                p { "Forgets it with all its credentials. The provider is not told: revoke it first if it is still connected." }
                (form("delete", html! { button.danger { "Delete for good" } }))
            }
        }
    }
}

fn uses(uses: &Result<Vec<Use>, rainwright::Problem>, name: &str) -> Markup {
    html! {
        section.sheet aria-labelledby="uses-title" {
            h2 #uses-title { "Where it is used" }
            @match uses {
                Err(problem) => p { (problem.message) },
                Ok(uses) if uses.is_empty() => p.soft { "No script of this project names " code { (name) } "." },
                Ok(uses) => div.scroll {
                    table.rows {
                        thead { tr { th scope="col" { "Script" } th scope="col" { "Line" } } }
                        tbody {
                            @for place in uses {
                                tr { td { (place.file) ":" (place.line) } td { code { (place.text) } } }
                            }
                        }
                    }
                },
            }
        }
    }
}

/// When it went bad, and when it was good again, as the console has noticed.
fn health_over_time(deeds: &[Deed]) -> Markup {
    let seen: Vec<&Deed> = deeds.iter().filter(|deed| deed.what == HEALTH).collect();
    html! {
        @if !seen.is_empty() {
            section.sheet aria-labelledby="health-title" {
                h2 #health-title { "Health" }
                ol.plain {
                    @for deed in seen {
                        li {
                            (time(deed.at)) " "
                            span class=(if deed.good { "badge good" } else { "badge bad" }) { (if deed.good { "Good again" } else { "Went bad" }) }
                            @if !deed.good { " " (deed.note) }
                        }
                    }
                }
            }
        }
    }
}

fn history(deeds: &[Deed]) -> Markup {
    let deeds: Vec<&Deed> = deeds.iter().filter(|deed| deed.what != HEALTH).collect();
    html! {
        section.sheet aria-labelledby="history-title" {
            h2 #history-title { "History" }
            @if deeds.is_empty() { p.soft { "Nothing was done with it in this console yet." } } @else {
                div.scroll {
                    table.rows {
                        thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "By" } th scope="col" { "Outcome" } } }
                        tbody {
                            @for deed in &deeds {
                                tr {
                                    td { (time(deed.at)) }
                                    td data-label="What" { (deed.what) }
                                    td data-label="By" { (deed.who) }
                                    td { span class=(if deed.good { "badge good" } else { "badge bad" }) { (if deed.good { "Good" } else { "Failed" }) }
                                        @if !deed.note.is_empty() { " " (deed.note) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn audit(calls: &[Call]) -> Markup {
    html! {
        section.sheet aria-labelledby="calls-title" {
            h2 #calls-title { "Calls" }
            @if calls.is_empty() { p.soft { "No call with it is in the audit log yet. Functions that run here write to it, and " code { "dg run --audit FILE" } " to a file of its own." } } @else {
                div.scroll {
                    table.rows {
                        thead { tr { th scope="col" { "When" } th scope="col" { "Call" } th scope="col" { "Answer" } th scope="col" { "Took" } } }
                        tbody {
                            @for call in calls {
                                tr {
                                    td { @match call.time.parse::<Timestamp>() { Ok(at) => (time(at.as_second())), Err(_) => (call.time) }
                                        @if let Some(who) = &call.who { br; span.soft { (who) } } }
                                    td { code { (call.method) " " (call.host) (call.path) } }
                                    td data-label="Answer" { @match (call.status, &call.error) { (Some(status), _) => (status), (None, Some(error)) => (error), _ => "–" } }
                                    td data-label="Took" { (call.ms) " ms" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Sends the browser to the page of a connection.
pub(super) fn to(key: &Key) -> Response {
    see_other(&about("/connections/view", key))
}
