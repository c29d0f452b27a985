//! A run that is put aside in the middle and goes on later: what it did is kept as a list of outcomes.

use rainwright::{Call, Effect, Engine, Failure, Inputs, Next, Outcome, Refusal, Script, Wait};

/// Runs as far as the outcomes reach; `approved` is what came from outside meanwhile.
fn run(script: &Script, outcomes: &mut Vec<Outcome>, approved: Option<bool>) -> Result<Option<String>, Failure> {
    let mut flow = script.flow(Inputs::new())?;
    let mut at = 0;
    loop {
        let call = match flow.next() {
            Next::Asks(call) => call,
            Next::Ended(answer) => return Ok(Some(answer.result?.to_string())),
        };
        let outcome = match (outcomes.get(at), is_approval(&call), approved) {
            (Some(known), _, _) => known.clone(),
            (None, true, None) => {
                let answer = flow.suspend(Wait::Signal { name: "approved".into() });
                assert!(matches!(answer.stopped, Some(Refusal::Suspend(_))));
                return Ok(None);
            }
            (None, true, Some(flag)) => Outcome::Data { value: flag.into() },
            (None, false, _) => Outcome::Instant { millis: 86_400_000 },
        };
        if at == outcomes.len() {
            outcomes.push(outcome.clone());
        }
        at += 1;
        flow.answer(Ok(outcome));
    }
}

fn is_approval(call: &Call) -> bool {
    matches!(&call.effect, Effect::Function { name, .. } if name == "ask.approval")
}

/// Runs the example.
pub fn main() -> Result<(), Failure> {
    let engine = Engine::new().declared_function("ask.approval");
    let script = engine.compile(
        "leave.dg",
        r#"
        day = zoho.currentdate.getDay();
        if(ask.approval("leave on day " + day))
        {
            return "approved on day " + day;
        }
        return "refused";
        "#,
    )?;
    let mut outcomes = Vec::new();
    assert_eq!(run(&script, &mut outcomes, None)?, None);
    // Any time later, perhaps in another process: the journal is all that is needed.
    assert_eq!(run(&script, &mut outcomes, Some(true))?.as_deref(), Some("approved on day 2"));
    Ok(())
}
