//! A probe sees every statement, looks at the variables of all functions under way, and changes them.
#![allow(missing_docs, clippy::unwrap_used)]

use rainwright::{Code, Engine, Inputs, Library, OfflineHost, Paused, Probe, Problem, Value};

type Told = Result<(), Problem>;

/// What a probe does at a line, once.
type Act<'a> = (u32, Box<dyn FnMut(&mut Paused<'_, '_>) -> Told + 'a>);

/// Notes all it is told, and acts at some lines.
#[derive(Default)]
struct Notes<'a> {
    seen: Vec<String>,
    acts: Vec<Act<'a>>,
}

impl<'a> Notes<'a> {
    fn at(line: u32, act: impl FnMut(&mut Paused<'_, '_>) -> Told + 'a) -> Self {
        Self { seen: Vec::new(), acts: vec![(line, Box::new(act))] }
    }
}

impl Probe for Notes<'_> {
    fn before(&mut self, paused: &mut Paused<'_, '_>) -> Told {
        self.seen.push(format!("{}", paused.line()));
        match self.acts.iter().position(|(line, _)| *line == paused.line() && paused.source() == 0) {
            Some(at) => (self.acts.remove(at).1)(paused),
            None => Ok(()),
        }
    }
    fn turn(&mut self, paused: &mut Paused<'_, '_>) -> Told {
        self.seen.push(format!("turn {}", paused.line()));
        Ok(())
    }
    fn failed(&mut self, paused: &mut Paused<'_, '_>, problem: &Problem) -> Told {
        let caught = if paused.is_in_try() { "caught" } else { "not caught" };
        self.seen.push(format!("{} failed, {caught}: {}", paused.line(), problem.message));
        Ok(())
    }
    fn enter(&mut self, paused: &mut Paused<'_, '_>) -> Told {
        let args: Vec<String> = paused.variables(0).map(|(name, value)| format!("{name}={value}")).collect();
        self.seen.push(format!("enter {}({})", paused.function(), args.join(" ")));
        Ok(())
    }
    fn leave(&mut self, paused: &mut Paused<'_, '_>, result: Option<&Value>) -> Told {
        let result = result.map_or("an error".to_owned(), ToString::to_string);
        self.seen.push(format!("leave {}: {result}", paused.function()));
        Ok(())
    }
}

fn run(source: &str, probe: &mut dyn Probe) -> Result<String, (Code, String)> {
    let script = Engine::new().compile("main.dg", source).unwrap();
    let done = script.run_probed(&mut OfflineHost::new(), Inputs::new().arg("given", "from outside"), probe);
    done.result.map(|value| value.to_string()).map_err(|failure| (failure.code(), failure.message().to_owned()))
}

const PROGRAM: &str = "int twice(int n)
{
	m = n * 2;
	return m;
}
int fails(int n)
{
	return n / 0;
}
total = 0;
for each x in {1,2}
{
	total = total + twice(x);
}
try
{
	total = total + fails(total);
}
catch (e)
{
	total = total + 100;
}
while(total < 107)
{
	total = total + 1;
}
if(total > 100) { info total; }
return total;
";

#[test]
fn everything_is_told_in_order() {
    let mut notes = Notes::default();
    assert_eq!(run(PROGRAM, &mut notes).unwrap(), "107");
    let expected = "enter (total=null x=null e=null)|10|11|turn 11|13|enter twice(n=1 m=null)|3|4|leave twice: 2|turn 11|13|\
        enter twice(n=2 m=null)|3|4|leave twice: 4|15|17|enter fails(n=6)|8|\
        8 failed, caught: Error in performing the Operation / : Divide by zero error|leave fails: an error|21|23|turn 23|25|27|27|28|leave : 107";
    assert_eq!(notes.seen.join("|"), expected);
}

#[test]
fn the_frames_of_callers_are_seen_and_set() {
    let mut checked = 0;
    let mut notes = Notes::at(4, |paused| {
        checked += 1;
        let frames = paused.frames();
        assert_eq!(frames.iter().map(|f| (f.function.as_str(), f.line)).collect::<Vec<_>>(), [("twice", 4), ("", 13)]);
        let names: Vec<String> = paused.variables(1).map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(names, ["total=0", "x=1", "e=null"]);
        assert_eq!(paused.variable(0, "m").map(ToString::to_string).as_deref(), Some("2"));
        assert!(paused.variable(0, "total").is_none());
        assert!(paused.set(0, "nothing", Value::Null).is_err());
        paused.set(0, "m", Value::from(1000))?;
        // The caller reads `total` before the call, and `x` not again in this turn.
        paused.set(1, "x", Value::from(5))?;
        Ok(())
    });
    assert_eq!(run(PROGRAM, &mut notes).unwrap(), "1104");
    drop(notes);
    assert_eq!(checked, 1);
}

#[test]
fn a_paused_run_evaluates_in_any_frame() {
    let mut checked = 0;
    let mut notes = Notes::at(3, |paused| {
        checked += 1;
        let mut shown = |frame, text: &str| paused.evaluate(frame, text).map(|value| value.to_string());
        assert_eq!(shown(0, "n + 1")?, "2");
        assert_eq!(shown(1, "{\"x\":x,\"total\":total}")?, "{\"x\":1,\"total\":0}");
        assert_eq!(shown(0, "twice(21)")?, "42");
        assert_eq!(shown(1, "given")?, "from outside");
        assert_eq!(shown(1, "total = 50")?, "null");
        assert_eq!(shown(1, "total")?, "50");
        assert_eq!(
            shown(0, "n / 0").unwrap_err().message,
            "Error in performing the Operation / : Divide by zero error"
        );
        assert_eq!(shown(0, "unknown = 1").unwrap_err().code, Code::UndefinedVariable);
        assert!(shown(0, "n +").is_err());
        assert!(shown(0, "int f() { return 1; }").is_err());
        assert!(shown(7, "1").is_err());
        Ok(())
    });
    assert_eq!(run(PROGRAM, &mut notes).unwrap(), "156");
    drop(notes);
    assert_eq!(checked, 1);
}

#[test]
fn a_probe_ends_the_run() {
    let mut notes = Notes::at(17, |_| Err(Problem::new(Code::Interrupted, "Stopped by the debugger.")));
    assert_eq!(run(PROGRAM, &mut notes).unwrap_err(), (Code::Interrupted, "Stopped by the debugger.".to_owned()));
}

#[test]
fn statements_and_sources_have_numbers() {
    let library = Library::new([("lib/add.dg".to_owned(), Ok("int add(int a) { return a + 1; }".to_owned()))]);
    let script = Engine::new().compile_with(&[("main.dg", "x = 1;\nreturn add(x);")], &library, None).unwrap();
    let all: Vec<(&str, &str)> = script
        .statements()
        .into_iter()
        .map(|(source, span)| {
            let (name, text) = script.source(source).unwrap();
            (name, &text[span.range()])
        })
        .collect();
    let expected = [("lib/add.dg", "return a + 1;"), ("main.dg", "x = 1;"), ("main.dg", "return add(x);")];
    assert_eq!(all, expected);
    let mut notes = Notes::default();
    let done = script.run_probed(&mut OfflineHost::new(), Inputs::new(), &mut notes);
    assert_eq!(done.result.unwrap().to_string(), "2");
    assert_eq!(notes.seen.join("|"), "enter (x=null)|1|2|enter add(a=1)|1|leave add: 2|leave : 2");
}

#[test]
fn a_run_without_a_probe_is_the_same() {
    let plain = Engine::new().compile("main.dg", PROGRAM).unwrap();
    let done = plain.run(&mut OfflineHost::new(), Inputs::new());
    let probed = plain.run_probed(&mut OfflineHost::new(), Inputs::new(), &mut Notes::default());
    assert_eq!(done.result.unwrap().to_string(), probed.result.unwrap().to_string());
    assert_eq!((done.fuel, done.effects), (probed.fuel, probed.effects));
}
