//! Functions and events of Zoho Creator.

use rainwright_value::Kind;

use super::{FunctionKind, Given, Params, ROW, Returns, given};
use crate::Basis;

const CREATOR_ROW: FunctionKind = FunctionKind { profile: "zoho-creator", ..ROW };

const FIELDS: &[Given] = &[given(
    "input",
    Kind::Map,
    "The fields of the record.",
    r#"{"Name":"Ada Lindqvist","Amount":1250.5,"Status":"Open"}"#,
)];
const OLD: &[Given] = &[given(
    "old",
    Kind::Map,
    "The fields as they were before the record was edited.",
    r#"{"Name":"Ada Lindqvist","Amount":900,"Status":"New"}"#,
)];
const ROW_GIVEN: &[Given] = &[given(
    "row",
    Kind::Map,
    "The row of the subform that the event is about.",
    r#"{"Item":"Bolt","Quantity":3,"Price":2.5}"#,
)];

/// The fields that the examples have.
const NEW_FORM: &str = r#"{"fields":{"Name":"Ada Lindqvist","Amount":1250.5,"Status":"Open"}}"#;
const EDITED_FORM: &str = r#"{"fields":{"Name":"Ada Lindqvist","Amount":1250.5,"Status":"Open"},"old":{"Name":"Ada Lindqvist","Amount":900,"Status":"New"}}"#;
const ROW_FORM: &str = r#"{"fields":{"Name":"Ada Lindqvist","Lines":[{"Item":"Bolt","Quantity":3,"Price":2.5}]},"row":{"Item":"Bolt","Quantity":3,"Price":2.5}}"#;

const EVENT: FunctionKind = FunctionKind { given: &[FIELDS, OLD], params: Params::None, ..CREATOR_ROW };

/// Kinds of Creator functions.
pub(super) const CREATOR: &[FunctionKind] = &[
    FunctionKind {
        name: "creator-function",
        title: "Creator: function of an application",
        doc: "Scripts of the application call it as thisapp.NAME; it cannot be called over REST by itself.",
        returns: Returns::Declared,
        template: "string NAME(string name)\n{\n\treturn \"Hello \" + name;\n}\n",
        ..CREATOR_ROW
    },
    FunctionKind {
        name: "creator-custom-api",
        title: "Creator: function of a custom API",
        doc: "Called over REST through a custom API: its arguments are the keys of the query or of the body.",
        returns: Returns::CustomApi,
        template: "map NAME(string order)\n{\n\treturn {\"order\":order,\"status\":\"received\"};\n}\n",
        ..CREATOR_ROW
    },
    FunctionKind {
        name: "creator-form-load",
        title: "Creator: a form opens",
        doc: "Runs when the form is shown, for a new record or one that is edited.",
        form: NEW_FORM,
        template: "input.Status = \"Open\";\nhide Amount;\n",
        ..EVENT
    },
    FunctionKind {
        name: "creator-form-user-input",
        title: "Creator: somebody fills in a field",
        doc: "Runs when the value of a field changes on the form.",
        form: NEW_FORM,
        template: "if(input.Amount > 1000)\n{\n\tshow Approver;\n}\nelse\n{\n\thide Approver;\n}\n",
        ..EVENT
    },
    FunctionKind {
        name: "creator-subform-row",
        title: "Creator: a row of a subform changes",
        doc: "Runs when a row is added, deleted or filled in; `row` is that row.",
        given: &[FIELDS, ROW_GIVEN],
        form: ROW_FORM,
        template: "row.Price = row.Quantity * 2.5;\n",
        ..EVENT
    },
    FunctionKind {
        name: "creator-form-validate",
        title: "Creator: a form is submitted, before the record is saved",
        doc: "Runs before the record is saved. `cancel submit` keeps it from being saved; `old` is there when it is edited.",
        form: EDITED_FORM,
        template: "if(input.Amount <= 0)\n{\n\talert \"The amount must be above zero\";\n\tcancel submit;\n}\n",
        ..EVENT
    },
    FunctionKind {
        name: "creator-form-success",
        title: "Creator: a record was saved",
        doc: "Runs after the record was saved.",
        form: EDITED_FORM,
        template: "info \"saved \" + input.Name;\n",
        ..EVENT
    },
    FunctionKind {
        name: "creator-schedule",
        title: "Creator: schedule",
        doc: "Runs at set times. `input` is the record where the schedule goes by a date of a form.",
        form: NEW_FORM,
        template: "info \"runs at \" + zoho.currenttime;\n",
        basis: Basis::Observed,
        given: &[FIELDS],
        ..EVENT
    },
];
