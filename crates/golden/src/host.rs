//! The host of golden scripts: a fixed clock, seeded chance, recorded, stubbed and played calls; nothing reaches the
//! network.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use rainwright::connections::{Store as _, store::MemoryStore};
use rainwright::runtime::{
    Account, Driver, Live, LiveOptions, Registry, Waiting, http::Http, record::Replayer, record::Tape,
};
use rainwright::{Call, Code, Data, Effect, Host, OfflineHost, Outcome, Problem, Refusal, Ui};

use crate::sent::{Content, Sent};
use crate::settings::DEFAULT_NOW;
use crate::{Fault, Planned, Played, Settings};

/// What a run printed, by line, in order.
pub(crate) type Printed = BTreeMap<u32, Vec<String>>;

pub(crate) struct GoldenHost {
    plain: OfflineHost,
    calls: Option<Waiting>,
    live: Option<Arc<Live>>,
    pub(crate) printed: Printed,
    pub(crate) transcript: Vec<String>,
    markup: bool,
    page: String,
    account: Account,
    played: Option<Played>,
    stubs: HashMap<String, VecDeque<String>>,
    faults: Vec<Planned>,
    /// What plays the services, when the section asks for it.
    pub(crate) sandbox: Option<Box<dyn Host>>,
    /// What makes calls for real, when they are recorded.
    pub(crate) real: Option<Box<dyn Host>>,
    /// Why the first call without an answer had none.
    pub(crate) unanswered: Option<Problem>,
    /// Whether all of the code is in another file, so that no line of the golden script sends anything.
    pub(crate) is_elsewhere: bool,
    /// Whether mails are caught.
    pub(crate) mails: bool,
    /// What was sent, in order.
    pub(crate) sent: Vec<Sent>,
}

impl GoldenHost {
    /// A host for one section; `recording` is the text of its `.http` file.
    pub(crate) fn new(
        settings: &Settings,
        recording: Option<&str>,
        account: &Account,
        driver: &Arc<Driver>,
        played: Option<Played>,
    ) -> Result<Self, String> {
        let plain = OfflineHost::new().at(settings.now.unwrap_or(DEFAULT_NOW)).seeded(settings.seed);
        let mut stubs: HashMap<String, VecDeque<String>> = HashMap::new();
        for (name, answer) in &settings.stubs {
            stubs.entry(name.clone()).or_default().push_back(answer.clone());
        }
        let mut host = Self {
            plain,
            calls: None,
            live: None,
            printed: Printed::new(),
            transcript: Vec::new(),
            markup: settings.markup,
            page: String::new(),
            account: account.clone(),
            played,
            stubs,
            faults: settings.faults.clone(),
            sandbox: None,
            real: None,
            unanswered: None,
            is_elsewhere: settings.script.is_some(),
            mails: false,
            sent: Vec::new(),
        };
        let say = |problem: Problem| format!("{problem} {}", problem.help());
        if recording.is_none() && settings.connections.is_empty() {
            return Ok(host);
        }
        let store = MemoryStore::new();
        let catalogue = Arc::new(rainwright::connections::Catalogue::shipped());
        for line in &settings.connections {
            let mut connection = crate::connection::read(line, &catalogue)?;
            // A store in memory that nobody else holds takes every connection.
            let _put = store.put(&mut connection).map_err(say)?;
        }
        let replayer = Replayer::new(recording.unwrap_or_default()).map_err(say)?;
        let http = Arc::new(Http::new(rainwright::runtime::http::Settings::default()));
        let registry = Registry::new(Arc::new(store), catalogue, Arc::clone(&http));
        let options = LiveOptions {
            // Without declared connections the recording answers for all of them.
            registry: Some(registry).filter(|_| !settings.connections.is_empty()),
            tape: Some(Tape::Replay(replayer)),
            ..LiveOptions::default()
        };
        let live = Arc::new(Live::new(http, options));
        host.calls = Some(Waiting::new(Arc::clone(&live), Arc::clone(driver), Arc::default()));
        host.live = Some(live);
        Ok(host)
    }

    /// The same host with one more fault, which goes before those of the section.
    pub(crate) fn with_fault(&mut self, number: usize, fault: Fault) {
        self.faults.insert(0, Planned::Number(number, fault));
    }

    /// How many recorded calls were not made.
    pub(crate) fn calls_left(&self) -> usize {
        if let Some(played) = &self.played {
            return played.calls.len();
        }
        match self.live.as_ref().and_then(|live| live.tape()) {
            Some(Tape::Replay(replayer)) => replayer.left(),
            _ => 0,
        }
    }

    /// Puts the page that was written, if any, after the printed lines.
    pub(crate) fn finish(&mut self) {
        if !self.page.is_empty() {
            let page = std::mem::take(&mut self.page);
            self.transcript.extend(page.lines().map(str::to_owned));
        }
    }

    /// Sends something, or lets the fault happen that waits for it.
    fn send(&mut self, call: Call, content: Content) -> Result<Outcome, Refusal> {
        let line = if call.source == 0 && !self.is_elsewhere { call.line } else { 0 };
        let number = self.sent.len() + 1;
        let fault = self.faults.iter().find_map(|planned| planned.meets(number, &call.effect));
        let Some(fault) = fault else { return self.deliver(line, content, call) };
        if let Fault::Status(_) = fault {
            // It was sent, and the service has not done it.
            self.sent.push(Sent { line, what: content.clone(), done: false, answer: Vec::new() });
            // The recording goes on with the call after this one.
            if matches!(call.effect, Effect::Http(_)) && (self.calls.is_some() || self.real.is_some()) {
                self.answer(call.clone())?;
            }
        }
        fault.perform(call, |call| self.deliver(line, content.clone(), call))
    }

    fn deliver(&mut self, line: u32, what: Content, call: Call) -> Result<Outcome, Refusal> {
        let place = self.sent.len();
        self.sent.push(Sent { line, what, done: false, answer: Vec::new() });
        let outcome = self.answer(call);
        self.sent[place].answered(&outcome);
        outcome
    }

    fn answer(&mut self, call: Call) -> Result<Outcome, Refusal> {
        if !matches!(call.effect, Effect::Http(_)) {
            return self.answer_any(call);
        }
        let outcome = match &mut self.real {
            Some(real) => real.perform(call),
            None => self.answer_any(call),
        };
        if let Err(Refusal::Problem(problem) | Refusal::Stop(problem)) = &outcome {
            let is_missing = matches!(problem.code, Code::NotRecorded | Code::UnknownConnection);
            if self.unanswered.is_none() && (is_missing || self.real.is_some()) {
                self.unanswered = Some(problem.clone());
            }
        }
        outcome
    }

    fn answer_any(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match (&call.effect, &mut self.calls, &mut self.sandbox) {
            (Effect::Mail(_) | Effect::Sms(_), ..) if self.mails => Ok(Outcome::Done),
            (Effect::Mail(_) | Effect::Sms(_), _, None) => {
                let problem = call.effect.not_supported();
                Err(problem.with_help("Expect it in its line: `// mails ada@example.com: The subject`.").into())
            }
            (Effect::Http(_), Some(calls), _) => calls.perform(call),
            (Effect::Http(_), None, Some(sandbox)) => sandbox.perform(call),
            (Effect::Http(request), None, None) => {
                let message = format!("{} {} is not recorded", request.method, request.url);
                Err(Problem::new(Code::NotRecorded, message).into())
            }
            _ => self.plain.perform(call),
        }
    }

    /// What a stubbed task or function answers.
    fn stubbed(&mut self, name: &str) -> Option<Result<Outcome, Refusal>> {
        let answers = self.stubs.get_mut(name)?;
        let answer = if answers.len() > 1 { answers.pop_front()? } else { answers.front()?.clone() };
        if let Some(text) = answer.strip_prefix("error ") {
            return Some(Err(Problem::new(Code::Thrown, text).into()));
        }
        let value = rainwright::builtins::json_data(&answer).unwrap_or_else(|_| Data::from(answer));
        Some(Ok(value.into()))
    }
}

impl Host for GoldenHost {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        if self.played.is_none()
            && let Some(answer) = self.account.answer(&call.effect)
        {
            return Ok(answer);
        }
        let line = if call.source == 0 { call.line } else { 0 };
        if let Effect::Function { name, .. } = &call.effect
            && let Some(answer) = self.stubbed(&name.clone())
        {
            return answer;
        }
        match &call.effect {
            Effect::Info { text } => {
                let lines = text.split('\n').map(str::to_owned);
                self.transcript.extend(lines.clone());
                self.printed.entry(line).or_default().extend(lines);
                Ok(Outcome::Done)
            }
            effect if self.played.is_some() => match &mut self.played {
                Some(played) => played.answer(effect),
                None => self.plain.perform(call),
            },
            Effect::Records(request) => Err(crate::records::none(request).into()),
            Effect::Ui(action) if self.markup && matches!(**action, Ui::Html { .. }) => {
                if let Ui::Html { text } = &**action {
                    self.page.push_str(text);
                }
                Ok(Outcome::Done)
            }
            effect => match Content::of(effect) {
                Some(content) => self.send(call, content),
                None => self.plain.perform(call),
            },
        }
    }
}
