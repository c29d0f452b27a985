//! What the application's thread keeps between requests: forms that are open, and messages for the next page.

use std::collections::{BTreeMap, VecDeque};

use rainwright_app::FormState;

/// How many forms may be open; the oldest is closed then.
const MOST: usize = 200;

/// A form that a user has open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// The form with its values.
    pub(crate) state: FormState,
    /// The record that is edited.
    pub(crate) id: Option<i64>,
    /// What is wrong with fields, by their names; under an empty name what is wrong with the form.
    pub(crate) wrong: Vec<(String, String)>,
    /// What the user typed into fields that could not take it.
    pub(crate) typed: BTreeMap<String, Vec<(String, String)>>,
    /// The form's own refusal.
    pub(crate) refusal: Option<String>,
}

/// What is kept between requests.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    drafts: VecDeque<(u64, Draft)>,
    last: u64,
    said: VecDeque<(u64, String)>,
}

impl Desk {
    /// Keeps an open form; gives its number.
    pub(crate) fn keep(&mut self, draft: Draft) -> u64 {
        self.last += 1;
        self.drafts.push_back((self.last, draft));
        if self.drafts.len() > MOST {
            self.drafts.pop_front();
        }
        self.last
    }

    /// An open form.
    pub(crate) fn draft(&mut self, number: u64) -> Option<&mut Draft> {
        self.drafts.iter_mut().find(|(known, _)| *known == number).map(|(_, draft)| draft)
    }

    /// Closes a form.
    pub(crate) fn close(&mut self, number: u64) {
        self.drafts.retain(|(known, _)| *known != number);
    }

    /// Keeps a message for the next page; gives its number.
    pub(crate) fn say(&mut self, message: String) -> u64 {
        self.last += 1;
        self.said.push_back((self.last, message));
        if self.said.len() > MOST {
            self.said.pop_front();
        }
        self.last
    }

    /// A message, once.
    pub(crate) fn said(&mut self, number: Option<&str>) -> Option<String> {
        let number: u64 = number?.parse().ok()?;
        let place = self.said.iter().position(|(known, _)| *known == number)?;
        self.said.remove(place).map(|(_, message)| message)
    }
}
