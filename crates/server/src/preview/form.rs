//! Forms: opening one, what happens while it is filled in, and saving it.

use std::collections::HashMap;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use rainwright::effect::File;
use rainwright::{Code, Data, Failure, Problem};
use rainwright_app::Running;
use rainwright_records::Form;

use super::desk::{Desk, Draft};
use super::field::{Draw, options};
use super::frame::{At, told};
use super::given::{Posted, Sent, changes, columns, inputs, no_row, plain, rows, sent, text};
use super::links::{Link, escaped, link};
use super::{Preview, Refused};
use crate::web::see_other;

/// How many inputs a form may send.
const MOST_INPUTS: usize = 20_000;

/// A drawn form, and where scripts want to go.
struct Drawn {
    title: String,
    body: Markup,
    part: Markup,
    status: StatusCode,
    said: Option<String>,
}

/// What became of a request on an open form.
enum Acted {
    Drawn(Box<Drawn>),
    Gone(String),
}

/// An empty form; what the address says is filled in.
pub(crate) async fn new(
    State(preview): State<Preview>,
    Path(form): Path<String>,
    Query(given): Query<HashMap<String, String>>,
) -> Response {
    open(&preview, form, None, given).await
}

/// A form with a record.
pub(crate) async fn edit(
    State(preview): State<Preview>,
    Path((form, id)): Path<(String, i64)>,
    Query(given): Query<HashMap<String, String>>,
) -> Response {
    open(&preview, form, Some(id), given).await
}

async fn open(preview: &Preview, name: String, id: Option<i64>, given: HashMap<String, String>) -> Response {
    let frame = preview.clone();
    let form = name.clone();
    let drawn = preview.ask(move |running, desk| {
        let description = described(running, &form)?;
        let mut state = running.open_form(&form, id)?;
        // Values of the address come after `on load`.
        let fields = description.fields.iter().filter_map(|field| {
            let text = given.get(&field.name)?;
            Some((field.name.clone(), Data::from(text.as_str())))
        });
        let wrong = running.type_in(&mut state, id, fields.collect())?;
        let said = desk.said(given.get("_said").map(String::as_str));
        let number = desk.keep(Draft { state, id, wrong, ..Draft::default() });
        draw(&frame, running, desk, number, &description, said)
    });
    show(preview, &name, drawn.await)
}

fn show(preview: &Preview, form: &str, drawn: Result<Result<Drawn, Refused>, Refused>) -> Response {
    match drawn.and_then(|drawn| drawn) {
        Ok(drawn) => {
            let page = preview.frame().page(At::Form(form), &drawn.title, drawn.said.as_deref(), &drawn.body);
            (drawn.status, Html(page.into_string())).into_response()
        }
        Err(refused) => preview.refuse(&refused),
    }
}

fn described(running: &Running<'_>, form: &str) -> Result<Form, Refused> {
    running
        .application()
        .form(form)
        .cloned()
        .ok_or_else(|| Problem::new(Code::UnknownName, format!("The application has no form '{form}'")).into())
}

/// Draws an open form: the whole page, and the part of it that changes while it is filled in.
fn draw(
    preview: &Preview,
    running: &mut Running<'_>,
    desk: &mut Desk,
    number: u64,
    form: &Form,
    said: Option<String>,
) -> Result<Drawn, Refused> {
    let Some(draft) = desk.draft(number) else { return Err(closed()) };
    let alerts = std::mem::take(&mut draft.state.alerts);
    let opened = std::mem::take(&mut draft.state.opened);
    draft.state.events.clear();
    let draft = draft.clone();
    let title = form.title.clone().unwrap_or_else(|| form.name.replace('_', " "));
    let fields = Draw { running, form, draft: &draft, number }.all()?;
    let buttons: Vec<(String, String)> = running
        .application()
        .buttons(&form.name)
        .map(|workflow| (workflow.name.clone(), workflow.button.replace('_', " ")))
        .collect();
    let here = opened.iter().rev().find_map(|address| match link(address) {
        Some(Link::Here(here)) => Some(here),
        _ => None,
    });
    let away: Vec<String> = opened
        .iter()
        .filter_map(|address| match link(address) {
            Some(Link::Away(away)) => Some(away),
            _ => None,
        })
        .collect();
    let general = draft.wrong.iter().filter(|(field, _)| {
        field.is_empty() || draft.state.hidden.contains(field) || !form.fields.iter().any(|known| known.name == *field)
    });
    let part = html! {
        div id="part" data-open=[here.as_ref()] {
            @if draft.refusal.is_some() || general.clone().next().is_some() {
                div.refusal role="alert" {
                    @if let Some(refusal) = &draft.refusal { p { (refusal) } }
                    @for (field, message) in general {
                        p { @if !field.is_empty() { (field.replace('_', " ")) ": " } (message) }
                    }
                }
            }
            @for alert in &alerts { p.alert role="alert" { (alert) } }
            @for address in &away {
                p.alert { "The application opens " a href=(address) rel="noreferrer noopener" target="_blank" { (address) } }
            }
            @if let Some(here) = &here { p.alert { "The application opens " a href=(here) { (here) } } }
            (fields)
        }
    };
    let body = html! {
        h1 { (title) @if let Some(id) = draft.id { " " span.id { "record " (id) } } }
        form.form method="post" action=(format!("/draft/{number}")) enctype="multipart/form-data" data-live {
            // What Enter does in a field.
            button.unseen type="submit" name="_do" value="save" tabindex="-1" aria-hidden="true" {}
            input type="hidden" name="_token" value=(preview.token());
            (part)
            div.actions {
                button.main type="submit" name="_do" value="save" { @if draft.id.is_some() { "Update" } @else { "Submit" } }
                @for (workflow, title) in &buttons {
                    button type="submit" name="_do" value=(format!("click:{workflow}")) data-part { (title) }
                }
                // Without a script in the browser, events run when the user asks.
                noscript { button.quiet type="submit" name="_do" value="change" { "Refresh" } }
                @if !form.stateless { a.quiet href=(records_of(running, &form.name)) { "Cancel" } }
            }
        }
    };
    Ok(Drawn { title, body, part, status: StatusCode::OK, said })
}

/// Where the records of a form are shown: the first report of the form, else a list of all fields.
pub(crate) fn records_of(running: &Running<'_>, form: &str) -> String {
    match running.application().reports.iter().find(|report| report.form == form) {
        Some(report) => format!("/report/{}", escaped(&report.name)),
        None => format!("/records/{}", escaped(form)),
    }
}

fn closed() -> Refused {
    Refused::Not(
        "This form is no longer open: too many were opened since, or the preview was started again. Open it once more.",
    )
}

/// Something happened to an open form: a field changed, a row or button was pressed, or it is submitted.
pub(crate) async fn act(
    State(preview): State<Preview>,
    Path(number): Path<u64>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let posted = match read(body).await {
        Ok(posted) => posted,
        Err(refused) => return preview.refuse(&refused),
    };
    if let Err(refused) = preview.check_token(text(&posted, "_token")) {
        return preview.refuse(&refused);
    }
    let only_part = headers.contains_key("x-part");
    let frame = preview.clone();
    let acted = preview.ask(move |running, desk| work(&frame, running, desk, number, &posted));
    let form = match acted.await.and_then(|acted| acted) {
        Ok(Acted::Drawn(drawn)) if only_part => {
            return (drawn.status, Html(drawn.part.into_string())).into_response();
        }
        Ok(Acted::Drawn(drawn)) => Ok(Ok(*drawn)),
        Ok(Acted::Gone(to)) => return see_other(&to),
        Err(refused) => Err(refused),
    };
    show(&preview, "", form)
}

/// A form that a browser posts, or why it is none.
pub(crate) type Body = Result<Multipart, MultipartRejection>;

/// Reads a form that a browser posted.
pub(crate) async fn read(body: Body) -> Result<Posted, Refused> {
    let broken = Refused::Not("The form could not be read: it is cut off, too large, or not one of the preview's.");
    let Ok(mut body) = body else { return Err(broken) };
    let mut posted = Posted::new();
    loop {
        let field = match body.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(posted),
            Err(_) => return Err(broken),
        };
        if posted.len() >= MOST_INPUTS {
            return Err(Refused::Not("The form sends too many inputs."));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
        let mime = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let Ok(bytes) = field.bytes().await else { return Err(broken) };
        match file {
            // An input without a chosen file sends an empty one.
            Some(file) if file.is_empty() => {}
            Some(file) => {
                posted.push((name, Sent::File(File { name: file, mime, bytes, ..File::default() })));
            }
            None => posted.push((name, Sent::Text(String::from_utf8_lossy(&bytes).into_owned()))),
        }
    }
}

fn work(
    preview: &Preview,
    running: &mut Running<'_>,
    desk: &mut Desk,
    number: u64,
    posted: &Posted,
) -> Result<Acted, Refused> {
    let mut draft = desk.draft(number).cloned().ok_or_else(closed)?;
    let form = described(running, &draft.state.form)?;
    let wanted = text(posted, "_do").unwrap_or("save").to_owned();
    let changed = changes(running.store().schema(), &form, &draft, posted);
    draft.refusal = None;
    draft.wrong.clear();
    let touched: Vec<String> = changed.iter().map(|(name, _)| name.clone()).collect();
    let typed = running.type_in(&mut draft.state, draft.id, changed);
    draft.typed.retain(|name, _| !touched.contains(name));
    match typed {
        Ok(wrong) => {
            for (name, _) in &wrong {
                draft.typed.insert(name.clone(), sent(posted, name));
            }
            draft.wrong = wrong;
        }
        Err(failure) => draft.refusal = Some(failed(&failure)),
    }
    let mut status = StatusCode::OK;
    let (what, rest) = wanted.split_once(':').unwrap_or((&wanted, ""));
    let done = match what {
        "add" => add_row(running, &mut draft, &form, rest),
        "drop" => drop_row(running, &mut draft, rest),
        "click" => running.click(&mut draft.state, rest).map_err(Refused::from),
        _ => Ok(()),
    };
    match done {
        Ok(()) => {}
        Err(Refused::Failed(failure)) => draft.refusal = Some(failed(&failure)),
        Err(refused) => return Err(refused),
    }
    let is_fine = draft.wrong.is_empty() && draft.refusal.is_none();
    if what == "save" && is_fine {
        match save(running, desk, &mut draft, number, &form)? {
            Some(to) => return Ok(Acted::Gone(to)),
            None => status = StatusCode::UNPROCESSABLE_ENTITY,
        }
    } else if what == "save" {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        draft.refusal.get_or_insert_with(|| "Invalid entries found".to_owned());
    }
    match desk.draft(number) {
        Some(kept) => *kept = draft,
        None => return Err(closed()),
    }
    let mut drawn = draw(preview, running, desk, number, &form, None)?;
    drawn.status = status;
    Ok(Acted::Drawn(Box::new(drawn)))
}

fn failed(failure: &Failure) -> String {
    format!("A script failed: {}", told(failure))
}

/// Submits an open form; gives where the user goes when it was saved.
fn save(
    running: &mut Running<'_>,
    desk: &mut Desk,
    draft: &mut Draft,
    number: u64,
    form: &Form,
) -> Result<Option<String>, Refused> {
    let submitted = match running.save_form(draft.state.clone(), draft.id) {
        Ok(submitted) => submitted,
        Err(failure) => {
            draft.refusal = Some(failed(&failure));
            return Ok(None);
        }
    };
    if submitted.refused {
        draft.wrong = submitted.errors;
        draft.refusal = submitted.message;
        draft.state = submitted.state;
        draft.state.cancelled = false;
        // The message of the refusal is that of the alerts.
        draft.state.alerts.clear();
        return Ok(None);
    }
    let mut message = submitted.message.unwrap_or_else(|| "Saved".to_owned());
    for alert in &submitted.state.alerts {
        message = format!("{message}\n{alert}");
    }
    if let Some(failure) = &submitted.failure {
        message = format!("{message}\nA script that ran after saving failed: {}", told(failure));
    }
    let mut to =
        if form.stateless { format!("/form/{}", escaped(&form.name)) } else { records_of(running, &form.name) };
    for address in &submitted.state.opened {
        match link(address) {
            Some(Link::Here(here)) => to = here,
            Some(Link::Away(away)) => message = format!("{message}\nThe application opens {away}"),
            _ => {}
        }
    }
    desk.close(number);
    let said = desk.say(message);
    Ok(Some(format!("{to}{}_said={said}", if to.contains('?') { '&' } else { '?' })))
}

/// Adds an empty row to a subform.
fn add_row(running: &mut Running<'_>, draft: &mut Draft, form: &Form, name: &str) -> Result<(), Refused> {
    let field = form.fields.iter().find(|field| field.name == name).ok_or_else(no_row)?;
    let columns = columns(running.store().schema(), &form.name, field);
    let mut all = rows(&draft.state.get(name));
    let initial = |field: &rainwright_records::Field| field.initial.clone().filter(|text| !text.contains("${"));
    all.push(Data::map(columns.iter().map(|column| {
        let value = match initial(column) {
            Some(text) => Data::from(text),
            None => super::given::value("x", column, &[], &inputs("x", column, &[], &Data::Null)),
        };
        (column.name.clone(), value)
    })));
    let wrong = running.type_in(&mut draft.state, draft.id, vec![(name.to_owned(), Data::List(all))])?;
    draft.wrong.extend(wrong);
    draft.typed.remove(name);
    Ok(())
}

/// Takes a row of a subform away.
fn drop_row(running: &mut Running<'_>, draft: &mut Draft, which: &str) -> Result<(), Refused> {
    let (name, place) = which.split_once(':').ok_or_else(no_row)?;
    let place: usize = place.parse().map_err(|_| no_row())?;
    let mut all = rows(&draft.state.get(name));
    if place >= all.len() {
        return Err(no_row().into());
    }
    all.remove(place);
    let wrong = running.type_in(&mut draft.state, draft.id, vec![(name.to_owned(), Data::List(all))])?;
    draft.wrong.extend(wrong);
    draft.typed.remove(name);
    Ok(())
}

/// What a lookup offers for what the user typed.
pub(crate) async fn lookup(
    State(preview): State<Preview>,
    Path(number): Path<u64>,
    Query(given): Query<HashMap<String, String>>,
) -> Response {
    let found = preview.ask(move |running, desk| -> Result<Markup, Refused> {
        let draft = desk.draft(number).cloned().ok_or_else(closed)?;
        let form = described(running, &draft.state.form)?;
        let path = given.get("field").map(String::as_str).unwrap_or_default();
        let (name, column) = path.split_once('.').map_or((path, None), |(name, column)| (name, Some(column)));
        let no_field = || Refused::from(Problem::new(Code::UnknownName, format!("The form has no field '{path}'")));
        let field = form.fields.iter().find(|field| field.name == name).ok_or_else(no_field)?;
        let field = match column {
            None => field.clone(),
            Some(column) => {
                let columns = columns(running.store().schema(), &form.name, field);
                columns.into_iter().find(|known| known.name == column).ok_or_else(no_field)?
            }
        };
        let several = matches!(field.storage(), rainwright_records::Storage::Lookups(_));
        let chosen: Vec<i64> = given
            .get("chosen")
            .map(String::as_str)
            .unwrap_or_default()
            .split(',')
            .filter_map(|id| id.parse().ok())
            .collect();
        let typed = given.get("q").map(String::as_str).unwrap_or_default();
        Ok(options(running, &field, typed, &chosen, several, &draft.state.fields)?)
    });
    match found.await.and_then(|found| found) {
        Ok(found) => Html(found.into_string()).into_response(),
        Err(refused) => preview.refuse(&refused),
    }
}

/// The value of a cell for people.
pub(crate) fn cell(running: &Running<'_>, value: &Data) -> String {
    match value {
        Data::Records(set) if set.ids.is_empty() => String::new(),
        Data::Records(set) => format!("{} rows", set.ids.len()),
        Data::DateTime { .. } | Data::Date(_) => running.shown(value),
        Data::Decimal(_) | Data::Number(_) => plain(value),
        other => running.shown(other),
    }
}
