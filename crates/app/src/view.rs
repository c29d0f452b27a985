//! What people see of records: lists with filters and an order, and the texts that show values and records.

use rainwright::builtins::{from_data, to_data};
use rainwright::effect::DataMap;
use rainwright::{Data, Failure, Inputs, Records, Value};
use rainwright_records::{Field, FieldType, Form, Storage};

use crate::event::Live;
use crate::{FormState, Running};

/// How many records a lookup offers at once.
const OFFERED: usize = 50;

/// A condition that a user sets on a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The field, through lookups as well; every text of the form when it is empty.
    pub field: String,
    /// What the user typed or chose.
    pub value: String,
}

/// An order that a user chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The field.
    pub field: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// How many records there are on all pages.
    pub total: usize,
    /// The records of this page.
    pub ids: Vec<i64>,
}

/// Criteria as the application writes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrowed<'a> {
    /// The criteria; all records when there are none.
    pub criteria: Option<&'a str>,
    /// What `input.F` means in them: fields of the form on screen, or parameters of the page.
    pub input: Option<&'a DataMap>,
}

impl<'a> From<Option<&'a str>> for Narrowed<'a> {
    fn from(criteria: Option<&'a str>) -> Self {
        Self { criteria, input: None }
    }
}

/// Conditions of a query as text, with the values that they name.
#[derive(Default)]
struct Conditions {
    parts: Vec<String>,
    values: Vec<Data>,
}

impl Conditions {
    /// A name for a value; no field can be meant by it, as it is on the right side only.
    fn bind(&mut self, value: Data) -> String {
        self.values.push(value);
        format!("filter_{}", self.values.len())
    }

    fn text(&self) -> String {
        if self.parts.is_empty() { "ID != 0".to_owned() } else { self.parts.join(" && ") }
    }
}

impl Running<'_> {
    /// Records of a form that meet criteria and filters, from the 0-based place `from` on, `count` at most.
    ///
    /// # Errors
    /// Criteria that cannot be read, or fields that the form does not have.
    pub fn list<'a>(
        &mut self,
        form: &str,
        narrowed: impl Into<Narrowed<'a>>,
        filters: &[Filter],
        order: &[Order],
        from: usize,
        count: usize,
    ) -> Result<Listing, Failure> {
        let form = self.described(form)?;
        let Narrowed { criteria, input } = narrowed.into();
        let mut conditions = Conditions::default();
        conditions.parts.extend(criteria.map(|criteria| format!("({criteria})")));
        for filter in filters {
            let condition = self.condition(&form, filter, &mut conditions)?;
            conditions.parts.push(condition);
        }
        let query = format!("{}[{}]", form.name, conditions.text());
        let mut sort = Vec::new();
        for order in order {
            self.field_at(&form.name, &order.field)?;
            sort.push(format!("{} {}", order.field, if order.descending { "desc" } else { "asc" }));
        }
        let sort = if sort.is_empty() { String::new() } else { format!(" sort by {}", sort.join(", ")) };
        let total = self.ask(&format!("{query}.count()"), &conditions.values, input)?;
        let (first, last) = (Data::from(from as u64 + 1), Data::from((from + count) as u64));
        let mut values = conditions.values;
        let place = values.len();
        values.extend([first, last]);
        let page = format!("{query}{sort} range from filter_{} to filter_{}", place + 1, place + 2);
        let ids = match self.ask(&page, &values, input)? {
            Data::Records(set) => set.ids,
            _ => Vec::new(),
        };
        let total = total.as_number().and_then(|total| usize::try_from(total).ok()).unwrap_or_default();
        Ok(Listing { total, ids })
    }

    /// Evaluates a query with values that it names `filter_1`, `filter_2` …
    fn ask(&mut self, query: &str, values: &[Data], input: Option<&DataMap>) -> Result<Data, Failure> {
        self.act()?;
        let script = self.script("list", &format!("return {query};"))?;
        let locale = self.engine.locale().clone();
        let mut inputs = Inputs::new();
        for (place, value) in values.iter().enumerate() {
            inputs = inputs.arg(format!("filter_{}", place + 1), from_data(value.clone(), &locale));
        }
        // A field of the form on screen may be named alone; a new record has no ID yet.
        for (name, value) in input.into_iter().flat_map(DataMap::iter) {
            if let Some(name) = name.as_text() {
                inputs = inputs.arg(name, from_data(value.clone(), &locale));
            }
        }
        if input.is_some_and(|fields| fields.get("ID").is_none()) {
            inputs = inputs.arg("ID", Value::Null);
        }
        let mut state = input.map(|fields| FormState { fields: fields.clone(), ..FormState::default() });
        let done = self.run(&script, inputs, state.as_mut(), Live::default(), true);
        to_data(&done.result?, &locale).map_err(|problem| (*problem).into())
    }

    /// The field at the end of a path through lookups.
    fn field_at(&self, form: &str, path: &str) -> Result<(Field, Option<String>), Failure> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let field = self.store.schema().expect(form)?.expect(first)?.clone();
        match (field.storage(), rest) {
            (_, None) => Ok((field, None)),
            (Storage::Composite, Some(part)) if field.kind.parts().contains(&part) => {
                Ok((field, Some(part.to_owned())))
            }
            (Storage::Lookup(to) | Storage::Lookups(to) | Storage::Children(to), Some(rest)) => {
                self.field_at(&to, rest)
            }
            (Storage::Rows, Some(rest)) => self.field_at(&format!("{form}.{first}"), rest),
            (_, Some(rest)) => {
                // The form of the field has no such thing: the schema's own words say so.
                self.store.schema().expect(form)?.expect(rest)?;
                Ok((field, None))
            }
        }
    }

    fn condition(&self, form: &Form, filter: &Filter, conditions: &mut Conditions) -> Result<String, Failure> {
        let text = filter.value.as_str();
        if filter.field.is_empty() {
            return Ok(any_of(texts(form), "", text, conditions));
        }
        let (field, part) = self.field_at(&form.name, &filter.field)?;
        let path = &filter.field;
        Ok(match field.storage() {
            Storage::Composite if part.is_none() => any_of(vec![parts(&field)], &parent(path), text, conditions),
            Storage::Choices => {
                let name = conditions.bind(filter.value.as_str().into());
                format!("{path}.contains({name})")
            }
            Storage::Text | Storage::Choice | Storage::File(_) | Storage::Composite if field.choices.is_empty() => {
                any_of(vec![vec![path.clone()]], "", text, conditions)
            }
            Storage::Text | Storage::Choice | Storage::File(_) | Storage::Composite => {
                format!("{path} == {}", conditions.bind(filter.value.as_str().into()))
            }
            Storage::Lookup(to) | Storage::Lookups(to) => match filter.value.trim().parse::<i64>() {
                Ok(id) if self.store.exists(&to, id)? => format!("{path} == {}", conditions.bind(Data::Number(id))),
                _ => {
                    // What people read of the other record.
                    any_of(self.app.form(&to).map(texts).unwrap_or_default(), &format!("{path}."), text, conditions)
                }
            },
            // A day means all of its hours.
            Storage::DateTime if !text.contains(':') => {
                match self.value_of(&Field { kind: FieldType::Date, ..field.clone() }, text)? {
                    Data::Date(day) => {
                        let (from, to) = (conditions.bind(Data::Date(day)), conditions.bind(Data::Date(day + 1)));
                        format!("({path} >= {from} && {path} < {to})")
                    }
                    other => format!("{path} == {}", conditions.bind(other)),
                }
            }
            _ => {
                let value = self.value_of(&field, &filter.value)?;
                format!("{path} == {}", conditions.bind(value))
            }
        })
    }

    /// A text that a user typed as the field would hold it.
    fn value_of(&self, field: &Field, text: &str) -> Result<Data, Failure> {
        match self.app.forms.first() {
            Some(form) => Ok(self.store.fit_as(&form.name, field, text.into())?),
            None => Ok(text.into()),
        }
    }

    /// A value as people read it, in the application's formats. Records are shown by [`Running::label`].
    #[must_use]
    pub fn shown(&self, value: &Data) -> String {
        match value {
            Data::Null => String::new(),
            Data::Bool(flag) => if *flag { "Yes" } else { "No" }.to_owned(),
            Data::Text(text) => text.clone(),
            Data::Map(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|(_, part)| self.shown(part)).filter(|p| !p.is_empty()).collect();
                parts.join(" ")
            }
            Data::Collection(inner) => self.shown(inner),
            Data::List(items) => items.iter().map(|item| self.shown(item)).collect::<Vec<_>>().join(", "),
            Data::File(file) => file.name.clone(),
            other => from_data(other.clone(), self.engine.locale()).to_text(self.engine.locale()),
        }
    }

    /// The text that shows a record: what the lookup says, else the first text of its form.
    ///
    /// # Errors
    /// A form that does not exist, or an expression that fails.
    pub fn label(&mut self, form: &str, id: i64, shows: Option<&str>) -> Result<String, Failure> {
        let fields = match self.record(form, id) {
            Ok(fields) => fields,
            // A record that is gone.
            Err(_) if self.store.schema().expect(form).is_ok() => return Ok(id.to_string()),
            Err(failure) => return Err(failure),
        };
        let shows = shows.map(|shows| shows.trim().trim_start_matches('[').trim_end_matches(']').trim());
        let text = match shows.filter(|shows| !shows.is_empty()) {
            Some(expression) => {
                let mut state = FormState { form: form.to_owned(), fields, ..FormState::default() };
                let shown = self.expression(&format!("display of {form}"), expression, &mut state)?;
                self.end_reading()?;
                self.shown(&shown)
            }
            None => self.first_text(form, &fields)?,
        };
        Ok(if text.trim().is_empty() { id.to_string() } else { text })
    }

    pub(crate) fn end_reading(&mut self) -> Result<(), Failure> {
        if self.store.is_open() { Ok(self.store.end(false)?) } else { Ok(()) }
    }

    fn first_text(&self, form: &str, fields: &DataMap) -> Result<String, Failure> {
        let table = self.store.schema().expect(form)?;
        let has_text = |field: &&Field| {
            matches!(field.storage(), Storage::Text | Storage::Choice | Storage::Composite)
                || field.kind == FieldType::AutoNumber
        };
        let shown = table.fields().filter(has_text).filter_map(|field| fields.get(&field.name));
        Ok(shown.map(|value| self.shown(value)).find(|text| !text.is_empty()).unwrap_or_default())
    }

    /// The records that a lookup offers for what the user typed, each with the text that shows it; `input` are the fields of
    /// the form on screen, which its filter may name.
    ///
    /// # Errors
    /// A field that is no lookup, or a filter of it that cannot be read.
    pub fn offered(&mut self, field: &Field, typed: &str, input: &DataMap) -> Result<Vec<(i64, String)>, Failure> {
        let (Storage::Lookup(to) | Storage::Lookups(to)) = field.storage() else { return Ok(Vec::new()) };
        let typed = typed.trim();
        let filter = (!typed.is_empty()).then(|| Filter { field: String::new(), value: typed.to_owned() });
        let narrowed = Narrowed { criteria: field.filter.as_deref(), input: Some(input) };
        let found = self.list(&to, narrowed, filter.as_slice(), &[], 0, OFFERED)?;
        let labels = found.ids.into_iter().map(|id| Ok((id, self.label(&to, id, field.shows.as_deref())?)));
        labels.collect()
    }

    /// The value of a field of a record, through lookups as well.
    ///
    /// # Errors
    /// A form, record or field that does not exist.
    pub fn value(&mut self, form: &str, id: i64, path: &str) -> Result<Data, Failure> {
        let field = rainwright::effect::FieldPath::parse(path);
        Ok(self.store.perform(&Records::Read { form: form.to_owned(), id, field })?)
    }
}

/// The paths of a form's texts, each with those that are shown as one text: the parts of a name or an address.
fn texts(form: &Form) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for field in &form.fields {
        match field.storage() {
            Storage::Text | Storage::Choice | Storage::File(_) => found.push(vec![field.name.clone()]),
            Storage::Composite => found.push(parts(field)),
            _ => {}
        }
    }
    found
}

/// The paths of the parts of a name or an address.
fn parts(field: &Field) -> Vec<String> {
    field.kind.parts().iter().map(|part| format!("{}.{part}", field.name)).collect()
}

/// What is before the last name of a path, with its dot.
fn parent(path: &str) -> String {
    path.rfind('.').map_or_else(String::new, |dot| path[..=dot].to_owned())
}

/// The condition that one of these texts of a form, or of another one behind `before`, holds what a user typed. Parts that are
/// shown as one text hold its words between them. A form without texts has nothing that could be found.
fn any_of(texts: Vec<Vec<String>>, before: &str, typed: &str, conditions: &mut Conditions) -> String {
    let mut any = Vec::new();
    for paths in texts {
        let words: Vec<&str> = match paths.len() {
            1 => vec![typed],
            _ => typed.split([' ', ',']).filter(|word| !word.is_empty()).collect(),
        };
        let mut all = Vec::new();
        for word in words {
            let name = conditions.bind(word.into());
            let holds: Vec<String> =
                paths.iter().map(|path| format!("{before}{path}.containsIgnoreCase({name})")).collect();
            all.push(format!("({})", holds.join(" || ")));
        }
        if !all.is_empty() {
            any.push(format!("({})", all.join(" && ")));
        }
    }
    if any.is_empty() { "ID == 0".to_owned() } else { format!("({})", any.join(" || ")) }
}
