//! The tasks of Zoho Writer.

use rainwright_value::Kinds;

use super::arguments::{BOOL, FILE, LIST, MAP, TEXT};
use super::integration::NAMED_CONNECTION;
use crate::{Answer, Basis, Integration, Param, Place};

const DOCUMENT: Param = Param::new("document_id", TEXT, "The document's id.");
const MERGE: Param = Param::new("merge_detail", MAP, "The values for the document's merge fields.");
const OUTPUT: Param = Param::new(
    "output_settings",
    MAP,
    "Where and how it is kept: doc_name, folder_id, format, password, overwrite_existing_file.",
);
const OPTIONAL: Param = Param::optional("optional_settings", MAP, "Further settings, as Writer's API names them.");
const FORMAT: Param = Param::new("output_format", TEXT, "pdf, docx, html and the like.");
const DATA: Param = Param::new("data", MAP, "The settings, as Writer's API names them.");
const PEOPLE: Kinds = TEXT.or(LIST);

const MERGE_DATA: (&str, Place) = ("merge_detail", Place::Form("merge_data"));
const OUTPUT_SETTINGS: (&str, Place) = ("output_settings", Place::Form("output_settings"));
const SETTINGS: (&str, Place) = ("optional_settings", Place::FormAll);

const POST: Integration = Integration { method: "POST", ..Integration::ROW };
const GET: Integration = Integration { basis: Basis::Assumed, ..Integration::ROW };
const CHANGE: Integration = Integration { method: "PUT", basis: Basis::Assumed, ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.writer.mergeAndStore",
        params: &[DOCUMENT, MERGE, Param { optional: true, ..OUTPUT }, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/merge/store",
        sends: &[MERGE_DATA, OUTPUT_SETTINGS],
        basis: Basis::Assumed,
        doc: "Fills a template's merge fields and keeps the document.",
        examples: &[r#"answer = zoho.writer.mergeAndStore("w1", {"name": "Ann"}, {"doc_name": "Letter"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.v2.mergeAndStore",
        params: &[DOCUMENT, MERGE, OUTPUT, OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v2/documents/{document_id}/merge/store",
        sends: &[MERGE_DATA, OUTPUT_SETTINGS, SETTINGS],
        doc: "Fills a template's merge fields and keeps the document; answers at once; the merge goes on afterwards.",
        examples: &[
            r#"answer = zoho.writer.v2.mergeAndStore("w1", {"name": "Ann"}, {"doc_name": "Letter"}, "writer");"#,
        ],
        ..POST
    },
    Integration {
        name: "zoho.writer.mergeAndSend",
        params: &[
            DOCUMENT,
            FORMAT,
            Param::new("email", PEOPLE, "Who gets it: an address or a list."),
            Param { name: "values", ..MERGE },
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/merge/email",
        sends: &[
            ("output_format", Place::Form("output_format")),
            ("email", Place::Form("email")),
            ("values", Place::Form("merge_data")),
        ],
        doc: "Fills a template's merge fields and mails the document.",
        examples: &[r#"answer = zoho.writer.mergeAndSend("w1", "pdf", "ann@example.com", {"name": "Ann"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.v2.mergeAndSend",
        params: &[DOCUMENT, MERGE, OUTPUT, OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v2/documents/{document_id}/merge/email",
        sends: &[MERGE_DATA, OUTPUT_SETTINGS, SETTINGS],
        basis: Basis::Assumed,
        doc: "Fills a template's merge fields and mails the document; answers at once.",
        examples: &[r#"answer = zoho.writer.v2.mergeAndSend("w1", {"name": "Ann"}, {"format": "pdf"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.mergeAndDownload",
        params: &[DOCUMENT, FORMAT, Param { name: "values", ..MERGE }, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/merge",
        sends: &[("output_format", Place::Form("output_format")), ("values", Place::Form("merge_data"))],
        answer: Answer::File,
        returns: FILE.or(MAP),
        basis: Basis::Assumed,
        doc: "Fills a template's merge fields and gives the document as a FILE.",
        examples: &[r#"letter = zoho.writer.mergeAndDownload("w1", "pdf", {"name": "Ann"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.mergeAndInvoke",
        params: &[DOCUMENT, MERGE, OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/merge/execute",
        sends: &[MERGE_DATA, SETTINGS],
        doc: "Fills a template's merge fields and hands the document to the template's own function.",
        examples: &[r#"answer = zoho.writer.mergeAndInvoke("w1", {"name": "Ann"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.mergeAndSign",
        params: &[
            DOCUMENT,
            Param { name: "merge_data", ..MERGE },
            Param::new("signer_data", LIST, "The signers as maps."),
            Param { name: "options", ..OPTIONAL },
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/merge/sign",
        sends: &[
            ("merge_data", Place::Form("merge_data")),
            ("signer_data", Place::Form("signer_data")),
            ("options", Place::FormAll),
        ],
        basis: Basis::Assumed,
        doc: "Fills a template's merge fields and sends the document for signatures.",
        examples: &[
            r#"answer = zoho.writer.mergeAndSign("w1", {"name": "Ann"}, {{"recipient_1": "ann@example.com"}}, "writer");"#,
        ],
        ..POST
    },
    Integration {
        name: "zoho.writer.signDocument",
        params: &[
            DOCUMENT,
            Param::new("service", TEXT, "The signing service, such as zohosign."),
            Param::new("recipients", PEOPLE, "The signers: an address or a list."),
            Param::new("signed_document_name", TEXT, "The name of the signed document."),
            Param { name: "input_map", ..OPTIONAL },
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/sign",
        sends: &[
            ("service", Place::Form("service_name")),
            ("recipients", Place::Form("recipients")),
            ("signed_document_name", Place::Form("document_name")),
            ("input_map", Place::FormAll),
        ],
        doc: "Sends a document for signatures.",
        examples: &[r#"answer = zoho.writer.signDocument("w1", "zohosign", "ann@example.com", "Lease", "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.v2.signDocument",
        params: &[DOCUMENT, DATA, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v2/documents/{document_id}/sign",
        sends: &[("data", Place::FormAll)],
        basis: Basis::Assumed,
        doc: "Sends a document for signatures; answers at once.",
        examples: &[r#"answer = zoho.writer.v2.signDocument("w1", {"service_name": "zohosign"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.getMergeFields",
        aliases: &["zoho.writer.getAllFields"],
        params: &[DOCUMENT, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/fields",
        doc: "The merge fields of a document.",
        examples: &[r#"fields = zoho.writer.getMergeFields("w1", "writer");"#],
        ..GET
    },
    Integration {
        name: "zoho.writer.createDocument",
        params: &[Param { optional: true, ..DATA }, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents",
        sends: &[("data", Place::FormAll)],
        basis: Basis::Assumed,
        doc: "Makes a document.",
        examples: &[r#"document = zoho.writer.createDocument({"filename": "Letter"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.getDocuments",
        params: &[Param::optional("query", MAP, "Query parameters, such as limit and offset."), NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents",
        sends: &[("query", Place::QueryAll)],
        doc: "The documents of the account.",
        examples: &[r#"documents = zoho.writer.getDocuments({"limit": 10}, "writer");"#],
        ..GET
    },
    Integration {
        name: "zoho.writer.uploadDocument",
        params: &[
            Param::new("file", FILE, "The file."),
            Param::optional("name", TEXT, "The document's name."),
            Param::optional("folder_id", TEXT, "The folder's id."),
            Param::optional("password", TEXT, "The password that opens the file."),
            NAMED_CONNECTION,
        ],
        path: "{api_domain}/writer/api/v1/documents",
        sends: &[
            ("file", Place::File("content")),
            ("name", Place::Form("filename")),
            ("folder_id", Place::Form("folder_id")),
            ("password", Place::Form("password")),
        ],
        doc: "Makes a document of a file.",
        examples: &[r#"document = zoho.writer.uploadDocument(letter, "Letter", "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.shareDocument",
        params: &[DOCUMENT, DATA, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/share",
        sends: &[("data", Place::FormAll)],
        basis: Basis::Assumed,
        doc: "Shares a document with people.",
        examples: &[r#"answer = zoho.writer.shareDocument("w1", {"share_to": "ann@example.com"}, "writer");"#],
        ..POST
    },
    Integration {
        name: "zoho.writer.markUnmarkFavorite",
        params: &[DOCUMENT, DATA, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/favorite",
        sends: &[("data", Place::FormAll)],
        doc: "Marks a document as a favourite, or no longer.",
        examples: &[r#"answer = zoho.writer.markUnmarkFavorite("w1", {"favorite": true}, "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.renameDocument",
        params: &[DOCUMENT, Param::new("name", TEXT, "The new name."), NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/rename",
        sends: &[("name", Place::Form("document_name"))],
        doc: "Gives a document another name.",
        examples: &[r#"answer = zoho.writer.renameDocument("w1", "Lease 2025", "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.enableDisableTrackChanges",
        params: &[DOCUMENT, Param::new("enable", BOOL, "Whether changes are tracked."), NAMED_CONNECTION],
        doc: "Has the changes of a document tracked, or no longer. The host is asked for it.",
        examples: &[r#"answer = zoho.writer.enableDisableTrackChanges("w1", true, "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.addUpdateDescription",
        params: &[DOCUMENT, Param::new("description", TEXT, "The description."), NAMED_CONNECTION],
        doc: "Describes a document. The host is asked for it.",
        examples: &[r#"answer = zoho.writer.addUpdateDescription("w1", "Signed by both.", "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.lockUnlockDocument",
        params: &[DOCUMENT, DATA, NAMED_CONNECTION],
        doc: "Locks a document, or opens it again. The host is asked for it.",
        examples: &[r#"answer = zoho.writer.lockUnlockDocument("w1", {"lock": true}, "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.markDocumentReady",
        params: &[DOCUMENT, Param { optional: true, ..DATA }, NAMED_CONNECTION],
        doc: "Marks a document as ready. The host is asked for it.",
        examples: &[r#"answer = zoho.writer.markDocumentReady("w1", "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.markRevertFinal",
        params: &[DOCUMENT, DATA, NAMED_CONNECTION],
        doc: "Marks a document as final, or no longer. The host is asked for it.",
        examples: &[r#"answer = zoho.writer.markRevertFinal("w1", {"final": true}, "writer");"#],
        ..CHANGE
    },
    Integration {
        name: "zoho.writer.getMergeTemplates",
        params: &[OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents?category=merge",
        sends: TEMPLATES,
        doc: "The templates with merge fields.",
        examples: &[r#"templates = zoho.writer.getMergeTemplates("writer");"#],
        ..GET
    },
    Integration {
        name: "zoho.writer.getSignTemplates",
        params: &[OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents?category=sign",
        sends: TEMPLATES,
        basis: Basis::Documented,
        doc: "The templates for signatures.",
        examples: &[r#"templates = zoho.writer.getSignTemplates("writer");"#],
        ..GET
    },
    Integration {
        name: "zoho.writer.getFillableTemplates",
        params: &[OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents?category=fillable",
        sends: TEMPLATES,
        doc: "The templates that people fill in.",
        examples: &[r#"templates = zoho.writer.getFillableTemplates("writer");"#],
        ..GET
    },
    Integration {
        name: "zoho.writer.generateFillableLink",
        params: &[DOCUMENT, MERGE, OPTIONAL, NAMED_CONNECTION],
        path: "{api_domain}/writer/api/v1/documents/{document_id}/fillable/link",
        sends: &[MERGE_DATA, SETTINGS],
        doc: "A link at which people fill in a template.",
        examples: &[r#"answer = zoho.writer.generateFillableLink("w1", {"name": "Ann"}, "writer");"#],
        ..POST
    },
];

const TEMPLATES: &[(&str, Place)] = &[("optional_settings", Place::QueryAll)];
