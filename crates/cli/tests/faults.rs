//! What went wrong once for people who used the program, each as a test.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use common::{Desk, Ran};

/// A project of so many functions, each calling another one, and as many tests.
fn large_project(count: usize) -> Desk {
    let desk = Desk::new();
    desk.write("dg.toml", "functions = \"functions\"\n");
    for i in 0..count {
        let next = i / 2;
        let body = match i {
            0 => "\treturn n + 1;\n".to_owned(),
            _ => format!("\tif(n > 0)\n\t{{\n\t\treturn standalone.f{next}(n - 1);\n\t}}\n\treturn n;\n"),
        };
        desk.write(&format!("functions/f{i}.dg"), format!("int standalone.f{i}(int n)\n{{\n{body}}}\n"));
        desk.write(&format!("tests/t{i}.dg"), format!("info standalone.f{i}(0) >= 0; // => true\n"));
    }
    desk
}

fn timed(run: impl FnOnce() -> Ran) -> (Duration, Ran) {
    let started = Instant::now();
    let ran = run();
    (started.elapsed(), ran)
}

#[test]
fn time_grows_with_a_project_and_not_with_its_square() {
    let (small, large) = (large_project(50), large_project(400));
    let (one, ran) = timed(|| small.dg(&["test"]));
    assert!(ran.code == 0 && ran.err.contains("50 passed"), "{}{}", ran.out, ran.err);
    let (eight, ran) = timed(|| large.dg(&["test"]));
    assert!(ran.code == 0 && ran.err.contains("400 passed"), "{}{}", ran.out, ran.err);
    // Linear is 8 times as long, quadratic 64 times; starting the program counts for the small one.
    assert!(eight < one * 24 + Duration::from_millis(500), "50: {one:?}, 400: {eight:?}");
    large.write("x.dg", "info standalone.f399(3);");
    let ran = large.dg(&["run", "x.dg"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "0\n"), "{}", ran.err);
}

#[test]
fn a_broken_function_breaks_only_its_callers() {
    let desk = Desk::new();
    desk.write("dg.toml", "functions = \"functions\"\n");
    desk.write("functions/good.dg", "int good()\n{\n\treturn 1;\n}\n");
    desk.write("functions/bad.dg", "int bad()\n{\n\treturn 1 + ;\n}\n");
    std::fs::write(desk.path("functions/odd.dg"), b"int odd() { return \"\xff\"; }").unwrap();
    desk.write("tests/good.dg", "info good(); // => 1\n");
    desk.write("tests/bad.dg", "info bad(); // => 1\n");
    let ran = desk.dg(&["test"]);
    assert!(ran.code == 1 && ran.err.contains("1 passed, 1 failed"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("functions/bad.dg has a mistake in line 3"), "{}", ran.out);
    desk.write("x.dg", "info good();\ninfo odd();\n");
    let ran = desk.dg(&["run", "x.dg"]);
    assert!(
        ran.out == "1\n" && ran.err.contains("odd.dg is not UTF-8 text") && ran.err.contains("x.dg:2"),
        "{}",
        ran.err
    );
}

#[test]
fn a_function_that_belongs_into_a_project_says_so() {
    let desk = Desk::new();
    for call in ["standalone.total(1)", "automation.total(1)", "thisapp.total(1)"] {
        desk.write("x.dg", format!("info {call};"));
        let ran = desk.dg(&["run", "x.dg"]);
        assert!(ran.err.contains("E3008") && ran.err.contains("functions/total.dg"), "{call}: {}", ran.err);
        assert!(!ran.err.contains("--arg"), "{}", ran.err);
    }
    desk.write("x.dg", "info standalone.get(\"a\");");
    let ran = desk.dg(&["run", "x.dg", "--arg", "standalone={\"a\":1}"]);
    assert_eq!(ran.out, "1\n", "a variable of that name stays one: {}", ran.err);
}

#[cfg(unix)]
#[test]
fn an_output_that_cannot_be_written_is_a_failure() {
    let desk = Desk::new();
    desk.write("x.dg", "for each n in {1,2,3}\n{\n\tinfo n;\n}\n");
    if std::path::Path::new("/dev/full").exists() {
        for args in [&["run", "x.dg"][..], &["--help"], &["services"]] {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let ran = desk.command(args).stdout(full).output().unwrap();
            assert_eq!(ran.status.code(), Some(1), "{args:?}");
            assert!(String::from_utf8_lossy(&ran.stderr).contains("cannot be written"), "{args:?}");
        }
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = desk.command(["run", "x.dg"]).stdout(writer).output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr.as_slice()), (Some(141), &b""[..]), "as SIGPIPE would end it");
}

#[test]
fn the_repl_reads_the_style_that_fmt_writes() {
    let desk = Desk::new();
    let input = "for each x in {1,2}\n{\n\tinfo x;\n}\nif(false)\n{\n\tinfo 3;\n}\nelse\n{\n\tinfo 4;\n}\n\
                 try\n{\n\tinfo 1 / 0;\n}\ncatch (e)\n{\n\tinfo 5;\n}\nfor each y in \"a,b\".toList()\n{\n\tinfo y;\n}\n";
    let ran = desk.dg_with(&["repl"], input);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "1\n2\n4\n5\na\nb\n", ""));
    let ran = desk.dg_with(&["repl"], "\"1\"\n1\n{\"1\"}\n{1}\nx = \"a\\\"b\"\nx\n");
    assert_eq!(ran.out, "\"1\"\n1\n[\"1\"]\n[1]\n\"a\\\"b\"\n");
    let ran = desk.dg_with(&["repl"], "1 / 0\n2\n");
    assert_eq!((ran.code, ran.out.as_str()), (1, "2\n"));
    assert!(ran.err.contains("1 / 0") && !ran.err.contains("return"), "what was typed is shown: {}", ran.err);
    assert_eq!(desk.dg(&["repl", "nowhere.dg"]).code, 2);
}

#[test]
fn wrong_use_is_told_with_code_2_and_a_suggestion() {
    let desk = Desk::new();
    desk.write("x.dg", "int total(int a)\n{\n\treturn a;\n}\n");
    for (args, said) in [
        (&["rnu", "x.dg"][..], "run"),
        (&["run", "y.dg"], "y.dg"),
        (&["run", "x.dg", "--entry", "totl"], "Did you mean 'total'?"),
        (&["run", "x.dg", "--profile", "zoho-crn"], "zoho-crm"),
        (&["run", "x.dg", "--args", "none.json"], "none.json"),
        (&["run", "x.dg", "--arg", "a=1", "--form", "none.json"], "none.json"),
        (&["run", "x.dg", "--arg", "a=1", "--replay", "none.http"], "recording"),
        (&["run", "x.dg", "--arg", "a=1", "--record", "no/such/folder.http"], "There is no folder no/such"),
        (&["test", "nowhere"], "nowhere"),
    ] {
        let ran = desk.dg(args);
        assert!(ran.code == 2 && ran.err.contains(said), "{args:?}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn updated_tests_say_so_and_hold_no_message_of_the_runner() {
    let desk = Desk::new();
    desk.write("tests/a.dg", "info 1 + 1; // => 3\n");
    let ran = desk.dg(&["test", "--update"]);
    assert!(
        ran.code == 0 && ran.out.contains("updated tests/a.dg") && ran.err.contains("1 of them updated"),
        "{}",
        ran.err
    );
    assert_eq!(desk.read("tests/a.dg"), "info 1 + 1;  // => 2\n");
    assert_eq!(desk.dg(&["test"]).code, 0);
    // A call that nobody has recorded says nothing about the script.
    let unrecorded = "x = invokeurl [ url: \"https://api.example.org/\" type: GET ];\ninfo x; // => ok\n";
    desk.write("tests/b.dg", unrecorded);
    let ran = desk.dg(&["test", "tests/b.dg", "--update"]);
    assert!(ran.code == 1 && ran.out.contains("not recorded"), "{}{}", ran.out, ran.err);
    assert_eq!(desk.read("tests/b.dg"), unrecorded);
}

#[test]
fn a_wrong_setting_fails_its_own_test_only() {
    let desk = Desk::new();
    desk.write("tests/a.dg", "//@ limit: stepz = 5\ninfo 1; // => 1\n");
    desk.write("tests/b.dg", "info 1; // => 1\n");
    desk.write("tests/c.dg", "//@ timezoen: UTC\ninfo 1; // => 1\n");
    let ran = desk.dg(&["test", "--junit", "out/of/sight/report.xml"]);
    assert!(ran.code == 1 && ran.err.contains("1 passed, 2 failed"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("there is no limit 'stepz'") && ran.out.contains("'timezoen'"), "{}", ran.out);
    assert!(desk.read("out/of/sight/report.xml").contains("<testsuite"));
}

#[test]
fn sections_play_their_own_part_of_a_recording() {
    let desk = Desk::new();
    let call = |path: &str, answer: &str| {
        format!("info invokeurl [ url: \"https://api.example.org/{path}\" type: GET ]; // => {answer}\n")
    };
    let exchange = |path: &str, answer: &str| format!("> GET https://api.example.org/{path}\n< 200\n<\n< {answer}\n\n");
    desk.write(
        "tests/a.dg",
        format!("{}//--- second\n{}//--- third\n{}", call("1", "one"), call("2", "two"), call("3", "three")),
    );
    desk.write("tests/a.http", &(exchange("1", "one") + &exchange("2", "two") + &exchange("3", "three")));
    let ran = desk.dg(&["test"]);
    assert!(ran.code == 0 && ran.err.contains("3 passed"), "{}{}", ran.out, ran.err);
    // What is left over at the end is a mistake, as it is for one section.
    desk.write(
        "tests/a.http",
        &(exchange("1", "one") + &exchange("2", "two") + &exchange("3", "three") + &exchange("4", "four")),
    );
    assert!(desk.dg(&["test"]).out.contains("1 more recorded call to be made"));
    // A part with the section's name is that section's.
    let parts = exchange("1", "one") + &exchange("3", "three") + "//--- second\n" + &exchange("2", "two");
    desk.write("tests/a.http", &parts);
    let ran = desk.dg(&["test"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_run_sees_what_its_comments_use() {
    let desk = Desk::new();
    desk.write("lib/total.dg", "int total(int a)\n{\n\treturn a * 2;\n}\n");
    desk.write("tests/x.dg", "//@ use: ../lib/total.dg\ninfo total(2); // => 4\n");
    let ran = desk.dg(&["run", "tests/x.dg", "--record", "x.http"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "4\n"), "{}", ran.err);
    assert!(desk.path("x.http").exists(), "a recording of no call is one");
}

#[test]
fn the_account_is_told_to_scripts() {
    let desk = Desk::new();
    let ask = "info ifnull(zoho.adminuserid, \"none\") + \" \" + ifnull(zoho.loginuser, \"none\");";
    desk.write("x.dg", ask);
    assert_eq!(desk.dg(&["run", "x.dg"]).out, "none none\n");
    assert_eq!(desk.dg(&["run", "x.dg", "--sandbox"]).out, "admin@example.com ada\n");
    desk.write("dg.toml", "[account]\nadmin_mail = \"boss@example.org\"\nlogin_user = \"carl\"\n");
    assert_eq!(desk.dg(&["run", "x.dg"]).out, "boss@example.org carl\n");
    desk.write("me.toml", "login_user = \"dora\"\n");
    assert_eq!(desk.dg(&["run", "x.dg", "--account", "me.toml"]).out, "boss@example.org dora\n");
    desk.write("tests/x.dg", format!("{ask} // => boss@example.org carl\n"));
    assert_eq!(desk.dg(&["test"]).code, 0);
    desk.write("me.toml", "admin_male = 1\n");
    assert_eq!(desk.dg(&["run", "x.dg", "--account", "me.toml"]).code, 2);
    desk.write(
        "mail.dg",
        "sendmail\n[\n\tfrom :zoho.adminuserid\n\tto :\"a@example.org\"\n\tsubject :\"s\"\n\tmessage :\"m\"\n]\n",
    );
    desk.write("dg.toml", "");
    let ran = desk.dg(&["run", "mail.dg"]);
    assert!(ran.err.contains("'FROM' is empty") && ran.err.contains("[account]"), "{}", ran.err);
}

#[test]
fn a_row_stays_a_row() {
    let desk = Desk::new();
    desk.write("x.dg", "row.Total = row.Price * row.Count;\ninput.Sum = row.Total;\n");
    for form in
        [r#"{"fields": {"Sum": 0}, "row": {"Price": 2, "Count": 3}}"#, r#"{"Sum": 0, "row": {"Price": 2, "Count": 3}}"#]
    {
        desk.write("form.json", form);
        let ran = desk.dg(&["run", "x.dg", "--form", "form.json"]);
        assert_eq!(ran.out, "fields: {\"Sum\":6}\nrow: {\"Price\":2,\"Count\":3,\"Total\":6}\n", "{}", ran.err);
        let ran = desk.dg(&["run", "x.dg", "--form", "form.json", "--json"]);
        assert!(ran.out.contains(r#""row":{"Price":2,"Count":3,"Total":6}"#), "{}", ran.out);
    }
}

#[test]
fn a_refused_task_is_named_where_it_happened_and_in_what_follows() {
    let desk = Desk::new();
    desk.write(
        "x.dg",
        "a = 1;\nall = zoho.crm.getRecords(\"Nosuch\");\nfor each one in all\n{\n\tinfo one.get(\"Name\");\n}\n",
    );
    desk.write("x.http", "> GET https://www.zohoapis.com/crm/***\n< 400\n<\n< {\"code\":\"INVALID_MODULE\",\"message\":\"the module name given seems to be invalid\",\"status\":\"error\"}\n");
    let ran = desk.dg(&["run", "x.dg", "--replay", "x.http"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.starts_with("CRM answered INVALID_MODULE at line 2"), "{}", ran.err);
    let trace = ran.err.split_once('\n').unwrap().1;
    assert!(trace.contains("before it, CRM answered INVALID_MODULE at line 2"), "{}", ran.err);
    assert!(trace.contains("keys of a map") && !trace.contains("can not be cast"), "{}", ran.err);
}

#[test]
fn a_key_is_given_by_the_name_that_people_know() {
    let desk = Desk::new();
    let ran = desk.dg(&["connect", "stripe_api_key", "--set", "api_key=sk_test_1234567"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = desk.dg(&["connect", "stripe_api_key", "--set", "username=sk_test_1234567", "--name", "old_way"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = desk.dg(&["connect", "stripe_api_key", "--name", "asked"]);
    assert!(ran.code == 1 && ran.err.contains("--set api_key=VALUE"), "{}", ran.err);
    let mut by_variable =
        desk.command(["connect", "stripe_api_key", "--name", "by_variable", "--set-env", "api_key=THE_KEY"]);
    assert!(by_variable.env("THE_KEY", "sk_test_1234567").output().unwrap().status.success());
    assert!(desk.dg(&["connect", "stripe"]).err.contains("dg connect stripe_api_key"));
}

#[test]
fn health_says_what_is_not_known() {
    let desk = Desk::new();
    let mut connect = desk.command(["connect", "openai", "--set-env", "api_key=GONE_KEY"]);
    assert!(connect.env("GONE_KEY", "sk-1234567").output().unwrap().status.success());
    let ran = desk.dg(&["connections", "health"]);
    assert!(ran.code == 4 && ran.out.contains("GONE_KEY") && ran.out.contains("not set"), "{}{}", ran.out, ran.err);
    assert_eq!(desk.dg(&["connections", "delete", "openai"]).code, 0);
    assert_eq!(desk.dg(&["connect", "openai", "--set", "api_key=sk-1234567"]).code, 0);
    let ran = desk.dg(&["connections", "health"]);
    assert!(ran.code == 0 && ran.out.contains("openai was never tested"), "{}{}", ran.out, ran.err);
    // A test that fails counts until something works.
    desk.write(
        "mine/dead.toml",
        "id = \"dead\"\nname = \"Dead\"\nallowed_hosts = [\"127.0.0.1\"]\napi = \"http://127.0.0.1:9\"\n\
         test = { url = \"/\" }\n[[api_key]]\nname = \"api_key\"\ntitle = \"Key\"\nin = \"header\"\nkey = \"X-Key\"\n",
    );
    assert_eq!(desk.dg(&["connect", "dead", "--services", "mine", "--set", "api_key=k-1234567"]).code, 0);
    let ran = desk.dg(&["connections", "test", "dead", "--allow-net", "127.0.0.1"]);
    assert!(ran.code != 0 && ran.err.contains("127.0.0.1:9"), "{}", ran.err);
    let ran = desk.dg(&["connections", "health"]);
    assert!(ran.code == 4 && ran.out.contains("dead") && ran.out.contains("127.0.0.1"), "{}{}", ran.out, ran.err);
    assert_eq!(desk.dg(&["connections", "delete", "dead"]).code, 0);
    // A draft is a plan.
    assert_ne!(desk.dg(&["connect", "mailchimp"]).code, 0);
    let manifest = r#"{"connectors": [{"connectionLinkName": "crm", "connectionName": "CRM", "serviceName": "zoho_crm",
        "userAccess": false, "isUserDefinedService": false, "scope": ["ZohoCRM.modules.ALL"]}]}"#;
    desk.write("plugin.json", manifest);
    assert_eq!(desk.dg(&["connections", "import", "plugin.json"]).code, 0);
    let ran = desk.dg(&["connections", "health"]);
    assert!(ran.code == 0 && ran.err.contains("1 of 1 connections"), "{}{}", ran.out, ran.err);
}

#[test]
fn the_store_is_one_file_when_the_program_has_ended() {
    let desk = Desk::new();
    assert_eq!(desk.dg(&["connect", "openai", "--set", "api_key=sk-1234567"]).code, 0);
    assert_eq!(desk.dg(&["connections", "backup", "copy.db"]).code, 0);
    assert_ne!(desk.dg(&["connections", "backup", "copy.db"]).code, 0, "nothing is overwritten");
    for copy in ["home/connections.db", "copy.db"] {
        std::fs::create_dir_all(desk.path("other")).unwrap();
        std::fs::copy(desk.path(copy), desk.path("other/connections.db")).unwrap();
        std::fs::copy(desk.path("home/key"), desk.path("other/key")).unwrap();
        let ran = desk.command(["connections", "list"]).env("RAINWRIGHT_HOME", desk.path("other")).output().unwrap();
        assert!(String::from_utf8_lossy(&ran.stdout).contains("openai"), "{copy}");
        std::fs::remove_dir_all(desk.path("other")).unwrap();
    }
}

#[test]
fn names_of_many_functions_in_one_file_are_found() {
    let desk = Desk::new();
    desk.write("dg.toml", "functions = \"functions\"\n");
    let mut all = String::new();
    for i in 0..300 {
        writeln!(all, "int f{i}()\n{{\n\treturn {i};\n}}").unwrap();
    }
    desk.write("functions/all.dg", &all);
    for i in 0..20 {
        desk.write(&format!("tests/t{i}.dg"), format!("info f{i}(); // => {i}\n"));
    }
    let ran = desk.dg(&["test"]);
    assert!(ran.code == 0 && ran.err.contains("20 passed"), "{}{}", ran.out, ran.err);
}

/// A file with so many mistakes that each look like one of as many names.
fn misspelt(count: usize) -> String {
    let mut text = "void f()\n{\n".to_owned();
    for i in 0..count {
        writeln!(text, "\tvalue_{i} = {i};\n\tinfo valeu_{i} + fnuction_{i}();").unwrap();
    }
    text + "}\nf();\n"
}

#[test]
fn time_grows_with_the_mistakes_of_a_file_and_not_with_their_square() {
    let desk = Desk::new();
    desk.write("small.dg", misspelt(150));
    desk.write("large.dg", misspelt(1200));
    for command in ["check", "run"] {
        let (one, ran) = timed(|| desk.dg(&[command, "small.dg"]));
        assert!(ran.code != 0 && ran.err.contains("value_0"), "{}", ran.err);
        let (eight, ran) = timed(|| desk.dg(&[command, "large.dg"]));
        assert!(ran.code != 0 && ran.err.contains("value_0"), "{}", ran.err);
        assert!(eight < one * 24 + Duration::from_millis(500), "{command}, 150: {one:?}, 1200: {eight:?}");
    }
}

#[test]
fn the_account_gives_variables_of_the_organisation() {
    let desk = Desk::new();
    desk.write(
        "dg.toml",
        "[account.variables]\nrate = 1.5\nmail = \"a@example.org\"\n[account.organization]\norganization_id = \"42\"\n",
    );
    desk.write("x.dg", "info zoho.crm.getOrgVariable(\"rate\") * 2;\ninfo zoho.crm.getOrgVariable(\"mail\");\ninfo zoho.crm.getOrgVariable(\"none\");\n");
    let ran = desk.dg(&["run", "x.dg"]);
    assert_eq!(ran.out, "3.0\na@example.org\nnull\n", "{}", ran.err);
    desk.write("me.toml", "[variables]\nrate = 2\n");
    let ran = desk.dg(&["run", "x.dg", "--account", "me.toml"]);
    assert!(ran.out.starts_with("4\na@example.org\n"), "{}{}", ran.out, ran.err);
    // Of the sandbox, which has none of these, and one of its own.
    desk.write("dg.toml", "");
    desk.write("y.dg", "info zoho.crm.getOrgVariable(\"support_email\");\nw = zoho.crm.getOrgVariable(\"Missing\");\ninfo ifnull(w,\"default\");\n");
    assert_eq!(desk.dg(&["run", "y.dg", "--sandbox"]).out, "help@example.com\ndefault\n");

    desk.write("dg.toml", "profile = \"zoho-books\"\n[account.organization]\norganization_id = \"42\"\n");
    let ask = "info organization.get(\"organization_id\");";
    desk.write("b.dg", ask);
    assert_eq!(desk.dg(&["run", "b.dg"]).out, "42\n");
    assert_eq!(desk.dg(&["run", "b.dg", "--arg", "organization={\"organization_id\":7}"]).out, "7\n");
    desk.write("f.dg", "void f(map organization)\n{\n\tinfo organization.get(\"organization_id\");\n}\n");
    assert_eq!(desk.dg(&["run", "f.dg"]).out, "42\n");
    desk.write("tests/b.dg", format!("{ask} // => 42\n"));
    assert_eq!(desk.dg(&["test"]).code, 0);
}

#[test]
fn help_fits_what_was_written() {
    let desk = Desk::new();
    for (script, said) in [
        ("for each x in {1} info x;", "Put braces around it: { … }"),
        ("alert \"x\";", "--form FILE"),
        ("x = Claim[ID == 1];", "within an application with `dg app`"),
        ("m = {\"a\":1};\ninfo m.get(\"b\",2);", "ifnull(x.get(key),default)"),
        ("info zoho.ai.translate(\"Hallo\",\"en\");", "only Zoho can do this"),
    ] {
        desk.write("x.dg", script);
        let ran = desk.dg(&["run", "x.dg"]);
        assert!(ran.code == 1 && ran.err.contains(said), "{script}: {}", ran.err);
    }
}

#[test]
fn a_folder_is_checked_under_every_extension() {
    let desk = Desk::new();
    let wrong = "info (1;\n";
    for name in ["a.dg", "deep/b.deluge", "c.ds"] {
        desk.write(name, wrong);
    }
    desk.write("page.html", "<p><% info (1; %></p>\n");
    // These are neither pages nor scripts, so they are not checked.
    desk.write("plain.html", "<p>(1;</p>\n");
    desk.write("notes.txt", wrong);
    let ran = desk.dg(&["check", "."]);
    for name in ["a.dg", "b.deluge", "c.ds", "page.html"] {
        assert!(ran.code == 3 && ran.err.contains(name), "{name}: {}{}", ran.out, ran.err);
    }
    assert!(!ran.err.contains("plain.html") && !ran.err.contains("notes.txt"), "{}", ran.err);
}
