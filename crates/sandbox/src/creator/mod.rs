//! Creator's REST API, versions 2 and 2.1: records are added through forms and read through reports. The records are kept,
//! searched and changed by the store that scripts' own queries use.

mod criteria;
pub(crate) mod kept;
mod shown;

use axum::response::Response;
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, FieldPath, File, Query};
use rainwright_records::{Actor, Field, LearningStore, Storage};
use serde_json::{Value, json};

use self::shown::Shower;
use crate::call::{Answer, Call};
use crate::http::{Object, header_text, json, page, set, typed};
use crate::makeup::{self, Dice};
use crate::world::World;
use crate::zoho;

const PRODUCT: &str = "creator";
/// The code of an answer that went well.
const DONE: u32 = 3000;

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(status, json!({ "code": code, "message": message }))
}

/// An error in the form of Creator.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, 1030, "Authorization Failure. The access token is either invalid or has expired."),
        403 => failure(403, 2933, "You do not have permission to access this application."),
        404 => failure(404, 1000, "Invalid API URL format."),
        429 => {
            failure(429, 2955, "You have reached your API call limit for a minute. Please try again after sometime.")
        }
        _ => failure(status, 2930, "Error Occurred. We are sorry for the inconvenience."),
    }
}

fn none_found() -> Response {
    failure(404, 3100, "No records found for the given criteria.")
}

struct Ask<'c> {
    call: &'c Call,
    app: &'c str,
    newer: bool,
}

/// Answers a call whose path is `v2.1/data/{owner}/{app}/…`, or of the old host `v2/{owner}/{app}/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let (newer, rest) = match path.as_slice() {
        ["v2.1", rest @ ..] => (true, rest),
        ["v2", rest @ ..] => (false, rest),
        ["custom", ..] => {
            return Err(crate::products::not_played(
                "custom APIs of Creator",
                "call the function that the API is made of",
            ));
        }
        _ => return Err(error(404)),
    };
    let mut world = call.ctx.world();
    let world = &mut *world;
    let rest = match rest {
        ["data" | "publish", rest @ ..] => rest,
        ["meta", rest @ ..] => return meta(&call, world, rest),
        ["bulk", ..] => return Err(crate::products::not_played("bulk jobs of Creator", "read a report in pages")),
        rest => rest,
    };
    let [_owner, app, part, name, rest @ ..] = rest else { return Err(error(404)) };
    let ask = Ask { call: &call, app, newer };
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PATCH" | "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    if !["form", "report"].iter().any(|area| zoho::permits(&call.access, "ZohoCreator", area, "", operation)) {
        let message = "This is an invalid oauthscope. Please regenerate the oauthtoken corresponding to the API with proper oauthscope.";
        return Err(failure(401, 2945, message));
    }
    match (call.method.as_str(), *part, rest) {
        ("POST", "form", []) => ask.add(world, name),
        (_, "report", rest) => {
            let form = ask.form_of(world, name)?;
            match (call.method.as_str(), rest) {
                ("GET", []) => ask.list(world, &form),
                ("PATCH" | "PUT", []) => ask.change_many(world, &form),
                ("DELETE", []) => ask.delete_many(world, &form),
                ("GET", [id]) => Ok(json(200, json!({ "code": DONE, "data": ask.find(world, &form, id)?.1 }))),
                ("PATCH" | "PUT", [id]) => {
                    let fields = ask.fields()?;
                    let (key, _) = ask.find(world, &form, id)?;
                    ask.put(world, &form, key, &fields)?;
                    Ok(json(200, json!({ "code": DONE, "data": { "ID": id }, "message": "Data Updated Successfully" })))
                }
                ("DELETE", [id]) => {
                    let (key, _) = ask.find(world, &form, id)?;
                    ask.within(world, |store| store.delete(&form, key))?;
                    Ok(json(
                        200,
                        json!({ "code": DONE, "data": { "ID": id }, "message": "Record Deleted Successfully" }),
                    ))
                }
                ("POST", [id, field, "upload"]) => ask.upload(world, &form, id, field),
                ("GET", [id, field, "download"]) => ask.download(world, &form, id, field),
                (method, _) => Err(failure(405, 1020, &format!("{method} is not a valid method for this request."))),
            }
        }
        ("GET" | "PATCH" | "PUT" | "DELETE", "form", _) => {
            Err(failure(405, 1020, &format!("{} is not a valid method for this request.", call.method)))
        }
        _ => Err(error(404)),
    }
}

/// The forms of an application; none when there is no such application.
fn forms(world: &World, app: &str) -> Vec<String> {
    if !world.creator.names().iter().any(|name| name == app) {
        return Vec::new();
    }
    let named = |store: &mut LearningStore| Ok::<_, Problem>(store.forms().into_iter().map(|form| form.name).collect());
    world.creator.with(app, named).unwrap_or_default()
}

/// What Creator answers when a record breaks a rule of its form.
fn refused(problem: &Problem) -> Response {
    match problem.code {
        Code::UnknownName | Code::NotSupported | Code::UnknownFunction | Code::TooDeep => {
            failure(400, 3330, &format!("The criteria cannot be read: {problem}."))
        }
        _ => json(200, broken(problem)),
    }
}

/// What a record is answered with that breaks a rule of its form: the field with what is wrong.
fn broken(problem: &Problem) -> Value {
    let field = problem.message.split('\'').nth(1).unwrap_or("error");
    json!({ "code": 3002, "error": { field: problem.message } })
}

/// Who acts, and when.
fn actor() -> Actor {
    Actor { now: crate::world::now().as_millisecond(), user: "robin".into() }
}

impl Ask<'_> {
    /// Does something with the records of the application.
    fn within<T>(
        &self,
        world: &World,
        act: impl FnOnce(&mut LearningStore) -> Result<T, Problem>,
    ) -> Result<T, Response> {
        let done = world.creator.with(self.app, |store| {
            store.act_as(actor());
            act(store)
        });
        done.map_err(|problem| refused(&problem))
    }

    /// The form that a report shows. A seed can name it; else a report is taken to be called after its form, as Creator
    /// calls them: `All_Orders` and `Order_Report` are those of `Order`.
    fn form_of(&self, world: &World, report: &str) -> Result<String, Response> {
        let forms = forms(world, self.app);
        let named = world.store.all(PRODUCT, "reports").iter().find(|row| {
            row.get("app").is_none_or(|app| *app == self.app) && row.get("report").is_some_and(|name| *name == report)
        });
        if let Some(form) = named.and_then(|row| row.get("form")?.as_str()) {
            return Ok(form.to_owned());
        }
        if let Some(form) = world.creator.form_of_report(self.app, report) {
            return Ok(form);
        }
        if forms.is_empty() && world.lenient.is_none() {
            return Err(failure(
                404,
                2892,
                &format!("No application named {} found. Please check and try again.", self.app),
            ));
        }
        let lower = report.to_lowercase();
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
            Some(form) => Ok(form.clone()),
            None if world.lenient.is_some() => Ok(report.to_owned()),
            None => Err(failure(404, 2894, &format!("No report named {report} found. Please check and try again."))),
        }
    }

    fn body(&self) -> Result<Object, Response> {
        let missing = || failure(400, 3020, "API request's body is either missing or incomplete.");
        match serde_json::from_slice(&self.call.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(missing()),
        }
    }

    /// The fields under `data`.
    fn fields(&self) -> Result<Object, Response> {
        match self.body()?.remove("data") {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(failure(400, 3020, "API request's body is either missing or incomplete.")),
        }
    }

    /// Adds one record, or up to 200.
    fn add(&self, world: &mut World, form: &str) -> Answer {
        let mut body = self.body()?;
        let shown: Vec<String> = body
            .get("result")
            .and_then(|result| result["fields"].as_array())
            .map(|fields| fields.iter().filter_map(|field| field.as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let (records, several) = match body.remove("data") {
            Some(Value::Object(fields)) => (vec![fields], false),
            Some(Value::Array(items)) => {
                (items.into_iter().filter_map(|item| item.as_object().cloned()).collect(), true)
            }
            _ => return Err(failure(400, 3020, "API request's body is either missing or incomplete.")),
        };
        if records.len() > 200 {
            return Err(failure(200, 3960, "A maximum of 200 records can be added per request."));
        }
        let mut results = Vec::new();
        for fields in records {
            let done = world.creator.with(self.app, |store| {
                store.act_as(actor());
                let id = shown::put(store, form, None, &fields)?;
                if let Some(problem) = store.store().missing(form, id)? {
                    store.delete(form, id)?;
                    return Err(problem);
                }
                let record = Shower { store, app: self.app }.records(form, &[id])?.pop().unwrap_or_default();
                let mut data = Object::from_iter([("ID".to_owned(), Value::from(id.to_string()))]);
                data.extend(shown.iter().filter_map(|name| Some((name.clone(), record.get(name)?.clone()))));
                Ok(data)
            });
            match done {
                Ok(data) => results.push(json!({ "code": DONE, "data": data, "message": "Data Added Successfully" })),
                Err(problem) if !several => return Err(refused(&problem)),
                Err(problem) => results.push(broken(&problem)),
            }
        }
        match several {
            true => Ok(json(200, json!({ "result": results, "code": DONE }))),
            false => Ok(json(200, results.pop().unwrap_or_default())),
        }
    }

    /// A record with its ID; with leniency there is one for each ID.
    fn find(&self, world: &World, form: &str, id: &str) -> Result<(i64, Object), Response> {
        let key: i64 = id.parse().map_err(|_| none_found())?;
        let shown = |store: &mut LearningStore| {
            store.learn_form(form)?;
            Ok(Shower { store, app: self.app }.records(form, &[key])?.pop())
        };
        if let Some(record) = self.within(world, shown)? {
            return Ok((key, record));
        }
        let Some(seed) = world.lenient else { return Err(none_found()) };
        // The fields that the form is known to have, with values by their names.
        let dice = Dice::new(seed, &[PRODUCT, form, id]);
        let record = self.within(world, |store| {
            let table = store.store().schema().table(form);
            let known: Vec<Field> = table.map(|table| table.fields().cloned().collect()).unwrap_or_default();
            let record: Object = match known.is_empty() {
                true => ["Name", "Email", "Status", "Amount", "Date_field"]
                    .iter()
                    .map(|name| ((*name).to_owned(), makeup::text(name, dice).into()))
                    .collect(),
                false => known.iter().filter_map(|field| made(field, dice)).collect(),
            };
            shown::put(store, form, Some(key), &record)?;
            Ok(Shower { store, app: self.app }.records(form, &[key])?.pop().unwrap_or_default())
        })?;
        Ok((key, record))
    }

    /// The IDs of the records that fit the criteria, of all if there are none.
    fn fitting(&self, world: &World, form: &str, text: &str) -> Result<Vec<i64>, Response> {
        let criteria = match text.trim() {
            "" => None,
            text => Some(
                criteria::parse(text)
                    .map_err(|why| failure(400, 3330, &format!("The criteria cannot be read: {why}.")))?,
            ),
        };
        self.within(world, |store| store.ids(&Query { form: form.to_owned(), criteria, ..Query::default() }))
    }

    fn list(&self, world: &mut World, form: &str) -> Answer {
        let query = &self.call.query;
        // With leniency a list is not empty.
        let is_empty = self.fitting(world, form, "")?.is_empty();
        if let Some(seed) = world.lenient.filter(|_| is_empty) {
            for id in makeup::listed(seed, PRODUCT, form) {
                self.find(world, form, &id)?;
            }
        }
        let found = self.fitting(world, form, query.text("criteria"))?;
        let (from, limit) = match self.newer {
            true => {
                let limit = query.number("max_records", 200);
                if !matches!(limit, 200 | 500 | 1000) {
                    return Err(failure(400, 3970, "The value of max_records is 200, 500 or 1000."));
                }
                let cursor = header_text(&self.call.headers, "record_cursor");
                (cursor.parse::<usize>().unwrap_or(0), limit)
            }
            false => {
                let limit = query.number("limit", 200);
                if limit > 200 {
                    return Err(failure(200, 3970, "A maximum of 200 records can be fetched per request."));
                }
                (query.number("from", 1).max(1) - 1, limit)
            }
        };
        let wanted = page(&found, from, limit);
        let shown = self.within(world, |store| Shower { store, app: self.app }.records(form, &wanted))?;
        if shown.is_empty() {
            return Err(none_found());
        }
        let mut response = json(200, json!({ "code": DONE, "data": shown }));
        if self.newer && from + limit < found.len() {
            set(&mut response, "record_cursor", &(from + limit).to_string());
        }
        Ok(response)
    }

    fn put(&self, world: &World, form: &str, id: i64, fields: &Object) -> Result<(), Response> {
        self.within(world, |store| shown::put(store, form, Some(id), fields).map(drop))
    }

    /// The ids of the records to change or delete, by the criteria in the body, which must be there.
    fn meant(&self, world: &World, form: &str, body: &Object) -> Result<Vec<i64>, Response> {
        let Some(text) = body.get("criteria").and_then(Value::as_str).or(self.call.query.get("criteria")) else {
            return Err(failure(400, 3020, "API request's body is either missing or incomplete."));
        };
        let found = self.fitting(world, form, text)?;
        if found.is_empty() {
            return Err(none_found());
        }
        let until = self.call.query.get("process_until_limit") == Some("true")
            || body.get("process_until_limit").and_then(Value::as_bool) == Some(true);
        if found.len() > 200 && !until {
            let message = "A maximum of 200 records can be processed per request. Include the \"process_until_limit\" parameter to process the first 200 records.";
            return Err(failure(200, 3960, message));
        }
        Ok(found.into_iter().take(200).collect())
    }

    fn change_many(&self, world: &mut World, form: &str) -> Answer {
        let body = self.body()?;
        let fields = self.fields()?;
        let mut results = Vec::new();
        for id in self.meant(world, form, &body)? {
            self.put(world, form, id, &fields)?;
            results.push(
                json!({ "code": DONE, "data": { "ID": id.to_string() }, "message": "Data Updated Successfully" }),
            );
        }
        Ok(json(200, json!({ "result": results, "code": DONE, "more_records": false })))
    }

    fn delete_many(&self, world: &mut World, form: &str) -> Answer {
        let body = self.body().unwrap_or_default();
        let mut results = Vec::new();
        for id in self.meant(world, form, &body)? {
            self.within(world, |store| store.delete(form, id))?;
            results.push(
                json!({ "code": DONE, "data": { "ID": id.to_string() }, "message": "Record Deleted Successfully" }),
            );
        }
        Ok(json(200, json!({ "result": results, "code": DONE, "more_records": false })))
    }

    fn upload(&self, world: &World, form: &str, id: &str, field: &str) -> Answer {
        let (key, _) = self.find(world, form, id)?;
        let Some(part) = self.call.file() else {
            return Err(failure(400, 3020, "API request's body is either missing or incomplete."));
        };
        let name = part.file_name.clone().unwrap_or_default();
        let file = File {
            name: name.clone(),
            mime: part.content_type.clone(),
            bytes: part.bytes.to_vec().into(),
            ..File::default()
        };
        let path = self.within(world, |store| {
            store.store_fields(form, key, &[(FieldPath::parse(field), Data::from(file))])?;
            Ok(Shower { store, app: self.app }.path(form, key, field, &name))
        })?;
        let data = json!({ "filename": name, "filepath": path, "message": "File Uploaded Successfully" });
        Ok(json(200, json!({ "code": DONE, "data": data })))
    }

    fn download(&self, world: &World, form: &str, id: &str, field: &str) -> Answer {
        let (key, _) = self.find(world, form, id)?;
        let files = self.within(world, |store| store.store().files(form, key, field))?;
        let file = files.into_iter().next().ok_or_else(none_found)?;
        let kind = if file.mime.is_empty() { "application/octet-stream" } else { &file.mime };
        let mut response = typed(200, kind, file.bytes.to_vec());
        let name: String = file.name.chars().filter(|c| c.is_ascii() && *c != '"' && !c.is_control()).collect();
        set(&mut response, "content-disposition", &format!("attachment;filename=\"{name}\""));
        Ok(response)
    }
}

/// A value for a field of a form that is known; none for what refers to other records.
fn made(field: &Field, dice: Dice) -> Option<(String, Value)> {
    let name = field.name.clone();
    let number = || 1 + dice.below(&name, 100);
    let value: Value = match field.storage() {
        _ if field.kind.is_computed() => return None,
        Storage::Text | Storage::Choice => match field.choices.is_empty() {
            true => makeup::text(&name, dice).into(),
            false => field.choices[dice.below(&name, field.choices.len() as u64) as usize].clone().into(),
        },
        Storage::Number => number().into(),
        Storage::Decimal => format!("{}.50", number()).into(),
        Storage::Date => makeup::text("date", dice).into(),
        Storage::Flag => (number() % 2 == 0).into(),
        _ => return None,
    };
    Some((name, value))
}

/// `meta/{owner}/{app}/forms` and its siblings.
fn meta(call: &Call, world: &World, rest: &[&str]) -> Answer {
    let described = |name: &String| json!({ "display_name": name.replace('_', " "), "link_name": name, "type": 1 });
    match (call.method.as_str(), rest) {
        ("GET", ["applications"] | [_, "applications"]) => {
            let apps: Vec<Value> = world
                .creator
                .names()
                .iter()
                .map(|app| {
                    json!({
                        "application_name": app.replace(['-', '_'], " "),
                        "link_name": app,
                        "date_format": "dd-MMM-yyyy",
                        "time_zone": "Etc/UTC",
                        "creation_date": "06-Jan-2025",
                        "category": 1,
                        "created_by": "robin",
                        "workspace_name": "sandbox",
                    })
                })
                .collect();
            Ok(json(200, json!({ "code": DONE, "applications": apps })))
        }
        ("GET", [_, app, "forms"]) => {
            Ok(json(200, json!({ "code": DONE, "forms": forms(world, app).iter().map(described).collect::<Vec<_>>() })))
        }
        ("GET", [_, app, "reports"]) => {
            let reports = forms(world, app).iter().map(|form| format!("All_{form}s")).collect::<Vec<_>>();
            Ok(json(200, json!({ "code": DONE, "reports": reports.iter().map(described).collect::<Vec<_>>() })))
        }
        ("GET", [_, app, "form", form, "fields"]) => {
            let none = || failure(404, 2893, &format!("No form named {form} found. Please check and try again."));
            if !forms(world, app).iter().any(|name| name == form) {
                return Err(none());
            }
            let fields = world.creator.with(app, |store| {
                let table = store.store().schema().expect(form)?;
                Ok::<Vec<Field>, Problem>(table.fields().cloned().collect())
            });
            let described = |field: &Field| json!({ "display_name": field.shown().replace('_', " "), "link_name": field.name, "type": 1, "unique": field.unique, "mandatory": field.required, "max_char": field.max.unwrap_or(255) });
            let fields = fields.map_err(|_| none())?;
            Ok(json(200, json!({ "code": DONE, "fields": fields.iter().map(described).collect::<Vec<_>>() })))
        }
        _ => Err(crate::products::not_played(
            "these settings of Creator",
            "ask for its applications, forms, reports or fields",
        )),
    }
}
