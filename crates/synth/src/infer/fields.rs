//! Kinds that the description of a form gives: of the fields of the form that a script serves, and of records that a header
//! asks for.

use rainwright_effect::Data;
use rainwright_records::{Field, Form, Storage};
use rainwright_syntax::ast::TypeKind;
use rainwright_value::Kind;

use super::Analysis;
use crate::TryOptions;
use crate::shape::{Id, Origin};

/// Choices of a field that are tried.
const CHOICES: usize = 4;

impl Analysis<'_> {
    /// Takes the kinds of fields from the forms of the application.
    pub(super) fn take_forms(&mut self, source: &str, options: &TryOptions) {
        let form = |name: &str| options.forms.iter().find(|form| form.name.eq_ignore_ascii_case(name));
        let own = options.own_form.as_deref().and_then(form);
        let mut found: Vec<(Id, &Form)> = Vec::new();
        for (id, shape) in self.shapes.all.iter().enumerate() {
            match &shape.origin {
                Origin::Variable(name) if matches!(name.as_str(), "input" | "old") => {
                    found.extend(own.map(|form| (id, form)));
                }
                Origin::Argument { function, name } => {
                    found.extend(self.form_of_parameter(source, function, name).and_then(form).map(|form| (id, form)));
                }
                _ => {}
            }
        }
        // A bare name is a field of the form as well.
        let bare: Vec<(Id, &Field)> = own.into_iter().flat_map(|own| self.bare_fields(own)).collect();
        bare.into_iter().for_each(|(id, field)| self.take_field(id, field));
        for (id, form) in found {
            self.take_fields(id, &form.fields);
        }
    }

    /// The form that a header names as the type of a parameter.
    fn form_of_parameter<'s>(&self, source: &'s str, function: &str, name: &str) -> Option<&'s str> {
        let (_, function) = self.functions.iter().find(|(known, _)| known == function)?;
        let param = function.params.iter().find(|param| param.name.name == name)?;
        (param.ty.kind == TypeKind::Form).then(|| source.get(param.ty.span.range())).flatten()
    }

    fn bare_fields<'f>(&self, form: &'f Form) -> Vec<(Id, &'f Field)> {
        let shapes = self.shapes.all.iter().enumerate();
        let named = shapes.filter_map(|(id, shape)| match &shape.origin {
            Origin::Variable(name) => Some((id, form.fields.iter().find(|field| field.name == *name)?)),
            _ => None,
        });
        named.collect()
    }

    fn take_fields(&mut self, record: Id, fields: &[Field]) {
        let shape = self.shapes.get(record);
        let rows = shape.item.map(|item| self.shapes.get(item));
        let read: Vec<(String, Id)> =
            shape.fields.iter().chain(rows.iter().flat_map(|rows| &rows.fields)).cloned().collect();
        for (name, id) in read {
            if name.eq_ignore_ascii_case("ID") {
                let shape = self.shapes.get_mut(id);
                (shape.declared, shape.wants) = (Some(Kind::Number), Kind::Number.into());
            } else if let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name)) {
                self.take_field(id, field);
            }
        }
    }

    fn take_field(&mut self, id: Id, field: &Field) {
        let kind = match field.storage() {
            Storage::Number => Kind::Number,
            Storage::Decimal => Kind::Decimal,
            Storage::Date | Storage::DateTime => Kind::DateTime,
            Storage::Time => Kind::Time,
            Storage::Flag => Kind::Bool,
            Storage::Text | Storage::Choice => Kind::Text,
            // The ID of the other record, unless the script goes on to its fields.
            Storage::Lookup(_) if self.shapes.get(id).fields.is_empty() => Kind::Number,
            Storage::Rows => return self.take_fields(id, &field.fields),
            _ => return,
        };
        let shape = self.shapes.get_mut(id);
        shape.declared = Some(kind);
        shape.wants = kind.into();
        if shape.compared.is_empty() && kind == Kind::Text {
            shape.compared = field.choices.iter().take(CHOICES).map(|choice| Data::Text(choice.clone())).collect();
        }
    }
}
