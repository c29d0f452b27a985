//! Makes the calls of sections for real and keeps them as recordings beside the golden script: `dg test --record`.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use rainwright::Host;
use rainwright::runtime::record::{self, Exchange, Recorder, Tape};
use rainwright::runtime::trust::write_beside;
use rainwright_diagnostic::{FileUse, file_problem};

use crate::play::Around;
use crate::recordings::{Part, Recordings, Reel};
use crate::run::{Runner, Surroundings};
use crate::section::without_path;
use crate::{GoldenFile, Section};

/// What is asked of the one who makes calls for real.
pub struct RealCalls {
    /// The script that runs.
    pub path: PathBuf,
    /// Takes the calls down.
    pub tape: Tape,
    /// The instant of the run, in milliseconds since the epoch.
    pub now: i64,
    /// The seed of random numbers.
    pub seed: u64,
}

/// Starts what makes calls for real.
pub type MakeCalls = Box<dyn Fn(RealCalls) -> Result<Box<dyn Host>, String> + Send + Sync>;

/// Which sections are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToRecord {
    /// Those whose recording is missing, or does not fit what they call now.
    Missing,
    /// All that make calls.
    All,
}

/// What came of recording one section, or one case of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The file with the recording.
    pub file: PathBuf,
    /// File and section in one line.
    pub title: String,
    /// What came of it.
    pub came: Came,
}

/// What came of recording one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// Its calls were made; each is described in a line, secrets masked.
    Made(Vec<String>),
    /// Its recording fits as it is.
    Kept,
    /// It makes no calls, or a sandbox answers them.
    NoCalls,
    /// Why nothing was written.
    Failed(String),
}

/// A section, or a case of it, as it plays its present recording.
struct Take {
    run: Section,
    /// The name of the part that a new recording of it gets.
    target: String,
    /// Where its present recording is.
    part: Part,
    /// The recorded calls that it makes.
    played: Vec<Exchange>,
    /// How many calls of a part of its own it does not make.
    left: usize,
    is_unanswered: bool,
    /// Why it cannot be recorded.
    wrong: Option<String>,
    /// Whether it cannot be run as far as it should, so that nobody knows which calls are its own.
    is_broken: bool,
    is_picked: bool,
    /// The new recording.
    made: Option<Vec<Exchange>>,
}

impl Take {
    /// Whether its calls are to be made.
    fn is_wanted(&self, which: ToRecord) -> bool {
        let settings = &self.run.settings;
        let is_played = settings.sandbox.is_some() || settings.played.is_some() || settings.check;
        let makes_calls = self.is_unanswered || !self.played.is_empty();
        let is_stale = self.is_unanswered || self.left > 0;
        self.is_picked && self.wrong.is_none() && !is_played && makes_calls && (is_stale || which == ToRecord::All)
    }
}

impl Runner {
    /// The same runner with what makes calls for real, for [`Runner::record`].
    #[must_use]
    pub fn with_real_calls(
        mut self,
        start: impl Fn(RealCalls) -> Result<Box<dyn Host>, String> + Send + Sync + 'static,
    ) -> Self {
        self.make_calls = Some(Box::new(start));
        self
    }

    /// Makes the calls of a file's sections for real, and writes them into the recording beside it, which the sections play
    /// from then on. The file is written after each section, so that no call that was made is lost.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn record(&self, path: &Path, which: ToRecord) -> Result<Vec<Recorded>, String> {
        let file = GoldenFile::read(path)?;
        let recordings = Recordings::beside(path)?;
        let project = self.surroundings(path)?;
        let mut takes = self.takes(path, &file, &recordings, &project)?;
        let wanted: Vec<usize> = (0..takes.len()).filter(|at| takes[*at].is_wanted(which)).collect();
        let http = path.with_extension("http");
        for at in wanted {
            takes[at].wrong = in_the_way(&takes, at);
            if takes[at].wrong.is_some() {
                continue;
            }
            match self.make(path, &takes[at].run, &project) {
                Ok(made) => takes[at].made = Some(made),
                Err(why) => {
                    takes[at].wrong = Some(why);
                    continue;
                }
            }
            write_beside(&http, &text(&takes, &recordings))
                .map_err(|e| file_problem(&http, FileUse::Write, &e).message)?;
        }
        let shown = path.display();
        let came = takes.into_iter().filter(|take| take.is_picked).map(|take| {
            let title =
                if take.run.name.is_empty() { shown.to_string() } else { format!("{shown} — {}", take.run.name) };
            let came = match (take.wrong, take.made) {
                (Some(why), _) => Came::Failed(why),
                (None, Some(made)) => Came::Made(made.iter().map(describe).collect()),
                (None, None) if take.left > 0 => {
                    let part = if take.part == Part::Shared { "the common recording" } else { "the part of its name" };
                    Came::Failed(format!(
                        "it makes no call, and {part} in {} has {} left: remove that",
                        http.display(),
                        take.left
                    ))
                }
                (None, None) if take.played.is_empty() => Came::NoCalls,
                (None, None) => Came::Kept,
            };
            Recorded { file: http.clone(), title, came }
        });
        Ok(came.collect())
    }

    /// How the sections of a file play their present recordings.
    fn takes(
        &self,
        path: &Path,
        file: &GoldenFile,
        recordings: &Recordings,
        project: &Surroundings,
    ) -> Result<Vec<Take>, String> {
        let in_file = |why: String| format!("{}: {why}", path.display());
        let picked: Vec<u32> = self.picked(path, file).map(|section| section.first_line).collect();
        let mut reel = Reel::new(recordings);
        let mut takes: Vec<Take> = Vec::new();
        for section in &file.sections {
            reel.begin(section).map_err(in_file)?;
            for run in section.runs() {
                let (part, recording) = reel.answers(section, &run);
                let mut take = Take {
                    target: if section.settings.cases.is_empty() { section.name.clone() } else { run.name.clone() },
                    part,
                    played: Vec::new(),
                    left: 0,
                    is_unanswered: false,
                    wrong: None,
                    is_broken: false,
                    is_picked: picked.contains(&section.first_line),
                    made: None,
                    run,
                };
                let ran = match section.mistakes.first() {
                    Some((line, why)) => Err(format!("line {line}: {why}")),
                    None => self.play(path, &take.run, Around::new(recording.as_deref(), project)),
                };
                match ran {
                    Err(why) => take.wrong = Some(without_path(&why, path).to_owned()),
                    Ok(ran) => {
                        let makes_none = reel.played(&take.part, ran.calls_left);
                        if !makes_none {
                            take.played = reel.made(&take.part, ran.calls_left).map_err(in_file)?;
                        }
                        take.left = if matches!(take.part, Part::Own(_)) { ran.calls_left } else { 0 };
                        take.is_unanswered = ran.unanswered.is_some() && !take.run.expects_no_answer();
                        // A script that stops too early would lose the calls that it makes once it is mended.
                        let loses = take.left > 0 || take.part == Part::Shared;
                        if let Some(found) = ran.own_failure(&take.run).filter(|_| loses && !take.is_unanswered) {
                            let (line, what) = (found.line, &found.message);
                            take.wrong = Some(format!("it ends in line {line} with: {what}. Mend it, then record it"));
                        }
                    }
                }
                take.is_broken = take.wrong.is_some();
                takes.push(take);
            }
            reel.end();
        }
        // Calls of the common recording that nobody makes: the last section that plays it does not fit it any more, unless one
        // that stopped at a call of its own has left them.
        let left = reel.left_over();
        let stops = |take: &Take| take.part == Part::Shared && (take.is_unanswered || take.is_broken);
        if left > 0 && !takes.iter().any(stops) {
            let shared = takes.iter_mut().filter(|take| take.part == Part::Shared);
            if let Some(take) = shared.max_by_key(|take| !take.played.is_empty()) {
                take.left = left;
            }
        }
        Ok(takes)
    }

    /// Makes the calls of a section.
    fn make(&self, path: &Path, run: &Section, project: &Surroundings) -> Result<Vec<Exchange>, String> {
        let start = self.make_calls.as_ref().ok_or("this runner makes no real calls: use `dg test --record`")?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let (recorder, text) = Recorder::in_memory();
        let real = start(RealCalls {
            path: run.settings.script.as_ref().map_or_else(|| path.to_owned(), |script| folder.join(script)),
            tape: Tape::Record(recorder),
            now: run.settings.now.unwrap_or(crate::settings::DEFAULT_NOW),
            seed: run.settings.seed,
        })?;
        let real = Cell::new(Some(real));
        let ran = self
            .play(path, run, Around { real: Some(&real), ..Around::new(None, project) })
            .map_err(|why| without_path(&why, path).to_owned())?;
        if let Some(problem) = ran.unanswered {
            return Err(format!("{} {}", problem.message, problem.help()).trim().to_owned());
        }
        let text = text.lock().unwrap_or_else(PoisonError::into_inner);
        record::parse(&text).map_err(|problem| problem.to_string())
    }
}

/// What keeps a section from having a recording of its own.
fn in_the_way(takes: &[Take], at: usize) -> Option<String> {
    let take = &takes[at];
    let mut others = takes.iter().enumerate().filter(|(other, _)| *other != at);
    if !take.target.is_empty()
        && let Some((_, other)) = others.clone().find(|(_, other)| other.target == take.target)
    {
        return Some(format!(
            "line {} has a section of the same name: give each a name of its own, so that each has its own recording",
            other.run.first_line
        ));
    }
    // The common recording is cut up, and what a broken section plays of it is not known.
    let broken = others.find(|(_, other)| other.part == Part::Shared && other.is_broken);
    let (_, broken) = broken.filter(|_| take.part == Part::Shared)?;
    Some(format!(
        "line {} has a section of the same recording that cannot be run: mend it first",
        broken.run.first_line
    ))
}

/// A call in a line.
fn describe(exchange: &Exchange) -> String {
    let came = match &exchange.answer {
        Ok(answer) => answer.status.to_string(),
        Err(problem) => problem.message.clone(),
    };
    format!("{} {} → {came}", exchange.request.method, exchange.request.url)
}

/// The text of the recordings: what was made anew, and what others play as it is.
fn text(takes: &[Take], recordings: &Recordings) -> String {
    let is_cut_up = takes.iter().any(|take| take.part == Part::Shared && take.made.is_some());
    // Parts in the order of the sections; each has calls, or the text that was there.
    let mut parts: Vec<(String, Content)> = Vec::new();
    let mut add = |name: &str, content: Content| match (parts.iter_mut().find(|(known, _)| known == name), content) {
        (Some((_, Content::Calls(known))), Content::Calls(more)) => known.extend(more),
        (Some(_), _) => {}
        (None, content) => parts.push((name.to_owned(), content)),
    };
    for take in takes {
        match (&take.made, &take.part) {
            (Some(made), _) => add(&take.target, Content::Calls(made.clone())),
            (None, Part::Own(name)) => add(name, Content::Text(recordings.get(name).unwrap_or_default().to_owned())),
            (None, Part::Shared) if is_cut_up && !take.played.is_empty() => {
                add(&take.target, Content::Calls(take.played.clone()));
            }
            (None, Part::Shared) if !is_cut_up => {
                add("", Content::Text(recordings.get("").unwrap_or_default().to_owned()));
            }
            (None, _) => {}
        }
    }
    // What no section plays stays: it may be that of a section that was renamed.
    let is_played = |name: &str| {
        let of = |take: &Take| match &take.part {
            Part::Own(own) => own == name,
            Part::Shared => name.is_empty(),
            Part::Nothing => false,
        };
        takes.iter().any(of)
    };
    for (name, text) in recordings.parts().filter(|(name, _)| !is_played(name)) {
        add(name, Content::Text(text.to_owned()));
    }
    let (first, named): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(name, _)| name.is_empty());
    let mut out = record::print(&[]);
    let title = out.clone();
    for (name, content) in first.into_iter().chain(named) {
        out.push('\n');
        if !name.is_empty() {
            out.push_str(&format!("//--- {name}\n"));
        }
        let text = match content {
            Content::Calls(calls) => record::print(&calls),
            Content::Text(text) => text,
        };
        let text = text.strip_prefix(&title).unwrap_or(&text);
        out.push_str(text.trim_matches('\n'));
        out.push('\n');
    }
    out
}

/// What a part holds.
enum Content {
    Calls(Vec<Exchange>),
    Text(String),
}
