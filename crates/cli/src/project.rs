//! A project: a folder with `dg.toml`, and what lies beside a script.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rainwright::connections::{Catalogue, Connectors, Environment, Service};
use rainwright::runtime::Account;
use rainwright::runtime::trust::{Demand, belongs, is_own};
use rainwright::{Code, Diagnostic, Engine, Failure, Library, Limits, Problem, Span};
use rainwright_diagnostic::explained;
use serde::Deserialize;

use crate::exit::{CommandResult, FileUse, Trouble, file_problem};
use crate::export::PRODUCT;
use crate::{terminal, trust};
use rainwright_syntax::DocumentKind;

/// The name of the project file.
pub const FILE: &str = "dg.toml";

/// The settings in `dg.toml`; all of them are optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The product whose rules hold, such as `zoho-creator`.
    pub profile: Option<String>,
    /// The time zone of the account, such as `Asia/Kolkata`.
    pub timezone: Option<String>,
    /// The folder with functions that scripts of the project may call.
    pub functions: Option<PathBuf>,
    /// The folder with services of one's own; `services` unless it is given.
    pub services: Option<PathBuf>,
    /// Limits that are lower than usual.
    pub limits: Lower,
    /// What scripts are told about their account.
    pub account: Account,
    /// The set of connections that is used, such as `staging`, unless another is named.
    pub environment: Option<Environment>,
    /// A PEM file of certificate authorities that are trusted besides the system's.
    pub ca: Option<PathBuf>,
    /// A PEM file with the client certificate for servers that ask for one, and its private key.
    pub client_cert: Option<PathBuf>,
    /// The proxy that calls go through, without a password, which has its place in `RAINWRIGHT_PROXY`.
    pub proxy: Option<String>,
    /// Private hosts that scripts may reach.
    pub allow_net: Vec<String>,
    /// How serious findings of `dg check` are, by the code or the name of the lint: `unused-variable = "off"`.
    pub lints: BTreeMap<String, String>,
}

/// Limits that a project sets for its scripts; they can only be lower than the program's own.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lower {
    /// Loop turns and calls.
    fuel: Option<u64>,
    /// Functions called within each other.
    depth: Option<u32>,
    /// Bytes that values hold at once.
    memory: Option<usize>,
    /// Bytes of all `info` lines.
    output: Option<usize>,
}

impl Lower {
    fn hold(self, limits: &Limits) -> Limits {
        Limits {
            fuel: self.fuel.map_or(limits.fuel, |own| own.min(limits.fuel)),
            depth: self.depth.map_or(limits.depth, |own| own.min(limits.depth)),
            memory: self.memory.map_or(limits.memory, |own| own.min(limits.memory)),
            output: self.output.map_or(limits.output, |own| own.min(limits.output)),
            ..limits.clone()
        }
    }
}

/// A project, or the lack of one.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The folder with the project file.
    pub root: Option<PathBuf>,
    /// What the file says.
    pub settings: Settings,
    /// The folder of the script.
    folder: PathBuf,
}

impl Project {
    /// The project that a file or folder belongs to: the nearest folder above it with a project file, not beyond the
    /// repository, the user's home or the present folder.
    ///
    /// # Errors
    /// A project file that cannot be read.
    pub fn of(path: &Path) -> Result<Self, Problem> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut project = Project { folder: folder.to_owned(), ..Project::default() };
        let Some(root) = find(folder) else { return Ok(project) };
        let file = root.join(FILE);
        let text = std::fs::read_to_string(&file).map_err(|e| file_problem(&file, FileUse::Read, &e))?;
        project.settings = toml::from_str(&text).map_err(|e| {
            let place = e.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = place.map(|line| format!(" in line {line}")).unwrap_or_default();
            let (why, help) = explained(e.message());
            let message = format!("{} is not right{place}: {why}", file.display());
            Problem::new(Code::CannotParse, message).with_help(help)
        })?;
        project.root = Some(root);
        Ok(project)
    }

    /// An engine with the project's settings; what the command line says goes first. `of_creator` is for scripts that
    /// only Creator runs; it holds where nobody named a product.
    ///
    /// # Errors
    /// A profile or time zone that does not exist.
    pub fn engine(&self, profile: Option<&str>, of_creator: bool, timezone: Option<&str>) -> CommandResult<Engine> {
        let mut engine = Engine::new();
        let own = self.settings.profile.as_deref();
        if let Some(name) = profile.or(own).or(of_creator.then_some(PRODUCT)) {
            engine = engine.profile(name).map_err(|failure| self.wrong_setting(profile.is_none(), failure))?;
        }
        if let Some(zone) = timezone.or(self.settings.timezone.as_deref()) {
            engine = engine.timezone(zone).map_err(|failure| self.wrong_setting(timezone.is_none(), failure))?;
        }
        let limits = self.settings.limits.hold(engine.current_limits());
        Ok(engine.limits(limits))
    }

    /// A setting that the engine does not know; where the project file holds it, that is named.
    fn wrong_setting(&self, is_own: bool, failure: Failure) -> Trouble {
        match (Trouble::usage(failure), &self.root) {
            (Trouble::Usage(message), Some(root)) if is_own => {
                Trouble::Usage(format!("{}: {message}", root.join(FILE).display()))
            }
            (trouble, _) => trouble,
        }
    }

    /// The folder that trust is given to: the project's, or that of the script when there is no project.
    pub fn home(&self) -> &Path {
        self.root.as_deref().unwrap_or(&self.folder)
    }

    /// A path of the project file, which is meant from where that file lies.
    pub fn path(&self, path: Option<&Path>) -> Option<PathBuf> {
        path.map(|path| self.root.as_deref().unwrap_or(Path::new("")).join(path))
    }

    /// The folders with services of the project and of the script, those that are there.
    fn service_folders(&self) -> Vec<PathBuf> {
        let name = self.settings.services.clone().unwrap_or_else(|| "services".into());
        let beside = self.folder.join("services");
        let mut folders: Vec<PathBuf> = self.root.iter().map(|root| root.join(&name)).collect();
        if folders.iter().all(|folder| folder.canonicalize().ok() != beside.canonicalize().ok()) {
            folders.push(beside);
        }
        folders.retain(|folder| folder.is_dir());
        folders
    }

    /// The folder for services of one's own.
    pub fn own_services(&self) -> PathBuf {
        self.home().join(self.settings.services.clone().unwrap_or_else(|| "services".into()))
    }

    /// The shipped services, those of the project and of the script's folder, and those in `more`. A file that is not
    /// right stops only who asks for its service.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn catalogue(&self, more: &[PathBuf]) -> Result<Catalogue, Problem> {
        let mut catalogue = Catalogue::shipped();
        for folder in self.service_folders().into_iter().chain(more.iter().cloned()) {
            for file in service_files(&folder)? {
                let text = std::fs::read_to_string(&file).map_err(|e| file_problem(&file, FileUse::Read, &e));
                let added = text.and_then(|text| catalogue.clone().with_custom(&text));
                catalogue = added.unwrap_or_else(|problem| {
                    let message = format!("{}: {}", file.display(), problem.message);
                    let id = file.file_stem().unwrap_or_default().to_string_lossy();
                    catalogue.with_damaged(&id, Problem { message, ..problem })
                });
            }
        }
        Ok(catalogue)
    }

    /// The connectors of the project: the files in its folder `connectors`. One that is not right stops only its callers.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn connectors(&self) -> Result<Connectors, Problem> {
        connectors_in(&self.home().join("connectors"))
    }

    /// What the project's files ask for that sends data elsewhere or widens what scripts reach.
    ///
    /// # Errors
    /// A service folder that cannot be read, or a service file that is not right.
    pub fn demands(&self) -> Result<Vec<Demand>, Problem> {
        let settings = &self.settings;
        let mut demands = Vec::new();
        let mut ask = |what: String, content: &[&[u8]]| demands.push(Demand::new(what, content));
        if let Some(proxy) = &settings.proxy {
            let shown = proxy.rsplit_once('@').map_or(proxy.as_str(), |(_, host)| host);
            ask(format!("send every call through the proxy {shown}"), &[b"proxy", proxy.as_bytes()]);
        }
        let named = [
            ("ca", &settings.ca, "trust the certificate authorities in"),
            ("client_cert", &settings.client_cert, "show servers the certificate in"),
        ];
        for (setting, path, what) in named {
            if let Some(path) = self.path(path.as_deref()) {
                let content = std::fs::read(&path).unwrap_or_default();
                let name = path.display().to_string();
                ask(format!("{what} {name}"), &[setting.as_bytes(), name.as_bytes(), &content]);
            }
        }
        for host in &settings.allow_net {
            ask(format!("let scripts reach the private host {host}"), &[b"allow_net", host.as_bytes()]);
        }
        if let Some(environment) = &settings.environment {
            let name = environment.name();
            ask(format!("use the connections of the environment {name}"), &[b"environment", name.as_bytes()]);
        }
        for (setting, folder) in [("functions", &settings.functions), ("services", &settings.services)] {
            if let Some(folder) = folder.as_ref().filter(|folder| self.is_outside(folder)) {
                let name = folder.display().to_string();
                ask(
                    format!("read {setting} from {name}, outside of the project"),
                    &[setting.as_bytes(), name.as_bytes()],
                );
            }
        }
        for folder in self.service_folders() {
            demands.extend(service_files(&folder)?.iter().filter_map(|file| self.service_demand(file)));
        }
        Ok(demands)
    }

    /// What a service file asks for; nothing when it cannot be read, for it is not used then either.
    pub fn service_demand(&self, file: &Path) -> Option<Demand> {
        let text = std::fs::read_to_string(file).ok()?;
        let service = Service::from_toml(None, &text).ok()?;
        let shipped = Catalogue::shipped();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (id, hosts) = (&service.id, service.credential_hosts().join(", "));
        let what = match shipped.ids().contains(&id.as_str()) {
            true => {
                format!("replace the shipped service {id} with that of {name}, and send its credentials to {hosts}")
            }
            false => format!("use the service {id} of {name}, and send its credentials to {hosts}"),
        };
        Some(Demand::new(what, &[b"service", id.as_bytes(), text.as_bytes()]))
    }

    /// The folder with the functions that scripts of the project may call.
    ///
    /// # Errors
    /// A folder outside of the project, when the project is not trusted.
    pub fn functions_folder(&self) -> Result<Option<PathBuf>, Problem> {
        let (Some(root), Some(folder)) = (&self.root, &self.settings.functions) else { return Ok(None) };
        if self.is_outside(folder) {
            trust::require(self)?;
        }
        Ok(Some(root.join(folder)))
    }

    /// The functions that scripts of the project may call. Nothing is parsed before a script needs it.
    ///
    /// # Errors
    /// A folder that cannot be read, or that needs trust.
    pub fn library(&self) -> Result<Library, Problem> {
        let (Some(root), Some(folder)) = (&self.root, self.functions_folder()?) else {
            return Ok(Library::default());
        };
        if !folder.is_dir() {
            let message =
                format!("{} names the folder {}, which is not there", root.join(FILE).display(), folder.display());
            return Err(Problem::new(Code::FileProblem, message)
                .with_help("Make the folder, or change `functions` in the project file."));
        }
        let files = files(&folder, "dg")?;
        let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        Ok(Library::new(files.iter().map(|path| (shown(path), read(path)))))
    }

    /// Whether a folder that the project file names leads out of the project, by its name or by a link.
    fn is_outside(&self, folder: &Path) -> bool {
        let Some(root) = &self.root else { return false };
        let inside = match (root.canonicalize(), root.join(folder).canonicalize()) {
            (Ok(root), Ok(folder)) => folder.starts_with(root),
            _ => true,
        };
        leaves(folder) || !inside
    }
}

/// The projects of many files: each is read once, and its functions too.
#[derive(Default)]
pub struct Projects {
    folders: HashMap<PathBuf, (Arc<Project>, Library)>,
    roots: HashMap<PathBuf, (Arc<Project>, Library)>,
}

impl Projects {
    /// The project that a file belongs to, and its functions.
    ///
    /// # Errors
    /// A project file or a folder that cannot be read.
    pub fn of(&mut self, file: &Path) -> Result<(Arc<Project>, Library), Problem> {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        if let Some(known) = self.folders.get(&folder) {
            return Ok(known.clone());
        }
        let project = Project::of(file)?;
        let known = match project.root.as_ref().and_then(|root| self.roots.get(root)) {
            Some(known) => known.clone(),
            None => {
                let library = project.library()?;
                (Arc::new(project), library)
            }
        };
        if let Some(root) = &known.0.root {
            self.roots.insert(root.clone(), known.clone());
        }
        self.folders.insert(folder, known.clone());
        Ok(known)
    }
}

/// The connectors of a folder; none where there is no such folder.
///
/// # Errors
/// A folder that cannot be read.
pub fn connectors_in(folder: &Path) -> Result<Connectors, Problem> {
    let mut connectors = Connectors::default();
    if !folder.is_dir() {
        return Ok(connectors);
    }
    for file in service_files(folder)? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(&file).map_err(|e| file_problem(&file, FileUse::Read, &e));
        connectors = match text.and_then(|text| connectors.clone().with(&name, &text)) {
            Ok(more) => more,
            Err(problem) => connectors.with_damaged(&name, problem),
        };
    }
    Ok(connectors)
}

/// The service files of a folder. Those of folders within it do not count, so that a link leads nowhere far.
fn service_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = std::fs::read_dir(folder).map_err(|e| file_problem(folder, FileUse::Read, &e))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "toml") && path.is_file()).collect();
    found.sort();
    Ok(found)
}

/// The nearest folder above one with a project file that may be used.
pub fn find(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let repository =
        folder.ancestors().find(|folder| [".git", ".hg", ".jj"].iter().any(|mark| folder.join(mark).exists()));
    let home = std::env::home_dir().filter(|home| home.parent().is_some() && folder.starts_with(home));
    let here = std::env::current_dir().ok().filter(|here| here.parent().is_some() && folder.starts_with(here));
    // Beyond these lie folders that others may write to.
    let edge = repository.map(Path::to_owned).or(home).or(here).unwrap_or_else(|| folder.clone());
    for root in folder.ancestors().take_while(|root| root.starts_with(&edge)) {
        let file = root.join(FILE);
        if !file.exists() {
            continue;
        }
        if is_own(&file) {
            return Some(root.to_owned());
        }
        static TOLD: std::sync::Once = std::sync::Once::new();
        TOLD.call_once(|| {
            let what = "another user owns it, or may change it";
            terminal::note(&format!("{} is not used: {what}.", file.display()));
        });
    }
    None
}

/// Whether a path of the project file leads out of the project.
fn leaves(path: &Path) -> bool {
    use std::path::Component;
    path.components().any(|part| matches!(part, Component::ParentDir | Component::RootDir | Component::Prefix(_)))
}

/// The files of a folder, and of those within it, whose names end so; in order.
///
/// # Errors
/// A folder that cannot be read.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Problem> {
    files_where(folder, |path| path.extension().is_some_and(|e| e == extension))
}

/// The files of a folder, and of those within it, that hold scripts by their names; of HTML files those with script in them.
fn documents(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let is_page = |path: &Path| read(path).is_ok_and(|text| DocumentKind::of(&text) == DocumentKind::Page);
    files_where(folder, |path| match DocumentKind::of_extension(path.extension()) {
        Some(DocumentKind::Page) => is_page(path),
        kind => kind.is_some(),
    })
}

fn files_where(folder: &Path, takes: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Problem> {
    let start = folder;
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| file_problem(&folder, FileUse::Read, &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| file_problem(&folder, FileUse::Read, &e))?;
            let (path, kind) = (entry.path(), entry.file_type());
            match kind {
                Ok(kind) if kind.is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") => left.push(path),
                // A link out of the project would show somebody's own files, one to a device would never end.
                Ok(kind) if kind.is_symlink() && !belongs(&path, start) => {}
                Ok(kind) if (kind.is_file() || kind.is_symlink()) && takes(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The script files that the paths name: files as they are, folders with all files in them that are scripts, exports or pages
/// with script by their names.
///
/// # Errors
/// A path that is not there.
pub fn scripts(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|e| file_problem(path, FileUse::Read, &e))?;
        if meta.is_dir() {
            found.extend(documents(path)?);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

/// The bytes of a script; `-` is stdin.
///
/// # Errors
/// A file that cannot be read.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|e| file_problem(path, FileUse::Read, &e))
}

/// The text of a script's bytes.
///
/// # Errors
/// Bytes that are not UTF-8: the text with those replaced, and the finding about them.
pub fn text(bytes: Vec<u8>) -> Result<String, (String, Vec<Diagnostic>)> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let problem = Problem::new(Code::NotText, format!("Byte {at} is not UTF-8 text"));
        let found = Diagnostic::error(problem, Span::new(at as u32, at as u32 + 1));
        (String::from_utf8_lossy(e.as_bytes()).into_owned(), vec![found])
    })
}

/// The text of a script; `-` is stdin. Bytes that are not UTF-8 are a mistake of the script, not of the file.
///
/// # Errors
/// A file that cannot be read, or is no text.
pub fn read(path: &Path) -> Result<String, Problem> {
    String::from_utf8(bytes(path)?).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Problem::new(Code::NotText, format!("{} is not UTF-8 text: byte {at} is not", path.display()))
    })
}
