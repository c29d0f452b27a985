//! The preview of `scripts/claims` over real HTTP on loopback, as a browser without script uses it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rainwright::{Host, OfflineHost};
use rainwright_app::{Application, load, read_rows};
use rainwright_records::StoreLocation;
use rainwright_server::{Names, Preview, PreviewSetting, Server};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;

struct Desk {
    base: String,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
    records: PathBuf,
}

/// A page of the preview.
struct Page {
    status: StatusCode,
    location: String,
    policy: String,
    text: String,
}

async fn serve() -> Desk {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let claims = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/claims");
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records.db");
    let app = Application::read(&claims).unwrap();
    let seed = std::fs::read_to_string(claims.join("seed.json")).unwrap();
    let mut store = app.store(StoreLocation::File(records.clone())).unwrap();
    store.migrate(false).unwrap();
    load(&mut store, None, &read_rows(&seed).unwrap()).unwrap();
    drop(store);
    let setting = PreviewSetting {
        app,
        records: StoreLocation::File(records.clone()),
        user: "ada@example.com".into(),
        schedules: true,
        tell: |_| (),
    };
    let preview = Preview::start(setting, Box::new(|| Ok(Box::new(OfflineHost::new()) as Box<dyn Host>))).unwrap();
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = server.address().unwrap();
    let routes = preview.routes();
    tokio::spawn(server.run(Names::of(address, &[]), routes, std::future::pending(), Duration::from_secs(1)));
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    Desk { base: format!("http://{address}"), client, _folder: folder, records }
}

async fn page(answer: reqwest::Response) -> Page {
    let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (location, policy) = (header("location"), header("content-security-policy"));
    Page { status: answer.status(), location, policy, text: answer.text().await.unwrap() }
}

/// What is between two texts of a page.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}")) + start.len();
    &text[from..from + text[from..].find(end).unwrap()]
}

impl Desk {
    async fn get(&self, path: &str) -> Page {
        page(self.client.get(format!("{}{path}", self.base)).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form =
            fields.iter().fold(Form::new(), |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()));
        page(self.client.post(format!("{}{path}", self.base)).multipart(form).send().await.unwrap()).await
    }

    /// Opens a form: its address and token.
    async fn open(&self, path: &str) -> (String, String) {
        let opened = self.get(path).await;
        assert_eq!(opened.status, StatusCode::OK, "{}", opened.text);
        let draft = between(&opened.text, "action=\"/draft/", "\"");
        let token = between(&opened.text, "name=\"_token\" value=\"", "\"");
        (format!("/draft/{draft}"), token.to_owned())
    }
}

const CLAIM: &[(&str, &str)] =
    &[("Owner", "1000000000000000003"), ("Kind", "Travel"), ("Destination", "Porto"), ("Day", "2026-11-27")];

fn with<'f>(fields: &[(&'f str, &'f str)], more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    fields.iter().chain(more).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_entered_refused_mended_and_deleted() {
    let desk = serve().await;
    let (draft, token) = desk.open("/form/Claim").await;
    let claim = with(CLAIM, &[("_token", &token)]);
    // An event: the rule for purchases hides the destination.
    let purchase = with(&[("_token", &token), ("Kind", "Purchase"), ("_do", "change")], &CLAIM[2..]);
    let changed = desk.post(&draft, &purchase).await;
    assert!(
        changed.status == StatusCode::OK && !changed.text.contains("data-field=\"Destination\""),
        "{}",
        changed.text
    );
    let changed = desk.post(&draft, &with(&claim, &[("_do", "add:Lines")])).await;
    assert!(changed.text.contains("name=\"Lines.0.Item\""), "{}", changed.text);
    let dear = [("Lines.0.ID", ""), ("Lines.0.Item", "Train"), ("Lines.0.Price", "1200"), ("Lines.0.Qty", "1")];
    let refused = desk.post(&draft, &with(&with(&claim, &dear), &[("_do", "save")])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Claims above 1000 are for managers"), "{}", refused.text);
    let wrong = [("Lines.0.ID", ""), ("Lines.0.Item", "Train"), ("Lines.0.Price", "much"), ("Lines.0.Qty", "1")];
    let refused = desk.post(&draft, &with(&with(&claim, &wrong), &[("_do", "save")])).await;
    assert!(refused.text.contains("class=\"wrong\"") && refused.text.contains("value=\"much\""), "{}", refused.text);
    let cheap = [("Lines.0.ID", ""), ("Lines.0.Item", "<i>Train"), ("Lines.0.Price", "45.50"), ("Lines.0.Qty", "2")];
    let saved = desk.post(&draft, &with(&with(&claim, &cheap), &[("_do", "save")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(saved.location.starts_with("/report/Claims?No=100&_said="), "{}", saved.location);
    let report = desk.get(&saved.location).await;
    for text in ["The claim is saved", "Ada Lind", "North", "Porto", "91.00", "27-Nov-2026"] {
        assert!(report.text.contains(text), "{text}: {}", report.text);
    }
    assert!(!desk.get(&saved.location).await.text.contains("The claim is saved"), "a message is shown once");
    let id = between(&report.text, "tr data-id=\"", "\"").to_owned();
    let edited = desk.get(&format!("/form/Claim/{id}")).await;
    assert!(edited.text.contains("value=\"&lt;i&gt;Train\""), "values are escaped: {}", edited.text);
    for (filter, found) in [
        ("Owner=ada", true),
        ("Owner=max", false),
        ("Total=91", true),
        ("Day=2026-11-28", false),
        ("_q=porto", true),
        ("Urgent=true", false),
    ] {
        let listed = desk.get(&format!("/report/Claims?{filter}")).await;
        assert_eq!(listed.text.contains("data-id"), found, "{filter}");
    }
    let refused = desk.get("/report/Claims?Total=lots").await;
    assert!(refused.text.contains("role=\"alert\""), "{}", refused.text);
    let deleted = desk.post("/delete/Claim", &[("_token", &token), ("id", &id), ("_back", "//evil.example")]).await;
    assert!(deleted.location.starts_with("/?_said="), "{}", deleted.location);
    assert!(desk.get("/report/Claims").await.text.contains("No records."));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_without_the_token_and_nothing_foreign_is_answered() {
    let desk = serve().await;
    let (draft, token) = desk.open("/form/Team").await;
    for wrong in ["", "x", &token[1..]] {
        let refused = desk.post(&draft, &[("_token", wrong), ("Code", "East"), ("_do", "save")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(desk.post("/delete/Team", &[("_token", wrong), ("id", "1")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(desk.post("/action/Approve", &[("_token", wrong), ("id", "1")]).await.status, StatusCode::FORBIDDEN);
    }
    let plain = desk.client.post(format!("{}{draft}", desk.base)).body("_token=x").send().await.unwrap();
    assert_eq!(page(plain).await.status, StatusCode::FORBIDDEN);
    for (name, value) in [("host", "rebound.example"), ("origin", "https://evil.example"), ("origin", "null")] {
        let asked = desk.client.get(format!("{}/", desk.base)).header(name, value).send().await.unwrap();
        assert_eq!(page(asked).await.status, StatusCode::MISDIRECTED_REQUEST, "{name}: {value}");
    }
    for path in
        ["/", "/form/Team", "/report/Claims", "/nothing", "/form/Nothing", "/page/Nothing", "/file/Claim/1/Bill/0"]
    {
        let shown = desk.get(path).await;
        assert!(
            shown.policy.contains("script-src 'self'") && !shown.policy.contains("unsafe"),
            "{path}: {}",
            shown.policy
        );
    }
    let own = desk.get("/page/Overview").await;
    assert!(own.policy.contains("style-src 'self' 'unsafe-inline'; script-src 'self';"), "{}", own.policy);
    assert!(own.text.contains("href=\"/form/Claim?Kind=Travel\""), "{}", own.text);
    assert_eq!(desk.post("/draft/99999", &[("_token", &token)]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_and_given_back_as_downloads() {
    let desk = serve().await;
    let (draft, token) = desk.open("/form/Claim").await;
    let bill = Part::bytes(b"<script>".to_vec()).file_name("../my bill.html").mime_str("text/html").unwrap();
    let fields = with(CLAIM, &[("_token", &token), ("_do", "save")]);
    let form =
        fields.iter().fold(Form::new(), |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()));
    let sent =
        desk.client.post(format!("{}{draft}", desk.base)).multipart(form.part("Bill", bill)).send().await.unwrap();
    let saved = page(sent).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let listed = desk.get("/records/Claim").await;
    let id = between(&listed.text, "tr data-id=\"", "\"").to_owned();
    let file = desk.client.get(format!("{}/file/Claim/{id}/Bill/0", desk.base)).send().await.unwrap();
    assert_eq!(file.headers()["content-disposition"], "attachment; filename=\"mybill.html\"");
    assert_eq!(file.headers()["content-type"], "application/octet-stream");
    assert_eq!(file.bytes().await.unwrap().as_ref(), b"<script>");
    assert!(desk.records.exists());
}
