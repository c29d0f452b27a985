//! Small manuals: what becomes of links, headings, code, and what is hostile.
#![allow(clippy::unwrap_used)]

use axum::body::to_bytes;

use super::*;

fn manual(pages: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pages: Vec<ManualPage> =
        pages.iter().map(|(path, text)| ManualPage { path: (*path).into(), text: (*text).into() }).collect();
    Manual::new(&pages).files().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

#[test]
fn links_lead_to_pages_or_name_the_source() {
    let files = manual(&[
        ("guide/README.md", "# Guide\n\n[Two](two.md), [one](one.md), [list](../reference/index.md#text)"),
        (
            "guide/one.md",
            "# One\n\nSee [above](#one), [the tests](../../tests/suite), [out](https://example.com/a?b&c)",
        ),
        ("guide/two.md", "# Two\n\n[Home](README.md)"),
        ("reference/index.md", "# Reference\n\n## Text\n\n[deep](lints/e1.md)"),
        ("reference/lints.md", "# Lints"),
        ("reference/lints/e1.md", "# E1\n\n[up](../index.md)"),
    ]);
    let has = |file: &str, text: &str| assert!(files[file].contains(text), "{text} in {}", files[file]);
    has("guide/index.html", "<a href=\"two.html\">Two</a>");
    has("guide/index.html", "<a href=\"../reference/index.html#text\">list</a>");
    has("guide/one.html", "<a href=\"#one\">above</a>");
    has(
        "guide/one.html",
        "<span class=\"source\" title=\"../../tests/suite in the source\">".replace("../../", "").as_str(),
    );
    has("guide/one.html", "<a href=\"https://example.com/a?b&amp;c\">out</a>");
    has("guide/two.html", "<a href=\"index.html\">Home</a>");
    has("reference/lints/e1.html", "<a href=\"../index.html\">up</a>");
    // The guide's own list decides the order; a page below another one belongs to it.
    has("guide/two.html", "<a rel=\"next\" href=\"../guide/one.html\">One →</a>");
    has("reference/lints/e1.html", "<a href=\"../../reference/lints.html\" aria-current=\"page\">");
}

#[test]
fn code_is_coloured_and_nothing_of_it_is_lost() {
    let code = "info \"a<b\" + 12.5; // ünd\nx = 'open";
    let files = manual(&[("a.md", &format!("# A\n\n```deluge\n{code}\n```\n\n```sh\ndg run <x>\n```\n"))]);
    let page = &files["a.html"];
    assert!(page.contains("<span class=\"word\">info</span> <span class=\"text\">&quot;a&lt;b&quot;</span>"), "{page}");
    assert!(page.contains("<span class=\"number\">12.5</span>; <span class=\"comment\">// ünd</span>"), "{page}");
    assert!(page.contains("<code>dg run &lt;x&gt;\n</code>"), "{page}");
    for text in [code, "", "{{{ ¤ 'ü", "/* open", "<% a %>", "\"\u{1f600}"] {
        let shown = markdown::colored(text).into_string();
        let mut plain = String::new();
        for part in shown.split('<') {
            plain.push_str(part.split_once('>').map_or(part, |(_, after)| after));
        }
        let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        assert_eq!(plain, text);
    }
}

#[test]
fn headings_are_linked_as_the_markdown_hosts_do_it_and_searched() {
    let files = manual(&[(
        "a.md",
        "<!-- for authors -->\n\n# A `b` C\n\nFirst.\n\n## for each\n\n*One* two.\n\n## for each\n\nx",
    )]);
    let page = &files["a.html"];
    assert!(!page.contains("for authors"), "{page}");
    for id in ["<h1 id=\"a-b-c\">", "<h2 id=\"for-each\">", "<h2 id=\"for-each-1\">"] {
        assert!(page.contains(id), "{id} in {page}");
    }
    let index = &files["search.js"];
    assert!(index.contains("[\"A b C\",\"for each\",\"a.html#for-each\",\"One two.\"],"), "{index}");
}

#[test]
fn markup_in_a_page_is_shown_and_does_nothing() {
    let files =
        manual(&[("a.md", "# <b>A</b>\n\nx <script>alert(1)</script> y\n\n<script>alert(2)</script>\n\n[l](\"><i>)")]);
    let page = &files["a.html"];
    assert!(!page.contains("<script>") && !page.contains("<i>") && !page.contains("<b>"), "{page}");
    assert!(page.contains("x &lt;script&gt;alert(1)&lt;/script&gt; y"), "{page}");
}

#[tokio::test]
async fn routes_answer_with_the_same_files() {
    let pages = [ManualPage { path: "guide/README.md".into(), text: "# Guide".into() }];
    let manual = Manual::new(&pages);
    for (path, status, kind) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/guide/", 200, "text/html; charset=utf-8"),
        ("/guide/index.html", 200, "text/html; charset=utf-8"),
        ("/search.js", 200, "text/javascript; charset=utf-8"),
        ("/manual.css", 200, "text/css; charset=utf-8"),
        ("/../Cargo.toml", 404, "text/html; charset=utf-8"),
        ("/no/such", 404, "text/html; charset=utf-8"),
    ] {
        let response = answer(State(manual.clone()), path.parse().unwrap()).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind, "{path}");
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert!(!body.is_empty(), "{path}");
    }
}
