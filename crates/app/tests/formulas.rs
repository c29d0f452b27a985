//! Formulas outside of golden scripts: of records that were there before the formula, of durable runs, of loaded rows.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use rainwright::effect::{FieldPath, Records};
use rainwright::{Call, Data, Effect, Host, OfflineHost};
use rainwright_app::{Application, Running, Setting, load};
use rainwright_records::{Field, FieldType, Form, StoreLocation};

/// An application whose bills have lines, and these formulas: of a line, and of the bill.
fn app(of_line: &str, of_bill: &str) -> Application {
    let field = |name: &str, kind: FieldType| Field::new(name, kind);
    let formula = |name: &str, formula: &str| Field {
        formula: Some(formula.into()),
        result: Some(FieldType::Decimal),
        ..field(name, FieldType::Formula)
    };
    let lines = vec![field("Qty", FieldType::Number), formula("Cost", of_line)];
    let fields = vec![
        field("Net", FieldType::Decimal),
        Field { fields: lines, ..field("Lines", FieldType::Subform) },
        formula("Total", of_bill),
    ];
    let form = Form { name: "Bill".into(), fields, ..Form::default() };
    Application { name: "bills".into(), forms: vec![form], ..Application::default() }
}

fn total(running: &mut Running<'_>) -> String {
    running.evaluate("Bill[ID != 0].Total").unwrap().to_string()
}

fn rows() -> Data {
    let line = Data::map([("Qty", Data::Number(2))]);
    let bill = Data::map([("Net", Data::Number(10)), ("Lines", Data::List(vec![line]))]);
    Data::List(vec![bill])
}

#[test]
fn records_follow_a_formula_that_changes() {
    let folder = tempfile::tempdir().unwrap();
    let setting = || Setting { records: StoreLocation::File(folder.path().join("records.db")), ..Setting::default() };
    let mut host = OfflineHost::new();
    {
        let mut running = Running::open(app("Qty * 3", "Net + Lines.sum(Cost)"), setting(), &mut host).unwrap();
        assert_eq!(load(running.store(), Some("Bill"), &rows()).unwrap(), 1);
        assert_eq!(total(&mut running), "16");
        assert!(running.store().outdated().unwrap().is_empty());
    }
    {
        let mut store = app("Qty * 4", "Net + Lines.sum(Cost)").store(setting().records).unwrap();
        assert_eq!(store.outdated().unwrap(), ["Bill.Lines"]);
        store.compute_outdated().unwrap();
    }
    let mut running = Running::open(app("Qty * 4", "0 - Net - Lines.sum(Cost)"), setting(), &mut host).unwrap();
    assert_eq!(total(&mut running), "-18");
}

#[test]
fn each_change_of_a_durable_run_computes_once() {
    let mut host = OfflineHost::new();
    let mut running = Running::open(app("Qty", "Net * 2"), Setting::default(), &mut host).unwrap();
    let fields = vec![(FieldPath::parse("Net"), Data::Number(4))];
    let insert = Records::Insert { form: "Bill".into(), fields };
    let call = || Call { run: "r1".into(), seq: 1, ..Call::new(Effect::Records(Box::new(insert.clone()))) };
    for _ in 0..2 {
        running.durable_host().unwrap().perform(call()).unwrap();
    }
    assert_eq!(running.count("Bill").unwrap(), 1);
    assert_eq!(total(&mut running), "8");
}

#[test]
fn a_formula_that_does_not_end_is_named_and_stores_nothing() {
    let mut app = app("Qty", "bills.deep(1)");
    let source = "int bills.deep(int n)\n{\n    return bills.deep(n + 1);\n}\n".to_owned();
    app.functions.push(rainwright_app::Function { name: "bills.deep".into(), source });
    let mut host = OfflineHost::new();
    let mut running = Running::open(app, Setting::default(), &mut host).unwrap();
    let failure = load(running.store(), Some("Bill"), &rows()).unwrap_err();
    assert!(failure.message().contains("The formula 'Bill.Total' was stopped"), "{failure}");
    assert_eq!(running.count("Bill").unwrap(), 0);
}
