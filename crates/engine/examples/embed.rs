//! Embeds the evaluator: a function of its own, a limit, and a host that shows the log.
//!
//! ```text
//! cargo run -p rainwright --example embed
//! ```

use rainwright::{Call, Code, Data, Effect, Engine, Host, Inputs, Limits, OfflineHost, Outcome, Problem, Refusal};

/// Shows what `info` logs at once; everything else goes to the host without network.
struct Console {
    rest: OfflineHost,
}

impl Host for Console {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match &call.effect {
            Effect::Info { text } => {
                println!("[line {}] {text}", call.line);
                Ok(Outcome::Done)
            }
            _ => self.rest.perform(call),
        }
    }
}

fn main() -> Result<(), rainwright::Failure> {
    let engine = Engine::new()
        .timezone("Europe/Berlin")?
        .limits(Limits { steps: 100_000, ..Limits::default() })
        .function("erp.price", |args| match args.first().and_then(Data::as_text) {
            Some("A12") => Ok(Data::from(250)),
            _ => Err(Problem::new(Code::BadArgument, "erp.price knows no such article")),
        });

    let script = engine.compile(
        "quote.dg",
        r#"
        map quote(string article, int quantity)
        {
            total = erp.price(article) * quantity;
            info article + " x " + quantity + " = " + total;
            return {"article":article,"total":total};
        }
        "#,
    )?;
    let mut host = Console { rest: OfflineHost::new() };
    let done = script.run(&mut host, Inputs::new().entry("quote").arg("article", "A12").arg("quantity", 3));
    println!("result: {}", done.result?);

    // A script that would never end does end.
    let endless = engine.compile("endless.dg", "i = 0; while(true) { i = i + 1; }")?;
    match endless.run(&mut host, Inputs::new()).result {
        Err(failure) => println!("stopped: {failure}"),
        Ok(value) => println!("finished: {value}"),
    }
    Ok(())
}
