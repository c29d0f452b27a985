//! Adding, changing and deleting records; of several, each is judged by itself.

use std::collections::BTreeSet;

use axum::response::Response;
use rainwright_effect::Message as Sent;
use rainwright_records::{LearningStore, Submission, Verdict};
use serde_json::{Value, json};

use super::errors::Refusal;
use super::report::Report;
use super::shown::{self, Shower, Style};
use super::{Ask, DONE, PRODUCT, rules};
use crate::http::{Object, json as answer};
use crate::outbox;
use crate::world::World;

/// The most records that one call adds, changes or deletes.
const MOST: usize = 200;

/// What a call wants to be told of a record: its `result`.
struct Wish {
    fields: BTreeSet<String>,
    message: bool,
    /// Whether the workflows of the form run.
    workflows: bool,
}

impl Wish {
    fn of(body: &Object) -> Self {
        let result = body.get("result").unwrap_or(&Value::Null);
        let fields = result["fields"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let skipped = |what: &Value| *what == "form_workflow" || *what == "all";
        let workflows = !body.get("skip_workflow").is_some_and(|skip| match skip {
            Value::Array(skip) => skip.iter().any(skipped),
            skip => skipped(skip),
        });
        Self { fields: fields.map(str::to_owned).collect(), message: result["message"] != false, workflows }
    }
}

/// What is said when something was done, by version.
struct Message(&'static str, &'static str);

const ADDED: Message = Message("Data Added Successfully!", "Data Added Successfully");
const UPDATED: Message = Message("Data Updated Successfully!", "Data Updated Successfully");
const DELETED: Message = Message("Data Deleted Successfully!", "Record Deleted Successfully");

impl Message {
    fn text(&self, newer: bool) -> &'static str {
        if newer { self.0 } else { self.1 }
    }
}

impl Ask<'_> {
    /// `POST …/form/F`: adds one record, or up to 200.
    pub(super) fn add(&self, world: &mut World, form: &str) -> Result<Response, Refusal> {
        let body = self.body()?;
        let wish = Wish::of(&body);
        // Forms come into being in applications that nobody described.
        let is_known = || super::report::forms(world, self.app).iter().any(|known| known.eq_ignore_ascii_case(form));
        if world.creator.is_described(self.app) && world.lenient.is_none() && !is_known() {
            return Err(Refusal::of(2893, form));
        }
        match body.get("data") {
            Some(Value::Object(fields)) => Ok(answer(200, self.add_one(world, form, fields, &wish)?)),
            Some(Value::Array(records)) if records.len() > MOST => Err(Refusal::of(3950, "")),
            Some(Value::Array(records)) if !records.is_empty() => {
                let one = |record: &Value| match record {
                    Value::Object(fields) => self.add_one(world, form, fields, &wish),
                    _ => Err(Refusal::of(3020, "")),
                };
                let done: Vec<_> = records.iter().map(one).collect();
                Ok(self.results(done, None))
            }
            _ => Err(Refusal::of(3020, "")),
        }
    }

    fn add_one(&self, world: &mut World, form: &str, fields: &Object, wish: &Wish) -> Result<Value, Refusal> {
        let (told, sent) = self.within(world, |store| {
            rules::check(store, form, fields, true)?;
            let given = shown::given(store, form, fields).map_err(|problem| rules::refused(store, form, &problem))?;
            let (id, own, sent) = match conduct(store, form, wish, Submission::Add(given))? {
                Some(done) => (done.record.unwrap_or_default(), done.message, done.sent),
                None => {
                    let put = shown::put(store, form, None, fields);
                    let id = put.map_err(|problem| rules::refused(store, form, &problem))?;
                    (id, store.table(form).and_then(|table| table.form.success.clone()), Vec::new())
                }
            };
            let message = own.unwrap_or_else(|| ADDED.text(self.newer).to_owned());
            Ok::<_, Refusal>((self.told(store, form, id, wish, &message)?, sent))
        })?;
        keep(world, sent);
        Ok(told)
    }

    /// `PATCH …/report/R/ID`
    pub(super) fn change_one(&self, world: &mut World, report: &Report, id: &str) -> Result<Response, Refusal> {
        let body = self.body()?;
        let fields = data(&body)?;
        let key = self.find(world, report, id)?;
        Ok(answer(200, self.change(world, &report.form, key, fields, &Wish::of(&body))?))
    }

    /// `PATCH …/report/R`
    pub(super) fn change_many(&self, world: &mut World, report: &Report) -> Result<Response, Refusal> {
        let body = self.body()?;
        let (fields, wish) = (data(&body)?, Wish::of(&body));
        let (ids, more) = self.meant(world, report, &body)?;
        let changed: Vec<_> = ids.into_iter().map(|id| self.change(world, &report.form, id, fields, &wish)).collect();
        Ok(self.results(changed, Some(more)))
    }

    fn change(&self, world: &mut World, form: &str, id: i64, fields: &Object, wish: &Wish) -> Result<Value, Refusal> {
        let (told, sent) = self.within(world, |store| {
            rules::check(store, form, fields, false)?;
            let given = shown::given(store, form, fields).map_err(|problem| rules::refused(store, form, &problem))?;
            if let Some(done) = conduct(store, form, wish, Submission::Edit(id, given))? {
                return Ok((self.told(store, form, id, wish, UPDATED.text(self.newer))?, done.sent));
            }
            let again = store.store().schema().table(form).map(|table| rules::unique_rest(table, fields));
            let again: BTreeSet<String> = again.into_iter().flatten().collect();
            let mut written = fields.clone();
            if !again.is_empty() {
                let mut shower = Shower { store: &mut *store, app: self.app, style: Style::Kept };
                let record = shower.records(form, &[id], Some(&again))?.pop().unwrap_or_default();
                written.extend(record.into_iter().filter(|(name, _)| again.contains(name)));
            }
            let put = shown::put(store, form, Some(id), &written);
            put.map_err(|problem| rules::refused(store, form, &problem))?;
            Ok::<_, Refusal>((self.told(store, form, id, wish, UPDATED.text(self.newer))?, Vec::new()))
        })?;
        keep(world, sent);
        Ok(told)
    }

    /// `DELETE …/report/R/ID`
    pub(super) fn delete_one(&self, world: &mut World, report: &Report, id: &str) -> Result<Response, Refusal> {
        let key = self.find(world, report, id)?;
        let told = self.delete(world, report, key, &Wish::of(&self.body().unwrap_or_default()))?;
        Ok(if self.newer { self.results([Ok(told)], None) } else { answer(200, told) })
    }

    /// `DELETE …/report/R`
    pub(super) fn delete_many(&self, world: &mut World, report: &Report) -> Result<Response, Refusal> {
        let body = self.body().unwrap_or_default();
        let (ids, more) = self.meant(world, report, &body)?;
        let wish = Wish::of(&body);
        let deleted: Vec<_> = ids.into_iter().map(|id| self.delete(world, report, id, &wish)).collect();
        Ok(self.results(deleted, Some(more)))
    }

    fn delete(&self, world: &mut World, report: &Report, id: i64, wish: &Wish) -> Result<Value, Refusal> {
        let sent = self.within(world, |store| match conduct(store, &report.form, wish, Submission::Delete(id))? {
            Some(done) => Ok(done.sent),
            None => store.delete(&report.form, id).map(|()| Vec::new()).map_err(Refusal::from),
        })?;
        keep(world, sent);
        Ok(json!({ "code": DONE, "data": { "ID": id.to_string() }, "message": DELETED.text(self.newer) }))
    }

    /// The records to change or delete, by the criteria that must be there, and whether more wait for a further call.
    fn meant(&self, world: &World, report: &Report, body: &Object) -> Result<(Vec<i64>, bool), Refusal> {
        let criteria = body.get("criteria").and_then(Value::as_str).or(self.call.query.get("criteria"));
        let criteria = criteria.filter(|text| !text.trim().is_empty()).ok_or_else(|| Refusal::of(3020, ""))?;
        let mut found = report.some(self, world, criteria)?;
        let until = self.call.query.get("process_until_limit") == Some("true")
            || body.get("process_until_limit").is_some_and(|value| *value == true || *value == "true");
        let more = found.len() > MOST;
        if more && !until {
            return Err(Refusal::of(3960, ""));
        }
        found.truncate(MOST);
        Ok((found, more))
    }

    /// What is said of one record that was written.
    fn told(
        &self,
        store: &mut LearningStore,
        form: &str,
        id: i64,
        wish: &Wish,
        message: &str,
    ) -> Result<Value, Refusal> {
        let mut data = Object::from_iter([("ID".to_owned(), Value::from(id.to_string()))]);
        if !wish.fields.is_empty() {
            data.extend(self.shower(store).records(form, &[id], Some(&wish.fields))?.pop().unwrap_or_default());
        }
        let mut told = json!({ "code": DONE, "data": data });
        if wish.message {
            told["message"] = message.into();
        }
        Ok(told)
    }

    /// What is said of several records.
    fn results(&self, done: impl IntoIterator<Item = Result<Value, Refusal>>, more: Option<bool>) -> Response {
        let results = done.into_iter().map(|one| one.unwrap_or_else(|refusal| refusal.body()));
        let mut told = json!({ "code": DONE, "result": results.collect::<Vec<_>>() });
        if let Some(more) = more {
            told["more_records"] = more.into();
        }
        answer(200, told)
    }
}

/// Writes a record with the workflows of its form. None when there is nobody who runs them, or the call skips them.
fn conduct(
    store: &mut LearningStore,
    form: &str,
    wish: &Wish,
    submission: Submission,
) -> Result<Option<Verdict>, Refusal> {
    let Some(done) = wish.workflows.then(|| store.conduct(form, submission)).flatten() else { return Ok(None) };
    let done = done.map_err(|problem| rules::refused(store, form, &problem))?;
    if done.record.is_some() {
        return Ok(Some(done));
    }
    // What is wrong with the form as a whole has no field.
    let (whole, fields): (Vec<_>, Vec<_>) = done.errors.into_iter().partition(|(field, _)| field.is_empty());
    let mut wrong: Object = fields.into_iter().map(|(field, message)| (field, message.into())).collect();
    let alerts: Vec<String> = done.alerts.into_iter().chain(whole.into_iter().map(|(_, message)| message)).collect();
    if !alerts.is_empty() {
        wrong.insert("alert".into(), alerts.into());
    }
    Err(Refusal::fields(wrong))
}

/// Keeps what workflows sent to people.
fn keep(world: &mut World, sent: Vec<(&'static str, Sent)>) {
    for (kind, message) in sent {
        outbox::keep(&mut world.store, PRODUCT, kind, json!(message));
    }
}

/// The fields under `data`.
fn data(body: &Object) -> Result<&Object, Refusal> {
    body.get("data").and_then(Value::as_object).filter(|fields| !fields.is_empty()).ok_or_else(|| Refusal::of(3020, ""))
}
