//! What becomes an effect of the host as it stands: form fields, form events, record queries, functions of the host.

use rainwright_builtins::{Effect, Outcome};
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_syntax::ast::{
    Arg, Assign, BinaryOp, Expr, ExprKind, FieldAction, Ident, Insert, Query, Stmt, StmtKind, UnaryOp,
};
use rainwright_value::Value;
use serde_json::{Map as Json, Value as JsonValue, json};

use super::Lowerer;
use super::condition::all_of_any;
use super::expression::fails;
use crate::raised::{At, Checked, OrRaise, Raised, Walked};
use crate::vm::{Flow, Frame, Node, Step, Vm};

/// A piece of an effect's description that is known at load, or computed in the run.
enum Part {
    Known(JsonValue),
    Computed(Node),
    Object(Vec<(String, Part)>),
    Array(Vec<Part>),
}

impl Part {
    fn text(text: &str) -> Part {
        Part::Known(JsonValue::String(text.to_owned()))
    }

    fn build(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<JsonValue> {
        Some(match self {
            Part::Known(value) => value.clone(),
            Part::Computed(node) => to_json(&node(vm, frame)?, vm),
            Part::Object(parts) => {
                let mut object = Json::with_capacity(parts.len());
                for (name, part) in parts {
                    object.insert(name.clone(), part.build(vm, frame)?);
                }
                JsonValue::Object(object)
            }
            Part::Array(parts) => {
                JsonValue::Array(parts.iter().map(|part| part.build(vm, frame)).collect::<Walked<_>>()?)
            }
        })
    }
}

fn to_json(value: &Value, vm: &Vm<'_>) -> JsonValue {
    let text = match value {
        // A scalar prints as itself, so only texts and dates need quotes.
        Value::Text(text) => return JsonValue::String(text.as_str().to_owned()),
        other => other.to_json(&vm.cx.locale),
    };
    serde_json::from_str(&text).unwrap_or(JsonValue::String(text))
}

fn from_outcome(outcome: Outcome, span: Span) -> Checked {
    match outcome {
        Outcome::Json { value } => rainwright_value::read_json(&value.to_string(), false).at(span),
        Outcome::Done => Ok(Value::Null),
        _ => Err(Raised::new(Problem::new(Code::NotSupported, "The host answered with something else."), span)),
    }
}

fn ui(action: &str, arguments: Part, span: Span, line: u32) -> Node {
    let action = action.to_owned();
    Box::new(move |vm, frame| {
        let arguments = arguments.build(vm, frame)?;
        vm.cx.line = line;
        let outcome = vm.cx.perform(Effect::Ui { action: action.clone(), arguments }).at(span).or_raise(vm)?;
        from_outcome(outcome, span).or_raise(vm)
    })
}

fn records(request: Part, span: Span, line: u32) -> Node {
    Box::new(move |vm, frame| {
        let request = request.build(vm, frame)?;
        vm.cx.line = line;
        let outcome = vm.cx.perform(Effect::Records(request)).at(span).or_raise(vm)?;
        from_outcome(outcome, span).or_raise(vm)
    })
}

fn step(node: Node, line: u32) -> Step {
    Box::new(move |vm, frame| match node(vm, frame) {
        Some(_) => Flow::Next,
        None => vm.fail(line),
    })
}

fn dotted(path: &[Ident]) -> String {
    path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(".")
}

/// The path of a field as written: `row.Name.prefix`.
fn field_path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::Member { object, name } => Some(format!("{}.{}", field_path(object)?, name.name)),
        ExprKind::Paren(inner) => field_path(inner),
        _ => None,
    }
}

/// Whether a path begins at the form on screen.
fn is_form_root(name: &str) -> bool {
    matches!(name, "input" | "old" | "row")
}

fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Member { object, .. } => root(object),
        _ => None,
    }
}

impl Lowerer<'_> {
    /// The statements of form events.
    pub(crate) fn form_statement(&mut self, statement: &Stmt) -> Step {
        let (line, span) = (self.line, statement.span);
        let node = match &statement.kind {
            StmtKind::Alert { field, message } => {
                let mut parts = Vec::new();
                if let Some(path) = field.as_deref().and_then(field_path) {
                    parts.push(("field".into(), Part::text(&path)));
                }
                parts.push(("message".into(), Part::Computed(self.node(message))));
                ui("alert", Part::Object(parts), span, line)
            }
            StmtKind::Cancel(what) => ui(what.words(), Part::Known(json!({})), span, line),
            StmtKind::Reload => ui("reload", Part::Known(json!({})), span, line),
            StmtKind::Field { action, field } => {
                let action = match action {
                    FieldAction::Hide => "hide",
                    FieldAction::Show => "show",
                    FieldAction::Enable => "enable",
                    FieldAction::Disable => "disable",
                    FieldAction::Focus => "focus",
                    FieldAction::Clear => "clear",
                };
                let path = field_path(field).unwrap_or_default();
                ui(action, Part::Known(json!({ "field": path })), span, line)
            }
            StmtKind::FieldUi { field, method, args } => {
                let values = args.iter().map(|arg| Part::Computed(self.node(&arg.value))).collect();
                let parts = vec![
                    ("field".into(), Part::text(&field_path(field).unwrap_or_default())),
                    ("values".into(), Part::Array(values)),
                ];
                ui(&format!("ui.{}", method.name), Part::Object(parts), span, line)
            }
            StmtKind::Delete(query) => {
                let request = self.request("delete", query, Vec::new());
                records(request, span, line)
            }
            StmtKind::Markup(html) => ui("html", Part::Known(json!({ "text": html })), span, line),
            StmtKind::Output(expr) => {
                let node = self.node(expr);
                let shown: Node = Box::new(move |vm, frame| {
                    let text = node(vm, frame)?.to_text(&vm.cx.locale);
                    Some(Value::from(text))
                });
                ui("html", Part::Object(vec![("text".into(), Part::Computed(shown))]), span, line)
            }
            _ => fails(
                Code::Unexpected,
                "This statement could not be read.",
                "Mend the error that was reported for it.",
                span,
            ),
        };
        step(node, line)
    }

    /// Reads `input.F`, `old.F`, `row.F` when the run was given no such variable.
    pub(crate) fn form_field(&mut self, object: &Expr, name: &str, expr: &Expr) -> Option<Node> {
        let root = root(object)?;
        if !is_form_root(root) || self.is_assigned(root) {
            return None;
        }
        let (path, line, span) = (field_path(expr)?, self.line, expr.span);
        let asked = ui("get", Part::Known(json!({ "field": path })), span, line);
        let (slot, root, key) = (self.slot(root), root.to_owned(), Value::from(name));
        let object = self.node(object);
        Some(Box::new(move |vm, frame| {
            let given = vm.inputs.contains_key(&root) || slot.is_some_and(|slot| !frame[slot].is_null());
            if !given {
                return asked(vm, frame);
            }
            let value = object(vm, frame)?;
            Some(value.as_map().and_then(|map| map.borrow().get(&key).cloned()).unwrap_or_default())
        }))
    }

    /// `a.F = e`: a field of a map, of the form, or of fetched records.
    pub(crate) fn assign_field(&mut self, assign: &Assign, span: Span) -> Step {
        let line = self.line;
        let value = match assign.op {
            None => self.node(&assign.value),
            Some(op) => {
                let kind = ExprKind::Binary {
                    op,
                    op_span: assign.target.span,
                    left: Box::new(assign.target.clone()),
                    right: Box::new(assign.value.clone()),
                };
                self.node(&Expr { kind, span })
            }
        };
        match &assign.target.kind {
            ExprKind::Member { object, name } => {
                let key = Value::from(name.name.as_str());
                let path = field_path(&assign.target);
                let on_form = root(object).is_some_and(|r| is_form_root(r) && !self.is_assigned(r));
                let slot = root(object).and_then(|r| self.slot(r));
                let object = self.node(object);
                Box::new(move |vm, frame| {
                    let value = match value(vm, frame) {
                        Some(value) => value,
                        None => return vm.fail(line),
                    };
                    if on_form && slot.is_none_or(|slot| frame[slot].is_null()) {
                        let arguments = json!({ "field": path, "value": to_json(&value, vm) });
                        vm.cx.line = line;
                        return match vm.cx.perform(Effect::Ui { action: "set".into(), arguments }).at(span).or_raise(vm)
                        {
                            Some(_) => Flow::Next,
                            None => vm.fail(line),
                        };
                    }
                    let target = match object(vm, frame) {
                        Some(target) => target,
                        None => return vm.fail(line),
                    };
                    match target.as_map() {
                        Some(map) => {
                            map.borrow_mut().insert(key.clone(), value);
                            Flow::Next
                        }
                        None => {
                            let message = format!("{} has no fields to set", target.kind());
                            let problem = Problem::new(Code::WrongKind, message);
                            let _raised: Walked = vm.raise(Raised::new(problem, span));
                            vm.fail(line)
                        }
                    }
                })
            }
            ExprKind::Query(query) => {
                let request = self.request("update", query, vec![("value".into(), Part::Computed(value))]);
                step(records(request, span, line), line)
            }
            _ => step(
                fails(
                    Code::Unexpected,
                    "Only a variable or a field can be assigned.",
                    "Write a name on the left side of =.",
                    span,
                ),
                line,
            ),
        }
    }

    /// `insert into Form [ … ]`.
    pub(crate) fn insert(&mut self, insert: &Insert, span: Span) -> Node {
        let fields = insert
            .fields
            .iter()
            .map(|(name, value)| (name.name.to_string(), Part::Computed(self.node(value))))
            .collect();
        let request = Part::Object(vec![
            ("operation".into(), Part::text("insert")),
            ("form".into(), Part::text(&dotted(&insert.form))),
            ("fields".into(), Part::Object(fields)),
        ]);
        records(request, span, self.line)
    }

    /// `Form[criteria]`, with an aggregate's name when one follows.
    pub(crate) fn query(&mut self, query: &Query, aggregate: Option<(&str, &[Arg])>, span: Span) -> Node {
        let mut more = Vec::new();
        if let Some((name, args)) = aggregate {
            more.push(("aggregate".into(), Part::text(name)));
            if let Some(field) = args.first().and_then(|arg| field_path(&arg.value)) {
                more.push(("of".into(), Part::text(&field)));
            }
        }
        let request = self.request("fetch", query, more);
        records(request, span, self.line)
    }

    /// `Form[criteria].count(F)` and its like; `None` for methods that work on the fetched records.
    pub(crate) fn aggregate(&mut self, query: &Query, name: &Ident, args: &[Arg], span: Span) -> Option<Node> {
        const AGGREGATES: [&str; 8] = ["count", "sum", "average", "median", "minimum", "maximum", "distinct", "getall"];
        let lower = name.name.to_ascii_lowercase();
        AGGREGATES.contains(&lower.as_str()).then(|| self.query(query, Some((&lower, args)), span))
    }

    fn request(&mut self, operation: &str, query: &Query, more: Vec<(String, Part)>) -> Part {
        let mut parts =
            vec![("operation".into(), Part::text(operation)), ("form".into(), Part::text(&dotted(&query.form)))];
        if let Some(criteria) = &query.criteria {
            parts.push(("criteria".into(), self.criteria(criteria)));
        }
        if let Some(field) = &query.field {
            parts.push(("field".into(), Part::text(&field.name)));
        }
        if !query.sort.is_empty() {
            let sort = query.sort.iter().map(|(f, down)| json!({ "field": f.name.as_str(), "descending": down }));
            parts.push(("sort".into(), Part::Known(JsonValue::Array(sort.collect()))));
        }
        if let Some((from, to)) = &query.range {
            let range = vec![Part::Computed(self.node(from)), Part::Computed(self.node(to))];
            parts.push(("range".into(), Part::Array(range)));
        }
        parts.extend(more);
        Part::Object(parts)
    }

    /// The criteria as a tree: left sides are fields, right sides are computed here.
    fn criteria(&mut self, expr: &Expr) -> Part {
        let node = |parts: Vec<(&str, Part)>| Part::Object(parts.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
        match &expr.kind {
            ExprKind::Paren(inner) => self.criteria(inner),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                node(vec![("op", Part::text("not")), ("of", self.criteria(operand))])
            }
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } if self.world.options.profile.or_before_and => {
                let of = |word: &str, mut parts: Vec<Part>| match parts.len() {
                    1 => parts.remove(0),
                    _ => node(vec![("op", Part::text(word)), ("of", Part::Array(parts))]),
                };
                let groups = all_of_any(expr).into_iter().map(|group| {
                    let terms = group.into_iter().map(|term| self.criteria(term)).collect();
                    of("or", terms)
                });
                let groups = groups.collect();
                of("and", groups)
            }
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right, .. } => {
                let word = if *op == BinaryOp::And { "and" } else { "or" };
                let sides = vec![self.criteria(left), self.criteria(right)];
                node(vec![("op", Part::text(word)), ("of", Part::Array(sides))])
            }
            ExprKind::Binary { op, left, right, .. } => {
                let field = field_path(left).map_or_else(|| Part::Computed(self.node(left)), |path| Part::text(&path));
                let value = Part::Computed(self.node(right));
                node(vec![("op", Part::text(criteria_word(*op))), ("field", field), ("value", value)])
            }
            ExprKind::Method { object, name, args } if field_path(object).is_some() => {
                let field = Part::text(&field_path(object).unwrap_or_default());
                let values = args.iter().map(|arg| Part::Computed(self.node(&arg.value))).collect();
                node(vec![("op", Part::text(&name.name)), ("field", field), ("values", Part::Array(values))])
            }
            _ => Part::Computed(self.node(expr)),
        }
    }

    /// `openUrl(…)` and the other calls that only a form has.
    pub(crate) fn form_call(&mut self, lower: &str, args: &[Arg], span: Span) -> Option<Node> {
        if !matches!(lower, "openurl" | "getfieldnames" | "getfieldvalue") {
            return None;
        }
        let values = args.iter().map(|arg| Part::Computed(self.node(&arg.value))).collect();
        Some(ui(lower, Part::Object(vec![("values".into(), Part::Array(values))]), span, self.line))
    }

    /// A function that the program around offers: its arguments go out as an array.
    pub(crate) fn host_call(&mut self, name: &str, args: &[Arg], span: Span) -> Option<Node> {
        let name = self.world.options.host_functions.iter().find(|known| *known == name)?.clone();
        let arguments = Part::Array(args.iter().map(|arg| Part::Computed(self.node(&arg.value))).collect());
        let line = self.line;
        Some(Box::new(move |vm, frame| {
            let arguments = arguments.build(vm, frame)?;
            vm.cx.line = line;
            let outcome = vm.cx.perform(Effect::Task { name: name.clone(), arguments }).at(span).or_raise(vm)?;
            from_outcome(outcome, span).or_raise(vm)
        }))
    }

    /// `F.select(x)`, `F.deselectAll()` and the like on a field that is no variable.
    pub(crate) fn form_method(&mut self, object: &Expr, name: &Ident, args: &[Arg], span: Span) -> Option<Node> {
        let lower = name.name.to_ascii_lowercase();
        if !matches!(lower.as_str(), "select" | "deselect" | "selectall" | "deselectall") {
            return None;
        }
        let path = field_path(object)?;
        if root(object).is_some_and(|r| self.is_assigned(r)) {
            return None;
        }
        let values = args.iter().map(|arg| Part::Computed(self.node(&arg.value))).collect();
        let parts = vec![("field".into(), Part::text(&path)), ("values".into(), Part::Array(values))];
        Some(ui(&lower, Part::Object(parts), span, self.line))
    }
}

fn criteria_word(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::In => "in",
        BinaryOp::NotIn => "not in",
        BinaryOp::Like => "like",
        BinaryOp::Is => "is",
        BinaryOp::IsNot => "is not",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => "compute",
    }
}
