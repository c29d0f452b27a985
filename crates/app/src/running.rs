//! A running application: its records, its scripts, and the host that performs their effects.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use rainwright::builtins::{from_data, to_data};
use rainwright::effect::{DataMap, Query, RecordSet};
use rainwright::{
    Call, Code, Data, Done, Effect, Engine, Failure, Host, Inputs, Interrupt, Outcome, Problem, Records, Refusal,
    Script, Ui, Value,
};
use rainwright_records::{Actor, Applications, Components, Report, Schema, Settings, Storage, Store, StoreLocation};
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_syntax::visit::{Visit, walk, walk_expr};

use crate::conduct::Conductor;
use crate::event::{EventHost, Live};
use crate::formulas::Evaluator;
use crate::input::Row;
use crate::users::{self, Users, user_name};
use crate::{Action, Application, FormState, Function};
use crate::{record, script};

/// Where and for whom an application runs.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Where the records are.
    pub records: StoreLocation,
    /// The user's mail address.
    pub user: String,
    /// Stops the scripts when it becomes true.
    pub interrupt: Interrupt,
}

/// The variable that says whether the condition of an action holds.
const HOLDS: &str = "rainwright_condition_holds";

/// A running application.
pub struct Running<'h> {
    pub(crate) app: Arc<Application>,
    pub(crate) store: Held<'h>,
    pub(crate) engine: Engine,
    pub(crate) host: &'h mut dyn Host,
    pub(crate) user: String,
    /// The users as scripts left them.
    pub(crate) users: Users,
    /// Until when each schedule was looked at.
    pub(crate) looked: HashMap<String, i64>,
    interrupt: Interrupt,
    /// The scripts that were compiled, by name and source.
    pub(crate) scripts: HashMap<String, Script>,
    /// The records that an action of a report works on: its script knows them by the form's name.
    pub(crate) acting_on: Option<RecordSet>,
}

/// The records of a running application: its own store, or one that somebody else keeps.
pub(crate) enum Held<'h> {
    Own(Box<Store>),
    Lent(&'h mut Store),
}

impl Deref for Held<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        match self {
            Held::Own(store) => store,
            Held::Lent(store) => store,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        match self {
            Held::Own(store) => store,
            Held::Lent(store) => store,
        }
    }
}

/// The forms and subforms as scripts call them to make a record or row: `Order`, `Order.Lines`.
#[must_use]
pub fn makers(schema: &Schema) -> Vec<String> {
    let mut names: Vec<String> = schema.tables().map(|table| table.name.clone()).collect();
    for table in schema.tables() {
        let of_another = table.fields().filter(|field| matches!(field.storage(), Storage::Children(_)));
        names.extend(of_another.map(|field| format!("{}.{}", table.name, field.name)));
    }
    names
}

/// An engine with the application's settings.
///
/// # Errors
/// A time zone or date format that does not exist.
pub(crate) fn engine(app: &Application) -> Result<Engine, Failure> {
    let mut engine = Engine::new().profile("zoho-creator")?;
    if let Some(zone) = &app.timezone {
        engine = engine.timezone(zone)?;
    }
    if let Some(format) = &app.date_format {
        engine = engine.formats(format, "HH:mm:ss")?;
    }
    if let Some(fails) = app.null_order_fails {
        engine = engine.null_order_fails(fails);
    }
    Ok(engine.empty_record_fails(app.empty_record_fails.unwrap_or(false)))
}

/// The settings of the application's store.
pub(crate) fn settings(app: &Application, engine: &Engine) -> Settings {
    Settings {
        locale: engine.locale().clone(),
        mandatory_in_scripts: app.mandatory_in_scripts.unwrap_or(true),
        unique_in_scripts: app.unique_in_scripts.unwrap_or(true),
        ignore_case: app.ignore_case.unwrap_or(false),
    }
}

impl Application {
    /// Tells a sandbox the forms, reports and pages of this application, whose scripts find its records there.
    ///
    /// # Errors
    /// Forms that do not fit together.
    pub fn describe_to(&self, applications: &Applications) -> Result<(), Failure> {
        let settings = settings(self, &engine(self)?);
        let reports = self.reports.iter().map(|report| Report {
            name: report.name.clone(),
            form: report.form.clone(),
            criteria: report.criteria.clone(),
            columns: report.columns.iter().map(|column| column.field.clone()).collect(),
        });
        let pages = self.pages.iter().map(|page| page.name.clone());
        let scripts = Arc::new(Conductor::new(self.clone())?);
        let components = Components { reports: reports.collect(), pages: pages.collect() };
        Ok(applications.describe(&self.name, self.forms.clone(), components, settings, Some(scripts))?)
    }

    /// The application's records, without fitting the tables to the forms.
    ///
    /// # Errors
    /// Forms that do not fit together, or a file that cannot be used.
    pub fn store(&self, place: StoreLocation) -> Result<Store, Failure> {
        let engine = engine(self)?;
        let mut store = Store::connect(place, self.forms.clone(), settings(self, &engine))?;
        store.compute_with(Arc::new(Evaluator::new(Arc::new(self.clone()), engine, Interrupt::default())));
        Ok(store)
    }
}

impl<'h> Running<'h> {
    /// Opens the records of an application.
    ///
    /// # Errors
    /// Settings, forms or a file that cannot be used.
    pub fn open(app: Application, setting: Setting, host: &'h mut dyn Host) -> Result<Self, Failure> {
        let mut engine = engine(&app)?;
        let Setting { records, user, interrupt } = setting;
        let mut store = Store::open(records, app.forms.clone(), settings(&app, &engine))?;
        engine = rainwright::durable::engine(engine.subforms(makers(store.schema())));
        let users = app.users.clone();
        let app = Arc::new(app);
        store.compute_with(Arc::new(Evaluator::new(Arc::clone(&app), engine.clone(), interrupt.clone())));
        let mut running = Self {
            app,
            store: Held::Own(Box::new(store)),
            engine,
            host,
            user,
            users,
            looked: HashMap::new(),
            interrupt,
            scripts: HashMap::new(),
            acting_on: None,
        };
        // Records whose formulas are others now have values of the old ones.
        if !running.store.outdated()?.is_empty() {
            running.act()?;
            running.store.compute_outdated()?;
        }
        Ok(running)
    }

    /// An application on records that somebody else keeps, as the one who acts there.
    pub(crate) fn lent(app: Arc<Application>, engine: Engine, store: &'h mut Store, host: &'h mut dyn Host) -> Self {
        Self {
            user: store.actor().mail.clone(),
            users: app.users.clone(),
            app,
            store: Held::Lent(store),
            engine,
            host,
            looked: HashMap::new(),
            interrupt: Interrupt::default(),
            scripts: HashMap::new(),
            acting_on: None,
        }
    }

    /// The application.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.app
    }

    /// The records.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Says to the store who acts, and when; gives that instant.
    pub(crate) fn act(&mut self) -> Result<i64, Failure> {
        if let Held::Lent(store) = &self.store {
            self.users = users::present(&self.app.users, store)?;
            return Ok(store.actor().now);
        }
        let now = match self.host.perform(Call::new(Effect::Now)).map_err(Refusal::problem)? {
            Outcome::Instant { millis } => millis,
            _ => 0,
        };
        self.users = users::present(&self.app.users, &self.store)?;
        self.store.act_as(Actor { now, user: user_name(&self.users, &self.user), mail: self.user.clone() });
        Ok(now)
    }

    /// A script with the application's functions; compiled once.
    pub(crate) fn script(&mut self, name: &str, source: &str) -> Result<Script, Failure> {
        let key = format!("{name}\n{source}");
        if let Some(known) = self.scripts.get(&key) {
            return Ok(known.clone());
        }
        let mut sources = vec![(name, source)];
        sources.extend(self.app.functions.iter().map(|f| (f.name.as_str(), f.source.as_str())));
        let script = self.engine.compile_all(&sources)?;
        self.scripts.insert(key, script.clone());
        Ok(script)
    }

    /// Runs a script; that of a form event reads through `live` what it assigned.
    pub(crate) fn run(
        &mut self,
        script: &Script,
        inputs: Inputs,
        state: Option<&mut FormState>,
        live: Live,
        reads_only: bool,
    ) -> Done {
        let inputs = inputs.interrupt(self.interrupt.clone());
        script.run(&mut EventHost { state, live, reads_only, ..self.bare_host() }, inputs)
    }

    /// The host of a run without a form.
    fn bare_host<'s>(&'s mut self) -> EventHost<'s> {
        let (app, users, store, inner) = (&*self.app, &mut self.users, &mut self.store, &mut *self.host);
        let (user, live) = (self.user.as_str(), Live::default());
        EventHost { app, users, store, inner, user, state: None, live, reads_only: false, is_durable: false }
    }

    /// The host of a script that is no part of the application: it has the application's records, and begins a transaction
    /// when it first uses them, which the caller ends.
    ///
    /// # Errors
    /// When nobody says what time it is.
    pub fn outside_host(&mut self) -> Result<EventHost<'_>, Failure> {
        self.act()?;
        Ok(self.bare_host())
    }

    /// Ends the transaction of a run as the run ended.
    pub(crate) fn end<T>(&mut self, result: Result<T, Failure>) -> Result<T, Failure> {
        if self.store.is_open() {
            let ended = self.store.end(result.is_ok());
            let value = result?;
            ended?;
            return Ok(value);
        }
        result
    }

    /// The engine of the application's scripts.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The host of a durable run: each change of records is a transaction of its own, done once for the run and the number of
    /// the call, so that the run holds no lock while it waits.
    ///
    /// # Errors
    /// When nobody says what time it is.
    pub fn durable_host(&mut self) -> Result<EventHost<'_>, Failure> {
        self.act()?;
        Ok(EventHost { reads_only: true, is_durable: true, ..self.bare_host() })
    }

    /// Calls a function of the application; the run is one transaction.
    ///
    /// # Errors
    /// A function that does not exist, or one that failed: it leaves no changes then.
    pub fn call(&mut self, function: &str, arguments: &[(String, Value)]) -> Result<Value, Failure> {
        self.act()?;
        let (script, entry) = self.function(function)?;
        let mut inputs = Inputs::new().entry(entry);
        for (name, value) in self.arguments(function, arguments)? {
            inputs = inputs.arg(name, value);
        }
        let done = self.run(&script, inputs, None, Live::default(), false);
        self.end(done.result)
    }

    /// A function of the application, with or without its namespace.
    pub(crate) fn app_function(&self, function: &str) -> Result<&Function, Failure> {
        let known = |name: &str| name == function || name.rsplit('.').next() == Some(function);
        let Some(found) = self.app.functions.iter().find(|f| known(&f.name)) else {
            let listed = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let functions = listed(self.app.functions.iter().map(|f| f.name.as_str()).collect());
            let others = self.app.workflows.iter().filter(|workflow| workflow.kind != "form");
            let others = listed(others.map(|workflow| workflow.name.as_str()).collect());
            let problem = Problem::new(Code::UnknownFunction, format!("The application has no function '{function}'"));
            let help = format!("Its functions: {functions}. Its schedules, actions and approvals: {others}.");
            return Err(problem.with_help(help).into());
        };
        Ok(found)
    }

    /// The script of the application's functions, and the name by which one of them is called in it.
    ///
    /// # Errors
    /// A function that does not exist, or functions that cannot be compiled.
    pub fn function(&mut self, function: &str) -> Result<(Script, String), Failure> {
        let name = self.app_function(function)?.name.clone();
        let script = self.script("application", "")?;
        let entry =
            script.entries().into_iter().find(|entry| entry.name == name || entry.name.ends_with(&format!(".{name}")));
        let entry = entry.map_or(name, |entry| entry.name);
        Ok((script, entry))
    }

    /// Evaluates an expression, such as a query, without changing anything.
    ///
    /// # Errors
    /// An expression that cannot be read, or fails.
    pub fn evaluate(&mut self, expression: &str) -> Result<Data, Failure> {
        self.act()?;
        let script = self.script("query", &format!("return {};", expression.trim().trim_end_matches(';')))?;
        let done = self.run(&script, Inputs::new(), None, Live::default(), true);
        if self.store.is_open() {
            self.store.end(false)?;
        }
        to_data(&done.result?, self.engine.locale()).map_err(|problem| (*problem).into())
    }

    /// The value of an expression for a form's state, such as a condition.
    pub(crate) fn expression(&mut self, name: &str, expression: &str, state: &mut FormState) -> Result<Data, Failure> {
        let script =
            self.script(name, &script::of_expression(expression, self.app.fields_of(&state.form).as_deref()))?;
        let locale = self.engine.locale().clone();
        let inputs = Inputs::new().arg("input", from_data(Data::Map(state.fields.clone()), &locale));
        let done = self.run(&script, inputs, Some(state), Live::default(), false);
        to_data(&done.result?, &locale).map_err(|problem| (*problem).into())
    }

    /// Runs a script of a form event; `row` says which row of a subform the event is about. Says whether the script cancelled
    /// the submission.
    pub(crate) fn event(
        &mut self,
        name: &str,
        action: &Action,
        state: &mut FormState,
        row: Option<&Row<'_>>,
    ) -> Result<bool, Failure> {
        let source = match &action.condition {
            // A condition that fields without values make impossible does not hold.
            Some(condition) => format!(
                "{HOLDS} = false; try {{ if ({condition}) {{ {HOLDS} = true; }} }} catch ({HOLDS}_not) {{ {HOLDS} = false; }} if ({HOLDS}) {{ {}\n}}",
                action.source
            ),
            None => action.source.clone(),
        };
        let record = self.acting_on.as_ref().filter(|set| set.single);
        let record = record.map(|set| (set.form.as_str(), self.app.forms.as_slice()));
        let source = script::with_fields_of(&source, self.app.form(&state.form), record);
        let script = self.script(name, &source)?;
        let locale = self.engine.locale().clone();
        let input = from_data(Data::Map(self.linked(&state.form, &state.fields)), &locale);
        let mut inputs = Inputs::new().arg("input", input.clone());
        if let Some(old) = &state.old {
            inputs = inputs.arg("old", from_data(Data::Map(self.linked(&state.form, old)), &locale));
        }
        let mut live = Live { input: Some(input.clone()), row: None };
        if let Some(Row::At(subform, _) | Row::Gone(subform, _)) = row {
            let form = self.rows_form(&state.form, subform).unwrap_or_default();
            let row = match row {
                Some(Row::Gone(_, fields)) => Some(from_data(Data::Map(self.linked_row(&form, fields)), &locale)),
                Some(Row::At(_, place)) => row_of(&input, subform, *place),
                None => None,
            };
            live.row = row.map(|row| (form, row));
        }
        if let Some((_, row)) = &live.row {
            inputs = inputs.arg("row", row.clone());
        }
        // `Claim[…]` and `for each x in Claim` mean the form, not the records that were chosen of it.
        if let Some(set) = &self.acting_on
            && (!set.single || passes_name(&action.source, &set.form))
        {
            inputs = inputs.arg(&set.form, from_data(Data::Records(Box::new(set.clone())), &locale));
        }
        let done = self.run(&script, inputs, Some(state), live, false);
        let Data::Map(mut fields) = to_data(&input, &locale).map_err(|problem| *problem)? else {
            return Ok(false);
        };
        // What was cleared and chosen by name went to the state.
        let by_name = |event: &Ui| matches!(event, Ui::Clear { .. } | Ui::Select { .. } | Ui::Deselect { .. });
        for event in state.events.extract_if(.., |event| by_name(event)) {
            chosen(&event, &mut fields, self.app.form(&state.form));
        }
        state.fields = unlinked(fields);
        // A field that has no parts holds the text of a name or an address.
        for field in self.app.form(&state.form).into_iter().flat_map(|form| &form.fields) {
            if let (Some(value @ Data::Map(_)), false) =
                (state.fields.get(&field.name), field.storage() == Storage::Composite)
            {
                let shown = rainwright_records::as_shown(value, &locale);
                state.fields.insert(field.name.clone(), shown);
            }
        }
        match done.stopped {
            Some(Refusal::Stop(_)) if state.cancelled => Ok(true),
            _ => done.result.map(|_| state.cancelled),
        }
    }

    /// The form that the rows of a subform belong to.
    fn rows_form(&self, form: &str, subform: &str) -> Option<String> {
        match self.store.schema().table(form)?.field(subform)?.storage() {
            Storage::Children(rows) => Some(rows),
            Storage::Rows => Some(format!("{form}.{subform}")),
            _ => None,
        }
    }

    /// Fields as a script has them: the elements of lookups of several records answer for the fields of these, and so do the
    /// lookups in rows of subforms.
    fn linked(&self, form: &str, fields: &DataMap) -> DataMap {
        let rows = |subform: &str, value: &Data| {
            let form = self.rows_form(form, subform)?;
            let rows = crate::submit::rows(value).into_iter().map(|row| Data::Map(self.linked_row(&form, &row)));
            Some(Data::Collection(Box::new(Data::List(rows.collect()))))
        };
        let mut linked = DataMap::new();
        for (key, value) in self.linked_lists(form, fields).iter() {
            let value = key.as_text().and_then(|name| rows(name, value)).unwrap_or_else(|| value.clone());
            linked.push(key.clone(), value);
        }
        linked
    }

    /// A row of a subform as a script has it.
    fn linked_row(&self, form: &str, fields: &DataMap) -> DataMap {
        let mut linked = self.linked_lists(form, fields);
        let Some(table) = self.store.schema().table(form) else { return linked };
        for field in table.fields() {
            if let Storage::Lookup(to) = field.storage()
                && let Some(id) = linked.get(&field.name).and_then(Data::as_number)
            {
                linked.insert(field.name.clone(), record(&to, id));
            }
        }
        linked
    }

    fn linked_lists(&self, form: &str, fields: &DataMap) -> DataMap {
        let Some(table) = self.store.schema().table(form) else { return fields.clone() };
        let mut linked = DataMap::new();
        for (key, value) in fields.iter() {
            let field = key.as_text().and_then(|name| table.field(name));
            let to = match field.map(rainwright_records::Field::storage) {
                Some(Storage::Lookups(to)) => Some(to),
                _ => None,
            };
            let value = match (to, value) {
                (Some(form), Data::List(items)) => {
                    let item = |item: &Data| item.as_number().map_or_else(|| item.clone(), |id| record(&form, id));
                    Data::List(items.iter().map(item).collect())
                }
                (_, value) => value.clone(),
            };
            linked.push(key.clone(), value);
        }
        linked
    }

    /// A record as `input` has it: composite fields and rows of subforms as maps.
    ///
    /// # Errors
    /// A form or record that is not there.
    pub fn record(&mut self, form: &str, id: i64) -> Result<DataMap, Failure> {
        Ok(record::read(&mut self.store, form, id)?)
    }

    /// How many records a form has.
    ///
    /// # Errors
    /// A form that is not there.
    pub fn count(&mut self, form: &str) -> Result<i64, Failure> {
        let query = Query { form: form.to_owned(), ..Query::default() };
        let function = rainwright::effect::Aggregate::Count;
        Ok(self.store.perform(&Records::Aggregate { query, function, field: None })?.as_number().unwrap_or(0))
    }
}

/// Whether a script passes a name as an argument: `thisapp.claims.close(Claim)`.
fn passes_name(source: &str, name: &str) -> bool {
    struct Finder<'n>(&'n str, bool);
    impl<'t> Visit<'t> for Finder<'_> {
        fn expr(&mut self, expr: &'t Expr) {
            if let ExprKind::Call { args, .. } | ExprKind::Method { args, .. } = &expr.kind {
                self.1 |= args.iter().any(|arg| matches!(&arg.value.kind, ExprKind::Name(given) if *given == self.0));
            }
            walk_expr(self, expr);
        }
    }
    let mut finder = Finder(name, false);
    walk(&mut finder, &rainwright_syntax::parse(source).tree);
    finder.1
}

/// A record by its form and ID.
fn record(form: &str, id: i64) -> Data {
    Data::Records(Box::new(RecordSet { form: form.to_owned(), single: true, ids: vec![id], rows: Vec::new() }))
}

/// Fields as a form holds them: records in lists and rows are IDs.
fn unlinked(fields: DataMap) -> DataMap {
    let mut plain = DataMap::new();
    for (key, value) in fields {
        plain.push(key, unlinked_value(value));
    }
    plain
}

pub(crate) fn unlinked_value(value: Data) -> Data {
    match value {
        Data::Records(set) if set.single => set.ids.first().copied().into(),
        Data::List(items) => Data::List(items.into_iter().map(unlinked_value).collect()),
        Data::Collection(inner) => Data::Collection(Box::new(unlinked_value(*inner))),
        Data::Map(map) => Data::Map(unlinked(map)),
        other => other,
    }
}

/// What `clear`, `select` and `deselect` make of a field's value.
fn chosen(event: &Ui, fields: &mut DataMap, form: Option<&rainwright_records::Form>) {
    let Some(name) = event.field().and_then(|field| field.path.first().cloned()) else { return };
    let mut held = fields.get(&name).and_then(Data::as_list).map(<[Data]>::to_vec).unwrap_or_default();
    match event {
        Ui::Select { values: Some(values), .. } => {
            let new: Vec<Data> = values.iter().filter(|value| !held.contains(value)).cloned().collect();
            held.extend(new);
        }
        Ui::Select { values: None, .. } => {
            let field = form.and_then(|form| form.fields.iter().find(|field| field.name == name));
            held = field
                .map(|field| field.choices.iter().map(|choice| choice.as_str().into()).collect())
                .unwrap_or_default();
        }
        Ui::Deselect { values: Some(values), .. } => held.retain(|item| !values.contains(item)),
        Ui::Deselect { values: None, .. } => held.clear(),
        _ => {
            fields.insert(name, Data::Null);
            return;
        }
    }
    fields.insert(name, Data::List(held));
}

/// The row at a place of a subform, the same map that `input` holds.
fn row_of(input: &Value, subform: &str, place: usize) -> Option<Value> {
    let map = input.as_map()?;
    let rows = map.borrow().get_text(subform).cloned()?;
    match &rows {
        Value::Collection(collection) => match &*collection.entries() {
            rainwright_value::Entries::Row(rows) => rows.get(place).cloned(),
            _ => None,
        },
        other => other.as_list()?.get(place),
    }
}
