//! `dg completions`: prints a completion script, and the names that it asks for while somebody types.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use rainwright::PROFILES;
use rainwright::builtins::{STATEMENTS, block_tasks, builtins, function_kinds, integrations};

use super::{Cli, connections};
use crate::exit::{CommandResult, Exit, Trouble};
use crate::network::EnvironmentArgs;
use crate::project::Project;
use crate::terminal;

/// Prints a completion script for a shell. In bash, zsh and fish it offers services, connections, profiles and functions too,
/// as they are at that moment.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  dg completions bash > ~/.local/share/bash-completion/completions/dg
  dg completions zsh > ~/.zfunc/_dg
  dg completions fish > ~/.config/fish/completions/dg.fish")]
pub struct Args {
    /// The shell
    #[arg(required_unless_present = "names")]
    shell: Option<Shell>,
    /// Print the names that scripts ask for
    #[arg(long, value_enum, hide = true, conflicts_with = "shell")]
    names: Option<Names>,
}

/// Names that are only known when somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Names {
    Services,
    Connections,
    Profiles,
    Functions,
}

/// Where the names stand: the command, how many words of it come before (the command counted), and what is offered.
const PLACES: &[(&str, usize, &str)] = &[
    ("connect", 1, "services"),
    ("services", 1, "services"),
    ("connections", 2, "connections"),
    ("doc", 1, "functions"),
];
/// Options after which names stand.
const OPTIONS: &[(&str, &str)] = &[("--profile", "profiles"), ("--limits", "profiles")];

impl Args {
    /// Does it.
    pub fn run(self) -> CommandResult {
        if let Some(names) = self.names {
            for name in names.all() {
                terminal::out(&terminal::plain(&name));
            }
            return Ok(Exit::Done);
        }
        let Some(shell) = self.shell else { return Err(Trouble::Usage("Name a shell: bash, zsh, fish.".into())) };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "dg", &mut script);
        terminal::out(String::from_utf8_lossy(&script).trim_end());
        match shell {
            Shell::Bash => terminal::out(&bash()),
            Shell::Zsh => terminal::out(&zsh()),
            Shell::Fish => terminal::out(&fish()),
            _ => {}
        }
        Ok(Exit::Done)
    }
}

impl Names {
    /// The names there are. What cannot be read offers nothing: a shell is no place for messages.
    fn all(self) -> Vec<String> {
        let project = Project::of(Path::new(".")).unwrap_or_default();
        let mut names: Vec<String> = match self {
            Names::Services => {
                let catalogue = project.catalogue(&[]).ok();
                catalogue.iter().flat_map(|all| all.all().map(|service| service.id.clone())).collect()
            }
            Names::Connections => {
                let stored = connections::stored_for(&EnvironmentArgs { env: None }, &project);
                stored.unwrap_or_default().into_iter().map(|one| one.name).collect()
            }
            Names::Profiles => PROFILES.iter().map(|profile| profile.name.to_owned()).collect(),
            Names::Functions => {
                let tasks = block_tasks().map(|row| row.name).chain(integrations().map(|row| row.name));
                let words = STATEMENTS.iter().map(|row| row.name).filter(|name| !name.contains([' ', '=']));
                let all = builtins().map(|row| row.name).chain(tasks).chain(words);
                all.chain(function_kinds().map(|kind| kind.name)).map(str::to_owned).collect()
            }
        };
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn bash() -> String {
    let places = PLACES.iter().map(|(command, words, what)| {
        format!("        {command}) [ \"$COMP_CWORD\" -eq {} ] && what={what} ;;\n", words + 1)
    });
    let options = OPTIONS.iter().map(|(option, what)| format!("        {option}) what={what} ;;\n"));
    format!(
        "_dg_live() {{
    local what='' cur=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"
    case \"${{COMP_WORDS[1]}}\" in
{}    esac
    case \"$before\" in
{}    esac
    if [ -n \"$what\" ] && [[ \"$cur\" != -* ]]; then
        COMPREPLY=($(compgen -W \"$(dg completions --names \"$what\" 2>/dev/null)\" -- \"$cur\"))
    else
        _dg \"$@\"
    fi
}}
complete -F _dg_live -o bashdefault -o default dg",
        places.collect::<String>(),
        options.collect::<String>()
    )
}

fn zsh() -> String {
    let places = PLACES.iter().map(|(command, words, what)| {
        format!("        {command}) [[ $CURRENT -eq {} ]] && what={what} ;;\n", words + 2)
    });
    let options = OPTIONS.iter().map(|(option, what)| format!("        {option}) what={what} ;;\n"));
    format!(
        "_dg_live() {{
    local what=''
    case \"$words[2]\" in
{}    esac
    case \"$words[CURRENT-1]\" in
{}    esac
    if [[ -n \"$what\" && \"$words[CURRENT]\" != -* ]]; then
        compadd -- ${{(f)\"$(dg completions --names $what 2>/dev/null)\"}}
    else
        _dg \"$@\"
    fi
}}
compdef _dg_live dg",
        places.collect::<String>(),
        options.collect::<String>()
    )
}

fn fish() -> String {
    let places = PLACES.iter().map(|(command, words, what)| {
        format!(
            "complete -c dg -f -n '__fish_seen_subcommand_from {command}; and test (count (commandline -opc)) -eq {}' -a '(dg completions --names {what})'\n",
            words + 1
        )
    });
    let options = OPTIONS.iter().map(|(option, what)| {
        format!("complete -c dg -f -l {} -r -a '(dg completions --names {what})'\n", option.trim_start_matches('-'))
    });
    places.chain(options).collect::<String>().trim_end().to_owned()
}
