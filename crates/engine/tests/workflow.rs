//! The example of a workflow engine, with workers that are really killed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, dead_code)]

#[path = "../examples/workflow.rs"]
mod workflow;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use workflow::{ORDER, World, worker};

/// Names the folder of a worker that the test kills.
const HOME: &str = "RAINWRIGHT_TEST_WORKFLOW";

/// The worker in a process of its own, which ends in the middle of a charge as `kill -9` ends it.
#[test]
#[ignore = "started and killed by the test below"]
fn a_worker_that_is_killed() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let workflows = worker(Path::new(&home), &Arc::default(), || std::process::abort()).unwrap();
    workflows.work().unwrap();
    panic!("it was not killed");
}

#[test]
fn workflows_survive_a_killed_worker() {
    let home = tempfile::tempdir().unwrap();
    let world = Arc::new(World::default());
    let inputs = vec![("article".to_owned(), "A12".into()), ("pieces".to_owned(), 2.into())];
    worker(home.path(), &world, || Ok(())).unwrap().start("order", ORDER, inputs).unwrap();
    let killed = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "a_worker_that_is_killed"])
        .env(HOME, home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&killed.stdout).into_owned();
    assert!(!killed.status.success() && !said.contains("it was not killed"), "{said}");
    let last = worker(home.path(), &world, || Ok(())).unwrap();
    for _ in 0..400 {
        last.work().unwrap();
        if last.result("order").unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(last.result("order").unwrap().as_deref(), Some(r#"{"state":"paid","receipt":"receipt for 500"}"#));
    let counts = (world.reserved.load(Ordering::Relaxed), world.charged.load(Ordering::Relaxed));
    assert_eq!(counts, (0, 1), "what the first worker reserved is not reserved again");
}
