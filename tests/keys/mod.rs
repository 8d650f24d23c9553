//! The server's own keys, on a database of their own.
mod forgery;
mod life;
mod start;

use std::{path::PathBuf, sync::Arc};

use sqlx::Connection;
use tempfile::TempDir;
use tutela::{
    clock::{Clock, ManualClock, Timestamp},
    keys::Keys,
    random::{Random, SystemRandom},
    secret::Secret,
    store::{Options, Schema, Store},
};

/// A database, a folder for the key-encryption key and a clock that is moved by hand.
struct Place {
    store: Store,
    clock: Arc<ManualClock>,
    url: Secret,
    folder: TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(1_900_000_000)));
        let url = fresh_database(&folder).await;
        let store = open(&url, &clock).await;
        Self {
            store,
            clock,
            url,
            folder,
        }
    }

    /// Another process on the same database.
    async fn second_store(&self) -> Store {
        open(&self.url, &self.clock).await
    }

    fn keys_dir(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    async fn keys(&self) -> Keys {
        Keys::open(&self.store, &self.keys_dir()).await.unwrap()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets `seconds` pass, with what the server does every minute at the end.
    async fn pass(&self, keys: &Keys, seconds: i64) {
        self.clock.advance_seconds(seconds);
        keys.maintain(&self.store).await.unwrap();
    }
}

async fn open(url: &Secret, clock: &Arc<ManualClock>) -> Store {
    let options = Options {
        url: url.clone(),
        schema: Schema::Migrate,
    };
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    Store::open(&options, clock, Arc::new(SystemRandom))
        .await
        .unwrap()
}

/// A SQLite file, or with `TEST_POSTGRES` (the URL of a server) a database there.
async fn fresh_database(folder: &TempDir) -> Secret {
    let Ok(server) = std::env::var("TEST_POSTGRES") else {
        return Secret::new(format!("sqlite:{}/db", folder.path().display()));
    };
    let mut name = [0; 8];
    SystemRandom.fill(&mut name);
    let name = format!("tutela_keys_{}", hex::encode(name));
    let mut conn = sqlx::PgConnection::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&mut conn)
        .await
        .unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&name);
    Secret::new(url.as_str())
}
