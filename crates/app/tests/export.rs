//! The export `repair.ds` is read and run: fields of many types, workflows of every kind, a page.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use rainwright::{Data, OfflineHost, read_json};
use rainwright_app::{Application, Change, Narrowed, Piece, Running, Setting, Submitted};

/// 2026-11-27T10:00:00Z.
const NOW: i64 = 1_795_773_600_000;

fn application() -> Application {
    Application::import(include_str!("repair.ds")).unwrap()
}

fn with<T>(work: impl FnOnce(&mut Running<'_>) -> T) -> T {
    let mut host = OfflineHost::new().at(NOW);
    let mut running = Running::open(application(), Setting::default(), &mut host).unwrap();
    work(&mut running)
}

fn fields(json: &str) -> Vec<(String, Data)> {
    let value = read_json(json).unwrap();
    let data = rainwright::builtins::to_data(&value, &rainwright::Locale::default()).unwrap();
    data.as_map().unwrap().iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
}

fn add(running: &mut Running<'_>, form: &str, json: &str) -> Submitted {
    running.submit(form, Change::Add { fields: fields(json) }).unwrap()
}

fn edit(running: &mut Running<'_>, id: i64, json: &str) -> Submitted {
    running.submit("Ticket", Change::Edit { id, fields: fields(json) }).unwrap()
}

fn shown(running: &mut Running<'_>, expression: &str) -> String {
    running.evaluate(expression).unwrap().to_string()
}

/// A customer and a ticket of theirs; gives the ticket.
fn ticket(running: &mut Running<'_>) -> (i64, Submitted) {
    let customer =
        add(running, "Customer", r#"{"Full_Name": {"first_name": "Ann", "last_name": "Lee"}, "Email": "ann@x.yz"}"#);
    let owner = customer.record.unwrap();
    let made = add(
        running,
        "Ticket",
        &format!(
            r#"{{"Code": "T1", "Score": 1, "Owner": {owner}, "Urgent": true, "Lines": [{{"Item": "Glass", "Qty": 2}}, {{"Item": "Glue", "Qty": 30}}]}}"#
        ),
    );
    (made.record.unwrap(), made)
}

#[test]
fn all_of_the_export_is_understood_but_what_is_named() {
    let app = application();
    let push = "the action pushnotification of the workflow Ticket_validate, on validate (kept, not played)";
    assert_eq!(app.left_out, [push]);
    let profiles = "what the profiles Read may do: everybody may do everything here";
    assert_eq!(app.unused, [profiles, "who has a profile and a role (CEO): write it under [users] in app.toml"]);
    let errors: Vec<_> = app.check().into_iter().filter(|finding| finding.is_error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let customer = app.form("Customer").unwrap();
    let interests = customer.fields.iter().find(|field| field.name == "Interests").unwrap();
    assert_eq!(interests.initial.as_deref(), Some(r#"{"Phones","Tablets"}"#));
    assert_eq!(app.form("Settings").unwrap().entries, Some(1));
    let ticket = app.form("Ticket").unwrap();
    assert_eq!(ticket.fields.iter().find(|field| field.name == "Due").unwrap().days, [1, 2, 3, 4, 5]);
    let columns: Vec<&str> = app.report("Tickets_Report").unwrap().columns.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(columns, ["Code", "Owner", "Owner.Email", "Total"]);
}

#[test]
fn an_action_that_is_no_script_is_kept_in_the_folder() {
    let files = application().files().unwrap();
    let list = &files.iter().find(|(path, _)| path.ends_with("workflows.toml")).unwrap().1;
    let workflows = list.parse::<toml::Table>().unwrap();
    let validate =
        workflows["workflow"].as_array().unwrap().iter().find(|one| one["name"].as_str() == Some("Ticket_validate"));
    let kept = &validate.unwrap()["ready_made"][0];
    assert_eq!((kept["name"].as_str(), kept["event"].as_str()), (Some("pushnotification"), Some("on validate")));
    let settings = kept["settings"].as_str().unwrap();
    assert!(settings.starts_with("to : Owner") && settings.ends_with("nothing to do\""), "{settings}");
    assert!(files.iter().all(|(path, text)| path.ends_with("workflows.toml") || !text.contains("A ticket")));
}

#[test]
fn a_submission_runs_the_events_of_form_rows_and_workflows() {
    with(|running| {
        let (id, made) = ticket(running);
        assert_eq!(made.message.as_deref(), Some("Thanks Ann"));
        assert_eq!(made.state.opened, ["#Report:Tickets_Report"]);
        assert!(made.state.hidden.contains("Total") && made.state.disabled.contains("No"));
        let of = |expression: &str| format!("Ticket[ID == {id}].{expression}");
        assert_eq!(shown(running, &of("Lines.Total")), "10");
        assert_eq!(shown(running, &of("Total")), "60");
        assert_eq!(shown(running, &of("Notes")), "URGENT");
        assert_eq!(shown(running, &of("Owner.Full_Name")), "Ann Lee");
        assert_eq!(shown(running, "Customer[ID != 0].Tickets.size()"), "1");
        let refused = add(running, "Ticket", r#"{"Code": "123456789", "Score": 1}"#);
        let wrong: Vec<&str> = refused.errors.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(wrong, ["Code", "Owner"]);
        edit(running, id, r#"{"State": "Done"}"#);
        let kept = running.submit("Ticket", Change::Delete { id }).unwrap();
        assert_eq!((kept.refused, kept.message.as_deref()), (true, Some("no")));
        assert_eq!(shown(running, "Log[ID != 0].Entry.getAll()"), r#"["added T1 for ann@x.yz","state Open -> Done"]"#);
    });
}

#[test]
fn actions_approvals_blueprints_and_schedules_run() {
    with(|running| {
        let (id, _) = ticket(running);
        assert_eq!(running.schedule("Remind").unwrap(), 1);
        assert_eq!(running.schedule("Nightly").unwrap(), 1);
        assert!(running.schedule("Flow").is_err());
        edit(running, id, r#"{"State": "P"}"#);
        running.decide("Appr", id, None, true).unwrap();
        assert_eq!(shown(running, &format!("Ticket[ID == {id}].State")), "Approved");
        assert!(running.decide("Appr", id, Some(1), false).is_err());
        assert!(running.decide("Appr", id, Some(2), true).is_err());
        running.transit("Flow", "Begin", id).unwrap();
        assert_eq!(shown(running, &format!("Ticket[ID == {id}].Blueprint_Current_Stage")), "Working");
        assert!(running.transit("Flow", "Begin", id).is_err());
        running.run_action("All_Of", &[id]).unwrap();
        let state = running.run_action("Close_It", &[id]).unwrap();
        assert_eq!(state.message.as_deref(), Some("Closed"));
        let log = shown(running, "Log[Entry != \"added T1 for ann@x.yz\"].Entry.getAll()");
        let expected = ["remind T1", "nightly", "state Open -> P", "asked", "before", "chosen 1", "closed T1/Lee"];
        assert_eq!(log, format!("{expected:?}").replace("\", \"", "\",\""));
    });
}

#[test]
fn a_page_shows_what_its_scripts_made_of_its_parameters() {
    with(|running| {
        ticket(running);
        let pieces = running.page("Overview", &[("ticket".into(), "7".into())]).unwrap();
        let text = format!("{pieces:?}");
        assert!(text.contains("<b>T1</b><i>ticket 7/</i>"), "{text}");
        let mut listed = |word: &str| {
            let pieces = running.page("Overview", &[("word".into(), word.into())]).unwrap();
            let report = pieces.iter().find_map(|piece| match piece {
                Piece::Report { name, criteria, input } if name == "Tickets_Report" => Some((criteria, input)),
                _ => None,
            });
            let (criteria, input) = report.unwrap();
            let narrowed = Narrowed { criteria: criteria.as_deref(), input: Some(input) };
            running.list("Ticket", narrowed, &[], &[], 0, 10).unwrap().total
        };
        assert_eq!((listed("Open"), listed("Done")), (1, 0));
    });
}

#[test]
fn the_old_layout_is_read_as_well() {
    let old = "application \"Old\"\n{\nsection Goods\n{\nform Goods\n{\nName\n(\ntype = text\n)\n}\ndefault list Goods_Report\n{\nshow all rows from Goods\n(\nName\n)\n}\n}\n}";
    let app = Application::import(old).unwrap();
    assert_eq!((app.forms.len(), app.report("Goods_Report").unwrap().columns.len()), (1, 1));
}
