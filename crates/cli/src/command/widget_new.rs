//! `dg widget new`: a widget project to begin with.

use std::path::PathBuf;

use rainwright_server::widget::{WidgetKind, write_project};

use crate::exit::{CommandResult, Exit};
use crate::terminal;

/// What `dg widget new` takes.
#[derive(clap::Args)]
pub struct NewArgs {
    /// The folder to make; its name is that of the widget: letters, digits and _
    name: PathBuf,
    /// The product that it is for
    #[arg(long, value_enum, default_value_t = Kind::Crm)]
    kind: Kind,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Zoho CRM
    Crm,
    /// Zoho Creator
    Creator,
}

impl NewArgs {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let kind = match self.kind {
            Kind::Crm => WidgetKind::Crm,
            Kind::Creator => WidgetKind::Creator,
        };
        for file in write_project(&self.name, kind)? {
            terminal::note(&format!("Wrote {}", file.display()));
        }
        let folder = self.name.display();
        let more = match kind {
            WidgetKind::Crm => "--record 1001",
            WidgetKind::Creator => "--app acme/shop",
        };
        terminal::note(&format!(
            "Show it with: dg widget serve {folder} --functions {folder}/functions --sandbox {more}"
        ));
        Ok(Exit::Done)
    }
}
