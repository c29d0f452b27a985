//! Renames variables and functions, and refuses where the script would mean something else afterwards.

use super::docs::file_name;
use super::index::Index;
use super::target::Target;
use super::{Analysis, Cancel, Edit, FileEdit, Location};
use rainwright_builtins::names::{is_form_root, is_namespace};
use rainwright_builtins::{method, word};
use rainwright_diagnostic::Span;
use rainwright_syntax::scope::Origin;
use std::collections::BTreeMap;

/// Why something cannot be renamed, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl Refused {
    fn because<T>(why: impl Into<String>) -> Result<T, Refused> {
        Err(Refused(why.into()))
    }
}

/// Words that cannot be names.
const RESERVED: &[&str] = &["if", "else", "for", "in", "try", "catch", "return", "true", "false", "null"];

impl Analysis {
    /// The name at an offset that can be renamed.
    ///
    /// # Errors
    /// What is there has no name of its own.
    pub fn prepare_rename(&self, file: &str, offset: u32) -> Result<Span, Refused> {
        let Some(document) = self.document(file) else { return Refused::because("This file is not known.") };
        match self.target(file, &document, offset) {
            Some((Target::Variable(id), span)) => {
                let variable = document.part(offset).map(|part| part.scopes.variable(id));
                match variable.map(|v| v.origin) {
                    Some(Origin::Given) => Refused::because("The product or the caller gives this variable its name."),
                    _ => Ok(span),
                }
            }
            Some((Target::Function { path, header }, span)) => {
                if header || !self.function_places(file, &path).is_empty() {
                    Ok(span)
                } else {
                    Refused::because("This function is defined outside of the project.")
                }
            }
            Some((Target::Builtin(_) | Target::Integration(_) | Target::Task(_) | Target::TaskKey(..), _)) => {
                Refused::because("This is a name of the language.")
            }
            Some(_) => Refused::because("Only variables and functions can be renamed."),
            None => Refused::because("There is no name here that could be changed."),
        }
    }

    /// The edits that rename the variable or function at an offset.
    ///
    /// # Errors
    /// The new name is none, or something else has it already.
    pub fn rename(&self, file: &str, offset: u32, to: &str, cancel: &Cancel) -> Result<Vec<FileEdit>, Refused> {
        self.prepare_rename(file, offset)?;
        check_name(to)?;
        let Some(document) = self.document(file) else { return Refused::because("This file is not known.") };
        let places = match self.target(file, &document, offset) {
            Some((Target::Variable(id), _)) => {
                let Some(part) = document.part(offset) else { return Refused::because("This file is not known.") };
                let (scope, variable) = (&part.scopes.scopes[id.scope], part.scopes.variable(id));
                if variable.name == to {
                    return Ok(Vec::new());
                }
                if let Some(other) = scope.variable(to) {
                    let line = other.uses.first().map(|one| line_of(&document.text, one.span.start));
                    let line = line.map(|line| format!(" in line {line}")).unwrap_or_default();
                    return Refused::because(format!("There is another variable named {to}{line}."));
                }
                if word(to).is_some() || is_namespace(to) || is_form_root(to) {
                    return Refused::because(format!("{to} means something else in Deluge."));
                }
                if self.options_of(file, &document, part).for_source(&document.text).gives(to) {
                    return Refused::because(format!("The product gives a variable named {to}."));
                }
                variable.uses.iter().map(|one| Location { file: file.to_owned(), span: one.span }).collect()
            }
            Some((Target::Function { path, .. }, _)) => {
                if Index::last(&path) == to {
                    return Ok(Vec::new());
                }
                self.check_function_name(file, &path, to)?;
                self.function_uses(file, &path, true, cancel).or_else(|_| Refused::because("Cancelled."))?
            }
            _ => return Refused::because("There is no name here that could be changed."),
        };
        let mut files: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
        for place in places {
            files.entry(place.file).or_default().push(Edit { span: place.span, text: to.to_owned() });
        }
        Ok(files.into_iter().map(|(file, edits)| FileEdit { file, edits }).collect())
    }

    fn check_function_name(&self, file: &str, path: &str, to: &str) -> Result<(), Refused> {
        if method(to).is_some() {
            return Refused::because(format!("{to} is a function of the language, which calls would no longer reach."));
        }
        let renamed = match path.rsplit_once('.') {
            Some((namespace, _)) => format!("{namespace}.{to}"),
            None => to.to_owned(),
        };
        for name in self.files.keys().filter(|name| self.same_project(file, name)) {
            let Some(index) = self.index(name) else { continue };
            // Calls find a function by its last part alone when only one has it.
            if index.functions.iter().any(|f| f.path == renamed || f.last() == to) {
                return Refused::because(format!("{} has a function named {to} already.", file_name(name)));
            }
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), Refused> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Refused::because(
            "A name is made of the letters a to z, digits and _, and does not begin with a digit.",
        );
    }
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Refused::because(format!("{name} is a word of the language."));
    }
    Ok(())
}

fn line_of(text: &str, offset: u32) -> usize {
    text.get(..offset as usize).map_or(0, |before| before.matches('\n').count()) + 1
}
