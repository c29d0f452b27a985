//! Finds addresses of APIs that were switched off or replaced.

use super::values::{Piece, pieces, urls};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::{Diagnostic, Severity};

lint! {
    /// A request goes to a version of an API that was switched off or replaced.
    ///
    /// # Why
    /// The request fails, or will.
    ///
    /// # Instead
    /// Use the address that the message names; fields and paging may differ.
    OldApiVersion, Warning, No;
    bad: "x = invokeurl\n[\n\turl: \"https://crm.zoho.com/crm/private/json/Leads/getRecords\"\n\ttype: GET\n\tconnection: \"crm\"\n];\ninfo x;";
    good: "x = invokeurl\n[\n\turl: \"https://www.zohoapis.com/crm/v8/Leads?fields=Last_Name\"\n\ttype: GET\n\tconnection: \"crm\"\n];\ninfo x;";
    hooks: &[Hook::Body(check)];
}

/// An old address: what is in it, whether it is gone or only replaced, and what to use.
struct Old {
    part: &'static str,
    gone: bool,
    instead: &'static str,
}

const fn gone(part: &'static str, instead: &'static str) -> Old {
    Old { part, gone: true, instead }
}

const fn replaced(part: &'static str, instead: &'static str) -> Old {
    Old { part, gone: false, instead }
}

const OLD: &[Old] = &[
    gone("/crm/private/json/", "CRM's first version ended in 2019; use www.zohoapis.com/crm/v8."),
    gone("/crm/private/xml/", "CRM's first version ended in 2019; use www.zohoapis.com/crm/v8."),
    gone("/recruit/private/json/", "Recruit's first version has ended; use recruit.zoho.com/recruit/v2."),
    gone("/recruit/private/xml/", "Recruit's first version has ended; use recruit.zoho.com/recruit/v2."),
    gone("creator.zoho.com/api/json/", "Creator's first version has ended; use www.zohoapis.com/creator/v2.1."),
    gone("creator.zoho.com/api/xml/", "Creator's first version has ended; use www.zohoapis.com/creator/v2.1."),
    gone("support.zoho.com/api/", "Desk's first API has ended; use desk.zoho.com/api/v1."),
    gone("api.mailchimp.com/2.0/", "Use version 3.0 at the data centre of your key."),
    gone("api.mailchimp.com/1.3/", "Use version 3.0 at the data centre of your key."),
    replaced("creator.zoho.com/api/v2/", "Use www.zohoapis.com/creator/v2.1."),
    replaced("books.zoho.com/api/v3/", "Use www.zohoapis.com/books/v3."),
    replaced("inventory.zoho.com/api/v1/", "Use www.zohoapis.com/inventory/v1."),
    replaced("invoice.zoho.com/api/v3/", "Use www.zohoapis.com/invoice/v3."),
    replaced("subscriptions.zoho.com/api/v1/", "Use www.zohoapis.com/billing/v1."),
    replaced("analyticsapi.zoho.com/api/", "Use version 2 at analyticsapi.zoho.com/restapi/v2."),
];

/// The same for every data centre.
const CENTRES: &[&str] = &[".com.au/", ".com.cn/", ".eu/", ".in/", ".jp/", ".sa/", ".ca/"];

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    urls(body, |url| {
        for piece in pieces(body, url) {
            let Piece::Text(text, expr) = piece else { continue };
            let mut text = text.to_ascii_lowercase();
            for centre in CENTRES {
                text = text.replacen(centre, ".com/", 1);
            }
            if let Some(old) = OLD.iter().find(|old| text.contains(old.part)) {
                let what = if old.gone { "was switched off" } else { "has a newer one" };
                let mut diagnostic = LINT.with_help(expr.span, format!("This version of the API {what}"), old.instead);
                if !old.gone {
                    diagnostic.severity = Severity::Note;
                }
                found.push(diagnostic);
                return;
            }
        }
    });
}
