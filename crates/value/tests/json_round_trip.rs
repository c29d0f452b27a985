//! What is written as JSON reads back the same, and another reader agrees with ours.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use rainwright_value::{Locale, Map, Value, from_f64, parse_decimal, read_json, same};

/// Values that look random and are the same every time.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn text(&mut self) -> String {
        let length = self.below(12);
        (0..length).filter_map(|_| char::from_u32(self.below(0x1_1000) as u32)).collect()
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => (self.below(2) == 0).into(),
            2 => Value::Number((self.below(u64::MAX >> 33) as i64 - 500_000) * 7919),
            3 => parse_decimal(&format!("-{}.{:03}", self.below(100_000), self.below(1000))).unwrap(),
            4 => from_f64(self.below(1000) as f64 / 7.0),
            5 => Value::from(self.text()),
            6 => (0..self.below(6)).map(|_| self.value(depth - 1)).collect::<Vec<_>>().into(),
            _ => (0..self.below(6)).map(|_| (Value::from(self.text()), self.value(depth - 1))).collect::<Map>().into(),
        }
    }
}

#[test]
fn what_is_written_reads_back_the_same() {
    let mut random = Sequence(3);
    for _ in 0..5000 {
        let value = random.value(4);
        let text = value.to_json(&Locale::default());
        let back = read_json(&text, false).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(same(&value, &back), "{text}");
        assert_eq!(back.to_json(&Locale::default()), text);
        let lenient = read_json(&text, true).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(same(&value, &lenient), "{text}");
    }
}

#[test]
fn serde_json_reads_what_is_written() {
    let mut random = Sequence(5);
    for _ in 0..2000 {
        let text = random.value(4).to_json(&Locale::default());
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
        // Their writer prints numbers its own way; texts, keys and shape must be the same after our reader saw them.
        let again = read_json(&theirs.to_string(), false).unwrap();
        assert_eq!(shape(&again), shape(&read_json(&text, false).unwrap()), "{text}");
    }
}

/// A value's printed form with every number as `#`.
fn shape(value: &Value) -> String {
    match value {
        Value::Number(_) | Value::Small(_) | Value::Big(_) | Value::Float(_) => "#".into(),
        Value::List(list) => format!("[{}]", list.items().iter().map(shape).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let map = map.borrow();
            let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", shape(v))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        other => other.to_string(),
    }
}
