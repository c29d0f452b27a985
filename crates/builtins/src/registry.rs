//! Finds rows by name, in any case; made once, at the first look.

use std::collections::HashMap;
use std::sync::LazyLock;

use rainwright_diagnostic::closest;
use rainwright_value::Kind;

use crate::{BlockTask, Builtin, Chapter, Form, Integration, tables};

/// A row with its arity worked out.
#[derive(Clone, Copy)]
pub struct Bound {
    /// The row.
    pub row: &'static Builtin,
    /// The smallest number of arguments, the receiver counted.
    pub least: u32,
    /// The largest number of arguments, the receiver counted.
    pub most: u32,
}

/// All functions of one name: at most one for each kind of receiver, and at most one without.
#[derive(Clone, Copy)]
pub struct Method {
    /// The name as documented.
    pub name: &'static str,
    /// By the receiver's [`Kind`].
    pub by_kind: [Option<Bound>; Kind::ALL.len()],
    /// The one without a receiver.
    pub free: Option<Bound>,
}

impl Method {
    /// A number, boolean or date is as good as its printed form where only texts have the function: `id.length()`,
    /// `now.getPrefix(" ")`.
    fn take_scalars_as_text(&mut self) {
        let text = self.on(Kind::Text);
        for kind in [Kind::Bool, Kind::Number, Kind::Decimal, Kind::DateTime, Kind::Time] {
            let place = &mut self.by_kind[kind as usize];
            *place = place.or(text);
        }
    }

    /// `{}` counts as KEY-VALUE until it is used: a function that only lists have makes it one.
    fn take_braces_as_list(&mut self) {
        let list = self.on(Kind::List);
        let place = &mut self.by_kind[Kind::Map as usize];
        *place = place.or(list);
    }

    /// The row for a kind of receiver.
    #[must_use]
    #[inline]
    pub fn on(&self, kind: Kind) -> Option<Bound> {
        self.by_kind[kind as usize]
    }
}

static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    let mut methods: HashMap<String, Method> = HashMap::with_capacity(512);
    for row in builtins() {
        let (least, most) = row.arity();
        let counted =
            |count: usize| u32::try_from(count.saturating_add(usize::from(row.has_receiver()))).unwrap_or(u32::MAX);
        let bound = Bound { row, least: counted(least), most: counted(most) };
        for name in std::iter::once(&row.name).chain(row.aliases) {
            let method = methods.entry(name.to_ascii_lowercase()).or_insert(Method {
                name: row.name,
                by_kind: [None; Kind::ALL.len()],
                free: None,
            });
            for kind in row.on.iter() {
                method.by_kind[kind as usize].get_or_insert(bound);
            }
            if !row.has_receiver() {
                method.free.get_or_insert(bound);
            }
        }
    }
    for method in methods.values_mut() {
        method.take_scalars_as_text();
        method.take_braces_as_list();
    }
    methods
});

/// The chapters that all functions are in.
#[must_use]
pub fn chapters() -> &'static [Chapter] {
    tables::CHAPTERS
}

/// Every function's row, by chapter.
pub fn builtins() -> impl Iterator<Item = &'static Builtin> {
    chapters().iter().flat_map(Chapter::rows)
}

/// Every block task's row.
pub fn block_tasks() -> impl Iterator<Item = &'static BlockTask> {
    tables::TASKS.iter().copied().flatten()
}

/// Every integration task's row.
pub fn integrations() -> impl Iterator<Item = &'static Integration> {
    tables::INTEGRATIONS.iter().copied().flatten()
}

/// The functions of a name, in any case.
#[must_use]
pub fn method(name: &str) -> Option<&'static Method> {
    if let Some(found) = METHODS.get(name) {
        return Some(found);
    }
    METHODS.get(&name.to_ascii_lowercase())
}

/// The block task of a name, in any case; a task within a namespace (`zoho.sdp.invokeurl`) is asked for by its whole name.
#[must_use]
pub fn block_task(name: &str) -> Option<&'static BlockTask> {
    block_tasks().find(|task| task.name.eq_ignore_ascii_case(name))
}

/// The integration task of a full name, in any case.
#[must_use]
pub fn integration(name: &str) -> Option<&'static Integration> {
    static INDEX: LazyLock<HashMap<String, &'static Integration>> = LazyLock::new(|| {
        integrations()
            .flat_map(|task| {
                let names = std::iter::once(&task.name).chain(task.aliases);
                names.map(move |name| (name.to_ascii_lowercase(), task))
            })
            .collect()
    });
    INDEX.get(&name.to_ascii_lowercase()).copied()
}

/// The word of a bare name (`today`, `zoho.currentdate`), in any case.
#[must_use]
pub fn word(name: &str) -> Option<&'static Builtin> {
    method(name)?.free.map(|bound| bound.row).filter(|row| row.form == Form::Word)
}

/// The name that was probably meant, among the functions for a kind of receiver, or all when it is unknown.
#[must_use]
pub fn suggest(name: &str, kind: Option<Kind>) -> Option<&'static str> {
    let fits = |row: &&'static Builtin| kind.is_none_or(|kind| row.on.has(kind));
    closest(name, builtins().filter(fits).map(|row| row.name))
}
