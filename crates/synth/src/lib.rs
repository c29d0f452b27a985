//! Makes up inputs and answers that fit what a script does with them, and runs it.
//!
//! Nobody has to know a script to run it: what it reads of its arguments and of the answers to its calls says what they look
//! like. First the script is read: every place that a value comes from gets a shape, from the keys that are asked of it,
//! the methods called on it, the constants it is compared with. Then it runs, with a host that answers everything with data
//! of these shapes. What goes wrong because something was made up badly is made up differently; then other values are
//! chosen to reach the branches that were not reached.
//!
//! ```
//! use rainwright_synth::{TryOptions, Verdict};
//!
//! let report = rainwright_synth::try_script("greet.dg", r#"
//!     string greet(string customer_id)
//!     {
//!         customer = zoho.crm.getRecordById("Contacts", customer_id);
//!         if(customer.get("Email_Opt_Out") == true)
//!         {
//!             return "no mail";
//!         }
//!         return "Hello " + customer.get("First_Name");
//!     }
//! "#, &TryOptions::default())?;
//! let entry = &report.entries[0];
//! assert_eq!(report.verdict, Verdict::Finished);
//! assert_eq!(report.coverage.statements, report.coverage.reached);
//! assert!(entry.events[0].text.starts_with("GET {api_domain}/crm/v2/Contacts/"));
//! # Ok::<(), rainwright::Failure>(())
//! ```
//!
//! Nothing here reaches the network, reads a clock or draws lots: the same script and options give the same report.

mod double;
mod given;
mod goal;
mod host;
mod infer;
mod judge;
mod kept;
mod make;
mod plan;
mod product;
mod records;
mod remedy;
mod report;
mod search;
mod seen;
mod shape;
mod solve;
mod stop;
mod unreached;
mod ways;
mod words;

pub use double::Doubles;
pub use given::Given;
pub use host::Event;
pub use plan::{Plan, Step, plan};
pub use report::{Coverage, EntryReport, Found, Report, Verdict};
pub use search::{Effort, End, Fault};
pub use unreached::Unreached;

use rainwright::{Code, Engine, Failure, Host, Inputs, Library, Limits, Problem, Script, Severity};
use std::rc::Rc;

use rainwright_builtins::FunctionKind;
use rainwright_effect::Data;
use rainwright_records::Form;
use rainwright_value::{Kind, Locale};

/// How a script is tried.
#[derive(Clone, Debug)]
pub struct TryOptions {
    /// The product whose rules hold, such as `zoho-creator`; Zoho CRM unless it is named.
    pub profile: Option<String>,
    /// The kind of the function, which decides what the product gives it and takes from it.
    pub kind: Option<&'static FunctionKind>,
    /// The account's time zone, such as `Asia/Kolkata`; UTC unless it is named.
    pub timezone: Option<String>,
    /// The only function to try, or the bare statements (an empty name); all that nobody in the file calls unless it is named.
    pub entry: Option<String>,
    /// Whether only the entry itself is reported on: the functions around it are scripts of their own.
    pub alone: bool,
    /// The functions of other files that the script may call.
    pub functions: Library,
    /// What the clock says, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Another seed makes up other values.
    pub seed: u64,
    /// The forms of the application that the script belongs to; forms that nobody describes follow from the script.
    pub forms: Vec<Form>,
    /// The form whose events the script serves: `input` is a record of it.
    pub own_form: Option<String>,
    /// Inputs and answers to take in place of made-up ones.
    pub given: Given,
    /// Who plays the services that are known; the answers of all others are inferred from how the script reads them.
    pub doubles: Option<Rc<dyn Doubles>>,
    /// How many runs with hostile values follow.
    pub fuzz: usize,
    /// How long to search.
    pub effort: Effort,
}

impl Default for TryOptions {
    fn default() -> Self {
        Self {
            profile: None,
            kind: None,
            timezone: None,
            entry: None,
            alone: false,
            functions: Library::default(),
            now: 1_767_261_600_000,
            seed: 0,
            forms: Vec::new(),
            own_form: None,
            given: Given::default(),
            doubles: None,
            fuzz: 0,
            effort: Effort::default(),
        }
    }
}

/// Steps, memory and output of one run: made-up answers must not keep a loop going for ever.
fn limits() -> Limits {
    Limits { fuel: 60_000, depth: 128, memory: 64 << 20, output: 1 << 20, ..Limits::default() }
}

/// The engine that the options and the script ask for.
fn engine(tree: &rainwright_syntax::ast::Tree, options: &TryOptions) -> Result<Engine, Failure> {
    let mut engine = Engine::new();
    let of_creator = infer::uses_records(tree).then(|| "zoho-creator".to_owned());
    let of_kind = options.kind.map(|kind| kind.profile.to_owned());
    if let Some(profile) = options.profile.as_ref().or(of_kind.as_ref()).or(of_creator.as_ref()) {
        engine = engine.profile(profile)?;
    }
    if let Some(zone) = &options.timezone {
        engine = engine.timezone(zone)?;
    }
    Ok(engine)
}

/// The functions to try: all entries, or the one that the options name.
fn entries(name: &str, analysis: &infer::Analysis<'_>, options: &TryOptions) -> Result<Vec<String>, Failure> {
    let Some(wanted) = &options.entry else { return Ok(analysis.entries()) };
    if wanted.is_empty() {
        return Ok(analysis.has_bare().then(String::new).into_iter().collect());
    }
    if let Some((found, _)) = analysis.function_named(wanted) {
        return Ok(vec![found]);
    }
    let names: Vec<&str> = analysis.functions.iter().map(|(name, _)| name.as_str()).collect();
    let names = if names.is_empty() { "none".into() } else { names.join(", ") };
    let problem = Problem::new(Code::UnknownFunction, format!("There is no function '{wanted}' in {name}"));
    Err(problem.with_help(format!("It has {names}.")).into())
}

/// The script as it is tried: counted, limited, and with functions that are made up.
fn compile(
    engine: Engine,
    (name, source): (&str, &str),
    analysis: &infer::Analysis<'_>,
    options: &TryOptions,
) -> Result<Script, Failure> {
    let engine = engine.subforms(analysis.subforms.clone()).counting(true).limits(limits());
    let engine = analysis.outside.iter().fold(engine, |engine, name| engine.declared_function(name));
    engine.compile_with(&[(name, source)], &options.functions, None)
}

/// Tries a script: all its entries, or the one that the options name.
///
/// # Errors
/// A profile, time zone or entry that does not exist. A script that cannot be read is a verdict, not an error.
pub fn try_script(name: &str, source: &str, options: &TryOptions) -> Result<Report, Failure> {
    let parsed = rainwright_syntax::parse(source);
    let engine = engine(&parsed.tree, options)?;
    if engine.diagnose(source).iter().any(|d| d.severity == Severity::Error) {
        let failure = engine.compile(name, source).err();
        let fault = failure.as_ref().map(|failure| Fault::of(failure, name));
        return Ok(Report::unreadable(name, engine.current_profile().name, fault));
    }
    let analysis = infer::Analysis::new(source, &parsed.tree, engine.current_profile(), options);
    let entries = entries(name, &analysis, options)?;
    let mut report = Report::new(name, engine.current_profile().name);
    let script = compile(engine, (name, source), &analysis, options)?;
    report.kind = options.kind;
    let memory = options.doubles.clone().map(double::Memory::new);
    let kept = kept::Kept::new(options.forms.clone(), script.locale().clone(), options.now);
    for entry in &entries {
        let mut search = search::Search::new(&analysis, &script, entry, options, &kept);
        search.doubles = memory.as_ref();
        search.explore();
        if options.fuzz > 0 {
            search.fuzz(options.fuzz);
        }
        report.add(&search);
    }
    report.finish(&analysis, source, &entries);
    Ok(report)
}

/// Tries one entry of a script, then plays the run that [`try_script`] shows once more: `run` gets the script with the
/// inputs and the host that were made up for it. Without an entry in the options it is the first.
///
/// # Errors
/// A profile, time zone or entry that does not exist, or a script that cannot be read or has nothing to run.
pub fn play<T>(
    name: &str,
    source: &str,
    options: &TryOptions,
    run: impl FnOnce(&Script, Inputs, &mut dyn Host) -> T,
) -> Result<T, Failure> {
    let parsed = rainwright_syntax::parse(source);
    let engine = engine(&parsed.tree, options)?;
    let analysis = infer::Analysis::new(source, &parsed.tree, engine.current_profile(), options);
    let script = compile(engine, (name, source), &analysis, options)?;
    let Some(entry) = entries(name, &analysis, options)?.into_iter().next() else {
        let problem = Problem::new(Code::UnknownFunction, format!("There is nothing to run in {name}."));
        return Err(problem.with_help("Write a statement or a function.").into());
    };
    let memory = options.doubles.clone().map(double::Memory::new);
    let kept = kept::Kept::new(options.forms.clone(), script.locale().clone(), options.now);
    let mut search = search::Search::new(&analysis, &script, &entry, options, &kept);
    search.doubles = memory.as_ref();
    search.explore();
    let (case, facts) = search.shown().map(|run| (run.case.clone(), run.facts.clone())).unwrap_or_default();
    let (inputs, mut host) = search.prepare(&case, &facts);
    Ok(run(&script, inputs, &mut host))
}

/// JSON as data; `None` for a text that is none.
fn read_json(text: &str) -> Option<Data> {
    let value = rainwright_value::read_json(text, false).ok()?;
    rainwright_builtins::to_data(&value, &Locale::default()).ok()
}

/// The kind of data.
fn infer_kind(data: &Data) -> Kind {
    infer::kind_of(data)
}

/// Data from JSON as the kind that is meant: JSON has no dates.
fn typed(given: &Data, kind: Kind) -> Data {
    let Some(text) = given.as_text().filter(|_| kind == Kind::DateTime) else { return given.clone() };
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let days = date.since(jiff::civil::date(1970, 1, 1)).map(|span| i64::from(span.get_days()));
        return days.map_or_else(|_| given.clone(), Data::Date);
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => Data::DateTime { millis: at.as_millisecond(), offset: 0 },
        Err(_) => given.clone(),
    }
}
