//! What stays and looks after connections: one process of all that share a store renews idle logins, and one tells when a
//! connection goes bad.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rainwright::connections::Store;
use rainwright::connections::store::Duty;
use rainwright::runtime::connect::Health;
use rainwright::runtime::store::home;
use rainwright::runtime::{Driver, http::Http, http::Settings};
use rainwright::{Code, Problem};
use rainwright_server::console::{Notice, send_notice};

use crate::exit::{CommandResult, Exit, Trouble};
use crate::network::{EnvironmentArgs, Network, is_loopback, open_store};
use crate::terminal;

/// Which processes hold these is decided by the store that they share.
const KEEPALIVE: &str = "keepalive";
const HEALTH: &str = "health";
/// What was told last, in the data folder.
const TOLD: &str = "health-told.json";

/// Whether and how `dg connections health` stays.
#[derive(clap::Args)]
pub struct WatchArgs {
    /// Stay, and tell when a connection goes bad or is good again
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// How often connections are looked at, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "watch", value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Send a signed webhook there: connection.unhealthy or connection.healthy
    #[arg(long, value_name = "URL", requires = "watch")]
    webhook: Option<String>,
    /// Send a mail there, through the server that RAINWRIGHT_SMTP names
    #[arg(long, value_name = "ADDRESS", requires = "watch")]
    mail: Option<String>,
}

/// A duty that this process has, or waits for.
struct Post<'s> {
    store: &'s dyn Store,
    name: &'static str,
    held: Option<Box<dyn Duty>>,
    /// Whether the user was told that another process has the duty.
    said: bool,
}

impl<'s> Post<'s> {
    fn new(store: &'s dyn Store, name: &'static str) -> Self {
        Self { store, name, held: None, said: false }
    }

    /// Whether this process has the duty now; says when that changes.
    fn is_mine(&mut self) -> bool {
        if self.held.as_mut().is_some_and(|duty| !duty.is_held()) {
            self.held = None;
            terminal::note(&format!("{}: the store has taken the duty back", self.name));
        }
        if self.held.is_none() {
            match self.store.elect(self.name) {
                Ok(Some(duty)) => {
                    self.held = Some(duty);
                    terminal::note(&format!("{}: this process was elected", self.name));
                }
                Ok(None) if !self.said => {
                    terminal::note(&format!("{}: another process does it; standing by", self.name))
                }
                Ok(None) => {}
                Err(problem) => terminal::note(&format!("{}: {problem}", self.name)),
            }
            self.said = true;
        }
        self.held.is_some()
    }
}

/// `dg connections keepalive --every`: until the process ends.
pub fn keep_alive(network: &Network, every: Duration) -> CommandResult {
    let mut post = Post::new(&**network.registry.store(), KEEPALIVE);
    loop {
        if post.is_mine()
            && let Err(trouble) = super::renew_idle(network)
        {
            terminal::note(&told(trouble));
        }
        std::thread::sleep(every);
    }
}

fn told(trouble: Trouble) -> String {
    match trouble {
        Trouble::Problem(problem) => problem.to_string(),
        Trouble::Usage(message) => message,
        Trouble::Script(failure) => failure.to_string(),
    }
}

impl WatchArgs {
    /// Whether it stays.
    pub fn is_on(&self) -> bool {
        self.watch
    }

    /// Looks again and again, until the process ends.
    pub fn run(&self, environment: &EnvironmentArgs) -> CommandResult {
        if let Some(url) = &self.webhook
            && !url.starts_with("https://")
            && !url.starts_with("http://127.0.0.1")
        {
            return Err(Trouble::Usage("A webhook is an address that begins with https://.".into()));
        }
        let store = open_store()?;
        let driver = Driver::start()?;
        let mut post = Post::new(&store, HEALTH);
        loop {
            if post.is_mine()
                && let Err(trouble) = self.look(environment, &driver)
            {
                terminal::note(&told(trouble));
            }
            std::thread::sleep(Duration::from_secs(self.every));
        }
    }

    /// Looks once, and tells what has changed since it was told last.
    fn look(&self, environment: &EnvironmentArgs, driver: &Driver) -> CommandResult {
        let home = home()?;
        let mut known = read(&home);
        let mut all: BTreeMap<String, (Notice, bool)> = BTreeMap::new();
        for connection in super::stored(environment)? {
            let health = Health::of(&connection);
            if health.is_draft() {
                continue;
            }
            let problem = health.problem.clone().or_else(|| (!health.usable).then(|| health.status.to_owned()));
            let key = connection.key();
            let is_good = problem.is_none();
            let event = if is_good { "connection.healthy" } else { "connection.unhealthy" };
            let notice = Notice { event: event.into(), key: key.clone(), service: connection.service.clone(), problem };
            all.insert(key.to_string(), (notice, is_good));
        }
        // One that is gone is told of no more, and would be new if it came back.
        known.retain(|name, _| all.contains_key(name));
        for (name, (notice, is_good)) in all {
            let before = known.get(&name).copied();
            // A connection that was never told of is news only when it is bad.
            if before == Some(is_good) || (before.is_none() && is_good) {
                known.insert(name, is_good);
                continue;
            }
            let why = notice.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
            let line = format!("{name} is {}{why}", if is_good { "good again" } else { "bad" });
            terminal::out(&terminal::plain(&line));
            // Told or not: one that does not listen is not asked for ever. The next change is told again.
            if let Err(problem) = self.tell(&home, driver, &notice, &line) {
                terminal::note(&problem.to_string());
            }
            known.insert(name, is_good);
        }
        write(&home, &known)?;
        Ok(Exit::Done)
    }

    fn tell(&self, home: &Path, driver: &Driver, notice: &Notice, line: &str) -> Result<(), Problem> {
        if let Some(url) = &self.webhook {
            let mut settings = Settings::default();
            if is_loopback(url.split('/').take(3).collect::<Vec<_>>().join("/").as_str()) {
                settings.allow = rainwright::connections::policy::AllowNet::parse(["127.0.0.1"])?;
            }
            driver.wait(send_notice(&Http::new(settings), home, url, notice))?;
        }
        if let Some(address) = &self.mail {
            send_mail(driver, address, line)?;
        }
        Ok(())
    }
}

#[cfg(feature = "mail")]
fn send_mail(driver: &Driver, address: &str, line: &str) -> Result<(), Problem> {
    let Some(mailer) = crate::host::mailer()? else {
        return Err(Problem::new(Code::SendFailed, "No mail server is set up.")
            .with_help("Name one with RAINWRIGHT_SMTP, such as smtps://user:password@mail.example.com."));
    };
    let message = rainwright::effect::Message {
        from: address.to_owned(),
        to: vec![address.to_owned()],
        subject: line.chars().take(200).collect(),
        text: format!(
            "{line}\n\nLook at it with `dg connections show`, and connect it again with `dg connect --reconnect`.\n"
        ),
        ..Default::default()
    };
    driver.wait(mailer.send(&message))
}

#[cfg(not(feature = "mail"))]
fn send_mail(_: &Driver, _: &str, _: &str) -> Result<(), Problem> {
    Err(Problem::new(Code::NotSupported, "Mail is not supported: this program was built without it.")
        .with_help("Build it with the feature `mail`, or use --webhook."))
}

/// What was told last: connections by key, and whether each was good. A file that is damaged has told nothing.
fn read(home: &Path) -> BTreeMap<String, bool> {
    let text = std::fs::read_to_string(home.join(TOLD)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn write(home: &Path, told: &BTreeMap<String, bool>) -> Result<(), Problem> {
    let text = serde_json::to_string(told).unwrap_or_default();
    let (file, draft) = (home.join(TOLD), home.join(format!("{TOLD}.{}", std::process::id())));
    let written = std::fs::create_dir_all(home).and_then(|()| std::fs::write(&draft, text));
    written.and_then(|()| std::fs::rename(&draft, &file)).map_err(|e| {
        Problem::new(Code::StoreProblem, format!("What was told of connections cannot be kept: {e}."))
            .with_help(format!("Check {} and its rights.", file.display()))
    })
}
