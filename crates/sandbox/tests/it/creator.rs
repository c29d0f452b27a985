//! The double of Creator's REST API, over HTTP.

use rainwright_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

const OLD: &str = "https://creator.zoho.com/api/v2/acme/shop";
const NEW: &str = "https://www.zohoapis.com/creator/v2.1/data/acme/shop";

fn enter() -> (Sandbox, String) {
    let sandbox = start();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCreator.form.CREATE,ZohoCreator.report.ALL");
    (sandbox, token)
}

#[test]
fn records_go_in_through_forms_and_out_through_reports() {
    let (sandbox, token) = enter();
    let write = |method: &str, url: &str, body: Value| send(&sandbox, method, url, &token, &body);
    let made = write("POST", &format!("{OLD}/form/Order"), json!({ "data": { "Item": "Hat", "Amount": 12.5 } })).json();
    assert_eq!((&made["code"], &made["message"]), (&json!(3000), &json!("Data Added Successfully")));
    let id = made["data"]["ID"].as_str().unwrap().to_owned();
    let several = json!({ "data": [{ "Item": "Cap", "Amount": 5 }, { "Item": "Box", "Amount": 1 }], "result": { "fields": ["Item"] } });
    let several = write("POST", &format!("{NEW}/form/Order"), several).json();
    assert_eq!(
        (several["result"].as_array().unwrap().len(), &several["result"][0]["data"]["Item"]),
        (2, &json!("Cap"))
    );
    // The old host and the new one show the same records, under each name that a report may have.
    for url in [format!("{OLD}/report/All_Orders"), format!("{NEW}/report/Order_Report"), format!("{NEW}/report/Order")]
    {
        assert_eq!(get(&sandbox, &url, &token).json()["data"].as_array().unwrap().len(), 3, "{url}");
    }
    let report = format!("{NEW}/report/All_Orders");
    let criteria =
        get(&sandbox, &format!("{report}?criteria=Amount%20%3E%202%20%26%26%20Item%20!%3D%20%22Cap%22"), &token).json();
    assert_eq!(criteria["data"][0]["Item"], "Hat");
    assert_eq!(get(&sandbox, &format!("{report}/{id}"), &token).json()["data"]["Amount"], "12.5");
    let changed = write("PATCH", &report, json!({ "criteria": "Amount < 10", "data": { "Status": "Late" } })).json();
    assert_eq!((changed["result"].as_array().unwrap().len(), &changed["more_records"]), (2, &json!(false)));
    assert_eq!(
        write("PATCH", &format!("{report}/{id}"), json!({ "data": { "Status": "Paid" } })).json()["message"],
        "Data Updated Successfully"
    );
    assert_eq!(write("DELETE", &format!("{report}/{id}"), json!({})).json()["message"], "Record Deleted Successfully");
    assert_eq!(
        write("DELETE", &report, json!({ "criteria": "Status == \"Late\"" })).json()["result"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let none = get(&sandbox, &report, &token);
    assert_eq!((none.status, &none.json()["code"]), (404, &json!(3100)));
}

#[test]
fn pages_differ_by_version() {
    let (sandbox, token) = enter();
    let records: Vec<Value> = (1..=200).map(|n| json!({ "N": n })).collect();
    for _ in 0..2 {
        send(&sandbox, "POST", &format!("{OLD}/form/Count"), &token, &json!({ "data": records }));
    }
    let old = get(&sandbox, &format!("{OLD}/report/Count?from=199&limit=3"), &token).json();
    assert_eq!(
        old["data"].as_array().unwrap().iter().map(|r| r["N"].as_str().unwrap()).collect::<Vec<_>>(),
        ["199", "200", "1"]
    );
    let first = get(&sandbox, &format!("{NEW}/report/Count"), &token);
    let cursor = first.header("record_cursor").unwrap().to_owned();
    let next = call(
        &sandbox,
        "GET",
        &format!("{NEW}/report/Count"),
        &[("Authorization", &token), ("record_cursor", &cursor)],
        "",
    );
    assert_eq!((next.json()["data"].as_array().unwrap().len(), next.header("record_cursor")), (200, None));
    assert_eq!(get(&sandbox, &format!("{OLD}/report/Count?limit=500"), &token).json()["code"], 3970);
}

#[test]
fn files_and_mistakes() {
    let (sandbox, token) = enter();
    let made =
        send(&sandbox, "POST", &format!("{OLD}/form/Order"), &token, &json!({ "data": { "Item": "Hat" } })).json();
    let one = format!("{OLD}/report/All_Orders/{}", made["data"]["ID"].as_str().unwrap());
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
    let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let up = call(&sandbox, "POST", &format!("{one}/Paper/upload"), &headers, body).json();
    assert_eq!((&up["code"], &up["data"]["filename"]), (&json!(3000), &json!("a.txt")));
    assert_eq!(get(&sandbox, &format!("{one}/Paper/download"), &token).text(), "hello");
    let code = |answer: Answer| answer.json()["code"].as_u64().unwrap();
    assert_eq!(code(get(&sandbox, "https://creator.zoho.com/api/v2/acme/none/report/All_Orders", &token)), 2892);
    assert_eq!(code(get(&sandbox, &format!("{OLD}/report/Nothing"), &token)), 2894);
    assert_eq!(code(get(&sandbox, &format!("{OLD}/report/All_Orders?criteria=Item%20~"), &token)), 3330);
    assert_eq!(code(get(&sandbox, &one, "Zoho-oauthtoken x")), 1030);
    assert_eq!(code(call(&sandbox, "POST", &format!("{OLD}/form/Order"), &headers[..1], "")), 3020);
    let other = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL");
    assert_eq!(code(get(&sandbox, &one, &other)), 2945);
    let seed = json!({ "creator": { "shop.Order": [{ "ID": "1", "Item": "Seed" }], "reports": [{ "report": "Open", "form": "Order" }] } });
    let seeded = Sandbox::launch(SandboxOptions { seed: Some(seed), ..SandboxOptions::default() }).unwrap();
    let token = header(&seeded, ZOHO, "Zoho-oauthtoken", "");
    assert_eq!(get(&seeded, &format!("{OLD}/report/Open/1"), &token).json()["data"]["Item"], "Seed");
}
