//! The forms of an application, and what the names in a script mean when they are known: which variable holds records of
//! which form, and which field a path such as `rec.Owner.Mail` leads to.

use crate::hash::HashMap;
use crate::script::{FunctionBody, Script, bare};
use rainwright_diagnostic::Span;
use rainwright_effect::{FieldFacts, FormFacts, Holds};
use rainwright_syntax::ast::{BinaryOp, Expr, ExprKind, Query, StmtKind, UnaryOp, deep};
use rainwright_syntax::ds::{self, EmbeddedScript};

/// Steps of a path that are followed; nobody writes longer ones.
const LONGEST_PATH: usize = 12;

/// The forms that a script may name.
#[derive(Clone, Debug, Default)]
pub struct KnownForms {
    forms: Vec<FormFacts>,
    by_name: HashMap<String, usize>,
}

impl KnownForms {
    /// These forms.
    #[must_use]
    pub fn new(forms: Vec<FormFacts>) -> Self {
        let by_name = forms.iter().enumerate().map(|(at, form)| (form.name.to_lowercase(), at)).collect();
        Self { forms, by_name }
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// The form of a name; `Form.Subform` names the rows of a subform.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<&FormFacts> {
        self.by_name.get(&name.to_lowercase()).map(|at| &self.forms[*at])
    }

    /// The names of all forms, in order; rows of subforms are none.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|form| form.name.as_str()).filter(|name| !name.contains('.'))
    }

    /// Follows a path from a form.
    pub(crate) fn follow<'f, 'p>(&'f self, form: &'f FormFacts, path: &[(&'p str, Span)]) -> Followed<'f, 'p> {
        let mut at = form;
        let mut rest = path;
        while let Some(((name, span), after)) = rest.split_first() {
            let Some(field) = at.field(name) else { return Followed::Missing { form: at, name, span: *span } };
            rest = after;
            if rest.is_empty() {
                return Followed::Field(field);
            }
            match &field.leads_to {
                Some(to) => match self.form(to) {
                    Some(next) => at = next,
                    None => return Followed::Unknown,
                },
                None => return Followed::Unknown,
            }
        }
        Followed::Unknown
    }
}

/// Where a path leads.
pub(crate) enum Followed<'f, 'p> {
    /// To a field.
    Field(&'f FieldFacts),
    /// Nobody can tell: a part of a name, a form that is not known.
    Unknown,
    /// Nowhere: the form on the way has no such field.
    Missing { form: &'f FormFacts, name: &'p str, span: Span },
}

/// One comparison within criteria, or a function of a field.
pub(crate) struct Condition<'t> {
    pub(crate) left: &'t Expr,
    /// The operator and the right side; none for a function.
    pub(crate) compared: Option<(BinaryOp, &'t Expr)>,
}

/// What a body says about forms.
#[derive(Default)]
pub(crate) struct Reading<'t> {
    /// The form of the records that each variable holds.
    variables: HashMap<&'t str, &'t FormFacts>,
    /// The queries, each with its form where that is known.
    pub(crate) queries: Vec<(&'t Query, Option<&'t FormFacts>)>,
}

impl<'t> Reading<'t> {
    /// Reads a body.
    pub(crate) fn of(script: &Script<'t>, body: &FunctionBody<'t>) -> Self {
        let mut reading = Reading::default();
        let options = script.options;
        if options.forms.is_empty() {
            return reading;
        }
        for param in body.function.iter().flat_map(|f| &f.params) {
            if let Some(form) = options.forms.form(script.text(param.ty.span)) {
                reading.variables.insert(&param.name.name, form);
            }
        }
        let parameters = reading.variables.clone();
        // Twice: what a loop assigns at its end is read at its beginning. What differs between two assignments is unknown.
        for round in 0..2 {
            for stmt in &body.stmts {
                let (name, form) = match &stmt.kind {
                    StmtKind::Assign(assign) => match &assign.target.kind {
                        ExprKind::Name(name) if assign.op.is_none() => {
                            (name.as_str(), reading.records(script, &assign.value))
                        }
                        _ => continue,
                    },
                    StmtKind::ForEach(each) if !each.index => {
                        (each.variable.name.as_str(), reading.elements(script, body, &each.iterable))
                    }
                    _ => continue,
                };
                match (form, reading.variables.get(name)) {
                    (Some(form), None) if round == 0 => drop(reading.variables.insert(name, form)),
                    (Some(form), Some(known)) if std::ptr::eq(*known, form) => {}
                    (_, Some(_)) if round == 1 => drop(reading.variables.remove(name)),
                    _ => {}
                }
            }
        }
        for (name, form) in parameters {
            if !body.writes.contains_key(name) {
                reading.variables.insert(name, form);
            }
        }
        let mut queries: Vec<&'t Query> = Vec::new();
        for expr in &body.exprs {
            if let ExprKind::Query(query) = &expr.kind {
                queries.push(query);
            }
        }
        for stmt in &body.stmts {
            if let StmtKind::Delete(query) = &stmt.kind {
                queries.push(query);
            }
        }
        reading.queries = queries.into_iter().map(|query| (query, reading.form_of(script, query))).collect();
        reading
    }

    /// The form of a query; a variable may hold the records that it looks through.
    pub(crate) fn form_of(&self, script: &Script<'t>, query: &Query) -> Option<&'t FormFacts> {
        let [name] = query.form.as_slice() else { return None };
        let variable = self.variables.get(name.name.as_str()).copied();
        variable.or_else(|| script.options.forms.form(&name.name))
    }

    /// The form of the records that an expression gives.
    pub(crate) fn records(&self, script: &Script<'t>, expr: &Expr) -> Option<&'t FormFacts> {
        let forms = &script.options.forms;
        match &bare(expr).kind {
            ExprKind::Name(name) => self.variables.get(name.as_str()).copied().or_else(|| own(script, name)),
            ExprKind::Query(query) if query.field.is_none() => self.form_of(script, query),
            ExprKind::Call { name, args } if args.is_empty() => forms.form(&name.name),
            ExprKind::Method { object, name, args } if args.is_empty() => match &object.kind {
                ExprKind::Name(form) => forms.form(&format!("{form}.{}", name.name)),
                _ => None,
            },
            ExprKind::Member { .. } | ExprKind::Query(_) => match self.field(script, expr)? {
                field if field.holds == Holds::Rows => forms.form(field.leads_to.as_deref()?),
                _ => None,
            },
            _ => None,
        }
    }

    /// The form of what a loop over an expression goes through.
    fn elements(&self, script: &Script<'t>, body: &FunctionBody<'t>, expr: &Expr) -> Option<&'t FormFacts> {
        let forms = &script.options.forms;
        if let ExprKind::Name(name) = &expr.kind
            && !body.variables.contains_key(name.as_str())
            && let Some(form) = forms.form(name)
        {
            return Some(form);
        }
        self.records(script, expr).or_else(|| match self.field(script, expr)? {
            // The elements are IDs, of which a field may be asked all the same.
            field if field.holds == Holds::Links => forms.form(field.leads_to.as_deref()?),
            _ => None,
        })
    }

    /// Where a path begins, and its steps. A bare name is a field of the script's own form.
    pub(crate) fn path<'e>(&self, script: &Script<'t>, expr: &'e Expr) -> Option<(&'t FormFacts, Steps<'e>)> {
        let mut steps = Vec::new();
        let mut at = bare(expr);
        while let ExprKind::Member { object, name } = &at.kind {
            steps.push((name.name.as_str(), name.span));
            if steps.len() > LONGEST_PATH {
                return None;
            }
            at = bare(object);
        }
        let form = match &at.kind {
            ExprKind::Query(query) if query.field.is_some() => {
                let field = query.field.as_ref()?;
                steps.push((field.name.as_str(), field.span));
                self.form_of(script, query)?
            }
            ExprKind::Name(name) if !self.variables.contains_key(name.as_str()) && own(script, name).is_none() => {
                let form = own_form(script)?;
                form.field(name).filter(|field| field.name == *name)?;
                steps.push((name, at.span));
                form
            }
            ExprKind::Name(_) | ExprKind::Query(_) | ExprKind::Call { .. } => self.records(script, at)?,
            _ => return None,
        };
        steps.reverse();
        Some((form, steps))
    }

    /// The field that an expression reads or writes.
    pub(crate) fn field(&self, script: &Script<'t>, expr: &Expr) -> Option<&'t FieldFacts> {
        let (form, steps) = self.path(script, expr)?;
        match script.options.forms.follow(form, &steps) {
            Followed::Field(field) => Some(field),
            _ => None,
        }
    }

    /// The field on the left of a condition of a query.
    pub(crate) fn left<'e>(
        &self,
        script: &Script<'t>,
        form: &'t FormFacts,
        left: &'e Expr,
    ) -> Option<Followed<'t, 'e>> {
        Some(script.options.forms.follow(form, &dotted(left)?))
    }

    /// Whether a variable holds records of a form that is known.
    pub(crate) fn holds_records(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }
}

/// The names of a path with their places.
pub(crate) type Steps<'e> = Vec<(&'e str, Span)>;

/// The form whose events the script serves.
pub(crate) fn own_form<'t>(script: &Script<'t>) -> Option<&'t FormFacts> {
    script.options.forms.form(script.options.own_form.as_deref()?)
}

/// The form of `input` and `old`.
fn own<'t>(script: &Script<'t>, name: &str) -> Option<&'t FormFacts> {
    matches!(name, "input" | "old").then(|| own_form(script)).flatten()
}

/// The names of a dotted path.
pub(crate) fn dotted(expr: &Expr) -> Option<Steps<'_>> {
    let mut steps = Vec::new();
    let mut at = bare(expr);
    loop {
        match &at.kind {
            ExprKind::Member { object, name } => {
                steps.push((name.name.as_str(), name.span));
                at = bare(object);
            }
            ExprKind::Name(name) => {
                steps.push((name.as_str(), at.span));
                steps.reverse();
                return Some(steps);
            }
            _ => return None,
        }
        if steps.len() > LONGEST_PATH {
            return None;
        }
    }
}

/// The conditions that criteria join.
pub(crate) fn conditions<'t>(criteria: &'t Expr, found: &mut Vec<Condition<'t>>) {
    deep(|| match &criteria.kind {
        ExprKind::Paren(inner) | ExprKind::Unary { op: UnaryOp::Not, operand: inner } => conditions(inner, found),
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } => {
            conditions(left, found);
            conditions(right, found);
        }
        ExprKind::Binary { op, left, right, .. } if is_comparison(*op) => {
            found.push(Condition { left, compared: Some((*op, right)) });
        }
        ExprKind::Method { object, .. } => found.push(Condition { left: object, compared: None }),
        ExprKind::Name(_) | ExprKind::Member { .. } => found.push(Condition { left: criteria, compared: None }),
        _ => {}
    });
}

/// Whether an operator compares.
pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Equal, Greater, GreaterEqual, In, Is, IsNot, Less, LessEqual, Like, NotEqual, NotIn};
    matches!(op, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | In | NotIn | Like | Is | IsNot)
}

/// The comparisons of a field with a value in a body: within criteria and in expressions; then what is stored in fields.
pub(crate) fn meetings<'t>(script: &Script<'t>, body: &FunctionBody<'t>) -> Vec<Meeting<'t>> {
    if script.options.forms.is_empty() {
        return Vec::new();
    }
    let reading = &body.reading;
    let mut found = Vec::new();
    for (query, form) in &reading.queries {
        let (Some(form), Some(criteria)) = (form, &query.criteria) else { continue };
        let mut all = Vec::new();
        conditions(criteria, &mut all);
        for condition in all {
            if let (Some((op, value)), Some(Followed::Field(field))) =
                (condition.compared, reading.left(script, form, condition.left))
            {
                found.push(Meeting { field, value, how: How::Criteria(op) });
            }
        }
    }
    for expr in &body.exprs {
        match &expr.kind {
            ExprKind::Binary { op, left, right, .. } if is_comparison(*op) && !body.in_criteria(expr.span) => {
                for (path, value) in [(left, right), (right, left)] {
                    if let Some(field) = reading.field(script, path) {
                        found.push(Meeting { field, value, how: How::Compared(*op) });
                    }
                }
            }
            ExprKind::Insert(insert) => {
                let Some(form) = insert.form.last().and_then(|name| script.options.forms.form(&name.name)) else {
                    continue;
                };
                for (name, value) in &insert.fields {
                    if let Some(field) = form.field(&name.name) {
                        found.push(Meeting { field, value, how: How::Inserted(name.span) });
                    }
                }
            }
            _ => {}
        }
    }
    for stmt in &body.stmts {
        if let StmtKind::Assign(assign) = &stmt.kind
            && assign.op.is_none()
            && let Some(field) = reading.field(script, &assign.target)
        {
            let value = &assign.value;
            found.push(Meeting { field, value, how: How::Assigned(&assign.target) });
        }
    }
    found
}

/// A field that meets a value.
pub(crate) struct Meeting<'t> {
    pub(crate) field: &'t FieldFacts,
    pub(crate) value: &'t Expr,
    pub(crate) how: How<'t>,
}

/// How a field meets a value.
#[derive(Clone, Copy)]
pub(crate) enum How<'t> {
    /// It is compared in criteria.
    Criteria(BinaryOp),
    /// It is compared in an expression.
    Compared(BinaryOp),
    /// An insert stores it; the place is that of the name.
    Inserted(Span),
    /// An assignment stores it.
    Assigned(&'t Expr),
}

/// The form whose events each script of an export serves: that of its workflow.
#[must_use]
pub fn served(source: &str, scripts: &[EmbeddedScript]) -> Vec<Option<String>> {
    let workflows = ds::workflows(source);
    let places = workflows.iter().filter_map(|workflow| {
        let form = workflow.setting("form")?.split('[').next()?.trim();
        Some(workflow.actions.iter().map(move |action| (action.span.start, form)))
    });
    let by_place: HashMap<u32, &str> = places.flatten().collect();
    scripts.iter().map(|script| by_place.get(&script.span.start).map(|form| (*form).to_owned())).collect()
}

/// The elements of a list literal; for any other expression, the expression itself.
pub(crate) fn values(expr: &Expr) -> Vec<&Expr> {
    match &bare(expr).kind {
        ExprKind::List { items, .. } => items.iter().collect(),
        _ => vec![bare(expr)],
    }
}

/// The forms of the lints' examples: a claim of a person.
#[must_use]
pub fn example_forms() -> KnownForms {
    let field = |name: &str, holds: Holds| FieldFacts { name: name.to_owned(), holds, ..FieldFacts::default() };
    let id = || FieldFacts { is_computed: true, is_system: true, ..field("ID", Holds::Number) };
    let claim = vec![
        field("Amount", Holds::Decimal),
        field("Day", Holds::Moment),
        FieldFacts { choices: vec!["Open".into(), "Closed".into()], ..field("State", Holds::Text) },
        FieldFacts { leads_to: Some("Person".into()), ..field("Owner", Holds::Link) },
        FieldFacts { is_computed: true, ..field("No", Holds::Number) },
        FieldFacts { leads_to: Some("Person".into()), ..field("Watchers", Holds::Links) },
        FieldFacts { leads_to: Some("Claim.Lines".into()), ..field("Lines", Holds::Rows) },
        id(),
    ];
    let lines = vec![field("Price", Holds::Decimal), field("Total", Holds::Decimal), id()];
    let parts = vec!["first_name".to_owned(), "last_name".to_owned()];
    let person = vec![field("Mail", Holds::Text), FieldFacts { parts, ..field("Name", Holds::Parts) }, id()];
    let form = |name: &str, fields| FormFacts { name: name.to_owned(), fields };
    KnownForms::new(vec![form("Claim", claim), form("Claim.Lines", lines), form("Person", person)])
}
