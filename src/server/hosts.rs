//! For which hosts the server answers (SECURITY.md 7.3).
use http::{HeaderMap, HeaderValue, Uri, header};

use super::refusal::Refusal;
use crate::config::Config;

/// The hosts, with their ports, in lower case.
#[derive(Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// The issuer's host, and the listener's own names where it stands on loopback.
    pub(super) fn of(config: &Config) -> Self {
        let issuer = config.issuer.authority();
        let default_port = if config.issuer.is_https() { 443 } else { 80 };
        let mut hosts = vec![issuer.to_owned(), format!("{issuer}:{default_port}")];
        if config.listen.ip().is_loopback() {
            hosts.push(config.listen.to_string());
            hosts.push(format!("localhost:{}", config.listen.port()));
        }
        Self(hosts)
    }

    /// Refuses a request for another host, for two hosts, or for none.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), &'static Refusal> {
        let mut named = headers
            .get_all(header::HOST)
            .iter()
            .map(HeaderValue::to_str);
        let host = match (named.next(), named.next()) {
            (_, Some(_)) | (Some(Err(_)), _) => return Err(&Refusal::NO_HOST),
            (Some(Ok(host)), None) => Some(host),
            (None, None) => None,
        };
        // HTTP/2 names it in `:authority`, HTTP/1.1 may name it in the request line too.
        let authority = uri.authority().map(http::uri::Authority::as_str);
        if host.is_none() && authority.is_none() {
            return Err(&Refusal::NO_HOST);
        }
        let is_ours = |name: &str| self.0.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        match host.into_iter().chain(authority).all(is_ours) {
            true => Ok(()),
            false => Err(&Refusal::OTHER_HOST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    fn answers(listen: &str, issuer: &str, uri: &str, hosts: &[&str]) -> u16 {
        let setting = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let sources = Sources {
            flags: vec![setting("listen", listen), setting("issuer", issuer)],
            ..Sources::default()
        };
        let hosts_of = Hosts::of(&load(&sources).unwrap().config);
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        match hosts_of.check(&uri.parse().unwrap(), &headers) {
            Ok(()) => 200,
            Err(refusal) => refusal.answer("/", "").status().as_u16(),
        }
    }

    #[test]
    fn only_the_issuers_host_and_the_loopback_listener_are_answered() {
        let public = "https://id.example.com";
        for (listen, issuer, uri, hosts, expected) in [
            (
                "0.0.0.0:8080",
                public,
                "/",
                &["id.example.com"] as &[_],
                200,
            ),
            ("0.0.0.0:8080", public, "/", &["ID.Example.com:443"], 200),
            ("0.0.0.0:8080", public, "/", &["id.example.com:8080"], 421),
            ("0.0.0.0:8080", public, "/", &["evil.example"], 421),
            ("0.0.0.0:8080", public, "/", &["localhost:8080"], 421),
            ("127.0.0.1:8080", public, "/", &["127.0.0.1:8080"], 200),
            ("127.0.0.1:8080", public, "/", &["localhost:8080"], 200),
            ("127.0.0.1:8080", public, "/", &["localhost"], 421),
            ("0.0.0.0:8080", public, "/", &[], 400),
            (
                "0.0.0.0:8080",
                public,
                "/",
                &["id.example.com", "id.example.com"],
                400,
            ),
            ("0.0.0.0:8080", public, "https://id.example.com/", &[], 200),
            (
                "0.0.0.0:8080",
                public,
                "https://evil.example/",
                &["id.example.com"],
                421,
            ),
            (
                "127.0.0.1:8080",
                "http://127.0.0.1:8080",
                "/",
                &["127.0.0.1:8080"],
                200,
            ),
        ] {
            assert_eq!(
                answers(listen, issuer, uri, hosts),
                expected,
                "{uri} {hosts:?}"
            );
        }
    }
}
