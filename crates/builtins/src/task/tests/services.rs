//! What single integration tasks send, and what they make of the answer.

use rainwright_value::Value;

use super::{TestHost, body, file, json, problem, query, shown};
use rainwright_effect::{Data, Decimal, Effect, HttpRequest};

/// Runs a task and shows what it sent: method, address, query and body.
fn sent(name: &str, args: &[Value]) -> String {
    let mut host = TestHost::default();
    host.task(name, args).unwrap();
    line(host.request())
}

fn line(request: &HttpRequest) -> String {
    let mark = if request.query.is_empty() { "" } else { " ? " };
    format!("{} {}{mark}{} {}", request.method, request.url, query(request), body(request))
}

fn result(name: &str, args: &[Value], answer: &str) -> String {
    shown(&TestHost::answering(200, "application/json", answer).task(name, args).unwrap())
}

#[test]
fn crm_reads_records() {
    assert_eq!(sent("zoho.crm.getRecords", &["Leads".into()]), "GET {api_domain}/crm/v2/Leads empty");
    let args = ["Leads".into(), 2.into(), 50.into(), json(r#"{"fields":"Email,City","sort_by":"id"}"#)];
    assert_eq!(
        sent("ZOHO.CRM.GETRECORDS", &args),
        "GET {api_domain}/crm/v2/Leads ? page=2&per_page=50&fields=Email,City&sort_by=id empty"
    );
    assert_eq!(
        sent("zoho.crm.getRecordById", &["Leads".into(), "10 01/7".into()]),
        "GET {api_domain}/crm/v2/Leads/10%2001%2F7 empty"
    );
    assert_eq!(
        sent("zoho.crm.searchRecords", &["Leads".into(), "(Email:equals:a@b.c)".into(), 1.into()]),
        "GET {api_domain}/crm/v2/Leads/search ? criteria=(Email:equals:a@b.c)&page=1 empty"
    );
    assert_eq!(
        sent("zoho.crm.getRelatedRecords", &["Notes".into(), "Leads".into(), 7.into()]),
        "GET {api_domain}/crm/v2/Leads/7/Notes empty"
    );
    assert_eq!(
        sent("zoho.crm.searchRecordsByPDC", &["Contacts".into(), "Email".into(), "a b".into()]),
        "GET {api_domain}/crm/v2/Contacts/search?criteria=(Email:equals:a%20b) empty"
    );
}

#[test]
fn crm_gives_the_records_themselves() {
    let data = r#"{"data":[{"id":"1"},{"id":"2"}],"info":{"more_records":false}}"#;
    for name in ["zoho.crm.getRecords", "zoho.crm.v8.searchRecords"] {
        assert_eq!(
            result(name, &["Leads".into(), "x".into()][..if name.contains("search") { 2 } else { 1 }], data),
            r#"[{"id":"1"},{"id":"2"}]"#
        );
    }
    assert_eq!(result("zoho.crm.getRecordById", &["Leads".into(), 1.into()], data), r#"{"id":"1"}"#);
    assert_eq!(result("zoho.crm.v8.getRecords", &["Leads".into()], data), data);
    let refused = r#"{"code":"INVALID_MODULE","details":{},"message":"no","status":"error"}"#;
    assert_eq!(result("zoho.crm.getRecords", &["Leds".into()], refused), refused);
}

#[test]
fn the_connection_may_follow_fewer_arguments() {
    for args in [
        vec!["Leads".into(), 1.into(), "mine".into()],
        vec!["Leads".into(), 1.into(), Value::Null, "mine".into()],
        vec!["Leads".into(), 1.into(), json("{}"), "mine".into()],
    ] {
        let mut host = TestHost::default();
        host.task("zoho.crm.getRecordById", &args).unwrap();
        assert_eq!(host.request().connection.as_deref(), Some("mine"));
        assert_eq!(host.request().service, None);
    }
    let mut host = TestHost::default();
    host.task("zoho.crm.getRecordById", &["Leads".into(), 1.into()]).unwrap();
    assert_eq!(host.request().service.as_deref(), Some("zoho_crm"));
    let record = json(r#"{"Item":"Hat"}"#);
    let args = ["acme".into(), "shop".into(), "Order".into(), record, "creator".into()];
    host.task("zoho.creator.createRecord", &args).unwrap();
    assert_eq!(host.request().connection.as_deref(), Some("creator"));
}

#[test]
fn a_text_that_is_no_query_is_the_connection() {
    let mut host = TestHost::default();
    let args = ["Items".into(), "60".into(), "books_eu".into()];
    host.task("zoho.books.getRecords", &args).unwrap();
    assert_eq!(host.request().connection.as_deref(), Some("books_eu"));
    let args = ["Items".into(), "60".into(), "name=Hat".into()];
    host.task("zoho.books.getRecords", &args).unwrap();
    assert_eq!(host.request().connection, None);
    assert!(host.request().url.ends_with("/items?name=Hat"));
}

#[test]
fn a_decimal_without_fraction_is_a_number() {
    let page = rainwright_value::Decimal::new(20, 1);
    let args = ["Leads".into(), Value::from(page)];
    assert_eq!(sent("zoho.crm.getRecords", &args), "GET {api_domain}/crm/v2/Leads ? page=2 empty");
    let wrong = problem(TestHost::default().task("zoho.crm.getRecords", &["Leads".into(), "mine".into(), 5.into()]));
    assert!(wrong.message.contains("index 3 Required: [KEY-VALUE] Found: TEXT"), "{wrong}");
    let half = rainwright_value::Decimal::new(15, 1);
    let wrong = problem(
        TestHost::default()
            .task("zoho.crm.getRecords", &["Leads".into(), Value::from(half), 5.into(), json("{}"), "c".into()]),
    );
    assert!(wrong.message.contains("Required: [NUMBER] Found: DECIMAL"), "{wrong}");
}

#[test]
fn crm_writes_with_a_trigger() {
    let lead = || json(r#"{"Last_Name":"Shaw"}"#);
    assert_eq!(
        sent("zoho.crm.createRecord", &["Leads".into(), lead()]),
        r#"POST {api_domain}/crm/v2/Leads application/json | {"data":[{"Last_Name":"Shaw"}],"trigger":["approval","blueprint"]}"#
    );
    for (given, trigger) in [
        (r#"{"trigger":["workflow"]}"#, r#""trigger":["workflow"]"#),
        (r#"{"trigger":[]}"#, r#""trigger":[]"#),
        (r#"{"lar_id":"5"}"#, r#""lar_id":"5","trigger":["approval","blueprint"]"#),
        ("{}", r#""trigger":["approval","blueprint"]"#),
    ] {
        assert_eq!(
            sent("zoho.crm.updateRecord", &["Leads".into(), 7.into(), lead(), json(given)]),
            format!(
                r#"PUT {{api_domain}}/crm/v2/Leads/7 application/json | {{"data":[{{"Last_Name":"Shaw"}}],{trigger}}}"#
            )
        );
    }
    let undecided = rainwright_value::Map::from_iter([("trigger".into(), Value::Braces(Default::default()))]);
    assert!(sent("zoho.crm.createRecord", &["Leads".into(), lead(), undecided.into()]).contains(r#""trigger":[]"#));
    assert_eq!(
        sent("zoho.crm.bulkCreate", &["Leads".into(), json(r#"[{"a":1},{"a":2}]"#), json(r#"{"trigger":[]}"#)]),
        r#"POST {api_domain}/crm/v2/Leads application/json | {"data":[{"a":1},{"a":2}],"trigger":[]}"#
    );
    assert!(
        sent("zoho.crm.update", &["Leads".into(), 7.into(), lead()]).starts_with("PUT {api_domain}/crm/v2/Leads/7 ")
    );
    assert!(
        sent("zoho.crm.v8.upsert", &["Leads".into(), lead()]).starts_with("POST {api_domain}/crm/v8/Leads/upsert ")
    );
}

#[test]
fn crm_gives_details_or_the_error() {
    let lead = || ["Leads".into(), json(r#"{"Last_Name":"Shaw"}"#)];
    let done = r#"{"data":[{"code":"SUCCESS","details":{"id":"9"},"message":"record added","status":"success"}]}"#;
    assert_eq!(result("zoho.crm.createRecord", &lead(), done), r#"{"id":"9"}"#);
    let refused =
        r#"{"code":"MANDATORY_NOT_FOUND","details":{"api_name":"Last_Name"},"message":"required","status":"error"}"#;
    let answer = format!(r#"{{"data":[{refused}]}}"#);
    let mut host = TestHost::answering(400, "application/json", &answer);
    assert_eq!(shown(&host.task("zoho.crm.createRecord", &lead()).unwrap()), refused);
    let merged = r#"{"data":[{"code":"SUCCESS","duplicate_field":"Email","action":"update","details":{"id":"9"},"status":"success"}]}"#;
    assert_eq!(result("zoho.crm.upsert", &lead(), merged), r#"{"id":"9","action":"update","duplicate_field":"Email"}"#);
    assert_eq!(
        result("zoho.crm.bulkUpdate", &["Leads".into(), json("[{}]")], done),
        r#"[{"code":"SUCCESS","details":{"id":"9"},"message":"record added","status":"success"}]"#
    );
    let converted = r#"{"data":[{"Contacts":"1","Deals":null,"Accounts":"2"}]}"#;
    assert_eq!(
        result("zoho.crm.convertLead", &[7.into(), json(r#"{"overwrite":true}"#)], converted),
        r#"{"Contacts":"1","Deals":null,"Accounts":"2"}"#
    );
}

#[test]
fn crm_attaches_files_and_changes_relations() {
    assert_eq!(
        sent("zoho.crm.attachFile", &["Leads".into(), 7.into(), file("a.pdf", "application/pdf", "x")]),
        "POST {api_domain}/crm/v2/Leads/7/Attachments multipart | file file a.pdf (application/pdf)=x"
    );
    let args = ["Campaigns".into(), 2.into(), "Leads".into(), 7.into(), json(r#"{"Member_Status":"Active"}"#)];
    assert_eq!(
        sent("zoho.crm.updateRelatedRecord", &args),
        r#"PUT {api_domain}/crm/v2/Leads/7/Campaigns/2 application/json | {"data":[{"Member_Status":"Active"}]}"#
    );
}

#[test]
fn crm_variables_and_connectors() {
    let answer =
        r#"{"variables":[{"id":"1","api_name":"other","value":1},{"id":"2","api_name":"rate","value":"3.5"}]}"#;
    assert_eq!(result("zoho.crm.getOrgVariable", &["rate".into()], answer), r#""3.5""#);
    assert_eq!(result("zoho.crm.getOrgVariable", &["missing".into()], answer), "null");
    let refused = r#"{"code":"INVALID_TOKEN","status":"error"}"#;
    assert_eq!(result("zoho.crm.getOrgVariable", &["rate".into()], refused), refused);
    assert_eq!(sent("zoho.crm.getOrgVariable", &["rate".into()]), "GET {api_domain}/crm/v2/settings/variables empty");
    assert_eq!(
        sent("zoho.crm.invokeConnector", &["crm.set".into(), json(r#"{"apiname":"rate","value":"4"}"#)]),
        r#"PUT {api_domain}/crm/v2/settings/variables application/json | {"variables":[{"api_name":"rate","value":"4"}]}"#
    );
    let delete = ["crm.delete".into(), json(r#"{"module":"Leads","id":"7"}"#)];
    assert_eq!(sent("zoho.crm.invokeConnector", &delete), "DELETE {api_domain}/crm/v2/Leads/7 empty");
    assert_eq!(
        result("zoho.crm.invokeConnector", &delete, r#"{"data":[]}"#),
        r#"{"status_code":200,"response":"{\"data\":[]}"}"#
    );
    let wrong = problem(TestHost::default().task("zoho.crm.invokeConnector", &["crm.delete".into(), json("{}")]));
    assert!(wrong.message.contains("crm.delete needs 'module'"), "{wrong}");
    let mut host = TestHost::giving(Data::map([("ok", 1)]).into());
    let other = ["mychat.send".into(), json(r#"{"text":"Hi"}"#)];
    assert_eq!(shown(&host.task("zoho.crm.invokeConnector", &other).unwrap()), r#"{"ok":1}"#);
    assert!(matches!(&host.effects[0], Effect::Task { name, .. } if name == "zoho.crm.invokeConnector"));
}

#[test]
fn the_finance_products() {
    let args = ["Customer Payments".into(), 60.into(), json(r#"{"status":"overdue"}"#), "books".into()];
    assert_eq!(
        sent("zoho.books.getRecords", &args),
        "GET {api_domain}/books/v3/customerpayments ? organization_id=60&status=overdue empty"
    );
    assert_eq!(
        sent("zoho.books.getRecords", &["Items".into(), "60".into(), "name=a%20b".into()]),
        "GET {api_domain}/books/v3/items?name=a%20b ? organization_id=60 empty"
    );
    assert_eq!(
        sent("zoho.invoice.update", &["Items".into(), "60".into(), "9".into(), json(r#"{"rate":1.50}"#)]),
        r#"PUT {api_domain}/invoice/v3/items/9 ? organization_id=60 application/json | {"rate":1.50}"#
    );
    let mut host = TestHost::default();
    let args = ["Plans".into(), "60".into(), "billing".into()];
    host.task("zoho.subscriptions.getList", &args).unwrap();
    let id = ("X-com-zoho-subscriptions-organizationid".to_owned(), "60".to_owned());
    assert_eq!(host.request().headers, [id]);
}

#[test]
fn desk_creator_and_people() {
    let mut host = TestHost::default();
    let args = [60.into(), "Tickets".into(), 1.into(), 5.into(), json(r#"{"status":"Open"}"#), "desk".into()];
    host.task("zoho.desk.getRecords", &args).unwrap();
    assert_eq!(host.request().headers, [("orgId".to_owned(), "60".to_owned())]);
    assert_eq!(line(host.request()), "GET https://desk.{dc}/api/v1/tickets ? from=1&limit=5&status=Open empty");
    let many = ["acme".into(), "shop".into(), "All".into(), "ID != 0".into(), json(r#"{"a":1}"#), "c".into()];
    assert_eq!(
        sent("zoho.creator.v2_1.updateRecords", &many),
        r#"PATCH {api_domain}/creator/v2.1/data/acme/shop/report/All application/json | {"criteria":"ID != 0","data":{"a":1}}"#
    );
    assert_eq!(
        sent("zoho.people.update", &["P_Employee".into(), json(r#"{"recordid":"9","City":"Pune"}"#)]),
        r#"POST https://people.{dc}/people/api/forms/json/P_Employee/updateRecord form | inputData={"City":"Pune"}&recordId=9"#
    );
    let search = json(r#"[{"searchField":"a"},{"searchField":"b"}]"#);
    assert_eq!(
        sent("zoho.people.getRecords", &["F".into(), 1.into(), 10.into(), search]),
        r#"GET https://people.{dc}/people/api/forms/F/getRecords ? sIndex=1&limit=10&searchParams={"searchField":"a"}|{"searchField":"b"} empty"#
    );
}

#[test]
fn recruit_speaks_version_two() {
    let add = |check: i32| {
        let args = ["Candidates".into(), json(r#"{"City":"Pune"}"#), check.into(), true.into(), "r".into()];
        sent("zoho.recruit.addRecord", &args)
    };
    assert_eq!(
        add(0),
        r#"POST https://recruit.{dc}/recruit/v2/Candidates application/json | {"data":[{"City":"Pune"}],"trigger":["workflow"]}"#
    );
    assert!(add(2).starts_with("POST https://recruit.{dc}/recruit/v2/Candidates/upsert "));
    let args =
        ["Candidates".into(), "City|equals|Pune".into(), 101.into(), 200.into(), "(City,Name)".into(), "r".into()];
    assert_eq!(
        sent("zoho.recruit.searchRecords", &args),
        "GET https://recruit.{dc}/recruit/v2/Candidates/search ? criteria=(City:equals:Pune)&page=2&per_page=100&fields=City,Name empty"
    );
    let args = ["Candidates".into(), 1.into(), 20.into(), "ALL".into(), "r".into()];
    assert_eq!(
        sent("zoho.recruit.getRecords", &args),
        "GET https://recruit.{dc}/recruit/v2/Candidates ? page=1&per_page=20 empty"
    );
}

#[test]
fn cliq_posts_text_maps_and_files() {
    let post = |message: Value| sent("zoho.cliq.postToChannel", &["news".into(), message]);
    let base = "POST https://cliq.{dc}/api/v2/channelsbyname/news";
    assert_eq!(post("Hi".into()), format!(r#"{base}/message application/json | {{"text":"Hi"}}"#));
    assert_eq!(
        post(json(r#"{"text":"Hi","card":{"theme":"x"}}"#)),
        format!(r#"{base}/message application/json | {{"text":"Hi","card":{{"theme":"x"}}}}"#)
    );
    assert_eq!(
        post(file("a.txt", "text/plain", "x")),
        format!("{base}/files multipart | files file a.txt (text/plain)=x")
    );
}

#[test]
fn forms_json_api_and_queries() {
    assert_eq!(
        sent("zoho.sheet.getRecords", &["kx".into(), "Sheet1".into(), json(r#"{"count":5}"#), "s".into()]),
        "POST https://sheet.{dc}/api/v2/kx form | worksheet_name=Sheet1&count=5&method=worksheet.records.fetch"
    );
    assert_eq!(
        sent("zoho.workdrive.createFolder", &["A".into(), "p".into(), "w".into()]),
        r#"POST {api_domain}/workdrive/api/v1/files application/json | {"data":{"attributes":{"name":"A","parent_id":"p"},"type":"files"}}"#
    );
    assert_eq!(
        sent("zoho.mail.setTag", &["9".into(), "55".into()]),
        r#"PUT https://mail.{dc}/api/accounts/{account_id}/updatemessage application/json | {"messageId":["9"],"labelId":["55"],"mode":"applyLabel"}"#
    );
    assert_eq!(
        sent(
            "salesforce.sales.getRecords",
            &["s".into(), "Account".into(), "City = 'Pune'".into(), json(r#"["Id","Name"]"#)]
        ),
        "GET {instance_url}/services/data/v62.0/query ? q=SELECT Id, Name FROM Account WHERE City = 'Pune' empty"
    );
    assert_eq!(
        sent("salesforce.sales.getRecords", &["s".into(), "Account".into()]),
        "GET {instance_url}/services/data/v62.0/query ? q=SELECT FIELDS(ALL) FROM Account LIMIT 200 empty"
    );
    let wrong = problem(TestHost::default().task("salesforce.sales.getRecords", &["s".into(), "Account; x".into()]));
    assert!(wrong.message.contains("is no name of an object"), "{wrong}");
    let event = sent("zoho.calendar.createEvent", &["c1".into(), json(r#"{"title":"T"}"#), "c".into()]);
    assert!(event.ends_with(r#"form | eventdata={"title":"T"}"#), "{event}");
    let index = ["acme".into(), 77.into(), "tasks".into(), 0.into(), 10.into()];
    assert!(sent("zoho.projects.getRecords", &index).ends_with("/tasks/ ? index=0&range=10 empty"));
}

#[test]
fn a_signed_document_is_a_file() {
    let mut host = TestHost::answering(200, "application/pdf", "%PDF");
    let got = host.task("zoho.sign.downloadDocument", &[9.into()]).unwrap();
    assert!(matches!(got, Value::File(_)));
    assert_eq!(
        sent("zoho.sign.createDocument", &[file("a", "x/y", "z"), json("{}"), "sign".into()]),
        "POST https://sign.{dc}/api/v1/requests multipart | file file a (x/y)=z"
    );
}

#[test]
fn tasks_without_public_address_are_asked_of_the_host() {
    let mut host = TestHost::giving(Data::from(vec![Data::map([("id", Decimal::new(15, 1))])]).into());
    let got = host.task("zoho.one.getUsers", &["60".into(), 1.into(), 5.into(), "one".into()]).unwrap();
    assert_eq!(shown(&got), r#"[{"id":1.5}]"#);
    let Effect::Task { name, arguments } = &host.effects[0] else {
        panic!("a task was expected");
    };
    assert_eq!(name, "zoho.directory.getUsers");
    assert_eq!(arguments.to_string(), r#"{"org":"60","index":1,"count":5,"connection":"one"}"#);
}
