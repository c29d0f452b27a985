//! The pages that are one list each: error codes, services, what is assumed.

use std::fmt::Write as _;

use rainwright_builtins::Basis;
use rainwright_connections::{Auth, Catalogue, Service};
use rainwright_diagnostic::{Code, Stage};

use super::markdown::{cell, table};
use super::{Entry, Page};

const STAGES: &[(Stage, &str)] = &[
    (Stage::Text, "Characters that make no word"),
    (Stage::Tree, "Words that make no sentence"),
    (Stage::Run, "The script ran and stopped"),
    (Stage::Connection, "Connections and requests"),
    (Stage::Check, "Found by `dg check`, before a run"),
];

/// Every error code, by the stage that finds it.
pub(super) fn error_codes() -> Page {
    let mut text = String::from(
        "A number means one kind of mistake and never changes its meaning. A message says what was found; this is what \
         the kind means and what to do. `dg doc E3004` shows one.\n\n",
    );
    for (stage, title) in STAGES {
        let codes = Code::ALL.iter().filter(|code| code.stage() == *stage);
        let rows = codes.map(|code| vec![format!("**{code}**"), cell(code.title()), cell(code.help())]);
        let _ = write!(text, "## {title}\n\n{}\n", table(&["code", "what", "what to do"], rows));
    }
    text.push_str("[Lints](lints.md) explains what the E5 codes look for.\n");
    Page::new("error-codes.md", "Error codes", &text)
}

/// Every service of the catalogue.
pub(super) fn services() -> Page {
    let catalogue = Catalogue::shipped();
    let rows: Vec<Vec<String>> = catalogue.all().map(|service| service_row(&service)).collect();
    let text = format!(
        "{} services that a connection can be made to, with `dg connect ID`. The hosts are those that may get the credentials; \
         `{{…}}` is filled from the connection. Those in bold the platform ships ready-made, or its guides name. \
         The service's name leads to its documentation, \"register\" to where an application is registered or a key made. \
         `dg services ID` shows all of one; [a file](../guide/services.md) adds your own.\n\n{}",
        rows.len(),
        table(&["id", "service", "signs in with", "go to", "can be", "hosts"], rows)
    );
    Page::new("services.md", "Services", &text)
}

fn service_row(service: &Service) -> Vec<String> {
    let name = match &service.docs {
        Some(docs) => format!("[{}]({docs})", cell(&service.name)),
        None => cell(&service.name),
    };
    let name = if service.zoho_default { format!("**{name}**") } else { name };
    let register = service.console.as_ref().map(|console| format!("[register]({console})")).unwrap_or_default();
    let revoked = service.oauth2.as_ref().is_some_and(|oauth2| oauth2.revoke_url.is_some());
    let can: Vec<&str> = [(service.test.is_some(), "tested"), (revoked, "revoked")]
        .iter()
        .filter(|(can, _)| *can)
        .map(|(_, what)| *what)
        .collect();
    let auth = match service.auth() {
        Auth::None => "nothing",
        Auth::ApiKey(_) => "API key",
        Auth::Basic(_) => "name and password",
        Auth::OAuth1(_) => "OAuth 1.0a",
        Auth::OAuth2(_) => "OAuth 2.0",
    };
    let api = service.api.as_deref().and_then(|api| api.split("://").nth(1)).and_then(|rest| rest.split('/').next());
    let mut hosts: Vec<String> = api
        .into_iter()
        .chain(service.allowed_hosts.iter().map(String::as_str))
        .map(|host| format!("`{host}`"))
        .collect();
    hosts.sort();
    hosts.dedup();
    vec![format!("`{}`", service.id), name, auth.to_owned(), register, can.join(", "), hosts.join(" ")]
}

/// The functions and tasks that Zoho's help does not document in full.
pub(super) fn assumed<'a>(entries: impl Iterator<Item = &'a Entry> + Clone) -> Page {
    let list =
        |basis: Basis| table(&["name", "what it does"], entries.clone().filter(|e| e.basis == basis).map(Entry::row));
    let count = |basis: Basis| entries.clone().filter(|entry| entry.basis == basis).count();
    let text = format!(
        "{} functions and tasks are built as Zoho's help documents them. These are not; where one behaves otherwise in Zoho, \
         tell us. [Compatibility](../compatibility.md) lists the decisions about the language itself.\n\n\
         ## Assumed\n\n{}: our reading of what documentation and scripts leave open.\n\n{}\n\
         ## Observed\n\n{}: seen in public scripts or Zoho's own samples, not explained in its help.\n\n{}",
        count(Basis::Documented),
        count(Basis::Assumed),
        list(Basis::Assumed),
        count(Basis::Observed),
        list(Basis::Observed),
    );
    Page::new("assumed.md", "What is assumed", &text)
}
