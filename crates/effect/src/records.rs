//! Queries and changes of form records, as trees with computed values in place of expressions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Data, DataMap};

/// A field of a form, through lookups, subforms and composite fields: `Customer.Address.country`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldPath(pub Vec<String>);

impl FieldPath {
    /// Reads a dotted path.
    #[must_use]
    pub fn parse(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One query or change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Records {
    /// The records that match, or one field of the first of them.
    Fetch {
        /// Which records.
        query: Query,
        /// The field; `None` for whole records.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<FieldPath>,
    },
    /// A figure over the records that match, or all values of a field.
    Aggregate {
        /// Which records.
        query: Query,
        /// What is computed.
        function: Aggregate,
        /// Of which field; `None` for whole records, as in `count()`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<FieldPath>,
    },
    /// Adds a record; answered with its ID.
    Insert {
        /// The form's link name, with the application in front where it is another one.
        form: String,
        /// The fields with their values, in order.
        fields: Vec<(FieldPath, Data)>,
    },
    /// Gives a field of all records that match another value.
    Update {
        /// Which records.
        query: Query,
        /// The field.
        field: FieldPath,
        /// Its new value.
        value: Data,
    },
    /// Deletes the records that match.
    Delete {
        /// Which records.
        query: Query,
    },
    /// The records of these IDs; answered with a [`Data::Records`] of the same IDs in the same order, whose rows are null
    /// where a record is gone.
    Rows {
        /// The form's link name.
        form: String,
        /// The IDs.
        ids: Vec<i64>,
    },
    /// A field of one record that its row does not hold, through lookups or into subforms; answered with data.
    Read {
        /// The form's link name.
        form: String,
        /// The record's ID.
        id: i64,
        /// The field.
        field: FieldPath,
    },
    /// Gives fields of one record other values. Answered with a map of the fields that changed, or with nothing when other
    /// records changed as well and rows that were read before are out of date.
    Set {
        /// The form's link name.
        form: String,
        /// The record's ID.
        id: i64,
        /// The fields with their new values.
        fields: Vec<(FieldPath, Data)>,
    },
    /// Adds rows to a subform of a record.
    AddRows {
        /// The form's link name.
        form: String,
        /// The record's ID.
        id: i64,
        /// The subform's field.
        field: FieldPath,
        /// The rows, each with its fields.
        rows: Vec<DataMap>,
    },
}

/// The form's link name within records, by the kind of reference that is named.
macro_rules! form_of {
    ($records:expr, $($reference:tt)+) => {
        match $records {
            Records::Insert { form, .. }
            | Records::Rows { form, .. }
            | Records::Read { form, .. }
            | Records::Set { form, .. }
            | Records::AddRows { form, .. } => form,
            Records::Fetch { query, .. }
            | Records::Aggregate { query, .. }
            | Records::Update { query, .. }
            | Records::Delete { query } => $($reference)+ query.form,
        }
    };
}

impl Records {
    /// The form's link name.
    #[must_use]
    pub fn form(&self) -> &str {
        form_of!(self, &)
    }

    /// The form's link name, to change.
    pub fn form_mut(&mut self) -> &mut String {
        form_of!(self, &mut)
    }

    /// Whether it changes records.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(self, Records::Fetch { .. } | Records::Aggregate { .. } | Records::Rows { .. } | Records::Read { .. })
    }
}

/// What follows the name of a lookup of several records in the key of a row under which the row says which form they are of.
pub const LEADS_TO: &str = ".$form";

/// The records that a query found: their IDs, and the first rows. The other rows are asked for when they are needed, so
/// that a run over very many records holds few of them at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordSet {
    /// The form's link name.
    pub form: String,
    /// Whether it is one record rather than a collection of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single: bool,
    /// The IDs, in the order of the query.
    pub ids: Vec<i64>,
    /// The rows of the first IDs, as maps of fields; null for a record that is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Data>,
}

/// Which records, in which order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The form's link name, with the application in front where it is another one.
    pub form: String,
    /// What must hold; `None` for all records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// The order, the most important field first; by ID when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<Sort>,
    /// The first and the last record wanted, counted from 1, both included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(Data, Data)>,
}

/// One field of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The field.
    pub field: FieldPath,
    /// Whether the largest comes first.
    #[serde(default)]
    pub descending: bool,
}

/// What must hold of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criteria {
    /// All of these.
    All {
        /// The conditions.
        of: Vec<Criteria>,
    },
    /// At least one of these.
    Any {
        /// The conditions.
        of: Vec<Criteria>,
    },
    /// The opposite.
    Not {
        /// The condition.
        of: Box<Criteria>,
    },
    /// A comparison of two sides.
    Compare {
        /// The left side.
        left: Operand,
        /// How they are compared.
        comparison: Comparison,
        /// The right side.
        right: Operand,
    },
    /// A function of a field: `Name.startsWith("A")`.
    Call {
        /// The field.
        field: FieldPath,
        /// The function, as written.
        function: String,
        /// Its arguments.
        arguments: Vec<Data>,
    },
    /// A side alone: a decision box, or a value that the script computed.
    Holds {
        /// The side.
        operand: Operand,
    },
}

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// A field of the record.
    Field(FieldPath),
    /// A value that the script computed.
    Value(Data),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`, and `=` in criteria.
    #[serde(rename = "==")]
    Equal,
    /// `!=`.
    #[serde(rename = "!=")]
    NotEqual,
    /// `<`.
    #[serde(rename = "<")]
    Less,
    /// `<=`.
    #[serde(rename = "<=")]
    LessEqual,
    /// `>`.
    #[serde(rename = ">")]
    Greater,
    /// `>=`.
    #[serde(rename = ">=")]
    GreaterEqual,
    /// `in`.
    #[serde(rename = "in")]
    In,
    /// `not in`.
    #[serde(rename = "not in")]
    NotIn,
    /// `like`.
    #[serde(rename = "like")]
    Like,
    /// `is`.
    #[serde(rename = "is")]
    Is,
    /// `is not`.
    #[serde(rename = "is not")]
    IsNot,
}

/// A figure over records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// How many records, or how many values of a field.
    Count,
    /// The sum.
    Sum,
    /// The mean.
    Average,
    /// The middle value.
    Median,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// The values, each once.
    Distinct,
    /// All values.
    GetAll,
}

impl Aggregate {
    /// Every aggregate with the name that scripts use, in lower case.
    pub const ALL: [(&'static str, Aggregate); 9] = [
        ("count", Aggregate::Count),
        ("sum", Aggregate::Sum),
        ("average", Aggregate::Average),
        ("avg", Aggregate::Average),
        ("median", Aggregate::Median),
        ("minimum", Aggregate::Minimum),
        ("maximum", Aggregate::Maximum),
        ("distinct", Aggregate::Distinct),
        ("getall", Aggregate::GetAll),
    ];

    /// The aggregate of that name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Aggregate> {
        Self::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, aggregate)| *aggregate)
    }
}
