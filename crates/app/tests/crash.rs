//! Processes that die or write at once: nothing half done, nothing twice, nothing lost.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../records/tests/common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rainwright::{Data, OfflineHost};
use rainwright_app::{Action, Application, Change, Running, Setting, Workflow};
use rainwright_records::{Field, FieldType, Form, StoreLocation};

/// Says to the test program that it is a worker: its number, how many records it submits, and where they are.
const WORKER: &str = "RAINWRIGHT_TEST_WORKER";

fn app() -> Application {
    let field = |name: &str, kind: &str| Field::new(name, FieldType::of_word(kind));
    let order = vec![
        field("No", "autonumber"),
        Field { unique: true, ..field("Code", "text") },
        Field { fields: vec![field("Item", "text")], ..field("Lines", "grid") },
    ];
    let form = |name: &str, fields| Form { name: name.into(), fields, ..Form::default() };
    let note = Action {
        event: "on validate".into(),
        source: "insert into Note [ Code = input.Code ];".into(),
        ..Action::default()
    };
    let workflow = Workflow {
        name: "Check".into(),
        kind: "form".into(),
        form: "Order".into(),
        record: "add".into(),
        actions: vec![note],
        ..Workflow::default()
    };
    Application {
        name: "orders".into(),
        forms: vec![form("Order", order), form("Note", vec![field("Code", "text")])],
        workflows: vec![workflow],
        ..Application::default()
    }
}

fn with<T>(records: StoreLocation, work: impl FnOnce(&mut Running<'_>) -> T) -> T {
    let mut host = OfflineHost::new();
    let setting = Setting { records, ..Setting::default() };
    work(&mut Running::open(app(), setting, &mut host).unwrap())
}

/// Not a test of its own: what the processes below do.
#[test]
fn worker() {
    let Ok(order) = std::env::var(WORKER) else { return };
    let mut parts = order.splitn(3, ' ');
    let (number, count) = (parts.next().unwrap().to_owned(), parts.next().unwrap().parse::<usize>().unwrap());
    let place = parts.next().unwrap();
    let place = match place.strip_prefix("postgres:") {
        Some(_) => StoreLocation::Postgres(place.to_owned()),
        None => StoreLocation::File(place.into()),
    };
    with(place, |running| {
        for place in 0..count {
            let lines = Data::List(vec![Data::map([("Item", "a")]), Data::map([("Item", "b")])]);
            let code = format!("{number}-{place}");
            let fields = vec![("Code".to_owned(), code.into()), ("Lines".to_owned(), lines)];
            let done = running.submit("Order", Change::Add { fields }).unwrap();
            assert!(!done.refused, "{done:?}");
            println!("saved {}", done.record.unwrap());
        }
    });
}

fn start(place: StoreLocation, number: usize, count: usize) -> Child {
    let place = match place {
        StoreLocation::Memory => String::new(),
        StoreLocation::File(file) => file.display().to_string(),
        StoreLocation::Postgres(address) => address,
    };
    Command::new(std::env::current_exe().unwrap())
        .args(["worker", "--exact", "--nocapture"])
        .env(WORKER, format!("{number} {count} {place}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn number(running: &mut Running<'_>, expression: &str) -> i64 {
    running.evaluate(expression).unwrap().as_number().unwrap()
}

/// A number of the environment, for tests at full size.
fn asked(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// How many records each of two processes submits; `RAINWRIGHT_SUBMISSIONS=1000` asks for more.
fn count() -> usize {
    asked("RAINWRIGHT_SUBMISSIONS", 60)
}

#[test]
fn a_process_that_is_killed_leaves_nothing_half_done() {
    for kind in common::kinds() {
        let home = kind.lasting();
        with(home.place(), |_| ());
        let (mut told, rounds, each) = (0, asked("RAINWRIGHT_KILLS", 6), asked("RAINWRIGHT_KILL_SUBMISSIONS", 20));
        for round in 0..rounds {
            let mut child = start(home.place(), round, each);
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let saved = |line: &std::io::Result<String>| line.as_ref().is_ok_and(|line| line.contains("saved "));
            // Killed in the middle, each time at another place of what a submission does.
            let before = each / 4 + round * 7 % (each / 2);
            let done = lines.by_ref().filter(saved).take(before).count();
            std::thread::sleep(std::time::Duration::from_micros(u64::try_from(round * 1_733 % 9_000).unwrap()));
            child.kill().unwrap();
            child.wait().unwrap();
            told += done + lines.filter(saved).count();
        }
        with(home.place(), |running| {
            let orders = number(running, "Order[ID != 0].count()");
            let (told, rounds) = (i64::try_from(told).unwrap(), i64::try_from(rounds).unwrap());
            println!("{orders} records, {told} of them were answered for; {rounds} kills");
            // The one that was being submitted may be there, though nobody was told.
            assert!((told..=told + rounds).contains(&orders), "{orders} records, {told} were answered for");
            for field in ["No", "Code", "ID"] {
                let distinct = running.evaluate(&format!("Order[ID != 0].distinct({field})")).unwrap();
                assert_eq!(i64::try_from(distinct.as_list().unwrap().len()).unwrap(), orders, "{field}");
            }
            assert_eq!(number(running, "Order[ID != 0].maximum(No)"), orders, "no number is lost");
            assert_eq!(number(running, "Note[ID != 0].count()"), orders, "a validation and its record go together");
            assert_eq!(number(running, "Order[Lines.Item == \"b\"].count()"), orders);
            assert_eq!(number(running, "Order[ID != 0].count(Lines)"), 2 * orders, "no row without its record");
        });
    }
}

#[test]
fn two_processes_lose_nothing_and_repeat_nothing() {
    for kind in common::kinds() {
        let home = kind.lasting();
        with(home.place(), |_| ());
        let children: Vec<Child> = (0..2).map(|number| start(home.place(), number, count())).collect();
        for child in children {
            assert!(child.wait_with_output().unwrap().status.success());
        }
        let wanted = i64::try_from(2 * count()).unwrap();
        with(home.place(), |running| {
            assert_eq!(number(running, "Order[ID != 0].count()"), wanted);
            for field in ["No", "Code", "ID"] {
                let distinct = running.evaluate(&format!("Order[ID != 0].distinct({field})")).unwrap();
                assert_eq!(distinct.as_list().unwrap().len(), 2 * count(), "{field}");
            }
            assert_eq!(number(running, "Order[ID != 0].maximum(No)"), wanted);
            let fields = vec![("Code".to_owned(), "0-0".into())];
            let twice = running.submit("Order", Change::Add { fields }).unwrap();
            assert_eq!(twice.errors[0].1, "This value already exists. Enter a unique value.");
        });
    }
}
