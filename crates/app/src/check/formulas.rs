//! Formulas that nothing can compute: they cannot be read, name what is not there, or go round in a circle.

use std::collections::HashMap;

use rainwright_records::{FieldType, Form};

use super::{Finding, Parts, expression};

/// Checks the formulas of a form or subform.
pub(super) fn check(parts: &Parts<'_>, name: &str, form: &Form, found: &mut Vec<Finding>) {
    // The formulas that each formula names.
    let mut named: HashMap<&str, Vec<&str>> = HashMap::new();
    let is_formula =
        |name: &str| form.fields.iter().find(|field| field.name == name && field.kind == FieldType::Formula);
    for field in form.fields.iter().filter(|field| field.kind == FieldType::Formula) {
        let place = format!("{name}.{}", field.name);
        if field.result == Some(FieldType::Other) {
            let message = "The result of the formula is of no type that is known: it holds texts";
            found.push(Finding::warning(&place, message.to_owned()));
        }
        let Some(formula) = &field.formula else { continue };
        let tree = match expression::read(formula) {
            Ok(tree) => tree,
            Err(why) => {
                found.push(Finding::error(&place, format!("The formula cannot be read: {why}")));
                continue;
            }
        };
        for why in parts.unknown(name, &tree) {
            found.push(Finding::error(&place, format!("The formula can never be computed: {why}")));
        }
        let all = expression::names(&tree);
        let names = all.iter().filter_map(|named| match named.path.as_slice() {
            [root, name, ..] if root == "input" => Some(name.as_str()),
            [name, ..] if named.under.is_none() => Some(name.as_str()),
            _ => None,
        });
        let others: Vec<&str> = names.filter_map(is_formula).map(|field| field.name.as_str()).collect();
        if others.contains(&field.name.as_str()) {
            found.push(Finding::error(&place, "The formula names itself: it can never be computed".to_owned()));
        } else {
            named.insert(&field.name, others);
        }
    }
    let order: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
    for circle in circles(&order, &named) {
        let listed = circle.iter().chain(circle.first()).map(|name| format!("'{name}'")).collect::<Vec<_>>();
        let message = format!("The formulas go round in a circle: {}", listed.join(" needs "));
        let place = format!("{name}.{}", circle.first().copied().unwrap_or_default());
        found.push(Finding::error(&place, message));
    }
}

/// How many circles of a form are told of: one that is broken up may break up the others.
const TOLD: usize = 10;

/// The circles among names that name each other: one for each way back to a name, and not more than are told of.
fn circles<'n>(order: &[&'n str], named: &HashMap<&'n str, Vec<&'n str>>) -> Vec<Vec<&'n str>> {
    let mut found = Vec::new();
    // Names from which no further circle can be reached.
    let mut done: HashMap<&str, bool> = HashMap::new();
    for start in order {
        // The way to where we are, each name with how many of those that it names were looked at.
        let mut way: Vec<(&str, usize)> = Vec::new();
        if !done.contains_key(start) && named.contains_key(start) {
            way.push((start, 0));
            done.insert(start, false);
        }
        while let Some((name, looked)) = way.last_mut() {
            let next = named.get(name).and_then(|all| all.get(*looked)).copied();
            *looked += 1;
            match next {
                None => {
                    done.insert(name, true);
                    way.pop();
                }
                Some(next) if !named.contains_key(next) => {}
                Some(next) => match done.get(next) {
                    None => {
                        done.insert(next, false);
                        way.push((next, 0));
                    }
                    Some(true) => {}
                    Some(false) if found.len() >= TOLD => {}
                    Some(false) => {
                        let from = way.iter().position(|(known, _)| *known == next).unwrap_or_default();
                        found.push(way[from..].iter().map(|(name, _)| *name).collect());
                    }
                },
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::circles;

    #[test]
    fn each_circle_is_found_once() {
        let all = |pairs: &[(&'static str, &[&'static str])]| {
            let order: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
            let named: HashMap<&str, Vec<&str>> = pairs.iter().map(|(name, to)| (*name, to.to_vec())).collect();
            circles(&order, &named)
        };
        assert!(all(&[("A", &["B"]), ("B", &["C"]), ("C", &[])]).is_empty());
        assert_eq!(all(&[("A", &["B"]), ("B", &["C"]), ("C", &["B"])]), [["B", "C"]]);
        assert_eq!(all(&[("A", &["B", "C"]), ("B", &["A"]), ("C", &["A"])]), [["A", "B"], ["A", "C"]]);
        // A long chain needs no stack.
        let names: Vec<String> = (0..50_000).map(|at| format!("F{at}")).collect();
        let order: Vec<&str> = names.iter().map(String::as_str).collect();
        let named = (0..names.len()).map(|at| (order[at], vec![order[(at + 1) % order.len()]])).collect();
        assert_eq!(circles(&order, &named).len(), 1);
    }
}
