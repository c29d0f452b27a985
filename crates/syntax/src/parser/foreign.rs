//! Ways of writing that people bring from other languages: read, reported, and shown the Deluge way.
//!
//! All of it is tried only when a script is known to be wrong, after the rules of the language itself. Reports are made in
//! `validate`, which chumsky runs even where it throws a rule's result away.

use super::{Extra, Input, Rest, Rule, Source, Trouble, list_of, name, path, recover, span_of, spelled, text_of};
use crate::ast::{
    Assign, BinaryOp, Block, Expr, ExprKind, ForEach, Function, Ident, Param, Stmt, StmtKind, TypeKind, TypeName,
};
use crate::token::Token;
use chumsky::input::InputRef;
use chumsky::prelude::*;
use rainwright_diagnostic::{Code, Diagnostic, Fix, Problem, Span};

/// `rule`, or what is read in its place from a wrong script.
pub(super) fn or_foreign<'t, O: 't, P, F: Trouble<'t>>(
    rule: Rule<'t, O, F>,
    foreign: impl FnOnce() -> P,
) -> Rule<'t, O, F>
where
    P: Parser<'t, Input<'t>, O, Extra<'t, F>> + Clone + 't,
{
    if F::RICH { rule.or(foreign()).boxed() } else { rule }
}

/// A diagnostic about the tokens just matched.
fn complain<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>, message: &str, help: &str, fix: Option<Fix>) {
    let span = span_of(e);
    e.emit(F::report(|| {
        let problem = Problem::new(Code::ForeignSyntax, message).with_help(help);
        Diagnostic { fix, ..Diagnostic::error(problem, span) }
    }));
}

fn replace<'t, F: Trouble<'t>>(e: Rest<'t, '_, '_, F>, replacement: &str) -> Option<Fix> {
    Some(Fix { span: span_of(e), replacement: replacement.to_owned() })
}

/// A place that says nothing, for parts that were skipped.
fn nothing(span: Span) -> Expr {
    Expr { kind: ExprKind::Error, span }
}

/// Statements that start like nothing in Deluge.
pub(super) fn statement<'t, F: Trouble<'t>>(
    expr: &Rule<'t, Expr, F>,
    body: &Rule<'t, Block, F>,
) -> Rule<'t, StmtKind, F> {
    choice((
        counting_loop(body.clone()),
        loop_without_each(expr.clone(), body.clone()),
        declaration(expr.clone()),
        declaration_without_value(),
        increment(),
        dashes(),
        switch(),
        do_loop(body.clone()),
        update(),
    ))
    .boxed()
}

/// `for (i = 0; i < n; i++) { }`.
fn counting_loop<'t, F: Trouble<'t>>(
    body: Rule<'t, Block, F>,
) -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let head = just(Token::For).then(just(Token::Each).or_not()).ignore_then(recover::brackets(Token::OpenParen)).validate(|span, e, _| {
        complain(
            e,
            "Deluge has no for(…)",
            "Go through a list with for each item in list { … }, or through its indexes with for each index i in list { … }.",
            None,
        );
        nothing(span)
    });
    head.then(body).map(|branch| StmtKind::If { branches: vec![branch], otherwise: None })
}

/// `for x in list { }`, `foreach x in list { }`.
fn loop_without_each<'t, F: Trouble<'t>>(
    expr: Rule<'t, Expr, F>,
    body: Rule<'t, Block, F>,
) -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let alone = just(Token::For).then(just(Token::Each).not()).ignored();
    let head = choice((alone, spelled(Token::Word, "foreach"))).validate(|(), e, _| {
        let fix = replace(e, "for each");
        complain(e, "Expected for each", "Write for each item in list { … }.", fix);
    });
    head.ignore_then(name()).then_ignore(just(Token::In)).then(expr).then(body).map(|((variable, iterable), body)| {
        StmtKind::ForEach(Box::new(ForEach { index: false, variable, iterable, body }))
    })
}

/// Takes a word away, and the gap after it.
fn without(word: Span, source: Source<'_>) -> Fix {
    let rest = &source.text[word.end as usize..];
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let gap = line.len() - line.trim_start().len();
    Fix { span: Span::new(word.start, word.end + gap as u32), replacement: String::new() }
}

/// `var x = 1;`, `let x = 1;`, `const x = 1;`.
fn declaration<'t, F: Trouble<'t>>(
    expr: Rule<'t, Expr, F>,
) -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let words = choice((
        spelled(Token::Word, "var"),
        spelled(Token::Word, "let"),
        spelled(Token::Word, "const"),
        spelled(Token::Word, "dim"),
    ));
    let word = words.validate(|(), e, _| {
        let (span, source) = (span_of(e), e.state().source);
        let fix = Some(without(span, source));
        let message = format!("Deluge has no {}", source.slice(span));
        complain(e, &message, "A variable is created by assigning to it: x = 1;", fix);
    });
    word.ignore_then(name())
        .then(just(Token::Assign).ignore_then(expr).or_not())
        .then_ignore(just(Token::Semicolon).or_not())
        .map(|(name, value)| {
            let value = value.unwrap_or(Expr { kind: ExprKind::Null, span: name.span });
            assign(Expr { kind: ExprKind::Name(name.name), span: name.span }, None, value)
        })
}

fn assign(target: Expr, op: Option<BinaryOp>, value: Expr) -> StmtKind {
    StmtKind::Assign(Box::new(Assign { ty: None, target, op, value }))
}

/// `string x;`.
fn declaration_without_value<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    just(Token::Type).ignore_then(name()).then_ignore(just(Token::Semicolon)).validate(|name, e, _| {
        let help = format!("A variable is created by assigning a value: {0} = \"\"; or {0} = null;", name.name);
        complain(e, "Deluge does not declare variables without a value", &help, None);
        let value = Expr { kind: ExprKind::Null, span: name.span };
        assign(Expr { kind: ExprKind::Name(name.name), span: name.span }, None, value)
    })
}

/// `x++;`, `++x;`, `x--;`, `--x;`.
fn increment<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let sign = choice((
        just([Token::Plus, Token::Plus]).to(BinaryOp::Add),
        just([Token::Minus, Token::Minus]).to(BinaryOp::Subtract),
    ));
    let ends = custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| {
        let at = *inp.cursor().inner();
        let source = inp.state().source;
        match source.kind(at) {
            None | Some(Token::Semicolon | Token::CloseBrace) => Ok(()),
            _ if source.starts_line(at) => Ok(()),
            _ => inp.parse(just(Token::Semicolon).ignored()),
        }
    });
    let both = choice((name().then(sign), sign.then(name()).map(|(op, name)| (name, op)))).then_ignore(ends);
    both.validate(|(name, op), e, _| {
        let sign = if op == BinaryOp::Add { "+" } else { "-" };
        let written = format!("{0} = {0} {sign} 1", name.name);
        let fix = replace(e, &written);
        complain(e, &format!("Deluge has no {sign}{sign}"), &format!("Write {written};"), fix);
        let one = Expr { kind: ExprKind::Number(1), span: name.span };
        assign(Expr { kind: ExprKind::Name(name.name), span: name.span }, Some(op), one)
    })
    .then_ignore(just(Token::Semicolon).or_not())
}

/// `-- a comment of SQL`: the rest of its line is skipped.
fn dashes<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let rest = custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| {
        let source = inp.state().source;
        loop {
            let at = *inp.cursor().inner();
            if source.kind(at).is_none() || source.starts_line(at) {
                return Ok(());
            }
            inp.skip();
        }
    });
    just([Token::Minus, Token::Minus])
        .validate(|_, e, _| {
            let fix = replace(e, "//");
            complain(e, "A comment does not begin with --", "Begin it with //.", fix);
        })
        .then(rest)
        .to(StmtKind::Error)
}

/// The report of a statement that begins with `--` or `++` and goes on as an expression.
pub(super) fn doubled_sign(source: Source<'_>, at: usize) -> Option<Diagnostic> {
    let sign = match (source.kind(at)?, source.kind(at + 1)?) {
        (Token::Minus, Token::Minus) => "-",
        (Token::Plus, Token::Plus) => "+",
        _ => return None,
    };
    let (first, second) = (source.place(at), source.place(at + 1));
    let (name, next) = (source.word(at + 2), source.kind(at + 3));
    let place = first.to(second);
    if source.kind(at + 2).is_some_and(Token::is_name) && matches!(next, None | Some(Token::Semicolon)) {
        let written = format!("{name} = {name} {sign} 1");
        let problem = Problem::new(Code::ForeignSyntax, format!("Deluge has no {sign}{sign}"))
            .with_help(format!("Write {written};"));
        let all = first.to(source.place(at + 2));
        return Some(Diagnostic::error(problem, all).with_fix(all, written));
    }
    let problem = match sign {
        "-" => Problem::new(Code::ForeignSyntax, "A comment does not begin with --").with_help("Begin it with //."),
        _ => Problem::new(Code::ForeignSyntax, "Deluge has no ++").with_help("Write x = x + 1;"),
    };
    let diagnostic = Diagnostic::error(problem, place);
    Some(if sign == "-" { diagnostic.with_fix(place, "//") } else { diagnostic })
}

/// `switch (x) { case … }`.
fn switch<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let word = spelled(Token::Word, "switch").validate(|(), e, _| {
        complain(e, "Deluge has no switch", "Write if(x == 1) { … } else if(x == 2) { … } else { … }.", None);
    });
    word.ignore_then(recover::brackets(Token::OpenParen))
        .ignore_then(recover::brackets(Token::OpenBrace))
        .to(StmtKind::Error)
}

/// `do { } while (c);`.
fn do_loop<'t, F: Trouble<'t>>(body: Rule<'t, Block, F>) -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let word = spelled(Token::Word, "do").validate(|(), e, _| {
        complain(e, "Deluge has no do", "Go through a list with for each item in list { … }.", None);
        span_of(e)
    });
    let condition = just(Token::While)
        .ignore_then(recover::brackets(Token::OpenParen))
        .ignore_then(just(Token::Semicolon).or_not());
    word.then(body)
        .then_ignore(condition.or_not())
        .map(|(span, body)| StmtKind::If { branches: vec![(nothing(span), body)], otherwise: None })
}

/// `update Form[criteria] [ Field = value ]`.
fn update<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, StmtKind, Extra<'t, F>> + Clone {
    let criteria = choice((recover::brackets(Token::OpenSquare), recover::brackets(Token::OpenTask)));
    spelled(Token::Word, "update")
        .ignore_then(path())
        .then(criteria)
        .then(recover::fields().or_not())
        .validate(|((form, criteria), fields), e, _| {
            let source = e.state().source;
            let records = form.first().map_or(criteria, |first| first.span.to(criteria));
            let written = fields.map(|fields| source.slice(fields)).unwrap_or_default();
            let field = written.trim_start_matches('[').split('=').next().map(str::trim);
            let field = field.filter(|name| !name.is_empty() && !name.contains(char::is_whitespace));
            complain(e, "Deluge has no update", &update_help(source.slice(records), field), None);
        })
        .then_ignore(just(Token::Semicolon).or_not())
        .to(StmtKind::Error)
}

/// How records are changed in Deluge.
fn update_help(records: &str, field: Option<&str>) -> String {
    const LONGEST: usize = 60;
    let is_short = records.len() <= LONGEST && !records.contains('\n');
    let records = if is_short { records } else { "Form[criteria]" };
    let field = field.unwrap_or("Field");
    format!(
        "Write {records}.{field} = value; for each field: it changes all records that match. Or go through them: for each record in {records} {{ record.{field} = value; }}"
    )
}

/// The report of `x = update Form[criteria] …`, where no statement begins; `at` is the form.
pub(super) fn update_of(source: Source<'_>, at: usize) -> Option<Diagnostic> {
    let word = at.checked_sub(1).filter(|word| source.word(*word).eq_ignore_ascii_case("update"))?;
    let open = (at..at + 8).find(|i| !source.kind(*i).is_some_and(|kind| kind.is_word() || kind == Token::Dot))?;
    let end = source.groups.end(open).filter(|end| end.closed && open > at)?;
    let is_bracket = matches!(source.kind(open), Some(Token::OpenSquare | Token::OpenTask));
    is_bracket.then(|| {
        let records = source.slice(source.place(at).to(source.place(end.at)));
        let problem = Problem::new(Code::ForeignSyntax, "Deluge has no update").with_help(update_help(records, None));
        Diagnostic::error(problem, source.place(word))
    })
}

/// `order by`, as SQL has it.
pub(super) fn order_by<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    spelled(Token::Word, "order").then_ignore(just(Token::By)).validate(|(), e, _| {
        let fix = replace(e, "sort by");
        complain(e, "Deluge has no order by", "Write sort by Field, or sort by Field desc, after the criteria.", fix);
    })
}

/// `limit 5` and `limit 5 offset 10`, as SQL has them.
pub(super) fn limit<'t, F: Trouble<'t>>(
    expr: Rule<'t, Expr, F>,
) -> impl Parser<'t, Input<'t>, (Expr, Expr), Extra<'t, F>> + Clone {
    let offset = spelled(Token::Word, "offset").ignore_then(expr.clone()).or_not();
    spelled(Token::Word, "limit").ignore_then(expr).then(offset).validate(|(count, offset), e, _| {
        let number = |expr: &Expr| match expr.kind {
            ExprKind::Number(number) => Some(number),
            _ => None,
        };
        let skipped = offset.as_ref().map_or(Some(0), number);
        let ends = skipped.zip(number(&count)).and_then(|(skip, count)| Some((skip + 1, skip.checked_add(count)?)));
        let written = ends.map(|(first, last)| format!("range from {first} to {last}"));
        let fix = written.as_deref().and_then(|written| replace(e, written));
        let shown = written.as_deref().unwrap_or("range from 1 to 10");
        let help = format!("Write {shown}: a range counts from 1 and has both ends in it.");
        complain(e, "Deluge has no limit", &help, fix);
        (nothing(count.span), nothing(count.span))
    })
}

/// Looks whether `order by` or `limit` with a number follows.
pub(super) fn order_ahead<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    let order = spelled(Token::Word, "order").then_ignore(just(Token::By));
    choice((order, spelled(Token::Word, "limit").then_ignore(just(Token::Number))))
}

/// The signs that continue a condition after parentheses: `if (a) && (b) { }`.
const GOES_ON: &[Token] = &[
    Token::And,
    Token::Or,
    Token::Equal,
    Token::NotEqual,
    Token::Less,
    Token::LessEqual,
    Token::Greater,
    Token::GreaterEqual,
    Token::Dot,
];

/// A condition with nothing around all of it: `if x < 3 { }`, `if (a) && (b) { }`, `while x < 3 { }`.
pub(super) fn bare_condition<'t, F: Trouble<'t>>(
    expr: Rule<'t, Expr, F>,
) -> impl Parser<'t, Input<'t>, Expr, Extra<'t, F>> + Clone {
    let is_bare = custom(|inp: &mut InputRef<'t, '_, Input<'t>, Extra<'t, F>>| {
        let at = *inp.cursor().inner();
        let source = inp.state().source;
        let after = source.groups.end(at).map_or(at, |end| end.after());
        match source.kind(at) {
            Some(Token::OpenBrace) | None => Err(F::none(at)),
            Some(Token::OpenParen) if !source.kind(after).is_some_and(|next| GOES_ON.contains(&next)) => {
                Err(F::none(at))
            }
            Some(_) => Ok(()),
        }
    });
    is_bare.ignore_then(expr).then_ignore(just(Token::OpenBrace).rewind()).validate(|condition, e, _| {
        const LONGEST: usize = 40;
        let tokens: SimpleSpan = e.span();
        let source = e.state().source;
        let span = span_of(e);
        let (word, written) = (source.word(tokens.start.saturating_sub(1)), source.slice(span));
        let shown = if written.len() > LONGEST || written.contains('\n') { "total > 0" } else { written };
        let help = format!("A condition goes in parentheses, all of it: {word}({shown}) {{ … }}.");
        e.emit(F::report(|| {
            let problem = Problem::new(Code::Unexpected, "Expected ( before this condition").with_help(help);
            Diagnostic::error(problem, span).with_fix(span, format!("({written})"))
        }));
        condition
    })
}

/// One statement where a block is expected: `if(a) x = 1;`.
pub(super) fn bare_body<'t, F: Trouble<'t>>(
    statement: Rule<'t, Stmt, F>,
) -> impl Parser<'t, Input<'t>, Block, Extra<'t, F>> + Clone {
    let other = choice((spelled(Token::Word, "then"), spelled(Token::Word, "do")));
    any().filter(|t| *t != Token::CloseBrace).and_is(other.not()).rewind().ignore_then(statement).validate(
        |statement, e, _| {
            complain(e, "Expected { before this statement", "Put braces around it: { … }", None);
            Block { span: statement.span, statements: vec![statement] }
        },
    )
}

/// `elseif`, `elsif`, `elif`, read as `else if`.
pub(super) fn else_if<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    choice((spelled(Token::Word, "elseif"), spelled(Token::Word, "elsif"), spelled(Token::Word, "elif"))).validate(
        |(), e, _| {
            let fix = replace(e, "else if");
            complain(e, "Expected else if, in two words", "Write else if(…) { … }.", fix);
        },
    )
}

/// `finally { }`, whose statements are read and dropped.
pub(super) fn finally<'t, F: Trouble<'t>>(
    body: Rule<'t, Block, F>,
) -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    let word = spelled(Token::Word, "finally").validate(|(), e, _| {
        let help = "Put these statements after the catch block: they run whether or not something was caught.";
        complain(e, "Deluge has no finally", help, None);
    });
    word.then(body).ignored()
}

/// What a wrong `catch` leaves to be read, or nothing where there is none: the body of the `try` is not read again.
pub(super) fn no_catch<'t, F: Trouble<'t>>(
    block: Rule<'t, Block, F>,
) -> impl Parser<'t, Input<'t>, (Ident, Block), Extra<'t, F>> + Clone {
    let error = recover::brackets(Token::OpenParen).or_not();
    let wrong = just(Token::Catch).ignore_then(error).ignore_then(block.or_not());
    wrong.or_not().map_with(|handler, e| {
        let span = span_of(e);
        (Ident { name: "e".into(), span }, handler.flatten().unwrap_or(Block { statements: Vec::new(), span }))
    })
}

/// `catch { }` without a variable.
pub(super) fn nameless_catch<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, Ident, Extra<'t, F>> + Clone {
    just(Token::OpenBrace).rewind().validate(|_, e: Rest<'t, '_, '_, F>, _| {
        let tokens: SimpleSpan = e.span();
        let source = e.state().source;
        let span = source.place(tokens.start.saturating_sub(1));
        e.emit(F::report(|| {
            let problem =
                Problem::new(Code::Unexpected, "Expected a variable for the error").with_help("Write catch (e) { … }.");
            Diagnostic::error(problem, span).with_fix(Span::new(span.end, span.end), " (e)")
        }));
        Ident { name: "e".into(), span }
    })
}

/// `function f(a) { }`, `def f(a) { }`, `f(a) { }`, `string f(a) { }`.
pub(super) fn function<'t, F: Trouble<'t>>(block: Rule<'t, Block, F>) -> Rule<'t, Function, F> {
    const HELP: &str = "Write the type of the result, the name and typed parameters: string greet(string name) { … }, or void without a result.";
    let word = choice((spelled(Token::Word, "function"), spelled(Token::Word, "def"), spelled(Token::Word, "func")))
        .validate(|(), e, _| {
            let message = format!("Deluge has no {}", super::text_of(e));
            complain(e, &message, HELP, None);
            any_type(span_of(e))
        });
    let typed = super::expression::declared_type();
    let untyped = empty().map_with(|(), e| any_type(span_of(e)));
    let bare = name().validate(|name, e, _| {
        let message = format!("The parameter {} has no type", name.name);
        complain(e, &message, "Write its type in front of it: string name.", None);
        Param { ty: any_type(name.span), name }
    });
    let param = choice((super::statement::param(), bare));
    let params =
        list_of(param.separated_by(just(Token::Comma))).delimited_by(just(Token::OpenParen), just(Token::CloseParen));
    // Without any type in front it is a function only when a block follows, else it is a call.
    let switch = spelled(Token::Word, "switch");
    let nameless = switch
        .not()
        .ignore_then(path())
        .then(params.clone())
        .map_with(|head, e| (head, span_of(e)))
        .then(block.clone())
        .validate(|(((path, params), head), body), e, _| {
            e.emit(F::report(|| {
                let problem =
                    Problem::new(Code::Unexpected, "Expected a type before the function's name").with_help(HELP);
                Diagnostic::error(problem, head)
            }));
            let start = Span::new(head.start, head.start);
            Function { returns: any_type(start), path, params, body, span: span_of(e) }
        });
    let started = asynchronous()
        .or_not()
        .ignore_then(choice((word, typed)))
        .then(path())
        .then(params)
        .then_ignore(just(Token::Colon).then(untyped.ignored().or_not()).then(just(Token::Type)).or_not())
        .then(block)
        .map_with(|(((returns, path), params), body), e| Function { returns, path, params, body, span: span_of(e) });
    choice((started, nameless)).boxed()
}

fn any_type(span: Span) -> TypeName {
    TypeName { kind: TypeKind::Any, span }
}

/// `new Map()`, `await f()`.
pub(super) fn prefixed<'t, F: Trouble<'t>>(
    operand: Rule<'t, Expr, F>,
) -> impl Parser<'t, Input<'t>, Expr, Extra<'t, F>> + Clone {
    // One rule for both, because every operand comes by here.
    let word = chumsky::primitive::select(|token: Token, e: Rest<'t, '_, '_, F>| {
        let text = (token == Token::Word).then(|| text_of(e))?;
        ["new", "await"].into_iter().find(|word| text.eq_ignore_ascii_case(word))
    });
    let word = word.then_ignore(super::word().rewind()).validate(|word, e, _| match word {
        "new" => {
            let fix = Some(without(span_of(e), e.state().source));
            let help = "Call the function alone: Map(), List(). To throw, write throw \"message\";";
            complain(e, "Deluge has no new", help, fix);
        }
        word => needless(word, e),
    });
    word.ignore_then(operand)
}

/// `async` in front of a name.
fn asynchronous<'t, F: Trouble<'t>>() -> impl Parser<'t, Input<'t>, (), Extra<'t, F>> + Clone {
    spelled(Token::Word, "async").then_ignore(super::word().rewind()).validate(|(), e, _| needless("async", e))
}

/// A word that says nothing in Deluge, as calls always wait.
fn needless<'t, F: Trouble<'t>>(word: &str, e: Rest<'t, '_, '_, F>) {
    let fix = Some(without(span_of(e), e.state().source));
    complain(e, &format!("Deluge has no {word}"), &format!("Every call waits for its answer: leave {word} out."), fix);
}

/// Operators of other languages, each read as its Deluge one.
pub(super) fn operator<'t, F: Trouble<'t>>(op: BinaryOp) -> Rule<'t, (BinaryOp, Span), F> {
    let told = move |rule: Rule<'t, (), F>, deluge: &'static str| {
        rule.validate(move |(), e, _| {
            let (span, source) = (span_of(e), e.state().source);
            let fix = replace(e, deluge);
            let message = format!("Deluge has no {}", source.slice(span));
            let texts = if deluge == "&&" { " Texts are joined with +." } else { "" };
            complain(e, &message, &format!("Write {deluge}.{texts}"), fix);
            (op, span)
        })
        .boxed()
    };
    match op {
        BinaryOp::And => told(choice((just(Token::Ampersand).ignored(), just(Token::AndWord).ignored())).boxed(), "&&"),
        BinaryOp::Or => told(choice((just(Token::Pipe).ignored(), just(Token::OrWord).ignored())).boxed(), "||"),
        BinaryOp::Equal => told(just([Token::Equal, Token::Assign]).ignored().boxed(), "=="),
        _ => told(just([Token::NotEqual, Token::Assign]).ignored().boxed(), "!="),
    }
}

/// `condition ? a : b`, read as `if(condition,a,b)`.
pub(super) fn ternary<'t, F: Trouble<'t>>(operators: Rule<'t, Expr, F>, expr: Rule<'t, Expr, F>) -> Rule<'t, Expr, F> {
    if !F::RICH {
        return operators;
    }
    let other = recover::or_error(just(Token::Colon).ignore_then(expr.clone()).boxed());
    let branches = just(Token::Question).ignore_then(expr).then(other);
    operators
        .then(branches.or_not())
        .validate(|(condition, branches), e, _| {
            let Some((yes, no)) = branches else {
                return condition;
            };
            let source = e.state().source;
            let written = |e: &Expr| source.slice(e.span).to_owned();
            let call = format!("if({},{},{})", written(&condition), written(&yes), written(&no));
            let fix = replace(e, &call);
            complain(e, "Deluge has no ? :", "Write if(condition,value,other value).", fix);
            nothing(span_of(e))
        })
        .boxed()
}

/// The report of `list[0]`, with a mend.
pub(super) fn subscript(source: Source<'_>, object: &Expr, brackets: Span) -> Diagnostic {
    let inner = Span::new(brackets.start, brackets.end.saturating_sub(1));
    let index = source.slice(inner).trim_start().trim_start_matches('[').trim();
    let written = source.slice(object.span);
    let problem = Problem::new(Code::ForeignSyntax, format!("{written}[{index}] does not read an element in Deluge"))
        .with_help(format!("Read an element with {written}.get({index})."));
    Diagnostic::error(problem, brackets).with_fix(brackets, format!(".get({index})"))
}
