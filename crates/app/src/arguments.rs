//! The arguments of a function that somebody calls by name: none may be missing, none may be too many, and a record may be
//! given by its ID.

use rainwright::builtins::{from_data, to_data};
use rainwright::effect::RecordSet;
use rainwright::{Code, Data, Failure, Problem, Value};
use rainwright_diagnostic::closest;
use rainwright_syntax::ast::{self, Item, TypeKind};

use crate::{Function, Running};

impl Running<'_> {
    /// The arguments of a function as it takes them.
    ///
    /// # Errors
    /// A function that does not exist, an argument that it does not have or that is missing, or a record that is not there.
    pub fn arguments(&self, function: &str, given: &[(String, Value)]) -> Result<Vec<(String, Value)>, Failure> {
        let function = self.app_function(function)?;
        let Some(header) = header(function) else { return Ok(given.to_vec()) };
        let names: Vec<&str> = header.params.iter().map(|param| param.name.name.as_str()).collect();
        let takes = match names.is_empty() {
            true => "It takes none.".to_owned(),
            false => format!("It takes {}.", names.join(", ")),
        };
        let wrong = |message: String| Failure::from(Problem::new(Code::BadArgument, message).with_help(takes.clone()));
        let mut arguments = Vec::with_capacity(given.len());
        for (name, value) in given {
            let Some(param) = header.params.iter().find(|param| param.name.name == name.as_str()) else {
                let near = closest(name, names.iter().copied()).map(|near| format!(": did you mean '{near}'?"));
                let near = near.unwrap_or_default();
                return Err(wrong(format!("The function '{}' has no argument '{name}'{near}", function.name)));
            };
            let value = match param.ty.kind {
                TypeKind::Form => {
                    let form = function.source.get(param.ty.span.range()).unwrap_or_default();
                    self.record_of(form, value)?
                }
                _ => value.clone(),
            };
            arguments.push((name.clone(), value));
        }
        match names.iter().find(|name| given.iter().all(|(known, _)| known != *name)) {
            Some(name) => Err(wrong(format!("The function '{}' lacks its argument '{name}'", function.name))),
            None => Ok(arguments),
        }
    }

    /// The record that an ID names; other values stay as they are.
    fn record_of(&self, form: &str, value: &Value) -> Result<Value, Failure> {
        let locale = self.engine.locale();
        let id = match to_data(value, locale).map_err(|problem| *problem)? {
            Data::Number(id) => Some(id),
            Data::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let (Some(id), Some(table)) = (id, self.store.schema().table(form)) else { return Ok(value.clone()) };
        if !self.store.exists(&table.name, id)? {
            let problem = Problem::new(Code::BadArgument, format!("There is no record {id} of '{}'", table.name));
            return Err(problem.with_help(format!("Its records: dg app query APP '{}[ID != 0]'", table.name)).into());
        }
        let set = RecordSet { form: table.name.clone(), single: true, ids: vec![id], rows: Vec::new() };
        Ok(from_data(Data::Records(Box::new(set)), locale))
    }
}

/// How the function is declared.
fn header(function: &Function) -> Option<ast::Function> {
    let items = rainwright_syntax::parse(&function.source).tree.items;
    items.into_iter().find_map(|item| match item {
        Item::Function(function) => Some(function),
        Item::Statement(_) => None,
    })
}
