//! Values to data and back: the one place where they cross the border of a run.

mod room;

use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, DataMap, Decimal, File, MAX_DEPTH, Part, RecordSet};
use rainwright_value::{
    Collection, DAY, Entries, FileValue, Kind, List, Locale, Map, MapCell, Records, Result, Row, Value, budget,
    max_printed, parse_decimal,
};

/// A value as data. Places that share a list or map get a copy each; dates keep the offset of the run's zone.
///
/// # Errors
/// [`Code::LimitReached`] for a value that is nested deeper than [`MAX_DEPTH`], holds itself, or takes more room as data
/// than a run may print.
pub fn to_data(value: &Value, locale: &Locale) -> Result<Data> {
    to_data_within(value, locale, max_printed())
}

/// As [`to_data`], for data that may take so many bytes.
///
/// # Errors
/// As [`to_data`].
pub fn to_data_within(value: &Value, locale: &Locale, most: usize) -> Result<Data> {
    let most = most.min(max_printed());
    Exporter { locale, whole: value, most, room: most, depth: 0, parts: 0 }.data(value)
}

/// A JSON text as data; numbers keep every digit.
///
/// # Errors
/// [`Code::CannotParse`] with the place for a text that is no JSON; as [`to_data`].
pub fn json_data(json: &str) -> std::result::Result<Data, Problem> {
    let data = rainwright_value::read_json(json, false).and_then(|value| to_data(&value, &Locale::default()));
    data.map_err(|problem| *problem)
}

/// After so many parts it is found out whether the whole value fits: one that does not takes as long to be thrown away.
const MANY: usize = 1 << 16;

struct Exporter<'v> {
    locale: &'v Locale,
    whole: &'v Value,
    most: usize,
    room: usize,
    depth: usize,
    parts: usize,
}

impl Exporter<'_> {
    fn data(&mut self, value: &Value) -> Result<Data> {
        self.parts += 1;
        if self.parts == MANY && room::needed(self.whole)? > self.most {
            return Err(too_large());
        }
        self.take(size_of::<Data>())?;
        budget::charge(1)?;
        Ok(match value {
            Value::Null => Data::Null,
            Value::Bool(flag) => Data::Bool(flag.get()),
            Value::Number(number) => Data::Number(*number),
            Value::Small(small) => Data::Decimal(Decimal::new(small.mantissa().into(), small.scale() as u8)),
            Value::Big(decimal) => Data::Decimal(Decimal::new(decimal.mantissa(), decimal.scale() as u8)),
            Value::Float(float) => Data::Float(float.get()),
            Value::Text(text) => {
                self.take(text.as_str().len())?;
                budget::charge_bytes(text.as_str().len())?;
                Data::Text(text.as_str().to_owned())
            }
            Value::Date(millis) => Data::Date(self.locale.zone.to_local(*millis).div_euclid(DAY)),
            Value::DateTime(millis) => {
                Data::DateTime { millis: *millis, offset: (self.locale.zone.offset(*millis) / 1000) as i32 }
            }
            Value::Time(packed) => Data::Time { millis: packed >> 1, twelve_hours: packed & 1 == 1 },
            Value::File(file) => Data::File(Box::new(file_data(file))),
            Value::List(list) => {
                let items = self.items(&list.items())?;
                match list.element() {
                    Some(kind) => Data::TypedList(kind.name().to_owned(), items),
                    None => Data::List(items),
                }
            }
            Value::Map(map) if map.is_error() => Data::Error(self.map(&map.borrow())?),
            Value::Map(map) => Data::Map(self.map(&map.borrow())?),
            Value::Collection(collection) => Data::Collection(Box::new(match &*collection.entries() {
                Entries::Undecided => Data::Null,
                Entries::Row(row) => Data::List(self.items(row)?),
                Entries::Keyed(map) => Data::Map(self.map(map)?),
            })),
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => self.data(decided)?,
                None => Data::Braces,
            },
            Value::Records(records) => {
                let ids = records.ids().to_vec();
                self.take(ids.len() * size_of::<i64>())?;
                Data::Records(Box::new(RecordSet { form: records.form().to_string(), ids, ..RecordSet::default() }))
            }
            Value::Record(row) => {
                let (form, ids) = (row.form().to_string(), vec![row.id()]);
                Data::Records(Box::new(RecordSet { form, single: true, ids, rows: Vec::new() }))
            }
        })
    }

    fn items(&mut self, items: &[Value]) -> Result<Vec<Data>> {
        self.nested(|exporter| items.iter().map(|item| exporter.data(item)).collect())
    }

    fn map(&mut self, map: &Map) -> Result<DataMap> {
        self.nested(|exporter| {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.iter() {
                entries.push((exporter.data(key)?, exporter.data(value)?));
            }
            Ok(entries.into())
        })
    }

    fn nested<T>(&mut self, walk: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            let message = format!("The value is nested more than {MAX_DEPTH} deep and cannot leave the script.");
            return Err(limit(message, "Nest it less deeply, or check whether a list or map holds itself."));
        }
        self.depth += 1;
        let walked = walk(self);
        self.depth -= 1;
        walked
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        match self.room.checked_sub(bytes) {
            Some(left) => {
                self.room = left;
                Ok(())
            }
            None => Err(too_large()),
        }
    }
}

#[cold]
fn too_large() -> Box<Problem> {
    limit("The value is too large to leave the script.".into(), "Hand on less at once.")
}

fn limit(message: String, help: &str) -> Box<Problem> {
    Box::new(Problem::new(Code::LimitReached, message).with_help(help))
}

/// A file with its bytes shared.
#[must_use]
pub fn file_data(file: &FileValue) -> File {
    File {
        name: file.name(),
        mime: file.mime(),
        param: file.param(),
        charset: file.charset(),
        bytes: file.bytes().clone(),
    }
}

/// Data as a value. A date becomes midnight of its day in the zone of `locale`.
#[must_use]
pub fn from_data(data: Data, locale: &Locale) -> Value {
    match data {
        Data::Null => Value::Null,
        Data::Bool(flag) => flag.into(),
        Data::Number(number) => number.into(),
        // Beyond the 28 digits of a script's decimals the nearest float is taken, as when JSON is read.
        Data::Decimal(decimal) => {
            let text = decimal.to_string();
            parse_decimal(&text).unwrap_or_else(|| Value::Float(text.parse().unwrap_or(f64::NAN).into()))
        }
        Data::Float(float) => Value::Float(float.into()),
        Data::Text(text) => text.into(),
        Data::Date(days) => Value::Date(locale.zone.to_instant(days.saturating_mul(DAY))),
        Data::DateTime { millis, .. } => Value::DateTime(millis),
        Data::Time { millis, twelve_hours } => Value::Time((millis.rem_euclid(DAY) << 1) | i64::from(twelve_hours)),
        Data::File(file) => {
            let File { name, mime, param, charset, bytes } = *file;
            let value = FileValue::new(name, mime, bytes);
            if let Some(param) = param {
                value.set_param(param);
            }
            if let Some(charset) = charset {
                value.set_charset(charset);
            }
            value.into()
        }
        Data::List(items) => values(items, locale).into(),
        Data::TypedList(kind, items) => match Kind::ALL.iter().find(|known| known.name() == kind) {
            Some(kind) => {
                let list = Rc::new(List::typed(*kind));
                list.items_mut().extend(values(items, locale));
                Value::List(list)
            }
            None => values(items, locale).into(),
        },
        Data::Map(map) => map_value(map, locale).into(),
        Data::Error(map) => Value::Map(Rc::new(MapCell::error(map_value(map, locale)))),
        Data::Collection(inner) => {
            let collection = Rc::<Collection>::default();
            match *inner {
                Data::List(items) | Data::TypedList(_, items) => {
                    *collection.entries_mut() = Entries::Row(values(items, locale));
                }
                Data::Map(map) | Data::Error(map) => {
                    *collection.entries_mut() = Entries::Keyed(map_value(map, locale));
                }
                _ => {}
            }
            Value::Collection(collection)
        }
        Data::Braces => Value::Braces(Rc::default()),
        Data::Records(set) => {
            let form: Rc<str> = set.form.as_str().into();
            match (set.single, set.ids.first()) {
                (true, None) => Value::Null,
                (true, Some(id)) => Value::Record(Rc::new(Row::new(form, *id))),
                (false, _) => Value::Records(Rc::new(Records::new(form, set.ids, None))),
            }
        }
    }
}

fn values(items: Vec<Data>, locale: &Locale) -> Vec<Value> {
    items.into_iter().map(|item| from_data(item, locale)).collect()
}

fn map_value(map: DataMap, locale: &Locale) -> Map {
    map.into_iter().map(|(key, value)| (from_data(key, locale), from_data(value, locale))).collect()
}

/// Parts of a request as data: a list of files, each under the name of its parameter.
pub(crate) fn parts_data(parts: Vec<Part>) -> Data {
    Data::List(
        parts
            .into_iter()
            .map(|part| {
                File {
                    name: part.file_name.unwrap_or_else(|| part.name.clone()),
                    mime: part.content_type.unwrap_or_default(),
                    param: Some(part.name),
                    charset: None,
                    bytes: part.bytes,
                }
                .into()
            })
            .collect(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use rainwright_effect::{from_text, to_text};
    use rainwright_value::{Zone, read_json};

    use super::*;

    fn kolkata() -> Locale {
        Locale::default().with_zone(Zone::named("Asia/Kolkata").unwrap())
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            Just(Value::Braces(Rc::default())),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "-?[0-9]{1,14}\\.[0-9]{0,14}".prop_filter_map("more than 28 digits", |text| parse_decimal(&text)),
            (-1e300..1e300_f64).prop_map(|float| Value::Float(float.into())),
            "\\PC{0,8}".prop_map(Value::from),
            (-700_000..2_900_000_i64).prop_map(|days| Value::Date(kolkata().zone.to_instant(days * DAY))),
            (-60_000_000_000_000..250_000_000_000_000_i64).prop_map(Value::DateTime),
            (0..DAY, any::<bool>()).prop_map(|(millis, pm)| Value::Time((millis << 1) | i64::from(pm))),
            ("[a-z]{1,5}", any::<Vec<u8>>(), any::<bool>()).prop_map(|(name, bytes, named)| {
                let file = FileValue::new(name, "text/csv", bytes);
                if named {
                    file.set_param("upload");
                }
                file.into()
            }),
        ];
        leaf.prop_recursive(5, 48, 5, |inner| {
            let map = proptest::collection::vec((inner.clone(), inner.clone()), 0..5);
            let map = map.prop_map(|entries| entries.into_iter().collect::<Map>());
            let row = proptest::collection::vec(inner, 0..5);
            prop_oneof![
                row.clone().prop_map(Value::from),
                map.clone().prop_map(Value::from),
                row.prop_map(|items| {
                    let list = Rc::new(List::typed(Kind::Text));
                    list.items_mut().extend(items);
                    Value::List(list)
                }),
                map.clone().prop_map(|map| Value::Map(Rc::new(MapCell::error(map)))),
                map.prop_map(|map| {
                    let collection = Rc::<Collection>::default();
                    *collection.entries_mut() = Entries::Keyed(map);
                    Value::Collection(collection)
                }),
            ]
        })
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "-?[1-9][0-9]{0,13}\\.[0-9]{1,14}".prop_filter_map("more than 28 digits", |text| parse_decimal(&text)),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 48, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec(("\\PC{0,6}", inner), 0..5).prop_map(|entries| entries
                    .into_iter()
                    .map(|(k, v)| (Value::from(k), v))
                    .collect::<Map>()
                    .into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_comes_back_from_the_serialised_form(value in any_value()) {
            let data = to_data(&value, &kolkata()).unwrap();
            let back = from_data(from_text(&to_text(&data).unwrap()).unwrap(), &kolkata());
            // Data tells every kind and digit apart, so that equal data means the same value.
            prop_assert_eq!(to_data(&back, &kolkata()).unwrap(), data);
            prop_assert_eq!(back.to_text(&kolkata()), value.to_text(&kolkata()));
            prop_assert_eq!(back.kind(), value.kind());
        }

        #[test]
        fn what_json_can_say_comes_back_from_plain_json(value in any_json()) {
            let data = to_data(&value, &Locale::default()).unwrap();
            let back = read_json(&data.to_json(), false).unwrap();
            prop_assert_eq!(to_data(&back, &Locale::default()).unwrap(), data);
        }
    }

    #[test]
    fn values_that_cannot_leave_say_so() {
        let list = Rc::new(List::default());
        list.push(Value::List(Rc::clone(&list)));
        let problem = to_data(&Value::List(list), &Locale::default()).unwrap_err();
        assert_eq!(problem.code, Code::LimitReached);

        let mut nested = Value::from(1);
        for _ in 0..MAX_DEPTH {
            nested = vec![nested].into();
        }
        let data = to_data(&nested, &Locale::default()).unwrap();
        assert_eq!(data.to_json(), format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)));
        assert!(to_data(&vec![nested].into(), &Locale::default()).is_err());
    }
}
