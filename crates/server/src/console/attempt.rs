//! Logins under way: each runs `Registry::connect`, and the browser is its person.
//!
//! The login asks nothing that its form has not answered. When it wants an address opened, the browser gets a page with a
//! link to it; what the provider sends back to `/oauth/callback` belongs to the login whose mark it carries, and only when
//! the same browser session began that login.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use rainwright::connections::{Key, Secret, Service};
use rainwright::runtime::Registry;
use rainwright::runtime::connect::{ConnectOptions, Question, Ui, Way};
use rainwright::{Code, Problem};
use tokio::sync::watch;

use super::Console;
use super::access::Who;
use super::frame::{Visit, about};
use crate::web::{self, Flash, Form, Session, failed, see_other, token};

/// How long a person may take on the provider's page.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How long the browser waits for the provider's answer to a login, before it gets a page that says so.
const WAIT: Duration = Duration::from_secs(90);
/// How many logins may be under way.
const MOST: usize = 64;

/// How far a login has come.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// It talks with the provider.
    Working,
    /// The person is to open an address.
    Open(String),
    /// It has ended.
    Ended(Result<Key, Problem>),
}

/// What comes after a login that went well.
#[derive(Clone, Debug)]
pub(super) enum After {
    /// The page of the connection.
    View,
    /// Thanks to whoever has opened the consent link of this token.
    Thanks(String),
}

/// A login under way.
pub(super) struct Attempt {
    id: String,
    /// The session that began it.
    owner: [u8; 32],
    service: String,
    key: Key,
    after: After,
    begun: Instant,
    stage: watch::Sender<Stage>,
    /// What the callback must carry: the state, or the temporary token of OAuth 1.0.
    mark: Mutex<Option<String>>,
    /// Takes the address that the browser ended at; gone once it was taken, or when the person gave up.
    back: Mutex<Option<mpsc::Sender<String>>>,
    /// What the login tells the person, such as a code for another device.
    told: Mutex<Vec<String>>,
}

/// All logins under way.
#[derive(Default)]
pub(super) struct Attempts {
    all: Mutex<HashMap<String, Arc<Attempt>>>,
}

/// The browser, as a login sees it.
struct Browser {
    attempt: Arc<Attempt>,
    answers: Mutex<mpsc::Receiver<String>>,
    resolve: Box<dyn Fn(&str) -> String + Send + Sync>,
}

impl Ui for Browser {
    fn ask(&self, question: &Question) -> Result<Secret, Problem> {
        if question.name == "callback" {
            let answers = lock(&self.answers);
            return answers.recv_timeout(PATIENCE).map(Secret::new).map_err(|_| {
                Problem::new(Code::AuthorizationFailed, "The browser did not come back from the provider's page.")
                    .with_help("Start again, and finish the provider's page within ten minutes.")
            });
        }
        if question.optional || question.default.is_some() {
            return Ok(Secret::default());
        }
        Err(Problem::new(Code::BadRequest, format!("\"{}\" is needed.", question.title)))
    }

    fn open(&self, url: &str) -> Result<(), Problem> {
        let mark =
            url::Url::parse(url).ok().and_then(|url| mark(&Form::parse(url.query().unwrap_or_default().as_bytes())));
        let shown = (self.resolve)(url);
        // A service file names the address. A browser must not run what it says.
        if !shown.starts_with("https://") && !shown.starts_with("http://") {
            return Err(Problem::new(Code::BadService, "The address of the provider's page is no web address."));
        }
        *lock(&self.attempt.mark) = mark;
        self.attempt.stage.send_replace(Stage::Open(shown));
        Ok(())
    }

    fn tell(&self, line: &str) {
        lock(&self.attempt.told).push(line.to_owned());
    }
}

/// What ties a callback to its login.
fn mark(query: &Form) -> Option<String> {
    ["state", "oauth_token", "denied"].iter().map(|name| query.get(name)).find(|m| !m.is_empty()).map(str::to_owned)
}

impl Attempts {
    /// Begins a login. One that the same session has begun for the same connection ends.
    pub(super) fn begin(
        &self,
        registry: &Arc<Registry>,
        owner: [u8; 32],
        service: &Service,
        options: ConnectOptions,
        after: After,
        resolve: Box<dyn Fn(&str) -> String + Send + Sync>,
    ) -> Result<Arc<Attempt>, Problem> {
        let id = web::random().map_err(super::no_random)?;
        let (send, answers) = mpsc::channel();
        let name = options.name.clone().unwrap_or_else(|| service.id.clone());
        let attempt = Arc::new(Attempt {
            id: id.clone(),
            owner,
            service: service.name.clone(),
            key: Key { environment: options.environment.clone(), name, subject: options.subject.clone() },
            after,
            begun: Instant::now(),
            stage: watch::Sender::new(Stage::Working),
            mark: Mutex::default(),
            back: Mutex::new(Some(send)),
            told: Mutex::default(),
        });
        {
            let mut all = lock(&self.all);
            all.retain(|_, other| {
                let same = other.owner == owner && other.key == attempt.key;
                let keep = !same && other.begun.elapsed() < PATIENCE + WAIT;
                if !keep {
                    lock(&other.back).take();
                }
                keep
            });
            if all.len() >= MOST {
                return Err(Problem::new(Code::NotSupported, "Too many logins are under way.")
                    .with_help("Try again in a few minutes."));
            }
            all.insert(id, Arc::clone(&attempt));
        }
        let ui = Arc::new(Browser { attempt: Arc::clone(&attempt), answers: Mutex::new(answers), resolve });
        let (registry, service, ended) = (Arc::clone(registry), service.id.clone(), Arc::clone(&attempt));
        tokio::spawn(async move {
            let result = registry.connect(&service, options, ui).await.map(|connection| connection.key());
            ended.stage.send_replace(Stage::Ended(result));
        });
        Ok(attempt)
    }

    fn find(&self, id: &str, owner: [u8; 32]) -> Option<Arc<Attempt>> {
        lock(&self.all).get(id).filter(|attempt| attempt.owner == owner).map(Arc::clone)
    }

    fn marked(&self, mark: &str, owner: [u8; 32]) -> Option<Arc<Attempt>> {
        let all = lock(&self.all);
        let found = all.values().find(|attempt| attempt.owner == owner && lock(&attempt.mark).as_deref() == Some(mark));
        found.map(Arc::clone)
    }

    fn end(&self, attempt: &Attempt) {
        lock(&attempt.back).take();
        lock(&self.all).remove(&attempt.id);
    }
}

impl After {
    /// Where a login is begun again.
    fn again(&self, key: &Key) -> String {
        match self {
            After::View => about("/connections/view", key),
            After::Thanks(token) => format!("/consent/{token}"),
        }
    }
}

impl Drop for Attempts {
    /// Logins end with the console: nobody comes back to them, and the program must not wait for them.
    fn drop(&mut self) {
        for attempt in lock(&self.all).values() {
            lock(&attempt.back).take();
        }
    }
}

impl Attempt {
    /// How far it has come once it no longer talks with the provider; `past` is a stage that is known already.
    async fn next(&self, is_news: impl Fn(&Stage) -> bool) -> Stage {
        let mut stage = self.stage.subscribe();
        let waited = tokio::time::timeout(WAIT, stage.wait_for(|stage| is_news(stage))).await;
        match waited {
            Ok(Ok(stage)) => stage.clone(),
            _ => Stage::Working,
        }
    }
}

impl Console {
    /// Begins a login and tells the browser where to go: to the page that leads to the provider, or to the connection.
    ///
    /// # Errors
    /// What ended the login before the person had to do anything.
    pub(super) async fn log_in(
        &self,
        session: &Session<Who>,
        service: &Service,
        mut options: ConnectOptions,
        after: After,
    ) -> Result<Response, Problem> {
        options.way = Way::Paste(self.redirect_url());
        let workplace = Arc::clone(&self.shared.settings.workplace);
        let resolve = Box::new(move |url: &str| workplace.resolve(url));
        let attempts = &self.shared.attempts;
        let attempt = attempts.begin(&self.registry(), session.id(), service, options, after, resolve)?;
        match attempt.next(|stage| !matches!(stage, Stage::Working)).await {
            Stage::Ended(result) => {
                if let Err(problem) = result {
                    attempts.end(&attempt);
                    self.note_login(session, &attempt, &Err(problem.clone()));
                    return Err(problem);
                }
                Ok(self.end_login(session, &attempt, result).await)
            }
            Stage::Open(_) | Stage::Working => Ok(see_other(&format!("/connections/login/{}", attempt.id))),
        }
    }

    fn note_login(&self, session: &Session<Who>, attempt: &Attempt, result: &Result<Key, Problem>) {
        let outcome = match result {
            Ok(_) => Ok(""),
            Err(problem) => Err(problem.message.as_str()),
        };
        self.shared.history.note(&session.who.name, "connected", &attempt.key, outcome);
    }

    async fn end_login(&self, session: &Session<Who>, attempt: &Attempt, result: Result<Key, Problem>) -> Response {
        self.shared.attempts.end(attempt);
        self.note_login(session, attempt, &result);
        match (result, &attempt.after) {
            (Ok(key), After::View) => {
                self.flash(session, Flash::good(format!("Connected to {}.", attempt.service)));
                see_other(&about("/connections/view", &key))
            }
            (Ok(_), After::Thanks(token)) => self.thank(token.clone(), &attempt.service).await,
            (Err(problem), after) => {
                self.flash(session, problem);
                // What was typed is kept as a draft.
                see_other(&after.again(&attempt.key))
            }
        }
    }
}

/// `/connections/login/{id}`: leads to the provider, and waits for a login that needs no callback.
pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    Path(id): Path<String>,
) -> Response {
    let Some(attempt) = console.shared.attempts.find(&id, session.id()) else {
        console.flash(&session, Flash::note("That login has ended."));
        return see_other("/connections");
    };
    let stage = attempt.stage.borrow().clone();
    let (url, told) = match stage {
        Stage::Ended(result) => return console.end_login(&session, &attempt, result).await,
        Stage::Open(url) => (Some(url), lock(&attempt.told).clone()),
        Stage::Working => (None, Vec::new()),
    };
    // Without a mark there is no callback: the page looks by itself whether the login has ended.
    let waits = lock(&attempt.mark).is_none();
    let host = url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let content = html! {
        div.narrow {
            h1 { "Your consent at " (attempt.service) }
            @match &url {
                Some(url) => {
                    p { "The next page belongs to the provider, at " b { (host) } ". Sign in there and allow the access. "
                        "The provider then sends you back here, and the connection " code { (attempt.key.name) } " is ready." }
                    @for line in &told { p { b { (line) } } }
                    div.actions {
                        @if waits {
                            a.button href=(url) target="_blank" rel="noopener noreferrer" { "Proceed to " (attempt.service) }
                        } @else {
                            a.button href=(url) rel="noreferrer" { "Proceed to " (attempt.service) }
                        }
                        form method="post" { (token(&session)) button.plain { "Give up" } }
                    }
                }
                None => p role="status" { "Talking with the provider …" }
            }
        }
    };
    let mut frame = console.frame(&session, "Consent", "/connections");
    frame.again = waits.then_some(3);
    frame.page(&content)
}

/// Ends a login that the person does not want any more.
pub(super) async fn give_up(
    State(console): State<Console>,
    Extension(session): Visit,
    Path(id): Path<String>,
) -> Response {
    if let Some(attempt) = console.shared.attempts.find(&id, session.id()) {
        console.shared.attempts.end(&attempt);
        console.flash(&session, Flash::note("Given up. What you have entered is kept as a draft."));
        return see_other(&attempt.after.again(&attempt.key));
    }
    see_other("/connections")
}

/// `/oauth/callback`: where the provider sends the browser.
pub(super) async fn callback(
    State(console): State<Console>,
    Extension(session): Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let mark = mark(&Form::parse(query.as_bytes()));
    let Some(attempt) = mark.and_then(|mark| console.shared.attempts.marked(&mark, session.id())) else {
        let message = "This answer of a provider belongs to no login that you have begun here. Nothing was changed.";
        return (StatusCode::BAD_REQUEST, failed("Not the login that is waited for", message)).into_response();
    };
    let Some(back) = lock(&attempt.back).take() else {
        return see_other(&format!("/connections/login/{}", attempt.id));
    };
    // The login may have ended; then its stage says so.
    let _ = back.send(format!("{}?{query}", console.redirect_url()));
    match attempt.next(|stage| matches!(stage, Stage::Ended(_))).await {
        Stage::Ended(result) => console.end_login(&session, &attempt, result).await,
        _ => {
            *lock(&attempt.mark) = None;
            attempt.stage.send_replace(Stage::Working);
            see_other(&format!("/connections/login/{}", attempt.id))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
