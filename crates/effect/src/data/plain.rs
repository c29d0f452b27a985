//! Data as plain JSON for people and other programs: every digit kept, dates as ISO 8601 texts, files by their names.

use std::fmt::Write;

use super::{Data, DataMap};

impl Data {
    /// The data as JSON without spaces. A key that is no text is written as its own plain form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    /// The data as JSON with a line for each element, indented by two spaces; every digit is kept.
    #[must_use]
    pub fn to_json_indented(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// Appends the data as JSON without spaces.
    pub fn write_json(&self, out: &mut String) {
        self.write(out, None);
    }

    /// `depth` counts the containers around the data, where lines are indented.
    fn write(&self, out: &mut String, depth: Option<usize>) {
        // Writing to memory cannot fail.
        let _ = match self {
            Data::Null => write!(out, "null"),
            Data::Bool(flag) => write!(out, "{flag}"),
            Data::Number(number) => write!(out, "{number}"),
            Data::Decimal(decimal) => write!(out, "{decimal}"),
            Data::Float(float) if float.is_finite() => write!(out, "{float:?}"),
            Data::Float(_) => write!(out, "null"),
            Data::Text(text) => {
                write_quoted(text, out);
                Ok(())
            }
            Data::Date(_) | Data::DateTime { .. } | Data::Time { .. } => write!(out, "\"{}\"", self.iso()),
            Data::File(file) => {
                write_quoted(&file.name, out);
                Ok(())
            }
            Data::List(items) | Data::TypedList(_, items) => {
                out.push('[');
                let inner = depth.map(|depth| depth + 1);
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    break_line(inner, out);
                    item.write(out, inner);
                }
                if !items.is_empty() {
                    break_line(depth, out);
                }
                out.push(']');
                Ok(())
            }
            Data::Map(map) | Data::Error(map) => {
                write_map(map, out, depth);
                Ok(())
            }
            Data::Collection(inner) if inner.is_null() => write!(out, "{{}}"),
            Data::Collection(inner) => {
                inner.write(out, depth);
                Ok(())
            }
            Data::Braces => write!(out, "{{}}"),
            Data::Records(set) if set.single => match set.ids.first() {
                Some(id) => write!(out, "{id}"),
                None => write!(out, "null"),
            },
            Data::Records(set) => write!(out, "{:?}", set.ids),
        };
    }

    /// A date or time as ISO 8601 has it; empty for other kinds.
    #[must_use]
    pub fn iso(&self) -> String {
        match self {
            Data::Date(days) => date(*days),
            Data::DateTime { millis, offset } => {
                let local = millis.saturating_add(i64::from(*offset) * 1000);
                let (days, rest) = (local.div_euclid(DAY), local.rem_euclid(DAY));
                let sign = if *offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs() / 60;
                let zone =
                    if minutes == 0 { "Z".into() } else { format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60) };
                format!("{}T{}{zone}", date(days), clock(rest))
            }
            Data::Time { millis, .. } => clock(*millis),
            _ => String::new(),
        }
    }
}

const DAY: i64 = 86_400_000;

fn break_line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

fn write_map(map: &DataMap, out: &mut String, depth: Option<usize>) {
    out.push('{');
    let inner = depth.map(|depth| depth + 1);
    for (i, (key, value)) in map.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        break_line(inner, out);
        match key {
            Data::Text(text) => write_quoted(text, out),
            Data::Date(_) | Data::DateTime { .. } | Data::Time { .. } => write_quoted(&key.iso(), out),
            Data::File(file) => write_quoted(&file.name, out),
            other => write_quoted(&other.to_json(), out),
        }
        out.push_str(if inner.is_some() { ": " } else { ":" });
        value.write(out, inner);
    }
    if !map.is_empty() {
        break_line(depth, out);
    }
    out.push('}');
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// `HH:mm:ss`, with milliseconds where there are some.
fn clock(millis: i64) -> String {
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { whole } else { format!("{whole}.{fraction:03}") }
}

/// `yyyy-MM-dd` of a day since 1970-01-01; the number itself beyond the years that the calendar library knows.
fn date(days: i64) -> String {
    let date = jiff::Span::new().try_days(days).and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span));
    date.map_or_else(|_| days.to_string(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decimal, File};

    #[test]
    fn indented_json_keeps_every_digit() {
        let data = Data::map([
            ("price", Data::Decimal(Decimal::new(1550, 2))),
            ("rows", Data::List(vec![Data::Number(1), Data::map([("a", Data::Null)])])),
            ("none", Data::List(Vec::new())),
            ("empty", Data::Map(DataMap::new())),
        ]);
        let expected = "{\n  \"price\": 15.50,\n  \"rows\": [\n    1,\n    {\n      \"a\": null\n    }\n  ],\n  \"none\": [],\n  \"empty\": {}\n}";
        assert_eq!(data.to_json_indented(), expected);
    }

    #[test]
    fn everything_prints_as_json() {
        let data = Data::map([
            ("price", Data::Decimal(Decimal::new(1550, 2))),
            ("many", Data::Decimal(Decimal::new(12_345_678_901_234_567_890, 10))),
            ("text", Data::from("a\"b\\\n\u{1}ü")),
            ("day", Data::Date(20_484)),
            ("before", Data::Date(-1)),
            ("at", Data::DateTime { millis: 1_738_297_800_250, offset: 19_800 }),
            ("utc", Data::DateTime { millis: 0, offset: 0 }),
            ("west", Data::DateTime { millis: 0, offset: -12_600 }),
            ("time", Data::Time { millis: 3_661_000, twelve_hours: true }),
            ("file", File { name: "a.csv".into(), ..File::default() }.into()),
            ("list", Data::TypedList("NUMBER".into(), vec![1.into(), Data::Null, true.into()])),
            ("braces", Data::Braces),
            ("rows", Data::Collection(Box::new(Data::List(vec![Data::Float(3.0)])))),
        ]);
        assert_eq!(
            data.to_json(),
            concat!(
                r#"{"price":15.50,"many":1234567890.1234567890,"text":"a\"b\\\n\u0001ü","day":"2026-01-31","#,
                r#""before":"1969-12-31","at":"2025-01-31T10:00:00.250+05:30","utc":"1970-01-01T00:00:00Z","#,
                r#""west":"1969-12-31T20:30:00-03:30","time":"01:01:01","file":"a.csv","list":[1,null,true],"#,
                r#""braces":{},"rows":[3.0]}"#
            )
        );
    }
}
