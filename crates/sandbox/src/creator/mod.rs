//! Creator's REST API, versions 2 and 2.1: records are added through forms and read through reports. The records are kept,
//! searched and changed by the store that scripts' own queries use.

mod bulk;
mod criteria;
mod custom;
mod errors;
mod files;
pub(crate) mod kept;
mod meta;
mod read;
mod report;
mod rules;
mod shown;
mod write;

use axum::response::Response;
use rainwright_diagnostic::Problem;
use rainwright_records::{Actor, LearningStore};
use serde_json::Value;

pub(crate) use self::custom::has_key;
use self::errors::Refusal;
pub(crate) use self::errors::error;
use self::report::Report;
use self::shown::{Shower, Style};
use crate::call::{Answer, Call};
use crate::http::{Object, header_text};
use crate::products::not_played;
use crate::world::World;
use crate::zoho;

const PRODUCT: &str = "creator";
/// The name of the user who calls.
const USER: &str = "robin";
/// The code of an answer that went well.
const DONE: u32 = 3000;

/// A call about an application.
struct Ask<'c> {
    call: &'c Call,
    app: &'c str,
    newer: bool,
}

/// Answers a call whose path is `v2.1/data/{owner}/{app}/…`, or of the old host `v2/{owner}/{app}/…`.
pub(crate) fn serve(call: Call) -> Answer {
    let path = call.pieces();
    let (newer, area, rest) = match path.as_slice() {
        [version @ ("v2" | "v2.1"), area @ ("data" | "publish" | "meta" | "bulk"), rest @ ..]
        // The old host has the area of bulk jobs in front.
        | [area @ "bulk", version @ ("v2" | "v2.1"), rest @ ..] => (*version == "v2.1", *area, rest),
        [version @ ("v2" | "v2.1"), rest @ ..] => (*version == "v2.1", "data", rest),
        ["custom", _owner, name] => return custom::serve(&call, name),
        _ => return Err(error(404)),
    };
    let refused = |refusal: &Refusal| refusal.answer(newer);
    if newer {
        takes_json(&call, rest)?;
    }
    let mut world = call.ctx.world();
    let world = &mut *world;
    match area {
        "meta" => meta::serve(&call, world, newer, rest),
        "bulk" => match rest {
            [owner, app, "report", name, "read", rest @ ..] => {
                let ask = Ask { call: &call, app, newer };
                bulk::serve(&ask, world, owner, name, rest)
            }
            _ => Err(refused(&Refusal::of(1000, ""))),
        },
        _ => match rest {
            [_owner, app, part, name, rest @ ..] => {
                let ask = Ask { call: &call, app, newer };
                ask.serve(world, part, name, rest)
            }
            _ => Err(refused(&Refusal::of(1000, ""))),
        },
    }
}

/// Version 2.1 answers with JSON alone: a call that accepts something else is refused. Files come as what they are. The real
/// service is said to refuse `*/*` too, but HTTP clients send that by themselves and nobody knows whether Zoho's `invokeurl`
/// does: a script that names no header must not fail here alone.
fn takes_json(call: &Call, path: &[&str]) -> Result<(), Response> {
    let accepted = header_text(&call.headers, "accept");
    let is_file = path.iter().any(|piece| matches!(*piece, "download" | "result"));
    let is_json =
        |kind: &str| kind.split(';').next().is_some_and(|kind| matches!(kind.trim(), "application/json" | "*/*"));
    if accepted.is_empty() || is_file || accepted.split(',').any(is_json) {
        return Ok(());
    }
    if accepted == "text/csv" && call.method == "GET" && path.contains(&"report") {
        return Err(not_played("records of Creator as CSV", "read them as JSON, or with a bulk job"));
    }
    Err(Refusal::of(9210, accepted).answer(true))
}

/// Who acts, and when.
fn actor() -> Actor {
    Actor { now: crate::world::now().as_millisecond(), user: USER.into(), mail: crate::oauth::USER.into() }
}

impl Ask<'_> {
    fn serve(&self, world: &mut World, part: &str, name: &str, rest: &[&str]) -> Answer {
        let method = self.call.method.as_str();
        let operation = match method {
            "POST" => "create",
            "PATCH" | "PUT" => "update",
            "DELETE" => "delete",
            _ => "read",
        };
        let may = |area: &&str| zoho::permits(&self.call.access, "ZohoCreator", area, "", operation);
        if !["form", "report"].iter().any(may) {
            return Err(self.refuse(&Refusal::of(2945, "")));
        }
        let answer = match (part, rest) {
            ("form", []) if method == "POST" => self.add(world, name),
            ("form", _) => Err(Refusal::of(1020, method)),
            ("report", rest) => {
                report::find(self, world, name).and_then(|report| self.of_report(world, &report, method, rest))
            }
            _ => Err(Refusal::of(1000, "")),
        };
        answer.map_err(|refusal| self.refuse(&refusal))
    }

    fn of_report(&self, world: &mut World, report: &Report, method: &str, rest: &[&str]) -> Result<Response, Refusal> {
        match (method, rest) {
            ("GET", []) => self.list(world, report),
            ("PATCH" | "PUT", []) => self.change_many(world, report),
            ("DELETE", []) => self.delete_many(world, report),
            ("GET", [id]) => self.show(world, report, id),
            ("PATCH" | "PUT", [id]) => self.change_one(world, report, id),
            ("DELETE", [id]) => self.delete_one(world, report, id),
            ("POST", [id, field, "upload"]) => self.upload(world, report, id, field),
            ("GET", [id, field, "download"]) => self.download(world, report, id, field),
            ("GET", [id, field, row, "download"]) => self.download_of_row(world, report, id, field, row),
            (method, [] | [_] | [_, _, "upload" | "download"]) => Err(Refusal::of(1020, method)),
            _ => Err(Refusal::of(1000, "")),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        refusal.answer(self.newer)
    }

    /// Does something with the records of the application.
    fn within<T, E: From<Problem>>(
        &self,
        world: &World,
        act: impl FnOnce(&mut LearningStore) -> Result<T, E>,
    ) -> Result<T, E> {
        world.creator.with(self.app, |store| {
            store.act_as(actor());
            act(store)
        })
    }

    /// Shows records as the version of the call does.
    fn shower<'s>(&'s self, store: &'s mut LearningStore) -> Shower<'s> {
        let style = if self.newer { Style::Newer } else { Style::Older };
        Shower { store, app: self.app, style }
    }

    fn body(&self) -> Result<Object, Refusal> {
        match serde_json::from_slice(&self.call.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(Refusal::of(3020, "")),
        }
    }
}
