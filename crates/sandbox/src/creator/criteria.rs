//! Criteria as calls of Creator's API write them: `(Name == "x" && Amount > 5) || Status.contains("open")`. They become the
//! criteria of a query, which the records answer.

use rainwright_effect::{Comparison, Criteria, Data, Decimal, FieldPath, Operand};

/// Deeper nesting is refused.
const MOST_NESTED: usize = 30;

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
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::Any { of: terms } })
}

fn all(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    let mut terms = vec![term(rest, depth)?];
    while eat_word(rest, &["&&", "and"]) {
        terms.push(term(rest, depth)?);
    }
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::All { of: terms } })
}

fn term(rest: &mut &str, depth: usize) -> Result<Criteria, String> {
    if depth > MOST_NESTED {
        return Err("nested too deeply".into());
    }
    if eat(rest, "!") {
        return Ok(Criteria::Not { of: Box::new(term(rest, depth + 1)?) });
    }
    if eat(rest, "(") {
        let inner = any(rest, depth + 1)?;
        return if eat(rest, ")") { Ok(inner) } else { Err("a closing parenthesis is missing".into()) };
    }
    let mut path = vec![name(rest)?];
    while eat(rest, ".") {
        for function in ["contains", "startsWith", "endsWith", "notContains", "equals"] {
            if eat_word(rest, &[function]) {
                let value = if eat(rest, "(") { value(rest)? } else { return Err("a parenthesis is missing".into()) };
                if !eat(rest, ")") {
                    return Err("a closing parenthesis is missing".into());
                }
                let (field, function) = (FieldPath(path), function.to_owned());
                return Ok(Criteria::Call { field, function, arguments: vec![value] });
            }
        }
        if rest.contains('(') && rest.find('(') < rest.find([' ', '=', '<', '>', '!']) {
            return Err(format!("the function near '{}' is not known", near(rest)));
        }
        path.push(name(rest)?);
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
    }
    Err(format!("an operator is missing near '{}'", near(rest)))
}

fn compare(field: FieldPath, comparison: Comparison, value: Data) -> Criteria {
    Criteria::Compare { left: Operand::Field(field), comparison, right: Operand::Value(value) }
}

fn name(rest: &mut &str) -> Result<String, String> {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
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
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|')).unwrap_or(rest.len());
    let word = &rest[..end];
    if word.is_empty() {
        return Err("a value is missing".into());
    }
    *rest = rest[end..].trim_start();
    Ok(match word {
        "null" => Data::Null,
        "true" => true.into(),
        "false" => false.into(),
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
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in ["Name", "(Name == \"x\"", "Name ~ 1", "Name == \"x", "== 2", "Name.likes(\"x\")", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"(".repeat(10_000)).is_err());
    }
}
