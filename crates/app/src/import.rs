//! Reads an application export (`.ds`): what is understood becomes data, what is not is named.

use std::collections::HashSet;

use rainwright::{Code, LineIndex, Problem, Span};
use rainwright_records::{Field, FieldType, Form};
use rainwright_syntax::DocumentKind;
use rainwright_syntax::ast::Item;
use rainwright_syntax::ds::{
    self, ExportedBlock, ExportedField, ExportedForm, ExportedPage, ExportedReadyMade, ExportedReport, ExportedStep,
    ExportedWorkflow,
};

use crate::act::STAGE;
use crate::{
    Action, Application, Column, Function, Page, PageParameter, ReadyMade, Report, ReportAction, Step, Workflow,
};

impl Application {
    /// Reads an export.
    ///
    /// # Errors
    /// [`Code::CannotParse`] for a text that is no export.
    pub fn import(source: &str) -> Result<Self, Problem> {
        if DocumentKind::of(source) != DocumentKind::Export {
            let problem = Problem::new(Code::CannotParse, "This is no application export");
            return Err(problem.with_help("An export begins with: application \"Name\" { … }"));
        }
        let title = source.split('"').nth(1).unwrap_or("application").to_owned();
        let name = title.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-");
        let mut app = Application {
            name,
            title,
            timezone: ds::setting(source, "time zone"),
            date_format: ds::setting(source, "date format"),
            ..Application::default()
        };
        let lines = LineIndex::new(source);
        for script in ds::scripts(source).into_iter().filter(|script| script.is_function) {
            let parsed = ds::parse_script(source, &script);
            let function = parsed.tree.items.iter().find_map(|item| match item {
                Item::Function(function) => Some(function),
                Item::Statement(_) => None,
            });
            let text = source.get(script.span.range()).unwrap_or_default().trim();
            match function {
                Some(function) => {
                    let path: Vec<&str> = function.path.iter().map(|part| part.name.as_str()).collect();
                    app.functions.push(Function { name: path.join("."), source: format!("{text}\n") });
                }
                None => {
                    let line = lines.line(script.span.start);
                    let why =
                        parsed.diagnostics.first().map_or("it has no name", |found| found.problem.message.as_str());
                    app.left_out.push(format!("the function in line {line}: {why}"));
                }
            }
        }
        for workflow in ds::workflows(source) {
            let workflow = workflow_of(source, &workflow);
            let name = if workflow.name.is_empty() { &workflow.kind } else { &workflow.name };
            app.left_out.extend(workflow.ready_made.iter().map(|one| {
                format!("the action {} of the workflow {name}, {} (kept, not played)", one.name, one.event)
            }));
            app.workflows.push(workflow);
        }
        app.forms = forms_of(source, &app.workflows);
        app.reports = ds::reports(source).into_iter().map(report_of).collect();
        for page in ds::pages(source) {
            app.pages.push(page_of(page));
        }
        app.take_sections(source);
        if let Some(end) = ds::breaks_off(source) {
            app.left_out.push(format!("what comes after its last line ({})", end.problem.message));
        }
        Ok(app)
    }

    /// Takes what an export names beside forms and scripts: connections, which scripts use, and profiles, roles and data
    /// sources, which are named as not used.
    fn take_sections(&mut self, source: &str) {
        for connection in ds::blocks(source, "connections").unwrap_or_default() {
            let connector = connection.setting("connector").unwrap_or_default().to_owned();
            self.connections.insert(connection.name, connector);
        }
        let shared = ds::blocks(source, "share_settings").unwrap_or_default();
        let (roles, profiles): (Vec<_>, Vec<_>) = shared.iter().partition(|block| block.name == "roles");
        let roles = listed(roles.iter().flat_map(|block| &block.blocks));
        let profiles = listed(profiles);
        if !profiles.is_empty() {
            self.unused.push(format!("what the profiles {profiles} may do: everybody may do everything here"));
        }
        if !(profiles.is_empty() && roles.is_empty()) {
            let roles = if roles.is_empty() { String::new() } else { format!(" and a role ({roles})") };
            self.unused.push(format!("who has a profile{roles}: write it under [users] in app.toml"));
        }
        let sources = listed(&ds::blocks(source, "datasources").unwrap_or_default());
        if !sources.is_empty() {
            self.unused.push(format!("the data sources {sources}: fields that choose from them hold texts"));
        }
    }

    /// The forms of an export, without the rest of it.
    #[must_use]
    pub fn exported_forms(source: &str) -> Vec<Form> {
        let workflows: Vec<Workflow> = ds::workflows(source).iter().map(|one| workflow_of(source, one)).collect();
        forms_of(source, &workflows)
    }
}

/// The forms of an export, with the fields that blueprints give them.
fn forms_of(source: &str, workflows: &[Workflow]) -> Vec<Form> {
    let mut forms: Vec<Form> = ds::forms(source).iter().map(form_of).collect();
    for blueprint in workflows.iter().filter(|workflow| !workflow.stages.is_empty()) {
        let form = forms.iter_mut().find(|form| form.name == blueprint.form_name());
        if let Some(form) = form.filter(|form| form.fields.iter().all(|field| field.name != STAGE)) {
            form.fields.push(stage_of(blueprint));
        }
    }
    forms
}

/// Names with commas between them.
fn listed<'b>(blocks: impl IntoIterator<Item = &'b ExportedBlock>) -> String {
    blocks.into_iter().map(|block| block.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn workflow_of(source: &str, exported: &ExportedWorkflow) -> Workflow {
    let setting = |key: &str| exported.setting(key).unwrap_or_default().to_owned();
    let text = |span: Span| source.get(span.range()).unwrap_or_default().trim().to_owned();
    let actions = exported.actions.iter().map(|action| Action {
        event: action.event.clone(),
        step: action.step.clone(),
        condition: action.condition.clone(),
        script: String::new(),
        source: text(action.span) + "\n",
    });
    let ready_made = exported.ready_made.iter().map(|ExportedReadyMade { name, action }| ReadyMade {
        name: name.clone(),
        event: action.event.clone(),
        step: action.step.clone(),
        condition: action.condition.clone(),
        settings: text(action.span),
    });
    Workflow {
        name: exported.name.clone(),
        title: exported.title.clone(),
        kind: exported.kind.clone(),
        form: setting("form"),
        record: setting("record event").trim_start_matches("on ").to_owned(),
        button: setting("button"),
        inactive: setting("status") == "inactive",
        start: exported.setting("start").or(exported.setting("start stage")).unwrap_or_default().to_owned(),
        frequency: setting("frequency"),
        end: setting("end"),
        zone: setting("time zone"),
        execution: setting("execution type"),
        block: exported.setting("block size").and_then(|size| size.parse().ok()),
        stages: exported.stages.clone(),
        steps: exported.steps.iter().map(step_of).collect(),
        actions: actions.collect(),
        ready_made: ready_made.collect(),
    }
}

/// The field that holds the stage of a record in a blueprint.
fn stage_of(blueprint: &Workflow) -> Field {
    let first = blueprint.stages.first().cloned();
    Field {
        title: Some("Stage".into()),
        choices: blueprint.stages.clone(),
        other_choices: true,
        initial: Some(blueprint.start.clone()).filter(|start| !start.is_empty()).or(first),
        ..Field::new(STAGE, FieldType::DropDown)
    }
}

fn step_of(exported: &ExportedStep) -> Step {
    let setting = |key: &str| exported.setting(key).unwrap_or_default().to_owned();
    Step {
        name: exported.name.clone(),
        title: exported.title.clone(),
        from: setting("from stage"),
        to: setting("to stage"),
        role: setting("role"),
    }
}

fn report_of(exported: ExportedReport) -> Report {
    let order = |(field, descending)| if descending { format!("{field} desc") } else { field };
    Report {
        name: exported.name,
        title: exported.title,
        kind: exported.kind,
        form: exported.form,
        criteria: exported.criteria,
        sort: exported.sort.into_iter().map(order).collect(),
        columns: exported.columns.into_iter().map(column).collect(),
        actions: exported.actions.into_iter().map(|(title, workflow)| ReportAction { title, workflow }).collect(),
    }
}

fn column((field, title): (String, String)) -> Column {
    Column { field, title: Some(title).filter(|title| !title.is_empty()) }
}

fn page_of(exported: ExportedPage) -> Page {
    let parameters = exported.parameters.into_iter().map(|(kind, name)| PageParameter { name, kind });
    Page {
        name: exported.name,
        title: exported.title,
        parameters: parameters.collect(),
        source: exported.content,
        before: exported.script,
        ..Page::default()
    }
}

fn form_of(exported: &ExportedForm) -> Form {
    let setting = |key: &str| exported.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    Form {
        name: exported.name.clone(),
        title: exported.title.clone(),
        stateless: setting("store data in zc").as_deref() == Some("false"),
        entries: setting("allowed count").and_then(|count| count.parse().ok()),
        success: setting("success message"),
        fields: fields_of(&exported.fields),
        ..Form::default()
    }
}

/// Fields, and sections under names that nothing else has.
fn fields_of(exported: &[ExportedField]) -> Vec<Field> {
    let is_section = |one: &ExportedField| one.kind == "section";
    let own = exported.iter().filter(|one| !is_section(one));
    let mut names: HashSet<String> = own.map(|one| one.name.to_lowercase()).collect();
    exported.iter().filter(|one| !is_section(one) || names.insert(one.name.to_lowercase())).map(field_of).collect()
}

/// What a formula gives: an export says it of texts alone.
fn result_of(formula: &str, format: Option<&str>, display: Option<&str>) -> FieldType {
    let computes = formula.contains(['*', '/', '-']) || formula.to_ascii_lowercase().contains("round(");
    let is_text = format == Some("plaintext") || display == Some("text") || formula.contains('"');
    if computes && !is_text { FieldType::Decimal } else { FieldType::Text }
}

fn field_of(exported: &ExportedField) -> Field {
    let setting = |key: &str| exported.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    let mut kind = FieldType::of_word(&exported.kind);
    if setting("module").as_deref() == Some("users") {
        kind = FieldType::Users;
    } else if setting("datasource").is_some() {
        // Its values are those of another service.
        kind = FieldType::Other;
    }
    let is_composite = !kind.parts().is_empty();
    let formula = setting("formula").or_else(|| setting("expression")).or_else(|| setting("value as written"));
    let formula = formula.filter(|_| kind == FieldType::Formula);
    let filter = setting("values").and_then(|values| {
        let inner = values.split_once('[')?.1.rsplit_once(']')?.0;
        Some(inner.trim().to_owned())
    });
    Field {
        name: exported.name.clone(),
        kind,
        title: exported.title.clone(),
        required: exported.required,
        unique: exported.unique,
        max: setting("maxchar").and_then(|max| max.parse().ok()),
        choices: exported.choices.clone(),
        days: setting("alloweddays")
            .map(|days| days.split(',').filter_map(|day| day.trim().parse().ok()).collect())
            .filter(|days: &Vec<u8>| days.len() < 7)
            .unwrap_or_default(),
        other_choices: setting("others option").as_deref() == Some("true"),
        looks_up: exported.looks_up.clone(),
        filter,
        shows: setting("displayformat"),
        bidirectional: setting("bidirectional"),
        start: setting("start index").and_then(|start| start.parse().ok()),
        initial: setting("initial value"),
        result: formula
            .as_deref()
            .map(|formula| result_of(formula, setting("format").as_deref(), setting("display type").as_deref())),
        formula,
        fields: if is_composite { Vec::new() } else { fields_of(&exported.fields) },
        ..Field::default()
    }
}
