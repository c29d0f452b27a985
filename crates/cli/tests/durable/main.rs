//! Durable runs of the real program: killed at every point of the protocol and at random, resumed, replayed.
//!
//! `RAINWRIGHT_TEST_KILLS` says how many random kills there are. The same on Postgres is in a test that is ignored unless
//! `RAINWRIGHT_TEST_POSTGRES` names a database; run with `--features postgres`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[cfg(feature = "postgres")]
mod database;
mod matrix;
mod place;

use matrix::{kill_at_every_point, kill_at_random, kills};
use place::{CALLS, Place, text};

#[test]
fn a_run_that_is_killed_anywhere_is_resumed_and_repeats_nothing_that_was_answered() {
    kill_at_every_point(&Place::new(None), &[1, 9, CALLS]);
}

#[test]
fn random_kills_lose_and_repeat_nothing() {
    kill_at_random(&Place::new(None), kills(12));
}

/// The locks of a folder can be lost: by a file system of the network, or by somebody who tidies up.
#[cfg(unix)]
#[test]
fn a_paused_owner_that_lost_its_lock_writes_nothing_more() {
    matrix::a_paused_owner_writes_nothing_more(&Place::new(None), |place| {
        std::fs::remove_dir_all(place.path().join("home/runs")).unwrap();
    });
}

#[test]
fn a_journal_in_a_database_is_named_by_an_address_and_asks_for_the_feature() {
    let place = Place::new(Some("mysql://MARKER-1@127.0.0.1/runs".into()));
    let (_, err) = text(&place.dg(&["runs", "list"]).output().unwrap());
    assert!(err.contains("postgres://USER@HOST/DATABASE") && !err.contains("MARKER-1"), "{err}");
    // A folder, by its name or that of a variable; the command line counts before the environment.
    place.write("ask.dg", "return durable.signal(\"go\");");
    let folder = place.path().join("shared");
    let named = folder.to_str().unwrap();
    place.succeed(&["run", "ask.dg", "--durable", "--id", "a", "--journal", named]);
    assert!(folder.join("runs.db").exists());
    let by_variable =
        place.dg(&["runs", "list", "--journal", "env:PLACE_OF_RUNS"]).env("PLACE_OF_RUNS", named).output();
    assert!(text(&by_variable.unwrap()).0.contains("suspended"));
    let secret = "postgres://user:MARKER-1@127.0.0.1:1/none";
    let refused = place.dg(&["runs", "list", "--journal", secret]).output().unwrap();
    let (out, err) = text(&refused);
    assert!(!refused.status.success() && !(out + &err).contains("MARKER-1"), "{err}");
    let expected = if cfg!(feature = "postgres") { "The database cannot be used" } else { "the feature `postgres`" };
    assert!(err.contains(expected), "{err}");
}

#[test]
fn an_effect_in_doubt_waits_for_a_decision() {
    let place = Place::new(None);
    let killed = place.start("a").env("RAINWRIGHT_KILL_AT", "after-sent:5").output().unwrap();
    assert!(!killed.status.success());
    let asked = place.dg(&["resume", "a"]).output().unwrap();
    let (_, err) = text(&asked);
    assert!(!asked.status.success() && err.contains("--in-doubt repeat"), "{err}");
    assert!(place.succeed(&["runs", "show", "a"]).contains("stuck"));
    place.succeed(&["resume", "a", "--in-doubt", "repeat"]);
    assert_eq!(place.server.repeated(), 1);
}

#[test]
fn a_changed_script_says_where_it_differs_and_a_fitting_one_goes_on() {
    let place = Place::new(None);
    let source = place.script();
    let killed = place.start("a").env("RAINWRIGHT_KILL_AT", "before-begun:21").output().unwrap();
    assert!(!killed.status.success());
    place.write("other.dg", &source.replace("parameters:{\"n\":i}", "parameters:{\"n\":if(i == 4, 99, i)}"));
    let refused = place.dg(&["resume", "a", "--with", "other.dg"]).output().unwrap();
    let (_, err) = text(&refused);
    assert!(!refused.status.success() && err.contains("effect 7"), "{err}");
    let replayed = place.dg(&["replay", "a", "--with", "other.dg"]).output().unwrap();
    assert!(text(&replayed).1.contains("effect 7"));
    place.write("fixed.dg", &source.replace("return total;", "return \"fixed \" + total;"));
    let resumed = place.succeed(&["resume", "a", "--with", "fixed.dg"]);
    assert!(resumed.ends_with("fixed 2100\n"), "{resumed}");
    place.server.repeated();
    assert!(place.succeed(&["replay", "a"]).ends_with("fixed 2100\n"));
}

#[test]
fn a_run_waits_for_a_signal_across_processes() {
    let place = Place::new(None);
    let source = "info \"asking\";\nanswer = durable.signal(\"approved\");\ndurable.wait(0);\ninfo answer.get(\"by\");\nreturn zoho.currenttime != null;\n";
    place.write("ask.dg", source);
    let first = place.dg(&["run", "ask.dg", "--durable", "--id", "a"]).output().unwrap();
    let (out, err) = text(&first);
    assert!(
        first.status.success() && out == "asking\n" && err.contains("waits for the signal 'approved'"),
        "{out}{err}"
    );
    assert_eq!(place.succeed(&["resume", "--all"]), "", "nothing has come");
    // The runs outlive the key that they were started with.
    place.succeed(&["connections", "rekey"]);
    place.succeed(&["runs", "signal", "a", "approved", "{\"by\":\"Ada\"}"]);
    assert_eq!(place.succeed(&["resume", "--all"]), "Ada\ntrue\n");
    assert_eq!(place.succeed(&["replay", "a"]), "asking\nAda\ntrue\n");
    assert_eq!(place.succeed(&["runs", "tail", "a"]), "asking\nAda\n");
    let trace = place.dg(&["replay", "a", "--trace"]).output().unwrap();
    assert!(text(&trace).1.contains("line 2 #2 durable.signal → {\"by\":\"Ada\"}"), "{}", text(&trace).1);
    let again = place.dg(&["run", "ask.dg", "--durable", "--id", "a"]).output().unwrap();
    assert!(text(&again).1.contains("There is a run a already"));
    place.succeed(&["runs", "prune", "--keep", "0"]);
    assert_eq!(place.succeed(&["runs", "list"]), "");
}
