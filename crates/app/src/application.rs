//! An application as data: forms, functions, workflows, variables, users.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rainwright::{Code, Problem};
use rainwright_records::Form;
use serde::{Deserialize, Serialize};

use crate::switch;

/// An application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Application {
    /// The link name.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The mail address of the account's owner.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The account's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The format of dates, such as `dd-MMM-yyyy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// The variables of the application.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The connections that its scripts name, each with the connector that an export has for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, String>,
    /// The users by their mail addresses.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, User>,
    /// Whether scripts must fill mandatory fields; they must unless it is `false`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "switch::mandatory_in_scripts")]
    pub mandatory_in_scripts: Option<bool>,
    /// Whether scripts may not repeat values of unique fields; they may not unless it is `false`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "switch::unique_in_scripts")]
    pub unique_in_scripts: Option<bool>,
    /// Whether `==` on texts ignores the case of letters in criteria.
    #[serde(
        alias = "criteria_text",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "switch::ignore_case"
    )]
    pub ignore_case: Option<bool>,
    /// Whether a field of an empty collection of records is an error.
    #[serde(
        alias = "empty_record",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "switch::empty_record_fails"
    )]
    pub empty_record_fails: Option<bool>,
    /// Whether `<` and `>` with null stop a script; otherwise they do not hold.
    #[serde(
        alias = "null_order",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "switch::null_order_fails"
    )]
    pub null_order_fails: Option<bool>,
    /// Whether a run is one transaction; it is unless this is `false`: then each change of records is kept at once.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "switch::atomic")]
    pub atomic: Option<bool>,
    /// The forms.
    #[serde(skip)]
    pub forms: Vec<Form>,
    /// The functions.
    #[serde(skip)]
    pub functions: Vec<Function>,
    /// The workflows, in the order of their creation.
    #[serde(skip)]
    pub workflows: Vec<Workflow>,
    /// The reports.
    #[serde(skip)]
    pub reports: Vec<Report>,
    /// The pages.
    #[serde(skip)]
    pub pages: Vec<Page>,
    /// What an export holds and nobody understood: where it is, in words.
    #[serde(skip)]
    pub left_out: Vec<String>,
    /// What an export holds, and what is not played: in words.
    #[serde(skip)]
    pub unused: Vec<String>,
    /// Fields of form files whose type nobody knows: where they are, as `Form.Field`, and the word for the type.
    #[serde(skip)]
    pub unknown_types: Vec<(String, String)>,
}

/// A user of the application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct User {
    /// The name, as `zoho.loginuser` has it.
    pub name: String,
    /// The profile.
    pub profile: String,
    /// The role.
    pub role: String,
}

/// A function of the application.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// The name with its namespace.
    pub name: String,
    /// The source.
    pub source: String,
}

/// A workflow: what happens when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workflow {
    /// The link name.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `form`, `schedule`, `functions`, `approval` or `blueprint`.
    pub kind: String,
    /// The form, with criteria for schedules and approvals.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// `add`, `edit`, `add or edit` or `delete`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// The button of the form that runs it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub button: String,
    /// Whether it is switched off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inactive: bool,
    /// When a schedule begins, such as `before 7 days from Due at "06:00:00"`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub start: String,
    /// How often a schedule runs: `hourly`, `daily`, `weekly`, `monthly`, `yearly`; once when it does not say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frequency: String,
    /// When a schedule ends, written as its start is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub end: String,
    /// The time zone of a schedule; the application's unless it is given.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// How the action of a report works: `for each record`, or `collection of records`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub execution: String,
    /// How many records a block of a batch workflow takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<usize>,
    /// The stages of a blueprint; a record begins in the first, unless `start` names another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// The levels of an approval, the transitions of a blueprint.
    #[serde(rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What it does.
    #[serde(rename = "action")]
    pub actions: Vec<Action>,
    /// What it does besides that is filled in and not written; it is kept, and not played.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ready_made: Vec<ReadyMade>,
}

/// An action that is filled in and not written, such as a notification of Creator's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadyMade {
    /// What an export calls it: `pushnotification`.
    pub name: String,
    /// The event that it belongs to.
    pub event: String,
    /// The level or transition that it belongs to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// The condition under which it happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Its settings, as an export writes them.
    pub settings: String,
}

/// A level of an approval, or a transition of a blueprint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// The link name of a transition; `on level 1` of an approval.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The stage that a transition leads from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The stage that it leads to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The role of those who approve.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
}

/// A script of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Action {
    /// The event that runs it, as an export names it: `on validate`, `on user input of Amount`, `field rules`.
    pub event: String,
    /// The level or transition that it belongs to.
    #[serde(alias = "in_step", skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// The condition under which it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The file of the script within the folder.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub script: String,
    /// The source.
    #[serde(skip)]
    pub source: String,
}

/// A report: which records of a form it shows, and what of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// The link name.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `list`, `summary`, `kanban`, `calendar` …; each is shown as a list.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The form.
    pub form: String,
    /// Criteria of the records, as scripts write them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<String>,
    /// The order, such as `Total desc`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<String>,
    /// The columns; all fields of the form when there is none.
    #[serde(rename = "column", skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// What a user can do with a record.
    #[serde(rename = "action", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ReportAction>,
}

/// A column of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Column {
    /// The field, through lookups as well: `Owner.Mail`.
    pub field: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A button in the rows of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportAction {
    /// The name for people.
    pub title: String,
    /// The workflow that it runs.
    pub workflow: String,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// The link name.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The file of the page within the folder.
    pub file: String,
    /// The parameters, which its scripts read as `input.NAME`.
    #[serde(rename = "parameter", skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<PageParameter>,
    /// The file of the script that runs before the page is drawn and fills its parameters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub script: String,
    /// The source: HTML with script in it, or a layout of the product's page builder.
    #[serde(skip)]
    pub source: String,
    /// The source of the script that runs before.
    #[serde(skip)]
    pub before: String,
}

/// A parameter of a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageParameter {
    /// The name.
    pub name: String,
    /// The type: `int`, `string` …
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// What happens to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It is added.
    Add,
    /// It is changed.
    Edit,
    /// It is deleted.
    Delete,
}

impl Workflow {
    /// The form's link name, without criteria.
    #[must_use]
    pub fn form_name(&self) -> &str {
        self.form.split('[').next().unwrap_or_default().trim()
    }

    /// Looks whether each action of an approval or a blueprint says to which of its steps it belongs; only what an approval
    /// does at its start belongs to none.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for an action without a step, or with one that there is not.
    pub fn check_steps(&self) -> Result<(), Problem> {
        let what = match self.kind.as_str() {
            "approval" => "level",
            "blueprint" => "transition",
            _ => return Ok(()),
        };
        let names: Vec<&str> = self.steps.iter().map(|step| step.name.as_str()).collect();
        for (at, action) in self.actions.iter().enumerate() {
            let is_start = self.kind == "approval" && !matches!(action.event.as_str(), "on approve" | "on reject");
            let message = match action.step.as_str() {
                "" if is_start => continue,
                "" => format!("does not say to which {what} it belongs"),
                step if names.contains(&step) => continue,
                step => format!("belongs to the {what} '{step}', which is not there"),
            };
            let message =
                format!("The action {} of the {} '{}', '{}', {message}", at + 1, self.kind, self.name, action.event);
            let near = names.first().copied().unwrap_or(if what == "level" { "on level 1" } else { "Begin" });
            let help = match names.is_empty() {
                true => format!(
                    "Describe the {what} as a [[workflow.step]] with its name, and give the action step = \"{near}\"."
                ),
                false => format!("Give it step = \"{near}\". The {} has {}.", self.kind, names.join(", ")),
            };
            return Err(Problem::new(Code::BadArgument, message).with_help(help));
        }
        Ok(())
    }

    /// Whether it runs when that happens to a record of the form.
    #[must_use]
    pub fn applies(&self, form: &str, happening: Happening) -> bool {
        let record = self.record.trim().trim_start_matches("on ").to_ascii_lowercase();
        let applies = match happening {
            Happening::Add => record.is_empty() || record.starts_with("add"),
            Happening::Edit => record.is_empty() || record.ends_with("edit"),
            Happening::Delete => record == "delete",
        };
        applies && !self.inactive && self.kind == "form" && self.form_name() == form
    }
}

impl Application {
    /// The form of a name.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.name == name)
    }

    /// A form, or the columns of a subform as one: `Bill.Lines`.
    pub(crate) fn fields_of(&self, form: &str) -> Option<Cow<'_, Form>> {
        if let Some(known) = self.form(form) {
            return Some(Cow::Borrowed(known));
        }
        let (form, subform) = form.split_once('.')?;
        let field = self.form(form)?.fields.iter().find(|field| field.name == subform)?;
        Some(Cow::Owned(Form { name: field.name.clone(), fields: field.fields.clone(), ..Form::default() }))
    }

    /// The report of a name.
    #[must_use]
    pub fn report(&self, name: &str) -> Option<&Report> {
        self.reports.iter().find(|report| report.name == name)
    }

    /// The page of a name.
    #[must_use]
    pub fn page(&self, name: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.name == name)
    }

    /// The workflows that the buttons of a form run.
    pub fn buttons<'a>(&'a self, form: &'a str) -> impl Iterator<Item = &'a Workflow> {
        self.workflows
            .iter()
            .filter(move |w| w.kind == "form" && !w.inactive && !w.button.is_empty() && w.form_name() == form)
    }

    /// The actions that an event of a form runs, in order, each with the name by which messages call it.
    pub fn actions<'a>(
        &'a self,
        form: &'a str,
        happening: Happening,
        event: &'a str,
    ) -> impl Iterator<Item = (String, &'a Action)> {
        let workflows = self.workflows.iter().filter(move |workflow| workflow.applies(form, happening));
        workflows.flat_map(move |workflow| {
            let actions = workflow.actions.iter().filter(move |action| action.event.eq_ignore_ascii_case(event));
            actions.map(move |action| (format!("{} {}", workflow.name, action.event), action))
        })
    }
}
