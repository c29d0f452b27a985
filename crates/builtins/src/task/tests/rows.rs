//! Walks all rows: each is complete, names its parameters rightly, and makes a call.

use std::collections::HashSet;

use rainwright_diagnostic::Code;
use rainwright_value::{Kind, Value};

use super::{TestHost, file, http_answer, json, shown};
use crate::{Integration, Param, block_tasks, integrations};
use rainwright_effect::Effect;

/// What may be left in an address for the connection to fill.
const OF_CONNECTION: &[&str] = &["api_domain", "dc", "account_id", "folder_id", "owner_email", "instance_url"];

fn placeholders(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn in_path(row: &Integration, param: &Param) -> bool {
    placeholders(row.path).iter().any(|name| name.trim_end_matches(":lower") == param.name)
}

fn sample(param: &Param) -> Value {
    let has = |kind| param.kinds.has(kind);
    if param.name == "object" || param.name == "module" {
        "Things".into()
    } else if has(Kind::Map) {
        json(r#"{"recordid":"7","name":"x"}"#)
    } else if has(Kind::Number) {
        Value::from(3)
    } else if has(Kind::Text) {
        "x/y z".into()
    } else if has(Kind::Bool) {
        true.into()
    } else if has(Kind::File) {
        file("a.txt", "text/plain", "x")
    } else {
        json(r#"[{"id":"1"}]"#)
    }
}

fn samples(row: &Integration) -> Vec<Value> {
    row.params.iter().map(sample).collect()
}

/// The rows that still call something.
fn living() -> impl Iterator<Item = &'static Integration> {
    integrations().filter(|row| !row.name.contains(".v1."))
}

#[test]
fn every_row_is_complete() {
    let mut names = HashSet::new();
    for row in integrations() {
        let name = row.name;
        for spelling in std::iter::once(&name).chain(row.aliases) {
            assert!(names.insert(spelling.to_ascii_lowercase()), "{spelling} is there twice");
        }
        assert!(row.doc.ends_with('.'), "{name}: the doc ends with a period");
        assert!(!row.examples.is_empty(), "{name}: an example");
        for example in row.examples {
            let example = example.to_ascii_lowercase();
            assert!(example.contains(&name.to_ascii_lowercase()), "{name}: the example shows it");
            assert!(example.ends_with([';', '}']), "{name}: the example is a statement");
        }
        let mut params = HashSet::new();
        for param in row.params {
            assert!(param.doc.ends_with('.'), "{name}, {}: a sentence", param.name);
            assert!(params.insert(param.name), "{name}: {} is there twice", param.name);
        }
        assert!(row.params.iter().all(|p| !p.repeated), "{name}: no repeated parameters");
    }
    assert!(names.len() >= 245, "{} tasks", names.len());
}

#[test]
fn every_parameter_goes_to_one_place() {
    for row in integrations().filter(|row| !row.path.is_empty()) {
        for param in row.params {
            let places = usize::from(in_path(row, param))
                + row.sends.iter().filter(|(name, _)| *name == param.name).count()
                + usize::from(param.name == "connection");
            assert_eq!(places, 1, "{}: {}", row.name, param.name);
        }
        for (name, _) in row.sends {
            assert!(row.params.iter().any(|p| p.name == *name), "{}: no parameter {name}", row.name);
        }
        for name in placeholders(row.path) {
            let bare = name.trim_end_matches(":lower");
            let known = row.params.iter().any(|p| p.name == bare && !p.optional);
            assert!(known || OF_CONNECTION.contains(&bare), "{}: {name} in its path", row.name);
        }
        assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&row.method), "{}", row.name);
    }
}

#[test]
fn every_row_makes_one_call() {
    for row in living() {
        let mut host = TestHost::default();
        let result = host.task(row.name, &samples(row));
        assert!(result.is_ok(), "{}: {result:?}", row.name);
        assert_eq!(host.effects.len(), 1, "{}", row.name);
        match &host.effects[0] {
            Effect::Http(request) => {
                let url = &request.url;
                assert!(url.starts_with("https://") || url.starts_with('{'), "{}: {url}", row.name);
                for name in placeholders(url) {
                    assert!(OF_CONNECTION.contains(&name), "{}: {url}", row.name);
                }
                assert!(!url.contains(' '), "{}: {url}", row.name);
                let named = row.params.iter().any(|p| p.name == "connection");
                assert_eq!(request.connection.is_some(), named, "{}", row.name);
                assert_eq!(request.service.is_some(), !named, "{}", row.name);
            }
            Effect::Task { name, arguments } => {
                assert_eq!(name, row.name);
                assert_eq!(arguments.as_map().unwrap().len(), row.params.len(), "{name}");
            }
            other => panic!("{}: {other:?}", row.name),
        }
    }
}

#[test]
fn errors_of_services_are_maps() {
    for row in living().filter(|row| !row.path.is_empty()) {
        let mut host = TestHost::answering(401, "application/json", r#"{"code":"INVALID_TOKEN","status":"error"}"#);
        let told = host.task(row.name, &samples(row)).unwrap();
        assert_eq!(shown(&told), r#"{"code":"INVALID_TOKEN","status":"error"}"#, "{}", row.name);
        let mut host = TestHost::answering(502, "text/html", "<h1>Bad</h1>");
        let told = host.task(row.name, &samples(row)).unwrap();
        assert_eq!(shown(&told), r#"{"code":502,"status":"error","message":"<h1>Bad</h1>"}"#, "{}", row.name);
    }
}

#[test]
fn no_content_is_an_empty_list_or_map() {
    for row in living().filter(|row| !row.path.is_empty()) {
        let mut host = TestHost::giving(http_answer(204, "", ""));
        let nothing = host.task(row.name, &samples(row)).unwrap();
        match nothing {
            Value::List(list) => assert!(list.is_empty() && row.returns.has(Kind::List), "{}", row.name),
            Value::Map(map) => assert!(map.borrow().is_empty(), "{}", row.name),
            Value::File(file) => assert!(file.bytes().is_empty(), "{}", row.name),
            Value::Null => assert!(row.returns.has(Kind::Null), "{}", row.name),
            other => panic!("{}: {other:?}", row.name),
        }
    }
}

#[test]
fn wrong_arguments_are_told() {
    for row in integrations() {
        let (least, most) = row.arity();
        let mut host = TestHost::default();
        let too_many = vec![Value::from(1); most + 1];
        let wrong = host.task(row.name, &too_many).unwrap_err();
        assert_eq!(wrong.code, Code::ArgumentCount, "{}", row.name);
        assert!(wrong.help().contains(row.name), "{}", row.name);
        if least > 0 {
            assert_eq!(host.task(row.name, &[]).unwrap_err().code, Code::ArgumentCount, "{}", row.name);
            let nulls = vec![Value::Null; most];
            assert_eq!(host.task(row.name, &nulls).unwrap_err().code, Code::NullValue, "{}", row.name);
        }
        assert!(host.effects.is_empty(), "{}", row.name);
    }
}

#[test]
fn an_ended_version_says_so() {
    for row in integrations().filter(|row| row.name.contains(".v1.")) {
        let wrong = TestHost::default().task(row.name, &samples(row)).unwrap_err();
        assert_eq!(wrong.code, Code::NotSupported);
        assert!(wrong.help().starts_with("Use zoho.creator."), "{}", wrong.help());
    }
}

#[test]
fn every_block_is_complete() {
    for task in block_tasks() {
        assert!(task.doc.ends_with('.'), "{}", task.name);
        assert!(task.examples.iter().all(|e| e.contains(task.name)), "{}", task.name);
        assert!(!task.examples.is_empty(), "{}", task.name);
        let mut keys = HashSet::new();
        for key in task.keys {
            assert!(keys.insert(key.name), "{}: {}", task.name, key.name);
            assert!(key.doc.ends_with('.'), "{}: {}", task.name, key.name);
            assert_eq!(task.key(&key.name.to_uppercase()).map(|k| k.name), Some(key.name));
        }
    }
}
