//! What a function sees of its call: the arguments, and a context with the settings and the door to the host.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{
    DateText, FileValue, Kind, Kinds, List, Locale, MapCell, Result, Text, Value, budget, read_moment,
};

use crate::{Param, Profile};
use rainwright_effect::{Call as HostCall, Effect, Host, Outcome, Refusal};

/// What a run knows besides its variables.
pub struct Context<'h> {
    /// The door to the outside.
    pub host: &'h mut dyn Host,
    /// Zone and formats.
    pub locale: Locale,
    /// What differs by product.
    pub profile: &'static Profile,
    /// The statement that runs, for the calls that it makes.
    pub origin: Origin,
    /// How often the run has reached outside.
    pub effects: u64,
    /// Longest text, in bytes, that a function may make at once, however much memory is left.
    pub longest_text: usize,
    /// How often the run may reach outside.
    pub max_effects: Option<u64>,
    /// Patterns that were compiled in this run.
    pub patterns: crate::patterns::Cache,
    /// The run's name, as calls carry it.
    pub run: Arc<str>,
    /// The names of the program's functions, by their numbers.
    pub functions: Arc<[FunctionName]>,
    /// Why the host ended the run; nothing leaves it any more, and no `catch` takes the error.
    pub stopped: Option<Refusal>,
    /// Whether a function has met a year of two digits while nobody has said what time it is.
    needs_now: Cell<bool>,
}

/// The function that makes a call, as the host is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionName {
    /// The name with its namespace; empty for the bare statements.
    pub name: Arc<str>,
    /// Which of the program's sources it is in, counted from 0.
    pub source: u32,
}

/// Where a call comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The function's number in [`Context::functions`].
    pub function: u32,
    /// The 1-based line of the statement.
    pub line: u32,
}

impl<'h> Context<'h> {
    /// A context with default settings in front of a host.
    pub fn new(host: &'h mut dyn Host) -> Self {
        Self {
            host,
            locale: Locale::default(),
            profile: Profile::default_profile(),
            origin: Origin::default(),
            effects: 0,
            longest_text: 256 << 20,
            max_effects: None,
            patterns: crate::patterns::Cache::default(),
            run: Arc::default(),
            functions: Arc::default(),
            stopped: None,
            needs_now: Cell::new(false),
        }
    }

    /// Longest text, in bytes, that a function may make now.
    #[must_use]
    pub fn max_text(&self) -> usize {
        self.longest_text.min(rainwright_value::memory::left())
    }

    /// Performs an effect.
    ///
    /// # Errors
    /// Whatever the host answers. After a stop or a suspension, after an interrupt, and over a limit, the host is not asked
    /// any more.
    pub fn perform(&mut self, effect: Effect) -> Result<Outcome> {
        if let Some(refusal) = &self.stopped {
            return Err(Box::new(refusal.clone().problem()));
        }
        if !budget::look() {
            let why = budget::over().unwrap_or_else(|| Problem::new(Code::Interrupted, "The run was stopped."));
            return Err(self.refuse(Refusal::Stop(why)));
        }
        if let Some(most) = self.max_effects
            && self.effects >= most
        {
            let why = Problem::new(Code::LimitReached, format!("The run reached outside more than {most} times."));
            return Err(self.refuse(Refusal::Stop(why)));
        }
        self.effects += 1;
        let function = self.functions.get(self.origin.function as usize).cloned().unwrap_or_default();
        let call = HostCall {
            run: self.run.clone(),
            seq: self.effects,
            function: function.name,
            source: function.source,
            line: self.origin.line,
            effect,
        };
        self.host.perform(call).map_err(|refusal| self.refuse(refusal))
    }

    /// Notes a refusal that ends the run, and gives its problem.
    #[cold]
    fn refuse(&mut self, refusal: Refusal) -> Box<Problem> {
        if !refusal.is_catchable() {
            self.stopped = Some(refusal.clone());
        }
        Box::new(refusal.problem())
    }

    /// The present instant, in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Whatever the host answers.
    pub fn now(&mut self) -> Result<i64> {
        match self.perform(Effect::Now)? {
            Outcome::Instant { millis } => Ok(millis),
            _ => Err(Box::new(Problem::new(Code::NotSupported, "The host gave no time."))),
        }
    }

    /// What a text says about a date in a locale of this run. A function that only has the context to look at uses this one
    /// and hands the error on: [`Builtin::apply`](crate::Builtin::apply) asks the clock then and calls it again.
    ///
    /// # Errors
    /// A year of two digits while nobody has said what time it is.
    pub fn read_moment(&self, text: &str, locale: &Locale) -> Result<DateText> {
        match read_moment(text, locale) {
            DateText::NeedsNow => Err(self.needs_now()),
            found => Ok(found),
        }
    }

    /// The problem of a year of two digits that cannot be placed yet.
    #[cold]
    pub(crate) fn needs_now(&self) -> Box<Problem> {
        self.needs_now.set(true);
        Box::new(Problem::new(Code::CannotParse, "A year of two digits needs to know what time it is"))
    }

    /// Whether a function has come back because it needs to know what time it is.
    pub(crate) fn take_needs_now(&self) -> bool {
        self.needs_now.take()
    }

    /// What a text says about a date in the run's locale; the clock is asked when a year of two digits depends on it.
    ///
    /// # Errors
    /// Whatever the host answers.
    pub fn ask_and_read_moment(&mut self, text: &str) -> Result<DateText> {
        match read_moment(text, &self.locale) {
            DateText::NeedsNow => {
                self.learn_now()?;
                Ok(read_moment(text, &self.locale))
            }
            found => Ok(found),
        }
    }

    /// Asks the clock for what years of two digits mean; once in a run.
    ///
    /// # Errors
    /// Whatever the host answers.
    #[cold]
    pub(crate) fn learn_now(&mut self) -> Result<()> {
        if self.locale.century().is_none() {
            let now = self.now()?;
            self.locale.set_now(now);
        }
        Ok(())
    }

    /// 64 random bits.
    ///
    /// # Errors
    /// Whatever the host answers.
    pub fn random(&mut self) -> Result<u64> {
        match self.perform(Effect::Random)? {
            Outcome::Bits { bits } => Ok(bits),
            _ => Err(Box::new(Problem::new(Code::NotSupported, "The host gave no random number."))),
        }
    }
}

/// One call of a function: `args` holds the receiver first, if the function has one.
pub struct Call<'a, 'h> {
    /// The function's name, for messages.
    pub name: &'static str,
    /// The function's parameters, the receiver left out, for messages.
    pub params: &'static [Param],
    /// Whether the first argument is the receiver.
    pub has_receiver: bool,
    /// The receiver, if any, and the arguments.
    pub args: &'a mut [Value],
    /// Settings and host.
    pub cx: &'a mut Context<'h>,
}

impl Call<'_, '_> {
    /// The receiver; for a function without one, the first argument.
    #[must_use]
    #[inline]
    pub fn receiver(&self) -> &Value {
        self.args.first().unwrap_or(null())
    }

    /// How many arguments were given, the receiver left out.
    #[must_use]
    pub fn count(&self) -> usize {
        self.args.len().saturating_sub(usize::from(self.has_receiver))
    }

    /// The argument with that 0-based index, the receiver left out; null when it was not given.
    #[must_use]
    #[inline]
    pub fn arg(&self, index: usize) -> &Value {
        self.args.get(index + usize::from(self.has_receiver)).unwrap_or(null())
    }

    /// All arguments, the receiver left out.
    #[must_use]
    pub fn rest(&self) -> &[Value] {
        self.args.get(usize::from(self.has_receiver)..).unwrap_or_default()
    }

    /// Whether an argument was given and is not null.
    #[must_use]
    pub fn given(&self, index: usize) -> bool {
        !self.arg(index).is_null()
    }

    /// The receiver as a TEXT.
    ///
    /// # Errors
    /// When it is of another kind.
    #[inline]
    pub fn receiver_text(&self) -> Result<&Text> {
        match self.receiver() {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong_receiver(Kind::Text.into())),
        }
    }

    /// The receiver as a LIST; a text counts as its parts between commas.
    ///
    /// # Errors
    /// When it is of another kind.
    pub fn receiver_list(&self) -> Result<Rc<List>> {
        match self.receiver() {
            Value::Braces(braces) => braces.become_list().cloned(),
            other => as_list(other),
        }
        .ok_or_else(|| self.wrong_receiver(Kind::List.into()))
    }

    /// The receiver as a KEY-VALUE; JSON text is read.
    ///
    /// # Errors
    /// When it is of another kind, or a text that is no JSON object.
    pub fn receiver_map(&self) -> Result<Rc<MapCell>> {
        match self.receiver() {
            Value::Text(text) => match rainwright_value::read_json(text.as_str(), true) {
                Ok(Value::Map(map)) => Ok(map),
                _ => {
                    let message = format!("'{}' can not be cast to 'MAP'", shorten(text.as_str()));
                    Err(Box::new(Problem::new(Code::CannotParse, message)))
                }
            },
            other => other.become_map().cloned().ok_or_else(|| self.wrong_receiver(Kind::Map.into())),
        }
    }

    /// The argument as a TEXT; a number, boolean or date counts as its printed form where Zoho converts.
    ///
    /// # Errors
    /// When it is null or of another kind.
    #[inline]
    pub fn text(&self, index: usize) -> Result<&str> {
        match self.arg(index) {
            Value::Text(text) => Ok(text.as_str()),
            _ => Err(self.wrong_argument(index, Kind::Text.into())),
        }
    }

    /// The argument as a NUMBER; a DECIMAL without fraction counts.
    ///
    /// # Errors
    /// When it is null or of another kind.
    #[inline]
    pub fn number(&self, index: usize) -> Result<i64> {
        match self.arg(index) {
            Value::Number(n) => Ok(*n),
            Value::Small(s) if s.scale() == 0 => Ok(s.mantissa()),
            other => match rainwright_value::whole(other) {
                Some(n) => Ok(n),
                None => Err(self.wrong_argument(index, Kind::Number.into())),
            },
        }
    }

    /// The argument as a BOOLEAN; the texts `true` and `false` count.
    ///
    /// # Errors
    /// When it is null or of another kind.
    pub fn boolean(&self, index: usize) -> Result<bool> {
        match self.arg(index) {
            Value::Bool(b) => Ok(b.get()),
            Value::Text(t) if t.as_str().eq_ignore_ascii_case("true") => Ok(true),
            Value::Text(t) if t.as_str().eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.wrong_argument(index, Kind::Bool.into())),
        }
    }

    /// The argument as a LIST; a text counts as its parts between commas.
    ///
    /// # Errors
    /// When it is null or of another kind.
    pub fn list(&self, index: usize) -> Result<Rc<List>> {
        as_list(self.arg(index)).ok_or_else(|| self.wrong_argument(index, Kind::List.into()))
    }

    /// The argument as a KEY-VALUE.
    ///
    /// # Errors
    /// When it is null or of another kind.
    pub fn map(&self, index: usize) -> Result<Rc<MapCell>> {
        self.arg(index).as_map().ok_or_else(|| self.wrong_argument(index, Kind::Map.into()))
    }

    /// The argument as a FILE.
    ///
    /// # Errors
    /// When it is null or of another kind.
    pub fn file(&self, index: usize) -> Result<&Rc<FileValue>> {
        match self.arg(index) {
            Value::File(file) => Ok(file),
            _ => Err(self.wrong_argument(index, Kind::File.into())),
        }
    }

    /// The problem of an argument of the wrong kind, in Zoho's words.
    #[cold]
    #[must_use]
    pub fn wrong_argument(&self, index: usize, wanted: Kinds) -> Box<Problem> {
        let found = self.arg(index).kind();
        let place = index + usize::from(self.has_receiver);
        let message = format!(
            "Incompatible types for function {} at argument index {place} Required: [{wanted}] Found: {found}",
            self.name
        );
        let code = if found == Kind::Null { Code::NullValue } else { Code::BadArgument };
        let name = self.params.get(index).map_or("", |p| p.name);
        Box::new(Problem::new(code, message).with_help(format!("`{name}` of {} takes {wanted}.", self.name)))
    }

    /// The problem of a receiver of the wrong kind.
    #[cold]
    #[must_use]
    pub fn wrong_receiver(&self, wanted: Kinds) -> Box<Problem> {
        let found = self.receiver().kind();
        if found == Kind::Null {
            return method_on_null(self.name);
        }
        let message = format!("The function {} takes {wanted} but found {found}", self.name);
        Box::new(Problem::new(Code::WrongKind, message))
    }

    /// A problem with an argument whose kind is right but whose value is not.
    #[cold]
    #[must_use]
    pub fn bad_argument(&self, message: impl Into<String>) -> Box<Problem> {
        Box::new(Problem::new(Code::BadArgument, format!("{}: {}", self.name, message.into())))
    }
}

fn null() -> &'static Value {
    // A `static` of a type with `Rc` inside cannot be shared; a constant promoted to one can.
    const { &Value::Null }
}

/// The problem of a method called on null.
#[cold]
#[must_use]
pub fn method_on_null(name: &str) -> Box<Problem> {
    Box::new(Problem::new(Code::MethodOnNull, format!("Value is empty and '{name}' function cannot be applied")))
}

/// A value where a list is wanted: a list, a row collection, or a text as the JSON array that it holds, else as its parts
/// between commas.
#[must_use]
pub fn as_list(value: &Value) -> Option<Rc<List>> {
    match value {
        Value::Text(text) => {
            let text = text.as_str();
            if text.trim_start().starts_with('[')
                && let Ok(Value::List(list)) = rainwright_value::read_json(text, true)
            {
                return Some(list);
            }
            let parts = text.split(',').map(|part| Value::from(part.trim()));
            Some(Rc::new(parts.collect::<List>()))
        }
        Value::Collection(collection) => match &*collection.entries() {
            rainwright_value::Entries::Row(row) => Some(Rc::new(List::from(row.clone()))),
            rainwright_value::Entries::Undecided => Some(Rc::default()),
            rainwright_value::Entries::Keyed(_) => None,
        },
        other => other.as_list(),
    }
}

/// A text shortened for a message.
#[must_use]
pub fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// One run of a block task: its keys with their values, in order.
pub struct TaskCall<'a, 'h> {
    /// The task's row.
    pub task: &'static crate::BlockTask,
    /// Keys, in the spelling of the table, with their values; of a key that is given twice the last value counts.
    pub entries: &'a [(&'static str, Value)],
    /// Settings and host.
    pub cx: &'a mut Context<'h>,
}

impl TaskCall<'_, '_> {
    /// The value of a key; `None` when it is missing or null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().rev().find(|(k, _)| *k == key).map(|(_, v)| v).filter(|v| !v.is_null())
    }
}
