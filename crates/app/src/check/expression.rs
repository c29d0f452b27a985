//! Reads the expressions of an application: formulas, conditions, criteria, initial values. What they name is looked for in
//! the form that they belong to.

use std::collections::HashSet;

use rainwright::builtins::word;
use rainwright::{Problem, Severity};
use rainwright_records::{Schema, Storage, Table};
use rainwright_syntax::ast::{Expr, ExprKind, Tree};
use rainwright_syntax::visit::{Visit, walk, walk_expr};

use super::meant;

/// What begins the name of something that is no field of the form, or that a checker of scripts looks at.
const ROOTS: &[&str] = &["input", "old", "row", "zoho", "thisapp"];

/// The script that gives the value of an expression.
pub(super) fn script(expression: &str) -> String {
    format!("return ({expression});")
}

/// The tree of an expression, or why it cannot be read.
pub(super) fn read(expression: &str) -> Result<Tree, String> {
    let parsed = rainwright_syntax::parse(&script(expression));
    match parsed.diagnostics.into_iter().find(|found| found.severity == Severity::Error) {
        Some(found) => Err(format!("{} {}", found.problem.message, found.problem.help()).trim_end().to_owned()),
        None => Ok(parsed.tree),
    }
}

/// A name in an expression, with its path: `Owner.Mail` is two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Named {
    pub(super) path: Vec<String>,
    /// What it may be a field of as well: in `Lines.sum(Price)` the price is one of the lines.
    pub(super) under: Option<Vec<String>>,
}

/// The names in an expression. Those in queries belong to other forms.
pub(super) fn names(tree: &Tree) -> Vec<Named> {
    let mut names = Names::default();
    walk(&mut names, tree);
    names.found
}

#[derive(Default)]
struct Names {
    found: Vec<Named>,
    known: HashSet<Named>,
}

impl Names {
    fn add(&mut self, path: Vec<String>, under: Option<Vec<String>>) {
        let named = Named { path, under };
        if self.known.insert(named.clone()) {
            self.found.push(named);
        }
    }
}

impl<'t> Visit<'t> for Names {
    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Query(_) => {}
            ExprKind::Name(_) | ExprKind::Member { .. } => match path(expr) {
                Some(path) => self.add(path, None),
                None => walk_expr(self, expr),
            },
            ExprKind::Method { object, args, .. } => {
                self.expr(object);
                let object = path(object);
                for arg in args {
                    match path(&arg.value) {
                        Some(path) => self.add(path, object.clone()),
                        None => self.expr(&arg.value),
                    }
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}

fn path(expr: &Expr) -> Option<Vec<String>> {
    match &expr.kind {
        ExprKind::Name(name) => Some(vec![name.to_string()]),
        ExprKind::Member { object, name } => {
            let mut path = path(object)?;
            path.push(name.name.to_string());
            Some(path)
        }
        _ => None,
    }
}

/// The fields that expressions of a form may name.
pub(super) struct Around<'s> {
    pub(super) schema: &'s Schema,
    pub(super) table: &'s Table,
    /// What other names begin with: forms, namespaces of functions.
    pub(super) others: &'s HashSet<String>,
}

impl Around<'_> {
    /// What is wrong with the names in an expression.
    pub(super) fn unknown(&self, tree: &Tree) -> Vec<String> {
        names(tree).iter().filter_map(|named| self.wrong(named)).collect()
    }

    fn wrong(&self, named: &Named) -> Option<String> {
        let root = named.path.first()?.as_str();
        if ROOTS.contains(&root) || word(root).is_some() || self.others.contains(root) {
            return None;
        }
        let why = match follow(self.schema, self.table, &named.path) {
            // A name alone is written as the form has it; after `input.` the case of its letters does not count.
            Ok(()) => {
                let field = self.table.field(root).filter(|field| field.name != root)?;
                format!("The form '{}' has no field '{root}'. Did you mean '{}'?", self.table.name, field.name)
            }
            Err(why) => why,
        };
        // In `Lines.sum(Price)` the price is a field of the lines.
        let Some(under) = &named.under else { return Some(why) };
        let under = under.iter().skip(usize::from(under.first().is_some_and(|root| root == "input")));
        let whole: Vec<&str> = under.chain(&named.path).map(String::as_str).collect();
        let (before, _) = whole.split_at(whole.len() - named.path.len());
        if !leads_on(self.schema, self.table, before) {
            return Some(why);
        }
        follow(self.schema, self.table, &whole).err()
    }
}

/// Whether a path leads to records or rows, which have fields of their own.
fn leads_on(schema: &Schema, table: &Table, path: &[&str]) -> bool {
    let mut at = table.name.clone();
    for name in path {
        let next = schema.table(&at).and_then(|table| Some((table, table.field(name)?)));
        at = match next.map(|(table, field)| (table, field, field.storage())) {
            Some((_, _, Storage::Lookup(to) | Storage::Lookups(to) | Storage::Children(to))) => to,
            Some((table, field, Storage::Rows)) => format!("{}.{}", table.name, field.name),
            _ => return false,
        };
    }
    !path.is_empty()
}

/// Follows a path from a form through lookups and subforms; a message where a form on the way does not have the field.
pub(super) fn follow(schema: &Schema, table: &Table, path: &[impl AsRef<str>]) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let first = first.as_ref();
    // What the product itself puts on a form; and a form of another service, whose fields an export does not describe.
    if first == "Blueprint" || table.fields().next().is_none() {
        return Ok(());
    }
    let field = table.expect(first).map_err(|problem| told(&problem))?;
    let Some(next) = rest.first() else { return Ok(()) };
    let to = match field.storage() {
        Storage::Lookup(to) | Storage::Lookups(to) | Storage::Children(to) => to,
        Storage::Rows => format!("{}.{}", table.name, field.name),
        Storage::Composite => {
            let parts = field.kind.parts();
            if parts.iter().any(|part| part.eq_ignore_ascii_case(next.as_ref())) {
                return Ok(());
            }
            let near = meant(next.as_ref(), parts.iter().copied());
            return Err(format!("The field '{}' has no part '{}'{near}", field.name, next.as_ref()));
        }
        _ => return Ok(()),
    };
    match schema.table(&to) {
        Some(other) => follow(schema, other, rest),
        None => Ok(()),
    }
}

/// A problem with a name, and the name that was probably meant.
pub(super) fn told(problem: &Problem) -> String {
    let help = problem.help();
    if help.starts_with("Did you mean") { format!("{}. {help}", problem.message) } else { problem.message.clone() }
}
