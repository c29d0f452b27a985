//! Blocks in square brackets: tasks with keys, `insert into`, queries of records.

use super::expression::Expressions;
use super::foreign::{self, or_foreign};
use super::{
    Extra, Input, Rule, Trouble, dotted, expr_at, ident_of, list_from, list_of, name, path, recover, span_of, spelled,
    word,
};
use crate::ast::{Attachment, Expr, ExprKind, Ident, Insert, Query, TaskEntry};
use crate::token::Token;
use chumsky::prelude::*;
use compact_str::CompactString;
use rainwright_diagnostic::Span;

/// `[ key : value … ]` after a task's name.
pub(super) fn block<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, (Vec<TaskEntry>, Option<Span>), F> {
    let attached = spelled(Token::Word, "attachments")
        .map_with(|(), e| ident_of(e))
        .then_ignore(just(Token::Colon))
        .then(attachments(both));
    // A comma is followed by the next key, or by one more value: `to :"a","b"`.
    let more = just(Token::Comma).then_ignore(key_ahead().not()).ignore_then(both.plain.clone()).repeated();
    let values = list_from(both.plain.clone(), more).map_with(|mut values, e| match values.len() {
        1 => values.swap_remove(0),
        _ => expr_at(ExprKind::List { items: values, square: false }, e),
    });
    let entry = choice((attached, key().then_ignore(just(Token::Colon)).then(values)))
        .then_ignore(separator())
        .map(|(key, value)| TaskEntry { key, value });
    just(Token::OpenTask)
        .ignore_then(list_of(entry.repeated()))
        .then(recover::close(Token::OpenTask, Token::CloseTask))
        .boxed()
}

/// `file: e, view: Report[criteria] as PDF, template: Name : Form id as PDF`.
fn attachments<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Expr, F> {
    let kind = |token, word| spelled(token, word).then(just(Token::Colon)).ignored();
    let format = spelled(Token::Word, "as").ignore_then(name()).or_not();
    let criteria = both.inner.clone().delimited_by(just(Token::OpenSquare), just(Token::CloseSquare)).or_not();
    let file = kind(Token::Type, "file").ignore_then(both.plain.clone()).map(Attachment::File);
    let view = kind(Token::Word, "view")
        .ignore_then(path())
        .then(criteria)
        .then(format.clone())
        .map(|((report, criteria), format)| Attachment::View { report, criteria, format });
    let template = kind(Token::Word, "template")
        .ignore_then(path())
        .then(just(Token::Colon).ignore_then(path()).then(both.plain.clone()).or_not())
        .then(format)
        .map(|((template, record), format)| Attachment::Template { template, record, format });
    let one = choice((file, view, template));
    list_from(one.clone(), just(Token::Comma).ignore_then(one).repeated())
        .map_with(|attached, e| expr_at(ExprKind::Attachments(attached), e))
        .boxed()
}

/// One or more words, with blanks or hyphens between them.
fn words<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    let a_word = select! { token if Token::is_word(token) => () };
    a_word.then(just(Token::Minus).or_not().ignore_then(a_word).repeated()).ignored()
}

/// A key of one or more words: `url`, `response-format`, `reply to`. The rows of the tasks say which keys there are.
fn key<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    words().map_with(|(), e| {
        let mut key = ident_of(e);
        if key.name.contains(char::is_whitespace) {
            let words: Vec<&str> = key.name.split_whitespace().collect();
            key.name = CompactString::from(words.join(" ")).replace(" - ", "-").into();
        }
        key
    })
}

/// Looks whether a key and its colon follow. Several words are one key only on one line: in `to: a, b` with `subject: c` on the
/// next line, `b` is a value.
fn key_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    let on_one_line = |words: &Ident| !words.name.contains(['\n', '\r']);
    let key = words().map_with(|(), e| ident_of(e)).filter(on_one_line);
    choice((key.then(just(Token::Colon)).ignored(), just(Token::CloseTask).ignored())).rewind()
}

/// A comma or semicolon after a value: not needed, but people write it.
fn separator<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    choice((just(Token::Comma), just(Token::Semicolon))).or_not().ignored()
}

/// `insert into`.
fn insert_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    just([Token::Insert, Token::Into]).ignored()
}

/// `insert into Form [ Field = value … ]`.
pub(super) fn insert<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Expr, F> {
    let field = field_path()
        .then_ignore(choice((just(Token::Assign), just(Token::Colon))))
        .then(both.plain.clone())
        .then_ignore(separator());
    insert_ahead()
        .ignore_then(path())
        .then_ignore(just(Token::OpenTask))
        .then(list_of(field.repeated()))
        .then(recover::close(Token::OpenTask, Token::CloseTask))
        .map_with(|((form, fields), skipped), e| match skipped {
            None => expr_at(ExprKind::Insert(Box::new(Insert { form, fields })), e),
            Some(_) => expr_at(ExprKind::Error, e),
        })
        .boxed()
}

/// A field or a part of one: `Name`, `Name.first_name`.
fn field_path<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    path().map_with(|names, e| dotted(&names, span_of(e)))
}

/// A field to sort by. What is called after it belongs to the query: `sort by F.getAll()`.
fn sort_field<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    let part = just(Token::Dot).ignore_then(word()).then_ignore(just(Token::OpenParen).not());
    list_from(name(), part.repeated()).map_with(|names, e| dotted(&names, span_of(e)))
}

/// `[criteria] .Field sort by a, b desc range from x to y`, after a form's name, which is filled in later.
pub(super) fn query_tail<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Query, F> {
    let criteria = recover::group(Token::OpenSquare, Token::CloseSquare, both.inner.clone());
    // A field counts as part of the query only in front of `sort` or `range`; else it is read as any member.
    let field = just(Token::Dot).ignore_then(name()).then_ignore(order_ahead()).or_not();
    criteria
        .then(field)
        .then(ordering(both.plain.clone()))
        .map(|((criteria, field), (sort, range))| Query {
            form: Vec::new(),
            criteria: Some(criteria),
            field,
            sort,
            range,
        })
        .boxed()
}

type Ordering = (Vec<(Ident, bool)>, Option<(Expr, Expr)>);

/// `sort by …` and `range from … to …`, each if it is there.
pub(super) fn ordering<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, Ordering, F> {
    let direction = select! { Token::Asc => false, Token::Desc => true }.or_not().map(|d| d.unwrap_or(false));
    let sort = or_foreign(just([Token::Sort, Token::By]).ignored().boxed(), foreign::order_by)
        .ignore_then(sort_field().then(direction).separated_by(just(Token::Comma)).at_least(1).collect::<Vec<_>>())
        .or_not()
        .map(Option::unwrap_or_default);
    let end = recover::or_error(just(Token::To).ignore_then(expr.clone()).boxed());
    let range = just([Token::Range, Token::From]).ignore_then(expr.clone()).then(end).boxed();
    let range = or_foreign(range, || foreign::limit(expr)).or_not();
    sort.then(range).boxed()
}

/// Looks whether `sort by` or `range from` follows.
pub(super) fn order_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    let ours = choice((just([Token::Sort, Token::By]), just([Token::Range, Token::From]))).ignored().boxed();
    or_foreign(ours, foreign::order_ahead).rewind()
}

/// `Form[criteria]` alone, as after `delete from`.
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
