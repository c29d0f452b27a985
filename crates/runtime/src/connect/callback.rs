//! Waits on the loopback interface for the browser to come back from a consent page (RFC 8252, section 7.3).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rainwright_diagnostic::{Code, Problem};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The path that providers send the browser to.
const PATH: &str = "/callback";

/// A listener for one login.
pub struct Callback {
    listener: TcpListener,
    address: SocketAddr,
}

/// Looks at a query and says whether it ends the wait: `Ok(None)` is somebody else's, to be ignored.
pub type Check<T> = dyn Fn(&str) -> Option<Result<T, Problem>> + Send + Sync;

impl Callback {
    /// Listens on 127.0.0.1, at a free port when `port` is 0.
    ///
    /// # Errors
    /// [`Code::AuthorizationFailed`] when the port is taken.
    pub async fn listen(port: u16) -> Result<Self, Problem> {
        let bound = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bound.await.map_err(|e: std::io::Error| {
            Problem::new(Code::AuthorizationFailed, format!("Port {port} of 127.0.0.1 cannot be listened on: {e}."))
                .with_help("Choose another port, or paste the address that the browser ends at.")
        })
    }

    /// The address to give the provider as redirect URI.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Waits until `check` accepts a query, answers the browser with a page, and returns what `check` made of it.
    ///
    /// # Errors
    /// What `check` found wrong; [`Code::AuthorizationFailed`] when nothing came within `limit`.
    pub async fn wait<T: Send + 'static>(self, limit: Duration, check: Arc<Check<T>>) -> Result<T, Problem> {
        let (send, mut receive) = mpsc::channel(1);
        let app = Router::new().route(PATH, get(answer::<T>)).with_state((check, send));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        // Graceful, so that the browser gets its page before the listener goes.
        let server = axum::serve(self.listener, app).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let server = tokio::spawn(server.into_future());
        let result = tokio::time::timeout(limit, receive.recv()).await;
        let _ = stop.send(());
        let _ = tokio::time::timeout(Duration::from_secs(2), server).await;
        match result {
            Ok(Some(result)) => result,
            _ => Err(Problem::new(
                Code::AuthorizationFailed,
                format!("The browser did not come back within {} s.", limit.as_secs()),
            )
            .with_help("Start again with `dg connect`, and finish the consent page in time.")),
        }
    }
}

type Waiting<T> = (Arc<Check<T>>, mpsc::Sender<Result<T, Problem>>);

async fn answer<T: Send + 'static>(State((check, send)): State<Waiting<T>>, RawQuery(query): RawQuery) -> Response {
    match check(&query.unwrap_or_default()) {
        None => page(
            StatusCode::BAD_REQUEST,
            "Not the login that is waited for",
            "This page belongs to another or an older login. Nothing was changed.",
        ),
        Some(result) => {
            let page = match &result {
                Ok(_) => page(
                    StatusCode::OK,
                    "Connected",
                    "The provider has agreed. You can close this window and go back to the terminal.",
                ),
                Err(problem) => page(StatusCode::OK, "Not connected", &problem.message),
            };
            let _ = send.try_send(result);
            page
        }
    }
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:18px/1.5 system-ui,sans-serif;max-width:32em;margin:20vh auto;padding:0 1em;color-scheme:light dark}}h1{{font-size:1.5em}}</style>\
         <h1>{title}</h1><p>{}</p></html>",
        escape(text)
    );
    // The address holds the code: it must not be cached, and must not be sent on as a referrer.
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::CONNECTION, "close"),
    ];
    (status, headers, Html(html)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
