//! Watches the script while it runs: decides where it stops, and answers the editor while it is stopped.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Receiver;
use rainwright::{Code, Interrupt, LineIndex, Paused, Probe, Problem, Script, Span, Value};
use rainwright_syntax::DocumentKind;
use rainwright_syntax::ast::Item;
use rainwright_syntax::scope::function_path;
use serde_json::{Value as Json, json};

use crate::Channel;
use crate::breakpoints::{Breakpoint, is_expression, plain};
use crate::debuggee::Shared;
use crate::evaluation::evaluate;
use crate::protocol::{Evaluate, OfFrame, Request, SetVariable, SourceText, StackTrace, Variables};
use crate::variables::{Handle, Handles, elements, set_element};

/// The only thread of a script.
pub(crate) const THREAD: i64 = 1;

/// Where the script stops next, apart from breakpoints.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    No,
    /// At its first statement.
    Entry,
    /// At the next statement.
    In,
    /// At the next statement that is not deeper than this.
    Over(usize),
    /// At the next statement less deep than this.
    Out(usize),
}

/// A source of the program.
struct Source {
    name: String,
    text: String,
    index: LineIndex,
    /// Its file, if it has one.
    file: Option<PathBuf>,
    /// The file by the path that breakpoints are kept under.
    key: Option<PathBuf>,
    /// Whether the file is gone or has another text now, so that the editor has to ask for this one.
    is_apart: bool,
}

/// The probe.
pub(crate) struct Debugger {
    shared: Arc<Shared>,
    requests: Receiver<Request>,
    /// Ends the run.
    end: Interrupt,
    sources: Vec<Source>,
    /// The statements that a line's breakpoint stops at: the first one of each line.
    firsts: HashSet<(usize, Span)>,
    handles: Handles,
    step: Step,
    /// The breakpoint of a function that has just begun.
    at_function: Option<i64>,
    /// The error at which the script is stopped.
    error: Option<Problem>,
    /// The statement that was just begun: a loop's first turn follows it on the same line.
    begun: Option<(usize, Span)>,
}

type Told = Result<(), Problem>;

impl Probe for Debugger {
    fn before(&mut self, paused: &mut Paused<'_, '_>) -> Told {
        self.begun = Some((paused.depth(), paused.span()));
        match self.reason(paused) {
            Some((reason, ids)) => self.stop(paused, reason, &ids, None),
            None => Ok(()),
        }
    }

    fn turn(&mut self, paused: &mut Paused<'_, '_>) -> Told {
        let is_first = self.begun == Some((paused.depth(), paused.span()));
        // Stepping visits the head of a loop at each further turn.
        match self.step_ends(paused.depth()).filter(|_| !is_first) {
            Some(reason) => self.stop(paused, reason, &[], None),
            None => Ok(()),
        }
    }

    fn failed(&mut self, paused: &mut Paused<'_, '_>, problem: &Problem) -> Told {
        let (all, uncaught) = {
            let breakpoints = self.shared.breakpoints();
            (breakpoints.all_errors, breakpoints.uncaught_errors)
        };
        if problem.code != Code::Interrupted && (all || (uncaught && !paused.is_in_try())) {
            return self.stop(paused, "exception", &[], Some(problem));
        }
        Ok(())
    }

    fn enter(&mut self, paused: &mut Paused<'_, '_>) -> Told {
        let found = self.shared.breakpoints().of(paused.function());
        for breakpoint in found {
            if self.holds(paused, &breakpoint) {
                self.at_function = Some(breakpoint.id);
            }
        }
        Ok(())
    }
}

impl Debugger {
    pub(crate) fn new(
        shared: Arc<Shared>,
        requests: Receiver<Request>,
        end: Interrupt,
        script: &Script,
        files: Vec<Option<PathBuf>>,
        at_entry: bool,
    ) -> Self {
        let mut files = files.into_iter();
        let sources: Vec<Source> = (0..)
            .map_while(|number| script.source(number))
            .map(|(name, text)| {
                let file = files.next().flatten();
                let on_disk = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
                Source {
                    name: name.to_owned(),
                    text: text.to_owned(),
                    index: LineIndex::new(text),
                    key: file.as_deref().map(plain),
                    // A script of an application's export is the export with everything else made blank.
                    is_apart: on_disk.is_none_or(|on_disk| {
                        let is_export = DocumentKind::of(&on_disk) == DocumentKind::Export;
                        on_disk != text && !(is_export && on_disk.len() == text.len())
                    }),
                    file,
                }
            })
            .collect();
        let mut firsts: HashMap<(usize, u32), Span> = HashMap::new();
        for (number, span) in script.statements() {
            let Some(source) = sources.get(number) else { continue };
            let first = firsts.entry((number, source.index.line(span.start))).or_insert(span);
            if span.start < first.start {
                *first = span;
            }
        }
        let functions = sources.iter().flat_map(|source| functions_of(&source.text)).collect();
        for told in shared.breakpoints().loaded(functions) {
            shared.writer.event("breakpoint", json!({ "reason": "changed", "breakpoint": told }));
        }
        Self {
            shared,
            requests,
            end,
            sources,
            firsts: firsts.into_iter().map(|((source, _), span)| (source, span)).collect(),
            handles: Handles::default(),
            step: if at_entry { Step::Entry } else { Step::No },
            at_function: None,
            error: None,
            begun: None,
        }
    }

    /// Why the script stops here, if it does, and at which breakpoints.
    fn reason(&mut self, paused: &mut Paused<'_, '_>) -> Option<(&'static str, Vec<i64>)> {
        let step = self.step_ends(paused.depth());
        let function = self.at_function.take();
        let mut ids: Vec<i64> = function.into_iter().collect();
        if self.firsts.contains(&(paused.source(), paused.span()))
            && let Some(key) = self.sources.get(paused.source()).and_then(|source| source.key.as_ref())
        {
            let found = self.shared.breakpoints().at(key, paused.line());
            let held = found.iter().filter(|breakpoint| self.holds(paused, breakpoint));
            ids.extend(held.map(|breakpoint| breakpoint.id));
        }
        match step {
            _ if function.is_some() => Some(("function breakpoint", ids)),
            _ if !ids.is_empty() => Some(("breakpoint", ids)),
            Some(step) => Some((step, ids)),
            None => None,
        }
    }

    /// Whether a step or a request to pause ends here, and its name.
    fn step_ends(&self, depth: usize) -> Option<&'static str> {
        if self.shared.pause.load(Ordering::Relaxed) {
            return Some("pause");
        }
        let ends = match self.step {
            Step::No => false,
            Step::Entry => return Some("entry"),
            Step::In => true,
            Step::Over(than) => depth <= than,
            Step::Out(than) => depth < than,
        };
        ends.then_some("step")
    }

    /// Whether a breakpoint stops the script; a log point writes its line here and never stops it.
    fn holds(&self, paused: &mut Paused<'_, '_>, breakpoint: &Breakpoint) -> bool {
        if let Some(condition) = &breakpoint.condition {
            match self.evaluated(paused, 0, condition) {
                Ok(value) if value.to_text(paused.locale()) == "true" => {}
                Ok(_) => return false,
                // The run is being ended: there is nothing to stop at.
                Err(problem) if problem.code == Code::Interrupted => return false,
                Err(problem) => {
                    let text =
                        format!("The condition '{condition}' cannot be evaluated: {}", self.shared.told(&problem));
                    self.shared.output(Channel::Problem, &text);
                    return true;
                }
            }
        }
        let count = self.shared.breakpoints().count(breakpoint.id);
        if breakpoint.hits.is_some_and(|hits| !hits.holds(count)) {
            return false;
        }
        let Some(log) = &breakpoint.log else { return true };
        let text = self.filled(log, paused);
        self.shared.output(Channel::Console, &text);
        false
    }

    /// Stops, and answers the editor until it lets the script go on.
    fn stop(&mut self, paused: &mut Paused<'_, '_>, reason: &str, ids: &[i64], error: Option<&Problem>) -> Told {
        self.shared.pause.store(false, Ordering::Relaxed);
        self.error = error.cloned();
        self.handles.clear();
        self.shared.stopped.store(true, Ordering::Release);
        let mut body =
            json!({ "reason": reason, "threadId": THREAD, "allThreadsStopped": true, "hitBreakpointIds": ids });
        if let Some(problem) = error {
            body["description"] = format!("Stopped at an error: {}", problem.code).into();
            body["text"] = self.shared.launcher.masked(&problem.message).into();
        }
        self.shared.writer.event("stopped", body);
        loop {
            let Ok(request) = self.requests.recv() else {
                return Err(Problem::new(Code::Interrupted, "The debugger ended the run."));
            };
            let depth = paused.depth();
            self.step = match request.command.as_str() {
                "continue" => Step::No,
                "next" => Step::Over(depth),
                "stepIn" => Step::In,
                "stepOut" => Step::Out(depth),
                _ => {
                    let answer = self.answer(paused, &request);
                    if request.evaluates() {
                        self.shared.evaluations.fetch_sub(1, Ordering::AcqRel);
                        // A pause meanwhile was for the evaluation: the script is stopped.
                        self.shared.pause.store(false, Ordering::Relaxed);
                    }
                    self.shared.writer.answer(&request, answer);
                    continue;
                }
            };
            self.shared.writer.answer(&request, Ok(json!({ "allThreadsContinued": true })));
            return Ok(());
        }
    }

    fn answer(&mut self, paused: &mut Paused<'_, '_>, request: &Request) -> Result<Json, String> {
        match request.command.as_str() {
            "stackTrace" => Ok(self.stack(paused, request.read()?)),
            "scopes" => {
                let OfFrame { frame_id: frame } = request.read()?;
                let reference = self.handles.add(Handle::Frame(frame));
                let count = paused.variables(frame).count();
                Ok(json!({ "scopes": [{
                    "name": "Variables", "presentationHint": "locals", "variablesReference": reference,
                    "namedVariables": count, "expensive": false,
                }] }))
            }
            "variables" => self.variables(paused, request.read()?),
            "setVariable" => self.set(paused, &request.read()?),
            "evaluate" => self.evaluate(paused, &request.read()?),
            "source" => {
                let wanted: SourceText = request.read()?;
                let reference = wanted.source.source_reference.unwrap_or(wanted.source_reference);
                let source = reference.checked_sub(1).and_then(|number| self.sources.get(number));
                let source = source.ok_or("The program has no such source.")?;
                Ok(json!({ "content": source.text, "mimeType": "text/x-deluge" }))
            }
            "exceptionInfo" => match &self.error {
                Some(problem) => Ok(json!({
                    "exceptionId": problem.code.to_string(),
                    "description": self.shared.launcher.masked(&problem.message),
                    "breakMode": if paused.is_in_try() { "always" } else { "unhandled" },
                    "details": {
                        "message": self.shared.launcher.masked(&self.shared.launcher.advice(problem)),
                        "typeName": problem.code.title().trim(),
                    },
                })),
                None => Err("The script is not stopped at an error.".into()),
            },
            other => Err(format!("This debugger has no '{other}'.")),
        }
    }

    fn stack(&self, paused: &Paused<'_, '_>, wanted: StackTrace) -> Json {
        let all = paused.frames();
        let levels = if wanted.levels == 0 { usize::MAX } else { wanted.levels };
        let frames = all.iter().enumerate().skip(wanted.start_frame).take(levels).map(|(id, frame)| {
            let name = if frame.function.is_empty() { "script" } else { &frame.function };
            let mut shown = json!({ "id": id, "name": name, "line": self.shared.shown(frame.line), "column": 0 });
            let Some(source) = self.sources.get(frame.source) else { return shown };
            let (line, column) = source.index.line_column(&source.text, frame.span.start);
            shown["line"] = self.shared.shown(line).into();
            shown["column"] = self.shared.shown(column).into();
            let base = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
            shown["source"] = json!({ "name": base(&source.name) });
            let spelled = source.key.as_ref().and_then(|key| self.shared.breakpoints().spelled(key));
            if let Some(file) = spelled.as_ref().or(source.file.as_ref()) {
                shown["source"]["path"] = file.display().to_string().into();
            }
            if source.is_apart {
                shown["source"]["sourceReference"] = (frame.source + 1).into();
                shown["source"]["origin"] = "as it runs".into();
            }
            shown
        });
        json!({ "stackFrames": frames.collect::<Vec<_>>(), "totalFrames": all.len() })
    }

    /// A value for the editor, without secrets.
    fn show(&mut self, paused: &Paused<'_, '_>, value: &Value, path: Option<String>, key: &str) -> Json {
        let mut shown = self.handles.show(value, path, paused.locale(), key);
        if let Some(text) = shown[key].as_str() {
            shown[key] = self.shared.launcher.masked(text).into();
        }
        shown
    }

    fn variables(&mut self, paused: &Paused<'_, '_>, wanted: Variables) -> Result<Json, String> {
        let (start, count) = (wanted.start, wanted.count);
        let all: Vec<(String, Value, Option<String>)> = match self.handles.get(wanted.variables_reference)? {
            Handle::Frame(frame) => {
                let all = paused.variables(frame).skip(start).take(if count == 0 { usize::MAX } else { count });
                all.map(|(name, value)| (name.to_owned(), value.clone(), Some(name.to_owned()))).collect()
            }
            Handle::Inside { value, path } => {
                let all = elements(&value, path.as_deref(), start, count, paused.locale());
                all.into_iter().map(|element| (element.name, element.value, element.path)).collect()
            }
        };
        let mut shown = Vec::with_capacity(all.len());
        for (name, value, path) in all {
            let mut one = self.show(paused, &value, path, "value");
            one["name"] = name.into();
            shown.push(one);
        }
        Ok(json!({ "variables": shown }))
    }

    fn set(&mut self, paused: &mut Paused<'_, '_>, wanted: &SetVariable) -> Result<Json, String> {
        let shared = Arc::clone(&self.shared);
        let say = |problem: Problem| shared.told(&problem);
        if !is_expression(&wanted.value) {
            return Err("Write an expression, such as 12, \"a text\" or {\"key\":1}.".into());
        }
        let (value, path) = match self.handles.get(wanted.variables_reference)? {
            Handle::Frame(frame) => {
                let value = self.evaluated(paused, frame, &wanted.value).map_err(say)?;
                paused.set(frame, &wanted.name, value.clone()).map_err(say)?;
                (value, Some(wanted.name.clone()))
            }
            Handle::Inside { value: container, path } => {
                let value = self.evaluated(paused, 0, &wanted.value).map_err(say)?;
                set_element(&container, &wanted.name, value.clone(), paused.locale())?;
                let all = elements(&container, path.as_deref(), 0, 0, paused.locale());
                (value, all.into_iter().find(|element| element.name == wanted.name).and_then(|element| element.path))
            }
        };
        Ok(self.show(paused, &value, path, "value"))
    }

    fn evaluate(&mut self, paused: &mut Paused<'_, '_>, wanted: &Evaluate) -> Result<Json, String> {
        let (frame, text) = (wanted.frame_id, wanted.expression.trim());
        let value = match wanted.context.as_str() {
            // The editor asks about whatever the mouse is over; only variables are sure to change nothing.
            "hover" => {
                paused.variable(frame, text).cloned().ok_or_else(|| format!("There is no variable '{text}'."))?
            }
            // A watch is evaluated at every stop.
            "watch" if !is_expression(text) => return Err("Only an expression can be watched.".into()),
            _ => self.evaluated(paused, frame, text).map_err(|problem| self.shared.told(&problem))?,
        };
        let path = is_expression(text).then(|| text.to_owned());
        Ok(self.show(paused, &value, path, "result"))
    }

    /// The value of a text in a function under way.
    fn evaluated(&self, paused: &mut Paused<'_, '_>, frame: usize, text: &str) -> Result<Value, Problem> {
        evaluate(&self.shared, &self.end, paused, frame, text)
    }

    /// The text of a log point, with the value of each `{expression}` in its place.
    fn filled(&self, log: &str, paused: &mut Paused<'_, '_>) -> String {
        let mut text = String::new();
        let mut rest = log;
        while let Some((before, inside)) = rest.split_once('{') {
            text.push_str(before);
            let mut depth = 1;
            let end = inside.char_indices().find(|(_, c)| {
                depth += i32::from(*c == '{') - i32::from(*c == '}');
                depth == 0
            });
            let Some((end, _)) = end else {
                text.push('{');
                rest = inside;
                continue;
            };
            match self.evaluated(paused, 0, &inside[..end]) {
                Ok(value) => text.push_str(&value.to_text(paused.locale())),
                Err(problem) => text.push_str(&format!("<{}>", problem.message)),
            }
            rest = &inside[end + 1..];
        }
        text.push_str(rest);
        text
    }
}

/// The names of the functions of a source.
fn functions_of(text: &str) -> Vec<String> {
    let items = rainwright_syntax::parse(text).tree.items;
    let names = items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function_path(function)),
        Item::Statement(_) => None,
    });
    names.collect()
}
