//! The functions that can be called: found when the server starts, compiled when they are first called.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rainwright::{Code, Engine, EntryPoint, Failure, Library, Problem, Script};

/// A file with functions.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's name, for messages.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A function that can be called.
pub(super) struct Callable {
    pub(super) script: Script,
    pub(super) entry: EntryPoint,
    /// A digest of the file, which tells versions apart.
    pub(super) digest: String,
}

pub(super) struct Catalogue {
    engine: Engine,
    sources: Vec<Source>,
    library: Library,
    /// The last part of each function's name, with its source.
    by_name: BTreeMap<String, usize>,
    /// Sources that cannot be compiled, with why.
    broken: Vec<(usize, Failure)>,
    compiled: RwLock<BTreeMap<String, Arc<Callable>>>,
}

impl Catalogue {
    pub(super) fn new(engine: Engine, sources: Vec<Source>, library: Library) -> Self {
        let mut by_name = BTreeMap::new();
        let mut broken = Vec::new();
        for (place, source) in sources.iter().enumerate() {
            match engine.compile(&source.name, &source.text) {
                Ok(script) => {
                    for entry in script.entries() {
                        by_name.entry(last(&entry.name).to_owned()).or_insert(place);
                    }
                }
                Err(failure) => broken.push((place, failure)),
            }
        }
        Self { engine, sources, library, by_name, broken, compiled: RwLock::default() }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(super) fn locale(&self) -> &rainwright::Locale {
        self.engine.locale()
    }

    /// The engine that compiles them.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The function of that name, `None` when there is none.
    ///
    /// # Errors
    /// Why its file cannot be compiled; also when a broken file is named like it.
    pub(super) fn find(&self, name: &str) -> Option<Result<Arc<Callable>, Failure>> {
        if let Some(known) = self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(Ok(Arc::clone(known)));
        }
        // Others that want the same function wait here, and find it.
        let mut compiled = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(name) {
            return Some(Ok(Arc::clone(known)));
        }
        let Some(place) = self.by_name.get(name) else {
            return self.broken_file(name).map(Err);
        };
        Some(self.compile(&self.sources[*place], name).map(|callable| {
            let callable = Arc::new(callable);
            compiled.insert(name.to_owned(), Arc::clone(&callable));
            callable
        }))
    }

    fn broken_file(&self, name: &str) -> Option<Failure> {
        let named_like = |source: &Source| {
            let file = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
            file.split('.').next() == Some(name)
        };
        let (_, failure) = self.broken.iter().find(|(place, _)| named_like(&self.sources[*place]))?;
        Some(failure.clone())
    }

    fn compile(&self, source: &Source, name: &str) -> Result<Callable, Failure> {
        let script = self.engine.compile_with(&[(&source.name, &source.text)], &self.library, None)?;
        let entry = script.entries().into_iter().find(|entry| last(&entry.name) == name).ok_or_else(|| {
            Failure::from(Problem::new(Code::UnknownFunction, format!("Not able to find '{name}' function")))
        })?;
        let digest = data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(source.text.as_bytes()));
        Ok(Callable { script, entry, digest: digest[..16].to_owned() })
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}
