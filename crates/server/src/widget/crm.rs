//! CRM's calls as REST: one row for each, by the category and type that the SDK sends.

use rainwright::effect::{Body, HttpRequest, Part};
use serde_json::{Map, Value, json};

use super::message::{self, Refused, file_part, refused};

/// The version of the API: the one that gives all fields of a record, as the SDK's calls do.
const BASE: &str = "{api_domain}/crm/v2";
/// The service whose default connection is used.
pub(super) const SERVICE: &str = "zoho_crm";

/// What a call sends besides its address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sends {
    Nothing,
    /// `APIData` as a record.
    Record,
    /// `APIData` as it is.
    Data,
    /// The value of a key of the message.
    Key(&'static str),
    /// The file of the message.
    File,
}

/// A call of the SDK.
struct Row {
    category: &'static str,
    /// The message's `type` or `action`; empty for every one that no other row has.
    kind: &'static str,
    method: &'static str,
    /// The path; `{Name}` is a value of the message, or of its `APIData`.
    path: &'static str,
    /// Keys that become query parameters: as the SDK calls them, and as the API does.
    query: &'static [(&'static str, &'static str)],
    sends: Sends,
}

const PAGES: &[(&str, &str)] = &[("page", "page"), ("per_page", "per_page")];
const LISTS: &[(&str, &str)] = &[
    ("page", "page"),
    ("per_page", "per_page"),
    ("sort_order", "sort_order"),
    ("sort_by", "sort_by"),
    ("converted", "converted"),
    ("approved", "approved"),
    ("cvid", "cvid"),
    ("fields", "fields"),
];
const SEARCHES: &[(&str, &str)] =
    &[("page", "page"), ("per_page", "per_page"), ("converted", "converted"), ("approved", "approved")];
const MODULE: &[(&str, &str)] = &[("Entity", "module")];

const fn row(category: &'static str, kind: &'static str, method: &'static str, path: &'static str) -> Row {
    Row { category, kind, method, path, query: &[], sends: Sends::Nothing }
}

const fn ask(
    category: &'static str,
    kind: &'static str,
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
) -> Row {
    Row { category, kind, method: "GET", path, query, sends: Sends::Nothing }
}

const fn send(
    category: &'static str,
    kind: &'static str,
    method: &'static str,
    path: &'static str,
    sends: Sends,
) -> Row {
    Row { category, kind, method, path, query: &[], sends }
}

const ROWS: &[Row] = &[
    ask("READ", "CONTACT_ROLE", "/Contacts/roles/{id?}", &[]),
    ask("READ", "RELATED", "/{Entity}/{RecordID}/{RelatedList}", LISTS),
    ask("READ", "RECORD", "/{Entity}/{RecordID}", &[("approved", "approved")]),
    ask("READ", "", "/{Entity}", LISTS),
    send("CREATE", "NOTES", "POST", "/{Entity}/{RelatedID}/Notes", Sends::Data),
    send("CREATE", "ATTACHMENT", "POST", "/{Entity}/{RelatedID}/Attachments", Sends::File),
    send("CREATE", "UPSERT", "POST", "/{Entity}/upsert", Sends::Record),
    send("CREATE", "RECORD", "POST", "/{Entity}", Sends::Record),
    send("UPDATE", "RECORD", "PUT", "/{Entity}", Sends::Record),
    send("UPDATE", "RELATED_RECORD", "PUT", "/{Entity}/{RecordID}/{RelatedList}/{RelatedRecordID}", Sends::Record),
    send("UPDATE", "PROFILE", "PUT", "/settings/profiles/{ID}", Sends::Data),
    row("DELETE", "RECORD", "DELETE", "/{Entity}/{RecordID}"),
    row("DELETE", "RELATED_RECORD", "DELETE", "/{Entity}/{RecordID}/{RelatedList}/{RelatedRecordID}"),
    ask("SEARCH", "", "/{Entity}/search", SEARCHES),
    send("QUERY", "", "POST", "/coql", Sends::Data),
    ask("BLUEPRINT", "GET_BLUEPRINT_STATUS", "/{Entity}/{RecordID}/actions/blueprint", &[]),
    send(
        "BLUEPRINT",
        "UPDATE_BLUEPRINT_STATUS",
        "PUT",
        "/{Entity}/{RecordID}/actions/blueprint",
        Sends::Key("BlueprintData"),
    ),
    send("FILES", "UPLOAD_FILE", "POST", "/files", Sends::File),
    ask("FILES", "DOWNLOAD_FILE", "/files", &[("id", "id")]),
    ask("APPROVALS", "GET_ALL_ACTIONS", "/{Entity}/{RecordID}/actions", &[]),
    ask("APPROVALS", "GET_APPROVAL_RECORDS", "/approvals", &[("type", "type")]),
    ask("APPROVALS", "GET_APPROVALBYID", "/approvals/{id}", &[]),
    ask("APPROVALS", "GET_APPROVALS_HISTORY", "/approvals/history", &[]),
    send("APPROVALS", "UPDATE_APPROVAL", "POST", "/{Entity}/{RecordID}/actions/approvals", Sends::Key("approvals")),
    send("MAIL", "", "POST", "/{Entity}/{RecordID}/actions/send_mail", Sends::Data),
    ask("PROFILES", "GET_ALL_PROFILES", "/settings/profiles", &[]),
    ask("PROFILES", "GET_PROFILE", "/settings/profiles/{ID}", &[]),
    ask("ROLES", "", "/settings/roles/{roleId?}", &[]),
    ask("USER", "", "/users/{ID?}", &[("Type", "type"), ("page", "page"), ("per_page", "per_page")]),
    ask("META", "FIELD_LIST", "/settings/fields", MODULE),
    ask("META", "MODULE_LIST", "/settings/modules", &[]),
    ask("META", "LAYOUTS", "/settings/layouts", MODULE),
    ask("META", "LAYOUT", "/settings/layouts/{Id}", MODULE),
    ask("META", "RELATED_LIST", "/settings/related_lists", MODULE),
    ask("META", "CUSTOM_VIEWS", "/settings/custom_views", MODULE),
    ask("META", "CUSTOM_VIEW", "/settings/custom_views/{Id}", MODULE),
    ask("META", "ASSIGNMENT_RULES", "/settings/automation/assignment_rules", MODULE),
    ask("META", "EMAIL", "/settings/emails/actions/from_addresses", &[]),
    ask("CONFIG", "ORG", "/org", &[]),
    ask("CONFIG", "CURRENT_USER", "/users?type=CurrentUser", PAGES),
    ask("CONFIG", "ORG_LEVEL_INFO", "/org", &[]),
    ask("CONFIG", "VARIABLE", "/settings/variables", &[]),
    send("CONFIG", "CREATEUSER", "POST", "/users", Sends::Data),
    send("CONFIG", "EDITUSER", "PUT", "/users", Sends::Data),
    row("CONFIG", "DELETEUSER", "DELETE", "/users/{id}"),
];

/// Whether a message is one of CRM's calls.
pub(super) fn has(category: &str) -> bool {
    ROWS.iter().any(|row| row.category == category)
}

/// The type of a message, where the SDK leaves it to the keys.
fn kind<'m>(category: &str, message: &'m Value) -> &'m str {
    let data = &message["APIData"];
    let named = message["type"].as_str().or_else(|| message["action"].as_str());
    match category {
        "READ" if data["type"] == "CONTACT_ROLE" => "CONTACT_ROLE",
        "READ" if data.get("RelatedList").is_some() => "RELATED",
        "READ" if data.get("RecordID").is_some() => "RECORD",
        "CREATE" if data["action"] == "UPSERT" => "UPSERT",
        "APPROVALS" => message["action"].as_str().unwrap_or_default(),
        _ => named.unwrap_or_default(),
    }
}

/// The request that a message asks for.
pub(super) fn request(category: &str, message: &Value) -> Result<HttpRequest, Refused> {
    let kind = kind(category, message);
    let fitting = |row: &&Row| row.category == category && (row.kind == kind || row.kind.is_empty());
    let Some(row) = ROWS.iter().find(fitting) else {
        return Err(refused("NOT_SUPPORTED", &format!("dg widget does not know the call {category} {kind}.")));
    };
    let value = |name: &str| text(&message[name]).or_else(|| text(&message["APIData"][name]));
    let mut request = HttpRequest {
        method: row.method.to_owned(),
        url: format!("{BASE}{}", message::fill(row.path, value)?),
        service: Some(SERVICE.to_owned()),
        ..HttpRequest::default()
    };
    for (name, parameter) in row.query {
        if let Some(value) = value(name) {
            request.query.push(((*parameter).to_owned(), value));
        }
    }
    if category == "SEARCH" {
        let data = &message["APIData"];
        let by = data["Type"].as_str().unwrap_or("criteria");
        if !matches!(by, "email" | "phone" | "word" | "criteria") {
            return Err(refused("INVALID_DATA", "A search is by email, phone, word or criteria."));
        }
        request.query.push((by.to_owned(), text(&data["Query"]).unwrap_or_default()));
    }
    if category == "FILES" && row.sends == Sends::File {
        request.body = Body::Multipart { parts: vec![file_part("file", &message["FileData"])?] };
    } else if row.sends == Sends::File {
        let data = &message["APIData"];
        let part = file_part("file", &data["FileData"])?;
        let file_name = data["FileName"].as_str().map(str::to_owned).or(part.file_name.clone());
        request.body = Body::Multipart { parts: vec![Part { file_name, ..part }] };
    } else {
        let body = match row.sends {
            Sends::Nothing | Sends::File => None,
            Sends::Record => Some(record(&message["APIData"])?),
            Sends::Data => Some(message["APIData"].clone()),
            Sends::Key("approvals") => Some(approval(message)),
            Sends::Key(key) => Some(message[key].clone()),
        };
        if let Some(body) = body {
            request.body = Body::text(body.to_string(), "application/json");
        }
    }
    Ok(request)
}

/// Records in the envelope of the API; what steers the call lies beside them.
fn record(data: &Value) -> Result<Value, Refused> {
    if let Value::Array(_) = data {
        return Ok(json!({ "data": data }));
    }
    let Value::Object(fields) = data else {
        return Err(refused("INVALID_DATA", "APIData has to be a record."));
    };
    let mut fields = fields.clone();
    let mut envelope = Map::new();
    for key in ["trigger", "duplicate_check_fields"] {
        let value = fields.shift_remove(key);
        let list = match value {
            Some(Value::String(names)) => Some(names.split(',').map(str::trim).collect::<Value>()),
            value => value,
        };
        if let Some(list) = list.filter(Value::is_array) {
            envelope.insert(key.to_owned(), list);
        }
    }
    fields.shift_remove("action");
    let records = match fields.shift_remove("data") {
        Some(Value::Array(records)) if fields.is_empty() => Value::Array(records),
        Some(other) => {
            fields.insert("data".to_owned(), other);
            json!([fields])
        }
        None => json!([fields]),
    };
    envelope.insert("data".to_owned(), records);
    Ok(Value::Object(envelope))
}

fn approval(message: &Value) -> Value {
    let mut body = Map::new();
    for (name, key) in [("actionType", "action"), ("comments", "comments"), ("user", "user")] {
        if let Some(value) = message.get(name) {
            body.insert(key.to_owned(), value.clone());
        }
    }
    Value::Object(body)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// What the SDK's promise gives for an answer.
pub(super) fn answer(category: &str, message: &Value, status: u16, body: Value) -> Result<Value, Refused> {
    if status == 204 || status == 304 {
        return Ok(json!({ "status": status, "statusText": "nocontent" }));
    }
    // A record that is refused is an answer about that record.
    if status >= 400 && body.get("data").is_none() {
        return Err(Refused(body));
    }
    Ok(match (category, message["type"].as_str()) {
        ("CONFIG", Some("VARIABLE")) => variables(message, &body),
        ("CONFIG", Some("ORG_LEVEL_INFO")) => {
            let org = &body["org"][0];
            json!({ "deployment": "US", "ZGID": org["zgid"], "ZUID": org["primary_zuid"], "appDetails": { "appUrl": org["domain_name"] } })
        }
        _ => body,
    })
}

/// The variables that were asked for, out of all.
fn variables(message: &Value, body: &Value) -> Value {
    let all = body["variables"].as_array().map(Vec::as_slice).unwrap_or_default();
    let value = |name: &str| {
        let found = all.iter().find(|variable| variable["api_name"] == name);
        found.map_or(Value::Null, |variable| variable["value"].clone())
    };
    match &message["nameSpace"]["apiKeys"] {
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            let contents: Map<String, Value> =
                names.map(|name| (name.to_owned(), json!({ "value": value(name) }))).collect();
            json!({ "Success": { "Content": contents } })
        }
        _ => json!({ "Success": { "Content": value(message["nameSpace"].as_str().unwrap_or_default()) } }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(message: Value) -> String {
        let category = message["category"].as_str().unwrap().to_owned();
        match request(&category, &message) {
            Ok(request) => {
                let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let body = request.body.shared_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let path = request.url.replace(BASE, "");
                format!("{} {path} {} {}", request.method, query.join("&"), body.unwrap_or_default()).trim().to_owned()
            }
            Err(Refused(why)) => why["code"].as_str().unwrap().to_owned(),
        }
    }

    #[test]
    fn each_call_is_the_request_of_the_api() {
        for (message, request) in [
            (json!({"category":"READ","APIData":{"Entity":"Leads","RecordID":"7"}}), "GET /Leads/7"),
            (
                json!({"category":"READ","APIData":{"Entity":"Leads","page":2,"sort_order":"asc"}}),
                "GET /Leads page=2&sort_order=asc",
            ),
            (
                json!({"category":"READ","APIData":{"Entity":"Leads","RecordID":"7","RelatedList":"Notes"}}),
                "GET /Leads/7/Notes",
            ),
            (json!({"category":"READ","APIData":{"type":"CONTACT_ROLE"}}), "GET /Contacts/roles"),
            (
                json!({"category":"CREATE","type":"RECORD","Entity":"Leads","APIData":{"Last_Name":"A","trigger":["workflow"]}}),
                r#"POST /Leads  {"trigger":["workflow"],"data":[{"Last_Name":"A"}]}"#,
            ),
            (
                json!({"category":"CREATE","type":"RECORD","Entity":"Leads","APIData":{"Email":"a@b.c","action":"UPSERT","duplicate_check_fields":"Email,Phone"}}),
                r#"POST /Leads/upsert  {"duplicate_check_fields":["Email","Phone"],"data":[{"Email":"a@b.c"}]}"#,
            ),
            (
                json!({"category":"UPDATE","type":"RECORD","Entity":"Leads","APIData":{"id":"7"}}),
                r#"PUT /Leads  {"data":[{"id":"7"}]}"#,
            ),
            (json!({"category":"DELETE","type":"RECORD","Entity":"Leads","RecordID":"7"}), "DELETE /Leads/7"),
            (
                json!({"category":"SEARCH","APIData":{"Entity":"Leads","Type":"email","Query":"a@b.c","delay":true}}),
                "GET /Leads/search email=a@b.c",
            ),
            (
                json!({"category":"QUERY","APIData":{"select_query":"select id from Leads"}}),
                r#"POST /coql  {"select_query":"select id from Leads"}"#,
            ),
            (json!({"category":"META","type":"FIELD_LIST","Entity":"Leads"}), "GET /settings/fields module=Leads"),
            (json!({"category":"CONFIG","type":"CURRENT_USER"}), "GET /users?type=CurrentUser"),
            (json!({"category":"USER","ID":"5"}), "GET /users/5"),
            (json!({"category":"USER","Type":"AllUsers"}), "GET /users type=AllUsers"),
            // What a hostile widget sends.
            (
                json!({"category":"READ","APIData":{"Entity":"../../oauth/v2/token","RecordID":"7"}}),
                "GET /..%2F..%2Foauth%2Fv2%2Ftoken/7",
            ),
            (json!({"category":"READ","APIData":{"Entity":"..","RecordID":"7"}}), "INVALID_DATA"),
            (json!({"category":"READ","APIData":{"Entity":"Leads?x#y"}}), "GET /Leads%3Fx%23y"),
            (json!({"category":"READ","APIData":{"Entity":"{secret}"}}), "GET /%7Bsecret%7D"),
            (json!({"category":"READ","APIData":{}}), "INVALID_DATA"),
            (json!({"category":"CREATE","type":"RECORD","Entity":"Leads","APIData":"x"}), "INVALID_DATA"),
            (json!({"category":"UPDATE","type":"VOICE_URL"}), "NOT_SUPPORTED"),
        ] {
            assert_eq!(asked(message.clone()), request, "{message}");
        }
    }

    #[test]
    fn answers_are_those_of_the_sdk() {
        let none = Value::Null;
        assert_eq!(answer("READ", &none, 204, Value::Null).unwrap()["statusText"], "nocontent");
        assert!(answer("READ", &none, 404, json!({"code":"INVALID_URL_PATTERN"})).is_err());
        assert!(answer("CREATE", &none, 400, json!({"data":[{"code":"MANDATORY_NOT_FOUND"}]})).is_ok());
        let all = json!({"variables":[{"api_name":"rate","value":"4"}]});
        let one = json!({"type":"VARIABLE","nameSpace":"rate"});
        assert_eq!(answer("CONFIG", &one, 200, all.clone()).unwrap(), json!({"Success":{"Content":"4"}}));
        let two = json!({"type":"VARIABLE","nameSpace":{"apiKeys":["rate","x"]}});
        assert_eq!(answer("CONFIG", &two, 200, all).unwrap()["Success"]["Content"]["rate"]["value"], "4");
    }
}
