//! The double of MailChimp, over HTTP.

use serde_json::{Value, json};

use crate::client::*;

const API: &str = "https://us6.api.mailchimp.com/3.0";
const LIST: &str = "https://us6.api.mailchimp.com/3.0/lists/a1b2c3d4e5";
/// MD5 of `ada.lindqvist@example.com`.
const ADA: &str = "b41af157ab54fae1d816d45628c98d3e";

#[test]
fn the_metadata_answer_tells_the_data_centre() {
    let sandbox = start();
    let tokens = sign_in(&sandbox, MAILCHIMP, "");
    let token = tokens["access_token"].as_str().unwrap();
    let url = "https://login.mailchimp.com/oauth2/metadata";
    let metadata = get(&sandbox, url, &format!("OAuth {token}")).json();
    assert_eq!(metadata["dc"], "us6");
    assert_eq!(metadata["api_endpoint"], "https://us6.api.mailchimp.com");
    assert_eq!(get(&sandbox, url, &format!("Bearer {token}")).status, 401);
    let ping = get(&sandbox, &format!("{API}/ping"), &format!("Bearer {token}"));
    assert_eq!(ping.json()["health_status"], "Everything's Chimpy!");
    assert_eq!(get(&sandbox, &format!("{API}/ping"), &basic("any", "sandbox-key-us6")).status, 200);
}

#[test]
fn errors_are_problem_documents() {
    let sandbox = start();
    let answer = get(&sandbox, &format!("{API}/ping"), "Bearer nonsense");
    assert_eq!(answer.status, 401);
    assert!(answer.header("content-type").unwrap().starts_with("application/problem+json"));
    let body = answer.json();
    for member in ["type", "title", "detail", "instance"] {
        assert!(body[member].is_string(), "{member}");
    }
    assert_eq!(body["status"], 401);
}

#[test]
fn members_are_put_by_the_hash_of_their_address() {
    let sandbox = start();
    let token = header(&sandbox, MAILCHIMP, "Bearer", "");
    let member = format!("{LIST}/members/{ADA}");
    assert_eq!(get(&sandbox, &member, &token).status, 404);
    let person = json!({
        "email_address": "Ada.Lindqvist@example.com", "status_if_new": "subscribed",
        "merge_fields": { "FNAME": "Ada", "LNAME": "Lindqvist" }
    });
    let added = send(&sandbox, "PUT", &member, &token, &person).json();
    assert_eq!((added["id"].as_str().unwrap(), added["status"].as_str().unwrap()), (ADA, "subscribed"));
    assert_eq!(added["full_name"], "Ada Lindqvist");
    let renamed = json!({ "status": "unsubscribed", "status_if_new": "subscribed", "merge_fields": { "FNAME": "A." } });
    let changed = send(&sandbox, "PUT", &member, &token, &renamed).json();
    assert_eq!(
        (changed["status"].as_str().unwrap(), &changed["merge_fields"]["LNAME"]),
        ("unsubscribed", &json!("Lindqvist"))
    );
    let again = send(&sandbox, "POST", &format!("{LIST}/members"), &token, &person);
    assert_eq!((again.status, again.json()["title"].as_str().unwrap()), (400, "Member Exists"));
    let wrong = send(
        &sandbox,
        "PUT",
        &format!("{LIST}/members/0"),
        &token,
        &json!({ "email_address": "ada", "status_if_new": "subscribed" }),
    );
    assert_eq!((wrong.status, wrong.json()["errors"][0]["field"].as_str().unwrap()), (400, "email_address"));
    let tags = json!({ "tags": [{ "name": "CRM", "status": "active" }, { "name": "Old", "status": "inactive" }] });
    assert_eq!(send(&sandbox, "POST", &format!("{member}/tags"), &token, &tags).status, 204);
    assert_eq!(get(&sandbox, &format!("{member}/tags"), &token).json()["tags"][0]["name"], "CRM");
    assert_eq!(call(&sandbox, "DELETE", &member, &[("Authorization", &token)], "").status, 204);
    assert_eq!(get(&sandbox, &member, &token).json()["status"], "archived");
}

#[test]
fn collections_come_in_pages() {
    let sandbox = start();
    let token = header(&sandbox, MAILCHIMP, "Bearer", "");
    let page = |query: &str| get(&sandbox, &format!("{API}/campaigns?{query}"), &token).json();
    let first = page("status=sent");
    assert_eq!((first["campaigns"].as_array().unwrap().len(), &first["total_items"]), (10, &json!(22)));
    let last = page("status=sent&offset=20&count=10");
    assert_eq!(last["campaigns"].as_array().unwrap().len(), 2);
    let newest = page("sort_field=send_time&sort_dir=DESC&count=1&status=sent");
    assert_eq!(newest["campaigns"][0]["id"], "c000000022");
    let report = get(&sandbox, &format!("{API}/reports/c000000001"), &token).json();
    let sent = get(&sandbox, &format!("{API}/reports/c000000001/sent-to?count=100"), &token).json();
    assert_eq!(report["emails_sent"], sent["total_items"]);
    let opens: i64 = sent["sent_to"].as_array().unwrap().iter().map(|one| one["open_count"].as_i64().unwrap()).sum();
    assert_eq!(report["opens"]["opens_total"], opens);
    // A draft has no report.
    assert_eq!(get(&sandbox, &format!("{API}/reports/c000000023"), &token).status, 404);
}

#[test]
fn audiences_have_fields_segments_templates_and_batches() {
    let sandbox = start();
    let token = header(&sandbox, MAILCHIMP, "Bearer", "");
    let api = "https://us6.api.mailchimp.com/3.0";
    let list = format!("{api}/lists/a1b2c3d4e5");
    let write = |url: &str, body: Value| send(&sandbox, "POST", url, &token, &body).json();
    let read = |url: &str| get(&sandbox, url, &token).json();
    assert_eq!(read(&format!("{list}/merge-fields"))["merge_fields"][0]["tag"], "FNAME");
    assert_eq!(write(&format!("{list}/merge-fields"), json!({ "name": "Deal Id", "type": "text" }))["tag"], "DEALID");
    assert_eq!(read(&format!("{list}/merge-fields"))["total_items"], 5);
    let segment =
        write(&format!("{list}/segments"), json!({ "name": "VIP", "static_segment": ["maya.keller@example.com"] }));
    assert_eq!(segment["member_count"], 1);
    let one = format!("{list}/segments/{}", segment["id"]);
    let change =
        json!({ "members_to_add": ["noah.brandt@example.com"], "members_to_remove": ["maya.keller@example.com"] });
    assert_eq!(write(&one, change)["total_added"], 1);
    assert_eq!(read(&format!("{one}/members"))["members"][0]["email_address"], "noah.brandt@example.com");
    let found = read(&format!("{api}/search-members?query=maya.keller@example.com"));
    assert_eq!((&found["exact_matches"]["total_items"], &found["full_search"]["total_items"]), (&json!(1), &json!(1)));
    assert_eq!(write(&format!("{api}/templates"), json!({ "name": "Plain", "html": "<p>" }))["type"], "user");
    let many = json!({ "update_existing": true, "members": [
        { "email_address": "new@example.com", "status": "subscribed" },
        { "email_address": "maya.keller@example.com", "status": "unsubscribed" },
        { "email_address": "x", "status": "subscribed" },
    ] });
    let many = write(&list, many);
    assert_eq!(
        (&many["total_created"], &many["total_updated"], &many["error_count"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let operations = json!({ "operations": [
        { "method": "POST", "path": "/lists/a1b2c3d4e5/members", "body": "{\"email_address\":\"batch@example.com\",\"status\":\"subscribed\"}" },
        { "method": "PATCH", "path": "/lists/a1b2c3d4e5/members/nobody", "body": "{}" },
    ] });
    let batch = write(&format!("{api}/batches"), operations);
    assert_eq!((&batch["status"], &batch["errored_operations"]), (&json!("finished"), &json!(1)));
    assert_eq!(read(&format!("{list}/members/batch@example.com"))["status"], "subscribed");
}
