//! Finds functions, and parameters of a function, with the same name.

use crate::hash::HashMap;
use crate::lints::Hook;
use crate::script::Script;
use rainwright_diagnostic::{Diagnostic, Span};

lint! {
    /// Two functions of a file, or two parameters of a function, have the same name.
    ///
    /// # Why
    /// Only one of them can be called or read.
    ///
    /// # Instead
    /// Rename one of them.
    RepeatedFunction, Warning, No;
    bad: "int size(list l)\n{\n\treturn l.size();\n}\nint size(list l)\n{\n\treturn l.size() + 1;\n}";
    good: "int size(list l)\n{\n\treturn l.size();\n}\nint next(list l)\n{\n\treturn l.size() + 1;\n}";
    hooks: &[Hook::Script(check)];
}

fn check(script: &Script<'_>, found: &mut Vec<Diagnostic>) {
    let mut functions: HashMap<String, Span> = HashMap::default();
    for function in script.functions() {
        let Some(last) = function.path.last() else { continue };
        let whole: Vec<&str> = function.path.iter().map(|part| part.name.as_str()).collect();
        if let Some(first) = functions.insert(whole.join("."), last.span) {
            let message = format!("There is another function {}", last.name);
            found.push(LINT.at(last.span, message).with_label(first, "the other one"));
        }
        let mut params: HashMap<&str, Span> = HashMap::default();
        for param in &function.params {
            if let Some(first) = params.insert(&param.name.name, param.name.span) {
                let message = format!("There is another parameter {}", param.name.name);
                found.push(LINT.at(param.name.span, message).with_label(first, "the other one"));
            }
        }
    }
}
