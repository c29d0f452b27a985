//! The device flow: the person types a code somewhere else, we ask until it is done (RFC 8628).

use std::sync::Arc;
use std::time::Duration;

use rainwright_connections::oauth2::{self, Poll, TokenGrant};
use rainwright_connections::refresh;
use rainwright_diagnostic::Problem;

use super::Login;
use crate::registry::{blocking, now};

impl Login {
    /// Shows the code and asks for the token until the person has typed it.
    pub(super) async fn authorise_device(&mut self) -> Result<(), Problem> {
        let call = oauth2::device_request(&self.connection, &self.service, &self.connection.scopes)?;
        let answer = self.registry.call(call, &self.connection.name).await?;
        let mut flow = oauth2::read_device(answer.status, &answer.body, now())?;
        self.ui.tell(&format!("Open {} and type the code {}", flow.verification_uri, flow.user_code));
        if let Some(url) = flow.verification_uri_complete.clone() {
            let ui = Arc::clone(&self.ui);
            blocking(move || ui.open(&url)).await?;
        }
        let mut wait = flow.interval;
        loop {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            let grant = TokenGrant::Device { device_code: &flow.device_code };
            let answer = self.registry.ask_token(&self.connection, &self.service, grant).await?;
            match flow.after(answer, now())? {
                Poll::Wait(seconds) => wait = seconds,
                Poll::Done(token) => {
                    refresh::succeed(&mut self.connection, &self.service, *token, now());
                    return Ok(());
                }
            }
        }
    }
}
