//! Tasks of the embedding program: run in every way, refused where they are wrong, known to checks and editors.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use rainwright::builtins::{OwnKey, OwnTask};
use rainwright::{
    AsyncHost, Call, Data, Effect, Engine, Host, Inputs, Kind, Kinds, Next, Outcome, Pool, Refusal, Script,
};
use rainwright_ide::{Analysis, CheckOptions, CompletionKind, Project, check};

fn engine() -> Engine {
    let order = OwnTask::new(
        "erp.order",
        [
            OwnKey::required("article", Kind::Text, "The article's number."),
            OwnKey::optional("pieces", Kind::Number, "How many."),
            OwnKey::optional("ship to", Kinds::of(&[Kind::Text, Kind::Map]), "The address."),
            OwnKey::optional("mode", Kind::Text, "How it is sent.").words(["AIR", "SEA"]),
            OwnKey::optional("note", Kind::Text, "Anything."),
        ],
    );
    let order =
        order.doc("Orders an article. It costs money.").returns(Kind::Map).example("erp.order [ article: \"A\" ];");
    Engine::new().own_task(&order).unwrap().task("ping", [OwnKey::optional("n", Kind::Number, "Anything.")]).unwrap()
}

/// Answers a task with its name and arguments.
fn answer(call: &Call) -> Result<Outcome, Refusal> {
    match &call.effect {
        Effect::Task { name, arguments } => Ok(Data::map([(name.as_str(), arguments.clone())]).into()),
        Effect::Info { .. } => Ok(Outcome::Done),
        other => Err(other.not_supported().into()),
    }
}

struct Echo;

impl Host for Echo {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        answer(&call)
    }
}

impl AsyncHost for Echo {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        tokio::task::yield_now().await;
        answer(&call)
    }
}

fn compile(source: &str) -> Script {
    engine().compile("a.dg", source).unwrap_or_else(|e| panic!("{source}: {e}"))
}

/// Scripts and what comes out of them; an error by its message.
const CASES: &[(&str, &str)] = &[
    (r#"return erp.order [ article: "A12" ];"#, r#"{"erp.order":{"article":"A12"}}"#),
    // In the order and the spelling of the declaration, in any spelling of the script; null is not given.
    (
        r#"n = 3; return ERP.Order [ pieces: n * 2, Ship-To: {"city":"Pune"} article: "A" + n; note: null ];"#,
        r#"{"erp.order":{"article":"A3","pieces":6,"ship to":{"city":"Pune"}}}"#,
    ),
    // A bare word, and a variable of that name.
    (r#"return erp.order [ article: "A" mode: AIR ];"#, r#"{"erp.order":{"article":"A","mode":"AIR"}}"#),
    (r#"AIR = "slow"; return erp.order [ article: "A" mode: AIR ];"#, r#"{"erp.order":{"article":"A","mode":"slow"}}"#),
    // As a statement, no semicolon is needed; as an operand, it is a value.
    (r#"ping [ n: 1 ] return ping [ n: 2 ].get("ping").get("n") + 1;"#, "3"),
    (r#"try { erp.order [ pieces: 1 ]; } catch (e) { return e.message; }"#, "erp.order needs the key 'article'"),
    (
        r#"try { erp.order [ article: "A" pieces: "many" ]; } catch (e) { return e.message; }"#,
        "The key 'pieces' of erp.order takes NUMBER but found TEXT.",
    ),
    (
        r#"try { erp.order [ article: "A" peices: 1 ]; } catch (e) { return e.message; }"#,
        "erp.order has no key 'peices'.",
    ),
    (r#"try { erp.ordr [ article: "A" ]; } catch (e) { return e.message; }"#, "Not able to find the task 'erp.ordr'"),
    // Queries of records are what they were.
    (
        r#"try { x = Orders[ID == 1]; } catch (e) { return e.message; }"#,
        "The records of the form 'Orders' are not available in this run.",
    ),
];

#[test]
fn scripts_use_them_as_they_use_any_task() {
    for (source, expected) in CASES {
        let done = compile(source).run(&mut Echo, Inputs::new());
        let came = done.result.map_or_else(|failure| failure.to_string(), |value| value.to_string());
        assert_eq!(came, *expected, "{source}");
    }
}

#[test]
fn an_async_host_and_a_pulled_run_answer_them_too() {
    let script = compile(CASES[1].0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let answer =
        runtime.block_on(async { Pool::with_threads(1).unwrap().run(&script, Arc::new(Echo), Inputs::new()).await });
    assert_eq!(answer.result.unwrap().to_string(), CASES[1].1);
    let mut flow = script.flow(Inputs::new()).unwrap();
    let Next::Asks(call) = flow.next() else { panic!("it asks for nothing") };
    assert!(matches!(&call.effect, Effect::Task { name, .. } if name == "erp.order"));
    flow.answer(Ok(Data::from(7).into()));
    let Next::Ended(answer) = flow.next() else { panic!("it does not end") };
    assert_eq!(answer.result.unwrap(), 7);
}

#[test]
fn checks_know_them() {
    let options = CheckOptions { tasks: engine().tasks().clone(), ..CheckOptions::default() };
    for (source, expected) in [
        (r#"x = erp.order [ article: "A" pieces: 1 mode: AIR ]; info x;"#, &[][..]),
        (r#"x = erp.order [ pieces: 1 ]; info x;"#, &["article is missing for the erp.order task"]),
        (r#"x = erp.order [ article: "A" peices: 1 ]; info x;"#, &["erp.order has no key 'peices'."]),
        (r#"x = erp.order [ article: "A" pieces: {1} ]; info x;"#, &["The key 'pieces' of erp.order takes NUMBER"]),
        (r#"x = erp.ordr [ article: "A" ]; info x;"#, &["Not able to find the task 'erp.ordr'"]),
        // The result is a map.
        (r#"x = erp.order [ article: "A" ]; info x.toUpperCase();"#, &["KEY-VALUE has no function toUpperCase"]),
        // No word at this key: a name is a variable.
        (
            r#"void f() { article = "A"; x = erp.order [ article: artcle ]; info x + article; }"#,
            &["Variable 'artcle' is not defined"],
        ),
    ] {
        let found = check(source, &options);
        let messages: Vec<&str> = found.iter().map(|one| one.problem.message.as_str()).collect();
        assert_eq!(messages, expected, "{source}");
    }
    let unknown = check(CASES[0].0, &CheckOptions::default());
    assert_eq!(unknown[0].problem.message, "Not able to find the task 'erp.order'");
}

#[test]
fn editors_complete_and_explain_them() {
    let tell = |source: &str| {
        let mut analysis = Analysis::default();
        let functions = vec!["erp.price".to_owned()];
        analysis.set_project("p", Project { tasks: engine().tasks().clone(), functions, ..Project::default() });
        analysis.open("a.dg", "p", &source.replace('‸', ""));
        (analysis, source.find('‸').unwrap() as u32)
    };
    let labels = |source: &str, kind: CompletionKind| {
        let (analysis, at) = tell(source);
        let all = analysis.completions("a.dg", at).into_iter().filter(|one| one.kind == kind);
        all.map(|one| one.label).collect::<Vec<_>>()
    };
    assert!(labels("x = ‸", CompletionKind::Task).contains(&"erp.order".to_owned()));
    assert_eq!(labels("x = erp.‸", CompletionKind::Task), ["order"]);
    assert_eq!(labels("x = erp.‸", CompletionKind::Function), ["price"]);
    assert_eq!(
        labels("x = erp.order\n[\n\tarticle: \"A\"\n\t‸\n];", CompletionKind::Key),
        ["mode", "note", "pieces", "ship to"]
    );
    assert_eq!(labels("x = erp.order\n[\n\tmode: ‸\n];", CompletionKind::Value), ["AIR", "SEA"]);
    let (analysis, at) = tell("x = er‸p.order\n[\n\tarticle: \"A\"\n];");
    let hover = analysis.hover("a.dg", at).unwrap().markdown;
    assert!(hover.contains("erp.order [ … ] → KEY-VALUE") && hover.contains("It costs money."), "{hover}");
    assert!(hover.contains("- `article` (TEXT, required): The article's number."), "{hover}");
    assert_eq!(analysis.documentation("task erp.order").unwrap(), hover);
    let (analysis, at) = tell("x = erp.order\n[\n\tarticle: \"A\"\n\tship‸-to: \"Pune\"\n];");
    assert!(analysis.hover("a.dg", at).unwrap().markdown.contains("The address."));
}

#[test]
fn the_formatter_keeps_them() {
    let source = "x = erp.order [ article : \"A12\" pieces:3 ];";
    let formatted = rainwright_format::format(source).unwrap();
    assert_eq!(formatted, "x = erp.order\n[\n\tarticle:\"A12\"\n\tpieces:3\n];\n");
}
