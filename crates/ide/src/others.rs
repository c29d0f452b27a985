//! The functions that other files of a project define, as checks ask for them.

use std::collections::HashSet;

/// The functions that other files define. Checks of thousands of files share one.
#[derive(Clone, Debug, Default)]
pub struct OtherFunctions {
    /// Their names without namespaces.
    last: HashSet<String>,
    /// The first parts of names with several, in order.
    namespaces: Vec<String>,
    /// The whole names, in order.
    paths: Vec<String>,
    /// Whether there are no others that a script could call.
    complete: bool,
}

impl OtherFunctions {
    /// Of these names, with their namespaces: `standalone.greet`.
    pub fn new<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::default().with(names)
    }

    /// The same with more of them.
    #[must_use]
    pub fn with<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) -> Self {
        let mut all = self.clone();
        let mut namespaces: HashSet<String> = all.namespaces.drain(..).collect();
        for name in names {
            let name = name.as_ref();
            all.paths.push(name.to_owned());
            all.last.insert(name.rsplit('.').next().unwrap_or(name).to_owned());
            if let Some((first, _)) = name.split_once('.') {
                namespaces.insert(first.to_owned());
            }
        }
        all.namespaces.extend(namespaces);
        all.namespaces.sort_unstable();
        all.paths.sort_unstable();
        all.paths.dedup();
        all
    }

    /// The same where it is known that there are no others: the project, or the application, has no more.
    #[must_use]
    pub fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Whether there are no others that a script could call.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Their names with their namespaces, in order.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Whether one of them has this name, whatever its namespace.
    #[must_use]
    pub fn defines(&self, name: &str) -> bool {
        self.last.contains(name)
    }

    /// Whether names of them begin so: `billing` for `billing.tax`.
    #[must_use]
    pub fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// The first parts of their names.
    #[must_use]
    pub fn namespaces(&self) -> &[String] {
        &self.namespaces
    }
}

#[cfg(test)]
mod tests {
    use super::OtherFunctions;

    #[test]
    fn names_are_found_by_their_ends_and_beginnings() {
        let all = OtherFunctions::new(["greet", "billing.tax"]).with(["billing.total", "standalone.a.b"]);
        assert!(all.defines("greet") && all.defines("tax") && all.defines("b") && !all.defines("a"));
        assert!(all.has_namespace("billing") && all.has_namespace("standalone") && !all.has_namespace("greet"));
        assert_eq!(all.namespaces(), ["billing", "standalone"]);
        assert_eq!(all.paths(), ["billing.tax", "billing.total", "greet", "standalone.a.b"]);
        assert!(!all.is_complete() && all.complete().with(["x"]).is_complete());
    }
}
