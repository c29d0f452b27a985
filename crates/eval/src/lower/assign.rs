//! Assignments to anything but a variable: fields of maps, of the form on screen, of fetched records, of all records of a query.

use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_effect::{Effect, Ui};
use rainwright_syntax::ast::{Assign, Expr, ExprKind, Ident};
use rainwright_value::Value;

use super::Lowerer;
use super::expression::fails;
use super::form::{ask, data, form_field, root, step};
use crate::error::{RuntimeError, Walked};
use crate::rows::{self, Site, is_record};
use crate::vm::{Flow, Frame, Node, Statement, Vm};
use rainwright_builtins::names::is_form_root;

impl Lowerer<'_> {
    /// `a.F = e`, `input.F = e`, `Form[criteria].F = e`.
    pub(crate) fn assign_field(&mut self, assign: &Assign, span: Span) -> Statement {
        let line = self.line;
        let value = self.assigned_value(assign, span);
        match &assign.target.kind {
            ExprKind::Member { object, name } => {
                if root(object).is_some_and(|root| is_form_root(root) && !self.is_assigned(root)) {
                    self.assign_form_field(object, name, &assign.target, value, span)
                } else {
                    self.assign_member(object, name, &assign.target, value, span)
                }
            }
            ExprKind::Query(query) => step(self.update(query, value, span), line),
            _ => step(
                fails(
                    Code::Unexpected,
                    "Only a variable or a field can be assigned.",
                    "Write a name on the left side of =.",
                    span,
                ),
                line,
            ),
        }
    }

    /// What is assigned: `e`, or `target op e` for `target op= e`.
    fn assigned_value(&mut self, assign: &Assign, span: Span) -> Node {
        let Some(op) = assign.op else { return self.whole(&assign.value) };
        let kind = ExprKind::Binary {
            op,
            op_span: assign.target.span,
            left: Box::new(assign.target.clone()),
            right: Box::new(assign.value.clone()),
        };
        self.node(&Expr { kind, span })
    }

    /// `a.F = e`: a field of a map, or of the records that `a` holds.
    fn assign_member(&mut self, object: &Expr, name: &Ident, target: &Expr, value: Node, span: Span) -> Statement {
        let line = self.line;
        let root = root(object).and_then(|root| self.slot(root));
        let path = super::records::steps(target).unwrap_or_default();
        let site = Site { origin: self.origin(), span };
        let (object, key) = (self.whole(object), Value::from(name.name.as_str()));
        Box::new(move |vm, frame| {
            let stored = value(vm, frame).and_then(|value| match root {
                Some(slot) if is_record(&frame[slot]) => {
                    let record = frame[slot].clone();
                    rows::write(vm, &record, &path, &value, site)
                }
                _ => store(vm, frame, &object, &key, value, false, site),
            });
            stored.map_or_else(|| vm.fail(line), |()| Flow::Next)
        })
    }

    /// `input.F = e`: in the map that the run was given, else on the form of the host.
    fn assign_form_field(&mut self, object: &Expr, name: &Ident, target: &Expr, value: Node, span: Span) -> Statement {
        let (line, origin, field) = (self.line, self.origin(), form_field(target));
        let form = root(object).unwrap_or("input").to_owned();
        let slot = root(object).and_then(|root| self.slot(root));
        let (object, key) = (self.whole(object), Value::from(name.name.as_str()));
        Box::new(move |vm, frame| {
            let stored = value(vm, frame).and_then(|value| {
                if vm.is_off_form() && slot.is_none_or(|slot| frame[slot].is_null()) {
                    return super::form::off_form(vm, &form, span);
                }
                if slot.is_some_and(|slot| !frame[slot].is_null()) {
                    return store(vm, frame, &object, &key, value, true, Site { origin, span });
                }
                let value = data(vm, &value, span)?;
                ask(vm, Effect::Ui(Box::new(Ui::Set { field: field.clone(), value })), origin, span).map(drop)
            });
            stored.map_or_else(|| vm.fail(line), |()| Flow::Next)
        })
    }
}

/// Puts a value into a field of a map; one of the form holds names and addresses as a whole.
fn store(
    vm: &mut Vm<'_>,
    frame: &mut Frame,
    object: &Node,
    key: &Value,
    value: Value,
    on_form: bool,
    site: Site,
) -> Walked<()> {
    let target = object(vm, frame)?;
    if is_record(&target) {
        return rows::write(vm, &target, &[key.to_text(&vm.cx.locale)], &value, site);
    }
    match target.become_map() {
        Some(map) => {
            let value = if on_form { value } else { rows::shown(value) };
            map.borrow_mut().insert(key.clone(), value);
            Some(())
        }
        None => {
            let message = format!("{} has no fields to set", target.kind());
            vm.raise(RuntimeError::new(Problem::new(Code::WrongKind, message), site.span))
        }
    }
}
