//! An OWNER for a colleague (10.1, second row; DOMAIN.md 5).
use serde_json::json;

use super::{DINA, NOBODY, OLGA, OSCAR, OTTO, account, clinic, exchange, hub, own_token, sign_in};
use crate::harness::{App, EMILY, JOHN, claims};

const SCOPE: &str = "openid profile account on_behalf hcp:read user/*.rs user/Appointment.cruds";
const REASON: (&str, &str) = ("reason", "Sarah is on sick leave");

/// N-05, N-09, T-03.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_acts_for_a_colleague_with_the_colleagues_rights() {
    let server = clinic().await;
    let app = hub(&server);
    let olga = sign_in(&server, &app, ("olga@example.test", ""), SCOPE).await;
    let tokens = exchange(&app, DINA, olga.access(), &[REASON]).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    assert_eq!(tokens.body["expires_in"], 300);
    assert_eq!(tokens.body["need_patient_banner"], true);
    let said = claims(tokens.access());
    assert_eq!(said["sub"], DINA);
    assert_eq!(
        said["act"],
        json!({"sub": OLGA, "principal_type": "provider"})
    );
    assert_eq!(said["roles"], json!(["DISPATCH"]));
    assert_eq!(said["auth_time"], claims(olga.access())["auth_time"]);
    assert_eq!(
        said["purpose_of_use"],
        json!(["urn:oid:2.16.840.1.113883.5.8#HOPERAT"])
    );
    let scope = said["scope"].as_str().unwrap();
    assert!(
        scope.starts_with("openid profile user/Patient.rs"),
        "{scope}"
    );
    for beyond in ["user/*", "hcp:read", "on_behalf", "account", "Observation"] {
        assert!(!scope.contains(beyond), "{beyond}: {scope}");
    }
    let seen = app.introspect(tokens.access()).await;
    assert_eq!(seen["act"], said["act"]);
    let info = app.userinfo(tokens.access()).await;
    assert_eq!(
        (&info.body["sub"], &info.body["act"]),
        (&json!(DINA), &said["act"])
    );
    let again = exchange(&app, DINA, tokens.access(), &[REASON]).await;
    assert_eq!(again.error(), "invalid_request"); // N-06

    server.audited().await; // it is written late
    let mut tx = server.write().await;
    let row: (String, String, String) = tx
        .query(
            "SELECT actor, subject, reason FROM audit_events
             WHERE action = 'token_exchanged' AND outcome = 'done'",
        )
        .one()
        .await
        .unwrap();
    assert_eq!(row, (OLGA.to_owned(), DINA.to_owned(), REASON.1.to_owned())); // N-20
}

/// DOMAIN.md 5: visible to the colleague.
#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_sees_who_acted_for_him_and_why() {
    let server = clinic().await;
    let app = hub(&server);
    let olga = sign_in(&server, &app, ("olga@example.test", ""), SCOPE).await;
    let dina = super::api(&server, "dina@example.test", "openid account").await;
    assert_eq!(dina.get("/me/exchanges").await.body["items"], json!([]));
    let spaced = format!("  {}  ", REASON.1);
    exchange(&app, DINA, olga.access(), &[("reason", &spaced)]).await;
    exchange(&app, OSCAR, olga.access(), &[REASON]).await;
    let seen = dina.get("/me/exchanges").await;
    let items = seen.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0]["actor"], OLGA);
    assert_eq!(items[0]["actor_name"], "Olga Owner");
    assert_eq!(items[0]["reason"], REASON.1);
    assert_eq!(items[0]["client_id"], "hub-app");
}

/// DOMAIN.md 5, 10; N-09.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_acts_for_a_colleague_and_nobody_for_others() {
    let server = clinic().await;
    let app = hub(&server);
    let olga = sign_in(&server, &app, ("olga@example.test", ""), SCOPE).await;
    let sarah = sign_in(
        &server,
        &app,
        ("sarah@example.test", ""),
        "openid user/*.rs",
    )
    .await;
    let without = sign_in(&server, &app, ("olga@example.test", ""), "openid user/*.rs").await;
    let carl = account(&server, "carl@example.test").await;
    let machine = own_token(&App::bot(&server)).await;
    let mut bodies = Vec::new();
    for (subject, actor) in [
        (OSCAR, olga.access()), // an OWNER himself
        (OLGA, olga.access()),
        (OTTO, olga.access()), // of another organization
        (JOHN, olga.access()),
        (EMILY, olga.access()),
        (&carl, olga.access()),
        (NOBODY, olga.access()),
        (DINA, sarah.access()),
        (DINA, without.access()),
        (DINA, &machine),
    ] {
        let answer = exchange(&app, subject, actor, &[REASON]).await;
        assert_eq!(
            (answer.status, answer.error()),
            (400, "invalid_request"),
            "{subject}"
        );
        bodies.push(answer.body.to_string());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_says_why_and_has_signed_in_lately() {
    let server = clinic().await;
    let app = hub(&server);
    let olga = sign_in(
        &server,
        &app,
        ("olga@example.test", ""),
        &format!("{SCOPE} offline_access"),
    )
    .await;
    let (short, long) = ("too short", "x".repeat(201));
    for reason in ["", short, "         x         ", &long] {
        let answer = exchange(&app, DINA, olga.access(), &[("reason", reason)]).await;
        assert_eq!(answer.error(), "invalid_request", "{reason}");
    }
    for reason in ["ten signs!", &"ü".repeat(200)] {
        let answer = exchange(&app, DINA, olga.access(), &[("reason", reason)]).await;
        assert_eq!(answer.status, 200, "{reason}");
    }
    server.later(15 * 60 - 1);
    let fresh = app.refresh(olga.refresh()).await;
    assert_eq!(
        exchange(&app, DINA, fresh.access(), &[REASON]).await.status,
        200
    );
    server.later(2);
    let stale = exchange(&app, DINA, fresh.access(), &[REASON]).await;
    assert_eq!((stale.status, stale.error()), (400, "invalid_grant"));
}

/// The token ends with the OWNER's role, the colleague's membership and the OWNER's grant.
#[tokio::test(flavor = "multi_thread")]
async fn acting_for_a_colleague_ends_with_the_role() {
    let server = clinic().await;
    let app = hub(&server);
    let olga = sign_in(&server, &app, ("olga@example.test", ""), SCOPE).await;
    let org = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001".parse().unwrap();
    for (who, roles) in [(DINA, "OWNER"), (OLGA, "MEMBER")] {
        let tokens = exchange(&app, DINA, olga.access(), &[REASON]).await;
        assert_eq!(
            app.introspect(tokens.access()).await["active"],
            true,
            "{who}"
        );
        let mut tx = server.write().await;
        let found = tutela::providers::membership(&mut tx, who.parse().unwrap(), org).await;
        let before = found.unwrap().unwrap();
        let mut after = before.clone();
        after.roles = tutela::access::Roles::parse(&[roles]).unwrap();
        tutela::providers::put(&mut tx, &after).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            app.introspect(tokens.access()).await["active"],
            false,
            "{who}"
        );
        let refused = exchange(&app, DINA, olga.access(), &[REASON]).await;
        assert_eq!(refused.error(), "invalid_request", "{who}");
        let mut tx = server.write().await;
        tutela::providers::put(&mut tx, &before).await.unwrap();
        tx.commit().await.unwrap();
    }
}
