//! Reads the workflows of an application export: events of forms, schedules, actions of reports, with their scripts.

use std::ops::Range;

use rainwright_diagnostic::Span;

use super::forms::body_texts;
use super::{closing, heading, tokens};
use crate::lexer::Lexed;
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
        scripts(source, lexed, range, around, condition, &mut found.actions);
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

/// The scripts of an `actions` block: those in parentheses after their marks, or the bare statements.
fn scripts(
    source: &str,
    lexed: &Lexed,
    range: Range<usize>,
    around: Around<'_>,
    condition: Option<String>,
    found: &mut Vec<ExportedAction>,
) {
    let Lexed { kinds, spans, .. } = lexed;
    let action = |span| ExportedAction {
        event: around.event.to_owned(),
        step: around.step.to_owned(),
        condition: condition.clone(),
        span,
    };
    let word = |at: usize| source.get(spans[at].range()).unwrap_or_default().to_ascii_lowercase();
    let mut at = range.start;
    let mut marked = false;
    while at < range.end {
        let before = |back: usize| at.checked_sub(back).filter(|at| *at >= range.start).map(word).unwrap_or_default();
        let is_event = matches!(before(1).as_str(), "load" | "click") && before(2) == "on";
        // Some exports mark a script twice: `on load ( custom deluge script ( … ) )`.
        if kinds[at] == Token::OpenParen
            && is_event
            && at + 3 < range.end
            && word(at + 1) == "custom"
            && word(at + 3) == "script"
        {
            at += 1;
            continue;
        }
        let is_mark = kinds[at] == Token::OpenParen && (before(1) == "script" && before(2) == "deluge" || is_event);
        let opens = matches!(kinds[at], Token::OpenBrace | Token::OpenParen | Token::OpenSquare);
        let end = opens.then(|| closing(kinds, at)).flatten();
        if let (true, Some(end)) = (is_mark, end) {
            found.push(action(Span::new(spans[at].end, spans[end].start)));
            marked = true;
        }
        at = end.map_or(at + 1, |end| end + 1);
    }
    if !marked && !range.is_empty() {
        found.push(action(Span::new(spans[range.start].start, spans[range.end - 1].end)));
    }
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
