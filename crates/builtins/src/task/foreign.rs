//! The tasks of services that are not Zoho's: Salesforce and QuickBooks. The connection comes first.

use rainwright_value::{Result, Value};

use super::arguments::{ID, LIST, MAP, TEXT, elements, printed};
use super::integration::{NAMED_CONNECTION, perform};
use crate::{Basis, Call, Integration, Param, Place};

const MODULE: Param = Param::new("module", TEXT, "The object, such as Account.");
const RECORD_ID: Param = Param::new("id", ID, "The record's id.");
const DATA: Param = Param::new("data", MAP, "The fields by their API names.");
const CRITERIA: Param = Param::optional("criteria", TEXT, "The condition, such as City = 'Pune'.");
const COLUMNS: Param = Param::optional("columns", LIST, "The fields to give; all when left out.");

const SALESFORCE: Integration = Integration { service: "salesforce", ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "salesforce.sales.getRecords",
        params: &[NAMED_CONNECTION, MODULE, CRITERIA, COLUMNS],
        path: "{instance_url}/services/data/v62.0/query",
        sends: &[("module", Place::Unsent), ("criteria", Place::Query("q")), ("columns", Place::Unsent)],
        doc: "The records of an object of Salesforce, under `records`.",
        examples: &[
            r#"answer = salesforce.sales.getRecords("salesforce", "Account", "City = 'Pune'", {"Id", "Name"});"#,
        ],
        run: |row, call| query(row, call, 1, 2, 3, "FIELDS(ALL)", " LIMIT 200"),
        ..SALESFORCE
    },
    Integration {
        name: "salesforce.sales.searchRecords",
        params: &[NAMED_CONNECTION, MODULE, Param { optional: false, ..CRITERIA }, COLUMNS],
        path: "{instance_url}/services/data/v62.0/query",
        sends: &[("module", Place::Unsent), ("criteria", Place::Query("q")), ("columns", Place::Unsent)],
        basis: Basis::Assumed,
        doc: "The records of an object of Salesforce that meet a condition, under `records`.",
        examples: &[r#"answer = salesforce.sales.searchRecords("salesforce", "Account", "City = 'Pune'");"#],
        run: |row, call| query(row, call, 1, 2, 3, "FIELDS(ALL)", " LIMIT 200"),
        ..SALESFORCE
    },
    Integration {
        name: "salesforce.sales.getRecordById",
        params: &[NAMED_CONNECTION, MODULE, RECORD_ID],
        path: "{instance_url}/services/data/v62.0/sobjects/{module}/{id}",
        doc: "One record of Salesforce.",
        examples: &[r#"account = salesforce.sales.getRecordById("salesforce", "Account", "0015g00000Xy");"#],
        ..SALESFORCE
    },
    Integration {
        name: "salesforce.sales.create",
        params: &[NAMED_CONNECTION, MODULE, DATA],
        method: "POST",
        path: "{instance_url}/services/data/v62.0/sobjects/{module}",
        sends: &[("data", Place::Body)],
        basis: Basis::Assumed,
        doc: "Adds a record to Salesforce and gives its id.",
        examples: &[r#"answer = salesforce.sales.create("salesforce", "Account", {"Name": "Acme"});"#],
        ..SALESFORCE
    },
    Integration {
        name: "salesforce.sales.update",
        params: &[NAMED_CONNECTION, MODULE, RECORD_ID, DATA],
        method: "PATCH",
        path: "{instance_url}/services/data/v62.0/sobjects/{module}/{id}",
        sends: &[("data", Place::Body)],
        basis: Basis::Assumed,
        doc: "Changes a record of Salesforce.",
        examples: &[r#"answer = salesforce.sales.update("salesforce", "Account", "0015g00000Xy", {"City": "Pune"});"#],
        ..SALESFORCE
    },
    Integration {
        name: "intuit.quickbooks.getRecords",
        params: &[
            NAMED_CONNECTION,
            MODULE,
            Param::new("company_id", ID, "The company's id."),
            CRITERIA,
            Param { name: "fields", ..COLUMNS },
        ],
        service: "quickbooks",
        path: "https://quickbooks.api.intuit.com/v3/company/{company_id}/query",
        sends: &[("module", Place::Unsent), ("criteria", Place::Query("query")), ("fields", Place::Unsent)],
        presets: &[(Place::Header("Accept"), "application/json")],
        doc: "The records of an entity of QuickBooks, under QueryResponse.",
        examples: &[r#"answer = intuit.quickbooks.getRecords("quickbooks", "Customer", "91301234", "Active = true");"#],
        run: |row, call| query(row, call, 1, 3, 4, "*", ""),
        ..Integration::ROW
    },
];

/// Puts a query of the service's own language where the condition stood: the object, the condition and the fields are the
/// arguments with these indexes.
fn query(
    row: &'static Integration,
    call: &mut Call,
    object: usize,
    condition: usize,
    fields: usize,
    all: &str,
    end: &str,
) -> Result {
    let locale = &call.cx.locale;
    let object = printed(call.arg(object), locale);
    if !object.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(call.bad_argument(format!("'{object}' is no name of an object")));
    }
    let columns: Vec<String> = elements(call.arg(fields)).iter().map(|c| printed(c, locale)).collect();
    let (columns, end) = match columns.is_empty() {
        true => (all.to_owned(), end),
        false => (columns.join(", "), ""),
    };
    let condition_text = printed(call.arg(condition), locale);
    let wanted = match condition_text.trim() {
        "" => String::new(),
        text => format!(" WHERE {text}"),
    };
    call.args[condition] = Value::from(format!("SELECT {columns} FROM {object}{wanted}{end}"));
    perform(row, call)
}
