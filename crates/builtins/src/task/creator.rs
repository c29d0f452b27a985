//! The tasks of Zoho Creator that reach an application over its API.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Kinds, Result};

use super::arguments::{FILE, ID, LIST, MAP, NUMBER, TEXT};
use super::integration::{CONNECTION, NAMED_CONNECTION};
use crate::{Basis, Call, Integration, Param, Place};

const RECORDS: Kinds = MAP.or(LIST);
const OWNER: Param = Param::new("owner", TEXT, "The name of the account that owns the application.");
const APP: Param = Param::new("app", TEXT, "The application's link name.");
const FORM: Param = Param::new("form", TEXT, "The form's link name.");
const REPORT: Param = Param::new("report", TEXT, "The report's link name.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const VALUES: Param =
    Param::new("input_values", RECORDS, "The fields by their link names; up to 200 such maps as a list.");
const NEW_VALUES: Param = Param::new("new_values", MAP, "The fields by their link names.");
const CRITERIA: Param = Param::new("criteria", TEXT, "The condition, as in Creator's criteria.");
const OTHER: Param =
    Param::optional("other_params", MAP, "Further keys beside the data, such as result or skip_workflow.");
const FROM: Param = Param::optional("from", NUMBER, "The first record, from 1; 1 when left out.");
const LIMIT: Param = Param::optional("limit", NUMBER, "How many records, at most 200; 200 when left out.");

const CREATING: &[(&str, Place)] = &[("input_values", Place::Key("data")), ("other_params", Place::Body)];
const CHANGING: &[(&str, Place)] = &[("new_values", Place::Key("data")), ("other_params", Place::Body)];
const CHANGING_MANY: &[(&str, Place)] =
    &[("criteria", Place::Key("criteria")), ("new_values", Place::Key("data")), ("other_params", Place::Body)];
const DELETING: &[(&str, Place)] = &[("other_params", Place::Body)];
const DELETING_MANY: &[(&str, Place)] = &[("criteria", Place::Key("criteria")), ("other_params", Place::Body)];
const READING: &[(&str, Place)] =
    &[("criteria", Place::Query("criteria")), ("from", Place::Query("from")), ("limit", Place::Query("limit"))];

/// Version 2.1 refuses calls that accept anything else, which HTTP clients do unless they are told.
const JSON: &[(Place, &str)] = &[(Place::Header("Accept"), "application/json")];

const CREATE: Integration = Integration {
    name: "zoho.creator.createRecord",
    params: &[OWNER, APP, FORM, VALUES, OTHER, NAMED_CONNECTION],
    method: "POST",
    path: "https://creator.{dc}/api/v2/{owner}/{app}/form/{form}",
    sends: CREATING,
    doc: "Adds a record, or up to 200 from a list, through a form of an application; gives code, data and message, for a list under `result`.",
    examples: &[r#"answer = zoho.creator.createRecord("acme", "shop", "Order", {"Item": "Hat"}, "creator");"#],
    ..Integration::ROW
};
const CREATE_MANY: Integration = Integration {
    name: "zoho.creator.createRecords",
    params: &[
        OWNER,
        APP,
        FORM,
        Param::new("input_values", LIST, "Up to 200 records as maps."),
        OTHER,
        NAMED_CONNECTION,
    ],
    doc: "Adds up to 200 records through a form of an application; gives an answer for each under `result`.",
    examples: &[r#"answer = zoho.creator.createRecords("acme", "shop", "Order", {{"Item": "Hat"}}, "creator");"#],
    ..CREATE
};
const GET: Integration = Integration {
    name: "zoho.creator.getRecords",
    params: &[OWNER, APP, REPORT, Param { optional: true, ..CRITERIA }, FROM, LIMIT, NAMED_CONNECTION],
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}",
    sends: READING,
    doc: "The records of a report of an application, under `data`.",
    examples: &[
        r#"answer = zoho.creator.getRecords("acme", "shop", "All_Orders", "Status == \"Open\"", 1, 50, "creator");"#,
    ],
    ..Integration::ROW
};
const GET_ONE: Integration = Integration {
    name: "zoho.creator.getRecordById",
    params: &[OWNER, APP, REPORT, RECORD_ID, NAMED_CONNECTION],
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}/{record_id}",
    doc: "One record of a report of an application, under `data`.",
    examples: &[r#"answer = zoho.creator.getRecordById("acme", "shop", "All_Orders", 9001, "creator");"#],
    ..Integration::ROW
};
const UPDATE: Integration = Integration {
    name: "zoho.creator.updateRecord",
    params: &[OWNER, APP, REPORT, RECORD_ID, NEW_VALUES, OTHER, NAMED_CONNECTION],
    method: "PATCH",
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}/{record_id}",
    sends: CHANGING,
    doc: "Changes a record of a report of an application.",
    examples: &[
        r#"answer = zoho.creator.updateRecord("acme", "shop", "All_Orders", 9001, {"Status": "Shipped"}, Map(), "creator");"#,
    ],
    ..Integration::ROW
};
const UPDATE_MANY: Integration = Integration {
    name: "zoho.creator.updateRecords",
    params: &[OWNER, APP, REPORT, CRITERIA, NEW_VALUES, OTHER, NAMED_CONNECTION],
    method: "PATCH",
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}",
    sends: CHANGING_MANY,
    doc: "Changes the records of a report that meet a condition; gives an answer for each under `result`.",
    examples: &[
        r#"answer = zoho.creator.updateRecords("acme", "shop", "All_Orders", "Status == \"Open\"", {"Status": "Late"}, "creator");"#,
    ],
    ..Integration::ROW
};
const DELETE: Integration = Integration {
    name: "zoho.creator.deleteRecord",
    params: &[OWNER, APP, REPORT, RECORD_ID, OTHER, NAMED_CONNECTION],
    method: "DELETE",
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}/{record_id}",
    sends: DELETING,
    basis: Basis::Assumed,
    doc: "Deletes a record of a report of an application.",
    examples: &[r#"answer = zoho.creator.deleteRecord("acme", "shop", "All_Orders", 9001, "creator");"#],
    ..Integration::ROW
};
const DELETE_MANY: Integration = Integration {
    name: "zoho.creator.deleteRecords",
    params: &[OWNER, APP, REPORT, CRITERIA, OTHER, NAMED_CONNECTION],
    method: "DELETE",
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}",
    sends: DELETING_MANY,
    basis: Basis::Assumed,
    doc: "Deletes the records of a report that meet a condition.",
    examples: &[
        r#"answer = zoho.creator.deleteRecords("acme", "shop", "All_Orders", "Status == \"Void\"", "creator");"#,
    ],
    ..Integration::ROW
};
const UPLOAD: Integration = Integration {
    name: "zoho.creator.uploadFile",
    params: &[
        OWNER,
        APP,
        REPORT,
        RECORD_ID,
        Param::new("field", TEXT, "The file field's link name."),
        Param::new("file", FILE, "The file."),
        OTHER,
        NAMED_CONNECTION,
    ],
    method: "POST",
    path: "https://creator.{dc}/api/v2/{owner}/{app}/report/{report}/{record_id}/{field}/upload",
    sends: &[("file", Place::File("file")), ("other_params", Place::FormAll)],
    basis: Basis::Assumed,
    doc: "Puts a file into a field of a record.",
    examples: &[
        r#"answer = zoho.creator.uploadFile("acme", "shop", "All_Orders", 9001, "Invoice", invoice, "creator");"#,
    ],
    ..Integration::ROW
};

const V1: Integration = Integration {
    basis: Basis::Documented,
    deprecated: Some("Zoho switched this version off in 2021; use the task without v1."),
    run: ended,
    ..Integration::ROW
};

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    CREATE,
    CREATE_MANY,
    GET,
    GET_ONE,
    UPDATE,
    UPDATE_MANY,
    DELETE,
    DELETE_MANY,
    UPLOAD,
    Integration {
        name: "zoho.creator.v2_1.createRecord",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/form/{form}",
        presets: JSON,
        examples: &[r#"answer = zoho.creator.v2_1.createRecord("acme", "shop", "Order", {"Item": "Hat"}, "creator");"#],
        ..CREATE
    },
    Integration {
        name: "zoho.creator.v2_1.createRecords",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/form/{form}",
        presets: JSON,
        examples: &[
            r#"answer = zoho.creator.v2_1.createRecords("acme", "shop", "Order", {{"Item": "Hat"}}, "creator");"#,
        ],
        ..CREATE_MANY
    },
    Integration {
        name: "zoho.creator.v2_1.getRecords",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}",
        presets: JSON,
        basis: Basis::Assumed,
        examples: &[r#"answer = zoho.creator.v2_1.getRecords("acme", "shop", "All_Orders", "creator");"#],
        ..GET
    },
    Integration {
        name: "zoho.creator.v2_1.getRecordById",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}/{record_id}",
        presets: JSON,
        basis: Basis::Assumed,
        examples: &[r#"answer = zoho.creator.v2_1.getRecordById("acme", "shop", "All_Orders", 9001, "creator");"#],
        ..GET_ONE
    },
    Integration {
        name: "zoho.creator.v2_1.updateRecord",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}/{record_id}",
        presets: JSON,
        basis: Basis::Assumed,
        examples: &[
            r#"answer = zoho.creator.v2_1.updateRecord("acme", "shop", "All_Orders", 9001, {"Status": "Paid"}, "creator");"#,
        ],
        ..UPDATE
    },
    Integration {
        name: "zoho.creator.v2_1.updateRecords",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}",
        presets: JSON,
        basis: Basis::Assumed,
        examples: &[
            r#"answer = zoho.creator.v2_1.updateRecords("acme", "shop", "All_Orders", "ID != 0", {"Status": "Paid"}, "creator");"#,
        ],
        ..UPDATE_MANY
    },
    Integration {
        name: "zoho.creator.v2_1.deleteRecord",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}/{record_id}",
        presets: JSON,
        examples: &[r#"answer = zoho.creator.v2_1.deleteRecord("acme", "shop", "All_Orders", 9001, "creator");"#],
        ..DELETE
    },
    Integration {
        name: "zoho.creator.v2_1.deleteRecords",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}",
        presets: JSON,
        examples: &[
            r#"answer = zoho.creator.v2_1.deleteRecords("acme", "shop", "All_Orders", "ID == 9001", "creator");"#,
        ],
        ..DELETE_MANY
    },
    Integration {
        name: "zoho.creator.v2_1.uploadFile",
        path: "{api_domain}/creator/v2.1/data/{owner}/{app}/report/{report}/{record_id}/{field}/upload",
        presets: JSON,
        examples: &[
            r#"answer = zoho.creator.v2_1.uploadFile("acme", "shop", "All_Orders", 9001, "Invoice", invoice, "creator");"#,
        ],
        ..UPLOAD
    },
    Integration {
        name: "zoho.creator.v1.createRecord",
        params: &[OWNER, APP, FORM, Param::new("data", MAP, "The fields."), CONNECTION],
        doc: "Added a record, until version 1 of Creator's API ended.",
        examples: &[r#"answer = zoho.creator.v1.createRecord("acme", "shop", "Order", {"Item": "Hat"});"#],
        ..V1
    },
    Integration {
        name: "zoho.creator.v1.getRecords",
        params: &[
            OWNER,
            APP,
            Param::new("view", TEXT, "The report's link name."),
            Param::optional("condition", TEXT, "The condition."),
            Param::optional("from_index", NUMBER, "The first record."),
            Param::optional("to_index", NUMBER, "The last record."),
            CONNECTION,
        ],
        returns: RECORDS,
        doc: "Read records, until version 1 of Creator's API ended.",
        examples: &[r#"answer = zoho.creator.v1.getRecords("acme", "shop", "All_Orders");"#],
        ..V1
    },
    Integration {
        name: "zoho.creator.v1.updateRecord",
        params: &[OWNER, APP, FORM, RECORD_ID, Param::new("data", MAP, "The fields."), CONNECTION],
        doc: "Changed a record, until version 1 of Creator's API ended.",
        examples: &[r#"answer = zoho.creator.v1.updateRecord("acme", "shop", "Order", 9001, {"Item": "Cap"});"#],
        ..V1
    },
];

fn ended(row: &'static Integration, _: &mut Call) -> Result {
    let message = format!("{} needs version 1 of Creator's API, which Zoho has switched off.", row.name);
    Err(Box::new(
        Problem::new(Code::NotSupported, message).with_help(format!("Use {}.", row.name.replace(".v1.", "."))),
    ))
}
