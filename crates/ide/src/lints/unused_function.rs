//! Finds functions that nothing calls, beside statements that could.

use crate::hash::HashSet;
use crate::lints::{Hook, Said};
use crate::script::Script;
use rainwright_diagnostic::Diagnostic;

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
    hooks: &[Hook::Whole(check)];
}

fn check(script: &Script<'_>, said: &[Said<'_>], found: &mut Vec<Diagnostic>) {
    if script.bare().is_empty() {
        return;
    }
    // A function that only calls itself is not called.
    let called: HashSet<&str> =
        said.iter().flat_map(|body| body.calls.iter().copied().filter(|name| body.own != Some(*name))).collect();
    for name in script.functions().iter().filter_map(|function| function.path.last()) {
        if !called.contains(name.name.as_str()) {
            found.push(LINT.at(name.span, format!("Nothing calls {}", name.name)));
        }
    }
}
