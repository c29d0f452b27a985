//! The host of golden scripts: a fixed clock, seeded chance, recorded calls; nothing reaches the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use rainwright::connections::{Key, Store as _, name, store::MemoryStore};
use rainwright::runtime::{
    Account, Driver, Live, LiveOptions, Registry, Waiting, http::Http, record::Replayer, record::Tape,
};
use rainwright::{Call, Code, Effect, Host, OfflineHost, Outcome, Problem, Refusal, Ui};

use crate::records::Forms;
use crate::settings::DEFAULT_NOW;
use crate::{Played, Settings};

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
    pub(crate) forms: Option<Forms>,
    played: Option<Played>,
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
        let mut host = Self {
            plain,
            calls: None,
            live: None,
            printed: Printed::new(),
            transcript: Vec::new(),
            markup: settings.markup,
            page: String::new(),
            account: account.clone(),
            forms: None,
            played,
        };
        let say = |problem: Problem| format!("{problem} {}", problem.help());
        let store = MemoryStore::new();
        let catalogue = Arc::new(rainwright::connections::Catalogue::shipped());
        for line in &settings.connections {
            let mut connection = crate::connection::read(line, &catalogue)?;
            // A store in memory that nobody else holds takes every connection.
            let _put = store.put(&mut connection).map_err(say)?;
        }
        if recording.is_none() && settings.connections.is_empty() {
            return Ok(host);
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

    /// Adds the page that was written, if any, after the printed lines.
    pub(crate) fn finish(&mut self) {
        if !self.page.is_empty() {
            let page = std::mem::take(&mut self.page);
            self.transcript.extend(page.lines().map(str::to_owned));
        }
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
            Effect::Http(request) => match &mut self.calls {
                Some(calls) => calls.perform(call),
                None => match request.connection.as_ref().or(request.service.as_ref()) {
                    Some(name) => Err(name::unknown(&Key::shared(name), [], []).into()),
                    None => {
                        let message = format!("{} {} is not recorded", request.method, request.url);
                        Err(Problem::new(Code::NotRecorded, message).into())
                    }
                },
            },
            Effect::Records(request) => match &mut self.forms {
                Some(forms) => Ok(forms.perform(request)?.into()),
                None => Err(crate::records::none(request).into()),
            },
            Effect::Ui(action) if self.markup && matches!(**action, Ui::Html { .. }) => {
                if let Ui::Html { text } = &**action {
                    self.page.push_str(text);
                }
                Ok(Outcome::Done)
            }
            _ => self.plain.perform(call),
        }
    }
}
