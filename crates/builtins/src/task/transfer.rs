//! `ftp` and `sftp`: files to and from a server.

use rainwright_value::{FileValue, Locale, Result};

use super::arguments::{FILE, LIST, NUMBER, TEXT};
use super::request;
use crate::data::{from_data, parts_data};
use crate::{Basis, BlockTask, TaskCall, TaskKey};
use rainwright_effect::{Data, Effect, Outcome, Part};

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

/// Hands the transfer to the host: `action`, `host`, `port`, `path`, `files` and `connection`. The host answers a
/// download with the file, an upload with whatever it has to tell.
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
    let arguments = Data::map([
        ("action", Data::from(action)),
        ("host", call.text("host").into()),
        ("port", port.into()),
        ("path", call.text("path").into()),
        ("files", parts_data(files)),
        ("connection", call.text("connection").into()),
    ]);
    let outcome = call.cx.perform(Effect::Task { name: call.task.name.to_owned(), arguments })?;
    answer(outcome, &call.cx.locale)
}

/// What the host answers to a task: nothing, a file, or other data.
pub(super) fn answer(outcome: Outcome, locale: &Locale) -> Result {
    Ok(match outcome.into_data()? {
        // A file without a type is still a file.
        Data::File(file) if file.mime.is_empty() => {
            FileValue::new(file.name, "application/octet-stream", file.bytes).into()
        }
        data => from_data(data, locale),
    })
}
