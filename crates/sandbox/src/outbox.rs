//! What was sent to people: mails, texts and messages that a service would have delivered. They are kept, not sent.

use serde_json::{Value, json};

use crate::http::{Object, now_text};
use crate::store::SandboxStore;

/// Where the store keeps them.
pub(crate) const PRODUCT: &str = "outbox";
/// And under which module.
pub(crate) const MODULE: &str = "messages";

/// One captured message, as `/_sandbox/outbox` lists it.
fn entry(service: &str, kind: &str, content: Value) -> Object {
    let entry = json!({ "service": service, "kind": kind, "at": now_text(), "content": content });
    entry.as_object().cloned().unwrap_or_default()
}

/// Keeps a message.
pub(crate) fn keep(store: &mut SandboxStore, service: &str, kind: &str, content: Value) {
    store.add(PRODUCT, MODULE, entry(service, kind, content));
}
