//! `sendmail` over SMTP, against a server that writes down what it gets.
#![cfg(feature = "mail")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "common/smtp.rs"]
mod smtp;

use rainwright_diagnostic::Code;
use rainwright_effect::{Call, Effect, Message, Outcome};
use rainwright_runtime::mail::Mailer;
use rainwright_runtime::{Live, LiveOptions};
use smtp::smtp;

#[tokio::test]
async fn mail_goes_out_through_its_server() {
    let (address, received) = smtp();
    let mailer = Mailer::new(&format!("smtp://{address}").into()).unwrap();
    let live = Live::new(common::local_http(), LiveOptions { mailer: Some(mailer), ..LiveOptions::default() });
    let message = Message {
        from: "ada@example.com".into(),
        to: vec!["ben@example.com".into()],
        bcc: vec!["eve@example.com".into()],
        subject: "News".into(),
        text: "<p>hello</p>".into(),
        ..Message::default()
    };
    assert_eq!(live.perform(Call::new(Effect::Mail(Box::new(message.clone())))).await.unwrap(), Outcome::Done);
    let said = received.recv().unwrap();
    for part in [
        "MAIL FROM:<ada@example.com>",
        "RCPT TO:<ben@example.com>",
        "RCPT TO:<eve@example.com>",
        "Subject: News",
        "text/html",
        "<p>hello</p>",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("Bcc:"), "{said}");

    let refused = Message { to: vec!["refused@example.com".into()], ..message.clone() };
    let problem = live.perform(Call::new(Effect::Mail(Box::new(refused)))).await.unwrap_err().problem();
    assert_eq!(problem.code, Code::SendFailed);
    assert!(problem.message.contains("no such user"), "{problem}");
    let none = Live::new(common::local_http(), LiveOptions::default());
    let problem = none.perform(Call::new(Effect::Mail(Box::new(message)))).await.unwrap_err().problem();
    assert!(problem.help().contains("RAINWRIGHT_SMTP"), "{}", problem.help());
    assert!(
        Mailer::new(&"nonsense SECRET".to_owned().into()).map(|_| ()).unwrap_err().message.find("SECRET").is_none()
    );
}
