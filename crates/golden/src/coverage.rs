//! What tests reach of the scripts they run: statements, and the sides of branches.

mod html;
mod lcov;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rainwright::{LineIndex, Span};
use rainwright_syntax::branches::{goals, statements};

/// What one run reached of one source.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
    pub(crate) times: Vec<(Span, u64)>,
}

/// What runs reached of their sources.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    files: BTreeMap<PathBuf, Source>,
}

#[derive(Clone, Debug, Default)]
struct Source {
    text: String,
    times: HashMap<Span, u64>,
}

/// What was reached of one file.
#[derive(Clone, Debug)]
pub struct FileCoverage {
    /// The file.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
    /// Its statements, in order.
    pub statements: Vec<StatementCoverage>,
    /// The sides of its branches, in order.
    pub sides: Vec<SideCoverage>,
}

/// How often a statement was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementCoverage {
    /// The line where it begins.
    pub line: u32,
    /// How often.
    pub times: u64,
}

/// Whether a side of a branch was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideCoverage {
    /// The line of the branch.
    pub line: u32,
    /// What it means when the side is not taken.
    pub what: String,
    /// Whether the branch was executed at all.
    pub met: bool,
    /// Whether the side was taken.
    pub taken: bool,
}

/// How many there are, and how many were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Those that were reached.
    pub reached: usize,
    /// All.
    pub all: usize,
}

impl Share {
    fn of(reached: impl Iterator<Item = bool>) -> Self {
        reached.fold(Self::default(), |share, reached| share.with(Share { reached: usize::from(reached), all: 1 }))
    }

    fn with(self, other: Self) -> Self {
        Self { reached: self.reached + other.reached, all: self.all + other.all }
    }

    /// In percent; what has nothing to reach is reached.
    #[must_use]
    pub fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.reached as f64 * 100.0 / self.all as f64 }
    }
}

impl Coverage {
    pub(crate) fn add(&mut self, reached: Reached) {
        let source = self.files.entry(plain(&reached.file)).or_default();
        source.text = reached.text;
        for (span, times) in reached.times {
            *source.times.entry(span).or_default() += times;
        }
    }

    /// Adds a file that counts although no test may reach it.
    pub fn expect(&mut self, file: &Path, text: String) {
        self.files.entry(plain(file)).or_insert_with(|| Source { text, times: HashMap::new() });
    }

    /// Whether nothing was run that could be counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What was reached of each file.
    #[must_use]
    pub fn files(&self) -> Vec<FileCoverage> {
        self.files.iter().map(|(file, source)| source.report(file)).collect()
    }

    /// The table for people: each file, then all of them.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        let percent = |share: Share| format!("{:5.1} % ({} of {})", share.percent(), share.reached, share.all);
        let heading = ["file", "statements", "branches", "not reached"].map(str::to_owned).to_vec();
        let mut rows = vec![heading];
        let (mut statements, mut sides) = (Share::default(), Share::default());
        for file in self.files() {
            (statements, sides) = (statements.with(file.share()), sides.with(file.branch_share()));
            let name = file.file.display().to_string();
            rows.push(vec![name, percent(file.share()), percent(file.branch_share()), file.missing()]);
        }
        rows.push(vec!["all".into(), percent(statements), percent(sides), String::new()]);
        rows
    }

    /// The statements of all files.
    #[must_use]
    pub fn share(&self) -> Share {
        self.files().iter().map(FileCoverage::share).fold(Share::default(), Share::with)
    }

    /// As lcov writes it, for editors and services that show coverage.
    #[must_use]
    pub fn lcov(&self) -> String {
        lcov::print(&self.files())
    }

    /// A page with every source, coloured by what was reached.
    #[must_use]
    pub fn html(&self) -> String {
        html::print(&self.files())
    }
}

/// A path without detours, so that one file is not counted twice.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    let here = std::env::current_dir().unwrap_or_default();
    plain.strip_prefix(&here).map_or(plain.clone(), Path::to_owned)
}

impl Source {
    fn report(&self, file: &Path) -> FileCoverage {
        let parsed = rainwright_syntax::parse(&self.text);
        let lines = LineIndex::new(&self.text);
        let times = |span: Span| self.times.get(&span).copied().unwrap_or(0);
        let statements = statements(&parsed.tree).into_iter();
        let statements = statements.map(|span| StatementCoverage { line: lines.line(span.start), times: times(span) });
        let sides = goals(&parsed.tree).into_iter().map(|goal| SideCoverage {
            line: lines.line(goal.at.start),
            what: goal.describe(&self.text),
            met: times(goal.at) > 0,
            taken: goal.is_reached(times),
        });
        FileCoverage {
            file: file.to_owned(),
            text: self.text.clone(),
            statements: statements.collect(),
            sides: sides.collect(),
        }
    }
}

impl FileCoverage {
    /// How many of its statements were reached.
    #[must_use]
    pub fn share(&self) -> Share {
        Share::of(self.statements.iter().map(|statement| statement.times > 0))
    }

    /// How many sides of its branches were taken.
    #[must_use]
    pub fn branch_share(&self) -> Share {
        Share::of(self.sides.iter().map(|side| side.taken))
    }

    /// How often each line with statements was executed.
    pub(crate) fn lines(&self) -> BTreeMap<u32, u64> {
        let mut lines = BTreeMap::new();
        for statement in &self.statements {
            let times: &mut u64 = lines.entry(statement.line).or_default();
            *times = (*times).max(statement.times);
        }
        lines
    }

    /// The lines that were not reached, as `3-5, 9`.
    #[must_use]
    pub fn missing(&self) -> String {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let lines = self.lines();
        let mut last = None;
        for (line, times) in &lines {
            if *times == 0 {
                match ranges.last_mut().filter(|(_, to)| last == Some(*to)) {
                    Some(range) => range.1 = *line,
                    None => ranges.push((*line, *line)),
                }
            }
            last = Some(*line);
        }
        let shown = ranges.into_iter();
        let shown = shown.map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
        shown.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Coverage, Reached, Share};
    use rainwright::{Engine, Inputs, OfflineHost};

    const SOURCE: &str = "int f(int n)\n{\n\tif(n > 1)\n\t{\n\t\treturn 1;\n\t}\n\tx = 2;\n\treturn x;\n}\n";

    fn run(coverage: &mut Coverage, n: i64) {
        let script = Engine::new().counting(true).compile("f.dg", SOURCE);
        let Ok(script) = script else { return };
        let done = script.run(&mut OfflineHost::new(), Inputs::new().arg("n", n));
        let times = done.reach.iter().map(|reach| (reach.span, reach.times)).collect();
        coverage.add(Reached { file: "a/../f.dg".into(), text: SOURCE.into(), times });
    }

    #[test]
    fn statements_and_sides_are_counted() {
        let mut coverage = Coverage::default();
        coverage.expect(Path::new("./f.dg"), SOURCE.into());
        assert_eq!(coverage.share(), Share { reached: 0, all: 4 });
        run(&mut coverage, 5);
        let [file] = &coverage.files()[..] else { return assert_eq!(coverage.files().len(), 1) };
        assert_eq!((file.share(), file.branch_share()), (Share { reached: 2, all: 4 }, Share { reached: 1, all: 2 }));
        assert_eq!(file.missing(), "7-8");
        let lcov = coverage.lcov();
        assert!(lcov.contains("SF:f.dg\n") && lcov.contains("DA:5,1\n") && lcov.contains("DA:7,0\n"), "{lcov}");
        assert!(lcov.contains("BRDA:3,0,0,1\nBRDA:3,0,1,0\nBRF:2\nBRH:1\n"), "{lcov}");
        let html = coverage.html();
        assert!(html.contains("n &gt; 1 always held") && html.contains("50.0 %"), "{html}");
        run(&mut coverage, 0);
        assert!((coverage.share().percent() - 100.0).abs() < 1e-9);
        assert!(coverage.lcov().contains("BRH:2\n"));
    }
}
