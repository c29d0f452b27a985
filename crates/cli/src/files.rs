//! Files on the command line: given to a script with `--arg name=@path`, saved from it with `--save-files`.

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

use rainwright::{FileValue, Kind, Problem, Value};

use crate::exit::{FileUse, file_problem};

/// The file that `@path` names, with its name and the type that its ending tells.
pub fn read(path: &Path) -> Result<Value, Problem> {
    let bytes = std::fs::read(path).map_err(|e| file_problem(path, FileUse::Read, &e))?;
    let name = path.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
    let mime = rainwright::builtins::mime_of_name(&name);
    Ok(FileValue::new(name, mime, bytes).into())
}

/// Saves all files among the values, and in their lists and maps, below a folder; a name that is taken gets a number.
/// Gives the names.
pub fn save_all<'v>(folder: &Path, values: impl Iterator<Item = &'v Value>) -> Result<Vec<String>, Problem> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for value in values {
        collect(value, 0, &mut files, &mut seen);
    }
    if files.is_empty() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(folder).map_err(|e| file_problem(folder, FileUse::Make, &e))?;
    let mut names = Vec::new();
    for file in files {
        let path = free(folder, &file.name());
        std::fs::write(&path, file.bytes()).map_err(|e| file_problem(&path, FileUse::Write, &e))?;
        names.push(path.display().to_string());
    }
    Ok(names)
}

/// How deep files are looked for.
const DEPTH: usize = 20;

/// Gathers files, each once; lists and maps are looked into once as well, however often they hold each other.
fn collect(value: &Value, depth: usize, files: &mut Vec<Rc<FileValue>>, seen: &mut HashSet<*const ()>) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::File(file) if seen.insert(Rc::as_ptr(file).cast()) => files.push(Rc::clone(file)),
        other if other.kind() == Kind::List => {
            if let Some(list) = other.as_list()
                && seen.insert(Rc::as_ptr(&list).cast())
            {
                list.items().iter().for_each(|item| collect(item, depth + 1, files, seen));
            }
        }
        other if other.kind() == Kind::Map => {
            if let Some(map) = other.as_map()
                && seen.insert(Rc::as_ptr(&map).cast())
            {
                map.borrow().values().for_each(|item| collect(item, depth + 1, files, seen));
            }
        }
        _ => {}
    }
}

/// A path in the folder that is not taken. A script's file name never leaves the folder.
fn free(folder: &Path, name: &str) -> std::path::PathBuf {
    let name = name.rsplit(['/', '\\']).next().filter(|name| !matches!(*name, "" | "." | "..")).unwrap_or("file");
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut path = folder.join(name);
    let mut number = 1;
    while path.exists() {
        number += 1;
        path = folder.join(format!("{stem}-{number}{ending}"));
    }
    path
}
