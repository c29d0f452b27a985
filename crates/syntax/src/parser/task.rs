//! Blocks in square brackets: tasks with keys, `insert into`, queries of records.

use super::expression::Expressions;
use super::{Extra, Input, Rule, Trouble, expr_at, ident_of, list_of, name, path, span_of};
use crate::ast::{Expr, ExprKind, Ident, Insert, Query, TaskEntry};
use crate::token::Token;
use chumsky::prelude::*;
use compact_str::CompactString;

/// `[ key : value … ]` behind a task's name.
pub(super) fn block<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Vec<TaskEntry>, F> {
    let entry = key()
        .then_ignore(just(Token::Colon))
        .then(expr)
        .then_ignore(separator())
        .map(|(key, value)| TaskEntry { key, value });
    list_of(entry.repeated())
        .delimited_by(just(Token::OpenTask), just(Token::CloseTask))
        .boxed()
}

/// A key of one or more words: `url`, `response-format`, `reply to`.
fn key<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    let a_word = select! { token if Token::is_word(token) => () };
    a_word.then(just(Token::Minus).or_not().ignore_then(a_word).repeated()).map_with(|_, e| {
        let mut key = ident_of(e);
        if key.name.contains(char::is_whitespace) {
            let words: Vec<&str> = key.name.split_whitespace().collect();
            key.name = CompactString::from(words.join(" ")).replace(" - ", "-").into();
        }
        key
    })
}

/// A comma or semicolon behind a value: not needed, but people write it.
fn separator<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    choice((just(Token::Comma), just(Token::Semicolon))).or_not().ignored()
}

/// Looks whether `insert into` follows.
pub(super) fn insert_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    just([Token::Insert, Token::Into]).ignored()
}

/// `insert into Form [ Field = value … ]`.
pub(super) fn insert<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    let field = field_path()
        .then_ignore(choice((just(Token::Assign), just(Token::Colon))))
        .then(expr)
        .then_ignore(separator());
    let fields = list_of(field.repeated())
        .delimited_by(just(Token::OpenTask), just(Token::CloseTask));
    insert_ahead()
        .ignore_then(path())
        .then(fields)
        .map_with(|(form, fields), e| expr_at(ExprKind::Insert(Box::new(Insert { form, fields })), e))
        .boxed()
}

/// A field or a part of one: `Name`, `Name.first_name`.
fn field_path<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    path().map_with(|names: Vec<Ident>, e| {
        let dotted: Vec<&str> = names.iter().map(|n| n.name.as_str()).collect();
        Ident { name: CompactString::from(dotted.join(".")), span: span_of(e) }
    })
}

/// `[criteria] .Field sort by a, b desc range from x to y`, behind a form's name, which is filled in later.
pub(super) fn query_tail<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Query, F> {
    let criteria = both.criteria.clone().delimited_by(just(Token::OpenSquare), just(Token::CloseSquare));
    // A field counts as part of the query only in front of `sort` or `range`; else it is read as any member.
    let field = just(Token::Dot).ignore_then(name()).then_ignore(order_ahead()).or_not();
    criteria
        .then(field)
        .then(ordering(both.plain.clone()))
        .map(|((criteria, field), (sort, range))| Query { form: Vec::new(), criteria: Some(criteria), field, sort, range })
        .boxed()
}

type Ordering = (Vec<(Ident, bool)>, Option<(Expr, Expr)>);

/// `sort by …` and `range from … to …`, each if it is there.
pub(super) fn ordering<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Ordering, F> {
    let direction = select! { Token::Asc => false, Token::Desc => true }.or_not().map(|d| d.unwrap_or(false));
    let sort = just([Token::Sort, Token::By])
        .ignore_then(field_path().then(direction).separated_by(just(Token::Comma)).at_least(1).collect::<Vec<_>>())
        .or_not()
        .map(Option::unwrap_or_default);
    let range = just([Token::Range, Token::From])
        .ignore_then(expr.clone())
        .then_ignore(just(Token::To))
        .then(expr)
        .or_not();
    sort.then(range).boxed()
}

/// Looks whether `sort by` or `range from` follows.
pub(super) fn order_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    choice((just([Token::Sort, Token::By]), just([Token::Range, Token::From]))).rewind().ignored()
}

/// `Form[criteria]` alone, as behind `delete from`.
pub(super) fn records<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Query, F> {
    path().then(query_tail(both)).map(|(form, query)| Query { form, ..query }).boxed()
}

/// `Form sort by … range from …` without criteria, as in `for each r in Form sort by F`.
pub(super) fn all_records<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    path()
        .then_ignore(order_ahead())
        .then(ordering(expr))
        .map_with(|(form, (sort, range)), e| {
            expr_at(ExprKind::Query(Box::new(Query { form, criteria: None, field: None, sort, range })), e)
        })
        .boxed()
}
