//! `dg services add`: writes the file of a service of one's own, from what a person answers.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use rainwright::connections::{Catalogue, name};
use rainwright::runtime::connect::{Question, Ui};
use rainwright::runtime::store::home;
use rainwright::runtime::trust::Trust;
use toml::Value;

use crate::command::connect::split;
use crate::exit::{CommandResult, Exit, Trouble, file_problem};
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
        let title = form.text("name", "Name of the service", "My Shop")?;
        let id = form.or("id", "Link name of the service", &name::from_label(&title))?;
        let text = describe(&form, &id, &title)?;
        // Whatever is wrong with the answers is said before a file is written.
        Catalogue::shipped().with_custom(&text)?;
        let path = self.to.join(format!("{id}.toml"));
        if path.exists() {
            return Err(Trouble::Usage(format!("{} is there already.", path.display())));
        }
        std::fs::create_dir_all(&self.to).map_err(|e| file_problem(&self.to, "be made", &e))?;
        std::fs::write(&path, text).map_err(|e| file_problem(&path, "be written", &e))?;
        trust(&path)?;
        terminal::note(&format!("Wrote {}. Connect with: dg connect {id}", path.display()));
        Ok(Exit::Done)
    }
}

/// What the user has written is not a stranger's, as long as nobody changes it.
fn trust(file: &Path) -> CommandResult<()> {
    let project = Project::of(Path::new("."))?;
    if let Some(demand) = project.service_demand(file) {
        Trust::open(&home()?).add(project.home(), &demand)?;
    }
    Ok(())
}

/// The service file.
fn describe(form: &Form, id: &str, title: &str) -> CommandResult<String> {
    let kind = form.choice("kind", "How does it sign in", &["oauth2", "oauth1", "basic", "api_key", "none"])?;
    let api = form.text("api", "Address of its API", "https://api.example.com")?;
    let mut lines = vec![row("id", id), row("name", title), row("api", &api)];
    match kind.as_str() {
        "oauth2" => lines.extend(oauth2(form)?),
        "oauth1" => lines.extend(oauth1(form)?),
        "basic" => lines.push("\n[basic]".into()),
        "api_key" => lines.extend(api_keys(form)?),
        _ => lines.insert(2, "anonymous = true".into()),
    }
    Ok(lines.join("\n") + "\n")
}

fn oauth2(form: &Form) -> CommandResult<Vec<String>> {
    let mut lines = vec!["\n[oauth2]".to_owned()];
    let grant = form.or("grant", "Grant: authorization_code or client_credentials", "authorization_code")?;
    if grant == "authorization_code" {
        lines.push(row("authorize_url", &form.text("authorize_url", "Authorize URL", "")?));
    } else {
        lines.push(row("grant", &grant));
    }
    lines.push(row("token_url", &form.text("token_url", "Access token URL", "")?));
    for (name, title) in [
        ("refresh_url", "Refresh token URL, if it is another"),
        ("revoke_url", "URL to give tokens back at, if there is one"),
    ] {
        lines.extend(stated(name, &form.or(name, title, "")?));
    }
    let scopes = form.or("scopes", "Scopes, separated by blanks", "")?;
    let scopes: Vec<Value> = scopes.split_whitespace().map(Value::from).collect();
    if !scopes.is_empty() {
        lines.push(format!("default_scopes = {}", Value::Array(scopes)));
    }
    let delimiter = form.or("scope_delimiter", "What separates scopes", " ")?;
    lines.extend(stated("scope_delimiter", delimiter.trim()));
    let client_auth = form.or("client_auth", "Client id and secret go into the body, or as basic", "body")?;
    lines.extend(Some(client_auth).filter(|auth| auth != "body").map(|auth| row("client_auth", &auth)));
    for (name, title) in [
        ("authorize_params", "More parameters of the authorize URL, as a=1&b=2"),
        ("token_params", "More parameters of the access token URL, as a=1&b=2"),
    ] {
        lines.extend(params(name, &form.or(name, title, "")?));
    }
    if form.or("place", "Where does the token go: header or query", "header")? == "query" {
        let key = form.or("key", "Name of the parameter", "access_token")?;
        lines.extend([row("in", "query"), row("key", &key), row("value", "{access_token}")]);
    }
    Ok(lines)
}

fn oauth1(form: &Form) -> CommandResult<Vec<String>> {
    let mut lines = vec!["\n[oauth1]".to_owned()];
    for (name, title) in [
        ("request_token_url", "Request token URL"),
        ("authorize_url", "Authorize URL"),
        ("access_token_url", "Access token URL"),
    ] {
        lines.push(row(name, &form.text(name, title, "")?));
    }
    let method = form.or("signature_method", "Signature method", "HMAC-SHA1")?;
    lines.extend(Some(method).filter(|method| method != "HMAC-SHA1").map(|method| row("signature_method", &method)));
    let place = form.or("place", "Where do the parameters go: header, query or form", "header")?;
    lines.extend(Some(place).filter(|place| place != "header").map(|place| row("in", &place)));
    Ok(lines)
}

fn api_keys(form: &Form) -> CommandResult<Vec<String>> {
    let place = form.choice("place", "Where does the key go", &["header", "query", "form", "json"])?;
    let keys = form.text("key", "Name of the header or parameter; several with blanks between", "X-Api-Key")?;
    let several = keys.split_whitespace().count() > 1;
    let mut lines = Vec::new();
    for key in keys.split_whitespace() {
        lines.push("\n[[api_key]]".into());
        if several {
            lines.extend([row("name", &name::from_label(key)), row("title", key)]);
        }
        lines.extend([row("in", &place), row("key", key)]);
    }
    Ok(lines)
}

fn row(key: &str, value: &str) -> String {
    format!("{key} = {}", Value::from(value))
}

/// The row of a value that may be left out.
fn stated(key: &str, value: &str) -> Option<String> {
    (!value.is_empty()).then(|| row(key, value))
}

/// The row of `a=1&b=2`, as people write parameters.
fn params(key: &str, text: &str) -> Option<String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: Vec<String> =
        pairs.map(|(name, value)| format!("{} = {}", Value::from(name), Value::from(value))).collect();
    (!pairs.is_empty()).then(|| format!("{key} = {{ {} }}", pairs.join(", ")))
}
