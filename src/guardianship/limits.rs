//! How many relations one person may have (I-14): what the clock ended does not count. What is
//! counted stays true until the commit for whoever holds the organization (`organizations::hold`).
use super::{retire, step_queries};
use crate::{
    id::AccountId,
    organizations::Organization,
    store::{StoreError, Tx},
};

/// Whether `guardian` may care for one more.
pub(super) async fn has_room_for_dependent(
    tx: &mut Tx,
    organization: &Organization,
    guardian: AccountId,
) -> Result<bool, StoreError> {
    let most = i64::from(organization.settings.max_dependents);
    if step_queries::count_of_guardian(tx, guardian, organization.id).await? < most {
        return Ok(true);
    }
    retire::of_guardian(tx, organization, guardian).await?;
    Ok(step_queries::count_of_guardian(tx, guardian, organization.id).await? < most)
}

/// Whether one more may care for `dependent`.
pub(super) async fn has_room_for_guardian(
    tx: &mut Tx,
    organization: &Organization,
    dependent: AccountId,
) -> Result<bool, StoreError> {
    let most = i64::from(organization.settings.max_guardians);
    if step_queries::count_of_dependent(tx, dependent, organization.id).await? < most {
        return Ok(true);
    }
    retire::of_dependent(tx, organization, dependent).await?;
    Ok(step_queries::count_of_dependent(tx, dependent, organization.id).await? < most)
}
