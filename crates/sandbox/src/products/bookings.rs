//! Bookings: workspaces with services and people, and appointments; every answer lies under `response`, `returnvalue`.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::http::{Object, json};
use crate::world::World;
use crate::zoho;

const APPOINTMENTS: Shelf = Shelf {
    product: "bookings",
    module: "appointments",
    key: "booking_id",
    fields: &["customer_name", "customer_email", "service_name", "staff_name"],
};
/// What is there when nothing was seeded, with the names of their ids.
const LISTS: &[(&str, &str)] =
    &[("workspaces", "Sandbox"), ("services", "Consultation"), ("staffs", "Robin"), ("resources", "Room 1")];
/// The times of a day at which nobody has booked yet; whether they are of 24 hours is a setting of the account.
const TIMES: &[&str] = &["09:00", "10:00", "11:00", "14:00", "15:00"];

/// The first record of a list, which is there before anything was seeded.
fn first(world: &mut World, list: &'static str) -> Object {
    let shelf = Shelf { product: "bookings", module: list, key: "id", fields: &["name"] };
    if let Some(known) = shelf.all(world).into_iter().next() {
        return known;
    }
    let name = LISTS.iter().find(|(known, _)| *known == list).map(|(_, name)| *name);
    let mut record = object(json!({ "name": name }));
    if list == "services" {
        let staff = first(world, "staffs");
        record.extend(object(json!({
            "duration": "30 mins",
            "buffertime": "0 mins",
            "service_type": "APPOINTMENT",
            "price": 0,
            "assigned_staffs": [staff.get("id")],
            "let_customer_select_staff": true,
            "description": "",
            "currency": "USD",
        })));
    }
    shelf.add(world, record)
}

/// An instant as appointments show it: `2025-02-05 10:00:00`, for a time that was sent as `05-Feb-2025 10:00:00`.
fn shown(sent: &str) -> String {
    let read = |pattern| jiff::fmt::strtime::parse(pattern, sent).and_then(|time| time.to_datetime()).ok();
    let time = read("%d-%b-%Y %H:%M:%S").or_else(|| read("%d-%m-%Y %H:%M:%S"));
    time.map_or_else(|| sent.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// An appointment with all its fields.
fn appointment(world: &mut World, fields: &Object, customer: &Object) -> Object {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (workspace, service, staff) = (first(world, "workspaces"), first(world, "services"), first(world, "staffs"));
    let number = APPOINTMENTS.all(world).len() + 1;
    let id = format!("#SB-{number:05}");
    let zone = if text("timezone").is_empty() { text("time_zone") } else { text("timezone") };
    let zone = if zone.is_empty() { "Etc/UTC".to_owned() } else { zone };
    let more: Object = serde_json::from_str(&text("additional_fields")).unwrap_or_default();
    object(json!({
        "booking_id": id,
        "booking_type": "appointment",
        "service_id": text("service_id"),
        "service_name": service.get("name"),
        "staff_id": text("staff_id"),
        "staff_name": staff.get("name"),
        "workspace_id": workspace.get("id"),
        "workspace_name": workspace.get("name"),
        "start_time": shown(&text("from_time")),
        "customer_booking_start_time": shown(&text("from_time")),
        "time_zone": zone,
        "customer_booking_time_zone": zone,
        "duration": "30 mins",
        "booked_on": crate::world::now().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "customer_name": customer.get("name"),
        "customer_email": customer.get("email"),
        "customer_contact_no": customer.get("phone_number"),
        "customer_more_info": more,
        "cost": "0.0",
        "cost_paid": "0.0",
        "due": "0.0",
        "currency": "USD",
        "summary_url": format!("https://sandbox.zohobookings.com/portal-embed#/summary/{id}"),
        "status": "upcoming",
    }))
}

fn answer(value: Value, status: &str, log: &str) -> Value {
    json!({ "response": { "returnvalue": value, "status": status, "logMessage": [log] } })
}

fn done(value: Value) -> Answer {
    Ok(json(200, answer(value, "success", "")))
}

fn refused(message: &str) -> Response {
    json(200, answer(json!({ "status": "failure", "message": message }), "success", message))
}

/// An error in the form of Bookings.
pub(crate) fn error(status: u16) -> Response {
    json(status, answer(json!({}), "failure", &format!("HTTP {status}")))
}

/// Answers `v1/json/…`.
pub(crate) fn serve(call: Call) -> Answer {
    if !["read", "create", "update"].iter().any(|what| zoho::permits(&call.access, "zohobookings", "data", "", what)) {
        return Err(error(401));
    }
    let path = call.pieces();
    let (["v1", "json", what] | ["json", what]) = path.as_slice() else { return Err(error(404)) };
    let mut world = call.ctx.world();
    let world = &mut *world;
    match (call.method.as_str(), *what) {
        ("GET", list @ ("workspaces" | "services" | "staffs" | "resources")) => {
            let list = LISTS.iter().map(|(name, _)| *name).find(|name| **name == *list).unwrap_or_default();
            first(world, list);
            let shelf = Shelf { product: "bookings", module: list, key: "id", fields: &["name"] };
            done(json!({ "data": shelf.all(world) }))
        }
        ("GET", "availableslots") => {
            let day = call.query.text("selected_date").split(' ').next().unwrap_or_default().to_owned();
            if day.is_empty() || call.query.text("service_id").is_empty() {
                return Err(refused("The service and the day are needed."));
            }
            let taken: Vec<Object> = APPOINTMENTS.all(world);
            let is_free = |time: &&&str| {
                let start = shown(&format!("{day} {time}:00"));
                taken.iter().all(|one| one.get("start_time").is_none_or(|known| *known != start))
            };
            done(
                // The key is spelt like this.
                json!({ "reponse": true, "data": TIMES.iter().filter(is_free).collect::<Vec<_>>(), "time_zone": "Etc/UTC" }),
            )
        }
        ("POST", "appointment") => {
            let fields = call.fields();
            let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let customer: Object = serde_json::from_str(&text("customer_details")).unwrap_or_default();
            if text("service_id").is_empty() || text("from_time").is_empty() || customer.is_empty() {
                return Err(refused("The service, the time and the customer are needed."));
            }
            let record = appointment(world, &fields, &customer);
            world.store.add("bookings", "appointments", record.clone());
            done(record.into())
        }
        ("GET", "getappointment") => {
            let id = call.query.text("booking_id").to_owned();
            done(APPOINTMENTS.find(world, &id).ok_or_else(|| refused("There is no such appointment."))?.into())
        }
        ("POST", "updateappointment") => {
            let fields = call.fields();
            let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let status = match text("action").as_str() {
                "completed" => "completed",
                "cancel" => "cancel",
                "noshow" => "noshow",
                _ => return Err(refused("The action is completed, cancel or noshow.")),
            };
            let changed = APPOINTMENTS.change(world, &text("booking_id"), object(json!({ "status": status })));
            done(changed.ok_or_else(|| refused("There is no such appointment."))?.into())
        }
        ("POST", "rescheduleappointment") => {
            let fields = call.fields();
            let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let start = shown(&text("start_time"));
            let wish = object(json!({ "start_time": start, "customer_booking_start_time": start }));
            let changed = APPOINTMENTS.change(world, &text("booking_id"), wish);
            done(changed.ok_or_else(|| refused("There is no such appointment."))?.into())
        }
        _ => Err(super::not_played("this part of Bookings", "list services, and book and change appointments")),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn times_are_shown_as_the_api_does() {
        assert_eq!(shown("05-Feb-2025 10:00:00"), "2025-02-05 10:00:00");
        assert_eq!(shown("soon"), "soon");
    }
}
