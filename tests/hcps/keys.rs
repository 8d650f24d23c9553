//! Public keys of HCPs.
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeySize, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{clinic, fault, faults, hcps, link, make, olga, person, staff};
use crate::{api::client::Api, harness::JOHN};

fn keys(hcp: &str, rest: &str) -> String {
    hcps(&format!("/{hcp}/keys{rest}"))
}

/// A fresh pair: SPKI and PKCS #8, in hexadecimal.
fn pair() -> (String, String) {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let spki: PublicKeyX509Der<'_> = private.public_key().as_der().unwrap();
    let pkcs8: Pkcs8V1Der<'_> = private.as_der().unwrap();
    (hex::encode(spki.as_ref()), hex::encode(pkcs8.as_ref()))
}

/// I-37.
#[tokio::test(flavor = "multi_thread")]
async fn i_37_three_forms_of_one_public_key_are_one_key() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let bo = make(&olga, person("Bo", "Lee", "bo@example.test")).await;
    let (spki, _) = pair();
    let made = olga.post(&keys(&ann, ""), json!({"spki_hex": spki})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(
        (made.text("spki_hex"), made.text("alg")),
        (spki, "RSA-OAEP-256".to_owned())
    );
    let place = keys(&ann, &format!("/{}", made.text("id")));
    assert!(made.location().ends_with(&place));
    assert_eq!(
        olga.get(&hcps(&format!("/{ann}"))).await.body["enrolled"],
        true
    );
    let shown = olga.get(&place).await;
    assert_eq!(shown.body, made.body);
    assert_eq!(shown.body["jwk"]["kid"], shown.body["spki_sha256"]);
    let (pem, jwk) = (
        json!({"pem": shown.body["pem"]}),
        json!({"jwk": shown.body["jwk"]}),
    );
    for form in [&pem, &jwk] {
        for hcp in [&ann, &bo] {
            let taken = olga.post(&keys(hcp, ""), form.clone()).await;
            assert_eq!((taken.status, taken.code()), (409, "key_taken"));
        }
    }
    assert_eq!(olga.delete(&place).await.status, 204);
    assert_eq!(olga.delete(&place).await.status, 404);
    assert_eq!(
        olga.get(&hcps(&format!("/{ann}"))).await.body["enrolled"],
        false
    );
    for (form, hcp) in [(pem, &ann), (jwk, &bo)] {
        let list = keys(hcp, "");
        let again = olga.post(&list, form).await;
        assert_eq!(
            (again.status, &again.body["spki_hex"]),
            (201, &made.body["spki_hex"])
        );
        olga.delete(&format!("{list}/{}", again.text("id"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_public_rsa_key_is_refused() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let (spki, _) = pair();
    for (body, field, code) in [
        (json!({}), "spki_hex", "required"),
        (
            json!({"spki_hex": spki, "pem": "x"}),
            "spki_hex",
            "repeated",
        ),
        (json!({"spki_hex": "xyz"}), "spki_hex", "invalid"),
        (
            json!({"spki_hex": format!("{spki}00")}),
            "spki_hex",
            "invalid",
        ),
        (json!({"pem": spki}), "pem", "invalid"),
        (
            json!({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}),
            "jwk",
            "unsupported_size",
        ),
        (
            json!({"jwk": {"kty": "EC", "n": "", "e": ""}}),
            "jwk",
            "invalid",
        ),
        (json!({"jwk": {"kty": "RSA"}}), "n", "required"),
        (json!({"spki": spki}), "spki", "unknown_field"),
    ] {
        let refused = olga.post(&keys(&ann, ""), body.clone()).await;
        assert_eq!(
            (refused.status, faults(&refused)),
            (422, fault(field, code)),
            "{body}"
        );
    }
}

/// N-13.
#[tokio::test(flavor = "multi_thread")]
async fn n_13_private_keys_are_refused_in_any_clothes_and_never_kept_or_shown() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let (spki, pkcs8) = pair();
    let der = hex::decode(&pkcs8).unwrap();
    let base64 = STANDARD.encode(&der);
    let pem = |label: &str| format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n");
    let jwk = |member: &str| json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", member: "AQAB"});
    let mut bodies = vec![
        json!({"spki_hex": pkcs8}),
        json!({"spki_hex": pkcs8.to_uppercase()}),
        json!({"spki_hex": format!("{spki}{pkcs8}")}),
        json!({"pem": base64}),
        json!({"pem": pem("PRIVATE KEY")}),
        json!({"pem": pem("PUBLIC KEY")}),
        json!({"spki_hex": spki, "private_key": pkcs8}),
        json!({"spki_hex": spki, "note": hex::encode(&base64)}),
        json!({"jwk": {"kty": "oct", "k": "AQAB"}}),
        json!({&pkcs8: 1}),
    ];
    bodies
        .extend(["d", "p", "q", "dp", "dq", "qi", "oth"].map(|member| json!({"jwk": jwk(member)})));
    for body in bodies {
        let refused = olga.post(&keys(&ann, ""), body.clone()).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "private_key_material"),
            "{body}"
        );
        let said = refused.body.to_string();
        assert!(!said.contains(&pkcs8) && !said.contains(&base64), "{said}");
    }
    assert_eq!(olga.get(&keys(&ann, "")).await.body["items"], json!([]));
    let actions = server.audited().await;
    assert!(
        actions
            .iter()
            .all(|(action, _)| action != "hcp_key_registered")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_has_ten_keys_at_most_and_readers_read_them() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ann = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    let modulus = |n: u8| {
        let mut bytes = vec![0xc1; 256];
        (bytes[100], bytes[255]) = (n, 0xc7);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    let register = async |n: u8| {
        let jwk = json!({"kty": "RSA", "n": modulus(n), "e": "AQAB"});
        olga.post(&keys(&ann, ""), json!({"jwk": jwk})).await
    };
    for n in 0..10 {
        assert_eq!(register(n).await.status, 201);
    }
    let refused = register(10).await;
    assert_eq!((refused.status, refused.code()), (409, "too_many_keys"));
    let mia = staff(&server, "mia@example.test", super::ALL).await;
    let list = mia.get(&keys(&ann, "")).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 10);
    let key = list.body["items"][0]["id"].as_str().unwrap();
    let refused = mia.delete(&keys(&ann, &format!("/{key}"))).await;
    assert_eq!(
        (refused.status, refused.code()),
        (403, "insufficient_permission")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_with_an_account_looks_after_his_own_keys_and_tokens() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    assert_eq!(john.get("/me/hcp/keys").await.status, 404);
    let own = make(&olga, person("John", "Doe", "john.doe@example.test")).await;
    let other = make(&olga, person("Ann", "Lee", "ann@example.test")).await;
    link(&server, &own, JOHN).await;
    let made = john
        .post("/me/hcp/keys", json!({"spki_hex": pair().0}))
        .await;
    assert_eq!((made.status, made.text("hcp_id")), (201, own.clone()));
    let private = john
        .post("/me/hcp/keys", json!({"spki_hex": pair().1}))
        .await;
    assert_eq!(
        (private.status, private.code()),
        (422, "private_key_material")
    );
    let listed = john.get("/me/hcp/keys").await;
    assert_eq!(listed.body["items"], json!([made.body]));
    let new = json!({"name": "sync", "expires_at": server.moment(3600)});
    let mut tokens = Vec::new();
    for hcp in [&own, &other] {
        let token = olga
            .post(&hcps(&format!("/{hcp}/tokens")), new.clone())
            .await;
        tokens.push(token.text("id"));
    }
    let listed = john.get("/me/hcp/tokens").await;
    let ids: Vec<_> = listed.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["id"])
        .collect();
    assert_eq!(ids, [&json!(tokens[0])]);
    assert_eq!(john.post("/me/hcp/tokens", new).await.status, 405);
    let foreign = john.delete(&format!("/me/hcp/tokens/{}", tokens[1])).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(
        john.delete(&format!("/me/hcp/tokens/{}", tokens[0]))
            .await
            .status,
        204
    );
    assert_eq!(
        john.delete(&format!("/me/hcp/keys/{}", made.text("id")))
            .await
            .status,
        204
    );
    assert_eq!(
        john.get("/me/hcp/tokens").await.body["items"],
        Value::Array(Vec::new())
    );
    olga.patch(&hcps(&format!("/{own}")), json!({"status": "disabled"}), "")
        .await;
    assert_eq!(john.get("/me/hcp/keys").await.status, 404);
}
