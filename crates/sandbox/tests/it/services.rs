//! The doubles of the smaller services, over HTTP.

use rainwright_sandbox::{SUPPORT_PASSWORD, SUPPORT_USER};
use serde_json::json;

use crate::client::*;

#[test]
fn eventbrite_makes_and_publishes_events() {
    let sandbox = start();
    let login = Login {
        authorize: "https://www.eventbrite.com/oauth/authorize",
        token: "https://www.eventbrite.com/oauth/token",
    };
    let token = header(&sandbox, login, "Bearer", "");
    let api = "https://www.eventbriteapi.com/v3";
    let organization =
        get(&sandbox, &format!("{api}/users/me/organizations/"), &token).json()["organizations"][0]["id"].clone();
    let events = format!("{api}/organizations/{}/events/", organization.as_str().unwrap());
    let mut event = json!({ "event": {
        "name": { "html": "Workshop" }, "currency": "EUR",
        "start": { "timezone": "Europe/Amsterdam", "utc": "2025-05-12T09:00:00Z" },
        "end": { "timezone": "Europe/Amsterdam", "utc": "2025-05-12T12:30:00Z" },
    } });
    let made = send(&sandbox, "POST", &events, &token, &event).json();
    assert_eq!(made["status"], "draft");
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        send(&sandbox, "POST", &format!("{api}/events/{id}/publish/"), &token, &json!({})).json()["published"],
        true
    );
    assert_eq!(get(&sandbox, &format!("{api}/events/{id}/"), &token).json()["status"], "live");
    event["event"]["end"]["utc"] = json!("2025-05-12T08:00:00Z");
    assert_eq!(send(&sandbox, "POST", &events, &token, &event).json()["error"], "DATE_CONFLICT");
    event["event"]["currency"] = json!("");
    let missing = send(&sandbox, "POST", &events, &token, &event);
    assert!(missing.json()["error_description"].as_str().unwrap().contains("event.currency"));
    assert_eq!(get(&sandbox, &events, "Bearer x").json()["error"], "INVALID_AUTH");
}

#[test]
fn google_keeps_calendar_events() {
    let sandbox = start();
    let login = Login {
        authorize: "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
        token: "https://oauth2.googleapis.com/token",
    };
    let tokens = sign_in(&sandbox, login, "https://www.googleapis.com/auth/calendar");
    assert!(tokens["refresh_token"].is_string());
    let token = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let events = "https://www.googleapis.com/calendar/v3/calendars/primary/events";
    let event = json!({
        "summary": "Call", "start": { "dateTime": "2025-05-14T15:00:00+02:00" }, "end": { "dateTime": "2025-05-14T15:30:00+02:00" }
    });
    let made = send(&sandbox, "POST", events, &token, &event).json();
    let one = format!("{events}/{}", made["id"].as_str().unwrap());
    assert_eq!(get(&sandbox, &one, &token).json()["summary"], "Call");
    assert_eq!(get(&sandbox, events, &token).json()["items"].as_array().unwrap().len(), 1);
    let wrong = send(&sandbox, "POST", events, &token, &json!({ "start": { "dateTime": "tomorrow" } }));
    assert_eq!((wrong.status, &wrong.json()["error"]["code"]), (400, &json!(400)));
    let revoke = |token: &str| form(&sandbox, "https://oauth2.googleapis.com/revoke", &[("token", token)]).status;
    assert_eq!(revoke(tokens["refresh_token"].as_str().unwrap()), 200);
    assert_eq!(revoke("unknown"), 400);
    assert_eq!(get(&sandbox, events, &token).json()["error"]["errors"][0]["reason"], "authError");
}

#[test]
fn dropbox_takes_arguments_in_a_header() {
    let sandbox = start();
    let login = Login {
        authorize: "https://www.dropbox.com/oauth2/authorize?token_access_type=offline",
        token: "https://api.dropboxapi.com/oauth2/token",
    };
    let token = header(&sandbox, login, "Bearer", "");
    let upload = |arguments: &str, kind: &str| {
        let headers = [("Authorization", token.as_str()), ("Content-Type", kind), ("Dropbox-API-Arg", arguments)];
        call(&sandbox, "POST", "https://content.dropboxapi.com/2/files/upload", &headers, "hello")
    };
    let raw = "application/octet-stream";
    let made = upload(r#"{"path":"/Reports/a.txt","mode":"add"}"#, raw).json();
    assert_eq!((&made["path_lower"], &made["size"]), (&json!("/reports/a.txt"), &json!(5)));
    // SHA-256 of the SHA-256 of "hello".
    assert_eq!(made["content_hash"], "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
    assert_eq!(upload(r#"{"path":"/reports/A.txt"}"#, raw).status, 409);
    assert_eq!(upload(r#"{"path":"/reports/A.txt","autorename":true}"#, raw).json()["name"], "a (1).txt");
    assert_eq!(upload(r#"{"path":"/reports/a.txt","mode":"overwrite"}"#, raw).json()["rev"], "000000002");
    assert_eq!(upload(r#"{"path":"/x"}"#, "text/plain").status, 400);
    assert_eq!(upload("nonsense", raw).status, 400);
    let headers = [("Authorization", token.as_str()), ("Dropbox-API-Arg", r#"{"path":"/reports/a.txt"}"#)];
    let file = call(&sandbox, "POST", "https://content.dropboxapi.com/2/files/download", &headers, "");
    assert_eq!(file.text(), "hello");
    let folder = send(
        &sandbox,
        "POST",
        "https://api.dropboxapi.com/2/files/list_folder",
        &token,
        &json!({ "path": "/reports" }),
    );
    assert_eq!(folder.json()["entries"].as_array().unwrap().len(), 2);
}

#[test]
fn the_support_desk_wants_a_password_or_a_token() {
    let sandbox = start();
    let sessions = "https://support.example.com/api/sessions";
    let refused = call(&sandbox, "GET", sessions, &[], "");
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").unwrap().starts_with("Basic"));
    let header = basic(SUPPORT_USER, SUPPORT_PASSWORD);
    let page = get(&sandbox, &format!("{sessions}?offset=20&limit=20"), &header).json();
    assert_eq!((&page["total"], page["sessions"].as_array().unwrap().len()), (&json!(27), 7));
    assert_eq!(get(&sandbox, &format!("{sessions}?status=open"), &header).json()["total"], 3);
    let pairs =
        [("grant_type", "client_credentials"), ("client_id", "sandbox-client"), ("client_secret", "sandbox-secret")];
    let token = form(&sandbox, "https://support.example.com/oauth2/token", &pairs).json();
    let header = format!("Bearer {}", token["access_token"].as_str().unwrap());
    assert_eq!(get(&sandbox, &format!("{sessions}/S0001"), &header).json()["status"], "open");
}

#[test]
fn the_echo_tells_back_and_plays_tricks() {
    let sandbox = start();
    let echo = |path: &str| call(&sandbox, "GET", &format!("https://echo.example.com{path}"), &[], "");
    let told = call(
        &sandbox,
        "POST",
        "https://echo.example.com/anything/deep?a=1&b=%C3%BC",
        &[("Content-Type", "application/x-www-form-urlencoded"), ("X-One", "1")],
        "c=2+3",
    )
    .json();
    assert_eq!((&told["method"], &told["path"]), (&json!("POST"), &json!("/anything/deep")));
    assert_eq!(
        (&told["args"]["b"], &told["form"]["c"], &told["headers"]["x-one"]),
        (&json!("ü"), &json!("2 3"), &json!("1"))
    );
    assert_eq!(echo("/status/418").status, 418);
    assert_eq!(echo("/redirect/3").header("location"), Some("../redirect/2"));
    assert_eq!(
        echo("/redirect-to?url=http%3A%2F%2F169.254.169.254%2F&status=307").header("location"),
        Some("http://169.254.169.254/")
    );
    assert_eq!(echo("/bytes/100000").bytes.len(), 100_000);
    assert_eq!(echo("/encoding/latin1").bytes, b"Caf\xe9 Z\xfcrich");
    assert!(serde_json::from_str::<serde_json::Value>(&echo("/broken-json").text()).is_err());
    assert_eq!(&echo("/image").bytes[1..4], b"PNG");
    let zipped = echo("/gzip");
    assert_eq!((zipped.header("content-encoding"), &zipped.bytes[..2]), (Some("gzip"), &[0x1f, 0x8b][..]));
    let body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nx,y\r\n\
                --b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--b--\r\n";
    let parts =
        call(&sandbox, "POST", "/echo/upload", &[("Content-Type", "multipart/form-data; boundary=b")], body).json();
    assert_eq!(
        parts["parts"][0],
        json!({ "name": "f", "file_name": "a.csv", "content_type": "text/csv", "size": 3, "text": "x,y" })
    );
    assert_eq!(parts["parts"][1]["text"], "hi");
}

#[test]
fn dropbox_keeps_folders_and_moves_files() {
    let sandbox = start();
    let login = Login {
        authorize: "https://www.dropbox.com/oauth2/authorize?token_access_type=offline",
        token: "https://api.dropboxapi.com/oauth2/token",
    };
    let token = header(&sandbox, login, "Bearer", "files.content.write");
    let ask = |path: &str, body: serde_json::Value| {
        send(&sandbox, "POST", &format!("https://api.dropboxapi.com/2/{path}"), &token, &body)
    };
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/octet-stream"),
        ("Dropbox-API-Arg", r#"{"path":"/reports/march.txt"}"#),
    ];
    call(&sandbox, "POST", "https://content.dropboxapi.com/2/files/upload", &headers, "hello");
    let folder = ask("files/create_folder_v2", json!({ "path": "/offers" }));
    assert_eq!(folder.json()["metadata"][".tag"], "folder");
    let again = ask("files/create_folder_v2", json!({ "path": "/offers" }));
    assert_eq!((again.status, &again.json()["error_summary"]), (409, &json!("path/conflict/folder/")));
    let copy = json!({ "from_path": "/reports/march.txt", "to_path": "/offers/march.txt" });
    assert_eq!(ask("files/copy_v2", copy.clone()).json()["metadata"]["size"], 5);
    assert_eq!(ask("files/copy_v2", copy).json()["error"][".tag"], "to");
    let relocate = json!({ "from_path": "/offers/march.txt", "to_path": "/offers/april.txt" });
    assert_eq!(ask("files/move_v2", relocate.clone()).json()["metadata"]["name"], "april.txt");
    assert_eq!(ask("files/move_v2", relocate).json()["error_summary"], "from_lookup/not_found/");
    let found = ask("files/search_v2", json!({ "query": "april" })).json();
    assert_eq!(found["matches"][0]["metadata"]["metadata"]["path_lower"], "/offers/april.txt");
    let link = ask("sharing/create_shared_link_with_settings", json!({ "path": "/offers/april.txt" })).json();
    assert!(link["url"].as_str().unwrap().starts_with("https://www.dropbox.com/scl/fi/"));
    assert_eq!(ask("files/delete_v2", json!({ "path": "/offers" })).status, 200);
    assert_eq!(ask("files/get_temporary_link", json!({ "path": "/offers/april.txt" })).status, 409);
}
