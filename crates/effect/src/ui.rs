//! What a form event asks of the form on screen.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Data;

/// The part of a form event that a field path starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormPart {
    /// `input.F`, or a field that is named alone: the values as they are on screen.
    #[default]
    Input,
    /// `old.F`: the values before the edit.
    Old,
    /// `row.F`: the row of a subform that the event is about.
    Row,
}

/// A field of the form: `input.Name.first_name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FormField {
    /// Where the path starts.
    #[serde(default)]
    pub part: FormPart,
    /// The link names of the field, the parts of a composite field and the fields of subforms, outermost first.
    pub path: Vec<String>,
}

impl FormField {
    /// Reads a dotted path; `input`, `old` and `row` in front say where it starts.
    #[must_use]
    pub fn parse(dotted: &str) -> Self {
        let mut path: Vec<String> = dotted.split('.').map(str::to_owned).collect();
        let part = match path.first().map(String::as_str) {
            Some("input") => Some(FormPart::Input),
            Some("old") => Some(FormPart::Old),
            Some("row") => Some(FormPart::Row),
            _ => None,
        };
        if part.is_some() && path.len() > 1 {
            path.remove(0);
        }
        Self { part: part.unwrap_or_default(), path }
    }

    /// The path without where it starts.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.path.join(".")
    }
}

/// As a script writes it.
impl fmt::Display for FormField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            FormPart::Input => "input.",
            FormPart::Old => "old.",
            FormPart::Row => "row.",
        };
        write!(f, "{part}{}", self.dotted())
    }
}

/// One action on the form on screen, or a question about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ui {
    /// The value of a field; answered with data.
    Get {
        /// The field.
        field: FormField,
    },
    /// Gives a field its value.
    Set {
        /// The field.
        field: FormField,
        /// The value.
        value: Data,
    },
    /// Shows a message, at a field when one is named.
    Alert {
        /// The field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<FormField>,
        /// The message.
        message: Data,
    },
    /// The message that is shown after the record was saved.
    SuccessMessage {
        /// The message.
        message: Data,
    },
    /// The record is not saved.
    CancelSubmit,
    /// The record is not deleted.
    CancelDelete,
    /// Shows the form or report anew.
    Reload,
    /// Hides a field.
    Hide {
        /// The field.
        field: FormField,
    },
    /// Shows a field.
    Show {
        /// The field.
        field: FormField,
    },
    /// Lets a field be edited.
    Enable {
        /// The field.
        field: FormField,
    },
    /// Keeps a field from being edited.
    Disable {
        /// The field.
        field: FormField,
    },
    /// Puts the cursor into a field.
    Focus {
        /// The field.
        field: FormField,
    },
    /// Empties a field.
    Clear {
        /// The field.
        field: FormField,
    },
    /// `F:ui.add(…)` and the like: changes the choices of a field.
    Choices {
        /// The field.
        field: FormField,
        /// The method, as written.
        method: String,
        /// Its arguments.
        values: Vec<Data>,
    },
    /// Chooses values of a field with several, all of them when none are named.
    Select {
        /// The field.
        field: FormField,
        /// The values; `None` for all.
        values: Option<Vec<Data>>,
    },
    /// Takes choices back, all of them when none are named.
    Deselect {
        /// The field.
        field: FormField,
        /// The values; `None` for all.
        values: Option<Vec<Data>>,
    },
    /// Opens an address: its arguments as written (address, window, options).
    OpenUrl {
        /// The arguments.
        values: Vec<Data>,
    },
    /// The names of all fields; answered with a list.
    FieldNames,
    /// The value of a field whose name was computed; answered with data.
    FieldValue {
        /// The field's name.
        name: Data,
    },
    /// Text of a page, as HTML.
    Html {
        /// The text.
        text: String,
    },
}

impl Ui {
    /// The action's name, as logs and reports use it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Ui::Get { .. } => "get",
            Ui::Set { .. } => "set",
            Ui::Alert { .. } => "alert",
            Ui::SuccessMessage { .. } => "success message",
            Ui::CancelSubmit => "cancel submit",
            Ui::CancelDelete => "cancel delete",
            Ui::Reload => "reload",
            Ui::Hide { .. } => "hide",
            Ui::Show { .. } => "show",
            Ui::Enable { .. } => "enable",
            Ui::Disable { .. } => "disable",
            Ui::Focus { .. } => "focus",
            Ui::Clear { .. } => "clear",
            Ui::Choices { .. } => "choices",
            Ui::Select { .. } => "select",
            Ui::Deselect { .. } => "deselect",
            Ui::OpenUrl { .. } => "openurl",
            Ui::FieldNames => "field names",
            Ui::FieldValue { .. } => "field value",
            Ui::Html { .. } => "html",
        }
    }

    /// The field that the action is about, if it is about one.
    #[must_use]
    pub fn field(&self) -> Option<&FormField> {
        match self {
            Ui::Alert { field, .. } => field.as_ref(),
            Ui::Get { field }
            | Ui::Set { field, .. }
            | Ui::Hide { field }
            | Ui::Show { field }
            | Ui::Enable { field }
            | Ui::Disable { field }
            | Ui::Focus { field }
            | Ui::Clear { field }
            | Ui::Choices { field, .. }
            | Ui::Select { field, .. }
            | Ui::Deselect { field, .. } => Some(field),
            _ => None,
        }
    }

    /// Whether the script waits for an answer with data.
    #[must_use]
    pub fn is_question(&self) -> bool {
        matches!(self, Ui::Get { .. } | Ui::FieldNames | Ui::FieldValue { .. })
    }

    /// The action in words that follow `to`: `hide input.Amount`.
    #[must_use]
    pub fn describe(&self) -> String {
        let verb = match self {
            Ui::Get { .. } => "read",
            Ui::Alert { .. } => "show an alert",
            Ui::SuccessMessage { .. } => "show a success message",
            Ui::Choices { .. } => "change the choices of",
            Ui::Select { .. } => "select choices of",
            Ui::Deselect { .. } => "deselect choices of",
            Ui::OpenUrl { .. } => "open an address",
            Ui::FieldNames => "list the fields",
            Ui::FieldValue { .. } => "read a field",
            Ui::Html { .. } => "show HTML",
            // The name is a verb of its own.
            _ => self.name(),
        };
        match self.field() {
            Some(field) if !matches!(self, Ui::Alert { .. }) => format!("{verb} {field}"),
            _ => verb.to_owned(),
        }
    }
}

/// As a log shows it: `alert Somebody will look at it`, `hide Amount`.
impl fmt::Display for Ui {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &[Data]| values.iter().map(Data::to_string).collect::<Vec<_>>().join(" ");
        let dotted = |field: &FormField| field.dotted();
        match self {
            Ui::Get { field } => write!(f, "get {}", dotted(field)),
            Ui::Set { field, value } => write!(f, "set {} {value}", dotted(field)),
            Ui::Alert { field: Some(field), message } => write!(f, "alert {} {message}", dotted(field)),
            Ui::Alert { field: None, message } => write!(f, "alert {message}"),
            Ui::SuccessMessage { message } => write!(f, "success message {message}"),
            Ui::Hide { field } => write!(f, "hide {}", dotted(field)),
            Ui::Show { field } => write!(f, "show {}", dotted(field)),
            Ui::Enable { field } => write!(f, "enable {}", dotted(field)),
            Ui::Disable { field } => write!(f, "disable {}", dotted(field)),
            Ui::Focus { field } => write!(f, "focus {}", dotted(field)),
            Ui::Clear { field } => write!(f, "clear {}", dotted(field)),
            Ui::Choices { field, method, values } => write!(f, "{method} {} {}", dotted(field), list(values)),
            Ui::Select { field, values: Some(values) } => write!(f, "select {} {}", dotted(field), list(values)),
            Ui::Select { field, values: None } => write!(f, "selectall {}", dotted(field)),
            Ui::Deselect { field, values: Some(values) } => write!(f, "deselect {} {}", dotted(field), list(values)),
            Ui::Deselect { field, values: None } => write!(f, "deselectall {}", dotted(field)),
            Ui::OpenUrl { values } => write!(f, "openurl {}", list(values)),
            Ui::FieldValue { name } => write!(f, "read {name}"),
            Ui::Html { text } => write!(f, "html {text}"),
            Ui::CancelSubmit | Ui::CancelDelete | Ui::Reload | Ui::FieldNames => f.write_str(&self.describe()),
        }
    }
}
