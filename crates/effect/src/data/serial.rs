//! The form of data in journals: JSON that keeps every kind.
//!
//! What JSON has is written as such: null, booleans, whole numbers, texts, lists, and maps of text keys. Everything else is
//! an object with one key that begins with `$`:
//!
//! ```text
//! {"$decimal":"15.50"}   {"$float":"0.1"}   {"$date":20484}   {"$datetime":[1738297800000,19800]}   {"$time":[3661000,true]}
//! {"$file":{"name":"a.csv","bytes":"MSwy"}}   {"$list":["NUMBER",[1,2]]}   {"$collection":[1,2]}   {"$braces":true}
//! {"$records":{"form":"Claim","ids":[1]}}
//! {"$error":{"message":"…"}}   {"$map":[[1,"one"],["$x","a key that is no text, or begins with $"]]}
//! ```

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Data, DataMap, Decimal, File};

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Data::Null => out.serialize_unit(),
            Data::Bool(flag) => out.serialize_bool(*flag),
            Data::Number(number) => out.serialize_i64(*number),
            Data::Decimal(decimal) => tagged(out, "$decimal", &decimal.to_string()),
            // The shortest text that reads back as the same number; JSON has no infinities.
            Data::Float(float) => tagged(out, "$float", &float.to_string()),
            Data::Text(text) => out.serialize_str(text),
            Data::Date(days) => tagged(out, "$date", days),
            Data::DateTime { millis, offset } => tagged(out, "$datetime", &(millis, offset)),
            Data::Time { millis, twelve_hours } => tagged(out, "$time", &(millis, twelve_hours)),
            Data::File(file) => tagged(out, "$file", file),
            Data::List(items) => sequence(out, items),
            Data::TypedList(kind, items) => tagged(out, "$list", &(kind, items)),
            Data::Map(map) => map.serialize(out),
            Data::Error(map) => tagged(out, "$error", map),
            Data::Collection(inner) => tagged(out, "$collection", inner),
            Data::Braces => tagged(out, "$braces", &true),
            Data::Records(set) => tagged(out, "$records", &**set),
        }
    }
}

fn tagged<S: Serializer>(out: S, tag: &'static str, value: &(impl Serialize + ?Sized)) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

fn sequence<S: Serializer>(out: S, items: &[Data]) -> Result<S::Ok, S::Error> {
    let mut list = out.serialize_seq(Some(items.len()))?;
    for item in items {
        list.serialize_element(item)?;
    }
    list.end()
}

impl Serialize for DataMap {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let plain = |key: &Data| matches!(key, Data::Text(text) if !text.starts_with('$'));
        if !self.iter().all(|(key, _)| plain(key)) {
            let entries: Vec<(&Data, &Data)> = self.iter().collect();
            return tagged(out, "$map", &entries);
        }
        let mut map = out.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key.as_text().unwrap_or_default(), value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for DataMap {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Data::deserialize(input)? {
            Data::Map(map) => Ok(map),
            other => Err(D::Error::custom(format!("a map was expected, found {}", other.kind()))),
        }
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data")
    }

    fn visit_unit<E: Error>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Data, E> {
        Ok(Data::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Data, E> {
        Ok(Data::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Data, E> {
        match i64::try_from(number) {
            Ok(number) => Ok(Data::Number(number)),
            Err(_) => Ok(Data::Decimal(Decimal::new(number.into(), 0))),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Data, E> {
        Ok(Data::Float(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Data, E> {
        Ok(Data::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Data, E> {
        Ok(Data::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut entries = DataMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.is_empty() && key.starts_with('$') {
                let data = untagged(&key, &mut map)?;
                return match map.next_key::<String>()? {
                    None => Ok(data),
                    Some(more) => Err(A::Error::custom(format!("the key `{more}` after `{key}`"))),
                };
            }
            entries.push(Data::Text(key), map.next_value()?);
        }
        Ok(Data::Map(entries))
    }
}

fn untagged<'de, A: MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Data, A::Error> {
    Ok(match tag {
        "$decimal" => {
            let text: String = map.next_value()?;
            Data::Decimal(text.parse().map_err(A::Error::custom)?)
        }
        "$float" => {
            let text: String = map.next_value()?;
            Data::Float(text.parse().map_err(A::Error::custom)?)
        }
        "$date" => Data::Date(map.next_value()?),
        "$datetime" => {
            let (millis, offset) = map.next_value()?;
            Data::DateTime { millis, offset }
        }
        "$time" => {
            let (millis, twelve_hours) = map.next_value()?;
            Data::Time { millis, twelve_hours }
        }
        "$file" => {
            let file: File = map.next_value()?;
            file.into()
        }
        "$list" => {
            let (kind, items) = map.next_value()?;
            Data::TypedList(kind, items)
        }
        "$error" => Data::Error(map.next_value()?),
        "$collection" => Data::Collection(Box::new(map.next_value()?)),
        "$braces" => {
            let _: bool = map.next_value()?;
            Data::Braces
        }
        "$records" => Data::Records(Box::new(map.next_value()?)),
        "$map" => Data::Map(DataMap::from(map.next_value::<Vec<_>>()?)),
        other => return Err(A::Error::custom(format!("`{other}` is not a kind of data"))),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MAX_DEPTH, from_text, to_text};

    fn any_data() -> impl Strategy<Value = Data> {
        let text = "[$a-zü\\\\\"\u{0}-\u{1f}]{0,6}";
        let leaf = prop_oneof![
            Just(Data::Null),
            Just(Data::Braces),
            any::<bool>().prop_map(Data::Bool),
            any::<i64>().prop_map(Data::Number),
            (any::<i64>(), 0..29_u8).prop_map(|(m, s)| Data::Decimal(Decimal::new(m.into(), s))),
            any::<f64>().prop_filter("has no value equal to itself", |f| !f.is_nan()).prop_map(Data::Float),
            text.prop_map(Data::Text),
            any::<i64>().prop_map(Data::Date),
            (any::<i64>(), any::<i32>()).prop_map(|(millis, offset)| Data::DateTime { millis, offset }),
            (0..86_400_000_i64, any::<bool>()).prop_map(|(millis, twelve_hours)| Data::Time { millis, twelve_hours }),
            (text, proptest::collection::vec(any::<i64>(), 0..3), any::<bool>()).prop_map(|(form, ids, single)| {
                let rows = ids.iter().map(|id| Data::map([("ID", *id)])).collect();
                Data::Records(Box::new(crate::RecordSet { form, single, ids, rows }))
            }),
            (text, any::<Vec<u8>>(), proptest::option::of(text)).prop_map(|(name, bytes, param)| {
                File { name, mime: "text/plain".into(), param, charset: None, bytes: bytes.into() }.into()
            }),
        ];
        leaf.prop_recursive(6, 64, 5, move |inner| {
            let map = proptest::collection::vec((inner.clone(), inner.clone()), 0..5).prop_map(DataMap::from);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Data::List),
                proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| Data::TypedList("TEXT".into(), items)),
                map.clone().prop_map(Data::Map),
                map.prop_map(Data::Error),
                inner.prop_map(|data| Data::Collection(Box::new(data))),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_is_lost(data in any_data()) {
            let text = to_text(&data).unwrap();
            prop_assert_eq!(from_text::<Data>(&text).unwrap(), data);
        }
    }

    #[test]
    fn the_deepest_data_survives_and_deeper_text_is_refused() {
        let mut data = Data::from("core");
        for level in 0..MAX_DEPTH {
            data = if level % 2 == 0 {
                Data::Map(DataMap::from(vec![(Data::Number(1), data)]))
            } else {
                Data::TypedList("ANY".into(), vec![data])
            };
        }
        let text = to_text(&data).unwrap();
        assert_eq!(from_text::<Data>(&text).unwrap(), data);
        let bomb = "[".repeat(1_000_000);
        assert!(from_text::<Data>(&bomb).unwrap_err().message.contains("too deeply"));
    }

    #[test]
    fn what_is_no_data_is_refused() {
        for text in [r#"{"$new":1}"#, r#"{"$date":"x"}"#, r#"{"$date":1,"b":2}"#, r#"{"$decimal":"1e5"}"#, "[1", "1 2"]
        {
            assert!(from_text::<Data>(text).is_err(), "{text}");
        }
    }
}
