//! SQLite's one writer, with group commit.
//!
//! A write with `synchronous=FULL` waits for the disk. So writers take turns on one
//! connection, each inside a savepoint of a transaction that they share, and the
//! disk is asked once for all of them:
//!
//! ```text
//! BEGIN, SAVEPOINT ─ turn ─┐ waits     RELEASE, SAVEPOINT ─ turn ─┐ waits
//!                          └──────────────── COMMIT ──────────────┘ both return
//! ```
//! The first to finish queues the `COMMIT` behind those already waiting for their turn
//! (the mutex is fair), so a batch is just as long as the queue was, and a lone
//! writer waits for nobody. A turn that is dropped leaves its savepoint to be rolled
//! back by whoever comes next. Each way to the connection costs as much as a short
//! statement, so what closes one turn travels with what opens the next.
use std::{sync::Arc, time::Duration};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::StoreError;

/// Longest wait for a turn, and longest wait for the shared commit.
const PATIENCE: Duration = Duration::from_millis(2500);

/// The writer. One per database file and process.
pub(super) struct Writer(Arc<Mutex<Batch>>);

struct Batch {
    /// `None` once closed.
    conn: Option<SqliteConnection>,
    stage: Stage,
    /// Whether a commit is queued.
    ending: bool,
    /// Who waits for the commit.
    members: Vec<oneshot::Sender<Result<(), String>>>,
}

/// How far the shared transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There is none.
    Closed,
    /// Somebody was about to begin it, and left: perhaps there is one, with nothing in it.
    Opening,
    /// Somebody was about to open a savepoint, and left before he wrote anything.
    Between,
    /// A savepoint stands whose writes are not to be kept: of a turn that lasts or was
    /// dropped.
    Turn,
    /// The last turn's writes are to be kept.
    Kept,
}

/// A writer's turn.
pub(super) struct Turn {
    batch: Option<OwnedMutexGuard<Batch>>,
    writer: Arc<Mutex<Batch>>,
}

impl Writer {
    pub(super) fn new(conn: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(Batch {
            conn: Some(conn),
            stage: Stage::Closed,
            ending: false,
            members: Vec::new(),
        })))
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self) -> Result<Turn, StoreError> {
        let lock = Arc::clone(&self.0).lock_owned();
        let Ok(batch) = tokio::time::timeout(PATIENCE, lock).await else {
            return Err(StoreError::Slow);
        };
        let mut turn = Turn {
            batch: Some(batch),
            writer: Arc::clone(&self.0),
        };
        turn.batch().open().await?;
        Ok(turn)
    }

    /// Commits what is pending and closes the connection.
    pub(super) async fn close(&self) {
        let mut batch = self.0.lock().await;
        batch.end().await;
        if let Some(conn) = batch.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "the writer did not close cleanly");
        }
    }
}

impl Turn {
    #[expect(
        clippy::expect_used,
        reason = "only `commit` and `drop` take the guard"
    )]
    fn batch(&mut self) -> &mut Batch {
        self.batch.as_mut().expect("a turn holds its batch")
    }

    /// The connection. A turn exists only while the connection does.
    #[expect(clippy::expect_used, reason = "`turn` fails on a closed writer")]
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.batch()
            .conn
            .as_mut()
            .expect("the writer is open during a turn")
    }

    /// Ends the turn and waits until what it wrote is on disk.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let batch = self.batch();
        batch.stage = Stage::Kept;
        let (sender, done) = oneshot::channel();
        batch.members.push(sender);
        drop(self); // queues the commit and lets the next writer in
        match tokio::time::timeout(PATIENCE, done).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(reason))) => Err(StoreError::Commit(reason)),
            Ok(Err(_)) => Err(StoreError::Commit("the writer stopped".to_owned())),
            Err(_) => Err(StoreError::Slow),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut batch) = self.batch.take() else {
            return;
        };
        if batch.ending {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            batch.ending = true;
            let writer = Arc::clone(&self.writer);
            drop(batch);
            runtime.spawn(async move { writer.lock().await.end().await });
        }
    }
}

impl Batch {
    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let conn = self.conn.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        sqlx::query(sql).execute(conn).await.map(drop)
    }

    /// Opens a savepoint for the next turn, and the transaction where there is none. Whoever
    /// waits for this may leave at any moment, so each stage on the way is told.
    async fn open(&mut self) -> Result<(), sqlx::Error> {
        // If a dropped turn's writes cannot be undone, the whole batch is lost.
        if self.stage == Stage::Turn
            && let Err(error) = self.run("ROLLBACK TO turn").await
        {
            self.lose(&error).await;
        }
        if self.stage == Stage::Opening {
            let _ = self.run("ROLLBACK").await; // fails where none was begun
            self.stage = Stage::Closed;
        }
        let (meanwhile, sql) = match self.stage {
            Stage::Turn => return Ok(()), // its savepoint stands
            Stage::Closed | Stage::Opening => (Stage::Opening, "BEGIN IMMEDIATE; SAVEPOINT turn"),
            Stage::Kept => (Stage::Between, "RELEASE turn; SAVEPOINT turn"),
            Stage::Between => (Stage::Between, "SAVEPOINT turn"),
        };
        self.stage = meanwhile;
        let opened = self.run(sql).await;
        match &opened {
            Ok(()) => self.stage = Stage::Turn,
            Err(error) => self.lose(error).await,
        }
        opened
    }

    /// Commits the batch and tells its members.
    async fn end(&mut self) {
        self.ending = false;
        let sql = match self.stage {
            Stage::Closed => return,
            Stage::Opening => "ROLLBACK",
            Stage::Between | Stage::Kept => "COMMIT",
            Stage::Turn => "ROLLBACK TO turn; COMMIT",
        };
        match self.run(sql).await {
            Ok(()) => {
                self.stage = Stage::Closed;
                for member in self.members.drain(..) {
                    let _ = member.send(Ok(())); // a member that left needs no answer
                }
            }
            Err(error) => self.lose(&error).await,
        }
    }

    /// Gives the batch up: nothing of it is kept, and its members hear why.
    async fn lose(&mut self, error: &sqlx::Error) {
        if !self.members.is_empty() {
            tracing::error!(%error, writers = self.members.len(), "a batch of writes was lost");
        }
        let _ = self.run("ROLLBACK").await; // SQLite may have rolled back by itself
        self.stage = Stage::Closed;
        for member in self.members.drain(..) {
            let _ = member.send(Err(error.to_string())); // a member that left needs no answer
        }
    }
}
