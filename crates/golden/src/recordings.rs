//! The recordings beside a golden file.

use std::collections::BTreeMap;
use std::path::Path;

use rainwright::runtime::trust::read_beside;

/// The recordings beside a golden file, by section: `//--- name` lines part them.
pub(crate) fn recordings(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let file = path.with_extension("http");
    let mut parts = BTreeMap::new();
    if !file.exists() {
        return Ok(parts);
    }
    let text = read_beside(&file, path).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut name = String::new();
    let mut part = String::new();
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("//---") {
            let done = std::mem::take(&mut part);
            if !done.trim().is_empty() {
                parts.insert(std::mem::take(&mut name), done);
            }
            name = next.trim().to_owned();
        } else {
            part.push_str(line);
        }
    }
    if !part.trim().is_empty() {
        parts.insert(name, part);
    }
    Ok(parts)
}
