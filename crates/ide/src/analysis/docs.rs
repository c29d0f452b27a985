//! What is said about a thing: hovers, and the documentation of completions, in Markdown.

use super::document::{Document, Part, body};
use super::target::Target;
use super::{Analysis, KnownConnection};
use rainwright_builtins::{
    BlockTask, Builtin, Example, Integration, Param, TaskKey, block_tasks, builtins, integration, integrations,
};
use rainwright_diagnostic::Span;
use rainwright_syntax::scope::{FunctionName, Origin, VariableId};
use rainwright_value::{Kind, Kinds};

/// What is said about the thing at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The thing.
    pub span: Span,
    /// What is said, in Markdown.
    pub markdown: String,
}

impl Analysis {
    /// What is said about the thing at an offset.
    #[must_use]
    pub fn hover(&self, file: &str, offset: u32) -> Option<Hover> {
        let document = self.document(file)?;
        let (target, span) = self.meant(file, &document, offset)?;
        let part = document.part(offset)?;
        let markdown = match target {
            Target::Variable(id) => self.variable(file, &document, part, id),
            Target::Function { path, .. } => self.function_docs(file, &document, &path)?,
            Target::Builtin(rows) => rows.into_iter().map(function).collect::<Vec<_>>().join("\n\n---\n\n"),
            Target::Integration(row) => task(row),
            Target::Task(row) => block(row),
            Target::TaskKey(row, key) => task_key(row, key),
            Target::Form(name) => form(&document, &name),
            Target::Field(name) => field(&document, part, &name),
            Target::Connection(name) => self.connection(file, &name),
        };
        Some(Hover { span, markdown })
    }

    /// The documentation of a completion, by its [`Completion::documentation`](super::Completion::documentation).
    #[must_use]
    pub fn documentation(&self, key: &str) -> Option<String> {
        match key.split_once(' ')? {
            ("function", index) => builtins().nth(index.parse().ok()?).map(function),
            ("integration", name) => integration(name).map(task),
            ("task", name) => self.block_task(name).map(block),
            ("key", name) => {
                let (of, name) = name.split_once(' ')?;
                let row = self.block_task(of)?;
                row.keys.iter().find(|key| key.name == name).map(|key| task_key(row, key))
            }
            ("own", name) => {
                let (file, path) = name.rsplit_once(' ')?;
                let document = self.document(file)?;
                self.function_docs(file, &document, path)
            }
            _ => None,
        }
    }

    /// The block task of a name: one of the language, or one that a program around has declared for any project.
    fn block_task(&self, name: &str) -> Option<&'static BlockTask> {
        let own = || self.projects.values().find_map(|state| state.options().tasks.own(name));
        rainwright_builtins::block_task(name).or_else(own)
    }

    fn variable(&self, file: &str, document: &Document, part: &Part, id: VariableId) -> String {
        let variable = part.scopes.variable(id);
        let script = part.script(self.options_of(file, document, part));
        let name = variable.name.as_str();
        let kinds = body(&script, id.scope).and_then(|body| body.variables.get(name).copied());
        let what = match variable.origin {
            Origin::Parameter => "parameter",
            Origin::Loop => "variable of a loop",
            Origin::Index => "index of a loop",
            Origin::Caught => "caught error",
            Origin::Given => "given by the product or the caller",
            Origin::Assigned => "variable",
            Origin::Unknown => "not assigned in this script",
        };
        let kinds = kinds.filter(|kinds| *kinds != Kinds::NONE).map(shown).unwrap_or_default();
        let uses = variable.uses.len();
        let uses = if uses == 1 { "named once".to_owned() } else { format!("named {uses} times") };
        format!("{}\n\n{what}, {uses}", code(&format!("{name}{kinds}")))
    }

    /// The header of a function, and the comment above it.
    pub(crate) fn function_docs(&self, file: &str, document: &Document, path: &str) -> Option<String> {
        let said = |document: &Document, function: &FunctionName| {
            let comment = document.comment_above(function.span.start).replace('\n', "  \n");
            let mut text = code(&header(function));
            if !comment.is_empty() {
                text += &format!("\n\n{comment}");
            }
            text
        };
        let functions: Vec<&FunctionName> = document.functions().collect();
        if let Some(function) = rainwright_syntax::scope::find_by_path(&functions, path, |f| &f.path) {
            return Some(said(document, function));
        }
        let place = self.function_places(file, path).into_iter().next()?;
        let other = self.document(&place.file)?;
        let function = other.functions().find(|f| f.name == place.span)?;
        Some(format!("{}\n\n_in {}_", said(&other, function), file_name(&place.file)))
    }

    fn connection(&self, file: &str, name: &str) -> String {
        let known = self.project(file).and_then(|project| project.connections.as_ref());
        let one = |one: &KnownConnection| format!("**{name}**: connection to {}", one.service);
        match known {
            None => format!("**{name}**: connection"),
            Some(all) => all.iter().find(|c| c.name == name).map_or_else(
                || format!("**{name}**: there is no such connection. `dg connect SERVICE --link {name}` makes it."),
                one,
            ),
        }
    }
}

/// The last part of a file's name.
pub(crate) fn file_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// The key by which the documentation of a function is asked for.
pub(crate) fn key_of(row: &'static Builtin) -> Option<String> {
    builtins().position(|one| one.is(row)).map(|at| format!("function {at}"))
}

fn code(text: &str) -> String {
    format!("```deluge\n{text}\n```")
}

/// A variable's kinds after its name; nothing when nothing is known.
fn shown(kinds: Kinds) -> String {
    if kinds == Kinds::ANY { String::new() } else { format!(": {kinds}") }
}

/// The type word for values of these kinds; `object` when they are several.
pub(crate) fn type_of(kinds: Kinds) -> &'static str {
    let known: Vec<Kind> = kinds.iter().filter(|kind| *kind != Kind::Null).collect();
    match known[..] {
        [Kind::Text] => "string",
        [Kind::Number] => "int",
        [Kind::Decimal] | [Kind::Number, Kind::Decimal] => "decimal",
        [Kind::Bool] => "bool",
        [Kind::DateTime] => "date",
        [Kind::Time] => "time",
        [Kind::List] => "list",
        [Kind::Map] => "map",
        [Kind::Collection] => "collection",
        [Kind::File] => "file",
        _ => "object",
    }
}

/// A function's header: `string standalone.greet(string name)`.
pub(crate) fn header(function: &FunctionName) -> String {
    let params: Vec<String> = function.params.iter().map(|(name, ty)| format!("{} {name}", ty.word())).collect();
    format!("{} {}({})", function.returns.word(), function.path, params.join(", "))
}

/// The page of a function of the language.
pub(crate) fn function(row: &Builtin) -> String {
    let mut page = format!("{}\n\n{}", code(&format!("{} → {}", row.signature(), row.returns)), row.doc);
    if !row.edge.is_empty() {
        page += &format!("\n\n{}", row.edge);
    }
    if let Some(instead) = row.deprecated {
        page += &format!("\n\n**Deprecated.** {instead}");
    }
    page += &params(row.params);
    page += &examples(row.examples);
    if !row.products.is_empty() {
        page += &format!("\n\nIn {} only.", row.products);
    }
    page
}

fn params(params: &[Param]) -> String {
    let mut text = String::new();
    for param in params {
        let optional = if param.optional { ", optional" } else { "" };
        text += &format!("\n- `{}` ({}{optional}): {}", param.name, param.kinds, param.doc);
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn examples(examples: &[Example]) -> String {
    let shown: Vec<String> = examples
        .iter()
        .take(3)
        .map(|example| {
            let results = example.result.lines().map(|line| format!("// => {line}")).collect::<Vec<_>>().join("\n");
            format!("{}\n{results}", example.source().trim())
        })
        .collect();
    if shown.is_empty() { String::new() } else { format!("\n\n{}", code(&shown.join("\n"))) }
}

/// The page of an integration task.
pub(crate) fn task(row: &Integration) -> String {
    let names: Vec<String> =
        row.params.iter().map(|p| if p.optional { format!("[{}]", p.name) } else { p.name.to_owned() }).collect();
    let mut page = format!("{}\n\n{}", code(&format!("{}({}) → {}", row.name, names.join(", "), row.returns)), row.doc);
    if let Some(instead) = row.deprecated {
        page += &format!("\n\n**Deprecated.** {instead}");
    }
    page += &params(row.params);
    if !row.path.is_empty() {
        page += &format!("\n\n`{} {}`", row.method, row.path);
    }
    if let Some(example) = row.examples.first() {
        page += &format!("\n\n{}", code(example));
    }
    page
}

/// The page of a block task.
pub(crate) fn block(row: &BlockTask) -> String {
    let mut page = format!("{}\n\n{}\n", code(&format!("{} [ … ] → {}", row.name, row.returns)), row.doc);
    for key in row.keys {
        let required = if key.required { ", required" } else { "" };
        page += &format!("\n- `{}` ({}{required}): {}", key.name, key.kinds, key.doc);
    }
    if let Some(example) = row.examples.first() {
        page += &format!("\n\n{}", code(example));
    }
    page
}

fn task_key(row: &BlockTask, key: &TaskKey) -> String {
    let mut page = format!("`{}` of {}: {}\n\n{}", key.name, row.name, key.kinds, key.doc);
    if !key.constants.is_empty() && key.constants != ["*"] {
        page += &format!("\n\nOne of {}.", key.constants.join(", "));
    }
    page
}

fn form(document: &Document, name: &str) -> String {
    let Some(form) = document.forms.iter().find(|form| form.name == name) else {
        return format!("**{name}**: form");
    };
    let title = form.title.as_deref().map(|title| format!(" ({title})")).unwrap_or_default();
    let fields: Vec<String> = form.fields.iter().map(|f| format!("- `{}`: {}", f.name, f.kind)).collect();
    format!("**{name}**{title}: form\n\n{}", fields.join("\n"))
}

fn field(document: &Document, part: &Part, name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let form = part.form.as_deref().and_then(|name| document.forms.iter().find(|form| form.name == name));
    let Some(field) = form.and_then(|form| form.fields.iter().find(|field| field.name == last)) else {
        return format!("**{last}**: field");
    };
    let title = field.title.as_deref().map(|title| format!(" ({title})")).unwrap_or_default();
    let mut text = format!("**{last}**{title}: {} field", field.kind);
    if !field.choices.is_empty() {
        text += &format!("\n\nOne of {}.", field.choices.join(", "));
    }
    text
}

/// All integration tasks and block tasks by name, for completion.
pub(crate) fn all_tasks() -> (Vec<&'static Integration>, Vec<&'static BlockTask>) {
    (integrations().collect(), block_tasks().collect())
}
