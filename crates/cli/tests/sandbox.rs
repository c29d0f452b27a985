//! Runs scripts in the sandbox: every task of the reference, connections that nobody configured, and data of one's own.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rainwright::builtins::integrations;
use serde_json::{Value, json};

struct Ran {
    good: bool,
    out: String,
    err: String,
}

fn dg(folder: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_dg"))
        .args(args)
        .current_dir(folder)
        .env("RAINWRIGHT_HOME", folder.join("home"))
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { good: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(script: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("script.dg"), script).unwrap();
    let all: Vec<&str> = ["run", "script.dg", "--sandbox"].into_iter().chain(args.iter().copied()).collect();
    dg(folder.path(), &all)
}

/// What became of each task's example: `played`, `not played`, or why it could not be called.
fn verdicts() -> BTreeMap<&'static str, String> {
    let mut script = String::from(
        "report = invokeurl [ url: \"https://echo.example.com/image\" type: GET ];\ninvoice = report;\nresume = report;\n\
         contract = report;\nletter = report;\n",
    );
    for row in integrations() {
        let example = row.examples[0].replace("https://example.com/report.pdf", "https://echo.example.com/image");
        let name = row.name;
        write!(
            script,
            "gone = invokeurl [ url: \"https://sandbox.example.com/stats\" type: DELETE ];\nverdict = \"played\";\n\
             try\n{{\n{example}\n}}\ncatch (trouble)\n{{\nverdict = \"failed: \" + trouble;\n}}\n\
             stats = invokeurl [ url: \"https://sandbox.example.com/stats\" type: GET ];\n\
             if (stats.get(\"not_played\") != null)\n{{\nverdict = \"not played\";\n}}\n\
             info \"TASK|{name}|\" + verdict;\n"
        )
        .unwrap();
    }
    let ran = run(&script, &["--sandbox-lenient", "7"]);
    assert!(ran.good, "{}{}", ran.out, ran.err);
    let rows: Vec<(&str, &str)> =
        ran.out.lines().filter_map(|line| line.strip_prefix("TASK|")?.split_once('|')).collect();
    integrations()
        .map(|row| {
            let found = rows.iter().find(|(name, _)| *name == row.name);
            (row.name, found.map_or_else(|| "missing".to_owned(), |(_, verdict)| (*verdict).to_owned()))
        })
        .collect()
}

/// The page that lists them.
fn page(verdicts: &BTreeMap<&str, String>) -> String {
    /// The tasks of a product that are played, and those that are not with the reason.
    type Tasks<'a> = (Vec<&'a str>, Vec<(&'a str, &'a str)>);
    let mut products: BTreeMap<&str, Tasks> = BTreeMap::new();
    for (name, verdict) in verdicts {
        let product = name.rsplit_once('.').map_or(*name, |(product, _)| product);
        let product =
            product.trim_end_matches(".v8").trim_end_matches(".v2_1").trim_end_matches(".v1").trim_end_matches(".v2");
        let (played, rest) = products.entry(product).or_default();
        let own = name.strip_prefix(product).unwrap_or(name).trim_start_matches('.');
        match verdict.as_str() {
            "played" => played.push(own),
            "not played" => rest.push((own, "the service's answers are not documented")),
            _ => rest.push((own, "there is no public address to call")),
        }
    }
    let count = verdicts.values().filter(|verdict| *verdict == "played").count();
    let mut text = format!(
        "# Tasks in the sandbox\n\n<!-- Kept true by `crates/cli/tests/sandbox.rs`; RAINWRIGHT_PAGES=write makes it write this page. -->\n\n\
         Of {} integration tasks the [sandbox](sandbox.md) plays {count}: each is called with the example of its reference page, against \
         the product that it belongs to.\n\n| tasks of | played | not played |\n| --- | --- | --- |\n",
        verdicts.len()
    );
    for (product, (played, rest)) in products {
        let mut why: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, reason) in rest {
            why.entry(reason).or_default().push(name);
        }
        let why: Vec<String> = why.iter().map(|(reason, names)| format!("{}: {reason}", names.join(", "))).collect();
        writeln!(text, "| `{product}` | {} | {} |", played.join(", "), why.join("; ")).unwrap();
    }
    text
}

#[test]
fn a_scripts_own_records_are_those_of_creators_api() {
    let folder = tempfile::tempdir().unwrap();
    let data = r#"{"creator": {"shop.Order": [{"ID": "9001", "Item": "Hat", "Amount": "12.50", "Status": "Open"}]}}"#;
    std::fs::write(folder.path().join("data.json"), data).unwrap();
    let script = r#"
old = Order[Status == "Open"];
info old.Item + " " + old.Amount;
row = insert into Order [ Added_User = zoho.loginuser Item = "Cap" Amount = 3 Status = "Open" ];
info Order[Status == "Open"].count() + " open, " + Order[Amount > 2].sum(Amount);
old.Status = "Paid";
found = zoho.creator.getRecords("acme", "shop", "All_Orders", "Status == \"Paid\"", 1, 10, "creator");
info found.get("data").get(0).get("Item");
made = zoho.creator.createRecord("acme", "shop", "Order", {"Item": "Box", "Amount": 1}, Map(), "creator");
info Order[ID == made.get("data").get("ID").toLong()].Item;
delete from Order[ID == row];
for each one in Order[ID != 0] sort by Item
{
	info one.Item;
}
"#;
    std::fs::write(folder.path().join("script.dg"), script).unwrap();
    let args = ["run", "script.dg", "--profile", "zoho-creator", "--sandbox", "--sandbox-data", "data.json"];
    let ran = dg(folder.path(), &[&args[..], &["--sandbox-state", "state.json"]].concat());
    assert!(ran.good, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "Hat 12.50\n2 open, 15.50\nHat\nBox\nBox\nHat\n");
    // What was kept is there for the next run, with the kinds of its fields.
    std::fs::write(folder.path().join("next.dg"), "info Order[Status == \"Paid\"].Amount * 2;\n").unwrap();
    let args = ["run", "next.dg", "--profile", "zoho-creator", "--sandbox", "--sandbox-state", "state.json"];
    let ran = dg(folder.path(), &args);
    assert_eq!(ran.out, "25.00\n", "{}", ran.err);
}

#[test]
fn the_forms_of_the_application_around_a_script_hold() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("dg.toml", "");
    write("app.toml", "name = \"shop\"\ntitle = \"Shop\"\n");
    write(
        "forms/Order.toml",
        "name = \"Order\"\n[[fields]]\nname = \"Item\"\ntype = \"text\"\nrequired = true\n[[fields]]\nname = \"Amount\"\ntype = \"number\"\n",
    );
    write(
        "functions/orders.dg",
        "row = insert into Order [ Added_User = zoho.loginuser Item = \"Hat\" Amount = \"7\" ];\n\
         info Order[ID == row].Amount + 1;\n\
         try\n{\ninsert into Order [ Added_User = zoho.loginuser Amount = 1 ];\n}\ncatch (e)\n{\ninfo e.message;\n}\n\
         answer = zoho.creator.createRecord(\"acme\", \"shop\", \"Order\", {\"Amount\": 2}, Map(), \"creator\");\n\
         info answer.get(\"code\") + \" \" + answer.get(\"error\");\n",
    );
    let ran = dg(folder.path(), &["run", "functions/orders.dg", "--profile", "zoho-creator", "--sandbox"]);
    assert!(ran.good, "{}{}", ran.out, ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[..2], ["8", "Enter a value for Item"], "{}", ran.out);
    assert!(lines[2].starts_with("3002 ") && lines[2].contains("Enter a value for Item"), "{}", ran.out);
}

#[test]
fn calls_of_the_api_run_the_workflows_of_the_application_around_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("dg.toml", "");
    write("app.toml", "name = \"shop\"\nowner = \"acme@example.com\"\n");
    write(
        "forms/Person.toml",
        "name = \"Person\"\n[[fields]]\nname = \"Code\"\ntype = \"text\"\n[[fields]]\nname = \"Name\"\ntype = \"name\"\n",
    );
    write(
        "forms/Order.toml",
        "name = \"Order\"\n[[fields]]\nname = \"Item\"\ntype = \"text\"\n[[fields]]\nname = \"State\"\ntype = \"text\"\n\
         [[fields]]\nname = \"Owner\"\ntype = \"picklist\"\nlooks_up = \"Person\"\n\
         shows = '[Name.last_name + \", \" + Name.first_name]'\n",
    );
    write("forms/Log.toml", "name = \"Log\"\n[[fields]]\nname = \"Text\"\ntype = \"text\"\n");
    write("reports/Orders.toml", "name = \"Orders\"\nform = \"Order\"\n");
    let workflow = |name: &str, record: &str, event: &str, script: &str| {
        write(&format!("workflows/{name}.dg"), script);
        format!(
            "[[workflow]]\nname = \"{name}\"\nkind = \"form\"\nform = \"Order\"\nrecord = \"{record}\"\n\
             [[workflow.action]]\nevent = \"{event}\"\nscript = \"workflows/{name}.dg\"\n"
        )
    };
    let workflows = [
        workflow(
            "valid",
            "add or edit",
            "on validate",
            "if(input.Item == \"bad\")\n{\ninsert into Log [ Text = \"undone\" ];\nalert \"Not this one\";\ncancel submit;\n}\ninput.State = \"Checked\";\n",
        ),
        workflow(
            "done",
            "add",
            "on success",
            "insert into Log [ Text = \"added \" + input.Item ];\nsendmail\n[\nfrom: zoho.adminuserid\nto: \"ann@example.com\"\nsubject: \"New\"\nmessage: \"x\"\n]\ninsert into Log [ Text = \"sent\" ];\nif(input.Item == \"odd\")\n{\nx = 1 / 0;\n}\n",
        ),
        workflow("gone", "delete", "on validate", "if(input.Item == \"kept\")\n{\ncancel delete;\n}\n"),
    ];
    write("workflows.toml", &workflows.concat());
    write(
        "functions/calls.dg",
        "ada = zoho.creator.createRecord(\"acme\",\"shop\",\"Person\",{\"Code\":\"x\",\"Name\":{\"first_name\":\"Ada\",\"last_name\":\"Byron\"}},Map(),\"c\");\n\
         owner = ada.get(\"data\").get(\"ID\").toLong();\n\
         info zoho.creator.createRecord(\"acme\",\"shop\",\"Order\",{\"Item\":\"bad\"},Map(),\"c\");\n\
         good = zoho.creator.createRecord(\"acme\",\"shop\",\"Order\",{\"Item\":\"Hat\",\"Owner\":owner},Map(),\"c\");\n\
         id = good.get(\"data\").get(\"ID\").toLong();\n\
         info good.get(\"code\") + \" \" + Order[ID == id].State + \" \" + Log[ID != 0].Text.getAll();\n\
         info zoho.creator.updateRecord(\"acme\",\"shop\",\"Orders\",id,{\"Item\":\"bad\"},Map(),\"c\").get(\"error\");\n\
         info zoho.creator.updateRecord(\"acme\",\"shop\",\"Orders\",id,{\"Item\":\"kept\"},Map(),\"c\").get(\"code\") + \" \" + Order[ID == id].Item;\n\
         read = zoho.creator.getRecordById(\"acme\",\"shop\",\"Orders\",id,\"c\").get(\"data\").get(\"Owner\");\n\
         info read.get(\"display_value\");\n\
         info zoho.creator.createRecord(\"acme\",\"shop\",\"Order\",{\"Item\":\"bad\"},{\"skip_workflow\":{\"form_workflow\"}},\"c\").get(\"code\");\n\
         info zoho.creator.createRecord(\"acme\",\"shop\",\"Ordr\",{\"Item\":\"x\"},Map(),\"c\").get(\"code\");\n\
         info zoho.creator.createRecord(\"acme\",\"shop\",\"Order\",{\"Item\":\"odd\"},Map(),\"c\").get(\"code\");\n\
         info Log[ID != 0].count();\n",
    );
    let args = ["run", "functions/calls.dg", "--profile", "zoho-creator", "--sandbox"];
    let ran = dg(folder.path(), &args);
    assert!(ran.good, "{}{}", ran.out, ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    let expected = [
        r#"{"code":3002,"error":{"alert":["Not this one"]}}"#,
        "3000 Checked added Hat,sent",
        r#"{"alert":["Not this one"]}"#,
        "3000 kept",
        "Byron, Ada",
        "3000",
        "2893",
        "3000",
        "2",
    ];
    assert_eq!(lines, expected, "{}", ran.err);
    // The API does not say that a script after the write failed; the run does.
    assert!(ran.err.contains("sandbox: A script after a record of 'Order' was written failed"), "{}", ran.err);
}

#[test]
fn every_task_is_played_or_listed() {
    let verdicts = verdicts();
    // A task may fail because it has no address, and for no other reason.
    let addressless: Vec<&str> = integrations().filter(|row| row.path.is_empty()).map(|row| row.name).collect();
    let wrong: Vec<_> = verdicts
        .iter()
        .filter(|(name, verdict)| !["played", "not played"].contains(&verdict.as_str()) && !addressless.contains(name))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/sandbox-tasks.md");
    let page = page(&verdicts);
    if std::env::var("RAINWRIGHT_PAGES").is_ok_and(|value| value == "write") {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(kept.lines()).find(|(a, b)| a != b);
    assert!(page == kept, "docs/guide/sandbox-tasks.md is stale; RAINWRIGHT_PAGES=write writes it\n{differs:#?}");
}

#[test]
fn any_connection_name_works() {
    let script = "
        lead = invokeurl [ url: \"https://www.zohoapis.com/crm/v8/Leads/1001\" type: GET connection: \"my_crm_link\" ];
        info lead.get(\"data\").get(0).get(\"Email\");
        again = invokeurl [ url: \"https://www.zohoapis.com/crm/v8/Leads/1002\" type: GET connection: \"my_crm_link\" ];
        sent = invokeurl [ url: \"https://slack.com/api/chat.postMessage\" type: POST parameters: {\"channel\":\"general\",\"text\":\"Hi\"} connection: \"team_chat\" ];
        info sent.get(\"ok\");
        echo = invokeurl [ url: \"https://echo.example.com/anything\" type: GET connection: \"whatever\" ];
        info echo.get(\"method\");
        sms = invokeurl [ url: \"https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json\" type: POST parameters: {\"To\":\"1\",\"From\":\"2\",\"Body\":\"Hi\"} connection: \"my_sms\" ];
        info sms.get(\"status\");
        said = invokeurl [ url: \"https://graph.facebook.com/v19.0/1/messages\" type: POST parameters: {\"messaging_product\":\"whatsapp\",\"to\":\"1555\",\"text\":{\"body\":\"x\"}}.toString() headers: {\"Content-Type\":\"application/json\"} connection: \"wa\" ];
        info said.get(\"contacts\").get(0).get(\"wa_id\");
        books = zoho.books.getRecords(\"Contacts\", \"60012345\", Map(), \"my_books\");
        info books.get(\"code\");";
    let ran = run(script, &[]);
    assert!(ran.good, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "ada.lindqvist@example.com\ntrue\nGET\nqueued\n1555\n0\n");
    assert_eq!(ran.err.matches("'my_crm_link' is not configured").count(), 1, "{}", ran.err);
    assert!(ran.err.contains("'team_chat' is not configured; it is bound to Slack"), "{}", ran.err);
}

#[test]
fn data_and_mails_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data/crm");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("Leads.csv"), "id,Last_Name,Email,Annual_Revenue\n77,Ito,ito@example.com,12.5\n").unwrap();
    let script = "
        lead = zoho.crm.getRecordById(\"Leads\", 77);
        info lead.get(\"Last_Name\") + \" \" + lead.get(\"Annual_Revenue\");
        info zoho.crm.getRecords(\"Accounts\").size();
        unknown = zoho.crm.getRecordById(\"Contacts\", 4876876000000999001);
        info unknown.get(\"Email\").contains(\"@example.com\");
        sent = zoho.cliq.postToChannel(\"sales\", \"Won!\");";
    std::fs::write(folder.path().join("script.dg"), script).unwrap();
    let args =
        ["run", "script.dg", "--sandbox", "--sandbox-data", "data", "--sandbox-lenient", "--mails", "mails.jsonl"];
    let ran = dg(folder.path(), &args);
    assert!(ran.good, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "Ito 12.5\n3\ntrue\n");
    let mails = std::fs::read_to_string(folder.path().join("mails.jsonl")).unwrap();
    let mail: Value = serde_json::from_str(mails.lines().next().unwrap()).unwrap();
    assert_eq!((&mail["service"], &mail["content"]["message"]["text"]), (&json!("cliq"), &json!("Won!")));
    let init = dg(folder.path(), &["sandbox", "--init"]);
    assert!(init.good, "{}", init.err);
    let again = dg(folder.path(), &["sandbox", "--init"]);
    assert!(!again.good && again.err.contains("is there already"), "{}", again.err);
    let bad = dg(folder.path(), &["run", "script.dg", "--sandbox", "--sandbox-data", "nothing.json"]);
    assert!(!bad.good && bad.err.contains("nothing.json") && bad.err.contains("--init"), "{}", bad.err);
    std::fs::write(
        folder.path().join("order.dg"),
        "info zoho.crm.getRecordById(\"Accounts\", 3001).get(\"Account_Name\");",
    )
    .unwrap();
    let own = dg(folder.path(), &["run", "order.dg", "--sandbox", "--sandbox-data", "sandbox-data.json"]);
    assert_eq!((own.good, own.out.as_str()), (true, "Northwind Traders\n"), "{}", own.err);
}
