//! Data is the same after it has been through scripts, functions of the host, the pool, and the serialised form.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rainwright::effect::{DataMap, Decimal, File, from_text, to_text};
use rainwright::{AsyncHost, Call, Data, Engine, Inputs, OfflineHost, Outcome, Pool, Problem, Refusal, read_json};

/// A host that is never called.
struct Nothing;

impl AsyncHost for Nothing {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        Err(call.effect.not_supported().into())
    }
}

const DAY: i64 = 86_400_000;

fn any_data() -> impl Strategy<Value = Data> {
    let digits = -10_i128.pow(28) + 1..10_i128.pow(28);
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::from),
        any::<i64>().prop_map(Data::Number),
        (digits, 1..29_u8).prop_map(|(digits, scale)| Decimal::new(digits, scale).into()),
        "\\PC{0,8}".prop_map(Data::Text),
        (-700_000..2_900_000_i64).prop_map(Data::Date),
        (-60_000_000_000_000..250_000_000_000_000_i64).prop_map(|millis| Data::DateTime { millis, offset: 0 }),
        (0..DAY, any::<bool>()).prop_map(|(millis, twelve_hours)| Data::Time { millis, twelve_hours }),
        ("[a-z]{1,5}", any::<Vec<u8>>(), proptest::option::of("[a-z]{1,3}")).prop_map(|(name, bytes, param)| {
            File { name, mime: "text/csv".into(), param, charset: None, bytes: bytes.into() }.into()
        }),
    ];
    leaf.prop_recursive(5, 32, 4, |inner| {
        let key = prop_oneof!["\\PC{0,6}".prop_map(Data::Text), any::<i64>().prop_map(Data::Number)];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Data::List),
            proptest::collection::btree_map("\\PC{0,6}", inner.clone(), 1..4).prop_map(Data::map),
            (key, inner).prop_map(|(key, value)| {
                let mut map = DataMap::new();
                map.push(key, value);
                map.into()
            }),
        ]
    })
}

#[test]
fn everything_crosses_functions_and_the_pool_unchanged() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let echo = move |args: &[Data]| -> Result<Data, Problem> {
        log.lock().unwrap().push(args[0].clone());
        Ok(args[0].clone())
    };
    let script = Engine::new().function("host.echo", echo).compile("a.dg", "return {\"it\":host.echo(x)};").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let (pool, host) = (Pool::with_threads(1).unwrap(), Arc::new(Nothing));
    let mut runner = proptest::test_runner::TestRunner::default();
    let checked = runner.run(&any_data(), |data| {
        let wanted = Data::map([("it", data.clone())]);
        let done = script.run(&mut OfflineHost::new(), Inputs::new().data("x", data.clone()));
        prop_assert_eq!(&script.to_data(&done.result.unwrap()).unwrap(), &wanted);
        let answer = runtime.block_on(pool.run(&script, Arc::clone(&host), Inputs::new().data("x", data.clone())));
        let result = answer.result.unwrap();
        prop_assert_eq!(&result, &wanted);
        prop_assert_eq!(&from_text::<Data>(&to_text(&result).unwrap()).unwrap(), &wanted);
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        prop_assert_eq!(seen, [data.clone(), data]);
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn the_results_of_typed_functions_keep_their_digits() {
    let engine = Engine::new()
        .typed_function("host.less", |(less,): (u64,)| Ok(u64::MAX - less))
        .typed_function("host.price", |(text,): (String,)| Ok((text.parse::<f64>().unwrap(), text)));
    let run = |source: &str| {
        let done = engine.compile("a.dg", source).unwrap().run(&mut OfflineHost::new(), Inputs::new());
        done.result.unwrap().to_string()
    };
    assert_eq!(run("return host.less(5);"), "18446744073709551610");
    assert_eq!(run("return host.price(\"0.1\");"), "0.1,0.1");
    assert_eq!(read_json("12345678901234567890.50").unwrap().to_string(), "12345678901234567890.50");
}
