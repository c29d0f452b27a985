//! Makes the calls that find a connection's values once the consent is there, such as a data centre.

use std::sync::Arc;

use rainwright_connections::lookup;
use rainwright_diagnostic::Problem;

use super::Login;
use crate::registry::now;
use crate::sign::nonce;

impl Login {
    /// Asks the service for the values that only a logged-in user can see.
    pub(super) async fn look_up(&mut self) -> Result<(), Problem> {
        let service = Arc::clone(&self.service);
        for step in &service.after_consent {
            // What a person said beforehand, such as which of several accounts is meant, is not looked for.
            if step.keep.keys().all(|field| self.options.answers.contains_key(field)) {
                continue;
            }
            let call = lookup::call(&self.connection, &service, step, now(), nonce()?)?;
            let answer = match self.registry.call(call, &self.connection.name).await {
                Ok(answer) => answer,
                Err(_) if !lookup::is_needed(&service, step) => continue,
                Err(problem) => return Err(problem),
            };
            lookup::read(&mut self.connection, &service, step, answer.status, &answer.body)?;
        }
        Ok(())
    }
}
