//! Queries of records leave a script as one typed effect: form, criteria as a tree, order, range, aggregate.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use rainwright::{Effect, Engine, Host, Inputs, Outcome, Problem};
use serde_json::{Value, json};

/// Keeps the requests and answers each with the next answer.
struct Records {
    asked: Vec<Value>,
    answers: Vec<Value>,
}

impl Host for Records {
    fn perform(&mut self, effect: Effect) -> Result<Outcome, Problem> {
        match effect {
            Effect::Records(request) => {
                self.asked.push(request);
                Ok(Outcome::Json { value: self.answers.remove(0) })
            }
            _ => Ok(Outcome::Done),
        }
    }
}

/// The request of a script's first query.
fn asked(source: &str, answer: Value) -> Value {
    let mut host = Records { asked: Vec::new(), answers: vec![answer] };
    let script = Engine::new().profile("zoho-creator").unwrap().compile("script.dg", source).unwrap();
    script.run(&mut host, Inputs::new()).result.unwrap();
    host.asked.remove(0)
}

#[test]
fn criteria_are_a_tree_whose_right_sides_are_computed() {
    let source = "limit = 5; all = Claims[(Status == \"Open\" || Region in {\"N\",\"S\"}) && Total > limit * 2 && !(Name.contains(\"x\"))];";
    let open = json!({"op": "==", "field": "Status", "value": "Open"});
    let region = json!({"op": "in", "field": "Region", "value": ["N", "S"]});
    let total = json!({"op": ">", "field": "Total", "value": 10});
    let name = json!({"op": "not", "of": {"op": "contains", "field": "Name", "values": ["x"]}});
    let either = json!({"op": "or", "of": [open, region]});
    let criteria = json!({"op": "and", "of": [either, total, name]});
    let expected = json!({"operation": "fetch", "form": "Claims", "criteria": criteria});
    assert_eq!(asked(source, json!([])), expected);
}

#[test]
fn without_parentheses_or_binds_tighter_as_in_all_conditions_of_creator() {
    let field = |name: &str| json!({"op": "==", "field": name, "value": 1});
    let either = json!({"op": "or", "of": [field("A"), field("B")]});
    let expected = json!({"op": "and", "of": [either, field("C")]});
    assert_eq!(asked("x = F[A == 1 || B == 1 && C == 1];", json!([]))["criteria"], expected);
}

#[test]
fn nulls_parts_of_fields_order_and_range() {
    let source = "all = Claims[Name.first_name is not null] sort by Total desc, Added_Time range from 1 to 5 + 5;";
    let expected = json!({
        "operation": "fetch", "form": "Claims",
        "criteria": {"op": "is not", "field": "Name.first_name", "value": null},
        "sort": [{"field": "Total", "descending": true}, {"field": "Added_Time", "descending": false}],
        "range": [1, 10],
    });
    assert_eq!(asked(source, json!([])), expected);
}

#[test]
fn aggregates_and_fields_are_part_of_the_query() {
    let all = json!({"op": "!=", "field": "ID", "value": 0});
    let sum = json!({"operation": "fetch", "form": "Claims", "criteria": all, "aggregate": "sum", "of": "Total"});
    assert_eq!(asked("x = Claims[ID != 0].sum(Total);", json!(12)), sum);
    let names =
        json!({"operation": "fetch", "form": "Claims", "criteria": all, "field": "Name", "aggregate": "getall"});
    assert_eq!(asked("x = Claims[ID != 0].Name.getAll();", json!(["Ann"])), names);
}

#[test]
fn what_changes_records_is_told_apart() {
    let one = json!({"op": "==", "field": "ID", "value": 7});
    let insert = json!({"operation": "insert", "form": "Claims", "fields": {"Name": "Ann", "Total": 6}});
    assert_eq!(asked("id = insert into Claims [ Name = \"Ann\" Total = 5 + 1 ];", json!(7)), insert);
    let update =
        json!({"operation": "update", "form": "Claims", "criteria": one, "field": "Status", "value": "Closed"});
    assert_eq!(asked("Claims[ID == 7].Status = \"Closed\";", json!(null)), update);
    let delete = json!({"operation": "delete", "form": "Claims", "criteria": one});
    assert_eq!(asked("delete from Claims[ID == 7];", json!(null)), delete);
}

#[test]
fn records_are_walked_and_read_by_their_fields() {
    let source =
        "text = \"\"; for each r in Claims[ID != 0] { text = text + r.Name + r.Total; } info text; return text;";
    let mut host =
        Records { asked: Vec::new(), answers: vec![json!([{"Name": "Ann", "Total": 1}, {"Name": "Bob", "Total": 2}])] };
    let script = Engine::new().profile("zoho-creator").unwrap().compile("script.dg", source).unwrap();
    let result = script.run(&mut host, Inputs::new()).result.unwrap();
    assert_eq!(result.as_str(), Some("Ann1Bob2"));
}
