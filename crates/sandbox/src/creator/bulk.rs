//! Bulk reading: a job for a report, its state, and its result as a ZIP file with one CSV file. The jobs of the sandbox end at
//! once.

use std::collections::BTreeSet;

use axum::response::Response;
use rainwright_records::Storage;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::read::cursor_after;
use super::report::{self, Report};
use super::shown::{Shower, Style};
use super::{Ask, DONE, PRODUCT, USER};
use crate::call::Answer;
use crate::crm::zip;
use crate::http::{Object, json as answer, now_text, typed};
use crate::world::World;

/// The most records of a job.
const MOST: usize = 200_000;
/// The module of the store that keeps jobs.
const JOBS: &str = "bulk_jobs";

/// Answers what follows `…/report/R/read`.
pub(super) fn serve(ask: &Ask, world: &mut World, owner: &str, name: &str, rest: &[&str]) -> Answer {
    let done = match (ask.call.method.as_str(), rest) {
        ("POST", []) => start(ask, world, name),
        ("GET", [id]) => state(ask, world, owner, name, id),
        ("GET", [id, "result"]) => result(ask, world, name, id),
        (method, [] | [_] | [_, "result"]) => Err(Refusal::of(1020, method)),
        _ => Err(Refusal::of(1000, "")),
    };
    done.map_err(|refusal| ask.refuse(&refusal))
}

fn start(ask: &Ask, world: &mut World, name: &str) -> Result<Response, Refusal> {
    let report = report::find(ask, world, name)?;
    let body = ask.body()?;
    let query = body.get("query").filter(|query| query.is_object()).ok_or_else(|| Refusal::of(3020, ""))?;
    let limit = match &query["max_records"] {
        Value::Null => MOST,
        value => match value.as_u64().or_else(|| value.as_str()?.parse().ok()) {
            Some(limit) if (1..=MOST as u64).contains(&limit) => limit as usize,
            _ => return Err(Refusal::parameter(&format!("max_records is a number up to {MOST}."))),
        },
    };
    let mut found = report.some(ask, world, query["criteria"].as_str().unwrap_or_default())?;
    if let Some(last) = ask.cursor()? {
        found.retain(|id| *id > last);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let csv = csv(ask, world, &report, &found, &wanted(&query["fields"]))?;
    let id = world.store.new_id();
    let made = now_text();
    let job = json!({
        "id": id,
        "app": ask.app,
        "report": name,
        "count": found.len(),
        "created_time": made,
        "record_cursor": found.last().filter(|_| more).map(|last| cursor_after(*last)),
        "csv": csv,
    });
    world.store.add(PRODUCT, JOBS, job.as_object().cloned().unwrap_or_default());
    let details = json!({
        "id": id,
        "operation": "read",
        "created_by": USER,
        "created_time": made,
        "status": "In-progress",
    });
    Ok(answer(200, json!({ "code": DONE, "details": details })))
}

/// The fields that a query names, as a list or as one text.
fn wanted(fields: &Value) -> Vec<String> {
    let named: Vec<&str> = match fields {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => text.split(',').collect(),
        _ => Vec::new(),
    };
    named.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn job<'w>(ask: &Ask, world: &'w World, name: &str, id: &str) -> Result<&'w Object, Refusal> {
    let found = world.store.find(PRODUCT, JOBS, "id", id);
    found.filter(|job| job["app"] == ask.app && job["report"] == name).ok_or_else(|| Refusal::of(3190, id))
}

fn state(ask: &Ask, world: &World, owner: &str, name: &str, id: &str) -> Result<Response, Refusal> {
    let job = job(ask, world, name, id)?;
    let base = if ask.newer { "/creator/v2.1/bulk" } else { "/api/bulk/v2" };
    let mut result = json!({
        "count": job["count"],
        "download_url": format!("{base}/{owner}/{}/report/{name}/read/{id}/result", ask.app),
    });
    if !job["record_cursor"].is_null() {
        result["record_cursor"] = job["record_cursor"].clone();
    }
    let details = json!({
        "id": id,
        "operation": "read",
        "created_by": USER,
        "created_time": job["created_time"],
        "status": "Completed",
        "result": result,
    });
    Ok(answer(200, json!({ "code": DONE, "details": details })))
}

fn result(ask: &Ask, world: &World, name: &str, id: &str) -> Result<Response, Refusal> {
    let csv = job(ask, world, name, id)?["csv"].as_str().unwrap_or_default();
    let zip = zip(&format!("{name}.csv"), csv.as_bytes()).map_err(|_| Refusal::of(2930, ""))?;
    Ok(typed(200, "application/zip", zip))
}

/// The records as CSV: a line of link names, then one for each record.
fn csv(ask: &Ask, world: &World, report: &Report, ids: &[i64], wanted: &[String]) -> Result<String, Refusal> {
    let columns = |name: &String| wanted.is_empty() || wanted.contains(name);
    let (heads, records) = ask.within(world, |store| {
        let table = store.store().schema().expect(&report.form)?;
        let fields = table.fields().filter(|field| !matches!(field.storage(), Storage::Nothing));
        let system = ["Added_Time", "Modified_Time", "Added_User"].into_iter().map(str::to_owned);
        let heads = fields.map(|field| field.name.clone()).chain(system).filter(columns);
        let heads: Vec<String> = std::iter::once("ID".to_owned()).chain(heads).collect();
        let mut shower = Shower { store: &mut *store, app: ask.app, style: Style::Older };
        let wanted: BTreeSet<String> = heads.iter().cloned().collect();
        let records = shower.records(&report.form, ids, Some(&wanted))?;
        Ok::<_, Refusal>((heads, records))
    })?;
    let broken = |_| Refusal::of(2930, "");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&heads).map_err(broken)?;
    for record in records {
        writer.write_record(heads.iter().map(|name| cell(record.get(name)))).map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|_| Refusal::of(2930, ""))?;
    String::from_utf8(bytes).map_err(|_| Refusal::of(2930, ""))
}

/// A value as one text: of a map with a display text, that text.
fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(","),
        Some(map @ Value::Object(_)) => map["display_value"].as_str().unwrap_or_default().to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
