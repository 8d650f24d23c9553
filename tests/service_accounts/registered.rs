//! Machines of an organization.
use serde_json::json;

use super::{BOTH, PLACE, app, key, olga, registered, reminder};
use crate::{
    exchange::{self, api, clinic, own_token},
    harness::{BOT, claims},
};

/// DOMAIN.md 2, 12.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_registered_changed_and_removed() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let made = olga.post(PLACE, reminder("Night watch")).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    assert!(made.location().ends_with(&format!("{PLACE}/{id}")));
    assert_eq!(made.body["modes"], json!(["application", "provider"]));
    assert_eq!(
        made.body["scopes"],
        json!(["system/Appointment.rs", "hcp:read"])
    );
    assert_eq!(made.body["status"], "active");
    let place = format!("{PLACE}/{id}");
    let read = olga.get(&place).await;
    assert_eq!(read.body, made.body);
    let listed = olga.get(&format!("{PLACE}?limit=100")).await;
    assert!(
        listed.body["items"]
            .as_array()
            .unwrap()
            .contains(&made.body)
    );
    let again = olga.post(PLACE, reminder("Night watch")).await;
    assert_eq!((again.status, again.code()), (409, "name_taken"));

    let tag = read.headers["etag"].to_str().unwrap();
    let name = json!({"name": "Day watch", "modes": ["application"], "audiences": ["self"]});
    let changed = olga.patch(&place, name, tag).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    assert_eq!(changed.body["name"], "Day watch");
    let stale = olga.patch(&place, json!({"name": "x"}), tag).await;
    assert_eq!(stale.status, 412);
    let taken = olga.patch(&place, json!({"name": "Scribe"}), "").await;
    assert_eq!((taken.status, taken.code()), (409, "name_taken"));
    assert_eq!(olga.delete(&place).await.status, 204);
    for answer in [olga.get(&place).await, olga.delete(&place).await] {
        assert_eq!(answer.status, 404);
    }
    let audited = server.audited().await;
    for action in ["registered", "changed", "removed"] {
        let event = (format!("service_account_{action}"), "done".to_owned());
        assert!(audited.contains(&event), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_a_machine_is_refused_with_its_field() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let private = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c"}]});
    for (field, value, code) in [
        ("name", json!(" "), "required"),
        ("name", json!("x".repeat(81)), "too_long"),
        ("modes", json!([]), "required"),
        ("modes", json!(["admin"]), "unknown"),
        ("scopes", json!(["user/*.rs"]), "not_for_service_accounts"),
        ("scopes", json!(["openid"]), "not_for_service_accounts"),
        (
            "scopes",
            json!(["platform:admin"]),
            "not_for_service_accounts",
        ),
        ("scopes", json!(["nonsense"]), "invalid"),
        ("audiences", json!(["nowhere"]), "invalid"),
        ("purposes", json!(["for fun"]), "invalid"),
        ("jwks", private, "private_key_material"),
        ("jwks", json!({"keys": 1}), "invalid"),
        ("jwks_uri", json!("ftp://x.test"), "invalid"),
        ("api_keys", json!([]), "unknown_field"),
    ] {
        let mut body = reminder("Night watch");
        body[field] = value.clone();
        let answer = olga.post(PLACE, body).await;
        assert_eq!(answer.status, 422, "{field} {value}");
        assert_eq!(
            answer.body["errors"],
            json!([{"field": field, "code": code}]),
            "{value}"
        );
    }
}

/// Nobody gets by a machine what he may not do himself (N-10, N-16, N-17).
#[tokio::test(flavor = "multi_thread")]
async fn rights_do_not_grow_through_a_machine() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let mut strong = reminder("Strong");
    strong["scopes"] = json!(["guardianships:write", "launch:write"]);
    let made = olga.post(PLACE, strong.clone()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let place = format!("{PLACE}/{}", made.text("id"));
    // A config Owner holds service_accounts:write, but nothing about guardianships.
    let carl = api(&server, "carl@example.test", BOTH).await;
    strong["name"] = json!("Stronger");
    let mut refused = vec![carl.post(PLACE, strong).await];
    let key = json!({"name": "mine", "expires_at": server.moment(3600)});
    refused.push(carl.post(&format!("{place}/api-keys"), key).await);
    let jwks = json!({"jwks": {"keys": []}});
    refused.push(carl.patch(&place, jwks, "").await);
    let own = carl.post(PLACE, reminder("Carl's")).await;
    assert_eq!(own.status, 201, "{:?}", own.body);
    let own = format!("{PLACE}/{}", own.text("id"));
    let more = json!({"scopes": ["hcp:read", "consumers:read"]});
    refused.push(carl.patch(&own, more, "").await);
    for answer in refused {
        assert_eq!(
            (answer.status, answer.code()),
            (403, "insufficient_permission")
        );
    }
    let renamed = carl.patch(&place, json!({"name": "Renamed"}), "").await;
    assert_eq!(renamed.status, 200, "{:?}", renamed.body);

    // A machine hands out no more than it has.
    let mut registrar = reminder("Registrar");
    registrar["scopes"] = json!(["service_accounts:write", "system/Patient.rs"]);
    registrar["audiences"] = json!(["self"]);
    let id = olga.post(PLACE, registrar).await.text("id");
    let secret = super::key(&server, &olga, &id, "first").await;
    let token = own_token(&app(&server, &id, &secret)).await;
    let machine = crate::api::Api::bearer(&server, &token);
    let mut wish = reminder("Child");
    for (scopes, status) in [
        ("system/*.rs", 403),
        ("hcp:read", 403),
        ("system/Patient.r", 201),
    ] {
        wish["scopes"] = json!([scopes]);
        assert_eq!(
            machine.post(PLACE, wish.clone()).await.status,
            status,
            "{scopes}"
        );
    }
}

/// N-10, N-11 in kind: what a machine lost, its tokens lost at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_disabled_or_removed_is_out_at_once() {
    let server = clinic().await;
    let hub = exchange::hub(&server);
    let (id, secret) = registered(&server, "Night watch").await;
    let (olga, machine) = (olga(&server).await, app(&server, &id, &secret));
    let place = format!("{PLACE}/{id}");
    let token = own_token(&machine).await;
    assert_eq!(claims(&token)["scope"], "system/Appointment.rs hcp:read");
    assert_eq!(hub.introspect(&token).await["active"], true);
    let less = json!({"scopes": "system/Appointment.r"});
    assert_eq!(olga.patch(&place, less, "").await.status, 200);
    assert_eq!(
        hub.introspect(&token).await["scope"],
        "system/Appointment.r"
    );
    let off = olga.patch(&place, json!({"status": "disabled"}), "").await;
    assert_eq!(off.body["status"], "disabled");
    let asked = [("grant_type", "client_credentials")];
    assert_eq!(hub.introspect(&token).await["active"], false);
    assert_eq!(
        machine.post("/token", &asked).await.error(),
        "invalid_client"
    );
    let on = olga.patch(&place, json!({"status": "active"}), "").await;
    assert_eq!(on.status, 200);
    let token = own_token(&machine).await;
    assert_eq!(olga.delete(&place).await.status, 204);
    assert_eq!(hub.introspect(&token).await["active"], false);
    assert_eq!(
        machine.post("/token", &asked).await.error(),
        "invalid_client"
    );
}

/// N-15.
#[tokio::test(flavor = "multi_thread")]
async fn machines_of_other_organizations_are_not_there() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let foreign = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b04";
    for id in [foreign, "x"] {
        assert_eq!(olga.get(&format!("{PLACE}/{id}")).await.status, 404);
        assert_eq!(olga.delete(&format!("{PLACE}/{id}")).await.status, 404);
        let keys = format!("{PLACE}/{id}/api-keys");
        assert_eq!(olga.get(&keys).await.status, 404);
    }
    let elsewhere = PLACE.replace("c0001", "c0002");
    assert_eq!(olga.get(&elsewhere).await.status, 404);
    assert_eq!(olga.post(&elsewhere, reminder("x")).await.status, 404);
    let reader = api(&server, "olga@example.test", "openid service_accounts:read").await;
    assert_eq!(reader.get(&format!("{PLACE}/{BOT}")).await.status, 200);
    assert_eq!(reader.post(PLACE, reminder("x")).await.status, 403);
    let sarah = api(&server, "sarah@example.test", "openid hcp:read").await;
    assert_eq!(sarah.get(PLACE).await.code(), "insufficient_permission");
    let mut page = olga.get(&format!("{PLACE}?limit=1")).await;
    let mut seen = vec![page.body["items"][0]["id"].clone()];
    while let Some(cursor) = page.body["next"].as_str() {
        page = olga.get(&format!("{PLACE}?limit=1&cursor={cursor}")).await;
        seen.push(page.body["items"][0]["id"].clone());
    }
    assert_eq!(seen.len(), 3, "{seen:?}"); // bot, scribe, reporter
    assert!(!seen.contains(&json!(foreign)));
    let _ = key(&server, &olga, BOT, "another").await;
}
