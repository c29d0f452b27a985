//! The tasks of Zoho Cliq, and the visitor's session of SalesIQ.

use rainwright_value::{Kinds, Map, Result, Value};

use super::arguments::{FILE, ID, LIST, MAP, TEXT, elements};
use super::integration::{CONNECTION, perform, request, send};
use super::request::parts;
use crate::{Basis, Call, Integration, Param, Place};
use rainwright_effect::Body;

const MESSAGE: Param =
    Param::new("message", MESSAGE_KINDS, "The text; a map with text, card, bot or slides; a file, or a list of files.");
const MESSAGE_KINDS: Kinds = TEXT.or(MAP).or(FILE).or(LIST);
const DATABASE: Param = Param::new("database", TEXT, "The database's name.");
const RECORD: Param = Param::new("id", ID, "The record's id.");
const VALUES: Param = Param::new("values", MAP, "The fields with their values.");

const POST: Integration =
    Integration { method: "POST", sends: &[("message", Place::Body)], run: post, ..Integration::ROW };
const STORAGE: Integration = Integration { basis: Basis::Assumed, ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.cliq.postToChannel",
        params: &[Param::new("channel", TEXT, "The channel's unique name."), MESSAGE, CONNECTION],
        path: "https://cliq.{dc}/api/v2/channelsbyname/{channel}/message",
        doc: "Posts a message to a channel of Zoho Cliq.",
        examples: &[r#"zoho.cliq.postToChannel("announcements", "Lunch is ready.");"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.postToChannelAsAdmin",
        params: &[Param::new("channel", TEXT, "The channel's unique name."), MESSAGE, CONNECTION],
        path: "https://cliq.{dc}/api/v2/channelsbyname/{channel}/message",
        basis: Basis::Assumed,
        doc: "Posts a message to a channel of Zoho Cliq in the administrator's name.",
        examples: &[r#"zoho.cliq.postToChannelAsAdmin("announcements", "Lunch is ready.");"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.postToChat",
        params: &[Param::new("chat_id", TEXT, "The chat's id."), MESSAGE, CONNECTION],
        path: "https://cliq.{dc}/api/v2/chats/{chat_id}/message",
        doc: "Posts a message to a chat of Zoho Cliq.",
        examples: &[r#"zoho.cliq.postToChat("CT_1234", {"text": "Hello", "card": {"theme": "modern-inline"}});"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.postToChatAsAdmin",
        params: &[Param::new("chat_id", TEXT, "The chat's id."), MESSAGE, CONNECTION],
        path: "https://cliq.{dc}/api/v2/chats/{chat_id}/message",
        basis: Basis::Assumed,
        doc: "Posts a message to a chat of Zoho Cliq in the administrator's name.",
        examples: &[r#"zoho.cliq.postToChatAsAdmin("CT_1234", "Hello");"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.postToBot",
        aliases: &["zoho.cliq.postToBotAsAdmin"],
        params: &[Param::new("bot_name", TEXT, "The bot's unique name."), MESSAGE, CONNECTION],
        path: "https://cliq.{dc}/api/v2/bots/{bot_name}/message",
        doc: "Posts a message to the subscribers of a bot of Zoho Cliq.",
        examples: &[r#"zoho.cliq.postToBot("helper", "New version is out.");"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.postToUser",
        params: &[Param::new("email_or_zuid", ID, "The user's address or id."), MESSAGE, CONNECTION],
        path: "https://cliq.{dc}/api/v2/buddies/{email_or_zuid}/message",
        doc: "Posts a message to a user of Zoho Cliq.",
        examples: &[r#"zoho.cliq.postToUser("ann@example.com", "The report is ready.");"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.editMessage",
        params: &[
            Param::new("chat_id", TEXT, "The chat's id."),
            Param::new("message_id", TEXT, "The message's id."),
            MESSAGE,
            CONNECTION,
        ],
        method: "PUT",
        path: "https://cliq.{dc}/api/v2/chats/{chat_id}/messages/{message_id}",
        basis: Basis::Assumed,
        doc: "Changes a message of a chat of Zoho Cliq.",
        examples: &[r#"zoho.cliq.editMessage("CT_1234", "1577_5", {"text": "Corrected."});"#],
        ..POST
    },
    Integration {
        name: "zoho.cliq.getUser",
        params: &[RECORD, CONNECTION],
        path: "https://cliq.{dc}/api/v2/users/{id}",
        doc: "One user of Zoho Cliq.",
        examples: &[r#"user = zoho.cliq.getUser("5678");"#],
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.createRecord",
        params: &[DATABASE, VALUES, CONNECTION],
        method: "POST",
        path: "https://cliq.{dc}/api/v2/storages/{database}/records",
        sends: &[("values", Place::Key("values"))],
        doc: "Adds a record to a database of Zoho Cliq.",
        examples: &[r#"record = zoho.cliq.createRecord("orders", {"item": "Hat"});"#],
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.getRecords",
        params: &[DATABASE, Param::optional("query", MAP, "Query parameters, such as criteria and limit."), CONNECTION],
        path: "https://cliq.{dc}/api/v2/storages/{database}/records",
        sends: &[("query", Place::QueryAll)],
        doc: "The records of a database of Zoho Cliq.",
        examples: &[r#"records = zoho.cliq.getRecords("orders", {"criteria": "item==Hat"});"#],
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.getRecordById",
        params: &[DATABASE, RECORD, CONNECTION],
        path: "https://cliq.{dc}/api/v2/storages/{database}/records/{id}",
        doc: "One record of a database of Zoho Cliq.",
        examples: &[r#"record = zoho.cliq.getRecordById("orders", "9001");"#],
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.updateRecord",
        params: &[DATABASE, RECORD, VALUES, CONNECTION],
        method: "PUT",
        path: "https://cliq.{dc}/api/v2/storages/{database}/records/{id}",
        sends: &[("values", Place::Key("values"))],
        doc: "Changes a record of a database of Zoho Cliq.",
        examples: &[r#"record = zoho.cliq.updateRecord("orders", "9001", {"item": "Cap"});"#],
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.deleteRecord",
        params: &[DATABASE, RECORD, CONNECTION],
        method: "DELETE",
        path: "https://cliq.{dc}/api/v2/storages/{database}/records/{id}",
        doc: "Deletes a record of a database of Zoho Cliq.",
        examples: &[r#"zoho.cliq.deleteRecord("orders", "9001");"#],
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.deleteRecords",
        params: &[
            DATABASE,
            Param::new("ids_or_criteria", LIST.or(TEXT), "Ids as a list, or a condition as text."),
            CONNECTION,
        ],
        method: "DELETE",
        path: "https://cliq.{dc}/api/v2/storages/{database}/records",
        sends: &[("ids_or_criteria", Place::QueryAll)],
        doc: "Deletes records of a database of Zoho Cliq.",
        examples: &[r#"zoho.cliq.deleteRecords("orders", "item==Hat");"#],
        run: |row, call| {
            let by = if call.arg(1).as_list().is_some() { "ids" } else { "criteria" };
            let query = Map::from_iter([(by.into(), call.arg(1).clone())]);
            call.args[1] = query.into();
            perform(row, call)
        },
        ..STORAGE
    },
    Integration {
        name: "zoho.cliq.extension.setProperties",
        params: &[Param::new("properties", MAP, "Names with values."), CONNECTION],
        doc: "Keeps values for an extension of Zoho Cliq; the host holds them.",
        examples: &[r#"zoho.cliq.extension.setProperties({"theme": "dark"});"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.cliq.extension.getProperties",
        params: &[Param::new("name", TEXT, "The value's name."), CONNECTION],
        returns: Kinds::ANY,
        doc: "A value that an extension of Zoho Cliq keeps; the host holds them.",
        examples: &[r#"theme = zoho.cliq.extension.getProperties("theme");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.cliq.extension.deleteProperty",
        params: &[Param::new("name", TEXT, "The value's name."), CONNECTION],
        doc: "Forgets a value that an extension of Zoho Cliq keeps.",
        examples: &[r#"zoho.cliq.extension.deleteProperty("theme");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.salesiq.visitorsession.set",
        params: &[
            Param::optional("portal", TEXT, "The portal's name."),
            Param::new("data", MAP, "Names with values."),
            CONNECTION,
        ],
        basis: Basis::Assumed,
        doc: "Keeps values for the chat with a visitor of SalesIQ; the host holds them.",
        examples: &[r#"zoho.salesiq.visitorsession.set({"plan": "basic"});"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.salesiq.visitorsession.get",
        params: &[
            Param::optional("key", TEXT, "The value's name; all values when left out."),
            Param::optional("name", TEXT, "The value's name, when the portal comes first."),
            CONNECTION,
        ],
        returns: Kinds::ANY,
        basis: Basis::Assumed,
        doc: "The values kept for the chat with a visitor of SalesIQ; the host holds them.",
        examples: &[r#"plan = zoho.salesiq.visitorsession.get("plan");"#],
        ..Integration::ROW
    },
];

/// Posts a message: text as `{"text": …}`, a map unchanged, files to the address for files.
fn post(row: &'static Integration, call: &mut Call) -> Result {
    let Some(index) = row.params.iter().position(|p| p.name == "message") else {
        return perform(row, call);
    };
    let message = call.arg(index).clone();
    let files = elements(&message);
    if !files.is_empty() && files.iter().all(|item| matches!(item, Value::File(_))) {
        call.args[index] = Map::default().into();
        let mut request = request(row, call)?;
        if let Some(base) = request.url.strip_suffix("/message") {
            request.url = format!("{base}/files");
        }
        request.body = Body::Multipart { parts: parts(&message, "files", &call.cx.locale)? };
        return send(row, request, call.cx);
    }
    if super::arguments::as_map(&message).is_none() {
        let text = super::arguments::printed(&message, &call.cx.locale);
        call.args[index] = Map::from_iter([("text".into(), text.into())]).into();
    }
    perform(row, call)
}
