//! Statements, functions and whole files.

use super::expression::{Expressions, arguments, declared_type, expressions, type_name};
use super::foreign::{self, or_foreign};
use super::{
    Extra, Input, Rule, Source, Trouble, expected_name, expr_at, list_from, list_of, name, path, recover, span_of,
    spelled, task, text_of, word,
};
use crate::ast::{
    Arg, Assign, BinaryOp, Block, Cancel, Expr, ExprKind, ForEach, Function, Ident, Item, Param, Stmt, StmtKind, Tree,
    TypeKind, TypeName,
};
use crate::lexer::is_closed;
use crate::token::Token;
use crate::words::field_action;
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span};

/// A whole file: functions and bare statements.
pub(super) fn file<'t, F: Trouble<'t>>() -> Rule<'t, Tree, F> {
    let both = expressions();
    let statement = recover::statement(statement(&both));
    let block = block(statement.clone());
    let function = or_foreign(function(block.clone()), || foreign::function(block));
    let item = choice((function.map(Item::Function), statement.map(Item::Statement)));
    let item = or_foreign(item.boxed(), || recover::stray().map(Item::Statement));
    list_of(item.repeated()).then_ignore(end()).map(|items| Tree { items }).boxed()
}

/// `type ns.name(type a, type b) { … }`.
fn function<'t, F: Trouble<'t>>(block: Rule<'t, Block, F>) -> Rule<'t, Function, F> {
    let params =
        list_of(param().separated_by(just(Token::Comma))).delimited_by(just(Token::OpenParen), just(Token::CloseParen));
    declared_type()
        .then(path())
        .then(params)
        .then(block)
        .map_with(|(((returns, path), params), body), e| Function { returns, path, params, body, span: span_of(e) })
        .boxed()
}

/// `string name`, `list:int ids`; the type may be a form's name: `Invoices invoice`.
pub(super) fn param<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Param, Extra<'t, F>> + Clone {
    let form = select! { Token::Word = e => TypeName { kind: TypeKind::Form, span: span_of(e) } };
    choice((declared_type(), form)).labelled("a type").then(expected_name()).map(|(ty, name)| Param { ty, name })
}

/// Statements between braces.
fn block<'t, F: Trouble<'t>>(statement: Rule<'t, Stmt, F>) -> Rule<'t, Block, F> {
    list_of(statement.repeated())
        .delimited_by(just(Token::OpenBrace), recover::close(Token::OpenBrace, Token::CloseBrace))
        .map_with(|statements, e| Block { statements, span: span_of(e) })
        .boxed()
}

/// One statement.
fn statement<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, Stmt, F> {
    recursive(|statement| statement_with(both, statement.boxed())).boxed()
}

/// One statement, in which `statement` is the rule for those inside it.
fn statement_with<'t, F: Trouble<'t>>(both: &Expressions<'t, F>, statement: Rule<'t, Stmt, F>) -> Rule<'t, Stmt, F> {
    let recovering = recover::statement(statement);
    let block = block(recovering.clone());
    let body = or_foreign(block.clone(), || foreign::bare_body(recovering));
    let expr = both.plain.clone();
    let parenthesised = recover::parenthesised(both.inner.clone());
    let condition = match F::RICH {
        true => foreign::bare_condition(both.inner.clone()).or(parenthesised).boxed(),
        false => parenthesised,
    };
    let kind = choice((
        success_message(expr.clone()),
        set_field(expr.clone()),
        plain_word_ahead().ignore_then(assignment(both)),
        branches(condition.clone(), body.clone()),
        for_each(expr.clone(), body.clone()),
        one_word(Token::Return, expr.clone().or_not()).map(StmtKind::Return),
        one_word(Token::Info, expr.clone()).map(StmtKind::Info),
        attempt(block),
        just(Token::Semicolon).to(StmtKind::Empty),
        one_word(Token::Break, empty()).to(StmtKind::Break),
        one_word(Token::Continue, empty()).to(StmtKind::Continue),
        one_word(Token::Throw, expr.clone()).map(StmtKind::Throw),
        alert(expr.clone()),
        field_statement(),
        client(),
        one_word(Token::Delete, just(Token::From).ignore_then(task::records(both)))
            .map(|q| StmtKind::Delete(Box::new(q))),
        just(Token::While)
            .ignore_then(condition)
            .then(body.clone())
            .map(|(condition, body)| StmtKind::While { condition: Box::new(condition), body }),
        page_part(expr.clone()),
        typed_local(expr.clone()),
        assignment(both),
    ));
    let kind = or_foreign(kind.boxed(), || foreign::statement(&expr, &body));
    kind.map_with(|kind, e| Stmt { kind, span: span_of(e) }).boxed()
}

/// Looks whether a plain word follows: then only an assignment or an expression can start here.
fn plain_word_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    just(Token::Word).rewind().ignored()
}

/// A statement of a word and something after it: `info e;`.
fn one_word<'t, O: 't, F: Trouble<'t>>(
    word: Token,
    rest: impl Parser<'t, Input<'t>, O, Extra<'t, F>> + Clone + 't,
) -> impl Parser<'t, Input<'t>, O, Extra<'t, F>> + Clone {
    just(word).ignore_then(rest).then_ignore(semicolon())
}

/// The end of a simple statement.
///
/// After a task's block none is needed. When a line ends where the semicolon should be, that is reported and the next
/// statement read as if it had been there.
fn semicolon<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Copy {
    just(Token::Semicolon).ignored().or(custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| {
        let at = *inp.cursor().inner();
        let source = inp.state().source;
        if at > 0 && source.kind(at - 1) == Some(Token::CloseTask) {
            return Ok(());
        }
        if inp.state().given_up == Some(at) {
            recover::skip_rest(inp);
            return Ok(());
        }
        if ends_line(source, at) {
            // A text without its closing quote has been reported, and has probably swallowed the semicolon.
            if at > 0 && is_open_text(source, at - 1) {
                return Ok(());
            }
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

fn is_open_text(source: Source<'_>, at: usize) -> bool {
    matches!(source.kind(at), Some(Token::Text | Token::Quoted)) && !is_closed(source.word(at))
}

fn missing_semicolon(source: Source<'_>, at: usize) -> Diagnostic {
    let before = source.place(at.saturating_sub(1));
    let end = Span::new(before.end, before.end);
    Diagnostic::error(Problem::new(Code::MissingSemicolon, "Expected ; after this statement"), before)
        .with_fix(end, ";")
}

/// `target = value;`, `target += value;`, `Field:ui.add(x);` or an expression alone.
fn assignment<'t, F: Trouble<'t>>(both: &Expressions<'t, F>) -> Rule<'t, StmtKind, F> {
    let expr = both.plain.clone();
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
        .ignore_then(word().then(arguments(both.inner.clone())))
        .map(|(method, args)| Rest::Ui(method, args));
    expr.clone()
        .then(choice((op.then(expr).map(|(op, value)| Rest::Assign(op, value)), on_field)).or_not())
        .then_ignore(semicolon())
        .map_with(|(target, rest), e| match rest {
            None => {
                let tokens: SimpleSpan = e.span();
                let source = e.state().source;
                if let Some(report) = foreign::doubled_sign(source, tokens.start) {
                    e.emit(F::report(|| report));
                }
                StmtKind::Expr(target)
            }
            Some(Rest::Ui(method, args)) => StmtKind::FieldUi { field: Box::new(target), method, args },
            Some(Rest::Assign(op, value)) => {
                if !assignable(&target) {
                    let source = e.state().source;
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
            assignable(object)
                || matches!(object.kind, ExprKind::Query(_) | ExprKind::Method { .. } | ExprKind::Call { .. })
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
fn branches<'t, F: Trouble<'t>>(condition: Rule<'t, Expr, F>, body: Rule<'t, Block, F>) -> Rule<'t, StmtKind, F> {
    let branch = condition.then(body.clone());
    let else_if = or_foreign(just([Token::Else, Token::If]).ignored().boxed(), foreign::else_if);
    list_from(just(Token::If).ignore_then(branch.clone()), else_if.ignore_then(branch).repeated())
        .then(just(Token::Else).ignore_then(body).or_not())
        .map(|(branches, otherwise)| StmtKind::If { branches, otherwise })
        .boxed()
}

/// `for each x in e { }`, `for each index i in e { }`.
fn for_each<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>, body: Rule<'t, Block, F>) -> Rule<'t, StmtKind, F> {
    // `index` may be the variable's own name: `for each index in list`.
    let by_index = just(Token::Index).then_ignore(just(Token::In).not()).or_not().map(|i| i.is_some());
    just([Token::For, Token::Each])
        .ignore_then(by_index)
        .then(expected_name())
        .then_ignore(just(Token::In))
        .then(choice((task::all_records(expr.clone()), expr)))
        .then(body)
        .map(|(((index, variable), iterable), body)| {
            StmtKind::ForEach(Box::new(ForEach { index, variable, iterable, body }))
        })
        .boxed()
}

/// `try { } catch (e) { }`.
fn attempt<'t, F: Trouble<'t>>(block: Rule<'t, Block, F>) -> Rule<'t, StmtKind, F> {
    let error = expected_name().delimited_by(just(Token::OpenParen), just(Token::CloseParen));
    let error = or_foreign(error.boxed(), foreign::nameless_catch);
    let caught = just(Token::Catch).ignore_then(error).then(block.clone()).boxed();
    let (caught, finally) = if F::RICH {
        let finally = foreign::finally(block.clone()).or_not().ignored().boxed();
        (caught.recover_with(via_parser(foreign::no_catch(block.clone()))).boxed(), finally)
    } else {
        (caught, empty().boxed())
    };
    just(Token::Try)
        .ignore_then(block)
        .then(caught)
        .then_ignore(finally)
        .map(|(body, (error, handler))| StmtKind::Try { body, error, handler })
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

/// `hide F;`, `show F, G;` and the like.
fn field_statement<'t, F: Trouble<'t>>() -> Rule<'t, StmtKind, F> {
    let action = select! { Token::FieldAction = e => field_action(text_of(e)) };
    let field = name()
        .map(|name| Expr { kind: ExprKind::Name(name.name), span: name.span })
        .foldl_with(just(Token::Dot).ignore_then(word()).repeated(), |object, name, e| {
            expr_at(ExprKind::Member { object: Box::new(object), name }, e)
        });
    let fields = field.separated_by(just(Token::Comma)).at_least(1).collect();
    action.then(fields).then_ignore(semicolon()).map(|(action, fields)| StmtKind::Field { action, fields }).boxed()
}

/// `set F = e;`, as field rules have it: the field of the form.
fn set_field<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    let field = name().map_with(|name, e| {
        let form = Expr { kind: ExprKind::Name("input".into()), span: name.span };
        expr_at(ExprKind::Member { object: Box::new(form), name }, e)
    });
    spelled(Token::Word, "set")
        .ignore_then(field)
        .then_ignore(just(Token::Assign))
        .then(expr)
        .then_ignore(semicolon())
        .map(|(target, value)| StmtKind::Assign(Box::new(Assign { ty: None, target, op: None, value })))
        .boxed()
}

/// `cancel submit;`, `cancel delete;`, `reload;`.
fn client<'t, F: Trouble<'t>>() -> Rule<'t, StmtKind, F> {
    let what = choice((just(Token::Submit).to(Cancel::Submit), just(Token::Delete).to(Cancel::Delete)));
    choice((one_word(Token::Cancel, what).map(StmtKind::Cancel), one_word(Token::Reload, empty()).to(StmtKind::Reload)))
        .boxed()
}

/// `success message e;`.
fn success_message<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    spelled(Token::Word, "success")
        .ignore_then(spelled(Token::Word, "message"))
        .ignore_then(expr)
        .then_ignore(semicolon())
        .map(StmtKind::SuccessMessage)
        .boxed()
}

/// What is in an HTML page around and between its segments of script.
fn page_part<'t, F: Trouble<'t>>(expr: Rule<'t, Expr, F>) -> Rule<'t, StmtKind, F> {
    let markup = select! { Token::Markup = e => StmtKind::Markup(text_of(e).to_owned()) };
    let output = expr
        .then_ignore(just(Token::Semicolon).or_not())
        .delimited_by(just(Token::OpenOutput), just(Token::CloseOutput))
        .map(StmtKind::Output);
    choice((markup, output)).boxed()
}
