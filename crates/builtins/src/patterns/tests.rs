//! Patterns as Java has them, case by case.

use super::{Cache, Mode};

fn replace(text: &str, pattern: &str, with: &str) -> String {
    let pattern = Cache::default().get(pattern, Mode::default()).unwrap();
    match pattern.replace(text, with, true, 1 << 20) {
        Ok(Some(out)) => out.into(),
        Ok(None) => text.to_owned(),
        Err(problem) => format!("{}: {}", problem.code, problem.message),
    }
}

fn matches(text: &str, pattern: &str) -> bool {
    let mode = Mode { whole: true, ..Mode::default() };
    Cache::default().get(pattern, mode).unwrap().is_match(text).unwrap()
}

fn error(pattern: &str) -> String {
    match Cache::default().get(pattern, Mode::default()) {
        Ok(_) => "none".into(),
        Err(problem) => format!("{}: {}", problem.code, problem.message),
    }
}

#[test]
fn groups_and_escapes_in_the_replacement() {
    assert_eq!(replace("2024-05", "([0-9]+)-([0-9]+)", "$2/$1"), "05/2024");
    assert_eq!(replace("ab", "(?<x>a)b", "${x}$0"), "aab");
    assert_eq!(replace("ab", "(a)", "$12"), "a2b");
    assert_eq!(replace("5", "[0-9]", "\\$$0\\\\"), "$5\\");
    assert_eq!(replace("5", "5", "$0$"), "5$");
    assert!(replace("a", "[a]", "$1").starts_with("E3010"));
    assert_eq!(replace("ac", "(a)(b)?c", "[$2]"), "[]");
}

#[test]
fn empty_matches_count_as_in_java() {
    assert_eq!(replace("abc", "x*", "-"), "-a-b-c-");
    assert_eq!(replace("aab", "a*", "-"), "--b-");
    assert_eq!(replace("é", "", "-"), "-é-");
}

#[test]
fn classes_are_those_of_java() {
    assert_eq!(replace("aé1٣_ b", "\\w", "."), ".é.٣. .");
    assert_eq!(replace("1٣", "\\d", "."), ".٣");
    assert_eq!(replace("x\u{a0}y z", "\\s", "."), "x\u{a0}y.z");
    assert_eq!(replace("x\u{a0}y z", "\\h", "."), "x.y.z");
    assert_eq!(replace("abcdefgh", "[a-d&&[^c]]", "."), "..c.efgh");
    assert_eq!(replace("axm5", "[a-d[m-p]]", "."), ".x.5");
    assert_eq!(replace("a]b-c^d", "[]^-]", "."), "a.b.c.d");
    assert_eq!(replace("a.b", "[.]", "-"), "a-b");
    assert_eq!(replace("a&~b", "[&~]", "-"), "a--b");
    assert_eq!(replace("Äb!", "\\p{Alpha}", "."), "Ä.!");
    assert_eq!(replace("Äb!", "\\p{L}", "."), "..!");
    assert_eq!(replace("Äb!", "\\p{IsAlphabetic}\\p{Punct}", "."), "Ä.");
    assert_eq!(replace("Äb!", "[^\\p{Punct}\\x41-\\u005A]", "."), "..!");
    assert_eq!(replace("a-b", "[\\w-]", "."), "...");
    assert_eq!(replace("tab\tx", "\\x09|\\Qx\\E", "."), "tab..");
}

#[test]
fn anchors_and_line_ends() {
    assert_eq!(replace("a\nb", "^", ">"), ">a\nb");
    assert_eq!(replace("a\r\nb\n", "(?m)^", ">"), ">a\r\n>b\n");
    assert_eq!(replace("a\r\nb", "(?m)$", "<"), "a<\r\nb<");
    assert_eq!(replace("a\n", "$", "<"), "a<\n<");
    assert_eq!(replace("a\r\n", "$", "<"), "a<\r\n<");
    assert_eq!(replace("ab", "$", "<"), "ab<");
    assert_eq!(replace("a\n", "\\z", "<"), "a\n<");
    assert_eq!(replace("a\rb", ".", "x"), "x\rx");
    assert_eq!(replace("a\rb", "(?s).", "x"), "xxx");
    assert!(matches("abc", "^abc$"));
    assert!(!matches("abc\n", "^abc$"));
    assert!(matches("abc\n", "^abc$\\n"));
    assert_eq!(replace("foo foobar", "\\bfoo\\b", "x"), "x foobar");
}

#[test]
fn look_around_references_and_possessive_repetition() {
    assert_eq!(replace("1234567", "(?<=\\d)(?=(\\d{3})+$)", ","), "1,234,567");
    assert_eq!(replace("hello book", "(.)\\1", "<$1>"), "he<l>o b<o>k");
    assert!(!matches("aaa", "a++a"));
    assert!(!matches("aaa", "a{1,3}+a"));
    assert!(matches("aaa", "a{1,3}a"));
    assert!(!matches("aaab", "(?>a+)ab"));
    assert!(matches("abab", "(?<n>ab)\\k<n>"));
    assert_eq!(replace("a1 a2", "(?<!1 )a", "b"), "b1 a2");
}

#[test]
fn flags() {
    assert_eq!(replace("aAbB", "(?i)a(?-i)b", "-"), "a-B");
    assert_eq!(replace("aA bB", "(?i:a)|b", "-"), "-- -B");
    assert_eq!(replace("a b", "(?x) a \\  b # end", "-"), "-");
    let mode = Mode { ignore_case: true, literal: true, ..Mode::default() };
    let pattern = Cache::default().get("A.b", mode).unwrap();
    let out = pattern.replace("a.B axb", "$1", true, 99).unwrap();
    assert_eq!(out.unwrap(), "$1 axb");
}

#[test]
fn mistakes_are_told() {
    for (pattern, why) in [
        ("a(b", "a parenthesis is not closed"),
        ("a)b", "a closing parenthesis too many"),
        ("*a", "there is nothing before '*' to repeat"),
        ("a|?", "there is nothing before '?' to repeat"),
        ("a**", "there is nothing before '*' to repeat"),
        ("{name}", "there is nothing before '{' to repeat"),
        ("a{x}", "'{' needs a number"),
        ("a{3,1}", "{3,1} has the smaller number last"),
        ("[a", "a bracket is not closed"),
        ("[z-a]", "the range z-a runs backwards"),
        ("\\q", "\\q has no meaning"),
        ("a\\", "it ends with a backslash"),
        ("(a)\\2", "it refers to group 2, but there are 1"),
        ("(?y)", "'y' is no kind of group and no flag"),
        ("\\p{InGreek}", "blocks such as InGreek are not supported"),
        ("\\p{Nonsense}", "not a pattern"),
    ] {
        let told = error(pattern);
        assert!(told.starts_with("E3012") && told.contains(why), "{pattern}: {told}");
    }
}

#[test]
fn explosions_end_at_a_limit() {
    let text = "a".repeat(40);
    let told = replace(&format!("{text}!b"), "(?:(?=a)a+)+b", "-");
    assert!(told.starts_with("E3013"), "{told}");
    assert!(error("((a{1000}){1000}){1000}").starts_with("E3013"));
    assert!(replace(&"a".repeat(2000), "a", &"b".repeat(2000)).starts_with("E3013"));
    // Without look-around the time is linear in the text.
    assert!(!matches(&format!("{text}!"), "(a+)+b"));
    for open in ["(", "[", "(?=", "[a&&"] {
        assert!(error(&open.repeat(100_000)).starts_with("E3012"));
    }
}
