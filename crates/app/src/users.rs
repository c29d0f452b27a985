//! The users of an application: as its description has them, and as scripts left them.

use std::collections::BTreeMap;

use rainwright::Problem;
use rainwright_records::Store;

use crate::User;

/// The users by their mail addresses.
pub(crate) type Users = BTreeMap<String, User>;

/// The kind of the notes on users whom scripts gave profiles, or deleted.
const KIND: &str = "user";

/// The name of a user: as the application has it, else the part of the address before the `@`.
pub(crate) fn user_name(users: &Users, user: &str) -> String {
    match users.get(user).map(|user| user.name.as_str()).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None if user.is_empty() => "Public".to_owned(),
        None => user.split('@').next().unwrap_or(user).to_owned(),
    }
}

/// The users as they are now.
pub(crate) fn present(described: &Users, store: &Store) -> Result<Users, Problem> {
    let mut users = described.clone();
    for (mail, profile) in store.notes(KIND)? {
        match profile.strip_prefix('=') {
            Some(profile) => users.entry(mail).or_default().profile = profile.to_owned(),
            None => drop(users.remove(&mail)),
        }
    }
    Ok(users)
}

/// Gives a user a profile; one who was not there is added.
pub(crate) fn assign(users: &mut Users, store: &mut Store, mail: &str, profile: &str) -> Result<(), Problem> {
    store.keep_note(KIND, mail, &format!("={profile}"))?;
    users.entry(mail.to_owned()).or_default().profile = profile.to_owned();
    Ok(())
}

/// Takes a user away.
pub(crate) fn delete(users: &mut Users, store: &mut Store, mail: &str) -> Result<(), Problem> {
    store.keep_note(KIND, mail, "")?;
    users.remove(mail);
    Ok(())
}
