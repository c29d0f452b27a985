//! Runs a script for real as far as it only reads: what would change something is held back, and answered as such a service
//! would answer.

use std::collections::BTreeMap;

use rainwright::effect::{Call, Data, Effect, HttpRequest, Outcome, Records, Refusal, Ui};
use rainwright::{Done, Host, Inputs, Script};

use crate::TryOptions;
use crate::given::Given;
use crate::host::{Event, OpenHost, http_event, message_event};
use crate::infer::Analysis;
use crate::kept::Kept;
use crate::make::{Case, Maker};
use crate::product;
use crate::records::describe_records;

/// What a planned run did and would have done.
pub struct Plan {
    /// How the run ended.
    pub done: Done,
    /// Reads and what was held back, in order.
    pub steps: Vec<Step>,
}

/// One thing of a planned run.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Whether it was held back.
    pub held: bool,
    /// What it was.
    pub event: Event,
}

/// Runs a script so that it changes nothing: `inner` performs what only reads. `source` is the text of the script; `now`
/// dates what is made up, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Reads are GET and HEAD, unless the address says that it does something (`…/actions/execute`, webhooks, `/send`), queries
/// that are sent with POST (COQL), records that are fetched or counted, and tasks that look something up.
pub fn plan(script: &Script, source: &str, inner: &mut dyn Host, inputs: Inputs, now: i64) -> Plan {
    let parsed = rainwright_syntax::parse(source);
    let analysis = Analysis::new(source, &parsed.tree, rainwright::Profile::default_profile(), &TryOptions::default());
    let (case, facts, given) = (Case::default(), BTreeMap::new(), Given::default());
    let maker = Maker { shapes: &analysis.shapes, case: &case, facts: &facts, now, seed: 0, exact: false };
    let kept = Kept::new(Vec::new(), script.locale().clone(), now);
    let mut host = PlanHost { inner, made: OpenHost::new(&analysis, maker, &given, &kept), steps: Vec::new() };
    let done = script.run(&mut host, inputs);
    Plan { done, steps: host.steps }
}

struct PlanHost<'a> {
    inner: &'a mut dyn Host,
    /// Answers what is held back.
    made: OpenHost<'a>,
    steps: Vec<Step>,
}

impl Host for PlanHost<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let event = match &call.effect {
            Effect::Now | Effect::Random | Effect::Info { .. } => return self.inner.perform(call),
            Effect::Http(request) => http_event(call.line, request),
            Effect::Mail(message) => message_event(call.line, "mail", message),
            Effect::Sms(message) => message_event(call.line, "sms", message),
            Effect::Task { name, .. } if product::account(name).is_some() => return self.inner.perform(call),
            Effect::Task { name, arguments } => {
                let mut event = Event::new(call.line, "task", name.clone());
                event.body = Some(arguments.to_json());
                event
            }
            Effect::Function { name, arguments } => {
                let mut event = Event::new(call.line, "function", name.clone());
                event.body = Some(Data::List(arguments.clone()).to_json());
                event
            }
            Effect::Records(records) => Event::new(call.line, "records", describe_records(records)),
            Effect::Ui(action) if matches!(**action, Ui::Get { .. } | Ui::FieldNames | Ui::FieldValue { .. }) => {
                return self.inner.perform(call);
            }
            Effect::Ui(action) => Event::new(call.line, "form", action.to_string()),
            other => Event::new(call.line, "call", other.name().to_owned()),
        };
        let held = changes(&call.effect);
        let result = if held { self.made.perform(call) } else { self.inner.perform(call) };
        let mut event = event;
        if held {
            // The made-up answer, as it was noted.
            if let Some(noted) = self.made.events.last() {
                event.status = noted.status;
                event.answer.clone_from(&noted.answer);
                event.body = event.body.or_else(|| noted.body.clone());
            }
        } else if let Ok(Outcome::Http(response)) = &result {
            event.status = Some(response.status);
        }
        self.steps.push(Step { held, event });
        result
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}

/// Whether an effect may change something outside.
fn changes(effect: &Effect) -> bool {
    match effect {
        Effect::Now | Effect::Random | Effect::Info { .. } => false,
        Effect::Http(request) => !only_reads(request),
        Effect::Records(records) => !matches!(**records, Records::Fetch { .. } | Records::Aggregate { .. }),
        Effect::Task { name, arguments } => {
            let action = arguments.get("action").and_then(Data::as_text).unwrap_or_default();
            let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            let looks = ["get", "fetch", "search", "list", "is", "convertto", "profilefor"];
            !(action.eq_ignore_ascii_case("download") || looks.iter().any(|word| last.starts_with(word)))
        }
        _ => true,
    }
}

/// Words in an address that say that fetching it does something.
const DEEDS: &[&str] = &[
    "execute",
    "send",
    "sendmessage",
    "delete",
    "remove",
    "create",
    "add",
    "insert",
    "update",
    "upsert",
    "subscribe",
    "listsubscribe",
    "listunsubscribe",
    "unsubscribe",
    "trigger",
    "hook",
    "hooks",
    "webhook",
    "webhooks",
    "catch",
    "run",
    "submit",
    "custom",
    "cancel",
    "approve",
    "revoke",
    "token",
];

/// Whether a call only reads, as far as its method and address tell.
fn only_reads(request: &HttpRequest) -> bool {
    let address = request.url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if request.method == "POST" {
        return address.ends_with("/coql");
    }
    let does = address.split(['/', '.', ':']).any(|piece| DEEDS.contains(&piece));
    matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") && !does
}

#[cfg(test)]
mod tests {
    use super::changes;
    use rainwright::effect::{Data, Effect, HttpRequest};

    #[test]
    fn what_changes_something_is_told_from_what_reads() {
        let http = |method: &str, url: &str| Effect::Http(Box::new(HttpRequest::new(method, url)));
        for (method, url) in [
            ("GET", "https://www.zohoapis.com/crm/v8/Leads/1"),
            ("HEAD", "https://api.example.com/x"),
            ("POST", "https://www.zohoapis.com/crm/v8/coql"),
        ] {
            assert!(!changes(&http(method, url)), "{method} {url}");
        }
        for (method, url) in [
            ("POST", "https://www.zohoapis.com/crm/v8/Leads"),
            ("PUT", "https://www.zohoapis.com/crm/v8/Leads/1"),
            ("DELETE", "https://www.zohoapis.com/crm/v8/Leads/1"),
            ("PATCH", "https://desk.zoho.com/api/v1/tickets/1"),
            ("GET", "https://www.zohoapis.com/crm/v7/functions/f/actions/execute?auth_type=apikey"),
            ("GET", "https://hooks.example.com/catch/1"),
        ] {
            assert!(changes(&http(method, url)), "{method} {url}");
        }
        assert!(changes(&Effect::Mail(Box::default())));
        assert!(changes(&Effect::Sms(Box::default())));
        let task = |name: &str| Effect::Task { name: name.into(), arguments: Data::Null };
        assert!(changes(&task("thisapp.blueprint.changeStage")));
        assert!(!changes(&task("thisapp.permissions.isUserInRole")));
    }
}
