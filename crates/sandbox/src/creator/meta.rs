//! What an account has: `meta/applications`, and an application's forms, reports, pages and fields.

use rainwright_diagnostic::Problem;
use rainwright_records::{Field, FieldType};
use serde_json::{Value, json};

use super::errors::Refusal;
use super::report::{forms, seeded};
use super::{Ask, DONE};
use crate::call::{Answer, Call};
use crate::http::{Object, json as answer};
use crate::products::not_played;
use crate::world::World;

/// Answers `meta/applications`, `meta/{owner}/applications` and `meta/{owner}/{app}/…`.
pub(super) fn serve(call: &Call, world: &World, newer: bool, rest: &[&str]) -> Answer {
    let told = |key: &str, items: Vec<Value>| Ok(answer(200, json!({ "code": DONE, key: items })));
    let refused = |code, what: &str| Err(Refusal::of(code, what).answer(newer));
    if call.method != "GET" {
        return refused(1020, call.method.as_str());
    }
    let app = match rest {
        ["applications"] | [_, "applications"] => {
            return told("applications", world.creator.names().iter().map(|app| application(app)).collect());
        }
        [_, app, ..] => *app,
        _ => return refused(1000, ""),
    };
    if !world.creator.names().iter().any(|name| name == app) {
        return refused(2892, app);
    }
    match &rest[2..] {
        ["forms"] => told("forms", forms(world, app).iter().map(|form| listed(form)).collect()),
        ["reports"] => told("reports", reports(world, app).iter().map(|report| listed(report)).collect()),
        ["pages"] => {
            let of_seed = seeded(world, app, "pages").filter_map(|row| Some(row.get("page")?.as_str()?.to_owned()));
            let pages = of_seed.chain(world.creator.components(app).pages);
            told("pages", pages.map(|page| json!({ "display_name": shown(&page), "link_name": page })).collect())
        }
        ["form", form, "fields"] => {
            if !forms(world, app).iter().any(|name| name == form) {
                return refused(2893, form);
            }
            let ask = Ask { call, app, newer };
            let fields = ask.within(world, |store| {
                let table = store.store().schema().expect(form)?;
                Ok::<Vec<Value>, Problem>(table.fields().map(field).collect())
            });
            fields.map_or_else(|problem| Err(Refusal::from(problem).answer(newer)), |fields| told("fields", fields))
        }
        _ => Err(not_played("these settings of Creator", "ask for its applications, forms, reports, pages or fields")),
    }
}

fn application(app: &str) -> Value {
    json!({
        "application_name": shown(app),
        "link_name": app,
        "date_format": "dd-MMM-yyyy",
        "time_zone": "Etc/UTC",
        "creation_date": "06-Jan-2025",
        "category": 1,
        "created_by": "robin",
        "workspace_name": "sandbox",
    })
}

/// A link name as people read it.
fn shown(link: &str) -> String {
    link.replace(['-', '_'], " ")
}

fn listed(name: &str) -> Value {
    json!({ "display_name": shown(name), "link_name": name, "type": 1 })
}

/// The reports that are named somewhere, and one for each form that has none.
fn reports(world: &World, app: &str) -> Vec<String> {
    let of_seed = seeded(world, app, "reports")
        .filter_map(|row| Some((row.get("report")?.as_str()?.to_owned(), row.get("form")?.as_str()?.to_owned())));
    let described = world.creator.components(app).reports.into_iter().map(|report| (report.name, report.form));
    let mut named: Vec<(String, String)> = of_seed.chain(described).collect();
    for form in forms(world, app) {
        if !named.iter().any(|(_, of)| of.eq_ignore_ascii_case(&form)) {
            named.push((format!("All_{form}s"), form));
        }
    }
    named.into_iter().map(|(report, _)| report).collect()
}

/// A field; the number of its type where that is known.
fn field(field: &Field) -> Value {
    let mut told = Object::from_iter([
        ("display_name".to_owned(), Value::from(shown(field.shown()))),
        ("link_name".to_owned(), field.name.as_str().into()),
        ("mandatory".to_owned(), field.required.into()),
        ("unique".to_owned(), field.unique.into()),
        ("is_lookup_field".to_owned(), field.looks_up.is_some().into()),
    ]);
    let kind = match field.kind {
        FieldType::Text => Some(1),
        FieldType::Email => Some(3),
        FieldType::DropDown => Some(12),
        _ => None,
    };
    if let Some(kind) = kind {
        told.insert("type".into(), kind.into());
    }
    if matches!(field.kind, FieldType::Text | FieldType::Email | FieldType::TextArea | FieldType::RichText) {
        told.insert("max_char".into(), field.max.unwrap_or(field.kind.usual_maximum()).into());
    }
    if !field.choices.is_empty() {
        let choices = field.choices.iter().map(|choice| json!({ "key": choice, "value": choice }));
        told.insert("choices".into(), choices.collect::<Vec<_>>().into());
    }
    told.into()
}
