//! Creator's REST API, versions 2 and 2.1: records are added through forms and read through reports.

mod criteria;

use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::crm::{give, keep};
use crate::http::{Object, header_text, json, page, set};
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
                ("GET", [id]) => Ok(json(200, json!({ "code": DONE, "data": ask.find(world, &form, id)? }))),
                ("PATCH" | "PUT", [id]) => {
                    let fields = ask.fields()?;
                    ask.find(world, &form, id)?;
                    ask.put(world, &form, id, fields);
                    Ok(json(200, json!({ "code": DONE, "data": { "ID": id }, "message": "Data Updated Successfully" })))
                }
                ("DELETE", [id]) => {
                    ask.find(world, &form, id)?;
                    world.store.remove(PRODUCT, &form, "ID", id);
                    Ok(json(
                        200,
                        json!({ "code": DONE, "data": { "ID": id }, "message": "Record Deleted Successfully" }),
                    ))
                }
                ("POST", [id, field, "upload"]) => ask.upload(world, &form, id, field),
                ("GET", [id, field, "download"]) => {
                    let key = format!("{form}.{id}.{field}");
                    world.store.find(PRODUCT, "files", "of", &key).map(give).ok_or_else(none_found)
                }
                (method, _) => Err(failure(405, 1020, &format!("{method} is not a valid method for this request."))),
            }
        }
        ("GET" | "PATCH" | "PUT" | "DELETE", "form", _) => {
            Err(failure(405, 1020, &format!("{} is not a valid method for this request.", call.method)))
        }
        _ => Err(error(404)),
    }
}

/// The forms of an application: the modules of the store are named `app.form`.
fn forms(world: &World, app: &str) -> Vec<String> {
    let modules = world.store.modules(PRODUCT).into_iter();
    modules.filter_map(|name| Some(name.strip_prefix(app)?.strip_prefix('.')?.to_owned())).collect()
}

impl Ask<'_> {
    fn module(&self, form: &str) -> String {
        format!("{}.{form}", self.app)
    }

    /// The module that a report shows. A seed can name it; else a report is taken to be called after its form, as Creator
    /// calls them: `All_Orders` and `Order_Report` are those of `Order`.
    fn form_of(&self, world: &World, report: &str) -> Result<String, Response> {
        let forms = forms(world, self.app);
        let named = world.store.all(PRODUCT, "reports").iter().find(|row| {
            row.get("app").is_none_or(|app| *app == self.app) && row.get("report").is_some_and(|name| *name == report)
        });
        if let Some(form) = named.and_then(|row| row.get("form")?.as_str()) {
            return Ok(self.module(form));
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
            Some(form) => Ok(self.module(form)),
            None if world.lenient.is_some() => Ok(self.module(report)),
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
        let module = self.module(form);
        let mut results = Vec::new();
        for fields in records {
            let id = world.store.new_id();
            let mut record = Object::new();
            for (name, value) in fields {
                record.insert(name, settled(value));
            }
            let now = crate::world::now().strftime("%d-%b-%Y %H:%M:%S").to_string();
            record.insert("Added_Time".into(), now.clone().into());
            record.insert("Modified_Time".into(), now.into());
            record.insert("Added_User".into(), "robin".into());
            record.insert("ID".into(), id.clone().into());
            let mut data = Object::from_iter([("ID".to_owned(), Value::from(id))]);
            data.extend(shown.iter().filter_map(|name| Some((name.clone(), record.get(name)?.clone()))));
            world.store.add(PRODUCT, &module, record);
            results.push(json!({ "code": DONE, "data": data, "message": "Data Added Successfully" }));
        }
        match several {
            true => Ok(json(200, json!({ "result": results, "code": DONE }))),
            false => Ok(json(200, results.pop().unwrap_or_default())),
        }
    }

    fn find(&self, world: &mut World, form: &str, id: &str) -> Result<Object, Response> {
        if let Some(record) = world.store.find(PRODUCT, form, "ID", id) {
            return Ok(record.clone());
        }
        let Some(seed) = world.lenient else { return Err(none_found()) };
        // The fields that other records of the form have, with values by their names.
        let dice = Dice::new(seed, &[PRODUCT, form, id]);
        let names: Vec<String> = match world.store.all(PRODUCT, form).first() {
            Some(other) => other.keys().cloned().collect(),
            None => ["Name", "Email", "Status", "Amount", "Date_field"].map(str::to_owned).to_vec(),
        };
        let mut record: Object = names.iter().map(|name| (name.clone(), makeup::text(name, dice).into())).collect();
        record.insert("ID".into(), id.into());
        world.store.add(PRODUCT, form, record.clone());
        Ok(record)
    }

    /// The records that fit the criteria, all if there are none.
    fn fitting(&self, world: &World, form: &str, text: &str) -> Result<Vec<Object>, Response> {
        let all = world.store.all(PRODUCT, form).iter();
        if text.trim().is_empty() {
            return Ok(all.cloned().collect());
        }
        let criteria =
            criteria::parse(text).map_err(|why| failure(400, 3330, &format!("The criteria cannot be read: {why}.")))?;
        Ok(all.filter(|record| criteria.takes(record)).cloned().collect())
    }

    fn list(&self, world: &mut World, form: &str) -> Answer {
        let query = &self.call.query;
        // With leniency a list is not empty.
        if let Some(seed) = world.lenient.filter(|_| world.store.all(PRODUCT, form).is_empty()) {
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
        let shown = page(&found, from, limit);
        if shown.is_empty() {
            return Err(none_found());
        }
        let mut response = json(200, json!({ "code": DONE, "data": shown }));
        if self.newer && from + limit < found.len() {
            set(&mut response, "record_cursor", &(from + limit).to_string());
        }
        Ok(response)
    }

    fn put(&self, world: &mut World, form: &str, id: &str, fields: Object) {
        if let Some(record) = world.store.find_mut(PRODUCT, form, "ID", id) {
            let fields = fields.into_iter().filter(|(name, _)| name != "ID");
            record.extend(fields.map(|(name, value)| (name, settled(value))));
            record.insert("Modified_Time".into(), crate::world::now().strftime("%d-%b-%Y %H:%M:%S").to_string().into());
        }
    }

    /// The ids of the records to change or delete, by the criteria in the body, which must be there.
    fn meant(&self, world: &World, form: &str, body: &Object) -> Result<Vec<String>, Response> {
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
        Ok(found.iter().take(200).filter_map(|record| record.get("ID")?.as_str().map(str::to_owned)).collect())
    }

    fn change_many(&self, world: &mut World, form: &str) -> Answer {
        let body = self.body()?;
        let fields = self.fields()?;
        let mut results = Vec::new();
        for id in self.meant(world, form, &body)? {
            self.put(world, form, &id, fields.clone());
            results.push(json!({ "code": DONE, "data": { "ID": id }, "message": "Data Updated Successfully" }));
        }
        Ok(json(200, json!({ "result": results, "code": DONE, "more_records": false })))
    }

    fn delete_many(&self, world: &mut World, form: &str) -> Answer {
        let body = self.body().unwrap_or_default();
        let mut results = Vec::new();
        for id in self.meant(world, form, &body)? {
            world.store.remove(PRODUCT, form, "ID", &id);
            results.push(json!({ "code": DONE, "data": { "ID": id }, "message": "Record Deleted Successfully" }));
        }
        Ok(json(200, json!({ "result": results, "code": DONE, "more_records": false })))
    }

    fn upload(&self, world: &mut World, form: &str, id: &str, field: &str) -> Answer {
        self.find(world, form, id)?;
        let Some(part) = self.call.file() else {
            return Err(failure(400, 3020, "API request's body is either missing or incomplete."));
        };
        let name = part.file_name.clone().unwrap_or_default();
        let key = format!("{form}.{id}.{field}");
        let mut file = keep(part);
        file.insert("of".into(), key.clone().into());
        world.store.remove(PRODUCT, "files", "of", &key);
        world.store.add(PRODUCT, "files", file);
        let path = format!(
            "/api/v2/sandbox/{}/report/{}/{id}/{field}/download?filepath={name}",
            self.app,
            form.rsplit('.').next().unwrap_or(form)
        );
        self.put(world, form, id, Object::from_iter([(field.to_owned(), path.clone().into())]));
        let data = json!({ "filename": name, "filepath": path, "message": "File Uploaded Successfully" });
        Ok(json(200, json!({ "code": DONE, "data": data })))
    }
}

/// A value as a report shows it: numbers and the like are text.
fn settled(value: Value) -> Value {
    match value {
        Value::Number(number) => number.to_string().into(),
        Value::Bool(flag) => flag.to_string().into(),
        Value::Null => "".into(),
        other => other,
    }
}

/// `meta/{owner}/{app}/forms` and its siblings.
fn meta(call: &Call, world: &World, rest: &[&str]) -> Answer {
    let described = |name: &String| json!({ "display_name": name.replace('_', " "), "link_name": name, "type": 1 });
    match (call.method.as_str(), rest) {
        ("GET", ["applications"] | [_, "applications"]) => {
            let mut apps: Vec<String> = world
                .store
                .modules(PRODUCT)
                .iter()
                .filter_map(|name| Some(name.split_once('.')?.0.to_owned()))
                .collect();
            apps.dedup();
            let apps: Vec<Value> = apps
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
            let module = format!("{app}.{form}");
            let Some(record) = world.store.all(PRODUCT, &module).first() else {
                return Err(failure(404, 2893, &format!("No form named {form} found. Please check and try again.")));
            };
            let field = |name: &String| json!({ "display_name": name.replace('_', " "), "link_name": name, "type": 1, "unique": false, "mandatory": false, "max_char": 255 });
            Ok(json(200, json!({ "code": DONE, "fields": record.keys().map(field).collect::<Vec<_>>() })))
        }
        _ => Err(crate::products::not_played(
            "these settings of Creator",
            "ask for its applications, forms, reports or fields",
        )),
    }
}
