//! The doubles of Books, Invoice, Inventory and Billing, over HTTP.

use rainwright_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

const BOOKS: &str = "https://www.zohoapis.com/books/v3";

fn enter(scope: &str) -> (Sandbox, String) {
    let sandbox = start();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", scope);
    (sandbox, token)
}

#[test]
fn a_contact_gets_an_invoice_and_pays_it() {
    let (sandbox, token) = enter("ZohoBooks.fullaccess.all");
    let write =
        |method: &str, path: &str, body: Value| send(&sandbox, method, &format!("{BOOKS}/{path}"), &token, &body);
    let made = write(
        "POST",
        "contacts?organization_id=10234695",
        json!({
            "contact_name": "Acme", "contact_persons": [{ "first_name": "Ann", "email": "ann@example.com" }]
        }),
    );
    assert_eq!((made.status, &made.json()["message"]), (201, &json!("The contact has been created")));
    let contact = made.json()["contact"].clone();
    assert_eq!((&contact["contact_type"], &contact["email"]), (&json!("customer"), &json!("ann@example.com")));
    let item = write("POST", "items", json!({ "name": "Hat", "rate": 12.5 }));
    assert_eq!((item.status, &item.json()["item"]["status"]), (200, &json!("active")));
    let invoice = json!({
        "customer_id": contact["contact_id"],
        "line_items": [{ "item_id": item.json()["item"]["item_id"], "quantity": 3 }, { "name": "Box", "rate": 10, "quantity": 1, "tax_percentage": 10 }]
    });
    let invoice = write("POST", "invoices", invoice).json()["invoice"].clone();
    assert_eq!(
        (&invoice["sub_total"], &invoice["tax_total"], &invoice["total"]),
        (&json!(47.5), &json!(1.0), &json!(48.5))
    );
    assert_eq!(
        (&invoice["invoice_number"], &invoice["status"], &invoice["customer_name"]),
        (&json!("INV-000001"), &json!("draft"), &json!("Acme"))
    );
    let id = invoice["invoice_id"].as_str().unwrap();
    assert_eq!(
        write("POST", &format!("invoices/{id}/status/sent"), json!({})).json()["message"],
        "Invoice status has been changed to Sent."
    );
    assert_eq!(write("POST", &format!("invoices/{id}/status/nonsense"), json!({})).status, 404);
    let payment = json!({
        "customer_id": contact["contact_id"], "payment_mode": "cash", "amount": 48.5, "date": "2025-05-01",
        "invoices": [{ "invoice_id": id, "amount_applied": 48.5 }]
    });
    assert_eq!(write("POST", "customerpayments", payment).json()["message"], "The payment has been created.");
    let paid = get(&sandbox, &format!("{BOOKS}/invoices/{id}"), &token).json()["invoice"].clone();
    assert_eq!((&paid["status"], &paid["balance"]), (&json!("paid"), &json!(0.0)));
    assert_eq!(get(&sandbox, &format!("{BOOKS}/invoices/{id}/payments"), &token).json()["payments"][0]["amount"], 48.5);
    assert_eq!(
        write("POST", &format!("invoices/{id}/email"), json!({ "subject": "Your invoice" })).json()["message"],
        "Your invoice has been sent."
    );
    let outbox = call(&sandbox, "GET", "/_sandbox/outbox", &[], "").json();
    assert_eq!(outbox["messages"][0]["service"], "books");
}

#[test]
fn lists_are_filtered_and_paged() {
    let (sandbox, token) = enter("ZohoBooks.fullaccess.all");
    for (name, email) in [("Acme", "a@example.com"), ("Acorn", "b@example.com"), ("Bolt", "c@example.com")] {
        let body = json!({ "contact_name": name, "contact_persons": [{ "email": email }] });
        assert_eq!(send(&sandbox, "POST", &format!("{BOOKS}/contacts"), &token, &body).status, 201);
    }
    let names = |query: &str| -> Vec<Value> {
        let answer = get(&sandbox, &format!("{BOOKS}/contacts?{query}"), &token).json();
        answer["contacts"].as_array().unwrap().iter().map(|contact| contact["contact_name"].clone()).collect()
    };
    assert_eq!(names("contact_name=Acme"), ["Acme"]);
    assert_eq!(names("contact_name_contains=ac"), ["Acme", "Acorn"]);
    assert_eq!(names("contact_name_startswith=B"), ["Bolt"]);
    assert_eq!(names("email=B@example.com"), ["Acorn"]);
    assert_eq!(names("search_text=olt"), ["Bolt"]);
    assert_eq!(names("sort_column=contact_name&sort_order=D"), ["Bolt", "Acorn", "Acme"]);
    assert_eq!(names("per_page=2&page=2"), ["Bolt"]);
    assert_eq!(names("filter_by=Status.Inactive").len(), 0);
    let page = get(&sandbox, &format!("{BOOKS}/contacts?per_page=2"), &token).json()["page_context"].clone();
    assert_eq!((&page["has_more_page"], &page["per_page"]), (&json!(true), &json!(2)));
}

#[test]
fn mistakes_have_their_codes() {
    let (sandbox, token) = enter("ZohoBooks.fullaccess.all");
    let code = |answer: Answer| (answer.status, answer.json()["code"].as_u64().unwrap());
    let write = |path: &str, body: Value| send(&sandbox, "POST", &format!("{BOOKS}/{path}"), &token, &body);
    assert_eq!(code(write("contacts", json!({}))), (400, 4));
    assert_eq!(code(write("contacts", json!({ "contact_name": "A" }))), (201, 0));
    let twin = write("contacts", json!({ "contact_name": "a" }));
    assert_eq!(twin.json()["message"], "The customer \"a\" already exists. Please specify a different name.");
    assert_eq!(code(twin), (400, 3062));
    assert_eq!(code(write("invoices", json!({ "customer_id": "1", "line_items": [], "date": "1/2/2025" }))), (400, 2));
    assert_eq!(code(get(&sandbox, &format!("{BOOKS}/invoices/999"), &token)), (404, 1002));
    assert_eq!(code(get(&sandbox, &format!("{BOOKS}/nothing"), &token)), (404, 5));
    assert_eq!(
        code(call(&sandbox, "POST", &format!("{BOOKS}/contacts"), &[("Authorization", &token)], "{")),
        (400, 1038)
    );
    assert_eq!(code(get(&sandbox, &format!("{BOOKS}/contacts"), "Zoho-oauthtoken x")), (401, 57));
    let other = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoInventory.fullaccess.all");
    assert_eq!(code(get(&sandbox, &format!("{BOOKS}/contacts"), &other)), (401, 57));
    call(
        &sandbox,
        "POST",
        "/_sandbox/next",
        &[],
        json!({ "service": "zoho", "path": "/us/books", "status": 429 }).to_string(),
    );
    assert_eq!(code(get(&sandbox, &format!("{BOOKS}/contacts"), &token)), (429, 44));
}

#[test]
fn siblings_and_old_hosts_answer_alike() {
    let (sandbox, token) = enter(
        "ZohoInventory.fullaccess.all,ZohoInvoice.fullaccess.all,ZohoSubscriptions.fullaccess.all,ZohoBooks.fullaccess.all",
    );
    let post = |url: &str, body: Value| send(&sandbox, "POST", url, &token, &body).json();
    // A form field holds the JSON with many callers.
    let form = "JSONString=%7B%22contact_name%22%3A%22Form%22%7D";
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let made = call(&sandbox, "POST", "https://books.zoho.com/api/v3/contacts", &headers, form).json();
    assert_eq!(made["contact"]["contact_name"], "Form");
    let order = post(
        "https://www.zohoapis.com/inventory/v1/salesorders",
        json!({ "customer_id": "1", "line_items": [{ "rate": 2, "quantity": 2 }] }),
    );
    assert_eq!(
        (&order["salesorder"]["total"], &order["salesorder"]["salesorder_number"]),
        (&json!(4.0), &json!("SO-000001"))
    );
    assert_eq!(get(&sandbox, "https://www.zohoapis.com/invoice/v3/estimates", &token).json()["estimates"], json!([]));
    let billing = "https://www.zohoapis.com/billing/v1";
    let customer = post(&format!("{billing}/customers"), json!({ "display_name": "Kim", "email": "kim@example.com" }));
    let product = post(&format!("{billing}/products"), json!({ "name": "News" }));
    let plan = json!({ "plan_code": "basic", "name": "Basic", "recurring_price": 9, "interval": 1, "product_id": product["product"]["product_id"] });
    assert_eq!(post(&format!("{billing}/plans"), plan.clone())["message"], "The plan has been created.");
    assert_eq!(post(&format!("{billing}/plans"), plan)["code"], 3062);
    let subscription = json!({ "customer_id": customer["customer"]["customer_id"], "plan": { "plan_code": "basic" } });
    let subscription =
        post("https://subscriptions.zoho.com/api/v1/subscriptions", subscription)["subscription"].clone();
    assert_eq!(
        (&subscription["status"], &subscription["plan"]["name"], &subscription["customer"]["display_name"]),
        (&json!("live"), &json!("Basic"), &json!("Kim"))
    );
    let cancelled = post(
        &format!("{billing}/subscriptions/{}/cancel", subscription["subscription_id"].as_str().unwrap()),
        json!({}),
    );
    assert_eq!(cancelled["subscription"]["status"], "cancelled");
    assert_eq!(get(&sandbox, &format!("{billing}/plans/basic"), &token).json()["plan"]["recurring_price"], 9);
    assert_eq!(
        get(&sandbox, &format!("{billing}/organizations"), &token).json()["organizations"][0]["name"],
        "Sandbox"
    );
}

#[test]
fn every_module_can_be_written_and_read() {
    let sandbox = Sandbox::launch(SandboxOptions { lenient: Some(1), ..SandboxOptions::default() }).unwrap();
    let modules = [
        ("books/v3", include_str!("../../rows/finance.rows")),
        ("inventory/v1", include_str!("../../rows/finance.rows")),
        ("billing/v1", include_str!("../../rows/billing.rows")),
    ];
    let mut seen = 0;
    for (base, table) in modules {
        for line in table.lines().filter(|line| line.starts_with('[')) {
            let name = line[1..].split(']').next().unwrap();
            let product = base.split('/').next().unwrap();
            let products = line.split("products=").nth(1).map(|rest| rest.split(' ').next().unwrap());
            if products.is_some_and(|products| products.split(',').all(|one| one != product)) {
                continue;
            }
            let key = line.split("key=").nth(1).unwrap().split(' ').next().unwrap();
            let list = line.split("list=").nth(1).unwrap().split(' ').next().unwrap();
            let url = format!("https://www.zohoapis.com/{base}/{name}");
            let one = get(&sandbox, &format!("{url}/4876876000000999001"), "Zoho-oauthtoken x").json();
            assert!(one[key].is_object(), "{url}: {one}");
            let all = get(&sandbox, &url, "Zoho-oauthtoken x").json();
            assert_eq!(all[list].as_array().map(Vec::len), Some(1), "{url}: {all}");
            seen += 1;
        }
    }
    assert!(seen >= 60, "{seen}");
}
