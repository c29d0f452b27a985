//! `dg app`: Creator applications with records of their own.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use rainwright::effect::{FieldPath, RecordSet};
use rainwright::runtime::live::Clock;
use rainwright::runtime::store::StorePlace;
use rainwright::{Code, Data, Interrupt, Problem, Records};
use rainwright_app::{
    Application, Change, Running, Setting as AppSetting, Sheet, Submitted, dump, escaped, load, load_sheet, read_rows,
    rows_of,
};
use rainwright_records::{Actor, Storage, Store, StoreLocation};

use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::host::{Lines, ScriptHost, Setting};
use crate::network::NetworkArgs;
use crate::project::Project;
use crate::terminal;

use super::run::interrupt;

/// Runs a Creator application: a folder with app.toml, or an export (.ds).
#[derive(Subcommand)]
#[command(after_help = "Examples:
  dg app import claims.ds claims
  dg app submit claims Claim Amount=12.50 Owner=1000000000000000001
  dg app query claims 'Claim[State == \"Open\"] sort by Amount desc'
  dg app run claims close_old
  dg app dump claims > records.json
  dg app serve claims --as-user ada@example.com")]
pub enum Command {
    /// Make a folder of an export
    Import(Import),
    /// Call a function of the application, or run one of its schedules, actions or approvals
    Run(super::app_run::Args),
    /// Submit a form as a user does: add a record, edit or delete one
    Submit(Submit),
    /// Show the records that a query finds, or the value of an expression
    Query(Query),
    /// Add records from a JSON or CSV file
    Load(Load),
    /// Print all records as JSON
    Dump(Common),
    /// Show, or make, what the tables need to fit the forms
    Diff(Diff),
    /// Look for mistakes in the whole application without running it
    Check(super::app_check::Args),
    /// Show the application in a browser on this machine, until Ctrl-C
    Serve(super::app_serve::Args),
}

/// What all of them take.
#[derive(clap::Args)]
pub struct Common {
    /// The application: a folder with app.toml, or an export (.ds)
    pub(super) app: PathBuf,
    /// Where the records are: a file, postgres://USER@HOST/DATABASE, or env:NAME for what that variable holds; records.db in
    /// the folder, or beside the export, unless it is given. An application has a schema of a database to itself:
    /// ?options=-csearch_path%3DSCHEMA names one
    #[arg(long, value_name = "PLACE")]
    records: Option<String>,
    /// Pretend that it is now this instant, such as 2025-01-31T10:00:00+05:30
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(super) network: NetworkArgs,
}

/// `dg app import`.
#[derive(clap::Args)]
pub struct Import {
    /// The export (.ds)
    export: PathBuf,
    /// The folder; named like the export unless it is given
    folder: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

/// `dg app submit`.
#[derive(clap::Args)]
pub struct Submit {
    #[command(flatten)]
    common: Common,
    /// The form's link name
    form: String,
    /// The fields that the user fills in: plain text, JSON for lists and rows, or @PATH for a file
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// Edit this record
    #[arg(long, value_name = "ID")]
    edit: Option<i64>,
    /// Delete this record
    #[arg(long, value_name = "ID", conflicts_with = "edit")]
    delete: Option<i64>,
    /// Press this button of the form instead of submitting it: the link name of its workflow
    #[arg(long, value_name = "WORKFLOW", conflicts_with = "delete")]
    button: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `dg app query`.
#[derive(clap::Args)]
pub struct Query {
    #[command(flatten)]
    common: Common,
    /// The query, as scripts write it
    query: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// `dg app load`.
#[derive(clap::Args)]
pub struct Load {
    #[command(flatten)]
    common: Common,
    /// The file: JSON as `dg app dump` prints it, a list of objects, or CSV with a line of names; - for stdin
    file: PathBuf,
    /// The form of a list or CSV file
    #[arg(long)]
    form: Option<String>,
}

/// `dg app diff`.
#[derive(clap::Args)]
pub struct Diff {
    #[command(flatten)]
    common: Common,
    /// Do it
    #[arg(long)]
    apply: bool,
    /// Do it even where data are lost
    #[arg(long, requires = "apply")]
    allow_loss: bool,
}

impl Command {
    /// Does it.
    pub fn run(self) -> CommandResult {
        match self {
            Command::Import(args) => args.run(),
            Command::Run(args) => args.run(),
            Command::Submit(args) => args.run(),
            Command::Query(args) => args.run(),
            Command::Load(args) => args.run(),
            Command::Dump(common) => {
                let mut store = common.store()?;
                terminal::out(&dump(&mut store)?.to_json_indented());
                Ok(Exit::Done)
            }
            Command::Diff(args) => args.run(),
            Command::Check(args) => args.run(),
            Command::Serve(args) => args.run(),
        }
    }
}

/// The place of records as people write it.
///
/// # Errors
/// An address of another kind of database, or a variable that is not set.
pub(super) fn records_at(place: &str) -> Result<StoreLocation, Problem> {
    Ok(match StorePlace::parse(place)? {
        StorePlace::Folder(file) => StoreLocation::File(file),
        StorePlace::Database(address) => StoreLocation::Postgres(address.expose().to_owned()),
    })
}

impl Common {
    /// Where the records are, as `--records` says it; nothing in an application's folder does.
    pub(super) fn records(&self) -> CommandResult<StoreLocation> {
        Ok(match &self.records {
            Some(place) => records_at(place)?,
            None if self.app.is_dir() => StoreLocation::File(self.app.join("records.db")),
            None => StoreLocation::File(self.app.with_extension("db")),
        })
    }

    /// The same for another folder and another time: a file by its whole path, a variable by its name.
    pub(super) fn lasting_records(&self) -> CommandResult<String> {
        Ok(match (self.records()?, &self.records) {
            (_, Some(place)) if place.trim().starts_with("env:") => place.trim().to_owned(),
            (StoreLocation::File(file), _) => std::path::absolute(&file).unwrap_or(file).display().to_string(),
            (StoreLocation::Postgres(address), _) => address,
            (StoreLocation::Memory, _) => String::new(),
        })
    }

    /// The records alone, for commands that run no script.
    fn store(&self) -> CommandResult<Store> {
        let app = Application::read(&self.app)?;
        let mut store = app.store(self.records()?)?;
        store.migrate(false)?;
        Ok(store)
    }

    /// Who acts on records without a script, and when.
    fn actor(&self) -> Actor {
        let user = self.network.user.clone().unwrap_or_default();
        Actor { now: self.now.unwrap_or_else(jiff::Timestamp::now).as_millisecond(), mail: user.clone(), user }
    }

    /// What the host of the application's scripts needs.
    pub(super) fn host(&self, stop: &Interrupt) -> CommandResult<Setting> {
        let project = Project::of(&self.app)?;
        let account = project.settings.account.clone();
        Ok(Setting {
            network: self.network.clone(),
            project,
            doubles: None,
            tape: None,
            account,
            clock: self.now.map_or(Clock::System, |at| Clock::Fixed(at.as_millisecond())),
            seed: None,
            lines: Lines::Print,
            stop: Interrupt::clone(stop),
        })
    }

    /// Runs the application for as long as `work` takes.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Running<'_>) -> CommandResult<T>) -> CommandResult<T> {
        let app = Application::read(&self.app)?;
        let stop = interrupt()?;
        let mut host = ScriptHost::new(self.host(&stop)?);
        let user = self.network.user.clone().unwrap_or_default();
        let setting = AppSetting { records: self.records()?, user, interrupt: Arc::clone(&stop) };
        let mut running = Running::open(app, setting, &mut host)?;
        let done = work(&mut running);
        for warning in running.store().take_warnings() {
            terminal::note(&format!("warning: {warning}"));
        }
        done
    }
}

impl Import {
    fn run(self) -> CommandResult {
        let source = crate::project::read(&self.export)?;
        let app = Application::import(&source)?;
        let folder = self.folder.clone().unwrap_or_else(|| self.export.with_extension(""));
        let mut files = app.files()?;
        files.push((PathBuf::from(crate::project::FILE), project_file(&app)));
        if let Some(taken) = files.iter().map(|(name, _)| folder.join(name)).find(|path| path.exists() && !self.force) {
            return Err(Trouble::Usage(format!("{} is there already; --force replaces it.", taken.display())));
        }
        for (name, text) in &files {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(parent).map_err(|e| file_problem(parent, FileUse::Make, &e))?;
            std::fs::write(&path, text).map_err(|e| file_problem(&path, FileUse::Write, &e))?;
        }
        for left in &app.left_out {
            terminal::note(&format!("not understood: {left}"));
        }
        for unused in &app.unused {
            terminal::note(&format!("not used: {unused}"));
        }
        for (name, connector) in &app.connections {
            let of = if connector.is_empty() { String::new() } else { format!(" ({connector})") };
            terminal::note(&format!("Scripts may use the connection {name}{of}: make it with `dg connect`."));
        }
        terminal::note(&format!(
            "Made {0} with {1} forms, {2} functions and {3} workflows. Try: dg app check {0}",
            folder.display(),
            app.forms.len(),
            app.functions.len(),
            app.workflows.len()
        ));
        Ok(Exit::Done)
    }
}

/// The text of `dg.toml`, so that scripts of the folder run alone as well.
fn project_file(app: &Application) -> String {
    let zone = app.timezone.as_ref().map(|zone| format!("timezone = {zone:?}\n")).unwrap_or_default();
    // A folder that is named must be there.
    let functions = if app.functions.is_empty() { "" } else { "functions = \"functions\"\n" };
    format!("profile = \"{}\"\n{zone}{functions}", crate::export::PRODUCT)
}

impl Submit {
    fn run(self) -> CommandResult {
        let mut fields = Vec::new();
        for pair in &self.fields {
            let Some((name, text)) = pair.split_once('=') else {
                return Err(Trouble::Usage(format!("A field is NAME=VALUE, and '{pair}' has no '='.")));
            };
            fields.push((name.to_owned(), field_value(text)?));
        }
        if let Some(button) = self.button {
            return self.common.with(|running| {
                let mut state = running.open_form(&self.form, self.edit)?;
                let wrong = running.type_in(&mut state, self.edit, fields)?;
                if wrong.is_empty() {
                    running.click(&mut state, &button)?;
                }
                let (refused, data) = (!wrong.is_empty(), state.to_data());
                let pressed = Submitted { refused, errors: wrong, state, ..Submitted::default() };
                if self.json {
                    terminal::out(&data.to_json())
                } else {
                    show(&pressed)
                }
                Ok(if refused { Exit::Failed } else { Exit::Done })
            });
        }
        let change = match (self.edit, self.delete) {
            (Some(id), _) => Change::Edit { id, fields },
            (None, Some(id)) => Change::Delete { id },
            (None, None) => Change::Add { fields },
        };
        self.common.with(|running| {
            let submitted = running.submit(&self.form, change)?;
            if self.json {
                terminal::out(&submitted.to_data().to_json());
            } else {
                show(&submitted);
            }
            match submitted.failure {
                Some(failure) => Err(failure.into()),
                None if submitted.refused => Ok(Exit::Failed),
                None => Ok(Exit::Done),
            }
        })
    }
}

/// A field's value from the command line: `@PATH` is a file, lists and objects are JSON, everything else is text.
fn field_value(text: &str) -> CommandResult<Data> {
    if let Some(path) = text.strip_prefix('@') {
        let path = Path::new(path);
        let bytes = std::fs::read(path).map_err(|e| file_problem(path, FileUse::Read, &e))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = rainwright::effect::File { name, bytes: bytes.into(), ..rainwright::effect::File::default() };
        return Ok(file.into());
    }
    if text.starts_with(['[', '{']) {
        return Ok(rainwright::builtins::json_data(text)?);
    }
    Ok(text.into())
}

fn show(submitted: &Submitted) {
    for event in submitted.events() {
        terminal::note(&event);
    }
    for (field, message) in &submitted.errors {
        terminal::note(&if field.is_empty() { message.clone() } else { format!("{field}: {message}") });
    }
    if let Some(message) = &submitted.message {
        terminal::note(message);
    }
    if let (Some(id), false) = (submitted.record, submitted.refused) {
        terminal::out(&id.to_string());
    }
}

impl Query {
    fn run(self) -> CommandResult {
        self.common.with(|running| {
            match running.evaluate(&self.query)? {
                Data::Records(set) => self.records(running.store(), &set)?,
                value => terminal::out(&if self.json { value.to_json() } else { cell(&value) }),
            }
            Ok(Exit::Done)
        })
    }

    /// The records as a table, as CSV, or as JSON, with the form's fields.
    fn records(&self, store: &mut Store, set: &RecordSet) -> CommandResult<()> {
        let table = store.schema().expect(&set.form)?.clone();
        let mut names = vec!["ID".to_owned()];
        names.extend(table.fields().map(|field| field.name.clone()));
        let mut rows = vec![names.clone()];
        let mut maps = Vec::new();
        for id in &set.ids {
            let mut row = Vec::with_capacity(names.len());
            let mut map = Vec::new();
            for name in &names {
                let field = FieldPath::parse(name);
                let value = store.perform(&Records::Read { form: set.form.clone(), id: *id, field })?;
                // A file has the rows themselves, which can be loaded again.
                let has_rows = table.field(name).is_some_and(|field| field.storage() == Storage::Rows);
                let value = match self.csv && has_rows {
                    true => rows_of(store, &value)?,
                    false => rainwright_records::as_shown(&value, &rainwright::Locale::default()),
                };
                row.push(cell(&value));
                map.push((name.clone(), value));
            }
            rows.push(row);
            maps.push(Data::map(map));
        }
        if self.json {
            terminal::out(&Data::List(maps).to_json());
        } else if self.csv {
            rows.iter().for_each(|row| terminal::out(&csv_line(row)));
        } else {
            terminal::table(&rows);
        }
        Ok(())
    }
}

/// A value in a table or a CSV file: dates and times without the quotes that JSON needs.
fn cell(value: &Data) -> String {
    match value {
        Data::Null => String::new(),
        Data::Date(_) | Data::DateTime { .. } | Data::Time { .. } => value.iso(),
        Data::File(file) => file.name.clone(),
        other => other.to_string(),
    }
}

/// A line of CSV; a cell that spreadsheets would take for a formula gets a quote in front.
fn csv_line(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        let cell = escaped(cell);
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.into_owned()
        }
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",")
}

impl Load {
    fn run(self) -> CommandResult {
        let text = if self.file == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|e| file_problem(&self.file, FileUse::Read, &e))?;
            text
        } else {
            std::fs::read_to_string(&self.file).map_err(|e| file_problem(&self.file, FileUse::Read, &e))?
        };
        let is_csv = self.file.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let rows = if is_csv {
            Rows::Sheet(sheet(&text)?)
        } else {
            Rows::Json(read_rows(&text).map_err(|problem| {
                Problem::new(Code::CannotParse, format!("{} cannot be read: {}", self.file.display(), problem.message))
            })?)
        };
        let mut store = self.common.store()?;
        store.act_as(self.common.actor());
        store.compute_outdated()?;
        let count = match (rows, self.form.as_deref()) {
            (Rows::Sheet(sheet), Some(form)) => load_sheet(&mut store, form, &sheet)?,
            (Rows::Sheet(_), None) => return Err(Trouble::Usage("A CSV file needs --form.".into())),
            (Rows::Json(rows), form) => load(&mut store, form, &rows)?,
        };
        terminal::note(&format!("added {count} records"));
        Ok(Exit::Done)
    }
}

/// What a file holds.
enum Rows {
    Json(Data),
    Sheet(Sheet),
}

/// The rows of a CSV file; the first line names the fields.
fn sheet(text: &str) -> CommandResult<Sheet> {
    let bad = |e: csv::Error| Problem::new(Code::CannotParse, format!("The CSV file is not right: {e}"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().map_err(bad)?.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(Sheet { names, rows })
}

impl Diff {
    fn run(self) -> CommandResult {
        let app = Application::read(&self.common.app)?;
        let mut store = app.store(self.common.records()?)?;
        let steps = if self.apply { store.migrate(self.allow_loss)? } else { store.differences()? };
        for step in &steps {
            terminal::out(&if step.loses { format!("{} (data are lost)", step.what) } else { step.what.clone() });
        }
        // Without the tables there is nothing to compute.
        let outdated = if steps.is_empty() || self.apply { store.outdated()? } else { Vec::new() };
        for form in &outdated {
            terminal::out(&format!("compute the formulas of {form} again"));
        }
        if self.apply {
            store.act_as(self.common.actor());
            store.compute_outdated()?;
        }
        Ok(if steps.is_empty() && outdated.is_empty() || self.apply { Exit::Done } else { Exit::Found })
    }
}
