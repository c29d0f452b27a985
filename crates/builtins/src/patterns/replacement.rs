//! What replaces a match: text, and references to groups as Java writes them.

use compact_str::CompactString;
use fancy_regex::Regex;
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::Result;

pub(super) struct Replacement<'a> {
    /// Each piece of text with the group that follows it.
    pieces: Vec<(String, Option<usize>)>,
    /// All of it, when it is one text without groups.
    plain: Option<&'a str>,
}

impl<'a> Replacement<'a> {
    pub(super) fn literal(text: &'a str) -> Self {
        Self { pieces: Vec::new(), plain: Some(text) }
    }

    /// Reads a replacement. `$` followed by neither a digit nor `{` is a dollar sign.
    pub(super) fn parse(text: &'a str, regex: Option<&Regex>) -> Result<Self> {
        if !text.contains(['$', '\\']) {
            return Ok(Self::literal(text));
        }
        let groups = regex.map_or(1, Regex::captures_len);
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some(_)) => piece.extend(chars.next()),
                ('$', Some(digit)) if digit.is_ascii_digit() => {
                    let mut group = 0;
                    let mut digits = 0;
                    while let Some(d) = chars.peek().and_then(|c| c.to_digit(10)) {
                        let longer = group * 10 + d as usize;
                        // Further digits belong to the reference only while there is such a group.
                        if digits > 0 && longer >= groups {
                            break;
                        }
                        group = longer;
                        digits += 1;
                        chars.next();
                    }
                    if group >= groups {
                        return Err(no_group(&format!("${group}"), groups - 1));
                    }
                    pieces.push((std::mem::take(&mut piece), Some(group)));
                }
                ('$', Some('{')) => {
                    let name: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    let known = regex.and_then(|regex| regex.capture_names().position(|n| n == Some(name.as_str())));
                    let Some(group) = known else {
                        return Err(no_group(&format!("${{{name}}}"), groups - 1));
                    };
                    pieces.push((std::mem::take(&mut piece), Some(group)));
                }
                _ => piece.push(c),
            }
        }
        pieces.push((piece, None));
        Ok(Self { pieces, plain: None })
    }

    pub(super) fn has_groups(&self) -> bool {
        self.pieces.iter().any(|(_, group)| group.is_some())
    }

    pub(super) fn expand<'t>(&self, out: &mut CompactString, group: impl Fn(usize) -> Option<&'t str>) {
        if let Some(text) = self.plain {
            out.push_str(text);
            return;
        }
        for (text, reference) in &self.pieces {
            out.push_str(text);
            if let Some(part) = reference.and_then(&group) {
                out.push_str(part);
            }
        }
    }
}

#[cold]
fn no_group(reference: &str, groups: usize) -> Box<Problem> {
    let message = format!("The replacement refers to {reference}, but the pattern has {groups} groups");
    Box::new(Problem::new(Code::BadArgument, message).with_help("Write \\\\$ in the script for a dollar sign."))
}
