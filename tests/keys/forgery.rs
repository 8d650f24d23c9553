//! Tokens that are not what they seem. Every one is refused.
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet as Theirs,
};
use serde_json::{Value, json};
use tutela::keys::{
    Alg, JwtFault, Keys, Typ,
    foreign::{JwkFault, JwkSet},
};

use super::Place;

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn read(keys: &Keys, token: &str) -> Result<Value, JwtFault> {
    keys.verify(Typ::AccessToken, token).map(|v| v.claims)
}

/// `token` with one header member set.
fn with_header(token: &str, member: &str, value: Value) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header = decode(header);
    header[member] = value;
    format!("{}.{rest}", encode(&header))
}

#[tokio::test]
async fn our_tokens_verify_by_the_published_keys_with_a_library_that_is_not_ours() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let set: Theirs = serde_json::from_str(&keys.jwks().json).unwrap();
    for alg in Alg::ALL {
        let claims = json!({ "sub": "john", "n": 1 });
        let token = keys.sign(alg, Typ::AccessToken, &claims, place.now());
        let token = token.unwrap();
        assert_eq!(read(&keys, &token).as_ref(), Ok(&claims));

        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let jwk = set.find(&header.kid.unwrap()).unwrap();
        let public = DecodingKey::from_jwk(jwk).unwrap();
        let mut rules = Validation::new(alg.into());
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        let theirs = jsonwebtoken::decode::<Value>(&token, &public, &rules);
        assert_eq!(theirs.unwrap().claims, claims);
    }
}

#[tokio::test]
async fn headers_that_bring_a_key_or_ask_for_more_are_refused_before_any_cryptography() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let token = keys.sign(Alg::ES256, Typ::AccessToken, &json!({}), place.now());
    let token = token.unwrap();
    for (member, value) in [
        ("jwk", json!({ "kty": "oct", "k": "AA" })),
        ("jwk", Value::Null),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MII"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
    ] {
        let forged = with_header(&token, member, value);
        assert_eq!(read(&keys, &forged), Err(JwtFault::Header), "{member}");
    }
    let (_, rest) = token.split_once('.').unwrap();
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","alg":"none","typ":"at+jwt"}"#);
    assert_eq!(
        read(&keys, &format!("{twice}.{rest}")),
        Err(JwtFault::Header)
    );
}

#[tokio::test]
async fn the_algorithm_is_the_keys_and_never_the_headers() {
    let place = Place::new().await;
    let keys = place.keys().await;
    for alg in Alg::ALL {
        let token = keys.sign(alg, Typ::AccessToken, &json!({}), place.now());
        let token = token.unwrap();
        for other in [
            "none", "None", "HS256", "RS384", "ES384", "RS1", "PS256", "RS256", "ES256", "EdDSA",
            "",
        ] {
            if other != alg.name() {
                let forged = with_header(&token, "alg", json!(other));
                assert_eq!(
                    read(&keys, &forged),
                    Err(JwtFault::Algorithm),
                    "{alg} {other}"
                );
            }
        }
        let unsigned = with_header(&token, "alg", json!("none"));
        let (message, _) = unsigned.rsplit_once('.').unwrap();
        assert!(read(&keys, &format!("{message}.")).is_err());
    }
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let set: Value = serde_json::from_str(&keys.jwks().json).unwrap();
    for jwk in set["keys"].as_array().unwrap() {
        let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": jwk["kid"] });
        let message = format!("{}.{}", encode(&header), encode(&json!({})));
        for secret in [jwk.to_string(), jwk["n"].to_string(), jwk["x"].to_string()] {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            let mac = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
            assert_eq!(
                read(&keys, &format!("{message}.{mac}")),
                Err(JwtFault::Algorithm)
            );
        }
    }
}

#[tokio::test]
async fn only_our_own_key_ids_are_known() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let token = keys.sign(Alg::ES256, Typ::AccessToken, &json!({}), place.now());
    let token = token.unwrap();
    let set: Value = serde_json::from_str(&keys.jwks().json).unwrap();
    for kid in [
        json!("other"),
        json!(""),
        Value::Null,
        json!("../etc/passwd"),
    ] {
        let forged = with_header(&token, "kid", kid.clone());
        assert_eq!(read(&keys, &forged), Err(JwtFault::UnknownKey), "{kid}");
    }
    for jwk in set["keys"].as_array().unwrap() {
        let forged = with_header(&token, "kid", jwk["kid"].clone());
        assert_eq!(read(&keys, &forged).is_ok(), jwk["alg"] == "ES256");
    }
    let elsewhere = Place::new().await.keys().await;
    assert_eq!(read(&elsewhere, &token), Err(JwtFault::UnknownKey));
}

#[tokio::test]
async fn a_token_of_one_kind_never_passes_for_another() {
    let place = Place::new().await;
    let keys = place.keys().await;
    let kinds = [Typ::AccessToken, Typ::IdToken, Typ::LogoutToken];
    for made in kinds {
        let token = keys.sign(Alg::EdDSA, made, &json!({}), place.now());
        for read in kinds {
            let answer = keys.verify::<Value>(read, token.as_ref().unwrap());
            assert_eq!(answer.is_ok(), made == read, "{made:?} {read:?}");
        }
    }
    let token = keys.sign(Alg::EdDSA, Typ::AccessToken, &json!({}), place.now());
    for typ in [json!("JWT"), json!("AT+JWT"), json!("at+jwt "), Value::Null] {
        let forged = with_header(token.as_ref().unwrap(), "typ", typ);
        assert_eq!(read(&keys, &forged), Err(JwtFault::Typ));
    }
    let long = with_header(token.as_ref().unwrap(), "typ", json!("application/at+jwt"));
    assert_eq!(read(&keys, &long), Err(JwtFault::Signature)); // the kind is accepted
}

#[tokio::test]
async fn tokens_are_exact() {
    let place = Place::new().await;
    let keys = place.keys().await;
    for alg in Alg::ALL {
        let token = keys
            .sign(
                alg,
                Typ::AccessToken,
                &json!({ "sub": "john" }),
                place.now(),
            )
            .unwrap();
        for (at, _) in token.char_indices() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= if bytes[at].is_ascii_alphabetic() {
                0x20
            } else {
                0x01
            };
            let altered = String::from_utf8(bytes).unwrap();
            assert!(read(&keys, &altered).is_err(), "{alg} at {at}");
            assert!(read(&keys, &token[..at]).is_err(), "{alg} cut at {at}");
        }
        let parts: Vec<&str> = token.split('.').collect();
        for forged in [
            format!("{token}="),
            format!("{token}A"),
            format!("{token}."),
            format!("{token}.{token}"),
            format!(".{token}"),
            format!(" {token}"),
            format!("{token}\n"),
            format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("..{}", parts[2]),
            format!("{}..{}", parts[0], parts[2]),
            format!("{}.{}.x.{}", parts[0], parts[1], parts[2]),
            "..".to_owned(),
            String::new(),
            "ä.ö.ü".to_owned(),
        ] {
            assert!(read(&keys, &forged).is_err(), "{forged:?}");
        }
    }
    let long = "a".repeat(16 * 1024 + 1);
    assert_eq!(read(&keys, &long), Err(JwtFault::TooLong));
}

/// A client: its private key and the set it registers.
struct Client {
    key: EncodingKey,
    jwk: Value,
}

impl Client {
    fn new(kid: &str) -> Self {
        tutela::keys::install_jwt_provider();
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let part = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        Self {
            jwk: json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": part(&point[1..33]), "y": part(&point[33..65]) }),
            key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()),
        }
    }

    fn sign(&self, kid: Option<&str>, typ: Option<&str>) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = kid.map(str::to_owned);
        header.typ = typ.map(str::to_owned);
        jsonwebtoken::encode(&header, &json!({ "iss": "client" }), &self.key).unwrap()
    }
}

fn set(keys: &[&Value]) -> JwkSet {
    JwkSet::from_value(&json!({ "keys": keys })).unwrap()
}

#[test]
fn a_clients_assertion_is_read_with_the_key_it_names_or_the_only_one_that_fits() {
    let (a, b) = (Client::new("a"), Client::new("b"));
    let both = set(&[&a.jwk, &b.jwk]);
    let read = |set: &JwkSet, token: &str| set.verify::<Value>(token, &Alg::ALL).map(|v| v.alg);
    let token = a.sign(Some("a"), Some("JWT"));
    assert_eq!(read(&both, &token), Ok(Alg::ES256));
    assert_eq!(read(&set(&[&a.jwk]), &a.sign(None, None)), Ok(Alg::ES256));
    assert_eq!(read(&both, &a.sign(None, None)), Err(JwtFault::UnknownKey));
    assert_eq!(
        read(&both, &a.sign(Some("c"), None)),
        Err(JwtFault::UnknownKey)
    );
    assert_eq!(
        read(&both, &a.sign(Some("b"), None)),
        Err(JwtFault::Signature)
    );
    assert_eq!(
        both.verify::<Value>(&token, &[Alg::RS256]).map(|v| v.alg),
        Err(JwtFault::Algorithm)
    );
    for typ in ["at+jwt", "logout+jwt", "dpop+jwt"] {
        assert_eq!(
            read(&both, &a.sign(Some("a"), Some(typ))),
            Err(JwtFault::Typ)
        );
    }
    let forged = with_header(&token, "jwk", b.jwk.clone());
    assert_eq!(read(&both, &forged), Err(JwtFault::Header));
}

#[test]
fn a_key_serves_only_what_it_says() {
    let client = Client::new("a");
    let token = client.sign(Some("a"), None);
    for (member, value, expected) in [
        ("use", json!("sig"), None),
        ("key_ops", json!(["verify"]), None),
        ("alg", json!("ES256"), None),
        ("use", json!("enc"), Some(JwtFault::Algorithm)),
        ("key_ops", json!(["encrypt"]), Some(JwtFault::Algorithm)),
        ("alg", json!("ECDH-ES"), Some(JwtFault::Algorithm)),
        ("crv", json!("P-384"), Some(JwtFault::Algorithm)),
        ("kty", json!("XYZ"), Some(JwtFault::Algorithm)),
        ("x", json!("AA"), Some(JwtFault::Algorithm)),
    ] {
        let mut jwk = client.jwk.clone();
        jwk[member] = value;
        let answer = set(&[&jwk]).verify::<Value>(&token, &Alg::ALL);
        assert_eq!(answer.err(), expected, "{member}");
    }
}

#[test]
fn key_sets_with_private_symmetric_or_small_keys_are_refused() {
    let client = Client::new("a");
    let parse = |value: Value| JwkSet::parse(value.to_string().as_bytes()).map(|_| ());
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut jwk = client.jwk.clone();
        jwk[member] = json!("AA");
        assert_eq!(parse(json!({ "keys": [jwk] })), Err(JwkFault::Private));
    }
    assert_eq!(
        parse(json!({ "keys": [{ "kty": "oct" }] })),
        Err(JwkFault::Private)
    );
    for malformed in [
        json!([]),
        json!({}),
        json!({ "keys": {} }),
        json!({ "keys": [1] }),
    ] {
        assert_eq!(parse(malformed), Err(JwkFault::Malformed));
    }
    let many = vec![client.jwk.clone(); 33];
    assert_eq!(parse(json!({ "keys": many })), Err(JwkFault::TooMany));
    let small = json!({ "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xff; 128]) });
    assert!(!set(&[&small]).can_verify(&Alg::ALL));
    let large = json!({ "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xff; 256]) });
    assert!(set(&[&large]).can_verify(&[Alg::RS256]));
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_the_readers(
        token in "\\PC{0,40}(\\.\\PC{0,40}){0,4}",
        header in r#"\{("(alg|typ|kid|jwk|crit)":("[A-Za-z0-9+]{0,6}"|\[\]|null|1),?){0,3}\}"#,
        jwk in r#"\{("(kty|crv|x|y|n|e|alg|use|key_ops|kid)":("(RSA|EC|OKP|P-256|Ed25519|sig|[A-Za-z0-9_-]{0,60})"|\[\]|null),?){0,8}\}"#,
    ) {
        let set = set(&[&Client::new("a").jwk]);
        let framed = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header));
        for token in [token, framed] {
            proptest::prop_assert!(set.verify::<Value>(&token, &Alg::ALL).is_err());
        }
        let _ = JwkSet::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes());
        let _ = JwkSet::parse(jwk.as_bytes());
    }
}
