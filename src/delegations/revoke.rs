//! A delegation ends before its time.
use super::{Delegation, delegate::record, queries};
use crate::{
    audit::Action,
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// Ends a delegation at once: tokens under it are worth nothing from now on. `false` when it
/// had been revoked before.
///
/// # Errors
/// The database is away.
pub async fn revoke(
    tx: &mut Tx,
    delegation: &Delegation,
    by: AccountId,
) -> Result<bool, StoreError> {
    if !queries::revoke(tx, delegation.id).await? {
        return Ok(false);
    }
    record(tx, delegation, Action::DelegationRevoked, by).await?;
    Ok(true)
}

/// Ends every delegation of a member who leaves, so that none revives should he come back.
/// The end of the membership is the event. Gives how many.
///
/// # Errors
/// The database is away.
pub async fn revoke_all_of(
    tx: &mut Tx,
    organization: OrganizationId,
    provider: AccountId,
) -> Result<u64, StoreError> {
    queries::revoke_all_of(tx, organization, provider).await
}
