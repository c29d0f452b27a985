//! Changes of durable runs are done once for their run and number.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use rainwright_effect::{Data, FieldPath, Query, Records};
use rainwright_records::{Field, FieldType, Form, Settings, Store};

fn stores() -> Vec<Store> {
    let title = Field { unique: true, ..Field::new("Title", FieldType::Text) };
    let form = Form { name: "Order".into(), fields: vec![title], ..Form::default() };
    common::kinds().into_iter().map(|kind| kind.open(vec![form.clone()], Settings::default())).collect()
}

fn insert(title: &str) -> Records {
    Records::Insert { form: "Order".into(), fields: vec![(FieldPath::parse("Title"), title.into())] }
}

fn count(store: &mut Store) -> usize {
    let query = Query { form: "Order".into(), ..Query::default() };
    match store.perform(&Records::Fetch { query, field: None }).unwrap() {
        Data::Records(set) => set.ids.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_that_is_asked_for_again_is_answered_and_not_done() {
    for mut store in stores() {
        let first = store.perform_once("r", 1, &insert("a")).unwrap();
        assert!(!store.is_open(), "nothing is held");
        assert_eq!(store.perform_once("r", 1, &insert("a")).unwrap(), first);
        assert_eq!(count(&mut store), 1);
        assert_ne!(store.perform_once("r", 2, &insert("b")).unwrap(), first);
        assert_ne!(store.perform_once("s", 1, &insert("c")).unwrap(), first, "another run");
        assert_eq!(count(&mut store), 3);
        store.forget_run("r").unwrap();
        assert!(store.perform_once("r", 1, &insert("a")).is_err(), "it is new again, and its title is taken");
    }
}

#[test]
fn a_change_that_fails_is_not_written_down() {
    for mut store in stores() {
        store.perform_once("r", 1, &insert("a")).unwrap();
        assert!(store.perform_once("r", 2, &insert("a")).is_err());
        assert!(!store.is_open());
        assert!(store.perform_once("r", 2, &insert("b")).is_ok(), "the same number may be tried again");
        assert_eq!(count(&mut store), 2);
    }
}
