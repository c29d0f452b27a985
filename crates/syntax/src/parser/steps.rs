//! How many steps parsing takes: no more than a few for each token, whatever the mistakes.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use crate::brackets::prepare;
use crate::lexer::{Texts, lex};
use crate::parser::parse_counted;
use std::path::{Path, PathBuf};

/// Steps for each token; a script without mistakes takes three to six.
const MOST: usize = 40;

/// The tokens of a source, and the steps for parsing them.
fn steps(source: &str, texts: Texts) -> (usize, usize) {
    let mut lexed = lex(source, texts);
    match prepare(&mut lexed.kinds) {
        Ok(()) => (lexed.kinds.len(), parse_counted(source, &lexed).1),
        Err(_) => (0, 0),
    }
}

fn is_linear(source: &str, shown: &str) {
    for texts in [Texts::MayRunOn, Texts::EndWithLine] {
        let (tokens, steps) = steps(source, texts);
        assert!(steps <= MOST * (tokens + 10), "{steps} steps for {tokens} tokens of {shown}");
    }
}

#[test]
fn repeated_mistakes_are_linear() {
    for piece in [
        "try\n{\n\tx = f(\"g(\"A\",y.z(),w);\n}\ncatch (e)\n{\n}\na = 1;\n",
        "h = \"\";\n}\nk = \"\";\nif(n != \"\")\n{\n\ttry\n\t{\n\t\tm = s.r(\"A\",\"(Aor.u(\"app\",",
        "try { ",
        "try { x = f(1 1; } ",
        "if(a) { x = f(1; ",
        "if(a) { try { } ",
        "for each x in f(1 1) { ",
        "x = f(1,\ny = f(2,\n",
        "x = f( y = f( 1 1 ",
        "x = {list:int({list:int( 1 1",
        "x = a +\nif(b,c,d) +\n",
        "x = {1:{1:{1:2, (3) ",
        "x = F[A] range from F[B] ",
        "x = a ? (b ? c ",
        "insert into F [ A = insert into F [ A = 1 1 ",
        "alert((alert(",
        "f(((1 1) 1) 1) ",
        "switch(f(1)) { switch(f(2)) { } ",
        "let x = f(let y = ",
        "void f(string a) { void g( { ",
        "[ ) ( ] { ) ",
        "x = invokeurl [ url: f(1 1 type: g(",
    ] {
        for times in [3, 20, 60, 200, 1_000] {
            is_linear(&piece.repeat(times), &format!("{times} x {piece:?}"));
        }
    }
}

fn golden(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            golden(&path, found);
        } else if path.extension().is_some_and(|e| e == "dg") {
            found.push(path);
        }
    }
}

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// A piece of a text between two places where a character begins.
    fn piece<'s>(&mut self, text: &'s str) -> &'s str {
        let (a, b) = (self.below(text.len() + 1), self.below(text.len() + 1));
        text.get(a.min(b)..a.max(b)).unwrap_or("")
    }

    /// A copy with a piece cut out, repeated, or put in from elsewhere.
    fn mutate(&mut self, text: &str, other: &str) -> String {
        const FRAGMENTS: &[&str] =
            &["\"", "'", "(", ")", "{", "}", "[", "]", "try {", "if(", "= f(", ";", "\n", "list:int(", "/*", "<%"];
        let place = self.below(text.len() + 1);
        let Some((head, tail)) = text.split_at_checked(place) else {
            return text.to_owned();
        };
        match self.below(4) {
            0 => format!("{head}{}{tail}", FRAGMENTS[self.below(FRAGMENTS.len())]),
            1 => format!("{head}{}", tail.replacen(self.piece(tail), "", 1)),
            2 => {
                let piece = self.piece(head).to_owned();
                let piece = piece.get(..200).unwrap_or(&piece).repeat(1 + self.below(12));
                format!("{head}{piece}{tail}")
            }
            _ => format!("{head}{}{tail}", self.piece(other)),
        }
    }
}

#[test]
fn mutated_scripts_are_linear() {
    let mut files = Vec::new();
    golden(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite"), &mut files);
    files.sort();
    let scripts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(scripts.len() > 40);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..600 {
        let script = &scripts[random.below(scripts.len())];
        let script = script.get(..6_000).unwrap_or(script);
        let mut source = random.piece(script).to_owned();
        for _ in 0..1 + random.below(6) {
            let other = random.below(scripts.len());
            let other = scripts[other].get(..3_000).unwrap_or(&scripts[other]);
            source = random.mutate(&source, other);
        }
        is_linear(&source, &format!("round {round}: {source}"));
    }
}
