//! Creator's calls as REST: one row for each method of the SDK, versions 1 and 2.

use rainwright::effect::{Body, HttpRequest};
use serde_json::{Value, json};

use super::message::{self, Refused, file_part, refused};

/// The login whose default connection is used: the one for all products.
pub(super) const SERVICE: &str = "zoho_oauth";
const BASE: &str = "{api_domain}/creator/v2.1";

/// A method of the SDK.
struct Row {
    name: &'static str,
    method: &'static str,
    /// `{name}` is a key of the call's configuration; `{owner}` and `{app}` are those of the widget unless it names them.
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
    /// The key of what is sent, if anything is.
    sends: Option<&'static str>,
}

const fn row(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
) -> Row {
    Row { name, method, path, query, sends: None }
}

const fn send(name: &'static str, method: &'static str, path: &'static str, key: &'static str) -> Row {
    Row { name, method, path, query: &[], sends: Some(key) }
}

const LIST: &[(&str, &str)] =
    &[("criteria", "criteria"), ("field_config", "field_config"), ("fields", "fields"), ("max_records", "max_records")];
const LIST_1: &[(&str, &str)] = &[("criteria", "criteria"), ("pageSize", "max_records")];

const ROWS: &[Row] = &[
    row("DATA.getRecords", "GET", "/data/{owner}/{app}/report/{report_name}", LIST),
    row(
        "DATA.getRecordById",
        "GET",
        "/data/{owner}/{app}/report/{report_name}/{id}",
        &[("field_config", "field_config")],
    ),
    row("DATA.getRecordCount", "GET", "/data/{owner}/{app}/report/{report_name}", LIST),
    send("DATA.addRecords", "POST", "/data/{owner}/{app}/form/{form_name}", "payload"),
    send("DATA.updateRecordById", "PATCH", "/data/{owner}/{app}/report/{report_name}/{id}", "payload"),
    row("DATA.deleteRecordById", "DELETE", "/data/{owner}/{app}/report/{report_name}/{id}", &[]),
    send("FILE.uploadFile", "POST", "/data/{owner}/{app}/report/{report_name}/{id}/{field_name}/upload", "file"),
    row("META.getForms", "GET", "/meta/{owner}/{app}/forms", &[]),
    row("META.getReports", "GET", "/meta/{owner}/{app}/reports", &[]),
    row("META.getPages", "GET", "/meta/{owner}/{app}/pages", &[]),
    row("META.getSections", "GET", "/meta/{owner}/{app}/sections", &[]),
    row("META.getFields", "GET", "/meta/{owner}/{app}/form/{form_name}/fields", &[]),
    row("META.getApplications", "GET", "/meta/applications", &[]),
    row("API.getAllRecords", "GET", "/data/{owner}/{app}/report/{reportName}", LIST_1),
    row("API.getRecordById", "GET", "/data/{owner}/{app}/report/{reportName}/{id}", &[]),
    row("API.getRecordCount", "GET", "/data/{owner}/{app}/report/{reportName}", LIST_1),
    send("API.addRecord", "POST", "/data/{owner}/{app}/form/{formName}", "data"),
    send("API.updateRecord", "PATCH", "/data/{owner}/{app}/report/{reportName}/{id}", "data"),
    row("API.deleteRecord", "DELETE", "/data/{owner}/{app}/report/{reportName}", &[("criteria", "criteria")]),
    row(
        "PUBLISH.getRecords",
        "GET",
        "/publish/{owner}/{app}/report/{report_name}",
        &[
            ("private_link", "privatelink"),
            ("criteria", "criteria"),
            ("field_config", "field_config"),
            ("max_records", "max_records"),
        ],
    ),
    row(
        "PUBLISH.getRecordById",
        "GET",
        "/publish/{owner}/{app}/report/{report_name}/{id}",
        &[("private_link", "privatelink"), ("field_config", "field_config")],
    ),
    Row {
        query: &[("private_link", "privatelink")],
        ..send("PUBLISH.addRecords", "POST", "/publish/{owner}/{app}/form/{form_name}", "payload")
    },
    send("API.uploadFile", "POST", "/data/{owner}/{app}/report/{reportName}/{id}/{fieldName}/upload", "file"),
];

/// Where a widget lives that names no application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreatorApp {
    /// The owner of the workspace.
    pub owner: String,
    /// The application's link name.
    pub app: String,
}

/// The request that a call of the SDK asks for.
pub(super) fn request(method: &str, config: &Value, home: &CreatorApp) -> Result<HttpRequest, Refused> {
    let Some(row) = ROWS.iter().find(|row| row.name == method) else {
        return Err(refused("NOT_SUPPORTED", &format!("dg widget does not know the call ZOHO.CREATOR.{method}.")));
    };
    let given = |names: &[&str]| names.iter().find_map(|name| text(&config[*name]));
    let value = |name: &str| match name {
        "app" => given(&["app_name", "appName"]).or_else(|| Some(home.app.clone())),
        "owner" => given(&["workspace_name", "workspaceName"]).or_else(|| Some(home.owner.clone())),
        name => text(&config[name]),
    };
    let path = message::fill(row.path, value).map_err(|refusal| match refusal.0["message"].as_str() {
        Some(message) if message.contains("'app'") || message.contains("'owner'") => refused(
            "INVALID_DATA",
            "The call names no application: start `dg widget serve` with --app OWNER/APPLICATION.",
        ),
        _ => refusal,
    })?;
    let mut request = HttpRequest {
        method: row.method.to_owned(),
        url: format!("{BASE}{path}"),
        service: Some(SERVICE.to_owned()),
        // Version 2.1 refuses calls that accept anything else.
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        ..HttpRequest::default()
    };
    for (name, parameter) in row.query {
        if let Some(value) = value(name) {
            request.query.push(((*parameter).to_owned(), value));
        }
    }
    if let Some(cursor) = text(&config["record_cursor"]) {
        request.headers.push(("record_cursor".to_owned(), cursor));
    }
    match row.sends {
        Some("file") => request.body = Body::Multipart { parts: vec![file_part("file", &config["file"])?] },
        Some(key) => {
            let payload = match &config[key] {
                // Version 1 takes the envelope as well.
                payload if payload.get("data").is_some() => payload.clone(),
                payload => json!({ "data": payload }),
            };
            request.body = Body::text(payload.to_string(), "application/json");
        }
        None => {}
    }
    Ok(request)
}

/// What the SDK's promise gives for an answer: errors reject it.
pub(super) fn answer(status: u16, cursor: Option<&str>, body: Value) -> Result<Value, Refused> {
    if status >= 400 {
        return Err(Refused(body));
    }
    let mut body = body;
    if let (Some(cursor), Value::Object(map)) = (cursor, &mut body) {
        map.insert("record_cursor".to_owned(), cursor.into());
    }
    Ok(body)
}

/// The page that version 1 asks for, from 1.
pub(super) fn page(method: &str, config: &Value) -> usize {
    if method != "API.getAllRecords" {
        return 1;
    }
    text(&config["page"]).and_then(|page| page.parse().ok()).unwrap_or(1).max(1)
}

/// Makes a request that of the next page.
pub(super) fn go_on(request: &mut HttpRequest, cursor: &str) {
    request.headers.retain(|(name, _)| name != "record_cursor");
    request.headers.push(("record_cursor".to_owned(), cursor.to_owned()));
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn calls_name_their_application_or_use_the_widgets_own() {
        let home = CreatorApp { owner: "acme".into(), app: "shop".into() };
        let of =
            |method: &str, config: Value| request(method, &config, &home).map(|r| (r.method, r.url.replace(BASE, "")));
        let get = |path: &str| Ok(("GET".to_owned(), path.to_owned()));
        assert_eq!(
            of("DATA.getRecords", json!({"report_name":"All_Orders"})),
            get("/data/acme/shop/report/All_Orders")
        );
        assert_eq!(
            of("API.getAllRecords", json!({"appName":"other","reportName":"All_Orders"})),
            get("/data/acme/other/report/All_Orders")
        );
        let added =
            request("DATA.addRecords", &json!({"form_name":"Order","payload":{"data":{"Item":"Hat"}}}), &home).unwrap();
        assert_eq!(added.body.shared_bytes().unwrap(), r#"{"data":{"Item":"Hat"}}"#.as_bytes());
        assert!(of("DATA.getRecords", json!({"report_name":".."})).is_err());
        assert_eq!(
            of("PUBLISH.getRecords", json!({"report_name":"A","private_link":"p"})),
            get("/publish/acme/shop/report/A")
        );
        let added = json!({"form_name":"Order","private_link":"p","payload":{"data":{}}});
        let published = request("PUBLISH.addRecords", &added, &home).unwrap();
        assert_eq!((published.method.as_str(), published.query), ("POST", vec![("privatelink".into(), "p".into())]));
        assert!(of("DATA.launch", json!({})).is_err());
        let lost = request("DATA.getRecords", &json!({"report_name":"A"}), &CreatorApp::default()).unwrap_err();
        assert!(lost.0["message"].as_str().unwrap().contains("--app"), "{lost:?}");
    }
}
