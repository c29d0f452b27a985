//! Finds the key of the store: environment, command, keychain or a file that only its owner can read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use rainwright_connections::Secret;
use rainwright_diagnostic::{Code, Problem, file_trouble};
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::reference;

/// Where the key of the store comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// The key itself, in base64 or hexadecimal. While keys change it may be two, with a blank between: the store is opened
    /// with whichever fits, so that programs with both go on before, during and after the change.
    Text(Secret),
    /// A command whose output is the key, such as the call of a password manager.
    Command(String),
    /// A file; made with a new key when it is missing.
    File(PathBuf),
    /// The keychain of the operating system, under the name of this folder: each store has a key of its own, which a
    /// rekeying of another leaves alone. A new key is put there when there is none. Needs the feature `keychain`.
    Keychain(PathBuf),
}

impl KeySource {
    /// The source that the environment names: `RAINWRIGHT_KEY`, `RAINWRIGHT_KEY_COMMAND`, `RAINWRIGHT_KEY_FILE` or `RAINWRIGHT_KEYCHAIN`;
    /// otherwise the file `key` in the data folder.
    #[must_use]
    pub fn from_environment(home: &Path) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
        if let Some(key) = variable("RAINWRIGHT_KEY") {
            return KeySource::Text(Secret::new(key));
        }
        if let Some(command) = variable("RAINWRIGHT_KEY_COMMAND") {
            return KeySource::Command(command);
        }
        if variable("RAINWRIGHT_KEYCHAIN").is_some() {
            return KeySource::Keychain(home.to_owned());
        }
        KeySource::File(variable("RAINWRIGHT_KEY_FILE").map_or_else(|| home.join("key"), PathBuf::from))
    }

    /// Reads the key, or makes one where the source can keep it.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when there is no key, it is malformed, or others may read its file.
    pub fn load(&self) -> Result<Cipher, Problem> {
        match (self.present()?, self) {
            (Some(cipher), _) => Ok(cipher),
            (None, KeySource::File(path)) => create(path, &Cipher::random()?),
            (None, KeySource::Keychain(store)) => keychain::create(store),
            // Given ones are there, or their absence is an error already.
            (None, KeySource::Text(_) | KeySource::Command(_)) => {
                Err(Problem::new(Code::StoreProblem, "The store's key was not given."))
            }
        }
    }

    /// The key, if there is one; none is made.
    ///
    /// # Errors
    /// As [`KeySource::load`].
    pub(crate) fn present(&self) -> Result<Option<Cipher>, Problem> {
        match self {
            KeySource::Text(keys) => {
                Cipher::from_text(keys.expose().split_whitespace().next().unwrap_or_default()).map(Some)
            }
            KeySource::Command(command) => Cipher::from_text(reference::run(command)?.expose()).map(Some),
            KeySource::File(path) => read(path),
            KeySource::Keychain(store) => keychain::read(keychain::PRESENT, store),
        }
    }

    /// The key that a rekeying has prepared and not finished, if any.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it cannot be read.
    pub(crate) fn next(&self) -> Result<Option<Cipher>, Problem> {
        match self {
            KeySource::Text(keys) => keys.expose().split_whitespace().nth(1).map(Cipher::from_text).transpose(),
            KeySource::Command(_) => Ok(None),
            KeySource::File(path) => read(&next_to(path)),
            KeySource::Keychain(store) => keychain::read(keychain::NEXT, store),
        }
    }

    /// Lays a new key beside the present one: both are there until [`KeySource::finish`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the source is a text or a command, which only their owner can change, or cannot be written.
    pub(super) fn prepare(&self) -> Result<Cipher, Problem> {
        let cipher = Cipher::random()?;
        match self {
            KeySource::Text(_) | KeySource::Command(_) => {
                return Err(Problem::new(
                    Code::StoreProblem,
                    "The key comes from the environment or a command, so a new one must be given.",
                )
                .with_help("Make one with `openssl rand -base64 32`. Give every program that shares the store both keys first, as RAINWRIGHT_KEY=\"OLD NEW\"; then run this with the new one as RAINWRIGHT_NEW_KEY."));
            }
            KeySource::File(path) => {
                let draft = draft(path, &cipher)?;
                rename(&draft, &next_to(path))?;
            }
            KeySource::Keychain(store) => keychain::save(keychain::NEXT, store, &cipher)?,
        }
        Ok(cipher)
    }

    /// Makes the prepared key the present one.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when it cannot be written; the prepared key stays where it is.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        match self {
            KeySource::Text(_) | KeySource::Command(_) => Ok(()),
            // Another process may have finished it already.
            KeySource::File(path) if !next_to(path).exists() => Ok(()),
            KeySource::File(path) => rename(&next_to(path), path),
            KeySource::Keychain(store) => keychain::finish(store),
        }
    }
}

/// The key in a file; `None` when there is no such file.
fn read(path: &Path) -> Result<Option<Cipher>, Problem> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unusable(&format!("cannot be read: {}", file_trouble(&e)), path)),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(unusable("may be read by others than its owner", path)
                .with_help(format!("Take the rights away with `chmod 600 {}`.", path.display())));
        }
    }
    if meta.len() > 4096 {
        return Err(unusable("is too large to be a key", path));
    }
    let text = Zeroizing::new(
        fs::read_to_string(path).map_err(|e| unusable(&format!("cannot be read: {}", file_trouble(&e)), path))?,
    );
    Cipher::from_text(&text).map(Some)
}

/// Writes a new key file; when another process was faster, its key is the one.
fn create(path: &Path, cipher: &Cipher) -> Result<Cipher, Problem> {
    let draft = draft(path, cipher)?;
    // A link appears with its whole content or not at all, and never replaces a file, which a rename would.
    let linked = fs::hard_link(&draft, path);
    let _ = fs::remove_file(&draft);
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(unusable(&format!("cannot be written: {}", file_trouble(&e)), path));
        }
        _ => {}
    }
    read(path)?.ok_or_else(|| unusable("vanished while it was made", path))
}

fn next_to(path: &Path) -> PathBuf {
    path.with_extension("next")
}

fn rename(from: &Path, to: &Path) -> Result<(), Problem> {
    fs::rename(from, to).map_err(|e| unusable(&format!("cannot be replaced: {}", file_trouble(&e)), to))
}

/// A file beside `path` that holds the key, safely on disk.
fn draft(path: &Path, cipher: &Cipher) -> Result<PathBuf, Problem> {
    let mut suffix = [0; 8];
    super::cipher::fill(&mut suffix)?;
    let draft = path.with_extension(format!("{:016x}", u64::from_le_bytes(suffix)));
    let written = (|| {
        if let Some(folder) = path.parent() {
            super::create_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(format!("{}\n", cipher.to_text().expose()).as_bytes())?;
        file.sync_all()
    })();
    written.map(|()| draft.clone()).map_err(|e: std::io::Error| {
        let _ = fs::remove_file(&draft);
        unusable(&format!("cannot be written: {}", file_trouble(&e)), path)
    })
}

fn unusable(why: &str, path: &Path) -> Problem {
    Problem::new(Code::StoreProblem, format!("The key file of the store {why}."))
        .with_help(format!("Check {} and its rights, or name another file with RAINWRIGHT_KEY_FILE.", path.display()))
}

#[cfg(feature = "keychain")]
mod keychain {
    use super::*;

    pub(super) const PRESENT: &str = "key";
    pub(super) const NEXT: &str = "next key";

    fn entry(name: &str, store: &Path) -> Result<keyring::Entry, Problem> {
        let store = std::path::absolute(store).unwrap_or_else(|_| store.to_owned());
        keyring::Entry::new("rainwright", &format!("{name} of {}", store.display())).map_err(|e| locked(&e))
    }

    pub(super) fn read(name: &str, store: &Path) -> Result<Option<Cipher>, Problem> {
        match entry(name, store)?.get_password() {
            Ok(text) => Cipher::from_text(&Zeroizing::new(text)).map(Some),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(e) => Err(locked(&e)),
        }
    }

    pub(super) fn create(store: &Path) -> Result<Cipher, Problem> {
        save(PRESENT, store, &Cipher::random()?)?;
        read(PRESENT, store)?
            .ok_or_else(|| Problem::new(Code::StoreProblem, "The keychain does not keep the key of the store."))
    }

    pub(super) fn save(name: &str, store: &Path, cipher: &Cipher) -> Result<(), Problem> {
        entry(name, store)?.set_password(cipher.to_text().expose()).map_err(|e| locked(&e))
    }

    pub(super) fn finish(store: &Path) -> Result<(), Problem> {
        if let Some(next) = read(NEXT, store)? {
            save(PRESENT, store, &next)?;
            entry(NEXT, store)?.delete_credential().map_err(|e| locked(&e))?;
        }
        Ok(())
    }

    fn locked(error: &keyring::Error) -> Problem {
        let why = match error {
            keyring::Error::NoDefaultStore => "no keychain of this computer answers".to_owned(),
            error => error.to_string(),
        };
        Problem::new(Code::StoreProblem, format!("The keychain cannot be used: {why}."))
            .with_help("Unlock the keychain (on Linux a Secret Service must run in your session), or keep the key elsewhere by unsetting RAINWRIGHT_KEYCHAIN.")
    }
}

#[cfg(not(feature = "keychain"))]
mod keychain {
    use super::*;

    pub(super) const PRESENT: &str = "";
    pub(super) const NEXT: &str = "";

    fn missing<T>() -> Result<T, Problem> {
        Err(Problem::new(Code::NotSupported, "The keychain is not supported: this program was built without it.")
            .with_help(
                "Build it with the feature `keychain`, or keep the key elsewhere by unsetting RAINWRIGHT_KEYCHAIN.",
            ))
    }

    pub(super) fn read(_: &str, _: &Path) -> Result<Option<Cipher>, Problem> {
        missing()
    }

    pub(super) fn create(_: &Path) -> Result<Cipher, Problem> {
        missing()
    }

    pub(super) fn save(_: &str, _: &Path, _: &Cipher) -> Result<(), Problem> {
        missing()
    }

    pub(super) fn finish(_: &Path) -> Result<(), Problem> {
        missing()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("deep/key"));
        let ids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| source.load().unwrap().id().to_owned())).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1, "no draft is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path().join("deep/key");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let problem = source.load().unwrap_err();
            assert!(problem.help().contains("chmod 600"), "{problem}");
        }
    }

    #[cfg(feature = "keychain")]
    #[test]
    #[ignore = "needs a keychain, such as gnome-keyring-daemon under dbus-run-session"]
    fn the_keychain_keeps_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let source = || KeySource::Keychain(folder.path().to_owned());
        let other = KeySource::Keychain(folder.path().join("other"));
        let others = other.load().unwrap().id().to_owned();
        let open = || super::super::SqliteStore::open(folder.path(), source()).unwrap();
        let store = open();
        let mut connection = rainwright_connections::Connection { name: "a".into(), ..Default::default() };
        let stored = rainwright_connections::Store::put(&store, &mut connection).unwrap();
        assert_eq!(stored, rainwright_connections::store::Put::Stored);
        assert_eq!(source().load().unwrap().id(), source().load().unwrap().id());
        let id = store.rekey(None).unwrap();
        assert_eq!(source().load().unwrap().id(), id);
        assert!(source().next().unwrap().is_none(), "the prepared key has become the present one");
        // Death between writing the rows and finishing the key: the prepared key lies beside the old one.
        let next = source().prepare().unwrap();
        store.rekey(Some(next)).unwrap();
        assert_eq!(rainwright_connections::Store::list(&open()).unwrap().len(), 1);
        assert!(source().next().unwrap().is_none());
        assert!(!folder.path().join("key").exists());
        assert_eq!(other.load().unwrap().id(), others, "another store has a key of its own");
    }

    #[cfg(not(feature = "keychain"))]
    #[test]
    fn a_keychain_that_is_not_built_in_is_not_passed_over() {
        assert_eq!(KeySource::Keychain("x".into()).load().unwrap_err().code, Code::NotSupported);
    }

    #[test]
    fn two_keys_open_a_store_before_and_after_it_changes_keys() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (Cipher::random().unwrap(), Cipher::random().unwrap());
        let (old_text, new_text) = (old.to_text().expose().to_owned(), new.to_text().expose().to_owned());
        let open = |keys: String| super::super::SqliteStore::open(folder.path(), KeySource::Text(Secret::new(keys)));
        let both = || open(format!("{old_text} {new_text}"));
        let mut connection = rainwright_connections::Connection { name: "a".into(), ..Default::default() };
        let running = both().unwrap();
        let only_old = open(old_text.clone()).unwrap();
        let stored = rainwright_connections::Store::put(&running, &mut connection).unwrap();
        assert_eq!(stored, rainwright_connections::store::Put::Stored);
        open(old_text.clone()).unwrap().rekey(Some(new)).unwrap();
        let key = connection.key();
        // Whoever has both goes on; whoever has the old one alone is told what to do.
        assert!(rainwright_connections::Store::load(&running, &key).unwrap().is_some());
        assert!(rainwright_connections::Store::load(&both().unwrap(), &key).unwrap().is_some());
        let problem = rainwright_connections::Store::load(&only_old, &key).unwrap_err();
        assert!(problem.help().contains("OLD NEW"), "{problem}");
        assert!(open(new_text).is_ok() && open(old_text).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_command_may_give_the_key() {
        let key = Cipher::random().unwrap();
        let command = KeySource::Command(format!("printf %s '{}'", key.to_text().expose()));
        assert_eq!(command.load().unwrap().id(), key.id());
        assert_eq!(KeySource::Command("exit 3".into()).load().unwrap_err().code, Code::StoreProblem);
        assert!(command.prepare().unwrap_err().help().contains("RAINWRIGHT_NEW_KEY"));
    }
}
