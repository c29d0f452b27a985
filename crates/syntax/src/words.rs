//! What the words of the language mean.

use crate::ast::{Direction, FieldAction, Period, TypeKind, Unit};

/// The type that a type word names, in any case.
pub(crate) fn type_kind(word: &str) -> TypeKind {
    match word.to_ascii_lowercase().as_str() {
        "void" => TypeKind::Void,
        "string" | "text" => TypeKind::Text,
        "int" | "integer" | "number" | "long" | "bigint" => TypeKind::Number,
        "float" | "double" | "decimal" => TypeKind::Decimal,
        "bool" | "boolean" => TypeKind::Bool,
        "date" | "datetime" | "timestamp" => TypeKind::DateTime,
        "time" => TypeKind::Time,
        "map" => TypeKind::Map,
        "list" => TypeKind::List,
        "collection" => TypeKind::Collection,
        "file" => TypeKind::File,
        _ => TypeKind::Any,
    }
}

/// The action that a word asks of a field, in any case.
pub(crate) fn field_action(word: &str) -> FieldAction {
    match word.to_ascii_lowercase().as_str() {
        "hide" => FieldAction::Hide,
        "show" => FieldAction::Show,
        "enable" => FieldAction::Enable,
        "disable" => FieldAction::Disable,
        "focus" => FieldAction::Focus,
        _ => FieldAction::Clear,
    }
}

/// The day that a word alone names in criteria, in any case.
pub(crate) fn day(word: &str) -> Option<Period> {
    [("yesterday", Period::Yesterday), ("today", Period::Today), ("tomorrow", Period::Tomorrow)]
        .into_iter()
        .find_map(|(known, period)| known.eq_ignore_ascii_case(word).then_some(period))
}

/// The direction that the first word of a period gives, in any case.
pub(crate) fn direction(word: &str) -> Option<Direction> {
    [("last", Direction::Last), ("this", Direction::This), ("next", Direction::Next)]
        .into_iter()
        .find_map(|(known, direction)| known.eq_ignore_ascii_case(word).then_some(direction))
}

/// The unit that the last word of a period names, in any case.
pub(crate) fn unit(word: &str) -> Option<Unit> {
    let lower = word.to_ascii_lowercase();
    Some(match lower.strip_suffix('s').unwrap_or(&lower) {
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "quarter" => Unit::Quarter,
        "year" => Unit::Year,
        _ => return None,
    })
}

impl TypeKind {
    /// The word for it in front of a parameter or function.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TypeKind::Void => "void",
            TypeKind::Text => "string",
            TypeKind::Number => "int",
            TypeKind::Decimal => "decimal",
            TypeKind::Bool => "bool",
            TypeKind::DateTime => "date",
            TypeKind::Time => "time",
            TypeKind::Map => "map",
            TypeKind::List => "list",
            TypeKind::Collection => "collection",
            TypeKind::File => "file",
            TypeKind::Any | TypeKind::Form => "object",
        }
    }
}
