//! Completion, signature help.

use super::{FILE, at};
use crate::analysis::{Completion, CompletionKind};

fn all(marked: &str) -> Vec<Completion> {
    let (analysis, cursors, _) = at(marked);
    analysis.completions(FILE, cursors[0])
}

fn labels(marked: &str) -> Vec<String> {
    all(marked).into_iter().map(|one| one.label).collect()
}

fn of_kind(marked: &str, kind: CompletionKind) -> Vec<String> {
    all(marked).into_iter().filter(|one| one.kind == kind).map(|one| one.label).collect()
}

fn has(marked: &str, label: &str) -> bool {
    labels(marked).iter().any(|one| one == label)
}

#[test]
fn variables_come_with_their_kinds_those_defined_before_first() {
    let found = all("void f(string name)\n{\n\ttotal = 1;\n\tinfo ‸;\n\tlater = 2;\n}\nother = 3;");
    let variables: Vec<(&str, &str)> = found
        .iter()
        .filter(|one| one.kind == CompletionKind::Variable)
        .map(|one| (one.label.as_str(), one.detail.as_str()))
        .collect();
    assert_eq!(
        variables,
        [("name", "null or TEXT"), ("total", "NUMBER"), ("crmAPIRequest", "given by the product"), ("later", "NUMBER")]
    );
    assert_eq!(found[0].label, "name");
}

#[test]
fn functions_behind_a_dot_are_those_of_the_receivers_kind() {
    let on_text = "x = \"a\";\ninfo x.‸\ny = 2;";
    assert!(has(on_text, "toUpperCase") && !has(on_text, "containsKey"));
    let rank = |name: &str| all(on_text).into_iter().find(|one| one.label == name).map(|one| one.rank);
    assert!(rank("toUpperCase") < rank("addDay"), "a text that is taken for a date comes later");
    let on_map = "m = {\"a\":1};\nm.‸";
    assert!(has(on_map, "put") && has(on_map, "keys") && !has(on_map, "toUpperCase"));
    let on_result = "m = Map();\ninfo m.keys().‸;";
    assert!(has(on_result, "sort") && !has(on_result, "toUpperCase"));
    let on_literal = "info \"a,b\".toList().‸";
    assert!(has(on_literal, "size") && !has(on_literal, "trim"));
    let on_date = "info zoho.currentdate.‸";
    assert!(has(on_date, "addDay") && !has(on_date, "trim"));
    let in_condition = "x = \"a\";\nif(x.‸)\n{\n\tinfo 1;\n}\n";
    assert!(has(in_condition, "contains") && !has(in_condition, "containsKey"));
    let half_written = "x = \"a\";\ninfo x.toU‸;";
    let found = all(half_written);
    let upper = found.iter().find(|one| one.label == "toUpperCase").unwrap();
    assert_eq!((upper.insert.as_str(), upper.snippet), ("toUpperCase()$0", true));
    assert_eq!(upper.replace.end - upper.replace.start, 3);
    assert!(upper.detail.contains("text.toUpperCase()"), "{}", upper.detail);
}

#[test]
fn a_call_that_has_its_brackets_gets_no_second_pair() {
    let found = all("x = \"a\";\ninfo x.‸(1);");
    let one = found.iter().find(|one| one.label == "contains").unwrap();
    assert_eq!((one.insert.as_str(), one.snippet), ("contains", false));
}

#[test]
fn documentation_is_fetched_by_key() {
    let (analysis, cursors, _) = at("x = \"a\";\ninfo x.‸;");
    let found = analysis.completions(FILE, cursors[0]);
    let one = found.iter().find(|one| one.label == "toUpperCase").unwrap();
    let text = analysis.documentation(one.documentation.as_deref().unwrap()).unwrap();
    assert!(text.contains("upper") && text.contains("// => "), "{text}");
    let (analysis, cursors, _) = at("x = ‸");
    for one in analysis.completions(FILE, cursors[0]) {
        if let Some(key) = &one.documentation {
            assert!(analysis.documentation(key).is_some(), "{key}");
        }
    }
}

#[test]
fn tasks_are_completed_part_by_part() {
    assert!(has("r = zoho.‸", "crm") && !has("r = zoho.‸", "crm.getRecordById"));
    assert!(has("r = zoho.‸", "currentdate"));
    let found = all("r = zoho.crm.‸");
    let one = found.iter().find(|one| one.label == "getRecordById").unwrap();
    assert!(one.insert.starts_with("getRecordById(${1:"), "{}", one.insert);
    assert!(one.documentation.is_some());
}

#[test]
fn keys_of_a_task_are_those_it_does_not_have_yet() {
    let keys = of_kind("r = invokeurl\n[\n\turl: \"https://a.example\"\n\t‸\n];", CompletionKind::Key);
    assert!(keys.contains(&"type".to_owned()) && keys.contains(&"response-format".to_owned()), "{keys:?}");
    assert!(!keys.contains(&"url".to_owned()), "{keys:?}");
    let half = all("r = invokeurl\n[\n\turl: \"https://a.example\"\n\tresponse-f‸\n];");
    let one = half.iter().find(|one| one.label == "response-format").unwrap();
    assert_eq!(one.replace.end - one.replace.start, "response-f".len() as u32);
    assert_eq!(one.insert, "response-format: ${1|TEXT,COLLECTION,FILE|}");
    let mail = of_kind("sendmail\n[\n\tfrom: zoho.adminuserid\n\tto: \"a@b.example\"\n\t‸\n]", CompletionKind::Key);
    assert!(mail.contains(&"subject".to_owned()) && !mail.contains(&"to".to_owned()), "{mail:?}");
}

#[test]
fn values_of_a_task_are_the_words_that_its_key_takes() {
    let open = "r = invokeurl\n[\n\turl: \"https://a.example\"\n\ttype: ‸\n];";
    assert_eq!(of_kind(open, CompletionKind::Value), ["DELETE", "GET", "PATCH", "POST", "PUT"]);
    let variables = "u = \"a\";\nr = invokeurl\n[\n\turl: ‸\n];";
    assert!(has(variables, "u"));
}

#[test]
fn connections_are_offered_where_they_are_named() {
    let in_text = "r = invokeurl\n[\n\turl: \"https://a.example\"\n\tconnection: \"‸\"\n];";
    assert_eq!(labels(in_text), ["mailchimp", "team_slack"]);
    let open = all("r = invokeurl\n[\n\turl: \"https://a.example\"\n\tconnection: \"mail‸\n];");
    assert_eq!((open[0].label.as_str(), open[0].insert.as_str()), ("mailchimp", "mailchimp\""));
    let bare = "r = invokeurl\n[\n\turl: \"https://a.example\"\n\tconnection: ‸\n];";
    let found = all(bare);
    assert_eq!(found[0].insert, "\"mailchimp\"");
    let task = "zoho.crm.getRecordById(\"Leads\",1,Map(),\"‸\");";
    assert!(has(task, "mailchimp"), "{:?}", labels(task));
}

#[test]
fn addresses_of_services_are_offered_in_url() {
    let found = all("r = invokeurl\n[\n\turl: \"‸\"\n];");
    let shown: Vec<(&str, &str)> = found.iter().map(|one| (one.label.as_str(), one.detail.as_str())).collect();
    assert_eq!(shown[0], ("https://{dc}.api.mailchimp.com", "Mailchimp"), "the connected one comes first");
    assert_eq!(shown[1], ("https://api.dropboxapi.com", "Dropbox"));
}

#[test]
fn keys_of_answers_are_known_from_recordings_and_the_fields_of_products() {
    let lead = "lead = zoho.crm.getRecordById(\"Leads\",1);\n";
    assert_eq!(labels(&format!("{lead}info lead.get(\"‸\");")), ["Email", "Owner"]);
    assert_eq!(labels(&format!("{lead}info lead.get(\"Owner\").get(\"‸\");")), ["id"]);
    let each = "leads = zoho.crm.searchRecords(\"Leads\",\"(Email:equals:a)\");\nfor each l in leads\n{\n\tinfo l.get(\"‸\");\n}";
    assert_eq!(labels(each), ["Email", "Owner"]);
    assert!(labels(&format!("{}info lead.get(\"‸\");", lead.replace("Leads", "Quotes"))).is_empty());
    // A map that becomes a record is offered its fields.
    let new = "m = Map();\nm.put(\"‸\",1);\nzoho.crm.createRecord(\"Leads\",m);";
    let found = all(new);
    assert_eq!((found[0].label.as_str(), found[0].detail.as_str()), ("Email", "field of Leads"));
    let orders = "url = \"https://shop.example.com/v1/orders/\" + id;\nr = invokeurl\n[\n\turl: url + \"?full=1\"\n\ttype: GET\n];\n";
    assert_eq!(labels(&format!("{orders}info r.get(\"‸\");")), ["lines", "refused", "total"]);
    assert_eq!(labels(&format!("{orders}for each line in r.get(\"lines\")\n{{\n\tinfo line.get(\"‸\");\n}}")), ["sku"]);
    let detailed = orders.replace("type: GET", "type: GET\n\tdetailed: true");
    assert_eq!(labels(&format!("{detailed}info r.get(\"‸\");")), ["responseCode", "responseHeader", "responseText"]);
    let inner = format!("{detailed}b = r.get(\"responseText\").toMap();\ninfo b.get(\"‸\");");
    assert_eq!(labels(&inner), ["lines", "refused", "total"]);
    let other = orders.replace("shop.example", "other.example");
    assert!(labels(&format!("{other}info r.get(\"‸\");")).is_empty());
}

#[test]
fn keys_of_maps_are_known_from_literals_and_puts() {
    let source = "m = {\"first\":1,\"inner\":{\"deep\":{\"x\":2}}};\nm.put(\"second\",2);\ninfo m.get(\"‸\");";
    assert_eq!(labels(source), ["first", "inner", "second"]);
    assert_eq!(labels("m = {\"inner\":{\"deep\":1}};\ninfo m.get(\"inner\").get(\"‸\");"), ["deep"]);
    let listed = "l = {{\"a\":1},{\"b\":2}};\nfor each one in l\n{\n\tinfo one.get(\"‸\");\n}";
    assert_eq!(labels(listed), ["a", "b"]);
    let unclosed = all("m = {\"first\":1};\ninfo m.get(\"‸\ny = 2;");
    assert_eq!(unclosed[0].insert, "first\"");
    assert_eq!(labels("r = f();\ninfo r.get(\"name\");\ninfo r.get(\"‸\");"), ["name"]);
    let detailed = "r = invokeurl [ url: \"https://a.example\" detailed: true ];\ninfo r.get(\"‸\");";
    assert_eq!(labels(detailed), ["responseCode", "responseHeader", "responseText"]);
}

#[test]
fn a_map_put_into_itself_does_not_grow_without_end() {
    let puts: String = (0..60).map(|i| format!("m.put(\"k{i}\",m);\n")).collect();
    let found = labels(&format!("m = {{\"a\":1}};\n{puts}info m.get(\"‸\");"));
    assert!(found.contains(&"a".to_owned()));
}

#[test]
fn nothing_is_offered_where_nothing_can_be_known() {
    for quiet in ["// note ‸", "x = \"a‸\";", "x = 12‸;", "for each ‸", "try { } catch (‸", "/* ‸ */"] {
        assert_eq!(labels(quiet), Vec::<String>::new(), "{quiet}");
    }
}

#[test]
fn statements_are_offered_at_their_beginning_only() {
    assert!(has("x = 1;\n‸", "for each") && has("if(true)\n{\n\t‸\n}", "for each"));
    assert!(!has("x = ‸", "for each"));
    assert!(!has("x = 1;\n‸", "hide"), "a form has its own statements");
}

#[test]
fn functions_of_the_file_come_with_their_parameters() {
    let found = all("string greet(string name, int count)\n{\n\treturn name;\n}\ninfo gr‸");
    let one = found.iter().find(|one| one.label == "greet").unwrap();
    assert_eq!(one.insert, "greet(${1:name},${2:count})$0");
    assert_eq!(one.detail, "string greet(string name, int count)");
}

#[test]
fn fields_of_an_exported_form_are_offered() {
    let export = super::files::EXPORT.replace("input.Status = \"Open\"", "input.‸Status = \"Open\"");
    let found = of_kind(&export, CompletionKind::Field);
    assert_eq!(found, ["Status", "Total"]);
}

#[test]
fn signatures_show_the_parameter_that_is_typed() {
    let active = |marked: &str| {
        let (analysis, cursors, _) = at(marked);
        let found = analysis.signatures(FILE, cursors[0]);
        found.first().map(|one| {
            let param = one.params.get(one.active).map(|(from, to, _)| one.label[*from..*to].to_owned());
            (one.label.clone(), param.unwrap_or_default())
        })
    };
    let told = |label: &str, param: &str| Some((label.to_owned(), param.to_owned()));
    assert_eq!(active("x = \"abc\";\ninfo x.subString(1, ‸"), told("text.subString(start, [end])", "[end]"));
    assert_eq!(
        active("int f(string a, int b) { return 1; }\ninfo f(\"x,y\", ‸);"),
        told("int f(string a, int b)", "int b")
    );
    assert_eq!(active("info ‸"), None);
    let (label, param) = active("r = zoho.crm.getRecordById(\"Leads\", ‸").unwrap();
    assert!(label.starts_with("zoho.crm.getRecordById(") && !param.is_empty(), "{label} {param}");
    let (label, _) = active("m = Map();\nm.put({1,2‸").unwrap();
    assert!(label.contains("put("), "{label}");
}
