//! Workflows that never run: their kind, event or form does not exist, or their conditions cannot be read.

use rainwright_records::{FieldType, Storage, Table};

use super::{Finding, Parts, expression, meant};
use crate::{Action, Workflow};

const KINDS: &[&str] = &["form", "schedule", "functions", "approval", "blueprint", "batch"];
const RECORDS: &[&str] = &["add", "edit", "add or edit", "delete"];
/// The events of a form that concern all of it.
const WHOLE: &[&str] = &["on load", "on validate", "on success", "on click", "field rules"];
/// The events that concern a field of it.
const OF_FIELD: &[&str] = &["on user input of", "on update of", "on add row of", "on delete row of"];

/// Checks all workflows.
pub(super) fn check(parts: &Parts<'_>, found: &mut Vec<Finding>) {
    for workflow in &parts.app.workflows {
        let place = workflow.name.as_str();
        kind(workflow, found);
        let form = workflow.form_name();
        let table = parts.schema.table(form);
        if !form.is_empty() && table.is_none() {
            let near = meant(form, parts.app.forms.iter().map(|form| form.name.as_str()));
            found.push(Finding::error(place, format!("There is no form '{form}'{near}")));
        }
        if workflow.kind == "form" && form.is_empty() {
            found.push(Finding::error(place, "The workflow names no form: it never runs".to_owned()));
        }
        if workflow.form.contains('[')
            && let Err(why) = expression::read(&workflow.form)
        {
            found.push(Finding::error(place, format!("The criteria '{}' cannot be read: {why}", workflow.form)));
        }
        stages(workflow, found);
        for action in &workflow.actions {
            event(workflow, action, table, parts, found);
            condition(workflow, action, parts, table, found);
        }
    }
}

fn kind(workflow: &Workflow, found: &mut Vec<Finding>) {
    if !KINDS.contains(&workflow.kind.as_str()) {
        let near = meant(&workflow.kind, KINDS.iter().copied());
        let message = format!("There is no kind of workflow '{}': it never runs{near}", workflow.kind);
        // An export may know kinds that are not played here.
        found.push(Finding { is_error: !near.is_empty(), ..Finding::warning(&workflow.name, message) });
    }
    let record = workflow.record.trim().trim_start_matches("on ").to_ascii_lowercase();
    if workflow.kind == "form" && !record.is_empty() && !RECORDS.contains(&record.as_str()) {
        let near = meant_of_record(&record);
        let message = format!("Nothing happens to a record that is called '{}': it never runs{near}", workflow.record);
        found.push(Finding::error(&workflow.name, message));
    }
}

/// What was meant by a word for what happens to a record: people have other words for the same.
fn meant_of_record(record: &str) -> String {
    let known = match record {
        "create" | "created" | "new" | "insert" => "add",
        "update" | "updated" | "change" | "modify" => "edit",
        "remove" | "removed" | "deleted" => "delete",
        "create or edit" | "created or edited" | "edit or add" | "add and edit" | "both" => "add or edit",
        _ => return meant(record, RECORDS.iter().copied()),
    };
    format!(". Did you mean '{known}'?")
}

/// The stages that transitions lead from and to.
fn stages(workflow: &Workflow, found: &mut Vec<Finding>) {
    if workflow.stages.is_empty() {
        return;
    }
    let start = Some(workflow.start.as_str()).filter(|_| workflow.kind == "blueprint");
    let named = workflow.steps.iter().flat_map(|step| [step.from.as_str(), step.to.as_str()]).chain(start);
    let mut told: Vec<&str> = Vec::new();
    for stage in named.filter(|stage| !stage.is_empty() && workflow.stages.iter().all(|known| known != stage)) {
        if !told.contains(&stage) {
            told.push(stage);
            let near = meant(stage, workflow.stages.iter().map(String::as_str));
            found.push(Finding::warning(&workflow.name, format!("The blueprint has no stage '{stage}'{near}")));
        }
    }
}

fn event(workflow: &Workflow, action: &Action, table: Option<&Table>, parts: &Parts<'_>, found: &mut Vec<Finding>) {
    let (place, event) = (workflow.name.as_str(), action.event.trim());
    let never = |near: String| format!("There is no event '{event}': its script never runs{near}");
    match workflow.kind.as_str() {
        "form" => {}
        "approval" | "blueprint" => {
            let known: &[&str] =
                if workflow.kind == "approval" { &["on approve", "on reject"] } else { &["before", "after"] };
            if action.step.is_empty() {
                return;
            }
            if !known.contains(&event) {
                found.push(Finding::error(place, never(meant(event, known.iter().copied()))));
            }
            if workflow.steps.iter().all(|step| step.name != action.step) {
                let near = meant(&action.step, workflow.steps.iter().map(|step| step.name.as_str()));
                found.push(Finding::error(place, format!("It has no step '{}'{near}", action.step)));
            }
            return;
        }
        // All scripts of the others run, whatever their event is called.
        _ => return,
    }
    if WHOLE.iter().any(|known| known.eq_ignore_ascii_case(event)) {
        return;
    }
    let is = |start: &str| event.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    let Some(start) = OF_FIELD.iter().find(|start| is(&format!("{start} "))) else {
        let near = meant(event, WHOLE.iter().chain(OF_FIELD).copied());
        // An export may know events that are not played here.
        let is_error = !near.is_empty();
        found.push(Finding { is_error, ..Finding::warning(place, never(near)) });
        return;
    };
    let Some(table) = table else { return };
    let field = event.get(start.len()..).unwrap_or_default().trim();
    if let Some(why) = no_field(start, field, table, parts) {
        found.push(Finding::error(place, format!("The script of '{event}' never runs: {why}")));
    }
}

/// Why an event of a field never happens.
fn no_field(start: &str, field: &str, table: &Table, parts: &Parts<'_>) -> Option<String> {
    let path: Vec<&str> = field.split('.').map(str::trim).collect();
    let found = match table.expect(path.first()?) {
        Ok(found) => found,
        Err(problem) => return Some(expression::told(&problem)),
    };
    let is_subform = found.kind == FieldType::Subform;
    if start.contains("row") && !is_subform {
        return Some(format!("'{}' is no subform", found.name));
    }
    match (found.storage(), path.as_slice()) {
        (Storage::Rows | Storage::Children(_), [_, _, ..]) => expression::follow(&parts.schema, table, &path).err(),
        _ => None,
    }
}

fn condition(workflow: &Workflow, action: &Action, parts: &Parts<'_>, table: Option<&Table>, found: &mut Vec<Finding>) {
    let Some(condition) = action.condition.as_deref().filter(|text| !text.trim().is_empty()) else { return };
    let place = format!("{} {}", workflow.name, action.event);
    match (expression::read(condition), table) {
        (Err(why), _) => {
            found.push(Finding::error(&place, format!("The condition '{condition}' cannot be read: {why}")));
        }
        (Ok(tree), Some(table)) => {
            for why in parts.unknown(&table.name, &tree) {
                found.push(Finding::error(&place, format!("The condition never holds: {why}")));
            }
        }
        (Ok(_), None) => {}
    }
}
