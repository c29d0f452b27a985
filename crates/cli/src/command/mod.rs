//! The commands, one file each.

mod app;
mod app_check;
mod app_run;
mod app_serve;
mod caller;
mod check;
mod completions;
mod connect;
mod connections;
mod console;
mod dap;
mod doc;
mod durable;
mod fmt;
mod keys;
mod later;
mod lsp;
mod meant;
mod new;
mod plan;
mod repl;
mod replay;
mod resume;
mod run;
mod runs;
mod sandbox;
mod serve;
mod services;
mod store;
mod test;
mod trust;
mod try_;
mod widget;
mod widget_new;

use clap::{Parser, Subcommand};

use crate::exit::CommandResult;
use later::Later;
pub use meant::{help, meant};

/// Runs Deluge anywhere: scripts on your machine, with connections that stay connected.
#[derive(Parser)]
#[command(
    name = "dg",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    after_help = "Examples:
  dg run hello.dg
  dg run scripts/mailchimp/subscribe_lead.dg --sandbox --arg lead_id=1001
  dg connect mailchimp
  dg doc toString

Exit codes: 0 done, 1 the script failed, 2 wrong use, 3 diagnostics found, 4 a connection needs attention,\n6 `dg try` met something that it cannot play."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run a script
    Run(Box<Later<run::Args>>),
    /// Go on with durable runs that were interrupted, or whose time or signal has come
    Resume(Box<Later<resume::Args>>),
    /// Run a durable run again from its journal, offline
    Replay(Later<replay::Args>),
    /// List, show and prune durable runs, and send them signals
    Runs(Later<runs::Args>),
    /// Run a script that you have never seen, with inputs and answers made up to fit
    Try(Box<Later<try_::Args>>),
    /// Run a script for real, but hold back what would change something
    Plan(Box<Later<plan::Args>>),
    /// Look for mistakes without running
    Check(Later<check::Args>),
    /// Bring scripts into one style
    Fmt(Later<fmt::Args>),
    /// Run golden scripts
    Test(Box<Later<test::Args>>),
    /// Talk with the evaluator, line by line
    Repl(Box<Later<repl::Args>>),
    /// List the services that can be connected to, or show one
    Services(Later<services::Args>),
    /// Connect to a service, or authorise a connection again
    Connect(Box<Later<connect::Args>>),
    /// List, show, test and manage connections
    #[command(subcommand)]
    Connections(Later<connections::Command>),
    /// Tell where connections are kept, and move them
    #[command(subcommand)]
    Store(Later<store::Command>),
    /// Trust what the project here asks for: a proxy, private hosts, services of its own
    Trust(Later<trust::Args>),
    /// Serve stand-ins for services on this machine, until Ctrl-C
    Sandbox(Later<sandbox::Args>),
    /// Serve the functions of a folder over HTTP, until Ctrl-C
    Serve(Box<Later<serve::Args>>),
    /// Show connections and functions in a browser, until Ctrl-C
    Console(Box<Later<console::Args>>),
    /// Make and host widgets, and look for mistakes in them
    #[command(subcommand)]
    Widget(Later<widget::Command>),
    /// Make, list and end the keys of `dg serve`
    #[command(subcommand)]
    Keys(Later<keys::Command>),
    /// Show the reference of a function or task
    Doc(Later<doc::Args>),
    /// Answer an editor: the language server, over standard input and output
    Lsp(Later<lsp::Args>),
    /// Let an editor debug scripts: the debug adapter, over standard input and output
    Dap(Later<dap::Args>),
    /// Start a project
    New(Later<new::Args>),
    /// Run Creator applications: forms, records, workflows
    #[command(subcommand)]
    App(Box<Later<app::Command>>),
    /// Print a completion script for a shell
    Completions(Later<completions::Args>),
}

impl Command {
    /// Does it.
    pub fn run(self) -> CommandResult {
        match self {
            Command::Run(args) => args.0.run(),
            Command::Resume(args) => args.0.run(),
            Command::Replay(args) => args.0.run(),
            Command::Runs(args) => args.0.run(),
            Command::Try(args) => args.0.run(),
            Command::Plan(args) => args.0.run(),
            Command::Check(args) => args.0.run(),
            Command::Fmt(args) => args.0.run(),
            Command::Test(args) => args.0.run(),
            Command::Repl(args) => args.0.run(),
            Command::Services(args) => args.0.run(),
            Command::Connect(args) => args.0.run(),
            Command::Connections(command) => command.0.run(),
            Command::Store(command) => command.0.run(),
            Command::Trust(args) => args.0.run(),
            Command::Sandbox(args) => args.0.run(),
            Command::Serve(args) => args.0.run(),
            Command::Console(args) => args.0.run(),
            Command::Widget(command) => command.0.run(),
            Command::Keys(command) => command.0.run(),
            Command::Doc(args) => args.0.run(),
            Command::Lsp(args) => args.0.run(),
            Command::Dap(args) => args.0.run(),
            Command::New(args) => args.0.run(),
            Command::App(command) => command.0.run(),
            Command::Completions(args) => args.0.run(),
        }
    }
}
