//! Holds the page of quirks to the tests that it names, and the tests to the page.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files of which every test has a row.
const WATCHED: &[&str] = &[
    "connections/answers",
    "connections/quirks",
    "connections/refresh",
    "connections/shapes",
    "runtime/oauth1",
    "runtime/providers",
    "runtime/quirks",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The tests of a file such as `runtime/quirks`; those of `connections` stand one folder deeper.
fn tests_of(file: &str) -> BTreeSet<String> {
    let (krate, name) = file.split_once('/').unwrap();
    let folder = root().join("crates").join(krate).join("tests");
    let places = [folder.join(format!("{name}.rs")), folder.join(krate).join(format!("{name}.rs"))];
    let text = places.iter().find_map(|path| std::fs::read_to_string(path).ok());
    let text = text.unwrap_or_else(|| panic!("the page names {file}, and there is no such file of tests"));
    let mut found = BTreeSet::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        let is_test = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        if let (true, Some((_, rest))) = (marked, line.split_once("fn ")) {
            found.extend(rest.split('(').next().map(|test| format!("{file}::{test}")));
            marked = false;
        }
        marked |= is_test;
    }
    found
}

#[test]
fn every_row_has_its_tests_and_every_test_its_row() {
    let page = std::fs::read_to_string(root().join("docs/guide/quirks.md")).unwrap();
    let named: BTreeSet<String> =
        page.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).map(str::to_owned).collect();
    let files: BTreeSet<&str> = named.iter().filter_map(|name| Some(name.split_once("::")?.0)).collect();
    let tests: BTreeSet<String> = files.iter().flat_map(|file| tests_of(file)).collect();
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "the page names tests that are not there: {missing:?}");
    for file in WATCHED {
        let all = tests_of(file);
        assert!(!all.is_empty(), "{file} has no test");
        let without: Vec<_> = all.difference(&named).collect();
        assert!(without.is_empty(), "these tests have no row on the page: {without:?}");
    }
    // Every row of a table shows something.
    let rows =
        page.lines().filter(|line| line.starts_with("| ") && !line.contains("---") && !line.ends_with("Shown by |"));
    for row in rows {
        assert!(row.contains("::"), "nothing shows this row: {row}");
    }
}
