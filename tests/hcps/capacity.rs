//! HCPs with an account: independent ones, and those of an organization.
use serde_json::{Value, json};

use super::{below, clinic, hcps, link, make, olga, organization, person};
use crate::harness::{App, Browser, JOHN, Page, Server, Tokens, claims};

const SCOPE: &str = "openid profile roles offline_access";

/// The chooser of the portal, for John.
async fn chooser(server: &Server) -> (App, Browser, Page) {
    let (app, browser) = (App::portal(server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let page = browser.sign_in(&page, "john@example.test").await;
    (app, browser, page)
}

/// John, as the HCP that he is.
async fn as_hcp(server: &Server) -> (App, Tokens) {
    let (app, browser, page) = chooser(server).await;
    let page = browser.choose_kind(&page, "hcp").await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    (app, tokens)
}

/// DOMAIN 1.1 row 3, 9.2, T-05.
#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_without_an_organization_acts_as_a_consumer_of_his_own_kind() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let john = make(&olga, person("John", "Doe", "john.doe@example.test")).await;
    let (_, _, page) = chooser(&server).await;
    assert!(!page.has("data-kind=\"hcp\""), "he is not linked yet");
    link(&server, &john, JOHN).await;
    let (app, tokens) = as_hcp(&server).await;
    let said = claims(tokens.access());
    for (name, value) in [
        ("sub", json!(JOHN)),
        ("principal_type", json!("consumer")),
        ("consumer_kind", json!("hcp")),
        ("hcp_id", json!(john)),
        ("parent_organization_id", Value::Null),
        ("patient", Value::Null),
        ("roles", Value::Null),
        ("act", Value::Null),
        (
            "purpose_of_use",
            json!(["urn:oid:2.16.840.1.113883.5.8#TREAT"]),
        ),
    ] {
        assert_eq!(said[name], value, "{name}");
    }
    let id_token = claims(tokens.body["id_token"].as_str().unwrap());
    assert_eq!(
        (&id_token["consumer_kind"], &id_token["hcp_id"]),
        (&json!("hcp"), &json!(john))
    );
    assert_eq!(app.introspect(tokens.access()).await["active"], true);
    assert_eq!(app.refresh(tokens.refresh()).await.status, 200);
}

/// N-11, T-02.
#[tokio::test(flavor = "multi_thread")]
async fn n_11_the_capacity_ends_with_the_hcp_and_when_an_organization_stands_above() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Northgate")).await;
    let john = make(&olga, person("John", "Doe", "john.doe@example.test")).await;
    link(&server, &john, JOHN).await;
    let place = hcps(&format!("/{john}"));
    for (end, back) in [
        (json!({"status": "disabled"}), json!({"status": "active"})),
        (json!({"parent_id": clinic}), json!({"parent_id": null})),
    ] {
        let (app, tokens) = as_hcp(&server).await;
        assert_eq!(olga.patch(&place, end.clone(), "").await.status, 200);
        let known = app.introspect(tokens.access()).await;
        assert_eq!(known, json!({"active": false}), "{end}");
        assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
        let (_, _, page) = chooser(&server).await;
        assert!(!page.has("data-kind=\"hcp\""), "{end}");
        olga.patch(&place, back, "").await;
        assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    }
    let (app, tokens) = as_hcp(&server).await;
    assert_eq!(olga.delete(&place).await.status, 204);
    assert_eq!(
        app.introspect(tokens.access()).await,
        json!({"active": false})
    );
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

/// I-34: the membership of a deleted HCP ends; T-11.
#[tokio::test(flavor = "multi_thread")]
async fn i_34_a_members_tokens_name_his_entry_and_end_with_it() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Northgate")).await;
    let mia = below(person("Mia", "Member", "mia@example.test"), &clinic);
    let mia = make(&olga, mia).await;
    let mut tx = server.write().await;
    tx.touch(tutela::store::Topic::People);
    let account = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a24";
    tx.query("UPDATE memberships SET hcp_id = $1 WHERE account_id = $2")
        .bind(mia.as_str())
        .bind(account)
        .run()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (app, browser) = (App::portal(&server), Browser::new(&server.url));
    let page = browser.open(&app.authorize(SCOPE, &[])).await;
    let page = browser.sign_in(&page, "mia@example.test").await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    let said = claims(tokens.access());
    assert_eq!(
        (&said["hcp_id"], &said["parent_organization_id"]),
        (&json!(mia), &json!(clinic))
    );
    assert_eq!(olga.delete(&hcps(&format!("/{mia}"))).await.status, 204);
    assert_eq!(
        app.introspect(tokens.access()).await,
        json!({"active": false})
    );
}
