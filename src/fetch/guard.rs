//! The wall: which addresses are connected to, checked where they are
//! connected to (H-A2 to H-A6).

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

use crate::model::{Failure, WebUrl};

/// An address that is not gone to.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{host} is at {address}, which is not a public address")]
pub(super) struct Refused {
    host: String,
    address: IpAddr,
}

/// A name without an address.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{host}: {said}")]
pub(super) struct Unresolved {
    pub(super) host: String,
    pub(super) said: String,
}

/// What one fetch may reach.
#[derive(Debug)]
pub(super) struct Guard {
    configured: WebUrl,
    allow_private: bool,
    ours: Option<WebUrl>,
}

impl Guard {
    pub(super) fn new(configured: &WebUrl, allow_private: bool) -> Self {
        Self {
            configured: configured.clone(),
            allow_private,
            ours: None,
        }
    }

    /// The same, but never our own feed, which is published at `ours`: what
    /// we told would come back as news (H-11).
    pub(super) fn but(self, ours: Option<&WebUrl>) -> Self {
        Self {
            ours: ours.cloned(),
            ..self
        }
    }

    /// The host that may be at a private address, as a name or literal.
    pub(super) fn open_host(&self) -> Option<&str> {
        self.configured
            .as_url()
            .host_str()
            .filter(|_| self.allow_private)
    }

    /// Checks a hop before it is asked: its port, and its address if that
    /// stands in the URL, whatever its spelling. Names are checked by the
    /// resolver.
    pub(super) fn check(&self, url: &WebUrl) -> Result<(), Failure> {
        let target = url.as_url();
        if self.ours.as_ref().is_some_and(|ours| url.is_sheet_of(ours)) {
            return Err(Failure::Refused(format!("{url} is our own feed")));
        }
        let configured = url.host_key() == self.configured.host_key();
        if !target.username().is_empty() || target.password().is_some() {
            return Err(Failure::Refused(
                "an address with user name or password".to_owned(),
            ));
        }
        if !configured && !matches!(target.port_or_known_default(), Some(80 | 443)) {
            return Err(Failure::Refused(format!(
                "{} is on a port of its own",
                url.host_key()
            )));
        }
        let address = match target.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            _ => return Ok(()),
        };
        if is_public(address) || (configured && self.allow_private) {
            return Ok(());
        }
        let refused = Refused {
            host: url.host_key(),
            address,
        };
        Err(Failure::Refused(refused.to_string()))
    }
}

/// Finds the addresses of names.
pub trait Lookup: Debug + Send + Sync {
    /// The addresses of a name, in the order in which they are tried.
    fn addresses(&self, name: &str) -> Finding;
}

/// Addresses, later.
pub type Finding = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The machine's own resolver.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Lookup for System {
    fn addresses(&self, name: &str) -> Finding {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Resolves names, and refuses those with any address that is not public
/// (H-A4). What it returns is what is connected to, so a name cannot change
/// its mind in between (H-04).
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    lookup: Arc<dyn Lookup>,
    open_for: Option<Arc<str>>,
}

impl Resolver {
    /// A resolver that lets at most one host be at a private address.
    pub(super) fn new(lookup: Arc<dyn Lookup>, open_for: Option<&str>) -> Self {
        Self {
            lookup,
            open_for: open_for.map(Into::into),
        }
    }

    async fn addresses(self, name: String) -> Result<Vec<IpAddr>, Trouble> {
        let found = self.lookup.addresses(&name).await;
        let addresses = found.map_err(|error| Unresolved {
            host: name.clone(),
            said: error.to_string(),
        })?;
        let is_open = self.open_for.as_deref() == Some(name.as_str());
        match addresses.iter().find(|address| !is_public(**address)) {
            Some(private) if !is_open => Err(Refused {
                host: name,
                address: *private,
            }
            .into()),
            _ => Ok(addresses.into_iter().take(TRIED).collect()),
        }
    }
}

/// Addresses of one name that are tried (H-20).
const TRIED: usize = 8;

type Trouble = Box<dyn std::error::Error + Send + Sync>;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.clone().addresses(name.as_str().to_owned());
        Box::pin(async move {
            let addresses = found.await?.into_iter();
            let addresses: Addrs = Box::new(addresses.map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the public Internet: none of the IANA
/// special-purpose registries (H-A3).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const REFUSED: [(Ipv4Addr, u32); 17] = [
        (Ipv4Addr::UNSPECIFIED, 8),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(100, 64, 0, 0), 10),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        (Ipv4Addr::new(168, 63, 129, 16), 32),
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 0, 0, 0), 24),
        (Ipv4Addr::new(192, 0, 2, 0), 24),
        (Ipv4Addr::new(192, 31, 196, 0), 24),
        (Ipv4Addr::new(192, 88, 99, 0), 24),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(198, 18, 0, 0), 15),
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        (Ipv4Addr::new(224, 0, 0, 0), 4),
        (Ipv4Addr::new(240, 0, 0, 0), 4),
    ];
    let bits = address.to_bits();
    !REFUSED
        .iter()
        .any(|(net, length)| (bits ^ net.to_bits()) >> (32 - length) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| {
        is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
    };
    match (a, b, c, d, e, f) {
        // Addresses that carry an IPv4 one are judged by it.
        (0, 0, 0, 0, 0, 0xffff) => inner(g, h),
        (0x2002, ..) => inner(b, c),
        // The rest of what is not 2000::/3, NAT64 and ::/96 included.
        _ if a & 0xe000 != 0x2000 => false,
        // Protocol assignments (Teredo among them), documentation.
        (0x2001, 0..=0x01ff | 0x0db8, ..) | (0x3fff, 0..=0x0fff, ..) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_reached() {
        for refused in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(refused.parse().unwrap()), "{refused}");
        }
        for public in [
            "8.8.8.8",
            "172.32.0.1",
            "2606:4700::1",
            "2002:808:808::",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    /// Names and their addresses.
    #[derive(Debug)]
    struct Names(&'static [(&'static str, &'static [&'static str])]);

    impl Lookup for Names {
        fn addresses(&self, name: &str) -> Finding {
            let found = self.0.iter().find(|(known, _)| *known == name);
            let ips = found.map(|(_, ips)| ips.iter().map(|ip| ip.parse().unwrap()).collect());
            Box::pin(async move { ips.ok_or_else(|| io::Error::other("no such name")) })
        }
    }

    /// H-03, H-04: one look-up, whose addresses are connected to, all or
    /// none.
    #[tokio::test]
    async fn a_name_is_as_good_as_its_worst_address() {
        const NAMES: Names = Names(&[
            ("public.example", &["8.8.8.8", "2606:4700::1111", "1.1.1.1"]),
            ("mixed.example", &["8.8.8.8", "10.0.0.1"]),
            ("home.example", &["192.168.1.9"]),
        ]);
        let found = async |open: Option<&str>, name: &str| {
            let resolver = Resolver::new(Arc::new(NAMES), open);
            resolver.addresses(name.to_owned()).await
        };
        assert_eq!(found(None, "public.example").await.unwrap().len(), 3);
        assert!(found(Some("home.example"), "home.example").await.is_ok());
        for (open, name) in [
            (None, "mixed.example"),
            (None, "home.example"),
            (Some("home.example"), "mixed.example"),
            (Some("mixed"), "mixed.example"),
        ] {
            let trouble = found(open, name).await.unwrap_err();
            assert!(
                trouble.downcast_ref::<Refused>().is_some(),
                "{name}: {trouble}"
            );
        }
        let trouble = found(None, "nobody.example").await.unwrap_err();
        assert!(trouble.downcast_ref::<Unresolved>().is_some());
    }

    #[track_caller]
    fn check(configured: &str, allow_private: bool, hop: &str, reached: bool) {
        let Some(hop) = WebUrl::parse(hop) else {
            assert!(!reached, "{hop} is no web address");
            return;
        };
        let guard = Guard::new(&WebUrl::parse(configured).unwrap(), allow_private);
        assert_eq!(guard.check(&hop).is_ok(), reached, "{hop}");
    }

    #[test]
    fn a_literal_is_seen_through_in_every_spelling() {
        for hop in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://127.1/",
            "http://0/",
            "http://１２７.0.0.1/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[::7f00:1]/",
            "http://good@127.0.0.1/",
        ] {
            check("https://a.example/", false, hop, false);
        }
        check("https://a.example/", false, "https://b.example/", true);
        check(
            "https://a.example/",
            false,
            "https://user@b.example/",
            false,
        );
    }

    #[test]
    fn other_ports_are_for_the_configured_host() {
        check(
            "https://a.example:8443/",
            false,
            "https://a.example:8443/x",
            true,
        );
        check(
            "https://a.example:8443/",
            false,
            "https://b.example:8443/",
            false,
        );
        check("https://a.example/", false, "http://b.example:22/", false);
        check("https://a.example/", false, "http://b.example:80/", true);
    }

    #[test]
    fn a_private_host_is_open_for_exactly_itself() {
        check(
            "http://127.0.0.1:9000/",
            true,
            "http://127.0.0.1:9000/x",
            true,
        );
        check(
            "http://127.0.0.1:9000/",
            true,
            "http://127.0.0.1:9001/x",
            false,
        );
        check("http://127.0.0.1:9000/", true, "http://10.0.0.1/", false);
        check(
            "http://127.0.0.1:9000/",
            false,
            "http://127.0.0.1:9000/x",
            false,
        );
    }
}
