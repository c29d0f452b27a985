//! Counts what each line of a script does: statements, calls, effects.

use std::mem::{replace, take};

use rainwright_diagnostic::{Code, Span};

use crate::error::Walked;
use crate::vm::{Statement, Vm};

/// What the statements that begin on a line did in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCount {
    /// How often they were executed, as Zoho counts: `for each` once a turn.
    pub statements: u64,
    /// Functions of the program that they called.
    pub calls: u64,
    /// How often they reached outside.
    pub effects: u64,
}

/// How often one statement was executed, for coverage by statement and by branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Which of the program's sources it is in; 0 is the first.
    pub source: u32,
    /// From its first word to its semicolon or closing brace.
    pub span: Span,
    /// How often it was executed; a loop counts once, whatever its turns.
    pub times: u64,
}

/// Calls and effects of a run up to a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reached {
    pub(crate) calls: u64,
    pub(crate) effects: u64,
}

impl Reached {
    fn since(self, before: Reached) -> Reached {
        Reached { calls: self.calls - before.calls, effects: self.effects - before.effects }
    }

    fn with(self, more: Reached) -> Reached {
        Reached { calls: self.calls + more.calls, effects: self.effects + more.effects }
    }
}

/// A step that counts for its line; line 0 means those of other files, which are counted in the total only.
///
/// A statement's own calls and effects are those that no statement inside of it, or inside of a function it calls, counts.
pub(crate) fn counted(step: Statement, line: u32, shown: u32, span: Span, number: usize) -> Statement {
    Box::new(move |vm, frame| {
        if let Some(reach) = vm.reached_statements.get_mut(number) {
            reach.times += 1;
        }
        if count_statement(vm, shown, span).is_none() {
            return vm.fail(line);
        }
        let before = vm.reached();
        let around = take(&mut vm.inside);
        let flow = step(vm, frame);
        let all = vm.reached().since(before);
        let own = all.since(replace(&mut vm.inside, around.with(all)));
        if let Some(count) = count_of(vm, shown) {
            count.calls += own.calls;
            count.effects += own.effects;
        }
        flow
    })
}

/// Counts one statement.
pub(crate) fn count_statement(vm: &mut Vm<'_>, shown: u32, span: Span) -> Walked<()> {
    vm.statements += 1;
    if let Some(count) = count_of(vm, shown) {
        count.statements += 1;
    }
    match vm.limits.statements {
        Some(most) if vm.statements > most => {
            vm.stop(Code::LimitReached, format!("The run executed more than {most} statements."), span)
        }
        _ => Some(()),
    }
}

fn count_of<'v>(vm: &'v mut Vm<'_>, line: u32) -> Option<&'v mut LineCount> {
    vm.counts.get_mut((line as usize).checked_sub(1)?)
}
