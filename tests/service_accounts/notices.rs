//! Letters before a key ends.
use serde_json::json;

use super::{PLACE, olga, registered};
use crate::{exchange::clinic, harness::Server};

const DAY: i64 = 24 * 3600;

/// The letters about the machine's keys, after two nodes looked at a time.
async fn reminded(server: &Server) -> Vec<String> {
    tokio::join!(server.remind(), server.remind());
    let mut letters = server.letters().await;
    letters.retain(|letter| letter.contains("Night watch")); // the clinic has others
    letters
}

/// To the config Owners, 14 and 3 days before, once each, whoever looks.
#[tokio::test(flavor = "multi_thread")]
async fn owners_are_told_twice_before_a_key_ends() {
    let server = clinic().await;
    registered(&server, "Night watch").await; // its key lives 200 days
    assert!(reminded(&server).await.is_empty());
    server.later(186 * DAY - 120);
    assert!(reminded(&server).await.is_empty());
    server.later(180);
    let letters = reminded(&server).await;
    let [letter] = &letters[..] else {
        panic!("{letters:?}")
    };
    for text in [
        "To: carl@example.test",
        "Night watch",
        "Key: first",
        "within 14 days",
        "/admin/7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001/service-accounts/",
    ] {
        assert!(letter.contains(text), "{text} {letter}");
    }
    server.later(10 * DAY);
    assert!(reminded(&server).await.is_empty());
    server.later(DAY);
    let letters = reminded(&server).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("within 3 days"), "{}", letters[0]);
    server.later(DAY);
    assert!(reminded(&server).await.is_empty());
}

/// Whoever rotated, or made a key for a week on purpose, hears nothing of the long notice; whoever
/// comes late to it gets the last one only.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_what_he_knows() {
    let server = clinic().await;
    let (id, _) = registered(&server, "Night watch").await;
    let keys = format!("{PLACE}/{id}/api-keys");
    let api = olga(&server).await;
    let first = api.get(&keys).await.body["items"][0]["id"].clone();
    let rotate = format!("{keys}/{}/rotate", first.as_str().unwrap());
    let made = api.post(&rotate, json!({"overlap_hours": 240})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let week = json!({"name": "week", "expires_at": server.moment(7 * DAY)});
    assert_eq!(api.post(&keys, week).await.status, 201);
    assert!(reminded(&server).await.is_empty());
    server.later(6 * DAY);
    let letters = reminded(&server).await;
    assert_eq!(letters.len(), 1);
    assert!(
        letters[0].contains("Key: week") && letters[0].contains("within 1")
            || letters[0].contains("within a day")
    );
    server.later(192 * DAY); // two days before the new key ends
    let letters = reminded(&server).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("Key: first 2"), "{}", letters[0]);
}
