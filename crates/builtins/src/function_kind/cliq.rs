//! Handlers of Zoho Cliq: bots, commands, forms, widgets, links, extensions.

use rainwright_value::Kind;

use super::{FunctionKind, Given, Params, ROW, Returns, given};

const CLIQ_ROW: FunctionKind = FunctionKind {
    profile: "zoho-cliq",
    params: Params::None,
    returns: Returns::Message,
    template: "response = Map();\nresponse.put(\"text\",\"Hello \" + user.get(\"first_name\"));\nreturn response;\n",
    ..ROW
};

/// What every handler gets.
const BASE: &[Given] = &[
    given(
        "user",
        Kind::Map,
        "Who set the handler off.",
        r#"{"id":"55743307","first_name":"Ada","last_name":"Lindqvist","email":"ada.lindqvist@example.com","timezone":"Europe/Stockholm","language":"en","country":"se","admin":false,"organization_id":"55743305","zoho_user_id":"55743307"}"#,
    ),
    given(
        "access",
        Kind::Map,
        "The account, the chat and the program that the user sits at.",
        r#"{"user_id":"55743307","zoho_user_id":"55743307","organization":{"type":"company","id":"55743305"},"user_agent":"Mozilla/5.0","chat_id":"CT_1201056530221_55743305"}"#,
    ),
    given(
        "environment",
        Kind::Map,
        "The data centre.",
        r#"{"tld":"com","data_center":"US","base_url":"https://cliq.zoho.com"}"#,
    ),
];
const CHAT: &[Given] = &[given(
    "chat",
    Kind::Map,
    "The conversation.",
    r#"{"id":"CT_1201056530221_55743305","owner":"55743307","type":"channel","title":"Orders","channel_unique_name":"orders","members":[{"id":"55743307","first_name":"Ada","last_name":"Lindqvist","email":"ada.lindqvist@example.com","status":"active"}],"recent_messages":[]}"#,
)];
const LOCATION: &[Given] = &[given(
    "location",
    Kind::Map,
    "Where the user is, if they share it.",
    r#"{"latitude":59.3293,"longitude":18.0686,"accuracy":20,"status":"granted"}"#,
)];
const MENTIONS: &[Given] = &[given(
    "mentions",
    Kind::List,
    "Whom the message mentions.",
    r#"[{"name":"Ada Lindqvist","id":"55743307","type":"user"}]"#,
)];
const ATTACHMENTS: &[Given] = &[given(
    "attachments",
    Kind::List,
    "The files of the message.",
    r#"[{"name":"order.pdf","id":"f17","type":"application/pdf","url":"https://cliq.zoho.com/files/f17"}]"#,
)];
const CHOICES: &[Given] = &[
    given("options", Kind::Map, "The options that were given with a command.", r#"{"city":"Stockholm"}"#),
    given("selections", Kind::List, "What was picked among suggestions.", r#"[{"title":"Open orders","id":"open"}]"#),
];
const ARGUMENTS: &[Given] = &[given("arguments", Kind::Text, "The text after the command.", r#""orders open""#)];
const ARGUMENT_MAP: &[Given] =
    &[given("arguments", Kind::Map, "The data of the button.", r#"{"key":"approve","order":"SO-00017"}"#)];
const TEXT_MESSAGE: &[Given] = &[given("message", Kind::Text, "The text that was written.", r#""show open orders""#)];
const MESSAGE: &[Given] = &[given(
    "message",
    Kind::Map,
    "The message.",
    r#"{"sender":{"id":"55743307","first_name":"Ada","last_name":"Lindqvist","email":"ada.lindqvist@example.com"},"time":1767261600000,"text":"show open orders","type":"text","is_read":true}"#,
)];
const SECTION: &[Given] = &[given(
    "target",
    Kind::Map,
    "The part of the widget that was touched.",
    r#"{"id":"open","label":"Open orders","tab_id":"home","section_id":"1"}"#,
)];
const FORM: &[Given] = &[given(
    "form",
    Kind::Map,
    "The form with its values.",
    r#"{"name":"order","action":"submit","values":{"city":{"label":"Stockholm","value":"sto"},"amount":"17"}}"#,
)];
/// The map that the answer is put in.
const RESPONSE: &[Given] = &[given("response", Kind::Map, "An empty map for the answer.", "{}")];

/// Handlers of bots and commands.
pub(super) const HANDLERS: &[FunctionKind] = &[
    FunctionKind {
        name: "cliq-bot-message",
        title: "Cliq: a bot gets a message",
        doc: "The bot's message handler: runs for each message that somebody writes to the bot.",
        given: &[
            BASE,
            TEXT_MESSAGE,
            &[
                given(
                    "raw_message",
                    Kind::Text,
                    "The text as it was typed, mentions included.",
                    r#""show open orders""#,
                ),
                given(
                    "message_details",
                    Kind::Map,
                    "The message with its time, kind and file.",
                    r#"{"time":1767261600000,"message":{"type":"text","text":"show open orders","mentions":[]}}"#,
                ),
                given("links", Kind::List, "The links of the message.", r#"["https://example.com/orders"]"#),
            ],
            ATTACHMENTS,
            MENTIONS,
            CHAT,
            LOCATION,
            CHOICES,
            ARGUMENTS,
            RESPONSE,
        ],
        template: "response = Map();\nif(message.containsIgnoreCase(\"open\"))\n{\n\trows = {{\"Order\":\"SO-00017\",\"Amount\":99.5}};\n\t\
                   response.put(\"text\",\"Open orders for \" + user.get(\"first_name\"));\n\t\
                   response.put(\"slides\",{{\"type\":\"table\",\"title\":\"Orders\",\"data\":{\"headers\":{\"Order\",\"Amount\"},\"rows\":rows}}});\n}\n\
                   else\n{\n\tresponse.put(\"text\",\"I know nothing about \" + message);\n}\nreturn response;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-mention",
        title: "Cliq: a bot is mentioned",
        doc: "Runs when a message mentions the bot with @.",
        given: &[BASE, MESSAGE, MENTIONS, CHAT, LOCATION, RESPONSE],
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-context",
        title: "Cliq: a bot got the answers to its questions",
        doc: "Runs when the questions of a context have been answered.",
        given: &[
            BASE,
            &[
                given("context_id", Kind::Text, "The id of the context that was started.", r#""order""#),
                given(
                    "answers",
                    Kind::Map,
                    "The answers by the names of the questions.",
                    r#"{"city":{"text":"Stockholm"}}"#,
                ),
            ],
            CHAT,
            MENTIONS,
            CHOICES,
            ARGUMENTS,
            RESPONSE,
        ],
        template: "response = Map();\nresponse.put(\"text\",\"Going to \" + answers.get(\"city\").get(\"text\"));\nreturn response;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-welcome",
        title: "Cliq: somebody subscribes to a bot",
        doc: "Runs when somebody subscribes to the bot.",
        given: &[BASE, &[given("newuser", Kind::Bool, "Whether they subscribe for the first time.", "true")], RESPONSE],
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-webhook",
        title: "Cliq: a bot's incoming webhook is called",
        doc: "Runs when another program calls the bot's webhook.",
        given: &[
            BASE,
            &[
                given("headers", Kind::Map, "The headers of the request.", r#"{"content-type":"application/json"}"#),
                given("params", Kind::Map, "The parameters of its query.", r#"{"source":"shop"}"#),
                given("body", Kind::Text, "Its body.", r#"{"order":"SO-00017","status":"paid"}"#),
                given("http_method", Kind::Text, "Its method.", r#""POST""#),
            ],
            RESPONSE,
        ],
        template: "order = body.toMap();\nresponse = Map();\nresponse.put(\"text\",order.get(\"order\") + \" is \" + order.get(\"status\"));\nreturn response;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-menu",
        title: "Cliq: an action of a bot's menu",
        doc: "Runs when somebody picks an action of the bot's menu.",
        given: &[
            BASE,
            CHAT,
            &[given("sub_action", Kind::Text, "The action below the one that was picked.", r#""open""#)],
            LOCATION,
            RESPONSE,
        ],
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-participation",
        title: "Cliq: something happens in a channel that a bot is in",
        doc: "Runs when the bot is added or removed, and when messages are sent in its channels.",
        given: &[
            BASE,
            &[
                given(
                    "operation",
                    Kind::Text,
                    "What happened, such as added, removed or message_sent.",
                    r#""message_sent""#,
                ),
                given(
                    "data",
                    Kind::Map,
                    "The message and its time.",
                    r#"{"message":{"type":"text","text":"show open orders"},"time":1767261600000}"#,
                ),
            ],
            CHAT,
        ],
        returns: Returns::Nothing,
        template: "info operation + \" in \" + chat.get(\"title\");\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-call",
        title: "Cliq: a call that a bot made",
        doc: "Runs when the state of a call changes.",
        given: &[
            BASE,
            &[
                given("operation", Kind::Text, "What happened to the call.", r#""call_ended""#),
                given("data", Kind::Map, "The call.", r#"{"call_id":"c17","time":1767261600000}"#),
            ],
        ],
        returns: Returns::Nothing,
        template: "info operation + \" \" + data.get(\"call_id\");\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-bot-status",
        title: "Cliq: a user changes the custom status",
        doc: "The bot's status change handler: runs when a user sets another custom status.",
        given: &[
            BASE,
            &[
                given(
                    "existing_status",
                    Kind::Map,
                    "The status before, with its text and its state: Available or Busy.",
                    r#"{"text":"At my desk","state":"Available"}"#,
                ),
                given(
                    "current_status",
                    Kind::Map,
                    "The new status, with its text and its state: Available or Busy.",
                    r#"{"text":"In a meeting","state":"Busy"}"#,
                ),
            ],
            RESPONSE,
        ],
        template: "response = Map();\nresponse.put(\"text\",user.get(\"first_name\") + \" is \" + current_status.get(\"state\") + \": \" + current_status.get(\"text\"));\n\
                   return response;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-command",
        title: "Cliq: a command is run",
        doc: "The execution handler of a slash command.",
        given: &[BASE, ARGUMENTS, CHOICES, MENTIONS, ATTACHMENTS, CHAT, LOCATION, RESPONSE],
        template: "response = Map();\nresponse.put(\"text\",\"You asked for \" + arguments);\nreturn response;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-command-suggestions",
        title: "Cliq: suggestions of a command",
        doc: "Runs while a slash command is typed, and lists what may be picked.",
        given: &[BASE, ARGUMENTS, CHOICES, MENTIONS, ATTACHMENTS, CHAT, LOCATION],
        returns: Returns::Suggestions,
        template: "suggestions = List();\nfor each name in {\"open\",\"paid\"}\n{\n\tif(name.contains(arguments) || arguments.contains(name))\n\t{\n\t\t\
                   suggestions.add({\"title\":name,\"description\":\"orders that are \" + name});\n\t}\n}\nreturn suggestions;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-message-action",
        title: "Cliq: an action on a message",
        doc: "Runs when somebody picks an action in the menu of a message.",
        given: &[
            BASE,
            MESSAGE,
            &[given(
                "messages",
                Kind::Map,
                "All messages that were picked.",
                r#"{"count":1,"list":[{"text":"show open orders","type":"text"}]}"#,
            )],
            ATTACHMENTS,
            MENTIONS,
            CHAT,
            LOCATION,
            RESPONSE,
        ],
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-scheduler",
        title: "Cliq: scheduler",
        doc: "Runs at set times.",
        given: &[BASE],
        returns: Returns::Nothing,
        template: "info \"runs in \" + environment.get(\"data_center\");\n",
        ..CLIQ_ROW
    },
];

/// Handlers of buttons, forms, widgets, links and extensions.
pub(super) const INTERFACE: &[FunctionKind] = &[
    FunctionKind {
        name: "cliq-button",
        title: "Cliq: a button of a message is pressed",
        doc: "The button handler of a function.",
        given: &[
            BASE,
            MESSAGE,
            CHAT,
            &[
                given("target", Kind::Map, "The button.", r#"{"name":"Approve","hint":"Approves the order"}"#),
                given("event", Kind::Text, "What happened.", r#""click""#),
            ],
            ARGUMENT_MAP,
            LOCATION,
            RESPONSE,
        ],
        template: "return {\"type\":\"banner\",\"text\":target.get(\"name\") + \" done\",\"status\":\"success\"};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-form-submit",
        title: "Cliq: a form is submitted",
        doc: "Runs when somebody submits a form that a handler has returned.",
        given: &[BASE, FORM, CHAT, MESSAGE, RESPONSE],
        template: "values = form.get(\"values\");\nresponse = Map();\nresponse.put(\"text\",\"Amount \" + values.get(\"amount\"));\nreturn response;\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-form-change",
        title: "Cliq: a field of a form changes",
        doc: "Runs when a field with a trigger changes; it returns what is to change on the form.",
        given: &[
            BASE,
            FORM,
            &[given(
                "target",
                Kind::Map,
                "The field.",
                r#"{"name":"city","value":{"label":"Stockholm","value":"sto"}}"#,
            )],
        ],
        returns: Returns::FormChange,
        template: "actions = List();\nactions.add({\"type\":\"remove\",\"name\":target.get(\"name\")});\nreturn {\"type\":\"form_modification\",\"actions\":actions};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-form-select",
        title: "Cliq: the choices of a select field",
        doc: "Runs while somebody types in a field with dynamic choices.",
        given: &[
            BASE,
            FORM,
            &[given("target", Kind::Map, "The field and what was typed.", r#"{"name":"city","query":"sto"}"#)],
        ],
        returns: Returns::Choices,
        template: "return {{\"label\":\"Stockholm\",\"value\":target.get(\"query\")}};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-form-view",
        title: "Cliq: a form is shown",
        doc: "Makes the form that is shown.",
        given: &[BASE, &[given("params", Kind::Map, "What the form was opened with.", r#"{"order":"SO-00017"}"#)]],
        returns: Returns::Form,
        template: "inputs = {{\"type\":\"text\",\"name\":\"amount\",\"label\":\"Amount\",\"mandatory\":true}};\n\
                   return {\"type\":\"form\",\"title\":\"Order\",\"name\":\"order\",\"button_label\":\"Send\",\"inputs\":inputs,\"action\":{\"type\":\"invoke.function\",\"name\":\"order\"}};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-widget",
        title: "Cliq: a widget is shown",
        doc: "Makes the tabs and sections of a home widget.",
        given: &[BASE, SECTION, &[given("event", Kind::Text, "Why: load, tab_click or refresh.", r#""load""#)], CHAT],
        returns: Returns::Widget,
        template: "elements = {{\"type\":\"title\",\"text\":\"Orders\"},{\"type\":\"text\",\"text\":\"17 are open\"}};\n\
                   return {\"type\":\"applet\",\"tabs\":{{\"label\":\"Home\",\"id\":\"home\"}},\"active_tab\":\"home\",\"sections\":{{\"id\":1,\"elements\":elements}}};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-widget-button",
        title: "Cliq: a button of a widget is pressed",
        doc: "Runs when somebody presses a button of a widget.",
        given: &[BASE, SECTION, RESPONSE],
        template: "return {\"type\":\"banner\",\"text\":target.get(\"label\"),\"status\":\"success\"};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-link-preview",
        title: "Cliq: a link is unfurled",
        doc: "Makes the preview of a link of the extension's domains.",
        given: &[
            BASE,
            &[
                given("url", Kind::Text, "The link.", r#""https://example.com/orders/17""#),
                given("domain", Kind::Text, "Its domain.", r#""example.com""#),
                given("target", Kind::Map, "The part of the preview that was touched.", r#"{"name":"open"}"#),
            ],
            CHAT,
            RESPONSE,
        ],
        returns: Returns::Preview,
        template: "return {\"title\":\"Order\",\"description\":url,\"provider_url\":domain};\n",
        ..CLIQ_ROW
    },
    FunctionKind {
        name: "cliq-extension",
        title: "Cliq: an extension is installed, validated or removed",
        doc: "Runs when somebody installs, validates or removes the extension; it returns a status.",
        given: &[
            BASE,
            &[
                given(
                    "app_info",
                    Kind::Map,
                    "The version and how it came.",
                    r#"{"current_version":"2","type":"install"}"#,
                ),
                given("form", Kind::Map, "What was filled in.", r#"{"values":{"key":"demo"}}"#),
                given("authtoken", Kind::Text, "A token for the account.", r#""made-up-token""#),
            ],
        ],
        returns: Returns::Status,
        template: "return {\"status\":200};\n",
        ..CLIQ_ROW
    },
];
