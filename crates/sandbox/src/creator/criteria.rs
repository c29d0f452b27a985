//! Criteria as calls of Creator's API write them: `(Name == "x" && Amount > 5) || Status.contains("open")`. They become the
//! criteria of a query, which the records answer.

use rainwright_effect::{Comparison, Criteria, Data, Decimal, FieldPath, Operand};
use rainwright_value::DAY;

/// Deeper nesting is refused.
const MOST_NESTED: usize = 30;

/// Reads a condition; the error says what is wrong.
pub(super) fn parse(text: &str) -> Result<Criteria, String> {
    let mut rest = text.trim();
    let criteria = all(&mut rest, 0)?;
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

/// Takes a word, whatever the case of its letters, or a sign.
fn eat_word(rest: &mut &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let Some((start, after)) = rest.split_at_checked(word.len()) else { return false };
        let is_whole = !word.starts_with(char::is_alphabetic) || !after.starts_with(is_of_name);
        let found = start.eq_ignore_ascii_case(word) && is_whole;
        if found {
            *rest = after.trim_start();
        }
        found
    })
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Conditions that must all hold: `||` binds tighter than `&&`.
fn all(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    let mut terms = vec![any(rest, depth)?];
    while eat_word(rest, &["&&", "and"]) {
        terms.push(any(rest, depth)?);
    }
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::All { of: terms } })
}

fn any(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    let mut terms = vec![term(rest, depth)?];
    while eat_word(rest, &["||", "or"]) {
        terms.push(term(rest, depth)?);
    }
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::Any { of: terms } })
}

fn term(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    if depth > MOST_NESTED {
        return Err("nested too deeply".into());
    }
    if eat(rest, "!") {
        return Ok(Criteria::Not { of: Box::new(term(rest, depth + 1)?) });
    }
    if eat(rest, "(") {
        let inner = all(rest, depth + 1)?;
        return if eat(rest, ")") { Ok(inner) } else { Err("a closing parenthesis is missing".into()) };
    }
    let mut path = vec![name(rest)?];
    while eat(rest, ".") {
        let next = name(rest)?;
        if eat(rest, "(") {
            return call(rest, FieldPath(path), next);
        }
        path.push(next);
    }
    let field = FieldPath(path);
    for (sign, comparison) in [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessEqual),
        (">=", Comparison::GreaterEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
    ] {
        if eat(rest, sign) {
            return Ok(compare(field, comparison, value(rest)?));
        }
    }
    if eat_word(rest, &["is"]) {
        let comparison = if eat_word(rest, &["not"]) { Comparison::IsNot } else { Comparison::Is };
        if eat_word(rest, &["null"]) {
            return Ok(compare(field, comparison, Data::Null));
        }
    } else if eat_word(rest, &["like"]) {
        return Ok(compare(field, Comparison::Like, value(rest)?));
    } else {
        let negative = eat_word(rest, &["not"]);
        if eat_word(rest, &["in"]) {
            let comparison = if negative { Comparison::NotIn } else { Comparison::In };
            return Ok(compare(field, comparison, listed(rest)?));
        }
    }
    Err(format!("an operator is missing near '{}'", near(rest)))
}

/// The rest of `Name.contains("a")`, after the parenthesis.
fn call(rest: &mut &str, field: FieldPath, function: String) -> Result<Criteria, String> {
    let lower = function.to_ascii_lowercase();
    let test = lower.strip_prefix("not").unwrap_or(&lower);
    if !["contains", "startswith", "endswith", "equals"].contains(&test.strip_suffix("ignorecase").unwrap_or(test)) {
        return Err(format!("the function {function} is not known"));
    }
    let argument = value(rest)?;
    if !eat(rest, ")") {
        return Err("a closing parenthesis is missing".into());
    }
    Ok(Criteria::Call { field, function, arguments: vec![argument] })
}

/// What follows `in`: values in braces, or a span of days in words.
fn listed(rest: &mut &str) -> Result<Data, String> {
    if !eat(rest, "{") {
        let end = rest.find(['&', '|', ')']).unwrap_or(rest.len());
        let (words, after) = rest.split_at(end);
        let span = words.trim();
        let first = span.split_whitespace().next().unwrap_or_default().to_lowercase();
        if !["today", "yesterday", "tomorrow", "this", "last", "next"].contains(&first.as_str()) {
            return Err(format!("a list in braces or a span such as this month is missing near '{}'", near(rest)));
        }
        *rest = after;
        return Ok(span.into());
    }
    let mut items = Vec::new();
    loop {
        items.push(value(rest)?);
        if eat(rest, "}") {
            return Ok(Data::List(items));
        }
        if !eat(rest, ",") {
            return Err("a closing brace is missing".into());
        }
    }
}

fn compare(field: FieldPath, comparison: Comparison, value: Data) -> Criteria {
    Criteria::Compare { left: Operand::Field(field), comparison, right: Operand::Value(value) }
}

fn name(rest: &mut &str) -> Result<String, String> {
    let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
    let name = rest[..end].to_owned();
    if name.is_empty() {
        return Err(format!("a field is missing near '{}'", near(rest)));
    }
    *rest = rest[end..].trim_start();
    Ok(name)
}

fn value(rest: &mut &str) -> Result<Data, String> {
    let Some(first) = rest.chars().next() else { return Err("a value is missing".into()) };
    if matches!(first, '"' | '\'') {
        let body = &rest[1..];
        let end = body.find(first).ok_or("a quote is not closed")?;
        let text = body[..end].to_owned();
        *rest = body[end + 1..].trim_start();
        return Ok(super::shown::of_text(text));
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|' | ',' | '}')).unwrap_or(rest.len());
    let word = &rest[..end];
    if word.is_empty() {
        return Err("a value is missing".into());
    }
    *rest = rest[end..].trim_start();
    Ok(match word {
        "null" => Data::Null,
        "true" => true.into(),
        "false" => false.into(),
        "zoho.loginuser" => super::USER.into(),
        "zoho.loginuserid" => crate::oauth::USER.into(),
        "zoho.currentdate" => Data::Date(crate::world::now().as_millisecond().div_euclid(DAY)),
        "zoho.currenttime" => Data::DateTime { millis: crate::world::now().as_millisecond(), offset: 0 },
        word => match (word.parse::<i64>(), word.parse::<Decimal>()) {
            (Ok(number), _) => number.into(),
            (_, Ok(decimal)) => decimal.into(),
            _ => word.into(),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rainwright_effect::Query;
    use rainwright_records::{LearningStore, Settings};

    use super::parse;
    use crate::creator::shown;

    fn takes(criteria: &str) -> bool {
        let record = serde_json::json!({
            "Name": "Hat", "Amount": "12.50", "Due": "05-Mar-2025", "Buyer": { "display_value": "Ann", "ID": "7" }
        });
        let mut store = LearningStore::new(Vec::new(), Settings::default()).unwrap();
        shown::put(&mut store, "Order", Some(9001), record.as_object().unwrap()).unwrap();
        let query = Query { form: "Order".into(), criteria: Some(parse(criteria).unwrap()), ..Query::default() };
        !store.ids(&query).unwrap().is_empty()
    }

    #[test]
    fn conditions() {
        assert!(takes("(Name == \"Hat\" && Amount > 9)") && !takes("Name != \"Hat\""));
        assert!(takes("Amount == 12.5 || Name == \"x\"") && takes("ID == 9001"));
        assert!(takes("Due < \"10-Mar-2025\"") && takes("Due >= '05-Mar-2025'") && !takes("Due > '01-Apr-2025'"));
        assert!(takes("Buyer == 7") && takes("Buyer.Name == \"Ann\"") && !takes("Buyer == 8"));
        assert!(
            takes("Name.contains(\"a\") and !Name.startsWith(\"b\")")
                && takes("Missing is null")
                && takes("Name is not null")
        );
        assert!(takes("Name in {\"Cap\", \"Hat\"} && Amount not in {1,2}") && takes("Name like \"h%\""));
        assert!(takes("Name.endswith(\"t\")") && takes("Name.containsIgnoreCase(\"HA\")"));
        assert!(takes("Due < zoho.currentdate && Name != zoho.loginuser"));
        assert!(!takes("Due in this year") && !takes("Due in last 7 days && ID == 9001"));
    }

    #[test]
    fn alternatives_bind_tighter_than_what_must_all_hold() {
        assert!(!takes("Name == \"Hat\" || Amount > 1 && Amount > 100"));
        assert!(takes("Name == \"Hat\" || (Amount > 1 && Amount > 100)"));
        assert!(!takes("!Name == \"Hat\" && Amount > 1 || Amount > 0"));
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in [
            "Name",
            "(Name == \"x\"",
            "Name ~ 1",
            "Name == \"x",
            "== 2",
            "Name.likes(\"x\")",
            "",
            "Name in {1, 2",
            "Name in them",
            "Name not 1",
            "€€",
            "Name €€",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"(".repeat(10_000)).is_err());
    }
}
