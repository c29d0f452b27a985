//! Custom functions of the finance products: Books, Invoice, Inventory, Billing.

use rainwright_value::Kind;

use super::{FunctionKind, Given, Params, ROW, Returns, given};
use crate::Basis;

const ORGANIZATION: &[Given] = &[given(
    "organization",
    Kind::Map,
    "The organization.",
    r#"{"organization_id":"10234695","name":"Acme Trading","currency_code":"EUR","currency_symbol":"€","time_zone":"Europe/Stockholm","country":"Sweden"}"#,
)];
const USER: &[Given] = &[given(
    "user",
    Kind::Map,
    "Who set the function off.",
    r#"{"user_id":"460000000000053","name":"Ada Lindqvist","email":"ada.lindqvist@example.com","role":"admin"}"#,
)];

const fn entity(name: &'static str, example: &'static str) -> Given {
    given(name, Kind::Map, "The record that the function runs for, where it is one of this module.", example)
}

/// The record's map, by the module of the function.
const SALES: &[Given] = &[
    entity(
        "invoice",
        r#"{"invoice_id":"460000000026049","invoice_number":"INV-00017","customer_id":"460000000026001","customer_name":"Acme Trading","status":"sent","date":"2026-01-31","due_date":"2026-03-02","currency_code":"EUR","total":1250.50,"balance":1250.50,"line_items":[{"line_item_id":"460000000026051","item_id":"460000000026011","name":"Bolt","quantity":2,"rate":625.25,"item_total":1250.50}],"custom_fields":[]}"#,
    ),
    entity(
        "estimate",
        r#"{"estimate_id":"460000000026149","estimate_number":"EST-00017","customer_id":"460000000026001","customer_name":"Acme Trading","status":"sent","date":"2026-01-31","total":1250.50,"line_items":[{"line_item_id":"460000000026151","item_id":"460000000026011","name":"Bolt","quantity":2,"rate":625.25,"item_total":1250.50}]}"#,
    ),
    entity(
        "salesorder",
        r#"{"salesorder_id":"460000000026249","salesorder_number":"SO-00017","customer_id":"460000000026001","customer_name":"Acme Trading","status":"open","date":"2026-01-31","total":1250.50,"line_items":[{"line_item_id":"460000000026251","item_id":"460000000026011","name":"Bolt","quantity":2,"rate":625.25,"item_total":1250.50}]}"#,
    ),
    entity(
        "creditnote",
        r#"{"creditnote_id":"460000000026349","creditnote_number":"CN-00017","customer_id":"460000000026001","status":"open","date":"2026-01-31","total":250.50}"#,
    ),
    entity(
        "retainerinvoice",
        r#"{"retainerinvoice_id":"460000000026449","retainerinvoice_number":"RET-00017","customer_id":"460000000026001","status":"paid","date":"2026-01-31","total":500.00}"#,
    ),
    entity(
        "customerpayment",
        r#"{"payment_id":"460000000026549","payment_number":"17","customer_id":"460000000026001","date":"2026-01-31","amount":1250.50,"invoices":[{"invoice_id":"460000000026049","amount_applied":1250.50}]}"#,
    ),
    entity(
        "payment",
        r#"{"payment_id":"460000000026549","payment_number":"17","customer_id":"460000000026001","date":"2026-01-31","amount":1250.50}"#,
    ),
];

const PURCHASES: &[Given] = &[
    entity(
        "bill",
        r#"{"bill_id":"460000000027049","bill_number":"B-17","vendor_id":"460000000027001","vendor_name":"Nuts and Co","status":"open","date":"2026-01-31","total":99.50,"line_items":[{"line_item_id":"460000000027051","item_id":"460000000026011","name":"Bolt","quantity":2,"rate":49.75,"item_total":99.50}]}"#,
    ),
    entity(
        "purchaseorder",
        r#"{"purchaseorder_id":"460000000027149","purchaseorder_number":"PO-00017","vendor_id":"460000000027001","vendor_name":"Nuts and Co","status":"open","date":"2026-01-31","total":99.50,"line_items":[{"line_item_id":"460000000027151","item_id":"460000000026011","name":"Bolt","quantity":2,"rate":49.75}]}"#,
    ),
    entity(
        "expense",
        r#"{"expense_id":"460000000027249","account_name":"Travel","date":"2026-01-31","total":49.50,"status":"unbilled"}"#,
    ),
    entity(
        "vendorpayment",
        r#"{"payment_id":"460000000027349","vendor_id":"460000000027001","date":"2026-01-31","amount":99.50}"#,
    ),
];

const MASTERS: &[Given] = &[
    entity(
        "contact",
        r#"{"contact_id":"460000000026001","contact_name":"Acme Trading","contact_type":"customer","email":"ada.lindqvist@example.com","custom_fields":[]}"#,
    ),
    entity(
        "customer",
        r#"{"contact_id":"460000000026001","contact_name":"Acme Trading","contact_type":"customer","email":"ada.lindqvist@example.com","custom_fields":[]}"#,
    ),
    entity(
        "vendor",
        r#"{"contact_id":"460000000027001","contact_name":"Nuts and Co","contact_type":"vendor","email":"bo.ek@example.com"}"#,
    ),
    entity("item", r#"{"item_id":"460000000026011","name":"Bolt","sku":"B-17","rate":625.25,"status":"active"}"#),
    entity(
        "project",
        r#"{"project_id":"460000000028001","project_name":"Website","customer_id":"460000000026001","status":"active"}"#,
    ),
];

const STOCK: &[Given] = &[
    entity(
        "package",
        r#"{"package_id":"460000000029001","package_number":"PA-17","salesorder_id":"460000000026249","status":"not_shipped"}"#,
    ),
    entity(
        "shipmentorder",
        r#"{"shipment_id":"460000000029101","shipment_number":"SH-17","salesorder_id":"460000000026249","status":"shipped"}"#,
    ),
    entity(
        "transferorder",
        r#"{"transfer_order_id":"460000000029201","transfer_order_number":"TO-17","status":"in_transit"}"#,
    ),
    entity(
        "sales_order",
        r#"{"salesorder_id":"460000000026249","salesorder_number":"SO-00017","customer_id":"460000000026001","status":"open","total":1250.50}"#,
    ),
    entity(
        "purchase_order",
        r#"{"purchaseorder_id":"460000000027149","purchaseorder_number":"PO-00017","vendor_id":"460000000027001","status":"open","total":99.50}"#,
    ),
];

/// Billing gives maps with names in the plural, and lists in them as maps by position.
const BILLING: &[Given] = &[
    given(
        "subscriptions",
        Kind::Map,
        "The subscription.",
        r#"{"subscription_id":"90300000000079200","name":"Basic","status":"live","amount":99.50,"plan":{"plan_code":"basic"},"customer":{"customer_id":"90300000000072369","display_name":"Acme Trading","email":"ada.lindqvist@example.com"},"contactpersons":{"0":{"email":"ada.lindqvist@example.com","mobile":"+46 70 123 456"}}}"#,
    ),
    given(
        "customers",
        Kind::Map,
        "The customer.",
        r#"{"customer_id":"90300000000072369","display_name":"Acme Trading","email":"ada.lindqvist@example.com","currency_code":"EUR"}"#,
    ),
    given(
        "invoices",
        Kind::Map,
        "The invoice.",
        r#"{"invoice_id":"90300000000079426","number":"INV-00017","status":"sent","total":99.50,"balance":99.50,"customer_id":"90300000000072369"}"#,
    ),
    given(
        "subscription",
        Kind::Map,
        "The subscription, in newer functions.",
        r#"{"subscription_id":"90300000000079200","status":"live","amount":99.50}"#,
    ),
    given(
        "plan",
        Kind::Map,
        "The plan of the subscription.",
        r#"{"plan_code":"basic","name":"Basic","recurring_price":99.50}"#,
    ),
];

const BOOKS: FunctionKind = FunctionKind {
    profile: "zoho-books",
    given: &[ORGANIZATION, USER, SALES, PURCHASES, MASTERS],
    params: Params::None,
    returns: Returns::NothingOrMap,
    template: "organizationId = organization.get(\"organization_id\");\nif(invoice.get(\"total\") > 1000)\n{\n\t\
               info \"large: \" + invoice.get(\"invoice_number\") + \" of \" + organizationId;\n}\n",
    ..ROW
};

/// Kinds of functions of the finance products.
pub(super) const FINANCE: &[FunctionKind] = &[
    FunctionKind {
        name: "books-workflow",
        title: "Books: function of a workflow",
        doc: "Runs when a workflow rule fires. The record comes as a map named like its module.",
        ..BOOKS
    },
    FunctionKind {
        name: "books-button",
        title: "Books: function of a custom button",
        doc: "Runs when somebody presses a button of a record; the map that it returns is shown.",
        returns: Returns::Button,
        template: "resultMap = Map();\nresultMap.put(\"code\",0);\nresultMap.put(\"message\",\"Seen \" + invoice.get(\"invoice_number\"));\nreturn resultMap;\n",
        basis: Basis::Assumed,
        ..BOOKS
    },
    FunctionKind {
        name: "books-schedule",
        title: "Books: scheduler",
        doc: "Runs at set times, with nothing but the organization.",
        given: &[ORGANIZATION],
        returns: Returns::Nothing,
        template: "info \"runs for \" + organization.get(\"name\");\n",
        basis: Basis::Assumed,
        ..BOOKS
    },
    FunctionKind {
        name: "invoice-workflow",
        title: "Invoice: function of a workflow",
        profile: "zoho-invoice",
        doc: "Runs when a workflow rule fires. The record comes as a map named like its module.",
        given: &[ORGANIZATION, USER, SALES, MASTERS],
        ..BOOKS
    },
    FunctionKind {
        name: "inventory-workflow",
        title: "Inventory: function of a workflow",
        profile: "zoho-inventory",
        doc: "Runs when a workflow rule fires. The record comes as a map named like its module.",
        given: &[ORGANIZATION, USER, SALES, PURCHASES, MASTERS, STOCK],
        template: "for each line in salesorder.get(\"line_items\")\n{\n\tinfo line.get(\"name\") + \" x \" + line.get(\"quantity\");\n}\n",
        ..BOOKS
    },
    FunctionKind {
        name: "inventory-button",
        title: "Inventory: function of a custom button",
        profile: "zoho-inventory",
        doc: "Runs when somebody presses a button of a record; the map that it returns is shown.",
        given: &[ORGANIZATION, USER, SALES, PURCHASES, MASTERS, STOCK],
        returns: Returns::Button,
        template: "resultMap = Map();\nresultMap.put(\"code\",0);\nresultMap.put(\"message\",\"Seen \" + salesorder.get(\"salesorder_number\"));\nreturn resultMap;\n",
        basis: Basis::Assumed,
        ..BOOKS
    },
    FunctionKind {
        name: "billing-workflow",
        title: "Billing: function of a workflow",
        profile: "zoho-billing",
        doc: "Runs when a workflow rule fires. Maps have names in the plural, and their lists are maps by position: \
              subscriptions.get(\"contactpersons\").get(\"0\").",
        given: &[ORGANIZATION, BILLING],
        returns: Returns::Nothing,
        template: "person = subscriptions.get(\"contactpersons\").get(\"0\");\ninfo person.get(\"mobile\") + \" of \" + organization.get(\"name\");\n",
        ..BOOKS
    },
];
