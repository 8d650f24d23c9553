//! The chain over the audit events, and events that travel in batches (SECURITY.md 9.1).
use std::sync::Arc;

use tutela::{
    audit::{self, Action, Event, Flaw, Later, Sealer, Verdict},
    clock::{ManualClock, Timestamp},
    store::{Origin, Store},
};

use crate::harness::Database;

struct Place {
    _database: Database,
    clock: Arc<ManualClock>,
    store: Store,
}

impl Place {
    async fn new() -> Self {
        let database = Database::new().await;
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_900_000_000)));
        let store = database.store(Arc::clone(&clock)).await;
        Self {
            _database: database,
            clock,
            store,
        }
    }

    /// Records so many events that are told apart by their objects.
    async fn record(&self, count: usize) {
        let mut tx = self.store.write().await.unwrap();
        for n in 0..count {
            let event = Event::done(Action::TokenIssued).on(n);
            audit::record(&mut tx, event).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn tamper(&self, statement: &'static str) {
        let mut tx = self.store.write().await.unwrap();
        let unlock = tx.query_per_database(
            "DROP TRIGGER audit_events_keep_delete",
            "DROP TRIGGER audit_events_keep ON audit_events",
        );
        unlock.run().await.unwrap();
        assert_ne!(tx.query(statement).run().await.unwrap(), 0);
        tx.commit().await.unwrap();
    }

    async fn verdict(&self) -> Verdict {
        audit::verify(&self.store).await.unwrap()
    }
}

#[tokio::test]
async fn every_event_is_sealed_once() {
    let place = Place::new().await;
    let mut sealer = Sealer::default();
    place.record(1203).await;
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 1203);
    place.record(1).await;
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 1);
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 0);
    assert_eq!(place.verdict().await, Verdict::Sound { events: 1204 });
}

#[tokio::test]
async fn what_another_node_commits_late_is_sealed() {
    let place = Place::new().await;
    let mut sealer = Sealer::default();
    place.record(3).await;
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 3);
    place.clock.advance_seconds(-5);
    place.record(1).await; // with an id below those that have a seal
    place.clock.advance_seconds(5);
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 1);
    place.clock.advance_seconds(-3600);
    place.record(1).await; // so late that the next passes do not look for it
    place.clock.advance_seconds(3600);
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 0);
    place.clock.advance_seconds(3600);
    assert_eq!(sealer.pass(&place.store).await.unwrap(), 1);
    assert_eq!(place.verdict().await, Verdict::Sound { events: 5 });
}

#[tokio::test]
async fn whoever_starts_anew_seals_what_was_left() {
    let place = Place::new().await;
    place.record(2).await;
    Sealer::default().pass(&place.store).await.unwrap();
    place.clock.advance_seconds(-3600);
    place.record(1).await;
    place.clock.advance_seconds(7 * 24 * 3600);
    place.record(1).await;
    let sealed = Sealer::default().pass(&place.store).await.unwrap();
    assert_eq!(sealed, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_seal_at_once_keep_one_chain() {
    let place = Place::new().await;
    let mut nodes = [Sealer::default(), Sealer::default()];
    for _ in 0..5 {
        place.record(700).await;
        let [one, other] = &mut nodes;
        let (one, other) = tokio::join!(one.pass(&place.store), other.pass(&place.store));
        one.unwrap();
        other.unwrap();
    }
    nodes[0].pass(&place.store).await.unwrap();
    assert_eq!(place.verdict().await, Verdict::Sound { events: 3500 });
}

#[tokio::test]
async fn a_cut_tail_is_found() {
    let place = Place::new().await;
    place.record(5).await;
    Sealer::default().pass(&place.store).await.unwrap();
    place
        .tamper("DELETE FROM audit_events WHERE object IN ('3', '4')")
        .await;
    let verdict = place.verdict().await;
    let Verdict::Broken { seq, flaw, .. } = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!((seq, flaw), (4, Flaw::EventMissing));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_each_event_and_its_origin() {
    let place = Place::new().await;
    let later = Later::default();
    for n in 0..2000 {
        let origin = Arc::new(Origin {
            request_id: format!("request {n}"),
            address: None,
        });
        let event = Event::done(Action::TokenIssued).on(n);
        later.record(event, &origin).await;
    }
    assert_eq!(later.waiting(), 2000);
    later.flush(&place.store).await.unwrap();
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
}
