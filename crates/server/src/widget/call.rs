//! `POST /call`: a message of the widget that the host page passes on.

use axum::body::{Body as Sent, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rainwright::effect::{DataMap, HttpRequest, HttpResponse};
use rainwright::{Code, Data, Problem};
use serde_json::{Map, Value, json};

use super::message::{self, Refused, refused};
use super::{Ask, Widget, creator, crm, outside, product};

/// The largest message that is read, in bytes: a file of 20 MB in base64.
const LARGEST: usize = 28 << 20;
/// How many pages a count goes through.
const PAGES: usize = 200;

/// Answers `{"ok": …}` for what resolves the widget's promise, `{"failed": …}` for what rejects it.
pub(super) async fn call(State(widget): State<Widget>, request: Request) -> Response {
    if let Err(response) = widget.is_from_host_page(request.headers()) {
        return response;
    }
    let Ok(bytes) = to_bytes(Sent::new(request.into_body()), LARGEST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The message is larger than 28 MB.\n").into_response();
    };
    let Ok(sent) = serde_json::from_slice::<Value>(&bytes) else {
        return (StatusCode::BAD_REQUEST, "The message is no JSON.\n").into_response();
    };
    let told = match widget.perform(&sent).await {
        Ok(answer) => json!({ "ok": answer }),
        Err(Refused(why)) => json!({ "failed": why }),
    };
    ([(header::CONTENT_TYPE, "application/json")], told.to_string()).into_response()
}

impl Widget {
    /// Only the host page sends messages: with the session's cookie and, in a header, its token. A frame has neither.
    #[allow(clippy::result_large_err, reason = "a refusal is an answer")]
    fn is_from_host_page(&self, headers: &HeaderMap) -> Result<(), Response> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let refuse = |status: StatusCode, why: &'static str| Err((status, why).into_response());
        let Some(session) = self.shared.sessions.of(headers) else {
            return refuse(StatusCode::UNAUTHORIZED, "This session has ended. Open the link of the terminal.\n");
        };
        if !session.has_sent(text("x-token")) || !matches!(text("sec-fetch-site"), "" | "same-origin") {
            return refuse(StatusCode::FORBIDDEN, "Only the host page may call this.\n");
        }
        if !text("content-type").starts_with("application/json") {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON was expected.\n");
        }
        Ok(())
    }

    async fn perform(&self, sent: &Value) -> Result<Value, Refused> {
        let category = sent["category"].as_str().unwrap_or_default();
        match category {
            "CRM_CONNECTION" => {
                let (name, request) = outside::connection(sent)?;
                self.need(&Ask::Connection(name))?;
                let answer = self.reach(request).await?;
                Ok(outside::connection_answer(answer.status, message::body(&answer)))
            }
            "CONNECTOR" => match sent["type"].as_str() {
                None => {
                    let request = outside::http(sent)?;
                    self.need_host(&outside::host(&request.url)?)?;
                    Ok(outside::http_answer(&self.reach(request).await?))
                }
                Some(kind) => self.connector(kind, sent).await,
            },
            "FUNCTIONS_EXECUTE" => self.function(sent).await,
            "CREATOR" => self.creator(sent).await,
            "PRODUCT" if sent["method"] == "get" => self.get(sent).await,
            "PRODUCT_REQUEST" => self.product_request(sent).await,
            category if crm::has(category) => {
                self.need(&Ask::Product(crm::SERVICE.to_owned()))?;
                let answer = self.reach(crm::request(category, sent)?).await?;
                crm::answer(category, sent, answer.status, message::body(&answer))
            }
            _ => Err(refused("NOT_SUPPORTED", &format!("dg widget does not know the call '{category}'."))),
        }
    }

    async fn connector(&self, kind: &str, sent: &Value) -> Result<Value, Refused> {
        let connectors = &self.shared.settings.connectors;
        // Whether it is authorised is asked of the connector as a whole, such as "mailchimp".
        let asks_only = kind != "CONNECTOR_API" || sent["data"]["invokeType"] == "ISAUTHORIZE";
        if asks_only {
            let named = sent["nameSpace"].as_str().unwrap_or_default().rsplit('.').next().unwrap_or_default();
            let known = connectors.names().find(|(name, _)| name.eq_ignore_ascii_case(named));
            let is_ready = known.is_some_and(|(name, _)| self.allows(&Ask::Connector(name.to_owned())));
            return match kind {
                "CONNECTOR_API" => Ok(is_ready.to_string().into()),
                "CONNECTOR_AUTHORIZE" if is_ready => Ok(true.into()),
                _ => Err(refused(
                    "NOT_SUPPORTED",
                    "The user of this host connects and revokes, with `dg connect` and `dg connections revoke`.",
                )),
            };
        }
        let (name, request) = outside::connector(sent, connectors)?;
        self.need(&Ask::Connector(name))?;
        let answer = self.reach(request).await?;
        Ok(json!({ "response": message::text(&answer), "status_code": answer.status }))
    }

    async fn function(&self, sent: &Value) -> Result<Value, Refused> {
        let name = sent["customFunctionName"].as_str().unwrap_or_default();
        self.need(&Ask::Functions)?;
        let given = match &sent["data"]["data"]["arguments"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let answer = self.run(name, given.as_object().cloned().unwrap_or_default()).await?;
        Ok(answer.unwrap_or_else(|text| text.into()))
    }

    /// The answer of a function as CRM gives it: JSON, or the text that the function made itself.
    async fn run(&self, name: &str, arguments: Map<String, Value>) -> Result<Result<Value, String>, Refused> {
        let Some(functions) = &self.shared.settings.functions else {
            return Err(refused("INVALID_FUNCTION", "There are no functions: name their folder with --functions."));
        };
        // Values come as text and get the declared type, as over REST.
        let arguments: DataMap = arguments
            .into_iter()
            .map(|(key, value)| (key, Data::from(value.as_str().map_or_else(|| value.to_string(), str::to_owned))))
            .collect();
        let Some(response) = functions.crm_answer(name, arguments).await else {
            return Err(refused("INVALID_FUNCTION", &format!("There is no function '{name}'.")));
        };
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        Ok(serde_json::from_slice(&bytes).map_err(|_| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn creator(&self, sent: &Value) -> Result<Value, Refused> {
        let (method, config) = (sent["method"].as_str().unwrap_or_default(), &sent["config"]);
        if method == "DATA.invokeCustomApi" {
            return self.custom_api(config).await;
        }
        self.need(&Ask::Product(creator::SERVICE.to_owned()))?;
        let home = &self.shared.settings.creator;
        let mut request = creator::request(method, config, home)?;
        if method.ends_with("getRecordCount") {
            return self.count(request).await;
        }
        let wanted = creator::page(method, config);
        for _ in 1..wanted.min(PAGES) {
            // Version 1 has pages, the API has cursors: the pages before the one that is wanted are gone through.
            let answer = self.reach(request.clone()).await?;
            match answer.header("record_cursor") {
                Some(cursor) => creator::go_on(&mut request, cursor),
                None => return Ok(json!({ "code": 3000, "data": [] })),
            }
        }
        let answer = self.reach(request).await?;
        creator::answer(answer.status, answer.header("record_cursor"), message::body(&answer))
    }

    /// `ZFAPPS.get` and `ZOHODESK.get`: the record that the page is opened for.
    async fn get(&self, sent: &Value) -> Result<Value, Refused> {
        let service = self.project().service.as_str();
        let wanted = sent["what"].as_str().unwrap_or_default();
        if let Some(used) = product::connection(service) {
            self.need(&Ask::Product(used.to_owned()))?;
        }
        let id = self.shared.settings.record.1.first().map(String::as_str);
        let mut organization = Value::Null;
        if let Some(request) = product::organizations(service) {
            let answer = self.reach(request).await?;
            let body = message::body(&answer);
            if answer.status >= 400 {
                return Err(Refused(body));
            }
            organization = body["organizations"][0].clone();
            if wanted == "organization" {
                return Ok(json!({ "organization": organization, "status": "success" }));
            }
        }
        let mut request = product::record(service, wanted, id)?;
        if let Some(id) = organization["organization_id"].as_str() {
            request.query.push(("organization_id".to_owned(), id.to_owned()));
        }
        let answer = self.reach(request).await?;
        product::got(service, wanted, answer.status, message::body(&answer))
    }

    /// `ZFAPPS.request` and `ZOHODESK.request`.
    async fn product_request(&self, sent: &Value) -> Result<Value, Refused> {
        let (through, request) = product::request(sent, &self.shared.settings.connectors)?;
        match through {
            product::Through::Connection(name) => self.need(&Ask::Connection(name))?,
            product::Through::Connector(name) => self.need(&Ask::Connector(name))?,
            product::Through::Nothing => self.need_host(&outside::host(&request.url)?)?,
        }
        Ok(product::answered(sent, &self.reach(request).await?))
    }

    async fn count(&self, mut request: HttpRequest) -> Result<Value, Refused> {
        request.query.retain(|(name, _)| name != "max_records");
        request.query.push(("max_records".to_owned(), "1000".to_owned()));
        let mut count = 0;
        for _ in 0..PAGES {
            let answer = self.reach(request.clone()).await?;
            let body = message::body(&answer);
            // "No records found" is an error of the API.
            if [3100, 9220, 9280].iter().any(|code| body["code"] == *code) {
                break;
            }
            let page = creator::answer(answer.status, None, body)?;
            count += page["data"].as_array().map_or(0, Vec::len);
            match answer.header("record_cursor") {
                Some(cursor) => creator::go_on(&mut request, cursor),
                None => break,
            }
        }
        Ok(json!({ "code": 3000, "result": { "records_count": count.to_string() } }))
    }

    /// A custom API is a function behind an address: here it is one of the functions of its name.
    async fn custom_api(&self, config: &Value) -> Result<Value, Refused> {
        self.need(&Ask::Functions)?;
        let name = config["api_name"].as_str().unwrap_or_default();
        let (name, query) = name.split_once('?').unwrap_or((name, ""));
        let mut arguments = Map::new();
        for query in [query, config["query_params"].as_str().unwrap_or_default()] {
            let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
            arguments.extend(pairs.map(|(name, value)| (name, value.into())));
        }
        arguments.extend(config["payload"].as_object().cloned().unwrap_or_default());
        match self.run(name, arguments).await? {
            Ok(told) if told["code"] == "success" => Ok(json!({ "code": 3000, "result": told["details"]["output"] })),
            Ok(told) => Err(Refused(told)),
            Err(text) => Ok(json!({ "code": 3000, "result": text })),
        }
    }

    fn need(&self, ask: &Ask) -> Result<(), Refused> {
        if self.allows(ask) {
            return Ok(());
        }
        let words = ask.words();
        let help = match ask {
            Ask::Connection(name) if !self.asked().contains(ask) => format!(
                "Its manifest does not name that connection under usedConnections; \
                 the user may allow it with `dg widget serve --connection {name}`."
            ),
            _ => "The user has not allowed it: see Permissions in the host page.".to_owned(),
        };
        Err(refused("NOT_ALLOWED", &format!("This widget may not: {words}. {help}")))
    }

    fn need_host(&self, host: &str) -> Result<(), Refused> {
        if self.allows_host(host) {
            return Ok(());
        }
        let message = format!(
            "This widget may not call {host}. Name the host in the manifest and allow it in the host page, \
             or start with `dg widget serve --domain {host}`."
        );
        Err(refused("NOT_ALLOWED", &message))
    }

    async fn reach(&self, request: HttpRequest) -> Result<HttpResponse, Refused> {
        let reach = std::sync::Arc::clone(&self.shared.settings.reach);
        let called = tokio::task::spawn_blocking(move || reach.call(request)).await;
        Ok(called.unwrap_or_else(|_| Err(Problem::new(Code::Interrupted, "The call was broken off.")))?)
    }
}
