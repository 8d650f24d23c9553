//! The readers of public keys, and the guard before them.
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseError};
use tutela::hcps::{Jwk, KeyFault, PublicKey, holds_private};

use super::{Harm, cases, corpus, harmed, harms, runner};

/// A key that was read is within bounds, is the same in each form, and holds nothing private.
fn check(read: Result<PublicKey, KeyFault>) -> Result<(), TestCaseError> {
    let Ok(key) = read else {
        return Ok(());
    };
    let (hex, pem, jwk) = (key.to_hex(), key.to_pem(), key.to_jwk());
    // I-37: 8192 bits at most, and a little around them.
    prop_assert!((500..2200).contains(&hex.len()), "{} digits", hex.len());
    for again in [
        PublicKey::from_hex(&hex),
        PublicKey::from_pem(&pem),
        PublicKey::from_jwk(&jwk),
    ] {
        prop_assert_eq!(again.map(|again| again.to_hex()), Ok(hex.clone()));
    }
    let jwk = serde_json::to_string(&jwk).unwrap();
    for text in [&hex, &pem, &jwk] {
        prop_assert!(!holds_private(text.as_bytes()));
    }
    Ok(())
}

fn never_panics(name: &str, read: impl Fn(&str) -> Result<PublicKey, KeyFault>) {
    let file = corpus(name);
    let other = corpus(match name {
        "public.pem" => "public.hex",
        _ => "public.pem",
    });
    let whole = String::from_utf8(file.clone()).unwrap();
    assert!(read(&whole).is_ok(), "the file itself is valid");
    let each = |harms: Vec<Harm>| {
        let bytes = harmed(&file, &other, &harms);
        let _ = holds_private(&bytes);
        check(read(&String::from_utf8_lossy(&bytes)))
    };
    runner(cases() * 2).run(&harms(), each).unwrap();
}

#[test]
fn hexadecimal_is_a_key_or_none() {
    never_panics("public.hex", PublicKey::from_hex);
}

#[test]
fn pem_is_a_key_or_none() {
    never_panics("public.pem", PublicKey::from_pem);
}

#[test]
fn a_jwk_is_a_key_or_none() {
    never_panics("public.jwk", |text| {
        let jwk: Jwk = serde_json::from_str(text).map_err(|_| KeyFault::Invalid)?;
        PublicKey::from_jwk(&jwk)
    });
}

/// DER is read from bytes of any kind, not only from such as begin as text.
#[test]
fn der_is_a_key_or_none() {
    let hex = String::from_utf8(corpus("public.hex")).unwrap();
    let der = hex::decode(hex.trim()).unwrap();
    let each = |harms: Vec<Harm>| {
        let bytes = harmed(&der, &der, &harms);
        let _ = holds_private(&bytes);
        check(PublicKey::from_hex(&hex::encode(bytes)))
    };
    runner(cases() * 2).run(&harms(), each).unwrap();
}
