//! The client's address (SECURITY.md 5.3).
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The address of whoever sent a request that came over a socket from `peer` with these
/// values of `X-Forwarded-For`.
///
/// Only a trusted peer's header is read: right to left, past trusted proxies, up to the
/// first address that is not one of them. Where an entry makes no sense the
/// socket's address counts.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
    trusted: &[IpNet],
) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut farthest = peer;
    for entry in forwarded_for
        .rev()
        .flat_map(|line| line.rsplit(|b| *b == b','))
    {
        let Some(address) = parse(entry) else {
            return peer;
        };
        if !is_trusted(&address) {
            return address;
        }
        farthest = address;
    }
    farthest
}

/// An address, with or without a port.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed_and_nonsense_falls_back_to_the_socket() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, lines, expected, why) in [
            ("192.0.2.1", &[] as &[&str], "192.0.2.1", "no header"),
            (
                "192.0.2.1",
                &["203.0.113.9"],
                "192.0.2.1",
                "an untrusted peer's header",
            ),
            ("10.0.0.1", &[], "10.0.0.1", "a proxy that says nothing"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9", "one entry"),
            (
                "10.0.0.1",
                &["1.1.1.1, 203.0.113.9"],
                "203.0.113.9",
                "the left one is forged",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9, 10.0.0.2"],
                "203.0.113.9",
                "two proxies",
            ),
            (
                "10.0.0.1",
                &["1.1.1.1", "203.0.113.9"],
                "203.0.113.9",
                "two lines are one list",
            ),
            (
                "10.0.0.1",
                &["10.0.0.3,10.0.0.2"],
                "10.0.0.3",
                "all trusted: the farthest",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9:4711"],
                "203.0.113.9",
                "with a port",
            ),
            (
                "10.0.0.1",
                &["[2001:db8::1]:443"],
                "2001:db8::1",
                "IPv6 with a port",
            ),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1", "IPv6"),
            (
                "10.0.0.1",
                &["::ffff:203.0.113.9"],
                "203.0.113.9",
                "mapped into IPv6",
            ),
            (
                "::ffff:10.0.0.1",
                &["203.0.113.9"],
                "203.0.113.9",
                "a mapped peer",
            ),
            ("fd00::1", &["203.0.113.9"], "203.0.113.9", "an IPv6 proxy"),
            ("10.0.0.1", &[""], "10.0.0.1", "empty"),
            (
                "10.0.0.1",
                &["203.0.113.9, "],
                "10.0.0.1",
                "an empty last entry",
            ),
            ("10.0.0.1", &["unknown"], "10.0.0.1", "a word"),
            (
                "10.0.0.1",
                &["203.0.113.9, 999.1.1.1"],
                "10.0.0.1",
                "not an address",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9, x, 10.0.0.2"],
                "10.0.0.1",
                "nonsense between",
            ),
        ] {
            let lines = lines.iter().map(|line| line.as_bytes());
            let address = client_address(peer.parse().unwrap(), lines, &trusted);
            assert_eq!(address.to_string(), expected, "{why}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_fall_back_to_the_socket() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let line: &[u8] = b"\xff\xfe";
        let address = client_address("10.0.0.1".parse().unwrap(), [line].into_iter(), &trusted);
        assert_eq!(address.to_string(), "10.0.0.1");
    }
}
