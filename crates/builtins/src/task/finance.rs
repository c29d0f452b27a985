//! The tasks of Zoho Books, Invoice, Inventory and Billing, whose APIs are alike.

use rainwright_value::Kinds;

use super::arguments::{ID, MAP, TEXT};
use super::integration::{CONNECTION, NAMED_CONNECTION};
use crate::{Basis, Integration, Param, Place};

const MODULE: Param = Param::new("module", TEXT, "The module, such as Invoices or Contacts.");
const ORG: Param = Param::new("org_id", ID, "The organisation's id.");
const RECORD_ID: Param = Param::new("record_id", ID, "The record's id.");
const DATA: Param = Param::new("data", MAP, "The fields by their API names; lists are replaced whole.");
const SEARCH: Param =
    Param::optional("search", SEARCH_KINDS, "Conditions: query parameters as a map, or query text, sent unchanged.");
const SEARCH_KINDS: Kinds = MAP.or(TEXT);
const QUERY: Param = Param::optional("query", MAP, "Query parameters.");
const STATUS: Param = Param::new("status", TEXT, "The status, such as sent.");

const ORG_QUERY: (&str, Place) = ("org_id", Place::Query("organization_id"));
const ORG_HEADER: (&str, Place) = ("org_id", Place::Header("X-com-zoho-subscriptions-organizationid"));
const LISTING: &[(&str, Place)] = &[ORG_QUERY, ("search", Place::QueryAll)];
const ONE: &[(&str, Place)] = &[ORG_QUERY];
const WRITING: &[(&str, Place)] = &[ORG_QUERY, ("data", Place::Body)];

const BOOKS: Integration = Integration { service: "zoho_books", ..Integration::ROW };
const INVOICE: Integration = Integration { service: "zoho_invoice", ..Integration::ROW };
const INVENTORY: Integration = Integration { service: "zoho_inventory", ..Integration::ROW };

/// The tasks.
pub(crate) const TASKS: &[Integration] = &[
    Integration {
        name: "zoho.books.getRecords",
        params: &[MODULE, ORG, SEARCH, CONNECTION],
        path: "{api_domain}/books/v3/{module:lower}",
        sends: LISTING,
        doc: "The records of a module of Zoho Books, under the module's name.",
        examples: &[r#"answer = zoho.books.getRecords("Invoices", "60012345", {"status": "overdue"}, "books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.books.getRecordsByID",
        aliases: &["zoho.books.getRecordById"],
        params: &[MODULE, ORG, RECORD_ID, CONNECTION],
        path: "{api_domain}/books/v3/{module:lower}/{record_id}",
        sends: ONE,
        doc: "One record of Zoho Books, under the singular of the module's name.",
        examples: &[r#"answer = zoho.books.getRecordsByID("Invoices", "60012345", "9001", "books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.books.createRecord",
        params: &[MODULE, ORG, DATA, CONNECTION],
        method: "POST",
        path: "{api_domain}/books/v3/{module:lower}",
        sends: WRITING,
        doc: "Creates a record in Zoho Books.",
        examples: &[r#"answer = zoho.books.createRecord("Contacts", "60012345", {"contact_name": "Acme"}, "books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.books.updateRecord",
        params: &[MODULE, ORG, RECORD_ID, DATA, CONNECTION],
        method: "PUT",
        path: "{api_domain}/books/v3/{module:lower}/{record_id}",
        sends: WRITING,
        basis: Basis::Assumed,
        doc: "Changes a record of Zoho Books.",
        examples: &[r#"answer = zoho.books.updateRecord("Contacts", "60012345", "9001", {"notes": "VIP"}, "books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.books.markStatus",
        params: &[MODULE, ORG, RECORD_ID, STATUS, CONNECTION],
        method: "POST",
        path: "{api_domain}/books/v3/{module:lower}/{record_id}/status/{status}",
        sends: ONE,
        doc: "Gives an estimate or invoice of Zoho Books a status.",
        examples: &[r#"answer = zoho.books.markStatus("Invoices", "60012345", "9001", "sent", "books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.books.getOrganizations",
        aliases: &["zoho.books.getOrganization"],
        params: &[CONNECTION],
        path: "{api_domain}/books/v3/organizations",
        basis: Basis::Assumed,
        doc: "The organisations of the account in Zoho Books.",
        examples: &[r#"answer = zoho.books.getOrganizations("books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.books.getTemplates",
        params: &[MODULE, ORG, CONNECTION],
        path: "{api_domain}/books/v3/{module:lower}/templates",
        sends: ONE,
        basis: Basis::Assumed,
        doc: "The print templates of a module of Zoho Books.",
        examples: &[r#"answer = zoho.books.getTemplates("Invoices", "60012345", "books");"#],
        ..BOOKS
    },
    Integration {
        name: "zoho.invoice.create",
        params: &[MODULE, ORG, DATA, CONNECTION],
        method: "POST",
        path: "{api_domain}/invoice/v3/{module:lower}",
        sends: WRITING,
        doc: "Creates a record in Zoho Invoice.",
        examples: &[r#"answer = zoho.invoice.create("Customer Payments", "60012345", {"amount": 250.00});"#],
        ..INVOICE
    },
    Integration {
        name: "zoho.invoice.update",
        params: &[MODULE, ORG, RECORD_ID, DATA, CONNECTION],
        method: "PUT",
        path: "{api_domain}/invoice/v3/{module:lower}/{record_id}",
        sends: WRITING,
        doc: "Changes a record of Zoho Invoice.",
        examples: &[r#"answer = zoho.invoice.update("Items", "60012345", "9001", {"rate": 12.50});"#],
        ..INVOICE
    },
    Integration {
        name: "zoho.invoice.getRecords",
        params: &[MODULE, ORG, SEARCH, CONNECTION],
        path: "{api_domain}/invoice/v3/{module:lower}",
        sends: LISTING,
        basis: Basis::Assumed,
        doc: "The records of a module of Zoho Invoice, under the module's name.",
        examples: &[r#"answer = zoho.invoice.getRecords("Items", "60012345");"#],
        ..INVOICE
    },
    Integration {
        name: "zoho.invoice.getRecordById",
        params: &[MODULE, ORG, RECORD_ID, CONNECTION],
        path: "{api_domain}/invoice/v3/{module:lower}/{record_id}",
        sends: ONE,
        basis: Basis::Assumed,
        doc: "One record of Zoho Invoice, under the singular of the module's name.",
        examples: &[r#"answer = zoho.invoice.getRecordById("Items", "60012345", "9001");"#],
        ..INVOICE
    },
    Integration {
        name: "zoho.invoice.markStatus",
        params: &[MODULE, ORG, RECORD_ID, STATUS, CONNECTION],
        method: "POST",
        path: "{api_domain}/invoice/v3/{module:lower}/{record_id}/status/{status}",
        sends: ONE,
        basis: Basis::Assumed,
        doc: "Gives an estimate or invoice of Zoho Invoice a status.",
        examples: &[r#"answer = zoho.invoice.markStatus("Invoices", "60012345", "9001", "sent");"#],
        ..INVOICE
    },
    Integration {
        name: "zoho.invoice.getOrganization",
        params: &[CONNECTION],
        path: "{api_domain}/invoice/v3/organizations",
        basis: Basis::Assumed,
        doc: "The organisations of the account in Zoho Invoice.",
        examples: &["answer = zoho.invoice.getOrganization();"],
        ..INVOICE
    },
    Integration {
        name: "zoho.inventory.getRecords",
        params: &[MODULE, ORG, Param { name: "criteria", ..SEARCH }, CONNECTION],
        path: "{api_domain}/inventory/v1/{module:lower}",
        sends: &[ORG_QUERY, ("criteria", Place::QueryAll)],
        doc: "The records of a module of Zoho Inventory, under the module's name.",
        examples: &[
            r#"answer = zoho.inventory.getRecords("SalesOrders", "60012345", {"customer_name": "Acme"}, "inventory");"#,
        ],
        ..INVENTORY
    },
    Integration {
        name: "zoho.inventory.createRecord",
        params: &[MODULE, ORG, DATA, CONNECTION],
        method: "POST",
        path: "{api_domain}/inventory/v1/{module:lower}",
        sends: WRITING,
        doc: "Creates a record in Zoho Inventory.",
        examples: &[
            r#"answer = zoho.inventory.createRecord("Items", "60012345", {"name": "Hat", "rate": 12.50}, "inventory");"#,
        ],
        ..INVENTORY
    },
    Integration {
        name: "zoho.inventory.getRecordById",
        aliases: &["zoho.inventory.getRecordsByID"],
        params: &[MODULE, ORG, RECORD_ID, CONNECTION],
        path: "{api_domain}/inventory/v1/{module:lower}/{record_id}",
        sends: ONE,
        basis: Basis::Assumed,
        doc: "One record of Zoho Inventory, under the singular of the module's name.",
        examples: &[r#"answer = zoho.inventory.getRecordById("Items", "60012345", "9001", "inventory");"#],
        ..INVENTORY
    },
    Integration {
        name: "zoho.inventory.updateRecord",
        params: &[MODULE, ORG, RECORD_ID, DATA, CONNECTION],
        method: "PUT",
        path: "{api_domain}/inventory/v1/{module:lower}/{record_id}",
        sends: WRITING,
        basis: Basis::Assumed,
        doc: "Changes a record of Zoho Inventory.",
        examples: &[
            r#"answer = zoho.inventory.updateRecord("Items", "60012345", "9001", {"rate": 13.00}, "inventory");"#,
        ],
        ..INVENTORY
    },
    Integration {
        name: "zoho.inventory.markStatus",
        params: &[MODULE, ORG, RECORD_ID, STATUS, CONNECTION],
        method: "POST",
        path: "{api_domain}/inventory/v1/{module:lower}/{record_id}/status/{status}",
        sends: ONE,
        basis: Basis::Assumed,
        doc: "Gives a record of Zoho Inventory a status.",
        examples: &[r#"answer = zoho.inventory.markStatus("SalesOrders", "60012345", "9001", "void", "inventory");"#],
        ..INVENTORY
    },
    Integration {
        name: "zoho.inventory.getOrganization",
        aliases: &["zoho.inventory.getOrganizations"],
        params: &[CONNECTION],
        path: "{api_domain}/inventory/v1/organizations",
        basis: Basis::Assumed,
        doc: "The organisations of the account in Zoho Inventory.",
        examples: &[r#"answer = zoho.inventory.getOrganization("inventory");"#],
        ..INVENTORY
    },
    Integration {
        name: "zoho.billing.create",
        aliases: &["zoho.subscriptions.create"],
        params: &[MODULE, ORG, DATA, NAMED_CONNECTION],
        method: "POST",
        path: "{api_domain}/billing/v1/{module:lower}",
        sends: &[ORG_HEADER, ("data", Place::Body)],
        doc: "Creates a record in Zoho Billing.",
        examples: &[
            r#"answer = zoho.billing.create("Subscriptions", "60012345", {"plan": {"plan_code": "basic"}}, "billing");"#,
        ],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.billing.update",
        aliases: &["zoho.subscriptions.update"],
        params: &[MODULE, ORG, RECORD_ID, DATA, NAMED_CONNECTION],
        method: "PUT",
        path: "{api_domain}/billing/v1/{module:lower}/{record_id}",
        sends: &[ORG_HEADER, ("data", Place::Body)],
        doc: "Changes a record of Zoho Billing.",
        examples: &[
            r#"answer = zoho.billing.update("Subscriptions", "60012345", "9001", {"auto_collect": false}, "billing");"#,
        ],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.billing.getRecords",
        aliases: &["zoho.billing.getList", "zoho.subscriptions.getRecords", "zoho.subscriptions.getList"],
        params: &[MODULE, ORG, QUERY, NAMED_CONNECTION],
        path: "{api_domain}/billing/v1/{module:lower}",
        sends: &[ORG_HEADER, ("query", Place::QueryAll)],
        basis: Basis::Assumed,
        doc: "The records of a module of Zoho Billing, under the module's name.",
        examples: &[r#"answer = zoho.billing.getRecords("Plans", "60012345", "billing");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.billing.retrieve",
        aliases: &["zoho.subscriptions.retrieve"],
        params: &[MODULE, ORG, RECORD_ID, NAMED_CONNECTION],
        path: "{api_domain}/billing/v1/{module:lower}/{record_id}",
        sends: &[ORG_HEADER],
        basis: Basis::Assumed,
        doc: "One record of Zoho Billing.",
        examples: &[r#"answer = zoho.billing.retrieve("Plans", "60012345", "basic", "billing");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.billing.getOrganization",
        aliases: &[
            "zoho.billing.getOrganizations",
            "zoho.subscriptions.getOrganization",
            "zoho.subscriptions.getOrganizations",
        ],
        params: &[NAMED_CONNECTION],
        path: "{api_domain}/billing/v1/organizations",
        basis: Basis::Assumed,
        doc: "The organisations of the account in Zoho Billing.",
        examples: &[r#"answer = zoho.billing.getOrganization("billing");"#],
        ..Integration::ROW
    },
];
