//! Walks all functions: their rows are complete, and no call of them panics, however wrong it is.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;

use rainwright_builtins::{Builtin, Call, Context, builtins, method};
use rainwright_diagnostic::Problem;
use rainwright_effect::{Effect, Host, Outcome, Refusal};
use rainwright_value::{Collection, FileValue, Kind, Map, Value, parse_decimal};

/// Knows the time and some random bits, and nothing else.
struct Quiet;

impl Host for Quiet {
    fn perform(&mut self, call: rainwright_effect::Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Now => Ok(Outcome::Instant { millis: 1_738_317_600_000 }),
            Effect::Random => Ok(Outcome::Bits { bits: 0x9E37_79B9_7F4A_7C15 }),
            Effect::Info { .. } => Ok(Outcome::Done),
            other => Err(other.not_supported().into()),
        }
    }
}

/// One or more values of every kind, the ends of their ranges among them.
fn samples() -> Vec<Value> {
    let mut map = Map::default();
    map.insert_text("a", 1);
    let mut samples = vec![
        Value::Null,
        true.into(),
        Value::Number(0),
        Value::Number(-1),
        Value::Number(i64::MAX),
        Value::Number(i64::MIN),
        parse_decimal("2.50").unwrap(),
        parse_decimal("-79228162514264337593543950335").unwrap(),
        Value::Float(f64::INFINITY.into()),
        Value::Float(f64::NAN.into()),
        Value::Float((-1e300).into()),
        Value::Date(1_580_515_200_000),
        Value::DateTime(253_402_300_799_000),
        Value::Time(2 * 3_600_000 + 1),
        Value::from(Vec::new()),
        Value::from(vec![Value::from(1), Value::from("x"), Value::Null]),
        Value::from(Map::default()),
        Value::from(map),
        Value::from(Collection::default()),
        Value::from(FileValue::new("a.txt", "text/plain", b"a,b\n1,2".to_vec())),
    ];
    for text in [
        "",
        " ",
        "a,b,c",
        "12.5",
        "é😀",
        "{\"a\":[1]}",
        "[1,2]",
        "[",
        "(",
        "$1\\",
        "<a b='c'>d</a>",
        "31-Jan-2025",
        "yyyy-MM-dd",
        "#,##0.00",
        "99999999999999999999999999999999",
    ] {
        samples.push(Value::from(text));
    }
    samples
}

fn call(row: &'static Builtin, mut args: Vec<Value>) -> Result<Value, Box<Problem>> {
    let mut host = Quiet;
    let mut cx = Context::new(&mut host);
    cx.longest_text = 1 << 20;
    row.apply(&mut Call {
        name: row.name,
        params: row.params,
        has_receiver: row.has_receiver(),
        args: &mut args,
        cx: &mut cx,
    })
}

/// Calls a function and looks at what it says when it refuses.
fn try_call(row: &'static Builtin, args: Vec<Value>) {
    if let Err(problem) = call(row, args) {
        assert!(!problem.message.is_empty(), "{}: an empty message", row.name);
        assert!(!problem.help().is_empty(), "{}: no help", row.name);
    }
}

#[test]
fn rows_are_complete() {
    for row in builtins() {
        let name = row.name;
        assert!(row.doc.ends_with('.'), "{name}: the doc ends with a period");
        assert!(row.edge.is_empty() || row.edge.ends_with('.'), "{name}: the edges end with a period");
        assert!(!row.examples.is_empty(), "{name}: an example");
        for param in row.params {
            assert!(param.doc.ends_with('.'), "{name}: {} ends with a period", param.name);
        }
        for spelling in std::iter::once(&name).chain(row.aliases) {
            assert!(method(spelling).is_some(), "{spelling} is found");
        }
        let required = row.params.iter().rposition(|p| !p.optional);
        let optional = row.params.iter().position(|p| p.optional);
        assert!(required.is_none_or(|r| optional.is_none_or(|o| r < o)), "{name}: optional parameters come last");
    }
}

#[test]
fn each_name_stands_once_for_a_kind() {
    let mut seen: HashMap<(String, Option<Kind>), &str> = HashMap::new();
    for row in builtins() {
        let mut names: Vec<String> =
            std::iter::once(&row.name).chain(row.aliases).map(|n| n.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let kinds: Vec<Option<Kind>> =
                if row.has_receiver() { row.on.iter().map(Some).collect() } else { vec![None] };
            for kind in kinds {
                let before = seen.insert((name.clone(), kind), row.name);
                assert!(before.is_none(), "{name} on {kind:?}: both {before:?} and {}", row.name);
            }
        }
    }
}

#[test]
fn a_row_is_the_same_function_as_itself_alone() {
    for (at, row) in builtins().enumerate() {
        let same: Vec<usize> = builtins().enumerate().filter(|(_, other)| other.is(row)).map(|(at, _)| at).collect();
        assert_eq!(same, [at], "{}", row.name);
    }
}

#[test]
fn no_arguments_make_a_function_panic() {
    let samples = samples();
    let mut panicked = Vec::new();
    for row in builtins() {
        let first = usize::from(row.has_receiver());
        let receivers: &[Value] = if row.has_receiver() { &samples } else { &samples[..1] };
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for receiver in receivers {
                for sample in &samples {
                    let mut args = vec![sample.clone(); first + row.params.len()];
                    if row.has_receiver() {
                        args[0] = receiver.clone();
                    }
                    let least = first + row.params.iter().filter(|p| !p.optional).count();
                    try_call(row, args[..least].to_vec());
                    try_call(row, args.clone());
                    // A plausible first argument lets the later ones be looked at.
                    if row.params.len() > 1 {
                        args[first] = Value::from(2);
                        try_call(row, args.clone());
                        args[first] = Value::from("a");
                        try_call(row, args);
                    }
                }
            }
        }));
        if ran.is_err() {
            panicked.push(row.name);
        }
    }
    assert!(panicked.is_empty(), "these panic: {panicked:?}");
}

#[test]
fn large_texts_end_at_a_limit() {
    let large = Value::from("a, ".repeat(300_000));
    for row in builtins().filter(|row| row.on.has(Kind::Text)) {
        for argument in [Value::from(" "), Value::from(""), Value::Number(i64::MAX)] {
            let mut args = vec![argument; row.params.iter().filter(|p| !p.optional).count()];
            args.insert(0, large.clone());
            match call(row, args) {
                Ok(Value::Text(text)) => assert!(text.as_str().len() <= 2 << 20, "{}: too long", row.name),
                Ok(_) => {}
                Err(problem) => assert!(problem.message.len() < 1000, "{}: a short message", row.name),
            }
        }
    }
}
