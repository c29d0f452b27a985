//! Findings in SARIF, with the page of each lint.

use rainwright::render;
use rainwright_ide::Lint;
use serde_json::{Value as Json, json};

use super::checker::Checked;

/// The findings of all files. Paths become relative references, as code hosts want them.
pub fn of(checked: &[Checked]) -> Json {
    let names: Vec<String> = checked.iter().map(|file| uri(&file.name)).collect();
    let files = checked.iter().zip(&names);
    let mut sarif =
        render::sarif(files.map(|(file, name)| (name.as_str(), file.source.as_str(), file.diagnostics.as_slice())));
    if let Some(rules) = sarif.pointer_mut("/runs/0/tool/driver/rules").and_then(Json::as_array_mut) {
        rules.iter_mut().for_each(explain);
    }
    sarif
}

/// Adds to a rule what is known about its lint.
fn explain(rule: &mut Json) {
    let Some(lint) = rule["id"].as_str().and_then(Lint::find) else { return };
    let level = match lint.severity {
        rainwright::Severity::Error => "error",
        rainwright::Severity::Warning => "warning",
        rainwright::Severity::Note => "note",
    };
    rule["name"] = lint.name().into();
    rule["help"]["markdown"] = rainwright_ide::page(lint).into();
    rule["defaultConfiguration"] = json!({ "level": level });
}

/// A path as a URI reference.
fn uri(name: &str) -> String {
    let name = name.replace('\\', "/");
    let name = name.strip_prefix("./").unwrap_or(&name);
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
