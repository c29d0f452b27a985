//! How long things take beside plain SQL, on many records: `cargo test -p rainwright-records --test speed -- --ignored`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::time::{Duration, Instant};

use rainwright_effect::{Comparison, Criteria, Data, FieldPath, Operand, Query, Records};
use rainwright_records::{Field, FieldType, Form, Settings, Store, StoreLocation};
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

/// Prints how long something took; a release build must not take more than five times as long as plain SQL.
fn report(what: &str, ours: Duration, plain: Duration) {
    let times = ours.as_secs_f64() / plain.as_secs_f64().max(1e-9);
    println!("{what}: {ours:?}, plain SQL {plain:?}, {times:.1} x");
    assert!(times <= 5.0 || cfg!(debug_assertions), "{what}: {times:.1} x");
}

/// The memory of this process in KiB, where the system tells it.
fn memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
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
    other.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER UNIQUE, title TEXT, price TEXT);").unwrap();
    let plain_insert = |from: i64, to: i64| {
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        for number in from..to {
            let mut statement =
                other.prepare_cached("INSERT INTO t (number, title, price) VALUES (?1, ?2, ?3)").unwrap();
            statement.execute(params![number, format!("item {number}"), "12.5"]).unwrap();
        }
        other.execute_batch("COMMIT").unwrap();
    };
    plain_insert(0, count());

    let (ours, ()) = timed(|| {
        store.begin().unwrap();
        (0..20_000).for_each(|n| drop(insert(&mut store, count() + n)));
        store.end(true).unwrap();
    });
    report("20,000 inserts in one run", ours, timed(|| plain_insert(count(), count() + 20_000)).0);

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
            let mut statement = other.prepare_cached("SELECT id, number, title, price FROM t WHERE id = ?1").unwrap();
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
            };
            statement.query_row([n * 7 % count() + 1], row).unwrap();
        }
    });
    report("2,000 fetches by ID", ours, plain);

    let (ours, ()) = timed(|| {
        for _ in 0..200 {
            assert_eq!(fetch(&mut store, by("Number", Comparison::Less, 20)).rows.len(), 20);
        }
    });
    let (plain, ()) = timed(|| {
        for _ in 0..200 {
            let mut statement =
                other.prepare_cached("SELECT id, number, title, price FROM t WHERE number < 20").unwrap();
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
            };
            assert_eq!(statement.query_map([], row).unwrap().count(), 20);
        }
    });
    report("200 indexed criteria with 20 rows", ours, plain);

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
        let mut statement =
            other.prepare_cached("SELECT id, number, title, price FROM t WHERE number < 100000 ORDER BY id").unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut title = 0;
        while let Some(row) = rows.next().unwrap() {
            title += usize::from(row.get::<_, String>(2).unwrap().starts_with("item"));
        }
        title
    });
    assert_eq!(read, rows);
    report(&format!("a loop over {read} rows"), ours, plain);
    println!("memory grew by {grown} KiB from its tenth page to its last");
    assert!(grown < 20_000, "the loop's memory grows: {grown} KiB");
}
