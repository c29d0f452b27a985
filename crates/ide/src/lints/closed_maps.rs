//! Maps whose keys a body shows one and all: they are made of literals, and nothing else can have put a key into them.

use crate::hash::{HashMap, HashSet};
use crate::script::{FunctionBody, bare};
use rainwright_syntax::ast::{Arg, Expr, ExprKind, StmtKind};

/// Methods that put no further key into a map and hand it to nobody.
const HARMLESS: &[&str] = &[
    "get",
    "getjson",
    "containskey",
    "containkey",
    "containsvalue",
    "keys",
    "size",
    "isempty",
    "isnull",
    "tostring",
    "remove",
    "clear",
];

/// The maps of a body whose keys are all known.
pub(super) struct ClosedMaps<'t> {
    keys: HashMap<&'t str, HashSet<&'t str>>,
}

impl<'t> ClosedMaps<'t> {
    pub(super) fn of(body: &FunctionBody<'t>) -> Self {
        let mut keys: HashMap<&'t str, HashSet<&'t str>> = HashMap::default();
        for (name, writes) in body.writes.iter().filter(|(name, _)| !body.is_param(name)) {
            let made: Option<Vec<Vec<&'t str>>> = writes.iter().map(|write| literal_keys(write.value?)).collect();
            keys.extend(made.map(|made| (*name, made.into_iter().flatten().collect())));
        }
        // A map that is read anywhere else may be changed there.
        let mut harmless: HashMap<&'t str, usize> = HashMap::default();
        let mut count = |name: &'t str| *harmless.entry(name).or_default() += 1;
        if keys.is_empty() {
            return Self { keys };
        }
        for expr in &body.exprs {
            match &expr.kind {
                ExprKind::Method { object, name, args } => {
                    let ExprKind::Name(map) = &object.kind else { continue };
                    let Some(known) = keys.get_mut(map.as_str()) else { continue };
                    if let Some(key) = text(args).filter(|_| name.name.eq_ignore_ascii_case("put")) {
                        known.insert(key);
                        count(map);
                    } else if HARMLESS.iter().any(|method| name.name.eq_ignore_ascii_case(method)) {
                        count(map);
                    }
                }
                ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|side| {
                    if let ExprKind::Name(name) = &side.kind {
                        count(name);
                    }
                }),
                _ => {}
            }
        }
        for stmt in &body.stmts {
            if let StmtKind::Info(Expr { kind: ExprKind::Name(name), .. }) = &stmt.kind {
                count(name);
            }
        }
        let reads = |name: &str| body.reads.get(name).map_or(0, Vec::len);
        keys.retain(|name, _| reads(name) == harmless.get(name).copied().unwrap_or(0));
        Self { keys }
    }

    /// The map and the key of an expression that reads a key which its map never has.
    pub(super) fn missing(&self, expr: &'t Expr) -> Option<(&'t str, &'t str)> {
        let ExprKind::Method { object, name, args } = &bare(expr).kind else { return None };
        let reads = name.name.eq_ignore_ascii_case("get") || name.name.eq_ignore_ascii_case("getJSON");
        let ExprKind::Name(map) = &object.kind else { return None };
        let key = text(args).filter(|_| reads && args.len() == 1)?;
        let known = self.keys.get(map.as_str())?;
        (!known.contains(key)).then_some((map.as_str(), key))
    }
}

/// The keys of a map that is made here, when all of them are texts.
fn literal_keys(expr: &Expr) -> Option<Vec<&str>> {
    match &bare(expr).kind {
        ExprKind::Map(pairs) => pairs.iter().map(|(key, _)| literal(key)).collect(),
        ExprKind::EmptyBraces => Some(Vec::new()),
        ExprKind::Call { name, args } if args.is_empty() && name.name.eq_ignore_ascii_case("Map") => Some(Vec::new()),
        _ => None,
    }
}

/// The first argument, when it is a text as it is written.
fn text(args: &[Arg]) -> Option<&str> {
    args.first().and_then(|arg| literal(&arg.value))
}

fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}
