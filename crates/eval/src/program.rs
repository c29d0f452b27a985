//! A program: what lowering makes of one or more trees, ready to be walked any number of times.

use std::collections::HashMap;
use std::sync::Arc;

use rainwright_builtins::{FunctionName, Profile};
use rainwright_diagnostic::LineIndex;
use rainwright_syntax::ast::TypeKind;

use crate::count::Reach;
use crate::vm::Step;

/// A source with its tree, as input to [`crate::lower`].
pub struct Module<'a> {
    /// The text, for line numbers.
    pub source: &'a str,
    /// Its tree.
    pub tree: &'a rainwright_syntax::ast::Tree,
}

/// What lowering is told.
#[derive(Clone)]
pub struct Options {
    /// The product whose rules hold.
    pub profile: &'static Profile,
    /// Zone and formats, for date literals.
    pub locale: rainwright_value::Locale,
    /// Whether statements are counted by line; a little slower.
    pub count: bool,
    /// Functions of the host, by their dotted names: a call becomes an
    /// [`Effect::Function`](rainwright_effect::Effect::Function).
    pub host_functions: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: Profile::default_profile(),
            locale: rainwright_value::Locale::default(),
            count: false,
            host_functions: Vec::new(),
        }
    }
}

/// Functions and bare statements of one or more sources, lowered.
pub struct Program {
    pub(crate) functions: Vec<Function>,
    /// Their names, as calls of the host carry them.
    pub(crate) names: Arc<[FunctionName]>,
    pub(crate) by_name: HashMap<String, usize>,
    /// The bare statements of the first source, as a function without parameters.
    pub(crate) main: Option<usize>,
    pub(crate) sources: Vec<LineIndex>,
    pub(crate) profile: &'static Profile,
    pub(crate) locale: rainwright_value::Locale,
    pub(crate) count: bool,
    /// Every statement, not executed yet, when they are counted.
    pub(crate) statements: Vec<Reach>,
}

/// A lowered function.
pub(crate) struct Function {
    /// The name with its namespace, as written in the header.
    pub(crate) name: String,
    pub(crate) params: Vec<Parameter>,
    pub(crate) returns: TypeKind,
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
    pub(crate) body: Step,
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

impl Program {
    /// The functions that can be called, in the order of the sources.
    pub fn entries(&self) -> impl Iterator<Item = EntryPoint> {
        self.functions.iter().enumerate().filter(|(i, _)| Some(*i) != self.main).map(|(_, f)| EntryPoint {
            name: f.name.clone(),
            params: f.params.clone(),
            returns: f.returns,
        })
    }

    /// Whether there are bare statements to run.
    #[must_use]
    pub fn has_main(&self) -> bool {
        self.main.is_some()
    }

    /// The function that a script's name means: as written, without `thisapp.`, or by its last part when that is unique.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        find_function(&self.by_name, name)
    }
}

pub(crate) fn find_function(by_name: &HashMap<String, usize>, name: &str) -> Option<usize> {
    let name = name.strip_prefix("thisapp.").unwrap_or(name);
    if let Some(index) = by_name.get(name) {
        return Some(*index);
    }
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    let wanted = last(name)?;
    let mut found = by_name.iter().filter(|(path, _)| last(path).as_ref() == Some(&wanted));
    match (found.next(), found.next()) {
        (Some((_, index)), None) => Some(*index),
        _ => None,
    }
}
