//! Tasks of an embedding program: declared while it runs, and from then on rows like those of the tables.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, DataMap, Effect};
use rainwright_value::{Kinds, Result};

use super::transfer::answer;
use crate::{Basis, BlockTask, TaskCall, TaskKey, block_task, block_tasks, to_data};

/// A key of a task that an embedding program declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    name: String,
    kinds: Kinds,
    required: bool,
    words: Vec<String>,
    doc: String,
}

impl OwnKey {
    /// A key that a block must have.
    #[must_use]
    pub fn required(name: impl Into<String>, kinds: impl Into<Kinds>, doc: impl Into<String>) -> Self {
        Self { required: true, ..Self::optional(name, kinds, doc) }
    }

    /// A key that a block may leave out.
    #[must_use]
    pub fn optional(name: impl Into<String>, kinds: impl Into<Kinds>, doc: impl Into<String>) -> Self {
        Self { name: name.into(), kinds: kinds.into(), required: false, words: Vec::new(), doc: doc.into() }
    }

    /// The same key, with words that need no quotes, as `POST` in `type: POST`; a single `*` takes any word.
    #[must_use]
    pub fn words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words = words.into_iter().map(Into::into).collect();
        self
    }
}

/// A task that an embedding program declares: `erp.order [ article: "A12" pieces: 3 ]`. The host answers it, as
/// [`Effect::Task`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTask {
    name: String,
    keys: Vec<OwnKey>,
    returns: Kinds,
    doc: String,
    example: String,
}

impl OwnTask {
    /// A task by its dotted name, with its keys.
    #[must_use]
    pub fn new(name: impl Into<String>, keys: impl IntoIterator<Item = OwnKey>) -> Self {
        let (keys, doc) = (keys.into_iter().collect(), "A task of the program around.".to_owned());
        Self { name: name.into(), keys, returns: Kinds::ANY, doc, example: String::new() }
    }

    /// The same task with a description, in sentences.
    #[must_use]
    pub fn doc(self, doc: impl Into<String>) -> Self {
        Self { doc: doc.into(), ..self }
    }

    /// The same task with the kinds of its result; without this it may be any.
    #[must_use]
    pub fn returns(self, kinds: impl Into<Kinds>) -> Self {
        Self { returns: kinds.into(), ..self }
    }

    /// The same task with a block to learn from.
    #[must_use]
    pub fn example(self, example: impl Into<String>) -> Self {
        Self { example: example.into(), ..self }
    }

    /// # Errors
    /// [`Code::BadArgument`] for a name that scripts could not write or that means something else already.
    fn check(&self) -> std::result::Result<(), Problem> {
        let refuse = |message: String| Err(Problem::new(Code::BadArgument, message));
        let name = &self.name;
        if !name.split('.').all(is_word) {
            return refuse(format!(
                "'{name}' is no name for a task: it takes words with dots between, as in erp.order."
            ));
        }
        // The parser knows those tasks by the last part of their names, and checks their keys.
        let last = name.rsplit('.').next().unwrap_or(name);
        if block_tasks().any(|task| task.name.rsplit('.').next().is_some_and(|known| known.eq_ignore_ascii_case(last)))
        {
            return refuse(format!("The task '{name}' cannot be declared: the language has a task {last}."));
        }
        for (at, key) in self.keys.iter().enumerate() {
            if !key.name.split([' ', '-']).all(is_word) {
                return refuse(format!("'{}' is no name for a key of {name}: it takes words.", key.name));
            }
            if self.keys[..at].iter().any(|other| plain(&other.name) == plain(&key.name)) {
                return refuse(format!("{name} has the key '{}' twice.", key.name));
            }
        }
        Ok(())
    }

    /// The row. It lives as long as the program: equal declarations share one.
    ///
    /// # Errors
    /// As [`OwnTasks::with`].
    fn row(&self) -> std::result::Result<&'static BlockTask, Problem> {
        static ROWS: Mutex<Vec<(OwnTask, &'static BlockTask)>> = Mutex::new(Vec::new());
        self.check()?;
        let mut rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, row)) = rows.iter().find(|(known, _)| known == self) {
            return Ok(row);
        }
        let text = |text: &str| -> &'static str { text.to_owned().leak() };
        let keys = self.keys.iter().map(|key| TaskKey {
            name: text(&key.name),
            kinds: key.kinds,
            required: key.required,
            constants: key.words.iter().map(|word| text(word)).collect::<Vec<_>>().leak(),
            doc: text(&key.doc),
        });
        let examples = if self.example.is_empty() { Vec::new() } else { vec![text(&self.example)] };
        let row = BlockTask {
            name: text(&self.name),
            keys: keys.collect::<Vec<_>>().leak(),
            returns: self.returns,
            basis: Basis::Documented,
            doc: text(&self.doc),
            examples: examples.leak(),
            products: "",
            run: ask,
        };
        let row: &'static BlockTask = Box::leak(Box::new(row));
        rows.push((self.clone(), row));
        Ok(row)
    }
}

/// The tasks that an embedding program has declared. Cheap to clone.
#[derive(Clone, Default)]
pub struct OwnTasks(Arc<[&'static BlockTask]>);

impl OwnTasks {
    /// The same with one more; one of that name is replaced.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a name that scripts could not write, that a task of the language has, or for a key that is
    /// there twice.
    pub fn with(&self, task: &OwnTask) -> std::result::Result<Self, Problem> {
        let row = task.row()?;
        let others = self.iter().filter(|known| !known.name.eq_ignore_ascii_case(row.name));
        Ok(Self(others.chain([row]).collect()))
    }

    /// Their rows, in the order in which they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &'static BlockTask> + '_ {
        self.0.iter().copied()
    }

    /// The block task of a name, in any case: one of the language or one of these.
    #[must_use]
    pub fn block_task(&self, name: &str) -> Option<&'static BlockTask> {
        block_task(name).or_else(|| self.own(name))
    }

    /// The one of these with that name, in any case.
    #[must_use]
    pub fn own(&self, name: &str) -> Option<&'static BlockTask> {
        self.iter().find(|task| task.name.eq_ignore_ascii_case(name))
    }
}

impl fmt::Debug for OwnTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|task| task.name)).finish()
    }
}

/// Hands the keys that were given to the host, in the order in which the task declares them.
fn ask(call: &mut TaskCall) -> Result {
    call.check()?;
    let mut arguments = DataMap::new();
    for key in call.task.keys {
        if let Some(value) = call.get(key.name) {
            arguments.insert(key.name.to_owned(), to_data(value, &call.cx.locale)?);
        }
    }
    let effect = Effect::Task { name: call.task.name.to_owned(), arguments: Data::Map(arguments) };
    answer(call.cx.perform(effect)?, &call.cx.locale)
}

fn is_word(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn plain(key: &str) -> String {
    key.to_ascii_lowercase().replace(['-', '_'], " ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{OwnKey, OwnTask, OwnTasks};
    use rainwright_value::Kind;

    #[test]
    fn equal_declarations_share_a_row_and_later_ones_replace() {
        let order = || OwnTask::new("erp.order", [OwnKey::required("article", Kind::Text, "The article.")]);
        let one = OwnTasks::default().with(&order()).unwrap();
        let two = OwnTasks::default().with(&order()).unwrap();
        assert!(std::ptr::eq(one.own("ERP.Order").unwrap(), two.own("erp.order").unwrap()));
        let other = one.with(&OwnTask::new("erp.order", [])).unwrap();
        assert_eq!((other.iter().count(), other.own("erp.order").unwrap().keys.len()), (1, 0));
        assert_eq!(one.block_task("InvokeURL").unwrap().name, "invokeurl");
    }

    #[test]
    fn names_that_scripts_could_not_write_are_refused() {
        let twice = ["reply to", "Reply-To"].map(|name| OwnKey::optional(name, Kind::Text, ""));
        for task in [
            OwnTask::new("", []),
            OwnTask::new("erp..order", []),
            OwnTask::new("erp.2", []),
            OwnTask::new("erp order", []),
            OwnTask::new("erp.sendmail", []),
            OwnTask::new("INVOKEURL", []),
            OwnTask::new("erp.order", [OwnKey::optional("a:b", Kind::Text, "")]),
            OwnTask::new("erp.order", twice),
        ] {
            let problem = OwnTasks::default().with(&task).unwrap_err();
            assert!(problem.message.ends_with('.') && problem.message.contains(&task.name), "{problem:?}");
        }
    }
}
