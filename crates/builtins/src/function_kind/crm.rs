//! Functions of Zoho CRM and of the products that work as it does.

use rainwright_value::Kind;

use super::{FunctionKind, Given, Params, ROW, Returns, given};
use crate::Basis;

const CRM_ROW: FunctionKind = FunctionKind { profile: "zoho-crm", ..ROW };

/// The whole request as JSON text.
const REQUEST: &[Given] = &[given(
    "crmAPIRequest",
    Kind::Text,
    "The request as JSON text: method, headers, params, body, user_info; for a validation rule the record that is being saved.",
    r#"{"method":"POST","auth_type":"apikey","headers":{"content-type":"application/json"},"params":{},"body":"{\"order\":\"SO-00017\"}","file_content":null,"user_info":{"id":"4876876000000100001","email":"ada.lindqvist@example.com"},"record":{}}"#,
)];

const RECORD: &[Given] = &[given(
    "crmAPIRequest",
    Kind::Text,
    "The request as JSON text; its `record` holds the fields of the record that is being saved.",
    r#"{"method":"POST","record":{"id":"4876876000000304001","Last_Name":"Lindqvist","Company":"Acme Trading","Email":"ada.lindqvist@example.com","Phone":"+46 8 123 456"},"user_info":{"id":"4876876000000100001"}}"#,
)];

const AUTOMATION: FunctionKind = FunctionKind {
    namespace: "automation",
    template: "void automation.NAME(int id)\n{\n\tinfo \"changed \" + id;\n}\n",
    ..CRM_ROW
};

/// Kinds of CRM functions.
pub(super) const CRM: &[FunctionKind] = &[
    FunctionKind {
        name: "crm-standalone",
        title: "CRM: standalone function",
        doc: "Other functions call it as standalone.NAME. CRM takes only texts as its result in most accounts.",
        namespace: "standalone",
        returns: Returns::Declared,
        template: "string standalone.NAME(string id)\n{\n\treturn \"for \" + id;\n}\n",
        basis: Basis::Observed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "crm-rest",
        title: "CRM: function called over REST",
        doc: "Called by anybody who has the function's key. The parameter crmAPIRequest gets the whole request; others are filled \
              by name from the query, the form or `arguments`.",
        given: &[REQUEST],
        returns: Returns::Rest,
        template: "map standalone.NAME(string crmAPIRequest)\n{\n\trequest = crmAPIRequest.toMap();\n\tbody = request.get(\"body\");\n\t\
                   response = Map();\n\tresponse.put(\"status_code\",200);\n\tresponse.put(\"body\",{\"received\":body});\n\t\
                   return {\"crmAPIResponse\":response};\n}\n",
        ..CRM_ROW
    },
    FunctionKind {
        name: "crm-button",
        title: "CRM: function of a button",
        doc: "Runs when somebody presses a button of a record. Its arguments are fields of the record; its text is shown in a box.",
        namespace: "button",
        returns: Returns::Text,
        template: "string button.NAME(string id)\n{\n\treturn \"Done for \" + id;\n}\n",
        basis: Basis::Observed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "crm-automation",
        title: "CRM: function of a workflow",
        doc: "Runs when a workflow rule fires. Its arguments are merge fields of the record, most often its id.",
        ..AUTOMATION
    },
    FunctionKind {
        name: "crm-schedule",
        title: "CRM: schedule",
        doc: "Runs at set times, without arguments.",
        namespace: "schedule",
        params: Params::None,
        template: "void schedule.NAME()\n{\n\tinfo \"runs at \" + zoho.currenttime;\n}\n",
        ..CRM_ROW
    },
    FunctionKind {
        name: "crm-related-list",
        title: "CRM: related list",
        doc: "Fills a list on a record's page. It returns XML: a row for each line, a field (FL) for each column.",
        namespace: "related_list",
        returns: Returns::RelatedList,
        template: "string related_list.NAME(string id)\n{\n\trows = \"<row no=\\\"1\\\"><FL val=\\\"Record\\\">\" + id + \"</FL></row>\";\n\t\
                   return \"<record>\" + rows + \"</record>\";\n}\n",
        basis: Basis::Assumed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "crm-validation-rule",
        title: "CRM: function of a validation rule",
        doc: "Runs before a record is saved and says whether it may be. The message of a refusal has at most 100 characters.",
        namespace: "validation_rule",
        given: &[RECORD],
        params: Params::Given,
        returns: Returns::Validation,
        template: "map validation_rule.NAME(string crmAPIRequest)\n{\n\trecord = crmAPIRequest.toMap().get(\"record\");\n\t\
                   if(record.get(\"Email\") == null)\n\t{\n\t\treturn {\"status\":\"error\",\"message\":\"An email address is needed\"};\n\t}\n\t\
                   return {\"status\":\"success\"};\n}\n",
        basis: Basis::Observed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "crm-blueprint",
        title: "CRM: function of a blueprint transition",
        doc: "Runs after a transition, as the function of a workflow does.",
        namespace: "",
        basis: Basis::Assumed,
        ..AUTOMATION
    },
    FunctionKind {
        name: "crm-circuit",
        title: "CRM: function of a circuit",
        doc: "A step of a circuit: it gets what the steps before give it, and its result goes on to the next one.",
        returns: Returns::Declared,
        template: "map NAME(string id)\n{\n\treturn {\"id\":id};\n}\n",
        basis: Basis::Assumed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "recruit-workflow",
        title: "Recruit: function of a workflow",
        profile: "zoho-recruit",
        doc: "Runs when a workflow rule of Recruit fires; its arguments are merge fields, as in CRM.",
        template: "void NAME(string candidateId)\n{\n\tinfo \"candidate \" + candidateId;\n}\n",
        basis: Basis::Assumed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "orchestly-function",
        title: "Orchestly: function of a blueprint",
        profile: "zoho-orchestly",
        doc: "Runs at a stage of an order; its arguments are fields of the order that its author chooses.",
        template: "void NAME(string orderId)\n{\n\tinfo \"order \" + orderId;\n}\n",
        basis: Basis::Assumed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "sigma-extension",
        title: "Sigma: function of a CRM extension",
        profile: "zoho-sigma",
        doc: "A function that an extension brings; called over REST it gets crmAPIRequest, in a workflow the chosen fields.",
        given: &[REQUEST],
        returns: Returns::Rest,
        template: "string NAME(string crmAPIRequest)\n{\n\trequest = crmAPIRequest.toMap();\n\treturn \"called with \" + request.get(\"method\");\n}\n",
        basis: Basis::Assumed,
        ..CRM_ROW
    },
    FunctionKind {
        name: "bigin-automation",
        title: "Bigin: function of a workflow",
        profile: "zoho-bigin",
        doc: "Runs when a workflow rule of Bigin fires; its arguments are merge fields, as in CRM.",
        namespace: "",
        basis: Basis::Assumed,
        ..AUTOMATION
    },
];
