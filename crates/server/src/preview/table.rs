//! Draws the records of a report as a table.

use maud::{Markup, html};
use rainwright::{Data, Failure};
use rainwright_app::{Column, Report, Running};
use rainwright_records::{Field, Schema, Storage};

use super::form::cell;
use super::links::escaped;

/// Columns of a report that names none: so many of the form's fields.
const USUAL_COLUMNS: usize = 8;

/// A cell of the table.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) link: Option<String>,
    number: bool,
}

/// The field at the end of a column's path, when it is there.
pub(crate) fn field_at(schema: &Schema, form: &str, path: &str) -> Option<Field> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = schema.table(form)?.field(first)?.clone();
    match (field.storage(), rest) {
        (_, None) => Some(field),
        (Storage::Composite, Some(_)) => Some(field),
        (Storage::Lookup(to) | Storage::Lookups(to) | Storage::Children(to), Some(rest)) => field_at(schema, &to, rest),
        (Storage::Rows, Some(rest)) => field_at(schema, &format!("{form}.{first}"), rest),
        _ => None,
    }
}

/// The columns that are shown: those of the report, else the first fields of the form.
pub(crate) fn columns(running: &mut Running<'_>, report: &Report) -> Vec<(String, String, Option<Field>)> {
    let schema = running.store().schema();
    let mut found: Vec<Column> = report.columns.clone();
    if found.is_empty()
        && let Some(table) = schema.table(&report.form)
    {
        let fields = table.fields().take(USUAL_COLUMNS);
        found = fields.map(|field| Column { field: field.name.clone(), title: field.title.clone() }).collect();
    }
    let named = found.into_iter().map(|column| {
        let field = field_at(schema, &report.form, &column.field);
        let title = column.title.unwrap_or_else(|| column.field.replace('_', " "));
        (column.field, title, field)
    });
    named.collect()
}

/// The cells of a record.
pub(crate) fn row(
    running: &mut Running<'_>,
    form: &str,
    id: i64,
    columns: &[(String, String, Option<Field>)],
) -> Result<Vec<Cell>, Failure> {
    let mut cells = Vec::with_capacity(columns.len());
    for (path, _, field) in columns {
        let mut made = Cell { text: String::new(), link: None, number: false };
        // A column whose field is gone stays empty; `dg app check` names it.
        let Some(field) = field else {
            cells.push(made);
            continue;
        };
        let value = running.value(form, id, path)?;
        let is_path = path.contains('.');
        match (field.storage(), &value) {
            (Storage::Lookup(to) | Storage::Lookups(to), _) if !matches!(value, Data::Null) => {
                let ids: Vec<i64> = match &value {
                    Data::List(items) => items.iter().filter_map(Data::as_number).collect(),
                    other => other.as_number().into_iter().collect(),
                };
                let labels: Result<Vec<String>, Failure> =
                    ids.iter().map(|id| running.label(&to, *id, field.shows.as_deref())).collect();
                made.text = labels?.join(", ");
            }
            (Storage::File(_), Data::Text(_) | Data::List(_)) => {
                let name = rainwright_records::file_name(&value);
                made.text.clone_from(&name);
                if !is_path && !name.is_empty() {
                    made.link = Some(format!("/file/{}/{id}/{}/0", escaped(form), escaped(path)));
                }
            }
            (storage, value) => {
                made.number = matches!(storage, Storage::Number | Storage::Decimal);
                made.text = cell(running, value);
            }
        }
        cells.push(made);
    }
    Ok(cells)
}

/// A cell as HTML.
pub(crate) fn td(cell: &Cell) -> Markup {
    html! {
        td.number[cell.number] {
            @match &cell.link {
                Some(link) => a href=(link) { (cell.text) },
                None => (cell.text),
            }
        }
    }
}
