//! Answers the questions of an editor, as plain data with byte offsets: no protocol, no files, no clock.
//!
//! An [`Analysis`] is told of projects and of the texts of their files; every question names a file and an offset into it.
//! Open files are kept parsed, of the others only the text and an index of their names.
//!
//! ```
//! use rainwright_ide::{Analysis, Project};
//! let mut analysis = Analysis::default();
//! analysis.set_project("shop", Project::default());
//! analysis.open("shop/main.dg", "shop", "total = 1;\ninfo total;");
//! let places = analysis.definition("shop/main.dg", 17);
//! assert_eq!((places[0].file.as_str(), places[0].span.start), ("shop/main.dg", 0));
//! ```

mod completion;
mod connect;
pub(crate) mod docs;
mod document;
mod edits;
mod extract;
mod fixes;
mod hierarchy;
mod hints;
mod index;
mod known;
mod lens;
mod navigate;
mod ranges;
mod rename;
mod shape;
mod signature;
mod symbols;
mod target;
mod tokens;

pub use completion::{Completion, CompletionKind};
pub use docs::Hover;
pub use fixes::{FixKind, Fixed, WantedConnection};
pub use hierarchy::{HierarchyCall, HierarchyItem};
pub use hints::Hint;
pub use known::{AnsweredCall, KnownAnswer};
pub use lens::{Lens, LensKind};
pub use navigate::{Highlight, Location};
pub use ranges::{Fold, FoldKind};
pub use rename::Refused;
pub use shape::Shape;
pub use signature::Signature;
pub use symbols::{Symbol, SymbolKind, WorkspaceSymbol};
pub use tokens::{Modifiers, SemanticToken, TokenKind};

use crate::{CheckOptions, KnownForms, Levels, OtherFunctions, check_parsed};
use document::{Document, Part};
use index::Index;
use rainwright_builtins::{OwnTasks, PROFILES, Profile};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::DocumentKind;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// What is known about a project besides its files.
#[derive(Clone, Debug)]
pub struct Project {
    /// The product that its scripts are for.
    pub profile: &'static Profile,
    /// Variables that runs are given.
    pub variables: Vec<String>,
    /// The connections there are, when that is known.
    pub connections: Option<Vec<KnownConnection>>,
    /// Services with the addresses that their calls begin with.
    pub services: Vec<KnownService>,
    /// How serious it takes each lint.
    pub levels: Levels,
    /// Functions of the program around that scripts may call: `erp.price`.
    pub functions: Vec<String>,
    /// Tasks that the program around has declared.
    pub tasks: OwnTasks,
    /// The forms of its application.
    pub forms: Arc<KnownForms>,
    /// The scripts that serve events of forms, by the ends of their paths, each with its form.
    pub form_scripts: Vec<(String, String)>,
    /// Reads the forms of an application's export; without it they are known by their names alone.
    pub read_forms: Option<fn(&str) -> KnownForms>,
    /// Whether scripts can call no functions but those of the callable files and of the program around.
    pub has_all_functions: bool,
    /// What services are known to answer.
    pub answers: Arc<Vec<KnownAnswer>>,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            profile: &PROFILES[0],
            variables: Vec::new(),
            connections: None,
            services: Vec::new(),
            levels: Levels::default(),
            functions: Vec::new(),
            tasks: OwnTasks::default(),
            forms: Arc::default(),
            form_scripts: Vec::new(),
            read_forms: None,
            has_all_functions: false,
            answers: Arc::default(),
        }
    }
}

/// A connection that scripts can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownConnection {
    /// Its link name.
    pub name: String,
    /// The service that it connects to, for people.
    pub service: String,
}

/// A service that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownService {
    /// The name for people.
    pub name: String,
    /// The id, as in `dg connect ID`.
    pub id: String,
    /// What its addresses begin with: `https://{dc}.api.mailchimp.com`.
    pub url: String,
}

/// Replaces a piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What is there afterwards.
    pub text: String,
}

/// The edits of one file, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub file: String,
    /// Its edits.
    pub edits: Vec<Edit>,
}

/// Tells a long answer that nobody waits for it any more.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Gives up the answer.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the answer was given up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`Cancelled`] when the answer was given up.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// The answer was given up before it was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// All projects and files that an editor has before it.
#[derive(Debug, Default)]
pub struct Analysis {
    projects: HashMap<String, ProjectState>,
    files: BTreeMap<String, File>,
}

#[derive(Debug, Default)]
struct ProjectState {
    project: Project,
    /// What checks take for granted, with the functions of all callable files; made when it is first asked for, so that a
    /// project of thousands of files is not looked through for each of them.
    options: OnceLock<CheckOptions>,
    /// The same for the scripts of a form's events, by the form.
    of_forms: OnceLock<HashMap<String, CheckOptions>>,
    /// The functions of all its files by the last part of their names.
    defined: HashMap<String, Vec<Defined>>,
    /// The callable files that cannot be read to their ends.
    broken: HashSet<String>,
}

impl ProjectState {
    fn options(&self) -> &CheckOptions {
        self.options.get_or_init(|| {
            let project = &self.project;
            let names = project.connections.as_ref().map(|all| all.iter().map(|one| one.name.clone()).collect());
            let callable = self.defined.values().flatten().filter(|one| one.callable);
            let functions = OtherFunctions::new(callable.map(|one| &one.path).chain(&project.functions));
            // A file that cannot be read may define more.
            let complete = project.has_all_functions && self.broken.is_empty();
            CheckOptions {
                profile: project.profile,
                kind: None,
                variables: project.variables.clone(),
                functions: Arc::new(if complete { functions.complete() } else { functions }),
                tasks: project.tasks.clone(),
                connections: names,
                levels: project.levels.clone(),
                forms: Arc::clone(&project.forms),
                own_form: None,
                own_event: None,
            }
        })
    }

    fn of_forms(&self) -> &HashMap<String, CheckOptions> {
        self.of_forms.get_or_init(|| {
            let of_form = |form: &String| CheckOptions { own_form: Some(form.clone()), ..self.options().clone() };
            self.project.form_scripts.iter().map(|(_, form)| (form.clone(), of_form(form))).collect()
        })
    }
}

/// A function that a file of a project defines.
#[derive(Clone, Debug)]
struct Defined {
    path: String,
    place: Location,
    callable: bool,
}

#[derive(Debug)]
struct File {
    project: String,
    text: Arc<str>,
    /// Whether the editor has it open.
    open: bool,
    /// Whether the other files of the project may call its functions.
    callable: bool,
    document: OnceLock<Arc<Document>>,
    index: OnceLock<Arc<Index>>,
}

impl Analysis {
    /// Adds a project, or replaces what is known about one.
    pub fn set_project(&mut self, key: &str, project: Project) {
        let state = self.projects.entry(key.to_owned()).or_default();
        state.project = project;
        self.renew(key);
    }

    /// Forgets what is derived from the project.
    fn renew(&mut self, key: &str) {
        let Some(state) = self.projects.get_mut(key) else { return };
        state.options = OnceLock::new();
        state.of_forms = OnceLock::new();
        for file in self.files.values_mut().filter(|file| file.project == key) {
            file.document = OnceLock::new();
        }
    }

    /// The editor opened a file, or changed it.
    pub fn open(&mut self, file: &str, project: &str, text: &str) {
        self.put(file, project, text, true, None);
    }

    /// A file of the project that is not open. `callable` says whether other files may call its functions.
    pub fn add(&mut self, file: &str, project: &str, text: &str, callable: bool) {
        self.put(file, project, text, false, Some(callable));
    }

    /// The editor closed a file; its text is kept until the file is removed or added again.
    pub fn close(&mut self, file: &str) {
        if let Some(known) = self.files.get_mut(file) {
            known.open = false;
            known.document = OnceLock::new();
        }
    }

    /// The file is gone.
    pub fn remove(&mut self, file: &str) {
        let before = self.index(file);
        if let Some(known) = self.files.remove(file) {
            self.tell_functions(file, &known.project, before.as_deref(), None, known.callable);
        }
    }

    fn put(&mut self, name: &str, project: &str, text: &str, open: bool, callable: Option<bool>) {
        let old = self.index(name);
        let before = self.files.remove(name);
        let callable = callable.or(before.as_ref().map(|file| file.callable)).unwrap_or(false);
        if let Some(other) = before.filter(|file| file.project != project || file.callable != callable) {
            self.tell_functions(name, &other.project, old.as_deref(), None, other.callable);
        }
        let file = File {
            project: project.to_owned(),
            text: Arc::from(text),
            open,
            callable,
            document: OnceLock::new(),
            index: OnceLock::new(),
        };
        self.files.insert(name.to_owned(), file);
        if !self.projects.contains_key(project) {
            self.set_project(project, Project::default());
        }
        let new = self.index(name);
        self.tell_functions(name, project, old.as_deref(), new.as_deref(), callable);
    }

    /// Notes which functions a file defines now. Where other files may call them, their names matter to all checks.
    fn tell_functions(&mut self, file: &str, project: &str, old: Option<&Index>, new: Option<&Index>, callable: bool) {
        let Some(state) = self.projects.get_mut(project) else { return };
        for function in old.iter().flat_map(|index| &index.functions) {
            if let Some(all) = state.defined.get_mut(function.last()) {
                all.retain(|one| one.place.file != file);
            }
        }
        for function in new.iter().flat_map(|index| &index.functions) {
            let place = Location { file: file.to_owned(), span: function.name };
            let one = Defined { path: function.path.clone(), place, callable };
            state.defined.entry(function.last().to_owned()).or_default().push(one);
        }
        let names = |index: Option<&Index>| -> Vec<String> {
            index.iter().flat_map(|index| &index.functions).map(|f| f.path.clone()).collect()
        };
        let is_broken = callable && new.is_some_and(|index| index.is_broken);
        let changed = if is_broken { state.broken.insert(file.to_owned()) } else { state.broken.remove(file) };
        if callable && (names(old) != names(new) || changed && state.project.has_all_functions) {
            self.renew(project);
        }
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<Arc<str>> {
        self.files.get(file).map(|file| Arc::clone(&file.text))
    }

    /// The names of all files, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether the editor has the file open.
    #[must_use]
    pub fn is_open(&self, file: &str) -> bool {
        self.files.get(file).is_some_and(|file| file.open)
    }

    /// What is wrong or doubtful in a file, in the order of the places.
    #[must_use]
    pub fn diagnostics(&self, file: &str) -> Vec<Diagnostic> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let check = || {
            let of_part =
                |part: &Part| check_parsed(&document.text, &part.parsed, self.options_of(file, &document, part));
            document.parts.iter().flat_map(of_part).chain(document.breaks_off()).collect()
        };
        document.found.get_or_init(check).clone()
    }

    /// What is known about the project that a file belongs to.
    fn project(&self, file: &str) -> Option<&Project> {
        let known = self.files.get(file)?;
        self.projects.get(&known.project).map(|state| &state.project)
    }

    /// What checks of a file may take for granted: what its project says, and the form whose events it serves.
    fn options(&self, file: &str) -> &CheckOptions {
        static NONE: OnceLock<CheckOptions> = OnceLock::new();
        let state = self.files.get(file).and_then(|known| self.projects.get(&known.project));
        let Some(state) = state else { return NONE.get_or_init(CheckOptions::default) };
        let form = state.project.form_scripts.iter().find(|(path, _)| file.ends_with(path.as_str()));
        form.and_then(|(_, form)| state.of_forms().get(form)).unwrap_or_else(|| state.options())
    }

    /// The same for one script of a file: those of an export know its forms and functions.
    fn options_of<'a>(&'a self, file: &str, document: &'a Document, part: &Part) -> &'a CheckOptions {
        let shared = self.options(file);
        if document.kind != DocumentKind::Export {
            return shared;
        }
        let all = document.exported.get_or_init(|| {
            let read = self.project(file).and_then(|project| project.read_forms);
            let forms = read.map(|read| Arc::new(read(&document.text))).unwrap_or_default();
            let names = document.functions().map(|function| function.path.clone());
            let options = CheckOptions { forms, ..shared.of_export(names, document.is_sound()) };
            let served: HashSet<&Option<String>> = document.parts.iter().map(|part| &part.own_form).collect();
            let of_form = |form: &Option<String>| CheckOptions { own_form: form.clone(), ..options.clone() };
            served.into_iter().map(|form| (form.clone(), of_form(form))).collect()
        });
        all.get(&part.own_form).unwrap_or(shared)
    }

    /// The file, parsed. Of a file that is not open the tree is not kept.
    fn document(&self, file: &str) -> Option<Arc<Document>> {
        let known = self.files.get(file)?;
        let read = || Arc::new(Document::read(Arc::clone(&known.text), self.options(file)));
        Some(if known.open { Arc::clone(known.document.get_or_init(read)) } else { read() })
    }

    /// The names that a file defines and calls.
    fn index(&self, file: &str) -> Option<Arc<Index>> {
        let known = self.files.get(file)?;
        Some(Arc::clone(known.index.get_or_init(|| {
            // A file that is open is parsed anyway, and keeps its tree.
            self.document(file).map(|document| Arc::new(Index::of(&document))).unwrap_or_default()
        })))
    }

    /// Whether two files belong to one project.
    fn same_project(&self, a: &str, b: &str) -> bool {
        self.files.get(a).map(|file| &file.project) == self.files.get(b).map(|file| &file.project)
    }
}

#[cfg(test)]
mod tests;
