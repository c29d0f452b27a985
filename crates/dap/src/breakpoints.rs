//! Breakpoints: where they are, and whether one holds when the script comes by.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rainwright::{LineIndex, Severity};
use rainwright_diagnostic::closest;
use rainwright_syntax::ast::{Item, StmtKind};
use rainwright_syntax::branches::statements;
use rainwright_syntax::ds::{parse_script, scripts};
use rainwright_syntax::{DocumentKind, parse};
use serde_json::{Value as Json, json};

use crate::protocol::Wanted;

/// All breakpoints of a session.
#[derive(Debug, Default)]
pub(crate) struct Breakpoints {
    /// By the one path that [`plain`] gives a file.
    lines: HashMap<PathBuf, OfFile>,
    functions: Vec<Breakpoint>,
    /// The functions of the program that runs; none before it is loaded.
    loaded: Option<Vec<String>>,
    /// Whether errors stop the script that a `try` would catch, and those that nothing catches.
    pub(crate) all_errors: bool,
    pub(crate) uncaught_errors: bool,
    last_id: i64,
}

/// The breakpoints of a file.
#[derive(Debug)]
struct OfFile {
    /// The file as the editor spells it.
    spelled: PathBuf,
    breakpoints: Vec<Breakpoint>,
}

/// One breakpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakpoint {
    pub(crate) id: i64,
    pub(crate) line: u32,
    pub(crate) name: String,
    pub(crate) condition: Option<String>,
    pub(crate) hits: Option<Hits>,
    pub(crate) log: Option<String>,
    /// How often its condition held.
    pub(crate) count: u64,
}

/// Which of the times that a breakpoint is met count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hits {
    AtLeast(u64),
    MoreThan(u64),
    Exactly(u64),
    Below(u64),
    Every(u64),
}

impl Hits {
    /// Reads `3`, `>= 3`, `> 3`, `== 3`, `< 3` or `% 3`; a bare number means "from this time on".
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (operator, number) = text.split_at(split);
        let number: u64 =
            number.trim().parse().map_err(|_| format!("'{text}' is not a hit count. Write 3, == 3, > 3 or % 3."))?;
        match operator.trim() {
            "" | ">=" => Ok(Hits::AtLeast(number)),
            ">" => Ok(Hits::MoreThan(number)),
            "=" | "==" => Ok(Hits::Exactly(number)),
            "<" => Ok(Hits::Below(number)),
            "%" if number > 0 => Ok(Hits::Every(number)),
            _ => Err(format!("'{text}' is not a hit count. Write 3, == 3, > 3 or % 3.")),
        }
    }

    pub(crate) fn holds(self, count: u64) -> bool {
        match self {
            Hits::AtLeast(number) => count >= number,
            Hits::MoreThan(number) => count > number,
            Hits::Exactly(number) => count == number,
            Hits::Below(number) => count < number,
            Hits::Every(number) => count.is_multiple_of(number),
        }
    }
}

impl Breakpoint {
    fn new(id: i64, wanted: Wanted) -> Result<Self, String> {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        if let Some(condition) = filled(wanted.condition.clone())
            && !is_expression(&condition)
        {
            return Err(format!(
                "'{condition}' is not a condition. Write an expression, such as total > 10 or name == \"Ada\"."
            ));
        }
        Ok(Self {
            id,
            line: wanted.line,
            name: wanted.name,
            condition: filled(wanted.condition),
            hits: filled(wanted.hit_condition).map(|text| Hits::read(&text)).transpose()?,
            log: filled(wanted.log_message),
            count: 0,
        })
    }
}

/// One path for one file, however it is spelled.
pub(crate) fn plain(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

impl Breakpoints {
    /// Replaces the breakpoints of a file; `offset` is what the editor's first line is called.
    pub(crate) fn set_lines(&mut self, path: &Path, wanted: Vec<Wanted>, offset: u32) -> Vec<Json> {
        let places = lines_with_statements(path);
        let mut kept = Vec::new();
        let mut told = Vec::new();
        for mut one in wanted {
            one.line = one.line.saturating_add(1 - offset);
            self.last_id += 1;
            let id = self.last_id;
            let refused = |why: String| json!({ "id": id, "verified": false, "message": why });
            // A breakpoint on a line without a statement moves to the next one that has some.
            let Some(line) = places.iter().find(|line| **line >= one.line).copied() else {
                told.push(refused("There is no statement on this line or below it.".into()));
                continue;
            };
            one.line = line;
            match Breakpoint::new(id, one) {
                Ok(breakpoint) => {
                    told.push(json!({ "id": id, "verified": true, "line": line + offset - 1 }));
                    kept.push(breakpoint);
                }
                Err(why) => told.push(refused(why)),
            }
        }
        self.lines.insert(plain(path), OfFile { spelled: path.to_owned(), breakpoints: kept });
        told
    }

    /// Replaces the breakpoints at functions.
    pub(crate) fn set_functions(&mut self, wanted: Vec<Wanted>) -> Vec<Json> {
        self.functions.clear();
        let mut told = Vec::new();
        for one in wanted {
            self.last_id += 1;
            match Breakpoint::new(self.last_id, one) {
                Ok(breakpoint) => {
                    told.push(self.told(&breakpoint));
                    self.functions.push(breakpoint);
                }
                Err(why) => told.push(json!({ "id": self.last_id, "verified": false, "message": why })),
            }
        }
        told
    }

    /// Notes which functions the program that starts has. What is now known of the breakpoints at functions comes back.
    pub(crate) fn loaded(&mut self, functions: Vec<String>) -> Vec<Json> {
        self.loaded = Some(functions);
        self.functions.iter().map(|breakpoint| self.told(breakpoint)).collect()
    }

    /// What the editor is told of a breakpoint at a function.
    fn told(&self, breakpoint: &Breakpoint) -> Json {
        let name = &breakpoint.name;
        let message = match &self.loaded {
            None => format!("Nothing is loaded yet: '{name}' is looked for when the script starts."),
            Some(all) if all.iter().any(|function| is_at(breakpoint, function)) => {
                return json!({ "id": breakpoint.id, "verified": true });
            }
            Some(all) => {
                let lasts = all.iter().map(|function| last(function));
                let near = closest(name, all.iter().map(String::as_str).chain(lasts));
                let near = near.map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
                format!("The program calls no function named '{name}'.{near}")
            }
        };
        json!({ "id": breakpoint.id, "verified": false, "message": message })
    }

    /// The breakpoints at a line.
    pub(crate) fn at(&self, file: &Path, line: u32) -> Vec<Breakpoint> {
        let all = self.lines.get(file).into_iter().flat_map(|of| &of.breakpoints);
        all.filter(|one| one.line == line).cloned().collect()
    }

    /// A file as the editor spells it, if it has breakpoints.
    pub(crate) fn spelled(&self, file: &Path) -> Option<PathBuf> {
        self.lines.get(file).map(|of| of.spelled.clone())
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Breakpoint> {
        self.lines.values_mut().flat_map(|of| &mut of.breakpoints).chain(&mut self.functions)
    }

    /// The breakpoints at a function, by its name or the last part of it.
    pub(crate) fn of(&self, function: &str) -> Vec<Breakpoint> {
        self.functions.iter().filter(|one| is_at(one, function)).cloned().collect()
    }

    /// Counts that a breakpoint's condition held; how often it did.
    pub(crate) fn count(&mut self, id: i64) -> u64 {
        let found = self.all_mut().find(|one| one.id == id);
        found.map_or(0, |one| {
            one.count += 1;
            one.count
        })
    }

    /// Starts counting again.
    pub(crate) fn forget_counts(&mut self) {
        self.all_mut().for_each(|one| one.count = 0);
    }
}

/// Whether a breakpoint is at a function: it has its name, or the last part of it.
fn is_at(breakpoint: &Breakpoint, function: &str) -> bool {
    breakpoint.name == function || breakpoint.name == last(function)
}

/// The last part of a function's name.
fn last(function: &str) -> &str {
    function.rsplit('.').next().unwrap_or(function)
}

/// Whether a text is one expression, which assigns nothing.
pub(crate) fn is_expression(text: &str) -> bool {
    let (_, parsed) = rainwright_syntax::parse_input(text.trim());
    let is_sound = parsed.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    match &parsed.tree.items[..] {
        [Item::Statement(statement)] => is_sound && matches!(statement.kind, StmtKind::Expr(_)),
        _ => false,
    }
}

/// The lines of a file on which a statement begins, in order.
fn lines_with_statements(path: &Path) -> Vec<u32> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let spans = match DocumentKind::of(&text) {
        DocumentKind::Export => {
            let all = scripts(&text);
            all.iter().flat_map(|script| statements(&parse_script(&text, script).tree)).collect()
        }
        _ => statements(&parse(&text).tree),
    };
    let index = LineIndex::new(&text);
    let mut lines: Vec<u32> = spans.into_iter().map(|span| index.line(span.start)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

#[cfg(test)]
mod tests {
    use super::{Breakpoints, Hits, Wanted, is_expression};

    #[test]
    fn breakpoints_at_functions_are_held_to_those_that_are_loaded() {
        let mut breakpoints = Breakpoints::default();
        let at = |name: &str| vec![Wanted { name: name.to_owned(), ..Wanted::default() }];
        let told = breakpoints.set_functions(at("twice"));
        assert_eq!((&told[0]["verified"], told[0]["id"].as_i64()), (&false.into(), Some(1)));
        assert!(told[0]["message"].as_str().is_some_and(|why| why.contains("when the script starts")));
        let known = || vec!["standalone.twice".to_owned(), "once".to_owned()];
        assert_eq!(breakpoints.loaded(known())[0]["verified"], true);
        let told = breakpoints.set_functions(at("twcie"));
        let why = "The program calls no function named 'twcie'. Did you mean 'twice'?";
        assert_eq!((&told[0]["verified"], told[0]["message"].as_str()), (&false.into(), Some(why)));
        assert_eq!(breakpoints.set_functions(at("standalone.twice"))[0]["verified"], true);
        // The program of the next start may have it.
        breakpoints.set_functions(at("thrice"));
        assert_eq!(breakpoints.loaded(vec!["thrice".to_owned()])[0]["verified"], true);
    }

    #[test]
    fn hit_counts_are_read() {
        assert_eq!(Hits::read("3"), Ok(Hits::AtLeast(3)));
        assert_eq!(Hits::read(" % 2 "), Ok(Hits::Every(2)));
        assert_eq!(Hits::read("==7"), Ok(Hits::Exactly(7)));
        assert!(Hits::Every(2).holds(4) && !Hits::Every(2).holds(3) && Hits::Below(2).holds(1));
        assert!(Hits::read("x").is_err() && Hits::read("% 0").is_err() && Hits::read("!3").is_err());
    }

    #[test]
    fn a_condition_assigns_nothing() {
        assert!(is_expression("a == 1") && is_expression("m.get(\"a\") > 2 && b"));
        for text in ["a = 1", "a == ", "", "a; b;", "int f() { return 1; }", "if(a) { b = 1; }"] {
            assert!(!is_expression(text), "{text}");
        }
    }
}
