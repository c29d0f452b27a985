//! `sendmail`, `sendsms`, `pushNotification`, `ftp` and `sftp`.

use rainwright_diagnostic::Code;
use rainwright_value::{Kind, Value};

use super::{TestHost, file, json, problem};
use rainwright_effect::{Data, Effect, File, Message};

fn mail(more: &[(&'static str, Value)]) -> TestHost {
    let mut host = TestHost::default();
    let mut entries: Vec<(&'static str, Value)> = vec![
        ("from", "Ann <ann@example.com>".into()),
        ("to", "bob@example.com".into()),
        ("subject", "Hi".into()),
        ("message", "<b>Hello</b>".into()),
    ];
    entries.extend(more.iter().cloned());
    assert!(host.block("sendmail", &entries).unwrap().is_null());
    host
}

fn message(host: &TestHost) -> &Message {
    match host.effects.last() {
        Some(Effect::Mail(message) | Effect::Sms(message)) => message,
        other => panic!("a message was expected, not {other:?}"),
    }
}

#[test]
fn a_mail_goes_out_with_all_its_parts() {
    let host = mail(&[
        ("cc", json(r#"["c@example.com","d@example.com, e@example.com"]"#)),
        ("bcc", r#""Doe, Jo" <jo@example.com>,f@example.com,"#.into()),
        ("reply to", "r@example.com".into()),
        ("attachments", Value::from(vec![file("a.txt", "text/plain", "x")])),
    ]);
    let mail = message(&host);
    assert_eq!(mail.from, "Ann <ann@example.com>");
    assert_eq!(mail.to, ["bob@example.com"]);
    assert_eq!(mail.cc, ["c@example.com", "d@example.com", "e@example.com"]);
    assert_eq!(mail.bcc, [r#""Doe, Jo" <jo@example.com>"#, "f@example.com"]);
    assert_eq!(mail.reply_to, ["r@example.com"]);
    assert_eq!((mail.subject.as_str(), mail.text.as_str(), mail.plain), ("Hi", "<b>Hello</b>", false));
    assert_eq!(mail.attachments[0].file_name.as_deref(), Some("a.txt"));
}

#[test]
fn a_mail_is_html_unless_said() {
    for (word, plain) in [("HTML", false), ("text/html", false), ("TEXT", true), ("text/plain", true), ("Plain", true)]
    {
        assert_eq!(message(&mail(&[("content type", word.into())])).plain, plain, "{word}");
    }
    let entries = [
        ("from", "a@b.c".into()),
        ("to", "a@b.c".into()),
        ("subject", "s".into()),
        ("message", "m".into()),
        ("content type", "RTF".into()),
    ];
    assert_eq!(problem(TestHost::default().block("sendmail", &entries)).code, Code::BadArgument);
}

#[test]
fn attachments_may_be_described() {
    let described = |kind: &str| {
        let map = rainwright_value::Map::from_iter([(kind.into(), file("a.txt", "text/plain", "x"))]);
        Value::from(map)
    };
    let host = mail(&[("attachments", described("file"))]);
    assert_eq!(message(&host).attachments.len(), 1);
    let both = Value::from(vec![described("FILE"), file("b", "x/y", "z")]);
    assert_eq!(message(&mail(&[("attachments", both)])).attachments.len(), 2);
    let entries = [
        ("from", "a@b.c".into()),
        ("to", "a@b.c".into()),
        ("subject", "s".into()),
        ("message", "m".into()),
        ("attachments", described("view")),
    ];
    let wrong = problem(TestHost::default().block("sendmail", &entries));
    assert_eq!(wrong.code, Code::NotSupported);
    assert!(wrong.message.contains("'view:' attachments"), "{wrong}");
}

#[test]
fn what_is_missing_is_told_in_zohos_words() {
    let all: [(&'static str, Value); 4] = [
        ("from", "a@example.com".into()),
        ("to", "b@example.com".into()),
        ("subject", "s".into()),
        ("message", "m".into()),
    ];
    for (missing, word) in [("from", "FROM"), ("to", "TO"), ("subject", "SUBJECT"), ("message", "MESSAGE")] {
        for left in [None, Some(Value::from(" ")), Some(Value::Null)] {
            let mut entries: Vec<_> = all.iter().filter(|(k, _)| *k != missing).cloned().collect();
            let is_there = left.is_some();
            entries.extend(left.map(|value| (missing, value)));
            let wrong = problem(TestHost::default().block("sendmail", &entries));
            assert_eq!(wrong.code, Code::MissingTaskKey);
            let message = match is_there {
                true => format!("'{word}' is empty in the sendmail task"),
                false => format!("'{word}' message is missing for sendmail task"),
            };
            assert_eq!(wrong.message, message);
        }
    }
    for address in ["bob", "bob@", "@example.com", "Bob <bob@example.com", "b ob@example.com", "a@b\r\nBcc: x@y.z"] {
        let mut entries = all.to_vec();
        entries.push(("to", address.into()));
        let wrong = problem(TestHost::default().block("sendmail", &entries));
        assert!(wrong.message.starts_with("Invalid email address found"), "{wrong}");
    }
}

#[test]
fn a_text_message_goes_to_numbers() {
    let mut host = TestHost::default();
    let entries = [
        ("to", json(r#"["+12025550123","+44 20 7946 0000, 919876543210"]"#)),
        ("message", "Hi".into()),
        ("from", "ACME".into()),
        ("connection", "twilio".into()),
    ];
    host.block("sendsms", &entries).unwrap();
    assert!(matches!(host.effects[0], Effect::Sms(_)));
    assert_eq!(message(&host).to, ["+12025550123", "+44 20 7946 0000", "919876543210"]);
    assert_eq!((message(&host).from.as_str(), message(&host).connection.as_deref()), ("ACME", Some("twilio")));
    host.block("sendsms", &[("to", Value::from(919_876_543_210_i64)), ("message", "Hi".into())]).unwrap();
    assert_eq!(message(&host).to, ["919876543210"]);
    for to in ["ann@example.com", "+", ","] {
        assert!(host.block("sendsms", &[("to", to.into()), ("message", "Hi".into())]).is_err());
    }
    assert_eq!(problem(host.block("sendsms", &[("message", "Hi".into())])).code, Code::MissingTaskKey);
}

#[test]
fn a_notification_is_asked_of_the_host() {
    let mut host = TestHost::default();
    let entries = [("to", "ann@example.com".into()), ("title", "T".into()), ("message", "M".into())];
    host.block("pushnotification", &entries).unwrap();
    let Effect::Task { name, arguments } = &host.effects[0] else {
        panic!("a task was expected");
    };
    assert_eq!(name, "pushNotification");
    assert_eq!(arguments.to_string(), r#"{"to":["ann@example.com"],"title":"T","message":"M","application":null}"#);
}

#[test]
fn files_are_uploaded_and_downloaded() {
    let mut host = TestHost::default();
    let entries = [
        ("action", "UPLOAD".into()),
        ("host", "ftp.example.com".into()),
        ("path", "/in".into()),
        ("files", file("a.txt", "text/plain", "x")),
    ];
    host.block("sftp", &entries).unwrap();
    let Effect::Task { name, arguments } = &host.effects[0] else {
        panic!("a task was expected");
    };
    assert_eq!(name, "sftp");
    assert_eq!(arguments["action"], "upload");
    assert_eq!(arguments["port"], 22);
    assert!(matches!(&arguments["files"][0], Data::File(file) if file.bytes == "x"));

    let file = File { name: "r.csv".into(), bytes: "1,2".into(), ..File::default() };
    let mut host = TestHost::giving(Data::from(file).into());
    let entries = [
        ("action", "download".into()),
        ("host", "ftp.example.com".into()),
        ("port", "2121".into()),
        ("path", "/out/r.csv".into()),
    ];
    let got = host.block("ftp", &entries).unwrap();
    assert_eq!(got.kind(), Kind::File);
    let Effect::Task { arguments, .. } = &host.effects[0] else {
        panic!("a task was expected");
    };
    assert_eq!(arguments["port"], 2121);
}

#[test]
fn wrong_transfers_are_told() {
    let base: [(&'static str, Value); 3] = [("host", "h".into()), ("path", "/p".into()), ("action", "upload".into())];
    let missing = problem(TestHost::default().block("ftp", &base));
    assert_eq!(missing.message, "ftp needs the key 'files'.");
    for (key, value) in [("port", "70000"), ("port", "0"), ("action", "move")] {
        let mut entries = base.to_vec();
        entries.push(("files", file("a", "b/c", "d")));
        entries.push((key, value.into()));
        assert_eq!(problem(TestHost::default().block("ftp", &entries)).code, Code::BadArgument);
    }
}
