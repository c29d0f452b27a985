//! What the server holds: the analysis, the open files with their texts, and which files are still to be read.

use crate::convert::{Page, address_of};
use crate::files::{is_script, key_of, path_of, read, scripts, stamp};
use crate::position::{Lines, Units};
use crate::{FoundProject, Surroundings};
use lsp_types::{Location, MessageType, Range, SemanticToken, Uri};
use rainwright_diagnostic::Span;
use rainwright_ide::{Analysis, Project};
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How long nobody must have typed before findings are looked for: while somebody types, answers come first.
const QUIET: Duration = Duration::from_millis(30);

/// How long findings wait at most.
const LATEST: Duration = Duration::from_millis(300);

pub(crate) struct State {
    pub(crate) analysis: Analysis,
    pub(crate) units: Units,
    pub(crate) open: HashMap<String, OpenFile>,
    /// The colours that were sent last, by file, with the name of that answer.
    pub(crate) tokens: HashMap<String, (String, Vec<SemanticToken>)>,
    pub(crate) answers: u64,
    surroundings: Box<dyn Surroundings>,
    /// Files that were closed, whose findings are no longer shown.
    pub(crate) closed: Vec<Uri>,
    /// Messages for the person at the editor.
    pub(crate) notices: Vec<(MessageType, String)>,
    /// The folders that the editor has open.
    roots: Vec<PathBuf>,
    /// The folders whose files have been listed.
    scanned: HashSet<PathBuf>,
    /// Files that wait to be read; those with functions that other files call come first.
    callable: VecDeque<PathBuf>,
    waiting: VecDeque<PathBuf>,
    /// The project of each folder that was asked for, and what is known of each project.
    folders: HashMap<PathBuf, String>,
    projects: HashMap<String, FoundProject>,
    /// Times and lengths of the files that were read, for editors that do not watch files.
    stamps: HashMap<PathBuf, Option<(SystemTime, u64)>>,
    /// Whether a file has changed that projects are made of.
    outdated: bool,
}

/// Something that can be done while nobody asks.
pub(crate) enum Work {
    /// One of the files that wait is read.
    Read,
    /// The editor is told the findings of an open file, from a moment on.
    Tell(String, Instant),
}

/// Findings that the editor has not been told.
#[derive(Clone, Copy)]
pub(crate) struct Untold {
    /// Since when.
    since: Instant,
    /// When the text was last changed.
    changed: Instant,
}

impl Untold {
    pub(crate) fn now() -> Self {
        let now = Instant::now();
        Self { since: now, changed: now }
    }

    /// The same after one more change.
    pub(crate) fn changed(before: Option<Untold>) -> Self {
        let now = Self::now();
        before.map_or(now, |before| Self { since: before.since, ..now })
    }

    /// When they are looked for: once nobody has typed for a moment, and after a while in any case.
    fn due(self) -> Instant {
        (self.changed + QUIET).min(self.since + LATEST)
    }
}

/// A file that the editor has open.
pub(crate) struct OpenFile {
    pub(crate) uri: Uri,
    pub(crate) text: String,
    pub(crate) lines: Lines,
    pub(crate) version: i32,
    /// Whether the analysis does not know the text yet.
    pub(crate) stale: bool,
    /// Whether its findings must be told again.
    pub(crate) untold: Option<Untold>,
}

impl State {
    pub(crate) fn new(surroundings: Box<dyn Surroundings>, units: Units, roots: Vec<PathBuf>) -> Self {
        let mut state = Self {
            analysis: Analysis::default(),
            units,
            open: HashMap::new(),
            tokens: HashMap::new(),
            answers: 0,
            surroundings,
            closed: Vec::new(),
            notices: Vec::new(),
            roots: Vec::new(),
            scanned: HashSet::new(),
            callable: VecDeque::new(),
            waiting: VecDeque::new(),
            folders: HashMap::new(),
            projects: HashMap::new(),
            stamps: HashMap::new(),
            outdated: false,
        };
        roots.into_iter().for_each(|root| state.add_root(root));
        state
    }

    pub(crate) fn add_root(&mut self, root: PathBuf) {
        self.roots.push(root.clone());
        self.scan(&root);
    }

    /// The editor closed a folder: what is only in it is forgotten.
    pub(crate) fn remove_root(&mut self, root: &Path) {
        self.roots.retain(|known| known != root);
        self.scanned.remove(root);
        let roots = self.roots.clone();
        let is_gone = |path: &Path| path.starts_with(root) && !roots.iter().any(|root| path.starts_with(root));
        self.waiting.retain(|path| !is_gone(path));
        self.callable.retain(|path| !is_gone(path));
        let gone: Vec<PathBuf> = self.stamps.keys().filter(|path| is_gone(path)).cloned().collect();
        for path in gone {
            self.removed(&path);
        }
    }

    fn scan(&mut self, folder: &Path) {
        if !self.scanned.insert(folder.to_owned()) {
            return;
        }
        for path in scripts(folder) {
            let project = self.project_of(&path);
            let queue = if self.is_callable(&project, &path) { &mut self.callable } else { &mut self.waiting };
            queue.push_back(path);
        }
    }

    /// What can be done while nobody asks.
    pub(crate) fn work(&self) -> Option<Work> {
        if self.lacks_functions() {
            return Some(Work::Read);
        }
        let untold = self.open.iter().filter_map(|(key, file)| Some((key, file.untold?.due())));
        let first = untold.min_by_key(|(_, due)| *due);
        first.map(|(key, due)| Work::Tell(key.clone(), due)).or_else(|| self.is_reading().then_some(Work::Read))
    }

    /// Whether functions are still to be read, without which findings would be wrong.
    pub(crate) fn lacks_functions(&self) -> bool {
        !self.callable.is_empty()
    }

    /// Whether files are still to be read.
    pub(crate) fn is_reading(&self) -> bool {
        !self.waiting.is_empty() || !self.callable.is_empty()
    }

    /// Reads one of the files that wait.
    pub(crate) fn read_next(&mut self) {
        if let Some(path) = self.callable.pop_front().or_else(|| self.waiting.pop_front()) {
            self.load(&path);
        }
    }

    /// Reads all files that wait, as long as somebody waits for it.
    pub(crate) fn read_all(&mut self, cancelled: &dyn Fn() -> bool) {
        while self.is_reading() && !cancelled() {
            self.read_next();
        }
    }

    fn load(&mut self, path: &Path) {
        self.stamps.insert(path.to_owned(), stamp(path));
        let Some(key) = path.to_str().map(str::to_owned) else { return };
        let project = self.project_of(path);
        let callable = self.is_callable(&project, path);
        if let Some(file) = self.open.get(&key) {
            // What the editor shows is what counts.
            let text = file.text.clone();
            self.analysis.add(&key, &project, &text, callable);
            self.analysis.open(&key, &project, &text);
        } else if let Some(text) = read(path) {
            self.analysis.add(&key, &project, &text, callable);
        }
        if callable {
            self.tell_all();
        }
    }

    /// A file was made or changed outside of the editor.
    pub(crate) fn changed(&mut self, path: &Path) {
        if path.file_name().is_some_and(|name| name == self.surroundings.project_file()) {
            self.reload_projects();
        } else if is_part_of_project(path) {
            self.outdated = true;
        } else if is_script(path) && path.is_file() && !self.waiting.iter().any(|known| known == path) {
            self.waiting.push_back(path.to_owned());
        }
    }

    /// A file is gone.
    pub(crate) fn removed(&mut self, path: &Path) {
        if path.file_name().is_some_and(|name| name == self.surroundings.project_file()) {
            return self.reload_projects();
        }
        self.outdated |= is_part_of_project(path);
        self.stamps.remove(path);
        if let Some(key) = path.to_str()
            && !self.open.contains_key(key)
        {
            self.analysis.remove(key);
            self.tell_all();
        }
    }

    /// Reads the projects again when something has changed that they are made of: once, however many files that were.
    pub(crate) fn renew(&mut self) {
        if std::mem::take(&mut self.outdated) {
            self.reload_projects();
        }
    }

    /// Looks for files that were made, changed or removed, where the editor does not tell.
    pub(crate) fn poll(&mut self) {
        let mut seen = HashSet::new();
        for folder in self.scanned.clone() {
            for path in scripts(&folder) {
                if self.stamps.get(&path).is_none_or(|known| *known != stamp(&path)) {
                    self.changed(&path);
                }
                seen.insert(path);
            }
        }
        let gone: Vec<PathBuf> =
            self.stamps.keys().filter(|path| !seen.contains(*path) && !path.exists()).cloned().collect();
        for path in gone {
            self.removed(&path);
        }
    }

    /// Reads the projects again, with their connections and services.
    pub(crate) fn reload_projects(&mut self) {
        self.folders.clear();
        self.projects.clear();
        let known: Vec<PathBuf> = self.stamps.keys().cloned().collect();
        self.waiting.extend(known);
        for file in self.open.values_mut() {
            file.stale = true;
        }
        self.tell_all();
    }

    /// The key of the project that a path belongs to.
    fn project_of(&mut self, path: &Path) -> String {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        if let Some(key) = self.folders.get(&folder) {
            return key.clone();
        }
        // What is opened as a folder is the user's choice: a project file counts in it wherever it lies.
        let opened = self.roots.iter().find(|root| folder.starts_with(root)).cloned();
        let above = |opened: PathBuf| folder.ancestors().skip(1).take_while(move |above| above.starts_with(&opened));
        let folders = std::iter::once(folder.as_path()).chain(opened.into_iter().flat_map(above));
        let mut found = FoundProject::default();
        for (nth, candidate) in folders.enumerate() {
            let project = self.surroundings.project(candidate).unwrap_or_else(|why| {
                self.notices.push((MessageType::WARNING, why));
                FoundProject::default()
            });
            let is_project = project.root.is_some();
            if nth == 0 || is_project {
                found = project;
            }
            if is_project {
                break;
            }
        }
        let root = found.root.clone().or_else(|| self.roots.iter().find(|root| folder.starts_with(root)).cloned());
        let root = root.unwrap_or_else(|| folder.clone());
        let key = root.display().to_string();
        self.folders.insert(folder, key.clone());
        if !self.projects.contains_key(&key) {
            // With a folder of functions, a project has no others.
            let known = Project { has_all_functions: found.functions.is_some(), ..found.project.clone() };
            self.analysis.set_project(&key, known);
            let rooted = found.root.clone();
            self.projects.insert(key.clone(), found);
            // A file of a project that is not open as a folder calls the project's functions all the same.
            if let Some(root) = rooted
                && !self.roots.iter().any(|known| root.starts_with(known))
            {
                self.scan(&root);
            }
        }
        key
    }

    fn is_callable(&self, project: &str, path: &Path) -> bool {
        let folder = self.projects.get(project).and_then(|project| project.functions.as_ref());
        folder.is_some_and(|folder| path.starts_with(folder))
    }

    /// Findings may depend on what other files define.
    fn tell_all(&mut self) {
        self.open.values_mut().for_each(|file| file.untold = file.untold.or(Some(Untold::now())));
    }

    pub(crate) fn opened(&mut self, uri: Uri, text: String, version: i32) {
        let lines = Lines::of(&text);
        let file = OpenFile { uri: uri.clone(), text, lines, version, stale: true, untold: Some(Untold::now()) };
        self.open.insert(key_of(&uri), file);
    }

    pub(crate) fn closed(&mut self, uri: &Uri) {
        let key = key_of(uri);
        self.open.remove(&key);
        self.tokens.remove(&key);
        self.closed.push(uri.clone());
        self.analysis.close(&key);
        match path_of(uri) {
            // What is on disk counts again.
            Some(path) if path.exists() => self.changed(&path),
            Some(path) => self.removed(&path),
            None => self.analysis.remove(&key),
        }
    }

    /// Tells the analysis of a file's text, and reads its project's functions when they are asked for.
    pub(crate) fn refresh(&mut self, key: &str) {
        let Some(file) = self.open.get_mut(key).filter(|file| file.stale) else { return };
        file.stale = false;
        let path = path_of(&file.uri);
        let text = file.text.clone();
        let (project, callable) = match path {
            Some(path) => {
                let project = self.project_of(&path);
                let callable = self.is_callable(&project, &path);
                (project, callable)
            }
            None => (String::new(), false),
        };
        if callable {
            self.tell_all();
        }
        self.analysis.open(key, &project, &text);
    }

    /// Tells the analysis of all texts.
    pub(crate) fn refresh_all(&mut self) {
        let stale: Vec<String> = self.open.iter().filter(|(_, file)| file.stale).map(|(key, _)| key.clone()).collect();
        stale.iter().for_each(|key| self.refresh(key));
    }

    /// The address of a file, as the editor spelled it where it did.
    pub(crate) fn address(&self, file: &str) -> Option<Uri> {
        self.open.get(file).map(|open| open.uri.clone()).or_else(|| address_of(file))
    }

    /// Calls `f` with the text of a file and its lines.
    pub(crate) fn with_page<R>(&self, file: &str, f: impl FnOnce(&Page<'_>) -> R) -> Option<R> {
        if let Some(open) = self.open.get(file) {
            return Some(f(&Page { text: &open.text, lines: &open.lines, units: self.units }));
        }
        let text: Arc<str> = self.analysis.text(file)?;
        let lines = Lines::of(&text);
        Some(f(&Page { text: &text, lines: &lines, units: self.units }))
    }

    pub(crate) fn location(&self, file: &str, span: Span) -> Option<Location> {
        let range: Range = self.with_page(file, |page| page.range(span))?;
        Some(Location { uri: self.address(file)?, range })
    }
}

/// Whether a project is made of such files too: services of its own, and recordings, which tell what services answer.
fn is_part_of_project(path: &Path) -> bool {
    let ends = |ending: &str| path.extension().is_some_and(|extension| extension == ending);
    ends("http") || (ends("toml") && path.parent().is_some_and(|folder| folder.ends_with("services")))
}
