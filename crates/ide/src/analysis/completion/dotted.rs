//! Completions after a dot: functions of the receiver's kind, tasks of a namespace, fields of the form.

use super::{Completer, CompletionKind, call_snippet};
use crate::analysis::docs::key_of;
use crate::analysis::document::body;
use rainwright_builtins::names::{is_form_root, record_functions};
use rainwright_builtins::{Builtin, Form, builtins, integrations};
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Expr, Item, StmtKind};
use rainwright_syntax::parse;
use rainwright_syntax::scope::{Origin, Variable};
use rainwright_value::{Kind, Kinds};
use std::collections::BTreeMap;

impl Completer<'_> {
    pub(super) fn dotted(&mut self, receiver: Span) {
        let written = self.document.slice(receiver).to_owned();
        if self.record_fields(&written, receiver) && !written.trim_end().ends_with(']') {
            return;
        }
        let plain = written.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let root = written.split('.').next().unwrap_or_default();
        let scope = self.part.scopes.scopes.get(self.part.scopes.scope_at(self.offset));
        let variable = scope.and_then(|scope| scope.variable(root));
        let is_given = |v: &Variable| v.origin == Origin::Given && !is_form_root(root);
        let is_value = variable.is_some_and(|v| v.is_defined() || is_given(v));
        if plain && !is_value {
            self.namespace(&written);
            if is_form_root(root) {
                self.fields();
            }
            if !self.found.is_empty() {
                return;
            }
        }
        let Some(kinds) = self.kinds_of(&written) else { return };
        if written.trim_end().ends_with(']') && !written.contains("invoke") {
            for name in record_functions() {
                self.push(name, CompletionKind::Method, "of the records").rank = 1;
            }
        }
        self.methods(kinds);
    }

    /// The kinds of an expression given as text.
    pub(super) fn kinds_of(&self, written: &str) -> Option<Kinds> {
        let mut kinds = None;
        self.with_expr(written, |place, expr| {
            let script = place.part.script(place.options());
            let scope = place.part.scopes.scope_at(place.offset);
            kinds = body(&script, scope).map(|body| body.kinds(&script, expr));
        });
        kinds
    }

    /// Reads a text as an expression.
    pub(super) fn with_expr(&self, written: &str, f: impl FnOnce(&Self, &Expr)) {
        let parsed = parse(&format!("info {written};"));
        if let Some(Item::Statement(stmt)) = parsed.tree.items.first()
            && let StmtKind::Info(expr) = &stmt.kind
        {
            f(self, expr);
        }
    }

    /// The next parts of dotted names that begin so: tasks, words, functions of the project.
    fn namespace(&mut self, prefix: &str) {
        let lower = format!("{}.", prefix.to_ascii_lowercase());
        let bracket = self.has_bracket();
        let mut inner: BTreeMap<String, usize> = BTreeMap::new();
        for task in integrations() {
            let Some(rest) = strip(task.name, &lower) else { continue };
            match rest.split_once('.') {
                Some((next, _)) => *inner.entry(next.to_owned()).or_default() += 1,
                None => {
                    let params: Vec<String> =
                        task.params.iter().filter(|p| !p.optional).map(|p| p.name.to_owned()).collect();
                    let names: Vec<&str> = task.params.iter().map(|p| p.name).collect();
                    let detail = format!("({}) → {}", names.join(", "), task.returns);
                    let one = self.push(rest, CompletionKind::Function, detail);
                    one.documentation = Some(format!("integration {}", task.name));
                    one.deprecated = task.deprecated.is_some();
                    one.rank = 2;
                    if !bracket {
                        (one.insert, one.snippet) = (call_snippet(rest, &params), true);
                    }
                }
            }
        }
        for task in self.document.tasks.iter() {
            let Some(rest) = strip(task.name, &lower) else { continue };
            match rest.split_once('.') {
                Some((next, _)) => *inner.entry(next.to_owned()).or_default() += 1,
                None => self.task(rest, task),
            }
        }
        let own = self.analysis.project(self.file).map(|project| project.functions.clone()).unwrap_or_default();
        for rest in own.iter().filter_map(|name| strip(name, &lower)) {
            match rest.split_once('.') {
                Some((next, _)) => *inner.entry(next.to_owned()).or_default() += 1,
                None => self.push(rest, CompletionKind::Function, "of the program around").rank = 0,
            }
        }
        for row in builtins() {
            let Some(rest) = strip(row.name, &lower) else { continue };
            match rest.split_once('.') {
                Some((next, _)) => *inner.entry(next.to_owned()).or_default() += 1,
                None => self.row(rest, row, CompletionKind::Constant, 1),
            }
        }
        for (path, params, detail, key) in self.own_functions() {
            let Some(rest) = strip(&path, &lower).or_else(|| (lower == "thisapp.").then_some(path.as_str())) else {
                continue;
            };
            let one = self.push(rest, CompletionKind::Function, detail);
            one.documentation = Some(key);
            one.rank = 0;
            if !bracket {
                (one.insert, one.snippet) = (call_snippet(rest, &params), true);
            }
        }
        for (next, count) in inner {
            self.push(&next, CompletionKind::Namespace, format!("{count} names")).rank = 1;
        }
    }

    /// The fields of the form that the script belongs to.
    fn fields(&mut self) {
        let of_part = self.part.form.as_deref();
        let forms = self.document.forms.iter().filter(|form| of_part.is_none_or(|name| form.name == name));
        let fields: Vec<(String, String)> =
            forms.flat_map(|form| form.fields.iter().map(|f| (f.name.clone(), f.kind.clone()))).collect();
        for (name, kind) in fields {
            self.push(&name, CompletionKind::Field, kind).rank = 0;
        }
    }

    /// The functions that values of these kinds have.
    fn methods(&mut self, kinds: Kinds) {
        let kinds = without_null(kinds);
        let known = kinds != Kinds::ANY;
        let text = Kinds::from(Kind::Text);
        let rows: Vec<&'static Builtin> = builtins().filter(|row| row.has_receiver()).collect();
        for row in rows {
            if matches!(row.form, Form::Function | Form::Word) || !row.on.iter().any(|kind| kinds.has(kind)) {
                continue;
            }
            // What only one of several possible kinds has comes after what all of them have.
            let all = known && kinds.iter().all(|kind| row.on.has(kind));
            // A function of dates takes texts as well, but is seldom meant for one.
            let stand_in = kinds == text && row.on != text;
            self.row(row.name, row, CompletionKind::Method, if all && !stand_in { 0 } else { 2 });
        }
        self.push("ifnull", CompletionKind::Method, "(default) → the value, or the default where it is null").rank = 4;
    }

    pub(super) fn row(&mut self, name: &str, row: &'static Builtin, kind: CompletionKind, rank: u8) {
        let bracket = self.has_bracket();
        let required = row.params.iter().filter(|p| !p.optional);
        let mut params: Vec<String> = required.map(|p| p.name.to_owned()).collect();
        if kind == CompletionKind::Function && row.has_receiver() {
            params.insert(0, "value".to_owned());
        }
        let detail = format!("{} → {}", row.signature(), row.returns);
        let one = self.push(name, kind, detail);
        one.documentation = key_of(row);
        one.deprecated = row.deprecated.is_some();
        one.rank = rank;
        if row.form != Form::Word && !bracket {
            (one.insert, one.snippet) = (call_snippet(name, &params), true);
        }
    }
}

/// A name after a prefix, in any case.
fn strip<'n>(name: &'n str, lower: &str) -> Option<&'n str> {
    let start = name.get(..lower.len())?;
    start.eq_ignore_ascii_case(lower).then(|| &name[lower.len()..]).filter(|rest| !rest.is_empty())
}

/// The kinds that functions can be called on; any kind where nothing else is known.
fn without_null(kinds: Kinds) -> Kinds {
    let known: Vec<Kind> = kinds.iter().filter(|kind| *kind != Kind::Null).collect();
    if kinds == Kinds::ANY || known.is_empty() { Kinds::ANY } else { Kinds::of(&known) }
}
