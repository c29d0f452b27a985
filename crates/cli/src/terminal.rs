//! What goes to the terminal: results to stdout, everything else to stderr, colours only where someone sees them.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rainwright::render::Style;
use rainwright::runtime::Registry;
use rainwright::{Diagnostic, render};

/// Knows the secrets of the connections that were used.
static SECRETS: OnceLock<Arc<Registry>> = OnceLock::new();

/// From now on, no secret of a connection that is used is shown. A program has one registry: the first stays.
pub fn guard(registry: &Arc<Registry>) {
    let _ = SECRETS.set(Arc::clone(registry));
}

/// Leaves the user's store complete on its disk; called when the program ends.
pub fn settle() {
    if let Some(registry) = SECRETS.get()
        && let Err(problem) = registry.store().settle()
    {
        note(&format!("The store was not written out: {}", problem.message));
    }
}

/// A line as it may be shown: a script may have got hold of a secret, from a service that repeats what it is sent.
fn shown(line: &str) -> Cow<'_, str> {
    match SECRETS.get() {
        Some(registry) => registry.masker().mask(line).into_owned().into(),
        None => line.into(),
    }
}

/// A text without the secrets of connections that were used.
pub fn masked(text: &str) -> String {
    shown(text).into_owned()
}

/// Prints a line with colours to stdout. What it shows of others has been through [`plain`].
pub fn out_painted(line: &str) {
    write_out(&shown(line));
}

/// Prints a line to stdout. A reader that has gone ends the program, as it ends other filters. Where a person reads it,
/// nothing in it steers the terminal: a script may print what a server has sent.
pub fn out(line: &str) {
    let line = shown(line);
    write_out(&if std::io::stdout().is_terminal() { plain(&line) } else { Cow::Borrowed(&*line) });
}

fn write_out(line: &str) {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(line.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
    if let Err(error) = written.and_then(|()| stdout.flush()) {
        unwritten(&error);
    }
}

/// Ends the program because its output cannot be written: quietly when the reader has gone, as a signal would end it.
pub fn unwritten(error: &std::io::Error) -> ! {
    /// What a shell reports for a program that SIGPIPE ended.
    const BROKEN_PIPE: i32 = 128 + 13;
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        std::process::exit(BROKEN_PIPE);
    }
    note(&format!("The output cannot be written: {error}."));
    std::process::exit(crate::exit::Exit::Failed as i32);
}

/// A text without what steers a terminal: control characters other than line ends and tabs, and those that turn the
/// direction of writing. Each is replaced by something of the same length in bytes, so that places stay places.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return text.into();
    }
    let replaced = text.chars().map(|c| match (steers(c), c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '\u{b7}',
        (true, _) => '\u{fffd}',
    });
    replaced.collect::<String>().into()
}

/// Prints a line to stderr, without what steers a terminal: names of files are somebody's words too. If nobody reads it,
/// nobody misses it.
pub fn note(line: &str) {
    paint(&plain(line));
}

/// Prints to stderr what has colours of ours in it, and nothing of others that steers a terminal.
pub fn paint(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", shown(text));
}

/// Prints diagnostics of a source to stderr.
pub fn diagnostics(name: &str, source: &str, diagnostics: &[Diagnostic]) {
    let clean = |one: &Diagnostic| {
        let mut one = one.clone();
        one.problem.message = plain(&one.problem.message).into_owned();
        let help = plain(one.problem.help()).into_owned();
        one.problem = one.problem.with_help(help);
        for label in &mut one.labels {
            label.text = plain(&label.text).into_owned();
        }
        one
    };
    let all: Vec<Diagnostic> = diagnostics.iter().map(clean).collect();
    paint(render::diagnostics(&plain(name), &plain(source), &all, style()).trim_end());
}

/// Clears the terminal that stderr writes to, if it is one.
pub fn clear() {
    if is_watched() {
        let _ = write!(std::io::stderr().lock(), "\x1b[2J\x1b[3J\x1b[H");
    }
}

/// A line that counts while long work is under way; only a terminal shows it, and only when the work takes a while.
pub struct Progress {
    started: Instant,
    total: usize,
    done: usize,
    shown: Option<Instant>,
}

impl Progress {
    /// Before the first of so many steps.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self { started: Instant::now(), total, done: 0, shown: None }
    }

    /// One step more.
    pub fn step(&mut self) {
        self.done += 1;
        self.tell(&format!("{} of {}", self.done, self.total));
    }

    /// Shows how far the work has come, in words.
    pub fn tell(&mut self, words: &str) {
        let patience = Duration::from_millis(if self.shown.is_some() { 100 } else { 500 });
        if self.shown.unwrap_or(self.started).elapsed() >= patience && is_watched() {
            // A line that is too long for the terminal would stay there.
            let words: String = plain(words).chars().take(78).collect();
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{words}");
            self.shown = Some(Instant::now());
        }
    }

    /// Takes the line away.
    pub fn end(self) {
        if self.shown.is_some() {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// How messages on stderr look.
#[must_use]
pub fn style() -> Style {
    Style { color: colored(std::io::stderr().is_terminal()), unicode: unicode() }
}

/// Whether stderr is a terminal, so that progress can be shown.
#[must_use]
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether to colour a stream: only a terminal, and only while the user allows it (<https://no-color.org>).
#[must_use]
pub fn colored(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether the locale can show box characters; unknown ones can.
fn unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    locale.is_none_or(|locale| !matches!(locale.as_str(), "C" | "POSIX"))
}

/// Rows with aligned columns; the first row is the heading.
pub fn table(rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let blanks = width - cell.chars().count().min(*width);
            format!("{}{}", plain(cell), " ".repeat(blanks))
        });
        out(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        let text = "a\x1b[2Jb\u{9b}31mc\u{202e}d\r\x07\te\nf";
        let shown = plain(text);
        assert_eq!(shown, "a?[2Jb\u{b7}31mc\u{fffd}d??\te\nf");
        assert_eq!(shown.len(), text.len());
        assert_eq!(plain("plain ä €"), "plain ä €");
    }
}
