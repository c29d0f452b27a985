//! `dg services add`: writes the file of a service of one's own, from what a person answers.

use std::collections::BTreeMap;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use rainwright::connections::describe::{Answers, KINDS, describe};
use rainwright::connections::{Service, name};
use rainwright::runtime::connect::{Question, Ui};
use rainwright::runtime::store::home;
use rainwright::runtime::trust::Trust;
use rainwright::{Code, Problem};

use crate::command::connect::split;
use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::network::Terminal;
use crate::project::Project;
use crate::terminal;

/// Describes a service of your own: asks what it needs and writes one small .toml file. No secret goes into it.
#[derive(clap::Args)]
#[command(after_help = "Example:
  dg services add --set kind=oauth2
  dg connect my_service")]
pub struct Args {
    /// The folder for the file
    #[arg(long, value_name = "FOLDER", default_value = "services")]
    to: PathBuf,
    /// Answer a question beforehand: name, id, kind, api, authorize_url …
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// Asks, unless the answer was given beforehand.
struct Form {
    given: BTreeMap<String, String>,
    ui: Terminal,
}

impl Form {
    fn ask(&self, question: Question) -> CommandResult<String> {
        match self.given.get(&question.name) {
            Some(answer) => Ok(answer.clone()),
            None => Ok(self.ui.ask(&question)?.expose().to_owned()),
        }
    }

    fn text(&self, name: &str, title: &str, example: &str) -> CommandResult<String> {
        let example = (!example.is_empty()).then(|| example.to_owned());
        self.ask(Question { name: name.into(), title: title.into(), example, ..Question::default() })
    }

    /// An answer that may be left out; then it is `default`.
    fn or(&self, name: &str, title: &str, default: &str) -> CommandResult<String> {
        if !self.given.contains_key(name) && !std::io::stdin().is_terminal() {
            return Ok(default.to_owned());
        }
        let default = Some(default.to_owned());
        self.ask(Question { name: name.into(), title: title.into(), default, ..Question::default() })
    }

    fn choice(&self, name: &str, title: &str, choices: &[&str]) -> CommandResult<String> {
        let choices: Vec<String> = choices.iter().map(|choice| String::from(*choice)).collect();
        let answer = self.ask(Question {
            name: name.into(),
            title: title.into(),
            choices: choices.clone(),
            ..Question::default()
        })?;
        match choices.contains(&answer) {
            true => Ok(answer),
            false => Err(Trouble::Usage(format!("{name} is one of {}.", choices.join(", ")))),
        }
    }
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let given = self.set.iter().map(|pair| split(pair)).collect::<CommandResult<_>>()?;
        let form = Form { given, ui: Terminal { browser: false, sandbox_at: None } };
        let answers = form.answers()?;
        let text = describe(&answers)?;
        // Whatever is wrong with the answers is said before a file is written.
        let id = &Service::from_toml(None, &text)?.id;
        let path = save(&Project::of(Path::new("."))?, &self.to, id, &text).map_err(Trouble::of_path)?;
        terminal::note(&format!("Wrote {}. Connect with: dg connect {id}", path.display()));
        Ok(Exit::Done)
    }
}

/// Writes the file of a service of one's own into a folder. What the user has written is not a stranger's, as long as
/// nobody changes it: it is trusted.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn save(project: &Project, folder: &Path, id: &str, text: &str) -> Result<PathBuf, Problem> {
    let path = folder.join(format!("{id}.toml"));
    std::fs::create_dir_all(folder).map_err(|e| file_problem(folder, FileUse::Make, &e))?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    let mut file = file.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Problem::new(Code::FileProblem, format!("{} is there already.", path.display()))
            .with_help("Choose another link name, or change that file."),
        _ => file_problem(&path, FileUse::Write, &e),
    })?;
    file.write_all(text.as_bytes()).map_err(|e| file_problem(&path, FileUse::Write, &e))?;
    if let Some(demand) = project.service_demand(&path) {
        Trust::open(&home()?).add(project.home(), &demand)?;
    }
    Ok(path)
}

impl Form {
    /// The answers to all questions that the way of signing in asks for.
    fn answers(&self) -> CommandResult<Answers> {
        let mut answers = Answers::new();
        let mut keep = |name: &str, answer: String| answers.insert(name.to_owned(), answer);
        let title = self.text("name", "Name of the service", "My Shop")?;
        keep("id", self.or("id", "Link name of the service", &name::from_label(&title))?);
        keep("name", title);
        let kind = self.choice("kind", "How does it sign in", KINDS)?;
        keep("api", self.text("api", "Address of its API", "https://api.example.com")?);
        match kind.as_str() {
            "oauth2" => self.oauth2(&mut keep)?,
            "oauth1" => {
                for (name, title) in [
                    ("request_token_url", "Request token URL"),
                    ("authorize_url", "Authorize URL"),
                    ("access_token_url", "Access token URL"),
                ] {
                    keep(name, self.text(name, title, "")?);
                }
                keep("signature_method", self.or("signature_method", "Signature method", "HMAC-SHA1")?);
                keep("place", self.or("place", "Where do the parameters go: header, query or form", "header")?);
            }
            "api_key" => {
                let places = ["header", "query", "form", "json"];
                keep("place", self.choice("place", "Where does the key go", &places)?);
                let title = "Name of the header or parameter; several with blanks between";
                keep("key", self.text("key", title, "X-Api-Key")?);
            }
            _ => {}
        }
        keep("kind", kind);
        Ok(answers)
    }

    fn oauth2(&self, keep: &mut impl FnMut(&str, String) -> Option<String>) -> CommandResult<()> {
        let grant = self.or("grant", "Grant: authorization_code or client_credentials", "authorization_code")?;
        if grant == "authorization_code" {
            keep("authorize_url", self.text("authorize_url", "Authorize URL", "")?);
        }
        keep("grant", grant);
        keep("token_url", self.text("token_url", "Access token URL", "")?);
        for (name, title) in [
            ("refresh_url", "Refresh token URL, if it is another"),
            ("revoke_url", "URL to give tokens back at, if there is one"),
            ("scopes", "Scopes, separated by blanks"),
        ] {
            keep(name, self.or(name, title, "")?);
        }
        keep("scope_delimiter", self.or("scope_delimiter", "What separates scopes", " ")?);
        keep("client_auth", self.or("client_auth", "Client id and secret go into the body, or as basic", "body")?);
        for (name, title) in [
            ("authorize_params", "More parameters of the authorize URL, as a=1&b=2"),
            ("token_params", "More parameters of the access token URL, as a=1&b=2"),
        ] {
            keep(name, self.or(name, title, "")?);
        }
        let place = self.or("place", "Where does the token go: header or query", "header")?;
        if place == "query" {
            keep("key", self.or("key", "Name of the parameter", "access_token")?);
        }
        keep("place", place);
        Ok(())
    }
}
