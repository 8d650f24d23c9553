//! Events that change nothing else, such as a machine's token or a failed sign-in:
//! they travel by a bounded queue and are written in batches, at most a second late.
//! A full queue slows the request down; nothing is dropped.
use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, mpsc};

use super::{Event, queries};
use crate::store::{Origin, Store, StoreError};

/// Events that may wait.
const QUEUE: usize = 4096;
/// Events written in one transaction.
const BATCH: usize = 256;
/// Pause before a failed batch is tried again.
const PAUSE: Duration = Duration::from_millis(250);

type Entry = (Event, Arc<Origin>);

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Later {
    sender: mpsc::Sender<Entry>,
    queue: Arc<Mutex<Queue>>,
}

struct Queue {
    receiver: mpsc::Receiver<Entry>,
    /// Taken from the queue and not yet written.
    batch: Vec<Entry>,
}

impl Default for Later {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            sender,
            queue: Arc::new(Mutex::new(Queue {
                receiver,
                batch: Vec::new(),
            })),
        }
    }
}

impl Later {
    /// Queues `event` of the request behind `origin`; waits while the queue is full.
    pub async fn record(&self, event: Event, origin: &Arc<Origin>) {
        // The receiver lives as long as this handle, so sending cannot fail.
        let _ = self.sender.send((event, Arc::clone(origin))).await;
    }

    /// Writes what is queued until dropped.
    pub async fn run(&self, store: &Store) {
        let mut queue = self.queue.lock().await;
        let Queue { receiver, batch } = &mut *queue;
        loop {
            if batch.is_empty() && receiver.recv_many(batch, BATCH).await == 0 {
                return;
            }
            match write(store, batch).await {
                Ok(()) => batch.clear(),
                Err(error) => {
                    tracing::warn!(%error, waiting = batch.len(), "audit events wait for the database");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Writes what is queued now: the last thing before the program ends, after
    /// [`Later::run`] was dropped.
    ///
    /// # Errors
    /// The database is away; the events are lost.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let mut queue = self.queue.lock().await;
        let Queue { receiver, batch } = &mut *queue;
        while let Ok(entry) = receiver.try_recv() {
            batch.push(entry);
        }
        write(store, batch).await?;
        batch.clear();
        Ok(())
    }

    /// How many events wait.
    pub fn waiting(&self) -> usize {
        QUEUE - self.sender.capacity()
    }
}

async fn write(store: &Store, batch: &[Entry]) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    let mut tx = store.write().await?;
    let mut rows = Vec::with_capacity(batch.len());
    for (event, origin) in batch {
        tx.set_origin(Arc::clone(origin));
        rows.push(queries::Row::of(&mut tx, event.clone()));
    }
    queries::insert_all(&mut tx, &rows).await?;
    tx.commit().await
}
