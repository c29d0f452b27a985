//! A form on paper: the fields that a form event sees, and what it does to the form on screen.

use std::rc::Rc;

use rainwright_value::{MapCell, read_json};

use crate::builtins::to_data;
use crate::{Call, Data, Effect, Failure, Host, Inputs, Locale, Map, Outcome, Problem, Refusal, Ui, Value};

/// The fields of a form as one event sees them: `input`, and where the event has them `old` and `row`.
///
/// ```
/// use rainwright::{Engine, Form, Inputs, OfflineHost};
///
/// let form = Form::read(r#"{"fields": {"Amount": 1200}, "old": {"Amount": 900}}"#)?;
/// let engine = Engine::new().profile("zoho-creator")?;
/// let script = engine.compile("validate.dg", r#"
///     if(input.Amount > old.Amount)
///     {
///         input.Review = true;
///         alert "Somebody will look at it";
///         cancel submit;
///     }
/// "#)?;
/// let mut host = OfflineHost::new();
/// let mut shown = form.host(&mut host);
/// script.run(&mut shown, form.inputs(Inputs::new())).result?;
/// assert_eq!(shown.events()[0].to_string(), "alert Somebody will look at it");
/// assert!(shown.cancelled());
/// assert_eq!(form.fields().to_string(), r#"{"Amount":1200,"Review":true}"#);
/// # Ok::<(), rainwright::Failure>(())
/// ```
pub struct Form {
    fields: Value,
    old: Option<Value>,
    row: Option<Value>,
}

/// The other fields of a form.
fn without(map: &MapCell, names: [&str; 2]) -> Value {
    let kept = map
        .borrow()
        .iter()
        .filter(|(key, _)| !names.iter().any(|name| key.to_string() == *name))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect::<Map>();
    Value::from(kept)
}

impl Form {
    /// Reads a form from JSON: `{"fields": {…}, "old": {…}, "row": {…}}`, or the fields alone. Subforms are lists of
    /// objects, composite fields objects.
    ///
    /// # Errors
    /// A text that is no JSON object.
    pub fn read(json: &str) -> Result<Self, Failure> {
        let whole = read_json(json, false).map_err(|problem| Failure::from(*problem))?;
        let Some(map) = whole.as_map() else {
            let problem = Problem::new(crate::Code::CannotParse, "A form is a JSON object of fields with their values");
            return Err(problem.into());
        };
        let part = |name: &str| map.borrow().get_text(name).filter(|v| v.as_map().is_some()).cloned();
        Ok(match part("fields") {
            Some(fields) => Self { fields, old: part("old"), row: part("row") },
            // The fields alone, or with the row that the event is about beside them.
            None => match part("row").or_else(|| part("old")) {
                Some(_) => Self { fields: without(&map, ["old", "row"]), old: part("old"), row: part("row") },
                None => Self { fields: whole.clone(), old: None, row: None },
            },
        })
    }

    /// The inputs of a run with the form's fields among them.
    #[must_use]
    pub fn inputs(&self, inputs: Inputs) -> Inputs {
        let mut inputs = inputs.arg("input", self.fields.clone());
        if let Some(old) = &self.old {
            inputs = inputs.arg("old", old.clone());
        }
        if let Some(row) = &self.row {
            inputs = inputs.arg("row", row.clone());
        }
        inputs
    }

    /// A host that notes what the event does to the form, and hands everything else on.
    pub fn host<'a>(&self, inner: &'a mut dyn Host) -> FormHost<'a> {
        let fields = self.fields.become_map().map(Rc::clone);
        FormHost { inner, fields, events: Vec::new(), cancelled: false }
    }

    /// The current row of the subform that the event is about.
    #[must_use]
    pub fn row(&self) -> Option<&Value> {
        self.row.as_ref()
    }

    /// The current fields; the run changes them in place.
    #[must_use]
    pub fn fields(&self) -> &Value {
        &self.fields
    }
}

/// The host of a form event.
pub struct FormHost<'a> {
    inner: &'a mut dyn Host,
    fields: Option<Rc<MapCell>>,
    events: Vec<Ui>,
    cancelled: bool,
}

impl FormHost<'_> {
    /// What the event did, in order.
    #[must_use]
    pub fn events(&self) -> &[Ui] {
        &self.events
    }

    /// Whether the record is not to be saved.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.cancelled
    }

    fn field_names(&self) -> Data {
        let Some(fields) = &self.fields else { return Data::Null };
        let locale = Locale::default();
        Data::List(fields.borrow().keys().map(|key| key.to_text(&locale).into()).collect())
    }

    fn field_value(&self, name: &Data) -> Result<Data, Problem> {
        let value = match (&self.fields, name.as_text()) {
            (Some(fields), Some(name)) => fields.borrow().get_text(name).cloned().unwrap_or_default(),
            _ => Value::Null,
        };
        to_data(&value, &Locale::default()).map_err(|problem| *problem)
    }
}

impl Host for FormHost<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let Effect::Ui(action) = &call.effect else { return self.inner.perform(call) };
        match &**action {
            Ui::FieldNames => return Ok(self.field_names().into()),
            Ui::FieldValue { name } => return Ok(self.field_value(name)?.into()),
            // A part of the form that is not there, such as `old` in an event that has none; or a page.
            Ui::Get { .. } | Ui::Set { .. } | Ui::Html { .. } => return self.inner.perform(call),
            Ui::Clear { field } => {
                if let Some(fields) = &self.fields {
                    fields.borrow_mut().insert_text(field.dotted(), Value::Null);
                }
            }
            Ui::CancelSubmit | Ui::CancelDelete => self.cancelled = true,
            _ => {}
        }
        self.events.push((**action).clone());
        Ok(Outcome::Done)
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}
