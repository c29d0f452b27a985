//! Reads a service file strictly: unknown keys, wrong addresses and undeclared names are errors that say where.

use super::{Auth, Basic, CredentialPlace, Grant, KeyParameter, OAuth1, OAuth2, Service, TestCall};
use crate::{hosts, name, template};
use rainwright_diagnostic::{Code, LineIndex, Problem};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a token request's templates may mention besides the service's fields.
const CLIENT_NAMES: &[&str] = &["client_id", "client_secret", "username", "password", "access_token", "refresh_token"];
/// What a revocation may mention besides the service's fields.
const REVOKE_NAMES: &[&str] = &["client_id", "client_secret", "access_token", "refresh_token"];
/// What a call's templates may mention besides the service's fields.
const CALL_NAMES: &[&str] = &["client_id", "client_secret", "access_token"];

impl Service {
    /// Reads a service file and checks it. `id` is that of a shipped file; a custom file states its own.
    ///
    /// # Errors
    /// [`Code::BadService`] with the line and column, or the key, and what is wrong.
    pub fn from_toml(id: Option<&str>, text: &str) -> Result<Service, Problem> {
        let mut service: Service = toml::from_str(text).map_err(|e| {
            let place = e.span().map_or_else(String::new, |span| {
                let (line, column) = LineIndex::new(text).line_column(text, u32::try_from(span.start).unwrap_or(0));
                format!(" at line {line}, column {column}")
            });
            let service = id.map_or_else(String::new, |id| format!(" \"{id}\""));
            Problem::new(
                Code::BadService,
                format!("The service file{service} has a mistake{place}: {}.", e.message().trim_end_matches('.')),
            )
        })?;
        if let Some(id) = id {
            id.clone_into(&mut service.id);
        }
        service.check()?;
        Ok(service)
    }

    /// Checks what the form of the file cannot: addresses, hosts, names, one way to authenticate, no secret.
    ///
    /// # Errors
    /// [`Code::BadService`] with the key and what is wrong.
    pub fn check(&self) -> Result<(), Problem> {
        let check = Check { service: self };
        check.whole().map_err(|(key, fault)| {
            Problem::new(Code::BadService, format!("The service file \"{}\" has a mistake at {key}: {fault}.", self.id))
        })
    }
}

type Fault = (String, String);

fn fault<T>(key: impl Into<String>, what: impl Into<String>) -> Result<T, Fault> {
    Err((key.into(), what.into()))
}

/// Refuses a list that says a thing twice.
fn twice(key: &str, list: &[String]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    match list.iter().find(|entry| !seen.insert(*entry)) {
        Some(entry) => fault(key, format!("{entry} occurs twice")),
        None => Ok(()),
    }
}

struct Check<'a> {
    service: &'a Service,
}

impl Check<'_> {
    fn whole(&self) -> Result<(), Fault> {
        let service = self.service;
        if let Err(problem) = name::check(&service.id) {
            return fault("id", problem.message.trim_end_matches('.'));
        }
        if service.name.trim().is_empty() || service.name.chars().count() > 50 {
            return fault("name", "a name of 1 to 50 characters was expected");
        }
        let kinds = [
            ("anonymous", service.anonymous),
            ("api_key", !service.api_key.is_empty()),
            ("basic", service.basic.is_some()),
            ("oauth1", service.oauth1.is_some()),
            ("oauth2", service.oauth2.is_some()),
        ];
        let stated: Vec<&str> = kinds.iter().filter(|(_, is)| *is).map(|(kind, _)| *kind).collect();
        if stated.len() != 1 {
            let found = if stated.is_empty() { "none".to_owned() } else { stated.join(" and ") };
            return fault(
                "the top",
                format!("exactly one of anonymous, api_key, basic, oauth1 and oauth2 was expected, found {found}"),
            );
        }
        for (key, list) in
            [("aliases", &service.aliases), ("allowed_hosts", &service.allowed_hosts), ("methods", &service.methods)]
        {
            twice(key, list)?;
        }
        self.fields()?;
        self.hosts()?;
        self.headers("headers", &service.headers, CALL_NAMES)?;
        if let Some(api) = &service.api {
            self.url("api", api, &self.placeholder_keys())?;
        }
        if let Some(docs) = &service.docs {
            self.url("docs", docs, &[])?;
        }
        if let Some(console) = &service.console {
            self.url("console", console, &[])?;
        }
        for method in &service.methods {
            self.method("methods", method)?;
        }
        match service.auth() {
            Auth::None => {}
            Auth::ApiKey(parameters) => self.api_key(parameters)?,
            Auth::Basic(basic) => self.basic(basic)?,
            Auth::OAuth1(oauth1) => self.oauth1(oauth1)?,
            Auth::OAuth2(oauth2) => self.oauth2(oauth2)?,
        }
        self.calls()
    }

    fn fields(&self) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for field in &self.service.fields {
            let key = format!("fields.{}", field.name);
            if template::names(&format!("{{{}}}", field.name)).next() != Some(field.name.as_str()) {
                return fault(key, "a field's name is a letter, then letters, digits, \"_\", \".\" and \"-\"");
            }
            let reserved = CLIENT_NAMES.contains(&field.name.as_str()) || CALL_NAMES.contains(&field.name.as_str());
            if reserved || self.service.api_key.iter().any(|p| p.name == field.name) {
                return fault(key, "the name is taken by a credential");
            }
            if !seen.insert(&field.name) {
                return fault(key, "the field occurs twice");
            }
            if field.title.is_empty() && !field.discovered {
                return fault(key, "a title was expected: it is what people are asked for");
            }
            if let Some(default) = &field.default {
                self.declared(&key, default, &[])?;
                let literal = template::names(default).next().is_none();
                if literal && !field.choices.is_empty() && !field.choices.contains(default) {
                    return fault(key, format!("the default {default} is not among the choices"));
                }
            }
        }
        Ok(())
    }

    fn hosts(&self) -> Result<(), Fault> {
        for pattern in &self.service.allowed_hosts {
            if let Err(what) = hosts::check_pattern(pattern) {
                return fault("allowed_hosts", format!("{pattern}: {what}"));
            }
            self.declared("allowed_hosts", pattern, &[])?;
        }
        // What a provider says about itself must not decide where its own credentials go.
        for (key, url) in self.service.credential_urls() {
            let host = hosts::of_template(url);
            let is_bounded = !self.service.allowed_hosts.is_empty() || hosts::registrable_suffix(host).is_some();
            let is_found = |n: &&str| self.service.field(n).is_some_and(|f| f.discovered);
            if let Some(found) = template::names(host).find(is_found).filter(|_| !is_bounded) {
                return fault(
                    key,
                    format!("the host comes from the found value {{{found}}}: allowed_hosts must bound it"),
                );
            }
        }
        Ok(())
    }

    fn api_key(&self, parameters: &[KeyParameter]) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for parameter in parameters {
            let key = format!("api_key.{}", parameter.name);
            if !seen.insert(&parameter.name) {
                return fault(key, "the parameter occurs twice");
            }
            if parameter.place == CredentialPlace::Header {
                self.header_name(&key, &parameter.key)?;
            }
            let names: Vec<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
            if let Some(value) = &parameter.value {
                self.declared(&key, value, &names)?;
                if !template::names(value).any(|n| n == parameter.name) {
                    return fault(key, format!("the value must mention {{{}}}", parameter.name));
                }
            }
        }
        Ok(())
    }

    fn basic(&self, basic: &Basic) -> Result<(), Fault> {
        if basic.username.is_some() && basic.password.is_some() {
            return fault("basic", "one of username and password must be asked for");
        }
        if basic.username.as_deref().is_some_and(|name| name.contains(':')) {
            return fault("basic.username", "a user name may not hold a colon");
        }
        Ok(())
    }

    fn oauth1(&self, oauth1: &OAuth1) -> Result<(), Fault> {
        let legs = [
            ("oauth1.request_token_url", &oauth1.request_token_url),
            ("oauth1.authorize_url", &oauth1.authorize_url),
            ("oauth1.access_token_url", &oauth1.access_token_url),
        ];
        let stated: Vec<_> = legs.iter().filter_map(|(key, url)| url.as_ref().map(|url| (*key, url))).collect();
        for (key, url) in &stated {
            if oauth1.two_legged {
                return fault(*key, "a two-legged service has no token steps");
            }
            self.url(key, url, &[])?;
        }
        if !matches!(stated.len(), 0 | 3) {
            return fault("oauth1", "all three URLs or none were expected");
        }
        if let Some(realm) = &oauth1.realm {
            self.declared("oauth1.realm", realm, &[])?;
        }
        if matches!(oauth1.place, CredentialPlace::Json | CredentialPlace::Placeholder) {
            return fault("oauth1.in", "header, query or form was expected");
        }
        self.params("oauth1.authorize_params", &oauth1.authorize_params, &[])?;
        self.params("oauth1.request_params", &oauth1.request_params, &[])?;
        self.kept("oauth1.keep_from_token", oauth1.keep_from_token.keys())
    }

    fn oauth2(&self, oauth2: &OAuth2) -> Result<(), Fault> {
        let urls = [
            ("oauth2.issuer", &oauth2.issuer, false),
            ("oauth2.authorize_url", &oauth2.authorize_url, oauth2.grant == Grant::AuthorizationCode),
            ("oauth2.token_url", &oauth2.token_url, true),
            ("oauth2.refresh_url", &oauth2.refresh_url, false),
            ("oauth2.device_url", &oauth2.device_url, oauth2.grant == Grant::Device),
        ];
        for (key, url, needed) in urls {
            match url {
                Some(url) => self.url(key, url, &[])?,
                None if needed && oauth2.issuer.is_none() => {
                    return fault(key, "the URL is missing, and no issuer is named that could tell it");
                }
                None => {}
            }
        }
        if let Some(url) = &oauth2.revoke_url {
            self.url("oauth2.revoke_url", url, REVOKE_NAMES)?;
        }
        if let Some(way) = &oauth2.revoke {
            if oauth2.revoke_url.is_none() && oauth2.issuer.is_none() {
                return fault("oauth2.revoke", "the revoke_url is missing, and no issuer is named that could tell it");
            }
            self.headers("oauth2.revoke.headers", &way.headers, REVOKE_NAMES)?;
            self.params("oauth2.revoke.params", &way.params, REVOKE_NAMES)?;
        }
        self.params("oauth2.authorize_params", &oauth2.authorize_params, &["client_id"])?;
        self.params("oauth2.callback_expects", &oauth2.callback_expects, &[])?;
        self.params("oauth2.token_params", &oauth2.token_params, CLIENT_NAMES)?;
        self.params("oauth2.refresh_params", &oauth2.refresh_params, CLIENT_NAMES)?;
        self.headers("oauth2.token_headers", &oauth2.token_headers, CLIENT_NAMES)?;
        self.kept("oauth2.keep_from_token", oauth2.keep_from_token.keys())?;
        self.kept("oauth2.keep_from_callback", oauth2.keep_from_callback.keys())?;
        if oauth2.place == CredentialPlace::Header {
            self.header_name("oauth2.key", &oauth2.key)?;
        }
        if matches!(oauth2.place, CredentialPlace::Json | CredentialPlace::Placeholder) {
            return fault("oauth2.in", "header, query or form was expected");
        }
        self.declared("oauth2.value", &oauth2.value, CALL_NAMES)?;
        if !template::names(&oauth2.value).any(|n| n == "access_token") {
            return fault("oauth2.value", "the value must mention {access_token}");
        }
        twice("oauth2.default_scopes", &oauth2.default_scopes)?;
        for scope in &oauth2.default_scopes {
            if scope.is_empty() || scope.contains(&oauth2.scope_delimiter) {
                return fault("oauth2.default_scopes", format!("{scope:?} is not one scope"));
            }
        }
        if oauth2.grant == Grant::Login && oauth2.token_params.is_empty() {
            return fault("oauth2.token_params", "the login call's parameters were expected");
        }
        Ok(())
    }

    fn calls(&self) -> Result<(), Fault> {
        for (i, lookup) in self.service.after_consent.iter().enumerate() {
            let key = format!("after_consent.{i}");
            self.url(&key, &lookup.url, &[])?;
            self.headers(&key, &lookup.headers, CALL_NAMES)?;
            self.kept(&key, lookup.keep.keys())?;
        }
        for (i, rule) in self.service.expired.iter().enumerate() {
            if rule.status.is_empty() || (rule.path.is_some() && rule.contains.is_empty()) {
                return fault(format!("expired.{i}"), "a status was expected, and with a path something to look for");
            }
        }
        if let Some(test) = &self.service.test {
            self.test(test)?;
        }
        match self.service.rate {
            Some(rate) if rate.calls == 0 || rate.seconds == 0 => fault("rate", "numbers above 0 were expected"),
            _ => Ok(()),
        }
    }

    fn test(&self, test: &TestCall) -> Result<(), Fault> {
        self.method("test.method", &test.method)?;
        if !self.service.methods.is_empty() && !self.service.methods.contains(&test.method) {
            return fault("test.method", format!("{} is not among the methods", test.method));
        }
        if test.url.starts_with('/') {
            if self.service.api.is_none() {
                return fault("test.url", "a path needs the service's api address");
            }
            self.declared("test.url", &test.url, &self.placeholder_keys())?;
        } else {
            self.url("test.url", &test.url, &self.placeholder_keys())?;
            if !self.covers(&test.url) {
                return fault("test.url", "its host is neither that of api nor among allowed_hosts");
            }
        }
        for (name, value) in &test.form {
            self.declared(&format!("test.form.{name}"), value, &self.placeholder_keys())?;
        }
        if let Some(json) = &test.json {
            // The text is sent as it is written.
            if let Err(e) = serde_json::from_str::<serde_json::Value>(json) {
                return fault("test.json", format!("it is not JSON: {e}"));
            }
            if !test.form.is_empty() {
                return fault("test", "one of form and json was expected");
            }
        }
        if (test.json.is_some() || !test.form.is_empty()) && matches!(test.method.as_str(), "GET" | "HEAD") {
            return fault("test.method", format!("{} has no body, but form or json is stated", test.method));
        }
        Ok(())
    }

    /// Whether calls may go to a URL, by what the file says: tried with the values that fields have unless told otherwise.
    fn covers(&self, url: &str) -> bool {
        let usual = |name: &str| {
            let field = self.service.field(name)?;
            Some(Cow::from(field.default.as_deref().or(field.choices.first().map(String::as_str)).unwrap_or("x")))
        };
        // A default may mention another field.
        let sample = |text: &str| template::fill(&template::fill(text, usual), usual).into_owned();
        let url = sample(url);
        let api = self.service.api.iter().map(|api| hosts::of_template(&sample(api)).to_owned());
        let mut patterns = self.service.allowed_hosts.iter().map(|pattern| sample(pattern)).chain(api);
        patterns.any(|pattern| hosts::covers(&pattern, hosts::of_template(&url), None))
    }

    fn placeholder_keys(&self) -> Vec<&str> {
        let keys = self.service.api_key.iter().filter(|p| p.place == CredentialPlace::Placeholder);
        keys.map(|p| p.name.as_str()).collect()
    }

    fn declared(&self, key: &str, text: &str, more: &[&str]) -> Result<(), Fault> {
        match template::names(text).find(|n| self.service.field(n).is_none() && !more.contains(n)) {
            Some(name) => fault(key, format!("{{{name}}} is not a declared field")),
            None => Ok(()),
        }
    }

    fn url(&self, key: &str, url: &str, more: &[&str]) -> Result<(), Fault> {
        self.declared(key, url, more)?;
        if url.starts_with('{') {
            return Ok(());
        }
        let sample = template::fill(url, |_| Some("x".into()));
        let parsed = match url::Url::parse(&sample) {
            Ok(parsed) => parsed,
            Err(e) => return fault(key, format!("{url} is not a URL: {e}")),
        };
        let local = crate::policy::is_loopback_host(parsed.host_str().unwrap_or_default());
        if parsed.scheme() != "https" && !(parsed.scheme() == "http" && local) {
            return fault(key, format!("{url} must start with https://"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return fault(key, "a URL may not hold a user name or password");
        }
        if parsed.fragment().is_some() && key != "docs" && key != "console" {
            return fault(key, format!("{url} may not hold a fragment"));
        }
        Ok(())
    }

    fn method(&self, key: &str, method: &str) -> Result<(), Fault> {
        if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
            return Ok(());
        }
        fault(key, format!("GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS was expected, found {method}"))
    }

    fn header_name(&self, key: &str, name: &str) -> Result<(), Fault> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(token) {
            return fault(key, format!("{name:?} is not a header's name"));
        }
        Ok(())
    }

    fn headers(&self, key: &str, headers: &BTreeMap<String, String>, more: &[&str]) -> Result<(), Fault> {
        for (name, value) in headers {
            self.header_name(key, name)?;
            self.declared(&format!("{key}.{name}"), value, more)?;
            if value.contains(['\r', '\n', '\0']) {
                return fault(format!("{key}.{name}"), "a header's value is one line");
            }
        }
        Ok(())
    }

    fn params(&self, key: &str, params: &BTreeMap<String, String>, more: &[&str]) -> Result<(), Fault> {
        for (name, value) in params {
            let key = format!("{key}.{name}");
            self.declared(&key, value, more)?;
            let secret = ["secret", "password", "api_key", "private_key"].iter().any(|s| name.contains(s));
            if secret && template::names(value).next().is_none() {
                return fault(key, "a service file may not hold a secret: declare a field and mention it as {name}");
            }
        }
        Ok(())
    }

    fn kept<'k>(&self, key: &str, fields: impl Iterator<Item = &'k String>) -> Result<(), Fault> {
        for name in fields {
            match self.service.field(name) {
                Some(field) if field.discovered => {}
                Some(_) => {
                    return fault(key, format!("the field {name} must be marked discovered"));
                }
                None => return fault(key, format!("{name} is not a declared field")),
            }
        }
        Ok(())
    }
}
