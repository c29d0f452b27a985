//! The store: one database with the records of an application, one transaction a run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, Records};
use rainwright_value::Locale;
use rusqlite::{Connection, ErrorCode};

use crate::database::Database;
use crate::formulas::Formulas;
use crate::migrate::{self, Step};
use crate::numbers::Numbers;
use crate::read::RowPlan;
use crate::schema::{Form, Schema};
use crate::sql;
use crate::statements::Statements;

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
    /// The user's mail address, as `zoho.loginuserid` has it; empty when there is none.
    pub mail: String,
}

/// Where the records are.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum StoreLocation {
    /// In memory, for as long as the store lives.
    #[default]
    Memory,
    /// In a file; it is made when it is not there.
    File(PathBuf),
    /// In a Postgres database, by its address, which may hold a password: in the first schema of the search path, which is
    /// that application's alone. The feature `postgres` is needed.
    Postgres(String),
}

impl std::fmt::Debug for StoreLocation {
    /// Without an address: messages and logs must not hold its password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreLocation::Memory => f.write_str("Memory"),
            StoreLocation::File(file) => f.debug_tuple("File").field(file).finish(),
            StoreLocation::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// The records of an application.
pub struct Store {
    pub(crate) database: Database,
    pub(crate) schema: Schema,
    pub(crate) settings: Settings,
    pub(crate) actor: Actor,
    /// What computes formulas.
    pub(crate) formulas: Option<Arc<dyn Formulas>>,
    /// What went on that a script's author may want to know.
    pub(crate) warnings: Vec<String>,
    /// How rows are read, by table.
    pub(crate) row_plans: RefCell<HashMap<String, Arc<RowPlan>>>,
    pub(crate) statements: Statements,
    /// The IDs and auto numbers of the open transaction.
    pub(crate) numbers: Numbers,
}

impl Store {
    /// Opens the records of an application whose tables fit its forms, or makes them.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be used, or data would be lost by fitting it to the forms.
    pub fn open(place: StoreLocation, forms: Vec<Form>, settings: Settings) -> Result<Self, Problem> {
        let mut store = Self::connect(place, forms, settings)?;
        store.migrate(false)?;
        Ok(store)
    }

    /// Opens the records without fitting the tables to the forms; see [`Store::differences`] and [`Store::migrate`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be used; [`Code::BadArgument`] when the forms cannot.
    pub fn connect(place: StoreLocation, forms: Vec<Form>, settings: Settings) -> Result<Self, Problem> {
        let schema = Schema::new(forms)?;
        let database = match place {
            StoreLocation::Memory => sqlite(Connection::open_in_memory()),
            StoreLocation::File(path) => sqlite(Connection::open(path)),
            StoreLocation::Postgres(url) => postgres(&url),
        }?;
        Ok(Self {
            database,
            schema,
            settings,
            actor: Actor::default(),
            formulas: None,
            warnings: Vec::new(),
            row_plans: RefCell::default(),
            statements: Statements::default(),
            numbers: Numbers::default(),
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
        let done = migrate::prepare(&self.database).and_then(|()| {
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

    /// Says what computes the formulas of records that are written from now on; without it they stay as they are.
    pub fn compute_with(&mut self, formulas: Arc<dyn Formulas>) {
        self.formulas = Some(formulas);
    }

    /// Who acts, and when.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
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
        self.numbers.clear();
        self.database.begin()
    }

    /// Ends the transaction of a run: its changes are kept, or undone.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the changes cannot be written; they are undone then.
    pub fn end(&mut self, keep: bool) -> Result<(), Problem> {
        if self.is_open() {
            let numbered = if keep { self.store_numbers() } else { Ok(()) };
            self.numbers.clear();
            let ended = self.database.end(keep && numbered.is_ok());
            return numbered.and(ended);
        }
        self.numbers.clear();
        // SQLite itself undid the transaction, as it does when the disk is full.
        match keep {
            true => Err(Problem::new(Code::StoreProblem, "The database has undone what this run changed")
                .with_help("Look at what it refused before, mend that, and run it again.")),
            false => Ok(()),
        }
    }

    /// Whether a transaction is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.database.is_open()
    }

    /// Does something in the transaction that is open, or as a transaction of its own.
    pub(crate) fn whole<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Problem>) -> Result<T, Problem> {
        if self.is_open() {
            return work(self);
        }
        self.begin()?;
        let done = work(self);
        let ended = self.end(done.is_ok());
        let done = done?;
        ended?;
        Ok(done)
    }

    /// Marks the present state within the transaction; see [`Store::release`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn mark(&mut self) -> Result<(), Problem> {
        self.database.control("SAVEPOINT part")?;
        self.numbers.mark();
        Ok(())
    }

    /// Ends the part of a transaction since the last mark: its changes stay in the transaction, or are undone.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn release(&mut self, keep: bool) -> Result<(), Problem> {
        self.numbers.release(keep);
        if !keep && self.is_open() {
            self.database.control("ROLLBACK TO part")?;
        }
        if self.is_open() { self.database.control("RELEASE part") } else { Ok(()) }
    }

    /// Performs one request of a script. A change that fails is undone completely.
    ///
    /// # Errors
    /// A problem that the script may catch.
    pub fn perform(&mut self, request: &Records) -> Result<Data, Problem> {
        if !request.is_change() {
            return self.answer(request);
        }
        if self.is_open() && !self.database.is_spoiled_by_failures() && self.is_simple(request) {
            return self.change(request);
        }
        if !self.is_open() {
            return self.whole(|store| store.change(request));
        }
        self.mark()?;
        let done = self.change(request);
        let ended = self.release(done.is_ok());
        let done = done?;
        ended?;
        Ok(done)
    }
}

/// A connection to SQLite that knows what we teach it.
fn sqlite(opened: rusqlite::Result<Connection>) -> Result<Database, Problem> {
    let connection = opened.map_err(|e| explain(&e))?;
    connection.busy_timeout(BUSY).map_err(|e| explain(&e))?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // What was answered for must survive a power cut.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;")
        .map_err(|e| explain(&e))?;
    sql::teach(&connection).map_err(|e| explain(&e))?;
    Ok(Database::Sqlite(connection))
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Database, Problem> {
    crate::postgres::Postgres::connect(url).map(|client| Database::Postgres(Box::new(client)))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str) -> Result<Database, Problem> {
    Err(Problem::new(Code::NotSupported, "Records in Postgres are not supported: this program was built without it")
        .with_help("Build it with the feature `postgres`, or keep the records in a file."))
}

/// The answer to a run whose turn to write did not come.
pub(crate) fn busy() -> Problem {
    Problem::new(Code::StoreProblem, "Another process keeps the records to itself for too long")
        .with_help("Try again, or end the run that waits while it holds records.")
}

/// A failure of SQLite as a problem.
pub(crate) fn explain(error: &rusqlite::Error) -> Problem {
    let problem = |message: String| Problem::new(Code::StoreProblem, message);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => busy(),
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
