//! Books, Invoice, Inventory and Billing, whose APIs are one framework: `{"code": 0, "message": …, "<singular>": {…}}`.

mod document;
mod parts;

use std::sync::LazyLock;

use axum::response::Response;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::http::{Object, json, page};
use crate::makeup::{self, Dice};
use crate::rows::{Kind, Module, Rows};
use crate::world::World;
use crate::zoho;

static FINANCE: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/finance.rows")));
static BILLING: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/billing.rows")));

/// The id of the one organisation.
const ORGANIZATION: &str = "10234695";

/// What tells the products apart.
pub(crate) struct Flavor {
    product: &'static str,
    scope: &'static str,
    rows: &'static LazyLock<Rows>,
}

pub(crate) static BOOKS: Flavor = Flavor { product: "books", scope: "ZohoBooks", rows: &FINANCE };
pub(crate) static INVOICE: Flavor = Flavor { product: "invoice", scope: "ZohoInvoice", rows: &FINANCE };
pub(crate) static INVENTORY: Flavor = Flavor { product: "inventory", scope: "ZohoInventory", rows: &FINANCE };
pub(crate) static SUBSCRIPTIONS: Flavor = Flavor { product: "billing", scope: "ZohoSubscriptions", rows: &BILLING };

impl Flavor {
    /// The module of that path, if the product has it.
    fn module(&self, name: &str) -> Option<&Module> {
        let module = self.rows.find(name)?;
        let products = module.setting("products");
        (products.is_empty() || products.split(',').any(|one| one == self.product)).then_some(module)
    }
}

fn failure(status: u16, code: u32, message: &str) -> Response {
    json(status, json!({ "code": code, "message": message }))
}

/// An error in the form of these products.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, 57, "You are not authorized to perform this operation"),
        404 => failure(404, 5, "Invalid URL Passed"),
        429 => failure(
            429,
            44,
            "For security reasons you have been blocked for some time as you have exceeded the maximum number of requests per minute that can be made from one account.",
        ),
        _ => failure(status, 1000, "Internal Error"),
    }
}

fn invalid(field: &str) -> Response {
    failure(400, 4, &format!("Invalid value passed for {field}"))
}

fn done(message: &str) -> Response {
    json(200, json!({ "code": 0, "message": message }))
}

/// A call, past its token.
struct Ask<'c> {
    call: &'c Call,
    flavor: &'static Flavor,
}

/// Answers a call whose path, from the version on, is `v3/contacts/…`.
pub(crate) fn serve(flavor: &'static Flavor, call: Call) -> Answer {
    let path = call.pieces();
    let [version, rest @ ..] = path.as_slice() else { return Err(error(404)) };
    if !matches!(*version, "v1" | "v3") {
        return Err(error(404));
    }
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    let area = rest.first().copied().unwrap_or_default();
    let area = if area == "organizations" { "settings" } else { area };
    let scoped = ["fullaccess", area, "settings"]
        .iter()
        .any(|area| zoho::permits(&call.access, flavor.scope, area, "", operation));
    if !scoped {
        return Err(error(401));
    }
    let ask = Ask { call: &call, flavor };
    let mut world = call.ctx.world();
    ask.organization(world.lenient.is_some())?;
    match (call.method.as_str(), rest) {
        ("GET", ["organizations"]) => {
            Ok(json(200, json!({ "code": 0, "message": "success", "organizations": [organization()] })))
        }
        ("GET", ["organizations", _]) => {
            Ok(json(200, json!({ "code": 0, "message": "success", "organization": organization() })))
        }
        (_, ["settings", rest @ ..]) => parts::settings(&ask, &mut world, rest),
        (_, [name, rest @ ..]) => {
            let Some(module) = flavor.module(name) else { return Err(error(404)) };
            ask.in_module(&mut world, module, rest)
        }
        _ => Err(error(404)),
    }
}

fn organization() -> Value {
    json!({
        "organization_id": ORGANIZATION,
        "name": "Sandbox",
        "contact_name": "Robin",
        "email": crate::oauth::USER,
        "is_default_org": true,
        "account_created_date": "2025-01-06",
        "time_zone": "Etc/UTC",
        "language_code": "en",
        "date_format": "dd MMM yyyy",
        "field_separator": " ",
        "fiscal_year_start_month": 0,
        "currency_id": "4876876000000000097",
        "currency_code": "USD",
        "currency_symbol": "$",
        "price_precision": 2,
        "plan_name": "ENTERPRISE",
        "user_role": "admin",
        "user_status": 1,
    })
}

impl Ask<'_> {
    /// Which organisation is meant: by the query, or by a header with Billing. Any will do but one that is no number.
    fn organization(&self, lenient: bool) -> Result<(), Response> {
        let given = self.call.query.get("organization_id").filter(|id| !id.is_empty());
        let wrong = given.is_some_and(|id| !id.bytes().all(|byte| byte.is_ascii_digit()));
        match wrong && !lenient {
            true => Err(failure(400, 6041, "This user is not associated with the CompanyID/CompanyName.")),
            false => Ok(()),
        }
    }

    /// The body: JSON, or a form field that holds it.
    fn body(&self) -> Result<Object, Response> {
        match self.call.json("JSONString") {
            Some(Value::Object(object)) => Ok(object),
            _ => Err(failure(400, 1038, "JSON is not well formed")),
        }
    }

    /// A record as it is kept; with leniency one that is missing is made up.
    fn find(&self, world: &mut World, module: &Module, id: &str) -> Result<Object, Response> {
        let key = module.setting("id");
        if let Some(record) = world.store.find(self.flavor.product, &module.name, key, id) {
            return Ok(record.clone());
        }
        let Some(seed) = world.lenient else {
            let name = capital(&module.setting("key").replace('_', " "));
            return Err(failure(404, 1002, &format!("{name} does not exist.")));
        };
        let mut record = makeup::record(module, Dice::new(seed, &[self.flavor.product, &module.name, id]));
        record.insert(key.into(), id.into());
        if !module.setting("status").is_empty() {
            record.insert("status".into(), module.setting("status").into());
        }
        world.store.add(self.flavor.product, &module.name, record.clone());
        Ok(record)
    }

    fn in_module(&self, world: &mut World, module: &Module, rest: &[&str]) -> Answer {
        match (self.call.method.as_str(), rest) {
            ("GET", []) => self.list(world, module),
            ("POST", []) => self.create(world, module),
            ("GET", ["templates"]) => Ok(json(200, json!({ "code": 0, "message": "success", "templates": [] }))),
            ("POST" | "PUT" | "DELETE", ["contactpersons", rest @ ..]) => parts::person(self, world, module, rest),
            ("GET", [id]) => {
                let record = self.find(world, module, id)?;
                Ok(self.one(200, "success", module, record))
            }
            ("PUT", [id]) => self.update(world, module, id),
            ("DELETE", [id]) => {
                self.find(world, module, id)?;
                world.store.remove(self.flavor.product, &module.name, module.setting("id"), id);
                Ok(done(&self.says(module, "delete", "deleted")))
            }
            (_, [id, part, rest @ ..]) => parts::serve(self, world, module, id, part, rest),
            _ => Err(error(405)),
        }
    }

    /// What the product says of an action.
    fn says(&self, module: &Module, action: &str, verb: &str) -> String {
        match module.setting(&format!("says {action}")) {
            "" => format!("The {} has been {verb}.", module.setting("key").replace('_', " ")),
            text => text.to_owned(),
        }
    }

    /// The answer with one record.
    fn one(&self, status: u16, message: &str, module: &Module, record: Object) -> Response {
        let mut body = json!({ "code": 0, "message": message });
        body[module.setting("key")] = complete(module, record).into();
        json(status, body)
    }

    fn create(&self, world: &mut World, module: &Module) -> Answer {
        let fields = self.body()?;
        check(module, &fields, true)?;
        self.refuse_twin(world, module, &fields, None)?;
        let mut record = Object::new();
        let key = module.setting("id");
        // Plans and the like are named by a code of their own.
        let id = if key.ends_with("_code") {
            fields.get(key).cloned().unwrap_or_default()
        } else {
            world.store.new_id().into()
        };
        record.insert(key.into(), id);
        record.extend(fields);
        record.insert(key.into(), record[key].clone());
        if module.field("status").is_some() && !module.setting("status").is_empty() {
            record.entry("status").or_insert_with(|| module.setting("status").into());
        }
        let now = now();
        record.insert("created_time".into(), now.clone().into());
        record.insert("last_modified_time".into(), now.into());
        document::number(world, self.flavor.product, module, &mut record);
        document::finish(world, self.flavor.product, module, &mut record);
        world.store.add(self.flavor.product, &module.name, record.clone());
        document::settle(world, self.flavor.product, module, &record);
        let status = if module.setting("created") == "200" { 200 } else { 201 };
        Ok(self.one(status, &self.says(module, "create", "created"), module, record))
    }

    fn update(&self, world: &mut World, module: &Module, id: &str) -> Answer {
        let fields = self.body()?;
        let mut record = self.find(world, module, id)?;
        check(module, &fields, false)?;
        self.refuse_twin(world, module, &fields, Some(id))?;
        let key = module.setting("id");
        record.extend(fields.into_iter().filter(|(name, _)| name != key));
        record.insert("last_modified_time".into(), now().into());
        document::finish(world, self.flavor.product, module, &mut record);
        if let Some(kept) = world.store.find_mut(self.flavor.product, &module.name, key, id) {
            *kept = record.clone();
        }
        Ok(self.one(200, &self.says(module, "update", "updated"), module, record))
    }

    /// Names of contacts, and codes of plans and the like, are given once.
    fn refuse_twin(&self, world: &World, module: &Module, fields: &Object, own: Option<&str>) -> Result<(), Response> {
        let key = module.setting("id");
        let field = match module.name.as_str() {
            "contacts" | "customers" => module.setting("title"),
            _ if key.ends_with("_code") => key,
            _ => return Ok(()),
        };
        let Some(name) = fields.get(field).and_then(Value::as_str) else { return Ok(()) };
        let all = world.store.all(self.flavor.product, &module.name).iter();
        let twin = all.filter(|other| own.is_none_or(|own| !crate::store::is(other.get(key), own)));
        let same = |other: &Object| {
            other.get(field).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(name))
        };
        match twin.into_iter().any(same) {
            true => {
                let message = format!("The customer \"{name}\" already exists. Please specify a different name.");
                Err(failure(400, 3062, &message))
            }
            false => Ok(()),
        }
    }

    fn list(&self, world: &mut World, module: &Module) -> Answer {
        let query = &self.call.query;
        // With leniency a list is not empty.
        if let Some(seed) = world.lenient.filter(|_| world.store.all(self.flavor.product, &module.name).is_empty()) {
            for id in makeup::listed(seed, self.flavor.product, &module.name) {
                self.find(world, module, &id)?;
            }
        }
        let mut found: Vec<Object> = world.store.all(self.flavor.product, &module.name).to_vec();
        found = found.into_iter().map(|record| complete(module, record)).filter(|record| fits(record, query)).collect();
        if let Some(column) = query.get("sort_column") {
            found.sort_by_key(|record| text_of(record.get(column)));
            if matches!(query.get("sort_order"), Some("D" | "descending" | "desc")) {
                found.reverse();
            }
        }
        let at = query.number("page", 1).max(1);
        let per_page = query.number("per_page", 200).clamp(1, 200);
        let shown = page(&found, (at - 1) * per_page, per_page);
        let more = at * per_page < found.len();
        let mut body = json!({ "code": 0, "message": "success" });
        body[module.setting("list")] = shown.into();
        body["page_context"] = json!({
            "page": at,
            "per_page": per_page,
            "has_more_page": more,
            "report_name": capital(&module.name),
            "applied_filter": query.get("filter_by").unwrap_or("Status.All"),
            "sort_column": query.get("sort_column").unwrap_or("created_time"),
            "sort_order": query.get("sort_order").unwrap_or("D"),
        });
        Ok(json(200, body))
    }
}

/// A record with all fields of its module: in these products those that were never set are empty, not null.
fn complete(module: &Module, mut record: Object) -> Object {
    for field in &module.fields {
        let empty = match field.kind {
            Kind::Integer | Kind::Double => json!(0.0),
            Kind::Boolean => json!(false),
            Kind::List => json!([]),
            Kind::Map => json!({}),
            _ => json!(""),
        };
        record.entry(field.name.as_str()).or_insert(empty);
    }
    record.entry("custom_fields").or_insert_with(|| json!([]));
    record.entry("custom_field_hash").or_insert_with(|| json!({}));
    record
}

/// Mandatory fields of a new record, and the kinds of all.
fn check(module: &Module, fields: &Object, new: bool) -> Result<(), Response> {
    let blank = |name: &str| fields.get(name).is_none_or(|value| value.is_null() || value == "");
    let person = |name: &str| match name {
        // A subscription's customer can be described instead of named.
        "customer_id" => fields.contains_key("customer"),
        _ => false,
    };
    if new && let Some(field) = module.mandatory().find(|field| blank(&field.name) && !person(&field.name)) {
        return Err(invalid(&field.name));
    }
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null() && **value != "") {
        let fits = match module.field(name).map(|field| &field.kind) {
            Some(Kind::Double | Kind::Integer) => {
                value.is_number() || value.as_str().is_some_and(|t| t.parse::<f64>().is_ok())
            }
            Some(Kind::Date) => value.as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
            Some(Kind::Email) => value.as_str().is_some_and(crate::http::is_email),
            Some(Kind::List) => value.is_array(),
            _ => true,
        };
        if !fits {
            return Err(failure(400, 2, &format!("Invalid value passed for {name}")));
        }
    }
    Ok(())
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.to_lowercase(),
        // Numbers of equal width sort as texts.
        Some(Value::Number(number)) => format!("{:020.4}", number.as_f64().unwrap_or_default()),
        Some(value) => value.to_string(),
    }
}

/// Whether a record fits the filters of a list: fields by name, `_contains`, `_startswith`, days, and words.
fn fits(record: &Object, query: &crate::http::Pairs) -> bool {
    let lower = |name: &str| record.get(name).map(|value| text_of(Some(value)));
    query.iter().all(|(name, wanted)| {
        let wanted = wanted.to_lowercase();
        if let Some(name) = name.strip_suffix("_contains") {
            return lower(name).is_none_or(|text| text.contains(&wanted));
        }
        if let Some(name) = name.strip_suffix("_startswith") {
            return lower(name).is_none_or(|text| text.starts_with(&wanted));
        }
        match name.as_str() {
            "organization_id" | "page" | "per_page" | "sort_column" | "sort_order" => true,
            "search_text" => {
                record.values().any(|value| value.as_str().is_some_and(|text| text.to_lowercase().contains(&wanted)))
            }
            "filter_by" => match wanted.strip_prefix("status.") {
                None | Some("all") => true,
                Some(status) => lower("status").is_none_or(|text| text.replace('_', "") == status),
            },
            "email" => {
                let persons = record.get("contact_persons").and_then(Value::as_array).into_iter().flatten();
                lower("email").is_some_and(|text| text == wanted)
                    || persons.filter_map(|person| person["email"].as_str()).any(|text| text.to_lowercase() == wanted)
            }
            "date_start" => lower("date").is_none_or(|text| text >= wanted),
            "date_end" => lower("date").is_none_or(|text| text <= wanted),
            name => match record.get(name) {
                None => !record.contains_key(name.trim_start_matches("cf_")),
                Some(Value::Number(number)) => wanted.parse::<f64>().ok() == number.as_f64(),
                Some(value) => text_of(Some(value)) == wanted,
            },
        }
    })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The present as these products write it: the offset has no colon.
fn now() -> String {
    crate::world::now().strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}
