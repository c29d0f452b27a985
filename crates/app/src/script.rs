//! Scripts of form events: a field of the form may be assigned, and the record that it looks up read, by its name alone.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use rainwright_records::{FieldType, Form};
use rainwright_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use rainwright_syntax::visit::{Visit, walk, walk_expr, walk_stmt};

/// A script that gives the value of an expression of a form, such as a formula or a condition.
pub(crate) fn of_expression(expression: &str, form: Option<&Form>) -> String {
    with_fields_of(&format!("return ({expression});"), form, None).into_owned()
}

/// The source with `input.` before each field of the form that it assigns, or follows to another record, by its name alone:
/// a lookup without a value gives null there. `record` is the form by whose name a script of an action knows the record that it
/// runs for, among all forms; it becomes `input` where a field of it is named. Lines stay where they are.
pub(crate) fn with_fields_of<'s>(
    source: &'s str,
    form: Option<&Form>,
    record: Option<(&str, &[Form])>,
) -> Cow<'s, str> {
    let Some(form) = form else { return Cow::Borrowed(source) };
    let mut names = Names { form, record, edits: Vec::new(), loops: HashSet::new(), is_criteria: false };
    let tree = rainwright_syntax::parse(source).tree;
    walk(&mut Loops(&mut names.loops), &tree);
    walk(&mut names, &tree);
    if names.edits.is_empty() {
        return Cow::Borrowed(source);
    }
    names.edits.sort_unstable_by_key(|(range, _)| range.start);
    let mut text = String::with_capacity(source.len() + 6 * names.edits.len());
    let mut from = 0;
    for (range, new) in names.edits {
        text.push_str(source.get(from..range.start).unwrap_or_default());
        text.push_str(new);
        from = range.end;
    }
    text.push_str(source.get(from..).unwrap_or_default());
    Cow::Owned(text)
}

/// Gathers the variables of loops, which hide fields of their names.
struct Loops<'n>(&'n mut HashSet<String>);

impl<'t> Visit<'t> for Loops<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        if let StmtKind::ForEach(each) = &stmt.kind {
            self.0.insert(each.variable.name.to_string());
        }
        walk_stmt(self, stmt);
    }
}

/// Gathers where names of fields are assigned, or followed to a record, and where the record itself is named.
struct Names<'f> {
    form: &'f Form,
    record: Option<(&'f str, &'f [Form])>,
    /// Ranges of the source, each with the text that replaces it.
    edits: Vec<(Range<usize>, &'static str)>,
    loops: HashSet<String>,
    is_criteria: bool,
}

impl Names<'_> {
    fn has(&self, name: &str) -> bool {
        self.form.fields.iter().any(|field| field.name == name && field.kind != FieldType::Layout)
    }
}

impl<'t> Visit<'t> for Names<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        if let StmtKind::Assign(assign) = &stmt.kind
            && let (None, ExprKind::Name(name)) = (assign.ty, &assign.target.kind)
            && self.has(name)
        {
            let start = assign.target.span.start as usize;
            self.edits.push((start..start, "input."));
        }
        walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            // Names in criteria are fields of the form that is looked through, and else the record.
            ExprKind::Query(query) => {
                let is_field = |record: &str, forms: &[Form]| {
                    let form =
                        forms.iter().find(|form| query.form.last().is_some_and(|last| last.name.as_str() == form.name));
                    form.is_none_or(|form| form.fields.iter().any(|field| field.name == record))
                };
                if self.record.is_some_and(|(record, forms)| !is_field(record, forms)) {
                    let outside = std::mem::replace(&mut self.is_criteria, true);
                    walk_expr(self, expr);
                    self.is_criteria = outside;
                }
                return;
            }
            ExprKind::Member { object, .. } => {
                if let ExprKind::Name(name) = &object.kind
                    && !self.loops.contains(name.as_str())
                {
                    let range = object.span.range();
                    if self.has(name) && !self.is_criteria {
                        self.edits.push((range.start..range.start, "input."));
                    } else if self.record.is_some_and(|(record, _)| record == name.as_str()) {
                        self.edits.push((range, "input"));
                    }
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use rainwright_records::{Field, FieldType, Form};

    use super::with_fields_of;

    #[test]
    fn fields_that_are_followed_to_a_record_are_marked() {
        let fields = vec![Field::new("Plan", FieldType::DropDown), Field::new("Row", FieldType::DropDown)];
        let form = Form { name: "Claim".into(), fields, ..Form::default() };
        let source = "x = Plan.A + Plan;\ny = Other[Plan.A == 1];\nfor each Row in y\n{\n\tinfo Row.A;\n}";
        let marked = "x = input.Plan.A + Plan;\ny = Other[Plan.A == 1];\nfor each Row in y\n{\n\tinfo Row.A;\n}";
        assert_eq!(with_fields_of(source, Some(&form), None), marked);
    }

    #[test]
    fn the_record_of_an_action_is_its_input() {
        let form = Form { name: "Claim".into(), ..Form::default() };
        let pay =
            Form { name: "Pay".into(), fields: vec![Field::new("Claim", FieldType::DropDown)], ..Form::default() };
        let forms = [form.clone(), Form { name: "Due".into(), ..Form::default() }, pay];
        let source =
            "Claim.A = Claim.B.C;\nx = Claim[ID == 1].A + Claim.Rows();\ny = Due[A > Claim.A];\nz = Pay[Claim.A > 1];";
        let marked =
            "input.A = input.B.C;\nx = Claim[ID == 1].A + Claim.Rows();\ny = Due[A > input.A];\nz = Pay[Claim.A > 1];";
        assert_eq!(with_fields_of(source, Some(&form), Some(("Claim", &forms))), marked);
    }

    #[test]
    fn only_fields_that_are_assigned_by_name_are_marked() {
        let fields = vec![Field::new("Total", FieldType::Number)];
        let form = Form { name: "Claim".into(), fields, ..Form::default() };
        let source = "x = Total;\nif(x > 1)\n{\n\tTotal = x; Total += 1; input.Total = Total;\n}";
        let marked = "x = Total;\nif(x > 1)\n{\n\tinput.Total = x; input.Total += 1; input.Total = Total;\n}";
        assert_eq!(with_fields_of(source, Some(&form), None), marked);
        assert_eq!(with_fields_of(source, None, None), source);
    }
}
