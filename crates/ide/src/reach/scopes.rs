//! The scopes of Zoho's APIs by address and method, as far as they follow a rule.

/// How a product names its scopes.
struct Product {
    /// What its addresses have in common.
    path: &'static str,
    /// The first part of its scopes.
    name: &'static str,
    /// The second part by the first piece of the path after the version; an empty piece matches all others.
    parts: &'static [(&'static str, &'static str)],
}

const FINANCE: &[(&str, &str)] = &[
    ("contacts", "contacts"),
    ("estimates", "estimates"),
    ("invoices", "invoices"),
    ("recurringinvoices", "invoices"),
    ("salesorders", "salesorders"),
    ("purchaseorders", "purchaseorders"),
    ("creditnotes", "creditnotes"),
    ("customerpayments", "customerpayments"),
    ("bills", "bills"),
    ("vendorpayments", "vendorpayments"),
    ("expenses", "expenses"),
    ("items", "settings"),
    ("settings", "settings"),
    ("organizations", "settings"),
];

const PRODUCTS: &[Product] = &[
    Product {
        path: "/crm/v",
        name: "ZohoCRM",
        parts: &[("settings", "settings"), ("users", "users"), ("org", "org"), ("coql", "coql"), ("", "modules")],
    },
    Product { path: "/books/v", name: "ZohoBooks", parts: FINANCE },
    Product { path: "/inventory/v", name: "ZohoInventory", parts: FINANCE },
    Product { path: "/invoice/v", name: "ZohoInvoice", parts: FINANCE },
    Product {
        path: "desk.zoho.",
        name: "Desk",
        parts: &[("tickets", "tickets"), ("contacts", "contacts"), ("search", "search"), ("articles", "articles")],
    },
];

/// The scope that a call of one of Zoho's APIs needs; nothing where no rule is known.
pub(super) fn of(address: &str, method: &str) -> Option<String> {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (_, rest) = address.split_once("://")?;
    let host = rest.split('/').next().unwrap_or_default();
    let is_zoho = host.contains("zohoapis.") || host.contains(".zoho.");
    let product = PRODUCTS.iter().find(|product| is_zoho && rest.contains(product.path))?;
    let (_, after) = rest.split_once(product.path)?;
    // After the version, or after `/api/v1` for Desk.
    let after = after.split_once("/api/v").map_or(after, |(_, after)| after);
    let piece = after.split('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    let (_, part) = product.parts.iter().find(|(known, _)| *known == piece || known.is_empty())?;
    let operation = match method {
        // A query is sent with POST.
        "POST" if *part == "coql" || piece == "search" => "READ",
        "GET" => "READ",
        "POST" => "CREATE",
        "PUT" | "PATCH" => "UPDATE",
        "DELETE" => "DELETE",
        _ => "ALL",
    };
    Some(format!("{}.{part}.{operation}", product.name))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn scopes_follow_the_address_and_the_method() {
        for (address, method, scope) in [
            ("https://www.zohoapis.com/crm/v8/Leads/1", "PUT", Some("ZohoCRM.modules.UPDATE")),
            ("https://www.zohoapis.eu/crm/v2/settings/modules", "GET", Some("ZohoCRM.settings.READ")),
            ("https://www.zohoapis.com/crm/v8/coql", "POST", Some("ZohoCRM.coql.READ")),
            ("https://www.zohoapis.com/books/v3/invoices?organization_id=*", "POST", Some("ZohoBooks.invoices.CREATE")),
            ("https://desk.zoho.in/api/v1/tickets/*", "PATCH", Some("Desk.tickets.UPDATE")),
            ("https://www.zohoapis.com/books/v3/banktransactions", "GET", None),
            ("https://example.com/crm/v8/Leads", "GET", None),
        ] {
            assert_eq!(of(address, method).as_deref(), scope, "{address}");
        }
    }
}
