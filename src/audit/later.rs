//! Events that change nothing else, such as a machine's token or a failed sign-in:
//! they travel by a bounded queue and are written in batches, a fifth of a second
//! late, with the time at which they happened. A full queue slows the request down; nothing is
//! dropped. Who reads the log waits for what was recorded before ([`Later::settled`]).
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

use super::{
    Event, Sealer,
    queries::{self, Row},
    seal::Fresh,
};
use crate::{
    clock::Timestamp,
    store::{Origin, Store, StoreError},
};

/// Events that may wait, and as many that are being written.
const QUEUE: usize = 8192;
/// From how many events on a batch waits for no others.
const ENOUGH: usize = QUEUE / 2;
/// How long the first event of a batch waits for others: what a batch costs is mostly its
/// way to the disk.
const GATHER: Duration = Duration::from_millis(200);
/// Pause before a failed batch is tried again.
const PAUSE: Duration = Duration::from_millis(250);
/// From how many events on a batch is sealed at once: then it costs less than reading them again.
/// Fewer are left to the sealer's next pass.
const MANY: usize = 64;
/// How long a reader waits for what is on its way.
const PATIENCE: Duration = Duration::from_secs(1);

type Entry = (Event, Timestamp, Arc<Origin>);

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Later {
    store: Store,
    sealer: Sealer,
    queue: Arc<Queue>,
    /// What was taken from the queue and is not yet written.
    batch: Arc<tokio::sync::Mutex<Vec<Entry>>>,
    /// How many events are written.
    written: watch::Sender<usize>,
}

/// What waits to be taken. A lock around a list costs half of what a channel does, which makes
/// room for each event by itself.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// There is a first one.
    arrived: Notify,
    /// Some were taken.
    room: Notify,
    /// Somebody waits: the batch goes now.
    hurry: Notify,
}

#[derive(Default)]
struct Waiting {
    entries: Vec<Entry>,
    /// How many were recorded, those that are written among them.
    recorded: usize,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_empty(&self) -> bool {
        self.waiting().entries.is_empty()
    }

    /// Puts the entry behind the others; gives it back when there is no room.
    fn put(&self, entry: Entry) -> Option<Entry> {
        let mut waiting = self.waiting();
        if waiting.entries.len() >= QUEUE {
            return Some(entry);
        }
        waiting.entries.push(entry);
        waiting.recorded += 1;
        if waiting.entries.len() == 1 {
            self.arrived.notify_one();
        }
        None
    }

    /// Waits for room.
    async fn put_in_the_end(&self, mut entry: Entry) {
        loop {
            let room = self.room.notified(); // before looking, so that none is missed
            match self.put(entry) {
                None => return,
                Some(back) => entry = back,
            }
            room.await;
        }
    }

    /// Moves what waits into the batch, up to `most` in all.
    fn take(&self, batch: &mut Vec<Entry>, most: usize) {
        let entries = &mut self.waiting().entries;
        let count = entries.len().min(most.saturating_sub(batch.len()));
        batch.extend(entries.drain(..count));
        self.room.notify_waiters();
    }
}

impl Later {
    /// An empty queue before the log of `store`.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            sealer: Sealer::default(),
            queue: Arc::default(),
            batch: Arc::default(),
            written: watch::Sender::default(),
        }
    }

    /// Whoever seals what this queue brings, and everything else.
    pub const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Queues `event` of the request behind `origin`, which happens now; waits while the queue
    /// is full.
    pub async fn record(&self, event: Event, origin: &Arc<Origin>) {
        let entry = (event, self.store.now(), Arc::clone(origin));
        if let Some(entry) = self.queue.put(entry) {
            Box::pin(self.queue.put_in_the_end(entry)).await;
        }
    }

    /// Writes what is queued until dropped.
    pub async fn run(&self) {
        let batch = &mut *self.batch.lock().await;
        loop {
            if batch.is_empty() && self.queue.is_empty() {
                self.queue.arrived.notified().await;
            }
            if self.queue.waiting().entries.len() < ENOUGH {
                let hurried = self.queue.hurry.notified();
                tokio::time::timeout(GATHER, hurried).await.ok();
            }
            self.queue.take(batch, QUEUE);
            if let Err(error) = self.write(batch).await {
                tracing::warn!(%error, waiting = batch.len(), "audit events wait for the database");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Writes what is queued now: the last thing before the program ends, after
    /// [`Later::run`] was dropped.
    ///
    /// # Errors
    /// The database is away; the events are lost.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let batch = &mut *self.batch.lock().await;
        self.queue.take(batch, usize::MAX);
        self.write(batch).await
    }

    /// Writes the batch, which is empty then, and has it sealed at once if it is large.
    async fn write(&self, batch: &mut Vec<Entry>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let mut rows = Vec::with_capacity(batch.len());
        for (event, at, origin) in &*batch {
            tx.set_origin(Arc::clone(origin));
            rows.push(Row::of(&mut tx, event.clone(), *at));
        }
        let fresh = match rows.len() {
            ..MANY => None,
            _ => Some(Fresh::of(&mut tx, &rows).await?),
        };
        queries::insert_all(&mut tx, rows).await?;
        tx.commit().await?;
        // Before anybody hears of it, so that whoever seals next waits for that.
        if let Some(fresh) = fresh {
            self.sealer.follow(&self.store, fresh);
        }
        self.written.send_modify(|written| *written += batch.len());
        batch.clear();
        Ok(())
    }

    /// Returns once everything that was recorded here before is written, so that who reads
    /// the log finds what was answered before he asked. Past a second it gives up: the
    /// database is away, and the reader will notice.
    pub async fn settled(&self) {
        let recorded = self.queue.waiting().recorded;
        let mut written = self.written.subscribe();
        if *written.borrow() < recorded {
            self.queue.hurry.notify_one();
            let settled = written.wait_for(|written| *written >= recorded);
            tokio::time::timeout(PATIENCE, settled).await.ok();
        }
    }

    /// How many events wait.
    pub fn waiting(&self) -> usize {
        let recorded = self.queue.waiting().recorded;
        recorded.saturating_sub(*self.written.borrow())
    }
}
