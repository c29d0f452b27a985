//! `sendmail`, `sendsms` and `pushNotification`: messages to people.

use rainwright_diagnostic::{Code, Lack, Problem};
use rainwright_value::{Result, Value};

use super::arguments::{FILE, LIST, MAP, TEXT, as_map, elements, printed};
use super::request::file_part;
use crate::{Basis, BlockTask, TaskCall, TaskKey, shorten};
use rainwright_effect::{Data, Effect, Message, Part};
use rainwright_value::Kinds;

const PEOPLE: Kinds = TEXT.or(LIST);

/// The blocks that send messages.
pub(crate) const TASKS: &[BlockTask] = &[
    BlockTask {
        name: "sendmail",
        keys: &[
            TaskKey::required(
                "from",
                TEXT,
                "The sender: `zoho.adminuserid`, `zoho.loginuserid` or an address, also as \"Name <address>\".",
            ),
            TaskKey::required("to", PEOPLE, "Who gets it: addresses as a list, or as text between commas."),
            TaskKey::new("cc", PEOPLE, "Who gets a copy."),
            TaskKey::new("bcc", PEOPLE, "Who gets a copy that the others do not see."),
            TaskKey::new("reply to", PEOPLE, "Where answers go."),
            TaskKey::required("subject", TEXT, "The subject line."),
            TaskKey::required("message", TEXT.or(MAP).or(LIST), "The text, as HTML; a map or list is sent as JSON."),
            TaskKey::new("content type", TEXT, "HTML, or TEXT for a message without markup; HTML when left out.")
                .words(CONTENT_TYPES),
            TaskKey::new(
                "attachments",
                FILE.or(LIST).or(MAP),
                "Files to send along: `file: f`, several between commas, or a list of files.",
            ),
        ],
        returns: Kinds::NONE,
        basis: Basis::Documented,
        doc: "Sends a mail. Sender, recipients, subject and message must be given.",
        examples: &[r#"sendmail
[
    from: zoho.adminuserid
    to: "ann@example.com, bob@example.com"
    subject: "Order received"
    message: "<p>Thank you for your order.</p>"
];"#],
        products: "",
        run: sendmail,
    },
    BlockTask {
        name: "sendsms",
        keys: &[
            TaskKey::new("from", TEXT, "The number or the name that it comes from, where the carrier allows one."),
            TaskKey::required("to", PEOPLE, "The phone numbers with their country codes."),
            TaskKey::required("message", TEXT, "The text."),
            TaskKey::new("connection", TEXT, "The link name of the connection that sends it."),
        ],
        returns: Kinds::NONE,
        basis: Basis::Documented,
        doc: "Sends a text message to phones.",
        examples: &[r#"sendsms
[
    to: "+12025550123"
    message: "Your parcel is on its way."
];"#],
        products: "Zoho Creator, Zoho CRM",
        run: sendsms,
    },
    BlockTask {
        name: "pushNotification",
        keys: &[
            TaskKey::required("to", PEOPLE, "The users, by their addresses."),
            TaskKey::new("title", TEXT, "The heading."),
            TaskKey::required("message", TEXT, "The text."),
            TaskKey::new("application", TEXT, "The application that shows it.").words(&["*"]),
        ],
        returns: Kinds::NONE,
        basis: Basis::Assumed,
        doc: "Shows a notification on the phones of an application's users.",
        examples: &[r#"pushNotification
[
    to: "ann@example.com"
    title: "Task assigned"
    message: "You have a new task."
];"#],
        products: "Zoho Creator",
        run: push_notification,
    },
];

const CONTENT_TYPES: &[&str] = &["HTML", "TEXT"];

fn sendmail(call: &mut TaskCall) -> Result {
    for key in ["from", "to", "subject", "message"] {
        let blank = |value: &Value| printed(value, &call.cx.locale).trim().is_empty();
        // A key that is given and null is empty, not missing.
        match call.entries.iter().rev().find(|(name, _)| *name == key) {
            Some((_, value)) if !value.is_null() && !blank(value) => {}
            Some(_) => {
                let message = format!("'{}' is empty in the sendmail task", key.to_uppercase());
                let problem = Problem::new(Code::MissingTaskKey, message);
                return Err(Box::new(match key {
                    "from" => problem.with_lack(Lack::Account).with_help(
                        "Give the account an address: admin_mail and login_mail under [account] in dg.toml, or in a file with `--account`.",
                    ),
                    _ => problem.with_help("Give it a value before the mail is sent."),
                }));
            }
            None => {
                let message = format!("'{}' message is missing for sendmail task", key.to_uppercase());
                return Err(Box::new(Problem::new(Code::MissingTaskKey, message)));
            }
        }
    }
    call.check()?;
    let mut from = addresses(call, "from")?;
    if from.len() != 1 {
        return Err(call.wrong("from", "takes one address"));
    }
    let message = Message {
        from: from.remove(0),
        to: addresses(call, "to")?,
        cc: addresses(call, "cc")?,
        bcc: addresses(call, "bcc")?,
        reply_to: addresses(call, "reply to")?,
        subject: call.text("subject").unwrap_or_default(),
        text: call.text("message").unwrap_or_default(),
        plain: is_plain(call)?,
        attachments: match call.get("attachments") {
            Some(value) => attachments(call, value)?,
            None => Vec::new(),
        },
        connection: None,
    };
    call.cx.perform(Effect::Mail(Box::new(message)))?;
    Ok(Value::Null)
}

fn is_plain(call: &TaskCall) -> Result<bool> {
    match call.text("content type").map(|t| t.trim().to_ascii_lowercase()).as_deref() {
        Some("text/plain" | "plain") => Ok(true),
        None | Some("" | "text/html") => Ok(false),
        Some(_) => Ok(call.word("content type", CONTENT_TYPES)? == Some("TEXT")),
    }
}

/// The addresses of a key: a list, or text between commas; empty ones are left out.
fn addresses(call: &TaskCall, key: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for item in call.get(key).map(elements).unwrap_or_default() {
        for address in split_addresses(&printed(&item, &call.cx.locale)) {
            if !is_address(&address) {
                let message = format!("Invalid email address found: '{}'", shorten(&address));
                return Err(Box::new(Problem::new(Code::BadArgument, message).with_help(format!(
                    "The key '{key}' takes addresses such as ann@example.com, between commas or as a list."
                ))));
            }
            found.push(address);
        }
    }
    Ok(found)
}

/// Splits at commas that are neither between quotes nor between angle brackets.
fn split_addresses(text: &str) -> Vec<String> {
    let (mut found, mut current) = (Vec::new(), String::new());
    let (mut quoted, mut angled) = (false, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angled = true,
            '>' if !quoted => angled = false,
            ',' if !quoted && !angled => {
                found.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    found.push(current);
    found.into_iter().map(|address| address.trim().to_owned()).filter(|address| !address.is_empty()).collect()
}

/// Whether a text is `a@b` or `Name <a@b>`: the same look that a form field has, not the whole of RFC 5322.
fn is_address(text: &str) -> bool {
    let bare = match text.split_once('<') {
        Some((_, rest)) => match rest.strip_suffix('>') {
            Some(inner) => inner.trim(),
            None => return false,
        },
        None => text,
    };
    match bare.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !text.contains(['\r', '\n'])
                && !bare.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ','))
        }
        None => false,
    }
}

/// The files of `attachments`: a file, a list, or the map that `file: f` becomes.
fn attachments(call: &TaskCall, value: &Value) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for item in elements(value) {
        match &item {
            Value::Null => {}
            Value::File(file) => parts.push(file_part(file, "file")),
            other => {
                let Some(map) = as_map(other) else {
                    let what = format!("takes files but found {}", other.kind());
                    return Err(call.wrong("attachments", what));
                };
                for (kind, value) in map.borrow().iter() {
                    let kind = printed(kind, &call.cx.locale);
                    if !kind.eq_ignore_ascii_case("file") {
                        return Err(Box::new(
                            Problem::new(
                                Code::NotSupported,
                                format!("'{kind}:' attachments are printed by Zoho Creator from its own records."),
                            )
                            .with_help("Make the file first and attach it with file: f."),
                        ));
                    }
                    parts.extend(attachments(call, value)?);
                }
            }
        }
    }
    Ok(parts)
}

fn sendsms(call: &mut TaskCall) -> Result {
    call.check()?;
    let numbers = call.get("to").map(elements).unwrap_or_default();
    let to: Vec<String> = numbers
        .iter()
        .flat_map(|item| {
            let text = printed(item, &call.cx.locale);
            text.split(',').map(|n| n.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|number| !number.is_empty())
        .collect();
    let is_number = |n: &String| {
        n.chars().any(|c| c.is_ascii_digit()) && n.chars().all(|c| c.is_ascii_digit() || "+-() .".contains(c))
    };
    if let Some(wrong) = to.iter().find(|n| !is_number(n)) {
        return Err(call.wrong("to", format!("takes phone numbers but found '{}'", shorten(wrong))));
    }
    if to.is_empty() {
        return Err(Box::new(call.task.missing_key("to")));
    }
    let message = Message {
        from: call.text("from").unwrap_or_default(),
        to,
        text: call.text("message").unwrap_or_default(),
        plain: true,
        connection: call.text("connection").filter(|name| !name.is_empty()),
        ..Message::default()
    };
    call.cx.perform(Effect::Sms(Box::new(message)))?;
    Ok(Value::Null)
}

fn push_notification(call: &mut TaskCall) -> Result {
    call.check()?;
    let to = addresses(call, "to")?.into_iter().map(Data::from).collect::<Vec<_>>();
    let arguments = Data::map([
        ("to", Data::from(to)),
        ("title", call.text("title").into()),
        ("message", call.text("message").into()),
        ("application", call.text("application").into()),
    ]);
    call.cx.perform(Effect::Task { name: call.task.name.to_owned(), arguments })?;
    Ok(Value::Null)
}
