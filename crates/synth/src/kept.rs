//! The records that a script finds. The store that applications use keeps them, searches them and changes them; records that a
//! query asks for and that are not there are made up, so that they fit its criteria.

use std::cell::{RefCell, RefMut};
use std::collections::{HashMap, HashSet};

use rainwright::effect::{Comparison, Criteria, Data, DataMap, Decimal, FieldPath, Operand, Query, RecordSet, Records};
use rainwright_diagnostic::Problem;
use rainwright_records::{Actor, Field, Form, LearningStore, Settings, Storage};
use rainwright_value::{Kind, Locale};

use crate::host::inside;
use crate::make::FIRST_RECORD;
use crate::words::{self, Turn};

/// The records of a script, over all its runs: what a run does to them is undone before the next one.
pub(crate) struct Kept {
    forms: Vec<Form>,
    locale: Locale,
    now: i64,
    store: RefCell<Option<LearningStore>>,
}

impl Kept {
    /// Nothing is opened before a script asks for a record.
    pub(crate) fn new(forms: Vec<Form>, locale: Locale, now: i64) -> Self {
        Self { forms, locale, now, store: RefCell::default() }
    }

    /// Forgets what a run did to the records.
    pub(crate) fn reset(&self) {
        let mut kept = self.store.borrow_mut();
        let undone = kept.as_mut().map(|store| if store.store().is_open() { store.end(false) } else { Ok(()) });
        if undone.is_some_and(|undone| undone.is_err()) {
            // A database that cannot go back is made anew.
            *kept = None;
        }
    }

    /// The store, in the transaction of this run.
    fn store(&self) -> Result<RefMut<'_, LearningStore>, Problem> {
        let mut kept = self.store.borrow_mut();
        let open = match kept.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let mut store = RefMut::map(kept, |kept| kept.insert(open));
        if !store.store().is_open() {
            store.begin()?;
        }
        Ok(store)
    }

    /// A store with the forms that are known, and no records.
    fn open(&self) -> Result<LearningStore, Problem> {
        let settings = Settings { locale: self.locale.clone(), ..Settings::default() };
        let mut store = match LearningStore::new(self.forms.clone(), settings.clone()) {
            Ok(store) => store,
            // Forms that do not fit together are learned like any others.
            Err(_) => LearningStore::new(Vec::new(), settings)?,
        };
        store.act_as(Actor { now: self.now, user: "robin".into(), ..Actor::default() });
        Ok(store)
    }
}

/// A record: its form and its ID. IDs that are made up for two forms may be the same.
type Key = (String, i64);

fn key(form: &str, id: i64) -> Key {
    (form.rsplit('.').next().unwrap_or(form).to_lowercase(), id)
}

/// The records of one run.
pub(crate) struct World<'a> {
    kept: &'a Kept,
    /// Records that were made up, with their values: not all of them are of a kind that a field can hold.
    made: HashMap<Key, DataMap>,
    /// Those that the script has changed since.
    touched: HashSet<Key>,
    /// Forms whose records the script deleted or changed by a query: what is gone then stays gone.
    settled: HashSet<String>,
    count: usize,
}

/// Records that are made up for one query.
pub(crate) struct Wanted {
    /// The fields of each record that there should be.
    pub(crate) rows: Vec<DataMap>,
    /// Whether no more than these may be found.
    pub(crate) exactly: bool,
    /// Fields whose values were chosen: records that are there already get them too.
    pub(crate) chosen: Vec<String>,
    pub(crate) turn: Turn,
}

impl<'a> World<'a> {
    pub(crate) fn new(kept: &'a Kept) -> Self {
        Self { kept, made: HashMap::new(), touched: HashSet::new(), settled: HashSet::new(), count: 0 }
    }

    /// The records that a query finds; those that are wanted and not there are made up.
    pub(crate) fn find(&mut self, query: &Query, wanted: &Wanted) -> Result<Vec<i64>, Problem> {
        let kept = self.kept;
        let mut store = kept.store()?;
        let mut found = store.ids(query)?;
        // Records that are there only because a lookup leads to them are made up as well, with nothing in them yet.
        for id in &found {
            let of = key(&query.form, *id);
            if !self.touched.contains(&of) {
                self.made.entry(of).or_default();
            }
        }
        let fixed = query.criteria.as_ref().map(solved).unwrap_or_default();
        let is_fixed = |name: &str| fixed.iter().any(|(path, _)| path.0[0].eq_ignore_ascii_case(name));
        let mut extra = Vec::new();
        let is_settled = self.settled.contains(&query.form.to_lowercase()) && !wanted.exactly;
        for row in wanted.rows.iter().skip(found.len()).filter(|_| !is_settled) {
            let mut row = row.clone();
            row.remove("ID");
            let given = fixed.iter().find(|(path, _)| path.0.len() == 1 && path.0[0].eq_ignore_ascii_case("ID"));
            let given = given.and_then(|(_, value)| value.as_number().or_else(|| value.as_text()?.trim().parse().ok()));
            if given.is_some() && !extra.is_empty() {
                break;
            }
            let id = given.unwrap_or_else(|| {
                let id = FIRST_RECORD + self.count as i64 * 4;
                // The rows of its subforms get the IDs after its own: no two records of an application share one.
                self.count += 1 + rows_in(&row) / 4;
                id
            });
            let plain = row.iter().filter_map(|(key, value)| Some((key.as_text()?, value)));
            let plain =
                plain.filter(|(key, _)| !is_fixed(key)).map(|(key, value)| (FieldPath(vec![key.to_owned()]), value));
            let plain: Vec<(FieldPath, Data)> = plain.map(|(path, value)| (path, value.clone())).collect();
            let mut fields: Vec<(FieldPath, Data)> = Vec::new();
            for (path, value) in plain.into_iter().chain(fixed.iter().cloned()) {
                if let Some((path, value)) = fitting(&mut store, &query.form, path, value, wanted.turn) {
                    // What the script reads later is what the field holds.
                    if let ([name], true) = (path.0.as_slice(), is_scalar(&value))
                        && row.get(name).is_some_and(is_scalar)
                    {
                        row.insert(name.clone(), value.clone());
                    }
                    fields.push((path, value));
                }
            }
            if self.made.contains_key(&key(&query.form, id)) || store.store().exists(&query.form, id).unwrap_or(false) {
                store.store_fields(&query.form, id, &fields)?;
            } else {
                put(&mut store, &query.form, id, &fields)?;
            }
            for (path, value) in fixed.iter().filter(|(path, _)| path.0.len() == 1) {
                // What the script reads fields of stays the record that a lookup leads to.
                if row.get(&path.0[0]).is_none_or(|made| made.as_map().is_none()) {
                    row.insert(path.0[0].clone(), value.clone());
                }
            }
            row.insert("ID", id);
            self.made.insert(key(&query.form, id), row);
            extra.push(id);
        }
        if !extra.is_empty() {
            found = store.ids(query)?;
            // Criteria that no value could be found for count as met by what was made up for them.
            if extra.iter().all(|id| !found.contains(id)) {
                found.extend(extra);
            }
        }
        if wanted.exactly {
            // What the script itself added or changed stays there.
            let mut room = wanted.rows.len();
            found.retain(|id| {
                let of = key(&query.form, *id);
                let is_own = !self.made.contains_key(&of) || self.touched.contains(&of);
                let fits = is_own || room > 0;
                room = room.saturating_sub(usize::from(!is_own));
                fits
            });
        }
        for (id, row) in found.iter().zip(&wanted.rows) {
            let of = key(&query.form, *id);
            if self.touched.contains(&of) || !self.made.contains_key(&of) {
                continue;
            }
            // So do those that were made up for a query elsewhere, which reads less of them.
            let made = self.made.get(&of);
            let new = row.iter().filter_map(|(name, _)| name.as_text().map(str::to_owned));
            let new: Vec<String> = new.filter(|name| made.is_some_and(|made| made.get(name).is_none())).collect();
            for name in wanted.chosen.iter().chain(&new).filter(|name| !is_fixed(name)) {
                let Some(value) = row.get(name) else { continue };
                if is_system(name) {
                    if let Some(made) = self.made.get_mut(&of) {
                        made.insert(name.clone(), value.clone());
                    }
                    continue;
                }
                let path = FieldPath(vec![name.clone()]);
                if let Some(field) = fitting(&mut store, &query.form, path, value.clone(), wanted.turn) {
                    let held = if is_scalar(&field.1) && is_scalar(value) { field.1.clone() } else { value.clone() };
                    // A rule of the form that the value breaks leaves the record as it is.
                    if store.store_fields(&query.form, *id, &[field]).is_ok()
                        && let Some(made) = self.made.get_mut(&of)
                    {
                        made.insert(name.clone(), held);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Records that the user gave as what a query finds.
    pub(crate) fn give(&mut self, form: &str, set: &RecordSet) -> Result<(), Problem> {
        let kept = self.kept;
        let mut store = kept.store()?;
        store.learn_form(form)?;
        for (id, row) in set.ids.iter().zip(&set.rows) {
            let Some(row) = row.as_map() else { continue };
            let turn = Turn { now: self.kept.now, index: 0 };
            let named =
                row.iter().filter_map(|(key, value)| Some((FieldPath(vec![key.as_text()?.to_owned()]), value.clone())));
            let named: Vec<_> = named.collect();
            let fields: Vec<_> =
                named.into_iter().filter_map(|(path, value)| fitting(&mut store, form, path, value, turn)).collect();
            if !store.store().exists(form, *id)? {
                put(&mut store, form, *id, &fields)?;
            }
            self.made.insert(key(form, *id), row.clone());
        }
        Ok(())
    }

    /// A request that the store answers as it is.
    pub(crate) fn perform(&mut self, request: &Records) -> Result<Data, Problem> {
        let kept = self.kept;
        let mut store = kept.store()?;
        if let Records::Insert { form, fields } | Records::Set { form, fields, .. } = request {
            provide(&mut store, form, fields);
        }
        let answer = store.perform(request)?;
        match request {
            Records::Set { form, id, fields } => {
                self.touched.insert(key(form, *id));
                let made = self.made.entry(key(form, *id)).or_default();
                for (path, _) in fields {
                    made.remove(&path.0[0]);
                }
            }
            Records::Update { query, field, .. } => {
                self.settled.insert(query.form.to_lowercase());
                let (form, _) = key(&query.form, 0);
                for (of, made) in self.made.iter_mut().filter(|((of, _), _)| *of == form) {
                    if made.remove(&field.0[0]).is_some() {
                        self.touched.insert(of.clone());
                    }
                }
            }
            Records::Insert { form, .. } => {
                if let Data::Number(id) = &answer {
                    self.touched.insert(key(form, *id));
                }
            }
            Records::Delete { query } => _ = self.settled.insert(query.form.to_lowercase()),
            Records::AddRows { form, id, field, .. } => {
                self.touched.insert(key(form, *id));
                self.made.entry(key(form, *id)).or_default().remove(&field.0[0]);
            }
            _ => {}
        }
        Ok(match answer {
            Data::Records(set) => Data::Records(Box::new(self.with_made(*set))),
            other => other,
        })
    }

    /// The records of these IDs as a query finds them.
    pub(crate) fn set(&mut self, form: &str, ids: Vec<i64>) -> Result<Data, Problem> {
        let first = ids.iter().take(100).copied().collect();
        match self.perform(&Records::Rows { form: form.to_owned(), ids: first })? {
            Data::Records(set) => Ok(Data::Records(Box::new(RecordSet { ids, ..*set }))),
            other => Ok(other),
        }
    }

    /// A field of a record: what was made up, else what the store holds; `None` where neither knows it.
    pub(crate) fn read(&mut self, form: &str, id: i64, field: &FieldPath) -> Result<Option<Data>, Problem> {
        if let Some(known) = self.made.get(&key(form, id)).and_then(|row| inside(row, &field.0)) {
            return Ok(Some(known));
        }
        let kept = self.kept;
        let mut store = kept.store()?;
        let is_known = |store: &LearningStore| {
            let table = store.store().schema().table(form);
            table.is_some_and(|table| field.0.first().is_some_and(|name| table.field(name).is_some()))
        };
        if self.made.contains_key(&key(form, id)) && !is_known(&store) {
            return Ok(None);
        }
        store.perform(&Records::Read { form: form.to_owned(), id, field: field.clone() }).map(Some)
    }

    /// Remembers what a field of a record that was made up is taken to be.
    pub(crate) fn note(&mut self, form: &str, id: i64, field: &FieldPath, value: Data) {
        if let [name] = field.0.as_slice() {
            self.made.entry(key(form, id)).or_default().insert(name.clone(), value);
        }
    }

    /// Rows with the values that were made up and that fields cannot hold: maps, files, what the product fills.
    fn with_made(&mut self, mut set: RecordSet) -> RecordSet {
        for (id, row) in set.ids.iter().zip(&mut set.rows) {
            let (Some(made), Data::Map(row)) = (self.made.get(&key(&set.form, *id)).cloned(), row) else { continue };
            for (name, value) in made.iter() {
                let Some(name) = name.as_text().filter(|name| *name != "ID") else { continue };
                let odd = matches!(value, Data::Map(_) | Data::Collection(_) | Data::File(_) | Data::Null);
                match (value, row.get(name)) {
                    (made, Some(Data::Records(kept))) => {
                        let cells = match made {
                            Data::Records(made) => &made.rows,
                            made => made.as_list().unwrap_or_default(),
                        };
                        if cells.len() == kept.ids.len() {
                            let rows = kept.ids.iter().zip(cells).filter_map(|(id, row)| Some((*id, row.as_map()?)));
                            rows.for_each(|(id, row)| {
                                _ = self.made.entry(key(&kept.form, id)).or_insert_with(|| row.clone())
                            });
                        }
                    }
                    (Data::Records(_), _) => {}
                    (value, known) if odd || known.is_none() || is_system(name) => row.insert(name, value.clone()),
                    _ => {}
                }
            }
        }
        set
    }
}

fn is_scalar(value: &Data) -> bool {
    use Data::{Bool, Date, DateTime, Decimal, Number, Text, Time};
    matches!(value, Bool(_) | Number(_) | Decimal(_) | Text(_) | Date(_) | DateTime { .. } | Time { .. })
}

/// How many rows of subforms a record holds.
fn rows_in(row: &DataMap) -> usize {
    let rows = |value: &Data| match value {
        Data::Records(set) => set.ids.len(),
        Data::List(items) => items.iter().filter(|item| item.as_map().is_some()).count(),
        _ => 0,
    };
    row.iter().map(|(_, value)| rows(value)).sum()
}

/// Adds a record; what a rule of its form does not allow is left out.
fn put(store: &mut LearningStore, form: &str, id: i64, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
    if store.put(form, id, fields).is_ok() {
        return Ok(());
    }
    store.put(form, id, &[])?;
    for field in fields {
        // Each one by itself: a unique value that is there already keeps only its own field empty.
        let _refused = store.store_fields(form, id, std::slice::from_ref(field));
    }
    Ok(())
}

/// The records that lookups lead to are there.
fn provide(store: &mut LearningStore, form: &str, fields: &[(FieldPath, Data)]) {
    for (path, value) in fields {
        let Some(table) = store.store().schema().table(form) else { return };
        let Some(Storage::Lookup(to) | Storage::Lookups(to)) = table.field(&path.0[0]).map(Field::storage) else {
            continue;
        };
        let ids = match value {
            Data::List(items) => items.iter().filter_map(number).collect(),
            Data::Records(_) => Vec::new(),
            one => number(one).into_iter().collect::<Vec<_>>(),
        };
        for id in ids {
            if !store.store().exists(&to, id).unwrap_or(true) {
                // The script's own mistake comes out when it writes the lookup.
                let _refused = store.put(&to, id, &[]);
            }
        }
    }
}

/// Whether the product fills a field.
fn is_system(name: &str) -> bool {
    rainwright_records::SYSTEM.iter().any(|(system, _)| system.eq_ignore_ascii_case(name))
}

fn number(value: &Data) -> Option<i64> {
    value.as_number().or_else(|| value.as_text()?.trim().parse().ok())
}

/// A made-up value as the field of the form holds it; none where it cannot.
fn fitting(
    store: &mut LearningStore,
    form: &str,
    path: FieldPath,
    value: Data,
    turn: Turn,
) -> Option<(FieldPath, Data)> {
    let name = path.0.first()?.clone();
    if is_system(&name) {
        return None;
    }
    let known = store.store().schema().table(form).and_then(|table| table.field(&name)).cloned();
    let Some(field) = known else {
        let learned = match value {
            // Subforms are learned from lists of maps.
            Data::Records(set) => Data::List(set.rows),
            other => other,
        };
        return (path.0.len() == 1 && !learned.is_null()).then_some((path, learned));
    };
    if field.kind.is_computed() {
        return None;
    }
    let locale = store.store().settings().locale.clone();
    let scalar = |kind: Kind, is: bool| if is { value.clone() } else { words::scalar(kind, &name, turn) };
    let fits = |data: &Data| rainwright_records::holds(&field, data, &locale);
    let data = match (field.storage(), path.0.len()) {
        (Storage::Composite, 1) => match &value {
            Data::Map(_) => value.clone(),
            _ => return None,
        },
        (Storage::Composite, _) => value.clone(),
        (Storage::Lookup(to), 1) => {
            let id = number(&value).unwrap_or(FIRST_RECORD + 700_000 + i64::try_from(turn.index).unwrap_or(0) * 4);
            if !store.store().exists(&to, id).unwrap_or(true) {
                put(store, &to, id, &[]).ok()?;
            }
            return Some((path, id.into()));
        }
        (Storage::Lookup(to), _) => {
            let id = FIRST_RECORD + 800_000 + i64::try_from(turn.index).unwrap_or(0) * 4;
            let inner = fitting(store, &to, FieldPath(path.0[1..].to_vec()), value, turn)?;
            match store.store().exists(&to, id).unwrap_or(true) {
                true => store.store_fields(&to, id, &[inner]).ok()?,
                false => put(store, &to, id, &[inner]).ok()?,
            }
            return Some((FieldPath(vec![name]), id.into()));
        }
        (_, 2..) => return None,
        (Storage::Choice | Storage::Text, _) if !field.choices.is_empty() && !field.other_choices => {
            let is = value.as_text().is_some_and(|text| field.choices.iter().any(|choice| choice == text));
            if is {
                value.clone()
            } else {
                field.choices[usize::try_from(turn.index).unwrap_or(0) % field.choices.len()].clone().into()
            }
        }
        (Storage::Number, _) => scalar(Kind::Number, fits(&value)),
        (Storage::Decimal, _) => scalar(Kind::Decimal, fits(&value)),
        (Storage::Date | Storage::DateTime, _) => scalar(Kind::DateTime, fits(&value)),
        (Storage::Time, _) => scalar(Kind::Time, fits(&value)),
        (Storage::Flag, _) => scalar(Kind::Bool, fits(&value)),
        (Storage::Rows, _) => match value {
            Data::Records(set) => Data::List(set.rows),
            other => other,
        },
        (Storage::Children(_) | Storage::Lookups(_) | Storage::Nothing, _) => return None,
        _ => value.clone(),
    };
    Some((path, data))
}

/// Values that criteria are met by, as far as they say so.
fn solved(criteria: &Criteria) -> Vec<(FieldPath, Data)> {
    let mut found = Vec::new();
    solve(criteria, &mut found, 0);
    found
}

fn solve(criteria: &Criteria, found: &mut Vec<(FieldPath, Data)>, depth: usize) {
    if depth > 50 {
        return;
    }
    let mut set = |path: &FieldPath, value: Data| {
        if !path.0.is_empty() && !found.iter().any(|(known, _)| known == path) {
            found.push((path.clone(), value));
        }
    };
    match criteria {
        Criteria::All { of } => of.iter().for_each(|one| solve(one, found, depth + 1)),
        Criteria::Any { of } => of.iter().take(1).for_each(|one| solve(one, found, depth + 1)),
        Criteria::Compare { left: Operand::Field(path), comparison, right: Operand::Value(value) } => {
            if let Some(value) = meets(*comparison, value) {
                set(path, value);
            }
        }
        Criteria::Compare { left: Operand::Value(value), comparison, right: Operand::Field(path) } => {
            let comparison = match comparison {
                Comparison::Less => Comparison::Greater,
                Comparison::LessEqual => Comparison::GreaterEqual,
                Comparison::Greater => Comparison::Less,
                Comparison::GreaterEqual => Comparison::LessEqual,
                other => *other,
            };
            if let Some(value) = meets(comparison, value) {
                set(path, value);
            }
        }
        Criteria::Call { field, function, arguments } if !function.to_ascii_lowercase().starts_with("not") => {
            if let [value] = arguments.as_slice() {
                set(field, value.clone());
            }
        }
        Criteria::Holds { operand: Operand::Field(path) } => set(path, Data::Bool(true)),
        _ => {}
    }
}

/// A value that a comparison with `value` holds for.
fn meets(comparison: Comparison, value: &Data) -> Option<Data> {
    let moved = |by: i64| {
        Some(match value {
            Data::Number(number) => Data::Number(number.saturating_add(by)),
            Data::Decimal(decimal) => {
                let step = 10_i128.checked_pow(decimal.scale().into())?.checked_mul(by.into())?;
                Data::Decimal(Decimal::new(decimal.mantissa().checked_add(step)?, decimal.scale()))
            }
            Data::Date(days) => Data::Date(days.saturating_add(by)),
            Data::DateTime { millis, offset } => {
                Data::DateTime { millis: millis.saturating_add(by.saturating_mul(86_400_000)), offset: *offset }
            }
            _ => return None,
        })
    };
    match comparison {
        Comparison::Equal | Comparison::Is => Some(match value {
            Data::Records(set) => Data::Number(*set.ids.first()?),
            Data::List(items) => items.first()?.clone(),
            other => other.clone(),
        }),
        Comparison::In => match value {
            Data::List(items) => items.first().cloned(),
            Data::Text(_) => None,
            other => Some(other.clone()),
        },
        Comparison::GreaterEqual | Comparison::LessEqual => moved(0),
        Comparison::Greater => moved(1),
        Comparison::Less => moved(-1),
        Comparison::Like => Some(value.as_text()?.trim_matches('%').into()),
        _ => None,
    }
}
