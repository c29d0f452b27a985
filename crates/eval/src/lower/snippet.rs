//! Text that is evaluated while a program is paused, with the variables of one of its functions.

use std::cell::RefCell;
use std::mem::take;
use std::sync::Arc;

use rainwright_diagnostic::{Code, LineIndex, Nearest, Problem, Severity, Span};
use rainwright_syntax::ast::{Item, Stmt, StmtKind};

use super::{FunctionParts, Signature, World, lower_function};
use crate::Program;
use crate::program::{CompileOptions, Function, Input};

/// A lowered text.
pub(crate) struct Snippet {
    pub(crate) function: Function,
    /// How many of its first slots are those of the function that it is evaluated in.
    pub(crate) shared: usize,
    /// Names that it reads and that the function does not have; the run may have been given them.
    pub(crate) given: Vec<Input>,
    /// Names that it assigns and that the function does not have.
    pub(crate) new_names: Vec<Input>,
}

/// Lowers an expression, or statements, that see the names of a function of the program.
pub(crate) fn snippet(program: &Program, function: usize, text: &str) -> Result<Snippet, Problem> {
    let Some(debug) = &program.debug else {
        return Err(Problem::new(Code::NotSupported, "The program was not made to be paused."));
    };
    let (text, parsed) = rainwright_syntax::parse_input(text.trim());
    if let Some(wrong) = parsed.diagnostics.into_iter().find(|d| d.severity == Severity::Error) {
        return Err(wrong.problem);
    }
    let mut statements = Vec::with_capacity(parsed.tree.items.len());
    for item in parsed.tree.items {
        match item {
            Item::Statement(statement) => statements.push(statement),
            Item::Function(_) => {
                let problem = Problem::new(Code::NotSupported, "A function cannot be defined here.");
                return Err(problem.with_help("Write an expression or statements."));
            }
        }
    }
    // An expression alone is what the caller wants to know.
    let statements = match <[Stmt; 1]>::try_from(statements) {
        Ok([Stmt { kind: StmtKind::Expr(expr), span }]) => vec![Stmt { kind: StmtKind::Return(Some(expr)), span }],
        Ok([one]) => vec![one],
        Err(all) => all,
    };
    let sources = [Arc::new(LineIndex::new(&text))];
    let options = CompileOptions { probe: false, count: false, ..debug.options.clone() };
    let world = World {
        sources: &sources,
        by_name: &program.by_name,
        signatures: &debug.signatures,
        options: &options,
        texts: RefCell::default(),
        nearest: Nearest::default(),
        statements: RefCell::default(),
    };
    let paused = &program.functions[function];
    let params: Vec<(&str, bool)> = paused.names.iter().map(|slot| (&*slot.name, slot.assigned)).collect();
    let statements: Vec<&Stmt> = statements.iter().collect();
    let body =
        FunctionParts { source: 0, params: &params, statements: &statements, span: Span::default(), is_main: true };
    let mut function = lower_function(&world, function, &Signature::of_statements(), &body);
    let (given, new_names) = take(&mut function.inputs)
        .into_iter()
        .filter(|input| input.slot >= params.len())
        .partition::<Vec<Input>, _>(|input| !input.assigned);
    Ok(Snippet { shared: params.len(), given, new_names, function })
}
