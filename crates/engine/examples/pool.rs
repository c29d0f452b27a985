//! A pool with tokio: strangers' scripts beside each other, with a budget for all of them, and one that is given up.

use std::sync::Arc;
use std::time::Duration;

use rainwright::{AsyncHost, Call, Code, Engine, Inputs, Limits, Outcome, Pool, Refusal};

struct Silent;

impl AsyncHost for Silent {
    async fn perform(&self, _: Call) -> Result<Outcome, Refusal> {
        Ok(Outcome::Done)
    }
}

/// Runs the example.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let limits = Limits { cpu: Some(Duration::from_millis(500)), memory: 32 << 20, ..Limits::default() };
        let engine = Engine::new().limits(limits);
        let pool = Pool::with_threads(2)?.memory(64 << 20);
        let host = Arc::new(Silent);

        let endless = engine.compile("endless.dg", "while(true) { x = 1; }")?;
        let hostile: Vec<_> = (0..4).map(|_| pool.run(&endless, Arc::clone(&host), Inputs::new())).collect();
        let given_up = pool.run(&endless, Arc::clone(&host), Inputs::new());

        // The others have their turn all the same.
        let good = engine.compile("good.dg", "info \"hello\"; return n * 2;")?;
        for n in 0..50 {
            let answer = pool.run(&good, Arc::clone(&host), Inputs::new().arg("n", n)).await;
            assert_eq!(answer.result?, i64::from(n) * 2);
            assert_eq!(answer.lines, ["hello"]);
        }
        drop(given_up);
        for run in hostile {
            let answer = run.await;
            assert_eq!(answer.result.err().map(|failure| failure.code()), Some(Code::LimitReached));
        }
        Ok(())
    })
}
