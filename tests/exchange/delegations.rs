//! Delegations by the JSON API (DOMAIN.md 12).
use serde_json::json;

use super::{
    DINA, FOREIGN, NOBODY, OTTO, REPORTER, account, api, clinic,
    machines::{DELEGATIONS, delegate, wish},
};
use crate::harness::{App, BOT, JOHN};

/// DOMAIN.md 12: delegations of the organization and of oneself.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_delegates_himself_and_takes_it_back() {
    let server = clinic().await;
    let sarah_id = account(&server, "sarah@example.test").await;
    let sarah = api(&server, "sarah@example.test", "openid account").await;
    let mut own = wish(&server, &sarah_id, BOT, &["user/Patient.rs", "hcp:read"]);
    let refused = sarah.post("/me/delegations", own.clone()).await;
    assert_eq!(refused.body["errors"][0]["field"], "provider_account_id");
    own.as_object_mut().unwrap().remove("provider_account_id");
    let made = sarah.post("/me/delegations", own.clone()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["scopes"], json!(["user/Patient.rs"])); // nothing that administers
    assert_eq!(made.body["granted_by"], sarah_id.as_str());
    assert_eq!(made.body["service_account_name"], "Reminder bot");
    assert_eq!(made.body["status"], "active");
    let id = made.text("id");
    assert!(
        made.location()
            .ends_with(&format!("/api/v1/me/delegations/{id}"))
    );
    let listed = sarah.get("/me/delegations").await;
    assert_eq!(listed.body["items"], json!([made.body]));
    let others = delegate(&server, DINA, &["user/*.rs"]).await;
    for place in [&others, NOBODY] {
        let answer = sarah.get(&format!("/me/delegations/{place}")).await;
        assert_eq!(answer.status, 404);
        let answer = sarah.delete(&format!("/me/delegations/{place}")).await;
        assert_eq!(answer.status, 404);
    }
    let olga = api(
        &server,
        "olga@example.test",
        "openid delegations:write account",
    )
    .await;
    let all = olga.get(DELEGATIONS).await;
    assert_eq!(all.body["items"].as_array().unwrap().len(), 2);
    let of_sarah = olga
        .get(&format!("{DELEGATIONS}?provider={sarah_id}"))
        .await;
    assert_eq!(of_sarah.body["items"], json!([made.body]));
    assert_eq!(olga.get("/me/delegations").await.body["items"], json!([]));
    assert_eq!(
        sarah.delete(&format!("/me/delegations/{id}")).await.status,
        204
    );
    assert_eq!(sarah.get("/me/delegations").await.body["items"], json!([]));
    let carl = api(&server, "carl@example.test", "openid account").await;
    let answer = carl.get("/me/delegations").await;
    assert_eq!(
        (answer.status, answer.code()),
        (403, "insufficient_permission")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delegated_is_refused_with_its_field() {
    let server = clinic().await;
    let olga = api(&server, "olga@example.test", "openid delegations:write").await;
    let sarah = account(&server, "sarah@example.test").await;
    for (field, value, code) in [
        ("provider_account_id", json!(NOBODY), "not_a_provider"),
        ("provider_account_id", json!(JOHN), "not_a_provider"),
        ("provider_account_id", json!(OTTO), "not_a_provider"),
        ("service_account_id", json!(NOBODY), "unknown"),
        ("service_account_id", json!(FOREIGN), "unknown"),
        ("service_account_id", json!(REPORTER), "mode_missing"),
        ("scopes", json!(["hcp:read"]), "not_delegable"),
        ("scopes", json!([]), "not_delegable"),
        ("scopes", json!(["nonsense"]), "invalid"),
        ("ends_at", json!(server.moment(-1)), "out_of_range"),
        (
            "ends_at",
            json!(server.moment(366 * 24 * 3600)),
            "out_of_range",
        ),
        (
            "starts_at",
            json!(server.moment(31 * 24 * 3600)),
            "out_of_range",
        ),
    ] {
        let mut body = wish(&server, &sarah, BOT, &["user/*.rs"]);
        body[field] = value.clone();
        let answer = olga.post(DELEGATIONS, body).await;
        assert_eq!(answer.status, 422, "{field} {value}");
        assert_eq!(
            answer.body["errors"],
            json!([{"field": field, "code": code}]),
            "{value}"
        );
    }
    let without = api(&server, "olga@example.test", "openid hcp:read").await;
    let answer = without.get(DELEGATIONS).await;
    assert_eq!(
        (answer.status, answer.code()),
        (403, "insufficient_permission")
    );
    let elsewhere = DELEGATIONS.replace("c0001", "c0002");
    assert_eq!(olga.get(&elsewhere).await.status, 404); // N-15
    // No machine makes itself a provider (N-16).
    let reporter = App::machine(&server, REPORTER, "tsk_development_only_reporter");
    let api = format!("{}/api", server.url);
    let fields = [
        ("grant_type", "client_credentials"),
        ("resource", api.as_str()),
    ];
    let token = reporter.post("/token", &fields).await;
    let machine = crate::api::Api::bearer(&server, token.access());
    assert_eq!(machine.get(DELEGATIONS).await.status, 200);
    let answer = machine
        .post(DELEGATIONS, wish(&server, &sarah, BOT, &["user/*.rs"]))
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (403, "insufficient_permission")
    );
}
