//! The host between a script and the one that performs: it answers from the journal, and writes what is new.

use std::collections::HashMap;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Data, Effect, Host, Outcome, Refusal, Ui, Wait, to_text};

use super::{Answer, Entry, Journal, Lease, SIGNAL, Shown, WAIT, digest, now};

/// A server that asks to be left alone for longer than this suspends the run, in seconds.
const LONGEST_WAIT: i64 = 60;

/// Headers whose values are credentials.
const SECRET_HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"];

/// What is done about an effect that was begun and is not known to be done. Reads are repeated in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InDoubt {
    /// The run is put aside until somebody decides.
    #[default]
    Ask,
    /// It is sent again; HTTP calls carry the same `Idempotency-Key`.
    Repeat,
    /// The script gets a problem that it may catch.
    Fail,
}

/// A host whose runs survive a crash: effects in the journal are answered from it, new ones are performed and recorded.
pub struct Durable<'h> {
    inner: &'h mut dyn Host,
    journal: Arc<dyn Journal>,
    lease: Lease,
    known: HashMap<u64, Entry>,
    policy: InDoubt,
}

impl<'h> Durable<'h> {
    /// A host for a run that was taken up.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn new(
        inner: &'h mut dyn Host,
        journal: Arc<dyn Journal>,
        lease: Lease,
        policy: InDoubt,
    ) -> Result<Self, Problem> {
        let known = journal.entries(&lease.run)?.into_iter().map(|entry| (entry.seq, entry)).collect();
        Ok(Self { inner, journal, lease, known, policy })
    }

    /// A line of the log is written once and shown once, however often the run begins anew.
    fn info(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let Effect::Info { text } = &call.effect else { return Ok(Outcome::Done) };
        if self.journal.log(&self.lease, call.seq, text).map_err(Refusal::Stop)? {
            self.inner.perform(call)?;
        }
        Ok(Outcome::Done)
    }

    /// The entry of a call that has none yet.
    fn begin(&self, call: &Call, digest: String) -> Entry {
        let key = idempotency_key(&self.lease.run, call.seq, &digest);
        let shown =
            Shown { function: call.function.to_string(), line: call.line, effect: without_secrets(&call.effect) };
        let kind = call.effect.name().to_owned();
        Entry { seq: call.seq, kind, digest, shown, answer: None, attempt: 1, key, until: None, time: now() }
    }

    /// Writes the answer, and hands it on.
    fn finish(&mut self, mut entry: Entry, answered: Result<Outcome, Refusal>) -> Result<Outcome, Refusal> {
        let answer = match &answered {
            Ok(outcome) => Answer::Outcome(outcome.clone()),
            Err(Refusal::Problem(problem)) => Answer::Problem(problem.clone()),
            // The run ends here, and the effect stays in doubt.
            Err(Refusal::Stop(_) | Refusal::Suspend(_)) => return answered,
        };
        entry.answer = Some(answer);
        entry.until = None;
        self.journal.write(&self.lease, &entry).map_err(Refusal::Stop)?;
        #[cfg(debug_assertions)]
        super::kill::at("after-done", entry.seq);
        answered
    }

    /// `durable.wait` and `durable.signal`.
    fn wait(&mut self, name: &str, arguments: &[Data], mut entry: Entry, is_new: bool) -> Result<Outcome, Refusal> {
        if name == SIGNAL {
            let Some(signal) = arguments.first().and_then(Data::as_text) else {
                return Err(Problem::new(Code::BadArgument, format!("{SIGNAL} takes the name of a signal.")).into());
            };
            if is_new {
                self.journal.write(&self.lease, &entry).map_err(Refusal::Stop)?;
            }
            return match self.journal.take_signal(&self.lease, signal, &entry).map_err(Refusal::Stop)? {
                Some(payload) => Ok(payload.into()),
                None => Err(Refusal::Suspend(Wait::Signal { name: signal.to_owned() })),
            };
        }
        let Some(seconds) = arguments.first().and_then(Data::as_number).filter(|seconds| *seconds >= 0) else {
            return Err(Problem::new(Code::BadArgument, format!("{WAIT} takes a number of seconds.")).into());
        };
        let until = *entry.until.get_or_insert_with(|| now().saturating_add(seconds.saturating_mul(1000)));
        if until <= now() {
            return self.finish(entry, Ok(Outcome::Done));
        }
        if is_new {
            self.journal.write(&self.lease, &entry).map_err(Refusal::Stop)?;
        }
        Err(Refusal::Suspend(Wait::Until { millis: until }))
    }

    /// What to do with an effect that was begun before the process ended.
    fn take_up(&self, entry: &Entry, effect: &Effect) -> Result<(), Refusal> {
        if let Some(until) = entry.until {
            // The server refused it, so it was not done.
            return if until > now() { Err(Refusal::Suspend(Wait::Until { millis: until })) } else { Ok(()) };
        }
        let what = || format!("The effect {} ({}, line {})", entry.seq, describe(effect), entry.shown.line);
        match self.policy {
            _ if is_read(effect) => Ok(()),
            InDoubt::Repeat => Ok(()),
            InDoubt::Fail => {
                // An interrupt could not be caught.
                let problem = Problem::new(Code::ConnectFailed, format!("{} may or may not have been done.", what()));
                Err(Refusal::Problem(problem))
            }
            InDoubt::Ask => Err(Refusal::Stop(
                Problem::new(
                    Code::JournalMismatch,
                    format!("{} was begun, and nobody knows whether it was done.", what()),
                )
                .with_help("Look at the service, then resume with --in-doubt repeat or --in-doubt fail."),
            )),
        }
    }
}

impl Host for Durable<'_> {
    fn perform(&mut self, mut call: Call) -> Result<Outcome, Refusal> {
        // Hosts that do each effect once, such as records, know it by the run and the number, which are those of the journal.
        if *call.run != *self.lease.run {
            call.run = self.lease.run.as_str().into();
        }
        if matches!(call.effect, Effect::Info { .. }) {
            return self.info(call);
        }
        let digest = digest_of(&call.effect).map_err(Refusal::Stop)?;
        let known = self.known.remove(&call.seq);
        if let Some(entry) = &known {
            check(entry, &call, &digest)?;
        } else if let Some(later) = self.known.keys().find(|seq| **seq < call.seq) {
            return Err(Refusal::Stop(mismatch(format!("The journal has an effect {later} that the script skips."))));
        }
        if let Some(Entry { answer: Some(answer), .. }) = known {
            return answer.into_result();
        }
        let is_new = known.is_none();
        let mut entry = known.unwrap_or_else(|| self.begin(&call, digest));
        if let Effect::Function { name, arguments } = &call.effect
            && (name == WAIT || name == SIGNAL)
        {
            return self.wait(name, arguments, entry, is_new);
        }
        // The clock and chance change nothing outside, so one write will do.
        if matches!(call.effect, Effect::Now | Effect::Random) {
            let answered = self.inner.perform(call);
            return self.finish(entry, answered);
        }
        if !is_new {
            match self.take_up(&entry, &call.effect) {
                Ok(()) => {}
                Err(Refusal::Problem(problem)) => return self.finish(entry, Err(Refusal::Problem(problem))),
                Err(other) => return Err(other),
            }
            entry.attempt += 1;
            entry.until = None;
        }
        #[cfg(debug_assertions)]
        super::kill::at("before-begun", entry.seq);
        self.journal.write(&self.lease, &entry).map_err(Refusal::Stop)?;
        #[cfg(debug_assertions)]
        super::kill::at("after-begun", entry.seq);
        add_key(&mut call.effect, &entry.key);
        let answered = self.inner.perform(call);
        #[cfg(debug_assertions)]
        super::kill::at("after-sent", entry.seq);
        if let Some(seconds) = answered.as_ref().ok().and_then(left_alone) {
            entry.until = Some(now().saturating_add(seconds.saturating_mul(1000)));
            self.journal.write(&self.lease, &entry).map_err(Refusal::Stop)?;
            return Err(Refusal::Suspend(Wait::Until { millis: entry.until.unwrap_or_default() }));
        }
        self.finish(entry, answered)
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}

/// A host that answers from a journal alone; what the journal does not have ends the run.
pub struct Replay {
    entries: HashMap<u64, Entry>,
    /// `info` lines and effects with their answers, in order.
    seen: Vec<(Call, Option<Answer>)>,
}

impl Replay {
    /// A host of these entries.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries: entries.into_iter().map(|entry| (entry.seq, entry)).collect(), seen: Vec::new() }
    }

    /// What the script did: its calls with the answers that they got.
    #[must_use]
    pub fn seen(&self) -> &[(Call, Option<Answer>)] {
        &self.seen
    }

    /// How many entries the script has not come to.
    #[must_use]
    pub fn left(&self) -> usize {
        self.entries.len()
    }
}

impl Host for Replay {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        if matches!(call.effect, Effect::Info { .. }) {
            self.seen.push((call, None));
            return Ok(Outcome::Done);
        }
        let digest = digest_of(&call.effect).map_err(Refusal::Stop)?;
        let entry = self.entries.remove(&call.seq);
        if let Some(entry) = &entry {
            check(entry, &call, &digest)?;
        } else if self.entries.keys().any(|seq| *seq < call.seq) {
            return Err(Refusal::Stop(mismatch(format!("The script skips an effect before number {}.", call.seq))));
        }
        let answer = entry.and_then(|entry| entry.answer);
        self.seen.push((call, answer.clone()));
        match answer {
            Some(answer) => answer.into_result(),
            None => Err(Refusal::Stop(Problem::new(Code::Suspended, "The journal ends here."))),
        }
    }
}

/// The digest of an effect, by which a later run tells whether its script still does the same.
///
/// # Errors
/// When the effect has no form as text.
pub fn digest_of(effect: &Effect) -> Result<String, Problem> {
    Ok(digest(to_text(effect)?.as_bytes()))
}

/// The key that a call carries however often it is sent, from its run, its number and the digest of its effect.
#[must_use]
pub fn idempotency_key(run: &str, seq: u64, digest: &str) -> String {
    let key = super::digest(format!("{run}/{seq}/{digest}").as_bytes());
    key.get(..32).unwrap_or(&key).to_owned()
}

/// Gives an HTTP call that changes something its `Idempotency-Key`, unless the script has given one.
pub fn add_key(effect: &mut Effect, key: &str) {
    if let Effect::Http(request) = effect
        && !is_read_method(&request.method)
        && request.header("idempotency-key").is_none()
    {
        request.headers.push(("Idempotency-Key".to_owned(), key.to_owned()));
    }
}

fn check(entry: &Entry, call: &Call, digest: &str) -> Result<(), Refusal> {
    if entry.digest == *digest {
        return Ok(());
    }
    if describe(&call.effect) == describe(&entry.shown.effect) {
        let what = format!("The effect {} in line {} ({})", call.seq, call.line, describe(&call.effect));
        return Err(Refusal::Stop(mismatch(format!(
            "{what} sends something else than it did according to the journal."
        ))));
    }
    Err(Refusal::Stop(mismatch(format!(
        "The effect {} in line {} is {}; in the journal it is {}, from line {}.",
        call.seq,
        call.line,
        describe(&call.effect),
        describe(&entry.shown.effect),
        entry.shown.line
    ))))
}

fn mismatch(message: String) -> Problem {
    Problem::new(Code::JournalMismatch, message)
}

/// An effect in a few words: what is asked of whom, without what is sent.
#[must_use]
pub fn describe(effect: &Effect) -> String {
    match effect {
        Effect::Http(request) => {
            format!("{} {}", request.method, request.url.split(['?', '#']).next().unwrap_or_default())
        }
        Effect::Task { name, .. } | Effect::Function { name, .. } => name.clone(),
        Effect::Records(records) => format!("records of {}", records.form()),
        Effect::Ui(ui) => ui.describe(),
        other => other.name().to_owned(),
    }
}

fn is_read_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Whether doing it twice changes nothing.
fn is_read(effect: &Effect) -> bool {
    match effect {
        Effect::Http(request) => is_read_method(&request.method),
        Effect::Ui(ui) => ui.is_question() || !matches!(**ui, Ui::OpenUrl { .. }),
        // A host of records writes down what it did for a run and a number, and does nothing twice.
        Effect::Now | Effect::Random | Effect::Info { .. } | Effect::Records(_) => true,
        _ => false,
    }
}

/// For how many seconds a server that refused a call asks to be left alone, when that is too long to wait for.
#[must_use]
pub fn left_alone(outcome: &Outcome) -> Option<i64> {
    let Outcome::Http(response) = outcome else { return None };
    if !matches!(response.status, 429 | 503) {
        return None;
    }
    let header = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    header.1.trim().parse().ok().filter(|seconds| *seconds > LONGEST_WAIT)
}

/// The effect as it may be written down.
fn without_secrets(effect: &Effect) -> Effect {
    let mut effect = effect.clone();
    if let Effect::Http(request) = &mut effect {
        for (name, value) in &mut request.headers {
            if SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
                "…".clone_into(value);
            }
        }
    }
    effect
}
