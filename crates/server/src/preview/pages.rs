//! The first page, and the pages of the application.

use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use rainwright_app::{Narrowed, Piece, Report, Running};

use super::frame::{At, with_policy_of_pages};
use super::links::{Link, escaped, in_html, link};
use super::table::{columns, row, td};
use super::{Preview, Refused};

/// Records of a report within a page.
const SHOWN: usize = 10;

/// What there is in the application.
pub(crate) async fn home(State(preview): State<Preview>) -> Response {
    let counted = preview.ask(|running, _| {
        let forms: Vec<(String, bool)> =
            running.application().forms.iter().map(|form| (form.name.clone(), form.stateless)).collect();
        let counted = forms.into_iter().map(|(form, stateless)| {
            let count = if stateless { None } else { running.count(&form).ok() };
            (form, count)
        });
        counted.collect::<Vec<_>>()
    });
    let counted = match counted.await {
        Ok(counted) => counted,
        Err(refused) => return preview.refuse(&refused),
    };
    let frame = preview.frame();
    let cards = |title: &str, path: &str, entries: &[(String, String)]| {
        html! {
            @if !entries.is_empty() {
                h2 { (title) }
                ul.cards {
                    @for (name, title) in entries { li { a href=(format!("/{path}/{}", escaped(name))) { (title) } } }
                }
            }
        }
    };
    let body = html! {
        h1 { (frame.title()) }
        (cards("Pages", "page", frame.pages()))
        (cards("Reports", "report", frame.reports()))
        h2 { "Forms" }
        ul.cards {
            @for (name, count) in &counted {
                li {
                    a href=(format!("/form/{}", escaped(name))) { (frame.form_title(name)) }
                    @if let Some(count) = count {
                        a.quiet href=(format!("/records/{}", escaped(name))) { (count) @if *count == 1 { " record" } @else { " records" } }
                    }
                }
            }
        }
    };
    Html(frame.page(At::Home, "Home", None, &body).into_string()).into_response()
}

/// A page of the application.
pub(crate) async fn show(
    State(preview): State<Preview>,
    Path(name): Path<String>,
    Query(given): Query<Vec<(String, String)>>,
) -> Response {
    let wanted = name.clone();
    let drawn = preview.ask(move |running, desk| -> Result<_, Refused> {
        let said = given.iter().find(|(name, _)| name == "_said").map(|(_, number)| number.as_str());
        let said = desk.said(said);
        let pieces = running.page(&wanted, &given)?;
        let title = running.application().page(&wanted).and_then(|page| page.title.clone());
        let mut drawn = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            drawn.push(draw(running, piece)?);
        }
        Ok((title.unwrap_or(wanted), said, html! { @for piece in &drawn { (piece) } }))
    });
    match drawn.await.and_then(|drawn| drawn) {
        Ok((title, said, body)) => {
            let page = preview.frame().page(At::Page(&name), &title, said.as_deref(), &body);
            with_policy_of_pages(Html(page.into_string()).into_response())
        }
        Err(refused) => preview.refuse(&refused),
    }
}

fn draw(running: &mut Running<'_>, piece: &Piece) -> Result<Markup, Refused> {
    let all = |running: &mut Running<'_>, pieces: &[Piece]| {
        let drawn: Result<Vec<Markup>, Refused> = pieces.iter().map(|piece| draw(running, piece)).collect();
        drawn
    };
    Ok(match piece {
        // The policy of the page keeps scripts in it from running.
        Piece::Html(text) => html! { div.page { (PreEscaped(in_html(text))) } },
        Piece::Text { text, large: true } => html! { p.large { (text) } },
        Piece::Text { text, .. } => html! { p { (text) } },
        Piece::Form(form) => {
            html! { p { a.button href=(format!("/form/{}", escaped(form))) { (form.replace('_', " ")) } } }
        }
        Piece::Button { title, target } => match link(target) {
            Some(Link::Here(here)) => html! { p { a.button href=(here) { (title) } } },
            Some(Link::Away(away)) => html! { p { a.button href=(away) rel="noreferrer noopener" { (title) } } },
            _ => html! { p.none { (title) " (leads nowhere)" } },
        },
        Piece::Row(pieces) => {
            let pieces = all(running, pieces)?;
            html! { div.row { @for piece in &pieces { div { (piece) } } } }
        }
        Piece::Column { panel, pieces } => {
            let pieces = all(running, pieces)?;
            html! { div.column.panel[*panel] { @for piece in &pieces { (piece) } } }
        }
        Piece::Report { name, criteria, input } => {
            report(running, name, Narrowed { criteria: criteria.as_deref(), input: Some(input) })?
        }
        Piece::Unknown(what) => html! { p.none { "Not shown here: " (what) } },
    })
}

/// The first records of a report, with a link to all of it.
fn report(running: &mut Running<'_>, name: &str, narrowed: Narrowed<'_>) -> Result<Markup, Refused> {
    let Some(report) = running.application().report(name).cloned() else {
        return Ok(html! { p.none { "There is no report '" (name) "'." } });
    };
    let both = match (&report.criteria, narrowed.criteria) {
        (Some(own), Some(more)) => Some(format!("({own}) && ({more})")),
        (one, other) => one.clone().or_else(|| other.map(str::to_owned)),
    };
    let report = Report { criteria: both, ..report };
    let columns = columns(running, &report);
    let narrowed = Narrowed { criteria: report.criteria.as_deref(), ..narrowed };
    let listing = running.list(&report.form, narrowed, &[], &[], 0, SHOWN)?;
    let mut rows = Vec::new();
    for id in &listing.ids {
        rows.push(row(running, &report.form, *id, &columns)?);
    }
    Ok(html! {
        section.report {
            h2 { a href=(format!("/report/{}", escaped(name))) { (report.title.as_deref().unwrap_or(name)) } }
            div.wide {
                table.report {
                    thead { tr { @for (_, title, _) in &columns { th scope="col" { (title) } } } }
                    tbody { @for cells in &rows { tr { @for cell in cells { (td(cell)) } } } }
                }
            }
            @if listing.total > rows.len() { p { (rows.len()) " of " (listing.total) } }
            @if rows.is_empty() { p.none { "No records." } }
        }
    })
}
