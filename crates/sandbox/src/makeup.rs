//! Makes up values that fit a field's kind and name, the same ones for the same seed.

use serde_json::{Value, json};

use crate::http::Object;
use crate::rows::{Kind, Module, ModuleField};

const FIRST: &[&str] =
    &["Amelie", "Bruno", "Carla", "Daniel", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca"];
const LAST: &[&str] = &[
    "Albers", "Bianchi", "Castillo", "Duarte", "Eriksen", "Fontaine", "Gruber", "Hansen", "Ito", "Jensen", "Kaya",
    "Lopez",
];
const COMPANIES: &[&str] = &[
    "Harbour Light",
    "Green Valley Foods",
    "Northern Tools",
    "Silver Birch",
    "Atlas Freight",
    "Bright Path",
    "Delta Works",
];
const CITIES: &[(&str, &str, &str, &str)] = &[
    ("Rotterdam", "Zuid-Holland", "Netherlands", "3011"),
    ("Porto", "Porto", "Portugal", "4000"),
    ("Pune", "Maharashtra", "India", "411001"),
    ("Austin", "Texas", "United States", "78701"),
    ("Leeds", "West Yorkshire", "United Kingdom", "LS1"),
];
const PRODUCTS: &[&str] = &["Umbrella", "Desk lamp", "Travel mug", "Notebook", "Rain jacket", "Office chair"];
const STREETS: &[&str] = &["12 Mill Lane", "4 Harbour Street", "88 Station Road", "7 Orchard Way"];

/// A source of choices: the same words give the same choices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one record.
    pub(crate) fn new(seed: u64, words: &[&str]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in words.iter().flat_map(|word| word.bytes().chain([0])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(hash)
    }

    /// A number below `end`, for a purpose.
    pub(crate) fn below(self, purpose: &str, end: u64) -> u64 {
        let Self(hash) = Self::new(self.0, &[purpose]);
        // The high bits are the well mixed ones.
        (hash >> 17) % end.max(1)
    }

    pub(crate) fn pick<T: Copy>(self, purpose: &str, items: &[T]) -> Option<T> {
        items.get(self.below(purpose, items.len() as u64) as usize).copied()
    }

    fn word(self, purpose: &str, items: &[&'static str]) -> &'static str {
        self.pick(purpose, items).unwrap_or_default()
    }

    pub(crate) fn id(self, purpose: &str) -> String {
        (4_876_876_000_000_500_000 + self.below(purpose, 400_000)).to_string()
    }
}

/// Ids of the records that an empty list holds with leniency.
pub(crate) fn listed(seed: u64, product: &str, module: &str) -> Vec<String> {
    let mut ids: Vec<String> = ["first", "second", "third"]
        .iter()
        .map(|which| Dice::new(seed, &[product, module, which]).id("listed"))
        .collect();
    ids.dedup();
    ids
}

/// A value as a text of it says, for a field.
pub(crate) fn of_text(kind: Option<&Kind>, text: &str) -> Value {
    match kind {
        Some(Kind::Integer) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Some(Kind::Double) => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
        Some(Kind::Boolean) => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Some(Kind::Lookup(_)) if text.parse::<u64>().is_ok() => json!({ "name": "Made up", "id": text }),
        _ => text.into(),
    }
}

/// A whole record of a module.
pub(crate) fn record(module: &Module, dice: Dice) -> Object {
    let mut made = Object::new();
    for field in &module.fields {
        made.insert(field.name.clone(), value(field, dice));
    }
    made
}

/// A value for a field.
pub(crate) fn value(field: &ModuleField, dice: Dice) -> Value {
    let name = field.name.as_str();
    match &field.kind {
        Kind::Text | Kind::Auto => text(name, dice).into(),
        Kind::Area => "Made up by the sandbox.".into(),
        Kind::Email => email(dice).into(),
        Kind::Phone => format!("+1 555 {:04}", dice.below(name, 10_000)).into(),
        Kind::Website => "https://www.example.com".into(),
        Kind::Picklist(values) => {
            let at = dice.below(name, values.len() as u64) as usize;
            values.get(at).cloned().map_or(Value::Null, Value::from)
        }
        Kind::Integer => (1 + dice.below(name, 100)).into(),
        Kind::Double => json!((100 + dice.below(name, 100_000)) as f64 / 4.0),
        Kind::Boolean => (dice.below(name, 2) == 1).into(),
        Kind::Date => date(name, dice).into(),
        Kind::DateTime => format!("{}T{:02}:30:00+00:00", date(name, dice), 8 + dice.below(name, 9)).into(),
        Kind::Lookup(target) if target == "*" => Value::Null,
        Kind::Lookup(target) => json!({ "name": lookup_name(target, dice), "id": dice.id(name) }),
        Kind::User => json!({ "name": "Robin", "id": crate::crm::ROBIN_ID, "email": crate::oauth::USER }),
        Kind::Subform | Kind::List | Kind::Tags => json!([]),
        Kind::Map => json!({}),
        Kind::Image => Value::Null,
    }
}

fn lookup_name(module: &str, dice: Dice) -> String {
    match module {
        "Contacts" | "Leads" => format!("{} {}", dice.word("first", FIRST), dice.word("last", LAST)),
        "Products" => dice.word("product", PRODUCTS).to_owned(),
        _ => dice.word("company", COMPANIES).to_owned(),
    }
}

fn email(dice: Dice) -> String {
    format!("{}.{}@example.com", dice.word("first", FIRST), dice.word("last", LAST)).to_lowercase()
}

/// A day of the last year or the next, by what the field's name says about it.
fn date(name: &str, dice: Dice) -> String {
    let ahead = ["Due", "Closing", "Expiry", "Valid", "End", "due", "expiry"].iter().any(|word| name.contains(word));
    let month = 1 + dice.below(name, 12);
    let day = 1 + dice.below(&format!("{name} day"), 28);
    format!("{}-{month:02}-{day:02}", if ahead { 2026 } else { 2025 })
}

/// A text by what the field is called.
pub(crate) fn text(name: &str, dice: Dice) -> String {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let place = dice.pick("place", CITIES).unwrap_or(("Porto", "Porto", "Portugal", "4000"));
    match () {
        () if has(&["first_name", "firstname"]) => dice.word("first", FIRST).into(),
        () if has(&["last_name", "lastname"]) => dice.word("last", LAST).into(),
        () if has(&["full_name", "fullname", "contact_name", "customer_name", "display_name"]) => {
            format!("{} {}", dice.word("first", FIRST), dice.word("last", LAST))
        }
        () if has(&["email"]) || has(&["mail"]) && !has(&["mailing"]) => email(dice),
        () if has(&["company", "account_name", "accountname", "vendor_name", "organization"]) => {
            dice.word("company", COMPANIES).into()
        }
        () if has(&["product", "item", "sku"]) && has(&["name"]) => dice.word("product", PRODUCTS).into(),
        () if has(&["street", "address"]) => dice.word("street", STREETS).into(),
        () if has(&["city"]) => place.0.into(),
        () if has(&["state"]) => place.1.into(),
        () if has(&["country"]) => place.2.into(),
        () if has(&["zip", "code", "postal"]) && !has(&["currency"]) => place.3.into(),
        () if has(&["currency"]) => "USD".into(),
        () if has(&["phone", "mobile"]) => format!("+1 555 {:04}", dice.below(name, 10_000)),
        () if has(&["url", "website"]) => "https://www.example.com".into(),
        () if has(&["number"]) => format!("{:06}", 1 + dice.below(name, 999_999)),
        () if lower.ends_with("id") || lower.ends_with("_id") => dice.id(name),
        () if has(&["date", "time"]) => date(name, dice),
        () if has(&["title", "subject", "name"]) => {
            format!("{} {}", dice.word("product", PRODUCTS), 1 + dice.below(name, 99))
        }
        () => format!("{} {}", name.replace('_', " "), 1 + dice.below(name, 99)),
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;
    use crate::rows::Rows;

    #[test]
    fn the_same_seed_makes_up_the_same_record() {
        let rows = Rows::read(
            "[Deals]\ntext: First_Name\nemail: Email\ndouble: Amount\ndate: Closing_Date\npicklist Stage: Open | Won\n",
        );
        let Some(module) = rows.find("Deals") else { panic!("the table has one module") };
        let make = |seed: u64, id: &str| record(module, Dice::new(seed, &["crm", "Deals", id]));
        assert_eq!(make(7, "1"), make(7, "1"));
        assert_ne!(make(7, "1"), make(8, "1"));
        assert_ne!(make(7, "1"), make(7, "2"));
        let made = make(7, "1");
        assert!(made["Email"].as_str().is_some_and(crate::http::is_email));
        assert!(made["Amount"].is_f64());
        assert!(made["Closing_Date"].as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()));
        assert!(["Open", "Won"].contains(&made["Stage"].as_str().unwrap_or_default()));
    }
}
