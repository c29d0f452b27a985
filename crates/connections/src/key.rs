//! What a connection is stored under: its environment, its link name, and whose it is.

use crate::name;
use rainwright_diagnostic::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Whose credentials they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Everybody's: each run uses the same.
    #[default]
    Shared,
    /// One user's ("use credentials of login user"), by the key that the embedding program gives.
    User(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Shared => f.write_str("shared"),
            Subject::User(user) => f.write_str(user),
        }
    }
}

/// Which set of connections: the same link names have other credentials in `development` and in `production`.
///
/// Sets are apart from each other: what one lacks is not looked for in another. The default set is called `default`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Environment(Option<Arc<str>>);

impl Environment {
    /// The name of the set that is meant when none is named.
    pub const DEFAULT: &'static str = "default";

    /// The environment of that name: a lower-case letter first, then lower-case letters, digits, `-` and `_`, at most
    /// 50 characters.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for another name.
    pub fn parse(name: &str) -> Result<Self, Problem> {
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.len() <= name::MAX_LENGTH
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if !fits {
            return Err(Problem::new(Code::BadRequest, format!("\"{name}\" is no name of an environment.")).with_help(
                "Use a lower-case letter, then lower-case letters, digits, - and _, such as development or production.",
            ));
        }
        Ok(Self((name != Self::DEFAULT).then(|| name.into())))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.as_deref().unwrap_or(Self::DEFAULT)
    }

    /// Whether it is the one that is meant when none is named.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Environment {
    type Err = Problem;

    fn from_str(name: &str) -> Result<Self, Problem> {
        Self::parse(name)
    }
}

impl TryFrom<String> for Environment {
    type Error = Problem;

    fn try_from(name: String) -> Result<Self, Problem> {
        Self::parse(&name)
    }
}

impl From<Environment> for String {
    fn from(environment: Environment) -> Self {
        environment.name().to_owned()
    }
}

/// What a connection is stored under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Key {
    /// The set that it belongs to.
    pub environment: Environment,
    /// The link name.
    pub name: String,
    /// Whose it is.
    pub subject: Subject,
}

impl Key {
    /// The key of everybody's connection of that name, in the default environment.
    pub fn shared(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The key of one user's connection of that name, in the default environment.
    pub fn user(name: impl Into<String>, user: impl Into<String>) -> Self {
        Self { name: name.into(), subject: Subject::User(user.into()), ..Self::default() }
    }

    /// The same name and subject in that environment.
    #[must_use]
    pub fn within(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// How a command names the connection: `mailchimp --user ada --env production`.
    #[must_use]
    pub fn arguments(&self) -> String {
        match self.options() {
            options if options.is_empty() => self.name.clone(),
            options => format!("{} {options}", self.name),
        }
    }

    /// The options of a command that choose subject and environment: `--user ada --env production`.
    #[must_use]
    pub fn options(&self) -> String {
        let mut options = Vec::new();
        if let Subject::User(user) = &self.subject {
            options.push(format!("--user {}", quoted(user)));
        }
        if !self.environment.is_default() {
            options.push(format!("--env {}", self.environment));
        }
        options.join(" ")
    }
}

/// A word for a shell.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@' | b'+' | b':');
    match !word.is_empty() && word.bytes().all(plain) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(format!("'{}'", word.replace('\'', "'\\''"))),
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Subject::User(user) = &self.subject {
            write!(f, " of {user}")?;
        }
        if !self.environment.is_default() {
            write!(f, " in {}", self.environment)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn environments_have_names_that_fit_everywhere() {
        for name in ["default", "production", "eu-west_2", &"a".repeat(50)] {
            assert_eq!(Environment::parse(name).unwrap().name(), name);
        }
        for bad in ["", "Production", "2nd", "a b", "-a", "a/b", "pröd", &"a".repeat(51)] {
            assert_eq!(Environment::parse(bad).unwrap_err().code, Code::BadRequest, "{bad}");
            assert!(serde_json::from_value::<Environment>(bad.into()).is_err(), "{bad}");
        }
        assert_eq!(Environment::parse("default").unwrap(), Environment::default());
    }

    #[test]
    fn keys_are_told_to_people_and_to_commands() {
        let production = Environment::parse("production").unwrap();
        let key = Key::user("crm", "ada l").within(production.clone());
        assert_eq!(key.to_string(), "crm of ada l in production");
        assert_eq!(key.arguments(), "crm --user 'ada l' --env production");
        assert_eq!(Key::shared("crm").arguments(), Key::shared("crm").to_string());
        assert!(Key::shared("z") < Key::shared("a").within(production), "the default set comes first");
        let old: Key = serde_json::from_str(r#"{"name": "crm"}"#).unwrap();
        assert_eq!(old, Key::shared("crm"), "files from before there were environments");
    }
}
