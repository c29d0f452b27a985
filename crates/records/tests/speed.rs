//! How long things take beside plain SQL, on many records: `cargo test -p rainwright-records --test speed -- --ignored`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::time::{Duration, Instant};

use rainwright_effect::{Comparison, Criteria, Data, FieldPath, Operand, Query, Records};
use rainwright_records::{Field, FieldType, Form, Settings, Store, StoreLocation};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

/// How many records; 1,000,000 with `RAINWRIGHT_RECORDS=1000000`.
fn count() -> i64 {
    std::env::var("RAINWRIGHT_RECORDS").ok().and_then(|count| count.parse().ok()).unwrap_or(50_000)
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed(), done)
}

/// Prints how long something took, and says how many times as long that is as plain SQL takes.
fn report(what: &str, ours: Duration, plain: Duration) -> f64 {
    let times = ours.as_secs_f64() / plain.as_secs_f64().max(1e-9);
    println!("{what}: {ours:?}, plain SQL {plain:?}, {times:.1} x");
    times
}

/// The memory of this process in KiB, where the system tells it.
fn memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// A table that holds what a form holds: the fields of the product too, and IDs and values that are never given twice.
const PLAIN: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE last (id INTEGER);
    INSERT INTO last VALUES (1000000000000000000);
    CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER UNIQUE, title TEXT NOT NULL, price TEXT, added_time INTEGER,
        added_user TEXT, added_address TEXT, added_place TEXT, modified_time INTEGER, modified_user TEXT,
        modified_address TEXT, modified_place TEXT, status TEXT);";

/// A table with the three fields alone.
const BARE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER UNIQUE, title TEXT, price TEXT);";

fn plain_insert(to: &Connection, from: i64, until: i64) {
    to.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut id: i64 = to.query_row("SELECT id FROM last", [], |row| row.get(0)).unwrap();
    for number in from..until {
        id += 1;
        let sql = "INSERT INTO t (id, number, title, price, added_time, added_user, modified_time, modified_user, status) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6, 'UNLOCKED')";
        let mut statement = to.prepare_cached(sql).unwrap();
        statement.execute(params![id, number, format!("item {number}"), "12.5", 0, "ann"]).unwrap();
    }
    to.execute("UPDATE last SET id = ?1", [id]).unwrap();
    to.execute_batch("COMMIT").unwrap();
}

fn bare_insert(to: &Connection, from: i64, until: i64) {
    to.execute_batch("BEGIN IMMEDIATE").unwrap();
    for number in from..until {
        let mut statement = to.prepare_cached("INSERT INTO t (number, title, price) VALUES (?1, ?2, ?3)").unwrap();
        statement.execute(params![number, format!("item {number}"), "12.5"]).unwrap();
    }
    to.execute_batch("COMMIT").unwrap();
}

/// A record with all its fields, as a fetch gives it.
fn whole(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Value>> {
    (0..13).map(|place| row.get(place)).collect()
}

#[test]
#[ignore = "a measurement, for release builds"]
fn beside_plain_sql() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.db");
    let fields = vec![
        Field { unique: true, ..Field::new("Number", FieldType::Number) },
        Field::new("Title", FieldType::Text),
        Field::new("Price", FieldType::Decimal),
    ];
    let form = Form { name: "Item".into(), fields, ..Form::default() };
    let mut store = Store::open(StoreLocation::File(file), vec![form], Settings::default()).unwrap();
    let path = FieldPath::parse;
    let insert = |store: &mut Store, number: i64| {
        let fields = vec![
            (path("Number"), Data::Number(number)),
            (path("Title"), format!("item {number}").into()),
            (path("Price"), Data::from(12.5)),
        ];
        store.perform(&Records::Insert { form: "Item".into(), fields }).unwrap()
    };
    store.begin().unwrap();
    for number in 0..count() {
        insert(&mut store, number);
    }
    store.end(true).unwrap();
    let other = Connection::open(folder.path().join("plain.db")).unwrap();
    other.execute_batch(PLAIN).unwrap();
    plain_insert(&other, 0, count());
    let bare = Connection::open(folder.path().join("bare.db")).unwrap();
    bare.execute_batch(BARE).unwrap();
    bare_insert(&bare, 0, count());

    let (ours, ()) = timed(|| {
        store.begin().unwrap();
        (0..20_000).for_each(|n| drop(insert(&mut store, count() + n)));
        store.end(true).unwrap();
    });
    let (bare, ()) = timed(|| bare_insert(&bare, count(), count() + 20_000));
    report("20,000 inserts in one run, beside a table without the product's columns", ours, bare);
    let plain = timed(|| plain_insert(&other, count(), count() + 20_000)).0;
    let mut times = vec![report("20,000 inserts in one run", ours, plain)];

    let by = |field: &str, comparison, value: i64| Query {
        form: "Item".into(),
        criteria: Some(Criteria::Compare {
            left: Operand::Field(path(field)),
            comparison,
            right: Operand::Value(Data::Number(value)),
        }),
        ..Query::default()
    };
    let fetch = |store: &mut Store, query: Query| match store.perform(&Records::Fetch { query, field: None }).unwrap() {
        Data::Records(set) => set,
        other => panic!("{other:?}"),
    };
    let (ours, ()) = timed(|| {
        for n in 0..2_000 {
            let id = 1_000_000_000_000_000_001 + n * 7 % count();
            assert_eq!(fetch(&mut store, by("ID", Comparison::Equal, id)).rows.len(), 1);
        }
    });
    let (plain, ()) = timed(|| {
        for n in 0..2_000 {
            let mut statement = other.prepare_cached("SELECT * FROM t WHERE id = ?1").unwrap();
            statement.query_row([1_000_000_000_000_000_001 + n * 7 % count()], whole).unwrap();
        }
    });
    times.push(report("2,000 fetches by ID", ours, plain));

    let (ours, ()) = timed(|| {
        for _ in 0..200 {
            assert_eq!(fetch(&mut store, by("Number", Comparison::Less, 20)).rows.len(), 20);
        }
    });
    let (plain, ()) = timed(|| {
        for _ in 0..200 {
            let mut statement = other.prepare_cached("SELECT * FROM t WHERE number < ?1").unwrap();
            assert_eq!(statement.query_map([20], whole).unwrap().map(Result::unwrap).count(), 20);
        }
    });
    times.push(report("200 indexed criteria with 20 rows", ours, plain));

    let mut grown = 0;
    let (ours, read) = timed(|| {
        let set = fetch(&mut store, by("Number", Comparison::Less, 100_000));
        let mut title = 0;
        for (at, page) in set.ids.chunks(100).enumerate() {
            let rows = match store.perform(&Records::Rows { form: "Item".into(), ids: page.to_vec() }).unwrap() {
                Data::Records(set) => set.rows,
                other => panic!("{other:?}"),
            };
            title += rows.iter().filter(|row| row["Title"].as_text().is_some_and(|t| t.starts_with("item"))).count();
            if at == 10 {
                grown -= memory().unwrap_or(0);
            }
        }
        grown += memory().unwrap_or(0);
        title
    });
    let (plain, rows) = timed(|| {
        let mut statement = other.prepare_cached("SELECT title FROM t WHERE number < 100000 ORDER BY +id").unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut title = 0;
        while let Some(row) = rows.next().unwrap() {
            title += usize::from(row.get::<_, String>(0).unwrap().starts_with("item"));
        }
        title
    });
    assert_eq!(read, rows);
    times.push(report(&format!("a loop over {read} rows"), ours, plain));
    println!("memory grew by {grown} KiB from its tenth page to its last");
    assert!(grown < 20_000, "the loop's memory grows: {grown} KiB");
    assert!(cfg!(debug_assertions) || times.iter().all(|times| *times <= 5.0), "{times:?}");
}
