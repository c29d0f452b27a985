//! Checks the values that a person gives when connecting.

use super::{Field, Pattern};
use rainwright_diagnostic::{Code, Problem, closest};

impl Field {
    /// Checks a value: one of the choices, or of the form that the field's pattern asks for.
    ///
    /// # Errors
    /// [`Code::BadRequest`] that says what was expected; a secret value is not shown.
    pub fn check(&self, value: &str) -> Result<(), Problem> {
        let problem = |expected: &str| {
            let shown = if self.secret { "a value" } else { value };
            let title = if self.title.is_empty() { &self.name } else { &self.title };
            let problem = Problem::new(Code::BadRequest, format!("{title}: {expected} was expected, found {shown:?}."));
            match &self.example {
                Some(example) => problem.with_help(format!("Write it as {example}.")),
                None => problem,
            }
        };
        if value.is_empty() {
            return if self.optional { Ok(()) } else { Err(problem("a value")) };
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == value) {
            let all = self.choices.join(", ");
            let near = closest(value, self.choices.iter().map(String::as_str));
            let problem = problem(&format!("one of {all}"));
            return Err(match near {
                Some(near) => problem.with_help(format!("Did you mean {near}?")),
                None => problem.with_help(format!("Choose one of {all}.")),
            });
        }
        let all = |good: fn(char) -> bool| value.chars().all(good);
        let (fits, expected) = match self.pattern {
            Pattern::Text => (all(|c| !c.is_control()), "one line of text"),
            Pattern::Slug => (all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "letters, digits, - and _"),
            Pattern::Digits => (all(|c| c.is_ascii_digit()), "digits"),
            Pattern::Host => (is_host(value), "a host name without https:// and path"),
            Pattern::Url => (is_https(value), "an address that starts with https://"),
            Pattern::Date => (value.parse::<jiff::civil::Date>().is_ok(), "a date as 2025-01-31"),
        };
        if fits { Ok(()) } else { Err(problem(expected)) }
    }
}

fn is_host(value: &str) -> bool {
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    plain && value.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
}

fn is_https(value: &str) -> bool {
    crate::request::parse(value).is_ok_and(|url| {
        let local = crate::policy::is_loopback_host(url.host_str().unwrap_or_default());
        (url.scheme() == "https" || local) && url.fragment().is_none()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_are_held_to_their_pattern() {
        for (pattern, good, bad) in [
            (Pattern::Text, "Any thing!", "two\nlines"),
            (Pattern::Slug, "acme--dev_1", "acme.dev"),
            (Pattern::Digits, "0123", "12a"),
            (Pattern::Host, "acme.my.salesforce.com", "https://acme.com"),
            (Pattern::Host, "localhost", "acme.com/path"),
            (Pattern::Host, "a-b.c", "a..c"),
            (Pattern::Url, "https://acme.com/token", "http://acme.com/token"),
            (Pattern::Url, "http://127.0.0.1:8080/token", "acme.com"),
            (Pattern::Date, "2023-06-01", "1 June"),
        ] {
            let field = Field { name: "f".to_owned(), pattern, ..Field::default() };
            assert_eq!(field.check(good), Ok(()), "{good}");
            assert_eq!(field.check(bad).unwrap_err().code, Code::BadRequest, "{bad}");
            assert!(field.check("").is_err());
        }
    }

    #[test]
    fn choices_are_offered_and_secrets_not_shown() {
        let choices = vec!["zoho.com".to_owned(), "zoho.eu".to_owned()];
        let field = Field { name: "dc".to_owned(), choices, optional: true, ..Field::default() };
        assert_eq!(field.check("zoho.eu"), Ok(()));
        assert_eq!(field.check(""), Ok(()));
        assert!(field.check("zoho.eo").unwrap_err().help().contains("zoho.eu"));
        let secret = Field { secret: true, pattern: Pattern::Digits, ..field };
        let secret = Field { choices: Vec::new(), ..secret };
        assert!(!secret.check("hunter2").unwrap_err().message.contains("hunter2"));
    }
}
