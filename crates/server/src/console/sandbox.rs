//! `/sandbox`: what the stand-ins for services hold, were asked for and have captured, and how they are to misbehave.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maud::{Markup, html};
use rainwright::{Code, Problem};
use serde_json::{Map, Value, json};

use super::access::{Role, Who};
use super::frame::Visit;
use super::{Console, Workplace, blocking};
use crate::web::{Attributes, Flash, Form, Session, code_box, field, hidden, see_other, token};

/// How many records, calls and messages a page shows.
const SHOWN: usize = 100;
/// How many fields of a record a table shows.
const FIELDS: usize = 6;
const PATH: &str = "/sandbox";

/// `GET`: all of it.
pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let workplace = Arc::clone(&console.shared.settings.workplace);
    let data = address("/data", query.get("product"), query.get("module"));
    let read = blocking(move || {
        let ask = |path: &str| asked(&*workplace, "GET", path, &Value::Null);
        Ok(Seen { data: ask(&data)?, stats: ask("/stats")?, outbox: ask("/outbox")?, faults: ask("/next")? })
    });
    let content = match read.await {
        Ok(seen) => shown(&session, &seen, &query),
        Err(problem) => {
            let content = html! {
                div.head { h1 { "Sandbox" } }
                div.sheet.empty {
                    h2 { "No sandbox plays here" }
                    p.soft { "Start one with " code { "dg sandbox" } ", and this console with " code { "--sandbox-at" } " and its address. Then services are played on this machine, and nothing that is tried here leaves it." }
                }
            };
            if problem.code != Code::NotSupported {
                console.flash(&session, problem);
            }
            content
        }
    };
    console.page(&session, "Sandbox", PATH, &content)
}

/// What the sandbox tells.
struct Seen {
    data: Value,
    stats: Value,
    outbox: Value,
    faults: Value,
}

/// Asks the sandbox, and reads its JSON.
fn asked(workplace: &dyn Workplace, method: &str, path: &str, body: &Value) -> Result<Value, Problem> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let (status, answer) = workplace.sandbox(method, path, &text)?;
    let value = serde_json::from_str::<Value>(&answer).unwrap_or_default();
    if status >= 400 {
        let why = value["error"].as_str().unwrap_or("it does not say why");
        return Err(Problem::new(Code::BadArgument, format!("The sandbox refused that: {why}.")));
    }
    Ok(value)
}

/// `POST`: changes it.
pub(super) async fn change(
    State(console): State<Console>,
    Extension(session): Visit,
    Extension(form): Extension<Form>,
) -> Response {
    let workplace = Arc::clone(&console.shared.settings.workplace);
    let done = blocking(move || {
        let (method, path, body, said) = match form.get("do") {
            "fault" => ("POST", "/next", fault(&form)?, "The next calls that fit will meet it."),
            "clear-faults" => ("DELETE", "/next", Value::Null, "No faults wait any more."),
            "clear-calls" => ("DELETE", "/stats", Value::Null, "The calls were forgotten."),
            "clear-outbox" => ("DELETE", "/outbox", Value::Null, "The messages were forgotten."),
            "expire" => ("POST", "/expire", json!({}), "All access tokens have ended; the next calls renew them."),
            "revoke" => ("POST", "/revoke", json!({}), "All logins were taken back; connections need consent again."),
            _ => return Err(Problem::new(Code::BadArgument, "The sandbox does not know that.")),
        };
        asked(&*workplace, method, path, &body).map(|_| said)
    });
    match done.await {
        Ok(said) => console.flash(&session, Flash::good(said)),
        Err(problem) => console.flash(&session, problem),
    }
    see_other(PATH)
}

/// The fault that a form describes; what is left empty stays as the sandbox has it.
fn fault(form: &Form) -> Result<Value, Problem> {
    let mut fault = Map::new();
    for name in ["service", "path", "method", "body"] {
        if form.has(name) {
            fault.insert(name.to_owned(), form.get(name).into());
        }
    }
    for name in ["status", "times", "delay_ms"] {
        if form.has(name) {
            let number: u64 = form.get(name).parse().map_err(|_| {
                Problem::new(
                    Code::BadArgument,
                    format!("'{}' is no whole number, as {name} has to be.", form.get(name)),
                )
            })?;
            fault.insert(name.to_owned(), number.into());
        }
    }
    if form.has("drop") {
        fault.insert("drop".to_owned(), true.into());
    }
    Ok(Value::Object(fault))
}

fn shown(session: &Session<Who>, seen: &Seen, query: &Form) -> Markup {
    let may = session.who.highest() >= Role::Operator;
    let button = |what: &str, text: &str| {
        html! {
            @if may {
                form method="post" action=(PATH) { (token(session)) (hidden("do", what)) button.plain { (text) } }
            }
        }
    };
    html! {
        div.head { h1 { "Sandbox" } p.soft { "Stand-ins for services, on this machine. Nothing that happens here leaves it." } }
        (data(&seen.data, query))
        section.sheet aria-labelledby="calls-title" {
            h2 #calls-title { "Calls" }
            (counted(&seen.stats["requests"], "No call yet."))
            @if seen.stats["not_played"].as_object().is_some_and(|missed| !missed.is_empty()) {
                h3 { "Not played" }
                (counted(&seen.stats["not_played"], ""))
            }
            div.line { (button("clear-calls", "Forget the calls")) (button("expire", "End all access tokens")) (button("revoke", "Take back all logins")) }
        }
        section.sheet aria-labelledby="mails-title" {
            h2 #mails-title { "Mails and messages" }
            (messages(&seen.outbox["messages"]))
            div.line { (button("clear-outbox", "Forget the messages")) }
        }
        section.sheet aria-labelledby="faults-title" {
            h2 #faults-title { "Faults" }
            @let waiting = seen.faults["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
            @if waiting.is_empty() { p.soft { "The services behave." } } @else {
                (code_box("Waiting for calls that fit", &waiting.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")))
                (button("clear-faults", "Behave again"))
            }
            @if may {
                form method="post" action=(PATH) {
                    (token(session)) (hidden("do", "fault"))
                    h3 { "Let the next calls fail" }
                    @let optional = Attributes { optional: true, ..Attributes::default() };
                    (field("service", "Service", "", "Such as mailchimp or zoho; all of them when it is empty", optional))
                    (field("path", "Path", "", "Calls whose path begins so: /3.0/lists", optional))
                    (field("status", "Status", "503", "What is answered", optional))
                    (field("times", "How often", "1", "", optional))
                    (field("delay_ms", "Wait", "", "Milliseconds before the answer", optional))
                    label.check { input type="checkbox" name="drop" value="yes"; span { "Hang up without an answer" } }
                    button { "Let it happen" }
                }
            }
        }
    }
}

fn counted(counts: &Value, none: &str) -> Markup {
    let counts = counts.as_object();
    html! {
        @match counts.filter(|counts| !counts.is_empty()) {
            None => p.soft { (none) },
            Some(counts) => div.scroll { table.rows {
                thead { tr { th scope="col" { "Call" } th scope="col" { "Times" } } }
                tbody {
                    @for (call, times) in counts.iter().take(SHOWN) { tr { td { code { (call) } } td data-label="Times" { (times) } } }
                }
            } },
        }
    }
}

fn messages(messages: &Value) -> Markup {
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |message: &Value, key: &str| message[key].as_str().unwrap_or_default().to_owned();
    html! {
        @if messages.is_empty() { p.soft { "Nothing was sent to anybody." } } @else { div.scroll { table.rows {
            thead { tr { th scope="col" { "Kind" } th scope="col" { "Service" } th scope="col" { "Content" } } }
            tbody {
                @for message in messages.iter().rev().take(SHOWN) {
                    tr {
                        td { (text(message, "kind")) }
                        td data-label="Service" { (text(message, "service")) }
                        td { code { (message["content"]) } }
                    }
                }
            }
        } } }
    }
}

/// The records: a list of modules, and the records of one that was chosen.
fn data(data: &Value, query: &Form) -> Markup {
    let (product, module) = (query.get("product"), query.get("module"));
    let products = data["counts"].as_object().cloned().unwrap_or_default();
    let records = data["records"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = data["counts"][product][module].as_u64().unwrap_or_default();
    html! {
        section.sheet aria-labelledby="data-title" {
            h2 #data-title { "Data" }
            @for (name, modules) in &products {
                @let modules = modules.as_object().cloned().unwrap_or_default();
                details open[name == product] {
                    summary { (name) " (" (modules.len()) @if modules.len() == 1 { " module)" } @else { " modules)" } }
                    ul.plain {
                        @for (link, count) in &modules {
                            li { a href=(address(PATH, name, link)) { (link) } " " span.soft { (count) } }
                        }
                    }
                }
            }
            @if !records.is_empty() {
                h3 { (product) ": " (module) }
                (table(records))
                @if count > records.len() as u64 { p.soft { "The first " (records.len()) " of " (count) "." } }
            }
        }
    }
}

fn address(path: &str, product: &str, module: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    query.append_pair("product", product).append_pair("module", module);
    query.finish()
}

fn table(records: &[Value]) -> Markup {
    let mut columns: Vec<String> = Vec::new();
    for (name, value) in records.iter().take(SHOWN).filter_map(Value::as_object).flatten() {
        if columns.len() < FIELDS && !value.is_null() && !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let cell = |value: &Value| match value {
        Value::String(text) => text.chars().take(120).collect::<String>(),
        Value::Null => String::new(),
        other => other.to_string().chars().take(120).collect(),
    };
    html! {
        div.scroll { table.rows {
            thead { tr { @for name in &columns { th scope="col" { (name) } } } }
            tbody {
                @for record in records.iter().take(SHOWN) {
                    tr { @for name in &columns { td data-label=(name) { (cell(&record[name.as_str()])) } } }
                }
            }
        } }
    }
}
