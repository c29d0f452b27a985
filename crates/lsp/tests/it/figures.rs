//! How long answers take and how much memory the server uses. The figures mean something in an optimised build only:
//! `cargo test --release -p rainwright-lsp -- --ignored --nocapture`.

use crate::client::{Editor, write};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// A script of 3,000 lines: functions that call tasks and fill maps.
fn large() -> String {
    let mut text = String::new();
    for i in 0..100 {
        writeln!(text, "// Sends order {i}.\nmap send{i}(string name, int count)\n{{\n\tresult = Map();").unwrap();
        for j in 0..4 {
            writeln!(
                text,
                "\tresponse{j} = invokeurl\n\t[\n\t\turl: \"https://a.example/\" + name\n\t\ttype: GET\n\t];"
            )
            .unwrap();
            writeln!(text, "\tresult.put(\"k{j}\",response{j});").unwrap();
        }
        writeln!(text, "\treturn result;\n}}").unwrap();
    }
    text.lines().take(3_000).map(|line| format!("{line}\n")).collect()
}

fn percentile(mut times: Vec<Duration>, of: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * of / 100).min(times.len() - 1)]
}

#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

#[cfg(not(target_os = "linux"))]
fn resident() -> u64 {
    0
}

/// Times each request on a script of 3,000 lines, a change before each, as when somebody types.
fn on_a_large_file(rounds: usize) -> Vec<(&'static str, Duration, Duration)> {
    let text = large();
    assert_eq!(text.lines().count(), 3_000);
    let mut editor = Editor::start(&[]);
    let address = editor.open("large.dg", &text);
    let line = text.lines().position(|line| line.contains("result.put(\"k2\"")).unwrap();
    let document = json!({ "uri": address });
    let at = |column: u32| json!({ "textDocument": document, "position": { "line": line, "character": column } });
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 60, "character": 0 } });
    let ranged = json!({ "textDocument": document, "range": range });
    let mut actions = ranged.clone();
    actions["context"] = json!({ "diagnostics": [] });
    let mut references = at(2);
    references["context"] = json!({ "includeDeclaration": true });
    let mut rename = at(2);
    rename["newName"] = json!("other");
    let mut format = ranged.clone();
    format["options"] = json!({ "tabSize": 4, "insertSpaces": false });
    let asked: Vec<(&str, Value)> = vec![
        ("textDocument/completion", at(8)),
        ("textDocument/hover", at(2)),
        ("textDocument/signatureHelp", at(14)),
        ("textDocument/definition", at(2)),
        ("textDocument/references", references),
        ("textDocument/documentHighlight", at(2)),
        ("textDocument/documentSymbol", json!({ "textDocument": document })),
        ("textDocument/codeAction", actions),
        ("textDocument/codeLens", json!({ "textDocument": document })),
        ("textDocument/rangeFormatting", format),
        ("textDocument/rename", rename),
        ("textDocument/foldingRange", json!({ "textDocument": document })),
        ("textDocument/semanticTokens/range", ranged.clone()),
        ("textDocument/semanticTokens/full", json!({ "textDocument": document })),
        ("textDocument/inlayHint", ranged),
    ];
    let mut version = 1;
    asked
        .into_iter()
        .map(|(method, params)| {
            let times: Vec<Duration> = (0..rounds)
                .map(|round| {
                    version += 1;
                    let place = json!({ "line": 1, "character": 0 });
                    let typed = if round % 2 == 0 { " " } else { "\t" };
                    let change = json!([{ "range": { "start": place, "end": place }, "text": typed }]);
                    let start = Instant::now();
                    editor.change(&address, version, change);
                    editor.ask(method, params.clone());
                    start.elapsed()
                })
                .collect();
            (method, percentile(times.clone(), 50), percentile(times, 95))
        })
        .collect()
}

#[test]
#[ignore = "figures of an optimised build"]
fn answers_on_3000_lines_take_at_most_20_ms() {
    let mut slow = Vec::new();
    for (method, half, most) in on_a_large_file(40) {
        println!("{method:40} p50 {half:>9.2?}  p95 {most:>9.2?}");
        if most > Duration::from_millis(20) {
            slow.push(method);
        }
    }
    assert!(slow.is_empty(), "slower than 20 ms at p95: {slow:?}");
}

#[test]
#[ignore = "figures of an optimised build"]
fn symbols_of_2000_files_take_at_most_100_ms_and_150_mb() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..2_000 {
        let mut text = String::new();
        for j in 0..10 {
            writeln!(
                text,
                "int job{i}_{j}(int n)\n{{\n\tvalue = n + {j};\n\tinfo other{j}(value);\n\treturn value;\n}}"
            )
            .unwrap();
        }
        write(folder.path().join(format!("{}/{i}.dg", i % 50)), &text);
    }
    let mut editor = Editor::start(&[folder.path()]);
    let start = Instant::now();
    editor.ask("workspace/symbol", json!({ "query": "job" }));
    println!("the first answer, with reading all files: {:.2?}", start.elapsed());
    let times: Vec<Duration> = (0..40)
        .map(|i| {
            let start = Instant::now();
            let found = editor.ask("workspace/symbol", json!({ "query": format!("job{}", i * 40) }));
            assert!(found.as_array().unwrap().len() >= 10);
            start.elapsed()
        })
        .collect();
    let most = percentile(times, 95);
    println!("workspace symbols p95 {most:.2?}, memory {} MB", resident());
    assert!(most < Duration::from_millis(100), "{most:?}");
    assert!(resident() <= 150, "{} MB", resident());
}

/// In any build: time grows with the length of the file and not faster, so that no request is quadratic.
#[test]
fn no_answer_grows_faster_than_its_file() {
    let time = |functions: usize| {
        let text: String = (0..functions)
            .map(|i| format!("int f{i}(int n)\n{{\n\tm = {{\"a\":n}};\n\treturn m.get(\"a\");\n}}\n"))
            .collect();
        let mut editor = Editor::start(&[]);
        let address = editor.open("a.dg", &text);
        let document = json!({ "textDocument": { "uri": address } });
        editor.ask("textDocument/documentSymbol", document.clone());
        let at = json!({ "textDocument": { "uri": address }, "position": { "line": 2, "character": 2 } });
        let methods = [
            "textDocument/hover",
            "textDocument/definition",
            "textDocument/completion",
            "textDocument/documentHighlight",
        ];
        let start = Instant::now();
        methods.iter().for_each(|method| drop(editor.ask(method, at.clone())));
        for method in ["textDocument/foldingRange", "textDocument/semanticTokens/full", "textDocument/codeLens"] {
            editor.ask(method, document.clone());
        }
        let taken = start.elapsed();
        editor.end();
        taken
    };
    let best = |functions| (0..3).map(|_| time(functions)).min().unwrap();
    let (small, large) = (best(100), best(800));
    assert!(large < small * 24 + Duration::from_millis(200), "8 times the text takes {large:?} and not {small:?}");
}
