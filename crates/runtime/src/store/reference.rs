//! Reads secrets that are kept elsewhere: in the environment, in a file, or given by a command.

use std::process::{Command, Stdio};

use rainwright_connections::{Connection, Reference, Secret};
use rainwright_diagnostic::{Code, Problem, file_trouble};

/// The largest secret that is read from a file or command, in bytes; a private key is a few thousand.
const LARGEST: usize = 64 * 1024;

/// Secrets of OAuth 2.0 that get tokens and do not go with calls.
const FOR_TOKENS: [&str; 3] = ["client_secret", "username", "password"];

/// Puts the secrets that a connection only refers to in their places.
///
/// # Errors
/// [`Code::StoreProblem`] when one cannot be read; the message names the reference, never its content.
pub fn fill(connection: &mut Connection) -> Result<(), Problem> {
    fill_some(connection, |_| true)
}

/// As [`fill`], with those secrets only that calls need: what a renewal needs may be out of reach while a token is good.
pub(crate) fn fill_for_calls(connection: &mut Connection) -> Result<(), Problem> {
    let has_token = connection.oauth2().is_some_and(|credentials| !credentials.access_token.is_empty());
    fill_some(connection, |name| !has_token || !FOR_TOKENS.contains(&name))
}

fn fill_some(connection: &mut Connection, wanted: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let references = std::mem::take(&mut connection.references);
    let result = references.iter().filter(|(name, _)| wanted(name)).try_for_each(|(name, reference)| {
        let secret = read(reference)?;
        if connection.set_secret(name, secret) {
            return Ok(());
        }
        Err(Problem::new(
            Code::StoreProblem,
            format!("The connection \"{}\" refers to a secret `{name}`, which it does not have.", connection.name),
        ))
    });
    connection.references = references;
    result
}

/// Why the source of a secret is not there, as far as that shows without running anything.
#[must_use]
pub fn missing(reference: &Reference) -> Option<String> {
    match reference {
        Reference::Env(name) if std::env::var_os(name).is_none_or(|value| value.is_empty()) => {
            Some(format!("the environment variable {name}, which its secret is read from, is not set"))
        }
        Reference::File(path) => {
            let length = std::fs::File::open(path).and_then(|file| file.metadata()).map(|meta| meta.len());
            match length {
                Ok(0) => Some(format!("the file {path}, which its secret is read from, is empty")),
                Ok(_) => None,
                Err(e) => {
                    let why = file_trouble(&e);
                    Some(format!("the file {path}, which its secret is read from, cannot be read: {why}"))
                }
            }
        }
        Reference::Env(_) | Reference::Command(_) => None,
    }
}

/// Reads one secret, without the line end after it.
///
/// # Errors
/// [`Code::StoreProblem`] when it is not there, empty or not text.
pub fn read(reference: &Reference) -> Result<Secret, Problem> {
    let secret = match reference {
        Reference::Env(name) => std::env::var(name).ok().map(Secret::new).ok_or_else(|| {
            Problem::new(
                Code::StoreProblem,
                format!("The environment variable {name}, which a connection refers to, is not set."),
            )
            .with_help(format!("Set {name} for this program."))
        })?,
        Reference::File(path) => {
            let bytes = std::fs::read(path).map_err(|e| {
                Problem::new(
                    Code::StoreProblem,
                    format!("A file that a connection reads its secret from cannot be read: {}.", file_trouble(&e)),
                )
                .with_help(format!("Check {path}."))
            })?;
            text(bytes)?
        }
        Reference::Command(command) => run(command)?,
    };
    if secret.is_empty() {
        let place = match reference {
            Reference::Env(name) => format!("the environment variable {name}"),
            Reference::File(path) => format!("the file {path}"),
            Reference::Command(_) => "the output of its command".to_owned(),
        };
        return Err(Problem::new(
            Code::StoreProblem,
            format!("A secret that a connection refers to is empty: {place}."),
        )
        .with_help("Put the secret there, or connect again with `dg connect --reconnect NAME` to store it."));
    }
    Ok(secret)
}

/// What a command of the shell prints, without the line end.
///
/// # Errors
/// [`Code::StoreProblem`] when it cannot be started or fails; what it prints is not shown.
pub(super) fn run(command: &str) -> Result<Secret, Problem> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let program = command.split_whitespace().next().unwrap_or_default();
    let failed = |why: String| {
        Problem::new(Code::StoreProblem, format!("The command `{program}`, which gives a secret, {why}."))
            .with_help("Run it by hand to see what it lacks: a login to the password manager, an agent, a path.")
    };
    let output = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| failed(format!("cannot be started: {e}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    text(output.stdout)
}

fn text(bytes: Vec<u8>) -> Result<Secret, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::new(
            Code::StoreProblem,
            format!("A secret that is referred to is larger than {LARGEST} bytes."),
        ));
    }
    let mut text = String::from_utf8(bytes)
        .map_err(|_| Problem::new(Code::StoreProblem, "A secret that is referred to is not UTF-8 text."))?;
    // Cutting in place leaves no copy behind.
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rainwright_connections::Credentials;

    #[test]
    fn secrets_come_from_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "s3cret\n").unwrap();
        let path = path.display().to_string();
        let mut connection = Connection {
            name: "c".into(),
            credentials: Credentials::Basic { username: Secret::default(), password: Secret::default() },
            references: [
                ("username".to_owned(), Reference::Env("PATH".into())),
                ("password".to_owned(), Reference::File(path)),
            ]
            .into(),
            ..Connection::default()
        };
        fill(&mut connection).unwrap();
        let Credentials::Basic { username, password } = &connection.credentials else { unreachable!("set above") };
        assert_eq!(username.expose(), std::env::var("PATH").unwrap());
        assert_eq!(password.expose(), "s3cret");
        assert_eq!(connection.references.len(), 2, "they stay references");
        assert!(!String::from_utf8_lossy(&connection.seal().unwrap()).contains("s3cret"), "and are not stored");
    }

    #[test]
    fn missing_secrets_are_named_without_content() {
        for reference in [
            Reference::Env("RAINWRIGHT_NO_SUCH".into()),
            Reference::File("/nowhere/x".into()),
            Reference::Command("exit 7".into()),
            Reference::Command("true".into()),
        ] {
            assert_eq!(read(&reference).unwrap_err().code, Code::StoreProblem, "{reference:?}");
        }
    }
}
