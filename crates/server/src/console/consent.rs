//! `/consent/{token}`: the page of a consent link, for somebody who has no access to the console.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use rainwright::Problem;
use rainwright::connections::{Connection, Service, Subject};

use super::attempt::After;
use super::connect::answers;
use super::frame::Visit;
use super::links::{ConsentLink, ConsentLinks};
use super::{Console, blocking};
use crate::web::{Flash, Form, Frame, Session, failed, token};

/// What a link leads to.
#[derive(Clone)]
pub(super) struct Led {
    token: String,
    connection: Connection,
    service: Arc<Service>,
}

/// Lets requests through whose link can be used: nobody else gets a session. Guessing gets slow.
pub(super) async fn known(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(token): Path<String>,
    mut request: Request,
    next: Next,
) -> Response {
    let now = Instant::now();
    if console.shared.by_address.wait(&from.ip(), now).is_some() {
        return (StatusCode::TOO_MANY_REQUESTS, failed("Wait a little", "Too many tries. Try again later."))
            .into_response();
    }
    match console.led(token).await {
        Ok(Some(led)) => {
            request.extensions_mut().insert(led);
            next.run(request).await
        }
        Ok(None) => {
            console.shared.by_address.fail(from.ip(), now);
            let message = "It was used before, or its time is over. Ask whoever sent it for a new one.";
            (StatusCode::NOT_FOUND, failed("This link does not work any more", message)).into_response()
        }
        Err(problem) => (StatusCode::INTERNAL_SERVER_ERROR, failed("Not now", &problem.message)).into_response(),
    }
}

/// `GET`: says what is asked for.
pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    Extension(led): Extension<Led>,
) -> Response {
    let flashes = console.shared.sessions.flashes(&session);
    shown(&session, &led, &Form::default(), flashes)
}

/// `POST`: leads to the provider.
pub(super) async fn begin(
    State(console): State<Console>,
    Extension(session): Visit,
    Extension(led): Extension<Led>,
    Extension(form): Extension<Form>,
) -> Response {
    let Led { token, connection, service } = &led;
    let key = connection.key();
    let options = rainwright::runtime::connect::ConnectOptions {
        name: Some(key.name),
        environment: key.environment,
        subject: key.subject,
        reconnect: true,
        answers: answers(service, &form, |question| !super::connect::is_client(question)),
        ..Default::default()
    };
    match console.log_in(&session, service, options, After::Thanks(token.clone())).await {
        Ok(response) => response,
        Err(problem) => shown(&session, &led, &form, vec![problem.into()]),
    }
}

impl Console {
    /// What the link of a token leads to, when it can be used.
    async fn led(&self, token: String) -> Result<Option<Led>, Problem> {
        let (home, registry) = (self.shared.settings.home.clone(), self.registry());
        blocking(move || {
            let now = jiff::Timestamp::now().as_second();
            let links = ConsentLinks::open(&home)?;
            let Some(ConsentLink { connection, .. }) = links.find(&token, now) else {
                return Ok(None);
            };
            // Whoever deletes the connection ends its link.
            let Some(connection) = registry.store().load(connection)? else {
                return Ok(None);
            };
            let service = registry.catalogue().of(&connection)?;
            Ok(Some(Led { token, connection, service }))
        })
        .await
    }

    /// Ends a link that has done its work, and says so.
    pub(super) async fn thank(&self, token: String, service: &str) -> Response {
        let home = self.shared.settings.home.clone();
        let spent =
            blocking(move || ConsentLinks::open(&home)?.spend(&token, jiff::Timestamp::now().as_second())).await;
        if let Err(problem) = spent {
            tracing::warn!(problem = %problem.message, "a consent link could not be ended");
        }
        let content = html! {
            div.narrow {
                h1 { "Connected to " (service) }
                p { "Thank you. You can close this window. You can take the access back at any time, in the settings of your "
                    (service) " account." }
            }
        };
        Frame { title: "Connected", ..Frame::default() }.page(&content)
    }
}

fn shown(session: &Session<super::access::Who>, led: &Led, form: &Form, flashes: Vec<Flash>) -> Response {
    let Led { connection, service, .. } = led;
    let content = html! {
        div.narrow {
            h1 { "Connect your " (service.name) " account" }
            p { (whom(&connection.subject)) " Whoever sent you this link asks for access to an account of yours at "
                b { (service.name) } ". You agree on the page of " (service.name) " itself; your password is not seen here." }
            @if !connection.scopes.is_empty() {
                p { "It asks for:" }
                ul { @for scope in &connection.scopes {
                    li { code { (scope) } @if let Some(about) = service.scopes.get(scope) { " " (about) } }
                } }
            }
            form.sheet method="post" {
                (token(session))
                (super::connect::asked_of_guests(service, form))
                button { "Continue" }
            }
        }
    };
    Frame { title: "Your consent", flashes, ..Frame::default() }.page(&content)
}

fn whom(subject: &Subject) -> Markup {
    html! { @if let Subject::User(user) = subject { "This link is for " b { (user) } "." } }
}
