//! What forms are like, for those who read scripts without running them: their fields, what these hold, where they lead.

/// A form, or the rows of a subform with fields of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormFacts {
    /// The link name; `Form.Subform` for the rows of a subform.
    pub name: String,
    /// The fields in order, those that every record has among them.
    pub fields: Vec<FieldFacts>,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldFacts {
    /// The link name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
    /// The form of the records that it leads to: of a lookup, or of the rows of a subform.
    pub leads_to: Option<String>,
    /// The parts of a composite field.
    pub parts: Vec<String>,
    /// What alone can be chosen; empty when other values may be stored too.
    pub choices: Vec<String>,
    /// Whether only the product writes it.
    pub is_computed: bool,
    /// Whether every record has it.
    pub is_system: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Holds {
    /// One text.
    #[default]
    Text,
    /// A whole number.
    Number,
    /// A decimal.
    Decimal,
    /// A date, with or without a time.
    Moment,
    /// A time of day.
    Time,
    /// A decision.
    Decision,
    /// Several texts.
    Texts,
    /// The ID of a record.
    Link,
    /// The IDs of several records.
    Links,
    /// Texts as parts: a name, an address.
    Parts,
    /// Rows.
    Rows,
    /// A file.
    File,
    /// No data.
    Nothing,
}

impl Holds {
    /// Its values as messages name them.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Holds::Text | Holds::Parts => "a TEXT",
            Holds::Number => "a NUMBER",
            Holds::Decimal => "a DECIMAL",
            Holds::Moment => "a DATE-TIME",
            Holds::Time => "a TIME",
            Holds::Decision => "a BOOLEAN",
            Holds::Texts => "a LIST of TEXT",
            Holds::Link => "the ID of a record",
            Holds::Links => "a LIST of IDs of records",
            Holds::Rows => "rows",
            Holds::File => "a FILE",
            Holds::Nothing => "no data",
        }
    }
}

impl FormFacts {
    /// The field of a name; the case of its letters does not matter.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldFacts> {
        self.fields.iter().find(|field| field.name == name).or_else(|| {
            let same = |field: &&FieldFacts| field.name.to_lowercase() == name.to_lowercase();
            self.fields.iter().find(same)
        })
    }
}
