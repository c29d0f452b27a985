//! `dg test --chaos`: each test again, with one call gone wrong.

use std::path::PathBuf;

use rainwright_golden::{Chaos, Runner};

use crate::exit::{CommandResult, Exit, Trouble};
use crate::terminal;

/// Runs it and tells what came of it.
pub(super) fn run(runner: &Runner, files: &[PathBuf], json: bool) -> CommandResult {
    let mut all: Vec<Chaos> = Vec::new();
    for file in files {
        let mut progress = terminal::Progress::new(0);
        let found =
            runner.chaos(file, &mut |run| progress.tell(&format!("{}: {} of {} runs", run.title, run.done, run.all)));
        progress.end();
        let found = found.map_err(Trouble::Usage)?;
        found.iter().filter(|_| !json).for_each(|chaos| terminal::out(chaos.show().trim_end()));
        all.extend(found);
    }
    if json {
        // A report for other programs, not a value of a script.
        let all: Vec<_> = all.iter().map(Chaos::json).collect();
        terminal::out(&serde_json::Value::from(all).to_string());
    }
    if all.is_empty() {
        return Err(Trouble::Usage("No test there makes a call.".into()));
    }
    let runs: usize = all.iter().map(|chaos| chaos.trials.len()).sum();
    let count = |is: fn(&rainwright_golden::chaos::Trial) -> bool| -> usize {
        all.iter().flat_map(|chaos| &chaos.trials).filter(|trial| is(trial)).count()
    };
    let (bad, half) = (count(|trial| trial.is_bad()), count(|trial| trial.is_half_changed()));
    terminal::note(&format!("{runs} runs with a fault: {half} left data half changed, {bad} of all need mending"));
    Ok(if bad == 0 { Exit::Done } else { Exit::Found })
}
