//! `dg try --save` on each script of `scripts/`: the saved test passes, and fails when the script is broken on purpose.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn dg(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_dg"))
        .args(arguments)
        .current_dir(folder)
        .env("RAINWRIGHT_HOME", folder.join("home"))
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    (ran.status.code().unwrap(), text)
}

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            scripts(&path, found);
        } else if name.ends_with(".dg") {
            found.push(path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}

/// Ways to break a script: each is another call, other data, another line of the log, or a mistake.
const BREAKS: &[(&str, &str, &str)] = &[
    ("asks another host", "\"https://", "\"https://another."),
    ("reads another module", "ById(\"", "ById(\"Un"),
    ("writes elsewhere", "updateRecord(\"", "updateRecord(\"Un"),
    ("adds elsewhere", "insert into ", "insert into Un"),
    ("says something else", "info \"", "info \"broken "),
    ("warns of something else", "alert \"", "alert \"broken "),
    ("cancels something else", "cancel delete", "cancel submit"),
    ("shows what it hid", "hide ", "show "),
    ("calls another function", "thisapp.claims.", "thisapp.claims.un"),
    ("returns something else", "return ", "info \"broken\";\n\treturn "),
];

#[test]
fn saved_tests_pass_and_fail_when_a_script_is_broken() {
    let desk = tempfile::tempdir().unwrap();
    let root = desk.path();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    copy(&shipped, &root.join("scripts"));
    let mut files = Vec::new();
    scripts(&root.join("scripts"), &mut files);
    files.sort();
    assert!(files.len() > 8, "{files:?}");
    let (mut tried, mut found, mut unseen) = (0, 0, Vec::new());
    for file in &files {
        let name = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let saved = format!("saved/{}", name.replace('/', "-"));
        let (code, said) = dg(root, &["try", &name, "--save", &saved, "--now", "2025-01-31T10:00:00Z"]);
        assert_eq!(code, 0, "{name}: {said}");
        assert!(said.contains(": finished ("), "{name}: {said}");
        let (code, said) = dg(root, &["test", &saved]);
        assert_eq!(code, 0, "{name}: {said}");
        let whole = std::fs::read_to_string(file).unwrap();
        let mut broken = 0;
        for (what, from, to) in BREAKS.iter().filter(|(_, from, _)| whole.contains(from)) {
            // Everywhere: a place that no run comes to would not show.
            std::fs::write(file, whole.replace(from, to)).unwrap();
            let (code, said) = dg(root, &["test", &saved]);
            match code {
                1 => broken += 1,
                // What is only on another way than that of the saved run cannot show.
                0 => unseen.push(format!("{name} {what}")),
                _ => panic!("{name} {what}: {said}"),
            }
        }
        std::fs::write(file, format!("{}\ninfo missing_at_the_end.trim();\n", whole.trim_end())).unwrap();
        if !whole.contains('{') || !whole.trim_end().ends_with('}') {
            assert_eq!(dg(root, &["test", &saved]).0, 1, "{name} ends in a mistake");
            broken += 1;
        }
        std::fs::write(file, &whole).unwrap();
        assert_eq!(dg(root, &["test", &saved]).0, 0, "{name} mended");
        assert!(broken > 0, "{name}: nothing that breaks it is seen");
        tried += 1;
        found += broken;
    }
    println!("{tried} scripts saved and tested, {found} breaks seen, not seen: {unseen:?}");
    assert!(unseen.len() * 8 <= found, "{unseen:?}");
}
