//! Tells webhooks what became of the connections that consent links have made, signed by the Standard Webhooks scheme.

use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use rainwright::connections::policy::AllowNet;
use rainwright::connections::{Key, Status, UnixTime};
use rainwright::effect::Body;
use rainwright::runtime::http::{Http, Origins, Wire};
use rainwright::{Code, Problem};
use serde_json::json;
use sha2::Sha256;

use super::Console;
use super::links::{ConsentLink, ConsentLinks};
use crate::{file, web};

/// The secret's file in the data folder.
const FILE: &str = "webhook-secret.json";
/// The waits between tries.
const WAITS: [u64; 3] = [1, 5, 25];
/// How often the connections are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// The file with the secret that webhooks are signed with; whoever receives them needs it.
#[must_use]
pub fn secret_file(home: &Path) -> PathBuf {
    home.join(FILE)
}

/// The secret, made when there is none yet: `whsec_` and base64.
///
/// # Errors
/// [`Code::StoreProblem`] when it cannot be read or written.
pub fn secret(home: &Path) -> Result<String, Problem> {
    let path = secret_file(home);
    if let Some(secret) = file::read_json::<String>(&path, "the webhook secret")? {
        return Ok(secret);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(super::no_random)?;
    let secret = format!("whsec_{}", BASE64.encode(&bytes));
    file::write_json(&path, "the webhook secret", &secret)?;
    Ok(secret)
}

/// The signature of a message: `v1,` and base64 of HMAC-SHA256 over id, time and body.
#[must_use]
pub fn signature(secret: &str, id: &str, at: UnixTime, body: &str) -> String {
    let key = BASE64.decode(secret.trim_start_matches("whsec_").as_bytes()).unwrap_or_default();
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return String::new();
    };
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// Something to tell of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened: `connection.connected`, `connection.needs_consent`, `connection.unhealthy` …
    pub event: String,
    /// The connection.
    pub key: Key,
    /// Its service.
    pub service: String,
    /// What is wrong with it, in words.
    pub problem: Option<String>,
}

/// Sends one event, signed with the secret of the data folder; tries again when the receiver does not take it.
///
/// # Errors
/// When it was never taken.
pub async fn send_notice(http: &Http, home: &Path, url: &str, notice: &Notice) -> Result<(), Problem> {
    let Notice { event, key, service, problem } = notice;
    let secret = secret(home)?;
    let (id, at) = (web::random().map_err(super::no_random)?, jiff::Timestamp::now().as_second());
    let mut body = json!({
        "type": event,
        "timestamp": jiff::Timestamp::now().to_string(),
        "data": {
            "connection": key.name,
            "service": service,
            "environment": key.environment.name(),
            "subject": key.subject.to_string(),
        },
    });
    if let Some(problem) = problem {
        body["data"]["problem"] = problem.as_str().into();
    }
    let body = body.to_string();
    let mut wire = Wire::new("POST", url)?;
    wire.headers = vec![
        ("webhook-signature".into(), signature(&secret, &id, at, &body)),
        ("webhook-id".into(), id),
        ("webhook-timestamp".into(), at.to_string()),
    ];
    wire.body = Body::Text { text: body.into(), content_type: "application/json".into() };
    wire.timeout = Some(Duration::from_secs(15));
    let mut last = None;
    for wait in std::iter::once(0).chain(WAITS) {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        match http.send(wire.clone()).await {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(()),
            Ok(answer) => last = Some(format!("it answered with status {}", answer.status)),
            Err(problem) => last = Some(problem.message),
        }
    }
    let why = last.unwrap_or_default();
    Err(Problem::new(Code::BadResponse, format!("The webhook of {key} was not told of {event}: {why}.")))
}

/// What a webhook is told of a connection with this status.
fn event(status: Option<Status>) -> Option<&'static str> {
    match status? {
        Status::Connected => Some("connection.connected"),
        Status::NeedsReauth | Status::Revoked => Some("connection.needs_consent"),
        Status::Draft | Status::Disabled | Status::Error => None,
    }
}

impl Console {
    /// Tells webhooks when a connection was made, and when it needs consent again; as long as the console runs.
    pub(super) async fn tell_webhooks(self) {
        loop {
            if let Err(problem) = self.tell_news().await {
                tracing::warn!(problem = %problem.message, "webhooks were not told");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// A client for a webhook: whoever made the link has named the address, which may be on this machine.
    fn way_out(&self, url: &str) -> Result<Http, Problem> {
        let mut settings = self.registry().http().settings().clone();
        settings.origins = Origins::new();
        if url.starts_with("http://127.0.0.1") {
            settings.allow = AllowNet::parse(["127.0.0.1"])?;
        }
        Ok(Http::new(settings))
    }

    /// Tells what the webhooks do not know yet.
    async fn tell_news(&self) -> Result<(), Problem> {
        let (home, registry) = (self.shared.settings.home.clone(), self.registry());
        let news: Vec<(ConsentLink, &'static str)> = super::blocking(move || {
            let watched = ConsentLinks::open(&home)?.watched();
            let mut news = Vec::new();
            for link in watched {
                let status = registry.store().load(&link.connection)?.map(|connection| connection.status);
                if let Some(event) = event(status).filter(|event| link.told.as_deref() != Some(*event)) {
                    news.push((link, event));
                }
            }
            Ok(news)
        })
        .await?;
        for (link, event) in news {
            let Some(url) = &link.webhook else { continue };
            let home = self.shared.settings.home.clone();
            let notice = Notice {
                event: event.to_owned(),
                key: link.connection.clone(),
                service: link.service.clone(),
                problem: None,
            };
            let sent = send_notice(&self.way_out(url)?, &home, url, &notice).await;
            let outcome = match &sent {
                Ok(()) => Ok(event),
                Err(problem) => Err(problem.message.as_str()),
            };
            self.shared.history.note("webhook", "told", &link.connection, outcome);
            // One that does not listen is not asked for ever: the next change is told again.
            super::blocking(move || ConsentLinks::open(&home)?.note_told(&link, event)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_scheme() {
        // The example of the scheme's own libraries.
        let body = r#"{"test": 2432232314}"#;
        let signed =
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
