//! Regular expressions as Java writes them, compiled once in a run.

mod replacement;
mod syntax;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use compact_str::CompactString;
use fancy_regex::{Regex, RegexBuilder};
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Result, budget};

use replacement::Replacement;

/// Steps that one search may go back, for patterns that need backtracking (look-around, back references). The others
/// run in time linear in the text.
const MAX_STEPS: usize = 2_000_000;

/// Bytes of a text that a pattern is searched in: what happens within one search cannot be interrupted.
const MAX_SEARCHED: usize = 4 << 20;

/// Bytes that a compiled pattern may take.
const MAX_SIZE: usize = 8 << 20;

/// Compiled patterns that a run keeps.
const MAX_KEPT: usize = 512;

/// How to read a pattern's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mode {
    /// The pattern is plain text.
    pub literal: bool,
    /// Upper and lower case do not differ.
    pub ignore_case: bool,
    /// The whole text must match.
    pub whole: bool,
}

/// Compiled patterns by their text.
type Kept = HashMap<Box<str>, Rc<Pattern>, foldhash::fast::RandomState>;

/// Compiled patterns by mode and text; nothing before the first one, as most runs have none.
#[derive(Default)]
pub struct Cache {
    kept: Option<Box<[Kept; 8]>>,
}

impl Cache {
    /// The compiled form of a pattern.
    ///
    /// # Errors
    /// [`Code::CannotParse`] with the mistake; [`Code::LimitReached`] for a pattern that grows too large.
    pub fn get(&mut self, source: &str, mode: Mode) -> Result<Rc<Pattern>> {
        let place = usize::from(mode.literal) | usize::from(mode.ignore_case) << 1 | usize::from(mode.whole) << 2;
        let kept = &mut self.kept.get_or_insert_default()[place];
        if let Some(pattern) = kept.get(source) {
            return Ok(pattern.clone());
        }
        let pattern = Rc::new(Pattern::new(source, mode)?);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(source.into(), pattern.clone());
        Ok(pattern)
    }
}

/// A compiled pattern.
pub struct Pattern {
    source: Box<str>,
    mode: Mode,
    engine: Engine,
    /// The same pattern for texts that end with a line end, before which Java's `$` also matches.
    before_line_end: OnceCell<Regex>,
}

enum Engine {
    /// The pattern holds no special character: texts are compared.
    Literal,
    Regex {
        regex: Regex,
        has_dollar: bool,
    },
}

impl Pattern {
    fn new(source: &str, mode: Mode) -> Result<Pattern> {
        let plain = mode.literal || !source.contains(syntax::SPECIAL);
        let engine = if plain && !mode.ignore_case && !source.is_empty() {
            Engine::Literal
        } else {
            let (regex, has_dollar) = compile(source, mode, false)?;
            Engine::Regex { regex, has_dollar }
        };
        Ok(Pattern { source: source.into(), mode, engine, before_line_end: OnceCell::new() })
    }

    /// Whether the text, or a part of it, matches; the pattern's mode says which.
    ///
    /// # Errors
    /// [`Code::LimitReached`] when the search takes too many steps.
    pub fn is_match(&self, text: &str) -> Result<bool> {
        match &self.engine {
            Engine::Literal if self.mode.whole => Ok(text == &*self.source),
            Engine::Literal => Ok(text.contains(&*self.source)),
            Engine::Regex { .. } => {
                before_search(text, 0)?;
                self.regex(text)?.is_match(text).map_err(|e| too_long(&self.source, &e))
            }
        }
    }

    /// The text with its first match, or all of them, replaced; `None` when nothing matches.
    ///
    /// In `with`, `$1` and `${name}` stand for groups and a backslash makes the next character an ordinary one, as in
    /// Java; for a literal pattern it is plain text.
    ///
    /// # Errors
    /// [`Code::LimitReached`] when the search takes too many steps or the result more than `max` bytes;
    /// [`Code::BadArgument`] for a group that the pattern does not have.
    pub fn replace(&self, text: &str, with: &str, all: bool, max: usize) -> Result<Option<CompactString>> {
        let Engine::Regex { .. } = &self.engine else {
            let with = if self.mode.literal { Replacement::literal(with) } else { Replacement::parse(with, None)? };
            let mut expanded = CompactString::default();
            with.expand(&mut expanded, |_| Some(&*self.source));
            return replace_literal(text, &self.source, &expanded, all, max);
        };
        let regex = self.regex(text)?;
        let with = if self.mode.literal { Replacement::literal(with) } else { Replacement::parse(with, Some(regex))? };
        let failed = |e: fancy_regex::Error| too_long(&self.source, &e);
        let mut out = CompactString::default();
        let (mut copied, mut from, mut found) = (0, 0, false);
        loop {
            before_search(text, from)?;
            let (start, end) = if with.has_groups() {
                let Some(groups) = regex.captures_from_pos(text, from).map_err(failed)? else {
                    break;
                };
                let Some(whole) = groups.get(0) else { break };
                let (start, end) = (whole.start(), whole.end());
                out.push_str(&text[copied..start]);
                with.expand(&mut out, |group| groups.get(group).map(|m| m.as_str()));
                (start, end)
            } else {
                let Some(whole) = regex.find_from_pos(text, from).map_err(failed)? else {
                    break;
                };
                out.push_str(&text[copied..whole.start()]);
                with.expand(&mut out, |_| None);
                (whole.start(), whole.end())
            };
            found = true;
            if out.len() > max {
                return Err(too_large(max));
            }
            copied = end;
            // Behind an empty match the search goes on one character further, as in Java.
            from = if end > start {
                end
            } else if let Some(c) = text[end..].chars().next() {
                end + c.len_utf8()
            } else {
                break;
            };
            if !all {
                break;
            }
        }
        if !found {
            return Ok(None);
        }
        out.push_str(&text[copied..]);
        Ok(Some(out))
    }

    fn regex(&self, text: &str) -> Result<&Regex> {
        match &self.engine {
            Engine::Regex { regex, has_dollar } => {
                if !has_dollar || !text.ends_with(syntax::LINE_ENDS) {
                    return Ok(regex);
                }
                if self.before_line_end.get().is_none() {
                    let (regex, _) = compile(&self.source, self.mode, true)?;
                    let _ = self.before_line_end.set(regex);
                }
                Ok(self.before_line_end.get().unwrap_or(regex))
            }
            Engine::Literal => Err(bad_pattern(&self.source, "it has no special characters")),
        }
    }
}

/// Refuses a text that is too long, and counts the search through the rest of it.
fn before_search(text: &str, from: usize) -> Result<()> {
    if text.len() > MAX_SEARCHED {
        let message = format!("The text has {} bytes; patterns are searched in at most {MAX_SEARCHED}", text.len());
        return Err(Box::new(Problem::new(Code::LimitReached, message).with_help("Split the text first.")));
    }
    budget::charge(1 + text.len().saturating_sub(from) / 64)
}

/// Literal replacement; the search for a single ASCII character needs no searcher to be set up.
pub(crate) fn replace_literal(
    text: &str,
    part: &str,
    with: &str,
    all: bool,
    max: usize,
) -> Result<Option<CompactString>> {
    let Some(first) = find(text, part) else {
        return Ok(None);
    };
    let mut out = CompactString::with_capacity(text.len());
    let (mut copied, mut next) = (0, Some(first));
    while let Some(start) = next {
        budget::charge(1)?;
        out.push_str(&text[copied..start]);
        out.push_str(with);
        if out.len() > max {
            return Err(too_large(max));
        }
        copied = start + part.len();
        next = if all { find(&text[copied..], part).map(|i| copied + i) } else { None };
    }
    out.push_str(&text[copied..]);
    Ok(Some(out))
}

/// The byte offset of the first occurrence.
#[inline]
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    match *part.as_bytes() {
        [one] if text.len() < 64 => text.as_bytes().iter().position(|b| *b == one),
        [one] if one.is_ascii() => text.find(char::from(one)),
        _ => text.find(part),
    }
}

fn compile(source: &str, mode: Mode, before_line_end: bool) -> Result<(Regex, bool)> {
    let translated = if mode.literal {
        syntax::Translated { pattern: fancy_regex::escape(source).into_owned(), has_dollar: false }
    } else {
        syntax::translate(source, before_line_end).map_err(|why| bad_pattern(source, &why))?
    };
    let mut pattern = translated.pattern;
    if mode.whole {
        pattern = format!("\\A(?:{pattern})\\z");
    }
    let regex = RegexBuilder::new(&pattern)
        .case_insensitive(mode.ignore_case)
        .backtrack_limit(MAX_STEPS)
        .delegate_size_limit(MAX_SIZE)
        .delegate_dfa_size_limit(MAX_SIZE)
        .max_prog_size(MAX_SIZE / 64)
        .build()
        .map_err(|e| cannot_compile(source, &e))?;
    Ok((regex, translated.has_dollar))
}

#[cold]
fn bad_pattern(source: &str, why: &str) -> Box<Problem> {
    let message = format!("\"{}\" is not a pattern: {why}", crate::shorten(source).escape_debug());
    Box::new(Problem::new(Code::CannotParse, message).with_help(
        "Patterns are written as in Java; a backslash before a special character makes it an ordinary one, and `true` as \
         last argument of a replace function takes the whole text literally.",
    ))
}

#[cold]
fn cannot_compile(source: &str, error: &fancy_regex::Error) -> Box<Problem> {
    use fancy_regex::{CompileError, Error};
    if let Error::CompileError(inner) = error {
        let too_large = match &**inner {
            CompileError::InnerError(build) => build.size_limit().is_some(),
            CompileError::PatternTooComplex => true,
            _ => false,
        };
        if too_large {
            let message = format!(
                "The pattern \"{}\" grows too large when it is compiled",
                crate::shorten(source).escape_debug()
            );
            return Box::new(
                Problem::new(Code::LimitReached, message).with_help("Use smaller numbers of repetitions."),
            );
        }
    }
    bad_pattern(source, &error.to_string())
}

#[cold]
fn too_long(source: &str, error: &fancy_regex::Error) -> Box<Problem> {
    let message =
        format!("The search for \"{}\" takes too many steps ({error})", crate::shorten(source).escape_debug());
    Box::new(Problem::new(Code::LimitReached, message).with_help(
        "Avoid repetitions inside repetitions, such as (a+)+, together with look-around or back references.",
    ))
}

/// The problem of a text that grows beyond what a function may make at once.
#[cold]
pub(crate) fn too_large(max: usize) -> Box<Problem> {
    let message = format!("The text would be longer than {max} bytes");
    Box::new(Problem::new(Code::LimitReached, message))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
