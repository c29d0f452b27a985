//! Finds functions that their product would not run as they are declared.

use crate::lints::Hook;
use crate::script::Script;
use rainwright_builtins::{FunctionKind, Params};
use rainwright_diagnostic::{Diagnostic, Span};
use rainwright_syntax::ast::{Function, TypeKind};

lint! {
    /// A function does not have the parameters or the result that its kind has.
    ///
    /// # Why
    /// The product calls the function with what this kind gets and reads what this kind returns: a validation rule that
    /// returns nothing refuses every record, a schedule has nobody who could fill a parameter.
    ///
    /// # Instead
    /// Declare the function as its kind is declared; `dg doc kinds` lists them.
    HeaderOfKind, Warning, No;
    bad: "void validation_rule.check(string crmAPIRequest)\n{\n\tinfo crmAPIRequest;\n}";
    good: "map validation_rule.check(string crmAPIRequest)\n{\n\tinfo crmAPIRequest;\n\treturn {\"status\":\"success\"};\n}";
    hooks: &[Hook::Script(check)];
}

fn check(script: &Script<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(name) = FunctionKind::name_in(script.source)
        && let Err(problem) = FunctionKind::find(name)
    {
        let start = script.source.find(name).unwrap_or(0) as u32;
        found.push(LINT.with_help(
            Span::new(start, start + name.len() as u32),
            problem.message.clone(),
            problem.help(),
        ));
    }
    for function in script.functions() {
        // A file may hold helpers beside the function that the product calls; a namespace says which one that is.
        let by_name = function.path.first().filter(|_| function.path.len() > 1);
        let by_name = by_name.and_then(|namespace| FunctionKind::of_namespace(&namespace.name));
        let named = script.options.kind.filter(|_| script.functions().len() == 1);
        if let Some(kind) = named.or(by_name) {
            header(kind, function, found);
        }
    }
}

fn header(kind: &FunctionKind, function: &Function, found: &mut Vec<Diagnostic>) {
    let name = function.path.last().map_or("the function", |name| name.name.as_str());
    let takes = kind.returns.types();
    // Where nobody reads a result, one does no harm, and published functions have some.
    if takes != ["void"]
        && let Some(declared) =
            (!matches!(function.returns.kind, TypeKind::Any | TypeKind::Form)).then(|| function.returns.kind.word())
        && !takes.is_empty()
        && !takes.contains(&declared)
    {
        let message = format!("{name} is declared {declared}, and a {} is {}", kind.name, takes.join(" or "));
        let help = format!("It must return {}.", kind.returns.doc().replace('`', ""));
        found.push(LINT.with_help(function.returns.span, message, help));
    }
    for param in &function.params {
        let given = kind.variable(&param.name.name).is_some();
        let wrong = match kind.params {
            Params::Declared => false,
            Params::None => true,
            Params::Given => !given,
        };
        if wrong {
            let message = format!("Nobody gives {name} a value for {}", param.name.name);
            let names: Vec<&str> = kind.variables().map(|given| given.name).collect();
            let gets = if names.is_empty() { "no arguments".to_owned() } else { names.join(", ") };
            found.push(LINT.with_help(param.name.span, message, format!("A {} gets {gets}.", kind.name)));
        }
    }
}
