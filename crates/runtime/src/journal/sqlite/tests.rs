//! What a journal promises, on a real file, and what only a file can break.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use super::*;
use crate::journal::tests::{Counting, PROMISES, body, call, durable, http};
use crate::journal::{Durable, InDoubt};
use rainwright_effect::{Host, Refusal};

fn journal(home: &Path) -> Arc<SqliteJournal> {
    Arc::new(SqliteJournal::open(home, &KeySource::File(home.join("key"))).unwrap())
}

#[test]
fn every_promise_is_kept() {
    for (name, promise) in PROMISES {
        println!("{name}");
        let home = tempfile::tempdir().unwrap();
        promise(&|| journal(home.path()));
        // Nothing can be read in the files without the key.
        let read = |file| std::fs::read(home.path().join(file)).unwrap_or_default();
        let bytes: Vec<u8> = ["runs.db", "runs.db-wal"].into_iter().flat_map(read).collect();
        assert!(bytes.len() > 4096 && !bytes.windows(8).any(|w| w == b"MARKER-1" || w == b"127.0.0."), "{name}");
    }
}

#[test]
fn entries_open_only_at_their_place_and_later_formats_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let journal = journal(home.path());
    for id in ["a", "b"] {
        let lease = journal.create(id, &Start { entry: Some(id.into()), ..Start::default() }, &[]).unwrap();
        journal.leave(&lease, State::Suspended, None, None).unwrap();
    }
    let change = |text: &str| journal.database().execute(text, []).unwrap();
    change("UPDATE runs SET start = (SELECT start FROM runs WHERE id = 'a') WHERE id = 'b'");
    assert_eq!(journal.run("b").unwrap_err().code, Code::StoreProblem);
    change("UPDATE runs SET format = 99 WHERE id = 'a'");
    assert!(journal.run("a").unwrap_err().message.contains("later version"));
}

/// A file that others can read, or a key that was replaced, would undo the encryption or lose the runs.
#[test]
fn the_file_is_private_and_outlives_the_key_of_the_store() {
    let home = tempfile::tempdir().unwrap();
    let source = || KeySource::File(home.path().join("key"));
    let store = crate::store::SqliteStore::open(home.path(), source()).unwrap();
    journal(home.path()).create("a", &Start::default(), &[("a.dg".into(), "info 1;".into())]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(home.path().join("runs.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    for _ in 0..2 {
        let old = source().load().unwrap();
        let admitting = journal(home.path());
        let id = store.rekey_with(None, |new| admitting.admit(new)).unwrap();
        // Interrupted here, the journal opens with either key.
        assert_eq!(journal(home.path()).runs().unwrap().len(), 1);
        admitting.keep_only(&id).unwrap();
        assert_eq!(journal(home.path()).runs().unwrap().len(), 1);
        let with_old = SqliteJournal::open(home.path(), &KeySource::Text(old.to_text()));
        assert!(with_old.err().unwrap().message.contains(&id));
    }
    // Without the new key nothing was admitted, and nothing is lost.
    journal(home.path()).keep_only("no such key").unwrap();
    assert_eq!(journal(home.path()).runs().unwrap().len(), 1);
}

#[test]
fn a_full_disk_stops_the_run_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let journal = journal(home.path());
    let shared = Arc::clone(&journal) as Arc<dyn Journal>;
    let pages = |most: u32| journal.database().execute_batch(&format!("PRAGMA max_page_count = {most}")).unwrap();
    let used: u32 = journal.database().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let lease = journal.create("a", &Start::default(), &[]).unwrap();
    pages(used + 12);
    let long = "x".repeat(3000);
    let ask = |seq: u64| call(seq, http("GET", &format!("{seq}/{long}")));
    let mut host = Counting::default();
    let mut run = durable(&mut host, &shared, &lease);
    let (reached, refusal) = (1..50).find_map(|seq| Some((seq, run.perform(ask(seq)).err()?))).unwrap();
    // A script cannot catch it, and the message says what to do.
    let Refusal::Stop(problem) = refusal else { panic!("{refusal:?}") };
    assert!(problem.message.contains("full"), "{problem}");
    assert!(problem.help.as_deref().unwrap_or_default().contains("Make room on the disk"), "{problem}");
    // A call whose beginning could not be written was not made; one whose answer could not be written is in doubt.
    let made = host.sent.len() as u64;
    assert!(made == reached - 1 || made == reached, "{made} calls of {reached}");
    pages(u32::MAX);
    let mut again = Counting::default();
    let mut run = Durable::new(&mut again, shared, lease, InDoubt::Repeat).unwrap();
    for seq in 1..reached {
        assert_eq!(body(run.perform(ask(seq))), seq.to_string(), "answered by the journal");
    }
    run.perform(ask(reached)).unwrap();
    assert_eq!(again.sent.len(), 1, "only the call at which the disk was full is made");
}
