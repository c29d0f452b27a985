//! The project's functions: a list, and a form for each to run it.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use rainwright::effect::DataMap;
use rainwright::{Data, EntryPoint, Failure};
use rainwright_syntax::ast::TypeKind;

use super::access::{Role, Who};
use super::frame::Visit;
use super::runs::effects;
use super::{Console, blocking};
use crate::functions::Ran;
use crate::web::{Attributes, Flash, Form, Session, code_box, field, see_other, token};

/// The prefix of the name of a parameter in the form.
const ARGUMENT: &str = "argument.";

/// `/functions`.
pub(super) async fn list(State(console): State<Console>, Extension(session): Visit) -> Response {
    let all: Vec<(String, Result<EntryPoint, Failure>)> =
        console.shared.settings.functions.as_ref().map(crate::Functions::entries).unwrap_or_default();
    let content = html! {
        div.head { h1 { "Functions" } }
        @if all.is_empty() {
            div.sheet.empty {
                h2 { "No functions here" }
                p.soft { "Start " code { "dg console FOLDER" } " with the folder that holds your Deluge functions." }
            }
        } @else {
            div.sheet.flush.scroll {
                table.rows {
                    caption.sr { "The functions of this project" }
                    thead { tr { th scope="col" { "Function" } th scope="col" { "Parameters" } th scope="col" { "Gives" } } }
                    tbody {
                        @for (name, entry) in &all {
                            tr {
                                @match entry {
                                    Ok(entry) => {
                                        td { a href={ "/functions/" (name) } { b { (name) } } br; code.soft { (entry.name) } }
                                        td data-label="Parameters" {
                                            @if entry.params.is_empty() { span.soft { "none" } }
                                            @for param in &entry.params { code { (param.ty.word()) " " (param.name) } " " }
                                        }
                                        td data-label="Gives" { (entry.returns.word()) }
                                    }
                                    Err(failure) => {
                                        td { b { (name) } }
                                        td colspan="2" { span class="badge bad" { "Cannot be compiled" } " " (failure.message()) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    console.page(&session, "Functions", "/functions", &content)
}

/// `GET /functions/{name}`: the form.
pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    Path(name): Path<String>,
) -> Response {
    shown(&console, &session, &name, &Form::default(), None)
}

/// `POST /functions/{name}`: runs it.
pub(super) async fn run(
    State(console): State<Console>,
    Extension(session): Visit,
    Path(name): Path<String>,
    Extension(form): Extension<Form>,
) -> Response {
    let Some(functions) = console.shared.settings.functions.clone() else {
        return see_other("/functions");
    };
    let mut arguments = DataMap::new();
    for (name, value) in form.under(ARGUMENT) {
        // A field that was left empty is an argument that was not given.
        if !value.is_empty() {
            arguments.insert(name, Data::Text(value.to_owned()));
        }
    }
    if form.has("try") {
        let (workplace, function) = (Arc::clone(&console.shared.settings.workplace), name.clone());
        let tried = blocking(move || workplace.try_out(&function)).await;
        let content = match tried {
            Ok(report) => html! {
                section.sheet aria-labelledby="outcome-title" {
                    h2 #outcome-title { "Tried with made-up values" }
                    p.soft { "Nothing has left this machine: inputs and answers were made up to fit." }
                    (code_box("What happened", &report))
                }
            },
            Err(problem) => {
                console.flash(&session, problem);
                Markup::default()
            }
        };
        return shown(&console, &session, &name, &form, Some(content));
    }
    let begun = Instant::now();
    let Some(ran) = functions.run_named(&name, arguments).await else {
        return shown(&console, &session, &name, &form, None);
    };
    let ms = begun.elapsed().as_millis();
    let outcome = outcome(&ran, ms);
    console.shared.runs.note(&name, &session.who.name, ran, ms);
    shown(&console, &session, &name, &form, Some(outcome))
}

fn shown(console: &Console, session: &Session<Who>, name: &str, form: &Form, came: Option<Markup>) -> Response {
    let functions = console.shared.settings.functions.as_ref();
    let entry = match functions.and_then(|functions| functions.entry(name)) {
        Some(Ok(entry)) => entry,
        Some(Err(failure)) => {
            console.flash(session, Flash::bad(format!("{name} cannot be compiled: {failure}")));
            return see_other("/functions");
        }
        None => {
            console.flash(session, Flash::bad(format!("There is no function {name}.")));
            return see_other("/functions");
        }
    };
    let content = html! {
        p.crumbs { a href="/functions" { "Functions" } }
        div.head { h1 { (name) } }
        div.columns {
            section.sheet aria-labelledby="run-title" {
                h2 #run-title { "Run it" }
                @if session.who.role_in(&console.shared.settings.environment) >= Role::Operator {
                    p.soft { "It runs for real: its calls go out with the connections that it names." }
                    form method="post" {
                        (token(session))
                        @for param in &entry.params {
                            (argument(&param.name, param.ty, form))
                        }
                        div.actions {
                            button { "Run" }
                            button.plain name="try" value="yes" { "Try with made-up values" }
                        }
                    }
                } @else { p { "Running functions needs the role operator." } }
            }
            div {
                div aria-live="polite" { @if let Some(came) = &came { (came) } }
                (console.shared.runs.of(name))
            }
        }
    };
    console.page(session, name, "/functions", &content)
}

fn argument(name: &str, ty: TypeKind, form: &Form) -> Markup {
    let field_name = format!("{ARGUMENT}{name}");
    let value = form.raw(&field_name);
    let help = match ty {
        TypeKind::Map => "A map as JSON: {\"key\": \"value\"}",
        TypeKind::List => "A list as JSON: [1, 2]",
        TypeKind::DateTime => "Such as 31-Jan-2026",
        _ => "",
    };
    let label = format!("{name} ({})", ty.word());
    if matches!(ty, TypeKind::Map | TypeKind::List) || name == "crmAPIRequest" {
        let (id, help_id) = (format!("f-{field_name}"), format!("f-{field_name}-help"));
        return html! {
            div.field {
                label for=(id) { (label) }
                textarea id=(id) name=(field_name) rows="4" spellcheck="false" aria-describedby=(help_id) { (value) }
                p.help id=(help_id) { (help) }
            }
        };
    }
    field(&field_name, &label, value, help, Attributes { optional: true, ..Attributes::default() })
}

/// What came of a run.
fn outcome(ran: &Ran, ms: u128) -> Markup {
    html! {
        section.sheet aria-labelledby="outcome-title" {
            @match &ran.result {
                Ok(value) => {
                    h2 #outcome-title { span class="badge good" { "Done" } " in " (ms) " ms" }
                    (code_box("Result", &pretty(value)))
                }
                Err(failure) => {
                    h2 #outcome-title { span class="badge bad" { "Failed" } " after " (ms) " ms" }
                    p { (failure.message()) }
                    @if failure.line() > 0 { p.soft { "In line " (failure.line()) } }
                }
            }
            @if !ran.lines.is_empty() { (code_box("Info lines", &ran.lines.join("\n"))) }
            @if !ran.effects.is_empty() { h3 { "What it did outside" } (effects(&ran.effects)) }
        }
    }
}

/// A text is shown without quotes, all else as indented JSON.
fn pretty(value: &Data) -> String {
    value.as_text().map_or_else(|| value.to_json_indented(), str::to_owned)
}
