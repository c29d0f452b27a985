//! A project: a folder with `dg.toml`, and what lies beside a script.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rainwright::connections::{Catalogue, Environment};
use rainwright::{Code, Engine, Problem};
use serde::Deserialize;

use crate::exit::{Outcome, file_problem};
use crate::export::PRODUCT;
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
    /// The project that a file or folder belongs to: the nearest folder above it with a project file.
    ///
    /// # Errors
    /// A project file that cannot be read.
    pub fn of(path: &Path) -> Result<Self, Problem> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut project = Project { folder: folder.to_owned(), ..Project::default() };
        for root in absolute.ancestors() {
            let file = root.join(FILE);
            match std::fs::read_to_string(&file) {
                Ok(text) => {
                    project.settings = toml::from_str(&text).map_err(|e| {
                        let message = format!("{} is not right: {}", file.display(), e.message());
                        Problem::new(Code::CannotParse, message)
                            .with_help("It may hold profile, timezone, functions, services, environment, allow_net, ca, client_cert, proxy and [lints].")
                    })?;
                    project.root = Some(root.to_owned());
                    break;
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(file_problem(&file, "be read", &e)),
            }
        }
        Ok(project)
    }

    /// An engine with the project's settings; what the command line says goes first. `of_creator` is for scripts that
    /// only Creator runs; it holds where nobody named a product.
    ///
    /// # Errors
    /// A profile or time zone that does not exist.
    pub fn engine(&self, profile: Option<&str>, of_creator: bool, timezone: Option<&str>) -> Outcome<Engine> {
        let mut engine = Engine::new();
        if let Some(profile) = profile.or(self.settings.profile.as_deref()).or(of_creator.then_some(PRODUCT)) {
            engine = engine.profile(profile)?;
        }
        if let Some(zone) = timezone.or(self.settings.timezone.as_deref()) {
            engine = engine.timezone(zone)?;
        }
        Ok(engine)
    }

    /// A path of the project file, which is meant from where that file lies.
    pub fn path(&self, path: Option<&Path>) -> Option<PathBuf> {
        path.map(|path| self.root.as_deref().unwrap_or(Path::new("")).join(path))
    }

    /// The shipped services, those of the project and of the script's folder, and those in `more`.
    ///
    /// # Errors
    /// A service file that is not right.
    pub fn catalogue(&self, more: &[PathBuf]) -> Result<Catalogue, Problem> {
        let name = self.settings.services.clone().unwrap_or_else(|| "services".into());
        let mut folders: Vec<PathBuf> = self.root.iter().map(|root| root.join(&name)).collect();
        folders.push(self.folder.join("services"));
        let own = folders.into_iter().filter(|folder| folder.is_dir());
        let mut catalogue = Catalogue::shipped();
        for folder in own.chain(more.iter().cloned()) {
            for file in files(&folder, "toml")? {
                let text = std::fs::read_to_string(&file).map_err(|e| file_problem(&file, "be read", &e))?;
                catalogue = catalogue.with_custom(&text).map_err(|problem| Problem {
                    message: format!("{}: {}", file.display(), problem.message),
                    ..problem
                })?;
            }
        }
        Ok(catalogue)
    }

    /// The project's functions besides `script`, with their names.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn functions(&self, script: &Path) -> Result<Vec<(String, String)>, Problem> {
        let (Some(root), Some(folder)) = (&self.root, &self.settings.functions) else {
            return Ok(Vec::new());
        };
        let same = |path: &Path| path.canonicalize().ok() == script.canonicalize().ok();
        let files = files(&root.join(folder), "dg")?;
        let others = files.into_iter().filter(|path| !same(path));
        others.map(|path| Ok((path.display().to_string(), read(&path)?))).collect()
    }
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
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| file_problem(&folder, "be read", &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| file_problem(&folder, "be read", &e))?;
            let (path, kind) = (entry.path(), entry.file_type());
            match kind {
                Ok(kind) if kind.is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") => left.push(path),
                Ok(kind) if !kind.is_dir() && takes(&path) => found.push(path),
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
        let meta = std::fs::metadata(path).map_err(|e| file_problem(path, "be read", &e))?;
        if meta.is_dir() {
            found.extend(documents(path)?);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

/// The text of a script; `-` is stdin. Bytes that are not UTF-8 are a mistake of the script, not of the file.
///
/// # Errors
/// A file that cannot be read, or is no text.
pub fn read(path: &Path) -> Result<String, Problem> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|e| file_problem(path, "be read", &e))?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Problem::new(Code::NotText, format!("{} is not UTF-8 text: byte {at} is not", path.display()))
    })
}
