//! Sources of unusual size and depth: each ends with a result or a diagnostic, on a thread with a small stack.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use rainwright::render::Style;
use rainwright::{Code, Engine, Failure, Inputs, Limits, OfflineHost};

/// What a script prints, or why it stopped.
fn run(source: &str) -> Result<String, Failure> {
    let mut host = OfflineHost::new();
    let script = Engine::new().compile("script.dg", source)?;
    script.run(&mut host, Inputs::new()).result?;
    Ok(host.lines().join("\n"))
}

fn code(source: &str) -> Code {
    match run(source) {
        Ok(printed) => panic!("it printed {printed}"),
        Err(failure) => failure.code(),
    }
}

#[test]
fn thousands_of_lines() {
    let mut source: String = (0..6000).map(|i| format!("a{i} = {i} + 1;\n")).collect();
    source.push_str("info a5999;");
    assert_eq!(run(&source).unwrap(), "6000");
}

#[test]
fn chains_of_thousands_of_operators() {
    assert_eq!(run(&format!("x = 1; y = x{}; info y;", " - 1".repeat(5000))).unwrap(), "-4999");
    assert_eq!(run(&format!("x = true; if(x{}) {{ info 1; }}", " && x".repeat(5000))).unwrap(), "1");
    assert_eq!(run(&format!("x = \"a\"; info x{};", ".trim()".repeat(2000))).unwrap(), "a");
    assert_eq!(run(&format!("x = \"\"; x = x{}; info x.length();", " + \"a\"".repeat(5000))).unwrap(), "5000");
}

#[test]
fn thousands_of_branches() {
    let branches: String = (0..5000).map(|i| format!("else if(x == {i}) {{ info {i}; }}\n")).collect();
    assert_eq!(run(&format!("x = 4999; if(x == -1) {{ }}\n{branches}")).unwrap(), "4999");
}

#[test]
fn ten_thousand_levels_are_a_clear_error() {
    assert_eq!(code(&format!("info {}1{};", "(".repeat(10_000), ")".repeat(10_000))), Code::TooDeep);
    assert_eq!(code(&format!("{}info 1;{}", "if(true) {".repeat(10_000), "}".repeat(10_000))), Code::TooDeep);
    assert_eq!(code(&format!("x = {}{};", "{".repeat(10_000), "}".repeat(10_000))), Code::TooDeep);
}

#[test]
fn a_long_line_is_not_shown_whole() {
    let failure = run(&format!("info {}1{};", "(".repeat(10_000), ")".repeat(10_000))).unwrap_err();
    assert!(failure.render(Style::PLAIN).len() < 1000);
}

#[test]
fn recursion_without_end_ends() {
    assert_eq!(code("int f(int n) { return f(n + 1); } info f(1);"), Code::LimitReached);
    let nested = format!("int f(int n) {{ return {}f(n + 1){}; }} info f(1);", "1 + (".repeat(200), ")".repeat(200));
    assert_eq!(code(&nested), Code::LimitReached);
}

/// A function that calls itself from the innermost part of a tree with so many levels.
fn deep_call_in(open: &str, close: &str, levels: usize) -> String {
    let (open, close) = (open.repeat(levels), close.repeat(levels));
    format!("int f(int n) {{ x = 1; if(n > 0) {{ x = {open}f(n - 1){close}; }} return 1; }} info f(64);")
}

#[test]
fn deep_calls_of_tall_trees_find_room() {
    let shapes = [
        ("(1 + ", ")"),
        ("{", "}"),
        ("{\"k\":", "}"),
        ("if(true, ", ", 0)"),
        ("if(n > 0 && true, ", ", 0)"),
        ("abs(", ")"),
        ("ifnull(", ", n)"),
        ("max(n, ", ")"),
        ("(\"\" + n).concat(", ")"),
        ("(\"a\" + ", " + \"b\")"),
        ("{1,2}.indexOf(", ")"),
        ("n.power(", ".toLong() - 1)"),
        ("(1 == ", ")"),
    ];
    for (open, close) in shapes {
        assert_eq!(run(&deep_call_in(open, close, 230)).unwrap(), "1", "{open}…{close}");
    }
    let statements = ["if(n > 0) {", "for each i in {1} {", "try {", "while(n > 0) {"];
    for open in statements {
        let close = match open {
            "try {" => "} catch (e) { info e.message; }",
            "while(n > 0) {" => "break; }",
            _ => "}",
        };
        let source = format!(
            "int f(int n) {{ {} if(n > 0) {{ x = f(n - 1); }} {} return 1; }} info f(64);",
            open.repeat(230),
            close.repeat(230)
        );
        assert_eq!(run(&source).unwrap(), "1", "{open}");
    }
}

#[test]
fn thousands_of_guards() {
    let guards: String = (0..20_000).map(|i| format!("if(n == {i}) {{ return -{i}; }}\n")).collect();
    assert_eq!(
        run(&format!("int f(int n) {{ {guards} return 7; }} info f(30000); info f(19999);")).unwrap(),
        "7\n-19999"
    );
}

#[test]
fn a_loop_without_end_ends() {
    let engine = Engine::new().limits(Limits { fuel: 10_000, ..Limits::default() });
    let script = engine.compile("script.dg", "while(true) { try { x = 1; } catch (e) { } }").unwrap();
    let failure = script.run(&mut OfflineHost::new(), Inputs::new()).result.unwrap_err();
    assert_eq!(failure.code(), Code::LimitReached);
}

#[test]
fn memory_is_bounded() {
    let engine = Engine::new().limits(Limits { memory: 10 << 20, ..Limits::default() });
    for source in [
        "l = List(); while(true) { l.add(1); }",
        "m = Map(); i = 0; while(true) { i = i + 1; m.put(i,i); }",
        "l = List(); while(true) { l.add(\"a text that is too long to be kept in place\"); }",
        "s = \"x\"; while(true) { s = s + s; }",
        "s = \"x\"; while(s.length() < 2000000) { s = s + s; } l = List(); while(true) { l.add(s + 1); }",
        "s = \"x\".repeat(2000000); l = List(); while(true) { l.add(s.toUpperCase()); }",
        "s = \"x,\".repeat(100000); l = List(); while(true) { l.add(s.toList()); }",
    ] {
        let script = engine.compile("script.dg", source).unwrap();
        let failure = script.run(&mut OfflineHost::new(), Inputs::new()).result.unwrap_err();
        assert_eq!(failure.code(), Code::LimitReached, "{source}");
    }
}

/// What scripts do with values, for one in the variable `v`.
const USES: [&str; 22] = [
    "info v.toString().length() > 0;",
    "info (v + \"\").length() > 0;",
    "info v;",
    "info v == w;",
    "info {v,v,w}.distinct().size() > 0;",
    "info {w}.contains(v);",
    "info {1,v}.sort();",
    "k = Map(); k.put(v, 1); k.put(w, 2); info k.get(v); info k.toString().length() > 0;",
    "k = Map(); k.put(\"a\", v); info k.toXML().length() > 0;",
    "k = {v}; info k.toXML().length() > 0;",
    "k = {v}; info k.compress(\"a.zip\");",
    "info toCollection({v}).duplicate().size();",
    "info {v}.toJSONList();",
    "info v.toMap();",
    "info v.toList();",
    "info isNull(v); info isEmpty(v); info isText(v);",
    "for each x in v { info x == v; }",
    "info encodeUrl(v.toString()).length() > 0;",
    "x = invokeurl [ url: \"https://example.com\" type: POST parameters: v ];",
    "x = invokeurl [ url: \"https://example.com\" type: POST body: v headers: {\"a\": v} ];",
    "throw v;",
    "return v;",
];

/// Values that are nested deep.
const DEEP: [&str; 4] = [
    "v = List(); i = 0; while(i < 1000) { n = List(); n.add(v); v = n; i = i + 1; }",
    "v = Map(); i = 0; while(i < 1000) { n = Map(); n.put(\"k\", v); v = n; i = i + 1; }",
    "v = Map(); i = 0; while(i < 300) { n = Map(); n.put(v, 1); v = n; i = i + 1; }",
    "v = Collection(); i = 0; while(i < 1000) { n = Collection(); n.insert(v); v = n; i = i + 1; }",
];

/// Values that hold the same parts more often than can be counted.
const SHARED: [&str; 2] = [
    "v = List(); i = 0; while(i < 180) { n = List(); n.add(v); n.add(v); v = n; i = i + 1; }",
    "v = Map(); i = 0; while(i < 180) { n = Map(); n.put(\"a\", v); n.put(\"b\", v); v = n; i = i + 1; }",
];

/// Whatever the stack that a run finds, nothing that is done with such values runs over its end or takes for ever.
#[test]
fn deep_values_are_used_on_small_stacks() {
    let engine = Engine::new().limits(Limits { memory: 1 << 20, ..Limits::default() });
    for (kibibytes, shapes) in [(160, &DEEP[..]), (256, &DEEP[..]), (2048, &SHARED[..])] {
        let sources =
            shapes.iter().flat_map(|shape| USES.iter().map(move |act| format!("{shape} w = v; {shape} {act}")));
        let scripts: Vec<_> = sources.map(|source| engine.compile("script.dg", &source).unwrap()).collect();
        let run = move || {
            for script in scripts {
                let _ = script.run(&mut OfflineHost::new(), Inputs::new()).result;
            }
        };
        std::thread::Builder::new().stack_size(kibibytes << 10).spawn(run).unwrap().join().unwrap();
    }
}

#[test]
fn values_may_be_nested_without_end() {
    assert_eq!(
        run("l = List(); i = 0; while(i < 300000) { n = List(); n.add(l); l = n; i = i + 1; } info 1;").unwrap(),
        "1"
    );
    assert_eq!(run("m = Map(); m.put(\"m\",m); info m.toString().length() > 5; info m == m;").unwrap(), "true\ntrue");
}
