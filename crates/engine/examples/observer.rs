//! An observer: a host in front of another one that sees every call, where it comes from, and what came of it.

use rainwright::{Call, Engine, Failure, Host, Inputs, OfflineHost, Outcome, Refusal};

/// Notes what passes through it.
struct Observer<'h> {
    inner: &'h mut dyn Host,
    seen: Vec<String>,
}

impl Host for Observer<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let (seq, line, function, name) = (call.seq, call.line, call.function.clone(), call.effect.name());
        let answered = self.inner.perform(call);
        let came = if answered.is_ok() { "done" } else { "refused" };
        self.seen.push(format!("#{seq} {function} line {line}: {name} {came}"));
        answered
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}

/// Runs the example.
pub fn main() -> Result<(), Failure> {
    let source = "void greet()\n{\n\tinfo \"hello\";\n\ttry\n\t{\n\t\tinvokeurl\n\t\t[\n\t\t\turl : \"http://api.example\"\n\t\t];\n\t}\n\tcatch (e)\n\t{\n\t}\n}\n";
    let script = Engine::new().compile("greet.dg", source)?;
    let mut offline = OfflineHost::new();
    let mut observer = Observer { inner: &mut offline, seen: Vec::new() };
    let done = script.run(&mut observer, Inputs::new());
    done.result?;
    assert_eq!(observer.seen, ["#1 greet line 3: info done", "#2 greet line 6: http refused"]);
    assert_eq!(done.effects, 2);
    Ok(())
}
