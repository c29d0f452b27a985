//! Rows of a subform on the form: maps that are not records yet, of which scripts ask what they ask of records.

use std::cmp::Ordering;

use rainwright_effect::Aggregate;
use rainwright_syntax::ast::{Arg, Expr, ExprKind, Ident};
use rainwright_value::{Entries, Kind, Value, add, compare, divide, same};

use super::Lowerer;
use super::form::{field_path, root};
use crate::error::{At, OrRaise, Walked};
use crate::rows::{self, Site, is_record};
use crate::vm::{Node, Vm};
use rainwright_builtins::names::is_form_root;
use rainwright_diagnostic::Span;

/// The rows that a value of a subform holds; `None` for another value.
pub(super) fn of(value: &Value) -> Option<Vec<Value>> {
    let Value::Collection(collection) = value else { return None };
    match &*collection.entries() {
        Entries::Undecided => Some(Vec::new()),
        Entries::Row(rows) => Some(rows.clone()),
        Entries::Keyed(_) => None,
    }
}

/// A column of a row, through lookups as well; null where there is no row.
pub(super) fn column(vm: &mut Vm<'_>, row: Option<&Value>, path: &[String], site: Site) -> Walked {
    let mut value = row.cloned().unwrap_or_default();
    for (place, name) in path.iter().enumerate() {
        if is_record(&value) {
            return rows::read_whole(vm, &value, &path[place..], site);
        }
        value = match value.as_map() {
            Some(map) => map.borrow().get_text(name).cloned().unwrap_or_default(),
            None => Value::Null,
        };
    }
    Some(value)
}

/// A figure over rows, as over records.
fn figure(vm: &mut Vm<'_>, of: &[Value], function: Aggregate, field: Option<&[String]>, site: Site) -> Walked {
    let Some(path) = field else { return Some(Value::Number(of.len() as i64)) };
    let mut values = Vec::with_capacity(of.len());
    for row in of {
        vm.tick(site.span)?;
        values.push(rows::shown(column(vm, Some(row), path, site)?));
    }
    if function == Aggregate::GetAll {
        return Some(Value::from(values));
    }
    values.retain(|value| !value.is_null());
    Some(match function {
        Aggregate::Count => Value::Number(values.len() as i64),
        Aggregate::Distinct => {
            let mut seen: Vec<Value> = Vec::new();
            for value in values {
                if !seen.iter().any(|known| same(known, &value)) {
                    seen.push(value);
                }
            }
            Value::from(seen)
        }
        Aggregate::Minimum | Aggregate::Maximum => {
            let wanted = if function == Aggregate::Maximum { Ordering::Greater } else { Ordering::Less };
            let values = values.into_iter();
            values
                .reduce(|best, next| if compare(&next, &best) == Some(wanted) { next } else { best })
                .unwrap_or_default()
        }
        Aggregate::Sum => sum(vm, &values, site.span)?,
        _ => {
            if function == Aggregate::Median {
                values.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
                let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
                values = values.get(low..=high).map(<[Value]>::to_vec).unwrap_or_default();
            }
            mean(vm, &values, site.span)?
        }
    })
}

fn sum(vm: &mut Vm<'_>, values: &[Value], span: Span) -> Walked {
    let mut total = Value::Number(0);
    for value in values {
        total = add(&total, value, &vm.cx.locale).at(span).or_raise(vm)?;
    }
    Some(total)
}

/// The mean: of NUMBERs a NUMBER, cut; null of nothing.
fn mean(vm: &mut Vm<'_>, values: &[Value], span: Span) -> Walked {
    let Some(count) = i64::try_from(values.len()).ok().filter(|count| *count > 0) else { return Some(Value::Null) };
    match sum(vm, values, span)? {
        Value::Number(total) => Some(Value::Number(total / count)),
        total => divide(&total, &Value::Number(count)).at(span).or_raise(vm),
    }
}

impl Lowerer<'_> {
    /// Whether a path begins at the form: `input.Lines`, `row.Works`, or a bare `Lines`.
    pub(super) fn is_on_form(&self, expr: &Expr) -> bool {
        root(expr).is_some_and(|root| !self.is_assigned(root) && (is_form_root(root) || self.is_open(root)))
    }

    /// `input.Lines.count()`, `input.Lines.sum(Price)`, `input.Lines.Price.getAll()`; `otherwise` for what holds no rows.
    pub(super) fn form_figure(
        &mut self,
        object: &Expr,
        function: Aggregate,
        args: &[Arg],
        span: Span,
        otherwise: Node,
    ) -> Node {
        if !self.world.options.profile.forms || !self.is_on_form(object) {
            return otherwise;
        }
        let site = Site { origin: self.origin(), span };
        let named = args.first().and_then(|arg| field_path(&arg.value));
        let named: Option<Vec<String>> = named.map(|path| path.split('.').map(str::to_owned).collect());
        let (rows, path) = match &object.kind {
            ExprKind::Member { object: before, name } if function == Aggregate::GetAll && named.is_none() => {
                (self.whole(before), Some(vec![name.name.to_string()]))
            }
            _ => (self.whole(object), named),
        };
        Box::new(move |vm, frame| {
            let held = rows(vm, frame)?;
            match of(&held) {
                Some(rows) => figure(vm, &rows, function, path.as_deref(), site),
                None => otherwise(vm, frame),
            }
        })
    }

    /// `input.Lines.insert(rows)`: each of the rows of a collection is a row of the subform.
    pub(super) fn insert_rows(&mut self, object: &Expr, name: &Ident, args: &[Arg], otherwise: Node) -> Node {
        let inserts = name.name.eq_ignore_ascii_case("insert") && args.iter().all(|arg| arg.key.is_none());
        if !inserts || !self.world.options.profile.forms || !self.is_on_form(object) {
            return otherwise;
        }
        let rows = self.whole(object);
        let args: Vec<Node> = args.iter().map(|arg| self.node(&arg.value)).collect();
        Box::new(move |vm, frame| {
            let held = rows(vm, frame)?;
            let Value::Collection(collection) = &held else { return otherwise(vm, frame) };
            let mut new = Vec::with_capacity(args.len());
            for arg in &args {
                let value = arg(vm, frame)?;
                match of(&value) {
                    Some(rows) => new.extend(rows),
                    None if value.kind() == Kind::List => {
                        new.extend(value.as_list().map(|list| list.items().to_vec()).unwrap_or_default());
                    }
                    None => new.push(value),
                }
            }
            let mut entries = collection.entries_mut();
            match &mut *entries {
                Entries::Row(known) => known.append(&mut new),
                other => *other = Entries::Row(new),
            }
            Some(Value::Null)
        })
    }
}
