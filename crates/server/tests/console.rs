//! The console over HTTP, as attackers and browsers use it: real requests to a listener on loopback.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod console_server;

use std::time::Duration;

use console_server::{Browser, USER_PASSWORD, start, start_with_users};
use rainwright::connections::{Key, Status};
use rainwright_server::console::{ConsentLinks, Role};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

#[test]
fn the_one_time_link_works_once() {
    let console = start();
    let link = console.link();
    let (mut first, mut second) = (Browser::new(&console), Browser::new(&console));
    assert_eq!(first.get("/connections").location(), "/login");
    assert_eq!(first.open(&link).location(), "/connections");
    assert_eq!(first.get("/connections").status, 200);
    let again = second.open(&link);
    assert_eq!(again.status, 403);
    assert!(again.cookie.is_none());
    assert_eq!(second.get("/connections").location(), "/login");
    assert_ne!(console.link(), link);
    assert_eq!(console.told(), 1);
}

#[test]
fn a_guessed_link_lets_nobody_in_and_guessing_gets_slow() {
    let console = start();
    let mut browser = Browser::new(&console);
    for key in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00", "'%20or%201=1"] {
        assert_eq!(browser.get(&format!("/enter?key={key}")).status, 403, "{key}");
    }
    assert_eq!(browser.get("/enter?key=x").status, 429);
    // The owner waits as well: it is the same address. The link is good afterwards.
    assert_eq!(browser.open(&console.link()).status, 429);
    std::thread::sleep(Duration::from_millis(4500));
    assert_eq!(browser.open(&console.link()).location(), "/connections");
}

#[test]
fn a_form_needs_the_token_of_its_session() {
    let console = start();
    console.add("mine");
    let mut mine = Browser::signed_in(&console);
    let mut other = Browser::signed_in(&console);
    let foreign = other.token();
    for token in ["", "x", &foreign] {
        let answer = mine.post_raw("/connections/delete", &format!("token={token}&name=mine"), &[]);
        assert_eq!(answer.status, 403, "{token}");
    }
    assert!(console.has("mine"));
    // With the right token, and sent by another site's page.
    let token = mine.token();
    let body = format!("token={token}&name=mine");
    for headers in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        let answer = mine.post_raw("/connections/delete", &body, &headers);
        assert!(matches!(answer.status, 403 | 421), "{headers:?} {}", answer.status);
    }
    // A form that needs no preflight, as another site would send it.
    let answer = mine.post_as("/connections/delete", &body, "text/plain", &[]);
    assert_eq!(answer.status, 415);
    assert!(console.has("mine"));
    assert_eq!(mine.post("/connections/delete", "name=mine").location(), "/connections");
    assert!(!console.has("mine"));
}

#[test]
fn a_get_changes_nothing() {
    let console = start();
    console.add("mine");
    let mut browser = Browser::signed_in(&console);
    for action in ["delete", "revoke", "rename", "label", "disable", "test"] {
        let answer = browser.get(&format!("/connections/{action}?name=mine&token=x"));
        assert_eq!(answer.status, 405, "{action}");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(browser.send(method, "/connections/delete", "name=mine", &[]).status, 405, "{method}");
    }
    assert!(console.has("mine"));
}

#[test]
fn no_page_can_be_framed_or_run_what_is_stored() {
    let console = start();
    console.add("mine");
    let mut browser = Browser::signed_in(&console);
    for path in [
        "/connections",
        "/connections/pick",
        "/connections/custom",
        "/connections/view?name=mine",
        "/login",
        "/nowhere",
    ] {
        let answer = browser.get(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{path} {policy}");
        assert!(!policy.contains("unsafe"), "{path} {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[test]
fn a_session_cannot_be_planted() {
    let console = start();
    let planted = format!("dg_console_{}=attackers-choice", console.address.port());
    let mut browser = Browser::new(&console);
    browser.cookie = Some(planted.clone());
    assert_eq!(browser.get("/connections").location(), "/login");
    let entered = browser.open(&console.link());
    let set = entered.cookie.unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    assert!(!set.contains("attackers-choice"));
    // What was planted is still nobody's session.
    let mut attacker = Browser::new(&console);
    attacker.cookie = Some(planted);
    assert_eq!(attacker.get("/connections").location(), "/login");
    // Signing out ends the session on the server.
    let kept = browser.cookie.clone();
    assert_eq!(browser.post("/logout", "").location(), "/login");
    browser.cookie = kept;
    assert_eq!(browser.get("/connections").location(), "/login");
}

#[test]
fn another_name_for_this_machine_reaches_nothing() {
    let console = start();
    let mut browser = Browser::signed_in(&console);
    let port = console.address.port();
    for host in [
        format!("rebound.example:{port}"),
        "rebound.example".into(),
        "127.0.0.1".into(),
        format!("127.0.0.1.rebound.example:{port}"),
        format!("[::1]:{port}"),
        String::new(),
    ] {
        let answer = browser.send("GET", "/connections", "", &[("host", &host)]);
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.body.contains("connections"), "{host}");
    }
}

#[test]
fn paths_lead_to_pages_only() {
    let console = start();
    let mut browser = Browser::signed_in(&console);
    for path in [
        "/assets/../../../../etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/Cargo.toml",
        "//etc/passwd",
        "/connections/pick/..%2f..%2fetc%2fpasswd",
        "/functions/..%2f..%2fetc%2fpasswd",
        "/connections/login/..%2fx",
    ] {
        let answer = browser.get(path);
        assert!(!answer.body.contains("root:") && !answer.body.contains("[package]"), "{path}");
        assert!(matches!(answer.status, 303 | 404 | 403), "{path} {}", answer.status);
    }
    // A link name cannot name a file elsewhere, and no environment can.
    for body in ["name=../../x&new_name=y", "name=mine&env=../../x"] {
        assert_eq!(browser.post("/connections/rename", body).location(), "/connections");
    }
    let service = "kind=basic&service_name=x&service_id=../../evil&api=https://a.example.com&label=x&name=evil&answer.username=a&answer.password=b";
    browser.post("/connections/custom", service);
    let folder = std::fs::read_dir(console.folder.path()).unwrap();
    let written: Vec<String> = folder.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(written.contains(&"evil.toml".to_owned()), "{written:?}");
    assert!(!console.folder.path().join("../../evil.toml").exists());
}

#[test]
fn what_is_stored_is_text_on_every_page() {
    let console = start();
    console.add_with("mine", |connection| {
        connection.label = HOSTILE.into();
        connection.values.insert(HOSTILE.into(), HOSTILE.into());
        connection.scopes = vec![HOSTILE.into()];
        connection.allowed_hosts = vec![HOSTILE.into()];
        connection.status = Status::NeedsReauth;
        connection.last_error = Some(rainwright::connections::Failure { at: 0, message: HOSTILE.into() });
    });
    let user = Key::user("mine", HOSTILE);
    console.add_key(user);
    // The records of calls and actions, as hostile as a server or a script can make them.
    let call = serde_json::json!({
        "time": HOSTILE, "connection": "mine", "method": HOSTILE, "host": HOSTILE, "path": HOSTILE, "who": HOSTILE,
        "script": HOSTILE, "status": 200, "ms": 1, "error": HOSTILE,
    });
    std::fs::write(console.folder.path().join("calls.jsonl"), format!("{call}\n")).unwrap();
    let deed = serde_json::json!({
        "at": 1, "who": HOSTILE, "what": HOSTILE, "connection": Key::shared("mine"), "good": false, "note": HOSTILE,
    });
    std::fs::write(console.folder.path().join("console-history.jsonl"), format!("{deed}\n")).unwrap();
    let mut browser = Browser::signed_in(&console);
    let query: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    let kinds = ["oauth2", "oauth1", "basic", "api_key"].map(|kind| {
        format!(
            "/connections/custom?kind={kind}&api={query}&service_name={query}&values={query}&authorize_params={query}"
        )
    });
    let mut paths = vec![
        "/connections".to_owned(),
        "/connections/view?name=mine".into(),
        format!("/connections/view?name=mine&user={query}"),
        "/connections/reconnect?name=mine".into(),
        format!("/connections/view?name={query}"),
        format!("/connections/pick?q={query}&category={query}"),
        format!("/connections/pick/{query}"),
        format!("/functions/{query}"),
        format!("/oauth/callback?state={query}&error={query}&error_description={query}"),
        format!("/login?x={query}"),
    ];
    paths.extend(kinds);
    // Messages of earlier requests show on the next page; the history shows what was sent.
    browser.post("/connections/rename", &format!("name=mine&new_name={query}"));
    browser.post("/connections/label", &format!("name=mine&label={query}"));
    browser.post(
        "/connections/connect",
        &format!("service=github&name={query}&label={query}&scopes={query}&user={query}"),
    );
    browser.post(
        "/connections/custom",
        &format!("kind=oauth2&service_name={query}&service_id=x&api={query}&label={query}&name=x&values={query}"),
    );
    // A service whose file is right, and whose name is not: it is short enough for one.
    let name: String = url::form_urlencoded::byte_serialize(b"\"'><img src=x onerror=alert(2)>").collect();
    let made = format!(
        "kind=basic&service_name={name}&service_id=own&api=https://a.example.com&label={query}&name=own&answer.username={query}&answer.password=b"
    );
    browser.post("/connections/custom", &made);
    assert!(console.has("own"));
    paths.extend(["/connections/pick".into(), "/connections/pick/own".into(), "/connections/view?name=own".into()]);
    let shown = browser.get("/connections/view?name=mine").body;
    assert!(shown.matches("&lt;script&gt;alert(1)").count() >= 8, "calls and deeds are shown: {shown}");
    for path in paths {
        let answer = browser.get(&path);
        assert!(!answer.body.contains("<script>alert"), "{path}");
        assert!(!answer.body.contains("<img src=x"), "{path}");
    }
}

#[test]
fn secrets_are_on_no_page() {
    let console = start();
    console.add("mine");
    let mut browser = Browser::signed_in(&console);
    for path in
        ["/connections", "/connections/view?name=mine", "/connections/reconnect?name=mine", "/connections/pick/github"]
    {
        let body = browser.get(path).body;
        assert!(!body.contains("access-token-of-mine") && !body.contains("secret-of-mine"), "{path}");
    }
    // A form that is refused does not send secrets back.
    let refused = browser.post(
        "/connections/connect",
        "service=github&name=BAD&label=x&answer.client_id=id-1&answer.client_secret=typed-secret",
    );
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("id-1") && !refused.body.contains("typed-secret"), "{}", refused.body);
}

#[test]
fn a_callback_of_another_login_changes_nothing() {
    let console = start();
    let mut browser = Browser::signed_in(&console);
    for query in ["", "state=x&code=y", "oauth_token=x&oauth_verifier=y", "denied=x", "state=&code=y"] {
        let answer = browser.get(&format!("/oauth/callback?{query}"));
        assert_eq!(answer.status, 400, "{query}");
    }
    // A login that one session has begun cannot be ended by another, which an attacker may have made the victim open.
    let begun = browser.post(
        "/connections/connect",
        "service=github&name=gh&label=gh&answer.client_id=id&answer.client_secret=secret",
    );
    let at = begun.location().to_owned();
    assert!(at.starts_with("/connections/login/"), "{at}");
    let page = browser.get(&at).body;
    let state = page.split("state=").nth(1).unwrap().split(['&', '"']).next().unwrap().to_owned();
    let mut other = Browser::signed_in(&console);
    assert_eq!(other.get(&format!("/oauth/callback?state={state}&code=stolen")).status, 400);
    assert_eq!(other.get(&at).location(), "/connections");
    assert_eq!(other.post(&at, "").location(), "/connections");
    assert!(browser.get(&at).body.contains(&state), "the login must still be there");
    assert_eq!(console.status("gh"), Some(Status::Draft));
}

#[test]
fn passwords_are_guessed_slowly() {
    let console = start_with_users(&[("ann", Role::Admin)]);
    let mut browser = Browser::new(&console);
    assert_eq!(browser.get("/enter?key=x").location(), "/login");
    for guess in ["", "a", "password", "ann", "letmein1234"] {
        let answer = browser.post_raw("/login", &format!("name=ann&password={guess}"), &[]);
        assert_eq!(answer.status, 403, "{guess}");
        assert!(answer.cookie.is_none());
    }
    let body = format!("name=ann&password={USER_PASSWORD}");
    let right = browser.post_raw("/login", &body, &[]);
    assert_eq!((right.status, right.cookie.is_none()), (429, true));
    assert!(!right.header("retry-after").is_empty());
    std::thread::sleep(Duration::from_millis(4500));
    // A login form that another site sends signs nobody in.
    assert_eq!(browser.post_raw("/login", &body, &[("sec-fetch-site", "cross-site")]).status, 403);
    assert_eq!(browser.post_raw("/login", &body, &[("origin", "https://evil.example")]).status, 421);
    assert_eq!(browser.post_raw("/login", &body, &[]).location(), "/connections");
    assert_eq!(browser.get("/connections").status, 200);
}

#[test]
fn roles_hold() {
    let console = start_with_users(&[("vic", Role::Viewer), ("olga", Role::Operator), ("ann", Role::Admin)]);
    console.add("mine");
    let mut viewer = Browser::with_password(&console, "vic");
    let mut operator = Browser::with_password(&console, "olga");
    let mut admin = Browser::with_password(&console, "ann");
    assert_eq!(viewer.get("/connections/view?name=mine").status, 200);
    for path in
        ["/connections/pick", "/connections/custom", "/connections/pick/github", "/connections/reconnect?name=mine"]
    {
        assert_eq!(viewer.get(path).status, 403, "{path}");
        assert_eq!(operator.get(path).status, 403, "{path}");
        assert_eq!(admin.get(path).status, 200, "{path}");
    }
    for action in ["disable", "enable"] {
        let path = format!("/connections/{action}");
        assert_eq!(viewer.post(&path, "name=mine").status, 403, "{action}");
        assert_eq!(operator.post(&path, "name=mine").status, 303, "{action}");
    }
    for action in ["delete", "revoke", "rename", "label", "connect", "custom", "reconnect"] {
        let path = format!("/connections/{action}");
        assert_eq!(operator.post(&path, "name=mine").status, 403, "{action}");
    }
    assert_eq!(admin.post("/connections/label", "name=mine&label=Mine").status, 303);
    // Whoever is removed is out.
    console.remove_user("ann");
    std::thread::sleep(Duration::from_millis(3000));
    assert_eq!(admin.get("/connections").location(), "/login");
    assert_eq!(viewer.get("/connections").status, 200);
}

#[test]
fn floods_are_bounded() {
    let console = start();
    let mut browser = Browser::signed_in(&console);
    let large = format!("token={}&name={}", browser.token(), "x".repeat(2 << 20));
    assert_eq!(browser.post_raw("/connections/label", &large, &[]).status, 413);
    let mut refused = 0;
    for number in 0..80 {
        let body = format!("service=github&name=n{number}&label=x&answer.client_id=id&answer.client_secret=secret");
        refused += u32::from(browser.post("/connections/connect", &body).status == 422);
    }
    assert!(refused >= 10, "{refused}");
    assert_eq!(browser.get("/connections").status, 200);
}

#[test]
fn a_consent_link_reaches_one_login_and_nothing_else() {
    let console = start();
    console.add("mine");
    console.add_key(Key::user("mine", "ann"));
    let now = jiff::Timestamp::now().as_second();
    let links = || ConsentLinks::open(console.folder.path()).unwrap();
    let token = links().create("github", Key::user("mine", "ann"), now, 3600, None).unwrap();
    let path = format!("/consent/{token}");
    let mut guest = Browser::new(&console);
    let page = guest.get(&path);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("ann") && page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(!page.body.contains("secret-of-mine"));
    let form_token = page.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for other in ["/connections", "/connections/view?name=mine", "/connections/pick", "/functions"] {
        assert_eq!(guest.get(other).location(), "/login", "{other}");
    }
    let body = format!("token={form_token}&name=mine&user=bob&env=production");
    assert_eq!(guest.post_raw("/connections/delete", &body, &[]).location(), "/login");
    assert!(console.has("mine"));
    // A foreign page cannot press Continue.
    assert_eq!(guest.post_raw(&path, "token=x", &[]).status, 403);
    assert_eq!(guest.post_raw(&path, &body, &[("origin", "https://evil.example")]).status, 421);
    // Whatever the form says, the login is for the connection of the link.
    let at = guest.post_raw(&path, &body, &[]).location().to_owned();
    assert!(at.starts_with("/connections/login/"), "{at}");
    let proceed = guest.get(&at);
    assert!(proceed.body.contains("Proceed to") && !proceed.body.contains("Sign out"), "{}", proceed.body);
    assert!(!console.has_key(&Key::user("mine", "bob")));
    // Nobody else's session can go on with it.
    let mut thief = Browser::new(&console);
    thief.get(&path);
    assert_eq!(thief.get(&at).location(), "/connections");
    assert_eq!(guest.post_raw(&at, &format!("token={form_token}"), &[]).location(), path);
    // It ends by time and by use.
    assert!(links().spend(&token, now).unwrap());
    assert_eq!(guest.get(&path).status, 404);
    let late = links().create("github", Key::user("mine", "ann"), now - 10, 5, None).unwrap();
    assert_eq!(guest.get(&format!("/consent/{late}")).status, 404);
}

#[test]
fn consent_links_cannot_be_guessed() {
    let console = start();
    let mut guest = Browser::new(&console);
    for token in ["x", "..%2f..%2fx", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "'"] {
        let answer = guest.get(&format!("/consent/{token}"));
        assert_eq!(answer.status, 404, "{token}");
        assert!(answer.cookie.is_none(), "{token}: no session for a guess");
    }
    assert_eq!(guest.get("/consent/x").status, 429);
}
