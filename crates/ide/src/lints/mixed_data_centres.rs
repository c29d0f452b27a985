//! Finds scripts that talk to several of Zoho's data centres.

use crate::lints::{Hook, Said};
use crate::script::Script;
use rainwright_diagnostic::{Diagnostic, Span};
use std::collections::BTreeMap;

lint! {
    /// A script talks to several of Zoho's data centres.
    ///
    /// # Why
    /// An account lives in one data centre: requests to another one are answered with `401`. Most often an address was
    /// copied from an example.
    ///
    /// # Instead
    /// Use the addresses of the account's own data centre everywhere.
    MixedDataCentres, Warning, No;
    bad: "a = invokeurl\n[\n\turl: \"https://www.zohoapis.eu/crm/v8/Leads\"\n\ttype: GET\n\tconnection: \"crm\"\n];\nb = invokeurl\n[\n\turl: \"https://www.zohoapis.com/crm/v8/Deals\"\n\ttype: GET\n\tconnection: \"crm\"\n];\ninfo a + b;";
    good: "a = invokeurl\n[\n\turl: \"https://www.zohoapis.eu/crm/v8/Leads\"\n\ttype: GET\n\tconnection: \"crm\"\n];\nb = invokeurl\n[\n\turl: \"https://www.zohoapis.eu/crm/v8/Deals\"\n\ttype: GET\n\tconnection: \"crm\"\n];\ninfo a + b;";
    hooks: &[Hook::Whole(check)];
}

fn check(_: &Script<'_>, said: &[Said<'_>], found: &mut Vec<Diagnostic>) {
    let mut places: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (centre, span) in said.iter().flat_map(|body| &body.centres) {
        places.entry(centre).or_default().push(*span);
    }
    // Three or more are a script that knows all of them.
    if places.len() != 2 {
        return;
    }
    let Some((rare, spans)) = places.iter().min_by_key(|(_, spans)| spans.len()) else { return };
    let other = places.keys().find(|centre| *centre != rare).unwrap_or(rare);
    if let Some(span) = spans.first() {
        let message = format!("This is the data centre .{rare}, the rest of the script uses .{other}");
        found.push(LINT.at(*span, message));
    }
}

/// The ending of the host of an address of Zoho's APIs: `com`, `eu`, `com.au` …
pub(super) fn centre(text: &str) -> Option<&'static str> {
    const CENTRES: &[&str] = &["com.au", "com.cn", "com", "eu", "in", "jp", "sa", "ca"];
    let host = text.strip_prefix("https://")?.split(['/', '?']).next()?;
    let end =
        ["zohoapis.", "crm.zoho.", "books.zoho.", "creator.zoho.", "desk.zoho.", "inventory.zoho.", "people.zoho."]
            .iter()
            .find_map(|start| host.split_once(start))?
            .1;
    CENTRES.iter().copied().find(|centre| end == *centre)
}
