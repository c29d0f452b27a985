//! User input: a field changes, its events run, and those of fields that scripts change in turn.

use rainwright::effect::DataMap;
use rainwright::{Data, Failure};
use rainwright_records::{Field, FieldType, Form, Storage};

use crate::submit::rows;
use crate::verify::is_unset;
use crate::{FormState, Happening, Running};

/// How often user input may follow from what a script set.
const CHAIN: usize = 10;

/// The row of a subform that an event is about.
pub(crate) enum Row<'a> {
    /// A row of the form: the subform and the row's place.
    At(&'a str, usize),
    /// A row that was taken away: the subform and what the row held.
    Gone(&'a str, DataMap),
}

/// A cell of a row as it is compared.
fn cell(row: &DataMap, column: &str) -> Data {
    row.get(column).map(compared).unwrap_or_default()
}

/// A value as it is compared: unset is null, however the kind of its field writes it, and numbers count by their worth.
fn compared(value: &Data) -> Data {
    match value {
        value if is_unset(value) => Data::Null,
        Data::Number(_) | Data::Decimal(_) | Data::Float(_) => {
            let digits = value.to_string();
            let whole = digits.contains('.').then(|| digits.trim_end_matches('0').trim_end_matches('.'));
            whole.unwrap_or(&digits).into()
        }
        other => other.clone(),
    }
}

impl Running<'_> {
    /// The user changes a field: its events run, and those of fields that scripts changed in turn.
    pub(crate) fn input(
        &mut self,
        form: &Form,
        happening: Happening,
        name: &str,
        value: Data,
        state: &mut FormState,
        chain: usize,
    ) -> Result<(), Failure> {
        let before = state.get(name);
        if compared(&before) == compared(&value) && chain == 0 {
            return Ok(());
        }
        state.fields.insert(name, value.clone());
        let known = state.fields.clone();
        self.events(form, happening, &format!("on user input of {name}"), state, None)?;
        if let Some(field) = form.fields.iter().find(|field| field.name == name && field.kind == FieldType::Subform) {
            self.rows_input(form, happening, field, &before, &value, state)?;
        }
        self.follow(form, happening, &known, name, state, chain)
    }

    /// The events of a subform whose rows changed: rows that are new, cells with other values, rows that are gone.
    fn rows_input(
        &mut self,
        form: &Form,
        happening: Happening,
        field: &Field,
        before: &Data,
        now: &Data,
        state: &mut FormState,
    ) -> Result<(), Failure> {
        let (before, now) = (rows(before), rows(now));
        let name = &field.name;
        let columns: Vec<String> = match field.storage() {
            Storage::Children(form) => self.app.form(&form).map(|form| &form.fields),
            _ => Some(&field.fields),
        }
        .map(|fields| fields.iter().map(|column| column.name.clone()).collect())
        .unwrap_or_default();
        let same = |a: &DataMap, b: &DataMap| match (a.get("ID"), b.get("ID")) {
            (Some(a), Some(b)) => a == b,
            _ => columns.iter().all(|column| cell(a, column) == cell(b, column)),
        };
        let fewer = now.len() < before.len();
        for (place, row) in now.iter().enumerate() {
            // Without rows that went, a row is the one that was in its place.
            let earlier = before.iter().find(|known| same(known, row));
            let earlier = earlier.or_else(|| before.get(place).filter(|_| !fewer));
            if earlier.is_none() && !fewer {
                let event = format!("on add row of {name}");
                self.events(form, happening, &event, state, Some(Row::At(name, place)))?;
            }
            self.cells_input(form, happening, (name, place), &columns, earlier.cloned().unwrap_or_default(), state)?;
        }
        let gone = before.iter().filter(|known| !now.iter().any(|row| same(known, row)));
        for row in gone.take(before.len().saturating_sub(now.len())) {
            let event = format!("on delete row of {name}");
            self.events(form, happening, &event, state, Some(Row::Gone(name, row.clone())))?;
        }
        Ok(())
    }

    /// The events of a row's cells that differ from what is known, and of those that scripts change in turn.
    fn cells_input(
        &mut self,
        form: &Form,
        happening: Happening,
        (name, place): (&str, usize),
        columns: &[String],
        mut known: DataMap,
        state: &mut FormState,
    ) -> Result<(), Failure> {
        let row = |state: &FormState| rows(&state.get(name)).into_iter().nth(place);
        for _ in 0..CHAIN {
            let Some(now) = row(state) else { return Ok(()) };
            let changed: Vec<&String> = columns.iter().filter(|c| cell(&now, c) != cell(&known, c)).collect();
            if changed.is_empty() {
                return Ok(());
            }
            known = now;
            for column in changed {
                let event = format!("on user input of {name}.{column}");
                self.events(form, happening, &event, state, Some(Row::At(name, place)))?;
                // What the event makes of its own cell does not run it again.
                let Some(now) = row(state) else { return Ok(()) };
                known.insert(column.clone(), now.get(column).cloned().unwrap_or_default());
            }
        }
        Ok(())
    }

    /// What follows from fields that scripts changed: their events run as if the user had changed them.
    pub(crate) fn follow(
        &mut self,
        form: &Form,
        happening: Happening,
        known: &DataMap,
        except: &str,
        state: &mut FormState,
        chain: usize,
    ) -> Result<(), Failure> {
        if chain >= CHAIN {
            return Ok(());
        }
        let differs = |field: &&Field| {
            field.name != except && state.get(&field.name) != known.get(&field.name).cloned().unwrap_or_default()
        };
        let changed: Vec<(String, Data)> =
            form.fields.iter().filter(differs).map(|field| (field.name.clone(), state.get(&field.name))).collect();
        for (name, value) in changed {
            self.input(form, happening, &name, value, state, chain + 1)?;
        }
        Ok(())
    }
}
