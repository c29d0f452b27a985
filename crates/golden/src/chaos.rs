//! Runs a test again and again, each time with one of its calls gone wrong, and tells what the script makes of it.
//!
//! A call is refused (401, 429, 500), is done while its answer is lost (timeout, cut answer), or is delivered twice. Then
//! it matters whether the script noticed, and what was left half changed: of all writes of a sound run some were done and
//! some were not.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json as object;

use crate::play::Around;
use crate::ran::Ran;
use crate::recordings::{Recordings, Reel};
use crate::run::Runner;
use crate::{Fault, GoldenFile, Section};

/// What came of one section under faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    /// The file, as it was named.
    pub file: String,
    /// The section's name; empty for a file's only one.
    pub section: String,
    /// Its calls in a sound run, in order.
    pub calls: Vec<String>,
    /// What came of each fault.
    pub trials: Vec<Trial>,
}

/// What came of one fault at one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The number of the call, from 1.
    pub call: usize,
    /// What went wrong.
    pub fault: Fault,
    /// How the script ended.
    pub end: End,
    /// Writes that were done.
    pub done: Vec<String>,
    /// Writes of a sound run that were not done.
    pub missing: Vec<String>,
    /// Writes that were done twice, and that made something new each time.
    pub doubled: Vec<String>,
}

/// How a script ended under a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// As in a sound run: nobody learns of it.
    Unnoticed,
    /// With another result or other log lines.
    Told,
    /// With an error.
    Failed(String),
    /// With a call that the recording does not hold: what it would have done next is not known.
    Unknown(String),
}

impl Trial {
    /// Whether some writes were done and some were not.
    #[must_use]
    pub fn is_half_changed(&self) -> bool {
        !self.done.is_empty() && !self.missing.is_empty()
    }

    /// Whether something should be done about it: writes are missing and nobody learns of it, or something was made twice.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        (self.end == End::Unnoticed && !self.missing.is_empty()) || !self.doubled.is_empty()
    }
}

impl Chaos {
    /// Whether something should be done about one of the faults.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.trials.iter().any(Trial::is_bad)
    }

    /// The file, with the section.
    fn title(&self) -> String {
        if self.section.is_empty() { self.file.clone() } else { format!("{} — {}", self.file, self.section) }
    }

    /// For people: each call, and what its faults lead to; faults with the same end share a line.
    #[must_use]
    pub fn show(&self) -> String {
        let mut out = format!("{}: {} calls, {} runs\n", self.title(), self.calls.len(), self.trials.len());
        let mut kinds: Vec<Kind> = Vec::new();
        for (index, call) in self.calls.iter().enumerate() {
            let (text, alike) = self.fared(index + 1);
            let call_kind = kind_of(call);
            match kinds.iter_mut().find(|known| known.call == call_kind && known.alike == alike) {
                Some(known) => known.others.push(index + 1),
                None => kinds.push(Kind {
                    call: call_kind,
                    alike,
                    text: format!("  {}. {call}\n{text}", index + 1),
                    others: Vec::new(),
                }),
            }
        }
        for kind in kinds {
            out.push_str(&kind.text);
            if !kind.others.is_empty() {
                let _ = writeln!(out, "     likewise at {}", numbers(&kind.others));
            }
        }
        let half = self.trials.iter().filter(|trial| trial.is_half_changed());
        let mut after: Vec<usize> = half.map(|trial| trial.call).collect();
        after.dedup();
        if !after.is_empty() {
            let after = numbers(&after);
            let _ = writeln!(out, "  Data is left half changed when one of these calls goes wrong: {after}.");
        }
        out
    }

    /// What the faults of a call lead to, those with the same end in a line; and the same without the numbers and names that
    /// tell one call from another of its kind.
    fn fared(&self, call: usize) -> (String, String) {
        let mut groups: Vec<(String, String, Vec<String>)> = Vec::new();
        for trial in self.trials.iter().filter(|trial| trial.call == call) {
            let text = trial.describe(&self.calls);
            match groups.iter_mut().find(|(known, ..)| *known == text) {
                Some((.., faults)) => faults.push(trial.fault.to_string()),
                None => groups.push((text, trial.alike(), vec![trial.fault.to_string()])),
            }
        }
        let (mut all, mut common) = (String::new(), String::new());
        for (text, alike, faults) in groups {
            let faults = faults.join(", ");
            let _ = writeln!(all, "     {faults}: {text}");
            let _ = writeln!(common, "{faults}: {alike}");
        }
        (all, common)
    }

    /// As a row of a report for other programs.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let trials = self.trials.iter().map(|trial| {
            let (end, message) = match &trial.end {
                End::Unnoticed => ("unnoticed", None),
                End::Told => ("told", None),
                End::Failed(why) => ("failed", Some(why)),
                End::Unknown(why) => ("unknown", Some(why)),
            };
            object!({
                "call": trial.call, "fault": trial.fault.to_string(), "end": end, "message": message,
                "done": trial.done, "missing": trial.missing, "doubled": trial.doubled,
                "half_changed": trial.is_half_changed(), "bad": trial.is_bad(),
            })
        });
        let trials: Vec<_> = trials.collect();
        object!({ "file": self.file, "section": self.section, "calls": self.calls, "trials": trials })
    }
}

impl Trial {
    fn describe(&self, calls: &[String]) -> String {
        // Calls are named by their numbers, which are shown in front of them; of several equal ones, each has its own.
        let mut named: Vec<usize> = Vec::new();
        let mut names = |writes: &[String]| -> String {
            let mut found = Vec::new();
            for write in writes {
                let at = (1..=calls.len()).find(|at| calls[at - 1] == *write && !named.contains(at));
                named.extend(at);
                found.extend(at);
            }
            numbers(&found)
        };
        let mut text = self.ended();
        if self.is_half_changed() {
            let (done, missing) = (names(&self.done), names(&self.missing));
            let _ = write!(text, "; HALF CHANGED: {done} done, {missing} not done");
        }
        if !self.doubled.is_empty() {
            let _ = write!(text, "; BAD: made twice: {}", self.call);
        }
        text
    }

    /// The same for every call of a kind: without numbers, and without what services answered.
    fn alike(&self) -> String {
        let ended = self.ended();
        let code = ended.split(": ").next().unwrap_or_default();
        format!("{code} {} {}", self.is_half_changed(), self.doubled.len())
    }

    fn ended(&self) -> String {
        match &self.end {
            End::Unnoticed if self.missing.is_empty() => "the script ends as usual".to_owned(),
            End::Unnoticed => "BAD: the script ends as usual, and nobody learns that writes are missing".to_owned(),
            End::Told => "the script tells of it".to_owned(),
            End::Failed(why) => format!("the script ends with {why}"),
            End::Unknown(why) => format!("not known: {why}"),
        }
    }
}

/// Calls of one kind that fare alike: the first of them, and the numbers of the others.
struct Kind {
    call: String,
    alike: String,
    text: String,
    others: Vec<usize>,
}

/// A call without what tells it from others of its kind: parts of its address that have a digit in them.
fn kind_of(call: &str) -> String {
    let part = |part: &str| if part.contains(|c: char| c.is_ascii_digit()) { "*".to_owned() } else { part.to_owned() };
    call.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The most numbers, or ranges of them, that a line shows.
const MOST: usize = 12;

/// Numbers in words: `1, 2, 5-9`.
fn numbers(all: &[usize]) -> String {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in sorted {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => ranges.push((number, number)),
        }
    }
    let mut words = Vec::new();
    for (start, end) in ranges {
        match end - start {
            0 => words.push(start.to_string()),
            1 => words.extend([start.to_string(), end.to_string()]),
            _ => words.push(format!("{start}-{end}")),
        }
    }
    let more = words.len().saturating_sub(MOST);
    words.truncate(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", words.join(", "))
}

/// How far the runs of one section have come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The section, with its file.
    pub title: &'a str,
    /// Runs that are done.
    pub done: usize,
    /// All of its runs.
    pub all: usize,
}

impl Runner {
    /// Runs every section of a file that makes calls, once for each of its calls and each fault; `tell` hears of each run.
    ///
    /// # Errors
    /// A file that cannot be read, or that does not even run without faults.
    pub fn chaos(&self, path: &Path, tell: &mut dyn FnMut(Progress<'_>)) -> Result<Vec<Chaos>, String> {
        let file = GoldenFile::read(path)?;
        let recordings = Recordings::beside(path)?;
        let mut reel = Reel::new(&recordings);
        let in_file = |why: String| format!("{}: {why}", path.display());
        let mut all = Vec::new();
        for section in self.picked(path, &file) {
            if let Some((line, why)) = section.mistakes.first() {
                return Err(format!("{}:{line}: {why}", path.display()));
            }
            reel.begin(section).map_err(in_file)?;
            for run in section.runs() {
                // Each run plays its recording from where the section before it stopped.
                let (part, recording) = reel.answers(section, &run);
                let (left, found) = self.chaos_of(path, &run, recording.as_deref(), tell)?;
                reel.played(&part, left);
                all.extend(found);
            }
            reel.end();
        }
        Ok(all)
    }

    /// What faults lead to, and how many recorded calls the sound run has left.
    fn chaos_of(
        &self,
        path: &Path,
        section: &Section,
        recording: Option<&str>,
        tell: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(usize, Option<Chaos>), String> {
        let project = self.surroundings(path)?;
        let around = |fault| Around { fault, ..Around::new(recording, &project) };
        let sound = self.play(path, section, around(None))?;
        if sound.sent.is_empty() {
            return Ok((sound.calls_left, None));
        }
        let mut chaos = Chaos {
            file: path.display().to_string(),
            section: section.name.clone(),
            calls: sound.sent.iter().map(|sent| sent.what.title()).collect(),
            trials: Vec::new(),
        };
        // A recording holds one answer; what a second delivery does only a service can tell.
        let fits = |fault: &&Fault| **fault != Fault::Twice || section.settings.sandbox.is_some();
        let faults: Vec<Fault> = Fault::ALL.iter().filter(fits).copied().collect();
        let all = sound.sent.len() * faults.len();
        let title = chaos.title();
        for call in 1..=sound.sent.len() {
            for fault in &faults {
                let ran = self.play(path, section, around(Some((call, *fault))))?;
                chaos.trials.push(trial(call, *fault, &sound, &ran));
                tell(Progress { title: &title, done: chaos.trials.len(), all });
            }
        }
        Ok((sound.calls_left, Some(chaos)))
    }
}

fn trial(call: usize, fault: Fault, sound: &Ran, ran: &Ran) -> Trial {
    let writes = |ran: &Ran| -> Vec<String> {
        ran.sent.iter().filter(|sent| sent.done && sent.what.writes()).map(|sent| sent.what.title()).collect()
    };
    let done = writes(ran);
    let mut missing = Vec::new();
    let mut left = done.clone();
    for write in writes(sound) {
        match left.iter().position(|done| *done == write) {
            Some(at) => drop(left.remove(at)),
            None => missing.push(write),
        }
    }
    let end = match &ran.failed {
        Some(failure) if failure.code() == rainwright::Code::NotRecorded => End::Unknown(failure.message().to_owned()),
        Some(failure) => End::Failed(format!("{} in line {}: {}", failure.code(), failure.line(), failure.message())),
        None if ran.result == sound.result && ran.transcript == sound.transcript => End::Unnoticed,
        None => End::Told,
    };
    let mut doubled = Vec::new();
    if fault == Fault::Twice
        && let [first, second] = ran.sent.get(call - 1..call + 1).unwrap_or_default()
        && first.what == second.what
        && first.what.writes()
        && first.done
        && second.done
        && (second.made_another_than(first) || !first.what.is_call())
    {
        doubled.push(first.what.title());
    }
    Trial { call, fault, end, done, missing, doubled }
}

#[cfg(test)]
mod tests {
    use super::{kind_of, numbers};

    #[test]
    fn numbers_are_shown_as_ranges() {
        assert_eq!(numbers(&[]), "");
        assert_eq!(numbers(&[2, 1]), "1, 2");
        assert_eq!(numbers(&[9, 1, 2, 3, 3, 5]), "1-3, 5, 9");
        let many: Vec<usize> = (0..20).map(|i| i * 2).collect();
        assert!(numbers(&many).ends_with("20, 22 and 8 more"), "{}", numbers(&many));
    }

    #[test]
    fn calls_of_a_kind_have_other_ids() {
        let call = |id: &str| kind_of(&format!("PUT https://a.example/crm/Leads/{id}/tags"));
        assert_eq!(call("1001"), call("1002"));
        assert_ne!(call("1001"), call("all"));
    }
}
