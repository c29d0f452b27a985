//! A form that stays open: what a user types runs its events at once, and saving comes later.

use rainwright::{Code, Data, Failure, Problem};
use rainwright_records::Form;

use crate::{FormState, Happening, Running, Submitted};

fn happening(id: Option<i64>) -> Happening {
    if id.is_some() { Happening::Edit } else { Happening::Add }
}

impl Running<'_> {
    /// Opens a form: for a new record, or to edit one.
    ///
    /// # Errors
    /// A form or record that does not exist, or a script that failed.
    pub fn open_form(&mut self, form: &str, id: Option<i64>) -> Result<FormState, Failure> {
        let form = self.described(form)?;
        self.act()?;
        let opened = self.opened(&form, id);
        self.end(opened)
    }

    /// Takes what a user typed into fields, and runs what follows from it. Gives the fields whose values cannot be taken,
    /// each with the reason; the others are taken.
    ///
    /// # Errors
    /// A script that failed: what it wrote to records is undone.
    pub fn type_in(
        &mut self,
        state: &mut FormState,
        id: Option<i64>,
        given: Vec<(String, Data)>,
    ) -> Result<Vec<(String, String)>, Failure> {
        let form = self.described(&state.form)?;
        self.act()?;
        let typed = self.type_all(&form, state, id, given);
        self.end(typed)
    }

    fn type_all(
        &mut self,
        form: &Form,
        state: &mut FormState,
        id: Option<i64>,
        given: Vec<(String, Data)>,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut wrong = Vec::new();
        for (name, value) in given {
            match self.given(form, &name, value, state) {
                Ok((name, value)) => {
                    self.input(form, happening(id), &name, value, state, 0)?;
                    self.rules(form, happening(id), state)?;
                }
                Err(failure) => wrong.push((name, failure.message().to_owned())),
            }
        }
        Ok(wrong)
    }

    /// Submits a form that is open.
    ///
    /// # Errors
    /// A script that failed before the write; the records are then unchanged.
    pub fn save_form(&mut self, state: FormState, id: Option<i64>) -> Result<Submitted, Failure> {
        let form = self.described(&state.form)?;
        self.act()?;
        let saved = self.save(&form, id, state);
        if self.store.is_open() {
            self.store.end(false)?;
        }
        saved
    }

    /// Runs what a button of an open form does.
    ///
    /// # Errors
    /// A button that the form does not have, or a script that failed: what it wrote is undone.
    pub fn click(&mut self, state: &mut FormState, workflow: &str) -> Result<(), Failure> {
        let found = self.app.buttons(&state.form).find(|known| known.name == workflow).cloned();
        let Some(workflow) = found else {
            let message = format!("The form '{}' has no button '{workflow}'", state.form);
            return Err(Problem::new(Code::UnknownName, message).into());
        };
        self.act()?;
        let mut ran = Ok(());
        for action in &workflow.actions {
            ran = self.event(&format!("{} {}", workflow.name, action.event), action, state, None).map(drop);
            if ran.is_err() || state.cancelled {
                break;
            }
        }
        state.cancelled = false;
        self.end(ran)
    }

    /// The description of a form of the application.
    pub(crate) fn described(&self, form: &str) -> Result<Form, Failure> {
        self.store.schema().expect(form)?;
        self.app.form(form).cloned().ok_or_else(|| {
            let message = format!("'{form}' is a subform, which is filled in with its form");
            Failure::from(Problem::new(Code::BadArgument, message))
        })
    }
}
