//! Builds the tree of an XPath from its words.

use super::lexer::{Token, lex};
use super::{Axis, Expr, Operator, Path, Start, Step, Test};

/// Deeper nesting than this is no expression that anybody wrote.
const MAX_DEPTH: usize = 60;

/// The operators by how loosely they bind, loosest first.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<", Operator::Less), ("<=", Operator::LessEqual), (">", Operator::Greater), (">=", Operator::GreaterEqual)],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("div", Operator::Divide), ("mod", Operator::Modulo)],
];

/// The tree of an XPath, or what is wrong with it.
pub(in super::super) fn parse(text: &str) -> Result<Expr, String> {
    let tokens = lex(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
    let expr = parser.expression(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(format!("{} was not expected", show(token))),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

fn show(token: &Token) -> String {
    match token {
        Token::Sign(sign) | Token::Operator(sign) => (*sign).to_owned(),
        Token::Name(Some(prefix), name) => format!("{prefix}:{name}"),
        Token::Name(None, name) => name.clone(),
        Token::Literal(text) => format!("\"{text}\""),
        Token::Number(number) => number.to_string(),
    }
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(s)) if *s == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => format!("{sign} was expected, but found {}", show(token)),
            None => format!("{sign} is missing at the end"),
        })
    }

    /// Operators of a level and all that bind tighter.
    fn expression(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        self.depth += usize::from(level == 0);
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deeply".into());
        }
        let mut left = self.expression(level + 1)?;
        while let Some(Token::Sign(word) | Token::Operator(word)) = self.peek() {
            let Some((_, operator)) = operators.iter().find(|(sign, _)| sign == word) else {
                break;
            };
            self.at += 1;
            let right = self.expression(level + 1)?;
            left = Expr::Binary(*operator, Box::new(left), Box::new(right));
        }
        self.depth -= usize::from(level == 0);
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        let mut signs = 0;
        while self.take("-") {
            signs += 1;
        }
        let mut expr = self.path()?;
        while self.take("|") {
            let right = self.path()?;
            expr = Expr::Binary(Operator::Union, Box::new(expr), Box::new(right));
        }
        // An even number of signs still makes a number of the operand.
        for _ in 0..if signs == 0 { 0 } else { 2 - signs % 2 } {
            expr = Expr::Negate(Box::new(expr));
        }
        Ok(expr)
    }

    fn path(&mut self) -> Result<Expr, String> {
        if self.starts_primary() {
            let primary = self.primary()?;
            let predicates = self.predicates()?;
            if predicates.is_empty() && !self.is("/") && !self.is("//") {
                return Ok(primary);
            }
            let start = Start::Filter(Box::new(primary), predicates);
            let mut steps = Vec::new();
            self.more_steps(&mut steps)?;
            return Ok(Expr::Path(Path { start, steps }));
        }
        let mut steps = Vec::new();
        let start = if self.take("//") {
            steps.push(any_descendant());
            steps.push(self.step()?);
            Start::Root
        } else if self.take("/") {
            if self.starts_step() {
                steps.push(self.step()?);
            }
            Start::Root
        } else {
            steps.push(self.step()?);
            Start::Here
        };
        if !steps.is_empty() {
            self.more_steps(&mut steps)?;
        }
        Ok(Expr::Path(Path { start, steps }))
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> Result<(), String> {
        loop {
            if self.take("//") {
                steps.push(any_descendant());
            } else if !self.take("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    /// A bracket, a text, a number, or a call that is no test of a node's kind.
    fn starts_primary(&self) -> bool {
        match self.peek() {
            Some(Token::Literal(_) | Token::Number(_) | Token::Sign("(" | "$")) => true,
            Some(Token::Name(_, name)) => {
                let call = matches!(self.tokens.get(self.at + 1), Some(Token::Sign("(")));
                call && !matches!(name.as_str(), "text" | "comment" | "processing-instruction" | "node")
            }
            _ => false,
        }
    }

    fn starts_step(&self) -> bool {
        matches!(self.peek(), Some(Token::Name(..) | Token::Sign("." | ".." | "@" | "*")))
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.peek();
        self.at += 1;
        match token {
            Some(Token::Literal(text)) => Ok(Expr::Literal(text.clone())),
            Some(Token::Number(number)) => Ok(Expr::Number(*number)),
            Some(Token::Sign("(")) => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(None, name)) => {
                self.expect("(")?;
                let mut args = Vec::new();
                if !self.take(")") {
                    loop {
                        args.push(self.expression(0)?);
                        if !self.take(",") {
                            break;
                        }
                    }
                    self.expect(")")?;
                }
                Ok(Expr::Call(name.clone(), args))
            }
            Some(Token::Sign("$")) => Err("variables are not supported".into()),
            Some(token) => Err(format!("{} was not expected", show(token))),
            None => Err("it ends too early".into()),
        }
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, String> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.expression(0)?);
            self.expect("]")?;
        }
        Ok(predicates)
    }

    fn step(&mut self) -> Result<Step, String> {
        let short = |axis| Step { axis, test: Test::Node, predicates: Vec::new() };
        if self.take(".") {
            return Ok(short(Axis::Itself));
        }
        if self.take("..") {
            return Ok(short(Axis::Parent));
        }
        let mut axis = Axis::Child;
        if self.take("@") {
            axis = Axis::Attribute;
        } else if let (Some(Token::Name(None, name)), Some(Token::Sign("::"))) =
            (self.peek(), self.tokens.get(self.at + 1))
        {
            axis = axis_of(name).ok_or_else(|| format!("there is no axis {name}"))?;
            self.at += 2;
        }
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates })
    }

    fn test(&mut self) -> Result<Test, String> {
        let token = self.peek();
        self.at += 1;
        let (prefix, name) = match token {
            Some(Token::Sign("*")) => return Ok(Test::Any),
            Some(Token::Name(prefix, name)) => (prefix.clone(), name.clone()),
            Some(token) => return Err(format!("{} was not expected", show(token))),
            None => return Err("it ends too early".into()),
        };
        if prefix.is_none() && self.take("(") {
            let test = match name.as_str() {
                "text" => Test::Text,
                "comment" => Test::Comment,
                "node" => Test::Node,
                "processing-instruction" => match self.peek() {
                    Some(Token::Literal(target)) => {
                        self.at += 1;
                        Test::Instruction(Some(target.clone()))
                    }
                    _ => Test::Instruction(None),
                },
                other => return Err(format!("{other}() cannot be a step")),
            };
            self.expect(")")?;
            return Ok(test);
        }
        Ok(match (prefix, name.as_str()) {
            (Some(prefix), "*") => Test::AnyIn(prefix),
            (prefix, _) => Test::Name(prefix, name),
        })
    }
}

/// The step that `//` means.
fn any_descendant() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() }
}

fn axis_of(name: &str) -> Option<Axis> {
    Some(match name {
        "ancestor" => Axis::Ancestor,
        "ancestor-or-self" => Axis::AncestorOrSelf,
        "attribute" => Axis::Attribute,
        "child" => Axis::Child,
        "descendant" => Axis::Descendant,
        "descendant-or-self" => Axis::DescendantOrSelf,
        "following" => Axis::Following,
        "following-sibling" => Axis::FollowingSibling,
        "namespace" => Axis::Namespace,
        "parent" => Axis::Parent,
        "preceding" => Axis::Preceding,
        "preceding-sibling" => Axis::PrecedingSibling,
        "self" => Axis::Itself,
        _ => return None,
    })
}
