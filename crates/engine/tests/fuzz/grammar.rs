//! Scripts drawn from a grammar with all functions of the table; also as pages and inside of application exports.

use std::fmt::Write as _;
use std::sync::OnceLock;

use rainwright_builtins::{Builtin, Form, builtins};

/// Decisions, one byte each; when they are used up the answer is 0, so that every script ends and shrinks.
pub struct Choices<'c> {
    left: std::slice::Iter<'c, u8>,
}

impl<'c> Choices<'c> {
    /// The decisions that these bytes are.
    pub fn new(bytes: &'c [u8]) -> Self {
        Self { left: bytes.iter() }
    }

    fn byte(&mut self) -> usize {
        self.left.next().map_or(0, |b| usize::from(*b))
    }

    pub fn below(&mut self, end: usize) -> usize {
        let drawn = if end > 256 { self.byte() * 256 + self.byte() } else { self.byte() };
        drawn % end.max(1)
    }

    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn spent(&self) -> bool {
        self.left.len() == 0
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "x", "m"];
pub const LITERALS: [&str; 44] = [
    "1",
    "0",
    "null",
    "\"\"",
    "\"a\"",
    "\"a,b,,c\"",
    "List()",
    "Map()",
    "{\"k\":1,\"l\":{1,2}}",
    "{1,\"b\",2.50,null}",
    "{{1},{2,{3}}}",
    "{}",
    "true",
    "false",
    "-1",
    "2.5",
    "0.1",
    "9223372036854775807",
    "-9223372036854775807",
    "79228162514264337593543950335.5",
    "10.power(300)",
    "\"é😀\"",
    "\"[1,2\"",
    "\"{\\\"k\\\":[1,{}]}\"",
    "\"<a><b c='d'>1</b></a>\"",
    "\"/a/b\"",
    "\"(a|b)*\"",
    "\"[\"",
    "\"$1\\\\\"",
    "\"yyyy-MM-dd'T'HH:mm:ss z\"",
    "\"12.5\"",
    "\"2024-02-30\"",
    "\"k\"",
    "\"&#38;%41+\"",
    "'01-Jan-2024'",
    "'29-Feb-2024 23:59:59'",
    "'12:30:00'",
    "today",
    "now",
    "zoho.loginuser",
    "collection(1,\"k\":2)",
    "Collection()",
    "\"k\".toFile(\"a.csv\")",
    "100000",
];
const BINARY: [&str; 14] = ["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "+"];

pub fn functions() -> &'static [&'static Builtin] {
    static ALL: OnceLock<Vec<&'static Builtin>> = OnceLock::new();
    ALL.get_or_init(|| builtins().collect())
}

fn expr(c: &mut Choices, out: &mut String, depth: usize) {
    if depth == 0 || c.spent() {
        out.push_str(if c.coin() { c.of(&NAMES) } else { c.of(&LITERALS) });
        return;
    }
    match c.below(12) {
        0 | 1 => out.push_str(c.of(&NAMES)),
        2 | 3 => out.push_str(c.of(&LITERALS)),
        4 => {
            expr(c, out, depth - 1);
            let _ = write!(out, " {} ", c.of(&BINARY));
            expr(c, out, depth - 1);
        }
        5 => {
            out.push_str(c.of(&["!(", "-(", "("]));
            expr(c, out, depth - 1);
            out.push(')');
        }
        6 => {
            out.push_str(c.of(&["f(", "g("]));
            expr(c, out, depth - 1);
            out.push(')');
        }
        7 => {
            out.push_str("if(");
            separated(c, out, depth - 1, 3);
            out.push(')');
        }
        _ => {
            let row = c.of(functions());
            let several = row.params.len() + usize::from(c.byte() % 8 == 7);
            if matches!(row.form, Form::Word) {
                out.push_str(row.name);
                return;
            }
            if matches!(row.form, Form::Function) {
                let _ = write!(out, "{}(", row.name);
            } else {
                out.push_str(if c.coin() { c.of(&NAMES) } else { c.of(&LITERALS) });
                let _ = write!(out, ".{}(", row.name);
            }
            separated(c, out, depth - 1, several);
            out.push(')');
        }
    }
}

fn separated(c: &mut Choices, out: &mut String, depth: usize, several: usize) {
    for i in 0..several {
        out.push_str(if i == 0 { "" } else { ", " });
        expr(c, out, depth);
    }
}

fn block(c: &mut Choices, out: &mut String, depth: usize) {
    out.push_str("{\n");
    for _ in 0..1 + c.below(4) {
        stmt(c, out, depth);
    }
    out.push_str("}\n");
}

fn stmt(c: &mut Choices, out: &mut String, depth: usize) {
    if c.spent() {
        out.push_str("info a;\n");
        return;
    }
    let nested = depth > 0;
    let start = out.len();
    match c.below(16) {
        0 => {
            out.push_str("info ");
            expr(c, out, 3);
        }
        1 if nested => {
            out.push_str("if(");
            expr(c, out, 2);
            out.push(')');
            block(c, out, depth - 1);
            if c.coin() {
                out.push_str("else ");
                block(c, out, depth - 1);
            }
        }
        2 | 3 if nested => {
            let _ = write!(out, "for each {} {} in ", c.of(&["", "index"]), c.of(&NAMES));
            expr(c, out, 2);
            block(c, out, depth - 1);
        }
        4 if nested => {
            out.push_str("while(");
            if c.coin() {
                out.push_str("true");
            } else {
                expr(c, out, 2);
            }
            out.push(')');
            block(c, out, depth - 1);
        }
        5 | 6 if nested => {
            out.push_str("try ");
            block(c, out, depth - 1);
            let _ = write!(out, "catch ({}) ", c.of(&NAMES));
            block(c, out, depth - 1);
        }
        7 => {
            let _ = write!(out, "{} = invokeurl [ url: \"https://example.com/\" + ", c.of(&NAMES));
            expr(c, out, 1);
            let _ = write!(
                out,
                "\n type: {} {}: ",
                c.of(&["GET", "POST", "PUT"]),
                c.of(&["parameters", "body", "headers", "files"])
            );
            expr(c, out, 2);
            out.push(']');
        }
        8 if nested => out.push_str(c.of(&["break", "continue", "return", "return a", "throw \"t\"", "throw m"])),
        9 | 10 => {
            let _ = write!(
                out,
                "{0}.{1}(",
                c.of(&NAMES),
                c.of(&["put", "add", "addAll", "remove", "insert", "clear", "putAll"])
            );
            let several = c.below(3);
            separated(c, out, 2, several);
            out.push(')');
        }
        _ => {
            let _ = write!(out, "{} {} ", c.of(&NAMES), c.of(&["=", "=", "=", "+=", "-=", "*=", "/="]));
            expr(c, out, 3);
        }
    }
    out.push_str(if out[start..].ends_with("}\n") { "" } else { ";\n" });
}

/// A script with two functions and bare statements.
pub fn script(choices: &[u8]) -> String {
    let c = &mut Choices::new(choices);
    let mut out = String::from("a = 1;\nb = \"text\";\nc = {1,2,3};\nd = '01-Jan-2024';\nx = 2.5;\nm = {\"k\":1};\n");
    while !c.spent() {
        // A mistake must not end the script: what follows has to run as well.
        out.push_str("try {\n");
        stmt(c, &mut out, 3);
        out.push_str("}\ncatch (e) { info e.message; }\n");
    }
    let at = choices.len() / 2;
    let half = &mut Choices::new(&choices[at..choices.len().min(at + 24)]);
    for (head, tail) in
        [("string f(string a)\n{\nb = a;\n", "return b;\n}\n"), ("int g(int x)\n{\n", "return f(x);\n}\n")]
    {
        out.push_str(head);
        stmt(half, &mut out, 1);
        out.push_str(tail);
    }
    out
}

/// A page of Creator around pieces of a script, as many closed as opened.
pub fn page(choices: &[u8]) -> String {
    let c = &mut Choices::new(choices);
    let mut out = String::from("<%{\na = 1;\nm = {\"k\":1};\n%>\n<h1>\n");
    while !c.spent() {
        match c.below(4) {
            0 => {
                out.push_str("<b><%=");
                expr(c, &mut out, 2);
                out.push_str("%></b>\n");
            }
            1 => {
                out.push_str("<% for each x in ");
                expr(c, &mut out, 1);
                out.push_str(" { %><li><%=x%></li><% } %>\n");
            }
            2 => out.push_str(c.of(&["<p>text</p>", "%>", "<%", "<%=", "<!-- \" -->", "&nbsp;'"])),
            _ => {
                out.push_str("<%");
                stmt(c, &mut out, 2);
                out.push_str("%>");
            }
        }
    }
    out.push_str("<%}%>");
    out
}

/// An application export with forms, events and functions.
pub fn export(choices: &[u8]) -> String {
    let c = &mut Choices::new(choices);
    let mut out = String::from("application \"App\"\n{\n");
    while !c.spent() {
        match c.below(5) {
            0 => out.push_str("forms { form Claims { Amount ( type = number ) section ( displayname = \"a\" ) } }\n"),
            1 => {
                out.push_str("workflow { form { w as \"w\" { type = form form = Claims record event = on add\non add { actions { custom deluge script (\n");
                stmt(c, &mut out, 2);
                out.push_str(") } } } } }\n");
            }
            2 => {
                out.push_str("functions { Deluge { string f(string a)\n");
                block(c, &mut out, 1);
                out.push_str("} }\n");
            }
            3 => out.push_str(c.of(&["{", "}", "(", ")", "name = \"x\"", "custom deluge script", "functions"])),
            _ => out.push_str("schedule { s as \"s\" { start = now } }\n"),
        }
    }
    out.push_str("}\n");
    out
}
