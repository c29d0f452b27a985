//! The least: compile a script, give it arguments, see its log and its result.
//!
//! ```text
//! cargo run -p rainwright --example minimal
//! ```

use rainwright::{Engine, Failure, Inputs, OfflineHost};

/// Runs the example.
pub fn main() -> Result<(), Failure> {
    let engine = Engine::new().timezone("Europe/Berlin")?;
    let script = engine.compile(
        "quote.dg",
        r#"
        map quote(string article, int quantity)
        {
            info "quoting " + article;
            return {"article":article,"total":quantity * 250};
        }
        "#,
    )?;
    let mut host = OfflineHost::new();
    let done = script.run(&mut host, Inputs::new().arg("article", "A12").arg("quantity", 3));
    assert_eq!(host.lines(), ["quoting A12"]);
    assert_eq!(done.result?.to_string(), r#"{"article":"A12","total":750}"#);
    Ok(())
}
