//! Sources made by chance go through all that is done with one: parse, check, print, parse again, run with little fuel, talk.
//!
//! Scripts, pages and exports are drawn from a grammar with all functions of the table, or are golden scripts with pieces
//! cut, doubled and swapped. Every `cargo test` does some hundred;
//! `cargo test --release -p rainwright --test fuzz -- --ignored --nocapture` goes on for `RAINWRIGHT_FUZZ_SECONDS` (1800)
//! from `RAINWRIGHT_FUZZ_SEED` (the time; it is printed); with `CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true` numbers that wrap
//! round panic too. A source that panics is made as small as possible, one that hangs
//! for `RAINWRIGHT_FUZZ_PATIENCE` seconds (60) or takes the process beyond `RAINWRIGHT_FUZZ_MEBIBYTES` (1024) ends it; each
//! is written to a file in the folder for temporary files, and its path is printed.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod grammar;
mod mutate;
mod targets;
mod watch;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use targets::End;
use watch::setting;

/// What the cases so far came to.
#[derive(Clone, Default)]
struct Tally {
    cases: u64,
    readable: u64,
    finished: u64,
    limited: u64,
    slowest: Duration,
    slowest_source: String,
}

fn survives(source: &str, tally: &Mutex<Tally>) {
    let started = Instant::now();
    let end = {
        let _watched = watch::over(source);
        targets::all(source)
    };
    let took = started.elapsed();
    let mut tally = tally.lock().unwrap();
    tally.cases += 1;
    tally.readable += u64::from(end != End::Unreadable);
    tally.finished += u64::from(end == End::Finished);
    tally.limited += u64::from(end == End::Limited);
    if took > tally.slowest {
        tally.slowest = took;
        source.clone_into(&mut tally.slowest_source);
    }
}

fn source() -> impl Strategy<Value = String> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..300);
    prop_oneof![
        4 => bytes().prop_map(|b| grammar::script(&b)),
        4 => bytes().prop_map(|b| mutate::script(&b)),
        1 => bytes().prop_map(|b| grammar::page(&b)),
        1 => bytes().prop_map(|b| grammar::export(&b)),
    ]
}

/// Runs `cases` drawn from a seed; of a failure the smallest source that still fails is kept.
fn draw(seed: u64, cases: u32, tally: &Mutex<Tally>) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config =
        ProptestConfig { cases, failure_persistence: None, max_shrink_time: 60_000, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let result = runner.run(&source(), |source| {
        survives(&source, tally);
        Ok(())
    });
    if let Err(TestError::Fail(reason, source)) = &result {
        panic!("seed {seed}: {reason}\n{}\n{source}", watch::keep(source));
    }
    assert!(result.is_ok(), "seed {seed}: {result:?}");
}

#[test]
fn any_source_ends() {
    let tally = Mutex::default();
    draw(1, 400, &tally);
    let Tally { cases, readable, finished, .. } = tally.into_inner().unwrap();
    assert!(readable > cases / 2 && finished > cases / 5, "of {cases} {readable} are readable, {finished} finish");
}

#[test]
#[ignore = "long: RAINWRIGHT_FUZZ_SECONDS, by default 1800"]
fn any_source_ends_for_long() {
    let (tally, started) = (Mutex::new(Tally::default()), Instant::now());
    let seconds = setting("RAINWRIGHT_FUZZ_SECONDS", 1800);
    let first = setting("RAINWRIGHT_FUZZ_SEED", std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() << 20);
    println!("RAINWRIGHT_FUZZ_SEED={first}");
    let mut told = Instant::now();
    for seed in first.. {
        draw(seed, 200, &tally);
        let over = started.elapsed() >= Duration::from_secs(seconds);
        if over || told.elapsed() >= Duration::from_secs(30) {
            told = Instant::now();
            let Tally { cases, readable, finished, limited, slowest, .. } = *tally.lock().unwrap();
            println!(
                "{:>5} s, to seed {seed}: {cases} cases, {readable} readable, {finished} finished, {limited} at a limit, \
slowest {slowest:.2?}, {} MiB now, {} MiB at most",
                started.elapsed().as_secs(),
                watch::mebibytes("VmRSS:").unwrap_or_default(),
                watch::mebibytes("VmHWM:").unwrap_or_default(),
            );
        }
        if over {
            break;
        }
    }
    println!("slowest:\n{}", tally.into_inner().unwrap().slowest_source);
}
