//! The chain over the audit events, and events that travel in batches (SECURITY.md 9.1).
use std::{ops::Range, sync::Arc};

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

/// Whatever was answered before somebody reads the log is in it, though it is written late.
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_the_log_waits_for_what_is_on_its_way() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    let writer = later.clone();
    let writing = tokio::spawn(async move { writer.run().await });
    let origin = origin("request");
    for n in 1..=20 {
        let event = Event::done(Action::TokenIssued).on(n);
        later.record(event, &origin).await;
        later.settled().await;
        let mut tx = place.store.read().await.unwrap();
        let (written,): (i64,) = tx
            .query("SELECT COUNT(*) FROM audit_events")
            .one()
            .await
            .unwrap();
        assert_eq!(written, n);
    }
    assert_eq!(later.waiting(), 0);
    writing.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_each_event_and_its_origin() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    for n in 0..2000 {
        let event = Event::done(Action::TokenIssued).on(n);
        later.record(event, &origin(&format!("request {n}"))).await;
    }
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
    let recording = tokio::spawn(async move {
        let origin = origin("request");
        for n in 0..20_000 {
            let event = Event::done(Action::TokenIssued).on(n);
            recorder.record(event, &origin).await;
        }
    });
    let full = 8192;
    while later.waiting() < full {
        tokio::task::yield_now().await;
    }
    assert!(!recording.is_finished());
    assert_eq!(later.waiting(), full);
    let writer = later.clone();
    let writing = tokio::spawn(async move { writer.run().await });
    recording.await.unwrap();
    written(&later).await;
    later.sealer().pass(&place.store).await.unwrap();
    assert_eq!(place.verdict().await, Verdict::Sound { events: 20_000 });
    writing.abort();
}

/// A large batch of late events is sealed behind its writer: nobody reads it again. What is in the
/// way of that costs no seal and gives none twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_batch_is_sealed_as_soon_as_it_is_written() {
    let place = Place::new().await;
    let later = Later::new(place.store.clone());
    let record = async |numbers: Range<usize>| {
        for n in numbers {
            let event = Event::done(Action::TokenIssued).on(n);
            later.record(event, &origin(&format!("request {n}"))).await;
        }
    };
    record(0..700).await; // before anybody writes, so that they are one batch
    let writer = later.clone();
    let writing = tokio::spawn(async move { writer.run().await });
    written(&later).await;
    // Whoever seals next waits for who is sealing, and finds nothing left.
    assert_eq!(later.sealer().pass(&place.store).await.unwrap(), 0);
    assert_eq!(place.verdict().await, Verdict::Sound { events: 700 });
    record(700..703).await; // so few are left to the next pass
    written(&later).await;
    assert_eq!(place.verdict().await, Verdict::Sound { events: 700 });
    assert_eq!(later.sealer().pass(&place.store).await.unwrap(), 3);
    assert_eq!(place.verdict().await, Verdict::Sound { events: 703 });
    writing.abort();
}

/// Nodes that write large batches at once, and whose passes seal at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn batches_and_passes_of_several_nodes_keep_one_chain() {
    let place = Place::new().await;
    let nodes = [(); 3].map(|()| Later::new(place.store.clone()));
    let mut running = tokio::task::JoinSet::new();
    for node in &nodes {
        let writer = node.clone();
        running.spawn(async move { writer.run().await });
    }
    for _ in 0..8 {
        let recorded = nodes.iter().map(async |node| {
            for n in 0..200 {
                let event = Event::done(Action::TokenIssued).on(n);
                node.record(event, &origin("request")).await;
            }
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
        later
            .record(Event::done(Action::TokenIssued).on(n), &origin("request"))
            .await;
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

fn origin(request_id: &str) -> Arc<Origin> {
    Arc::new(Origin {
        request_id: request_id.into(),
        address: None,
    })
}
