//! Turns what the HTTP library reports into problems that say what to do.

use std::error::Error;
use std::time::Duration;

use rainwright_diagnostic::{Code, Lack, Problem};

use super::resolve::Refused;
use super::{HttpOptions, Wire};

/// The problem that a failed call reports.
pub(super) fn explain(error: reqwest::Error, wire: &Wire, options: &HttpOptions) -> Problem {
    let error = error.without_url();
    let call = wire.label();
    let host = wire.url.host_str().unwrap_or_default();
    // Behind a proxy it is the proxy that is looked for and connected to.
    let proxied = options.proxy_for(&wire.url).is_some();
    let there = if proxied { "the proxy".to_owned() } else { format!("`{host}`") };
    if let Some(refused) = find::<Refused>(&error) {
        return address_refused(wire, &refused.host);
    }
    if let Some(tls) = find::<rustls::Error>(&error) {
        return Problem::new(Code::TlsFailed, format!("{call} failed: the secure channel could not be set up: {tls}."))
            .with_help(tls_help(tls));
    }
    if error.is_dns() {
        return match proxied {
            true => Problem::new(Code::DnsFailed, format!("{call} failed: the name of the proxy was not found."))
                .with_help("Check the setting `proxy`: http://host:port, https:// or socks5h://."),
            false => Problem::new(Code::DnsFailed, format!("{call} failed: the name `{host}` was not found.")),
        };
    }
    if error.is_connect() && error.is_timeout() {
        return Problem::new(
            Code::ConnectFailed,
            format!("{call} failed: no connection to {there} within {}.", seconds(options.connect_timeout)),
        );
    }
    if error.is_timeout() {
        return timed_out(wire, options.timeout);
    }
    if error.is_connect() {
        return Problem::new(
            Code::ConnectFailed,
            format!("{call} failed: no connection to {there}: {}.", root(&error)),
        );
    }
    if error.is_decode() {
        return Problem::new(
            Code::BadResponse,
            format!("{call} was answered with a body that cannot be unpacked: {}.", root(&error)),
        );
    }
    if error.is_builder() {
        return Problem::new(Code::BadRequest, format!("{call} cannot be sent: {}.", root(&error)));
    }
    Problem::new(Code::ConnectFailed, format!("{call} failed: the connection to `{host}` broke: {}.", root(&error)))
        .with_help("Try again; if it keeps failing, the server or something on the way to it is at fault.")
}

/// The call took longer than it may.
pub(super) fn timed_out(wire: &Wire, limit: Duration) -> Problem {
    Problem::new(
        Code::Timeout,
        format!("socket timeout error: {} was not answered within {}.", wire.label(), seconds(limit)),
    )
}

/// The answer is larger than it may be.
pub(super) fn too_large(wire: &Wire, limit: u64) -> Problem {
    Problem::new(
        Code::ResponseTooLarge,
        format!("{} was answered with more than the {limit} bytes that are allowed.", wire.label()),
    )
}

/// The address is private.
pub(super) fn address_refused(wire: &Wire, host: &str) -> Problem {
    Problem::new(
        Code::AddressRefused,
        format!("{} was not sent: `{host}` is a private, loopback or link-local address.", wire.label()),
    )
    .with_help(format!("Allow it with `--allow-net {host}` if the script is meant to reach it."))
    .with_lack(Lack::Host(host.to_owned()))
}

/// The sandbox does not play the host, and the real one may not be called.
pub(super) fn not_played(wire: &Wire, host: &str) -> Problem {
    Problem::new(
        Code::AddressRefused,
        format!("{} was not sent: the sandbox does not play `{host}`, and the real one is not called.", wire.label()),
    )
    .with_help(format!("Let the real one be called with `--allow-net {host}`, or leave out the sandbox."))
    .with_lack(Lack::Host(host.to_owned()))
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

fn tls_help(error: &rustls::Error) -> &'static str {
    use rustls::{AlertDescription as A, CertificateError as C};
    match error {
        rustls::Error::AlertReceived(
            A::CertificateRequired | A::BadCertificate | A::CertificateUnknown | A::UnknownCA,
        ) => {
            "The server wants a client certificate that it trusts: name its PEM file, with the private key in it, with the setting `client_cert`."
        }
        rustls::Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => {
            "The server's certificate has expired: its owner must renew it."
        }
        rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            "The certificate belongs to another host: check the host name in the URL."
        }
        rustls::Error::InvalidCertificate(_) => {
            "The server's certificate is not signed by an authority that this computer trusts; name your own authority's PEM file with the setting `ca`."
        }
        rustls::Error::InvalidMessage(_) => {
            "The server does not speak TLS at this port: check the port, or write http:// if that is meant."
        }
        _ => "Check the server's certificate and TLS settings.",
    }
}

/// The last error of the chain: the one that names the cause.
pub(super) fn root(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string().trim_end_matches('.').to_owned()
}

/// The first error of type `E` in the chain; `io::Error` hides what it wraps from `source`, so it is asked itself.
fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            next = Some(inner);
        } else {
            next = error.source();
        }
    }
    None
}
