//! The doubles of products that are known by their integration tasks: FSM, ServiceDesk Plus, Bookings, and parts of others.

use serde_json::{Value, json};

use crate::client::*;
use crate::products::{enter, form_of, outbox};

#[test]
fn fsm_answers_as_crm_does() {
    let (sandbox, token) = enter();
    let base = "https://fsm.zoho.com/fsm/v1/Work_Orders";
    let made = send(&sandbox, "POST", base, &token, &json!({ "data": [{ "Summary": "Boiler", "City": "Pune" }] }));
    assert_eq!((made.status, &made.json()["data"][0]["code"]), (201, &json!("SUCCESS")));
    let id = made.json()["data"][0]["details"]["id"].as_str().unwrap().to_owned();
    let one = format!("{base}/{id}");
    assert_eq!(get(&sandbox, &one, &token).json()["data"][0]["Summary"], "Boiler");
    let found = get(&sandbox, &format!("{base}/search?criteria=(City:equals:Pune)"), &token).json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(get(&sandbox, &format!("{base}/search?criteria=(City:equals:Oslo)"), &token).status, 204);
    let changed = send(&sandbox, "PUT", &one, &token, &json!({ "data": [{ "Summary": "Pump" }] })).json();
    assert_eq!(changed["data"][0]["message"], "record updated");
    let steps = get(&sandbox, &format!("{one}/actions/blueprint"), &token).json();
    let step = steps["blueprint"]["transitions"][0]["id"].as_str().unwrap().to_owned();
    let taken = json!({ "blueprint": [{ "transition_id": step, "data": { "Notes": "Done." } }] });
    assert_eq!(send(&sandbox, "PUT", &format!("{one}/actions/blueprint"), &token, &taken).json()["code"], "SUCCESS");
    let missing = send(&sandbox, "POST", base, &token, &json!({ "data": [{ "City": "Pune" }] })).json();
    assert_eq!(missing["data"][0]["details"]["api_name"], "Summary");
    assert_eq!(get(&sandbox, base, "Zoho-oauthtoken x").json()["code"], "INVALID_TOKEN");
}

#[test]
fn service_desk_plus_says_what_became_of_a_call() {
    let (sandbox, token) = enter();
    let base = "https://sdpondemand.manageengine.com/api/v3/requests";
    let input = |value: Value| value.to_string();
    let add = |value: Value| form_of(&sandbox, "POST", base, &token, &[("input_data", &input(value))]);
    let made = add(json!({ "request": { "subject": "Printer", "priority": "High" } }));
    assert_eq!((made.status, &made.json()["response_status"]["status_code"]), (201, &json!(2000)));
    let id = made.json()["request"]["id"].as_str().unwrap().to_owned();
    let one = format!("{base}/{id}");
    let change = [("input_data", r#"{"request":{"subject":"Scanner"}}"#)];
    assert_eq!(form_of(&sandbox, "PUT", &one, &token, &change).json()["request"]["subject"], "Scanner");
    assert_eq!(get(&sandbox, &one, &token).json()["request"]["priority"], "High");
    add(json!({ "request": { "subject": "Screen" } }));
    let list = |input: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("input_data", input).finish();
        get(&sandbox, &format!("{base}?{query}"), &token).json()
    };
    let page = list(r#"{"list_info":{"start_index":1,"row_count":1}}"#);
    assert_eq!((page["requests"].as_array().unwrap().len(), &page["list_info"]["has_more_rows"]), (1, &json!(true)));
    let searched = list(r#"{"list_info":{"search_fields":{"subject":"Screen"}}}"#);
    assert_eq!(searched["requests"][0]["subject"], "Screen");
    assert_eq!(searched["requests"].as_array().unwrap().len(), 1);
    let note = [("input_data", r#"{"request_note":{"description":"Called."}}"#)];
    let noted = form_of(&sandbox, "POST", &format!("{one}/notes"), &token, &note).json();
    assert_eq!(noted["request_note"]["description"], "Called.");
    assert_eq!(get(&sandbox, &format!("{one}/notes"), &token).json()["notes"].as_array().unwrap().len(), 1);
    // What is wrong is told in the same envelope.
    assert_eq!(add(json!({ "request": {} })).json()["response_status"]["messages"][0]["field"], "subject");
    assert_eq!(add(json!({ "problem": {} })).json()["response_status"]["messages"][0]["field"], "request");
    let gone = get(&sandbox, &format!("{base}/9"), &token);
    assert_eq!((gone.status, &gone.json()["response_status"]["status"]), (404, &json!("failed")));
    assert_eq!(get(&sandbox, base, "Zoho-oauthtoken x").status, 401);
}

#[test]
fn bookings_wraps_its_answers() {
    let (sandbox, token) = enter();
    let base = "https://www.zohoapis.com/bookings/v1/json";
    let value = |answer: Answer| answer.json()["response"]["returnvalue"].clone();
    let workspaces = get(&sandbox, &format!("{base}/workspaces"), &token).json();
    assert_eq!(workspaces["response"]["status"], "success");
    assert!(workspaces["response"]["returnvalue"]["data"][0]["id"].is_string());
    let services = value(get(&sandbox, &format!("{base}/services?workspace_id=42"), &token));
    assert_eq!(services["data"][0]["name"], "Consultation");
    let slots = || {
        let answer = get(&sandbox, &format!("{base}/availableslots?service_id=11&selected_date=31-Jan-2025"), &token);
        value(answer)["data"].as_array().unwrap().clone()
    };
    assert!(slots().contains(&json!("10:00")));
    let wish = [
        ("service_id", "11"),
        ("staff_id", "12"),
        ("from_time", "31-Jan-2025 10:00:00"),
        ("customer_details", r#"{"name":"Ada","email":"ada@example.com","phone_number":"1234"}"#),
    ];
    let booked = value(form_of(&sandbox, "POST", &format!("{base}/appointment"), &token, &wish));
    assert_eq!((&booked["customer_name"], &booked["status"]), (&json!("Ada"), &json!("upcoming")));
    assert!(!slots().contains(&json!("10:00")));
    let id = booked["booking_id"].as_str().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("booking_id", id).finish();
    let read = value(get(&sandbox, &format!("{base}/getappointment?{query}"), &token));
    assert_eq!(read["start_time"], "2025-01-31 10:00:00");
    // The keys of the API's own sample.
    for key in ["staff_name", "customer_more_info", "booked_on", "duration", "cost_paid", "due", "summary_url"] {
        assert!(read.get(key).is_some(), "{key}");
    }
    let done = [("booking_id", id), ("action", "completed")];
    let changed = value(form_of(&sandbox, "POST", &format!("{base}/updateappointment"), &token, &done));
    assert_eq!(changed["status"], "completed");
    let unknown = [("booking_id", "#1"), ("action", "completed")];
    let refused = value(form_of(&sandbox, "POST", &format!("{base}/updateappointment"), &token, &unknown));
    assert_eq!(refused["status"], "failure");
}

#[test]
fn reports_are_rows_by_the_names_of_their_tables() {
    let (sandbox, token) = enter();
    let base = "https://analyticsapi.zoho.com/api/robin@example.com/Sales/Orders?ZOHO_OUTPUT_FORMAT=JSON&ZOHO_ACTION=";
    let ask = |action: &str, pairs: &[(&str, &str)]| {
        form_of(&sandbox, "POST", &format!("{base}{action}"), &token, pairs).json()["response"].clone()
    };
    let added = ask("ADDROW", &[("Item", "Hat"), ("Amount", "7")]);
    assert_eq!(added["result"]["column_order"], json!(["Item", "Amount"]));
    assert_eq!(added["result"]["rows"], json!([["Hat", "7"]]));
    ask("ADDROW", &[("Item", "Cap"), ("Amount", "9")]);
    let changed = ask("UPDATE", &[("Status", "Paid"), ("ZOHO_CRITERIA", r#""Item" = 'Hat'"#)]);
    assert_eq!(changed["result"], json!({ "updatedColumns": ["Status"], "updatedRows": "1" }));
    assert_eq!(ask("DELETE", &[("ZOHO_CRITERIA", r#""Amount" > 8"#)])["result"]["deletedrows"], "1");
    assert_eq!(ask("DELETE", &[("ZOHO_CRITERIA", "Item=Hat")])["error"]["code"], 7232);
    assert_eq!(ask("DELETE", &[])["result"]["deletedrows"], "1");
    assert_eq!(form_of(&sandbox, "POST", &format!("{base}EXPORT"), &token, &[]).json()["error"], "not_played");
}

#[test]
fn cliq_databases_and_edits() {
    let (sandbox, token) = enter();
    let base = "https://cliq.zoho.com/api/v2";
    let records = format!("{base}/storages/orders/records");
    let add = |item: &str| {
        let made = send(&sandbox, "POST", &records, &token, &json!({ "values": { "item": item } })).json();
        made["data"]["id"].as_str().unwrap().to_owned()
    };
    let (hat, cap, scarf) = (add("Hat"), add("Cap"), add("Scarf"));
    let one = format!("{records}/{hat}");
    let values = json!({ "values": { "item": "Hood" } });
    assert_eq!(send(&sandbox, "PUT", &one, &token, &values).json()["data"]["item"], "Hood");
    assert_eq!(get(&sandbox, &one, &token).json()["data"]["item"], "Hood");
    let delete = |query: &str| call(&sandbox, "DELETE", &format!("{records}{query}"), &[("Authorization", &token)], "");
    assert_eq!(delete(&format!("?ids=[{cap}]")).status, 204);
    assert_eq!(delete("?criteria=item%3D%3DScarf").status, 204);
    assert_eq!(get(&sandbox, &format!("{records}/{scarf}"), &token).status, 404);
    assert_eq!(delete("").json()["code"], "param_missing");
    assert_eq!(get(&sandbox, &records, &token).json()["list"].as_array().unwrap().len(), 1);
    let edited =
        send(&sandbox, "PUT", &format!("{base}/chats/CT_1/messages/17_5"), &token, &json!({ "text": "Right." }));
    assert_eq!(edited.status, 204);
    assert_eq!(outbox(&sandbox)[0]["content"]["edits"], "17_5");
}

#[test]
fn projects_log_time() {
    let (sandbox, token) = enter();
    let projects = "https://projectsapi.zoho.com/restapi/portal/acme/projects/";
    let project = form_of(&sandbox, "POST", projects, &token, &[("name", "Site")]).json()["projects"][0].clone();
    let tasks = format!("{projects}{}/tasks/", project["id_string"].as_str().unwrap());
    let task = form_of(&sandbox, "POST", &tasks, &token, &[("name", "Pack")]).json()["tasks"][0].clone();
    let logs = format!("{tasks}{}/logs/", task["id_string"].as_str().unwrap());
    assert_eq!(get(&sandbox, &logs, &token).status, 204);
    let made = form_of(&sandbox, "POST", &logs, &token, &[("hours", "02:30"), ("date", "01-31-2025")]);
    let log = made.json()["timelogs"]["tasklogs"][0].clone();
    assert_eq!((made.status, &log["total_minutes"], &log["task"]["name"]), (201, &json!(150), &json!("Pack")));
    let one = format!("{logs}{}/", log["id_string"].as_str().unwrap());
    let changed = form_of(&sandbox, "POST", &one, &token, &[("hours", "3")]).json();
    assert_eq!(changed["timelogs"]["tasklogs"][0]["hours_display"], "03:00");
    assert_eq!(form_of(&sandbox, "POST", &logs, &token, &[("hours", "x")]).json()["error"]["code"], 6831);
    assert_eq!(
        form_of(&sandbox, "POST", &format!("{tasks}9/logs/"), &token, &[("hours", "1")]).json()["error"]["code"],
        6404
    );
}

#[test]
fn sheets_take_csv_and_replace_texts() {
    let (sandbox, token) = enter();
    let ask = |pairs: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = pairs.iter().copied().chain([("worksheet_name", "Sheet1")]).collect();
        form_of(&sandbox, "POST", "https://sheet.zoho.com/api/v2/kx2a", &token, &all).json()
    };
    ask(&[("method", "worksheet.records.add"), ("json_data", r#"[{"Name":"Bo","City":"Bombay"}]"#)]);
    let set =
        ask(&[("method", "worksheet.csvdata.set"), ("data", "Ann,Pune\nCy,Bombay"), ("row", "3"), ("column", "1")]);
    assert_eq!(set, json!({ "method": "worksheet.csvdata.set", "status": "success" }));
    ask(&[("method", "replace"), ("search", "Bombay"), ("replace_with", "Mumbai")]);
    let records = ask(&[("method", "worksheet.records.fetch")])["records"].clone();
    assert_eq!(records[0]["City"], "Mumbai");
    assert_eq!(records.as_array().unwrap().len(), 3);
    assert_eq!(ask(&[("method", "worksheet.csvdata.set"), ("row", "0")])["error_code"], 2831);
    assert_eq!(ask(&[("method", "find"), ("search", "x")])["error"], "not_played");
}
