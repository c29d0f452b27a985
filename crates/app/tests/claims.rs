//! The application of `scripts/claims/`: what happens to submissions, edits, deletes, in schedules and functions.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};

use rainwright::{Data, OfflineHost, Value};
use rainwright_app::{Application, Change, Running, Setting, Submitted, dump, load, read_rows};

/// 2026-11-27T10:00:00Z.
const NOW: i64 = 1_795_773_600_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/claims")
}

fn with<T>(user: &str, work: impl FnOnce(&mut Running<'_>) -> T) -> T {
    let mut host = OfflineHost::new().at(NOW);
    let app = Application::read(&folder()).unwrap();
    let setting = Setting { user: user.into(), ..Setting::default() };
    let mut running = Running::open(app, setting, &mut host).unwrap();
    let seed = std::fs::read_to_string(folder().join("seed.json")).unwrap();
    let loaded = load(running.store(), None, &read_rows(&seed).unwrap()).unwrap();
    assert_eq!(loaded, 4);
    work(&mut running)
}

fn shown(running: &mut Running<'_>, expression: &str) -> String {
    running.evaluate(expression).unwrap().to_string()
}

fn add(running: &mut Running<'_>, fields: &[(&str, Data)]) -> Submitted {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    running.submit("Claim", Change::Add { fields }).unwrap()
}

fn line(item: &str, price: &str, qty: i64) -> Data {
    Data::map([("Item", Data::from(item)), ("Price", price.into()), ("Qty", qty.into())])
}

fn travel(running: &mut Running<'_>, price: &str) -> Submitted {
    let lines = Data::List(vec![line("Train", price, 2), line("Tram", "1.50", 1)]);
    add(running, &[("Kind", "Travel".into()), ("Destination", "Porto".into()), ("Lines", lines)])
}

#[test]
fn a_submission_goes_through_all_that_happens_to_it() {
    with("ada@example.com", |running| {
        let done = travel(running, "45.50");
        assert!(!done.refused && done.failure.is_none(), "{done:?}");
        assert_eq!(done.message.as_deref(), Some("The claim is saved"));
        assert!(done.state.hidden.contains("Total") && done.state.disabled.contains("State"));
        assert!(!done.state.hidden.contains("Destination"));
        assert_eq!(done.state.opened, ["#Report:Claims?No=100"]);
        for (expression, value) in [
            ("Claim[ID != 0].count()", "1"),
            ("Claim[No == 100].Owner.Mail", "ada@example.com"),
            ("Claim[No == 100].Owner.Team.Code", "North"),
            ("Claim[No == 100].State", "Open"),
            ("Claim[No == 100].Total", "92.50"),
            ("Claim[No == 100].Net", "75.20325203252033"),
            ("Claim[No == 100].Day", "\"2026-11-27\""),
            ("Claim[No == 100].Urgent", "false"),
            ("Claim[No == 100].Added_User", "Ada"),
            ("Claim[Lines.Item == \"Tram\"].count()", "1"),
            ("Journal[ID != 0].Entry.getAll()", "[\"new claim of 92.50\"]"),
        ] {
            assert_eq!(shown(running, expression), value, "{expression}");
        }
    });
}

#[test]
fn a_refused_submission_leaves_nothing() {
    with("ada@example.com", |running| {
        let done = travel(running, "600");
        assert!(done.refused && done.record.is_none());
        assert_eq!(done.message.as_deref(), Some("Claims above 1000 are for managers"));
        assert_eq!(shown(running, "Claim[ID != 0].count()"), "0");
        assert_eq!(shown(running, "Journal[ID != 0].count()"), "0", "what the validation wrote is undone");
        let done = add(running, &[("Kind", "Sport".into())]);
        assert_eq!(done.message.as_deref(), Some("Invalid entries found"));
        let fields: Vec<&str> = done.errors.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["Kind", "Destination"], "{:?}", done.errors);
        assert_eq!(done.errors[1].1, "Enter a value for Destination");
        let done = add(running, &[("Kind", "Purchase".into())]);
        assert!(!done.refused, "a hidden mandatory field is not demanded: {:?}", done.errors);
        assert!(done.state.hidden.contains("Destination"));
    });
    with("max@example.com", |running| {
        assert!(!travel(running, "600").refused);
        assert_eq!(shown(running, "Claim[Urgent == true].count()"), "1", "validation writes to the record");
    });
}

#[test]
fn edits_and_deletes_have_chains_of_their_own() {
    with("ada@example.com", |running| {
        let id = travel(running, "10").record.unwrap();
        let edit = |running: &mut Running<'_>, field: &str, value: &str| {
            let fields = vec![(field.to_owned(), Data::from(value))];
            running.submit("Claim", Change::Edit { id, fields }).unwrap()
        };
        assert!(!edit(running, "State", "Approved").refused);
        assert_eq!(shown(running, "Journal[Entry.contains(\"became\")].Entry"), "Open became Approved");
        assert!(!edit(running, "Destination", "Faro").refused);
        assert_eq!(shown(running, "Journal[Entry.contains(\"became\")].count()"), "1", "only when the field changed");
        assert_eq!(shown(running, "Claim[ID != 0].Lines.count()"), "2", "what was not edited stays");
        let left = running
            .call("pay", &[("claim_no".into(), Value::from(100)), ("amount".into(), Value::from(21.5.to_string()))]);
        assert_eq!(left.unwrap().to_string(), "0.00");
        assert_eq!(shown(running, "Claim[No == 100].State"), "Paid");
        let done = running.submit("Claim", Change::Delete { id }).unwrap();
        assert_eq!((done.refused, done.message.as_deref()), (true, Some("Paid claims stay")));
        edit(running, "State", "Refused");
        assert!(!running.submit("Claim", Change::Delete { id }).unwrap().refused);
        assert_eq!(shown(running, "Claim[ID != 0].count()"), "0");
        assert_eq!(shown(running, "Payment[Claim is null].count()"), "1", "rows of another form stay");
        assert!(
            running.call("pay", &[("claim_no".into(), Value::from(1)), ("amount".into(), Value::from(1))]).is_err()
        );
    });
}

#[test]
fn schedules_run_once_for_each_record_that_they_choose() {
    with("ada@example.com", |running| {
        for day in ["01-Jan-2026", "20-Nov-2026", "02-Feb-2026"] {
            let fields = [("Kind", "Travel".into()), ("Destination", "X".into()), ("Day", day.into())];
            assert!(!add(running, &fields).refused);
        }
        assert_eq!(running.schedule("Close_Old").unwrap(), 2);
        assert_eq!(shown(running, "Claim[State == \"Refused\"].No.getAll()"), "[100,102]");
        assert_eq!(running.schedule("Close_Old").unwrap(), 0);
    });
}

#[test]
fn a_dump_loads_again() {
    with("ada@example.com", |running| {
        travel(running, "10");
        let all = read_rows(&dump(running.store()).unwrap().to_json()).unwrap();
        with("", |other| {
            // The seed's unique values stand in the way of a second copy.
            assert!(load(other.store(), None, &all).is_err());
            assert_eq!(shown(other, "Person[ID != 0].count()"), "2", "all or none");
        });
        let mut host = OfflineHost::new().at(NOW);
        let app = Application::read(&folder()).unwrap();
        let mut empty = Running::open(app, Setting::default(), &mut host).unwrap();
        load(empty.store(), None, &all).unwrap();
        assert_eq!(shown(&mut empty, "Claim[ID != 0].Owner.Team.Code"), "North");
        assert_eq!(shown(&mut empty, "Team[Code == \"North\"].Members.size()"), "1");
    });
}

#[test]
fn numbers_are_loaded_with_all_their_digits() {
    with("ada@example.com", |running| {
        let row = r#"[{"Code": 1234567.50, "ID": 9007199254740993}]"#;
        assert_eq!(load(running.store(), Some("Team"), &read_rows(row).unwrap()).unwrap(), 1);
        assert_eq!(shown(running, "Team[Code == \"1234567.50\"].count()"), "1");
    });
}

#[test]
fn the_application_is_free_of_mistakes_and_mistakes_are_found() {
    let mut app = Application::read(&folder()).unwrap();
    let errors: Vec<_> = app.check().into_iter().filter(|finding| finding.is_error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    app.workflows[0].form = "Clam".into();
    app.forms[0].fields[0].looks_up = Some("Gone".into());
    let found: Vec<String> = app.check().into_iter().filter(|f| f.is_error).map(|f| f.message).collect();
    for expected in ["There is no form 'Clam'", "There is no such form"] {
        assert!(found.iter().any(|message| message.contains(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn a_folder_is_written_as_it_is_read() {
    let app = Application::read(&folder()).unwrap();
    let copy = tempfile::tempdir().unwrap();
    for (name, text) in app.files().unwrap() {
        let path = copy.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let again = Application::read(copy.path()).unwrap();
    assert_eq!((&again.forms, &again.users, again.workflows.len()), (&app.forms, &app.users, app.workflows.len()));
    assert_eq!(again.functions, app.functions);
}
