//! Text to values. `None`: the text will not do.
use std::{net::IpAddr, path::PathBuf};

use ipnet::IpNet;
use url::Url;

use super::LogFormat;
use crate::secret::Secret;

pub(super) fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty() && !text.contains('\0')).then(|| PathBuf::from(text))
}

pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

pub(super) fn database(text: &str) -> Option<Secret> {
    let is_file = text
        .strip_prefix("sqlite:")
        .is_some_and(|path| !path.trim_start_matches("//").is_empty() && !path.contains('\0'));
    let is_server = Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql") && url.path().len() > 1);
    (is_file || is_server).then(|| Secret::new(text))
}

pub(super) fn key(text: &str) -> Option<Secret> {
    let key = Secret::new(text);
    key.to_key().is_some().then_some(key)
}

pub(super) fn mail_server(text: &str) -> Option<Secret> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "smtp" | "smtps") && url.has_host()).then(|| Secret::new(text))
}

pub(super) fn collector(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

pub(super) fn gateway(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_local = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local);
    (is_plain && is_safe).then_some(url)
}

pub(super) fn token(text: &str) -> Option<Secret> {
    let is_visible = |c: char| c.is_ascii_graphic();
    (!text.is_empty() && text.chars().all(is_visible)).then(|| Secret::new(text))
}

pub(super) fn count_u32(text: &str) -> Option<u32> {
    text.parse().ok().filter(|n| *n > 0)
}

pub(super) fn count_u64(text: &str) -> Option<u64> {
    text.parse().ok().filter(|n| *n > 0)
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "pretty" => Some(LogFormat::Pretty),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// Which variant of `Mail`.
#[derive(Clone, Copy)]
pub(super) enum Transport {
    File,
    Smtp,
}

pub(super) fn transport(text: &str) -> Option<Transport> {
    match text {
        "file" => Some(Transport::File),
        "smtp" => Some(Transport::Smtp),
        _ => None,
    }
}

/// What may be shown of a secret address: its scheme, host and path.
pub(super) fn mask(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    match Url::parse(text) {
        Ok(url) if url.has_host() => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
            format!("{}://…@{host}{port}{}", url.scheme(), url.path())
        }
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_a_server() {
        for good in ["sqlite:a.db", "sqlite:///var/a.db", "postgres://me@h/db"] {
            assert!(database(good).is_some(), "{good}");
        }
        for bad in [
            "sqlite:",
            "sqlite://",
            "mysql://h/db",
            "postgres://h",
            "a.db",
        ] {
            assert!(database(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_a_network_of_one() {
        assert_eq!(network("10.1.2.3"), "10.1.2.3/32".parse().ok());
        assert_eq!(network("fd00::/8"), "fd00::/8".parse().ok());
        assert_eq!(network("10.0.0.0/33"), None);
    }

    #[test]
    fn a_masked_address_shows_neither_name_nor_password_nor_query() {
        assert_eq!(
            mask("postgres://me:hunter2@db.test:5433/tutela?password=hunter2"),
            "postgres://…@db.test:5433/tutela"
        );
        assert_eq!(mask("sqlite:data/tutela.db"), "sqlite:data/tutela.db");
        assert_eq!(mask("hunter2"), "…");
    }
}
