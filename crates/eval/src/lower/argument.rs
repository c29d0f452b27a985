//! Arguments and the declared types of parameters.

use rainwright_builtins::Context;
use rainwright_diagnostic::{Code, Problem};
use rainwright_syntax::ast::TypeKind;
use rainwright_value::{DateText, Kind, Value, parse_decimal, whole};

/// Fits a value to a parameter's declared type, or says why it does not fit.
///
/// Numbers and booleans become texts where a text is declared, texts that read as numbers or dates become these; null
/// passes except where a number, boolean or date is declared (a blank field passed to `int` is an error in Zoho too).
pub(crate) fn coerce(
    value: Value,
    ty: TypeKind,
    function: &str,
    index: usize,
    cx: &mut Context<'_>,
) -> rainwright_value::Result {
    let fitting = match (ty, value.kind()) {
        (TypeKind::Any | TypeKind::Void, _) => return Ok(value),
        // Only products with forms know records by the names of forms.
        (TypeKind::Form, kind) if !cx.profile.forms || matches!(kind, Kind::Records | Kind::Null | Kind::Map) => {
            return Ok(value);
        }
        (TypeKind::Text, Kind::Text)
        | (TypeKind::Number, Kind::Number)
        | (TypeKind::Decimal, Kind::Decimal | Kind::Number)
        | (TypeKind::Bool, Kind::Bool)
        | (TypeKind::DateTime, Kind::DateTime)
        | (TypeKind::Time, Kind::Time)
        | (TypeKind::Map, Kind::Map)
        | (TypeKind::List, Kind::List)
        | (TypeKind::Collection, Kind::Collection | Kind::List | Kind::Records)
        | (TypeKind::File, Kind::File) => return Ok(value),
        (TypeKind::Text | TypeKind::Map | TypeKind::List | TypeKind::Collection | TypeKind::File, Kind::Null) => {
            return Ok(value);
        }
        (TypeKind::Text, Kind::Number | Kind::Decimal | Kind::Bool | Kind::DateTime | Kind::Time) => {
            Some(Value::from(value.to_text(&cx.locale)))
        }
        // An element of a lookup of several records is an ID of which fields may be asked as well.
        (TypeKind::Number, Kind::Records) => match &value {
            Value::Record(row) => Some(Value::Number(row.id())),
            _ => None,
        },
        (TypeKind::Number, Kind::Decimal) => whole(&value).map(Value::Number),
        (TypeKind::Number, Kind::Text) => value.as_str().and_then(|t| t.trim().parse().ok()).map(Value::Number),
        (TypeKind::Decimal, Kind::Text) => value.as_str().and_then(|t| parse_decimal(t.trim())),
        (TypeKind::Bool, Kind::Text) => value.as_str().and_then(|t| match t.to_ascii_lowercase().as_str() {
            "true" => Some(Value::from(true)),
            "false" => Some(Value::from(false)),
            _ => None,
        }),
        (TypeKind::DateTime | TypeKind::Time, Kind::Text) => {
            match cx.ask_and_read_moment(value.as_str().unwrap_or_default())? {
                DateText::Moment(moment) => Some(moment),
                _ => None,
            }
        }
        (TypeKind::Map, Kind::Text) => read(&value, Kind::Map),
        (TypeKind::List, Kind::Text) => {
            read(&value, Kind::List).or_else(|| rainwright_builtins::as_list(&value).map(Value::List))
        }
        (TypeKind::List, Kind::Collection) => rainwright_builtins::as_list(&value).map(Value::List),
        // `{}` is both until it is used.
        (TypeKind::List | TypeKind::Collection, Kind::Map) if value.as_list().is_some() => return Ok(value),
        _ => None,
    };
    fitting.ok_or_else(|| {
        let message =
            format!("Mismatch of data type expression. Expected {} but found {}", word(ty), found_word(value.kind()));
        let help = format!("Argument {} of {function} is declared so.", index + 1);
        Box::new(Problem::new(Code::BadArgument, message).with_help(help))
    })
}

fn read(value: &Value, kind: Kind) -> Option<Value> {
    rainwright_value::read_json(value.as_str()?, true).ok().filter(|v| v.kind() == kind)
}

/// The word that Zoho's messages use for a declared type.
fn word(ty: TypeKind) -> &'static str {
    match ty {
        TypeKind::Text => "STRING",
        TypeKind::Number => "BIGINT",
        TypeKind::Decimal => "DECIMAL",
        TypeKind::Bool => "BOOLEAN",
        TypeKind::DateTime => "TIMESTAMP",
        TypeKind::Time => "TIME",
        TypeKind::Map => "MAP",
        TypeKind::List => "LIST",
        TypeKind::Collection => "COLLECTION",
        TypeKind::File => "FILE",
        TypeKind::Form => "RECORDS",
        TypeKind::Any | TypeKind::Void => "any",
    }
}

/// The word that Zoho's messages use for a value; a missing value counts as text there.
fn found_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Null | Kind::Text => "STRING",
        Kind::Bool => "BOOLEAN",
        Kind::Number => "BIGINT",
        Kind::Decimal => "DECIMAL",
        Kind::DateTime => "TIMESTAMP",
        Kind::Time => "TIME",
        Kind::List => "LIST",
        Kind::Map => "MAP",
        Kind::Collection => "COLLECTION",
        Kind::File => "FILE",
        Kind::Records => "RECORDS",
    }
}
