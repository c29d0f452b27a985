//! The host of scripts on the command line: starts the way out only when a script wants to go there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rainwright::builtins::json_data;
use rainwright::connections::{Connectors, connector};
use rainwright::effect::{HttpRequest, Message};
use rainwright::runtime::live::{Clock, LiveOptions};
use rainwright::runtime::record::Tape;
use rainwright::runtime::{Account, Kept, Live, Waiting};
use rainwright::{Call, Code, Data, Effect, Host, Interrupt, Outcome, Problem, Records, Refusal};
use rainwright_records::Actor;

use crate::network::{Network, NetworkArgs, is_loopback};
use crate::project::Project;
use crate::sandbox::Doubles;
use crate::terminal;

/// Where `info` lines go.
#[derive(Clone)]
pub enum Lines {
    /// To stdout.
    Print,
    /// To stderr.
    Tell,
    /// Into a list.
    Keep(Arc<Mutex<Vec<String>>>),
    /// To a function.
    Give(Arc<dyn Fn(&str) + Send + Sync>),
}

impl Lines {
    /// Takes a line there.
    pub fn take(&self, line: &str) {
        match self {
            Lines::Print => terminal::out(line),
            Lines::Tell => terminal::note(line),
            Lines::Keep(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned()),
            Lines::Give(give) => give(line),
        }
    }
}

/// What the host needs when it goes online.
pub struct Setting {
    /// Connections and network.
    pub network: NetworkArgs,
    /// The project of the script.
    pub project: Project,
    /// The sandbox of this run, if it has one.
    pub doubles: Option<Doubles>,
    /// What records calls, or answers them.
    pub tape: Option<Tape>,
    /// What scripts are told about their account.
    pub account: Account,
    /// The clock.
    pub clock: Clock,
    /// The seed of random numbers.
    pub seed: Option<u64>,
    /// Where `info` goes.
    pub lines: Lines,
    /// Stops a waiting call.
    pub stop: Interrupt,
}

/// The host.
pub struct ScriptHost {
    setting: Setting,
    /// The project's connectors.
    connectors: Arc<Connectors>,
    online: Option<(Network, Waiting)>,
    /// What scripts keep with their product while they run.
    kept: Kept,
}

impl ScriptHost {
    /// A host that has started nothing yet.
    pub fn new(setting: Setting) -> Self {
        Self { setting, connectors: Arc::default(), online: None, kept: Kept::default() }
    }

    /// The sandbox of this run, if it has one.
    pub fn doubles(&self) -> Option<&Doubles> {
        self.setting.doubles.as_ref()
    }

    /// Where the sandbox is, if one plays: that of this run or another one.
    fn sandbox(&self) -> Option<String> {
        let other = || self.setting.network.sandbox_at.clone().filter(|base| is_loopback(base));
        self.setting.doubles.as_ref().map(Doubles::base_url).or_else(other)
    }

    fn online(&mut self) -> Result<&mut (Network, Waiting), Problem> {
        if self.online.is_none() {
            self.connectors = Arc::new(self.setting.project.connectors()?);
            self.online = Some(self.start()?);
        }
        // It was put there one line above.
        self.online.as_mut().ok_or_else(|| Problem::new(Code::NotSupported, "The network is gone."))
    }

    fn start(&mut self) -> Result<(Network, Waiting), Problem> {
        let tape = self.setting.tape.take();
        let setting = &self.setting;
        let network = Network::start(&setting.network, &setting.project, setting.doubles.as_ref())?;
        let lines = setting.lines.clone();
        let options = LiveOptions {
            registry: Some(Arc::clone(&network.registry)),
            environment: network.environment.clone().unwrap_or_default(),
            subject: network.subject.clone(),
            who: setting.network.user.clone(),
            account: setting.account.clone(),
            connectors: Arc::clone(&self.connectors),
            clock: setting.clock,
            seed: setting.seed,
            info: Some(Box::new(move |text, _| lines.take(text))),
            tape,
            audit: setting.network.audit_log()?,
            #[cfg(feature = "mail")]
            mailer: mailer()?,
            ..LiveOptions::default()
        };
        let live = Arc::new(Live::new(Arc::clone(&network.http), options));
        let host = Waiting::new(live, Arc::clone(&network.driver), Arc::clone(&setting.stop));
        Ok((network, host))
    }
}

impl ScriptHost {
    /// What the sandbox's records answer, which are those of its double of Creator.
    fn records(&self, request: &Records) -> Result<Data, Problem> {
        let none = || Problem::new(Code::NotSupported, "There are no records in this run.");
        let doubles = self.setting.doubles.as_ref().ok_or_else(none)?;
        let user = self.setting.account.login_user.clone().unwrap_or_default();
        let mail = self.setting.account.login_mail.clone().unwrap_or_default();
        doubles.applications().perform(&Actor { now: now(self.setting.clock), user, mail }, request)
    }

    /// Tells what the sandbox's applications warn of, such as a workflow that failed after the answer of their API.
    fn tell_warnings(&self) {
        for warning in self.setting.doubles.iter().flat_map(|doubles| doubles.applications().take_warnings()) {
            terminal::note(&format!("sandbox: {warning}"));
        }
    }

    /// Makes the connection that a call needs in the sandbox of this run.
    fn connect(&mut self, request: &HttpRequest) -> Result<(), Problem> {
        self.online()?;
        if let (Some(doubles), Some((network, _))) = (&self.setting.doubles, &self.online) {
            doubles.connect(network, request)?;
        }
        Ok(())
    }
}

/// Gives a message to the sandbox in place of a server: it is kept in its outbox, and nothing leaves the machine.
fn keep(base: &str, kind: &str, message: &Message) -> Result<Outcome, Problem> {
    let files: Vec<&str> = message.attachments.iter().filter_map(|part| part.file_name.as_deref()).collect();
    let content = serde_json::json!({
        "from": message.from, "to": message.to, "cc": message.cc, "bcc": message.bcc, "reply_to": message.reply_to,
        "subject": message.subject, "text": message.text, "files": files,
    });
    rainwright_sandbox::deliver_at(base, kind, &content).map(|()| Outcome::Done).map_err(|e| {
        Problem::new(Code::SendFailed, format!("The sandbox has not taken the message: {e}."))
            .with_help("Look whether `dg sandbox` still runs at that address.")
    })
}

impl Host for ScriptHost {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        if let Some(answer) = self.setting.account.answer(&call.effect) {
            return Ok(answer);
        }
        if let Some(answer) = self.kept.answer(&call.effect) {
            return Ok(answer);
        }
        if let (Effect::Mail(message) | Effect::Sms(message), Some(base)) = (&call.effect, self.sandbox()) {
            return keep(&base, call.effect.name(), message).map_err(Refusal::from);
        }
        match (&call.effect, &self.online) {
            // No secret is known before the network is used, so there is nothing to mask.
            (Effect::Info { text }, None) => {
                self.setting.lines.take(text);
                Ok(Outcome::Done)
            }
            (Effect::Now, None) => Ok(Outcome::Instant { millis: now(self.setting.clock) }),
            (Effect::Task { name, arguments }, _) if is_hosted(name) && self.sandbox().is_some() => {
                let base = self.sandbox().unwrap_or_default();
                let told =
                    |e: std::io::Error| Problem::new(Code::NotSupported, format!("The sandbox cannot be asked: {e}."));
                match rainwright_sandbox::perform_at(&base, name, &arguments.to_json()).map_err(told)? {
                    Some(json) => Ok(json_data(&json)?.into()),
                    None => self.online()?.1.perform(call),
                }
            }
            (Effect::Records(request), _) if self.setting.doubles.is_some() => {
                let done = self.records(request);
                self.tell_warnings();
                Ok(done?.into())
            }
            (Effect::Http(request), _) if self.setting.doubles.is_some() => {
                self.connect(request)?;
                let done = self.online()?.1.perform(call);
                self.tell_warnings();
                done
            }
            (Effect::Task { name, .. }, _) if name == connector::TASK => {
                self.online()?;
                if let (Some(Ok(request)), true) =
                    (self.connectors.of_effect(&call.effect), self.setting.doubles.is_some())
                {
                    self.connect(&request)?;
                }
                self.online()?.1.perform(call)
            }
            _ => self.online()?.1.perform(call),
        }
    }
}

/// Whether a task runs inside of Zoho and may be played all the same.
fn is_hosted(task: &str) -> bool {
    ["zoho.ai.", "zoho.map."].iter().any(|area| task.starts_with(area))
}

/// Counts what goes through it.
pub struct Counting<'a> {
    inner: &'a mut dyn Host,
    /// How often each kind of effect happened.
    pub effects: BTreeMap<&'static str, u64>,
}

impl<'a> Counting<'a> {
    /// A host in front of another one.
    pub fn new(inner: &'a mut dyn Host) -> Self {
        Self { inner, effects: BTreeMap::new() }
    }
}

impl Host for Counting<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        *self.effects.entry(call.effect.name()).or_default() += 1;
        self.inner.perform(call)
    }
}

/// The mail server that `RAINWRIGHT_SMTP` names.
#[cfg(feature = "mail")]
pub fn mailer() -> Result<Option<rainwright::runtime::mail::Mailer>, Problem> {
    let address = std::env::var("RAINWRIGHT_SMTP").ok().filter(|address| !address.is_empty());
    address.map(|address| rainwright::runtime::mail::Mailer::new(&address.into())).transpose()
}

fn now(clock: Clock) -> i64 {
    match clock {
        Clock::System => jiff::Timestamp::now().as_millisecond(),
        Clock::Fixed(millis) => millis,
    }
}
