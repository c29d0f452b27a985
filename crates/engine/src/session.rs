//! A conversation with the evaluator: variables and functions stay from one input to the next.

use std::collections::BTreeMap;

use rainwright_syntax::ast::{ExprKind, Item, StmtKind};

use crate::{Engine, Failure, Host, Inputs, Interrupt, Severity, Value};

/// A conversation: what the REPL and notebooks are made of.
pub struct Session {
    engine: Engine,
    variables: BTreeMap<String, Value>,
    functions: BTreeMap<String, String>,
    interrupt: Interrupt,
    inputs: u32,
}

impl Session {
    /// A fresh conversation.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            interrupt: Interrupt::default(),
            inputs: 0,
        }
    }

    /// The switch that stops what runs now; it is off again at the next input.
    #[must_use]
    pub fn interrupt(&self) -> Interrupt {
        Interrupt::clone(&self.interrupt)
    }

    /// The variables, by name.
    #[must_use]
    pub fn variables(&self) -> &BTreeMap<String, Value> {
        &self.variables
    }

    /// The names of the functions that were defined.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// The texts of the functions that were defined.
    pub fn function_sources(&self) -> impl Iterator<Item = &str> {
        self.functions.values().map(String::as_str)
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Goes on with another engine; variables and functions stay.
    pub fn set_engine(&mut self, engine: Engine) {
        self.engine = engine;
    }

    /// Gives a variable its value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.variables.insert(name.into(), value.into());
    }

    /// Forgets variables and functions.
    pub fn clear(&mut self) {
        self.variables.clear();
        self.functions.clear();
    }

    /// Evaluates one input: statements, functions to keep, or an expression, whose value comes back.
    ///
    /// A missing semicolon at the end is added.
    ///
    /// # Errors
    /// The mistakes of the input, or why it stopped; variables keep what was assigned before that.
    pub fn eval(&mut self, input: &str, host: &mut dyn Host) -> Result<Option<Value>, Failure> {
        self.inputs += 1;
        self.eval_as(&format!("input {}", self.inputs), input, host)
    }

    /// As [`Session::eval`], for an input that messages call by a name, such as that of its file.
    ///
    /// # Errors
    /// As [`Session::eval`].
    pub fn eval_as(&mut self, name: &str, input: &str, host: &mut dyn Host) -> Result<Option<Value>, Failure> {
        let (text, parsed) = rainwright_syntax::parse_input(input.trim_end());
        let is_wrong = parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        let mut lone = None;
        let mut defined = Vec::new();
        for item in &parsed.tree.items {
            match item {
                Item::Function(function) => {
                    let path: Vec<&str> = function.path.iter().map(|p| p.name.as_str()).collect();
                    defined.push((path.join("."), text[function.span.range()].to_owned()));
                }
                Item::Statement(statement) => {
                    lone = match (&statement.kind, parsed.tree.items.len()) {
                        // What is wrong may lie outside of the expression: it is told where it was typed.
                        (StmtKind::Expr(expr), 1) if !is_wrong && !matches!(expr.kind, ExprKind::Error) => {
                            Some(expr.span)
                        }
                        _ => None,
                    };
                }
            }
        }
        // An expression alone is returned, so that its value can be shown.
        let text = match lone {
            Some(span) => format!("{RETURN}{};", &text[span.range()]),
            None => text,
        };
        let mut sources: Vec<(&str, &str)> = vec![(name, &text)];
        let kept: Vec<(&String, &String)> =
            self.functions.iter().filter(|(known, _)| !defined.iter().any(|(new, _)| new == *known)).collect();
        sources.extend(kept.iter().map(|(known, source)| (known.as_str(), source.as_str())));
        let typed = |failure: Failure| match lone {
            // An expression alone begins where the input does, blanks and comments aside.
            Some(span) => failure.retyped(name, &input[span.start as usize..], RETURN.len() as u32),
            None => failure,
        };
        let script = self.engine.compile_all(&sources).map_err(typed)?;
        self.functions.extend(defined);
        if !script.has_main() {
            return Ok(None);
        }
        self.interrupt.store(false, std::sync::atomic::Ordering::Relaxed);
        let mut inputs = Inputs::new().interrupt(self.interrupt());
        inputs.values = self.variables.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let done = script.run(host, inputs);
        self.variables.extend(done.variables);
        let value = done.result.map_err(typed)?;
        Ok(lone.map(|_| value))
    }
}

/// Written in front of an expression to return its value.
const RETURN: &str = "return ";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Session;
    use crate::{Engine, OfflineHost};

    #[test]
    fn semicolons_may_be_left_out() {
        let mut session = Session::new(Engine::new());
        let mut host = OfflineHost::new();
        let mut eval = |input: &str| session.eval(input, &mut host).unwrap().map(|value| value.to_string());
        assert_eq!(eval("x = 5"), None);
        assert_eq!(eval("m = {\"a\":x}"), None);
        assert_eq!(eval("m"), Some("{\"a\":5}".into()));
        assert_eq!(eval("{\"b\":m.get(\"a\")}"), Some("{\"b\":5}".into()));
        assert_eq!(eval("if(x > 1) { x = 7; }"), None);
        assert_eq!(eval("int twice(int n) { return n * 2; }"), None);
        assert_eq!(eval("twice(x)"), Some("14".into()));
    }

    #[test]
    fn messages_name_the_file_and_see_all_of_an_input() {
        let mut session = Session::new(Engine::new());
        let mut host = OfflineHost::new();
        let failure = session.eval_as("lib.dg", "x = 1;\ny = {1}.get(4);", &mut host).unwrap_err();
        assert_eq!(failure.place().map(|place| (place.source, place.line)), Some(("lib.dg".into(), 2)));
        let failure = session.eval("await x", &mut host).unwrap_err();
        assert_eq!(failure.place().map(|place| (place.source, place.column)), Some(("input 1".into(), 1)));
    }
}
