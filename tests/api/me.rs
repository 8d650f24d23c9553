//! `/api/v1/me/consents` and `/api/v1/me/sessions`.
use super::Api;
use crate::harness::{App, Browser, EMILY, JOHN, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lists_and_takes_back_what_he_allowed() {
    let server = Server::spawn().await;
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    let scope = "openid patient/Immunization.rs offline_access";
    let code = app.code(&browser, scope, EMILY).await;
    let tokens = app.redeem(&code).await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    let listed = john.get("/me/consents").await;
    let consent = &listed.body["items"][0];
    assert_eq!(consent["client_id"], "family-app");
    assert_eq!(consent["client_name"], "Family app");
    assert_eq!(consent["subject_account_id"], EMILY);
    assert_eq!(consent["given_by_account_id"], JOHN);
    let scopes = consent["scopes"].as_str().unwrap();
    assert!(scopes.contains("patient/Immunization.rs"), "{scopes}");
    let place = format!("/me/consents/{}", consent["id"].as_str().unwrap());

    server.apply(super::STAFF).await;
    let ann = Api::person(&server, "ann@example.test", super::ANN_ID).await;
    assert_eq!(ann.delete(&place).await.status, 404); // N-15
    assert_eq!(app.refresh(tokens.refresh()).await.status, 200);
    assert_eq!(john.delete(&place).await.status, 204);
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(john.delete(&place).await.status, 404);
    assert_eq!(
        john.get("/me/consents").await.body["items"],
        serde_json::json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lists_and_ends_his_own_sessions() {
    let server = Server::spawn().await;
    server.apply(super::STAFF).await;
    let browser = Browser::new(&server.url);
    let page = browser.get("/sign-in").await;
    browser.sign_in(&page, "john@example.test").await;
    let ann = Api::person(&server, "ann@example.test", super::ANN_ID).await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    let listed = john.get("/me/sessions").await;
    let items = listed.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let place = |is_current: bool| {
        let found = items.iter().find(|item| item["is_current"] == is_current);
        format!("/me/sessions/{}", found.unwrap()["id"].as_str().unwrap())
    };
    assert_eq!(ann.delete(&place(false)).await.status, 404); // N-15
    assert_eq!(john.delete(&place(false)).await.status, 204);
    assert!(browser.open("/account").await.has("id=\"login-form\""));
    assert_eq!(john.delete(&place(false)).await.status, 404);
    assert_eq!(john.delete("/me/sessions/x").await.status, 404);
    assert_eq!(john.delete(&place(true)).await.status, 204);
    assert_eq!(john.get("/me/sessions").await.status, 401); // its token ended with it
}
