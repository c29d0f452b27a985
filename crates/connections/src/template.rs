//! Fills `{name}` in URLs, headers and parameters; unknown names and other braces stay as they are.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rainwright_diagnostic::{Code, Problem};
use std::borrow::Cow;

/// All but the unreserved characters of RFC 3986 section 2.3.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Cuts a template into text and names. A name is a letter, then letters, digits, `_`, `.` and `-`.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    let mut waiting = None;
    std::iter::from_fn(move || {
        if let Some(piece) = waiting.take() {
            return Some(piece);
        }
        if rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(open) = rest[from..].find('{').map(|i| i + from) {
            let length = rest[open + 1..].find(|c: char| !is_name_char(c)).unwrap_or(rest.len() - open - 1);
            let name = &rest[open + 1..open + 1 + length];
            if rest[open + 1 + length..].starts_with('}') && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let text = &rest[..open];
                rest = &rest[open + length + 2..];
                if text.is_empty() {
                    return Some(Piece::Name(name));
                }
                waiting = Some(Piece::Name(name));
                return Some(Piece::Text(text));
            }
            from = open + 1;
        }
        Some(Piece::Text(std::mem::take(&mut rest)))
    })
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// The names a template mentions, in order.
pub fn names(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// Puts the values of the names that `value` knows in place, as they are.
pub fn fill<'t, 'v>(template: &'t str, mut value: impl FnMut(&str) -> Option<Cow<'v, str>>) -> Cow<'t, str> {
    if !template.contains('{') {
        return Cow::Borrowed(template);
    }
    let mut filled = String::with_capacity(template.len() + 32);
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Name(name) => match value(name) {
                Some(value) => filled.push_str(&value),
                None => push_name(&mut filled, name),
            },
        }
    }
    Cow::Owned(filled)
}

/// Puts values into a URL, each encoded for its place.
///
/// At the very start a value is an origin with an optional path (`https://eu3.example.com/v2`); in the host it must
/// consist of letters, digits, `.` and `-`; in the path and after it, all but unreserved characters are percent-encoded.
///
/// # Errors
/// [`Code::BadRequest`] when a value does not fit its place; the message names the value, not its content.
pub fn fill_url<'t, 'v>(
    template: &'t str,
    mut value: impl FnMut(&str) -> Option<Cow<'v, str>>,
) -> Result<Cow<'t, str>, Problem> {
    if !template.contains('{') {
        return Ok(Cow::Borrowed(template));
    }
    let mut url = String::with_capacity(template.len() + 32);
    for piece in pieces(template) {
        let name = match piece {
            Piece::Text(text) => {
                url.push_str(text);
                continue;
            }
            Piece::Name(name) => name,
        };
        let Some(value) = value(name) else {
            push_name(&mut url, name);
            continue;
        };
        match place(&url) {
            UrlPart::Start => {
                if !value.starts_with("https://") && !value.starts_with("http://") {
                    return Err(misfit(name, "starts the URL, so it must start with https://"));
                }
                url.push_str(value.trim_end_matches('/'));
            }
            UrlPart::Host => {
                if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
                    return Err(misfit(
                        name,
                        "is part of the host, so it may only have letters, digits, \".\" and \"-\"",
                    ));
                }
                url.push_str(&value);
            }
            UrlPart::Behind => {
                if matches!(&*value, "." | "..") {
                    return Err(misfit(name, "is part of the path, so it may not be \".\" or \"..\""));
                }
                url.extend(utf8_percent_encode(&value, RESERVED));
            }
        }
    }
    Ok(Cow::Owned(url))
}

enum UrlPart {
    Start,
    Host,
    Behind,
}

fn place(before: &str) -> UrlPart {
    match before.split_once("://") {
        None if before.is_empty() => UrlPart::Start,
        Some((_, rest)) if !rest.contains(['/', '?', '#', '\\']) => UrlPart::Host,
        _ => UrlPart::Behind,
    }
}

fn push_name(text: &mut String, name: &str) {
    text.push('{');
    text.push_str(name);
    text.push('}');
}

fn misfit(name: &str, rule: &str) -> Problem {
    Problem::new(Code::BadRequest, format!("The connection's value {{{name}}} {rule}."))
        .with_help("Show the connection with `dg connections show NAME` and connect again with the right value.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lookup(name: &str) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match name {
            "dc" => "us6",
            "id" => "a/b c&d",
            "evil" => "evil.com/",
            "at" => "x@evil",
            "dots" => "..",
            "api_domain" => "https://www.zohoapis.eu/",
            "incoming_webhook.url" => "w",
            _ => return None,
        }))
    }

    #[test]
    fn known_names_are_filled_and_all_else_stays() {
        for (template, filled) in [
            ("{dc}", "us6"),
            ("a{dc}b{dc}", "aus6bus6"),
            ("{unknown}{", "{unknown}{"),
            ("{{dc}}", "{us6}"),
            ("{ dc }{}{1}{dc", "{ dc }{}{1}{dc"),
            ("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"),
            ("{incoming_webhook.url}", "w"),
            ("ä{dc}ß", "äus6ß"),
            ("", ""),
        ] {
            assert_eq!(fill(template, lookup), filled, "{template}");
        }
    }

    #[test]
    fn names_are_listed() {
        assert_eq!(names("https://{a}.x/{b}?{c-d}={ e }").collect::<Vec<_>>(), ["a", "b", "c-d"]);
    }

    #[test]
    fn values_are_encoded_for_their_place() {
        for (template, url) in [
            ("https://{dc}.api.mailchimp.com/3.0", "https://us6.api.mailchimp.com/3.0"),
            ("https://h/x/{id}/y?q={id}#{id}", "https://h/x/a%2Fb%20c%26d/y?q=a%2Fb%20c%26d#a%2Fb%20c%26d"),
            ("{api_domain}/crm/v2/{dc}", "https://www.zohoapis.eu/crm/v2/us6"),
            ("https://h?x={dc}", "https://h?x=us6"),
            ("https://h/{nope}", "https://h/{nope}"),
        ] {
            assert_eq!(fill_url(template, lookup).unwrap(), url, "{template}");
        }
    }

    #[test]
    fn values_cannot_leave_their_place() {
        for template in ["https://{evil}.example.com", "https://{at}.example.com", "{dc}/x", "https://h/{dots}/x"] {
            let problem = fill_url(template, lookup).unwrap_err();
            assert_eq!(problem.code, Code::BadRequest, "{template}");
            assert!(!problem.message.contains("evil.com"), "the value itself is not shown");
        }
    }
}
