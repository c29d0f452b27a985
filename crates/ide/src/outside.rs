//! What a script may use without defining it: the names of the language, of the product and of other files.

use crate::CheckOptions;
use rainwright_builtins::names::{self, Meaning, NameScope, meaning};
use rainwright_builtins::word;
use rainwright_syntax::scope::{Outer, Outside};

impl CheckOptions {
    /// Whether the product gives a variable of that name, or the run does.
    pub(crate) fn gives(&self, name: &str) -> bool {
        names::is_given(self.profile, self.kind, name) || self.variables.iter().any(|variable| variable == name)
    }

    /// The variables that the product gives, and those that the run is given.
    pub(crate) fn given(&self) -> Vec<&str> {
        let by_product: Vec<&str> = names::given(self.profile, self.kind);
        by_product.into_iter().chain(self.variables.iter().map(String::as_str)).collect()
    }
}

/// What holds in every scope of a script.
impl NameScope for CheckOptions {
    fn assigns(&self, _: &str) -> bool {
        false
    }

    fn has_namespace(&self, name: &str) -> bool {
        self.functions.has_namespace(name)
    }

    fn is_given(&self, name: &str) -> bool {
        self.gives(name)
    }
}

impl Outside for CheckOptions {
    fn name(&self, name: &str) -> Outer {
        match meaning(name, self) {
            Meaning::Given => Outer::Given,
            // The kind of the function is known, and it is not given the form.
            Meaning::Form if self.kind.is_some() => Outer::Unknown,
            Meaning::Variable | Meaning::Unknown => Outer::Unknown,
            Meaning::Word(_) | Meaning::Namespace | Meaning::Form => Outer::Other,
        }
    }

    fn is_word(&self, name: &str) -> bool {
        word(name).is_some()
    }

    fn is_namespace(&self, name: &str) -> bool {
        names::is_namespace(name)
    }

    fn takes_words(&self, task: &str, key: &str) -> bool {
        self.tasks.block_task(task).and_then(|row| row.key(key)).is_none_or(|key| !key.constants.is_empty())
    }
}
