//! A program: what lowering makes of one or more trees, ready to be walked any number of times.

use std::sync::Arc;

use rainwright_builtins::names::Functions;
use rainwright_builtins::{FunctionName, Profile};
use rainwright_diagnostic::{LineIndex, Problem, Span};
use rainwright_syntax::ast::{self, Item, Tree, TypeKind};

use crate::count::Reach;
use crate::lower::Signature;
use crate::probe::SlotName;
use crate::vm::Statement;

/// A source with its tree, as input to [`crate::lower`].
pub struct Module<'a> {
    /// Where its lines begin.
    pub lines: Arc<LineIndex>,
    /// Its tree.
    pub tree: &'a Tree,
    /// The items whose functions take part, by their position in the tree; `None` takes all of them.
    pub only: Option<&'a [usize]>,
    /// The names of functions that cannot be called, because their source has mistakes, and what a call is told.
    pub unreadable: &'a [(String, Problem)],
}

impl<'a> Module<'a> {
    /// A whole source.
    #[must_use]
    pub fn new(source: &str, tree: &'a Tree) -> Self {
        Self { lines: Arc::new(LineIndex::new(source)), tree, only: None, unreadable: &[] }
    }
}

/// What lowering is told.
#[derive(Clone)]
pub struct CompileOptions {
    /// The product whose rules hold.
    pub profile: &'static Profile,
    /// Zone and formats, for date literals.
    pub locale: rainwright_value::Locale,
    /// Whether statements are counted by line; a little slower.
    pub count: bool,
    /// Whether a [`Probe`](crate::Probe) can watch the program; slower.
    pub probe: bool,
    /// Functions of the host, by their dotted names: a call becomes an
    /// [`Effect::Function`](rainwright_effect::Effect::Function).
    pub host_functions: Vec<String>,
    /// Tasks that the embedding program has declared.
    pub tasks: rainwright_builtins::OwnTasks,
    /// Subforms as `Form.Subform`: a call of one makes a new row.
    pub subforms: Vec<String>,
    /// Whether a field of an empty collection of records is an error rather than null.
    pub empty_record_fails: bool,
    /// Whether `<` and `>` with null stop the script; `None` leaves it to the profile.
    pub null_order_fails: Option<bool>,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            profile: Profile::default_profile(),
            locale: rainwright_value::Locale::default(),
            count: false,
            probe: false,
            host_functions: Vec::new(),
            tasks: rainwright_builtins::OwnTasks::default(),
            subforms: Vec::new(),
            empty_record_fails: false,
            null_order_fails: None,
        }
    }
}

/// Functions and bare statements of one or more sources, lowered.
pub struct Program {
    pub(crate) functions: Vec<Function>,
    /// Their names, as calls of the host carry them.
    pub(crate) names: Arc<[FunctionName]>,
    pub(crate) by_name: Functions,
    /// The bare statements of the first source, as a function without parameters.
    pub(crate) main: Option<usize>,
    /// Slots of the first segment of the value stack.
    pub(crate) first_slots: usize,
    pub(crate) sources: Vec<Arc<LineIndex>>,
    pub(crate) profile: &'static Profile,
    pub(crate) locale: rainwright_value::Locale,
    pub(crate) count: bool,
    pub(crate) empty_record_fails: bool,
    pub(crate) null_order_fails: bool,
    /// Every statement, not executed yet, when they are counted or a probe can watch.
    pub(crate) statements: Vec<Reach>,
    /// What a paused run needs to evaluate a text, when a probe can watch.
    pub(crate) debug: Option<Debug>,
}

/// What is only needed while a run is paused.
pub(crate) struct Debug {
    pub(crate) signatures: Vec<Signature>,
    pub(crate) options: CompileOptions,
}

/// A lowered function.
pub(crate) struct Function {
    /// The name with its namespace, as written in the header.
    pub(crate) name: String,
    pub(crate) params: Vec<Parameter>,
    /// Index into [`Program::sources`].
    pub(crate) source: usize,
    /// Parameters and variables.
    pub(crate) slots: usize,
    /// Slots and temporaries.
    pub(crate) frame_size: usize,
    /// Bytes of the machine's stack that its body may need.
    pub(crate) stack: usize,
    /// Slots that are filled from the run's inputs before the body runs; only of the bare statements.
    pub(crate) inputs: Vec<Input>,
    /// The names of its slots, in order, when a probe can watch.
    pub(crate) names: Vec<SlotName>,
    pub(crate) body: Statement,
}

/// A variable that the run may be given from outside.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) slot: usize,
    /// Whether some statement assigns it.
    pub(crate) assigned: bool,
}

/// A parameter of a user function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The declared type.
    pub ty: TypeKind,
}

/// What can be called in a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// The function's name with its namespace; empty for the bare statements.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Parameter>,
    /// The declared result.
    pub returns: TypeKind,
}

impl EntryPoint {
    /// The functions of a source, in its order: what a run may begin with.
    pub fn of(tree: &Tree) -> impl Iterator<Item = EntryPoint> {
        functions(tree).map(|function| {
            let Signature { name, params, returns, .. } = Signature::of(function);
            EntryPoint { name, params, returns }
        })
    }

    /// The name of the first function whose last part is this one.
    #[must_use]
    pub fn named(tree: &Tree, last: &str) -> Option<String> {
        let same = |function: &&ast::Function| function.path.last().is_some_and(|part| part.name == last);
        functions(tree).find(same).map(|function| Signature::of(function).name)
    }
}

fn functions(tree: &Tree) -> impl Iterator<Item = &ast::Function> {
    tree.items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function),
        Item::Statement(_) => None,
    })
}

impl Program {
    /// All statements that a run can execute, as pairs of source and place. Known only to a program that a probe can watch
    /// or that counts.
    pub fn statements(&self) -> impl Iterator<Item = (usize, Span)> {
        self.statements.iter().map(|statement| (statement.source as usize, statement.span))
    }
}
