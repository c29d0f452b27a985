//! A run on paper: its arguments, and what each of its calls was answered with. `//@ played: name.jsonl` runs a script
//! against one, and a call that differs from what was written down fails.

use std::path::Path;

use rainwright::effect::{from_text, to_text};
use rainwright::{Code, Data, Effect, Outcome, Problem, Refusal};

/// A run on paper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    /// Parameters and variables with their values.
    pub arguments: Vec<(String, Data)>,
    /// Calls in order, each with its answer; lines of the log are not among them.
    pub calls: Vec<(Effect, Result<Outcome, Refusal>)>,
}

impl Played {
    /// The file's text: a line of arguments, then a line for each call.
    ///
    /// # Errors
    /// Data that is nested too deeply to be written.
    pub fn write(&self) -> Result<String, Problem> {
        let mut text = to_text(&self.arguments)?;
        text.push('\n');
        for call in &self.calls {
            text.push_str(&to_text(call)?);
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// A text that is no such thing; the message says which line.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut played = Self::default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |problem: Problem| format!("line {}: {}", number + 1, problem.message);
            match number {
                0 => played.arguments = from_text(line).map_err(wrong)?,
                _ => played.calls.push(from_text(line).map_err(wrong)?),
            }
        }
        Ok(played)
    }

    /// Reads a file as seen from a golden script.
    pub(crate) fn beside(script: &Path, name: &str) -> Result<Self, String> {
        let text = crate::play::read_named("played", name, script)?;
        Self::read(&text).map_err(|why| format!("played: '{name}': {why}"))
    }

    /// Answers the next call, if it is the one that was written down.
    pub(crate) fn answer(&mut self, effect: &Effect) -> Result<Outcome, Refusal> {
        let other = |what: String| {
            let problem = Problem::new(Code::NotRecorded, what)
                .with_help("If the script is meant to do so, save the test anew with `dg try FILE --save`.");
            Refusal::Stop(problem)
        };
        if self.calls.is_empty() {
            return Err(other(format!("The script makes one more call than was written down: {}", describe(effect))));
        }
        let (expected, outcome) = self.calls.remove(0);
        if expected != *effect {
            let (expected, found) = (describe(&expected), describe(effect));
            return Err(other(format!(
                "The script makes another call than was written down: {expected} became {found}"
            )));
        }
        outcome
    }
}

/// A call in a few words, as far as people need it to see what differs.
fn describe(effect: &Effect) -> String {
    let text = match effect {
        Effect::Http(request) => {
            let body = request.body.shared_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            format!("{} {} {:?} {}", request.method, request.url, request.query, body.unwrap_or_default())
        }
        Effect::Mail(message) | Effect::Sms(message) => {
            format!("{} to {}: {} {}", effect.name(), message.to.join(", "), message.subject, message.text)
        }
        other => to_text(other).unwrap_or_else(|_| other.name().to_owned()),
    };
    text.chars().take(400).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Played;
    use rainwright::{Data, Effect, HttpRequest, Outcome, Refusal};

    #[test]
    fn what_is_written_is_read_and_another_call_stops() {
        let call = Effect::Http(Box::new(HttpRequest::new("GET", "https://api.example.com/a")));
        let played = Played {
            arguments: vec![("day".into(), Data::Date(20_000)), ("n".into(), Data::Number(1))],
            calls: vec![(call.clone(), Ok(Outcome::Done)), (Effect::Now, Ok(Outcome::Instant { millis: 5 }))],
        };
        let mut read = Played::read(&played.write().unwrap()).unwrap();
        assert_eq!(read, played);
        assert_eq!(read.answer(&call), Ok(Outcome::Done));
        assert!(matches!(read.answer(&call), Err(Refusal::Stop(_))));
        assert!(matches!(read.answer(&call), Err(Refusal::Stop(_))));
        assert!(Played::read("nonsense").is_err());
    }
}
