//! `/connections/custom`: describes a service of one's own, and connects to it in the same step.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maud::{Markup, html};
use rainwright::connections::describe::{Answers, describe};
use rainwright::connections::{Catalogue, Secret, Service, name};
use rainwright::{Code, Problem};

use super::connect::{redirect_field, whose};
use super::frame::{Visit, tabs};
use super::{Console, blocking};
use crate::web::{Attributes, Form, field, hidden, select, token};

/// The ways of signing in, with their names on the page.
const KINDS: &[(&str, &str)] =
    &[("oauth2", "OAuth 2.0"), ("oauth1", "OAuth 1.0"), ("basic", "Basic"), ("api_key", "API key")];

/// `GET`: an empty form for one way of signing in.
pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let content = content(&console, &session, &form);
    console.page(&session, "Custom service", "/connections", &content)
}

/// `POST`: Create and connect.
pub(super) async fn create(
    State(console): State<Console>,
    Extension(session): Visit,
    Extension(form): Extension<Form>,
) -> Response {
    let done = async {
        let service = console.keep_service(&form).await?;
        let mut options = console.options(&service, &form, false).await?;
        options.answers.extend(values(&form)?);
        match console.log_in(&session, &service, options, super::attempt::After::View).await {
            Ok(response) => Ok(response),
            // The service is there now: the rest is done on its own page.
            Err(problem) => {
                console.flash(&session, problem);
                Ok(crate::web::see_other(&format!("/connections/pick/{}", service.id)))
            }
        }
    };
    match done.await {
        Ok(response) => response,
        Err(problem) => {
            let content = content(&console, &session, &form);
            console.refused(&session, "Custom service", "/connections", &content, problem)
        }
    }
}

impl Console {
    /// Writes the service file that a form describes, and takes the service into the catalogue.
    async fn keep_service(&self, form: &Form) -> Result<std::sync::Arc<Service>, Problem> {
        let names = values(form)?.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
        let named = [
            ("name", "service_name"),
            ("kind", "kind"),
            ("api", "api"),
            ("request_token_url", "request_token_url"),
            ("authorize_url", "authorize_url"),
            ("access_token_url", "access_token_url"),
            ("token_url", "token_url"),
            ("refresh_url", "refresh_url"),
            ("revoke_url", "revoke_url"),
            ("grant", "grant"),
            ("scopes", "scopes"),
            ("scope_delimiter", "scope_delimiter"),
            ("client_auth", "client_auth"),
            ("authorize_params", "authorize_params"),
            ("signature_method", "signature_method"),
            ("place", "place"),
            ("key", "key"),
        ];
        let mut answers: Answers =
            named.into_iter().map(|(answer, field)| (answer.to_owned(), form.get(field).to_owned())).collect();
        answers.insert("fields".to_owned(), names);
        let wanted = if form.has("service_id") { form.get("service_id") } else { form.get("service_name") };
        let wanted = name::from_label(wanted);
        let shipped = Catalogue::shipped();
        // A service of one's own does not take the place of a ready-made one, whose name it may well have.
        let id = if shipped.ids().contains(&wanted.as_str()) {
            name::free(&wanted, self.registry().catalogue().ids())
        } else {
            wanted
        };
        answers.insert("id".to_owned(), id);
        let toml = describe(&answers)?;
        let service = Service::from_toml(None, &toml)?;
        let (workplace, id) = (std::sync::Arc::clone(&self.shared.settings.workplace), service.id.clone());
        let catalogue = blocking(move || workplace.save_service(&id, &toml)).await?;
        self.set_catalogue(catalogue);
        self.registry().catalogue().get(&service.id)
    }
}

/// The values that the service's addresses mention, as lines `dc=us6`.
fn values(form: &Form) -> Result<Vec<(String, Secret)>, Problem> {
    let lines = form.get("values").lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once('=') {
            Some((name, value)) => Ok((name.trim().to_owned(), Secret::new(value.trim()))),
            None => Err(Problem::new(Code::BadRequest, format!("The value \"{line}\" has no name."))
                .with_help("Write each on a line of its own: name=value, such as dc=us6.")),
        })
        .collect()
}

fn content(console: &Console, session: &crate::web::Session<super::access::Who>, form: &Form) -> Markup {
    let kind = KINDS.iter().map(|(kind, _)| *kind).find(|kind| *kind == form.get("kind")).unwrap_or("oauth2");
    let redirect = console.redirect_url();
    html! {
        (tabs("/connections/custom", session))
        nav aria-label="How the service signs in" {
            ul.pills {
                @for (name, title) in KINDS {
                    li { a href={ "/connections/custom?kind=" (name) } aria-current=[(*name == kind).then_some("true")] { (title) } }
                }
            }
        }
        div.columns {
            form.sheet method="post" action="/connections/custom" {
                (token(session))
                (hidden("kind", kind))
                h2 { "The service" }
                (text(form, "service_name", "Service name", "", "MailChimp"))
                (field("service_id", "Link name of the service", form.get("service_id"), "",
                    Attributes { optional: true, pattern: Some("[a-z][a-z0-9_]{0,49}"), name_from: (!form.has("service_id")).then_some("service_name"), ..Attributes::default() }))
                (text(form, "api", "Address of its API",
                    "Credentials go to this host and to no other. A part that differs by account is written in braces: https://{dc}.api.example.com",
                    "https://api.example.com"))
                @match kind {
                    "oauth2" => (oauth2(form)),
                    "oauth1" => (oauth1(form)),
                    "basic" => (basic(form)),
                    _ => (api_key(form)),
                }
                h2 { "The connection" }
                (text(form, "label", "Connection name", "", ""))
                (field("name", "Link name", form.get("name"), "Scripts use it: connection: \"link_name\".",
                    Attributes { pattern: Some("[a-z][a-z0-9_]{0,49}"), name_from: (!form.has("name")).then_some("label"), ..Attributes::default() }))
                @if kind == "oauth2" {
                    (optional(form, "scopes", "Scopes", "Separated by blanks."))
                }
                (area(form, "values", "Values in addresses", "One a line, for each name in braces: dc=us6"))
                (whose(form))
                button { "Create and connect" }
            }
            aside {
                section.sheet {
                    h2 { "What it is" }
                    p { "A custom service tells how to sign in with a provider. It becomes one small file in the project's "
                        code { "services" } " folder, without secrets; after that it appears under " b { "Pick your service" }
                        ", for further connections." }
                    @if matches!(kind, "oauth2" | "oauth1") { (redirect_field(&redirect)) }
                }
            }
        }
    }
}

fn text(form: &Form, name: &str, label: &str, help: &str, placeholder: &str) -> Markup {
    let placeholder = (!placeholder.is_empty()).then_some(placeholder);
    field(name, label, form.get(name), help, Attributes { placeholder, ..Attributes::default() })
}

fn optional(form: &Form, name: &str, label: &str, help: &str) -> Markup {
    field(name, label, form.get(name), help, Attributes { optional: true, ..Attributes::default() })
}

/// A secret: what was sent does not come back in the page.
fn secret(name: &str, label: &str, optional: bool) -> Markup {
    let more =
        Attributes { kind: Some("password"), autocomplete: Some("new-password"), optional, ..Attributes::default() };
    field(name, label, "", "", more)
}

fn area(form: &Form, name: &str, label: &str, help: &str) -> Markup {
    let (id, help_id) = (format!("f-{name}"), format!("f-{name}-help"));
    html! {
        div.field {
            label for=(id) { (label) span.optional { " optional" } }
            textarea id=(id) name=(name) rows="3" spellcheck="false" aria-describedby=(help_id) { (form.get(name)) }
            p.help id=(help_id) { (help) }
        }
    }
}

fn oauth2(form: &Form) -> Markup {
    html! {
        (text(form, "answer.client_id", "Client ID", "", ""))
        (secret("answer.client_secret", "Client secret", false))
        (text(form, "authorize_url", "Authorize URL", "", "https://login.example.com/oauth2/authorize"))
        (text(form, "token_url", "Access token URL", "", "https://login.example.com/oauth2/token"))
        (optional(form, "refresh_url", "Refresh token URL", "When it is not the access token URL."))
        (area(form, "authorize_params", "Further parameters",
            "What else the provider wants in the authorize URL, one a line: access_type=offline. Redirect URL, client id, response type and state are filled in."))
        details.line open[["revoke_url", "scope_delimiter", "client_auth", "place"].iter().any(|name| form.has(name))] {
            summary { "For providers that differ" }
            (optional(form, "revoke_url", "Revoke URL", "Where tokens are given back."))
            (optional(form, "scope_delimiter", "Between scopes", "Empty is a blank; Zoho and Slack want a comma."))
            (select("client_auth", "Client id and secret at the token URL", form.get("client_auth"), "",
                [("body", "In the body"), ("basic", "As Basic authentication"), ("basic_raw", "As Basic, not encoded")]))
            (select("place", "The token goes", form.get("place"), "", [("header", "In the header Authorization"), ("query", "In the query")]))
        }
    }
}

fn oauth1(form: &Form) -> Markup {
    html! {
        (text(form, "answer.consumer_key", "Client ID (consumer key)", "", ""))
        (secret("answer.consumer_secret", "Client secret (consumer secret)", false))
        (text(form, "request_token_url", "Request token URL", "", "https://api.example.com/oauth/request_token"))
        (text(form, "authorize_url", "Authorize URL", "", "https://api.example.com/oauth/authorize"))
        (text(form, "access_token_url", "Access token URL", "", "https://api.example.com/oauth/access_token"))
        (area(form, "authorize_params", "Further parameters", "What else the provider wants in the authorize URL, one a line: name=value"))
        details.line open[form.has("signature_method") || form.has("place")] {
            summary { "For providers that differ" }
            (select("signature_method", "Signature method", form.get("signature_method"), "",
                ["HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT", "RSA-SHA1"].map(|method| (method, method))))
            (select("place", "The parameters go", form.get("place"), "",
                [("header", "In the header Authorization"), ("query", "In the query"), ("form", "In the form")]))
        }
    }
}

fn basic(form: &Form) -> Markup {
    html! {
        (text(form, "answer.username", "User name", "", ""))
        (secret("answer.password", "Password", false))
    }
}

fn api_key(form: &Form) -> Markup {
    html! {
        (text(form, "key", "Name of the header or parameter", "", "X-Api-Key"))
        (select("place", "The key goes", form.get("place"), "",
            [("header", "In a header"), ("query", "In the query"), ("form", "In the form")]))
        (secret("answer.api_key", "The key", false))
    }
}
