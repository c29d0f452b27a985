//! The double of the CRM, over HTTP.

use rainwright_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::*;

const API: &str = "https://www.zohoapis.com/crm/v2";

fn enter() -> (Sandbox, String) {
    let sandbox = start();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL");
    (sandbox, token)
}

fn ids(answer: &Answer) -> Vec<String> {
    let records = answer.json()["data"].as_array().cloned().unwrap_or_default();
    records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn records_are_read_in_pages() {
    let (sandbox, token) = enter();
    let read = |path: &str| get(&sandbox, &format!("{API}/{path}"), &token);
    let page = read("Leads?per_page=5&page=3&sort_by=id&sort_order=asc&fields=Email");
    assert_eq!(ids(&page), ["1011", "1012"]);
    assert_eq!(page.json()["info"], json!({ "per_page": 5, "count": 2, "page": 3, "more_records": false }));
    assert_eq!(page.json()["data"][0], json!({ "id": "1011", "Email": "kofi.mensah@example.com" }));
    assert_eq!(read("Leads?page=9").status, 204);
    let lead = read("Leads/1001").json();
    assert_eq!(lead["data"][0]["Full_Name"], "Ada Lindqvist");
    assert!(lead["data"][0]["Owner"]["id"].is_string());
    assert_eq!(read("Leads/999999").status, 204);
    assert_eq!(read("Nothing").json()["code"], "INVALID_MODULE");
    assert_eq!(read("Leads/abc").json()["code"], "INVALID_URL_PATTERN");
    let newer = get(&sandbox, "https://www.zohoapis.com/crm/v8/Leads", &token);
    assert_eq!((newer.status, newer.json()["code"].as_str().unwrap()), (400, "REQUIRED_PARAM_MISSING"));
}

#[test]
fn writes_say_what_is_wrong_with_each_record() {
    let (sandbox, token) = enter();
    let write = |method: &str, path: &str, body: Value| send(&sandbox, method, &format!("{API}/{path}"), &token, &body);
    let made =
        write("POST", "Leads", json!({ "data": [{ "Last_Name": "Burns", "Email": "b@example.com" }], "trigger": [] }));
    assert_eq!((made.status, made.json()["data"][0]["code"].as_str().unwrap()), (201, "SUCCESS"));
    let id = made.json()["data"][0]["details"]["id"].as_str().unwrap().to_owned();
    let bad = write(
        "POST",
        "Leads",
        json!({ "data": [{ "Email": "b" }, { "Last_Name": "X", "Email": "b" }, { "Last_Name": "Y" }] }),
    );
    assert_eq!(bad.status, 202);
    let codes: Vec<Value> = bad.json()["data"].as_array().unwrap().iter().map(|item| item["code"].clone()).collect();
    assert_eq!(codes, ["MANDATORY_NOT_FOUND", "INVALID_DATA", "SUCCESS"]);
    assert_eq!(write("POST", "Leads", json!({})).json()["code"], "MANDATORY_NOT_FOUND");
    assert_eq!(write("POST", "Leads", json!({ "data": [] })).status, 400);
    let newer = "https://www.zohoapis.com/crm/v8/Leads";
    let bad = send(&sandbox, "POST", newer, &token, &json!({ "data": [{ "Email": "b" }] }));
    assert_eq!(bad.status, 400);
    assert_eq!(write("PUT", &format!("Leads/{id}"), json!({ "data": [{ "Phone": "1" }] })).status, 200);
    assert_eq!(write("PUT", "Leads", json!({ "data": [{ "id": id, "Company": "C" }] })).status, 200);
    let lead = get(&sandbox, &format!("{API}/Leads/{id}"), &token).json()["data"][0].clone();
    assert_eq!((&lead["Phone"], &lead["Company"]), (&json!("1"), &json!("C")));
    let none = write("PUT", "Leads/77", json!({ "data": [{ "Phone": "1" }] }));
    assert_eq!(none.json()["data"][0]["message"], "the id given seems to be invalid");
    let contact = write("POST", "Contacts", json!({ "data": [{ "Last_Name": "Z", "Account_Name": "3001" }] })).json();
    let contact = contact["data"][0]["details"]["id"].as_str().unwrap().to_owned();
    let contact = get(&sandbox, &format!("{API}/Contacts/{contact}"), &token).json();
    assert_eq!(contact["data"][0]["Account_Name"], json!({ "name": "Northwind Traders", "id": "3001" }));
    let deleted =
        call(&sandbox, "DELETE", &format!("{API}/Leads?ids={id},78"), &[("Authorization", &token)], "").json();
    assert_eq!((&deleted["data"][0]["code"], &deleted["data"][1]["code"]), (&json!("SUCCESS"), &json!("INVALID_DATA")));
}

#[test]
fn upsert_finds_the_twin() {
    let (sandbox, token) = enter();
    let upsert = |body: Value| send(&sandbox, "POST", &format!("{API}/Leads/upsert"), &token, &body).json();
    let twin = upsert(json!({ "data": [{ "Last_Name": "L.", "Email": "ADA.lindqvist@example.com" }] }));
    assert_eq!(twin["data"][0]["action"], "update");
    assert_eq!(
        (&twin["data"][0]["duplicate_field"], &twin["data"][0]["details"]["id"]),
        (&json!("Email"), &json!("1001"))
    );
    let by_phone =
        upsert(json!({ "data": [{ "Last_Name": "L", "Phone": "+1 555 0101" }], "duplicate_check_fields": ["Phone"] }));
    assert_eq!(by_phone["data"][0]["details"]["id"], "1002");
    assert_eq!(upsert(json!({ "data": [{ "Last_Name": "New" }] }))["data"][0]["action"], "insert");
}

#[test]
fn search_takes_criteria_addresses_and_words() {
    let (sandbox, token) = enter();
    let search = |module: &str, query: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        get(&sandbox, &format!("{API}/{module}/search?{query}"), &token)
    };
    assert_eq!(ids(&search("Leads", &[("email", "CHIARA.conti@example.com")])), ["1003"]);
    assert_eq!(ids(&search("Leads", &[("word", "lotus")])), ["1004"]);
    let criteria = "((Lead_Source:equals:Partner)and(Annual_Revenue:greater_than:100000))";
    assert_eq!(ids(&search("Leads", &[("criteria", criteria)])), ["1006", "1009"]);
    assert_eq!(ids(&search("Contacts", &[("criteria", "(Account_Name:equals:3001)")])), ["2001", "2002"]);
    assert_eq!(search("Leads", &[("email", "no@example.com")]).status, 204);
    let wrong = search("Leads", &[("criteria", "(Nonsense:equals:1)")]);
    assert_eq!((wrong.status, &wrong.json()["details"]["api_name"]), (400, &json!("Nonsense")));
    assert_eq!(search("Leads", &[]).json()["code"], "REQUIRED_PARAM_MISSING");
}

#[test]
fn records_have_related_lists_tags_and_files() {
    let (sandbox, token) = enter();
    let read = |path: &str| get(&sandbox, &format!("{API}/{path}"), &token);
    let write = |method: &str, path: &str, body: Value| send(&sandbox, method, &format!("{API}/{path}"), &token, &body);
    assert_eq!(ids(&read("Accounts/3001/Contacts")), ["2001", "2002"]);
    assert_eq!(ids(&read("Contacts/2001/Notes")), ["7001"]);
    assert_eq!(read("Contacts/2002/Notes").status, 204);
    assert_eq!(read("Contacts/2001/Nothing").status, 400);
    assert_eq!(write("POST", "Contacts/2002/Notes", json!({ "data": [{ "Note_Content": "Hi" }] })).status, 201);
    assert_eq!(ids(&read("Contacts/2002/Notes")).len(), 1);
    let member = json!({ "data": [{ "Member_Status": "Opened" }] });
    assert_eq!(write("PUT", "Leads/1001/Campaigns/5001", member.clone()).json()["data"][0]["code"], "SUCCESS");
    assert_eq!(read("Campaigns/5001/Leads").json()["data"][0]["Member_Status"], "Opened");
    assert_eq!(ids(&read("Leads/1001/Campaigns")), ["5001"]);
    assert_eq!(write("PUT", "Leads/1001/Campaigns/999", member).status, 400);
    let tagged = write("POST", "Leads/1001/actions/add_tags?tag_names=MailChimp,Hot", json!({})).json();
    assert_eq!(tagged["data"][0]["details"]["tags"], json!(["MailChimp", "Hot"]));
    let newer = "https://www.zohoapis.com/crm/v8/Leads/actions/remove_tags";
    let untagged =
        send(&sandbox, "POST", newer, &token, &json!({ "tags": [{ "name": "Hot" }], "ids": ["1001"] })).json();
    assert_eq!(untagged["data"][0]["details"]["tags"], json!(["MailChimp"]));
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
    let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    assert_eq!(call(&sandbox, "POST", &format!("{API}/Leads/1001/Attachments"), &headers, body).status, 200);
    assert_eq!(read("Leads/1001/Attachments").json()["data"][0]["File_Name"], "a.txt");
}

#[test]
fn leads_are_converted_and_variables_kept() {
    let (sandbox, token) = enter();
    let write = |method: &str, path: &str, body: Value| send(&sandbox, method, &format!("{API}/{path}"), &token, &body);
    let deal = json!({ "data": [{ "Deals": { "Deal_Name": "First", "Stage": "Qualification" } }] });
    let made = write("POST", "Leads/1002/actions/convert", deal).json()["data"][0].clone();
    let contact = get(&sandbox, &format!("{API}/Contacts/{}", made["Contacts"].as_str().unwrap()), &token).json();
    assert_eq!(contact["data"][0]["Account_Name"]["name"], "Blue Harbour");
    assert!(made["Deals"].is_string());
    assert_eq!(get(&sandbox, &format!("{API}/Leads/1002"), &token).status, 204);
    let variable = format!("{API}/settings/variables/support_email");
    assert_eq!(get(&sandbox, &variable, &token).json()["variables"][0]["value"], "help@example.com");
    let change = json!({ "variables": [{ "api_name": "support_email", "value": "desk@example.com" }] });
    write("PUT", "settings/variables", change);
    assert_eq!(get(&sandbox, &variable, &token).json()["variables"][0]["value"], "desk@example.com");
}

#[test]
fn tokens_reach_as_far_as_their_scopes() {
    let sandbox = start();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.leads.READ");
    assert_eq!(get(&sandbox, &format!("{API}/Leads/1001"), &token).status, 200);
    let refused = get(&sandbox, &format!("{API}/Contacts/2001"), &token);
    assert_eq!((refused.status, refused.json()["code"].as_str().unwrap()), (401, "OAUTH_SCOPE_MISMATCH"));
    let write = send(&sandbox, "POST", &format!("{API}/Leads"), &token, &json!({ "data": [{ "Last_Name": "X" }] }));
    assert_eq!(write.status, 401);
    assert_eq!(get(&sandbox, &format!("{API}/Leads/1001"), "Zoho-oauthtoken x").json()["code"], "INVALID_TOKEN");
    assert_eq!(call(&sandbox, "GET", &format!("{API}/Leads"), &[], "").json()["code"], "AUTHENTICATION_FAILURE");
}
