//! Logins in the browser: OAuth 2.0 with a code and PKCE, and the three legs of OAuth 1.0a.

use std::sync::{Arc, Mutex, PoisonError};

use rainwright_connections::oauth2::{self, Consent, Pending, TokenErrorKind, TokenGrant};
use rainwright_connections::{OAuth1, OAuth2, Secret, Status, oauth1, refresh};
use rainwright_diagnostic::{Code, Problem};
use url::Url;

use super::callback::Callback;
use super::{Login, Question, Way, entropy};
use crate::http::Wire;
use crate::registry::{blocking, now};
use crate::sign::nonce;

/// Where the browser comes back to.
enum Return {
    Here(Callback),
    Pasted(String),
}

impl Return {
    async fn prepare(way: &Way) -> Result<Self, Problem> {
        Ok(match way {
            Way::Paste(uri) => Return::Pasted(uri.clone()),
            Way::Port(port) => Return::Here(Callback::listen(*port).await?),
            Way::Browser | Way::Device => Return::Here(Callback::listen(0).await?),
        })
    }

    fn uri(&self) -> String {
        match self {
            Return::Here(callback) => callback.uri(),
            Return::Pasted(uri) => uri.clone(),
        }
    }
}

impl Login {
    /// Code and PKCE: the browser asks for consent, the code is exchanged for tokens.
    pub(super) async fn authorise_code(&mut self) -> Result<(), Problem> {
        let back = Return::prepare(&self.options.way).await?;
        let (url, pending) = oauth2::consent_url(
            &self.connection,
            &self.service,
            &back.uri(),
            &self.connection.scopes,
            &entropy()?,
            now(),
        )?;
        let state = parameter(&url, "state").unwrap_or_default();
        let (consent, pending) = self.consent(&url, back, pending, state).await?;
        for (field, value) in consent.values {
            self.connection.set_value(&Arc::clone(&self.service), &field, value);
        }
        self.take_token(TokenGrant::Code { code: &consent.code, pending: &pending }).await
    }

    /// The grants that need no browser: client credentials, user name and password, a login call.
    pub(super) async fn authorise_directly(&mut self) -> Result<(), Problem> {
        self.take_token(TokenGrant::First).await
    }

    async fn take_token(&mut self, grant: TokenGrant<'_>) -> Result<(), Problem> {
        match self.registry.ask_token(&self.connection, &self.service, grant).await? {
            Ok(answer) => {
                refresh::succeed(&mut self.connection, &self.service, answer, now());
                Ok(())
            }
            Err(error) => {
                let help = match error.kind {
                    TokenErrorKind::Client if self.options.reconnect => {
                        "Give the right ones with `--set client_id=ID` and `--set-env client_secret=VARIABLE` or `--set client_secret=SECRET`."
                    }
                    TokenErrorKind::Client => {
                        self.forget_client().await?;
                        "Start again with the right ones: they are asked for anew."
                    }
                    _ => "Check the client id and secret, then start again.",
                };
                let message = format!("{} gave no token: {}", self.service.name, error.message());
                Err(Problem::new(Code::AuthorizationFailed, message).with_help(help))
            }
        }
    }

    /// A client that the provider does not know is asked for at the next try, and not kept with the draft.
    async fn forget_client(&mut self) -> Result<(), Problem> {
        if let Some(credentials) = self.connection.oauth2_mut() {
            credentials.client_id.clear();
            credentials.client_secret = Secret::default();
        }
        self.save(Status::Draft).await
    }

    /// OAuth 1.0a: a temporary token, the consent, the access token (RFC 5849, section 2).
    pub(super) async fn authorise_oauth1(&mut self, settings: &OAuth1) -> Result<(), Problem> {
        if settings.request_token_url.is_none() || settings.two_legged {
            return Ok(());
        }
        let service = Arc::clone(&self.service);
        let back = Return::prepare(&self.options.way).await?;
        let call = oauth1::request_token(&self.connection, &service, &back.uri(), now(), nonce()?)?;
        let answer = self.registry.call(call, &self.connection.name).await?;
        let temporary = oauth1::read_request_token(answer.status, &answer.body)?;
        self.open(&oauth1::consent_url(&self.connection, &service, &temporary)?).await?;
        let verifier = match back {
            Return::Pasted(_) => temporary.accept(self.ask_pasted().await?.expose())?,
            Return::Here(callback) => {
                let temporary = temporary.clone();
                let check = move |query: &str| -> Option<Result<Secret, Problem>> {
                    // A refusal names the token as well, under `denied`.
                    let mine = query_parameter(query, "oauth_token").or_else(|| query_parameter(query, "denied"));
                    mine.filter(|token| temporary.token.matches(token))?;
                    Some(temporary.accept(&format!("?{query}")))
                };
                callback.wait(self.patience(), Arc::new(check)).await?
            }
        };
        let call = oauth1::access_token(&self.connection, &service, &temporary, &verifier, now(), nonce()?)?;
        let answer = self.registry.call(call, &self.connection.name).await?;
        oauth1::read_access_token(&mut self.connection, &service, answer.status, &answer.body, now())
    }

    /// Opens the consent page and waits for the callback.
    async fn consent(
        &self,
        url: &Url,
        back: Return,
        pending: Pending,
        state: String,
    ) -> Result<(Consent, Pending), Problem> {
        self.open(url).await?;
        let service = Arc::clone(&self.service);
        match back {
            Return::Pasted(_) => {
                let pasted = self.ask_pasted().await?;
                let mut pending = pending;
                Ok((pending.accept(&service, pasted.expose(), now())?, pending))
            }
            Return::Here(callback) => {
                let state = Secret::new(state);
                let pending = Arc::new(Mutex::new(pending));
                let shared = Arc::clone(&pending);
                let check = move |query: &str| -> Option<Result<Consent, Problem>> {
                    // A callback with another state belongs to another login, or to an attacker: it must not end this one.
                    query_parameter(query, "state").filter(|s| state.matches(s))?;
                    Some(shared.lock().unwrap_or_else(PoisonError::into_inner).accept(&service, query, now()))
                };
                let consent = callback.wait(self.patience(), Arc::new(check)).await?;
                let pending = pending.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Ok((consent, pending))
            }
        }
    }

    async fn open(&self, url: &Url) -> Result<(), Problem> {
        let (ui, url) = (Arc::clone(&self.ui), url.to_string());
        blocking(move || ui.open(&url)).await
    }

    async fn ask_pasted(&self) -> Result<Secret, Problem> {
        let question = Question {
            name: "callback".to_owned(),
            title: "The whole address that the browser ends at".to_owned(),
            secret: true,
            ..Question::default()
        };
        self.ask(question).await
    }

    /// Reads the issuer's metadata (RFC 8414), when the service states an issuer instead of all its URLs.
    pub(super) async fn discover(&mut self, settings: &OAuth2) -> Result<(), Problem> {
        let Some(issuer) = &settings.issuer else {
            return Ok(());
        };
        let issuer = self.connection.fill_url(&self.service, issuer)?;
        let mut failure = None;
        for url in oauth2::metadata_urls(&issuer)? {
            match self.registry.http.send(Wire::new("GET", url.as_str())?).await {
                Ok(answer) if answer.status == 200 => {
                    self.connection.metadata = Some(oauth2::read_metadata(&issuer, &answer.body)?);
                    return Ok(());
                }
                Ok(answer) => failure = Some(format!("status {}", answer.status)),
                Err(problem) => failure = Some(problem.message),
            }
        }
        if settings.token_url.is_some() {
            return Ok(());
        }
        let why = failure.unwrap_or_default();
        Err(Problem::new(
            Code::AuthorizationFailed,
            format!("The issuer of {} shows no metadata: {why}.", self.service.name),
        )
        .with_help("Check the issuer in the service file, or state the URLs there."))
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    query_parameter(url.query().unwrap_or_default(), name)
}

/// The value of a parameter of a query.
fn query_parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}
