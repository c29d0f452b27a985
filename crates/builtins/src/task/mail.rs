//! The tasks of Zoho Mail and Zoho Calendar.

use super::arguments::{ID, LIST, MAP, TEXT};
use super::integration::{CONNECTION, NAMED_CONNECTION};
use crate::{Answer, Basis, Integration, Param, Place};

const MESSAGE_ID: Param = Param::new("message_id", ID, "The message's id.");
const ACCOUNT: &str = "https://mail.{dc}/api/accounts/{account_id}/updatemessage";
const ONE_MESSAGE: (&str, Place) = ("message_id", Place::Item("messageId"));

const MAIL: Integration = Integration { service: "zoho_mail", basis: Basis::Assumed, ..Integration::ROW };
const UPDATE: Integration = Integration { method: "PUT", path: ACCOUNT, sends: &[ONE_MESSAGE], ..MAIL };

/// The tasks. The account's id comes from the connection.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.mail.getFolders",
        params: &[CONNECTION],
        path: "https://mail.{dc}/api/accounts/{account_id}/folders",
        answer: Answer::Rows("data"),
        returns: LIST,
        doc: "The folders of the mailbox, as a list of maps.",
        examples: &[r#"folders = zoho.mail.getFolders("mail");"#],
        ..MAIL
    },
    Integration {
        name: "zoho.mail.createFolder",
        params: &[
            Param::new("name", TEXT, "The folder's name."),
            Param::optional("parent_folder_id", ID, "The id of the folder that it lies in."),
            CONNECTION,
        ],
        method: "POST",
        path: "https://mail.{dc}/api/accounts/{account_id}/folders",
        sends: &[("name", Place::Key("folderName")), ("parent_folder_id", Place::Key("parentFolderId"))],
        doc: "Makes a folder in the mailbox.",
        examples: &[r#"folder = zoho.mail.createFolder("Invoices", "77", "mail");"#],
        ..MAIL
    },
    Integration {
        name: "zoho.mail.moveToFolder",
        params: &[MESSAGE_ID, Param::new("folder_id", ID, "The folder's id."), CONNECTION],
        sends: &[ONE_MESSAGE, ("folder_id", Place::Key("destfolderId"))],
        presets: &[(Place::Key("mode"), r#""moveMessage""#)],
        doc: "Moves a message to a folder.",
        examples: &[r#"zoho.mail.moveToFolder("9001", "77", "mail");"#],
        ..UPDATE
    },
    Integration {
        name: "zoho.mail.setFlag",
        params: &[MESSAGE_ID, Param::new("flag", TEXT, "The flag, such as important."), CONNECTION],
        sends: &[ONE_MESSAGE, ("flag", Place::Key("flagid"))],
        presets: &[(Place::Key("mode"), r#""setFlag""#)],
        doc: "Flags a message.",
        examples: &[r#"zoho.mail.setFlag("9001", "important", "mail");"#],
        ..UPDATE
    },
    Integration {
        name: "zoho.mail.removeFlag",
        params: &[MESSAGE_ID, CONNECTION],
        presets: &[(Place::Key("mode"), r#""setFlag""#), (Place::Key("flagid"), r#""flag_not_set""#)],
        doc: "Takes the flag off a message.",
        examples: &[r#"zoho.mail.removeFlag("9001", "mail");"#],
        ..UPDATE
    },
    Integration {
        name: "zoho.mail.markAsRead",
        params: &[MESSAGE_ID, CONNECTION],
        presets: &[(Place::Key("mode"), r#""markAsRead""#)],
        doc: "Marks a message as read.",
        examples: &[r#"zoho.mail.markAsRead("9001", "mail");"#],
        ..UPDATE
    },
    Integration {
        name: "zoho.mail.markAsUnread",
        params: &[MESSAGE_ID, CONNECTION],
        presets: &[(Place::Key("mode"), r#""markAsUnread""#)],
        doc: "Marks a message as not read.",
        examples: &[r#"zoho.mail.markAsUnread("9001", "mail");"#],
        ..UPDATE
    },
    Integration {
        name: "zoho.mail.getMessage",
        params: &[MESSAGE_ID, CONNECTION],
        path: "https://mail.{dc}/api/accounts/{account_id}/folders/{folder_id}/messages/{message_id}/content",
        doc: "The content of a message. The folder's id comes from the connection.",
        examples: &[r#"message = zoho.mail.getMessage("9001", "mail");"#],
        ..MAIL
    },
    Integration {
        name: "zoho.mail.createTag",
        params: &[
            Param::new("name", TEXT, "The tag's name."),
            Param::optional("color", TEXT, "Its colour, such as #ff0000."),
            CONNECTION,
        ],
        method: "POST",
        path: "https://mail.{dc}/api/accounts/{account_id}/labels",
        sends: &[("name", Place::Key("displayName")), ("color", Place::Key("color"))],
        doc: "Makes a tag in the mailbox.",
        examples: &[r##"tag = zoho.mail.createTag("Urgent", "#ff0000", "mail");"##],
        ..MAIL
    },
    Integration {
        name: "zoho.mail.getLabels",
        params: &[CONNECTION],
        path: "https://mail.{dc}/api/accounts/{account_id}/labels",
        answer: Answer::Rows("data"),
        returns: LIST,
        doc: "The tags of the mailbox, as a list of maps.",
        examples: &[r#"tags = zoho.mail.getLabels("mail");"#],
        ..MAIL
    },
    Integration {
        name: "zoho.mail.setTag",
        params: &[MESSAGE_ID, Param::new("tag_id", ID, "The tag's id."), CONNECTION],
        sends: &[ONE_MESSAGE, ("tag_id", Place::Item("labelId"))],
        presets: &[(Place::Key("mode"), r#""applyLabel""#)],
        doc: "Tags a message.",
        examples: &[r#"zoho.mail.setTag("9001", "55", "mail");"#],
        ..UPDATE
    },
    Integration {
        name: "zoho.calendar.createEvent",
        params: &[
            Param::new("calendar_uid", TEXT, "The calendar's id."),
            Param::new(
                "details",
                MAP,
                "The event as Calendar's API names it: title, dateandtime, attendees, reminders; also under eventdata.",
            ),
            NAMED_CONNECTION,
        ],
        service: "zoho_calendar",
        method: "POST",
        path: "https://calendar.{dc}/api/v1/calendars/{calendar_uid}/events",
        sends: &[("details", Place::FormAll)],
        doc: "Adds an event to a calendar and gives it under `events`.",
        examples: &[
            r#"answer = zoho.calendar.createEvent("ab12", {"title": "Review", "dateandtime": {"start": "20250131T100000Z", "end": "20250131T110000Z"}}, "calendar");"#,
        ],
        run: |row, call| {
            let wrapped =
                super::arguments::as_map(call.arg(1)).is_some_and(|map| map.borrow().get_text("eventdata").is_some());
            if !wrapped {
                let event = [("eventdata".into(), call.arg(1).clone())];
                call.args[1] = rainwright_value::Map::from_iter(event).into();
            }
            super::integration::perform(row, call)
        },
        ..Integration::ROW
    },
];
