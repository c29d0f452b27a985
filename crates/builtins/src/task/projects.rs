//! The tasks of Zoho Projects and ServiceDesk Plus.

use rainwright_value::{Kinds, Map, Result, Value};

use super::arguments::{ID, MAP, NUMBER, TEXT, as_map, printed};
use super::integration::{CONNECTION, NAMED_CONNECTION, perform};
use crate::{Basis, Call, Integration, Param, Place};

const PORTAL: Param = Param::new("portal", ID, "The portal's name or id.");
const PROJECT: Param = Param::new("project_id", ID, "The project's id.");
const MODULE: Param = Param::new("module", TEXT, "milestones, tasklists, tasks, bugs, logs or comments.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const DATA: Param = Param::new("data", MAP, "The fields by their API names.");
const FORM: &[(&str, Place)] = &[("data", Place::FormAll)];

/// The tasks of Projects. More than 100 calls in two minutes lock an account's Projects tasks for half an hour.
pub(crate) const PROJECTS: &[Integration] = &[
    Integration {
        name: "zoho.projects.getPortals",
        params: &[CONNECTION],
        path: "https://projectsapi.{dc}/restapi/portals/",
        doc: "The portals of the account in Zoho Projects.",
        examples: &[r#"portals = zoho.projects.getPortals("projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.getProjectDetails",
        params: &[PORTAL, Param::optional("status", TEXT, "active, archived or template."), CONNECTION],
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/",
        sends: &[("status", Place::Query("status"))],
        doc: "The projects of a portal.",
        examples: &[r#"projects = zoho.projects.getProjectDetails("acme", "active", "projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.getRecords",
        params: &[
            PORTAL,
            PROJECT,
            MODULE,
            Param::optional(
                "query_or_index",
                QUERY,
                "Query parameters as a map, or the index of the first record, from 0.",
            ),
            Param::optional("range", NUMBER, "How many records."),
            CONNECTION,
        ],
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/{project_id}/{module:lower}/",
        sends: &[("query_or_index", Place::QueryAll), ("range", Place::Query("range"))],
        doc: "The records of a module of a project.",
        examples: &[r#"tasks = zoho.projects.getRecords("acme", 77, "tasks", 0, 100, "projects");"#],
        run: |row, call| {
            if !call.arg(3).is_container() && call.given(3) {
                let index = rainwright_value::Map::from_iter([("index".into(), call.arg(3).clone())]);
                call.args[3] = index.into();
            }
            super::integration::perform(row, call)
        },
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.getRecordById",
        params: &[PORTAL, PROJECT, MODULE, RECORD_ID, CONNECTION],
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/{project_id}/{module:lower}/{record_id}/",
        doc: "One record of a module of a project.",
        examples: &[r#"task = zoho.projects.getRecordById("acme", 77, "tasks", 9001, "projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.create",
        params: &[PORTAL, PROJECT, MODULE, DATA, CONNECTION],
        method: "POST",
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/{project_id}/{module:lower}/",
        sends: FORM,
        doc: "Adds a record to a module of a project.",
        examples: &[r#"task = zoho.projects.create("acme", 77, "tasks", {"name": "Paint the door"}, "projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.update",
        params: &[PORTAL, PROJECT, MODULE, RECORD_ID, DATA, CONNECTION],
        method: "POST",
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/{project_id}/{module:lower}/{record_id}/",
        sends: FORM,
        doc: "Changes a record of a module of a project.",
        examples: &[r#"task = zoho.projects.update("acme", 77, "tasks", 9001, {"percent_complete": 50}, "projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.createProject",
        params: &[PORTAL, Param { optional: true, ..DATA }, CONNECTION],
        method: "POST",
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/",
        sends: FORM,
        doc: "Adds a project to a portal.",
        examples: &[r#"project = zoho.projects.createProject("acme", {"name": "New office"}, "projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.associateLogs",
        params: &[PORTAL, PROJECT, MODULE, RECORD_ID, DATA, CONNECTION],
        method: "POST",
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/{project_id}/{module:lower}/{record_id}/logs/",
        sends: FORM,
        basis: Basis::Assumed,
        doc: "Adds a time log to a task or bug.",
        examples: &[r#"log = zoho.projects.associateLogs("acme", 77, "tasks", 9001, {"hours": "02:00"}, "projects");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.projects.updateAssociatedLogs",
        params: &[PORTAL, PROJECT, MODULE, RECORD_ID, DATA, CONNECTION],
        method: "POST",
        path: "https://projectsapi.{dc}/restapi/portal/{portal}/projects/{project_id}/{module:lower}/{record_id}/logs/",
        sends: FORM,
        basis: Basis::Assumed,
        doc: "Changes a time log of a task or bug.",
        examples: &[
            r#"log = zoho.projects.updateAssociatedLogs("acme", 77, "tasks", 9001, {"hours": "03:00"}, "projects");"#,
        ],
        ..Integration::ROW
    },
];

const QUERY: Kinds = MAP.or(NUMBER);
const ACCOUNT: Param = Param::new("account_name", TEXT, "The account, or an empty text.");
const SDP_MODULE: Param = Param::new("module", TEXT, "The module, such as requests.");
const SDP_DATA: Param = Param::new("data", MAP, "The fields by their API names.");
const SDP_WRITING: &[(&str, Place)] = &[("data", Place::Form("input_data")), ("account_name", Place::Unsent)];
const SDP: Integration = Integration { basis: Basis::Assumed, ..Integration::ROW };

/// The tasks of ServiceDesk Plus, at its address in the United States.
pub(crate) const SERVICE_DESK: &[Integration] = &[
    Integration {
        name: "zoho.sdp.associate",
        params: &[Param::new("sub_module", TEXT, "Notes or Worklogs."), RECORD_ID, SDP_DATA, ACCOUNT, NAMED_CONNECTION],
        method: "POST",
        path: "https://sdpondemand.manageengine.com/api/v3/requests/{record_id}/{sub_module:lower}",
        sends: SDP_WRITING,
        basis: Basis::Documented,
        doc: "Adds a note or work log to a request of ServiceDesk Plus.",
        examples: &[
            r#"answer = zoho.sdp.associate("Notes", 9001, {"request_note": {"description": "Called."}}, "", "sdp");"#,
        ],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sdp.create",
        params: &[SDP_MODULE, SDP_DATA, ACCOUNT, NAMED_CONNECTION],
        method: "POST",
        path: "https://sdpondemand.manageengine.com/api/v3/{module:lower}",
        sends: SDP_WRITING,
        doc: "Adds a record to ServiceDesk Plus.",
        examples: &[r#"answer = zoho.sdp.create("requests", {"request": {"subject": "Printer"}}, "", "sdp");"#],
        ..SDP
    },
    Integration {
        name: "zoho.sdp.update",
        params: &[SDP_MODULE, RECORD_ID, SDP_DATA, ACCOUNT, NAMED_CONNECTION],
        method: "PUT",
        path: "https://sdpondemand.manageengine.com/api/v3/{module:lower}/{record_id}",
        sends: SDP_WRITING,
        doc: "Changes a record of ServiceDesk Plus.",
        examples: &[r#"answer = zoho.sdp.update("requests", 9001, {"request": {"subject": "Scanner"}}, "", "sdp");"#],
        ..SDP
    },
    Integration {
        name: "zoho.sdp.getRecords",
        params: &[
            SDP_MODULE,
            Param::new("index", NUMBER, "The first record, counted from 1."),
            Param::new("range", NUMBER, "How many records, at most 100."),
            Param::new("search", MAP, "Fields with the values that they must have; empty for all records."),
            ACCOUNT,
            NAMED_CONNECTION,
        ],
        path: "https://sdpondemand.manageengine.com/api/v3/{module:lower}",
        sends: &[
            ("index", Place::Unsent),
            ("range", Place::Unsent),
            ("search", Place::Query("input_data")),
            ("account_name", Place::Unsent),
        ],
        basis: Basis::Documented,
        doc: "The records of a module of ServiceDesk Plus.",
        examples: &[r#"answer = zoho.sdp.getRecords("Request", 1, 10, {}, "", "sdp");"#],
        run: service_desk_records,
        ..SDP
    },
    Integration {
        name: "zoho.sdp.getRecordById",
        params: &[SDP_MODULE, RECORD_ID, ACCOUNT, NAMED_CONNECTION],
        path: "https://sdpondemand.manageengine.com/api/v3/{module:lower}/{record_id}",
        sends: &[("account_name", Place::Unsent)],
        doc: "One record of ServiceDesk Plus.",
        examples: &[r#"answer = zoho.sdp.getRecordById("requests", 9001, "", "sdp");"#],
        ..SDP
    },
];

/// Writes the page and what is searched for as the API takes them, under `list_info`; modules are plural there.
fn service_desk_records(row: &'static Integration, call: &mut Call) -> Result {
    let module = printed(call.arg(0), &call.cx.locale).trim().to_lowercase();
    if !module.is_empty() && !module.ends_with('s') {
        call.args[0] = Value::from(format!("{module}s"));
    }
    let mut info = Map::default();
    info.insert_text("start_index", call.arg(1).clone());
    info.insert_text("row_count", call.arg(2).clone());
    if as_map(call.arg(3)).is_some_and(|search| !search.borrow().is_empty()) {
        info.insert_text("search_fields", call.arg(3).clone());
    }
    let mut data = Map::default();
    data.insert_text("list_info", Value::from(info));
    call.args[3] = data.into();
    perform(row, call)
}
