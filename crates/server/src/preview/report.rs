//! Reports: filter, order, pages of records, and what a user does with a record.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use rainwright::{Code, Problem};
use rainwright_app::{Change, Filter, Listing, Order, Report, Running};
use rainwright_records::{Field, Storage};

use super::desk::Desk;
use super::form::{Body, read};
use super::frame::{At, told};
use super::given::text;
use super::links::{Link, escaped, link};
use super::table::{columns, row, td};
use super::{Preview, Refused};
use crate::web::see_other;

/// Records on a page.
const PAGE: usize = 20;

type Given = HashMap<String, String>;

/// A report of the application.
pub(crate) async fn show(
    State(preview): State<Preview>,
    Path(name): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let frame = preview.clone();
    let path = format!("/report/{}", escaped(&name));
    let wanted = name.clone();
    let drawn = preview.ask(move |running, desk| {
        let found = running.application().report(&wanted).cloned();
        let report = found.ok_or_else(|| {
            Refused::from(Problem::new(Code::UnknownName, format!("The application has no report '{wanted}'")))
        })?;
        draw(&frame, running, desk, &report, &path, &given)
    });
    page(&preview, At::Report(&name), drawn.await)
}

/// All records of a form, which has no report of its own.
pub(crate) async fn of_form(
    State(preview): State<Preview>,
    Path(form): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let frame = preview.clone();
    let path = format!("/records/{}", escaped(&form));
    let name = form.clone();
    let drawn = preview.ask(move |running, desk| {
        let title =
            running.application().form(&name).map(|form| form.title.clone().unwrap_or_else(|| name.replace('_', " ")));
        let title = title.ok_or_else(|| {
            Refused::from(Problem::new(Code::UnknownName, format!("The application has no form '{name}'")))
        })?;
        let report = Report { title: Some(title), form: name, ..Report::default() };
        draw(&frame, running, desk, &report, &path, &given)
    });
    page(&preview, At::Form(&form), drawn.await)
}

type Drawn = Result<Result<(String, Option<String>, Markup), Refused>, Refused>;

fn page(preview: &Preview, at: At<'_>, drawn: Drawn) -> Response {
    match drawn.and_then(|drawn| drawn) {
        Ok((title, said, body)) => {
            let page = preview.frame().page(at, &title, said.as_deref(), &body);
            Html(page.into_string()).into_response()
        }
        Err(refused) => preview.refuse(&refused),
    }
}

/// What the address asks of a report.
struct Asked<'g> {
    given: &'g Given,
    path: &'g str,
}

impl Asked<'_> {
    fn text(&self, name: &str) -> &str {
        self.given.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The address with some values replaced; empty ones are left out.
    fn address(&self, replaced: &[(&str, &str)]) -> String {
        let mut pairs: Vec<(&str, &str)> =
            self.given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.retain(|(name, _)| *name != "_said" && !replaced.iter().any(|(known, _)| known == name));
        pairs.extend_from_slice(replaced);
        pairs.sort_unstable();
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let query = out.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty())).finish();
        if query.is_empty() { self.path.to_owned() } else { format!("{}?{query}", self.path) }
    }
}

fn sorts(field: &Field) -> bool {
    field.storage().is_column() || matches!(field.storage(), Storage::Lookup(_))
}

fn draw(
    preview: &Preview,
    running: &mut Running<'_>,
    desk: &mut Desk,
    report: &Report,
    path: &str,
    given: &Given,
) -> Result<(String, Option<String>, Markup), Refused> {
    let asked = Asked { given, path };
    let title = report.title.clone().unwrap_or_else(|| report.name.replace('_', " "));
    let columns = columns(running, report);
    let mut filters: Vec<Filter> = given
        .iter()
        .filter(|(name, value)| !name.starts_with('_') && !value.is_empty())
        .map(|(name, value)| Filter { field: name.clone(), value: value.clone() })
        .collect();
    filters.sort_by(|a, b| a.field.cmp(&b.field));
    if !asked.text("_q").trim().is_empty() {
        filters.push(Filter { field: String::new(), value: asked.text("_q").trim().to_owned() });
    }
    let order = order(report, &asked);
    let number: usize = asked.text("_page").parse().unwrap_or(1).max(1);
    let from = (number - 1).saturating_mul(PAGE);
    let listed = running.list(&report.form, report.criteria.as_deref(), &filters, &order, from, PAGE);
    let (listing, problem) = match listed {
        Ok(listing) => (listing, None),
        Err(failure) => (Listing::default(), Some(told(&failure))),
    };
    let mut rows = Vec::with_capacity(listing.ids.len());
    for id in &listing.ids {
        rows.push((*id, row(running, &report.form, *id, &columns)?));
    }
    let pages = listing.total.div_ceil(PAGE).max(1);
    let last = from + rows.len();
    let here = asked.address(&[]);
    let said = desk.said(given.get("_said").map(String::as_str));
    let (current, descending) = order.first().map_or(("", false), |order| (order.field.as_str(), order.descending));
    let hidden = html! {
        input type="hidden" name="_token" value=(preview.token());
        input type="hidden" name="_back" value=(here);
    };
    let body = html! {
        div.head {
            h1 { (title) }
            a.button.main href=(format!("/form/{}", escaped(&report.form))) { "Add" }
        }
        form.filters method="get" action=(path) id="filters" {
            label { span { "Search" } input type="search" name="_q" value=(asked.text("_q")); }
            @for (path, title, field) in &columns {
                @if let Some(field) = field { (filter(path, title, field, asked.text(path))) }
            }
            @for name in ["_sort", "_desc"] {
                @if !asked.text(name).is_empty() { input type="hidden" name=(name) value=(asked.text(name)); }
            }
            button type="submit" { "Filter" }
            @if !filters.is_empty() { a.quiet href=(path) { "Clear" } }
        }
        @if let Some(problem) = &problem { p.refusal role="alert" { (problem) } }
        div.wide {
            table.report {
                thead {
                    tr {
                        @for (path, title, field) in &columns {
                            @let down = current == path && !descending;
                            th scope="col" aria-sort=[(current == path).then_some(if descending { "descending" } else { "ascending" })] {
                                @if field.as_ref().is_some_and(sorts) {
                                    a href=(asked.address(&[("_sort", path), ("_desc", if down { "1" } else { "" }), ("_page", "")])) {
                                        (title) @if current == path { span.arrow aria-hidden="true" { @if descending { " ↓" } @else { " ↑" } } }
                                    }
                                } @else { (title) }
                            }
                        }
                        th { span.unseen { "Actions" } }
                    }
                }
                tbody {
                    @for (id, cells) in &rows {
                        tr data-id=(id) {
                            @for cell in cells { (td(cell)) }
                            td.do {
                                a.quiet href=(format!("/form/{}/{id}", escaped(&report.form))) { "Edit" }
                                @for action in &report.actions {
                                    form method="post" action=(format!("/action/{}", escaped(&action.workflow))) enctype="multipart/form-data" {
                                        (hidden)
                                        button.quiet name="id" value=(id) { (action.title) }
                                    }
                                }
                                form method="post" action=(format!("/delete/{}", escaped(&report.form))) enctype="multipart/form-data" data-confirm="Delete this record?" {
                                    (hidden)
                                    button.quiet.danger name="id" value=(id) { "Delete" }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if rows.is_empty() && problem.is_none() { p.none { "No records." } }
        p.pages {
            @if number > 1 { a rel="prev" href=(asked.address(&[("_page", &(number - 1).to_string())])) { "‹ Previous" } }
            span { @if rows.is_empty() { "0" } @else { (from + 1) "–" (last) } " of " (listing.total) }
            @if number < pages { a rel="next" href=(asked.address(&[("_page", &(number + 1).to_string())])) { "Next ›" } }
        }
    };
    Ok((title, said, body))
}

/// The order: what the user chose, else the report's.
fn order(report: &Report, asked: &Asked<'_>) -> Vec<Order> {
    if !asked.text("_sort").is_empty() {
        return vec![Order { field: asked.text("_sort").to_owned(), descending: asked.text("_desc") == "1" }];
    }
    let own = report.sort.iter().filter_map(|sort| {
        let mut words = sort.split_whitespace();
        let field = words.next()?.to_owned();
        Some(Order { field, descending: words.next().is_some_and(|word| word.starts_with("desc")) })
    });
    own.collect()
}

fn filter(path: &str, title: &str, field: &Field, held: &str) -> Markup {
    let choices: Vec<(String, String)> = match field.storage() {
        Storage::Flag => vec![("true".into(), "Yes".into()), ("false".into(), "No".into())],
        _ => field.choices.iter().map(|choice| (choice.clone(), choice.clone())).collect(),
    };
    let kind = match field.storage() {
        Storage::Rows | Storage::Children(_) | Storage::Nothing => return html! {},
        Storage::Date => "date",
        _ => "text",
    };
    html! {
        label {
            span { (title) }
            @if choices.is_empty() { input type=(kind) name=(path) value=(held); }
            @else {
                select name=(path) {
                    option value="" { "All" }
                    @for (value, title) in &choices { option value=(value) selected[value == held] { (title) } }
                }
            }
        }
    }
}

/// Deletes a record, with everything that happens to it then.
pub(crate) async fn delete(State(preview): State<Preview>, Path(form): Path<String>, body: Body) -> Response {
    change(preview, body, move |running, id| {
        let done = running.submit(&form, Change::Delete { id })?;
        if let Some(failure) = &done.failure {
            return Ok((format!("Deleted. A script that ran after it failed: {}", told(failure)), done.state.opened));
        }
        let message = match (done.refused, done.message) {
            (true, message) => format!("Not deleted: {}", message.unwrap_or_default()),
            (false, _) => "Deleted".to_owned(),
        };
        Ok((message, done.state.opened))
    })
    .await
}

/// Runs an action of a report for a record.
pub(crate) async fn action(State(preview): State<Preview>, Path(workflow): Path<String>, body: Body) -> Response {
    change(preview, body, move |running, id| {
        let state = running.run_action(&workflow, &[id])?;
        let mut told = state.alerts;
        told.extend(state.message);
        Ok((if told.is_empty() { "Done".to_owned() } else { told.join("\n") }, state.opened))
    })
    .await
}

/// Does something with the record that a form in a report names, and goes on to where it says.
async fn change(
    preview: Preview,
    body: Body,
    work: impl FnOnce(&mut Running<'_>, i64) -> Result<(String, Vec<String>), Refused> + Send + 'static,
) -> Response {
    let posted = match read(body).await {
        Ok(posted) => posted,
        Err(refused) => return preview.refuse(&refused),
    };
    if let Err(refused) = preview.check_token(text(&posted, "_token")) {
        return preview.refuse(&refused);
    }
    let Some(id) = text(&posted, "id").and_then(|id| id.parse::<i64>().ok()) else {
        return preview.refuse(&Refused::Not("The form names no record."));
    };
    // Only a path of this server: neither `//host` nor an address.
    let back =
        text(&posted, "_back").filter(|back| back.starts_with('/') && !back.starts_with("//") && !back.contains('\\'));
    let back = back.unwrap_or("/").to_owned();
    let done = preview.ask(move |running, desk| -> Result<String, Refused> {
        let (message, opened) = match work(running, id) {
            Ok(done) => done,
            Err(Refused::Failed(failure)) => (format!("A script failed: {}", told(&failure)), Vec::new()),
            Err(refused) => return Err(refused),
        };
        let to = opened.iter().rev().find_map(|address| match link(address) {
            Some(Link::Here(here)) => Some(here),
            _ => None,
        });
        let to = to.unwrap_or(back);
        let said = desk.say(message);
        Ok(format!("{to}{}_said={said}", if to.contains('?') { '&' } else { '?' }))
    });
    match done.await.and_then(|done| done) {
        Ok(to) => see_other(&to),
        Err(refused) => preview.refuse(&refused),
    }
}
