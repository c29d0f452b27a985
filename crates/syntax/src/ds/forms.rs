//! Reads the forms of an application export: their fields with types, titles and choices.

use std::ops::Range;

use super::brackets::Lexed;
use super::{closing, heading, tokens};
use crate::literal::unquote;
use crate::token::Token;

/// How deep fields may be nested: a subform holds fields, and a name field in it holds its parts.
const DEEPEST: usize = 4;

/// A form of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedForm {
    /// The link name, as scripts use it.
    pub name: String,
    /// The name for people.
    pub title: Option<String>,
    /// The fields and sections, in order.
    pub fields: Vec<ExportedField>,
    /// Its settings as written, keys in lower case: `store data in zc`, `success message` …
    pub settings: Vec<(String, String)>,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedField {
    /// The link name, as scripts use it.
    pub name: String,
    /// The type as the export names it: `text`, `picklist`, `datetime` …
    pub kind: String,
    /// The name for people.
    pub title: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether no two records may hold the same value.
    pub unique: bool,
    /// What can be chosen.
    pub choices: Vec<String>,
    /// The form whose records can be chosen.
    pub looks_up: Option<String>,
    /// Its settings as written, keys in lower case: `maxchar`, `initial value`, `bidirectional` …
    pub settings: Vec<(String, String)>,
    /// The fields within: parts of a name or an address, columns of a subform.
    pub fields: Vec<ExportedField>,
}

/// What is between brackets: `key = value` lines, and fields.
#[derive(Default)]
struct Bracketed {
    texts: Vec<(String, String)>,
    choices: Vec<String>,
    fields: Vec<ExportedField>,
}

impl Bracketed {
    fn text(&self, key: &str) -> Option<String> {
        self.texts.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
    }
}

/// The forms of an export, in order.
#[must_use]
pub fn forms(source: &str) -> Vec<ExportedForm> {
    let lexed = tokens(source);
    let Lexed { kinds, spans, .. } = &lexed;
    let mut found = Vec::new();
    let mut sections: Vec<String> = Vec::new();
    // The places of those that are no `section` of the old layout.
    let mut frames: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < kinds.len() {
        match kinds[at] {
            Token::OpenBrace => {
                let section = heading(source, spans, kinds, at);
                // Later sections, such as those of layouts for phones, name forms again.
                // The old layout puts forms into sections of the application itself.
                let around = frames.last().map(|frame| &sections[*frame]);
                let in_section = sections.last().is_some_and(|s| s.starts_with("section"));
                let in_forms = around.is_some_and(|s| s == "forms" || in_section && s.starts_with("application"));
                let name = section.strip_prefix("form ").map(str::trim);
                let name = name.filter(|name| in_forms && found.iter().all(|form: &ExportedForm| form.name != *name));
                if let (Some(name), Some(end)) = (name, closing(kinds, at)) {
                    let body = body(source, &lexed, at + 1..end, 0);
                    let title = body.text("displayname");
                    found.push(ExportedForm {
                        name: name.to_owned(),
                        title,
                        fields: body.fields,
                        settings: body.texts,
                    });
                    at = end + 1;
                    continue;
                }
                if !section.starts_with("section") {
                    frames.push(sections.len());
                }
                sections.push(section);
            }
            Token::CloseBrace => {
                sections.pop();
                frames.pop_if(|frame| *frame >= sections.len());
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// A setting of the application, such as its `time zone`.
#[must_use]
pub fn setting(source: &str, key: &str) -> Option<String> {
    let lexed = tokens(source);
    let open = lexed.kinds.iter().position(|kind| *kind == Token::OpenBrace)?;
    let end = closing(&lexed.kinds, open).unwrap_or(lexed.kinds.len());
    body(source, &lexed, open + 1..end, DEEPEST).text(key)
}

/// The `key = value` lines of a block, without those of the blocks in it.
pub(super) fn body_texts(source: &str, lexed: &Lexed, range: Range<usize>) -> Vec<(String, String)> {
    body(source, lexed, range, DEEPEST).texts
}

fn body(source: &str, lexed: &Lexed, range: Range<usize>, depth: usize) -> Bracketed {
    let Lexed { kinds, spans, .. } = lexed;
    let mut found = Bracketed::default();
    let mut at = range.start;
    // Where the setting or the bracket before ended: several may share a line.
    let mut done = spans.get(at).map_or(0, |span| span.start as usize);
    while at < range.end {
        match kinds[at] {
            Token::Assign => {
                let start = spans[at].start as usize;
                let line = source[..start].rfind(['\n', '\r']).map_or(0, |i| i + 1);
                let key = source[line.max(done)..start].trim().to_ascii_lowercase();
                let next = at + 1;
                if let (Some(Token::OpenBrace), Some(end)) = (kinds.get(next), closing(kinds, next)) {
                    if key == "values" {
                        let texts = (next..end).filter(|i| kinds[*i] == Token::Text);
                        found.choices = texts.map(|i| unquote(&source[spans[i].range()]).into()).collect();
                    } else {
                        let list = &source[spans[next].start as usize..spans[end].end as usize];
                        found.texts.push((key, list.to_owned()));
                    }
                    at = end + 1;
                    done = spans[end].end as usize;
                    continue;
                }
                let from = spans[at].end as usize;
                let to = value_end(source, lexed, next, range.end);
                let written = source[from..to].trim();
                if key == "value" {
                    // The expression of a formula, whose quotes belong to it.
                    found.texts.push(("value as written".to_owned(), written.to_owned()));
                }
                found.texts.push((key, unquote(written).into()));
                at = next;
                done = to;
                while at < range.end && (spans[at].start as usize) < to {
                    at += 1;
                }
                continue;
            }
            Token::OpenParen | Token::OpenSquare | Token::OpenBrace => {
                let Some(end) = closing(kinds, at) else { break };
                if kinds[at] == Token::OpenParen && depth < DEEPEST {
                    let inner = body(source, lexed, at + 1..end, depth + 1);
                    let start = spans[at].start as usize;
                    let lead = heading(source, spans, kinds, at);
                    let shared = source.get(done..start).unwrap_or_default().trim();
                    found.fields.extend(field(if shared.len() < lead.len() { shared } else { &lead }, inner));
                } else if kinds[at] == Token::OpenBrace && depth < DEEPEST {
                    // The settings of a form's properties lie in blocks of their own.
                    let section = heading(source, spans, kinds, at);
                    if matches!(section.as_str(), "properties" | "total entries" | "blueprint components") {
                        found.texts.extend(body(source, lexed, at + 1..end, depth + 1).texts);
                    }
                }
                at = end + 1;
                done = spans[end].end as usize;
                continue;
            }
            _ => at += 1,
        }
    }
    found
}

/// Keys of more than one word: where settings share a line, nothing else says where a value ends and the next key begins.
const LONG_KEYS: &[&str] = &[
    "initial value",
    "others option",
    "start index",
    "file count",
    "field alignment",
    "feature property",
    "success message",
    "personal data",
    "advanced field search",
    "allowed count",
    "system connection",
    "source field name",
    "search operators",
    "store data in zc",
];

/// Where the value that begins with the token `first` ends: with its line, unless a further setting, a field or the closing
/// bracket at `end` is on the same line.
fn value_end(source: &str, lexed: &Lexed, first: usize, end: usize) -> usize {
    let Lexed { kinds, spans, .. } = lexed;
    let place = |at: usize| spans.get(at).map_or(source.len(), |span| span.start as usize);
    let from = first.checked_sub(1).map_or(0, |sign| spans[sign].end as usize);
    let line = source[from..].find(['\n', '\r']).map_or(source.len(), |i| from + i);
    let mut at = first;
    let mut is_plain = true;
    while at < end && place(at) < line {
        match kinds[at] {
            Token::Assign if at > first + 1 => return place(key_start(source, lexed, first + 1, at)),
            Token::OpenParen | Token::OpenSquare | Token::OpenBrace => {
                let is_apart = at > 0 && (spans[at - 1].end as usize) < place(at);
                // `type = grid must have Item ( … )`, `displayname = "A" description [ … ]`: the words are no expression.
                if is_plain && is_apart && at > first + 1 {
                    let mut name = at - 1;
                    while name > first + 1 && matches!(word(source, lexed, name - 1), "must" | "have" | "unique") {
                        name -= 1;
                    }
                    return place(name);
                }
                let Some(close) = closing(kinds, at) else { return line };
                is_plain = false;
                at = close;
            }
            kind => is_plain &= kind.is_word() || matches!(kind, Token::Text | Token::Number),
        }
        at += 1;
    }
    if at == end { line.min(place(end)) } else { line }
}

fn word<'s>(source: &'s str, lexed: &Lexed, at: usize) -> &'s str {
    lexed.spans.get(at).and_then(|span| source.get(span.range())).unwrap_or_default()
}

/// The token with which the key in front of an equal sign begins, not before `least`.
fn key_start(source: &str, lexed: &Lexed, least: usize, sign: usize) -> usize {
    let last = sign - 1;
    for key in LONG_KEYS {
        let words = key.split(' ').count();
        let Some(start) = sign.checked_sub(words).filter(|start| *start >= least) else { continue };
        if key.split(' ').enumerate().all(|(i, part)| word(source, lexed, start + i).eq_ignore_ascii_case(part)) {
            return start;
        }
    }
    last
}

/// The field or section that a heading such as `must have Email` and its body describe; none for what has no type.
fn field(heading: &str, body: Bracketed) -> Option<ExportedField> {
    let kind = body.text("type")?;
    let (marks, name) = heading.rsplit_once(char::is_whitespace).unwrap_or(("", heading));
    // The form may be followed by criteria of the records that can be chosen.
    let looks_up = body.text("values").and_then(|values| {
        let form = values.strip_suffix(".ID")?;
        Some(form.split('[').next().unwrap_or(form).trim().to_owned())
    });
    Some(ExportedField {
        name: name.to_owned(),
        kind,
        title: body.text("displayname"),
        required: marks.contains("must have"),
        unique: marks.contains("unique"),
        choices: body.choices,
        looks_up,
        fields: body.fields,
        settings: body.texts,
    })
}

#[cfg(test)]
mod tests {
    use super::{forms, setting};

    const EXPORT: &str = r#"
application "Claims"
{
    time zone = "Europe/Lisbon"
    forms
    {
        form claim
        {
            displayname = "Claim"
            Section
            (
                type = section
            )
            must have Status
            (
                type = picklist
                displayname = "How far it is"
                values = {"Open", "Paid (all)"}
            )
            unique Team (
                type = picklist
                values = team.ID
            )
            Who
            (
                type = name
                first_name
                (
                    type = first_name
                )
            )
            actions
            {
                on add
                {
                    submit
                    (
                        type = submit
                    )
                }
            }
        }
    }
    phone
    {
        forms
        {
            form claim
            {
                label placement = auto
            }
        }
    }
}
"#;

    #[test]
    fn fields_are_read_with_what_the_export_tells_of_them() {
        let forms = forms(EXPORT);
        assert_eq!((forms.len(), forms[0].name.as_str(), forms[0].title.as_deref()), (1, "claim", Some("Claim")));
        assert_eq!(forms[0].fields.len(), 4);
        assert_eq!((forms[0].fields[0].name.as_str(), forms[0].fields[0].kind.as_str()), ("Section", "section"));
        let (status, team, who) = (&forms[0].fields[1], &forms[0].fields[2], &forms[0].fields[3]);
        assert_eq!(status.title.as_deref(), Some("How far it is"));
        assert!(status.required && !status.unique && !team.required && team.unique);
        assert_eq!(status.choices, ["Open", "Paid (all)"]);
        assert_eq!((team.name.as_str(), team.looks_up.as_deref()), ("Team", Some("team")));
        assert_eq!((who.kind.as_str(), who.fields[0].name.as_str()), ("name", "first_name"));
        assert_eq!(setting(EXPORT, "time zone").as_deref(), Some("Europe/Lisbon"));
    }

    #[test]
    fn settings_may_share_a_line() {
        let source = r#"application "Visits" { forms { form Visit { displayname = "Visits" success message = "Saved" must have Client ( type = picklist displayname = "Client = who" values = Person[Active == true].ID displayformat = [Name + ", " + Code] initial value = "x" )
            Km ( type = number displayname = "Km" description [ type = tooltip message = "a (b) { c }" ] )
            Kind ( type = radiobuttons values = {"A","B"} others option = true width = medium )
            Lines ( type = grid must have Item ( type = text maxchar = 20 ) Qty ( type = number ) maxrow = 5 )
            File ( type = upload file browse = local_drive file count = 10 )
            Sum ( type = formula value = if (Km > 3 , Km * 2 , 0) ) } } }"#;
        let forms = forms(source);
        let form = &forms[0];
        let names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["Client", "Km", "Kind", "Lines", "File", "Sum"]);
        let setting = |at: usize, key: &str| {
            let found = form.fields[at].settings.iter().find(|(known, _)| known == key);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!((form.title.as_deref(), form.fields[0].required), (Some("Visits"), true));
        assert_eq!(form.fields[0].title.as_deref(), Some("Client = who"));
        assert_eq!(form.fields[0].looks_up.as_deref(), Some("Person"));
        assert_eq!(setting(0, "displayformat"), Some("[Name + \", \" + Code]"));
        assert_eq!(setting(0, "initial value"), Some("x"));
        assert_eq!((form.fields[1].kind.as_str(), form.fields[1].title.as_deref()), ("number", Some("Km")));
        assert_eq!((form.fields[2].choices.len(), setting(2, "others option")), (2, Some("true")));
        assert_eq!(
            form.fields[3].fields.iter().map(|f| (f.name.as_str(), f.required)).collect::<Vec<_>>(),
            [("Item", true), ("Qty", false)]
        );
        assert_eq!((form.fields[3].kind.as_str(), setting(3, "maxrow")), ("grid", Some("5")));
        assert_eq!((form.fields[4].kind.as_str(), setting(4, "file count")), ("upload file", Some("10")));
        assert_eq!(setting(5, "value as written"), Some("if (Km > 3 , Km * 2 , 0)"));
    }

    #[test]
    fn the_old_layout_has_forms_in_sections() {
        let old =
            "application \"Shop\"\n{\nsection Goods\n{\nicon = \"x\"\nform Goods\n{\nName\n(\ntype = text\n)\n}\n}\n}";
        assert_eq!(forms(old).iter().map(|form| form.name.as_str()).collect::<Vec<_>>(), ["Goods"]);
    }

    #[test]
    fn brackets_without_end_end() {
        let deep = format!("application \"a\"\n{{\nforms\n{{\nform f\n{{\n{}", "a (".repeat(5_000));
        assert!(forms(&deep).is_empty());
        let closed = format!("{deep}{} }} }} }}", ")".repeat(5_000));
        assert_eq!(forms(&closed).len(), 1);
    }
}
