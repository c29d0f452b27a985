//! Conditions as Creator has them: `(Name == "x" && Amount > 5) || Status.contains("open")`.

use std::cmp::Ordering;

use serde_json::Value;

use crate::http::Object;

/// Deeper nesting is refused.
const MOST_NESTED: usize = 30;

#[derive(Debug, PartialEq)]
pub(super) enum Criteria {
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
    Compare(String, String, Value),
    /// `contains`, `startsWith` or `endsWith`, and whether not.
    Holds(String, String, String, bool),
}

/// Reads a condition; the error says what is wrong.
pub(super) fn parse(text: &str) -> Result<Criteria, String> {
    let mut rest = text.trim();
    let criteria = any(&mut rest, 0)?;
    if rest.is_empty() { Ok(criteria) } else { Err(format!("unexpected text near '{}'", near(rest))) }
}

fn near(rest: &str) -> String {
    rest.chars().take(12).collect()
}

fn eat(rest: &mut &str, sign: &str) -> bool {
    let found = rest.strip_prefix(sign);
    if let Some(after) = found {
        *rest = after.trim_start();
    }
    found.is_some()
}

fn eat_word(rest: &mut &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let start = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let ends = rest[rest.len().min(word.len())..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        let alphabetic = word.starts_with(char::is_alphabetic);
        let found = start && (ends || !alphabetic);
        if found {
            *rest = rest[word.len()..].trim_start();
        }
        found
    })
}

fn any(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    let mut terms = vec![all(rest, depth)?];
    while eat_word(rest, &["||", "or"]) {
        terms.push(all(rest, depth)?);
    }
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::Any(terms) })
}

fn all(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    let mut terms = vec![term(rest, depth)?];
    while eat_word(rest, &["&&", "and"]) {
        terms.push(term(rest, depth)?);
    }
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::All(terms) })
}

fn term(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    if depth > MOST_NESTED {
        return Err("nested too deeply".into());
    }
    if eat(rest, "(") {
        let inner = any(rest, depth + 1)?;
        return if eat(rest, ")") { Ok(inner) } else { Err("a closing parenthesis is missing".into()) };
    }
    let not = eat(rest, "!");
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = rest[..end].to_owned();
    if name.is_empty() {
        return Err(format!("a field is missing near '{}'", near(rest)));
    }
    *rest = rest[end..].trim_start();
    if eat(rest, ".") {
        for function in ["contains", "startsWith", "endsWith", "notContains"] {
            if eat_word(rest, &[function]) {
                let value = if eat(rest, "(") { value(rest)? } else { return Err("a parenthesis is missing".into()) };
                if !eat(rest, ")") {
                    return Err("a closing parenthesis is missing".into());
                }
                let text = plain(&value);
                let (function, not) = if function == "notContains" { ("contains", !not) } else { (function, not) };
                return Ok(Criteria::Holds(name, function.into(), text, not));
            }
        }
        return Err(format!("the function near '{}' is not known", near(rest)));
    }
    for sign in ["==", "!=", "<=", ">=", "<", ">", "="] {
        if eat(rest, sign) {
            let sign = if sign == "=" { "==" } else { sign };
            return Ok(Criteria::Compare(name, sign.into(), value(rest)?));
        }
    }
    if eat_word(rest, &["is"]) {
        let not = eat_word(rest, &["not"]);
        if eat_word(rest, &["null"]) {
            return Ok(Criteria::Compare(name, if not { "!=" } else { "==" }.into(), Value::Null));
        }
    }
    Err(format!("an operator is missing near '{}'", near(rest)))
}

fn value(rest: &mut &str) -> Result<Value, String> {
    let Some(first) = rest.chars().next() else { return Err("a value is missing".into()) };
    if matches!(first, '"' | '\'') {
        let body = &rest[1..];
        let end = body.find(first).ok_or("a quote is not closed")?;
        let text = body[..end].to_owned();
        *rest = body[end + 1..].trim_start();
        return Ok(text.into());
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|')).unwrap_or(rest.len());
    let word = &rest[..end];
    if word.is_empty() {
        return Err("a value is missing".into());
    }
    *rest = rest[end..].trim_start();
    Ok(match word {
        "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        word => word.parse::<f64>().map_or_else(|_| word.into(), |_| word.into()),
    })
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(lookup) => {
            lookup.get("display_value").or_else(|| lookup.get("ID")).map(plain).unwrap_or_default()
        }
        value => value.to_string(),
    }
}

/// A day as Creator writes it by default, as text that sorts.
fn day(text: &str) -> Option<String> {
    let format = if text.contains(' ') { "%d-%b-%Y %H:%M:%S" } else { "%d-%b-%Y" };
    let parsed = jiff::fmt::strtime::parse(format, text).ok()?;
    Some(
        parsed.to_date().ok()?.to_string()
            + &text.split_once(' ').map(|(_, time)| format!(" {time}")).unwrap_or_default(),
    )
}

fn order(found: &Value, wanted: &Value) -> Option<Ordering> {
    let (found, wanted) = (plain(found), plain(wanted));
    match (found.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) => found.partial_cmp(&wanted),
        _ => match (day(&found), day(&wanted)) {
            (Some(found), Some(wanted)) => Some(found.cmp(&wanted)),
            _ => Some(found.to_lowercase().cmp(&wanted.to_lowercase())),
        },
    }
}

impl Criteria {
    /// Whether a record fits.
    pub(super) fn takes(&self, record: &Object) -> bool {
        let found = |name: &str| record.get(name).unwrap_or(&Value::Null);
        match self {
            Criteria::All(terms) => terms.iter().all(|term| term.takes(record)),
            Criteria::Any(terms) => terms.iter().any(|term| term.takes(record)),
            Criteria::Holds(name, function, text, not) => {
                let (found, text) = (plain(found(name)).to_lowercase(), text.to_lowercase());
                let holds = match function.as_str() {
                    "startsWith" => found.starts_with(&text),
                    "endsWith" => found.ends_with(&text),
                    _ => found.contains(&text),
                };
                holds != *not
            }
            Criteria::Compare(name, sign, wanted) => {
                let found = found(name);
                let order = order(found, wanted);
                // A lookup is compared by its id too.
                let by_id = found.get("ID").is_some_and(|id| plain(id) == plain(wanted));
                match sign.as_str() {
                    "==" => order == Some(Ordering::Equal) || by_id,
                    "!=" => order != Some(Ordering::Equal) && !by_id,
                    "<" => order == Some(Ordering::Less),
                    ">" => order == Some(Ordering::Greater),
                    "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn takes(criteria: &str) -> bool {
        let record = serde_json::json!({
            "ID": "9001", "Name": "Hat", "Amount": "12.50", "Due": "05-Mar-2025", "Buyer": { "display_value": "Ann", "ID": "7" }
        });
        parse(criteria).unwrap().takes(record.as_object().unwrap())
    }

    #[test]
    fn conditions() {
        assert!(takes("(Name == \"hat\" && Amount > 9)") && !takes("Name != \"Hat\""));
        assert!(takes("Amount == 12.5 || Name == \"x\"") && takes("ID == 9001"));
        assert!(takes("Due < \"10-Mar-2025\"") && takes("Due >= '05-Mar-2025'") && !takes("Due > '01-Apr-2025'"));
        assert!(takes("Buyer == 7") && takes("Buyer == \"Ann\""));
        assert!(
            takes("Name.contains(\"a\") and !Name.startsWith(\"b\")")
                && takes("Missing is null")
                && takes("Name is not null")
        );
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in ["Name", "(Name == \"x\"", "Name ~ 1", "Name == \"x", "== 2", "Name.likes(\"x\")", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"(".repeat(10_000)).is_err());
    }
}
