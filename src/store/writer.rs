//! SQLite's one writer, with group commit.
//!
//! A write with `synchronous=FULL` waits for the disk. So writers take turns on one
//! connection, each inside a savepoint of a transaction that they share, and the
//! disk is asked once for all of them:
//!
//! ```text
//! turn ─ SAVEPOINT … RELEASE ─┐ waits      turn ─ SAVEPOINT … RELEASE ─┐ waits
//!                             └─────────────── COMMIT ─────────────────┘ both return
//! ```
//! The first to finish queues the `COMMIT` behind those already waiting for their turn
//! (the mutex is fair), so a batch is just as long as the queue was, and a lone
//! writer waits for nobody. A turn that is dropped leaves its savepoint to be rolled
//! back by whoever comes next.
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
    /// Whether `BEGIN` was sent.
    open: bool,
    /// Whether a savepoint stands that was neither released nor rolled back.
    stray: bool,
    /// Whether a commit is queued.
    ending: bool,
    /// Who waits for the commit.
    members: Vec<oneshot::Sender<Result<(), String>>>,
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
            open: false,
            stray: false,
            ending: false,
            members: Vec::new(),
        })))
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self) -> Result<Turn, StoreError> {
        let lock = Arc::clone(&self.0).lock_owned();
        let Ok(mut batch) = tokio::time::timeout(PATIENCE, lock).await else {
            return Err(StoreError::Slow);
        };
        batch.clean().await?;
        if !batch.open {
            batch.open = true;
            if let Err(error) = batch.run("BEGIN IMMEDIATE").await {
                batch.open = false;
                return Err(error.into());
            }
        }
        let mut turn = Turn {
            batch: Some(batch),
            writer: Arc::clone(&self.0),
        };
        let batch = turn.batch();
        batch.stray = true;
        batch.run("SAVEPOINT turn").await?;
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
        batch.run("RELEASE turn").await?;
        batch.stray = false;
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

    /// Rolls back what a dropped turn left. If even that fails the whole batch is lost.
    async fn clean(&mut self) -> Result<(), StoreError> {
        if self.conn.is_none() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        if !self.stray {
            return Ok(());
        }
        let undone = match self.run("ROLLBACK TO turn").await {
            Ok(()) => self.run("RELEASE turn").await,
            Err(error) => Err(error),
        };
        self.stray = false;
        if let Err(error) = undone {
            self.lose(&error).await;
        }
        Ok(())
    }

    /// Commits the batch and tells its members.
    async fn end(&mut self) {
        self.ending = false;
        if self.clean().await.is_err() || !self.open {
            return;
        }
        match self.run("COMMIT").await {
            Ok(()) => {
                self.open = false;
                for member in self.members.drain(..) {
                    let _ = member.send(Ok(())); // a member that left needs no answer
                }
            }
            Err(error) => self.lose(&error).await,
        }
    }

    /// Gives the batch up: nothing of it is kept, and its members hear why.
    async fn lose(&mut self, error: &sqlx::Error) {
        tracing::error!(%error, writers = self.members.len(), "a batch of writes was lost");
        let _ = self.run("ROLLBACK").await; // SQLite may have rolled back by itself
        self.open = false;
        for member in self.members.drain(..) {
            let _ = member.send(Err(error.to_string())); // a member that left needs no answer
        }
    }
}
