//! Which choices may lead to a side of a branch that no run has reached yet.

use rainwright_diagnostic::Span;
use rainwright_effect::Data;
use rainwright_syntax::ast::{Expr, ExprKind};
use rainwright_syntax::visit::{Visit, walk_expr};

use crate::goal::{Goal, GoalKind};
use crate::infer::{What, sources};
use crate::make::Choice;
use crate::search::{OUTLANDISH, Search};
use crate::shape::{Id, Origin};
use crate::solve::solve;

impl Search<'_> {
    /// Ways to reach a side.
    pub(crate) fn ways(&self, goal: &Goal<'_>) -> Vec<Vec<(Id, Choice)>> {
        let mut ways = self.all_ways(goal);
        ways.retain(|way| way.iter().all(|(id, choice)| !self.is_always_there(*id, choice)));
        ways
    }

    /// Whether a choice takes away what the product always gives to a function of this kind; the script may still ask.
    fn is_always_there(&self, id: Id, choice: &Choice) -> bool {
        let shape = self.analysis.shapes.get(id);
        let Origin::Variable(name) = &shape.origin else { return false };
        let is_given = self.analysis.kind.is_some_and(|kind| kind.variable(name).is_some());
        is_given && !shape.asked_null && matches!(choice, Choice::Null | Choice::Absent)
    }

    fn all_ways(&self, goal: &Goal<'_>) -> Vec<Vec<(Id, Choice)>> {
        match &goal.kind {
            GoalKind::Side { failing, holding, .. } => {
                let mut ways: Vec<Vec<(Id, Choice)>> = match holding {
                    Some(holding) => solve(self.analysis, holding, true, self.now),
                    None => vec![Vec::new()],
                };
                for condition in failing {
                    let against = solve(self.analysis, condition, false, self.now);
                    if against.is_empty() {
                        continue;
                    }
                    let mut joined = Vec::new();
                    for way in ways.iter().take(4) {
                        for more in against.iter().take(3) {
                            // What the side itself needs counts more than what keeps the others from holding.
                            joined.push(over(more, way));
                        }
                    }
                    if holding.is_some() {
                        joined.splice(0..0, ways.iter().take(4).cloned());
                    } else {
                        joined.extend(against.iter().skip(3).cloned());
                    }
                    joined.truncate(16);
                    ways = joined;
                }
                let earlier = self.earlier(failing.iter().chain(holding));
                let mixed: Vec<Vec<(Id, Choice)>> = earlier
                    .iter()
                    .take(2)
                    .flat_map(|before| ways.iter().take(3).map(|way| over(before, way)))
                    .collect();
                ways.extend(earlier);
                ways.extend(mixed);
                ways.retain(|way| !way.is_empty());
                ways.dedup();
                ways
            }
            GoalKind::Loop { over, is_while: true, .. } => solve(self.analysis, over, true, self.now),
            GoalKind::Loop { over, .. } => {
                let vals = self.analysis.at.get(&over.span).cloned().unwrap_or_default();
                sources(&vals).into_iter().map(|id| vec![(id, Choice::Count(2))]).collect()
            }
            GoalKind::Caught { body, .. } => {
                let inside = |span: &Span| span.start >= body.start && span.end <= body.end;
                let mut ways = Vec::new();
                for site in &self.analysis.sites {
                    let calls = matches!(
                        site.what,
                        What::Call { .. } | What::Task { .. } | What::Hosted(_) | What::Function(_)
                    );
                    if inside(&site.span) && calls {
                        ways.push(vec![(site.shape, Choice::Fails)]);
                    }
                }
                let mut spans: Vec<(&Span, &crate::infer::Vals)> =
                    self.analysis.at.iter().filter(|(span, _)| inside(span)).collect();
                spans.sort_by_key(|(span, _)| (span.start, span.end));
                let mut ids: Vec<Id> = Vec::new();
                for (_, vals) in spans {
                    for id in sources(vals) {
                        if !ids.contains(&id) {
                            ids.push(id);
                        }
                    }
                }
                for id in ids.into_iter().take(8) {
                    ways.push(vec![(id, Choice::Null)]);
                    ways.push(vec![(id, Choice::Value(Data::Text(OUTLANDISH.into())))]);
                }
                ways
            }
        }
    }

    /// The cases that changed a variable which conditions read: a flag that was set, a list that got an element.
    fn earlier<'e>(&self, conditions: impl Iterator<Item = &'e &'e Expr>) -> Vec<Vec<(Id, Choice)>> {
        let mut ways = Vec::new();
        for condition in conditions {
            for name in names(condition) {
                let changes = self.analysis.changes.get(&name).map(Vec::as_slice).unwrap_or_default();
                for span in changes.iter().rev().take(6) {
                    if let Some(case) = self.first.get(span) {
                        let way: Vec<(Id, Choice)> =
                            case.choices.iter().map(|(id, choice)| (*id, choice.clone())).collect();
                        if !ways.contains(&way) && ways.len() < 6 {
                            ways.push(way);
                        }
                    }
                }
            }
        }
        ways
    }
}

/// Choices with others that count more where both choose.
fn over(below: &[(Id, Choice)], above: &[(Id, Choice)]) -> Vec<(Id, Choice)> {
    let below = below.iter().filter(|(id, _)| above.iter().all(|(known, _)| known != id));
    below.chain(above).cloned().collect()
}

/// The variables that an expression reads.
fn names(expr: &Expr) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'t> Visit<'t> for Names {
        fn expr(&mut self, expr: &'t Expr) {
            if let ExprKind::Name(name) = &expr.kind
                && !self.0.iter().any(|known| known == name.as_str())
            {
                self.0.push(name.to_string());
            }
            walk_expr(self, expr);
        }
    }
    let mut names = Names(Vec::new());
    names.expr(expr);
    names.0
}
