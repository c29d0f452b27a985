use rainwright::{Effect, Engine, Host, Inputs, Outcome, Problem, Recorder};
struct C(Recorder);
impl Host for C { fn perform(&mut self, e: Effect) -> Result<Outcome, Problem> { match e { Effect::Info{text,..} => { println!("{text}"); Ok(Outcome::Done) } o => self.0.perform(o) } } }
fn main() { let f = std::env::args().nth(1).unwrap(); let s = std::fs::read_to_string(&f).unwrap();
 let e = Engine::new(); match e.compile(&f, &s) { Err(x) => { eprint!("{}", x.render(rainwright::render::Style::PLAIN)); std::process::exit(3) } Ok(sc) => { let d = sc.run(&mut C(Recorder::new()), Inputs::new()); if let Err(x) = d.result { eprint!("{}", x.render(rainwright::render::Style::PLAIN)); std::process::exit(1) } } } }
