//! Methods: what they ask of what they are called on, and what they give.

use crate::shape::Origin;
use rainwright_builtins::names::{is_account_namespace, is_form_root};
use rainwright_builtins::{integration, method, word};
use rainwright_effect::{Aggregate, Data};
use rainwright_syntax::ast::{Arg, Expr, ExprKind, Ident};
use rainwright_value::{Kind, Kinds};

use super::Analysis;
use super::expression::{dotted, root};
use super::site::{What, task_of};
use super::value::{Abs, How, Vals, between, constants, join, other, sources};

/// Methods that take something out of a text, and out of lists and maps too.
const CUTS: &[&str] = &[
    "remove",
    "removefirstoccurence",
    "removelastoccurence",
    "removeallalpha",
    "removeallalphanumeric",
    "replaceall",
    "replacefirst",
];

/// Methods whose result is the same value in another dress.
const SAME: &[&str] = &[
    "tostring",
    "tolong",
    "tonumber",
    "todecimal",
    "tointeger",
    "tomap",
    "tojsonmap",
    "tolist",
    "tojsonlist",
    "trim",
    "tolowercase",
    "touppercase",
    "lower",
    "upper",
    "todate",
    "todatetime",
    "totime",
    "round",
    "abs",
    "tocollection",
    "getjson",
    "jsontomap",
    "distinct",
    "sort",
    "tostartofday",
    "addday",
    "addweek",
    "addmonth",
    "addyear",
    "addhour",
    "addminutes",
    "addseconds",
    "addbusinessday",
    "subday",
    "subweek",
    "submonth",
    "subyear",
    "subhour",
    "subminutes",
    "subseconds",
    "subbusinessday",
    "eomonth",
    "tostartofweek",
    "tostartofmonth",
    "ceil",
    "floor",
    "power",
    "proper",
    "sublist",
    "intersect",
    "tojson",
    "toxml",
    "getfilecontent",
    "encodeurl",
    "decodeurl",
    "htmlencode",
];

const TO_NUMBER: &[&str] = &["tolong", "tonumber", "todecimal", "tointeger", "round", "abs", "ceil", "floor"];
const TO_DATE: &[&str] = &["todate", "todatetime", "totime", "totimestamp"];
const PARTS: &[&str] = &["getprefix", "getsuffix", "getprefixignorecase", "getsuffixignorecase", "getoccurencecount"];
const TESTS: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "equals",
    "equalsignorecase",
    "containsignorecase",
    "startswithignorecase",
    "endswithignorecase",
    "notcontains",
];

impl<'t> Analysis<'t> {
    /// `a.f(…)`: a task, a function of the account, or a method of a value.
    pub(super) fn method(&mut self, expr: &'t Expr, object: &'t Expr, name: &'t Ident, args: &'t [Arg]) -> Vals {
        if let Some(found) = self.namespaced(expr, object, name, args) {
            return found;
        }
        if let ExprKind::Query(query) = &object.kind
            && let Some(aggregate) = Aggregate::named(&name.name)
        {
            self.query_parts(query);
            let form = query.form.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(".");
            let field = args.first().and_then(|arg| dotted(&arg.value));
            let field = field.or_else(|| query.field.as_ref().map(|f| f.name.to_string())).unwrap_or_default();
            let id = self.site(expr, What::Figure(form), &field, false);
            let kinds = match aggregate {
                Aggregate::Count => Kind::Number.into(),
                Aggregate::Distinct | Aggregate::GetAll => Kind::List.into(),
                Aggregate::Sum | Aggregate::Average | Aggregate::Median => Kinds::NUMERIC,
                _ => Kinds::ANY,
            };
            self.shapes.narrow(id, kinds);
            return vec![Abs::Made(id)];
        }
        if let Some(figure) = self.figure_of_rows(object, name, args) {
            return figure;
        }
        if self.is_new_row(object, name, args) {
            return other(Kind::Map);
        }
        let lower = name.name.to_ascii_lowercase();
        let on = self.expr(object);
        let vals: Vec<Vals> = args
            .iter()
            .map(|arg| {
                let keys = arg.key.as_deref().map(|key| self.expr(key));
                let vals = self.expr(&arg.value);
                if let Some(keys) = keys {
                    for val in &on {
                        if let Abs::Local(local) = val {
                            self.put(*local, &keys, &vals);
                        }
                    }
                }
                vals
            })
            .collect();
        self.apply(&lower, on, &vals)
    }

    /// `claim.Payments.sum(Amount)`: a figure over the rows of a record's subform; a bare name in it is their field.
    fn figure_of_rows(&mut self, object: &'t Expr, name: &Ident, args: &'t [Arg]) -> Option<Vals> {
        let aggregate = Aggregate::named(&name.name)?;
        let [Arg { key: None, value }] = args else { return None };
        let ExprKind::Name(field) = &value.kind else { return None };
        if dotted(object).is_none_or(|path| !path.contains('.')) || self.assigned.contains(field.as_str()) {
            return None;
        }
        let on = self.expr(object);
        for id in sources(&on) {
            let item = self.shapes.item(id);
            self.shapes.get_mut(id).rows = true;
            let one = self.shapes.field(item, field);
            if matches!(aggregate, Aggregate::Sum | Aggregate::Average | Aggregate::Median) {
                self.shapes.narrow(one, Kinds::NUMERIC);
            }
        }
        Some(other(match aggregate {
            Aggregate::Count => Kind::Number.into(),
            Aggregate::Distinct | Aggregate::GetAll => Kind::List.into(),
            Aggregate::Sum | Aggregate::Average | Aggregate::Median => Kinds::NUMERIC,
            _ => Kinds::ANY,
        }))
    }

    /// `Order.Lines()` in a script of a form: a new row of a subform.
    fn is_new_row(&mut self, object: &Expr, name: &Ident, args: &[Arg]) -> bool {
        let ExprKind::Name(form) = &object.kind else { return false };
        let known = self.env.contains_key(form.as_str()) || self.assigned.contains(form.as_str());
        let found = self.forms && args.is_empty() && !known && method(&name.name).is_none();
        let path = format!("{form}.{}", name.name);
        if found && !self.subforms.contains(&path) {
            self.subforms.push(path);
        }
        found
    }

    /// What a dotted name in front of the parentheses means, when it is no value.
    fn namespaced(&mut self, expr: &'t Expr, object: &'t Expr, name: &Ident, args: &'t [Arg]) -> Option<Vals> {
        let path = dotted(object)?;
        let root = root(object)?.to_owned();
        if self.env.contains_key(&root) || self.assigned.contains(&root) {
            return None;
        }
        let full = format!("{path}.{}", name.name);
        if let Some(row) = integration(&full) {
            let vals: Vec<Vals> = args.iter().map(|arg| self.expr(&arg.value)).collect();
            for (param, vals) in row.params.iter().zip(&vals) {
                self.take_param(param, vals);
            }
            let name = vals.first().and_then(|module| constants(module).find_map(|c| c.as_text().map(str::to_owned)));
            let id = self.site(expr, task_of(row), &name.unwrap_or_default(), !row.path.is_empty());
            match row.answer {
                rainwright_builtins::Answer::Rows(_) => self.shapes.narrow(id, Kind::List.into()),
                rainwright_builtins::Answer::File => self.shapes.narrow(id, Kind::File.into()),
                _ => {}
            }
            return Some(vec![Abs::Made(id)]);
        }
        if let Some(row) = method(&full).and_then(|found| found.free) {
            let vals: Vec<Vals> = args.iter().map(|arg| self.expr(&arg.value)).collect();
            self.take_params(row.row.params, &vals);
            let hosted = matches!(full.split('.').next(), Some("thisapp")) || full == "zoho.file.convertToPDF";
            if hosted {
                let id = self.site(expr, What::Hosted(full), &name.name, false);
                self.shapes.narrow(id, row.row.returns);
                return Some(vec![Abs::Made(id)]);
            }
            return Some(other(row.row.returns));
        }
        let is_method = method(&name.name).is_some() || Aggregate::named(&name.name).is_some();
        let is_space = is_account_namespace(&root) || path.split('.').any(|part| self.is_namespace(part));
        if word(&path).is_none()
            && !is_form_root(&root)
            && (is_space || !is_method)
            && let Some((callee, function)) = self.function_named(&full)
        {
            let vals: Vec<Vals> = args.iter().map(|arg| self.expr(&arg.value)).collect();
            return Some(self.enter(&callee, function, vals));
        }
        // A script of an application calls functions of another one with two names in front: app.namespace.function(…).
        let of_another =
            self.forms && path.split('.').count() == 2 && !is_method && !is_form_root(&root) && root != "zoho";
        if is_account_namespace(&root) || of_another {
            for arg in args {
                self.expr(&arg.value);
            }
            if !self.outside.contains(&full) {
                self.outside.push(full.clone());
            }
            let id = self.site(expr, What::Function(full), &name.name, false);
            return Some(vec![Abs::Made(id)]);
        }
        None
    }

    /// A method on what its receiver can be.
    pub(super) fn apply(&mut self, lower: &str, on: Vals, args: &[Vals]) -> Vals {
        let ids = sources(&on);
        let first = args.first().cloned().unwrap_or_default();
        let span = between(lower, &std::iter::once(&on).chain(args).collect::<Vec<_>>());
        match lower {
            "get" | "getjson" | "getjsonvalue" | "getvalue" => {
                for id in &ids {
                    if constants(&first).any(|key| matches!(key, Data::Text(_))) {
                        self.shapes.narrow(*id, Kinds::of(&[Kind::Map, Kind::Text, Kind::Collection]));
                    } else if constants(&first).any(|key| matches!(key, Data::Number(_))) {
                        self.shapes.narrow(*id, Kinds::of(&[Kind::List, Kind::Text, Kind::Map, Kind::Collection]));
                    }
                }
                // Whoever asks with the size of a list asks by place.
                let by_place = first.iter().any(|key| matches!(key, Abs::Derived(id, _) if ids.contains(id)));
                let place = [Abs::Const(Data::Number(0))];
                let mut found = self.fields(&on, if by_place { &place } else { &first });
                if let Some(default) = args.get(1) {
                    join(&mut found, default);
                }
                return found;
            }
            "put" | "putall" | "add" | "addall" | "insert" | "update" => {
                for val in &on {
                    if let Abs::Local(local) = val {
                        self.fill(*local);
                        match (lower, args) {
                            ("put" | "update", [keys, vals]) => self.put(*local, keys, vals),
                            ("add" | "insert", [vals]) => join(&mut self.locals[*local].items, vals),
                            (_, [vals]) => {
                                let items = self.elements(vals);
                                join(&mut self.locals[*local].items, &items);
                            }
                            _ => {}
                        }
                    }
                }
                let kinds = match lower {
                    "put" | "putall" => Kinds::of(&[Kind::Map, Kind::Collection]),
                    "add" | "addall" | "insert" => Kinds::of(&[Kind::List, Kind::Collection]),
                    _ => Kinds::ANY,
                };
                self.want(&on, kinds);
                return on;
            }
            "keys" => {
                self.want(&on, Kind::Map.into());
                let mut vals: Vals = ids.iter().map(|id| Abs::Derived(*id, How::Keys)).collect();
                for val in &on {
                    if let Abs::Local(_) = val {
                        join(&mut vals, std::slice::from_ref(val));
                    }
                }
                return if vals.is_empty() { other(Kind::List) } else { vals };
            }
            "values" => {
                self.want(&on, Kind::Map.into());
                return other(Kind::List);
            }
            "size" | "length" | "count" => {
                // `count` is no function of lists: what has it are rows.
                self.want(&on, if lower == "count" { Kind::Collection.into() } else { direct(lower) });
                let mut vals: Vals = ids.iter().map(|id| Abs::Derived(*id, How::Size)).collect();
                for val in &on {
                    if let Abs::Local(local) = val {
                        // As many as there are in what the loop walks that fills it.
                        let filled: Vals =
                            self.locals[*local].filled_by.iter().map(|id| Abs::Derived(*id, How::Size)).collect();
                        join(&mut vals, &filled);
                    }
                }
                return if vals.is_empty() { other(Kind::Number) } else { vals };
            }
            "isempty" | "isnull" | "isblank" | "isnotempty" | "notempty" => {
                for id in &ids {
                    let shape = self.shapes.get_mut(*id);
                    shape.asked_empty |= lower != "isnull";
                    shape.asked_null |= lower != "isempty";
                }
                return other(Kind::Bool);
            }
            "containskey" | "containkey" | "haskey" => {
                self.want(&on, Kind::Map.into());
                for id in &ids {
                    for key in constants(&first).cloned().collect::<Vec<_>>() {
                        if let Data::Text(key) = key {
                            let field = self.shapes.field(*id, &key);
                            self.shapes.get_mut(field).asked_null = true;
                        }
                    }
                }
                return other(Kind::Bool);
            }
            _ => {}
        }
        if TESTS.contains(&lower) {
            for id in &ids {
                for constant in constants(&first).cloned().collect::<Vec<_>>() {
                    self.shapes.compare(*id, constant);
                }
            }
            // `list.contains(x)`: x may be one of the list's constants.
            for val in &on {
                if let Abs::Local(local) = val {
                    let items: Vec<Data> = constants(&self.locals[*local].items).cloned().collect();
                    for id in sources(&first) {
                        items.iter().for_each(|item| self.shapes.compare(id, item.clone()));
                    }
                }
            }
        }
        if TO_NUMBER.contains(&lower) {
            ids.iter().for_each(|id| self.shapes.get_mut(*id).numeric = true);
        }
        let pattern = args.iter().flat_map(|arg| constants(arg)).find_map(|c| c.as_text()).map(str::to_owned);
        if TO_DATE.contains(&lower) || lower == "tostring" && pattern.as_deref().is_some_and(is_date_pattern) {
            let pattern = pattern.clone().filter(|text| TO_DATE.contains(&lower) && is_date_pattern(text));
            ids.iter().for_each(|id| self.note_date(*id, pattern.as_deref()));
        }
        if PARTS.contains(&lower) || lower == "tolist" || lower == "split" {
            let separators: Vec<String> =
                constants(&first).filter_map(|c| c.as_text()).map(str::to_owned).filter(|s| !s.is_empty()).collect();
            for id in &ids {
                let shape = self.shapes.get_mut(*id);
                for separator in &separators {
                    if shape.parts.len() < 4 && !shape.parts.contains(separator) {
                        shape.parts.push(separator.clone());
                    }
                }
            }
        }
        let Some(row) = method(lower) else { return other(Kinds::ANY) };
        let kinds = direct(lower);
        if kinds.has(Kind::DateTime) && !kinds.has(Kind::Number) && !kinds.has(Kind::List) {
            ids.iter().for_each(|id| self.note_date(*id, None));
        } else {
            self.want(&on, kinds);
        }
        let mut returns = Kinds::NONE;
        let mut params: Option<&'static [rainwright_builtins::Param]> = None;
        for kind in Kind::ALL {
            if let Some(bound) = row.on(kind).filter(|bound| bound.row.on.has(kind)) {
                returns = returns.or(bound.row.returns);
                params = params.or(Some(bound.row.params));
            }
        }
        if let Some(params) = params {
            let given: Vec<Vals> = args.to_vec();
            self.take_params(params, &given);
        }
        if let Some(span) = span {
            return span;
        }
        if SAME.contains(&lower) {
            let mut vals: Vals = Vals::new();
            for val in &on {
                match val {
                    Abs::Made(id) if is_structure(lower) => join(&mut vals, &[Abs::Made(*id)]),
                    // A map that is read out of a text holds what the text holds, whatever was cut off around it.
                    Abs::Derived(id, How::Part) if is_map(lower) => {
                        if !matches!(self.shapes.get(*id).origin, Origin::Answer(_)) {
                            self.shapes.narrow(*id, Kind::Text.into());
                        }
                        join(&mut vals, &[Abs::Made(*id)]);
                    }
                    Abs::Made(id) | Abs::Derived(id, How::Same) => join(&mut vals, &[Abs::Derived(*id, How::Same)]),
                    Abs::Derived(id, how) => join(&mut vals, &[Abs::Derived(*id, *how)]),
                    Abs::Local(local) => join(&mut vals, &[Abs::Local(*local)]),
                    Abs::Const(data) => join(&mut vals, &[Abs::Const(data.clone())]),
                    Abs::Other(_) => {}
                }
            }
            if !vals.is_empty() {
                return vals;
            }
        }
        if returns == Kinds::from(Kind::Text) && !ids.is_empty() {
            return ids.iter().map(|id| Abs::Derived(*id, How::Part)).collect();
        }
        // `remove` and its like take something out of a text as out of a list; what is left of a text is a part of it.
        let texts = ids.iter().filter(|id| returns.has(Kind::Text) && self.shapes.get(**id).wants.has(Kind::Text));
        let texts: Vals = texts.map(|id| Abs::Derived(*id, How::Part)).collect();
        if (CUTS.contains(&lower) || PARTS.contains(&lower)) && !texts.is_empty() {
            return texts;
        }
        if returns == Kinds::from(Kind::List) && !ids.is_empty() {
            return ids.iter().map(|id| Abs::Derived(*id, How::Part)).collect();
        }
        other(if returns == Kinds::NONE { Kinds::ANY } else { returns })
    }
}

/// Whether a method puts something into what it is called on.
pub(super) fn fills(lower: &str) -> bool {
    matches!(lower, "put" | "putall" | "add" | "addall" | "insert" | "update" | "append")
}

/// Whether a method reads a text as a list or map.
fn is_structure(lower: &str) -> bool {
    matches!(lower, "tomap" | "tojsonmap" | "tolist" | "tojsonlist" | "getjson" | "jsontomap" | "tocollection")
}

/// Whether a method reads a text as a map.
fn is_map(lower: &str) -> bool {
    matches!(lower, "tomap" | "tojsonmap" | "jsontomap")
}

/// The kinds that a method is made for, without those that are converted first.
fn direct(lower: &str) -> Kinds {
    let Some(found) = method(lower) else { return Kinds::ANY };
    let kinds: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| found.on(*kind).is_some_and(|bound| bound.row.on.has(*kind))).collect();
    if kinds.is_empty() { Kinds::ANY } else { Kinds::of(&kinds) }
}

/// Whether a text is a pattern for dates and times.
pub(crate) fn is_date_pattern(text: &str) -> bool {
    text.len() >= 2
        && text.chars().all(|c| !c.is_ascii_alphabetic() || "GyYMwWdDEaHhkKmsSzZXTu'".contains(c))
        && text.chars().any(|c| "yMdHhms".contains(c))
}
