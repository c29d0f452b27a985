//! Functions that pack files into a zip archive and unpack them.

use std::io::{Cursor, Read, Write};
use std::rc::Rc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Collection, FileValue, Kind, Kinds, Map, Result, Value};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{FILE_KIND, TEXT, file, kind};
use crate::{Builtin, Call, Example, Form, Param};

/// Entries that an archive may have.
const MAX_ENTRIES: usize = 10_000;
/// How deep the files to pack may lie in lists and maps.
const MAX_NESTED: usize = 60;

/// Functions that pack and unpack.
pub(crate) const ARCHIVE: &[Builtin] = &[
    Builtin {
        name: "compress",
        on: Kinds::of(&[Kind::File, Kind::Map, Kind::List, Kind::Collection]),
        params: &[Param::new("name", TEXT, "The archive's name; `.zip` is added when it lacks it.")],
        returns: FILE_KIND,
        form: Form::Method,
        doc: "A zip archive of a file, of a list of files, or of a map of names to files; a map within the map is a folder.",
        edge: "Names with `..` or a leading slash, and values that are no files, are an error.",
        examples: &[Example::new("\"1\".toFile(\"a.txt\").compress(\"Directory 1\").getFileName()", "Directory 1.zip")],
        run: compress,
        ..Builtin::ROW
    },
    Builtin {
        name: "extract",
        on: FILE_KIND,
        returns: Kinds::of(&[Kind::Collection]),
        form: Form::Method,
        doc: "The files of a zip archive, as a collection of names with files.",
        edge: "A file that is no archive, or an empty one, gives an empty collection. Archives with a password, names with \
`..` and archives that grow beyond the limit on texts are an error.",
        examples: &[Example::new(
            "z = \"hello\".toFile(\"a.txt\").compress(\"pack\"); info z.extract().get(\"a.txt\").getFileContent();",
            "hello",
        )],
        run: extract,
        ..Builtin::ROW
    },
];

#[cold]
fn broken(error: &dyn std::fmt::Display) -> Box<Problem> {
    Box::new(Problem::new(Code::CannotParse, format!("The archive cannot be read: {error}")))
}

#[cold]
fn unsafe_name(name: &str) -> Box<Problem> {
    let message = format!("The name `{}` leads out of the archive", crate::shorten(name));
    Box::new(Problem::new(Code::BadArgument, message))
}

/// Whether a name stays within the folder that an archive is unpacked to.
fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['/', '\\'])
        && !name.contains(['\0', ':'])
        && name.split(['/', '\\']).all(|part| part != "..")
}

fn compress(call: &mut Call) -> Result {
    let mut name = call.text(0)?.to_owned();
    if !name.to_ascii_lowercase().ends_with(".zip") {
        name.push_str(".zip");
    }
    let mut found = Found::default();
    collect(call, call.receiver(), "", 0, &mut found)?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // Without times, so the same files give the same archive.
    let options = SimpleFileOptions::default();
    for (path, file) in found.files {
        if !is_safe(&path) {
            return Err(unsafe_name(&path));
        }
        writer.start_file(path, options).map_err(|e| call.bad_argument(e.to_string()))?;
        writer.write_all(file.bytes()).map_err(|e| broken(&e))?;
    }
    let bytes = writer.finish().map_err(|e| broken(&e))?.into_inner();
    Ok(Value::from(FileValue::new(name, "application/zip", bytes)))
}

/// What to pack.
#[derive(Default)]
struct Found {
    /// The files with their paths in the archive.
    files: Vec<(String, Rc<FileValue>)>,
    /// How many values were looked at: lists that hold each other many times over have more of them than anybody can visit.
    seen: usize,
}

/// Gathers the files of a value.
fn collect(call: &Call, value: &Value, path: &str, depth: usize, out: &mut Found) -> Result<()> {
    let inside = |name: String| match path {
        "" => name,
        _ => format!("{path}/{name}"),
    };
    out.seen += 1;
    if depth > MAX_NESTED || out.seen > 10 * MAX_ENTRIES || out.files.len() > MAX_ENTRIES {
        let message = format!("compress packs at most {MAX_ENTRIES} files, nested at most {MAX_NESTED} deep");
        return Err(Box::new(Problem::new(Code::LimitReached, message)));
    }
    match value {
        Value::File(file) => {
            let path = if depth == 0 || path.is_empty() { file.name() } else { path.to_owned() };
            out.files.push((path, file.clone()));
            return Ok(());
        }
        Value::List(list) => {
            for item in list.items().iter() {
                let name = match item {
                    Value::File(file) => inside(file.name()),
                    _ => path.to_owned(),
                };
                collect(call, item, &name, depth + 1, out)?;
            }
            return Ok(());
        }
        _ => {}
    }
    let pairs = match value {
        Value::Collection(collection) => match &*collection.entries() {
            rainwright_value::Entries::Keyed(map) => Some(crate::map::pairs(map)),
            rainwright_value::Entries::Row(row) => {
                let row = Value::from(row.clone());
                return collect(call, &row, path, depth, out);
            }
            rainwright_value::Entries::Undecided => None,
        },
        other => other.as_map().map(|map| crate::map::pairs(&map.borrow())),
    };
    let pairs = pairs.ok_or_else(|| {
        let found = value.kind();
        call.bad_argument(format!("packs FILE values, in lists and maps, but found {found}."))
    })?;
    for (key, value) in pairs {
        let name = inside(key.to_text(&call.cx.locale));
        collect(call, &value, &name, depth + 1, out)?;
    }
    Ok(())
}

fn extract(call: &mut Call) -> Result {
    let file = file(call)?;
    let mut files = Map::default();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(file.bytes())) else {
        return Ok(Value::from(Collection::from(files)));
    };
    let mut left = call.cx.max_text();
    if archive.len() > MAX_ENTRIES {
        return Err(too_large(&format!("{} files", archive.len())));
    }
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(|e| broken(&e))?;
        let name = entry.name().map_err(|e| broken(&e))?.into_owned();
        if entry.is_dir() {
            continue;
        }
        if !is_safe(&name) {
            return Err(unsafe_name(&name));
        }
        // The size that the archive states may be a lie: count what comes out.
        let mut bytes = Vec::new();
        entry.take(left as u64 + 1).read_to_end(&mut bytes).map_err(|e| broken(&e))?;
        left = left
            .checked_sub(bytes.len())
            .ok_or_else(|| too_large(&format!("more than {} bytes", call.cx.max_text())))?;
        let short = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let mime = kind::of_name(&short);
        files.insert(Value::from(name), Value::from(FileValue::new(short, mime, bytes)));
    }
    Ok(Value::from(Collection::from(files)))
}

#[cold]
fn too_large(what: &str) -> Box<Problem> {
    Box::new(Problem::new(Code::LimitReached, format!("The archive holds {what}")))
}
