//! The style, and that nothing is lost.

#![allow(clippy::unwrap_used, clippy::panic)]

use rainwright_format::{format, same_tree};
use rainwright_syntax::parse;

/// Formats, and checks what holds for every script: the tree and the comments stay, and a second time changes nothing.
fn formatted(source: &str) -> String {
    let out = format(source).unwrap();
    let (before, after) = (parse(source), parse(&out));
    assert_eq!(after.diagnostics, [], "{out}");
    assert!(same_tree(&before.tree, &after.tree), "{out}");
    assert_eq!(before.trivia.comments.len(), after.trivia.comments.len(), "{out}");
    assert_eq!(format(&out).unwrap(), out);
    out
}

#[test]
fn blocks_stand_on_lines_of_their_own() {
    assert_eq!(
        formatted("if(a==1){x=1;}else if (b) {x  = 2 ; } else { info \"z\" ;};"),
        "if(a == 1)\n{\n\tx = 1;\n}\nelse if(b)\n{\n\tx = 2;\n}\nelse\n{\n\tinfo \"z\";\n}\n"
    );
    assert_eq!(
        formatted("string  standalone.f( string a , Int b ) { for each x in {1,2} { break ; } return a ; }"),
        "string standalone.f(string a, Int b)\n{\n\tfor each  x in {1,2}\n\t{\n\t\tbreak;\n\t}\n\treturn a;\n}\n"
    );
}

#[test]
fn tasks_take_a_line_for_each_key() {
    assert_eq!(
        formatted("r = invokeurl [ url: \"u\" type: GET // read\n connection: \"c\" ];"),
        "r = invokeurl\n[\n\turl :\"u\"\n\ttype :GET // read\n\tconnection:\"c\"\n];\n"
    );
    assert_eq!(formatted("insert into F [ A = 1, B = 2 ]"), "insert into F\n[\n\tA=1\n\tB=2\n];\n");
}

#[test]
fn comments_stay_where_they_are_read() {
    assert_eq!(
        formatted("// top\n\n\n\nx = 1; // one\n/* two\n   lines */\ny = {\"a\": 1, // first\n\"b\": 2};\n// end"),
        "// top\n\nx = 1; // one\n/* two\n   lines */\ny = {\"a\":1,\"b\":2};\n// end\n"
            .replace("y = {\"a\":1,\"b\":2};", "// first\ny = {\"a\":1,\"b\":2};")
    );
    assert_eq!(
        formatted("if(a) // why\n{\n// in\n}\n// or\nelse\n{ } // done\nx = 2;"),
        "// why\nif(a)\n{\n\t// in\n}\n// or\nelse\n{\n} // done\nx = 2;\n"
    );
}

#[test]
fn maps_and_operators_keep_their_line_breaks() {
    assert_eq!(
        formatted("m = {\n  \"a\" : 1, // first\n  \"b\" : {1, 2}\n};\nt = \"a\" +\n\"b\";"),
        "m = {\n\t\"a\":1, // first\n\t\"b\":{1,2}\n};\nt = \"a\"\n\t+ \"b\";\n"
    );
}

#[test]
fn literals_are_not_touched() {
    let source = "x = \"\\u00e9 \\/ é\";\ny = 007;\nz = 1.50;\nd = '1-Jan-2020';\n";
    assert_eq!(formatted(source), source);
}

#[test]
fn what_is_not_understood_is_not_moved() {
    assert!(format("x = = 1;").is_err());
    let page = "<%{ x = 1;%>\n<b><%=x%></b>\n<% }%>";
    assert_eq!(format(page).unwrap(), page);
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format("\u{feff}// only\r\n").unwrap(), "// only\n");
}
