//! The local preview of a Creator application: its forms, reports and pages in a browser.
//!
//! The application runs on a thread of its own, which owns its records; requests wait in line for it. What the browser gets
//! is HTML from here, with one style sheet and one small script. A stranger may have written the application, so its pages
//! run no script, load nothing from elsewhere, and every change needs the token of the running server.

mod desk;
mod field;
mod files;
mod form;
mod frame;
mod given;
mod links;
mod pages;
mod report;
mod table;

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::middleware::from_fn;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use rainwright::{Code, Failure, Host, Interrupt, Problem};
use rainwright_app::{Application, Ran, Running, Setting};
use rainwright_records::StoreLocation;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use crate::web;
use desk::Desk;
use frame::Frame;

/// How often schedules are looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long the application's thread sleeps at least while it waits for requests.
const SHORTEST: Duration = Duration::from_millis(100);
/// The largest form that is taken, files included.
const LARGEST: usize = 60 << 20;

/// Makes the host of the application, on the thread that it runs on.
pub type OpenHost = Box<dyn FnOnce() -> Result<Box<dyn Host>, Problem> + Send>;

/// What the application's thread does for a request.
type Work = Box<dyn for<'w, 'h> FnOnce(&'w mut Running<'h>, &'w mut Desk) + Send>;

/// Why a request was not answered as it was meant.
pub(crate) enum Refused {
    /// A script failed, or something does not exist.
    Failed(Failure),
    /// The request is not one of ours, or too old.
    Not(&'static str),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Refused::Failed(failure)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Refused::Failed(problem.into())
    }
}

/// A running application at a web address. Cloning shares it.
#[derive(Clone)]
pub struct Preview {
    shared: Arc<Shared>,
}

struct Shared {
    work: mpsc::Sender<Work>,
    frame: Frame,
    /// Without it nothing is changed: pages of other origins cannot know it.
    token: String,
    interrupt: Interrupt,
}

/// What a preview shows, and as whom.
pub struct PreviewSetting {
    /// The application.
    pub app: Application,
    /// Where its records are.
    pub records: StoreLocation,
    /// The user's mail address.
    pub user: String,
    /// Whether schedules run when their time comes.
    pub schedules: bool,
    /// Is told what schedules did, and why they cannot run.
    pub tell: fn(&Result<Vec<Ran>, Failure>),
}

impl Preview {
    /// Starts the application on a thread of its own.
    ///
    /// # Errors
    /// Settings, forms or records that cannot be used; no random numbers.
    pub fn start(setting: PreviewSetting, host: OpenHost) -> Result<Self, Failure> {
        let no_numbers = |e| Problem::new(Code::NotSupported, format!("There are no random numbers: {e}"));
        let token = web::random().map_err(no_numbers)?;
        let frame = Frame::of(&setting.app, &setting.user);
        let (work, queue) = mpsc::channel::<Work>();
        let (opened, opening) = mpsc::channel();
        let interrupt = Interrupt::default();
        let stop = Interrupt::clone(&interrupt);
        let spawned = std::thread::Builder::new().name("application".into()).stack_size(16 << 20).spawn(move || {
            let mut host = match host() {
                Ok(host) => host,
                Err(problem) => return drop(opened.send(Err(problem.into()))),
            };
            let PreviewSetting { app, records, user, schedules, tell } = setting;
            let setting = Setting { records, user, interrupt: stop };
            let mut running = match Running::open(app, setting, &mut *host) {
                Ok(running) => running,
                Err(failure) => return drop(opened.send(Err(failure))),
            };
            let _ = opened.send(Ok(()));
            let mut desk = Desk::default();
            let mut next = Instant::now();
            loop {
                if schedules && next <= Instant::now() {
                    let ran = running.run_due();
                    if !matches!(&ran, Ok(ran) if ran.is_empty()) {
                        tell(&ran);
                    }
                    next = Instant::now() + LOOK;
                }
                if !schedules {
                    next = Instant::now() + LOOK;
                }
                match queue.recv_timeout(next.saturating_duration_since(Instant::now()).max(SHORTEST)) {
                    Ok(work) => work(&mut running, &mut desk),
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        let gone =
            |why: &str| Failure::from(Problem::new(Code::NotSupported, format!("The application cannot run: {why}")));
        spawned.map_err(|e| gone(&e.to_string()))?;
        opening.recv().map_err(|_| gone("its thread ended"))??;
        Ok(Self { shared: Arc::new(Shared { work, frame, token, interrupt }) })
    }

    /// Stops the scripts that run.
    pub fn stop(&self) {
        self.shared.interrupt.store(true, Ordering::Relaxed);
    }

    /// The routes of the preview.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/", get(pages::home))
            .route("/form/{form}", get(form::new))
            .route("/form/{form}/{id}", get(form::edit))
            .route("/draft/{draft}", post(form::act))
            .route("/draft/{draft}/lookup", get(form::lookup))
            .route("/report/{name}", get(report::show))
            .route("/records/{form}", get(report::of_form))
            .route("/delete/{form}", post(report::delete))
            .route("/action/{workflow}", post(report::action))
            .route("/page/{name}", get(pages::show))
            .route("/file/{form}/{id}/{field}/{place}", get(files::show))
            .route("/style.css", get(style))
            .route("/script.js", get(script))
            .fallback(nothing)
            .layer(DefaultBodyLimit::max(LARGEST))
            .layer(from_fn(web::headers))
            .with_state(self.clone())
    }

    /// Has the application's thread do something, and waits for it.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl for<'w, 'h> FnOnce(&'w mut Running<'h>, &'w mut Desk) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let (done, answer) = oneshot::channel();
        let work: Work = Box::new(move |running, desk| drop(done.send(work(running, desk))));
        self.shared
            .work
            .send(work)
            .map_err(|_| Refused::Not("The application has stopped. Start the preview again."))?;
        answer.await.map_err(|_| Refused::Not("The application has stopped. Start the preview again."))
    }

    fn frame(&self) -> &Frame {
        &self.shared.frame
    }

    fn token(&self) -> &str {
        &self.shared.token
    }

    /// Whether a form that was posted came from a page of this server.
    fn check_token(&self, given: Option<&str>) -> Result<(), Refused> {
        let given = given.unwrap_or_default().as_bytes();
        if bool::from(given.ct_eq(self.token().as_bytes())) {
            return Ok(());
        }
        Err(Refused::Not("This form was not opened here, or the preview was started again since. Open it once more."))
    }

    /// A refusal as a page.
    fn refuse(&self, refused: &Refused) -> Response {
        let (status, title, text) = frame::refusal(refused);
        let body = frame::problem_page(self.frame(), title, &text);
        (status, Html(body.into_string())).into_response()
    }
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("script.js")).into_response()
}

async fn nothing(State(preview): State<Preview>) -> Response {
    preview.refuse(&Refused::Failed(Problem::new(Code::UnknownName, "There is no such address in the preview").into()))
}
