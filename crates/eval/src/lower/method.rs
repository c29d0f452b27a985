//! Methods: bound to their table row by the receiver's kind, with short cuts for what scripts do all day.

use std::cell::Cell;

use rainwright_builtins::names::{Special, habit, is_account_namespace, special_function};
use rainwright_builtins::{Bound, Builtin, Call, Method, Origin};
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_effect::Aggregate;
use rainwright_syntax::ast::{Arg, Expr, ExprKind, Ident};
use rainwright_value::{Kind, Value, round_short};

use super::call::{evaluate, wrong_count};
use super::expression::fails;
use super::operand::{Access, Build, Build2, Operand, shape, shapes};
use super::{Lowerer, clear};
use crate::error::{At, OrRaise, RuntimeError, Walked};
use crate::rows::{self, Site, is_record};
use crate::vm::{Frame, Node, Vm};

impl Lowerer<'_> {
    /// `a.f(…)`: a task, a namespaced function, or a method of a value.
    pub(crate) fn method(&mut self, object: &Expr, name: &Ident, args: &[Arg], span: Span) -> Node {
        if let Some(path) = self.path(object) {
            let full = format!("{path}.{}", name.name);
            if let Some(call) = self.host_call(&full, args, span) {
                return call;
            }
            if let Some(task) = rainwright_builtins::integration(&full) {
                return self.integration(task, args, span);
            }
            if let Some(row) = rainwright_builtins::method(&full).and_then(|m| m.free) {
                return self.free_row(row, args, span);
            }
            let object_is_word = rainwright_builtins::word(&path).is_some();
            if !object_is_word && let Some(index) = self.world.by_name.after(&path, &name.name) {
                return self.user_call(index, args, span);
            }
            if path.eq_ignore_ascii_case("zoho") || path.to_ascii_lowercase().starts_with("zoho.") && !object_is_word {
                return self.unknown_task(&full, span);
            }
        }
        if let ExprKind::Query(query) = &object.kind
            && let Some(aggregate) = self.aggregate(query, name, args, span)
        {
            return aggregate;
        }
        if let Some(function) = Aggregate::named(&name.name)
            && let Some((query, rest)) = super::expression::query_root(object)
            && query.field.is_some()
        {
            return self.query_figure(query, &rest, function, args, span);
        }
        if let ExprKind::Name(variable) = &object.kind
            && args.is_empty()
            && name.name.eq_ignore_ascii_case("insert")
            && let Some(form) = self.new_records.get(&**variable).cloned()
        {
            return self.insert_new(variable, form, span);
        }
        if let Some(form) = self.form_method(object, name, args, span) {
            return form;
        }
        if let ExprKind::Name(form) = &object.kind
            && args.is_empty()
            && self.is_subform(form, &name.name)
        {
            return Box::new(|_, _| Some(Value::from(rainwright_value::Map::default())));
        }
        if let Some(aggregate) = Aggregate::named(&name.name)
            && let [] | [Arg { key: None, .. }] = args
            && super::form::root(object).is_some_and(|root| self.is_assigned(root))
        {
            let otherwise = self.method_of_value(object, name, args, span);
            return self.record_figure(object, aggregate, args, span, otherwise);
        }
        let otherwise = self.method_of_value(object, name, args, span);
        match (Aggregate::named(&name.name), args) {
            (Some(function), [] | [Arg { key: None, .. }]) => self.form_figure(object, function, args, span, otherwise),
            _ => self.insert_rows(object, name, args, otherwise),
        }
    }

    /// The form that `Form()` makes a new record of.
    pub(crate) fn new_record_of<'e>(&self, value: &'e Expr) -> Option<&'e str> {
        let ExprKind::Call { name, args } = &value.kind else { return None };
        let known = &self.world.options.subforms;
        let is_form = args.is_empty() && known.iter().any(|known| known.as_str() == name.name.as_str());
        (is_form && self.world.by_name.find(&name.name).is_none()).then_some(&*name.name)
    }

    fn is_subform(&self, form: &str, subform: &str) -> bool {
        let known = &self.world.options.subforms;
        !self.is_assigned(form) && known.iter().any(|known| known.split_once('.') == Some((form, subform)))
    }

    fn method_of_value(&mut self, object: &Expr, name: &Ident, args: &[Arg], span: Span) -> Node {
        if special_function(&name.name, false) == Some(Special::IfNull)
            && let [default] = args
        {
            let (value, default) = (self.node(object), self.node(&default.value));
            return self.if_null(value, default);
        }
        if name.name.eq_ignore_ascii_case("insert") && !args.is_empty() && args.iter().all(|arg| arg.key.is_some()) {
            return self.insert_pairs(object, args, span);
        }
        let Some(found) = rainwright_builtins::method(&name.name) else {
            if let Some(space) = self.path(object).filter(|path| is_account_namespace(path)) {
                return unknown_in(&space, &name.name, span);
            }
            if let Some(function) = self.application_function(object, &name.name) {
                return self.unknown_in_application(&function, span);
            }
            return self.unknown_method(object, name, args, span);
        };
        if args.iter().all(|arg| arg.key.is_none())
            && let Some(quick) = self.quick(object, found, args, span)
        {
            return quick;
        }
        self.general(object, found, args, span)
    }

    /// What a call such as `thisapp.claims.total(…)` calls; none for a function of a variable of the application.
    fn application_function(&self, object: &Expr, name: &str) -> Option<String> {
        let path = self.path(object)?;
        let space = path.strip_prefix("thisapp.").filter(|space| !space.starts_with("variables"))?;
        Some(format!("{space}.{name}"))
    }

    /// The step for a function that the application does not have.
    fn unknown_in_application(&self, function: &str, span: Span) -> Node {
        let near = self.world.nearest.closest(function, self.world.by_name.paths());
        let help = near.map_or_else(
            || format!("Correct the name, or add the function: functions/{function}.dg."),
            |near| format!("Did you mean 'thisapp.{near}'?"),
        );
        fails(Code::UnknownFunction, format!("The application has no function '{function}'"), help, span)
    }

    /// Receiver and arguments side by side in temporaries, then the row for the receiver's kind.
    fn general(&mut self, object: &Expr, found: &'static Method, args: &[Arg], span: Span) -> Node {
        match args {
            [] => {
                return self.with_temps(1, |this, at| shape(this.operand(object), Method0(Rest { found, at, span })));
            }
            [Arg { key: None, value }] => {
                return self.with_temps(2, |this, at| {
                    shapes(this.operand(object), this.operand(value), Method1(Rest { found, at, span }))
                });
            }
            _ => {}
        }
        let count = args.len() + 1;
        self.with_temps(count, |this, at| -> Node {
            let receiver = this.node(object);
            let mut nodes = vec![receiver];
            nodes.extend(args.iter().map(|arg| this.argument(arg)));
            Box::new(move |vm, frame| {
                evaluate(vm, frame, at, &nodes)?;
                dispatch(vm, found, &mut frame[at..at + count], span)
            })
        })
    }

    /// `collection.insert(k : v, …)`. As an argument a pair would be a map of one entry, so pairs are handled here.
    fn insert_pairs(&mut self, object: &Expr, args: &[Arg], span: Span) -> Node {
        let receiver = self.node(object);
        let keyed = args.iter().filter_map(|arg| Some((arg.key.as_deref()?, &arg.value)));
        let pairs: Box<[(Node, Node)]> = keyed.map(|(key, value)| (self.node(key), self.node(value))).collect();
        Box::new(move |vm, frame| {
            let receiver = receiver(vm, frame)?;
            let mut values = Vec::with_capacity(pairs.len());
            for (key, value) in &pairs {
                values.push((key(vm, frame)?, value(vm, frame)?));
            }
            rainwright_builtins::insert_pairs(&receiver, values).at(span).or_raise(vm)
        })
    }

    /// `x.get("k")` of a variable: what scripts do with records all day.
    pub(crate) fn written_key(&mut self, object: &Expr, name: &Ident, args: &[Arg], span: Span) -> Option<Field> {
        let (ExprKind::Name(variable), [Arg { key: None, value }]) = (&object.kind, args) else { return None };
        if !name.name.eq_ignore_ascii_case("get") || !self.is_assigned(variable) {
            return None;
        }
        let found = rainwright_builtins::method("get")?;
        let key = self.constant(&value.kind).filter(|key| matches!(key, Value::Text(_)))?;
        let slot = self.slot(variable)?;
        Some(self.with_temps(2, |_, at| Field { slot, key, hint: Cell::new(0), rest: Rest { found, at, span } }))
    }

    /// The short cuts: the common kind is handled here, everything else goes to its row.
    fn quick(&mut self, object: &Expr, found: &'static Method, args: &[Arg], span: Span) -> Option<Node> {
        match (found.name, args) {
            ("get", [key]) => Some(self.with_temps(2, |this, at| {
                shapes(this.operand(object), this.operand(&key.value), Get(Rest { found, at, span }))
            })),
            ("put", [key, value]) => Some(self.with_temps(3, |this, at| {
                let rest = Rest { found, at, span };
                let value = this.node(&value.value);
                shapes(this.operand(object), this.operand(&key.value), Put { value, rest })
            })),
            ("add", [value]) => Some(self.with_temps(2, |this, at| {
                let rest = Rest { found, at, span };
                let value = this.node(&value.value);
                shape(this.operand(object), Add { value, rest })
            })),
            ("containKey", [key]) => Some(self.with_temps(2, |this, at| {
                let rest = Rest { found, at, span };
                shapes(this.operand(object), this.operand(&key.value), ContainKey(rest))
            })),
            ("round", [places]) if places.key.is_none() => self.round(object, &places.value, found, span),
            ("size", []) => Some(self.with_temps(1, |this, at| {
                let rest = Rest { found, at, span };
                shape(this.operand(object), Size(rest))
            })),
            _ => None,
        }
    }

    /// `x.round(2)` with the places written in the script: of money everywhere.
    fn round(&mut self, object: &Expr, places: &Expr, found: &'static Method, span: Span) -> Option<Node> {
        let ExprKind::Number(_) = &places.kind else { return None };
        let Operand::Const(Value::Number(places)) = self.operand(places) else { return None };
        let digits = u32::try_from(places).ok()?;
        Some(self.with_temps(2, |this, at| {
            let rest = Rest { found, at, span };
            shape(this.operand(object), Round { digits, places, rest })
        }))
    }

    /// A function of a full name, such as `zoho.encryption.md5(…)`.
    fn free_row(&mut self, row: Bound, args: &[Arg], span: Span) -> Node {
        let count = args.len();
        self.with_args(args, |at, nodes| {
            Box::new(move |vm, frame| {
                evaluate(vm, frame, at, &nodes)?;
                run_row(vm, row, &mut frame[at..at + count], span)
            })
        })
    }

    /// A method that no kind of value has a row for; records have some.
    fn unknown_method(&mut self, object: &Expr, name: &Ident, args: &[Arg], span: Span) -> Node {
        let receiver = self.node(object);
        let args: Box<[Node]> = args.iter().map(|arg| self.node(&arg.value)).collect();
        let (name, lower) = (name.name.to_string(), name.name.to_ascii_lowercase());
        let site = Site { origin: self.origin(), span };
        Box::new(move |vm, frame| {
            let receiver = receiver(vm, frame)?;
            let kind = receiver.kind();
            if is_record(&receiver) {
                let mut values = vec![receiver];
                for arg in &args {
                    values.push(arg(vm, frame)?);
                }
                if let Some(result) = rows::method(vm, &lower, &values, site) {
                    return result;
                }
            }
            vm.raise(no_such_method(&name, kind, span))
        })
    }

    fn unknown_task(&self, full: &str, span: Span) -> Node {
        let names = rainwright_builtins::integrations().map(|task| task.name);
        let free = rainwright_builtins::builtins().map(|row| row.name).filter(|name| name.contains('.'));
        let near = rainwright_diagnostic::closest(full, names.chain(free));
        let help = near
            .map_or_else(|| "List the tasks with `dg doc zoho.`.".to_owned(), |near| format!("Did you mean '{near}'?"));
        fails(Code::UnknownFunction, format!("Not able to find '{full}' function"), help, span)
    }
}

/// The step for a function of a namespace that no source has.
fn unknown_in(space: &str, name: &str, span: Span) -> Node {
    let help = format!(
        "Put it into the folder that `functions` in dg.toml names, in a file such as functions/{name}.dg; `dg new` starts a project."
    );
    fails(Code::UnknownFunction, format!("Not able to find '{space}.{name}' function"), help, span)
}

/// A system word: `today`, `zoho.currentdate`.
pub(crate) fn word(row: &'static Builtin, origin: Origin, span: Span) -> Node {
    Box::new(move |vm, _| {
        vm.cx.origin = origin;
        let mut call = Call { name: row.name, params: row.params, has_receiver: false, args: &mut [], cx: &mut vm.cx };
        (row.run)(&mut call).at(span).or_raise(vm)
    })
}

/// A method on the value in `args[0]`; the temporaries are empty afterwards.
pub(crate) fn dispatch(vm: &mut Vm<'_>, found: &'static Method, args: &mut [Value], span: Span) -> Walked {
    let kind = args[0].kind();
    match found.on(kind) {
        Some(row) => run_row(vm, row, args, span),
        None => without_row(vm, found, args, span),
    }
}

/// A method that the kind of the value in `args[0]` has no row for: one of records, or a mistake.
#[cold]
#[inline(never)]
fn without_row(vm: &mut Vm<'_>, found: &'static Method, args: &mut [Value], span: Span) -> Walked {
    let kind = args[0].kind();
    let site = Site { origin: vm.cx.origin, span };
    let of_record =
        if kind == Kind::Records { rows::method(vm, &found.name.to_ascii_lowercase(), args, site) } else { None };
    clear(args);
    of_record.unwrap_or_else(|| vm.raise(no_such_method(found.name, kind, span)))
}

/// A function written in front of its arguments: the one without receiver, or the first argument's method.
pub(crate) fn free(vm: &mut Vm<'_>, found: &'static Method, args: &mut [Value], span: Span) -> Walked {
    let first = args.first().map(Value::kind);
    let row = first.and_then(|kind| found.on(kind)).or(found.free);
    match (row, first) {
        (Some(row), _) => run_row(vm, row, args, span),
        (None, Some(kind)) => {
            clear(args);
            vm.raise(no_such_method(found.name, kind, span))
        }
        (None, None) => {
            let row = found.by_kind.iter().flatten().next();
            vm.raise(
                row.map_or_else(|| no_such_method(found.name, Kind::Null, span), |row| wrong_count(row.row, 0, span)),
            )
        }
    }
}

#[inline]
fn run_row(vm: &mut Vm<'_>, bound: Bound, args: &mut [Value], span: Span) -> Walked {
    let row = bound.row;
    if !(bound.least..=bound.most).contains(&(args.len() as u32)) {
        return miscounted(vm, row, args, span);
    }
    let has_receiver = row.has_receiver();
    let mut call = Call { name: row.name, params: row.params, has_receiver, args, cx: &mut vm.cx };
    let result = row.apply(&mut call);
    let units = clear_weighed(args);
    if units > 0 {
        vm.spend(units, span)?;
    }
    // One call can make a hundred megabytes, as its result or in the list that it changes: a thousand of them are too
    // many to wait for the next regular look.
    vm.look_at_memory(span)?;
    result.at(span).or_raise(vm)
}

#[cold]
#[inline(never)]
fn miscounted(vm: &mut Vm<'_>, row: &'static Builtin, args: &mut [Value], span: Span) -> Walked {
    clear(args);
    vm.raise(wrong_count(row, args.len().saturating_sub(usize::from(row.has_receiver())), span))
}

/// Empties the temporaries of a call, and says about how much work the call was, in units of the budget: every function
/// may walk through each of its arguments once.
#[inline]
fn clear_weighed(args: &mut [Value]) -> usize {
    let mut units = 0;
    for arg in args {
        if !arg.is_plain() {
            units += weight(arg);
        }
        arg.put(Value::Null);
    }
    units
}

/// About how much work it is to walk through a value once, in units of the budget; short ones count nothing.
#[inline]
fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.as_str().len() / 256,
        Value::List(list) => list.len() / 16,
        Value::Map(map) => map.borrow().len() / 16,
        Value::Collection(collection) => collection.len() / 16,
        _ => 0,
    }
}

#[cold]
fn no_such_method(name: &str, kind: Kind, span: Span) -> Box<RuntimeError> {
    if kind == Kind::Null {
        return RuntimeError::new(*rainwright_builtins::method_on_null(name), span);
    }
    let near = habit(name).or_else(|| rainwright_builtins::suggest(name, Some(kind)));
    let near = near.map(|near| format!("Did you mean '{near}'?"));
    let others: Vec<&str> = rainwright_builtins::method(name)
        .map(|method| Kind::ALL.into_iter().filter(|k| method.on(*k).is_some()).map(Kind::name).collect())
        .unwrap_or_default();
    let help = near.unwrap_or_else(|| match others.as_slice() {
        [] => format!("List what {kind} has with `dg doc {}.`.", kind.name().to_lowercase()),
        kinds => format!("It belongs to {}.", kinds.join(", ")),
    });
    let message = format!("Not able to find '{name}' function for {kind}");
    RuntimeError::new(Problem::new(Code::UnknownFunction, message).with_help(help), span)
}

/// What a short cut falls back to.
struct Rest {
    found: &'static Method,
    at: usize,
    span: Span,
}

impl Rest {
    #[inline(never)]
    fn run<const N: usize>(&self, vm: &mut Vm<'_>, frame: &mut Frame, args: [Value; N]) -> Walked {
        let window = &mut frame[self.at..self.at + N];
        for (slot, arg) in window.iter_mut().zip(args) {
            slot.put(arg);
        }
        dispatch(vm, self.found, window, self.span)
    }
}

/// `x.f()`.
struct Method0(Rest);

impl Build for Method0 {
    type Out = Node;
    fn build<A: Access>(self, a: A) -> Node {
        let rest = self.0;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let receiver = a.take(held, frame);
            rest.run(vm, frame, [receiver])
        })
    }
}

/// `x.f(e)`.
struct Method1(Rest);

impl Build2 for Method1 {
    type Out = Node;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Node {
        let rest = self.0;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let receiver = a.take(held, frame);
            let held = b.hold(vm, frame)?;
            let argument = b.take(held, frame);
            rest.run(vm, frame, [receiver, argument])
        })
    }
}

/// `x.get(e)`; a key that is written in the script keeps its hash from turn to turn.
struct Get(Rest);

impl Build2 for Get {
    type Out = Node;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Node {
        let rest = self.0;
        let hint = Cell::new(0);
        Box::new(move |vm, frame| {
            let held_a = a.hold(vm, frame)?;
            let held_b = b.hold(vm, frame)?;
            let (receiver, key) = (a.view(&held_a, frame), b.view(&held_b, frame));
            match (receiver, key) {
                (Value::List(list), Value::Number(index)) => {
                    if let Some(value) = usize::try_from(*index).ok().and_then(|i| list.get(i)) {
                        return Some(value);
                    }
                }
                (Value::Map(map), key) => {
                    return Some(map.borrow().get_near(key, &hint).map(Value::share).unwrap_or_default());
                }
                _ => {}
            }
            let args = [receiver.clone(), key.clone()];
            rest.run(vm, frame, args)
        })
    }
}

/// `x.get("k")` of a variable.
pub(crate) struct Field {
    slot: usize,
    key: Value,
    hint: Cell<u32>,
    rest: Rest,
}

impl Access for Field {
    type Held = Value;
    #[inline(always)]
    fn hold(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked {
        let receiver = &frame[self.slot];
        if let Value::Map(map) = receiver {
            return Some(map.borrow().get_near(&self.key, &self.hint).map(Value::share).unwrap_or_default());
        }
        let args = [receiver.clone(), self.key.clone()];
        self.rest.run(vm, frame, args)
    }
    #[inline(always)]
    fn view<'x>(&'x self, held: &'x Value, _: &'x Frame) -> &'x Value {
        held
    }
    #[inline(always)]
    fn take(&self, held: Value, _: &Frame) -> Value {
        held
    }
}

/// `x.put(k, e)`.
struct Put {
    value: Node,
    rest: Rest,
}

impl Build2 for Put {
    type Out = Node;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Node {
        let Put { value, rest } = self;
        let hint = Cell::new(0);
        Box::new(move |vm, frame| {
            let held_a = a.hold(vm, frame)?;
            let held_b = b.hold(vm, frame)?;
            let value = value(vm, frame)?;
            let (receiver, key) = (a.view(&held_a, frame), b.view(&held_b, frame));
            if let Value::Map(map) = receiver {
                map.put_near(key, value, &hint);
                return Some(Value::Null);
            }
            let args = [receiver.clone(), key.clone(), value];
            rest.run(vm, frame, args)
        })
    }
}

/// `x.add(e)`.
struct Add {
    value: Node,
    rest: Rest,
}

impl Build for Add {
    type Out = Node;
    fn build<A: Access>(self, a: A) -> Node {
        let Add { value, rest } = self;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let value = value(vm, frame)?;
            let receiver = a.view(&held, frame);
            if let Value::List(list) = receiver
                && list.element().is_none()
            {
                list.push(value);
                return Some(Value::Null);
            }
            let receiver = receiver.clone();
            rest.run(vm, frame, [receiver, value])
        })
    }
}

/// `x.containKey(k)`.
struct ContainKey(Rest);

impl Build2 for ContainKey {
    type Out = Node;
    fn build<A: Access, B: Access>(self, a: A, b: B) -> Node {
        let rest = self.0;
        Box::new(move |vm, frame| {
            let held_a = a.hold(vm, frame)?;
            let held_b = b.hold(vm, frame)?;
            let (receiver, key) = (a.view(&held_a, frame), b.view(&held_b, frame));
            if let Value::Map(map) = receiver {
                return Some(Value::from(map.borrow().contains_key(key)));
            }
            let args = [receiver.clone(), key.clone()];
            rest.run(vm, frame, args)
        })
    }
}

/// `x.round(2)`.
struct Round {
    digits: u32,
    places: i64,
    rest: Rest,
}

impl Build for Round {
    type Out = Node;
    fn build<A: Access>(self, a: A) -> Node {
        let Round { digits, places, rest } = self;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let receiver = a.view(&held, frame);
            if let Value::Small(number) = receiver
                && let Some(rounded) = round_short(*number, digits)
            {
                return Some(Value::Small(rounded));
            }
            let args = [receiver.clone(), Value::Number(places)];
            rest.run(vm, frame, args)
        })
    }
}

/// `x.size()`.
struct Size(Rest);

impl Build for Size {
    type Out = Node;
    fn build<A: Access>(self, a: A) -> Node {
        let rest = self.0;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let receiver = a.view(&held, frame);
            match receiver {
                Value::List(list) => return Some(Value::Number(list.len() as i64)),
                Value::Map(map) => return Some(Value::Number(map.borrow().len() as i64)),
                _ => {}
            }
            let receiver = receiver.clone();
            rest.run(vm, frame, [receiver])
        })
    }
}
