//! The same on Postgres: `RAINWRIGHT_TEST_POSTGRES` names the database, in which each test has a schema of its own.

use postgres::{Client, NoTls};

use crate::matrix::{a_paused_owner_writes_nothing_more, kill_at_every_point, kill_at_random, kills};
use crate::place::{CALLS, Place, text};

/// A schema that is removed when the test ends.
struct Schema {
    client: Client,
    name: String,
    address: String,
}

impl Schema {
    fn new(test: &str) -> Self {
        let base = std::env::var("RAINWRIGHT_TEST_POSTGRES").unwrap();
        let mut client = Client::connect(&base, NoTls).unwrap();
        let name = format!("{test}_{}", std::process::id());
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).unwrap();
        let join = if base.contains('?') { '&' } else { '?' };
        // The name tells the connections of this test from others.
        let address = format!("{base}{join}options=-c%20search_path%3D{name}&application_name={name}");
        Self { client, name, address }
    }

    fn place(&self) -> Place {
        Place::new(Some(self.address.clone()))
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let _ = self.client.batch_execute(&format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name));
    }
}

#[test]
#[ignore = "needs a database"]
fn on_postgres_a_run_that_is_killed_anywhere_is_resumed() {
    let schema = Schema::new("points");
    let place = schema.place();
    kill_at_every_point(&place, if kills(0) == 0 { &[9] } else { &[1, 9, CALLS] });
    assert!(!place.path().join("home/runs.db").exists(), "nothing is kept in a file");
}

#[test]
#[ignore = "needs a database"]
fn on_postgres_random_kills_lose_and_repeat_nothing() {
    kill_at_random(&Schema::new("random").place(), kills(6));
}

/// The lock of a run belongs to a connection, which the database may end while its process pauses.
#[cfg(unix)]
#[test]
#[ignore = "needs a database"]
fn on_postgres_a_paused_owner_that_lost_its_connection_writes_nothing_more() {
    let mut schema = Schema::new("owners");
    let place = schema.place();
    let name = schema.name.clone();
    a_paused_owner_writes_nothing_more(&place, |_| {
        let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1
                    AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')";
        schema.client.query(text, &[&name]).unwrap();
    });
}

#[test]
#[ignore = "needs a database"]
fn on_postgres_a_new_key_of_the_store_opens_the_journal_too() {
    let schema = Schema::new("rekey");
    let place = schema.place();
    place.write("ask.dg", "return durable.signal(\"go\");");
    let address = schema.address.as_str();
    place.succeed(&["run", "ask.dg", "--durable", "--id", "a", "--journal", address]);
    place.succeed(&["connections", "rekey"]);
    place.succeed(&["runs", "--journal", address, "signal", "a", "go", "7"]);
    assert_eq!(place.succeed(&["resume", "a"]), "7\n");
    assert!(place.succeed(&["runs", "list", "--journal", address]).contains("done"));
    // Another key opens nothing, and says what it needs.
    let other = place.dg(&["runs", "list"]).env("RAINWRIGHT_HOME", place.path().join("other")).output().unwrap();
    assert!(!other.status.success() && text(&other).1.contains("encrypted with"), "{}", text(&other).1);
}
