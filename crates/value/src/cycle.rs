//! The cycle collector: frees containers that hold each other in a cycle once nothing else holds them.
//!
//! Counting references frees everything but cycles (`m.put("self", m)`). A cycle can only close in a container that is held
//! twice while it is changed: by who changes it, and by what is put in. Such a container is noted, once. From those noted
//! [`collect_cycles`] walks to all that they reach; whatever is held by nothing but its like is emptied (trial deletion, as
//! in CPython). What the surrounding program holds is never touched, wherever it keeps it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use crate::{Collection, Entries, List, MapCell, Value};

/// A container in which a cycle may have closed.
pub(crate) enum Suspect {
    List(Weak<List>),
    Map(Weak<MapCell>),
    Collection(Weak<Collection>),
}

impl From<Weak<List>> for Suspect {
    fn from(list: Weak<List>) -> Self {
        Suspect::List(list)
    }
}

impl From<Weak<MapCell>> for Suspect {
    fn from(map: Weak<MapCell>) -> Self {
        Suspect::Map(map)
    }
}

impl From<Weak<Collection>> for Suspect {
    fn from(collection: Weak<Collection>) -> Self {
        Suspect::Collection(collection)
    }
}

impl Suspect {
    fn value(&self) -> Option<Value> {
        match self {
            Suspect::List(list) => list.upgrade().map(Value::List),
            Suspect::Map(map) => map.upgrade().map(Value::Map),
            Suspect::Collection(collection) => collection.upgrade().map(Value::Collection),
        }
    }

    fn lives(&self) -> bool {
        match self {
            Suspect::List(list) => list.strong_count() > 0,
            Suspect::Map(map) => map.strong_count() > 0,
            Suspect::Collection(collection) => collection.strong_count() > 0,
        }
    }
}

thread_local! {
    static SUSPECTS: RefCell<Vec<Suspect>> = const { RefCell::new(Vec::new()) };
}

/// Notes a container that is about to change, when somebody else holds it too. Every way to change one comes by here.
#[inline]
pub(crate) fn before_change<T>(container: &Rc<T>, noted: &Cell<bool>)
where
    Suspect: From<Weak<T>>,
{
    if Rc::strong_count(container) > 1 {
        note(container, noted);
    }
}

/// Notes a container, if that was not done before.
#[inline]
pub(crate) fn note<T>(container: &Rc<T>, noted: &Cell<bool>)
where
    Suspect: From<Weak<T>>,
{
    if !noted.replace(true) {
        append(Rc::downgrade(container).into());
    }
}

#[inline(never)]
fn append(suspect: Suspect) {
    SUSPECTS.with_borrow_mut(|all| {
        if all.len() == all.capacity() {
            // What is gone makes room first, so that the list grows with what lives.
            all.retain(Suspect::lives);
            all.reserve(all.len().max(64));
        }
        all.push(suspect);
    });
}

/// Puts other suspects in the place of those of this thread, which come back.
pub(crate) fn replace_suspects(others: Vec<Suspect>) -> Vec<Suspect> {
    SUSPECTS.replace(others)
}

/// Adds suspects to those of this thread.
pub(crate) fn add_suspects(mut more: Vec<Suspect>) {
    SUSPECTS.with_borrow_mut(|all| all.append(&mut more));
}

/// Frees the containers of this thread that only cycles keep alive.
///
/// It takes time in proportion to what the noted containers reach that still lives; usually there are none.
pub fn collect_cycles() {
    let mut suspects = SUSPECTS.take();
    if suspects.is_empty() {
        return;
    }
    let mut graph = Graph::default();
    for value in suspects.iter().filter_map(Suspect::value) {
        graph.place(&value);
    }
    graph.grow();
    graph.spread_from_outside();
    drop(graph.empty_garbage());
    suspects.retain(Suspect::lives);
    add_suspects(suspects);
}

/// What the suspects reach. Each node holds its container once.
#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    places: HashMap<*const (), usize, foldhash::fast::RandomState>,
}

struct Node {
    value: Value,
    /// How often other nodes hold it.
    within: usize,
    /// Whether it is held, in the end, from outside of the graph.
    held: bool,
}

impl Graph {
    /// The place of a container's node, made when it is new.
    fn place(&mut self, value: &Value) -> usize {
        let (address, _) = identity(value);
        *self.places.entry(address).or_insert_with(|| {
            self.nodes.push(Node { value: value.clone(), within: 0, held: false });
            self.nodes.len() - 1
        })
    }

    /// Adds all that the nodes reach, and counts how often they hold each other.
    fn grow(&mut self) {
        let mut at = 0;
        while at < self.nodes.len() {
            let value = self.nodes[at].value.clone();
            each_child(&value, |child| {
                let place = self.place(child);
                self.nodes[place].within += 1;
            });
            at += 1;
        }
    }

    /// Marks the nodes that are held more often than the graph explains, and all that these reach.
    fn spread_from_outside(&mut self) {
        // While it is counted, the node itself is one of the holders.
        let outside = |node: &Node| identity(&node.value).1 > node.within + 1;
        let mut open: Vec<usize> = (0..self.nodes.len()).filter(|at| outside(&self.nodes[*at])).collect();
        while let Some(at) = open.pop() {
            let node = &mut self.nodes[at];
            if !std::mem::replace(&mut node.held, true) {
                let value = node.value.clone();
                each_child(&value, |child| open.extend(self.places.get(&identity(child).0)));
            }
        }
    }

    /// Takes the contents out of the nodes that nothing outside holds.
    fn empty_garbage(self) -> Vec<Value> {
        let mut contents = Vec::new();
        for node in self.nodes.iter().filter(|node| !node.held) {
            match &node.value {
                Value::List(list) => list.drain_into(&mut contents),
                Value::Map(map) => map.drain_into(&mut contents),
                Value::Collection(collection) => collection.drain_into(&mut contents),
                _ => {}
            }
        }
        contents
    }
}

/// Where a container lies, and how often it is held.
fn identity(value: &Value) -> (*const (), usize) {
    match value {
        Value::List(list) => (Rc::as_ptr(list).cast(), Rc::strong_count(list)),
        Value::Map(map) => (Rc::as_ptr(map).cast(), Rc::strong_count(map)),
        Value::Collection(collection) => (Rc::as_ptr(collection).cast(), Rc::strong_count(collection)),
        Value::Braces(braces) => (Rc::as_ptr(braces).cast(), Rc::strong_count(braces)),
        _ => (std::ptr::null(), usize::MAX),
    }
}

/// Visits the containers that a container holds. One that is being changed just now is passed over: what it holds counts
/// as held from outside then.
fn each_child(value: &Value, mut visit: impl FnMut(&Value)) {
    let mut visit = |child: &Value| {
        if child.is_container() {
            visit(child);
        }
    };
    match value {
        Value::List(list) => list.try_items().iter().flat_map(|items| items.iter()).for_each(visit),
        Value::Map(map) => map.try_borrow().iter().for_each(|map| map.each(&mut visit)),
        Value::Collection(collection) => match collection.try_entries().as_deref() {
            Some(Entries::Row(row)) => row.iter().for_each(visit),
            Some(Entries::Keyed(map)) => map.each(&mut visit),
            Some(Entries::Undecided) | None => {}
        },
        Value::Braces(braces) => braces.decided().into_iter().for_each(visit),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::rc::Rc;

    use super::collect_cycles;
    use crate::{Collection, Entries, List, Map, MapCell, Value, memory};

    fn map() -> Rc<MapCell> {
        Rc::new(MapCell::from(Map::default()))
    }

    #[test]
    fn cycles_of_all_kinds_are_freed() {
        let before = memory::live();
        let (list, map, collection, braces) =
            (Rc::<List>::default(), map(), Rc::<Collection>::default(), Value::Braces(Rc::default()));
        list.push(Value::Map(map.clone()));
        map.borrow_mut().insert(Value::Collection(collection.clone()), Value::Null);
        *collection.entries_mut() = Entries::Row(vec![braces.clone()]);
        for held in [Value::List(list.clone()), braces.clone()] {
            braces.become_list().unwrap().push(held);
        }
        drop((list, map, collection, braces));
        assert!(memory::live() > before);
        collect_cycles();
        assert_eq!(memory::live(), before);
    }

    #[test]
    fn what_is_held_stays_whole_until_it_is_let_go() {
        let before = memory::live();
        let (outer, inner) = (Rc::<List>::default(), map());
        inner.borrow_mut().insert_text("outer", Value::List(outer.clone()));
        outer.push(Value::Map(inner.clone()));
        outer.push(Value::from(7));
        let held = Value::Map(inner);
        drop(outer);
        collect_cycles();
        let outer = held.as_map().unwrap().borrow().get_text("outer").cloned().unwrap();
        assert_eq!(outer.as_list().unwrap().len(), 2);
        drop((held, outer));
        collect_cycles();
        assert_eq!(memory::live(), before);
    }

    #[test]
    fn a_run_that_waits_keeps_its_suspects_apart() {
        let before = memory::live();
        let mine = memory::Figures::default().swap();
        let cycle = Rc::<List>::default();
        cycle.push(Value::List(cycle.clone()));
        drop(cycle);
        let waiting = mine.swap();
        collect_cycles();
        assert_eq!(memory::live(), before);
        let mine = waiting.swap();
        assert!(memory::live() > 0);
        drop(mine.swap());
        assert_eq!(memory::live(), before);
    }

    #[test]
    fn a_cycle_of_a_million_is_freed_without_recursion() {
        let before = memory::live();
        let first = Rc::<List>::default();
        let mut last = first.clone();
        for _ in 0..1_000_000 {
            let next = Rc::<List>::default();
            next.push(Value::List(last));
            last = next;
        }
        first.push(Value::List(last));
        drop(first);
        collect_cycles();
        assert_eq!(memory::live(), before);
    }
}
