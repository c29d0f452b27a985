//! What is wrong with a widget project, before it is packed.

use std::path::Path;

use rainwright::Problem;
use serde_json::Value;

use super::files::inside;
use super::manifest::{FILE, WidgetProject, domain, named_domains};

/// How many files a package may have.
const MOST_FILES: usize = 250;
/// How large one of them may be, in bytes.
const LARGEST_FILE: u64 = 5_000_000;
/// How large all of them may be together, in bytes.
const LARGEST_PACKAGE: u64 = 20_000_000;
const ERROR: bool = true;
const WARNING: bool = false;
/// How deep folders may be.
const DEEPEST: usize = 12;
/// The products that `zet` makes projects for.
const SERVICES: &[&str] = &[
    "BIGIN",
    "BILLING",
    "CATALYST",
    "CREATOR",
    "CRM",
    "DESK",
    "EXPENSE",
    "FINANCE",
    "FSM",
    "INVENTORY",
    "IOT",
    "LOGS360CLOUD",
    "MAIL",
    "ORCHESTLY",
    "PEOPLE",
    "PROJECTS",
    "QNTRL",
    "RECRUIT",
    "SDP",
    "SHOW",
    "SUBSCRIPTIONS",
];

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidgetFinding {
    /// Whether it cannot be packed or shown like that; otherwise it works, but not as one may think.
    pub is_error: bool,
    /// The file within the project.
    pub file: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Looks through the project in a folder.
///
/// # Errors
/// When there is no manifest, or it cannot be read.
pub fn validate(folder: &Path) -> Result<Vec<WidgetFinding>, Problem> {
    let project = WidgetProject::open(folder)?;
    let mut found = Vec::new();
    let mut tell = |is_error, file: &str, message: String| {
        found.push(WidgetFinding { is_error, file: file.to_owned(), message });
    };
    manifest(&project, &mut tell);
    pages(&project, &mut tell);
    let mut files = Vec::new();
    collect(&project.app(), "app", 0, &mut files);
    packed(&files, &mut tell);
    for file in &files {
        if matches!(file.extension(), "html" | "htm") {
            page(&project, file, &mut tell);
        }
    }
    found.sort_by(|a, b| b.is_error.cmp(&a.is_error).then_with(|| a.file.cmp(&b.file)));
    Ok(found)
}

type Tell<'a> = dyn FnMut(bool, &str, String) + 'a;

fn manifest(project: &WidgetProject, tell: &mut Tell<'_>) {
    let manifest = &project.manifest;
    if !SERVICES.contains(&project.service.as_str()) {
        tell(ERROR, FILE, format!("The service {} is none of {}.", project.service, SERVICES.join(", ")));
    }
    for entry in named_domains(manifest) {
        if domain(entry).is_none() {
            let message = format!("'{entry}' is no public host over HTTPS; write it as https://api.example.com.");
            tell(ERROR, FILE, message);
        }
    }
    for (at, used) in manifest["usedConnections"].as_array().into_iter().flatten().enumerate() {
        if used["connectionLinkName"].as_str().is_none_or(str::is_empty) {
            tell(ERROR, FILE, format!("Entry {} of usedConnections has no connectionLinkName.", at + 1));
        }
    }
    match &manifest["config"] {
        Value::Null | Value::Array(_) => {}
        _ => tell(ERROR, FILE, "config has to be a list.".to_owned()),
    }
    let mut names = Vec::new();
    for (at, config) in manifest["config"].as_array().into_iter().flatten().enumerate() {
        match config["name"].as_str().map(str::trim).filter(|name| !name.is_empty()) {
            None => tell(ERROR, FILE, format!("Entry {} of config has no name.", at + 1)),
            Some(name) if names.contains(&name.to_ascii_lowercase()) => {
                tell(ERROR, FILE, format!("config has two entries named '{name}'."));
            }
            Some(name) => names.push(name.to_ascii_lowercase()),
        }
    }
    let widgets = manifest["modules"]["widgets"].as_array();
    let wants_widgets = !matches!(project.service.as_str(), "CRM" | "CREATOR" | "BIGIN");
    if wants_widgets && widgets.is_none_or(Vec::is_empty) {
        tell(
            ERROR,
            FILE,
            format!("A widget of {} is listed under modules.widgets, with location, name and url.", project.service),
        );
    }
    for (at, widget) in widgets.into_iter().flatten().enumerate() {
        for key in ["location", "name", "url"] {
            if widget[key].as_str().is_none_or(str::is_empty) {
                tell(ERROR, FILE, format!("Entry {} of modules.widgets has no {key}.", at + 1));
            }
        }
        for key in ["logo", "icon"] {
            if let Some(path) = widget[key].as_str().filter(|path| !exists(project, path)) {
                tell(ERROR, FILE, format!("There is no file '{path}', which is named as {key}."));
            }
        }
    }
}

fn exists(project: &WidgetProject, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    path.strip_prefix("app/").is_some_and(|path| inside(&project.app(), path).is_some())
}

fn pages(project: &WidgetProject, tell: &mut Tell<'_>) {
    for page in &project.pages {
        if page.path.contains("://") || page.path.starts_with("//") {
            let message =
                format!("The page '{}' is on another server; what is hosted here lies in the folder app.", page.path);
            tell(WARNING, FILE, message);
        } else if !exists(project, &page.path) {
            tell(ERROR, FILE, format!("There is no page '{}'.", page.path));
        }
    }
}

struct Packed {
    path: std::path::PathBuf,
    name: String,
    size: u64,
    is_link: bool,
}

impl Packed {
    fn extension(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// The files of a folder, without following links. More than enough are not listed.
fn collect(folder: &Path, name: &str, depth: usize, files: &mut Vec<Packed>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if files.len() > 10 * MOST_FILES {
            return;
        }
        let Ok(kind) = entry.file_type() else { continue };
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if kind.is_dir() && depth < DEEPEST {
            collect(&entry.path(), &name, depth + 1, files);
        } else if !kind.is_dir() {
            let size = entry.metadata().map_or(0, |meta| meta.len());
            files.push(Packed { path: entry.path(), name, size, is_link: kind.is_symlink() });
        }
    }
}

fn packed(files: &[Packed], tell: &mut Tell<'_>) {
    if files.len() > MOST_FILES {
        tell(ERROR, "app", format!("There are {} files; a package may have {MOST_FILES}.", files.len()));
    }
    let whole: u64 = files.iter().map(|file| file.size).sum();
    if whole > LARGEST_PACKAGE {
        tell(ERROR, "app", format!("The files have {} MB together; a package may have 20 MB.", whole / 1_000_000));
    }
    for file in files {
        let base = file.name.rsplit('/').next().unwrap_or_default();
        if file.size > LARGEST_FILE {
            tell(ERROR, &file.name, format!("It has {} MB; a file may have 5 MB.", file.size / 1_000_000));
        }
        if file.is_link {
            tell(WARNING, &file.name, "It is a link; one that leads out of app is not served.".to_owned());
        }
        if base.starts_with('.') {
            tell(ERROR, &file.name, "A file may not begin with a dot; it is not served.".to_owned());
        } else if !base.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.$-".contains(&b)) {
            tell(ERROR, &file.name, "A file's name may have letters, digits and _ . $ - only.".to_owned());
        }
        if matches!(file.extension(), "pem" | "key" | "p12" | "pfx") {
            tell(WARNING, &file.name, "It looks like a key; everything in app is sent to browsers.".to_owned());
        }
    }
}

/// What a page refers to.
fn page(project: &WidgetProject, file: &Packed, tell: &mut Tell<'_>) {
    let Ok(text) = std::fs::read_to_string(&file.path) else {
        tell(ERROR, &file.name, "It is no text in UTF-8.".to_owned());
        return;
    };
    let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut has_sdk = false;
    for reference in references(&text) {
        has_sdk |= reference.contains("SDK") || reference.contains("sdk");
        if let Some(rest) = reference.strip_prefix("http://") {
            let host = rest.split('/').next().unwrap_or_default();
            tell(ERROR, &file.name, format!("It loads from {host} without HTTPS, which browsers refuse."));
        } else if reference.starts_with("https://") || reference.starts_with("//") {
            let host = reference.split_once("//").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
            let is_known = ["zohostatic.com", "zwidgets.com", "zohocdn.com"].iter().any(|own| host.ends_with(own));
            if !is_known {
                tell(
                    WARNING,
                    &file.name,
                    format!("It loads from {host}: that server can change what the widget does."),
                );
            }
        } else if let Some(path) = local(folder, reference)
            && !exists(project, &path)
        {
            tell(ERROR, &file.name, format!("There is no file '{reference}'."));
        }
    }
    if !has_sdk && project.pages.iter().any(|page| page.path.trim_start_matches('/') == file.name) {
        tell(WARNING, &file.name, "It loads no SDK, so it cannot talk with its product.".to_owned());
    }
}

/// The path within the project of what a page in `folder` refers to; `None` for what is no file.
fn local(folder: &str, reference: &str) -> Option<String> {
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() || path.contains(':') || path.contains("${") || path.contains("{{") {
        return None;
    }
    if let Some(path) = path.strip_prefix('/') {
        return Some(path.to_owned());
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The values of `src` of scripts, pictures and frames, and of `href` of style sheets.
fn references(html: &str) -> Vec<&str> {
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    for (tag, attribute) in [("<script", "src"), ("<img", "src"), ("<iframe", "src"), ("<link", "href")] {
        for (at, _) in lower.match_indices(tag) {
            let end = lower[at..].find('>').map_or(lower.len(), |end| at + end);
            if let Some(value) = value(&lower[at..end], &html[at..end], attribute) {
                found.push(value);
            }
        }
    }
    found
}

/// The value of an attribute in a tag, given in lower case and as it is.
fn value<'h>(lower: &str, tag: &'h str, attribute: &str) -> Option<&'h str> {
    let (at, _) = lower.match_indices(attribute).find(|(at, _)| {
        let before = lower[..*at].bytes().next_back();
        before.is_some_and(|b| b.is_ascii_whitespace()) && lower[at + attribute.len()..].trim_start().starts_with('=')
    })?;
    let rest = tag[at + attribute.len()..].trim_start().strip_prefix('=')?.trim_start();
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split(|c: char| c.is_ascii_whitespace()).next()?,
    };
    Some(value.trim())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn findings_name_the_file_and_what_to_do() {
        let place = tempfile::tempdir().unwrap();
        let app = place.path().join("app");
        std::fs::create_dir_all(app.join("js")).unwrap();
        std::fs::write(app.join("js/a.js"), "").unwrap();
        let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
        write("plugin-manifest.json", r#"{"service":"CRM"}"#);
        let sdk = r#"<script src="https://live.zwidgets.com/js-sdk/1.2/ZohoEmbededAppSDK.min.js"></script>"#;
        write("app/widget.html", &format!("{sdk}<SCRIPT defer SRC='js/a.js?v=1'></SCRIPT><img src=data:,><a href=x>"));
        assert_eq!(validate(place.path()).unwrap(), []);
        write(
            "app/widget.html",
            r#"<script src="http://a.example.com/x.js"></script><script src="js/none.js"></script>
               <link rel=stylesheet href=https://cdn.example.com/a.css><img data-src="js/x" src="../key.pem">"#,
        );
        write("app/the key.pem", "");
        let manifest = r#"{"service":"CRMX","modules":{"widgets":[{"name":"A","location":"x","url":"/app/b.html","icon":"/app/i.png"}]},
            "whiteListedDomains":["*"],"usedConnections":[{}],"config":[{},{"name":"a"},{"name":"A"}]}"#;
        write("plugin-manifest.json", manifest);
        let found = validate(place.path()).unwrap();
        for part in [
            "service CRMX",
            "'*' is no public host",
            "no connectionLinkName",
            "config has no name",
            "two entries named 'A'",
            "no file '/app/i.png'",
            "no page '/app/b.html'",
            "a.example.com without HTTPS",
            "no file 'js/none.js'",
            "no file '../key.pem'",
            "loads from cdn.example.com",
            "letters, digits",
            "looks like a key",
        ] {
            assert!(found.iter().any(|finding| finding.message.contains(part)), "{part}: {found:#?}");
        }
        assert!(found[0].is_error && !found.last().unwrap().is_error);
    }
}
