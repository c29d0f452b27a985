//! A submission: load, user input, validation, the write, and what follows it, in Creator's order.

use rainwright::effect::{DataMap, FieldPath};
use rainwright::{Code, Data, Failure, Problem, Ui};
use rainwright_records::{Field, FieldType, FileKind, Form, Storage, rows_in};

use crate::input::Row;
use crate::verify::is_unset;
use crate::{FormState, Happening, Running};

/// What a form says when it refuses a submission.
pub(crate) const REFUSED: &str = "Invalid entries found";

/// What is submitted.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new record.
    Add {
        /// The fields that the user fills in, in order.
        fields: Vec<(String, Data)>,
    },
    /// Other values for a record.
    Edit {
        /// The record.
        id: i64,
        /// The fields that the user changes, in order.
        fields: Vec<(String, Data)>,
    },
    /// A record is deleted.
    Delete {
        /// The record.
        id: i64,
    },
}

/// What became of a submission.
#[derive(Debug, Default)]
pub struct Submitted {
    /// The record that was written; none when the submission was refused, or the form stores nothing.
    pub record: Option<i64>,
    /// Whether the submission was refused.
    pub refused: bool,
    /// What is wrong with fields: their names and messages.
    pub errors: Vec<(String, String)>,
    /// The form as it is at the end.
    pub state: FormState,
    /// The message for the user.
    pub message: Option<String>,
    /// Why a script after the write failed; the record stays.
    pub failure: Option<Failure>,
}

impl Running<'_> {
    /// Submits a form, with everything that happens to the submission in Creator.
    ///
    /// # Errors
    /// A form or record that does not exist, or a script that failed before the write. The records are then unchanged.
    pub fn submit(&mut self, form: &str, change: Change) -> Result<Submitted, Failure> {
        let description = self.described(form)?;
        self.act()?;
        let submitted = match change {
            Change::Delete { id } => self.delete(&description, id),
            Change::Add { fields } => self.fill(&description, None, fields),
            Change::Edit { id, fields } => self.fill(&description, Some(id), fields),
        };
        // A script that failed before the write leaves its transaction open.
        if self.store.is_open() {
            self.store.end(false)?;
        }
        submitted
    }

    /// A form as it is when it opens: initial values, `on load`, field rules.
    ///
    /// # Errors
    /// A record that does not exist, or a script that failed.
    pub(crate) fn opened(&mut self, form: &Form, id: Option<i64>) -> Result<FormState, Failure> {
        let mut state = FormState { form: form.name.clone(), ..FormState::default() };
        match id {
            Some(id) => {
                state.fields = self.record(&form.name, id)?;
                state.old = Some(state.fields.clone());
            }
            None => state.fields = self.initial(form)?,
        }
        let happening = if id.is_some() { Happening::Edit } else { Happening::Add };
        let known = state.fields.clone();
        self.events(form, happening, "on load", &mut state, None)?;
        self.follow(form, happening, &known, "", &mut state, 0)?;
        self.rules(form, happening, &mut state)?;
        Ok(state)
    }

    /// The fields of a form into which nothing was filled.
    pub(crate) fn unfilled(form: &Form) -> DataMap {
        let mut fields = DataMap::new();
        for field in form.fields.iter().filter(|field| field.kind != FieldType::Layout) {
            fields.insert(field.name.clone(), empty(field));
        }
        fields
    }

    fn initial(&mut self, form: &Form) -> Result<DataMap, Failure> {
        let mut fields = DataMap::new();
        for field in form.fields.iter().filter(|field| field.kind != FieldType::Layout) {
            fields.insert(field.name.clone(), self.initial_value(&form.name, field)?);
        }
        Ok(fields)
    }

    /// What a field of a new record or row holds; `form` is the form or subform that it belongs to.
    fn initial_value(&mut self, form: &str, field: &Field) -> Result<Data, Failure> {
        let Some(initial) = &field.initial else { return Ok(empty(field)) };
        let value = match initial.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            Some(expression) => {
                let mut empty = FormState::default();
                self.expression(&format!("{} initial value", field.name), expression, &mut empty)?
            }
            None => written(initial),
        };
        Ok(self.store.fit(form, &field.name, value)?)
    }

    /// Runs the actions of an event; says whether one cancelled the submission.
    pub(crate) fn events(
        &mut self,
        form: &Form,
        happening: Happening,
        event: &str,
        state: &mut FormState,
        row: Option<Row<'_>>,
    ) -> Result<bool, Failure> {
        let actions = self.app.actions(&form.name, happening, event);
        let actions: Vec<_> = actions.map(|(name, action)| (name, action.clone())).collect();
        for (name, action) in actions {
            if self.event(&name, &action, state, row.as_ref())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Field rules: what a condition hides is shown again when it no longer holds.
    pub(crate) fn rules(&mut self, form: &Form, happening: Happening, state: &mut FormState) -> Result<(), Failure> {
        let actions = self.app.actions(&form.name, happening, "field rules");
        let actions: Vec<_> = actions.map(|(name, action)| (name, action.clone())).collect();
        for (name, mut action) in actions {
            let holds = match action.condition.take() {
                None => true,
                Some(condition) => {
                    let test = format!("if({condition}, true, false)");
                    // One that fields without values make impossible does not hold.
                    match self.expression(&format!("{name} condition"), &test, &mut state.clone()) {
                        Ok(holds) => holds == true,
                        Err(failure) if matches!(failure.code(), Code::LimitReached | Code::Interrupted) => {
                            return Err(failure);
                        }
                        Err(_) => false,
                    }
                }
            };
            if holds {
                self.event(&name, &action, state, None)?;
            } else {
                let mut paper = FormState { events: Vec::new(), ..state.clone() };
                self.event(&name, &action, &mut paper, None)?;
                paper.events.iter().for_each(|event| state.revert(event));
            }
        }
        Ok(())
    }

    fn fill(&mut self, form: &Form, id: Option<i64>, given: Vec<(String, Data)>) -> Result<Submitted, Failure> {
        if let Some(locked) = self.locked(form, id)? {
            return Ok(locked);
        }
        let happening = if id.is_some() { Happening::Edit } else { Happening::Add };
        let mut state = self.opened(form, id)?;
        let mut wrong = Vec::new();
        for (name, value) in given {
            let (name, value) = match self.given(form, &name, value, &state) {
                Ok(given) => given,
                // A value that its field cannot hold: the form says so. A field that is not there is the caller's mistake.
                Err(failure) if failure.code() == Code::WrongKind => {
                    wrong.push((name, failure.message().to_owned()));
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            self.input(form, happening, &name, value, &mut state, 0)?;
            self.rules(form, happening, &mut state)?;
        }
        if !wrong.is_empty() {
            self.end_open(true)?;
            return Ok(refused(state, wrong));
        }
        self.save(form, id, state)
    }

    /// What happens when the filled form is submitted.
    pub(crate) fn save(&mut self, form: &Form, id: Option<i64>, mut state: FormState) -> Result<Submitted, Failure> {
        let happening = if id.is_some() { Happening::Edit } else { Happening::Add };
        if let Some(locked) = self.locked(form, id)? {
            self.end_open(false)?;
            return Ok(Submitted { state, ..locked });
        }
        let before = state.old.clone().unwrap_or_default();
        // What the form's own scripts wrote while it was filled in belongs to no submission.
        if self.store.is_open() {
            self.store.end(true)?;
        }
        let errors = self.check(form, &state);
        if !errors.is_empty() {
            return Ok(refused(state, errors));
        }
        let approvals = match id {
            Some(id) => self.approvals_of(&form.name, id)?,
            None => Vec::new(),
        };
        state.alerts.clear();
        let known = state.events.len();
        if self.events(form, happening, "on validate", &mut state, None)? {
            self.end_open(false)?;
            return Ok(cancelled(state, known));
        }
        // A message in a validation shows only when the submission is cancelled.
        state.alerts.clear();
        let mut errors = self.check(form, &state);
        if errors.is_empty() && !form.stateless {
            errors = self.check_others(form, &before, &state, id)?;
        }
        if !errors.is_empty() {
            self.end_open(false)?;
            return Ok(refused(state, errors));
        }
        let mut submitted = Submitted::default();
        if form.stateless {
            self.end_open(true)?;
        } else {
            if !self.store.is_open() {
                self.store.begin()?;
            }
            match self.write(form, id, &before, &state) {
                Ok(id) => {
                    self.store.end(true)?;
                    submitted.record = Some(id);
                    state.fields = self.record(&form.name, id)?;
                }
                Err(failure) => {
                    self.store.end(false)?;
                    let errors = vec![(String::new(), failure.message().to_owned())];
                    return Ok(refused(state, errors));
                }
            }
        }
        let mut submitted = self.after(form, happening, submitted, before, state)?;
        if let (Some(id), None) = (submitted.record, &submitted.failure) {
            submitted.failure = self.begin_approvals(&form.name, id, &approvals).err();
        }
        Ok(submitted)
    }

    /// The refusal of a change of a record that waits for an approval.
    fn locked(&mut self, form: &Form, id: Option<i64>) -> Result<Option<Submitted>, Failure> {
        let Some(id) = id else { return Ok(None) };
        let message = self.lock(&form.name, id)?;
        Ok(message.map(|message| Submitted { refused: true, message: Some(message), ..Submitted::default() }))
    }

    fn end_open(&mut self, keep: bool) -> Result<(), Failure> {
        if self.store.is_open() {
            self.store.end(keep)?;
        }
        Ok(())
    }

    /// What follows the write: updates of fields, success, the message. A failure here does not undo the record.
    fn after(
        &mut self,
        form: &Form,
        happening: Happening,
        mut submitted: Submitted,
        before: DataMap,
        mut state: FormState,
    ) -> Result<Submitted, Failure> {
        let mut events = Vec::new();
        if happening == Happening::Edit {
            let changed = form.fields.iter().filter(|f| before.get(&f.name) != state.fields.get(&f.name));
            events.extend(changed.map(|field| format!("on update of {}", field.name)));
        }
        events.push("on success".to_owned());
        for event in events {
            let known = state.fields.clone();
            let ran = self.events(form, happening, &event, &mut state, None);
            let written = ran.and_then(|_| match submitted.record {
                Some(id) if happening != Happening::Delete => self.write_changes(&form.name, id, &known, &state),
                _ => Ok(()),
            });
            if let Err(failure) = self.end(written) {
                submitted.failure = Some(failure);
                break;
            }
        }
        let own = form.success.clone().filter(|_| happening != Happening::Delete);
        submitted.message = state.message.clone().or(own);
        // Of several addresses only the last one opens.
        state.opened.drain(..state.opened.len().saturating_sub(1));
        submitted.state = state;
        Ok(submitted)
    }

    fn delete(&mut self, form: &Form, id: i64) -> Result<Submitted, Failure> {
        if let Some(locked) = self.locked(form, Some(id))? {
            return Ok(locked);
        }
        let fields = self.record(&form.name, id)?;
        let mut state = FormState { form: form.name.clone(), fields: fields.clone(), ..FormState::default() };
        if self.events(form, Happening::Delete, "on validate", &mut state, None)? {
            self.end_open(false)?;
            return Ok(refused(state, Vec::new()));
        }
        if !self.store.is_open() {
            self.store.begin()?;
        }
        let deleted = self.store.delete(&form.name, id).map_err(Failure::from);
        self.end(deleted)?;
        state.fields = fields;
        let submitted = Submitted { record: Some(id), ..Submitted::default() };
        self.after(form, Happening::Delete, submitted, DataMap::new(), state)
    }

    /// A value that a user typed, as its field holds it; `Name.first_name` fills a part of a composite field.
    pub(crate) fn given(
        &mut self,
        form: &Form,
        name: &str,
        value: Data,
        state: &FormState,
    ) -> Result<(String, Data), Failure> {
        let (first, part) = name.split_once('.').map_or((name, None), |(first, part)| (first, Some(part)));
        let field = self.store.schema().expect(&form.name)?.expect(first)?.clone();
        if let Some(part) = part {
            let part = field.part(part)?;
            let mut whole = state.get(&field.name);
            if let Data::Map(parts) = &mut whole {
                parts.insert(part, value);
            }
            return Ok((field.name, whole));
        }
        if let (Storage::Composite, Data::Map(given)) = (field.storage(), &value) {
            // Parts that are not given stay as they are.
            let mut whole = state.get(&field.name);
            if let Data::Map(parts) = &mut whole {
                for (part, value) in given.iter() {
                    parts.insert(field.part(&part.to_string())?, value.clone());
                }
                return Ok((field.name, whole));
            }
        }
        if field.kind == FieldType::Subform {
            let rows_form = match field.storage() {
                Storage::Children(form) => form,
                _ => format!("{}.{}", form.name, field.name),
            };
            let columns: Vec<Field> = self.store.schema().expect(&rows_form)?.fields().cloned().collect();
            let mut rows_given = Vec::new();
            for row in self.rows_given(&field, &value)? {
                let mut fitted = DataMap::new();
                // A new row begins with the initial values of its columns.
                let known = row.get("ID").is_some();
                for column in columns.iter().filter(|column| !known && !column.kind.is_computed()) {
                    let value = self.initial_value(&rows_form, column)?;
                    fitted.insert(column.name.clone(), value);
                }
                for (key, value) in row {
                    let column = key.as_text().unwrap_or_default().to_owned();
                    let value = self.typed(&rows_form, &column, value)?;
                    fitted.insert(column, value);
                }
                rows_given.push(Data::Map(fitted));
            }
            return Ok((field.name, Data::Collection(Box::new(Data::List(rows_given)))));
        }
        let value = self.typed(&form.name, &field.name, value)?;
        Ok((field.name, value))
    }

    /// The rows that a user gives a subform; records of another form may be named by their IDs alone, and must be there.
    fn rows_given(&self, field: &Field, value: &Data) -> Result<Vec<DataMap>, Failure> {
        let Storage::Children(form) = field.storage() else { return Ok(rows_in(field, value)?) };
        let named = |item: &Data| match item {
            Data::Number(id) => Data::map([("ID", Data::Number(*id))]),
            other => other.clone(),
        };
        let value = match value {
            Data::List(items) => Data::List(items.iter().map(named).collect()),
            other => other.clone(),
        };
        let rows = rows_in(field, &value)?;
        for id in rows.iter().filter_map(|row| row.get("ID")).filter(|id| !is_unset(id)) {
            let known = id.to_string().parse().ok().map(|id| self.store.exists(&form, id)).transpose()?;
            if known != Some(true) {
                let message = format!("'{}' names the record {id} of '{form}', which is not there", field.name);
                return Err(Problem::new(Code::WrongKind, message).into());
            }
        }
        Ok(rows)
    }

    /// A value that a user typed, as its field holds it. One that is too long is left as it is: the form refuses it.
    fn typed(&self, form: &str, name: &str, value: Data) -> Result<Data, Failure> {
        let field = self.store.schema().expect(form)?.expect(name)?;
        if let (Storage::Composite, Data::Map(parts)) = (field.storage(), &value) {
            parts.iter().try_for_each(|(part, _)| field.part(&part.to_string()).map(drop))?;
        }
        let unlimited = Field { max: Some(usize::MAX), ..field.clone() };
        Ok(self.store.fit_as(form, &unlimited, value)?)
    }

    /// Writes a new record, or what differs in an old one.
    fn write(&mut self, form: &Form, id: Option<i64>, before: &DataMap, state: &FormState) -> Result<i64, Failure> {
        match id {
            Some(id) => {
                self.store.store_fields(&form.name, id, &different(form, before, &state.fields))?;
                Ok(id)
            }
            None => Ok(self.store.submit(&form.name, &different(form, &DataMap::new(), &state.fields))?),
        }
    }

    /// Saves what a script wrote to `input` of a record that is there.
    pub(crate) fn write_changes(
        &mut self,
        form: &str,
        id: i64,
        before: &DataMap,
        state: &FormState,
    ) -> Result<(), Failure> {
        let Some(description) = self.app.form(form).cloned() else { return Ok(()) };
        let fields = different(&description, before, &state.fields);
        if fields.is_empty() {
            return Ok(());
        }
        if !self.store.is_open() {
            self.store.begin()?;
        }
        Ok(self.store.store_fields(form, id, &fields)?)
    }
}

/// What a field holds into which nothing was filled.
fn empty(field: &Field) -> Data {
    match field.storage() {
        Storage::Text | Storage::File(FileKind::Upload) => Data::from(""),
        Storage::File(FileKind::Image) => Data::List(Vec::new()),
        Storage::Flag => Data::Bool(false),
        Storage::Choices | Storage::Lookups(_) => Data::List(Vec::new()),
        Storage::Rows | Storage::Children(_) => Data::Collection(Box::new(Data::List(Vec::new()))),
        Storage::Composite => Data::map(field.kind.parts().iter().map(|part| (*part, "")).collect::<Vec<_>>()),
        _ => Data::Null,
    }
}

/// An initial value as an export writes it: texts in braces are several choices; a text has quotes around it, or none.
pub(crate) fn written(initial: &str) -> Data {
    let inner = initial.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let choices = inner.and_then(|inner| serde_json::from_str::<Vec<String>>(&format!("[{inner}]")).ok());
    match choices {
        Some(choices) => Data::List(choices.into_iter().map(Data::from).collect()),
        None => serde_json::from_str::<String>(initial).unwrap_or_else(|_| initial.to_owned()).into(),
    }
}

fn refused(state: FormState, errors: Vec<(String, String)>) -> Submitted {
    let message = match (errors.first(), state.alerts.is_empty()) {
        (None, false) => state.alerts.join("\n"),
        _ => REFUSED.to_owned(),
    };
    Submitted { refused: true, message: Some(message), errors, state, ..Submitted::default() }
}

/// A submission that a script cancelled. Alerts about a field become errors of that field; the first `known` events belong to
/// earlier scripts.
fn cancelled(mut state: FormState, known: usize) -> Submitted {
    let mut errors = Vec::new();
    state.alerts.clear();
    for event in state.events.iter().skip(known) {
        match event {
            Ui::Alert { field: Some(field), message } => errors.push((field.dotted(), message.to_string())),
            Ui::Alert { field: None, message } => state.alerts.push(message.to_string()),
            _ => {}
        }
    }
    let told = (!state.alerts.is_empty()).then(|| state.alerts.join("\n"));
    let submitted = refused(state, errors);
    Submitted { message: told.or(submitted.message), ..submitted }
}

/// The rows of a subform.
pub(crate) fn rows(value: &Data) -> Vec<DataMap> {
    let items = match value {
        Data::Collection(inner) => return rows(inner),
        other => other.as_list().unwrap_or_default(),
    };
    items.iter().flat_map(|item| item.as_map().map_or_else(|| rows(item), |row| vec![row.clone()])).collect()
}

/// The fields of a form that differ, with their new values.
fn different(form: &Form, before: &DataMap, now: &DataMap) -> Vec<(FieldPath, Data)> {
    let fields = form.fields.iter().filter(|field| !field.kind.is_computed());
    fields
        .filter_map(|field| {
            let value = now.get(&field.name)?;
            let differs = before.get(&field.name) != Some(value);
            let value = if field.kind == FieldType::Subform {
                Data::List(rows(value).into_iter().map(Data::Map).collect())
            } else {
                value.clone()
            };
            differs.then(|| (FieldPath(vec![field.name.clone()]), value))
        })
        .collect()
}

impl Submitted {
    /// What became of it as data: what `dg app submit --json` prints, and what golden scripts compare.
    #[must_use]
    pub fn to_data(&self) -> Data {
        let errors = self.errors.iter().map(|(field, message)| (field.clone(), message.clone()));
        let mut data = self.state.to_data();
        if let Data::Map(map) = &mut data {
            map.insert("record", Data::from(self.record));
            map.insert("refused", Data::from(self.refused));
            map.insert("message", Data::from(self.message.clone()));
            map.insert("errors", Data::map(errors.collect::<Vec<_>>()));
            if let Some(failure) = &self.failure {
                map.insert("failure", Data::from(failure.message()));
            }
        }
        data
    }

    /// What scripts did to the form, in words, in order.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        self.state.seen()
    }
}
