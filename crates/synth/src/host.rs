//! A host that answers everything: with data shaped by how the script reads it.

use std::collections::HashMap;

use rainwright::effect::{
    Body, Call, Data, DataMap, Effect, HttpRequest, HttpResponse, Message, Outcome, Records, Refusal, Ui,
};
use rainwright::{Code, Host, Problem};
use rainwright_builtins::Answer;
use rainwright_value::Kind;

use crate::double::{Memory, Said};
use crate::given::Given;
use crate::infer::{Analysis, What};
use crate::kept::{Kept, World};
use crate::make::{Choice, Maker};
use crate::product;
use crate::read_json;

/// Something that a script did.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The line of the statement; 0 when it is not known.
    pub line: u32,
    /// `info`, `call`, `mail`, `sms`, `records`, `task`, `function` or `form`.
    pub kind: &'static str,
    /// What it was: `POST https://…`, `to ada@example.com: Welcome`, `Orders[Status == "Open"]`.
    pub text: String,
    /// The connection of a call.
    pub connection: Option<String>,
    /// What was sent.
    pub body: Option<String>,
    /// The status of an HTTP answer.
    pub status: Option<u16>,
    /// What came back; `None` where there is nothing to tell.
    pub answer: Option<Data>,
    /// Why the service would refuse the call with these inputs, where somebody plays it; the run goes on as if it did not.
    pub refused: Option<String>,
}

impl Event {
    pub(crate) fn new(line: u32, kind: &'static str, text: String) -> Self {
        Self { line, kind, text, connection: None, body: None, status: None, answer: None, refused: None }
    }

    /// Adds what it was to a map, for programs.
    pub fn write_to(&self, map: &mut DataMap) {
        map.insert("line", self.line);
        map.insert("kind", self.kind);
        map.insert("text", self.text.as_str());
        for (key, value) in [("connection", &self.connection), ("body", &self.body)] {
            if let Some(value) = value {
                map.insert(key, value.as_str());
            }
        }
        if let Some(status) = self.status {
            map.insert("status", status);
        }
        if let Some(answer) = &self.answer {
            map.insert("answer", answer.clone());
        }
        if let Some(why) = &self.refused {
            map.insert("refused", why.as_str());
        }
    }

    /// Whether it reaches outside, as opposed to the log and the form on screen.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        !matches!(self.kind, "info" | "form")
    }
}

/// A request and what it was answered with, exactly; the log and the clock are among them.
pub(crate) type Tape = Vec<(Call, Result<Outcome, Refusal>)>;

pub(crate) struct OpenHost<'a> {
    pub(crate) analysis: &'a Analysis<'a>,
    pub(crate) maker: Maker<'a>,
    given: &'a Given,
    random: u64,
    /// Answers that each place gave, and calls of each line.
    answered: HashMap<usize, usize>,
    by_line: HashMap<(u32, &'static str), usize>,
    /// Who plays the services that are known.
    pub(crate) doubles: Option<&'a Memory>,
    /// Stands for the calls that changed something so far.
    history: u64,
    /// The records that queries find.
    pub(crate) world: World<'a>,
    pub(crate) events: Vec<Event>,
    pub(crate) tape: Tape,
}

/// The most that is kept of one run.
const MOST_EVENTS: usize = 2_000;

impl<'a> OpenHost<'a> {
    pub(crate) fn new(analysis: &'a Analysis<'a>, maker: Maker<'a>, given: &'a Given, kept: &'a Kept) -> Self {
        let random = maker.seed;
        Self {
            analysis,
            maker,
            given,
            random,
            answered: HashMap::new(),
            by_line: HashMap::new(),
            doubles: None,
            history: 0,
            world: World::new(kept),
            events: Vec::new(),
            tape: Vec::new(),
        }
    }

    /// The place of the script that makes a call; of several on a line the one whose turn it is.
    pub(crate) fn site(&mut self, call: &Call) -> Option<usize> {
        if call.source != 0 {
            return None;
        }
        if let Effect::Task { name, .. } | Effect::Function { name, .. } = &call.effect {
            // Some of these calls do not say where they come from; their names do.
            let named = |what: &What| matches!(what, What::Hosted(known) | What::Function(known) if known == name);
            let sites = &self.analysis.sites;
            let there = sites.iter().position(|site| named(&site.what) && site.line == call.line);
            return there.or_else(|| sites.iter().position(|site| named(&site.what)));
        }
        let class = class_of(&call.effect);
        let here: Vec<usize> = self
            .analysis
            .sites
            .iter()
            .enumerate()
            .filter(|(_, site)| {
                site.line == call.line && *site.function == *call.function && class_of_site(&site.what) == class
            })
            .map(|(number, _)| number)
            .collect();
        let turn = self.by_line.entry((call.line, class)).or_insert(0);
        let site = here.get(*turn % here.len().max(1)).copied();
        *turn += 1;
        site
    }

    /// What the user gave as the answer of a line, or what is made up.
    pub(crate) fn given_answer(&mut self, call: &Call, text: &str) -> Option<crate::given::Reply> {
        let function: &str = &call.function;
        self.given.answer(
            function,
            call.line,
            text,
            self.events.iter().filter(|e| e.is_outside()).filter(|e| e.line == call.line).count(),
        )
    }

    pub(crate) fn answer_data(&mut self, site: Option<usize>) -> Result<Data, Refusal> {
        let Some(number) = site else { return Ok(Data::Null) };
        let shape = self.analysis.sites[number].shape;
        let nth = self.nth(number);
        self.fails(shape)?;
        Ok(self.maker.make(shape, nth, None))
    }

    pub(crate) fn nth(&mut self, number: usize) -> usize {
        let count = self.answered.entry(number).or_insert(0);
        *count += 1;
        *count - 1
    }

    /// How many answers a place gave.
    pub(crate) fn answered(&self, number: usize) -> usize {
        self.answered.get(&number).copied().unwrap_or(0)
    }

    fn fails(&self, shape: usize) -> Result<(), Refusal> {
        match self.maker.choice(shape) {
            Some(Choice::Fails) => Err(Problem::new(Code::Timeout, "The server did not answer in time.").into()),
            _ => Ok(()),
        }
    }

    fn http(&mut self, call: &Call, request: &HttpRequest) -> Result<Outcome, Refusal> {
        let mut event = http_event(call.line, request);
        if let Some(reply) = self.given_answer(call, &event.text) {
            event.status = Some(reply.status);
            event.answer = Some(reply.value.clone());
            self.note(event);
            return Ok(response(reply.status, &reply.value));
        }
        let site = self.site(call);
        let said = self.doubles.and_then(|doubles| doubles.ask(&mut self.history, request));
        let (known, known_status) = match said {
            Some(Said::Answer { status, body }) => (Some(body), Some(status)),
            Some(Said::Refused(why)) => {
                event.refused = Some(why);
                (None, None)
            }
            None => (None, None),
        };
        let exact = known.is_some();
        let envelope = || product::envelope(&request.method, &request.url).and_then(|json| read_json(&json));
        let template = known.or_else(envelope);
        let Some(number) = site else {
            let body = template.unwrap_or_else(|| Data::map([("status", "success")]));
            let status = known_status.unwrap_or(200);
            event.status = Some(status);
            event.answer = Some(body.clone());
            self.note(event);
            return Ok(response(status, &body));
        };
        let shape = self.analysis.sites[number].shape;
        let what = self.analysis.sites[number].what.clone();
        let nth = self.nth(number);
        if let Err(refusal) = self.fails(shape) {
            self.note(event);
            return Err(refusal);
        }
        let mut status = match self.maker.choice(shape) {
            Some(Choice::Status(status)) => *status,
            _ if exact => known_status.unwrap_or(200),
            _ if request.method == "POST" && template.is_some() => 201,
            _ => 200,
        };
        let body = if status >= 400 {
            read_json(&product::error_body(status, &request.url)).unwrap_or_default()
        } else {
            self.maker.exact = exact;
            let (body, own_status) = self.body(&what, shape, nth, template.as_ref());
            self.maker.exact = false;
            status = own_status.unwrap_or(status);
            body
        };
        event.status = Some(status);
        event.answer = Some(body.clone());
        self.note(event);
        Ok(response(status, &body))
    }

    /// The body of an HTTP answer, and its status where the shape decides it.
    fn body(&self, what: &What, shape: usize, nth: usize, template: Option<&Data>) -> (Data, Option<u16>) {
        match what {
            What::Call { detailed: true } => {
                let fields = &self.analysis.shapes.get(shape).fields;
                let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, id)| *id);
                let status = field("responseCode").map(|id| match self.maker.choice(id) {
                    Some(Choice::Value(Data::Number(status))) => u16::try_from(*status).unwrap_or(200),
                    _ => match self.maker.make(id, nth, Some(&Data::Number(200))) {
                        Data::Number(status) => u16::try_from(status).unwrap_or(200),
                        _ => 200,
                    },
                });
                let body = match field("responseText") {
                    Some(id) => self.maker.make(id, nth, template),
                    None => template.cloned().unwrap_or_else(|| Data::map([("status", "success")])),
                };
                (body, status)
            }
            What::Call { .. } => (self.maker.make(shape, nth, template), None),
            What::Task { answer, .. } => (self.enveloped(*answer, shape, nth, template), None),
            _ => (self.maker.make(shape, nth, template), None),
        }
    }

    /// The answer that a task takes the script's value out of.
    fn enveloped(&self, answer: Answer, shape: usize, nth: usize, template: Option<&Data>) -> Data {
        let part = |key: &str| template.and_then(|data| data.get(key));
        let first = |key: &str| part(key).and_then(Data::as_list).and_then(|list| list.first());
        let mut whole = template.and_then(Data::as_map).cloned().unwrap_or_default();
        match answer {
            Answer::Whole | Answer::File => return self.maker.make(shape, nth, template),
            Answer::Rows(key) => {
                let rows = self.maker.make(shape, nth, part(key));
                if rows.as_list().is_none() {
                    return rows;
                }
                whole.insert(key, rows);
            }
            Answer::First(key) => whole.insert(key, vec![self.maker.make(shape, nth, first(key))]),
            Answer::Outcome(key) => {
                let details = first(key).and_then(|item| item.get("details"));
                let details = self.maker.make(shape, nth, details);
                // The keys of an error are beside `details`, not in it.
                let failed = details.get("status").is_some_and(|status| *status == *"error");
                let item = match failed {
                    true => details,
                    false => {
                        let mut item = first(key).and_then(Data::as_map).cloned().unwrap_or_default();
                        item.insert("code", "SUCCESS");
                        item.insert("details", details);
                        item.insert("status", "success");
                        item.into()
                    }
                };
                whole.insert(key, vec![item]);
            }
            Answer::Field(key, field) => {
                let value = self.maker.make(shape, nth, None);
                whole.insert(key, vec![Data::map([(field, value)])]);
            }
        }
        whole.into()
    }

    pub(crate) fn note(&mut self, event: Event) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        }
    }

    fn hosted(&mut self, call: &Call, kind: &'static str, name: &str, arguments: String) -> Result<Outcome, Refusal> {
        let mut event = Event::new(call.line, kind, name.to_owned());
        event.body = Some(arguments).filter(|text| text != "[]");
        if let Some(word) = self.given.account(name).or_else(|| product::account(name)) {
            return Ok(word.into());
        }
        let value = match self.given_answer(call, name) {
            Some(reply) => reply.value,
            None => {
                let site = self.site(call);
                self.answer_data(site)?
            }
        };
        event.answer = Some(value.clone());
        self.note(event);
        Ok(value.into())
    }

    fn ui(&mut self, call: &Call, action: &Ui) -> Outcome {
        match action {
            Ui::Get { field } => self.form_value(&field.dotted()).into(),
            Ui::FieldValue { name } => self.form_value(&name.to_string()).into(),
            Ui::FieldNames => {
                let names = self.input().and_then(|data| {
                    let names: Vec<Data> = data.as_map()?.iter().map(|(key, _)| key.clone()).collect();
                    Some(Data::List(names))
                });
                names.unwrap_or_else(|| Data::List(Vec::new())).into()
            }
            other => {
                self.note(Event::new(call.line, "form", other.to_string()));
                Outcome::Done
            }
        }
    }

    fn input(&self) -> Option<Data> {
        let origin = crate::shape::Origin::Variable("input".into());
        let id = self.analysis.shapes.all.iter().position(|shape| shape.origin == origin)?;
        Some(self.maker.make(id, 0, None))
    }

    pub(crate) fn form_value(&self, path: &str) -> Data {
        let turn = crate::words::Turn { now: self.maker.now, index: self.maker.seed % 7 };
        let made = self.input().and_then(|data| data.get(path).cloned());
        made.unwrap_or_else(|| crate::words::scalar(Kind::Text, path, turn))
    }
}

impl Host for OpenHost<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let result = match &call.effect {
            Effect::Now => Ok(Outcome::Instant { millis: self.maker.now }),
            Effect::Random => {
                // SplitMix64, as everywhere: the seed alone decides.
                self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = self.random;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                Ok(Outcome::Bits { bits: z ^ (z >> 31) })
            }
            Effect::Info { text } => {
                self.note(Event::new(call.line, "info", text.clone()));
                Ok(Outcome::Done)
            }
            Effect::Http(request) => self.http(&call, request),
            Effect::Mail(message) => {
                self.note(message_event(call.line, "mail", message));
                Ok(Outcome::Done)
            }
            Effect::Sms(message) => {
                self.note(message_event(call.line, "sms", message));
                Ok(Outcome::Done)
            }
            Effect::Task { name, arguments } => self.hosted(&call, "task", name, arguments.to_json()),
            Effect::Function { name, arguments } => {
                self.hosted(&call, "function", name, Data::List(arguments.clone()).to_json())
            }
            Effect::Records(records) => self.records(&call, records),
            Effect::Ui(action) => Ok(self.ui(&call, action)),
            other => Err(other.not_supported().into()),
        };
        if self.tape.len() < MOST_EVENTS {
            self.tape.push((call, result.clone()));
        }
        result
    }
}

/// A field of a row, through lookups and rows within it.
pub(crate) fn inside(row: &DataMap, path: &[String]) -> Option<Data> {
    let (first, rest) = path.split_first()?;
    let mut found = row.get(first)?.clone();
    for name in rest {
        found = match &found {
            Data::Records(set) => set.rows.first()?.get(name)?.clone(),
            other => other.get(name)?.clone(),
        };
    }
    Some(found)
}

fn class_of(effect: &Effect) -> &'static str {
    match effect {
        Effect::Http(_) => "http",
        Effect::Records(records) => match &**records {
            Records::Insert { .. } => "insert",
            Records::Aggregate { .. } => "figure",
            _ => "records",
        },
        other => other.name(),
    }
}

fn class_of_site(what: &What) -> &'static str {
    match what {
        What::Call { .. } | What::Task { .. } => "http",
        What::Hosted(_) => "task",
        What::Function(_) => "function",
        What::Fetch(_) => "records",
        What::Figure(_) => "figure",
        What::Insert(_) => "insert",
    }
}

/// An HTTP answer with this body: a file as a download, text as text, everything else as JSON.
fn response(status: u16, body: &Data) -> Outcome {
    let json = |text: String| (vec![("content-type".to_owned(), "application/json".to_owned())], text.into_bytes());
    let (headers, bytes) = match body {
        Data::File(file) => {
            let headers = vec![
                ("content-type".to_owned(), file.mime.clone()),
                ("content-disposition".to_owned(), format!("attachment; filename=\"{}\"", file.name)),
            ];
            (headers, file.bytes.to_vec())
        }
        Data::Text(text) => {
            (vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())], text.clone().into_bytes())
        }
        Data::Null => (Vec::new(), Vec::new()),
        other => json(other.to_json()),
    };
    Outcome::Http(Box::new(HttpResponse { status, headers, body: bytes.into() }))
}

/// The event of an HTTP call, before its answer is known.
pub(crate) fn http_event(line: u32, request: &HttpRequest) -> Event {
    let mut url = request.url.clone();
    for (i, (name, value)) in request.query.iter().enumerate() {
        url.push(if i == 0 && !url.contains('?') { '?' } else { '&' });
        url.push_str(&format!("{name}={value}"));
    }
    let mut event = Event::new(line, "call", format!("{} {url}", request.method));
    event.connection = request.connection.clone().or_else(|| request.service.clone());
    event.body = match &request.body {
        Body::Empty => None,
        Body::Text { text, .. } => Some(text.to_string()),
        Body::Bytes { bytes, content_type } => Some(format!("{} bytes of {content_type}", bytes.len())),
        Body::Form { pairs } => Some(pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")),
        Body::Multipart { parts } => Some(
            parts
                .iter()
                .map(|part| match &part.file_name {
                    Some(file) => format!("{}: file {file}, {} bytes", part.name, part.bytes.len()),
                    None => format!("{}: {}", part.name, String::from_utf8_lossy(&part.bytes)),
                })
                .collect::<Vec<_>>()
                .join("; "),
        ),
    };
    event
}

/// The event of a mail or a text message.
pub(crate) fn message_event(line: u32, kind: &'static str, message: &Message) -> Event {
    let to = message.to.join(", ");
    let text = if message.subject.is_empty() { format!("to {to}") } else { format!("to {to}: {}", message.subject) };
    let mut event = Event::new(line, kind, text);
    event.body = Some(message.text.clone());
    event.connection.clone_from(&message.connection);
    event
}
