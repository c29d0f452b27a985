//! Shows the parameters of the call that is being typed.

use super::Analysis;
use super::completion::call_at;
use super::docs::{function, header, task};
use super::document::body;
use super::target::rows_for;
use rainwright_builtins::{Builtin, integration, method};
use rainwright_syntax::ast::{Item, StmtKind};
use rainwright_syntax::parse;
use rainwright_syntax::scope::find_by_path;
use rainwright_value::Kinds;

/// How a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The call: `text.subString(start, [end])`.
    pub label: String,
    /// What the function does, in Markdown.
    pub documentation: String,
    /// The places of the parameters in the label, in bytes, with what each is.
    pub params: Vec<(usize, usize, String)>,
    /// The parameter that is being typed.
    pub active: usize,
}

impl Analysis {
    /// The signatures of the call around an offset; the best fit first.
    #[must_use]
    pub fn signatures(&self, file: &str, offset: u32) -> Vec<Signature> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let Some(part) = document.part(offset) else { return Vec::new() };
        let Some(call) = call_at(&document, part, offset) else { return Vec::new() };
        let name = document.slice(call.name);
        let receiver = call.receiver.map(|span| document.slice(span));
        let full = receiver.map_or_else(|| name.to_owned(), |receiver| format!("{receiver}.{name}"));
        let active = call.argument;
        if let Some(row) = integration(&full) {
            let params = row.params.iter().map(|p| (marked(p.name, p.optional, p.repeated), p.doc.to_owned()));
            return vec![signature(row.name, params.collect(), active, task(row))];
        }
        let value = receiver.is_some_and(|receiver| {
            let root = receiver.split('.').next().unwrap_or_default();
            let scope = part.scopes.scopes.get(part.scopes.scope_at(offset));
            scope.and_then(|scope| scope.variable(root)).is_some_and(|v| v.is_defined())
        });
        if !value && let Some(found) = self.own_signature(file, &document, &full, active) {
            return vec![found];
        }
        let rows: Vec<&'static Builtin> = match receiver {
            None => {
                let found = method(name);
                let free = found.into_iter().filter_map(|found| found.free).map(|bound| bound.row);
                let on = found.into_iter().flat_map(|found| found.by_kind.iter().flatten()).map(|bound| bound.row);
                free.chain(on).collect()
            }
            Some(receiver) => match method(&full).and_then(|found| found.free) {
                Some(bound) => vec![bound.row],
                None => {
                    let parsed = parse(&format!("info {receiver};"));
                    let script = part.script(self.options_of(file, &document, part));
                    let scope = body(&script, part.scopes.scope_at(offset));
                    let kinds = match parsed.tree.items.first() {
                        Some(Item::Statement(stmt)) => match &stmt.kind {
                            StmtKind::Info(expr) => scope.map_or(Kinds::ANY, |body| body.kinds(&script, expr)),
                            _ => Kinds::ANY,
                        },
                        _ => Kinds::ANY,
                    };
                    rows_for(name, kinds)
                }
            },
        };
        let mut found: Vec<Signature> = Vec::new();
        for row in rows {
            let one = of_row(row, receiver, active);
            if !found.iter().any(|other| other.label == one.label) {
                found.push(one);
            }
        }
        // What takes so many arguments comes first.
        found.sort_by_key(|one| active >= one.params.len().max(1));
        found
    }

    fn own_signature(
        &self,
        file: &str,
        document: &super::document::Document,
        full: &str,
        active: usize,
    ) -> Option<Signature> {
        let own: Vec<_> = document.functions().collect();
        let place = self.function_places(file, full).into_iter().next();
        let other;
        let function = match find_by_path(&own, full, |f| &f.path) {
            Some(function) => *function,
            None => {
                let place = place?;
                other = self.document(&place.file)?;
                other.functions().find(|f| f.name == place.span)?
            }
        };
        let types = header(function);
        let start = types.find('(').unwrap_or(0);
        let params = types[start + 1..types.len() - 1].split(", ").filter(|p| !p.is_empty());
        let docs = self.function_docs(file, document, full).unwrap_or_default();
        Some(signature(&types[..start], params.map(|p| (p.to_owned(), String::new())).collect(), active, docs))
    }
}

fn marked(name: &str, optional: bool, repeated: bool) -> String {
    match (optional, repeated) {
        (_, true) => format!("{name}…"),
        (true, _) => format!("[{name}]"),
        _ => name.to_owned(),
    }
}

/// The signature of a row: with a receiver before the dot, or with the value as its first argument.
fn of_row(row: &'static Builtin, receiver: Option<&str>, active: usize) -> Signature {
    let mut params: Vec<(String, String)> =
        row.params.iter().map(|p| (marked(p.name, p.optional, p.repeated), p.doc.to_owned())).collect();
    let call = row.signature();
    let mut start = call.split('(').next().unwrap_or(row.name).to_owned();
    if receiver.is_none() && row.has_receiver() {
        let value = row.on.to_string();
        params.insert(0, ("value".to_owned(), format!("The {value} that the function belongs to.")));
        start = row.name.to_owned();
    }
    signature(&start, params, active, function(row))
}

fn signature(name: &str, params: Vec<(String, String)>, active: usize, documentation: String) -> Signature {
    let mut label = format!("{name}(");
    let mut places = Vec::new();
    for (at, (param, doc)) in params.into_iter().enumerate() {
        if at > 0 {
            label += ", ";
        }
        let start = label.len();
        label += &param;
        places.push((start, label.len(), doc));
    }
    label.push(')');
    let repeats = label.ends_with("…)");
    let active = if repeats { active.min(places.len().saturating_sub(1)) } else { active };
    Signature { label, documentation, params: places, active }
}
