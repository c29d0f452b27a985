//! An async host: many scripts wait for it at once, on few threads.

use std::sync::Arc;
use std::time::Duration;

use rainwright::{AsyncHost, Call, Effect, Engine, HttpResponse, Inputs, Outcome, Pool, Refusal};

/// Answers every HTTP call after a while.
struct Echo;

impl AsyncHost for Echo {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Http(request) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let body = format!("{} {}", request.method, request.url).into_bytes().into();
                Ok(Outcome::Http(Box::new(HttpResponse { status: 200, body, ..HttpResponse::default() })))
            }
            Effect::Info { text } => {
                println!("{}: {text}", call.run);
                Ok(Outcome::Done)
            }
            other => Err(other.not_supported().into()),
        }
    }
}

/// Runs the example.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let script =
            Engine::new().compile("ask.dg", "return invokeurl [ url: \"http://api.example/\" + id type: GET ];")?;
        let pool = Pool::with_threads(1)?;
        let runs: Vec<_> = (0..100)
            .map(|id| pool.run(&script, Arc::new(Echo), Inputs::new().arg("id", id).run(format!("run {id}"))))
            .collect();
        for (id, run) in runs.into_iter().enumerate() {
            let answer = run.await;
            assert_eq!(answer.result?, format!("GET http://api.example/{id}"));
            assert_eq!(answer.usage.effects, 1);
        }
        Ok(())
    })
}
