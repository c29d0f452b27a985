//! What a request says of the forms that it names: fields that are there, and what they hold.

use rainwright_effect::{Aggregate, Comparison, Criteria, Data, DataMap, FieldPath, Operand, Query, Records};

use crate::field::{Field, FieldType, Storage};
use crate::learn::LearningStore;
use crate::schema::{Form, SYSTEM};

/// How deep criteria are looked into; deeper ones are refused by the store.
const DEEPEST: usize = 100;
/// Fields that are learned of one form; a script with more of them is hostile.
const MOST_FIELDS: usize = 500;
/// Forms that are learned.
const MOST_FORMS: usize = 500;

/// The forms as they are when all that a request names is there.
pub(crate) struct Sketch<'s> {
    known: &'s LearningStore,
    pub(crate) forms: Vec<Form>,
    pub(crate) changed: bool,
    /// Fields of texts that are compared with other values, with the type that they get.
    pub(crate) refits: Vec<(String, String, FieldType)>,
    depth: usize,
}

impl<'s> Sketch<'s> {
    pub(crate) fn new(known: &'s LearningStore) -> Self {
        Self { known, forms: known.forms(), changed: false, refits: Vec::new(), depth: 0 }
    }

    /// Takes note of all that a request names.
    pub(crate) fn request(&mut self, request: &Records) {
        match request {
            Records::Fetch { query, field } => {
                self.query(query);
                if let Some(field) = field {
                    self.path(&query.form, field, None);
                }
            }
            Records::Aggregate { query, function, field } => {
                self.query(query);
                if let Some(field) = field {
                    let figure = matches!(function, Aggregate::Sum | Aggregate::Average | Aggregate::Median);
                    self.path(&query.form, field, figure.then_some(FieldType::Decimal));
                }
            }
            Records::Insert { form, fields } | Records::Set { form, fields, .. } => {
                self.form(form);
                for (path, value) in fields {
                    self.value(form, path, value);
                }
            }
            Records::Update { query, field, value } => {
                self.query(query);
                self.value(&query.form, field, value);
            }
            Records::Delete { query } => self.query(query),
            Records::Rows { form, .. } => {
                self.form(form);
            }
            Records::Read { form, field, .. } => self.path(form, field, None),
            Records::AddRows { form, field, rows, .. } => {
                let rows = Data::List(rows.iter().cloned().map(Data::Map).collect());
                self.value(form, field, &rows);
            }
            _ => {}
        }
    }

    fn query(&mut self, query: &Query) {
        self.form(&query.form);
        if let Some(criteria) = &query.criteria {
            self.criteria(&query.form, criteria);
        }
        for sort in &query.sort {
            self.path(&query.form, &sort.field, None);
        }
    }

    fn criteria(&mut self, form: &str, criteria: &Criteria) {
        self.depth += 1;
        if self.depth <= DEEPEST {
            match criteria {
                Criteria::All { of } | Criteria::Any { of } => of.iter().for_each(|one| self.criteria(form, one)),
                Criteria::Not { of } => self.criteria(form, of),
                Criteria::Compare { left, comparison, right } => match (left, right) {
                    (Operand::Field(path), Operand::Value(value)) | (Operand::Value(value), Operand::Field(path)) => {
                        self.compared(form, path, *comparison, value);
                    }
                    (Operand::Field(left), Operand::Field(right)) => {
                        self.path(form, left, None);
                        self.path(form, right, None);
                    }
                    _ => {}
                },
                Criteria::Call { field, .. } => self.path(form, field, None),
                Criteria::Holds { operand: Operand::Field(field) } => self.path(form, field, Some(FieldType::Decision)),
                Criteria::Holds { .. } => {}
            }
        }
        self.depth -= 1;
    }

    /// A field is compared with a value: it is of the value's kind, and if it holds texts that all read as such values, it
    /// becomes a field of them.
    fn compared(&mut self, form: &str, path: &FieldPath, comparison: Comparison, value: &Data) {
        let one = match value {
            Data::List(items) => items.first().unwrap_or(&Data::Null),
            other => other,
        };
        // A phrase such as `this month` says nothing of a text.
        let listed = matches!(comparison, Comparison::In | Comparison::NotIn) && one.as_text().is_some();
        let kind = if listed { None } else { kind_of(one).filter(|kind| *kind != FieldType::TextArea) };
        let is_single = |kind: &FieldType| Field::new("", *kind).storage().is_column();
        let kind = kind.filter(is_single);
        self.path(form, path, kind);
        let [name] = path.0.as_slice() else { return };
        let (Some(kind), Some(table)) = (kind, self.known.schema().table(form)) else { return };
        let Some(field) = table.field(name).filter(|field| field.kind == FieldType::TextArea) else { return };
        let kind = if kind == FieldType::Number { FieldType::Decimal } else { kind };
        if self.known.is_described(form) || !self.known.reads_as(form, field, kind) {
            return;
        }
        self.refits.push((form.to_owned(), field.name.clone(), kind));
    }

    fn value(&mut self, form: &str, path: &FieldPath, value: &Data) {
        match path.0.as_slice() {
            [name] => {
                let rows = rows_of(value);
                let kind = if rows.is_some() { Some(FieldType::Subform) } else { kind_of(value) };
                let target = match value {
                    Data::Records(set) if rows.is_none() => Some(set.form.clone()),
                    _ => None,
                };
                self.add(form, name, kind, target);
                for row in rows.unwrap_or_default() {
                    for (key, cell) in row.iter() {
                        let Some(key) = key.as_text().filter(|key| is_name(key) && !is_system(key)) else { continue };
                        let kind = kind_of(cell).filter(|kind| *kind != FieldType::Subform);
                        let Some(field) = self.field_mut(form, name) else { return };
                        let known = field.fields.iter().any(|column| column.name.eq_ignore_ascii_case(key));
                        if field.kind == FieldType::Subform && field.looks_up.is_none() && !known {
                            field.fields.push(Field::new(key, kind.unwrap_or(FieldType::TextArea)));
                            self.changed = true;
                        }
                    }
                }
            }
            _ => self.path(form, path, None),
        }
    }

    /// The field at the end of a path is there: a part of a name or of an address, or a field of another form's record.
    fn path(&mut self, form: &str, path: &FieldPath, kind: Option<FieldType>) {
        let form = form.to_owned();
        match path.0.as_slice() {
            [] => {}
            [name] => self.add(&form, name, kind, None),
            [name, rest @ ..] => {
                let part = &rest[0];
                let composite = [FieldType::Name, FieldType::Address]
                    .into_iter()
                    .find(|kind| kind.parts().iter().any(|known| known.eq_ignore_ascii_case(part)));
                if let Some(composite) = composite.filter(|_| rest.len() == 1) {
                    return self.add(&form, name, Some(composite), None);
                }
                let known = self.known.schema().table(&form).and_then(|table| table.field(name));
                let target = match known.map(Field::storage) {
                    Some(Storage::Lookup(to) | Storage::Lookups(to) | Storage::Children(to)) => to,
                    Some(_) => return,
                    None => self.form_like(name),
                };
                self.add(&form, name, Some(FieldType::DropDown), Some(target.clone()));
                self.path(&target, &FieldPath(rest.to_vec()), kind);
            }
        }
    }

    /// The form that a lookup is named after: `Customer` leads to `Customer` or `Customers`.
    fn form_like(&self, name: &str) -> String {
        let name = name.to_lowercase();
        let alike = |form: &&Form| {
            let form = form.name.to_lowercase();
            form == name || form == format!("{name}s") || form.strip_suffix('y') == name.strip_suffix("ies")
        };
        self.forms.iter().find(alike).map_or_else(|| name.clone(), |form| form.name.clone())
    }

    /// A form comes into being.
    fn form(&mut self, name: &str) -> bool {
        let known = |form: &Form| form.name.eq_ignore_ascii_case(name);
        let is_rows = || self.known.schema().table(name).is_some();
        if self.forms.iter().any(known) {
            return true;
        }
        if is_rows() || !is_name(name) || self.forms.len() >= MOST_FORMS {
            return false;
        }
        self.forms.push(Form { name: name.to_owned(), ..Form::default() });
        self.changed = true;
        true
    }

    fn field_mut(&mut self, form: &str, name: &str) -> Option<&mut Field> {
        let form = self.forms.iter_mut().find(|known| known.name.eq_ignore_ascii_case(form))?;
        form.fields.iter_mut().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// A field of a learned form comes into being.
    fn add(&mut self, form: &str, name: &str, kind: Option<FieldType>, target: Option<String>) {
        if is_system(name) || !is_name(name) || self.known.is_described(form) || !self.form(form) {
            return;
        }
        if let Some(target) = &target {
            self.form(target);
        }
        let target = target.filter(|target| self.forms.iter().any(|form| form.name.eq_ignore_ascii_case(target)));
        let Some(known) = self.forms.iter_mut().find(|known| known.name.eq_ignore_ascii_case(form)) else { return };
        if known.fields.len() >= MOST_FIELDS || known.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name)) {
            return;
        }
        let kind = match (kind, &target) {
            (_, Some(_)) => FieldType::DropDown,
            (Some(FieldType::DropDown) | None, None) => FieldType::TextArea,
            (Some(kind), None) => kind,
        };
        known.fields.push(Field { looks_up: target, ..Field::new(name, kind) });
        self.changed = true;
    }
}

/// The type of a field that holds such values; `None` for nothing.
fn kind_of(value: &Data) -> Option<FieldType> {
    Some(match value {
        Data::Null | Data::Braces => return None,
        Data::Text(text) if text.is_empty() => return None,
        Data::Number(_) => FieldType::Number,
        Data::Decimal(_) | Data::Float(_) => FieldType::Decimal,
        Data::Bool(_) => FieldType::Decision,
        Data::Date(_) => FieldType::Date,
        Data::DateTime { .. } => FieldType::DateTime,
        Data::Time { .. } => FieldType::Time,
        Data::File(_) => FieldType::File,
        Data::List(_) | Data::TypedList(..) => FieldType::MultiSelect,
        Data::Map(map) => of_parts(map).unwrap_or(FieldType::TextArea),
        _ => FieldType::TextArea,
    })
}

/// The composite type whose parts the keys of a map are.
fn of_parts(map: &DataMap) -> Option<FieldType> {
    let has = |kind: FieldType, key: &str| kind.parts().iter().any(|part| part.eq_ignore_ascii_case(key));
    [FieldType::Name, FieldType::Address].into_iter().find(|kind| {
        let mut keys = map.iter().map(|(key, _)| key.as_text().unwrap_or_default());
        !map.is_empty() && keys.all(|key| has(*kind, key) || key.eq_ignore_ascii_case("display_value"))
    })
}

/// The rows of a subform, for a list of maps.
pub(crate) fn rows_of(value: &Data) -> Option<Vec<&DataMap>> {
    let items = match value {
        Data::Collection(inner) => inner.as_list(),
        other => other.as_list(),
    }?;
    let rows: Option<Vec<&DataMap>> = items.iter().map(Data::as_map).collect();
    rows.filter(|rows| !rows.is_empty())
}

/// Whether the product fills a field of every record.
pub(crate) fn is_system(name: &str) -> bool {
    SYSTEM.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// Whether a text can be a link name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 120 && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
