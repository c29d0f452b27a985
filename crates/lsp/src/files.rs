//! Files on disk and their addresses in the protocol.

use lsp_types::Uri;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What an address escapes in a path.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The endings of files with scripts.
const ENDINGS: &[&str] = &["dg", "ds", "deluge"];

/// The most files that are looked at in one project, and the largest of them.
const MOST_FILES: usize = 20_000;
const LARGEST: u64 = 16 << 20;

/// The path of a `file:` address.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // A host before the path is that of a share on Windows.
    let (host, path) = rest.find('/').map(|at| rest.split_at(at))?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let mut path = path.into_owned();
    if cfg!(windows) {
        path = path.trim_start_matches('/').replace('/', "\\");
        if !host.is_empty() && host != "localhost" {
            path = format!("\\\\{host}\\{path}");
        }
    }
    Some(PathBuf::from(path))
}

/// The address of a path.
pub(crate) fn uri_of(path: &Path) -> Option<Uri> {
    let text = path.to_str()?.replace('\\', "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{slash}{}", utf8_percent_encode(&text, ESCAPED))).ok()
}

/// The name by which a file is known: its path, so that every spelling of its address is one file.
pub(crate) fn key_of(uri: &Uri) -> String {
    path_of(uri).and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| uri.as_str().to_owned())
}

/// Whether a file holds scripts.
pub(crate) fn is_script(path: &Path) -> bool {
    path.extension().is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// The script files of a folder and of those in it; hidden folders and those of packages are left out.
pub(crate) fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = name.as_encoded_bytes().starts_with(b".") || name == "node_modules" || name == "target";
            match entry.file_type() {
                // A link could lead round in a circle.
                Ok(kind) if kind.is_dir() && !skipped => open.push(path),
                Ok(kind) if kind.is_file() && is_script(&path) => found.push(path),
                _ => {}
            }
            if found.len() >= MOST_FILES {
                return found;
            }
        }
    }
    found.sort();
    found
}

/// The text of a file; nothing when it cannot be read or is too large.
pub(crate) fn read(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > LARGEST {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// What tells that a file has changed: its time and its length.
pub(crate) fn stamp(path: &Path) -> Option<(std::time::SystemTime, u64)> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{key_of, path_of, uri_of};
    use lsp_types::Uri;
    use std::path::Path;
    use std::str::FromStr;

    #[test]
    fn addresses_and_paths_are_one_to_one() {
        let path = Path::new("/tmp/a b/é#%[1].dg");
        let uri = uri_of(path).unwrap();
        assert_eq!(path_of(&uri).as_deref(), Some(path));
        let other = Uri::from_str("file:///tmp/%61%20b/%C3%A9%23%25%5B1%5D.dg").unwrap();
        assert_eq!(key_of(&other), key_of(&uri));
        let unsaved = Uri::from_str("untitled:Untitled-1").unwrap();
        assert_eq!((path_of(&unsaved), key_of(&unsaved)), (None, "untitled:Untitled-1".to_owned()));
    }
}
