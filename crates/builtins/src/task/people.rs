//! The tasks of Zoho People and Zoho Recruit.

use rainwright_value::{Kinds, Map, Result, Value};

use super::arguments::{BOOL, FILE, ID, LIST, MAP, NUMBER, TEXT, as_map, elements, entry, printed};
use super::integration::{CONNECTION, NAMED_CONNECTION, perform, request, send};
use super::request::json_body;
use crate::{Answer, Basis, Call, Integration, Param, Place};
use rainwright_effect::Body;

const FORM: Param = Param::new("form", TEXT, "The form's label name, such as P_Employee.");
const MODULE: Param = Param::new("module", TEXT, "The module, such as Candidates or JobOpenings.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const DATA: Param = Param::new("data", MAP, "The fields by their API names.");
const TRIGGER: Param = Param::new("workflow_trigger", BOOL, "Whether workflow rules run.");
const FROM: Param = Param::new("from_index", NUMBER, "The first record, from 1.");
const TO: Param = Param::new("to_index", NUMBER, "The last record, at most 200 after the first one.");
const COLUMNS: Param = Param::new("select_columns", TEXT, "The fields to give as (A,B), or ALL.");

const PEOPLE: Integration = Integration { service: "zoho_people", ..Integration::ROW };
const RECRUIT: Integration = Integration { service: "zoho_recruit", ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.people.create",
        params: &[FORM, Param { name: "record_values", ..DATA }, CONNECTION],
        method: "POST",
        path: "https://people.{dc}/people/api/forms/json/{form}/insertRecord",
        sends: &[("record_values", Place::Form("inputData"))],
        doc: "Adds a record to a form of Zoho People and gives its id and a status.",
        examples: &[
            r#"answer = zoho.people.create("P_Employee", {"FirstName": "Ann", "EmployeeID": "17"}, "people");"#,
        ],
        ..PEOPLE
    },
    Integration {
        name: "zoho.people.update",
        params: &[
            FORM,
            Param::new("new_values", MAP, "The fields by their API names, and the record's id under recordid."),
            CONNECTION,
        ],
        method: "POST",
        path: "https://people.{dc}/people/api/forms/json/{form}/updateRecord",
        sends: &[("new_values", Place::Form("inputData"))],
        doc: "Changes a record of a form of Zoho People.",
        examples: &[
            r#"answer = zoho.people.update("P_Employee", {"recordid": "9001", "Department": "Sales"}, "people");"#,
        ],
        run: update_person,
        ..PEOPLE
    },
    Integration {
        name: "zoho.people.getRecords",
        params: &[
            FORM,
            Param::optional("from_index", NUMBER, "The first record, from 1; 1 when left out."),
            Param::optional("count", NUMBER, "How many records, at most 200; 20 when left out."),
            Param::optional("search", SEARCH, "Conditions, each a map of searchField, searchOperator and searchText."),
            CONNECTION,
        ],
        path: "https://people.{dc}/people/api/forms/{form}/getRecords",
        sends: &[
            ("from_index", Place::Query("sIndex")),
            ("count", Place::Query("limit")),
            ("search", Place::Query("searchParams")),
        ],
        doc: "The records of a form of Zoho People, under response, result, by their ids.",
        examples: &[
            r#"answer = zoho.people.getRecords("P_Employee", 1, 100, {"searchField": "Department", "searchOperator": "Is", "searchText": "Sales"}, "people");"#,
        ],
        run: search_people,
        ..PEOPLE
    },
    Integration {
        name: "zoho.people.getRecordById",
        params: &[FORM, RECORD_ID, CONNECTION],
        path: "https://people.{dc}/people/api/forms/{form}/getDataByID",
        sends: &[("record_id", Place::Query("recordId"))],
        basis: Basis::Assumed,
        doc: "One record of a form of Zoho People.",
        examples: &[r#"answer = zoho.people.getRecordById("P_Employee", 9001, "people");"#],
        ..PEOPLE
    },
    Integration {
        name: "zoho.recruit.addRecord",
        params: &[
            MODULE,
            DATA,
            Param::new(
                "duplicate_check",
                NUMBER,
                "What happens when there is such a record: 0 adds another one, 1 refuses, 2 changes it.",
            ),
            TRIGGER,
            NAMED_CONNECTION,
        ],
        method: "POST",
        path: "https://recruit.{dc}/recruit/v2/{module}",
        sends: CREATING,
        doc: "Adds a record to a module of Zoho Recruit.",
        examples: &[r#"answer = zoho.recruit.addRecord("Candidates", {"Last_Name": "Shaw"}, 1, true, "recruit");"#],
        run: write_recruit,
        ..RECRUIT
    },
    Integration {
        name: "zoho.recruit.updateRecord",
        params: &[MODULE, RECORD_ID, DATA, TRIGGER, NAMED_CONNECTION],
        method: "PUT",
        path: "https://recruit.{dc}/recruit/v2/{module}/{record_id}",
        sends: CHANGING,
        doc: "Changes a record of Zoho Recruit.",
        examples: &[r#"answer = zoho.recruit.updateRecord("Candidates", 9001, {"City": "Pune"}, false, "recruit");"#],
        run: write_recruit,
        ..RECRUIT
    },
    Integration {
        name: "zoho.recruit.getRecordbyId",
        params: &[MODULE, RECORD_ID, CONNECTION],
        path: "https://recruit.{dc}/recruit/v2/{module}/{record_id}",
        answer: Answer::First("data"),
        doc: "One record of Zoho Recruit as a map.",
        examples: &[r#"candidate = zoho.recruit.getRecordById("Candidates", 9001, "recruit");"#],
        ..RECRUIT
    },
    Integration {
        name: "zoho.recruit.searchRecords",
        params: &[
            MODULE,
            Param::new("condition", TEXT, "The condition as field|operator|value."),
            FROM,
            TO,
            COLUMNS,
            NAMED_CONNECTION,
        ],
        path: "https://recruit.{dc}/recruit/v2/{module}/search",
        sends: &[
            ("condition", Place::Query("criteria")),
            ("from_index", Place::Query("page")),
            ("to_index", Place::Query("per_page")),
            ("select_columns", Place::Query("fields")),
        ],
        answer: Answer::Rows("data"),
        returns: LIST,
        doc: "The records of a module of Zoho Recruit that meet a condition, as a list of maps.",
        examples: &[
            r#"found = zoho.recruit.searchRecords("Candidates", "City|equals|Pune", 1, 100, "ALL", "recruit");"#,
        ],
        run: read_recruit,
        ..RECRUIT
    },
    Integration {
        name: "zoho.recruit.getRecords",
        params: &[
            MODULE,
            FROM,
            TO,
            Param { optional: true, ..COLUMNS },
            Param::optional("sort_column", TEXT, "The field to sort by."),
            Param::optional("sort_order", TEXT, "asc or desc."),
            NAMED_CONNECTION,
        ],
        path: "https://recruit.{dc}/recruit/v2/{module}",
        sends: &[
            ("from_index", Place::Query("page")),
            ("to_index", Place::Query("per_page")),
            ("select_columns", Place::Query("fields")),
            ("sort_column", Place::Query("sort_by")),
            ("sort_order", Place::Query("sort_order")),
        ],
        answer: Answer::Rows("data"),
        returns: LIST,
        doc: "The records of a module of Zoho Recruit, as a list of maps.",
        examples: &[
            r#"found = zoho.recruit.getRecords("Candidates", 1, 100, "(Last_Name,City)", "Last_Name", "asc", "recruit");"#,
        ],
        run: read_recruit,
        ..RECRUIT
    },
    Integration {
        name: "zoho.recruit.uploadFile",
        params: &[
            MODULE,
            RECORD_ID,
            Param::new("file", FILE, "The file."),
            Param::optional("type", TEXT, "The attachment's category, such as Resume."),
            NAMED_CONNECTION,
        ],
        method: "POST",
        path: "https://recruit.{dc}/recruit/v2/{module}/{record_id}/Attachments",
        sends: &[("file", Place::File("file")), ("type", Place::Form("attachments_category"))],
        answer: Answer::Outcome("data"),
        basis: Basis::Assumed,
        doc: "Attaches a file to a record of Zoho Recruit.",
        examples: &[r#"answer = zoho.recruit.uploadFile("Candidates", 9001, resume, "Resume", "recruit");"#],
        ..RECRUIT
    },
];

const SEARCH: Kinds = MAP.or(LIST);
const CREATING: &[(&str, Place)] =
    &[("data", Place::Item("data")), ("duplicate_check", Place::Unsent), ("workflow_trigger", Place::Unsent)];
const CHANGING: &[(&str, Place)] = &[("data", Place::Item("data")), ("workflow_trigger", Place::Unsent)];

/// People takes the record's id beside the fields, the script gives it among them.
fn update_person(row: &'static Integration, call: &mut Call) -> Result {
    let given = as_map(call.arg(1)).ok_or_else(|| call.wrong_argument(1, MAP))?;
    let id = ["recordid", "recordId"].into_iter().find_map(|key| entry(&given, key, &call.cx.locale));
    let Some(id) = id else {
        return Err(call.bad_argument("the map needs the record's id under 'recordid'"));
    };
    let fields: Map = given
        .borrow()
        .iter()
        .filter(|(key, _)| !key.as_str().is_some_and(|k| k.eq_ignore_ascii_case("recordid")))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    call.args[1] = fields.into();
    let mut request = request(row, call)?;
    if let Body::Form { pairs } = &mut request.body {
        pairs.push(("recordId".to_owned(), id));
    }
    send(row, request, call.cx)
}

/// People takes several conditions with a bar between them, the script gives them as a list.
fn search_people(row: &'static Integration, call: &mut Call) -> Result {
    if call.given(3) {
        let conditions: Vec<String> = elements(call.arg(3)).iter().map(|c| printed(c, &call.cx.locale)).collect();
        call.args[3] = conditions.join("|").into();
    }
    perform(row, call)
}

/// The trigger and the duplicate check of version 1 in the words of version 2: a list, and another address.
fn write_recruit(row: &'static Integration, call: &mut Call) -> Result {
    let creates = row.method == "POST";
    let triggers = if call.boolean(3)? { vec![Value::from("workflow")] } else { Vec::new() };
    let mut body = Map::default();
    body.insert_text("data", vec![call.arg(if creates { 1 } else { 2 }).clone()]);
    body.insert_text("trigger", triggers);
    let mut request = request(row, call)?;
    request.body = json_body(&body.into(), &call.cx.locale);
    if creates && call.number(2)? == 2 {
        request.url.push_str("/upsert");
    }
    send(row, request, call.cx)
}

/// The range, the columns and the condition of version 1 in the words of version 2: a page, fields, criteria.
fn read_recruit(row: &'static Integration, call: &mut Call) -> Result {
    let first = if row.name.ends_with("searchRecords") { 2 } else { 1 };
    if first == 2 {
        let condition = call.text(1)?.trim().trim_matches(['(', ')']).replace('|', ":");
        call.args[1] = format!("({condition})").into();
    }
    let (from, to) = (call.number(first)?.max(1), call.number(first + 1)?);
    let count = (to - from).saturating_add(1).clamp(1, 200);
    call.args[first] = Value::from((from - 1) / count + 1);
    call.args[first + 1] = Value::from(count);
    if call.given(first + 2) {
        let columns = printed(call.arg(first + 2), &call.cx.locale);
        let columns = columns.trim().trim_matches(['(', ')']);
        call.args[first + 2] = match columns.eq_ignore_ascii_case("all") {
            true => Value::Null,
            false => columns.into(),
        };
    }
    perform(row, call)
}
