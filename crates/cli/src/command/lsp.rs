//! `dg lsp`: answers an editor.

use std::path::Path;

use rainwright::builtins::Profile;
use rainwright::{Code, Problem};
use rainwright_app::Application;
use rainwright_ide::{KnownConnection, KnownForms, KnownService, Project as Known};
use rainwright_lsp::{FoundProject, Surroundings, serve_stdio};

use crate::answers;
use crate::application::KnownApplication;
use crate::command::connections;
use crate::exit::{CommandResult, Exit};
use crate::network::EnvironmentArgs;
use crate::project::{FILE, Project};

/// Answers an editor over standard input and output, in the language server protocol. Editors start it by themselves.
#[derive(clap::Args)]
#[command(after_help = "Editors: see docs/guide/editors.md for VS Code, Neovim, Helix and Zed.")]
pub struct Args {
    /// Taken and not needed: editors that offer several ways of talking say so
    #[arg(long, hide = true)]
    stdio: bool,
    #[command(flatten)]
    environment: EnvironmentArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        match serve_stdio(Box::new(Machine { environment: self.environment })) {
            Ok(()) => Ok(Exit::Done),
            Err(stopped) => Err(Problem::new(Code::FileProblem, stopped.0)
                .with_help("Editors start `dg lsp` and speak the Language Server Protocol with it; there is nothing to type here.")
                .into()),
        }
    }
}

/// The forms of an application's export.
fn read_forms(source: &str) -> KnownForms {
    KnownForms::new(rainwright_records::facts(&Application::exported_forms(source)))
}

/// What this machine knows of projects: their files, the store of connections, the services.
struct Machine {
    environment: EnvironmentArgs,
}

impl Surroundings for Machine {
    fn project(&self, folder: &Path) -> Result<FoundProject, String> {
        let project = Project::of(folder).map_err(|problem| format!("{} {}", problem.message, problem.help()))?;
        let profile = match project.settings.profile.as_deref() {
            None => Profile::default_profile(),
            Some(name) => {
                Profile::find(name).ok_or_else(|| format!("dg.toml names the profile {name}, which does not exist."))?
            }
        };
        let catalogue = project.catalogue(&[]).map_err(|problem| format!("{} {}", problem.message, problem.help()))?;
        let services = catalogue.all().filter_map(|service| {
            let url = service.api.clone()?;
            Some(KnownService { name: service.name.clone(), id: service.id.clone(), url })
        });
        let named = |id: &str| catalogue.get(id).map_or_else(|_| id.to_owned(), |service| service.name.clone());
        // A store that cannot be opened is no reason to leave the editor without answers.
        let stored = connections::stored_for(&self.environment, &project).ok();
        let connections = stored.map(|all| {
            let known = |one: rainwright::connections::Connection| KnownConnection {
                service: named(&one.service),
                name: one.name,
            };
            all.into_iter().map(known).collect()
        });
        // A folder outside of the project is not read before the project is trusted.
        let functions = project.functions_folder().unwrap_or_default();
        // An application that cannot be read is no reason to leave the editor without answers.
        let app =
            KnownApplication::around(&folder.join("any"), project.root.as_deref()).ok().flatten().unwrap_or_default();
        Ok(FoundProject {
            root: project.root.clone(),
            functions,
            project: Known {
                profile,
                connections,
                services: services.collect(),
                forms: app.forms,
                form_scripts: app.scripts,
                read_forms: Some(read_forms),
                answers: answers::known(project.root.as_deref()),
                ..Known::default()
            },
        })
    }

    fn project_file(&self) -> &str {
        FILE
    }
}
