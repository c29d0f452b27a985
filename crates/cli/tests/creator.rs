//! Drives `dg` with what comes from Creator: form events, application exports, and the checks and limits around them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const EXPORT: &str = r#"/* An application for tests. */
application "Claims"
{
	date format = "dd-MMM-yyyy"
	time zone = "Europe/Lisbon"
	forms
	{
		form claim
		{
			displayname = "Claim"
			Section
			(
				type = section
			)
			must have Amount
			(
				type = decimal
				displayname = "Amount"
			)
			Status
			(
				type = picklist
				values = {"Open", "Paid"}
			)
		}
	}
	reports
	{
		list All_Claims
		{
			displayName = "All claims"
			show all rows from claim [Amount > 0]
			(
				Amount as "Amount"
			)
		}
	}
	pages
	{
		page Start
		{
			displayname = "Start"
			Content = "<zml><layout><report linkName='All_Claims'/></layout></zml>"
		}
	}
	workflow
	{
		form
		{
			Check_Amount as "Check the amount"
			{
				type = form
				form = claim
				record event = on add
				on validate
				{
					actions
					{
						custom deluge script
						(
							if(input.Amount > thisapp.claims.most())
							{
								alert "Too much";
								cancel submit;
							}
							input.Status = "Open";
							hide Status;
						)
					}
				}
			}
			Broken as "Broken"
			{
				type = form
				on success
				{
					actions
					{
						custom deluge script
						(
							input.Amount = (1;
						)
					}
				}
			}
		}
	}
	functions
	{
		int claims.most()
		{
			return 500;
		}
	}
}
"#;

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command.args(args).current_dir(folder).env("RAINWRIGHT_HOME", folder.join("home")).env_remove("RUST_LOG");
    command
}

/// Runs `dg`; gives its exit code, stdout and stderr.
fn dg(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(folder, args).stdin(Stdio::null()).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn desk(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_form_event_shows_what_it_does_to_the_form() {
    let desk = desk(&[
        (
            "validate.dg",
            "if(input.Amount > old.Amount)\n{\n\talert \"Look again\";\n\tcancel submit;\n}\ninput.Seen = true;\n",
        ),
        ("form.json", r#"{"fields": {"Amount": 12.50}, "old": {"Amount": 10}}"#),
        ("saved.json", r#"{"fields": {"Amount": 1}, "old": {"Amount": 10}}"#),
        ("list.json", "[1]"),
        ("keep.dg", "if(input.Amount > 10)\n{\n\talert \"Paid already\";\n\tcancel delete;\n}\n"),
    ]);
    let (_, out, _) = dg(desk.path(), &["run", "keep.dg", "--form", "form.json"]);
    assert!(
        out.starts_with("event: alert Paid already\nevent: cancel delete\nnot deleted: the event cancelled it\n"),
        "{out}"
    );
    let (code, out, err) = dg(desk.path(), &["run", "validate.dg", "--form", "form.json"]);
    let told = "event: alert Look again\nevent: cancel submit\nnot saved: the event cancelled it\n";
    assert!(code == 0 && out.starts_with(told), "{out}{err}");
    assert!(out.ends_with("fields: {\"Amount\":12.50,\"Seen\":true}\n"), "{out}");
    let (_, out, _) = dg(desk.path(), &["run", "validate.dg", "--form", "saved.json"]);
    assert_eq!(out, "fields: {\"Amount\":1,\"Seen\":true}\n");
    let (_, out, _) = dg(desk.path(), &["run", "validate.dg", "--form", "form.json", "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&told["form"]["cancelled"], &told["form"]["fields"]["Seen"]), (&json!(true), &json!(true)));
    assert_eq!(told["form"]["events"][0]["action"], "alert");
    assert_eq!(dg(desk.path(), &["run", "validate.dg", "--form", "list.json"]).0, 1);
}

#[test]
fn scripts_of_an_export_are_checked_and_run_in_their_place() {
    let desk = desk(&[("app.ds", EXPORT), ("form.json", r#"{"Amount": 900}"#)]);
    let (code, _, err) = dg(desk.path(), &["check", "app.ds"]);
    let line = EXPORT.lines().position(|line| line.contains("(1;")).unwrap() + 1;
    assert!(code == 3 && err.contains(&format!("app.ds:{line}:")), "{err}");
    assert!(!err.contains("claims.most"), "functions of the export are known: {err}");
    let event = ["run", "app.ds", "--entry", "Check_Amount_on_validate", "--form", "form.json"];
    let (code, out, err) = dg(desk.path(), &event);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("event: alert Too much") && out.contains("\"Status\":\"Open\""), "{out}");
    assert_eq!(dg(desk.path(), &["run", "app.ds", "--entry", "most"]).1, "500\n");
    let (code, _, err) = dg(desk.path(), &["run", "app.ds"]);
    assert!(code == 2 && err.contains("Check_Amount_on_validate, Broken_on_success, claims.most"), "{err}");
    assert_eq!(dg(desk.path(), &["run", "app.ds", "--entry", "nothing"]).0, 2);
    let (code, _, err) = dg(desk.path(), &["run", "app.ds", "--entry", "Broken_on_success"]);
    assert!(code == 1 && err.contains(&format!("app.ds:{line}:")), "{err}");
}

#[test]
fn a_folder_is_checked_with_all_files_that_hold_scripts() {
    let desk = desk(&[
        ("a.dg", "x = ;\n"),
        ("b.Deluge", "x = ;\n"),
        ("c.ds", EXPORT),
        ("page.html", "<p><%= %></p>\n"),
        ("plain.html", "<p>x = ;</p>\n"),
        ("notes.txt", "x = ;\n"),
    ]);
    let (code, _, err) = dg(desk.path(), &["check", "."]);
    assert_eq!(code, 3, "{err}");
    for name in ["a.dg", "b.Deluge", "c.ds", "page.html"] {
        assert!(err.contains(name), "{name}: {err}");
    }
    assert!(!err.contains("plain.html") && !err.contains("notes.txt"), "{err}");
}

#[test]
fn an_export_becomes_a_project() {
    let desk = desk(&[("app.ds", EXPORT), ("form.json", r#"{"Amount": 900}"#), ("plain.dg", "info 1;\n")]);
    let (code, _, err) = dg(desk.path(), &["app", "import", "app.ds"]);
    assert!(code == 0 && err.contains("1 forms, 1 functions and 2 workflows"), "{err}");
    let read = |name: &str| std::fs::read_to_string(desk.path().join("app").join(name)).unwrap();
    let settings: toml::Table = read("dg.toml").parse().unwrap();
    assert_eq!(settings["profile"].as_str(), Some("zoho-creator"));
    assert_eq!(settings["timezone"].as_str(), Some("Europe/Lisbon"));
    let form: toml::Table = read("forms/claim.toml").parse().unwrap();
    assert_eq!((form["title"].as_str(), form["fields"].as_array().unwrap().len()), (Some("Claim"), 3));
    // A section holds nothing, and scripts can hide it.
    assert_eq!(form["fields"][0]["type"].as_str(), Some("plaintext"));
    assert_eq!(form["fields"][1]["required"].as_bool(), Some(true));
    assert_eq!(form["fields"][2]["choices"][1].as_str(), Some("Paid"));
    let report: toml::Table = read("reports/All_Claims.toml").parse().unwrap();
    assert_eq!(report["criteria"].as_str(), Some("Amount > 0"));
    assert_eq!(report["column"][0]["field"].as_str(), Some("Amount"));
    let pages: toml::Table = read("pages.toml").parse().unwrap();
    assert_eq!(pages["page"][0]["file"].as_str(), Some("pages/Start.zml"));
    assert!(read("pages/Start.zml").contains("linkName='All_Claims'"));
    assert!(read("workflows/Check_Amount.dg").starts_with("if(input.Amount > thisapp.claims.most())"));
    assert!(read("workflows/Broken.dg").contains("(1;"), "a script with mistakes stays as it is");
    let (code, _, err) = dg(desk.path(), &["app", "import", "app.ds"]);
    assert!(code == 2 && err.contains("--force"), "{err}");
    assert_eq!(dg(desk.path(), &["app", "import", "app.ds", "--force"]).0, 0);
    let event = ["run", "app/workflows/Check_Amount.dg", "--form", "form.json"];
    let (code, out, err) = dg(desk.path(), &event);
    assert!(code == 0 && out.contains("not saved"), "{out}{err}");
    assert_eq!(dg(desk.path(), &["app", "import", "plain.dg"]).0, 1);
}

#[test]
fn records_are_printed_as_people_and_spreadsheets_read_them() {
    let form =
        "name = \"Visit\"\n[[fields]]\nname = \"Day\"\ntype = \"date\"\n[[fields]]\nname = \"Note\"\ntype = \"text\"\n";
    let desk = desk(&[("app.toml", "name = \"visits\"\ndate_format = \"dd-MMM-yyyy\"\n")]);
    std::fs::create_dir(desk.path().join("forms")).unwrap();
    std::fs::write(desk.path().join("forms/Visit.toml"), form).unwrap();
    let submit = ["app", "submit", ".", "Visit", "Day=27-Nov-2026", "Note=a \"b\", c"];
    assert_eq!(dg(desk.path(), &submit).0, 0);
    let (_, out, err) = dg(desk.path(), &["app", "query", ".", "Visit[ID != 0]", "--csv"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "ID,Day,Note", "{err}");
    assert!(lines[1].ends_with(",2026-11-27,\"a \"\"b\"\", c\""), "{out}");
    assert_eq!(dg(desk.path(), &["app", "query", ".", "Visit[ID != 0].Day"]).1, "2026-11-27\n");
}

#[test]
fn a_products_limits_hold_when_asked_and_counts_tell() {
    let many = "int f(int n) { return n; }\nx = 0;\nwhile(x < 100)\n{\n\tx = x + f(1);\n}\ninfo x;\n";
    let desk = desk(&[("many.dg", many)]);
    assert_eq!(dg(desk.path(), &["run", "many.dg"]).1, "100\n");
    let (code, _, err) = dg(desk.path(), &["run", "many.dg", "--limits", "zoho-creator"]);
    assert!(code == 1 && err.contains("E3013"), "{err}");
    assert_eq!(dg(desk.path(), &["run", "many.dg", "--limits", "nowhere"]).0, 2);
    let (code, _, err) = dg(desk.path(), &["run", "many.dg", "--count"]);
    assert!(
        code == 0 && err.contains("1 effects (1 info)") && err.contains("       100       100         0  line 5"),
        "{err}"
    );
}

#[test]
fn connections_that_nobody_knows_are_warned_of_when_asked() {
    let call = "x = invokeurl [ url :\"https://shop.example.com/a\" connection:\"my_shp\" ];\ninfo x;\n";
    let desk = desk(&[("a.dg", call)]);
    let shop = ["name=My Shop", "kind=api_key", "api=https://shop.example.com", "place=header", "key=X-Key"];
    let mut add = vec!["services", "add"];
    add.extend(shop.iter().flat_map(|pair| ["--set", pair]));
    assert_eq!(dg(desk.path(), &add).0, 0);
    assert_eq!(dg(desk.path(), &["connect", "my_shop", "--set", "api_key=k"]).0, 0);
    assert!(!dg(desk.path(), &["check", "a.dg"]).2.contains("E4001"));
    let (code, _, err) = dg(desk.path(), &["check", "--connections", "a.dg"]);
    assert!(code == 0 && err.contains("E4001") && err.contains("Did you mean 'my_shop'?"), "{err}");
    assert_eq!(dg(desk.path(), &["check", "--connections", "--strict", "a.dg"]).0, 3);
    std::fs::write(desk.path().join("a.dg"), call.replace("my_shp", "my_shop")).unwrap();
    assert!(!dg(desk.path(), &["check", "--connections", "a.dg"]).2.contains("E4001"));
}

#[cfg(unix)]
#[test]
fn a_watched_script_is_checked_again_when_it_changes() {
    use std::io::{BufRead, BufReader};
    let desk = desk(&[("a.dg", "info 1;\n")]);
    let mut child = command(desk.path(), &["check", "--watch", "a.dg"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "1 script checked: 0 errors, 0 warnings");
    // As editors save: the script is never seen half written.
    std::fs::write(desk.path().join("draft"), "info (1;\ninfo 2;\n").unwrap();
    std::fs::rename(desk.path().join("draft"), desk.path().join("a.dg")).unwrap();
    let summary = lines.find(|line| line.starts_with("1 script checked")).unwrap();
    assert!(summary.contains(": 1 error,"), "{summary}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn lines_tell_their_statements_calls_and_effects() {
    let script = "int twice(int n)\n{\n\tinfo n;\n\treturn n * 2;\n}\nfor each x in {1,2}\n{\n\tif(twice(x) > 2)\n\t{\n\t\tinfo twice(x) + twice(1);\n\t}\n}\n";
    let desk = desk(&[("count.dg", script)]);
    let (code, _, err) = dg(desk.path(), &["run", "count.dg", "--count"]);
    assert_eq!(code, 0, "{err}");
    let rows: Vec<Vec<&str>> = err.lines().map(|line| line.split_whitespace().collect()).collect();
    let of = |line: &str| rows.iter().find(|row| row.ends_with(&["line", line])).map(|row| row[..3].join(" "));
    assert_eq!(of("3").as_deref(), Some("4 0 4"), "{err}");
    assert_eq!(of("6").as_deref(), Some("3 0 0"), "the loop itself, and its turns: {err}");
    assert_eq!(of("8").as_deref(), Some("2 2 0"), "{err}");
    assert_eq!(of("10").as_deref(), Some("1 2 1"), "what a function does counts where it does it: {err}");
    assert!(err.starts_with("14 statements"), "{err}");
}
