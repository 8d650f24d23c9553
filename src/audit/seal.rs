//! The chain over the events: each seal is SHA-256 over the seal before it and the
//! event's row. One job seals in batches, so that no writer waits for another
//! (SECURITY.md 9.1).
use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use super::queries::{self, Row, Seal};
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
        loop {
            let events = queries::unsealed(&mut store.read().await?, &after).await?;
            let Some(last) = events.last() else { break };
            after = last.id.to_string();
            let mut tx = store.write().await?;
            if !extend(&mut tx, &events).await? {
                return Ok(sealed); // another node is sealing
            }
            tx.commit().await?;
            sealed += events.len();
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
            (None, _) => match queries::head(&mut store.read().await?).await? {
                // Its clock may have been ahead.
                Some(head) => queries::moment_of(head.event_id).min(now),
                None => Timestamp::from_millis(0),
            },
        };
        Ok((last.plus_seconds(-FAR), true))
    }
}

async fn extend(tx: &mut Tx, events: &[Row]) -> Result<bool, StoreError> {
    let head = queries::head(tx).await?;
    let (mut seq, mut hash) = head.map_or((0, GENESIS.to_owned()), |head| (head.seq, head.hash));
    let mut seals = Vec::with_capacity(events.len());
    for event in events {
        seq += 1;
        hash = link(&hash, event);
        seals.push(Seal {
            seq,
            event_id: event.id,
            hash: hash.clone(),
        });
    }
    queries::add_seals(tx, seals).await
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
    let last = queries::head(&mut store.read().await?).await?;
    Ok(last.map(|seal| Head {
        row: seal.seq,
        hash: seal.hash,
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
    let (mut seq, mut hash) = (0, GENESIS.to_owned());
    loop {
        let seals = queries::seals_after(&mut tx, seq).await?;
        if seals.is_empty() {
            return Ok(match known {
                Some(known) if known.row > seq => Verdict::Broken {
                    seq: seq + 1,
                    event: None,
                    flaw: Flaw::SealMissing,
                },
                _ => Verdict::Sound { events: seq },
            });
        }
        for seal in seals {
            let broken = |flaw| Verdict::Broken {
                seq: seal.seq,
                event: Some(seal.event_id),
                flaw,
            };
            if seal.seq != seq + 1 {
                return Ok(Verdict::Broken {
                    seq: seq + 1,
                    event: None,
                    flaw: Flaw::SealMissing,
                });
            }
            let Some(event) = queries::event(&mut tx, seal.event_id).await? else {
                return Ok(broken(Flaw::EventMissing));
            };
            hash = link(&hash, &event);
            if hash != seal.hash {
                return Ok(broken(Flaw::Changed));
            }
            if known.is_some_and(|known| known.row == seal.seq && known.hash != hash) {
                return Ok(broken(Flaw::Rewritten));
            }
            seq = seal.seq;
        }
    }
}
