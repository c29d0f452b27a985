//! The application that a script belongs to, as far as checks and completions ask for it: its forms, and which of its scripts
//! serve which form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rainwright::Problem;
use rainwright_app::{APPLICATION_FILE, Application};
use rainwright_ide::KnownForms;
use rainwright_syntax::DocumentKind;

/// What is known of an application.
#[derive(Clone, Debug, Default)]
pub struct KnownApplication {
    /// Its forms.
    pub forms: Arc<KnownForms>,
    /// The scripts of its workflows, by their paths in its folder, each with its form.
    pub scripts: Vec<(String, String)>,
    /// The events of scripts of forms, by the same paths.
    pub events: Vec<(String, String)>,
}

impl KnownApplication {
    /// Of an application that was read.
    pub fn of(app: &Application) -> Self {
        let forms = Arc::new(KnownForms::new(rainwright_records::facts(&app.forms)));
        let scripts = app.workflows.iter().flat_map(|workflow| {
            let form = workflow.form_name().to_owned();
            workflow.actions.iter().map(move |action| (action.script.clone(), form.clone()))
        });
        let of_forms = app.workflows.iter().filter(|workflow| workflow.kind == "form" && workflow.record != "delete");
        let actions = of_forms.flat_map(|workflow| &workflow.actions).filter(|action| !action.script.is_empty());
        let events = actions.map(|action| (action.script.clone(), action.event.clone())).collect();
        Self {
            forms,
            events,
            scripts: scripts.filter(|(script, form)| !script.is_empty() && !form.is_empty()).collect(),
        }
    }

    /// Of the folder that a file lies in, or of the folder above: functions and workflows have folders of their own.
    ///
    /// # Errors
    /// An application that cannot be read.
    pub fn around(file: &Path, root: Option<&Path>) -> Result<Option<Self>, Problem> {
        Ok(around(file, root)?.map(|app| Self::of(&app)))
    }

    /// The form whose events a script serves.
    pub fn form_of(&self, file: &Path) -> Option<String> {
        of_file(&self.scripts, file)
    }

    /// The event of that form.
    pub fn event_of(&self, file: &Path) -> Option<String> {
        of_file(&self.events, file)
    }
}

fn of_file(scripts: &[(String, String)], file: &Path) -> Option<String> {
    scripts.iter().find(|(script, _)| file.ends_with(script)).map(|(_, what)| what.clone())
}

/// The application whose folder a file lies in, or whose folder is the one above.
fn around(file: &Path, root: Option<&Path>) -> Result<Option<Application>, Problem> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let above = folder.parent().map(Path::to_owned);
    let candidates = root.map(Path::to_owned).into_iter().chain([folder.to_owned()]).chain(above);
    let found: Option<PathBuf> = candidates.into_iter().find(|folder| folder.join(APPLICATION_FILE).is_file());
    found.map(|folder| Application::read(&folder)).transpose()
}

/// The application that a script belongs to: the export that it is in, or the one around its file.
///
/// # Errors
/// An application that cannot be read.
pub fn of_script(file: &Path, source: &str, root: Option<&Path>) -> Result<Option<Application>, Problem> {
    match DocumentKind::of(source) {
        DocumentKind::Export => Application::import(source).map(Some),
        _ => around(file, root),
    }
}
