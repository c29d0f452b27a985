//! Runs a script without anything around it, as `run FILE`: the program that `tests/bench/instructions.py` counts. It is
//! built in a fraction of the time that `dg` takes.
//!
//! ```sh
//! cargo run --example run -- run tests/bench/loops.dg
//! ```

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is the host"
)]

use std::process::ExitCode;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Call, Effect, Host, Outcome, Refusal};
use rainwright_eval::{CompileOptions, Module, Run, lower, run};

/// Prints what scripts log, and has nothing else to offer.
struct Printing;

impl Host for Printing {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Info { text } => println!("{text}"),
            Effect::Now => return Ok(Outcome::Instant { millis: 0 }),
            _ => return Err(Refusal::Stop(Problem::new(Code::NotSupported, "There is no host."))),
        }
        Ok(Outcome::Done)
    }
}

fn main() -> ExitCode {
    let file = std::env::args().nth(2).unwrap_or_default();
    let source = match std::fs::read_to_string(&file) {
        Ok(source) => source,
        Err(e) => {
            eprintln!("'{file}' cannot be read: {e}. Use: run FILE");
            return ExitCode::from(2);
        }
    };
    let parsed = rainwright_syntax::parse(&source);
    let program = lower(&[Module::new(&source, &parsed.tree)], &CompileOptions::default());
    match run(&program, &mut Printing, Run::default()).result {
        Ok(_) => ExitCode::SUCCESS,
        Err(raised) => {
            eprintln!("{}", raised.problem.message);
            ExitCode::FAILURE
        }
    }
}
