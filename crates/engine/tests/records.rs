//! Queries of records leave a script as one typed effect: form, criteria as a tree, order, range, aggregate.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use rainwright::effect::{Aggregate, Comparison, Criteria, FieldPath, Operand, Query, Sort};
use rainwright::{Call, Data, Effect, Engine, Host, Inputs, Outcome, Records, Refusal};

/// Keeps the requests and answers each with the next answer.
struct Store {
    asked: Vec<Records>,
    answers: Vec<Data>,
}

impl Host for Store {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Records(request) => {
                self.asked.push(*request);
                Ok(self.answers.remove(0).into())
            }
            _ => Ok(Outcome::Done),
        }
    }
}

/// The request of a script's first query.
fn asked(source: &str, answer: impl Into<Data>) -> Records {
    let mut host = Store { asked: Vec::new(), answers: vec![answer.into()] };
    let script = Engine::new().profile("zoho-creator").unwrap().compile("script.dg", source).unwrap();
    script.run(&mut host, Inputs::new()).result.unwrap();
    host.asked.remove(0)
}

fn compare(field: &str, comparison: Comparison, value: impl Into<Data>) -> Criteria {
    let left = Operand::Field(FieldPath::parse(field));
    Criteria::Compare { left, comparison, right: Operand::Value(value.into()) }
}

fn equal(field: &str, value: impl Into<Data>) -> Criteria {
    compare(field, Comparison::Equal, value)
}

fn claims(criteria: Criteria) -> Query {
    Query { form: "Claims".into(), criteria: Some(criteria), ..Query::default() }
}

#[test]
fn criteria_are_a_tree_whose_right_sides_are_computed() {
    let source = "limit = 5; all = Claims[(Status == \"Open\" || Region in {\"N\",\"S\"}) && Total > limit * 2 && !(Name.contains(\"x\"))];";
    let region = compare("Region", Comparison::In, vec![Data::from("N"), Data::from("S")]);
    let either = Criteria::Any { of: vec![equal("Status", "Open"), region] };
    let total = compare("Total", Comparison::Greater, 10);
    let name = FieldPath::parse("Name");
    let contains = Criteria::Call { field: name, function: "contains".into(), arguments: vec!["x".into()] };
    let criteria = Criteria::All { of: vec![either, total, Criteria::Not { of: Box::new(contains) }] };
    assert_eq!(asked(source, Data::List(Vec::new())), Records::Fetch { query: claims(criteria), field: None });
}

#[test]
fn without_parentheses_or_binds_tighter_as_in_all_conditions_of_creator() {
    let either = Criteria::Any { of: vec![equal("A", 1), equal("B", 1)] };
    let criteria = Criteria::All { of: vec![either, equal("C", 1)] };
    let query = Query { form: "F".into(), ..claims(criteria) };
    assert_eq!(
        asked("x = F[A == 1 || B == 1 && C == 1];", Data::List(Vec::new())),
        Records::Fetch { query, field: None }
    );
}

#[test]
fn nulls_parts_of_fields_order_and_range() {
    let source = "all = Claims[Name.first_name is not null] sort by Total desc, Added_Time range from 1 to 5 + 5;";
    let sort = |field: &str, descending| Sort { field: FieldPath::parse(field), descending };
    let query = Query {
        sort: vec![sort("Total", true), sort("Added_Time", false)],
        range: Some((1.into(), 10.into())),
        ..claims(compare("Name.first_name", Comparison::IsNot, Data::Null))
    };
    assert_eq!(asked(source, Data::List(Vec::new())), Records::Fetch { query, field: None });
}

#[test]
fn aggregates_and_fields_are_part_of_the_query() {
    let query = || claims(compare("ID", Comparison::NotEqual, 0));
    let field = |name: &str| Some(FieldPath::parse(name));
    let sum = Records::Aggregate { query: query(), function: Aggregate::Sum, field: field("Total") };
    assert_eq!(asked("x = Claims[ID != 0].sum(Total);", 12), sum);
    let names = Records::Aggregate { query: query(), function: Aggregate::GetAll, field: field("Name") };
    assert_eq!(asked("x = Claims[ID != 0].Name.getAll();", vec!["Ann"]), names);
}

#[test]
fn what_changes_records_is_told_apart() {
    let one = || claims(equal("ID", 7));
    let field = FieldPath::parse;
    let fields = vec![(field("Name"), "Ann".into()), (field("Total"), 6.into())];
    let insert = Records::Insert { form: "Claims".into(), fields };
    assert_eq!(asked("id = insert into Claims [ Name = \"Ann\" Total = 5 + 1 ];", 7), insert);
    let update = Records::Update { query: one(), field: field("Status"), value: "Closed".into() };
    assert_eq!(asked("Claims[ID == 7].Status = \"Closed\";", Data::Null), update);
    assert_eq!(asked("delete from Claims[ID == 7];", Data::Null), Records::Delete { query: one() });
}

#[test]
fn records_are_walked_and_read_by_their_fields() {
    let source =
        "text = \"\"; for each r in Claims[ID != 0] { text = text + r.Name + r.Total; } info text; return text;";
    let record = |name: &str, total: i32| Data::map([("Name", Data::from(name)), ("Total", total.into())]);
    let answers = vec![Data::List(vec![record("Ann", 1), record("Bob", 2)])];
    let mut host = Store { asked: Vec::new(), answers };
    let script = Engine::new().profile("zoho-creator").unwrap().compile("script.dg", source).unwrap();
    let result = script.run(&mut host, Inputs::new()).result.unwrap();
    assert_eq!(result.as_str(), Some("Ann1Bob2"));
}
