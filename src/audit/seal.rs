//! The chain over the events: each seal is SHA-256 over the seal before it and the
//! event's row. Events are sealed in batches and in units of work of their own, so that no writer
//! waits for another (SECURITY.md 9.1): large batches of late events behind their writer
//! ([`Fresh`]), and by a job whatever has no seal ([`Sealer::pass`]).
use std::sync::Arc;

use aws_lc_rs::digest;
use tokio::sync::Mutex;

use super::queries::{self, Last, Row, Seals, Slot};
use crate::{
    clock::Timestamp,
    store::{Store, StoreError, Tx},
};

/// The seal before the first.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How far back each pass looks, in seconds: an event of another node may appear a little
/// later than its id says.
const NEAR: i64 = 10;
/// How far back a pass looks now and then, in seconds, for events that were later still.
const FAR: i64 = 2 * 3600;
/// After how many seconds a pass looks that far.
const NOW_AND_THEN: i64 = 3600;
/// Most events whose seals stand together.
const BATCH: usize = 512;
/// How often a pass looks at a slot anew because another node was first.
const TRIES: usize = 8;
/// Bytes of an event's row as JSON, about: most fit without growing.
const ROW: usize = 768;

/// Seals events that have no seal yet. It remembers up to when everything is sealed, so
/// that what is sealed is not looked at again and again. Cheap to clone: those who seal with
/// it take turns.
#[derive(Debug, Clone, Default)]
pub struct Sealer(Arc<Mutex<Progress>>);

/// How far the passes came.
#[derive(Debug, Default)]
struct Progress {
    /// When the last pass that left nothing began.
    done: Option<Timestamp>,
    /// When the last one began that looked far back.
    far: Option<Timestamp>,
}

impl Sealer {
    /// Seals what has no seal. Gives how many events were sealed. Two nodes that seal at
    /// once never fork the chain: the later one does nothing.
    ///
    /// # Errors
    /// The database is away. What was sealed until then stays sealed.
    pub async fn pass(&self, store: &Store) -> Result<i64, StoreError> {
        let mut progress = self.0.lock().await;
        let began = store.now();
        let (from, is_far) = progress.from(store, began).await?;
        let (mut after, mut sealed) = (queries::id_before(from), 0);
        while let Some(slot) = queries::slot_after(&mut store.read().await?, &after).await? {
            let mut tries = TRIES;
            sealed += loop {
                match seal(store, &slot).await? {
                    Some(count) => break count,
                    None if tries == 0 => return Ok(sealed), // others are at it
                    None => tries -= 1,
                }
            };
            after = slot.end();
        }
        progress.done = Some(began);
        progress.far = if is_far { Some(began) } else { progress.far };
        Ok(sealed)
    }

    /// Seals what was just written here, beside whoever goes on, so that nobody need read it
    /// again. Whatever is in the way of that, the next pass finds what has no seal.
    pub(super) fn follow(&self, store: &Store, fresh: Fresh) {
        let Ok(turn) = Arc::clone(&self.0).try_lock_owned() else {
            return; // somebody is sealing
        };
        let store = store.clone();
        tokio::spawn(async move {
            let _turn = turn;
            if let Err(error) = fresh.seal(&store).await {
                tracing::debug!(%error, "what was just written is sealed later");
            }
        });
    }
}

impl Progress {
    /// From when on to look, and whether that is far back. The first pass of a process
    /// looks back from the last event with a seal.
    async fn from(&self, store: &Store, now: Timestamp) -> Result<(Timestamp, bool), StoreError> {
        let is_long_ago = |far: Timestamp| now.millis_since(far) >= NOW_AND_THEN * 1000;
        let last = match (self.done, self.far) {
            (Some(done), Some(far)) if !is_long_ago(far) => {
                return Ok((done.plus_seconds(-NEAR), false));
            }
            (Some(done), _) => done,
            (None, _) => match queries::last(&mut store.read().await?).await? {
                // Its clock may have been ahead.
                Some(last) => last.slot.begin().min(now),
                None => Timestamp::from_millis(0),
            },
        };
        Ok((last.plus_seconds(-FAR), true))
    }
}

/// Events as a unit of work writes them.
pub(super) struct Fresh {
    rows: Vec<Row>,
    /// How many events were sealed while nobody else saw these.
    sealed: i64,
}

impl Fresh {
    /// Notes what `tx` is about to write. The ids, which are in order, are of one slot: a unit of
    /// work makes them of one moment.
    pub(super) async fn of(tx: &mut Tx, rows: &[Row]) -> Result<Self, StoreError> {
        let last = queries::last(tx).await?;
        Ok(Self {
            rows: rows.to_vec(),
            sealed: last.map_or(0, |last| last.seq),
        })
    }

    /// Seals them, unless a pass of another node has begun to, which starts with the first. All in
    /// one unit of work: a thousand are a few milliseconds.
    async fn seal(self, store: &Store) -> Result<(), StoreError> {
        let Some(first) = self.rows.first().map(|row| row.id.to_string()) else {
            return Ok(());
        };
        let slot = Slot::of(&first);
        let mut tx = store.write().await?;
        // Before what was sealed since: whoever seals in between is in the way of the next link.
        let mut last = queries::last(&mut tx).await?;
        let since = queries::sealed_since(&mut tx, &slot, self.sealed).await?;
        if since.iter().any(|ids| ids.contains(&first)) {
            return Ok(());
        }
        for rows in self.rows.chunks(BATCH) {
            last = extend(&mut tx, &slot, last, rows).await?;
            if last.is_none() {
                return Ok(()); // another node was first
            }
        }
        tx.commit().await
    }
}

/// Seals what has no seal in the slot. `None` when another node did.
async fn seal(store: &Store, slot: &Slot) -> Result<Option<i64>, StoreError> {
    let (unsealed, before) = queries::unsealed(&mut store.read().await?, slot).await?;
    let mut sealed = before;
    for ids in unsealed.iter().flat_map(|list| list.chunks(BATCH)) {
        let Some((first, last)) = ids.first().zip(ids.last()) else {
            continue; // a chunk is never empty
        };
        let mut events = queries::events(&mut store.read().await?, first, last).await?;
        events.retain(|event| ids.binary_search(&event.id.to_string()).is_ok());
        let mut tx = store.write().await?;
        let (last, count) = queries::last_and_sealed(&mut tx, slot).await?;
        if count != sealed || extend(&mut tx, slot, last, &events).await?.is_none() {
            return Ok(None);
        }
        tx.commit().await?;
        sealed += i64::try_from(events.len()).unwrap_or(0); // no more than were asked for
    }
    Ok(Some(sealed - before))
}

/// Adds the seals of `events` to the chain behind `last`, and gives its last link then. `None`
/// when `last` is the last no more: another node was first.
async fn extend(
    tx: &mut Tx,
    slot: &Slot,
    last: Option<Last>,
    events: &[Row],
) -> Result<Option<Last>, StoreError> {
    let (after, hash) = last.map_or_else(|| (0, GENESIS.to_owned()), |last| (last.seq, last.hash));
    let mut seals = Seals::behind(after, hash, slot.clone(), events.len());
    for event in events {
        let hash = link(&seals.hash, event);
        seals.add(event.id, hash);
    }
    let last = Last {
        seq: seals.seq,
        hash: seals.hash.clone(),
        slot: slot.clone(),
    };
    let is_first = queries::add_seals(tx, seals).await?;
    Ok(is_first.then_some(last))
}

pub(super) fn link(previous: &str, event: &Row) -> String {
    let mut json = Vec::with_capacity(ROW);
    // A row holds only numbers and texts, which always have a JSON form.
    serde_json::to_writer(&mut json, event).unwrap_or_default();
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(previous.as_bytes());
    context.update(&json);
    hex::encode(context.finish())
}
