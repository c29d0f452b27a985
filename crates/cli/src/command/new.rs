//! `dg new`: starts a project.

use std::path::PathBuf;

use crate::exit::{CommandResult, Exit, Trouble, file_problem};
use crate::project::FILE;
use crate::terminal;

/// Starts a project: a folder with settings, a script, a function and a test.
#[derive(clap::Args)]
#[command(after_help = "Example:
  dg new shop && cd shop && dg run hello.dg")]
pub struct Args {
    /// The folder; it must not be there yet, or be empty
    folder: PathBuf,
}

/// The files of a new project.
const FILES: [(&str, &str); 5] = [
    (
        FILE,
        "# The product whose rules hold, the account's time zone, and where functions and services of your own are.\n\
         profile = \"zoho-crm\"\ntimezone = \"UTC\"\nfunctions = \"functions\"\nservices = \"services\"\n",
    ),
    (
        "hello.dg",
        "// Run it with: dg run hello.dg --arg name=Ada\nstring hello(string name)\n{\n\t\
         info \"Greeting \" + name;\n\treturn standalone.greeting(name);\n}\n",
    ),
    (
        "functions/greeting.dg",
        "// A function that scripts of this project call as standalone.greeting(name).\n\
         string standalone.greeting(string name)\n{\n\treturn \"Hello \" + name.trim() + \"!\";\n}\n",
    ),
    (
        "tests/hello.dg",
        "// Run it with: dg test\n//@ use: ../hello.dg\n\ninfo hello(\" Ada\"); // => Hello Ada!\n\
         info standalone.greeting(null); // error E3003\n",
    ),
    (".gitignore", "# Recordings of calls belong into Git; data of the sandbox does not.\n/sandbox.json\n"),
];

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let folder = &self.folder;
        let taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if taken {
            return Err(Trouble::Usage(format!("{} is there already and not empty.", folder.display())));
        }
        for (name, text) in FILES {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(|e| file_problem(parent, "be made", &e))?;
            std::fs::write(&path, text).map_err(|e| file_problem(&path, "be written", &e))?;
        }
        let services = folder.join("services");
        std::fs::create_dir_all(&services).map_err(|e| file_problem(&services, "be made", &e))?;
        terminal::note(&format!(
            "Made {0}. Try: cd {0} && dg run hello.dg --arg name=Ada && dg test",
            folder.display()
        ));
        Ok(Exit::Done)
    }
}
