//! A task of the embedding program: declared with its keys, answered by the host, known to checks and editors.

use rainwright::{
    Call, Code, Data, Effect, Engine, Failure, Host, Inputs, Kind, Outcome, OwnKey, OwnTask, Problem, Refusal,
};
use rainwright_ide::{Analysis, CheckOptions, Project, check};

/// A host that takes orders, and logs.
#[derive(Default)]
struct Erp {
    orders: Vec<String>,
}

impl Host for Erp {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        let Effect::Task { name, arguments } = &call.effect else {
            return match call.effect {
                Effect::Info { .. } => Ok(Outcome::Done),
                other => Err(other.not_supported().into()),
            };
        };
        if name != "erp.order" {
            return Err(call.effect.not_supported().into());
        }
        let article = arguments["article"].as_text().unwrap_or_default();
        if article == "B1" {
            // The script may catch it.
            return Err(Problem::new(Code::BadArgument, "There is no article B1.").into());
        }
        let pieces = arguments["pieces"].as_number().unwrap_or(1);
        self.orders.push(format!("{pieces} x {article}"));
        Ok(Data::map([("number", self.orders.len() as i64)]).into())
    }
}

/// Runs the example.
pub fn main() -> Result<(), Failure> {
    let order = OwnTask::new(
        "erp.order",
        [
            OwnKey::required("article", Kind::Text, "The article's number."),
            OwnKey::optional("pieces", Kind::Number, "How many; one when left out."),
            OwnKey::optional("priority", Kind::Text, "When it is sent.").words(["NOW", "LATER"]),
        ],
    );
    let order = order.doc("Orders an article.").returns(Kind::Map);
    let engine = Engine::new().own_task(&order)?;
    let source = r#"
        first = erp.order
        [
            article: "A12"
            pieces: 2 + 1
            priority: NOW
        ];
        try
        {
            erp.order [ article: "B1" ];
        }
        catch (e)
        {
            info e.message;
        }
        return first.get("number");
    "#;
    let mut erp = Erp::default();
    let done = engine.compile("order.dg", source)?.run(&mut erp, Inputs::new());
    assert_eq!(done.result?.to_string(), "1");
    assert_eq!(erp.orders, ["3 x A12"]);

    // A check finds what would be an error of the run.
    let options = CheckOptions { tasks: engine.tasks().clone(), ..CheckOptions::default() };
    assert!(check(source, &options).is_empty());
    let found = check("x = erp.order [ peices: \"many\" ];\ninfo x;", &options);
    let messages: Vec<&str> = found.iter().map(|one| one.problem.message.as_str()).collect();
    assert_eq!(messages, ["article is missing for the erp.order task", "erp.order has no key 'peices'."]);

    // An editor completes and explains it.
    let mut analysis = Analysis::default();
    analysis.set_project("shop", Project { tasks: engine.tasks().clone(), ..Project::default() });
    analysis.open("order.dg", "shop", source);
    let at = source.find("pieces").unwrap_or_default() as u32;
    let hover = analysis.hover("order.dg", at).map(|hover| hover.markdown).unwrap_or_default();
    assert!(hover.contains("How many; one when left out."), "{hover}");
    Ok(())
}
