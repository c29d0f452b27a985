//! A conversation with the evaluator: variables and functions stay from one input to the next.

use std::collections::BTreeMap;

use rainwright_syntax::ast::{ExprKind, Item, StmtKind};

use crate::{Engine, Failure, Host, Inputs, Interrupt, Value};

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
        let name = format!("input {}", self.inputs);
        let mut text = input.trim_end().to_owned();
        if !text.is_empty() && !text.ends_with([';', '}']) {
            text.push(';');
        }
        let parsed = rainwright_syntax::parse(&text);
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
                        (StmtKind::Expr(expr), 1) if !matches!(expr.kind, ExprKind::Error) => Some(expr.span),
                        _ => None,
                    };
                }
            }
        }
        // An expression alone is returned, so that its value can be shown.
        let text = match lone {
            Some(span) => format!("return {};", &text[span.range()]),
            None => text,
        };
        let mut sources: Vec<(&str, &str)> = vec![(&name, &text)];
        let kept: Vec<(&String, &String)> =
            self.functions.iter().filter(|(known, _)| !defined.iter().any(|(new, _)| new == *known)).collect();
        sources.extend(kept.iter().map(|(known, source)| (known.as_str(), source.as_str())));
        let script = self.engine.compile_all(&sources)?;
        self.functions.extend(defined);
        if !script.has_main() {
            return Ok(None);
        }
        self.interrupt.store(false, std::sync::atomic::Ordering::Relaxed);
        let mut inputs = Inputs::new().interrupt(self.interrupt());
        inputs.values = self.variables.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let done = script.run(host, inputs);
        self.variables.extend(done.variables);
        let value = done.result?;
        Ok(lone.map(|_| value))
    }
}
