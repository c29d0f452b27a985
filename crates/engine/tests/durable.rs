//! A run that is interrupted anywhere, any number of times, ends like one that never was.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use rainwright::runtime::journal::{Durable, InDoubt, Journal, Replay, SqliteJournal, Start, State};
use rainwright::runtime::store::KeySource;
use rainwright::{
    Call, Code, Effect, Engine, Host, HttpResponse, Inputs, Interrupt, Outcome, Problem, Refusal, Script,
};

/// When the process dies: at the call of this number, before or after it is made.
#[derive(Clone, Copy, Debug)]
struct Death {
    seq: u64,
    after: bool,
}

/// Answers by the number of the call alone, and counts how often each is made.
#[derive(Default)]
struct World {
    made: HashMap<u64, u32>,
    lines: Vec<String>,
    death: Option<Death>,
}

impl Host for World {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let killed = || Err(Refusal::Stop(Problem::new(Code::Interrupted, "killed")));
        let dies = self.death.filter(|death| death.seq == call.seq);
        if dies.is_some_and(|death| !death.after) {
            self.death = None;
            return killed();
        }
        *self.made.entry(call.seq).or_default() += 1;
        let answered = match call.effect {
            Effect::Info { text } => {
                self.lines.push(text);
                Ok(Outcome::Done)
            }
            Effect::Now => Ok(Outcome::Instant { millis: i64::try_from(call.seq).unwrap() * 86_400_000 }),
            Effect::Random => Ok(Outcome::Bits { bits: call.seq.wrapping_mul(0x9E37_79B9_7F4A_7C15) }),
            Effect::Http(request) if request.url.ends_with("/away") => {
                Err(Problem::new(Code::ConnectFailed, format!("away at {}", call.seq)).into())
            }
            Effect::Http(_) => {
                let body = format!("answer {}", call.seq).into_bytes().into();
                Ok(Outcome::Http(Box::new(HttpResponse { status: 200, body, ..HttpResponse::default() })))
            }
            other => Err(other.not_supported().into()),
        };
        match dies {
            Some(_) => {
                self.death = None;
                killed()
            }
            None => answered,
        }
    }
}

/// Statements that reach outside, in ways that depend on what came before.
fn script() -> impl Strategy<Value = String> {
    let statement = prop_oneof![
        Just("r = invokeurl [ url: \"http://127.0.0.1/a\" type: POST parameters: {\"n\":t} ]; t = t + r + \"\";"),
        Just("r = invokeurl [ url: \"http://127.0.0.1/b\" type: GET ]; t = t + r + \"\";"),
        Just("try { r = invokeurl [ url: \"http://127.0.0.1/away\" type: POST ]; } catch (e) { t = t + e.message; }"),
        Just("t = t + zoho.currentdate.getDay();"),
        Just("t = t + randomNumber(1000);"),
        Just("info t;"),
        Just("for each x in {1,2} { info x + t; t = t + zoho.currentdate.getMonth(); }"),
    ];
    proptest::collection::vec(statement, 1..8)
        .prop_map(|statements| format!("t = \"\";\n{}\nreturn t;\n", statements.join("\n")))
}

fn death() -> impl Strategy<Value = Death> {
    (1_u64..14, any::<bool>()).prop_map(|(seq, after)| Death { seq, after })
}

fn result(script: &Script, host: &mut dyn Host) -> Result<String, Code> {
    script.run(host, Inputs::new()).result.map(|value| value.to_string()).map_err(|failure| failure.code())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn interrupted_and_resumed_equals_uninterrupted(source in script(), deaths in proptest::collection::vec(death(), 0..5)) {
        let script = Engine::new().compile("script.dg", &source).unwrap();
        let mut whole = World::default();
        let wanted = result(&script, &mut whole).unwrap();

        let home = tempfile::tempdir().unwrap();
        let key = KeySource::File(home.path().join("key"));
        let mut world = World::default();
        let mut deaths = deaths.into_iter();
        let mut doubts = HashMap::new();
        let journal = Arc::new(SqliteJournal::open(home.path(), &key).unwrap());
        let mut lease = journal.create("run", &Start::default(), &[]).unwrap();
        let came = loop {
            world.death = deaths.next();
            if let Some(death) = world.death {
                *doubts.entry(death.seq).or_insert(0) += 1;
            }
            let shared = Arc::clone(&journal) as Arc<dyn Journal>;
            let came = result(&script, &mut Durable::new(&mut world, shared, lease, InDoubt::Repeat).unwrap());
            match came {
                Err(Code::Interrupted) => lease = journal.claim("run").unwrap(),
                other => break other,
            }
        };
        prop_assert_eq!(came.unwrap(), wanted.clone());
        let lines: Vec<String> = journal.lines("run").unwrap().into_iter().map(|(_, line)| line).collect();
        prop_assert_eq!(&lines, &whole.lines);
        // Nothing is made again but what was in doubt, and no line is shown twice.
        for (seq, times) in &world.made {
            let most = 1 + doubts.get(seq).copied().unwrap_or(0);
            prop_assert!(*times <= most, "call {} was made {} times", seq, times);
        }
        let mut replay = Replay::new(journal.entries("run").unwrap());
        prop_assert_eq!(result(&script, &mut replay).unwrap(), wanted);
        prop_assert_eq!(replay.left(), 0);
    }
}

/// If it passed for an interrupt, it could not be caught, and the run would be resumed for ever.
#[test]
fn a_doubt_that_the_script_does_not_catch_fails_the_run() {
    use rainwright::{Data, durable};
    let home = tempfile::tempdir().unwrap();
    let journal: Arc<dyn Journal> =
        Arc::new(SqliteJournal::open(home.path(), &KeySource::File(home.path().join("key"))).unwrap());
    let script = "x = invokeurl [ url: \"http://127.0.0.1/a\" type: POST ];";
    let engine = Engine::new();
    let script = engine.compile("a.dg", script).unwrap();
    let lease = durable::start(&*journal, "a", &engine, &script, None, &Inputs::new(), Data::Null).unwrap();
    let mut dies = World { death: Some(Death { seq: 1, after: true }), ..World::default() };
    durable::drive(&script, Inputs::new(), &mut dies, &journal, &lease, InDoubt::Fail).unwrap();
    assert_eq!(journal.run("a").unwrap().unwrap().state, State::Suspended);
    let run = durable::Resumed::open(&*journal, "a", &engine).unwrap();
    run.drive(&mut World::default(), &journal, InDoubt::Fail, &Interrupt::default()).unwrap();
    assert_eq!(journal.run("a").unwrap().unwrap().state, State::Failed);
}
