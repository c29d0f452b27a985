//! Completions that the forms of an application give: fields of records, fields in criteria, choices in texts.

use super::context::{TextPlace, open_bracket, receiver};
use super::{Completer, CompletionKind};
use crate::analysis::document::body;
use crate::forms::{Followed, Reading, dotted};
use crate::script::Script;
use rainwright_diagnostic::Span;
use rainwright_effect::{FieldFacts, FormFacts};
use rainwright_syntax::Class;
use rainwright_syntax::ast::Expr;

impl Completer<'_> {
    /// The fields of what is before the dot: records, a lookup, the parts of a name. Says whether there are any.
    pub(super) fn record_fields(&mut self, written: &str, span: Span) -> bool {
        if self.options().forms.is_empty() {
            return false;
        }
        let mut found: Vec<(String, String)> = Vec::new();
        let criteria = self.query_form(span.start);
        self.reading(written, |script, reading, expr| {
            let forms = &script.options.forms;
            // In criteria a name is a field of the form that is looked through.
            let in_criteria = criteria.as_deref().and_then(|name| forms.form(name)).and_then(|form| {
                match forms.follow(form, &dotted(expr)?) {
                    Followed::Field(field) => Some(field),
                    _ => None,
                }
            });
            let field = in_criteria.or_else(|| reading.field(script, expr));
            let leads = field.and_then(|field| forms.form(field.leads_to.as_deref()?));
            match leads.or_else(|| reading.records(script, expr)) {
                Some(form) => found = shown(form),
                None => {
                    let parts = field.iter().flat_map(|field| &field.parts);
                    found = parts.map(|part| (part.clone(), "part of the field".to_owned())).collect();
                }
            }
        });
        self.push_fields(&found);
        !found.is_empty()
    }

    /// The fields of the form in whose criteria, or insert, something is typed.
    pub(super) fn criteria_fields(&mut self) {
        let Some(name) = self.query_form(self.offset) else { return };
        let found = self.options().forms.form(&name).map(shown).unwrap_or_default();
        self.push_fields(&found);
    }

    /// What can be chosen in the field that a text is compared with, or stored in.
    pub(super) fn choices(&self, text: &TextPlace) -> Vec<String> {
        self.choices_at(text.inner.start.saturating_sub(1))
    }

    /// The same where no quote is typed yet: `Status == `.
    pub(super) fn choice_values(&mut self) {
        for choice in self.choices_at(self.word.start) {
            let literal = format!("\"{}\"", choice.replace('\\', "\\\\").replace('"', "\\\""));
            let one = self.push(&choice, CompletionKind::Value, "choice of the field");
            (one.insert, one.rank) = (literal, 0);
        }
    }

    /// What can be chosen in the field before the operator in front of an offset.
    fn choices_at(&self, start: u32) -> Vec<String> {
        if self.options().forms.is_empty() {
            return Vec::new();
        }
        let pieces = self.document.pieces_before(start);
        let Some(((operator, _), before)) = pieces.split_last() else { return Vec::new() };
        if !matches!(self.document.slice(*operator), "==" | "=" | "!=") {
            return Vec::new();
        }
        let first = before.partition_point(|(span, _)| span.start < self.part.span.start);
        let Some(from) = receiver(self.document, &before[first..]) else { return Vec::new() };
        let written = self.document.slice(Span::new(from, operator.start)).trim().to_owned();
        let criteria = self.query_form(start);
        let mut found = Vec::new();
        self.reading(&written, |script, reading, expr| {
            let forms = &script.options.forms;
            let in_criteria = criteria.as_deref().and_then(|name| forms.form(name)).and_then(|form| {
                match forms.follow(form, &dotted(expr)?) {
                    Followed::Field(field) => Some(field),
                    _ => None,
                }
            });
            let field: Option<&FieldFacts> = in_criteria.or_else(|| reading.field(script, expr));
            found = field.map(|field| field.choices.clone()).unwrap_or_default();
        });
        found
    }

    /// The form of the query or insert whose brackets are around an offset.
    fn query_form(&self, offset: u32) -> Option<String> {
        let forms = &self.options().forms;
        if forms.is_empty() {
            return None;
        }
        let all = self.document.pieces_before(offset);
        let first = all.partition_point(|(span, _)| span.start < self.part.span.start);
        let mut pieces: &[(Span, Class)] = &all[first..];
        loop {
            let open = open_bracket(self.document, pieces)?;
            let before = pieces.get(open.checked_sub(1)?)?;
            if self.document.slice(pieces[open].0) == "[" {
                let name = self.document.slice(before.0).to_owned();
                if let Some(form) = forms.form(&name) {
                    return Some(form.name.clone());
                }
                let mut found = None;
                self.reading(&name, |script, reading, expr| {
                    found = reading.records(script, expr).map(|form| form.name.clone());
                });
                return found;
            }
            pieces = &pieces[..open];
        }
    }

    /// Reads a text as an expression of the body around the offset.
    fn reading(&self, written: &str, f: impl FnOnce(&Script<'_>, &Reading<'_>, &Expr)) {
        self.with_expr(written, |place, expr| {
            let script = place.part.script(place.options());
            if let Some(body) = body(&script, place.part.scopes.scope_at(place.offset)) {
                f(&script, &body.reading, expr);
            }
        });
    }

    fn push_fields(&mut self, fields: &[(String, String)]) {
        for (name, detail) in fields {
            let system = detail.ends_with("of every record");
            self.push(name, CompletionKind::Field, detail.clone()).rank = u8::from(system);
        }
    }
}

/// The choices that a list names; the others are there once the field is compared.
const SHOWN: usize = 5;

/// The fields of a form with what they hold.
fn shown(form: &FormFacts) -> Vec<(String, String)> {
    let detail = |field: &FieldFacts| {
        let leads = field.leads_to.as_ref().map(|to| format!(" of {to}")).unwrap_or_default();
        let system = if field.is_system { ", of every record" } else { "" };
        let mut choices = field.choices.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if !choices.is_empty() {
            let more = if field.choices.len() > SHOWN { " …" } else { "" };
            choices = format!(": {choices}{more}");
        }
        format!("{}{leads}{choices}{system}", field.holds.words())
    };
    form.fields.iter().map(|field| (field.name.clone(), detail(field))).collect()
}
