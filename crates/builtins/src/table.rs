//! The form of the tables: a function is one row, and the row is its registration.
//!
//! The evaluator calls through it, the checker reads counts and kinds, completion, `dg doc` and the reference pages read
//! the rest; a test runs every example.

use rainwright_diagnostic::Problem;
use rainwright_value::{Kind, Kinds, Result};

use crate::{Call, TaskCall};

/// A function of the language, callable as `f(x, a)` and as `x.f(a)`.
pub struct Builtin {
    /// The name in the spelling that Zoho's help uses; it matches in any case.
    pub name: &'static str,
    /// Other spellings that scripts use.
    pub aliases: &'static [&'static str],
    /// The kinds of value it belongs to: its receiver, or its first argument. None for a function of its own.
    pub on: Kinds,
    /// Its parameters, the receiver left out.
    pub params: &'static [Param],
    /// The kinds of its result.
    pub returns: Kinds,
    /// How it may be written.
    pub form: Form,
    /// How sure we are that it behaves as in Zoho.
    pub basis: Basis,
    /// What it does, in sentences; lists show only the first one.
    pub doc: &'static str,
    /// What happens at the edges: null, empty, out of range. Empty when there is nothing to say.
    pub edge: &'static str,
    /// Scripts with what `info` prints of them; every one is run as a test.
    pub examples: &'static [Example],
    /// The products that have it, comma-separated; empty for all.
    pub products: &'static str,
    /// What to use instead, when Zoho advises against it.
    pub deprecated: Option<&'static str>,
    /// What it does.
    pub run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
}

impl Builtin {
    /// Whether this is the same function. The address of a row says nothing: a constant may lie in several places.
    #[must_use]
    pub fn is(&self, other: &Builtin) -> bool {
        self.name == other.name && self.on == other.on
    }

    /// Does what it does. A function that reads a year of two digits needs to know what time it is: it comes back for that
    /// before it has changed anything, the clock is asked, and it is called again.
    ///
    /// # Errors
    /// Whatever the function says.
    #[inline]
    pub fn apply(&self, call: &mut Call<'_, '_>) -> Result {
        match (self.run)(call) {
            Ok(value) => Ok(value),
            Err(problem) => self.apply_again(call, problem),
        }
    }

    #[cold]
    #[inline(never)]
    fn apply_again(&self, call: &mut Call<'_, '_>, problem: Box<Problem>) -> Result {
        if !call.cx.take_needs_now() {
            return Err(problem);
        }
        call.cx.learn_now()?;
        (self.run)(call)
    }

    /// What most rows leave as it is: `..Builtin::ROW`.
    pub const ROW: Builtin = Builtin {
        name: "",
        aliases: &[],
        on: Kinds::NONE,
        params: &[],
        returns: Kinds::ANY,
        form: Form::Both,
        basis: Basis::Documented,
        doc: "",
        edge: "",
        examples: &[],
        products: "",
        deprecated: None,
        run: |_| Ok(rainwright_value::Value::Null),
    };

    /// Whether it belongs to a value; then the value is its first argument.
    #[must_use]
    pub fn has_receiver(&self) -> bool {
        self.on != Kinds::NONE
    }

    /// The smallest and the largest number of arguments, the receiver left out.
    #[must_use]
    pub fn arity(&self) -> (usize, usize) {
        let least = self.params.iter().filter(|p| !p.optional).count();
        let most = if self.params.last().is_some_and(|p| p.repeated) { usize::MAX } else { self.params.len() };
        (least, most)
    }

    /// The call as documentation shows it: `text.contains(part)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|p| match (p.optional, p.repeated) {
                (_, true) => format!("{}…", p.name),
                (true, _) => format!("[{}]", p.name),
                _ => p.name.to_owned(),
            })
            .collect();
        let receiver = receiver_word(self.on);
        match self.form {
            Form::Word => self.name.to_owned(),
            Form::Function if self.has_receiver() => {
                let mut all = vec![receiver.to_owned()];
                all.extend(params);
                format!("{}({})", self.name, all.join(", "))
            }
            _ if self.has_receiver() => format!("{receiver}.{}({})", self.name, params.join(", ")),
            _ => format!("{}({})", self.name, params.join(", ")),
        }
    }
}

/// What documentation calls a receiver. Where another kind is taken too, a text is only read as a value of that kind.
fn receiver_word(on: Kinds) -> &'static str {
    let mut kinds: Vec<Kind> = on.iter().collect();
    if kinds.len() > 1 {
        kinds.retain(|kind| *kind != Kind::Text);
    }
    if kinds == [Kind::Number, Kind::Decimal] {
        return "number";
    }
    if kinds.len() > 2 {
        return "value";
    }
    let Some(first) = kinds.first() else { return "" };
    match first {
        Kind::Null => "value",
        Kind::Bool => "boolean",
        Kind::Number => "number",
        Kind::Decimal => "decimal",
        Kind::Text => "text",
        Kind::DateTime => "date",
        Kind::Time => "time",
        Kind::List => "list",
        Kind::Map => "map",
        Kind::Collection => "collection",
        Kind::File => "file",
        Kind::Records => "records",
    }
}

/// A parameter of a function or task.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in documentation.
    pub name: &'static str,
    /// The kinds it takes.
    pub kinds: Kinds,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether any number of arguments may follow; only for the last one.
    pub repeated: bool,
    /// What it is, in a sentence.
    pub doc: &'static str,
}

impl Param {
    /// A parameter that must be given.
    #[must_use]
    pub const fn new(name: &'static str, kinds: Kinds, doc: &'static str) -> Param {
        Param { name, kinds, optional: false, repeated: false, doc }
    }

    /// A parameter that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, kinds: Kinds, doc: &'static str) -> Param {
        Param { optional: true, ..Param::new(name, kinds, doc) }
    }

    /// Any number of further arguments, none included.
    #[must_use]
    pub const fn repeated(name: &'static str, kinds: Kinds, doc: &'static str) -> Param {
        Param { optional: true, repeated: true, ..Param::new(name, kinds, doc) }
    }
}

/// How a function may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `f(x, a)` and `x.f(a)`.
    Both,
    /// Only `x.f(a)`.
    Method,
    /// Only `f(x, a)`.
    Function,
    /// A bare word, with or without parentheses: `today`, `zoho.currentdate`.
    Word,
}

/// How sure we are that something behaves as in Zoho.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Zoho's help states it.
    Documented,
    /// Public scripts or Zoho's own samples show it.
    Observed,
    /// It is our reading of what is left open.
    Assumed,
}

impl Basis {
    /// The word for pages and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Basis::Documented => "documented",
            Basis::Observed => "observed",
            Basis::Assumed => "assumed",
        }
    }
}

/// A script and what comes out of it.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// An expression, printed with `info`; or statements that end in `;` or `}`, whose `info` lines count.
    pub script: &'static str,
    /// The lines printed, joined by newlines; `error E3006` when it fails so.
    pub result: &'static str,
}

impl Example {
    /// A script and what comes out of it.
    #[must_use]
    pub const fn new(script: &'static str, result: &'static str) -> Example {
        Example { script, result }
    }

    /// The whole script: statements unchanged, an expression printed with `info`.
    #[must_use]
    pub fn source(&self) -> String {
        let script = self.script.trim();
        let is_expression = !script.ends_with([';', '}']) || !script.contains(['=', ';']);
        if is_expression { format!("info {script};") } else { script.to_owned() }
    }
}

/// A block task: `invokeurl [ url: … type: POST ]`.
pub struct BlockTask {
    /// The name, as in `invokeurl`; it matches in any case.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [TaskKey],
    /// The kinds of its result.
    pub returns: Kinds,
    /// How sure we are that it behaves as in Zoho.
    pub basis: Basis,
    /// What it does, in sentences.
    pub doc: &'static str,
    /// Blocks to learn from; parsed and checked by a test.
    pub examples: &'static [&'static str],
    /// The products that have it, comma-separated; empty for all.
    pub products: &'static str,
    /// What it does.
    pub run: for<'a, 'h> fn(&mut TaskCall<'a, 'h>) -> Result,
}

/// A key of a block task.
#[derive(Clone, Copy, Debug)]
pub struct TaskKey {
    /// The key as written, as in `response-format`; it matches in any case.
    pub name: &'static str,
    /// The kinds of value it takes.
    pub kinds: Kinds,
    /// Whether the block must have it.
    pub required: bool,
    /// Bare words that it takes literally: `GET`, `FILE`. A single `*` takes any word.
    pub constants: &'static [&'static str],
    /// What it is, in a sentence.
    pub doc: &'static str,
}

impl TaskKey {
    /// A key that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, kinds: Kinds, doc: &'static str) -> TaskKey {
        TaskKey { name, kinds, required: false, constants: &[], doc }
    }

    /// A key that must be given.
    #[must_use]
    pub const fn required(name: &'static str, kinds: Kinds, doc: &'static str) -> TaskKey {
        TaskKey { required: true, ..TaskKey::new(name, kinds, doc) }
    }

    /// The same key, with words that need no quotes.
    #[must_use]
    pub const fn words(self, constants: &'static [&'static str]) -> TaskKey {
        TaskKey { constants, ..self }
    }
}

/// An integration task: `zoho.crm.getRecordById("Leads", id)`, which becomes one HTTP call.
pub struct Integration {
    /// The full name; it matches in any case.
    pub name: &'static str,
    /// Other spellings that scripts use.
    pub aliases: &'static [&'static str],
    /// The parameters, by position; the one called `connection` names the connection.
    pub params: &'static [Param],
    /// The service whose default connection it uses when none is given, as in `zoho_crm`.
    pub service: &'static str,
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The address: `{module}` is filled from the parameter of that name, `{module:lower}` in lower case without blanks,
    /// any other `{name}` from the connection's values. Empty when the address is not public: then the host is asked for
    /// the task by its name, as [`Effect::Task`](rainwright_effect::Effect::Task).
    pub path: &'static str,
    /// Where the parameters go that are not part of `path`.
    pub sends: &'static [(&'static str, Place)],
    /// What is sent besides, where the arguments give nothing: plain text, for [`Place::Key`] JSON.
    pub presets: &'static [(Place, &'static str)],
    /// What of the answer is the result.
    pub answer: Answer,
    /// The kinds of its result.
    pub returns: Kinds,
    /// How sure we are that it behaves as in Zoho.
    pub basis: Basis,
    /// What it does, in sentences.
    pub doc: &'static str,
    /// Scripts to learn from; parsed and checked by a test.
    pub examples: &'static [&'static str],
    /// What to use instead, when Zoho advises against it.
    pub deprecated: Option<&'static str>,
    /// What it does, for the few that the columns above do not describe.
    pub run: for<'a, 'h> fn(&'static Integration, &mut Call<'a, 'h>) -> Result,
}

/// Where an argument of an integration task goes in the HTTP call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A query parameter of this name.
    Query(&'static str),
    /// Each key of a map a query parameter; a text is query text, sent unchanged.
    QueryAll,
    /// A header of this name.
    Header(&'static str),
    /// The JSON body itself; of several maps, the keys together.
    Body,
    /// A key of the JSON body; `data.name` lies one deeper.
    Key(&'static str),
    /// The only element of a list under this key of the JSON body.
    Item(&'static str),
    /// A form field of this name.
    Form(&'static str),
    /// Each key of a map a form field.
    FormAll,
    /// A file, or several, as multipart parts of this name.
    File(&'static str),
    /// Not sent: it means nothing outside Zoho.
    Unsent,
}

/// What of a service's answer is the result of an integration task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All of it.
    Whole,
    /// The list under this key; empty when the service has no content to give.
    Rows(&'static str),
    /// The first element of the list under this key; an empty map when the service has no content to give.
    First(&'static str),
    /// The `details` of the first element of the list under this key, or the element itself when it tells an error.
    Outcome(&'static str),
    /// This key (second) of the first element of the list under this key (first).
    Field(&'static str, &'static str),
    /// The body as a FILE.
    File,
}
