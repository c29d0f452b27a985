//! Where to click at a provider to register an application or to make a key: rows by the page that services name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::Service;

/// How long a step may be, in bytes: it is one line in a narrow column.
const LONGEST_STEP: usize = 200;

/// What to do on one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The public page that says so.
    pub source: String,
    /// The steps, in order; empty where nobody says them in public.
    #[serde(default)]
    pub steps: Vec<String>,
    /// What is known instead where there are no steps.
    #[serde(default)]
    pub known: Option<String>,
}

/// The rows by page, in files that a person can still read.
const FILES: &[&str] = &[
    include_str!("../registrations/a_to_f.toml"),
    include_str!("../registrations/g_to_m.toml"),
    include_str!("../registrations/n_to_z.toml"),
];

static ROWS: LazyLock<BTreeMap<String, Registration>> = LazyLock::new(|| {
    FILES.iter().filter_map(|text| toml::from_str::<BTreeMap<String, Registration>>(text).ok()).flatten().collect()
});

/// The steps on the page that a service names as its `console`; `None` where nobody wrote them down.
#[must_use]
pub fn of(service: &Service) -> Option<&'static Registration> {
    ROWS.get(service.console.as_deref()?)
}

/// What is wrong with the row of a shipped service, each as a sentence; nothing for an API of one's own, which has no provider.
#[must_use]
pub fn lint(service: &Service) -> Vec<String> {
    match (&service.console, of(service)) {
        (Some(page), Some(row)) => faults(page, row),
        _ if service.category == "custom" => Vec::new(),
        _ => vec!["No row of the registrations says where to click for it, or what is known.".into()],
    }
}

/// What is wrong with a row, each as a sentence.
#[must_use]
pub fn faults(page: &str, row: &Registration) -> Vec<String> {
    let mut found = Vec::new();
    let is_address = |text: &str| url::Url::parse(text).is_ok_and(|url| url.scheme() == "https");
    for (key, text) in [("page", page), ("source", row.source.as_str())] {
        if !is_address(text) {
            found.push(format!("The {key} '{text}' of its registration is no address that begins with https://."));
        }
    }
    if row.steps.is_empty() == row.known.is_none() {
        found.push("Its registration has either steps, or a sentence on what is known in their place.".into());
    }
    for step in row.steps.iter().chain(&row.known) {
        if !step.ends_with('.') || !step.starts_with(|c: char| c.is_uppercase()) {
            found.push(format!("'{step}' is a sentence: it begins with a capital letter and ends with a full stop."));
        }
        if step.len() >= LONGEST_STEP {
            found.push(format!("'{step}' has {} characters; a step has less than {LONGEST_STEP}.", step.len()));
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Catalogue, lint};

    #[test]
    fn rows_are_those_of_services_and_keep_the_form() {
        let consoles: Vec<String> = Catalogue::shipped().all().filter_map(|service| service.console.clone()).collect();
        let mut pages: Vec<String> = Vec::new();
        for text in FILES {
            let rows: BTreeMap<String, Registration> = toml::from_str(text).unwrap();
            for (page, row) in rows {
                assert!(consoles.contains(&page), "no service names {page}");
                assert!(!pages.contains(&page), "{page} has two rows");
                assert_eq!(faults(&page, &row), [] as [String; 0]);
                pages.push(page);
            }
        }
    }

    #[test]
    fn every_service_says_where_to_click_or_what_is_known() {
        let catalogue = Catalogue::shipped();
        // An API of one's own has no provider.
        let others: Vec<_> = catalogue.all().filter(|service| service.category != "custom").collect();
        let faults: Vec<String> = others
            .iter()
            .flat_map(|service| super::lint(service).into_iter().map(|line| format!("{}: {line}", service.id)))
            .collect();
        assert_eq!(faults, [] as [String; 0]);
        let stepless = others.iter().filter(|service| of(service).is_some_and(|row| row.steps.is_empty())).count();
        assert!(stepless <= 9, "{stepless} services have no steps");
    }

    #[test]
    fn a_row_out_of_form_is_told() {
        let row = Registration { source: "http://a.example".into(), ..Registration::default() };
        let told = faults("nowhere", &row).join("\n");
        for part in ["The page 'nowhere'", "The source 'http://a.example'", "either steps, or"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let long = format!("{}.", "Z".repeat(LONGEST_STEP));
        let row =
            Registration { source: "https://a.example".into(), steps: vec!["press it".into(), long], known: None };
        let told = faults("https://a.example/apps", &row);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("full stop") && told[1].contains("less than"), "{told:?}");
    }

    /// The services that people connect most: those that the platform ships, and the best known of the others.
    const MOST_USED: &[&str] = &[
        "airtable",
        "asana",
        "bitbucket",
        "box",
        "confluence",
        "discord",
        "docusign",
        "dropbox",
        "facebook",
        "github",
        "gitlab",
        "google",
        "google_ads",
        "google_calendar",
        "google_contacts",
        "google_drive",
        "google_mail",
        "google_sheet",
        "hubspot",
        "instagram",
        "jira",
        "linkedin",
        "microsoft",
        "one_drive",
        "outlook",
        "pandadoc",
        "pinterest",
        "quickbooks",
        "salesforce",
        "shopify",
        "slack",
        "spotify",
        "squareup",
        "stripe",
        "twitter_v2",
        "typeform",
        "xero",
        "youtube",
        "zoho_books",
        "zoho_crm",
    ];

    #[test]
    fn scopes_of_the_most_used_are_explained() {
        let catalogue = Catalogue::shipped();
        assert_eq!(MOST_USED.len(), 40);
        for id in MOST_USED {
            let service = catalogue.get(id).unwrap();
            assert!(!service.scopes.is_empty(), "{id} lists no scope");
        }
        for service in catalogue.all() {
            for (scope, about) in &service.scopes {
                assert!(about.starts_with(char::is_uppercase) && !about.ends_with('.'), "{}: {scope}", service.id);
            }
            let unexplained = lint(&service).into_iter().filter(|line| line.contains("not explained"));
            assert_eq!(unexplained.collect::<Vec<_>>(), [] as [String; 0], "{}", service.id);
        }
    }
}
