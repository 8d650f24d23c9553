//! How many relations one person may have (I-14).
use super::step_queries;
use crate::{
    id::{AccountId, OrganizationId},
    organizations::{self, Organization},
    store::{StoreError, Tx},
};

/// Makes everybody else wait who wants to add a relation there, so that what is counted
/// stays true until the commit.
pub(super) async fn hold(tx: &mut Tx, organization: OrganizationId) -> Result<(), StoreError> {
    organizations::hold(tx, organization).await
}

/// Whether `guardian` may care for one more.
pub(super) async fn has_room_for_dependent(
    tx: &mut Tx,
    organization: &Organization,
    guardian: AccountId,
) -> Result<bool, StoreError> {
    let count = step_queries::count_of_guardian(tx, guardian, organization.id).await?;
    Ok(count < i64::from(organization.settings.max_dependents))
}

/// Whether one more may care for `dependent`.
pub(super) async fn has_room_for_guardian(
    tx: &mut Tx,
    organization: &Organization,
    dependent: AccountId,
) -> Result<bool, StoreError> {
    let count = step_queries::count_of_dependent(tx, dependent, organization.id).await?;
    Ok(count < i64::from(organization.settings.max_guardians))
}
