//! One database, SQLite or PostgreSQL, behind one transaction type.
//!
//! Every statement is written once, in the SQL both speak: `$1` placeholders,
//! `TEXT`, `BIGINT` and `BOOLEAN` columns, `RETURNING`, `ON CONFLICT`. A change
//! that must happen once is one conditional `UPDATE … RETURNING`, never a read
//! followed by a write.
//!
//! [`Store::read`] gives a [`Tx`] that cannot write, [`Store::write`] one that can.
//! SQLite lets one writer in at a time; neighbours share one `COMMIT` (`writer`).
//! What is kept in memory between requests hangs on [`Changes`], which every commit
//! that [`Tx::touch`]es a topic moves on, on all nodes.
mod cache;
mod changes;
mod file;
mod migrate;
mod open;
mod query;
mod tx;
mod writer;

use std::sync::Arc;

use sqlx::{Postgres, Sqlite, pool::PoolConnection, postgres::PgPool, sqlite::SqlitePool};

use crate::{
    clock::{Clock, Timestamp},
    random::Random,
};

pub use cache::Cache;
pub use changes::{Changes, Topic};
pub use file::{FileFault, check_file, settle_file};
pub use migrate::{MigrationError, Schema};
pub use open::{OpenError, Options};
pub use query::{Bind, Query, Record};
pub use tx::{Insert, Origin, Tx};

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The driver or the database said no.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    Slow,
    /// A commit failed, or its outcome is unknown.
    #[error("the commit did not succeed: {0}")]
    Commit(String),
    /// A stored value is not what this program writes.
    #[error("stored {what} makes no sense: {value}")]
    Corrupt {
        /// Which column or document.
        what: &'static str,
        /// What was found; never a secret.
        value: String,
    },
}

impl StoreError {
    /// Whether a `UNIQUE` rule forbade the write.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    /// Whether the database is away, full or overloaded, so that the same request
    /// may succeed later: the caller answers 503.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Slow | Self::Commit(_) => true,
            Self::Corrupt { .. } => false,
            Self::Sql(error) => match error {
                sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(e) => e.code().is_some_and(|code| is_passing(&code)),
                _ => false,
            },
        }
    }
}

/// SQLite: busy (5), locked (6), read-only (8), I/O (10), full (13), cannot open (14),
/// with their extended codes; PostgreSQL: connection, resources, shutdown,
/// serialization, read-only standby.
fn is_passing(code: &str) -> bool {
    if let Ok(number) = code.parse::<u32>()
        && code.len() < 5
    {
        return matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14);
    }
    ["08", "53", "57", "58", "40"]
        .iter()
        .any(|class| code.starts_with(class))
        || code == "25006"
}

/// The database.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: Pool,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    changes: Changes,
}

enum Pool {
    Sqlite {
        readers: SqlitePool,
        writer: writer::Writer,
    },
    Postgres {
        readers: PgPool,
        writers: PgPool,
    },
}

/// How many connections are open and how many of them are idle.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Open connections.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
}

impl Store {
    /// Begins a unit of work that cannot write. It sees what was committed when each
    /// of its statements starts.
    ///
    /// # Errors
    /// The database is away.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let driver = match &self.0.pool {
            Pool::Sqlite { readers, .. } => tx::Driver::SqliteRead(readers.acquire().await?),
            Pool::Postgres { readers, .. } => tx::Driver::PostgresRead(readers.acquire().await?),
        };
        Ok(self.tx(driver))
    }

    /// Begins a unit of work: wholly done at [`Tx::commit`], or not at all.
    ///
    /// # Errors
    /// The database is away, or too many writers wait.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let driver = match &self.0.pool {
            Pool::Sqlite { writer, .. } => tx::Driver::Sqlite(writer.turn().await?),
            Pool::Postgres { writers, .. } => tx::Driver::Postgres(writers.begin().await?),
        };
        Ok(self.tx(driver))
    }

    /// [`Store::write`] on behalf of a request, whose id and address its audit events carry.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_from(&self, origin: &Arc<Origin>) -> Result<Tx, StoreError> {
        let mut tx = self.write().await?;
        tx.set_origin(Arc::clone(origin));
        Ok(tx)
    }

    fn tx(&self, driver: tx::Driver) -> Tx {
        Tx::new(driver, self.clone())
    }

    /// The present moment, for work that needs no database.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock that transactions read.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// The source of randomness that transactions draw from.
    pub fn random(&self) -> &dyn Random {
        self.0.random.as_ref()
    }

    /// The same source, to be taken along to another thread.
    pub fn random_source(&self) -> Arc<dyn Random> {
        Arc::clone(&self.0.random)
    }

    /// What has changed, for caches.
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        tx.query("SELECT 1").run().await.map(drop)
    }

    /// The state of the connections that read.
    pub fn pool_state(&self) -> PoolState {
        let (open, idle) = match &self.0.pool {
            Pool::Sqlite { readers, .. } => (readers.size(), readers.num_idle()),
            Pool::Postgres { readers, writers } => (
                readers.size() + writers.size(),
                readers.num_idle() + writers.num_idle(),
            ),
        };
        PoolState {
            open,
            idle: u32::try_from(idle).unwrap_or(u32::MAX),
        }
    }

    /// Writes what is queued and closes every connection.
    pub async fn close(&self) {
        match &self.0.pool {
            Pool::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres { readers, writers } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }

    /// Copies a running SQLite database, whole and consistent, to a new file at `path`.
    /// `Ok(false)` when the database is PostgreSQL, which has its own tools.
    ///
    /// # Errors
    /// The file exists, cannot be written, or the database is away.
    pub async fn copy_to(&self, path: &str) -> Result<bool, StoreError> {
        let Pool::Sqlite { readers, .. } = &self.0.pool else {
            return Ok(false);
        };
        sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(readers)
            .await?;
        Ok(true)
    }
}

type SqliteReader = PoolConnection<Sqlite>;
type PostgresReader = PoolConnection<Postgres>;
