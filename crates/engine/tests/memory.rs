//! A process that runs scripts for ever does not grow: nothing of a script remains after its run.
//!
//! It looks at the memory of the whole process, so that all of it is one test.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used)]

use rainwright::{Code, Engine, Inputs, Limits, OfflineHost, Session};

/// What of the process is in memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Does it some times, then `times` more, and says how many KiB the process grew by these.
fn growth(times: u32, mut act: impl FnMut()) -> u64 {
    (0..times / 10).for_each(|_| act());
    let before = resident();
    (0..times).for_each(|_| act());
    resident().saturating_sub(before)
}

const CYCLES: &str = r#"
m = Map(); m.put("self", m); m.put("text", "kept".repeat(1000));
l = List(); l.add(l);
a = Map(); b = List(); c = Collection(); a.put("next", b); b.add(c); c.insert(a);
e = {}; e.put("self", e);
keyed = Map(); keyed.put(keyed, keyed);
return m;
"#;

#[test]
fn nothing_stays_behind() {
    let engine = Engine::new();
    let script = engine.compile("cycles.dg", CYCLES).unwrap();
    // A result that holds itself is freed by the next run.
    let cycles = growth(10_000, || {
        let done = script.run(&mut OfflineHost::new(), Inputs::new());
        assert_eq!(done.result.unwrap().as_map().unwrap().borrow().len(), 2);
    });
    assert!(cycles < 4 << 10, "10,000 runs that make cycles leave {cycles} KiB");

    let parsed = growth(5_000, || {
        engine.compile("good.dg", "x = {1,2}; if(x.size() > 1) { info (x.get(0) + 1); }").unwrap();
        engine.compile("bad.dg", "x = = 1; if(x { info 1;").err().unwrap();
    });
    assert!(parsed < 4 << 10, "5,000 sources leave {parsed} KiB");

    let mut session = Session::new(engine.clone());
    let talked = growth(3_000, || {
        session.eval("m = Map(); m.put(\"m\", m); n = {m}; m.put(\"n\", n);", &mut OfflineHost::new()).unwrap();
    });
    assert!(talked < 4 << 10, "3,000 inputs leave {talked} KiB");

    // Within one run as well: cycles that nobody holds do not count against its limit, those that are held do.
    let engine = engine.limits(Limits { memory: 8 << 20, ..Limits::default() });
    let code = |source: &str| {
        let script = engine.compile("script.dg", source).unwrap();
        script.run(&mut OfflineHost::new(), Inputs::new()).result.err().map(|failure| failure.code())
    };
    let many = growth(1, || {
        assert_eq!(code("i = 0; while(i < 1000000) { m = Map(); m.put(\"self\", m); i = i + 1; }"), None);
        let held = "l = List(); while(true) { m = Map(); m.put(\"self\", m); l.add(m); }";
        assert_eq!(code(held), Some(Code::LimitReached));
    });
    assert!(many < 32 << 10, "a million cycles leave {many} KiB");
}
