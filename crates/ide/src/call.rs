//! A call with what it means: a function of the file, a function of the language, or a task of a service.

use crate::hash::HashMap;
use crate::script::{FunctionBody, Script, path, root};
use rainwright_builtins::{Integration, Method, integration, method, word};
use rainwright_syntax::ast::{Arg, Expr, ExprKind, Function, Ident};
use rainwright_value::Kinds;

/// A call, resolved once for all lints.
pub(crate) struct Call<'t> {
    pub(crate) expr: &'t Expr,
    pub(crate) name: &'t Ident,
    /// What is in front of the dot.
    pub(crate) object: Option<&'t Expr>,
    pub(crate) args: &'t [Arg],
    /// The whole dotted name, when what is in front of the dot is a namespace and not a value.
    pub(crate) qualified: Option<String>,
    /// The function of this file that is called.
    pub(crate) own: Option<&'t Function>,
    /// The task that is called.
    pub(crate) task: Option<&'static Integration>,
    /// The functions of the language with this name; only for calls without a namespace.
    pub(crate) method: Option<&'static Method>,
    /// The kinds of the value that it is called on; none for a call without a receiver.
    pub(crate) on: Kinds,
}

impl<'t> Call<'t> {
    /// The call that an expression is.
    pub(crate) fn of(script: &Script<'t>, body: &FunctionBody<'t>, expr: &'t Expr) -> Option<Call<'t>> {
        let (name, object, args) = parts(expr)?;
        let mut call =
            Call { expr, name, object, args, qualified: None, own: None, task: None, method: None, on: Kinds::NONE };
        match object {
            None => call.own = script.function(&name.name),
            Some(object) => {
                call.qualified = qualified(&body.variables, object, name);
                match &call.qualified {
                    Some(full) => {
                        call.task = integration(full);
                        // `zoho.` is never a namespace of one's own.
                        let own = call.task.is_none() && !starts_with_zoho(full);
                        call.own = own.then(|| script.function(&name.name)).flatten();
                    }
                    None => call.on = body.kinds(script, object),
                }
            }
        }
        if call.own.is_none() && call.qualified.is_none() {
            call.method = method(&name.name);
        }
        Some(call)
    }

    /// Whether the function is called by this name, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.name.eq_ignore_ascii_case(name)
    }

    /// The value of an argument.
    pub(crate) fn arg(&self, index: usize) -> Option<&'t Expr> {
        self.args.get(index).map(|arg| &arg.value)
    }
}

/// The name, receiver and arguments of a call.
pub(crate) fn parts(expr: &Expr) -> Option<(&Ident, Option<&Expr>, &[Arg])> {
    match &expr.kind {
        ExprKind::Call { name, args } => Some((name, None, args)),
        ExprKind::Method { object, name, args } => Some((name, Some(object), args)),
        _ => None,
    }
}

/// The whole dotted name of a method call, when what is in front of the last dot is a namespace and not a value.
pub(crate) fn qualified(variables: &HashMap<&str, Kinds>, object: &Expr, name: &Ident) -> Option<String> {
    if variables.contains_key(root(object)?) {
        return None;
    }
    let mut full = path(object)?.join(".");
    if word(&full).is_some() {
        return None;
    }
    full.push('.');
    full.push_str(&name.name);
    Some(full)
}

/// The block task or integration task that an expression performs, by its name; nothing for all else.
pub(crate) fn outgoing<'e>(body: &FunctionBody<'_>, expr: &'e Expr) -> Option<&'e Ident> {
    match &expr.kind {
        ExprKind::Task(task) => Some(&task.name),
        ExprKind::Call { name, .. } => {
            ["geturl", "posturl", "invokeurl"].iter().any(|f| name.name.eq_ignore_ascii_case(f)).then_some(name)
        }
        ExprKind::Method { object, name, .. } => {
            let task = qualified(&body.variables, object, name).and_then(|full| integration(&full));
            task.map(|_| name)
        }
        _ => None,
    }
}

/// The whole dotted name of a method call on a path: `zoho.crm.getRecordById`.
pub(crate) fn full_name(object: &Expr, name: &Ident) -> Option<String> {
    let mut parts = path(object)?;
    parts.push(&name.name);
    Some(parts.join("."))
}

pub(crate) fn starts_with_zoho(full: &str) -> bool {
    full.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("zoho."))
}
