//! Finds texts that are put into the query of an address as they are.

use super::values::{Piece, pieces, urls};
use crate::call::parts;
use crate::hash::HashSet;
use crate::kinds::within;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Diagnostic;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// A text is put into the query of an address without being encoded.
    ///
    /// # Why
    /// A blank, `&`, `+` or `#` in the text ends the address or changes its meaning: a search for `Smith & Sons` asks for
    /// `Smith `. Numbers, dates and ids are left alone.
    ///
    /// # Instead
    /// Write `encodeUrl(text)`, or send it as `parameters`.
    UnencodedUrl, Warning, No;
    bad: "void find(string name)\n{\n\tx = invokeurl\n\t[\n\t\turl: \"https://example.com/search?name=\" + name\n\t\ttype: GET\n\t];\n\tinfo x;\n}";
    good: "void find(string name)\n{\n\tx = invokeurl\n\t[\n\t\turl: \"https://example.com/search?name=\" + encodeUrl(name)\n\t\ttype: GET\n\t];\n\tinfo x;\n}";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    // A variable with the query may be part of several addresses.
    let mut told = HashSet::default();
    urls(body, |url| {
        let mut in_query = false;
        let mut opened = false;
        for piece in pieces(body, url) {
            match piece {
                Piece::Text(text, _) => {
                    in_query |= text.contains('?');
                    // A condition such as `(Name:equals:` is open until its bracket closes.
                    opened = text.ends_with(['=', ':']) || text.ends_with("%3A");
                }
                Piece::Value(value) => {
                    if in_query && opened && is_free_text(script, body, value) && told.insert(value.span) {
                        found.push(LINT.at(value.span, "This text goes into the address as it is"));
                    }
                    opened = false;
                }
            }
        }
    });
}

/// Whether a value may hold any text.
fn is_free_text(script: &Script<'_>, body: &FunctionBody<'_>, value: &Expr) -> bool {
    let kinds = body.kinds(script, value);
    let plain = Kinds::of(&[Kind::Number, Kind::Decimal, Kind::DateTime, Kind::Bool, Kind::Time, Kind::Null]);
    if kinds != Kinds::NONE && within(kinds, plain) {
        return false;
    }
    match &bare(value).kind {
        ExprKind::Name(name) => {
            let writes = body.writes.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            is_text_name(name) && !writes.iter().filter_map(|write| write.value).any(is_encoded)
        }
        ExprKind::Member { name, .. } => is_text_name(&name.name),
        _ => match parts(bare(value)) {
            Some((method, _, args)) if method.name.eq_ignore_ascii_case("get") => {
                args.first().and_then(|arg| crate::script::literal(&arg.value)).is_some_and(is_text_name)
            }
            Some((method, object, args)) if method.name.eq_ignore_ascii_case("ifnull") => {
                object.or(args.first().map(|arg| &arg.value)).is_some_and(|value| is_free_text(script, body, value))
            }
            _ => false,
        },
    }
}

/// Whether a value comes out of an encoding, or is an id that was written down.
fn is_encoded(value: &Expr) -> bool {
    match parts(bare(value)) {
        Some((method, _, _)) => method.name.to_ascii_lowercase().contains("encode"),
        None => crate::script::literal(value).is_some_and(|text| !text.contains([' ', '&', '+', '#'])),
    }
}

/// Whether the name of a value is one of a free text: a name, a title, an address, a search.
fn is_text_name(name: &str) -> bool {
    const TEXTS: &[&str] = &[
        "name",
        "title",
        "subject",
        "query",
        "search",
        "searchtext",
        "keyword",
        "keywords",
        "email",
        "mail",
        "phone",
        "mobile",
        "city",
        "street",
        "address",
        "company",
        "description",
        "message",
        "text",
        "term",
        "comment",
        "note",
        "notes",
        "label",
        "location",
        "criteria",
    ];
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        let starts = c == '_' || c.is_ascii_uppercase();
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.last().is_some_and(|last| TEXTS.contains(&last.as_str()))
        || TEXTS.contains(&name.to_ascii_lowercase().as_str())
}
