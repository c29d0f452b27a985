//! The doubles of Zoho's smaller products, over HTTP.

use rainwright_sandbox::{Sandbox, SandboxOptions, ZOHO_SCOPES};
use serde_json::{Value, json};

use crate::client::*;

pub(crate) fn enter() -> (Sandbox, String) {
    let sandbox = start();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", &ZOHO_SCOPES.join(","));
    (sandbox, token)
}

pub(crate) fn form_of(sandbox: &Sandbox, method: &str, url: &str, token: &str, pairs: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let headers = [("Authorization", token), ("Content-Type", "application/x-www-form-urlencoded")];
    call(sandbox, method, url, &headers, body)
}

pub(crate) fn outbox(sandbox: &Sandbox) -> Vec<Value> {
    call(sandbox, "GET", "https://sandbox.example.com/outbox", &[], "").json()["messages"].as_array().unwrap().clone()
}

#[test]
fn projects_answer_with_lists() {
    let (sandbox, token) = enter();
    let base = "https://projectsapi.zoho.com/restapi";
    let portal = get(&sandbox, &format!("{base}/portals/"), &token).json()["portals"][0]["id_string"].clone();
    let projects = format!("{base}/portal/{}/projects/", portal.as_str().unwrap());
    assert_eq!(get(&sandbox, &projects, &token).status, 204);
    let made = form_of(&sandbox, "POST", &projects, &token, &[("name", "Move")]);
    assert_eq!((made.status, &made.json()["projects"][0]["status"]), (201, &json!("active")));
    let project = made.json()["projects"][0].clone();
    assert!(project["id"].is_u64());
    let tasks = format!("{projects}{}/tasks/", project["id_string"].as_str().unwrap());
    assert_eq!(form_of(&sandbox, "POST", &tasks, &token, &[]).json()["error"]["code"], 6831);
    let task = form_of(&sandbox, "POST", &tasks, &token, &[("name", "Pack")]).json()["tasks"][0].clone();
    let one = format!("{tasks}{}/", task["id_string"].as_str().unwrap());
    assert_eq!(
        form_of(&sandbox, "POST", &one, &token, &[("percent_complete", "50")]).json()["tasks"][0]["percent_complete"],
        "50"
    );
    let gone = call(&sandbox, "DELETE", &one, &[("Authorization", &token)], "").json();
    assert_eq!(gone["response"], "Task Deleted Successfully");
    assert_eq!(get(&sandbox, &one, &token).json()["error"]["code"], 6404);
}

#[test]
fn people_files_records_under_their_ids() {
    let (sandbox, token) = enter();
    let base = "https://people.zoho.com/people/api/forms";
    let none = get(&sandbox, &format!("{base}/employee/getRecords"), &token).json();
    assert_eq!(none["response"]["errors"]["code"], 7024);
    let data = r#"{"EmployeeID":7,"FirstName":"Ann","LastName":"Ito","EmailID":"ann@example.com"}"#;
    let insert = |data: &str| {
        form_of(&sandbox, "POST", &format!("{base}/json/employee/insertRecord"), &token, &[("inputData", data)]).json()
    };
    let made = insert(data);
    assert_eq!(
        (&made["response"]["status"], &made["response"]["message"]),
        (&json!(0), &json!("Data added successfully"))
    );
    let id = made["response"]["result"]["pkId"].as_str().unwrap().to_owned();
    assert_eq!(insert(data)["response"]["errors"]["code"], 7051);
    assert_eq!(insert("x")["response"]["errors"]["code"], 7016);
    let change = [("inputData", r#"{"Department":"Sales"}"#), ("recordId", id.as_str())];
    form_of(&sandbox, "POST", &format!("{base}/json/employee/updateRecord"), &token, &change);
    let all = get(&sandbox, &format!("{base}/employee/getRecords?sIndex=1&limit=200"), &token).json();
    let record = &all["response"]["result"][0][&id][0];
    assert_eq!((&record["Department"], &record["EmployeeID"]), (&json!("Sales"), &json!("7")));
    let one = get(&sandbox, &format!("{base}/employee/getDataByID?recordId=9"), &token).json();
    assert_eq!(one["response"]["errors"]["code"], 7049);
    let search = "searchParams=%7B%22searchField%22%3A%22FirstName%22%2C%22searchOperator%22%3A%22Is%22%2C%22searchText%22%3A%22ann%22%7D";
    assert_eq!(
        get(&sandbox, &format!("{base}/employee/getRecords?{search}"), &token).json()["response"]["result"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn sign_takes_a_file_and_asks_for_names() {
    let (sandbox, token) = enter();
    let base = "https://sign.zoho.com/api/v1/requests";
    let data = r#"{"requests":{"request_name":"NDA","actions":[{"action_type":"SIGN","recipient_name":"Ann","recipient_email":"ann@example.com"}]}}"#;
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{data}\r\n--b--\r\n"
    );
    let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let made = call(&sandbox, "POST", base, &headers, body).json();
    assert_eq!((&made["code"], &made["requests"]["request_status"]), (&json!(0), &json!("draft")));
    let one = format!("{base}/{}", made["requests"]["request_id"].as_str().unwrap());
    let sent = form_of(&sandbox, "POST", &format!("{one}/submit"), &token, &[("data", r#"{"requests":{}}"#)]).json();
    assert_eq!(sent["requests"]["request_status"], "inprogress");
    assert_eq!(outbox(&sandbox)[0]["content"]["to"], "ann@example.com");
    assert_eq!(&get(&sandbox, &format!("{one}/pdf"), &token).bytes[..5], b"%PDF-");
    assert_eq!(get(&sandbox, base, "Zoho-oauthtoken x").json()["code"], 9041);
    let list = get(&sandbox, base, &token).json();
    assert_eq!((&list["page_context"]["total_count"], list["requests"].as_array().unwrap().len()), (&json!(1), 1));
}

#[test]
fn messages_to_cliq_are_captured() {
    let (sandbox, token) = enter();
    let post = |path: &str, body: Value| send(&sandbox, "POST", &format!("https://cliq.zoho.com{path}"), &token, &body);
    assert_eq!(post("/api/v2/channelsbyname/sales/message", json!({ "text": "Won!" })).status, 204);
    assert_eq!(post("/company/7/api/v2/buddies/ann@example.com/message", json!({ "text": "Hi" })).status, 204);
    assert!(
        post("/api/v2/bots/helper/message", json!({ "text": "Hi", "sync_message": true })).json()["message_id"]
            .is_string()
    );
    assert_eq!(post("/api/v2/chats/1/message", json!({})).json()["code"], "param_missing");
    let sent = outbox(&sandbox);
    assert_eq!((sent.len(), &sent[0]["content"]["message"]["text"]), (3, &json!("Won!")));
    assert_eq!(post("/api/v2/departments", json!({})).json()["error"], "not_played");
}

#[test]
fn workdrive_keeps_files_in_folders() {
    let (sandbox, token) = enter();
    let base = "https://www.zohoapis.com/workdrive/api/v1";
    let folder = json!({ "data": { "attributes": { "name": "Reports", "parent_id": "root" }, "type": "files" } });
    let made = send(&sandbox, "POST", &format!("{base}/files"), &token, &folder);
    assert_eq!((made.status, &made.json()["data"]["attributes"]["type"]), (201, &json!("folder")));
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; name=\"parent_id\"\r\n\r\n{id}\r\n--b--\r\n"
    );
    let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let up = call(&sandbox, "POST", &format!("{base}/upload"), &headers, body).json();
    let file = up["data"][0]["attributes"]["resource_id"].as_str().unwrap();
    let inside = get(&sandbox, &format!("{base}/files/{id}/files"), &token).json();
    assert_eq!(inside["data"][0]["attributes"]["name"], "a.txt");
    assert_eq!(get(&sandbox, &format!("{base}/download/{file}"), &token).text(), "hello");
    assert_eq!(get(&sandbox, &format!("{base}/files/nothing"), &token).json()["errors"][0]["id"], "R008");
}

#[test]
fn sheets_hold_records_by_row() {
    let (sandbox, token) = enter();
    let ask =
        |pairs: &[(&str, &str)]| form_of(&sandbox, "POST", "https://sheet.zoho.com/api/v2/book1", &token, pairs).json();
    let rows = r#"[{"Month":"March","Amount":50},{"Month":"April","Amount":70}]"#;
    let added = ask(&[("method", "worksheet.records.add"), ("worksheet_name", "Sales"), ("json_data", rows)]);
    assert_eq!((&added["status"], &added["start_row"], &added["end_row"]), (&json!("success"), &json!(2), &json!(3)));
    let found =
        ask(&[("method", "worksheet.records.fetch"), ("worksheet_name", "Sales"), ("criteria", "\"Amount\">60")]);
    assert_eq!(found["records"], json!([{ "row_index": 3, "Month": "April", "Amount": 70 }]));
    let changed = ask(&[
        ("method", "worksheet.records.update"),
        ("worksheet_name", "Sales"),
        ("criteria", "\"Month\"=\"March\""),
        ("data", r#"{"Amount":55}"#),
    ]);
    assert_eq!(changed["no_of_affected_rows"], 1);
    assert_eq!(ask(&[("method", "worksheet.records.fetch"), ("worksheet_name", "Sales")])["records"][0]["Amount"], 55);
    assert_eq!(ask(&[("method", "worksheet.list")])["worksheet_names"][0]["worksheet_name"], "Sales");
    assert_eq!(ask(&[])["error_code"], 2831);
}

#[test]
fn writer_merges_and_mail_is_sent() {
    let (sandbox, token) = enter();
    let base = "https://www.zohoapis.com/writer/api/v1/documents";
    let made = form_of(&sandbox, "POST", base, &token, &[("filename", "Offer"), ("resource_type", "merge")]).json();
    let one = format!("{base}/{}", made["document_id"].as_str().unwrap());
    let data = r#"{"data":[{"Name":"Ann"},{"Name":"Bo"}]}"#;
    let merged = form_of(&sandbox, "POST", &format!("{one}/merge/store"), &token, &[("merge_data", data)]).json();
    assert_eq!((merged["records"].as_array().unwrap().len(), &merged["records"][1]["data"]["Name"]), (2, &json!("Bo")));
    assert_eq!(
        &form_of(&sandbox, "POST", &format!("{one}/merge"), &token, &[("merge_data", data)]).bytes[..5],
        b"%PDF-"
    );
    assert_eq!(get(&sandbox, base, &token).json()["total_count"], 3);
    let mail = "https://mail.zoho.com/api/accounts/100000000000000021";
    let sent = send(
        &sandbox,
        "POST",
        &format!("{mail}/messages"),
        &token,
        &json!({ "toAddress": "ann@example.com", "subject": "Hi", "content": "x" }),
    );
    assert_eq!(sent.json()["status"]["description"], "success");
    assert_eq!(outbox(&sandbox).last().unwrap()["content"]["subject"], "Hi");
    assert_eq!(get(&sandbox, &format!("{mail}/folders"), &token).json()["data"][0]["folderName"], "Inbox");
}

#[test]
fn recruit_and_bigin_answer_as_crm_does() {
    let (sandbox, token) = enter();
    let recruit = "https://recruit.zoho.com/recruit/v2/Candidates";
    let made =
        send(&sandbox, "POST", recruit, &token, &json!({ "data": [{ "Last_Name": "Ito", "Email": "i@example.com" }] }));
    assert_eq!((made.status, &made.json()["data"][0]["code"]), (201, &json!("SUCCESS")));
    assert_eq!(
        get(&sandbox, &format!("{recruit}/search?email=i@example.com"), &token).json()["data"][0]["Full_Name"],
        "Ito"
    );
    let bigin = "https://www.zohoapis.com/bigin/v2/Pipelines";
    let missing = send(&sandbox, "POST", bigin, &token, &json!({ "data": [{ "Amount": 1 }] })).json();
    assert_eq!(missing["data"][0]["details"]["api_name"], "Deal_Name");
}

#[test]
fn every_data_centre_and_what_nobody_plays() {
    let sandbox = Sandbox::launch(SandboxOptions { zoho_location: "ca".into(), ..SandboxOptions::default() }).unwrap();
    let login = Login {
        authorize: "https://accounts.zohocloud.ca/oauth/v2/auth?access_type=offline&prompt=consent",
        token: "https://accounts.zohocloud.ca/oauth/v2/token",
    };
    let token = header(&sandbox, login, "Zoho-oauthtoken", &ZOHO_SCOPES.join(","));
    assert_eq!(get(&sandbox, "https://www.zohoapis.ca/crm/v2/Leads/1001", &token).status, 200);
    assert_eq!(get(&sandbox, "https://desk.zohocloud.ca/api/v1/organizations", &token).status, 200);
    assert_eq!(get(&sandbox, "https://www.zohoapis.com/crm/v2/Leads/1001", &token).status, 401);
    for url in [
        "https://connect.zohocloud.ca/pulse/api/myGroups",
        "https://notebook.zohocloud.ca/api/v1/notecards",
        "https://salesiq.zohocloud.ca/api/v2/acme/visitors",
    ] {
        let answer = get(&sandbox, url, &token);
        assert_eq!((answer.status, &answer.json()["error"]), (501, &json!("not_played")), "{url}");
        assert!(answer.json()["help"].is_string());
    }
    assert_eq!(stats(&sandbox)["not_played"].as_object().unwrap().len(), 3);
    let user = get(&sandbox, "https://accounts.zohocloud.ca/oauth/user/info", &token).json();
    assert_eq!(user["Email"], "robin@example.com");
}

#[test]
fn analytics_changes_rows_by_a_condition() {
    let (sandbox, token) = enter();
    let base = "https://analyticsapi.zoho.com/restapi/v2";
    let headers = [
        ("Authorization", token.as_str()),
        ("ZANALYTICS-ORGID", "100000000000000900"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let rows = format!("{base}/workspaces/17/views/23/rows");
    let ask = |method: &str, config: Value| {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("CONFIG", &config.to_string()).finish();
        call(&sandbox, method, &rows, &headers, body)
    };
    assert_eq!(get(&sandbox, &format!("{base}/orgs"), &token).json()["data"]["orgs"][0]["isDefault"], true);
    // Everything but the organizations needs one in a header.
    assert_eq!(get(&sandbox, &format!("{base}/workspaces"), &token).json()["data"]["errorCode"], 8083);
    for (item, amount) in [("Hat", 7), ("Cap", 9), ("Scarf", 12)] {
        let added = ask("POST", json!({ "columns": { "Item": item, "Amount": amount } }));
        assert_eq!((added.status, &added.json()["data"]["addedColumns"]["Item"]), (200, &json!(item)));
    }
    let changed = ask("PUT", json!({ "columns": { "Status": "Paid" }, "criteria": "\"Amount\" > 8" })).json();
    assert_eq!((&changed["status"], &changed["data"]["updatedRows"]), (&json!("success"), &json!(2)));
    assert_eq!(ask("PUT", json!({ "columns": { "Status": "x" } })).status, 400);
    assert_eq!(
        ask("PUT", json!({ "columns": { "Item": "New" }, "criteria": "\"Item\"='None'", "addIfNotExist": true }))
            .json()["data"]["updatedRows"],
        0
    );
    assert_eq!(ask("DELETE", json!({ "criteria": "\"Status\"='Paid'" })).json()["data"]["deletedRows"], 2);
    assert_eq!(ask("DELETE", json!({ "criteria": "Status=Paid" })).status, 400);
    assert_eq!(ask("DELETE", json!({ "deleteAllRows": true })).json()["data"]["deletedRows"], 2);
    let views = call(&sandbox, "GET", &format!("{base}/workspaces/17/views"), &headers, "").json();
    assert_eq!(views["data"]["views"][0]["viewId"], "23");
    let other = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL");
    assert_eq!(get(&sandbox, &format!("{base}/orgs"), &other).status, 403);
}

#[test]
fn cliq_keeps_bots_and_datastores() {
    let (sandbox, token) = enter();
    let base = "https://cliq.zoho.com/api/v3";
    for (things, kind) in
        [("bots", "bot"), ("functions", "function"), ("commands", "command"), ("messageactions", "messageaction")]
    {
        let url = format!("{base}/{things}");
        assert_eq!(send(&sandbox, "POST", &url, &token, &json!({})).json()["code"], "param_missing");
        let made = send(&sandbox, "POST", &url, &token, &json!({ "name": "Order Desk" })).json();
        assert_eq!((&made["type"], &made["data"]["unique_name"]), (&json!(kind), &json!("orderdesk")));
        let one = format!("{url}/{}", made["data"]["id"].as_str().unwrap());
        assert_eq!(
            send(&sandbox, "PATCH", &one, &token, &json!({ "description": "d" })).json()["data"]["description"],
            "d"
        );
        assert_eq!(get(&sandbox, &url, &token).json()["data"][0]["description"], "d");
        assert_eq!(call(&sandbox, "DELETE", &one, &[("Authorization", &token)], "").status, 204);
        assert_eq!(get(&sandbox, &one, &token).json()["code"], format!("{kind}_not_found"));
    }
    let records = format!("{base}/datastores/people/records");
    let made = send(&sandbox, "POST", &records, &token, &json!({ "values": { "name": "Ada" } })).json();
    let one = format!("{records}/{}", made["data"]["id"].as_str().unwrap());
    assert_eq!(get(&sandbox, &one, &token).json()["data"]["name"], "Ada");
    assert_eq!(
        send(&sandbox, "PATCH", &one, &token, &json!({ "values": { "name": "Bo" } })).json()["data"]["name"],
        "Bo"
    );
    assert_eq!(get(&sandbox, &records, &token).json()["list"].as_array().unwrap().len(), 1);
    assert_eq!(get(&sandbox, &format!("{base}/settings/mobile"), &token).json()["error"], "not_played");
}
