//! The scripts of an application whose records somebody else keeps, such as the double of Creator's API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rainwright::effect::{FieldPath, Message};
use rainwright::{Call, Data, Effect, Engine, Failure, Host, Interrupt, Outcome, Problem, Refusal, Script};
use rainwright_records::{Conduct, Form, Formulas, Schema, Store, Submission, Verdict};

use crate::formulas::Evaluator;
use crate::running::{engine, makers, unlinked_value};
use crate::submit::REFUSED;
use crate::{Application, Change, FormState, Running, Submitted};

/// What scripts sent to people, each as a `mail` or `sms`.
type Sent = Vec<(&'static str, Message)>;

/// What runs the scripts of an application on records that it does not keep itself.
pub(crate) struct Conductor {
    app: Arc<Application>,
    engine: Engine,
    formulas: Evaluator,
    /// The scripts that were compiled.
    scripts: Mutex<HashMap<String, Script>>,
}

impl Conductor {
    /// What runs the scripts of this application.
    pub(crate) fn new(app: Application) -> Result<Self, Failure> {
        let engine = engine(&app)?;
        let app = Arc::new(app);
        let formulas = Evaluator::new(Arc::clone(&app), engine.clone(), Interrupt::default());
        let makers = makers(&Schema::new(app.forms.clone())?);
        Ok(Self { app, engine: engine.subforms(makers), formulas, scripts: Mutex::default() })
    }

    /// Does something with the application and these records; gives what its scripts sent too.
    fn with<T>(
        &self,
        store: &mut Store,
        act: impl FnOnce(&mut Running<'_>) -> Result<T, Failure>,
    ) -> Result<(T, Sent), Problem> {
        let rainwright_records::Actor { now, user, mail } = store.actor().clone();
        let mut alone = Alone { now, user, mail, sent: Vec::new() };
        let mut running = Running::lent(Arc::clone(&self.app), self.engine.clone(), store, &mut alone);
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        running.scripts = std::mem::take(&mut *scripts);
        let done = act(&mut running);
        *scripts = std::mem::take(&mut running.scripts);
        drop(running);
        match done {
            Ok(done) => Ok((done, alone.sent)),
            Err(failure) => Err(Problem::new(failure.code(), failure.message()).with_help(failure.help())),
        }
    }
}

impl Formulas for Conductor {
    fn compute(&self, store: &mut Store, form: &str, id: i64) -> Result<Vec<(String, Data)>, Problem> {
        self.formulas.compute(store, form, id)
    }
}

impl Conduct for Conductor {
    fn submit(&self, store: &mut Store, form: &str, submission: Submission) -> Result<Verdict, Problem> {
        let (submitted, sent) = self.with(store, |running| {
            let done = running.submit_from_outside(form, submission);
            running.end_reading()?;
            done
        })?;
        let Submitted { record, refused, errors, state, message, failure } = submitted;
        if let Some(failure) = failure {
            // The answer of the API does not speak of it.
            store.warn(format!("A script after a record of '{form}' was written failed: {failure}"));
        }
        let mut verdict = Verdict { record: record.filter(|_| !refused), message, errors, sent, ..Verdict::default() };
        if refused && verdict.errors.is_empty() {
            verdict.alerts = match (state.alerts, &verdict.message) {
                (alerts, _) if !alerts.is_empty() => alerts,
                (_, message) => vec![message.clone().unwrap_or_else(|| REFUSED.to_owned())],
            };
        }
        Ok(verdict)
    }

    fn label(&self, store: &mut Store, form: &str, id: i64, shows: &str) -> Result<String, Problem> {
        Ok(self.with(store, |running| running.label(form, id, Some(shows)))?.0)
    }
}

impl Running<'_> {
    /// Submits a form as a call of the API does: nobody opens it, so that no initial values, `on load`, user input or field
    /// rules come into it. What follows is as [`Running::submit`] has it.
    fn submit_from_outside(&mut self, form: &str, submission: Submission) -> Result<Submitted, Failure> {
        let form = self.described(form)?;
        let (id, fields) = match submission {
            Submission::Delete(id) => return self.submit(&form.name, Change::Delete { id }),
            Submission::Add(fields) => (None, fields),
            Submission::Edit(id, fields) => (Some(id), fields),
        };
        self.act()?;
        let mut state = FormState { form: form.name.clone(), ..FormState::default() };
        match id {
            Some(id) => {
                state.fields = self.record(&form.name, id)?;
                state.old = Some(state.fields.clone());
                // What a call leaves alone need not be filled in.
                let is_given =
                    |name: &str| fields.iter().any(|(path, _)| path.0.first().is_some_and(|first| first == name));
                let left = form.fields.iter().filter(|field| field.required && !is_given(&field.name));
                state.hidden.extend(left.map(|field| field.name.clone()));
            }
            None => state.fields = Self::unfilled(&form),
        }
        for (FieldPath(path), value) in fields {
            let (name, value) = self.given(&form, &path.join("."), unlinked_value(value), &state)?;
            state.fields.insert(name, value);
        }
        if let Some(id) = id {
            let errors = self.check_unique(&form, &state, id)?;
            if !errors.is_empty() {
                return Ok(Submitted { refused: true, errors, state, ..Submitted::default() });
            }
        }
        self.save(&form, id, state)
    }

    /// Unique fields of a changed record that another record has too, also those that the change does not touch.
    fn check_unique(&mut self, form: &Form, state: &FormState, id: i64) -> Result<Vec<(String, String)>, Failure> {
        let mut errors = Vec::new();
        for field in form.fields.iter().filter(|field| field.unique) {
            let value = state.get(&field.name);
            if !crate::verify::is_unset(&value) && self.is_taken(form, field, &value, Some(id))? {
                errors.push((field.name.clone(), crate::verify::TAKEN.to_owned()));
            }
        }
        Ok(errors)
    }
}

/// What there is around such a run: the time, and who calls, to whom the account belongs. What scripts send is gathered for those who keep the records; nothing else
/// leaves the run.
struct Alone {
    now: i64,
    user: String,
    mail: String,
    sent: Sent,
}

impl Host for Alone {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Now => Ok(Outcome::Instant { millis: self.now }),
            Effect::Info { .. } => Ok(Outcome::Done),
            Effect::Mail(message) => {
                self.sent.push(("mail", *message));
                Ok(Outcome::Done)
            }
            Effect::Sms(message) => {
                self.sent.push(("sms", *message));
                Ok(Outcome::Done)
            }
            Effect::Task { name, .. } if name == "zoho.adminuserid" => Ok(Data::from(self.mail.as_str()).into()),
            Effect::Task { name, .. } if name == "zoho.adminuser" => Ok(Data::from(self.user.as_str()).into()),
            effect => Err(effect.not_supported().into()),
        }
    }
}
