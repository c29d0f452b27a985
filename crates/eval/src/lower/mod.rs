//! Lowering: a tree becomes closures in which nothing is looked up by name any more.

mod argument;
mod assign;
mod call;
mod concat;
mod condition;
mod expression;
mod form;
mod form_rows;
mod literal;
mod method;
mod names;
mod operand;
mod operator;
mod records;
mod snippet;
mod statement;
mod task;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use std::sync::Arc;

use rainwright_builtins::names::{Functions, is_form_root};
use rainwright_builtins::{FunctionName, Origin};
use rainwright_diagnostic::{LineIndex, Nearest, Problem, Span};
use rainwright_syntax::ast::{Function as Tree, Item, Stmt, TypeKind, deep};
use rainwright_value::Value;

pub(crate) use argument::coerce as coerce_argument;
pub(crate) use snippet::snippet;

use crate::count::Reach;
use crate::probe::{ProbePoint, SlotName, probed_function};
use crate::program::{CompileOptions, Debug, Function, Input, Module, Parameter, Program};
use crate::stack;
use crate::vm::{Frame, Statement, Vm, first_slots};

/// Lowers the sources of a program. The bare statements are those of the first one; functions are found in all.
///
/// It never fails: what has no meaning becomes a step that raises an error when it is reached, and the checker says so
/// before the run.
#[must_use]
pub fn lower<'a>(modules: &[Module<'a>], options: &CompileOptions) -> Program {
    let mut trees = Vec::new();
    let mut unreadable = Vec::new();
    for (source, module) in modules.iter().enumerate() {
        let function = |item: &'a Item| match item {
            Item::Function(function) => Some((source, function)),
            Item::Statement(_) => None,
        };
        match module.only {
            None => trees.extend(module.tree.items.iter().filter_map(function)),
            Some(only) => trees.extend(only.iter().filter_map(|at| module.tree.items.get(*at)).filter_map(function)),
        }
        unreadable.extend(module.unreadable.iter().map(|(name, why)| (source, name, why)));
    }
    let mut signatures: Vec<Signature> = trees.iter().map(|(_, tree)| Signature::of(tree)).collect();
    // After all others: where a name can be read in one source, it does not matter that another has mistakes.
    signatures.extend(unreadable.iter().map(|(_, name, why)| Signature::unreadable(name, why)));
    let mut by_name = Functions::default();
    for (index, signature) in signatures.iter().enumerate() {
        by_name.add(&signature.name, index);
    }
    let sources: Vec<Arc<LineIndex>> = modules.iter().map(|m| Arc::clone(&m.lines)).collect();
    let world = World {
        sources: &sources,
        by_name: &by_name,
        signatures: &signatures,
        options,
        texts: RefCell::default(),
        nearest: Nearest::default(),
        statements: RefCell::default(),
    };

    let mut functions = Vec::with_capacity(trees.len() + 1);
    for ((source, tree), signature) in trees.iter().zip(&signatures) {
        let params: Vec<(&str, bool)> = tree.params.iter().map(|p| (p.name.name.as_str(), true)).collect();
        let statements: Vec<&Stmt> = tree.body.statements.iter().collect();
        let body = FunctionParts {
            source: *source,
            params: &params,
            statements: &statements,
            span: tree.span,
            is_main: false,
        };
        functions.push(lower_function(&world, functions.len(), signature, &body));
    }
    for ((source, ..), signature) in unreadable.iter().zip(&signatures[trees.len()..]) {
        let body =
            FunctionParts { source: *source, params: &[], statements: &[], span: Span::default(), is_main: false };
        functions.push(lower_function(&world, functions.len(), signature, &body));
    }
    let mut main = None;
    if let Some(module) = modules.first() {
        let statements: Vec<&Stmt> = module
            .tree
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Statement(statement) => Some(statement),
                Item::Function(_) => None,
            })
            .collect();
        if !statements.is_empty() || functions.is_empty() {
            let signature = Signature::of_statements();
            main = Some(functions.len());
            let span = statements.first().map_or(Span::default(), |first| first.span);
            let body = FunctionParts { source: 0, params: &[], statements: &statements, span, is_main: true };
            functions.push(lower_function(&world, functions.len(), &signature, &body));
        }
    }
    let (profile, locale, count) = (options.profile, options.locale.clone(), options.count);
    let names =
        functions.iter().map(|f: &Function| FunctionName { name: f.name.as_str().into(), source: f.source as u32 });
    let names: Arc<[FunctionName]> = names.collect();
    let (empty_record_fails, statements) = (options.empty_record_fails, world.statements.into_inner());
    let null_order_fails = options.null_order_fails.unwrap_or(profile.null_order_fails);
    let debug = options.probe.then(|| Debug { signatures, options: options.clone() });
    let first_slots = first_slots(functions.iter().map(|function| function.frame_size));
    Program {
        functions,
        names,
        by_name,
        main,
        first_slots,
        sources,
        profile,
        locale,
        count,
        empty_record_fails,
        null_order_fails,
        statements,
        debug,
    }
}

/// What a call needs to know of a function before it is lowered.
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) params: Vec<Parameter>,
    pub(crate) returns: TypeKind,
    /// Why it cannot be called, if its source has mistakes.
    pub(crate) unreadable: Option<Problem>,
}

impl Signature {
    pub(crate) fn of(tree: &Tree) -> Self {
        let name = tree.path.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(".");
        let name = name.strip_prefix("thisapp.").map(str::to_owned).unwrap_or(name);
        let params = tree.params.iter().map(|p| Parameter { name: p.name.name.to_string(), ty: p.ty.kind });
        Self { name, params: params.collect(), returns: tree.returns.kind, unreadable: None }
    }

    /// The bare statements of a source, which take nothing.
    fn of_statements() -> Self {
        Self { name: String::new(), params: Vec::new(), returns: TypeKind::Any, unreadable: None }
    }

    fn unreadable(name: &str, why: &Problem) -> Self {
        let name = name.strip_prefix("thisapp.").unwrap_or(name).to_owned();
        Self { name, unreadable: Some(why.clone()), ..Self::of_statements() }
    }
}

/// What holds for all functions of a program.
pub(crate) struct World<'w> {
    /// The line starts of the sources.
    sources: &'w [Arc<LineIndex>],
    pub(crate) by_name: &'w Functions,
    pub(crate) signatures: &'w [Signature],
    pub(crate) options: &'w CompileOptions,
    /// Texts that are written in the script: equal ones are one value, so that keys compare by their address.
    pub(crate) texts: RefCell<HashMap<String, Value>>,
    /// Looks for the names that were probably meant.
    pub(crate) nearest: Nearest,
    /// The statements that are counted, in the order of their numbers.
    pub(crate) statements: RefCell<Vec<Reach>>,
}

impl World<'_> {
    /// A text as a value that all who write it share.
    pub(crate) fn shared_text(&self, text: &str) -> Value {
        let mut texts = self.texts.borrow_mut();
        if let Some(known) = texts.get(text) {
            return known.clone();
        }
        let value = Value::from(text);
        texts.insert(text.to_owned(), value.clone());
        value
    }
}

/// Lowers one function.
pub(crate) struct Lowerer<'w> {
    pub(crate) world: &'w World<'w>,
    lines: &'w LineIndex,
    /// The function's place in the program.
    number: u32,
    /// Slots of all names, parameters first.
    slots: HashMap<String, usize>,
    /// Names that some statement of the function assigns.
    assigned: HashSet<String>,
    /// Whether it is a function with a name, and not the bare statements.
    in_function: bool,
    /// Number of slots; temporaries come after them.
    slot_count: usize,
    /// First free temporary.
    next_temp: usize,
    /// One past the last temporary ever used.
    frame_size: usize,
    /// How deep in the function's tree lowering is, and was at most.
    level: usize,
    highest: usize,
    /// Line of the statement that is being lowered.
    line: u32,
    /// The source that the function is in; the lines of the first one are counted.
    source: usize,
    /// How many bodies of `try` are around the statement that is being lowered.
    tries: u32,
    /// The variables that hold records which are not saved yet, with their forms: `one = Form();`.
    new_records: HashMap<String, String>,
    /// The variables of loops over rows on the form.
    form_rows: HashSet<String>,
}

/// The parts of a function that are lowered.
struct FunctionParts<'b> {
    source: usize,
    /// The names of its first slots, and whether they count as assigned, as parameters do.
    params: &'b [(&'b str, bool)],
    statements: &'b [&'b Stmt],
    /// The place of the function.
    span: Span,
    is_main: bool,
}

fn lower_function(world: &World<'_>, number: usize, signature: &Signature, body: &FunctionParts<'_>) -> Function {
    let names = names::collect(body.params, body.statements, world);
    let slot_count = names.slots.len();
    let mut all: Vec<Input> = names
        .slots
        .iter()
        .map(|(name, slot)| Input { name: name.clone(), slot: *slot, assigned: names.assigned.contains(name) })
        .collect();
    all.sort_by_key(|input| input.slot);
    let slot_names = if world.options.probe { all.iter().map(SlotName::of).collect() } else { Vec::new() };
    let inputs: Vec<Input> = all.into_iter().filter(|input| body.is_main || !input.assigned).collect();
    let mut lowerer = Lowerer {
        world,
        lines: &world.sources[body.source],
        number: number as u32,
        slots: names.slots,
        assigned: names.assigned,
        in_function: !body.is_main,
        slot_count,
        next_temp: slot_count,
        frame_size: slot_count,
        level: 0,
        highest: 0,
        line: 0,
        source: body.source,
        tries: 0,
        new_records: HashMap::new(),
        form_rows: HashSet::new(),
    };
    let mut step = lowerer.statements(body.statements);
    if world.options.probe {
        step = probed_function(step, lowerer.place(body.span));
    }
    if !body.is_main && !inputs.is_empty() {
        step = filled(step, inputs.clone());
    }
    Function {
        name: signature.name.clone(),
        params: signature.params.clone(),
        source: body.source,
        slots: slot_count,
        frame_size: lowerer.frame_size,
        stack: stack::need(lowerer.highest),
        inputs: if body.is_main { inputs } else { Vec::new() },
        names: slot_names,
        body: step,
    }
}

/// A body that first takes the variables that the run was given from outside.
fn filled(body: Statement, inputs: Vec<Input>) -> Statement {
    Box::new(move |vm, frame| {
        fill_inputs(vm, &inputs, frame);
        body(vm, frame)
    })
}

/// Fills slots from the run's inputs.
pub(crate) fn fill_inputs(vm: &Vm<'_>, inputs: &[Input], frame: &mut Frame) {
    for input in inputs {
        if vm.is_off_form() && is_form_root(&input.name) {
            continue;
        }
        if let Some(value) = vm.inputs.get(&input.name) {
            frame[input.slot] = value.clone();
        }
    }
}

impl Lowerer<'_> {
    /// The slot of a name that is a variable here.
    fn slot(&self, name: &str) -> Option<usize> {
        self.slots.get(name).copied()
    }

    /// Whether some statement assigns the name.
    fn is_assigned(&self, name: &str) -> bool {
        self.assigned.contains(name)
    }

    /// Lowers what is one level further down the tree.
    fn deeper<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        self.level += 1;
        self.highest = self.highest.max(self.level);
        let lowered = deep(|| lower(self));
        self.level -= 1;
        lowered
    }

    /// Reserves `count` temporaries while `lower` runs; they lie next to each other from the index it is given.
    fn with_temps<T>(&mut self, count: usize, lower: impl FnOnce(&mut Self, usize) -> T) -> T {
        let at = self.next_temp;
        self.next_temp += count;
        self.frame_size = self.frame_size.max(self.next_temp);
        let lowered = lower(self, at);
        self.next_temp = at;
        lowered
    }

    /// The line to count for: none for those of other sources than the first.
    fn shown(&self, line: u32) -> u32 {
        if self.source == 0 { line } else { 0 }
    }

    /// The number of a statement that is counted.
    fn number_statement(&self, span: Span) -> usize {
        let mut all = self.world.statements.borrow_mut();
        all.push(Reach { source: self.source as u32, span, times: 0 });
        all.len() - 1
    }

    /// What a probe is told of a statement or a function.
    fn place(&self, span: Span) -> ProbePoint {
        ProbePoint { function: self.number as usize, line: self.line_of(span), span, in_try: self.tries > 0 }
    }

    /// Where the statement that is being lowered makes its calls from.
    fn origin(&self) -> Origin {
        Origin { function: self.number, line: self.line }
    }

    /// The 1-based line of a place.
    fn line_of(&self, span: Span) -> u32 {
        self.lines.line(span.start)
    }
}

/// Sets temporaries to null again, so that the next function finds its slots empty.
pub(crate) fn clear(temps: &mut [Value]) {
    for temp in temps {
        temp.put(Value::Null);
    }
}
