//! The names of a script: what each function and the bare statements define, where every name is read and written.
//!
//! Deluge has one scope for each function and one for the bare statements of a file; blocks make none. [`Scopes::of`] reads
//! a tree once and answers from then on: which variable is at an offset, where it is used, which calls leave the scope.
//!
//! ```
//! use rainwright_syntax::scope::{Nothing, Scopes};
//! let parsed = rainwright_syntax::parse("void f(string name) { info name; }");
//! let scopes = Scopes::of(&parsed.tree, &Nothing);
//! let (variable, _) = scopes.at(28).unwrap();
//! assert_eq!(scopes.variable(variable).name, "name");
//! assert_eq!(scopes.variable(variable).uses.len(), 2);
//! ```

mod walk;

pub use walk::{Namespaces, assigned_names};

use crate::ast::{Function, Stmt, Tree, TypeKind, TypeName};
use compact_str::CompactString;
use foldhash::fast::RandomState;
use rainwright_diagnostic::Span;
use std::collections::HashMap;

/// What a name means that no statement of the scope assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outer {
    /// A variable that the product, or the caller of the run, gives.
    Given,
    /// Something that is no variable: a word of the language, a namespace, the form.
    Other,
    /// Nothing that is known.
    Unknown,
}

/// What a script may use without defining it. This crate has no tables, so the caller says what is in them.
pub trait Outside {
    /// What a name means that the scope does not assign, and that is no namespace of the script's own functions.
    fn name(&self, name: &str) -> Outer;

    /// Whether a name, dotted or not, is a word of the language: `today`, `zoho.currentdate`.
    fn is_word(&self, name: &str) -> bool;

    /// Whether a name in front of a call is a namespace even though no function of the script is in it: `button.f()`.
    fn is_namespace(&self, name: &str) -> bool;

    /// Whether a key of a task takes bare words, so that `GET` in `type: GET` is no variable.
    fn takes_words(&self, task: &str, key: &str) -> bool;
}

/// No variables, no words of the language; every bare word in a task is a constant.
pub struct Nothing;

impl Outside for Nothing {
    fn name(&self, _: &str) -> Outer {
        Outer::Unknown
    }

    fn is_word(&self, _: &str) -> bool {
        false
    }

    fn is_namespace(&self, _: &str) -> bool {
        false
    }

    fn takes_words(&self, _: &str, _: &str) -> bool {
        true
    }
}

/// All names of one script.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    /// The functions that the script defines, in order.
    pub functions: Vec<FunctionName>,
    /// The scope of each function, in order, and last that of the bare statements.
    pub scopes: Vec<Scope>,
    /// Calls by name, in the order of their places.
    pub calls: Vec<CallName>,
    /// Forms that queries and `insert into` name, in the order of their places.
    pub forms: Vec<(String, Span)>,
    /// Every use of every variable, sorted by place.
    places: Vec<(Span, VariableId)>,
}

/// A function that the script defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    /// The name with its namespaces: `standalone.greet`.
    pub path: String,
    /// The place of the name without its namespaces.
    pub name: Span,
    /// The whole function.
    pub span: Span,
    /// The names of its parameters with their types, in order.
    pub params: Vec<(CompactString, TypeKind)>,
    /// What it returns.
    pub returns: TypeKind,
}

impl FunctionName {
    /// The name without its namespaces.
    #[must_use]
    pub fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

/// A call of a function by name: `f(x)`, `standalone.f(x)`, `zoho.crm.getRecords("Leads")`. Methods on values are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallName {
    /// The name as written, with its namespaces.
    pub path: String,
    /// The place of the name without its namespaces.
    pub name: Span,
    /// The place of the whole dotted name.
    pub path_span: Span,
    /// The scope that calls.
    pub scope: usize,
    /// How many arguments it passes.
    pub args: usize,
}

/// The names of one function, or of the bare statements.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The function, as an index of [`Scopes::functions`]; `None` for the bare statements.
    pub function: Option<usize>,
    /// What it covers: the function, or everything from the first to the last bare statement.
    pub span: Span,
    /// Its variables, in the order in which they first come up.
    pub variables: Vec<Variable>,
    by_name: HashMap<CompactString, usize, RandomState>,
}

impl Scope {
    /// Reads the names of one function, or of bare statements. What it covers is not known then.
    #[must_use]
    pub fn of(
        function: Option<&Function>,
        statements: &[&Stmt],
        namespaces: &Namespaces<'_>,
        outside: &dyn Outside,
    ) -> Self {
        walk::read_one(function, statements, namespaces, outside)
    }

    /// The variable of a name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.by_name.get(name).map(|at| &self.variables[*at])
    }
}

/// Names a variable of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId {
    /// The index of its scope.
    pub scope: usize,
    /// Its index in the scope.
    pub variable: usize,
}

/// A variable with all its uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: CompactString,
    /// Where it comes from.
    pub origin: Origin,
    /// The declared type: of a parameter, or of `string x = …`.
    pub ty: Option<TypeName>,
    /// Every place where it is named, in order.
    pub uses: Vec<Use>,
}

impl Variable {
    /// Where it gets its first value.
    #[must_use]
    pub fn definition(&self) -> Option<Span> {
        self.uses.iter().find(|one| one.access != Access::Read && one.access != Access::Update).map(|one| one.span)
    }

    /// Whether the script itself gives it a value.
    #[must_use]
    pub fn is_defined(&self) -> bool {
        !matches!(self.origin, Origin::Given | Origin::Unknown)
    }
}

/// Where a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A parameter of the function.
    Parameter,
    /// An assignment.
    Assigned,
    /// `for each x in …`.
    Loop,
    /// `for each index i in …`.
    Index,
    /// `catch (e)`.
    Caught,
    /// The product or the caller gives it.
    Given,
    /// Nothing that is known: a mistake, an argument of bare statements, or a field of a form.
    Unknown,
}

/// A place where a variable is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The name's place.
    pub span: Span,
    /// What happens there.
    pub access: Access,
    /// Whether an earlier statement, or one of the same loop, can have given it a value.
    pub assigned: bool,
}

/// What happens to a variable where it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A parameter, a loop's variable or a caught error is introduced.
    Introduce,
    /// `x = e`.
    Write,
    /// `x += e`: read and written.
    Update,
    /// Read.
    Read,
}

impl Scopes {
    /// Reads the names of a tree.
    #[must_use]
    pub fn of(tree: &Tree, outside: &dyn Outside) -> Self {
        walk::read(tree, outside)
    }

    /// The variable that is named at an offset, with the place. The offset after the last letter counts.
    #[must_use]
    pub fn at(&self, offset: u32) -> Option<(VariableId, Span)> {
        let after = self.places.partition_point(|(span, _)| span.start <= offset);
        let (span, id) = self.places[..after].last()?;
        (offset <= span.end).then_some((*id, *span))
    }

    /// A variable.
    #[must_use]
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.scopes[id.scope].variables[id.variable]
    }

    /// The index of the scope that an offset belongs to: that of the function around it, else that of the bare statements.
    #[must_use]
    pub fn scope_at(&self, offset: u32) -> usize {
        let inside = |f: &FunctionName| f.span.start <= offset && offset <= f.span.end;
        self.functions.iter().position(inside).unwrap_or(self.functions.len())
    }

    /// The call whose name is at an offset; the namespaces count.
    #[must_use]
    pub fn call_at(&self, offset: u32) -> Option<&CallName> {
        let after = self.calls.partition_point(|call| call.path_span.start <= offset);
        self.calls[..after].iter().rev().take(4).find(|call| offset <= call.path_span.end)
    }

    /// The function whose name is at an offset.
    #[must_use]
    pub fn function_at(&self, offset: u32) -> Option<&FunctionName> {
        self.functions.iter().find(|f| f.name.start <= offset && offset <= f.name.end)
    }

    /// The function that a call from elsewhere in the script means: the one of this very name, else the only one that ends so.
    #[must_use]
    pub fn function(&self, path: &str) -> Option<&FunctionName> {
        find_by_path(&self.functions, path, |f| &f.path)
    }
}

/// What a call of `path` means among functions with dotted names: the one with this very name, else the only one whose last
/// part is the same. The evaluator resolves calls by the same rule.
pub fn find_by_path<'a, T>(all: &'a [T], path: &str, name: impl Fn(&T) -> &str) -> Option<&'a T> {
    let path = path.strip_prefix("thisapp.").unwrap_or(path);
    if let Some(same) = all.iter().find(|one| name(one) == path) {
        return Some(same);
    }
    fn last(path: &str) -> &str {
        path.rsplit('.').next().unwrap_or(path)
    }
    let wanted = last(path);
    let mut near = all.iter().filter(|one| last(name(one)) == wanted);
    let first = near.next()?;
    near.next().is_none().then_some(first)
}

/// A function's name with its namespaces.
#[must_use]
pub fn function_path(function: &Function) -> String {
    let parts: Vec<&str> = function.path.iter().map(|part| part.name.as_str()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests;
