//! The double of Creator's REST API, over HTTP: records go in and out, and what is wrong is said as each version says it.

use rainwright_records::{Applications, Components, Field, FieldType, Form, Report, Settings};
use rainwright_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

const OLD: &str = "https://creator.zoho.com/api/v2/acme/shop";
const NEW: &str = "https://www.zohoapis.com/creator/v2.1/data/acme/shop";

fn enter_with(options: SandboxOptions) -> (Sandbox, String) {
    let sandbox = Sandbox::launch(options).unwrap();
    let token = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCreator.form.CREATE,ZohoCreator.report.ALL");
    (sandbox, token)
}

fn enter() -> (Sandbox, String) {
    enter_with(SandboxOptions::default())
}

fn encoded(criteria: &str) -> String {
    url::form_urlencoded::byte_serialize(criteria.as_bytes()).collect()
}

/// The status of an answer and the code in it.
fn said(answer: &Answer) -> (u16, u64) {
    (answer.status, answer.json()["code"].as_u64().unwrap())
}

/// An application whose forms are described.
fn described() -> Applications {
    let customer = Form {
        name: "Customer".into(),
        fields: vec![Field::new("Name", FieldType::Text), Field::new("City", FieldType::Text)],
        ..Form::default()
    };
    let choices = |field: Field| Field { choices: vec!["Open".into(), "Paid".into()], ..field };
    let order = Form {
        name: "Order".into(),
        success: Some("The order is noted.".into()),
        fields: vec![
            Field { unique: true, title: Some("Order number".into()), ..Field::new("Number", FieldType::Text) },
            Field { required: true, ..Field::new("Item", FieldType::Text) },
            Field { max: Some(4), ..Field::new("Amount", FieldType::Decimal) },
            choices(Field::new("Status", FieldType::DropDown)),
            choices(Field::new("Marks", FieldType::MultiSelect)),
            Field {
                looks_up: Some("Customer".into()),
                shows: Some("Name + \", in City \" + City".into()),
                ..Field::new("Buyer", FieldType::DropDown)
            },
            Field { looks_up: Some("Customer".into()), ..Field::new("Watchers", FieldType::MultiSelect) },
            Field::new("Home", FieldType::Address),
            Field {
                fields: vec![Field::new("Thing", FieldType::Text), Field::new("Plan", FieldType::File)],
                ..Field::new("Lines", FieldType::Subform)
            },
            Field::new("Serial", FieldType::AutoNumber),
            Field::new("Paper", FieldType::File),
        ],
        ..Form::default()
    };
    let applications = Applications::default();
    let report = |name: &str, columns: &[&str], criteria: Option<&str>| Report {
        name: name.into(),
        form: "Order".into(),
        criteria: criteria.map(str::to_owned),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    let reports = vec![
        report("Every_Order", &[], None),
        report("Hats", &["Item", "Buyer.City"], Some("Item.startsWith(\"Hat\") && Added_User == zoho.loginuser")),
        report("Odd", &[], Some("thisapp.odd(ID)")),
    ];
    let components = Components { reports, pages: vec!["Start".into()] };
    applications.describe("shop", vec![customer, order], components, Settings::default(), None).unwrap();
    applications
}

#[test]
fn records_go_in_through_forms_and_out_through_reports() {
    let (sandbox, token) = enter();
    let write = |method: &str, url: &str, body: Value| send(&sandbox, method, url, &token, &body);
    let made = write("POST", &format!("{OLD}/form/Order"), json!({ "data": { "Item": "Hat", "Amount": 12.5 } })).json();
    assert_eq!((&made["code"], &made["message"]), (&json!(3000), &json!("Data Added Successfully")));
    let id = made["data"]["ID"].as_str().unwrap().to_owned();
    let several = json!({ "data": [{ "Item": "Cap", "Amount": 5 }, { "Item": "Box", "Amount": 1 }], "result": { "fields": ["Item"] }, "skip_workflow": ["all"] });
    let several = write("POST", &format!("{NEW}/form/Order"), several).json();
    assert_eq!(
        (several["result"].as_array().unwrap().len(), &several["result"][0]["data"]["Item"]),
        (2, &json!("Cap"))
    );
    assert_eq!(several["result"][1]["message"], "Data Added Successfully!");
    // The old host and the new one show the same records, under each name that a report may have.
    for url in [format!("{OLD}/report/All_Orders"), format!("{NEW}/report/Order_Report"), format!("{NEW}/report/Order")]
    {
        assert_eq!(get(&sandbox, &url, &token).json()["data"].as_array().unwrap().len(), 3, "{url}");
    }
    let report = format!("{NEW}/report/All_Orders");
    let criteria = encoded("Amount > 2 && Item != \"Cap\"");
    assert_eq!(get(&sandbox, &format!("{report}?criteria={criteria}"), &token).json()["data"][0]["Item"], "Hat");
    assert_eq!(get(&sandbox, &format!("{report}/{id}"), &token).json()["data"]["Amount"], "12.5");
    let changed = write("PATCH", &report, json!({ "criteria": "Amount < 10", "data": { "Status": "Late" } })).json();
    assert_eq!((changed["result"].as_array().unwrap().len(), &changed["more_records"]), (2, &json!(false)));
    let one = write(
        "PATCH",
        &format!("{report}/{id}"),
        json!({ "data": { "Status": "Paid" }, "result": { "fields": ["Item", "Status"], "message": false } }),
    );
    assert_eq!(one.json(), json!({ "code": 3000, "data": { "ID": id, "Item": "Hat", "Status": "Paid" } }));
    assert_eq!(
        write("DELETE", &format!("{report}/{id}"), json!({})).json(),
        json!({ "code": 3000, "result": [{ "code": 3000, "data": { "ID": id }, "message": "Data Deleted Successfully!" }] })
    );
    let gone = write("DELETE", &report, json!({ "criteria": "Item == \"Cap\"" })).json();
    assert_eq!(gone["result"][0]["message"], "Data Deleted Successfully!");
    let box_id = several["result"][1]["data"]["ID"].as_str().unwrap();
    let old = write("DELETE", &format!("{OLD}/report/All_Orders/{box_id}"), json!({})).json();
    assert_eq!((&old["data"]["ID"], &old["message"]), (&json!(box_id), &json!("Record Deleted Successfully")));
    assert_eq!(said(&get(&sandbox, &report, &token)), (400, 9220));
}

#[test]
fn nothing_found_has_a_code_for_each_version() {
    let (sandbox, token) = enter();
    send(&sandbox, "POST", &format!("{OLD}/form/Order"), &token, &json!({ "data": { "Item": "Hat" } }));
    let none = encoded("Item == \"Cap\"");
    for (url, expected) in [
        (format!("{NEW}/report/Order?criteria={none}"), (400, 9280)),
        (format!("{OLD}/report/Order?criteria={none}"), (200, 3100)),
        (format!("{OLD}/report/Order?from=2"), (200, 3100)),
        (format!("{NEW}/report/Order/12345"), (404, 3190)),
        (format!("{OLD}/report/Order/12345"), (200, 3190)),
        (format!("{NEW}/report/Order/abc"), (404, 3190)),
    ] {
        assert_eq!(said(&get(&sandbox, &url, &token)), expected, "{url}");
    }
    let message = |url: &str| get(&sandbox, url, &token).json()["message"].clone();
    assert_eq!(message(&format!("{NEW}/report/Order?criteria={none}")), "No records found matching the given criteria");
    for method in ["PATCH", "DELETE"] {
        let body = json!({ "criteria": "Item == \"Cap\"", "data": { "Item": "x" } });
        assert_eq!(said(&send(&sandbox, method, &format!("{NEW}/report/Order"), &token, &body)), (400, 9280));
        assert_eq!(said(&send(&sandbox, method, &format!("{OLD}/report/Order/12"), &token, &body)), (200, 3190));
    }
    call(&sandbox, "DELETE", &format!("{NEW}/report/Order?criteria=ID!%3D0"), &[("Authorization", &token)], "");
    let empty = get(&sandbox, &format!("{NEW}/report/Order?criteria={none}"), &token);
    assert_eq!((said(&empty), &empty.json()["message"]), ((400, 9220), &json!("No records exist in this report.")));
    assert_eq!(said(&get(&sandbox, &format!("{OLD}/report/Order"), &token)), (200, 3100));
}

#[test]
fn mistakes_have_their_codes() {
    let (sandbox, token) = enter();
    let add = format!("{NEW}/form/Order");
    send(&sandbox, "POST", &add, &token, &json!({ "data": { "Item": "Hat" } }));
    let json = [("Authorization", token.as_str()), ("Accept", "application/json")];
    let ask = |method: &str, url: &str, body: &str| said(&call(&sandbox, method, url, &json, body));
    let records = |count| json!({ "data": vec![json!({ "N": 1 }); count] }).to_string();
    for (method, path, body, newer, older) in [
        ("POST", "form/Order", "", (400, 3020), (200, 3020)),
        ("POST", "form/Order", "{\"data\": []}", (400, 3020), (200, 3020)),
        ("POST", "form/Order", "{\"data\": 1}", (400, 3020), (200, 3020)),
        ("POST", "form/Order", &*records(201), (200, 3950), (200, 3950)),
        ("POST", "form/bad%20name", "{\"data\": {\"A\": 1}}", (404, 2893), (200, 2893)),
        ("PATCH", "report/Order", "{\"data\": {\"A\": 1}}", (400, 3020), (200, 3020)),
        ("PATCH", "report/Order", "{\"criteria\": \"ID != 0\"}", (400, 3020), (200, 3020)),
        ("DELETE", "report/Order", "{}", (400, 3020), (200, 3020)),
        ("GET", "report/Nothing", "", (404, 2894), (200, 2894)),
        ("GET", "report/Order?criteria=Item%20~", "", (400, 3090), (200, 3090)),
        ("GET", "report/Order?criteria=Item.likes(1)", "", (400, 3090), (200, 3090)),
        ("GET", "form/Order", "", (405, 1020), (200, 1020)),
        ("GET", "view/Order", "", (404, 1000), (200, 1000)),
        ("GET", "report/Order/1/2/3/4/5", "", (404, 1000), (200, 1000)),
    ] {
        assert_eq!(ask(method, &format!("{NEW}/{path}"), body), newer, "2.1 {method} {path} {body}");
        assert_eq!(ask(method, &format!("{OLD}/{path}"), body), older, "2 {method} {path} {body}");
    }
    assert_eq!(ask("GET", &format!("{OLD}/report/Order?limit=500"), ""), (200, 3970));
    for wrong in ["max_records=7", "field_config=some", "field_config=custom"] {
        assert_eq!(ask("GET", &format!("{NEW}/report/Order?{wrong}"), ""), (400, 1000), "{wrong}");
    }
    assert_eq!(ask("GET", "https://creator.zoho.com/api/v2/acme/none/report/All_Orders", ""), (200, 2892));
    assert_eq!(ask("GET", &NEW.replace("shop", "none/report/Order"), ""), (404, 2892));
    // Who may not call at all is told so with the status of that, in both versions.
    assert_eq!(said(&get(&sandbox, &format!("{OLD}/report/Order"), "Zoho-oauthtoken x")), (401, 1030));
    let other = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.modules.ALL");
    assert_eq!(said(&get(&sandbox, &format!("{OLD}/report/Order"), &other)), (401, 2945));
    let accepts =
        |url: &str, kind: &str| call(&sandbox, "GET", url, &[("Authorization", &token), ("Accept", kind)], "");
    let report = format!("{NEW}/report/Order");
    for kind in ["text/html", "application/*"] {
        assert_eq!(said(&accepts(&report, kind)), (400, 9210), "{kind}");
        assert_eq!(accepts(&format!("{OLD}/report/Order"), kind).json()["code"], 3000, "{kind}");
    }
    for kind in ["*/*", "application/json", "application/json;charset=UTF-8", "text/plain, application/json"] {
        assert_eq!(accepts(&report, kind).json()["code"], 3000, "{kind}");
    }
    assert_eq!(accepts(&report, "text/csv").json()["error"], "not_played");
}

#[test]
fn rules_of_a_form_hold_and_each_record_is_judged_by_itself() {
    let (sandbox, token) = enter_with(SandboxOptions { applications: described(), ..SandboxOptions::default() });
    let add = |fields: Value| send(&sandbox, "POST", &format!("{NEW}/form/Order"), &token, &json!({ "data": fields }));
    let first = add(json!({ "Number": "A1", "Item": "Hat", "Amount": "1.50", "Marks": ["Open"] })).json();
    assert_eq!((&first["code"], &first["message"]), (&json!(3000), &json!("The order is noted.")));
    for (fields, code) in [
        (json!({ "Item": "x", "Serial": 7 }), 3050),
        (json!({ "Item": "x", "Paper": "a.txt" }), 3050),
        (json!({ "Item": "x", "Status": "Lost" }), 2902),
        (json!({ "Item": "x", "Marks": ["Open", "Lost"] }), 2902),
        (json!({ "Item": "x", "Amount": "123.45" }), 8011),
        (json!({ "Item": "x".repeat(256) }), 8011),
        (json!({ "Item": "x", "Amount": "much" }), 8012),
    ] {
        assert_eq!(said(&add(fields.clone())).1, code, "{fields}");
    }
    for (fields, wrong) in [
        (json!({ "Amount": 1 }), json!({ "Item": "Enter a value for Item" })),
        (json!({ "Item": "" }), json!({ "Item": "Enter a value for Item" })),
        (json!({ "Item": "x", "Itme": 1 }), json!({ "Itme": "The form Order has no such field" })),
        (
            json!({ "Item": "x", "Number": "A1" }),
            json!({ "Number": "This value already exists. Enter a unique value." }),
        ),
    ] {
        assert_eq!(add(fields.clone()).json(), json!({ "code": 3002, "error": wrong }), "{fields}");
    }
    let missing = add(json!({ "Item": "x", "Buyer": "99" })).json();
    assert!(missing["error"]["Buyer"].as_str().unwrap().starts_with("Invalid column value"), "{missing}");
    let several = add(json!([{ "Item": "Cap" }, { "Amount": 1 }, 7, { "Item": "Box", "Status": "Lost" }])).json();
    let codes: Vec<&Value> = several["result"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!((codes, &several["code"]), (vec![&json!(3000), &json!(3002), &json!(3020), &json!(2902)], &json!(3000)));
    // Nothing is left of what was refused, and a change of several goes on after one that is.
    let report = format!("{NEW}/report/Every_Order");
    assert_eq!(get(&sandbox, &report, &token).json()["data"].as_array().unwrap().len(), 2);
    let change = |body: Value| send(&sandbox, "PATCH", &report, &token, &body).json();
    let numbered = change(json!({ "criteria": "ID != 0", "data": { "Number": "B1" } }));
    assert_eq!((&numbered["result"][0]["code"], &numbered["result"][1]["code"]), (&json!(3000), &json!(3002)));
    let emptied = change(json!({ "criteria": "Number == \"B1\"", "data": { "Item": null } }));
    assert_eq!(emptied["result"][0]["error"]["Item"], "Enter a value for Item");
    let id = first["data"]["ID"].as_str().unwrap();
    let one = |body: Value| send(&sandbox, "PATCH", &format!("{report}/{id}"), &token, &body);
    assert_eq!(said(&one(json!({ "data": { "Serial": 3 } }))), (400, 3050));
    assert_eq!(one(json!({ "data": { "Item": "Scarf" } })).json()["message"], "Data Updated Successfully!");
}

#[test]
fn pages_differ_by_version() {
    let (sandbox, token) = enter();
    let records: Vec<Value> = (1..=200).map(|n| json!({ "N": n })).collect();
    for _ in 0..2 {
        send(&sandbox, "POST", &format!("{OLD}/form/Count"), &token, &json!({ "data": records }));
    }
    let numbers = |answer: &Value| -> Vec<u64> {
        answer["data"].as_array().unwrap().iter().map(|row| row["N"].as_str().unwrap().parse().unwrap()).collect()
    };
    let old = get(&sandbox, &format!("{OLD}/report/Count?from=199&limit=3"), &token).json();
    assert_eq!(numbers(&old), [199, 200, 1]);
    let report = format!("{NEW}/report/Count");
    // `from` and `limit` of version 2 mean nothing here.
    let first = get(&sandbox, &format!("{report}?from=199&limit=3"), &token);
    assert_eq!(numbers(&first.json()).len(), 200);
    let cursor = first.header("record_cursor").unwrap().to_owned();
    let go_on =
        |cursor: &str| call(&sandbox, "GET", &report, &[("Authorization", &token), ("record_cursor", cursor)], "");
    // What was shown may go meanwhile: the next page begins where the last one ended.
    send(&sandbox, "DELETE", &report, &token, &json!({ "criteria": "N == 7" }));
    let next = go_on(&cursor);
    let shown = numbers(&next.json());
    assert_eq!((shown.len(), shown[0], next.header("record_cursor")), (199, 1, None));
    assert_eq!(said(&go_on("!")), (400, 1000));
    let many = get(&sandbox, &format!("{report}?max_records=500"), &token);
    assert_eq!((numbers(&many.json()).len(), many.header("record_cursor")), (398, None));
    // More than 200 are changed and deleted only where the call says so, 200 at a time.
    let all = json!({ "criteria": "ID != 0", "data": { "N": 5 } });
    for method in ["PATCH", "DELETE"] {
        assert_eq!(said(&send(&sandbox, method, &report, &token, &all)), (200, 3960));
    }
    let until = format!("{report}?process_until_limit=true");
    let changed = send(&sandbox, "PATCH", &until, &token, &all).json();
    assert_eq!((changed["result"].as_array().unwrap().len(), &changed["more_records"]), (200, &json!(true)));
    let mut body = all.clone();
    body["process_until_limit"] = true.into();
    for more in [true, false] {
        let gone = send(&sandbox, "DELETE", &report, &token, &body).json();
        assert_eq!(gone["more_records"], more);
    }
    assert_eq!(said(&get(&sandbox, &report, &token)), (400, 9220));
}

#[test]
fn values_are_shown_as_the_version_shows_them() {
    let (sandbox, token) = enter_with(SandboxOptions { applications: described(), ..SandboxOptions::default() });
    let add = |form: &str, fields: Value| {
        let made = send(&sandbox, "POST", &format!("{NEW}/form/{form}"), &token, &json!({ "data": fields })).json();
        made["data"]["ID"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    };
    let ann = add("Customer", json!({ "Name": "Ann", "City": "Rome" }));
    let bob = add("Customer", json!({ "Name": "Bob", "City": "Oslo" }));
    let order = add(
        "Order",
        json!({
            "Item": "Hat", "Amount": 2.5, "Marks": ["Open", "Paid"], "Buyer": ann, "Watchers": [ann, bob],
            "Home": { "address_line_1": "Road 1", "district_city": "Rome" },
            "Lines": [{ "Thing": "Brim" }, { "Thing": "Band" }],
        }),
    );
    let newer = get(&sandbox, &format!("{NEW}/report/Order/{order}"), &token).json()["data"].clone();
    assert_eq!((&newer["Amount"], &newer["Marks"]), (&json!("2.50"), &json!(["Open", "Paid"])));
    assert_eq!(newer["Buyer"], json!({ "ID": ann, "zc_display_value": "Ann Rome", "Name": "Ann", "City": "Rome" }));
    assert_eq!(newer["Watchers"][1], json!({ "ID": bob, "zc_display_value": "Bob", "Name": "Bob" }));
    assert_eq!(newer["Home"]["zc_display_value"], "Road 1, Rome");
    assert_eq!((&newer["Lines"][1]["zc_display_value"], &newer["Lines"][1]["Thing"]), (&json!("Band"), &json!("Band")));
    assert!(newer["Lines"][0]["ID"].is_string() && newer["Lines"][0].get("Added_Time").is_none());
    let older = get(&sandbox, &format!("{OLD}/report/Order/{order}"), &token).json()["data"].clone();
    assert_eq!((&older["Marks"], &older["Watchers"]), (&json!("Open Paid"), &json!("Ann Bob")));
    assert_eq!(older["Buyer"], json!({ "ID": ann, "display_value": "Ann Rome" }));
    assert_eq!(
        (&older["Home"]["display_value"], &older["Lines"][0]["display_value"]),
        (&json!("Road 1, Rome"), &json!("Brim"))
    );
    let list = |query: &str| get(&sandbox, &format!("{NEW}/report/Order?{query}"), &token).json()["data"][0].clone();
    assert_eq!(list("field_config=custom&fields=Item,Amount"), json!({ "ID": order, "Item": "Hat", "Amount": "2.50" }));
    assert!(list("field_config=all").as_object().unwrap().len() > 10);
    // A record that was read can be written back.
    let again = json!({ "data": { "Buyer": newer["Buyer"], "Watchers": newer["Watchers"], "Home": newer["Home"] } });
    assert_eq!(send(&sandbox, "PATCH", &format!("{NEW}/report/Order/{order}"), &token, &again).json()["code"], 3000);
    let after = get(&sandbox, &format!("{NEW}/report/Order/{order}"), &token).json()["data"].clone();
    assert_eq!((&after["Buyer"], &after["Watchers"]), (&newer["Buyer"], &newer["Watchers"]));
}

#[test]
fn reports_of_an_application_have_criteria_and_columns() {
    let (sandbox, token) = enter_with(SandboxOptions { applications: described(), ..SandboxOptions::default() });
    let records = json!({ "data": [{ "Item": "Hat", "Amount": 1 }, { "Item": "Cap", "Amount": 2 }] });
    let made = send(&sandbox, "POST", &format!("{NEW}/form/Order"), &token, &records).json();
    let (hat, cap) =
        (made["result"][0]["data"]["ID"].as_str().unwrap(), made["result"][1]["data"]["ID"].as_str().unwrap());
    let report = |path: &str| get(&sandbox, &format!("{NEW}/report/{path}"), &token);
    assert_eq!(report("Hats").json()["data"], json!([{ "ID": hat, "Item": "Hat" }]));
    assert_eq!(report(&format!("Hats/{hat}")).json()["data"]["Amount"], "1.00");
    assert_eq!(said(&report(&format!("Hats/{cap}"))), (404, 3190));
    assert_eq!(report("Every_Order").json()["data"].as_array().unwrap().len(), 2);
    let odd = report("Odd");
    assert!(said(&odd) == (400, 3090) && odd.text().contains("in the report Odd"), "{}", odd.text());
    let pages = get(&sandbox, "https://www.zohoapis.com/creator/v2.1/meta/acme/shop/pages", &token).json();
    assert_eq!(pages["pages"][0]["link_name"], "Start");
}

#[test]
fn reports_of_a_seed_have_criteria_and_views() {
    let seed = json!({ "creator": {
        "shop.Order": [
            { "ID": "1", "Item": "Seed", "Status": "Open", "Amount": "2.50" },
            { "ID": "2", "Item": "Hat", "Status": "Paid", "Amount": "3.50" },
        ],
        "reports": [
            { "report": "Open", "form": "Order", "criteria": "Status == \"Open\"", "quick_view": ["Item"], "detail_view": ["Item", "Status"] },
            { "report": "None", "form": "Order", "criteria": "Status == \"Lost\"" },
        ],
        "pages": [{ "app": "shop", "page": "Start_Here" }],
    } });
    let (sandbox, token) = enter_with(SandboxOptions { seed: Some(seed), ..SandboxOptions::default() });
    let data = |path: &str| get(&sandbox, &format!("{NEW}/report/{path}"), &token).json()["data"].clone();
    assert_eq!(data("Open"), json!([{ "ID": "1", "Item": "Seed" }]));
    assert_eq!(data("Open/1"), json!({ "ID": "1", "Item": "Seed", "Status": "Open" }));
    assert_eq!(data("Open/1?field_config=quick_view"), json!({ "ID": "1", "Item": "Seed" }));
    assert_eq!(data("Open?field_config=all")[0]["Amount"], "2.50");
    assert_eq!(said(&get(&sandbox, &format!("{NEW}/report/Open/2"), &token)), (404, 3190));
    assert_eq!(said(&get(&sandbox, &format!("{NEW}/report/None?criteria=ID%3D%3D1"), &token)), (400, 9220));
    let paid = encoded("Status == \"Paid\"");
    assert_eq!(said(&get(&sandbox, &format!("{NEW}/report/Open?criteria={paid}"), &token)), (400, 9280));
    assert_eq!(get(&sandbox, &format!("{OLD}/report/Open/1"), &token).json()["data"]["Item"], "Seed");
    let meta = |path: &str| get(&sandbox, &format!("https://www.zohoapis.com/creator/v2.1/meta/{path}"), &token);
    assert_eq!(
        meta("acme/shop/pages").json()["pages"],
        json!([{ "display_name": "Start Here", "link_name": "Start_Here" }])
    );
    let reports = meta("acme/shop/reports").json()["reports"].clone();
    assert_eq!((&reports[0]["link_name"], &reports[1]["link_name"]), (&json!("Open"), &json!("None")));
}
