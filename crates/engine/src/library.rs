//! The functions of a project. Each source is parsed once, when a script first needs it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rainwright_diagnostic::{Code, LineIndex, Problem, Severity};
use rainwright_syntax::Parsed;
use rainwright_syntax::ast::Item;

use crate::script::Source;

/// Functions that scripts may call, in sources that may be many. Cheap to clone, and shared between threads.
///
/// Only what a script reaches is parsed, and only once. A source with mistakes breaks nothing but the calls of its own
/// functions.
///
/// ```
/// use rainwright::{Engine, Inputs, Library, OfflineHost};
///
/// let library = Library::new([
///     ("greet.dg".to_owned(), Ok("string greet(string name) { return \"Hello \" + name; }".to_owned())),
///     ("broken.dg".to_owned(), Ok("void broken() { x = ; }".to_owned())),
/// ]);
/// let script = Engine::new().compile_with(&[("main.dg", "return greet(\"Ada\");")], &library, None)?;
/// let done = script.run(&mut OfflineHost::new(), Inputs::new());
/// assert_eq!(done.result?.as_str(), Some("Hello Ada"));
/// # Ok::<(), rainwright::Failure>(())
/// ```
#[derive(Clone, Default)]
pub struct Library {
    inner: Arc<Inner>,
    /// Functions that are not taken from it.
    hidden: Arc<[String]>,
}

#[derive(Default)]
struct Inner {
    files: Vec<File>,
    /// The files that may define a function, by the last part of its name.
    index: OnceLock<HashMap<String, Vec<usize>>>,
}

struct File {
    name: String,
    text: Result<String, Problem>,
    read: OnceLock<Read>,
}

/// A file that a script has reached.
struct Read {
    source: Arc<Source>,
    /// The positions of its functions in the tree, by the last part of their names.
    functions: HashMap<String, Vec<usize>>,
    /// Why its functions cannot be called.
    broken: Option<Problem>,
    /// The names that each function calls, found when the function is first reached.
    calls: Vec<OnceLock<Vec<String>>>,
}

/// What a script takes from a library's file.
pub(crate) struct Taken {
    pub(crate) source: Arc<Source>,
    pub(crate) only: Vec<usize>,
    pub(crate) unreadable: Vec<(String, Problem)>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("files", &self.inner.files.len()).finish_non_exhaustive()
    }
}

impl Library {
    /// A library of sources: a name for messages, and the text or why it could not be read. Of two functions with the
    /// same name the first one is called.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = (String, Result<String, Problem>)>) -> Self {
        let files = sources.into_iter().map(|(name, text)| File { name, text, read: OnceLock::new() });
        Self { inner: Arc::new(Inner { files: files.collect(), index: OnceLock::new() }), hidden: Arc::default() }
    }

    /// The same library without some functions, for programs that answer calls of them otherwise.
    #[must_use]
    pub fn without(&self, names: impl IntoIterator<Item = String>) -> Self {
        Self { inner: Arc::clone(&self.inner), hidden: names.into_iter().collect() }
    }

    /// The names of all functions, found without parsing the sources: the names before a body at the top level of a source.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.inner.files.iter().flat_map(|file| match &file.text {
            Ok(text) => declared(text).map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        })
    }

    /// What the given sources, and whatever they call in turn, need of the library; `more` is a function to call besides.
    pub(crate) fn reach(&self, own: &[Arc<Source>], more: Option<&str>) -> Vec<Taken> {
        if self.inner.files.is_empty() {
            return Vec::new();
        }
        let mut taken: BTreeMap<usize, (Vec<usize>, Vec<String>)> = BTreeMap::new();
        let defined = own.iter().flat_map(|source| full_names(&source.parsed)).chain(self.hidden.iter().cloned());
        let defined: HashSet<String> = defined.collect();
        let mut left: Vec<String> = own.iter().flat_map(|source| called(&source.text)).map(str::to_owned).collect();
        left.extend(more.map(|name| last(name).to_owned()));
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(name) = left.pop() {
            let Some(files) = self.index().get(&name).filter(|_| !seen.contains(&name)) else { continue };
            for at in files {
                let file = self.inner.read(*at);
                let entry = taken.entry(*at).or_default();
                if file.broken.is_some() {
                    entry.1.extend(self.unreadable_names(*at, &name).filter(|name| !defined.contains(name)));
                    continue;
                }
                for item in file.functions.get(&name).into_iter().flatten() {
                    if let Item::Function(function) = &file.source.parsed.tree.items[*item] {
                        if defined.contains(&full_name(function)) {
                            continue;
                        }
                        entry.0.push(*item);
                        let text = &file.source.text[function.span.range()];
                        let calls = file.calls[*item].get_or_init(|| called(text).map(str::to_owned).collect());
                        left.extend(calls.iter().filter(|call| !seen.contains(*call)).cloned());
                    }
                }
            }
            seen.insert(name);
        }
        let taken = taken.into_iter().filter(|(_, (only, names))| !only.is_empty() || !names.is_empty());
        let take = |(at, (mut only, names)): (usize, (Vec<usize>, Vec<String>))| {
            let file = self.inner.read(at);
            only.sort_unstable();
            let why = file.broken.as_ref();
            let unreadable = names.into_iter().filter_map(|name| Some((name, why?.clone()))).collect();
            Taken { source: Arc::clone(&file.source), only, unreadable }
        };
        taken.map(take).collect()
    }

    fn index(&self) -> &HashMap<String, Vec<usize>> {
        self.inner.index.get_or_init(|| {
            let mut index: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, file) in self.inner.files.iter().enumerate() {
                let text = file.text.as_deref().unwrap_or_default();
                let names: HashSet<&str> = declared(text).map(last).chain([last(stem(&file.name))]).collect();
                for name in names {
                    index.entry(name.to_owned()).or_default().push(at);
                }
            }
            index
        })
    }

    /// The full names under which a file with mistakes seems to define a function.
    fn unreadable_names(&self, at: usize, name: &str) -> impl Iterator<Item = String> + '_ {
        let file = &self.inner.files[at];
        let text = file.text.as_deref().unwrap_or_default();
        let mut names: Vec<String> = declared(text).filter(|full| last(full) == name).map(str::to_owned).collect();
        if names.is_empty() {
            names.push(stem(&file.name).to_owned());
        }
        names.into_iter()
    }
}

impl Inner {
    fn read(&self, at: usize) -> &Read {
        let file = &self.files[at];
        file.read.get_or_init(|| {
            let text = file.text.as_deref().unwrap_or_default();
            let parsed = rainwright_eval::parse(text);
            let mistake = parsed.diagnostics.iter().find(|d| d.severity == Severity::Error);
            let lines = Arc::new(LineIndex::new(text));
            let broken = match (&file.text, mistake) {
                (Err(problem), _) => Some(problem.clone()),
                (Ok(_), Some(mistake)) => {
                    let line = lines.line(mistake.span.start);
                    let message = format!("{} has a mistake in line {line}: {}", file.name, mistake.problem.message);
                    Some(
                        Problem::new(Code::CannotParse, message)
                            .with_help(format!("Correct it first; `dg check {}` shows the place.", file.name)),
                    )
                }
                (Ok(_), None) => None,
            };
            let mut functions: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, item) in parsed.tree.items.iter().enumerate() {
                if let Item::Function(function) = item
                    && let Some(name) = function.path.last()
                {
                    functions.entry(name.name.to_string()).or_default().push(at);
                }
            }
            let calls = parsed.tree.items.iter().map(|_| OnceLock::new()).collect();
            let source = Arc::new(Source { name: file.name.clone(), text: text.into(), parsed, lines });
            Read { source, functions, broken, calls }
        })
    }
}

fn full_names(parsed: &Parsed) -> impl Iterator<Item = String> + '_ {
    parsed.tree.items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(full_name(function)),
        Item::Statement(_) => None,
    })
}

fn full_name(function: &rainwright_syntax::ast::Function) -> String {
    function.path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(".")
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The name of a file without its folders and its ending: what a function in it is likely to be called.
fn stem(name: &str) -> &str {
    Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The words before a `(`: the names of all functions that a text may call, and of some that it does not.
fn called(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let before = text[..at].trim_end();
        let start = before.bytes().rposition(|byte| !is_word(byte)).map_or(0, |found| found + 1);
        before.get(start..).filter(|word| !word.is_empty())
    })
}

/// The names of functions that a text defines: dotted words before parentheses and a `{`, outside of all brackets.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    let mut names = Vec::new();
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_u32);
    // The last dotted word outside of brackets, and the one whose parentheses have just ended.
    let (mut word, mut header): (Option<&str>, Option<&str>) = (None, None);
    while let Some(byte) = bytes.get(at) {
        let next = match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => text[at..].find('\n').map_or(bytes.len(), |end| at + end),
            b'/' if bytes.get(at + 1) == Some(&b'*') => text[at..].find("*/").map_or(bytes.len(), |end| at + end + 2),
            quote @ (b'"' | b'\'') => after_text(bytes, at, *quote),
            byte if is_word(*byte) => {
                let end = bytes[at..].iter().position(|b| !is_word(*b) && *b != b'.').map_or(bytes.len(), |n| at + n);
                if depth == 0 {
                    (word, header) = (text.get(at..end), None);
                }
                end
            }
            b'(' | b'[' | b'{' => {
                if *byte == b'{' && depth == 0 {
                    names.extend(header.take().filter(|name| !KEYWORDS.contains(name)));
                }
                if *byte != b'(' {
                    word = None;
                }
                depth += 1;
                at + 1
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    header = word.take().filter(|_| *byte == b')');
                }
                at + 1
            }
            byte => {
                if depth == 0 && !byte.is_ascii_whitespace() {
                    (word, header) = (None, None);
                }
                at + 1
            }
        };
        at = next;
    }
    names.into_iter()
}

/// Words that come before parentheses and a block, and are not functions.
const KEYWORDS: &[&str] = &["if", "while", "catch"];

/// The place after a text that begins at `at`; one that is not closed ends with its line.
fn after_text(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 1,
            b'\n' => return end,
            byte if *byte == quote => return end + 1,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Library, called, declared};
    use crate::{Code, Engine, Inputs, OfflineHost, Problem};

    fn library(sources: &[(&str, &str)]) -> Library {
        Library::new(sources.iter().map(|(name, text)| ((*name).to_owned(), Ok((*text).to_owned()))))
    }

    fn run(library: &Library, source: &str) -> Result<String, crate::Failure> {
        let script = Engine::new().compile_with(&[("main.dg", source)], library, None)?;
        script.run(&mut OfflineHost::new(), Inputs::new()).result.map(|value| value.to_string())
    }

    #[test]
    fn headers_are_found_without_parsing() {
        let text = "// void no(int a) {\nvoid automation.first(int a, string b)\n{ if(a == 1) { info \"x(){\"; } }\n\
                    /* int no() {} */ string second() { return third(); }\nif (x) { y = 'a{'; }\ninfo z(1);";
        assert_eq!(declared(text).collect::<Vec<_>>(), ["automation.first", "second"]);
        assert_eq!(called("a.b (1) + c(d(2)); if(x)").collect::<Vec<_>>(), ["b", "c", "d", "if"]);
        assert_eq!(declared("void a(").chain(declared("\"")).chain(declared("}) é{")).count(), 0);
    }

    #[test]
    fn only_what_is_reached_is_parsed() {
        let library = library(&[
            ("f/a.dg", "int a() { return standalone.b() + 1; }"),
            ("f/b.dg", "int standalone.b() { return 1; }\nint c() { return a(); }"),
            ("f/unused.dg", "int unused() { return 1; }"),
        ]);
        assert_eq!(run(&library, "return a();").unwrap(), "2");
        let read: Vec<bool> = library.inner.files.iter().map(|file| file.read.get().is_some()).collect();
        assert_eq!(read, [true, true, false]);
        assert_eq!(library.names().collect::<Vec<_>>(), ["a", "standalone.b", "c", "unused"]);
    }

    #[test]
    fn a_file_with_mistakes_breaks_only_its_callers() {
        let broken = "int good() { return 1; }\nint bad(int n) { return n + ; }";
        let mut files: Vec<(String, Result<String, Problem>)> = vec![
            ("f/broken.dg".into(), Ok(broken.into())),
            ("f/fine.dg".into(), Ok("int fine() { return 7; }".into())),
        ];
        files.push(("f/lost.dg".into(), Err(Problem::new(Code::NotText, "f/lost.dg is not UTF-8 text"))));
        let library = Library::new(files);
        assert_eq!(run(&library, "return fine();").unwrap(), "7");
        for call in ["bad(1)", "good()"] {
            let failure = run(&library, &format!("return {call};")).unwrap_err();
            assert!(failure.message().contains("f/broken.dg has a mistake in line 2"), "{failure}");
            assert_eq!(failure.place().unwrap().source, "main.dg");
        }
        assert!(run(&library, "return lost();").unwrap_err().message().contains("not UTF-8"));
        // Nothing happens before the call.
        assert_eq!(run(&library, "if(false) { bad(1); } return 3;").unwrap(), "3");
    }

    #[test]
    fn a_function_of_the_script_goes_before_one_of_the_library() {
        let library = library(&[("f/a.dg", "int a() { return 1; }")]);
        assert_eq!(run(&library, "int a() { return 2; }\nreturn a();").unwrap(), "2");
    }
}
