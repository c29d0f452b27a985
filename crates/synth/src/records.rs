//! Queries and changes of records: what a script asks for is made up, and kept where applications keep it.

use rainwright::effect::{
    Aggregate, Call, Data, DataMap, Decimal, FieldPath, Outcome, Query, RecordSet, Records, Refusal,
};
use rainwright_value::Kind;

use crate::host::{Event, OpenHost};
use crate::infer::What;
use crate::kept::Wanted;
use crate::make::{Choice, FIRST_RECORD};
use crate::shape::Id;
use crate::words::Turn;

/// The most records that are made up for one count.
const MOST_COUNTED: i64 = 200;

impl OpenHost<'_> {
    pub(crate) fn records(&mut self, call: &Call, records: &Records) -> Result<Outcome, Refusal> {
        let mut event = Event::new(call.line, "records", describe_records(records));
        if let Records::Insert { fields, .. } = records {
            let map: DataMap = fields.iter().map(|(path, value)| (path.to_string(), value.clone())).collect();
            event.body = Some(Data::from(map).to_json());
        }
        let value = match self.given_answer(call, &event.text) {
            Some(reply) => match records {
                Records::Fetch { query, field: None } => {
                    let set = given_records(&query.form, reply.value);
                    self.world.give(&query.form, &set)?;
                    Data::Records(Box::new(set))
                }
                _ => reply.value,
            },
            None => {
                let site = self.site(call);
                let answer = match records {
                    Records::Fetch { query, field: None } => {
                        let ids = self.found(query, site)?;
                        self.world.set(&query.form, ids)
                    }
                    Records::Fetch { query, field: Some(field) } => self.field(query, field, site),
                    Records::Aggregate { query, function, field } => {
                        self.figure(query, *function, field.as_ref(), site)
                    }
                    Records::Read { form, id, field } => self.world.read(form, *id, field).map(|known| {
                        known.unwrap_or_else(|| {
                            let value = self.form_value(&field.to_string());
                            self.world.note(form, *id, field, value.clone());
                            value
                        })
                    }),
                    other => self.world.perform(other),
                };
                match answer {
                    Ok(value) => value,
                    Err(problem) => {
                        self.note(event);
                        return Err(problem.into());
                    }
                }
            }
        };
        if records.is_change() && !matches!(records, Records::Insert { .. }) {
            self.note(event);
            return Ok(match value {
                Data::Null => Outcome::Done,
                value => value.into(),
            });
        }
        event.answer = Some(value.clone());
        self.note(event);
        Ok(value.into())
    }

    /// The records that a query of a place finds.
    fn found(&mut self, query: &Query, site: Option<usize>) -> Result<Vec<i64>, rainwright::Problem> {
        let wanted = match site {
            Some(number) => {
                let nth = self.nth(number);
                let shape = self.analysis.sites[number].shape;
                self.wanted(query, shape, nth)
            }
            None => Wanted { rows: vec![DataMap::new()], exactly: false, chosen: Vec::new(), turn: self.turn(0) },
        };
        self.world.find(query, &wanted)
    }

    fn turn(&self, index: usize) -> Turn {
        Turn { now: self.maker.now, index: self.maker.seed % 997 + index as u64 }
    }

    /// The records that there should be for a query: with what the script reads of them here, and of the same form elsewhere.
    fn wanted(&self, query: &Query, shape: Id, nth: usize) -> Wanted {
        let choice = self.maker.choice(shape);
        let exactly = matches!(choice, Some(Choice::Null | Choice::Empty | Choice::Absent | Choice::Count(_)));
        let mut rows = self.maker.records(shape, nth);
        let own = self.analysis.shapes.get(shape);
        let item = own.item.map(|item| self.analysis.shapes.get(item));
        let direct = || own.fields.iter().chain(item.iter().flat_map(|item| &item.fields));
        let chosen = direct().filter(|(_, id)| self.maker.case.choices.contains_key(id)).map(|(name, _)| name.clone());
        let chosen = chosen.collect();
        for (key, id) in self.of_form(&query.form) {
            let known = direct().find(|(name, _)| name.eq_ignore_ascii_case(&key));
            // What is a text here because nothing else is known of it may be a number there.
            let is_vague = |id: Id| self.maker.kind(id, None) == Kind::Text && self.maker.choice(id).is_none();
            let better = match known {
                None => true,
                Some((_, own)) => {
                    is_vague(*own)
                        && !is_vague(id)
                        && self.analysis.shapes.get(*own).wants.has(self.maker.kind(id, None))
                }
            };
            if !better {
                continue;
            }
            let name = known.map_or(key, |(name, _)| name.clone());
            for (index, row) in rows.iter_mut().enumerate() {
                if let Some(value) = self.maker.field(id, index, nth) {
                    row.insert(name.clone(), value);
                }
            }
        }
        Wanted { rows, exactly, chosen, turn: self.turn(nth) }
    }

    /// The fields that the script reads of records of a form, wherever it does.
    fn of_form(&self, form: &str) -> Vec<(String, Id)> {
        let mut found = Vec::new();
        for site in &self.analysis.sites {
            let What::Fetch(known) = &site.what else { continue };
            if !known.eq_ignore_ascii_case(form) {
                continue;
            }
            let shape = self.analysis.shapes.get(site.shape);
            let item = shape.item.map(|item| self.analysis.shapes.get(item));
            for (name, id) in shape.fields.iter().chain(item.iter().flat_map(|item| &item.fields)) {
                if !name.eq_ignore_ascii_case("ID") {
                    found.push((name.clone(), *id));
                }
            }
        }
        found
    }

    /// A field of the first record that a query finds.
    fn field(&mut self, query: &Query, field: &FieldPath, site: Option<usize>) -> Result<Data, rainwright::Problem> {
        let Some(number) = site else {
            return self.world.perform(&Records::Fetch { query: query.clone(), field: Some(field.clone()) });
        };
        let shape = self.analysis.sites[number].shape;
        let nth = self.nth(number);
        let value = self.maker.make(shape, nth, None);
        let mut row = DataMap::new();
        if let [name] = field.0.as_slice() {
            row.insert(name.clone(), value.clone());
        }
        let nothing = matches!(self.maker.choice(shape), Some(Choice::Absent));
        let chosen = if self.maker.case.choices.contains_key(&shape) { field.0.first().cloned() } else { None };
        let wanted = Wanted {
            rows: if nothing { Vec::new() } else { vec![row] },
            exactly: nothing,
            chosen: chosen.into_iter().collect(),
            turn: self.turn(nth),
        };
        let Some(id) = self.world.find(query, &wanted)?.first().copied() else { return Ok(Data::Null) };
        Ok(self.world.read(&query.form, id, field)?.unwrap_or(value))
    }

    /// A figure over the records that a query finds. There are records that give the figure which is made up.
    fn figure(
        &mut self,
        query: &Query,
        function: Aggregate,
        field: Option<&FieldPath>,
        site: Option<usize>,
    ) -> Result<Data, rainwright::Problem> {
        let request = Records::Aggregate { query: query.clone(), function, field: field.cloned() };
        let Some(number) = site else {
            // Over the rows of a subform, which no place of the script asks for by itself.
            return Ok(self.world.perform(&request).unwrap_or_else(|_| figure(function)));
        };
        let shape = self.analysis.sites[number].shape;
        let is_chosen = self.maker.case.choices.contains_key(&shape);
        let nth = self.answered(number);
        let value = self.answer_data(site).unwrap_or_default();
        let found = self
            .world
            .find(query, &Wanted { rows: Vec::new(), exactly: false, chosen: Vec::new(), turn: self.turn(nth) })?;
        if !is_chosen && (nth >= 3 || !found.is_empty()) {
            return self.world.perform(&request);
        }
        let name = field.and_then(|field| field.0.first().filter(|_| field.0.len() == 1));
        let one = |value: &Data| {
            let mut row = DataMap::new();
            if let Some(name) = name {
                row.insert(name.clone(), value.clone());
            }
            row
        };
        let others = self.of_form(&query.form);
        let mut rows: Vec<DataMap> = match (function, &value) {
            (Aggregate::Count, Data::Number(count)) if (0..=MOST_COUNTED).contains(count) => {
                let name_of = |at: i64| name.map(|_| one(&Data::Number(at + 1))).unwrap_or_default();
                (0..*count).map(name_of).collect()
            }
            (Aggregate::Distinct | Aggregate::GetAll, Data::List(items)) => items.iter().map(one).collect(),
            (
                Aggregate::Sum | Aggregate::Average | Aggregate::Median | Aggregate::Minimum | Aggregate::Maximum,
                value,
            ) if found.is_empty() && !value.is_null() => {
                vec![one(value)]
            }
            _ => Vec::new(),
        };
        for (index, row) in rows.iter_mut().enumerate() {
            for (key, id) in &others {
                if row.get(key).is_none()
                    && let Some(value) = self.maker.field(*id, index, 0)
                {
                    row.insert(key.clone(), value);
                }
            }
        }
        let wanted = Wanted { rows, exactly: false, chosen: Vec::new(), turn: self.turn(nth) };
        self.world.find(query, &wanted)?;
        let answer = self.world.perform(&request)?;
        // What the search chose holds even where other records are in its way.
        Ok(if is_chosen { value } else { answer })
    }
}

/// A figure over a few rows.
fn figure(function: Aggregate) -> Data {
    match function {
        Aggregate::Count => Data::Number(2),
        Aggregate::Distinct | Aggregate::GetAll => Data::List(Vec::new()),
        _ => Data::Decimal(Decimal::new(125_050, 2)),
    }
}

/// Records as the user gave them: a list of maps, or one map.
fn given_records(form: &str, value: Data) -> RecordSet {
    let rows = match value {
        Data::List(rows) => rows,
        Data::Null => Vec::new(),
        one => vec![one],
    };
    let id = |(at, row): (usize, &Data)| match row.get("ID") {
        Some(Data::Number(id)) => *id,
        _ => FIRST_RECORD + at as i64 * 4,
    };
    let ids = rows.iter().enumerate().map(id).collect();
    RecordSet { form: form.to_owned(), single: false, ids, rows }
}

/// A query or change in a few words.
pub(crate) fn describe_records(records: &Records) -> String {
    match records {
        Records::Fetch { query, field } => match field {
            Some(field) => format!("fetch {field} of {}", query.form),
            None => format!("fetch {}", query.form),
        },
        Records::Aggregate { query, function, .. } => {
            format!("{} of {}", format!("{function:?}").to_lowercase(), query.form)
        }
        Records::Insert { form, .. } => format!("insert into {form}"),
        Records::Update { query, field, value } => format!("update {} set {field} = {}", query.form, value.to_json()),
        Records::Delete { query } => format!("delete from {}", query.form),
        Records::Set { form, id, fields } => {
            let named = fields.iter().map(|(field, value)| format!("{field} = {}", value.to_json()));
            format!("change {form} {id}: {}", named.collect::<Vec<_>>().join(", "))
        }
        Records::AddRows { form, id, field, rows } => format!("add {} rows to {field} of {form} {id}", rows.len()),
        Records::Read { form, id, field } => format!("read {field} of {form} {id}"),
        _ => format!("read {}", records.form()),
    }
}
