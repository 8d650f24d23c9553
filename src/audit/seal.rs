//! The chain over the events: each seal is SHA-256 over the seal before it and the
//! event's row. One job seals in batches, so that no writer waits for another
//! (SECURITY.md 9.1).
use aws_lc_rs::digest;

use super::queries::{self, Row, Seal};
use crate::{
    clock::Timestamp,
    id::AuditEventId,
    store::{Store, StoreError, Tx},
};

/// The seal before the first.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Seals the events from `since` on that have no seal yet. Gives how many were sealed.
/// Two nodes that seal at once never fork the chain: the later one does nothing.
///
/// # Errors
/// The database is away; nothing was sealed.
pub async fn seal(store: &Store, since: Timestamp) -> Result<usize, StoreError> {
    let mut sealed = 0;
    loop {
        let mut tx = store.write().await?;
        let events = queries::unsealed(&mut tx, since).await?;
        if events.is_empty() {
            return Ok(sealed);
        }
        if !extend(&mut tx, &events).await? {
            return Ok(sealed); // another node is sealing
        }
        tx.commit().await?;
        sealed += events.len();
    }
}

async fn extend(tx: &mut Tx, events: &[Row]) -> Result<bool, StoreError> {
    let head = queries::head(tx).await?;
    let (mut seq, mut hash) = head.map_or((0, GENESIS.to_owned()), |head| (head.seq, head.hash));
    for event in events {
        seq += 1;
        hash = link(&hash, event);
        let seal = Seal {
            seq,
            event_id: event.id,
            hash: hash.clone(),
        };
        if !queries::add_seal(tx, &seal).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn link(previous: &str, event: &Row) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(previous.as_bytes());
    // A row holds only numbers and texts, which always have a JSON form.
    context.update(&serde_json::to_vec(event).unwrap_or_default());
    hex::encode(context.finish())
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
}

/// Walks the whole chain.
///
/// # Errors
/// The database is away.
pub async fn verify(store: &Store) -> Result<Verdict, StoreError> {
    let mut tx = store.read().await?;
    let (mut seq, mut hash) = (0, GENESIS.to_owned());
    loop {
        let seals = queries::seals_after(&mut tx, seq).await?;
        if seals.is_empty() {
            return Ok(Verdict::Sound { events: seq });
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
            seq = seal.seq;
        }
    }
}
