//! What `ide` knows while a line is typed: the line is looked at as if the conversation so far stood above it.

use std::cell::RefCell;

use rainwright::{Kind, Session, Value};
use rainwright_diagnostic::Span;
use rainwright_ide::{Analysis, CompletionKind, Project};

/// The one file and project of a conversation.
const FILE: &str = "conversation";
/// How deep values are described, and how many keys of a map.
const DEEP: usize = 4;
const KEYS: usize = 60;

/// Answers about a line.
pub struct Known {
    analysis: RefCell<Analysis>,
    /// Statements that give the conversation's variables values of their kinds, and its functions.
    before: String,
}

/// Something that could be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is put into the line.
    pub insert: String,
    /// The line of the list.
    pub shown: String,
}

impl Known {
    /// Knows the language, and what the project tells.
    pub fn new(project: Project) -> Self {
        let mut analysis = Analysis::default();
        analysis.set_project(FILE, project);
        Self { analysis: RefCell::new(analysis), before: String::new() }
    }

    /// Takes the project anew, after another product was chosen.
    pub fn set_project(&mut self, project: Project) {
        self.analysis.get_mut().set_project(FILE, project);
    }

    /// Learns what the conversation has.
    pub fn learn(&mut self, session: &Session) {
        self.before.clear();
        for (name, value) in session.variables() {
            self.before.push_str(&format!("{name} = {};\n", sample(value, DEEP)));
        }
        for source in session.function_sources() {
            self.before.push_str(source);
            self.before.push('\n');
        }
    }

    fn ask<T>(&self, line: &str, answer: impl FnOnce(&Analysis, u32) -> T) -> T {
        let mut analysis = self.analysis.borrow_mut();
        analysis.open(FILE, FILE, &format!("{}{line}", self.before));
        answer(&analysis, self.before.len() as u32)
    }

    /// What could be typed at a place in a line, and where the word begins that it replaces.
    pub fn completions(&self, line: &str, at: usize) -> (usize, Vec<Entry>) {
        self.ask(line, |analysis, shift| {
            let found = analysis.completions(FILE, shift + at as u32);
            let Some(first) = found.iter().find(|one| one.kind != CompletionKind::Snippet) else {
                return (at, Vec::new());
            };
            let start = first.replace.start;
            let begun = line.get((start.saturating_sub(shift)) as usize..at).unwrap_or_default().to_lowercase();
            let fits = found.iter().filter(|one| one.kind != CompletionKind::Snippet && one.replace.start == start);
            let entries = fits.filter_map(|one| {
                // Places to fill in are for editors.
                let insert =
                    if one.snippet { one.insert.split('$').next().unwrap_or_default() } else { one.insert.as_str() };
                let docs = one.documentation.as_deref().and_then(|key| analysis.documentation(key)).unwrap_or_default();
                let doc = sentence(&docs);
                let detail = if doc.is_empty() { one.detail.clone() } else { format!("{}  {doc}", one.detail) };
                let is_begun = insert.to_lowercase().starts_with(&begun);
                is_begun.then(|| Entry { insert: insert.to_owned(), shown: row(&one.label, &detail) })
            });
            (start.saturating_sub(shift) as usize, entries.collect())
        })
    }

    /// The call that is being typed: its parameters, the one at hand in brackets of its own.
    pub fn signature(&self, line: &str, at: usize) -> Option<String> {
        let found =
            self.ask(line, |analysis, shift| analysis.signatures(FILE, shift + at as u32)).into_iter().next()?;
        let mut label = found.label.clone();
        if let Some((start, end, _)) = found.params.get(found.active)
            && label.is_char_boundary(*start)
            && label.is_char_boundary(*end)
        {
            label.replace_range(*start..*end, &format!("<{}>", &found.label[*start..*end]));
        }
        Some(label)
    }

    /// The kinds that an expression can have, as far as reading it tells.
    pub fn kinds(&self, expression: &str) -> Option<String> {
        let line = format!("it___ = {expression};");
        self.ask(&line, |analysis, shift| {
            let hints = analysis.hints(FILE, Span::new(shift, shift + line.len() as u32));
            let hint = hints.into_iter().find(|hint| hint.offset == shift + "it___".len() as u32)?;
            Some(hint.label.trim_start_matches(": ").to_owned())
        })
    }
}

/// A line of the list of completions.
fn row(label: &str, detail: &str) -> String {
    let line = format!("{label:<24} {}", detail.split_whitespace().collect::<Vec<_>>().join(" "));
    line.chars().take(96).collect::<String>().trim_end().to_owned()
}

/// The first sentence of a page, without its heading and its code.
fn sentence(markdown: &str) -> String {
    let mut in_code = false;
    let line = markdown.lines().find(|line| {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence && !line.trim().is_empty() && !line.starts_with(['#', '-', '|', '*'])
    });
    line.map_or("", |line| line.split_inclusive(". ").next().unwrap_or(line)).trim().replace(['`', '*'], "")
}

/// An expression whose value is of the same kind, with the same keys.
fn sample(value: &Value, deep: usize) -> String {
    if let Some(map) = value.as_map().filter(|_| value.kind() == Kind::Map) {
        let map = map.borrow();
        let keys = map.iter().filter_map(|(key, value)| Some((key.as_str()?, value))).take(KEYS);
        let pairs: Vec<String> = match deep {
            0 => Vec::new(),
            _ => keys.map(|(key, value)| format!("{}:{}", quoted(key), sample(value, deep - 1))).collect(),
        };
        return if pairs.is_empty() { "Map()".into() } else { format!("{{{}}}", pairs.join(",")) };
    }
    match value.kind() {
        Kind::Null | Kind::File | Kind::Records | Kind::Map => "null".into(),
        Kind::Bool => "true".into(),
        Kind::Number => "1".into(),
        Kind::Decimal => "1.5".into(),
        Kind::Text => "\"\"".into(),
        Kind::DateTime => "zoho.currenttime".into(),
        Kind::Time => "\"10:00\".toTime()".into(),
        Kind::Collection => "Collection()".into(),
        Kind::List => match value.as_list().and_then(|list| list.get(0)).filter(|_| deep > 0) {
            Some(first) => format!("{{{}}}", sample(&first, deep - 1)),
            None => "List()".into(),
        },
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rainwright::{Engine, OfflineHost};

    fn known() -> Known {
        let mut session = Session::new(Engine::new());
        let mut host = OfflineHost::new();
        for input in [
            "lead = {\"Full_Name\":\"Ada\",\"owner\":{\"email\":\"a@b.c\"}};",
            "names = {\"x\",\"y\"};",
            "amount = 12.5;",
            "int twice(int n) { return n * 2; }",
        ] {
            session.eval(input, &mut host).unwrap();
        }
        let mut known = Known::new(Project::default());
        known.learn(&session);
        known
    }

    fn inserts(line: &str) -> Vec<String> {
        known().completions(line, line.len()).1.into_iter().map(|entry| entry.insert).collect()
    }

    #[test]
    fn what_a_value_has_is_offered() {
        assert!(inserts("lead.ke").iter().any(|one| one.starts_with("keys")));
        // A map has no sine, a text no keys.
        assert!(!inserts("lead.").iter().any(|one| one.starts_with("sin(") || one.starts_with("toUpperCase")));
        assert!(inserts("lead.get(\"Full_Name\").toUpp").iter().any(|one| one.starts_with("toUpperCase")));
        assert!(inserts("lead.get(\"").iter().any(|one| one.contains("Full_Name")));
        assert!(inserts("lead.get(\"owner\").get(\"").iter().any(|one| one.contains("email")));
        assert!(inserts("twi").iter().any(|one| one.starts_with("twice")));
        assert!(inserts("amou").contains(&"amount".to_owned()));
        let (start, all) = known().completions("x = names.so", 12);
        assert_eq!(start, 10);
        let sort = all.iter().find(|one| one.insert.starts_with("sort")).unwrap();
        assert!(sort.shown.len() > 26, "it has documentation: {}", sort.shown);
    }

    #[test]
    fn calls_and_kinds_are_known() {
        let line = "lead.put(\"a\",";
        let call = known().signature(line, line.len()).unwrap();
        assert!(call.contains("put(") && call.contains('<'), "{call}");
        assert_eq!(known().kinds("names.size() + 1").as_deref(), Some("NUMBER"));
        assert_eq!(known().kinds("lead.keys()").as_deref(), Some("LIST"));
    }
}
