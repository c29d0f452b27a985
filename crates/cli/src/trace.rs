//! `dg run --trace`: what each line does to the variables, as it happens.

use std::collections::HashMap;

use rainwright::{Paused, Probe, Problem, Value};

use crate::terminal;

/// The longest text that is shown of a value.
const LONGEST: usize = 120;
/// The longest piece that is shown of a line.
const WIDTH: usize = 60;

/// Tells of every statement on stderr: its line, and the variables that it changed.
pub struct Trace {
    /// The sources: names, and their lines.
    sources: Vec<(String, Vec<String>)>,
    /// The variables of functions under way as they were last shown, outermost first.
    frames: Vec<HashMap<String, String>>,
}

impl Trace {
    /// A trace of a program with these sources.
    pub fn new<'s>(sources: impl Iterator<Item = (&'s str, &'s str)>) -> Self {
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect();
        Self { sources: sources.map(|(name, text)| (name.to_owned(), lines(text))).collect(), frames: Vec::new() }
    }

    /// The place of the run and what is written there.
    fn place(&self, paused: &Paused<'_, '_>) -> (String, String) {
        let line = paused.line();
        let source = self.sources.get(paused.source());
        let text =
            source.and_then(|(_, lines)| lines.get((line as usize).checked_sub(1)?)).cloned().unwrap_or_default();
        match source.filter(|_| paused.source() > 0) {
            Some((name, _)) => (format!("{name}:{line}"), text),
            None => (line.to_string(), text),
        }
    }

    fn tell(&self, paused: &Paused<'_, '_>, what: &str) {
        let (place, text) = self.place(paused);
        let indent = "  ".repeat(paused.depth().saturating_sub(1));
        let line = format!("{place:>5}  {indent}{:<WIDTH$}  {what}", cut(&text, WIDTH));
        terminal::note(&terminal::plain(line.trim_end()));
    }

    /// The variables of the innermost function that are not as they were.
    fn changed(&mut self, paused: &Paused<'_, '_>) -> Vec<String> {
        let Some(known) = self.frames.last_mut() else { return Vec::new() };
        let mut changed = Vec::new();
        for (name, value) in paused.variables(0) {
            let shown = shown(value, paused);
            if known.get(name) != Some(&shown) {
                // A variable that nothing was assigned to yet is null, which is nothing new.
                let is_told = known.contains_key(name) || !value.is_null();
                if is_told {
                    changed.push(format!("{name} = {shown}"));
                }
                known.insert(name.to_owned(), shown);
            }
        }
        changed
    }
}

impl Probe for Trace {
    fn after(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        let changed = self.changed(paused);
        self.tell(paused, &changed.join(", "));
        Ok(())
    }

    fn turn(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        let changed = self.changed(paused);
        if !changed.is_empty() {
            self.tell(paused, &changed.join(", "));
        }
        Ok(())
    }

    fn failed(&mut self, paused: &mut Paused<'_, '_>, problem: &Problem) -> Result<(), Problem> {
        self.tell(paused, &format!("{}: {}", problem.code, problem.message));
        Ok(())
    }

    fn enter(&mut self, paused: &mut Paused<'_, '_>) -> Result<(), Problem> {
        self.frames.push(HashMap::new());
        let given = self.changed(paused);
        if !paused.function().is_empty() {
            self.tell(paused, &format!("begins: {}", given.join(", ")));
        }
        Ok(())
    }

    fn leave(&mut self, paused: &mut Paused<'_, '_>, result: Option<&Value>) -> Result<(), Problem> {
        self.frames.pop();
        if let Some(result) = result.filter(|_| !paused.function().is_empty()) {
            self.tell(paused, &format!("gives {}", shown(result, paused)));
        }
        Ok(())
    }
}

fn shown(value: &Value, paused: &Paused<'_, '_>) -> String {
    match value.as_str() {
        Some(text) => cut(&format!("\"{}\"", text.replace('\n', "\\n")), LONGEST),
        None if value.is_null() => "null".into(),
        None => cut(&value.to_text(paused.locale()), LONGEST),
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most.saturating_sub(1)) {
        Some((at, c)) if at + c.len_utf8() < text.len() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}
