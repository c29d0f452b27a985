//! Drives `dg app` with applications that people write by hand: loading, running, and what it says about mistakes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Forms and workflows of a shop.
const SHOP: &[(&str, &str)] = &[
    ("app.toml", "name = \"shop\"\ndate_format = \"dd-MMM-yyyy\"\n"),
    (
        "forms/Item.toml",
        "name = \"Item\"\n[[fields]]\nname = \"Code\"\ntype = \"text\"\nrequired = true\n[[fields]]\nname = \"Tags\"\n\
         type = \"checkboxes\"\nchoices = [\"New, fresh\", \"Sale\"]\n[[fields]]\nname = \"Stock\"\ntype = \"number\"\n\
         [[fields]]\nname = \"Maker\"\ntype = \"name\"\n",
    ),
    (
        "forms/Order.toml",
        "name = \"Order\"\n[[fields]]\nname = \"Title\"\ntype = \"text\"\n[[fields]]\nname = \"Best\"\ntype = \"picklist\"\n\
         looks_up = \"Item\"\n[[fields]]\nname = \"Also\"\ntype = \"list\"\nlooks_up = \"Item\"\n[[fields]]\nname = \"Lines\"\n\
         type = \"grid\"\n[[fields.fields]]\nname = \"Item\"\ntype = \"picklist\"\nlooks_up = \"Item\"\nrequired = true\n\
         [[fields.fields]]\nname = \"Qty\"\ntype = \"number\"\n[[fields]]\nname = \"Blueprint_Current_Stage\"\n\
         type = \"picklist\"\ninitial = \"New\"\nchoices = [\"New\", \"Packed\"]\n",
    ),
    (
        "workflows.toml",
        "[[workflow]]\nname = \"Mark\"\nkind = \"functions\"\nform = \"Order\"\n[[workflow.action]]\nevent = \"on click\"\n\
         script = \"workflows/mark.dg\"\n\
         [[workflow]]\nname = \"Appr\"\nkind = \"approval\"\nform = \"Order\"\n[[workflow.step]]\nname = \"on level 1\"\n\
         [[workflow.action]]\nevent = \"on approve\"\nstep = \"on level 1\"\nscript = \"workflows/yes.dg\"\n\
         [[workflow.action]]\nevent = \"on reject\"\nin_step = \"on level 1\"\nscript = \"workflows/no.dg\"\n\
         [[workflow]]\nname = \"Flow\"\nkind = \"blueprint\"\nform = \"Order\"\n[[workflow.step]]\nname = \"Pack\"\n\
         from = \"New\"\nto = \"Packed\"\n[[workflow.action]]\nevent = \"after\"\nstep = \"Pack\"\nscript = \"workflows/mark.dg\"\n",
    ),
    ("workflows/mark.dg", "input.Title = ifnull(input.Title, \"\") + \"!\";\n"),
    ("workflows/yes.dg", "input.Title = \"yes\";\n"),
    ("workflows/no.dg", "input.Title = \"no\";\n"),
    ("functions/shop.price.dg", "int shop.price(Item one, int amount)\n{\n\treturn one.Stock * amount;\n}\n"),
];

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        SHOP.iter().for_each(|(name, text)| desk.write(name, text));
        desk
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs `dg app` on the shop; gives its exit code, stdout and stderr.
    fn app(&self, command: &str, args: &[&str]) -> (i32, String, String) {
        let mut dg = Command::new(env!("CARGO_BIN_EXE_dg"));
        dg.args(["app", command, "."]).args(args).current_dir(self.0.path());
        dg.env("RAINWRIGHT_HOME", self.0.path().join("home")).env_remove("RUST_LOG").stdin(Stdio::null());
        let Output { status, stdout, stderr } = dg.output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// Runs `dg app`, which must work; gives stdout.
    fn done(&self, command: &str, args: &[&str]) -> String {
        let (code, out, err) = self.app(command, args);
        assert_eq!(code, 0, "{command} {args:?}: {err}");
        out.trim().to_owned()
    }

    /// Runs `dg app`, which must fail and say this.
    fn refused(&self, command: &str, args: &[&str], says: &[&str]) {
        let (code, out, err) = self.app(command, args);
        assert_ne!(code, 0, "{command} {args:?}: {out}");
        for word in says {
            assert!(err.contains(word), "{command} {args:?} says nothing of {word}: {err}");
        }
    }

    /// Loads a text, which must be refused, with these words.
    fn not_loaded(&self, file: &str, text: &str, form: &[&str], says: &[&str]) {
        self.write(file, text);
        self.refused("load", &[&[file], form].concat(), says);
    }
}

#[test]
fn what_is_loaded_leads_to_the_records_of_its_file() {
    let desk = Desk::new();
    desk.write(
        "seed.json",
        r#"{"Order": [{"ID": "1", "Title": "a", "Best": "y", "Also": ["x", "y"], "Lines": [{"Item": "y", "Qty": 2}, {"Item": "x"}]}],
            "Item": [{"ID": "x", "Code": "X"}, {"ID": "y", "Code": "Y"}]}"#,
    );
    desk.done("load", &["seed.json"]);
    let shown =
        "Order[Title == \"a\"].Best.Code + Order[Title == \"a\"].Lines.Item.Code + Order[Title == \"a\"].Also.size()";
    assert_eq!(desk.done("query", &[shown]), "YY2");
    // Into records that are there already: the dump's own records count, not those that have the same IDs.
    desk.write("dump.json", &desk.done("dump", &[]).replace("\"a\"", "\"b\""));
    desk.write("more.json", r#"{"Item": [{"Code": "Z"}]}"#);
    let other = ["--records", "other.db"];
    for file in ["more.json", "dump.json"] {
        desk.done("load", &[&[file], other.as_slice()].concat());
    }
    assert_eq!(desk.done("query", &[&[shown.replace("\"a\"", "\"b\"").as_str()], other.as_slice()].concat()), "YY2");
    desk.not_loaded(
        "twice.json",
        r#"{"Item": [{"ID": 1, "Code": "a"}, {"ID": 1, "Code": "b"}]}"#,
        &[],
        &["Row 2 of 'Item'", "ID 1"],
    );
}

#[test]
fn what_cannot_be_loaded_names_its_row() {
    let desk = Desk::new();
    desk.not_loaded("a.json", r#"{"Item": [{"Code": "a"}, {"Code": " "}]}"#, &[], &["Row 2 of 'Item'", "for Code"]);
    desk.not_loaded("a.json", r#"{"Item": [{"Code": "a", "Stock": "many"}]}"#, &[], &["Row 1 of 'Item'", "'Stock'"]);
    desk.not_loaded("a.json", r#"{"Item": [{"Code": "a", "Maker": {"first_nam": "A"}}]}"#, &[], &["'first_name'?"]);
    desk.not_loaded(
        "a.json",
        r#"{"Order": [{"Lines": [{"Qty": 1}]}]}"#,
        &[],
        &["Row 1", "row 1 of 'Lines'", "for Item"],
    );
    desk.not_loaded(
        "a.json",
        r#"{"Order": [{"Lines": [7]}]}"#,
        &[],
        &["Row 1 of 'Order'", "'Lines' takes a list of rows"],
    );
    desk.not_loaded("a.json", r#"{"Order": [{"Lines": [{"Itm": 7}]}]}"#, &[], &["Row 1 of 'Order'", "'Itm'"]);
    desk.not_loaded("a.json", r#"{"Order": [{"Best": "7"}]}"#, &[], &["Row 1 of 'Order'", "no record 7"]);
    let form = ["--form", "Item"];
    desk.not_loaded("a.csv", "Code,Stock\na,1\n\"b\nc\",x\n", &form, &["Row 2 of 'Item' (line 3)", "'Stock'"]);
    desk.not_loaded("a.csv", "Code,Stock,code\na,1,b\n", &form, &["names 'code' twice"]);
    desk.not_loaded("a.csv", "Code,Stok\na,1\n", &form, &["'Stok'", "'Stock'?"]);
    desk.not_loaded("a.csv", "Code,Maker.first_nam\na,1\n", &form, &["'first_name'?"]);
    desk.not_loaded("a.csv", "Code,Maker\na,Ada Lind\n", &form, &["line 2", "'Maker' has parts", "Maker.first_name"]);
    desk.not_loaded("a.csv", "Code,Tags\na,[1\n", &form, &["line 2", "'Tags'", "[\"New\", \"Old\"]"]);
    assert_eq!(desk.done("query", &["Item[ID != 0].count() + Order[ID != 0].count()"]), "0");
}

#[test]
fn a_csv_file_gives_back_what_was_written_to_it() {
    let desk = Desk::new();
    desk.write(
        "seed.json",
        r#"[{"Code": "=1+1", "Tags": ["New, fresh", "Sale"]}, {"Code": "'-x", "Tags": []}, {"Code": "c", "Tags": ["Sale"], "Stock": -4}]"#,
    );
    desk.done("load", &["seed.json", "--form", "Item"]);
    let csv = |records: &[&str]| desk.done("query", &[&["Item[ID != 0]", "--csv"], records].concat());
    let without_ids = |csv: &str| -> Vec<String> {
        csv.lines().map(|line| line.split_once(',').map_or("", |(_, rest)| rest).to_owned()).collect()
    };
    let first = csv(&[]);
    desk.write("items.csv", &first);
    desk.done("load", &["items.csv", "--form", "Item", "--records", "other.db"]);
    let second = csv(&["--records", "other.db"]);
    assert_eq!(without_ids(&first), without_ids(&second));
    assert!(first.contains(r#","[""New, fresh"",""Sale""]","#) && first.contains("''-x,[],"), "{first}");
    let codes = desk.done("query", &["Item[ID != 0].Code.getAll()", "--records", "other.db"]);
    assert_eq!(codes, "[\"=1+1\",\"'-x\",\"c\"]");
    let id = desk.done("query", &["Item[Code == \"c\"].ID"]);
    desk.write("orders.csv", &format!("Title,Also,Lines\na,{id},\"[{{\"\"Item\"\": {id}, \"\"Qty\"\": 3}}]\"\nb,,\n"));
    desk.done("load", &["orders.csv", "--form", "Order"]);
    assert_eq!(desk.done("query", &["Order[Title == \"a\"].Lines.Qty"]), "3");
    desk.write("again.csv", &desk.done("query", &["Order[Title == \"a\"]", "--csv"]).replace(",a,", ",again,"));
    desk.done("load", &["again.csv", "--form", "Order"]);
    assert_eq!(desk.done("query", &["Order[Title == \"again\"].Lines.Qty"]), "3");
    assert_eq!(desk.done("query", &["Order[Title == \"again\"].Also.size()"]), "1");
    assert_eq!(desk.done("query", &["Order[Title == \"b\"].Lines.count()"]), "0");
}

#[test]
fn workflows_run_for_what_is_said_and_for_nothing_else() {
    let desk = Desk::new();
    let id = desk.done("submit", &["Order", "Title=a"]);
    let title = || desk.done("query", &["Order[ID != 0].Title"]);
    let record = ["--record", id.as_str()];
    desk.refused("run", &["Appr"], &["is an approval", "--approve or --reject"]);
    desk.refused("run", &[&["Appr"], record.as_slice()].concat(), &["is an approval", "--approve or --reject"]);
    desk.refused("run", &["Flow"], &["is a blueprint", "--transition"]);
    desk.refused("run", &[&["Flow"], record.as_slice()].concat(), &["is a blueprint", "--transition", "Pack"]);
    desk.refused("run", &[&["Mark", "--approve"], record.as_slice()].concat(), &["is no approval"]);
    desk.refused("run", &[&["Mark", "--transition", "Pack"], record.as_slice()].concat(), &["is no blueprint"]);
    desk.refused("run", &["Mark"], &["--record ID", "--all"]);
    assert_eq!(title(), "a");
    desk.done("run", &["Mark", "--all"]);
    assert_eq!(title(), "a!");
    desk.done("run", &[&["Appr", "--approve"], record.as_slice()].concat());
    assert_eq!(title(), "yes");
    desk.refused("run", &[&["Appr", "--reject"], record.as_slice()].concat(), &["waits for no decision"]);
    desk.done("run", &[&["Flow", "--transition", "Pack"], record.as_slice()].concat());
    assert_eq!(title(), "yes!");
}

#[test]
fn arguments_of_a_function_are_checked_and_ids_are_records() {
    let desk = Desk::new();
    let id = desk.done("submit", &["Item", "Code=a", "Stock=7"]);
    let one = format!("one={id}");
    assert_eq!(desk.done("run", &["price", "--arg", &one, "--arg", "amount=2"]), "14");
    desk.refused("run", &["price", "--arg", &one, "--arg", "amont=2"], &["no argument 'amont': did you mean 'amount'"]);
    desk.refused("run", &["price", "--arg", &one], &["lacks its argument 'amount'", "It takes one, amount."]);
    desk.refused("run", &["price", "--arg", "one=5", "--arg", "amount=2"], &["no record 5 of 'Item'"]);
}

#[test]
fn mistakes_in_the_files_of_an_application_have_a_place() {
    let desk = Desk::new();
    let workflows = std::fs::read_to_string(desk.0.path().join("workflows.toml")).unwrap();
    for (step, says) in [
        ("", "does not say to which level it belongs"),
        ("step = \"on level 2\"\n", "'on level 2', which is not there"),
    ] {
        desk.write("workflows.toml", &workflows.replacen("step = \"on level 1\"\n", step, 1));
        desk.refused("query", &["Item[ID != 0]"], &["workflows.toml", "'Appr'", "'on approve'", says, "on level 1"]);
    }
    desk.write("workflows.toml", &workflows.replacen("step = \"Pack\"\n", "", 1));
    desk.refused("query", &["Item[ID != 0]"], &["'Flow'", "'after'", "to which transition"]);
    desk.write("workflows.toml", &workflows);
    desk.write("forms/Bad.toml", "name = \"Bad\"\n[[fields]]\nname = \"A\"\nrequired = \"yes\"\n");
    desk.refused("query", &["Item[ID != 0]"], &["Bad.toml is not right in line 4, required", "boolean"]);
    desk.write("forms/Bad.toml", "name = \"Bad\"\n[[fields]]\nname = \"A\"\nchoices = [\n  \"a\",\n  5,\n]\n");
    desk.refused("query", &["Item[ID != 0]"], &["Bad.toml is not right in line 6, choices"]);
    desk.write("forms/Bad.toml", "name = \"Bad\"\n[[fields]\n");
    desk.refused("query", &["Item[ID != 0]"], &["Bad.toml is not right in line 2"]);
}
