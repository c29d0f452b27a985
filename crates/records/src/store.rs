//! The store: one SQLite file with the records of an application, one transaction a run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, Records};
use rainwright_value::Locale;
use rusqlite::{Connection, ErrorCode};

use crate::migrate::{self, Step};
use crate::read::RowPlan;
use crate::schema::{Form, Schema};
use crate::sql;

/// How long a process waits for another one's run.
const BUSY: Duration = Duration::from_secs(30);
/// Statements that are kept prepared.
const PREPARED: usize = 256;

/// What may differ from one application to another.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone and formats of the application.
    pub locale: Locale,
    /// Whether scripts must fill mandatory fields.
    pub mandatory_in_scripts: bool,
    /// Whether scripts may not repeat values of unique fields.
    pub unique_in_scripts: bool,
    /// Whether `==` on texts ignores the case of letters in criteria.
    pub ignore_case: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { locale: Locale::default(), mandatory_in_scripts: true, unique_in_scripts: true, ignore_case: false }
    }
}

/// Who acts, and when.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// The present instant, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The user's name, as `zoho.loginuser` has it.
    pub user: String,
}

/// Where the records are.
pub enum StoreLocation<'p> {
    /// In memory, for as long as the store lives.
    Memory,
    /// In a file; it is made when it is not there.
    File(&'p Path),
}

/// The records of an application.
pub struct Store {
    pub(crate) database: Connection,
    pub(crate) schema: Schema,
    pub(crate) settings: Settings,
    pub(crate) actor: Actor,
    /// What went on that a script's author may want to know.
    pub(crate) warnings: Vec<String>,
    /// How rows are read, by table.
    pub(crate) row_plans: RefCell<HashMap<String, Rc<RowPlan>>>,
}

impl Store {
    /// Opens the records of an application whose tables fit its forms, or makes them.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be used, or data would be lost by fitting it to the forms.
    pub fn open(place: StoreLocation<'_>, forms: Vec<Form>, settings: Settings) -> Result<Self, Problem> {
        let mut store = Self::connect(place, forms, settings)?;
        store.migrate(false)?;
        Ok(store)
    }

    /// Opens the records without fitting the tables to the forms; see [`Store::differences`] and [`Store::migrate`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be used; [`Code::BadArgument`] when the forms cannot.
    pub fn connect(place: StoreLocation<'_>, forms: Vec<Form>, settings: Settings) -> Result<Self, Problem> {
        let schema = Schema::new(forms)?;
        let database = match place {
            StoreLocation::Memory => Connection::open_in_memory(),
            StoreLocation::File(path) => Connection::open(path),
        }
        .map_err(|e| explain(&e))?;
        database.busy_timeout(BUSY).map_err(|e| explain(&e))?;
        database.set_prepared_statement_cache_capacity(PREPARED);
        // What was answered for must survive a power cut.
        database
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;")
            .map_err(|e| explain(&e))?;
        sql::teach(&database).map_err(|e| explain(&e))?;
        Ok(Self {
            database,
            schema,
            settings,
            actor: Actor::default(),
            warnings: Vec::new(),
            row_plans: RefCell::default(),
        })
    }

    /// The changes that make the tables fit the forms.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database cannot be read.
    pub fn differences(&self) -> Result<Vec<Step>, Problem> {
        migrate::plan(&self.database, &self.schema)
    }

    /// Fits the tables to the forms, in one transaction, and says what was done.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when data would be lost and `allow_loss` is not set.
    pub fn migrate(&mut self, allow_loss: bool) -> Result<Vec<Step>, Problem> {
        self.begin()?;
        let done = migrate::prepare(&self.database).map_err(|e| explain(&e)).and_then(|()| {
            let steps = self.differences()?;
            migrate::apply(&self.database, &steps, allow_loss)?;
            Ok(steps)
        });
        self.end(done.is_ok())?;
        done
    }

    /// The forms.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Says who acts from now on, and when.
    pub fn act_as(&mut self, actor: Actor) {
        self.settings.locale.set_now(actor.now);
        self.actor = actor;
    }

    /// Takes what there is to warn of since the last time.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Begins the transaction of a run. It holds the right to write from the start, so that a run never fails because
    /// another process wrote between its reading and its writing.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when another process keeps the store to itself for too long.
    pub fn begin(&mut self) -> Result<(), Problem> {
        self.run("BEGIN IMMEDIATE")
    }

    /// Ends the transaction of a run: its changes are kept, or undone.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the changes cannot be written; they are undone then.
    pub fn end(&mut self, keep: bool) -> Result<(), Problem> {
        if self.database.is_autocommit() {
            // SQLite itself undid the transaction, as it does when the disk is full.
            return Ok(());
        }
        let ended = self.run(if keep { "COMMIT" } else { "ROLLBACK" });
        if ended.is_err() && keep {
            self.run("ROLLBACK")?;
        }
        ended
    }

    /// Whether a transaction is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.database.is_autocommit()
    }

    /// Marks the present state within the transaction; see [`Store::release`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn mark(&mut self) -> Result<(), Problem> {
        self.run("SAVEPOINT part")
    }

    /// Ends the part of a transaction since the last mark: its changes stay in the transaction, or are undone.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn release(&mut self, keep: bool) -> Result<(), Problem> {
        if !keep && self.is_open() {
            self.run("ROLLBACK TO part")?;
        }
        if self.is_open() { self.run("RELEASE part") } else { Ok(()) }
    }

    fn run(&self, statement: &str) -> Result<(), Problem> {
        self.database.prepare_cached(statement).and_then(|mut s| s.execute([])).map(drop).map_err(|e| explain(&e))
    }

    /// Performs one request of a script. A change that fails is undone completely.
    ///
    /// # Errors
    /// A problem that the script may catch.
    pub fn perform(&mut self, request: &Records) -> Result<Data, Problem> {
        if !request.is_change() {
            return self.answer(request);
        }
        let alone = !self.is_open();
        if alone {
            self.begin()?;
        } else {
            self.mark()?;
        }
        let done = self.change(request);
        let ended = if alone { self.end(done.is_ok()) } else { self.release(done.is_ok()) };
        let done = done?;
        ended?;
        Ok(done)
    }
}

/// A failure of the database as a problem.
pub(crate) fn explain(error: &rusqlite::Error) -> Problem {
    let problem = |message: String| Problem::new(Code::StoreProblem, message);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            problem("Another process keeps the records to itself for too long".into())
                .with_help("Try again, or end the run that waits while it holds records.")
        }
        Some(ErrorCode::DiskFull) => problem("The disk is full".into()).with_help("Make room and try again."),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            problem(format!("The file of the records cannot be used: {error}"))
                .with_help("Check that the folder is there and that you may write to it.")
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            problem("The file is no database of records".into()).with_help("Name another file.")
        }
        _ => problem(format!("The database refused: {error}"))
            .with_help("Check that the forms fit the database with `dg app diff`."),
    }
}
