//! The tasks of Zoho Sign.

use rainwright_value::Kinds;

use super::arguments::{FILE, ID, LIST, MAP};
use super::integration::{CONNECTION, NAMED_CONNECTION};
use crate::{Answer, Basis, Integration, Param, Place};

const FILES: Kinds = FILE.or(LIST);
const REQUEST_ID: Param = Param::new("request_id", ID, "The document request's id.");
const TEMPLATE_ID: Param = Param::new("template_id", ID, "The template's id.");
const PARAMS: Param = Param::new("params", MAP, "What Sign wants to know, as its API names it.");

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.sign.createDocument",
        params: &[
            Param::new("files", FILES, "The file, or a list of files."),
            Param::new("data", MAP, "The request as Sign's API names it; an empty map for none."),
            CONNECTION,
        ],
        method: "POST",
        path: "https://sign.{dc}/api/v1/requests",
        sends: &[("files", Place::File("file")), ("data", Place::Form("data"))],
        doc: "Makes a request for signatures of files.",
        examples: &[r#"answer = zoho.sign.createDocument(contract, {"requests": {"request_name": "Lease"}}, "sign");"#],
        run: |row, call| {
            if super::arguments::as_map(call.arg(1)).is_some_and(|map| map.borrow().is_empty()) {
                call.args[1] = rainwright_value::Value::Null;
            }
            super::integration::perform(row, call)
        },
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.uploadDocument",
        params: &[Param::new("file", FILE, "The file."), CONNECTION],
        method: "POST",
        path: "https://sign.{dc}/api/v1/requests",
        sends: &[("file", Place::File("file"))],
        basis: Basis::Assumed,
        doc: "Makes a draft of a request for signatures of a file.",
        examples: &[r#"answer = zoho.sign.uploadDocument(contract, "sign");"#],
        deprecated: Some("Use zoho.sign.createDocument."),
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.updateDocument",
        params: &[
            Param::new("document_id", ID, "The document request's id; it must be a draft."),
            Param::new("values", MAP, "What changes, as Sign's API names it."),
            NAMED_CONNECTION,
        ],
        method: "PUT",
        path: "https://sign.{dc}/api/v1/requests/{document_id}",
        sends: &[("values", Place::Form("data"))],
        doc: "Changes a draft of a request for signatures.",
        examples: &[r#"answer = zoho.sign.updateDocument(9001, {"requests": {"notes": "Please sign."}}, "sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.submitRequest",
        params: &[REQUEST_ID, PARAMS, CONNECTION],
        method: "POST",
        path: "https://sign.{dc}/api/v1/requests/{request_id}/submit",
        sends: &[("params", Place::Form("data"))],
        doc: "Sends a request for signatures to its signers.",
        examples: &[r#"answer = zoho.sign.submitRequest(9001, {"requests": {"request_name": "Lease"}}, "sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.getDocumentById",
        params: &[REQUEST_ID, CONNECTION],
        path: "https://sign.{dc}/api/v1/requests/{request_id}",
        doc: "One request for signatures, with its state.",
        examples: &[r#"answer = zoho.sign.getDocumentById(9001, "sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.downloadDocument",
        params: &[REQUEST_ID, CONNECTION],
        path: "https://sign.{dc}/api/v1/requests/{request_id}/pdf",
        answer: Answer::File,
        returns: FILE.or(MAP),
        doc: "The signed document as a FILE; when Sign refuses, a map with the error.",
        examples: &[r#"contract = zoho.sign.downloadDocument(9001, "sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.getTemplates",
        params: &[CONNECTION],
        path: "https://sign.{dc}/api/v1/templates",
        basis: Basis::Assumed,
        doc: "The templates of the account in Zoho Sign.",
        examples: &[r#"answer = zoho.sign.getTemplates("sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.getTemplateById",
        params: &[TEMPLATE_ID, CONNECTION],
        path: "https://sign.{dc}/api/v1/templates/{template_id}",
        basis: Basis::Assumed,
        doc: "One template of Zoho Sign.",
        examples: &[r#"answer = zoho.sign.getTemplateById(7001, "sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.getFieldIds",
        params: &[CONNECTION],
        path: "https://sign.{dc}/api/v1/fieldtypes",
        basis: Basis::Assumed,
        doc: "The kinds of fields that a document of Zoho Sign can have.",
        examples: &[r#"answer = zoho.sign.getFieldIds("sign");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.sign.createUsingTemplate",
        params: &[TEMPLATE_ID, PARAMS, CONNECTION],
        method: "POST",
        path: "https://sign.{dc}/api/v1/templates/{template_id}/createdocument",
        sends: &[("params", Place::FormAll)],
        doc: "Makes a request for signatures from a template; `data` holds the template's values and `is_quicksend` says whether it is sent at once.",
        examples: &[
            r#"answer = zoho.sign.createUsingTemplate(7001, {"is_quicksend": "true", "data": {"templates": {"notes": "Please sign."}}}, "sign");"#,
        ],
        ..Integration::ROW
    },
];
