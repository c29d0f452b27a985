//! The rules of forms: what fields hold, what writes refuse, what deletes do to others, how schemas change.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use rainwright_effect::{
    Aggregate, Comparison, Criteria, Data, DataMap, FieldPath, File, Operand, Query, RecordSet, Records, Sort,
};
#[cfg(feature = "postgres")]
use rainwright_records::StoreLocation;
use rainwright_records::{Actor, Field, FieldType, Form, Settings, Store};

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

/// A store in each kind of database.
fn stores() -> Vec<Store> {
    let open = |kind: common::Kind| {
        let mut store = kind.open(forms(), Settings::default());
        // Friday, 27 November 2026, 02:00 UTC.
        store.act_as(Actor { now: 1_795_744_800_000, user: "ada".into(), ..Actor::default() });
        store
    };
    common::kinds().into_iter().map(open).collect()
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
    for mut store in stores() {
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
}

#[test]
fn writes_follow_the_rules_of_fields() {
    for mut store in stores() {
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
}

#[test]
fn lookups_lead_on_and_are_emptied_by_deletes() {
    for mut store in stores() {
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
}

#[test]
fn subforms_have_rows_of_their_own_or_of_another_form() {
    for mut store in stores() {
        let line =
            |item: &str, price: i64| -> Data { Data::map([("Item", Data::from(item)), ("Price", price.into())]) };
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
}

#[test]
fn files_are_kept_as_they_are() {
    for mut store in stores() {
        let bill = File {
            name: "bill.pdf".into(),
            mime: "application/pdf".into(),
            bytes: vec![0, 255].into(),
            ..File::default()
        };
        let id = add(&mut store, "Claim", &[("Bill", bill.clone().into())]);
        assert_eq!(read(&mut store, "Claim", id, "Bill"), "bill.pdf");
        assert_eq!(read(&mut store, "Claim", id, "Bill.content"), Data::from(bill));
        set(&mut store, "Claim", id, "Bill", "").unwrap();
        assert_eq!(read(&mut store, "Claim", id, "Bill.content"), Data::Null);
    }
}

#[test]
fn order_range_and_figures() {
    for mut store in stores() {
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
            assert_eq!(
                store.perform(&Records::Aggregate { query: query(), function, field }).unwrap().to_string(),
                result
            );
        }
    }
}

#[test]
fn dates_are_found_by_kind_text_and_phrase() {
    for mut store in stores() {
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
}

#[test]
fn a_run_is_one_transaction_and_a_part_can_be_undone() {
    for mut store in stores() {
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
}

#[test]
fn values_are_never_part_of_a_statement() {
    for mut store in stores() {
        let hostile = "'; DROP TABLE \"f:Person\"; -- \" \u{0} % \\' {\"a\",NULL} $1 ?1";
        let id = add(&mut store, "Person", &[("Mail", hostile.into()), ("Who.last_name", hostile.into())]);
        add(&mut store, "Person", &[("Mail", "else".into())]);
        for comparison in [Comparison::Equal, Comparison::In, Comparison::Like] {
            assert_eq!(find(&mut store, "Person", compare("Mail", comparison, hostile)), [id], "{comparison:?}");
        }
        let listed = Data::List(vec![hostile.into(), "x".into()]);
        assert_eq!(find(&mut store, "Person", compare("Mail", Comparison::In, listed)), [id]);
        for function in ["contains", "startsWith", "endsWithIgnoreCase", "equals"] {
            let call = Criteria::Call {
                field: FieldPath::parse("Mail"),
                function: function.into(),
                arguments: vec![hostile.into()],
            };
            assert_eq!(find(&mut store, "Person", call), [id], "{function}");
        }
        assert_eq!(read(&mut store, "Person", id, "Who.last_name"), hostile);
        assert_eq!(read(&mut store, "Person", id, "Mail"), hostile);
        assert_eq!(figure(&mut store, "Person", Aggregate::Distinct, "Mail").as_list().unwrap()[0], hostile);
        assert!(try_add(&mut store, "Person", &[("Mail", hostile.into())]).is_err(), "it is there already");
        let claim = add(&mut store, "Claim", &[("State", hostile.into()), ("Tags", Data::List(vec![hostile.into()]))]);
        assert_eq!(read(&mut store, "Claim", claim, "Tags"), Data::List(vec![hostile.into()]));
        assert_eq!(find(&mut store, "Claim", compare("Tags", Comparison::Equal, hostile)), [claim]);
    }
}

#[test]
fn names_are_never_part_of_a_statement() {
    let names =
        ["x\" OR 1", "ID\" = 1 OR \"ID", "", "a.b", "Mail\u{0}", "f:Person", "Mail'", "Mail;--", "Mail?", "\u{10FFFF}"];
    for kind in common::kinds() {
        for mut store in [kind.open(forms(), Settings::default())] {
            let id = add(&mut store, "Person", &[("Mail", "a".into())]);
            for name in names {
                let query = |criteria| Query { form: "Person".into(), criteria, ..Query::default() };
                let field = FieldPath(vec![name.into()]);
                let condition = Criteria::Compare {
                    left: Operand::Field(field.clone()),
                    comparison: Comparison::Equal,
                    right: Operand::Value(1.into()),
                };
                let sort = vec![Sort { field: field.clone(), descending: false }];
                let fields = vec![(field.clone(), Data::from("x"))];
                for request in [
                    Records::Fetch { query: query(Some(condition)), field: None },
                    Records::Fetch { query: query(None), field: Some(field.clone()) },
                    Records::Fetch { query: Query { sort, ..query(None) }, field: None },
                    Records::Fetch { query: Query { form: name.into(), ..Query::default() }, field: None },
                    Records::Aggregate { query: query(None), function: Aggregate::Sum, field: Some(field.clone()) },
                    Records::Read { form: "Person".into(), id, field: field.clone() },
                    Records::Rows { form: name.into(), ids: vec![id] },
                    Records::Insert { form: "Person".into(), fields: fields.clone() },
                    Records::Insert { form: name.into(), fields: fields.clone() },
                    Records::Set { form: "Person".into(), id, fields },
                    Records::Update { query: query(None), field, value: "x".into() },
                    Records::Delete { query: Query { form: name.into(), ..Query::default() } },
                ] {
                    assert!(store.perform(&request).is_err(), "{name}: {request:?}");
                }
                let sub = Field { fields: vec![self::field(name, "text")], ..self::field("Rows", "grid") };
                for forms in [
                    vec![form(name, vec![])],
                    vec![form("Form", vec![self::field(name, "text")])],
                    vec![form("Form", vec![sub])],
                ] {
                    assert!(Store::open(kind.brief(), forms, Settings::default()).is_err(), "{name}");
                }
            }
            assert_eq!(figure(&mut store, "Person", Aggregate::Count, ""), Data::Number(1));
            assert_eq!(read(&mut store, "Person", id, "Mail"), "a");
        }
    }
}

#[test]
fn names_and_bytes_of_files_are_never_part_of_a_statement() {
    for mut store in stores() {
        let hostile = "'); DELETE FROM rainwright_files; -- \u{0} \" \\ ../../etc/passwd";
        let bytes: Vec<u8> = (0..=255).chain(*b"\\x00'; DROP TABLE \"f:Claim\"; --").collect();
        let file = File { name: hostile.into(), mime: hostile.into(), bytes: bytes.into(), ..File::default() };
        let id = add(&mut store, "Claim", &[("Bill", file.clone().into())]);
        let empty = File { name: "empty".into(), ..File::default() };
        let other = add(&mut store, "Claim", &[("Bill", empty.clone().into())]);
        assert_eq!(read(&mut store, "Claim", id, "Bill.content"), Data::from(file.clone()));
        assert_eq!(read(&mut store, "Claim", other, "Bill.content"), Data::from(empty));
        assert_eq!(store.files("Claim", id, "Bill").unwrap(), [file]);
        assert!(store.files("Claim' OR '1'='1", id, "Bill").unwrap().is_empty());
        assert!(store.files("Claim", id, "Bill' OR '1'='1").unwrap().is_empty());
    }
}

#[test]
fn schemas_change_without_losing_what_is_not_given_up() {
    for kind in common::kinds() {
        let home = kind.lasting();
        let open = |forms: Vec<Form>, allow: bool| -> Result<(Store, Vec<String>), String> {
            let mut store = Store::connect(home.place(), forms, Settings::default()).map_err(|p| p.message)?;
            let done = store.migrate(allow).map_err(|p| p.message)?;
            Ok((store, done.into_iter().map(|step| step.what).collect()))
        };
        let first = vec![form("Task", vec![field("Title", "text"), field("Old", "number")])];
        let (mut store, _) = open(first, false).unwrap();
        let id = add(&mut store, "Task", &[("Title", "one".into()), ("Old", 1.into())]);
        drop(store);
        let renamed = Field { was: Some("Title".into()), ..field("Name", "text") };
        let next = vec![form("Task", vec![renamed.clone(), field("Old", "number"), field("New", "decimal")])];
        let dry = Store::connect(home.place(), next.clone(), Settings::default()).unwrap();
        assert_eq!(dry.differences().unwrap().len(), 2, "a dry run says what is to be done");
        assert_eq!(dry.differences().unwrap().len(), 2, "and does nothing");
        drop(dry);
        let (mut store, done) = open(next, false).unwrap();
        assert_eq!(done, ["field Task.Title is named Name now", "new field Task.New"]);
        assert_eq!(read(&mut store, "Task", id, "Name"), "one");
        drop(store);
        let fewer = || vec![form("Task", vec![renamed.clone(), field("New", "decimal")])];
        assert!(open(fewer(), false).is_err_and(|message| message.contains("Task.Old is gone")));
        let (store, done) = open(fewer(), true).unwrap();
        assert_eq!(done, ["field Task.Old is gone"]);
        assert!(store.differences().unwrap().is_empty());
        drop(store);
        let other = vec![form("Task", vec![renamed, field("New", "text")])];
        assert!(open(other.clone(), false).is_err_and(|message| message.contains("another kind of value")));
        let (store, _) = open(other, true).unwrap();
        assert!(store.differences().unwrap().is_empty());
    }
}

#[test]
fn a_form_that_is_renamed_keeps_all_that_it_holds() {
    for kind in common::kinds() {
        let home = kind.lasting();
        let fields = |was: Option<&str>, names: [&str; 5]| {
            let was = |name: &str| was.map(|_| name.to_owned());
            let [no, tags, lines, bill, who] = names;
            let lines = Field { fields: vec![field("Item", "text")], was: was("Lines"), ..field(lines, "grid") };
            vec![
                Field { was: was("No"), ..field(no, "autonumber") },
                Field { was: was("Tags"), ..field(tags, "list") },
                lines,
                Field { was: was("Bill"), ..field(bill, "upload file") },
                Field { was: was("Who"), ..field(who, "name") },
            ]
        };
        let before = form("Claim", fields(None, ["No", "Tags", "Lines", "Bill", "Who"]));
        let mut store = Store::open(home.place(), vec![before], Settings::default()).unwrap();
        let file = File { name: "a.txt".into(), bytes: b"a".to_vec().into(), ..File::default() };
        let line = Data::List(vec![Data::map([("Item", "pen")])]);
        let id = add(
            &mut store,
            "Claim",
            &[
                ("Tags", vec!["x", "y"].into()),
                ("Lines", line),
                ("Bill", file.clone().into()),
                ("Who.last_name", "Ada".into()),
            ],
        );
        drop(store);
        let after = fields(Some("Claim"), ["Number", "Labels", "Rows", "Paper", "Person"]);
        let after = Form { was: Some("Claim".into()), ..form("Expense", after) };
        let mut store = Store::open(home.place(), vec![after], Settings::default()).unwrap();
        assert_eq!(read(&mut store, "Expense", id, "Labels"), Data::from(vec!["x", "y"]));
        assert_eq!(read(&mut store, "Expense", id, "Rows.Item"), "pen");
        assert_eq!(read(&mut store, "Expense", id, "Paper.content"), Data::from(file));
        assert_eq!(read(&mut store, "Expense", id, "Person.last_name"), "Ada");
        let next = add(&mut store, "Expense", &[]);
        assert_eq!(read(&mut store, "Expense", next, "Number"), Data::Number(2), "numbers go on");
        assert!(store.differences().unwrap().is_empty());
    }
}

#[test]
fn names_that_are_long_are_kept_apart() {
    for kind in common::kinds() {
        let long = |end: &str| format!("{}{end}", "long_name_of_a_form_".repeat(5));
        let fields = || vec![Field { unique: true, ..field(&long("field"), "text") }, field(&long("other"), "list")];
        let home = kind.lasting();
        let forms = vec![form(&long("a"), fields()), form(&long("b"), fields())];
        let mut store = Store::open(home.place(), forms.clone(), Settings::default()).unwrap();
        let a = add(&mut store, &long("a"), &[(&long("field"), "1".into()), (&long("other"), vec!["x"].into())]);
        assert!(find(&mut store, &long("b"), compare("ID", Comparison::NotEqual, 0)).is_empty());
        assert_eq!(find(&mut store, &long("a"), compare(&long("other"), Comparison::Equal, "x")), [a]);
        assert!(store.differences().unwrap().is_empty());
        drop(store);
        assert!(Store::connect(home.place(), forms, Settings::default()).unwrap().differences().unwrap().is_empty());
    }
}

#[test]
fn long_texts_can_be_unique_and_chosen() {
    for kind in common::kinds() {
        let fields = vec![
            Field { unique: true, max: Some(200_000), ..field("Code", "textarea") },
            Field { max: Some(200_000), ..field("Tags", "list") },
        ];
        let mut store = kind.open(vec![form("Doc", fields)], Settings::default());
        // No two letters in a row are alike: it cannot be compressed.
        let mut state = 1_u32;
        let mut letter = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from_u32(0x4e00 + (state >> 18)).unwrap()
        };
        let long: String = (0..100_000).map(|_| letter()).collect();
        let tag = Data::List(vec![long.clone().into()]);
        let id = add(&mut store, "Doc", &[("Code", long.clone().into()), ("Tags", tag)]);
        assert!(try_add(&mut store, "Doc", &[("Code", long.clone().into())]).is_err());
        assert_eq!(find(&mut store, "Doc", compare("Code", Comparison::Equal, long.clone())), [id]);
        assert_eq!(find(&mut store, "Doc", compare("Tags", Comparison::Equal, long)), [id]);
    }
}

#[test]
fn processes_write_at_once_and_nothing_is_lost() {
    for kind in common::kinds() {
        let home = kind.lasting();
        drop(Store::open(home.place(), forms(), Settings::default()).unwrap());
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let place = home.place();
                scope.spawn(move || {
                    let mut store = Store::open(place, forms(), Settings::default()).unwrap();
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
        let mut store = Store::open(home.place(), forms(), Settings::default()).unwrap();
        assert_eq!(figure(&mut store, "Person", Aggregate::Count, ""), Data::Number(100));
        assert_eq!(figure(&mut store, "Claim", Aggregate::Distinct, "No").as_list().unwrap().len(), 100);
        assert_eq!(figure(&mut store, "Claim", Aggregate::Maximum, "No"), Data::Number(100));
    }
}

#[test]
fn a_failed_question_spoils_no_transaction() {
    for mut store in stores() {
        store.begin().unwrap();
        add(&mut store, "Work", &[("Hours", 1.into())]);
        let query =
            Query { form: "Work".into(), criteria: Some(compare("Nothing", Comparison::Equal, 1)), ..Query::default() };
        assert!(store.perform(&Records::Fetch { query, field: None }).is_err());
        add(&mut store, "Work", &[("Hours", 2.into())]);
        store.end(true).unwrap();
        assert!(store.end(true).is_err(), "nothing is open that could be kept");
        assert_eq!(figure(&mut store, "Work", Aggregate::Sum, "Hours"), Data::Number(3));
    }
}

/// The database may restart while an application is served.
#[cfg(feature = "postgres")]
#[test]
fn a_lost_connection_is_made_anew_and_keeps_nothing_of_its_transaction() {
    for kind in common::kinds() {
        let common::Kind::Postgres(url) = &kind else { continue };
        let home = kind.lasting();
        let StoreLocation::Postgres(place) = home.place() else { panic!("no address") };
        let name = format!("lost{}", std::process::id());
        let place = StoreLocation::Postgres(format!("{place}&application_name={name}"));
        let end = || {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
            assert_eq!(client.query(sql, &[&name]).unwrap().len(), 1);
        };
        let mut store = Store::open(place, forms(), Settings::default()).unwrap();
        add(&mut store, "Work", &[]);
        end();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert_eq!(figure(&mut store, "Work", Aggregate::Count, ""), Data::Number(1));
        store.begin().unwrap();
        add(&mut store, "Work", &[]);
        end();
        assert!(try_add(&mut store, "Work", &[]).is_err());
        assert!(store.end(true).is_err(), "what is lost is not called kept");
        assert_eq!(figure(&mut store, "Work", Aggregate::Count, ""), Data::Number(1));
        add(&mut store, "Work", &[]);
        assert_eq!(figure(&mut store, "Work", Aggregate::Count, ""), Data::Number(2));
    }
}

#[test]
fn ids_and_auto_numbers_are_given_once_in_and_out_of_transactions() {
    for mut store in stores() {
        let path = FieldPath::parse;
        let claim = |store: &mut Store| store.submit("Claim", &[(path("State"), "Open".into())]).unwrap();
        let first = claim(&mut store);
        let second = claim(&mut store);
        store.begin().unwrap();
        let lost = claim(&mut store);
        store.mark().unwrap();
        claim(&mut store);
        store.release(false).unwrap();
        let again = claim(&mut store);
        store.end(false).unwrap();
        store.begin().unwrap();
        let third = claim(&mut store);
        store.mark().unwrap();
        let fourth = claim(&mut store);
        store.release(true).unwrap();
        store.end(true).unwrap();
        let fifth = claim(&mut store);
        assert_eq!([second, third, fourth, fifth], [1_i64, 2, 3, 4].map(|more| first + more));
        assert_eq!([lost, again], [third, fourth], "what was undone was never given");
        let query = Query { form: "Claim".into(), ..Query::default() };
        let numbers = Records::Aggregate { query, function: Aggregate::GetAll, field: Some(path("No")) };
        assert_eq!(store.perform(&numbers).unwrap(), Data::from(vec![1_i64, 2, 3, 4, 5]));
    }
}
