//! Cuts an XPath into words.

/// A word of an XPath.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `/ // . .. @ ( ) [ ] , :: | + - = != < <= > >= * $`
    Sign(&'static str),
    /// A name, with its prefix; `p:*` is prefix and `*`.
    Name(Option<String>, String),
    /// `and or mod div` and the `*` that multiplies.
    Operator(&'static str),
    /// A text in quotes.
    Literal(String),
    /// A number.
    Number(f64),
}

/// The longer signs first, so that they win.
const SIGNS: &[&str] = &[
    "//", "::", "..", "!=", "<=", ">=", "/", ".", "@", "(", ")", "[", "]", ",", "|", "+", "-", "=", "<", ">", "*", "$",
];

/// The words of an XPath, or what is wrong with it.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after_operand = tokens.last().is_some_and(ends_operand);
        if first == '"' || first == '\'' {
            let end = rest[1..].find(first).ok_or_else(|| format!("the text {rest} has no closing quote"))?;
            tokens.push(Token::Literal(rest[1..=end].to_owned()));
            rest = &rest[end + 2..];
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number = rest[..len].parse().map_err(|_| format!("{} is no number", &rest[..len]))?;
            tokens.push(Token::Number(number));
            rest = &rest[len..];
        } else if is_name_start(first) {
            let (name, after) = split_name(rest);
            rest = after;
            if let Some(operator) = ["and", "or", "mod", "div"].iter().find(|o| **o == name)
                && after_operand
            {
                tokens.push(Token::Operator(operator));
                rest = rest.trim_start();
                continue;
            }
            let local = rest.strip_prefix(':').filter(|r| !r.starts_with(':'));
            match local {
                Some(local) if local.starts_with('*') => {
                    tokens.push(Token::Name(Some(name.to_owned()), "*".into()));
                    rest = &local[1..];
                }
                Some(local) if local.starts_with(is_name_start) => {
                    let (second, after) = split_name(local);
                    tokens.push(Token::Name(Some(name.to_owned()), second.to_owned()));
                    rest = after;
                }
                Some(_) => return Err(format!("a name is missing after {name}:")),
                None => tokens.push(Token::Name(None, name.to_owned())),
            }
        } else {
            let sign = SIGNS
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .ok_or_else(|| format!("the sign {first} has no meaning"))?;
            tokens.push(match *sign {
                "*" if after_operand => Token::Operator("*"),
                sign => Token::Sign(sign),
            });
            rest = &rest[sign.len()..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// Whether a word can end an operand: then a name or `*` after it is an operator.
fn ends_operand(token: &Token) -> bool {
    match token {
        Token::Sign(sign) => matches!(*sign, ")" | "]" | "." | ".." | "*"),
        Token::Operator(_) => false,
        Token::Name(..) | Token::Literal(_) | Token::Number(_) => true,
    }
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn split_name(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(is_name_start(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{b7}')))
        .unwrap_or(text.len());
    text.split_at(end)
}
