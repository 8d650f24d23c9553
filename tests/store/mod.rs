//! The store itself: one dialect, group commit, roll-back, changes seen by other nodes.
mod memory;

use std::{collections::HashSet, sync::Arc};

use tutela::{
    clock::{ManualClock, SystemClock, Timestamp},
    id::OrganizationId,
    random::{SeededRandom, SystemRandom},
    secret::Secret,
    store::{Options, Schema, Store, StoreError, Topic},
};

use crate::harness::Database;

async fn open(database: &Database) -> Store {
    let options = Options {
        url: Secret::new(database.url()),
        schema: Schema::Migrate,
    };
    Store::open(&options, Arc::new(SystemClock), Arc::new(SystemRandom))
        .await
        .unwrap()
}

async fn add_mark(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.query("INSERT INTO throttles (key, failures, window_start, blocked_until, updated_at) VALUES ($1, 1, 0, 0, 0)")
        .bind(name)
        .run()
        .await?;
    tx.commit().await
}

async fn marks(store: &Store) -> Vec<String> {
    let mut tx = store.read().await.unwrap();
    let rows: Vec<(String,)> = tx
        .query("SELECT key FROM throttles ORDER BY key")
        .all()
        .await
        .unwrap();
    rows.into_iter().map(|(key,)| key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_all_get_what_they_asked_for() {
    let database = Database::new().await;
    let store = open(&database).await;
    let writers: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { add_mark(&store, &format!("{n:03}")).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(marks(&store).await.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_or_failed_unit_of_work_takes_only_itself_back() {
    let database = Database::new().await;
    let store = open(&database).await;
    let work = (0..60).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            match n % 3 {
                0 => add_mark(&store, &format!("kept {n:02}")).await.is_ok(),
                1 => {
                    let mut tx = store.write().await.unwrap();
                    tx.query("INSERT INTO throttles (key, failures, window_start, blocked_until, updated_at) VALUES ($1, 1, 0, 0, 0)")
                        .bind(format!("dropped {n:02}"))
                        .run()
                        .await
                        .unwrap();
                    drop(tx);
                    true
                }
                _ => add_mark(&store, "the same").await.is_err_and(|e| e.is_duplicate()) || n == 2,
            }
        })
    });
    for one in work.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let left = marks(&store).await;
    assert_eq!(left.iter().filter(|m| m.starts_with("kept")).count(), 20);
    assert_eq!(left.iter().filter(|m| m.starts_with("dropped")).count(), 0);
    assert_eq!(left.iter().filter(|m| *m == "the same").count(), 1);
}

/// Whoever leaves while he waits for his turn takes nothing of the others with him.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_before_his_turn_takes_nothing_with_him() {
    let database = Database::new().await;
    let store = open(&database).await;
    let work: Vec<_> = (0..400)
        .map(|n| {
            let store = store.clone();
            let one = async move { add_mark(&store, &format!("{n:03}")).await };
            let patience = std::time::Duration::from_micros(50 * (n % 40));
            tokio::spawn(async move {
                match n % 2 {
                    0 => one.await.is_ok(),
                    _ => tokio::time::timeout(patience, one).await.is_ok(),
                }
            })
        })
        .collect();
    let mut told = Vec::new();
    for (n, one) in work.into_iter().enumerate() {
        if one.await.unwrap() {
            told.push(format!("{n:03}"));
        }
    }
    let left = marks(&store).await;
    assert!(
        told.iter()
            .filter(|mark| mark.parse::<u32>().unwrap() % 2 == 0)
            .count()
            == 200
    );
    assert!(
        told.iter().all(|mark| left.contains(mark)),
        "an acknowledged write is lost"
    );
}

#[tokio::test]
async fn what_reads_cannot_write() {
    let database = Database::new().await;
    let store = open(&database).await;
    let mut tx = store.read().await.unwrap();
    let strayed = tx.query("DELETE FROM throttles").run().await;
    assert!(strayed.is_err());
}

#[tokio::test]
async fn another_node_sees_that_a_topic_changed() {
    let database = Database::new().await;
    let (here, there) = (open(&database).await, open(&database).await);
    let before = there.changes().version(Topic::People);
    let mut tx = here.write().await.unwrap();
    tx.touch(Topic::People);
    tx.commit().await.unwrap();
    there.see_changes().await.unwrap();
    let after = there.changes().version(Topic::People);
    assert_eq!(here.changes().version(Topic::People), after);
    assert_eq!(after, before.map(|version| version + 1));
}

#[tokio::test]
async fn ids_of_one_unit_of_work_count_upwards() {
    let database = Database::new().await;
    let options = Options {
        url: Secret::new(database.url()),
        schema: Schema::Migrate,
    };
    let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_900_000_000)));
    let store = Store::open(&options, clock, Arc::new(SeededRandom::new(3)))
        .await
        .unwrap();
    let mut tx = store.read().await.unwrap();
    let ids: Vec<OrganizationId> = (0..100).map(|_| tx.id()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 100);
    assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
}

#[tokio::test]
async fn an_unmigrated_database_is_refused_when_it_must_be_ready() {
    let database = Database::new().await;
    let options = Options {
        url: Secret::new(database.url()),
        schema: Schema::Require,
    };
    let refused = Store::open(&options, Arc::new(SystemClock), Arc::new(SystemRandom)).await;
    assert!(
        refused
            .err()
            .unwrap()
            .to_string()
            .contains("tutela migrate")
    );
}
