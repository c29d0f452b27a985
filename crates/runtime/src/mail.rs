//! Sends mail over SMTP.

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use rainwright_connections::Secret;
use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::Message;

/// The server that mail goes out through.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mailer {
    /// A mailer for an address such as `smtps://user:password@mail.example.com` or `smtp://mail.example.com:587?tls=required`.
    ///
    /// # Errors
    /// [`Code::SendFailed`] when the address cannot be used; it is not shown, for it may hold a password.
    pub fn new(url: &Secret) -> Result<Self, Problem> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| {
                Problem::new(Code::SendFailed, "The mail server's address cannot be used.")
                    .with_help("Write it as smtps://user:password@host, with special characters percent-encoded.")
            })?
            .build();
        Ok(Self { transport })
    }

    /// Sends one mail to all its recipients.
    ///
    /// # Errors
    /// [`Code::SendFailed`] when an address is malformed or the server refuses.
    pub async fn send(&self, message: &Message) -> Result<(), Problem> {
        let mail = build(message)?;
        self.transport.send(mail).await.map(|_| ()).map_err(|e| {
            let problem = Problem::new(Code::SendFailed, format!("The mail was not sent: {e}."));
            if e.is_permanent() {
                problem.with_help("The server refused it: check sender, recipients and login.")
            } else {
                problem
            }
        })
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}

fn build(message: &Message) -> Result<lettre::Message, Problem> {
    let mut builder = lettre::Message::builder().from(mailbox(&message.from)?).subject(&message.subject);
    for to in &message.to {
        builder = builder.to(mailbox(to)?);
    }
    for cc in &message.cc {
        builder = builder.cc(mailbox(cc)?);
    }
    for bcc in &message.bcc {
        builder = builder.bcc(mailbox(bcc)?);
    }
    for reply_to in &message.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    let kind = if message.plain { ContentType::TEXT_PLAIN } else { ContentType::TEXT_HTML };
    let text = SinglePart::builder().header(kind).body(message.text.clone());
    let built = if message.attachments.is_empty() {
        builder.singlepart(text)
    } else {
        let mut parts = MultiPart::mixed().singlepart(text);
        for part in &message.attachments {
            let kind = part.content_type.as_deref().unwrap_or("application/octet-stream");
            let kind = ContentType::parse(kind)
                .map_err(|_| bad(&format!("`{kind}` cannot be the content type of an attachment")))?;
            let name = part.file_name.clone().unwrap_or_else(|| part.name.clone());
            parts = parts.singlepart(Attachment::new(name).body(Body::new(part.bytes.to_vec()), kind));
        }
        builder.multipart(parts)
    };
    built.map_err(|e| bad(&format!("it cannot be written: {e}")))
}

fn mailbox(text: &str) -> Result<Mailbox, Problem> {
    text.trim().parse().map_err(|_| bad(&format!("`{text}` is not a mail address")))
}

fn bad(why: &str) -> Problem {
    Problem::new(Code::SendFailed, format!("The mail was not sent: {why}."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rainwright_effect::Part;

    #[test]
    fn mails_are_written_with_their_attachments() {
        let message = Message {
            from: "Ada <ada@example.com>".into(),
            to: vec!["b@example.com".into(), "c@example.com".into()],
            subject: "Grüße".into(),
            text: "<b>hi</b>".into(),
            attachments: vec![Part {
                name: "f".into(),
                file_name: Some("a.csv".into()),
                content_type: Some("text/csv".into()),
                bytes: "1,2".into(),
            }],
            ..Message::default()
        };
        let text = String::from_utf8(build(&message).unwrap().formatted()).unwrap();
        for part in [
            "From: Ada <ada@example.com>",
            "To: b@example.com, c@example.com",
            "text/html",
            "filename=\"a.csv\"",
            "multipart/mixed",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        for broken in
            [Message { from: "nobody".into(), ..message.clone() }, Message { to: vec!["x@y@z".into()], ..message }]
        {
            assert_eq!(build(&broken).unwrap_err().code, Code::SendFailed);
        }
    }
}
