//! What makes a document of a record: its number, its lines and totals, and what a payment does to an invoice.

use serde_json::{Value, json};

use crate::http::Object;
use crate::rows::Module;
use crate::store::is;
use crate::world::World;

fn number_of(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Number(number)) => number.as_f64().unwrap_or_default(),
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        _ => 0.0,
    }
}

fn cents(value: f64) -> Value {
    json!((value * 100.0).round() / 100.0)
}

/// Gives a document its number, unless it has one.
pub(super) fn number(world: &World, product: &str, module: &Module, record: &mut Object) {
    let field = module.setting("title");
    let prefix = module.setting("number");
    if !field.ends_with("_number") || record.get(field).is_some_and(|value| *value != "") {
        return;
    }
    let next = world.store.all(product, &module.name).len() + 1;
    let number = if prefix.is_empty() { next.to_string() } else { format!("{prefix}-{next:06}") };
    record.insert(field.into(), number.into());
}

/// Names whom the ids name, and adds up the lines.
pub(super) fn finish(world: &World, product: &str, module: &Module, record: &mut Object) {
    let contacts = if product == "billing" { ("customers", "display_name") } else { ("contacts", "contact_name") };
    for (id, name) in [("customer_id", "customer_name"), ("vendor_id", "vendor_name")] {
        let Some(wanted) = record.get(id).map(plain) else { continue };
        record.insert(id.into(), wanted.clone().into());
        let key = if product == "billing" { "customer_id" } else { "contact_id" };
        if let Some(contact) = world.store.find(product, contacts.0, key, &wanted) {
            record.insert(name.into(), contact.get(contacts.1).cloned().unwrap_or_default());
        }
    }
    if module.name == "contacts" {
        finish_contact(record);
    }
    if module.name == "subscriptions" {
        finish_subscription(world, record);
    }
    let Some(mut lines) = record.get("line_items").and_then(Value::as_array).cloned() else { return };
    let (mut sub_total, mut tax_total) = (0.0, 0.0);
    for (at, line) in lines.iter_mut().enumerate() {
        let Some(line) = line.as_object_mut() else { continue };
        let id = line.get("item_id").map(plain).unwrap_or_default();
        if let Some(item) = world.store.find(product, "items", "item_id", &id) {
            for key in ["name", "rate", "sku", "unit", "description"] {
                if line.get(key).is_none_or(|value| *value == "") {
                    line.insert(key.into(), item.get(key).cloned().unwrap_or_default());
                }
            }
        }
        line.entry("line_item_id").or_insert_with(|| format!("{}{:03}", "4876876000000", 900 + at).into());
        line.entry("quantity").or_insert_with(|| json!(1.0));
        let rate = number_of(line.get("rate").or_else(|| line.get("price")));
        let total = rate * number_of(line.get("quantity")) - number_of(line.get("discount"));
        line.insert("item_total".into(), cents(total));
        line.entry("item_order").or_insert_with(|| at.into());
        sub_total += total;
        tax_total += total * number_of(line.get("tax_percentage")) / 100.0;
    }
    let total = sub_total + tax_total + number_of(record.get("adjustment")) + number_of(record.get("shipping_charge"));
    record.insert("line_items".into(), lines.into());
    record.insert("sub_total".into(), cents(sub_total));
    record.insert("tax_total".into(), cents(tax_total));
    record.insert("total".into(), cents(total));
    let paid = number_of(record.get("payment_made"));
    if matches!(module.name.as_str(), "invoices" | "bills" | "creditnotes" | "vendorcredits") {
        record.insert("balance".into(), cents(total - paid));
    }
    record.entry("date").or_insert_with(|| today().into());
    record.entry("currency_code").or_insert_with(|| "USD".into());
    record.entry("currency_symbol").or_insert_with(|| "$".into());
}

fn today() -> String {
    crate::world::now().strftime("%Y-%m-%d").to_string()
}

/// An id as text, as these products give it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The first person of a contact tells its mail address and telephone.
fn finish_contact(record: &mut Object) {
    record.entry("contact_type").or_insert_with(|| "customer".into());
    record.entry("currency_code").or_insert_with(|| "USD".into());
    let mut persons = record.get("contact_persons").and_then(Value::as_array).cloned().unwrap_or_default();
    for (at, person) in persons.iter_mut().enumerate() {
        if let Some(person) = person.as_object_mut() {
            let id = record.get("contact_id").map(plain).unwrap_or_default();
            person.entry("contact_person_id").or_insert_with(|| format!("{}{at}", id.get(..18).unwrap_or(&id)).into());
            person.entry("is_primary_contact").or_insert_with(|| (at == 0).into());
        }
    }
    if let Some(first) = persons.first() {
        for key in ["email", "phone", "mobile", "first_name", "last_name"] {
            if let Some(value) = first.get(key).filter(|_| !record.contains_key(key)) {
                record.insert(key.into(), value.clone());
            }
        }
        record.insert("primary_contact_id".into(), first["contact_person_id"].clone());
    }
    record.insert("contact_persons".into(), persons.into());
}

/// A subscription shows its plan and its customer whole.
fn finish_subscription(world: &World, record: &mut Object) {
    let code = record.get("plan").and_then(|plan| plan["plan_code"].as_str()).unwrap_or_default().to_owned();
    if let Some(plan) = world.store.find("billing", "plans", "plan_code", &code) {
        let mut shown = plan.clone();
        shown.extend(record.get("plan").and_then(Value::as_object).cloned().unwrap_or_default());
        let price = shown.get("price").or_else(|| shown.get("recurring_price")).cloned().unwrap_or_default();
        record.entry("amount").or_insert(price);
        record.insert("plan".into(), shown.into());
    }
    let id = record.get("customer_id").map(plain).unwrap_or_default();
    if let Some(customer) = world.store.find("billing", "customers", "customer_id", &id) {
        record.insert("customer".into(), customer.clone().into());
    }
    record.entry("current_term_starts_at").or_insert_with(|| today().into());
}

/// A payment lowers what its invoices still ask for.
pub(super) fn settle(world: &mut World, product: &str, module: &Module, payment: &Object) {
    let (of, key) = match module.name.as_str() {
        "customerpayments" | "payments" => ("invoices", "invoice_id"),
        "vendorpayments" => ("bills", "bill_id"),
        _ => return,
    };
    for applied in payment.get(of).and_then(Value::as_array).into_iter().flatten() {
        let id = applied.get(key).map(plain).unwrap_or_default();
        let amount = number_of(applied.get("amount_applied").or_else(|| applied.get("amount")));
        let all = world.store.all(product, of).iter().any(|record| is(record.get(key), &id));
        if !all {
            continue;
        }
        if let Some(document) = world.store.find_mut(product, of, key, &id) {
            let paid = number_of(document.get("payment_made")) + amount;
            let balance = number_of(document.get("total")) - paid;
            document.insert("payment_made".into(), cents(paid));
            document.insert("balance".into(), cents(balance));
            document.insert("status".into(), if balance <= 0.005 { "paid" } else { "partially_paid" }.into());
        }
    }
}
