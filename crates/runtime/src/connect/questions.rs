//! What a login will ask, known beforehand: for a page that shows all questions at once.

use rainwright_connections::{Auth, Field, Grant, OAuth2, Service};

use super::{Question, Way};

/// What most providers call the key that they take as a user name or password.
pub(super) const API_KEY: &str = "api_key";

/// The questions of a first login to a service, in the order in which it asks them. Answers go into
/// [`ConnectOptions::answers`](super::ConnectOptions::answers) by their names.
#[must_use]
pub fn questions(service: &Service, way: &Way) -> Vec<Question> {
    let mut all: Vec<Question> = service.asked_fields().map(question_for).collect();
    match service.auth() {
        Auth::None => {}
        Auth::ApiKey(parameters) => {
            all.extend(parameters.iter().map(|p| Question { optional: p.optional, ..secret(&p.name, &p.title) }))
        }
        Auth::Basic(basic) => {
            let is_key = basic.username.is_some() != basic.password.is_some();
            if basic.username.is_none() {
                let title = basic.username_title.as_deref().unwrap_or("User name");
                all.push(if is_key { secret("username", title) } else { plain("username", title) });
            }
            if basic.password.is_none() {
                all.push(secret("password", basic.password_title.as_deref().unwrap_or("Password")));
            }
        }
        Auth::OAuth1(settings) => {
            all.extend([plain("consumer_key", "Consumer key"), secret("consumer_secret", "Consumer secret")]);
            if settings.request_token_url.is_none() && !settings.two_legged {
                all.extend([secret("token", "Token"), secret("token_secret", "Token secret")]);
            }
        }
        Auth::OAuth2(settings) => {
            let login = settings.grant == Grant::Login;
            let password = settings.grant == Grant::Password;
            let asks = |name: &str, always: bool| always || login_mentions(settings, name);
            if asks("client_id", !login) {
                all.push(plain("client_id", "Client ID"));
            }
            if asks("client_secret", !login) {
                let optional = client_secret_is_optional(settings, way);
                all.push(Question { optional, ..secret("client_secret", "Client secret") });
            }
            if asks("username", password) {
                all.push(plain("username", "User name"));
            }
            if asks("password", password) {
                all.push(secret("password", "Password"));
            }
        }
    }
    all
}

/// Whether the token request itself mentions a credential.
pub(super) fn login_mentions(settings: &OAuth2, name: &str) -> bool {
    let name = format!("{{{name}}}");
    settings.token_params.values().chain(settings.token_headers.values()).any(|value| value.contains(&name))
}

/// With PKCE or a device code, an application may have no secret.
pub(super) fn client_secret_is_optional(settings: &OAuth2, way: &Way) -> bool {
    let public = settings.pkce && settings.grant == Grant::AuthorizationCode;
    public || settings.grant == Grant::Device || *way == Way::Device
}

pub(super) fn plain(name: &str, title: &str) -> Question {
    Question { name: name.to_owned(), title: title.to_owned(), ..Question::default() }
}

pub(super) fn secret(name: &str, title: &str) -> Question {
    Question { secret: true, ..plain(name, title) }
}

pub(super) fn question_for(field: &Field) -> Question {
    Question {
        name: field.name.clone(),
        title: if field.title.is_empty() { field.name.clone() } else { field.title.clone() },
        secret: field.secret,
        choices: field.choices.clone(),
        default: field.default.clone().filter(|default| !default.contains('{')),
        example: field.example.clone(),
        optional: field.optional || field.default.is_some(),
        alias: None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rainwright_connections::store::MemoryStore;
    use rainwright_connections::{Catalogue, Secret};
    use rainwright_diagnostic::{Code, Problem};

    use super::*;
    use crate::Registry;
    use crate::connect::{ConnectOptions, Ui};
    use crate::http::{Http, Origins, Settings};

    /// Writes down what it is asked, and answers.
    #[derive(Default)]
    struct Asked(Mutex<Vec<Question>>);

    impl Ui for Asked {
        fn ask(&self, question: &Question) -> Result<Secret, Problem> {
            let answer = question.default.clone().or_else(|| question.example.clone());
            let answer = answer.or_else(|| question.choices.first().cloned()).unwrap_or_else(|| "1".to_owned());
            self.0.lock().unwrap().push(Question { alias: None, ..question.clone() });
            Ok(Secret::new(answer))
        }

        fn open(&self, _: &str) -> Result<(), Problem> {
            Err(Problem::new(Code::AuthorizationFailed, "nobody is here"))
        }

        fn tell(&self, _: &str) {}
    }

    #[test]
    fn they_are_those_that_the_login_asks() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Nothing leaves: every host is unknown.
        let http = Http::new(Settings { origins: Origins::new().closed(), ..Settings::default() });
        let catalogue = Arc::new(Catalogue::shipped());
        let registry = Registry::new(Arc::new(MemoryStore::default()), Arc::clone(&catalogue), Arc::new(http));
        for service in catalogue.all() {
            let asked = Arc::new(Asked::default());
            let options =
                ConnectOptions { way: Way::Paste("http://127.0.0.1:1/callback".into()), ..ConnectOptions::default() };
            let expected = questions(&service, &options.way);
            let _ = runtime.block_on(registry.connect(&service.id, options, Arc::<Asked>::clone(&asked)));
            assert_eq!(*asked.0.lock().unwrap(), expected, "{}", service.id);
        }
    }
}
