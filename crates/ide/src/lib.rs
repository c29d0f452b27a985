//! Answers editor questions as plain data; holds the lints.
//!
//! [`check`] says what is wrong or doubtful in a script before it runs: what the parser found, then each lint of [`LINTS`].

mod allow;
mod analysis;
mod call;
mod fix;
mod forms;
mod hash;
mod kinds;
mod level;
mod lints;
mod others;
mod outside;
mod reach;
mod reference;
mod script;

pub use analysis::{
    Analysis, AnsweredCall, Cancel, Cancelled, Completion, CompletionKind, Edit, FileEdit, FixKind, Fixed, Fold,
    FoldKind, HierarchyCall, HierarchyItem, Highlight, Hint, Hover, KnownAnswer, KnownConnection, KnownService, Lens,
    LensKind, Location, Modifiers, Project, Refused, SemanticToken, Shape, Signature, Symbol, SymbolKind, TokenKind,
    WantedConnection, WorkspaceSymbol,
};
pub use fix::{FixedScript, fix_all, is_safe};
pub use forms::{KnownForms, example_forms, served};
pub use level::{Level, Levels};
pub use lints::{Fixes, LINTS, Lint};
pub use others::OtherFunctions;
pub use reach::{Reach, reach};
pub use reference::{LintPage, page, pages, plain_page};

use std::sync::Arc;

use rainwright_builtins::{FunctionKind, OwnTasks, PROFILES, Profile};
use rainwright_diagnostic::{Diagnostic, Severity};
use rainwright_syntax::ast::Item;
use rainwright_syntax::scope::function_path;
use rainwright_syntax::{DocumentKind, Parsed, ds, parse};
use script::Script;
use std::borrow::Cow;

/// The product whose applications are exported.
const CREATOR: &str = "zoho-creator";

/// What a check may take for granted.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The product the script is for.
    pub profile: &'static Profile,
    /// The kind of its function, which decides what the product gives it.
    pub kind: Option<&'static FunctionKind>,
    /// Variables that the run is given.
    pub variables: Vec<String>,
    /// Functions that other files of the project define.
    pub functions: Arc<OtherFunctions>,
    /// Tasks that the program around has declared.
    pub tasks: OwnTasks,
    /// The names of all connections, when it is known which there are.
    pub connections: Option<Vec<String>>,
    /// How serious the project takes each lint.
    pub levels: Levels,
    /// The forms of the application; none when that is not known.
    pub forms: Arc<KnownForms>,
    /// The form whose events the script serves.
    pub own_form: Option<String>,
    /// The event of it: `on validate`.
    pub own_event: Option<String>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            profile: &PROFILES[0],
            kind: None,
            variables: Vec::new(),
            functions: Arc::default(),
            tasks: OwnTasks::default(),
            connections: None,
            levels: Levels::default(),
            forms: Arc::default(),
            own_form: None,
            own_event: None,
        }
    }
}

impl CheckOptions {
    /// For a product by its profile's name; for the default one when there is no such profile.
    #[must_use]
    pub fn for_profile(name: Option<&str>) -> Self {
        let profile = name.and_then(Profile::find).unwrap_or(&PROFILES[0]);
        Self { profile, ..Self::default() }
    }

    /// The same for a kind of function and its product.
    #[must_use]
    pub fn of_kind(mut self, kind: &'static FunctionKind) -> Self {
        self.kind = Some(kind);
        self.profile = Profile::find(kind.profile).unwrap_or(self.profile);
        self
    }

    /// The options for the scripts of an application's export, which only Creator has: they can call the functions in it. All
    /// of these are known when everything in it could be read.
    pub(crate) fn of_export(&self, functions: impl IntoIterator<Item = String>, sound: bool) -> Self {
        let profile = if self.profile.forms { self.profile } else { Profile::find(CREATOR).unwrap_or(self.profile) };
        let functions = self.functions.with(functions);
        let functions = Arc::new(if sound { functions.complete() } else { functions });
        Self { profile, functions, ..self.clone() }
    }

    /// The options for one script: its own comment may say of what kind it is.
    pub(crate) fn for_source(&self, source: &str) -> Cow<'_, Self> {
        match FunctionKind::of_source(source) {
            Ok(Some(kind)) if self.kind.is_none() => Cow::Owned(self.clone().of_kind(kind)),
            _ => Cow::Borrowed(self),
        }
    }
}

/// Checks a script, a page, or all scripts of an application export. The diagnostics are in the order of their places.
///
/// When the script cannot be read, only that is said: a guess about the rest would mislead.
#[must_use]
pub fn check(source: &str, options: &CheckOptions) -> Vec<Diagnostic> {
    if DocumentKind::of(source) == DocumentKind::Export {
        let scripts = ds::scripts(source);
        let parsed: Vec<Parsed> = scripts.iter().map(|script| ds::parse_script(source, script)).collect();
        let breaks_off = ds::breaks_off(source);
        let names = parsed.iter().flat_map(|parsed| &parsed.tree.items).filter_map(|item| match item {
            Item::Function(function) => Some(function_path(function)),
            Item::Statement(_) => None,
        });
        let sound = breaks_off.is_none() && parsed.iter().all(|parsed| parsed.diagnostics.iter().all(is_no_error));
        let options = options.of_export(names, sound);
        let served = forms::served(source, &scripts);
        let found = parsed
            .iter()
            .zip(served)
            .flat_map(|(parsed, own_form)| check_parsed(source, parsed, &CheckOptions { own_form, ..options.clone() }));
        return found.chain(breaks_off).collect();
    }
    let parsed = parse(source);
    let found = check_parsed(source, &parsed, options);
    parsed.put_away();
    found
}

fn is_no_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity != Severity::Error
}

/// Checks a script that has been parsed from `source`.
#[must_use]
pub fn check_parsed(source: &str, parsed: &Parsed, options: &CheckOptions) -> Vec<Diagnostic> {
    let mut found = parsed.diagnostics.clone();
    if !found.iter().all(is_no_error) {
        return found;
    }
    let options = &*options.for_source(source);
    let script = Script::new(source, &parsed.tree, &parsed.trivia, options);
    lints::run(&script, &mut found);
    allow::apply(&script, &mut found);
    options.levels.apply(&mut found);
    found.sort_by_key(|d| (d.span.start, d.span.end, d.problem.code));
    found
}
