//! The form of a login: for a new connection, and for one that is authorised again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use maud::{Markup, html};
use rainwright::Problem;
use rainwright::connections::{Auth, Connection, Key, Reference, Secret, Service, name, registration};
use rainwright::runtime::connect::{ConnectOptions, Question, Way, questions};

use super::attempt::After;
use super::frame::{Visit, about, key_fields, key_of, tabs};
use super::words::{has_consent_page, signs_in_with};
use super::{Console, blocking};
use crate::web::{Attributes, Form, Session, field, hidden, see_other, select, token};

/// The prefix of the name of a question in the form.
const ANSWER: &str = "answer.";
/// The choice of a client that is typed in.
const TYPED: &str = "";

/// What a form is filled with.
struct Filled<'a> {
    service: &'a Service,
    /// The connection that is authorised again.
    known: Option<&'a Connection>,
    /// Connections whose client can be used once more.
    clients: &'a [Connection],
    /// A link name that is free.
    free: String,
    /// What was sent before.
    form: &'a Form,
}

/// `/connections/pick/{service}`: a new connection to a service.
pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    Path(id): Path<String>,
) -> Response {
    let service = match console.registry().catalogue().get(&id) {
        Ok(service) => service,
        Err(problem) => {
            console.flash(&session, problem);
            return see_other("/connections/pick");
        }
    };
    let (form, (clients, free)) = (Form::default(), console.around(&service).await);
    let content =
        console.form(&session, &Filled { service: &service, known: None, clients: &clients, free, form: &form });
    console.page(&session, &format!("Connect to {}", service.name), "/connections", &content)
}

/// `POST /connections/connect`: Create and connect.
pub(super) async fn create(
    State(console): State<Console>,
    Extension(session): Visit,
    Extension(form): Extension<Form>,
) -> Response {
    let service = match console.registry().catalogue().get(form.get("service")) {
        Ok(service) => service,
        Err(problem) => {
            console.flash(&session, problem);
            return see_other("/connections/pick");
        }
    };
    let done = async {
        let options = console.options(&service, &form, false).await?;
        console.log_in(&session, &service, options, After::View).await
    };
    match done.await {
        Ok(response) => response,
        Err(problem) => {
            let (clients, free) = console.around(&service).await;
            let filled = Filled { service: &service, known: None, clients: &clients, free, form: &form };
            let content = console.form(&session, &filled);
            console.refused(&session, "Not connected", "/connections", &content, problem)
        }
    }
}

/// `/connections/reconnect?name=…`: authorises a connection again.
pub(super) async fn again_page(
    State(console): State<Console>,
    Extension(session): Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    match console.known(&form).await {
        Ok((connection, service)) => {
            let form = Form::default();
            let filled =
                Filled { service: &service, known: Some(&connection), clients: &[], free: String::new(), form: &form };
            let content = console.form(&session, &filled);
            console.page(&session, &format!("Reconnect {}", connection.name), "/connections", &content)
        }
        Err(problem) => {
            console.flash(&session, problem);
            see_other("/connections")
        }
    }
}

/// `POST /connections/reconnect`.
pub(super) async fn again(
    State(console): State<Console>,
    Extension(session): Visit,
    Extension(form): Extension<Form>,
) -> Response {
    let (connection, service) = match console.known(&form).await {
        Ok(known) => known,
        Err(problem) => {
            console.flash(&session, problem);
            return see_other("/connections");
        }
    };
    let done = async {
        let options = console.options(&service, &form, true).await?;
        console.log_in(&session, &service, options, After::View).await
    };
    match done.await {
        Ok(response) => response,
        Err(problem) => {
            let filled =
                Filled { service: &service, known: Some(&connection), clients: &[], free: String::new(), form: &form };
            let content = console.form(&session, &filled);
            console.refused(&session, "Not connected", "/connections", &content, problem)
        }
    }
}

impl Console {
    /// The connection that a form names, with its service.
    pub(super) async fn known(&self, form: &Form) -> Result<(Connection, Arc<Service>), Problem> {
        let (registry, key) = (self.registry(), key_of(form)?);
        blocking(move || {
            let connection = registry.store().load(&key)?.ok_or_else(|| registry.unknown(&key))?;
            let service = registry.catalogue().of(&connection)?;
            Ok((connection, service))
        })
        .await
    }

    /// The connections of a service whose client another connection can use, and a link name that is free.
    async fn around(&self, service: &Service) -> (Vec<Connection>, String) {
        let (registry, id) = (self.registry(), service.id.clone());
        let all = blocking(move || registry.store().list()).await.unwrap_or_default();
        let free = name::free(&service.id, all.iter().map(|one| one.name.as_str()));
        (all.into_iter().filter(|one| one.service == id && !one.client().is_empty()).collect(), free)
    }

    /// The options of the login that a form describes.
    pub(super) async fn options(&self, service: &Service, form: &Form, again: bool) -> Result<ConnectOptions, Problem> {
        let key = key_of(form)?;
        let environment = if form.has("env") { key.environment } else { self.shared.settings.environment.clone() };
        let mut options = ConnectOptions {
            name: Some(key.name),
            environment: if again { key_of(form)?.environment } else { environment },
            subject: key.subject,
            reconnect: again,
            label: form.has("label").then(|| form.get("label").to_owned()),
            scopes: scopes(form),
            ..ConnectOptions::default()
        };
        let (client, kept) = self.client(service, form.get("client")).await?;
        options.answers.extend(client);
        options.references.extend(kept);
        for (name, answer) in answers(service, form, |_| true) {
            options.references.remove(&name);
            options.answers.insert(name, answer);
        }
        Ok(options)
    }

    /// The client of the connection that was chosen, if one was.
    async fn client(&self, service: &Service, chosen: &str) -> Result<Client, Problem> {
        if chosen == TYPED {
            return Ok(Client::default());
        }
        let key = key_of(&Form::parse(chosen.as_bytes()))?;
        let (registry, id) = (self.registry(), service.id.clone());
        blocking(move || {
            let found = registry.store().load(&key)?.filter(|connection| connection.service == id);
            let connection = found.ok_or_else(|| registry.unknown(&key))?;
            let answers = connection.client();
            let of_client = |name: &str| matches!(name, "client_secret" | "consumer_secret");
            let references = connection.references.into_iter().filter(|(name, _)| of_client(name)).collect();
            Ok((answers, references))
        })
        .await
    }

    fn form(&self, session: &Session<super::access::Who>, filled: &Filled<'_>) -> Markup {
        let Filled { service, known, clients, free, form } = filled;
        let (action, verb) = match known {
            Some(_) => ("/connections/reconnect", "Connect again"),
            None => ("/connections/connect", "Create and connect"),
        };
        html! {
            @match known {
                Some(connection) => {
                    p.crumbs { a href=(about("/connections/view", &connection.key())) { (connection.label) } }
                    div.head { h1 { "Reconnect " (connection.label) } }
                }
                None => (tabs("/connections/pick", session)),
            }
            div.columns {
                section.sheet aria-labelledby="form-title" {
                    h2 #form-title {
                        @match known {
                            Some(_) => "The login",
                            None => { "Connect to " (service.name) }
                        }
                    }
                    form method="post" action=(action) {
                        (token(session))
                        @match known {
                            Some(connection) => (key_fields(&connection.key())),
                            None => (names(service, free, form)),
                        }
                        (asked(service, known.is_some(), clients, form))
                        (scope_fields(service, *known, form))
                        div.actions {
                            button { (verb) }
                            @match known {
                                Some(connection) => a href=(about("/connections/view", &connection.key())) { "Cancel" },
                                None => a href="/connections/pick" { "Cancel" },
                            }
                        }
                    }
                }
                (guidance(service, &self.redirect_url()))
            }
        }
    }
}

/// The answers of a form to the questions of a login that are wanted.
pub(super) fn answers(service: &Service, form: &Form, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Secret> {
    let all = questions(service, &Way::default()).into_iter().filter(|question| wanted(&question.name));
    let answered = all.filter_map(|question| {
        // A password may begin or end with a blank.
        let sent = form.raw(&format!("{ANSWER}{}", question.name));
        let answer = if question.secret { sent } else { sent.trim() };
        (!answer.is_empty()).then(|| (question.name, Secret::new(answer)))
    });
    answered.collect()
}

/// Whether a question is about the application at the provider, and not about the person.
pub(super) fn is_client(question: &str) -> bool {
    matches!(question, "client_id" | "client_secret" | "consumer_key" | "consumer_secret")
}

/// The questions to somebody who has opened a consent link.
pub(super) fn asked_of_guests(service: &Service, form: &Form) -> Markup {
    let all = questions(service, &Way::default()).into_iter().filter(|question| !is_client(&question.name));
    html! { @for question in all { (answer(&question, false, form)) } }
}

/// What is known of a client: values, and where secrets are read.
type Client = (BTreeMap<String, Secret>, BTreeMap<String, Reference>);

/// The names of a new connection, and whose it is.
fn names(service: &Service, free: &str, form: &Form) -> Markup {
    let label = if form.has("label") { form.get("label") } else { &service.name };
    let name = if form.has("name") { form.get("name") } else { free };
    html! {
        (hidden("service", &service.id))
        (field("label", "Connection name", label, "", Attributes::default()))
        (field("name", "Link name", name,
            "Scripts use it: connection: \"link_name\". A small letter, then small letters, digits and _.",
            Attributes { pattern: Some("[a-z][a-z0-9_]{0,49}"), name_from: (!form.has("name")).then_some("label"), ..Attributes::default() }))
        (whose(form))
    }
}

/// For whom, and in which environment: most people need neither.
pub(super) fn whose(form: &Form) -> Markup {
    let optional = Attributes { optional: true, ..Attributes::default() };
    html! {
        details.line open[form.has("user") || form.has("env")] {
            summary { "One user, or another environment" }
            (field("user", "User", form.get("user"), "Only runs for this user use the connection. Empty is everybody.", optional))
            (field("env", "Environment", form.get("env"), "Such as production. Scripts run with --env use its connections.", optional))
        }
    }
}

/// The questions of the login. The client can be that of another connection.
fn asked(service: &Service, again: bool, clients: &[Connection], form: &Form) -> Markup {
    let all = questions(service, &Way::default());
    let (client, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|question| is_client(&question.name));
    // What a login in the browser knows already is kept; keys and passwords are asked for again.
    let keeps = again && matches!(service.auth(), Auth::OAuth1(_) | Auth::OAuth2(_));
    let keeps_fields: BTreeSet<&str> = service.fields.iter().filter(|_| again).map(|f| f.name.as_str()).collect();
    html! {
        @for question in &others { (answer(question, keeps || keeps_fields.contains(&*question.name), form)) }
        @if client.is_empty() {
        } @else if let Some(first) = clients.first() {
            @let chosen = if form.has("service") { form.get("client").to_owned() } else { chosen_as(&first.key()) };
            @let choices: Vec<(String, String)> = clients.iter()
                .map(|one| (chosen_as(&one.key()), format!("The one of {}", one.key())))
                .chain([(TYPED.to_owned(), "Another one, entered below".to_owned())]).collect();
            (select("client", "Application at the provider", &chosen, "Its client id and secret.",
                choices.iter().map(|(value, text)| (value.as_str(), text.as_str()))))
            details open[chosen == TYPED] {
                summary { "Enter another application" }
                @for question in &client { (answer(question, true, form)) }
            }
        } @else if keeps {
            details.line { summary { "Use another application" } @for question in &client { (answer(question, true, form)) } }
        } @else {
            @for question in &client { (answer(question, false, form)) }
        }
    }
}

fn chosen_as(key: &Key) -> String {
    about("", key).trim_start_matches('?').to_owned()
}

/// The field of a question. A secret that was sent does not come back in the page.
fn answer(question: &Question, kept: bool, form: &Form) -> Markup {
    let name = format!("{ANSWER}{}", question.name);
    let sent = if question.secret { "" } else { form.get(&name) };
    let help = match (&question.default, &question.example) {
        _ if kept => "Leave it empty to keep what is stored.".to_owned(),
        (Some(default), _) => format!("Usually {default}."),
        (None, Some(example)) => format!("Such as {example}."),
        (None, None) => String::new(),
    };
    if !question.choices.is_empty() {
        let empty = (kept || question.optional || question.default.is_some()).then_some(("", "–"));
        let choices = empty.into_iter().chain(question.choices.iter().map(|choice| (choice.as_str(), choice.as_str())));
        return select(&name, &question.title, sent, &help, choices);
    }
    let kind = if question.secret { "password" } else { "text" };
    let optional = kept || question.optional || question.default.is_some();
    let autocomplete = if question.secret { "new-password" } else { "off" };
    let more = Attributes { optional, kind: Some(kind), autocomplete: Some(autocomplete), ..Attributes::default() };
    field(&name, &question.title, sent, &help, more)
}

/// The scopes of OAuth 2.0: those that the service names to tick, and a field for others.
fn scope_fields(service: &Service, known: Option<&Connection>, form: &Form) -> Markup {
    let Auth::OAuth2(settings) = service.auth() else {
        return html! {};
    };
    let sent: Vec<String> = scopes(form);
    let ticked: Vec<&str> = match known {
        _ if !sent.is_empty() => sent.iter().map(String::as_str).collect(),
        Some(connection) if !connection.scopes.is_empty() => connection.scopes.iter().map(String::as_str).collect(),
        _ => settings.default_scopes.iter().map(String::as_str).collect(),
    };
    let named: BTreeMap<&str, &str> = settings
        .default_scopes
        .iter()
        .map(|scope| (scope.as_str(), ""))
        .chain(service.scopes.iter().map(|(scope, about)| (scope.as_str(), about.as_str())))
        .collect();
    let more: Vec<&str> = ticked.iter().filter(|scope| !named.contains_key(*scope)).copied().collect();
    html! {
        @if !named.is_empty() {
            fieldset {
                legend { "Scopes" }
                div.scopes tabindex="0" role="group" aria-label="Scopes" {
                    @for (scope, about) in &named {
                        label.check {
                            input type="checkbox" name="scope" value=(scope) checked[ticked.contains(scope)];
                            span { code { (scope) } @if !about.is_empty() { br; span.soft { (about) } } }
                        }
                    }
                }
            }
        }
        (field("scopes", if named.is_empty() { "Scopes" } else { "More scopes" }, &more.join(" "),
            "Separated by blanks. What the connection may do, in the provider's words.",
            Attributes { optional: true, ..Attributes::default() }))
    }
}

/// The scopes of a form: those that are ticked, and those that are typed.
fn scopes(form: &Form) -> Vec<String> {
    let typed = form.get("scopes").split([' ', ',', '\n', '\r', '\t']).filter(|scope| !scope.is_empty());
    let mut all: Vec<String> = form.all("scope").chain(typed).map(str::to_owned).collect();
    let mut seen = BTreeSet::new();
    all.retain(|scope| seen.insert(scope.clone()));
    all
}

/// What to do at the provider before, and what will happen.
fn guidance(service: &Service, redirect: &str) -> Markup {
    let consents = has_consent_page(service);
    html! {
        aside {
            section.sheet {
                h2 { "How it goes" }
                ol.steps {
                    @if consents {
                        li {
                            "Register an application with " (service.name)
                            @if let Some(console) = &service.console { " at " (outside(console)) }
                            ". It gives you a client id and a secret."
                        }
                        li { "Enter the redirect URL below there." }
                        li { "Fill in this form and press " b { "Create and connect" } "." }
                        li { "Agree on the provider's page. It sends you back here." }
                    } @else {
                        li {
                            "Find or make the credentials"
                            @if let Some(console) = &service.console { " at " (outside(console)) }
                            "."
                        }
                        li { "Enter them here. They are stored encrypted, and go to the service's hosts only." }
                    }
                }
                @if let Some(known) = registration::of(service) {
                    details.line open {
                        summary { "Where to click at " (service.name) }
                        @if !known.steps.is_empty() { ol.steps { @for step in &known.steps { li { (step) } } } }
                        @if let Some(sentence) = &known.known { p { (sentence) } }
                        p.soft { "As of " (outside(&known.source)) }
                    }
                }
                @if consents { (redirect_field(redirect)) }
                @if let Some(notes) = &service.notes { p.soft { (notes) } }
                @if let Some(docs) = &service.docs { p { "The provider's guide: " (outside(docs)) } }
                p.soft { "Signs in with: " (signs_in_with(service)) }
            }
        }
    }
}

/// The redirect URL, to copy.
pub(super) fn redirect_field(redirect: &str) -> Markup {
    html! {
        div.field {
            label for="redirect" { "Redirect URL" }
            div.copy {
                input #redirect readonly value=(redirect);
                button.plain type="button" data-copy hidden { "Copy" }
            }
            p.help { "Copy it into the application's settings at the provider, exactly." }
        }
    }
}

/// A link to another site. A service file names it, so only web addresses become links.
pub(super) fn outside(url: &str) -> Markup {
    let host = url::Url::parse(url)
        .ok()
        .filter(|url| url.scheme() == "https")
        .and_then(|url| url.host_str().map(str::to_owned));
    html! {
        @match host {
            Some(host) => a href=(url) rel="noopener noreferrer" target="_blank" { (host) },
            None => code { (url) },
        }
    }
}
