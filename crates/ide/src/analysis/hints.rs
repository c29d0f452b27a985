//! Shows the kinds of variables where they get their first value.

use super::Analysis;
use super::document::body;
use rainwright_diagnostic::Span;
use rainwright_syntax::scope::Origin;
use rainwright_value::{Kind, Kinds};

/// A word that an editor shows between the letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The offset after which it is shown.
    pub offset: u32,
    /// What is shown.
    pub label: String,
}

impl Analysis {
    /// The kinds of the variables that are first assigned in a range. What can be read off the line itself is not repeated.
    #[must_use]
    pub fn hints(&self, file: &str, range: Span) -> Vec<Hint> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let mut found = Vec::new();
        for part in document.parts.iter().filter(|p| p.span.start <= range.end && range.start <= p.span.end) {
            let script = part.script(self.options_of(file, &document, part));
            for (at, scope) in part.scopes.scopes.iter().enumerate() {
                let Some(body) = body(&script, at) else { continue };
                let known = scope
                    .variables
                    .iter()
                    .filter(|v| v.ty.is_none() && matches!(v.origin, Origin::Assigned | Origin::Loop | Origin::Index));
                for variable in known {
                    let Some(span) = variable.definition() else { continue };
                    if span.end < range.start || range.end < span.start {
                        continue;
                    }
                    let kinds = body.variables.get(variable.name.as_str()).copied().unwrap_or(Kinds::ANY);
                    if let Some(label) = label(kinds)
                        && !is_plain(&document.text, span.end)
                    {
                        found.push(Hint { offset: span.end, label });
                    }
                }
            }
        }
        found.sort_by_key(|hint| hint.offset);
        found
    }
}

/// At most two kinds are worth showing.
fn label(kinds: Kinds) -> Option<String> {
    let known: Vec<Kind> = kinds.iter().collect();
    let shown = kinds != Kinds::ANY && (1..=2).contains(&known.len()) && known != [Kind::Null];
    shown.then(|| format!(": {kinds}"))
}

/// Whether a literal after `=` says the kind already.
fn is_plain(text: &str, end: u32) -> bool {
    let rest = text[end as usize..].trim_start();
    let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { return false };
    let line = value.split(['\n', '\r']).next().unwrap_or_default().trim_end().trim_end_matches(';');
    let text_only = line.len() > 1 && line.starts_with('"') && line[1..].find('"') == Some(line.len() - 2);
    let number = !line.is_empty() && line.chars().all(|c| c.is_ascii_digit() || c == '.');
    text_only || number || matches!(line, "true" | "false" | "Map()" | "List()" | "Collection()")
}
