//! What is done to a connection with one press: test, revoke, rename, label, switch, delete.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rainwright::connections::Key;
use rainwright::runtime::connect::Tested;
use rainwright::{Code, Problem};

use super::frame::{Visit, key_of};
use super::view::to;
use super::{Console, blocking};
use crate::web::{Flash, Form, see_other};

/// What is left of a connection.
enum Left {
    /// It is under this key.
    At(Key),
    /// Nothing.
    Nothing,
}

/// `POST /connections/{action}`.
pub(super) async fn act(
    State(console): State<Console>,
    Extension(session): Visit,
    Path(action): Path<String>,
    Extension(form): Extension<Form>,
) -> Response {
    let key = match key_of(&form) {
        Ok(key) => key,
        Err(problem) => {
            console.flash(&session, problem);
            return see_other("/connections");
        }
    };
    let (what, done) = match action.as_str() {
        "test" => ("tested", console.test(&key).await),
        "revoke" => ("revoked", console.revoke(&key).await),
        "rename" => ("renamed", console.rename(&key, form.get("new_name")).await),
        "label" => ("labelled", console.label(&key, form.get("label")).await),
        "enable" => ("switched on", console.switch(&key, true).await),
        "disable" => ("switched off", console.switch(&key, false).await),
        "delete" => ("deleted", console.delete(&key).await),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let outcome = match &done {
        Ok((message, _)) => Ok(message.as_str()),
        Err(problem) => Err(problem.message.as_str()),
    };
    console.shared.history.note(&session.who.name, what, &key, outcome);
    match done {
        Ok((message, left)) => {
            console.flash(&session, Flash::good(message));
            match left {
                Left::At(key) => to(&key),
                Left::Nothing => see_other("/connections"),
            }
        }
        Err(problem) => {
            let gone = problem.code == Code::UnknownConnection;
            console.flash(&session, problem);
            if gone { see_other("/connections") } else { to(&key) }
        }
    }
}

type Done = Result<(String, Left), Problem>;

impl Console {
    async fn test(&self, key: &Key) -> Done {
        let message = match self.registry().test(key).await? {
            Tested::Works(status) => format!("It works: the service answered with status {status}."),
            Tested::Untested => "The credentials are there. The service names no call to test them with.".to_owned(),
        };
        Ok((message, Left::At(key.clone())))
    }

    async fn revoke(&self, key: &Key) -> Done {
        let message = match self.registry().revoke(key).await? {
            true => "Revoked: the provider took its tokens back.",
            false => "Revoked: its tokens are forgotten here. The provider offers no way to give them back.",
        };
        Ok((message.to_owned(), Left::At(key.clone())))
    }

    async fn rename(&self, key: &Key, new_name: &str) -> Done {
        self.registry().rename(key, new_name).await?;
        let message = format!("Its link name is now {new_name}. Scripts that use it must say so.");
        Ok((message, Left::At(Key { name: new_name.to_owned(), ..key.clone() })))
    }

    async fn label(&self, key: &Key, label: &str) -> Done {
        if label.is_empty() || label.chars().count() > 200 {
            return Err(Problem::new(Code::BadRequest, "A name for people has between 1 and 200 characters."));
        }
        let (registry, at, label) = (self.registry(), key.clone(), label.to_owned());
        blocking(move || registry.change(&at, |connection| connection.label.clone_from(&label))).await?;
        Ok(("Saved.".to_owned(), Left::At(key.clone())))
    }

    async fn switch(&self, key: &Key, on: bool) -> Done {
        self.registry().switch(key, on).await?;
        let message = if on { "Switched on." } else { "Switched off: scripts cannot use it now." };
        Ok((message.to_owned(), Left::At(key.clone())))
    }

    async fn delete(&self, key: &Key) -> Done {
        match self.registry().delete(key).await? {
            true => Ok((format!("Deleted {key}."), Left::Nothing)),
            false => Err(Problem::new(Code::UnknownConnection, format!("There is no connection \"{key}\" any more."))),
        }
    }
}
