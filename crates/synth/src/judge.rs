//! Whether a mistake is the script's own, or comes only of values that were chosen to be caught.

use rainwright::Code;
use rainwright_effect::Data;

use crate::make::{Case, Choice};
use crate::search::{Fault, OUTLANDISH, Search};
use crate::shape::{Id, Origin};

impl Search<'_> {
    /// Whether a fault comes of a plain text that was chosen for a comparison where the script reads a map.
    pub(crate) fn is_misfit(&self, case: &Case, fault: &Fault) -> bool {
        let Some(span) = fault.span.filter(|_| fault.code == Code::CannotParse) else { return false };
        self.suspects(span).iter().any(|id| {
            let is_text = matches!(case.choices.get(id), Some(Choice::Value(Data::Text(_))));
            is_text && !self.analysis.shapes.get(*id).fields.is_empty()
        })
    }

    /// Whether a case has nothing in it but what the script itself asks about: the rest is there to be caught.
    pub(crate) fn is_fair(&self, case: &Case) -> bool {
        case.choices.iter().all(|(id, choice)| self.is_asked(*id, choice))
    }

    fn is_asked(&self, id: Id, choice: &Choice) -> bool {
        let shape = self.analysis.shapes.get(id);
        match choice {
            Choice::Null | Choice::Absent => shape.asked_null,
            Choice::Empty => shape.asked_empty,
            Choice::Value(Data::Text(text)) => text != OUTLANDISH,
            Choice::Fails | Choice::Status(_) => false,
            _ => true,
        }
    }

    /// Whether a mistake may be there only because of a choice that is there to be caught: the expression reads the value, or a
    /// variable that is not assigned when something before it fails.
    pub(crate) fn comes_of(&self, case: &Case, fault: &Fault) -> bool {
        let Some(span) = fault.span else { return true };
        let variable = fault.message.split('\'').nth(1).filter(|_| fault.code == Code::UnknownName);
        if variable.is_some_and(|name| self.analysis.definitions.contains_key(name)) {
            return true;
        }
        self.suspects(span).into_iter().any(|mut id| {
            loop {
                if case.choices.get(&id).is_some_and(|choice| !self.is_asked(id, choice)) {
                    return true;
                }
                match self.analysis.shapes.get(id).origin {
                    Origin::Key(of, _) | Origin::Item(of) | Origin::AnyKey(of) => id = of,
                    _ => return false,
                }
            }
        })
    }
}
