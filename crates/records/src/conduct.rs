//! What an application does with a record beyond keeping it: its workflows, and the expressions that show records.

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, FieldPath, Message};

use crate::formulas::Formulas;
use crate::store::Store;

/// The scripts of an application. This crate knows no scripts, so whoever describes an application says what runs them; see
/// [`Applications::describe`](crate::Applications::describe).
pub trait Conduct: Formulas {
    /// Writes a record of a form as a call from outside does: with the validation before it and what follows it, without
    /// what only a person at a form sets off. No transaction may be open.
    ///
    /// # Errors
    /// A form, field or record that is not there, a value that a field cannot hold, or a script that failed before the write.
    fn submit(&self, store: &mut Store, form: &str, submission: Submission) -> Result<Verdict, Problem>;

    /// The text that shows a record by an expression of its fields, such as the `displayformat` of a lookup.
    ///
    /// # Errors
    /// An expression that cannot be read, or fails.
    fn label(&self, store: &mut Store, form: &str, id: i64, shows: &str) -> Result<String, Problem>;
}

/// What a call wants to do with a record.
#[derive(Clone, Debug)]
pub enum Submission {
    /// A new record of these fields.
    Add(Vec<(FieldPath, Data)>),
    /// Other values for a record.
    Edit(i64, Vec<(FieldPath, Data)>),
    /// The record is deleted.
    Delete(i64),
}

/// What became of a submission.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The record that was written or deleted; none when the submission was refused.
    pub record: Option<i64>,
    /// What the form says about it.
    pub message: Option<String>,
    /// What is wrong with fields: their names and messages.
    pub errors: Vec<(String, String)>,
    /// The messages of a validation that cancelled the submission.
    pub alerts: Vec<String>,
    /// What scripts sent to people, each as a `mail` or `sms`.
    pub sent: Vec<(&'static str, Message)>,
}
