//! Random criteria on random records: SQL finds the rows that a plain walk over them finds.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;

use proptest::prelude::*;
use rainwright_effect::{Comparison, Criteria, Data, Decimal, FieldPath, Operand, Query, Records, Sort};
use rainwright_records::{Field, FieldType, Form, Settings, Store};

/// What a record holds; `None` is unset.
#[derive(Clone, Debug, Default)]
struct Row {
    number: Option<i64>,
    price: Option<(i64, u8)>,
    text: String,
    choice: Option<String>,
    day: Option<i64>,
    paid: bool,
    tags: Vec<String>,
    /// The place of another record.
    link: Option<usize>,
    links: Vec<usize>,
}

fn forms() -> Vec<Form> {
    let field = |name: &str, kind: &str| Field::new(name, FieldType::of_word(kind));
    let lookup = |name: &str, kind: &str| Field { looks_up: Some("R".into()), ..field(name, kind) };
    vec![Form {
        name: "R".into(),
        fields: vec![
            field("Number", "number"),
            field("Price", "decimal"),
            field("Text", "text"),
            field("Choice", "picklist"),
            field("Day", "date"),
            field("Paid", "checkbox"),
            field("Tags", "list"),
            lookup("Link", "picklist"),
            lookup("Links", "list"),
        ],
        ..Form::default()
    }]
}

/// Stores the rows; lookups once all records are there.
fn fill(store: &mut Store, rows: &[Row]) -> Vec<i64> {
    let path = FieldPath::parse;
    let ids: Vec<i64> = rows
        .iter()
        .map(|row| {
            let fields = vec![
                (path("Number"), row.number.into()),
                (path("Price"), row.price.map(|(m, s)| Decimal::new(m.into(), s)).into()),
                (path("Text"), row.text.clone().into()),
                (path("Choice"), row.choice.clone().into()),
                (path("Day"), row.day.map_or(Data::Null, Data::Date)),
                (path("Paid"), row.paid.into()),
                (path("Tags"), row.tags.clone().into()),
            ];
            store.perform(&Records::Insert { form: "R".into(), fields }).unwrap().as_number().unwrap()
        })
        .collect();
    for (row, id) in rows.iter().zip(&ids) {
        let links: Vec<i64> = row.links.iter().filter_map(|at| ids.get(*at).copied()).collect();
        let fields =
            vec![(path("Link"), row.link.and_then(|at| ids.get(at).copied()).into()), (path("Links"), links.into())];
        store.perform(&Records::Set { form: "R".into(), id: *id, fields }).unwrap();
    }
    ids
}

/// The values that a path reaches, each as comparable data, unset ones left out; and whether it may reach several.
fn reach(rows: &[Row], at: usize, path: &[&str]) -> (Vec<Data>, bool) {
    let row = &rows[at];
    let one = |value: Option<Data>| (value.into_iter().collect(), false);
    match path {
        ["Number"] => one(row.number.map(Data::Number)),
        ["Price"] => one(row.price.map(|(m, s)| Data::Decimal(Decimal::new(m.into(), s)))),
        ["Text"] => one((!row.text.is_empty()).then(|| row.text.clone().into())),
        ["Choice"] => one(row.choice.clone().filter(|text| !text.is_empty()).map(Data::from)),
        ["Day"] => one(row.day.map(Data::Date)),
        ["Paid"] => one(Some(row.paid.into())),
        ["Tags"] => {
            let mut tags: Vec<String> = row.tags.iter().filter(|tag| !tag.is_empty()).cloned().collect();
            tags.dedup();
            (tags.into_iter().map(Data::from).collect(), true)
        }
        ["Link", rest @ ..] => match row.link.filter(|to| *to < rows.len()) {
            Some(to) => reach(rows, to, rest),
            None => (Vec::new(), rest.iter().any(|step| matches!(*step, "Tags" | "Links"))),
        },
        ["Links", rest @ ..] => {
            let linked = row.links.iter().filter(|to| **to < rows.len());
            (linked.flat_map(|to| reach(rows, *to, rest).0).collect(), true)
        }
        _ => panic!("{path:?}"),
    }
}

fn worth(value: &Data) -> Option<(i128, u32)> {
    match value {
        Data::Number(number) => Some(((*number).into(), 0)),
        Data::Decimal(decimal) => Some((decimal.mantissa(), decimal.scale().into())),
        _ => None,
    }
}

fn order(a: &Data, b: &Data) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Data::Text(a), Data::Text(b)) => Some(a.cmp(b)),
        (Data::Date(a), Data::Date(b)) => Some(a.cmp(b)),
        (Data::Date(day), Data::DateTime { millis, .. }) => Some((day * 86_400_000).cmp(millis)),
        (Data::Bool(a), Data::Bool(b)) => Some(a.cmp(b)),
        _ => {
            let ((a, x), (b, y)) = (worth(a)?, worth(b)?);
            Some((a * 10_i128.pow(y)).cmp(&(b * 10_i128.pow(x))))
        }
    }
}

fn holds(rows: &[Row], at: usize, criteria: &Criteria) -> bool {
    match criteria {
        Criteria::All { of } => of.iter().all(|one| holds(rows, at, one)),
        Criteria::Any { of } => of.iter().any(|one| holds(rows, at, one)),
        Criteria::Not { of } => !holds(rows, at, of),
        Criteria::Holds { operand: Operand::Field(path) } => {
            let path: Vec<&str> = path.0.iter().map(String::as_str).collect();
            reach(rows, at, &path).0.contains(&Data::Bool(true))
        }
        Criteria::Compare { left: Operand::Field(path), comparison, right: Operand::Value(value) } => {
            let path: Vec<&str> = path.0.iter().map(String::as_str).collect();
            let (reached, many) = reach(rows, at, &path);
            let unset = value.is_null() || value.as_text() == Some("");
            let is = |wanted: &Data| reached.iter().any(|one| order(one, wanted) == Some(std::cmp::Ordering::Equal));
            let negated = |found: bool| !found && (many || !reached.is_empty());
            match comparison {
                Comparison::Equal | Comparison::Is if unset => reached.is_empty(),
                Comparison::NotEqual | Comparison::IsNot if unset => !reached.is_empty(),
                Comparison::Equal | Comparison::Is => is(value),
                Comparison::NotEqual | Comparison::IsNot => negated(is(value)),
                Comparison::In => value.as_list().unwrap().iter().any(is),
                Comparison::NotIn => negated(value.as_list().unwrap().iter().any(is)),
                Comparison::Like => {
                    let part = value.as_text().unwrap().trim_matches('%').to_lowercase();
                    reached.iter().any(|one| one.as_text().unwrap().to_lowercase().contains(&part))
                }
                ordered => reached.iter().any(|one| match (order(one, value), ordered) {
                    (Some(found), Comparison::Less) => found.is_lt(),
                    (Some(found), Comparison::LessEqual) => found.is_le(),
                    (Some(found), Comparison::Greater) => found.is_gt(),
                    (Some(found), _) => found.is_ge(),
                    (None, _) => false,
                }),
            }
        }
        Criteria::Call { field, function, arguments } => {
            let path: Vec<&str> = field.0.iter().map(String::as_str).collect();
            let (reached, many) = reach(rows, at, &path);
            let part = arguments[0].as_text().unwrap();
            // The elements of a field that holds several values are compared whole.
            let whole = path.last() == Some(&"Tags");
            let fits = |text: &str| match function.as_str() {
                "contains" | "notContains" if whole => text == part,
                "contains" | "notContains" => text.contains(part),
                "startsWith" => text.starts_with(part),
                "containsIgnoreCase" => text.to_lowercase().contains(&part.to_lowercase()),
                _ => text.ends_with(part),
            };
            let found = reached.iter().any(|one| fits(one.as_text().unwrap()));
            if function == "notContains" { !found && (many || !reached.is_empty()) } else { found }
        }
        other => panic!("{other:?}"),
    }
}

const WORDS: &[&str] = &["", "a", "A", "b", "ab", "aB", "é", "É", "x%y", "a_b", "a\\b", "'\""];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS).prop_map(str::to_owned)
}

fn row() -> impl Strategy<Value = Row> {
    (
        prop::option::of(-3..4_i64),
        prop::option::of((-20..40_i64, 0..3_u8)),
        word(),
        prop::option::of(word()),
        prop::option::of(-2..3_i64),
        any::<bool>(),
        prop::collection::btree_set(word(), 0..3),
        prop::option::of(0..8_usize),
        prop::collection::btree_set(0..8_usize, 0..3),
    )
        .prop_map(|(number, price, text, choice, day, paid, tags, link, links)| Row {
            number,
            price,
            text,
            choice,
            day,
            paid,
            tags: tags.into_iter().collect(),
            link,
            links: links.into_iter().collect(),
        })
}

/// A path to a field of some kind, straight or through lookups.
fn path(last: &'static str) -> impl Strategy<Value = FieldPath> {
    let steps = prop::collection::vec(prop::sample::select(vec!["Link", "Links"]), 0..3);
    steps.prop_map(move |steps| FieldPath(steps.into_iter().chain([last]).map(str::to_owned).collect()))
}

fn leaf() -> impl Strategy<Value = Criteria> {
    use Comparison::{Equal, Greater, GreaterEqual, In, Is, IsNot, Less, LessEqual, Like, NotEqual, NotIn};
    let compare = |left, comparison, value| Criteria::Compare {
        left: Operand::Field(left),
        comparison,
        right: Operand::Value(value),
    };
    let ordered = || prop::sample::select(vec![Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual]);
    let same = || prop::sample::select(vec![Equal, NotEqual]);
    let listed = || prop::sample::select(vec![In, NotIn]);
    let number = || {
        prop_oneof![
            (-3..4_i64).prop_map(Data::Number),
            (-40..40_i64, 0..3_u8).prop_map(|(m, s)| Data::Decimal(Decimal::new(m.into(), s)))
        ]
    };
    let day = prop_oneof![
        (-2..3_i64).prop_map(Data::Date),
        (-4..6_i64).prop_map(|half| Data::DateTime { millis: half * 43_200_000, offset: 0 })
    ];
    let kinds = vec!["Number", "Price", "Text", "Choice", "Day", "Tags"];
    prop_oneof![
        (path("Number"), ordered(), number()).prop_map(move |(p, c, v)| compare(p, c, v)),
        (path("Price"), ordered(), number()).prop_map(move |(p, c, v)| compare(p, c, v)),
        (path("Day"), ordered(), day).prop_map(move |(p, c, v)| compare(p, c, v)),
        (path("Text"), same(), word()).prop_map(move |(p, c, v)| compare(p, c, v.into())),
        (path("Choice"), same(), word()).prop_map(move |(p, c, v)| compare(p, c, v.into())),
        (path("Tags"), same(), word()).prop_map(move |(p, c, v)| compare(p, c, v.into())),
        (path("Paid"), any::<bool>()).prop_map(move |(p, v)| compare(p, Equal, v.into())),
        path("Paid").prop_map(|p| Criteria::Holds { operand: Operand::Field(p) }),
        (path("Text"), word()).prop_map(move |(p, v)| compare(p, Like, format!("%{}%", v.replace('%', "")).into())),
        (path("Choice"), listed(), prop::collection::vec(word().prop_filter("set", |w| !w.is_empty()), 0..3))
            .prop_map(move |(p, c, v)| compare(p, c, v.into())),
        (path("Number"), listed(), prop::collection::vec(-3..4_i64, 0..3)).prop_map(move |(p, c, v)| compare(
            p,
            c,
            v.into()
        )),
        (prop::sample::select(kinds).prop_flat_map(path), prop::sample::select(vec![Equal, NotEqual, Is, IsNot]))
            .prop_map(move |(p, c)| compare(p, c, Data::Null)),
        (
            prop_oneof![path("Text"), path("Choice"), path("Tags")],
            prop::sample::select(vec!["contains", "notContains", "containsIgnoreCase", "startsWith", "endsWith"]),
            word().prop_filter("a part", |w| !w.is_empty())
        )
            .prop_filter("elements are compared whole by contains only", |(p, f, _)| {
                let whole = p.0.last().is_some_and(|step| step == "Tags");
                !whole || *f == "contains" || *f == "notContains"
            })
            .prop_map(|(field, function, part)| Criteria::Call {
                field,
                function: function.into(),
                arguments: vec![part.into()]
            }),
    ]
}

fn criteria() -> impl Strategy<Value = Criteria> {
    leaf().prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|of| Criteria::All { of }),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|of| Criteria::Any { of }),
            inner.prop_map(|of| Criteria::Not { of: Box::new(of) }),
        ]
    })
}

/// Queries on the same records.
const EACH: u32 = 40;

/// How many queries; `RAINWRIGHT_QUERIES=100000` asks for more.
fn queries() -> u32 {
    std::env::var("RAINWRIGHT_QUERIES").ok().and_then(|count| count.parse().ok()).unwrap_or(1_920)
}

/// Paths to sort by.
const ORDERS: &[&str] = &["Number", "Price", "Text", "Choice", "Day", "Paid", "Link.Price", "Link.Text"];

/// Unset values come first, texts are in order whatever the case of their letters.
fn sorted(rows: &[Row], mut places: Vec<usize>, by: &str, descending: bool) -> Vec<usize> {
    let path: Vec<&str> = by.split('.').collect();
    let key = |at: &usize| {
        let value = reach(rows, *at, &path).0.into_iter().next();
        value.map(|value| value.as_text().map(str::to_lowercase).map_or(value, Data::from))
    };
    places.sort_by(|a, b| {
        let found = match (key(a), key(b)) {
            (Some(a), Some(b)) => order(&a, &b).unwrap(),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if descending { found.reverse() } else { found }
    });
    places
}

proptest! {
    #![proptest_config(ProptestConfig { cases: queries().div_ceil(EACH), ..ProptestConfig::default() })]

    #[test]
    fn sql_finds_what_a_walk_finds(
        rows in prop::collection::vec(row(), 0..8),
        all in prop::collection::vec((criteria(), prop::sample::select(ORDERS), any::<bool>()), EACH as usize),
    ) {
        let mut stores: Vec<Store> =
            common::kinds().into_iter().map(|kind| kind.open(forms(), Settings::default())).collect();
        let filled: Vec<Vec<i64>> = stores.iter_mut().map(|store| fill(store, &rows)).collect();
        for (criteria, by, descending) in all {
            let wanted: Vec<usize> = (0..rows.len()).filter(|at| holds(&rows, *at, &criteria)).collect();
            let wanted = sorted(&rows, wanted, by, descending);
            for (store, ids) in stores.iter_mut().zip(&filled) {
                let places: BTreeMap<i64, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
                let sort = vec![Sort { field: FieldPath::parse(by), descending }];
                let query = Query { form: "R".into(), criteria: Some(criteria.clone()), sort, ..Query::default() };
                let found = match store.perform(&Records::Fetch { query, field: None }).unwrap() {
                    Data::Records(set) => set.ids.iter().map(|id| places[id]).collect::<Vec<_>>(),
                    other => panic!("{other:?}"),
                };
                prop_assert_eq!(&found, &wanted, "{:?} by {} {}", criteria, by, descending);
            }
        }
    }
}
