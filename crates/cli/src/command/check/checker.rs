//! Checks files, and reads what they have in common once: the project's settings and functions.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rainwright::builtins::FunctionKind;
use rainwright::{Code, Diagnostic, Engine, Problem};
use rainwright_app::Application;
use rainwright_ide::{CheckOptions, KnownForms, Levels, OtherFunctions};
use rainwright_syntax::DocumentKind;
use rainwright_syntax::ast::Item;

use crate::application::KnownApplication;
use crate::exit::{CommandResult, Trouble};
use crate::export::function_name;
use crate::kind::KindArgs;
use crate::project::{FILE, Project, Projects, bytes, text};

/// One checked file.
pub struct Checked {
    /// Its path as it was named.
    pub name: String,
    /// Its text; what is not UTF-8 is replaced.
    pub source: String,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file that has been read, with all that its check needs.
pub struct Prepared {
    name: String,
    source: String,
    how: How,
}

/// What is to be done with a file.
enum How {
    /// Nothing more: it is no text.
    Done(Vec<Diagnostic>),
    /// Only its syntax is looked at.
    Syntax(Box<Engine>),
    /// Everything is.
    Full(Box<CheckOptions>),
}

impl Prepared {
    /// Checks it.
    pub fn check(self) -> Checked {
        let Prepared { name, source, how } = self;
        let diagnostics = match how {
            How::Done(diagnostics) => diagnostics,
            How::Syntax(engine) => engine.diagnose(&source),
            How::Full(options) => rainwright_ide::check(&source, &options),
        };
        Checked { name, source, diagnostics }
    }
}

/// Checks files side by side, on the cores that there are; in the same order as one after the other.
pub fn check_all(files: Vec<Prepared>) -> Vec<Checked> {
    let threads = if files.len() < FEW { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
    if threads < 2 {
        return files.into_iter().map(Prepared::check).collect();
    }
    let (left, done) = (Mutex::new(files.into_iter().enumerate()), Mutex::new(Vec::new()));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((at, file)) = next() {
            let checked = file.check();
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, checked));
        }
    };
    thread::scope(|scope| {
        // Where no more threads can be had, this one does it all.
        (1..threads).for_each(|_| drop(thread::Builder::new().spawn_scoped(scope, work)));
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, checked)| checked).collect()
}

/// With fewer files, starting a thread takes longer than it saves.
const FEW: usize = 8;

/// What the scripts of a folder have in common.
struct Known {
    project: Arc<Project>,
    levels: Levels,
    /// The functions of the project.
    functions: Arc<OtherFunctions>,
    /// The application that the folder belongs to.
    app: Option<KnownApplication>,
}

/// Prepares one file after the other.
pub struct Checker {
    profile: Option<String>,
    kind: Option<&'static FunctionKind>,
    syntax: bool,
    connections: Option<Vec<String>>,
    folders: HashMap<PathBuf, Rc<Known>>,
    roots: HashMap<PathBuf, Arc<OtherFunctions>>,
    projects: Projects,
    stdin: Option<Vec<u8>>,
}

impl Checker {
    /// For a product, if one was named; `connections` are those of the store, if scripts are to be held to them.
    pub fn new(profile: Option<&str>, syntax: bool, connections: Option<Vec<String>>) -> Self {
        let profile = profile.map(str::to_owned);
        let (folders, roots, projects) = (HashMap::new(), HashMap::new(), Projects::default());
        Self { profile, kind: None, syntax, connections, folders, roots, projects, stdin: None }
    }

    /// The same for functions of one kind; else a script may name its own.
    ///
    /// # Errors
    /// A kind that does not exist.
    pub fn of_kind(mut self, kind: &KindArgs) -> CommandResult<Self> {
        self.kind = kind.of("")?;
        Ok(self)
    }

    /// Reads a file, and what its check may take for granted; `-` is stdin.
    ///
    /// # Errors
    /// A file or project file that cannot be read, or a profile that does not exist.
    pub fn prepare(&mut self, file: &Path) -> CommandResult<Prepared> {
        let name = if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() };
        let (source, how) = match text(self.bytes(file)?) {
            Err((source, diagnostics)) => (source, How::Done(diagnostics)),
            Ok(source) if self.syntax => {
                let known = self.known(file)?;
                let engine = self.engine(&known, &source)?;
                (source, How::Syntax(Box::new(engine)))
            }
            Ok(source) => {
                let options = self.options(file, &source)?;
                (source, How::Full(Box::new(options)))
            }
        };
        Ok(Prepared { name, source, how })
    }

    /// The text of a script and what its checks may take for granted; nothing when it is no text.
    ///
    /// # Errors
    /// A file or project file that cannot be read, or a profile that does not exist.
    pub fn read(&mut self, file: &Path) -> CommandResult<Option<(String, CheckOptions)>> {
        let Ok(source) = String::from_utf8(self.bytes(file)?) else { return Ok(None) };
        let options = self.options(file, &source)?;
        Ok(Some((source, options)))
    }

    /// From now on, stdin has this text.
    pub fn replace_stdin(&mut self, source: String) {
        self.stdin = Some(source.into_bytes());
    }

    fn bytes(&mut self, file: &Path) -> CommandResult<Vec<u8>> {
        if file != Path::new("-") {
            return Ok(bytes(file)?);
        }
        if let Some(bytes) = &self.stdin {
            return Ok(bytes.clone());
        }
        let read = bytes(file)?;
        self.stdin = Some(read.clone());
        Ok(read)
    }

    /// What the checks may take for granted: the product's rules, and the functions of the project or the export.
    fn options(&mut self, file: &Path, source: &str) -> CommandResult<CheckOptions> {
        let known = self.known(file)?;
        let engine = self.engine(&known, source)?;
        let mut functions = Arc::clone(&known.functions);
        if DocumentKind::of(source) == DocumentKind::Export {
            functions = Arc::new(functions.with(names(source)));
        }
        // Only a golden script names others.
        if source.contains("//@ use") {
            let used = rainwright_golden::used(file, source).map_err(|why| Problem::new(Code::FileProblem, why))?;
            functions = Arc::new(functions.with(used.iter().flat_map(|(_, source)| names(source))));
        }
        let mut app = known.app.clone();
        if DocumentKind::of(source) == DocumentKind::Export {
            app = Application::import(source).ok().map(|app| KnownApplication::of(&app));
        } else if source.contains("//@ form") {
            let forms = rainwright_golden::forms(file, source).map_err(|why| Problem::new(Code::FileProblem, why))?;
            app = Some(KnownApplication { forms: Arc::new(KnownForms::new(forms)), ..KnownApplication::default() });
        }
        let own_form = app.as_ref().and_then(|app| app.form_of(file));
        let own_event = app.as_ref().and_then(|app| app.event_of(file));
        let options = CheckOptions {
            profile: engine.current_profile(),
            forms: app.map(|app| app.forms).unwrap_or_default(),
            own_form,
            own_event,
            functions,
            connections: self.connections.clone(),
            levels: known.levels.clone(),
            ..CheckOptions::default()
        };
        Ok(match self.kind {
            Some(kind) => options.of_kind(kind),
            None => options,
        })
    }

    fn engine(&self, known: &Known, source: &str) -> CommandResult<Engine> {
        known.project.engine(self.profile.as_deref(), DocumentKind::of(source) == DocumentKind::Export, None).map_err(
            |trouble| match trouble {
                // A profile or time zone that does not exist is wrong use.
                Trouble::Script(failure) => Trouble::Usage(format!("{}. {}", failure.message(), failure.help())),
                other => other,
            },
        )
    }

    /// What is known about the folder of a file.
    fn known(&mut self, file: &Path) -> CommandResult<Rc<Known>> {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        if let Some(known) = self.folders.get(&folder) {
            return Ok(Rc::clone(known));
        }
        let (project, library) = self.projects.of(file)?;
        let mut levels = Levels::default();
        for (lint, level) in &project.settings.lints {
            let place = project.root.as_deref().unwrap_or(Path::new("")).join(FILE);
            levels.set(lint, level).map_err(|why| Trouble::Usage(format!("{}, [lints]: {why}", place.display())))?;
        }
        let functions = match project.root.as_ref().and_then(|root| self.roots.get(root)) {
            Some(functions) => Arc::clone(functions),
            // A script's own functions are among them, which does no harm.
            None => {
                let functions = OtherFunctions::new(library.names());
                let is_complete = project.root.is_some() && project.settings.functions.is_some();
                Arc::new(if is_complete { functions.complete() } else { functions })
            }
        };
        if let Some(root) = &project.root {
            self.roots.insert(root.clone(), Arc::clone(&functions));
        }
        let app = KnownApplication::around(file, project.root.as_deref())?;
        let known = Rc::new(Known { project, levels, functions, app });
        self.folders.insert(folder, Rc::clone(&known));
        Ok(known)
    }
}

/// The names of the functions of a source, with their namespaces.
fn names(source: &str) -> Vec<String> {
    let items = rainwright_syntax::parse(source).tree.items;
    let names = items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function_name(function)),
        Item::Statement(_) => None,
    });
    names.collect()
}
