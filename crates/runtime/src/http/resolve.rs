//! Looks up host names, and keeps answers from leading into private networks.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use rainwright_connections::policy::AllowNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of a host name.
pub trait Lookup: Send + Sync {
    /// The addresses of `host`.
    fn lookup(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// Hands the HTTP library only addresses that a script may reach.
pub(super) struct Resolver {
    pub lookup: Arc<dyn Lookup>,
    /// Which private addresses are allowed at which port; `None` allows every one.
    pub allow: Option<(AllowNet, u16)>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let found = self.lookup.lookup(host.clone());
        let allow = self.allow.clone();
        Box::pin(async move {
            let found = found.await?;
            let any = !found.is_empty();
            let public: Vec<SocketAddr> = found
                .into_iter()
                .filter(|ip| allow.as_ref().is_none_or(|(rules, port)| rules.check(&host, *ip, *port).is_ok()))
                .map(|ip| SocketAddr::new(ip, 0))
                .collect();
            if any && public.is_empty() {
                return Err(Refused { host }.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// A name that leads only to private addresses.
#[derive(Debug)]
pub(super) struct Refused {
    pub host: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` leads to a private address", self.host)
    }
}

impl std::error::Error for Refused {}
