//! Every operation on every module of CRM and of the finance products, with what is wrong about it.

use rainwright_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::*;

/// The names of the modules of a table, with what their first line says.
fn modules(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    // What all modules share is under a star.
    let named = table.lines().filter(|line| !line.starts_with("[*]"));
    named.filter_map(|line| Some((line.strip_prefix('[')?.split(']').next()?, line)))
}

/// The code of an answer, or of its first item.
fn code(answer: &Answer) -> Value {
    let body = answer.json();
    match &body["data"][0]["code"] {
        Value::Null => body["code"].clone(),
        code => code.clone(),
    }
}

fn delete(sandbox: &Sandbox, url: &str, token: &str) -> Answer {
    call(sandbox, "DELETE", url, &[("Authorization", token)], "")
}

#[test]
fn every_operation_of_crm_says_what_is_wrong() {
    let sandbox = start();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL");
    let narrow = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.users.READ");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for version in [2, 8] {
        for (module, _) in modules(include_str!("../../rows/crm.rows")) {
            let url = format!("https://www.zohoapis.com/crm/v{version}/{module}");
            let one = format!("{url}/4876876000000999999");
            let record = json!({ "data": [{ "Description": "x" }] });
            let cases = [
                ("read", get(&sandbox, &one, &token), "INVALID_DATA"),
                ("change", send(&sandbox, "PUT", &one, &token, &record), "INVALID_DATA"),
                ("delete", delete(&sandbox, &one, &token), "INVALID_DATA"),
                ("delete several", delete(&sandbox, &format!("{url}?ids=4876876000000999999"), &token), "INVALID_DATA"),
                ("add nothing", send(&sandbox, "POST", &url, &token, &json!({})), "MANDATORY_NOT_FOUND"),
                ("search for nothing", get(&sandbox, &format!("{url}/search"), &token), "REQUIRED_PARAM_MISSING"),
                ("search badly", get(&sandbox, &format!("{url}/search?criteria=x"), &token), "INVALID_QUERY"),
                ("read without a login", get(&sandbox, &one, "Zoho-oauthtoken x"), "INVALID_TOKEN"),
                ("read without the scope", get(&sandbox, &one, &narrow), "OAUTH_SCOPE_MISMATCH"),
                ("add without the scope", send(&sandbox, "POST", &url, &narrow, &record), "OAUTH_SCOPE_MISMATCH"),
            ];
            for (what, answer, expected) in cases {
                seen += 1;
                if code(&answer) != expected {
                    wrong.push(format!("v{version} {module}: {what}: {} {}", answer.status, answer.text()));
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_operation_of_the_finance_products_says_what_is_wrong() {
    let sandbox = start();
    let scopes = "ZohoBooks.fullaccess.all,ZohoInventory.fullaccess.all,ZohoSubscriptions.fullaccess.all";
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", scopes);
    let narrow = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL");
    let finance = include_str!("../../rows/finance.rows");
    let tables =
        [("books/v3", finance), ("inventory/v1", finance), ("billing/v1", include_str!("../../rows/billing.rows"))];
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (base, table) in tables {
        let product = base.split('/').next().unwrap();
        for (module, line) in modules(table) {
            let products = line.split("products=").nth(1).map(|rest| rest.split(' ').next().unwrap());
            if products.is_some_and(|products| products.split(',').all(|one| one != product)) {
                continue;
            }
            let url = format!("https://www.zohoapis.com/{base}/{module}");
            let one = format!("{url}/4876876000000999999");
            let broken = call(&sandbox, "POST", &url, &[("Authorization", &token)], "{");
            let cases = [
                ("read", get(&sandbox, &one, &token), 404, 1002),
                ("change", send(&sandbox, "PUT", &one, &token, &json!({})), 404, 1002),
                ("delete", delete(&sandbox, &one, &token), 404, 1002),
                ("add what is no JSON", broken, 400, 1038),
                ("read without a login", get(&sandbox, &one, "Zoho-oauthtoken x"), 401, 57),
                ("read without the scope", get(&sandbox, &one, &narrow), 401, 57),
                ("add without the scope", send(&sandbox, "POST", &url, &narrow, &json!({})), 401, 57),
            ];
            for (what, answer, status, expected) in cases {
                seen += 1;
                if (answer.status, &answer.json()["code"]) != (status, &json!(expected)) {
                    wrong.push(format!("{base} {module}: {what}: {} {}", answer.status, answer.text()));
                }
            }
        }
    }
    assert!(seen > 400, "{seen}");
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong.join("\n"));
}
