//! Whether a form was sent from a page of ours (SECURITY.md 5.8).
//!
//! Two checks, both of which must pass. What the browser says of where the form came
//! from must be ours, if it says anything. And the form must hold a token that only
//! somebody can make who knows the browser's cookie: HMAC-SHA256 under it, masked
//! anew for every page so that compression cannot be used to guess it (BREACH).
use aws_lc_rs::hmac;
use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::{config::Issuer, random::Random};

/// Bytes of an HMAC-SHA256.
const LENGTH: usize = 32;

/// A token for the browser whose cookie is `cookie`.
pub(super) fn token(cookie: &str, random: &dyn Random) -> String {
    let mut token = [0; 2 * LENGTH];
    let (mask, masked) = token.split_at_mut(LENGTH);
    random.fill(mask);
    masked.copy_from_slice(mac(cookie).as_ref());
    xor(masked, mask);
    URL_SAFE_NO_PAD.encode(token)
}

/// Whether `token` was made for the browser whose cookie is `cookie`.
pub(super) fn is_right(token: &str, cookie: &str) -> bool {
    let Ok(mut token) = URL_SAFE_NO_PAD.decode(token) else {
        return false;
    };
    let Some((mask, masked)) = token.split_at_mut_checked(LENGTH) else {
        return false;
    };
    if masked.len() != LENGTH {
        return false;
    }
    xor(masked, mask);
    masked.ct_eq(mac(cookie).as_ref()).into()
}

/// Whether the browser says that a page of ours sent the form, or says nothing.
///
/// Our pages ask for no referrer, so browsers send `Origin: null` from them; that counts
/// only beside `Sec-Fetch-Site: same-origin`.
pub(super) fn is_ours(headers: &HeaderMap, issuer: &Issuer) -> bool {
    let origins: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
    let sites: Vec<_> = headers.get_all("sec-fetch-site").iter().collect();
    let is_same_site = match sites.as_slice() {
        [] => None,
        [site] => Some(*site == "same-origin" || *site == "none"),
        _ => Some(false),
    };
    let is_same_origin = match origins.as_slice() {
        [] => None,
        [origin] if *origin == "null" => return is_same_site == Some(true),
        [origin] => Some(*origin == issuer.as_str()),
        _ => Some(false),
    };
    is_same_site.unwrap_or(true) && is_same_origin.unwrap_or(true)
}

fn mac(cookie: &str) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, cookie.as_bytes());
    hmac::sign(&key, b"csrf")
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, mask) in bytes.iter_mut().zip(with) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_token_fits_one_cookie_and_looks_new_each_time() {
        let random = SeededRandom::new(1);
        let (a, b) = (token("ann", &random), token("ann", &random));
        assert_ne!(a, b);
        assert!(is_right(&a, "ann") && is_right(&b, "ann"));
        assert!(!is_right(&a, "bob"));
        for wrong in ["", "x", &a[1..], &format!("{a}A"), &a[..43]] {
            assert!(!is_right(wrong, "ann"), "{wrong}");
        }
    }

    #[test]
    fn a_foreign_origin_or_site_is_refused() {
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        for (origin, site, expected) in [
            (None, None, true),
            (Some("https://id.example.com"), None, true),
            (Some("https://id.example.com"), Some("same-origin"), true),
            (None, Some("same-origin"), true),
            (None, Some("none"), true),
            (Some("null"), Some("same-origin"), true),
            (Some("null"), None, false),
            (Some("null"), Some("cross-site"), false),
            (Some("https://id.example.com"), Some("cross-site"), false),
            (Some("https://id.example.com"), Some("same-site"), false),
            (Some("https://evil.example"), None, false),
            (Some("https://evil.example"), Some("same-origin"), false),
            (Some("http://id.example.com"), None, false),
            (Some("https://id.example.com:444"), None, false),
            (Some("https://id.example.com.evil.example"), None, false),
            (None, Some("same-site"), false),
            (None, Some("cross-site"), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            assert_eq!(is_ours(&headers, &issuer), expected, "{origin:?} {site:?}");
        }
    }
}
