//! What happens to records beside submissions: schedules, actions of reports, approvals, blueprints, batches.

use rainwright::effect::RecordSet;
use rainwright::{Code, Data, Failure, Problem};

use crate::{Action, FormState, Running, Step, Workflow};

/// How many records a block of a batch takes when the workflow does not say.
const BLOCK: usize = 100;
/// The field that holds the stage of a record in a blueprint.
pub(crate) const STAGE: &str = "Blueprint_Current_Stage";

impl Running<'_> {
    /// A workflow that is no form's own.
    pub(crate) fn workflow(&self, name: &str) -> Result<Workflow, Failure> {
        let known = || self.app.workflows.iter().filter(|w| w.kind != "form");
        if let Some(found) = known().find(|w| w.name == name) {
            return Ok(found.clone());
        }
        let names: Vec<&str> = known().map(|w| w.name.as_str()).collect();
        let problem = Problem::new(Code::UnknownName, format!("The application has no workflow '{name}'"));
        let help = if names.is_empty() { "It has none.".to_owned() } else { format!("It has {}.", names.join(", ")) };
        Err(problem.with_help(help).into())
    }

    /// The records that a workflow is for; one without a form is for none.
    pub(crate) fn chosen(&mut self, workflow: &Workflow) -> Result<Vec<i64>, Failure> {
        let form = workflow.form_name();
        let query = if workflow.form.contains('[') { workflow.form.clone() } else { format!("{form}[ID != 0]") };
        match self.evaluate(&query)? {
            Data::Records(set) => Ok(set.ids),
            _ => Ok(Vec::new()),
        }
    }

    /// Whether a workflow is for a record.
    pub(crate) fn is_chosen(&mut self, workflow: &Workflow, id: i64) -> Result<bool, Failure> {
        Ok(self.chosen(workflow)?.contains(&id))
    }

    /// Runs a workflow for the records that its criteria choose: a schedule or an action once for each, an action on a
    /// collection of records once for all, an approval what it does at its start, a batch in blocks. A schedule without a
    /// form runs once. What a script writes to `input` is saved. Says how often it ran.
    ///
    /// # Errors
    /// A workflow that does not exist, or a script that failed; of a batch only the block in which it failed is undone.
    pub fn schedule(&mut self, name: &str) -> Result<usize, Failure> {
        let workflow = self.workflow(name)?;
        if workflow.form_name().is_empty() {
            self.run_for(&workflow, &[], single)?;
            return Ok(1);
        }
        let ids = self.chosen(&workflow)?;
        match workflow.kind.as_str() {
            "batch" => self.batch(&workflow, &ids),
            "functions" if workflow.execution.starts_with("collection") => {
                self.run_for(&workflow, &ids, single)?;
                Ok(1)
            }
            "approval" => self.each(&workflow, &ids, |action| action.step.is_empty()),
            "blueprint" => Self::no_action(&workflow).map(|()| 0),
            _ => self.each(&workflow, &ids, single),
        }
    }

    fn each(
        &mut self,
        workflow: &Workflow,
        ids: &[i64],
        takes: impl Fn(&Action) -> bool + Copy,
    ) -> Result<usize, Failure> {
        for id in ids {
            self.run_for(workflow, std::slice::from_ref(id), takes)?;
        }
        Ok(ids.len())
    }

    /// A batch: a script before all, one for each record, one after all. The records of a block are one transaction.
    fn batch(&mut self, workflow: &Workflow, ids: &[i64]) -> Result<usize, Failure> {
        let named = |action: &Action, word: &str| action.event.trim_start_matches("on ").starts_with(word);
        self.run_for(workflow, &[], |action| named(action, "before"))?;
        let mut failed = None;
        for block in ids.chunks(workflow.block.unwrap_or(BLOCK).clamp(1, 1_000)) {
            let ran = block.iter().try_for_each(|id| {
                let takes = |action: &Action| !named(action, "before") && !named(action, "after");
                self.scripts_for(workflow, std::slice::from_ref(id), takes).map(drop)
            });
            if let Err(failure) = self.end(ran) {
                failed.get_or_insert(failure);
            }
        }
        self.run_for(workflow, &[], |action| named(action, "after"))?;
        failed.map_or(Ok(ids.len()), Err)
    }

    /// What to say of an approval or blueprint that is run without saying which of its steps.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for such a workflow.
    fn no_action(workflow: &Workflow) -> Result<(), Failure> {
        let (what, help) = match workflow.kind.as_str() {
            "approval" => ("an approval", "Give a record and a decision: --record ID with --approve or --reject."),
            "blueprint" => ("a blueprint", "Give a record and a transition: --record ID --transition NAME."),
            _ => return Ok(()),
        };
        let steps: Vec<&str> = workflow.steps.iter().map(|step| step.name.as_str()).collect();
        let has = if steps.is_empty() { String::new() } else { format!(" It has {}.", steps.join(", ")) };
        let message = format!("'{}' is {what} and does not run as an action", workflow.name);
        Err(Problem::new(Code::BadArgument, message).with_help(format!("{help}{has}")).into())
    }

    /// Runs the action of a report for records that a user chose; gives the state with what its scripts showed and opened,
    /// the last one where they ran for each record.
    ///
    /// # Errors
    /// A workflow that does not exist, or a script that failed.
    pub fn run_action(&mut self, workflow: &str, ids: &[i64]) -> Result<FormState, Failure> {
        let workflow = self.workflow(workflow)?;
        Self::no_action(&workflow)?;
        if workflow.execution.starts_with("collection") {
            return self.run_for(&workflow, ids, single);
        }
        let mut state = FormState::default();
        for id in ids {
            state = self.run_for(&workflow, std::slice::from_ref(id), single)?;
        }
        Ok(state)
    }

    /// Takes a record through a transition of a blueprint: its script before, the stage, its script after.
    ///
    /// # Errors
    /// A transition that there is not, a record in another stage, or a script that failed: all is undone then.
    pub fn transit(&mut self, blueprint: &str, transition: &str, id: i64) -> Result<FormState, Failure> {
        let workflow = self.workflow(blueprint)?;
        if workflow.kind != "blueprint" {
            let message = format!("'{blueprint}' is no blueprint: it has no transitions");
            return Err(Problem::new(Code::BadArgument, message).into());
        }
        let Some(step) = workflow.steps.iter().find(|step| step.name == transition).cloned() else {
            let names: Vec<&str> = workflow.steps.iter().map(|step| step.name.as_str()).collect();
            let message = format!("The blueprint '{blueprint}' has no transition '{transition}'");
            return Err(Problem::new(Code::UnknownName, message)
                .with_help(format!("It has {}.", names.join(", ")))
                .into());
        };
        let form = workflow.form_name().to_owned();
        self.act()?;
        let stage = self.record(&form, id)?.get(STAGE).map(Data::to_string).unwrap_or_default();
        if !step.from.is_empty() && step.from != stage {
            let message =
                format!("The record {id} is in the stage '{stage}', and '{transition}' leads from '{}'", step.from);
            return Err(Problem::new(Code::BadArgument, message).into());
        }
        let moved = self.transit_all(&workflow, &step, id);
        self.end(moved)
    }

    fn transit_all(&mut self, workflow: &Workflow, step: &Step, id: i64) -> Result<FormState, Failure> {
        let of = |event: &'static str| move |action: &Action| action.event == event && action.step == step.name;
        self.scripts_for(workflow, &[id], of("before"))?;
        let form = workflow.form_name();
        if !self.store.is_open() {
            self.store.begin()?;
        }
        let path = rainwright::effect::FieldPath(vec![STAGE.to_owned()]);
        self.store.store_fields(form, id, &[(path, step.to.as_str().into())])?;
        self.scripts_for(workflow, &[id], of("after"))
    }

    /// Runs scripts of a workflow for one record, several, or none, as a transaction of its own.
    pub(crate) fn run_for(
        &mut self,
        workflow: &Workflow,
        ids: &[i64],
        takes: impl Fn(&Action) -> bool,
    ) -> Result<FormState, Failure> {
        let ran = self.scripts_for(workflow, ids, takes);
        self.end(ran)
    }

    /// Runs scripts of a workflow in the transaction that is open, or a new one. One record is their `input`, and what they
    /// write to it is saved.
    pub(crate) fn scripts_for(
        &mut self,
        workflow: &Workflow,
        ids: &[i64],
        takes: impl Fn(&Action) -> bool,
    ) -> Result<FormState, Failure> {
        self.act()?;
        let form = workflow.form_name().to_owned();
        let mut state = FormState { form: form.clone(), ..FormState::default() };
        let single = !workflow.execution.starts_with("collection");
        let record = ids.first().copied().filter(|_| single);
        if let Some(id) = record {
            state.fields = self.record(&form, id)?;
            if let Some(stage) = state.fields.get(STAGE).cloned() {
                let known = [("Name", Data::from(workflow.name.as_str())), ("Current_Stage", stage)];
                state.fields.insert("Blueprint", Data::map(known));
            }
        }
        let before = state.fields.clone();
        self.acting_on =
            (!ids.is_empty()).then(|| RecordSet { form: form.clone(), single, ids: ids.to_vec(), rows: Vec::new() });
        let mut ran = Ok(());
        for (place, action) in workflow.actions.iter().enumerate().filter(|(_, action)| takes(action)) {
            ran = self.event(&format!("{} {}", workflow.name, place + 1), action, &mut state, None).map(drop);
            if ran.is_err() {
                break;
            }
        }
        self.acting_on = None;
        ran?;
        if let Some(id) = record {
            self.write_changes(&form, id, &before, &state)?;
        }
        state.fields.remove("Blueprint");
        Ok(state)
    }
}

/// The actions of a workflow that has no steps: all of them.
fn single(_: &Action) -> bool {
    true
}
