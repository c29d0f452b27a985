//! Runs every golden script of `suite/`: `cargo test -p tests --test golden contains` picks by path.
#![allow(missing_docs)]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use rainwright_golden::StoreLocation;
use rainwright_golden::{Checked, Mode, Runner};
use rainwright_ide::{CheckOptions, KnownForms, check};

fn checked(checked: Checked<'_>) -> Vec<rainwright::Diagnostic> {
    let options = CheckOptions {
        forms: Arc::new(KnownForms::new(checked.forms)),
        own_form: checked.form.map(str::to_owned),
        own_event: checked.event.map(str::to_owned),
        ..CheckOptions::for_profile(checked.profile)
    };
    check(checked.source, &options)
}

/// Memory; with the feature `postgres`, the temporary tables of a session in the database of `RAINWRIGHT_TEST_POSTGRES`.
fn records() -> StoreLocation {
    match std::env::var("RAINWRIGHT_TEST_POSTGRES").ok().filter(|_| cfg!(feature = "postgres")) {
        Some(url) => {
            let mark = if url.contains('?') { '&' } else { '?' };
            StoreLocation::Postgres(format!("{url}{mark}options=-csearch_path%3Dpg_temp"))
        }
        None => StoreLocation::Memory,
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let runner = match Runner::new(Mode::Compare) {
        Ok(runner) => Arc::new(runner.with_check(checked).with_records(records())),
        Err(failure) => {
            eprintln!("{failure}");
            return ExitCode::FAILURE;
        }
    };
    let files = match Runner::find(&suite) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            eprintln!("there are no golden scripts below {}", suite.display());
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("{}: {error}", suite.display());
            return ExitCode::FAILURE;
        }
    };
    let trials = files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&suite).unwrap_or(&file).with_extension("").display().to_string();
            let runner = Arc::clone(&runner);
            // What fails and is known to fail lives in `fixme/`: it must go on failing, or move out.
            let fixme = name.starts_with("fixme");
            Trial::test(name, move || {
                let outcomes = runner.run(&file).map_err(Failed::from)?;
                let wrong: String = outcomes
                    .iter()
                    .filter(|o| !o.passed())
                    .map(|o| format!("{}\n{}", o.title(), o.explain()))
                    .collect();
                match (wrong.is_empty(), fixme) {
                    (true, false) | (false, true) => Ok(()),
                    (false, false) => Err(Failed::from(wrong)),
                    (true, true) => Err(Failed::from("it passes now: move it out of fixme/")),
                }
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
