//! Runs an entry again and again: first until nothing that was made up is in the way, then to reach what was not reached.

use std::collections::{BTreeMap, HashMap, HashSet};

use rainwright::{Caught, Code, Failure, Inputs, Script};
use rainwright_diagnostic::Span;
use rainwright_effect::Data;
use rainwright_value::Kind;

use crate::TryOptions;
use crate::double::Memory;
use crate::given::Given;
use crate::goal::{Goal, Times, goals};
use crate::host::{Event, OpenHost, Tape};
use crate::infer::{Analysis, What};
use crate::kept::Kept;
use crate::make::{Case, Choice, Maker};
use crate::seen::Seen;
use crate::shape::{Id, Origin};
use crate::stop::Stop;

/// A mistake that ended a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its number.
    pub code: Code,
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// 1-based line of the statement.
    pub line: u32,
    /// The source it is in, when that is not the script itself.
    pub source: Option<String>,
    pub(crate) span: Option<Span>,
}

impl Fault {
    pub(crate) fn of(failure: &Failure, name: &str) -> Self {
        let place = failure.place();
        let source = place.as_ref().map(|p| p.source.clone()).filter(|source| source != name);
        Self {
            code: failure.code(),
            message: failure.message().to_owned(),
            help: failure.help().to_owned(),
            line: failure.line(),
            span: place.filter(|_| source.is_none()).map(|p| p.span),
            source,
        }
    }

    fn of_caught(caught: &Caught) -> Self {
        Self {
            code: caught.problem.code,
            message: caught.problem.message.clone(),
            help: caught.problem.help().to_owned(),
            line: caught.line,
            span: Some(caught.span),
            source: None,
        }
    }

    fn is_same(&self, other: &Fault) -> bool {
        (self.code, self.span, self.line) == (other.code, other.span, other.line)
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// At its end, with this result.
    Finished(Data),
    /// In the script's own `throw`.
    Thrown(Fault),
    /// In a mistake.
    Fault(Fault),
    /// In something that cannot be played here.
    Stuck(Fault),
}

/// A run and the choices that led to it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) case: Case,
    pub(crate) facts: BTreeMap<Id, Choice>,
    pub(crate) end: End,
    /// Mistakes that the script's own `catch` took.
    pub(crate) caught: Vec<Fault>,
    /// All that it did not get past.
    pub(crate) stops: Vec<Stop>,
    pub(crate) events: Vec<Event>,
    pub(crate) tape: Tape,
    pub(crate) times: Times,
}

/// A mistake that some runs ended in, with the fewest choices that cause it.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) fault: Fault,
    pub(crate) case: Case,
    pub(crate) run: Run,
}

/// Limits of a search; they are counted, not timed, so that every machine finds the same.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Runs at most.
    pub runs: usize,
    /// Executed statements at most, over all runs.
    pub statements: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { runs: 400, statements: 400_000 }
    }
}

pub(crate) struct Search<'a> {
    pub(crate) analysis: &'a Analysis<'a>,
    pub(crate) script: &'a Script,
    pub(crate) entry: &'a str,
    pub(crate) given: &'a Given,
    /// The records that queries find.
    kept: &'a Kept,
    pub(crate) doubles: Option<&'a Memory>,
    pub(crate) now: i64,
    pub(crate) seed: u64,
    pub(crate) effort: Effort,
    pub(crate) facts: BTreeMap<Id, Choice>,
    pub(crate) runs: usize,
    spent: u64,
    /// Faults that no other value mends.
    hopeless: HashSet<(Option<Span>, Code, String)>,
    pub(crate) findings: Vec<Finding>,
    /// Mistakes that the script caught.
    pub(crate) caught: Vec<Finding>,
    /// What hostile values brought to light.
    pub(crate) hostile: Vec<Finding>,
    /// What its runs came to.
    pub(crate) seen: Seen,
    /// For each statement the first case that reached it.
    pub(crate) first: HashMap<Span, Case>,
    /// The run that is shown: of those that finished, the first that reached most.
    pub(crate) best: Option<Run>,
    pub(crate) thrown: Option<Run>,
    pub(crate) stuck: Option<Run>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        script: &'a Script,
        entry: &'a str,
        options: &'a TryOptions,
        kept: &'a Kept,
    ) -> Self {
        Self {
            analysis,
            script,
            entry,
            given: &options.given,
            kept,
            doubles: None,
            now: options.now,
            seed: options.seed,
            effort: options.effort,
            facts: BTreeMap::new(),
            runs: 0,
            spent: 0,
            hopeless: HashSet::new(),
            findings: Vec::new(),
            caught: Vec::new(),
            hostile: Vec::new(),
            seen: Seen::default(),
            first: HashMap::new(),
            best: None,
            thrown: None,
            stuck: None,
        }
    }

    fn is_spent(&self) -> bool {
        self.runs >= self.effort.runs || self.spent >= self.effort.statements
    }

    pub(crate) fn maker<'m>(&'m self, case: &'m Case, facts: &'m BTreeMap<Id, Choice>) -> Maker<'m> {
        Maker { shapes: &self.analysis.shapes, case, facts, now: self.now, seed: self.seed, exact: false }
    }

    /// The parameters and variables of the entry with the values that a case gives them.
    pub(crate) fn arguments(&self, case: &Case, facts: &BTreeMap<Id, Choice>) -> Vec<(String, Data)> {
        let maker = self.maker(case, facts);
        let mut arguments = Vec::new();
        for (id, shape) in self.analysis.shapes.all.iter().enumerate() {
            let name = match &shape.origin {
                Origin::Argument { function, name } if function == self.entry => name,
                Origin::Variable(name) => name,
                _ => continue,
            };
            let value = match self.given.argument(name) {
                Some(given) => crate::typed(given, maker.kind(id, None)),
                None => maker.make(id, 0, self.example(name).as_ref()),
            };
            arguments.push((name.clone(), value));
        }
        arguments
    }

    /// What the product would give, when the kind of the function is known.
    fn example(&self, name: &str) -> Option<Data> {
        Some(self.analysis.kind?.variable(name)?.data())
    }

    /// A result, or why the product would not take it.
    fn taken(&self, result: Data) -> End {
        match self.analysis.kind.map(|kind| kind.returns.check(&result)) {
            Some(Err(problem)) => End::Fault(Fault {
                code: problem.code,
                help: problem.help().to_owned(),
                message: problem.message,
                line: self.analysis.line_of_entry(self.entry),
                source: None,
                span: None,
            }),
            _ => End::Finished(result),
        }
    }

    /// The run that is shown: one that finished, else one that ended otherwise.
    pub(crate) fn shown(&self) -> Option<&Run> {
        let shown = self.best.as_ref().or(self.thrown.as_ref()).or(self.stuck.as_ref());
        shown.or_else(|| self.findings.first().map(|finding| &finding.run))
    }

    /// The inputs and the host of a case.
    pub(crate) fn prepare<'m>(&'m self, case: &'m Case, facts: &'m BTreeMap<Id, Choice>) -> (Inputs, OpenHost<'m>) {
        let mut inputs = Inputs::new();
        if !self.entry.is_empty() {
            inputs = inputs.entry(self.entry);
        }
        for (name, value) in self.arguments(case, facts) {
            inputs = inputs.data(name, value);
        }
        self.kept.reset();
        let mut host = OpenHost::new(self.analysis, self.maker(case, facts), self.given, self.kept);
        host.doubles = self.doubles;
        (inputs, host)
    }

    pub(crate) fn run(&mut self, case: &Case) -> Run {
        self.runs += 1;
        let facts = self.facts.clone();
        let (done, events, tape) = {
            let (inputs, mut host) = self.prepare(case, &facts);
            let done = self.script.run(&mut host, inputs);
            (done, host.events, host.tape)
        };
        self.spent += done.statements + 20;
        let end = match &done.result {
            Ok(value) => self.taken(self.script.to_data(value).unwrap_or_default()),
            Err(failure) => {
                let fault = Fault::of(failure, self.script.name());
                match fault.code {
                    Code::Thrown => End::Thrown(fault),
                    Code::NotSupported | Code::LimitReached | Code::Suspended | Code::Interrupted => End::Stuck(fault),
                    _ => End::Fault(fault),
                }
            }
        };
        let failure = done.result.as_ref().err().map(|failure| Stop::of_failure(failure, self.script.name()));
        let stops = done.caught.iter().map(Stop::of_caught).chain(failure).collect();
        let caught = done.caught.iter().filter(|caught| {
            caught.source == 0 && !matches!(caught.problem.code, Code::Thrown | Code::Timeout | Code::NotSupported)
        });
        let caught = caught.map(Fault::of_caught).collect();
        Run { case: case.clone(), facts, end, caught, stops, events, tape, times: Times::new(&done.reach) }
    }

    /// Runs a case; what fails because of a made-up value is made up differently, until it comes through or nothing helps.
    fn settle(&mut self, case: &Case) -> Run {
        let mut run = self.run(case);
        while let Some(fault) = self.trouble(&run) {
            if self.is_spent() {
                break;
            }
            match self.mend(case, &fault, &run) {
                Some(better) => run = better,
                // Nothing helps; what the script catches is not in the way of the rest.
                None if matches!(run.end, End::Fault(_) | End::Stuck(_)) => break,
                None => {}
            }
        }
        run
    }

    /// What went wrong in a run and may be in the values: what ended it, or what the script caught.
    fn trouble(&self, run: &Run) -> Option<Fault> {
        if let End::Fault(fault) | End::Stuck(fault) = &run.end {
            return Some(fault.clone());
        }
        // What was chosen on purpose to be caught stays.
        let on_purpose = |fault: &Fault| {
            let suspects = fault.span.map(|span| self.suspects(span)).unwrap_or_default();
            suspects.iter().any(|id| run.case.choices.contains_key(id))
        };
        let key = |fault: &Fault| (fault.span, fault.code, fault.message.clone());
        run.caught.iter().find(|fault| !self.hopeless.contains(&key(fault)) && !on_purpose(fault)).cloned()
    }

    /// A run that gets past a fault with other values; what helped is kept for all runs.
    fn mend(&mut self, case: &Case, fault: &Fault, before: &Run) -> Option<Run> {
        let key = (fault.span, fault.code, fault.message.clone());
        if self.hopeless.contains(&key) {
            return None;
        }
        for (id, choice) in self.remedies(fault) {
            if case.choices.contains_key(&id) || self.facts.get(&id) == Some(&choice) {
                continue;
            }
            if self.is_spent() {
                return None;
            }
            let old = self.facts.insert(id, choice);
            let run = self.run(case);
            let still = run.caught.iter().any(|caught| caught.is_same(fault));
            let helped = match &run.end {
                _ if still => false,
                End::Finished(_) | End::Thrown(_) => true,
                End::Fault(next) | End::Stuck(next) => {
                    !next.is_same(fault) && run.times.total() > before.times.total()
                        || next.is_same(fault)
                            && next.message != fault.message
                            && argument_of(next) > argument_of(fault)
                }
            };
            if helped {
                return Some(run);
            }
            match old {
                Some(old) => self.facts.insert(id, old),
                None => self.facts.remove(&id),
            };
        }
        self.hopeless.insert(key);
        None
    }

    /// Takes note of what a run reached and how it ended.
    fn note(&mut self, run: &Run, goals: &[Goal<'_>]) -> bool {
        let new = self.seen.add(&run.times, &run.stops, goals, &self.analysis.lines);
        for (span, _) in run.times.reached() {
            self.first.entry(span).or_insert_with(|| run.case.clone());
        }
        for fault in &run.caught {
            if !self.caught.iter().any(|known| known.fault.is_same(fault)) && self.caught.len() < 20 {
                let (fault, case, run) = (fault.clone(), run.case.clone(), run.clone());
                self.caught.push(Finding { fault, case, run });
            }
        }
        match &run.end {
            End::Finished(_) if self.best.as_ref().is_none_or(|best| run.times.size() > best.times.size()) => {
                self.best = Some(run.clone());
            }
            End::Thrown(_) if self.thrown.is_none() => self.thrown = Some(run.clone()),
            End::Stuck(_) if self.stuck.is_none() => self.stuck = Some(run.clone()),
            End::Fault(fault) => {
                // A call that was made to fail is not a mistake of the script.
                let own = fault.code == Code::Timeout && run.case.choices.values().any(|c| *c == Choice::Fails);
                // Nor is a chosen value that the header does not take.
                let own = own || fault.line == 0 && !run.case.choices.is_empty();
                let own = own || self.is_misfit(&run.case, fault);
                if !own && !self.findings.iter().any(|known| known.fault.is_same(fault)) {
                    let (fault, case, run) = (fault.clone(), run.case.clone(), run.clone());
                    self.findings.push(Finding { fault, case, run });
                }
            }
            _ => {}
        }
        new
    }

    /// The whole search.
    pub(crate) fn explore(&mut self) {
        let goals = goals(self.analysis.tree);
        let base = self.settle(&Case::default());
        self.note(&base, &goals);
        // The sides of functions that are scripts of their own matter only as long as they may lead to its own.
        let (own, others): (Vec<usize>, Vec<usize>) =
            (0..goals.len()).partition(|number| self.analysis.is_told(goals[*number].at));
        for _round in 0..3 {
            let mut progress = false;
            for number in own.iter().chain(&others).copied() {
                let goal = &goals[number];
                let is_done = number == others.first().copied().unwrap_or(usize::MAX)
                    && own.iter().all(|own| self.seen.sides.contains(own));
                if is_done || self.is_spent() {
                    break;
                }
                let Some(reached) = self.first.get(&goal.at).cloned() else { continue };
                if self.seen.sides.contains(&number) {
                    continue;
                }
                for choices in self.ways(goal) {
                    if self.is_spent() {
                        break;
                    }
                    let run = self.settle(&self.combined(&reached, &choices));
                    progress |= self.note(&run, &goals);
                    if self.seen.sides.contains(&number) {
                        break;
                    }
                }
            }
            if !progress {
                break;
            }
        }
        let findings = std::mem::take(&mut self.findings);
        self.findings = findings.into_iter().map(|finding| self.shrunk(finding)).collect();
        let caught = std::mem::take(&mut self.caught);
        let caught: Vec<Finding> = caught.into_iter().map(|finding| self.shrunk(finding)).collect();
        let is_own = |finding: &Finding| {
            let is_fair = self.is_fair(&finding.case) || !self.comes_of(&finding.case, &finding.fault);
            is_fair && !self.is_misfit(&finding.case, &finding.fault)
        };
        self.caught = caught.into_iter().filter(is_own).collect();
    }

    /// A case with further choices. What a chosen value is found in has to be there: an earlier choice against it goes.
    fn combined(&self, reached: &Case, choices: &[(Id, Choice)]) -> Case {
        let mut case = reached.with(choices);
        for (id, _) in choices {
            let mut at = *id;
            while let Origin::Key(of, _) | Origin::Item(of) | Origin::AnyKey(of) = self.analysis.shapes.get(at).origin {
                at = of;
                let gone = matches!(
                    case.choices.get(&of),
                    Some(Choice::Null | Choice::Absent | Choice::Empty | Choice::Count(0))
                );
                if gone && choices.iter().all(|(chosen, _)| *chosen != of) {
                    case.choices.remove(&of);
                }
            }
        }
        case
    }

    /// Runs so many cases with hostile values, and keeps what fails that did not fail before.
    pub(crate) fn fuzz(&mut self, count: usize) {
        let base = self.best.as_ref().or(self.thrown.as_ref()).map(|run| run.case.clone()).unwrap_or_default();
        let attacks = self.attacks();
        if attacks.is_empty() {
            return;
        }
        let mut random = self.seed ^ 0x5EED;
        for turn in 0..count {
            let mut choices = Vec::new();
            match attacks.get(turn) {
                Some(attack) => choices.push(attack.clone()),
                // After each value alone, several at once.
                None => {
                    for _ in 0..2 + next(&mut random) % 2 {
                        choices.push(attacks[(next(&mut random) % attacks.len() as u64) as usize].clone());
                    }
                }
            }
            let run = self.run(&base.with(&choices));
            let fault = match &run.end {
                End::Fault(fault) => fault,
                End::Stuck(fault) if fault.code == Code::LimitReached => fault,
                _ => continue,
            };
            // A value that the header does not take is the caller's mistake.
            let is_known = |known: &Finding| known.fault.is_same(fault);
            if fault.line == 0 || self.findings.iter().any(is_known) || self.hostile.iter().any(is_known) {
                continue;
            }
            let finding = Finding { fault: fault.clone(), case: run.case.clone(), run };
            let finding = self.shrunk(finding);
            self.hostile.push(finding);
        }
    }

    /// Every hostile value at every place, the same kind of attack everywhere first.
    fn attacks(&self) -> Vec<(Id, Choice)> {
        let text = |text: &str| Choice::Value(Data::Text(text.to_owned()));
        let everywhere = [
            Choice::Null,
            Choice::Empty,
            text("Zo\u{eb} \u{1F980} O'Neil \"<b>&\\ \u{202e}x"),
            Choice::Kind(Kind::Text),
            Choice::Value(Data::Number(0)),
            Choice::Value(Data::Number(i64::MAX)),
            Choice::Kind(Kind::List),
            Choice::Kind(Kind::Map),
            text(&"long ".repeat(4_000)),
            Choice::Value(Data::Number(-1)),
            Choice::Value(Data::Bool(true)),
            Choice::Count(500),
        ];
        let calls = [Choice::Status(401), Choice::Status(429), Choice::Status(500), Choice::Fails];
        let mut attacks = Vec::new();
        for choice in calls {
            for site in &self.analysis.sites {
                if matches!(site.what, What::Call { .. } | What::Task { .. }) {
                    attacks.push((site.shape, choice.clone()));
                }
            }
        }
        for choice in everywhere {
            for (id, shape) in self.analysis.shapes.all.iter().enumerate() {
                let elsewhere = matches!(&shape.origin, Origin::Argument { function, .. } if function != self.entry);
                let is_call = matches!(shape.origin, Origin::Answer(site) if self.analysis.sites[site].is_http());
                let fits = choice != Choice::Count(500) || shape.item.is_some();
                if !elsewhere && fits && !(is_call && choice == Choice::Null) {
                    attacks.push((id, choice.clone()));
                }
            }
        }
        attacks
    }

    /// A finding without the choices that its fault does not need.
    fn shrunk(&mut self, mut finding: Finding) -> Finding {
        for id in finding.case.choices.keys().copied().collect::<Vec<_>>() {
            let mut smaller = finding.case.clone();
            smaller.choices.remove(&id);
            let run = self.run(&smaller);
            let same = |fault: &Fault| fault.is_same(&finding.fault);
            if matches!(&run.end, End::Fault(fault) | End::Stuck(fault) if same(fault)) || run.caught.iter().any(same) {
                finding.case = smaller;
                finding.run = run;
            }
        }
        finding
    }
}

/// A text that nothing can be made of.
pub(crate) const OUTLANDISH: &str = "not what it should be";

/// The next number of SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Which argument a message complains of.
fn argument_of(fault: &Fault) -> usize {
    let Some((_, rest)) = fault.message.split_once("argument index ") else { return 0 };
    rest.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
