//! Calls by name: functions of the program, constructors, and built-in functions written in front of their value.

use rainwright_builtins::names::{Special, near_function, special_function};
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_effect::Aggregate;
use rainwright_syntax::ast::{Arg, Ident, TypeKind};
use rainwright_value::{Collection, Kind, List, Map, Value};

use super::expression::fails;
use super::operand::{Access, Build, shape};
use super::{Lowerer, argument, clear, method};
use crate::error::{At, OrRaise, RuntimeError, Walked};
use crate::probe::{ProbePoint, probed_call};
use crate::vm::{Frame, Node, Site, Vm};

impl Lowerer<'_> {
    /// `f(a, b)`.
    pub(crate) fn call(&mut self, name: &Ident, args: &[Arg], span: Span) -> Node {
        let special = special_function(&name.name, false);
        if special == Some(Special::If) {
            return self.conditional(args, span);
        }
        if let Some(index) = self.world.by_name.find(&name.name) {
            return self.user_call(index, args, span);
        }
        if let Some(call) = self.host_call(&name.name, args, span) {
            return call;
        }
        // The old way to write `Form[criteria].count()`.
        if self.world.options.profile.forms
            && let Some(function) = Aggregate::named(&name.name)
            && let [Arg { key: None, value }] = args
            && let Some((query, rest)) = super::expression::query_root(value)
        {
            return self.query_figure(query, &rest, function, &[], span);
        }
        match (special, args) {
            (Some(Special::IfNull), [value, default]) => {
                let (value, default) = (self.node(&value.value), self.node(&default.value));
                return self.if_null(value, default);
            }
            (Some(Special::Map), []) => return Box::new(|_, _| Some(Value::from(Map::default()))),
            (Some(Special::List), []) => return Box::new(|_, _| Some(Value::from(List::default()))),
            (Some(Special::Collection), []) => return Box::new(|_, _| Some(Value::from(Collection::default()))),
            (Some(Special::Collection), args) => return self.collection(args),
            (Some(special), _) => {
                if let Some(form) = self.form_call(special, args, span) {
                    return form;
                }
            }
            (None, _) => {}
        }
        if args.is_empty() && self.world.options.subforms.iter().any(|known| known.as_str() == name.name.as_str()) {
            return Box::new(|_, _| Some(Value::from(Map::default())));
        }
        let Some(found) = rainwright_builtins::method(&name.name) else {
            return self.unknown(&name.name, span);
        };
        let (count, origin) = (args.len(), self.origin());
        self.with_args(args, |at, nodes| {
            Box::new(move |vm, frame| {
                evaluate(vm, frame, at, &nodes)?;
                vm.cx.origin = origin;
                method::free(vm, found, &mut frame[at..at + count], span)
            })
        })
    }

    /// A function of the program: the arguments are computed straight into its window.
    pub(crate) fn user_call(&mut self, index: usize, args: &[Arg], span: Span) -> Node {
        let signature = &self.world.signatures[index];
        if let Some(problem) = &signature.unreadable {
            let problem = problem.clone();
            return Box::new(move |vm, _| vm.raise(RuntimeError::new(problem.clone(), span)));
        }
        let wanted = signature.params.len();
        if args.len() != wanted {
            let help = format!("{} takes {wanted}, but found {}.", signature.name, args.len());
            return fails(Code::ArgumentCount, "Number of Arguments mismatches", help, span);
        }
        let name = signature.name.clone();
        let types: Box<[TypeKind]> = signature.params.iter().map(|p| p.ty).collect();
        let site = Site { function: index, span, line: self.line };
        if self.world.options.probe {
            let place = ProbePoint { line: self.line, ..self.place(span) };
            return self.with_args(args, |at, nodes| {
                Box::new(move |vm, frame| {
                    arguments(vm, frame, at, &nodes, &types, &name, span)?;
                    probed_call(vm, frame, place, |vm, frame| vm.call(&site, &mut frame[at..]))
                })
            });
        }
        if let ([arg], [ty]) = (args, &*types) {
            return self.with_temps(1, |this, at| shape(this.operand(&arg.value), Call1 { at, ty: *ty, name, site }));
        }
        self.with_args(args, |at, nodes| {
            Box::new(move |vm, frame| {
                arguments(vm, frame, at, &nodes, &types, &name, span)?;
                vm.call(&site, &mut frame[at..])
            })
        })
    }

    /// Lowers arguments that will lie next to each other in temporaries.
    pub(crate) fn with_args(&mut self, args: &[Arg], build: impl FnOnce(usize, Vec<Node>) -> Node) -> Node {
        self.with_temps(args.len(), |this, at| {
            let nodes = args.iter().map(|arg| this.argument(arg)).collect();
            build(at, nodes)
        })
    }

    /// An argument; `k : v` becomes a map of one pair, which the collection functions know.
    pub(crate) fn argument(&mut self, arg: &Arg) -> Node {
        match &arg.key {
            None => self.node(&arg.value),
            Some(key) => self.map_literal(&[((**key).clone(), arg.value.clone())]),
        }
    }

    /// `Collection(a, b)` or `Collection(k : v, …)`.
    fn collection(&mut self, args: &[Arg]) -> Node {
        let keyed = args.iter().all(|arg| arg.key.is_some());
        let parts: Box<[(Option<Node>, Node)]> =
            args.iter().map(|arg| (arg.key.as_deref().map(|k| self.node(k)), self.node(&arg.value))).collect();
        Box::new(move |vm, frame| {
            if keyed {
                let mut map = Map::with_capacity(parts.len());
                for (key, value) in &parts {
                    let key = match key {
                        Some(key) => key(vm, frame)?,
                        None => Value::Null,
                    };
                    map.insert(key, value(vm, frame)?);
                }
                return Some(Value::from(Collection::from(map)));
            }
            let mut row = Vec::with_capacity(parts.len());
            for (_, value) in &parts {
                row.push(value(vm, frame)?);
            }
            Some(Value::from(Collection::from(row)))
        })
    }

    /// `List:Int(…)`.
    pub(crate) fn typed_list(&mut self, element: TypeKind, args: &[Arg], span: Span) -> Node {
        let kind = match element {
            TypeKind::Text => Some(Kind::Text),
            TypeKind::Number => Some(Kind::Number),
            TypeKind::Decimal => Some(Kind::Decimal),
            TypeKind::Bool => Some(Kind::Bool),
            TypeKind::DateTime => Some(Kind::DateTime),
            TypeKind::Time => Some(Kind::Time),
            TypeKind::Map => Some(Kind::Map),
            TypeKind::List => Some(Kind::List),
            TypeKind::Collection => Some(Kind::Collection),
            TypeKind::File => Some(Kind::File),
            TypeKind::Any | TypeKind::Form | TypeKind::Void => None,
        };
        let add = rainwright_builtins::method("add");
        self.with_temps(2, |this, at| {
            let items: Box<[Node]> = args.iter().map(|arg| this.node(&arg.value)).collect();
            let node: Node = Box::new(move |vm, frame| {
                let list = Value::from(kind.map_or_else(List::default, List::typed));
                for item in &items {
                    let value = item(vm, frame)?;
                    match add {
                        Some(add) => {
                            frame[at].put(list.clone());
                            frame[at + 1].put(value);
                            method::dispatch(vm, add, &mut frame[at..at + 2], span)?;
                        }
                        None => list.become_list().map_or((), |list| list.push(value)),
                    }
                }
                Some(list)
            });
            node
        })
    }

    /// The step for a name that no table has.
    fn unknown(&self, name: &str, span: Span) -> Node {
        let near = near_function(&self.world.nearest, name, self.world.by_name.paths());
        let help = near.map_or_else(
            || "Define it in the script, or look up built-in functions with `dg doc`.".to_owned(),
            |near| format!("Did you mean '{near}'?"),
        );
        fails(Code::UnknownFunction, format!("Not able to find '{name}' function"), help, span)
    }
}

/// A call of a function with one parameter.
struct Call1 {
    at: usize,
    ty: TypeKind,
    name: String,
    site: Site,
}

impl Build for Call1 {
    type Out = Node;
    fn build<A: Access>(self, a: A) -> Node {
        let Call1 { at, ty, name, site } = self;
        Box::new(move |vm, frame| {
            let held = a.hold(vm, frame)?;
            let value = fit(a.take(held, frame), ty, &name, 0, vm, site.span)?;
            frame[at].put(value);
            vm.call(&site, &mut frame[at..])
        })
    }
}

/// Computes arguments of a function of the program into temporaries.
#[inline(always)]
fn arguments(
    vm: &mut Vm<'_>,
    frame: &mut Frame,
    at: usize,
    nodes: &[Node],
    types: &[TypeKind],
    function: &str,
    span: Span,
) -> Walked<()> {
    for (i, node) in nodes.iter().enumerate() {
        let value = node(vm, frame)?;
        let value = fit(value, types[i], function, i, vm, span)?;
        frame[at + i].put(value);
    }
    Some(())
}

/// Computes arguments into temporaries.
#[inline]
pub(crate) fn evaluate(vm: &mut Vm<'_>, frame: &mut Frame, at: usize, nodes: &[Node]) -> Walked<()> {
    for (i, node) in nodes.iter().enumerate() {
        match node(vm, frame) {
            Some(value) => frame[at + i].put(value),
            None => {
                clear(&mut frame[at..at + i]);
                return None;
            }
        }
    }
    Some(())
}

/// An argument in the type that its parameter declares.
#[inline(always)]
fn fit(value: Value, ty: TypeKind, function: &str, index: usize, vm: &mut Vm<'_>, span: Span) -> Walked {
    match (&value, ty) {
        (Value::Number(_), TypeKind::Number) | (Value::Text(_), TypeKind::Text) | (_, TypeKind::Any) => Some(value),
        _ => fit_slowly(value, ty, function, index, vm, span),
    }
}

#[inline(never)]
fn fit_slowly(value: Value, ty: TypeKind, function: &str, index: usize, vm: &mut Vm<'_>, span: Span) -> Walked {
    argument::coerce(value, ty, function, index, &mut vm.cx).at(span).or_raise(vm)
}

/// The error of a call with too few or too many arguments.
#[cold]
pub(crate) fn wrong_count(row: &rainwright_builtins::Builtin, found: usize, span: Span) -> Box<RuntimeError> {
    let (least, most) = row.arity();
    let wanted = match (least, most) {
        (0, 0) => "no arguments".to_owned(),
        (least, most) if least == most => format!("{least}"),
        (least, usize::MAX) => format!("at least {least}"),
        (least, most) => format!("{least} to {most}"),
    };
    let message = format!("No. of arguments mismatches for the function {}", row.name);
    let mut help = format!("{} takes {wanted}, but found {found}.", row.signature());
    if row.name == "get" && found == 2 {
        help.push_str(" For a default write ifnull(x.get(key),default).");
    }
    RuntimeError::new(Problem::new(Code::ArgumentCount, message).with_help(help), span)
}
