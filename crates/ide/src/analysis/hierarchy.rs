//! Tells who calls a function, and whom it calls.

use super::docs::header;
use super::index::Index;
use super::target::Target;
use super::{Analysis, Cancel, Cancelled};
use rainwright_diagnostic::Span;

/// A function, or the bare statements of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HierarchyItem {
    /// The function's name; the file's for bare statements.
    pub name: String,
    /// The function's header.
    pub detail: String,
    /// The file.
    pub file: String,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub selection: Span,
    /// Whether it is a function and not a file's bare statements.
    pub is_function: bool,
}

/// A call between two functions, or several from the same to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HierarchyCall {
    /// The function at the other end.
    pub item: HierarchyItem,
    /// The places of the calls, in the file of the caller.
    pub places: Vec<Span>,
}

impl Analysis {
    /// The function at an offset: its header, or a call of it.
    #[must_use]
    pub fn hierarchy_item(&self, file: &str, offset: u32) -> Option<HierarchyItem> {
        let document = self.document(file)?;
        let (Target::Function { path, .. }, _) = self.target(file, &document, offset)? else { return None };
        let place = self.function_places(file, &path).into_iter().next()?;
        self.item(&place.file, |_, name| name == place.span)
    }

    fn item(&self, file: &str, wanted: impl Fn(usize, Span) -> bool) -> Option<HierarchyItem> {
        let index = self.index(file)?;
        let (_, function) = index.functions.iter().enumerate().find(|(at, f)| wanted(*at, f.name))?;
        Some(HierarchyItem {
            name: function.path.clone(),
            detail: header(function),
            file: file.to_owned(),
            span: function.span,
            selection: function.name,
            is_function: true,
        })
    }

    /// Who calls the function whose name is at `name`.
    ///
    /// # Errors
    /// [`Cancelled`] when nobody waits any more.
    pub fn incoming_calls(&self, file: &str, name: Span, cancel: &Cancel) -> Result<Vec<HierarchyCall>, Cancelled> {
        let Some(item) = self.item(file, |_, other| other == name) else { return Ok(Vec::new()) };
        let mut found: Vec<HierarchyCall> = Vec::new();
        let last = Index::last(&item.name);
        for other in self.files.keys().filter(|other| self.same_project(file, other)) {
            cancel.check()?;
            let Some(index) = self.index(other) else { continue };
            for call in index.calls.iter().filter(|call| Index::last(&call.path) == last) {
                let places = self.function_places(other, &call.path);
                if !places.iter().any(|place| place.file == file && place.span == name) {
                    continue;
                }
                let caller = match call.caller {
                    Some(caller) => self.item(other, |at, _| at == caller as usize),
                    None => Some(self.bare(other, call.name)),
                };
                let Some(caller) = caller else { continue };
                let same = |one: &&mut HierarchyCall| {
                    one.item.file == caller.file
                        && one.item.is_function == caller.is_function
                        && (!caller.is_function || one.item.selection == caller.selection)
                };
                match found.iter_mut().find(same) {
                    Some(known) => known.places.push(call.name),
                    None => found.push(HierarchyCall { item: caller, places: vec![call.name] }),
                }
            }
        }
        Ok(found)
    }

    /// Whom the function whose name is at `name` calls: functions of the project only.
    #[must_use]
    pub fn outgoing_calls(&self, file: &str, name: Span) -> Vec<HierarchyCall> {
        let Some(index) = self.index(file) else { return Vec::new() };
        let at = index.functions.iter().position(|f| f.name == name).map(|at| at as u32);
        let mut found: Vec<HierarchyCall> = Vec::new();
        for call in index.calls.iter().filter(|call| call.caller == at) {
            let Some(place) = self.function_places(file, &call.path).into_iter().next() else { continue };
            let known = found.iter_mut().find(|one| one.item.file == place.file && one.item.selection == place.span);
            match known {
                Some(known) => known.places.push(call.name),
                None => {
                    let item = self.item(&place.file, |_, name| name == place.span);
                    found.extend(item.map(|item| HierarchyCall { item, places: vec![call.name] }));
                }
            }
        }
        found
    }

    fn bare(&self, file: &str, at: Span) -> HierarchyItem {
        HierarchyItem {
            name: super::docs::file_name(file).to_owned(),
            detail: "bare statements".to_owned(),
            file: file.to_owned(),
            span: at,
            selection: at,
            is_function: false,
        }
    }
}
