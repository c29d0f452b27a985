//! The parser and the tables know the same block tasks, with the same keys.

#![allow(clippy::unwrap_used, clippy::panic)]

use rainwright_builtins::block_tasks;
use rainwright_syntax::TaskSpec;
use std::collections::BTreeSet;

#[test]
fn every_task_has_the_keys_of_its_row() {
    for row in block_tasks() {
        let spec = TaskSpec::find(row.name).unwrap_or_else(|| panic!("the parser has no task {}", row.name));
        for key in row.keys {
            assert!(spec.key(key.name).is_some(), "the parser has no key {} of {}", key.name, row.name);
        }
    }
}

#[test]
fn every_key_that_is_read_is_in_a_row() {
    for spec in rainwright_syntax::TASKS {
        let rows: Vec<_> = block_tasks().filter(|row| TaskSpec::find(row.name) == Some(spec)).collect();
        assert!(!rows.is_empty(), "no row for the task {}", spec.name);
        let known: BTreeSet<_> = rows.iter().flat_map(|row| row.keys).filter_map(|key| spec.key(key.name)).collect();
        assert_eq!(known, spec.keys.iter().copied().collect(), "{}", spec.name);
    }
}
