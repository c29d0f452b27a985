//! What to make up differently when a run fails: other values for what the faulty expression reads.

use rainwright::Code;
use rainwright_diagnostic::Span;
use rainwright_effect::Data;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_value::Kind;

use crate::infer::sources;
use crate::make::Choice;
use crate::search::{Fault, Search};
use crate::shape::{Id, Origin};

impl Search<'_> {
    /// Other values for what a faulty expression reads.
    pub(crate) fn remedies(&self, fault: &Fault) -> Vec<(Id, Choice)> {
        let Some(span) = fault.span else { return self.input_remedies(fault) };
        let ids = self.suspects(span);
        let mut wanted: Vec<Kind> = Vec::new();
        // Zoho's messages name the kinds that would do.
        let asked = fault.message.split(" but found").next().unwrap_or_default();
        let asked = asked.split("Found:").next().unwrap_or_default();
        for kind in Kind::ALL {
            if kind != Kind::Null && asked.contains(kind.name()) {
                wanted.push(kind);
            }
        }
        for kind in
            [Kind::Map, Kind::List, Kind::Number, Kind::Text, Kind::DateTime, Kind::Decimal, Kind::Bool, Kind::File]
        {
            if !wanted.contains(&kind) {
                wanted.push(kind);
            }
        }
        let turn = crate::words::Turn { now: self.now, index: 0 };
        let mut remedies = Vec::new();
        for id in ids.into_iter().take(6) {
            let shape = self.analysis.shapes.get(id);
            match fault.code {
                Code::IndexOutOfRange => {
                    remedies.push((id, Choice::Count(6)));
                    remedies
                        .push((id, Choice::Value(Data::Text("Harbour Street 12, Lisbon - 1250 / Portugal".repeat(3)))));
                    remedies.push((id, Choice::Value(Data::Number(1))));
                    remedies.push((id, Choice::Value(Data::Number(0))));
                }
                Code::DivideByZero => {
                    remedies.push((id, Choice::Value(Data::Number(4))));
                    remedies.push((id, Choice::Count(3)));
                }
                Code::CannotParse | Code::BadArgument | Code::OutOfRange => {
                    remedies.push((id, Choice::DateText));
                    // The parts of a text that is cut may have to be numbers.
                    for separator in shape.parts.iter().take(2) {
                        remedies.push((id, Choice::Value(Data::Text(["10"; 3].join(separator)))));
                    }
                    if fault.message.contains("email") {
                        remedies.push((id, Choice::Value(Data::Text(crate::words::text("email", turn)))));
                    }
                    for text in [
                        crate::words::digits(&shape.name, turn),
                        crate::words::date_text("dd-MMM-yyyy", false, turn),
                        crate::words::date_text("", true, turn),
                        crate::words::date_text("MM/dd/yyyy", false, turn),
                        crate::words::date_text("dd/MM/yyyy", false, turn),
                        "10:30".into(),
                        "{\"id\":\"4876876000000304001\",\"name\":\"Ada Lindqvist\"}".into(),
                        "[{\"id\":\"4876876000000304001\",\"name\":\"Ada Lindqvist\"}]".into(),
                        "<root><item>1</item></root>".into(),
                        "3".into(),
                    ] {
                        remedies.push((id, Choice::Value(Data::Text(text))));
                    }
                    remedies.push((id, Choice::Value(Data::Number(3))));
                    remedies.extend(wanted.iter().map(|kind| (id, Choice::Kind(*kind))));
                }
                Code::LimitReached => {
                    remedies.push((id, Choice::Value(Data::Bool(false))));
                    remedies.push((id, Choice::Empty));
                    remedies.push((id, Choice::Null));
                    remedies.push((id, Choice::Value(Data::Number(1))));
                }
                _ => {
                    remedies.extend(wanted.iter().map(|kind| (id, Choice::Kind(*kind))));
                    remedies.push((id, Choice::DateText));
                    remedies.push((id, Choice::Value(Data::Text(crate::words::digits(&shape.name, turn)))));
                }
            }
        }
        remedies
    }

    /// A parameter that does not take what was made up for it.
    fn input_remedies(&self, fault: &Fault) -> Vec<(Id, Choice)> {
        if fault.line != 0 || fault.source.is_some() {
            return Vec::new();
        }
        let mut remedies = Vec::new();
        for (id, shape) in self.analysis.shapes.all.iter().enumerate() {
            if matches!(&shape.origin, Origin::Argument { function, .. } if function == self.entry) {
                for kind in [Kind::Text, Kind::Number, Kind::Map, Kind::List] {
                    remedies.push((id, Choice::Kind(kind)));
                }
            }
        }
        remedies
    }

    /// The made-up values that an expression reads: its receiver and operands first, then all within it.
    pub(crate) fn suspects(&self, span: Span) -> Vec<Id> {
        let mut ids: Vec<Id> = Vec::new();
        let mut take = |at: Span| {
            for id in self.analysis.at.get(&at).map(|vals| sources(vals)).unwrap_or_default() {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        };
        if let Some(expr) = self.analysis.expressions.get(&span) {
            for part in parts(expr) {
                take(part.span);
            }
        }
        take(span);
        let mut inner: Vec<Span> =
            self.analysis.at.keys().copied().filter(|at| at.start >= span.start && at.end <= span.end).collect();
        inner.sort_by_key(|at| (std::cmp::Reverse(at.end - at.start), at.start));
        inner.into_iter().take(40).for_each(&mut take);
        ids
    }
}

/// The parts of an expression that its own operation reads.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Method { object, args, .. } => {
            std::iter::once(&**object).chain(args.iter().map(|arg| &arg.value)).collect()
        }
        ExprKind::Call { args, .. } => args.iter().map(|arg| &arg.value).collect(),
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::Member { object, .. } => vec![object],
        ExprKind::Unary { operand, .. } | ExprKind::Paren(operand) => vec![operand],
        _ => Vec::new(),
    }
}
