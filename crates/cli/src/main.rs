//! Is the program `dg`.

mod answers;
mod application;
mod command;
mod diff;
mod exit;
mod export;
mod files;
mod host;
mod kind;
mod limits;
mod network;
mod played;
mod project;
mod report;
mod sandbox;
mod terminal;
mod trace;
mod trust;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Starting a subscriber costs time; without the variable nobody would read it.
    if std::env::var_os("RUST_LOG").is_some() {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    let cli = match command::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = error.exit_code();
            if let Some(meant) = command::meant(&error) {
                terminal::note(&meant);
                return ExitCode::from(exit::Exit::Usage as u8);
            }
            if let Err(unwritten) = error.print() {
                terminal::unwritten(&unwritten);
            }
            return ExitCode::from(u8::try_from(code).unwrap_or(exit::Exit::Usage as u8));
        }
    };
    let exit = cli.command.run().unwrap_or_else(exit::Trouble::report);
    terminal::settle();
    exit.into()
}
