//! Approvals: a record is put up for one when its criteria choose it, is locked while it waits, and goes from level to level.

use rainwright::{Code, Failure, Problem};

use crate::{FormState, Running, Workflow};

/// The status of a record that waits for a decision, and of one that does not.
const LOCKED: &str = "LOCKED";
const UNLOCKED: &str = "UNLOCKED";

/// The kind of the notes that say which level of an approval a record waits at.
fn waiting(approval: &str) -> String {
    format!("approval {approval}")
}

/// The kind of the notes that say which records an approval has decided on.
fn decided(approval: &str) -> String {
    format!("decided {approval}")
}

/// How the step of a level is called.
fn level_name(level: usize) -> String {
    format!("on level {level}")
}

fn has_level(approval: &Workflow, level: usize) -> bool {
    approval.steps.iter().any(|step| step.name == level_name(level))
}

fn refuse<T>(message: String) -> Result<T, Failure> {
    Err(Problem::new(Code::BadArgument, message).into())
}

impl Running<'_> {
    /// The approvals of a form.
    fn approvals(&self, form: &str) -> Vec<Workflow> {
        let of_form = |w: &&Workflow| w.kind == "approval" && !w.inactive && w.form_name() == form;
        self.app.workflows.iter().filter(of_form).cloned().collect()
    }

    /// The approvals whose criteria choose a record.
    pub(crate) fn approvals_of(&mut self, form: &str, id: i64) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        for approval in self.approvals(form) {
            if self.is_chosen(&approval, id)? {
                found.push(approval.name);
            }
        }
        Ok(found)
    }

    /// What approvals do at their start, for a record that was not up for them `before` and is now. It waits at the first level
    /// then.
    pub(crate) fn begin_approvals(&mut self, form: &str, id: i64, before: &[String]) -> Result<(), Failure> {
        for name in self.approvals_of(form, id)?.into_iter().filter(|name| !before.contains(name)) {
            let workflow = self.workflow(&name)?;
            let ran = self.scripts_for(&workflow, &[id], |action| action.step.is_empty());
            let ran = ran.and_then(|_| match has_level(&workflow, 1) {
                true => self.wait_at(&workflow, id, Some(1)),
                false => Ok(()),
            });
            self.end(ran)?;
        }
        Ok(())
    }

    /// The level of an approval at which a record waits.
    fn waits_at(&self, approval: &str, id: i64) -> Result<Option<usize>, Failure> {
        let level = self.store.note(&waiting(approval), &id.to_string())?;
        Ok(level.and_then(|level| level.parse().ok()))
    }

    /// Has a record wait at a level of an approval, or at none: it is locked while it waits for any.
    fn wait_at(&mut self, approval: &Workflow, id: i64, level: Option<usize>) -> Result<(), Failure> {
        if !self.store.is_open() {
            self.store.begin()?;
        }
        let (kind, name) = (waiting(&approval.name), id.to_string());
        match level {
            Some(level) => {
                self.store.keep_note(&kind, &name, &level.to_string())?;
                self.store.forget_notes(&decided(&approval.name), Some(&name))?;
            }
            None => {
                self.store.forget_notes(&kind, Some(&name))?;
                self.store.keep_note(&decided(&approval.name), &name, "yes")?;
            }
        }
        let form = approval.form_name();
        let status = if self.is_waiting(form, id)? { LOCKED } else { UNLOCKED };
        Ok(self.store.set_status(form, id, status)?)
    }

    /// Whether a record waits for a decision of any approval.
    fn is_waiting(&self, form: &str, id: i64) -> Result<bool, Failure> {
        for approval in self.approvals(form) {
            if self.waits_at(&approval.name, id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a user is told who wants to change or delete a record that waits for a decision; none where that is allowed.
    pub(crate) fn lock(&self, form: &str, id: i64) -> Result<Option<String>, Failure> {
        let is_locked = self.is_waiting(form, id)?;
        Ok(is_locked.then(|| "This record waits for an approval and is locked until it is decided".to_owned()))
    }

    /// Approves a record or rejects it at a level of an approval, counted from 1; at the level where it waits when none is named.
    ///
    /// # Errors
    /// A record that is not up for the approval or waits at another level, a user who may not decide, or a script that failed.
    pub fn decide(
        &mut self,
        approval: &str,
        id: i64,
        level: Option<usize>,
        approves: bool,
    ) -> Result<FormState, Failure> {
        let workflow = self.workflow(approval)?;
        if workflow.kind != "approval" {
            return refuse(format!("'{approval}' is no approval: it decides nothing"));
        }
        let waits_at = self.waits_at(approval, id)?;
        let level = level.or(waits_at).unwrap_or(1);
        let step = level_name(level);
        let Some(found) = workflow.steps.iter().find(|known| known.name == step) else {
            return refuse(format!("The approval '{approval}' has no level {level}"));
        };
        self.act()?;
        let role = self.users.get(&self.user).map(|user| user.role.as_str());
        if !found.role.is_empty() && role.is_some_and(|role| role != found.role) {
            return refuse(format!("Level {level} of '{approval}' is decided by users with the role '{}'", found.role));
        }
        match waits_at {
            Some(at) if at != level => {
                return refuse(format!("The record {id} waits at level {at} of '{approval}', not at level {level}"));
            }
            Some(_) => {}
            // A record that no form was submitted for is up for the first level when the criteria choose it.
            None if level == 1 && self.is_chosen(&workflow, id)? => {
                if self.store.note(&decided(approval), &id.to_string())?.is_some() {
                    let form = workflow.form_name();
                    return refuse(format!(
                        "The record {id} of '{form}' waits for no decision: '{approval}' has decided"
                    ));
                }
            }
            None => {
                let form = workflow.form_name();
                return refuse(format!("The record {id} of '{form}' is not up for the approval '{approval}'"));
            }
        }
        let event = if approves { "on approve" } else { "on reject" };
        let decided = self.scripts_for(&workflow, &[id], |action| action.event == event && action.step == step);
        let decided = decided.and_then(|state| {
            let next = Some(level + 1).filter(|next| approves && has_level(&workflow, *next));
            self.wait_at(&workflow, id, next).map(|()| state)
        });
        self.end(decided)
    }
}
