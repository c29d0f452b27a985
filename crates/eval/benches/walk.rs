//! How fast the walk is, on what scripts do all day. Run it before and after a change of `Value`, of a frame or of a step.
//!
//! The layout of a value does not show in its size: `loop` and `calls` get 1.5 to 4 times slower when the tag loses its
//! full word.
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use rainwright_effect::{Call, Host, Outcome, Refusal};
use rainwright_eval::{CompileOptions, Module, Run, lower, run};

const SCRIPTS: &[(&str, &str)] = &[
    ("loop", "i = 0; total = 0; while(i < 10000) { total = total + (i * i) % 7; i = i + 1; } return total;"),
    ("calls", "int fib(int n) { if(n < 2) { return n; } return fib(n - 1) + fib(n - 2); } return fib(15);"),
    ("text", "s = \"\"; for each index i in {1,2,3,4,5,6,7,8,9,10} { s = s + i + \";\"; } return s;"),
    (
        "maps",
        "m = Map(); i = 0; while(i < 1000) { m.put(\"k\" + i % 50,i); i = i + 1; } \
         sum = 0; for each k in m.keys() { sum = sum + m.get(k); } return sum;",
    ),
    ("decimals", "t = 0.0; i = 1; while(i < 1000) { t = t + (i * 0.937).round(2); i = i + 1; } return t;"),
];

/// A host that has nothing to do.
struct Silent;

impl Host for Silent {
    fn perform(&mut self, _: Call) -> Result<Outcome, Refusal> {
        Ok(Outcome::Done)
    }
}

fn walk(criterion: &mut Criterion) {
    for (name, source) in SCRIPTS {
        let parsed = rainwright_syntax::parse(source);
        let program = lower(&[Module::new(source, &parsed.tree)], &CompileOptions::default());
        criterion.bench_function(name, |bench| {
            bench.iter(|| run(&program, &mut Silent, Run::default()).result.map_or(0, |v| v.kind() as u8));
        });
    }
}

criterion_group!(benches, walk);
criterion_main!(benches);
