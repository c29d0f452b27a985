//! Functions of the embedding program: plain, typed through serde, async and blocking ones.

use rainwright::{Code, Data, Engine, Failure, Inputs, OfflineHost, Problem};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Order {
    article: String,
    pieces: u32,
}

#[derive(Serialize)]
struct Price {
    amount: f64,
    currency: &'static str,
}

/// Runs the example.
pub fn main() -> Result<(), Failure> {
    let engine = Engine::new()
        .function("erp.exists", |args| Ok(Data::from(args.first().is_some_and(|id| *id == "A12"))))
        .typed_function("erp.price", |(order,): (Order,)| match order.article.as_str() {
            "A12" => Ok(Price { amount: 2.5 * f64::from(order.pieces), currency: "EUR" }),
            _ => Err(Problem::new(Code::BadArgument, format!("There is no article {}", order.article))),
        })
        .async_function("erp.stock", |_| async { Ok(Data::from(7)) })
        .blocking_function("erp.report", |args| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            Ok(Data::from(args.len() as i64))
        });
    assert_eq!(engine.function_names().count(), 4);
    let script = engine.compile(
        "order.dg",
        r#"
        if(!erp.exists("A12"))
        {
            return "unknown";
        }
        price = erp.price({"article":"A12","pieces":3});
        try
        {
            erp.price({"article":"B1","pieces":1});
        }
        catch (e)
        {
            info e.message;
        }
        return price.get("amount") + " " + price.get("currency") + ", " + erp.stock("A12") + " left, " + erp.report(1, 2);
        "#,
    )?;
    let mut host = OfflineHost::new();
    let done = script.run(&mut host, Inputs::new());
    assert_eq!(done.result?.to_string(), "7.5 EUR, 7 left, 2");
    assert_eq!(host.lines(), ["There is no article B1"]);
    Ok(())
}
