//! What a widget project says of itself: `plugin-manifest.json`, as Zoho's own tool makes it.

use std::path::{Path, PathBuf};

use rainwright::connections::policy;
use rainwright::{Code, Problem};
use rainwright_diagnostic::{FileUse, file_problem};
use serde_json::Value;

/// The manifest's file.
pub const FILE: &str = "plugin-manifest.json";
/// The largest manifest that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// What a folder of a widget looks like.
const WHAT_IT_IS: &str = "A widget project is a folder with plugin-manifest.json and a folder app: `dg widget new NAME` makes one, as `zet init` does.";

/// A page of a widget project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidgetPage {
    /// Its name for people.
    pub name: String,
    /// Where a product shows it, such as `desk.ticket.detail.rightpanel`.
    pub location: String,
    /// Its file within the project: `/app/widget.html`.
    pub path: String,
}

/// A widget project.
#[derive(Clone, Debug)]
pub struct WidgetProject {
    /// Its folder.
    pub folder: PathBuf,
    /// The product that it is made for, in upper case: `CRM`, `CREATOR`, `DESK`.
    pub service: String,
    /// Its pages, at least one.
    pub pages: Vec<WidgetPage>,
    /// The link names of the connections that it names.
    pub connections: Vec<String>,
    /// The hosts that it names: `api.example.com`, `*.example.com`.
    pub domains: Vec<String>,
    /// The whole manifest.
    pub manifest: Value,
}

impl WidgetProject {
    /// Reads the project in a folder.
    ///
    /// # Errors
    /// [`Code::FileProblem`] or [`Code::CannotParse`] that says what to do.
    pub fn open(folder: &Path) -> Result<Self, Problem> {
        let file = folder.join(FILE);
        if folder.is_file() {
            let message = format!("{} is a file, and a widget is a folder.", folder.display());
            return Err(Problem::new(Code::FileProblem, message).with_help(WHAT_IT_IS));
        }
        let failed = |e: std::io::Error| file_problem(&file, FileUse::Read, &e).with_help(WHAT_IT_IS);
        if std::fs::metadata(&file).map_err(failed)?.len() > LARGEST {
            return Err(Problem::new(Code::FileProblem, format!("{} is larger than 1 MB.", file.display())));
        }
        let text = std::fs::read_to_string(&file).map_err(failed)?;
        let manifest: Value = serde_json::from_str(&text)
            .map_err(|e| Problem::new(Code::CannotParse, format!("{} is no JSON: {e}.", file.display())))?;
        let service = manifest["service"].as_str().unwrap_or_default().trim().to_ascii_uppercase();
        if service.is_empty() {
            return Err(Problem::new(Code::CannotParse, format!("{} names no service.", file.display()))
                .with_help("Write the product that the widget is for: {\"service\": \"CRM\"}."));
        }
        Ok(Self {
            folder: folder.to_owned(),
            service,
            pages: pages(&manifest),
            connections: connections(&manifest),
            domains: domains(&manifest),
            manifest,
        })
    }

    /// The folder with its files; nothing else of the project is served.
    #[must_use]
    pub fn app(&self) -> PathBuf {
        self.folder.join("app")
    }

    /// What it is called: as its folder.
    #[must_use]
    pub fn name(&self) -> String {
        let whole = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        whole.file_name().map_or_else(|| "widget".to_owned(), |name| name.to_string_lossy().into_owned())
    }
}

/// Where CRM and Creator look for a widget's page.
const INDEX: &str = "/app/widget.html";

fn pages(manifest: &Value) -> Vec<WidgetPage> {
    let widgets = manifest["modules"]["widgets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |widget: &Value, key: &str| widget[key].as_str().unwrap_or_default().to_owned();
    let mut pages: Vec<WidgetPage> = widgets
        .iter()
        .map(|widget| WidgetPage {
            name: text(widget, "name"),
            location: text(widget, "location"),
            path: text(widget, "url"),
        })
        .filter(|page| !page.path.is_empty())
        .collect();
    if pages.is_empty() {
        pages.push(WidgetPage { name: "Widget".into(), location: String::new(), path: INDEX.into() });
    }
    pages
}

fn connections(manifest: &Value) -> Vec<String> {
    let used = manifest["usedConnections"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut names: Vec<String> = used
        .iter()
        .filter_map(|used| used["connectionLinkName"].as_str().or(used.as_str()))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The entries of the manifest that name hosts, as they are written.
#[must_use]
pub fn named_domains(manifest: &Value) -> Vec<&str> {
    let lists = [&manifest["whiteListedDomains"], &manifest["cspDomains"]["connect-src"]];
    lists.into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
}

fn domains(manifest: &Value) -> Vec<String> {
    let mut hosts: Vec<String> = named_domains(manifest).into_iter().filter_map(domain).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// The host that an entry names: `https://*.example.com/x` is `*.example.com`. `None` for what is no public host.
#[must_use]
pub fn domain(entry: &str) -> Option<String> {
    let entry = entry.trim().to_ascii_lowercase();
    let rest = match entry.split_once("://") {
        Some(("https" | "wss", rest)) => rest,
        Some(_) => return None,
        None => &entry,
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_name = name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        });
    let is_public =
        policy::host_literal(name).is_none() && !policy::is_private_name(name) && !policy::is_metadata_name(name);
    (is_name && is_public).then(|| host.to_owned())
}

/// Whether a host is one that an entry of [`WidgetProject::domains`] names.
#[must_use]
pub fn covers(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(base) => host.strip_suffix(base).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1),
        None => host == pattern,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_public_hosts_are_domains() {
        for (entry, host) in [
            ("https://api.example.com", "api.example.com"),
            ("*.Example.com", "*.example.com"),
            ("https://api.example.com/path?x", "api.example.com"),
        ] {
            assert_eq!(domain(entry).as_deref(), Some(host), "{entry}");
        }
        for entry in [
            "*",
            "https://*",
            "http://api.example.com",
            "127.0.0.1",
            "https://127.0.0.1:8190",
            "localhost",
            "0x7f.1",
            "https://[::1]",
            "metadata.google.internal",
            "169.254.169.254",
            "a.b; script-src *",
            "ftp://a.b",
            "",
            "*.com ' x",
            "user@a.example.com",
            "api.example.com:8443",
        ] {
            assert_eq!(domain(entry), None, "{entry}");
        }
        assert!(covers("api.example.com", "API.example.com"));
        assert!(covers("*.example.com", "a.example.com") && !covers("*.example.com", "example.com"));
        assert!(!covers("*.example.com", "evilexample.com") && !covers("api.example.com", "x.api.example.com"));
    }

    #[test]
    fn a_manifest_says_pages_connections_and_hosts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(folder.path().join(FILE), text).unwrap();
        assert!(WidgetProject::open(folder.path()).is_err());
        write("{");
        assert_eq!(WidgetProject::open(folder.path()).unwrap_err().code, Code::CannotParse);
        write(r#"{"service":"CRM"}"#);
        let project = WidgetProject::open(folder.path()).unwrap();
        assert_eq!((project.service.as_str(), project.pages[0].path.as_str()), ("CRM", INDEX));
        write(
            r#"{"service":"desk","modules":{"widgets":[{"name":"A","location":"desk.x","url":"/app/a.html"}]},
                "usedConnections":[{"connectionLinkName":"news"},7],"whiteListedDomains":["https://a.example.com","*"]}"#,
        );
        let project = WidgetProject::open(folder.path()).unwrap();
        assert_eq!((project.service.as_str(), project.pages[0].path.as_str()), ("DESK", "/app/a.html"));
        assert_eq!(project.connections, ["news"]);
        assert_eq!(project.domains, ["a.example.com"]);
    }
}
