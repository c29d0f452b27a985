//! Who may do what: the roles, and the layer that holds every request to them.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::web::{Session, failed, see_other};

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
}

/// What a request needs. Whatever is not named here is for admins.
fn needed(method: &Method, path: &str) -> Role {
    let looks = *method == Method::GET || *method == Method::HEAD;
    match path {
        // A login belongs to the session that has begun it.
        "/oauth/callback" if looks => Role::Guest,
        path if path.starts_with("/connections/login/") => Role::Guest,
        "/logout" => Role::Viewer,
        "/" | "/connections" | "/connections/view" | "/functions" if looks => Role::Viewer,
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
pub(super) async fn check(request: Request, next: Next) -> Response {
    let role = request.extensions().get::<Session<Who>>().map(|session| session.who.role);
    let needed = needed(request.method(), request.uri().path());
    if role.is_some_and(|role| role >= needed) {
        return next.run(request).await;
    }
    // A guest who may be somebody else can sign in as that.
    if role == Some(Role::Guest) {
        return see_other("/login");
    }
    let message = format!("This needs the role {}. Ask an administrator of this console.", needed.name());
    (StatusCode::FORBIDDEN, failed("Not allowed", &message)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

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
