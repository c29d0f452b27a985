//! Expressions as steps.

use rainwright_builtins::names::{Meaning, foreign_name, given, meaning, near_variable};
use rainwright_diagnostic::{Code, Lack, Problem, Span};
use rainwright_syntax::ast::{Arg, BinaryOp, Expr, ExprKind, Ident, UnaryOp};
use rainwright_value::{Braces, Value};

use super::operand::Operand;
use super::{Lowerer, condition, operator};
use crate::error::{At, OrRaise, RuntimeError};
use crate::vm::{Node, Vm};

impl Lowerer<'_> {
    /// An expression as a step that gives its value.
    pub(crate) fn node(&mut self, expr: &Expr) -> Node {
        self.operand(expr).into_node()
    }

    /// An expression in the best shape to work on.
    pub(crate) fn operand(&mut self, expr: &Expr) -> Operand {
        self.deeper(|l| l.shallow_operand(expr))
    }

    fn shallow_operand(&mut self, expr: &Expr) -> Operand {
        if let Some(constant) = self.constant(&expr.kind) {
            return Operand::Const(constant);
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.operand(inner),
            ExprKind::Name(name) => self.variable(name, expr.span, false),
            ExprKind::Quoted(text) => Operand::Node(self.date_of_run(text, expr.span)),
            ExprKind::EmptyBraces => {
                Operand::Node(Box::new(|_, _| Some(Value::Braces(std::rc::Rc::new(Braces::default())))))
            }
            ExprKind::List { items, .. } => Operand::Node(self.list_literal(items)),
            ExprKind::Map(pairs) => Operand::Node(self.map_literal(pairs)),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr.span),
            ExprKind::Binary { op, left, right, .. } => self.binary(*op, left, right, expr),
            ExprKind::Member { object, name } => self.member(object, &name.name, expr, false),
            ExprKind::Method { object, name, args } => match self.written_key(object, name, args, expr.span) {
                Some(field) => Operand::Field(field),
                None => Operand::Node(self.method(object, name, args, expr.span)),
            },
            ExprKind::Call { name, args } => Operand::Node(self.call(name, args, expr.span)),
            ExprKind::TypedList { element, args } => Operand::Node(self.typed_list(element.kind, args, expr.span)),
            // The type of the values only helps the reader.
            ExprKind::TypedMap { args, .. } => {
                let name = Ident { name: "Map".into(), span: expr.span };
                Operand::Node(self.call(&name, args, expr.span))
            }
            ExprKind::Period(_) => Operand::Node(fails(
                Code::NotSupported,
                "A period such as 'this year' is compared with a field in criteria, and nowhere else",
                "Compare with two dates: day >= start && day <= end.",
                expr.span,
            )),
            ExprKind::Task(task) => Operand::Node(self.task(task, expr.span)),
            ExprKind::Attachments(all) => Operand::Node(self.attachments(all)),
            ExprKind::Insert(insert) => Operand::Node(self.insert(insert, expr.span)),
            ExprKind::Query(query) => {
                let found = self.query(query, expr.span);
                Operand::Node(Box::new(move |vm, frame| found(vm, frame).map(crate::rows::shown)))
            }
            ExprKind::Error => Operand::Node(broken(expr.span)),
            // Constants were taken above; a number that cannot be read is one the parser has complained about.
            _ => Operand::Node(broken(expr.span)),
        }
    }

    /// A variable, or a field of the form; `whole` as in [`Lowerer::whole`].
    pub(super) fn variable(&mut self, name: &str, span: Span, whole: bool) -> Operand {
        match meaning(name, self) {
            Meaning::Variable => {
                if let Some(slot) = self.slot(name) {
                    return Operand::Local(slot);
                }
            }
            Meaning::Word(row) => return Operand::Node(super::method::word(row, self.origin(), span)),
            _ => {}
        }
        let own = self.assigned.iter().map(String::as_str);
        let near = near_variable(&self.world.nearest, name, own, given(self.world.options.profile, None));
        let near = near.map(|near| format!("Did you mean '{near}'?"));
        let near = near.or_else(|| foreign_name(name).map(str::to_owned));
        let name = name.to_owned();
        let Some(slot) = self.slot(&name) else { return Operand::Node(undefined(name, near, span)) };
        let (undefined, key) = (undefined(name.clone(), near, span), Value::from(name.as_str()));
        Operand::Node(Box::new(move |vm, frame| match &frame[slot] {
            Value::Null if !vm.inputs.contains_key(&name) => match field_on_form(vm, &key) {
                Some(value) => Some(if whole { value } else { crate::rows::shown(value) }),
                None => undefined(vm, frame),
            },
            value => Some(value.clone()),
        }))
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, span: Span) -> Operand {
        match op {
            UnaryOp::Not => {
                let inner = self.negated(operand);
                Operand::Node(Box::new(move |vm, frame| Some(Value::from(!inner(vm, frame)?))))
            }
            UnaryOp::Minus => {
                let inner = self.operand(operand);
                if let Operand::Const(value) = &inner
                    && let Ok(negative) = rainwright_value::negate(value)
                {
                    return Operand::Const(negative);
                }
                let inner = inner.into_node();
                Operand::Node(Box::new(move |vm, frame| {
                    rainwright_value::negate(&inner(vm, frame)?).at(span).or_raise(vm)
                }))
            }
            UnaryOp::Plus => self.operand(operand),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, expr: &Expr) -> Operand {
        if matches!(op, BinaryOp::And | BinaryOp::Or) || condition::is_comparison(op) {
            let test = self.test(expr);
            return Operand::Node(Box::new(move |vm, frame| Some(Value::from(test(vm, frame)?))));
        }
        if op == BinaryOp::Add
            && let Some(chain) = self.concatenation(expr)
        {
            return Operand::Node(chain);
        }
        let (a, b) = (self.operand(left), self.operand(right));
        if let (Operand::Const(x), Operand::Const(y)) = (&a, &b)
            && let Some(value) = operator::fold(op, x, y, &self.world.options.locale)
        {
            return Operand::Const(value);
        }
        match operator::quick(op, a, b, expr.span) {
            Ok(quick) => Operand::Quick(quick),
            Err((a, b)) => {
                Operand::Node(operator::arithmetic(op, a, b, expr.span).unwrap_or_else(|| broken(expr.span)))
            }
        }
    }

    /// `a.b` without parentheses: a system word, or a field of a map; `whole` as in [`Lowerer::whole`].
    pub(super) fn member(&mut self, object: &Expr, name: &str, expr: &Expr, whole: bool) -> Operand {
        if let Some(path) = self.path(expr)
            && let Some(word) = rainwright_builtins::word(&path)
        {
            return Operand::Node(super::method::word(word, self.origin(), expr.span));
        }
        if let Some(path) = self.path(object)
            && matches!(path.as_str(), "thisapp.variables" | "zoho.appvariable")
        {
            return Operand::Node(self.app_variable(name, expr.span));
        }
        if let Some(form) = self.form_field(object, name, expr, whole) {
            return Operand::Node(form);
        }
        if let Some((query, rest)) = query_root(expr)
            && query.field.is_some()
        {
            let found = self.query_path(query, &rest, expr.span);
            return Operand::Node(Box::new(move |vm, frame| {
                let value = found(vm, frame)?;
                Some(if whole { value } else { crate::rows::shown(value) })
            }));
        }
        let root = super::form::root(object).filter(|root| self.is_assigned(root)).and_then(|root| self.slot(root));
        let path = super::records::steps(expr).filter(|path| path.len() > 1);
        let site = crate::rows::Site { origin: self.origin(), span: expr.span };
        let forms = self.world.options.profile.forms;
        // A name or an address of a row is shown as a text. Any other map is what the script has made of it.
        let of_row = !whole && super::form::root(object).is_some_and(|root| self.form_rows.contains(root));
        // Of a link that leads nowhere all fields are null, and theirs.
        let passes_null = forms && matches!(object.kind, ExprKind::Member { .. });
        let (object, key, span) = (self.whole(object), Value::from(name), expr.span);
        let name = [name.to_owned()];
        let node: Node = Box::new(move |vm, frame| {
            let value = object(vm, frame)?;
            if let Some(map) = value.as_map() {
                let found = map.borrow().get(&key).cloned().unwrap_or_default();
                return Some(if of_row { crate::rows::shown(found) } else { found });
            }
            if crate::rows::is_record(&value) {
                return if whole {
                    crate::rows::read_whole(vm, &value, &name, site)
                } else {
                    crate::rows::read(vm, &value, &name, site)
                };
            }
            if passes_null && value.is_null() {
                return Some(Value::Null);
            }
            vm.raise(no_field(&value, &name[0], span))
        });
        Operand::Node(match (root, path) {
            (Some(slot), Some(path)) => self.record_path(slot, path, whole, node, span),
            _ => node,
        })
    }

    /// The dotted name of `a.b.c` when `a` is no variable: a namespace, a system word or a task.
    pub(crate) fn path(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) if !self.is_assigned(name) => Some(name.to_string()),
            ExprKind::Member { object, name } => Some(format!("{}.{}", self.path(object)?, name.name)),
            _ => None,
        }
    }

    /// `if(condition, a, b)`: only one of the two is computed.
    pub(crate) fn conditional(&mut self, args: &[Arg], span: Span) -> Node {
        let [condition, yes, no] = args else {
            return fails(
                Code::ArgumentCount,
                "Number of Arguments mismatches",
                "if(condition, a, b) takes three.",
                span,
            );
        };
        let condition = self.test(&condition.value);
        let (yes, no) = (self.node(&yes.value), self.node(&no.value));
        Box::new(move |vm, frame| if condition(vm, frame)? { yes(vm, frame) } else { no(vm, frame) })
    }

    /// `ifnull(a, b)`: `b` is computed only when `a` is null, or reads past the end of a list.
    pub(crate) fn if_null(&mut self, value: Node, default: Node) -> Node {
        // What the failed part left in its temporaries goes; what lies before them is still needed.
        let first_temp = self.next_temp;
        Box::new(move |vm, frame| match value(vm, frame) {
            Some(value) if !value.is_null() => Some(value),
            Some(_) => default(vm, frame),
            None => match vm.raised.take() {
                Some(raised) if raised.problem.code == Code::IndexOutOfRange && !raised.fatal => {
                    super::clear(&mut frame[first_temp..]);
                    default(vm, frame)
                }
                raised => {
                    vm.raised = raised;
                    None
                }
            },
        })
    }
}

/// The query that a path such as `Form[c].F.G` begins with, and the names after its field.
pub(super) fn query_root(expr: &Expr) -> Option<(&rainwright_syntax::ast::Query, Vec<String>)> {
    match &expr.kind {
        ExprKind::Query(query) => Some((query, Vec::new())),
        ExprKind::Member { object, name } => {
            let (query, mut rest) = query_root(object)?;
            rest.push(name.name.to_string());
            Some((query, rest))
        }
        ExprKind::Paren(inner) => query_root(inner),
        _ => None,
    }
}

/// A field of the form may be written without `input.` in front.
fn field_on_form(vm: &Vm<'_>, key: &Value) -> Option<Value> {
    let form = vm.inputs.get("input").filter(|_| vm.cx.profile.forms && !vm.is_off_form())?;
    form.as_map()?.borrow().get(key).cloned()
}

fn undefined(name: String, near: Option<String>, span: Span) -> Node {
    Box::new(move |vm, _| {
        let help = near
            .clone()
            .unwrap_or_else(|| format!("Assign it before it is read, or give it to the run: --arg {name}=…"));
        let lack = Lack::Value { name: name.clone(), is_slip: near.is_some() };
        let problem = Problem::new(Code::UnknownName, format!("Variable '{name}' is not defined"));
        vm.raise(RuntimeError::new(problem.with_help(help).with_lack(lack), span))
    })
}

#[cold]
fn no_field(value: &Value, name: &str, span: Span) -> Box<RuntimeError> {
    let problem = if value.is_null() {
        *rainwright_builtins::method_on_null(name)
    } else {
        let is_function =
            |row: &rainwright_builtins::Builtin| row.name.eq_ignore_ascii_case(name) && row.on.has(value.kind());
        let help = match rainwright_builtins::builtins().find(|row| is_function(row)) {
            Some(row) => format!("It is a function: write {}().", row.name),
            None => "Fields belong to KEY-VALUE and to records; a function is called with parentheses.".to_owned(),
        };
        Problem::new(Code::WrongKind, format!("{} has no field '{name}'", value.kind())).with_help(help)
    };
    RuntimeError::new(problem, span)
}

/// A step that always fails with the same problem.
pub(crate) fn fails(code: Code, message: impl Into<String>, help: impl Into<String>, span: Span) -> Node {
    let problem = Problem::new(code, message).with_help(help);
    Box::new(move |vm, _| vm.raise(RuntimeError::new(problem.clone(), span)))
}

/// A step for text that made no expression.
fn broken(span: Span) -> Node {
    fails(
        Code::Unexpected,
        "This part of the script could not be read.",
        "Mend the error that was reported for it.",
        span,
    )
}
