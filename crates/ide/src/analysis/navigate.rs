//! Finds where things are defined and used.

use super::index::Index;
use super::target::Target;
use super::{Analysis, Cancel, Cancelled, Defined};
use rainwright_diagnostic::Span;
use rainwright_syntax::scope::{Access, find_by_path};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file.
    pub file: String,
    /// The place in it.
    pub span: Span,
}

/// A place of the thing under the cursor, in the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// The place.
    pub span: Span,
    /// Whether it is given a value there.
    pub write: bool,
}

impl Analysis {
    /// Where the thing at an offset is defined.
    #[must_use]
    pub fn definition(&self, file: &str, offset: u32) -> Vec<Location> {
        let Some(document) = self.document(file) else { return Vec::new() };
        let Some((target, _)) = self.meant(file, &document, offset) else { return Vec::new() };
        let here = |span: Span| Location { file: file.to_owned(), span };
        match target {
            Target::Variable(id) => {
                let definition = document.part(offset).and_then(|part| self.first_value(&document, part, id));
                definition.map(here).into_iter().collect()
            }
            Target::Function { path, .. } => self.function_places(file, &path),
            Target::Form(name) => {
                let index = self.index(file);
                let places = index.iter().flat_map(|index| &index.forms).filter(|(form, _)| *form == name);
                places.map(|(_, span)| here(*span)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Where the function that a call of this file means is defined: in the file, else in the callable files of the project,
    /// else in any file of it.
    pub(crate) fn function_places(&self, file: &str, path: &str) -> Vec<Location> {
        let Some(index) = self.index(file) else { return Vec::new() };
        if let Some(function) = find_by_path(&index.functions, path, |f| &f.path) {
            return vec![Location { file: file.to_owned(), span: function.name }];
        }
        let state = self.files.get(file).and_then(|known| self.projects.get(&known.project));
        let Some(all) = state.and_then(|state| state.defined.get(Index::last(path))) else { return Vec::new() };
        for callable in [true, false] {
            let fits: Vec<&Defined> = all.iter().filter(|one| one.callable == callable).collect();
            let exact: Vec<Location> =
                fits.iter().filter(|one| one.path == path).map(|one| one.place.clone()).collect();
            if !exact.is_empty() {
                return exact;
            }
            if let Some(one) = find_by_path(&fits, path, |one| &one.path) {
                return vec![one.place.clone()];
            }
        }
        Vec::new()
    }

    /// Every place where the thing at an offset is named, in all files of the project, in order.
    ///
    /// # Errors
    /// [`Cancelled`] when nobody waits any more.
    pub fn references(
        &self,
        file: &str,
        offset: u32,
        with_definition: bool,
        cancel: &Cancel,
    ) -> Result<Vec<Location>, Cancelled> {
        let Some(document) = self.document(file) else { return Ok(Vec::new()) };
        let Some((target, _)) = self.target(file, &document, offset) else { return Ok(Vec::new()) };
        let here = |span: Span| Location { file: file.to_owned(), span };
        match target {
            Target::Variable(id) => {
                let Some(part) = document.part(offset) else { return Ok(Vec::new()) };
                let variable = part.scopes.variable(id);
                let definition = variable.definition().filter(|_| !with_definition);
                Ok(variable.uses.iter().map(|u| u.span).filter(|s| Some(*s) != definition).map(here).collect())
            }
            Target::Function { path, .. } => self.function_uses(file, &path, with_definition, cancel),
            Target::Form(name) => {
                let parts = document.parts.iter().flat_map(|part| &part.scopes.forms);
                Ok(parts.filter(|(form, _)| *form == name).map(|(_, span)| here(*span)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Every call of a function, and its definitions when they are wanted.
    pub(crate) fn function_uses(
        &self,
        file: &str,
        path: &str,
        with_definition: bool,
        cancel: &Cancel,
    ) -> Result<Vec<Location>, Cancelled> {
        let definitions = self.function_places(file, path);
        let mut found: Vec<Location> = if with_definition { definitions.clone() } else { Vec::new() };
        let last = Index::last(path);
        for (name, _) in self.files.iter().filter(|(name, _)| self.same_project(file, name)) {
            cancel.check()?;
            let Some(index) = self.index(name) else { continue };
            for call in index.calls.iter().filter(|call| Index::last(&call.path) == last) {
                if self.function_places(name, &call.path).iter().any(|place| definitions.contains(place)) {
                    found.push(Location { file: name.clone(), span: call.name });
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The places of the thing at an offset in its own file.
    #[must_use]
    pub fn highlights(&self, file: &str, offset: u32) -> Vec<Highlight> {
        let Some(document) = self.document(file) else { return Vec::new() };
        match self.meant(file, &document, offset) {
            Some((Target::Variable(id), _)) => {
                let Some(part) = document.part(offset) else { return Vec::new() };
                let uses = part.scopes.variable(id).uses.iter();
                uses.map(|u| Highlight { span: u.span, write: u.access != Access::Read }).collect()
            }
            Some((Target::Function { path, .. }, _)) => {
                let last = Index::last(&path);
                let headers = document.functions().filter(|f| f.last() == last);
                let calls = document.parts.iter().flat_map(|part| &part.scopes.calls);
                let calls = calls.filter(|call| Index::last(&call.path) == last);
                let mut found: Vec<Highlight> = headers.map(|f| Highlight { span: f.name, write: true }).collect();
                found.extend(calls.map(|call| Highlight { span: call.name, write: false }));
                found.sort_unstable_by_key(|highlight| highlight.span);
                found
            }
            _ => Vec::new(),
        }
    }
}
