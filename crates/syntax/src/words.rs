//! What the words of the language mean.

use crate::ast::{FieldAction, TypeKind};

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
