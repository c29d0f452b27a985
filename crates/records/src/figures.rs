//! Figures over the values of many records: counts, sums, means, the least and the greatest.

use std::cmp::Ordering;
use std::collections::HashSet;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Aggregate, Data, FieldPath, Query};
use rainwright_value::{Value, add, divide, parse_decimal};

use crate::facts::leads_to;
use crate::field::Storage;
use crate::read::{Statement, Unsorted, decimal};
use crate::sql::compare_digits;
use crate::store::Store;

impl Store {
    pub(crate) fn figure(
        &mut self,
        query: &Query,
        function: Aggregate,
        field: Option<&FieldPath>,
    ) -> Result<Data, Problem> {
        let Some(field) = field else {
            if function != Aggregate::Count {
                let message = "Which field is meant? Only count() works without one";
                return Err(Problem::new(Code::ArgumentCount, message));
            }
            // The order does not matter for a count, and costs much.
            let unordered = Query { sort: Vec::new(), ..query.clone() };
            let counted = if query.range.is_none() { &unordered } else { query };
            let Some(inner) = self.select(counted, Unsorted::AsFound, |_, _| Ok("1".to_owned()))? else {
                return Ok(Data::Number(0));
            };
            let sql = match query.range {
                None => inner.sql.replacen("SELECT 1", "SELECT count(*)", 1),
                Some(_) => format!("SELECT count(*) FROM ({}) c", inner.sql),
            };
            let counted = self.list(&Statement { sql, bound: inner.bound }, |row| row.id(0))?;
            return Ok(Data::Number(counted.first().copied().unwrap_or(0)));
        };
        let (values, storage) = self.values(query, field)?;
        summarise(values, &storage, function, field)
    }

    /// The values of a field of all records that match, in order, unset ones included.
    fn values(&self, query: &Query, field: &FieldPath) -> Result<(Vec<Data>, Storage), Problem> {
        let table = self.schema.expect(&query.form)?;
        let mut found = None;
        let statement = self.select(query, Unsorted::ById, |writer, table| {
            let (sql, storage) = writer.value(table, "t", &field.0)?;
            let sql = writer.dialect.shown(sql, &storage);
            found = Some(storage);
            Ok(sql)
        });
        match (statement, found) {
            (Ok(None), found) => Ok((Vec::new(), found.unwrap_or(Storage::Nothing))),
            (Ok(Some(statement)), Some(storage)) => {
                let values = self.list(&statement, |row| Ok(self.data(&storage, table, "", row.at(0)?)))?;
                Ok((values, storage))
            }
            // Fields with several values, and paths through them.
            (Err(_), None) => {
                let storage = self.storage_at(&table.name, &field.0)?;
                let mut values = Vec::new();
                for id in self.ids(query, false)? {
                    self.spread(&table.name, id, &field.0, &mut values)?;
                }
                Ok((values, storage))
            }
            (Err(problem), _) => Err(problem),
            (Ok(_), None) => Ok((Vec::new(), Storage::Nothing)),
        }
    }

    /// How the values at the end of a path are stored.
    fn storage_at(&self, form: &str, path: &[String]) -> Result<Storage, Problem> {
        let [name, rest @ ..] = path else { return Ok(Storage::Choices) };
        let field = self.schema.expect(form)?.expect(name)?;
        match leads_to(form, field) {
            Some(form) if !rest.is_empty() => self.storage_at(&form, rest),
            // Parts of a name or an address are texts.
            _ => Ok(if rest.is_empty() { field.storage() } else { Storage::Text }),
        }
    }

    /// The value at the end of a path; of a path through a subform that of each row.
    fn spread(&self, form: &str, id: i64, path: &[String], values: &mut Vec<Data>) -> Result<(), Problem> {
        if let [name, rest @ ..] = path
            && !rest.is_empty()
            && matches!(self.schema.expect(form)?.expect(name)?.storage(), Storage::Rows | Storage::Children(_))
            && let Data::Records(rows) = self.read(form, id, std::slice::from_ref(name), false)?
        {
            return rows.ids.iter().try_for_each(|row| self.spread(&rows.form, *row, rest, values));
        }
        values.push(self.read(form, id, path, false)?);
        Ok(())
    }
}

/// A figure over values.
fn summarise(values: Vec<Data>, storage: &Storage, function: Aggregate, field: &FieldPath) -> Result<Data, Problem> {
    let numeric = matches!(storage, Storage::Number | Storage::Decimal | Storage::Lookup(_));
    let refuse = |what: &str| {
        let message = format!("{what} needs a field of numbers, and {field} holds {}", storage.kind());
        Err(Problem::new(Code::WrongKind, message))
    };
    let set = |values: Vec<Data>| values.into_iter().filter(|value| !value.is_null()).collect::<Vec<_>>();
    Ok(match function {
        Aggregate::GetAll => Data::List(values),
        Aggregate::Count => {
            let count: usize = values
                .iter()
                .map(|value| match value {
                    Data::Null => 0,
                    Data::List(items) => items.len(),
                    Data::Records(set) => set.ids.len(),
                    _ => 1,
                })
                .sum();
            Data::Number(i64::try_from(count).unwrap_or(i64::MAX))
        }
        Aggregate::Distinct => {
            let mut seen = HashSet::new();
            Data::List(set(values).into_iter().filter(|value| seen.insert(value.to_json())).collect())
        }
        Aggregate::Minimum | Aggregate::Maximum => {
            let comparable = numeric || matches!(storage, Storage::Date | Storage::DateTime | Storage::Time);
            if !comparable {
                return refuse("The least or greatest value");
            }
            let wanted = if function == Aggregate::Maximum { Ordering::Greater } else { Ordering::Less };
            let values = set(values).into_iter();
            values.reduce(|best, next| if order(&next, &best) == wanted { next } else { best }).unwrap_or_default()
        }
        Aggregate::Sum | Aggregate::Average | Aggregate::Median => {
            if !numeric {
                return refuse("A sum");
            }
            let mut values = set(values);
            let count = values.len();
            if function == Aggregate::Sum {
                return if count == 0 { Ok(Data::Number(0)) } else { sum(&values) };
            }
            if function == Aggregate::Median {
                values.sort_by(order);
                let (low, high) = (count.saturating_sub(1) / 2, count / 2);
                values = values.get(low..=high).map(<[Data]>::to_vec).unwrap_or_default();
            }
            if values.is_empty() { Data::Null } else { mean(&values)? }
        }
    })
}

/// The order of two values of one column.
fn order(a: &Data, b: &Data) -> Ordering {
    match (a, b) {
        (Data::Number(a), Data::Number(b)) | (Data::Date(a), Data::Date(b)) => a.cmp(b),
        (Data::DateTime { millis: a, .. }, Data::DateTime { millis: b, .. })
        | (Data::Time { millis: a, .. }, Data::Time { millis: b, .. }) => a.cmp(b),
        _ => match (crate::operand::digits(a), crate::operand::digits(b)) {
            (Some(a), Some(b)) => compare_digits(&a, &b),
            _ => Ordering::Equal,
        },
    }
}

fn sum(values: &[Data]) -> Result<Data, Problem> {
    let locale = rainwright_value::Locale::default();
    let mut total = Value::from(0);
    for value in values {
        total = add(&total, &number(value), &locale).map_err(|problem| *problem)?;
    }
    Ok(back(&total, &locale))
}

/// The mean: of NUMBERs a NUMBER, cut; of DECIMALs a DECIMAL.
fn mean(values: &[Data]) -> Result<Data, Problem> {
    let locale = rainwright_value::Locale::default();
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    match sum(values)? {
        Data::Number(total) => Ok(Data::Number(total / count.max(1))),
        total => {
            let mean = divide(&number(&total), &Value::from(count)).map_err(|problem| *problem)?;
            Ok(back(&mean, &locale))
        }
    }
}

fn number(data: &Data) -> Value {
    match data {
        Data::Number(number) => Value::from(*number),
        Data::Float(float) => Value::Float((*float).into()),
        other => parse_decimal(&other.to_json()).unwrap_or_default(),
    }
}

fn back(value: &Value, locale: &rainwright_value::Locale) -> Data {
    match value {
        Value::Number(number) => Data::Number(*number),
        Value::Float(float) => Data::Float(float.get()),
        other => decimal(&other.to_text(locale)),
    }
}
