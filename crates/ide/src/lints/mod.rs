//! The lints: one file each, with what it finds, why that hurts, what to do instead, and two examples.

/// Writes a lint down. Its doc comment is its page, so that there is one text for both.
macro_rules! lint {
    (
        $( #[doc = $doc:literal] )+
        $code:ident, $severity:ident, $fixes:ident;
        $( profile: $profile:literal; )?
        $( forms: $forms:literal; )?
        $( event: $event:literal; )?
        bad: $bad:literal;
        good: $good:literal;
        hooks: $hooks:expr;
    ) => {
        $( #[doc = $doc] )+
        pub(super) const LINT: $crate::lints::Lint = $crate::lints::Lint {
            code: rainwright_diagnostic::Code::$code,
            severity: rainwright_diagnostic::Severity::$severity,
            doc: concat!($($doc, "\n"),+),
            bad: $bad,
            good: $good,
            fixes: $crate::lints::Fixes::$fixes,
            profile: profile!($($profile)?),
            forms: forms!($($forms)?),
            event: profile!($($event)?),
            hooks: $hooks,
        };
    };
}

/// The optional profile or event of a lint.
macro_rules! profile {
    () => {
        None
    };
    ($name:literal) => {
        Some($name)
    };
}

/// Whether a lint's examples are of an application whose forms are known.
macro_rules! forms {
    () => {
        false
    };
    ($forms:literal) => {
        $forms
    };
}

mod argument_count;
mod argument_kind;
pub(crate) mod bad_allow;
mod body_on_get;
mod call_in_loop;
mod changed_in_loop;
mod closed_maps;
mod constant_condition;
mod contains_of_lookup;
mod cost;
mod date_mismatch;
mod date_pattern;
mod deprecated;
mod dropped_value;
mod duplicate_key;
mod empty_block;
mod empty_catch;
mod field_kind;
mod first_of_none;
mod hard_coded_id;
mod header_of_kind;
mod kind_clash;
mod logged_secret;
mod loop_runs_once;
mod missing_connection;
mod missing_return;
mod mixed_data_centres;
mod mixed_logic;
mod negated_comparison;
mod never_equal;
mod no_effect;
mod no_trigger_list;
mod not_portable;
mod null_in_text;
mod null_records;
mod nulls;
mod old_api_version;
mod overwritten_value;
mod plain_http;
mod possible_null;
mod query_in_loop;
mod range_without_sort;
mod read_only_field;
mod record_count;
mod repeated_condition;
mod repeated_function;
mod repeated_key;
mod reserved_name;
mod reused_loop_variable;
mod row_written;
mod run;
mod same_branches;
mod same_operands;
mod secret_in_text;
mod secret_in_url;
mod self_assignment;
mod single_equals;
mod slow_in_loop;
mod sum_in_text;
mod task_keys;
mod text_null;
mod unchecked_response;
mod undefined_variable;
mod unencoded_url;
mod unknown_call;
mod unknown_choice;
mod unknown_connection;
mod unknown_field;
mod unknown_form;
mod unknown_task_key;
mod unpaged_list;
mod unreachable;
mod unused_function;
mod unused_parameter;
mod unused_result;
mod unused_variable;
mod update_in_loop;
mod values;
mod whole_composite;
mod wrong_case_key;
mod zero_divisor;

pub(crate) use run::{Said, run};
pub(crate) use unknown_connection::{argument, connection_of};
pub(crate) use values::{Piece, entry, is_request, method_of, pieces, url_of};

use crate::CheckOptions;
use crate::call::Call;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Code, Diagnostic, Problem, Severity, Span};
use rainwright_syntax::ast::{Expr, Stmt};
use std::sync::{Arc, LazyLock};

/// Every lint, by its code.
pub const LINTS: &[&Lint] = &[
    &unknown_task_key::LINT,
    &task_keys::LINT,
    &unknown_connection::LINT,
    &undefined_variable::LINT,
    &missing_return::LINT,
    &argument_count::LINT,
    &argument_kind::LINT,
    &unknown_call::LINT,
    &unused_result::LINT,
    &unreachable::LINT,
    &kind_clash::LINT,
    &zero_divisor::LINT,
    &mixed_logic::LINT,
    &single_equals::LINT,
    &null_in_text::LINT,
    &reserved_name::LINT,
    &not_portable::LINT,
    &no_effect::LINT,
    &repeated_key::LINT,
    &possible_null::LINT,
    &unchecked_response::LINT,
    &call_in_loop::LINT,
    &update_in_loop::LINT,
    &unpaged_list::LINT,
    &secret_in_text::LINT,
    &unencoded_url::LINT,
    &unused_variable::LINT,
    &unused_parameter::LINT,
    &unused_function::LINT,
    &wrong_case_key::LINT,
    &duplicate_key::LINT,
    &empty_catch::LINT,
    &hard_coded_id::LINT,
    &deprecated::LINT,
    &old_api_version::LINT,
    &never_equal::LINT,
    &date_pattern::LINT,
    &plain_http::LINT,
    &dropped_value::LINT,
    &null_records::LINT,
    &no_trigger_list::LINT,
    &self_assignment::LINT,
    &repeated_condition::LINT,
    &constant_condition::LINT,
    &same_operands::LINT,
    &same_branches::LINT,
    &empty_block::LINT,
    &reused_loop_variable::LINT,
    &loop_runs_once::LINT,
    &changed_in_loop::LINT,
    &overwritten_value::LINT,
    &logged_secret::LINT,
    &secret_in_url::LINT,
    &body_on_get::LINT,
    &sum_in_text::LINT,
    &first_of_none::LINT,
    &mixed_data_centres::LINT,
    &query_in_loop::LINT,
    &range_without_sort::LINT,
    &repeated_function::LINT,
    &missing_connection::LINT,
    &text_null::LINT,
    &negated_comparison::LINT,
    &bad_allow::LINT,
    &header_of_kind::LINT,
    &slow_in_loop::LINT,
    &unknown_form::LINT,
    &unknown_field::LINT,
    &field_kind::LINT,
    &unknown_choice::LINT,
    &read_only_field::LINT,
    &date_mismatch::LINT,
    &record_count::LINT,
    &contains_of_lookup::LINT,
    &whole_composite::LINT,
    &row_written::LINT,
];

/// A check of a script that is read but not run.
pub struct Lint {
    /// The code of what it finds.
    pub code: Code,
    /// How serious that is, unless the project says otherwise.
    pub severity: Severity,
    /// Its page in Markdown: a sentence, then the headings `Why` and `Instead`.
    pub doc: &'static str,
    /// A script in which it finds something.
    pub bad: &'static str,
    /// The same script, written in a way that gives no finding.
    pub good: &'static str,
    /// Whether it can change the script itself.
    pub fixes: Fixes,
    /// The profile that the examples are for; the default one unless it is given.
    pub profile: Option<&'static str>,
    /// Whether the examples are of an application whose forms are known: [`example_forms`](crate::example_forms).
    pub forms: bool,
    /// The event of the form `Claim` that the examples are scripts of.
    pub event: Option<&'static str>,
    pub(crate) hooks: &'static [Hook],
}

/// Whether a lint offers a change, and who may make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixes {
    /// It offers none.
    No,
    /// It offers one that a person should look at: an editor shows it.
    Suggested,
    /// It offers one that does not change what the script does, or does what was clearly meant: `dg check --fix` makes it.
    Safe,
}

impl Lint {
    fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: self.severity, ..Diagnostic::error(Problem::new(self.code, message), span) }
    }

    fn with_help(&self, span: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        let mut diagnostic = self.at(span, message);
        diagnostic.problem = diagnostic.problem.with_help(help);
        diagnostic
    }

    /// What its examples may take for granted.
    #[must_use]
    pub fn example_options(&self) -> CheckOptions {
        let forms = if self.forms { crate::example_forms() } else { crate::KnownForms::default() };
        CheckOptions {
            forms: Arc::new(forms),
            own_form: self.event.map(|_| "Claim".to_owned()),
            own_event: self.event.map(str::to_owned),
            ..CheckOptions::for_profile(self.profile)
        }
    }

    /// What it finds, in a sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.doc.split("\n\n").next().unwrap_or_default().trim()
    }

    /// Its name in settings and comments: `unused-variable`.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(self.code)
    }

    /// The lint of a code; none for a code of the parser.
    #[must_use]
    pub fn of(code: Code) -> Option<&'static Lint> {
        LINTS.iter().copied().find(|lint| lint.code == code)
    }

    /// The lint of a code or a name, in any case.
    #[must_use]
    pub fn find(word: &str) -> Option<&'static Lint> {
        LINTS
            .iter()
            .copied()
            .find(|lint| lint.code.to_string().eq_ignore_ascii_case(word) || lint.name().eq_ignore_ascii_case(word))
    }
}

/// The name of a code in words with hyphens: `unused-variable`.
pub(crate) fn name_of(code: Code) -> String {
    let mut name = String::new();
    for c in format!("{code:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

type Found = Vec<Diagnostic>;

/// What a lint wants to see. One walk over a script serves all of them.
pub(crate) enum Hook {
    /// The script's outline, once.
    Script(fn(&Script<'_>, &mut Found)),
    /// What all bodies say, once.
    Whole(for<'t> fn(&Script<'t>, &[Said<'t>], &mut Found)),
    /// Each function, and the bare statements.
    Body(for<'t> fn(&Script<'t>, &FunctionBody<'t>, &mut Found)),
    /// Each statement.
    Stmt(for<'t> fn(&Script<'t>, &FunctionBody<'t>, &'t Stmt, &mut Found)),
    /// Each operator between two expressions.
    Binary(for<'t> fn(&Script<'t>, &FunctionBody<'t>, &'t Expr, &mut Found)),
    /// Each call of a function, method or integration task.
    Call(for<'t> fn(&Script<'t>, &FunctionBody<'t>, &Call<'t>, &mut Found)),
    /// Each block task: `invokeurl [ … ]`.
    Task(for<'t> fn(&Script<'t>, &FunctionBody<'t>, &'t Expr, &mut Found)),
    /// Every other expression.
    Other(for<'t> fn(&Script<'t>, &FunctionBody<'t>, &'t Expr, &mut Found)),
}

type OnExpr = for<'t> fn(&Script<'t>, &FunctionBody<'t>, &'t Expr, &mut Found);

/// The hooks of all lints by what they want to see.
#[derive(Default)]
struct Hooks {
    script: Vec<fn(&Script<'_>, &mut Found)>,
    whole: Vec<for<'t> fn(&Script<'t>, &[Said<'t>], &mut Found)>,
    body: Vec<for<'t> fn(&Script<'t>, &FunctionBody<'t>, &mut Found)>,
    stmt: Vec<for<'t> fn(&Script<'t>, &FunctionBody<'t>, &'t Stmt, &mut Found)>,
    call: Vec<for<'t> fn(&Script<'t>, &FunctionBody<'t>, &Call<'t>, &mut Found)>,
    binary: Vec<OnExpr>,
    task: Vec<OnExpr>,
    other: Vec<OnExpr>,
}

static HOOKS: LazyLock<Hooks> = LazyLock::new(|| {
    let mut hooks = Hooks::default();
    for hook in LINTS.iter().flat_map(|lint| lint.hooks) {
        match hook {
            Hook::Script(f) => hooks.script.push(*f),
            Hook::Whole(f) => hooks.whole.push(*f),
            Hook::Body(f) => hooks.body.push(*f),
            Hook::Stmt(f) => hooks.stmt.push(*f),
            Hook::Call(f) => hooks.call.push(*f),
            Hook::Binary(f) => hooks.binary.push(*f),
            Hook::Task(f) => hooks.task.push(*f),
            Hook::Other(f) => hooks.other.push(*f),
        }
    }
    hooks
});
