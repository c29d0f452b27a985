//! Scripts made by chance go through all that is done with a script: parse, check, format, parse again, run with little fuel.
//!
//! Half are drawn from a grammar with all functions of the table, half are golden scripts with pieces cut, doubled and swapped.
//! `cargo test --release -p rainwright --test fuzz -- --ignored --nocapture` goes on for `RAINWRIGHT_FUZZ_SECONDS`, by default 1800.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rainwright::render::Style;
use rainwright::{Code, Effect, Engine, Host, HttpResponse, Inputs, Limits, Outcome, Problem, Recorder};
use rainwright_builtins::{Builtin, Form, builtins};

/// No script of this size and fuel may take longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Decisions, one byte each; when they are used up the answer is 0, so that every script ends and shrinks.
struct Choices<'c> {
    left: std::slice::Iter<'c, u8>,
}

impl Choices<'_> {
    fn byte(&mut self) -> usize {
        self.left.next().map_or(0, |b| usize::from(*b))
    }

    fn below(&mut self, end: usize) -> usize {
        let drawn = if end > 256 { self.byte() * 256 + self.byte() } else { self.byte() };
        drawn % end.max(1)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn spent(&self) -> bool {
        self.left.len() == 0
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "x", "m"];
const LITERALS: [&str; 44] = [
    "1",
    "0",
    "null",
    "\"\"",
    "\"a\"",
    "\"a,b,,c\"",
    "List()",
    "Map()",
    "{\"k\":1,\"l\":{1,2}}",
    "{1,\"b\",2.50,null}",
    "{{1},{2,{3}}}",
    "{}",
    "true",
    "false",
    "-1",
    "2.5",
    "0.1",
    "9223372036854775807",
    "-9223372036854775807",
    "79228162514264337593543950335.5",
    "10.power(300)",
    "\"é😀\"",
    "\"[1,2\"",
    "\"{\\\"k\\\":[1,{}]}\"",
    "\"<a><b c='d'>1</b></a>\"",
    "\"/a/b\"",
    "\"(a|b)*\"",
    "\"[\"",
    "\"$1\\\\\"",
    "\"yyyy-MM-dd'T'HH:mm:ss z\"",
    "\"12.5\"",
    "\"2024-02-30\"",
    "\"k\"",
    "\"&#38;%41+\"",
    "'01-Jan-2024'",
    "'29-Feb-2024 23:59:59'",
    "'12:30:00'",
    "today",
    "now",
    "zoho.loginuser",
    "collection(1,\"k\":2)",
    "Collection()",
    "\"k\".toFile(\"a.csv\")",
    "100000",
];
const BINARY: [&str; 14] = ["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "+"];

fn functions() -> &'static [&'static Builtin] {
    static ALL: OnceLock<Vec<&'static Builtin>> = OnceLock::new();
    ALL.get_or_init(|| builtins().collect())
}

fn expr(c: &mut Choices, out: &mut String, depth: usize) {
    if depth == 0 || c.spent() {
        out.push_str(if c.coin() { c.of(&NAMES) } else { c.of(&LITERALS) });
        return;
    }
    match c.below(12) {
        0 | 1 => out.push_str(c.of(&NAMES)),
        2 | 3 => out.push_str(c.of(&LITERALS)),
        4 => {
            expr(c, out, depth - 1);
            let _ = write!(out, " {} ", c.of(&BINARY));
            expr(c, out, depth - 1);
        }
        5 => {
            out.push_str(c.of(&["!(", "-(", "("]));
            expr(c, out, depth - 1);
            out.push(')');
        }
        6 => {
            out.push_str(c.of(&["f(", "g("]));
            expr(c, out, depth - 1);
            out.push(')');
        }
        7 => {
            out.push_str("if(");
            separated(c, out, depth - 1, 3);
            out.push(')');
        }
        _ => {
            let row = c.of(functions());
            let several = row.params.len() + usize::from(c.byte() % 8 == 7);
            if matches!(row.form, Form::Word) {
                out.push_str(row.name);
                return;
            }
            if matches!(row.form, Form::Function) {
                let _ = write!(out, "{}(", row.name);
            } else {
                out.push_str(if c.coin() { c.of(&NAMES) } else { c.of(&LITERALS) });
                let _ = write!(out, ".{}(", row.name);
            }
            separated(c, out, depth - 1, several);
            out.push(')');
        }
    }
}

fn separated(c: &mut Choices, out: &mut String, depth: usize, several: usize) {
    for i in 0..several {
        out.push_str(if i == 0 { "" } else { ", " });
        expr(c, out, depth);
    }
}

fn block(c: &mut Choices, out: &mut String, depth: usize) {
    out.push_str("{\n");
    for _ in 0..1 + c.below(4) {
        stmt(c, out, depth);
    }
    out.push_str("}\n");
}

fn stmt(c: &mut Choices, out: &mut String, depth: usize) {
    if c.spent() {
        out.push_str("info a;\n");
        return;
    }
    let nested = depth > 0;
    let start = out.len();
    match c.below(16) {
        0 => {
            out.push_str("info ");
            expr(c, out, 3);
        }
        1 if nested => {
            out.push_str("if(");
            expr(c, out, 2);
            out.push(')');
            block(c, out, depth - 1);
            if c.coin() {
                out.push_str("else ");
                block(c, out, depth - 1);
            }
        }
        2 | 3 if nested => {
            let _ = write!(out, "for each {} {} in ", c.of(&["", "index"]), c.of(&NAMES));
            expr(c, out, 2);
            block(c, out, depth - 1);
        }
        4 if nested => {
            out.push_str("while(");
            if c.coin() {
                out.push_str("true");
            } else {
                expr(c, out, 2);
            }
            out.push(')');
            block(c, out, depth - 1);
        }
        5 | 6 if nested => {
            out.push_str("try ");
            block(c, out, depth - 1);
            let _ = write!(out, "catch ({}) ", c.of(&NAMES));
            block(c, out, depth - 1);
        }
        7 => {
            let _ = write!(out, "{} = invokeurl [ url: \"https://example.com/\" + ", c.of(&NAMES));
            expr(c, out, 1);
            let _ = write!(
                out,
                "\n type: {} {}: ",
                c.of(&["GET", "POST", "PUT"]),
                c.of(&["parameters", "body", "headers", "files"])
            );
            expr(c, out, 2);
            out.push(']');
        }
        8 if nested => out.push_str(c.of(&["break", "continue", "return", "return a", "throw \"t\"", "throw m"])),
        9 | 10 => {
            let _ = write!(
                out,
                "{0}.{1}(",
                c.of(&NAMES),
                c.of(&["put", "add", "addAll", "remove", "insert", "clear", "putAll"])
            );
            let several = c.below(3);
            separated(c, out, 2, several);
            out.push(')');
        }
        _ => {
            let _ = write!(out, "{} {} ", c.of(&NAMES), c.of(&["=", "=", "=", "+=", "-=", "*=", "/="]));
            expr(c, out, 3);
        }
    }
    out.push_str(if out[start..].ends_with("}\n") { "" } else { ";\n" });
}

/// A script with two functions and bare statements.
fn from_grammar(choices: &[u8]) -> String {
    let c = &mut Choices { left: choices.iter() };
    let mut out = String::from("a = 1;\nb = \"text\";\nc = {1,2,3};\nd = '01-Jan-2024';\nx = 2.5;\nm = {\"k\":1};\n");
    while !c.spent() {
        // A mistake shall not end the script: what follows is to be run as well.
        out.push_str("try {\n");
        stmt(c, &mut out, 3);
        out.push_str("}\ncatch (e) { info e.message; }\n");
    }
    let at = choices.len() / 2;
    let half = &mut Choices { left: choices[at..choices.len().min(at + 24)].iter() };
    for (head, tail) in
        [("string f(string a)\n{\nb = a;\n", "return b;\n}\n"), ("int g(int x)\n{\n", "return f(x);\n}\n")]
    {
        out.push_str(head);
        stmt(half, &mut out, 1);
        out.push_str(tail);
    }
    out
}

/// The golden scripts, each section for itself.
fn golden() -> &'static [String] {
    static ALL: OnceLock<Vec<String>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite")];
        let mut all = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|e| e == "dg") {
                    let text = std::fs::read_to_string(path).unwrap();
                    all.extend(text.split("//--- ").map(str::to_owned).filter(|s| s.len() < 4000));
                }
            }
        }
        all.sort();
        assert!(all.len() > 100, "{} golden scripts", all.len());
        all
    })
}

/// A source in words, numbers, signs and gaps.
fn tokens(source: &str) -> Vec<&str> {
    let class = |ch: char| {
        if ch.is_alphanumeric() || ch == '_' {
            0
        } else if ch.is_whitespace() {
            1
        } else {
            2
        }
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    for (at, ch) in source.char_indices().skip(1) {
        let before = source[start..at].chars().next().map_or(2, class);
        if before != class(ch) || before == 2 {
            tokens.push(&source[start..at]);
            start = at;
        }
    }
    tokens.push(&source[start..]);
    tokens
}

/// A golden script with some of its tokens cut, doubled, swapped, or put in from another one.
fn from_golden(choices: &[u8]) -> String {
    let c = &mut Choices { left: choices.iter() };
    let mut made = tokens(&golden()[c.below(golden().len())]);
    let other = tokens(&golden()[c.below(golden().len())]);
    for _ in 0..1 + c.below(8) {
        let at = c.below(made.len());
        let end = (at + 1 + c.below(12)).min(made.len());
        match c.below(6) {
            0 => drop(made.drain(at..end)),
            1 => {
                let again = made[at..end].to_vec();
                made.splice(at..at, again);
            }
            2 => {
                let to = c.below(made.len());
                made.swap(at, to);
            }
            3 => {
                let from = c.below(other.len());
                made.splice(at..at, other[from..(from + 20).min(other.len())].iter().copied());
            }
            4 => made[at] = c.of(&LITERALS),
            _ => made[at] = c.of(functions()).name,
        }
        if made.is_empty() {
            break;
        }
    }
    made.concat()
}

/// Time, chance and log as the [`Recorder`]; answers to requests of all shapes.
struct Odd {
    inner: Recorder,
    calls: usize,
}

impl Host for Odd {
    fn perform(&mut self, effect: Effect) -> Result<Outcome, Problem> {
        if !matches!(effect, Effect::Http(..)) {
            return self.inner.perform(effect);
        }
        const BODIES: [&[u8]; 6] = [
            b"{\"k\":[1,{\"id\":\"7\"}],\"code\":null}",
            b"",
            b"[[[",
            b"<a>1</a>",
            b"\xff\xfe\0\xd8",
            b"[1,2.50,1e999]",
        ];
        self.calls += 1;
        match BODIES.get(self.calls % (BODIES.len() + 1)) {
            Some(body) => Ok(Outcome::Http(Box::new(HttpResponse {
                status: [200, 204, 404, 500][self.calls % 4],
                headers: vec![(
                    "content-type".into(),
                    ["application/json", "text/plain;charset=utf-16", "image/png"][self.calls % 3].into(),
                )],
                body: body.to_vec(),
            }))),
            None => Err(Problem::new(Code::NotSupported, "No network")),
        }
    }
}

/// What the cases so far came to.
#[derive(Clone, Default)]
struct Tally {
    cases: u64,
    parsed: u64,
    finished: u64,
    limited: u64,
    longest: Duration,
    longest_source: String,
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        Engine::new().counting(true).limits(Limits {
            steps: 5_000,
            depth: 100,
            memory: 8 << 20,
            output: 1 << 20,
            ..Limits::default()
        })
    })
}

fn survives(source: &str, tally: &Mutex<Tally>) {
    let started = Instant::now();
    let parsed = rainwright_syntax::parse(source);
    let options = rainwright_ide::Options::default();
    for diagnostic in rainwright_ide::check(source, &options) {
        assert!(source.get(diagnostic.span.range()).is_some(), "{diagnostic:?} is outside of {source}");
    }
    let readable = parsed.diagnostics.iter().all(|d| d.severity != rainwright::Severity::Error);
    let mut code = None;
    if readable {
        let printed = rainwright_format::format(source).unwrap();
        let again = rainwright_syntax::parse(&printed);
        assert!(rainwright_format::same_tree(&parsed.tree, &again.tree), "{source}\nis printed as\n{printed}");
    }
    match engine().compile("fuzz.dg", source) {
        Ok(script) => {
            let mut host = Odd { inner: Recorder::new(), calls: 0 };
            let done = script.run(&mut host, Inputs::new());
            if let Err(failure) = done.result {
                assert!(!failure.message().is_empty() && !failure.render(Style::PLAIN).is_empty());
                code = Some(failure.code());
            }
        }
        Err(failure) => assert!(!readable && !failure.render(Style::PLAIN).is_empty(), "{source}"),
    }
    let took = started.elapsed();
    let mut tally = tally.lock().unwrap();
    tally.cases += 1;
    tally.parsed += u64::from(readable);
    tally.finished += u64::from(readable && code.is_none());
    tally.limited += u64::from(code == Some(Code::LimitReached));
    if took > tally.longest {
        tally.longest = took;
        source.clone_into(&mut tally.longest_source);
    }
    drop(tally);
    assert!(took < PATIENCE, "{took:?} for\n{source}");
}

fn source() -> impl Strategy<Value = String> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..300);
    prop_oneof![bytes().prop_map(|b| from_grammar(&b)), bytes().prop_map(|b| from_golden(&b))]
}

/// Runs `cases` drawn from a seed; a failure is shown with the smallest script that still fails.
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
    assert!(result.is_ok(), "seed {seed}: {}", result.unwrap_err());
}

#[test]
fn any_script_ends() {
    let tally = Mutex::default();
    draw(1, 400, &tally);
    let tally = tally.into_inner().unwrap();
    let Tally { cases, parsed, finished, .. } = tally;
    assert!(parsed > cases / 2 && finished > cases / 5, "of {cases} only {parsed} are readable, {finished} finish");
}

#[test]
#[ignore = "long: RAINWRIGHT_FUZZ_SECONDS, by default 1800"]
fn any_script_ends_for_long() {
    let seconds = std::env::var("RAINWRIGHT_FUZZ_SECONDS").map_or(1800, |s| s.parse().unwrap());
    let first = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() << 20;
    let (tally, started) = (Mutex::new(Tally::default()), Instant::now());
    let mut seed = first;
    while started.elapsed() < Duration::from_secs(seconds) {
        draw(seed, 2_000, &tally);
        seed += 1;
        let Tally { cases, parsed, finished, limited, longest, .. } = tally.lock().unwrap().clone();
        println!(
            "{:>5} s, seed {seed}: {cases} cases, {parsed} readable, {finished} finished, {limited} at a limit, longest {longest:?}",
            started.elapsed().as_secs(),
        );
    }
    println!("longest case:\n{}", tally.into_inner().unwrap().longest_source);
}
