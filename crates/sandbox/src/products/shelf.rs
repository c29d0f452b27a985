//! Records of a small product: found by id, made up with leniency, listed in pages.

use serde_json::Value;

use crate::http::Object;
use crate::makeup::{self, Dice};
use crate::world::World;

/// The records of one module.
#[derive(Clone, Copy)]
pub(crate) struct Shelf<'a> {
    pub(crate) product: &'static str,
    pub(crate) module: &'a str,
    /// The name of the id.
    pub(crate) key: &'static str,
    /// The fields that a made-up record gets, with values by their names.
    pub(crate) fields: &'static [&'static str],
}

impl Shelf<'_> {
    /// A record; with leniency one that is missing is made up and kept.
    pub(crate) fn find(&self, world: &mut World, id: &str) -> Option<Object> {
        if let Some(record) = world.store.find(self.product, self.module, self.key, id) {
            return Some(record.clone());
        }
        let dice = Dice::new(world.lenient?, &[self.product, self.module, id]);
        let mut record = Object::from_iter([(self.key.to_owned(), Value::from(id))]);
        record.extend(self.fields.iter().map(|name| ((*name).to_owned(), makeup::text(name, dice).into())));
        world.store.add(self.product, self.module, record.clone());
        Some(record)
    }

    /// Adds a record with a new id, and gives it.
    pub(crate) fn add(&self, world: &mut World, mut fields: Object) -> Object {
        let id = world.store.new_id();
        let mut record = Object::from_iter([(self.key.to_owned(), Value::from(id))]);
        fields.remove(self.key);
        record.extend(fields);
        world.store.add(self.product, self.module, record.clone());
        record
    }

    /// Changes a record that is there, and gives it.
    pub(crate) fn change(&self, world: &mut World, id: &str, fields: Object) -> Option<Object> {
        self.find(world, id)?;
        let record = world.store.find_mut(self.product, self.module, self.key, id)?;
        record.extend(fields.into_iter().filter(|(name, _)| name != self.key));
        Some(record.clone())
    }

    /// Takes a record away.
    pub(crate) fn remove(&self, world: &mut World, id: &str) -> Option<Object> {
        self.find(world, id)?;
        world.store.remove(self.product, self.module, self.key, id)
    }

    /// All records.
    pub(crate) fn all(&self, world: &World) -> Vec<Object> {
        world.store.all(self.product, self.module).to_vec()
    }
}

/// An object out of `json!`.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
