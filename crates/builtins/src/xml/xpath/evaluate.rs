//! Walks the tree of an XPath over a document.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::budget;
use roxmltree::Document;

use super::item::Item;
use super::{Axis, Expr, Operator, Path, Start, Step, Test};

/// Nodes that one XPath may look at, so that `//*[//*[//*]]` ends.
const MAX_VISITS: usize = 5_000_000;

/// The result of an expression.
pub(in super::super) enum XPathValue<'a> {
    /// Nodes, in the order of the document, each once.
    Nodes(Vec<Item<'a>>),
    /// A truth.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// A failure: what is wrong with the expression, or a limit.
pub(super) type Result<T> = std::result::Result<T, Box<Problem>>;

/// An XPath at work on a document.
pub(in super::super) struct Evaluator<'a> {
    pub(super) document: &'a Document<'a>,
    visits: usize,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(super) struct XPathContext<'a> {
    pub(super) item: Item<'a>,
    /// From 1.
    pub(super) position: usize,
    pub(super) size: usize,
}

/// The problem of an XPath, in Zoho's words.
#[cold]
pub(in super::super) fn invalid(help: String) -> Box<Problem> {
    Box::new(Problem::new(Code::CannotParse, "Invalid XML or Invalid XPath").with_help(help))
}

impl<'a> Evaluator<'a> {
    /// Prepares a document.
    pub(in super::super) fn new(document: &'a Document<'a>) -> Self {
        Self { document, visits: 0 }
    }

    /// The namespace of a prefix: the first declaration in the document counts.
    fn namespace_of(&self, prefix: &str) -> Result<&'a str> {
        if prefix == "xml" {
            return Ok("http://www.w3.org/XML/1998/namespace");
        }
        self.document
            .descendants()
            .find_map(|node| node.lookup_namespace_uri(Some(prefix)))
            .ok_or_else(|| invalid(format!("The document has no prefix {prefix}:.")))
    }

    /// The result of an expression at the root of the document.
    pub(in super::super) fn run(&mut self, expr: &Expr) -> Result<XPathValue<'a>> {
        let place = XPathContext { item: Item::Node(self.document.root()), position: 1, size: 1 };
        self.evaluate(expr, place)
    }

    pub(super) fn evaluate(&mut self, expr: &Expr, place: XPathContext<'a>) -> Result<XPathValue<'a>> {
        Ok(match expr {
            Expr::Literal(text) => XPathValue::Text(text.clone()),
            Expr::Number(number) => XPathValue::Number(*number),
            Expr::Negate(inner) => XPathValue::Number(-self.operand(inner, place)?.number()),
            Expr::Path(path) => XPathValue::Nodes(self.path(path, place)?),
            Expr::Call(name, args) => self.call(name, args, place)?,
            Expr::Binary(Operator::Or, a, b) => {
                XPathValue::Bool(self.evaluate(a, place)?.truth() || self.evaluate(b, place)?.truth())
            }
            Expr::Binary(Operator::And, a, b) => {
                XPathValue::Bool(self.evaluate(a, place)?.truth() && self.evaluate(b, place)?.truth())
            }
            Expr::Binary(operator, a, b) => {
                let (a, b) = (self.operand(a, place)?, self.operand(b, place)?);
                self.binary(*operator, a, b)?
            }
        })
    }

    /// As [`Evaluator::evaluate`], for what will be read as text: counts the nodes that hold it.
    pub(super) fn operand(&mut self, expr: &Expr, place: XPathContext<'a>) -> Result<XPathValue<'a>> {
        let value = self.evaluate(expr, place)?;
        if let XPathValue::Nodes(items) = &value {
            let within = |item: &Item<'a>| match item {
                Item::Node(node) => node.descendants().size_hint().0,
                _ => 1,
            };
            self.visit(items.iter().map(within).sum())?;
        }
        Ok(value)
    }

    fn binary(&mut self, operator: Operator, a: XPathValue<'a>, b: XPathValue<'a>) -> Result<XPathValue<'a>> {
        use Operator::{Divide, Minus, Modulo, Plus, Times, Union};
        let arithmetic = |f: fn(f64, f64) -> f64| XPathValue::Number(f(a.number(), b.number()));
        Ok(match operator {
            Plus => arithmetic(|a, b| a + b),
            Minus => arithmetic(|a, b| a - b),
            Times => arithmetic(|a, b| a * b),
            Divide => arithmetic(|a, b| a / b),
            Modulo => arithmetic(|a, b| a % b),
            Union => match (a, b) {
                (XPathValue::Nodes(mut a), XPathValue::Nodes(b)) => {
                    a.extend(b);
                    XPathValue::Nodes(ordered(a))
                }
                _ => return Err(invalid("`|` joins nodes only.".into())),
            },
            comparison => XPathValue::Bool(self.compare(comparison, &a, &b)?),
        })
    }

    /// Comparisons: of node sets, some node must fulfil it.
    fn compare(&mut self, operator: Operator, a: &XPathValue<'a>, b: &XPathValue<'a>) -> Result<bool> {
        use XPathValue::{Bool, Nodes, Number, Text};
        let is_order = !matches!(operator, Operator::Equal | Operator::NotEqual);
        Ok(match (a, b) {
            (Nodes(a), Nodes(b)) => {
                self.visit(a.len().saturating_mul(b.len()))?;
                let right: Vec<String> = b.iter().map(|item| item.text()).collect();
                a.iter().any(|item| {
                    let left = item.text();
                    right.iter().any(|right| match is_order {
                        true => numbers(operator, number_of(&left), number_of(right)),
                        false => (left == *right) == (operator == Operator::Equal),
                    })
                })
            }
            (Bool(_), _) | (_, Bool(_)) if !is_order => (a.truth() == b.truth()) == (operator == Operator::Equal),
            (Nodes(items), other) => self.compare_each(operator, items, other, false)?,
            (other, Nodes(items)) => self.compare_each(operator, items, other, true)?,
            (Text(a), Text(b)) if !is_order => (a == b) == (operator == Operator::Equal),
            (Number(_) | Text(_) | Bool(_), Number(_) | Text(_) | Bool(_)) => numbers(operator, a.number(), b.number()),
        })
    }

    /// Compares every node with a value; `swapped` when the value is on the left.
    fn compare_each(
        &mut self,
        operator: Operator,
        items: &[Item<'a>],
        other: &XPathValue<'a>,
        swapped: bool,
    ) -> Result<bool> {
        for item in items {
            let text = XPathValue::Text(item.text());
            let holds =
                if swapped { self.compare(operator, other, &text)? } else { self.compare(operator, &text, other)? };
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn path(&mut self, path: &Path, place: XPathContext<'a>) -> Result<Vec<Item<'a>>> {
        let mut items = match &path.start {
            Start::Here => vec![place.item],
            Start::Root => vec![Item::Node(self.document.root())],
            Start::Filter(expr, predicates) => match self.evaluate(expr, place)? {
                XPathValue::Nodes(mut items) => {
                    for predicate in predicates {
                        items = self.filter(items, predicate)?;
                    }
                    items
                }
                _ => return Err(invalid("a path goes on from nodes only.".into())),
            },
        };
        for step in &path.steps {
            let mut next = Vec::new();
            for item in &items {
                next.extend(self.step(step, *item)?);
            }
            // One start gives its nodes in order already, save on the axes that run backwards.
            items = if items.len() > 1 || step.axis.is_reverse() { ordered(next) } else { next };
        }
        Ok(items)
    }

    fn step(&mut self, step: &Step, from: Item<'a>) -> Result<Vec<Item<'a>>> {
        let mut found = self.axis(step.axis, from)?;
        let uri = match &step.test {
            Test::AnyIn(prefix) | Test::Name(Some(prefix), _) => Some(self.namespace_of(prefix)?),
            _ => None,
        };
        found.retain(|item| passes(&step.test, uri, step.axis, *item));
        for predicate in &step.predicates {
            found = self.filter(found, predicate)?;
        }
        Ok(found)
    }

    /// The nodes for which a predicate holds; they are in the order of their axis.
    fn filter(&mut self, items: Vec<Item<'a>>, predicate: &Expr) -> Result<Vec<Item<'a>>> {
        let size = items.len();
        let mut kept = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            self.visit(1)?;
            let place = XPathContext { item, position: i + 1, size };
            let holds = match self.evaluate(predicate, place)? {
                XPathValue::Number(number) => number == (i + 1) as f64,
                other => other.truth(),
            };
            if holds {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    /// The nodes of an axis, nearest first.
    fn axis(&mut self, axis: Axis, from: Item<'a>) -> Result<Vec<Item<'a>>> {
        let node = from.node();
        let inner = match from {
            Item::Node(node) => Some(node),
            _ => None,
        };
        let found: Vec<Item<'a>> = match axis {
            Axis::Itself => vec![from],
            Axis::Parent => match inner {
                Some(node) => node.parent().map(Item::Node).into_iter().collect(),
                None => vec![Item::Node(node)],
            },
            Axis::Ancestor => {
                let above = node.ancestors().skip(usize::from(inner.is_some()));
                above.map(Item::Node).collect()
            }
            Axis::AncestorOrSelf => {
                let above = node.ancestors().skip(usize::from(inner.is_some()));
                std::iter::once(from).chain(above.map(Item::Node)).collect()
            }
            Axis::Attribute => {
                let count = inner.map_or(0, |node| node.attributes().len());
                (0..count).map(|i| Item::Attribute(node, i)).collect()
            }
            Axis::Namespace => {
                let count = inner.filter(|n| n.is_element()).map_or(0, |n| n.namespaces().len());
                (0..count).map(|i| Item::Namespace(node, i)).collect()
            }
            Axis::Child => inner.into_iter().flat_map(|node| node.children()).map(Item::Node).collect(),
            Axis::Descendant => inner.into_iter().flat_map(|node| node.descendants().skip(1)).map(Item::Node).collect(),
            Axis::DescendantOrSelf => match inner {
                Some(node) => node.descendants().map(Item::Node).collect(),
                None => vec![from],
            },
            Axis::FollowingSibling => {
                inner.into_iter().flat_map(|node| node.next_siblings().skip(1)).map(Item::Node).collect()
            }
            Axis::PrecedingSibling => {
                inner.into_iter().flat_map(|node| node.prev_siblings().skip(1)).map(Item::Node).collect()
            }
            Axis::Following => {
                let after = node.ancestors().flat_map(|n| n.next_siblings().skip(1));
                let mut all: Vec<Item<'a>> = after.flat_map(|n| n.descendants()).map(Item::Node).collect();
                if inner.is_none() {
                    all.extend(node.descendants().skip(1).map(Item::Node));
                    all = ordered(all);
                }
                all
            }
            Axis::Preceding => {
                let before = node.ancestors().flat_map(|n| n.prev_siblings().skip(1));
                before.flat_map(|n| n.descendants().rev()).map(Item::Node).collect()
            }
        };
        self.visit(found.len() + 1)?;
        Ok(found)
    }

    /// Counts nodes that are looked at.
    pub(super) fn visit(&mut self, count: usize) -> Result<()> {
        self.visits = self.visits.saturating_add(count);
        if self.visits <= MAX_VISITS {
            return budget::charge(count);
        }
        Err(Box::new(
            Problem::new(Code::LimitReached, "The XPath looks at too many nodes")
                .with_help("Name the elements on the way instead of searching with //."),
        ))
    }
}

/// Whether a node passes a step's test; `uri` is the namespace of the test's prefix.
fn passes(test: &Test, uri: Option<&str>, axis: Axis, item: Item) -> bool {
    // Names and * keep what the axis is about: attributes, namespaces, else elements.
    let principal = match item {
        Item::Node(node) => !matches!(axis, Axis::Attribute | Axis::Namespace) && node.is_element(),
        Item::Attribute(..) => matches!(axis, Axis::Attribute | Axis::Itself),
        Item::Namespace(..) => axis == Axis::Namespace,
    };
    let node = match item {
        Item::Node(node) => Some(node),
        _ => None,
    };
    match test {
        Test::Any => principal,
        Test::AnyIn(_) => principal && Some(item.namespace()) == uri,
        Test::Name(Some(_), name) => principal && item.local_name() == name && Some(item.namespace()) == uri,
        Test::Name(None, name) => principal && item.local_name() == name && item.is_unprefixed(),
        Test::Text => node.is_some_and(|n| n.is_text()),
        Test::Comment => node.is_some_and(|n| n.is_comment()),
        Test::Instruction(target) => {
            node.and_then(|n| n.pi()).is_some_and(|pi| target.as_ref().is_none_or(|t| t == pi.target))
        }
        Test::Node => true,
    }
}

/// Nodes in the order of the document, each once.
fn ordered(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items.sort_by_key(|item| item.place());
    items.dedup();
    items
}

fn numbers(operator: Operator, a: f64, b: f64) -> bool {
    match operator {
        Operator::Equal => a == b,
        Operator::NotEqual => a != b,
        Operator::Less => a < b,
        Operator::LessEqual => a <= b,
        Operator::Greater => a > b,
        _ => a >= b,
    }
}

/// The number that a text is: digits with one point and a sign, else NaN.
pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

impl XPathValue<'_> {
    /// XPath's `boolean()`.
    pub(super) fn truth(&self) -> bool {
        match self {
            XPathValue::Nodes(items) => !items.is_empty(),
            XPathValue::Bool(truth) => *truth,
            XPathValue::Number(number) => *number != 0.0 && !number.is_nan(),
            XPathValue::Text(text) => !text.is_empty(),
        }
    }

    /// XPath's `number()`.
    pub(super) fn number(&self) -> f64 {
        match self {
            XPathValue::Bool(truth) => f64::from(u8::from(*truth)),
            XPathValue::Number(number) => *number,
            XPathValue::Nodes(_) | XPathValue::Text(_) => number_of(&self.text()),
        }
    }

    /// XPath's `string()`.
    pub(in super::super) fn text(&self) -> String {
        match self {
            XPathValue::Nodes(items) => items.first().map(|item| item.text()).unwrap_or_default(),
            XPathValue::Bool(truth) => truth.to_string(),
            XPathValue::Number(number) if number.is_nan() => "NaN".into(),
            XPathValue::Number(number) if number.is_infinite() => {
                if *number > 0.0 { "Infinity" } else { "-Infinity" }.into()
            }
            // Adding zero takes the sign from a negative zero.
            XPathValue::Number(number) => format!("{}", number + 0.0),
            XPathValue::Text(text) => text.clone(),
        }
    }
}
