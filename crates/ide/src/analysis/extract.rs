//! Makes a function of selected statements, and a variable of a selected expression.

use super::docs::type_of;
use super::document::{Document, Part, body};
use super::fixes::{FixKind, Fixed};
use super::target::{Node, nodes_at};
use super::{Analysis, Edit};
use rainwright_diagnostic::Span;
use rainwright_syntax::DocumentKind;
use rainwright_syntax::ast::{Expr, ExprKind, Item, Stmt, StmtKind};
use rainwright_syntax::scope::{Access, Origin, Variable};
use rainwright_syntax::visit::{Visit, walk_stmt};
use rainwright_value::{Kind, Kinds};

impl Analysis {
    pub(crate) fn extractions(&self, file: &str, document: &Document, selection: Span) -> Vec<Fixed> {
        let selection = trimmed(document, selection);
        let Some(part) = document.part(selection.start).filter(|_| selection.start < selection.end) else {
            return Vec::new();
        };
        let function = self.extract_function(file, document, part, selection);
        let variable = extract_variable(document, part, selection);
        let fixed = |(title, edits)| Fixed {
            title,
            kind: FixKind::Extract,
            mends: None,
            edits,
            connects: None,
            preferred: false,
        };
        function.into_iter().chain(variable).map(fixed).collect()
    }

    fn extract_function(
        &self,
        file: &str,
        document: &Document,
        part: &Part,
        selection: Span,
    ) -> Option<(String, Vec<Edit>)> {
        // Functions of an export live in a section of their own, and a page has no place for one.
        if document.kind != DocumentKind::Script {
            return None;
        }
        let (statements, in_loop) = selected(part, selection)?;
        let (first, last) = (statements.first()?, statements.last()?);
        let span = first.span.to(last.span);
        let mut leaves = Leaves::default();
        statements.iter().for_each(|stmt| leaves.stmt(stmt));
        if leaves.found {
            return None;
        }
        let at = part.scopes.scope_at(span.start);
        let scope = part.scopes.scopes.get(at)?;
        let script = part.script(self.options_of(file, document, part));
        let (body, has_form) = (body(&script, at), script.has_form());
        let kinds = |variable: &Variable| {
            let all = body.as_ref().map(|body| &body.variables);
            all.and_then(|all| all.get(variable.name.as_str())).copied().unwrap_or(Kinds::ANY)
        };
        let inside = |s: Span| span.start <= s.start && s.end <= span.end;
        let mut params = Vec::new();
        let mut results = Vec::new();
        for variable in scope.variables.iter().filter(|v| v.origin != Origin::Given) {
            let reads = |access: Access| matches!(access, Access::Read | Access::Update);
            let first_inside = variable.uses.iter().find(|u| inside(u.span));
            let Some(first_inside) = first_inside else { continue };
            let before = variable.uses.iter().any(|u| u.span.start < span.start && u.access != Access::Read);
            let comes_round = in_loop && variable.uses.iter().any(|u| u.access != Access::Read);
            let read_inside = variable.uses.iter().any(|u| inside(u.span) && reads(u.access));
            // What is written first, or on only one of several ways, may still need its old value afterwards.
            let written = variable.uses.iter().any(|u| inside(u.span) && !matches!(u.access, Access::Read));
            let read_after = variable.uses.iter().any(|u| u.span.start >= span.end && reads(u.access));
            let read_round = in_loop && variable.uses.iter().any(|u| !inside(u.span) && reads(u.access));
            let is_result = written && (read_after || read_round);
            let unknown = variable.origin == Origin::Unknown;
            let needs = (before || comes_round) && (read_inside && reads_first(first_inside, read_inside) || is_result);
            if needs || (unknown && read_inside && !has_form) {
                params.push(variable);
            }
            if is_result {
                results.push(variable);
            }
        }
        if results.len() > 1 {
            return None;
        }
        let result = results.first().copied();
        let taken = |name: &str| self.is_function(file, document, name) || scope.variable(name).is_some();
        let name = free_name("extracted", &taken);
        let typed = |variable: &&Variable| format!("{} {}", type_of(known(kinds(variable))), variable.name);
        let header = params.iter().map(typed).collect::<Vec<_>>().join(", ");
        let returns = result.map_or("void", |variable| type_of(known(kinds(variable))));
        let outer = document.indentation(span.start).to_owned();
        let line_end = if document.text.contains("\r\n") { "\r\n" } else { "\n" };
        let start = document.line_start(span.start).max(span.start.saturating_sub(outer.len() as u32));
        let lines = document.slice(Span::new(start, span.end)).lines();
        let inner: Vec<String> = lines
            .map(|line| {
                let line = line.strip_prefix(outer.as_str()).unwrap_or(line);
                if line.is_empty() { String::new() } else { format!("\t{line}") }
            })
            .collect();
        let mut text = format!("{line_end}{line_end}{returns} {name}({header}){line_end}{{{line_end}");
        text += &inner.join(line_end);
        if let Some(variable) = result {
            text += &format!("{line_end}\treturn {};", variable.name);
        }
        text += &format!("{line_end}}}");
        let names: Vec<&str> = params.iter().map(|v| v.name.as_str()).collect();
        let call = format!("{name}({});", names.join(","));
        let call = result.map_or(call.clone(), |variable| format!("{} = {call}", variable.name));
        let end = match scope.function.and_then(|f| part.scopes.functions.get(f)) {
            Some(function) => function.span.end,
            None => document.text.trim_end().len() as u32,
        };
        let edits = vec![Edit { span, text: call }, Edit { span: Span::new(end, end), text }];
        Some((format!("Extract function {name}"), edits))
    }
}

/// Whether the old value of a variable counts: it is read at its first place, or it is not certain that it is not.
fn reads_first(first: &rainwright_syntax::scope::Use, read_inside: bool) -> bool {
    first.access != Access::Introduce && read_inside
}

/// The kinds without null; a declared type has none.
fn known(kinds: Kinds) -> Kinds {
    let all: Vec<Kind> = kinds.iter().filter(|kind| *kind != Kind::Null).collect();
    Kinds::of(&all)
}

/// The selection without the blanks at its ends.
fn trimmed(document: &Document, selection: Span) -> Span {
    let text = document.slice(selection);
    let start = selection.start + (text.len() - text.trim_start().len()) as u32;
    Span::new(start, (start + text.trim().len() as u32).max(start))
}

/// The statements of one block that the selection covers exactly, and whether a loop is around them.
fn selected(part: &Part, selection: Span) -> Option<(Vec<&Stmt>, bool)> {
    let covers = |stmt: &&Stmt| selection.start <= stmt.span.start && stmt.span.end <= selection.end;
    let meets = |stmt: &&Stmt| stmt.span.start < selection.end && selection.start < stmt.span.end;
    let nodes = nodes_at(part, selection.start);
    let is_loop =
        |node: &Node<'_>| matches!(node, Node::Stmt(Stmt { kind: StmtKind::ForEach(_) | StmtKind::While { .. }, .. }));
    let mut lists: Vec<(Vec<&Stmt>, usize)> = Vec::new();
    let bare = part.tree().items.iter().filter_map(|item| match item {
        Item::Statement(stmt) => Some(stmt),
        Item::Function(_) => None,
    });
    lists.push((bare.collect(), 0));
    for (at, node) in nodes.iter().enumerate() {
        if let Node::Block(block) = node {
            lists.push((block.statements.iter().collect(), at));
        }
    }
    for (list, depth) in lists.into_iter().rev() {
        let touched: Vec<&Stmt> = list.into_iter().filter(meets).collect();
        if !touched.is_empty() && touched.iter().all(covers) {
            let around = nodes[..depth].iter().any(is_loop);
            return Some((touched, around));
        }
    }
    None
}

/// Finds statements that leave the selection: `return`, and `break` or `continue` of a loop around it.
#[derive(Default)]
struct Leaves {
    loops: usize,
    found: bool,
}

impl<'t> Visit<'t> for Leaves {
    fn stmt(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::Return(_) | StmtKind::Error | StmtKind::Markup(_) => self.found = true,
            StmtKind::Break | StmtKind::Continue => self.found |= self.loops == 0,
            StmtKind::ForEach(_) | StmtKind::While { .. } => {
                self.loops += 1;
                walk_stmt(self, stmt);
                self.loops -= 1;
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, _: &'t Expr) {}
}

fn free_name(base: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let mut name = base.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{base}{number}");
        number += 1;
    }
    name
}

/// A variable for the selected expression, assigned right before its statement.
fn extract_variable(document: &Document, part: &Part, selection: Span) -> Option<(String, Vec<Edit>)> {
    let nodes = nodes_at(part, selection.start);
    let expr = nodes.iter().find_map(|node| match node {
        Node::Expr(expr) if expr.span == selection => Some(*expr),
        _ => None,
    })?;
    if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Error) {
        return None;
    }
    let stmt = nodes.iter().rev().find_map(|node| match node {
        Node::Stmt(stmt) => Some(*stmt),
        _ => None,
    })?;
    // The other statements read their expressions several times, or not at all.
    let once = match &stmt.kind {
        StmtKind::Expr(whole) => whole.span != selection,
        StmtKind::Assign(assign) => assign.target.span.end <= selection.start,
        StmtKind::Info(_) | StmtKind::Return(_) | StmtKind::Throw(_) => true,
        StmtKind::If { branches, .. } => branches.first().is_some_and(|(condition, _)| {
            condition.span.start <= selection.start && selection.end <= condition.span.end
        }),
        StmtKind::ForEach(each) => {
            each.iterable.span.start <= selection.start && selection.end <= each.iterable.span.end
        }
        _ => false,
    };
    // Names in criteria are fields, which have no value outside of the query.
    let in_query = nodes.iter().any(
        |node| matches!(node, Node::Expr(outer) if matches!(outer.kind, ExprKind::Query(_)) && outer.span != selection),
    );
    let line = document.slice(Span::new(document.line_start(stmt.span.start), stmt.span.start));
    if !once || in_query || !line.trim().is_empty() {
        return None;
    }
    let scope = part.scopes.scopes.get(part.scopes.scope_at(selection.start))?;
    let name = free_name("value", &|name| scope.variable(name).is_some());
    let line_end = if document.text.contains("\r\n") { "\r\n" } else { "\n" };
    let text = format!("{name} = {};{line_end}{line}", document.slice(selection));
    let at = Span::new(stmt.span.start, stmt.span.start);
    let edits = vec![Edit { span: at, text }, Edit { span: selection, text: name.clone() }];
    Some((format!("Extract variable {name}"), edits))
}
