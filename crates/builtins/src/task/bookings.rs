//! The tasks of Zoho Bookings and Zoho FSM.

use rainwright_value::{Flag, Kinds, Result, Value};

use super::arguments::{BOOL, ID, LIST, MAP, NUMBER, TEXT};
use super::integration::{NAMED_CONNECTION, request, send};
use crate::{Answer, Basis, Call, Integration, Param, Place};
use rainwright_effect::Body;

const DATA: Param = Param::new("data", MAP, "The fields by their API names.");
const BOOKINGS: Integration = Integration { basis: Basis::Assumed, ..Integration::ROW };

/// The tasks of Bookings. Its answers lie under response, returnvalue.
pub(crate) const BOOKINGS_TASKS: &[Integration] = &[
    Integration {
        name: "zoho.bookings.getWorkspaces",
        params: &[NAMED_CONNECTION],
        path: "{api_domain}/bookings/v1/json/workspaces",
        basis: Basis::Documented,
        doc: "The workspaces of the account in Zoho Bookings.",
        examples: &[r#"answer = zoho.bookings.getWorkspaces("bookings");"#],
        ..BOOKINGS
    },
    Integration {
        name: "zoho.bookings.getRecordById",
        params: &[
            Param::new("module", TEXT, "The kind of record: appointment."),
            Param::new("id", TEXT, "The booking's id."),
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/bookings/v1/json/get{module:lower}",
        sends: &[("id", Place::Query("booking_id"))],
        doc: "One appointment of Zoho Bookings.",
        examples: &[r##"answer = zoho.bookings.getRecordById("appointment", "#AC-00012", "bookings");"##],
        ..BOOKINGS
    },
    Integration {
        name: "zoho.bookings.getRelatedRecords",
        params: &[
            Param::new("relation", TEXT, "services, staffs or resources."),
            Param::new("workspace_id", ID, "The workspace's id."),
            Param::optional("query", MAP, "Further query parameters."),
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/bookings/v1/json/{relation:lower}",
        sends: &[("workspace_id", Place::Query("workspace_id")), ("query", Place::QueryAll)],
        doc: "The services, people or resources of a workspace of Zoho Bookings.",
        examples: &[r#"answer = zoho.bookings.getRelatedRecords("services", "42", "bookings");"#],
        ..BOOKINGS
    },
    Integration {
        name: "zoho.bookings.getAvailableSlots",
        params: &[
            Param::new("service_id", ID, "The service's id."),
            Param::new("staff_id", ID, "The person's id."),
            Param::new("date", TEXT, "The day, such as 31-Jan-2025."),
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/bookings/v1/json/availableslots",
        sends: &[
            ("service_id", Place::Query("service_id")),
            ("staff_id", Place::Query("staff_id")),
            ("date", Place::Query("selected_date")),
        ],
        doc: "The free times of a person for a service on a day.",
        examples: &[r#"answer = zoho.bookings.getAvailableSlots("11", "12", "31-Jan-2025", "bookings");"#],
        ..BOOKINGS
    },
    Integration {
        name: "zoho.bookings.createAppointment",
        params: &[
            Param::new("service_id", ID, "The service's id."),
            Param::new("time", TEXT, "The day and time, such as 31-Jan-2025 10:00:00."),
            Param::new("customer_details", MAP, "The customer's name, email and phone_number."),
            Param::new("staff_id", ID, "The id of the person or the resource."),
            Param::new("time_zone", TEXT, "The time zone, such as Asia/Kolkata."),
            Param::new("is_staff", BOOL, "Whether the id is that of a person; otherwise it is a resource."),
            NAMED_CONNECTION,
        ],
        method: "POST",
        path: "{api_domain}/bookings/v1/json/appointment",
        sends: &[
            ("service_id", Place::Form("service_id")),
            ("time", Place::Form("from_time")),
            ("customer_details", Place::Form("customer_details")),
            ("staff_id", Place::Form("staff_id")),
            ("time_zone", Place::Form("timezone")),
            ("is_staff", Place::Unsent),
        ],
        basis: Basis::Documented,
        doc: "Books an appointment.",
        examples: &[
            r#"answer = zoho.bookings.createAppointment("11", "31-Jan-2025 10:00:00", {"name": "Ada", "email": "ada@example.com", "phone_number": "1234"}, "12", "Asia/Kolkata", true, "bookings");"#,
        ],
        run: create_appointment,
        ..BOOKINGS
    },
    Integration {
        name: "zoho.bookings.updateRecords",
        params: &[DATA, NAMED_CONNECTION],
        method: "POST",
        path: "{api_domain}/bookings/v1/json/updateappointment",
        sends: &[("data", Place::FormAll)],
        doc: "Changes an appointment's state.",
        examples: &[
            r##"answer = zoho.bookings.updateRecords({"booking_id": "#AC-00012", "action": "completed"}, "bookings");"##,
        ],
        ..BOOKINGS
    },
];

const MODULE: Param = Param::new("module", TEXT, "The module, such as Work_Orders.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const PAGE: Param = Param::optional("page", NUMBER, "The page, from 1.");
const PER_PAGE: Param = Param::optional("per_page", NUMBER, "Records on a page.");
const OPTIONS: Param = Param::optional("options", MAP, "Further settings, as FSM's API names them.");
const WRITING: &[(&str, Place)] = &[("data", Place::Item("data")), ("options", Place::Body)];
const READING: &[(&str, Place)] =
    &[("page", Place::Query("page")), ("per_page", Place::Query("per_page")), ("options", Place::QueryAll)];
const INFO: Kinds = TEXT.or(LIST);
const FSM: Integration = Integration { basis: Basis::Assumed, ..Integration::ROW };

/// The tasks of FSM, whose answers look like those of CRM.
pub(crate) const FSM_TASKS: &[Integration] = &[
    Integration {
        name: "zoho.fsm.getRecords",
        params: &[MODULE, PAGE, PER_PAGE, OPTIONS, NAMED_CONNECTION],
        path: "https://fsm.{dc}/fsm/v1/{module}",
        sends: READING,
        answer: Answer::Rows("data"),
        returns: LIST,
        basis: Basis::Documented,
        doc: "The records of a module of Zoho FSM, as a list of maps.",
        examples: &[r#"orders = zoho.fsm.getRecords("Work_Orders", 1, 50, "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.getRecordById",
        params: &[MODULE, RECORD_ID, NAMED_CONNECTION],
        path: "https://fsm.{dc}/fsm/v1/{module}/{record_id}",
        answer: Answer::First("data"),
        doc: "One record of Zoho FSM.",
        examples: &[r#"order = zoho.fsm.getRecordById("Work_Orders", 9001, "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.createRecord",
        params: &[MODULE, DATA, OPTIONS, NAMED_CONNECTION],
        method: "POST",
        path: "https://fsm.{dc}/fsm/v1/{module}",
        sends: WRITING,
        answer: Answer::Outcome("data"),
        doc: "Adds a record to Zoho FSM.",
        examples: &[r#"order = zoho.fsm.createRecord("Work_Orders", {"Summary": "Boiler"}, "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.updateRecord",
        params: &[MODULE, RECORD_ID, DATA, OPTIONS, NAMED_CONNECTION],
        method: "PUT",
        path: "https://fsm.{dc}/fsm/v1/{module}/{record_id}",
        sends: WRITING,
        answer: Answer::Outcome("data"),
        doc: "Changes a record of Zoho FSM.",
        examples: &[r#"order = zoho.fsm.updateRecord("Work_Orders", 9001, {"Summary": "Pump"}, "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.getRelatedRecords",
        params: &[
            Param::new("relation", TEXT, "The related list; it comes before the parent."),
            MODULE,
            RECORD_ID,
            PAGE,
            PER_PAGE,
            OPTIONS,
            NAMED_CONNECTION,
        ],
        path: "https://fsm.{dc}/fsm/v1/{module}/{record_id}/{relation}",
        sends: READING,
        answer: Answer::Rows("data"),
        returns: LIST,
        doc: "The related records of a record of Zoho FSM, as a list of maps.",
        examples: &[r#"notes = zoho.fsm.getRelatedRecords("Notes", "Work_Orders", 9001, "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.searchRecords",
        params: &[
            MODULE,
            Param::new("criteria", TEXT, "Conditions such as (City:equals:Pune)."),
            PAGE,
            PER_PAGE,
            OPTIONS,
            NAMED_CONNECTION,
        ],
        path: "https://fsm.{dc}/fsm/v1/{module}/search",
        sends: &[
            ("criteria", Place::Query("criteria")),
            ("page", Place::Query("page")),
            ("per_page", Place::Query("per_page")),
            ("options", Place::QueryAll),
        ],
        answer: Answer::Rows("data"),
        returns: LIST,
        doc: "The records of a module of Zoho FSM that meet conditions, as a list of maps.",
        examples: &[r#"orders = zoho.fsm.searchRecords("Work_Orders", "(City:equals:Pune)", "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.getTransitions",
        params: &[MODULE, RECORD_ID, Param::optional("query", MAP, "Further query parameters."), NAMED_CONNECTION],
        path: "https://fsm.{dc}/fsm/v1/{module}/{record_id}/actions/blueprint",
        sends: &[("query", Place::QueryAll)],
        doc: "The steps that a record's blueprint allows next.",
        examples: &[r#"steps = zoho.fsm.getTransitions("Work_Orders", 9001, {}, "fsm");"#],
        ..FSM
    },
    Integration {
        name: "zoho.fsm.updateTransitions",
        params: &[
            MODULE,
            RECORD_ID,
            Param::new("info", INFO, "The id of the step."),
            Param { optional: true, ..DATA },
            NAMED_CONNECTION,
        ],
        method: "PUT",
        path: "https://fsm.{dc}/fsm/v1/{module}/{record_id}/actions/blueprint",
        sends: &[("info", Place::Item("blueprint")), ("data", Place::Unsent)],
        basis: Basis::Documented,
        doc: "Takes a record a step on in its blueprint.",
        examples: &[r#"answer = zoho.fsm.updateTransitions("Work_Orders", 9001, "55", {"Notes": "Done."}, "fsm");"#],
        run: |row, call| {
            let mut step = rainwright_value::Map::default();
            step.insert_text("transition_id", call.arg(2).clone());
            step.insert_text("data", call.arg(3).clone());
            call.args[2] = step.into();
            super::integration::perform(row, call)
        },
        ..FSM
    },
];

/// Names the id as that of a person or of a resource.
fn create_appointment(row: &'static Integration, call: &mut Call) -> Result {
    let mut request = request(row, call)?;
    let is_resource = matches!(call.arg(5), Value::Bool(Flag::False));
    if let (true, Body::Form { pairs }) = (is_resource, &mut request.body) {
        for (name, _) in pairs.iter_mut().filter(|(name, _)| name == "staff_id") {
            *name = "resource_id".to_owned();
        }
    }
    send(row, request, call.cx)
}
