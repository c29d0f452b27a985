//! The double of the CRM, over HTTP.

use rainwright_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::*;

const API: &str = "https://www.zohoapis.com/crm/v2";

fn enter() -> (Sandbox, String) {
    let sandbox = start();
    let token = header(
        &sandbox,
        ZOHO,
        "Zoho-oauthtoken",
        "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,ZohoCRM.files.ALL",
    );
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
    let unknown = read("Leads/999999");
    assert_eq!((unknown.status, unknown.json()["code"].as_str().unwrap()), (400, "INVALID_DATA"));
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
    assert_eq!(untagged["data"][0]["details"]["tags"], json!([{ "name": "MailChimp" }]));
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

/// Queries, and the ids that they give in order; a text that begins with `!` is the code of an error.
const QUERIES: &[(&str, &str)] = &[
    ("select Last_Name from Leads where Lead_Source = 'Partner'", "1003 1006 1009"),
    ("select Last_Name from Leads where Lead_Source != 'Partner' and Annual_Revenue > 150000", "1010 1011"),
    (
        "select Last_Name from Leads where (Lead_Source = 'Web' or Lead_Source = 'Cold Call') and Email is not null order by Last_Name",
        "1001 1004 1007 1010",
    ),
    ("select Last_Name from Leads where Email is null", "1012"),
    ("select Last_Name from Leads where Last_Name like 'S%' order by Last_Name desc", "1012 1010 1009"),
    ("select Last_Name from Leads where Last_Name like '%ov%'", "1007 1008"),
    (
        "select Last_Name from Leads where Last_Name not like '%a%' and Annual_Revenue between 50000 and 90000",
        "1001 1003",
    ),
    (
        "select Last_Name from Leads where Lead_Status in ('Qualified', 'Contacted') and Annual_Revenue < 100000",
        "1002 1003",
    ),
    ("select Last_Name from Leads where Lead_Status not in ('Qualified','Contacted') and Email_Opt_Out = true", "1007"),
    ("select Last_Name from Leads where Annual_Revenue is not null order by Annual_Revenue desc limit 2", "1011 1010"),
    (
        "select Last_Name from Leads where Annual_Revenue is not null order by Annual_Revenue desc limit 2, 2",
        "1009 1008",
    ),
    (
        "select Last_Name from Leads where Annual_Revenue is not null order by Annual_Revenue desc limit 2 offset 2",
        "1009 1008",
    ),
    ("select Last_Name from Contacts where Account_Name.Account_Name = 'Blue Harbour'", "2003"),
    ("select Last_Name from Contacts where Account_Name = '3001' order by Last_Name", "2002 2001"),
    ("select Deal_Name from Deals where Closing_Date >= '2025-06-01' and Contact_Name is not null", "4001"),
    ("select Deal_Name from Deals where Account_Name.Employees > 20 order by Amount", "4002 4001"),
    ("SELECT id FROM Deals WHERE Stage = 'Closed Won'", "4002"),
    ("select Last_Name from Leads where Last_Name = 'Nobody'", ""),
    ("select Last_Name from Leads", "!SYNTAX_ERROR"),
    ("select Last_Name where id = 1", "!SYNTAX_ERROR"),
    ("delete from Leads where id = 1", "!SYNTAX_ERROR"),
    ("select Nonsense from Leads where id is not null", "!INVALID_QUERY"),
    ("select Last_Name from Nothing where id is not null", "!INVALID_QUERY"),
    ("select Last_Name from Leads where Last_Name = 'open", "!SYNTAX_ERROR"),
    ("select Last_Name from Leads where Last_Name ~ 'x'", "!SYNTAX_ERROR"),
    ("select Last_Name from Leads where id is not null limit 5000", "!LIMIT_EXCEEDED"),
];

#[test]
fn coql_answers_queries() {
    let (sandbox, token) = enter();
    for (query, expected) in QUERIES {
        let answer =
            send(&sandbox, "POST", "https://www.zohoapis.com/crm/v8/coql", &token, &json!({ "select_query": query }));
        match expected.strip_prefix('!') {
            Some(code) => assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(code)), "{query}"),
            None if expected.is_empty() => assert_eq!(answer.status, 204, "{query}"),
            None => assert_eq!(ids(&answer).join(" "), *expected, "{query}: {}", answer.text()),
        }
    }
    let ask = |query: &str| {
        send(&sandbox, "POST", "https://www.zohoapis.com/crm/v8/coql", &token, &json!({ "select_query": query })).json()
    };
    let row = ask("select Last_Name, Account_Name, Account_Name.Account_Name, Owner from Contacts where id = '2001'");
    assert_eq!(
        row["data"][0],
        json!({
            "Last_Name": "Keller", "Account_Name": { "id": "3001" }, "Account_Name.Account_Name": "Northwind Traders",
            "Owner": { "id": "100000000000000001" }, "id": "2001"
        })
    );
    assert_eq!(row["info"], json!({ "count": 1, "more_records": false }));
    let groups = ask(
        "select Lead_Source, count(id) as total, sum(Annual_Revenue) from Leads where Annual_Revenue is not null group by Lead_Source order by Lead_Source",
    );
    assert_eq!(groups["data"][0], json!({ "Lead_Source": "Partner", "total": 3, "sum(Annual_Revenue)": 337_500.0 }));
}

#[test]
fn fields_have_kinds() {
    let (sandbox, token) = enter();
    let add = |module: &str, record: Value| {
        send(&sandbox, "POST", &format!("{API}/{module}"), &token, &json!({ "data": [record] })).json()["data"][0]
            .clone()
    };
    let wrong = [
        ("Leads", json!({ "Last_Name": "A", "Email": "x" }), "Email", "email"),
        ("Leads", json!({ "Last_Name": "A", "Annual_Revenue": "12" }), "Annual_Revenue", "double"),
        ("Leads", json!({ "Last_Name": "A", "No_of_Employees": 1.5 }), "No_of_Employees", "integer"),
        ("Leads", json!({ "Last_Name": "A", "Email_Opt_Out": "true" }), "Email_Opt_Out", "boolean"),
        ("Leads", json!({ "Last_Name": 12 }), "Last_Name", "text"),
        ("Deals", json!({ "Deal_Name": "D", "Stage": "X", "Closing_Date": "31/12/2025" }), "Closing_Date", "date"),
        ("Contacts", json!({ "Last_Name": "A", "Account_Name": "999" }), "Account_Name", "lookup"),
        ("Contacts", json!({ "Last_Name": "A", "Owner": "999" }), "Owner", "ownerlookup"),
        (
            "Events",
            json!({ "Event_Title": "E", "Start_DateTime": "2025-05-01", "End_DateTime": "2025-05-01T10:00:00+00:00" }),
            "Start_DateTime",
            "datetime",
        ),
    ];
    for (module, record, field, kind) in wrong {
        let item = add(module, record);
        let path = format!("$.data[0].{field}");
        let details = json!({ "expected_data_type": kind, "api_name": field, "json_path": path });
        assert_eq!((&item["code"], &item["details"]), (&json!("INVALID_DATA"), &details));
    }
    for (module, field) in [
        ("Accounts", "Account_Name"),
        ("Deals", "Deal_Name"),
        ("Tasks", "Subject"),
        ("Vendors", "Vendor_Name"),
        ("Solutions", "Solution_Title"),
        ("Campaigns", "Campaign_Name"),
        ("Products", "Product_Name"),
    ] {
        let item = add(module, json!({ "Description": "x" }));
        assert_eq!((&item["code"], &item["details"]["api_name"]), (&json!("MANDATORY_NOT_FOUND"), &json!(field)));
    }
    let many: Vec<Value> = (0..101).map(|n| json!({ "Last_Name": n.to_string() })).collect();
    let many = send(&sandbox, "POST", &format!("{API}/Leads"), &token, &json!({ "data": many }));
    assert_eq!((many.status, &many.json()["code"]), (400, &json!("LIMIT_EXCEEDED")));
    // Unset fields are null, not missing.
    let lead = get(&sandbox, &format!("{API}/Leads/1001"), &token).json()["data"][0].clone();
    assert!(lead.as_object().unwrap().contains_key("Website") && lead["Website"].is_null());
    assert_eq!(lead["$editable"], true);
}

#[test]
fn line_items_have_their_own_ids_and_names() {
    let (sandbox, token) = enter();
    let items = json!([{ "Product_Name": { "id": "9001" }, "Quantity": 2 }]);
    let new = "https://www.zohoapis.com/crm/v8/Quotes";
    let body = json!({ "data": [{ "Subject": "Q", "Quoted_Items": items }] });
    let made = send(&sandbox, "POST", new, &token, &body).json();
    let id = made["data"][0]["details"]["id"].as_str().unwrap().to_owned();
    let quote = get(&sandbox, &format!("{new}/{id}"), &token).json()["data"][0].clone();
    assert_eq!(quote["Quoted_Items"][0]["Product_Name"], json!({ "name": "Umbrella", "id": "9001" }));
    assert!(quote["Quoted_Items"][0]["id"].is_string() && quote["Quote_Number"].is_string());
    // Version 2 has one name for the line items of all modules.
    let old = get(&sandbox, &format!("{API}/Quotes/{id}"), &token).json()["data"][0].clone();
    assert!(old["Product_Details"].is_array() && old.get("Quoted_Items").is_none());
    let missing =
        send(&sandbox, "POST", &format!("{API}/Quotes"), &token, &json!({ "data": [{ "Subject": "Q" }] })).json();
    assert_eq!(missing["data"][0]["details"]["api_name"], "Product_Details");
}

#[test]
fn settings_describe_modules() {
    let (sandbox, token) = enter();
    let read = |path: &str| get(&sandbox, &format!("https://www.zohoapis.com/crm/v8/{path}"), &token);
    let fields = read("settings/fields?module=Deals").json();
    let stage =
        fields["fields"].as_array().unwrap().iter().find(|field| field["api_name"] == "Stage").cloned().unwrap();
    assert_eq!((&stage["data_type"], &stage["system_mandatory"]), (&json!("picklist"), &json!(true)));
    assert_eq!(stage["pick_list_values"][0]["actual_value"], "Qualification");
    let account =
        fields["fields"].as_array().unwrap().iter().find(|field| field["api_name"] == "Account_Name").cloned().unwrap();
    assert_eq!(account["lookup"]["module"]["api_name"], "Accounts");
    let modules = read("settings/modules").json()["modules"].as_array().unwrap().len();
    assert!(modules >= 20, "{modules}");
    assert_eq!(read("settings/modules/Deals").json()["modules"][0]["plural_label"], "Deals");
    let lists = read("settings/related_lists?module=Accounts").json();
    let names: Vec<&str> =
        lists["related_lists"].as_array().unwrap().iter().map(|l| l["api_name"].as_str().unwrap()).collect();
    for name in ["Contacts", "Deals", "Notes", "Attachments", "Tasks", "Products"] {
        assert!(names.contains(&name), "{name} in {names:?}");
        assert!([200, 204].contains(&read(&format!("Accounts/3001/{name}?fields=id")).status), "{name}");
    }
    assert_eq!(
        read("settings/layouts?module=Leads").json()["layouts"][0]["sections"][0]["fields"][0]["api_name"],
        "Last_Name"
    );
    assert_eq!(read("settings/custom_views?module=Leads").json()["custom_views"][0]["name"], "All Leads");
    assert_eq!(read("settings/fields").json()["code"], "REQUIRED_PARAM_MISSING");
    assert_eq!(read("users?type=CurrentUser").json()["users"][0]["email"], "robin@example.com");
    assert_eq!(read("org").json()["org"][0]["company_name"], "Sandbox");
    assert_eq!(read("settings/automation/webhooks").json()["error"], "not_played");
    assert_eq!(stats(&sandbox)["not_played"].as_object().unwrap().len(), 1);
}

#[test]
fn a_missing_variable_needs_its_group() {
    let (sandbox, token) = enter();
    let read = |path: &str| get(&sandbox, &format!("{API}/settings/variables/{path}"), &token);
    assert_eq!(read("nothing").json()["code"], "REQUIRED_PARAM_MISSING");
    assert_eq!(read("nothing?group=General").status, 204);
    assert_eq!(read("support_email?group=General").status, 200);
    let made = json!({ "variables": [{ "name": "Rate", "api_name": "rate", "type": "integer", "value": 7 }] });
    assert_eq!(send(&sandbox, "POST", &format!("{API}/settings/variables"), &token, &made).status, 201);
    assert_eq!(read("rate").json()["variables"][0]["value"], 7);
}

#[test]
fn custom_modules_and_unique_fields() {
    let (sandbox, token) = enter();
    let write = |path: &str, body: Value| send(&sandbox, "POST", &format!("{API}/{path}"), &token, &body);
    assert_eq!(write("Lead", json!({ "data": [{ "Last_Name": "X" }] })).json()["code"], "INVALID_MODULE");
    assert_eq!(write("Rentals", json!({ "data": [{ "Name": "R1", "Car": "VW" }] })).status, 201);
    let found = get(&sandbox, &format!("{API}/Rentals/search?criteria=(Car:equals:VW)"), &token).json();
    assert_eq!(found["data"][0]["Name"], "R1");
    let field =
        json!({ "fields": [{ "field_label": "Tax Id", "data_type": "text", "unique": { "case_sensitive": false } }] });
    assert_eq!(write("settings/fields?module=Accounts", field).json()["fields"][0]["details"]["api_name"], "Tax_Id");
    let account = json!({ "data": [{ "Account_Name": "A", "Tax_Id": "7" }] });
    let first = write("Accounts", account.clone()).json()["data"][0]["details"]["id"].clone();
    let second = write("Accounts", account).json()["data"][0].clone();
    assert_eq!((&second["code"], &second["details"]["id"]), (&json!("DUPLICATE_DATA"), &first));
}

#[test]
fn pages_can_be_asked_for_by_token_and_deleted_ones_listed() {
    let (sandbox, token) = enter();
    let api = "https://www.zohoapis.com/crm/v8";
    let read = |path: &str| get(&sandbox, &format!("{api}/{path}"), &token);
    let first = read("Leads?fields=Email&per_page=7").json();
    let next = first["info"]["next_page_token"].as_str().unwrap().to_owned();
    let second = read(&format!("Leads?fields=Email&per_page=7&page_token={next}"));
    assert_eq!((ids(&second).len(), &second.json()["info"]["more_records"]), (5, &json!(false)));
    assert_eq!(read("Leads?fields=Email&page=11").json()["code"], "DISCRETE_PAGINATION_LIMIT_EXCEEDED");
    assert_eq!(call(&sandbox, "DELETE", &format!("{api}/Leads/1012"), &[("Authorization", &token)], "").status, 200);
    let gone = read("Leads/deleted?type=all").json()["data"][0].clone();
    assert_eq!(
        (&gone["id"], &gone["display_name"], &gone["type"]),
        (&json!("1012"), &json!("Smith"), &json!("recycle"))
    );
    assert_eq!(read("Leads/actions/count").json()["count"], 11);
    let since = [("Authorization", token.as_str()), ("If-Modified-Since", "2099-01-01T00:00:00+00:00")];
    assert_eq!(call(&sandbox, "GET", &format!("{api}/Leads?fields=Email"), &since, "").status, 304);
}

#[test]
fn blueprints_owners_mails_and_copies() {
    let (sandbox, token) = enter();
    let api = "https://www.zohoapis.com/crm/v8";
    let write = |method: &str, path: &str, body: Value| send(&sandbox, method, &format!("{api}/{path}"), &token, &body);
    let blueprint = get(&sandbox, &format!("{api}/Deals/4001/actions/blueprint"), &token).json()["blueprint"].clone();
    assert_eq!(blueprint["process_info"]["field_value"], "Qualification");
    let won = blueprint["transitions"].as_array().unwrap().iter().find(|t| t["name"] == "Closed Won").cloned().unwrap();
    let chosen = json!({ "blueprint": [{ "transition_id": won["id"], "data": { "Next_Step": "Ship" } }] });
    let done = write("PUT", "Deals/4001/actions/blueprint", chosen).json();
    assert_eq!(done["message"], "transition updated successfully");
    let deal = get(&sandbox, &format!("{api}/Deals/4001"), &token).json()["data"][0].clone();
    assert_eq!((&deal["Stage"], &deal["Next_Step"]), (&json!("Closed Won"), &json!("Ship")));
    let user = json!({ "users": [{ "last_name": "Kim", "email": "kim@example.com", "role": "1", "profile": "2" }] });
    let token_of_admin = header(&sandbox, ZOHO, "Zoho-oauthtoken", "ZohoCRM.users.ALL");
    let kim =
        send(&sandbox, "POST", &format!("{api}/users"), &token_of_admin, &user).json()["users"][0]["details"]["id"]
            .clone();
    assert_eq!(write("POST", "Deals/4001/actions/change_owner", json!({ "owner": { "id": kim } })).status, 200);
    assert_eq!(get(&sandbox, &format!("{api}/Deals/4001"), &token).json()["data"][0]["Owner"]["name"], "Kim");
    let mail = json!({ "data": [{ "from": { "email": "robin@example.com" }, "to": [{ "email": "ada@example.com" }], "subject": "Hi", "content": "x" }] });
    assert_eq!(write("POST", "Leads/1001/actions/send_mail", mail).json()["data"][0]["code"], "SUCCESS");
    let outbox = call(&sandbox, "GET", "/_sandbox/outbox", &[], "").json();
    assert_eq!(outbox["messages"][0]["content"]["subject"], "Hi");
    assert_eq!(write("POST", "Deals/4002/actions/clone", json!({})).status, 201);
    assert_eq!(
        write("POST", "Leads/1002/actions/convert", json!({ "data": [{}] })).json()["data"][0]["code"],
        "SUCCESS"
    );
    assert_eq!(
        write("POST", "Leads/1002/actions/convert", json!({ "data": [{}] })).json()["code"],
        "ID_ALREADY_CONVERTED"
    );
}

#[test]
fn files_go_up_and_records_come_down_in_bulk() {
    let (sandbox, token) = enter();
    let api = "https://www.zohoapis.com/crm/v8";
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
    let headers = [("Authorization", token.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let file =
        call(&sandbox, "POST", &format!("{api}/files"), &headers, body).json()["data"][0]["details"]["id"].clone();
    assert_eq!(get(&sandbox, &format!("{api}/files?id={}", file.as_str().unwrap()), &token).text(), "hello");
    let made = call(&sandbox, "POST", &format!("{api}/Leads/1001/Attachments"), &headers, body).json();
    let id = made["data"][0]["details"]["id"].as_str().unwrap().to_owned();
    assert_eq!(get(&sandbox, &format!("{api}/Leads/1001/Attachments/{id}"), &token).text(), "hello");
    assert_eq!(call(&sandbox, "DELETE", &format!("{api}/Leads/1001/Attachments/{id}"), &headers[..1], "").status, 200);
    assert_eq!(get(&sandbox, &format!("{api}/Leads/1001/Attachments?fields=id"), &token).status, 204);
    let bulk = "https://www.zohoapis.com/crm/bulk/v8/read";
    let query = json!({ "query": { "module": { "api_name": "Leads" }, "fields": ["Last_Name", "Company"], "criteria": {
        "field": { "api_name": "Lead_Source" }, "comparator": "equal", "value": "Partner" } } });
    let job = send(&sandbox, "POST", bulk, &token, &query);
    assert_eq!((job.status, &job.json()["data"][0]["code"]), (201, &json!("ADDED_SUCCESSFULLY")));
    let id = job.json()["data"][0]["details"]["id"].as_str().unwrap().to_owned();
    let state = get(&sandbox, &format!("{bulk}/{id}"), &token).json()["data"][0].clone();
    assert_eq!((&state["state"], &state["result"]["count"]), (&json!("COMPLETED"), &json!(3)));
    let zip = get(&sandbox, &format!("{bulk}/{id}/result"), &token);
    assert_eq!((&zip.bytes[..4], zip.header("content-type")), (&b"PK\x03\x04"[..], Some("application/zip")));
    // The data of the one entry follows its header and its name.
    let from = 30 + id.len() + 4;
    let mut csv = String::new();
    std::io::Read::read_to_string(&mut flate2::read::DeflateDecoder::new(&zip.bytes[from..]), &mut csv).unwrap();
    assert_eq!(
        csv,
        "Id,Last_Name,Company\n1003,Conti,Alpine Optics\n1006,Ndiaye,Teranga Foods\n1009,Santos,Costa Verde\n"
    );
}

#[test]
fn with_leniency_what_nobody_knows_is_made_up() {
    let sandbox =
        Sandbox::launch(rainwright_sandbox::SandboxOptions { lenient: Some(7), ..Default::default() }).unwrap();
    let read = |path: &str| get(&sandbox, &format!("{API}/{path}"), "Zoho-oauthtoken made-up");
    let lead = read("Leads/4876876000000777001").json()["data"][0].clone();
    assert!(lead["Email"].as_str().unwrap().ends_with("@example.com") && lead["Annual_Revenue"].is_number(), "{lead}");
    assert_eq!(read("Leads/4876876000000777001").json()["data"][0], lead);
    let again = Sandbox::launch(rainwright_sandbox::SandboxOptions { lenient: Some(7), ..Default::default() }).unwrap();
    let same = get(&again, &format!("{API}/Leads/4876876000000777001"), "Zoho-oauthtoken other").json();
    assert_eq!(same["data"][0]["Email"], lead["Email"]);
    let body = json!({ "data": [{ "Phone": "+1 555 0000" }] });
    let changed = send(&sandbox, "PUT", &format!("{API}/Contacts/4876876000000777002"), "Zoho-oauthtoken x", &body);
    assert_eq!(changed.status, 200);
    assert_eq!(read("My_Module/4876876000000777003").status, 200);
    assert!(read("settings/variables/api_key").json()["variables"][0]["value"].is_string());
    // Lists are not empty, and a search finds what it asks for.
    assert!(ids(&read("Other_Module")).len() > 1);
    let found = read("Leads/search?criteria=((Email:equals:new.person%40example.com)and(Annual_Revenue:equals:750))");
    assert_eq!(found.json()["data"][0]["Email"], "new.person@example.com");
    assert_eq!(found.json()["data"][0]["Annual_Revenue"].as_f64(), Some(750.0));
    let id = ids(&found)[0].clone();
    assert_eq!(read(&format!("Leads/{id}")).json()["data"][0]["Email"], "new.person@example.com");
    assert_eq!(
        read("Contacts/search?email=nobody.else%40example.com").json()["data"][0]["Email"],
        "nobody.else@example.com"
    );
    let strict = start();
    assert_eq!(get(&strict, &format!("{API}/Other_Module"), "Zoho-oauthtoken x").status, 401);
}

#[test]
fn functions_are_run_by_whoever_started_the_sandbox() {
    let runner = rainwright_sandbox::Runner::new(|name, given| match name {
        "greet" => Ok(format!("Hello {}", given["who"].as_str().unwrap_or("nobody"))),
        _ => Err("no such function".into()),
    });
    let options = rainwright_sandbox::SandboxOptions { runner: Some(runner), ..Default::default() };
    let sandbox = Sandbox::launch(options).unwrap();
    let url = "https://www.zohoapis.com/crm/v7/functions/greet/actions/execute?auth_type=apikey&zapikey=1003.x";
    let said = call(&sandbox, "POST", &format!("{url}&arguments=%7B%22who%22%3A%22Ann%22%7D"), &[], "").json();
    assert_eq!((&said["code"], &said["details"]["output"]), (&json!("success"), &json!("Hello Ann")));
    assert_eq!(call(&sandbox, "POST", &url.replace("greet", "none"), &[], "").json()["code"], "error");
    // The key is good for functions only.
    let records = call(&sandbox, "GET", "https://www.zohoapis.com/crm/v2/Leads?zapikey=1003.x", &[], "");
    assert_eq!(records.status, 401);
}
