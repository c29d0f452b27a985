//! Scripts of form events: a field of the form may be assigned by its name alone.

use std::borrow::Cow;

use rainwright_records::{FieldType, Form};
use rainwright_syntax::ast::{ExprKind, Stmt, StmtKind};
use rainwright_syntax::visit::{Visit, walk, walk_stmt};

/// The source with `input.` before each field of the form that it assigns by its name alone. Lines stay where they are.
pub(crate) fn with_fields_of<'s>(source: &'s str, form: Option<&Form>) -> Cow<'s, str> {
    let Some(form) = form else { return Cow::Borrowed(source) };
    let mut names = Names { form, places: Vec::new() };
    walk(&mut names, &rainwright_syntax::parse(source).tree);
    if names.places.is_empty() {
        return Cow::Borrowed(source);
    }
    names.places.sort_unstable();
    let mut text = String::with_capacity(source.len() + 6 * names.places.len());
    let mut from = 0;
    for place in names.places {
        text.push_str(source.get(from..place).unwrap_or_default());
        text.push_str("input.");
        from = place;
    }
    text.push_str(source.get(from..).unwrap_or_default());
    Cow::Owned(text)
}

/// Gathers where names of fields are assigned.
struct Names<'f> {
    form: &'f Form,
    places: Vec<usize>,
}

impl<'t> Visit<'t> for Names<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) {
        if let StmtKind::Assign(assign) = &stmt.kind
            && let (None, ExprKind::Name(name)) = (assign.ty, &assign.target.kind)
            && self.form.fields.iter().any(|field| field.name == **name && field.kind != FieldType::Layout)
        {
            self.places.push(assign.target.span.start as usize);
        }
        walk_stmt(self, stmt);
    }
}

#[cfg(test)]
mod tests {
    use rainwright_records::{Field, FieldType, Form};

    use super::with_fields_of;

    #[test]
    fn only_fields_that_are_assigned_by_name_are_marked() {
        let fields = vec![Field::new("Total", FieldType::Number)];
        let form = Form { name: "Claim".into(), fields, ..Form::default() };
        let source = "x = Total;\nif(x > 1)\n{\n\tTotal = x; Total += 1; input.Total = Total;\n}";
        let marked = "x = Total;\nif(x > 1)\n{\n\tinput.Total = x; input.Total += 1; input.Total = Total;\n}";
        assert_eq!(with_fields_of(source, Some(&form)), marked);
        assert_eq!(with_fields_of(source, None), source);
    }
}
