//! Values that a product keeps for its own scripts: of a chat with a visitor of SalesIQ, of an extension of Cliq.

use std::collections::BTreeMap;

use rainwright_effect::{Data, DataMap, Effect, Outcome};

/// The values of one run, by the product that keeps them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    by_product: BTreeMap<&'static str, DataMap>,
}

/// What a task does with the values.
#[derive(Clone, Copy)]
enum What {
    Set,
    Get,
    Delete,
}

/// The tasks that keep values, with the product that holds them.
const TASKS: &[(&str, &str, What)] = &[
    ("zoho.salesiq.visitorsession.set", "salesiq", What::Set),
    ("zoho.salesiq.visitorsession.get", "salesiq", What::Get),
    ("zoho.cliq.extension.setProperties", "cliq", What::Set),
    ("zoho.cliq.extension.getProperties", "cliq", What::Get),
    ("zoho.cliq.extension.deleteProperty", "cliq", What::Delete),
];

impl Kept {
    /// The answer to an effect that keeps values or asks for them; `None` for every other effect.
    ///
    /// ```
    /// use rainwright_effect::{Data, Effect, Outcome};
    /// use rainwright_runtime::Kept;
    ///
    /// let mut kept = Kept::default();
    /// let mut task = |name: &str, arguments| kept.answer(&Effect::Task { name: name.into(), arguments });
    /// let plan = Data::map([("plan", "basic")]);
    /// task("zoho.salesiq.visitorsession.set", Data::map([("data", plan)]));
    /// let answer = task("zoho.salesiq.visitorsession.get", Data::map([("key", "plan")]));
    /// assert_eq!(answer, Some(Outcome::Data { value: Data::from("basic") }));
    /// ```
    pub fn answer(&mut self, effect: &Effect) -> Option<Outcome> {
        let Effect::Task { name, arguments } = effect else { return None };
        let (_, product, what) = TASKS.iter().find(|(task, ..)| task == name)?;
        let values = self.by_product.entry(product).or_default();
        let given: Vec<&Data> =
            arguments.as_map().into_iter().flat_map(|map| map.iter().map(|(_, value)| value)).collect();
        // A portal's name may come first; a connection's name is nothing that a value is kept under.
        let key = ["name", "key"].iter().find_map(|key| arguments.get(key)).and_then(Data::as_text);
        let answer = match what {
            What::Set => {
                for (key, value) in given.iter().find_map(|value| value.as_map()).into_iter().flat_map(DataMap::iter) {
                    values.insert(key.to_string(), value.clone());
                }
                Data::from(values.clone())
            }
            What::Get => match key {
                Some(key) => values.get(key).cloned().unwrap_or_default(),
                None => Data::from(values.clone()),
            },
            What::Delete => {
                let left = values.iter().filter(|(name, _)| key != name.as_text());
                *values = left.map(|(name, value)| (name.to_string(), value.clone())).collect();
                Data::Null
            }
        };
        Some(Outcome::Data { value: answer })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ask(kept: &mut Kept, name: &str, arguments: Data) -> Data {
        match kept.answer(&Effect::Task { name: name.into(), arguments }).unwrap() {
            Outcome::Data { value } => value,
            other => Data::from(format!("{other:?}")),
        }
    }

    #[test]
    fn values_are_kept_for_each_product_alone() {
        let mut kept = Kept::default();
        let theme = Data::map([("properties", Data::map([("theme", "dark"), ("size", "big")]))]);
        ask(&mut kept, "zoho.cliq.extension.setProperties", theme);
        let name = || Data::map([("name", "theme")]);
        assert_eq!(ask(&mut kept, "zoho.cliq.extension.getProperties", name()), Data::from("dark"));
        assert_eq!(ask(&mut kept, "zoho.salesiq.visitorsession.get", Data::map([("key", "theme")])), Data::Null);
        ask(&mut kept, "zoho.cliq.extension.deleteProperty", name());
        assert_eq!(ask(&mut kept, "zoho.cliq.extension.getProperties", name()), Data::Null);
        let rest = ask(&mut kept, "zoho.cliq.extension.getProperties", Data::map::<&str, &str>([]));
        assert_eq!(rest.to_json(), r#"{"size":"big"}"#);
        assert!(kept.answer(&Effect::Now).is_none());
    }
}
