//! Records in: all of an application as JSON, and rows of a form from JSON or CSV.

use std::borrow::Cow;
use std::collections::HashMap;

use rainwright::builtins::json_data;
use rainwright::effect::{DataMap, FieldPath};
use rainwright::{Code, Data, Failure, Problem};
use rainwright_records::{Field, FieldType, SYSTEM, Storage, Store, Table, rows_in};

/// Rows of a form as a CSV file has them.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The fields, or parts of them: `Code`, `Owner.first_name`.
    pub names: Vec<String>,
    /// The line of each row in the file, and its cells.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// Reads a JSON text of records for [`load`]; numbers keep every digit.
///
/// # Errors
/// A text that is no JSON, with the place.
pub fn read_rows(text: &str) -> Result<Data, Problem> {
    json_data(text)
}

/// Adds records: rows of one form, or `{"Form": [{…}, …]}` as [`crate::dump`] writes them. `ID` in a row names it for the
/// lookups of other rows and of rows of subforms; the records get IDs of their own. All are added, or none. Says how many.
///
/// # Errors
/// Rows that cannot be read, or that break a rule of their form: the message names the row.
pub fn load(store: &mut Store, form: Option<&str>, rows: &Data) -> Result<usize, Failure> {
    whole(store, |store| {
        let bad = |message: &str| Problem::new(Code::CannotParse, message).with_help("dg app dump shows how it looks.");
        let sets: Vec<(String, &[Data])> = match (form, rows) {
            (Some(form), Data::List(rows)) => vec![(form.to_owned(), rows)],
            (_, Data::Map(forms)) => {
                let named = forms.iter().map(|(form, rows)| Some((form.to_string(), rows.as_list()?)));
                named.collect::<Option<_>>().ok_or_else(|| bad("The records of a form are a list of objects"))?
            }
            (None, Data::List(_)) => {
                let problem = Problem::new(Code::BadArgument, "A list of records does not say of which form they are");
                return Err(problem.with_help("Name the form: --form NAME.").into());
            }
            _ => return Err(bad("Records are a list of objects, or an object of such lists by form").into()),
        };
        let mut loading = Loading::default();
        for (form, rows) in sets {
            let table = store.schema().expect(&form)?.clone();
            for (at, row) in rows.iter().enumerate() {
                let place = Place { row: at + 1, line: None };
                let added = match row.as_map() {
                    Some(row) => loading.add(store, &table, place, row),
                    None => Err(bad("A record is an object of fields")),
                };
                added.map_err(|problem| place.of(&table.name, problem))?;
            }
        }
        loading.finish(store)
    })
}

/// Adds the rows of a sheet to a form, as [`load`] does. A field with several values is written as a list in JSON, or with commas
/// between its values; the rows of a subform are a list of objects in JSON.
///
/// # Errors
/// A column that is no field, a column that occurs twice, and whatever [`load`] refuses. The message names the line.
pub fn load_sheet(store: &mut Store, form: &str, sheet: &Sheet) -> Result<usize, Failure> {
    whole(store, |store| {
        let table = store.schema().expect(form)?.clone();
        let fields = columns(&table, &sheet.names)?;
        let mut loading = Loading::default();
        for (at, (line, cells)) in sheet.rows.iter().enumerate() {
            let place = Place { row: at + 1, line: Some(*line) };
            let mut row = DataMap::new();
            let read: Result<(), Problem> =
                sheet.names.iter().zip(&fields).zip(cells).try_for_each(|((name, field), text)| {
                    row.insert(name.clone(), cell(field, name.contains('.'), text)?);
                    Ok(())
                });
            let added = read.and_then(|()| loading.add(store, &table, place, &row));
            added.map_err(|problem| place.of(&table.name, problem))?;
        }
        loading.finish(store)
    })
}

/// All of it in one transaction, or nothing.
fn whole(store: &mut Store, work: impl FnOnce(&mut Store) -> Result<usize, Failure>) -> Result<usize, Failure> {
    store.begin()?;
    let added = work(store);
    store.end(added.is_ok())?;
    added
}

/// The fields that the names of a sheet mean.
fn columns(table: &Table, names: &[String]) -> Result<Vec<Field>, Problem> {
    let mut fields = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        if names[..at].iter().any(|other| other.eq_ignore_ascii_case(name)) {
            let message = format!("The first line names '{name}' twice");
            return Err(Problem::new(Code::BadArgument, message).with_help("Leave one of the two columns out."));
        }
        if name.is_empty() {
            let message = format!("The first line has no name for the column {}", at + 1);
            return Err(Problem::new(Code::BadArgument, message).with_help("It names the fields, with commas between."));
        }
        fields.push(field_of(table, name)?.clone());
    }
    Ok(fields)
}

/// The field of a name, whose part must be one where the name goes on after a dot.
fn field_of<'t>(table: &'t Table, name: &str) -> Result<&'t Field, Problem> {
    let (first, part) = name.split_once('.').map_or((name, None), |(first, part)| (first, Some(part)));
    let field = table.expect(first)?;
    if let Some(part) = part {
        field.part(part)?;
    }
    Ok(field)
}

/// What a cell of a sheet holds.
fn cell(field: &Field, is_part: bool, text: &str) -> Result<Data, Problem> {
    let starts = |sign: char| text.trim_start().starts_with(sign);
    let (is_json, looks) = match field.storage() {
        Storage::Choices | Storage::Lookups(_) => (starts('['), r#"["New", "Old"], or New, Old"#),
        Storage::Rows | Storage::Children(_) => (!text.trim().is_empty(), r#"[{"Item": "1", "Count": 2}]"#),
        Storage::Composite if !is_part => (starts('{'), r#"{"first_name": "Ada"}"#),
        _ => (false, ""),
    };
    if !is_json && field.storage() == Storage::Composite && !is_part {
        if text.trim().is_empty() {
            return Ok(Data::Null);
        }
        let parts: Vec<String> = field.kind.parts().iter().map(|part| format!("{}.{part}", field.name)).collect();
        let message = format!("'{}' has parts, and '{text}' does not say which is which", field.name);
        let help = format!("Give it columns for its parts: {}; or write {looks}.", parts.join(", "));
        return Err(Problem::new(Code::WrongKind, message).with_help(help));
    }
    if !is_json {
        return Ok(unescaped(text).into());
    }
    json_data(text).map_err(|problem| {
        let message = format!("The cell of '{}' cannot be read: {}", field.name, problem.message);
        Problem::new(Code::CannotParse, message).with_help(format!("It is written like {looks}."))
    })
}

/// A cell without the quote that stands before a sign which spreadsheets take for the start of a formula.
fn unescaped(text: &str) -> &str {
    let is_escaped = text.starts_with('\'') && text.trim_start_matches('\'').starts_with(['=', '+', '-', '@']);
    if is_escaped { &text[1..] } else { text }
}

/// A cell as a sheet holds it: what spreadsheets would take for a formula gets a quote in front, which [`load_sheet`] takes away.
#[must_use]
pub fn escaped(cell: &str) -> Cow<'_, str> {
    let is_number = cell.parse::<f64>().is_ok();
    match cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@']) && !is_number {
        true => format!("'{cell}").into(),
        false => cell.into(),
    }
}

/// The position of a record in the file that is loaded.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    line: Option<u64>,
}

impl Place {
    /// A problem of this record, with its place.
    fn of(self, form: &str, problem: Problem) -> Problem {
        let line = self.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let message = format!("Row {} of '{form}'{line}: {}", self.row, problem.message);
        Problem { message, ..problem }
    }
}

/// A record that was added without its lookups and rows.
struct Added {
    form: String,
    id: i64,
    place: Place,
    links: Vec<(FieldPath, Data)>,
}

/// Records on their way in.
#[derive(Default)]
struct Loading {
    added: Vec<Added>,
    /// What the records got for the IDs that the file gives them, by form and ID.
    known: HashMap<(String, String), i64>,
}

impl Loading {
    /// Adds a record without what leads to other records: those may come later.
    fn add(&mut self, store: &mut Store, table: &Table, place: Place, row: &DataMap) -> Result<(), Problem> {
        let (mut fields, mut links) = (Vec::new(), Vec::new());
        for (name, value) in row.iter() {
            let name = name.as_text().unwrap_or_default();
            let field = field_of(table, name)?;
            let is_system = SYSTEM.iter().any(|(system, _)| *system == field.name);
            if is_system || field.kind.is_computed() && field.kind != FieldType::Formula {
                continue;
            }
            if let (Storage::Composite, Data::Map(parts)) = (field.storage(), value) {
                parts.iter().try_for_each(|(part, _)| field.part(&part.to_string()).map(drop))?;
            }
            let given = (FieldPath::parse(name), value.clone());
            match field.storage() {
                Storage::Lookup(_) | Storage::Lookups(_) => links.push(given),
                Storage::Rows | Storage::Children(_) => {
                    rows_in(field, value)?;
                    links.push(given);
                }
                _ => fields.push(given),
            }
        }
        let id = store.submit(&table.name, &fields)?;
        let own = row.iter().find(|(name, _)| name.as_text().is_some_and(|name| name.eq_ignore_ascii_case("ID")));
        if let Some(old) = own.map(|(_, old)| old.to_string()).filter(|old| !old.is_empty())
            && self.known.insert((table.name.clone(), old.clone()), id).is_some()
        {
            return Err(Problem::new(Code::BadArgument, format!("The ID {old} is that of an earlier row already"))
                .with_help("Give each row of a form an ID of its own."));
        }
        self.added.push(Added { form: table.name.clone(), id, place, links });
        Ok(())
    }

    /// Gives the records their lookups and rows, and looks for what mandatory fields lack. Says how many records there are.
    fn finish(self, store: &mut Store) -> Result<usize, Failure> {
        for Added { form, id, place, links } in &self.added {
            if links.is_empty() {
                continue;
            }
            let table = store.schema().expect(form)?.clone();
            let linked = links.iter().map(|(path, value)| {
                let field = table.expect(path.0.first().map_or("", String::as_str))?;
                Ok((path.clone(), self.linked(store, form, field, value)?))
            });
            let linked: Result<Vec<_>, Problem> = linked.collect();
            let stored = linked.and_then(|fields| store.store_fields(form, *id, &fields));
            stored.map_err(|problem| place.of(form, problem))?;
        }
        for Added { form, id, place, .. } in &self.added {
            if let Some(problem) = store.missing(form, *id)? {
                return Err(place.of(form, problem.with_help("A mandatory field lacks its value.")).into());
            }
        }
        Ok(self.added.len())
    }

    /// The value of a field with the IDs that the records got in place of those of the file.
    fn linked(&self, store: &Store, form: &str, field: &Field, value: &Data) -> Result<Data, Problem> {
        let (rows_form, link) = match field.storage() {
            Storage::Lookup(to) | Storage::Lookups(to) => {
                return Ok(self.ids(&store.schema().expect(&to)?.name, field, value));
            }
            Storage::Rows => (format!("{form}.{}", field.name), None),
            Storage::Children(to) => (to.clone(), Some(to)),
            _ => return Ok(value.clone()),
        };
        let table = store.schema().expect(&rows_form)?;
        let mut rows = Vec::new();
        for (at, row) in rows_in(field, value)?.iter().enumerate() {
            let mut linked = DataMap::new();
            for (name, value) in row.iter() {
                let name = name.as_text().unwrap_or_default();
                let given = field_of(table, name).and_then(|column| match (&link, name) {
                    (Some(_), "ID") => Ok(self.ids(&table.name, column, value)),
                    _ => self.linked(store, &rows_form, column, value),
                });
                let given = given.map_err(|problem| {
                    let message = format!("row {} of '{}': {}", at + 1, field.name, problem.message);
                    Problem { message, ..problem }
                });
                linked.insert(name, given?);
            }
            rows.push(Data::Map(linked));
        }
        Ok(Data::List(rows))
    }

    /// IDs of records of a form: those of the file by what the records got.
    fn ids(&self, form: &str, field: &Field, value: &Data) -> Data {
        match value {
            Data::List(items) => Data::List(items.iter().map(|item| self.ids(form, field, item)).collect()),
            Data::Text(text) if matches!(field.storage(), Storage::Lookups(_)) && text.contains(',') => {
                let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
                Data::List(ids.map(|id| self.ids(form, field, &id.into())).collect())
            }
            other => {
                let known = self.known.get(&(form.to_owned(), other.to_string()));
                known.map_or_else(|| other.clone(), |id| Data::Number(*id))
            }
        }
    }
}
