//! Statements, functions and whole files.

use super::expression::{Expressions, arguments, expressions, type_name};
use super::{Extra, Input, Rule, Source, Trouble, expr_at, foreign, list_from, list_of, name, path, span_of, spelled, task, text_of, word};
use crate::ast::{Arg, Assign, BinaryOp, Block, Expr, ExprKind, ForEach, Function, Ident, Item, Param, Stmt, StmtKind, Tree, TypeName};
use crate::token::Token;
use crate::words::field_action;
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

/// A whole file: functions and bare statements.
pub(super) fn file<'t, F: Trouble<'t>>() -> Rule<'t, Tree, F> {
    let both = expressions();
    let statement = statement(&both);
    let block = block(statement.clone());
    let item = choice((
        function(block).map(Item::Function),
        foreign::recovering(statement).map(Item::Statement),
    ));
    item.repeated().collect().then_ignore(foreign::stray().repeated()).then_ignore(end()).map(|items| Tree { items }).boxed()
}

/// `type ns.name(type a, type b) { … }`.
fn function<'t, F: Trouble<'t>>(block: Rule<'t, Block, F>) -> Rule<'t, Function, F> {
    let param = type_name().then(name()).map(|(ty, name)| Param { ty, name });
    let params = list_of(param.separated_by(just(Token::Comma)))
        .delimited_by(just(Token::OpenParen), just(Token::CloseParen));
    type_name()
        .then(path())
        .then(params)
        .then(block)
        .map_with(|(((returns, path), params), body), e| Function { returns, path, params, body, span: span_of(e) })
        .boxed()
}

/// Statements between braces.
fn block<'t, F: Trouble<'t>>(statement: Rule<'t, Stmt, F>) -> Rule<'t, Block, F> {
    list_of(foreign::recovering(statement).repeated())
        .delimited_by(just(Token::OpenBrace), just(Token::CloseBrace))
        .map_with(|statements, e| Block { statements, span: span_of(e) })
        .boxed()
}

/// One statement.
fn statement<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Stmt, F> {
    let mut statement = Recursive::declare();
    let block = block(statement.clone().boxed());
    let expr = both.plain.clone();
    let condition = expr.clone().delimited_by(just(Token::OpenParen), just(Token::CloseParen)).boxed();
    let kind = choice((
        plain_word_ahead().ignore_then(assignment(expr.clone())),
        branches(condition.clone(), block.clone()),
        for_each(expr.clone(), block.clone()),
        one_word(Token::Return, expr.clone().or_not()).map(StmtKind::Return),
        one_word(Token::Info, expr.clone()).map(StmtKind::Info),
        attempt(block.clone()),
        just(Token::Semicolon).to(StmtKind::Empty),
        one_word(Token::Break, empty()).to(StmtKind::Break),
        one_word(Token::Continue, empty()).to(StmtKind::Continue),
        one_word(Token::Throw, expr.clone()).map(StmtKind::Throw),
        alert(expr.clone()),
        field_statement(),
        client(),
        one_word(Token::Delete, just(Token::From).ignore_then(task::records(both))).map(|q| StmtKind::Delete(Box::new(q))),
        just(Token::While)
            .ignore_then(condition)
            .then(block)
            .map(|(condition, body)| StmtKind::While { condition: Box::new(condition), body }),
        page_part(expr.clone()),
        typed_local(expr.clone()),
        assignment(expr),
    ));
    statement.define(kind.map_with(|kind, e| Stmt { kind, span: span_of(e) }));
    statement.boxed()
}

/// Looks whether a plain word follows: then only an assignment or an expression can start here.
fn plain_word_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    just(Token::Word).rewind().ignored()
}

/// A statement of a word and something behind it: `info e;`.
fn one_word<'t, O: 't, F: Trouble<'t>>(
    word: Token,
    rest: impl Parser<'t, Input<'t>, O, Extra<'t, F>> + Clone + 't,
) -> impl Parser<'t, Input<'t>, O, Extra<'t, F>> + Clone {
    just(word).ignore_then(rest).then_ignore(semicolon())
}

/// The end of a simple statement.
///
/// Behind a task's block nothing is needed. When a line ends where the semicolon should be, that is reported and the next
/// statement read as if it had been there.
fn semicolon<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Copy {
    just(Token::Semicolon).ignored().or(custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| {
        let at = *inp.cursor().inner();
        let source = inp.state().0;
        if at > 0 && source.kind(at - 1) == Some(Token::CloseTask) {
            return Ok(());
        }
        if ends_line(source, at) {
            inp.emit(F::report(|| missing_semicolon(source, at)));
            return Ok(());
        }
        inp.parse(just(Token::Semicolon).ignored())
    }))
}

/// Whether a statement may have ended before this token, had it a semicolon.
fn ends_line(source: Source<'_>, at: usize) -> bool {
    match source.kind(at) {
        None | Some(Token::CloseBrace | Token::Markup | Token::OpenOutput | Token::CloseOutput) => true,
        Some(kind) => source.starts_line(at) && (kind.is_word() || matches!(kind, Token::Text)),
    }
}

fn missing_semicolon(source: Source<'_>, at: usize) -> Diagnostic {
    let before = source.place(at.saturating_sub(1));
    let end = Span::new(before.end, before.end);
    Diagnostic::error(Problem::new(Code::MissingSemicolon, "Expected ; after this statement"), before).with_fix(end, ";")
}

/// `target = value;`, `target += value;`, `Field:ui.add(x);` or an expression alone.
fn assignment<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    enum Rest {
        Assign(Option<BinaryOp>, Expr),
        Ui(Ident, Vec<Arg>),
    }
    let op = select! {
        Token::Assign => None,
        Token::PlusAssign => Some(BinaryOp::Add),
        Token::MinusAssign => Some(BinaryOp::Subtract),
        Token::StarAssign => Some(BinaryOp::Multiply),
        Token::SlashAssign => Some(BinaryOp::Divide),
        Token::PercentAssign => Some(BinaryOp::Remainder),
    };
    let on_field = just(Token::Colon)
        .ignore_then(spelled(Token::Word, "ui"))
        .ignore_then(just(Token::Dot))
        .ignore_then(word().then(arguments(expr.clone())))
        .map(|(method, args)| Rest::Ui(method, args));
    expr.clone()
        .then(choice((op.then(expr).map(|(op, value)| Rest::Assign(op, value)), on_field)).or_not())
        .then_ignore(semicolon())
        .map_with(|(target, rest), e| match rest {
            None => StmtKind::Expr(target),
            Some(Rest::Ui(method, args)) => StmtKind::FieldUi { field: Box::new(target), method, args },
            Some(Rest::Assign(op, value)) => {
                if !assignable(&target) {
                    let source = e.state().0;
                    e.emit(F::report(|| not_assignable(source, &target)));
                }
                StmtKind::Assign(Box::new(Assign { ty: None, target, op, value }))
            }
        })
        .boxed()
}

fn assignable(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) | ExprKind::Error => true,
        ExprKind::Member { object, .. } => {
            assignable(object) || matches!(object.kind, ExprKind::Query(_) | ExprKind::Method { .. } | ExprKind::Call { .. })
        }
        ExprKind::Query(query) => query.field.is_some(),
        _ => false,
    }
}

fn not_assignable(source: Source<'_>, target: &Expr) -> Diagnostic {
    let written = source.slice(target.span);
    let problem = Problem::new(Code::Unexpected, format!("Cannot assign to {written}"))
        .with_help("Assign to a variable or a field: total = 5; To change a map use put, to change a list use add.");
    Diagnostic::error(problem, target.span)
}

/// `string x = e;`.
fn typed_local<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    type_name()
        .then(name())
        .then_ignore(just(Token::Assign))
        .then(expr)
        .then_ignore(semicolon())
        .map(|((ty, name), value): ((TypeName, Ident), Expr)| {
            let target = Expr { kind: ExprKind::Name(name.name), span: name.span };
            StmtKind::Assign(Box::new(Assign { ty: Some(ty), target, op: None, value }))
        })
        .boxed()
}

/// `if (…) { } else if (…) { } else { }`.
fn branches<'t, F: Trouble<'t>>(condition: Rule<'t, Expr, F>, block: Rule<'t, Block, F>) -> Rule<'t, StmtKind, F> {
    let branch = just(Token::If).ignore_then(condition).then(block.clone());
    let more = just(Token::Else).ignore_then(branch.clone()).repeated();
    list_from(branch, more)
        .then(just(Token::Else).ignore_then(block).or_not())
        .map(|(branches, otherwise)| StmtKind::If { branches, otherwise })
        .boxed()
}

/// `for each x in e { }`, `for each index i in e { }`.
fn for_each<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>, block: Rule<'t, Block, F>) -> Rule<'t, StmtKind, F> {
    // `index` may be the variable's own name: `for each index in list`.
    let by_index = just(Token::Index).then_ignore(just(Token::In).not()).or_not().map(|i| i.is_some());
    just([Token::For, Token::Each])
        .ignore_then(by_index)
        .then(name())
        .then_ignore(just(Token::In))
        .then(choice((task::all_records(expr.clone()), expr)))
        .then(block)
        .map(|(((index, variable), iterable), body)| {
            StmtKind::ForEach(Box::new(ForEach { index, variable, iterable, body }))
        })
        .boxed()
}

/// `try { } catch (e) { }`.
fn attempt<'t, F: Trouble<'t>>(block: Rule<'t, Block, F>) -> Rule<'t, StmtKind, F> {
    just(Token::Try)
        .ignore_then(block.clone())
        .then_ignore(just(Token::Catch))
        .then(name().delimited_by(just(Token::OpenParen), just(Token::CloseParen)))
        .then(block)
        .map(|((body, error), handler)| StmtKind::Try { body, error, handler })
        .boxed()
}

/// `alert e;`, `alert(field, e);`.
fn alert<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    let beside = expr
        .clone()
        .then_ignore(just(Token::Comma))
        .then(expr.clone())
        .delimited_by(just(Token::OpenParen), just(Token::CloseParen))
        .map(|(field, message)| StmtKind::Alert { field: Some(Box::new(field)), message: Box::new(message) });
    let alone = expr.map(|message| StmtKind::Alert { field: None, message: Box::new(message) });
    one_word(Token::Alert, choice((beside, alone))).boxed()
}

/// `hide F;` and the like.
fn field_statement<'t, F: Trouble<'t>>() -> Rule<'t, StmtKind, F> {
    let action = select! { Token::FieldAction = e => field_action(text_of(e)) };
    let field = name()
        .map(|name| Expr { kind: ExprKind::Name(name.name), span: name.span })
        .foldl_with(just(Token::Dot).ignore_then(word()).repeated(), |object, name, e| {
            expr_at(ExprKind::Member { object: Box::new(object), name }, e)
        });
    action.then(field).then_ignore(semicolon()).map(|(action, field)| StmtKind::Field { action, field }).boxed()
}

/// `cancel submit;`, `reload;`.
fn client<'t, F: Trouble<'t>>() -> Rule<'t, StmtKind, F> {
    choice((
        one_word(Token::Cancel, just(Token::Submit)).to(StmtKind::CancelSubmit),
        one_word(Token::Reload, empty()).to(StmtKind::Reload),
    ))
    .boxed()
}

/// What stands in an HTML page around and between its segments of script.
fn page_part<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    let markup = select! { Token::Markup = e => StmtKind::Markup(text_of(e).to_owned()) };
    let output = expr
        .then_ignore(just(Token::Semicolon).or_not())
        .delimited_by(just(Token::OpenOutput), just(Token::CloseOutput))
        .map(StmtKind::Output);
    choice((markup, output)).boxed()
}

