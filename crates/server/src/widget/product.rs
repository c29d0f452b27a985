//! The SDKs of Zoho's finance products and of Desk: the record that the page is opened for, and requests with or without a
//! connection.
//!
//! Nobody outside of Zoho can tell how these SDKs talk to their host, so widgets of these products always get our own.

use rainwright::connections::Connectors;
use rainwright::effect::{Body, HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::message::{self, Refused, refused};
use super::outside;

/// A product, by the name in the manifest.
struct Product {
    service: &'static str,
    /// The service whose default connection is used; empty where only requests are supported.
    connection: &'static str,
    name: &'static str,
    base: &'static str,
    is_finance: bool,
}

const fn finance(service: &'static str, connection: &'static str, name: &'static str, base: &'static str) -> Product {
    Product { service, connection, name, base, is_finance: true }
}

const PRODUCTS: &[Product] = &[
    finance("FINANCE", "zoho_books", "Books", "{api_domain}/books/v3"),
    finance("BOOKS", "zoho_books", "Books", "{api_domain}/books/v3"),
    finance("INVENTORY", "zoho_inventory", "Inventory", "{api_domain}/inventory/v1"),
    finance("INVOICE", "zoho_invoice", "Invoice", "{api_domain}/invoice/v3"),
    finance("EXPENSE", "", "Expense", ""),
    finance("BILLING", "", "Billing", ""),
    finance("SUBSCRIPTIONS", "", "Billing", ""),
    Product {
        service: "DESK",
        connection: "zoho_desk",
        name: "Desk",
        base: "https://desk.{dc}/api/v1",
        is_finance: false,
    },
];

/// What `get` can be asked for: its name, and where the API keeps it.
const RECORDS: &[(&str, &str)] = &[
    ("invoice", "invoices"),
    ("estimate", "estimates"),
    ("salesorder", "salesorders"),
    ("purchaseorder", "purchaseorders"),
    ("bill", "bills"),
    ("expense", "expenses"),
    ("creditnote", "creditnotes"),
    ("item", "items"),
    ("contact", "contacts"),
    ("customer", "contacts"),
    ("vendor", "contacts"),
    ("project", "projects"),
    ("ticket", "tickets"),
    ("account", "accounts"),
];

fn of(service: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.service == service)
}

/// Whether widgets of a product use one of these SDKs.
pub(super) fn has(service: &str) -> bool {
    of(service).is_some()
}

/// The service that a product's records are read with.
pub(super) fn connection(service: &str) -> Option<&'static str> {
    of(service).map(|product| product.connection).filter(|connection| !connection.is_empty())
}

/// What the product with a connection's service is called.
pub(super) fn name(connection: &str) -> Option<&'static str> {
    PRODUCTS.iter().find(|product| product.connection == connection).map(|product| product.name)
}

/// The request for the organisations of the user, which finance products want named.
pub(super) fn organizations(service: &str) -> Option<HttpRequest> {
    let product = of(service).filter(|product| product.is_finance && !product.connection.is_empty())?;
    Some(read(product, "/organizations"))
}

/// The request for what `get` asks for: a record, or a part of it such as `ticket.subject`.
pub(super) fn record(service: &str, wanted: &str, id: Option<&str>) -> Result<HttpRequest, Refused> {
    let Some(product) = of(service).filter(|product| !product.connection.is_empty()) else {
        return Err(refused("NOT_SUPPORTED", &format!("dg widget does not know the records of {service}.")));
    };
    let entity = wanted.split('.').next().unwrap_or_default();
    let Some((_, folder)) = RECORDS.iter().find(|(name, _)| *name == entity) else {
        return Err(refused("NOT_SUPPORTED", &format!("dg widget does not know how to get '{wanted}'.")));
    };
    let Some(id) = id else {
        return Err(refused(
            "INVALID_DATA",
            "The page is opened for no record: start `dg widget serve` with --record ID.",
        ));
    };
    let path = message::fill("/{folder}/{id}", |name| Some(if name == "id" { id } else { folder }.to_owned()))?;
    Ok(read(product, &path))
}

fn read(product: &Product, path: &str) -> HttpRequest {
    let mut request = HttpRequest::new("GET", format!("{}{path}", product.base));
    request.service = Some(product.connection.to_owned());
    request
}

/// What the promise of `get` gives, out of the API's answer.
pub(super) fn got(service: &str, wanted: &str, status: u16, body: Value) -> Result<Value, Refused> {
    if status >= 400 {
        return Err(Refused(body));
    }
    let (entity, path) = wanted.split_once('.').unwrap_or((wanted, ""));
    let is_finance = of(service).is_some_and(|product| product.is_finance);
    // Finance answers with the record under its name, `contact` for a customer; Desk with the record itself.
    let record = match (is_finance, body.get(entity)) {
        (true, Some(record)) => record.clone(),
        (true, None) => body.get("contact").cloned().unwrap_or(body),
        (false, _) => body,
    };
    let value = path.split('.').filter(|key| !key.is_empty()).fold(record, |value, key| value[key].clone());
    Ok(json!({ wanted: value, "status": "success" }))
}

/// Who answers a request of the SDK.
pub(super) enum Through {
    /// A connection, by its link name.
    Connection(String),
    /// A connector of the project: what finance products call an API configuration.
    Connector(String),
    /// The server itself, without credentials.
    Nothing,
}

/// The request of `ZFAPPS.request` or `ZOHODESK.request`.
pub(super) fn request(sent: &Value, connectors: &Connectors) -> Result<(Through, HttpRequest), Refused> {
    let data = &sent["data"];
    if let Some(key) = data["api_configuration_key"].as_str() {
        let (name, ..) = connectors.find(key)?;
        let given = listed(&data["url_query"]);
        let value = |name: &str| given.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        return Ok((Through::Connector(name.to_owned()), connectors.request(key, value)?));
    }
    let is_desk = sent["sdk"] == "ZOHODESK";
    let method = data[if is_desk { "type" } else { "method" }].as_str().unwrap_or("GET");
    let mut request = outside::start(method, data["url"].as_str())?;
    if is_desk {
        request.headers = outside::headers(&data["headers"]);
        request.query.extend(outside::headers(&data["data"]));
    } else {
        request.headers = listed(&data["header"]);
        request.query.extend(listed(&data["url_query"]));
    }
    let says = request.header("content-type").map(str::to_owned);
    let (mode, body) = if is_desk {
        ("raw", &data["postBody"])
    } else {
        (data["body"]["mode"].as_str().unwrap_or("raw"), &data["body"]["raw"])
    };
    request.body = match (mode, body) {
        ("urlencoded", _) => Body::Form { pairs: listed(&data["body"]["urlencoded"]) },
        (_, Value::Null) => Body::Empty,
        (_, body) => outside::text_body(body, says.as_deref().unwrap_or("application/json")),
    };
    let key = if is_desk { "connectionLinkName" } else { "connection_link_name" };
    Ok(match data[key].as_str().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => {
            request.connection = Some(name.to_owned());
            (Through::Connection(name.to_owned()), request)
        }
        None => (Through::Nothing, request),
    })
}

/// Pairs as finance products write them: `[{"key": …, "value": …}]`.
fn listed(value: &Value) -> Vec<(String, String)> {
    let pairs = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    pairs.iter().filter_map(|pair| Some((pair["key"].as_str()?.to_owned(), text(&pair["value"])))).collect()
}

/// What the promise of a request gives.
pub(super) fn answered(sent: &Value, response: &HttpResponse) -> Value {
    let text = message::text(response);
    if sent["sdk"] != "ZOHODESK" {
        return json!({ "data": { "body": text, "status_code": response.status } });
    }
    if sent["data"]["responseType"] == "json" {
        return json!({ "data": { "statusMessage": message::body(response), "statusCode": response.status } });
    }
    // Without a type the answer is a text that the widget parses itself.
    json!({ "response": text, "statusCode": response.status }).to_string().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_the_page_is_read_with_the_products_own_connection() {
        let invoice = record("FINANCE", "invoice", Some("7")).unwrap();
        assert_eq!(invoice.url, "{api_domain}/books/v3/invoices/7");
        assert_eq!(invoice.service.as_deref(), Some("zoho_books"));
        assert_eq!(record("DESK", "ticket.subject", Some("9")).unwrap().url, "https://desk.{dc}/api/v1/tickets/9");
        for (service, wanted, id) in [
            ("DESK", "ticket", None),
            ("DESK", "../x", Some("9")),
            ("DESK", "ticket", Some("..")),
            ("EXPENSE", "expense", Some("1")),
        ] {
            assert!(record(service, wanted, id).is_err(), "{service} {wanted} {id:?}");
        }
        let got_invoice = got("FINANCE", "invoice", 200, json!({"code":0,"invoice":{"total":5}})).unwrap();
        assert_eq!(got_invoice["invoice"]["total"], 5);
        let subject = got("DESK", "ticket.subject", 200, json!({"subject":"Broken"})).unwrap();
        assert_eq!((&subject["ticket.subject"], &subject["status"]), (&"Broken".into(), &"success".into()));
        assert!(got("DESK", "ticket", 404, json!({"errorCode":"URL_NOT_FOUND"})).is_err());
    }

    #[test]
    fn requests_are_those_of_each_sdk() {
        let none = Connectors::default();
        let sent = json!({"sdk":"ZFAPPS","data":{"url":"https://api.example.com/x","method":"POST","connection_link_name":"news",
            "url_query":[{"key":"a","value":1}],"header":[{"key":"X-B","value":"c"}],"body":{"mode":"raw","raw":{"d":2}}}});
        let (through, asked) = request(&sent, &none).unwrap();
        assert!(matches!(through, Through::Connection(name) if name == "news"));
        assert_eq!(
            (asked.method.as_str(), asked.query, asked.connection),
            ("POST", vec![("a".into(), "1".into())], Some("news".into()))
        );
        assert_eq!(
            (asked.headers, asked.body),
            (vec![("X-B".into(), "c".into())], Body::text(r#"{"d":2}"#, "application/json"))
        );
        let sent = json!({"sdk":"ZOHODESK","data":{"url":"https://api.example.com/x","type":"GET","data":{"a":"b"},"headers":{"X":"y"}}});
        let (through, asked) = request(&sent, &none).unwrap();
        assert!(matches!(through, Through::Nothing));
        assert_eq!((asked.query, asked.connection), (vec![("a".into(), "b".into())], None));
        for wrong in [
            json!({"url":"file:///etc/passwd"}),
            json!({"url":"https://a.example.com","type":"TRACE"}),
            json!({"api_configuration_key":"no.such"}),
        ] {
            assert!(request(&json!({"sdk":"ZOHODESK","data":wrong}), &none).is_err(), "{wrong}");
        }
        let response = HttpResponse { status: 200, body: br#"{"a":1}"#.to_vec().into(), ..HttpResponse::default() };
        assert_eq!(answered(&json!({"sdk":"ZFAPPS"}), &response)["data"]["body"], r#"{"a":1}"#);
        let json = answered(&json!({"sdk":"ZOHODESK","data":{"responseType":"json"}}), &response);
        assert_eq!(json["data"]["statusMessage"]["a"], 1);
        let text = answered(&json!({"sdk":"ZOHODESK","data":{}}), &response);
        assert_eq!(serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap()["response"], r#"{"a":1}"#);
    }
}
