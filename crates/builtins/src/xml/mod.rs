//! Functions of XML texts.

mod write;
mod xpath;

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Kind, Kinds, Locale, Result, Value, budget};
use roxmltree::{Document, Node, ParsingOptions};

use crate::{Builtin, Call, Example, Param};
use write::{push_escaped, write_xml};
use xpath::{Evaluator, Item, XPathValue};

const TEXT: Kinds = Kinds::of(&[Kind::Text]);
/// A text that holds XML or JSON, a map, a list.
const SOURCE: Kinds = Kinds::of(&[Kind::Text, Kind::Map, Kind::List]);

/// Nodes that a document may have.
const MAX_NODES: u32 = 5_000_000;

/// Bytes of a document: what happens while it is read cannot be interrupted.
const MAX_READ: usize = 8 << 20;

/// Functions of XML texts.
pub(crate) const XML: &[Builtin] = &[
    Builtin {
        name: "toXml",
        on: SOURCE,
        returns: TEXT,
        doc: "A map or JSON text as XML under an element `root`; the items of a list repeat the element of their key.",
        edge: "Keys keep their order, and no blanks stand between the elements. JSON is read leniently. Letters that no \
name of an element may have become `_`.",
        examples: &[
            Example::new("\"{'a':'1','b':[2,3]}\".toXml()", "<root><a>1</a><b>2</b><b>3</b></root>"),
            Example::new("{\"name\" : \"A & B\"}.toXml()", "<root><name>A &amp; B</name></root>"),
        ],
        run: |call| {
            let value = source(call)?;
            Ok(Value::from(bounded(call, write_xml(&value, &call.cx.locale))?))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "executeXPath",
        on: SOURCE,
        params: &[Param::new("xpath", TEXT, "The XPath, version 1.0.")],
        returns: TEXT,
        doc: "What an XPath selects: elements with their tags, texts without.",
        edge: "Several nodes stand one after the other; none give empty text. An attribute comes as an element of its name. \
JSON text and maps are addressed under /root. A name without prefix also finds elements in a default namespace. Text that is no \
XML, entities that a document declares itself, and a wrong XPath are the error \"Invalid XML or Invalid XPath\".",
        examples: &[
            Example::new(
                "\"<shop><cd><title>Blue</title></cd></shop>\".executeXPath(\"/shop/cd/title\")",
                "<title>Blue</title>",
            ),
            Example::new("\"{'address':{'city':'Surat'}}\".executeXPath(\"/root/address/city/text()\")", "Surat"),
            Example::new("\"<a href='x.pdf'>Book</a>\".executeXPath(\"/a/@href\")", "<href>x.pdf</href>"),
        ],
        run: execute,
        ..Builtin::ROW
    },
    Builtin {
        name: "toXmlList",
        on: TEXT,
        returns: Kinds::of(&[Kind::List]),
        doc: "A list of the elements that stand one after the other in a text, as executeXPath gives them.",
        edge: "Empty text gives an empty list; text that is no XML is an error.",
        examples: &[Example::new("\"<cd>1</cd><cd>2</cd>\".toXmlList().get(1)", "<cd>2</cd>")],
        run: |call| split(call.receiver_text()?.as_str()),
        ..Builtin::ROW
    },
];

/// The receiver as a value to write as XML: JSON text is read.
fn source(call: &Call) -> Result {
    match call.receiver() {
        Value::Text(text) => rainwright_value::read_json(text.as_str(), true),
        other if other.is_container() => Ok(other.clone()),
        _ => Err(call.wrong_receiver(SOURCE)),
    }
}

fn bounded(call: &Call, text: String) -> Result<String> {
    if text.len() <= call.cx.max_text() {
        return Ok(text);
    }
    let message = format!("{} would make a text of {} bytes", call.name, text.len());
    Err(Box::new(Problem::new(Code::LimitReached, message)))
}

fn execute(call: &mut Call) -> Result {
    let xpath = call.text(0)?;
    let found = match call.receiver() {
        Value::Text(text) if !text.as_str().trim_start().starts_with(['{', '[']) => {
            select(text.as_str(), xpath, call.cx.max_text())?
        }
        _ => select(&write_xml(&source(call)?, &Locale::default()), xpath, call.cx.max_text())?,
    };
    Ok(Value::from(found))
}

#[cold]
fn invalid(help: String) -> Box<Problem> {
    Box::new(Problem::new(Code::CannotParse, "Invalid XML or Invalid XPath").with_help(help))
}

/// Reads a document; entities of its own are refused, as they can grow without end.
fn parse(text: &str) -> Result<Document<'_>> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.contains("<!ENTITY") {
        return Err(invalid("Documents that declare entities are not read.".into()));
    }
    if text.len() > MAX_READ {
        let message = format!("The XML has {} bytes; at most {MAX_READ} are read", text.len());
        return Err(Box::new(Problem::new(Code::LimitReached, message)));
    }
    budget::charge_bytes(text.len().saturating_mul(16))?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|e| invalid(format!("The text is no XML: {e}.")))
}

/// What an XPath selects in a text, as text.
///
/// `most` is the longest text in bytes: nodes within each other are written each, so that a short document can give a long one.
fn select(text: &str, xpath: &str, most: usize) -> Result<String> {
    let expr =
        xpath::parse(xpath).map_err(|wrong| invalid(format!("In the XPath `{}`: {wrong}.", crate::shorten(xpath))))?;
    let document = parse(text)?;
    let outcome = Evaluator::new(&document).run(&expr)?;
    let XPathValue::Nodes(items) = outcome else {
        return Ok(outcome.text());
    };
    let mut out = String::new();
    for item in items {
        write_item(&mut out, item);
        if out.len() > most {
            let message = format!("executeXPath selects more than {most} bytes");
            return Err(Box::new(Problem::new(Code::LimitReached, message)));
        }
    }
    Ok(out)
}

/// A selected node: markup of elements, the text of others, attributes as elements.
fn write_item(out: &mut String, item: Item) {
    match item {
        Item::Node(node) if node.is_element() => write_element(out, node),
        Item::Node(node) if node.is_root() => {
            for child in node.children().filter(Node::is_element) {
                write_element(out, child);
            }
        }
        Item::Attribute(..) => {
            // Without its prefix, which would be unknown outside the document.
            let name = item.attribute().map_or("", |a| a.name());
            out.push_str(&format!("<{name}>"));
            push_escaped(out, &item.text());
            out.push_str(&format!("</{name}>"));
        }
        other => out.push_str(&other.text()),
    }
}

/// An element as it is written, with the prefixes it needs from the elements around it.
fn write_element(out: &mut String, node: Node) {
    let text = node.document().input_text();
    let source = text.get(node.range()).unwrap_or_default();
    let name_end = source.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(source.len());
    let (name, rest) = source.split_at(name_end);
    out.push_str(name);
    let tag = rest.split('>').next().unwrap_or_default();
    for space in node.namespaces() {
        if let Some(prefix) = space.name()
            && prefix != "xml"
            && source.contains(&format!("{prefix}:"))
            && !tag.contains(&format!("xmlns:{prefix}="))
        {
            out.push_str(&format!(" xmlns:{prefix}=\""));
            push_escaped(out, space.uri());
            out.push('"');
        }
    }
    out.push_str(rest);
}

/// The elements at the top level of a text.
fn split(text: &str) -> Result {
    let text = text.trim();
    let body = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or(rest, |(_, body)| body),
        None => text,
    };
    let wrapped = format!("<list>{body}</list>");
    let document = parse(&wrapped)?;
    let children = document.root_element().children();
    let mut list = Vec::new();
    for child in children {
        if child.is_text() && child.text().is_none_or(|t| t.trim().is_empty()) {
            continue;
        }
        let mut out = String::new();
        write_item(&mut out, Item::Node(child));
        list.push(Value::from(out));
    }
    Ok(Value::from(list))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn select(text: &str, xpath: &str) -> Result<String> {
        super::select(text, xpath, 1 << 20)
    }

    #[test]
    fn what_is_selected_can_be_read_again() {
        let soap = r#"<s:Envelope xmlns:s="urn:s" xmlns:u="urn:u"><s:Body a="1 &lt; 2"><u:x/></s:Body></s:Envelope>"#;
        let body = select(soap, "/s:Envelope/s:Body").unwrap();
        assert_eq!(body, r#"<s:Body xmlns:s="urn:s" xmlns:u="urn:u" a="1 &lt; 2"><u:x/></s:Body>"#);
        assert_eq!(select(&body, "name(/s:Body/u:x)").unwrap(), "u:x");
        assert_eq!(select(&body, "/s:Body/@a").unwrap(), "<a>1 &lt; 2</a>");
        assert_eq!(select(&body, "string(/s:Body/@a)").unwrap(), "1 < 2");
    }

    #[test]
    fn names_without_prefix_find_the_default_namespace() {
        let feed = r#"<feed xmlns="urn:atom"><entry>1</entry></feed>"#;
        assert_eq!(select(feed, "/feed/entry/text()").unwrap(), "1");
    }

    #[test]
    fn bombs_are_refused() {
        let laughs = r#"<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>"#;
        assert!(select(laughs, "/a").is_err());
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(select(&deep, "string-length(/a)").unwrap(), "0");
        assert_eq!(select(&deep, "//*[. = 'x']").unwrap_err().code, Code::LimitReached);
        assert_eq!(select(&deep, "//*").unwrap_err().code, Code::LimitReached);
        let flat = format!("<a>{}</a>", "<b/>".repeat(5000));
        let slow = select(&flat, "//*[//*[//*]]").unwrap_err();
        assert_eq!(slow.code, Code::LimitReached);
        assert!(select("<!DOCTYPE html><html><p/></html>", "/html/p").is_ok());
    }
}
