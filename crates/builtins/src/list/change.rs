//! Functions that change a list.

use rainwright_value::{Entries, Kind, Kinds, List, Value, ValueSet, budget, memory, same};

use super::{ELEMENT, INDEX, LIST, LIST_OR_TEXT, OTHER, element};
use crate::{Builtin, Example, Form, Param};

/// What functions that change something give back.
const NOTHING: Kinds = Kinds::NONE;

/// Elements that are copied between two looks at the run's limits.
const PIECE: usize = 4096;

/// Functions that change a list.
pub(crate) const CHANGE: &[Builtin] = &[
    Builtin {
        name: "List",
        params: &[Param::optional(
            "elements",
            Kinds::of(&[Kind::Text, Kind::List, Kind::Collection]),
            "A text whose parts between commas become elements, or a list to copy.",
        )],
        returns: LIST,
        form: Form::Function,
        doc: "Makes a list: empty, from a text with commas, or as a copy. Braces make one too.",
        edge: "Empty parts between commas count as elements. List:String(), List:Int(), List:Float(), List:Date() and \
List:Bool() make lists that convert or refuse what is added.",
        examples: &[
            Example::new("List(\"a,b,,c\").size()", "4"),
            Example::new("items = List(); items.add(1); info items;", "1"),
        ],
        run: |call| {
            if !call.given(0) {
                return Ok(Value::from(List::default()));
            }
            let copy = call.list(0)?.items().clone();
            Ok(Value::from(copy))
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "add",
        on: LIST,
        params: &[Param::new("element", Kinds::ANY, "The new last element.")],
        returns: NOTHING,
        form: Form::Method,
        doc: "Appends an element to the list.",
        edge: "A typed list converts the element to its kind, or fails when it cannot.",
        examples: &[
            Example::new("items = List(); items.add(1); items.add(\"Harry\"); info items;", "1,Harry"),
            Example::new("items = List:Int(); items.add(\"abc\");", "error E3010"),
        ],
        run: |call| {
            let list = call.receiver_list()?;
            list.push(element(call, &list, call.arg(0).clone())?);
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "insert",
        on: LIST,
        params: &[Param::repeated("rows", Kinds::ANY, "Rows, or collections of rows.")],
        returns: NOTHING,
        form: Form::Method,
        doc: "Adds rows to a subform of a form: input.Lines.insert(row).",
        edge: "Of a collection each element is added.",
        products: "zoho-creator",
        examples: &[Example::new(
            "rows = {{\"Item\":\"Hat\"}}; rows.insert({\"Item\":\"Cap\"}); info rows.size();",
            "2",
        )],
        run: |call| {
            let list = call.receiver_list()?;
            for row in call.rest().to_vec() {
                match &row {
                    Value::Collection(rows) => match &*rows.entries() {
                        Entries::Undecided => {}
                        Entries::Row(rows) => rows.iter().for_each(|row| list.push(row.clone())),
                        Entries::Keyed(_) => list.push(row.clone()),
                    },
                    _ => list.push(row),
                }
            }
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "addAll",
        on: LIST,
        params: &[OTHER],
        returns: NOTHING,
        form: Form::Method,
        doc: "Appends all elements of another list.",
        edge: "Elements that the list has already are added again. A typed list converts each.",
        examples: &[Example::new("one = {\"a\", \"b\"}; one.addAll({\"c\", \"b\"}); info one;", "a,b,c,b")],
        run: |call| {
            let list = call.receiver_list()?;
            let more = call.list(0)?;
            // The copy, and what the list grows by: a list that is added to itself doubles each time.
            let _held = memory::Held::new(2 * more.len() * size_of::<Value>())?;
            let mut copied = Vec::with_capacity(more.len());
            while copied.len() < more.len() {
                let piece: Vec<Value> = more.items().iter().skip(copied.len()).take(PIECE).cloned().collect();
                budget::charge(piece.len())?;
                for value in piece {
                    copied.push(element(call, &list, value)?);
                }
            }
            let mut rest = copied.into_iter();
            while rest.len() > 0 {
                let count = rest.len().min(PIECE);
                list.items_mut().extend(rest.by_ref().take(count));
                budget::charge(count)?;
            }
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "remove",
        on: LIST,
        params: &[Param::new("index", INDEX.or(Kinds::of(&[Kind::Text])), "The element's index, from 0.")],
        doc: "Takes out the element at an index, and gives it.",
        edge: "An index below 0 or past the end is an error. A text that is no number takes out the first element that \
               equals it, as public scripts use it; null when there is none.",
        examples: &[Example::new(
            "p = {\"Creator\", \"CRM\", \"Projects\"}; info p.remove(1); info p;",
            "CRM\nCreator,Projects",
        )],
        run: |call| {
            let list = call.receiver_list()?;
            let by_value = call.arg(0).as_str().is_some_and(|text| text.trim().parse::<i64>().is_err());
            let at = match by_value {
                true => list.items().iter().position(|item| same(item, call.arg(0))),
                false => Some(call.place(0, list.len())?),
            };
            Ok(at.map(|at| list.items_mut().remove(at)).unwrap_or_default())
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "removeElement",
        on: LIST,
        params: &[ELEMENT],
        returns: NOTHING,
        form: Form::Method,
        doc: "Takes out the first element that equals a value.",
        edge: "Nothing happens when there is none. A typed list fails for a value of another kind.",
        examples: &[Example::new(
            "p = {\"Creator\", \"CRM\", \"CRM\"}; p.removeElement(\"CRM\"); info p;",
            "Creator,CRM",
        )],
        run: |call| {
            let list = call.receiver_list()?;
            let wanted = element(call, &list, call.arg(0).clone())?;
            let found = list.items().iter().position(|item| same(item, &wanted));
            if let Some(at) = found {
                list.items_mut().remove(at);
            }
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "removeAll",
        on: LIST,
        params: &[Param::new("other", LIST_OR_TEXT, "The list of elements to take out.")],
        returns: NOTHING,
        form: Form::Method,
        doc: "Takes out every element that another list has.",
        edge: "Nothing happens when there is none.",
        examples: &[Example::new(
            "p = {\"Creator\", \"CRM\", \"Projects\", \"CRM\"}; p.removeAll({\"CRM\", \"Projects\"}); info p;",
            "Creator",
        )],
        run: |call| {
            let list = call.receiver_list()?;
            let gone: ValueSet = call.list(0)?.items().iter().cloned().collect();
            let stays = |item: &&Value| budget::step() && !gone.contains(item);
            let kept: Vec<Value> = list.items().iter().filter(stays).cloned().collect();
            *list.items_mut() = kept;
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
    Builtin {
        name: "clear",
        on: LIST,
        returns: NOTHING,
        form: Form::Method,
        doc: "Empties the list.",
        examples: &[Example::new("v = {1, 2}; v.clear(); info v.size();", "0")],
        run: |call| {
            let gone = std::mem::take(&mut *call.receiver_list()?.items_mut());
            drop(gone);
            Ok(Value::Null)
        },
        ..Builtin::ROW
    },
];
