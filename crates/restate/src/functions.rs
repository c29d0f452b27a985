//! The functions that are handlers, compiled when the worker starts.

use std::collections::BTreeMap;

use rainwright::builtins::to_data;
use rainwright::{Code, Data, Engine, EntryPoint, Failure, Inputs, Library, Problem, Script, read_json};

/// A file with functions.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's name, for messages.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A function that is a handler.
pub(crate) struct Callable {
    pub(crate) script: Script,
    entry: EntryPoint,
}

/// All functions by the last part of their names.
pub(crate) struct Functions {
    engine: Engine,
    by_name: BTreeMap<String, Callable>,
}

impl Functions {
    /// # Errors
    /// The mistakes of the first source that has any, or two functions of one name: callers could not tell them apart.
    pub(crate) fn compile(engine: Engine, sources: &[Source]) -> Result<Self, Failure> {
        let library = Library::new(sources.iter().map(|source| (source.name.clone(), Ok(source.text.clone()))));
        let mut by_name: BTreeMap<String, Callable> = BTreeMap::new();
        for source in sources {
            let script = engine.compile_with(&[(&source.name, &source.text)], &library, None)?;
            let own = engine.compile(&source.name, &source.text)?;
            for entry in own.entries() {
                let name = last(&entry.name).to_owned();
                if by_name.contains_key(&name) {
                    let message = format!("{} is the second file with a function {name}.", source.name);
                    let problem = Problem::new(Code::BadArgument, message);
                    return Err(problem
                        .with_help("Each function is a handler, so each needs a name of its own.")
                        .into());
                }
                by_name.insert(name, Callable { script: script.clone(), entry });
            }
        }
        Ok(Self { engine, by_name })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Callable> {
        self.by_name.get(name)
    }

    /// The inputs of a call: a JSON object of arguments by name, or nothing.
    ///
    /// # Errors
    /// [`Code::CannotParse`] or [`Code::BadArgument`] for anything else.
    pub(crate) fn inputs(&self, callable: &Callable, text: &str) -> Result<Inputs, Failure> {
        let inputs = Inputs::new().entry(&callable.entry.name);
        if text.trim().is_empty() {
            return Ok(inputs);
        }
        let value = read_json(text)?;
        let data = to_data(&value, self.engine.locale()).map_err(|problem| Failure::from(*problem))?;
        let Data::Map(arguments) = data else {
            return Err(Problem::new(Code::BadArgument, "The input is not a JSON object of arguments.").into());
        };
        let known = |name: &str| callable.entry.params.iter().any(|param| param.name == name);
        Ok(arguments.into_iter().fold(inputs, |inputs, (name, value)| match name {
            Data::Text(name) if known(&name) => inputs.data(name, value),
            _ => inputs,
        }))
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}
