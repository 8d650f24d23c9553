//! Where answers may go (SECURITY.md 2.1): registered addresses, compared byte for byte.
//! The one exception is the port of a loopback address (RFC 8252 §7.3). Nothing is
//! parsed between comparing and using.
use std::fmt;

use url::{Host, Url};

use super::{Client, ClientType};

/// An address that the client registered: an answer may be sent there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReturnTo {
    uri: String,
}

impl ReturnTo {
    /// The address as the request named it, or the one registered address.
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// What the page's policy must name so that a form may lead there: the origin, or the
    /// scheme of a private-use address.
    pub fn form_action(&self) -> String {
        match Url::parse(&self.uri) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                url.origin().ascii_serialization()
            }
            Ok(url) => format!("{}:", url.scheme()),
            Err(_) => "'self'".to_owned(),
        }
    }

    /// What people call the place: its host, or its scheme.
    pub fn place(&self) -> String {
        match Url::parse(&self.uri) {
            Ok(url) => url.host_str().unwrap_or(url.scheme()).to_owned(),
            Err(_) => String::new(),
        }
    }
}

impl Client {
    /// The registered address that an authorization request names, or the only registered
    /// one where it names none. `None` when it may not be used.
    pub fn return_to(&self, requested: Option<&str>) -> Option<ReturnTo> {
        let registered = &self.registration.redirect_uris;
        let uri = match requested {
            Some(uri) => self.matches(registered, uri).then_some(uri)?,
            None => match registered.as_slice() {
                [only] => only,
                _ => return None,
            },
        };
        Some(ReturnTo {
            uri: uri.to_owned(),
        })
    }

    /// The registered address to go to after signing out. `None` when it may not be used.
    pub fn return_after_sign_out(&self, requested: &str) -> Option<ReturnTo> {
        let registered = &self.registration.post_logout_redirect_uris;
        self.matches(registered, requested).then(|| ReturnTo {
            uri: requested.to_owned(),
        })
    }

    fn matches(&self, registered: &[String], uri: &str) -> bool {
        let is_native = self.registration.client_type == ClientType::Public;
        registered
            .iter()
            .any(|r| r == uri || (is_native && is_same_but_port(r, uri)))
    }
}

/// Whether both are the same loopback address with different ports. The port is cut out
/// of the text; the rest must be the same bytes.
fn is_same_but_port(registered: &str, requested: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].iter().any(|origin| {
        let after_port = |uri: &str| {
            let rest = uri.strip_prefix(origin)?;
            let Some(port) = rest.strip_prefix(':') else {
                return Some(rest.to_owned());
            };
            let digits = port.bytes().take_while(u8::is_ascii_digit).count();
            let number: u16 = port[..digits].parse().ok()?;
            (number > 0).then(|| port[digits..].to_owned())
        };
        match (after_port(registered), after_port(requested)) {
            (Some(a), Some(b)) => a == b && (a.is_empty() || a.starts_with(['/', '?'])),
            _ => false,
        }
    })
}

/// Why an address cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectFault {
    /// Not an absolute URI in its canonical spelling.
    NotAUri,
    /// It has a fragment.
    Fragment,
    /// It has a user name or password.
    UserInfo,
    /// Neither https, nor http on a loopback IP address, nor a private-use scheme with a dot.
    Scheme,
    /// It has a wildcard, a control character, a space or a backslash.
    Character,
}

impl fmt::Display for RedirectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAUri => "expected an absolute URI such as https://app.example/callback",
            Self::Fragment => "a fragment (#…) is not allowed",
            Self::UserInfo => "a user name or password is not allowed",
            Self::Scheme => {
                "expected https, http on 127.0.0.1, [::1] or localhost, or a private-use scheme such as com.example.app"
            }
            Self::Character => "wildcards, spaces, backslashes and control characters are not allowed",
        })
    }
}

/// Checks an address to be registered.
///
/// # Errors
/// The first rule it breaks.
pub fn check_redirect_uri(uri: &str) -> Result<(), RedirectFault> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"*\\<>\"{}|^`".contains(c);
    if !uri.chars().all(is_plain) {
        return Err(RedirectFault::Character);
    }
    let url = Url::parse(uri).map_err(|_| RedirectFault::NotAUri)?;
    if uri.contains('#') {
        return Err(RedirectFault::Fragment);
    }
    let authority = uri.split_once("//").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(RedirectFault::UserInfo);
    }
    let is_loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" if url.has_host() => {}
        "http" if is_loopback => {}
        scheme if scheme.contains('.') && !url.has_host() => {}
        scheme if scheme.contains('.') => {}
        _ => return Err(RedirectFault::Scheme),
    }
    // The stored text must be what a browser makes of it, or the comparison and the
    // browser would disagree about where it leads.
    let canonical = url.as_str();
    let same = canonical == uri || canonical.strip_suffix('/') == Some(uri);
    if same {
        Ok(())
    } else {
        Err(RedirectFault::NotAUri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let registered = "http://127.0.0.1/callback";
        for uri in [
            "http://127.0.0.1:1234/callback",
            "http://127.0.0.1:65535/callback",
        ] {
            assert!(is_same_but_port(registered, uri), "{uri}");
        }
        for uri in [
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:99999/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1:80.evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:80\\@evil.example/callback",
            "http://127.0.0.1:1234/callback/",
            "http://127.0.0.1:1234/Callback",
            "http://127.0.0.1:1234/callback?x=1",
            "https://127.0.0.1:1234/callback",
            "http://localhost:1234/callback",
            "http://127.0.0.2:1234/callback",
            "http://[::1]:1234/callback",
        ] {
            assert!(!is_same_but_port(registered, uri), "{uri}");
        }
    }

    #[test]
    fn dangerous_addresses_cannot_be_registered() {
        for uri in [
            "",
            "/callback",
            "callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "http://app.example/cb",
            "http://10.0.0.1/cb",
            "https://app.example/cb#x",
            "https://app.example/cb#",
            "https://user@app.example/cb",
            "https://user:pw@app.example/cb",
            "https://@app.example/cb",
            "https://*.app.example/cb",
            "https://app.example/*",
            "https://app.example\\@evil.example/",
            "https:app.example",
            "https:///app.example/cb",
            "https://app.example/a/../cb",
            "https://app.example/a/./cb",
            "https://APP.example/cb",
            "HTTPS://app.example/cb",
            "https://app.example:443/cb",
            "https://app.example/c b",
            "https://app.example/\tcb",
            "https://app.example/\ncb",
            "https://app.example/cb\0",
            "https://bücher.example/cb",
            "myapp:/cb",
            "myapp://cb",
            "about:blank",
            "blob:https://app.example/x",
            "ftp://app.example/",
            "ws://app.example/",
            "https://app.example/%2e%2e/cb",
            "//app.example/cb",
            "https://127.1/cb",
        ] {
            assert!(check_redirect_uri(uri).is_err(), "{uri}");
        }
        for uri in [
            "https://app.example/cb",
            "https://app.example",
            "https://app.example/cb?tenant=1",
            "https://app.example:8443/cb",
            "http://127.0.0.1:7001/callback",
            "http://[::1]/cb",
            "http://localhost:3000/cb",
            "com.example.app:/oauth",
            "com.example.app://oauth",
        ] {
            assert_eq!(check_redirect_uri(uri), Ok(()), "{uri}");
        }
    }
}
