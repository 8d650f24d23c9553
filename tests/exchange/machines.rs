//! A machine for a provider who delegated (10.1, last row; 10.2; DOMAIN.md 8).
use serde_json::{Value, json};

use super::{
    ACCESS_TOKEN, DINA, FOREIGN, HUB, NOBODY, OLGA, OSCAR, OTTO, REPORTER, SCRIBE, account, api,
    clinic, exchange, hub, own_token, sign_in,
};
use crate::harness::{App, BOT, JOHN, Server, claims};

pub(super) const DELEGATIONS: &str =
    "/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001/delegations";

pub(super) fn wish(server: &Server, provider: &str, machine: &str, scopes: &[&str]) -> Value {
    json!({
        "provider_account_id": provider, "service_account_id": machine, "scopes": scopes,
        "ends_at": server.moment(30 * 24 * 3600),
    })
}

/// An OWNER delegates `provider` to the bot; the delegation's id.
pub(super) async fn delegate(server: &Server, provider: &str, scopes: &[&str]) -> String {
    let olga = api(server, "olga@example.test", "openid delegations:write").await;
    let made = olga
        .post(DELEGATIONS, wish(server, provider, BOT, scopes))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    made.text("id")
}

/// DOMAIN.md 9.2, 14.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_acts_for_a_provider_who_delegated() {
    let server = clinic().await;
    let bot = App::bot(&server);
    let own = own_token(&bot).await;
    let sarah = account(&server, "sarah@example.test").await;
    let before = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!((before.status, before.error()), (400, "invalid_request")); // N-16
    let delegation = delegate(
        &server,
        &sarah,
        &["user/Appointment.cruds", "user/Patient.rs"],
    )
    .await;
    let tokens = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    assert_eq!(tokens.body["expires_in"], 300);
    assert_eq!(tokens.body["issued_token_type"], ACCESS_TOKEN);
    assert_eq!(tokens.body.get("refresh_token"), None);
    let said = claims(tokens.access());
    assert_eq!(said["sub"], sarah.as_str());
    assert_eq!(said["client_id"], BOT);
    assert_eq!(said["principal_type"], "provider");
    assert_eq!(said["roles"], json!(["PROVIDER"]));
    assert_eq!(said["scope"], "user/Appointment.crus user/Patient.rs"); // her ceiling has no delete
    assert_eq!(
        said["act"],
        json!({"sub": BOT, "principal_type": "service_account", "relation_id": delegation})
    );
    assert_eq!(
        said["purpose_of_use"],
        json!(["urn:oid:2.16.840.1.113883.5.8#TREAT"])
    );
    for never in ["auth_time", "acr", "amr", "fhirUser", "may_act"] {
        assert_eq!(said.get(never), None, "{never}");
    }
    let seen = hub(&server).introspect(tokens.access()).await;
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
    let again = exchange(&bot, &sarah, tokens.access(), &[]).await;
    assert_eq!(again.error(), "invalid_request"); // N-06
    for (scope, error) in [
        ("user/Observation.rs", "invalid_scope"),
        ("system/Appointment.rs", "invalid_scope"),
        ("hcp:read", "invalid_scope"),
    ] {
        let answer = exchange(&bot, &sarah, &own, &[("scope", scope)]).await;
        assert_eq!(answer.error(), error, "{scope}");
    }
    let narrow = exchange(&bot, &sarah, &own, &[("scope", "user/Patient.r")]).await;
    assert_eq!(narrow.body["scope"], "user/Patient.r");
    let elsewhere = exchange(&bot, &sarah, &own, &[("resource", "https://x.test")]).await;
    assert_eq!(elsewhere.error(), "invalid_target");
}

/// N-16: nothing of a delegation outlives it, nor the provider's membership, nor the key.
#[tokio::test(flavor = "multi_thread")]
async fn a_delegated_token_ends_with_everything_it_rests_on() {
    let server = clinic().await;
    let (bot, hub) = (App::bot(&server), hub(&server));
    let own = own_token(&bot).await;
    let sarah = account(&server, "sarah@example.test").await;
    let delegation = delegate(&server, &sarah, &["user/*.rs"]).await;
    let tokens = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(hub.introspect(tokens.access()).await["active"], true);
    let olga = api(&server, "olga@example.test", "openid delegations:write").await;
    let place = format!("{DELEGATIONS}/{delegation}");
    assert_eq!(olga.delete(&place).await.status, 204);
    assert_eq!(olga.delete(&place).await.status, 404);
    assert_eq!(olga.get(&place).await.status, 404);
    assert_eq!(hub.introspect(tokens.access()).await["active"], false);
    assert_eq!(
        exchange(&bot, &sarah, &own, &[]).await.error(),
        "invalid_request"
    );

    // The membership.
    delegate(&server, &sarah, &["user/*.rs"]).await;
    let tokens = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(hub.introspect(tokens.access()).await["active"], true);
    let (who, org) = (
        sarah.parse().unwrap(),
        "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001",
    );
    let mut tx = server.write().await;
    let found = tutela::providers::membership(&mut tx, who, org.parse().unwrap()).await;
    let mut membership = found.unwrap().unwrap();
    membership.status = tutela::providers::Status::Suspended;
    tutela::providers::put(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hub.introspect(tokens.access()).await["active"], false);
    assert_eq!(
        exchange(&bot, &sarah, &own, &[]).await.error(),
        "invalid_request"
    );
    membership.status = tutela::providers::Status::Active;
    let mut tx = server.write().await;
    tutela::providers::put(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();

    // The key.
    let tokens = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(hub.introspect(tokens.access()).await["active"], true);
    let mut tx = server.write().await;
    let bot_id = BOT.parse().unwrap();
    let machine = tutela::service_accounts::find(&mut tx, bot_id).await;
    let key = machine.unwrap().unwrap().keys[0].id;
    tutela::service_accounts::revoke_key(&mut tx, key)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hub.introspect(tokens.access()).await["active"], false);
}

/// N-16: a member who leaves and comes back delegates anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_ends_with_the_membership_for_good() {
    let server = clinic().await;
    let bot = App::bot(&server);
    let own = own_token(&bot).await;
    delegate(&server, DINA, &["user/*.rs"]).await;
    assert_eq!(exchange(&bot, DINA, &own, &[]).await.status, 200);
    let scope = "openid users:write delegations:write";
    let olga = api(&server, "olga@example.test", scope).await;
    let place = format!("/organizations/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001/members/{DINA}");
    let ended = olga.delete(&place).await;
    assert_eq!(ended.status, 204, "{:?}", ended.body);
    assert_eq!(olga.get(DELEGATIONS).await.body["items"], json!([]));
    let org = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001".parse().unwrap();
    let mut tx = server.write().await;
    let found = tutela::providers::membership(&mut tx, DINA.parse().unwrap(), org).await;
    let mut membership = found.unwrap().unwrap();
    membership.status = tutela::providers::Status::Active;
    tutela::providers::put(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    let refused = exchange(&bot, DINA, &own, &[]).await;
    assert_eq!(refused.error(), "invalid_request");
}

/// A machine that is removed takes its delegations along.
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_machine_acts_for_nobody() {
    let server = clinic().await;
    let (bot, hub) = (App::bot(&server), hub(&server));
    let own = own_token(&bot).await;
    delegate(&server, DINA, &["user/*.rs"]).await;
    let tokens = exchange(&bot, DINA, &own, &[]).await;
    let scope = "openid service_accounts:write delegations:write";
    let olga = api(&server, "olga@example.test", scope).await;
    let place = DELEGATIONS.replace("delegations", "service-accounts");
    let removed = olga.delete(&format!("{place}/{BOT}")).await;
    assert_eq!(removed.status, 204, "{:?}", removed.body);
    assert_eq!(hub.introspect(tokens.access()).await["active"], false);
    assert_eq!(olga.get(DELEGATIONS).await.body["items"], json!([]));
}

/// T-01, I-41: times end by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_has_its_time() {
    let server = clinic().await;
    let bot = App::bot(&server);
    let sarah = account(&server, "sarah@example.test").await;
    let olga = api(&server, "olga@example.test", "openid delegations:write").await;
    let mut later = wish(&server, &sarah, BOT, &["user/*.rs"]);
    later["starts_at"] = server.moment(100).into();
    later["ends_at"] = server.moment(300).into();
    let made = olga.post(DELEGATIONS, later).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let own = own_token(&bot).await;
    assert_eq!(
        exchange(&bot, &sarah, &own, &[]).await.error(),
        "invalid_request"
    );
    server.later(100);
    let tokens = exchange(&bot, &sarah, &own, &[]).await;
    assert_eq!(tokens.body["expires_in"], 200, "{:?}", tokens.body);
    server.later(200);
    assert_eq!(
        hub(&server).introspect(tokens.access()).await["active"],
        false
    );
    let own = own_token(&bot).await;
    assert_eq!(
        exchange(&bot, &sarah, &own, &[]).await.error(),
        "invalid_request"
    );
    let listed = olga.get(DELEGATIONS).await;
    assert_eq!(listed.body["items"][0]["status"], "expired");
}

/// DOMAIN.md 10, errors; N-12, N-16.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_keeps_machine_and_provider_apart_the_answer_is_the_same() {
    let server = clinic().await;
    let bot = App::bot(&server);
    let own = own_token(&bot).await;
    let sarah = account(&server, "sarah@example.test").await;
    delegate(&server, &sarah, &["user/*.rs"]).await;
    delegate(&server, OLGA, &["user/*.rs"]).await;
    let foreign = App::machine(&server, FOREIGN, "tsk_development_only_foreign");
    let reporter = App::machine(&server, REPORTER, "tsk_development_only_reporter");
    let others = own_token(&foreign).await;
    let sarahs = sign_in(
        &server,
        &hub(&server),
        ("sarah@example.test", ""),
        "openid user/*.rs",
    )
    .await;
    let mut bodies = Vec::new();
    for (app, subject, actor) in [
        (&bot, NOBODY, own.as_str()),
        (&bot, "x", &own),
        (&bot, OLGA, &own), // no role is left without OWNER
        (&bot, JOHN, &own),
        (&bot, OTTO, &own),
        (&bot, DINA, &own),
        (&bot, BOT, &own),
        (&bot, &sarah, &others),
        (&bot, &sarah, "x"),
        (&bot, &sarah, sarahs.access()),
        (&foreign, &sarah, &others),
    ] {
        let answer = exchange(app, subject, actor, &[]).await;
        assert_eq!(
            (answer.status, answer.error()),
            (400, "invalid_request"),
            "{subject}"
        );
        bodies.push(answer.body.to_string());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let not_registered = exchange(&reporter, &sarah, &own_token(&reporter).await, &[]).await;
    assert_eq!(not_registered.error(), "unauthorized_client");
}

/// N-16: an OWNER's other roles are delegated, never OWNER.
#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_owner_is_never_inherited() {
    let server = clinic().await;
    let bot = App::bot(&server);
    let own = own_token(&bot).await;
    delegate(&server, OSCAR, &["user/*.cruds"]).await;
    let tokens = exchange(&bot, OSCAR, &own, &[]).await;
    let said = claims(tokens.access());
    assert_eq!(said["roles"], json!(["THERAPIST"]));
    let scope = said["scope"].as_str().unwrap();
    assert!(
        !scope.contains("user/*.cruds") && scope.contains("user/*.rs"),
        "{scope}"
    );
}

/// A machine that only acts for providers proves itself by a token that reaches nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_only_for_providers_gets_a_token_without_scopes() {
    let server = clinic().await;
    let scribe = App::machine(&server, SCRIBE, "tsk_development_only_scribe");
    let bare = scribe
        .post("/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(bare.body["scope"], "", "{:?}", bare.body);
    let asked = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.rs"),
    ];
    assert_eq!(scribe.post("/token", &asked).await.error(), "invalid_scope");
    let sarah = account(&server, "sarah@example.test").await;
    let olga = api(&server, "olga@example.test", "openid delegations:write").await;
    let made = olga
        .post(DELEGATIONS, wish(&server, &sarah, SCRIBE, &["user/*.rs"]))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let tokens = exchange(&scribe, &sarah, bare.access(), &[]).await;
    assert_eq!(tokens.body["scope"], "user/*.rs", "{:?}", tokens.body);
}

/// DOMAIN.md 10.2.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_who_is_present_lets_the_applications_machine_act() {
    let server = clinic().await;
    let (bot, hub) = (App::bot(&server), hub(&server));
    let own = own_token(&bot).await;
    let sarah = account(&server, "sarah@example.test").await;
    let signs_in = async || {
        sign_in(
            &server,
            &hub,
            ("sarah@example.test", ""),
            "openid user/*.rs",
        )
        .await
    };
    let before = signs_in().await;
    assert_eq!(claims(before.access()).get("may_act"), None);
    let delegation = delegate(&server, &sarah, &["user/Patient.rs"]).await;
    let present = signs_in().await;
    assert_eq!(claims(present.access())["may_act"], json!({"sub": BOT}));
    let by_token = [("subject_token_type", ACCESS_TOKEN)];
    let tokens = exchange(&bot, present.access(), &own, &by_token).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    let said = claims(tokens.access());
    assert_eq!(said["sub"], sarah.as_str());
    assert_eq!(said["act"]["relation_id"], delegation.as_str());
    assert_eq!(said["scope"], "user/Patient.rs");
    let scribe = App::machine(&server, SCRIBE, "tsk_development_only_scribe");
    let scribes = own_token(&scribe).await;
    for (app, subject, actor) in [
        (&bot, before.access(), own.as_str()), // names nobody
        (&bot, tokens.access(), &own),         // N-06
        (&bot, &own, &own),
        (&scribe, present.access(), &scribes), // names another
        (&bot, present.access(), &scribes),
    ] {
        let answer = exchange(app, subject, actor, &by_token).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"));
    }
    let by_hub = exchange(&hub, present.access(), present.access(), &by_token).await;
    assert_eq!(by_hub.error(), "invalid_request");
    let olga = api(&server, "olga@example.test", "openid delegations:write").await;
    olga.delete(&format!("{DELEGATIONS}/{delegation}")).await;
    let after = exchange(&bot, present.access(), &own, &by_token).await;
    assert_eq!(after.error(), "invalid_request");
    assert_eq!(hub.introspect(tokens.access()).await["active"], false);
    let seen = hub.introspect(present.access()).await;
    assert_eq!((&seen["active"], seen.get("may_act")), (&json!(true), None));
    assert_eq!(HUB, hub.client_id);
}
