//! A machine is removed, with everything that was delegated to it.
use super::queries;
use crate::{
    audit::Doer,
    service_accounts::{self, ServiceAccount},
    store::{StoreError, Tx},
};

/// Removes a service account with its keys and its delegations.
///
/// # Errors
/// The database is away.
pub async fn remove_machine(
    tx: &mut Tx,
    account: &ServiceAccount,
    by: &Doer,
) -> Result<(), StoreError> {
    queries::delete_of(tx, account.id).await?;
    service_accounts::remove(tx, account, by).await
}
