//! Finds the name that was probably meant.

use std::cell::Cell;

/// The candidate nearest to `name`, when it is near enough to be worth saying.
///
/// Upper and lower case count as equal first; otherwise at most a third of the letters may differ.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let too_long = candidate.len().abs_diff(wanted.len()) > limit && candidate.is_ascii() && wanted.is_ascii();
        if candidate == name || too_long {
            continue;
        }
        let distance = edit_distance(&wanted, &candidate.to_lowercase(), limit);
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, c)| c)
}

/// What the reader of TOML or JSON says about a file of settings, and what to do about it.
pub fn explained(said: &str) -> (String, String) {
    let Some(unknown) = said.strip_prefix("unknown field `") else {
        let help = match said.contains("must be quoted") {
            true => "Put the value between double quotes.",
            false => "Look at this line: a key, =, and a value; tables begin with their name in brackets.",
        };
        return (said.to_owned(), help.to_owned());
    };
    // The names that it knows, each between backquotes.
    let mut parts = unknown.split('`');
    let name = parts.next().unwrap_or_default();
    let known: Vec<&str> = parts.skip(1).step_by(2).collect();
    let help = match closest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean {near}?"),
        None => format!("There is {}.", known.join(", ")),
    };
    (format!("there is no setting '{name}' in this place"), help)
}

/// Looks for names as [`closest`] does, with so much work in all: a source with thousands of mistakes and thousands of names
/// would otherwise take their product. Of two names that are equally near the first one in the alphabet is given.
#[derive(Debug)]
pub struct Nearest {
    left: Cell<usize>,
    /// Whether it finds nothing and only notes that it was asked.
    silent: bool,
    asked: Cell<bool>,
}

impl Default for Nearest {
    fn default() -> Self {
        Self { left: Cell::new(Self::COMPARISONS), silent: false, asked: Cell::new(false) }
    }
}

impl Nearest {
    /// How many names are compared. No script that people write comes near it.
    const COMPARISONS: usize = 200_000;

    /// One that finds nothing, for work that is done again with another one when it was asked: so parts of a source can be
    /// looked at side by side, and what is found does not depend on which of them asked first.
    #[must_use]
    pub fn silent() -> Self {
        Self { silent: true, ..Self::default() }
    }

    /// Whether it was asked since this was called last.
    pub fn was_asked(&self) -> bool {
        self.asked.take()
    }

    /// The candidate nearest to `name`; `None` when none is near, and when too much was compared before.
    pub fn closest<'a>(&self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        self.asked.set(true);
        if self.silent {
            return None;
        }
        let mut candidates: Vec<&str> = candidates.into_iter().take(self.left.get() + 1).collect();
        let left = self.left.get().checked_sub(candidates.len());
        self.left.set(left.unwrap_or(0));
        left?;
        candidates.sort_unstable();
        closest(name, candidates)
    }
}

/// Insertions, deletions, replacements and swaps of neighbours between two words; anything above `limit` is `limit + 1`.
fn edit_distance(a: &str, b: &str, limit: usize) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut least = 0;
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        // A row goes on from the two before it: when both are beyond the limit, so is all that follows.
        let now = row.iter().copied().min().unwrap_or(0);
        if now > limit && least >= limit {
            return limit + 1;
        }
        least = now;
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()].min(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::{Nearest, closest};

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["toUpperCase", "toLowerCase", "trim"];
        assert_eq!(closest("toUppercase", names), Some("toUpperCase"));
        assert_eq!(closest("toLowrCase", names), Some("toLowerCase"));
        assert_eq!(closest("encrypt", names), None);
        assert_eq!(closest("tirm", names), Some("trim"));
    }
    #[test]
    fn the_work_of_all_searches_is_limited() {
        let names: Vec<String> = (0..1000).map(|i| format!("value_{i}")).collect();
        let nearest = Nearest::default();
        let find = || nearest.closest("valeu_17", names.iter().rev().map(String::as_str)).map(str::to_owned);
        assert_eq!(find().as_deref(), Some("value_17"));
        let found = (0..1000).filter(|_| find().is_some()).count();
        assert_eq!(found, Nearest::COMPARISONS / names.len() - 1);
        assert_eq!(Nearest::default().closest("vale", ["value2", "vales", "vale1"]), Some("vale1"));
    }
}
