//! The double of Desk, over HTTP.

use rainwright_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

const DESK: &str = "https://desk.zoho.com/api/v1";

fn enter() -> (Sandbox, String) {
    let sandbox = start();
    let token = header(
        &sandbox,
        ZOHO,
        "Zoho-oauthtoken",
        "Desk.tickets.ALL,Desk.contacts.ALL,Desk.basic.READ,Desk.search.READ",
    );
    (sandbox, token)
}

#[test]
fn a_ticket_from_its_first_word_to_its_last() {
    let (sandbox, token) = enter();
    let write =
        |method: &str, path: &str, body: Value| send(&sandbox, method, &format!("{DESK}/{path}"), &token, &body);
    let read = |path: &str| get(&sandbox, &format!("{DESK}/{path}"), &token);
    let department = read("departments").json()["data"][0]["id"].clone();
    let ticket = json!({ "subject": "Broken hat", "departmentId": department, "contact": { "lastName": "Kim", "email": "kim@example.com" } });
    let made = write("POST", "tickets", ticket);
    assert_eq!(made.status, 200);
    let made = made.json();
    assert_eq!(
        (&made["status"], &made["statusType"], &made["commentCount"], &made["email"]),
        (&json!("Open"), &json!("Open"), &json!("0"), &json!("kim@example.com"))
    );
    let id = made["id"].as_str().unwrap().to_owned();
    let again = json!({ "subject": "Another", "departmentId": department, "contact": { "email": "KIM@example.com" } });
    assert_eq!(write("POST", "tickets", again).json()["contactId"], made["contactId"]);
    let comment = write("POST", &format!("tickets/{id}/comments"), json!({ "content": "Look", "isPublic": true }));
    assert_eq!(comment.json()["commenter"]["type"], "AGENT");
    assert_eq!(read(&format!("tickets/{id}/comments")).json()["data"][0]["content"], "Look");
    let reply = json!({ "channel": "EMAIL", "fromEmailAddress": "help@example.com", "content": "Sorry" });
    assert_eq!(write("POST", &format!("tickets/{id}/sendReply"), reply).json()["direction"], "out");
    assert_eq!(
        call(&sandbox, "GET", "/_sandbox/outbox", &[], "").json()["messages"][0]["content"]["to"],
        "kim@example.com"
    );
    assert_eq!(write("PATCH", &format!("tickets/{id}"), json!({ "status": "Closed" })).json()["statusType"], "Closed");
    let ticket = read(&format!("tickets/{id}?include=contacts")).json();
    assert_eq!((&ticket["commentCount"], &ticket["contact"]["lastName"]), (&json!("1"), &json!("Kim")));
    assert!(ticket["closedTime"].is_string() && ticket["assigneeId"].is_null());
    let contact = made["contactId"].as_str().unwrap();
    assert_eq!(read(&format!("contacts/{contact}/tickets")).json()["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        write("POST", &format!("tickets/{id}/associateTag"), json!({ "tags": ["hat"] })).json()["data"][0]["name"],
        "hat"
    );
    assert_eq!(write("POST", "tickets/moveToTrash", json!({ "ticketIds": [id] })).status, 204);
    assert_eq!(read(&format!("tickets/{id}")).status, 404);
}

#[test]
fn searches_and_lists_are_empty_without_a_body() {
    let (sandbox, token) = enter();
    let read = |path: &str| get(&sandbox, &format!("{DESK}/{path}"), &token);
    assert_eq!((read("tickets").status, read("tickets/search?subject=x").status), (204, 204));
    for name in ["Adams", "Baker", "Clark"] {
        let body = json!({ "lastName": name, "email": format!("{name}@example.com") });
        send(&sandbox, "POST", &format!("{DESK}/contacts"), &token, &body);
    }
    let found = read("contacts/search?email=baker@example.com").json();
    assert_eq!((&found["count"], &found["data"][0]["lastName"]), (&json!(1), &json!("Baker")));
    assert_eq!(read("contacts/search?lastName=*a*").json()["count"], 3);
    assert_eq!(read("contacts?limit=2&from=2").json()["data"][0]["lastName"], "Clark");
    assert_eq!(read("contacts?sortBy=-lastName").json()["data"][0]["lastName"], "Clark");
    assert_eq!(read("search?searchStr=clark").json()["data"][0]["module"], "contacts");
    assert_eq!(read("contacts?limit=1000").json()["errorCode"], "UNPROCESSABLE_ENTITY");
}

#[test]
fn mistakes_name_the_field() {
    let (sandbox, token) = enter();
    let write = |path: &str, body: Value| send(&sandbox, "POST", &format!("{DESK}/{path}"), &token, &body);
    let missing = write("tickets", json!({ "subject": "x" }));
    assert_eq!((missing.status, &missing.json()["errors"][0]["fieldName"]), (422, &json!("/departmentId")));
    let missing = write("tickets", json!({ "subject": "x", "departmentId": "1" }));
    assert_eq!(
        missing.json()["errors"][0],
        json!({ "fieldName": "/contactId", "errorType": "missing", "errorMessage": "" })
    );
    let wrong = write("tickets", json!({ "subject": "x", "departmentId": "1", "contactId": "77" }));
    assert_eq!(wrong.json()["errors"][0]["errorType"], "invalid");
    assert_eq!(write("contacts", json!({ "lastName": "A", "email": "x" })).json()["errors"][0]["fieldName"], "/email");
    assert_eq!(get(&sandbox, &format!("{DESK}/tickets/1"), &token).json()["errorCode"], "URL_NOT_FOUND");
    assert_eq!(get(&sandbox, &format!("{DESK}/tickets"), "Zoho-oauthtoken x").json()["errorCode"], "INVALID_OAUTH");
    let other = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL");
    let refused = get(&sandbox, &format!("{DESK}/tickets"), &other);
    assert_eq!((refused.status, &refused.json()["errorCode"]), (403, &json!("SCOPE_MISMATCH")));
    assert_eq!(get(&sandbox, "https://desk.zoho.com/api/v1/ticketQueueView/count", &token).status, 501);
}

#[test]
fn with_leniency_tickets_are_made_up() {
    let sandbox = Sandbox::launch(SandboxOptions { lenient: Some(3), ..SandboxOptions::default() }).unwrap();
    let ticket = get(&sandbox, &format!("{DESK}/tickets/4876876000000999001"), "Zoho-oauthtoken x").json();
    assert!(ticket["email"].as_str().unwrap().contains('@') && ticket["subject"].is_string(), "{ticket}");
    assert_eq!(
        get(&sandbox, "https://desk.zoho.eu/api/v1/tickets/4876876000000999001", "Zoho-oauthtoken x").json(),
        ticket
    );
}
