//! Durable runs over the records of an application: killed at every point, resumed; rows and journal agree.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

const FORM: &str = "name = \"Order\"\n[[fields]]\nname = \"Title\"\ntype = \"text\"\nunique = true\n[[fields]]\nname = \"Qty\"\ntype = \"number\"\n[[fields]]\nname = \"No\"\ntype = \"autonumber\"\n";

const FUNCTION: &str = "int orders.fill(string last)
{
	first = insert into Order [ Title = \"a\" Qty = 1 ];
	one = Order[ID == first];
	one.Qty = one.Qty + 10;
	second = insert into Order [ Title = last Qty = 5 ];
	third = insert into Order [ Title = \"gone\" Qty = 100 ];
	info \"made\";
	Order[Title == last].Qty = 6;
	delete from Order[ID == third];
	return Order[ID != 0].sum(Qty);
}
";

/// Where a process is killed: around the journal's writes, and around those of the records.
const POINTS: [&str; 7] =
    ["before-begun", "after-begun", "after-sent", "after-done", "change-made", "outcome-kept", "change-committed"];

fn dg(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command.args(args).current_dir(home).env("RAINWRIGHT_HOME", home.join("home"));
    for name in ["RAINWRIGHT_KEY", "RAINWRIGHT_KEY_FILE", "RAINWRIGHT_KEYCHAIN", "RAINWRIGHT_ENV", "RAINWRIGHT_KILL_AT"]
    {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}{out}");
    out
}

fn desk(function: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let app = home.path().join("app");
    for folder in ["forms", "functions"] {
        std::fs::create_dir_all(app.join(folder)).unwrap();
    }
    std::fs::write(app.join("app.toml"), "name = \"orders\"\n").unwrap();
    std::fs::write(app.join("forms/Order.toml"), FORM).unwrap();
    std::fs::write(app.join("functions/orders.fill.dg"), function).unwrap();
    home
}

/// A run is killed at every point of some of its effects, resumed, and has done each change once.
fn kill_everywhere(place: impl Fn(&str) -> String, effects: &[u64]) -> usize {
    let home = desk(FUNCTION);
    let mut kills = 0;
    for seq in effects {
        for point in POINTS {
            let id = format!("{point}-{seq}");
            let records = place(&id);
            let run = ["app", "run", "app", "fill", "--records", &records, "--arg", "last=b", "--durable", "--id", &id];
            let at = format!("{point}:{seq}");
            let first = dg(home.path(), &run).env("RAINWRIGHT_KILL_AT", &at).output().unwrap();
            let (mut out, err) = text(&first);
            if !first.status.success() {
                assert!(!err.contains("error"), "{at}: {err}");
                kills += 1;
                out += &succeed(&mut dg(home.path(), &["resume", &id]));
            }
            assert_eq!(out, "made\n17\n", "{at}");
            let query = "Order[ID != 0] sort by Title";
            let rows = succeed(&mut dg(home.path(), &["app", "query", "app", query, "--records", &records, "--csv"]));
            let rows: Vec<&str> = rows.lines().skip(1).map(|row| row.split_once(',').unwrap().1).collect();
            assert_eq!(rows, ["a,11,1", "b,6,2"], "{at}");
        }
    }
    kills
}

#[test]
fn a_run_that_is_killed_anywhere_does_each_change_once() {
    let kills = kill_everywhere(|id| format!("{id}.db"), &[1, 3, 4, 7, 8, 9]);
    assert!(kills >= 30, "only {kills} kills");
}

/// A schema that is removed when the test ends.
struct Schema {
    client: postgres::Client,
    name: String,
    base: String,
}

impl Schema {
    fn new(name: &str) -> Self {
        let base = std::env::var("RAINWRIGHT_TEST_POSTGRES").unwrap();
        let mut client = postgres::Client::connect(&base, postgres::NoTls).unwrap();
        let name = format!("app_{}_{}", name.replace('-', "_"), std::process::id());
        client.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
        Self { client, name, base }
    }

    fn address(&self) -> String {
        let join = if self.base.contains('?') { '&' } else { '?' };
        format!("{}{join}options=-csearch_path%3D{}", self.base, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let _ = self.client.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

#[test]
#[ignore = "needs a database"]
fn on_postgres_a_run_that_is_killed_anywhere_does_each_change_once() {
    let schemas = std::cell::RefCell::new(Vec::new());
    let place = |id: &str| {
        let schema = Schema::new(id);
        let address = schema.address();
        schemas.borrow_mut().push(schema);
        address
    };
    let kills = kill_everywhere(place, &[1, 4]);
    assert!(kills >= 10, "only {kills} kills");
}

/// A run that waits for a signal; the records are where the arguments say.
fn wait(records: &[&str], variable: Option<(&str, &str)>) {
    let waits = "string orders.fill(string last)\n{\n\tid = insert into Order [ Title = last Qty = 1 ];\n\tanswer = durable.signal(\"go\");\n\tone = Order[ID == id];\n\tone.Qty = one.Qty + 1;\n\treturn answer.get(\"by\") + \" \" + one.Qty;\n}\n";
    let home = desk(waits);
    let app = |args: &[&str]| {
        let args: Vec<&str> = ["app"].iter().chain(args).chain(records).copied().collect();
        let mut command = dg(home.path(), &args);
        command.envs(variable);
        command
    };
    let output = app(&["run", "app", "fill", "--arg", "last=a", "--durable", "--id", "w"]).output().unwrap();
    assert!(output.status.success() && text(&output).1.contains("waits for the signal 'go'"), "{:?}", text(&output));
    // Another process sees the record, and writes beside it.
    succeed(&mut app(&["submit", "app", "Order", "Title=other", "Qty=3"]));
    assert_eq!(succeed(&mut app(&["query", "app", "Order[ID != 0].sum(Qty)"])), "4\n");
    succeed(&mut dg(home.path(), &["runs", "signal", "w", "go", "{\"by\":\"Ada\"}"]));
    // The functions of the application changed; the run goes on with those that it began with.
    std::fs::write(home.path().join("app/functions/orders.fill.dg"), "void orders.fill()\n{\n}\n").unwrap();
    assert_eq!(succeed(dg(home.path(), &["resume", "w"]).envs(variable)), "Ada 2\n");
    assert_eq!(succeed(&mut app(&["query", "app", "Order[ID != 0].sum(Qty)"])), "5\n");
}

#[test]
fn a_run_that_waits_holds_no_lock_and_keeps_what_it_has_done() {
    wait(&[], None);
}

/// The command line names the variable with the address: it must not show the password.
#[test]
#[ignore = "needs a database"]
fn on_postgres_a_run_that_waits_holds_no_lock_and_keeps_what_it_has_done() {
    let schema = Schema::new("waits");
    wait(&["--records", "env:APP_RECORDS"], Some(("APP_RECORDS", &schema.address())));
}

#[test]
fn an_address_is_never_shown() {
    let home = desk(FUNCTION);
    for (place, reason) in [
        ("postgres://ada:MARKER@127.0.0.1:1/orders?sslmode=disable&connect_timeout=2", "Postgres"),
        ("mysql://ada:MARKER@127.0.0.1/orders", "mysql://"),
        ("env:NO_SUCH_VARIABLE", "NO_SUCH_VARIABLE"),
    ] {
        let output = dg(home.path(), &["app", "query", "app", "Order[ID != 0]", "--records", place]).output().unwrap();
        let (out, err) = text(&output);
        assert!(!output.status.success() && !err.contains("MARKER") && !out.contains("MARKER"), "{err}{out}");
        // What is said of a database depends on what the program was built with.
        assert!(err.contains(reason) || err.contains("database"), "{err}");
    }
}
