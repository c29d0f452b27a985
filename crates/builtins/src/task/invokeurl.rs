//! `invokeurl`, `invokeapi` and `zoho.sdp.invokeurl`: one HTTP call, described by a block.

use rainwright_diagnostic::{Code, Problem, closest};
use rainwright_value::{Kinds, Result, Value};

use super::arguments::{BOOL, FILE, LIST, MAP, TEXT, as_map, pairs, printed};
use super::request::{self, append_query, header, headers};
use super::response::{self, Shape};
use crate::{Basis, BlockTask, TaskCall, TaskKey};
use rainwright_effect::{Body, Effect, HttpRequest};

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
const FORMATS: &[&str] = &["TEXT", "COLLECTION", "FILE"];
const ANSWER: Kinds = MAP.or(LIST).or(TEXT).or(FILE);
const CONTENT: Kinds = TEXT.or(FILE).or(MAP).or(LIST);

const TYPE: TaskKey =
    TaskKey::new("type", TEXT, "The HTTP method: GET, POST, PUT, PATCH or DELETE; GET when left out.").words(METHODS);
const HEADERS: TaskKey = TaskKey::new("headers", MAP, "Headers to send; a map as a value is sent as JSON text.");
const PARAMETERS: TaskKey = TaskKey::new(
    "parameters",
    CONTENT,
    "For GET and DELETE, and beside a body, the query; else what is sent, as in `body`.",
);
const BODY: TaskKey = TaskKey::new(
    "body",
    CONTENT,
    "What is sent: text unchanged, a file as its bytes, a map as a form, as multipart when it holds a file, or as JSON when the content type says so.",
);
const CONTENT_TYPE: TaskKey =
    TaskKey::new("content-type", TEXT, "The content type of the body; a header of that name comes first.");
const FILES: TaskKey = TaskKey::new(
    "files",
    FILE.or(LIST).or(MAP),
    "A file, or a list of files and text parts, sent as multipart/form-data.",
);
const CONNECTION: TaskKey = TaskKey::new("connection", TEXT, "The link name of the connection that signs the call.");
const DETAILED: TaskKey = TaskKey::new(
    "detailed",
    BOOL,
    "Whether the result is a map of responseCode, responseText and responseHeader; false when left out.",
);
const RESPONSE_FORMAT: TaskKey = TaskKey::new(
    "response-format",
    TEXT,
    "The shape of the result: TEXT, COLLECTION or FILE; by the answer's content type when left out.",
)
.words(FORMATS);
const RESPONSE_DECODING: TaskKey = TaskKey::new(
    "response-decoding",
    TEXT,
    "The charset of the answer; the one that the answer names, or UTF-8, when left out.",
);
const USER_ACCESS: TaskKey = TaskKey::new(
    "useraccess",
    BOOL,
    "Whether Zoho uses the rights of the person who runs the script; a connection has its own credentials here, so it changes nothing.",
);

/// The blocks that make one HTTP call.
pub(crate) const TASKS: &[BlockTask] = &[
    BlockTask {
        name: "invokeurl",
        keys: &[
            TaskKey::required(
                "url",
                TEXT,
                "The address. Query text in it is sent unchanged; `{name}` is filled from the connection's values.",
            ),
            TYPE,
            HEADERS,
            PARAMETERS,
            BODY,
            CONTENT_TYPE,
            FILES,
            CONNECTION,
            DETAILED,
            RESPONSE_FORMAT,
            RESPONSE_DECODING,
            USER_ACCESS,
        ],
        returns: ANSWER,
        basis: Basis::Documented,
        doc: "Calls an address on the web and gives its answer. A JSON object becomes a map, an array a list, binary content and downloads a file, anything else text; an answer that tells an error is a result like any other.",
        examples: &[
            r#"response = invokeurl
[
    url: "https://us6.api.mailchimp.com/3.0/ping"
    type: GET
    connection: "mailchimp"
];"#,
            r#"response = invokeurl
[
    url: "https://api.example.com/contacts"
    type: POST
    headers: {"Content-Type": "application/json"}
    body: {"email": "ann@example.com"}
    detailed: true
];
if(response.get("responseCode") != 201)
{
    info response.get("responseText");
}"#,
        ],
        products: "",
        run: invokeurl,
    },
    BlockTask {
        name: "invokeapi",
        keys: &[
            TaskKey::required("service", TEXT, "The Zoho service, such as ZohoCRM or ZohoBooks.").words(&["*"]),
            TaskKey::required("path", TEXT, "The path after the service's address, such as crm/v8/Leads."),
            TYPE,
            HEADERS,
            TaskKey::new("parameters", TEXT.or(MAP), "The query."),
            TaskKey::new(
                "body",
                CONTENT,
                "What is sent, as for `invokeurl`; a list of param-name and param-value maps is sent as multipart/form-data.",
            ),
            CONTENT_TYPE,
            CONNECTION,
            DETAILED,
            RESPONSE_FORMAT,
            RESPONSE_DECODING,
        ],
        returns: ANSWER,
        basis: Basis::Documented,
        doc: "Calls the API of a Zoho service, at the data centre of the connection's account, and gives its answer as `invokeurl` does.",
        examples: &[r#"response = invokeapi
[
    service: ZohoCRM
    path: "crm/v8/Leads"
    type: GET
    parameters: {"fields": "Last_Name,Email"}
    connection: "zoho_crm"
];"#],
        products: "",
        run: invokeapi,
    },
    BlockTask {
        name: "zoho.sdp.invokeurl",
        keys: &[
            TaskKey::required(
                "url",
                TEXT,
                "The path after the address of ServiceDesk Plus in the United States, such as /api/v3/requests, or a whole address.",
            ),
            TYPE,
            HEADERS,
            PARAMETERS,
            BODY,
            CONTENT_TYPE,
            FILES,
            CONNECTION,
            DETAILED,
            RESPONSE_FORMAT,
            RESPONSE_DECODING,
        ],
        returns: ANSWER,
        basis: Basis::Documented,
        doc: "Calls the API of ServiceDesk Plus and gives its answer as `invokeurl` does.",
        examples: &[r#"response = zoho.sdp.invokeurl
[
    url: "/api/v3/requests/1001"
    type: GET
];"#],
        products: "ServiceDesk Plus",
        run: sdp,
    },
];

/// The addresses of Zoho's services, by the word that `invokeapi` takes: word, address, id in the catalogue.
const SERVICES: &[(&str, &str, &str)] = &[
    ("ZohoCRM", "{api_domain}", "zoho_crm"),
    ("ZohoBooks", "{api_domain}", "zoho_books"),
    ("ZohoInvoice", "{api_domain}", "zoho_invoice"),
    ("ZohoInventory", "{api_domain}", "zoho_inventory"),
    ("ZohoBilling", "{api_domain}", "zoho_oauth"),
    ("ZohoBigin", "{api_domain}", "zoho_bigin"),
    ("ZohoBookings", "{api_domain}", "zoho_oauth"),
    ("ZohoCreator", "{api_domain}", "zoho_oauth"),
    ("ZohoExpense", "{api_domain}", "zoho_oauth"),
    ("ZohoWorkDrive", "{api_domain}", "zoho_oauth"),
    ("ZohoWriter", "{api_domain}", "zoho_oauth"),
    ("ZohoAnalytics", "https://analyticsapi.{dc}", "zoho_oauth"),
    ("ZohoCalendar", "https://calendar.{dc}", "zoho_calendar"),
    ("ZohoCampaigns", "https://campaigns.{dc}", "zoho_oauth"),
    ("ZohoCliq", "https://cliq.{dc}", "zoho_oauth"),
    ("ZohoConnect", "https://connect.{dc}", "zoho_oauth"),
    ("ZohoDesk", "https://desk.{dc}", "zoho_desk"),
    ("ZohoFSM", "https://fsm.{dc}", "zoho_oauth"),
    ("ZohoMail", "https://mail.{dc}", "zoho_mail"),
    ("ZohoPeople", "https://people.{dc}", "zoho_people"),
    ("ZohoProjects", "https://projectsapi.{dc}", "zoho_oauth"),
    ("ZohoRecruit", "https://recruit.{dc}", "zoho_recruit"),
    ("ZohoSheet", "https://sheet.{dc}", "zoho_oauth"),
    ("ZohoSign", "https://sign.{dc}", "zoho_oauth"),
];

const SDP: &str = "https://sdpondemand.manageengine.com";

fn invokeurl(call: &mut TaskCall) -> Result {
    call.check()?;
    let url = call.text("url").unwrap_or_default().trim().to_owned();
    if url.is_empty() {
        return Err(call.wrong("url", "is empty"));
    }
    perform(call, url, None)
}

fn invokeapi(call: &mut TaskCall) -> Result {
    call.check()?;
    let word = call.text("service").unwrap_or_default();
    let bare = |name: &str| {
        let name = name.to_ascii_lowercase().replace([' ', '_'], "");
        name.strip_prefix("zoho").map_or(name.clone(), str::to_owned)
    };
    let Some((_, base, id)) = SERVICES.iter().find(|(name, ..)| bare(name) == bare(&word)) else {
        let problem = Problem::new(Code::UnknownService, format!("invokeapi knows no service '{word}'."));
        return Err(Box::new(match closest(&word, SERVICES.iter().map(|s| s.0)) {
            Some(name) => problem.with_help(format!("Did you mean {name}?")),
            None => problem.with_help("Use invokeurl with the service's address."),
        }));
    };
    let url = join(base, &call.text("path").unwrap_or_default());
    perform(call, url, Some(id))
}

fn sdp(call: &mut TaskCall) -> Result {
    call.check()?;
    let url = call.text("url").unwrap_or_default();
    let url = if url.contains("://") { url } else { join(SDP, &url) };
    perform(call, url, Some("zoho_oauth"))
}

fn join(base: &str, path: &str) -> String {
    format!("{base}/{}", path.trim().trim_start_matches('/'))
}

/// Makes the request from the block, performs it, and gives the answer in the shape that the block asks for.
fn perform(call: &mut TaskCall, url: String, service: Option<&str>) -> Result {
    let mut request = build(call, url)?;
    // A call with its own connection needs no default one.
    if request.connection.is_none() {
        request.service = service.map(str::to_owned);
    }
    let shape = match call.word("response-format", FORMATS)? {
        Some("TEXT") => Shape::Text,
        Some("COLLECTION") => Shape::Collection,
        Some("FILE") => Shape::File,
        _ => Shape::Automatic,
    };
    let charset = call
        .text("response-decoding")
        .filter(|label| !label.trim().is_empty())
        .map(|label| request::charset(&label))
        .transpose()?;
    let detailed = call.flag("detailed")?;
    let url = request.url.clone();
    let response = call.cx.perform(Effect::Http(Box::new(request)))?.into_http()?;
    if detailed {
        response::detailed(&response, shape, charset, &url)
    } else {
        response::value(&response, shape, charset, &url)
    }
}

/// The request that the keys of a block describe.
fn build(call: &TaskCall, url: String) -> Result<HttpRequest> {
    let locale = &call.cx.locale;
    let method = call.word("type", METHODS)?.unwrap_or("GET");
    let mut request = HttpRequest {
        method: method.to_owned(),
        url,
        connection: call.text("connection").filter(|name| !name.is_empty()),
        ..HttpRequest::default()
    };
    if let Some(value) = call.get("headers") {
        let map = as_map(value).ok_or_else(|| not_a_map(call, "headers"))?;
        request.headers = headers(&map, locale);
    }
    let content_type =
        header(&request.headers, "content-type").map(str::to_owned).or_else(|| call.text("content-type"));

    let (body, files, parameters) = (call.get("body"), call.get("files"), call.get("parameters"));
    let in_query = body.is_some() || matches!(method, "GET" | "DELETE");
    if let Some(parameters) = parameters.filter(|_| in_query || call.task.name == "invokeapi") {
        add_query(call, &mut request, parameters)?;
    }
    let content = body.or(parameters.filter(|_| !in_query && call.task.name != "invokeapi"));
    request.body = match (files, content) {
        (None, None) => Body::Empty,
        (None, Some(content)) => request::body(content, content_type.as_deref(), locale)?,
        (Some(files), content) => {
            let mut parts = match content {
                None => Vec::new(),
                Some(content) => text_parts(call, content)?,
            };
            parts.extend(request::parts(files, "file", locale)?);
            Body::Multipart { parts }
        }
    };
    if matches!(request.body, Body::Multipart { .. }) {
        // The boundary is made when the body is; a type without it would make the body unreadable.
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    }
    Ok(request)
}

/// What is sent beside files: the keys of a map, or a list of described parts.
fn text_parts(call: &TaskCall, content: &Value) -> Result<Vec<rainwright_effect::Part>> {
    let locale = &call.cx.locale;
    if let Some(map) = as_map(content) {
        return Ok(request::fields(&map, locale));
    }
    if content.as_list().is_some() {
        return request::parts(content, "file", locale);
    }
    let key = if call.get("body").is_some() { "body" } else { "parameters" };
    Err(not_a_map(call, key))
}

fn not_a_map(call: &TaskCall, key: &str) -> Box<Problem> {
    let found = call.get(key).map_or("nothing", |value| value.kind().name());
    call.wrong(key, format!("takes KEY-VALUE here but found {found} that is no JSON object"))
}

/// Parameters as the query: the keys of a map encoded, a text unchanged.
fn add_query(call: &TaskCall, request: &mut HttpRequest, parameters: &Value) -> Result<()> {
    let locale = &call.cx.locale;
    match as_map(parameters) {
        Some(map) => request.query = pairs(&map, locale),
        None if matches!(parameters, Value::File(_)) || parameters.is_container() => {
            return Err(call.wrong(
                "parameters",
                format!("is the query here and takes KEY-VALUE or TEXT but found {}", parameters.kind()),
            ));
        }
        None => append_query(&mut request.url, &printed(parameters, locale)),
    }
    Ok(())
}
