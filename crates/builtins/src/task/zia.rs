//! What only Zoho can do: the tasks of Zia, and signals. They are known by name, and a host may perform them.

use rainwright_value::Kinds;

use super::arguments::{FILE, ID, LIST, MAP, TEXT};
use crate::{Basis, Integration, Param};

const INPUT: Param = Param::new("text", TEXT, "The text.");
const PICTURE: Param = Param::new("file", FILE, "The picture, or the file with it.");
/// What is documented with parameters that we have not seen in use.
const MORE: Param = Param::optional("options", Kinds::ANY, "Further settings.");
const ZIA: Integration = Integration { service: "", basis: Basis::Assumed, ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.ai.translate",
        params: &[
            INPUT,
            Param::new("target_language", TEXT, "The language to translate into, such as de."),
            Param::optional("source_language", TEXT, "The language of the text; en when left out."),
        ],
        basis: Basis::Documented,
        doc: "Translates a text. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.translate("Good morning", "de");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.predictLanguage",
        params: &[INPUT, MORE],
        basis: Basis::Documented,
        doc: "The language that a text is probably written in. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.predictLanguage("Guten Morgen");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.analyseSentiment",
        params: &[INPUT, MORE],
        basis: Basis::Documented,
        doc: "Whether a text sounds positive, negative or neutral. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.analyseSentiment("I like it");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.extractKeywords",
        params: &[INPUT, MORE],
        doc: "The important words of a text. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.extractKeywords("The printer on the second floor is broken");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.findNamedEntities",
        params: &[INPUT, MORE],
        doc: "The people, places and organisations that a text names. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.findNamedEntities("Ada lives in London");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.parsePhoneNumber",
        params: &[
            Param::new("number", ID, "The number as somebody wrote it."),
            Param::optional("country", TEXT, "The country to assume, such as US."),
            MORE,
        ],
        doc: "The parts of a phone number. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.parsePhoneNumber("+1 202 555 0123");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.parseAddress",
        params: &[Param::new("address", TEXT, "The address as somebody wrote it."), MORE],
        doc: "The parts of a postal address. Only Zoho can do this.",
        examples: &[r#"answer = zoho.ai.parseAddress("1 Market Street, San Francisco");"#],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.recognizeText",
        params: &[PICTURE, MORE],
        doc: "The text in a picture or a scanned page. Only Zoho can do this.",
        examples: &["answer = zoho.ai.recognizeText(scan);"],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.detectObject",
        params: &[PICTURE, MORE],
        doc: "The things in a picture. Only Zoho can do this.",
        examples: &["answer = zoho.ai.detectObject(photo);"],
        ..ZIA
    },
    Integration {
        name: "zoho.ai.detectFace",
        params: &[PICTURE, MORE],
        doc: "The faces in a picture. Only Zoho can do this.",
        examples: &["answer = zoho.ai.detectFace(photo);"],
        ..ZIA
    },
    Integration {
        name: "zoho.crm.raiseSignal",
        params: &[Param::new(
            "signal",
            MAP.or(LIST),
            "The signal: signal_namespace, id or email of the record, subject, message.",
        )],
        basis: Basis::Observed,
        doc: "Shows a signal to the users of CRM who follow a record. Only Zoho can do this.",
        examples: &[
            r#"done = zoho.crm.raiseSignal({"signal_namespace": "acme", "email": "ann@example.com", "subject": "New order"});"#,
        ],
        ..ZIA
    },
];
