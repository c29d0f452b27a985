//! Reads the workflows of an application export: events of forms, schedules, actions of reports, with their scripts.

use std::ops::Range;

use rainwright_diagnostic::Span;

use super::brackets::Lexed;
use super::forms::body_texts;
use super::{closing, heading, tokens};
use crate::token::Token;

/// How deep blocks may be nested.
const DEEPEST: usize = 12;

/// A workflow: what it belongs to, and the scripts that it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedWorkflow {
    /// The link name.
    pub name: String,
    /// The name for people.
    pub title: Option<String>,
    /// `form`, `schedule`, `functions`, `approval`, `blueprint`.
    pub kind: String,
    /// Its settings as written, keys in lower case: `form`, `record event`, `status` …
    pub settings: Vec<(String, String)>,
    /// The levels of an approval, the transitions of a blueprint, in order.
    pub steps: Vec<ExportedStep>,
    /// The stages of a blueprint, in order.
    pub stages: Vec<String>,
    /// The scripts, in order.
    pub actions: Vec<ExportedAction>,
    /// The actions that are settings and no script, in order.
    pub ready_made: Vec<ExportedReadyMade>,
}

/// A level of an approval, or a transition of a blueprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedStep {
    /// The link name of a transition; `on level 1` of an approval.
    pub name: String,
    /// The name for people.
    pub title: Option<String>,
    /// Its settings as written, keys in lower case: `from stage`, `to stage`, `role` …
    pub settings: Vec<(String, String)>,
}

impl ExportedStep {
    /// A setting.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

impl ExportedWorkflow {
    /// A setting.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

/// A script of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedAction {
    /// The event that runs it: `on validate`, `on user input of Amount`, `field rules`.
    pub event: String,
    /// The level or transition that it belongs to; empty for those of the workflow itself.
    pub step: String,
    /// The condition under which it runs.
    pub condition: Option<String>,
    /// Its place in the export.
    pub span: Span,
}

/// An action that is filled in and not written: `pushnotification ( to : … )`. It is no Deluge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedReadyMade {
    /// What it is called: `pushnotification`, `sendsms`.
    pub name: String,
    /// The event, step and condition, and the place of its settings in the export.
    pub action: ExportedAction,
}

/// The workflows of an export, in order, which is the order of their creation.
#[must_use]
pub fn workflows(source: &str) -> Vec<ExportedWorkflow> {
    let lexed = tokens(source);
    let Lexed { kinds, spans, .. } = &lexed;
    let mut found = Vec::new();
    let mut sections: Vec<String> = Vec::new();
    let mut at = 0;
    while at < kinds.len() {
        match kinds[at] {
            Token::OpenBrace => {
                let section = heading(source, spans, kinds, at);
                let within = sections.iter().rev().nth(1).is_some_and(|s| s == "workflow");
                if let (true, Some((name, title)), Some(end)) = (within, section.split_once(" as "), closing(kinds, at))
                {
                    let range = at + 1..end;
                    let mut workflow = ExportedWorkflow {
                        name: name.trim().to_owned(),
                        title: Some(title.trim().trim_matches('"').to_owned()),
                        kind: sections.last().cloned().unwrap_or_default(),
                        settings: body_texts(source, &lexed, range.clone()),
                        ..ExportedWorkflow::default()
                    };
                    actions(source, &lexed, range, Around::default(), &mut workflow, 0);
                    found.push(workflow);
                    at = end + 1;
                    continue;
                }
                sections.push(section);
            }
            Token::CloseBrace => drop(sections.pop()),
            _ => {}
        }
        at += 1;
    }
    found
}

/// What is around a block: the nearest headings that name an event and a step.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    event: &'a str,
    step: &'a str,
}

/// The scripts and steps within a block.
fn actions(
    source: &str,
    lexed: &Lexed,
    range: Range<usize>,
    around: Around<'_>,
    found: &mut ExportedWorkflow,
    depth: usize,
) {
    let Lexed { kinds, spans, .. } = lexed;
    let mut at = range.start;
    while at < range.end {
        let opens = matches!(kinds[at], Token::OpenBrace | Token::OpenParen | Token::OpenSquare);
        let Some(end) = opens.then(|| closing(kinds, at)).flatten() else {
            at += 1;
            continue;
        };
        let inner = at + 1..end;
        if depth < DEEPEST {
            let section = heading(source, spans, kinds, at);
            if kinds[at] == Token::OpenBrace {
                block(source, lexed, inner, &section, around, found, depth);
            } else if section == "approvers" {
                let settings = body_texts(source, lexed, inner);
                if let Some(step) = found.steps.iter_mut().find(|step| step.name == around.step) {
                    step.settings.extend(settings);
                }
            }
        }
        at = end + 1;
    }
}

/// A block in braces by its heading.
fn block(
    source: &str,
    lexed: &Lexed,
    range: Range<usize>,
    section: &str,
    around: Around<'_>,
    found: &mut ExportedWorkflow,
    depth: usize,
) {
    if let Some(condition) = section.strip_prefix("actions") {
        let condition = condition.trim();
        let condition = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let condition = condition.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        scripts(source, lexed, range, around, condition.as_deref(), found, depth + 1);
        return;
    }
    let mut inside = around;
    let transition = section.split_once(" as ");
    if section == "start" {
        found.settings.extend(body_texts(source, lexed, range.clone()));
    } else if around.event == "stages" {
        found.stages.push(section.trim_matches('"').to_owned());
    } else if let Some((name, title)) = transition {
        let (name, title) = (name.trim(), Some(title.trim().trim_matches('"').to_owned()));
        let settings = body_texts(source, lexed, range.clone());
        found.steps.push(ExportedStep { name: name.to_owned(), title, settings });
        inside.step = name;
    } else if section.starts_with("on level") {
        let settings = body_texts(source, lexed, range.clone());
        found.steps.push(ExportedStep { name: section.to_owned(), title: None, settings });
        inside.step = section;
    } else if !section.is_empty() {
        inside.event = section;
    }
    actions(source, lexed, range, inside, found, depth + 1);
}

/// What an `actions` block holds: scripts in parentheses after their marks, bare statements, and ready-made actions.
fn scripts(
    source: &str,
    lexed: &Lexed,
    range: Range<usize>,
    around: Around<'_>,
    condition: Option<&str>,
    found: &mut ExportedWorkflow,
    depth: usize,
) {
    let Lexed { kinds, spans, .. } = lexed;
    let action = |span| ExportedAction {
        event: around.event.to_owned(),
        step: around.step.to_owned(),
        condition: condition.map(str::to_owned),
        span,
    };
    let between = |from: usize, to: usize| {
        to.checked_sub(1).filter(|last| *last >= from).map(|last| Span::new(spans[from].start, spans[last].end))
    };
    let mut at = range.start;
    // Where statements begin that are not taken yet.
    let mut from = range.start;
    while at < range.end {
        let opens = matches!(kinds[at], Token::OpenBrace | Token::OpenParen | Token::OpenSquare);
        let Some(end) = opens.then(|| closing(kinds, at)).flatten() else {
            at += 1;
            continue;
        };
        let head = match kinds[at] {
            Token::OpenParen => group(source, lexed, from, at, end),
            _ => None,
        };
        if let Some((first, head)) = head {
            found.actions.extend(between(from, first).map(action));
            let inner = at + 1..end;
            let span = Span::new(spans[at].end, spans[end].start);
            match head {
                Group::Script if depth < DEEPEST && holds_groups(source, lexed, &inner) => {
                    // Some exports mark a script twice: `on load ( custom deluge script ( … ) )`.
                    scripts(source, lexed, inner, around, condition, found, depth + 1);
                }
                Group::Script => found.actions.push(action(span)),
                Group::Settings(name) => found.ready_made.push(ExportedReadyMade { name, action: action(span) }),
            }
            from = end + 1;
        }
        at = end + 1;
    }
    found.actions.extend(between(from, range.end).map(action));
}

/// What is in parentheses.
enum Group {
    Script,
    /// The settings of a ready-made action, with its name.
    Settings(String),
}

/// What the parentheses from `open` to `end` hold, and the first token of the words in front of them; none when they belong to a
/// statement. The words are looked for no further back than `from`.
fn group(source: &str, lexed: &Lexed, from: usize, open: usize, end: usize) -> Option<(usize, Group)> {
    let Lexed { kinds, spans, .. } = lexed;
    let word = |at: usize| source.get(spans[at].range()).unwrap_or_default();
    let before = |back: usize| {
        let at = open.checked_sub(back).filter(|at| *at >= from);
        at.map(|at| word(at).to_ascii_lowercase()).unwrap_or_default()
    };
    if before(1) == "script" && before(2) == "deluge" {
        return Some((open - if before(3) == "custom" { 3 } else { 2 }, Group::Script));
    }
    if matches!(before(1).as_str(), "load" | "click") && before(2) == "on" {
        return Some((open - 2, Group::Script));
    }
    // The settings of a ready-made action follow words alone at the beginning of a statement; they are a block of their own, or
    // begin with a key. Where something follows the parenthesis, it belongs to a statement: a call, a condition.
    let is_word = |at: usize| {
        let text = word(at);
        text.starts_with(char::is_alphabetic) && text.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let same_line = |a: usize, b: usize| {
        !source.get(spans[a].end as usize..spans[b].start as usize).unwrap_or_default().contains('\n')
    };
    let last = open.checked_sub(1).filter(|last| *last >= from && is_word(*last))?;
    let mut first = last;
    while first > from && is_word(first - 1) && same_line(first - 1, first) {
        first -= 1;
    }
    let begins = first == from || word(first - 1) == ";" || !same_line(first - 1, first);
    let key_ends = (open + 1..end).find(|at| !is_word(*at)).filter(|at| *at > open + 1);
    let is_keyed = key_ends.is_some_and(|at| matches!(kinds[at], Token::Colon | Token::Assign));
    let goes_on = kinds.get(end + 1).is_some_and(|next| {
        !matches!(next, Token::CloseBrace | Token::CloseParen) && !word(end + 1).starts_with(char::is_alphabetic)
    });
    let is_settings = begins && !goes_on && (is_keyed || !same_line(last, open));
    let name = source.get(spans[first].start as usize..spans[last].end as usize).unwrap_or_default();
    is_settings.then(|| (first, Group::Settings(name.to_owned())))
}

/// Whether what is in the parentheses of a script begins with a marked script or a ready-made action.
fn holds_groups(source: &str, lexed: &Lexed, inner: &Range<usize>) -> bool {
    let Some(open) = inner.clone().take(8).find(|at| lexed.kinds[*at] == Token::OpenParen) else { return false };
    let end = closing(&lexed.kinds, open).filter(|end| *end < inner.end);
    end.and_then(|end| group(source, lexed, inner.start, open, end)).is_some_and(|(first, _)| first == inner.start)
}

#[cfg(test)]
mod tests {
    use super::workflows;

    const EXPORT: &str = r#"
application "Claims"
{
    workflow
    {
        form
        {
            Check as "Check it"
            {
                type = form
                form = Claim
                record event = on add or edit
                status = inactive
                on validate
                {
                    actions (input.Amount > 5)
                    {
                        custom deluge script
                        (
                            if (input.Amount < 0) { cancel submit; }
                        )
                    }
                }
            }
            Rules as "Rules"
            {
                type = form
                form = Claim
                field rules
                {
                    actions (State == "Open")
                    {
                        hide Paid;
                    }
                }
            }
        }
        schedule
        {
            Daily as "Every day"
            {
                type = schedule
                on start
                {
                    actions
                    {
                        on load
                        (
                            info 1;
                        )
                    }
                }
            }
        }
    }
}
"#;

    #[test]
    fn ready_made_actions_are_no_scripts() {
        let actions = |body: &str| {
            let export = EXPORT.replace("hide Paid;", body);
            let rules = workflows(&export).remove(1);
            let scripts: Vec<String> =
                rules.actions.iter().map(|action| export[action.span.range()].trim().to_owned()).collect();
            let named: Vec<String> = rules.ready_made.iter().map(|one| one.name.clone()).collect();
            (scripts, named)
        };
        let push = "pushnotification\n(\n to : Owner\n message : \"A (long) one\"\n)\n";
        let script = "custom deluge script\n(\n a = f(1);\n)\n";
        let say = |scripts: &[&str], named: &[&str]| {
            let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
            (owned(scripts), owned(named))
        };
        assert_eq!(actions(push), say(&[], &["pushnotification"]));
        assert_eq!(
            actions(&format!("{push}{script}send sms (to = Owner)\n")),
            say(&["a = f(1);"], &["pushnotification", "send sms"])
        );
        assert_eq!(
            actions(&format!("hide A;\n{push}show B;\nf(B);")),
            say(&["hide A;", "show B;\nf(B);"], &["pushnotification"])
        );
        assert_eq!(actions(&format!("on load\n(\n{script})\n")), say(&["a = f(1);"], &[]));
        assert_eq!(actions(&format!("on click\n(\n{push}{script})\n")), say(&["a = f(1);"], &["pushnotification"]));
        let bare = [
            "thisapp.f(Ticket)",
            "if\n(a = b)\n{ hide A; }",
            "thisapp.f\n(\n1\n);",
            "set A = (1 + 2)\n",
            "alert(\"x\");",
        ];
        for statement in bare {
            assert_eq!(actions(statement), say(&[statement.trim()], &[]), "{statement}");
        }
        // Marks within marks without end come to an end.
        let deep = format!("{}a = 1;{}", "on load ( ".repeat(20_000), " )".repeat(20_000));
        assert_eq!(actions(&deep).0.len(), 1);
        let export = EXPORT.replace("hide Paid;", push);
        let one = workflows(&export).remove(1).ready_made.remove(0).action;
        assert_eq!((one.event.as_str(), one.condition.as_deref()), ("field rules", Some("State == \"Open\"")));
        assert!(export[one.span.range()].trim().starts_with("to : Owner"));
    }

    #[test]
    fn workflows_are_read_with_their_events_conditions_and_scripts() {
        let found = workflows(EXPORT);
        assert_eq!(found.iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["Check", "Rules", "Daily"]);
        let text = |at: usize| EXPORT[found[at].actions[0].span.range()].trim();
        assert_eq!((found[0].setting("form"), found[0].setting("status")), (Some("Claim"), Some("inactive")));
        assert_eq!(found[0].setting("record event"), Some("on add or edit"));
        assert_eq!(found[0].actions[0].event, "on validate");
        assert_eq!(found[0].actions[0].condition.as_deref(), Some("input.Amount > 5"));
        assert_eq!(text(0), "if (input.Amount < 0) { cancel submit; }");
        assert_eq!((found[1].actions[0].event.as_str(), text(1)), ("field rules", "hide Paid;"));
        assert_eq!(
            (found[2].kind.as_str(), found[2].actions[0].event.as_str(), text(2)),
            ("schedule", "on start", "info 1;")
        );
    }
}
