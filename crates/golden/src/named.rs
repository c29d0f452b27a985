//! Whether what a golden script names is there: the arguments that it gives, the functions and tasks that it stubs.

use rainwright::builtins::{block_task, builtins, integration, integrations};
use rainwright::{Library, Script};
use rainwright_diagnostic::closest;
use rainwright_syntax::scope::{Nothing, Origin, Scopes, find_by_path};

use crate::{Section, Settings};

/// Checks that every argument is one that the script takes; `is_given` tells what its product may give it.
///
/// # Errors
/// One that it does not take; the text begins with the key of the setting.
pub(crate) fn arguments(
    section: &Section,
    settings: &Settings,
    script: &Script,
    is_given: impl Fn(&str) -> bool,
) -> Result<(), String> {
    if settings.args.is_empty() {
        return Ok(());
    }
    let scopes: Vec<Scopes> = script.sources().map(|(_, text)| scopes(text)).collect();
    let entry = settings.entry.clone().or_else(|| script.default_entry());
    let function = entry.as_ref().and_then(|name| {
        scopes.iter().find_map(|scopes| find_by_path(&scopes.functions, name, |function| &function.path))
    });
    let params: Vec<&str> = match function {
        Some(function) => function.params.iter().map(|(name, _)| name.as_str()).collect(),
        // What cannot be found says so itself when it is called.
        None if entry.is_some() => return Ok(()),
        None => Vec::new(),
    };
    // Bare statements take whatever they name; functions may read what the product gives.
    let bare = scopes.first().and_then(|scopes| scopes.scopes.last()).filter(|_| entry.is_none());
    let bare = bare.into_iter().flat_map(|scope| &scope.variables).map(|variable| variable.name.as_str());
    let free = scopes.iter().flat_map(|scopes| &scopes.scopes).flat_map(|scope| &scope.variables);
    let free = free.filter(|variable| variable.origin == Origin::Unknown).map(|variable| variable.name.as_str());
    let known: Vec<&str> = params.iter().copied().chain(bare).chain(free).collect();
    let is_known = |name: &str| known.contains(&name) || is_given(name);
    let Some((name, _)) = settings.args.iter().find(|(name, _)| !is_known(name)) else { return Ok(()) };
    let own_line = section.source.lines().nth((section.first_line as usize).saturating_sub(1)).unwrap_or_default();
    let is_of_case = own_line.trim_start().starts_with("//@ case") && own_line.contains(&format!("\"{name}\""));
    let key = if is_of_case { "case" } else { "arg" };
    let names = if entry.is_some() { &params } else { &known };
    let near = closest(name, names.iter().copied()).map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
    Err(match &entry {
        Some(entry) if params.is_empty() => format!("{key}: {entry} has no parameter '{name}'; it takes none."),
        Some(entry) => format!("{key}: {entry} has no parameter '{name}'; it takes {}.{near}", params.join(", ")),
        None => format!("{key}: the script reads no variable '{name}'.{near}"),
    })
}

/// Checks that every function or task that is stubbed is there.
///
/// # Errors
/// One that is not; the text begins with the key of the setting.
pub(crate) fn stubs(settings: &Settings, script: &Script, library: &Library) -> Result<(), String> {
    if settings.stubs.is_empty() {
        return Ok(());
    }
    let scopes: Vec<Scopes> = script.sources().map(|(_, text)| scopes(text)).collect();
    let mut functions: Vec<String> = library.names().collect();
    functions.extend(scopes.iter().flat_map(|scopes| &scopes.functions).map(|function| function.path.clone()));
    let calls: Vec<&str> = scopes.iter().flat_map(|scopes| &scopes.calls).map(|call| call.path.as_str()).collect();
    for (name, _) in &settings.stubs {
        let is_task = integration(name).is_some_and(|row| row.name == name || row.aliases.contains(&name.as_str()));
        if is_task || find_by_path(&functions, name, String::as_str).is_some() {
            continue;
        }
        if block_task(name).is_some() {
            let how = match name.as_str() {
                "sendmail" | "sendsms" => "write what it sends in its line: // mails ada@example.com: The subject",
                _ => "its calls are answered from a recording, which dg test --record writes",
            };
            return Err(format!("stub: '{name}' is a task with a block and cannot be stubbed: {how}."));
        }
        if is_built_in(name) {
            return Err(format!("stub: '{name}' is a function of the language and cannot be stubbed."));
        }
        if find_by_path(&calls, name, |call| call).is_some() {
            continue;
        }
        let tasks = integrations().map(|row| row.name);
        let near = closest(name, functions.iter().map(String::as_str).chain(calls.iter().copied()).chain(tasks));
        let near = near.map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
        return Err(format!(
            "stub: no function or task is called '{name}', and the script calls none of that name.{near}"
        ));
    }
    Ok(())
}

fn is_built_in(name: &str) -> bool {
    builtins().any(|row| row.name.eq_ignore_ascii_case(name))
}

fn scopes(text: &str) -> Scopes {
    Scopes::of(&rainwright_syntax::parse(text).tree, &Nothing)
}
