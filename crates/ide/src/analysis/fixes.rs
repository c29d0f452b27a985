//! Offers to mend what the checks found, and to restructure what is selected.

use super::document::{Document, Part};
use super::target::{Node, nodes_at, rows_for};
use super::{Analysis, Edit};
use rainwright_diagnostic::{Code, Diagnostic, Span, closest};
use rainwright_syntax::ast::{Expr, ExprKind, StmtKind};
use rainwright_value::{Kind, Kinds};

/// A change that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// What it does, for people.
    pub title: String,
    /// Its kind.
    pub kind: FixKind,
    /// The finding that it mends: its code and its place.
    pub mends: Option<(Code, Span)>,
    /// The edits, in order, none over another; none where a connection is made.
    pub edits: Vec<Edit>,
    /// The connection that it makes outside of the file.
    pub connects: Option<WantedConnection>,
    /// Whether it is the obvious one.
    pub preferred: bool,
}

/// A connection that a script names and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedConnection {
    /// The service that answers at the address of the request, as in `dg connect ID`; nothing where that is not known.
    pub service: Option<String>,
    /// The name by which the script knows it.
    pub link: String,
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FixKind {
    /// Mends a finding.
    Quick,
    /// Makes a function or variable of what is selected.
    Extract,
}

impl Analysis {
    /// The changes that are offered for a selection, which may be empty.
    #[must_use]
    pub fn fixes(&self, file: &str, selection: Span) -> Vec<Fixed> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let mut found = Vec::new();
        let diagnostics = self.diagnostics(file);
        for diagnostic in &diagnostics {
            if diagnostic.span.start <= selection.end && selection.start <= diagnostic.span.end {
                self.mend(file, &document, diagnostic, &mut found);
            }
        }
        if let Some(part) = document.part(selection.start) {
            found.extend(self.connections_to_add(file, &document, part, selection.start, &diagnostics));
        }
        found.extend(self.extractions(file, &document, selection));
        found
    }

    fn mend(&self, file: &str, document: &Document, diagnostic: &Diagnostic, found: &mut Vec<Fixed>) {
        let mends = Some((diagnostic.problem.code, diagnostic.span));
        let quick = |title: String, edits: Vec<Edit>| Fixed {
            title,
            kind: FixKind::Quick,
            mends,
            edits,
            connects: None,
            preferred: true,
        };
        if let Some(fix) = &diagnostic.fix {
            let title = title_of(document, fix.span, &fix.replacement);
            found.push(quick(title, vec![Edit { span: fix.span, text: fix.replacement.clone() }]));
        }
        let Some(part) = document.part(diagnostic.span.start) else { return };
        match diagnostic.problem.code {
            Code::NullInText | Code::PossibleNull => {
                for (at, (title, edits)) in guards(document, part, diagnostic).into_iter().enumerate() {
                    found.push(Fixed { preferred: at == 0, ..quick(title, edits) });
                }
            }
            Code::UnknownConnection if diagnostic.fix.is_none() => {
                let names = self.project(file).and_then(|project| project.connections.as_ref());
                let names = names.into_iter().flatten().map(|one| one.name.as_str());
                let written = document.slice(diagnostic.span).trim_matches('"');
                let near = closest(written, names);
                if let Some(near) = near {
                    let text = format!("\"{near}\"");
                    let title = title_of(document, diagnostic.span, &text);
                    found.push(quick(title, vec![Edit { span: diagnostic.span, text }]));
                }
                let wanted = self.wanted(file, part, diagnostic.span, written);
                let with = wanted.service.as_deref().map_or_else(|| "…".to_owned(), |service| format!(" to {service}"));
                let title = format!("Add connection \"{written}\"{with}");
                found.push(Fixed { connects: Some(wanted), preferred: near.is_none(), ..quick(title, Vec::new()) });
            }
            _ if diagnostic.fix.is_none() => {
                let near =
                    diagnostic.problem.help().strip_prefix("Did you mean ").and_then(|rest| rest.strip_suffix('?'));
                // Only a name can be put in the place of a name.
                let is_name = |text: &str| {
                    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
                    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain)
                };
                if let Some(near) = near.filter(|near| is_name(near) && is_name(document.slice(diagnostic.span))) {
                    let title = title_of(document, diagnostic.span, near);
                    found.push(quick(title, vec![Edit { span: diagnostic.span, text: near.to_owned() }]));
                }
            }
            _ => {}
        }
    }
}

/// What a replacement does, in words.
fn title_of(document: &Document, span: Span, replacement: &str) -> String {
    let short = |text: &str| {
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > 40 { format!("{}…", line.chars().take(39).collect::<String>()) } else { line }
    };
    let (old, new) = (short(document.slice(span)), short(replacement));
    match (old.is_empty(), new.is_empty()) {
        (true, true) => "Change the blanks".to_owned(),
        (true, false) => format!("Insert {new}"),
        (false, true) => format!("Remove {old}"),
        (false, false) => format!("Change {old} to {new}"),
    }
}

/// Ways to be safe from a null: a default, and a condition around the statement.
fn guards(document: &Document, part: &Part, diagnostic: &Diagnostic) -> Vec<(String, Vec<Edit>)> {
    let span = diagnostic.span;
    let value = document.slice(span);
    let nodes = nodes_at(part, span.start);
    let default = default_for(&nodes, diagnostic);
    let guarded = format!("ifnull({value},{default})");
    let mut found = vec![(format!("Use {default} where it is null"), vec![Edit { span, text: guarded }])];
    let statement = nodes.iter().rev().find_map(|node| match node {
        Node::Stmt(stmt) => Some(*stmt),
        _ => None,
    });
    // Around a loop or a condition, the guard would hold for all that is inside.
    let simple = |kind: &StmtKind| {
        matches!(kind, StmtKind::Expr(_) | StmtKind::Assign(_) | StmtKind::Info(_) | StmtKind::Throw(_))
    };
    if let Some(stmt) = statement.filter(|stmt| simple(&stmt.kind)) {
        let outer = document.indentation(stmt.span.start).to_owned();
        let own_line =
            document.slice(Span::new(document.line_start(stmt.span.start), stmt.span.start)).trim().is_empty();
        if own_line {
            let inner = document.slice(stmt.span).replace('\n', "\n\t");
            let text = format!("if({value} != null)\n{outer}{{\n{outer}\t{inner}\n{outer}}}");
            found.push((format!("Do it only if {value} is not null"), vec![Edit { span: stmt.span, text }]));
        }
    }
    found
}

/// A value that does no harm where another one is missing: by the function that is called on it, or the arithmetic.
fn default_for(nodes: &[Node<'_>], diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.problem.code == Code::NullInText {
        return "\"\"";
    }
    let around = nodes.iter().rev().find_map(|node| match node {
        Node::Expr(expr) if expr.span != diagnostic.span && contains(expr.span, diagnostic.span) => Some(*expr),
        _ => None,
    });
    match around {
        Some(Expr { kind: ExprKind::Method { name, .. }, .. }) => {
            let on = rows_for(&name.name, Kinds::ANY).into_iter().map(|row| row.on).reduce(Kinds::or);
            let on = on.unwrap_or(Kinds::ANY);
            match () {
                () if on.has(Kind::Map) => "Map()",
                () if on.has(Kind::Text) => "\"\"",
                () if on.has(Kind::List) => "List()",
                () if on.has(Kind::Number) => "0",
                () => "\"\"",
            }
        }
        _ => "0",
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
