//! A page of Markdown as HTML: headings that can be linked, code in colours, links between pages; and its text for the search.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use rainwright::reference::Anchors;
use rainwright_syntax::{Class, highlight};

use super::html_path;

/// A page as HTML.
pub(super) struct Rendered {
    /// The file of its Markdown.
    pub path: String,
    /// Its first heading.
    pub title: String,
    /// The HTML of its content.
    pub body: String,
    /// What the search looks through.
    pub sections: Vec<Section>,
    /// The pages that it links, in order.
    pub links: Vec<String>,
}

/// A heading with what is said below it.
pub(super) struct Section {
    /// The heading; empty before the first one.
    pub heading: String,
    /// What the heading is linked by.
    pub anchor: String,
    /// The text, without markup.
    pub text: String,
}

/// Renders a page; `known` are the files of all pages.
pub(super) fn render(path: &str, text: &str, known: &BTreeSet<&str>) -> Rendered {
    let mut page = Renderer {
        path,
        known,
        anchors: Anchors::default(),
        sections: vec![Section { heading: String::new(), anchor: String::new(), text: String::new() }],
        links: Vec::new(),
        open: Vec::new(),
    };
    let events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).collect::<Vec<_>>();
    let mut out = Vec::with_capacity(events.len());
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        page.take(event, &mut events, &mut out);
    }
    let mut body = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut body, out.into_iter());
    let title = page.sections.iter().map(|section| section.heading.as_str()).find(|heading| !heading.is_empty());
    let title = title.unwrap_or(path).to_owned();
    Rendered { path: path.to_owned(), title, body, sections: page.sections, links: page.links }
}

struct Renderer<'p> {
    path: &'p str,
    known: &'p BTreeSet<&'p str>,
    anchors: Anchors,
    sections: Vec<Section>,
    links: Vec<String>,
    /// Of each link that is open, whether it leads anywhere.
    open: Vec<bool>,
}

impl Renderer<'_> {
    /// Takes one event, with those that belong to it, and says what is shown.
    fn take<'e>(&mut self, event: Event<'e>, rest: &mut impl Iterator<Item = Event<'e>>, out: &mut Vec<Event<'e>>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.heading(level, rest, out),
            Event::Start(Tag::CodeBlock(kind)) => {
                let code = texts(rest.take_while(|event| !matches!(event, Event::End(TagEnd::CodeBlock))));
                self.said(&code);
                out.push(raw(code_block(&kind, &code)));
            }
            Event::Start(Tag::Table(alignments)) => {
                // A table wider than the window scrolls by itself.
                out.push(raw(html! { (PreEscaped("<div class=\"wide\" tabindex=\"0\">")) }));
                out.push(Event::Start(Tag::Table(alignments)));
            }
            Event::End(TagEnd::Table) => {
                out.push(event);
                out.push(raw(html! { (PreEscaped("</div>")) }));
            }
            Event::Start(Tag::Link { dest_url, .. }) => self.link(&dest_url, out),
            Event::End(TagEnd::Link) => {
                let end = if self.open.pop().unwrap_or_default() { "</a>" } else { "</span>" };
                out.push(raw(html! { (PreEscaped(end)) }));
            }
            // Our pages have no markup of their own but comments, which are for authors.
            Event::Start(Tag::HtmlBlock) => {
                rest.take_while(|event| !matches!(event, Event::End(TagEnd::HtmlBlock))).for_each(drop);
            }
            Event::InlineHtml(text) => out.push(Event::Text(text)),
            other => {
                if let Event::Text(text) | Event::Code(text) = &other {
                    self.said(text);
                }
                let ends = matches!(other, Event::SoftBreak | Event::HardBreak | Event::End(_));
                if ends && !matches!(other, Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)) {
                    self.said(" ");
                }
                out.push(other);
            }
        }
    }

    fn heading<'e>(
        &mut self,
        level: HeadingLevel,
        rest: &mut impl Iterator<Item = Event<'e>>,
        out: &mut Vec<Event<'e>>,
    ) {
        let inner: Vec<Event<'_>> = rest.take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_)))).collect();
        let text = texts(inner.iter().cloned());
        let anchor = self.anchors.next(&text);
        out.push(raw(html! { (PreEscaped(format!("<{level} id=\"{}\">", attribute(&anchor)))) }));
        for event in inner {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => self.link(&dest_url, out),
                Event::End(TagEnd::Link) => {
                    let end = if self.open.pop().unwrap_or_default() { "</a>" } else { "</span>" };
                    out.push(raw(html! { (PreEscaped(end)) }));
                }
                Event::InlineHtml(text) => out.push(Event::Text(text)),
                other => out.push(other),
            }
        }
        if level != HeadingLevel::H1 {
            out.push(raw(
                html! { " " a.here href=(format!("#{anchor}")) aria-label=(format!("Link to {text}")) { "#" } },
            ));
        }
        out.push(raw(html! { (PreEscaped(format!("</{level}>\n"))) }));
        self.sections.push(Section { heading: text, anchor, text: String::new() });
    }

    /// Opens a link: to a page, to another place on this one, or to what is not among the pages.
    fn link(&mut self, to: &str, out: &mut Vec<Event<'_>>) {
        let target = self.target(to);
        self.open.push(target.is_ok());
        let start = match target {
            Ok(href) => format!("<a href=\"{}\">", attribute(&href)),
            Err(file) => format!("<span class=\"source\" title=\"{} in the source\">", attribute(&file)),
        };
        out.push(raw(html! { (PreEscaped(start)) }));
    }

    /// Where a link leads; what is no page is named as a file of the source.
    fn target(&mut self, to: &str) -> Result<String, String> {
        if to.contains("://") || to.starts_with('#') || to.starts_with("mailto:") {
            return Ok(to.to_owned());
        }
        let (file, anchor) = to.split_once('#').map_or((to, None), |(file, anchor)| (file, Some(anchor)));
        let Some(path) = resolve(self.path, file) else { return Err(file.trim_start_matches("../").to_owned()) };
        if !self.known.contains(path.as_str()) {
            return Err(path);
        }
        self.links.push(path);
        // The files lie to each other as the pages do.
        let file = html_path(file);
        Ok(anchor.map_or(file.clone(), |anchor| format!("{file}#{anchor}")))
    }

    /// Adds to what the search knows of this section.
    fn said(&mut self, text: &str) {
        if let Some(section) = self.sections.last_mut() {
            section.text.push_str(text);
        }
    }
}

/// `../reference/index.md` seen from `guide/start.md` is `reference/index.md`; nothing leads out of the manual.
fn resolve(from: &str, to: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The plain text of events.
fn texts<'e>(events: impl Iterator<Item = Event<'e>>) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) | Event::Code(part) | Event::InlineHtml(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

fn raw<'e>(markup: Markup) -> Event<'e> {
    Event::Html(CowStr::from(markup.into_string()))
}

/// A value between double quotes of an attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// A block of code, in colours when it is Deluge.
fn code_block(kind: &CodeBlockKind<'_>, code: &str) -> Markup {
    let info = match kind {
        CodeBlockKind::Fenced(info) => info.split([',', ' ']).next().unwrap_or_default(),
        CodeBlockKind::Indented => "",
    };
    html! {
        pre tabindex="0" data-language=(info) {
            code { @if info == "deluge" { (colored(code)) } @else { (code) } }
        }
    }
}

/// A script with every piece in the class that our lexer gives it.
pub(super) fn colored(code: &str) -> Markup {
    let mut pieces: Vec<(&str, Option<&'static str>)> = Vec::new();
    let mut at = 0;
    for (span, class) in highlight(code) {
        let range = span.range();
        // Pieces come in order; one within another keeps the colour of the outer one.
        let (Some(between), Some(piece)) = (code.get(at..range.start), code.get(range.clone())) else { continue };
        pieces.push((between, None));
        pieces.push((piece, style_class(class)));
        at = range.end;
    }
    pieces.push((code.get(at..).unwrap_or_default(), None));
    html! {
        @for (text, class) in pieces {
            @match class { Some(class) => span class=(class) { (text) }, None => (text) }
        }
    }
}

/// The class of the style sheet; punctuation and plain names have none.
fn style_class(class: Class) -> Option<&'static str> {
    match class {
        Class::Keyword | Class::Constant | Class::Type => Some("word"),
        Class::Task | Class::Function => Some("call"),
        Class::Number => Some("number"),
        Class::Text | Class::Quoted => Some("text"),
        Class::Comment => Some("comment"),
        Class::Unknown => Some("unknown"),
        Class::Member | Class::Name | Class::Operator | Class::Punctuation | Class::Markup => None,
    }
}
