//! A form on paper: the fields that a form event sees, and what it does to the form on screen.

use std::rc::Rc;

use rainwright_value::{MapCell, read_json};
use serde_json::Value as Json;

use crate::{Effect, Failure, Host, Inputs, Locale, Outcome, Problem, Value};

/// The fields of a form as one event sees them: `input`, and where the event has them `old` and `row`.
///
/// ```
/// use rainwright::{Engine, Form, Inputs, Recorder};
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
/// let mut host = Recorder::new();
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
            None => Self { fields: whole.clone(), old: None, row: None },
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
        let fields = self.fields.as_map().map(Rc::clone);
        FormHost { inner, fields, events: Vec::new(), cancelled: false }
    }

    /// The fields as they stand now; the run changes them in place.
    #[must_use]
    pub fn fields(&self) -> &Value {
        &self.fields
    }
}

/// Something that an event did to the form on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct FormEvent {
    /// `alert`, `hide`, `cancel submit`, `openurl` …
    pub action: String,
    /// What it acts on and with.
    pub arguments: Json,
}

impl std::fmt::Display for FormEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.action)?;
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for key in ["field", "message", "text"] {
            if let Some(value) = self.arguments.get(key) {
                write!(f, " {}", text(value))?;
            }
        }
        if let Some(Json::Array(values)) = self.arguments.get("values") {
            for value in values {
                write!(f, " {}", text(value))?;
            }
        }
        Ok(())
    }
}

/// The host of a form event.
pub struct FormHost<'a> {
    inner: &'a mut dyn Host,
    fields: Option<Rc<MapCell>>,
    events: Vec<FormEvent>,
    cancelled: bool,
}

impl FormHost<'_> {
    /// What the event did, in order.
    #[must_use]
    pub fn events(&self) -> &[FormEvent] {
        &self.events
    }

    /// Whether the record is not to be saved.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.cancelled
    }

    /// `getFieldNames()` and `getFieldValue(F)`, which ask and do nothing.
    fn answer(&self, action: &str, arguments: &Json) -> Option<Json> {
        let fields = self.fields.as_ref()?.borrow();
        let locale = Locale::default();
        match action {
            "getfieldnames" => Some(Json::Array(fields.keys().map(|k| Json::String(k.to_text(&locale))).collect())),
            "getfieldvalue" => {
                let name = arguments["values"][0].as_str()?;
                let value = fields.get_text(name)?;
                Some(match value {
                    Value::Text(text) => Json::String(text.as_str().to_owned()),
                    other => serde_json::from_str(&other.to_json(&locale)).unwrap_or_default(),
                })
            }
            _ => None,
        }
    }
}

impl Host for FormHost<'_> {
    fn perform(&mut self, effect: Effect) -> Result<Outcome, Problem> {
        let Effect::Ui { action, arguments } = effect else { return self.inner.perform(effect) };
        if matches!(action.as_str(), "getfieldnames" | "getfieldvalue") {
            return Ok(Outcome::Json { value: self.answer(&action, &arguments).unwrap_or_default() });
        }
        if matches!(action.as_str(), "get" | "set" | "html") {
            // A form that is not there: `old` in an event that has none, a page.
            return self.inner.perform(Effect::Ui { action, arguments });
        }
        if let Some(fields) = self.fields.as_ref().filter(|_| action == "clear") {
            let field = arguments["field"].as_str().unwrap_or_default();
            let field = field.strip_prefix("input.").unwrap_or(field);
            fields.borrow_mut().insert_text(field, Value::Null);
        }
        self.cancelled |= matches!(action.as_str(), "cancel submit" | "cancel delete");
        self.events.push(FormEvent { action, arguments });
        Ok(Outcome::Done)
    }
}
