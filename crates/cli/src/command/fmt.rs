//! `dg fmt`: brings scripts into one style.

use std::path::{Path, PathBuf};

use rainwright::{Code, Diagnostic, LineIndex, Problem, Span};
use rainwright_format::{Change, changes, side_by_side};
use rainwright_ide::{Analysis, Project};
use rainwright_syntax::DocumentKind;

use crate::diff;
use crate::exit::{CommandResult, Exit, FileUse, Trouble, file_problem};
use crate::project::{bytes, scripts, text};
use crate::terminal;

/// Changes beyond layout that are told of one file.
const TOLD: usize = 5;
/// Files that are read before anything of them is told.
const BATCH: usize = 256;

/// Brings scripts into the style of Zoho's own editor. Comments stay; a script with mistakes is left alone. Of application
/// exports (.ds) and pages, the scripts in them are formatted. What is changed besides blanks and line ends is told.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg fmt
  dg fmt --check scripts        exit code 3 when a script would change
  dg fmt --diff lead.dg         what would change
  dg fmt --range 10:25 lead.dg
  dg fmt - --stdin-name lead.dg < draft.dg           from stdin to stdout")]
pub struct Args {
    /// Scripts and exports, or folders with .dg and .ds files; - for stdin; this folder when none is named
    #[arg(default_value = ".", hide_default_value = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; name the scripts that would change
    #[arg(long)]
    check: bool,
    /// Change nothing; show what would change
    #[arg(long, conflicts_with = "check")]
    diff: bool,
    /// Format only these lines of one file, counted from 1
    #[arg(long, value_name = "FIRST:LAST", value_parser = lines)]
    range: Option<(u32, u32)>,
    /// What stdin is called in messages
    #[arg(long, value_name = "FILE")]
    stdin_name: Option<PathBuf>,
}

fn lines(text: &str) -> Result<(u32, u32), String> {
    let (first, last) = text.split_once(':').ok_or("write the first and the last line, as in 10:25")?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| format!("'{text}' is not the number of a line"));
    match (number(first)?, number(last)?) {
        (0, _) => Err("lines are counted from 1".into()),
        (first, last) if last < first => Err(format!("line {last} is before line {first}")),
        both => Ok(both),
    }
}

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        let from_stdin = self.paths == [Path::new("-")];
        if self.stdin_name.is_some() && !from_stdin {
            return Err(Trouble::Usage("--stdin-name goes with - for stdin.".into()));
        }
        let files = if from_stdin { self.paths.clone() } else { scripts(&self.paths).map_err(Trouble::of_path)? };
        if files.is_empty() {
            let places: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
            return Err(Trouble::Usage(format!(
                "There are no scripts in {}: name files or other folders.",
                places.join(", ")
            )));
        }
        if self.range.is_some() && files.len() != 1 {
            return Err(Trouble::Usage("--range takes one file.".into()));
        }
        let (mut changed, mut broken) = (0, 0);
        for batch in files.chunks(BATCH) {
            for (file, done) in batch.iter().zip(side_by_side(batch, |file| self.format(file))) {
                let done = done.map_err(Trouble::of_path)?;
                let name = match (&self.stdin_name, from_stdin) {
                    (Some(name), true) => name.display().to_string(),
                    (None, true) => "stdin".into(),
                    _ => file.display().to_string(),
                };
                let (formatted, changes) = match done.result {
                    Ok(formatted) => formatted,
                    // A script with a mistake stays as it is, and is told.
                    Err(mistakes) => {
                        terminal::diagnostics(&name, &done.source, &mistakes);
                        broken += 1;
                        continue;
                    }
                };
                let differs = formatted != done.source;
                changed += usize::from(differs);
                tell(&name, &done.source, &changes);
                if self.check {
                    if differs {
                        terminal::out(&name);
                    }
                } else if self.diff {
                    show(&diff::unified(&name, &done.source, &formatted));
                } else if from_stdin {
                    terminal::out(formatted.strip_suffix('\n').unwrap_or(&formatted));
                } else if differs {
                    std::fs::write(file, formatted).map_err(|e| file_problem(file, FileUse::Write, &e))?;
                }
            }
        }
        let dry = self.check || self.diff;
        if (changed + broken > 0) && !from_stdin {
            let verb = if dry { "would change" } else { "changed" };
            terminal::note(&format!("{changed} of {} {verb}, {broken} with mistakes", files.len()));
        }
        Ok(if broken > 0 || (dry && changed > 0) { Exit::Found } else { Exit::Done })
    }

    /// Reads and formats one file.
    fn format(&self, file: &Path) -> Result<Done, Problem> {
        let source = match text(bytes(file)?) {
            Ok(source) => source,
            Err((source, mistakes)) => return Ok(Done { source, result: Err(mistakes) }),
        };
        let result = match self.range {
            Some(_) if DocumentKind::of(&source) != DocumentKind::Script => {
                let problem = Problem::new(Code::FileProblem, "--range takes a script");
                return Err(problem.with_help("Of exports and pages, only all is formatted."));
            }
            Some((first, _)) if first as usize > source.lines().count() => {
                let many = source.lines().count();
                let lines = if many == 1 { "1 line".to_owned() } else { format!("{many} lines") };
                let message = format!("--range begins in line {first}, and {} has {lines}", file.display());
                let help = format!("All of it is --range 1:{}.", many.max(1));
                return Err(Problem::new(Code::FileProblem, message).with_help(help));
            }
            Some((first, last)) => Ok(within(&source, first, last)),
            None => rainwright_format::format(&source),
        };
        let result = result.map(|formatted| {
            let more = if formatted == source { Vec::new() } else { changes(&source, &formatted) };
            (formatted, more)
        });
        Ok(Done { source, result })
    }
}

/// A file that was read and formatted.
struct Done {
    source: String,
    /// The formatted text with what is more than layout in it, or mistakes.
    result: Result<(String, Vec<Change>), Vec<Diagnostic>>,
}

/// The text with some of its lines formatted.
fn within(source: &str, first: u32, last: u32) -> String {
    let start = |line: u32| {
        let before = source.split_inclusive('\n').take(line as usize - 1).map(str::len).sum::<usize>();
        before.min(source.len())
    };
    let (from, to) = (start(first), start(last.saturating_add(1)));
    let to = to - usize::from(to > from && source[..to].ends_with('\n'));
    let mut analysis = Analysis::default();
    analysis.set_project("", Project::default());
    analysis.open("file", "", source);
    let mut out = source.to_owned();
    for edit in analysis.format_range("file", Span::new(from as u32, to as u32)).into_iter().rev() {
        out.replace_range(edit.span.range(), &edit.text);
    }
    out
}

/// Says what is more than layout.
fn tell(name: &str, source: &str, all: &[Change]) {
    let index = LineIndex::new(source);
    for change in all.iter().take(TOLD) {
        let what = match (change.was.as_str(), change.now.as_str()) {
            ("", now) => format!("adds {now}"),
            (was, "") => format!("drops {was}"),
            (was, now) => format!("{was} becomes {now}"),
        };
        terminal::note(&format!("{name}:{}: {what}", index.line(change.at)));
    }
    if all.len() > TOLD {
        terminal::note(&format!("{name}: {} more of the kind", all.len() - TOLD));
    }
}

/// Shows a difference, in colours where somebody looks.
fn show(diff: &str) {
    use std::io::IsTerminal;
    let colored = terminal::colored(std::io::stdout().is_terminal());
    for line in diff.lines() {
        let line = terminal::plain(line);
        let color = match line.as_bytes().first() {
            Some(b'+') => "32",
            Some(b'-') => "31",
            Some(b'@') => "36",
            _ => "",
        };
        if colored && !color.is_empty() {
            terminal::out_painted(&format!("\u{1b}[{color}m{line}\u{1b}[0m"));
        } else {
            terminal::out(&line);
        }
    }
}
