//! Many scripts at once on few threads.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rainwright::{
    Answer, AsyncHost, Call, Code, Data, Effect, Engine, HttpResponse, Inputs, Interrupt, Limits, Outcome, Pool,
    Refusal, Script,
};

/// A host whose HTTP calls take a while; it counts how many are under way at once.
#[derive(Default)]
struct Slow {
    wait: Duration,
    under_way: AtomicUsize,
    most: AtomicUsize,
    let_go: AtomicUsize,
}

/// Notes that a call was dropped before it ended.
struct Guard<'s>(&'s Slow, bool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        if !self.1 {
            self.0.let_go.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Slow {
    fn taking(millis: u64) -> Arc<Self> {
        Arc::new(Self { wait: Duration::from_millis(millis), ..Self::default() })
    }
}

impl AsyncHost for Slow {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        let Effect::Http(request) = call.effect else { return Ok(Outcome::Done) };
        assert!(!request.url.ends_with("/panic"), "as the test wants it");
        self.most.fetch_max(self.under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let mut guard = Guard(self, false);
        tokio::time::sleep(self.wait).await;
        guard.1 = true;
        assert!(!request.url.ends_with("/late"), "as the test wants it");
        let body = request.url.rsplit('/').next().unwrap().as_bytes().to_vec();
        Ok(Outcome::Http(Box::new(HttpResponse { status: 200, body: body.into(), ..HttpResponse::default() })))
    }
}

fn compile(source: &str) -> Script {
    Engine::new().compile("script.dg", source).unwrap()
}

const ASK: &str = r#"
    a = invokeurl [ url: "http://127.0.0.1/" + n type: GET ];
    b = invokeurl [ url: "http://127.0.0.1/" + (n + 1) type: GET ];
    return a + "," + b;
"#;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn thousands_wait_at_once_on_two_threads() {
    runtime().block_on(async {
        let (pool, host, script) = (Pool::with_threads(2).unwrap(), Slow::taking(2_000), compile(ASK));
        let runs: Vec<_> =
            (0..2_000).map(|n| pool.run(&script, Arc::clone(&host), Inputs::new().arg("n", n))).collect();
        for (n, run) in runs.into_iter().enumerate() {
            assert_eq!(run.await.result.unwrap(), format!("{n},{}", n + 1));
        }
        assert_eq!(host.most.load(Ordering::SeqCst), 2_000);
        assert_eq!(pool.load(), 0);
    });
}

#[test]
fn one_that_computes_does_not_hold_up_the_others() {
    runtime().block_on(async {
        let (pool, host) = (Pool::with_threads(1).unwrap(), Slow::taking(1));
        let endless = Interrupt::default();
        let stop = Inputs::new().interrupt(Interrupt::clone(&endless));
        let endless_run = pool.run(&compile("while(true) { x = 1; }"), Arc::clone(&host), stop);
        let other = pool.run(&compile(ASK), host, Inputs::new().arg("n", 7)).await;
        assert_eq!(other.result.unwrap(), "7,8");
        endless.store(true, Ordering::Relaxed);
        assert_eq!(endless_run.await.result.unwrap_err().code(), Code::Interrupted);
    });
}

#[test]
fn a_run_that_nobody_waits_for_is_stopped_with_its_call() {
    runtime().block_on(async {
        let (pool, host) = (Pool::with_threads(1).unwrap(), Slow::taking(60_000));
        let run = pool.run(&compile(ASK), Arc::clone(&host), Inputs::new().arg("n", 1));
        let begun = Instant::now();
        while host.under_way.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(run);
        while pool.load() > 0 || host.let_go.load(Ordering::SeqCst) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it still runs");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

async fn answer(pool: &Pool, source: &str) -> Answer {
    pool.run(&compile(source), Slow::taking(1), Inputs::new()).await
}

#[test]
fn mistakes_end_one_run_and_not_the_pool() {
    runtime().block_on(async {
        let pool = Pool::with_threads(1).unwrap();
        let failure = answer(&pool, "a = 1;\nb = a / 0;").await.result.unwrap_err();
        assert_eq!((failure.code(), failure.place().unwrap().line), (Code::DivideByZero, 2));
        for place in ["panic", "late"] {
            let source = format!(
                "try {{ invokeurl [ url: \"http://127.0.0.1/{place}\" type: GET ]; }} catch (e) {{ return 1; }}"
            );
            let failure = answer(&pool, &source).await.result.unwrap_err();
            assert!(failure.message().contains("The host panicked"), "{}", failure.message());
        }
        let engine = Engine::new().function("erp.fail", |_| panic!("in a function"));
        let failing = engine.compile("f.dg", "return erp.fail(1);").unwrap();
        let failure = pool.run(&failing, Slow::taking(1), Inputs::new()).await.result.unwrap_err();
        assert!(failure.message().contains("in a function"), "{}", failure.message());
        assert_eq!(answer(&pool, "return 1;").await.result.unwrap(), 1);
    });
}

#[test]
fn functions_of_the_program_around_and_arguments_of_all_kinds() {
    runtime().block_on(async {
        let engine = Engine::new().function("erp.price", |args| {
            Ok(Data::from(args.first().and_then(Data::as_text).unwrap_or_default().len() as i64 * 100))
        });
        let source = "map offer(string sku, list pieces, decimal rate) { return {\"sku\":sku,\"total\":erp.price(sku) * pieces.size() * rate}; }";
        let script = engine.compile("offer.dg", source).unwrap();
        let job = Inputs::new().entry("offer").arg("sku", "U-1").data("pieces", vec![1, 2]).data("rate", 1.5);
        let answer = Pool::start().unwrap().run(&script, Slow::taking(0), job).await;
        assert_eq!(answer.result.unwrap().to_string(), r#"{"sku":"U-1","total":900.0}"#);
    });
}

#[test]
fn deep_calls_and_tall_trees_find_room_on_small_stacks() {
    runtime().block_on(async {
        let pool = Pool::with_threads(1).unwrap();
        let deep = "int f(int n) { if(n == 0) { return 0; } return 1 + f(n - 1); } return f(500);";
        assert_eq!(answer(&pool, deep).await.result.unwrap(), 500);
        let tall = format!("x = 1; return {}x{};", "abs(".repeat(240), ")".repeat(240));
        assert_eq!(answer(&pool, &tall).await.result.unwrap(), 1);
        let long = format!("x = 1; return x{};", " - 1".repeat(5000));
        assert_eq!(answer(&pool, &long).await.result.unwrap(), -4999);
        // A call deep inside waits on a stretch of its own.
        let asking = "string f(int n) { if(n == 0) { return invokeurl [ url: \"http://127.0.0.1/deep\" type: GET ]; } \
                      return f(n - 1); } return f(400);";
        let runs: Vec<_> = (0..50).map(|_| pool.run(&compile(asking), Slow::taking(20), Inputs::new())).collect();
        for run in runs {
            assert_eq!(run.await.result.unwrap(), "deep");
        }
    });
}

#[test]
fn memory_is_counted_for_each_run_alone() {
    runtime().block_on(async {
        let engine = Engine::new().limits(Limits { memory: 12 << 20, ..Limits::default() });
        let source = "l = List(); for each i in \"a\".repeat(30000).toList(\"\") { l.add(i + \"-----------------------------\"); } \
                      invokeurl [ url: \"http://127.0.0.1/x\" type: GET ]; return l.size();";
        let script = engine.compile("holds.dg", source).unwrap();
        let (pool, host) = (Pool::with_threads(1).unwrap(), Slow::taking(200));
        let runs: Vec<_> = (0..20).map(|_| pool.run(&script, Arc::clone(&host), Inputs::new())).collect();
        for run in runs {
            assert_eq!(run.await.result.unwrap(), 30_000);
        }
    });
}

/// Resident bytes of this process.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
#[ignore = "a measurement: cargo test --release -p rainwright --test pool -- --ignored --nocapture"]
fn what_a_waiting_script_costs() {
    runtime().block_on(async {
        let (pool, host, script) = (Pool::with_threads(1).unwrap(), Slow::taking(10_000), compile(ASK));
        let before = resident();
        let begun = Instant::now();
        let runs: Vec<_> =
            (0..10_000).map(|n| pool.run(&script, Arc::clone(&host), Inputs::new().arg("n", n))).collect();
        while host.most.load(Ordering::SeqCst) < 10_000 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let each = (resident() - before) as f64 / 10_000.0 / 1024.0;
        println!("10,000 waiting after {:?}: {each:.1} KiB each; wanted: at most 25", begun.elapsed());
        for run in runs {
            run.await.result.unwrap();
        }
        let quick = Slow::taking(0);
        let begun = Instant::now();
        let nothing = compile("info \"x\"; return 1;");
        for _ in 0..100_000 {
            pool.run(&nothing, Arc::clone(&quick), Inputs::new()).await.result.unwrap();
        }
        println!("a run there and back: {:?}", begun.elapsed() / 100_000);
    });
}
