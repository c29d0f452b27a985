//! Reads the reports and pages of an application export.

use std::ops::Range;

use super::brackets::Lexed;
use super::forms::body_texts;
use super::{closing, heading, tokens};
use crate::literal::unquote;
use crate::token::Token;

/// A report: which records of a form it shows, and what of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedReport {
    /// The link name.
    pub name: String,
    /// The name for people.
    pub title: Option<String>,
    /// `list`, `summary`, `kanban`, `calendar` …
    pub kind: String,
    /// The form.
    pub form: String,
    /// The criteria of the records, as written.
    pub criteria: Option<String>,
    /// The columns: the field's path and the name for people.
    pub columns: Vec<(String, String)>,
    /// The order: the field's path, and whether the largest comes first.
    pub sort: Vec<(String, bool)>,
    /// The actions on records: the name for people and the workflow.
    pub actions: Vec<(String, String)>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedPage {
    /// The link name.
    pub name: String,
    /// The name for people.
    pub title: Option<String>,
    /// The parameters: type and name; the type may be empty.
    pub parameters: Vec<(String, String)>,
    /// The layout, as its text reads.
    pub content: String,
    /// The script that runs before the page is drawn; empty when there is none.
    pub script: String,
}

/// The reports of an export, in order.
#[must_use]
pub fn reports(source: &str) -> Vec<ExportedReport> {
    let mut found: Vec<ExportedReport> = Vec::new();
    blocks(source, "reports", |lexed, heading, range| {
        let words: Vec<&str> = heading.split_whitespace().filter(|word| *word != "default").collect();
        let [kind, name] = words[..] else { return };
        if found.iter().any(|report| report.name == name) {
            return;
        }
        let mut report = ExportedReport { name: name.to_owned(), kind: kind.to_owned(), ..ExportedReport::default() };
        let texts = body_texts(source, lexed, range.clone());
        report.title = texts.into_iter().find(|(key, _)| key == "displayname").map(|(_, value)| value);
        body(source, lexed, range, &mut report);
        if !report.form.is_empty() {
            found.push(report);
        }
    });
    found
}

/// The pages of an export, in order.
#[must_use]
pub fn pages(source: &str) -> Vec<ExportedPage> {
    let mut found: Vec<ExportedPage> = Vec::new();
    blocks(source, "pages", |lexed, heading, range| {
        let Some(rest) = heading.strip_prefix("page ").or(heading.strip_prefix("htmlpage ")) else { return };
        let (name, parameters) = rest.split_once('(').unwrap_or((rest, ""));
        let parameters =
            parameters.trim_end().trim_end_matches(')').split(',').map(str::trim).filter(|p| !p.is_empty());
        let parameters = parameters.map(|parameter| {
            let (kind, name) = parameter.rsplit_once(char::is_whitespace).unwrap_or(("", parameter));
            (kind.trim().to_owned(), name.to_owned())
        });
        let mut page =
            ExportedPage { name: name.trim().to_owned(), parameters: parameters.collect(), ..ExportedPage::default() };
        for (key, value) in body_texts(source, lexed, range.clone()) {
            match key.as_str() {
                "displayname" => page.title = Some(value),
                "content" => page.content = value,
                _ => {}
            }
        }
        let script = range
            .filter(|at| lexed.kinds[*at] == Token::OpenBrace)
            .find(|at| super::heading(source, &lexed.spans, &lexed.kinds, *at).starts_with("script"));
        if let Some((open, end)) = script.and_then(|at| Some((at, closing(&lexed.kinds, at)?))) {
            let inside = lexed.spans[open].end as usize..lexed.spans[end].start as usize;
            page.script = source.get(inside).unwrap_or_default().trim().to_owned();
        }
        let is_new = found.iter().all(|known| known.name != page.name);
        if is_new && !page.content.is_empty() {
            found.push(page);
        }
    });
    found
}

/// Calls `take` with the heading and the inside of every block that lies in a section of the name.
fn blocks(source: &str, section: &str, mut take: impl FnMut(&Lexed, &str, Range<usize>)) {
    let lexed = tokens(source);
    let Lexed { kinds, spans, .. } = &lexed;
    let mut sections: Vec<String> = Vec::new();
    // How many of the sections around are layouts.
    let mut layouts = 0;
    let is_layout = |section: &String| usize::from(matches!(section.as_str(), "web" | "phone" | "tablet"));
    let mut at = 0;
    while at < kinds.len() {
        match kinds[at] {
            Token::OpenBrace => {
                let name = heading(source, spans, kinds, at);
                // The layouts for the web, phones and tablets name reports and pages again.
                let in_layout = layouts > 0;
                // The old layout puts reports and pages beside forms into sections.
                let inside = sections.last().is_some_and(|s| s == section || s.starts_with("section ")) && !in_layout;
                if let (true, Some(end)) = (inside, closing(kinds, at)) {
                    take(&lexed, &name, at + 1..end);
                    at = end + 1;
                    continue;
                }
                layouts += is_layout(&name);
                sections.push(name);
            }
            Token::CloseBrace => layouts -= sections.pop().as_ref().map_or(0, is_layout),
            _ => {}
        }
        at += 1;
    }
}

/// `show all rows from Form [criteria] ( … )` and the blocks after it.
fn body(source: &str, lexed: &Lexed, range: Range<usize>, report: &mut ExportedReport) {
    let Lexed { kinds, spans, .. } = lexed;
    let word = |at: usize| spans.get(at).and_then(|span| source.get(span.range())).unwrap_or_default();
    let mut at = range.start;
    while at < range.end {
        match kinds[at] {
            Token::OpenSquare if report.columns.is_empty() => {
                let Some(end) = closing(kinds, at) else { return };
                let inside = spans[at].end as usize..spans[end].start as usize;
                report.criteria = source.get(inside).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
                at = end;
            }
            Token::OpenParen => {
                let Some(end) = closing(kinds, at) else { return };
                let title = heading(source, spans, kinds, at);
                let rows = lines(source, lexed, at + 1..end);
                match title.trim() {
                    "sort by" => report.sort = rows.iter().filter_map(|row| order(row)).collect(),
                    "custom actions" | "filters" | "group by" | "conditional formatting" | "options" => {}
                    _ if report.columns.is_empty() => {
                        report.columns = rows.iter().filter_map(|row| column(row)).collect();
                        report.actions = actions(source, lexed, at + 1..end);
                    }
                    _ => {}
                }
                at = end;
            }
            Token::OpenBrace => match closing(kinds, at) {
                Some(end) => at = end,
                None => return,
            },
            _ if word(at) == "from" && at > range.start && word(at - 1) == "rows" => {
                word(at + 1).clone_into(&mut report.form);
            }
            _ => {}
        }
        at += 1;
    }
}

/// The lines of a block, without those of the blocks in it.
fn lines<'s>(source: &'s str, lexed: &Lexed, range: Range<usize>) -> Vec<&'s str> {
    let Lexed { kinds, spans, .. } = lexed;
    let mut found = Vec::new();
    let mut at = range.start;
    let mut until = 0;
    while at < range.end {
        if matches!(kinds[at], Token::OpenParen | Token::OpenBrace | Token::OpenSquare) {
            at = closing(kinds, at).map_or(range.end, |end| end + 1);
            continue;
        }
        let start = spans[at].start as usize;
        if start >= until {
            let end = source[start..].find(['\n', '\r']).map_or(source.len(), |i| start + i);
            found.push(source[start..end].trim());
            until = end;
        }
        at += 1;
    }
    found
}

/// `Owner.Name as "Owner"`, or the field alone, whose title is empty then.
fn column(line: &str) -> Option<(String, String)> {
    if line.starts_with("custom action") {
        return None;
    }
    let Some((field, title)) = line.split_once(" as ") else {
        let is_path = line.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        return (is_path && !line.is_empty()).then(|| (line.to_owned(), String::new()));
    };
    Some((field.trim().to_owned(), unquote(title.trim()).to_string()))
}

/// `No ascending`.
fn order(line: &str) -> Option<(String, bool)> {
    let mut words = line.split_whitespace();
    let field = words.next()?.to_owned();
    Some((field, words.next() == Some("descending")))
}

/// `custom action "Pay" ( workflow = Pay )`.
fn actions(source: &str, lexed: &Lexed, range: Range<usize>) -> Vec<(String, String)> {
    let Lexed { kinds, spans, .. } = lexed;
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if kinds[at] == Token::OpenParen
            && let Some(end) = closing(kinds, at)
        {
            let title = heading(source, spans, kinds, at);
            if let Some(title) = title.strip_prefix("custom action") {
                let workflow = body_texts(source, lexed, at + 1..end).into_iter().find(|(key, _)| key == "workflow");
                found.extend(workflow.map(|(_, workflow)| (unquote(title.trim()).to_string(), workflow)));
            }
            at = end;
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{pages, reports};

    const EXPORT: &str = r#"
application "Claims"
{
    reports
    {
        default list All_Claims
        {
            displayName = "All claims"
            show all rows from Claim [State == "Open" && (Total > 5)]
            (
                No as "No"
                Owner.Mail as "Owner"
                (
                    display = total
                )
                custom action "Pay it"
                (
                    workflow = Pay
                )
            )
            conditional formatting
            (
                "Red"
                {
                    condition = (Total > 100)
                }
            )
            sort by
            (
                Total descending
                No ascending
            )
        }
        kanban Board
        {
            show all rows from Claim
            (
                No as "No"
            )
        }
    }
    pages
    {
        page Overview(int year, string who, rest)
        {
            displayname = "Overview"
            Content = "<zml>\n<text value='a'/></zml>"
        }
    }
    web
    {
        reports
        {
            report All_Claims
            {
                label placement = left
            }
        }
    }
}
"#;

    #[test]
    fn reports_are_read_with_criteria_columns_and_order() {
        let found = reports(EXPORT);
        assert_eq!(
            found.iter().map(|r| (r.name.as_str(), r.kind.as_str())).collect::<Vec<_>>(),
            [("All_Claims", "list"), ("Board", "kanban")]
        );
        let all = &found[0];
        assert_eq!((all.title.as_deref(), all.form.as_str()), (Some("All claims"), "Claim"));
        assert_eq!(all.criteria.as_deref(), Some("State == \"Open\" && (Total > 5)"));
        assert_eq!(all.columns, [("No".into(), "No".into()), ("Owner.Mail".into(), "Owner".into())]);
        assert_eq!(all.sort, [("Total".into(), true), ("No".into(), false)]);
        assert_eq!(all.actions, [("Pay it".into(), "Pay".into())]);
    }

    #[test]
    fn pages_are_read_with_parameters_and_layout() {
        let found = pages(EXPORT);
        assert_eq!((found.len(), found[0].name.as_str(), found[0].title.as_deref()), (1, "Overview", Some("Overview")));
        assert_eq!(
            found[0].parameters,
            [("int".into(), "year".into()), ("string".into(), "who".into()), (String::new(), "rest".into())]
        );
        assert_eq!(found[0].content, "<zml>\n<text value='a'/></zml>");
    }
}
