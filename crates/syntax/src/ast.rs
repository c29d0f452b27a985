//! The tree: what a script says, with the place of every node, and nothing about what it means.

use std::fmt;

use compact_str::CompactString;
use rainwright_diagnostic::Span;

/// A whole script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Functions and bare statements, in order.
    pub items: Vec<Item>,
}

/// An item at the top level of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A function with its header.
    Function(Function),
    /// A bare statement.
    Statement(Stmt),
}

/// A function: `string standalone.greet(string name) { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The declared result; `void` gives none.
    pub returns: TypeName,
    /// The name with its namespaces: `standalone.greet` is two parts. Never empty.
    pub path: Vec<Ident>,
    /// The parameters, by position.
    pub params: Vec<Param>,
    /// The body.
    pub body: Block,
    /// From the result's type to the closing brace.
    pub span: Span,
}

/// A parameter: `string name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The declared type.
    pub ty: TypeName,
    /// The name.
    pub name: Ident,
}

/// A name as written in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The letters.
    pub name: CompactString,
    /// Where they are.
    pub span: Span,
}

/// A type word: `string`, `int`, `List` …
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TypeName {
    /// What it means.
    pub kind: TypeKind,
    /// Where it is.
    pub span: Span,
}

/// The types that a header or a typed list can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// `void`: no result.
    Void,
    /// `string`, `text`.
    Text,
    /// `int`, `number`, `long`, `bigint`.
    Number,
    /// `float`, `decimal`.
    Decimal,
    /// `bool`, `boolean`.
    Bool,
    /// `date`, `datetime`, `date-time`, `timestamp`.
    DateTime,
    /// `time`.
    Time,
    /// `map`, `key-value`.
    Map,
    /// `list`.
    List,
    /// `collection`.
    Collection,
    /// `file`.
    File,
    /// `object`: anything.
    Any,
    /// A record of a form, by the form's link name.
    Form,
}

/// Statements between braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The statements, in order.
    pub statements: Vec<Stmt>,
    /// From the opening to the closing brace.
    pub span: Span,
}

/// A statement with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it says.
    pub kind: StmtKind,
    /// From its first word to its semicolon or closing brace.
    pub span: Span,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// A lone `;`.
    Empty,
    /// An expression for its effect: a call, a task block.
    Expr(Expr),
    /// `x = e;`, `x += e;`, `input.Name = e;`, `string x = e;`.
    Assign(Box<Assign>),
    /// `if (…) { } else if (…) { } else { }`.
    If {
        /// The conditions with their blocks, in order.
        branches: Vec<(Expr, Block)>,
        /// The block after the last `else`.
        otherwise: Option<Block>,
    },
    /// `for each x in e { }`, `for each index i in e { }`.
    ForEach(Box<ForEach>),
    /// `while (…) { }`: accepted here, not portable to Zoho.
    While {
        /// The condition.
        condition: Box<Expr>,
        /// The body.
        body: Block,
    },
    /// `try { } catch (e) { }`.
    Try {
        /// What is tried.
        body: Block,
        /// The variable that holds the error.
        error: Ident,
        /// What is done about it.
        handler: Block,
    },
    /// `return e;`, `return;`.
    Return(Option<Expr>),
    /// `break;`.
    Break,
    /// `continue;`.
    Continue,
    /// `throw e;`.
    Throw(Expr),
    /// `info e;`.
    Info(Expr),
    /// `alert e;`, `alert(field, e);`.
    Alert {
        /// The field beside which the message is shown.
        field: Option<Box<Expr>>,
        /// The message.
        message: Box<Expr>,
    },
    /// `cancel submit;`, `cancel delete;`.
    Cancel(Cancel),
    /// `reload;`.
    Reload,
    /// `success message e;`: what is shown when the record was saved.
    SuccessMessage(Expr),
    /// `hide F;`, `show F, G;`, `enable F;`, `disable F;`, `focus F;`, `clear F;`.
    Field {
        /// What happens to the fields.
        action: FieldAction,
        /// The fields, at least one: names or dotted paths.
        fields: Vec<Expr>,
    },
    /// `F:ui.add(x);`, `F:ui.append(x);` and the like.
    FieldUi {
        /// The field.
        field: Box<Expr>,
        /// `add`, `append` …
        method: Ident,
        /// What is added.
        args: Vec<Arg>,
    },
    /// `delete from Form[criteria];`.
    Delete(Box<Query>),
    /// Text of an HTML page around the script's segments, put out as it is.
    Markup(String),
    /// A piece of an HTML page: `<%= e %>`, put out in its place.
    Output(Expr),
    /// Text that made no statement; a diagnostic tells why.
    Error,
}

/// What a form's event can call off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cancel {
    /// `cancel submit;`: the record is not saved.
    Submit,
    /// `cancel delete;`: the record is not deleted.
    Delete,
}

impl Cancel {
    /// The statement as it is written, without its semicolon.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Cancel::Submit => "cancel submit",
            Cancel::Delete => "cancel delete",
        }
    }
}

/// What can happen to a field on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldAction {
    /// `hide`.
    Hide,
    /// `show`.
    Show,
    /// `enable`.
    Enable,
    /// `disable`.
    Disable,
    /// `focus`.
    Focus,
    /// `clear`.
    Clear,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    /// The type word in front, if any.
    pub ty: Option<TypeName>,
    /// What is assigned: a [`ExprKind::Name`], [`ExprKind::Member`] or a query with a field.
    pub target: Expr,
    /// `None` for `=`; the operator for `+=` and the like.
    pub op: Option<BinaryOp>,
    /// The new value, or the operator's right side.
    pub value: Expr,
}

/// A loop over a list, a text with commas, records …
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// Whether it runs over indexes: `for each index i in …`.
    pub index: bool,
    /// The loop's variable.
    pub variable: Ident,
    /// What it runs over.
    pub iterable: Expr,
    /// The body.
    pub body: Block,
}

/// An expression with its place.
///
/// A long chain (`a + b + …`) makes a deep tree: whatever walks expressions by recursion does each step inside [`deep`],
/// as the traits here do.
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// From its first to its last byte.
    pub span: Span,
}

/// Calls `f` with enough stack for one more step down the tree.
///
/// Not for coroutines: it takes the thread's stack for the one in use.
pub fn deep<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, f)
}

impl Clone for Expr {
    fn clone(&self) -> Self {
        deep(|| Expr { kind: self.kind.clone(), span: self.span })
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        deep(|| self.span == other.span && self.kind == other.kind)
    }
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        deep(|| f.debug_struct("Expr").field("kind", &self.kind).field("span", &self.span).finish())
    }
}

/// What an expression says.
#[repr(u64)]
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// `42`.
    Number(i64),
    /// `1.50`: the digits as written.
    Decimal(CompactString),
    /// `"…"` with its escapes resolved.
    Text(Box<str>),
    /// `'…'` with its escapes resolved: a date, date-time or time, else a text.
    Quoted(Box<str>),
    /// A variable, a form, a system word.
    Name(CompactString),
    /// `{a, b}` or `[a, b]`.
    List {
        /// The elements.
        items: Vec<Expr>,
        /// Whether it is written with square brackets.
        square: bool,
    },
    /// `{k : v}`.
    Map(Vec<(Expr, Expr)>),
    /// `{}`: a list or a map, its first use decides.
    EmptyBraces,
    /// `(e)`: kept for the formatter and for lints.
    Paren(Box<Expr>),
    /// `!e`, `-e`, `+e`.
    Unary {
        /// The sign.
        op: UnaryOp,
        /// What it applies to.
        operand: Box<Expr>,
    },
    /// `a + b`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where the operator is.
        op_span: Span,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `a.b` without parentheses: a field, a system variable, a part of a namespace.
    Member {
        /// What is before the dot.
        object: Box<Expr>,
        /// The name after it.
        name: Ident,
    },
    /// `a.f(…)`: a method, a namespaced function or an integration task.
    Method {
        /// What is before the dot.
        object: Box<Expr>,
        /// The name after it.
        name: Ident,
        /// The arguments.
        args: Vec<Arg>,
    },
    /// `f(…)`; `if(c,a,b)`, `ifnull(a,b)`, `Map()`, `Collection(k:v)` too.
    Call {
        /// The function's name.
        name: Ident,
        /// The arguments.
        args: Vec<Arg>,
    },
    /// `List:Int(…)`.
    TypedList {
        /// The type of its elements.
        element: TypeName,
        /// The first elements.
        args: Vec<Arg>,
    },
    /// `Map:String()`: a map whose values have a type.
    TypedMap {
        /// The type of its values.
        value: TypeName,
        /// What is in the parentheses: nothing in a right script.
        args: Vec<Arg>,
    },
    /// `invokeurl [ url: … ]` and the other block tasks.
    Task(Box<Task>),
    /// `insert into Form [ F = e … ]`.
    Insert(Box<Insert>),
    /// `Form[criteria] sort by f range from a to b`, with what follows it.
    Query(Box<Query>),
    /// `this year`, `last 7 days`, `today`: only after `in` in criteria.
    Period(Period),
    /// `file: e, view: Report[criteria] as PDF`: the value of the key `attachments` in `sendmail`.
    Attachments(Vec<Attachment>),
    /// Text that made no expression; a diagnostic tells why.
    Error,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// The key of `k : v`, which only collections take.
    pub key: Option<Box<Expr>>,
    /// The value.
    pub value: Expr,
}

/// A sign in front of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`.
    Not,
    /// `-`.
    Minus,
    /// `+`.
    Plus,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Remainder,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `like`: only in criteria.
    Like,
    /// `is`: `is null`, `is not null` is [`BinaryOp::IsNot`].
    Is,
    /// `is not`.
    IsNot,
    /// `==`; inside criteria `=` too.
    Equal,
    /// `!=`, `<>`.
    NotEqual,
    /// `&&`, `and`.
    And,
    /// `||`, `or`.
    Or,
}

/// A block task: `invokeurl [ … ]`, `sendmail [ … ]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The name as written: `invokeurl`, `zoho.sdp.invokeurl`.
    pub name: Ident,
    /// The keys with their values, in order.
    pub entries: Vec<TaskEntry>,
}

/// One `key : value` of a block task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskEntry {
    /// The key as written, inner blanks made one: `response-format`, `reply to`.
    pub key: Ident,
    /// The value; a bare constant (`GET`, `FILE`) is a [`ExprKind::Name`], several values with commas (`to :"a","b"`) are an
    /// [`ExprKind::List`] that begins where its first element does.
    pub value: Expr,
}

/// What is attached to a mail.
#[derive(Clone, Debug, PartialEq)]
pub enum Attachment {
    /// `file: e`.
    File(Expr),
    /// `view: Report[criteria] as PDF`.
    View {
        /// The report's dotted name.
        report: Vec<Ident>,
        /// Which of its records.
        criteria: Option<Expr>,
        /// `PDF` and the like.
        format: Option<Ident>,
    },
    /// `template: Name : Form id as PDF`.
    Template {
        /// The template's dotted name.
        template: Vec<Ident>,
        /// The form and the record that fill it.
        record: Option<(Vec<Ident>, Expr)>,
        /// `PDF` and the like.
        format: Option<Ident>,
    },
}

/// `insert into Form [ F = e … ]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The form's dotted name.
    pub form: Vec<Ident>,
    /// The fields with their values, in order.
    pub fields: Vec<(Ident, Expr)>,
}

/// A query of form records.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The form's dotted name.
    pub form: Vec<Ident>,
    /// The criteria between the brackets; `None` in `for each r in Form sort by …`.
    pub criteria: Option<Expr>,
    /// The field after the brackets, for a query of one column.
    pub field: Option<Ident>,
    /// `sort by`: fields, each with whether it descends.
    pub sort: Vec<(Ident, bool)>,
    /// `range from a to b`.
    pub range: Option<(Expr, Expr)>,
}

/// Days around today, to which a date in criteria is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// `yesterday`.
    Yesterday,
    /// `today`.
    Today,
    /// `tomorrow`.
    Tomorrow,
    /// `this year`, `last 7 days`, `next 2 weeks`.
    Span {
        /// Before, around or after today.
        direction: Direction,
        /// How many units, where a number is written.
        count: Option<u32>,
        /// What is counted.
        unit: Unit,
    },
}

impl fmt::Display for Period {
    /// As it is written: `last 7 days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (direction, count, unit) = match self {
            Period::Yesterday => return f.write_str("yesterday"),
            Period::Today => return f.write_str("today"),
            Period::Tomorrow => return f.write_str("tomorrow"),
            Period::Span { direction, count, unit } => (direction, count, unit),
        };
        f.write_str(match direction {
            Direction::Last => "last ",
            Direction::This => "this ",
            Direction::Next => "next ",
        })?;
        if let Some(count) = count {
            write!(f, "{count} ")?;
        }
        f.write_str(match unit {
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        })?;
        f.write_str(if count.is_some_and(|count| count != 1) { "s" } else { "" })
    }
}

/// The first word of a [`Period::Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `last`.
    Last,
    /// `this`.
    This,
    /// `next`.
    Next,
}

/// The last word of a [`Period::Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `day`, `days`.
    Day,
    /// `week`, `weeks`.
    Week,
    /// `month`, `months`.
    Month,
    /// `quarter`, `quarters`.
    Quarter,
    /// `year`, `years`.
    Year,
}
