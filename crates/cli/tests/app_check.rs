//! `dg app check`: what is wrong with an application as a whole is told before anything runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;

use common::Desk;

/// The application of `scripts/claims`, in a folder of its own.
fn claims(desk: &Desk) {
    fn copy(desk: &Desk, from: &Path, name: &str) {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                copy(desk, &entry.path(), &name);
            } else {
                desk.write(&name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    copy(desk, &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/claims"), "claims");
}

/// The exit code where something was found.
const FOUND: i32 = 3;

/// A file of the application, what is in it, what a mistake makes of it, and what is told of that.
const MISTAKES: &[(&str, &str, &str, &[&str])] = &[
    // Scripts.
    (
        "workflows/claim_lines.dg",
        "thisapp.claims.total(",
        "thisapp.claims.totl(",
        &[
            "Claim_Lines on user input of Lines:1: error: ",
            "'thisapp.claims.totl'",
            "Did you mean thisapp.claims.total?",
        ],
    ),
    // Forms.
    (
        "forms/Claim.toml",
        "initial = \"Open\"",
        "initial = \"Opne\"",
        &["Claim.State: warning: The initial value 'Opne' is none of the choices. Did you mean 'Open'?"],
    ),
    (
        "forms/Claim.toml",
        "initial = \"${zoho.currentdate}\"",
        "initial = \"${zoho.currentdate +}\"",
        &["Claim.Day: error: The initial value cannot be read: "],
    ),
    (
        "forms/Person.toml",
        "bidirectional = \"Members\"",
        "bidirectional = \"Membres\"",
        &["Person.Team: error: It keeps 'Team.Membres' in step, and there is no such field. Did you mean 'Members'?"],
    ),
    (
        "forms/Person.toml",
        "bidirectional = \"Members\"",
        "bidirectional = \"Code\"",
        &["Person.Team: error: It keeps 'Team.Code' in step, which looks up no form"],
    ),
    (
        "forms/Person.toml",
        "bidirectional = \"Members\"",
        "filter = 'Cod == \"A\"'\nshows = \"Cdoe\"",
        &[
            "Person.Team: error: ",
            "The form 'Team' has no field 'Cod'",
            "warning: What is shown of a record: ",
            "'Cdoe'. Did you mean 'Code'?",
        ],
    ),
    (
        "forms/Person.toml",
        "bidirectional = \"Members\"",
        "filter = 'Code =='",
        &["Person.Team: error: The filter 'Code ==' cannot be read: "],
    ),
    // Formulas.
    (
        "forms/Claim.toml",
        "result = \"decimal\"",
        "result = \"decimla\"",
        &["Claim.Net: warning: The result of the formula is of no type that is known"],
    ),
    ("forms/Claim.toml", "/ 1.23", "/ (1.23", &["Claim.Net: error: The formula cannot be read: "]),
    (
        "forms/Claim.toml",
        "ifnull(Total,0) / 1.23",
        "Totl * 2",
        &[
            "Claim.Net: error: The formula can never be computed: The form 'Claim' has no field 'Totl'. Did you mean 'Total'?",
        ],
    ),
    (
        "forms/Claim.toml",
        "ifnull(Total,0) / 1.23",
        "Owner.Mial.length()",
        &["Claim.Net: error: ", "The form 'Person' has no field 'Mial'. Did you mean 'Mail'?"],
    ),
    (
        "forms/Claim.toml",
        "ifnull(Total,0) / 1.23",
        "total * 2",
        &[
            "Claim.Net: error: The formula can never be computed: The form 'Claim' has no field 'total'. Did you mean 'Total'?",
        ],
    ),
    (
        "forms/Claim.toml",
        "ifnull(Total,0) / 1.23",
        "Lines.sum(Prce)",
        &["Claim.Net: error: ", "The form 'Claim.Lines' has no field 'Prce'. Did you mean 'Price'?"],
    ),
    ("forms/Claim.toml", "ifnull(Total,0) / 1.23", "Net + 1", &["Claim.Net: error: The formula names itself"]),
    (
        "forms/Claim.toml",
        "formula = \"ifnull(Total,0) / 1.23\"",
        "formula = \"Gross - 1\"\n\n[[fields]]\nname = \"Gross\"\ntype = \"formula\"\nformula = \"input.Net + 1\"",
        &["Claim.Net: error: The formulas go round in a circle: 'Net' needs 'Gross' needs 'Net'"],
    ),
    // Workflows.
    (
        "workflows.toml",
        "event = \"on load\"",
        "event = \"onload\"",
        &["Claim_Load: error: There is no event 'onload': its script never runs. Did you mean 'on load'?"],
    ),
    ("workflows.toml", "event = \"on load\"", "event = \"now and then\"", &["Claim_Load: warning: There is no event"]),
    (
        "workflows.toml",
        "on update of State",
        "on update of Stte",
        &[
            "Claim_State: error: The script of 'on update of Stte' never runs: The form 'Claim' has no field 'Stte'. Did you mean 'State'?",
        ],
    ),
    (
        "workflows.toml",
        "on user input of Lines",
        "on user input of Lines.Pric",
        &["Claim_Lines: error: ", "The form 'Claim.Lines' has no field 'Pric'. Did you mean 'Price'?"],
    ),
    (
        "workflows.toml",
        "on user input of Lines",
        "on add row of Total",
        &["Claim_Lines: error: ", "'Total' is no subform"],
    ),
    (
        "workflows.toml",
        "record = \"delete\"",
        "record = \"create\"",
        &["Claim_Delete: error: Nothing happens to a record that is called 'create'", "Did you mean 'add'?"],
    ),
    (
        "workflows.toml",
        "kind = \"schedule\"",
        "kind = \"shedule\"",
        &["Close_Old: error: There is no kind of workflow 'shedule'", "Did you mean 'schedule'?"],
    ),
    (
        "workflows.toml",
        "kind = \"schedule\"",
        "kind = \"payment\"",
        &["Close_Old: warning: There is no kind of workflow"],
    ),
    ("workflows.toml", "Kind == \\\"Purchase\\\"", "Kind == (", &["Claim_Rules field rules: error: The condition "]),
    (
        "workflows.toml",
        "Kind == \\\"Purchase\\\"",
        "Knd == \\\"Purchase\\\"",
        &[
            "Claim_Rules field rules: error: The condition never holds: The form 'Claim' has no field 'Knd'. Did you mean 'Kind'?",
        ],
    ),
    ("workflows.toml", "subDay(90)]", "subDay(90", &["Close_Old: error: The criteria "]),
    (
        "workflows.toml",
        "Claim[State ==",
        "Claim[Stat ==",
        &["Close_Old: error: ", "The form 'Claim' has no field 'Stat'", "'State'"],
    ),
    (
        "workflows.toml",
        "form = \"Claim[State",
        "form = \"Claims[State",
        &["Close_Old: error: There is no form 'Claims'. Did you mean 'Claim'?"],
    ),
    // Reports and pages.
    (
        "reports/Claims.toml",
        "form = \"Claim\"",
        "form = \"Clam\"",
        &["report Claims: error: There is no form 'Clam'. Did you mean 'Claim'?"],
    ),
    (
        "reports/Claims.toml",
        "field = \"Owner.Team\"",
        "field = \"Owner.Taem\"",
        &["report Claims: error: The column 'Owner.Taem': The form 'Person' has no field 'Taem'. Did you mean 'Team'?"],
    ),
    (
        "reports/Claims.toml",
        "No desc",
        "Nr desc",
        &["report Claims: error: The order 'Nr': The form 'Claim' has no field 'Nr'"],
    ),
    (
        "reports/Claims.toml",
        "workflow = \"Approve\"",
        "workflow = \"Aprove\"",
        &[
            "report Claims: error: The action 'Approve' runs 'Aprove': there is no such workflow. Did you mean 'Approve'?",
        ],
    ),
    ("reports/Open_Claims.toml", "State ==", "Stat ==", &["report Open_Claims: error: ", "has no field 'Stat'"]),
    ("reports/Open_Claims.toml", "State ==", "State = =", &["report Open_Claims: error: The criteria "]),
    (
        "pages/overview.html",
        "kind = ifnull(input.kind,\"\");",
        "kind = ifnull(input.kind;",
        &["page Overview:2: error: "],
    ),
    (
        "pages/overview.html",
        "Claim[State == \"Open\"] sort",
        "Claim[Stat == \"Open\"] sort",
        &["page Overview:5: error: ", "'Stat'"],
    ),
    (
        "pages/overview.html",
        "#Form:Claim?Kind",
        "#Form:Clam?Kind",
        &["page Overview: warning: It leads to the form 'Clam': there is none. Did you mean 'Claim'?"],
    ),
    // Settings.
    ("app.toml", "Europe/Lisbon", "Europe/Lisboa", &["timezone: error: There is no time zone 'Europe/Lisboa'"]),
    ("app.toml", "dd-MMM-yyyy", "dd-foo-yyyy", &["date_format: error: 'dd-foo-yyyy'"]),
];

#[test]
fn each_mistake_in_an_application_is_told() {
    let desk = Desk::new();
    claims(&desk);
    let ran = desk.dg(&["app", "check", "claims"]);
    // Users call it.
    let sound = "claims.pay: warning: No script of the application calls 'claims.pay'\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, sound), "it is sound: {}", ran.err);
    let mut wrong = Vec::new();
    for (file, sound, broken, told) in MISTAKES {
        let name = format!("claims/{file}");
        let before = desk.read(&name);
        assert!(before.contains(sound), "{file} has no {sound}");
        desk.write(&name, before.replacen(sound, broken, 1));
        let ran = desk.dg(&["app", "check", "claims"]);
        desk.write(&name, before);
        let code = if ran.out.contains(": error: ") { FOUND } else { 0 };
        if told.iter().any(|part| !ran.out.contains(part))
            || ran.code != code
            || ran.out.matches("Did you mean").count() > told.len()
        {
            wrong.push(format!("{file} with {broken} ({}):\n{}{}\nand not {told:?}", ran.code, ran.out, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_is_right_is_not_told() {
    let desk = Desk::new();
    claims(&desk);
    let sound = desk.dg(&["app", "check", "claims"]).out;
    let all: &[(&str, &str, &str)] = &[
        (
            "forms/Claim.toml",
            "ifnull(Total,0) / 1.23",
            "Lines.sum(Price) + input.Lines.sum(Qty) + Payments.sum(Amount)",
        ),
        (
            "forms/Claim.toml",
            "ifnull(Total,0) / 1.23",
            "if(Owner.Who.first_name == \\\"\\\", Owner.Team.Code, zoho.currentdate)",
        ),
        ("forms/Claim.toml", "ifnull(Total,0) / 1.23", "Claim[Owner == input.Owner].count() + ID"),
        (
            "workflows.toml",
            "Kind == \\\"Purchase\\\"",
            "input.Kind == old.Kind && Owner.Mail != zoho.loginuserid && today > Day",
        ),
        ("workflows.toml", "on user input of Lines", "on user input of Lines.Price"),
        ("workflows.toml", "on user input of Lines", "On Delete Row Of Payments"),
        ("reports/Claims.toml", "field = \"Owner.Team\"", "field = \"Owner.Who.last_name\""),
        ("reports/Claims.toml", "field = \"Owner.Team\"", "field = \"Added_User\""),
        ("pages/overview.html", "#Form:Claim?Kind", "#Form:<%=\"Claim\"%>?Kind"),
    ];
    for (file, before, after) in all {
        let name = format!("claims/{file}");
        let text = desk.read(&name);
        assert!(text.contains(before), "{file} has no {before}");
        desk.write(&name, text.replacen(before, after, 1));
        let ran = desk.dg(&["app", "check", "claims"]);
        desk.write(&name, text);
        assert_eq!(ran.out, sound, "{file} with {after}");
    }
}

const EXPORT: &str = "application \"A\"\n{\n\tforms\n\t{\n\t\tform Claim\n\t\t{\n\t\t\tNo\n\t\t\t(\n\t\t\t\ttype = number\n\t\t\t)\n\t\t}\n\t}\n\
    \tfunctions\n\t{\n\t\tint a.b(int n)\n\t\t{\n\t\t\treturn n;\n\t\t}\n\t\tint a.c(int n)\n\t\t{\n\t\t\treturn thisapp.a.b(n);\n\t\t}\n\t\tvoid a.d()\n\
    \t\t{\n\t\t\tinfo thisapp.a.c(1);\n\t\t\tthisapp.a.d();\n\t\t}\n\t}\n}\n";

#[test]
fn an_export_that_is_broken_is_told() {
    let desk = Desk::new();
    desk.write("a.ds", EXPORT);
    let ran = desk.dg(&["app", "check", "a.ds"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    desk.write("a.ds", &EXPORT[..EXPORT.find("type = number").unwrap()]);
    let ran = desk.dg(&["app", "check", "a.ds"]);
    let told = "a.ds:8: error: The export breaks off: 'No' is still open at its end. The file holds only a part";
    assert!(ran.code == FOUND && ran.out.starts_with(told), "{} {}", ran.code, ran.out);
    desk.write("a.ds", EXPORT.replace("type = number", "type = nmuber"));
    let ran = desk.dg(&["app", "check", "a.ds"]);
    let told = "Claim.No: warning: There is no type 'nmuber': the field holds texts. Did you mean 'number'?\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, told));
    // What may be in the rest of it is not missed.
    desk.write("a.ds", EXPORT[..EXPORT.find("\t\tint a.c").unwrap()].replace("return n", "return thisapp.a.c(n)"));
    let ran = desk.dg(&["app", "check", "a.ds"]);
    assert!(ran.out.contains("breaks off") && !ran.out.contains("a.c"), "{}", ran.out);
    desk.write("a.ds", EXPORT.replace("int a.c(int n)", "int a.(int n)"));
    let ran = desk.dg(&["app", "check", "a.ds"]);
    assert!(ran.code == FOUND && ran.out.contains("error: The function cannot be read"), "{} {}", ran.code, ran.out);
}
