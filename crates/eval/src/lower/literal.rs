//! Literals: constants, lists, maps, dates.

use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::{DateText, List, Map, Value, parse_decimal, read_moment};

use super::Lowerer;
use super::operand::Operand;
use crate::error::{At, OrRaise};
use crate::vm::Node;

impl Lowerer<'_> {
    /// A literal without parts, as the constant that it is.
    pub(crate) fn constant(&self, kind: &ExprKind) -> Option<Value> {
        Some(match kind {
            ExprKind::Null => Value::Null,
            ExprKind::Bool(b) => Value::from(*b),
            ExprKind::Number(n) => Value::Number(*n),
            ExprKind::Decimal(digits) => parse_decimal(digits)?,
            ExprKind::Text(text) => self.world.shared_text(text),
            ExprKind::Quoted(text) => match read_moment(text, &self.world.options.locale) {
                DateText::Moment(moment) => moment,
                // What the year means is only known when the script runs.
                DateText::NeedsNow => return None,
                _ => self.world.shared_text(text),
            },
            _ => return None,
        })
    }

    /// A date with a year of two digits: the run's clock decides what it means.
    pub(crate) fn date_of_run(&self, text: &str, span: Span) -> Node {
        let (text, origin) = (self.world.shared_text(text), self.origin());
        Box::new(move |vm, _| {
            vm.cx.origin = origin;
            let found = vm.cx.ask_and_read_moment(text.as_str().unwrap_or_default()).at(span).or_raise(vm)?;
            Some(match found {
                DateText::Moment(moment) => moment,
                _ => text.clone(),
            })
        })
    }

    /// `{a, b}`: a fresh list at every turn.
    pub(crate) fn list_literal(&mut self, items: &[Expr]) -> Node {
        let items: Box<[Node]> = items.iter().map(|item| self.node(item)).collect();
        Box::new(move |vm, frame| {
            let mut row = Vec::with_capacity(items.len());
            for item in &items {
                row.push(item(vm, frame)?);
            }
            Some(Value::from(List::from(row)))
        })
    }

    /// `{k : v}`: a fresh map at every turn.
    pub(crate) fn map_literal(&mut self, pairs: &[(Expr, Expr)]) -> Node {
        let pairs: Box<[(Node, Node)]> = pairs.iter().map(|(k, v)| (self.key(k).into_node(), self.node(v))).collect();
        Box::new(move |vm, frame| {
            let mut map = Map::with_capacity(pairs.len());
            for (key, value) in &pairs {
                let key = key(vm, frame)?;
                map.insert(key, value(vm, frame)?);
            }
            Some(Value::from(map))
        })
    }

    /// A key of a map literal: a bare word that is no variable means itself, as in JSON written by hand.
    fn key(&mut self, key: &Expr) -> Operand {
        match &key.kind {
            ExprKind::Name(name) if self.is_open(name) => {
                let (name, slot) = (name.to_string(), self.slot(name));
                let text = Value::from(name.as_str());
                Operand::Node(Box::new(move |vm, frame| match slot {
                    Some(slot) if vm.inputs.contains_key(&name) => Some(frame[slot].clone()),
                    _ => Some(text.clone()),
                }))
            }
            _ => self.operand(key),
        }
    }
}
