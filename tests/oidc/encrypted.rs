//! ID tokens that only the application can read (OpenID Connect Core §10.2, RFC 7516).
use josekit::{
    jwe::{self, ECDH_ES, JweDecrypter, RSA_OAEP_256},
    jwk::{
        Jwk,
        alg::{ec::EcCurve, rsa::RsaKeyPair},
    },
};
use serde_json::{Map, Value};

use crate::{
    harness::{App, Browser, EMILY, PORTAL_SECRET, Server, Tokens, claims},
    oauth::SCOPE,
};

const CLIENT: &str = "sealed-app";

fn declared(lines: &str) -> String {
    format!(
        r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.clients]]
client_id = "{CLIENT}"
name = "Sealed app"
type = "confidential"
client_secret = "{PORTAL_SECRET}"
redirect_uris = ["http://127.0.0.1:7002/callback"]
grant_types = ["authorization_code", "refresh_token"]
allowed_principals = ["consumer"]
allowed_scopes = "{SCOPE}"
audiences = ["https://fhir.example.test/r4"]
trusted = true
{lines}
"#
    )
}

/// Registers the public half of `jwk` for this way of encrypting.
fn with_key(way: &str, jwk: &Jwk) -> String {
    let mut public = jwk.to_public_key().unwrap();
    public.set_key_use("enc");
    public.set_key_id("e1");
    let public: Map<String, Value> = public.into();
    let members = public
        .iter()
        .filter(|(_, value)| value.is_string())
        .map(|(name, value)| format!("{name} = {value}"));
    let members: Vec<_> = members.collect();
    declared(&format!(
        "id_token_encrypted_response_alg = \"{way}\"\njwks = {{ keys = [{{ {} }}] }}",
        members.join(", ")
    ))
}

/// What the sealed token holds, once opened with the application's private key.
fn open(tokens: &Tokens, with: &dyn JweDecrypter) -> Value {
    let sealed = tokens.body["id_token"].as_str().unwrap();
    assert_eq!(sealed.split('.').count(), 5);
    let (inner, header) = jwe::deserialize_compact(sealed, with).unwrap();
    assert_eq!(header.content_type(), Some("JWT"));
    assert_eq!(header.content_encryption(), Some("A256GCM"));
    assert_eq!(header.key_id(), Some("e1"));
    claims(std::str::from_utf8(&inner).unwrap())
}

async fn emilys_code(server: &Server) -> (App, String) {
    let app = App::trusted(server, CLIENT);
    let code = app.code(&Browser::new(&server.url), SCOPE, EMILY).await;
    (app, code)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_can_be_sealed_to_the_applications_key() {
    let server = Server::spawn().await;
    let rsa = RsaKeyPair::generate(2048).unwrap().to_jwk_key_pair();
    let ec = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let by_rsa = RSA_OAEP_256.decrypter_from_jwk(&rsa).unwrap();
    let by_ec = ECDH_ES.decrypter_from_jwk(&ec).unwrap();
    let ways: [(&str, &Jwk, &dyn JweDecrypter); 2] =
        [("RSA-OAEP-256", &rsa, &by_rsa), ("ECDH-ES", &ec, &by_ec)];
    for (way, jwk, decrypter) in ways {
        server.apply(&with_key(way, jwk)).await;
        let (app, code) = emilys_code(&server).await;
        let tokens = app.redeem(&code).await;
        assert_eq!(tokens.status, 200, "{way}: {tokens:?}");
        let said = open(&tokens, decrypter);
        assert_eq!(
            (&said["sub"], &said["aud"]),
            (&EMILY.into(), &CLIENT.into())
        );
        assert_eq!(said["nonce"], "n-1");
        // The next one, at a refresh, is sealed too.
        let next = app.refresh(tokens.refresh()).await;
        assert_eq!(open(&next, decrypter)["sub"], EMILY, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_read_cost_nobody_a_code() {
    let server = Server::spawn().await;
    let ec = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    // Nothing listens there, and private addresses are not asked anyway.
    let away =
        "id_token_encrypted_response_alg = \"ECDH-ES\"\njwks_uri = \"https://127.0.0.1:9/jwks\"";
    server.apply(&declared(away)).await;
    let (app, code) = emilys_code(&server).await;
    let refused = app.redeem(&code).await;
    assert_eq!(
        (refused.status, refused.error()),
        (503, "temporarily_unavailable"),
        "{refused:?}"
    );
    assert!(refused.headers.contains_key("retry-after"));
    // Never in the clear instead; and once a key can be read the same code serves.
    server.apply(&with_key("ECDH-ES", &ec)).await;
    let tokens = app.redeem(&code).await;
    let decrypter = ECDH_ES.decrypter_from_jwk(&ec).unwrap();
    assert_eq!(open(&tokens, &decrypter)["sub"], EMILY);
}

#[test]
fn keys_for_sealing_are_public_and_serve() {
    let refused = |text: &str| {
        let files = [("clinic.toml".to_owned(), text.to_owned())];
        let fault = tutela::resources::read(&files).unwrap_err();
        let fault = format!("{fault:?}");
        assert!(fault.contains("clients[0].jwks"), "{fault}");
    };
    let ec = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let way = "id_token_encrypted_response_alg = \"RSA-OAEP-256\"";
    refused(&with_key("RSA-OAEP-256", &ec)); // an EC key cannot
    refused(&declared(way)); // none at all
    let secret = serde_json::to_value(ec.parameter("d")).unwrap();
    let whole = with_key("ECDH-ES", &ec).replace("kty =", &format!("d = {secret}, kty ="));
    refused(&whole); // a private one
}
