//! Drives `dg doc --html` and `dg doc --serve`: every link leads somewhere, nothing needs the network, code has its colours.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

/// All files of a folder, by their path with `/`.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The values of an attribute.
fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let start = format!(" {attribute}=\"");
    text.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Where a link of a page leads, as a file of the manual.
fn target(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{from}: {to} leads out of the manual"),
            "." => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[test]
fn the_manual_is_whole_without_a_network() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("manual");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    let ran = command.args(["doc", "--html"]).arg(&folder).env("RAINWRIGHT_HOME", home.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let files = files(&folder);
    let pages: Vec<(&String, &String)> = files.iter().filter(|(path, _)| path.ends_with(".html")).collect();
    assert!(pages.len() > 140, "only {} pages", pages.len());
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(path, text)| (path.as_str(), values(text, "id").into_iter().collect())).collect();
    let mut links = 0;
    let mut follow = |from: &str, href: &str| {
        if href.starts_with("https://") || href.starts_with("http://") {
            return;
        }
        let (file, anchor) = href.split_once('#').map_or((href, None), |(file, anchor)| (file, Some(anchor)));
        let path = if file.is_empty() { from.to_owned() } else { target(from, file) };
        assert!(files.contains_key(&path), "{from}: {href} leads nowhere");
        if let Some(anchor) = anchor {
            assert!(ids[path.as_str()].contains(anchor), "{from}: {href} has no such place");
        }
        links += 1;
    };
    for (path, text) in &pages {
        values(text, "href").into_iter().chain(values(text, "src")).for_each(|href| follow(path, href));
        // Whatever is loaded is a file beside the pages.
        for loaded in values(text, "src")
            .into_iter()
            .chain(text.split("<link ").skip(1).flat_map(|l| values(l, "href").into_iter().next()))
        {
            assert!(!loaded.contains("//"), "{path} loads {loaded}");
        }
        assert!(!text.contains(" style=") && !text.contains("<style"), "{path}");
        for block in text.split("data-language=\"deluge\"><code>").skip(1) {
            let code = block.split("</code>").next().unwrap();
            assert!(code.contains("<span class=\""), "{path} shows without colours: {code}");
        }
    }
    let index = &files["search.js"];
    let entries = index.strip_prefix("window.manualIndex = ").unwrap().trim_end().trim_end_matches(';');
    let entries: Vec<[String; 4]> =
        serde_json::from_str(&entries.replace("],\n];", "]]").replace("],\n]", "]]")).unwrap();
    for [_, _, address, _] in &entries {
        follow("index.html", address);
    }
    assert!(links > 8000, "only {links} links");
    for (name, page) in
        [("toUpperCase", "text"), ("invokeurl", "tasks"), ("for each", "statements"), ("E4001", "error-codes")]
    {
        let found = entries.iter().any(|[_, heading, address, text]| {
            (heading.contains(name) || text.contains(name)) && address.starts_with(&format!("reference/{page}.html#"))
        });
        assert!(found, "{name} is not found");
    }
}

fn get(address: &str, path: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_manual_is_served_to_this_machine_only() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command.args(["doc", "--serve", "--port", "0"]).env("RAINWRIGHT_HOME", home.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().to_owned();
    let page = get(&address, "/guide/start.html", &address);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<h1 id=\"first-steps\">"), "{page}");
    assert!(page.contains("default-src 'none'; style-src 'self'; script-src 'self'"), "{page}");
    assert!(get(&address, "/search.js", &address).contains("text/javascript"));
    assert!(get(&address, "/no/such", &address).starts_with("HTTP/1.1 404"));
    assert!(get(&address, "/guide/start.html", "rebound.example").starts_with("HTTP/1.1 421"));
    child.kill().unwrap();
    child.wait().unwrap();
}
