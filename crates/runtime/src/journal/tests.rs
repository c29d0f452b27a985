//! What a journal promises, whatever database it is in.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Data, Effect, Host, HttpRequest, HttpResponse, Outcome, Refusal, Wait};

use super::{Durable, Ending, InDoubt, Journal, Lease, SIGNAL, Start, State, WAIT, now};

/// Opens the journal of a test, as often as it is called; the runs of another test are not in it.
pub(super) type Open<'a> = &'a dyn Fn() -> Arc<dyn Journal>;

/// A promise, as a check that panics when it is broken.
pub(super) type Promise = fn(Open<'_>);

/// All promises, by name.
pub(super) const PROMISES: &[(&str, Promise)] = &[
    (
        "what_was_answered_is_not_sent_again_and_lines_are_shown_once",
        what_was_answered_is_not_sent_again_and_lines_are_shown_once,
    ),
    ("an_effect_in_doubt_goes_by_its_policy", an_effect_in_doubt_goes_by_its_policy),
    ("an_owner_that_lost_the_run_writes_nothing_more", an_owner_that_lost_the_run_writes_nothing_more),
    ("another_call_than_the_one_in_the_journal_stops_the_run", another_call_than_the_one_in_the_journal_stops_the_run),
    ("calls_carry_the_run_and_the_number_of_their_entry", calls_carry_the_run_and_the_number_of_their_entry),
    (
        "a_run_waits_for_times_signals_and_servers_that_ask_for_it",
        a_run_waits_for_times_signals_and_servers_that_ask_for_it,
    ),
];

/// Answers calls with their number, and counts them.
#[derive(Default)]
pub(super) struct Counting {
    pub(super) sent: Vec<HttpRequest>,
    lines: Vec<String>,
    retry_after: Option<&'static str>,
    /// Ends, as a killed process does, before this many calls are answered.
    dies_at: Option<usize>,
}

impl Host for Counting {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Info { text } => self.lines.push(text),
            Effect::Now => return Ok(Outcome::Instant { millis: 7 }),
            Effect::Http(request) => {
                self.sent.push(*request);
                if self.dies_at == Some(self.sent.len()) {
                    return Err(Refusal::Stop(Problem::new(Code::Interrupted, "killed")));
                }
                let headers = self.retry_after.map(|s| ("retry-after".to_owned(), s.to_owned()));
                let response = HttpResponse {
                    status: if headers.is_some() { 429 } else { 200 },
                    headers: headers.into_iter().collect(),
                    body: format!("{}", self.sent.len()).into_bytes().into(),
                };
                return Ok(Outcome::Http(Box::new(response)));
            }
            _ => {}
        }
        Ok(Outcome::Done)
    }
}

pub(super) fn durable<'h>(host: &'h mut Counting, journal: &Arc<dyn Journal>, lease: &Lease) -> Durable<'h> {
    Durable::new(host, journal.clone(), lease.clone(), InDoubt::Ask).unwrap()
}

pub(super) fn http(method: &str, at: &str) -> Effect {
    let request = HttpRequest::new(method, format!("http://127.0.0.1/{at}"));
    Effect::Http(Box::new(request.with_header("Authorization", "Bearer MARKER-1")))
}

pub(super) fn call(seq: u64, effect: Effect) -> Call {
    Call { seq, line: u32::try_from(seq).unwrap(), ..Call::new(effect) }
}

pub(super) fn body(outcome: Result<Outcome, Refusal>) -> String {
    String::from_utf8(outcome.unwrap().into_http().unwrap().body.to_vec()).unwrap()
}

fn what_was_answered_is_not_sent_again_and_lines_are_shown_once(open: Open<'_>) {
    let mut host = Counting::default();
    let journal = open();
    let start = Start { inputs: vec![("n".into(), 1.into())], ..Start::default() };
    let lease = journal.create("a", &start, &[("a.dg".into(), "info 1;".into())]).unwrap();
    for _ in 0..2 {
        let mut durable = Durable::new(&mut host, journal.clone(), lease.clone(), InDoubt::Ask).unwrap();
        durable.perform(call(1, Effect::Info { text: "line".into() })).unwrap();
        assert_eq!(body(durable.perform(call(2, http("POST", "x")))), "1");
        assert_eq!(durable.perform(call(3, Effect::Now)).unwrap(), Outcome::Instant { millis: 7 });
    }
    assert_eq!((host.sent.len(), host.lines.len()), (1, 1));
    assert_eq!(host.sent[0].header("idempotency-key").unwrap().len(), 32);
    assert_eq!(journal.open_runs().unwrap(), ["a"]);
    journal.leave(&lease, State::Done, None, Some(&Ending::Result(5.into()))).unwrap();
    assert!(journal.open_runs().unwrap().is_empty());
    let stored = journal.run("a").unwrap().unwrap();
    assert_eq!((stored.state, stored.start, stored.result), (State::Done, start, Some(Ending::Result(5.into()))));
    assert_eq!(journal.lines("a").unwrap(), [(1, "line".to_owned())]);
    assert!(journal.claim("a").unwrap_err().message.contains("done already"));
    // No credential is in it, even for those who have the key.
    assert!(!format!("{:?}", journal.entries("a").unwrap()).contains("MARKER-1"));
    assert_eq!(journal.prune(i64::MAX).unwrap(), 1);
    assert!(journal.runs().unwrap().is_empty());
}

fn an_effect_in_doubt_goes_by_its_policy(open: Open<'_>) {
    for (method, policy, sent) in
        [("GET", InDoubt::Ask, 2), ("POST", InDoubt::Ask, 1), ("POST", InDoubt::Repeat, 2), ("POST", InDoubt::Fail, 1)]
    {
        let id = &format!("{method} {policy:?}");
        let mut host = Counting { dies_at: Some(1), ..Counting::default() };
        let lease = open().create(id, &Start::default(), &[]).unwrap();
        let mut first = Durable::new(&mut host, open(), lease, policy).unwrap();
        first.perform(call(1, http(method, "x"))).unwrap_err();
        let journal = open();
        let lease = journal.claim(id).unwrap();
        assert_eq!(lease.epoch, 2);
        let mut again = Durable::new(&mut host, journal.clone(), lease, policy).unwrap();
        let answered = again.perform(call(1, http(method, "x")));
        assert_eq!(host.sent.len(), sent, "{id}");
        match (method, policy) {
            ("POST", InDoubt::Ask) => assert!(!answered.unwrap_err().is_catchable()),
            ("POST", InDoubt::Fail) => assert!(answered.unwrap_err().is_catchable()),
            _ => {
                assert_eq!(body(answered), "2");
                let keys: Vec<_> = host.sent.iter().map(|request| request.header("idempotency-key")).collect();
                assert_eq!(keys[0], keys[1]);
                assert_eq!(journal.entries(id).unwrap()[0].attempt, 2);
            }
        }
    }
}

fn an_owner_that_lost_the_run_writes_nothing_more(open: Open<'_>) {
    let journal = open();
    let old = journal.create("a", &Start::default(), &[]).unwrap();
    let new = journal.claim("a").unwrap();
    let (mut one, mut two) = (Counting::default(), Counting::default());
    let mut stale = Durable::new(&mut one, journal.clone(), old.clone(), InDoubt::Ask).unwrap();
    let refused = stale.perform(call(1, http("POST", "x"))).unwrap_err();
    assert!(!refused.is_catchable() && refused.problem().message.contains("another process"));
    assert!(journal.log(&old, 2, "x").is_err() && journal.leave(&old, State::Done, None, None).is_err());
    Durable::new(&mut two, journal.clone(), new, InDoubt::Ask).unwrap().perform(call(1, http("POST", "x"))).unwrap();
    assert_eq!((one.sent.len(), two.sent.len()), (0, 1));
}

fn another_call_than_the_one_in_the_journal_stops_the_run(open: Open<'_>) {
    let journal = open();
    let lease = journal.create("a", &Start::default(), &[]).unwrap();
    let mut host = Counting::default();
    durable(&mut host, &journal, &lease).perform(call(1, http("POST", "x"))).unwrap();
    let refused = durable(&mut host, &journal, &lease).perform(call(1, http("POST", "y"))).unwrap_err();
    assert!(!refused.is_catchable());
    let message = refused.problem().message;
    assert!(message.contains("/y") && message.contains("/x") && message.contains("effect 1"), "{message}");
    // A call that comes where the journal has one before it was skipped.
    assert!(!durable(&mut host, &journal, &lease).perform(call(2, http("POST", "x"))).unwrap_err().is_catchable());
    assert_eq!(host.sent.len(), 1);
}

/// A host that does each effect once knows it by these two, however often the run begins anew.
fn calls_carry_the_run_and_the_number_of_their_entry(open: Open<'_>) {
    struct Noting(Vec<(String, u64)>);
    impl Host for Noting {
        fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
            self.0.push((call.run.to_string(), call.seq));
            // Killed at the second effect of each life.
            let dies = self.0.len().is_multiple_of(2);
            if dies { Err(Refusal::Stop(Problem::new(Code::Interrupted, "killed"))) } else { Ok(Outcome::Done) }
        }
    }
    let records = |seq| {
        let name = "records";
        call(seq, Effect::Task { name: name.into(), arguments: Data::Null })
    };
    let mut noting = Noting(Vec::new());
    let journal = open();
    let mut lease = journal.create("order-7", &Start::default(), &[]).unwrap();
    for _ in 0..2 {
        let mut durable = Durable::new(&mut noting, journal.clone(), lease, InDoubt::Repeat).unwrap();
        let (first, second) = (durable.perform(records(3)), durable.perform(records(5)));
        assert!(first.is_ok() && second.is_ok() == (noting.0.len() == 3), "{:?}", noting.0);
        lease = journal.claim("order-7").unwrap();
    }
    let all: Vec<(&str, u64)> = noting.0.iter().map(|(run, seq)| (run.as_str(), *seq)).collect();
    assert_eq!(all, [("order-7", 3), ("order-7", 5), ("order-7", 5)]);
    let numbers: Vec<u64> = journal.entries("order-7").unwrap().iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, [3, 5]);
}

fn a_run_waits_for_times_signals_and_servers_that_ask_for_it(open: Open<'_>) {
    let journal = open();
    let function = |name: &str, argument: Data| Effect::Function { name: name.into(), arguments: vec![argument] };
    let mut host = Counting { retry_after: Some("3600"), ..Counting::default() };

    let lease = journal.create("times", &Start::default(), &[]).unwrap();
    let mut waits = || {
        let mut run = durable(&mut host, &journal, &lease);
        assert_eq!(run.perform(call(1, function(WAIT, 0.into()))).unwrap(), Outcome::Done);
        run.perform(call(2, function(WAIT, 3600.into()))).unwrap_err()
    };
    let long = waits();
    assert!(matches!(long, Refusal::Suspend(Wait::Until { millis }) if millis > now() + 3_500_000), "{long:?}");
    assert_eq!(waits(), long, "a resumed run waits for the same moment");

    let lease = journal.create("signals", &Start::default(), &[]).unwrap();
    let mut asks = || durable(&mut host, &journal, &lease).perform(call(1, function(SIGNAL, "go".into())));
    assert_eq!(asks().unwrap_err(), Refusal::Suspend(Wait::Signal { name: "go".into() }));
    journal.signal("signals", "go", &Data::from("payload")).unwrap();
    assert!(journal.has_signal("signals", "go").unwrap() && !journal.has_signal("signals", "stop").unwrap());
    for _ in 0..2 {
        assert_eq!(asks().unwrap(), Outcome::from(Data::from("payload")), "it is taken once and kept");
    }

    let lease = journal.create("servers", &Start::default(), &[]).unwrap();
    for _ in 0..2 {
        let busy = durable(&mut host, &journal, &lease).perform(call(1, http("POST", "busy"))).unwrap_err();
        assert!(matches!(busy, Refusal::Suspend(Wait::Until { .. })), "{busy:?}");
    }
    assert_eq!(host.sent.len(), 1, "the server is left alone");
}
