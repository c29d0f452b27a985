//! Statements as steps.

use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_effect::Effect;
use rainwright_syntax::ast::{Assign, Block, Expr, ExprKind, ForEach, Ident, Query, Stmt, StmtKind};
use rainwright_value::{Map, MapCell, Value, Walk, memory};

use super::Lowerer;
use super::condition::{Around, Condition};
use super::operand::{Access, Build, Operand, shape};
use crate::count::{count_statement, counted};
use crate::error::{At, OrRaise, RuntimeError, Walked};
use crate::probe::{probed_statement, probed_turn};
use crate::rows::{self, Site};
use crate::vm::{Flow, Frame, Node, Statement, Vm};

/// `let value = get!(vm, node result, line)`: the value, or out of the step with the error under way.
macro_rules! get {
    ($vm:ident, $line:expr, $result:expr) => {
        match $result {
            Some(value) => value,
            None => return $vm.fail($line),
        }
    };
}

/// How many `if`s in a row may take what follows as their `else`: each is one level more.
const MOST_GUARDS: usize = 32;

impl Lowerer<'_> {
    /// A statement as a step.
    pub(crate) fn statement(&mut self, statement: &Stmt) -> Statement {
        self.line = self.line_of(statement.span);
        let (line, options) = (self.line, self.world.options);
        if !(options.count || options.probe) || matches!(statement.kind, StmtKind::Empty) {
            return self.unwatched(statement);
        }
        let mut step = self.deeper(|l| l.unwatched(statement));
        let number = self.number_statement(statement.span);
        if options.count {
            step = counted(step, line, self.shown(line), statement.span, number);
        }
        if options.probe {
            step = probed_statement(step, self.place(statement.span));
        }
        step
    }

    fn unwatched(&mut self, statement: &Stmt) -> Statement {
        let (line, span) = (self.line, statement.span);
        match &statement.kind {
            StmtKind::Empty => Box::new(|_, _| Flow::Next),
            StmtKind::Expr(expr) => {
                let node = self.node(expr);
                Box::new(move |vm, frame| {
                    get!(vm, line, node(vm, frame));
                    Flow::Next
                })
            }
            StmtKind::Assign(assign) => self.assign(assign, span),
            StmtKind::If { branches, otherwise } => {
                let otherwise = otherwise.as_ref().map(|block| self.block(block));
                self.branches(branches, otherwise)
            }
            StmtKind::ForEach(each) => self.for_each(each, span),
            StmtKind::While { condition, body } => {
                let body = self.loop_body(body, span);
                self.around(condition, While { body, span, line })
            }
            StmtKind::Try { body, error, handler } => self.attempt(body, error, handler),
            StmtKind::Return(None) => Box::new(|vm, _| {
                vm.result = Value::Null;
                Flow::Return
            }),
            StmtKind::Return(Some(expr)) => {
                let operand = self.operand(expr);
                shape(operand, Return(line))
            }
            StmtKind::Break => Box::new(|_, _| Flow::Break),
            StmtKind::Continue => Box::new(|_, _| Flow::Continue),
            StmtKind::Throw(expr) => {
                let node = self.node(expr);
                Box::new(move |vm, frame| {
                    let payload = get!(vm, line, node(vm, frame));
                    let raised = thrown(payload, span, &vm.cx.locale);
                    let _raised: Walked = vm.raise(raised);
                    vm.fail(line)
                })
            }
            StmtKind::Info(expr) => {
                let node = self.node(expr);
                let origin = self.origin();
                Box::new(move |vm, frame| {
                    let value = get!(vm, line, node(vm, frame));
                    vm.cx.origin = origin;
                    get!(vm, line, info(vm, &value, span));
                    Flow::Next
                })
            }
            _ => self.form_statement(statement),
        }
    }

    /// The statements between braces as one step.
    pub(crate) fn block(&mut self, block: &Block) -> Statement {
        let outer = self.line;
        let steps = self.statements(&block.statements.iter().collect::<Vec<_>>());
        self.line = outer;
        steps
    }

    /// The body of a loop.
    fn loop_body(&mut self, block: &Block, span: Span) -> Statement {
        let body = self.block(block);
        if self.world.options.probe { probed_turn(body, self.place(span)) } else { body }
    }

    /// Statements as one step. `if(…) { …; return x; }` takes what follows as its `else`: one step less on the way.
    pub(crate) fn statements(&mut self, statements: &[&Stmt]) -> Statement {
        self.statements_after(0, statements)
    }

    /// Statements after so many that took what follows as their `else`.
    fn statements_after(&mut self, guards: usize, statements: &[&Stmt]) -> Statement {
        self.deeper(|l| l.sequence_after(guards, statements))
    }

    fn sequence_after(&mut self, guards: usize, statements: &[&Stmt]) -> Statement {
        let mut steps = Vec::with_capacity(statements.len());
        for (i, statement) in statements.iter().enumerate() {
            let rest = &statements[i + 1..];
            if let StmtKind::If { branches, otherwise: None } = &statement.kind
                && !rest.is_empty()
                && guards < MOST_GUARDS
                && !(self.world.options.count || self.world.options.probe)
                && branches.iter().all(|(_, block)| block.statements.last().is_some_and(leaves))
            {
                let rest = self.statements_after(guards + 1, rest);
                steps.push(self.branches(branches, Some(rest)));
                break;
            }
            steps.push(self.statement(statement));
        }
        sequence(steps)
    }

    fn assign(&mut self, assign: &Assign, span: Span) -> Statement {
        let line = self.line;
        let ExprKind::Name(name) = &assign.target.kind else { return self.assign_field(assign, span) };
        let Some(slot) = self.slot(name) else { return Box::new(|_, _| Flow::Next) };
        if let Some(form) = self.new_record_of(&assign.value).map(str::to_owned) {
            self.new_records.insert(name.to_string(), form);
        }
        if let Some(op) = assign.op {
            // `x += e` is `x = x + (e)`.
            let sum = Expr {
                kind: ExprKind::Binary {
                    op,
                    op_span: assign.target.span,
                    left: Box::new(assign.target.clone()),
                    right: Box::new(Expr {
                        kind: ExprKind::Paren(Box::new(assign.value.clone())),
                        span: assign.value.span,
                    }),
                },
                span,
            };
            return self.store(slot, name, &sum);
        }
        if let Some(ty) = assign.ty {
            let (node, name) = (self.node(&assign.value), name.to_string());
            return Box::new(move |vm, frame| {
                let value = get!(vm, line, node(vm, frame));
                let value = match value {
                    Value::Null => Value::Null,
                    value => get!(
                        vm,
                        line,
                        super::argument::coerce(value, ty.kind, &name, 0, &mut vm.cx).at(span).or_raise(vm)
                    ),
                };
                frame[slot].put(value);
                Flow::Next
            });
        }
        self.store(slot, name, &assign.value)
    }

    fn store(&mut self, slot: usize, name: &str, value: &Expr) -> Statement {
        let line = self.line;
        if let Some(step) = self.append_in_place(slot, name, value) {
            return step;
        }
        match self.operand(value) {
            Operand::Const(value) => Box::new(move |_, frame| {
                frame[slot].put(value.clone());
                Flow::Next
            }),
            Operand::Local(from) => Box::new(move |_, frame| {
                let value = frame[from].clone();
                frame[slot].put(value);
                Flow::Next
            }),
            operand => shape(operand, SetLocal { slot, line }),
        }
    }

    /// The first branch whose condition holds, or else the rest.
    fn branches(&mut self, branches: &[(Expr, Block)], otherwise: Option<Statement>) -> Statement {
        if let [(condition, block)] = branches {
            let body = self.block(block);
            self.line = self.line_of(condition.span);
            let line = self.line;
            return match otherwise {
                None => self.around(condition, If { body, line }),
                Some(otherwise) => self.around(condition, IfElse { body, otherwise, line }),
            };
        }
        let mut lowered = Vec::with_capacity(branches.len());
        for (condition, block) in branches {
            self.line = self.line_of(condition.span);
            let test = self.test(condition);
            lowered.push((test, self.line, self.block(block)));
        }
        Box::new(move |vm, frame| {
            for (test, line, body) in &lowered {
                match test(vm, frame) {
                    Some(true) => return body(vm, frame),
                    Some(false) => {}
                    None => return vm.fail(*line),
                }
            }
            otherwise.as_ref().map_or(Flow::Next, |body| body(vm, frame))
        })
    }

    fn for_each(&mut self, each: &ForEach, span: Span) -> Statement {
        let line = self.line;
        let iterable = self.iterable(&each.iterable, span);
        let site = Site { origin: self.origin(), span };
        if self.world.options.profile.forms && self.is_on_form(&each.iterable) {
            self.form_rows.insert(each.variable.name.to_string());
        }
        let body = self.loop_body(&each.body, span);
        let Some(slot) = self.slot(&each.variable.name) else { return Box::new(|_, _| Flow::Next) };
        let count = self.world.options.count.then(|| self.shown(line));
        if each.index {
            return Box::new(move |vm, frame| {
                let value = get!(vm, line, iterable(vm, frame));
                let size = get!(vm, line, rainwright_builtins::iteration_size(&value).at(span).or_raise(vm));
                for index in 0..size {
                    frame[slot].put(Value::Number(index as i64));
                    if let Some(flow) = turn(vm, frame, &body, count, span, line) {
                        return flow;
                    }
                }
                Flow::Next
            });
        }
        Box::new(move |vm, frame| {
            let value = get!(vm, line, iterable(vm, frame));
            if let Value::Records(records) = &value {
                return each_record(vm, frame, records, slot, site, &mut |vm, frame| {
                    turn(vm, frame, &body, count, span, line)
                })
                .unwrap_or_else(|| vm.fail(line));
            }
            let of_keys = value.as_map().is_some();
            let items = match value {
                Value::List(list) => {
                    for item in Walk::new(list) {
                        frame[slot].put(item);
                        if let Some(flow) = turn(vm, frame, &body, count, span, line) {
                            return flow;
                        }
                    }
                    return Flow::Next;
                }
                other => get!(vm, line, rainwright_builtins::iterate(&other).at(span).or_raise(vm)),
            };
            let _held = get!(vm, line, memory::Held::new(items.capacity() * size_of::<Value>()).at(span).or_raise(vm));
            get!(vm, line, vm.spend(items.len() / 16, span));
            for item in items {
                frame[slot].put(item);
                if let Some(flow) = turn(vm, frame, &body, count, span, line) {
                    if of_keys && matches!(flow, Flow::Raise) {
                        explain_keys(vm);
                    }
                    return flow;
                }
            }
            Flow::Next
        })
    }

    /// What a loop runs over. A name that is not a variable is a form: the loop runs over all its records.
    fn iterable(&mut self, iterable: &Expr, span: Span) -> Node {
        let node = self.node(iterable);
        if let ExprKind::Member { object, name } = &iterable.kind
            && super::form::root(object).is_some_and(|root| self.is_assigned(root))
        {
            let (object, field) = (self.node(object), name.name.to_string());
            let site = Site { origin: self.origin(), span: iterable.span };
            return Box::new(move |vm, frame| {
                let value = node(vm, frame)?;
                if !matches!(value, Value::List(_)) {
                    return Some(value);
                }
                let record = object(vm, frame)?;
                rows::linked(vm, value, &record, &field, site)
            });
        }
        if let ExprKind::Query(query) = &iterable.kind
            && let Some(field) = &query.field
        {
            // The field of the first record, as that of a record that was fetched before.
            let records = self.query(&Query { field: None, ..query.as_ref().clone() }, iterable.span);
            let path = [field.name.to_string()];
            let site = Site { origin: self.origin(), span: iterable.span };
            return Box::new(move |vm, frame| {
                let record = records(vm, frame)?;
                let value = rows::read(vm, &record, &path, site)?;
                rows::linked(vm, value, &record, &path[0], site)
            });
        }
        let form = match &iterable.kind {
            ExprKind::Name(name) if self.is_open(name) => name,
            _ => return node,
        };
        if !self.world.options.profile.forms {
            return node;
        }
        let (all, slot, name) = (self.all_records(form, span), self.slot(form), form.to_string());
        Box::new(move |vm, frame| {
            let given = vm.inputs.contains_key(&name) || slot.is_some_and(|slot| !frame[slot].is_null());
            let on_form = vm
                .inputs
                .get("input")
                .and_then(Value::as_map)
                .is_some_and(|form| form.borrow().get_text(&name).is_some());
            if given || on_form { node(vm, frame) } else { all(vm, frame) }
        })
    }

    fn attempt(&mut self, body: &Block, error: &Ident, handler: &Block) -> Statement {
        self.tries += 1;
        let body = self.block(body);
        self.tries -= 1;
        let handler = self.block(handler);
        let Some(slot) = self.slot(&error.name) else { return body };
        let (first_temp, source) = (self.slot_count, self.source);
        Box::new(move |vm, frame| {
            let depth = vm.depth;
            match body(vm, frame) {
                Flow::Raise => {}
                flow => return flow,
            }
            let raised = match vm.raised.take() {
                Some(raised) if !raised.fatal => raised,
                other => {
                    vm.raised = other;
                    return Flow::Raise;
                }
            };
            vm.depth = depth;
            vm.note_caught(&raised, source);
            // What was under way left values there; the functions called next expect empty slots.
            super::clear(&mut frame[first_temp..]);
            frame[slot].put(caught(*raised));
            handler(vm, frame)
        })
    }
}

/// Explains a key that was taken for a record: a service that refuses a task answers with one map instead of a list.
#[cold]
fn explain_keys(vm: &mut Vm<'_>) {
    let Some(raised) = vm.raised.as_mut().filter(|raised| raised.problem.message.ends_with("can not be cast to 'MAP'"))
    else {
        return;
    };
    let key = raised.problem.message.split(" can not be cast").next().unwrap_or_default().to_owned();
    raised.problem.message = format!("The loop goes over the keys of a map, and {key} is no record");
    raised.problem.help =
        Some("A list of records was expected here; look at what came instead with `info`: it may be a refusal.".into());
}

/// `if (…) { }`.
struct If {
    body: Statement,
    line: u32,
}

impl Around for If {
    type Out = Statement;
    fn around<T: Condition>(self, condition: T) -> Statement {
        let If { body, line } = self;
        Box::new(move |vm, frame| match condition.holds(vm, frame) {
            Some(true) => body(vm, frame),
            Some(false) => Flow::Next,
            None => vm.fail(line),
        })
    }
}

/// `if (…) { } else { }`.
struct IfElse {
    body: Statement,
    otherwise: Statement,
    line: u32,
}

impl Around for IfElse {
    type Out = Statement;
    fn around<T: Condition>(self, condition: T) -> Statement {
        let IfElse { body, otherwise, line } = self;
        Box::new(move |vm, frame| match condition.holds(vm, frame) {
            Some(true) => body(vm, frame),
            Some(false) => otherwise(vm, frame),
            None => vm.fail(line),
        })
    }
}

/// Whether what follows a statement is never reached from it.
fn leaves(statement: &Stmt) -> bool {
    matches!(statement.kind, StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Throw(_))
}

/// `x = e` for a computed `e`.
struct SetLocal {
    slot: usize,
    line: u32,
}

impl Build for SetLocal {
    type Out = Statement;
    fn build<A: Access>(self, a: A) -> Statement {
        let SetLocal { slot, line } = self;
        Box::new(move |vm, frame| {
            let held = get!(vm, line, a.hold(vm, frame));
            let value = a.take(held, frame);
            frame[slot].put(value);
            Flow::Next
        })
    }
}

/// `return e` in a line.
struct Return(u32);

impl Build for Return {
    type Out = Statement;
    fn build<A: Access>(self, a: A) -> Statement {
        let line = self.0;
        Box::new(move |vm, frame| {
            let held = get!(vm, line, a.hold(vm, frame));
            let value = a.take(held, frame);
            vm.result.put(value);
            Flow::Return
        })
    }
}

/// One turn of a loop; `Some` ends it.
#[inline(always)]
fn turn(
    vm: &mut Vm<'_>,
    frame: &mut Frame,
    body: &Statement,
    count: Option<u32>,
    span: Span,
    line: u32,
) -> Option<Flow> {
    if vm.tick(span).is_none() {
        return Some(vm.fail(line));
    }
    if let Some(shown) = count
        && count_statement(vm, shown, span).is_none()
    {
        return Some(vm.fail(line));
    }
    match body(vm, frame) {
        Flow::Next | Flow::Continue => None,
        Flow::Break => Some(Flow::Next),
        flow => Some(flow),
    }
}

/// The turns of a loop over records, which are read in pages; `None` when one cannot be read.
fn each_record(
    vm: &mut Vm<'_>,
    frame: &mut Frame,
    records: &rainwright_value::Records,
    slot: usize,
    site: Site,
    turn: &mut dyn FnMut(&mut Vm<'_>, &mut Frame) -> Option<Flow>,
) -> Walked<Flow> {
    for place in 0..records.ids().len() {
        let row = rows::row_at(vm, records, place, site)?;
        frame[slot].put(Value::Record(row));
        if let Some(flow) = turn(vm, frame) {
            return Some(flow);
        }
    }
    Some(Flow::Next)
}

/// `while (…) { }`.
struct While {
    body: Statement,
    span: Span,
    line: u32,
}

impl Around for While {
    type Out = Statement;
    fn around<T: Condition>(self, condition: T) -> Statement {
        let While { body, span, line } = self;
        Box::new(move |vm, frame| {
            loop {
                match condition.holds(vm, frame) {
                    Some(true) => {}
                    Some(false) => return Flow::Next,
                    None => return vm.fail(line),
                }
                if let Some(flow) = turn(vm, frame, &body, None, span, line) {
                    return flow;
                }
            }
        })
    }
}

/// Steps one after the other; short sequences without a loop around them.
pub(crate) fn sequence(mut steps: Vec<Statement>) -> Statement {
    match steps.len() {
        0 => Box::new(|_, _| Flow::Next),
        1 => steps.remove(0),
        2 => {
            let (second, first) = (steps.remove(1), steps.remove(0));
            Box::new(move |vm, frame| match first(vm, frame) {
                Flow::Next => second(vm, frame),
                flow => flow,
            })
        }
        _ => {
            let steps = steps.into_boxed_slice();
            Box::new(move |vm, frame| {
                for step in &steps {
                    match step(vm, frame) {
                        Flow::Next => {}
                        flow => return flow,
                    }
                }
                Flow::Next
            })
        }
    }
}

/// Puts a line into the log.
fn info(vm: &mut Vm<'_>, value: &Value, span: Span) -> Walked<()> {
    let text = value.to_text(&vm.cx.locale);
    vm.output = vm.output.saturating_add(text.len() + 1);
    if vm.output > vm.limits.output {
        let message = format!("The info lines hold more than {} KiB.", vm.limits.output >> 10);
        return vm.stop(Code::LimitReached, message, span);
    }
    vm.cx.perform(Effect::Info { text }).at(span).or_raise(vm)?;
    Some(())
}

/// The error of a `throw`: a text is its message; a map gives `message` and keeps the rest.
fn thrown(payload: Value, span: Span, locale: &rainwright_value::Locale) -> Box<RuntimeError> {
    let message = match payload.as_map() {
        Some(map) => map.borrow().get_text("message").map(|m| m.to_text(locale)),
        None => None,
    };
    let message = message.unwrap_or_else(|| payload.to_text(locale));
    let mut raised = RuntimeError::new(Problem::new(Code::Thrown, message), span);
    raised.payload = Some(payload);
    raised
}

/// What the variable of a `catch` holds.
fn caught(raised: RuntimeError) -> Value {
    let mut error = Map::with_capacity(4);
    let user = raised.problem.code == Code::Thrown;
    error.insert_text("message", raised.problem.message.as_str());
    error.insert_text("lineNo", i64::from(raised.line));
    error.insert_text("type", if user { "USER" } else { "RUNTIME" });
    if let Some(payload) = raised.payload {
        let data = match payload.as_map() {
            Some(map) => map.borrow().get_text("data").cloned(),
            None => None,
        };
        if let Some(data) = data {
            error.insert_text("data", data);
        }
    }
    Value::Map(std::rc::Rc::new(MapCell::error(error)))
}
