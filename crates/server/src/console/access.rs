//! Who may do what: the roles, and the layer that holds every request to them.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rainwright::connections::Environment;
use serde::{Deserialize, Serialize};

use super::Console;
use crate::web::{Form, Session, failed, see_other};

/// What somebody may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has opened a consent link, and may finish the login that it leads to. Users do not have this role.
    Guest,
    /// Looks at connections and functions.
    Viewer,
    /// Tests connections, switches them on and off, runs functions.
    Operator,
    /// Makes, changes and deletes connections and services.
    Admin,
}

impl Role {
    /// The roles of users, the least first.
    pub const ALL: [Role; 3] = [Role::Viewer, Role::Operator, Role::Admin];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Guest => "guest",
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) role: Role,
    /// Environments in which it is another role.
    pub(super) environments: BTreeMap<String, Role>,
}

impl Who {
    /// Somebody with one role everywhere.
    pub(super) fn new(name: &str, role: Role) -> Self {
        Self { name: name.to_owned(), role, environments: BTreeMap::new() }
    }

    /// The role in an environment.
    pub(super) fn role_in(&self, environment: &Environment) -> Role {
        self.environments.get(environment.name()).copied().unwrap_or(self.role)
    }

    /// The highest role that it is anywhere: what pages offer.
    pub(super) fn highest(&self) -> Role {
        self.environments.values().copied().fold(self.role, Role::max)
    }
}

/// The environment that a request is about: the one that its form or query names. Connections are named with theirs unless
/// it is the default one; new ones, and functions, belong to that of the console.
fn environment_of(own: &Environment, path: &str, form: &Form) -> Environment {
    let is_new = ["/connections/connect", "/connections/custom", "/connections/pick", "/functions", "/sandbox"]
        .iter()
        .any(|part| path == *part || path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/')));
    match form.get("env") {
        "" if is_new => own.clone(),
        "" => Environment::default(),
        // One that is no name is refused by whoever acts on it.
        named => Environment::parse(named).unwrap_or_default(),
    }
}

/// What a request needs. Whatever is not named here is for admins.
fn needed(method: &Method, path: &str) -> Role {
    let looks = *method == Method::GET || *method == Method::HEAD;
    match path {
        // A login belongs to the session that has begun it.
        "/oauth/callback" if looks => Role::Guest,
        path if path.starts_with("/connections/login/") => Role::Guest,
        "/logout" => Role::Viewer,
        "/" | "/connections" | "/connections/view" | "/functions" | "/sandbox" if looks => Role::Viewer,
        "/sandbox" => Role::Operator,
        "/connections/test" | "/connections/enable" | "/connections/disable" => Role::Operator,
        path if path.starts_with("/functions/") => {
            if looks {
                Role::Viewer
            } else {
                Role::Operator
            }
        }
        _ => Role::Admin,
    }
}

/// Lets a request through that its sender may make. Addresses that are not known tell nobody anything.
pub(super) async fn check(State(console): State<Console>, request: Request, next: Next) -> Response {
    let asked = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    // A form goes by what is in it alone.
    let form = request.extensions().get::<Form>().unwrap_or(&asked);
    let environment = environment_of(&console.shared.settings.environment, request.uri().path(), form);
    let role = request.extensions().get::<Session<Who>>().map(|session| session.who.role_in(&environment));
    let needed = needed(request.method(), request.uri().path());
    if role.is_some_and(|role| role >= needed) {
        return next.run(request).await;
    }
    // A guest who may be somebody else can sign in as that.
    if role == Some(Role::Guest) {
        return see_other("/login");
    }
    let place = if environment.is_default() { String::new() } else { format!(" in {environment}") };
    let message = format!("This needs the role {}{place}. Ask an administrator of this console.", needed.name());
    (StatusCode::FORBIDDEN, failed("Not allowed", &message)).into_response()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_role_holds_in_its_environment() {
        let (staging, production) = (Environment::parse("staging").unwrap(), Environment::parse("production").unwrap());
        let mut who = Who::new("ann", Role::Viewer);
        who.environments.insert("staging".into(), Role::Admin);
        assert_eq!((who.role_in(&staging), who.role_in(&production)), (Role::Admin, Role::Viewer));
        assert_eq!(who.highest(), Role::Admin);
        let of = |path: &str, form: &str| environment_of(&staging, path, &Form::parse(form.as_bytes()));
        assert_eq!(of("/connections/delete", "name=a&env=production"), production);
        assert!(of("/connections/delete", "name=a").is_default(), "a connection without environment is a default one");
        assert!(of("/connections/reconnect", "name=a&env=../x").is_default());
        for path in ["/connections/connect", "/connections/pick/github", "/connections/custom", "/functions/f"] {
            assert_eq!(of(path, ""), staging, "{path}");
            assert_eq!(of(path, "env=production"), production, "{path}");
        }
        assert!(of("/connections/pickled", "").is_default());
    }

    #[test]
    fn changing_is_for_admins() {
        assert_eq!(needed(&Method::GET, "/connections"), Role::Viewer);
        assert_eq!(needed(&Method::POST, "/connections/test"), Role::Operator);
        assert_eq!(needed(&Method::POST, "/functions/price"), Role::Operator);
        for path in ["/connections/delete", "/connections/connect", "/connections/custom", "/connections", "/new"] {
            assert_eq!(needed(&Method::POST, path), Role::Admin, "{path}");
        }
        for path in ["/connections/pick", "/connections/reconnect", "/connections/custom"] {
            assert_eq!(needed(&Method::GET, path), Role::Admin, "{path}");
        }
        assert!(
            Role::parse("guest").is_none()
                && Role::Guest < Role::Viewer
                && Role::Viewer < Role::Operator
                && Role::Operator < Role::Admin
        );
        assert!(Role::ALL.iter().all(|role| Role::parse(role.name()) == Some(*role)));
    }
}
