//! Reads a COQL query.

use serde_json::Value;

/// Deeper nesting of conditions is refused.
const MOST_NESTED: usize = 30;

/// A query.
#[derive(Debug, PartialEq)]
pub(super) struct SelectQuery {
    pub(super) columns: Vec<Column>,
    pub(super) module: String,
    pub(super) condition: Condition,
    pub(super) group: Vec<String>,
    /// Columns, and whether downwards.
    pub(super) order: Vec<(String, bool)>,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// A column of the result.
#[derive(Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    /// `count`, `sum`, `avg`, `min` or `max`.
    pub(super) function: Option<String>,
    pub(super) alias: Option<String>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Is { column: String, test: Test },
}

#[derive(Debug, PartialEq)]
pub(super) enum Test {
    Null(bool),
    Equal(Value),
    Unequal(Value),
    Less(Value),
    LessEqual(Value),
    Greater(Value),
    GreaterEqual(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Between(Value, Value),
    NotBetween(Value, Value),
    Like(String),
    NotLike(String),
}

impl Condition {
    /// Adds the names of the columns that are asked about.
    pub(super) fn names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Condition::All(terms) | Condition::Any(terms) => terms.iter().for_each(|term| term.names(names)),
            Condition::Is { column, .. } => names.push(column),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

/// What is wrong, and near which word.
type Wrong = (String, String);

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first == '\'' || first == '"' {
            let mut value = String::new();
            let mut end = None;
            let mut chars = rest.char_indices().skip(1);
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => value.extend(chars.next().map(|(_, c)| c)),
                    c if c == first => {
                        end = Some(at + 1);
                        break;
                    }
                    c => value.push(c),
                }
            }
            length = end.ok_or_else(|| ("a quote is not closed".to_owned(), value.clone()))?;
            tokens.push(Token::Text(value));
        } else if first.is_alphanumeric() || matches!(first, '_' | '-' | '$' | '{') {
            let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':' | '+' | '$' | '{' | '}');
            length = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
        } else {
            let two = rest.get(..2).filter(|two| matches!(*two, "!=" | "<=" | ">=" | "<>"));
            let sign = two.map_or_else(|| first.to_string(), str::to_owned);
            length = sign.len();
            tokens.push(Token::Sign(sign));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

/// Reads a query.
pub(super) fn query(text: &str) -> Result<SelectQuery, Wrong> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    if !reader.word("select") {
        return Err(("The request contains a query other than select.".into(), reader.near()));
    }
    let mut columns = vec![reader.column()?];
    while reader.sign(",") {
        columns.push(reader.column()?);
    }
    if !reader.word("from") {
        return Err(("The query does not contain the from clause.".into(), reader.near()));
    }
    let module = reader.name()?;
    let no_where = "The query does not contain either proper criteria, base table, or the where clause.";
    if !reader.word("where") {
        return Err((no_where.into(), reader.near()));
    }
    let condition = reader.condition(0)?;
    let mut query =
        SelectQuery { columns, module, condition, group: Vec::new(), order: Vec::new(), offset: 0, limit: 200 };
    if reader.word("group") {
        reader.expect_word("by")?;
        query.group.push(reader.name()?);
        while reader.sign(",") {
            query.group.push(reader.name()?);
        }
    }
    if reader.word("order") {
        reader.expect_word("by")?;
        loop {
            let name = reader.name()?;
            let descending = reader.word("desc");
            if !descending {
                reader.word("asc");
            }
            query.order.push((name, descending));
            if !reader.sign(",") {
                break;
            }
        }
    }
    if reader.word("limit") {
        query.limit = reader.count()?;
        // `limit 10, 20` skips ten.
        if reader.sign(",") {
            query.offset = query.limit;
            query.limit = reader.count()?;
        }
    }
    if reader.word("offset") {
        query.offset = reader.count()?;
    }
    match reader.peek() {
        None => Ok(query),
        Some(_) => Err(reader.wrong("unexpected text")),
    }
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn near(&self) -> String {
        match self.peek() {
            Some(Token::Word(text) | Token::Text(text) | Token::Sign(text)) => text.clone(),
            None => String::new(),
        }
    }

    fn wrong(&self, message: &str) -> Wrong {
        (message.to_owned(), self.near())
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(text)) if text.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(text)) if text == sign);
        self.at += usize::from(found);
        found
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Wrong> {
        if self.word(word) { Ok(()) } else { Err(self.wrong(&format!("{word} is missing"))) }
    }

    fn expect(&mut self, sign: &str) -> Result<(), Wrong> {
        if self.sign(sign) { Ok(()) } else { Err(self.wrong(&format!("{sign} is missing"))) }
    }

    fn name(&mut self) -> Result<String, Wrong> {
        match self.peek() {
            Some(Token::Word(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.wrong("a name is missing")),
        }
    }

    fn count(&mut self) -> Result<usize, Wrong> {
        let near = self.near();
        self.name()?.parse().map_err(|_| ("a number is missing".to_owned(), near))
    }

    fn column(&mut self) -> Result<Column, Wrong> {
        let name = if self.sign("*") { "*".to_owned() } else { self.name()? };
        let mut column = Column { name, function: None, alias: None };
        if self.sign("(") {
            let function = column.name.to_lowercase();
            if !matches!(function.as_str(), "count" | "sum" | "avg" | "min" | "max") {
                return Err((format!("the function {function} is not supported"), column.name));
            }
            column.name = if self.sign("*") { "*".to_owned() } else { self.name()? };
            column.function = Some(function);
            self.expect(")")?;
        }
        if self.word("as") {
            column.alias = Some(match self.peek().cloned() {
                Some(Token::Text(text)) => {
                    self.at += 1;
                    text
                }
                _ => self.name()?,
            });
        }
        Ok(column)
    }

    /// `term { and term | or term }`; `and` binds tighter.
    fn condition(&mut self, depth: usize) -> Result<Condition, Wrong> {
        if depth > MOST_NESTED {
            return Err(self.wrong("nested too deeply"));
        }
        let mut any = vec![vec![self.term(depth)?]];
        loop {
            let and = self.word("and");
            if !and && !self.word("or") {
                break;
            }
            let next = self.term(depth)?;
            match any.last_mut() {
                Some(all) if and => all.push(next),
                _ => any.push(vec![next]),
            }
        }
        let all = |mut terms: Vec<Condition>| if terms.len() == 1 { terms.remove(0) } else { Condition::All(terms) };
        let mut terms: Vec<Condition> = any.into_iter().map(all).collect();
        Ok(if terms.len() == 1 { terms.remove(0) } else { Condition::Any(terms) })
    }

    fn term(&mut self, depth: usize) -> Result<Condition, Wrong> {
        if self.sign("(") {
            let inner = self.condition(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        let column = self.name()?;
        let test = self.test()?;
        Ok(Condition::Is { column, test })
    }

    fn test(&mut self) -> Result<Test, Wrong> {
        if self.word("is") {
            let not = self.word("not");
            self.expect_word("null")?;
            return Ok(Test::Null(!not));
        }
        let not = self.word("not");
        if self.word("like") {
            let pattern = self.value()?.as_str().unwrap_or_default().to_owned();
            return Ok(if not { Test::NotLike(pattern) } else { Test::Like(pattern) });
        }
        if self.word("in") {
            self.expect("(")?;
            let mut values = vec![self.value()?];
            while self.sign(",") {
                values.push(self.value()?);
            }
            self.expect(")")?;
            return Ok(if not { Test::NotIn(values) } else { Test::In(values) });
        }
        if self.word("between") {
            let first = self.value()?;
            self.expect_word("and")?;
            let last = self.value()?;
            return Ok(if not { Test::NotBetween(first, last) } else { Test::Between(first, last) });
        }
        let Some(Token::Sign(sign)) = self.peek().cloned() else { return Err(self.wrong("an operator is missing")) };
        self.at += 1;
        let value = self.value()?;
        match sign.as_str() {
            "=" => Ok(Test::Equal(value)),
            "!=" | "<>" => Ok(Test::Unequal(value)),
            "<" => Ok(Test::Less(value)),
            "<=" => Ok(Test::LessEqual(value)),
            ">" => Ok(Test::Greater(value)),
            ">=" => Ok(Test::GreaterEqual(value)),
            other => Err(("invalid operator".to_owned(), other.to_owned())),
        }
    }

    fn value(&mut self) -> Result<Value, Wrong> {
        let value = match self.peek() {
            Some(Token::Text(text)) => Value::from(text.clone()),
            Some(Token::Word(word)) => match word.to_lowercase().as_str() {
                "null" => Value::Null,
                "true" => true.into(),
                "false" => false.into(),
                _ => Value::from(word.clone()),
            },
            _ => return Err(self.wrong("a value is missing")),
        };
        self.at += 1;
        Ok(value)
    }
}
