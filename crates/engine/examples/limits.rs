//! Limits: a script that would compute, reach out or grow without end is stopped, and cannot catch that.

use std::time::Duration;

use rainwright::{Code, Engine, Failure, Inputs, Limits, OfflineHost, Refusal};

/// Runs the example.
pub fn main() -> Result<(), Failure> {
    let engine = Engine::new().limits(Limits {
        time: Some(Duration::from_secs(5)),
        cpu: Some(Duration::from_millis(200)),
        memory: 16 << 20,
        effects: Some(100),
        statements: Some(1_000_000_000),
        ..Limits::default()
    });
    for source in [
        "while(true) { x = 1; }",
        "s = \"x\"; while(true) { s = s + s; }",
        "while(true) { info \"again\"; }",
        "v = List(); while(true) { w = List(); w.add(v); w.add(v); v = w; x = v.toString(); }",
    ] {
        let script = engine.compile("hostile.dg", &format!("try {{ {source} }} catch (e) {{ info \"caught\"; }}"))?;
        let done = script.run(&mut OfflineHost::new(), Inputs::new());
        let failure = done.result.err();
        assert_eq!(failure.as_ref().map(Failure::code), Some(Code::LimitReached));
        assert!(matches!(done.stopped, Some(Refusal::Stop(_))));
        println!("{source}\n    {}", failure.as_ref().map_or("", Failure::message));
    }
    Ok(())
}
