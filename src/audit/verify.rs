//! Walks over the chain of seals, and its head, which is told to others.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    queries::{self, Row, Seals},
    seal::{GENESIS, link},
};
use crate::{
    id::AuditEventId,
    store::{Store, StoreError, Tx},
};

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
