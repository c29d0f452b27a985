//! Link names: how scripts call a connection, and how a service is called in files and commands.

use crate::{Key, Subject};
use rainwright_diagnostic::{Code, Problem, closest};

/// The most characters a link name may have.
pub const MAX_LENGTH: usize = 50;

/// Checks a link name: a lower-case letter first, then lower-case letters, digits and `_`, at most 50 characters.
///
/// # Errors
/// [`Code::BadRequest`] that says which rule is broken and offers a name that would do.
pub fn check(name: &str) -> Result<(), Problem> {
    let fault = if name.is_empty() {
        "is empty"
    } else if name.chars().count() > MAX_LENGTH {
        "is longer than 50 characters"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "does not start with a lower-case letter"
    } else if name.chars().any(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_')) {
        "has other characters than a-z, 0-9 and _"
    } else {
        return Ok(());
    };
    Err(Problem::new(Code::BadRequest, format!("The link name \"{name}\" {fault}."))
        .with_help(format!("Use a name such as \"{}\".", from_label(name))))
}

/// Makes a link name of any text, as the connection page does of the connection's name: `My Leads!` is `my_leads`.
#[must_use]
pub fn from_label(label: &str) -> String {
    let mut name = String::new();
    for c in label.chars().flat_map(char::to_lowercase) {
        let c = if matches!(c, 'a'..='z' | '0'..='9') { c } else { '_' };
        let misplaced = if name.is_empty() { !c.is_ascii_lowercase() } else { c == '_' && name.ends_with('_') };
        if !misplaced {
            name.push(c);
        }
        if name.len() == MAX_LENGTH {
            break;
        }
    }
    let end = name.trim_end_matches('_').len();
    name.truncate(end);
    if name.is_empty() { "connection".to_owned() } else { name }
}

/// The first free name for a new connection: `wanted`, or `wanted_2`, `wanted_3` and so on.
pub fn free<'a>(wanted: &str, taken: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let is_taken = |name: &str| taken.clone().into_iter().any(|t| t == name);
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let suffix = format!("_{number}");
        let stem: String = wanted.chars().take(MAX_LENGTH - suffix.len()).collect();
        let name = stem + &suffix;
        if !is_taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// What to say when there is no connection under `key`: where else the name exists, similar names, the service of
/// that name, how to make one. `connections` are the keys of all that there are.
pub fn unknown<'a>(
    key: &Key,
    connections: impl IntoIterator<Item = Key>,
    services: impl IntoIterator<Item = &'a str>,
) -> Problem {
    let name = &key.name;
    let place = if key.environment.is_default() { String::new() } else { format!(" in {}", key.environment) };
    let missing = format!("There is no connection \"{name}\"{place}");
    let connections: Vec<Key> = connections.into_iter().collect();
    if let [first, more @ ..] = namesakes(key, &connections).as_slice() {
        let there: Vec<String> = std::iter::once(first).chain(more).map(whereabouts).collect();
        let mut choose = first.options();
        if first.environment.is_default() && !key.environment.is_default() {
            choose = format!("{choose} --env default").trim_start().to_owned();
        }
        let help =
            format!("Use it with `{choose}`, or connect here with `dg connect SERVICE --name {}`.", key.arguments());
        return Problem::new(Code::UnknownConnection, format!("{missing}; there is one {}.", there.join(" and one ")))
            .with_help(help);
    }
    let problem = Problem::new(Code::UnknownConnection, format!("{missing}."));
    let here = connections.iter().filter(|other| other.environment == key.environment);
    if let Some(near) = closest(name, here.map(|other| other.name.as_str())) {
        return problem.with_help(format!("Did you mean \"{near}\"? `dg connections list` shows all."));
    }
    let (wanted, options) = (key.arguments(), key.options());
    let options = if options.is_empty() { options } else { format!(" {options}") };
    let mut services = services.into_iter().collect::<Vec<_>>();
    services.sort_unstable();
    let service = services.binary_search(&name.as_str()).ok().map(|i| services[i]).or_else(|| closest(name, services));
    match service {
        Some(id) if id == name => problem.with_help(format!("Create it with `dg connect {id}{options}`.")),
        Some(id) => problem.with_help(format!("Create it with `dg connect {id} --name {wanted}`.")),
        None => problem.with_help(format!(
            "Create it with `dg connect SERVICE --name {wanted}`; `dg services` lists the services."
        )),
    }
}

fn whereabouts(key: &Key) -> String {
    match &key.subject {
        Subject::Shared => format!("in {}", key.environment),
        Subject::User(user) => format!("of {user} in {}", key.environment),
    }
}

/// The keys of the same name that may have been meant: in other environments, or else of other people.
fn namesakes(key: &Key, connections: &[Key]) -> Vec<Key> {
    let (usable, others): (Vec<Key>, Vec<Key>) = connections
        .iter()
        .filter(|other| other.name == key.name)
        .cloned()
        .partition(|other| other.subject == key.subject || other.subject == Subject::Shared);
    if usable.is_empty() { others } else { usable }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Environment;

    #[test]
    fn good_names_pass_and_bad_ones_say_why() {
        for good in ["a", "mailchimp", "my_crm_2", &"a".repeat(50)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "is empty"),
            ("2go", "does not start"),
            ("_x", "does not start"),
            ("Mail", "does not start"),
            ("mailChimp", "other characters"),
            ("mail-chimp", "other characters"),
            ("mäil", "other characters"),
            (&"a".repeat(51), "longer than 50"),
        ] {
            let problem = check(bad).unwrap_err();
            assert!(problem.message.contains(why), "{bad}: {problem}");
        }
    }

    #[test]
    fn names_are_made_of_labels() {
        for (label, name) in [
            ("My Leads!", "my_leads"),
            ("  2nd  try ", "nd_try"),
            ("Google Drive (EU)", "google_drive_eu"),
            ("日本", "connection"),
        ] {
            assert_eq!(from_label(label), name);
            assert_eq!(check(&from_label(label)), Ok(()));
        }
        assert_eq!(check(&from_label(&"x y".repeat(40))), Ok(()));
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(free("mail", ["crm"]), "mail");
        assert_eq!(free("mail", ["mail", "mail_2"]), "mail_3");
        let long = "a".repeat(50);
        assert_eq!(free(&long, [long.as_str()]).len(), 50);
    }

    #[test]
    fn an_unknown_name_is_met_with_the_nearest() {
        let ask = |name: &str, services: &[&'static str]| {
            unknown(&Key::shared(name), ["mailchimp", "crm"].map(Key::shared), services.iter().copied())
        };
        assert!(ask("mailchmp", &["mailchimp"]).help().contains("\"mailchimp\""));
        assert!(ask("slack", &["crm", "slack"]).help().contains("`dg connect slack`"));
        assert!(ask("warehouse", &["crm"]).help().contains("--name warehouse"));
    }

    #[test]
    fn a_name_that_stands_elsewhere_is_met_with_the_place() {
        let environment = |name| Environment::parse(name).unwrap();
        let (production, staging) = (environment("production"), environment("staging"));
        let keys = || [Key::shared("crm"), Key::shared("crm").within(staging.clone()), Key::user("own", "ada")];
        let problem = unknown(&Key::shared("crm").within(production.clone()), keys(), ["crm"]);
        let expected = "There is no connection \"crm\" in production; there is one in default and one in staging.";
        assert_eq!(problem.message, expected);
        assert!(problem.help().contains("`--env default`") && problem.help().contains("--name crm --env production"));
        let problem = unknown(&Key::shared("own"), keys(), []);
        assert_eq!(problem.message, "There is no connection \"own\"; there is one of ada in default.");
        assert!(problem.help().contains("`--user ada`"), "{problem}");
        let problem = unknown(&Key::shared("slack").within(production), keys(), ["slack"]);
        assert!(problem.help().contains("`dg connect slack --env production`"), "{problem}");
    }
}
