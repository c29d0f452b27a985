//! Values on their way into a column: converted to its kind, or refused.

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::Data;
use rainwright_value::{DAY, Locale, Value, parts_text};

use crate::database::Sql;
use crate::field::{Field, Storage};
use crate::operand;

/// A value for the column of a field; a text that is too long is cut.
pub(crate) fn column(field: &Field, storage: &Storage, value: &Data, locale: &Locale) -> Result<Sql, Problem> {
    let unset = value.is_null() || value.as_text() == Some("");
    if unset {
        return Ok(match storage {
            storage if storage.is_text() => Sql::Text(String::new()),
            Storage::Flag => Sql::Integer(0),
            _ => Sql::Null,
        });
    }
    let found = match storage {
        Storage::Text | Storage::Choice | Storage::File(_) | Storage::Composite => {
            let text = operand::text(value, locale).unwrap_or_else(|| value.to_json());
            Some(Sql::Text(cut(text, field.max.unwrap_or(field.kind.usual_maximum()))))
        }
        Storage::Number => whole(value).map(Sql::Integer),
        Storage::Lookup(_) => id(value).map(Sql::Integer),
        Storage::Decimal => operand::digits(value).map(Sql::Text),
        Storage::Date => match value {
            Data::Date(days) => Some(Sql::Integer(*days)),
            _ => {
                operand::instant(value, locale).map(|millis| Sql::Integer(locale.zone.to_local(millis).div_euclid(DAY)))
            }
        },
        Storage::DateTime => operand::instant(value, locale).map(Sql::Integer),
        Storage::Time => operand::time(value, locale).map(Sql::Integer),
        Storage::Flag => operand::flag(value).map(|flag| Sql::Integer(flag.into())),
        _ => None,
    };
    let found = found.ok_or_else(|| {
        let message =
            format!("'{}' holds {} and cannot be given the {} {value}", field.name, storage.kind(), value.kind());
        Problem::new(Code::WrongKind, message)
    })?;
    check_digits(field, &found)?;
    Ok(found)
}

/// Whether a field takes a value.
#[must_use]
pub fn holds(field: &Field, value: &Data, locale: &Locale) -> bool {
    column(field, &field.storage(), value, locale).is_ok()
}

/// A name or an address as the text that shows it, where its parts have no place; other values as they are.
#[must_use]
pub fn as_shown(value: &Data, locale: &Locale) -> Data {
    let Data::Map(parts) = value else { return value.clone() };
    let parts = parts.iter().map(|(key, part)| {
        (Value::from(key.as_text().unwrap_or_default()), Value::from(operand::text(part, locale).unwrap_or_default()))
    });
    match parts_text(&parts.collect()) {
        Some(Value::Null) => Data::Null,
        Some(text) => text.to_text(locale).into(),
        None => value.clone(),
    }
}

/// The first so many characters.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most
        && let Some((end, _)) = text.char_indices().nth(most)
    {
        text.truncate(end);
    }
    text
}

/// A NUMBER, or what reads as one.
pub(crate) fn whole(value: &Data) -> Option<i64> {
    let digits = operand::digits(value)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    fraction.bytes().all(|b| b == b'0').then(|| whole.parse().ok()).flatten()
}

/// The ID that a value names: of a record, of the first of several, or a number.
pub(crate) fn id(value: &Data) -> Option<i64> {
    match value {
        Data::Records(set) => set.ids.first().copied(),
        Data::List(items) => items.first().and_then(id),
        other => whole(other),
    }
}

/// The values for a field that holds several: a list, the elements of a text that commas part, or one value alone.
pub(crate) fn several(field: &Field, storage: &Storage, value: &Data, locale: &Locale) -> Result<Vec<Sql>, Problem> {
    let split;
    let items: &[Data] = match value {
        Data::Null => &[],
        Data::Text(text) => {
            split = text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(Data::from).collect::<Vec<_>>();
            &split
        }
        Data::Records(set) => {
            split = set.ids.iter().copied().map(Data::Number).collect();
            &split
        }
        other => other.as_list().unwrap_or(std::slice::from_ref(other)),
    };
    let one = if let Storage::Lookups(to) = storage { Storage::Lookup(to.clone()) } else { Storage::Choice };
    let mut found: Vec<Sql> = Vec::new();
    for item in items {
        let value = column(field, &one, item, locale)?;
        if value != Sql::Null && !found.contains(&value) {
            found.push(value);
        }
    }
    Ok(found)
}

fn check_digits(field: &Field, value: &Sql) -> Result<(), Problem> {
    if let (Sql::Text(digits), Storage::Decimal) = (value, field.storage())
        && rainwright_value::parse_decimal(digits).is_none()
    {
        let message = format!("'{}' cannot hold {digits}: it has more digits than a decimal can.", field.name);
        return Err(Problem::new(Code::OutOfRange, message).with_help("A decimal holds 28 digits."));
    }
    let digits = match value {
        Sql::Integer(number) if matches!(field.storage(), Storage::Number) => number.unsigned_abs().to_string().len(),
        Sql::Text(digits) if field.storage() == Storage::Decimal => digits.bytes().filter(u8::is_ascii_digit).count(),
        _ => return Ok(()),
    };
    match field.max {
        Some(most) if digits > most => {
            let message = format!("'{}' has exceeded its maximum digits.", field.name);
            Err(Problem::new(Code::OutOfRange, message).with_help(format!("It may have {most} digits.")))
        }
        _ => Ok(()),
    }
}
