//! The tasks of Zoho Desk.

use super::arguments::{ID, MAP, NUMBER, TEXT};
use super::integration::CONNECTION;
use crate::{Basis, Integration, Param, Place};

const ORG: Param = Param::new("orgId", ID, "The organisation's id.");
const MODULE: Param = Param::new("module", TEXT, "The module, such as Tickets or Contacts.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const RECORD_VALUE: Param = Param::new("record_value", MAP, "The fields by their API names.");
const RELATION: Param =
    Param::new("relation", TEXT, "The module of the related records, such as comments; it comes before the parent's.");
const RELATION_ID: Param = Param::new("relation_id", ID, "The related record's id.");
const FROM: Param = Param::optional("from", NUMBER, "The first record, from 1; 1 when left out.");
const LIMIT: Param = Param::optional("limit", NUMBER, "How many records, at most 100; 10 when left out.");
const QUERY: Param = Param::optional("query_value", MAP, "Further query parameters.");
const DATA: Param = Param::new("data", MAP, "What Desk wants to know for it.");

const ORG_HEADER: (&str, Place) = ("orgId", Place::Header("orgId"));
const WRITING: &[(&str, Place)] = &[ORG_HEADER, ("record_value", Place::Body)];
const ACTING: &[(&str, Place)] = &[ORG_HEADER, ("data", Place::Body)];
const READING: &[(&str, Place)] =
    &[ORG_HEADER, ("from", Place::Query("from")), ("limit", Place::Query("limit")), ("query_value", Place::QueryAll)];

const DESK: Integration = Integration { service: "zoho_desk", ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.desk.create",
        params: &[ORG, MODULE, RECORD_VALUE, CONNECTION],
        method: "POST",
        path: "https://desk.{dc}/api/v1/{module:lower}",
        sends: WRITING,
        doc: "Creates a record in Zoho Desk and gives it.",
        examples: &[
            r#"ticket = zoho.desk.create(60012345, "Tickets", {"subject": "Printer", "departmentId": "7", "contactId": "8"}, "desk");"#,
        ],
        ..DESK
    },
    Integration {
        name: "zoho.desk.update",
        params: &[ORG, MODULE, RECORD_ID, RECORD_VALUE, CONNECTION],
        method: "PATCH",
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}",
        sends: WRITING,
        doc: "Changes a record of Zoho Desk and gives it.",
        examples: &[r#"ticket = zoho.desk.update(60012345, "Tickets", 9001, {"status": "Closed"}, "desk");"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.getRecords",
        params: &[ORG, MODULE, FROM, LIMIT, QUERY, CONNECTION],
        path: "https://desk.{dc}/api/v1/{module:lower}",
        sends: READING,
        doc: "The records of a module of Zoho Desk, under `data`.",
        examples: &[r#"tickets = zoho.desk.getRecords(60012345, "Tickets", 1, 50, {"status": "Open"}, "desk");"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.getRecordById",
        params: &[ORG, MODULE, RECORD_ID, CONNECTION],
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}",
        sends: &[ORG_HEADER],
        doc: "One record of Zoho Desk.",
        examples: &[r#"ticket = zoho.desk.getRecordById(60012345, "Tickets", 9001, "desk");"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.searchRecords",
        params: &[ORG, MODULE, Param { optional: false, ..QUERY }, FROM, LIMIT, CONNECTION],
        path: "https://desk.{dc}/api/v1/{module:lower}/search",
        sends: READING,
        doc: "The records of a module of Zoho Desk that meet conditions, under `data`, with their `count`.",
        examples: &[
            r#"found = zoho.desk.searchRecords(60012345, "Contacts", {"email": "ann@example.com"}, 1, 10, "desk");"#,
        ],
        ..DESK
    },
    Integration {
        name: "zoho.desk.getRelatedRecords",
        params: &[ORG, RELATION, MODULE, RECORD_ID, FROM, LIMIT, QUERY, CONNECTION],
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/{relation:lower}",
        sends: READING,
        doc: "The related records of a record of Zoho Desk, under `data`.",
        examples: &[r#"comments = zoho.desk.getRelatedRecords(60012345, "comments", "tickets", 9001);"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.getRelatedRecordById",
        params: &[ORG, RELATION, RELATION_ID, MODULE, RECORD_ID, CONNECTION],
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/{relation:lower}/{relation_id}",
        sends: &[ORG_HEADER],
        basis: Basis::Assumed,
        doc: "One related record of a record of Zoho Desk.",
        examples: &[r#"comment = zoho.desk.getRelatedRecordById(60012345, "comments", 12, "tickets", 9001, "desk");"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.createRelatedRecord",
        params: &[ORG, RELATION, MODULE, RECORD_ID, RECORD_VALUE, CONNECTION],
        method: "POST",
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/{relation:lower}",
        sends: WRITING,
        basis: Basis::Assumed,
        doc: "Creates a related record of a record of Zoho Desk.",
        examples: &[
            r#"comment = zoho.desk.createRelatedRecord(60012345, "comments", "tickets", 9001, {"content": "On it."}, "desk");"#,
        ],
        ..DESK
    },
    Integration {
        name: "zoho.desk.updateRelatedRecord",
        params: &[ORG, RELATION, RELATION_ID, MODULE, RECORD_ID, RECORD_VALUE, CONNECTION],
        method: "PATCH",
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/{relation:lower}/{relation_id}",
        sends: WRITING,
        basis: Basis::Assumed,
        doc: "Changes a related record of a record of Zoho Desk.",
        examples: &[
            r#"comment = zoho.desk.updateRelatedRecord(60012345, "comments", 12, "tickets", 9001, {"content": "Done."}, "desk");"#,
        ],
        ..DESK
    },
    Integration {
        name: "zoho.desk.move",
        params: &[ORG, MODULE, RECORD_ID, DATA, CONNECTION],
        method: "POST",
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/move",
        sends: ACTING,
        basis: Basis::Assumed,
        doc: "Moves a ticket of Zoho Desk to another department.",
        examples: &[r#"moved = zoho.desk.move(60012345, "Tickets", 9001, {"departmentId": "7"}, "desk");"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.split",
        params: &[ORG, MODULE, RECORD_ID, DATA, CONNECTION],
        method: "POST",
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/split",
        sends: ACTING,
        basis: Basis::Assumed,
        doc: "Makes a new ticket of a part of a ticket of Zoho Desk.",
        examples: &[r#"ticket = zoho.desk.split(60012345, "Tickets", 9001, {"threadId": "15"}, "desk");"#],
        ..DESK
    },
    Integration {
        name: "zoho.desk.merge",
        params: &[ORG, MODULE, RECORD_ID, DATA, CONNECTION],
        method: "POST",
        path: "https://desk.{dc}/api/v1/{module:lower}/{record_id}/merge",
        sends: ACTING,
        basis: Basis::Assumed,
        doc: "Merges records of Zoho Desk into one.",
        examples: &[r#"ticket = zoho.desk.merge(60012345, "Tickets", 9001, {"ids": {"9002"}}, "desk");"#],
        ..DESK
    },
];
