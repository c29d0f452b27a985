//! The files of an application's folder: what nobody knows is named, and switches have the names that Creator's ways have.

#![allow(clippy::unwrap_used)]

use rainwright_app::Application;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let problem = Application::read(folder.path()).unwrap_err();
    format!("{} {}", problem.message.replace(&folder.path().display().to_string(), ""), problem.help())
}

const APP: (&str, &str) = ("app.toml", "name = \"a\"\n");

#[test]
fn what_nobody_knows_is_named_with_its_file_and_line() {
    let wrong = [
        (
            ("app.toml", "name = \"a\"\nignorecase = true\n"),
            "/app.toml is not right in line 2: there is no setting 'ignorecase' in this place Did you mean ignore_case?",
        ),
        (
            ("forms/A.toml", "name = \"A\"\n[[fields]]\nname = \"C\"\nrequird = true\n"),
            "/forms/A.toml is not right in line 4: there is no setting 'requird' in this place Did you mean required?",
        ),
        (
            ("workflows.toml", "[[workflow]]\nname = \"w\"\n[[workflow.action]]\nevnt = \"on load\"\n"),
            "/workflows.toml is not right in line 4: there is no setting 'evnt' in this place Did you mean event?",
        ),
        (
            ("pages.toml", "[[pages]]\nname = \"p\"\n"),
            "/pages.toml is not right in line 1: there is no setting 'pages' in this place Did you mean page?",
        ),
        (
            ("reports/R.toml", "name = \"R\"\nforms = \"A\"\n"),
            "/reports/R.toml is not right in line 2: there is no setting 'forms' in this place Did you mean form?",
        ),
        (
            ("app.toml", "name = \"a\"\nunique_in_scripts = \"of\"\n"),
            "/app.toml is not right in line 2: unique_in_scripts: 'of' is neither on nor off",
        ),
    ];
    for ((name, text), said) in wrong {
        let mut files = vec![(name, text)];
        files.extend((name != "app.toml").then_some(APP));
        let refused = refused(&files);
        assert!(refused.starts_with(said), "{refused}\n{said}");
    }
}

#[test]
fn switches_have_the_names_of_golden_scripts() {
    let read = |text: &str| {
        let folder = folder(&[("app.toml", text)]);
        Application::read(folder.path()).unwrap()
    };
    let app = read(
        "name = \"a\"\nempty_record = \"error\"\ncriteria_text = \"ignorecase\"\nunique_in_scripts = \"off\"\natomic = false\n",
    );
    assert_eq!((app.empty_record_fails, app.ignore_case), (Some(true), Some(true)));
    assert_eq!((app.unique_in_scripts, app.atomic, app.mandatory_in_scripts), (Some(false), Some(false), None));
    let app = read("name = \"a\"\nempty_record_fails = \"on\"\ncriteria_text = \"exact\"\n");
    assert_eq!((app.empty_record_fails, app.ignore_case), (Some(true), Some(false)));
}

#[test]
fn a_word_that_is_no_type_is_found() {
    let form = "name = \"A\"\n[[fields]]\nname = \"C\"\ntype = \"numbr\"\n[[fields]]\nname = \"D\"\ntype = \"EUR\"\n\
                [[fields]]\nname = \"L\"\ntype = \"grid\"\n[[fields.fields]]\nname = \"Q\"\ntype = \"decmal\"\n";
    let folder = folder(&[APP, ("forms/A.toml", form)]);
    let found = Application::read(folder.path()).unwrap().check();
    let found: Vec<(&str, &str)> = found.iter().map(|one| (one.place.as_str(), one.message.as_str())).collect();
    let said =
        |word: &str, near: &str| format!("There is no type '{word}': the field holds texts. Did you mean {near}?");
    assert_eq!(found, [("A.C", said("numbr", "number").as_str()), ("A.L.Q", said("decmal", "decimal").as_str())]);
}
