//! The records of all products, by product and module; the one place that knows how they are kept.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::Object;

/// The first id that is given: ids of all Zoho products are numbers of 17 to 19 digits.
const FIRST_ID: u64 = 4_876_876_000_000_100_001;

/// Where a file keeps how many ids were given.
pub(crate) const MADE: &str = "ids_given";

/// Records by product and module. Each record carries its id under the key that its product has for it.
#[derive(Debug, Default)]
pub(crate) struct SandboxStore {
    products: BTreeMap<String, BTreeMap<String, Vec<Object>>>,
    /// How many ids were given.
    made: u64,
}

impl SandboxStore {
    /// All that is kept, as a file has it: `{"crm": {"Leads": […]}, …}`.
    pub(crate) fn parts(&self) -> Object {
        let products = self.products.iter().map(|(product, modules)| (product.clone(), serde_json::json!(modules)));
        products.chain([(MADE.to_owned(), self.made.into())]).collect()
    }

    /// Goes on after the ids that an earlier run gave.
    pub(crate) fn count_from(&mut self, made: u64) {
        self.made = made;
    }

    /// Puts all records of a module in place, as a seed does.
    pub(crate) fn load(&mut self, product: &str, module: &str, records: Vec<Object>) {
        self.products.entry(product.into()).or_default().insert(module.into(), records);
    }

    /// Whether a module has been written to, or seeded.
    pub(crate) fn has(&self, product: &str, module: &str) -> bool {
        self.products.get(product).is_some_and(|modules| modules.contains_key(module))
    }

    /// The modules of a product that hold something or were seeded.
    pub(crate) fn modules(&self, product: &str) -> Vec<String> {
        self.products.get(product).map(|modules| modules.keys().cloned().collect()).unwrap_or_default()
    }

    /// The records of a module, in the order in which they were made.
    pub(crate) fn all(&self, product: &str, module: &str) -> &[Object] {
        self.products.get(product).and_then(|modules| modules.get(module)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The record whose `key` is `id`.
    pub(crate) fn find(&self, product: &str, module: &str, key: &str, id: &str) -> Option<&Object> {
        self.all(product, module).iter().find(|record| is(record.get(key), id))
    }

    /// The same, to change it.
    pub(crate) fn find_mut(&mut self, product: &str, module: &str, key: &str, id: &str) -> Option<&mut Object> {
        self.module(product, module).iter_mut().find(|record| is(record.get(key), id))
    }

    /// Adds a record.
    pub(crate) fn add(&mut self, product: &str, module: &str, record: Object) {
        self.module(product, module).push(record);
    }

    /// Takes a record away.
    pub(crate) fn remove(&mut self, product: &str, module: &str, key: &str, id: &str) -> Option<Object> {
        let records = self.products.get_mut(product)?.get_mut(module)?;
        let at = records.iter().position(|record| is(record.get(key), id))?;
        Some(records.remove(at))
    }

    /// Takes away what does not fit.
    pub(crate) fn retain(&mut self, product: &str, module: &str, fits: impl FnMut(&Object) -> bool) {
        self.module(product, module).retain(fits);
    }

    /// A new id.
    pub(crate) fn new_id(&mut self) -> String {
        self.made += 1;
        (FIRST_ID + self.made - 1).to_string()
    }

    /// The records of a module, which comes into being.
    fn module(&mut self, product: &str, module: &str) -> &mut Vec<Object> {
        self.products.entry(product.into()).or_default().entry(module.into()).or_default()
    }
}

/// Whether a value is that id: ids come as text from one side and as numbers from the other.
pub(crate) fn is(value: Option<&Value>, id: &str) -> bool {
    match value {
        Some(Value::String(text)) => text == id,
        Some(Value::Number(number)) => number.to_string() == id,
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_as_text_and_as_numbers() {
        let mut store = SandboxStore::default();
        let record = |id: Value| Object::from_iter([("id".to_owned(), id)]);
        store.load("crm", "Leads", vec![record("1001".into()), record(1002.into())]);
        assert!(store.find("crm", "Leads", "id", "1001").is_some());
        assert!(store.find("crm", "Leads", "id", "1002").is_some());
        assert!(store.remove("crm", "Leads", "id", "1001").is_some());
        assert!(store.find("crm", "Leads", "id", "1001").is_none());
        assert_ne!(store.new_id(), store.new_id());
        assert!(!store.has("crm", "Contacts") && store.has("crm", "Leads"));
    }
}
