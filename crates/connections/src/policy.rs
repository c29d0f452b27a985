//! Which network addresses a call may reach: private ones only when they are allowed.

use ipnet::IpNet;
use rainwright_diagnostic::{Code, Lack, Problem};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::Host;

/// Whether an address is one that servers on the open network cannot have: this machine, a private or link-local net,
/// a cloud's metadata service, multicast, reserved space; also when it is wrapped in an IPv6 form of IPv4.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local() // holds the metadata service 169.254.169.254
        || address.is_multicast()
        || a == 0 // "this network", RFC 1122
        || (a == 100 && b & 0xc0 == 64) // carrier-grade NAT, RFC 6598
        || (a == 192 && b == 0 && (c == 0 || c == 2)) // protocol assignments, documentation
        || (a == 192 && b == 88 && c == 99) // 6to4 relays, RFC 7526
        || (a == 198 && b & 0xfe == 18) // benchmarks, RFC 2544
        || (a == 198 && b == 51 && c == 100) // documentation
        || (a == 203 && b == 0 && c == 113) // documentation
        || a >= 240 // reserved, and broadcast
        || address == Ipv4Addr::new(168, 63, 129, 16) // Azure's platform service
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let tail = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    let wrapped = match s {
        [0, 0, 0, 0, 0, 0, high, low] => tail(high, low), // unspecified, loopback, IPv4-compatible
        [0, 0, 0, 0, 0, 0xffff, high, low] => tail(high, low), // IPv4-mapped
        [0, 0, 0, 0, 0xffff, 0, high, low] => tail(high, low), // IPv4-translated, RFC 2765
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => tail(high, low), // NAT64, RFC 6052
        [0x64, 0xff9b, 1, ..] => true,                    // local NAT64, RFC 8215
        [0x2002, high, low, ..] => tail(high, low),       // 6to4, RFC 3056
        [0x2001, 0, .., high, low] => tail(!high, !low),  // Teredo, RFC 4380
        [_, _, _, _, 0x0000 | 0x0200, 0x5efe, high, low] => tail(high, low), // ISATAP, RFC 5214
        _ => false,
    };
    wrapped
        || address.is_loopback()
        || address.is_multicast()
        || s[0] & 0xfe00 == 0xfc00 // unique local; holds fd00:ec2::254
        || s[0] & 0xffc0 == 0xfe80 // link-local
        || s[0] & 0xffc0 == 0xfec0 // site-local, given up
        || (s[0] == 0x100 && s[1..4] == [0, 0, 0]) // discard, RFC 6666
        || (s[0] == 0x2001 && s[1] == 0xdb8) // documentation
        || (s[0] == 0x3fff && s[1] & 0xf000 == 0) // documentation, RFC 9637
        || s[0] == 0x5f00 // segment routing, RFC 9602
}

/// The address that a host means when it is a literal, in any spelling that browsers and `inet_aton` know:
/// `127.1`, `0x7f000001`, `2130706433`, `0177.0.0.1`, `[::ffff:7f00:1]`. `None` for names.
#[must_use]
pub fn host_literal(host: &str) -> Option<IpAddr> {
    let bare_v6 = host.contains(':') && !host.starts_with('[');
    let parsed = if bare_v6 { Host::parse(&format!("[{host}]")) } else { Host::parse(host) };
    match parsed.ok()? {
        Host::Ipv4(v4) => Some(IpAddr::V4(v4)),
        Host::Ipv6(v6) => Some(IpAddr::V6(v6)),
        Host::Domain(_) => None,
    }
}

/// Whether a host is this machine by name or literal; the one place where credentials may travel without TLS.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || host_literal(host).is_some_and(|address| address.is_loopback())
}

/// Whether a name is private by what it means: this machine, a network of one's own, or a name without a domain. Where
/// a proxy looks names up, its address is never seen.
#[must_use]
pub fn is_private_name(host: &str) -> bool {
    if host_literal(host).is_some() {
        return false;
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let private = ["localhost", "internal", "local", "home.arpa", "lan", "intranet", "corp", "home"];
    !name.contains('.') || private.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
}

/// Whether a name stands for a cloud's metadata service; refused even before it is looked up.
#[must_use]
pub fn is_metadata_name(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    matches!(name.as_str(), "metadata.google.internal" | "metadata.goog" | "instance-data" | "metadata")
        || name.ends_with(".metadata.google.internal")
}

/// The private addresses that a run may reach all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowNet {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    what: What,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Name(String),
    Net(IpNet),
}

impl AllowNet {
    /// Nothing private.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads rules as `--allow-net` takes them: `host`, `host:port`, `*.host`, `10.0.0.0/8`, `[::1]:8080`.
    ///
    /// # Errors
    /// [`Code::BadRequest`] with the rule that cannot be read.
    pub fn parse<S: AsRef<str>>(rules: impl IntoIterator<Item = S>) -> Result<Self, Problem> {
        let rules = rules.into_iter().map(|rule| Rule::parse(rule.as_ref().trim())).collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// Whether a host may be reached whatever its addresses are, because a rule names it.
    #[must_use]
    pub fn allows_host(&self, host: &str, port: u16) -> bool {
        if let Some(address) = host_literal(host) {
            return self.allows_address(address, port);
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.rules.iter().any(|rule| {
            let named = matches!(&rule.what, What::Name(name) if crate::hosts::covers(name, &host, None));
            named && rule.port.is_none_or(|p| p == port)
        })
    }

    /// Whether an address may be reached because a rule covers it.
    #[must_use]
    pub fn allows_address(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        self.rules.iter().any(|rule| {
            let covered = matches!(&rule.what, What::Net(net) if net.contains(&address));
            covered && rule.port.is_none_or(|p| p == port)
        })
    }

    /// Checks one address of a host that is about to be reached; call it for literals and for each address looked up.
    ///
    /// # Errors
    /// [`Code::AddressRefused`] for a private address that no rule allows.
    pub fn check(&self, host: &str, address: IpAddr, port: u16) -> Result<(), Problem> {
        if !is_private(address) || self.allows_address(address, port) || self.allows_host(host, port) {
            return Ok(());
        }
        let shown = if host_literal(host).is_some() { address.to_string() } else { format!("{host} ({address})") };
        Err(Problem::new(Code::AddressRefused, format!("{shown} is a private address, which scripts may not call."))
            .with_help(format!("If this script is meant to reach it, allow it with `--allow-net {host}`."))
            .with_lack(Lack::Host(host.to_owned())))
    }

    /// Checks a host before it is looked up: literals in any spelling, and names of metadata services.
    ///
    /// # Errors
    /// [`Code::AddressRefused`] as [`AllowNet::check`].
    pub fn check_host(&self, host: &str, port: u16) -> Result<(), Problem> {
        if let Some(address) = host_literal(host) {
            return self.check(host, address, port);
        }
        if is_metadata_name(host) && !self.allows_host(host, port) {
            return Err(Problem::new(
                Code::AddressRefused,
                format!("{host} is a cloud's metadata service, which scripts may not call."),
            )
            .with_help(format!("If this script is meant to reach it, allow it with `--allow-net {host}`."))
            .with_lack(Lack::Host(host.to_owned())));
        }
        Ok(())
    }
}

impl Rule {
    fn parse(rule: &str) -> Result<Self, Problem> {
        let bad = || {
            Problem::new(Code::BadRequest, format!("\"{rule}\" is not a host or network."))
                .with_help("Write a host, host:port, *.host, 10.0.0.0/8 or [::1]:8080.")
        };
        if let Ok(net) = rule.parse::<IpNet>() {
            return Ok(Self { what: What::Net(net), port: None });
        }
        let (host, port) = match rule.rsplit_once(':') {
            Some((host, port)) if host.ends_with(']') || !host.contains(':') => {
                (host, Some(port.parse().map_err(|_| bad())?))
            }
            _ => (rule, None),
        };
        if let Ok(net) = host.parse::<IpNet>() {
            return Ok(Self { what: What::Net(net), port });
        }
        if let Some(address) = host_literal(host) {
            return Ok(Self { what: What::Net(IpNet::from(address.to_canonical())), port });
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let plain = name.strip_prefix("*.").unwrap_or(&name);
        if plain.is_empty() || plain.contains(['*', '/', '@', ' ']) || Host::parse(plain).is_err() {
            return Err(bad());
        }
        Ok(Self { what: What::Name(name), port })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    /// Spellings of addresses that must be refused, in any form that a URL can carry.
    const REFUSED: &[&str] = &[
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0177.1",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "0x0",
        "127.255.255.254",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "10.0.0.1",
        "10.1",
        "0xa000001",
        "167772161",
        "012.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.168.257",
        "3232235777",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:1:2:3:4:80ff:fffe]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[100::1]",
        "[2001:db8::1]",
        "[2606:4700::5efe:10.0.0.1]",
        "[3fff::1]",
    ];

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "0x08080808",
        "134744072",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "169.253.0.1",
        "192.0.3.1",
        "198.20.0.1",
        "223.255.255.255",
        "[2606:4700:4700::1111]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::808:808]",
        "[2002:808:808::1]",
    ];

    #[test]
    fn private_addresses_are_refused_in_every_spelling() {
        let nothing = AllowNet::none();
        for host in REFUSED {
            let url = url::Url::parse(&format!("http://{host}/x")).unwrap();
            for spelling in [host, url.host_str().unwrap()] {
                let decoded = if host.starts_with('%') { url.host_str().unwrap() } else { spelling };
                let address = host_literal(decoded).unwrap_or_else(|| panic!("{host} is a literal"));
                assert!(is_private(address), "{host} is {address}");
                let problem = nothing.check_host(decoded, 80).unwrap_err();
                assert_eq!(problem.code, Code::AddressRefused, "{host}");
            }
        }
        assert!(REFUSED.len() >= 40);
    }

    #[test]
    fn public_addresses_are_not() {
        for host in PUBLIC {
            assert!(!is_private(host_literal(host).unwrap()), "{host}");
            assert_eq!(AllowNet::none().check_host(host, 443), Ok(()));
        }
    }

    #[test]
    fn names_are_no_literals_but_some_are_refused() {
        for name in ["example.com", "127.0.0.1.nip.io", "a1", "localhost"] {
            assert_eq!(host_literal(name), None, "{name}");
        }
        for name in ["metadata.google.internal", "METADATA.google.internal.", "instance-data"] {
            assert!(AllowNet::none().check_host(name, 80).is_err(), "{name}");
        }
        assert_eq!(AllowNet::none().check_host("example.com", 80), Ok(()));
        // A name is checked again with each address it has.
        let looked_up = AllowNet::none().check("rebind.example.com", "10.0.0.1".parse().unwrap(), 443).unwrap_err();
        assert!(looked_up.message.contains("rebind.example.com (10.0.0.1)"));
    }

    #[test]
    fn loopback_is_known_by_name_and_literal() {
        for host in ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["localhost.example.com", "10.0.0.1", "example.com", "[::2]"] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn rules_allow_what_they_say_and_no_more() {
        for (rule, host, port, allowed) in [
            ("127.0.0.1", "127.0.0.1", 80, true),
            ("127.0.0.1", "0x7f.1", 80, true),
            ("127.0.0.1", "[::ffff:127.0.0.1]", 80, true),
            ("127.0.0.1", "127.0.0.2", 80, false),
            ("127.0.0.1:8080", "127.0.0.1", 8080, true),
            ("127.0.0.1:8080", "127.0.0.1", 80, false),
            ("10.0.0.0/8", "10.200.0.1", 443, true),
            ("10.0.0.0/8", "11.0.0.1", 443, false),
            ("[::1]:80", "[::1]", 80, true),
            ("::1", "[::1]", 80, true),
            ("fd00::/8", "[fd12::1]", 80, true),
            ("intranet.example.com", "INTRANET.example.com", 80, true),
            ("*.example.com:8443", "a.example.com", 8443, true),
            ("*.example.com:8443", "a.example.com", 443, false),
            ("localhost", "localhost", 3000, true),
        ] {
            let allow = AllowNet::parse([rule]).unwrap();
            assert_eq!(allow.allows_host(host, port), allowed, "{rule} {host} {port}");
        }
        for bad in ["", "*", "http://x", "a b", "x:port", "x:99999", "10.0.0.0/99"] {
            assert!(AllowNet::parse([bad]).is_err(), "{bad}");
        }
        // A rule for a name allows the private addresses that the name has.
        let named = AllowNet::parse(["intranet.example.com"]).unwrap();
        assert_eq!(named.check("intranet.example.com", "10.0.0.1".parse().unwrap(), 80), Ok(()));
        assert!(named.check("other.example.com", "10.0.0.1".parse().unwrap(), 80).is_err());
    }
}
