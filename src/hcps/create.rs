//! An HCP is made.
use super::{Fit, Hcp, Refusal, queries, tree};
use crate::{
    audit::{self, Action, Doer, Event},
    id::HcpId,
    organizations::Directory,
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// How long a creation is remembered by its key, in seconds.
const REMEMBERED: i64 = 24 * 60 * 60;

/// Makes an HCP in the directory.
///
/// # Errors
/// The database is away.
pub async fn create(
    tx: &mut Tx,
    directory: &Directory,
    fit: &Fit,
    by: &Doer,
) -> Result<Result<Hcp, Refusal>, StoreError> {
    let database = directory.database.id;
    if let Some(parent) = fit.parent_id
        && let Err(refusal) = tree::check_parent(tx, database, parent, None).await?
    {
        return Ok(Err(refusal));
    }
    let id = tx.id();
    if !queries::insert(tx, id, database, fit).await? {
        return Ok(Err(Refusal::EmailTaken));
    }
    let event = Event::done(Action::HcpCreated)
        .done_by(by)
        .within(directory.organization_id)
        .on(id);
    audit::record(tx, event).await?;
    let stored = queries::find(tx, database, id).await?;
    Ok(stored.ok_or(Refusal::Stale))
}

/// What is known of a creation that named a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing yet: go on.
    First,
    /// The same request made this HCP.
    Made(HcpId),
    /// Another request named the key.
    Other,
}

/// Whether a request with this key was done before; both are fingerprints of what came.
///
/// # Errors
/// The database is away.
pub async fn repeated(
    tx: &mut Tx,
    key: &Fingerprint,
    request: &Fingerprint,
) -> Result<Repeat, StoreError> {
    Ok(match queries::creation(tx, key).await? {
        None => Repeat::First,
        Some((known, id)) if known == *request => Repeat::Made(id),
        Some(_) => Repeat::Other,
    })
}

/// Remembers for a day that the request with this key made `hcp`.
///
/// # Errors
/// The key came twice at once (a duplicate), or the database is away.
pub async fn remember(
    tx: &mut Tx,
    key: &Fingerprint,
    request: &Fingerprint,
    hcp: HcpId,
) -> Result<(), StoreError> {
    let oldest = tx.now().plus_seconds(-REMEMBERED);
    queries::put_creation(tx, key, request, hcp, oldest).await
}
