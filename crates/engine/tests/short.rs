//! Runs on a thread that others wait for, and in a pool when a step is long.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rainwright::{
    Answer, AsyncHost, Call, Code, Data, Effect, Engine, Failure, HttpResponse, Inputs, Interrupt, Limits, Next,
    Outcome, Pool, Refusal, Script, ShortFlow,
};

/// Answers each HTTP call with its number, and with a problem where the address says so.
#[derive(Default)]
struct Counting {
    calls: AtomicUsize,
    lines: AtomicUsize,
}

impl AsyncHost for Counting {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        match call.effect {
            Effect::Http(request) => {
                let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
                if request.url.ends_with("/away") {
                    return Err(rainwright::Problem::new(Code::ConnectFailed, "It is away.").into());
                }
                let body = number.to_string().into_bytes().into();
                Ok(Outcome::Http(Box::new(HttpResponse { status: 200, body, ..HttpResponse::default() })))
            }
            Effect::Info { .. } => {
                self.lines.fetch_add(1, Ordering::SeqCst);
                Ok(Outcome::Done)
            }
            _ => Ok(Outcome::Instant { millis: 0 }),
        }
    }
}

fn compile(source: &str) -> Script {
    Engine::new().compile("script.dg", source).unwrap()
}

fn within(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

fn short(script: &Script, inputs: Inputs) -> ShortFlow {
    script.short_flow(inputs).unwrap_or_else(|_| panic!("it is not tried"))
}

/// Pulls a run to its end, resting after each call; the second says whether the pool had to go on with it.
async fn run(script: &Script, inputs: Inputs, pool: &Pool, host: &Arc<Counting>) -> (Answer, bool) {
    let mut flow = short(script, inputs);
    loop {
        match flow.next() {
            Some(Next::Asks(call)) => flow.answer(host.perform(call).await),
            Some(Next::Ended(answer)) => return (answer, false),
            None => return (pool.take_over(flow, Arc::clone(host)).await, true),
        }
        flow.rested();
    }
}

fn failed(answer: Answer) -> Failure {
    answer.result.unwrap_err()
}

#[test]
fn short_steps_need_no_pool() {
    within(async {
        let (pool, host) = (Pool::with_threads(1).unwrap(), Arc::default());
        let script = compile(
            "info \"at \" + n; a = invokeurl [ url: \"http://127.0.0.1/\" type: GET ];
             try { invokeurl [ url: \"http://127.0.0.1/away\" type: GET ]; } catch (e) { info \"caught\"; } return a + n;",
        );
        let (answer, handed_over) = run(&script, Inputs::new().arg("n", 7), &pool, &host).await;
        assert!(!handed_over);
        assert_eq!((answer.result.unwrap(), answer.lines), ("17".into(), vec!["at 7".to_owned(), "caught".to_owned()]));
        let (answer, handed_over) = run(&compile("a = 1;\nreturn a / 0;"), Inputs::new(), &pool, &host).await;
        assert!(!handed_over);
        assert_eq!(failed(answer).place().unwrap().line, 2);
        let many = compile("t = 0; i = 0; while(i < 900) { i = i + 1; t = t + zoho.currenttime.getYear(); } return t;");
        let (answer, handed_over) = run(&many, Inputs::new(), &pool, &host).await;
        assert_eq!((answer.result.unwrap(), handed_over), ((1970 * 900).into(), false));
    });
}

#[test]
fn a_pool_goes_on_where_a_step_is_long() {
    within(async {
        let pool = Pool::with_threads(1).unwrap();
        for long in [
            "x = 0; while(x < 300000) { x = x + 1; }",
            "l = List(); l.add(7); l.add(3); while(l.size() < 100000) { l.addAll(l); } l.sort();",
            "t = \"[\" + \"1,{},\\\"a\\\",\".repeat(50000) + \"1]\"; x = t.toJSONList();",
            "try { x = 0; while(x < 300000) { x = x + 1; } } catch (e) { return 0; }",
        ] {
            let host = Arc::<Counting>::default();
            let script = compile(&format!(
                "info \"a\"; a = invokeurl [ url: \"http://127.0.0.1/\" type: GET ]; info \"b\";
                 try {{ invokeurl [ url: \"http://127.0.0.1/away\" type: GET ]; }} catch (e) {{ info \"c\"; }}
                 {long}
                 info \"d\"; b = invokeurl [ url: \"http://127.0.0.1/\" type: GET ]; return a + \",\" + b;"
            ));
            let (answer, handed_over) = run(&script, Inputs::new(), &pool, &host).await;
            assert!(handed_over, "{long}");
            assert_eq!(answer.result.unwrap(), "1,3", "{long}");
            assert_eq!(answer.lines, ["a", "b", "c", "d"]);
            assert_eq!((host.calls.load(Ordering::SeqCst), host.lines.load(Ordering::SeqCst)), (3, 4));
        }
    });
}

#[test]
fn a_long_step_holds_its_thread_up_for_a_moment() {
    let script = compile("while(true) { x = 1; }");
    let mut flow = short(&script, Inputs::new());
    let begun = Instant::now();
    assert!(flow.next().is_none());
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    drop(flow);
    // It is not tried again soon.
    assert_eq!((0..64).filter(|_| script.short_flow(Inputs::new()).is_ok()).count(), 1);
}

#[test]
fn steps_without_a_rest_are_one_step() {
    let script = compile("x = 0; while(x < 100000) { x = x + 1; if(x % 1000 == 0) { info x; } } return x;");
    let pulled = |rests: bool| {
        let mut flow = short(&script, Inputs::new());
        loop {
            match flow.next() {
                Some(Next::Asks(_)) => flow.answer(Ok(Outcome::Done)),
                Some(Next::Ended(answer)) => return Some(answer.result.unwrap()),
                None => return None,
            }
            if rests {
                flow.rested();
            }
        }
    };
    assert_eq!(pulled(true), Some(100_000.into()));
    assert_eq!(pulled(false), None);
}

#[test]
fn many_or_large_answers_are_left_to_a_pool() {
    within(async {
        let (pool, host) = (Pool::with_threads(1).unwrap(), Arc::<Counting>::default());
        let script = compile("i = 0; while(i < 1500) { i = i + 1; info i; } return 1;");
        let (answer, handed_over) = run(&script, Inputs::new(), &pool, &host).await;
        assert_eq!((answer.result.unwrap(), answer.lines.len(), handed_over), (1.into(), 1_500, true));
        assert_eq!(host.lines.load(Ordering::SeqCst), 1_500);

        let script = compile("a = invokeurl [ url: \"http://127.0.0.1/\" type: GET ]; return a.length();");
        let mut flow = short(&script, Inputs::new());
        assert!(matches!(flow.next(), Some(Next::Asks(_))));
        let body = vec![b'x'; 2 << 20].into();
        flow.answer(Ok(Outcome::Http(Box::new(HttpResponse { status: 200, body, ..HttpResponse::default() }))));
        assert!(flow.next().is_none());
        assert_eq!(pool.take_over(flow, Arc::clone(&host)).await.result.unwrap(), 2 << 20);
        assert_eq!(host.calls.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn functions_of_the_engine_are_called_once_in_the_pool() {
    within(async {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let engine = Engine::new()
            .function("erp.number", move |_| Ok(Data::from(counted.fetch_add(1, Ordering::SeqCst) as i64 + 1)));
        let engine = engine.function("erp.fail", |_| panic!("in a function"));
        let pool = Pool::with_threads(1).unwrap();
        let script = engine.compile("f.dg", "a = zoho.currenttime; return erp.number() + a.getYear();").unwrap();
        let (answer, handed_over) = run(&script, Inputs::new(), &pool, &Arc::default()).await;
        assert_eq!((answer.result.unwrap(), handed_over, calls.load(Ordering::SeqCst)), (1971.into(), true, 1));
        let script = engine.compile("f.dg", "return erp.fail();").unwrap();
        let (answer, _) = run(&script, Inputs::new(), &pool, &Arc::default()).await;
        assert!(failed(answer).message().contains("in a function"));
    });
}

#[test]
fn switches_and_limits_hold_across_the_hand_over() {
    within(async {
        let (pool, host) = (Pool::with_threads(1).unwrap(), Arc::<Counting>::default());
        let stop = Interrupt::default();
        let script = compile("a = zoho.currenttime; while(true) { x = 1; }");
        let mut flow = short(&script, Inputs::new().interrupt(Interrupt::clone(&stop)));
        assert!(matches!(flow.next(), Some(Next::Asks(_))));
        flow.answer(Ok(Outcome::Instant { millis: 0 }));
        stop.store(true, Ordering::Relaxed);
        assert!(flow.next().is_none());
        assert_eq!(failed(pool.take_over(flow, Arc::clone(&host)).await).code(), Code::Interrupted);

        let timed =
            |seconds| Engine::new().limits(Limits { time: Some(Duration::from_secs(seconds)), ..Limits::default() });
        let mut flow = short(&timed(1).compile("a.dg", "return zoho.currenttime;").unwrap(), Inputs::new());
        assert!(matches!(flow.next(), Some(Next::Asks(_))));
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        flow.answer(Ok(Outcome::Instant { millis: 0 }));
        let Some(Next::Ended(answer)) = flow.next() else { panic!("it goes on") };
        assert_eq!(failed(answer).code(), Code::LimitReached);

        // The time of a run counts from where it began.
        let engine = timed(3);
        let script = engine.compile("a.dg", "a = zoho.currenttime; while(true) { x = 1; }").unwrap();
        let (begun, mut flow) = (Instant::now(), short(&script, Inputs::new()));
        assert!(matches!(flow.next(), Some(Next::Asks(_))));
        tokio::time::sleep(Duration::from_millis(2_000)).await;
        flow.answer(Ok(Outcome::Instant { millis: 0 }));
        assert!(flow.next().is_none());
        assert_eq!(failed(pool.take_over(flow, host).await).code(), Code::LimitReached);
        assert!(begun.elapsed() < Duration::from_millis(4_500), "{:?}", begun.elapsed());
    });
}

#[test]
fn a_run_that_is_dropped_leaves_the_switch_of_others_alone() {
    let (script, stop) = (compile("x = 1; return zoho.currenttime;"), Interrupt::default());
    drop(short(&script, Inputs::new().interrupt(Interrupt::clone(&stop))));
    let mut flow = short(&script, Inputs::new().interrupt(Interrupt::clone(&stop)));
    assert!(matches!(flow.next(), Some(Next::Asks(_))));
    drop(flow);
    assert!(!stop.load(Ordering::Relaxed));
}
