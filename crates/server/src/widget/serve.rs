//! The listeners of a hosted widget: one for the host page, and those of the widget's own origin.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::Widget;
use crate::{Names, Server};

/// How often a port is sought that both kinds of loopback address have free.
const TRIES: u32 = 20;
/// How long requests under way have at the end.
const GRACE: Duration = Duration::from_secs(2);

/// Listeners that serve nothing yet.
///
/// The host page is at `127.0.0.1`, the widget at `localhost`: for a browser these are two sites, which share neither
/// cookies nor storage, as two ports of one name would. Nobody else on this machine can answer for `localhost` meanwhile,
/// since both of its addresses are taken.
#[derive(Debug)]
pub struct Listening {
    host: Server,
    host_address: SocketAddr,
    files: Server,
    files_port: u16,
    more: Option<Server>,
}

impl Listening {
    /// Listens: the host page at a port, 0 being any free one.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub async fn at(port: u16) -> io::Result<Self> {
        let host = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let host_address = host.address()?;
        for _ in 0..TRIES {
            let files = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
            let files_port = files.address()?.port();
            let more = match Server::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, files_port))).await {
                Ok(more) => Some(more),
                Err(e) if e.kind() == io::ErrorKind::AddrInUse => continue,
                // This machine has no IPv6.
                Err(_) => None,
            };
            return Ok(Self { host, host_address, files, files_port, more });
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free at both 127.0.0.1 and [::1]"))
    }

    /// Where the host page is.
    #[must_use]
    pub fn host_address(&self) -> SocketAddr {
        self.host_address
    }

    /// The origin of the widget's files.
    #[must_use]
    pub fn widget_origin(&self) -> String {
        format!("http://localhost:{}", self.files_port)
    }

    /// Serves a widget until Ctrl-C.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn run(self, widget: &Widget) -> io::Result<()> {
        let forever = std::future::pending::<()>;
        // Neither answers to the name of the other.
        let (host, files) =
            (Names::only(&self.host_address.to_string()), Names::only(&format!("localhost:{}", self.files_port)));
        let more = async {
            match self.more {
                Some(more) => more.run(files.clone(), widget.file_routes(), forever(), GRACE).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = self.host.run(host, widget.routes(), forever(), GRACE) => ended,
            ended = self.files.run(files.clone(), widget.file_routes(), forever(), GRACE) => ended,
            ended = more => ended,
        }
    }
}
