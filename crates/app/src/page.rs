//! Pages: scripts in HTML are run and print; layouts of the product's page builder become pieces.

use rainwright::builtins::from_data;
use rainwright::effect::DataMap;
use rainwright::{Code, Data, Failure, Inputs, Problem, Ui};
use roxmltree::{Document, Node, ParsingOptions};

use crate::event::Live;
use crate::{Action, FormState, Page, Running};

/// How deep a layout may be nested.
const DEEPEST: usize = 60;

/// A piece of a page, for whoever draws it.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// HTML that the page's script printed; a stranger wrote it.
    Html(String),
    /// A text.
    Text {
        /// The text.
        text: String,
        /// Whether it is a heading by its size.
        large: bool,
    },
    /// A report, with criteria beside its own.
    Report {
        /// The link name.
        name: String,
        /// The criteria.
        criteria: Option<String>,
        /// The page's parameters and variables, which the criteria may name.
        input: DataMap,
    },
    /// A form.
    Form(String),
    /// A button or link: its title and the address as scripts write it (`#Form:Claim?Kind=Travel`).
    Button {
        /// The title.
        title: String,
        /// The address.
        target: String,
    },
    /// Pieces side by side.
    Row(Vec<Piece>),
    /// Pieces below each other, in a frame when it is a panel.
    Column {
        /// Whether it has a frame.
        panel: bool,
        /// What is in it.
        pieces: Vec<Piece>,
    },
    /// Something that cannot be shown here.
    Unknown(String),
}

impl Running<'_> {
    /// A page with its parameters, as pieces. What its scripts write to records is kept.
    ///
    /// # Errors
    /// A page that does not exist, or a script of it that failed.
    pub fn page(&mut self, name: &str, given: &[(String, String)]) -> Result<Vec<Piece>, Failure> {
        let Some(page) = self.app.page(name).cloned() else {
            let message = format!("The application has no page '{name}'");
            return Err(Problem::new(Code::UnknownName, message).into());
        };
        self.act()?;
        let fields = self.variables(&page, given)?;
        if !page.source.trim_start().starts_with("<zml") {
            return Ok(vec![Piece::Html(self.snippet(&page, &page.source, &fields)?)]);
        }
        let source = plain_attributes(&page.source);
        let options = ParsingOptions { nodes_limit: 100_000, ..ParsingOptions::default() };
        let layout = match Document::parse_with_options(&source, options) {
            Ok(layout) => layout,
            Err(e) => {
                let problem =
                    Problem::new(Code::CannotParse, format!("The layout of the page '{name}' is not right: {e}"));
                return Err(problem.into());
            }
        };
        self.pieces(&page, layout.root_element(), &fields, 0)
    }

    /// The page's parameters and variables, as the script that runs before the page is drawn leaves them.
    fn variables(&mut self, page: &Page, given: &[(String, String)]) -> Result<DataMap, Failure> {
        let mut state = FormState::default();
        for parameter in &page.parameters {
            let text = given.iter().find(|(name, _)| *name == parameter.name).map(|(_, text)| text.as_str());
            state.fields.insert(parameter.name.clone(), argument(&parameter.kind, text));
        }
        if !page.before.is_empty() {
            let action = Action { source: page.before.clone(), ..Action::default() };
            let ran = self.event(&format!("page {} before", page.name), &action, &mut state, None);
            self.end(ran)?;
        }
        Ok(state.fields)
    }

    /// Runs the script in HTML, and gives what it printed.
    fn snippet(&mut self, page: &Page, source: &str, fields: &DataMap) -> Result<String, Failure> {
        let source = content(source);
        if !source.contains("<%") {
            return Ok(source.to_owned());
        }
        let script = self.script(&format!("page {}", page.name), source)?;
        let locale = self.engine.locale().clone();
        let input = from_data(Data::Map(fields.clone()), &locale);
        let mut state = FormState { fields: fields.clone(), ..FormState::default() };
        let done = self.run(&script, Inputs::new().arg("input", input), Some(&mut state), Live::default(), false);
        self.end(done.result)?;
        let printed = state.events.into_iter().filter_map(|event| match event {
            Ui::Html { text } => Some(text),
            _ => None,
        });
        Ok(printed.collect())
    }

    fn pieces(
        &mut self,
        page: &Page,
        parent: Node<'_, '_>,
        given: &DataMap,
        depth: usize,
    ) -> Result<Vec<Piece>, Failure> {
        let mut found = Vec::new();
        if depth > DEEPEST {
            return Ok(found);
        }
        for node in parent.children() {
            if node.is_text() {
                let text = entities(node.text().unwrap_or_default());
                if text.contains("<%") || content(&text).trim_start().starts_with('<') {
                    found.push(Piece::Html(self.snippet(page, &text, given)?));
                }
                continue;
            }
            if !node.is_element() {
                continue;
            }
            let set = |name: &str| node.attribute(name).map(|value| value.trim().to_owned()).filter(|v| !v.is_empty());
            match node.tag_name().name() {
                "layout" | "dsp" | "zml" => found.extend(self.pieces(page, node, given, depth + 1)?),
                "row" | "pr" => grouped(&mut found, self.pieces(page, node, given, depth + 1)?, Piece::Row),
                "column" | "pc" | "panel" => {
                    let panel = node.tag_name().name() == "panel";
                    let inner = self.pieces(page, node, given, depth + 1)?;
                    grouped(&mut found, inner, |pieces| Piece::Column { panel, pieces });
                }
                "text" => found.push(self.text(page, node, given)?),
                "report" => {
                    if let Some(name) = set("linkName") {
                        let criteria = set("criteriaString").or_else(|| set("criteria"));
                        found.push(Piece::Report { name, criteria, input: given.clone() });
                    }
                }
                "form" => found.extend(set("linkName").map(Piece::Form)),
                "button" => found.extend(button(node)),
                // A picture of the builder's own is decoration.
                "image" => {}
                other => {
                    // Whatever it is, HTML with script in it is drawn.
                    let inner = self.pieces(page, node, given, depth + 1)?;
                    if inner.iter().any(|piece| matches!(piece, Piece::Html(_))) {
                        found.extend(inner);
                    } else {
                        found.push(Piece::Unknown(format!("<{other}> of the page builder")));
                    }
                }
            }
        }
        Ok(found)
    }

    /// A text, or a figure over records where it names one.
    fn text(&mut self, page: &Page, node: Node<'_, '_>, given: &DataMap) -> Result<Piece, Failure> {
        let value = node.attribute("value").unwrap_or_default();
        let size = node.attribute("size").unwrap_or_default().trim_end_matches("px").parse::<u32>().unwrap_or(0);
        let large = size >= 20;
        if !node.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("Form Data")) {
            return Ok(Piece::Text { text: value.to_owned(), large });
        }
        // `thisapp.Claim.Total.sum`, or with the application's own name in front; `ID.count` counts records.
        let parts: Vec<&str> = value.split('.').collect();
        let [_, form, field @ .., function] = parts.as_slice() else {
            return Ok(Piece::Unknown(format!("the figure '{value}' of the page '{}'", page.name)));
        };
        let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_name(form) || !is_name(function) || !field.iter().all(|part| is_name(part)) {
            return Ok(Piece::Unknown(format!("the figure '{value}' of the page '{}'", page.name)));
        }
        let criteria = node.attribute("criteria").map(str::trim).filter(|text| !text.is_empty());
        let query = format!("{form}[{}]", criteria.unwrap_or("ID != 0"));
        let figure = match (*function, field.join(".")) {
            ("count", field) if field.is_empty() || field == "ID" => format!("{query}.count()"),
            ("distinctCount", field) => format!("{query}.distinct({field}).size()"),
            (function, field) => format!("{query}.{function}({field})"),
        };
        let mut state = FormState { fields: given.clone(), ..FormState::default() };
        let figure = self.expression(&format!("page {}", page.name), &figure, &mut state)?;
        self.end_reading()?;
        Ok(Piece::Text { text: self.shown(&figure), large: true })
    }
}

/// A group of pieces; one piece alone needs none unless it is a panel.
fn grouped(found: &mut Vec<Piece>, mut pieces: Vec<Piece>, group: impl FnOnce(Vec<Piece>) -> Piece) {
    let made = match pieces.len() {
        0 => return,
        1 => match group(Vec::new()) {
            Piece::Column { panel: true, .. } => Piece::Column { panel: true, pieces },
            _ => pieces.remove(0),
        },
        _ => group(pieces),
    };
    found.push(made);
}

fn button(node: Node<'_, '_>) -> Option<Piece> {
    let set = |name: &str| node.attribute(name).filter(|value| !value.is_empty());
    let title = set("text").or_else(|| set("title")).or_else(|| set("value")).unwrap_or("Open").to_owned();
    let component = set("componentLinkName").or_else(|| set("linkName"));
    let target = match (set("action").unwrap_or_default(), component) {
        ("OpenForm", Some(name)) => format!("#Form:{name}"),
        ("OpenReport", Some(name)) => format!("#Report:{name}"),
        ("OpenPage", Some(name)) => format!("#Page:{name}"),
        ("OpenURL" | "OpenUrl", _) => set("url").or_else(|| set("target"))?.to_owned(),
        (action, _) => return Some(Piece::Unknown(format!("the button '{title}' that does {action}"))),
    };
    Some(Piece::Button { title, target })
}

/// The value of a parameter that came as text; null when none came.
fn argument(kind: &str, text: Option<&str>) -> Data {
    let Some(text) = text else { return Data::Null };
    match kind {
        "int" | "long" | "bigint" => text.trim().parse().map_or(Data::Null, Data::Number),
        "float" | "decimal" => text.trim().parse().map_or(Data::Null, Data::Decimal),
        "bool" | "boolean" => text.eq_ignore_ascii_case("true").into(),
        "map" | "list" => rainwright::builtins::json_data(text).unwrap_or_default(),
        _ => text.into(),
    }
}

/// The entities in a snippet, which the export writes within its own text.
pub(crate) fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let replaced = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'")];
    let text = replaced.iter().fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign));
    text.replace("&amp;", "&")
}

/// A layout whose attributes XML can read: the builder leaves `&` and `<` in them as they are.
pub(crate) fn plain_attributes(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let end = after.find("]]>").map_or(rest.len(), |end| end + "<![CDATA[".len() + "]]>".len());
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if rest.starts_with('<') {
            let end = tag_end(rest);
            attributes(&mut out, &rest[..end]);
            rest = &rest[end..];
        } else {
            ampersand(&mut out, rest);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The length of a tag; `>` in quotes does not end it.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, sign) in tag.char_indices() {
        match (quote, sign) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(sign),
            (Some(open), sign) if sign == open => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn attributes(out: &mut String, tag: &str) {
    let mut quote = None;
    for (at, sign) in tag.char_indices() {
        match (quote, sign) {
            (Some(_), '<') => out.push_str("&lt;"),
            (_, '&') => ampersand(out, &tag[at..]),
            (None, '"' | '\'') => {
                quote = Some(sign);
                out.push(sign);
            }
            (Some(open), sign) if sign == open => {
                quote = None;
                out.push(sign);
            }
            _ => out.push(sign),
        }
    }
}

/// An `&` at the start of `rest`: part of an entity, or written as one.
fn ampersand(out: &mut String, rest: &str) {
    let known = ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;"];
    let is_number = rest[1..].strip_prefix('#').and_then(|digits| digits.split(';').next()).is_some_and(|digits| {
        !digits.is_empty()
            && digits.len() < 8
            && digits.chars().all(|c| c.is_ascii_digit())
            && rest[2 + digits.len()..].starts_with(';')
    });
    let is_entity = is_number || known.iter().any(|entity| rest.starts_with(entity));
    out.push_str(if is_entity { "&" } else { "&amp;" });
}

/// A snippet without the line that names it and its parameters: `htmlpage name(params)`, `content`.
pub(crate) fn content(source: &str) -> &str {
    let named = source.trim_start().strip_prefix("htmlpage").filter(|rest| rest.starts_with(char::is_whitespace));
    let after = named.and_then(|rest| rest.split_once(')')).map(|(_, rest)| rest.trim_start());
    after.and_then(|rest| rest.strip_prefix("content")).map_or(source, str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::{entities, plain_attributes};

    #[test]
    fn the_heading_of_a_snippet_is_no_part_of_it() {
        for (source, left) in [
            ("\n\thtmlpage zml_snippet1()\ncontent\n<%{ %><b/><% }%>", "<%{ %><b/><% }%>"),
            ("htmlpage a(int n, string s)\n content <p>x</p>", "<p>x</p>"),
            ("<p>htmlpage a() content</p>", "<p>htmlpage a() content</p>"),
            ("htmlpages are nice", "htmlpages are nice"),
        ] {
            assert_eq!(super::content(source), left);
        }
    }

    #[test]
    fn layouts_are_made_readable() {
        assert_eq!(plain_attributes("<a b='x < y && z'/>"), "<a b='x &lt; y &amp;&amp; z'/>");
        assert_eq!(plain_attributes("<a>R&D &lt; &#39; &#x;</a>"), "<a>R&amp;D &lt; &#39; &amp;#x;</a>");
        assert_eq!(plain_attributes("<a><![CDATA[<% a && b %>]]></a>"), "<a><![CDATA[<% a && b %>]]></a>");
        assert_eq!(plain_attributes("<a b='"), "<a b='");
        assert_eq!(entities("&lt;%= &quot;a&quot; &amp;lt; %&gt;"), "<%= \"a\" &lt; %>");
    }
}
