//! One pass over the tokens before they are parsed: tells brackets apart, and bounds how deep the tree can become.

use crate::token::Token;

/// How deep brackets may be nested.
const MAX_NESTING: usize = 250;

/// How high a tree may become: nesting and chains of operators (`a + b + …`) together. Whatever walks a tree by recursion
/// needs no more stack than this asks for.
const MAX_HEIGHT: usize = 8_000;

/// What is open while the tokens are read.
#[derive(Default)]
struct Level {
    /// Whether it is the block of a task.
    task: bool,
    /// Operators since the last comma, semicolon or colon.
    operators: usize,
    /// Question marks whose colon has not come.
    questions: usize,
    /// The height of the highest bracket since then.
    inner: usize,
    /// The highest element that is finished.
    highest: usize,
}

impl Level {
    fn height(&self) -> usize {
        self.highest.max(self.operators + self.inner)
    }

    fn finish_element(&mut self) {
        self.highest = self.height();
        self.operators = 0;
        self.questions = 0;
        self.inner = 0;
    }
}

/// Gives the brackets of a task's block kinds of their own (`invokeurl [ … ]`, `insert into Form [ … ]`), so that the parser
/// tells them from a query's brackets and knows that no semicolon is needed after them.
///
/// # Errors
/// The index of the token at which the tree would become too deep.
pub(crate) fn prepare(kinds: &mut [Token]) -> Result<(), usize> {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for i in 0..kinds.len() {
        match kinds[i] {
            open @ (Token::OpenParen | Token::OpenBrace | Token::OpenSquare) => {
                let task = open == Token::OpenSquare && opens_task(&kinds[..i], &kinds[i + 1..]);
                if task {
                    kinds[i] = Token::OpenTask;
                }
                level.operators += usize::from(open == Token::OpenSquare);
                outer.push(std::mem::replace(&mut level, Level { task, ..Level::default() }));
                if outer.len() > MAX_NESTING {
                    return Err(i);
                }
            }
            close @ (Token::CloseParen | Token::CloseBrace | Token::CloseSquare) => {
                if close == Token::CloseSquare && level.task {
                    kinds[i] = Token::CloseTask;
                }
                let inner = level.height() + 1;
                level = outer.pop().unwrap_or_default();
                level.inner = level.inner.max(inner);
                if close == Token::CloseBrace && !kinds.get(i + 1).is_some_and(|next| is_operator(*next)) {
                    level.finish_element();
                }
                if level.height() > MAX_HEIGHT {
                    return Err(i);
                }
            }
            // The colon of a foreign `a ? b : c` ends nothing.
            Token::Colon if level.questions > 0 => level.questions -= 1,
            Token::Comma | Token::Semicolon | Token::Colon => level.finish_element(),
            Token::Assign if level.task => level.finish_element(),
            operator if is_operator(operator) => {
                level.operators += 1;
                level.questions += usize::from(operator == Token::Question);
                if level.operators + level.inner > MAX_HEIGHT {
                    return Err(i);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the token makes the tree one step higher.
fn is_operator(token: Token) -> bool {
    (Token::Dot..=Token::Question).contains(&token) || matches!(token, Token::In | Token::Not | Token::Like | Token::Is)
}

/// Whether a bracket between these tokens opens a task's block.
fn opens_task(before: &[Token], after: &[Token]) -> bool {
    match before {
        [.., Token::Task] => true,
        // A task of the program around, which no word tells: no criteria begin with a key and its colon.
        [.., last] if last.is_name() && begins_with_key(after) => true,
        [.., last] if last.is_name() => {
            let in_path = |t: &&Token| **t == Token::Dot || (t.is_word() && **t != Token::Into);
            let path = before.iter().rev().take_while(in_path).count();
            matches!(before[..before.len() - path], [.., Token::Insert, Token::Into])
        }
        _ => false,
    }
}

/// Whether `key :` comes first, as in `url :` or `reply to :`.
fn begins_with_key(after: &[Token]) -> bool {
    let words = after.iter().take_while(|token| token.is_word() || **token == Token::Minus).count();
    words > 0 && after[0].is_word() && after.get(words) == Some(&Token::Colon)
}
