//! `ftp` and `sftp`: files to and from a server.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{FileValue, Result, Value, read_json};

use super::arguments::{FILE, LIST, NUMBER, TEXT};
use super::request;
use crate::{Basis, BlockTask, Effect, Outcome, Part, TaskCall, TaskKey};

const ACTIONS: &[&str] = &["upload", "download"];
const KEYS: &[TaskKey] = &[
    TaskKey::required("action", TEXT, "`upload` or `download`.").words(ACTIONS),
    TaskKey::required("host", TEXT, "The server's name."),
    TaskKey::new("port", NUMBER, "The server's port; 21 for ftp and 22 for sftp when left out."),
    TaskKey::required("path", TEXT, "The folder to upload to, or the file to download."),
    TaskKey::new("files", FILE.or(LIST), "The files to upload."),
    TaskKey::new("connection", TEXT, "The link name of the connection with the login."),
];

/// The blocks that move files.
pub(crate) const TASKS: &[BlockTask] = &[
    BlockTask {
        name: "ftp",
        keys: KEYS,
        returns: FILE.or(super::arguments::MAP),
        basis: Basis::Documented,
        doc: "Uploads files to an FTP server or downloads one. A download gives the file.",
        examples: &[r#"report = ftp
[
    action: download
    host: "ftp.example.com"
    port: 21
    path: "/reports/today.csv"
    connection: "warehouse"
];"#],
        products: "",
        run: transfer,
    },
    BlockTask {
        name: "sftp",
        keys: KEYS,
        returns: FILE.or(super::arguments::MAP),
        basis: Basis::Documented,
        doc: "Uploads files to an SFTP server or downloads one. A download gives the file.",
        examples: &[r#"response = sftp
[
    action: upload
    host: "sftp.example.com"
    path: "/incoming"
    files: invoice
    connection: "warehouse"
];"#],
        products: "",
        run: transfer,
    },
];

/// Hands the transfer to the host: `action`, `host`, `port`, `path`, `files` (each a [`Part`]) and `connection`. The host
/// answers a download with `{"file": part}`, an upload with whatever it has to tell.
fn transfer(call: &mut TaskCall) -> Result {
    call.check()?;
    let action = call.word("action", ACTIONS)?;
    let files: Vec<Part> = match call.get("files") {
        Some(files) => request::parts(files, "file", &call.cx.locale)?,
        None => Vec::new(),
    };
    if action == Some("upload") && files.is_empty() {
        return Err(Box::new(call.task.missing_key("files")));
    }
    let default = if call.task.name == "ftp" { 21 } else { 22 };
    let port = match call.text("port") {
        None => default,
        Some(text) => match text.trim().parse::<u16>() {
            Ok(port) if port > 0 => port,
            _ => return Err(call.wrong("port", format!("takes 1 to 65535 but found {text}"))),
        },
    };
    let arguments = serde_json::json!({
        "action": action,
        "host": call.text("host"),
        "port": port,
        "path": call.text("path"),
        "files": files,
        "connection": call.text("connection"),
    });
    let outcome = call.cx.perform(Effect::Task { name: call.task.name.to_owned(), arguments })?;
    answer(outcome)
}

/// What the host answers to a task: nothing, a file, or plain data.
pub(super) fn answer(outcome: Outcome) -> Result {
    let mut value = match outcome {
        Outcome::Done => return Ok(Value::Null),
        Outcome::Json { value } => value,
        _ => {
            return Err(Box::new(Problem::new(Code::NotSupported, "The host answered a task with something else.")));
        }
    };
    if let Some(file) = value.get_mut("file").map(serde_json::Value::take) {
        if let Ok(part) = serde_json::from_value::<Part>(file) {
            let mime = part.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
            return Ok(FileValue::new(part.file_name.unwrap_or(part.name), mime, part.bytes).into());
        }
        return Err(Box::new(Problem::new(
            Code::NotSupported,
            "The host answered a task with a file that cannot be read.",
        )));
    }
    // Serialised and read again, so that numbers become values in one place only.
    read_json(&value.to_string(), false)
}
