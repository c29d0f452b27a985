//! Calls by name and block tasks: what they ask of their arguments, and what they give.

use rainwright_builtins::{Param, method};
use rainwright_syntax::ast::{Arg, Expr, Ident, Task};
use rainwright_value::{Kind, Kinds};

use super::Analysis;
use super::expression::constant;
use super::site::What;
use super::value::{Abs, Vals, between, join, other, sources};
use rainwright_effect::Data;

impl<'t> Analysis<'t> {
    /// `f(a, b)`.
    pub(super) fn call(&mut self, expr: &'t Expr, name: &'t Ident, args: &'t [Arg]) -> Vals {
        let lower = name.name.to_ascii_lowercase();
        match (lower.as_str(), args) {
            ("if", [condition, yes, no]) => {
                self.condition(&condition.value);
                let mut vals = self.expr(&yes.value);
                let more = self.expr(&no.value);
                join(&mut vals, &more);
                return vals;
            }
            ("ifnull", [value, default]) => {
                let mut vals = self.expr(&value.value);
                for id in sources(&vals) {
                    self.shapes.get_mut(id).asked_null = true;
                }
                let more = self.expr(&default.value);
                join(&mut vals, &more);
                return vals;
            }
            ("map" | "list" | "collection", _) => {
                let local = self.local(expr);
                for arg in args {
                    let vals = self.expr(&arg.value);
                    let keys = arg.key.as_deref().map(|key| self.expr(key)).unwrap_or_default();
                    self.put(local, &keys, &vals);
                }
                return vec![Abs::Local(local)];
            }
            ("geturl" | "posturl", _) => {
                for arg in args {
                    self.expr(&arg.value);
                }
                let detailed = args.iter().any(|arg| constant(&arg.value) == Some(Data::Bool(false)));
                let id = self.site(expr, What::Call { detailed }, "answer", true);
                return vec![Abs::Made(id)];
            }
            ("invokeurl", [_, ..]) => {
                for arg in args {
                    self.expr(&arg.value);
                }
                let id = self.site(expr, What::Call { detailed: false }, "answer", true);
                return vec![Abs::Made(id)];
            }
            _ => {}
        }
        let vals: Vec<Vals> = args.iter().map(|arg| self.expr(&arg.value)).collect();
        if let Some((callee, function)) = self.function_named(&name.name) {
            return self.enter(&callee, function, vals);
        }
        let Some(found) = method(&name.name) else { return other(Kinds::ANY) };
        if let Some(free) = found.free {
            self.take_params(free.row.params, &vals);
            let span = between(&lower, &vals.iter().collect::<Vec<_>>());
            return span.unwrap_or_else(|| other(free.row.returns));
        }
        match vals.split_first() {
            Some((on, rest)) => self.apply(&lower, on.clone(), rest),
            None => other(Kinds::ANY),
        }
    }

    /// A call of a function of the file.
    pub(super) fn enter(&mut self, callee: &str, function: &rainwright_syntax::ast::Function, vals: Vec<Vals>) -> Vals {
        for (i, vals) in vals.iter().enumerate() {
            if let Some(param) = function.params.get(i) {
                match param.ty.kind {
                    rainwright_syntax::ast::TypeKind::Number => {
                        for id in sources(vals) {
                            self.shapes.get_mut(id).numeric = true;
                        }
                    }
                    rainwright_syntax::ast::TypeKind::Text => self.want(vals, Kind::Text.into()),
                    rainwright_syntax::ast::TypeKind::Map => self.want(vals, Kind::Map.into()),
                    rainwright_syntax::ast::TypeKind::List => self.want(vals, Kind::List.into()),
                    _ => {}
                }
            }
            join(self.params.entry((callee.to_owned(), i)).or_default(), vals);
        }
        let given = self.returns.get(callee).cloned().unwrap_or_default();
        if given.is_empty() { other(Kinds::ANY) } else { given }
    }

    /// What parameters ask of arguments.
    pub(super) fn take_params(&mut self, params: &[Param], vals: &[Vals]) {
        for (i, vals) in vals.iter().enumerate() {
            let param = params.get(i).or(params.last().filter(|p| p.repeated));
            if let Some(param) = param {
                self.take_param(param, vals);
            }
        }
    }

    pub(super) fn take_param(&mut self, param: &Param, vals: &[Abs]) {
        // A text of digits counts as a number where an id is asked for, so ids may be either.
        let kinds = match param.name.ends_with("id") && param.kinds.has(Kind::Number) {
            true => param.kinds.or(Kind::Text.into()),
            false => param.kinds,
        };
        if param.name.ends_with("id") {
            for id in sources(vals) {
                self.shapes.get_mut(id).numeric = true;
            }
        }
        self.want(vals, kinds);
    }

    /// `invokeurl [ … ]` and the other blocks.
    pub(super) fn task(&mut self, expr: &'t Expr, task: &'t Task) -> Vals {
        let (mut detailed, mut file) = (false, false);
        for entry in &task.entries {
            // A bare constant (`GET`, `FILE`) is a name that means itself.
            let word = super::expression::dotted(&entry.value);
            let is_word = word.as_ref().is_some_and(|word| {
                !self.assigned.contains(word.as_str()) && word.chars().all(|c| c.is_ascii_uppercase())
            });
            let vals = if is_word { Vals::new() } else { self.expr(&entry.value) };
            match entry.key.name.as_str() {
                "detailed" => {
                    detailed = matches!(constant(&entry.value), Some(Data::Bool(true)))
                        || constant(&entry.value).is_some_and(|data| data.to_string().as_str() == "true");
                }
                "response-format" => file = word.is_some_and(|word| word.eq_ignore_ascii_case("file")),
                "headers" => self.want(&vals, Kind::Map.into()),
                "files" | "attachments" => self.want(&vals, Kinds::of(&[Kind::File, Kind::List, Kind::Map])),
                "to" | "from" | "cc" | "bcc" | "reply to" => {
                    for id in sources(&vals) {
                        let shape = self.shapes.get_mut(id);
                        if shape.name.is_empty() || !shape.name.to_lowercase().contains("mail") {
                            shape.name = "email".to_owned();
                        }
                    }
                }
                _ => {}
            }
        }
        match task.name.name.to_ascii_lowercase().as_str() {
            "invokeurl" | "invokeapi" | "zoho.sdp.invokeurl" => {
                let id = self.site(expr, What::Call { detailed }, "answer", !file);
                if file {
                    self.shapes.narrow(id, Kind::File.into());
                }
                vec![Abs::Made(id)]
            }
            "sendmail" | "sendsms" => other(Kind::Null),
            name => {
                let id = self.site(expr, What::Hosted(name.to_owned()), "answer", false);
                vec![Abs::Made(id)]
            }
        }
    }
}
