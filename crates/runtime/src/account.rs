//! What scripts may ask about the account that they run in: its owner, the user, the application.

use std::collections::BTreeMap;

use rainwright_effect::{Data, DataMap, Effect, HttpResponse, Outcome};
use serde::Deserialize;
use serde_json::json;

/// The account around a script; what is not given is null for scripts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
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
    /// Variables of the organisation by their API names: `zoho.crm.getOrgVariable` gives them without asking CRM.
    pub variables: BTreeMap<String, Plain>,
    /// What the map `organization` holds in functions of Books and Inventory, such as `organization_id`.
    pub organization: BTreeMap<String, Plain>,
}

/// A value in a settings file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Plain {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A text.
    Text(String),
}

impl Plain {
    /// As a member of a JSON answer that scripts get as text.
    fn json(&self) -> serde_json::Value {
        match self {
            Plain::Bool(value) => json!(value),
            Plain::Number(value) => json!(value),
            Plain::Decimal(value) => json!(value),
            Plain::Text(value) => json!(value),
        }
    }

    fn data(&self) -> Data {
        match self {
            Plain::Bool(value) => Data::Bool(*value),
            Plain::Number(value) => Data::from(*value),
            // As it is written in the file, so that 0.1 stays 0.1.
            Plain::Decimal(value) => value.to_string().parse().map_or(Data::Null, Data::Decimal),
            Plain::Text(value) => Data::from(value.clone()),
        }
    }
}

/// The address that `zoho.crm.getOrgVariable` reads; scripts do not write it so.
const VARIABLES: &str = "{api_domain}/crm/v2/settings/variables";

impl Account {
    /// The answer to an effect that asks about the account; `None` for every other effect.
    #[must_use]
    pub fn answer(&self, effect: &Effect) -> Option<Outcome> {
        let name = match effect {
            Effect::Task { name, .. } => name,
            Effect::Http(request) if request.url == VARIABLES && request.method == "GET" => {
                return self.all_variables();
            }
            _ => return None,
        };
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
        Some(known.map_or(Data::Null, Data::from).into())
    }

    /// The variables of the organisation as CRM lists them; nothing where none are given.
    fn all_variables(&self) -> Option<Outcome> {
        if self.variables.is_empty() {
            return None;
        }
        let all = self.variables.iter().map(|(name, value)| json!({ "api_name": name, "value": value.json() }));
        let body = json!({ "variables": all.collect::<Vec<_>>() }).to_string().into_bytes();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Some(Outcome::Http(Box::new(HttpResponse { status: 200, headers, body: body.into() })))
    }

    /// The variables that a product gives to scripts, out of the names that it knows: `organization`, where it is given.
    #[must_use]
    pub fn given(&self, known: &[&str]) -> Option<(&'static str, Data)> {
        if self.organization.is_empty() || !known.contains(&"organization") {
            return None;
        }
        let mut map = DataMap::new();
        for (key, value) in &self.organization {
            map.insert(key.as_str(), value.data());
        }
        Some(("organization", map.into()))
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
            variables: other.variables.clone().into_iter().chain(self.variables).collect(),
            organization: other.organization.clone().into_iter().chain(self.organization).collect(),
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
            variables: BTreeMap::new(),
            organization: [("organization_id", "10234695"), ("name", "Example Ltd"), ("currency_code", "USD")]
                .map(|(key, value)| (key.to_owned(), Plain::Text(value.to_owned())))
                .into(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn ask(account: &Account, name: &str) -> Option<Data> {
        match account.answer(&Effect::Task { name: name.into(), arguments: Vec::<Data>::new().into() })? {
            Outcome::Data { value } => Some(value),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn variables_of_the_organisation_are_answered_where_they_are_given() {
        let list = |url: &str, account: &Account| {
            let request =
                rainwright_effect::HttpRequest { method: "GET".into(), url: url.into(), ..Default::default() };
            account.answer(&Effect::Http(Box::new(request)))
        };
        let mut own = Account::default();
        assert_eq!(list(VARIABLES, &own), None, "CRM is asked");
        own.variables.insert("rate".into(), Plain::Decimal(0.1));
        let Some(Outcome::Http(answer)) = list(VARIABLES, &own) else { panic!() };
        assert_eq!(String::from_utf8_lossy(&answer.body), r#"{"variables":[{"api_name":"rate","value":0.1}]}"#);
        assert_eq!(list("https://www.zohoapis.com/crm/v2/settings/variables", &own), None, "only the task's own call");
        assert_eq!(own.given(&["organization"]), None);
        own.organization.insert("organization_id".into(), Plain::Number(7));
        assert_eq!(own.given(&["user"]), None);
        assert_eq!(own.given(&["organization"]), Some(("organization", Data::map([("organization_id", 7)]))));
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
