//! The JSON API.
mod audit;
pub(crate) mod client;
mod config_users;
mod hand_over;
mod me;
mod members;
mod personal_sign_in;
mod relation_letters;
mod relations;
mod staff;

use crate::harness::{App, Browser, EMILY, JOHN, Server, Tokens};
pub(crate) use client::{Api, tokens};

/// Another adult of the clinic.
const ANN_ID: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a11";
/// Staff, another adult, and another clinic.
pub(crate) const STAFF: &str = include_str!("staff.toml");

/// A token of the portal for whom `username` chooses, at its first audience.
async fn token_of(server: &Server, username: &str, subject: &str, scope: &str) -> Tokens {
    client::tokens(server, username, subject, scope, "").await
}

async fn me(server: &Server, token: &str) -> (u16, serde_json::Value) {
    let request = reqwest::Client::new().get(format!("{}/api/v1/me", server.url));
    let answer = request.bearer_auth(token).send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
    )
}

async fn token(server: &Server, subject: &str, scope: &str, resource: &str) -> String {
    let (app, browser) = (App::portal(server), Browser::new(&server.url));
    let page = browser
        .open(&app.authorize(scope, &[("resource", resource)]))
        .await;
    let page = browser.sign_in(&page, "john@example.test").await;
    let page = browser.choose(&page, subject).await;
    app.redeem(&page.answer()["code"]).await.access().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_takes_its_own_tokens_for_oneself_only() {
    let server = Server::spawn().await;
    let api = format!("{}/api", server.url);
    let own = token(&server, JOHN, "openid account", &api).await;
    let (status, body) = me(&server, &own).await;
    assert_eq!((status, body["id"].as_str()), (200, Some(JOHN)));
    assert_eq!(body["email"], "john@example.test");
    let delegated = token(&server, EMILY, "openid account", &api).await;
    assert_eq!(me(&server, &delegated).await.1["code"], "delegated_token"); // N-06
    let elsewhere = token(
        &server,
        JOHN,
        "openid account",
        "https://fhir.example.test/r4",
    )
    .await;
    let (status, body) = me(&server, &elsewhere).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (401, Some("invalid_token"))
    );
    let narrow = token(&server, JOHN, "openid", &api).await;
    assert_eq!(me(&server, &narrow).await.1["code"], "insufficient_scope");
    assert_eq!(me(&server, "x").await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_openapi_3_1_and_unknown_paths_are_problems() {
    let server = Server::spawn().await;
    let get = async |path: &str| {
        let answer = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (
            kind,
            serde_json::from_str::<serde_json::Value>(&answer.text().await.unwrap()).unwrap(),
        )
    };
    let (_, document) = get("/api/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/api/v1/me"]["get"].is_object());
    let (kind, problem) = get("/api/v1/nothing").await;
    assert_eq!(
        (kind.as_str(), problem["code"].as_str()),
        ("application/problem+json", Some("not_found"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_page_lists_what_the_document_does() {
    let server = Server::spawn().await;
    let page = Browser::new(&server.url).get("/api/docs").await;
    assert_eq!(page.status, 200);
    for part in [
        "/api/v1/me/dependents",
        "guardianships:write",
        "/api/openapi.json",
    ] {
        assert!(page.has(part), "{part}");
    }
    let document = reqwest::get(format!("{}/api/openapi.json", server.url));
    let document = document.await.unwrap().text().await.unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.has(path), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_has_a_schema_of_its_own() {
    let server = Server::spawn().await;
    let document = reqwest::get(format!("{}/api/openapi.json", server.url));
    let document = document.await.unwrap().text().await.unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    for (path, field) in [
        ("/api/v1/organizations/{org}", "settings"),
        (
            "/api/v1/organizations/{org}/consumers/{account}",
            "birth_date",
        ),
        (
            "/api/v1/organizations/{org}/guardianships/{id}",
            "evidence_ref",
        ),
    ] {
        let body = &document["paths"][path]["patch"]["requestBody"];
        let schema = &body["content"]["application/json"]["schema"]["$ref"];
        let name = schema.as_str().unwrap().rsplit('/').next().unwrap();
        let fields = &document["components"]["schemas"][name]["properties"];
        assert!(fields[field].is_object(), "{path}: {name} has no {field}");
    }
}
