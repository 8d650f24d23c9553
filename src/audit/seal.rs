//! The chain over the events: each seal is SHA-256 over the seal before it and the
//! event's row. One job seals in batches, so that no writer waits for another
//! (SECURITY.md 9.1).
use std::collections::HashMap;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use super::queries::{self, Row, Seals, Slot};
use crate::{
    clock::Timestamp,
    id::AuditEventId,
    store::{Store, StoreError, Tx},
};

/// The seal before the first.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How far back each pass looks, in seconds: an event of another node may appear a little
/// later than its id says.
const NEAR: i64 = 10;
/// How far back a pass looks now and then, in seconds, for events that were later still.
const FAR: i64 = 2 * 3600;
/// After how many seconds a pass looks that far.
const NOW_AND_THEN: i64 = 3600;
/// Most events whose seals stand together.
const BATCH: usize = 512;

/// Seals events that have no seal yet. It remembers up to when everything is sealed, so
/// that what is sealed is not looked at again and again.
#[derive(Debug, Default)]
pub struct Sealer {
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
    pub async fn pass(&mut self, store: &Store) -> Result<usize, StoreError> {
        let began = store.now();
        let (from, is_far) = self.from(store, began).await?;
        let (mut after, mut sealed) = (queries::id_before(from), 0);
        while let Some(slot) = queries::slot_after(&mut store.read().await?, &after).await? {
            match seal(store, &slot).await? {
                Some(count) => sealed += count,
                None => return Ok(sealed), // another node is sealing
            }
            after = slot.end();
        }
        self.done = Some(began);
        self.far = if is_far { Some(began) } else { self.far };
        Ok(sealed)
    }

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

/// Seals what has no seal in the slot. `None` when another node did.
async fn seal(store: &Store, slot: &Slot) -> Result<Option<usize>, StoreError> {
    let (unsealed, mut sealed) = queries::unsealed(&mut store.read().await?, slot).await?;
    for ids in unsealed.chunks(BATCH) {
        let Some((first, last)) = ids.first().zip(ids.last()) else {
            continue; // a chunk is never empty
        };
        let mut events = queries::events(&mut store.read().await?, first, last).await?;
        events.retain(|event| ids.binary_search(&event.id.to_string()).is_ok());
        let mut tx = store.write().await?;
        let Some(count) = extend(&mut tx, slot, sealed, &events).await? else {
            return Ok(None);
        };
        tx.commit().await?;
        sealed += count;
    }
    Ok(Some(unsealed.len()))
}

/// Adds the seals of `events` to the chain, and tells how many they are. `None` unless the slot
/// has as many seals as when its events were looked through.
async fn extend(
    tx: &mut Tx,
    slot: &Slot,
    expected: i64,
    events: &[Row],
) -> Result<Option<i64>, StoreError> {
    let last = queries::last_and_sealed(tx, slot).await?;
    let (after, hash, sealed) = last.unwrap_or_else(|| (0, GENESIS.to_owned(), 0));
    if sealed != expected {
        return Ok(None);
    }
    let mut seals = Seals::behind(after, hash, slot.clone());
    for event in events {
        let hash = link(&seals.hash, event);
        seals.add(event.id, hash);
    }
    let count = seals.seq - seals.after;
    let is_first = queries::add_seals(tx, seals).await?;
    Ok(is_first.then_some(count))
}

fn link(previous: &str, event: &Row) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(previous.as_bytes());
    // A row holds only numbers and texts, which always have a JSON form.
    context.update(&serde_json::to_vec(event).unwrap_or_default());
    hex::encode(context.finish())
}

/// The last link, told to others: who keeps it elsewhere sees later whether the end of the
/// chain was cut off or rewritten together with its seals (SECURITY.md 9.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The seal's number, counted from 1.
    pub row: i64,
    /// The seal.
    pub hash: String,
    /// When it was told, in seconds.
    pub iat: i64,
}

/// The head of the chain now. `None` while nothing is sealed.
///
/// # Errors
/// The database is away.
pub async fn head(store: &Store) -> Result<Option<Head>, StoreError> {
    let last = queries::last(&mut store.read().await?).await?;
    Ok(last.map(|last| Head {
        row: last.seq,
        hash: last.hash,
        iat: store.now().seconds(),
    }))
}

/// What a walk over the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All seals fit.
    Sound {
        /// How many events are sealed.
        events: i64,
    },
    /// The first row that is wrong.
    Broken {
        /// The seal's number, counted from 1.
        seq: i64,
        /// The event it seals.
        event: Option<AuditEventId>,
        /// What is wrong with it.
        flaw: Flaw,
    },
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The seal itself is gone.
    SealMissing,
    /// The event is gone.
    EventMissing,
    /// The event or its seal was changed.
    Changed,
    /// All fits up to here, but a head that was kept elsewhere says otherwise: this row or one
    /// before it was rewritten with all seals behind it.
    Rewritten,
}

/// Walks the whole chain. It must lead over `known`, a head that was kept elsewhere.
///
/// # Errors
/// The database is away.
pub async fn verify(store: &Store, known: Option<&Head>) -> Result<Verdict, StoreError> {
    let mut tx = store.read().await?;
    let mut walk = Walk {
        seq: 0,
        hash: GENESIS.to_owned(),
        known,
    };
    loop {
        let batches = queries::seals_after(&mut tx, walk.seq).await?;
        if batches.is_empty() {
            return Ok(walk.end());
        }
        for batch in batches {
            if let Some(broken) = walk.over(&mut tx, &batch).await? {
                return Ok(broken);
            }
        }
    }
}

/// How far the walk over the chain came.
struct Walk<'a> {
    seq: i64,
    hash: String,
    known: Option<&'a Head>,
}

impl Walk<'_> {
    fn end(self) -> Verdict {
        match self.known {
            Some(known) if known.row > self.seq => self.broken(None, Flaw::SealMissing),
            _ => Verdict::Sound { events: self.seq },
        }
    }

    /// What is wrong with the next event.
    const fn broken(&self, event: Option<AuditEventId>, flaw: Flaw) -> Verdict {
        Verdict::Broken {
            seq: self.seq + 1,
            event,
            flaw,
        }
    }

    /// Goes over some links. Gives what is wrong with them.
    async fn over(&mut self, tx: &mut Tx, seals: &Seals) -> Result<Option<Verdict>, StoreError> {
        if seals.after != self.seq {
            return Ok(Some(self.broken(None, Flaw::SealMissing)));
        }
        let Some(links) = seals.links() else {
            return Ok(Some(self.broken(None, Flaw::Changed)));
        };
        let Some(((first, _), (last, _))) = links.first().zip(links.last()) else {
            return Ok(Some(self.broken(None, Flaw::SealMissing)));
        };
        let events = queries::events(tx, first, last).await?;
        let events: HashMap<String, Row> = events
            .into_iter()
            .map(|event| (event.id.to_string(), event))
            .collect();
        for (id, hash) in links {
            if let Some(flaw) = self.step(events.get(id), hash) {
                return Ok(Some(self.broken(id.parse().ok(), flaw)));
            }
        }
        Ok(None)
    }

    /// Goes over one link, if it fits.
    fn step(&mut self, event: Option<&Row>, hash: &str) -> Option<Flaw> {
        let Some(event) = event else {
            return Some(Flaw::EventMissing);
        };
        let found = link(&self.hash, event);
        if found != hash {
            return Some(Flaw::Changed);
        }
        let seq = self.seq + 1;
        if self
            .known
            .is_some_and(|known| known.row == seq && known.hash != found)
        {
            return Some(Flaw::Rewritten);
        }
        (self.seq, self.hash) = (seq, found);
        None
    }
}
