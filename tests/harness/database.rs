//! A database of a test's own: a SQLite file, or with `TEST_POSTGRES=postgres://…/postgres`
//! a PostgreSQL database. It goes when the value goes.
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A database of a test's own.
pub(crate) struct Database {
    url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    /// An empty database.
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let Ok(server) = std::env::var("TEST_POSTGRES") else {
            let folder = tempfile::tempdir().unwrap();
            return Self {
                url: format!("sqlite:{}/tutela.db", folder.path().display()),
                _folder: Some(folder),
            };
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tutela_test_{}_{number}", std::process::id());
        let mut conn = PgConnection::connect(&server).await.unwrap();
        for statement in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut conn)
                .await
                .unwrap();
        }
        let (base, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{base}/{name}"),
            _folder: None,
        }
    }

    /// What `database_url` says.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
