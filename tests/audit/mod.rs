//! The chain over the audit events (SECURITY.md 9.1), and events that travel in batches.
mod later;

use std::{ops::Range, sync::Arc};

use tutela::{
    audit::{self, Action, Event, Flaw, Sealer, Verdict},
    clock::{ManualClock, Timestamp},
    store::Store,
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
        self.record_those(0..count).await;
    }

    async fn record_those(&self, numbers: Range<usize>) {
        let mut tx = self.store.write().await.unwrap();
        for n in numbers {
            let event = Event::done(Action::TokenIssued).on(n);
            audit::record(&mut tx, event).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Records five events and seals them: at once, so that their seals stand together, or one
    /// after the other.
    async fn five(&self, is_at_once: bool) {
        let step = if is_at_once { 5 } else { 1 };
        for first in (0..5).step_by(step) {
            self.record_those(first..first + step).await;
            Sealer::default().pass(&self.store).await.unwrap();
        }
        assert_eq!(self.verdict().await, Verdict::Sound { events: 5 });
    }

    /// What somebody does who owns the database: the triggers that forbid it go first.
    async fn tamper(&self, statements: &[&'static str]) {
        let mut tx = self.store.write().await.unwrap();
        for (sqlite, postgres) in [
            ("events_keep_update", "events_keep ON audit_events"),
            ("events_keep_delete", ""),
            ("seals_keep_update", "seals_keep ON audit_seals"),
            ("seals_keep_delete", ""),
        ] {
            let name = match std::env::var("TEST_POSTGRES") {
                Ok(_) if postgres.is_empty() => continue,
                Ok(_) => postgres,
                Err(_) => sqlite,
            };
            tx.query_of(&["DROP TRIGGER audit_", name])
                .run()
                .await
                .unwrap();
        }
        for statement in statements {
            assert_ne!(tx.query(statement).run().await.unwrap(), 0, "{statement}");
        }
        tx.commit().await.unwrap();
    }

    async fn verdict(&self) -> Verdict {
        audit::verify(&self.store, None).await.unwrap()
    }
}

#[tokio::test]
async fn every_event_is_sealed_once() {
    let place = Place::new().await;
    let sealer = Sealer::default();
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
    let sealer = Sealer::default();
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
    let nodes = [Sealer::default(), Sealer::default()];
    for _ in 0..5 {
        place.record(700).await;
        let [one, other] = &nodes;
        let (one, other) = tokio::join!(one.pass(&place.store), other.pass(&place.store));
        one.unwrap();
        other.unwrap();
    }
    nodes[0].pass(&place.store).await.unwrap();
    assert_eq!(place.verdict().await, Verdict::Sound { events: 3500 });
}

#[tokio::test]
async fn each_flaw_of_the_chain_is_found_at_its_place() {
    let events: [(&str, &[&str], i64, Flaw); 4] = [
        (
            "one letter of an event",
            &["UPDATE audit_events SET reason = 'x' WHERE object = '2'"],
            3,
            Flaw::Changed,
        ),
        (
            "an event in the middle",
            &["DELETE FROM audit_events WHERE object = '1'"],
            2,
            Flaw::EventMissing,
        ),
        (
            "the last events",
            &["DELETE FROM audit_events WHERE object IN ('3', '4')"],
            4,
            Flaw::EventMissing,
        ),
        (
            "two events in each other's place",
            &[
                "UPDATE audit_events SET object = 'x' WHERE object = '1'",
                "UPDATE audit_events SET object = '1' WHERE object = '3'",
                "UPDATE audit_events SET object = '3' WHERE object = 'x'",
            ],
            2,
            Flaw::Changed,
        ),
    ];
    let seals: [(&str, &[&str], i64, Flaw); 3] = [
        (
            "a seal",
            &["DELETE FROM audit_seals WHERE seq = 3"],
            3,
            Flaw::SealMissing,
        ),
        (
            "a hash",
            &["UPDATE audit_seals SET hash = 'beef' WHERE seq = 5"],
            5,
            Flaw::Changed,
        ),
        (
            "a number",
            &["UPDATE audit_seals SET seq = 6 WHERE seq = 5"],
            5,
            Flaw::Changed,
        ),
    ];
    let together: [(&str, &[&str], i64, Flaw); 3] = [
        (
            "all seals but the last",
            &[
                "UPDATE audit_seals SET after = 4, ids = substr(ids, 145), hashes = substr(hashes, 257)",
            ],
            1,
            Flaw::SealMissing,
        ),
        (
            "an id among others",
            &["UPDATE audit_seals SET ids = substr(ids, 1, 144)"],
            1,
            Flaw::Changed,
        ),
        (
            "a hash among others",
            &[
                "UPDATE audit_seals SET hashes = substr(hashes, 1, 64) || substr(hashes, 1, 64) || substr(hashes, 129)",
            ],
            2,
            Flaw::Changed,
        ),
    ];
    let alone = [&events[..], &seals[..]].concat();
    let together = [&events[..], &together[..]].concat();
    for (is_at_once, cases) in [(false, alone), (true, together)] {
        for (what, statements, place_of, expected) in cases {
            let place = Place::new().await;
            place.five(is_at_once).await;
            place.tamper(statements).await;
            let verdict = place.verdict().await;
            let Verdict::Broken { seq, flaw, .. } = verdict else {
                panic!("{what}: {verdict:?}");
            };
            assert_eq!((seq, flaw), (place_of, expected), "{what}, {is_at_once}");
        }
    }
}

/// Whoever owns the database can cut or rewrite the end together with its seals; a head that
/// was kept elsewhere tells.
#[tokio::test]
async fn a_head_that_was_kept_elsewhere_shows_a_cut_and_a_rewritten_end() {
    let cases: [(&str, &[&str], Verdict, i64, Flaw); 2] = [
        (
            "cut",
            &[
                "DELETE FROM audit_seals WHERE seq > 3",
                "DELETE FROM audit_events WHERE object IN ('3', '4')",
            ],
            Verdict::Sound { events: 3 },
            4,
            Flaw::SealMissing,
        ),
        (
            "rewritten",
            &[
                "DELETE FROM audit_seals WHERE seq > 3",
                "UPDATE audit_events SET reason = 'x' WHERE object = '3'",
            ],
            Verdict::Sound { events: 5 },
            5,
            Flaw::Rewritten,
        ),
    ];
    for (what, statements, alone, place_of, expected) in cases {
        let place = Place::new().await;
        place.five(false).await;
        let head = audit::head(&place.store).await.unwrap();
        let beside = async || audit::verify(&place.store, head.as_ref()).await.unwrap();
        assert_eq!(beside().await, Verdict::Sound { events: 5 });
        place.tamper(statements).await;
        Sealer::default().pass(&place.store).await.unwrap();
        assert_eq!(place.verdict().await, alone, "{what}");
        let verdict = beside().await;
        let Verdict::Broken { seq, flaw, .. } = verdict else {
            panic!("{what}: {verdict:?}");
        };
        assert_eq!((seq, flaw), (place_of, expected), "{what}");
    }
}

#[tokio::test]
async fn what_was_recorded_can_neither_be_changed_nor_deleted() {
    let place = Place::new().await;
    place.record(1).await;
    Sealer::default().pass(&place.store).await.unwrap();
    for statement in [
        "UPDATE audit_events SET outcome = 'refused'",
        "DELETE FROM audit_events",
        "UPDATE audit_seals SET hash = 'x'",
        "DELETE FROM audit_seals",
    ] {
        let mut tx = place.store.write().await.unwrap();
        assert!(tx.query(statement).run().await.is_err(), "{statement}");
    }
    assert_eq!(place.verdict().await, Verdict::Sound { events: 1 });
}
