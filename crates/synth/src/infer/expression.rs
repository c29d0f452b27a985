//! Expressions: what they can be, and what they ask of the values in them.

use rainwright_builtins::word;
use rainwright_syntax::ast::{Attachment, BinaryOp, Expr, ExprKind, Query, UnaryOp, deep};
use rainwright_value::{Kind, Kinds};

use super::site::What;
use super::value::{Abs, How, Vals, certain, constants, join, other, sources};
use super::{Analysis, Local};
use rainwright_effect::Data;

/// The dotted name of an expression that is nothing else.
pub(crate) fn dotted(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::Member { object, name } => Some(format!("{}.{}", dotted(object)?, name.name)),
        _ => None,
    }
}

pub(super) fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Member { object, .. } => root(object),
        _ => None,
    }
}

/// A constant, if the expression is one.
pub(crate) fn constant(expr: &Expr) -> Option<Data> {
    Some(match &expr.kind {
        ExprKind::Null => Data::Null,
        ExprKind::Bool(flag) => Data::Bool(*flag),
        ExprKind::Number(number) => Data::Number(*number),
        ExprKind::Decimal(digits) => Data::Decimal(digits.parse().ok()?),
        ExprKind::Text(text) | ExprKind::Quoted(text) => Data::Text(text.to_string()),
        ExprKind::Paren(inner) => return constant(inner),
        ExprKind::Unary { op: UnaryOp::Minus, operand } => match constant(operand)? {
            Data::Number(number) => Data::Number(number.checked_neg()?),
            _ => return None,
        },
        _ => return None,
    })
}

impl<'t> Analysis<'t> {
    /// What an expression can be; remembered by its place.
    pub(super) fn expr(&mut self, expr: &'t Expr) -> Vals {
        deep(|| {
            let vals = self.shallow(expr);
            join(self.at.entry(expr.span).or_default(), &vals);
            vals
        })
    }

    /// A list or map of the script, one for each place that makes one.
    pub(super) fn local(&mut self, expr: &Expr) -> usize {
        if let Some(known) = self.local_at.get(&expr.span) {
            return *known;
        }
        self.locals.push(Local::default());
        self.local_at.insert(expr.span, self.locals.len() - 1);
        self.locals.len() - 1
    }

    fn shallow(&mut self, expr: &'t Expr) -> Vals {
        if let Some(constant) = constant(expr) {
            return vec![Abs::Const(constant)];
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Name(name) => self.name(name),
            ExprKind::List { items, .. } => {
                let local = self.local(expr);
                for item in items {
                    let vals = self.expr(item);
                    join(&mut self.locals[local].items, &vals);
                }
                vec![Abs::Local(local)]
            }
            ExprKind::TypedList { args, .. } => {
                let local = self.local(expr);
                for arg in args {
                    let vals = self.expr(&arg.value);
                    join(&mut self.locals[local].items, &vals);
                }
                vec![Abs::Local(local)]
            }
            ExprKind::EmptyBraces => vec![Abs::Local(self.local(expr))],
            ExprKind::Map(pairs) => {
                let local = self.local(expr);
                for (key, value) in pairs {
                    let (keys, vals) = (self.expr(key), self.expr(value));
                    self.put(local, &keys, &vals);
                }
                vec![Abs::Local(local)]
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                self.condition(operand);
                other(Kind::Bool)
            }
            ExprKind::Unary { operand, .. } => {
                let vals = self.expr(operand);
                self.want(&vals, Kinds::NUMERIC);
                self.derived(&vals, Kinds::NUMERIC)
            }
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } => {
                self.condition(left);
                self.condition(right);
                other(Kind::Bool)
            }
            ExprKind::Binary { op, left, right, .. } => {
                let (a, b) = (self.expr(left), self.expr(right));
                match op {
                    BinaryOp::Add
                    | BinaryOp::Subtract
                    | BinaryOp::Multiply
                    | BinaryOp::Divide
                    | BinaryOp::Remainder => self.arithmetic(*op, &a, &b),
                    _ => {
                        self.comparison(*op, &a, &b);
                        self.comparison(*op, &b, &a);
                        other(Kind::Bool)
                    }
                }
            }
            ExprKind::Member { object, name } => self.member(expr, object, &name.name),
            ExprKind::Method { object, name, args } => self.method(expr, object, name, args),
            ExprKind::Call { name, args } => self.call(expr, name, args),
            ExprKind::Task(task) => self.task(expr, task),
            ExprKind::Insert(insert) => {
                for (_, value) in &insert.fields {
                    self.expr(value);
                }
                let form = insert.form.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(".");
                self.site(expr, What::Insert(form), "ID", false);
                other(Kind::Number)
            }
            ExprKind::Query(query) => self.query(expr, query),
            ExprKind::Attachments(all) => {
                for attachment in all {
                    if let Attachment::File(file) = attachment {
                        let vals = self.expr(file);
                        self.want(&vals, Kinds::of(&[Kind::File, Kind::List]));
                    }
                }
                other(Kind::List)
            }
            _ => other(Kinds::ANY),
        }
    }

    /// An expression that is asked as true or false.
    pub(super) fn condition(&mut self, expr: &'t Expr) {
        let vals = self.expr(expr);
        self.want(&vals, Kind::Bool.into());
    }

    fn member(&mut self, expr: &'t Expr, object: &'t Expr, name: &str) -> Vals {
        if let Some(path) = dotted(expr)
            && root(expr).is_some_and(|root| !self.assigned.contains(root))
            && let Some(row) = word(&path)
        {
            return other(row.returns);
        }
        if root(object).is_some_and(|root| root.eq_ignore_ascii_case("zoho") || root == "thisapp") {
            return other(Kinds::ANY);
        }
        if self.is_own_input(object, name) {
            return self.name(name);
        }
        let on = self.expr(object);
        self.fields(&on, &[Abs::Const(Data::Text(name.to_owned()))])
    }

    /// Whether `input.x` is a variable `x`: a function of an application has no form.
    fn is_own_input(&self, object: &Expr, name: &str) -> bool {
        let is_input = matches!(&object.kind, ExprKind::Name(root) if root == "input");
        let is_function = self.forms && !self.function.is_empty();
        is_input && is_function && self.assigned.contains(name) && !self.assigned.contains("input")
    }

    /// `Form[criteria]`.
    fn query(&mut self, expr: &'t Expr, query: &'t Query) -> Vals {
        self.query_parts(query);
        let form = query.form.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(".");
        let name = query.field.as_ref().map_or(form.as_str(), |field| field.name.as_str());
        let id = self.site(expr, What::Fetch(form.clone()), name, false);
        vec![Abs::Made(id)]
    }

    /// What a query computes: the right sides of its criteria and its range.
    pub(super) fn query_parts(&mut self, query: &'t Query) {
        if let Some(criteria) = &query.criteria {
            self.criteria(criteria);
        }
        if let Some((from, to)) = &query.range {
            for bound in [from, to] {
                let vals = self.expr(bound);
                self.want(&vals, Kind::Number.into());
            }
        }
    }

    fn criteria(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => self.criteria(inner),
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } => {
                self.criteria(left);
                self.criteria(right);
            }
            // Left sides are fields of the records.
            ExprKind::Binary { left, right, .. } => {
                let field = dotted(left);
                if field.is_none() {
                    self.expr(left);
                }
                let vals = self.expr(right);
                if field.is_some_and(|field| field.eq_ignore_ascii_case("ID")) {
                    for id in sources(&vals) {
                        let shape = self.shapes.get_mut(id);
                        if shape.fields.is_empty() && shape.item.is_none() && !crate::words::is_id(&shape.name) {
                            shape.name.push_str("_id");
                        }
                    }
                }
            }
            ExprKind::Method { args, .. } => {
                for arg in args {
                    self.expr(&arg.value);
                }
            }
            ExprKind::Name(name) if self.env.contains_key(name.as_str()) => {
                self.expr(expr);
            }
            _ => {}
        }
    }

    /// Narrows the kinds of the made-up values among the alternatives.
    pub(super) fn want(&mut self, vals: &[Abs], kinds: Kinds) {
        if kinds == Kinds::ANY {
            return;
        }
        for val in vals {
            if let Abs::Made(id) = val {
                self.shapes.narrow(*id, kinds);
            }
        }
    }

    /// The same values as another kind.
    pub(super) fn derived(&self, vals: &[Abs], kinds: Kinds) -> Vals {
        let ids = sources(vals);
        if ids.is_empty() {
            return other(kinds);
        }
        ids.into_iter().map(|id| Abs::Derived(id, How::Same)).collect()
    }

    pub(super) fn arithmetic(&mut self, op: BinaryOp, a: &[Abs], b: &[Abs]) -> Vals {
        let text = Kinds::from(Kind::Text);
        let date = Kinds::from(Kind::DateTime);
        let (ka, kb) = (certain(a), certain(b));
        if op == BinaryOp::Add && (ka == Some(text) || kb == Some(text)) {
            return other(Kind::Text);
        }
        if op == BinaryOp::Subtract && (ka == Some(date) || kb == Some(date)) {
            for side in [a, b] {
                for id in sources(side) {
                    self.note_date(id, None);
                }
            }
            return other(Kinds::NUMERIC);
        }
        // `a + b` of two unknown values joins texts as well: it asks for nothing.
        let numeric = op != BinaryOp::Add
            || ka.is_some_and(|k| crate::shape::both(k, Kinds::NUMERIC) == k)
            || kb.is_some_and(|k| crate::shape::both(k, Kinds::NUMERIC) == k);
        if numeric {
            self.want(a, Kinds::NUMERIC);
            self.want(b, Kinds::NUMERIC);
        }
        let kinds = if numeric { Kinds::NUMERIC } else { Kinds::ANY };
        let mut all = self.derived(a, kinds);
        let more = self.derived(b, kinds);
        join(&mut all, &more);
        all
    }

    /// What a comparison says of its left side.
    fn comparison(&mut self, op: BinaryOp, a: &[Abs], b: &[Abs]) {
        let orders = matches!(op, BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual);
        let constants: Vec<Data> = constants(b).cloned().collect();
        for id in sources(a) {
            let sized = a.contains(&Abs::Derived(id, How::Size));
            for constant in &constants {
                match constant {
                    Data::Null => self.shapes.get_mut(id).asked_null = true,
                    Data::Text(text) if text.is_empty() => self.shapes.get_mut(id).asked_empty = true,
                    Data::Number(_) if sized => self.shapes.get_mut(id).asked_empty = true,
                    constant if !a.contains(&Abs::Derived(id, How::Part)) => {
                        self.shapes.compare(id, constant.clone());
                    }
                    _ => {}
                }
            }
            if sized {
                continue;
            }
            let certain = certain(b);
            if orders {
                match certain {
                    Some(k) if k == Kinds::from(Kind::DateTime) => self.note_date(id, None),
                    Some(k) if k == Kinds::from(Kind::Text) => {}
                    _ => self.want(&[Abs::Made(id)], Kinds::of(&[Kind::Number, Kind::Decimal, Kind::DateTime])),
                }
            } else if let Some(Data::Number(_) | Data::Decimal(_)) = constants.first() {
                self.want(a, Kinds::of(&[Kind::Number, Kind::Decimal, Kind::Null, Kind::Text]));
            } else if let Some(Data::Bool(_)) = constants.first() {
                self.want(a, Kinds::of(&[Kind::Bool, Kind::Null]));
            } else if certain == Some(Kind::DateTime.into()) {
                self.note_date(id, None);
            }
        }
        if matches!(op, BinaryOp::In | BinaryOp::NotIn) {
            // `x in {…}`: the elements are what x may be; the list is the right side.
            let items: Vec<Data> = b
                .iter()
                .filter_map(|val| match val {
                    Abs::Local(local) => Some(self.locals[*local].items.clone()),
                    _ => None,
                })
                .flatten()
                .filter_map(|val| match val {
                    Abs::Const(data) => Some(data),
                    _ => None,
                })
                .collect();
            for id in sources(a) {
                items.iter().for_each(|item| self.shapes.compare(id, item.clone()));
            }
            self.want(b, Kind::List.into());
        }
    }

    /// A value that is used as a date.
    pub(super) fn note_date(&mut self, id: usize, pattern: Option<&str>) {
        let shape = self.shapes.get_mut(id);
        if shape.dated.is_none() || pattern.is_some() {
            shape.dated = Some(pattern.unwrap_or_default().to_owned());
        }
        self.shapes.narrow(id, Kinds::of(&[Kind::DateTime, Kind::Text]));
    }

    /// What keys give: of maps that are made up, the shapes of their values.
    pub(super) fn fields(&mut self, on: &[Abs], keys: &[Abs]) -> Vals {
        let mut found = Vals::new();
        for val in on {
            match val {
                Abs::Made(id) | Abs::Derived(id, How::Same) => {
                    let mut known = false;
                    for key in keys {
                        match key {
                            Abs::Const(Data::Text(key)) => {
                                known = true;
                                let field = self.shapes.field(*id, key);
                                join(&mut found, &[Abs::Made(field)]);
                            }
                            Abs::Const(Data::Number(index)) => {
                                known = true;
                                let shape = self.shapes.get_mut(*id);
                                shape.least = shape.least.max((*index).clamp(0, 50) as usize + 1);
                                let item = self.shapes.item(*id);
                                join(&mut found, &[Abs::Made(item)]);
                            }
                            _ => {}
                        }
                    }
                    if !known {
                        let number = certain(keys) == Some(Kind::Number.into());
                        let child = if number { self.shapes.item(*id) } else { self.shapes.any(*id) };
                        join(&mut found, &[Abs::Made(child)]);
                    }
                }
                Abs::Local(local) => {
                    let mut exact = false;
                    for key in keys {
                        if let Abs::Const(Data::Text(key)) = key {
                            exact = true;
                            let vals = self.locals[*local].fields.get(key).cloned().unwrap_or_default();
                            join(&mut found, &vals);
                        }
                    }
                    if !exact {
                        self.name_keys(*local, keys);
                    }
                    let local = &self.locals[*local];
                    let mut vals = local.items.clone();
                    if !exact {
                        local.fields.values().for_each(|more| join(&mut vals, more));
                    }
                    join(&mut found, &vals);
                }
                _ => {}
            }
        }
        if found.is_empty() { other(Kinds::ANY) } else { found }
    }

    /// A made-up value that a map of the script is asked for is mostly one of its keys.
    fn name_keys(&mut self, local: usize, keys: &[Abs]) {
        let ids = sources(keys);
        if ids.is_empty() {
            return;
        }
        let mut names: Vec<String> = self.locals[local].fields.keys().cloned().collect();
        names.sort_unstable();
        for id in ids {
            for name in names.iter().take(8) {
                self.shapes.compare(id, Data::Text(name.clone()));
            }
        }
    }

    /// Takes note of the loops that a list or map of the script is filled in.
    pub(super) fn fill(&mut self, local: usize) {
        for id in self.loops.clone() {
            let filled_by = &mut self.locals[local].filled_by;
            if filled_by.len() < 4 && !filled_by.contains(&id) {
                filled_by.push(id);
            }
        }
    }

    /// What `for each` visits.
    pub(super) fn elements(&mut self, over: &[Abs]) -> Vals {
        let mut found = Vals::new();
        for val in over {
            match val {
                Abs::Made(id) | Abs::Derived(id, How::Same | How::Part) => {
                    let item = self.shapes.item(*id);
                    join(&mut found, &[Abs::Made(item)]);
                }
                Abs::Derived(id, How::Keys) => join(&mut found, &[Abs::Derived(*id, How::KeyName)]),
                Abs::Local(local) => {
                    let items = self.locals[*local].items.clone();
                    join(&mut found, &items);
                    let keys: Vec<String> = self.locals[*local].fields.keys().cloned().collect();
                    for key in keys.into_iter().take(4) {
                        join(&mut found, &[Abs::Const(Data::Text(key))]);
                    }
                }
                _ => {}
            }
        }
        if found.is_empty() { other(Kinds::ANY) } else { found }
    }

    pub(super) fn mark_walked(&mut self, over: &[Abs]) {
        for id in sources(over) {
            if over.contains(&Abs::Made(id)) {
                self.shapes.narrow(id, Kinds::of(&[Kind::List, Kind::Map, Kind::Text, Kind::Collection]));
            }
        }
    }

    /// Puts a value under a key of a map of the script.
    pub(super) fn put(&mut self, local: usize, keys: &[Abs], vals: &[Abs]) {
        let mut known = false;
        for key in keys {
            if let Abs::Const(Data::Text(key)) = key {
                known = true;
                join(self.locals[local].fields.entry(key.clone()).or_default(), vals);
            }
        }
        if !known {
            join(&mut self.locals[local].items, vals);
        }
    }
}
