//! Expressions: operators by precedence over signs over postfix over atoms.

use super::{
    Extra, Input, Rest, Rule, Trouble, climb, dotted, expr_at, foreign, ident_of, list_of, name, path_of, recover,
    span_of, spelled, task, text_of, word,
};
use crate::ast::{
    Arg, BinaryOp, Expr, ExprKind, Ident, Period, Query, Task, TaskEntry, TypeKind, TypeName, UnaryOp, deep,
};
use crate::literal::unquote;
use crate::token::Token;
use crate::words::{day, direction, type_kind, unit};
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

/// The two kinds of expression.
#[derive(Clone)]
pub(super) struct Expressions<'t, F: Trouble<'t>> {
    /// On its own, as a statement or the value of an assignment: here a single `=` assigns.
    pub(super) plain: Rule<'t, Expr, F>,
    /// In parentheses, arguments and criteria: here a single `=` compares.
    pub(super) inner: Rule<'t, Expr, F>,
}

/// The rules for expressions.
///
/// Each holds itself weakly, as `recursive` does: a cycle of strong references, as `declare` makes it, would never be freed.
pub(super) fn expressions<'t, F: Trouble<'t>>() -> Expressions<'t, F> {
    let plain = recursive(|plain| {
        let plain = plain.boxed();
        let both = Expressions { inner: inner(&plain), plain };
        foreign::ternary(operators(operand(&both), false), both.plain)
    });
    let plain = plain.boxed();
    Expressions { inner: inner(&plain), plain }
}

/// The rule for expressions in parentheses, around the one for those on their own.
fn inner<'t, F: Trouble<'t>>(plain: &Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    let inner = recursive(|inner| {
        let both = Expressions { plain: plain.clone(), inner: inner.boxed() };
        foreign::ternary(operators(operand(&both), true), both.inner)
    });
    inner.boxed()
}

/// What is between operators: an atom with everything that follows it.
fn operand<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Expr, F> {
    let args = arguments(both.inner.clone());
    let method = just(Token::Dot).ignore_then(word().labelled("a name")).then(args.clone().or_not());
    let after_dot = method.map(|(name, args)| match args {
        Some(args) => Postfix::Method(name, args),
        None => Postfix::Member(name),
    });
    let query = task::query_tail(both).map(|tail| Postfix::Query(Box::new(tail)));
    let block = task::block(both).map(|(entries, skipped)| Postfix::Block(entries, skipped));
    let operand = atom(both, args)
        .foldl_with(choice((after_dot, query, block)).repeated(), |object, postfix, e| postfix.onto(object, e))
        .boxed();
    if !F::RICH {
        return operand;
    }
    let awake = custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| match inp.state().is_tired() {
        true => Err(F::none(*inp.cursor().inner())),
        false => Ok(()),
    });
    awake.ignore_then(foreign::prefixed(operand.clone()).or(operand)).boxed()
}

/// What can follow an atom.
enum Postfix {
    Member(Ident),
    Method(Ident, Vec<Arg>),
    Query(Box<Query>),
    Block(Vec<TaskEntry>, Option<Span>),
}

impl Postfix {
    fn onto<'t, F: Trouble<'t>>(self, object: Expr, e: Rest<'t, '_, '_, F>) -> Expr {
        let span = span_of(e);
        let kind = match self {
            // The field of a query belongs to it: `Form[criteria].Field`.
            Postfix::Member(field) => match object.kind {
                ExprKind::Query(mut query)
                    if query.field.is_none() && query.sort.is_empty() && query.range.is_none() =>
                {
                    query.field = Some(field);
                    ExprKind::Query(query)
                }
                kind => ExprKind::Member { object: Box::new(Expr { kind, ..object }), name: field },
            },
            Postfix::Method(name, args) => ExprKind::Method { object: Box::new(object), name, args },
            Postfix::Query(mut query) => match path_of(&object) {
                Some(form) if !is_subscript(query.criteria.as_ref()) => {
                    query.form = form;
                    query.criteria.iter_mut().for_each(read_days);
                    match aggregate_of(&mut query) {
                        Some((name, args)) => {
                            let end = query.range.as_ref().map_or(span.end, |(_, end)| end.span.end);
                            let span = Span::new(object.span.start, end);
                            let object = Box::new(Expr { kind: ExprKind::Query(query), span });
                            ExprKind::Method { object, name, args }
                        }
                        None => ExprKind::Query(query),
                    }
                }
                _ => {
                    let (source, brackets) = (e.state().source, Span::new(object.span.end, span.end));
                    e.emit(F::report(|| foreign::subscript(source, &object, brackets)));
                    ExprKind::Error
                }
            },
            Postfix::Block(entries, skipped) => match path_of(&object) {
                Some(names) => {
                    let name = dotted(&names, object.span);
                    if skipped.is_none() { ExprKind::Task(Box::new(Task { name, entries })) } else { ExprKind::Error }
                }
                None => ExprKind::Error,
            },
        };
        Expr { kind, span }
    }
}

/// Whether what is in brackets can only be an index or a key: criteria compare, or name a field.
fn is_subscript(criteria: Option<&Expr>) -> bool {
    matches!(
        criteria.map(|c| &c.kind),
        Some(
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Quoted(_) | ExprKind::Unary { op: UnaryOp::Minus, .. }
        )
    )
}

/// Literals, names, calls, brackets.
fn atom<'t, F: Trouble<'t>>(
    both: &Expressions<'t, F>,
    args: Rule<'t, Vec<Arg>, F>,
) -> impl Parser<'t, Input<'t>, Expr, Extra<'t, F>> + Clone + use<'t, F> {
    let (expr, inner) = (both.plain.clone(), both.inner.clone());
    let literal = select! {
        Token::Text = e => expr_at(ExprKind::Text(unquote(text_of(e))), e),
        Token::Quoted = e => expr_at(ExprKind::Quoted(unquote(text_of(e))), e),
        Token::Number = e => number(e),
        Token::Decimal = e => expr_at(ExprKind::Decimal(text_of(e).into()), e),
        Token::True = e => expr_at(ExprKind::Bool(true), e),
        Token::False = e => expr_at(ExprKind::Bool(false), e),
        Token::Null = e => expr_at(ExprKind::Null, e),
    };
    let plain = select! { Token::Word = e => ident_of(e) };
    let condition = select! { Token::If = e => ident_of(e) }
        .then(args.clone())
        .map_with(|(name, args), e| expr_at(ExprKind::Call { name, args }, e));
    let paren = recover::parenthesised(inner).map_with(|e, at| expr_at(ExprKind::Paren(Box::new(e)), at));
    let square = just(Token::OpenSquare)
        .ignore_then(list_of(expr.clone().separated_by(just(Token::Comma))))
        .then(recover::close(Token::OpenSquare, Token::CloseSquare))
        .map_with(|(mut items, skipped), e| {
            items.extend(skipped.map(nothing));
            expr_at(ExprKind::List { items, square: true }, e)
        });
    choice((
        period(),
        named(plain, args.clone()),
        literal,
        paren,
        braces(expr),
        square,
        condition,
        task::insert(both),
        typed_collection(args.clone()),
        named(name(), args),
    ))
}

/// A whole number; one that does not fit is reported.
fn number<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>) -> Expr {
    let text = text_of(e);
    let kind = text.parse().map_or(ExprKind::Error, ExprKind::Number);
    if matches!(kind, ExprKind::Error) {
        let span = span_of(e);
        e.emit(F::report(|| {
            Diagnostic::error(Problem::new(Code::NumberTooLarge, format!("The number {text} is too large")), span)
        }));
    }
    expr_at(kind, e)
}

/// A variable, or a call of a function.
fn named<'t, F: Trouble<'t>>(
    name: impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone,
    args: Rule<'t, Vec<Arg>, F>,
) -> impl Parser<'t, Input<'t>, Expr, Extra<'t, F>> + Clone {
    name.then(args.or_not()).map_with(|(name, args), e| match args {
        Some(args) => expr_at(ExprKind::Call { name, args }, e),
        None => Expr { kind: ExprKind::Name(name.name), span: name.span },
    })
}

/// `List:Int(…)`, `Map:String()`.
fn typed_collection<'t, F: Trouble<'t>>(
    args: Rule<'t, Vec<Arg>, F>,
) -> impl Parser<'t, Input<'t>, Expr, Extra<'t, F>> + Clone {
    choice((spelled(Token::Type, "list").to(false), spelled(Token::Type, "map").to(true)))
        .then_ignore(just(Token::Colon))
        .then(type_name())
        .then(args)
        .map_with(|((map, ty), args), e| {
            let kind =
                if map { ExprKind::TypedMap { value: ty, args } } else { ExprKind::TypedList { element: ty, args } };
            expr_at(kind, e)
        })
}

/// `this year`, `last 7 days`: words that are names anywhere else.
fn period<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Expr, Extra<'t, F>> + Clone {
    let direction = select! { Token::Word = e => direction(text_of(e)) }.filter(Option::is_some);
    let unit = select! { Token::Word = e => unit(text_of(e)) }.filter(Option::is_some);
    let count = select! { Token::Number = e => text_of(e).parse().ok() }.filter(Option::is_some);
    direction.then(count.or_not()).then(unit).map_with(|((direction, count), unit), e| {
        let kind = match (direction, unit) {
            (Some(direction), Some(unit)) => ExprKind::Period(Period::Span { direction, count: count.flatten(), unit }),
            _ => ExprKind::Error,
        };
        expr_at(kind, e)
    })
}

/// Reads `F in today` in criteria: in other places `today` is a variable.
fn read_days(criteria: &mut Expr) {
    deep(|| match &mut criteria.kind {
        ExprKind::Paren(inner) | ExprKind::Unary { op: UnaryOp::Not, operand: inner } => read_days(inner),
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } => {
            read_days(left);
            read_days(right);
        }
        ExprKind::Binary { op: BinaryOp::In | BinaryOp::NotIn, right, .. } => {
            if let ExprKind::Name(name) = &right.kind
                && let Some(period) = day(name)
            {
                right.kind = ExprKind::Period(period);
            }
        }
        _ => {}
    });
}

/// Takes `.getAll()` off the end of a range, where it was read as a part of the number: it belongs to the whole query.
fn aggregate_of(query: &mut Query) -> Option<(Ident, Vec<Arg>)> {
    const AGGREGATES: &[&str] =
        &["getall", "count", "sum", "avg", "average", "median", "maximum", "minimum", "distinct"];
    let (_, end) = query.range.as_mut()?;
    match &mut end.kind {
        ExprKind::Method { name, .. } if AGGREGATES.iter().any(|known| name.name.eq_ignore_ascii_case(known)) => {}
        _ => return None,
    }
    let span = end.span;
    match std::mem::replace(end, nothing(span)).kind {
        ExprKind::Method { object, name, args } => {
            *end = *object;
            Some((name, args))
        }
        _ => None,
    }
}

/// A type word.
pub(super) fn type_name<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, TypeName, Extra<'t, F>> + Copy {
    select! { Token::Type = e => TypeName { kind: type_kind(text_of(e)), span: span_of(e) } }
}

/// A type in a header: a list or map may name the type of its elements, as in `list:int`.
pub(super) fn declared_type<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, TypeName, Extra<'t, F>> + Copy {
    let element = just(Token::Colon).ignore_then(select! { Token::Type => () });
    let holder = type_name().filter(|ty| matches!(ty.kind, TypeKind::List | TypeKind::Map));
    let typed = holder.then_ignore(element).map_with(|ty, e| TypeName { span: span_of(e), ..ty });
    choice((typed, type_name()))
}

/// `{}`, `{a, b}` or `{k : v}`: the colon after the first element decides.
fn braces<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    let value = just(Token::Colon).ignore_then(expr.clone());
    let next_value = recover::or_error(value.clone().boxed());
    let more_pairs = list_of(just(Token::Comma).ignore_then(expr.clone().then(next_value)).repeated());
    let more_items = list_of(just(Token::Comma).ignore_then(expr.clone()).repeated());
    let map = value.then(more_pairs).map(|(value, more)| (Some(value), more, Vec::new()));
    let list = more_items.map(|more| (None, Vec::new(), more));
    just(Token::OpenBrace)
        .ignore_then(expr.then(choice((map, list))).or_not())
        .then(recover::close(Token::OpenBrace, Token::CloseBrace))
        .map_with(|(content, skipped), e| {
            let kind = match content {
                None if skipped.is_some() => ExprKind::Error,
                None => ExprKind::EmptyBraces,
                Some((key, (Some(value), mut pairs, _))) => {
                    pairs.insert(0, (key, value));
                    ExprKind::Map(pairs)
                }
                Some((first, (None, _, mut items))) => {
                    items.insert(0, first);
                    ExprKind::List { items, square: false }
                }
            };
            expr_at(kind, e)
        })
        .boxed()
}

/// `(a, b)`, `(k : v)`.
pub(super) fn arguments<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Vec<Arg>, F> {
    let arg = expr.clone().then(just(Token::Colon).ignore_then(expr).or_not()).map(|(first, second)| match second {
        Some(value) => Arg { key: Some(Box::new(first)), value },
        None => Arg { key: None, value: first },
    });
    just(Token::OpenParen)
        .ignore_then(list_of(arg.separated_by(just(Token::Comma))))
        .then(recover::close(Token::OpenParen, Token::CloseParen))
        .map(|(mut args, skipped)| {
            args.extend(skipped.map(|span| Arg { key: None, value: nothing(span) }));
            args
        })
        .boxed()
}

/// An error node for what was skipped.
fn nothing(span: Span) -> Expr {
    Expr { kind: ExprKind::Error, span }
}

/// Operators over `operand`: the table of precedence. A single `=` compares when `inner`.
fn operators<'t, F: Trouble<'t>>(operand: Rule<'t, Expr, F>, inner: bool) -> Rule<'t, Expr, F> {
    if !F::RICH {
        return climb::operators(operand, inner);
    }
    let sign = select! {
        Token::Bang => UnaryOp::Not,
        Token::Minus => UnaryOp::Minus,
        Token::Plus => UnaryOp::Plus,
    };
    let multiply = select! {
        Token::Star = e => (BinaryOp::Multiply, span_of(e)),
        Token::Slash = e => (BinaryOp::Divide, span_of(e)),
        Token::Percent = e => (BinaryOp::Remainder, span_of(e)),
    };
    let add = select! {
        Token::Plus = e => (BinaryOp::Add, span_of(e)),
        Token::Minus = e => (BinaryOp::Subtract, span_of(e)),
    };
    let order = select! {
        Token::Less = e => (BinaryOp::Less, span_of(e)),
        Token::LessEqual = e => (BinaryOp::LessEqual, span_of(e)),
        Token::Greater = e => (BinaryOp::Greater, span_of(e)),
        Token::GreaterEqual = e => (BinaryOp::GreaterEqual, span_of(e)),
        Token::In = e => (BinaryOp::In, span_of(e)),
        Token::Like = e => (BinaryOp::Like, span_of(e)),
    };
    let words = choice((
        just([Token::Not, Token::In]).map_with(|_, e| (BinaryOp::NotIn, span_of(e))),
        just([Token::Is, Token::Not]).map_with(|_, e| (BinaryOp::IsNot, span_of(e))),
        just(Token::Is).map_with(|_, e| (BinaryOp::Is, span_of(e))),
    ));
    let equal = select! {
        Token::Equal = e => (BinaryOp::Equal, span_of(e)),
        Token::NotEqual = e => (BinaryOp::NotEqual, span_of(e)),
        Token::LessGreater = e => (BinaryOp::NotEqual, span_of(e)),
        Token::Assign = e if inner => (BinaryOp::Equal, span_of(e)),
    };
    let equal = or_first(equal, || foreign::operator(BinaryOp::Equal).or(foreign::operator(BinaryOp::NotEqual)));
    let and = select! { Token::And = e => (BinaryOp::And, span_of(e)) };
    let and = or_first(and, || foreign::operator(BinaryOp::And));
    let or = select! { Token::Or = e => (BinaryOp::Or, span_of(e)) };
    let or = or_first(or, || foreign::operator(BinaryOp::Or));
    let signed = sign
        .map_with(|op, e| (op, span_of(e)))
        .repeated()
        .foldr(operand, |(op, sign): (UnaryOp, Span), operand| {
            let span = sign.to(operand.span);
            Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span }
        })
        .boxed();
    let product = level(signed, multiply);
    let sum = level(product, add);
    let comparison = level(sum, choice((order, words)));
    let equality = level(comparison, equal);
    level(level(equality, and), or)
}

/// Operators of one level, from left to right, over what binds tighter.
///
/// Each level knows its own operators only: a right side that cannot be read is tried once, not again by every level below.
fn level<'t, F: Trouble<'t>>(
    tighter: Rule<'t, Expr, F>,
    op: impl Parser<'t, Input<'t>, Operator, Extra<'t, F>> + Clone + 't,
) -> Rule<'t, Expr, F> {
    tighter
        .clone()
        .foldl(op.then(tighter).repeated(), |left, ((op, op_span), right)| {
            let span = left.span.to(right.span);
            Expr { kind: ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) }, span }
        })
        .boxed()
}

type Operator = (BinaryOp, Span);

/// An operator; in a wrong script, first what other languages write for it.
fn or_first<'t, P, F: Trouble<'t>>(
    op: impl Parser<'t, Input<'t>, Operator, Extra<'t, F>> + Clone + 't,
    foreign: impl FnOnce() -> P,
) -> impl Parser<'t, Input<'t>, Operator, Extra<'t, F>> + Clone
where
    P: Parser<'t, Input<'t>, Operator, Extra<'t, F>> + Clone + 't,
{
    let foreign = if F::RICH { Some(foreign()) } else { None };
    match foreign {
        Some(foreign) => foreign.or(op).boxed(),
        None => op.boxed(),
    }
}
