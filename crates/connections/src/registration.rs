//! Where to click at a provider to register an application or to make a key: rows by the page that services name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::Service;

/// What to do on one page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The public page that says so.
    pub source: String,
    /// The steps, in order.
    pub steps: Vec<String>,
}

static ROWS: LazyLock<BTreeMap<String, Registration>> =
    LazyLock::new(|| toml::from_str(include_str!("registration.toml")).unwrap_or_default());

/// The steps on the page that a service names as its `console`; `None` where nobody wrote them down.
#[must_use]
pub fn of(service: &Service) -> Option<&'static Registration> {
    ROWS.get(service.console.as_deref()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[test]
    fn rows_are_those_of_services_and_say_what_to_do() {
        let rows: BTreeMap<String, Registration> = toml::from_str(include_str!("registration.toml")).unwrap();
        let catalogue = Catalogue::shipped();
        let consoles: Vec<String> = catalogue.all().filter_map(|service| service.console.clone()).collect();
        for (page, row) in &rows {
            assert!(consoles.contains(page), "no service names {page}");
            assert!(row.source.starts_with("https://") && !row.steps.is_empty(), "{page}");
            assert!(row.steps.iter().all(|step| step.ends_with('.') && step.len() < 200), "{page}");
        }
        let known = catalogue.all().filter(|service| of(service).is_some()).count();
        assert!(known >= 60, "{known} services have steps");
    }

    #[test]
    fn scopes_of_services_with_steps_are_explained() {
        let catalogue = Catalogue::shipped();
        for service in catalogue.all().filter(|service| of(service).is_some()) {
            let wanted = service.oauth2.iter().flat_map(|login| &login.default_scopes);
            for scope in wanted {
                assert!(service.scopes.contains_key(scope), "{}: {scope} has no sentence", service.id);
            }
            assert!(service.scopes.values().all(|about| !about.trim().is_empty()), "{}", service.id);
        }
    }
}
