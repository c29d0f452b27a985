//! What services are known to answer, for an editor that completes the keys of maps: from the recordings of a project, and from
//! the fields of the records that the sandbox plays.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rainwright::runtime::record::parse;
use rainwright_ide::{AnsweredCall, KnownAnswer, Shape};
use rainwright_sandbox::played_modules;
use serde_json::Value;

/// The most recordings that are read in a project, and the largest of them, in bytes.
const MOST_FILES: usize = 300;
const LARGEST: u64 = 1 << 20;
/// The most folders that are looked into.
const MOST_FOLDERS: usize = 2_000;
/// How deep maps in maps are followed, and how many elements of a list tell what is in it.
const DEEPEST: usize = 8;
const ELEMENTS: usize = 20;

/// The fields of the records that are played; the same for every project.
static FIELDS: LazyLock<Vec<KnownAnswer>> = LazyLock::new(|| {
    let inner = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), Shape::default())).collect();
    let modules = played_modules().into_iter();
    modules
        .map(|module| KnownAnswer {
            to: AnsweredCall::Records { tasks: module.tasks.to_owned(), module: module.name },
            holds: Shape {
                keys: module.fields.into_iter().map(|(name, keys)| (name, shape(inner(keys)))).collect(),
                element: None,
            },
        })
        .collect()
});

fn shape(keys: std::collections::BTreeMap<String, Shape>) -> Shape {
    Shape { keys, element: None }
}

/// What is known in a project, or outside of any.
pub fn known(root: Option<&Path>) -> Arc<Vec<KnownAnswer>> {
    let mut all = FIELDS.clone();
    for file in root.map(recordings).unwrap_or_default() {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        // A recording that cannot be read is told by the test that needs it.
        for exchange in parse(&text).unwrap_or_default() {
            let Ok(answer) = exchange.answer else { continue };
            let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else { continue };
            let to = AnsweredCall::Address(exchange.request.url);
            match all.iter_mut().find(|one| one.to == to) {
                Some(one) => one.holds.join(shape_of(&value, 0)),
                None => all.push(KnownAnswer { to, holds: shape_of(&value, 0) }),
            }
        }
    }
    Arc::new(all)
}

fn shape_of(value: &Value, depth: usize) -> Shape {
    let mut found = Shape::default();
    match value {
        _ if depth > DEEPEST => {}
        Value::Object(map) => {
            found.keys = map.iter().map(|(key, value)| (key.clone(), shape_of(value, depth + 1))).collect();
        }
        Value::Array(list) => {
            let mut element = Shape::default();
            list.iter().take(ELEMENTS).for_each(|value| element.join(shape_of(value, depth + 1)));
            found.element = Some(Box::new(element));
        }
        _ => {}
    }
    found
}

/// The recordings of a project, in order.
fn recordings(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    let mut folders = 0;
    while let Some(folder) = open.pop().filter(|_| folders < MOST_FOLDERS && found.len() < MOST_FILES) {
        folders += 1;
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = name.as_encoded_bytes().starts_with(b".") || name == "node_modules" || name == "target";
            let Ok(kind) = entry.file_type() else { continue };
            let is_recording = || path.extension().is_some_and(|extension| extension == "http");
            // A link could lead round in a circle.
            if kind.is_dir() && !skipped {
                open.push(path);
            } else if kind.is_file() && is_recording() && entry.metadata().is_ok_and(|meta| meta.len() <= LARGEST) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.truncate(MOST_FILES);
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn recorded_answers_tell_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tests")).unwrap();
        let call = |id: u8, body: &str| format!("> GET https://a.example/orders/{id}\n< 200\n<\n< {body}\n");
        let text =
            format!("# recording 1\n{}{}", call(1, "{\"lines\":[{\"a\":1},{\"b\":2}]}"), call(1, "{\"c\":null}"));
        std::fs::write(folder.path().join("tests/order.http"), text).unwrap();
        std::fs::write(folder.path().join("broken.http"), "> nothing").unwrap();
        let known = known(Some(folder.path()));
        let to = AnsweredCall::Address("https://a.example/orders/1".into());
        let order = known.iter().find(|one| one.to == to).unwrap();
        assert_eq!(order.holds.keys.keys().collect::<Vec<_>>(), ["c", "lines"]);
        let line = order.holds.keys["lines"].element.as_ref().unwrap();
        assert_eq!(line.keys.keys().collect::<Vec<_>>(), ["a", "b"]);
        let leads = AnsweredCall::Records { tasks: "zoho.crm".into(), module: "Leads".into() };
        assert!(known.iter().find(|one| one.to == leads).unwrap().holds.keys.contains_key("Last_Name"));
    }
}
