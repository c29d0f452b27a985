//! How the row of an integration task becomes an HTTP call, and the answer its result.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Kind, Locale, Map, MapCell, Result, Value, read_json, whole};

use super::arguments::{MAP, TEXT, as_map, elements, fits, pairs, printed};
use super::request::{append_query, file_part, json_body, text_part};
use super::{response, transfer};
use crate::to_data;
use crate::{Answer, Basis, Call, Context, Integration, Param, Place};
use rainwright_effect::{Body, DataMap, Effect, HttpRequest, HttpResponse, Part};

/// What stays as it is in a piece of a path (RFC 3986, `unreserved`).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@').remove(b',');

/// The parameter that names the connection: last in Zoho's own tasks.
pub(super) const CONNECTION: Param =
    Param::optional("connection", TEXT, "The link name of the connection; the service's own one when left out.");

/// The same where Zoho demands it.
pub(super) const NAMED_CONNECTION: Param = Param::new("connection", TEXT, "The link name of the connection.");

impl Integration {
    /// What most rows leave as it is: `..Integration::ROW`.
    pub const ROW: Integration = Integration {
        name: "",
        aliases: &[],
        params: &[],
        service: "zoho_oauth",
        method: "GET",
        path: "",
        sends: &[],
        presets: &[],
        answer: Answer::Whole,
        returns: MAP,
        basis: Basis::Documented,
        doc: "",
        examples: &[],
        deprecated: None,
        run: perform,
    };

    /// The smallest and the largest number of arguments.
    #[must_use]
    pub fn arity(&self) -> (usize, usize) {
        let least = self.params.iter().filter(|p| !p.optional).count();
        (least, self.params.len())
    }

    /// The call as documentation shows it: `zoho.crm.getRecordById(module, record_id, [query_value], [connection])`.
    #[must_use]
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|p| match p.optional {
                true => format!("[{}]", p.name),
                false => p.name.to_owned(),
            })
            .collect();
        format!("{}({})", self.name, params.join(", "))
    }

    /// Runs the task with the arguments as the script gives them.
    ///
    /// # Errors
    /// When the arguments do not fit the parameters, or the host cannot perform the call. What a service answers is a
    /// result, also when it tells an error.
    pub fn call(&'static self, args: &[Value], cx: &mut Context) -> Result {
        let mut args = self.align(args)?;
        let mut call = Call { name: self.name, params: self.params, has_receiver: false, args: &mut args, cx };
        for (index, param) in self.params.iter().enumerate() {
            let value = call.arg(index);
            if (value.is_null() && !param.optional) || !(value.is_null() || fits(param.kinds, value)) {
                return Err(call.wrong_argument(index, param.kinds));
            }
        }
        (self.run)(self, &mut call)
    }

    /// The argument that belongs to a parameter, by its index. Null is an argument that is not known yet.
    #[must_use]
    pub fn argument(&self, parameter: &str, args: &[Value]) -> Option<usize> {
        let at = self.params.iter().position(|p| p.name == parameter)?;
        self.places(args).ok()?.get(at).copied().flatten()
    }

    /// The arguments, one for each parameter.
    fn align(&self, args: &[Value]) -> Result<Vec<Value>> {
        let places = self.places(args)?;
        let aligned = self.params.iter().zip(places).map(|(param, place)| match place.and_then(|at| args.get(at)) {
            Some(value) => settled(param, value),
            None => Value::Null,
        });
        Ok(aligned.collect())
    }

    /// The index of the argument for each parameter. An optional parameter is passed over when there are too few arguments
    /// for it or when the argument at its place is of another kind.
    fn places(&self, args: &[Value]) -> Result<Vec<Option<usize>>> {
        let (least, most) = self.arity();
        if args.len() < least || args.len() > most {
            let message = format!("Number of Arguments mismatches for {}", self.name);
            let assumed = match self.basis {
                Basis::Assumed => " Zoho documents no parameters of it; these are an assumption.",
                Basis::Documented | Basis::Observed => "",
            };
            let help = format!("Write it as {}.{assumed}", self.signature());
            return Err(Box::new(Problem::new(Code::ArgumentCount, message).with_help(help)));
        }
        let mut places = Vec::with_capacity(most);
        let mut rest = args;
        for (index, param) in self.params.iter().enumerate() {
            let later = &self.params[index + 1..];
            let needed = later.iter().filter(|p| !p.optional).count();
            let take = match rest.first() {
                None => false,
                Some(_) if !param.optional => true,
                Some(_) if rest.len() <= needed => false,
                Some(value) => {
                    value.is_null()
                        || self.suits(param, value)
                        || rest.len() > later.len()
                        || !later.iter().any(|p| self.suits(p, value))
                }
            };
            places.push(take.then(|| args.len() - rest.len()));
            if take {
                rest = &rest[1..];
            }
        }
        Ok(places)
    }

    /// Whether an argument can be meant for an optional parameter. A text without `=` is no query, but a connection.
    fn suits(&self, param: &Param, value: &Value) -> bool {
        let query = self.place(param.name) == Some(Place::QueryAll);
        let bare = |text: &str| !text.is_empty() && !text.contains('=');
        match param.name {
            "connection" => value.kind() == Kind::Text,
            _ => fits(param.kinds, value) && !(query && value.as_str().is_some_and(bare)),
        }
    }

    /// Where a parameter goes, for one that is not part of the path.
    #[must_use]
    pub fn place(&self, parameter: &str) -> Option<Place> {
        self.sends.iter().find(|(name, _)| *name == parameter).map(|(_, place)| *place)
    }
}

/// A DECIMAL without a fraction as a NUMBER, where the parameter takes one.
fn settled(param: &Param, value: &Value) -> Value {
    let wants_number = param.kinds.has(Kind::Number) && !param.kinds.has(Kind::Decimal);
    match value.kind() {
        Kind::Decimal if wants_number => whole(value).map_or_else(|| value.clone(), Value::from),
        _ => value.clone(),
    }
}

/// Runs a task as its row says: one HTTP call, or for a task without public address a request to the host.
pub(super) fn perform(row: &'static Integration, call: &mut Call) -> Result {
    if row.path.is_empty() {
        return ask_host(row, call);
    }
    let request = request(row, call)?;
    send(row, request, call.cx)
}

/// Performs the request and picks the result out of the answer.
pub(super) fn send(row: &Integration, request: HttpRequest, cx: &mut Context) -> Result {
    let url = request.url.clone();
    let response = cx.perform(Effect::Http(Box::new(request)))?.into_http()?;
    result(row.answer, &response, &url)
}

/// Asks the host for the task by its name, with the arguments by the names of the parameters.
fn ask_host(row: &Integration, call: &mut Call) -> Result {
    let mut arguments = DataMap::new();
    for (index, param) in row.params.iter().enumerate() {
        if call.given(index) {
            arguments.insert(param.name, to_data(call.arg(index), &call.cx.locale)?);
        }
    }
    let outcome = call.cx.perform(Effect::Task { name: row.name.to_owned(), arguments: arguments.into() })?;
    transfer::answer(outcome, &call.cx.locale)
}

/// The request that a row makes of aligned arguments.
pub(super) fn request(row: &Integration, call: &Call) -> Result<HttpRequest> {
    let locale = &call.cx.locale;
    let mut request = HttpRequest { method: row.method.to_owned(), url: fill(row, call), ..HttpRequest::default() };
    let mut content = Content::default();
    for (index, param) in row.params.iter().enumerate() {
        let value = call.arg(index);
        if value.is_null() {
            continue;
        }
        if param.name == "connection" {
            request.connection = Some(printed(value, locale)).filter(|name| !name.is_empty());
            continue;
        }
        let text = || printed(value, locale);
        let keys = || as_map(value).ok_or_else(|| call.wrong_argument(index, MAP));
        match row.place(param.name) {
            None | Some(Place::Unsent) => {}
            Some(Place::Query(name)) => request.query.push((name.to_owned(), text())),
            Some(Place::QueryAll) => match as_map(value) {
                Some(map) => request.query.extend(pairs(&map, locale)),
                None => append_query(&mut request.url, &text()),
            },
            Some(Place::Header(name)) => request.headers.push((name.to_owned(), text())),
            Some(Place::Body) => content.merge(&*keys()?),
            Some(Place::Key(key)) => content.put(key, as_data(value)),
            Some(Place::Item(key)) => content.put(key, Value::from(vec![as_data(value)])),
            Some(Place::Form(name)) => content.set_field(name, text()),
            Some(Place::FormAll) => {
                for (name, text) in pairs(&*keys()?, locale) {
                    content.set_field(&name, text);
                }
            }
            Some(Place::File(name)) => content.add_files(name, value),
        }
    }
    for (place, text) in row.presets {
        preset(&mut request, &mut content, *place, text)?;
    }
    request.body = content.into_body(locale);
    if request.connection.is_none() {
        request.service = Some(row.service.to_owned());
    }
    Ok(request)
}

/// Adds what a row sends of itself, where the arguments have not said otherwise.
fn preset(request: &mut HttpRequest, content: &mut Content, place: Place, text: &str) -> Result<()> {
    let add = |pairs: &mut Vec<(String, String)>, name: &str| {
        if !pairs.iter().any(|(key, _)| key == name) {
            pairs.push((name.to_owned(), text.to_owned()));
        }
    };
    match place {
        Place::Query(name) => add(&mut request.query, name),
        Place::Header(name) => add(&mut request.headers, name),
        Place::Form(name) => add(&mut content.fields, name),
        Place::Key(key) => content.put_default(key, read_json(text, false)?),
        _ => {}
    }
    Ok(())
}

/// A text that holds JSON as the map or list it describes; anything else as it is.
fn as_data(value: &Value) -> Value {
    match value {
        Value::Text(text) if text.as_str().trim_start().starts_with(['{', '[']) => {
            response::structured(text.as_str()).unwrap_or_else(|| value.clone())
        }
        other => other.clone(),
    }
}

/// The address with the row's own parameters filled in; other `{name}`s are left to the connection.
fn fill(row: &Integration, call: &Call) -> String {
    let mut url = String::with_capacity(row.path.len() + 32);
    let mut rest = row.path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        url.push_str(before);
        let (bare, lower) = match name.strip_suffix(":lower") {
            Some(bare) => (bare, true),
            None => (name, false),
        };
        match row.params.iter().position(|p| p.name == bare) {
            Some(index) => {
                let mut text = printed(call.arg(index), &call.cx.locale);
                if lower {
                    text = text.to_lowercase().replace(char::is_whitespace, "");
                }
                url.push_str(&in_path(&text));
            }
            None => {
                url.push('{');
                url.push_str(name);
                url.push('}');
            }
        }
        rest = tail;
    }
    url.push_str(rest);
    url
}

/// A text as one piece of a path, percent-encoded.
pub(super) fn in_path(text: &str) -> String {
    utf8_percent_encode(text.trim(), PATH).to_string()
}

/// What goes into the body, before it is known which form the body takes.
#[derive(Default)]
struct Content {
    json: Map,
    fields: Vec<(String, String)>,
    files: Vec<Part>,
}

impl Content {
    /// Puts a value under a key; a dot leads one map deeper.
    fn put(&mut self, path: &str, value: Value) {
        put(&mut self.json, path, value);
    }

    /// As [`put`](Self::put), when there is no such key yet. `{}` where the default is a list is an empty list.
    fn put_default(&mut self, path: &str, value: Value) {
        match self.json.get_text(path) {
            Some(Value::Braces(braces)) if value.as_list().is_some() => {
                let _ = braces.become_list();
            }
            Some(_) => {}
            None => self.put(path, value),
        }
    }

    fn merge(&mut self, map: &MapCell) {
        for (key, value) in map.borrow().iter() {
            self.json.insert(key.clone(), value.clone());
        }
    }

    fn set_field(&mut self, name: &str, text: String) {
        match self.fields.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = text,
            None => self.fields.push((name.to_owned(), text)),
        }
    }

    fn add_files(&mut self, name: &str, value: &Value) {
        for item in elements(value) {
            if let Value::File(file) = &item {
                self.files.push(file_part(file, name));
            }
        }
    }

    /// Multipart with files, a form with fields, JSON with keys, else nothing.
    fn into_body(self, locale: &Locale) -> Body {
        if !self.files.is_empty() {
            let mut parts: Vec<Part> = self.fields.iter().map(|(name, text)| text_part(name, text)).collect();
            parts.extend(self.files);
            Body::Multipart { parts }
        } else if !self.fields.is_empty() {
            Body::Form { pairs: self.fields }
        } else if !self.json.is_empty() {
            json_body(&Value::from(self.json), locale)
        } else {
            Body::Empty
        }
    }
}

fn put(map: &mut Map, path: &str, value: Value) {
    let Some((key, rest)) = path.split_once('.') else {
        map.insert_text(path, value);
        return;
    };
    let inner = match map.get_text(key) {
        Some(Value::Map(inner)) => inner.clone(),
        _ => {
            let inner = std::rc::Rc::new(MapCell::from(Map::default()));
            map.insert_text(key, Value::Map(inner.clone()));
            inner
        }
    };
    put(&mut inner.borrow_mut(), rest, value);
}

/// The result of a task: the part of the answer that its row names, or the service's own words when it tells an error.
pub(super) fn result(answer: Answer, response: &HttpResponse, url: &str) -> Result {
    let failed = response.status >= 400;
    if answer == Answer::File && !failed {
        return response::value(response, response::Shape::File, None, url);
    }
    let body = response::value(response, response::Shape::Automatic, None, url)?;
    let nothing = response.status == 204 || response.body.is_empty();
    if failed && !matches!(body, Value::Map(_)) {
        return Ok(error_map(response, &body));
    }
    let list = |key: &str| match &body {
        Value::Map(map) => map.borrow().get_text(key).and_then(Value::as_list),
        _ => None,
    };
    Ok(match answer {
        Answer::Rows(_) if nothing => Value::from(Vec::new()),
        _ if nothing => Map::default().into(),
        Answer::Whole | Answer::File => body,
        Answer::Rows(key) => list(key).map_or(body, Value::List),
        Answer::First(key) => list(key).and_then(|list| list.get(0)).unwrap_or(body),
        Answer::Field(key, field) => list(key)
            .and_then(|list| list.get(0))
            .and_then(|first| first.as_map()?.borrow().get_text(field).cloned())
            .unwrap_or(body),
        Answer::Outcome(key) => list(key).and_then(|list| list.get(0)).map_or(body, outcome),
    })
}

/// The `details` of a successful element, with the fields that an upsert adds; an element with an error unchanged.
fn outcome(item: Value) -> Value {
    let Some(map) = item.as_map() else {
        return item;
    };
    let map = map.borrow();
    let failed = map.get_text("status").and_then(Value::as_str).is_some_and(|status| status == "error");
    let Some(details) = map.get_text("details").and_then(Value::as_map).filter(|_| !failed) else {
        return item.clone();
    };
    for key in ["action", "duplicate_field"] {
        if let Some(value) = map.get_text(key) {
            details.borrow_mut().insert_text(key, value.clone());
        }
    }
    Value::Map(details.clone())
}

/// An error of a service that answers without a map, in the form in which Zoho's services tell theirs.
fn error_map(response: &HttpResponse, body: &Value) -> Value {
    let mut map = Map::default();
    map.insert_text("code", i64::from(response.status));
    map.insert_text("status", "error");
    map.insert_text("message", body.as_str().unwrap_or_default());
    map.into()
}
