//! Events that travel in batches, and are sealed behind their writer (SECURITY.md 9.1).
use std::{ops::Range, sync::Arc};

use tokio::task::JoinSet;
use tutela::{
    audit::{Action, Event, Later, Sealer, Verdict},
    store::Origin,
};

use super::Place;

/// Whatever was answered before somebody reads the log is in it, though it is written late.
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_the_log_waits_for_what_is_on_its_way() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    let _writing = writer(&later);
    for n in 1..=20 {
        record(&later, n..n + 1).await;
        later.settled().await;
        let mut tx = place.store.read().await.unwrap();
        let (written,): (i64,) = tx
            .query("SELECT COUNT(*) FROM audit_events")
            .one()
            .await
            .unwrap();
        assert_eq!(usize::try_from(written), Ok(n));
    }
    assert_eq!(later.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_each_event_and_its_origin() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    record(&later, 0..2000).await;
    assert_eq!(later.waiting(), 2000);
    later.flush().await.unwrap();
    assert_eq!(later.waiting(), 0);
    let mut tx = place.store.read().await.unwrap();
    let rows: Vec<(String, String)> = tx
        .query("SELECT object, request_id FROM audit_events ORDER BY id")
        .all()
        .await
        .unwrap();
    assert_eq!(rows.len(), 2000);
    for (n, (object, request)) in rows.into_iter().enumerate() {
        assert_eq!((object, request), (n.to_string(), format!("request {n}")));
    }
    drop(tx);
    Sealer::default().pass(&place.store).await.unwrap();
    assert_eq!(place.verdict().await, Verdict::Sound { events: 2000 });
}

/// A full queue slows down whoever records, and drops nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_records_waits_while_the_queue_is_full() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    let recorder = later.clone();
    let recording = tokio::spawn(async move { record(&recorder, 0..20_000).await });
    let full = 8192;
    while later.waiting() < full {
        tokio::task::yield_now().await;
    }
    assert!(!recording.is_finished());
    assert_eq!(later.waiting(), full);
    let _writing = writer(&later);
    recording.await.unwrap();
    written(&later).await;
    later.sealer().pass(&place.store).await.unwrap();
    assert_eq!(place.verdict().await, Verdict::Sound { events: 20_000 });
}

/// A large batch of late events is sealed behind its writer: nobody reads it again. What is in the
/// way of that costs no seal and gives none twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_batch_is_sealed_as_soon_as_it_is_written() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    record(&later, 0..700).await; // before anybody writes, so that they are one batch
    let _writing = writer(&later);
    written(&later).await;
    // Whoever seals next waits for who is sealing, and finds nothing left.
    assert_eq!(later.sealer().pass(&place.store).await.unwrap(), 0);
    assert_eq!(place.verdict().await, Verdict::Sound { events: 700 });
    record(&later, 700..703).await; // so few are left to the next pass
    written(&later).await;
    assert_eq!(place.verdict().await, Verdict::Sound { events: 700 });
    assert_eq!(later.sealer().pass(&place.store).await.unwrap(), 3);
    assert_eq!(place.verdict().await, Verdict::Sound { events: 703 });
}

/// Nodes that write large batches at once, and whose passes seal at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn batches_and_passes_of_several_nodes_keep_one_chain() {
    let place = Place::new().await;
    let nodes = [(); 3].map(|()| Later::new(place.store.clone()));
    let _writing = nodes.each_ref().map(writer);
    for _ in 0..8 {
        let recorded = nodes.iter().map(async |node| {
            record(node, 0..200).await;
            node.settled().await;
            node.sealer().pass(&place.store).await.unwrap();
        });
        futures_util::future::join_all(recorded).await;
    }
    for node in &nodes {
        written(node).await;
    }
    for node in &nodes {
        node.sealer().pass(&place.store).await.unwrap();
    }
    assert_eq!(place.verdict().await, Verdict::Sound { events: 4800 });
}

/// The database may be away for a while, and the log says all the same when it happened.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_has_the_time_at_which_it_happened() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    let now = || place.store.now().millis();
    let mut moments = Vec::new();
    for n in 0..3 {
        let before = now();
        record(&later, n..n + 1).await;
        moments.push(before..now());
        place.clock.advance_seconds(1);
    }
    let before = now();
    place.record_those(3..4).await;
    moments.push(before..now());
    later.flush().await.unwrap();
    let mut tx = place.store.read().await.unwrap();
    let rows = tx.query("SELECT object, at FROM audit_events ORDER BY at");
    let rows: Vec<(String, i64)> = rows.all().await.unwrap();
    assert_eq!(rows.len(), moments.len());
    for (n, ((object, at), moment)) in rows.iter().zip(moments).enumerate() {
        assert_eq!(*object, n.to_string());
        assert!(moment.contains(at), "{n}: {at} is not in {moment:?}");
    }
}

/// Waits until all that was recorded is written; a reader would give up after a second.
async fn written(later: &Later) {
    for _ in 0..120 {
        if later.waiting() == 0 {
            return;
        }
        later.settled().await;
    }
    panic!("{} events are still waiting", later.waiting());
}

/// Records events that are told apart by their objects, each on behalf of a request of its own.
async fn record(later: &Later, numbers: Range<usize>) {
    for n in numbers {
        let origin = Arc::new(Origin {
            request_id: format!("request {n}").into(),
            address: None,
        });
        let event = Event::done(Action::TokenIssued).on(n);
        later.record(event, &origin).await;
    }
}

/// Writes what is queued, until this goes.
fn writer(later: &Later) -> JoinSet<()> {
    let later = later.clone();
    let mut writing = JoinSet::new();
    writing.spawn(async move { later.run().await });
    writing
}
