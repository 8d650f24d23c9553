//! A key is rotated under load (I-41): no request with a live key fails, none with a dead key
//! passes.
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::json;

use super::{PLACE, app, olga, registered};
use crate::{exchange::clinic, harness::App};

const REQUESTS: usize = 10_000;
const AT_ONCE: usize = 32;
const ASKED: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// What the workers share.
struct Shared {
    old: App,
    new: Mutex<Option<App>>,
    /// Set once the end of the old key was acknowledged.
    is_over: AtomicBool,
    /// Set before the old key may end.
    is_ending: AtomicBool,
    asked: AtomicUsize,
    with_dead: AtomicUsize,
    with_new: AtomicUsize,
}

/// Asks until there were enough requests, now with the old key, now with the new one.
async fn work(shared: Arc<Shared>) {
    loop {
        let nth = shared.asked.fetch_add(1, Ordering::SeqCst);
        if nth >= REQUESTS {
            return;
        }
        let new = shared.new.lock().unwrap().clone();
        let was_over = shared.is_over.load(Ordering::SeqCst);
        match new {
            Some(new) if nth.is_multiple_of(2) => {
                let answer = new.post("/token", &ASKED).await;
                assert_eq!(answer.status, 200, "the new key: {:?}", answer.body);
                shared.with_new.fetch_add(1, Ordering::SeqCst);
            }
            _ => {
                let answer = shared.old.post("/token", &ASKED).await;
                let may_have_ended = shared.is_ending.load(Ordering::SeqCst);
                match (was_over, may_have_ended) {
                    (true, _) => {
                        assert_eq!(answer.error(), "invalid_client", "a dead key passed");
                        shared.with_dead.fetch_add(1, Ordering::SeqCst);
                    }
                    (false, false) => {
                        assert_eq!(answer.status, 200, "a live key failed: {:?}", answer.body);
                    }
                    // It ended while this request was under way: taken or refused, both are right,
                    // and after sixty refusals they are 429.
                    (false, true) => assert!([200, 401, 429].contains(&answer.status)),
                }
            }
        }
    }
}

/// Waits until so many requests were made.
async fn until(shared: &Shared, many: usize) {
    while shared.asked.load(Ordering::SeqCst) < many {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_go_through_a_rotation_and_only_live_keys_open() {
    let server = clinic().await;
    let api = olga(&server).await;
    let (id, first) = registered(&server, "Night watch").await;
    let place = format!("{PLACE}/{id}/api-keys");
    let old = api.get(&place).await.body["items"][0]["id"].clone();
    let shared = Arc::new(Shared {
        old: app(&server, &id, &first),
        new: Mutex::new(None),
        is_over: AtomicBool::new(false),
        is_ending: AtomicBool::new(false),
        asked: AtomicUsize::new(0),
        with_dead: AtomicUsize::new(0),
        with_new: AtomicUsize::new(0),
    });
    // Wrong secrets are throttled (SECURITY.md 5.2), so the dead key is tried by few.
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| tokio::spawn(work(Arc::clone(&shared))))
        .collect();
    until(&shared, REQUESTS / 4).await;
    let rotate = format!("{place}/{}/rotate", old.as_str().unwrap());
    let made = api.post(&rotate, json!({"overlap_hours": 24})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    *shared.new.lock().unwrap() = Some(app(&server, &id, &made.text("api_key")));
    until(&shared, REQUESTS / 2).await;
    shared.is_ending.store(true, Ordering::SeqCst);
    let ended = api
        .delete(&format!("{place}/{}", old.as_str().unwrap()))
        .await;
    assert_eq!(ended.status, 204);
    shared.is_over.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }
    assert!(shared.with_new.load(Ordering::SeqCst) > REQUESTS / 4);
    assert!(shared.with_dead.load(Ordering::SeqCst) > 0);
}
