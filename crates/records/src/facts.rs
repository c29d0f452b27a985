//! Forms as checks of scripts know them: derived from their descriptions, so that each fact is in one place.

use rainwright_effect::{FieldFacts, FormFacts, Holds};

use crate::field::{Field, FieldType, Storage};
use crate::schema::{Form, SYSTEM};

/// What scripts may know of forms, and of the subforms with rows of their own. Forms that do not fit together are described
/// all the same: a check speaks of the rest.
#[must_use]
pub fn facts(forms: &[Form]) -> Vec<FormFacts> {
    let mut found = Vec::new();
    for form in forms {
        found.push(of_form(form.name.clone(), &form.fields, &form.name));
        for field in form.fields.iter().filter(|field| field.storage() == Storage::Rows) {
            found.push(of_form(format!("{}.{}", form.name, field.name), &field.fields, &form.name));
        }
    }
    found
}

fn of_form(name: String, fields: &[Field], form: &str) -> FormFacts {
    let own = fields.iter().map(|field| of_field(field, form));
    let system = SYSTEM.iter().map(|(name, kind)| {
        let facts = of_field(&Field::new(name, *kind), form);
        // The users that the system notes are composite fields: their text is the user's name.
        FieldFacts { is_computed: *name != "Added_User", is_system: true, ..facts }
    });
    FormFacts { name, fields: own.chain(system).collect() }
}

/// The form whose records or rows a field of a form holds.
pub(crate) fn leads_to(form: &str, field: &Field) -> Option<String> {
    match field.storage() {
        Storage::Lookup(to) | Storage::Lookups(to) | Storage::Children(to) => Some(to),
        Storage::Rows => Some(format!("{form}.{}", field.name)),
        _ => None,
    }
}

fn of_field(field: &Field, form: &str) -> FieldFacts {
    let storage = field.storage();
    let leads_to = leads_to(form, field);
    FieldFacts {
        name: field.name.clone(),
        holds: holds(&storage),
        leads_to,
        parts: field.kind.parts().iter().map(|part| (*part).to_owned()).collect(),
        choices: if field.other_choices { Vec::new() } else { field.choices.clone() },
        is_computed: matches!(field.kind, FieldType::AutoNumber | FieldType::Formula),
        is_system: false,
    }
}

fn holds(storage: &Storage) -> Holds {
    match storage {
        Storage::Text | Storage::Choice => Holds::Text,
        Storage::File(_) => Holds::File,
        Storage::Number => Holds::Number,
        Storage::Decimal => Holds::Decimal,
        Storage::Date | Storage::DateTime => Holds::Moment,
        Storage::Time => Holds::Time,
        Storage::Flag => Holds::Decision,
        Storage::Choices => Holds::Texts,
        Storage::Lookup(_) => Holds::Link,
        Storage::Lookups(_) => Holds::Links,
        Storage::Composite => Holds::Parts,
        Storage::Rows | Storage::Children(_) => Holds::Rows,
        Storage::Nothing => Holds::Nothing,
    }
}
