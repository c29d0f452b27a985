//! Says in Deluge's words why a script could not be read.

use super::Source;
use super::fault::Fault;
use super::foreign::update_of;
use super::recover::closing_sign;
use crate::token::Token;
use rainwright_diagnostic::{Code, Diagnostic, Problem, Span, closest};

const MIXED: &str = "In a map every value has a key: {\"a\" : 1, \"b\" : 2}; in a list no value has one: {1, 2}.";
const KEYS: &str =
    "Keys and values go in braces: {\"key\" : value}; the keys of a task in brackets: invokeurl [ url : … ].";

/// The diagnostic for a fault.
pub(super) fn diagnostic(source: Source<'_>, fault: Fault) -> Diagnostic {
    if let Some(report) = fault.report {
        return *report;
    }
    let at = fault.at;
    let place = source.place(at);
    let error =
        |message: String, help: &str| Diagnostic::error(Problem::new(Code::Unexpected, message).with_help(help), place);
    if let Some(borrowed) = borrowed(source, at) {
        return borrowed;
    }
    if let Some(report) = no_braces(source, at) {
        return report;
    }
    let before = at.checked_sub(1).and_then(|i| source.kind(i));
    let Some(found) = source.kind(at) else {
        return ends_early(source, at);
    };
    let written = shown(source.word(at));
    match (before, found) {
        (_, Token::Else) => error("This else has no if".into(), "An else comes right after the closing } of its if."),
        (_, Token::Catch) => {
            error("This catch has no try".into(), "A catch comes right after the closing } of its try.")
        }
        (Some(word), Token::Assign) if word.is_word() && !word.is_name() => Diagnostic::error(
            Problem::new(Code::Unexpected, format!("{} is a word of the language", source.word(at - 1)))
                .with_help("Choose another name for the variable."),
            source.place(at - 1),
        ),
        (Some(Token::Assign), Token::Greater) => {
            foreign(source, at, "Deluge has no functions as values", "Write a function of its own, or a loop.")
        }
        (_, Token::OpenBrace) if source.word(at.saturating_sub(1)) == ")" && names_function(source, at) => foreign(
            source,
            at,
            "Deluge has no functions as values",
            "Write a function of its own and call it by its name.",
        ),
        (Some(Token::Colon), Token::Assign) => foreign(source, at, "Deluge has no :=", "Assign with =: x = 5;"),
        (Some(Token::Dot), Token::Text | Token::Quoted) => {
            error(format!("Expected a name but found {written}"), "Join texts with +: first + second.")
        }
        (Some(Token::Word), Token::Text | Token::Quoted) if is_prefix(source, at) => {
            let message = format!("Deluge has no {}\"…\"", source.word(at - 1));
            foreign(source, at, &message, "Join texts and values with +: \"Hello \" + name.")
        }
        (Some(word), found) if word.is_word() && source.word(at - 1).eq_ignore_ascii_case("not") && is_value(found) => {
            let gap = Span::new(source.place(at - 1).start, place.start);
            let problem = Problem::new(Code::ForeignSyntax, "Deluge has no not").with_help("Write ! in front: !done.");
            Diagnostic::error(problem, source.place(at - 1)).with_fix(gap, "!")
        }
        (Some(Token::Colon), _) if fault.expected.is_empty() && fault.labels.is_empty() => {
            error(format!("Did not expect {written}"), KEYS)
        }
        (Some(Token::Delete), word) if word.is_word() => {
            let help = format!("Write delete from Form[ID == {written}.ID]; with the form the record is in.");
            error(format!("Expected from but found {written}"), &help)
        }
        (Some(Token::Cancel), word) if word.is_word() => error(
            format!("Expected submit or delete but found {written}"),
            "Write cancel submit; or, where a record is being deleted, cancel delete;",
        ),
        (_, Token::Assign) if fault.expected.contains(&Token::In) => {
            let help = "Go through a list with for each item in list { … }, or through its indexes with for each index i in list { … }.";
            foreign(source, at, "Deluge does not count in a for", help)
        }
        (_, _) if fault.expected.contains(&Token::In) && follows_for_each(source, at) => no_in(source, at, &written),
        (Some(Token::Each), Token::In) => {
            error("Expected a name but found in".into(), "Name the element: for each item in list { … }.")
        }
        (Some(Token::If | Token::While), _) if begins_branch(source, at - 1) => {
            let help = format!("A condition goes in parentheses: {}(total > 0) {{ … }}.", source.word(at - 1));
            error(format!("Expected ( but found {written}"), &help)
        }
        (_, Token::Dot) if source.kind(at + 1) == Some(Token::Dot) => {
            error("Did not expect ...".into(), "Put the statements that are left out in place of the dots.")
        }
        (_, word) if word.is_word() && fault.expected.contains(&Token::OpenTask) && names_form(source, at) => {
            error(format!("Expected [ but found {written}"), "Write insert into Form [ Field = value ];")
        }
        (_, Token::Comma) if fault.expected.contains(&Token::CloseParen) && !fault.expected.contains(&Token::Comma) => {
            error("Expected ) but found a comma".into(), "These parentheses take one value; join texts with +.")
        }
        (Some(Token::Question), Token::Dot) => {
            foreign(source, at, "Deluge has no ?.", "Give a default with ifnull(value,default) first.")
        }
        (Some(Token::Question), Token::Question) => {
            foreign(source, at, "Deluge has no ??", "Write ifnull(value,default).")
        }
        (Some(Token::Star), Token::Star) => foreign(source, at, "Deluge has no **", "Write number.power(exponent)."),
        (Some(Token::Try), _) | (_, _) if fault.expected.contains(&Token::Catch) => {
            error(format!("Expected catch but found {written}"), "Write try { … } catch (e) { … }.")
        }
        (_, Token::CloseParen | Token::CloseSquare | Token::CloseBrace | Token::CloseTask)
            if wants_value(&fault) && before != Some(Token::Semicolon) =>
        {
            mismatch(source, at).unwrap_or_else(|| {
                error(format!("Expected a value before {written}"), "Put a value here, or remove what is before it.")
            })
        }
        (_, Token::Less) if wants_value(&fault) => angle(source, at),
        (_, Token::Slash) if wants_value(&fault) && starts_statement(before) => error(
            "Expected a statement but found /".into(),
            "A comment begins with //, or is written between /* and */.",
        ),
        _ if wants_value(&fault) => {
            error(format!("Expected a value but found {written}"), "Put a text, a number, a variable or a call here.")
        }
        _ => misplaced(source, &fault, &written),
    }
}

/// A finished value is followed by something that cannot be there.
fn misplaced(source: Source<'_>, fault: &Fault, written: &str) -> Diagnostic {
    let at = fault.at;
    let place = source.place(at);
    let wants = |token| fault.expected.contains(&token);
    let in_brackets = [Token::CloseParen, Token::CloseSquare, Token::CloseTask].into_iter().any(wants)
        || wants(Token::CloseBrace) && wants(Token::Comma);
    if in_brackets && let Some(open) = source.enclosing(at) {
        return in_open_bracket(source, at, open, wants(Token::Comma), written);
    }
    let error =
        |message: String, help: &str| Diagnostic::error(Problem::new(Code::Unexpected, message).with_help(help), place);
    if wants(Token::Colon) && matches!(source.kind(at), Some(Token::Comma | Token::CloseBrace)) {
        return error(format!("Expected : and a value but found {written}"), MIXED);
    }
    if wants(Token::Semicolon) {
        return match source.kind(at) {
            Some(Token::Assign) if source.kind(at + 1) == Some(Token::Greater) => {
                foreign(source, at + 1, "Deluge has no functions as values", "Write a function of its own, or a loop.")
            }
            Some(Token::Assign) => {
                error("Expected ; but found a second =".into(), "Assign one variable in a statement; compare with ==.")
            }
            Some(Token::Colon) if at > 0 && source.kind(at - 1) == Some(Token::Text) => error(
                "Expected ; but found :".into(),
                "A colon that belongs to a message goes inside its quotes; join values with +.",
            ),
            Some(Token::Colon) => error("Expected ; but found :".into(), KEYS),
            Some(Token::CloseParen | Token::CloseSquare) => {
                error(format!("This {written} closes nothing"), "Remove it, or open its bracket.")
            }
            Some(Token::Comma) => {
                error("Expected ; but found a comma".into(), "A statement takes one value: join texts with +.")
            }
            Some(Token::OpenBrace) => error(
                "Expected ; but found {".into(),
                "A block follows if(…), else, for each … in …, try or catch (e).",
            ),
            Some(kind) if is_value(kind) => {
                update_of(source, at).or_else(|| no_statement(source, at)).unwrap_or_else(|| {
                    error(
                        format!("Expected ; or an operator but found {written}"),
                        "End the statement with ;, or join values with +.",
                    )
                })
            }
            _ => error(format!("Expected ; but found {written}"), "End the statement with a semicolon."),
        };
    }
    let expected = expectations(fault);
    if expected.is_empty() {
        error(format!("Did not expect {written}"), "Check the statement around this place.")
    } else {
        error(format!("Expected {expected} but found {written}"), "Check the statement around this place.")
    }
}

/// Whether a statement, or a further branch of one, begins here.
fn begins_branch(source: Source<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| source.kind(i));
    starts_statement(before) || before == Some(Token::Else)
}

/// `if x > 0 then`, `while x < 3 do`: a word where the block begins.
fn no_braces(source: Source<'_>, at: usize) -> Option<Diagnostic> {
    let word = source.kind(at).filter(|kind| *kind == Token::Word).map(|_| source.word(at).to_lowercase())?;
    if !matches!(word.as_str(), "then" | "do") {
        return None;
    }
    let first = (at.saturating_sub(FAR)..at).rev().find(|first| begins_branch(source, *first))?;
    let kind = source.kind(first).filter(|kind| matches!(kind, Token::If | Token::While))?;
    let keyword = if kind == Token::If { "if" } else { "while" };
    let help =
        format!("A condition goes in parentheses, and what depends on it in braces: {keyword}(total > 0) {{ … }}.");
    Some(foreign(source, at, &format!("Deluge has no {word}"), &help))
}

/// Whether the words right before a place are `for each x`, or `for each index x`.
fn follows_for_each(source: Source<'_>, at: usize) -> bool {
    let head = |back: usize| at.checked_sub(back).is_some_and(|first| source.kind(first) == Some(Token::For));
    head(3) || head(4)
}

/// `for each x list { }`, `for each x of list { }`, `for each list { }`.
fn no_in(source: Source<'_>, at: usize, written: &str) -> Diagnostic {
    let name = source.word(at - 1);
    let message = format!("Expected in but found {written}");
    let is_stand_in =
        matches!(source.kind(at), Some(Token::Colon | Token::Comma)) || written.eq_ignore_ascii_case("of");
    let is_list = |at: usize| {
        let after = source.groups.end(at).map(|end| end.after());
        after.and_then(|after| source.kind(after)) == Some(Token::OpenBrace)
    };
    let help = match source.kind(at) {
        Some(Token::OpenBrace) if !is_list(at) => {
            format!("Name the element and the list: for each item in {name} {{ … }}.")
        }
        _ => format!("Put in between the element and its list: for each {name} in list {{ … }}."),
    };
    let place = source.place(at);
    let found = Diagnostic::error(Problem::new(Code::Unexpected, message).with_help(help), place);
    match is_stand_in {
        true => found.with_fix(Span::new(source.place(at - 1).end, place.end), " in"),
        false => found,
    }
}

/// Tokens between the word that begins a statement and the place where it cannot be read.
const FAR: usize = 60;

/// A statement that begins with a word of another language: `def f(x):`, `elif x > 1:`.
fn borrowed(source: Source<'_>, at: usize) -> Option<Diagnostic> {
    let starts = |i: &usize| starts_statement(i.checked_sub(1).and_then(|before| source.kind(before)));
    let first =
        (at.saturating_sub(FAR)..=at).rev().find(starts).filter(|first| source.kind(*first) == Some(Token::Word))?;
    let (word, next) = (source.word(first).to_lowercase(), source.kind(first + 1)?);
    let help = match word.as_str() {
        "elif" | "elsif" | "elseif" if next == Token::OpenParen || is_value(next) => {
            "Write else if(…) { … } right after the closing } of the if."
        }
        "def" | "fn" | "fun" | "func" | "function" | "sub" | "procedure" if next.is_name() => {
            "Write functions outside of blocks, with the types of the result and of the parameters: string greet(string name) { … }."
        }
        _ => return None,
    };
    let problem = Problem::new(Code::ForeignSyntax, format!("Deluge has no {word}")).with_help(help);
    Some(Diagnostic::error(problem, source.place(first)))
}

/// Whether the text at a place has a letter right in front of it that means something elsewhere: `f"{name}"`.
fn is_prefix(source: Source<'_>, at: usize) -> bool {
    let (before, place) = (source.place(at - 1), source.place(at));
    before.end == place.start && matches!(source.word(at - 1).to_lowercase().as_str(), "f" | "r" | "b" | "u")
}

/// Words that begin a statement with a value after it.
const STATEMENTS: &[&str] = &["info", "alert", "return", "throw"];
/// Words that begin such a statement in other languages, with the Deluge word.
const HABITS: &[(&str, &str)] = &[
    ("print", "info"),
    ("println", "info"),
    ("echo", "info"),
    ("puts", "info"),
    ("log", "info"),
    ("raise", "throw"),
    ("yield", "return"),
];

/// A name where a statement begins, with a value after it: `print x`, `retrun x`; `at` is the value.
fn no_statement(source: Source<'_>, at: usize) -> Option<Diagnostic> {
    let kind = |back: usize| at.checked_sub(back).and_then(|i| source.kind(i));
    if !kind(1).is_some_and(Token::is_name) || !starts_statement(kind(2)) {
        return None;
    }
    let (word, place) = (source.word(at - 1), source.place(at - 1));
    if word.eq_ignore_ascii_case("import") || word.eq_ignore_ascii_case("require") {
        let problem = Problem::new(Code::ForeignSyntax, format!("Deluge has no {word}"))
            .with_help("Functions of the project are called by their names; nothing is imported.");
        return Some(Diagnostic::error(problem, place));
    }
    let habit = HABITS.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(word)).map(|(_, deluge)| *deluge);
    let meant = habit.or_else(|| closest(word, STATEMENTS.iter().copied()))?;
    let problem = Problem::new(Code::Unexpected, format!("{} begins no statement", shown(word)));
    Some(Diagnostic::error(problem.with_help(format!("Did you mean {meant}?")), place))
}

/// A `<` where a value is expected: a placeholder out of a manual, or HTML.
fn angle(source: Source<'_>, at: usize) -> Diagnostic {
    const MOST_WORDS: usize = 8;
    let before = at.checked_sub(1).and_then(|i| source.kind(i));
    let words = (at + 1..).map_while(|i| source.kind(i)).take(MOST_WORDS).take_while(|kind| kind.is_word()).count();
    let end = at + 1 + words;
    let place = source.place(at).to(source.place(end));
    let (message, help, place) = if starts_statement(before) {
        let help = "HTML goes into a text: html = \"<b>Hello</b>\"; or in a page around <%{ … %>.";
        ("Expected a statement but found <".to_owned(), help, source.place(at))
    } else if words > 0 && source.kind(end) == Some(Token::Greater) {
        let message = format!("{} is a placeholder, not a value", source.slice(place));
        (message, "Put your own value in its place; a text goes between quotes.", place)
    } else {
        let help = "Put a text, a number, a variable or a call here; HTML goes between quotes.";
        ("Expected a value but found <".to_owned(), help, source.place(at))
    };
    Diagnostic::error(Problem::new(Code::Unexpected, message).with_help(help), place)
}

/// Whether a statement starts after this token.
fn starts_statement(before: Option<Token>) -> bool {
    matches!(before, None | Some(Token::Semicolon | Token::OpenBrace | Token::CloseBrace))
}

/// In brackets, a value is followed by something other than a comma or the closing bracket.
fn in_open_bracket(source: Source<'_>, at: usize, open: usize, comma: bool, written: &str) -> Diagnostic {
    let sign = source.word(open);
    let closing = closing_sign(sign);
    let comma = if comma { ", or " } else { "" };
    let message = format!("Expected {comma}{closing} but found {written}");
    let found = source.kind(at);
    let opened = |help: &str| {
        let problem = Problem::new(Code::Unexpected, message.as_str()).with_help(help);
        Diagnostic::error(problem, source.place(at)).with_label(source.place(open), "opened here")
    };
    // What begins the next statement does not belong in the brackets.
    let ends_here = source.groups.end(open).is_some_and(|end| end.at == at && !end.closed);
    if !ends_here && found.is_some_and(Token::is_word) && at > 0 && source.kind(at - 1).is_some_and(Token::is_word) {
        return opened(match written.eq_ignore_ascii_case("between") {
            true => "Compare twice: Field >= low && Field <= high.",
            false => "Put a text of several words between quotes; join values with +, separate them with a comma.",
        });
    }
    if !ends_here && found.is_some_and(is_value) {
        return opened("Join texts with +, separate arguments with a comma.");
    }
    if sign == "{" && found == Some(Token::Colon) {
        return opened(MIXED);
    }
    let before = source.place(at.saturating_sub(1));
    let problem = Problem::new(Code::OpenBracket, message).with_help(format!("Close the {sign} with {closing}."));
    Diagnostic::error(problem, before)
        .with_label(source.place(open), "opened here")
        .with_fix(Span::new(before.end, before.end), closing)
}

/// The script ends inside something.
fn ends_early(source: Source<'_>, at: usize) -> Diagnostic {
    let last = source.place(at.saturating_sub(1));
    if let Some(open) = source.suspect(at) {
        let sign = source.word(open);
        let closing = closing_sign(sign);
        let problem = Problem::new(Code::OpenBracket, format!("Expected {closing} but found the end of the script"))
            .with_help(format!("Close the {sign} with {closing}."));
        return Diagnostic::error(problem, source.place(open))
            .with_label(Span::new(last.end, last.end), "the script ends here");
    }
    let problem = Problem::new(Code::Unexpected, "The script ends in the middle of a statement")
        .with_help("Finish the statement, or remove its beginning.");
    Diagnostic::error(problem, last)
}

/// A closing bracket of the wrong kind.
fn mismatch(source: Source<'_>, at: usize) -> Option<Diagnostic> {
    let open = source.enclosing(at)?;
    let (sign, found) = (source.word(open), source.word(at));
    let closing = closing_sign(sign);
    if closing == found {
        return None;
    }
    let problem = Problem::new(Code::OpenBracket, format!("Expected {closing} but found {found}"))
        .with_help(format!("Close the {sign} with {closing}."));
    Some(Diagnostic::error(problem, source.place(at)).with_label(source.place(open), "opened here"))
}

fn foreign(source: Source<'_>, at: usize, message: &str, help: &str) -> Diagnostic {
    let place = source.place(at.saturating_sub(1)).to(source.place(at));
    Diagnostic::error(Problem::new(Code::ForeignSyntax, message).with_help(help), place)
}

/// Whether the rule stopped where a value should begin: only there can both braces and square brackets open.
fn wants_value(fault: &Fault) -> bool {
    fault.expected.contains(&Token::OpenBrace) && fault.expected.contains(&Token::OpenSquare)
}

fn is_value(token: Token) -> bool {
    token.is_word() || matches!(token, Token::Number | Token::Decimal | Token::Text | Token::Quoted)
}

/// Whether `function (…)` is before this token.
fn names_function(source: Source<'_>, at: usize) -> bool {
    let open = at.checked_sub(1).and_then(|close| source.groups.opened(close));
    let before = open.and_then(|open| open.checked_sub(1));
    before.is_some_and(|before| source.word(before).eq_ignore_ascii_case("function"))
}

/// Whether `insert into` and nothing but names are before this token.
fn names_form(source: Source<'_>, at: usize) -> bool {
    let names = (0..at).rev().map_while(|i| source.kind(i)).take_while(|t| t.is_word() || *t == Token::Dot);
    names.take(8).any(|token| token == Token::Into)
}

/// The text of a token, short enough for a message.
fn shown(written: &str) -> String {
    const LONGEST: usize = 30;
    let line = written.lines().next().unwrap_or("");
    if line.chars().count() > LONGEST {
        let short: String = line.chars().take(LONGEST).collect();
        format!("{short}…")
    } else {
        line.to_owned()
    }
}

/// What would have been right, in words.
fn expectations(fault: &Fault) -> String {
    let mut words: Vec<&str> = fault.labels.to_vec();
    words.extend(fault.expected.iter().filter_map(|token| sign(*token)));
    words.sort_unstable();
    words.dedup();
    if words.len() > 4 {
        return String::new();
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// How a token is written, if that helps the reader.
fn sign(token: Token) -> Option<&'static str> {
    Some(match token {
        Token::OpenParen => "(",
        Token::CloseParen => ")",
        Token::OpenSquare | Token::OpenTask => "[",
        Token::CloseSquare | Token::CloseTask => "]",
        Token::OpenBrace => "{",
        Token::CloseBrace => "}",
        Token::Comma => "a comma",
        Token::Semicolon => ";",
        Token::Colon => ":",
        Token::Assign => "=",
        Token::In => "in",
        Token::Each => "each",
        Token::By => "by",
        Token::From => "from",
        Token::To => "to",
        Token::Catch => "catch",
        Token::Submit => "submit",
        Token::Into => "into",
        Token::CloseOutput => "%>",
        _ => return None,
    })
}
