//! Parts that forms and pages are put together from.

use maud::{Markup, html};

use super::session::Session;

/// The token of a form. Every form that is sent by POST needs it.
#[must_use]
pub fn token<W>(session: &Session<W>) -> Markup {
    hidden("token", session.token())
}

/// A field that nobody sees.
#[must_use]
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A labelled field: its name in the form, its label, what is in it, and a line of help.
#[must_use]
pub fn field(name: &str, label: &str, value: &str, help: &str, more: Attributes<'_>) -> Markup {
    let id = format!("f-{name}");
    let help_id = format!("{id}-help");
    html! {
        div.field {
            label for=(id) {
                (label)
                @if more.optional { span.optional { " optional" } }
            }
            input id=(id) name=(name) type=(more.kind.unwrap_or("text")) value=(value)
                required[!more.optional] readonly[more.readonly] placeholder=[more.placeholder]
                autocomplete=(more.autocomplete.unwrap_or("off")) spellcheck="false" autocapitalize="off"
                pattern=[more.pattern] data-name-from=[more.name_from]
                aria-describedby=[(!help.is_empty()).then_some(&help_id)];
            @if !help.is_empty() { p.help id=(help_id) { (help) } }
        }
    }
}

/// The less common attributes of a [`field`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Attributes<'a> {
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether it is only to be read.
    pub readonly: bool,
    /// The type, such as `password`.
    pub kind: Option<&'a str>,
    /// The placeholder of an empty field.
    pub placeholder: Option<&'a str>,
    /// What browsers may fill in.
    pub autocomplete: Option<&'a str>,
    /// A regular expression.
    pub pattern: Option<&'a str>,
    /// The field from which the script derives a link name.
    pub name_from: Option<&'a str>,
}

/// A choice.
#[must_use]
pub fn select<'a>(
    name: &str,
    label: &str,
    value: &str,
    help: &str,
    choices: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Markup {
    let id = format!("f-{name}");
    let help_id = format!("{id}-help");
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) aria-describedby=[(!help.is_empty()).then_some(&help_id)] {
                @for (choice, text) in choices { option value=(choice) selected[choice == value] { (text) } }
            }
            @if !help.is_empty() { p.help id=(help_id) { (help) } }
        }
    }
}

/// Code to copy. Without script it is selected by hand.
#[must_use]
pub fn code_box(label: &str, code: &str) -> Markup {
    html! {
        figure.code {
            figcaption { span { (label) } button.quiet type="button" data-copy hidden { "Copy" } }
            pre tabindex="0" aria-label=(label) { code { (code) } }
        }
    }
}

/// A time, which the script shows in the zone of the reader.
#[must_use]
pub fn time(at: i64) -> Markup {
    let Ok(at) = jiff::Timestamp::from_second(at) else {
        return html! { (at) };
    };
    html! { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M UTC")) } }
}
