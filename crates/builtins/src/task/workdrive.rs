//! The tasks of Zoho WorkDrive, Notebook and Analytics.

use super::arguments::{BOOL, FILE, MAP, TEXT};
use super::integration::NAMED_CONNECTION;
use crate::{Basis, Integration, Param, Place};

const FOLDER_NAME: Param = Param::new("folder_name", TEXT, "The folder's name.");
const PARENT: Param = Param::new("parent_id", TEXT, "The id of the folder or team that it lies in.");
const DATABASE: Param = Param::new("database", TEXT, "The workspace's name.");
const TABLE: Param = Param::new("table", TEXT, "The table's name.");
const DATA: Param = Param::new("data", MAP, "The columns with their values.");
const CRITERIA: Param = Param::new("criteria", TEXT, "The condition, such as \"City\" = 'Pune'; empty for all rows.");

const JSON_API: (Place, &str) = (Place::Header("Accept"), "application/vnd.api+json");
const POST: Integration = Integration { method: "POST", ..Integration::ROW };

/// The tasks. The owner's address of a workspace of Analytics comes from the connection.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.workdrive.uploadFile",
        params: &[
            Param::new("file", FILE, "The file."),
            Param::new("folder_id", TEXT, "The folder's id."),
            Param::new("file_name", TEXT, "The file's name, URL-encoded."),
            Param::new("override", BOOL, "Whether a file of that name is replaced."),
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/workdrive/api/v1/upload",
        sends: &[
            ("file", Place::File("content")),
            ("folder_id", Place::Form("parent_id")),
            ("file_name", Place::Form("filename")),
            ("override", Place::Form("override-name-exist")),
        ],
        doc: "Puts a file into a folder of WorkDrive.",
        examples: &[r#"answer = zoho.workdrive.uploadFile(report, "f1", "report.pdf", true, "workdrive");"#],
        ..POST
    },
    Integration {
        name: "zoho.workdrive.createFolder",
        params: &[FOLDER_NAME, PARENT, NAMED_CONNECTION],
        path: "{api_domain}/workdrive/api/v1/files",
        sends: &[
            ("folder_name", Place::Key("data.attributes.name")),
            ("parent_id", Place::Key("data.attributes.parent_id")),
        ],
        presets: &[JSON_API, (Place::Key("data.type"), r#""files""#)],
        doc: "Makes a folder in WorkDrive.",
        examples: &[r#"answer = zoho.workdrive.createFolder("Invoices", "f1", "workdrive");"#],
        ..POST
    },
    Integration {
        name: "zoho.workdrive.createTeamFolder",
        params: &[
            FOLDER_NAME,
            PARENT,
            Param::new("description", TEXT, "What the folder is for."),
            Param::new("is_public_within_team", BOOL, "Whether all of the team see it."),
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/workdrive/api/v1/teamfolders",
        sends: &[
            ("folder_name", Place::Key("data.attributes.name")),
            ("parent_id", Place::Key("data.attributes.parent_id")),
            ("description", Place::Key("data.attributes.description")),
            ("is_public_within_team", Place::Key("data.attributes.is_public_within_team")),
        ],
        presets: &[JSON_API, (Place::Key("data.type"), r#""teamfolders""#)],
        doc: "Makes a team folder in WorkDrive.",
        examples: &[r#"answer = zoho.workdrive.createTeamFolder("Sales", "t1", "Offers", true, "workdrive");"#],
        ..POST
    },
    Integration {
        name: "zoho.notebook.createNotecard",
        params: &[
            Param::new("content", TEXT, "The note's content."),
            Param::new("format", TEXT, "text or html."),
            Param::optional("data", MAP, "Further settings, such as notebook_id."),
            NAMED_CONNECTION,
        ],
        path: "https://notebook.{dc}/api/v1/notecards",
        sends: &[("content", Place::Key("content")), ("format", Place::Key("format")), ("data", Place::Body)],
        doc: "Adds a note to Zoho Notebook.",
        examples: &[r#"answer = zoho.notebook.createNotecard("Call Ann.", "text", "notebook");"#],
        ..POST
    },
    Integration {
        name: "zoho.reports.createRow",
        params: &[DATABASE, TABLE, DATA, NAMED_CONNECTION],
        path: "https://analyticsapi.{dc}/api/{owner_email}/{database}/{table}?ZOHO_ACTION=ADDROW&ZOHO_OUTPUT_FORMAT=JSON&ZOHO_ERROR_FORMAT=JSON&ZOHO_API_VERSION=1.0",
        sends: &[("data", Place::FormAll)],
        doc: "Adds a row to a table of Zoho Analytics.",
        examples: &[r#"answer = zoho.reports.createRow("Sales", "Orders", {"Item": "Hat"}, "analytics");"#],
        ..POST
    },
    Integration {
        name: "zoho.reports.updateData",
        params: &[DATABASE, TABLE, DATA, CRITERIA, NAMED_CONNECTION],
        path: "https://analyticsapi.{dc}/api/{owner_email}/{database}/{table}?ZOHO_ACTION=UPDATE&ZOHO_OUTPUT_FORMAT=JSON&ZOHO_ERROR_FORMAT=JSON&ZOHO_API_VERSION=1.0",
        sends: &[("data", Place::FormAll), ("criteria", Place::Form("ZOHO_CRITERIA"))],
        doc: "Changes the rows of a table of Zoho Analytics that meet a condition.",
        examples: &[
            r#"answer = zoho.reports.updateData("Sales", "Orders", {"Status": "Paid"}, "\"Item\" = 'Hat'", "analytics");"#,
        ],
        ..POST
    },
    Integration {
        name: "zoho.reports.deleteRow",
        params: &[DATABASE, TABLE, CRITERIA, NAMED_CONNECTION],
        path: "https://analyticsapi.{dc}/api/{owner_email}/{database}/{table}?ZOHO_ACTION=DELETE&ZOHO_OUTPUT_FORMAT=JSON&ZOHO_ERROR_FORMAT=JSON&ZOHO_API_VERSION=1.0",
        sends: &[("criteria", Place::Form("ZOHO_CRITERIA"))],
        doc: "Deletes the rows of a table of Zoho Analytics that meet a condition.",
        examples: &[r#"answer = zoho.reports.deleteRow("Sales", "Orders", "\"Item\" = 'Hat'", "analytics");"#],
        ..POST
    },
    Integration {
        name: "zoho.map.geocode",
        params: &[Param::new("address", TEXT, "The address.")],
        basis: Basis::Documented,
        doc: "The place of an address. The host is asked for it, since its service is not public.",
        examples: &[r#"place = zoho.map.geocode("1 Market Street, San Francisco");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.map.reverseGeocode",
        aliases: &["zoho.map.rGeoCode"],
        params: &[
            Param::new("latitude", DEGREES, "The latitude in degrees."),
            Param::new("longitude", DEGREES, "The longitude in degrees."),
        ],
        basis: Basis::Documented,
        doc: "The address of a place. The host is asked for it.",
        examples: &["address = zoho.map.reverseGeocode(37.79, -122.39);"],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.map.distanceBetween",
        params: &[
            Param::new("from", TEXT.or(MAP), "An address or a place."),
            Param::new("to", TEXT.or(MAP), "Another one."),
        ],
        basis: Basis::Assumed,
        doc: "The distance between two places. The host is asked for it.",
        examples: &[r#"distance = zoho.map.distanceBetween("Pune", "Mumbai");"#],
        ..Integration::ROW
    },
];

const DEGREES: rainwright_value::Kinds = rainwright_value::Kinds::NUMERIC.or(TEXT);
