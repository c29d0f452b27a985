//! The double of Creator beside records: files, what an account has, bulk reading and custom APIs.

use std::io::Read as _;

use flate2::read::DeflateDecoder;
use rainwright_records::{Applications, Components, Field, FieldType, Form, Report, Settings};
use rainwright_sandbox::{Runner, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

const API: &str = "https://www.zohoapis.com/creator";
const OLD: &str = "https://creator.zoho.com/api";
const DATA: &str = "https://www.zohoapis.com/creator/v2.1/data/acme/shop";

fn enter(options: SandboxOptions) -> (Sandbox, String) {
    let sandbox = Sandbox::launch(options).unwrap();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCreator.form.CREATE,ZohoCreator.report.ALL");
    (sandbox, token)
}

fn add(sandbox: &Sandbox, token: &str, form: &str, fields: Value) -> String {
    let made = send(sandbox, "POST", &format!("{DATA}/form/{form}"), token, &json!({ "data": fields })).json();
    made["data"]["ID"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

fn code(answer: &Answer) -> u64 {
    answer.json()["code"].as_u64().unwrap()
}

#[test]
fn files_are_kept_in_their_fields() {
    let (sandbox, token) = enter(SandboxOptions::default());
    let one = format!("{DATA}/report/All_Orders/{}", add(&sandbox, &token, "Order", json!({ "Item": "Hat" })));
    let upload = |url: &str, name: &str, text: &str| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b--\r\n"
        );
        let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
        call(&sandbox, "POST", url, &headers, body)
    };
    let up = upload(&format!("{one}/Paper/upload"), "a.txt", "hello").json();
    assert_eq!((&up["code"], &up["data"]["filename"]), (&json!(3000), &json!("a.txt")));
    let shown = get(&sandbox, &one, &token).json()["data"]["Paper"].clone();
    assert_eq!(shown, up["data"]["filepath"]);
    // Any client may fetch a file, whatever it accepts.
    let download = |url: &str| call(&sandbox, "GET", url, &[("Authorization", &token), ("Accept", "*/*")], "");
    let file = download(&format!("{one}/Paper/download"));
    assert_eq!((file.text().as_str(), file.header("content-type")), ("hello", Some("text/plain")));
    assert_eq!(download(&format!("https://www.zohoapis.com{}", shown.as_str().unwrap())).text(), "hello");
    assert_eq!(code(&download(&format!("{one}/Paper/download?filepath=b.txt"))), 1000);
    assert_eq!(code(&download(&format!("{one}/Other/download"))), 1000);
    assert_eq!(code(&upload(&format!("{one}/Item/upload"), "a.txt", "x")), 3050);
    assert_eq!(code(&call(&sandbox, "POST", &format!("{one}/Paper/upload"), &[("Authorization", &token)], "")), 3020);
    let none = upload(&format!("{DATA}/report/All_Orders/12/Paper/upload"), "a.txt", "x");
    assert_eq!((none.status, code(&none)), (404, 3190));
}

#[test]
fn files_of_subform_rows_can_be_fetched() {
    use rainwright_effect::{Data, FieldPath, File, Records};
    let lines = Field {
        fields: vec![Field::new("Thing", FieldType::Text), Field::new("Plan", FieldType::File)],
        ..Field::new("Lines", FieldType::Subform)
    };
    let form = Form { name: "Order".into(), fields: vec![lines], ..Form::default() };
    let applications = Applications::default();
    applications.describe("shop", vec![form], Components::default(), Settings::default(), None).unwrap();
    let plan = File { name: "plan.txt".into(), bytes: b"the plan".to_vec().into(), ..File::default() };
    let row = Data::map([("Thing", Data::from("Brim")), ("Plan", Data::from(plan))]);
    let fields = vec![(FieldPath::parse("Lines"), Data::List(vec![row]))];
    let insert = Records::Insert { form: "Order".into(), fields };
    let id = applications.with("shop", |store| store.perform(&insert)).unwrap().as_number().unwrap();
    let (sandbox, token) = enter(SandboxOptions { applications, ..SandboxOptions::default() });
    let one = format!("{DATA}/report/Order/{id}");
    let record = get(&sandbox, &one, &token).json();
    let row = record["data"]["Lines"][0]["ID"].as_str().unwrap();
    assert_eq!(get(&sandbox, &format!("{one}/Lines.Plan/{row}/download"), &token).text(), "the plan");
    assert_eq!(code(&get(&sandbox, &format!("{one}/Lines.Plan/12/download"), &token)), 3190);
}

#[test]
fn an_account_tells_what_it_has() {
    let (sandbox, token) = enter(SandboxOptions::default());
    add(&sandbox, &token, "Order_Line", json!({ "Item": "Hat", "Amount": 3 }));
    let meta = |path: &str| get(&sandbox, &format!("{API}/v2.1/meta/{path}"), &token);
    for path in ["applications", "acme/applications"] {
        assert_eq!(meta(path).json()["applications"][0]["link_name"], "shop", "{path}");
    }
    let forms = meta("acme/shop/forms").json();
    assert_eq!(forms["forms"], json!([{ "display_name": "Order Line", "link_name": "Order_Line", "type": 1 }]));
    assert_eq!(meta("acme/shop/reports").json()["reports"][0]["link_name"], "All_Order_Lines");
    assert_eq!(meta("acme/shop/pages").json(), json!({ "code": 3000, "pages": [] }));
    let fields = meta("acme/shop/form/Order_Line/fields").json()["fields"].clone();
    let amount = fields.as_array().unwrap().iter().find(|field| field["link_name"] == "Amount").unwrap();
    assert_eq!(
        amount,
        &json!({ "display_name": "Amount", "link_name": "Amount", "mandatory": false, "unique": false, "is_lookup_field": false })
    );
    assert_eq!((meta("acme/shop/form/None/fields").status, code(&meta("acme/shop/form/None/fields"))), (404, 2893));
    assert_eq!(code(&meta("acme/none/forms")), 2892);
    assert_eq!(meta("acme/shop/sections").json()["error"], "not_played");
    let status = Field { choices: vec!["Open".into()], ..Field::new("Status", FieldType::DropDown) };
    let form =
        Form { name: "Claim".into(), fields: vec![status, Field::new("Mail", FieldType::Email)], ..Form::default() };
    let applications = Applications::default();
    let mine = Report { name: "Mine".into(), form: "Claim".into(), ..Report::default() };
    let components = Components { reports: vec![mine], ..Components::default() };
    applications.describe("shop", vec![form], components, Settings::default(), None).unwrap();
    let (sandbox, token) = enter(SandboxOptions { applications, ..SandboxOptions::default() });
    let meta = |path: &str| get(&sandbox, &format!("{API}/v2.1/meta/acme/shop/{path}"), &token).json();
    let fields = meta("form/Claim/fields")["fields"].clone();
    assert_eq!((&fields[0]["type"], &fields[1]["type"], &fields[1]["max_char"]), (&json!(12), &json!(3), &json!(255)));
    assert_eq!(fields[0]["choices"], json!([{ "key": "Open", "value": "Open" }]));
    assert_eq!(meta("reports")["reports"][0]["link_name"], "Mine");
}

/// The only file in a ZIP archive, and its name.
fn unzip(bytes: &[u8]) -> (String, String) {
    let word = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    let name = String::from_utf8(bytes[30..30 + word(26)].to_vec()).unwrap();
    let mut text = String::new();
    DeflateDecoder::new(&bytes[30 + word(26) + word(28)..]).read_to_string(&mut text).unwrap();
    (name, text)
}

#[test]
fn reports_are_read_in_bulk() {
    let (sandbox, token) = enter(SandboxOptions::default());
    for (item, amount) in [("Hat, red", 3), ("Cap", 1), ("\"Box\"", 9)] {
        add(&sandbox, &token, "Order", json!({ "Item": item, "Amount": amount }));
    }
    let read = format!("{API}/v2.1/bulk/acme/shop/report/All_Orders/read");
    let start = |query: Value| send(&sandbox, "POST", &read, &token, &json!({ "query": query }));
    let started = start(json!({ "fields": ["Item", "Amount"], "criteria": "Amount > 2" })).json();
    assert_eq!((&started["code"], &started["details"]["status"]), (&json!(3000), &json!("In-progress")));
    let id = started["details"]["id"].as_str().unwrap();
    let job = get(&sandbox, &format!("{read}/{id}"), &token).json()["details"].clone();
    assert_eq!((&job["status"], &job["result"]["count"]), (&json!("Completed"), &json!(2)));
    let url = format!("https://www.zohoapis.com{}", job["result"]["download_url"].as_str().unwrap());
    let zip = call(&sandbox, "GET", &url, &[("Authorization", &token), ("Accept", "*/*")], "");
    let (name, csv) = unzip(&zip.bytes);
    let rows: Vec<&str> = csv.lines().map(|line| line.split_once(',').unwrap().1).collect();
    assert_eq!((name.as_str(), rows), ("All_Orders.csv", vec!["Item,Amount", "\"Hat, red\",3", "\"\"\"Box\"\"\",9"]));
    // A job that leaves records out says where the next one begins.
    let part = start(json!({ "max_records": 2 })).json();
    let part = get(&sandbox, &format!("{read}/{}", part["details"]["id"].as_str().unwrap()), &token).json();
    let cursor = part["details"]["result"]["record_cursor"].as_str().unwrap();
    let headers = [("Authorization", token.as_str()), ("record_cursor", cursor)];
    let rest = call(&sandbox, "POST", &read, &headers, "{\"query\":{}}").json();
    let rest = get(&sandbox, &format!("{read}/{}", rest["details"]["id"].as_str().unwrap()), &token).json();
    assert_eq!(rest["details"]["result"]["count"], 1);
    // The old host has its own paths.
    let old = format!("{OLD}/bulk/v2/acme/shop/report/All_Orders/read");
    let job = send(&sandbox, "POST", &old, &token, &json!({ "query": {} })).json()["details"]["id"].clone();
    let url =
        get(&sandbox, &format!("{old}/{}", job.as_str().unwrap()), &token).json()["details"]["result"]["download_url"]
            .clone();
    assert_eq!(
        unzip(&get(&sandbox, &format!("https://creator.zoho.com{}", url.as_str().unwrap()), &token).bytes)
            .1
            .lines()
            .count(),
        4
    );
    for (answer, expected) in [
        (start(json!(7)), (400, 3020)),
        (start(json!({ "criteria": "~" })), (400, 3090)),
        (start(json!({ "criteria": "Amount > 99" })), (400, 9280)),
        (start(json!({ "max_records": 0 })), (400, 1000)),
        (get(&sandbox, &format!("{read}/77"), &token), (404, 3190)),
        (get(&sandbox, &read, &token), (405, 1020)),
    ] {
        assert_eq!((answer.status, code(&answer)), expected, "{}", answer.text());
    }
}

#[test]
fn custom_apis_run_functions() {
    let runner = Runner::new(|name, arguments| match name {
        "fail" => Err("it failed".into()),
        "word" => Ok("plain words".into()),
        _ => Ok(json!({ "name": name, "got": arguments }).to_string()),
    });
    let (sandbox, token) = enter(SandboxOptions { runner: Some(runner), ..SandboxOptions::default() });
    let url = |name: &str| format!("{API}/custom/acme/{name}");
    let sum = get(&sandbox, &format!("{}?a=1", url("Sum")), &token).json();
    assert_eq!(sum, json!({ "code": 3000, "result": { "name": "Sum", "got": { "a": "1" } } }));
    let posted = send(&sandbox, "POST", &url("Sum"), &token, &json!({ "a": [1, 2] })).json();
    assert_eq!(posted["result"]["got"], json!({ "a": [1, 2] }));
    assert_eq!(get(&sandbox, &url("word"), &token).json()["result"], "plain words");
    // A public key takes the place of a token, and is no argument.
    let public = call(&sandbox, "GET", &format!("{}?publickey=K&b=2", url("Sum")), &[], "").json();
    assert_eq!(public["result"]["got"], json!({ "b": "2" }));
    assert_eq!(code(&call(&sandbox, "GET", &url("Sum"), &[], "")), 1030);
    assert_eq!(code(&call(&sandbox, "GET", &format!("{DATA}/report/Order?publickey=K"), &[], "")), 1030);
    let failed = get(&sandbox, &url("fail"), &token);
    assert_eq!((failed.status, &failed.json()["message"]), (500, &json!("it failed")));
    let (sandbox, token) = enter(SandboxOptions::default());
    assert_eq!(get(&sandbox, &url("Sum"), &token).json()["error"], "not_played");
}
