//! A delegation ends before its time.
use super::{Delegation, delegate::record, queries};
use crate::{
    audit::Action,
    id::AccountId,
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
