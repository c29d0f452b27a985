//! Reading records: a page of a report, or one record.

use axum::response::Response;
use rainwright_diagnostic::Problem;
use rainwright_records::{Field, LearningStore, Storage};
use serde_json::{Value, json};

use super::errors::Refusal;
use super::report::Report;
use super::shown;
use super::{Ask, DONE, PRODUCT};
use crate::http::{Object, header_text, json as answer, page, set};
use crate::makeup::{self, Dice};
use crate::world::World;

/// The most records of a page of version 2.
const MOST: usize = 200;

impl Ask<'_> {
    /// `GET …/report/R/ID`
    pub(super) fn show(&self, world: &World, report: &Report, id: &str) -> Result<Response, Refusal> {
        let fields = report.fields(self, true)?;
        let key = self.find(world, report, id)?;
        let shown = self.within(world, |store| self.shower(store).records(&report.form, &[key], fields.as_ref()));
        let shown = shown?.pop().unwrap_or_default();
        Ok(answer(200, json!({ "code": DONE, "data": shown })))
    }

    /// The record of an ID; with leniency there is one for each.
    pub(super) fn find(&self, world: &World, report: &Report, id: &str) -> Result<i64, Refusal> {
        let found = report.one(self, world, id);
        let (Some(seed), Err(refusal), Ok(key)) = (world.lenient, &found, id.parse::<i64>()) else { return found };
        if refusal.code != 3190 {
            return found;
        }
        let dice = Dice::new(seed, &[PRODUCT, &report.form, id]);
        let made = self.within(world, |store| {
            store.learn_form(&report.form)?;
            // The report may leave the record out although its form has it.
            if store.store().exists(&report.form, key)? { Ok(false) } else { make(store, &report.form, key, dice) }
        });
        if made? { Ok(key) } else { found }
    }

    /// `GET …/report/R`: version 2 counts pages by their first record, version 2.1 goes on where a page ended.
    pub(super) fn list(&self, world: &World, report: &Report) -> Result<Response, Refusal> {
        let query = &self.call.query;
        // With leniency a list is not empty.
        if let Some(seed) = world.lenient
            && report.ids(self, world, "")?.is_empty()
        {
            for id in makeup::listed(seed, PRODUCT, &report.form) {
                self.find(world, report, &id)?;
            }
        }
        let fields = report.fields(self, false)?;
        let limit = self.limit()?;
        let cursor = self.cursor()?;
        let found = report.some(self, world, query.text("criteria"))?;
        let from = match cursor {
            _ if !self.newer => query.number("from", 1).max(1) - 1,
            Some(last) => found.partition_point(|id| *id <= last),
            None => 0,
        };
        let wanted = page(&found, from, limit);
        if wanted.is_empty() {
            return Err(Refusal::of(if self.newer { 9280 } else { 3100 }, ""));
        }
        let shown = self.within(world, |store| self.shower(store).records(&report.form, &wanted, fields.as_ref()));
        let mut response = answer(200, json!({ "code": DONE, "data": shown? }));
        if let Some(last) = wanted.last().filter(|_| self.newer && from + limit < found.len()) {
            set(&mut response, "record_cursor", &cursor_after(*last));
        }
        Ok(response)
    }

    fn limit(&self) -> Result<usize, Refusal> {
        let name = if self.newer { "max_records" } else { "limit" };
        let Some(text) = self.call.query.get(name) else { return Ok(MOST) };
        match (self.newer, text.trim().parse::<usize>()) {
            (true, Ok(limit @ (200 | 500 | 1000))) => Ok(limit),
            (true, _) => Err(Refusal::parameter("max_records is 200, 500 or 1000.")),
            (false, Ok(limit)) if limit > MOST => Err(Refusal::of(3970, "")),
            (false, limit) => Ok(limit.unwrap_or(MOST)),
        }
    }

    /// The ID after which a page of version 2.1 begins.
    pub(super) fn cursor(&self) -> Result<Option<i64>, Refusal> {
        match header_text(&self.call.headers, "record_cursor") {
            "" => Ok(None),
            _ if !self.newer => Ok(None),
            text => match i64::from_str_radix(text, 36) {
                Ok(id) => Ok(Some(id)),
                Err(_) => Err(Refusal::parameter("record_cursor is no cursor of an earlier answer.")),
            },
        }
    }
}

/// What says where the next page begins: the last ID of this one, in letters and digits.
pub(super) fn cursor_after(id: i64) -> String {
    let mut rest = id.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((rest % 36) as u32, 36));
        rest /= 36;
        if rest == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// Makes up a record: the fields that the form is known to have, with values by their names.
fn make(store: &mut LearningStore, form: &str, key: i64, dice: Dice) -> Result<bool, Problem> {
    let table = store.store().schema().table(form);
    let known: Vec<Field> = table.map(|table| table.fields().cloned().collect()).unwrap_or_default();
    let record: Object = match known.is_empty() {
        true => ["Name", "Email", "Status", "Amount", "Date_field"]
            .iter()
            .map(|name| ((*name).to_owned(), makeup::text(name, dice).into()))
            .collect(),
        false => known.iter().filter_map(|field| made(field, dice)).collect(),
    };
    shown::put(store, form, Some(key), &record).map(|_| true)
}

/// A value for a field of a form that is known; none for what refers to other records.
fn made(field: &Field, dice: Dice) -> Option<(String, Value)> {
    let name = field.name.clone();
    let number = || 1 + dice.below(&name, 100);
    let value: Value = match field.storage() {
        _ if field.kind.is_computed() => return None,
        Storage::Text | Storage::Choice => match field.choices.is_empty() {
            true => makeup::text(&name, dice).into(),
            false => field.choices[dice.below(&name, field.choices.len() as u64) as usize].clone().into(),
        },
        Storage::Number => number().into(),
        Storage::Decimal => format!("{}.50", number()).into(),
        Storage::Date => makeup::text("date", dice).into(),
        Storage::Flag => (number() % 2 == 0).into(),
        _ => return None,
    };
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::cursor_after;

    #[test]
    fn cursors_are_read_again() {
        for id in [0, 1, 35, 36, 1_000_000_000_000_000_001, i64::MAX] {
            assert_eq!(i64::from_str_radix(&cursor_after(id), 36), Ok(id));
        }
    }
}
