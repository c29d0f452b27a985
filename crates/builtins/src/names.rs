//! Says what a name means and which names a script can use: the evaluator, the checks and the editor all ask here.
//!
//! A bare name is the first of these that fits: a variable that the script assigns, a word of the language, a namespace, a
//! variable that the product or the caller gives, the form that the script belongs to. Calls are resolved in [`Functions`],
//! by the whole name or by its last part.

use std::collections::{HashMap, HashSet};

use rainwright_diagnostic::Nearest;
use rainwright_effect::Aggregate;

use crate::{Builtin, FunctionKind, Profile, function_kinds, suggest, word};

/// What a bare name means.
#[derive(Clone, Copy)]
pub enum Meaning {
    /// A variable that the script assigns, or a parameter.
    Variable,
    /// A word of the language: `today`.
    Word(&'static Builtin),
    /// The first part of dotted names: `zoho`, `billing` of `billing.tax`.
    Namespace,
    /// A variable that the product, or the caller of the run, gives.
    Given,
    /// The form that the script belongs to: `input`.
    Form,
    /// Nothing that is known.
    Unknown,
}

impl Meaning {
    /// Whether the name holds a value that the script can read by it: one of its own, or one that it may have been given.
    #[must_use]
    pub fn may_hold_value(self) -> bool {
        !matches!(self, Meaning::Word(_) | Meaning::Namespace)
    }
}

/// What one function, or the bare statements of a source, can see.
pub trait NameScope {
    /// Whether a statement assigns the name, or a parameter has it.
    fn assigns(&self, name: &str) -> bool;

    /// Whether functions that can be called have names that begin so: `billing` for `billing.tax`.
    fn has_namespace(&self, name: &str) -> bool;

    /// Whether the product or the caller gives a variable of that name.
    fn is_given(&self, name: &str) -> bool;
}

/// What a bare name means in a scope.
pub fn meaning(name: &str, scope: &impl NameScope) -> Meaning {
    if scope.assigns(name) {
        return Meaning::Variable;
    }
    if let Some(row) = word(name) {
        return Meaning::Word(row);
    }
    if LANGUAGE.iter().any(|known| known.eq_ignore_ascii_case(name)) || scope.has_namespace(name) {
        return Meaning::Namespace;
    }
    if scope.is_given(name) {
        return Meaning::Given;
    }
    if is_form_root(name) { Meaning::Form } else { Meaning::Unknown }
}

/// Namespaces of the language itself; their names are never variables unless a script assigns them.
pub const LANGUAGE: &[&str] = &["zoho", "thisapp"];

/// Where products keep the functions of an account. Each is a namespace only in front of a call: `button.send(id)`.
const ACCOUNT: &[&str] = &[
    "standalone",
    "automation",
    "button",
    "buttons",
    "schedule",
    "schedules",
    "scheduler",
    "relatedlist",
    "related_list",
    "workflow",
    "validation_rule",
    "crm",
    "signal",
    "blueprint",
    "circuit",
    "custom",
];

/// Other companies whose tasks have their name in front, and what people bring from other languages.
const FOREIGN: &[&str] = &["intuit", "salesforce", "twilio", "console"];

/// Whether a name in front of a call is a namespace rather than a variable, unless the script assigns it; in any case.
#[must_use]
pub fn is_namespace(name: &str) -> bool {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    LANGUAGE.iter().any(is) || ACCOUNT.iter().any(is) || FOREIGN.iter().any(is)
}

/// Whether products keep functions of the account under this namespace: calls into it mean functions that may be elsewhere.
#[must_use]
pub fn is_account_namespace(name: &str) -> bool {
    name == "thisapp" || ACCOUNT.contains(&name)
}

/// Namespaces to offer while a name is written.
pub fn common_namespaces() -> impl Iterator<Item = &'static str> {
    LANGUAGE.iter().chain(&ACCOUNT[..2]).copied()
}

/// Whether a name means the form that the script belongs to.
#[must_use]
pub fn is_form_root(name: &str) -> bool {
    matches!(name, "input" | "old" | "row")
}

/// A function that the evaluator itself knows: it does not compute all of its arguments, makes a container, or acts on the
/// form on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// `if(condition, a, b)`.
    If,
    /// `ifnull(a, b)`.
    IfNull,
    /// `Map()`.
    Map,
    /// `List()`.
    List,
    /// `Collection(…)`.
    Collection,
    /// `openUrl(…)`.
    OpenUrl,
    /// `getFieldNames()`.
    FieldNames,
    /// `getFieldValue(name)`.
    FieldValue,
    /// `Field.select(x)`.
    Select,
    /// `Field.selectAll()`.
    SelectAll,
    /// `Field.deselect(x)`.
    Deselect,
    /// `Field.deselectAll()`.
    DeselectAll,
}

/// Where a special function is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// In front of its arguments, in any script.
    Alone,
    /// In front of its arguments, in scripts of forms.
    InForms,
    /// After a field of the form.
    OnField,
}

/// A special function with what an editor says of it.
#[derive(Clone, Copy, Debug)]
pub struct SpecialFunction {
    /// The name; it matches in any case.
    pub name: &'static str,
    /// Which one it is.
    pub special: Special,
    /// Where it is written.
    pub written: Written,
    /// The names of its arguments.
    pub params: &'static [&'static str],
    /// What it gives or does, in a few words.
    pub doc: &'static str,
}

const fn special(
    name: &'static str,
    special: Special,
    written: Written,
    params: &'static [&'static str],
    doc: &'static str,
) -> SpecialFunction {
    SpecialFunction { name, special, written, params, doc }
}

/// Every special function.
pub const SPECIAL: &[SpecialFunction] = &[
    special("if", Special::If, Written::Alone, &["condition", "then", "otherwise"], "one of two values"),
    special("ifnull", Special::IfNull, Written::Alone, &["value", "default"], "a value, or a default where it is null"),
    special("Map", Special::Map, Written::Alone, &[], "an empty map"),
    special("List", Special::List, Written::Alone, &[], "an empty list"),
    special("Collection", Special::Collection, Written::Alone, &[], "a collection"),
    special("openUrl", Special::OpenUrl, Written::InForms, &["\"url\"", "\"new window\""], "opens a page"),
    special("getFieldNames", Special::FieldNames, Written::InForms, &[], "the names of the form's fields"),
    special("getFieldValue", Special::FieldValue, Written::InForms, &["\"field\""], "the value of a field by its name"),
    special("select", Special::Select, Written::OnField, &["value"], "selects choices of a field"),
    special("selectAll", Special::SelectAll, Written::OnField, &[], "selects all choices of a field"),
    special("deselect", Special::Deselect, Written::OnField, &["value"], "deselects choices of a field"),
    special("deselectAll", Special::DeselectAll, Written::OnField, &[], "deselects all choices of a field"),
];

/// The special function of a name, in any case: of those written after a field, or of the others.
#[must_use]
pub fn special_function(name: &str, on_field: bool) -> Option<Special> {
    let fits = |row: &&SpecialFunction| (row.written == Written::OnField) == on_field;
    SPECIAL.iter().filter(fits).find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.special)
}

/// Whether a name after a dot means a function although no kind of value has it: of a form's field, of records, or `ifnull`.
#[must_use]
pub fn is_known_method(name: &str) -> bool {
    Aggregate::named(name).is_some()
        || special_function(name, true).is_some()
        || special_function(name, false) == Some(Special::IfNull)
}

/// What can be asked of the records of a query, as scripts write it.
pub fn record_functions() -> impl Iterator<Item = &'static str> {
    let short = |name: &&str| *name != "avg";
    Aggregate::ALL.iter().map(|(name, _)| *name).filter(short).map(|name| match name {
        "getall" => "getAll",
        name => name,
    })
}

/// Words of other languages, with the Deluge word.
const HABITS: &[(&str, &str)] = &[
    ("print", "info"),
    ("println", "info"),
    ("log", "info"),
    ("echo", "info"),
    ("tostr", "toString"),
    ("push", "add"),
    ("append", "add"),
    ("len", "length"),
    ("str", "toString"),
    ("parseint", "toLong"),
    ("split", "toList"),
    ("strip", "trim"),
    ("has", "containsKey"),
    ("haskey", "containsKey"),
    ("getmessage", "message, without parentheses"),
    ("charat", "subString"),
    ("lower", "toLowerCase"),
    ("upper", "toUpperCase"),
    ("replace", "replaceAll"),
    ("join", "toString"),
    ("not", "!"),
    ("printf", "info"),
    ("fetch", "invokeurl"),
    ("axios", "invokeurl"),
    ("curl", "invokeurl"),
    ("dict", "Map"),
    ("array", "List"),
];

/// Names that are always there in other languages, with what to write in Deluge.
const FOREIGN_NAMES: &[(&str, &str)] = &[
    ("console", "To print, write info value;"),
    ("System", "To print, write info value; zoho.currenttime is the time."),
    ("None", "Write null."),
    ("nil", "Write null."),
    ("undefined", "Write null."),
    ("NaN", "Write null."),
    ("Math", "A number has these functions itself, as in 1.25.round(1): see `dg doc number.`"),
    (
        "JSON",
        "A text becomes a map with text.toMap(), a list with text.toJSONList(); a map becomes a text with toString().",
    ),
    ("Date", "Write today, zoho.currenttime or \"2025-01-31\".toDate()."),
    ("datetime", "Write today, zoho.currenttime or \"2025-01-31\".toDate()."),
    ("requests", "Calls are made with invokeurl [ url: … type: GET ];"),
];

/// What to write in place of a name that is always there in other languages.
#[must_use]
pub fn foreign_name(name: &str) -> Option<&'static str> {
    FOREIGN_NAMES.iter().find(|(foreign, _)| *foreign == name).map(|(_, help)| *help)
}

/// The Deluge word for what other languages call so, in any case.
#[must_use]
pub fn habit(name: &str) -> Option<&'static str> {
    HABITS.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(name)).map(|(_, deluge)| *deluge)
}

/// The variable that was probably meant: one of the script's own, else one that is given.
pub fn near_variable<'n>(
    nearest: &Nearest,
    name: &str,
    own: impl IntoIterator<Item = &'n str>,
    given: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    nearest.closest(name, own).or_else(|| nearest.closest(name, given))
}

/// The function that was probably meant by a call without a receiver: what other languages call so, one of the functions
/// that can be called, or one of the language.
pub fn near_function<'n>(nearest: &Nearest, name: &str, own: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    habit(name).or_else(|| nearest.closest(name, own)).or_else(|| suggest(name, None))
}

/// The functions that can be called by name, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    paths: Vec<String>,
    by_path: HashMap<String, usize>,
    /// By the last part of the name; `None` where several end so.
    by_last: HashMap<String, Option<usize>>,
    namespaces: HashSet<String>,
}

impl Functions {
    /// Adds a function by its name with namespaces and its number; the first one of a name counts.
    pub fn add(&mut self, path: &str, number: usize) {
        if self.by_path.contains_key(path) {
            return;
        }
        self.by_path.insert(path.to_owned(), number);
        self.paths.push(path.to_owned());
        let last = path.rsplit('.').next().unwrap_or(path);
        self.by_last.entry(last.to_owned()).and_modify(|only| *only = None).or_insert(Some(number));
        if let Some((first, _)) = path.split_once('.') {
            self.namespaces.insert(first.to_owned());
        }
    }

    /// The function that a call means: the one of this very name, with or without `thisapp.`, else the only one whose last
    /// part is the same.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let name = name.strip_prefix("thisapp.").unwrap_or(name);
        let last = || self.by_last.get(name.rsplit('.').next().unwrap_or(name)).copied().flatten();
        self.by_path.get(name).copied().or_else(last)
    }

    /// The function that `path.name(…)` means. What has the name of a method, and stands after something that is no namespace,
    /// is that method: `Title.contains("a")` calls no `texts.contains`.
    #[must_use]
    pub fn after(&self, path: &str, name: &str) -> Option<usize> {
        let full = format!("{path}.{name}");
        let root = path.split('.').next().unwrap_or(path);
        let is_space = is_account_namespace(root) || path.split('.').any(|part| self.has_namespace(part));
        let is_method = crate::method(name).is_some() || Aggregate::named(name).is_some();
        if is_form_root(root) || is_method && !is_space {
            return self.by_path.get(&full).copied();
        }
        self.find(&full)
    }

    /// Whether names of them begin so: `billing` for `billing.tax`.
    #[must_use]
    pub fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// Their names, with namespaces.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }
}

/// The variables that a product gives to a kind of function; to functions of any kind when it is not known.
pub fn given(profile: &'static Profile, kind: Option<&'static FunctionKind>) -> Vec<&'static str> {
    match kind {
        Some(kind) => kind.variables().map(|given| given.name).collect(),
        None => profile.variables().collect(),
    }
}

/// Whether a product gives a variable of that name to a kind of function; to one of any kind when it is not known.
#[must_use]
pub fn is_given(profile: &Profile, kind: Option<&FunctionKind>, name: &str) -> bool {
    match kind {
        Some(kind) => kind.variable(name).is_some(),
        None => function_kinds().any(|kind| kind.profile == profile.name && kind.variable(name).is_some()),
    }
}

impl Profile {
    /// The variables that the product gives to functions of any kind.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> + use<> {
        let name = self.name;
        let kinds = function_kinds().filter(move |kind| kind.profile == name);
        let mut seen = HashSet::new();
        kinds.flat_map(|kind| kind.variables()).map(|given| given.name).filter(move |name| seen.insert(*name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names;

    impl NameScope for Names {
        fn assigns(&self, name: &str) -> bool {
            name == "total"
        }
        fn has_namespace(&self, name: &str) -> bool {
            name == "billing"
        }
        fn is_given(&self, name: &str) -> bool {
            matches!(name, "crmAPIRequest" | "today" | "billing")
        }
    }

    #[test]
    fn the_first_meaning_that_fits_counts() {
        let shown = |name: &str| match meaning(name, &Names) {
            Meaning::Variable => "variable".to_owned(),
            Meaning::Word(row) => row.name.to_owned(),
            Meaning::Namespace => "namespace".to_owned(),
            Meaning::Given => "given".to_owned(),
            Meaning::Form => "form".to_owned(),
            Meaning::Unknown => "unknown".to_owned(),
        };
        for (name, expected) in [
            ("total", "variable"),
            ("TODAY", "today"),
            ("Zoho", "namespace"),
            ("billing", "namespace"),
            ("crmAPIRequest", "given"),
            ("input", "form"),
            ("button", "unknown"),
            ("totl", "unknown"),
        ] {
            assert_eq!(shown(name), expected, "{name}");
        }
        assert!(is_namespace("Button") && is_account_namespace("button") && !is_account_namespace("zoho"));
    }

    #[test]
    fn a_call_means_its_name_or_the_only_end() {
        let mut all = Functions::default();
        for (number, path) in ["greet", "billing.tax", "a.total", "b.total", "greet"].into_iter().enumerate() {
            all.add(path, number);
        }
        assert_eq!(all.find("greet"), Some(0));
        assert_eq!(all.find("thisapp.greet"), Some(0));
        assert_eq!(all.find("tax"), Some(1));
        assert_eq!(all.find("standalone.tax"), Some(1));
        assert_eq!(all.after("standalone", "tax"), Some(1));
        all.add("texts.contains", 5);
        assert_eq!(all.after("texts", "contains"), Some(5));
        assert_eq!(all.after("shop.texts", "contains"), Some(5));
        assert_eq!(all.after("Title", "contains"), None);
        assert_eq!(all.after("input.Title", "tax"), None);
        assert_eq!(all.find("total"), None);
        assert_eq!(all.find("b.total"), Some(3));
        assert!(all.has_namespace("billing") && !all.has_namespace("greet"));
    }

    #[test]
    fn special_functions_of_every_script_have_a_row_that_documents_them() {
        for row in SPECIAL {
            assert_eq!(crate::method(row.name).is_some(), row.written == Written::Alone, "{}", row.name);
        }
        assert_eq!(special_function("OPENURL", false), Some(Special::OpenUrl));
        assert_eq!(special_function("select", false), None);
        assert!(is_known_method("getAll") && is_known_method("deselectAll") && !is_known_method("map"));
        assert!(record_functions().all(|name| Aggregate::named(name).is_some()));
    }
}
