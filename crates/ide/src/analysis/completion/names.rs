//! Completions of plain names: variables, functions, words, statements, and the keys and words of task blocks.

use super::{Completer, CompletionKind, call_snippet};
use crate::analysis::docs::all_tasks;
use crate::analysis::document::body;
use rainwright_builtins::names::{SPECIAL, Written, common_namespaces};
use rainwright_builtins::{BlockTask, Form, builtins};
use rainwright_syntax::scope::Origin;
use rainwright_value::Kinds;

/// Statements to fill in: the word, what is put there, what it is.
const STATEMENTS: &[(&str, &str, &str)] = &[
    ("if", "if(${1:condition})\n{\n\t$0\n}", "runs a block when a condition holds"),
    ("else", "else\n{\n\t$0\n}", "runs a block when the condition before does not hold"),
    ("else if", "else if(${1:condition})\n{\n\t$0\n}", "asks a further condition"),
    ("for each", "for each ${1:item} in ${2:list}\n{\n\t$0\n}", "goes through a list, a map's keys, or records"),
    ("for each index", "for each index ${1:i} in ${2:list}\n{\n\t$0\n}", "goes through the positions of a list"),
    ("try", "try\n{\n\t$1\n}\ncatch (${2:e})\n{\n\tinfo ${2:e}.message;\n}", "catches errors"),
    ("info", "info ${1:value};", "writes a line to the log"),
    ("return", "return ${1:value};", "ends the function with a value"),
    ("break", "break;", "leaves the loop"),
    ("continue", "continue;", "goes on with the next turn of the loop"),
    ("throw", "throw ${1:value};", "raises an error"),
    ("void function", "void ${1:name}(${2:string text})\n{\n\t$0\n}", "a function without a result"),
    ("map function", "map ${1:name}(${2:string text})\n{\n\tresult = Map();\n\t$0\n\treturn result;\n}", "a function"),
];

/// Statements that only scripts of forms have.
const FORM_STATEMENTS: &[(&str, &str, &str)] = &[
    ("alert", "alert ${1:\"text\"};", "shows a message"),
    ("cancel submit", "cancel submit;", "keeps the record from being saved"),
    ("hide", "hide ${1:field};", "hides a field"),
    ("show", "show ${1:field};", "shows a field"),
    ("enable", "enable ${1:field};", "lets a field be changed"),
    ("disable", "disable ${1:field};", "keeps a field from being changed"),
    ("insert into", "insert into ${1:form}\n[\n\t${2:field} = ${3:value}\n];", "adds a record"),
    ("delete from", "delete from ${1:form}[${2:ID == 0}];", "deletes records"),
];

/// Words within expressions.
const WORDS: &[&str] = &["true", "false", "null", "in", "and", "or", "not"];

impl Completer<'_> {
    pub(super) fn names(&mut self, statement: bool) {
        self.choice_values();
        self.variables();
        self.functions();
        if statement {
            self.statements();
        }
        for word in WORDS {
            self.push(word, CompletionKind::Keyword, "").rank = 6;
        }
        for name in common_namespaces() {
            self.push(name, CompletionKind::Namespace, "").rank = 6;
        }
        self.criteria_fields();
        let forms = self.document.forms.iter().map(|form| form.name.clone());
        let forms: Vec<String> = forms.chain(self.options().forms.names().map(str::to_owned)).collect();
        for form in forms {
            self.push(&form, CompletionKind::Form, "form").rank = 3;
        }
        for (path, params, detail, key) in self.own_functions() {
            let bracket = self.has_bracket();
            let one = self.push(&path, CompletionKind::Function, detail);
            one.documentation = Some(key);
            one.rank = 2;
            if !bracket {
                (one.insert, one.snippet) = (call_snippet(&path, &params), true);
            }
        }
        for task in all_tasks().1.into_iter().chain(self.document.tasks.iter()) {
            self.task(task.name, task);
        }
        let own = self.analysis.project(self.file).map(|project| project.functions.clone()).unwrap_or_default();
        for name in own {
            self.push(&name, CompletionKind::Function, "of the program around").rank = 2;
        }
    }

    /// A task's block to fill in; `written` is the part of its name that is not there yet.
    pub(super) fn task(&mut self, written: &str, task: &'static BlockTask) {
        let required: Vec<_> = task.keys.iter().filter(|key| key.required).collect();
        let holes = required.iter().enumerate().map(|(at, key)| {
            let hole = if key.kinds.has(rainwright_value::Kind::Text) { "\"\"" } else { "value" };
            format!("\t{}: ${{{}:{hole}}}\n", key.name, at + 1)
        });
        let block = format!("{written}\n[\n{}\t$0\n];", holes.collect::<String>());
        let one = self.push(written, CompletionKind::Task, task.doc.split_inclusive(". ").next().unwrap_or("").trim());
        one.documentation = Some(format!("task {}", task.name));
        (one.insert, one.snippet, one.rank) = (block, true, 4);
    }

    fn variables(&mut self) {
        let at = self.part.scopes.scope_at(self.offset);
        let Some(scope) = self.part.scopes.scopes.get(at) else { return };
        let script = self.part.script(self.options());
        let (body, has_form) = (body(&script, at), script.has_form());
        let kinds = body.as_ref().map(|body| &body.variables);
        let mut found: Vec<(String, String, u8)> = Vec::new();
        for variable in &scope.variables {
            // The word that is being typed is no variable yet.
            let here = variable.uses.iter().all(|one| one.span.start == self.word.start);
            if here || (variable.origin == Origin::Unknown && !has_form) {
                continue;
            }
            let known = kinds.and_then(|all| all.get(variable.name.as_str())).copied().unwrap_or(Kinds::ANY);
            let detail = if known == Kinds::ANY || known == Kinds::NONE { String::new() } else { known.to_string() };
            let before = variable.uses.first().is_some_and(|one| one.span.start < self.word.start);
            found.push((variable.name.to_string(), detail, if before { 0 } else { 3 }));
        }
        let options = self.options().for_source(&self.document.text);
        for name in options.given().into_iter().filter(|name| scope.variable(name).is_none()) {
            let kind = options.kind.and_then(|kind| kind.variable(name)).map(|given| given.kind.name());
            let detail = kind.map_or("given by the product".to_owned(), |kind| format!("{kind}, given by the product"));
            found.push((name.to_owned(), detail, 3));
        }
        for (name, detail, rank) in found {
            self.push(&name, CompletionKind::Variable, detail).rank = rank;
        }
    }

    fn functions(&mut self) {
        for row in builtins() {
            if row.name.contains('.') || row.form == Form::Method {
                continue;
            }
            let kind = if row.form == Form::Word { CompletionKind::Constant } else { CompletionKind::Function };
            self.row(row.name, row, kind, if row.has_receiver() { 5 } else { 4 });
        }
        let forms = self.has_forms();
        let special = SPECIAL.iter().filter(|row| match row.written {
            Written::Alone => true,
            Written::InForms => forms,
            Written::OnField => false,
        });
        for row in special {
            let params: Vec<String> = row.params.iter().map(|name| (*name).to_owned()).collect();
            let one = self.push(row.name, CompletionKind::Function, row.doc);
            (one.insert, one.snippet, one.rank) = (call_snippet(row.name, &params), true, 4);
        }
    }

    /// Whether the script can belong to a form.
    fn has_forms(&self) -> bool {
        self.options().profile.forms || !self.options().forms.is_empty() || !self.document.forms.is_empty()
    }

    fn statements(&mut self) {
        let more = if self.has_forms() { FORM_STATEMENTS } else { &[] };
        for (word, snippet, detail) in STATEMENTS.iter().chain(more) {
            let one = self.push(word, CompletionKind::Snippet, *detail);
            (one.insert, one.snippet, one.rank) = ((*snippet).to_owned(), true, 1);
        }
    }

    /// The keys that a task's block does not have yet.
    pub(super) fn task_keys(&mut self, task: &'static BlockTask, present: &[String]) {
        let start = self.document.line_start(self.offset);
        let typed = self.document.text.get(start as usize..self.offset as usize).unwrap_or("");
        let word = typed.trim_start_matches(|c: char| !(c.is_ascii_alphabetic()));
        // A key such as `response-format` has more than one word.
        let from = self.offset - word.len() as u32;
        let whole = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' '));
        let replace = if whole { rainwright_diagnostic::Span::new(from, self.offset) } else { self.word };
        for key in task.keys {
            if present.iter().any(|one| one.eq_ignore_ascii_case(key.name)) {
                continue;
            }
            let hole = match key.constants {
                [] | ["*"] if key.kinds.has(rainwright_value::Kind::Text) => "\"$1\"".to_owned(),
                [] | ["*"] => "$1".to_owned(),
                words => format!("${{1|{}|}}", words.join(",")),
            };
            let one = self.push_at(replace, key.name, CompletionKind::Key, key.kinds.to_string());
            one.documentation = Some(format!("key {} {}", task.name, key.name));
            (one.insert, one.snippet) = (format!("{}: {hole}", key.name), true);
            one.rank = u8::from(!key.required);
        }
    }

    /// The words that a task's key takes as they are.
    pub(super) fn constants(&mut self, task: &'static BlockTask, key: &str) {
        let Some(key) = task.keys.iter().find(|one| one.name.eq_ignore_ascii_case(key)) else { return };
        for word in key.constants.iter().filter(|word| **word != "*") {
            self.push(word, CompletionKind::Value, key.name).rank = 0;
        }
        if key.name == "connection" {
            let names = self.connections();
            for (name, service) in names {
                let one = self.push(&name, CompletionKind::Connection, service);
                (one.insert, one.rank) = (format!("\"{name}\""), 0);
            }
        }
    }
}
