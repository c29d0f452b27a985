//! The settings under which scripts are compiled and run.

use std::future::Future;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Diagnostic, Problem, Severity, closest};
use rainwright_eval::{CompileOptions, Limits};

use rainwright_value::Zone;

use crate::builtins::{OwnKey, OwnTask, OwnTasks};
use crate::function::{self, Function, FunctionFuture, Functions};
use crate::script::Source;
use crate::{Data, Failure, Library, PROFILES, Profile, Script};

/// Settings: product, time zone, limits, functions of the program around. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) options: CompileOptions,
    pub(crate) limits: Limits,
    pub(crate) functions: Arc<Functions>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// The default settings: Zoho CRM's rules, UTC, generous limits.
    #[must_use]
    pub fn new() -> Self {
        Self { options: CompileOptions::default(), limits: Limits::default(), functions: Arc::default() }
    }

    /// The same settings for another product: `zoho-creator`, or `creator` for short.
    ///
    /// # Errors
    /// A name that no product has; the help lists them.
    pub fn profile(mut self, name: &str) -> Result<Self, Failure> {
        self.options.profile = Profile::find(name).ok_or_else(|| {
            let names: Vec<&str> = PROFILES.iter().map(|p| p.name).collect();
            let near = closest(name, names.iter().copied());
            let help =
                near.map_or_else(|| format!("There are {}.", names.join(", ")), |n| format!("Did you mean '{n}'?"));
            Failure::from(Problem::new(Code::BadArgument, format!("There is no profile '{name}'")).with_help(help))
        })?;
        Ok(self)
    }

    /// The same settings in a time zone: an IANA name such as `Asia/Kolkata`.
    ///
    /// # Errors
    /// A name that no zone has.
    pub fn timezone(mut self, name: &str) -> Result<Self, Failure> {
        let zone = Zone::named(name).ok_or_else(|| {
            let problem = Problem::new(Code::BadArgument, format!("There is no time zone '{name}'"));
            Failure::from(problem.with_help("Name it as the IANA does: Asia/Kolkata, Europe/Berlin, UTC."))
        })?;
        self.options.locale = self.options.locale.with_zone(zone);
        Ok(self)
    }

    /// The same settings with other formats for dates and times, as Java patterns: `dd-MMM-yyyy`, `HH:mm:ss`.
    ///
    /// # Errors
    /// A pattern with letters that Java does not know.
    pub fn formats(mut self, date: &str, time: &str) -> Result<Self, Failure> {
        if !self.options.locale.set_date_format(date) || !self.options.locale.set_time_format(time) {
            let problem =
                Problem::new(Code::BadArgument, format!("'{date}' and '{time}' are no date and time patterns"));
            return Err(problem.with_help("Write them like dd-MMM-yyyy and HH:mm:ss.").into());
        }
        Ok(self)
    }

    /// The same settings with other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The limits that hold.
    #[must_use]
    pub fn current_limits(&self) -> &Limits {
        &self.limits
    }

    /// The product whose rules hold.
    #[must_use]
    pub fn current_profile(&self) -> &'static Profile {
        self.options.profile
    }

    /// Zone and formats.
    #[must_use]
    pub fn locale(&self) -> &rainwright_value::Locale {
        &self.options.locale
    }

    /// The same settings with statements counted by line; a little slower.
    #[must_use]
    pub fn counting(mut self, count: bool) -> Self {
        self.options.count = count;
        self
    }

    /// The same settings with a function that scripts may call by `name`, such as `erp.price`.
    ///
    /// ```
    /// use rainwright::{Data, Engine, Inputs, OfflineHost};
    ///
    /// let engine = Engine::new().function("erp.price", |args| {
    ///     let id = args.first().and_then(Data::as_text).unwrap_or_default();
    ///     Ok(Data::from(id.len() as i64 * 100))
    /// });
    /// let script = engine.compile("price.dg", r#"return erp.price("A12") + 1;"#)?;
    /// let done = script.run(&mut OfflineHost::new(), Inputs::new());
    /// assert_eq!(done.result?.to_string(), "301");
    /// # Ok::<(), rainwright::Failure>(())
    /// ```
    #[must_use]
    pub fn function(self, name: &str, run: impl Fn(&[Data]) -> Result<Data, Problem> + Send + Sync + 'static) -> Self {
        self.with_function(name, Function::Plain(Arc::new(run)))
    }

    /// As [`Engine::function`], for one that may block for long: a [`Pool`](crate::Pool) gives it a thread of its own, so
    /// that other scripts go on.
    #[must_use]
    pub fn blocking_function(
        self,
        name: &str,
        run: impl Fn(&[Data]) -> Result<Data, Problem> + Send + Sync + 'static,
    ) -> Self {
        self.with_function(name, Function::Blocking(Arc::new(run)))
    }

    /// As [`Engine::function`], for an async one: a [`Pool`](crate::Pool) awaits it while other scripts run. Run without a
    /// pool, the script's thread waits.
    #[must_use]
    pub fn async_function<F>(self, name: &str, run: impl Fn(Vec<Data>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Data, Problem>> + Send + 'static,
    {
        self.with_function(
            name,
            Function::Async(Arc::new(move |arguments: Vec<Data>| -> FunctionFuture { Box::pin(run(arguments)) })),
        )
    }

    /// As [`Engine::function`], with arguments and result of your own types: the arguments are a tuple.
    ///
    /// ```
    /// use rainwright::{Engine, Inputs, OfflineHost};
    ///
    /// #[derive(serde::Serialize)]
    /// struct Price { amount: f64, currency: String }
    ///
    /// let engine = Engine::new().typed_function("erp.price", |(article, pieces): (String, u32)| {
    ///     Ok(Price { amount: 2.5 * f64::from(pieces), currency: if article == "A12" { "EUR" } else { "USD" }.into() })
    /// });
    /// let script = engine.compile("price.dg", r#"p = erp.price("A12", 3); return p.get("amount") + " " + p.get("currency");"#)?;
    /// assert_eq!(script.run(&mut OfflineHost::new(), Inputs::new()).result?.to_string(), "7.5 EUR");
    /// # Ok::<(), rainwright::Failure>(())
    /// ```
    #[must_use]
    pub fn typed_function<A, R>(self, name: &str, run: impl Fn(A) -> Result<R, Problem> + Send + Sync + 'static) -> Self
    where
        A: serde::de::DeserializeOwned,
        R: serde::Serialize,
    {
        self.with_function(name, Function::Plain(function::typed(run)))
    }

    /// Declares a function that the host answers, as [`Effect::Function`](crate::Effect::Function): scripts may call it.
    #[must_use]
    pub fn declared_function(self, name: &str) -> Self {
        self.with_function(name, Function::Declared)
    }

    /// The same settings with a task that scripts may use: a block with these keys, answered by the host as
    /// [`Effect::Task`](crate::Effect::Task). Missing keys, keys that it does not have and values of other kinds are errors of
    /// the script, as with the tasks of the language.
    ///
    /// ```
    /// use rainwright::{Call, Data, Effect, Engine, Host, Inputs, Kind, Outcome, OwnKey, Refusal};
    ///
    /// struct Erp;
    ///
    /// impl Host for Erp {
    ///     fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
    ///         match &call.effect {
    ///             Effect::Task { name, arguments } if name == "erp.order" => {
    ///                 let article = arguments["article"].as_text().unwrap_or_default();
    ///                 Ok(Data::from(format!("{article}-1")).into())
    ///             }
    ///             other => Err(other.not_supported().into()),
    ///         }
    ///     }
    /// }
    ///
    /// let engine = Engine::new().task("erp.order", [
    ///     OwnKey::required("article", Kind::Text, "The article's number."),
    ///     OwnKey::optional("pieces", Kind::Number, "How many; one when left out."),
    /// ])?;
    /// let script = engine.compile("order.dg", r#"return erp.order [ article: "A12" pieces: 3 ];"#)?;
    /// assert_eq!(script.run(&mut Erp, Inputs::new()).result?.as_str(), Some("A12-1"));
    /// # Ok::<(), rainwright::Failure>(())
    /// ```
    ///
    /// [`Engine::own_task`] takes a description and the kinds of the result too; [`Engine::tasks`] tells checks and editors.
    ///
    /// # Errors
    /// A name or a key that scripts could not write, or that a task of the language has.
    pub fn task(self, name: &str, keys: impl IntoIterator<Item = OwnKey>) -> Result<Self, Failure> {
        self.own_task(&OwnTask::new(name, keys))
    }

    /// As [`Engine::task`], for a task that is described.
    ///
    /// # Errors
    /// As [`Engine::task`].
    pub fn own_task(mut self, task: &OwnTask) -> Result<Self, Failure> {
        self.options.tasks = self.options.tasks.with(task)?;
        Ok(self)
    }

    /// The tasks that were declared, for checks, completion and documentation.
    #[must_use]
    pub fn tasks(&self) -> &OwnTasks {
        &self.options.tasks
    }

    fn with_function(mut self, name: &str, function: Function) -> Self {
        let functions = Arc::make_mut(&mut self.functions);
        functions.add(name, function);
        self.options.host_functions = functions.names().map(str::to_owned).collect();
        self
    }

    /// The names of the embedding program's functions, for completion and documentation.
    pub fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.names()
    }

    /// The same settings with the forms of an application and its subforms, as `Form.Subform`: a call of one makes a new record
    /// or row.
    #[must_use]
    pub fn subforms(mut self, names: Vec<String>) -> Self {
        self.options.subforms = names;
        self
    }

    /// The same settings with a field of an empty collection of records being an error; otherwise it is null.
    #[must_use]
    pub fn empty_record_fails(mut self, fails: bool) -> Self {
        self.options.empty_record_fails = fails;
        self
    }

    /// The same settings with `<` and `>` on null stopping the script, or not holding; the profile says which when this is not
    /// called.
    #[must_use]
    pub fn null_order_fails(mut self, fails: bool) -> Self {
        self.options.null_order_fails = Some(fails);
        self
    }

    /// Compiles a source; `name` is what messages call it.
    ///
    /// # Errors
    /// The mistakes of the source, all of them.
    pub fn compile(&self, name: &str, source: &str) -> Result<Script, Failure> {
        self.compile_all(&[(name, source)])
    }

    /// Compiles several sources into one script: the first one is the entry, the others give it functions.
    ///
    /// # Errors
    /// The mistakes of the first source that has any.
    pub fn compile_all(&self, sources: &[(&str, &str)]) -> Result<Script, Failure> {
        self.compile_with(sources, &Library::default(), None)
    }

    /// Compiles sources, as [`Engine::compile_all`] does, with the functions of a library that they reach; `entry` is a
    /// function of the library that will be called, if one will.
    ///
    /// # Errors
    /// The mistakes of the first source that has any. A mistake in the library is met when its function is called.
    pub fn compile_with(
        &self,
        sources: &[(&str, &str)],
        library: &Library,
        entry: Option<&str>,
    ) -> Result<Script, Failure> {
        let mut own = Vec::with_capacity(sources.len());
        for (name, source) in sources {
            let parsed = rainwright_eval::parse(source);
            if parsed.diagnostics.iter().any(|d| d.severity == Severity::Error) {
                return Err(Failure::of_source(name, source, parsed.diagnostics));
            }
            own.push(Arc::new(Source::new((*name).to_owned(), source, parsed)));
        }
        let reached = library.reach(&own, entry);
        Ok(Script::new(self.clone(), own, reached))
    }

    /// The mistakes of a source, without running it: what it can never run with.
    #[must_use]
    pub fn diagnose(&self, source: &str) -> Vec<Diagnostic> {
        let mut parsed = rainwright_eval::parse(source);
        let found = std::mem::take(&mut parsed.diagnostics);
        parsed.put_away();
        found
    }
}
