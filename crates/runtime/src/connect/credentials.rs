//! Asks for what a service needs before its login: fields, keys, passwords, the client's id and secret.

use std::sync::Arc;

use rainwright_connections::policy::is_loopback_host;
use rainwright_connections::{
    Auth, Credentials, Field, Grant, OAuth1Credentials, OAuth2, OAuth2Credentials, Pattern, Secret,
};
use rainwright_diagnostic::{Code, Problem};

use super::questions::{API_KEY, client_secret_is_optional, login_mentions, plain, question_for, secret};
use super::{Login, Question};
use crate::registry::blocking;
use crate::store::reference;

impl Login {
    /// Asks for the service's fields. Those that are found on the way are taken when they were given beforehand.
    pub(super) async fn ask_fields(&mut self) -> Result<(), Problem> {
        let service = Arc::clone(&self.service);
        let given = |name: &str| self.options.answers.contains_key(name);
        let wanted: Vec<_> = service.fields.iter().filter(|field| !field.discovered || given(&field.name)).collect();
        for field in wanted {
            let known = self.connection.values.contains_key(&field.name)
                || self.connection.secret_values.contains_key(&field.name);
            if known && !self.options.answers.contains_key(&field.name) {
                continue;
            }
            let value = self.ask(question_for(field)).await?;
            if value.is_empty() {
                continue;
            }
            check(field, value.expose())?;
            self.connection.set_value(&service, &field.name, value.expose());
        }
        Ok(())
    }

    /// Asks for the credentials that a person knows.
    pub(super) async fn ask_credentials(&mut self) -> Result<(), Problem> {
        let service = Arc::clone(&self.service);
        match service.auth() {
            Auth::None => {}
            Auth::ApiKey(parameters) => {
                self.tell_console("Find or make the key");
                let mut keys = std::collections::BTreeMap::new();
                for parameter in parameters {
                    let question =
                        Question { optional: parameter.optional, ..secret(&parameter.name, &parameter.title) };
                    let key = self.ask(question).await?;
                    if !key.is_empty() {
                        keys.insert(parameter.name.clone(), key);
                    }
                }
                self.connection.credentials = Credentials::ApiKey { keys };
            }
            Auth::Basic(basic) => {
                self.tell_console("Find the credentials");
                let user_title = basic.username_title.as_deref().unwrap_or("User name");
                let password_title = basic.password_title.as_deref().unwrap_or("Password");
                // Where only one of the two is asked for it is a key, whatever the scheme calls it.
                let key = basic.username.is_some() != basic.password.is_some();
                let username = match &basic.username {
                    Some(_) => Secret::default(),
                    None if key => {
                        self.ask(Question { alias: Some(API_KEY), ..secret("username", user_title) }).await?
                    }
                    None => self.ask(plain("username", user_title)).await?,
                };
                let password = match &basic.password {
                    Some(_) => Secret::default(),
                    None if key => {
                        self.ask(Question { alias: Some(API_KEY), ..secret("password", password_title) }).await?
                    }
                    None => self.ask(secret("password", password_title)).await?,
                };
                self.connection.credentials = Credentials::Basic { username, password };
            }
            Auth::OAuth1(settings) => {
                let mut credentials = match &self.connection.credentials {
                    Credentials::OAuth1(known) => known.clone(),
                    _ => OAuth1Credentials::default(),
                };
                if credentials.consumer_key.is_empty() {
                    self.tell_console("Register an application");
                }
                let known = Secret::new(credentials.consumer_key.clone());
                credentials.consumer_key =
                    self.ask_unless(plain("consumer_key", "Consumer key"), known).await?.expose().to_owned();
                credentials.consumer_secret =
                    self.ask_unless(secret("consumer_secret", "Consumer secret"), credentials.consumer_secret).await?;
                if settings.request_token_url.is_none() && !settings.two_legged {
                    credentials.token = self.ask(secret("token", "Token")).await?;
                    credentials.token_secret = self.ask(secret("token_secret", "Token secret")).await?;
                }
                self.connection.credentials = Credentials::OAuth1(credentials);
            }
            Auth::OAuth2(settings) => self.ask_client(settings).await?,
        }
        let mut references = self.options.references.clone();
        if let Auth::Basic(basic) = service.auth()
            && let Some(key) = references.remove(API_KEY)
        {
            let part = if basic.username.is_some() { "password" } else { "username" };
            references.insert(part.to_owned(), key);
        }
        self.connection.references.extend(references);
        Ok(())
    }

    /// Says where the provider gives out what is about to be asked for.
    fn tell_console(&self, what: &str) {
        if let Some(console) = &self.service.console {
            self.ui.tell(&format!("{what} at {console}"));
        }
    }

    async fn ask_client(&mut self, settings: &OAuth2) -> Result<(), Problem> {
        let mut credentials = match &self.connection.credentials {
            Credentials::OAuth2(known) => known.clone(),
            _ => OAuth2Credentials::default(),
        };
        let mentions = |name: &str| login_mentions(settings, name);
        let login = settings.grant == Grant::Login;
        if !login || mentions("client_id") {
            if credentials.client_id.is_empty() && !self.options.answers.contains_key("client_id") {
                self.tell_console("Register an application");
            }
            let known = Secret::new(credentials.client_id.clone());
            credentials.client_id = self.ask_unless(plain("client_id", "Client ID"), known).await?.expose().to_owned();
        }
        if !login || mentions("client_secret") {
            let optional = client_secret_is_optional(settings, &self.options.way);
            let question = Question { optional, ..secret("client_secret", "Client secret") };
            credentials.client_secret = self.ask_unless(question, credentials.client_secret).await?;
        }
        let password_grant = settings.grant == Grant::Password;
        if password_grant || mentions("username") {
            credentials.username = self.ask_unless(plain("username", "User name"), credentials.username).await?;
        }
        if password_grant || mentions("password") {
            credentials.password = self.ask_unless(secret("password", "Password"), credentials.password).await?;
        }
        self.connection.credentials = Credentials::OAuth2(credentials);
        Ok(())
    }

    /// Asks, unless the value is known from an earlier login and no new one is given.
    async fn ask_unless(&self, question: Question, known: Secret) -> Result<Secret, Problem> {
        let given =
            self.options.answers.contains_key(&question.name) || self.options.references.contains_key(&question.name);
        // Authorised anew, a public client is not asked for the secret that it does not have.
        let settled = !known.is_empty() || (question.optional && self.options.reconnect);
        if settled && !given { Ok(known) } else { self.ask(question).await }
    }

    /// The value that a question is for: given beforehand, read where a reference says, or asked for.
    pub(super) async fn ask(&self, question: Question) -> Result<Secret, Problem> {
        let names = || [Some(question.name.as_str()), question.alias].into_iter().flatten();
        if let Some(given) = names().find_map(|name| self.options.answers.get(name)) {
            return Ok(given.clone());
        }
        if let Some(reference) = names().find_map(|name| self.options.references.get(name)).cloned() {
            return blocking(move || reference::read(&reference)).await;
        }
        let ui = Arc::clone(&self.ui);
        blocking(move || {
            let answer = ui.ask(&question)?;
            let answer = Secret::new(answer.expose().trim());
            match &question.default {
                Some(default) if answer.is_empty() => Ok(Secret::new(default.clone())),
                _ if answer.is_empty() && !question.optional => Err(Problem::new(
                    Code::BadRequest,
                    format!("`{}` was left empty, and {} is needed.", question.name, question.title),
                )),
                _ => Ok(answer),
            }
        })
        .await
    }
}

/// Checks an answer against what the field says of its values.
fn check(field: &Field, value: &str) -> Result<(), Problem> {
    let fits = match field.pattern {
        Pattern::Text => !value.contains(['\n', '\r']),
        Pattern::Slug => value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')),
        Pattern::Digits => value.bytes().all(|b| b.is_ascii_digit()),
        Pattern::Host => value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')),
        Pattern::Url => url::Url::parse(value)
            .is_ok_and(|url| url.scheme() == "https" || is_loopback_host(url.host_str().unwrap_or_default())),
        Pattern::Date => value.parse::<jiff::civil::Date>().is_ok(),
    };
    if fits && (field.choices.is_empty() || field.choices.iter().any(|choice| choice == value)) {
        return Ok(());
    }
    let expected = match field.pattern {
        _ if !field.choices.is_empty() => format!("one of {}", field.choices.join(", ")),
        Pattern::Text => "one line".to_owned(),
        Pattern::Slug => "letters, digits, - and _".to_owned(),
        Pattern::Digits => "digits".to_owned(),
        Pattern::Host => "a host name".to_owned(),
        Pattern::Url => "an address that begins with https://".to_owned(),
        Pattern::Date => "a date such as 2025-01-31".to_owned(),
    };
    let problem =
        Problem::new(Code::BadRequest, format!("The value of `{}` does not fit: expected {expected}.", field.name));
    Err(match &field.example {
        Some(example) => problem.with_help(format!("Give a value such as {example}.")),
        None => problem,
    })
}
