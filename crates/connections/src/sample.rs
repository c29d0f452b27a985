//! The block to paste into a script that uses a connection.

use crate::{Connection, Service, template};

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
    format!("response = invokeurl\n[\n\turl :\"{url}\"\n\ttype :{method}\n\tconnection:\"{}\"\n];\n", connection.name)
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
    fn keys_stay_placeholders() {
        let service = Catalogue::shipped().get("telegram").unwrap();
        let mut connection = Connection::draft(Key::shared("bot"), &service, 0);
        connection.credentials = crate::Credentials::ApiKey { keys: [("api_key".to_owned(), "12:ab".into())].into() };
        let block = invokeurl(&connection, &service);
        assert!(block.contains("https://api.telegram.org/bot{api_key}/getMe"), "{block}");
    }
}
