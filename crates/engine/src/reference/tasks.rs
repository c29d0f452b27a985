//! The pages of the tasks: the blocks together, the integration tasks by product.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rainwright_builtins::{BlockTask, Integration, block_tasks, integrations};

use super::functions::{kinds, parameters};
use super::markdown::{cell, prose, table};
use super::{Entry, Part, notes, part};

/// The names of products whose tasks say less than their full name.
const PRODUCTS: &[(&str, &str)] = &[
    ("ai", "Zia"),
    ("crm", "Zoho CRM"),
    ("fsm", "Zoho FSM"),
    ("intuit", "QuickBooks"),
    ("map", "Maps"),
    ("one", "Zoho One"),
    ("reports", "Zoho Analytics"),
    ("salesforce", "Salesforce"),
    ("salesiq", "Zoho SalesIQ"),
    ("sdp", "ServiceDesk Plus"),
    ("workdrive", "Zoho WorkDrive"),
];

/// The page of the block tasks.
pub(super) fn blocks() -> Part {
    let doc = "Blocks with keys, such as `invokeurl [ url: … ]`.";
    let entry = |row: &'static BlockTask| {
        let entry =
            Entry { name: row.name, file: String::new(), anchor: String::new(), doc: row.doc, basis: row.basis };
        (entry, block(row))
    };
    part("tasks.md".into(), "Task blocks".into(), doc, "", block_tasks().map(entry).collect())
}

fn block(row: &BlockTask) -> String {
    let mut text = format!("`{} [ … ]` gives {}\n\n{}\n\n", row.name, kinds(row.returns), prose(row.doc));
    let keys = row.keys.iter().map(|key| {
        let mut takes = vec![kinds(key.kinds)];
        takes.extend(key.constants.iter().filter(|word| **word != "*").map(|word| format!("`{word}`")));
        let required = if key.required { " **required**" } else { "" };
        vec![format!("`{}`{required}", key.name), takes.join(" "), cell(key.doc)]
    });
    let _ = writeln!(text, "{}", table(&["key", "takes", "what it is"], keys));
    text + &examples(row.examples) + &notes(&[], row.products, None, row.basis)
}

/// One page a product.
pub(super) fn products() -> Vec<Part> {
    let mut products: BTreeMap<(String, &str), Vec<&'static Integration>> = BTreeMap::new();
    for row in integrations() {
        let id = product(row.name);
        products.entry((title(id), id)).or_default().push(row);
    }
    products.into_iter().map(|((title, id), rows)| page(id, title, &rows)).collect()
}

/// The part of a task's name that says the product: `crm` of `zoho.crm.getRecords`.
fn product(name: &str) -> &str {
    let mut parts = name.split('.');
    match (parts.next(), parts.next()) {
        (Some("zoho"), Some(product)) => product,
        (Some(first), _) => first,
        _ => name,
    }
}

fn title(product: &str) -> String {
    if let Some((_, title)) = PRODUCTS.iter().find(|(id, _)| *id == product) {
        return (*title).to_owned();
    }
    let mut letters = product.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    format!("Zoho {}{}", first.unwrap_or_default(), letters.as_str())
}

fn page(id: &str, title: String, rows: &[&'static Integration]) -> Part {
    let mut services: Vec<&str> = rows.iter().map(|row| row.service).filter(|service| !service.is_empty()).collect();
    services.sort_unstable();
    services.dedup();
    let services: Vec<String> = services.iter().map(|service| format!("`{service}`")).collect();
    let more = match services.is_empty() {
        true => String::new(),
        false => format!("Calls are signed by a connection of the service {}.", services.join(" or ")),
    };
    let entry = |row: &&'static Integration| {
        let entry =
            Entry { name: row.name, file: String::new(), anchor: String::new(), doc: row.doc, basis: row.basis };
        (entry, section(row))
    };
    let doc = format!("Works with {title}.");
    part(format!("tasks/{id}.md"), title, &doc, &more, rows.iter().map(entry).collect())
}

fn section(row: &Integration) -> String {
    let mut text = format!("`{}` gives {}\n\n{}\n\n", row.signature(), kinds(row.returns), prose(row.doc));
    text.push_str(&parameters(row.params));
    match row.path {
        "" => text.push_str("Its address is not public: a host of your own performs it, as `Effect::Task`.\n\n"),
        path => {
            let _ = write!(text, "Becomes `{} {path}`.\n\n", row.method);
        }
    }
    text + &examples(row.examples) + &notes(row.aliases, "", row.deprecated, row.basis)
}

fn examples(examples: &[&str]) -> String {
    if examples.is_empty() {
        return String::new();
    }
    format!("```deluge\n{}\n```\n\n", examples.join("\n\n"))
}
