//! Finds what has to be made up so that a condition holds, or does not.

use std::cell::Cell;

use rainwright_effect::{Data, Decimal};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp, deep};
use rainwright_value::Kind;

use crate::infer::{Abs, Analysis, How, Vals, constant, constants, sources};
use crate::make::Choice;
use crate::shape::Id;

/// Choices that belong together.
pub(crate) type Choices = Vec<(Id, Choice)>;

/// The most ways that are tried for one condition.
const MOST: usize = 10;

/// Ways to make a condition come out as wanted, the likeliest first.
pub(crate) fn solve(analysis: &Analysis<'_>, expr: &Expr, want: bool, now: i64) -> Vec<Choices> {
    let solver = Solver { analysis, now, followed: Cell::new(0) };
    let mut ways = solver.ways(expr, want);
    ways.extend(solver.shots(expr));
    ways.dedup();
    ways.truncate(MOST * 2);
    ways
}

struct Solver<'a> {
    analysis: &'a Analysis<'a>,
    now: i64,
    /// How many variables were followed to what they are assigned.
    followed: Cell<usize>,
}

/// How many variables in a row are followed to what they are assigned.
const FOLLOWED: usize = 3;

impl Solver<'_> {
    fn vals(&self, expr: &Expr) -> Vals {
        self.analysis.at.get(&expr.span).cloned().unwrap_or_default()
    }

    fn ways(&self, expr: &Expr, want: bool) -> Vec<Choices> {
        let mut ways = deep(|| self.shallow(expr, want));
        ways.truncate(MOST);
        ways
    }

    fn shallow(&self, expr: &Expr, want: bool) -> Vec<Choices> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.ways(inner, want),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.ways(operand, !want),
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right, .. } => {
                let (a, b) = (self.ways(left, want), self.ways(right, want));
                // `and` holds when both do, `or` fails when both do: those need both sides at once.
                if (*op == BinaryOp::And) == want { both(a, b) } else { a.into_iter().chain(b).collect() }
            }
            ExprKind::Binary { op, left, right, .. } => {
                let (a, b) = (self.vals(left), self.vals(right));
                let mut ways = self.compare(*op, &a, &b, want);
                ways.extend(self.compare(mirrored(*op), &b, &a, want));
                for (side, other) in [(left, right), (right, left)] {
                    if let Some(Data::Bool(flag)) = constant(other)
                        && let Some(equal) = equality(*op)
                    {
                        ways.extend(self.ways(side, want == (flag == equal)));
                    }
                    ways.extend(self.turns(side, &self.vals(other)));
                }
                ways
            }
            ExprKind::Name(name) => {
                let direct = sources(&self.vals(expr));
                let mut ways: Vec<Choices> =
                    direct.into_iter().map(|id| vec![(id, Choice::Value(Data::Bool(want)))]).collect();
                ways.extend(self.follow(name, want));
                ways
            }
            ExprKind::Method { name, .. } if is_get(&name.name) => {
                sources(&self.vals(expr)).into_iter().map(|id| vec![(id, Choice::Value(Data::Bool(want)))]).collect()
            }
            ExprKind::Method { object, name, args } => {
                let on = self.vals(object);
                let first = args.first().map(|arg| self.vals(&arg.value)).unwrap_or_default();
                let mut ways = self.test(&name.name.to_ascii_lowercase(), &on, &first, want);
                ways.extend(self.turns(object, &[]));
                ways
            }
            ExprKind::Call { name, args } if !args.is_empty() => {
                let on = self.vals(&args[0].value);
                let first = args.get(1).map(|arg| self.vals(&arg.value)).unwrap_or_default();
                let mut ways = self.test(&name.name.to_ascii_lowercase(), &on, &first, want);
                ways.extend(self.turns(&args[0].value, &[]));
                ways
            }
            _ => sources(&self.vals(expr)).into_iter().map(|id| vec![(id, Choice::Value(Data::Bool(want)))]).collect(),
        }
    }

    /// Ways to make a variable true or false: those of what it is assigned.
    fn follow(&self, name: &str, want: bool) -> Vec<Choices> {
        let Some(definitions) = self.analysis.definitions.get(name) else { return Vec::new() };
        if self.followed.get() >= FOLLOWED {
            return Vec::new();
        }
        self.followed.set(self.followed.get() + 1);
        let computed = definitions.iter().rev().filter(|value| constant(value).is_none()).take(4);
        let mut ways: Vec<Choices> = computed.flat_map(|value| self.ways(value, want)).collect();
        self.followed.set(self.followed.get() - 1);
        // Without a turn of the loop that sets it, a flag stays what it was.
        ways.extend(self.loops_over(name).iter().map(|id| vec![(*id, Choice::Count(0))]));
        ways
    }

    /// The made-up lists whose loops set a variable.
    fn loops_over(&self, name: &str) -> &[Id] {
        self.analysis.set_by.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Other numbers of turns of the loops that set what a condition looks at: a counter, a total, a text that grows. None at
    /// all leave it what it was; it is often counted up to what it is compared with.
    fn turns(&self, side: &Expr, other: &[Abs]) -> Vec<Choices> {
        let mut side = side;
        while let ExprKind::Paren(inner) = &side.kind {
            side = inner;
        }
        let ExprKind::Name(name) = &side.kind else { return Vec::new() };
        let mut counts = vec![0];
        for constant in constants(other) {
            if let Data::Number(number @ 1..=100) = constant {
                counts.extend([*number as usize, *number as usize + 1]);
            }
        }
        let loops = self.loops_over(name);
        counts.iter().flat_map(|count| loops.iter().map(|id| vec![(*id, Choice::Count(*count))])).collect()
    }

    /// Something that is there, of the kind that is made up anyway.
    fn something(&self, id: Id) -> Choice {
        let shape = self.analysis.shapes.get(id);
        if shape.item.is_some() {
            return Choice::Count(2);
        }
        if !shape.fields.is_empty() {
            return Choice::Kind(Kind::Map);
        }
        Choice::Value(Data::Text(crate::words::text(&shape.name, crate::words::Turn { now: self.now, index: 0 })))
    }

    fn compare(&self, op: BinaryOp, a: &[Abs], b: &[Abs], want: bool) -> Vec<Choices> {
        let mut ways = Vec::new();
        let (op, want) = match op {
            BinaryOp::NotEqual | BinaryOp::IsNot => (BinaryOp::Equal, !want),
            BinaryOp::Is => (BinaryOp::Equal, want),
            BinaryOp::NotIn => (BinaryOp::In, !want),
            op => (op, want),
        };
        for val in a {
            if let Abs::Derived(id, How::Span { unit, from }) = val {
                for count in spans(op, b, want) {
                    let hours = count.saturating_mul(i64::from(*unit)).clamp(-960_000, 960_000);
                    let days = (if *from { -hours } else { hours }).div_euclid(24);
                    ways.push(vec![(*id, self.date(*id, days))]);
                }
            }
        }
        for id in sources(a) {
            let sized = a.contains(&Abs::Derived(id, How::Size));
            for constant in constants(b) {
                for choice in self.choices(op, id, sized, constant, want) {
                    ways.push(vec![(id, choice)]);
                }
            }
            if op == BinaryOp::In {
                for val in b {
                    if let Abs::Local(local) = val {
                        for item in constants(&self.analysis.locals[*local].items) {
                            let choice = if want { item.clone() } else { other_than(item) };
                            ways.push(vec![(id, Choice::Value(choice))]);
                        }
                    }
                }
            }
            let unknown = constants(b).next().is_none();
            if unknown {
                ways.extend(self.against_unknown(op, id, b, want));
            }
        }
        ways
    }

    /// Ways to compare with something that is only known when it runs: today, another made-up value.
    fn against_unknown(&self, op: BinaryOp, id: Id, b: &[Abs], want: bool) -> Vec<Choices> {
        let mut ways = Vec::new();
        for other in sources(b) {
            if op == BinaryOp::Equal && other != id {
                let same = Data::Text("Same".into());
                let (x, y) = if want { (same.clone(), same) } else { (same, Data::Text("Different".into())) };
                ways.push(vec![(id, Choice::Value(x)), (other, Choice::Value(y))]);
                let (x, y) = if want { (Data::Number(7), Data::Number(7)) } else { (Data::Number(7), Data::Number(8)) };
                ways.push(vec![(id, Choice::Value(x)), (other, Choice::Value(y))]);
            }
            if op != BinaryOp::Equal && other != id {
                let greater = matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual) == want;
                let (x, y) = if greater { (9, 4) } else { (4, 9) };
                ways.push(vec![(id, Choice::Value(Data::Number(x))), (other, Choice::Value(Data::Number(y)))]);
            }
        }
        let shape = self.analysis.shapes.get(id);
        if shape.dated.is_some() || crate::words::is_date(&shape.name) || shape.declared == Some(Kind::DateTime) {
            ways.extend([-400, 400, 0].map(|shift| vec![(id, self.date(id, shift))]));
        } else if matches!(op, BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual) {
            for number in [0, 1_000_000, -5] {
                ways.push(vec![(id, Choice::Value(Data::Number(number)))]);
            }
        }
        ways
    }

    /// A date so many days from now, in the form in which it is made up.
    fn date(&self, id: Id, shift: i64) -> Choice {
        let shape = self.analysis.shapes.get(id);
        let day = self.now.div_euclid(86_400_000);
        let as_text = shape.json || shape.declared == Some(Kind::Text);
        Choice::Value(match &shape.dated {
            _ if !as_text => Data::Date(day + shift),
            Some(pattern) => {
                let turn = crate::words::Turn { now: self.now + shift * 86_400_000, index: 0 };
                let with_time = shape.name.to_lowercase().contains("time");
                Data::Text(crate::words::date_text(pattern, with_time, turn))
            }
            None => Data::Text(Data::Date(day + shift).iso()),
        })
    }

    fn choices(&self, op: BinaryOp, id: Id, sized: bool, constant: &Data, want: bool) -> Vec<Choice> {
        if sized {
            let Data::Number(number) = constant else { return Vec::new() };
            let wanted = match (op, want) {
                (BinaryOp::Equal, true) | (BinaryOp::GreaterEqual, true) | (BinaryOp::LessEqual, true) => *number,
                (BinaryOp::Equal, false) | (BinaryOp::Greater, true) | (BinaryOp::LessEqual, false) => number + 1,
                (BinaryOp::Greater, false) | (BinaryOp::Less, false) => *number,
                (BinaryOp::Less, true) | (BinaryOp::GreaterEqual, false) => number - 1,
                _ => return Vec::new(),
            };
            return self.sized(id, wanted.clamp(0, 500) as usize);
        }
        match (op, constant) {
            (BinaryOp::Equal, Data::Null) if want => vec![Choice::Null, Choice::Absent],
            (BinaryOp::Equal, Data::Null) => vec![self.something(id)],
            (BinaryOp::Equal, Data::Text(text)) if text.is_empty() && want => vec![Choice::Empty],
            (BinaryOp::Equal, Data::Text(text)) if text.is_empty() => vec![self.something(id)],
            (BinaryOp::Equal, constant) if want => {
                let mut choices = vec![Choice::Value(constant.clone())];
                if self.analysis.shapes.get(id).declared == Some(Kind::Text) {
                    choices.insert(0, Choice::Value(Data::Text(constant.to_string())));
                }
                choices
            }
            (BinaryOp::Equal, constant) => vec![Choice::Value(other_than(constant)), Choice::Null],
            (op, Data::Number(_) | Data::Decimal(_)) => {
                let (below, above) = around(constant);
                let greater = matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual);
                let value = if greater == want { above } else { below };
                match self.analysis.shapes.get(id).declared {
                    Some(Kind::Text) => vec![Choice::Value(Data::Text(value.to_string()))],
                    _ => vec![Choice::Value(value)],
                }
            }
            _ => Vec::new(),
        }
    }

    /// A list, map or text of that size.
    fn sized(&self, id: Id, size: usize) -> Vec<Choice> {
        let shape = self.analysis.shapes.get(id);
        if size == 0 {
            return vec![Choice::Empty, Choice::Count(0)];
        }
        if shape.item.is_some() || shape.wants.has(Kind::List) && !shape.wants.has(Kind::Text) {
            return vec![Choice::Count(size)];
        }
        if let Some(separator) =
            shape.parts.first().filter(|_| size > 1 && shape.declared.is_none_or(|k| k == Kind::Text))
        {
            // A text that is cut there, as it is or after what the script looks for at its start.
            let parts = vec!["one"; size].join(separator);
            let starts = shape.compared.iter().filter_map(Data::as_text).filter(|text| text.ends_with(' '));
            let texts = starts.map(|start| format!("{start}{parts}")).chain([parts.clone()]);
            return texts.map(|text| Choice::Value(Data::Text(text))).collect();
        }
        let letter = if shape.numeric { "7" } else { "x" };
        let mut choices = vec![Choice::Value(Data::Text(letter.repeat(size)))];
        if shape.wants.has(Kind::List) && shape.declared.is_none() {
            choices.push(Choice::Count(size));
        }
        if !shape.fields.is_empty() {
            choices = vec![Choice::Kind(Kind::Map), Choice::Count(size)];
        }
        choices
    }

    fn test(&self, name: &str, on: &[Abs], first: &[Abs], want: bool) -> Vec<Choices> {
        let mut ways = Vec::new();
        let ids = sources(on);
        match name {
            "isempty" | "isblank" | "isnull" | "isnotempty" | "notempty" => {
                let mut ids = ids;
                for val in on {
                    if let Abs::Local(local) = val {
                        ids.extend(&self.analysis.locals[*local].filled_by);
                    }
                }
                let empty = (name != "isnotempty" && name != "notempty") == want;
                for id in ids {
                    if empty {
                        let both = [Choice::Empty, Choice::Null, Choice::Absent];
                        let order = if name == "isnull" { [1, 2, 0] } else { [0, 1, 2] };
                        ways.extend(order.iter().map(|i| vec![(id, both[*i].clone())]));
                    } else {
                        ways.push(vec![(id, self.something(id))]);
                    }
                }
            }
            "containskey" | "containkey" | "haskey" => {
                for id in ids {
                    let fields = &self.analysis.shapes.get(id).fields;
                    for key in constants(first).filter_map(Data::as_text) {
                        if let Some((_, field)) = fields.iter().find(|(name, _)| name == key) {
                            ways.push(vec![(*field, if want { self.something(*field) } else { Choice::Absent })]);
                        }
                    }
                }
                for val in on {
                    let Abs::Local(local) = val else { continue };
                    let mut names: Vec<&String> = self.analysis.locals[*local].fields.keys().collect();
                    names.sort_unstable();
                    for id in sources(first) {
                        match want {
                            true => ways.extend(
                                names.iter().take(3).map(|name| vec![(id, Choice::Value(Data::Text((*name).clone())))]),
                            ),
                            false => ways.push(vec![(id, Choice::Value(Data::Text("Another".into())))]),
                        }
                    }
                }
            }
            "contains"
            | "startswith"
            | "endswith"
            | "equals"
            | "equalsignorecase"
            | "containsignorecase"
            | "startswithignorecase"
            | "endswithignorecase"
            | "notcontains"
            | "matches"
            | "like" => {
                let hold = (name != "notcontains") == want;
                for id in ids {
                    for constant in constants(first) {
                        ways.push(vec![(
                            id,
                            Choice::Value(if hold { constant.clone() } else { other_than(constant) }),
                        )]);
                        // What has blanks at its ends is mostly looked for in a text whose own were taken off.
                        if let Some(text) = constant.as_text().filter(|text| hold && text.trim() != *text) {
                            let before = if text.starts_with(' ') { "one" } else { "" };
                            let after = if text.ends_with(' ') { "two" } else { "" };
                            ways.push(vec![(id, Choice::Value(Data::Text(format!("{before}{text}{after}"))))]);
                        }
                    }
                    if !hold {
                        ways.push(vec![(id, Choice::Empty)]);
                    }
                }
                for val in on {
                    if let Abs::Local(local) = val {
                        for id in sources(first) {
                            for item in constants(&self.analysis.locals[*local].items) {
                                let choice = if hold { item.clone() } else { other_than(item) };
                                ways.push(vec![(id, Choice::Value(choice))]);
                            }
                        }
                    }
                }
                for id in sources(first) {
                    for constant in constants(on) {
                        let text = constant.as_text().unwrap_or_default();
                        let part = text.split([',', ' ']).next().unwrap_or_default().trim().to_owned();
                        let choice = if hold { Data::Text(part) } else { Data::Text("Nowhere".into()) };
                        ways.push(vec![(id, Choice::Value(choice))]);
                    }
                }
            }
            _ => {
                for id in ids {
                    ways.push(vec![(id, Choice::Value(Data::Bool(want)))]);
                }
            }
        }
        ways
    }

    /// Shots in the dark: whatever the condition reads, empty, missing or another of its values.
    fn shots(&self, expr: &Expr) -> Vec<Choices> {
        let mut ids: Vec<Id> = Vec::new();
        let mut spans: Vec<_> = self
            .analysis
            .at
            .iter()
            .filter(|(span, _)| span.start >= expr.span.start && span.end <= expr.span.end)
            .collect();
        spans.sort_by_key(|(span, _)| (span.start, span.end));
        for (_, vals) in spans {
            for id in sources(vals) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        let mut ways = Vec::new();
        for id in ids.into_iter().take(4) {
            let shape = self.analysis.shapes.get(id);
            for constant in shape.compared.iter().take(4) {
                ways.push(vec![(id, Choice::Value(constant.clone()))]);
            }
            ways.push(vec![(id, Choice::Null)]);
            ways.push(vec![(id, Choice::Empty)]);
            if shape.item.is_some() {
                ways.push(vec![(id, Choice::Count(1))]);
                ways.push(vec![(id, Choice::Count(6))]);
            }
        }
        ways
    }
}

fn both(a: Vec<Choices>, b: Vec<Choices>) -> Vec<Choices> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => return b,
        (_, true) => return a,
        _ => {}
    }
    let mut ways = Vec::new();
    for x in a.iter().take(3) {
        for y in b.iter().take(3) {
            ways.push(x.iter().chain(y).cloned().collect());
        }
    }
    ways
}

/// Lengths of time for which a comparison comes out as wanted.
fn spans(op: BinaryOp, b: &[Abs], want: bool) -> Vec<i64> {
    let mut found = Vec::new();
    for constant in constants(b) {
        let Data::Number(number) = constant else { continue };
        let greater = matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual);
        found.push(match (op, want) {
            (BinaryOp::Equal, true) => *number,
            (BinaryOp::Equal, false) => number.saturating_add(1),
            (BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual, _) => {
                number.saturating_add(if greater == want { 1 } else { -1 })
            }
            _ => continue,
        });
    }
    if found.is_empty() { vec![400, -400] } else { found }
}

/// Whether an operator asks for the same value; `None` for those that ask something else.
fn equality(op: BinaryOp) -> Option<bool> {
    match op {
        BinaryOp::Equal | BinaryOp::Is => Some(true),
        BinaryOp::NotEqual | BinaryOp::IsNot => Some(false),
        _ => None,
    }
}

/// Whether a method gives a value out of what it is called on.
fn is_get(name: &str) -> bool {
    ["get", "getjson", "getvalue"].iter().any(|get| name.eq_ignore_ascii_case(get))
}

fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        other => other,
    }
}

/// A value of the same kind that is not this one.
pub(crate) fn other_than(constant: &Data) -> Data {
    match constant {
        Data::Bool(flag) => Data::Bool(!flag),
        Data::Number(number) => Data::Number(number.saturating_add(1)),
        Data::Decimal(decimal) => Data::Decimal(Decimal::new(decimal.mantissa() + 100, decimal.scale())),
        Data::Text(text) if text == "Another" => Data::Text("Elsewhere".into()),
        _ => Data::Text("Another".into()),
    }
}

/// Numbers just below and above a number.
fn around(constant: &Data) -> (Data, Data) {
    match constant {
        Data::Decimal(decimal) => {
            let step = 10_i128.pow(u32::from(decimal.scale()).min(20));
            let at = |mantissa: i128| Data::Decimal(Decimal::new(mantissa, decimal.scale()));
            (at(decimal.mantissa() - step), at(decimal.mantissa() + step))
        }
        Data::Number(number) => (Data::Number(number.saturating_sub(1)), Data::Number(number.saturating_add(1))),
        other => (other.clone(), other.clone()),
    }
}
