//! Events that change nothing else, such as a machine's token or a failed sign-in:
//! they travel by a bounded queue and are written in batches, a fifth of a second
//! late, with the time at which they happened. A full queue slows the request down; nothing is
//! dropped. Who reads the log waits for what was recorded before ([`Later::settled`]).
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex, Notify, mpsc, watch};

use super::{Event, queries};
use crate::{
    clock::Timestamp,
    store::{Origin, Store, StoreError},
};

/// Events that may wait.
const QUEUE: usize = 8192;
/// Events written in one transaction.
const BATCH: usize = 2048;
/// How long the first event of a batch waits for others: what a batch costs is mostly its
/// way to the disk.
const GATHER: Duration = Duration::from_millis(200);
/// Pause before a failed batch is tried again.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a reader waits for what is on its way.
const PATIENCE: Duration = Duration::from_secs(1);

type Entry = (Event, Timestamp, Arc<Origin>);

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Later {
    store: Store,
    sender: mpsc::Sender<Entry>,
    queue: Arc<Mutex<Queue>>,
    /// How many events were recorded.
    recorded: Arc<AtomicUsize>,
    /// How many of them are written.
    written: watch::Sender<usize>,
    /// Somebody waits: the batch goes now.
    hurry: Arc<Notify>,
}

struct Queue {
    receiver: mpsc::Receiver<Entry>,
    /// Taken from the queue and not yet written.
    batch: Vec<Entry>,
}

impl Later {
    /// An empty queue before the log of `store`.
    pub fn new(store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            store,
            sender,
            queue: Arc::new(Mutex::new(Queue {
                receiver,
                batch: Vec::new(),
            })),
            recorded: Arc::default(),
            written: watch::Sender::default(),
            hurry: Arc::default(),
        }
    }

    /// Queues `event` of the request behind `origin`, which happens now; waits while the queue
    /// is full.
    pub async fn record(&self, event: Event, origin: &Arc<Origin>) {
        let at = self.store.now();
        // The receiver lives as long as this handle, so there is always a place in the end.
        if let Ok(place) = self.sender.reserve().await {
            self.recorded.fetch_add(1, Ordering::Relaxed);
            place.send((event, at, Arc::clone(origin)));
        }
    }

    /// Writes what is queued until dropped.
    pub async fn run(&self) {
        let mut queue = self.queue.lock().await;
        let Queue { receiver, batch } = &mut *queue;
        loop {
            if batch.is_empty() && receiver.recv_many(batch, 1).await == 0 {
                return;
            }
            if receiver.len() < BATCH {
                let hurried = self.hurry.notified();
                tokio::time::timeout(GATHER, hurried).await.ok();
            }
            fill(batch, receiver, BATCH);
            match write(&self.store, batch).await {
                Ok(()) => self.written(batch),
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
    pub async fn flush(&self) -> Result<(), StoreError> {
        let mut queue = self.queue.lock().await;
        let Queue { receiver, batch } = &mut *queue;
        fill(batch, receiver, usize::MAX);
        write(&self.store, batch).await?;
        self.written(batch);
        Ok(())
    }

    fn written(&self, batch: &mut Vec<Entry>) {
        self.written.send_modify(|written| *written += batch.len());
        batch.clear();
    }

    /// Returns once everything that was recorded here before is written, so that who reads
    /// the log finds what was answered before he asked. Past a second it gives up: the
    /// database is away, and the reader will notice.
    pub async fn settled(&self) {
        let recorded = self.recorded.load(Ordering::Relaxed);
        let mut written = self.written.subscribe();
        if *written.borrow() < recorded {
            self.hurry.notify_one();
            let settled = written.wait_for(|written| *written >= recorded);
            tokio::time::timeout(PATIENCE, settled).await.ok();
        }
    }

    /// How many events wait.
    pub fn waiting(&self) -> usize {
        let written = *self.written.borrow();
        self.recorded
            .load(Ordering::Relaxed)
            .saturating_sub(written)
    }
}

/// Moves what is queued into the batch, up to `most` in all.
fn fill(batch: &mut Vec<Entry>, receiver: &mut mpsc::Receiver<Entry>, most: usize) {
    while batch.len() < most
        && let Ok(entry) = receiver.try_recv()
    {
        batch.push(entry);
    }
}

async fn write(store: &Store, batch: &[Entry]) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    let mut tx = store.write().await?;
    let mut rows = Vec::with_capacity(batch.len());
    for (event, at, origin) in batch {
        tx.set_origin(Arc::clone(origin));
        rows.push(queries::Row::of(&mut tx, event.clone(), *at));
    }
    queries::insert_all(&mut tx, rows).await?;
    tx.commit().await
}
