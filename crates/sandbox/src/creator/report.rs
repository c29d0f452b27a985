//! Reports: the form that each shows, which of its records, and with which fields.

use std::collections::BTreeSet;

use rainwright_diagnostic::Problem;
use rainwright_effect::{Criteria, Query};
use rainwright_records::LearningStore;
use serde_json::Value;

use super::errors::Refusal;
use super::{Ask, PRODUCT, criteria};
use crate::http::Object;
use crate::world::World;

/// A report of a call.
pub(super) struct Report {
    pub(super) form: String,
    /// The condition of all its records, as a seed has it.
    criteria: Option<Criteria>,
    /// The fields that it shows of several records, and of one.
    quick_view: Option<Vec<String>>,
    detail_view: Option<Vec<String>>,
}

/// The forms of an application; none when there is no such application.
pub(super) fn forms(world: &World, app: &str) -> Vec<String> {
    if !world.creator.names().iter().any(|name| name == app) {
        return Vec::new();
    }
    let named = |store: &mut LearningStore| Ok::<_, Problem>(store.forms().into_iter().map(|form| form.name).collect());
    world.creator.with(app, named).unwrap_or_default()
}

/// What a seed says of an application under `reports` or `pages`.
pub(super) fn seeded<'w>(world: &'w World, app: &'w str, module: &str) -> impl Iterator<Item = &'w Object> {
    let rows = world.store.all(PRODUCT, module).iter();
    rows.filter(move |row| row.get("app").is_none_or(|named| *named == app))
}

fn names(row: &Object, key: &str) -> Option<Vec<String>> {
    let names = row.get(key)?.as_array()?.iter().filter_map(Value::as_str);
    Some(names.map(str::to_owned).collect())
}

/// The report of that name: of a seed, of a described application, or called after its form as Creator calls them,
/// `All_Orders` and `Order_Report` for `Order`.
pub(super) fn find(ask: &Ask, world: &World, name: &str) -> Result<Report, Refusal> {
    let plain = |form: String| Report { form, criteria: None, quick_view: None, detail_view: None };
    let condition = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(criteria::parse).transpose();
    let unread = |why: String| Refusal::of(3090, &format!("{why}, in the report {name}"));
    let named = seeded(world, ask.app, "reports").find(|row| row.get("report").is_some_and(|report| *report == name));
    if let Some((row, form)) = named.and_then(|row| Some((row, row.get("form")?.as_str()?))) {
        return Ok(Report {
            criteria: condition(row.get("criteria").and_then(Value::as_str)).map_err(unread)?,
            quick_view: names(row, "quick_view"),
            detail_view: names(row, "detail_view"),
            ..plain(form.to_owned())
        });
    }
    if let Some(report) = world.creator.components(ask.app).reports.into_iter().find(|report| report.name == name) {
        return Ok(Report {
            criteria: condition(report.criteria.as_deref()).map_err(unread)?,
            quick_view: Some(report.columns).filter(|columns| !columns.is_empty()),
            ..plain(report.form)
        });
    }
    let forms = forms(world, ask.app);
    if forms.is_empty() && world.lenient.is_none() {
        return Err(Refusal::of(2892, ask.app));
    }
    let lower = name.to_lowercase();
    let bare = lower.trim_start_matches("all_").trim_end_matches("_report");
    let alike = |form: &&String| {
        let form = form.to_lowercase();
        form == lower
            || form == bare
            || bare == format!("{form}s")
            || bare == format!("{form}es")
            || form == format!("{bare}s")
            || form.strip_suffix('y').is_some_and(|stem| bare == format!("{stem}ies"))
    };
    match forms.iter().find(alike) {
        Some(form) => Ok(plain(form.clone())),
        None if world.lenient.is_some() => Ok(plain(name.to_owned())),
        None => Err(Refusal::of(2894, name)),
    }
}

impl Report {
    /// The IDs of its records that fit a condition, of all when the text is empty.
    pub(super) fn ids(&self, ask: &Ask, world: &World, text: &str) -> Result<Vec<i64>, Refusal> {
        let asked = match text.trim() {
            "" => None,
            text => Some(criteria::parse(text).map_err(|why| Refusal::of(3090, &why))?),
        };
        let criteria = match (self.criteria.clone(), asked) {
            (Some(own), Some(asked)) => Some(Criteria::All { of: vec![own, asked] }),
            (own, asked) => own.or(asked),
        };
        let query = Query { form: self.form.clone(), criteria, ..Query::default() };
        ask.within(world, |store| store.ids(&query)).map_err(|problem| Refusal::of(3090, problem.message.as_str()))
    }

    /// The IDs of the records that fit, which there must be.
    pub(super) fn some(&self, ask: &Ask, world: &World, text: &str) -> Result<Vec<i64>, Refusal> {
        let found = self.ids(ask, world, text)?;
        if !found.is_empty() {
            return Ok(found);
        }
        let is_empty = text.trim().is_empty() || self.ids(ask, world, "")?.is_empty();
        Err(match (ask.newer, is_empty) {
            (false, _) => Refusal::of(3100, ""),
            (true, true) => Refusal::of(9220, ""),
            (true, false) => Refusal::of(9280, ""),
        })
    }

    /// The record of an ID, which must be one of the report.
    pub(super) fn one(&self, ask: &Ask, world: &World, id: &str) -> Result<i64, Refusal> {
        let none = || Refusal::of(3190, id);
        let key: i64 = id.parse().map_err(|_| none())?;
        let mine = self.ids(ask, world, &format!("ID == {key}"))?;
        if mine.is_empty() { Err(none()) } else { Ok(key) }
    }

    /// The fields that a call wants to see; all when it does not choose.
    pub(super) fn fields(&self, ask: &Ask, is_one: bool) -> Result<Option<BTreeSet<String>>, Refusal> {
        let view = |names: &Option<Vec<String>>| names.as_ref().map(|names| names.iter().cloned().collect());
        let usual = if is_one { &self.detail_view } else { &self.quick_view };
        if !ask.newer {
            return Ok(view(usual));
        }
        match ask.call.query.get("field_config") {
            None => Ok(view(usual)),
            Some("quick_view") => Ok(view(&self.quick_view)),
            Some("detail_view") => Ok(view(&self.detail_view)),
            Some("all") => Ok(None),
            Some("custom") => {
                let asked = ask.call.query.text("fields").split(',').map(str::trim).filter(|name| !name.is_empty());
                let asked: BTreeSet<String> = asked.map(str::to_owned).collect();
                match asked.is_empty() {
                    true => Err(Refusal::parameter(
                        "A mandatory parameter - 'fields' is either absent or has been used twice. Please check and try again.",
                    )),
                    false => Ok(Some(asked)),
                }
            }
            Some(_) => Err(Refusal::parameter("field_config is quick_view, detail_view, custom or all.")),
        }
    }
}
