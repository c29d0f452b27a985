//! Which brackets of a wrong script belong together, and where one that is not closed most likely ends.
//!
//! Found in one pass over the tokens before the rich parse. The rules end every group where this table says, so a mistake in
//! brackets is skipped once, from the place where it was met.

use super::Source;
use super::recover::begins_statement;
use crate::token::Token;

const NONE: u32 = u32::MAX;

/// Where a group ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The token that ends it: its closing bracket, or the first token that cannot be inside.
    pub(super) at: usize,
    /// Whether that token is its closing bracket.
    pub(super) closed: bool,
}

impl End {
    /// The first token after the group.
    pub(super) fn after(self) -> usize {
        self.at + usize::from(self.closed)
    }
}

/// The brackets of a script.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// For each token, and for the end: the innermost bracket that is open before it.
    enclosing: Vec<u32>,
    /// For each bracket: the token that ends it, or for a closing one, the bracket that it closes.
    partner: Vec<u32>,
    /// Whether the partner of an opening bracket closes it.
    closed: Vec<bool>,
    /// The first closing brace that is indented less than the line of its opening one, and that one.
    misaligned: Option<(usize, usize)>,
}

/// A bracket that is open while the tokens are read.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    kind: Token,
    /// Whether statements or the entries of a task are inside: then a semicolon does not end it.
    block: bool,
}

impl Groups {
    /// Reads the brackets of all tokens.
    pub(super) fn new(source: Source<'_>) -> Groups {
        let count = source.kinds.len();
        let mut pass = Pass {
            source,
            open: Vec::new(),
            braces: 0,
            groups: Groups {
                enclosing: Vec::with_capacity(count + 1),
                partner: vec![NONE; count],
                closed: vec![false; count],
                misaligned: None,
            },
        };
        for at in 0..count {
            let enclosing = pass.open.last().map_or(NONE, |open| open.at as u32);
            pass.groups.enclosing.push(enclosing);
            pass.token(at, source.kinds[at]);
        }
        pass.groups.enclosing.push(pass.open.last().map_or(NONE, |open| open.at as u32));
        while let Some(open) = pass.pop() {
            pass.end(open, count, false);
        }
        pass.groups
    }

    /// The innermost bracket that is open before a token.
    pub(super) fn enclosing(&self, index: usize) -> Option<usize> {
        self.enclosing.get(index).filter(|open| **open != NONE).map(|open| *open as usize)
    }

    /// Where the group of an opening bracket ends.
    pub(super) fn end(&self, open: usize) -> Option<End> {
        let at = self.partner.get(open).filter(|at| **at != NONE)?;
        Some(End { at: *at as usize, closed: self.closed[open] })
    }

    /// The bracket that a closing one closes.
    pub(super) fn opened(&self, close: usize) -> Option<usize> {
        self.partner.get(close).filter(|at| **at != NONE && (**at as usize) < close).map(|at| *at as usize)
    }

    /// The opening brace of the first block before `index` that its closing brace does not match by indentation.
    pub(super) fn misaligned(&self, index: usize) -> Option<usize> {
        self.misaligned.filter(|(close, _)| *close < index).map(|(_, open)| open)
    }
}

/// The state of the pass over the tokens.
struct Pass<'t> {
    source: Source<'t>,
    open: Vec<Open>,
    /// How many of them are braces.
    braces: usize,
    groups: Groups,
}

impl Pass<'_> {
    fn token(&mut self, at: usize, kind: Token) {
        match kind {
            Token::OpenParen | Token::OpenSquare => self.open.push(Open { at, kind, block: false }),
            Token::OpenTask => self.open.push(Open { at, kind, block: true }),
            Token::OpenBrace => {
                let block = self.begins_block(at);
                if block && (self.source.starts_line(at) || self.in_condition()) {
                    self.break_off(at);
                }
                self.braces += 1;
                self.open.push(Open { at, kind, block });
            }
            Token::CloseParen => self.close(at, &[Token::OpenParen]),
            Token::CloseSquare | Token::CloseTask => self.close(at, &[Token::OpenSquare, Token::OpenTask]),
            Token::CloseBrace => self.close_brace(at),
            Token::Semicolon if self.source.starts_line(at + 1) || at + 1 == self.source.kinds.len() => {
                self.break_off(at);
            }
            _ if self.open.last().is_some_and(|open| !open.block) && begins_statement(self.source, at) => {
                self.break_off(at);
            }
            _ => {}
        }
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        self.braces -= usize::from(open.kind == Token::OpenBrace);
        Some(open)
    }

    fn end(&mut self, open: Open, at: usize, closed: bool) {
        self.groups.partner[open.at] = at as u32;
        self.groups.closed[open.at] = closed;
        if closed {
            self.groups.partner[at] = open.at as u32;
        }
    }

    /// Ends every group that holds no statements: one begins or ends here.
    fn break_off(&mut self, at: usize) {
        while self.open.last().is_some_and(|open| !open.block)
            && let Some(open) = self.pop()
        {
            self.end(open, at, false);
        }
    }

    fn close(&mut self, at: usize, kinds: &[Token]) {
        let fits = |open: &Open| kinds.contains(&open.kind);
        match &self.open[..] {
            [.., top] if fits(top) => {}
            // The one inside was not closed.
            [.., below, top] if fits(below) && !top.block => {
                if let Some(top) = self.pop() {
                    self.end(top, at, false);
                }
            }
            // The wrong sign; after statements it closes nothing.
            [.., top] if !top.block => {}
            _ => return,
        }
        if let Some(open) = self.pop() {
            self.end(open, at, true);
        }
    }

    fn close_brace(&mut self, at: usize) {
        let starts_line = self.source.starts_line(at);
        // On a line of its own it ends a block, whatever is open inside of that.
        while starts_line
            && self.braces > 0
            && self.open.last().is_some_and(|top| top.kind != Token::OpenBrace)
            && let Some(open) = self.pop()
        {
            self.end(open, at, false);
        }
        let Some(open) = self.pop() else {
            return;
        };
        self.end(open, at, true);
        if starts_line
            && open.kind == Token::OpenBrace
            && self.groups.misaligned.is_none()
            && self.source.indent(open.at) > self.source.indent(at)
        {
            self.groups.misaligned = Some((at, open.at));
        }
    }

    /// Whether the outermost of the groups that a block would end here is a condition: `if(f(a) {`.
    fn in_condition(&self) -> bool {
        let outermost = self.open.iter().rposition(|open| open.block).map_or(0, |i| i + 1);
        let before = self.open.get(outermost).and_then(|open| self.source.kind(open.at.checked_sub(1)?));
        matches!(before, Some(Token::If | Token::While | Token::Catch))
    }

    /// Whether a brace opens a block, not a list or a map: what is before it cannot go on with a value.
    fn begins_block(&self, at: usize) -> bool {
        match at.checked_sub(1).and_then(|i| self.source.kind(i)) {
            None => true,
            Some(Token::OpenBrace) => self.open.last().is_some_and(|open| open.block),
            Some(Token::Return | Token::Info | Token::Throw | Token::In) => false,
            Some(Token::OpenParen | Token::OpenSquare | Token::OpenTask | Token::Comma | Token::Colon) => false,
            Some(before) => !(Token::Dot..=Token::Pipe).contains(&before),
        }
    }
}
