//! Filters of lists as people set them: by what they read.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use rainwright::OfflineHost;
use rainwright_app::{Application, Filter, Running, Setting, load, read_rows};
use rainwright_records::{Field, FieldType, Form};

fn app() -> Application {
    let lookup = Field { looks_up: Some("Person".into()), ..Field::new("By", FieldType::DropDown) };
    let person = vec![
        Field::new("Full", FieldType::Name),
        Field::new("Home", FieldType::Address),
        Field::new("Nick", FieldType::Text),
    ];
    let order = vec![Field::new("Placed", FieldType::DateTime), Field::new("Due", FieldType::Date), lookup];
    let form = |name: &str, fields| Form { name: name.into(), fields, ..Form::default() };
    Application {
        name: "shop".into(),
        timezone: Some("Asia/Kolkata".into()),
        date_format: Some("dd-MMM-yyyy".into()),
        forms: vec![form("Order", order), form("Person", person)],
        ..Application::default()
    }
}

#[test]
fn a_filter_finds_what_people_read() {
    let mut host = OfflineHost::new();
    let mut running = Running::open(app(), Setting::default(), &mut host).unwrap();
    let rows = read_rows(
        r#"{"Person": [{"ID": "a", "Full": {"first_name": "Ada", "last_name": "Lind"}, "Nick": "ad li",
                        "Home": {"address_line_1": "Main St 5", "district_city": "Pune", "country": "India"}},
                       {"ID": "b", "Full": {"first_name": "Ada", "last_name": "Berg"}}],
            "Order": [{"Placed": "2026-11-28 00:00:00", "Due": "2026-11-30", "By": "a"},
                      {"Placed": "2026-11-28 23:59:59", "By": "b"},
                      {"Placed": "2026-11-29 00:00:00", "By": "a"}]}"#,
    )
    .unwrap();
    assert_eq!(load(running.store(), None, &rows).unwrap(), 5);
    for (form, field, value, found) in [
        ("Order", "Placed", "2026-11-28", 2),
        ("Order", "Placed", "29-Nov-2026", 1),
        ("Order", "Placed", "2026-11-28 23:59:59", 1),
        ("Order", "Placed", "2026-11-27", 0),
        ("Order", "Due", "2026-11-30", 1),
        ("Order", "By", "Ada Lind", 2),
        ("Order", "By", "lind", 2),
        ("Order", "By.Full", "Ada Berg", 1),
        ("Person", "Full", "Ada Lind", 1),
        ("Person", "Full", "Ada", 2),
        ("Person", "Full", "Ada Nobody", 0),
        ("Person", "Full.first_name", "Ada", 2),
        ("Person", "Home", "Main St 5, Pune, India", 1),
        ("Person", "", "Ada Lind", 1),
        ("Person", "", "ad li", 1),
        ("Person", "Nick", "li ad", 0),
    ] {
        let filter = Filter { field: field.into(), value: value.into() };
        let listed = running.list(form, None, &[filter], &[], 0, 10).unwrap();
        assert_eq!(listed.total, found, "{form} {field} {value}");
    }
    let filter = Filter { field: "Placed".into(), value: "soon".into() };
    assert!(running.list("Order", None, &[filter], &[], 0, 10).is_err());
}
