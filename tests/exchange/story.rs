//! The chatbot story, from the machine that does not exist yet to the one that may nothing any
//! more, each token claim by claim.
use serde_json::{Value, json};

use super::{ACCESS_TOKEN, account, api, clinic, exchange, hub, machines::DELEGATIONS, own_token};
use crate::{
    api::Api,
    harness::{App, Server, claims},
};

const PLACE: &str = "/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001/service-accounts";

/// The claims without those that differ each time; these are looked at here.
fn steady(token: &str, server: &Server) -> Value {
    let mut said = claims(token);
    let issued = said["iat"].as_i64().unwrap();
    assert_eq!(said["exp"].as_i64().unwrap() - issued, 300);
    assert_eq!(said["iss"], server.url.as_str());
    assert!(said["jti"].as_str().is_some_and(|jti| jti.len() >= 16));
    let fields = said.as_object_mut().unwrap();
    for name in ["exp", "iat", "jti", "iss"] {
        fields.remove(name);
    }
    said
}

/// Introspection says what the token says, as long as it is worth something (9.5).
async fn check_introspected(server: &Server, token: &str) {
    let seen = hub(server).introspect(token).await;
    assert_eq!(seen["active"], true);
    for (name, value) in claims(token).as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
}

/// DOMAIN.md 8, 9.2, 10.1, 14; T-01, T-03, T-04, T-05, N-16, N-20.
#[tokio::test(flavor = "multi_thread")]
async fn a_chatbot_books_in_dr_sarahs_name_as_long_as_she_lets_it() {
    let server = clinic().await;
    let sarah = account(&server, "sarah@example.test").await;
    let scope = "openid service_accounts:read service_accounts:write";
    let olga = api(&server, "olga@example.test", scope).await;

    // It is made, and gets a key that is shown once.
    let wish = json!({
        "name": "Chatbot", "modes": ["application", "provider"],
        "scopes": ["system/Appointment.rs"], "purposes": ["HOPERAT"],
    });
    let made = olga.post(PLACE, wish).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    let wish = json!({"name": "production", "expires_at": server.moment(90 * 24 * 3600)});
    let key = olga.post(&format!("{PLACE}/{id}/api-keys"), wish).await;
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let bot = App::machine(&server, leak(id.clone()), leak(key.text("api_key")));

    // It acts as itself.
    let own = own_token(&bot).await;
    assert_eq!(
        steady(&own, &server),
        json!({
            "sub": id, "client_id": id, "aud": "https://fhir.example.test/r4",
            "scope": "system/Appointment.rs", "principal_type": "service_account",
            "organization_id": "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001",
            "organization_name": "Example Clinic",
            "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#HOPERAT"],
        })
    );
    check_introspected(&server, &own).await;

    // Dr. Sarah did not let it act for her.
    let refused = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"));

    // She does, by her own hand.
    let dr_sarah = provider(&server).await;
    let given = json!({
        "service_account_id": id, "scopes": ["user/Appointment.crus", "hcp:read"],
        "ends_at": server.moment(7 * 24 * 3600),
    });
    let given = dr_sarah.post("/me/delegations", given).await;
    assert_eq!(given.status, 201, "{:?}", given.body);
    assert_eq!(given.body["scopes"], json!(["user/Appointment.crus"])); // nothing that administers
    assert_eq!(given.body["granted_by"], sarah.as_str());

    // It books in her name: both stand in the token, and what is hers is not its.
    let booked = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(booked.status, 200, "{:?}", booked.body);
    assert_eq!(booked.body["issued_token_type"], ACCESS_TOKEN);
    assert_eq!(booked.body["expires_in"], 300);
    assert_eq!(booked.body["token_type"], "Bearer");
    for never in ["refresh_token", "id_token"] {
        assert_eq!(booked.body.get(never), None, "{never}");
    }
    let token = booked.access();
    assert_eq!(
        steady(token, &server),
        json!({
            "sub": sarah, "client_id": id, "aud": "https://fhir.example.test/r4",
            "scope": "user/Appointment.crus", "principal_type": "provider",
            "roles": ["PROVIDER"],
            "organization_id": "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001",
            "organization_name": "Example Clinic",
            "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT"],
            "act": {
                "sub": id, "principal_type": "service_account",
                "relation_id": given.text("id"),
            },
        })
    );
    check_introspected(&server, token).await;

    // She sees it, and so does the log.
    let seen = dr_sarah.get("/me/exchanges").await;
    let seen = &seen.body["items"][0];
    assert_eq!(seen["actor"], id.as_str());
    assert_eq!(seen["actor_name"], "Chatbot");
    assert_eq!(seen["relation_id"], given.body["id"]);
    let owner = api(&server, "olga@example.test", "openid delegations:write").await;
    let listed = owner.get(DELEGATIONS).await;
    assert_eq!(listed.body["items"][0]["provider_name"], "Sarah Lee");

    // She takes it back: at once, for what it has and what it asks for.
    let place = format!("/me/delegations/{}", given.text("id"));
    assert_eq!(dr_sarah.delete(&place).await.status, 204);
    let seen = hub(&server).introspect(token).await;
    assert_eq!(seen, json!({"active": false}));
    let again = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(again.body, refused.body);
    check_introspected(&server, &own).await; // itself it remains
    let log = server.audited().await;
    let times = |action: &str, outcome: &str| {
        let wanted = (action.to_owned(), outcome.to_owned());
        log.iter().filter(|event| **event == wanted).count()
    };
    assert_eq!(times("token_exchanged", "done"), 1);
    assert_eq!(times("token_exchanged", "refused"), 2);
    assert_eq!(
        (
            times("delegated", "done"),
            times("delegation_revoked", "done")
        ),
        (1, 1)
    );
}

/// Dr. Sarah's own API.
async fn provider(server: &Server) -> Api {
    api(server, "sarah@example.test", "openid account").await
}
