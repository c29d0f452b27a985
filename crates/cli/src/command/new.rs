//! `dg new`: starts a project.

use std::path::PathBuf;

use rainwright::builtins::FunctionKind;
use rainwright::{Code, Problem};
use rainwright_golden::{Mode, Runner};
use rainwright_syntax::ast::{Item, TypeKind};

use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::kind::KindArgs;
use crate::project::FILE;
use crate::terminal;

/// Starts a project: a folder with settings, a script, a function and a test.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg new shop && cd shop && dg run hello.dg
  dg new greeter --kind cliq-bot-message")]
pub struct Args {
    /// The folder; it must not be there yet, or be empty
    folder: PathBuf,
    #[command(flatten)]
    kind: KindArgs,
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

/// The name of the function of a project that is started for a kind.
const NAME: &str = "handler";

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let folder = &self.folder;
        let taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if taken {
            return Err(Trouble::Usage(format!("{} is there already and not empty.", folder.display())));
        }
        let (files, command) = match self.kind.of("")? {
            Some(kind) => of_kind(kind),
            None => {
                let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
                (files.to_vec(), "dg run hello.dg --arg name=Ada".to_owned())
            }
        };
        for (name, text) in files {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(|e| file_problem(parent, FileUse::Make, &e))?;
            std::fs::write(&path, text).map_err(|e| file_problem(&path, FileUse::Write, &e))?;
        }
        for name in ["functions", "services"] {
            let path = folder.join(name);
            std::fs::create_dir_all(&path).map_err(|e| file_problem(&path, FileUse::Make, &e))?;
        }
        if self.kind.kind.is_some() {
            let test = folder.join("tests").join(format!("{NAME}.dg"));
            let runner = Runner::new(Mode::Update)?.within(super::test::surroundings());
            runner.run(&test).map_err(|why| Problem::new(Code::CannotParse, why))?;
        }
        terminal::note(&format!("Made {0}. Try: cd {0} && {command} && dg test", folder.display()));
        Ok(Exit::Done)
    }
}

/// The files of a project with a function of a kind, and how it is run.
fn of_kind(kind: &'static FunctionKind) -> (Vec<(String, String)>, String) {
    let body = kind.source(NAME);
    let source = format!("// {}.\n//@ kind: {}\n\n{body}", kind.title, kind.name);
    let settings = FILES[0].1.replace("zoho-crm", kind.profile);
    let mut test = format!("// Run it with: dg test\n//@ script: ../{NAME}.dg\n");
    let mut command = format!("dg run {NAME}.dg");
    let mut files = vec![(FILE.to_owned(), settings), (FILES[4].0.to_owned(), FILES[4].1.to_owned())];
    if kind.variables().next().is_some() {
        test.push_str("//@ event: ../event.json\n");
        command.push_str(" --event event.json");
        files.push(("event.json".to_owned(), kind.example().to_json() + "\n"));
    }
    for (name, value) in arguments(kind, &source) {
        test.push_str(&format!("//@ arg: {name} = {value}\n"));
        command.push_str(&format!(" --arg {name}={}", value.trim_matches('"')));
    }
    files.push((format!("{NAME}.dg"), source));
    files.push((format!("tests/{NAME}.dg"), test));
    // The test expects what comes out of the first run: it is written down then.
    files.push((format!("tests/{NAME}.out"), String::new()));
    (files, command)
}

/// The parameters of the function that the product does not fill by itself, with values to begin with, as JSON.
fn arguments(kind: &FunctionKind, source: &str) -> Vec<(String, &'static str)> {
    let tree = rainwright_syntax::parse(source).tree;
    let functions = tree.items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function),
        Item::Statement(_) => None,
    });
    let params = functions.take(1).flat_map(|function| &function.params);
    params
        .filter(|param| kind.variable(&param.name.name).is_none())
        .map(|param| {
            let value = match param.ty.kind {
                TypeKind::Number => "4876876000000304001",
                _ if param.name.name.eq_ignore_ascii_case("email") => "\"ada.lindqvist@example.com\"",
                _ => "\"4876876000000304001\"",
            };
            (param.name.name.to_string(), value)
        })
        .collect()
}
