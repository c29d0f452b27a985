//! Coverage as one page of HTML that needs nothing else.

use std::fmt::Write as _;

use super::{FileCoverage, Share};
use crate::report::escape;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;\
color:#1c1c1c;background:#fff}table{border-collapse:collapse}td,th{padding:.2rem 1rem .2rem 0;text-align:left}\
pre{margin:0;font:13px/1.5 ui-monospace,monospace;tab-size:4}.source{border:1px solid #ccc;overflow-x:auto}\
.line{display:flex;padding-right:1rem}.number,.times{flex:none;width:3.5rem;padding-right:.8rem;text-align:right;\
color:#6b6b6b;user-select:none}.hit .times{background:#d9f2dd}.miss{background:#fbe3e4}.miss .times{background:#f2b8bb}\
.part .times{background:#fdeeb5}.why{color:#8a5a00;padding-left:8rem}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}.source{border-color:#444}\
.number,.times{color:#9a9a9a}.hit .times{background:#1d4425}.miss{background:#3d1f21}.miss .times{background:#6b2a2e}\
.part .times{background:#5a4a10}.why{color:#e0b860}}";

pub(super) fn print(files: &[FileCoverage]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Coverage</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n<h1>Coverage</h1>\n\
<table><thead><tr><th>File</th><th>Statements</th><th>Branches</th></tr></thead><tbody>\n"
    );
    let (mut statements, mut sides) = (Share::default(), Share::default());
    for (number, file) in files.iter().enumerate() {
        (statements, sides) = (statements.with(file.share()), sides.with(file.branch_share()));
        let name = escape(&file.file.display().to_string());
        let link = format!("<a href=\"#file-{number}\">{name}</a>");
        row(&mut out, &link, file.share(), file.branch_share());
    }
    row(&mut out, "All", statements, sides);
    out.push_str("</tbody></table>\n");
    for (number, file) in files.iter().enumerate() {
        source(&mut out, number, file);
    }
    out.push_str("</body></html>\n");
    out
}

fn row(out: &mut String, name: &str, statements: Share, sides: Share) {
    let cell = |share: Share| format!("{:.1} % ({} of {})", share.percent(), share.reached, share.all);
    let _ = writeln!(out, "<tr><td>{name}</td><td>{}</td><td>{}</td></tr>", cell(statements), cell(sides));
}

fn source(out: &mut String, number: usize, file: &FileCoverage) {
    let name = escape(&file.file.display().to_string());
    let _ = writeln!(out, "<h2 id=\"file-{number}\">{name}</h2>\n<div class=\"source\">");
    let lines = file.lines();
    for (index, text) in file.text.lines().enumerate() {
        let line = index as u32 + 1;
        let times = lines.get(&line).copied();
        let untaken: Vec<&str> = file
            .sides
            .iter()
            .filter(|side| side.line == line && side.met && !side.taken)
            .map(|side| side.what.as_str())
            .collect();
        let class = match times {
            Some(0) => "line miss",
            Some(_) if !untaken.is_empty() => "line part",
            Some(_) => "line hit",
            None => "line",
        };
        let times = times.map(|times| times.to_string()).unwrap_or_default();
        let text = escape(text);
        let _ = writeln!(
            out,
            "<div class=\"{class}\"><span class=\"number\">{line}</span><span class=\"times\">{times}</span><pre>{text}</pre></div>"
        );
        for what in untaken {
            let _ = writeln!(out, "<div class=\"why\">{}</div>", escape(what));
        }
    }
    out.push_str("</div>\n");
}
