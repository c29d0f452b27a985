//! Functions of the other products: Desk, Flow, SalesIQ, ServiceDesk Plus, Projects, Sign, Writer, Forms.

use rainwright_value::Kind;

use super::{FunctionKind, Given, Params, ROW, Returns, given};
use crate::Basis;

const VISITOR: &[Given] = &[
    given(
        "visitor",
        Kind::Map,
        "Who chats.",
        r#"{"name":"Ada Lindqvist","email":"ada.lindqvist@example.com","phone":"+46 8 123 456","ip":"192.0.2.17","active_conversation_id":"c17","uuid":"v17","country_code":"SE","channel":"website"}"#,
    ),
    given("session", Kind::Map, "What the handlers of one chat keep for each other.", r#"{"step":{"value":"start"}}"#),
    given(
        "request",
        Kind::Map,
        "The request: its id, and where it comes from.",
        r#"{"id":"r17","app_id":"a1","bot":{"id":"b1","name":"Helper"}}"#,
    ),
];
const SAID: &[Given] = &[
    given("message", Kind::Map, "What the visitor wrote.", r#"{"type":"text","text":"Where is my order?"}"#),
    given("operation", Kind::Text, "`chat` when the chat begins, then `message`.", r#""message""#),
];

const SALESIQ: FunctionKind = FunctionKind {
    profile: "zoho-salesiq",
    params: Params::None,
    returns: Returns::Bot,
    template: "response = Map();\nresponse.put(\"action\",\"reply\");\nresponse.put(\"replies\",{\"Hello \" + visitor.get(\"name\")});\nreturn response;\n",
    ..ROW
};

const REQUEST_OBJECT: &[Given] = &[
    given(
        "requestObj",
        Kind::Map,
        "The request that the rule or button is about.",
        r#"{"request":{"id":"100000000000031","subject":"Printer on fire","status":{"name":"Open","id":"2"},"priority":{"name":"High","id":"4"},"requester":{"name":"Ada Lindqvist","email_id":"ada.lindqvist@example.com"},"technician":null}}"#,
    ),
    given(
        "context",
        Kind::Map,
        "Who set the function off, and where.",
        r#"{"loginuser":{"name":"Bo Ek","email":"bo.ek@example.com"},"url":"https://sdpondemand.manageengine.com"}"#,
    ),
    given("argsObj", Kind::Map, "Arguments of a call by another function.", r#"{"level":"2"}"#),
];

const COMPLETION: FunctionKind = FunctionKind { returns: Returns::Nothing, basis: Basis::Assumed, ..ROW };

/// Kinds of functions of the other products.
pub(super) const PRODUCTS: &[FunctionKind] = &[
    FunctionKind {
        name: "desk-workflow",
        title: "Desk: function of a workflow",
        profile: "zoho-desk",
        doc: "Runs when a workflow, macro or blueprint of Desk fires. It gets only the arguments that were chosen there.",
        template: "void NAME(string ticketId)\n{\n\tinfo \"ticket \" + ticketId;\n}\n",
        ..ROW
    },
    FunctionKind {
        name: "flow-function",
        title: "Flow: custom function",
        profile: "zoho-flow",
        doc: "A step of a flow: its author declares arguments and the kind of the result, which the next steps use.",
        returns: Returns::Declared,
        template: "map NAME(string email)\n{\n\treturn {\"domain\":email.getSuffix(\"@\")};\n}\n",
        ..ROW
    },
    FunctionKind {
        name: "salesiq-trigger",
        title: "SalesIQ: a Zobot comes up",
        doc: "Runs when the bot's trigger holds, before the visitor writes. A handler may take 90 seconds, a call in it 40.",
        given: &[VISITOR],
        ..SALESIQ
    },
    FunctionKind {
        name: "salesiq-message",
        title: "SalesIQ: a visitor writes to a Zobot",
        doc: "Runs for each message. A mistake in the script hands the chat to people.",
        given: &[VISITOR, SAID],
        template: "response = Map();\nif(message.get(\"text\").containsIgnoreCase(\"order\"))\n{\n\tresponse.put(\"action\",\"reply\");\n\t\
                   response.put(\"replies\",{\"Which order?\"});\n\tresponse.put(\"suggestions\",{\"SO-00017\",\"another one\"});\n}\nelse\n{\n\t\
                   response.put(\"action\",\"forward\");\n}\nreturn response;\n",
        ..SALESIQ
    },
    FunctionKind {
        name: "salesiq-context",
        title: "SalesIQ: a visitor has answered a Zobot's questions",
        doc: "Runs when the questions of a context have been answered.",
        given: &[
            VISITOR,
            &[
                given("context_id", Kind::Text, "The id of the context.", r#""order""#),
                given(
                    "answers",
                    Kind::Map,
                    "The answers by the names of the questions.",
                    r#"{"number":{"text":"SO-00017","value":"SO-00017"}}"#,
                ),
            ],
        ],
        template: "response = Map();\nresponse.put(\"action\",\"reply\");\nresponse.put(\"replies\",{\"Looking for \" + answers.get(\"number\").get(\"text\")});\nreturn response;\n",
        ..SALESIQ
    },
    FunctionKind {
        name: "salesiq-failure",
        title: "SalesIQ: a Zobot's handler has failed",
        doc: "Runs when another handler fails or nobody takes a forwarded chat.",
        given: &[
            VISITOR,
            &[
                given("operation", Kind::Text, "What failed.", r#""forward""#),
                given("error", Kind::Map, "Why.", r#"{"code":"no_operators","message":"No operator is free"}"#),
            ],
        ],
        basis: Basis::Assumed,
        ..SALESIQ
    },
    FunctionKind {
        name: "sdp-request",
        title: "ServiceDesk Plus: custom function of a request",
        profile: "zoho-sdp",
        doc: "Runs from a business rule, a custom trigger or a custom menu. What it returns says which fields change.",
        given: &[REQUEST_OBJECT],
        params: Params::None,
        returns: Returns::Operations,
        template: "returnObj = Map();\nfields = {\"priority\":{\"name\":\"Urgent\"}};\n\
                   returnObj.put(\"operation\",{{\"OPERATIONNAME\":\"updateRequest\",\"INPUT_DATA\":{{\"request\":fields}}}});\n\
                   returnObj.put(\"result\",\"success\");\nreturnObj.put(\"message\",requestObj.get(\"request\").get(\"subject\"));\nreturn returnObj;\n",
        basis: Basis::Assumed,
        ..ROW
    },
    FunctionKind {
        name: "projects-workflow",
        title: "Projects: function of a workflow or button",
        profile: "zoho-projects",
        doc: "Its arguments are fields that its author chooses: projectId, taskId and others.",
        template: "void NAME(string projectId,string taskId)\n{\n\tinfo projectId + \"/\" + taskId;\n}\n",
        basis: Basis::Assumed,
        ..ROW
    },
    FunctionKind {
        name: "people-workflow",
        title: "People: function of a workflow",
        profile: "zoho-people",
        doc: "Its arguments are fields of the form's record that its author chooses.",
        template: "void NAME(string recordId)\n{\n\tinfo \"record \" + recordId;\n}\n",
        basis: Basis::Assumed,
        ..ROW
    },
    FunctionKind {
        name: "sign-completion",
        title: "Sign: function on completion",
        profile: "zoho-sign",
        doc: "Runs when a document is signed by everybody; its arguments are filled from fields.",
        template: "void NAME(string requestId)\n{\n\tinfo \"signed \" + requestId;\n}\n",
        ..COMPLETION
    },
    FunctionKind {
        name: "writer-completion",
        title: "Writer: function of a merge template",
        profile: "zoho-writer",
        doc: "Runs after a merge or a fillable form; its arguments are filled from fields.",
        ..COMPLETION
    },
    FunctionKind {
        name: "forms-completion",
        title: "Forms: function on submission",
        profile: "zoho-forms",
        doc: "Runs when a form is submitted; its arguments are filled from its fields.",
        template: "void NAME(string email)\n{\n\tinfo \"from \" + email;\n}\n",
        ..COMPLETION
    },
    FunctionKind {
        name: "workdrive-function",
        title: "WorkDrive: custom function",
        profile: "zoho-workdrive",
        doc: "Runs for files that were picked; its arguments are declared by its author.",
        template: "void NAME(string resourceId)\n{\n\tinfo \"file \" + resourceId;\n}\n",
        ..COMPLETION
    },
];
