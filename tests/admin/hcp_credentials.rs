//! Tokens and public keys of HCPs by pages.
use super::hcps::{add, list, opened, send};
use crate::{
    api::client::Api,
    harness::App,
    hcps::{DATABASE, clinic},
};

/// N-12.
#[tokio::test(flavor = "multi_thread")]
async fn n_12_a_token_is_shown_on_one_page_only() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    let new = [("name", "Nightly sync"), ("expires", "30")];
    let form = browser.get(&format!("{}/tokens", ann.url.path())).await;
    let shown = browser.submit(&form, "token-form", &new).await;
    assert_eq!(shown.status, 200);
    let (_, rest) = shown.body.split_once("<code id=\"tok\">").unwrap();
    let token = rest.split_once('<').unwrap().0.to_owned();
    let known = App::portal(&server).introspect(&token).await;
    assert_eq!(known["principal_type"], "hcp");
    let page = browser.get(ann.url.path()).await;
    assert!(page.has("Nightly sync") && !page.has(&token));
    let again = browser.submit(&form, "token-form", &new).await;
    assert_eq!(again.status, 422);
    assert!(again.has("Another token of this HCP has this name."));
    let id = known["jti"].as_str().unwrap();
    let page = send(&browser, &page, &format!("delete-token-{id}"), &[]).await;
    assert!(page.has("The token was deleted."));
    let known = App::portal(&server).introspect(&token).await;
    assert_eq!(known["active"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn i_36_a_token_may_end_at_a_moment_of_the_organizations_clocks() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let api = Api::console(&server, "olga@example.test", "openid org:read org:write").await;
    let zone = serde_json::json!({"settings": {"time_zone": "Europe/Brussels"}});
    let organization = "/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
    assert_eq!(api.patch(organization, zone, "").await.status, 200);
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    let form = browser.get(&format!("{}/tokens", ann.url.path())).await;
    assert!(form.has("As clocks show it in Europe/Brussels. At most 365 days from now."));
    // It is 12:00 UTC, 13:00 in Brussels.
    assert!(form.has("min=\"2026-12-01T13:00\"") && form.has("max=\"2027-12-01T13:00\""));
    for (at, words) in [
        ("", "Enter a date and a time."),
        ("tomorrow", "Enter a date and a time."),
        ("2026-12-01T13:00", "Choose a moment that is still to come."),
        (
            "2027-12-01T13:01",
            "This is later than tokens may last here.",
        ),
    ] {
        let fields = [("name", "Sync"), ("expires", "custom"), ("expires_at", at)];
        let refused = browser.submit(&form, "token-form", &fields).await;
        assert_eq!(refused.status, 422, "{at}");
        assert!(refused.has(words) && refused.has("value=\"Sync\""), "{at}");
    }
    let fields = [
        ("name", "Sync"),
        ("expires", "custom"),
        ("expires_at", "2027-06-30T23:59"),
    ];
    let made = browser.submit(&form, "token-form", &fields).await;
    assert!(
        made.has("Expires 30 June 2027, 23:59 Europe/Brussels"),
        "{}",
        made.body
    );
    let page = browser.get(ann.url.path()).await;
    assert!(page.has("Expires 30 June 2027, 23:59 Europe/Brussels · Not used yet"));
    let row = browser.get(&list("?q=lee&open=x")).await;
    assert_eq!(row.status, 200);
}

/// N-13.
#[tokio::test(flavor = "multi_thread")]
async fn n_13_a_public_key_is_saved_and_a_private_one_refused() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    let private =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----";
    let refused = browser
        .submit(&ann, "key-form", &[("public_key", private)])
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.has("This is a private key.") && !refused.has("MIIEvQIBADAN"));
    let keypair = browser.get(&format!("{}/keypair", ann.url.path())).await;
    assert!(keypair.has("data-keypair") && !keypair.has("name=\"private"));
    let jwk = serde_json::json!({"jwk": {"kty": "RSA", "e": "AQAB", "n": modulus()}});
    let api = Api::console(
        &server,
        "olga@example.test",
        "openid hcp:read hcp:keys hcp:write",
    )
    .await;
    let bo = serde_json::json!({"type": "organization", "name": "Bo"});
    let bo = api
        .post(&format!("/databases/{DATABASE}/hcps"), bo)
        .await
        .text("id");
    let keys = format!("/databases/{DATABASE}/hcps/{bo}/keys");
    let spki = api.post(&keys, jwk).await;
    let (spki, id) = (spki.text("spki_hex"), spki.text("id"));
    let taken = browser
        .submit(&ann, "key-form", &[("public_key", spki.as_str())])
        .await;
    assert!(taken.has("This database has this key already."));
    api.delete(&format!("{keys}/{id}")).await;
    let saved = send(&browser, &ann, "key-form", &[("public_key", spki.as_str())]).await;
    assert!(saved.has("The public key was saved."));
    let (_, rest) = saved.body.split_once("id=\"remove-key-").unwrap();
    let form = format!("remove-key-{}", rest.split_once('"').unwrap().0);
    let removed = send(&browser, &saved, &form, &[]).await;
    assert!(removed.has("The public key was removed."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_is_saved_as_jwk_and_downloaded_in_three_forms() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    let jwk = serde_json::json!({"kty": "RSA", "e": "AQAB", "n": modulus()}).to_string();
    let saved = send(&browser, &ann, "key-form", &[("public_key", jwk.as_str())]).await;
    assert!(saved.has("The public key was saved."), "{}", saved.body);
    let (_, rest) = saved.body.split_once("id=\"remove-key-").unwrap();
    let key = rest.split_once('"').unwrap().0;
    let file = |name: &str| format!("{}/keys/{key}/{name}", ann.url.path());
    let hex = browser.get(&file("public.hex")).await.body;
    assert!(hex.starts_with("3082") && hex.chars().all(|c| c.is_ascii_hexdigit()));
    let pem = browser.get(&file("public.pem")).await.body;
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    let read: serde_json::Value =
        serde_json::from_str(&browser.get(&file("public.jwk")).await.body).unwrap();
    assert_eq!(
        (&read["n"], &read["use"]),
        (&modulus().into(), &"enc".into())
    );
    assert_eq!(browser.get(&file("private.pem")).await.status, 404);
    let (otto, _) = opened(&server, "otto@example.test").await;
    assert_eq!(otto.get(&file("public.hex")).await.status, 404); // N-15
}

fn modulus() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut bytes = vec![0xc1; 256];
    bytes[255] = 0xc7;
    URL_SAFE_NO_PAD.encode(bytes)
}
