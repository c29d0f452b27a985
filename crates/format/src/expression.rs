//! Expressions; only blocks in brackets, and lists and maps that were, take several lines.

use crate::printer::Printer;
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Arg, Attachment, BinaryOp, Expr, ExprKind, Ident, Query, UnaryOp, deep};

/// Keys that are written with a blank before their colon.
const SPACED_KEYS: &[&str] = &["url", "type", "from", "to", "cc", "bcc", "subject", "message", "reply to"];

impl Printer<'_> {
    /// Prints an expression; literals as written in the source.
    pub(crate) fn expr(&mut self, e: &Expr) {
        deep(|| self.expr_here(e));
    }

    fn expr_here(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Null => self.text("null"),
            ExprKind::Bool(true) => self.text("true"),
            ExprKind::Bool(false) => self.text("false"),
            ExprKind::Number(_) | ExprKind::Decimal(_) | ExprKind::Text(_) | ExprKind::Quoted(_) | ExprKind::Error => {
                self.source(e.span)
            }
            ExprKind::Name(name) => self.text(name),
            ExprKind::List { items, square } => {
                let (open, close) = if *square { ("[", "]") } else { ("{", "}") };
                self.elements(e.span, open, close, items, |item| item.span, |p, item| p.expr(item));
            }
            ExprKind::Map(pairs) => {
                let span = |(key, value): &(Expr, Expr)| key.span.to(value.span);
                self.elements(e.span, "{", "}", pairs, span, |p, (key, value)| {
                    p.expr(key);
                    p.text(":");
                    p.expr(value);
                });
            }
            ExprKind::EmptyBraces => self.text("{}"),
            ExprKind::Paren(inner) => {
                self.text("(");
                self.expr(inner);
                self.text(")");
            }
            ExprKind::Unary { op, operand } => {
                self.text(match op {
                    UnaryOp::Not => "!",
                    UnaryOp::Minus => "-",
                    UnaryOp::Plus => "+",
                });
                self.expr(operand);
            }
            ExprKind::Binary { op, op_span, left, right } => self.binary((*op, *op_span), left, right),
            ExprKind::Member { object, name } => {
                self.expr(object);
                self.text(".");
                self.text(&name.name);
            }
            ExprKind::Method { object, name, args } => {
                self.expr(object);
                self.text(".");
                self.text(&name.name);
                self.args(args);
            }
            ExprKind::Call { name, args } => {
                self.text(&name.name);
                self.args(args);
            }
            ExprKind::TypedList { element: ty, args } | ExprKind::TypedMap { value: ty, args } => {
                self.source(Span::new(e.span.start, ty.span.end));
                self.args(args);
            }
            ExprKind::Period(period) => self.text(&period.to_string()),
            ExprKind::Task(task) => {
                let entries = task.entries.iter().map(|entry| (&entry.key, &entry.value));
                self.text(&task.name.name);
                self.bracketed(e.span, entries, |key| {
                    if SPACED_KEYS.iter().any(|k| key.eq_ignore_ascii_case(k)) { " :" } else { ":" }
                });
            }
            ExprKind::Insert(insert) => {
                self.text("insert into ");
                self.path(&insert.form);
                self.bracketed(e.span, insert.fields.iter().map(|(field, value)| (field, value)), |_| "=");
            }
            ExprKind::Query(query) => self.query(query),
            ExprKind::Attachments(all) => self.attachments(all),
        }
    }

    /// Elements between brackets: on lines of their own when the first one is in the source, else on one line.
    fn elements<T>(
        &mut self,
        span: Span,
        open: &str,
        close: &str,
        items: &[T],
        place: impl Fn(&T) -> Span,
        print: impl Fn(&mut Self, &T),
    ) {
        self.text(open);
        let lines = items.first().is_some_and(|first| self.breaks(span.start, place(first).start));
        if lines {
            self.opened(span.start);
            self.indent += 1;
        }
        for (i, item) in items.iter().enumerate() {
            if lines {
                self.line_at(place(item).start, place(item).end);
            }
            print(self, item);
            if i + 1 < items.len() {
                self.text(",");
            }
            if lines {
                self.written(place(item).end);
            }
        }
        if lines {
            self.comments_before(span.end);
            self.indent -= 1;
            self.line();
        }
        self.text(close);
    }

    /// A task's block: its brackets and its entries each on a line.
    fn bracketed<'a>(
        &mut self,
        span: Span,
        entries: impl Iterator<Item = (&'a Ident, &'a Expr)>,
        sign: impl Fn(&str) -> &'static str,
    ) {
        self.line();
        self.text("[");
        self.opened(span.start);
        self.indent += 1;
        for (key, value) in entries {
            self.line_at(key.span.start, value.span.start);
            self.text(&key.name);
            self.text(sign(&key.name));
            match &value.kind {
                // Several values of a key, without braces.
                ExprKind::List { items, .. } if items.first().is_some_and(|e| e.span.start == value.span.start) => {
                    for (i, item) in items.iter().enumerate() {
                        if i > 0 {
                            self.text(",");
                        }
                        self.expr(item);
                    }
                }
                _ => self.expr(value),
            }
            self.written(value.span.end);
        }
        self.comments_before(span.end);
        self.indent -= 1;
        self.line();
        self.text("]");
    }

    /// An operator between its sides; where the source breaks the line, the right side goes onto the next.
    fn binary(&mut self, (op, op_span): (BinaryOp, Span), left: &Expr, right: &Expr) {
        self.expr(left);
        if self.breaks(left.span.end, right.span.start) {
            self.indent += 1;
            self.line();
            self.indent -= 1;
        } else {
            self.text(" ");
        }
        match op {
            // `=` compares in some places, and a reader who thinks it assigns is to see it: `dg check --fix` makes it `==`.
            BinaryOp::Equal => self.source(op_span),
            other => self.text(sign(other)),
        }
        self.text(" ");
        self.expr(right);
    }

    pub(crate) fn args(&mut self, args: &[Arg]) {
        self.text("(");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.text(",");
            }
            if let Some(key) = &arg.key {
                self.expr(key);
                self.text(":");
            }
            self.expr(&arg.value);
        }
        self.text(")");
    }

    pub(crate) fn path(&mut self, names: &[Ident]) {
        for (i, name) in names.iter().enumerate() {
            if i > 0 {
                self.text(".");
            }
            self.text(&name.name);
        }
    }

    pub(crate) fn query(&mut self, query: &Query) {
        self.path(&query.form);
        if let Some(criteria) = &query.criteria {
            self.text("[");
            self.expr(criteria);
            self.text("]");
        }
        if let Some(field) = &query.field {
            self.text(".");
            self.text(&field.name);
        }
        for (i, (field, descending)) in query.sort.iter().enumerate() {
            self.text(if i == 0 { " sort by " } else { "," });
            self.text(&field.name);
            if *descending {
                self.text(" desc");
            }
        }
        if let Some((from, to)) = &query.range {
            self.text(" range from ");
            self.expr(from);
            self.text(" to ");
            self.expr(to);
        }
    }

    fn attachments(&mut self, all: &[Attachment]) {
        for (i, one) in all.iter().enumerate() {
            if i > 0 {
                self.text(",");
            }
            let format = match one {
                Attachment::File(file) => {
                    self.text("file:");
                    self.expr(file);
                    None
                }
                Attachment::View { report, criteria, format } => {
                    self.text("view:");
                    self.path(report);
                    if let Some(criteria) = criteria {
                        self.text("[");
                        self.expr(criteria);
                        self.text("]");
                    }
                    format.as_ref()
                }
                Attachment::Template { template, record, format } => {
                    self.text("template:");
                    self.path(template);
                    if let Some((form, id)) = record {
                        self.text(":");
                        self.path(form);
                        self.text(" ");
                        self.expr(id);
                    }
                    format.as_ref()
                }
            };
            if let Some(format) = format {
                self.text(" as ");
                self.text(&format.name);
            }
        }
    }
}

/// How an operator is written.
fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::In => "in",
        BinaryOp::NotIn => "not in",
        BinaryOp::Like => "like",
        BinaryOp::Is => "is",
        BinaryOp::IsNot => "is not",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
    }
}
