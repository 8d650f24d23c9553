//! A database of a test's own: a SQLite file, or with `TEST_POSTGRES=postgres://…/postgres`
//! a PostgreSQL database.
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tutela::{
    clock::ManualClock,
    random::SeededRandom,
    secret::Secret,
    store::{Options, Schema, Store},
};

/// A database of a test's own.
pub(crate) struct Database {
    url: String,
    /// Where everything else of the test's server lives, too.
    folder: tempfile::TempDir,
}

impl Database {
    /// An empty database.
    pub(crate) async fn new() -> Self {
        Self::of(None).await
    }

    /// A copy of a database that nobody has open.
    pub(crate) async fn copy(template: &Self) -> Self {
        Self::of(Some(template)).await
    }

    async fn of(template: Option<&Self>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let folder = tempfile::tempdir().unwrap();
        let Ok(server) = std::env::var("TEST_POSTGRES") else {
            let file = folder.path().join("tutela.db");
            if let Some(template) = template {
                std::fs::copy(template.folder.path().join("tutela.db"), &file).unwrap();
            }
            return Self {
                url: format!("sqlite:{}", file.display()),
                folder,
            };
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tutela_test_{}_{number}", std::process::id());
        let (base, _) = server.rsplit_once('/').unwrap();
        let from = match template {
            Some(template) => format!(" TEMPLATE {}", template.url.rsplit_once('/').unwrap().1),
            None => String::new(),
        };
        let mut conn = PgConnection::connect(&server).await.unwrap();
        for statement in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}{from}"),
        ] {
            let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut conn);
            done.await.unwrap();
        }
        Self {
            url: format!("{base}/{name}"),
            folder,
        }
    }

    /// The database, opened with its own clock and dice.
    pub(crate) async fn store(&self, clock: Arc<ManualClock>) -> Store {
        let options = Options {
            url: Secret::new(&self.url),
            schema: Schema::Migrate,
        };
        let random = Arc::new(SeededRandom::new(5));
        Store::open(&options, clock, random).await.unwrap()
    }

    /// What `database_url` says.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A file or folder of the test's own.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}
