//! What all doubles share: the settings, the services' data and the file it is kept in.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rainwright_records::Applications;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::admin::Stats;
use crate::fault::Fault;
use crate::http::Object;
use crate::oauth::{Grants, oauth1};
use crate::seed::named;
use crate::store::{self, SandboxStore};
use crate::{
    SandboxOptions, creator, crm, dropbox, eventbrite, google, mailchimp, outbox, partners, products, support,
};

/// The data of all services; also the form of the state file and of a seed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct World {
    pub(crate) mailchimp: mailchimp::Account,
    /// The records of Zoho's products; in a file, products are on the same level as services.
    #[serde(skip)]
    pub(crate) store: SandboxStore,
    /// The records of Creator's applications.
    #[serde(skip)]
    pub(crate) creator: Applications,
    pub(crate) google: google::Calendars,
    pub(crate) eventbrite: eventbrite::Account,
    pub(crate) dropbox: dropbox::Files,
    pub(crate) support: support::Desk,
    pub(crate) grants: Grants,
    /// With this seed, ids that nobody knows get a record that is made up.
    #[serde(skip)]
    pub(crate) lenient: Option<u64>,
}

/// A handle on the running sandbox, given to every request.
#[derive(Clone)]
pub(crate) struct Ctx(Arc<Shared>);

struct Shared {
    options: SandboxOptions,
    base: String,
    world: Mutex<World>,
    faults: Mutex<Vec<Fault>>,
    stats: Mutex<Stats>,
    oauth1: Mutex<oauth1::Memory>,
}

impl Ctx {
    /// Reads the state file, else the seed, else the shipped data.
    pub(crate) fn new(mut options: SandboxOptions, base: String) -> io::Result<Self> {
        let invalid = |e: serde_json::Error| io::Error::new(io::ErrorKind::InvalidData, e);
        let saved = match &options.state_file {
            Some(path) => match std::fs::read_to_string(path) {
                Ok(text) => Some(serde_json::from_str(&text).map_err(invalid)?),
                Err(e) if e.kind() == io::ErrorKind::NotFound => None,
                Err(e) => return Err(named(path, &e)),
            },
            None => None,
        };
        let mut parts = shipped().map_err(invalid)?;
        if let Some(serde_json::Value::Object(given)) = saved.or_else(|| options.seed.take()) {
            for (service, data) in given {
                match (parts.get_mut(&service), data) {
                    // Modules that a seed leaves out keep what is shipped.
                    (Some(serde_json::Value::Object(shipped)), serde_json::Value::Object(own)) => shipped.extend(own),
                    (_, data) => {
                        parts.insert(service, data);
                    }
                }
            }
        }
        let mut world = assemble(parts, std::mem::take(&mut options.applications))?;
        world.lenient = options.lenient;
        let faults = Mutex::new(std::mem::take(&mut options.faults));
        let stats = Mutex::default();
        Ok(Self(Arc::new(Shared { options, base, world: Mutex::new(world), faults, stats, oauth1: Mutex::default() })))
    }

    /// The settings.
    pub(crate) fn options(&self) -> &SandboxOptions {
        &self.0.options
    }

    /// The sandbox's own origin.
    pub(crate) fn base(&self) -> &str {
        &self.0.base
    }

    /// The data; hold it briefly and never across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.0.world)
    }

    /// The seed of made-up records, when ids that nobody knows get one.
    pub(crate) fn lenient(&self) -> Option<u64> {
        self.world().lenient
    }

    /// The misbehaviour that waits.
    pub(crate) fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        lock(&self.0.faults)
    }

    /// The counters.
    pub(crate) fn stats(&self) -> MutexGuard<'_, Stats> {
        lock(&self.0.stats)
    }

    /// What the servers of OAuth 1.0a remember.
    pub(crate) fn oauth1(&self) -> MutexGuard<'_, oauth1::Memory> {
        lock(&self.0.oauth1)
    }

    /// Writes the state file, if one is wanted.
    pub(crate) fn save(&self) -> io::Result<()> {
        let Some(path) = &self.0.options.state_file else {
            return Ok(());
        };
        // Under the lock, so that an older state never replaces a newer one.
        let world = self.world();
        let mut parts = serde_json::to_value(&*world)?;
        if let Some(parts) = parts.as_object_mut() {
            parts.extend(world.store.parts());
            let reports = parts.remove("creator");
            parts.extend(creator::kept::parts(&world.creator).map_err(io::Error::other)?);
            if let (Some(Value::Object(reports)), Some(Value::Object(records))) = (reports, parts.get_mut("creator")) {
                records.extend(reports);
            }
        }
        write_whole(path, &serde_json::to_vec_pretty(&parts)?)
    }
}

/// The world of a seed: what is no service of its own is a product of Zoho, whose modules go into the store.
fn assemble(mut parts: Object, applications: Applications) -> io::Result<World> {
    let invalid = |e: serde_json::Error| io::Error::new(io::ErrorKind::InvalidData, e);
    let mut store = SandboxStore::default();
    store.count_from(parts.remove(store::MADE).and_then(|made| made.as_u64()).unwrap_or(0));
    let mut forms: Vec<(String, Vec<Object>)> = Vec::new();
    let kept = |name: &str| name == outbox::PRODUCT || partners::NAMES.contains(&name);
    let product = |name: &&String| products::find(name).is_some() || kept(name);
    for product in parts.keys().filter(product).cloned().collect::<Vec<_>>() {
        let modules: BTreeMap<String, Vec<Object>> =
            serde_json::from_value(parts.remove(&product).unwrap_or_default()).map_err(invalid)?;
        for (module, records) in modules {
            if product == "creator" && module.contains('.') {
                forms.push((module, records));
            } else {
                store.load(&product, &module, records);
            }
        }
    }
    let known = parts.remove(creator::kept::FORMS).map(serde_json::from_value).transpose().map_err(invalid)?;
    let files = parts.remove(creator::kept::FILES).map(serde_json::from_value).transpose().map_err(invalid)?;
    creator::kept::load(&applications, known.unwrap_or_default(), &forms, files.unwrap_or_default())
        .map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, problem))?;
    let mut world: World = serde_json::from_value(parts.into()).map_err(invalid)?;
    world.store = store;
    world.creator = applications;
    crm::settle(&mut world);
    Ok(world)
}

/// The data that comes with the sandbox, by service.
fn shipped() -> serde_json::Result<serde_json::Map<String, serde_json::Value>> {
    let files: BTreeMap<&str, &str> = BTreeMap::from([
        ("crm", include_str!("../seed/crm.json")),
        ("mailchimp", include_str!("../seed/mailchimp.json")),
        ("support", include_str!("../seed/support.json")),
    ]);
    files.into_iter().map(|(name, text)| Ok((name.to_owned(), serde_json::from_str(text)?))).collect()
}

/// Replaces a file in one step, so that a crash leaves the old one or the new one.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path)).map_err(|e| named(path, &e))
}

/// A panic elsewhere leaves data that is still whole: each change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// What the clock says on the thread of a sandbox that does not go by the time of day.
    static CLOCK: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Stops the clock of this thread.
pub(crate) fn set_clock(millis: Option<i64>) {
    CLOCK.set(millis);
}

/// The time of the doubles.
pub(crate) fn now() -> jiff::Timestamp {
    let stopped = CLOCK.get().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    stopped.unwrap_or_else(jiff::Timestamp::now)
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn now_millis() -> u64 {
    u64::try_from(now().as_millisecond()).unwrap_or(0)
}
