//! What the user gives in place of made-up data: the JSON that a run prints, edited.

use rainwright::effect::{Data, DataMap};
use rainwright::{Code, Problem};

use crate::read_json;

/// Inputs and answers of the user.
#[derive(Clone, Debug, Default)]
pub struct Given {
    arguments: DataMap,
    account: DataMap,
    answers: Vec<GivenAnswer>,
}

#[derive(Clone, Debug)]
struct GivenAnswer {
    function: String,
    line: u32,
    call: String,
    reply: Reply,
}

/// An answer as the user gave it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) value: Data,
}

impl Given {
    /// Reads what a run printed under `inputs`: `{"arguments": {…}, "account": {…}, "answers": [{"line": 4, "call": "GET …",
    /// "status": 200, "answer": …}]}`. Every part may be left out.
    ///
    /// # Errors
    /// A text that is no JSON object, or has parts of the wrong kind.
    pub fn read(json: &str) -> Result<Self, Problem> {
        let wrong = |what: &str| {
            Problem::new(Code::CannotParse, what.to_owned()).with_help(
                "Take the JSON that `dg try FILE --json` prints under `inputs`, and change the values in it.",
            )
        };
        let whole = read_json(json).ok_or_else(|| wrong("The file of --with is no JSON"))?;
        let whole = whole.as_map().ok_or_else(|| wrong("The file of --with holds no JSON object"))?;
        let part = |name: &str| match whole.get(name) {
            None | Some(Data::Null) => Ok(DataMap::new()),
            Some(data) => data.as_map().cloned().ok_or_else(|| wrong(&format!("'{name}' is no JSON object"))),
        };
        for (key, _) in whole.iter() {
            if !matches!(key.as_text(), Some("entry" | "arguments" | "account" | "answers" | "now" | "seed")) {
                return Err(wrong(&format!("There is no part '{key}' in what --with takes")));
            }
        }
        let mut answers = Vec::new();
        if let Some(list) = whole.get("answers") {
            let list = list.as_list().ok_or_else(|| wrong("'answers' is no JSON array"))?;
            for one in list {
                let line = one.get("line").and_then(Data::as_number).and_then(|line| u32::try_from(line).ok());
                let line = line.ok_or_else(|| wrong("An answer has no 'line'"))?;
                let text = |name: &str| one.get(name).and_then(Data::as_text).unwrap_or_default().to_owned();
                let status = one.get("status").and_then(Data::as_number).and_then(|s| u16::try_from(s).ok());
                let reply =
                    Reply { status: status.unwrap_or(200), value: one.get("answer").cloned().unwrap_or_default() };
                answers.push(GivenAnswer { function: text("function"), line, call: text("call"), reply });
            }
        }
        Ok(Self { arguments: part("arguments")?, account: part("account")?, answers })
    }

    /// The value of a parameter or variable.
    pub(crate) fn argument(&self, name: &str) -> Option<&Data> {
        self.arguments.get(name)
    }

    pub(crate) fn account(&self, word: &str) -> Option<Data> {
        self.account.get(word).cloned()
    }

    /// The answer of a line: of several the one whose turn it is, and the last one from then on.
    pub(crate) fn answer(&self, function: &str, line: u32, call: &str, nth: usize) -> Option<Reply> {
        let method = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
        let fits = |one: &&GivenAnswer| {
            one.line == line
                && (one.function.is_empty() || one.function == function)
                && (one.call.is_empty() || method(&one.call) == method(call))
        };
        let here: Vec<&GivenAnswer> = self.answers.iter().filter(fits).collect();
        here.get(nth).or(here.last()).map(|one| one.reply.clone())
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty() && self.account.is_empty() && self.answers.is_empty()
    }
}
