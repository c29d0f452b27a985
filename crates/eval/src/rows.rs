//! Records at run time: one shared row per record, read in pages when it is needed. A write is seen wherever the row is held.

use std::collections::HashMap;
use std::rc::{Rc, Weak};

use rainwright_builtins::{Origin, from_data, to_data};
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_effect::{
    Aggregate, Comparison, Criteria, Data, DataMap, Effect, FieldPath, LEADS_TO, Operand, Query, RecordSet,
    Records as Request,
};
use rainwright_value::{ADDRESS_PARTS, Map, NAME_PARTS, Owner, PAGE, Records, Row, Value, ValueSet, parts_text};

use crate::error::{At, OrRaise, RuntimeError, Walked};
use crate::vm::Vm;

/// What a run knows of records.
#[derive(Default)]
pub(crate) struct Rows {
    /// The rows that something holds, by form and ID.
    live: HashMap<(Rc<str>, i64), Weak<Row>>,
    /// How many there were after the last sweep for unused rows.
    swept: usize,
    forms: HashMap<String, Rc<str>>,
    /// Names of fields, shared by all rows.
    names: HashMap<String, Value>,
    /// Counts the writes after which any row may be out of date.
    moment: u64,
    /// Counts all writes: what was read through lookups is out of date after each.
    writes: u64,
}

impl Rows {
    fn form(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.forms.get(name) {
            return Rc::clone(known);
        }
        let form: Rc<str> = name.into();
        self.forms.insert(name.to_owned(), Rc::clone(&form));
        form
    }

    fn name(&mut self, name: &str) -> Value {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let value = Value::from(name);
        self.names.insert(name.to_owned(), value.clone());
        value
    }

    fn row(&mut self, form: &Rc<str>, id: i64) -> Rc<Row> {
        let key = (Rc::clone(form), id);
        if let Some(row) = self.live.get(&key).and_then(Weak::upgrade) {
            return row;
        }
        if self.live.len() >= 2 * self.swept + 4 * PAGE {
            self.live.retain(|_, row| row.strong_count() > 0);
            self.swept = self.live.len();
        }
        let row = Rc::new(Row::new(Rc::clone(form), id));
        self.live.insert(key, Rc::downgrade(&row));
        row
    }
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) struct Site {
    pub(crate) origin: Origin,
    pub(crate) span: Span,
}

/// Performs a request, and notes what it makes out of date.
pub(crate) fn request(vm: &mut Vm<'_>, request: Request, site: Site) -> Walked<Data> {
    let (changes, one) = (request.is_change(), matches!(request, Request::Set { .. }));
    vm.cx.origin = site.origin;
    let outcome = vm.cx.perform(Effect::Records(Box::new(request))).at(site.span).or_raise(vm)?;
    let data = outcome.into_data().map_err(Box::new).at(site.span).or_raise(vm)?;
    vm.rows.writes += u64::from(changes);
    vm.rows.moment += u64::from(changes && !(one && matches!(data, Data::Map(_))));
    Some(data)
}

/// Performs a request and gives its answer as a value.
pub(crate) fn ask(vm: &mut Vm<'_>, wanted: Request, site: Site) -> Walked {
    let data = request(vm, wanted, site)?;
    Some(value(vm, data, None))
}

/// Data as a value; the rows of its records are registered.
fn value(vm: &mut Vm<'_>, data: Data, owner: Option<Owner>) -> Value {
    let Data::Records(set) = data else { return from_data(data, &vm.cx.locale) };
    let RecordSet { form, single, ids, rows } = *set;
    let form = vm.rows.form(&form);
    let held = fill(vm, &form, &ids, rows);
    if single {
        return ids.first().map_or(Value::Null, |id| Value::Record(vm.rows.row(&form, *id)));
    }
    let records = Records::new(form, ids, owner);
    records.hold(0, held);
    Value::Records(Rc::new(records))
}

/// Gives rows their fields as they were just read.
fn fill(vm: &mut Vm<'_>, form: &Rc<str>, ids: &[i64], rows: Vec<Data>) -> Vec<Rc<Row>> {
    let mut filled = Vec::with_capacity(rows.len());
    for (id, data) in ids.iter().zip(rows) {
        let row = vm.rows.row(form, *id);
        let fields = match data {
            Data::Map(fields) => Some(map(vm, form, *id, fields)),
            _ => None,
        };
        row.fill(fields, vm.rows.moment);
        filled.push(row);
    }
    filled
}

fn map(vm: &mut Vm<'_>, form: &Rc<str>, id: i64, fields: DataMap) -> Map {
    let mut map = Map::with_capacity(fields.len());
    for (key, data) in fields {
        let name = key.as_text().unwrap_or_default().to_owned();
        let value = match data {
            Data::Records(_) => {
                let owner = Owner { form: Rc::clone(form), id, field: name.clone() };
                value(vm, data, Some(owner))
            }
            data => from_data(data, &vm.cx.locale),
        };
        let name = vm.rows.name(&name);
        map.insert(name, value);
    }
    map
}

fn load(vm: &mut Vm<'_>, form: &Rc<str>, ids: &[i64], site: Site) -> Walked<Vec<Rc<Row>>> {
    let wanted = Request::Rows { form: form.to_string(), ids: ids.to_vec() };
    match request(vm, wanted, site)? {
        Data::Records(set) => {
            let mut rows = set.rows;
            rows.resize(ids.len(), Data::Null);
            Some(fill(vm, form, ids, rows))
        }
        other => {
            let message = format!("The host answered a question for rows with {}", other.kind());
            vm.raise(RuntimeError::new(Problem::new(Code::NotSupported, message), site.span))
        }
    }
}

/// The row at a place of a collection; the rows after it are read with it.
pub(crate) fn row_at(vm: &mut Vm<'_>, records: &Records, place: usize, site: Site) -> Walked<Rc<Row>> {
    if let Some(row) = records.held(place) {
        return Some(row);
    }
    let ids = records.ids();
    let page = &ids[place.min(ids.len())..ids.len().min(place + PAGE)];
    let rows = load(vm, records.form(), page, site)?;
    records.hold(place, rows);
    match records.held(place) {
        Some(row) => Some(row),
        None => {
            let message = format!("There is no record {} in a collection of {}", place + 1, ids.len());
            vm.raise(RuntimeError::new(Problem::new(Code::IndexOutOfRange, message), site.span))
        }
    }
}

/// The record whose fields a value gives: itself, or the first of a collection; none of an empty one.
fn first(vm: &mut Vm<'_>, value: &Value, site: Site) -> Walked<Option<Rc<Row>>> {
    match value {
        Value::Record(row) => Some(Some(Rc::clone(row))),
        Value::Records(records) if records.ids().is_empty() => {
            if vm.program.empty_record_fails {
                let message = "The record set is an empty set and values cannot be retrieved";
                return vm.raise(RuntimeError::new(Problem::new(Code::NullValue, message), site.span));
            }
            Some(None)
        }
        Value::Records(records) => row_at(vm, records, 0, site).map(Some),
        _ => Some(None),
    }
}

/// Whether a value is a record or a collection of them.
#[inline]
pub(crate) fn is_record(value: &Value) -> bool {
    matches!(value, Value::Record(_) | Value::Records(_))
}

/// The value of a field of a record, or of the first of a collection; null of an empty one.
pub(crate) fn read(vm: &mut Vm<'_>, value: &Value, path: &[String], site: Site) -> Walked {
    match first(vm, value, site)? {
        Some(row) => field(vm, &row, path, site).map(shown),
        None => Some(Value::Null),
    }
}

/// The value of a field as [`read`] gives it, but of a name or an address the map of its parts.
pub(crate) fn read_whole(vm: &mut Vm<'_>, value: &Value, path: &[String], site: Site) -> Walked {
    let Some(row) = first(vm, value, site)? else { return Some(Value::Null) };
    let found = field(vm, &row, path, site)?;
    let ([name], Value::Text(_)) = (path, &found) else { return Some(found) };
    // The parts lie in the row beside the text that shows them.
    let row = vm.rows.row(row.form(), row.id());
    let own = |parts: &[&str]| -> Map {
        let part = |part: &&str| Some((Value::from(*part), row.field(&format!("{name}.{part}"))?));
        parts.iter().filter_map(part).collect()
    };
    let parts = [own(NAME_PARTS), own(ADDRESS_PARTS)].into_iter().find(|parts| !parts.is_empty());
    Some(parts.map_or(found, Value::from))
}

/// A value as expressions have it: a name or an address, which lies in records and forms as a map of its parts, is a text.
#[inline]
pub(crate) fn shown(value: Value) -> Value {
    let text = match &value {
        Value::Map(map) => parts_text(&map.borrow()),
        _ => None,
    };
    text.unwrap_or(value)
}

fn field(vm: &mut Vm<'_>, row: &Rc<Row>, path: &[String], site: Site) -> Walked {
    let Some((name, rest)) = path.split_first() else { return Some(Value::Record(Rc::clone(row))) };
    // A record that came from outside of the run is another object than the run's own.
    let fresh = if row.is_read(vm.rows.moment) { None } else { load(vm, row.form(), &[row.id()], site)?.pop() };
    let row = fresh.as_ref().unwrap_or(row);
    if row.is_gone() {
        return Some(Value::Null);
    }
    let own = row.field(name);
    if rest.is_empty()
        && let Some(own) = own
    {
        return Some(own);
    }
    if let Some(rows @ Value::Records(_)) = &own {
        return read(vm, rows, rest, site);
    }
    let dotted = path.join(".");
    if let Some(known) = row.field(&dotted).or_else(|| row.linked(&dotted, vm.rows.writes)) {
        return Some(known);
    }
    let wanted = Request::Read { form: row.form().to_string(), id: row.id(), field: FieldPath(path.to_vec()) };
    let found = ask(vm, wanted, site)?;
    row.keep_linked(&dotted, &found, vm.rows.writes);
    Some(found)
}

/// The elements of a field of a record for a loop: those of a lookup of several records are IDs of which fields may be asked
/// as well, so that they become records.
pub(crate) fn linked(vm: &mut Vm<'_>, list: Value, record: &Value, field: &str, site: Site) -> Walked {
    if !is_record(record) {
        return Some(list);
    }
    let Some(row) = first(vm, record, site)? else { return Some(list) };
    let form = row.field(&format!("{field}{LEADS_TO}"));
    let (Some(form), Value::List(ids)) = (form.as_ref().and_then(Value::as_str), &list) else { return Some(list) };
    let form = vm.rows.form(form);
    let mut rows = Vec::with_capacity(ids.items().len());
    for id in ids.items().iter() {
        rows.push(match id {
            Value::Number(id) => Value::Record(vm.rows.row(&form, *id)),
            other => other.clone(),
        });
    }
    Some(Value::from(rows))
}

/// Gives a field of a record, or of the first of a collection, another value; an empty collection has none to change.
pub(crate) fn write(vm: &mut Vm<'_>, target: &Value, path: &[String], new: &Value, site: Site) -> Walked<()> {
    let Some(row) = first(vm, target, site)? else { return Some(()) };
    let new = to_data(new, &vm.cx.locale).at(site.span).or_raise(vm)?;
    let fields = vec![(FieldPath(path.to_vec()), new)];
    if let Data::Map(fields) = request(vm, Request::Set { form: row.form().to_string(), id: row.id(), fields }, site)? {
        let form = Rc::clone(row.form());
        let fields = map(vm, &form, row.id(), fields);
        let moment = vm.rows.moment;
        vm.rows.row(&form, row.id()).fill(Some(fields), moment);
    }
    Some(())
}

/// The values of a field of all records of a collection, in their order.
fn values(vm: &mut Vm<'_>, records: &Records, path: &FieldPath, site: Site) -> Option<Vec<Value>> {
    let mut values = Vec::with_capacity(records.ids().len());
    for place in 0..records.ids().len() {
        vm.tick(site.span)?;
        let row = row_at(vm, records, place, site)?;
        values.push(shown(field(vm, &row, &path.0, site)?));
    }
    Some(values)
}

/// A figure over a collection, or the values of one field of all its records.
pub(crate) fn figure(
    vm: &mut Vm<'_>,
    records: &Records,
    function: Aggregate,
    field: Option<&FieldPath>,
    site: Site,
) -> Walked {
    match (function, field) {
        (Aggregate::Count, None) => Some(Value::Number(records.ids().len() as i64)),
        (Aggregate::GetAll, Some(path)) => Some(Value::from(values(vm, records, path, site)?)),
        // The records are in the order in which they were fetched, which the store does not know.
        (Aggregate::Distinct, Some(path)) => {
            let mut found = ValueSet::default();
            for value in values(vm, records, path, site)? {
                match value {
                    Value::Null => {}
                    Value::Record(other) => drop(found.insert(Value::Number(other.id()))),
                    value => drop(found.insert(value)),
                }
            }
            Some(Value::from(found.into_values().collect::<Vec<_>>()))
        }
        _ => {
            let ids = records.ids().iter().copied().map(Data::Number).collect();
            let criteria = Criteria::Compare {
                left: Operand::Field(FieldPath(vec!["ID".into()])),
                comparison: Comparison::In,
                right: Operand::Value(Data::List(ids)),
            };
            let query = Query { form: records.form().to_string(), criteria: Some(criteria), ..Query::default() };
            ask(vm, Request::Aggregate { query, function, field: field.cloned() }, site)
        }
    }
}

/// A method of a record or a collection of them, whose name is in lower case; `None` for one that they do not have.
pub(crate) fn method(vm: &mut Vm<'_>, name: &str, args: &[Value], site: Site) -> Option<Walked> {
    let (receiver, args) = args.split_first()?;
    Some(match (name, receiver, args) {
        ("count" | "size", Value::Records(records), []) => Some(Value::Number(records.ids().len() as i64)),
        ("count" | "size", Value::Record(_), []) => Some(Value::Number(1)),
        ("isempty", Value::Records(records), []) => Some(Value::from(records.ids().is_empty())),
        ("isempty" | "isnull", _, []) => Some(Value::from(false)),
        ("tolong" | "tonumber", Value::Record(row), []) => Some(Value::Number(row.id())),
        ("tostring", _, []) => Some(Value::from(receiver.to_text(&vm.cx.locale))),
        ("get", Value::Records(records), [Value::Number(place)]) => {
            let place = usize::try_from(*place).unwrap_or(usize::MAX);
            row_at(vm, records, place.min(records.ids().len()), site).map(Value::Record)
        }
        ("get", Value::Record(_) | Value::Records(_), [Value::Text(name)]) => {
            read(vm, receiver, &[name.as_str().to_owned()], site)
        }
        ("insert", Value::Records(records), [_, ..]) => insert(vm, records, args, site),
        ("clear", Value::Records(records), []) if records.owner().is_some() => clear(vm, records, site),
        _ => return None,
    })
}

/// `rec.Sub.insert(rows)`: rows, collections of rows, one after the other.
fn insert(vm: &mut Vm<'_>, records: &Records, args: &[Value], site: Site) -> Walked {
    let Some(owner) = records.owner() else {
        let message =
            format!("Rows are inserted into the subform of a record, not into records of '{}'", records.form());
        let help = "Write record.Subform.insert(row), or insert into Form [ … ] for a record.";
        return vm.raise(RuntimeError::new(Problem::new(Code::WrongKind, message).with_help(help), site.span));
    };
    let owner = owner.clone();
    let mut rows = Vec::new();
    for arg in args {
        let data = to_data(arg, &vm.cx.locale).at(site.span).or_raise(vm)?;
        if rows_in(data, &mut rows).is_none() {
            let message = format!("A subform takes rows, not {}", arg.kind());
            return vm.raise(RuntimeError::new(Problem::new(Code::WrongKind, message), site.span));
        }
    }
    let field = FieldPath(vec![owner.field]);
    ask(vm, Request::AddRows { form: owner.form.to_string(), id: owner.id, field, rows }, site)
}

/// `rec.Sub.clear()`: takes all rows of the subform away.
fn clear(vm: &mut Vm<'_>, records: &Records, site: Site) -> Walked {
    let Some(owner) = records.owner().cloned() else { return Some(Value::Null) };
    let fields = vec![(FieldPath(vec![owner.field]), Data::List(Vec::new()))];
    ask(vm, Request::Set { form: owner.form.to_string(), id: owner.id, fields }, site)
}

fn rows_in(data: Data, rows: &mut Vec<DataMap>) -> Option<()> {
    match data {
        Data::Map(row) => rows.push(row),
        Data::Braces => {}
        Data::Collection(inner) if inner.is_null() => {}
        Data::Collection(inner) => rows_in(*inner, rows)?,
        Data::List(items) | Data::TypedList(_, items) => {
            for item in items {
                rows_in(item, rows)?;
            }
        }
        _ => return None,
    }
    Some(())
}
