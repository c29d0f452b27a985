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
    let public = |name: &str| match connection.secret_values.get(name) {
        Some(_) => None,
        None => connection.value(service, name),
    };
    // A value that does not fit its place is left as its name: the call itself says what is wrong with it.
    let url = template::fill_url(&url, public).map_or_else(|_| url.clone(), |filled| filled.into_owned());
    let method = test.map_or("GET", |test| test.method.as_str());
    let body = test.map(body).unwrap_or_default();
    let name = &connection.name;
    format!("response = invokeurl\n[\n\turl :\"{url}\"\n\ttype :{method}\n{body}\tconnection:\"{name}\"\n];\n")
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
    fn keys_stay_placeholders() {
        let service = Catalogue::shipped().get("telegram").unwrap();
        let mut connection = Connection::draft(Key::shared("bot"), &service, 0);
        connection.credentials = crate::Credentials::ApiKey { keys: [("api_key".to_owned(), "12:ab".into())].into() };
        let block = invokeurl(&connection, &service);
        assert!(block.contains("https://api.telegram.org/bot{api_key}/getMe"), "{block}");
    }
}
