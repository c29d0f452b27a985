//! The rules of forms: what fields hold, what writes refuse, what deletes do to others, how schemas change.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use rainwright_effect::{
    Aggregate, Comparison, Criteria, Data, DataMap, FieldPath, File, Operand, Query, RecordSet, Records, Sort,
};
use rainwright_records::{Actor, Field, FieldType, Form, Settings, Store, StoreLocation};

fn field(name: &str, kind: &str) -> Field {
    Field::new(name, FieldType::of_word(kind))
}

fn lookup(name: &str, kind: &str, form: &str) -> Field {
    Field { looks_up: Some(form.into()), ..field(name, kind) }
}

fn form(name: &str, fields: Vec<Field>) -> Form {
    Form { name: name.into(), fields, ..Form::default() }
}

fn forms() -> Vec<Form> {
    let person = form(
        "Person",
        vec![
            Field { unique: true, ..field("Mail", "email") },
            field("Who", "name"),
            Field { bidirectional: Some("Members".into()), ..lookup("Team", "picklist", "Team") },
        ],
    );
    let team = form(
        "Team",
        vec![
            Field { required: true, title: Some("Team code".into()), max: Some(5), ..field("Code", "text") },
            Field { bidirectional: Some("Team".into()), ..lookup("Members", "list", "Person") },
        ],
    );
    let claim = form(
        "Claim",
        vec![
            field("No", "autonumber"),
            lookup("Owner", "picklist", "Person"),
            field("Amount", "EUR"),
            field("Due", "date"),
            field("At", "datetime"),
            field("Tags", "checkboxes"),
            Field { choices: vec!["Open".into(), "Paid".into()], ..field("State", "picklist") },
            field("Paid", "checkbox"),
            field("Bill", "upload file"),
            Field { fields: vec![field("Item", "text"), field("Price", "decimal")], ..field("Lines", "grid") },
            Field { bidirectional: Some("Claim".into()), ..lookup("Works", "grid", "Work") },
        ],
    );
    let work = form("Work", vec![lookup("Claim", "picklist", "Claim"), field("Hours", "number")]);
    vec![person, team, claim, work]
}

fn store() -> Store {
    let mut store = Store::open(StoreLocation::Memory, forms(), Settings::default()).unwrap();
    // Friday, 27 November 2026, 02:00 UTC.
    store.act_as(Actor { now: 1_795_744_800_000, user: "ada".into() });
    store
}

fn add(store: &mut Store, form: &str, fields: &[(&str, Data)]) -> i64 {
    try_add(store, form, fields).unwrap()
}

fn try_add(store: &mut Store, form: &str, fields: &[(&str, Data)]) -> Result<i64, String> {
    let fields = fields.iter().map(|(name, value)| (FieldPath::parse(name), value.clone())).collect();
    let done = store.perform(&Records::Insert { form: form.into(), fields });
    done.map(|id| id.as_number().unwrap()).map_err(|problem| problem.message)
}

fn set(store: &mut Store, form: &str, id: i64, name: &str, value: impl Into<Data>) -> Result<Data, String> {
    let fields = vec![(FieldPath::parse(name), value.into())];
    store.perform(&Records::Set { form: form.into(), id, fields }).map_err(|problem| problem.message)
}

fn read(store: &mut Store, form: &str, id: i64, path: &str) -> Data {
    let value = store.perform(&Records::Read { form: form.into(), id, field: FieldPath::parse(path) }).unwrap();
    rainwright_records::as_shown(&value, &rainwright_value::Locale::default())
}

fn compare(path: &str, comparison: Comparison, value: impl Into<Data>) -> Criteria {
    let (left, right) = (Operand::Field(FieldPath::parse(path)), Operand::Value(value.into()));
    Criteria::Compare { left, comparison, right }
}

fn find(store: &mut Store, form: &str, criteria: Criteria) -> Vec<i64> {
    let query = Query { form: form.into(), criteria: Some(criteria), ..Query::default() };
    match store.perform(&Records::Fetch { query, field: None }).unwrap() {
        Data::Records(set) => set.ids,
        other => panic!("{other:?}"),
    }
}

fn figure(store: &mut Store, form: &str, function: Aggregate, path: &str) -> Data {
    let query = Query { form: form.into(), ..Query::default() };
    let field = (!path.is_empty()).then(|| FieldPath::parse(path));
    store.perform(&Records::Aggregate { query, function, field }).unwrap()
}

#[test]
fn unset_fields_read_as_their_kind_says() {
    let mut store = store();
    let id = add(&mut store, "Claim", &[]);
    assert!(id >= 1_000_000_000_000_000_000, "IDs have 19 digits");
    let row = store.perform(&Records::Rows { form: "Claim".into(), ids: vec![id, 5] }).unwrap();
    let Data::Records(set) = row else { panic!("{row:?}") };
    assert_eq!(set.rows[1], Data::Null);
    let row = &set.rows[0];
    for (name, unset) in [
        ("Owner", Data::Null),
        ("Amount", Data::Null),
        ("Due", Data::Null),
        ("Tags", Data::List(Vec::new())),
        ("State", Data::Null),
        ("Paid", Data::Bool(false)),
        ("Bill", Data::from("")),
        ("No", Data::Number(1)),
        ("Added_User", Data::from("ada")),
        ("Record_Status", Data::from("UNLOCKED")),
    ] {
        assert_eq!(row[name], unset, "{name}");
    }
    assert_eq!(row["Added_Time"], Data::DateTime { millis: 1_795_744_800_000, offset: 0 });
    assert_eq!(add(&mut store, "Claim", &[]), id + 1);
    assert_eq!(read(&mut store, "Claim", id + 1, "No"), Data::Number(2));
}

#[test]
fn writes_follow_the_rules_of_fields() {
    let mut store = store();
    assert_eq!(try_add(&mut store, "Team", &[]), Err("Enter a value for Team code".into()));
    let team = add(&mut store, "Team", &[("Code", "abcdefgh".into())]);
    assert_eq!(read(&mut store, "Team", team, "Code"), "abcde", "longer texts are cut");
    assert_eq!(set(&mut store, "Team", team, "Code", Data::Null), Err("Enter a value for Team code".into()));
    add(&mut store, "Person", &[("Mail", "a@b.c".into())]);
    let unique = "This value already exists. Enter a unique value.";
    assert_eq!(try_add(&mut store, "Person", &[("Mail", "a@b.c".into())]), Err(unique.into()));
    let other = add(&mut store, "Person", &[]);
    add(&mut store, "Person", &[]);
    assert_eq!(set(&mut store, "Person", other, "Mail", "a@b.c"), Err(unique.into()));
    let missing = try_add(&mut store, "Claim", &[("Owner", 7.into())]).unwrap_err();
    assert!(missing.starts_with("Invalid column value"), "{missing}");
    assert!(try_add(&mut store, "Claim", &[("ID", 7.into())]).unwrap_err().contains("filled by the product"));
    assert!(try_add(&mut store, "Claim", &[("No", 7.into())]).unwrap_err().contains("filled by the product"));
    assert!(try_add(&mut store, "Claim", &[("Amount", "much".into())]).unwrap_err().contains("holds DECIMAL"));
    assert!(try_add(&mut store, "Claim", &[("Amont", 1.into())]).unwrap_err().contains("no field 'Amont'"));
    let odd = add(&mut store, "Claim", &[("State", "Lost".into()), ("Added_User", "eve".into())]);
    assert_eq!(read(&mut store, "Claim", odd, "State"), "Lost");
    assert_eq!(read(&mut store, "Claim", odd, "Added_User"), "eve");
    assert_eq!(store.take_warnings(), ["'Lost' is none of the choices of 'State'"]);
    assert_eq!(figure(&mut store, "Person", Aggregate::Count, ""), Data::Number(3), "what failed left nothing");
}

#[test]
fn lookups_lead_on_and_are_emptied_by_deletes() {
    let mut store = store();
    let team = add(&mut store, "Team", &[("Code", "T1".into())]);
    let name = [("Mail", "ann@x.y".into()), ("Who.first_name", "Ann".into()), ("Who.last_name", "Lee".into())];
    let ann = add(&mut store, "Person", &name);
    set(&mut store, "Person", ann, "Team", team).unwrap();
    let claim = add(&mut store, "Claim", &[("Owner", ann.into())]);
    assert_eq!(read(&mut store, "Claim", claim, "Owner"), Data::Number(ann));
    assert_eq!(read(&mut store, "Claim", claim, "Owner.Team.Code"), "T1");
    assert_eq!(read(&mut store, "Claim", claim, "Owner.Who.first_name"), "Ann");
    assert_eq!(read(&mut store, "Claim", claim, "Owner.Who"), "Ann Lee");
    assert_eq!(read(&mut store, "Team", team, "Members"), Data::List(vec![ann.into()]), "the other side follows");
    assert_eq!(find(&mut store, "Claim", compare("Owner.Team.Code", Comparison::Equal, "T1")), [claim]);
    assert_eq!(find(&mut store, "Team", compare("Members.Mail", Comparison::Equal, "ann@x.y")), [team]);
    set(&mut store, "Team", team, "Members", Data::List(Vec::new())).unwrap();
    assert_eq!(read(&mut store, "Person", ann, "Team"), Data::Null);
    set(&mut store, "Team", team, "Members", Data::from(vec![ann])).unwrap();
    assert_eq!(read(&mut store, "Person", ann, "Team"), Data::Number(team));
    store.perform(&Records::Delete { query: Query { form: "Person".into(), ..Query::default() } }).unwrap();
    assert_eq!(read(&mut store, "Claim", claim, "Owner"), Data::Null);
    assert_eq!(read(&mut store, "Claim", claim, "Owner.Team.Code"), Data::Null);
    assert_eq!(read(&mut store, "Team", team, "Members"), Data::List(Vec::new()));
}

#[test]
fn subforms_have_rows_of_their_own_or_of_another_form() {
    let mut store = store();
    let line = |item: &str, price: i64| -> Data { Data::map([("Item", Data::from(item)), ("Price", price.into())]) };
    let lines = Data::List(vec![line("pen", 3), line("ink", 12)]);
    let claim = add(&mut store, "Claim", &[("Lines", lines)]);
    let other = add(&mut store, "Claim", &[]);
    assert_eq!(find(&mut store, "Claim", compare("Lines.Price", Comparison::Greater, 10)), [claim]);
    assert_eq!(find(&mut store, "Claim", compare("Lines.Price", Comparison::Greater, 12)), Vec::<i64>::new());
    let rows: Vec<DataMap> = vec![std::iter::once(("Item", Data::from("ruler"))).collect()];
    let path = FieldPath::parse("Lines");
    store.perform(&Records::AddRows { form: "Claim".into(), id: claim, field: path, rows }).unwrap();
    assert_eq!(figure(&mut store, "Claim.Lines", Aggregate::Count, "Price"), Data::Number(2));
    assert_eq!(figure(&mut store, "Claim.Lines", Aggregate::Sum, "Price").to_string(), "15");
    let work = add(&mut store, "Work", &[("Claim", claim.into()), ("Hours", 4.into())]);
    let Data::Records(rows) = read(&mut store, "Claim", claim, "Works") else { panic!() };
    assert_eq!(*rows, RecordSet { form: "Work".into(), ids: vec![work], ..RecordSet::default() });
    assert_eq!(find(&mut store, "Claim", compare("Works.Hours", Comparison::Equal, 4)), [claim]);
    let gone =
        Query { form: "Claim".into(), criteria: Some(compare("ID", Comparison::Equal, claim)), ..Query::default() };
    store.perform(&Records::Delete { query: gone }).unwrap();
    assert_eq!(figure(&mut store, "Claim.Lines", Aggregate::Count, ""), Data::Number(0), "blank rows go with it");
    assert_eq!(read(&mut store, "Work", work, "Claim"), Data::Null, "records of another form stay");
    assert_eq!(find(&mut store, "Claim", compare("ID", Comparison::NotEqual, 0)), [other]);
}

#[test]
fn files_are_kept_as_they_are() {
    let mut store = store();
    let bill =
        File { name: "bill.pdf".into(), mime: "application/pdf".into(), bytes: vec![0, 255].into(), ..File::default() };
    let id = add(&mut store, "Claim", &[("Bill", bill.clone().into())]);
    assert_eq!(read(&mut store, "Claim", id, "Bill"), "bill.pdf");
    assert_eq!(read(&mut store, "Claim", id, "Bill.content"), Data::from(bill));
    set(&mut store, "Claim", id, "Bill", "").unwrap();
    assert_eq!(read(&mut store, "Claim", id, "Bill.content"), Data::Null);
}

#[test]
fn order_range_and_figures() {
    let mut store = store();
    for (amount, state) in [("9.50", "b"), ("10", "A"), ("", "c"), ("-1", ""), ("100.25", "B")] {
        add(&mut store, "Claim", &[("Amount", amount.into()), ("State", state.into())]);
    }
    let fetch = |store: &mut Store, by: &str, descending: bool, range: Option<(i64, i64)>| -> Vec<String> {
        let query = Query {
            form: "Claim".into(),
            sort: vec![Sort { field: FieldPath::parse(by), descending }],
            range: range.map(|(from, to)| (from.into(), to.into())),
            ..Query::default()
        };
        let field = Some(FieldPath::parse("No"));
        let found = store.perform(&Records::Aggregate { query, function: Aggregate::GetAll, field }).unwrap();
        found.as_list().unwrap().iter().map(Data::to_string).collect()
    };
    assert_eq!(fetch(&mut store, "Amount", false, None).concat(), "34125", "by worth, unset first");
    assert_eq!(fetch(&mut store, "Amount", true, None).concat(), "52143");
    assert_eq!(fetch(&mut store, "State", false, None).concat(), "42153", "whatever the case, equal ones by ID");
    assert_eq!(fetch(&mut store, "Amount", true, Some((1, 1))).concat(), "5");
    assert_eq!(fetch(&mut store, "Amount", true, Some((4, 9))).concat(), "43");
    for (from, to) in [(0, 2), (3, 2), (6, 9)] {
        assert!(fetch(&mut store, "Amount", true, Some((from, to))).is_empty());
    }
    for (function, path, result) in [
        (Aggregate::Count, "", "5"),
        (Aggregate::Count, "Amount", "4"),
        (Aggregate::Sum, "Amount", "118.75"),
        (Aggregate::Sum, "No", "15"),
        (Aggregate::Average, "Amount", "29.6875"),
        (Aggregate::Average, "No", "3"),
        (Aggregate::Median, "Amount", "9.75"),
        (Aggregate::Median, "No", "3"),
        (Aggregate::Minimum, "Amount", "-1"),
        (Aggregate::Maximum, "Amount", "100.25"),
        (Aggregate::Maximum, "Due", "null"),
        (Aggregate::Distinct, "State", r#"["b","A","c","B"]"#),
    ] {
        assert_eq!(figure(&mut store, "Claim", function, path).to_string(), result, "{function:?} {path}");
    }
    let query = || Query { form: "Team".into(), ..Query::default() };
    for (function, result) in [(Aggregate::Count, "0"), (Aggregate::Sum, "0"), (Aggregate::Maximum, "null")] {
        let field = Some(FieldPath::parse("ID"));
        assert_eq!(store.perform(&Records::Aggregate { query: query(), function, field }).unwrap().to_string(), result);
    }
}

#[test]
fn dates_are_found_by_kind_text_and_phrase() {
    let mut store = store();
    let (today, later) = (20_784, 20_790);
    let a = add(&mut store, "Claim", &[("Due", Data::Date(today)), ("At", "27-Nov-2026 23:30:00".into())]);
    let b = add(&mut store, "Claim", &[("Due", "03-Dec-2026".into())]);
    add(&mut store, "Claim", &[]);
    assert_eq!(read(&mut store, "Claim", b, "Due"), Data::Date(later));
    let noon = Data::DateTime { millis: today * 86_400_000 + 43_200_000, offset: 0 };
    for (comparison, value, found) in [
        (Comparison::Equal, "27-Nov-2026".into(), vec![a]),
        (Comparison::Equal, noon.clone(), vec![]),
        (Comparison::Less, noon.clone(), vec![a]),
        (Comparison::GreaterEqual, noon, vec![b]),
        (Comparison::NotEqual, Data::Date(today), vec![b]),
        (Comparison::In, "this month".into(), vec![a]),
        (Comparison::In, "next 7 days".into(), vec![b]),
        (Comparison::NotIn, "today".into(), vec![b]),
    ] {
        assert_eq!(find(&mut store, "Claim", compare("Due", comparison, value)), found, "{comparison:?}");
    }
    assert_eq!(find(&mut store, "Claim", compare("At", Comparison::In, "today")), [a]);
}

#[test]
fn a_run_is_one_transaction_and_a_part_can_be_undone() {
    let mut store = store();
    store.begin().unwrap();
    add(&mut store, "Work", &[("Hours", 1.into())]);
    store.mark().unwrap();
    add(&mut store, "Work", &[("Hours", 2.into())]);
    store.release(false).unwrap();
    assert!(try_add(&mut store, "Work", &[("Hours", "x".into())]).is_err());
    store.end(true).unwrap();
    assert_eq!(figure(&mut store, "Work", Aggregate::Sum, "Hours"), Data::Number(1));
    store.begin().unwrap();
    add(&mut store, "Work", &[]);
    store.end(false).unwrap();
    assert_eq!(figure(&mut store, "Work", Aggregate::Count, ""), Data::Number(1));
}

#[test]
fn values_are_never_part_of_a_statement() {
    let mut store = store();
    let hostile = "'; DROP TABLE \"f:Person\"; -- \" \u{0} %";
    let id = add(&mut store, "Person", &[("Mail", hostile.into()), ("Who.last_name", hostile.into())]);
    for comparison in [Comparison::Equal, Comparison::In, Comparison::Like] {
        assert_eq!(find(&mut store, "Person", compare("Mail", comparison, hostile)), [id]);
    }
    for function in ["contains", "startsWith", "endsWithIgnoreCase"] {
        let call = Criteria::Call {
            field: FieldPath::parse("Mail"),
            function: function.into(),
            arguments: vec![hostile.into()],
        };
        assert_eq!(find(&mut store, "Person", call), [id]);
    }
    assert_eq!(read(&mut store, "Person", id, "Who.last_name"), hostile);
    for name in ["x\" OR 1", "", "a.b", "Mail\u{0}", "f:Person"] {
        let query =
            Query { form: "Person".into(), criteria: Some(compare(name, Comparison::Equal, 1)), ..Query::default() };
        assert!(store.perform(&Records::Fetch { query, field: None }).is_err(), "{name}");
        assert!(Store::open(StoreLocation::Memory, vec![form(name, vec![])], Settings::default()).is_err(), "{name}");
    }
}

#[test]
fn schemas_change_without_losing_what_is_not_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let open = |forms: Vec<Form>, allow: bool| -> Result<(Store, Vec<String>), String> {
        let mut store =
            Store::connect(StoreLocation::File(&path), forms, Settings::default()).map_err(|p| p.message)?;
        let done = store.migrate(allow).map_err(|p| p.message)?;
        let done = done.into_iter().map(|step| step.what).collect();
        Ok((store, done))
    };
    let (mut store, _) = open(vec![form("Task", vec![field("Title", "text"), field("Old", "number")])], false).unwrap();
    let id = add(&mut store, "Task", &[("Title", "one".into()), ("Old", 1.into())]);
    drop(store);
    let renamed = Field { was: Some("Title".into()), ..field("Name", "text") };
    let next = vec![form("Task", vec![renamed.clone(), field("Old", "number"), field("New", "decimal")])];
    let (mut store, done) = open(next, false).unwrap();
    assert_eq!(done, ["field Task.Title is named Name now", "new field Task.New"]);
    assert_eq!(read(&mut store, "Task", id, "Name"), "one");
    drop(store);
    let fewer = || vec![form("Task", vec![renamed.clone(), field("New", "decimal")])];
    assert!(open(fewer(), false).is_err_and(|message| message.contains("Task.Old is gone")));
    let (store, done) = open(fewer(), true).unwrap();
    assert_eq!(done, ["field Task.Old is gone"]);
    assert!(store.differences().unwrap().is_empty());
}

#[test]
fn two_connections_write_at_once_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(Store::open(StoreLocation::File(&path), forms(), Settings::default()).unwrap());
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let path = &path;
            scope.spawn(move || {
                let mut store = Store::open(StoreLocation::File(path), forms(), Settings::default()).unwrap();
                for number in 0..50 {
                    store.begin().unwrap();
                    let mail = format!("{writer}-{number}@x.y");
                    add(&mut store, "Person", &[("Mail", mail.into())]);
                    add(&mut store, "Claim", &[]);
                    store.end(true).unwrap();
                }
            });
        }
    });
    let mut store = Store::open(StoreLocation::File(&path), forms(), Settings::default()).unwrap();
    assert_eq!(figure(&mut store, "Person", Aggregate::Count, ""), Data::Number(100));
    assert_eq!(figure(&mut store, "Claim", Aggregate::Distinct, "No").as_list().unwrap().len(), 100);
    assert_eq!(figure(&mut store, "Claim", Aggregate::Maximum, "No"), Data::Number(100));
}
