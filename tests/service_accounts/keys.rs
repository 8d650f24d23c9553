//! API keys (I-41, N-12).
use serde_json::{Value, json};

use super::{PLACE, app, key, olga, registered};
use crate::{
    exchange::{self, clinic, own_token},
    harness::BOT,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_replaced_with_overlap() {
    let server = clinic().await;
    let (hub, olga) = (exchange::hub(&server), olga(&server).await);
    let (id, first) = registered(&server, "Night watch").await;
    let place = format!("{PLACE}/{id}/api-keys");
    let listed = olga.get(&place).await;
    let shown = &listed.body["items"][0];
    assert_eq!(shown["name"], "first");
    assert!(!listed.body.to_string().contains(&first)); // N-12
    assert_eq!(
        (&shown["status"], &shown["rotation_due"]),
        (&json!("active"), &json!(false))
    );
    let old = shown["id"].as_str().unwrap();

    let body = json!({"name": "second", "expires_at": server.moment(100 * 24 * 3600)});
    let made = olga.post(&place, body.clone()).await;
    let again = olga.post(&place, body).await;
    assert_eq!((again.status, again.code()), (409, "name_taken"));
    assert!(
        made.location()
            .ends_with(&format!("{place}/{}", made.text("id")))
    );
    assert!(tutela::service_accounts::is_well_formed(
        &made.text("api_key")
    ));
    let (before, after) = (
        app(&server, &id, &first),
        app(&server, &id, &made.text("api_key")),
    );
    let (a, b) = (own_token(&before).await, own_token(&after).await);
    let one = format!("{place}/{old}");
    assert_eq!(olga.get(&one).await.body["name"], "first");
    assert_eq!(olga.delete(&one).await.status, 204);
    assert_eq!(hub.introspect(&a).await["active"], false);
    assert_eq!(hub.introspect(&b).await["active"], true);
    for answer in [olga.get(&one).await, olga.delete(&one).await] {
        assert_eq!(answer.status, 404);
    }
    let asked = [("grant_type", "client_credentials")];
    let refused = before.post("/token", &asked).await;
    assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
    let left = olga.get(&place).await;
    assert_eq!(left.body["items"].as_array().unwrap().len(), 1);
    let elsewhere = format!("{PLACE}/{BOT}/api-keys/{}", made.text("id"));
    assert_eq!(olga.delete(&elsewhere).await.status, 404);
    let audited = server.audited().await;
    for action in ["api_key_made", "api_key_revoked"] {
        assert!(
            audited.contains(&(action.to_owned(), "done".to_owned())),
            "{action}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_a_name_and_an_end() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let place = format!("{PLACE}/{BOT}/api-keys");
    let day = 24 * 3600;
    for (name, ends, field, code) in [
        ("", 60, "name", "required"),
        (&*"x".repeat(65), 60, "name", "too_long"),
        ("a", -1, "expires_at", "out_of_range"),
        ("a", 366 * day, "expires_at", "out_of_range"),
    ] {
        let body = json!({"name": name, "expires_at": server.moment(ends)});
        let answer = olga.post(&place, body).await;
        assert_eq!(answer.status, 422, "{name} {ends}");
        assert_eq!(
            answer.body["errors"],
            json!([{"field": field, "code": code}])
        );
    }
    let never = olga.post(&place, json!({"name": "a"})).await;
    assert_eq!(never.body["errors"][0]["field"], "expires_at");
}

/// A token ends with its key, also when the key ends by itself; old keys are flagged.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_ends_by_itself_and_is_flagged_before() {
    let server = clinic().await;
    let hub = exchange::hub(&server);
    let (id, first) = registered(&server, "Night watch").await;
    let machine = app(&server, &id, &first);
    let day = 24 * 3600;
    server.later(90 * day);
    let reads = olga(&server).await;
    let shown = reads.get(&format!("{PLACE}/{id}/api-keys")).await;
    assert_eq!(shown.body["items"][0]["rotation_due"], true);
    assert_eq!(
        reads.get(&format!("{PLACE}/{id}")).await.body["rotation_due"],
        true
    );
    server.later(110 * day - 60);
    let token = own_token(&machine).await;
    assert_eq!(hub.introspect(&token).await["active"], true);
    server.later(60);
    assert_eq!(hub.introspect(&token).await["active"], false);
    let asked = [("grant_type", "client_credentials")];
    assert_eq!(
        machine.post("/token", &asked).await.error(),
        "invalid_client"
    );
    let reads = olga(&server).await;
    let shown = reads.get(&format!("{PLACE}/{id}/api-keys")).await;
    assert_eq!(shown.body["items"][0]["status"], "expired");
    assert_eq!(shown.body["items"][0]["rotation_due"], false);
}

/// N-12: a key in an address is refused and its owner told by the log, never the key.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_an_address_is_refused_and_logged_as_exposed() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let secret = key(&server, &olga, BOT, "another").await;
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", BOT),
        ("client_secret", &secret),
    ];
    for (place, field) in [("/token", "error"), ("/api/v1/me", "code")] {
        let url = format!("{}{place}?client_secret={secret}", server.url);
        let answer = http.post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{place}");
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(body[field].is_string(), "{body}");
        assert!(!body.to_string().contains(&secret));
    }
    let rows = loop {
        let mut tx = server.write().await;
        let rows: Vec<(String, String, String)> = tx
            .query(
                "SELECT outcome, subject, object FROM audit_events WHERE action = 'api_key_exposed'",
            )
            .all()
            .await
            .unwrap();
        if rows.len() == 2 {
            break rows;
        }
        drop(tx);
        tokio::task::yield_now().await;
    };
    let listed = olga.get(&format!("{PLACE}/{BOT}/api-keys")).await;
    let keys = listed.body["items"].as_array().unwrap();
    let id = keys.iter().find(|key| key["name"] == "another").unwrap()["id"].clone();
    for (outcome, subject, object) in rows {
        assert_eq!((outcome.as_str(), subject.as_str()), ("refused", BOT));
        assert_eq!(id, object.as_str());
    }
}
