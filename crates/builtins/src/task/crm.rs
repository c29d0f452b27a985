//! The tasks of Zoho CRM.

use rainwright_value::{Kinds, Map, Result, Value};

use super::arguments::{BOOL, FILE, ID, LIST, MAP, NUMBER, TEXT, as_map, entry, printed};
use super::integration::{CONNECTION, in_path, perform};
use super::request::json_body;
use super::response::{Shape, value};
use crate::{Answer, Basis, Call, Integration, Param, Place};
use rainwright_effect::{Body, Effect, HttpRequest};

const MODULE: Param = Param::new("module", TEXT, "The module's API name, such as Leads.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const PAGE: Param = Param::optional("page", NUMBER, "The page, from 1; the first one when left out.");
const PER_PAGE: Param = Param::optional("per_page", NUMBER, "Records on a page, at most 200; 200 when left out.");
const QUERY_VALUE: Param = Param::optional(
    "query_value",
    MAP,
    "Further query parameters, such as fields, cvid, sort_by, sort_order, converted or approved.",
);
const RECORD_VALUE: Param = Param::new("record_value", MAP, "The fields by their API names.");
const RECORDS: Param = Param::new("records", LIST, "The records as maps, at most 100.");
const OPTIONAL_DATA: Param = Param::optional(
    "optional_data",
    MAP,
    "Further keys beside the data: `trigger` with a list of workflow, approval and blueprint; duplicate_check_fields; lar_id.",
);

const PAGED: &[(&str, Place)] =
    &[("page", Place::Query("page")), ("per_page", Place::Query("per_page")), ("query_value", Place::QueryAll)];
/// Without a `trigger` of the script, approvals and blueprints run and workflow rules do not; the bare REST call would run
/// all three.
const TRIGGER: &[(Place, &str)] = &[(Place::Key("trigger"), r#"["approval","blueprint"]"#)];

const CRM: Integration = Integration { service: "zoho_crm", ..Integration::ROW };

const GET_RECORDS: Integration = Integration {
    name: "zoho.crm.getRecords",
    params: &[MODULE, PAGE, PER_PAGE, QUERY_VALUE, CONNECTION],
    path: "{api_domain}/crm/v2/{module}",
    sends: PAGED,
    answer: Answer::Rows("data"),
    returns: LIST,
    doc: "The records of a module, a page at a time, as a list of maps. The list is empty when there are none.",
    examples: &[
        r#"leads = zoho.crm.getRecords("Leads", 1, 50);"#,
        r#"leads = zoho.crm.getRecords("Leads", 1, 200, {"sort_by": "Created_Time", "sort_order": "desc"}, "zoho_crm");"#,
    ],
    ..CRM
};

const GET_RECORD_BY_ID: Integration = Integration {
    name: "zoho.crm.getRecordById",
    params: &[MODULE, RECORD_ID, QUERY_VALUE, CONNECTION],
    path: "{api_domain}/crm/v2/{module}/{record_id}",
    sends: &[("query_value", Place::QueryAll)],
    answer: Answer::First("data"),
    doc: "One record of a module as a map. The map is empty when there is no such record to give.",
    examples: &[r#"lead = zoho.crm.getRecordById("Leads", 1001);
info lead.get("Email");"#],
    ..CRM
};

const CREATE_RECORD: Integration = Integration {
    name: "zoho.crm.createRecord",
    params: &[MODULE, RECORD_VALUE, OPTIONAL_DATA, CONNECTION],
    method: "POST",
    path: "{api_domain}/crm/v2/{module}",
    sends: &[("record_value", Place::Item("data")), ("optional_data", Place::Body)],
    presets: TRIGGER,
    answer: Answer::Outcome("data"),
    doc: "Creates a record and gives its details with the id; when CRM refuses it, a map with code, message and the status error. Approvals and blueprints run, workflow rules only when `trigger` names them.",
    examples: &[
        r#"created = zoho.crm.createRecord("Leads", {"Last_Name": "Shaw", "Company": "Acme"});
info created.get("id");"#,
        r#"created = zoho.crm.createRecord("Leads", {"Last_Name": "Shaw"}, {"trigger": {"workflow"}}, "zoho_crm");"#,
    ],
    ..CRM
};

const UPDATE_RECORD: Integration = Integration {
    name: "zoho.crm.updateRecord",
    aliases: &["zoho.crm.update"],
    params: &[MODULE, RECORD_ID, RECORD_VALUE, OPTIONAL_DATA, CONNECTION],
    method: "PUT",
    path: "{api_domain}/crm/v2/{module}/{record_id}",
    sends: &[("record_value", Place::Item("data")), ("optional_data", Place::Body)],
    presets: TRIGGER,
    answer: Answer::Outcome("data"),
    doc: "Changes fields of a record and gives its details; when CRM refuses, a map with code, message and the status error.",
    examples: &[r#"updated = zoho.crm.updateRecord("Leads", 1001, {"Lead_Status": "Contacted"});"#],
    ..CRM
};

const UPSERT: Integration = Integration {
    name: "zoho.crm.upsert",
    params: &[MODULE, Param::new("values", MAP, "The fields by their API names."), OPTIONAL_DATA, CONNECTION],
    method: "POST",
    path: "{api_domain}/crm/v2/{module}/upsert",
    sends: &[("values", Place::Item("data")), ("optional_data", Place::Body)],
    presets: TRIGGER,
    answer: Answer::Outcome("data"),
    doc: "Creates a record, or changes the one that has the same values in the fields of the duplicate check; `action` in the result tells which.",
    examples: &[
        r#"done = zoho.crm.upsert("Leads", {"Last_Name": "Shaw", "Email": "shaw@example.com"}, {"duplicate_check_fields": {"Email"}});"#,
    ],
    ..CRM
};

const SEARCH_RECORDS: Integration = Integration {
    name: "zoho.crm.searchRecords",
    params: &[
        MODULE,
        Param::new("criteria", TEXT, "Conditions such as (Email:equals:ann@example.com), joined by and / or."),
        PAGE,
        PER_PAGE,
        QUERY_VALUE,
        CONNECTION,
    ],
    path: "{api_domain}/crm/v2/{module}/search",
    sends: &[
        ("criteria", Place::Query("criteria")),
        ("page", Place::Query("page")),
        ("per_page", Place::Query("per_page")),
        ("query_value", Place::QueryAll),
    ],
    answer: Answer::Rows("data"),
    returns: LIST,
    doc: "The records of a module that meet conditions, as a list of maps; empty when there are none. CRM's search sees a change a little later.",
    examples: &[r#"found = zoho.crm.searchRecords("Contacts", "(Email:equals:ann@example.com)");"#],
    ..CRM
};

const PARENT_MODULE: Param = Param::new("parent_module", TEXT, "The module of the parent record.");
const PARENT_ID: Param = Param::new("parent_id", ID, "The parent record's id.");
const RELATION: Param =
    Param::new("relation", TEXT, "The related list's API name, such as Notes; it comes before the parent.");

const GET_RELATED: Integration = Integration {
    name: "zoho.crm.getRelatedRecords",
    params: &[RELATION, PARENT_MODULE, PARENT_ID, PAGE, PER_PAGE, QUERY_VALUE, CONNECTION],
    path: "{api_domain}/crm/v2/{parent_module}/{parent_id}/{relation}",
    sends: PAGED,
    answer: Answer::Rows("data"),
    returns: LIST,
    doc: "The records of a related list of a record, as a list of maps; empty when there are none.",
    examples: &[r#"notes = zoho.crm.getRelatedRecords("Notes", "Leads", 1001);"#],
    ..CRM
};

const UPDATE_RELATED: Integration = Integration {
    name: "zoho.crm.updateRelatedRecord",
    params: &[
        RELATION,
        RECORD_ID,
        PARENT_MODULE,
        PARENT_ID,
        Param::new("data", MAP, "The fields of the relation by their API names."),
        CONNECTION,
        Param::optional("user_access", BOOL, "Whether Zoho uses the rights of the person who runs the script."),
    ],
    method: "PUT",
    path: "{api_domain}/crm/v2/{parent_module}/{parent_id}/{relation}/{record_id}",
    sends: &[("data", Place::Item("data")), ("user_access", Place::Unsent)],
    answer: Answer::First("data"),
    doc: "Changes the relation between a record and one of its related list, and gives CRM's answer for it.",
    examples: &[
        r#"done = zoho.crm.updateRelatedRecord("Campaigns", 2001, "Leads", 1001, {"Member_Status": "Active"});"#,
    ],
    ..CRM
};

const CONVERT_LEAD: Integration = Integration {
    name: "zoho.crm.convertLead",
    params: &[
        Param::new("lead_id", ID, "The lead's id."),
        Param::new(
            "values",
            MAP,
            "How it is converted: overwrite, notify_lead_owner, Accounts, Contacts, assign_to, Deals.",
        ),
        CONNECTION,
    ],
    method: "POST",
    path: "{api_domain}/crm/v2/Leads/{lead_id}/actions/convert",
    sends: &[("values", Place::Item("data"))],
    answer: Answer::First("data"),
    doc: "Makes a contact, and where asked an account and a deal, of a lead; gives their ids under Contacts, Accounts and Deals.",
    examples: &[r#"ids = zoho.crm.convertLead(1001, {"overwrite": true, "notify_lead_owner": false});"#],
    ..CRM
};

const ATTACH_FILE: Integration = Integration {
    name: "zoho.crm.attachFile",
    params: &[MODULE, RECORD_ID, Param::new("file", FILE, "The file."), CONNECTION],
    method: "POST",
    path: "{api_domain}/crm/v2/{module}/{record_id}/Attachments",
    sends: &[("file", Place::File("file"))],
    answer: Answer::Outcome("data"),
    doc: "Attaches a file to a record and gives the attachment's details.",
    examples: &[r#"report = invokeurl
[
    url: "https://example.com/report.pdf"
    type: GET
];
done = zoho.crm.attachFile("Leads", 1001, report);"#],
    ..CRM
};

const BULK_CREATE: Integration = Integration {
    name: "zoho.crm.bulkCreate",
    params: &[MODULE, RECORDS, OPTIONAL_DATA, CONNECTION],
    method: "POST",
    path: "{api_domain}/crm/v2/{module}",
    sends: &[("records", Place::Key("data")), ("optional_data", Place::Body)],
    presets: TRIGGER,
    answer: Answer::Rows("data"),
    returns: LIST,
    doc: "Creates up to 100 records and gives CRM's answer for each: code, details, message, status.",
    examples: &[r#"results = zoho.crm.bulkCreate("Leads", {{"Last_Name": "Shaw"}, {"Last_Name": "Reyes"}});"#],
    ..CRM
};

const BULK_UPDATE: Integration = Integration {
    name: "zoho.crm.bulkUpdate",
    params: &[
        MODULE,
        Param::new("records", LIST, "The records as maps, each with its id, at most 100."),
        OPTIONAL_DATA,
        CONNECTION,
    ],
    method: "PUT",
    doc: "Changes up to 100 records, each named by its id, and gives CRM's answer for each.",
    examples: &[r#"results = zoho.crm.bulkUpdate("Leads", {{"id": "1001", "Lead_Status": "Lost"}});"#],
    ..BULK_CREATE
};

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    GET_RECORDS,
    GET_RECORD_BY_ID,
    CREATE_RECORD,
    UPDATE_RECORD,
    UPSERT,
    SEARCH_RECORDS,
    GET_RELATED,
    UPDATE_RELATED,
    CONVERT_LEAD,
    ATTACH_FILE,
    BULK_CREATE,
    BULK_UPDATE,
    Integration {
        name: "zoho.crm.v8.getRecords",
        path: "{api_domain}/crm/v8/{module}",
        answer: Answer::Whole,
        returns: MAP,
        doc: "The records of a module under `data`, with `info` about the pages. Version 8 wants `fields` in the query.",
        examples: &[r#"answer = zoho.crm.v8.getRecords("Leads", 1, 50, {"fields": "Last_Name,Email"});
for each lead in answer.get("data")
{
    info lead.get("Email");
}"#],
        ..GET_RECORDS
    },
    Integration {
        name: "zoho.crm.v8.getRecordById",
        path: "{api_domain}/crm/v8/{module}/{record_id}",
        examples: &[r#"lead = zoho.crm.v8.getRecordById("Leads", 1001);"#],
        ..GET_RECORD_BY_ID
    },
    Integration {
        name: "zoho.crm.v8.createRecord",
        path: "{api_domain}/crm/v8/{module}",
        examples: &[r#"created = zoho.crm.v8.createRecord("Leads", {"Last_Name": "Shaw"});"#],
        ..CREATE_RECORD
    },
    Integration {
        name: "zoho.crm.v8.updateRecord",
        aliases: &[],
        path: "{api_domain}/crm/v8/{module}/{record_id}",
        examples: &[r#"updated = zoho.crm.v8.updateRecord("Leads", 1001, {"City": "Pune"});"#],
        ..UPDATE_RECORD
    },
    Integration {
        name: "zoho.crm.v8.upsert",
        path: "{api_domain}/crm/v8/{module}/upsert",
        examples: &[r#"done = zoho.crm.v8.upsert("Leads", {"Last_Name": "Shaw"});"#],
        ..UPSERT
    },
    Integration {
        name: "zoho.crm.v8.searchRecords",
        path: "{api_domain}/crm/v8/{module}/search",
        examples: &[r#"found = zoho.crm.v8.searchRecords("Leads", "(City:equals:Pune)");"#],
        ..SEARCH_RECORDS
    },
    Integration {
        name: "zoho.crm.v8.getRelatedRecords",
        path: "{api_domain}/crm/v8/{parent_module}/{parent_id}/{relation}",
        examples: &[
            r#"notes = zoho.crm.v8.getRelatedRecords("Notes", "Leads", 1001, 1, 50, {"fields": "Note_Title"});"#,
        ],
        ..GET_RELATED
    },
    Integration {
        name: "zoho.crm.v8.updateRelatedRecord",
        path: "{api_domain}/crm/v8/{parent_module}/{parent_id}/{relation}/{record_id}",
        examples: &[
            r#"done = zoho.crm.v8.updateRelatedRecord("Campaigns", 2001, "Leads", 1001, {"Member_Status": "Active"});"#,
        ],
        ..UPDATE_RELATED
    },
    Integration {
        name: "zoho.crm.v8.convertLead",
        path: "{api_domain}/crm/v8/Leads/{lead_id}/actions/convert",
        examples: &[r#"ids = zoho.crm.v8.convertLead(1001, {"overwrite": true});"#],
        ..CONVERT_LEAD
    },
    Integration {
        name: "zoho.crm.v8.attachFile",
        path: "{api_domain}/crm/v8/{module}/{record_id}/Attachments",
        examples: &[r#"done = zoho.crm.v8.attachFile("Leads", 1001, report);"#],
        ..ATTACH_FILE
    },
    Integration {
        name: "zoho.crm.v8.bulkCreate",
        path: "{api_domain}/crm/v8/{module}",
        examples: &[r#"results = zoho.crm.v8.bulkCreate("Leads", {{"Last_Name": "Shaw"}});"#],
        ..BULK_CREATE
    },
    Integration {
        name: "zoho.crm.v8.bulkUpdate",
        path: "{api_domain}/crm/v8/{module}",
        examples: &[r#"results = zoho.crm.v8.bulkUpdate("Leads", {{"id": "1001", "City": "Pune"}});"#],
        ..BULK_UPDATE
    },
    Integration {
        name: "zoho.crm.create",
        params: &[MODULE, RECORD_VALUE, CONNECTION],
        sends: &[("record_value", Place::Item("data"))],
        basis: Basis::Assumed,
        doc: "Creates a record, as zoho.crm.createRecord does. The first version of the API took labels of fields, this one takes API names.",
        examples: &[r#"created = zoho.crm.create("Leads", {"Last_Name": "Shaw"});"#],
        deprecated: Some("Use zoho.crm.createRecord."),
        ..CREATE_RECORD
    },
    Integration {
        name: "zoho.crm.searchRecordsByPDC",
        params: &[
            MODULE,
            Param::new("column", TEXT, "The field's API name."),
            Param::new("value", ID, "The value that the field has."),
            CONNECTION,
        ],
        path: "{api_domain}/crm/v2/{module}/search?criteria=({column}:equals:{value})",
        answer: Answer::Rows("data"),
        returns: LIST,
        basis: Basis::Assumed,
        doc: "The records of a module whose field has a value.",
        examples: &[r#"found = zoho.crm.searchRecordsByPDC("Contacts", "Email", "ann@example.com");"#],
        deprecated: Some("Use zoho.crm.searchRecords."),
        ..CRM
    },
    Integration {
        name: "zoho.crm.getOrgVariable",
        params: &[Param::new("name", TEXT, "The variable's API name."), CONNECTION],
        path: "{api_domain}/crm/v2/settings/variables",
        sends: &[("name", Place::Unsent)],
        returns: Kinds::ANY,
        doc: "The value of a variable of the organisation; null when there is none of that name. All variables are fetched, for CRM gives a single one only to who knows its group.",
        examples: &[r#"rate = zoho.crm.getOrgVariable("exchange_rate");"#],
        run: org_variable,
        ..CRM
    },
    Integration {
        name: "zoho.crm.invokeConnector",
        params: &[
            Param::new(
                "api",
                TEXT,
                "The connector's name, a dot, and the name of its API: crm.set, crm.delete, crm.modulemetadata.",
            ),
            Param::new("params", MAP, "What the API wants to know, such as module and id."),
        ],
        doc: "Runs an API of a connector and gives its status and its answer as text, under status_code and response. CRM's own ones are called over HTTP; those of extensions are asked of the host.",
        examples: &[r#"deleted = zoho.crm.invokeConnector("crm.delete", {"module": "Leads", "id": "1001"});
info deleted.get("status_code");"#],
        run: invoke_connector,
        ..CRM
    },
];

/// CRM's own connectors over HTTP; any other one is asked of the host.
fn invoke_connector(row: &'static Integration, call: &mut Call) -> Result {
    const VARIABLES: &str = "{api_domain}/crm/v2/settings/variables";
    let name = call.text(0)?.to_ascii_lowercase();
    let given = as_map(call.arg(1)).ok_or_else(|| call.wrong_argument(1, MAP))?;
    let locale = &call.cx.locale;
    let key = |key: &str| {
        entry(&given, key, locale).ok_or_else(|| call.bad_argument(format!("{name} needs '{key}' in its map")))
    };
    let (method, url, body) = match name.as_str() {
        "crm.set" => {
            let mut variable = Map::default();
            variable.insert_text("api_name", key("apiname")?);
            variable.insert_text("value", key("value")?);
            let mut body = Map::default();
            body.insert_text("variables", vec![Value::from(variable)]);
            ("PUT", VARIABLES.to_owned(), json_body(&body.into(), locale))
        }
        "crm.delete" => {
            let (module, id) = (in_path(&key("module")?), in_path(&key("id")?));
            ("DELETE", format!("{{api_domain}}/crm/v2/{module}/{id}"), Body::Empty)
        }
        "crm.modulemetadata" => ("GET", "{api_domain}/crm/v2/settings/modules".to_owned(), Body::Empty),
        _ => return perform(row, call),
    };
    let request = HttpRequest {
        method: method.to_owned(),
        url,
        body,
        service: Some(row.service.to_owned()),
        ..HttpRequest::default()
    };
    let response = call.cx.perform(Effect::Http(Box::new(request)))?.into_http()?;
    let mut answer = Map::default();
    answer.insert_text("status_code", i64::from(response.status));
    answer.insert_text("response", value(&response, Shape::Text, None, "")?);
    Ok(answer.into())
}

/// Picks the value of one variable out of all.
fn org_variable(row: &'static Integration, call: &mut Call) -> Result {
    let name = printed(call.arg(0), &call.cx.locale);
    let answer = perform(row, call)?;
    let Some(map) = answer.as_map() else { return Ok(answer) };
    if map.borrow().is_empty() {
        return Ok(Value::Null);
    }
    let Some(all) = map.borrow().get_text("variables").and_then(Value::as_list) else { return Ok(answer) };
    let is_wanted = |one: &Value| {
        let map = one.as_map();
        map.is_some_and(|map| map.borrow().get_text("api_name").and_then(Value::as_str) == Some(name.as_str()))
    };
    let found = (0..all.len()).filter_map(|at| all.get(at)).find(is_wanted).and_then(|one| one.as_map());
    Ok(found.and_then(|one| one.borrow().get_text("value").cloned()).unwrap_or_default())
}
