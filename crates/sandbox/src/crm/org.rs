//! The organisation: its modules, and how a record is checked, completed, added, changed and named.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Flavor, ROBIN_ID, outcome};
use crate::http::{Object, is_email, now_text};
use crate::makeup::{self, Dice};
use crate::rows::{Kind, Module, ModuleField, Rows};
use crate::store::SandboxStore;

/// When the shipped records were made.
const LONG_AGO: &str = "2025-01-06T09:00:00+00:00";

/// The modules of CRM, which Bigin and Recruit start from too.
pub(crate) static CRM: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/crm.rows")));
/// The modules of Recruit that CRM does not have.
pub(crate) static RECRUIT: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/recruit.rows")));
/// The modules of Bigin.
pub(crate) static BIGIN: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/bigin.rows")));

/// The modules of FSM.
pub(crate) static FSM: LazyLock<Rows> = LazyLock::new(|| Rows::read(include_str!("../../rows/fsm.rows")));

/// The line items of inventory modules: their field, and the name that version 2 has for it.
const LINE_ITEMS: [&str; 4] = ["Quoted_Items", "Ordered_Items", "Invoiced_Items", "Purchased_Items"];
pub(super) const LINE_ITEMS_V2: &str = "Product_Details";

/// One product's records, as a call of some version sees them.
pub(crate) struct Org<'a> {
    pub(super) store: &'a mut SandboxStore,
    pub(super) flavor: &'static Flavor,
    pub(super) version: u32,
    /// The seed of made-up records, when ids that nobody knows get one.
    pub(super) lenient: Option<u64>,
}

/// The user who is signed in.
pub(super) fn robin() -> Value {
    json!({ "name": "Robin", "id": ROBIN_ID, "email": crate::oauth::USER })
}

/// Whether a value says nothing.
pub(super) fn blank(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty))
}

/// An id, given as text, as a number, or as a map with one.
pub(super) fn id_of(value: &Value) -> String {
    let id = value.get("id").unwrap_or(value);
    id.as_str().map_or_else(|| id.to_string(), |text| text.trim().to_owned())
}

impl Org<'_> {
    /// The module of that API name: a standard one, one that holds records, or with leniency any that could be one.
    pub(super) fn module(&self, name: &str) -> Option<Module> {
        let rows = self.flavor.rows;
        let mut module = match rows.find(name) {
            Some(module) => module.clone(),
            None if self.store.has(self.flavor.product, name) && could_be_module(name) => {
                Module::custom(name, &rows.common)
            }
            None if self.lenient.is_some() && could_be_module(name) => Module::custom(name, &rows.common),
            None => return None,
        };
        let own = self.store.all(self.flavor.product, "fields");
        for field in own.iter().filter(|field| field.get("module").is_some_and(|of| *of == name)) {
            let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default();
            module.fields.push(ModuleField {
                name: text("api_name").to_owned(),
                kind: kind_of(text("data_type")),
                mandatory: false,
            });
        }
        Some(module)
    }

    /// A module to write to: besides those that are there, a custom one that comes into being, unless its name is only a
    /// misspelling of a standard module's.
    pub(super) fn module_to_write(&self, name: &str) -> Option<Module> {
        let close = |module: &Module| {
            let labels = [module.name.as_str(), module.setting("singular"), module.setting("plural")];
            labels.iter().any(|label| label.replace(' ', "_").eq_ignore_ascii_case(name))
        };
        self.module(name).or_else(|| {
            let new = could_be_module(name) && name != "Potentials" && !self.flavor.rows.modules.iter().any(close);
            new.then(|| Module::custom(name, &self.flavor.rows.common))
        })
    }

    /// The records of a module.
    pub(super) fn all(&self, module: &str) -> &[Object] {
        self.store.all(self.flavor.product, module)
    }

    /// With leniency, a module that holds nothing gets a few records that are made up: a list of it is not empty.
    pub(super) fn fill(&mut self, module: &Module) {
        let Some(seed) = self.lenient.filter(|_| self.all(&module.name).is_empty()) else { return };
        for id in makeup::listed(seed, self.flavor.product, &module.name) {
            self.find(module, &id);
        }
    }

    /// With leniency, a record that a search finds: made up, with these values.
    pub(super) fn make_fitting(&mut self, module: &Module, wishes: &[(String, String)]) -> Option<Object> {
        let seed = self.lenient.filter(|_| !wishes.is_empty())?;
        let words: Vec<&str> = wishes.iter().flat_map(|(field, value)| [field.as_str(), value.as_str()]).collect();
        let dice = Dice::new(seed, &[&[self.flavor.product, module.name.as_str()], &words[..]].concat());
        let wished = wishes.iter().find(|(field, _)| field == "id").map(|(_, id)| id.clone());
        let id = wished.unwrap_or_else(|| dice.id("found"));
        self.find(module, &id)?;
        let record = self.store.find_mut(self.flavor.product, &module.name, "id", &id)?;
        for (field, value) in wishes.iter().filter(|(field, _)| field != "id") {
            let kind = module.field(field).map(|field| &field.kind);
            record.insert(field.clone(), makeup::of_text(kind, value));
        }
        Some(record.clone())
    }

    /// A record as it is kept. With leniency, one that is missing is made up and kept.
    pub(super) fn find(&mut self, module: &Module, id: &str) -> Option<Object> {
        if let Some(record) = self.store.find(self.flavor.product, &module.name, "id", id) {
            return Some(record.clone());
        }
        let seed = self.lenient?;
        id.parse::<u64>().ok()?;
        let dice = Dice::new(seed, &[self.flavor.product, &module.name, id]);
        let mut record = makeup::record(module, dice);
        record.insert("id".into(), id.into());
        record.remove("Full_Name");
        if record.contains_key("Converted__s") {
            record.insert("Converted__s".into(), false.into());
        }
        self.store.add(self.flavor.product, &module.name, record.clone());
        Some(record)
    }

    /// Adds a record, or says what is wrong with it; `index` is its place in the call.
    pub(super) fn insert(&mut self, module: &Module, mut fields: Object, index: usize) -> Result<Object, Value> {
        self.rename_line_items(module, &mut fields);
        if let Some(field) = module.mandatory().find(|field| blank(fields.get(&field.name))) {
            let shown = if self.version < 3 && LINE_ITEMS.contains(&field.name.as_str()) {
                LINE_ITEMS_V2
            } else {
                field.name.as_str()
            };
            let details = json!({ "api_name": shown, "json_path": format!("$.data[{index}].{shown}") });
            return Err(outcome("MANDATORY_NOT_FOUND", details, "required field not found"));
        }
        self.normalise(module, &mut fields, index)?;
        self.refuse_twins(module, &fields, None, index)?;
        let now = now_text();
        let mut record = Object::new();
        record.insert("id".into(), self.store.new_id().into());
        fields.remove("id");
        record.extend(fields);
        record.entry("Owner").or_insert_with(robin);
        record.insert("Created_Time".into(), now.clone().into());
        record.insert("Modified_Time".into(), now.into());
        for field in module.of_kind(|kind| *kind == Kind::Auto) {
            let number = self.store.all(self.flavor.product, &module.name).len() + 1;
            record.entry(field).or_insert_with(|| format!("{number:06}").into());
        }
        self.store.add(self.flavor.product, &module.name, record.clone());
        Ok(record)
    }

    /// Changes a record, or says what is wrong with the change.
    pub(super) fn change(
        &mut self,
        module: &Module,
        id: &str,
        mut fields: Object,
        index: usize,
    ) -> Result<Object, Value> {
        if self.find(module, id).is_none() {
            return Err(outcome("INVALID_DATA", json!({ "id": id }), "the id given seems to be invalid"));
        }
        self.rename_line_items(module, &mut fields);
        self.normalise(module, &mut fields, index)?;
        self.refuse_twins(module, &fields, Some(id), index)?;
        fields.remove("id");
        fields.insert("Modified_Time".into(), now_text().into());
        match self.store.find_mut(self.flavor.product, &module.name, "id", id) {
            Some(record) => {
                record.extend(fields);
                Ok(record.clone())
            }
            None => Err(outcome("INVALID_DATA", json!({ "id": id }), "the id given seems to be invalid")),
        }
    }

    /// Takes a record away; it can be found among the deleted ones.
    pub(super) fn remove(&mut self, module: &Module, id: &str) -> Option<Object> {
        self.find(module, id)?;
        let record = self.store.remove(self.flavor.product, &module.name, "id", id)?;
        let deleted = json!({
            "id": id,
            "module": module.name,
            "display_name": title(module, &record),
            "type": "recycle",
            "deleted_time": now_text(),
            "deleted_by": { "name": "Robin", "id": ROBIN_ID },
            "created_by": { "name": "Robin", "id": ROBIN_ID },
        });
        self.store.add(self.flavor.product, "deleted", deleted.as_object().cloned().unwrap_or_default());
        Some(record)
    }

    /// Version 2 calls the line items of every inventory module the same.
    fn rename_line_items(&self, module: &Module, fields: &mut Object) {
        let Some(own) = LINE_ITEMS.iter().find(|name| module.field(name).is_some()) else { return };
        if let Some(items) = fields.remove(LINE_ITEMS_V2) {
            fields.insert((*own).to_owned(), items);
        }
    }

    /// Unique fields are those that were made so.
    fn refuse_twins(&self, module: &Module, fields: &Object, own: Option<&str>, index: usize) -> Result<(), Value> {
        let unique = self.store.all(self.flavor.product, "fields").iter();
        let unique = unique.filter(|field| field.get("module").is_some_and(|of| *of == module.name.as_str()));
        let unique = unique.filter(|field| field.get("unique").is_some_and(|unique| !blank(Some(unique))));
        for name in unique.filter_map(|field| field.get("api_name")?.as_str()) {
            let Some(value) = fields.get(name).filter(|value| !blank(Some(value))) else { continue };
            let twin = self.all(&module.name).iter().find(|record| record.get(name) == Some(value));
            if let Some(id) = twin.and_then(|twin| twin.get("id")?.as_str()).filter(|id| Some(*id) != own) {
                let details = json!({ "api_name": name, "json_path": format!("$.data[{index}].{name}"), "id": id });
                return Err(outcome("DUPLICATE_DATA", details, "duplicate data"));
            }
        }
        Ok(())
    }

    /// Checks the kinds of fields, gives lookups their name beside the id, and rows of subforms their own id.
    fn normalise(&mut self, module: &Module, fields: &mut Object, index: usize) -> Result<(), Value> {
        for (name, value) in fields.iter_mut().filter(|(_, value)| !value.is_null()) {
            let Some(field) = module.field(name) else { continue };
            let wrong = |kind: &str| {
                let path = format!("$.data[{index}].{name}");
                let details = json!({ "expected_data_type": kind, "api_name": name, "json_path": path });
                Err(outcome("INVALID_DATA", details, "invalid data"))
            };
            let text = value.as_str();
            let blank = text == Some("");
            match &field.kind {
                Kind::Email if !blank && !text.is_some_and(is_email) => return wrong("email"),
                Kind::Text | Kind::Area | Kind::Phone | Kind::Website | Kind::Picklist(_) if text.is_none() => {
                    return wrong("text");
                }
                Kind::Integer if !value.is_i64() && !value.is_u64() => return wrong("integer"),
                Kind::Double if !value.is_number() => return wrong("double"),
                Kind::Boolean if !value.is_boolean() => return wrong("boolean"),
                Kind::Date if text.is_none_or(|text| text.parse::<jiff::civil::Date>().is_err()) => {
                    return wrong("date");
                }
                Kind::DateTime if !text.is_some_and(is_instant) => return wrong("datetime"),
                Kind::Lookup(target) => match self.linked(target, &id_of(value)) {
                    Some(found) => *value = found,
                    None => return wrong("lookup"),
                },
                Kind::User => match self.user(&id_of(value)) {
                    Some(found) => *value = found,
                    None => return wrong("ownerlookup"),
                },
                Kind::Subform => {
                    let Some(rows) = value.as_array_mut() else { return wrong("jsonarray") };
                    for row in rows.iter_mut() {
                        let Some(row) = row.as_object_mut() else { return wrong("jsonobject") };
                        if !row.contains_key("id") {
                            row.insert("id".into(), self.store.new_id().into());
                        }
                        if let Some(product) = row.get("Product_Name").or_else(|| row.get("product")).map(id_of)
                            && let Some(found) = self.linked("Products", &product)
                        {
                            let key = if row.contains_key("product") { "product" } else { "Product_Name" };
                            row.insert(key.into(), found);
                        }
                    }
                }
                Kind::Tags if value.is_array() => {
                    let names = value.as_array().into_iter().flatten();
                    let names = names.filter_map(|tag| tag.as_str().or_else(|| tag["name"].as_str()));
                    *value = names.map(|name| json!({ "name": name })).collect();
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A record as another one points at it.
    fn linked(&mut self, target: &str, id: &str) -> Option<Value> {
        let names: Vec<String> = match target {
            "*" => self.flavor.rows.modules.iter().map(|module| module.name.clone()).collect(),
            name => vec![name.to_owned()],
        };
        for name in &names {
            if self.store.find(self.flavor.product, name, "id", id).is_some() {
                let module = self.module(name)?;
                let record = self.find(&module, id)?;
                return Some(json!({ "name": title(&module, &record), "id": id }));
            }
        }
        self.lenient?;
        let module = self.module(if target == "*" { "Accounts" } else { target })?;
        let record = self.find(&module, id)?;
        Some(json!({ "name": title(&module, &record), "id": id }))
    }

    /// Settles the records that a seed puts into a module.
    pub(super) fn settle(&mut self, name: &str) {
        let Some(module) = self.module(name) else { return };
        let mut records = self.all(name).to_vec();
        for record in &mut records {
            if blank(record.get("id")) {
                record.insert("id".into(), self.store.new_id().into());
            } else if let Some(id) = record.get("id").map(id_of) {
                record.insert("id".into(), id.into());
            }
        }
        self.store.load(self.flavor.product, name, records.clone());
        for record in &mut records {
            for (field, value) in record.iter_mut().filter(|(_, value)| value.is_string() || value.is_number()) {
                let found = match module.field(field).map(|field| &field.kind) {
                    Some(Kind::Lookup(target)) => self.linked(target, &id_of(value)),
                    Some(Kind::User) => self.user(&id_of(value)),
                    _ => None,
                };
                if let Some(found) = found {
                    *value = found;
                }
            }
        }
        self.store.load(self.flavor.product, name, records);
    }

    /// A user as a record points at one.
    pub(super) fn user(&self, id: &str) -> Option<Value> {
        let known = self.store.all(self.flavor.product, "users");
        let user = known.iter().find(|user| user.get("id").is_some_and(|known| *known == id));
        match user {
            Some(user) => Some(json!({ "name": user.get("full_name"), "id": id, "email": user.get("email") })),
            None if id == ROBIN_ID => Some(robin()),
            None => self.lenient.map(|_| json!({ "name": "Robin", "id": id, "email": crate::oauth::USER })),
        }
    }

    /// A record with all fields of its module: those that were never set are null.
    pub(super) fn complete(&self, module: &Module, record: &Object) -> Object {
        let mut full = record.clone();
        for field in &module.fields {
            let empty = match field.kind {
                Kind::Tags => json!([]),
                Kind::Boolean => json!(false),
                _ => Value::Null,
            };
            full.entry(field.name.as_str()).or_insert(empty);
        }
        for (field, value) in [("Owner", robin()), ("Created_By", robin()), ("Modified_By", robin())] {
            if full.get(field).is_none_or(Value::is_null) {
                full.insert(field.into(), value);
            }
        }
        for field in ["Created_Time", "Modified_Time"] {
            if full.get(field).is_none_or(Value::is_null) {
                full.insert(field.into(), LONG_AGO.into());
            }
        }
        if module.field("Full_Name").is_some() {
            full.insert("Full_Name".into(), full_name(record).into());
        }
        for (name, value) in [
            ("$currency_symbol", json!("$")),
            ("$state", json!("save")),
            ("$editable", json!(true)),
            ("$approved", json!(true)),
            ("$approval_state", json!("approved")),
            ("$process_flow", json!(false)),
            ("$orchestration", Value::Null),
            ("$in_merge", json!(false)),
            ("$approval", json!({ "delegate": false, "approve": false, "reject": false, "resubmit": false })),
        ] {
            full.entry(name).or_insert(value);
        }
        if module.field("What_Id").is_some() || module.name == "Notes" {
            let parent = ["What_Id", "Parent_Id"].iter().find_map(|field| record.get(*field)?.get("id")?.as_str());
            let of = parent.and_then(|id| self.module_of(id));
            full.entry("$se_module").or_insert_with(|| of.into());
        }
        if self.version < 3
            && let Some(own) = LINE_ITEMS.iter().find(|name| module.field(name).is_some())
            && let Some(items) = full.remove(*own)
        {
            full.insert(LINE_ITEMS_V2.into(), items);
        }
        full
    }

    /// The module that holds a record of that id.
    pub(super) fn module_of(&self, id: &str) -> Option<String> {
        let modules = self.store.modules(self.flavor.product).into_iter();
        let mut modules = modules.filter(|name| could_be_module(name));
        modules.find(|name| self.store.find(self.flavor.product, name, "id", id).is_some())
    }
}

fn full_name(record: &Object) -> String {
    let part = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", part("First_Name"), part("Last_Name")).trim().to_owned()
}

/// The text that names a record.
pub(super) fn title(module: &Module, record: &Object) -> Value {
    match module.setting("title") {
        "Full_Name" => full_name(record).into(),
        field => record.get(field).cloned().unwrap_or_default(),
    }
}

/// Whether a name may be the API name of a module: those of settings begin with a small letter.
pub(super) fn could_be_module(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_uppercase()) || name.contains("__");
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An instant with its offset, as fields of date and time have it.
fn is_instant(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

fn kind_of(data_type: &str) -> Kind {
    match data_type {
        "email" => Kind::Email,
        "phone" => Kind::Phone,
        "website" => Kind::Website,
        "integer" => Kind::Integer,
        "double" | "currency" | "percent" => Kind::Double,
        "boolean" => Kind::Boolean,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        "textarea" => Kind::Area,
        _ => Kind::Text,
    }
}
