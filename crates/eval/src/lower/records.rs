//! Queries and changes of form records: each becomes one typed request with computed values.

use rainwright_diagnostic::Span;
use rainwright_effect::{Aggregate, Comparison, Criteria, Data, FieldPath, Operand, Query as Wanted, Records, Sort};
use rainwright_syntax::ast::{Arg, BinaryOp, Expr, ExprKind, Ident, Insert, Query, UnaryOp};
use rainwright_value::Value;

use super::Lowerer;
use super::condition::all_of_any;
use super::form::{all_data, data, field_path};
use crate::error::Walked;
use crate::rows::{self, Site, is_record};
use crate::vm::{Frame, Node, Vm};

/// A query whose computed parts are nodes.
struct Plan {
    form: String,
    criteria: Option<Condition>,
    sort: Vec<Sort>,
    range: Option<(Node, Node)>,
    span: Span,
}

/// Criteria whose computed parts are nodes.
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Side, Comparison, Side),
    Call(FieldPath, String, Vec<Node>),
    Holds(Side),
}

enum Side {
    Field(FieldPath),
    Computed(Node),
}

impl Plan {
    fn build(&self, vm: &mut Vm<'_>, frame: &mut Frame) -> Walked<Wanted> {
        let criteria = match &self.criteria {
            Some(condition) => Some(condition.build(vm, frame, self.span)?),
            None => None,
        };
        let range = match &self.range {
            Some((from, to)) => Some((value(vm, frame, from, self.span)?, value(vm, frame, to, self.span)?)),
            None => None,
        };
        Some(Wanted { form: self.form.clone(), criteria, sort: self.sort.clone(), range })
    }
}

impl Condition {
    fn build(&self, vm: &mut Vm<'_>, frame: &mut Frame, span: Span) -> Walked<Criteria> {
        let mut all = |of: &[Condition]| of.iter().map(|one| one.build(vm, frame, span)).collect::<Walked<Vec<_>>>();
        Some(match self {
            Condition::All(of) => Criteria::All { of: all(of)? },
            Condition::Any(of) => Criteria::Any { of: all(of)? },
            Condition::Not(of) => Criteria::Not { of: Box::new(of.build(vm, frame, span)?) },
            Condition::Compare(left, comparison, right) => Criteria::Compare {
                left: left.build(vm, frame, span)?,
                comparison: *comparison,
                right: right.build(vm, frame, span)?,
            },
            Condition::Call(field, function, arguments) => Criteria::Call {
                field: field.clone(),
                function: function.clone(),
                arguments: all_data(vm, frame, arguments, span)?,
            },
            Condition::Holds(side) => Criteria::Holds { operand: side.build(vm, frame, span)? },
        })
    }
}

impl Side {
    fn build(&self, vm: &mut Vm<'_>, frame: &mut Frame, span: Span) -> Walked<Operand> {
        Some(match self {
            Side::Field(path) => Operand::Field(path.clone()),
            Side::Computed(node) => Operand::Value(value(vm, frame, node, span)?),
        })
    }
}

fn value(vm: &mut Vm<'_>, frame: &mut Frame, node: &Node, span: Span) -> Walked<Data> {
    let value = node(vm, frame)?;
    data(vm, &value, span)
}

fn dotted(path: &[Ident]) -> String {
    path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(".")
}

fn field(name: &Ident) -> FieldPath {
    FieldPath::parse(&name.name)
}

impl Lowerer<'_> {
    /// A request that a query and computed parts make; of a name or an address it gives the map of its parts.
    fn records(&self, span: Span, build: impl Fn(&mut Vm<'_>, &mut Frame) -> Walked<Records> + 'static) -> Node {
        let origin = self.origin();
        Box::new(move |vm, frame| {
            let request = build(vm, frame)?;
            rows::ask(vm, request, Site { origin, span })
        })
    }

    /// The value at the end of a path for a place that takes a name or an address as a whole, as the map of its parts: what
    /// is assigned to a field, and what a further part is read of. Everything else is computed as it is.
    pub(crate) fn whole(&mut self, expr: &Expr) -> Node {
        if !self.world.options.profile.forms {
            return self.node(expr);
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.whole(inner),
            ExprKind::Member { object, name } => {
                self.deeper(|this| this.member(object, &name.name, expr, true)).into_node()
            }
            ExprKind::Name(name) => self.variable(name, expr.span, true).into_node(),
            ExprKind::Query(query) => self.query(query, expr.span),
            _ => self.node(expr),
        }
    }

    /// `insert into Form [ … ]`.
    pub(crate) fn insert(&mut self, insert: &Insert, span: Span) -> Node {
        let form = dotted(&insert.form);
        let fields: Vec<(FieldPath, Node)> =
            insert.fields.iter().map(|(name, value)| (field(name), self.whole(value))).collect();
        self.records(span, move |vm, frame| {
            let mut values = Vec::with_capacity(fields.len());
            for (path, node) in &fields {
                values.push((path.clone(), value(vm, frame, node, span)?));
            }
            Some(Records::Insert { form: form.clone(), fields: values })
        })
    }

    /// `one.insert()` of a record that `Form()` made: saves it, notes its ID in it.
    pub(super) fn insert_new(&mut self, variable: &str, form: String, span: Span) -> Node {
        let (slot, site) = (self.slot(variable), Site { origin: self.origin(), span });
        Box::new(move |vm, frame| {
            let record = slot.map(|slot| frame[slot].clone()).unwrap_or_default();
            let mut fields = Vec::new();
            if let Some(map) = record.as_map() {
                let entries: Vec<(Value, Value)> = map.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                for (key, value) in entries {
                    fields.push((FieldPath::parse(key.as_str().unwrap_or_default()), data(vm, &value, span)?));
                }
            }
            let id = rows::ask(vm, Records::Insert { form: form.clone(), fields }, site)?;
            if let Some(map) = record.as_map() {
                map.borrow_mut().insert_text("ID", id);
            }
            Some(Value::from("success"))
        })
    }

    /// `Form[criteria]`, with a field of the first record where one follows.
    pub(crate) fn query(&mut self, query: &Query, span: Span) -> Node {
        if query.field.is_some() {
            return self.query_path(query, &[], span);
        }
        let plan = self.plan(query, span);
        self.records(span, move |vm, frame| Some(Records::Fetch { query: plan.build(vm, frame)?, field: None }))
    }

    /// `Form[criteria].count(F)` and its like; `None` for methods that work on the fetched records.
    pub(crate) fn aggregate(&mut self, query: &Query, name: &Ident, args: &[Arg], span: Span) -> Option<Node> {
        let function = Aggregate::named(&name.name)?;
        Some(self.query_figure(query, &[], function, args, span))
    }

    /// A figure over what a query and a path after it name: `Form[criteria].L.F.getAll()`, `count(Form[criteria])`.
    pub(super) fn query_figure(
        &mut self,
        query: &Query,
        rest: &[String],
        function: Aggregate,
        args: &[Arg],
        span: Span,
    ) -> Node {
        let mut path: Vec<String> = query.field.iter().map(|field| field.name.to_string()).collect();
        path.extend_from_slice(rest);
        // `Form[criteria].Rows.sum(Q)`: the named field is one of the rows.
        let named = args.first().and_then(|arg| field_path(&arg.value)).map(|path| FieldPath::parse(&path));
        path.extend(named.filter(|named| named.0 != path).into_iter().flat_map(|named| named.0));
        let field = (!path.is_empty()).then_some(FieldPath(path));
        let plan = self.plan(query, span);
        self.records(span, move |vm, frame| {
            Some(Records::Aggregate { query: plan.build(vm, frame)?, function, field: field.clone() })
        })
    }

    /// `Form[criteria].F.G`: the field at the end of a path, of the first record.
    pub(super) fn query_path(&mut self, query: &Query, rest: &[String], span: Span) -> Node {
        let mut path: Vec<String> = query.field.iter().map(|field| field.name.to_string()).collect();
        path.extend_from_slice(rest);
        let plan = self.plan(query, span);
        if self.world.options.empty_record_fails {
            // Whether there is a record has to be known, and the field alone does not tell.
            let site = Site { origin: self.origin(), span };
            return Box::new(move |vm, frame| {
                let fetch = Records::Fetch { query: plan.build(vm, frame)?, field: None };
                let records = rows::ask(vm, fetch, site)?;
                rows::read(vm, &records, &path, site)
            });
        }
        self.records(span, move |vm, frame| {
            Some(Records::Fetch { query: plan.build(vm, frame)?, field: Some(FieldPath(path.clone())) })
        })
    }

    /// All records of a form that a loop names without criteria.
    pub(super) fn all_records(&self, form: &str, span: Span) -> Node {
        let query = Wanted { form: form.to_owned(), ..Wanted::default() };
        self.records(span, move |_, _| Some(Records::Fetch { query: query.clone(), field: None }))
    }

    /// `a.F.G` where `a` holds a record; `otherwise` for any other value.
    pub(super) fn record_path(
        &mut self,
        slot: usize,
        path: Vec<String>,
        whole: bool,
        otherwise: Node,
        span: Span,
    ) -> Node {
        let site = Site { origin: self.origin(), span };
        Box::new(move |vm, frame| {
            if is_record(&frame[slot]) {
                let root = frame[slot].clone();
                return if whole {
                    rows::read_whole(vm, &root, &path, site)
                } else {
                    rows::read(vm, &root, &path, site)
                };
            }
            otherwise(vm, frame)
        })
    }

    /// `a.F.count()` and the like where `a` holds records; `otherwise` for any other value.
    pub(super) fn record_figure(
        &mut self,
        object: &Expr,
        function: Aggregate,
        args: &[Arg],
        span: Span,
        otherwise: Node,
    ) -> Node {
        let (Some(slot), Some(mut path)) = (super::form::root(object).and_then(|name| self.slot(name)), steps(object))
        else {
            return otherwise;
        };
        let own = args.first().and_then(|arg| field_path(&arg.value)).map(|path| FieldPath::parse(&path));
        let last = path.pop();
        let site = Site { origin: self.origin(), span };
        Box::new(move |vm, frame| {
            if !is_record(&frame[slot]) {
                return otherwise(vm, frame);
            }
            let root = frame[slot].clone();
            let Some(last) = &last else {
                return match &root {
                    Value::Records(records) => rows::figure(vm, records, function, own.as_ref(), site),
                    _ => otherwise(vm, frame),
                };
            };
            let before = if path.is_empty() { root.clone() } else { rows::read(vm, &root, &path, site)? };
            // All values of a field of several records, or a figure over the rows of a subform.
            match (&before, &root, function) {
                (Value::Records(records), _, Aggregate::GetAll) => {
                    rows::figure(vm, records, function, Some(&FieldPath(vec![last.clone()])), site)
                }
                (_, Value::Records(records), Aggregate::GetAll) => {
                    let whole = path.iter().chain([last]).cloned().collect();
                    rows::figure(vm, records, function, Some(&FieldPath(whole)), site)
                }
                _ => match rows::read(vm, &before, std::slice::from_ref(last), site)? {
                    Value::Records(records) => rows::figure(vm, &records, function, own.as_ref(), site),
                    _ => otherwise(vm, frame),
                },
            }
        })
    }

    /// `Form[criteria].F = e`.
    pub(super) fn update(&mut self, query: &Query, new: Node, span: Span) -> Node {
        let field = query.field.as_ref().map_or_else(|| FieldPath(Vec::new()), field);
        let plan = self.plan(query, span);
        self.records(span, move |vm, frame| {
            let query = plan.build(vm, frame)?;
            Some(Records::Update { query, field: field.clone(), value: value(vm, frame, &new, span)? })
        })
    }

    /// `delete from Form[criteria];`.
    pub(super) fn delete(&mut self, query: &Query, span: Span) -> Node {
        let plan = self.plan(query, span);
        self.records(span, move |vm, frame| Some(Records::Delete { query: plan.build(vm, frame)? }))
    }

    fn plan(&mut self, query: &Query, span: Span) -> Plan {
        let sort = query.sort.iter().map(|(name, descending)| Sort { field: field(name), descending: *descending });
        Plan {
            form: dotted(&query.form),
            criteria: query.criteria.as_ref().map(|criteria| self.criteria(criteria)),
            sort: sort.collect(),
            range: query.range.as_ref().map(|(from, to)| (self.node(from), self.node(to))),
            span,
        }
    }

    /// What a field is compared with. A period is sent as its words; the store works out which days it means.
    fn compared(&mut self, expr: &Expr) -> Node {
        match &expr.kind {
            ExprKind::Paren(inner) => self.compared(inner),
            ExprKind::Period(period) => {
                let words = Value::text(period.to_string());
                Box::new(move |_, _| Some(words.clone()))
            }
            _ => self.node(expr),
        }
    }

    /// The criteria as a tree: left sides are fields, right sides are computed here.
    fn criteria(&mut self, expr: &Expr) -> Condition {
        match &expr.kind {
            ExprKind::Paren(inner) => self.criteria(inner),
            ExprKind::Unary { op: UnaryOp::Not, operand } => Condition::Not(Box::new(self.criteria(operand))),
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } if self.world.options.profile.or_before_and => {
                let groups = all_of_any(expr).into_iter().map(|group| {
                    let terms = group.into_iter().map(|term| self.criteria(term)).collect();
                    one_or(terms, Condition::Any)
                });
                let groups = groups.collect();
                one_or(groups, Condition::All)
            }
            ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
                Condition::All(vec![self.criteria(left), self.criteria(right)])
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right, .. } => {
                Condition::Any(vec![self.criteria(left), self.criteria(right)])
            }
            ExprKind::Binary { op, left, right, .. } if comparison(*op).is_some() => {
                // In criteria `!Field == 1` is the opposite of the comparison: a field alone has none.
                let (left, is_opposite) = match &left.kind {
                    ExprKind::Unary { op: UnaryOp::Not, operand } if field_path(operand).is_some() => (operand, true),
                    _ => (left, false),
                };
                let left = match field_path(left) {
                    Some(path) => Side::Field(FieldPath::parse(&path)),
                    None => Side::Computed(self.node(left)),
                };
                let comparison = comparison(*op).unwrap_or(Comparison::Equal);
                let compare = Condition::Compare(left, comparison, Side::Computed(self.compared(right)));
                if is_opposite { Condition::Not(Box::new(compare)) } else { compare }
            }
            ExprKind::Method { object, name, args } if field_path(object).is_some() => {
                let path = FieldPath::parse(&field_path(object).unwrap_or_default());
                let values = args.iter().map(|arg| self.node(&arg.value)).collect();
                Condition::Call(path, name.name.to_string(), values)
            }
            _ => match field_path(expr) {
                // A decision box alone; a name that the script assigns is its variable.
                Some(path) if !super::form::root(expr).is_some_and(|name| self.is_assigned(name)) => {
                    Condition::Holds(Side::Field(FieldPath::parse(&path)))
                }
                _ => Condition::Holds(Side::Computed(self.node(expr))),
            },
        }
    }
}

/// The names after the first of `a.b.c`; empty for a name alone.
pub(super) fn steps(expr: &Expr) -> Option<Vec<String>> {
    match &expr.kind {
        ExprKind::Name(_) => Some(Vec::new()),
        ExprKind::Member { object, name } => {
            let mut before = steps(object)?;
            before.push(name.name.to_string());
            Some(before)
        }
        ExprKind::Paren(inner) => steps(inner),
        _ => None,
    }
}

/// A condition alone, or several joined.
fn one_or(mut conditions: Vec<Condition>, joined: impl Fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => joined(conditions),
    }
}

/// How an operator compares; `None` for those that compute or join.
fn comparison(op: BinaryOp) -> Option<Comparison> {
    Some(match op {
        BinaryOp::Equal => Comparison::Equal,
        BinaryOp::NotEqual => Comparison::NotEqual,
        BinaryOp::Less => Comparison::Less,
        BinaryOp::LessEqual => Comparison::LessEqual,
        BinaryOp::Greater => Comparison::Greater,
        BinaryOp::GreaterEqual => Comparison::GreaterEqual,
        BinaryOp::In => Comparison::In,
        BinaryOp::NotIn => Comparison::NotIn,
        BinaryOp::Like => Comparison::Like,
        BinaryOp::Is => Comparison::Is,
        BinaryOp::IsNot => Comparison::IsNot,
        BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Remainder => return None,
    })
}
