//! Limits hold wherever a script spends its time, and no `catch` takes what they raise.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::time::{Duration, Instant};

use rainwright::{Call, Code, Done, Effect, Engine, Host, Inputs, Interrupt, Limits, OfflineHost, Outcome, Refusal};

/// Scripts that would compute for minutes, by where they spend the time.
const LONG: &[(&str, &str)] = &[
    ("loop", "while(true) { x = 1; }"),
    ("clock in a loop", "while(true) { x = zoho.currenttime; }"),
    ("recursion", "while(true) { x = f(20); }"),
    (
        "sort of numbers",
        "l = List(); i = 0; while(i < 300000) { i = i + 1; l.add((i * 7919) % 300007); } while(true) { l.sort(); l.sort(false); }",
    ),
    (
        "sort of texts",
        "l = List(); i = 0; while(i < 50000) { i = i + 1; l.add(\"key\" + ((i * 7919) % 50021)); } while(true) { l.sort(); l.sort(false); }",
    ),
    (
        "sort of long texts",
        "t = \"x\".repeat(200000); l = List(); i = 0; while(i < 100) { i = i + 1; l.add(t + i); } k = List(); while(k.size() < 20000) { k.addAll(l); } while(true) { k.sort(); k.sort(false); }",
    ),
    (
        "sort of decimals",
        "l = List(); i = 0; while(i < 100000) { i = i + 1; l.add(1.5 * ((i * 7919) % 100003)); } while(true) { l.sort(); l.sort(false); }",
    ),
    ("JSON read", "t = \"[\" + \"1,{},\\\"a\\\",\".repeat(300000) + \"1]\"; while(true) { x = t.toJSONList(); }"),
    (
        "JSON written",
        "l = List(); l.add(\"text\"); while(l.size() < 200000) { l.addAll(l); } m = Map(); m.put(\"l\", l); while(true) { x = m.toString().length(); }",
    ),
    (
        "sharing, printed",
        "v = List(); v.add(1); i = 0; while(i < 150) { n = List(); n.add(v); n.add(v); v = n; i = i + 1; } while(true) { x = v.toString(); }",
    ),
    (
        "sharing, compared",
        "v = List(); v.add(1); w = List(); w.add(1); i = 0; while(i < 150) { n = List(); n.add(v); n.add(v); v = n; n = List(); n.add(w); n.add(w); w = n; i = i + 1; } while(true) { x = v == w; }",
    ),
    (
        "sharing, as data",
        "v = List(); v.add(1); i = 0; while(i < 150) { n = List(); n.add(v); n.add(v); v = n; i = i + 1; } while(true) { x = out.f(v); }",
    ),
    ("regex that goes back", "t = \"a\".repeat(30) + \"b\"; while(true) { x = t.matches(\"(?=a)(a+)+$\"); }"),
    ("regex on a long text", "t = \"ab\".repeat(400000); while(true) { x = t.replaceAll(\"(a|b)*c|b\", \"b\"); }"),
    ("text replaced", "t = \"ab\".repeat(400000); while(true) { x = t.replaceAll(\"a\", \"b\", true); }"),
    ("intersect", "l = List(); i = 0; while(i < 200000) { i = i + 1; l.add(i); } while(true) { x = l.intersect(l); }"),
    (
        "distinct lists",
        "l = List(); i = 0; while(i < 5000) { i = i + 1; l.add({i, 1}); } while(true) { x = l.distinct(); }",
    ),
    (
        "contains",
        "l = List(); i = 0; while(i < 200000) { i = i + 1; l.add({i}); } while(true) { x = l.contains({0}); }",
    ),
    ("hash", "t = \"a\".repeat(8000000); while(true) { x = zoho.encryption.sha512(t); }"),
    ("keyed hash", "t = \"a\".repeat(8000000); while(true) { x = zoho.encryption.hmacsha256(\"k\", t); }"),
    ("encryption", "t = \"a\".repeat(1000000); while(true) { x = zoho.encryption.aesEncode(\"k\", t); }"),
    (
        "XML read",
        "t = \"<r>\" + \"<a>1</a>\".repeat(50000) + \"</r>\"; while(true) { x = t.executeXPath(\"//a[. = 2]\"); }",
    ),
    ("long text upper case", "t = \"a\".repeat(4000000); while(true) { x = t.toUpperCase(); }"),
    ("text split", "t = \"a,\".repeat(200000); while(true) { x = t.toList(); }"),
    (
        "for each over a long list",
        "l = List(); l.add(1); while(l.size() < 500000) { l.addAll(l); } while(true) { for each x in l { break; } }",
    ),
];

/// Scripts that would take all memory, by how.
const LARGE: &[(&str, &str)] = &[
    ("text doubled", "s = \"x\"; while(true) { s = s + s; }"),
    ("list doubled", "l = List(); l.add(1); while(true) { l.addAll(l); }"),
    ("map grows", "m = Map(); i = 0; while(true) { i = i + 1; m.put(i, i); }"),
    ("lists in lists", "l = List(); while(true) { l.add(List()); }"),
    ("JSON read", "t = \"[\" + \"[],\".repeat(2000000) + \"1]\"; while(true) { x = t.toJSONList(); }"),
    (
        "sharing, printed",
        "v = \"text\"; i = 0; while(true) { n = List(); n.add(v); n.add(v); v = n; i = i + 1; x = v.toString(); }",
    ),
    ("text repeated", "s = \"x\".repeat(1000000); l = List(); while(true) { l.add(s.repeat(20)); }"),
    (
        "copies to loop over",
        "void g(list l, int n) { for each x in l { g(l, n + 1); } } l = List(); l.add(1); while(l.size() < 200000) { l.addAll(l); } g(l, 0);",
    ),
    ("text replaced", "s = \"x\".repeat(4000000); while(true) { s = s.replaceAll(\"x\", \"xxxxxxxx\", true); }"),
    ("split", "s = \"x,\".repeat(4000000); l = List(); while(true) { l.add(s.toList()); }"),
];

const FUNCTION: &str = "int f(int n) { if(n < 2) { return n; } return f(n - 1) + f(n - 2); }";

/// Offline, and with a function that takes what it is given.
#[derive(Default)]
struct Taking {
    rest: OfflineHost,
    taken: usize,
}

impl Host for Taking {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Function { .. } => {
                self.taken += 1;
                Ok(Outcome::Done)
            }
            _ => self.rest.perform(call),
        }
    }
}

fn run_with(limits: Limits, source: &str, inputs: Inputs) -> (Done, Taking) {
    let engine = Engine::new().limits(limits).function("out.f", |_| Ok(rainwright::Data::Null));
    let source = match source.starts_with("void") {
        true => source.to_owned(),
        false => format!("try {{ {source} }} catch (e) {{ info \"caught\"; while(true) {{ x = 1; }} }} {FUNCTION}"),
    };
    let script = engine.compile("script.dg", &source).unwrap();
    let mut host = Taking::default();
    let done = script.run(&mut host, inputs);
    (done, host)
}

/// How long after its limit a script ended, in CPU time.
fn overtime(source: &str, limit: Duration) -> Duration {
    let limits = Limits { cpu: Some(limit), memory: 256 << 20, ..Limits::default() };
    let (done, host) = run_with(limits, source, Inputs::new());
    let failure = done.result.unwrap_err();
    assert_eq!(failure.code(), Code::LimitReached, "{source}: {failure}");
    assert!(host.rest.lines().is_empty(), "{source}: it was caught");
    assert!(matches!(done.stopped, Some(Refusal::Stop(_))), "{source}");
    done.computed.saturating_sub(limit)
}

#[test]
fn time_is_up_wherever_it_is_spent() {
    // Unoptimised code takes many times as long for what happens in one step.
    let allowed = if cfg!(debug_assertions) { Duration::from_millis(2500) } else { Duration::from_millis(25) };
    for (name, source) in LONG {
        let over = overtime(source, Duration::from_millis(600));
        assert!(over <= allowed, "{name}: {over:?} too long");
    }
}

#[test]
fn memory_ends_wherever_it_is_taken() {
    for (name, source) in LARGE {
        let limits = Limits { memory: 64 << 20, ..Limits::default() };
        let (done, host) = run_with(limits, source, Inputs::new());
        let failure = done.result.unwrap_err();
        assert_eq!(failure.code(), Code::LimitReached, "{name}: {failure}");
        assert!(host.rest.lines().is_empty(), "{name}: it was caught");
    }
}

#[test]
fn a_deadline_counts_from_the_start_and_says_so() {
    let limits = Limits { time: Some(Duration::from_millis(30)), ..Limits::default() };
    let (done, _) = run_with(limits, "while(true) { x = 1; }", Inputs::new());
    let failure = done.result.unwrap_err();
    assert_eq!((failure.code(), failure.message()), (Code::LimitReached, "The run took more than 0.03 seconds."));
    // A run that somebody else stopped is not called late.
    let limits = Limits { time: Some(Duration::from_secs(600)), ..Limits::default() };
    let (done, _) = run_with(limits, "while(true) { x = 1; }", Inputs::new().interrupt(Interrupt::new(true.into())));
    assert_eq!(done.result.unwrap_err().code(), Code::Interrupted);
}

#[test]
fn a_deadline_turns_the_switch_on_that_a_waiting_host_looks_at() {
    struct Waits(Interrupt);
    impl Host for Waits {
        fn perform(&mut self, _: Call) -> Result<Outcome, Refusal> {
            let started = Instant::now();
            while !self.0.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(started.elapsed() < Duration::from_secs(20), "nobody said stop");
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(rainwright::Problem::new(Code::Interrupted, "The run was stopped.").into())
        }
    }
    let engine = Engine::new().limits(Limits { time: Some(Duration::from_millis(50)), ..Limits::default() });
    let script = engine.compile("a.dg", "try { info 1; } catch (e) { info 2; }").unwrap();
    let switch = Interrupt::default();
    let done = script.run(&mut Waits(switch.clone()), Inputs::new().interrupt(switch));
    assert_eq!(done.result.unwrap_err().message(), "The run took more than 0.05 seconds.");
    assert_eq!(done.effects, 1);
}

#[test]
fn effects_and_statements_are_counted_when_they_are_limited() {
    let limits = Limits { effects: Some(3), ..Limits::default() };
    let (done, host) = run_with(limits, "for each x in {1,2,3,4,5} { info x; }", Inputs::new());
    assert_eq!(done.result.unwrap_err().message(), "The run reached outside more than 3 times.");
    assert_eq!(host.rest.lines(), ["1", "2", "3"]);
    let limits = Limits { statements: Some(4), ..Limits::default() };
    let (done, _) = run_with(limits, "a = 1; b = 2; c = 3; d = 4; e = 5;", Inputs::new());
    assert_eq!(done.result.unwrap_err().message(), "The run executed more than 4 statements.");
}

#[test]
fn an_interrupted_run_makes_no_further_effect() {
    struct Interrupting(Interrupt, u32);
    impl Host for Interrupting {
        fn perform(&mut self, _: Call) -> Result<Outcome, Refusal> {
            self.1 += 1;
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
            Ok(Outcome::Done)
        }
    }
    let script = Engine::new().compile("a.dg", "try { info 1; info 2; } catch (e) { info 3; } info 4;").unwrap();
    let switch = Interrupt::default();
    let mut host = Interrupting(switch.clone(), 0);
    let done = script.run(&mut host, Inputs::new().interrupt(switch));
    assert_eq!((done.result.unwrap_err().code(), host.1), (Code::Interrupted, 1));
}

#[test]
#[ignore = "prints a table; run it optimised, alone"]
fn table_of_stop_times() {
    const TIMES: usize = 20;
    println!("| where | p50 over | p95 over |\n| --- | --- | --- |");
    let mut worst = Duration::ZERO;
    for (name, source) in LONG {
        let mut over: Vec<Duration> = (0..TIMES).map(|_| overtime(source, Duration::from_millis(150))).collect();
        over.sort();
        let (half, most) = (over[TIMES / 2], over[TIMES * 95 / 100]);
        worst = worst.max(most);
        println!("| {name} | {:.1} ms | {:.1} ms |", half.as_secs_f64() * 1e3, most.as_secs_f64() * 1e3);
    }
    println!("worst p95: {worst:?}; wanted: at most 25 ms of CPU time");
}

#[test]
#[ignore = "prints a table; needs /proc, and each script in a process of its own"]
fn table_of_memory_peaks() {
    let exe = std::env::current_exe().unwrap();
    if let Ok(index) = std::env::var("LIMITS_SCRIPT") {
        let (name, source) = LARGE[index.parse::<usize>().unwrap()];
        let peak = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
        };
        let before = peak();
        let (done, _) = run_with(Limits { memory: 64 << 20, ..Limits::default() }, source, Inputs::new());
        assert!(done.result.is_err());
        println!("| {name} | {:.2} |", (peak() - before) as f64 / 65536.0);
        return;
    }
    println!("| what | peak / limit |\n| --- | --- |");
    for index in 0..LARGE.len() {
        let ran = std::process::Command::new(&exe)
            .args(["--ignored", "--nocapture", "--exact", "table_of_memory_peaks"])
            .env("LIMITS_SCRIPT", index.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        println!("{}", text.lines().find(|line| line.starts_with('|')).unwrap_or("| failed | |"));
    }
}

#[test]
fn the_clock_is_asked_only_for_years_of_two_digits_and_once() {
    let effects = |source: &str| {
        let script = Engine::new().compile("a.dg", source).unwrap();
        let done = script.run(&mut OfflineHost::new().at(1_795_737_600_000), Inputs::new());
        done.result.unwrap();
        done.effects
    };
    assert_eq!(
        effects("x = \"15-08-1947\".toDate(\"dd-MM-yyyy\"); y = '15-Aug-1947'; z = \"15-Aug-1947\".getYear();"),
        0
    );
    assert_eq!(effects("x = \"15-08-47\".toDate(\"dd-MM-yy\"); y = '15-Aug-47'; z = \"15-Aug-47\".getYear();"), 1);
    assert_eq!(effects("if(false) { x = '15-Aug-47'; } y = '99-99-99';"), 0);
}
