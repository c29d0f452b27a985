//! How many short runs of a compiled script a core makes in a second.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use rainwright::{Engine, Inputs, OfflineHost};

const THREE_LINES: &str = "total = n * 2;\ntotal = total + 1;\nreturn total;";

/// Rounds that each take so long; the best one counts, the others were disturbed.
fn best(rounds: usize, length: Duration, mut run: impl FnMut(i64)) -> f64 {
    let round = |run: &mut dyn FnMut(i64)| {
        let (begun, mut runs) = (Instant::now(), 0_i64);
        while begun.elapsed() < length {
            for _ in 0..100 {
                run(runs);
                runs += 1;
            }
        }
        runs as f64 / begun.elapsed().as_secs_f64()
    };
    (0..rounds).map(|_| round(&mut run)).fold(0.0, f64::max)
}

fn short_runs(rounds: usize, length: Duration) -> f64 {
    let script = Engine::new().compile("short.dg", THREE_LINES).unwrap();
    let mut host = OfflineHost::new();
    best(rounds, length, |n| {
        let done = script.run(&mut host, Inputs::new().arg("n", n));
        assert_eq!(done.result.unwrap().to_string(), (n * 2 + 1).to_string());
    })
}

/// The limit is generous for debug builds on busy machines: it only shows that a run does not compile the script again.
#[test]
fn short_runs_do_not_compile_anew() {
    let rate = short_runs(1, Duration::from_millis(100));
    assert!(rate > 500.0, "{rate:.0} short runs a second");
}

#[test]
#[ignore = "a measurement: cargo test --release -p rainwright --test speed -- --ignored --nocapture"]
fn short_runs_a_second_on_one_core() {
    let rate = short_runs(5, Duration::from_secs(1));
    println!("{rate:.0} short runs a second on one core ({:.2} us each); wanted: 100000", 1e6 / rate);
}
