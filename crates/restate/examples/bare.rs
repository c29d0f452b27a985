//! Ten steps with the SDK alone, to compare with a script of ten: `tests/interop/restate/speed.mjs`.
#![allow(missing_docs)]

use std::time::{SystemTime, UNIX_EPOCH};

use restate_sdk::prelude::*;

struct Bare;

#[restate_sdk::service(name = "bare")]
impl Bare {
    #[handler]
    async fn clock(&self, context: Context<'_>) -> Result<u64, HandlerError> {
        let mut last = 0;
        for _ in 0..10 {
            let now = context.run(|| async {
                let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
                Ok(u64::try_from(since.as_millis())?)
            });
            last = now.name("now").await?;
        }
        Ok(last)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    HttpServer::new(Endpoint::builder().bind(Bare).build()).serve(listener).await;
    Ok(())
}
