//! Block tasks and integration tasks: bound to their rows at load.

use rainwright_builtins::{BlockTask, Integration, TaskCall, TaskKey};
use rainwright_diagnostic::{Code, Problem, Span, closest};
use rainwright_syntax::ast::{Arg, Attachment, Expr, ExprKind, Ident, Task};
use rainwright_value::{Map, Value};

use super::Lowerer;
use super::call::evaluate;
use super::expression::fails;
use crate::error::{At, OrRaise, RuntimeError};
use crate::vm::Node;

impl Lowerer<'_> {
    /// `name [ key : value … ]`.
    pub(crate) fn task(&mut self, task: &Task, span: Span) -> Node {
        let Some(row) = self.world.options.tasks.block_task(&task.name.name) else {
            let all = rainwright_builtins::block_tasks().chain(self.world.options.tasks.iter());
            let names = all.map(|t| t.name);
            let near = closest(&task.name.name, names).map(|near| format!("Did you mean '{near}'?"));
            let help = near.unwrap_or_else(|| "The block tasks are invokeurl, invokeapi, sendmail, sendsms …".into());
            return fails(Code::UnknownFunction, format!("Not able to find the task '{}'", task.name.name), help, span);
        };
        let mut entries: Vec<(&'static str, Node)> = Vec::with_capacity(task.entries.len());
        for entry in &task.entries {
            let Some(key) = row.key(&entry.key.name) else {
                let (problem, span) = (row.unknown_key(&entry.key.name), entry.key.span);
                return Box::new(move |vm, _| vm.raise(RuntimeError::new(problem.clone(), span)));
            };
            entries.push((key.name, self.entry(key, &entry.value)));
        }
        if let Some(missing) = row.keys.iter().find(|k| k.required && !entries.iter().any(|(name, _)| *name == k.name))
        {
            let message = missing_key(row, missing);
            return fails(Code::MissingTaskKey, message, format!("Add {}: {}", missing.name, missing.doc), span);
        }
        let origin = self.origin();
        Box::new(move |vm, frame| {
            let mut values = Vec::with_capacity(entries.len());
            for (name, node) in &entries {
                values.push((*name, node(vm, frame)?));
            }
            vm.cx.origin = origin;
            let mut call = TaskCall { task: row, entries: &values, cx: &mut vm.cx };
            let result = (row.run)(&mut call);
            drop(values);
            vm.look_at_memory(span)?;
            result.at(span).or_raise(vm)
        })
    }

    /// The value of a key: one of its bare constants as a text, or an expression.
    fn entry(&mut self, key: &TaskKey, value: &Expr) -> Node {
        if let ExprKind::Name(name) = &value.kind
            && !self.is_assigned(name)
            && key.constants.iter().any(|c| *c == "*" || c.eq_ignore_ascii_case(name))
        {
            let text = Value::from(name.as_str());
            return Box::new(move |_, _| Some(text.clone()));
        }
        self.node(value)
    }

    /// `file: e, view: Report as PDF`: a list of files, and of maps that name what only Creator can print.
    pub(crate) fn attachments(&mut self, all: &[Attachment]) -> Node {
        let printed = |kind: &'static str, path: &[Ident]| -> Node {
            let name = path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(".");
            Box::new(move |_, _| Some(Value::from(Map::from_iter([(Value::from(kind), Value::from(name.as_str()))]))))
        };
        let nodes: Box<[Node]> = all
            .iter()
            .map(|attachment| match attachment {
                Attachment::File(file) => self.node(file),
                Attachment::View { report, .. } => printed("view", report),
                Attachment::Template { template, .. } => printed("template", template),
            })
            .collect();
        Box::new(move |vm, frame| {
            let mut row = Vec::with_capacity(nodes.len());
            for node in &nodes {
                // `file: list` attaches all of a list.
                match node(vm, frame)? {
                    Value::List(list) => row.extend(list.items().iter().cloned()),
                    value => row.push(value),
                }
            }
            Some(Value::from(row))
        })
    }

    /// `zoho.crm.getRecordById(…)`.
    pub(crate) fn integration(&mut self, task: &'static Integration, args: &[Arg], span: Span) -> Node {
        let (least, most) = task.arity();
        let count = args.len();
        if count < least || count > most {
            let names = task.params.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
            let message = format!("No. of arguments mismatches for the function {}", task.name);
            let help = format!("{}({names}) takes {least} to {}, but found {count}.", task.name, task.params.len());
            return fails(Code::ArgumentCount, message, help, span);
        }
        let origin = self.origin();
        self.with_args(args, |at, nodes| {
            Box::new(move |vm, frame| {
                evaluate(vm, frame, at, &nodes)?;
                vm.cx.origin = origin;
                let result = task.call(&frame[at..at + count], &mut vm.cx);
                super::clear(args_of(frame, at, count));
                vm.look_at_memory(span)?;
                result.at(span).or_raise(vm)
            })
        })
    }
}

fn args_of(frame: &mut [Value], at: usize, count: usize) -> &mut [Value] {
    &mut frame[at..at + count]
}

/// Zoho's words for the mails that it checks while saving, our own for the rest.
fn missing_key(row: &BlockTask, key: &TaskKey) -> String {
    if row.name == "sendmail" {
        return format!("'{}' message is missing for sendmail task", key.name.to_uppercase());
    }
    Problem::new(Code::MissingTaskKey, format!("{} needs the key '{}'", row.name, key.name)).message
}
