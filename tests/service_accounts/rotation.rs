//! A key is replaced by one deed (I-41).
use std::sync::Arc;

use serde_json::json;

use super::{PLACE, app, key, olga, registered};
use crate::exchange::{clinic, hub, own_token};

const HOUR: i64 = 3600;

#[tokio::test(flavor = "multi_thread")]
async fn both_keys_work_until_the_overlap_is_over_and_then_the_old_one_ends() {
    let server = clinic().await;
    let (hub, olga) = (hub(&server), olga(&server).await);
    let (id, first) = registered(&server, "Night watch").await;
    let place = format!("{PLACE}/{id}/api-keys");
    let old = olga.get(&place).await.body["items"][0]["id"].clone();
    let rotate = format!("{place}/{}/rotate", old.as_str().unwrap());
    let made = olga.post(&rotate, json!({"overlap_hours": 24})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["name"], "first 2");
    assert!(
        made.location()
            .ends_with(&format!("{place}/{}", made.text("id")))
    );
    let listed = olga.get(&place).await;
    let [was, is] = &listed.body["items"].as_array().unwrap()[..] else {
        panic!("{:?}", listed.body)
    };
    assert_eq!(was["replaced_by"], is["id"]);
    assert_eq!(was["expires_at"], made.body["replaced_ends_at"]);
    assert!(!listed.body.to_string().contains(&made.text("api_key"))); // N-12
    let (before, after) = (
        app(&server, &id, &first),
        app(&server, &id, &made.text("api_key")),
    );
    server.later(24 * HOUR - 60);
    let (a, b) = (own_token(&before).await, own_token(&after).await);
    server.later(60);
    assert_eq!(hub.introspect(&a).await["active"], false);
    assert_eq!(hub.introspect(&b).await["active"], true);
    let asked = [("grant_type", "client_credentials")];
    let refused = before.post("/token", &asked).await;
    assert_eq!((refused.status, refused.error()), (401, "invalid_client"));
    own_token(&after).await;
    for action in ["api_key_made", "api_key_rotated"] {
        let done = (action.to_owned(), "done".to_owned());
        assert!(server.audited().await.contains(&done), "{action}");
    }
}

/// The old key of somebody who lost it ends at once; a key never lives longer by rotation.
#[tokio::test(flavor = "multi_thread")]
async fn an_overlap_ends_no_later_than_the_key_would_have() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let (id, first) = registered(&server, "Night watch").await;
    let place = format!("{PLACE}/{id}/api-keys");
    let old = olga.get(&place).await.body["items"][0]["id"].clone();
    let rotate = format!("{place}/{}/rotate", old.as_str().unwrap());
    let made = olga.post(&rotate, json!({"overlap_hours": 0})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let asked = [("grant_type", "client_credentials")];
    let refused = app(&server, &id, &first).post("/token", &asked).await;
    assert_eq!(refused.error(), "invalid_client");
    assert_eq!(olga.post(&rotate, json!({})).await.status, 404);

    let body = json!({"name": "short", "expires_at": server.moment(HOUR)});
    let short = olga.post(&place, body).await;
    let rotate = format!("{place}/{}/rotate", short.text("id"));
    let made = olga
        .post(&rotate, json!({"expires_at": server.moment(24 * HOUR)}))
        .await;
    assert_eq!(made.body["replaced_ends_at"], short.body["expires_at"]);
    assert_eq!(made.body["name"], "short 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_once_also_when_many_ask_at_once() {
    let server = clinic().await;
    let olga = Arc::new(olga(&server).await);
    let (id, _) = registered(&server, "Night watch").await;
    key(&server, &olga, &id, "other").await;
    let place = format!("{PLACE}/{id}/api-keys");
    let old = olga.get(&place).await.body["items"][0]["id"].clone();
    let rotate = format!("{place}/{}/rotate", old.as_str().unwrap());
    for (body, status, code) in [
        (json!({"overlap_hours": 721}), 422, "out_of_range"),
        (
            json!({"expires_at": server.moment(-1)}),
            422,
            "out_of_range",
        ),
        (json!({"name": "other"}), 409, "name_taken"),
        (json!({"name": ""}), 422, "invalid"),
    ] {
        let refused = olga.post(&rotate, body).await;
        assert_eq!(refused.status, status, "{:?}", refused.body);
        assert!(
            refused.body.to_string().contains(code),
            "{:?}",
            refused.body
        );
    }
    let keys = async || {
        olga.get(&place).await.body["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(keys().await, 2); // what was refused left nothing behind
    let asked: Vec<_> = (0..20)
        .map(|n| {
            let (olga, rotate) = (Arc::clone(&olga), rotate.clone());
            let body = json!({"name": format!("next {n}")});
            tokio::spawn(async move { olga.post(&rotate, body).await })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    let made = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(made.count(), 1);
    let late = answers.iter().filter(|answer| answer.status == 409);
    assert!(late.map(|a| a.code()).all(|code| code == "already_rotated"));
    assert_eq!(keys().await, 3);
}
