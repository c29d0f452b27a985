//! Literals: constants, lists, maps, dates.

use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::{List, Map, Value, parse_decimal, parse_moment};

use super::Lowerer;
use super::operand::Operand;
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
            ExprKind::Quoted(text) => {
                parse_moment(text, &self.world.options.locale).unwrap_or_else(|| self.world.shared_text(text))
            }
            _ => return None,
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
            ExprKind::Name(name) if !self.is_assigned(name) && rainwright_builtins::word(name).is_none() => {
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
