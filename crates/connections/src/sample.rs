//! The block to paste into a script that uses a connection.

use crate::{Connection, Service, TestCall, template};

/// An `invokeurl` statement that calls the service through the connection.
///
/// It calls the service's test address where there is one; values that the connection has are filled in, so that the
/// block runs in other hosts of the language too. Keys stay as placeholders.
#[must_use]
pub fn invokeurl(connection: &Connection, service: &Service) -> String {
    let test = service.test.as_ref();
    let api = service.api.as_deref().unwrap_or("https://").trim_end_matches('/');
    let url = match test {
        Some(test) if !test.url.starts_with('/') => test.url.clone(),
        Some(test) => format!("{api}{}", test.url),
        None => api.to_owned(),
    };
    let url = filled(connection, service, &url);
    let method = test.map_or("GET", |test| test.method.as_str());
    let body = test.map(body).unwrap_or_default();
    let name = &connection.name;
    format!("response = invokeurl\n[\n\turl :\"{url}\"\n\ttype :{method}\n{body}\tconnection:\"{name}\"\n];\n")
}

/// A URL with the values that the connection has; secret ones stay as their names.
fn filled(connection: &Connection, service: &Service, url: &str) -> String {
    let public = |name: &str| match connection.secret_values.get(name) {
        Some(_) => None,
        None => connection.value(service, name),
    };
    // A value that does not fit its place is left as its name: the call itself says what is wrong with it.
    template::fill_url(url, public).map_or_else(|_| url.to_owned(), |filled| filled.into_owned())
}

/// The methods of blocks to paste.
pub const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// An `invokeurl` block of one method with everything to fill in: the address from the provider's guide, and parameters
/// where the method has some.
#[must_use]
pub fn template(connection: &Connection, service: &Service, method: &str) -> String {
    let api = filled(connection, service, service.api.as_deref().unwrap_or("https://"));
    let api = api.trim_end_matches('/');
    let parameters = match method {
        "DELETE" => "",
        "GET" => "\tparameters :{\"name\":\"value\"}\n",
        _ => "\tparameters :{\"name\":\"value\"}.toString()\n\tcontent-type :\"application/json\"\n",
    };
    let name = &connection.name;
    format!("response = invokeurl\n[\n\turl :\"{api}/…\"\n\ttype :{method}\n{parameters}\tconnection:\"{name}\"\n];\n")
}

/// The entry of a widget's manifest (`usedConnections`) for a connection.
#[must_use]
pub fn used_connection(connection: &Connection, service: &Service, is_custom: bool) -> String {
    let entry = serde_json::json!({
        "connectionLinkName": connection.name,
        "connectionName": connection.label,
        "serviceName": service.id,
        "userAccess": connection.subject != crate::Subject::Shared,
        "isUserDefinedService": is_custom,
        "scope": connection.scopes,
    });
    serde_json::to_string_pretty(&entry).unwrap_or_default()
}

/// The lines that say what a test call sends.
fn body(test: &TestCall) -> String {
    if let Some(json) = &test.json {
        return format!("\tbody :{}\n\tcontent-type :\"application/json\"\n", quoted(json));
    }
    let pairs: Vec<String> =
        test.form.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("\tparameters :{{{}}}\n", pairs.join(",")) }
}

/// A text as scripts write it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Catalogue, Key};

    #[test]
    fn the_block_names_the_connection_and_a_call_that_works() {
        let service = Catalogue::shipped().get("mailchimp").unwrap();
        let mut connection = Connection::draft(Key::shared("news"), &service, 0);
        assert!(invokeurl(&connection, &service).contains("url :\"https://{dc}.api.mailchimp.com/3.0/ping\""));
        connection.set_value(&service, "dc", "us6");
        assert_eq!(
            invokeurl(&connection, &service),
            "response = invokeurl\n[\n\turl :\"https://us6.api.mailchimp.com/3.0/ping\"\n\ttype :GET\n\tconnection:\"news\"\n];\n"
        );
    }

    #[test]
    fn what_the_call_sends_is_in_the_block() {
        let block = |id: &str| {
            let service = Catalogue::shipped().get(id).unwrap();
            invokeurl(&Connection::draft(Key::shared("me"), &service, 0), &service)
        };
        let linear = block("linear");
        assert!(
            linear.contains("type :POST\n\tbody :\"{\\\"query\\\":\\\"{ viewer { id } }\\\"}\"\n\tcontent-type"),
            "{linear}"
        );
        let withings = block("withings");
        assert!(withings.contains("type :POST\n\tparameters :{\"action\":\"getdevice\"}\n\tconnection"), "{withings}");
        let expensify = block("expensify");
        assert!(expensify.contains("\\\"partnerUserSecret\\\":\\\"{partner_user_secret}\\\""), "{expensify}");
    }

    #[test]
    fn the_manifest_entry_reads_back() {
        let service = Catalogue::shipped().get("mailchimp").unwrap();
        let connection = Connection::draft(Key::user("news", "ann"), &service, 0);
        let entries = crate::manifest::read(&used_connection(&connection, &service, false)).unwrap();
        assert_eq!((entries[0].link_name.as_str(), entries[0].per_user), ("news", true));
        for method in METHODS {
            assert!(template(&connection, &service, method).contains(&format!("type :{method}\n")));
        }
    }

    #[test]
    fn keys_stay_placeholders() {
        let service = Catalogue::shipped().get("telegram").unwrap();
        let mut connection = Connection::draft(Key::shared("bot"), &service, 0);
        connection.credentials = crate::Credentials::ApiKey { keys: [("api_key".to_owned(), "12:ab".into())].into() };
        let block = invokeurl(&connection, &service);
        assert!(block.contains("https://api.telegram.org/bot{api_key}/getMe"), "{block}");
    }
}
