//! XPaths over small documents, each with what the recommendation says it selects.

use super::super::select;

const BOOKS: &str = r#"<?xml version="1.0"?>
<!-- a shop --><shop xmlns:p="urn:price">
  <book id="b1" lang="en"><title>Dune</title><p:price>10</p:price></book>
  <book id="b2"><title>Emma</title><p:price>7.5</p:price><author>Austen</author></book>
  <cd id="c1"><title>Kind of Blue</title></cd>
  <?sort by-title?>
</shop>"#;

#[track_caller]
fn check(xpath: &str, expected: &str) {
    match select(BOOKS, xpath, 1 << 20) {
        Ok(found) => assert_eq!(found, expected, "{xpath}"),
        Err(problem) => assert_eq!(format!("error {}", problem.code), expected, "{xpath}: {problem:?}"),
    }
}

#[test]
fn paths_and_abbreviations() {
    check("/shop/book/title", "<title>Dune</title><title>Emma</title>");
    check("//title/text()", "DuneEmmaKind of Blue");
    check("/shop/book[1]/title/text()", "Dune");
    check("/shop/*[last()]/@id", "<id>c1</id>");
    check("//book[@lang='en']/title/text()", "Dune");
    check("//author/../title/text()", "Emma");
    check("//book[author]/@id", "<id>b2</id>");
    check("(//title)[2]/text()", "Emma");
    check("//title[2]", "");
    check("/shop/book[position() = 2]/title/text()", "Emma");
    check("//@id", "<id>b1</id><id>b2</id><id>c1</id>");
    check("//nothing", "");
    check("/shop/cd/.", "<cd id=\"c1\"><title>Kind of Blue</title></cd>");
    check("//author | //cd/title", "<author>Austen</author><title>Kind of Blue</title>");
}

#[test]
fn every_axis() {
    check("//author/ancestor::*[1]/@id", "<id>b2</id>");
    check("count(//author/ancestor::node())", "3");
    check("count(//author/ancestor-or-self::*)", "3");
    check("name(//author/preceding-sibling::*[1])", "p:price");
    check("name(//book[2]/title/following-sibling::*[1])", "p:price");
    check("name(//book[1]/following::*[1])", "book");
    check("name(//cd/preceding::*[1])", "author");
    check("count(//cd/preceding::*)", "7");
    check("count(/shop/descendant::*)", "9");
    check("count(/descendant-or-self::node()[self::book])", "2");
    check("//cd/attribute::id", "<id>c1</id>");
    check("//cd/@id/parent::cd/title/text()", "Kind of Blue");
    check("count(//cd/namespace::*)", "1");
    check("//book/child::author/text()", "Austen");
}

#[test]
fn namespaces_and_other_nodes() {
    check("//p:price/text()", "107.5");
    check("//price", "");
    check("//p:*[1]/text()", "107.5");
    check("//q:price", "error E3012");
    check("namespace-uri(//p:price)", "urn:price");
    check("local-name(//p:price)", "price");
    check("/comment()", " a shop ");
    check("/shop/processing-instruction('sort')", "by-title");
}

#[test]
fn operators_and_functions() {
    check("1 + 2 * 3 - 4 div 2", "5");
    check("-7 mod 3", "-1");
    check("1 div 0", "Infinity");
    check("0.1 + 0.2", "0.30000000000000004");
    check("sum(//p:price)", "17.5");
    check("sum(//p:price) > 17 and not(//dvd)", "true");
    check("//p:price = 7.5", "true");
    check("//p:price < 7", "false");
    check("//title != 'Dune'", "true");
    check("boolean(//dvd) or false()", "false");
    check("concat(//author, '-', string-length('abc'))", "Austen-3");
    check("contains('abc', 'b')", "true");
    check("starts-with('abc', 'b')", "false");
    check("substring-before('a=b', '=')", "a");
    check("substring-after('a=b', '=')", "b");
    check("substring('12345', 2, 3)", "234");
    check("substring('12345', 1.5, 2.6)", "234");
    check("substring('12345', 0 div 0)", "");
    check("normalize-space('  a   b ')", "a b");
    check("translate('bar', 'abc', 'AB')", "BAr");
    check("round(2.5) + round(-2.5)", "1");
    check("floor(-1.5)", "-2");
    check("ceiling(1.2)", "2");
    check("number('12') + number('x')", "NaN");
    check("string(//book[2]/title)", "Emma");
    check("name(id('c1'))", "cd");
}

#[test]
fn what_is_wrong_is_an_error() {
    for bad in [
        "",
        "/shop/",
        "//",
        "/shop[",
        "foo::bar",
        "$x",
        "upper-case('a')",
        "count()",
        "1 | 2",
        "'open",
        "/shop/book]",
        "a b",
        "@@id",
        "#",
    ] {
        check(bad, "error E3012");
    }
    check(&"(".repeat(10_000), "error E3012");
    check(&format!("{}1", "-".repeat(1001)), "-1");
}
