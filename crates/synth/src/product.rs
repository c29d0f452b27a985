//! What is known of products without asking them: which variables they inject, and the envelopes of their answers.

use rainwright_builtins::function_kinds;
use rainwright_effect::Data;
use rainwright_value::Kind;

/// Variables that scripts read and no documented kind of function is given.
const SEEN: &[&str] =
    &["dimensions", "handler", "button", "ticket", "answer", "question", "changeObj", "requestID", "request"];

/// Whether a product injects a variable of that name.
pub(crate) fn is_injected(name: &str) -> bool {
    function_kinds().any(|kind| kind.variable(name).is_some()) || SEEN.contains(&name)
}

/// Whether it is a map that comes as JSON.
pub(crate) fn is_json_variable(name: &str) -> bool {
    let kinds = function_kinds().filter(|kind| !kind.is_form_event());
    let found = kinds.filter_map(|kind| kind.variable(name)).next();
    found.is_some_and(|given| matches!(given.kind, Kind::Map | Kind::List))
        || matches!(name, "crmAPIRequest" | "ticket")
}

/// What the account answers about itself.
pub(crate) fn account(word: &str) -> Option<Data> {
    Some(Data::from(match word.to_ascii_lowercase().as_str() {
        "zoho.loginuser" | "zoho.adminuser" => "ada.lindqvist",
        "zoho.loginuserid" | "zoho.adminuserid" => "ada.lindqvist@example.com",
        "zoho.loginuser.name" => "Ada Lindqvist",
        "zoho.appname" => "orders",
        "zoho.appuri" => "/acme/orders/",
        "zoho.ipaddress" => "192.0.2.17",
        "zoho.device.type" => "web",
        _ => return None,
    }))
}

/// One envelope: where it answers, and what it looks like. `$one` and `$many` stand for the resource of the path.
struct Envelope {
    /// A part of the host or path.
    place: &'static str,
    /// A further part of the path; empty for any.
    path: &'static str,
    /// Whether it answers reads, writes, or both.
    on: On,
    body: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum On {
    /// GET of several.
    List,
    /// GET of one: the path ends with an id.
    One,
    /// Everything that changes something.
    Write,
    Any,
}

const fn row(place: &'static str, path: &'static str, on: On, body: &'static str) -> Envelope {
    Envelope { place, path, on, body }
}

const FINANCE_ONE: &str = r#"{"code":0,"message":"success","$one":{"$one_id":"460000000026049"}}"#;
const FINANCE_LIST: &str = r#"{"code":0,"message":"success","$many":[{"$one_id":"460000000026049"}],"page_context":{"page":1,"per_page":200,"has_more_page":false}}"#;

/// The first row that fits counts.
const ENVELOPES: &[Envelope] = &[
    row(
        "/crm/",
        "/functions/",
        On::Any,
        r#"{"code":"success","details":{"output":"","id":"4876876000000304001"},"message":"function executed successfully"}"#,
    ),
    row(
        "/crm/",
        "/users",
        On::Any,
        r#"{"users":[{"id":"4876876000000100001","full_name":"Ada Lindqvist","first_name":"Ada","last_name":"Lindqvist","email":"ada.lindqvist@example.com","status":"active"}],"info":{"per_page":200,"count":1,"page":1,"more_records":false}}"#,
    ),
    row(
        "/crm/",
        "/org",
        On::Any,
        r#"{"org":[{"company_name":"Acme Trading","id":"4876876000000010001","currency":"EUR"}]}"#,
    ),
    row(
        "/crm/",
        "/settings/fields",
        On::Any,
        r#"{"fields":[{"api_name":"Last_Name","field_label":"Last Name","data_type":"text","json_type":"string","length":80,"system_mandatory":true,"pick_list_values":[]}]}"#,
    ),
    row(
        "/crm/",
        "/settings/modules",
        On::Any,
        r#"{"modules":[{"api_name":"Leads","module_name":"Leads","id":"4876876000000002175"}]}"#,
    ),
    row(
        "/crm/",
        "/actions/blueprint",
        On::List,
        r#"{"blueprint":{"process_info":{"field_name":"Stage","current":"Open"},"transitions":[{"id":"4876876000000312001","name":"Next","next_field_value":"Done","data":{}}]}}"#,
    ),
    row(
        "/crm/",
        "/actions/blueprint",
        On::Write,
        r#"{"code":"SUCCESS","details":{},"message":"transition updated successfully","status":"success"}"#,
    ),
    row(
        "/crm/",
        "/coql",
        On::Any,
        r#"{"data":[{"id":"4876876000000304001"}],"info":{"count":1,"more_records":false}}"#,
    ),
    row(
        "/crm/",
        "/actions/convert",
        On::Any,
        r#"{"data":[{"Contacts":"4876876000000304011","Deals":"4876876000000304012","Accounts":"4876876000000304013"}]}"#,
    ),
    row(
        "/crm/",
        "",
        On::Write,
        r#"{"data":[{"code":"SUCCESS","details":{"id":"4876876000000304001"},"message":"record updated","status":"success"}]}"#,
    ),
    row(
        "/crm/",
        "",
        On::Any,
        r#"{"data":[{"id":"4876876000000304001"}],"info":{"per_page":200,"count":1,"page":1,"more_records":false}}"#,
    ),
    row(
        "/recruit/",
        "",
        On::Write,
        r#"{"data":[{"code":"SUCCESS","details":{"id":"4876876000000304001"},"message":"record updated","status":"success"}]}"#,
    ),
    row(
        "/recruit/",
        "",
        On::Any,
        r#"{"data":[{"id":"4876876000000304001"}],"info":{"per_page":200,"count":1,"page":1,"more_records":false}}"#,
    ),
    row(
        "/bigin/",
        "",
        On::Write,
        r#"{"data":[{"code":"SUCCESS","details":{"id":"4876876000000304001"},"message":"record updated","status":"success"}]}"#,
    ),
    row(
        "/bigin/",
        "",
        On::Any,
        r#"{"data":[{"id":"4876876000000304001"}],"info":{"per_page":200,"count":1,"page":1,"more_records":false}}"#,
    ),
    row("/books/", "", On::List, FINANCE_LIST),
    row("/books/", "", On::Any, FINANCE_ONE),
    row("books.zoho", "", On::List, FINANCE_LIST),
    row("books.zoho", "", On::Any, FINANCE_ONE),
    row("/invoice/", "", On::List, FINANCE_LIST),
    row("/invoice/", "", On::Any, FINANCE_ONE),
    row("/inventory/", "", On::List, FINANCE_LIST),
    row("/inventory/", "", On::Any, FINANCE_ONE),
    row("inventory.zoho", "", On::List, FINANCE_LIST),
    row("inventory.zoho", "", On::Any, FINANCE_ONE),
    row("/billing/", "", On::List, FINANCE_LIST),
    row("/billing/", "", On::Any, FINANCE_ONE),
    row("subscriptions.zoho", "", On::List, FINANCE_LIST),
    row("subscriptions.zoho", "", On::Any, FINANCE_ONE),
    row("/expense/", "", On::List, FINANCE_LIST),
    row("/expense/", "", On::Any, FINANCE_ONE),
    row("desk.zoho", "", On::List, r#"{"data":[{"id":"1892000000143237"}],"count":1}"#),
    row("desk.zoho", "", On::Any, r#"{"id":"1892000000143237"}"#),
    row("creator", "", On::List, r#"{"code":3000,"data":[{"ID":"3888833000000114027"}]}"#),
    row("creator", "", On::One, r#"{"code":3000,"data":{"ID":"3888833000000114027"}}"#),
    row(
        "creator",
        "",
        On::Write,
        r#"{"code":3000,"data":{"ID":"3888833000000114027"},"message":"Data Updated Successfully"}"#,
    ),
    row(
        "people.zoho",
        "",
        On::Write,
        r#"{"response":{"result":{"pkId":"461000000112003","message":"Successfully Added"},"message":"Data added successfully","status":0}}"#,
    ),
    row(
        "people.zoho",
        "",
        On::Any,
        r#"{"response":{"result":[{"461000000112003":[{"Zoho_ID":"461000000112003"}]}],"message":"Data fetched successfully","status":0}}"#,
    ),
    row(
        "projectsapi.zoho",
        "",
        On::Any,
        r#"{"$many":[{"id":1063000000012345,"id_string":"1063000000012345","name":"Website"}]}"#,
    ),
    row(
        "sign.zoho",
        "",
        On::Any,
        r#"{"code":0,"status":"success","message":"Document has been retrieved","requests":{"request_id":"2000000012345","request_status":"inprogress","actions":[{"action_id":"2000000012350","action_type":"SIGN"}]}}"#,
    ),
    row(
        "/workdrive/",
        "",
        On::List,
        r#"{"data":[{"id":"a1b2c3d4e5f6g7h8","type":"files","attributes":{"name":"Report.pdf"}}]}"#,
    ),
    row(
        "workdrive",
        "",
        On::Any,
        r#"{"data":{"id":"a1b2c3d4e5f6g7h8","type":"files","attributes":{"name":"Report.pdf"}}}"#,
    ),
    row("sheet.zoho", "", On::Any, r#"{"status":"success","records":[{"row_index":2}]}"#),
    row("campaigns.zoho", "", On::Any, r#"{"status":"success","code":"0","message":"User successfully subscribed."}"#),
    row("bookings", "", On::Any, r#"{"response":{"returnvalue":{"data":[{}]},"status":"success","logMessage":[]}}"#),
    row("analyticsapi.zoho", "", On::Any, r#"{"status":"success","summary":"","data":{}}"#),
    row("mail.zoho", "", On::List, r#"{"status":{"code":200,"description":"success"},"data":[{}]}"#),
    row("mail.zoho", "", On::Any, r#"{"status":{"code":200,"description":"success"},"data":{}}"#),
    row("calendar.zoho", "", On::Any, r#"{"events":[{"uid":"7f3c2a11e8","title":"Meeting"}]}"#),
    row("salesiq.zoho", "", On::Any, r#"{"url":"","object":"list","data":[{}]}"#),
    row(
        "accounts.zoho",
        "/oauth/",
        On::Any,
        r#"{"access_token":"made-up-token","expires_in":3600,"api_domain":"https://www.zohoapis.com","token_type":"Bearer"}"#,
    ),
    row(
        "/chat/completions",
        "",
        On::Any,
        r#"{"id":"chatcmpl-1","choices":[{"index":0,"message":{"role":"assistant","content":"A short answer."},"finish_reason":"stop"}]}"#,
    ),
    row("slack.com", "", On::Any, r#"{"ok":true,"ts":"1700000000.000100"}"#),
    row(
        "sdpondemand",
        "",
        On::Any,
        r#"{"response_status":{"status_code":2000,"status":"success"},"$one":{"id":"100000000000031"}}"#,
    ),
];

/// The envelope that a product puts around its answer to a call; `None` where no row fits.
pub(crate) fn envelope(method: &str, url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let pieces: Vec<&str> = path.split('/').filter(|piece| !piece.is_empty()).collect();
    let last = pieces.last().copied().unwrap_or_default();
    let is_id = |piece: &str| piece.len() >= 3 && piece.chars().any(|c| c.is_ascii_digit()) && !piece.starts_with('v');
    let on = match method {
        "GET" if is_id(last) => On::One,
        "GET" => On::List,
        _ => On::Write,
    };
    let row = ENVELOPES.iter().find(|row| {
        path.contains(row.place)
            && path.contains(row.path)
            && (row.on == On::Any || row.on == on || (row.on == On::List && on == On::List))
    })?;
    let resource = pieces.iter().rev().find(|piece| !is_id(piece) && piece.len() > 2).copied().unwrap_or("record");
    let resource: String = resource.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let one = match resource.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => resource.strip_suffix('s').unwrap_or(&resource).to_owned(),
    };
    let body = row.body.replace("$one", &one).replace("$many", &resource);
    // A record comes into being by a POST to its module; a POST to one record changes it.
    let adds = method == "POST" && !is_id(last);
    Some(if adds { body.replace("\"record updated\"", "\"record added\"") } else { body })
}

/// How a Zoho product tells an error of that status.
pub(crate) fn error_body(status: u16, url: &str) -> String {
    let (code, message) = match status {
        401 => ("INVALID_TOKEN", "invalid oauth token"),
        404 => ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
        429 => ("TOO_MANY_REQUESTS", "Too many requests fired within a short time"),
        500.. => ("INTERNAL_ERROR", "Internal Server Error"),
        _ => ("INVALID_DATA", "the id given seems to be invalid"),
    };
    if ["/books/", "/invoice/", "/inventory/", "/billing/", "books.zoho", "subscriptions.zoho"]
        .iter()
        .any(|p| url.contains(p))
    {
        let number = match status {
            401 => 57,
            429 => 44,
            _ => 1002,
        };
        return format!(r#"{{"code":{number},"message":"{message}"}}"#);
    }
    if url.contains("desk.zoho") {
        return format!(r#"{{"errorCode":"{code}","message":"{message}"}}"#);
    }
    format!(r#"{{"code":"{code}","details":{{}},"message":"{message}","status":"error"}}"#)
}
