//! The kinds of functions that products run: what each one is given, what it must return, and how a new one begins.

mod cliq;
mod creator;
mod crm;
mod finance;
mod products;
mod returned;
mod shown;

use rainwright_diagnostic::{Code, Problem, closest};
use rainwright_effect::{Data, DataMap};
use rainwright_value::Kind;

use crate::{Basis, json_data};
pub use returned::Returns;

/// A kind of function.
#[derive(Debug)]
pub struct FunctionKind {
    /// The name for `--kind`: `cliq-bot-message`.
    pub name: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The profile whose rules hold, by its name.
    pub profile: &'static str,
    /// When the product runs it, and what is special about it.
    pub doc: &'static str,
    /// The namespace in front of such a function's name, where the product has one: `validation_rule`.
    pub namespace: &'static str,
    /// The variables that the product gives, in groups that kinds share.
    pub given: &'static [&'static [Given]],
    /// The parameters of such a function.
    pub params: Params,
    /// What it must return.
    pub returns: Returns,
    /// For events of a form: the form that the event sees, as `dg run --form` takes it.
    pub form: &'static str,
    /// A function to begin with; `NAME` is replaced by its name.
    pub template: &'static str,
    /// How sure we are.
    pub basis: Basis,
}

/// A variable that a product gives.
#[derive(Debug)]
pub struct Given {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it holds.
    pub doc: &'static str,
    /// A value of it as JSON. A map for a TEXT is a text of JSON.
    pub example: &'static str,
}

/// The parameters of a kind of function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Params {
    /// Those that its author declares; the product fills them.
    Declared,
    /// None: a function without parameters, or bare statements.
    None,
    /// Exactly the variables that the product gives.
    Given,
}

const fn given(name: &'static str, kind: Kind, doc: &'static str, example: &'static str) -> Given {
    Given { name, kind, doc, example }
}

/// A row to begin with.
const ROW: FunctionKind = FunctionKind {
    name: "",
    title: "",
    profile: "",
    doc: "",
    namespace: "",
    given: &[],
    params: Params::Declared,
    returns: Returns::Nothing,
    form: "",
    template: "void NAME(string id)\n{\n\tinfo \"runs for \" + id;\n}\n",
    basis: Basis::Documented,
};

/// Every kind, product by product.
const TABLES: &[&[FunctionKind]] =
    &[crm::CRM, creator::CREATOR, cliq::HANDLERS, cliq::INTERFACE, finance::FINANCE, products::PRODUCTS];

/// Every kind of function.
pub fn function_kinds() -> impl Iterator<Item = &'static FunctionKind> {
    TABLES.iter().copied().flatten()
}

impl FunctionKind {
    /// The kind of a name.
    ///
    /// # Errors
    /// No kind has the name; the help has a near one.
    pub fn find(name: &str) -> Result<&'static FunctionKind, Problem> {
        if let Some(kind) = function_kinds().find(|kind| kind.name.eq_ignore_ascii_case(name)) {
            return Ok(kind);
        }
        let near = closest(name, function_kinds().map(|kind| kind.name));
        let near = near.map(|near| format!("Did you mean {near}? ")).unwrap_or_default();
        let problem = Problem::new(Code::UnknownName, format!("There is no kind of function '{name}'"));
        Err(problem.with_help(format!("{near}`dg doc kinds` lists them all.")))
    }

    /// The name in a line `//@ kind: NAME` among the comments that a script begins with.
    #[must_use]
    pub fn name_in(source: &str) -> Option<&str> {
        let source = source.trim_start_matches('\u{feff}');
        let comments = source.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with("//"));
        comments.filter_map(|line| line.strip_prefix("//@")?.trim().strip_prefix("kind:")).map(str::trim).next()
    }

    /// The kind that a script's own comment names.
    ///
    /// # Errors
    /// It names one that does not exist.
    pub fn of_source(source: &str) -> Result<Option<&'static FunctionKind>, Problem> {
        Self::name_in(source).map(Self::find).transpose()
    }

    /// The kind of functions with this namespace in front of their names, spelled as the CRM spells it: namespaces in Creator
    /// have any name, and `Schedule` is one that people choose.
    #[must_use]
    pub fn of_namespace(namespace: &str) -> Option<&'static FunctionKind> {
        function_kinds().find(|kind| !kind.namespace.is_empty() && kind.namespace == namespace)
    }

    /// The variables that the product gives.
    pub fn variables(&self) -> impl Iterator<Item = &'static Given> + use<> {
        self.given.iter().copied().flatten()
    }

    /// The variable of a name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'static Given> {
        self.variables().find(|given| given.name == name)
    }

    /// A function to begin with, under a name.
    #[must_use]
    pub fn source(&self, name: &str) -> String {
        self.template.replace("NAME(", &format!("{name}("))
    }

    /// Whether it is an event of a Creator form, which sees fields.
    #[must_use]
    pub fn is_form_event(&self) -> bool {
        !self.form.is_empty()
    }

    /// The example of an event: each variable with its value, as `--event` takes it.
    #[must_use]
    pub fn example(&self) -> Data {
        if let Ok(form) = json_data(self.form) {
            return form;
        }
        let variables = self.variables().map(|given| (given.name, given.data()));
        Data::map(variables)
    }

    /// The variables of a run: as the example has them, with what the event says in place of it. A map of the event
    /// replaces only the keys that it has. `own` are the parameters of the function, which an event may give too.
    ///
    /// # Errors
    /// An event that is no JSON object, or that gives what the kind and the function do not have, or of the wrong kind.
    pub fn values(&self, event: Option<&str>, own: &[&str]) -> Result<Vec<(String, Data)>, Problem> {
        let event = event.map(read_event).transpose()?.unwrap_or_default();
        let mut values = Vec::new();
        for (key, value) in event.iter() {
            let Some(name) = key.as_text() else { continue };
            if self.variable(name).is_some() {
                continue;
            }
            if !own.contains(&name) {
                return Err(self.no_such_variable(name, own));
            }
            values.push((name.to_owned(), value.clone()));
        }
        for given in self.variables() {
            let value = match (given.data(), event.get(given.name)) {
                (example, None) => example,
                (Data::Map(example), Some(Data::Map(own))) => merged(example, own).into(),
                (_, Some(own)) => own.clone(),
            };
            values.push((given.name.to_owned(), given.take(value)?));
        }
        Ok(values)
    }

    fn no_such_variable(&self, name: &str, own: &[&str]) -> Problem {
        let known = self.variables().map(|given| given.name).chain(own.iter().copied());
        let known: Vec<&str> = known.collect();
        let near = closest(name, known.iter().copied()).map(|near| format!("Did you mean {near}? "));
        let has = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        Problem::new(
            Code::BadArgument,
            format!("The event gives '{name}', which a function of the kind {} does not get", self.name),
        )
        .with_help(format!("{}It gets {has}.", near.unwrap_or_default()))
    }
}

impl Given {
    /// A value as the variable's kind.
    ///
    /// # Errors
    /// A value that cannot be of this kind.
    pub fn take(&self, value: Data) -> Result<Data, Problem> {
        let fits = match (self.kind, &value) {
            (_, Data::Null) => return Ok(Data::Null),
            (Kind::Text, Data::Text(_)) => true,
            // JSON that a script reads with toMap() or toList().
            (Kind::Text, Data::Map(_) | Data::List(_)) => return Ok(Data::Text(value.to_json())),
            (Kind::Text, Data::Number(_) | Data::Decimal(_) | Data::Bool(_)) => {
                return Ok(Data::Text(value.to_string()));
            }
            (Kind::Map, Data::Map(_)) | (Kind::List, Data::List(_)) | (Kind::Bool, Data::Bool(_)) => true,
            (Kind::Number, Data::Number(_)) => true,
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        let message = format!("{} of the event is {}, and the product gives {}", self.name, value.kind(), self.kind);
        Err(Problem::new(Code::WrongKind, message).with_help(format!("An example: {}", self.example)))
    }

    /// The example as the JSON has it: a map where the product gives a text of JSON.
    #[must_use]
    pub fn data(&self) -> Data {
        json_data(self.example).unwrap_or_default()
    }
}

/// An event as JSON. What a Cliq webhook sends is taken too: its `params` are the variables.
fn read_event(json: &str) -> Result<DataMap, Problem> {
    let wrong = || {
        Problem::new(Code::CannotParse, "An event is a JSON object of variables with their values")
            .with_help("`dg doc KIND` shows an example.")
    };
    let event = json_data(json).map_err(|_| wrong())?;
    let map = event.as_map().ok_or_else(wrong)?;
    match (map.get("handler").and_then(Data::as_map), map.get("params").and_then(Data::as_map)) {
        (Some(_), Some(params)) => Ok(params.clone()),
        _ => Ok(map.clone()),
    }
}

fn merged(mut map: DataMap, own: &DataMap) -> DataMap {
    for (key, value) in own.iter() {
        if let Some(key) = key.as_text() {
            map.insert(key, value.clone());
        }
    }
    map
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::{FunctionKind, Params, function_kinds, json_data};
    use crate::{PROFILES, Profile};
    use rainwright_effect::Data;
    use std::collections::HashSet;

    #[test]
    fn every_row_is_whole() {
        let mut names = HashSet::new();
        for kind in function_kinds() {
            assert!(names.insert(kind.name), "{} is there twice", kind.name);
            let product =
                Profile::find(kind.profile).unwrap_or_else(|| panic!("{}: no profile {}", kind.name, kind.profile));
            assert_eq!(product.name, kind.profile);
            assert_eq!(product.forms && kind.is_form_event(), kind.is_form_event(), "{}", kind.name);
            assert!(kind.doc.ends_with('.') && !kind.title.ends_with('.'), "{}", kind.name);
            assert!(kind.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", kind.name);
            assert!(kind.params != Params::Given || kind.variables().count() > 0, "{}", kind.name);
            let mut variables = HashSet::new();
            for given in kind.variables() {
                assert!(variables.insert(given.name), "{} gives {} twice", kind.name, given.name);
                assert!(given.doc.ends_with('.'), "{} {}", kind.name, given.name);
                let example =
                    json_data(given.example).unwrap_or_else(|e| panic!("{} {}: {}", kind.name, given.name, e.message));
                assert!(given.take(example).is_ok(), "{} {}", kind.name, given.name);
            }
        }
        assert!(
            PROFILES.iter().filter(|p| p.name != "zoho-crm").all(|p| function_kinds().any(|k| k.profile == p.name))
        );
    }

    #[test]
    fn an_event_replaces_what_it_names() {
        let kind = FunctionKind::find("Cliq-Bot-Message").unwrap();
        let event = r#"{"message": "hello", "user": {"first_name": "Bo"}}"#;
        let values = kind.values(Some(event), &[]).unwrap();
        let value = |name: &str| values.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap();
        assert_eq!(value("message"), Data::from("hello"));
        assert_eq!(value("user").get("first_name"), Some(&Data::from("Bo")));
        assert!(value("user").get("email").is_some());
        let near = kind.values(Some(r#"{"mesage": "hello"}"#), &[]).unwrap_err();
        assert!(near.help().contains("Did you mean message"), "{}", near.help());
        assert!(kind.values(Some(r#"{"message": "hello", "n": 1}"#), &["n"]).is_ok());
        assert!(kind.values(Some(r#"{"user": 7}"#), &[]).is_err() && kind.values(Some("[]"), &[]).is_err());
        let sent = r#"{"handler": {"type": "message_handler"}, "params": {"message": "from outside"}}"#;
        assert!(kind.values(Some(sent), &[]).unwrap().contains(&("message".into(), Data::from("from outside"))));
    }

    #[test]
    fn a_script_says_its_kind_in_its_first_comments() {
        let name = |source| FunctionKind::name_in(source);
        assert_eq!(name("// A bot.\n\n//@ kind: cliq-bot-message\nreturn null;"), Some("cliq-bot-message"));
        assert_eq!(name("info 1;\n//@ kind: cliq-bot-message"), None);
        assert!(
            FunctionKind::of_source("//@ kind: cliq-bot-mesage\n").unwrap_err().help().contains("cliq-bot-message")
        );
    }

    #[test]
    fn json_for_a_text_is_a_text() {
        let kind = FunctionKind::of_namespace("validation_rule").unwrap();
        let values = kind.values(Some(r#"{"crmAPIRequest": {"record": {"Amount": 5}}}"#), &["crmAPIRequest"]).unwrap();
        let text = values[0].1.as_text().unwrap();
        assert!(text.contains(r#""record":{"Amount":5}"#) && text.contains("\"method\""), "{text}");
    }
}
