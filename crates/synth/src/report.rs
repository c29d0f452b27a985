//! What came of trying a script.

use rainwright_builtins::FunctionKind;
use rainwright_effect::{Call, Data, DataMap, Outcome, Refusal};

use crate::goal::{goals, statements};
use crate::host::Event;
use crate::infer::Analysis;
use crate::make::{Case, Choice};
use crate::search::{End, Fault, Finding, Run, Search};
use crate::seen::Seen;
use crate::shape::{Id, Origin};
use crate::unreached::{Unreached, unreached};

/// How a script, or one of its entries, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// At least one run reached its end.
    Finished,
    /// Every run ended in the script's own `throw`.
    Throws,
    /// Every run ended in a mistake of the script.
    Fault,
    /// Something that cannot be played stopped it.
    NotPlayable,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Finished => "finished",
            Verdict::Throws => "throws",
            Verdict::Fault => "fault",
            Verdict::NotPlayable => "not playable",
        }
    }
}

/// How much of a script was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// All statements.
    pub statements: usize,
    /// Those that ran at least once.
    pub reached: usize,
    /// All sides of branches, loops and handlers.
    pub sides: usize,
    /// Those that were taken at least once.
    pub taken: usize,
}

/// A mistake that some runs ended in.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The mistake.
    pub fault: Fault,
    /// Whether a `catch` of the script takes it.
    pub caught: bool,
    /// The fewest values that cause it, each as `place = value`; none when it happens whatever is made up.
    pub because: Vec<String>,
}

/// What came of one function, or of the bare statements.
#[derive(Clone, Debug)]
pub struct EntryReport {
    /// The function's name; empty for the bare statements.
    pub entry: String,
    /// How it ended.
    pub verdict: Verdict,
    /// The inputs and answers of the run that is shown, as `--with` takes them.
    pub inputs: Data,
    /// How that run ended.
    pub end: End,
    /// What it did, in order.
    pub events: Vec<Event>,
    /// The mistakes of all runs.
    pub found: Vec<Found>,
    /// Mistakes that only hostile values bring to light.
    pub hostile: Vec<Found>,
    /// The parameters and variables of the run that is shown, with their exact values.
    pub arguments: Vec<(String, Data)>,
    /// Its calls with their answers, as they were: the log and the clock are among them.
    pub tape: Vec<(Call, Result<Outcome, Refusal>)>,
    /// How many runs it took.
    pub runs: usize,
}

/// What came of a script.
#[derive(Clone, Debug)]
pub struct Report {
    /// The script's name.
    pub name: String,
    /// How it ended: the worst of its entries.
    pub verdict: Verdict,
    /// The product whose rules held.
    pub profile: &'static str,
    /// The kind of its function, when that was known.
    pub kind: Option<&'static FunctionKind>,
    /// Its entries.
    pub entries: Vec<EntryReport>,
    /// What was reached of the whole file, or of the entry where that alone is reported on.
    pub coverage: Coverage,
    /// What was not.
    pub unreached: Vec<Unreached>,
    seen: Seen,
}

impl Report {
    pub(crate) fn new(name: &str, profile: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            verdict: Verdict::Finished,
            profile,
            kind: None,
            entries: Vec::new(),
            coverage: Coverage::default(),
            unreached: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// The report of a script that cannot be read.
    pub(crate) fn unreadable(name: &str, profile: &'static str, fault: Option<Fault>) -> Self {
        let mut report = Self::new(name, profile);
        report.verdict = Verdict::Fault;
        if let Some(fault) = fault {
            report.entries.push(EntryReport {
                entry: String::new(),
                verdict: Verdict::Fault,
                inputs: Data::Map(DataMap::new()),
                end: End::Fault(fault.clone()),
                events: Vec::new(),
                found: vec![Found { fault, caught: false, because: Vec::new() }],
                hostile: Vec::new(),
                arguments: Vec::new(),
                tape: Vec::new(),
                runs: 0,
            });
        }
        report
    }

    pub(crate) fn add(&mut self, search: &Search<'_>) {
        let describe = |site: usize| search.analysis.sites[site].describe();
        let told = |finding: &Finding| Found {
            fault: finding.fault.clone(),
            caught: finding.run.caught.contains(&finding.fault),
            because: reasons(search, &finding.case, &describe),
        };
        let found: Vec<Found> = search.findings.iter().chain(&search.caught).map(told).collect();
        let hostile: Vec<Found> = search.hostile.iter().map(told).collect();
        let Some(shown) = search.shown() else { return };
        let verdict = match (&search.best, &search.thrown) {
            (Some(_), _) => Verdict::Finished,
            (None, Some(_)) => Verdict::Throws,
            // Not every run ended in a mistake: some were stopped by what cannot be played.
            (None, None) if search.stuck.is_some() => Verdict::NotPlayable,
            (None, None) => Verdict::Fault,
        };
        self.seen.join(&search.seen);
        self.entries.push(EntryReport {
            entry: search.entry.to_owned(),
            verdict,
            inputs: inputs(search, shown),
            end: shown.end.clone(),
            events: shown.events.clone(),
            found,
            hostile,
            arguments: search.arguments(&shown.case, &shown.facts),
            tape: shown.tape.clone(),
            runs: search.runs,
        });
    }

    /// Counts what was reached, and says why the rest was not; `entries` are those that were tried.
    pub(crate) fn finish(&mut self, analysis: &Analysis<'_>, source: &str, entries: &[String]) {
        self.verdict = self.entries.iter().map(|entry| entry.verdict).max().unwrap_or(Verdict::Finished);
        let mut statements = statements(analysis.tree);
        statements.retain(|span| analysis.is_told(*span));
        let goals = goals(analysis.tree);
        let sides: Vec<usize> = (0..goals.len()).filter(|side| analysis.is_told(goals[*side].at)).collect();
        self.coverage = Coverage {
            statements: statements.len(),
            reached: statements.iter().filter(|span| self.seen.is_reached(**span)).count(),
            sides: sides.len(),
            taken: sides.iter().filter(|side| self.seen.sides.contains(side)).count(),
        };
        self.unreached = unreached(analysis, source, &self.seen, entries);
    }
}

/// The choices of a case as people read them.
fn reasons(search: &Search<'_>, case: &Case, site: &dyn Fn(usize) -> String) -> Vec<String> {
    case.choices.iter().map(|(id, choice)| reason(search, *id, choice, site)).collect()
}

fn reason(search: &Search<'_>, id: Id, choice: &Choice, site: &dyn Fn(usize) -> String) -> String {
    let path = search.analysis.shapes.path(id, site);
    let path = path.trim_end_matches(':');
    match choice {
        Choice::Null => format!("{path} = null"),
        Choice::Absent => format!("{path} is missing"),
        Choice::Empty => format!("{path} is empty"),
        Choice::Value(value) => format!("{path} = {}", value.to_json()),
        Choice::Count(count) => format!("{path} has {count} elements"),
        Choice::Kind(kind) => format!("{path} is {kind}"),
        Choice::DateText => format!("{path} is a date as TEXT"),
        Choice::Status(status) => format!("{path} has status {status}"),
        Choice::Fails => format!("{path} does not come in time"),
    }
}

/// The inputs and answers of a run as JSON.
fn inputs(search: &Search<'_>, run: &Run) -> Data {
    let mut whole = DataMap::new();
    if !search.entry.is_empty() {
        whole.insert("entry", search.entry);
    }
    let used: Vec<&str> = search
        .analysis
        .shapes
        .all
        .iter()
        .filter_map(|shape| match &shape.origin {
            Origin::Argument { function, name } if function == search.entry => Some(name.as_str()),
            Origin::Variable(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let arguments: DataMap =
        search.arguments(&run.case, &run.facts).into_iter().filter(|(name, _)| used.contains(&name.as_str())).collect();
    if !arguments.is_empty() {
        whole.insert("arguments", arguments);
    }
    let mut answers = Vec::new();
    for event in run.events.iter().filter(|event| event.is_outside()) {
        let Some(answer) = &event.answer else { continue };
        let mut one = DataMap::new();
        one.insert("line", event.line);
        one.insert("call", event.text.as_str());
        if let Some(status) = event.status {
            one.insert("status", status);
        }
        one.insert("answer", answer.clone());
        answers.push(Data::from(one));
    }
    if !answers.is_empty() {
        whole.insert("answers", answers);
    }
    whole.into()
}

impl Report {
    /// The report as data for other programs.
    #[must_use]
    pub fn data(&self) -> Data {
        let mut map = DataMap::new();
        map.insert("name", self.name.as_str());
        map.insert("verdict", self.verdict.word());
        map.insert("coverage", coverage(self.coverage));
        map.insert("unreached", self.unreached.iter().map(not_reached).collect::<Vec<_>>());
        map.insert("entries", self.entries.iter().map(EntryReport::data).collect::<Vec<_>>());
        map.into()
    }

    /// The mistakes of all entries.
    pub fn found(&self) -> impl Iterator<Item = &Found> {
        self.entries.iter().flat_map(|entry| &entry.found)
    }
}

impl EntryReport {
    fn data(&self) -> Data {
        let mut map = DataMap::new();
        map.insert("entry", self.entry.as_str());
        map.insert("verdict", self.verdict.word());
        map.insert("runs", Data::Number(self.runs as i64));
        map.insert("inputs", self.inputs.clone());
        let events = self.events.iter().map(|event| {
            let mut whole = DataMap::new();
            event.write_to(&mut whole);
            Data::from(whole)
        });
        map.insert("events", events.collect::<Vec<_>>());
        match &self.end {
            End::Finished(result) => map.insert("result", result.clone()),
            End::Thrown(why) | End::Fault(why) | End::Stuck(why) => map.insert("error", fault(why)),
        }
        let found = |found: &Found| {
            let mut map = fault(&found.fault);
            map.insert("caught", found.caught);
            map.insert("because", found.because.clone());
            Data::from(map)
        };
        map.insert("mistakes", self.found.iter().map(found).collect::<Vec<_>>());
        map.insert("hostile", self.hostile.iter().map(found).collect::<Vec<_>>());
        map.into()
    }
}

fn not_reached(one: &Unreached) -> Data {
    let mut map = DataMap::new();
    map.insert("line", one.line);
    if let Some((from, to)) = one.lines {
        map.insert("from", from);
        map.insert("to", to);
    }
    map.insert("why", one.why.as_str());
    map.into()
}

fn coverage(coverage: Coverage) -> Data {
    let Coverage { statements, reached, sides, taken } = coverage;
    let number = |number: usize| Data::Number(number as i64);
    Data::map([
        ("statements", number(statements)),
        ("reached", number(reached)),
        ("branches", number(sides)),
        ("taken", number(taken)),
    ])
}

fn fault(fault: &Fault) -> DataMap {
    let mut map = DataMap::new();
    map.insert("code", fault.code.to_string());
    map.insert("message", fault.message.as_str());
    map.insert("help", fault.help.as_str());
    map.insert("line", fault.line);
    if let Some(source) = &fault.source {
        map.insert("file", source.as_str());
    }
    map
}
