//! Functions of TEXT.
//!
//! A NUMBER, DECIMAL or BOOLEAN in the place of a text counts as its printed form. Indexes and lengths count UTF-16
//! units from 0.

mod change;
mod look;
mod part;
mod replace;

use std::rc::Rc;

use compact_str::CompactString;
use rainwright_value::{Kind, Kinds, Result, Text, Value};

use crate::Call;

pub(crate) use change::CHANGE;
pub(crate) use look::LOOK;
pub(crate) use part::PART;
pub(crate) use replace::REPLACE;

const TEXT_KIND: Kinds = Kinds::of(&[Kind::Text]);
const NUMBER_KIND: Kinds = Kinds::of(&[Kind::Number]);
const BOOL_KIND: Kinds = Kinds::of(&[Kind::Bool]);

impl Call<'_, '_> {
    /// The receiver as a text that can be held while the call is changed; scalars count as their printed form.
    #[inline]
    pub(crate) fn subject(&self) -> Result<Rc<Text>> {
        match self.receiver() {
            Value::Text(text) => Ok(text.clone()),
            other => self.printed(other).ok_or_else(|| self.wrong_receiver(TEXT_KIND)),
        }
    }

    /// An argument as a text that can be held while the call is changed; scalars count as their printed form.
    #[inline]
    pub(crate) fn part(&self, index: usize) -> Result<Rc<Text>> {
        match self.arg(index) {
            Value::Text(text) => Ok(text.clone()),
            other => self.printed(other).ok_or_else(|| self.wrong_argument(index, TEXT_KIND)),
        }
    }

    fn printed(&self, value: &Value) -> Option<Rc<Text>> {
        if value.is_null() || value.is_container() || matches!(value, Value::File(_)) {
            return None;
        }
        let mut out = CompactString::default();
        value.write(&mut out, &self.cx.locale);
        Some(Rc::new(Text::from(out)))
    }
}

/// A part of a text as a value; the text itself when it is all of it.
fn piece(whole: &Rc<Text>, part: &str) -> Value {
    if part.len() == whole.as_str().len() { Value::Text(whole.clone()) } else { Value::from(part) }
}

/// The place of the first occurrence in bytes, where upper and lower case count as the same.
fn find_ignore_case(text: &str, part: &str) -> Option<std::ops::Range<usize>> {
    if text.is_ascii() && part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        let Some(first) = part.first() else {
            return Some(0..0);
        };
        let last = text.len().checked_sub(part.len())?;
        return (0..=last)
            .find(|i| text[*i].eq_ignore_ascii_case(first) && text[*i..*i + part.len()].eq_ignore_ascii_case(part))
            .map(|i| i..i + part.len());
    }
    text.char_indices()
        .map(|(start, _)| start)
        .chain([text.len()])
        .find_map(|start| starts_ignore_case(&text[start..], part).map(|length| start..start + length))
}

/// The length in bytes of what `text` begins with, when that is `part` but for upper and lower case.
fn starts_ignore_case(text: &str, part: &str) -> Option<usize> {
    let mut chars = text.chars();
    for wanted in part.chars() {
        let found = chars.next()?;
        if found != wanted && fold(found) != fold(wanted) {
            return None;
        }
    }
    Some(text.len() - chars.as_str().len())
}

/// A letter without its case, as Java compares: through upper to lower case, one letter for one letter.
fn fold(c: char) -> char {
    let single = |mut mapped: std::char::ToUppercase| match (mapped.next(), mapped.next()) {
        (Some(upper), None) => upper,
        _ => c,
    };
    let upper = single(c.to_uppercase());
    let mut lower = upper.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => upper,
    }
}

/// Whether two texts are the same but for upper and lower case.
fn equal_ignore_case(a: &str, b: &str) -> bool {
    starts_ignore_case(a, b) == Some(a.len())
}
