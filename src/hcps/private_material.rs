//! Does what came hold a private or a secret key, in whatever clothes (N-13)? Asked of every
//! body that should bring a public key, before anything else reads it.
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

/// How many wrappings are undone: JSON in hexadecimal in base64 is three.
const DEPTH: usize = 4;
/// JWK members that only a private or a symmetric key has (RFC 7518).
const MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Whether `bytes` hold one: as DER, PEM or JWK, or as any of them in JSON, hexadecimal or
/// base64.
pub fn holds_private(bytes: &[u8]) -> bool {
    holds(bytes, DEPTH)
}

fn holds(bytes: &[u8], depth: usize) -> bool {
    if is_private_der(bytes) {
        return true;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    text.to_ascii_lowercase().contains("private")
        || (depth > 0
            && (serde_json::from_str(text).is_ok_and(|json| json_holds(&json, depth))
                || unwrapped(text).iter().any(|bytes| holds(bytes, depth - 1))))
}

fn json_holds(json: &Value, depth: usize) -> bool {
    match json {
        Value::String(text) => holds(text.as_bytes(), depth - 1),
        Value::Array(items) => items.iter().any(|item| json_holds(item, depth)),
        Value::Object(members) => {
            members.get("kty").and_then(Value::as_str) == Some("oct")
                || members.iter().any(|(name, value)| {
                    MEMBERS.contains(&name.as_str())
                        || holds(name.as_bytes(), depth - 1)
                        || json_holds(value, depth)
                })
        }
        _ => false,
    }
}

/// What the text stands for, as hexadecimal and as base64, armoured or not.
fn unwrapped(text: &str) -> Vec<Vec<u8>> {
    let lines = text.lines().filter(|line| !line.trim().starts_with("--"));
    let plain: String = lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace() && !":=".contains(*c))
        .collect();
    let digits = plain.trim_start_matches("0x");
    let read = [
        hex::decode(digits).ok(),
        STANDARD_NO_PAD.decode(&plain).ok(),
        URL_SAFE_NO_PAD.decode(&plain).ok(),
    ];
    read.into_iter().flatten().collect()
}

/// One element of DER: its tag, its content, and what follows. A content that was cut short
/// counts as far as it goes.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at(length.min(rest.len()));
    Some((tag, content, rest))
}

/// Private keys begin with a small version number (PKCS #1, PKCS #8, PKCS #12, SEC 1);
/// encrypted ones hold an octet string where public ones hold a bit string. They may follow
/// something harmless.
fn is_private_der(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((tag, content, following)) = element(rest) {
        if tag == SEQUENCE
            && let Some((first, inner, next)) = element(content)
        {
            let second = element(next).map(|(tag, ..)| tag);
            let is_versioned = first == INTEGER && inner.len() == 1 && second.is_some();
            let is_encrypted = first == SEQUENCE && second == Some(OCTET_STRING);
            if is_versioned || is_encrypted {
                return true;
            }
        }
        rest = following;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_private_keys_are_known() {
        let pkcs8 = hex::decode("300a020100300306012a040100").unwrap();
        let pkcs1 = hex::decode("3009020100020200ff020103").unwrap();
        let sec1 = hex::decode("3006020101040107").unwrap();
        let encrypted = hex::decode("3008300306012a040107").unwrap();
        let public = hex::decode("3009300306012a03020000").unwrap();
        let pkcs1_public = hex::decode("3007020200ff020103").unwrap();
        let after_public = [public.clone(), pkcs8.clone()].concat();
        for der in [&pkcs8, &pkcs1, &sec1, &encrypted, &after_public] {
            assert!(holds_private(der), "{der:?}");
            for text in [hex::encode(der), STANDARD_NO_PAD.encode(der)] {
                assert!(holds_private(text.as_bytes()), "{text}");
                let json = format!("{{\"jwk\": [{{\"x\": \"{text}\"}}]}}");
                assert!(holds_private(json.as_bytes()), "{json}");
                let twice = hex::encode(&json);
                assert!(holds_private(twice.as_bytes()), "{twice}");
            }
            let label = "-----BEGIN PUBLIC KEY-----";
            let armoured = format!("{label}\n{}\n-----END", STANDARD_NO_PAD.encode(der));
            assert!(holds_private(armoured.as_bytes()), "{armoured}");
        }
        for der in [&public, &pkcs1_public] {
            assert!(!holds_private(der), "{der:?}");
            assert!(!holds_private(hex::encode(der).as_bytes()));
        }
    }

    #[test]
    fn members_and_labels_give_a_key_away() {
        for text in [
            "-----BEGIN RSA PRIVATE KEY-----",
            r#"{"private_key": "00"}"#,
            r#"{"kty": "RSA", "n": "AQ", "e": "AQAB", "d": "AQ"}"#,
            r#"{"jwk": {"kty": "oct"}}"#,
            r#"{"keys": [{"oth": []}]}"#,
            r#"{"jwk": "{\"qi\": \"AQ\"}"}"#,
        ] {
            assert!(holds_private(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "{}",
            "-----BEGIN PUBLIC KEY-----",
            r#"{"kty": "RSA", "n": "AQ", "e": "AQAB", "kid": "a"}"#,
        ] {
            assert!(!holds_private(text.as_bytes()), "{text}");
        }
    }
}
