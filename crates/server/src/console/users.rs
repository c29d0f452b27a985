//! The users of a console that others reach: names, roles, and passwords as slow digests, in one file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use rainwright::{Code, Problem};
use serde::{Deserialize, Serialize};

use super::access::Role;
use crate::file;

/// The fewest characters of a password.
pub const SHORTEST: usize = 10;
/// The most bytes of a password that are looked at: a digest of megabytes would keep others waiting.
const LONGEST: usize = 1024;

/// A user, with the password as a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// Environments in which it is another role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Role>,
    /// The digest, in the PHC form of Argon2.
    hash: String,
}

/// All users of this data folder's consoles.
#[derive(Clone, Debug)]
pub struct Users {
    path: PathBuf,
    users: Vec<User>,
}

impl Users {
    /// Reads the users of a folder; none when there is no file yet.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] for a file that cannot be read.
    pub fn open(home: &Path) -> Result<Self, Problem> {
        let path = home.join("console-users.json");
        let users = file::read_json(&path, "users")?.unwrap_or_default();
        Ok(Self { path, users })
    }

    /// All users, in the order in which they were made.
    #[must_use]
    pub fn list(&self) -> &[User] {
        &self.users
    }

    /// Adds a user, or gives the one of that name another password and role.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for an empty name or a short password; [`Code::StoreProblem`] when the file cannot be written.
    pub fn set(&mut self, name: &str, role: Role, password: &str) -> Result<(), Problem> {
        if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
            return Err(Problem::new(Code::BadArgument, "A user's name is one line of at most 100 characters."));
        }
        if password.chars().count() < SHORTEST || password.len() > LONGEST {
            return Err(Problem::new(Code::BadArgument, format!("A password has at least {SHORTEST} characters.")));
        }
        let user = User { name: name.to_owned(), role, environments: BTreeMap::new(), hash: hash(password)? };
        match self.users.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = user,
            None => self.users.push(user),
        }
        file::write_json(&self.path, "users", &self.users)
    }

    /// Gives a user other roles in some environments; those that are not named are as the user's role says.
    ///
    /// # Errors
    /// [`Code::BadArgument`] when there is no such user; [`Code::StoreProblem`] when the file cannot be written.
    pub fn set_environments(&mut self, name: &str, roles: BTreeMap<String, Role>) -> Result<(), Problem> {
        let Some(user) = self.users.iter_mut().find(|user| user.name == name) else {
            return Err(Problem::new(Code::BadArgument, format!("There is no user named '{name}'.")));
        };
        user.environments = roles;
        file::write_json(&self.path, "users", &self.users)
    }

    /// Removes a user; `false` when there was none.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the file cannot be written.
    pub fn remove(&mut self, name: &str) -> Result<bool, Problem> {
        let before = self.users.len();
        self.users.retain(|user| user.name != name);
        if self.users.len() == before {
            return Ok(false);
        }
        file::write_json(&self.path, "users", &self.users).map(|()| true)
    }

    /// The user of a name and a password. It takes as long for a name that is not there. Blocks.
    #[must_use]
    pub fn check(&self, name: &str, password: &str) -> Option<&User> {
        /// The digest of a password that nobody has.
        static NOBODY: LazyLock<String> = LazyLock::new(|| hash("").unwrap_or_default());
        let user = self.users.iter().find(|user| user.name == name);
        let hash = PasswordHash::new(user.map_or(&*NOBODY, |user| &user.hash)).ok()?;
        let fits = password.len() <= LONGEST && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        user.filter(|_| fits)
    }
}

fn hash(password: &str) -> Result<String, Problem> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(super::no_random)?;
    let made = SaltString::encode_b64(&salt)
        .and_then(|salt| Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()));
    made.map_err(|e| Problem::new(Code::StoreProblem, format!("The password could not be digested: {e}.")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_a_digest() {
        let home = tempfile::tempdir().unwrap();
        let mut users = Users::open(home.path()).unwrap();
        assert!(users.set("ann", Role::Admin, "short").is_err());
        users.set("ann", Role::Operator, "correct horse battery").unwrap();
        let users = Users::open(home.path()).unwrap();
        assert_eq!(users.check("ann", "correct horse battery").unwrap().role, Role::Operator);
        for (name, password) in [("ann", "correct horse"), ("ann", ""), ("bob", "correct horse battery"), ("", "")] {
            assert!(users.check(name, password).is_none(), "{name} {password}");
        }
        assert!(!std::fs::read_to_string(home.path().join("console-users.json")).unwrap().contains("horse"));
    }
}
