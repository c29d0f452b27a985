//! Switches: decisions about an application that may be taken otherwise, in `app.toml` and in golden scripts.

use serde::{Deserialize, Deserializer, de};

/// A switch: its name, and what Creator's ways are called where they have a name and words of their own: off, on.
struct Switch {
    name: &'static str,
    ways: Option<(&'static str, &'static str, &'static str)>,
}

const SWITCHES: &[Switch] = &[
    Switch { name: "mandatory_in_scripts", ways: None },
    Switch { name: "unique_in_scripts", ways: None },
    Switch { name: "ignore_case", ways: Some(("criteria_text", "exact", "ignorecase")) },
    Switch { name: "empty_record_fails", ways: Some(("empty_record", "null", "error")) },
    Switch { name: "null_order_fails", ways: Some(("null_order", "false", "error")) },
    Switch { name: "atomic", ways: None },
];

impl Switch {
    /// How a word sets it: the words of its other name, else `on` and `off`.
    fn stands(&self, word: &str) -> Result<bool, String> {
        match (word, self.ways) {
            ("on" | "true", _) => Ok(true),
            ("off" | "false", _) => Ok(false),
            (word, Some((_, off, on))) if word == off || word == on => Ok(word == on),
            (word, Some((_, off, on))) => Err(format!("'{word}' is none of on, off, {on} and {off}")),
            (word, None) => Err(format!("'{word}' is neither on nor off")),
        }
    }
}

/// A switch by either of its names: its own name, and whether the word sets it.
///
/// # Errors
/// A name or a word that is not known.
pub fn switch(name: &str, word: &str) -> Result<(&'static str, bool), String> {
    let is_named = |switch: &&Switch| switch.name == name || switch.ways.is_some_and(|(other, ..)| other == name);
    let Some(switch) = SWITCHES.iter().find(is_named) else {
        let near = rainwright_diagnostic::closest(name, SWITCHES.iter().map(|switch| switch.name));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(format!("there is no switch '{name}'{near}"));
    };
    Ok((switch.name, switch.stands(word)?))
}

/// How a file may set a switch.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Flag(bool),
    Word(String),
}

fn read<'de, D: Deserializer<'de>>(name: &str, input: D) -> Result<Option<bool>, D::Error> {
    match Given::deserialize(input).map_err(|_| <D::Error as de::Error>::custom(format!("{name} is on or off")))? {
        Given::Flag(flag) => Ok(Some(flag)),
        Given::Word(word) => {
            let set = switch(name, &word).map_err(|why| <D::Error as de::Error>::custom(format!("{name}: {why}")))?;
            Ok(Some(set.1))
        }
    }
}

pub(crate) fn mandatory_in_scripts<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    read("mandatory_in_scripts", input)
}

pub(crate) fn unique_in_scripts<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    read("unique_in_scripts", input)
}

pub(crate) fn ignore_case<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    read("ignore_case", input)
}

pub(crate) fn empty_record_fails<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    read("empty_record_fails", input)
}

pub(crate) fn null_order_fails<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    read("null_order_fails", input)
}

pub(crate) fn atomic<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    read("atomic", input)
}
