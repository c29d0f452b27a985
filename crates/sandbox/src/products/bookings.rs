//! Bookings: workspaces with services and people, and appointments; every answer lies under `response`, `returnvalue`.

use axum::response::Response;
use serde_json::{Value, json};

use super::shelf::{Shelf, object};
use crate::call::{Answer, Call};
use crate::http::{Object, json};
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
/// The times of a day at which nobody has booked yet.
const TIMES: &[&str] = &["09:00 AM", "10:00 AM", "11:00 AM", "02:00 PM", "03:00 PM"];

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
            let shelf = Shelf { product: "bookings", module: list, key: "id", fields: &["name"] };
            if shelf.all(world).is_empty() {
                let name = LISTS.iter().find(|(known, _)| *known == list).map(|(_, name)| *name);
                shelf.add(world, object(json!({ "name": name })));
            }
            done(json!({ "data": shelf.all(world) }))
        }
        ("GET", "availableslots") => {
            let day = call.query.text("selected_date").to_owned();
            if day.is_empty() || call.query.text("service_id").is_empty() {
                return Err(refused("The service and the day are needed."));
            }
            let taken: Vec<Object> = APPOINTMENTS.all(world);
            let is_free = |time: &&&str| {
                let start = format!("{day} {}", twenty_four(time));
                taken.iter().all(|one| one.get("start_time").is_none_or(|known| *known != start))
            };
            done(
                json!({ "response": true, "data": TIMES.iter().filter(is_free).collect::<Vec<_>>(), "time_zone": "Etc/UTC" }),
            )
        }
        ("POST", "appointment") => {
            let fields = call.fields();
            let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let customer: Object = serde_json::from_str(&text("customer_details")).unwrap_or_default();
            if text("service_id").is_empty() || text("from_time").is_empty() || customer.is_empty() {
                return Err(refused("The service, the time and the customer are needed."));
            }
            let number = APPOINTMENTS.all(world).len() + 1;
            let id = format!("#SB-{number:05}");
            let record = object(json!({
                "booking_id": id,
                "service_id": text("service_id"),
                "staff_id": text("staff_id"),
                "start_time": text("from_time"),
                "time_zone": text("timezone"),
                "customer_name": customer.get("name"),
                "customer_email": customer.get("email"),
                "customer_contact_no": customer.get("phone_number"),
                "status": "upcoming",
            }));
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
            let wish = object(json!({ "start_time": text("start_time") }));
            let changed = APPOINTMENTS.change(world, &text("booking_id"), wish);
            done(changed.ok_or_else(|| refused("There is no such appointment."))?.into())
        }
        _ => Err(super::not_played("this part of Bookings", "list services, and book and change appointments")),
    }
}

/// `02:00 PM` as `14:00:00`.
fn twenty_four(time: &str) -> String {
    let (clock, half) = time.split_once(' ').unwrap_or((time, ""));
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
    let hour: u32 = hour.parse().unwrap_or(0);
    format!("{:02}:{minute}:00", hour % 12 + if half == "PM" { 12 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::twenty_four;

    #[test]
    fn hours_of_half_days() {
        assert_eq!((twenty_four("09:00 AM"), twenty_four("02:30 PM")), ("09:00:00".into(), "14:30:00".into()));
        assert_eq!((twenty_four("12:00 AM"), twenty_four("12:00 PM")), ("00:00:00".into(), "12:00:00".into()));
    }
}
