//! A form on screen: its values, and what scripts did to it.

use std::collections::{BTreeMap, BTreeSet};

use rainwright::effect::DataMap;
use rainwright::{Data, Ui};

/// A form on screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormState {
    /// The form's link name.
    pub form: String,
    /// The values, as `input` has them.
    pub fields: DataMap,
    /// The values before an edit, as `old` has them.
    pub old: Option<DataMap>,
    /// Fields that are hidden.
    pub hidden: BTreeSet<String>,
    /// Fields that cannot be edited.
    pub disabled: BTreeSet<String>,
    /// What can be chosen in fields whose choices scripts changed.
    pub choices: BTreeMap<String, Vec<String>>,
    /// Messages, in order.
    pub alerts: Vec<String>,
    /// Addresses that scripts opened.
    pub opened: Vec<String>,
    /// The message for after saving, when a script set one.
    pub message: Option<String>,
    /// Whether a script refused the submission.
    pub cancelled: bool,
    /// Everything that scripts did to the form, in order.
    pub events: Vec<Ui>,
}

impl FormState {
    /// The value of a field; null where there is none.
    #[must_use]
    pub fn get(&self, field: &str) -> Data {
        self.fields.get(field).cloned().unwrap_or_default()
    }

    /// What scripts did to the form as a user sees it, in words, in order: without what only changes values.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.events.iter().filter(|event| !matches!(event, Ui::Set { .. })).map(Ui::to_string).collect()
    }

    /// The form on screen as data.
    #[must_use]
    pub fn to_data(&self) -> Data {
        let list = |items: &BTreeSet<String>| Data::from(items.iter().cloned().collect::<Vec<_>>());
        let choices = self.choices.iter().map(|(field, choices)| (field.clone(), choices.clone()));
        Data::map([
            ("alerts", Data::from(self.alerts.clone())),
            ("hidden", list(&self.hidden)),
            ("disabled", list(&self.disabled)),
            ("choices", Data::map(choices.collect::<Vec<_>>())),
            ("opened", self.opened.clone().into()),
            ("events", self.seen().into()),
            ("message", self.message.clone().into()),
            ("fields", self.fields.clone().into()),
        ])
    }

    /// Takes an action of a script.
    pub(crate) fn act(&mut self, action: &Ui) {
        let field = action.field().map(|field| field.dotted()).unwrap_or_default();
        match action {
            Ui::Hide { .. } => drop(self.hidden.insert(field)),
            Ui::Show { .. } => drop(self.hidden.remove(&field)),
            Ui::Disable { .. } => drop(self.disabled.insert(field)),
            Ui::Enable { .. } => drop(self.disabled.remove(&field)),
            Ui::Alert { message, .. } => self.alerts.push(message.to_string()),
            Ui::SuccessMessage { message } => self.message = Some(message.to_string()),
            Ui::OpenUrl { values } => self.opened.push(values.first().map(Data::to_string).unwrap_or_default()),
            Ui::CancelSubmit | Ui::CancelDelete => self.cancelled = true,
            Ui::Choices { method, values, .. } => {
                let added = values.iter().flat_map(|value| match value.as_list() {
                    Some(items) => items.iter().map(Data::to_string).collect(),
                    None => vec![value.to_string()],
                });
                let added: Vec<String> = added.collect();
                let known = self.choices.entry(field).or_default();
                if method.to_ascii_lowercase().ends_with("add") {
                    known.clear();
                }
                known.extend(added);
            }
            _ => {}
        }
        self.events.push(action.clone());
    }

    /// Takes the opposite of an action, for a field rule whose condition does not hold.
    pub(crate) fn revert(&mut self, action: &Ui) {
        let field = action.field().map(|field| field.dotted()).unwrap_or_default();
        match action {
            Ui::Hide { .. } => drop(self.hidden.remove(&field)),
            Ui::Show { .. } => drop(self.hidden.insert(field)),
            Ui::Disable { .. } => drop(self.disabled.remove(&field)),
            Ui::Enable { .. } => drop(self.disabled.insert(field)),
            _ => {}
        }
    }
}
