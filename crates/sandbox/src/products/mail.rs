//! Mail: accounts, folders, labels and messages; what is sent is captured.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::http::{Object, json, page};
use crate::outbox;
use crate::world::{World, now_millis};
use crate::zoho;

const FOLDERS: Shelf = Shelf { product: "mail", module: "folders", key: "folderId", fields: &["folderName"] };
const LABELS: Shelf = Shelf { product: "mail", module: "labels", key: "labelId", fields: &["displayName"] };
const MESSAGES: Shelf = Shelf {
    product: "mail",
    module: "messages",
    key: "messageId",
    fields: &["subject", "fromAddress", "toAddress", "content"],
};
const ACCOUNT: &str = "100000000000000021";

fn done(data: Value) -> Response {
    json(200, json!({ "status": { "code": 200, "description": "success" }, "data": data }))
}

fn failure(status: u16, description: &str, code: &str) -> Response {
    json(status, json!({ "status": { "code": status, "description": description }, "data": { "errorCode": code } }))
}

/// An error in the form of Mail.
pub(crate) fn error(status: u16) -> Response {
    match status {
        401 => failure(401, "Unauthorized", "INVALID_OAUTHTOKEN"),
        403 => failure(403, "Forbidden", "INVALID_OAUTHSCOPE"),
        404 => failure(404, "Invalid Input", "URL_RULE_NOT_CONFIGURED"),
        _ => failure(status, "Internal Error", "INTERNAL_ERROR"),
    }
}

/// Answers `accounts/{accountId}/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let operation = match call.method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "DELETE" => "delete",
        _ => "read",
    };
    if !["messages", "accounts", "folders", "tags"]
        .iter()
        .any(|area| zoho::permits(&call.access, "ZohoMail", area, "", operation))
    {
        return Err(error(403));
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    let unknown = || failure(404, "Invalid Input", "RESOURCE_NOT_FOUND");
    let account = json!({ "accountId": ACCOUNT, "emailAddress": [{ "mailId": crate::oauth::USER, "isPrimary": true }], "primaryEmailAddress": crate::oauth::USER, "displayName": "Robin", "accountName": "robin" });
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["accounts"]) => Ok(done(json!([account]))),
        ("GET", ["accounts", _]) => Ok(done(account)),
        ("GET", ["accounts", _, "folders"]) => Ok(done(folders(world).into())),
        ("POST", ["accounts", _, "folders"]) => {
            let mut fields = call.fields();
            let name = fields.get("folderName").and_then(Value::as_str).unwrap_or_default().to_owned();
            if name.is_empty() {
                return Err(failure(400, "Invalid Input", "EXTRA_PARAM_FOUND"));
            }
            fields.insert("path".into(), format!("/{name}").into());
            Ok(done(FOLDERS.add(world, fields).into()))
        }
        ("GET", ["accounts", _, "folders", id]) => Ok(done(FOLDERS.find(world, id).ok_or_else(unknown)?.into())),
        ("DELETE", ["accounts", _, "folders", id]) => {
            FOLDERS.remove(world, id).ok_or_else(unknown)?;
            Ok(done(Value::Null))
        }
        ("GET", ["accounts", _, "labels"]) => Ok(done(LABELS.all(world).into())),
        ("POST", ["accounts", _, "labels"]) => Ok(done(LABELS.add(world, call.fields()).into())),
        ("POST", ["accounts", _, "messages"]) => {
            let mut mail = call.fields();
            if mail.get("toAddress").and_then(Value::as_str).unwrap_or_default().is_empty() {
                return Err(failure(400, "Invalid Input", "MANDATORY_PARAM_MISSING"));
            }
            outbox::keep(&mut world.store, "mail", "mail", mail.clone().into());
            mail.insert("sentDateInGMT".into(), now_millis().to_string().into());
            mail.insert("isUnread".into(), "0".into());
            Ok(done(MESSAGES.add(world, mail).into()))
        }
        ("GET", ["accounts", _, "messages", "view" | "search"] | ["accounts", _, "messages"]) => {
            let wanted = call.query.text("searchKey").rsplit(':').next().unwrap_or_default().to_lowercase();
            let mut all = MESSAGES.all(world);
            all.retain(|mail| {
                wanted.is_empty()
                    || mail
                        .values()
                        .any(|value| value.as_str().is_some_and(|text| text.to_lowercase().contains(&wanted)))
            });
            let shown: Vec<Object> =
                page(&all, call.query.number("start", 1).max(1) - 1, call.query.number("limit", 10).min(200));
            Ok(done(shown.into()))
        }
        ("GET", ["accounts", _, "folders", _, "messages", id, part @ ("content" | "details")]) => {
            let mail = MESSAGES.find(world, id).ok_or_else(unknown)?;
            Ok(done(match *part {
                "content" => json!({ "messageId": id, "content": mail.get("content").cloned().unwrap_or_default() }),
                _ => mail.into(),
            }))
        }
        ("DELETE", ["accounts", _, "folders", _, "messages", id]) => {
            MESSAGES.remove(world, id).ok_or_else(unknown)?;
            Ok(done(Value::Null))
        }
        ("PUT", ["accounts", _, "updatemessage"]) => {
            let body = call.fields();
            let ids: Vec<String> =
                body.get("messageId").and_then(Value::as_array).into_iter().flatten().map(plain).collect();
            let change = match body.get("mode").and_then(Value::as_str).unwrap_or_default() {
                "markAsRead" => json!({ "isUnread": "0" }),
                "markAsUnread" => json!({ "isUnread": "1" }),
                "moveMessage" => json!({ "folderId": body.get("destfolderId") }),
                "setFlag" => json!({ "flagid": body.get("flagid") }),
                "applyLabel" => json!({ "labelId": body.get("labelId") }),
                _ => return Err(failure(400, "Invalid Input", "INVALID_METHOD")),
            };
            for id in &ids {
                MESSAGES.change(world, id, object(change.clone())).ok_or_else(unknown)?;
            }
            Ok(done(Value::Null))
        }
        _ => Err(super::not_played("this part of Mail", "use its folders, labels and messages")),
    }
}

fn plain(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// Every account has some folders.
fn folders(world: &World) -> Vec<Object> {
    let fixed = ["Inbox", "Drafts", "Templates", "Sent", "Spam", "Trash"].iter().enumerate();
    let fixed = fixed.map(|(at, name)| object(json!({ "folderId": (100_000_000_000_000_031_u64 + at as u64).to_string(), "folderName": name, "path": format!("/{name}"), "folderType": name })));
    fixed.chain(FOLDERS.all(world)).collect()
}
