//! The fields of a form: their types as Creator names them, and how each type is stored.

use std::fmt;

use rainwright_diagnostic::{Code, Problem, closest};
use rainwright_value::{ADDRESS_PARTS, NAME_PARTS};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The type of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Single line.
    #[default]
    Text,
    /// Multi line.
    TextArea,
    /// Rich text.
    RichText,
    /// Email.
    Email,
    /// Phone.
    Phone,
    /// URL.
    Url,
    /// Name, with its parts.
    Name,
    /// Address, with its parts.
    Address,
    /// Number.
    Number,
    /// Decimal.
    Decimal,
    /// Percent.
    Percent,
    /// Currency; an export names it by the currency's code.
    Currency,
    /// Date.
    Date,
    /// Date-Time.
    DateTime,
    /// Time.
    Time,
    /// Drop down; with `looks_up` a lookup of one record.
    DropDown,
    /// Radio; with `looks_up` a lookup of one record.
    Radio,
    /// Multi select; with `looks_up` a lookup of several records.
    MultiSelect,
    /// Checkboxes; with `looks_up` a lookup of several records.
    CheckBoxes,
    /// Decision box.
    Decision,
    /// Subform: with `looks_up` the records of another form, else rows with columns of its own.
    Subform,
    /// File upload.
    File,
    /// Image.
    Image,
    /// Signature.
    Signature,
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// Auto number.
    AutoNumber,
    /// Formula.
    Formula,
    /// Users.
    Users,
    /// Add notes, plain text and sections: they hold no data.
    Layout,
    /// A type that is not known here; it is stored as text.
    Other,
}

/// Every type with the word that exports and form files use for it first, then other words for it.
const WORDS: &[(&str, FieldType)] = &[
    ("text", FieldType::Text),
    ("textarea", FieldType::TextArea),
    ("richtext", FieldType::RichText),
    ("email", FieldType::Email),
    ("phonenumber", FieldType::Phone),
    ("url", FieldType::Url),
    ("name", FieldType::Name),
    ("address", FieldType::Address),
    ("number", FieldType::Number),
    ("decimal", FieldType::Decimal),
    ("percentage", FieldType::Percent),
    ("currency", FieldType::Currency),
    ("date", FieldType::Date),
    ("datetime", FieldType::DateTime),
    ("time", FieldType::Time),
    ("picklist", FieldType::DropDown),
    ("radiobuttons", FieldType::Radio),
    ("list", FieldType::MultiSelect),
    ("checkboxes", FieldType::CheckBoxes),
    ("checkbox", FieldType::Decision),
    ("grid", FieldType::Subform),
    ("upload file", FieldType::File),
    ("image", FieldType::Image),
    ("signature", FieldType::Signature),
    ("audio", FieldType::Audio),
    ("video", FieldType::Video),
    ("autonumber", FieldType::AutoNumber),
    ("formula", FieldType::Formula),
    ("users", FieldType::Users),
    ("plaintext", FieldType::Layout),
    ("section", FieldType::Layout),
    ("add notes", FieldType::Layout),
    ("other", FieldType::Other),
    // As the product's own pages call them, for those who write a form by hand.
    ("single line", FieldType::Text),
    ("multi line", FieldType::TextArea),
    ("rich text", FieldType::RichText),
    ("phone", FieldType::Phone),
    ("percent", FieldType::Percent),
    ("date-time", FieldType::DateTime),
    ("drop down", FieldType::DropDown),
    ("dropdown", FieldType::DropDown),
    ("lookup", FieldType::DropDown),
    ("radio", FieldType::Radio),
    ("multi select", FieldType::MultiSelect),
    ("decision box", FieldType::Decision),
    ("subform", FieldType::Subform),
    ("file upload", FieldType::File),
    ("auto number", FieldType::AutoNumber),
];

impl FieldType {
    /// The type of a word. Three capital letters are a currency; a word that nobody knows is [`FieldType::Other`].
    #[must_use]
    pub fn of_word(word: &str) -> FieldType {
        if let Some((_, kind)) = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
            return *kind;
        }
        let is_code = word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase());
        if is_code { FieldType::Currency } else { FieldType::Other }
    }

    /// The words for all types.
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(word, _)| *word)
    }

    /// The word of the type.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, kind)| *kind == self).map_or("text", |(word, _)| word)
    }

    /// The parts of a composite field, in the order in which they are joined; empty for other types.
    #[must_use]
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            FieldType::Name => NAME_PARTS,
            FieldType::Address => ADDRESS_PARTS,
            _ => &[],
        }
    }

    /// How many characters a text holds when the field says nothing.
    #[must_use]
    pub fn usual_maximum(self) -> usize {
        match self {
            FieldType::TextArea | FieldType::RichText => 65_535,
            _ => 255,
        }
    }

    /// Whether scripts cannot write it.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(self, FieldType::AutoNumber | FieldType::Formula | FieldType::Layout)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for FieldType {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for FieldType {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(FieldType::of_word(&String::deserialize(input)?))
    }
}

/// A field of a form, as a form file describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Field {
    /// The link name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The link name that the field had before it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether it must be filled in.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether no two records may hold the same value.
    #[serde(skip_serializing_if = "is_false")]
    pub unique: bool,
    /// The most characters or digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// What can be chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether other values than the choices may be stored.
    #[serde(skip_serializing_if = "is_false")]
    pub other_choices: bool,
    /// The days of the week that can be chosen in a date, 0 for Sunday; all when none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
    /// The form whose records can be chosen, or whose records are the rows of the subform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_up: Option<String>,
    /// Criteria of the records that can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// How a chosen record is shown, as an expression of its fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shows: Option<String>,
    /// The field of the other form that is kept in step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bidirectional: Option<String>,
    /// The first auto number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The value of a new record, as an expression.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "written_initial")]
    pub initial: Option<String>,
    /// The expression of a formula field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The type of a formula's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<FieldType>,
    /// The columns of a subform with fields of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// An initial value, which a file may write as a number or a decision too.
fn written_initial<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Flag(bool),
        Number(i64),
        Decimal(f64),
    }
    Ok(Option::<Written>::deserialize(input)?.map(|written| match written {
        Written::Text(text) => text,
        Written::Flag(flag) => flag.to_string(),
        Written::Number(number) => number.to_string(),
        Written::Decimal(decimal) => decimal.to_string(),
    }))
}

/// The types of a form's fields in the words of the file that describes it: a form keeps no word that nobody knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WrittenTypes {
    name: String,
    #[serde(rename = "type")]
    word: String,
    fields: Vec<WrittenTypes>,
}

impl WrittenTypes {
    /// The fields whose types nobody knows, as `Form.Field`, each with its word.
    #[must_use]
    pub fn unknown(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for field in &self.fields {
            let place = format!("{}.{}", self.name, field.name);
            let is_known =
                |word: &str| word.is_empty() || word == "other" || FieldType::of_word(word) != FieldType::Other;
            if !is_known(&field.word) {
                found.push((place.clone(), field.word.clone()));
            }
            found.extend(Self { name: place, ..field.clone() }.unknown());
        }
        found
    }

    /// What to say of a word that is no type.
    #[must_use]
    pub fn said(word: &str) -> String {
        let near = closest(word, FieldType::words());
        let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
        format!("There is no type '{word}': the field holds texts.{near}")
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Field {
    /// A field of a name and type.
    #[must_use]
    pub fn new(name: &str, kind: FieldType) -> Self {
        Self { name: name.to_owned(), kind, ..Self::default() }
    }

    /// The name that people see.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// The part of a name or address that a word names.
    ///
    /// # Errors
    /// [`Code::UnknownName`] with the nearest part.
    pub fn part(&self, word: &str) -> Result<&'static str, Problem> {
        let parts = self.kind.parts();
        parts.iter().find(|part| part.eq_ignore_ascii_case(word)).copied().ok_or_else(|| {
            let near = closest(word, parts.iter().copied()).map(|near| format!(": did you mean '{near}'?"));
            let message = format!("'{}' has no part '{word}'{}", self.name, near.unwrap_or_default());
            let help = match parts.is_empty() {
                true => "Only names and addresses have parts.".to_owned(),
                false => format!("Its parts are {}.", parts.join(", ")),
            };
            Problem::new(Code::UnknownName, message).with_help(help)
        })
    }

    /// Whether records are found by its values: those of unique fields and of lookups of one record.
    #[must_use]
    pub(crate) fn is_indexed(&self) -> bool {
        let storage = self.storage();
        storage.is_column() && (self.unique || matches!(storage, Storage::Lookup(_)))
    }

    /// How its values are stored.
    #[must_use]
    pub fn storage(&self) -> Storage {
        let looks_up = || self.looks_up.clone();
        match self.kind {
            FieldType::Text
            | FieldType::TextArea
            | FieldType::RichText
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Url
            | FieldType::Signature => Storage::Text,
            FieldType::Radio => looks_up().map_or(Storage::Text, Storage::Lookup),
            FieldType::DropDown => looks_up().map_or(Storage::Choice, Storage::Lookup),
            FieldType::MultiSelect | FieldType::CheckBoxes => looks_up().map_or(Storage::Choices, Storage::Lookups),
            FieldType::Users | FieldType::Other => Storage::Choice,
            FieldType::Number | FieldType::AutoNumber => Storage::Number,
            FieldType::Decimal | FieldType::Percent | FieldType::Currency => Storage::Decimal,
            FieldType::Date => Storage::Date,
            FieldType::DateTime => Storage::DateTime,
            FieldType::Time => Storage::Time,
            FieldType::Decision => Storage::Flag,
            FieldType::Name | FieldType::Address => Storage::Composite,
            FieldType::Subform => looks_up().map_or(Storage::Rows, Storage::Children),
            FieldType::File => Storage::File(FileKind::Upload),
            FieldType::Image => Storage::File(FileKind::Image),
            FieldType::Audio | FieldType::Video => Storage::File(FileKind::Clip),
            FieldType::Formula => match self.result.unwrap_or(FieldType::Text) {
                FieldType::Number => Storage::Number,
                FieldType::Decimal | FieldType::Percent | FieldType::Currency => Storage::Decimal,
                FieldType::Date => Storage::Date,
                FieldType::DateTime => Storage::DateTime,
                FieldType::Decision => Storage::Flag,
                _ => Storage::Choice,
            },
            FieldType::Layout => Storage::Nothing,
        }
    }
}

/// What a field with files shows of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The name, or the names with commas between them; an empty text when there is none.
    Upload,
    /// A list with one `<img …>` for the picture, empty when there is none.
    Image,
    /// The name of a recording or film; null when there is none.
    Clip,
}

/// How the values of a field are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A text that is empty when unset.
    Text,
    /// A text that is null when unset.
    Choice,
    /// A file's name, an empty text when unset; the bytes lie in a table of their own.
    File(FileKind),
    /// A whole number.
    Number,
    /// An exact decimal, as its digits.
    Decimal,
    /// A day, counted from 1970-01-01.
    Date,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime,
    /// Milliseconds since midnight.
    Time,
    /// A decision box.
    Flag,
    /// Several texts, in a table of their own.
    Choices,
    /// The ID of a record of a form.
    Lookup(String),
    /// Several IDs of records of a form, in a table of their own.
    Lookups(String),
    /// A column for each part.
    Composite,
    /// Rows of the subform's own table.
    Rows,
    /// Records of another form that refer to this one.
    Children(String),
    /// No data.
    Nothing,
}

impl Storage {
    /// Whether a record's own table has one column for it.
    #[must_use]
    pub fn is_column(&self) -> bool {
        !matches!(
            self,
            Storage::Choices
                | Storage::Lookups(_)
                | Storage::Composite
                | Storage::Rows
                | Storage::Children(_)
                | Storage::Nothing
        )
    }

    /// Whether unset is an empty text rather than null.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Storage::Text | Storage::File(_))
    }

    /// The kind of its values as messages name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Storage::Text | Storage::Choice | Storage::File(_) | Storage::Composite => "TEXT",
            Storage::Number | Storage::Lookup(_) => "NUMBER",
            Storage::Decimal => "DECIMAL",
            Storage::Date | Storage::DateTime => "DATE-TIME",
            Storage::Time => "TIME",
            Storage::Flag => "BOOLEAN",
            Storage::Choices | Storage::Lookups(_) => "LIST",
            Storage::Rows | Storage::Children(_) | Storage::Nothing => "rows",
        }
    }
}
