//! Formulas, computed by the evaluator whenever a record is written, whoever writes it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rainwright::builtins::{from_data, to_data};
use rainwright::{
    Call, Code, Data, Effect, Engine, Failure, Host, Inputs, Interrupt, Limits, Outcome, Problem, Refusal, Script,
};
use rainwright_records::{Field, FieldType, Formulas, Store, Table};
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_syntax::visit::{Visit, walk, walk_expr};

use crate::event::{EventHost, Live};
use crate::users::Users;
use crate::{Application, FormState, record, script};

/// Fields with their formulas, each after those that it names.
type Computed = Arc<[(Field, String)]>;

/// What evaluates the formulas of an application.
pub(crate) struct Evaluator {
    app: Arc<Application>,
    engine: Engine,
    interrupt: Interrupt,
    /// The scripts of formulas, by form, field and text.
    scripts: Mutex<HashMap<String, Script>>,
    /// The formulas of forms, each after those that it names.
    in_order: Mutex<HashMap<String, Computed>>,
}

/// How long one formula may take: as long as it does, nobody else can write.
const PATIENCE: Duration = Duration::from_secs(2);

impl Evaluator {
    /// An evaluator that stops when `interrupt` becomes true.
    pub(crate) fn new(app: Arc<Application>, engine: Engine, interrupt: Interrupt) -> Self {
        let limits = Limits { time: Some(PATIENCE), ..Limits::default() };
        Self { app, engine: engine.limits(limits), interrupt, scripts: Mutex::default(), in_order: Mutex::default() }
    }

    /// The formulas of a form or subform, each after those that it names.
    fn in_order(&self, table: &Table) -> Computed {
        let mut known = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        let sort = || {
            let formulas = table.fields().filter(|field| field.kind == FieldType::Formula);
            let formulas = formulas.filter_map(|field| Some((field.clone(), field.formula.clone()?)));
            Arc::from(ordered(formulas.collect()))
        };
        Arc::clone(known.entry(table.name.clone()).or_insert_with(sort))
    }

    /// The script of a formula; compiled once.
    fn script(&self, form: &str, field: &str, formula: &str) -> Result<Script, Failure> {
        let key = format!("{form}.{field}\n{formula}");
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = scripts.get(&key) {
            return Ok(known.clone());
        }
        let name = format!("{form}.{field}");
        let source = script::of_expression(formula, self.app.fields_of(form).as_deref());
        let mut sources = vec![(name.as_str(), source.as_str())];
        // Hardly a formula calls a function of the application, and there may be hundreds to compile.
        let calls = |name: &str| formula.contains(name.rsplit('.').next().unwrap_or(name));
        if self.app.functions.iter().any(|function| calls(&function.name)) {
            sources.extend(self.app.functions.iter().map(|f| (f.name.as_str(), f.source.as_str())));
        }
        let script = self.engine.compile_all(&sources)?;
        scripts.insert(key, script.clone());
        Ok(script)
    }

    fn value(
        &self,
        store: &mut Store,
        users: &mut Users,
        (field, formula): (&Field, &str),
        state: &mut FormState,
    ) -> Result<Data, Failure> {
        let form = state.form.clone();
        let script = self.script(&form, &field.name, formula)?;
        let locale = self.engine.locale();
        let inputs = Inputs::new().arg("input", from_data(Data::Map(state.fields.clone()), locale));
        let user = store.actor().mail.clone();
        let mut present = Present(store.actor().now);
        let host = EventHost {
            app: &self.app,
            users,
            store,
            inner: &mut present,
            user: &user,
            state: Some(state),
            live: Live::default(),
            reads_only: true,
            is_durable: false,
        };
        let done = script.run(&mut Reading(host), inputs.interrupt(self.interrupt.clone()));
        let value = to_data(&done.result?, locale).map_err(|problem| *problem)?;
        if field.result == Some(FieldType::Number)
            && let Data::Decimal(_) | Data::Float(_) = value
        {
            // A number has no places after the point.
            let whole = value.to_string().split('.').next().unwrap_or_default().to_owned();
            return Ok(store.fit(&form, &field.name, whole.into())?);
        }
        Ok(store.fit(&form, &field.name, value)?)
    }
}

impl Formulas for Evaluator {
    fn compute(&self, store: &mut Store, form: &str, id: i64) -> Result<Vec<(String, Data)>, Problem> {
        let fields = record::read(store, form, id)?;
        let mut state = FormState { form: form.to_owned(), fields, ..FormState::default() };
        let mut users = self.app.users.clone();
        let mut changed = Vec::new();
        for (field, formula) in &*self.in_order(store.schema().expect(form)?) {
            let before = state.get(&field.name);
            // A formula that names itself does not count up.
            state.fields.insert(field.name.clone(), Data::Null);
            let value = match self.value(store, &mut users, (field, formula), &mut state) {
                Ok(value) => value,
                Err(failure) if matches!(failure.code(), Code::LimitReached | Code::Interrupted) => {
                    let message = format!("The formula '{form}.{}' was stopped: {}", field.name, failure.message());
                    return Err(Problem::new(failure.code(), message).with_help(failure.help()));
                }
                // One that cannot be computed, as of fields that are not filled in, is empty.
                Err(_) => Data::Null,
            };
            state.fields.insert(field.name.clone(), value.clone());
            if value != before {
                changed.push((field.name.clone(), value));
            }
        }
        Ok(changed)
    }
}

/// Formulas, each after those that it names; in their own order where they go round in a circle.
fn ordered(mut rest: Vec<(Field, String)>) -> Vec<(Field, String)> {
    let mut ordered = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let waits = |(field, formula): &(Field, String)| {
            let named = names(formula);
            rest.iter().any(|(other, _)| other.name != field.name && named.contains(&other.name))
        };
        let free = rest.iter().position(|formula| !waits(formula)).unwrap_or(0);
        ordered.push(rest.remove(free));
    }
    ordered
}

/// The names in a formula: `Net`, and `Net` of `input.Net`.
fn names(formula: &str) -> HashSet<String> {
    struct Names(HashSet<String>);
    impl<'t> Visit<'t> for Names {
        fn expr(&mut self, expr: &'t Expr) {
            match &expr.kind {
                ExprKind::Name(name) => drop(self.0.insert(name.to_string())),
                ExprKind::Member { name, .. } => drop(self.0.insert(name.name.to_string())),
                _ => {}
            }
            walk_expr(self, expr);
        }
    }
    let mut names = Names(HashSet::new());
    walk(&mut names, &rainwright_syntax::parse(&script::of_expression(formula, None)).tree);
    names.0
}

/// The host of a formula, which reads records and changes nothing.
struct Reading<'a>(EventHost<'a>);

impl Host for Reading<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match &call.effect {
            Effect::Records(request) if request.is_change() => Err(call.effect.not_supported().into()),
            _ => self.0.perform(call),
        }
    }
}

/// What there is around a formula: the time.
struct Present(i64);

impl Host for Present {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Now => Ok(Outcome::Instant { millis: self.0 }),
            effect => Err(effect.not_supported().into()),
        }
    }
}
