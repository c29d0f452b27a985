//! Writes what came out into a golden file, as what is expected.

use std::collections::BTreeMap;

use crate::GoldenFile;
use crate::expect::{Expectation, is_call};

/// The file with its expectations rewritten to what came out.
///
/// `cases` holds the results of cases by their lines, `results` those of sections that say theirs, by their first lines.
pub(crate) fn update(
    file: &GoldenFile,
    comments: &[BTreeMap<u32, Vec<String>>],
    cases: &BTreeMap<u32, String>,
    results: &BTreeMap<u32, String>,
) -> String {
    let mut all: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for section in comments {
        for (line, texts) in section {
            all.entry(*line).or_default().extend(texts.iter().cloned());
        }
    }
    let mut expected: BTreeMap<u32, Vec<&Expectation>> = BTreeMap::new();
    for expectation in file.sections.iter().flat_map(|s| &s.expectations) {
        expected.entry(expectation.line).or_default().push(expectation);
    }
    let mut out = String::with_capacity(file.text.len());
    for (index, line) in file.text.split_inclusive('\n').enumerate() {
        let number = index as u32 + 1;
        let bare = line.trim_end_matches(['\n', '\r']);
        if let (Some(result), Some(at)) = (cases.get(&number), bare.rfind("=>")) {
            out.push_str(&format!("{}=> {result}\n", &bare[..at]));
            continue;
        }
        if let Some(at) = bare.find("//@ result:").filter(|at| bare[..*at].trim().is_empty()) {
            let section = file.sections.iter().rev().find(|section| section.first_line <= number);
            if let Some(result) = section.and_then(|section| results.get(&section.first_line)) {
                out.push_str(&format!("{}//@ result: {result}\n", &bare[..at]));
                continue;
            }
        }
        let own_line = bare.trim_start().starts_with("//");
        let marks = ["// => ", "// =>", "// error E", "// warning E", "// note E"];
        let call = bare.rfind("// calls ").filter(|at| is_call(bare[at + "// calls ".len()..].trim()));
        let mail = bare.rfind("// mails ").filter(|at| bare[*at..].contains(": ") || bare.ends_with(" nothing"));
        let mark = marks.iter().filter_map(|mark| bare.rfind(mark)).chain(call).chain(mail).min();
        match mark {
            Some(_) if own_line => continue,
            Some(at) => out.push_str(bare[..at].trim_end()),
            None => out.push_str(bare),
        }
        let now = all.get(&number).filter(|_| expected.contains_key(&number) || !own_line);
        match now.map(Vec::as_slice) {
            Some([one]) if !expected.get(&number).is_some_and(|e| e.iter().any(|e| e.own_line)) => {
                out.push_str(&format!("  {one}\n"));
            }
            Some(many) => {
                out.push('\n');
                let indent: String = bare.chars().take_while(|c| c.is_whitespace()).collect();
                for comment in many {
                    out.push_str(&format!("{indent}{comment}\n"));
                }
            }
            None => out.push('\n'),
        }
    }
    out
}
