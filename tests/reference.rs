//! Compares `docs/reference` with the tables it is written from, and looks whether the links of the documentation lead
//! somewhere.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rainwright::reference::{Page, pages};
use rainwright_golden::{Mode, Runner, Score};
use rainwright_ide::{CheckOptions, check};

const WRITE: &str = "`cargo run -- doc --write docs/reference --score tests/suite` writes it";

/// Pages that come from the program's help: the program's own tests compare them.
const OF_THE_PROGRAM: &[&str] = &["command-line.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Markdown files below a folder.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// What the golden scripts say; they run once for all tests here.
static SCORE: LazyLock<Score> = LazyLock::new(|| {
    let suite = root().join("tests/suite");
    let runner = Runner::new(Mode::Compare).unwrap();
    let runner = runner.with_check(|checked| {
        let options = CheckOptions {
            forms: std::sync::Arc::new(rainwright_ide::KnownForms::new(checked.forms)),
            own_form: checked.form.map(str::to_owned),
            ..CheckOptions::for_profile(checked.profile)
        };
        check(checked.source, &options)
    });
    let files = Runner::find(&suite).unwrap();
    let outcomes: Vec<_> = files.iter().flat_map(|file| runner.run(file).unwrap()).collect();
    Score::of(&outcomes)
});

#[test]
fn no_page_is_stale() {
    let mut expected: BTreeMap<PathBuf, String> = BTreeMap::new();
    let lints = rainwright_ide::pages().into_iter().map(|page| Page::new(page.path, &page.title, &page.body));
    for page in pages(&SCORE.to_string()).into_iter().chain(lints) {
        expected.insert(page.path.into(), page.text);
    }
    let folder = root().join("docs/reference");
    for (path, text) in &expected {
        let kept = std::fs::read_to_string(folder.join(path)).unwrap_or_default();
        let differs = text.lines().zip(kept.lines()).find(|(a, b)| a != b);
        assert!(*text == kept, "docs/reference/{} is stale: {WRITE}\n{differs:#?}", path.display());
    }
    for path in markdown(&folder) {
        let path = path.strip_prefix(&folder).unwrap();
        let known = expected.contains_key(path) || OF_THE_PROGRAM.iter().any(|page| path == Path::new(page));
        assert!(known, "docs/reference/{} belongs to nothing: remove it", path.display());
    }
}

/// Connections come from a store, which golden scripts do not have: the crate's own tests look at that lint.
#[test]
fn every_lint_has_a_golden_script() {
    let folder = root().join("tests/suite/lint");
    for lint in rainwright_ide::LINTS.iter().filter(|lint| lint.name() != "unknown-connection") {
        let file = folder.join(format!("{}.dg", lint.name().replace('-', "_")));
        let script = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(script.contains(&format!(" {}", lint.code)), "{} does not expect {}", file.display(), lint.code);
    }
}

#[test]
fn documented_results_hold() {
    let (held, all) = SCORE.get("documented");
    assert!(all > 300, "only {all} golden results are marked as documented");
    assert_eq!(held, all, "documented results do not hold: `cargo test -p tests --test golden` names them");
}

/// The anchors of a page: its headings in lower case, without signs; repeated ones are counted.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.starts_with("```");
        if let Some(heading) = line.strip_prefix('#').filter(|_| !in_code) {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
            let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
            let count = seen.entry(slug.clone()).or_default();
            anchors.push(if *count == 0 { slug } else { format!("{slug}-{count}") });
            *count += 1;
        }
    }
    anchors
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = markdown(&root().join("docs"));
    pages.push(root().join("README.md"));
    let mut links = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(path.exists(), "{}: {target} leads nowhere", page.display());
            if !anchor.is_empty() {
                let there = anchors(&std::fs::read_to_string(&path).unwrap());
                assert!(there.iter().any(|a| a == anchor), "{}: no heading for {target}", page.display());
            }
            links += 1;
        }
    }
    assert!(links > 500, "only {links} links were found");
}

/// A link such as [`test_name`, `other_name`](file.rs) promises tests of these names in that file.
#[test]
fn the_tests_that_protect_credentials_exist() {
    let folder = root().join("docs");
    let pages = ["threat-model.md", "attacks.md"];
    let text: String = pages.map(|page| std::fs::read_to_string(folder.join(page)).unwrap()).concat();
    let mut names = 0;
    for link in text.split("[`").skip(1) {
        let (labels, rest) = link.split_once("](").unwrap();
        let file = std::fs::read_to_string(folder.join(rest.split(')').next().unwrap())).unwrap();
        for name in labels.split(['`', ',', ' ']).filter(|label| !label.is_empty() && !label.contains('.')) {
            assert!(file.contains(&format!("fn {name}(")), "there is no test {name}");
            names += 1;
        }
    }
    assert!(names > 15, "only {names} tests are named");
}

#[test]
fn every_difference_names_a_test_that_exists() {
    let text = std::fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    let spans = text.split('`').skip(1).step_by(2);
    let names: Vec<&str> = spans.filter(|span| span.ends_with(".dg") || span.ends_with(".rs")).collect();
    assert!(names.len() > 20, "only {} tests are named", names.len());
    for name in names {
        let there = root().join("tests/suite").join(name).exists() || root().join(name).exists();
        assert!(there, "docs/compatibility.md names {name}, which does not exist");
    }
}

#[test]
fn every_decision_is_explained() {
    let text = std::fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    for script in Runner::find(&root().join("tests/suite/decision")).unwrap() {
        let name = script.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.contains(&format!("/decision/{name})")), "docs/compatibility.md does not explain {name}");
    }
}
