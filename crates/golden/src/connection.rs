//! Connections that a golden script declares: `mailchimp = bearer "token" dc=us6`.

use std::collections::BTreeMap;

use rainwright::connections::{
    Catalogue, Connection, Credentials, Key, OAuth2Credentials, Secret, Status, time::UnixTime,
};

/// Reads `name = [service] bearer "token"`, `… basic "user" "password"` or `… key parameter "value"`, and `value=…` pairs.
pub(crate) fn read(line: &str, catalogue: &Catalogue) -> Result<Connection, String> {
    let wrong = || format!("connection: '{line}' is not like: mailchimp = bearer \"token\" dc=us6");
    let (name, rest) = line.split_once('=').ok_or_else(wrong)?;
    let name = name.trim();
    let mut words = words(rest).into_iter().peekable();
    let service = match words.peek() {
        Some(word) if !matches!(word.as_str(), "bearer" | "basic" | "key") => words.next().ok_or_else(wrong)?,
        _ => name.to_owned(),
    };
    let service = catalogue.get(&service).map_err(|problem| problem.to_string())?;
    let mut connection = Connection::draft(Key::shared(name), &service, UnixTime::default());
    connection.status = Status::Connected;
    let mut next = || words.next().ok_or_else(wrong);
    connection.credentials = match next()?.as_str() {
        "bearer" => Credentials::OAuth2(OAuth2Credentials {
            access_token: Secret::new(next()?),
            ..OAuth2Credentials::default()
        }),
        "basic" => Credentials::Basic { username: Secret::new(next()?), password: Secret::new(next()?) },
        "key" => Credentials::ApiKey { keys: BTreeMap::from([(next()?, Secret::new(next()?))]) },
        other => return Err(format!("connection: '{other}' is none of bearer, basic, key")),
    };
    for word in words {
        let (field, value) = word.split_once('=').ok_or_else(wrong)?;
        connection.set_value(&service, field, value);
    }
    Ok(connection)
}

/// Words between blanks; double quotes keep blanks together.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
