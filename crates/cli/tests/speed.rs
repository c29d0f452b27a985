//! How long `dg try` and the start of the sandbox take. Run it by hand, in release:
//! `cargo test --release -p rainwright-cli --test speed -- --ignored --nocapture`
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rainwright_sandbox::{Sandbox, SandboxOptions};

/// A function of so many lines: reads, branches, loops over answers, calls of services, writes.
fn function(lines: usize) -> String {
    let mut text = String::from(
        "string sync(string lead_id, string order_id)\n{\n\tlead = zoho.crm.getRecordById(\"Leads\", lead_id);\n",
    );
    let mut n = 0;
    while text.lines().count() < lines - 16 {
        n += 1;
        let _ = write!(
            text,
            "\tif(lead.get(\"Status_{n}\") == \"Open\" && lead.get(\"Amount_{n}\") > {n})\n\t{{\n\t\tresponse_{n} = invokeurl\n\t\t[\n\t\t\turl: \
             \"https://api.example.com/orders/\" + order_id + \"/{n}\"\n\t\t\ttype: GET\n\t\t];\n\t\tfor each line in response_{n}.get(\"lines\")\n\t\t{{\n\t\t\tinfo \
             line.get(\"name\").toUpperCase();\n\t\t}}\n\t}}\n\telse\n\t{{\n\t\tinfo \"closed {n}\";\n\t}}\n"
        );
    }
    text.push_str("\tupdate = zoho.crm.updateRecord(\"Leads\", lead_id, {\"Description\": \"synced\"});\n\tinfo update;\n\treturn \"done\";\n}\n");
    text
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn tried(folder: &Path, more: &[&str]) -> (Duration, String) {
    let mut out = String::new();
    let times = (0..9).map(|_| {
        let started = Instant::now();
        let ran = Command::new(env!("CARGO_BIN_EXE_dg"))
            .args(["try", "sync.dg"])
            .args(more)
            .current_dir(folder)
            .env("RAINWRIGHT_HOME", folder.join("home"))
            .output()
            .unwrap();
        let took = started.elapsed();
        out = String::from_utf8_lossy(&ran.stdout).lines().next().unwrap_or_default().to_owned();
        took
    });
    let times = times.collect();
    (median(times), out)
}

#[test]
#[ignore = "prints figures, which mean something in release only"]
fn figures() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sync.dg"), function(500)).unwrap();
    let (with, first) = tried(folder.path(), &[]);
    println!("dg try, 500 lines: {with:?}; {first}");
    let (without, first) = tried(folder.path(), &["--no-sandbox"]);
    println!("dg try --no-sandbox, 500 lines: {without:?}; {first}");
    let starts = (0..21).map(|_| {
        let started = Instant::now();
        let sandbox = Sandbox::launch(SandboxOptions::default()).unwrap();
        let took = started.elapsed();
        drop(sandbox);
        took
    });
    let start = median(starts.collect());
    println!("start of the sandbox: {start:?}");
    if !cfg!(debug_assertions) {
        assert!(with < Duration::from_millis(300), "dg try took {with:?}");
        assert!(start < Duration::from_millis(20), "the sandbox took {start:?}");
    }
}
