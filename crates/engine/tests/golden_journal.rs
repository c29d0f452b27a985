//! Journals that earlier versions wrote: each format that ever was is in `journals/`, is read, replayed and gone on with.
//!
//! When [`FORMAT`] grows, `cargo test -p rainwright --test golden_journal -- --ignored` writes the file of the new format;
//! those of earlier formats stay as they are.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rainwright::durable::{self, Resumed};
use rainwright::runtime::journal::{Answer, Ending, FORMAT, InDoubt, Journal, Replay, SqliteJournal, State};
use rainwright::runtime::store::KeySource;
use rainwright::{
    Call, Code, Data, Effect, Engine, Host, HttpResponse, Inputs, Interrupt, Outcome, Problem, Refusal, Wait,
};

/// The key of the store that the golden journals belong to. It protects nothing.
const KEY: &str = "4242424242424242424242424242424242424242424242424242424242424242";

/// All kinds of effect whose outcomes are of different kinds, then a wait for a signal.
const SCRIPT: &str = r#"
map order(string article, decimal price)
{
    info "ordering " + article;
    at = zoho.currenttime;
    lot = randomNumber(1000000);
    answer = invokeurl
    [
        url: "http://127.0.0.1/orders"
        type: POST
        parameters: {"article":article,"price":price}
        headers: {"Authorization":"Bearer MARKER-1"}
    ];
    try
    {
        invokeurl [ url: "http://127.0.0.1/away" type: GET ];
    }
    catch (e)
    {
        info e.message;
    }
    stock = erp.stock(article);
    durable.wait(0);
    approved = durable.signal("approved");
    sendmail [ from: "a@example.com" to: "b@example.com" subject: "order" message: "done" ];
    return {"answer":answer,"lot":lot,"day":at.getDay(),"stock":stock,"by":approved.get("by"),"price":price};
}
"#;

/// The values that the script's effects had when the journal was written.
const RESULT: &str = r#"{"answer":{"id":17},"lot":LOT,"day":2,"stock":4.50,"by":"Ada","price":15.50}"#;

struct World {
    made: Vec<&'static str>,
    /// Ends as a killed process does, just before a mail is sent.
    dies: bool,
}

impl Host for World {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        self.made.push(call.effect.name());
        Ok(match call.effect {
            Effect::Info { .. } => Outcome::Done,
            Effect::Now => Outcome::Instant { millis: 86_400_000 },
            Effect::Random => Outcome::Bits { bits: 0x0123_4567_89AB_CDEF },
            Effect::Http(request) if request.url.ends_with("/away") => {
                return Err(Problem::new(Code::ConnectFailed, "nobody is there").into());
            }
            Effect::Http(_) => {
                let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
                Outcome::Http(Box::new(HttpResponse { status: 200, headers, body: r#"{"id":17}"#.into() }))
            }
            Effect::Function { .. } => Data::Decimal("4.50".parse().unwrap()).into(),
            Effect::Mail(_) if self.dies => return Err(Refusal::Stop(Problem::new(Code::Interrupted, "killed"))),
            Effect::Mail(_) => Outcome::Done,
            other => return Err(other.not_supported().into()),
        })
    }
}

fn engine() -> Engine {
    Engine::new().declared_function("erp.stock")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals")
}

fn open(home: &Path) -> Arc<dyn Journal> {
    Arc::new(SqliteJournal::open(home, &KeySource::Text(KEY.into())).unwrap())
}

/// Writes a journal with a run in each state that a run can be found in.
fn write(home: &Path) {
    let journal = open(home);
    let engine = durable::engine(engine());
    let script = engine.compile("order.dg", SCRIPT).unwrap();
    let price = Data::Decimal("15.50".parse().unwrap());
    let inputs = || Inputs::new().entry("order").data("article", "A12").data("price", price.clone());
    let mut world = World { made: Vec::new(), dies: false };
    for id in ["done", "waits", "doubt"] {
        let entry = Some("order".to_owned());
        let settings = Data::map([("file", "order.dg")]);
        let lease = durable::start(&*journal, id, &engine, &script, entry, &inputs(), settings).unwrap();
        durable::drive(&script, inputs(), &mut world, &journal, &lease, InDoubt::Ask).unwrap();
    }
    for id in ["done", "doubt"] {
        journal.signal(id, "approved", &Data::map([("by", "Ada")])).unwrap();
        world.dies = id == "doubt";
        let run = Resumed::open(&*journal, id, &engine).unwrap();
        run.drive(&mut world, &journal, InDoubt::Ask, &Interrupt::default()).unwrap();
    }
    let failing = engine.compile("fail.dg", "throw \"no\";").unwrap();
    let lease = durable::start(&*journal, "failed", &engine, &failing, None, &Inputs::new(), Data::Null).unwrap();
    durable::drive(&failing, Inputs::new(), &mut world, &journal, &lease, InDoubt::Ask).unwrap();
}

#[test]
#[ignore = "writes the golden journal of a new format"]
fn write_the_journal_of_this_format() {
    let place = folder().join(format!("format-{FORMAT}.db"));
    assert!(!place.exists(), "{} is what an earlier version wrote; it stays as it is", place.display());
    let home = tempfile::tempdir().unwrap();
    write(home.path());
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::copy(home.path().join("runs.db"), place).unwrap();
}

#[test]
fn journals_of_all_formats_are_read_replayed_and_gone_on_with() {
    for format in 1..=FORMAT {
        let home = tempfile::tempdir().unwrap();
        let place = folder().join(format!("format-{format}.db"));
        std::fs::copy(&place, home.path().join("runs.db")).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
        let journal = open(home.path());
        let mut states: Vec<(String, State)> = journal.runs().unwrap().into_iter().map(|r| (r.id, r.state)).collect();
        states.sort_by(|a, b| a.0.cmp(&b.0));
        let states: Vec<(&str, State)> = states.iter().map(|(id, state)| (id.as_str(), *state)).collect();
        let expected = [
            ("done", State::Done),
            ("doubt", State::Suspended),
            ("failed", State::Failed),
            ("waits", State::Suspended),
        ];
        assert_eq!(states, expected, "format {format}");

        let done = journal.run("done").unwrap().unwrap();
        assert_eq!((done.start.entry.as_deref(), done.start.profile.as_str()), (Some("order"), "zoho-crm"));
        assert_eq!(done.start.settings, Data::map([("file", "order.dg")]));
        let Some(Ending::Result(result)) = &done.result else { panic!("{:?}", done.result) };
        let lot = journal.entries("done").unwrap().iter().find_map(|entry| match &entry.answer {
            Some(Answer::Outcome(Outcome::Bits { bits })) => Some(*bits),
            _ => None,
        });
        assert_eq!(lot, Some(0x0123_4567_89AB_CDEF), "format {format}");
        let text = result.to_string();
        let lot = text.split("\"lot\":").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert_eq!(text, RESULT.replace("LOT", lot), "format {format}");
        let lines: Vec<String> = journal.lines("done").unwrap().into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["ordering A12", "nobody is there"]);
        let Some(Ending::Error(error)) = journal.run("failed").unwrap().unwrap().result else { panic!() };
        assert!(error.contains("no"), "{error}");

        // Replayed, it is what it was, without anything outside.
        let run = Resumed::open(&*journal, "done", &engine()).unwrap();
        let mut replay = Replay::new(journal.entries("done").unwrap());
        assert_eq!(run.script.run(&mut replay, run.inputs()).result.unwrap().to_string(), text);
        assert_eq!(replay.left(), 0);

        // What waited gets its signal; what was in doubt is sent again; nothing else is done again.
        assert_eq!(journal.run("waits").unwrap().unwrap().waits, Some(Wait::Signal { name: "approved".into() }));
        journal.signal("waits", "approved", &Data::map([("by", "Ada")])).unwrap();
        for id in ["waits", "doubt"] {
            let mut world = World { made: Vec::new(), dies: false };
            let run = Resumed::open(&*journal, id, &engine()).unwrap();
            let done = run.drive(&mut world, &journal, InDoubt::Repeat, &Interrupt::default()).unwrap();
            assert_eq!(done.result.unwrap().to_string(), text, "format {format}, {id}");
            assert_eq!(world.made, ["mail"], "format {format}, {id}");
        }
    }
}
