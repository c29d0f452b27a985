//! Is the program `dg`.

mod command;
mod exit;
mod export;
mod files;
mod host;
mod limits;
mod network;
mod project;
mod report;
mod sandbox;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Starting a subscriber costs time; without the variable nobody would read it.
    if std::env::var_os("RUST_LOG").is_some() {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    let cli = command::Cli::parse();
    match cli.command.run() {
        Ok(exit) => exit.into(),
        Err(trouble) => trouble.report().into(),
    }
}
