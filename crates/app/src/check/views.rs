//! Reports and pages that show what is not there.

use rainwright_records::Table;
use roxmltree::{Document, ParsingOptions};

use super::{Finding, Parts, expression, meant};
use crate::page::{entities, plain_attributes};
use crate::{Page, Report};

/// Checks all reports and pages.
pub(super) fn check(parts: &Parts<'_>, found: &mut Vec<Finding>) {
    for one in &parts.app.reports {
        report(parts, one, found);
    }
    for one in &parts.app.pages {
        page(parts, one, found);
    }
}

fn report(parts: &Parts<'_>, report: &Report, found: &mut Vec<Finding>) {
    let place = format!("report {}", report.name);
    for action in &report.actions {
        if parts.app.workflows.iter().all(|workflow| workflow.name != action.workflow) {
            let near = meant(&action.workflow, parts.app.workflows.iter().map(|workflow| workflow.name.as_str()));
            let message =
                format!("The action '{}' runs '{}': there is no such workflow{near}", action.title, action.workflow);
            found.push(Finding::error(&place, message));
        }
    }
    let Some(table) = parts.schema.table(&report.form) else {
        let near = meant(&report.form, parts.app.forms.iter().map(|form| form.name.as_str()));
        found.push(Finding::error(&place, format!("There is no form '{}'{near}", report.form)));
        return;
    };
    let mut lacks = |what: &str, path: &str| {
        if let Some(why) = lack(parts, table, path) {
            found.push(Finding::error(&place, format!("{what} '{path}': {why}")));
        }
    };
    for column in &report.columns {
        lacks("The column", &column.field);
    }
    for order in &report.sort {
        let (field, direction) = order.trim().rsplit_once(char::is_whitespace).unwrap_or((order.trim(), ""));
        let is_direction =
            matches!(direction.to_ascii_lowercase().as_str(), "" | "asc" | "desc" | "ascending" | "descending");
        lacks("The order", if is_direction { field.trim() } else { order });
    }
    if let Some(criteria) = report.criteria.as_deref()
        && let Err(why) = expression::read(&format!("{}[{criteria}]", report.form))
    {
        found.push(Finding::error(&place, format!("The criteria '{criteria}' cannot be read: {why}")));
    }
}

fn lack(parts: &Parts<'_>, table: &Table, path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').map(str::trim).collect();
    expression::follow(&parts.schema, table, &path).err()
}

/// What a page may lead to.
#[derive(Clone, Copy)]
enum Kind {
    Form,
    Report,
    Page,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Form => "form",
            Kind::Report => "report",
            Kind::Page => "page",
        }
    }
}

fn page(parts: &Parts<'_>, page: &Page, found: &mut Vec<Finding>) {
    let place = format!("page {}", page.name);
    let mut named: Vec<(Kind, String)> = Vec::new();
    if page.source.trim_start().starts_with("<zml") {
        let source = plain_attributes(&page.source);
        let options = ParsingOptions { nodes_limit: 100_000, ..ParsingOptions::default() };
        match Document::parse_with_options(&source, options) {
            Ok(layout) => named.extend(layout.descendants().filter_map(|node| {
                let set = |name: &str| node.attribute(name).map(str::trim).filter(|name| !name.is_empty());
                let component = set("componentLinkName").or_else(|| set("linkName"));
                let kind = match (node.tag_name().name(), set("action").unwrap_or_default()) {
                    ("report", _) | ("button", "OpenReport") => Kind::Report,
                    ("form", _) | ("button", "OpenForm") => Kind::Form,
                    ("button", "OpenPage") => Kind::Page,
                    _ => return None,
                };
                Some((kind, component?.to_owned()))
            })),
            Err(e) => found.push(Finding::error(&place, format!("The layout is not right: {e}"))),
        }
    }
    named.extend(links(&entities(&page.source)));
    let mut told: Vec<String> = Vec::new();
    for (kind, name) in named {
        let known: Vec<&str> = match kind {
            Kind::Form => parts.app.forms.iter().map(|form| form.name.as_str()).collect(),
            Kind::Report => parts.app.reports.iter().map(|report| report.name.as_str()).collect(),
            Kind::Page => parts.app.pages.iter().map(|page| page.name.as_str()).collect(),
        };
        if !known.contains(&name.as_str()) {
            let near = meant(&name, known.iter().copied());
            let message = format!("It leads to the {} '{name}': there is none{near}", kind.word());
            if !told.contains(&message) {
                told.push(message.clone());
                found.push(Finding::warning(&place, message));
            }
        }
    }
}

/// Where links such as `#Form:Claim?Kind=Travel` lead; a name that a script computes is not known.
fn links(source: &str) -> Vec<(Kind, String)> {
    let mut found = Vec::new();
    for (mark, kind) in [("#Form:", Kind::Form), ("#Report:", Kind::Report), ("#Page:", Kind::Page)] {
        for (at, _) in source.match_indices(mark) {
            let rest = source.get(at + mark.len()..).unwrap_or_default();
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let goes_on = after.trim_start_matches(['"', '\'']).trim_start().starts_with(['<', '+', '{', '$']);
            if !name.is_empty() && !goes_on {
                found.push((kind, name.to_owned()));
            }
        }
    }
    found
}
