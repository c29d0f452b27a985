//! Finds functions that nothing calls, beside statements that could.

use crate::call::parts;
use crate::lints::Hook;
use crate::script::Script;
use rainwright_diagnostic::Diagnostic;
use std::collections::HashSet;

lint! {
    /// A function is never called, in a file whose statements run by themselves.
    ///
    /// # Why
    /// In a file with bare statements the functions are helpers. One that nothing calls is left over, or its name is
    /// written differently where it should be called.
    ///
    /// # Instead
    /// Remove the function, or call it.
    UnusedFunction, Note, No;
    bad: "string greet(string name)\n{\n\treturn \"Hello \" + name;\n}\ninfo \"Hello\";";
    good: "string greet(string name)\n{\n\treturn \"Hello \" + name;\n}\ninfo greet(\"Ann\");";
    hooks: &[Hook::Script(check)];
}

fn check(script: &Script<'_>, found: &mut Vec<Diagnostic>) {
    if script.bodies.iter().all(|body| body.function.is_some() || body.statements.is_empty()) {
        return;
    }
    let mut called: HashSet<&str> = HashSet::new();
    for body in &script.bodies {
        let own = body.function.and_then(|f| f.path.last()).map(|name| name.name.as_str());
        let names = body.exprs.iter().filter_map(|expr| parts(expr)).map(|(name, _, _)| name.name.as_str());
        // A function that only calls itself is not called.
        called.extend(names.filter(|name| own != Some(*name)));
    }
    for name in script.all_functions.iter().filter_map(|function| function.path.last()) {
        if !called.contains(name.name.as_str()) {
            found.push(LINT.at(name.span, format!("Nothing calls {}", name.name)));
        }
    }
}
