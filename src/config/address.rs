//! Web addresses that are proven to be what they are used for.
use std::{fmt, net::IpAddr};

use url::{Host, Url};

/// The server's own address (RFC 8414 §2): an https origin, or an http one on
/// loopback; no path, no query, no trailing slash. It stands in tokens byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    origin: Origin,
}

impl Issuer {
    /// Reads an issuer. `None` when it may not be one.
    pub fn parse(text: &str) -> Option<Self> {
        let origin = Origin::parse(text)?;
        (origin.is_https() || origin.is_loopback()).then_some(Self { origin })
    }

    /// The issuer as tokens carry it.
    pub fn as_str(&self) -> &str {
        self.origin.as_str()
    }

    /// The address of `path`, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.as_str())
    }

    /// Whether browsers reach the server by https.
    pub fn is_https(&self) -> bool {
        self.origin.is_https()
    }

    /// The host's name without its port; `localhost` where it is an IP address.
    pub fn domain(&self) -> String {
        let url = url::Url::parse(self.as_str()).ok();
        let domain = url.as_ref().and_then(url::Url::domain);
        domain.unwrap_or("localhost").to_owned()
    }

    /// `host` or `host:port`, as a `Host` header names it.
    pub fn authority(&self) -> &str {
        self.origin.authority()
    }

    /// The issuer as the origin that browsers name in `Origin`.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn at_port(&self, port: u16) -> Self {
        match self.as_str().strip_suffix(":0") {
            Some(host) => Self {
                origin: Origin(format!("{host}:{port}")),
            },
            None => self.clone(),
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Issuer {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// Scheme, host and port of a web address, written as browsers write it (RFC 6454 §6.2):
/// lower case, no default port, nothing behind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin. `None` when it is none, or is written differently.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https");
        (is_web && url.origin().ascii_serialization() == text).then(|| Self(text.to_owned()))
    }

    /// The origin of `url`. `None` unless it is http or https.
    pub fn of(url: &Url) -> Option<Self> {
        Self::parse(&url.origin().ascii_serialization())
    }

    /// The origin.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// `host` or `host:port`.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| rest)
    }

    /// Whether its host is this machine.
    pub fn is_loopback(&self) -> bool {
        match Url::parse(&self.0).as_ref().map(Url::host) {
            Ok(Some(Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
            Ok(Some(Host::Ipv4(ip))) => IpAddr::V4(ip).is_loopback(),
            Ok(Some(Host::Ipv6(ip))) => IpAddr::V6(ip).is_loopback(),
            _ => false,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&Origin> for url::Origin {
    /// For those who compare addresses as libraries parse them.
    fn from(origin: &Origin) -> Self {
        Url::parse(&origin.0).map_or_else(|_| Self::new_opaque(), |url| url.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_origin_or_on_loopback() {
        for good in [
            "https://id.example.com",
            "https://id.example.com:8443",
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
            "http://id.localhost",
        ] {
            assert!(Issuer::parse(good).is_some(), "{good}");
        }
        for bad in [
            "http://id.example.com",
            "http://0.0.0.0:8080",
            "https://id.example.com/",
            "https://id.example.com/tenant",
            "https://id.example.com?a=b",
            "https://id.example.com#top",
            "https://me@id.example.com",
            "https://ID.example.com",
            "https://id.example.com:443",
            "ftp://localhost",
            "id.example.com",
            "https://localhost.example.com\n",
            "http://notlocalhost",
            "",
        ] {
            assert!(Issuer::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_issuer_makes_addresses_and_names_its_host() {
        let issuer = Issuer::parse("https://id.example.com:8443").unwrap();
        assert_eq!(issuer.url("/token"), "https://id.example.com:8443/token");
        assert_eq!(issuer.authority(), "id.example.com:8443");
    }

    #[test]
    fn an_issuer_at_port_0_takes_the_real_port() {
        let port = |text: &str| Issuer::parse(text).unwrap().at_port(9).to_string();
        assert_eq!(port("http://127.0.0.1:0"), "http://127.0.0.1:9");
        assert_eq!(port("https://id.example.com"), "https://id.example.com");
    }
}
