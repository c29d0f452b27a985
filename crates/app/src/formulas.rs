//! Formulas, computed by the evaluator whenever a record is written, whoever writes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rainwright::builtins::{from_data, to_data};
use rainwright::{
    Call, Code, Data, Effect, Engine, Failure, Host, Inputs, Interrupt, Outcome, Problem, Refusal, Script,
};
use rainwright_records::{Field, FieldType, Formulas, Store};

use crate::event::{EventHost, Live};
use crate::{Application, FormState, record, script};

/// What evaluates the formulas of an application.
pub(crate) struct Evaluator {
    app: Arc<Application>,
    engine: Engine,
    interrupt: Interrupt,
    /// The scripts of formulas, by form, field and text.
    scripts: Mutex<HashMap<String, Script>>,
}

impl Evaluator {
    /// An evaluator that stops when `interrupt` becomes true.
    pub(crate) fn new(app: Arc<Application>, engine: Engine, interrupt: Interrupt) -> Self {
        Self { app, engine, interrupt, scripts: Mutex::default() }
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

    fn value(&self, store: &mut Store, field: &Field, formula: &str, state: &mut FormState) -> Result<Data, Failure> {
        let form = state.form.clone();
        let script = self.script(&form, &field.name, formula)?;
        let locale = self.engine.locale();
        let inputs = Inputs::new().arg("input", from_data(Data::Map(state.fields.clone()), locale));
        let (mut users, user) = (self.app.users.clone(), store.actor().mail.clone());
        let mut present = Present(store.actor().now);
        let host = EventHost {
            app: &self.app,
            users: &mut users,
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
        Ok(store.fit(&form, &field.name, value)?)
    }
}

impl Formulas for Evaluator {
    fn compute(&self, store: &mut Store, form: &str, id: i64) -> Result<Vec<(String, Data)>, Problem> {
        let fields = store.schema().expect(form)?.fields();
        let formulas: Vec<Field> = fields.filter(|field| field.kind == FieldType::Formula).cloned().collect();
        let fields = record::read(store, form, id)?;
        let mut state = FormState { form: form.to_owned(), fields, ..FormState::default() };
        let mut changed = Vec::new();
        for field in formulas {
            let Some(formula) = &field.formula else { continue };
            let value = match self.value(store, &field, formula, &mut state) {
                Ok(value) => value,
                Err(failure) if matches!(failure.code(), Code::LimitReached | Code::Interrupted) => {
                    return Err(Problem::new(failure.code(), failure.message()).with_help(failure.help()));
                }
                // One that cannot be computed, as of fields that are not filled in, is empty.
                Err(_) => Data::Null,
            };
            if state.fields.get(&field.name) != Some(&value) {
                // Formulas after it may use it.
                state.fields.insert(field.name.clone(), value.clone());
                changed.push((field.name, value));
            }
        }
        Ok(changed)
    }
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
