//! All services there are: the shipped ones, read when they are first asked for, and a project's own.

mod shipped;

use crate::{Connection, Service};
use rainwright_diagnostic::{Code, Problem, closest};
use std::sync::{Arc, OnceLock};

/// The services that can be connected to.
#[derive(Clone, Debug)]
pub struct Catalogue {
    shipped: Arc<Vec<Shipped>>,
    custom: Vec<Arc<Service>>,
    /// Custom services whose files are not right, by the names of the files, which are their ids as a rule.
    damaged: Vec<(String, Problem)>,
}

#[derive(Debug)]
struct Shipped {
    id: &'static str,
    text: &'static str,
    service: OnceLock<Result<Arc<Service>, Problem>>,
}

impl Shipped {
    fn service(&self) -> Result<Arc<Service>, Problem> {
        self.service.get_or_init(|| Service::from_toml(Some(self.id), self.text).map(Arc::new)).clone()
    }
}

impl Catalogue {
    /// The services that come with the program.
    #[must_use]
    pub fn shipped() -> Self {
        let shipped = shipped::FILES.iter().map(|&(id, text)| Shipped { id, text, service: OnceLock::new() });
        Self { shipped: Arc::new(shipped.collect()), custom: Vec::new(), damaged: Vec::new() }
    }

    /// The same catalogue with a custom service, which hides a shipped one of the same id.
    ///
    /// # Errors
    /// [`Code::BadService`] when the text is not a valid service file.
    pub fn with_custom(mut self, toml: &str) -> Result<Self, Problem> {
        let service = Service::from_toml(None, toml)?;
        self.custom.retain(|custom| custom.id != service.id);
        self.custom.push(Arc::new(service));
        Ok(self)
    }

    /// The same catalogue with a custom service whose file is not right: only who asks for it is told.
    #[must_use]
    pub fn with_damaged(mut self, id: &str, why: Problem) -> Self {
        self.damaged.push((id.to_owned(), why));
        self
    }

    /// The custom services whose files are not right, each with what is wrong.
    #[must_use]
    pub fn damaged(&self) -> &[(String, Problem)] {
        &self.damaged
    }

    /// The ids of all services, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> =
            self.shipped.iter().map(|s| s.id).chain(self.custom.iter().map(|s| s.id.as_str())).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether a service is a custom one.
    #[must_use]
    pub fn is_custom(&self, id: &str) -> bool {
        self.custom.iter().any(|custom| custom.id == id)
    }

    /// The service of an id or alias.
    ///
    /// # Errors
    /// [`Code::UnknownService`] with the nearest id.
    pub fn get(&self, id: &str) -> Result<Arc<Service>, Problem> {
        if let Some(custom) = self.custom.iter().find(|custom| custom.id == id) {
            return Ok(Arc::clone(custom));
        }
        if let Some((_, why)) = self.damaged.iter().find(|(damaged, _)| damaged == id) {
            return Err(why.clone());
        }
        if let Ok(i) = self.shipped.binary_search_by(|s| s.id.cmp(id)) {
            return self.shipped[i].service();
        }
        if let Some(service) = self.all().find(|s| s.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id))) {
            return Ok(service);
        }
        let problem = Problem::new(Code::UnknownService, format!("There is no service \"{id}\"."));
        Err(match closest(id, self.ids()) {
            Some(near) => problem.with_help(format!("Did you mean \"{near}\"? `dg services` lists all.")),
            None => problem,
        })
    }

    /// The service of a connection: the definition it carries, else that of the catalogue.
    ///
    /// # Errors
    /// [`Code::UnknownService`] or [`Code::BadService`].
    pub fn of(&self, connection: &Connection) -> Result<Arc<Service>, Problem> {
        match &connection.service_toml {
            Some(toml) => Service::from_toml(Some(&connection.service), toml).map(Arc::new),
            None => self.get(&connection.service),
        }
    }

    /// All services, the shipped ones in order of id first.
    pub fn all(&self) -> impl Iterator<Item = Arc<Service>> {
        let shipped = self.shipped.iter().filter(|s| !self.is_custom(s.id)).filter_map(|s| s.service().ok());
        shipped.chain(self.custom.iter().cloned())
    }

    /// The services whose id, name, alias or category has all words of `text` in it; best first.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<Arc<Service>> {
        let text = text.trim().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut found: Vec<(u8, Arc<Service>)> = Vec::new();
        for service in self.all() {
            let name = service.name.to_lowercase();
            let whole =
                format!("{} {name} {} {}", service.id, service.category, service.aliases.join(" ").to_lowercase());
            if words.iter().all(|word| whole.contains(word)) {
                let rank = if service.id == text || name == text {
                    0
                } else if service.id.starts_with(&text) {
                    1
                } else if name.starts_with(&text) {
                    2
                } else {
                    3
                };
                found.push((rank, service));
            }
        }
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, service)| service).collect()
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::shipped()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_list_holds_every_file_and_no_other() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/services");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(".toml").unwrap().to_owned())
            .collect();
        files.sort();
        let listed: Vec<&str> = shipped::FILES.iter().map(|(id, _)| *id).collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn a_damaged_service_hides_no_other() {
        let why = Problem::new(Code::BadService, "services/mine.toml: not right");
        let catalogue = Catalogue::shipped().with_damaged("mine", why.clone());
        assert_eq!(catalogue.get("mine").unwrap_err(), why);
        assert!(catalogue.get("mailchimp").is_ok() && catalogue.damaged().len() == 1);
    }

    #[test]
    fn every_shipped_service_is_valid() {
        let faults: Vec<String> = shipped::FILES
            .iter()
            .filter_map(|(id, text)| Service::from_toml(Some(id), text).err())
            .map(|problem| problem.message)
            .collect();
        assert_eq!(faults, [] as [String; 0]);
    }

    /// Shipped services that no harmless call is known for, each with the reason.
    const UNTESTED: &[(&str, &str)] = &[
        ("braintree", "its API speaks XML and GraphQL at hosts of its own"),
        ("customer_io", "the API only takes events"),
        ("evernote", "the API speaks Thrift"),
        ("generic_none", "the API is not known"),
        ("generic_oauth2_client_credentials", "the API is not known"),
        ("hover", "no call is documented in the open"),
        ("microsoft_oauth2_cc", "what may be called depends on the permissions that an administrator gave"),
        ("private_api_basic", "the API is not known"),
        ("private_api_bearer", "the API is not known"),
        ("private_api_generic", "the API is not known"),
        ("segment", "the API only takes events"),
        ("stripe_app", "what may be called depends on the permissions of the app"),
        ("tiktok_accounts", "calls name the account, and the one that does not wants the token in its body"),
        ("workday", "the calls depend on the tenant's web services"),
        ("yahoo", "the API host is the choice of the person who connects"),
    ];

    #[test]
    fn every_shipped_service_has_docs_and_a_test_call() {
        let mut untested = Vec::new();
        for service in Catalogue::shipped().all() {
            let own = service.category == "custom";
            assert_eq!(service.docs.is_none(), own, "{}: only an API of one's own has no page to read", service.id);
            assert!(!service.category.is_empty(), "{}", service.id);
            if service.test.is_none() {
                untested.push(service.id.clone());
            }
            if let crate::Auth::OAuth2(settings) = service.auth() {
                let listed = |scope: &String| service.scopes.is_empty() || service.scopes.contains_key(scope);
                assert!(settings.default_scopes.iter().all(listed), "{}: default scopes are explained", service.id);
            }
        }
        let listed: Vec<&str> = UNTESTED.iter().map(|(id, _)| *id).collect();
        assert_eq!(untested, listed, "a service has a test call, or a reason not to");
    }

    #[test]
    fn services_of_one_provider_sign_in_alike() {
        for category in ["google", "microsoft", "zoho"] {
            let mut first: Option<crate::OAuth2> = None;
            for service in Catalogue::shipped().all().filter(|service| service.category == category) {
                let Some(mut own) = service.oauth2.clone().filter(|own| own.grant == crate::Grant::AuthorizationCode)
                else {
                    continue;
                };
                if service.id == "microsoft_tenant_specific" {
                    continue; // Its addresses name the tenant.
                }
                // What differs from product to product; Microsoft Ads renews for one resource.
                own.default_scopes.clear();
                own.refresh_params.clear();
                assert_eq!(first.get_or_insert_with(|| own.clone()), &own, "{}", service.id);
                if category == "zoho" {
                    let zoho = shipped::FILES.iter().find(|(id, _)| *id == "zoho").unwrap().1;
                    let zoho = Service::from_toml(Some("zoho"), zoho).unwrap();
                    let same = (&zoho.allowed_hosts, &zoho.expired, &zoho.fields[..3]);
                    assert_eq!(
                        (&service.allowed_hosts, &service.expired, &service.fields[..3]),
                        same,
                        "{}",
                        service.id
                    );
                }
            }
        }
    }

    #[test]
    fn no_name_leads_to_two_services() {
        let catalogue = Catalogue::shipped();
        let mut seen = std::collections::BTreeMap::new();
        for service in catalogue.all() {
            for name in std::iter::once(&service.id).chain(&service.aliases) {
                let other = seen.insert(name.to_lowercase(), service.id.clone());
                assert_eq!(other, None, "{name} of {}", service.id);
            }
        }
    }

    #[test]
    fn every_shipped_file_is_in_one_style() {
        for (id, text) in shipped::FILES {
            let keys = |text: &str| -> Vec<String> {
                let lines = text.lines().take_while(|line| !line.starts_with('['));
                lines
                    .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
                    .filter(|key| !key.starts_with(' '))
                    .collect()
            };
            let order = [
                "name",
                "category",
                "zoho_default",
                "aliases",
                "anonymous",
                "api",
                "allowed_hosts",
                "methods",
                "docs",
                "console",
                "notes",
                "headers",
                "rate",
                "test",
            ];
            let found = keys(text);
            let mut sorted = found.clone();
            sorted.sort_by_key(|key| order.iter().position(|known| known == key));
            assert_eq!(found, sorted, "{id}: the keys at the top follow the order of the guide");
            let tidy = text.lines().all(|line| line.trim_end() == line && !line.contains('\t'));
            assert!(tidy && text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains("\n\n\n"), "{id}");
        }
    }

    #[test]
    fn the_services_of_the_platform_are_marked() {
        let catalogue = Catalogue::shipped();
        for id in [
            "beyondtrust_remote_support",
            "dropbox",
            "eventbrite",
            "google_ads",
            "google_calendar",
            "google_contacts",
            "google_drive",
            "mailchimp",
            "microsoft",
            "outlook",
            "pandadoc",
            "zoho_oauth",
        ] {
            assert!(catalogue.get(id).unwrap().zoho_default, "{id}");
        }
        assert!(catalogue.all().filter(|service| service.zoho_default).count() >= 20);
    }

    #[test]
    fn every_shipped_service_survives_being_written() {
        for service in Catalogue::shipped().all() {
            let text = service.to_toml().unwrap();
            assert_eq!(Service::from_toml(None, &text).unwrap(), *service, "{}", service.id);
        }
    }
}
