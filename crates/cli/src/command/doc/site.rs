//! The guide and the reference as HTML: written into a folder, or shown on this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use rainwright::runtime::Driver;
use rainwright_server::manual::{Manual, ManualPage};
use rainwright_server::{Names, Server};

use super::write;
use crate::exit::{CommandResult, Exit, FileUse, file_problem, listen_problem};
use crate::terminal;

/// A page of the documentation's folder, with its path there.
macro_rules! page {
    ($path:literal) => {
        ($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/", $path)))
    };
}

/// The pages that people have written; the reference is made from the tables.
const WRITTEN: &[(&str, &str)] = &[
    page!("guide/README.md"),
    page!("guide/applications.md"),
    page!("guide/calls.md"),
    page!("guide/ci.md"),
    page!("guide/connections.md"),
    page!("guide/console.md"),
    page!("guide/durable.md"),
    page!("guide/editors.md"),
    page!("guide/embedding.md"),
    page!("guide/migrating.md"),
    page!("guide/quirks.md"),
    page!("guide/restate.md"),
    page!("guide/sandbox-tasks.md"),
    page!("guide/sandbox.md"),
    page!("guide/serve.md"),
    page!("guide/services.md"),
    page!("guide/start.md"),
    page!("guide/team.md"),
    page!("guide/tests.md"),
    page!("guide/troubleshooting.md"),
    page!("guide/try.md"),
    page!("guide/widgets.md"),
    page!("compatibility.md"),
    page!("threat-model.md"),
    page!("attacks.md"),
    page!("performance.md"),
    page!("ARCHITECTURE.md"),
    page!("CONTRIBUTING.md"),
    page!("CHANGELOG.md"),
];

/// All pages as HTML.
fn manual() -> Manual {
    let written = WRITTEN.iter().map(|(path, text)| ManualPage { path: (*path).into(), text: (*text).into() });
    let reference = write::reference("")
        .into_iter()
        .map(|page| ManualPage { path: format!("reference/{}", page.path), text: page.text });
    Manual::new(&written.chain(reference).collect::<Vec<_>>())
}

/// Writes the manual into a folder.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_html(folder: &Path) -> CommandResult {
    for (path, text) in manual().files() {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| file_problem(parent, FileUse::Make, &e))?;
        }
        std::fs::write(&path, text).map_err(|e| file_problem(&path, FileUse::Write, &e))?;
    }
    terminal::note(&format!("Open {} in a browser.", folder.join("index.html").display()));
    Ok(Exit::Done)
}

/// Shows the manual on this machine, until Ctrl-C.
///
/// # Errors
/// A port that is taken.
pub fn serve(port: u16) -> CommandResult {
    let manual = manual();
    let wanted = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    Driver::start()?.wait(async {
        let taken = |e: std::io::Error| listen_problem(wanted, &e);
        let server = Server::bind(wanted).await.map_err(taken)?;
        let address = server.address().map_err(taken)?;
        terminal::out(&format!("http://{address}"));
        terminal::note("Ctrl-C ends it.");
        let names = Names::of(address, &[]);
        server.run(names, manual.routes(), std::future::pending(), Duration::from_secs(2)).await.map_err(taken)?;
        Ok(Exit::Done)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::WRITTEN;
    use std::path::Path;

    #[test]
    fn every_page_of_the_documentation_is_shown() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for folder in ["", "guide/"] {
            for entry in std::fs::read_dir(docs.join(folder)).unwrap() {
                let name = format!("{folder}{}", entry.unwrap().file_name().to_string_lossy());
                assert!(!name.ends_with(".md") || WRITTEN.iter().any(|(path, _)| *path == name), "{name} is not shown");
            }
        }
    }
}
