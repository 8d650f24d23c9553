//! An HCP by its own authentication token (10.3).
use serde_json::{Value, json};

use super::{HCP_TOKEN, api, clinic, exchange, hub, sign_in};
use crate::{
    api::Api,
    harness::{App, Server, Tokens, claims},
};

const HCPS: &str = "/databases/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101/hcps";
const DAY: i64 = 24 * 3600;

pub(super) async fn olga(server: &Server) -> Api {
    let scope = "openid hcp:read hcp:write hcp:delete hcp:tokens";
    api(server, "olga@example.test", scope).await
}

/// An HCP that Olga makes, and a token of it with its id.
pub(super) async fn made(
    server: &Server,
    olga: &Api,
    hcp: Value,
    seconds: i64,
) -> (String, String, String) {
    let made = olga.post(HCPS, hcp).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    let wish = json!({"name": "sync", "expires_at": server.moment(seconds)});
    let token = olga.post(&format!("{HCPS}/{id}/tokens"), wish).await;
    assert_eq!(token.status, 201, "{:?}", token.body);
    (id, token.text("token"), token.text("id"))
}

async fn by_token(app: &App, token: &str, changes: &[(&str, &str)]) -> Tokens {
    let mut all = vec![
        ("subject_token_type", HCP_TOKEN),
        ("actor_token", ""),
        ("actor_token_type", ""),
    ];
    all.extend_from_slice(changes);
    exchange(app, token, "", &all).await
}

/// DOMAIN.md 9.2, 10.3.
#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_exchanges_its_token_for_an_access_token() {
    let server = clinic().await;
    let (app, olga) = (hub(&server), olga(&server).await);
    let hospital = json!({"type": "organization", "name": "Hospital"});
    let (hospital, of_hospital, _) = made(&server, &olga, hospital, DAY).await;
    let ann = json!({"type": "professional", "first_name": "Ann", "last_name": "Lee",
        "email": "lee@example.test", "parent_id": hospital});
    let (ann, token, _) = made(&server, &olga, ann, DAY).await;
    let tokens = by_token(&app, &token, &[]).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    assert_eq!(tokens.body["expires_in"], 300);
    let said = claims(tokens.access());
    assert_eq!(said["sub"], ann.as_str());
    assert_eq!(said["client_id"], "hub-app");
    assert_eq!(said["principal_type"], "hcp");
    assert_eq!(
        (&said["hcp_id"], &said["parent_organization_id"]),
        (&json!(ann), &json!(hospital))
    );
    assert_eq!(said["scope"], "user/*.crus");
    assert_eq!(said["organization_name"], "Example Clinic");
    assert_eq!(
        said["purpose_of_use"],
        json!(["urn:oid:2.16.840.1.113883.5.8#TREAT"])
    );
    for never in ["act", "auth_time", "roles", "patient", "fhirUser"] {
        assert_eq!(said.get(never), None, "{never}");
    }
    let seen = app.introspect(tokens.access()).await;
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
    let organization = by_token(&app, &of_hospital, &[]).await;
    let said = claims(organization.access());
    assert_eq!(said["scope"], "system/*.rs");
    assert_eq!(
        said["purpose_of_use"],
        json!(["urn:oid:2.16.840.1.113883.5.8#HOPERAT"])
    );
    for (token, scope, granted) in [
        (&token, "user/Patient.rs hcp:read openid", "user/Patient.rs"),
        (&of_hospital, "system/Patient.cruds", "system/Patient.rs"),
    ] {
        let narrow = by_token(&app, token, &[("scope", scope)]).await;
        assert_eq!(narrow.body["scope"], granted, "{:?}", narrow.body);
    }
    for (scope, resource, error) in [
        ("system/*.rs", "", "invalid_scope"),
        ("hcp:read", "", "invalid_scope"),
        ("", "https://x.test", "invalid_target"),
    ] {
        let changes = [("scope", scope), ("resource", resource)];
        assert_eq!(by_token(&app, &token, &changes).await.error(), error);
    }
    let api = Api::bearer(&server, tokens.access());
    assert_eq!(api.get("/me").await.status, 401); // it is for the FHIR server
}

/// N-11.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_hcp_obtained_ends_with_its_token_and_itself() {
    let server = clinic().await;
    let (app, olga) = (hub(&server), olga(&server).await);
    let person = |email: &str| json!({"type": "professional", "first_name": "A", "last_name": "B", "email": email});
    let (ann, token, id) = made(&server, &olga, person("a@example.test"), DAY).await;
    let tokens = by_token(&app, &token, &[]).await;
    let place = format!("{HCPS}/{ann}");
    let set = async |status: &str| {
        let answer = olga.patch(&place, json!({"status": status}), "").await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    };
    assert_eq!(app.introspect(tokens.access()).await["active"], true);
    set("disabled").await;
    assert_eq!(app.introspect(tokens.access()).await["active"], false);
    assert_eq!(by_token(&app, &token, &[]).await.error(), "invalid_request");
    set("active").await;
    assert_eq!(app.introspect(tokens.access()).await["active"], true);
    let deleted = olga.delete(&format!("{place}/tokens/{id}")).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(app.introspect(tokens.access()).await["active"], false);

    let (bo, token, _) = made(&server, &olga, person("b@example.test"), 100).await;
    let tokens = by_token(&app, &token, &[]).await;
    assert!(tokens.body["expires_in"].as_i64().unwrap() <= 100);
    assert_eq!(olga.delete(&format!("{HCPS}/{bo}")).await.status, 204);
    assert_eq!(app.introspect(tokens.access()).await["active"], false);
    assert_eq!(by_token(&app, &token, &[]).await.error(), "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_an_hcps_token_the_answer_is_the_same() {
    let server = clinic().await;
    let (app, olga) = (hub(&server), olga(&server).await);
    let ann = json!({"type": "professional", "first_name": "A", "last_name": "B", "email": "a@example.test"});
    let (id, token, _) = made(&server, &olga, ann, 100).await;
    let sarah = sign_in(
        &server,
        &app,
        ("sarah@example.test", ""),
        "openid user/*.rs",
    )
    .await;
    let invented = format!("{}x", &token[..token.len() - 1]);
    let mut bodies = Vec::new();
    for wrong in ["x", &id, &invented, sarah.access()] {
        bodies.push(by_token(&app, wrong, &[]).await.body.to_string());
    }
    server.later(100);
    bodies.push(by_token(&app, &token, &[]).await.body.to_string());
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let bot = App::bot(&server);
    assert_eq!(
        by_token(&bot, &token, &[]).await.body.to_string(),
        bodies[0]
    );
    let acted = [("actor_token", sarah.access())];
    assert_eq!(
        by_token(&app, &token, &acted).await.error(),
        "invalid_request"
    );
}
