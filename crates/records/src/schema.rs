//! The forms of an application, checked and ready to be asked: every table with its columns.

use std::collections::HashMap;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem, closest};
use serde::{Deserialize, Serialize};

use crate::field::{Field, FieldType, Storage};

/// A form, as a form file describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Form {
    /// The link name.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The link name that the form had before it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether it stores nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stateless: bool,
    /// The most records that it may hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// What is shown when a record was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
    /// The fields, in order.
    pub fields: Vec<Field>,
}

/// The fields that every record has, with their types.
pub const SYSTEM: &[(&str, FieldType)] = &[
    ("ID", FieldType::Number),
    ("Added_Time", FieldType::DateTime),
    ("Added_User", FieldType::Text),
    ("Added_User_IP_Address", FieldType::Text),
    ("Added_Location", FieldType::Text),
    ("Modified_Time", FieldType::DateTime),
    ("Modified_User", FieldType::Text),
    ("Modified_User_IP_Address", FieldType::Text),
    ("Modified_Location", FieldType::Text),
    ("Record_Status", FieldType::Text),
];

/// The column of a subform's own table that names the record that a row belongs to.
pub(crate) const PARENT: &str = "$parent";

/// A form or a subform with rows of its own, with its table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The form's link name; `Form.Subform` for a subform with rows of its own.
    pub name: String,
    /// The description.
    pub form: Form,
    /// The form that the rows belong to, for a subform.
    pub parent: Option<String>,
    /// The fields: the system's, and those of the form.
    fields: Vec<Field>,
    /// Their places by name, as it is written and in lower case.
    by_name: HashMap<String, usize>,
}

impl Table {
    /// The field of a name; letters count, and if none fits exactly their case does not.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let at = self.by_name.get(name).or_else(|| self.by_name.get(&name.to_lowercase()))?;
        self.fields.get(*at)
    }

    /// The field of a name.
    ///
    /// # Errors
    /// [`Code::UnknownName`] with the nearest name.
    pub fn expect(&self, name: &str) -> Result<&Field, Problem> {
        self.field(name).ok_or_else(|| {
            let problem = Problem::new(Code::UnknownName, format!("The form '{}' has no field '{name}'", self.name));
            let known = self.fields.iter().map(|field| field.name.as_str());
            match closest(name, known) {
                Some(near) => problem.with_help(format!("Did you mean '{near}'?")),
                None => problem.with_help("Look at the form's description for its fields."),
            }
        })
    }

    /// The form's own fields that hold data, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.form.fields.iter().filter(|field| field.kind != FieldType::Layout)
    }

    /// The name of its table in the database.
    pub(crate) fn sql(&self) -> String {
        format!("f:{}", self.name)
    }

    /// The name of the table with the values of a field that holds several.
    pub(crate) fn side(&self, field: &Field) -> String {
        format!("v:{}.{}", self.name, field.name)
    }
}

/// All forms of an application.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    tables: Vec<Arc<Table>>,
    /// Their places by name, as it is written and in lower case.
    by_name: HashMap<String, usize>,
}

impl Schema {
    /// The forms, checked.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for names that cannot be used or occur twice, and for lookups to forms that do not exist.
    pub fn new(mut forms: Vec<Form>) -> Result<Self, Problem> {
        link_rows(&mut forms);
        let mut schema = Self::default();
        for form in forms {
            let subforms: Vec<Field> =
                form.fields.iter().filter(|field| field.storage() == Storage::Rows).cloned().collect();
            let (name, form_was) = (form.name.clone(), form.was.clone());
            // A dot separates a form from its subform, so the name of a form has none.
            check_name("form", &name)?;
            schema.add(name.clone(), form, None)?;
            for field in subforms {
                let rows = Form {
                    name: format!("{name}.{}", field.name),
                    was: (form_was.is_some() || field.was.is_some()).then(|| {
                        let (form, field) = (form_was.as_ref(), field.was.as_ref().unwrap_or(&field.name));
                        format!("{}.{field}", form.unwrap_or(&name))
                    }),
                    fields: field.fields,
                    ..Form::default()
                };
                if let Some(inner) = rows.fields.iter().find(|field| field.kind == FieldType::Subform) {
                    return Err(bad(format!("The subform '{}' holds the subform '{}'", rows.name, inner.name)));
                }
                schema.add(rows.name.clone(), rows, Some(name.clone()))?;
            }
        }
        schema.check_lookups()?;
        Ok(schema)
    }

    fn add(&mut self, name: String, form: Form, parent: Option<String>) -> Result<(), Problem> {
        for part in name.split('.') {
            check_name("form", part)?;
        }
        let mut by_name = HashMap::new();
        let mut fields: Vec<Field> = SYSTEM.iter().map(|(system, kind)| Field::new(system, *kind)).collect();
        for field in &form.fields {
            check_name("field", &field.name)?;
            fields.push(field.clone());
        }
        for (at, field) in fields.iter().enumerate() {
            if by_name.insert(field.name.to_lowercase(), at).is_some() {
                return Err(bad(format!("The form '{name}' has two fields '{}'", field.name)));
            }
            by_name.insert(field.name.clone(), at);
        }
        if self.by_name.insert(name.to_lowercase(), self.tables.len()).is_some() {
            return Err(bad(format!("There are two forms '{name}'")));
        }
        self.by_name.insert(name.clone(), self.tables.len());
        self.tables.push(Arc::new(Table { name, form, parent, fields, by_name }));
        Ok(())
    }

    fn check_lookups(&self) -> Result<(), Problem> {
        for table in &self.tables {
            for field in &table.form.fields {
                let Some(target) = &field.looks_up else { continue };
                if self.table(target).is_none() {
                    let message = format!("'{}.{}' looks up the form '{target}'", table.name, field.name);
                    return Err(bad(message).with_help("There is no such form: add it, or take the lookup out."));
                }
            }
        }
        Ok(())
    }

    /// The field of the rows' form that names the record that a row belongs to.
    pub(crate) fn link<'t>(&self, parent: &Table, field: &Field, rows: &'t Table) -> Option<&'t Field> {
        let to_parent = |field: &&Field| matches!(field.storage(), Storage::Lookup(to) if to == parent.name);
        let named = field.bidirectional.as_deref().and_then(|name| rows.field(name)).filter(to_parent);
        named.or_else(|| rows.form.fields.iter().find(to_parent))
    }

    /// The form of a name, or of `Form.Subform`.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.place(name).map(|at| &*self.tables[at])
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).or_else(|| self.by_name.get(&name.to_lowercase())).copied()
    }

    /// The form of a name, to hold on to while the store changes.
    ///
    /// # Errors
    /// As [`Schema::expect`].
    pub(crate) fn shared(&self, name: &str) -> Result<Arc<Table>, Problem> {
        match self.place(name) {
            Some(at) => Ok(Arc::clone(&self.tables[at])),
            None => self.expect(name).cloned().map(Arc::new),
        }
    }

    /// The form of a name.
    ///
    /// # Errors
    /// [`Code::UnknownName`] with the nearest name.
    pub fn expect(&self, name: &str) -> Result<&Table, Problem> {
        self.table(name).ok_or_else(|| {
            let problem = Problem::new(Code::UnknownName, format!("There is no form '{name}'"));
            match closest(name, self.tables.iter().map(|table| table.name.as_str())) {
                Some(near) => problem.with_help(format!("Did you mean '{near}'?")),
                None => problem.with_help("A form of another application cannot be reached from this one."),
            }
        })
    }

    /// All forms, subforms with rows of their own among them.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().map(AsRef::as_ref)
    }

    /// The fields of all forms that refer to records of a form, with their forms.
    pub(crate) fn referring<'s>(&'s self, form: &'s str) -> impl Iterator<Item = (&'s Table, &'s Field)> {
        self.tables().flat_map(move |table| {
            let refers = move |field: &&Field| {
                matches!(field.storage(), Storage::Lookup(to) | Storage::Lookups(to) if to.eq_ignore_ascii_case(form))
            };
            table.form.fields.iter().filter(refers).map(move |field| (table, field))
        })
    }
}

/// Gives forms whose records are the rows of a subform, and that look up no record of its form, a field that does.
///
/// The product keeps that link where nobody sees it; descriptions name it only where it is a lookup of its own.
fn link_rows(forms: &mut [Form]) {
    let mut links = Vec::new();
    for form in &*forms {
        for field in &form.fields {
            if let Storage::Children(rows) = field.storage() {
                let name = format!("{}_{}", form.name, field.name);
                let lookup = Field { looks_up: Some(form.name.clone()), ..Field::new(&name, FieldType::DropDown) };
                links.push((rows, lookup));
            }
        }
    }
    for (rows, mut link) in links {
        let Some(form) = forms.iter_mut().find(|form| form.name.eq_ignore_ascii_case(&rows)) else { continue };
        let leads_there = |field: &Field| field.storage() == link.storage();
        if form.fields.iter().any(leads_there) {
            continue;
        }
        while form.fields.iter().any(|field| field.name.eq_ignore_ascii_case(&link.name)) {
            link.name.push('_');
        }
        form.fields.push(link);
    }
}

fn bad(message: String) -> Problem {
    Problem::new(Code::BadArgument, message)
}

/// Link names become names of tables and columns: letters, digits and underscores only.
fn check_name(what: &str, name: &str) -> Result<(), Problem> {
    let fine = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty() && name.len() <= 120;
    if fine {
        return Ok(());
    }
    let shown: String = name.chars().take(60).collect();
    Err(bad(format!("'{}' cannot be the link name of a {what}", shown.escape_debug()))
        .with_help("Use letters, digits and underscores."))
}
