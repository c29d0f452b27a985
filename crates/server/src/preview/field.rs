//! Draws the fields of an open form.

use maud::{Markup, html};
use rainwright::effect::DataMap;
use rainwright::{Data, Failure};
use rainwright_app::Running;
use rainwright_records::{Field, FieldType, Form, Storage};

use super::desk::Draft;
use super::given::{columns, inputs, plain, rows};
use super::links::escaped;

/// Draws an open form.
pub(crate) struct Draw<'a, 'h> {
    pub(crate) running: &'a mut Running<'h>,
    pub(crate) form: &'a Form,
    pub(crate) draft: &'a Draft,
    pub(crate) number: u64,
}

/// An input with its texts.
struct Input<'i> {
    /// The name that the browser sends.
    name: &'i str,
    /// The path of the field within the form, for lookups: `Lines.Item`.
    path: &'i str,
    field: &'i Field,
    value: &'i Data,
    /// What the user typed, when the field could not take it.
    typed: Option<&'i [(String, String)]>,
    disabled: bool,
    label: Option<&'i str>,
}

impl Input<'_> {
    fn text(&self) -> String {
        match self.typed.and_then(|typed| typed.iter().find(|(name, _)| name == self.name)) {
            Some((_, text)) => text.clone(),
            None => plain(self.value),
        }
    }
}

impl Draw<'_, '_> {
    /// All fields that are shown.
    pub(crate) fn all(&mut self) -> Result<Markup, Failure> {
        let form = self.form;
        let mut drawn = Vec::with_capacity(form.fields.len());
        for field in &form.fields {
            if !self.draft.state.hidden.contains(&field.name) {
                drawn.push(self.field(field)?);
            }
        }
        Ok(html! { @for field in &drawn { (field) } })
    }

    fn field(&mut self, field: &Field) -> Result<Markup, Failure> {
        if field.kind == FieldType::Layout {
            return Ok(html! { @if let Some(title) = &field.title { h2.section { (title) } } });
        }
        let draft = self.draft;
        let name = &field.name;
        let value = draft.state.get(name);
        let wrong = draft.wrong.iter().find(|(known, _)| known == name).map(|(_, message)| message.as_str());
        let disabled = draft.state.disabled.contains(name);
        let id = format!("f-{name}");
        let title = field.shown();
        let mark = html! { @if field.required { span.must title="This field must be filled in" { " *" } } };
        let hint = html! { @if let Some(wrong) = wrong { p.wrong id=(format!("{id}-wrong")) { (wrong) } } };
        let group = |inner: Markup| {
            html! {
                fieldset.field.bad[wrong.is_some()] data-field=(name) disabled[disabled] {
                    legend { (title) (mark) }
                    (inner)
                    (hint)
                }
            }
        };
        let typed = draft.typed.get(name).map(Vec::as_slice);
        let input = Input { name, path: name, field, value: &value, typed, disabled, label: None };
        Ok(match field.storage() {
            Storage::Rows | Storage::Children(_) => {
                let rows = self.rows(field, &value, disabled)?;
                group(rows)
            }
            Storage::Composite => group(html! {
                div.parts {
                    @for (part, text) in inputs(name, field, &[], &value) {
                        label {
                            span { (part_title(part.rsplit('.').next().unwrap_or_default())) }
                            input type="text" name=(part) value=(text);
                        }
                    }
                }
            }),
            Storage::Choices => group(self.checkboxes(field, name, &value)),
            Storage::Text if field.kind == FieldType::Radio => group(self.radios(field, name, &plain(&value))),
            Storage::Flag => html! {
                div.field.flag.bad[wrong.is_some()] data-field=(name) {
                    label { (self.input(&input)?) " " (title) (mark) }
                    (hint)
                }
            },
            _ if field.kind.is_computed() => html! {
                div.field data-field=(name) {
                    span.label { (title) }
                    output.computed { @if value.is_null() { "set when it is saved" } @else { (self.running.shown(&value)) } }
                }
            },
            _ => {
                let label = html! { label for=(id) { (title) (mark) } };
                html! {
                    div.field.bad[wrong.is_some()] data-field=(name) {
                        (label)
                        (self.input(&input)?)
                        (hint)
                    }
                }
            }
        })
    }

    /// The choices of a field, as scripts left them.
    fn choices<'f>(&'f self, field: &'f Field) -> &'f [String] {
        self.draft.state.choices.get(&field.name).unwrap_or(&field.choices)
    }

    fn checkboxes(&self, field: &Field, name: &str, value: &Data) -> Markup {
        let chosen: Vec<String> = value.as_list().unwrap_or_default().iter().map(plain).collect();
        let others = chosen.iter().filter(|item| !self.choices(field).contains(item));
        html! {
            div.options {
                @for choice in self.choices(field).iter().chain(others) {
                    label { input type="checkbox" name=(name) value=(choice) checked[chosen.contains(choice)]; " " (choice) }
                }
            }
        }
    }

    fn radios(&self, field: &Field, name: &str, chosen: &str) -> Markup {
        html! {
            div.options {
                @for choice in self.choices(field) {
                    label { input type="radio" name=(name) value=(choice) checked[choice == chosen]; " " (choice) }
                }
                // Nothing chosen is sent as well, so that it can be told from a field that is not on the form.
                @if !self.choices(field).iter().any(|choice| choice == chosen) {
                    input type="radio" name=(name) value="" checked hidden;
                }
            }
        }
    }

    /// One input.
    fn input(&mut self, input: &Input<'_>) -> Result<Markup, Failure> {
        let Input { name, field, disabled, label, .. } = input;
        let id = format!("f-{name}");
        let text = input.text();
        let must = field.required.then_some("true");
        let typed_as = |kind: &str, mode: Option<&str>, step: Option<&str>| {
            html! {
                input id=(id) type=(kind) name=(name) value=(text) inputmode=[mode] step=[step] aria-label=[*label]
                    aria-required=[must] disabled[*disabled] autocomplete="off";
            }
        };
        Ok(match field.storage() {
            Storage::Lookup(_) | Storage::Lookups(_) => self.lookup(input, &id)?,
            Storage::Flag => html! {
                input id=(id) type="checkbox" name=(name) value="true" checked[*input.value == true] aria-label=[*label] disabled[*disabled];
            },
            Storage::Choices => self.checkboxes(field, name, input.value),
            Storage::Composite => html! {
                @for (part, text) in inputs(name, field, &[], input.value) {
                    input type="text" name=(part) value=(text) disabled[*disabled]
                        aria-label=(part_title(part.rsplit('.').next().unwrap_or_default()));
                }
            },
            Storage::File(_) => html! {
                @let held = input.value.as_list().map_or(text.clone(), |all| all.iter().map(plain).collect::<Vec<_>>().join(", "));
                @if !held.is_empty() { span.held { (held) } " " }
                input id=(id) type="file" name=(name) aria-label=[*label] disabled[*disabled];
            },
            Storage::Date => typed_as("date", None, None),
            Storage::DateTime => typed_as("datetime-local", None, Some("1")),
            Storage::Time => typed_as("time", None, Some("1")),
            Storage::Number => typed_as("text", Some("numeric"), None),
            Storage::Decimal => typed_as("text", Some("decimal"), None),
            _ if matches!(field.kind, FieldType::TextArea | FieldType::RichText) => html! {
                textarea id=(id) name=(name) rows="4" aria-label=[*label] aria-required=[must] disabled[*disabled] { "\n" (text) }
            },
            Storage::Choice | Storage::Text if !self.choices(field).is_empty() => {
                let is_known = text.is_empty() || self.choices(field).contains(&text);
                html! {
                    select id=(id) name=(name) aria-label=[*label] aria-required=[must] disabled[*disabled] {
                        option value="" selected[text.is_empty()] { "–" }
                        @for choice in self.choices(field) { option selected[*choice == text] { (choice) } }
                        @if !is_known { option selected { (text) } }
                    }
                }
            }
            _ if field.kind == FieldType::Users => {
                let users: Vec<String> = self.running.application().users.keys().cloned().collect();
                html! {
                    input id=(id) type="text" name=(name) value=(text) list=(format!("{id}-users")) aria-label=[*label] disabled[*disabled];
                    datalist id=(format!("{id}-users")) { @for user in users { option value=(user) {} } }
                }
            }
            _ => typed_as(
                match field.kind {
                    FieldType::Email => "email",
                    FieldType::Url => "url",
                    FieldType::Phone => "tel",
                    _ => "text",
                },
                None,
                None,
            ),
        })
    }

    /// A lookup: what can be chosen, with a search where the script of the page runs.
    fn lookup(&mut self, input: &Input<'_>, id: &str) -> Result<Markup, Failure> {
        let Input { name, field, value, disabled, label, .. } = input;
        let several = matches!(field.storage(), Storage::Lookups(_));
        let chosen: Vec<i64> = match value {
            Data::List(items) => items.iter().filter_map(|item| plain(item).parse().ok()).collect(),
            other => plain(other).parse().into_iter().collect(),
        };
        let options = options(self.running, field, "", &chosen, several, &self.draft.state.fields)?;
        let search = format!("/draft/{}/lookup?field={}", self.number, escaped(input.path));
        Ok(html! {
            div.lookup data-search=(search) {
                input type="search" placeholder="Search" aria-label=(format!("Search {}", field.shown())) autocomplete="off" hidden disabled[*disabled];
                select id=(id) name=(name) multiple[several] aria-label=[*label] disabled[*disabled] { (options) }
            }
        })
    }

    fn rows(&mut self, field: &Field, value: &Data, disabled: bool) -> Result<Markup, Failure> {
        let columns = columns(self.running.store().schema(), &self.form.name, field);
        let name = &field.name;
        let typed = self.draft.typed.get(name).map(Vec::as_slice);
        let mut drawn = Vec::new();
        for (place, row) in rows(value).iter().enumerate() {
            let mut cells = Vec::with_capacity(columns.len());
            for column in &columns {
                let input = Input {
                    name: &format!("{name}.{place}.{}", column.name),
                    path: &format!("{name}.{}", column.name),
                    field: column,
                    value: &row[column.name.as_str()],
                    typed,
                    disabled,
                    label: Some(column.shown()),
                };
                cells.push(self.input(&input)?);
            }
            drawn.push((place, plain(&row["ID"]), cells));
        }
        Ok(html! {
            @if drawn.is_empty() { p.none { "No rows yet." } } @else {
                div.wide {
                    table.rows {
                        thead {
                            tr {
                                @for column in &columns { th scope="col" { (column.shown()) @if column.required { span.must { " *" } } } }
                                th { span.unseen { "Remove" } }
                            }
                        }
                        tbody {
                            @for (place, id, cells) in &drawn {
                                tr {
                                    @for cell in cells { td { (cell) } }
                                    td {
                                        input type="hidden" name=(format!("{name}.{place}.ID")) value=(id);
                                        button.quiet type="submit" name="_do" value=(format!("drop:{name}:{place}")) data-part
                                            aria-label=(format!("Remove row {}", place + 1)) { "✕" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            button.quiet type="submit" name="_do" value=(format!("add:{name}")) data-part { "Add a row" }
        })
    }
}

/// The records that a lookup offers on a form with these values, those that are chosen among them.
pub(crate) fn options(
    running: &mut Running<'_>,
    field: &Field,
    typed: &str,
    chosen: &[i64],
    several: bool,
    form: &DataMap,
) -> Result<Markup, Failure> {
    let mut offered = running.offered(field, typed, form)?;
    let target = match field.storage() {
        Storage::Lookup(to) | Storage::Lookups(to) => to,
        _ => String::new(),
    };
    for id in chosen.iter().rev() {
        if !offered.iter().any(|(known, _)| known == id) {
            offered.insert(0, (*id, running.label(&target, *id, field.shows.as_deref())?));
        }
    }
    Ok(html! {
        @if !several { option value="" selected[chosen.is_empty()] { "–" } }
        @for (id, label) in &offered { option value=(id) selected[chosen.contains(id)] { (label) } }
    })
}

/// A part of a name or address for people.
fn part_title(part: &str) -> String {
    let mut text = part.replace('_', " ").to_lowercase();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
