//! The platform's operator makes tenants (DOMAIN.md 8, 12).
use serde_json::{Value, json};

use super::{app, olga};
use crate::{
    api::Api,
    exchange::{clinic, own_token},
    harness::Server,
};

async fn operator(server: &Server) -> Api {
    let mut tx = server.write().await;
    let made = tutela::service_accounts::create_operator(&mut tx, "Operator");
    let made = made.await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let machine = app(server, &made.id.to_string(), made.api_key.expose());
    Api::bearer(server, &own_token(&machine).await)
}

fn harbour() -> Value {
    json!({
        "name": "Harbour Clinic", "settings": {"age_of_majority": 16},
        "owner": {"email": "Ada@Example.test", "name": "Ada Adams"},
        "config_owner": {"email": "bob@example.test", "name": "Bob Baker"},
        "clients": [
            {"client_id": "harbour-web", "type": "confidential", "redirect_uris": ["https://app.test/cb"],
             "allowed_principals": ["provider"], "allowed_scopes": "openid"},
            {"client_id": "harbour-app", "name": "Harbour", "type": "public", "redirect_uris": ["https://app.test/cb"],
             "allowed_principals": ["consumer"], "allowed_scopes": "openid"},
        ],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_makes_a_tenant_with_its_first_people_and_applications() {
    let server = clinic().await;
    let operator = operator(&server).await;
    let made = operator.post("/organizations", harbour()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    assert!(
        made.location()
            .ends_with(&format!("/api/v1/organizations/{id}"))
    );
    assert_eq!(made.body["name"], "Harbour Clinic");
    assert_eq!(made.body["settings"]["age_of_majority"], 16);
    let clients = &made.body["clients"];
    assert_eq!(clients[0]["client_id"], "harbour-web");
    assert!(clients[0]["client_secret"].as_str().unwrap().len() >= 43);
    assert_eq!(clients[1], json!({"client_id": "harbour-app"}));
    let letters = server.letters().await;
    for address in ["ada@example.test", "bob@example.test"] {
        assert!(
            letters.iter().any(|letter| letter.contains(address)),
            "{address}"
        );
    }
    let again = operator.post("/organizations", harbour()).await;
    assert_eq!((again.status, again.code()), (409, "name_taken"));
    let mut other = harbour();
    other["name"] = json!("Other Harbour");
    let taken = operator.post("/organizations", other).await;
    assert_eq!((taken.status, taken.code()), (409, "client_id_taken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_makes_tenants_and_only_sound_ones() {
    let server = clinic().await;
    let refused = olga(&server).await.post("/organizations", harbour()).await;
    assert_eq!(
        (refused.status, refused.code()),
        (403, "insufficient_permission")
    );
    let operator = operator(&server).await;
    let org = "/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
    assert_eq!(operator.get(org).await.status, 404); // it holds no other permission
    for (field, value, fault) in [
        ("name", json!(""), "name"),
        (
            "settings",
            json!({"age_of_majority": -1}),
            "settings.age_of_majority",
        ),
        (
            "owner",
            json!({"email": "nobody", "name": "A"}),
            "owner.email",
        ),
        (
            "config_owner",
            json!({"email": "a@example.test", "name": ""}),
            "config_owner.name",
        ),
        ("clients", json!([{"client_id": "x"}]), "clients[0]"),
        (
            "clients",
            json!([{"client_id": "a b", "type": "public", "grant_types": []}]),
            "clients[0].client_id",
        ),
    ] {
        let mut body = harbour();
        body[field] = value.clone();
        let answer = operator.post("/organizations", body).await;
        assert_eq!(answer.status, 422, "{value}");
        assert_eq!(
            answer.body["errors"][0]["field"], fault,
            "{:?}",
            answer.body
        );
    }
}
