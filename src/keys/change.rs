//! Changing keys: by policy, by hand, in an emergency.
//!
//! A successor is generated before the transaction begins, since finding RSA primes
//! takes long, and stored by statements that only one of many nodes wins.
use serde::Serialize;

use super::{
    Alg, KeyError, Life, State, Successor,
    life::{AFTERLIFE, Due, NOTICE},
    queries,
};
use crate::{
    clock::Timestamp,
    store::{Store, StoreError, Topic, Tx},
};

/// A signing key as operators see it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyInfo {
    /// Its id in headers and in the key set.
    pub kid: String,
    /// Its algorithm.
    pub alg: Alg,
    /// Where it stands now.
    pub state: State,
    /// Its moments.
    #[serde(flatten)]
    pub life: Life,
}

/// Every key ever made, oldest first. Needs no key-encryption key.
///
/// # Errors
/// The database is away.
pub async fn list(store: &Store) -> Result<Vec<KeyInfo>, StoreError> {
    let mut tx = store.read().await?;
    let now = tx.now();
    let rows = queries::all(&mut tx).await?;
    rows.into_iter()
        .map(|row| {
            Ok(KeyInfo {
                alg: row.alg()?,
                state: row.life.state(now),
                life: row.life,
                kid: row.kid,
            })
        })
        .collect()
}

/// A change of keys, for the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The algorithm.
    pub alg: Alg,
    /// The key that ends; `None` when there was none.
    pub ends: Option<String>,
    /// The key that signs after it.
    pub successor: String,
    /// From when on the successor signs.
    pub active_at: Timestamp,
}

/// Why keys were not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such key, or not of the successor's algorithm.
    #[error("there is no such key")]
    Unknown,
    /// The key is removed already.
    #[error("the key is removed already")]
    Removed,
    /// A successor is published already and will sign within a day.
    #[error("a successor is published already")]
    UnderWay,
}

/// Publishes `successor` now; it signs from a day later on, when the present key ends.
/// Refused while another successor waits. The caller audits and commits, then calls
/// [`super::Keys::reload`].
///
/// # Errors
/// The database is away.
pub async fn rotate(
    tx: &mut Tx,
    successor: Successor,
) -> Result<Result<Change, Refusal>, StoreError> {
    let active_at = tx.now().plus_seconds(NOTICE);
    succeed(tx, successor, active_at).await
}

async fn succeed(
    tx: &mut Tx,
    successor: Successor,
    active_at: Timestamp,
) -> Result<Result<Change, Refusal>, StoreError> {
    let alg = successor.alg();
    let removed_at = active_at.plus_seconds(AFTERLIFE);
    let Some(ends) = queries::end_newest(tx, alg, active_at, removed_at).await? else {
        return Ok(Err(Refusal::UnderWay));
    };
    let Some(successor) = add(tx, successor, active_at).await? else {
        return Ok(Err(Refusal::UnderWay));
    };
    Ok(Ok(Change {
        alg,
        ends: Some(ends),
        successor,
        active_at,
    }))
}

/// Stores the key and gives its id. `None` when there is a newest one already.
async fn add(
    tx: &mut Tx,
    successor: Successor,
    active_at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let row = successor.into_row(Life {
        published_at: tx.now(),
        active_at,
        retired_at: None,
        removed_at: None,
    });
    let added = queries::insert(tx, &row).await?;
    if added {
        tx.touch(Topic::Keys);
    }
    Ok(added.then_some(row.kid))
}

/// Emergency removal: the key signs and verifies nothing from now on and leaves the key
/// set. If it was the one that signs, the waiting successor signs at once, or else
/// `spare` does. The caller audits and commits, then calls [`super::Keys::reload`];
/// other processes follow when they next reload.
///
/// # Errors
/// The database is away.
pub async fn retire(
    tx: &mut Tx,
    kid: &str,
    spare: Successor,
) -> Result<Result<Change, Refusal>, StoreError> {
    let alg = spare.alg();
    let rows = queries::all(tx).await?;
    let Some(row) = rows
        .iter()
        .find(|row| row.kid == kid && row.alg == alg.name())
    else {
        return Ok(Err(Refusal::Unknown));
    };
    if row.life.state(tx.now()) == State::Removed || queries::remove(tx, kid).await?.is_none() {
        return Ok(Err(Refusal::Removed));
    }
    tx.touch(Topic::Keys);
    if queries::reinstate(tx, alg).await?.is_none() && queries::promote(tx, alg).await?.is_none() {
        let now = tx.now();
        add(tx, spare, now).await?;
    }
    let now = tx.now();
    let rows = queries::all(tx).await?;
    let signs = rows
        .into_iter()
        .filter(|row| row.alg == alg.name() && row.life.state(now) == State::Active)
        .max_by_key(|row| row.life.active_at);
    Ok(signs.ok_or(Refusal::Unknown).map(|row| Change {
        alg,
        ends: Some(kid.to_owned()),
        successor: row.kid,
        active_at: row.life.active_at.max(now),
    }))
}

/// Carries out what the policy asks for, in one transaction. What somebody else did
/// meanwhile is left out.
pub(super) async fn carry_out(
    store: &Store,
    due: Vec<(Due, Successor)>,
) -> Result<Vec<Change>, KeyError> {
    let mut tx = store.write().await?;
    let now = tx.now();
    let mut changes = Vec::new();
    for (due, successor) in due {
        let alg = successor.alg();
        match due {
            Due::First(_) => {
                changes.extend(add(&mut tx, successor, now).await?.map(|successor| Change {
                    alg,
                    ends: None,
                    successor,
                    active_at: now,
                }));
            }
            Due::Next(_, at) => changes.extend(succeed(&mut tx, successor, at).await?.ok()),
        }
    }
    if queries::forget_removed(&mut tx).await? > 0 {
        tx.touch(Topic::Keys);
    }
    tx.commit().await?;
    Ok(changes)
}
