//! Search criteria: `((Last_Name:equals:Burns)and(Email:starts_with:b))or(Company:in:Acme,Initech)`.

use std::cmp::Ordering;

use serde_json::Value;

use crate::http::Object;

/// Deeper than this is refused; the CRM takes ten criteria at most.
const MOST_NESTED: usize = 10;

/// A condition on a record.
#[derive(Debug, PartialEq)]
pub(super) enum Criteria {
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
    Test { field: String, operator: Operator, values: Vec<String> },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
    Equals,
    NotEqual,
    StartsWith,
    In,
    Between,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Contains,
}

const OPERATORS: [(&str, Operator); 10] = [
    ("equals", Operator::Equals),
    ("not_equal", Operator::NotEqual),
    ("starts_with", Operator::StartsWith),
    ("in", Operator::In),
    ("between", Operator::Between),
    ("greater_than", Operator::Greater),
    ("less_than", Operator::Less),
    ("greater_equal", Operator::GreaterEqual),
    ("less_equal", Operator::LessEqual),
    ("contains", Operator::Contains),
];

/// Reads criteria; the error says what is wrong in a few words.
pub(super) fn parse(text: &str) -> Result<Criteria, &'static str> {
    let mut rest = text.trim();
    let criteria = expression(&mut rest, 0)?;
    if rest.is_empty() { Ok(criteria) } else { Err("text after the criteria") }
}

/// `term { and term | or term }`; `and` binds tighter.
fn expression(rest: &mut &str, depth: usize) -> Result<Criteria, &'static str> {
    let mut any = vec![vec![term(rest, depth)?]];
    loop {
        let and = eat(rest, "and");
        if !and && !eat(rest, "or") {
            break;
        }
        let next = term(rest, depth)?;
        match any.last_mut() {
            Some(all) if and => all.push(next),
            _ => any.push(vec![next]),
        }
    }
    let all = |mut terms: Vec<Criteria>| {
        if terms.len() == 1 { terms.remove(0) } else { Criteria::All(terms) }
    };
    let mut terms: Vec<Criteria> = any.into_iter().map(all).collect();
    Ok(if terms.len() == 1 { terms.remove(0) } else { Criteria::Any(terms) })
}

fn eat(rest: &mut &str, word: &str) -> bool {
    let trimmed = rest.trim_start();
    let found = trimmed.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if found {
        *rest = &trimmed[word.len()..];
    }
    found
}

fn term(rest: &mut &str, depth: usize) -> Result<Criteria, &'static str> {
    if depth > MOST_NESTED {
        return Err("nested too deeply");
    }
    if !eat(rest, "(") {
        return Err("an opening parenthesis is missing");
    }
    if rest.trim_start().starts_with('(') {
        let inner = expression(rest, depth + 1)?;
        return if eat(rest, ")") { Ok(inner) } else { Err("a closing parenthesis is missing") };
    }
    let (field, after) = rest.split_once(':').ok_or("a criterion is (field:operator:value)")?;
    let (operator, after) = after.split_once(':').ok_or("a criterion is (field:operator:value)")?;
    let name = operator.trim();
    let known = OPERATORS.iter().find(|(word, _)| word.eq_ignore_ascii_case(name));
    let operator = known.map(|(_, operator)| *operator).ok_or("invalid operator")?;
    let (values, after) = values(after)?;
    *rest = after;
    let enough = if operator == Operator::Between { values.len() == 2 } else { true };
    if !enough {
        return Err("between takes two values");
    }
    let several = matches!(operator, Operator::In | Operator::Between);
    let values = if several { values } else { vec![values.join(",")] };
    Ok(Criteria::Test { field: field.trim().into(), operator, values })
}

/// The values up to the closing parenthesis, separated by commas; a backslash takes the next character literally.
fn values(text: &str) -> Result<(Vec<String>, &str), &'static str> {
    let mut values = vec![String::new()];
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let literal = match c {
            ')' => return Ok((values, &text[at + 1..])),
            ',' => {
                values.push(String::new());
                continue;
            }
            '\\' => chars.next().ok_or("a backslash at the end")?.1,
            c => c,
        };
        if let Some(value) = values.last_mut() {
            value.push(literal);
        }
    }
    Err("a closing parenthesis is missing")
}

impl Criteria {
    /// Fields with values that would meet it, as far as it says which: the first of several ways.
    pub(super) fn wishes(&self) -> Vec<(String, String)> {
        match self {
            Criteria::All(all) => all.iter().flat_map(Criteria::wishes).collect(),
            Criteria::Any(any) => any.first().map(Criteria::wishes).unwrap_or_default(),
            Criteria::Test { field, operator, values } => {
                let meets = matches!(
                    operator,
                    Operator::Equals
                        | Operator::StartsWith
                        | Operator::In
                        | Operator::Between
                        | Operator::Contains
                        | Operator::GreaterEqual
                        | Operator::LessEqual
                );
                let value = values.first().filter(|value| meets && !value.is_empty());
                value.map(|value| (field.clone(), value.clone())).into_iter().collect()
            }
        }
    }

    /// Whether the record fits. `loose` tells the fields of free text: there, CRM's `equals` finds what contains the value.
    pub(super) fn takes(&self, record: &Object, loose: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Criteria::All(terms) => terms.iter().all(|term| term.takes(record, loose)),
            Criteria::Any(terms) => terms.iter().any(|term| term.takes(record, loose)),
            Criteria::Test { field, operator: Operator::Equals, values } if loose(field) => {
                let contains = test(record.get(field), Operator::Contains, values);
                contains || test(record.get(field), Operator::Equals, values)
            }
            Criteria::Test { field, operator, values } => test(record.get(field), *operator, values),
        }
    }

    /// How many conditions there are.
    pub(super) fn tests(&self) -> usize {
        match self {
            Criteria::All(terms) | Criteria::Any(terms) => terms.iter().map(Criteria::tests).sum(),
            Criteria::Test { .. } => 1,
        }
    }

    /// The fields that are asked about.
    pub(super) fn fields(&self) -> Vec<&str> {
        match self {
            Criteria::All(terms) | Criteria::Any(terms) => terms.iter().flat_map(Criteria::fields).collect(),
            Criteria::Test { field, .. } => vec![field],
        }
    }
}

fn test(found: Option<&Value>, operator: Operator, values: &[String]) -> bool {
    let found = found.unwrap_or(&Value::Null);
    // A lookup is compared by its id or its name.
    if let Some(lookup) = found.as_object() {
        return ["id", "name"].iter().any(|part| test(lookup.get(*part), operator, values));
    }
    let first = values.first().map(String::as_str).unwrap_or_default();
    let order = |value: &str| order(found, value);
    match operator {
        Operator::Equals => order(first) == Some(Ordering::Equal),
        Operator::NotEqual => order(first) != Some(Ordering::Equal),
        Operator::In => values.iter().any(|value| order(value.trim()) == Some(Ordering::Equal)),
        Operator::StartsWith => {
            found.as_str().is_some_and(|text| text.to_lowercase().starts_with(&first.to_lowercase()))
        }
        Operator::Contains => found.as_str().is_some_and(|text| text.to_lowercase().contains(&first.to_lowercase())),
        Operator::Greater => order(first) == Some(Ordering::Greater),
        Operator::Less => order(first) == Some(Ordering::Less),
        Operator::GreaterEqual => matches!(order(first), Some(Ordering::Greater | Ordering::Equal)),
        Operator::LessEqual => matches!(order(first), Some(Ordering::Less | Ordering::Equal)),
        Operator::Between => {
            let last = values.last().map(String::as_str).unwrap_or_default();
            matches!(order(first.trim()), Some(Ordering::Greater | Ordering::Equal))
                && matches!(order(last.trim()), Some(Ordering::Less | Ordering::Equal))
        }
    }
}

/// Compares a field's value with a text: as numbers, instants, booleans, or texts without regard to case.
pub(super) fn order(found: &Value, text: &str) -> Option<Ordering> {
    match found {
        Value::Null => (text.is_empty() || text == "${EMPTY}" || text == "null").then_some(Ordering::Equal),
        Value::Bool(found) => text.parse().ok().map(|value| found.cmp(&value)),
        Value::Number(found) => found.as_f64()?.partial_cmp(&text.parse().ok()?),
        Value::String(found) => match (found.parse::<jiff::Timestamp>(), text.parse::<jiff::Timestamp>()) {
            (Ok(found), Ok(value)) => Some(found.cmp(&value)),
            _ => Some(found.to_lowercase().cmp(&text.to_lowercase())),
        },
        Value::Array(items) => {
            items.iter().any(|item| order(item, text) == Some(Ordering::Equal)).then_some(Ordering::Equal)
        }
        Value::Object(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn takes(criteria: &str) -> bool {
        let record = serde_json::json!({
            "Last_Name": "Burns", "Email": "b@example.com", "Annual_Revenue": 1500.5, "Company": "Acme (East), Inc",
            "Phone": null, "Account_Name": { "name": "Acme", "id": "3001" }, "Created_Time": "2025-01-06T09:00:00+00:00"
        });
        parse(criteria).unwrap().takes(record.as_object().unwrap(), &|field| field == "Company")
    }

    #[test]
    fn operators() {
        assert!(takes("(Last_Name:equals:burns)"));
        assert!(takes("(Annual_Revenue:between:1000,2000)"));
        assert!(takes("(Created_Time:greater_than:2025-01-06T13:00:00+05:30)"));
        assert!(takes("(Account_Name:equals:3001)") && takes("(Account_Name:equals:Acme)"));
        assert!(takes("(Phone:equals:null)") && !takes("(Phone:equals:1)"));
        assert!(takes("(Company:equals:Acme \\(East\\)\\, Inc)"));
        assert!(takes("(Last_Name:in:Smith, Burns)"));
        assert!(
            takes("(Company:equals:acme)") && !takes("(Last_Name:equals:Burn)") && takes("(Last_Name:contains:urn)")
        );
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert!(takes("(Last_Name:equals:Burns)or(Email:equals:x)and(Email:equals:y)"));
        assert!(!takes("((Last_Name:equals:Burns)or(Email:equals:x))and(Email:equals:y)"));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("(A:likes:b)"), Err("invalid operator"));
        assert_eq!(parse("(A:equals:b"), Err("a closing parenthesis is missing"));
        assert_eq!(parse("A:equals:b"), Err("an opening parenthesis is missing"));
        assert_eq!(parse("(A:between:1)"), Err("between takes two values"));
        assert_eq!(parse(&"(".repeat(10_000)), Err("nested too deeply"));
    }
}
