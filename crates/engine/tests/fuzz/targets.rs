//! All that is done with a source, one function each.

use std::sync::OnceLock;

use rainwright::render::Style;
use rainwright::{
    Call, Code, Effect, Engine, Host, HttpResponse, Inputs, Limits, OfflineHost, Outcome, Problem, Refusal, Session,
    Severity,
};
use rainwright_syntax::{Parsed, ds};

/// What became of a source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The parser found mistakes.
    Unreadable,
    /// It ran to its end.
    Finished,
    /// It stopped with an error.
    Failed,
    /// It stopped at a limit.
    Limited,
}

/// All targets, one after the other.
pub fn all(source: &str) -> End {
    let parsed = parse(source);
    check(source);
    export(source);
    let readable = parsed.diagnostics.iter().all(|d| d.severity != Severity::Error);
    if readable {
        print(source, &parsed);
    }
    session(source);
    let end = run(source);
    assert_eq!(end == End::Unreadable, !readable, "{source}");
    end
}

fn parse(source: &str) -> Parsed {
    for (span, _) in rainwright_syntax::highlight(source) {
        assert!(source.get(span.range()).is_some(), "{span:?} is outside of {source}");
    }
    let _ = rainwright_syntax::is_complete(source);
    rainwright_syntax::parse(source)
}

/// Every lint, for one of the products.
fn check(source: &str) {
    let profile = &rainwright::PROFILES[source.len() % rainwright::PROFILES.len()];
    let options = rainwright_ide::CheckOptions { profile, ..rainwright_ide::CheckOptions::default() };
    for diagnostic in rainwright_ide::check(source, &options) {
        assert!(source.get(diagnostic.span.range()).is_some(), "{diagnostic:?} is outside of {source}");
    }
}

fn export(source: &str) {
    let scripts = ds::scripts(source);
    for script in &scripts {
        assert!(!script.event().is_empty());
        let _ = ds::parse_script(source, script);
    }
    assert_eq!(ds::only(source, &scripts).len(), source.len(), "{source}");
    let _ = (ds::forms(source), ds::setting(source, "timezone"));
}

/// Printed and parsed again, it is the same tree.
fn print(source: &str, parsed: &Parsed) {
    let printed = rainwright_format::format_parsed(source, parsed);
    let again = rainwright_syntax::parse(&printed);
    assert!(rainwright_format::same_tree(&parsed.tree, &again.tree), "{source}\nis printed as\n{printed}");
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        Engine::new().counting(true).limits(Limits {
            fuel: 5_000,
            depth: 100,
            memory: 8 << 20,
            output: 1 << 20,
            ..Limits::default()
        })
    })
}

fn run(source: &str) -> End {
    let script = match engine().compile("fuzz.dg", source) {
        Ok(script) => script,
        Err(failure) => {
            assert!(!failure.render(Style::PLAIN).is_empty(), "{source}");
            return End::Unreadable;
        }
    };
    match script.run(&mut Odd::new(), Inputs::new()).result {
        Ok(value) => {
            let _ = value.to_string();
            End::Finished
        }
        Err(failure) => {
            assert!(!failure.message().is_empty() && !failure.render(Style::PLAIN).is_empty());
            if failure.code() == Code::LimitReached { End::Limited } else { End::Failed }
        }
    }
}

/// Some of the lines as inputs of one conversation.
fn session(source: &str) {
    let mut session = Session::new(engine().clone());
    let mut host = Odd::new();
    for input in source.lines().filter(|line| line.len() > 3).take(12) {
        if let Err(failure) = session.eval(input, &mut host) {
            assert!(!failure.render(Style::PLAIN).is_empty(), "{input}");
        }
    }
    for value in session.variables().values() {
        let _ = value.to_string();
    }
}

/// Time, chance and log as the [`OfflineHost`]; answers to requests of all shapes.
struct Odd {
    inner: OfflineHost,
    calls: usize,
}

impl Odd {
    fn new() -> Self {
        Self { inner: OfflineHost::new(), calls: 0 }
    }
}

impl Host for Odd {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        if !matches!(call.effect, Effect::Http(..)) {
            return self.inner.perform(call);
        }
        const BODIES: [&[u8]; 6] = [
            b"{\"k\":[1,{\"id\":\"7\"}],\"code\":null}",
            b"",
            b"[[[",
            b"<a>1</a>",
            b"\xff\xfe\0\xd8",
            b"[1,2.50,1e999]",
        ];
        self.calls += 1;
        match BODIES.get(self.calls % (BODIES.len() + 1)) {
            Some(body) => Ok(Outcome::Http(Box::new(HttpResponse {
                status: [200, 204, 404, 500][self.calls % 4],
                headers: vec![(
                    "content-type".into(),
                    ["application/json", "text/plain;charset=utf-16", "image/png"][self.calls % 3].into(),
                )],
                body: body.to_vec().into(),
            }))),
            None => Err(Problem::new(Code::NotSupported, "No network").into()),
        }
    }
}
