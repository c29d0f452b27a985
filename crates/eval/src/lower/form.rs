//! Actions on the form on screen, and functions of the embedding program: what becomes an effect as it is written.

use rainwright_builtins::names::{Special, is_form_root, special_function};
use rainwright_builtins::{Origin, from_data, to_data};
use rainwright_diagnostic::{Code, Problem, Span};
use rainwright_effect::{Data, Effect, FormField, Ui};
use rainwright_syntax::ast::{Arg, Cancel, Expr, ExprKind, FieldAction, Ident, Stmt, StmtKind};
use rainwright_value::Value;

use super::expression::fails;
use super::{Lowerer, form_rows};
use crate::error::{At, OrRaise, RuntimeError, Walked};
use crate::rows::{self, Site, is_record};
use crate::vm::{Flow, Frame, Node, Statement, Vm};

/// Performs an effect and gives its answer as a value.
pub(super) fn ask(vm: &mut Vm<'_>, effect: Effect, origin: Origin, span: Span) -> Walked {
    vm.cx.origin = origin;
    let outcome = vm.cx.perform(effect).at(span).or_raise(vm)?;
    let data = outcome.into_data().map_err(Box::new).at(span).or_raise(vm)?;
    Some(from_data(data, &vm.cx.locale))
}

/// A value on its way out.
pub(super) fn data(vm: &mut Vm<'_>, value: &Value, span: Span) -> Walked<Data> {
    to_data(value, &vm.cx.locale).at(span).or_raise(vm)
}

/// Computes values on their way out.
pub(super) fn all_data(vm: &mut Vm<'_>, frame: &mut Frame, nodes: &[Node], span: Span) -> Walked<Vec<Data>> {
    nodes
        .iter()
        .map(|node| {
            let value = node(vm, frame)?;
            data(vm, &value, span)
        })
        .collect()
}

/// Runs a node for what it does.
pub(super) fn step(node: Node, line: u32) -> Statement {
    Box::new(move |vm, frame| match node(vm, frame) {
        Some(_) => Flow::Next,
        None => vm.fail(line),
    })
}

/// The path of a field as written: `row.Name.prefix`.
pub(super) fn field_path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::Member { object, name } => Some(format!("{}.{}", field_path(object)?, name.name)),
        ExprKind::Paren(inner) => field_path(inner),
        _ => None,
    }
}

pub(super) fn form_field(expr: &Expr) -> FormField {
    FormField::parse(&field_path(expr).unwrap_or_default())
}

pub(super) fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Member { object, .. } => root(object),
        _ => None,
    }
}

/// What a function that a form's script called does not have.
pub(super) fn off_form<T>(vm: &mut Vm<'_>, root: &str, span: Span) -> Walked<T> {
    let message = format!("Variable '{root}' is not defined");
    let problem = Problem::new(Code::UnknownName, message)
        .with_help("A function has its arguments and not the form of its caller: pass it the fields that it needs.");
    vm.raise(RuntimeError::new(problem, span))
}

impl Lowerer<'_> {
    /// An action that is known at load.
    fn ui(&self, action: Ui, span: Span) -> Node {
        let origin = self.origin();
        Box::new(move |vm, _| ask(vm, Effect::Ui(Box::new(action.clone())), origin, span))
    }

    /// An action with one computed value.
    fn ui_with(&mut self, value: &Expr, span: Span, action: impl Fn(Data) -> Ui + 'static) -> Node {
        let (node, origin) = (self.node(value), self.origin());
        Box::new(move |vm, frame| {
            let value = node(vm, frame)?;
            let value = data(vm, &value, span)?;
            ask(vm, Effect::Ui(Box::new(action(value))), origin, span)
        })
    }

    /// An action with the computed arguments of a call.
    fn ui_with_all(&mut self, args: &[Arg], span: Span, action: impl Fn(Vec<Data>) -> Ui + 'static) -> Node {
        let nodes: Vec<Node> = args.iter().map(|arg| self.node(&arg.value)).collect();
        let origin = self.origin();
        Box::new(move |vm, frame| {
            let values = all_data(vm, frame, &nodes, span)?;
            ask(vm, Effect::Ui(Box::new(action(values))), origin, span)
        })
    }

    /// `thisapp.variables.X`: the host knows the variables of the application.
    pub(super) fn app_variable(&mut self, name: &str, span: Span) -> Node {
        let (origin, arguments) = (self.origin(), Data::List(vec![name.into()]));
        Box::new(move |vm, _| {
            let effect = Effect::Task { name: "thisapp.variables".to_owned(), arguments: arguments.clone() };
            ask(vm, effect, origin, span)
        })
    }

    /// The statements of form events.
    pub(crate) fn form_statement(&mut self, statement: &Stmt) -> Statement {
        let (line, span) = (self.line, statement.span);
        let node = match &statement.kind {
            StmtKind::Alert { field, message } => {
                let field = field.as_deref().map(form_field);
                self.ui_with(message, span, move |message| Ui::Alert { field: field.clone(), message })
            }
            StmtKind::Cancel(Cancel::Submit) => self.ui(Ui::CancelSubmit, span),
            StmtKind::Cancel(Cancel::Delete) => self.ui(Ui::CancelDelete, span),
            StmtKind::Reload => self.ui(Ui::Reload, span),
            StmtKind::SuccessMessage(message) => self.ui_with(message, span, |message| Ui::SuccessMessage { message }),
            StmtKind::Field { action, fields } => {
                let actions: Vec<Node> = fields
                    .iter()
                    .map(|field| {
                        let field = form_field(field);
                        let action = match action {
                            FieldAction::Hide => Ui::Hide { field },
                            FieldAction::Show => Ui::Show { field },
                            FieldAction::Enable => Ui::Enable { field },
                            FieldAction::Disable => Ui::Disable { field },
                            FieldAction::Focus => Ui::Focus { field },
                            FieldAction::Clear => Ui::Clear { field },
                        };
                        self.ui(action, span)
                    })
                    .collect();
                let all: Node = Box::new(move |vm, frame| {
                    actions.iter().try_for_each(|action| action(vm, frame).map(drop))?;
                    Some(Value::Null)
                });
                all
            }
            StmtKind::FieldUi { field, method, args } => {
                let (field, method) = (form_field(field), format!("ui.{}", method.name));
                self.ui_with_all(args, span, move |values| Ui::Choices {
                    field: field.clone(),
                    method: method.clone(),
                    values,
                })
            }
            StmtKind::Delete(query) => self.delete(query, span),
            StmtKind::Markup(html) => self.ui(Ui::Html { text: html.clone() }, span),
            StmtKind::Output(expr) => {
                let (node, origin) = (self.node(expr), self.origin());
                let shown: Node = Box::new(move |vm, frame| {
                    let value = node(vm, frame)?;
                    // Null leaves nothing in a page.
                    let text = if value.is_null() { String::new() } else { value.to_text(&vm.cx.locale) };
                    ask(vm, Effect::Ui(Box::new(Ui::Html { text })), origin, span)
                });
                shown
            }
            _ => fails(
                Code::Unexpected,
                "This statement could not be read.",
                "Mend the error that was reported for it.",
                span,
            ),
        };
        step(node, line)
    }

    /// Reads `input.F`, `old.F`, `row.F` when the run was given no such variable; `whole` as in [`Lowerer::whole`].
    pub(crate) fn form_field(&mut self, object: &Expr, name: &str, expr: &Expr, whole: bool) -> Option<Node> {
        let root = root(object)?;
        if !is_form_root(root) || self.is_assigned(root) {
            return None;
        }
        let asked = self.ui(Ui::Get { field: FormField::parse(&field_path(expr)?) }, expr.span);
        let own = self.variable_of_input(object, name, expr.span, whole);
        let (slot, root, key) = (self.slot(root), root.to_owned(), Value::from(name));
        let (names, span) = ([name.to_owned()], expr.span);
        let site = Site { origin: self.origin(), span };
        let whole = whole || !self.world.options.profile.forms;
        let object = self.whole(object);
        Some(Box::new(move |vm, frame| {
            let given =
                vm.inputs.contains_key(&root) && !vm.is_off_form() || slot.is_some_and(|slot| !frame[slot].is_null());
            match &own {
                Some(own) if !given => return own(vm, frame),
                None if !given && vm.is_off_form() => return off_form(vm, &root, span),
                _ => {}
            }
            let value = if given { object(vm, frame)? } else { Value::from(false) };
            let found = match &value {
                _ if !given => asked(vm, frame)?,
                Value::Null => Value::Null,
                value if is_record(value) => rows::read_whole(vm, value, &names, site)?,
                value => match (value.as_map(), form_rows::of(value)) {
                    (Some(map), _) => map.borrow().get(&key).cloned().unwrap_or_default(),
                    // A column of a subform without a loop is that of its first row.
                    (None, Some(rows)) => form_rows::column(vm, rows.first(), &names, site)?,
                    // The ID of a record: the host knows the form.
                    (None, None) => asked(vm, frame)?,
                },
            };
            Some(if whole { found } else { rows::shown(found) })
        }))
    }

    /// `input.x` in a function, where `x` is one of its parameters or variables: a function of an application has no form,
    /// and there Creator takes this for the variable.
    fn variable_of_input(&mut self, object: &Expr, name: &str, span: Span, whole: bool) -> Option<Node> {
        let is_input = matches!(&object.kind, ExprKind::Name(root) if root == "input");
        let is_own = is_input && self.in_function && self.world.options.profile.forms && self.is_assigned(name);
        is_own.then(|| self.variable(name, span, whole).into_node())
    }

    /// `openUrl(…)` and the other calls that only a form has.
    pub(crate) fn form_call(&mut self, special: Special, args: &[Arg], span: Span) -> Option<Node> {
        Some(match special {
            Special::OpenUrl => self.ui_with_all(args, span, |values| Ui::OpenUrl { values }),
            Special::FieldNames => self.ui(Ui::FieldNames, span),
            Special::FieldValue => self.ui_with_all(args, span, |values| Ui::FieldValue {
                name: values.into_iter().next().unwrap_or_default(),
            }),
            _ => return None,
        })
    }

    /// A function that the embedding program offers.
    pub(crate) fn host_call(&mut self, name: &str, args: &[Arg], span: Span) -> Option<Node> {
        let name = self.world.options.host_functions.iter().find(|known| *known == name)?.clone();
        let nodes: Vec<Node> = args.iter().map(|arg| self.node(&arg.value)).collect();
        let origin = self.origin();
        Some(Box::new(move |vm, frame| {
            let arguments = all_data(vm, frame, &nodes, span)?;
            ask(vm, Effect::Function { name: name.clone(), arguments }, origin, span)
        }))
    }

    /// `F.select(x)`, `F.deselectAll()` and the like on a field that is no variable.
    pub(crate) fn form_method(&mut self, object: &Expr, name: &Ident, args: &[Arg], span: Span) -> Option<Node> {
        let (selects, all) = match special_function(&name.name, true)? {
            Special::Select => (true, false),
            Special::SelectAll => (true, true),
            Special::Deselect => (false, false),
            Special::DeselectAll => (false, true),
            _ => return None,
        };
        let field = FormField::parse(&field_path(object)?);
        if root(object).is_some_and(|r| self.is_assigned(r)) {
            return None;
        }
        Some(self.ui_with_all(args, span, move |values| {
            let (field, values) = (field.clone(), (!all).then_some(values));
            if selects { Ui::Select { field, values } } else { Ui::Deselect { field, values } }
        }))
    }
}
