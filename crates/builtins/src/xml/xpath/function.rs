//! The core functions of XPath 1.0.

use super::Expr;
use super::evaluate::{Evaluator, Result, XPathContext, XPathValue, invalid, number_of};
use super::item::Item;

impl<'a> Evaluator<'a> {
    pub(super) fn call(&mut self, name: &str, args: &[Expr], place: XPathContext<'a>) -> Result<XPathValue<'a>> {
        let most = match name {
            "last" | "position" | "true" | "false" => 0..=0,
            "count" | "id" | "not" | "boolean" | "lang" | "sum" | "floor" | "ceiling" | "round" => 1..=1,
            "local-name" | "namespace-uri" | "name" | "string" | "string-length" | "normalize-space" | "number" => {
                0..=1
            }
            "starts-with" | "contains" | "substring-before" | "substring-after" => 2..=2,
            "substring" => 2..=3,
            "translate" => 3..=3,
            "concat" => 2..=usize::MAX,
            _ => return Err(invalid(format!("XPath has no function {name}()."))),
        };
        if !most.contains(&args.len()) {
            return Err(invalid(format!("{name}() does not take {} arguments.", args.len())));
        }
        if let "last" | "position" = name {
            let number = if name == "last" { place.size } else { place.position };
            return Ok(XPathValue::Number(number as f64));
        }
        let by_text = !matches!(name, "count" | "name" | "local-name" | "namespace-uri" | "not" | "boolean");
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(match by_text {
                true => self.operand(arg, place)?,
                false => self.evaluate(arg, place)?,
            });
        }
        if values.is_empty()
            && by_text
            && let Item::Node(node) = place.item
        {
            self.visit(node.descendants().size_hint().0)?;
        }
        match name {
            "count" | "sum" | "local-name" | "namespace-uri" | "name" | "id" => {
                self.of_nodes(name, values.into_iter().next(), place)
            }
            "lang" => Ok(XPathValue::Bool(speaks(place.item, &values[0].text()))),
            _ => Ok(of_values(name, &values, place)),
        }
    }

    /// Functions that take nodes.
    fn of_nodes(
        &mut self,
        name: &str,
        value: Option<XPathValue<'a>>,
        place: XPathContext<'a>,
    ) -> Result<XPathValue<'a>> {
        if name == "id" {
            return Ok(XPathValue::Nodes(self.by_id(&value)));
        }
        let items = match value {
            None => vec![place.item],
            Some(XPathValue::Nodes(items)) => items,
            Some(_) => return Err(invalid(format!("{name}() takes nodes."))),
        };
        let first = items.first();
        Ok(match name {
            "count" => XPathValue::Number(items.len() as f64),
            "sum" => XPathValue::Number(items.iter().map(|item| number_of(&item.text())).sum()),
            "local-name" => XPathValue::Text(first.map_or("", |i| i.local_name()).to_owned()),
            "namespace-uri" => XPathValue::Text(first.map_or("", |i| i.namespace()).to_owned()),
            _ => XPathValue::Text(first.map(|i| i.qualified_name()).unwrap_or_default()),
        })
    }

    /// The elements whose attribute `id` or `xml:id` is one of the words; there is no DTD to name others.
    fn by_id(&self, value: &Option<XPathValue<'a>>) -> Vec<Item<'a>> {
        let words = match value {
            Some(XPathValue::Nodes(items)) => items.iter().map(|item| item.text()).collect::<Vec<_>>().join(" "),
            Some(other) => other.text(),
            None => String::new(),
        };
        let words: Vec<&str> = words.split_whitespace().collect();
        let has_id = |node: &roxmltree::Node| node.attributes().any(|a| a.name() == "id" && words.contains(&a.value()));
        self.document.descendants().filter(has_id).map(Item::Node).collect()
    }
}

/// Functions that take texts, numbers and truths; the number of values was checked.
fn of_values<'a>(name: &str, values: &[XPathValue<'a>], place: XPathContext<'a>) -> XPathValue<'a> {
    let text = |i: usize| values.get(i).map_or_else(|| place.item.text(), XPathValue::text);
    let number = |i: usize| match values.get(i) {
        Some(value) => value.number(),
        None => number_of(&place.item.text()),
    };
    match name {
        "true" => XPathValue::Bool(true),
        "false" => XPathValue::Bool(false),
        "not" => XPathValue::Bool(!values[0].truth()),
        "boolean" => XPathValue::Bool(values[0].truth()),
        "number" => XPathValue::Number(number(0)),
        "floor" => XPathValue::Number(number(0).floor()),
        "ceiling" => XPathValue::Number(number(0).ceil()),
        // Halves go up, also below zero.
        "round" => XPathValue::Number((number(0) + 0.5).floor()),
        "string" => XPathValue::Text(text(0)),
        "string-length" => XPathValue::Number(text(0).chars().count() as f64),
        "normalize-space" => XPathValue::Text(text(0).split_whitespace().collect::<Vec<_>>().join(" ")),
        "concat" => XPathValue::Text(values.iter().map(XPathValue::text).collect()),
        "starts-with" => XPathValue::Bool(text(0).starts_with(&text(1))),
        "contains" => XPathValue::Bool(text(0).contains(&text(1))),
        "substring-before" => {
            let (all, part) = (text(0), text(1));
            XPathValue::Text(all.split_once(&part).map_or("", |(before, _)| before).to_owned())
        }
        "substring-after" => {
            let (all, part) = (text(0), text(1));
            XPathValue::Text(all.split_once(&part).map_or("", |(_, after)| after).to_owned())
        }
        "substring" => {
            let start = round(number(1));
            let end = if values.len() > 2 { start + round(number(2)) } else { f64::INFINITY };
            let within = |(i, _): &(usize, char)| {
                let place = (i + 1) as f64;
                place >= start && place < end
            };
            let all = text(0);
            XPathValue::Text(all.chars().enumerate().filter(within).map(|(_, c)| c).collect())
        }
        _ => {
            let (from, to): (Vec<char>, Vec<char>) = (text(1).chars().collect(), text(2).chars().collect());
            let change = |c: char| match from.iter().position(|f| *f == c) {
                Some(i) => to.get(i).copied(),
                None => Some(c),
            };
            XPathValue::Text(text(0).chars().filter_map(change).collect())
        }
    }
}

fn round(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// Whether the nearest `xml:lang` names a language or a kind of it.
fn speaks(item: Item, language: &str) -> bool {
    let found =
        item.node().ancestors().find_map(|node| node.attribute(("http://www.w3.org/XML/1998/namespace", "lang")));
    found.is_some_and(|found| {
        let (found, language) = (found.to_ascii_lowercase(), language.to_ascii_lowercase());
        found == language || found.strip_prefix(&language).is_some_and(|rest| rest.starts_with('-'))
    })
}
