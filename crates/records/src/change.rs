//! What is written to one record: values sorted into its own columns, tables beside it, rows of subforms, and files.

use std::borrow::Cow;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, DataMap, FieldPath, File};

use crate::criteria::part_of;
use crate::database::Sql;
use crate::field::{Field, FieldType, FileKind, Storage};
use crate::schema::{SYSTEM, Table};
use crate::store::Store;
use crate::subform::rows_in;
use crate::write::Writer;
use crate::{picture, stored};

/// What is written to one record.
#[derive(Default)]
pub(crate) struct Change<'t> {
    /// Columns of the record's own table.
    pub(crate) columns: Columns<'t>,
    /// Values of fields that hold several.
    pub(crate) sides: Vec<(&'t Field, Vec<Sql>)>,
    /// Rows of subforms.
    pub(crate) rows: Vec<(&'t Field, Vec<DataMap>)>,
    /// Files of file fields.
    pub(crate) files: Vec<(&'t Field, Vec<File>)>,
}

/// Columns with their values, in the order in which they were given first.
#[derive(Default)]
pub(crate) struct Columns<'t>(Vec<(Cow<'t, str>, Sql)>);

impl<'t> Columns<'t> {
    /// Gives a column its value.
    pub(crate) fn put(&mut self, name: impl Into<Cow<'t, str>>, value: Sql) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of a column that was given one.
    pub(crate) fn get(&self, name: &str) -> Option<&Sql> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The columns with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Sql)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The names of the columns.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// The values in the same order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Sql> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl Store {
    /// Sorts a value into what is written.
    pub(crate) fn gather<'t>(
        &mut self,
        table: &'t Table,
        path: &FieldPath,
        value: &Data,
        writer: Writer,
        change: &mut Change<'t>,
    ) -> Result<(), Problem> {
        let (first, rest) = path.0.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
        let field = table.expect(first)?;
        let is_system = SYSTEM.iter().any(|(name, _)| *name == field.name);
        let computed = field.kind.is_computed() && !(writer == Writer::Product && field.kind == FieldType::Formula);
        if is_system || computed || (field.kind == FieldType::Signature && writer == Writer::Script) {
            let message = format!("'{}' is filled by the product and cannot be written", field.name);
            return Err(Problem::new(Code::BadArgument, message));
        }
        let storage = field.storage();
        match (&storage, rest) {
            (Storage::Composite, [part]) => {
                let column = part_of(field, part).ok_or_else(|| no_part(field))?;
                change.columns.put(column, stored::column(field, &Storage::Text, value, &self.settings.locale)?);
            }
            (Storage::Composite, []) => {
                let parts: Vec<(String, Data)> = match value {
                    Data::Null => field.kind.parts().iter().map(|part| ((*part).to_owned(), Data::Null)).collect(),
                    Data::Map(map) => {
                        let named = map
                            .iter()
                            .map(|(key, value)| (key.as_text().unwrap_or_default().to_owned(), value.clone()));
                        named.filter(|(key, _)| part_of(field, key).is_some()).collect()
                    }
                    _ => return Err(no_part(field)),
                };
                for (part, value) in parts {
                    self.gather(table, &FieldPath(vec![field.name.clone(), part]), &value, writer, change)?;
                }
            }
            (_, [_, ..]) => {
                let message = format!("{path} cannot be written: '{}' is a field of another record", rest.join("."));
                return Err(
                    Problem::new(Code::BadArgument, message).with_help("Fetch that record and write its field.")
                );
            }
            (Storage::Choices, []) => {
                let values = stored::several(field, &storage, value, &self.settings.locale)?;
                for chosen in &values {
                    self.check_choice(field, chosen);
                }
                change.sides.push((field, values));
            }
            (Storage::Lookups(to), []) => {
                let values = stored::several(field, &storage, value, &self.settings.locale)?;
                for chosen in &values {
                    self.check_target(to, field, chosen)?;
                }
                change.sides.push((field, values));
            }
            (Storage::Rows | Storage::Children(_), []) => change.rows.push((field, rows_in(field, value)?)),
            (Storage::File(kind), []) => {
                let files: Vec<File> = match value {
                    Data::File(file) => vec![(**file).clone()],
                    Data::List(items) => items
                        .iter()
                        .filter_map(|item| match item {
                            Data::File(file) => Some((**file).clone()),
                            _ => None,
                        })
                        .collect(),
                    _ => Vec::new(),
                };
                let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
                let names = match (files.is_empty(), kind) {
                    (false, _) => names.join(",").into(),
                    (true, FileKind::Image) => picture::source(value),
                    (true, _) => value.clone(),
                };
                change.columns.put(&field.name, stored::column(field, &storage, &names, &self.settings.locale)?);
                change.files.push((field, files));
            }
            (Storage::Nothing, []) => {}
            (storage, []) => {
                let locale = &self.settings.locale;
                let column = match value {
                    Data::Map(_) => stored::column(field, storage, &stored::as_shown(value, locale), locale)?,
                    _ => stored::column(field, storage, value, locale)?,
                };
                match storage {
                    Storage::Lookup(to) => self.check_target(to, field, &column)?,
                    Storage::Text | Storage::Choice => self.check_choice(field, &column),
                    _ => {}
                }
                change.columns.put(&field.name, column);
            }
        }
        Ok(())
    }

    /// A value that is none of the choices is stored as given, with a warning.
    fn check_choice(&mut self, field: &Field, value: &Sql) {
        if let Sql::Text(text) = value
            && !text.is_empty()
            && !field.choices.is_empty()
            && !field.other_choices
            && !field.choices.contains(text)
        {
            self.warn(format!("'{text}' is none of the choices of '{}'", field.name));
        }
    }
}

fn no_part(field: &Field) -> Problem {
    let message = format!("'{}' is written part by part", field.name);
    Problem::new(Code::BadArgument, message).with_help(format!("Its parts are {}.", field.kind.parts().join(", ")))
}

/// Whether a value is as good as none.
pub(crate) fn is_unset(value: &Sql) -> bool {
    match value {
        Sql::Null => true,
        Sql::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// Whether a change gives a field a value.
pub(crate) fn is_given(field: &Field, change: &Change<'_>) -> bool {
    match field.storage() {
        Storage::Choices | Storage::Lookups(_) => {
            change.sides.iter().any(|(known, values)| known.name == field.name && !values.is_empty())
        }
        Storage::Rows | Storage::Children(_) => {
            change.rows.iter().any(|(known, rows)| known.name == field.name && !rows.is_empty())
        }
        Storage::Composite => change.columns.iter().any(|(column, value)| {
            column.strip_prefix(field.name.as_str()).is_some_and(|rest| rest.starts_with('.')) && !is_unset(value)
        }),
        Storage::Flag => change.columns.get(&field.name) == Some(&Sql::Integer(1)),
        Storage::Nothing => true,
        _ if field.kind.is_computed() => true,
        _ => change.columns.get(&field.name).is_some_and(|value| !is_unset(value)),
    }
}
