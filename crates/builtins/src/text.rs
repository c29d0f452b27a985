//! Functions of TEXT.

use rainwright_value::{Kind, Kinds, Value};

use crate::{Builtin, Example, Param};

const TEXT_KIND: Kinds = Kinds::of(&[Kind::Text]);

/// Functions of TEXT.
pub(crate) const TEXT: &[Builtin] = &[
    Builtin {
        name: "contains",
        on: TEXT_KIND,
        params: &[Param::new("part", TEXT_KIND, "The text to look for.")],
        returns: Kinds::of(&[Kind::Bool]),
        doc: "Whether the text has `part` in it. Upper and lower case differ.",
        examples: &[Example::new(r#""Deluge".contains("lug")"#, "true")],
        run: |call| {
            Ok(call
                .receiver_text()?
                .as_str()
                .contains(call.text(0)?)
                .into())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "toUpperCase",
        aliases: &["upper"],
        on: TEXT_KIND,
        returns: TEXT_KIND,
        doc: "The text in upper case.",
        examples: &[Example::new(r#""Deluge".toUpperCase()"#, "DELUGE")],
        run: |call| Ok(Value::from(call.receiver_text()?.as_str().to_uppercase())),
        ..Builtin::ROW
    },
];
