//! The doubles of other houses' services, over HTTP.

use rainwright_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::client::*;

fn lenient() -> Sandbox {
    Sandbox::launch(SandboxOptions { lenient: Some(1), ..SandboxOptions::default() }).unwrap()
}

fn form_post(sandbox: &Sandbox, url: &str, authorization: &str, body: &str) -> Answer {
    let headers = [("Authorization", authorization), ("Content-Type", "application/x-www-form-urlencoded")];
    call(sandbox, "POST", url, &headers, body)
}

fn outbox(sandbox: &Sandbox) -> Vec<Value> {
    call(sandbox, "GET", "/_sandbox/outbox", &[], "").json()["messages"].as_array().unwrap().clone()
}

#[test]
fn slack_posts_and_finds() {
    let sandbox = start();
    let login =
        Login { authorize: "https://slack.com/oauth/v2/authorize", token: "https://slack.com/api/oauth.v2.access" };
    let token = header(&sandbox, login, "Bearer", "chat:write");
    let ask = |method: &str, body: Value| {
        send(&sandbox, "POST", &format!("https://slack.com/api/{method}"), &token, &body).json()
    };
    let sent = ask("chat.postMessage", json!({ "channel": "#general", "text": "Won!" }));
    assert_eq!(
        (&sent["ok"], &sent["message"]["text"], &sent["channel"]),
        (&json!(true), &json!("Won!"), &json!("C0SANDBOX0"))
    );
    assert_eq!(ask("chat.postMessage", json!({ "channel": "nowhere", "text": "x" }))["error"], "channel_not_found");
    assert_eq!(ask("chat.postMessage", json!({ "channel": "general" }))["error"], "no_text");
    assert_eq!(ask("conversations.create", json!({ "name": "deals" }))["channel"]["name"], "deals");
    assert_eq!(ask("conversations.create", json!({ "name": "deals" }))["error"], "name_taken");
    let history = get(&sandbox, "https://slack.com/api/conversations.history?channel=C0SANDBOX0", &token).json();
    assert_eq!(history["messages"][0]["text"], "Won!");
    let email = get(&sandbox, "https://slack.com/api/users.lookupByEmail?email=robin@example.com", &token).json();
    assert_eq!(email["user"]["name"], "robin");
    assert_eq!(get(&sandbox, "https://slack.com/api/chat.postMessage", "Bearer x").json()["error"], "invalid_auth");
    let hook = call(
        &sandbox,
        "POST",
        "https://hooks.slack.com/services/T0/B0/x",
        &[("Content-Type", "application/json")],
        "{\"text\":\"Hook\"}",
    );
    assert_eq!((hook.text().as_str(), outbox(&sandbox).len()), ("ok", 2));
}

#[test]
fn stripe_takes_forms_with_brackets() {
    let sandbox = start();
    let key = basic("sk_test_sandbox", "");
    let post = |path: &str, body: &str| form_post(&sandbox, &format!("https://api.stripe.com/v1/{path}"), &key, body);
    let customer = post("customers", "email=ann%40example.com&metadata[crm_id]=1001").json();
    assert!(customer["id"].as_str().unwrap().starts_with("cus_"));
    assert_eq!(customer["metadata"]["crm_id"], 1001);
    let missing = post("payment_intents", "amount=1200");
    assert_eq!((missing.status, &missing.json()["error"]["param"]), (400, &json!("currency")));
    let intent =
        post("payment_intents", &format!("amount=1200&currency=eur&customer={}", customer["id"].as_str().unwrap()))
            .json();
    assert_eq!((&intent["amount"], &intent["status"]), (&json!(1200), &json!("requires_payment_method")));
    let done = post(&format!("payment_intents/{}/confirm", intent["id"].as_str().unwrap()), "").json();
    assert_eq!(done["status"], "succeeded");
    let link = post("payment_links", "line_items[0][price]=price_1&line_items[0][quantity]=2").json();
    assert_eq!(link["line_items"], json!([{ "price": "price_1", "quantity": 2 }]));
    let list = get(&sandbox, "https://api.stripe.com/v1/customers?email=ann@example.com&limit=1", &key).json();
    assert_eq!(
        (&list["object"], list["data"].as_array().unwrap().len(), &list["has_more"]),
        (&json!("list"), 1, &json!(false))
    );
    let none = get(&sandbox, "https://api.stripe.com/v1/customers/cus_x", &key);
    assert_eq!((none.status, &none.json()["error"]["code"]), (404, &json!("resource_missing")));
}

#[test]
fn twilio_and_whatsapp_capture_messages() {
    let sandbox = start();
    let key = basic("AC123", "secret");
    let url = "https://api.twilio.com/2010-04-01/Accounts/AC123/Messages.json";
    let sent = form_post(&sandbox, url, &key, "To=%2B15550100&From=%2B15550101&Body=Hi");
    assert_eq!((sent.status, &sent.json()["status"], &sent.json()["body"]), (201, &json!("queued"), &json!("Hi")));
    assert_eq!(form_post(&sandbox, url, &key, "From=1&Body=x").json()["code"], 21604);
    assert_eq!(form_post(&sandbox, url, &key, "To=1&From=1").json()["code"], 21602);
    assert_eq!(call(&sandbox, "GET", url, &[], "").json()["code"], 20003);
    assert_eq!(get(&sandbox, url, &key).json()["messages"].as_array().unwrap().len(), 1);
    let body = json!({ "messaging_product": "whatsapp", "to": "+15550100", "type": "text", "text": { "body": "Hi" } });
    let sent = send(&sandbox, "POST", "https://graph.facebook.com/v19.0/123/messages", "Bearer key", &body).json();
    assert_eq!(sent["contacts"][0]["wa_id"], "15550100");
    let wrong = send(
        &sandbox,
        "POST",
        "https://graph.facebook.com/v19.0/123/messages",
        "Bearer key",
        &json!({ "messaging_product": "whatsapp", "to": "1" }),
    );
    assert_eq!(wrong.status, 400);
    let kinds: Vec<Value> = outbox(&sandbox).iter().map(|one| one["service"].clone()).collect();
    assert_eq!(kinds, ["twilio", "whatsapp"]);
}

#[test]
fn chat_completions_are_the_same_each_time() {
    let sandbox = start();
    let body = json!({ "model": "any", "messages": [{ "role": "user", "content": "Say hello" }] });
    let ask = || send(&sandbox, "POST", "https://api.openai.com/v1/chat/completions", "Bearer k", &body).json();
    assert_eq!(ask()["choices"][0]["message"]["content"], "The sandbox answers: Say hello");
    assert_eq!(ask()["choices"], ask()["choices"]);
    let json_wanted = json!({ "model": "any", "messages": [{ "role": "user", "content": "x" }], "response_format": { "type": "json_object" } });
    let content = send(&sandbox, "POST", "https://api.openai.com/v1/chat/completions", "Bearer k", &json_wanted).json();
    let content: Value = serde_json::from_str(content["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["answer"], "x");
    assert_eq!(call(&sandbox, "POST", "https://api.openai.com/v1/chat/completions", &[], "{}").status, 401);
    let headers = [("x-api-key", "k"), ("Content-Type", "application/json")];
    let claude = call(
        &sandbox,
        "POST",
        "https://api.anthropic.com/v1/messages",
        &headers,
        json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hi" }] }).to_string(),
    );
    assert_eq!(claude.json()["content"][0]["text"], "The sandbox answers: Hi");
}

#[test]
fn shopify_pages_by_link_and_names_mistakes() {
    let sandbox = lenient();
    let headers =
        [("X-Shopify-Access-Token", "t"), ("Host", "acme.myshopify.com"), ("Content-Type", "application/json")];
    let api = "https://acme.myshopify.com/admin/api/2024-10";
    let post = |path: &str, body: Value| call(&sandbox, "POST", &format!("{api}/{path}"), &headers, body.to_string());
    for title in ["Hat", "Cap", "Box"] {
        let made = post("products.json", json!({ "product": { "title": title, "variants": [{ "price": "9.50" }] } }));
        assert_eq!((made.status, made.json()["product"]["variants"][0]["product_id"].is_u64()), (201, true));
    }
    let first = call(&sandbox, "GET", &format!("{api}/products.json?limit=2"), &headers, "");
    let next = first.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    let second = call(&sandbox, "GET", &next, &headers, "").json();
    assert_eq!(second["products"][0]["title"], "Box");
    assert_eq!(
        post("products.json", json!({ "product": { "vendor": "x" } })).json()["errors"]["title"][0],
        "can't be blank"
    );
    let order =
        post("orders.json", json!({ "order": { "line_items": [{ "title": "Hat", "price": "9.50", "quantity": 2 }] } }))
            .json();
    assert_eq!((&order["order"]["total_price"], &order["order"]["name"]), (&json!("19.00"), &json!("#1001")));
    assert_eq!(call(&sandbox, "GET", &format!("{api}/products/count.json"), &headers, "").json()["count"], 3);
    let made_up = call(&sandbox, "GET", &format!("{api}/customers/77.json"), &headers, "").json();
    assert!(made_up["customer"]["email"].as_str().unwrap().contains('@'));
}

#[test]
fn pandadoc_takes_a_template_to_the_mailbox() {
    let sandbox = start();
    let api = "https://api.pandadoc.com/public/v1";
    let key = "API-Key k";
    let template = get(&sandbox, &format!("{api}/templates"), key).json()["results"][0]["id"].clone();
    let body = json!({ "name": "Offer 7", "template_uuid": template, "recipients": [{ "email": "ann@example.com", "role": "Client" }] });
    let made = send(&sandbox, "POST", &format!("{api}/documents"), key, &body);
    assert_eq!((made.status, &made.json()["status"]), (201, &json!("document.uploaded")));
    let one = format!("{api}/documents/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(get(&sandbox, &one, key).json()["status"], "document.draft");
    let sent = send(
        &sandbox,
        "POST",
        &format!("{one}/send"),
        key,
        &json!({ "subject": "Your offer", "message": "Please sign" }),
    );
    assert_eq!(sent.json()["status"], "document.sent");
    assert_eq!(outbox(&sandbox)[0]["content"]["to"], json!(["ann@example.com"]));
    assert_eq!(send(&sandbox, "PATCH", &format!("{one}/status"), key, &json!({ "status": 2 })).status, 204);
    assert_eq!(send(&sandbox, "POST", &format!("{one}/send"), key, &json!({})).status, 409);
    let wrong = send(&sandbox, "POST", &format!("{api}/documents"), key, &json!({ "template_uuid": "nothing" }));
    assert_eq!((wrong.status, &wrong.json()["type"]), (400, &json!("validation_error")));
    assert_eq!(get(&sandbox, &format!("{api}/documents/x"), key).status, 404);
}

#[test]
fn google_keeps_files_people_and_sheets() {
    let sandbox = lenient();
    let token = "Bearer t";
    let drive = "https://www.googleapis.com/drive/v3/files";
    let folder = send(
        &sandbox,
        "POST",
        drive,
        token,
        &json!({ "name": "Reports", "mimeType": "application/vnd.google-apps.folder" }),
    )
    .json();
    let parent = folder["id"].as_str().unwrap();
    let body = format!(
        "--b\r\nContent-Type: application/json\r\n\r\n{{\"name\":\"a.txt\",\"parents\":[\"{parent}\"]}}\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
    );
    let headers = [("Authorization", token), ("Content-Type", "multipart/related; boundary=b")];
    let up =
        call(&sandbox, "POST", "https://www.googleapis.com/upload/drive/v3/files?uploadType=multipart", &headers, body)
            .json();
    assert_eq!((&up["name"], &up["mimeType"]), (&json!("a.txt"), &json!("text/plain")));
    let query = url::form_urlencoded::byte_serialize(format!("'{parent}' in parents and trashed = false").as_bytes())
        .collect::<String>();
    assert_eq!(get(&sandbox, &format!("{drive}?q={query}"), token).json()["files"].as_array().unwrap().len(), 1);
    assert_eq!(get(&sandbox, &format!("{drive}/{}?alt=media", up["id"].as_str().unwrap()), token).text(), "hello");
    assert_eq!(get(&sandbox, &format!("{drive}/none"), token).json()["error"]["code"], 404);
    let person = json!({ "names": [{ "givenName": "Ann" }], "emailAddresses": [{ "value": "ann@example.com" }] });
    let made = send(&sandbox, "POST", "https://people.googleapis.com/v1/people:createContact", token, &person).json();
    assert_eq!(
        get(
            &sandbox,
            &format!("https://people.googleapis.com/v1/{}?personFields=names", made["resourceName"].as_str().unwrap()),
            token
        )
        .json()["names"][0]["givenName"],
        "Ann"
    );
    assert_eq!(get(&sandbox, "https://people.googleapis.com/v1/people/me/connections", token).json()["totalPeople"], 1);
    let sheet = "https://sheets.googleapis.com/v4/spreadsheets/s1/values/Sheet1!A1";
    let added = send(
        &sandbox,
        "POST",
        &format!("{sheet}:append?valueInputOption=RAW"),
        token,
        &json!({ "values": [["a", 1], ["b", 2]] }),
    )
    .json();
    assert_eq!(added["updates"]["updatedRows"], 2);
    assert_eq!(get(&sandbox, sheet, token).json()["values"][1][0], "b");
    let raw = "VG86IGFubkBleGFtcGxlLmNvbQ0KDQpIaQ";
    assert!(
        send(
            &sandbox,
            "POST",
            "https://gmail.googleapis.com/gmail/v1/users/me/messages/send",
            token,
            &json!({ "raw": raw })
        )
        .json()["id"]
            .is_string()
    );
    assert!(outbox(&sandbox)[0]["content"]["raw"].as_str().unwrap().starts_with("To: ann"));
    let ads = "https://googleads.googleapis.com/v17/customers/123:uploadClickConversions";
    assert_eq!(send(&sandbox, "POST", ads, token, &json!({ "conversions": [{ "gclid": "x" }] })).status, 401);
    let headers = [("Authorization", token), ("developer-token", "d"), ("Content-Type", "application/json")];
    assert_eq!(
        call(&sandbox, "POST", ads, &headers, json!({ "conversions": [{ "gclid": "x" }] }).to_string()).json()["results"]
            [0]["gclid"],
        "x"
    );
}

#[test]
fn graph_has_mail_days_files_and_tables() {
    let sandbox = lenient();
    let token = "Bearer t";
    let me = "https://graph.microsoft.com/v1.0/me";
    let mail = json!({ "message": { "subject": "Hi", "toRecipients": [{ "emailAddress": { "address": "ann@example.com" } }] } });
    assert_eq!(send(&sandbox, "POST", &format!("{me}/sendMail"), token, &mail).status, 202);
    assert_eq!(outbox(&sandbox)[0]["content"]["subject"], "Hi");
    assert_eq!(
        send(&sandbox, "POST", &format!("{me}/sendMail"), token, &json!({ "message": {} })).json()["error"]["code"],
        "ErrorInvalidRecipients"
    );
    let event = json!({ "subject": "Call", "start": { "dateTime": "2025-05-14T15:00:00", "timeZone": "UTC" }, "end": { "dateTime": "2025-05-14T15:30:00", "timeZone": "UTC" } });
    let made = send(&sandbox, "POST", &format!("{me}/events"), token, &event);
    assert_eq!(made.status, 201);
    assert_eq!(
        send(&sandbox, "POST", &format!("{me}/events"), token, &json!({ "start": { "dateTime": "soon" } })).status,
        400
    );
    let filter = "%24filter=subject%20eq%20%27Call%27";
    assert_eq!(get(&sandbox, &format!("{me}/events?{filter}"), token).json()["value"].as_array().unwrap().len(), 1);
    let headers = [("Authorization", token), ("Content-Type", "text/plain")];
    let up = call(&sandbox, "PUT", &format!("{me}/drive/root:/Reports/a.txt:/content"), &headers, "hello");
    assert_eq!((up.status, &up.json()["name"]), (201, &json!("a.txt")));
    assert_eq!(get(&sandbox, &format!("{me}/drive/root:/Reports:/children"), token).json()["value"][0]["size"], 5);
    assert_eq!(
        get(&sandbox, &format!("{me}/drive/items/{}/content", up.json()["id"].as_str().unwrap()), token).text(),
        "hello"
    );
    let rows = format!("{me}/drive/root:/Book.xlsx:/workbook/tables/Sales/rows");
    assert_eq!(
        send(&sandbox, "POST", &format!("{rows}/add"), token, &json!({ "values": [["March", 50]] })).status,
        201
    );
    assert_eq!(get(&sandbox, &rows, token).json()["value"][0]["values"], json!([["March", 50]]));
    let range = format!("{me}/drive/root:/Book.xlsx:/workbook/worksheets/Sheet1/range(address='A1:B1')");
    send(&sandbox, "PATCH", &range, token, &json!({ "values": [["a", "b"]] }));
    assert_eq!(get(&sandbox, &range, token).json()["values"], json!([["a", "b"]]));
}
