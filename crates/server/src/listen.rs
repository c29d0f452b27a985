//! Serves a router on one address until it is told to stop; requests under way are finished.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::map_request;
use axum::{Router, ServiceExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::guard::{Guard, Names};
use crate::tls::{Peer, Tls, TlsListener};

/// A server that listens and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    tls: Option<Tls>,
}

impl Server {
    /// Listens at an address; port 0 is any free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, tls: None })
    }

    /// The same server over TLS. On Unix it reads the files again when the process gets SIGHUP.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the first Ctrl-C or the end of `stop`, then lets requests under way finish for `grace`.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(
        self,
        names: Names,
        routes: Router,
        stop: impl Future<Output = ()> + Send + 'static,
        grace: Duration,
    ) -> std::io::Result<()> {
        let stop = async {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                () = stop => {}
            }
        };
        serve(self.listener, self.tls, names, routes, stop, grace).await
    }
}

/// Serves `routes` at a listener, with the guard in front, until `stop` is done. Requests in progress have `grace` to finish.
///
/// # Errors
/// When the listener fails.
async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    names: Names,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> std::io::Result<()> {
    let (stopping, stopped) = oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = stopping.send(());
    };
    let serving: Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>> = match tls {
        None => {
            let service = Guard::new(names, routes);
            let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
            Box::pin(async move { axum::serve(listener, service).with_graceful_shutdown(stop).await })
        }
        Some(tls) => {
            let listener = TlsListener::new(listener, tls.clone())?;
            let service = Guard::new(names, routes.layer(map_request(as_plain)));
            let service = ServiceExt::<Request>::into_make_service_with_connect_info::<Peer>(service);
            Box::pin(async move {
                let serving = async { axum::serve(listener, service).with_graceful_shutdown(stop).await };
                tokio::select! {
                    result = serving => result,
                    () = follow(tls) => Ok(()),
                }
            })
        }
    };
    let late = async move {
        // When nobody stops it, the sender goes with the server.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        result = serving => result,
        () = late => Ok(()),
    }
}

/// Tells handlers who calls in the same way with TLS as without.
async fn as_plain(mut request: Request) -> Request {
    if let Some(ConnectInfo(Peer(from))) = request.extensions().get::<ConnectInfo<Peer>>().copied() {
        request.extensions_mut().insert(ConnectInfo(from));
    }
    request
}

/// Follows renewed certificates, and never ends.
async fn follow(tls: Tls) {
    #[cfg(unix)]
    tls.follow_hangups().await;
    #[cfg(not(unix))]
    drop(tls);
    std::future::pending().await
}
