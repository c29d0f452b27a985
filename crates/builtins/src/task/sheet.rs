//! The tasks of Zoho Sheet: one address, the method named in the form.

use rainwright_value::Kinds;

use super::arguments::{FILE, LIST, MAP, NUMBER, TEXT};
use super::integration::NAMED_CONNECTION;
use crate::{Basis, Integration, Param, Place};

const RESOURCE: Param = Param::new("resource_id", TEXT, "The spreadsheet's id.");
const WORKSHEET: Param = Param::new("worksheet", TEXT, "The worksheet's name.");
const CRITERIA: Param = Param::new("criteria", TEXT, "The condition; empty for all rows.");
const OPTIONS: Param = Param::optional("options", MAP, "Further settings, as Sheet's API names them.");
const CSV: Kinds = TEXT.or(FILE);

const SHEET: Integration =
    Integration { method: "POST", path: "https://sheet.{dc}/api/v2/{resource_id}", ..Integration::ROW };
const IN_WORKSHEET: (&str, Place) = ("worksheet", Place::Form("worksheet_name"));

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.sheet.getSheets",
        params: &[RESOURCE, NAMED_CONNECTION],
        presets: &[(Place::Form("method"), "worksheet.list")],
        basis: Basis::Assumed,
        doc: "The worksheets of a spreadsheet.",
        examples: &[r#"answer = zoho.sheet.getSheets("kx2a", "sheet");"#],
        ..SHEET
    },
    Integration {
        name: "zoho.sheet.createRecords",
        params: &[
            RESOURCE,
            WORKSHEET,
            Param::new("row_data", LIST, "The rows as maps, by the names in the head row."),
            Param { name: "query_map", ..OPTIONS },
            NAMED_CONNECTION,
        ],
        sends: &[IN_WORKSHEET, ("row_data", Place::Form("json_data")), ("query_map", Place::FormAll)],
        presets: &[(Place::Form("method"), "worksheet.records.add")],
        doc: "Adds rows to a worksheet.",
        examples: &[r#"answer = zoho.sheet.createRecords("kx2a", "Sheet1", {{"Name": "Ann"}}, "sheet");"#],
        ..SHEET
    },
    Integration {
        name: "zoho.sheet.getRecords",
        params: &[
            RESOURCE,
            WORKSHEET,
            Param::optional("query_map", MAP, "criteria, column_names, records_start_index and count, at most 1000."),
            NAMED_CONNECTION,
        ],
        sends: &[IN_WORKSHEET, ("query_map", Place::FormAll)],
        presets: &[(Place::Form("method"), "worksheet.records.fetch")],
        doc: "The rows of a worksheet, under `records`.",
        examples: &[r#"answer = zoho.sheet.getRecords("kx2a", "Sheet1", {"count": 100}, "sheet");"#],
        ..SHEET
    },
    Integration {
        name: "zoho.sheet.updateRecords",
        params: &[
            RESOURCE,
            WORKSHEET,
            CRITERIA,
            Param::new("data", MAP, "The new values by the names in the head row."),
            Param { name: "optional_map", ..OPTIONS },
            NAMED_CONNECTION,
        ],
        sends: &[
            IN_WORKSHEET,
            ("criteria", Place::Form("criteria")),
            ("data", Place::Form("data")),
            ("optional_map", Place::FormAll),
        ],
        presets: &[(Place::Form("method"), "worksheet.records.update")],
        doc: "Changes the rows of a worksheet that meet a condition.",
        examples: &[
            r#"answer = zoho.sheet.updateRecords("kx2a", "Sheet1", "\"Name\"=\"Ann\"", {"City": "Pune"}, "sheet");"#,
        ],
        ..SHEET
    },
    Integration {
        name: "zoho.sheet.find",
        params: &[RESOURCE, WORKSHEET, Param::new("text", TEXT, "The text to look for."), OPTIONS, NAMED_CONNECTION],
        sends: &[IN_WORKSHEET, ("text", Place::Form("search")), ("options", Place::FormAll)],
        presets: &[(Place::Form("method"), "find"), (Place::Form("scope"), "worksheet")],
        basis: Basis::Assumed,
        doc: "The cells of a worksheet that hold a text.",
        examples: &[r#"answer = zoho.sheet.find("kx2a", "Sheet1", "Ann", "sheet");"#],
        ..SHEET
    },
    Integration {
        name: "zoho.sheet.replace",
        params: &[
            RESOURCE,
            WORKSHEET,
            Param::new("search", TEXT, "The text to look for."),
            Param::new("replace_with", TEXT, "The text in its place."),
            OPTIONS,
            NAMED_CONNECTION,
        ],
        sends: &[
            IN_WORKSHEET,
            ("search", Place::Form("search")),
            ("replace_with", Place::Form("replace_with")),
            ("options", Place::FormAll),
        ],
        presets: &[(Place::Form("method"), "replace"), (Place::Form("scope"), "worksheet")],
        basis: Basis::Assumed,
        doc: "Puts a text in the place of another one, all over a worksheet.",
        examples: &[r#"answer = zoho.sheet.replace("kx2a", "Sheet1", "Bombay", "Mumbai", "sheet");"#],
        ..SHEET
    },
    Integration {
        name: "zoho.sheet.insertCSV",
        params: &[
            RESOURCE,
            WORKSHEET,
            Param::new("csv", CSV, "The values between commas, as text or as a file."),
            Param::new("row", NUMBER, "The first row, from 1."),
            Param::new("column", NUMBER, "The first column, from 1."),
            NAMED_CONNECTION,
        ],
        sends: &[
            IN_WORKSHEET,
            ("csv", Place::Form("data")),
            ("row", Place::Form("row")),
            ("column", Place::Form("column")),
        ],
        presets: &[(Place::Form("method"), "worksheet.csvdata.set")],
        doc: "Writes comma-separated values into a worksheet, from a cell on.",
        examples: &[r#"answer = zoho.sheet.insertCSV("kx2a", "Sheet1", "Ann,Pune", 2, 1, "sheet");"#],
        run: |row, call| {
            if let rainwright_value::Value::File(file) = call.arg(2) {
                let text = String::from_utf8_lossy(file.bytes()).into_owned();
                call.args[2] = text.into();
            }
            super::integration::perform(row, call)
        },
        ..SHEET
    },
];
