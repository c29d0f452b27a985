//! Logins of real providers, tried against the sandbox as people do.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox, SandboxOptions, visitor};

fn dg(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command
        .args(args)
        .current_dir(folder)
        .env("RAINWRIGHT_HOME", folder.join("home"))
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn call(folder: &Path, connection: &str, url: &str) {
    let script = format!("info invokeurl [ url :\"{url}\" connection:\"{connection}\" ].get(\"user\");");
    std::fs::write(folder.join(format!("{connection}.dg")), script).unwrap();
}

/// What a program says, and whether it went well.
fn said(mut command: Command) -> (bool, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn scripts_use_providers_of_every_kind_in_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    for (connection, url) in [
        ("trello", "https://api.trello.com/1/members/me?fields=full%20Name"),
        ("twitter", "https://api.twitter.com/1.1/account/verify_credentials.json"),
        ("salesforce", "{instance_url}/services/data"),
        ("shopify", "https://{subdomain}.myshopify.com/admin/oauth/access_scopes.json"),
        ("wrike", "https://{host}/api/v4/contacts"),
    ] {
        call(folder.path(), connection, url);
        let ran = said(dg(folder.path(), &["run", &format!("{connection}.dg"), "--sandbox"]));
        assert_eq!((ran.0, ran.1.as_str()), (true, "robin@example.com\n"), "{connection}: {}", ran.2);
    }
    call(folder.path(), "asana", "https://app.asana.com/api/1.0/users/me");
    let (good, _, err) = said(dg(folder.path(), &["run", "asana.dg", "--sandbox"]));
    assert!(!good && err.contains("does not play Asana") && err.contains("QuickBooks"), "{err}");
}

#[test]
fn a_signed_login_is_made_by_hand_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::launch(SandboxOptions::default()).unwrap();
    let (base, id, secret) =
        (sandbox.base_url(), format!("consumer_key={CLIENT_ID}"), format!("consumer_secret={CLIENT_SECRET}"));
    let at = ["--sandbox-at", base.as_str()];
    let connect = ["connect", "tumblr_oauth1", "--no-browser", "--set", &id, "--set", &secret];
    let mut child = dg(folder.path(), &[&connect[..], &at].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let page = lines.find_map(|line| Some(line.unwrap().trim().to_owned()).filter(|line| line.starts_with("http://")));
    assert!(visitor::allow(&page.unwrap()).unwrap().body.contains("Connected"));
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert!(child.wait().unwrap().success() && out.contains("connection:\"tumblr_oauth1\""), "{out}");

    call(folder.path(), "tumblr_oauth1", "https://api.tumblr.com/v2/user/info");
    let ran = said(dg(folder.path(), &[&["run", "tumblr_oauth1.dg"][..], &at].concat()));
    assert_eq!((ran.0, ran.1.as_str()), (true, "robin@example.com\n"), "{}", ran.2);
    let tested = said(dg(folder.path(), &[&["connections", "test", "tumblr_oauth1"][..], &at].concat()));
    assert!(tested.0, "{}", tested.2);
}
