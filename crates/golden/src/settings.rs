//! The settings that a golden script makes in its comments: `//@ key: value`.

use rainwright::builtins::FunctionKind;
use rainwright_diagnostic::closest;

use crate::case::code_and_text;
use crate::events::STEPS;
use crate::{Case, Planned, Step};

/// How a section is run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `timezone: Asia/Kolkata`.
    pub timezone: Option<String>,
    /// `profile: zoho-creator`.
    pub profile: Option<String>,
    /// `kind: cliq-bot-message`: the kind of its function, whose product gives it variables.
    pub kind: Option<&'static FunctionKind>,
    /// `event: {"message": "hello"}`, or the name of a file with such JSON: the variables of the event.
    pub event: Option<String>,
    /// `now: 2025-01-31T10:00:00+05:30`, in milliseconds since the epoch; 2025-01-31T10:00:00Z when it is not set.
    pub now: Option<i64>,
    /// `seed: 7`, for random numbers.
    pub seed: u64,
    /// `use: ../invoice.dg`, any number of times: a file, as seen from the golden script, whose functions may be called.
    pub uses: Vec<String>,
    /// `entry: name`, the function to call.
    pub entry: Option<String>,
    /// `arg: name = value`, any number of times; a JSON value, or else a text.
    pub args: Vec<(String, String)>,
    /// `limit: fuel = 1000`: `fuel` (loop turns and calls), `depth`, `memory`, `output`, `statements` or `calls`.
    pub limits: Vec<(String, u64)>,
    /// `connection: name = [service] bearer "token"`, also `basic "user" "password"` and `key name "value"`.
    pub connections: Vec<String>,
    /// `script: ../invoice.dg`, the file to run in place of the golden script's own code.
    pub script: Option<String>,
    /// `played: invoice.jsonl`, the arguments and the answers of all calls: see [`Played`](crate::Played).
    pub played: Option<String>,
    /// `ends: E3011 no such lead`, the error that ends the run.
    pub ends: Option<u16>,
    /// A part of the message of that error; any message will do when it is empty.
    pub ends_text: String,
    /// `result: text`, what the script returns.
    pub result: Option<String>,
    /// `shown: Hello\nAda`: what the product shows of the result, with `\n` between lines.
    pub shown: Option<String>,
    /// `basis: documented`, how sure we are that Zoho does the same.
    pub basis: Option<String>,
    /// `tolerance: 1e-12`, how far printed numbers may differ from the expected ones, relatively.
    pub tolerance: Option<f64>,
    /// `check`: compare what the checker finds, and do not run.
    pub check: bool,
    /// `check: Claim`: the same, for a script of that form's events; `check: Claim on validate` names the event.
    pub check_form: Option<String>,
    /// That event.
    pub check_event: Option<String>,
    /// `form: {"name": "Claim", "fields": [{"name": "Amount", "type": "decimal"}]}`, any number of times: a form as JSON, or
    /// the name of a TOML file with one.
    pub forms: Vec<String>,
    /// `records: Claim = [{"Amount": 12}]`: records that are there before the run; `"#2"` is the ID of the second one given.
    pub records: Vec<(String, String)>,
    /// `after: Claim = [{"Amount": 15}]`: the records that must be there after the run, with the fields that matter.
    pub after: Vec<(String, String)>,
    /// `app: {"users": {"ada": {"profile": "Clerk"}}}`: what an application says of itself, for sections with workflows.
    pub app: Option<String>,
    /// `user: ada`: who acts, in sections with workflows.
    pub user: Option<String>,
    /// `workflow: {"form": "Claim", "record": "add", "event": "on validate"}`, any number of times: the event that the code
    /// below it serves.
    pub workflows: Vec<Step>,
    /// `submit: Claim {"Amount": 5}`, `then: {"refused": true}` and the like, in order.
    pub steps: Vec<Step>,
    /// `switch: unique_in_scripts = off`, any number of times: a decision about forms that may be taken otherwise.
    pub switches: Vec<(String, bool)>,
    /// `markup`: what is written into an HTML page counts as printed.
    pub markup: bool,
    /// `tag: slow, nightly`, any number of times: words by which `dg test --tag` picks tests.
    pub tags: Vec<String>,
    /// `case: small {"net": 100} => 119.00`, any number of times: the section runs once for each.
    pub cases: Vec<Case>,
    /// `stub: zoho.crm.getRecordById = {"id": 1}`, any number of times: what a task or a function of another file answers,
    /// in turn, the last one again and again; `error text` makes it fail.
    pub stubs: Vec<(String, String)>,
    /// `sandbox`, or `sandbox: lenient data=seed.json`: the services are played on this machine.
    pub sandbox: Option<String>,
    /// `fault: POST */members = 429`, `fault: 2 = timeout` or the JSON of a fault of the sandbox, any number of times.
    pub faults: Vec<Planned>,
    /// `snapshot: lead.json`: the file beside the golden script with the result as JSON; `--update` writes it.
    pub snapshot: Option<String>,
}

/// The names of limits.
const LIMITS: &[&str] = &["fuel", "depth", "memory", "output", "statements", "calls"];
/// The names of settings.
const KEYS: &[&str] = &[
    "timezone",
    "profile",
    "kind",
    "event",
    "now",
    "seed",
    "use",
    "entry",
    "arg",
    "limit",
    "connection",
    "result",
    "shown",
    "basis",
    "tolerance",
    "check",
    "markup",
    "form",
    "records",
    "after",
    "switch",
    "app",
    "user",
    "workflow",
    "script",
    "played",
    "ends",
    "tag",
    "case",
    "stub",
    "sandbox",
    "fault",
    "snapshot",
];

/// Half past nine in Greenwich on a Friday: the instant of a run that names none.
pub(crate) const DEFAULT_NOW: i64 = 1_738_317_600_000;

impl Settings {
    /// Takes one line after `//@`.
    pub(crate) fn take(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let (key, value) = (key.trim(), value.trim());
        match key {
            "timezone" => self.timezone = Some(value.into()),
            "profile" => self.profile = Some(value.into()),
            "kind" => {
                let kind = FunctionKind::find(value)
                    .map_err(|problem| format!("kind: {}. {}", problem.message, problem.help()))?;
                self.kind = Some(kind);
            }
            "event" => self.event = Some(value.into()),
            "now" => self.now = Some(instant(value)?),
            "seed" => self.seed = value.parse().map_err(|_| format!("seed: {value} is no number"))?,
            "use" => self.uses.push(value.into()),
            "entry" => self.entry = Some(value.into()),
            "arg" => self.args.push(pair(value)?),
            "limit" => {
                let (name, number) = pair(value)?;
                if !LIMITS.contains(&name.as_str()) {
                    return Err(format!("there is no limit '{name}': there are {}", LIMITS.join(", ")));
                }
                let number = number.parse().map_err(|_| format!("limit: {number} is no number"))?;
                self.limits.push((name, number));
            }
            "script" => self.script = Some(value.into()),
            "played" => self.played = Some(value.into()),
            "ends" => {
                let (code, text) = code_and_text(value.trim_start_matches('E'))
                    .ok_or_else(|| format!("ends: {value} is not like E3011"))?;
                (self.ends, self.ends_text) = (Some(code), text);
            }
            "connection" => self.connections.push(value.into()),
            "result" => self.result = Some(value.into()),
            "shown" => self.shown = Some(value.into()),
            "basis" => self.basis = Some(value.into()),
            "tolerance" => {
                self.tolerance = Some(value.parse().map_err(|_| format!("tolerance: {value} is no number"))?)
            }
            "markup" if !value.is_empty() => return Err(format!("{key} takes no value")),
            "form" => self.forms.push(value.into()),
            "records" => self.records.push(pair(value)?),
            "after" => self.after.push(pair(value)?),
            "app" => self.app = Some(value.into()),
            "user" => self.user = Some(value.into()),
            "workflow" => self.workflows.push(Step { line: 0, word: key.into(), text: value.into() }),
            step if STEPS.contains(&step) => self.steps.push(Step { line: 0, word: step.into(), text: value.into() }),
            "switch" => {
                let (name, on) = pair(value)?;
                let (name, on) = rainwright_app::switch(&name, &on).map_err(|why| format!("switch: {why}"))?;
                self.switches.push((name.to_owned(), on));
            }
            "tag" => self.tags.extend(value.split([',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_owned)),
            "case" => self.cases.push(Case::read(value)?),
            "stub" => self.stubs.push(pair(value)?),
            "sandbox" => self.sandbox = Some(value.into()),
            "fault" => self.faults.push(Planned::read(value)?),
            "snapshot" => self.snapshot = Some(value.into()),
            "check" => {
                self.check = true;
                let (form, event) = value.split_once(' ').map_or((value, ""), |(form, event)| (form, event.trim()));
                self.check_form = Some(form.to_owned()).filter(|form| !form.is_empty());
                self.check_event = Some(event.to_owned()).filter(|event| !event.is_empty());
            }
            "markup" => self.markup = true,
            _ => {
                let known = KEYS.iter().chain(STEPS).copied();
                return Err(match closest(key, known) {
                    Some(near) => format!("there is no setting '{key}'. Did you mean '{near}'?"),
                    None => format!("there is no setting '{key}': there are {}", KEYS.join(", ")),
                });
            }
        }
        Ok(())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("'{text}' is not of the form name = value"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn instant(text: &str) -> Result<i64, String> {
    let instant: jiff::Timestamp =
        text.parse().map_err(|_| format!("now: '{text}' is not like 2025-01-31T10:00:00Z"))?;
    Ok(instant.as_millisecond())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Settings;

    #[test]
    fn a_name_that_does_not_exist_is_a_mistake() {
        let take = |line: &str| Settings::default().take(line);
        take("limit: fuel = 5").unwrap();
        assert!(take("limit: fuell = 5").unwrap_err().contains("there are fuel, depth"));
        assert!(take("timzone: UTC").unwrap_err().contains("there is no setting 'timzone'"));
        assert!(take("limit: fuel = many").is_err());
    }
}
