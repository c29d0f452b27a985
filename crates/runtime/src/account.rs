//! What scripts may ask about the account that they run in: its owner, the user, the application.

use rainwright_effect::{Data, Effect};
use serde::Deserialize;

/// The account around a script; what is not given is null for scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// The name of the account's owner: `zoho.adminuser`.
    pub admin_user: Option<String>,
    /// The mail address of the account's owner: `zoho.adminuserid`.
    pub admin_mail: Option<String>,
    /// The user name of who runs the script: `zoho.loginuser`.
    pub login_user: Option<String>,
    /// The mail address of who runs the script: `zoho.loginuserid`.
    pub login_mail: Option<String>,
    /// The full name of who runs the script: `zoho.loginuser.name`.
    pub login_name: Option<String>,
    /// The link name of the application: `zoho.appname`.
    pub application: Option<String>,
    /// The owner of the application, as its address has it; `zoho.appuri` is made of both.
    pub owner: Option<String>,
}

impl Account {
    /// The answer to an effect that asks about the account; `None` for every other effect.
    #[must_use]
    pub fn answer(&self, effect: &Effect) -> Option<Data> {
        let Effect::Task { name, .. } = effect else { return None };
        let uri = || Some(format!("/{}/{}/", self.owner.as_ref()?, self.application.as_ref()?));
        let known = match name.as_str() {
            "zoho.adminuser" => self.admin_user.clone(),
            "zoho.adminuserid" => self.admin_mail.clone(),
            "zoho.loginuser" => self.login_user.clone(),
            "zoho.loginuserid" => self.login_mail.clone(),
            "zoho.loginuser.name" => self.login_name.clone().or_else(|| self.login_user.clone()),
            "zoho.appname" => self.application.clone(),
            "zoho.appuri" => uri(),
            _ => return None,
        };
        Some(known.map_or(Data::Null, Data::from))
    }

    /// The same account with what it lacks taken from another one.
    #[must_use]
    pub fn or(self, other: &Account) -> Self {
        let or = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            admin_user: or(self.admin_user, &other.admin_user),
            admin_mail: or(self.admin_mail, &other.admin_mail),
            login_user: or(self.login_user, &other.login_user),
            login_mail: or(self.login_mail, &other.login_mail),
            login_name: or(self.login_name, &other.login_name),
            application: or(self.application, &other.application),
            owner: or(self.owner, &other.owner),
        }
    }

    /// An account to play with.
    #[must_use]
    pub fn sample() -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self {
            admin_user: text("admin"),
            admin_mail: text("admin@example.com"),
            login_user: text("ada"),
            login_mail: text("ada@example.com"),
            login_name: text("Ada Lindqvist"),
            application: text("sample-app"),
            owner: text("example"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(account: &Account, name: &str) -> Option<Data> {
        account.answer(&Effect::Task { name: name.into(), arguments: Vec::<Data>::new().into() })
    }

    #[test]
    fn what_is_given_is_told_and_the_rest_is_null() {
        let own = Account { admin_mail: Some("me@example.org".into()), ..Account::default() };
        assert_eq!(ask(&own, "zoho.adminuserid"), Some("me@example.org".into()));
        assert_eq!(ask(&own, "zoho.appuri"), Some(Data::Null));
        assert_eq!(ask(&own, "zoho.file.convertToPDF"), None);
        let played = own.or(&Account::sample());
        assert_eq!(ask(&played, "zoho.adminuserid"), Some("me@example.org".into()));
        assert_eq!(ask(&played, "zoho.loginuser.name"), Some("Ada Lindqvist".into()));
        assert_eq!(ask(&played, "zoho.appuri"), Some("/example/sample-app/".into()));
    }
}
