//! Scripts of applications whose forms are known, and scripts of exports.
#![allow(clippy::unwrap_used, missing_docs)]

use rainwright_records::Form;
use rainwright_synth::{Report, TryOptions, Verdict, try_script};

const ORDER: &str = r#"{"name": "Order", "fields": [
    {"name": "No", "type": "number", "unique": true}, {"name": "From_day", "type": "date"},
    {"name": "Paid", "type": "decision"}, {"name": "State", "type": "picklist", "choices": ["Open", "Sent"]},
    {"name": "Sum", "type": "decimal"}, {"name": "Word", "type": "text"}]}"#;

fn tried(source: &str, options: TryOptions) -> Report {
    let forms: Vec<Form> = vec![serde_json::from_str(ORDER).unwrap()];
    let profile = Some("zoho-creator".to_owned());
    try_script("script.dg", source, &TryOptions { forms, profile, ..options }).unwrap()
}

fn mistakes(report: &Report) -> Vec<String> {
    report.found().map(|found| format!("line {}: {}", found.fault.line, found.fault.message)).collect()
}

#[test]
fn the_form_that_a_script_serves_says_what_its_fields_are() {
    let own_form = Some("Order".to_owned());
    let source = "if(input.From_day > today.addDay(3) && input.No % 7 == 2)\n{\n    info input.Sum * 2;\n}\n\
                  info From_day.addMonth(1);\nif(!Paid && input.State == \"Sent\")\n{\n    info input.Word.toUpperCase();\n}";
    let report = tried(source, TryOptions { own_form, ..TryOptions::default() });
    assert_eq!((report.verdict, mistakes(&report)), (Verdict::Finished, Vec::new()));
    assert_eq!(report.coverage.reached, report.coverage.statements, "{:?}", report.unreached);
    let input = &report.entries[0].arguments.iter().find(|(name, _)| name == "input").unwrap().1;
    assert!(["Open", "Sent"].contains(&input.get("State").unwrap().as_text().unwrap()));
}

#[test]
fn a_record_that_a_header_asks_for_is_one_of_its_form() {
    let source = "void send(Order one)\n{\n    info one.From_day.addDay(1) + \" \" + (one.No + 1);\n}\n";
    let report = tried(source, TryOptions::default());
    assert_eq!((report.verdict, mistakes(&report)), (Verdict::Finished, Vec::new()));
}

#[test]
fn records_that_are_there_get_what_a_later_query_reads() {
    let source = "void f(int id)\n{\n    first = Order[ID == id];\n    info first.Word;\n    count(id);\n}\n\
                  void count(int id)\n{\n    again = Order[ID == id];\n    again.No = again.No + 1;\n    pad(again.No, 3);\n}\n\
                  void pad(int number, int digits)\n{\n    info number + digits;\n}\n";
    let report = tried(source, TryOptions::default());
    assert_eq!((report.verdict, mistakes(&report)), (Verdict::Finished, Vec::new()));
}

#[test]
fn input_in_a_function_is_its_own() {
    let source = "int twice(int amount)\n{\n    if(input.amount > 10)\n    {\n        total = amount * 2;\n        return input.total;\n    }\n    return 0;\n}\n";
    let report = tried(source, TryOptions::default());
    assert_eq!((report.verdict, mistakes(&report)), (Verdict::Finished, Vec::new()));
    assert_eq!(report.coverage.reached, report.coverage.statements, "{:?}", report.unreached);
}

#[test]
fn an_entry_alone_is_reported_on_alone() {
    let source = "void first(int id)\n{\n    second(id, \"one\");\n}\nvoid second(int id, string word)\n{\n    if(word == \"two\")\n    {\n        first(id);\n    }\n    info id;\n}\n";
    let of = |entry: &str, alone: bool| {
        let report = tried(source, TryOptions { entry: Some(entry.to_owned()), alone, ..TryOptions::default() });
        let entries: Vec<String> = report.entries.iter().map(|entry| entry.entry.clone()).collect();
        (entries, report.coverage.reached, report.coverage.statements, report.unreached.len())
    };
    assert_eq!(of("first", true), (vec!["first".to_owned()], 1, 1, 0));
    assert_eq!(of("second", true), (vec!["second".to_owned()], 3, 3, 0));
    assert_eq!(of("first", false), (vec!["first".to_owned()], 3, 4, 1));
    // The bare statements have an empty name.
    let bare = format!("{source}info 1;\n");
    let report = tried(&bare, TryOptions { entry: Some(String::new()), alone: true, ..TryOptions::default() });
    assert_eq!((report.entries.len(), report.coverage.statements), (1, 1));
}

#[test]
fn parts_of_a_text_are_numbers_where_they_are_read_as_such() {
    let source = "int minutes(string time)\n{\n    return time.getPrefix(\":\").toLong() * 60 + time.getSuffix(\":\").toLong();\n}\n";
    let report = tried(source, TryOptions::default());
    assert_eq!(report.verdict, Verdict::Finished, "{:?}", mistakes(&report));
}

#[test]
fn statements_are_given_what_they_take_apart() {
    let report =
        try_script("hook.dg", "body = body.toMap();\ninfo body.get(\"url\").toUpperCase();", &TryOptions::default());
    assert_eq!(report.unwrap().verdict, Verdict::Finished);
}

#[test]
fn what_is_attached_is_a_file() {
    let source = "settings = Settings[ID != 0];\nsendmail\n[\n    from: zoho.adminuserid\n    to: \"ann@example.com\"\n    \
                  subject: \"Welcome\"\n    message: settings.Word\n    attachments: file: settings.Guide\n]\n";
    let report = try_script("welcome.dg", source, &TryOptions::default()).unwrap();
    assert_eq!((report.verdict, mistakes(&report)), (Verdict::Finished, Vec::new()));
}

#[test]
fn rows_are_counted_and_put_into_what_has_rows() {
    let counted =
        "if(input.Extras.count() > 0)\n{\n    for each row in input.Extras\n    {\n        row.No = 1;\n    }\n}\n";
    let put = "r = Deals[ID == 4];\nrow = Deals.Contacts();\nrow.Name = \"x\";\nif(r.Contacts != null)\n{\n    \
               r.Contacts.insert(row);\n}\n";
    for source in [counted, put] {
        let report = tried(source, TryOptions::default());
        assert_eq!(mistakes(&report), Vec::<String>::new(), "{source}");
        assert_eq!(report.coverage.reached, report.coverage.statements, "{source}");
    }
}
