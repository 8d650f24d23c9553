//! The table `guardianships`: its steps from proposal to end.
use super::Status;
use crate::{
    id::{AccountId, GuardianshipId, OrganizationId},
    store::{StoreError, Topic, Tx},
};

/// The guardian accepts; with the approval of staff the relation starts. `false` when it
/// is not pending, or was accepted before.
pub(super) async fn accept(tx: &mut Tx, id: GuardianshipId) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    let accepted = tx
        .query(
            "UPDATE guardianships SET accepted_at = $2,
               status = CASE WHEN approved_at IS NOT NULL THEN 'active' ELSE status END
             WHERE id = $1 AND status = 'pending' AND accepted_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(accepted == 1)
}

/// The person who proposed it.
pub(super) async fn asker(
    tx: &mut Tx,
    id: GuardianshipId,
) -> Result<Option<AccountId>, StoreError> {
    let row: Option<(Option<AccountId>,)> = tx
        .query("SELECT created_by FROM guardianships WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(asker,)| asker))
}

/// Whether it is pending, and the guardian has not accepted.
pub(super) async fn awaits_guardian(tx: &mut Tx, id: GuardianshipId) -> Result<bool, StoreError> {
    let row: Option<(GuardianshipId,)> = tx
        .query(
            "SELECT id FROM guardianships
             WHERE id = $1 AND status = 'pending' AND accepted_at IS NULL",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Whether it is pending, and nobody has approved.
pub(super) async fn awaits_approval(tx: &mut Tx, id: GuardianshipId) -> Result<bool, StoreError> {
    let row: Option<(GuardianshipId,)> = tx
        .query(
            "SELECT id FROM guardianships
             WHERE id = $1 AND status = 'pending' AND approved_at IS NULL",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Staff, or the adult who grants a proxy, approve; with the guardian's yes the relation
/// starts. `false` when it is not pending, or was approved before.
pub(super) async fn approve(
    tx: &mut Tx,
    id: GuardianshipId,
    by: Option<AccountId>,
) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::People);
    let approved = tx
        .query(
            "UPDATE guardianships SET approved_at = $2, approved_by = $3,
               status = CASE WHEN accepted_at IS NOT NULL THEN 'active' ELSE status END
             WHERE id = $1 AND status = 'pending' AND approved_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .bind(by)
        .run()
        .await?;
    Ok(approved == 1)
}

/// From one state to another. `false` when it is not in the first.
pub(super) async fn move_on(
    tx: &mut Tx,
    id: GuardianshipId,
    from: Status,
    to: Status,
) -> Result<bool, StoreError> {
    tx.touch(Topic::People);
    let moved = tx
        .query("UPDATE guardianships SET status = $3 WHERE id = $1 AND status = $2")
        .bind(id)
        .bind(from.name())
        .bind(to.name())
        .run()
        .await?;
    Ok(moved == 1)
}

/// How many the guardian cares for there, or has said yes to.
pub(super) async fn count_of_guardian(
    tx: &mut Tx,
    guardian: AccountId,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM guardianships WHERE guardian_account_id = $1
               AND organization_id = $2 AND (status IN ('active', 'suspended')
                 OR (status = 'pending' AND accepted_at IS NOT NULL))",
        )
        .bind(guardian)
        .bind(organization)
        .one()
        .await?;
    Ok(count)
}

/// How many care for the dependent there: relations that are active or on hold.
pub(super) async fn count_of_dependent(
    tx: &mut Tx,
    dependent: AccountId,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM guardianships WHERE dependent_account_id = $1
               AND organization_id = $2 AND status IN ('active', 'suspended')",
        )
        .bind(dependent)
        .bind(organization)
        .one()
        .await?;
    Ok(count)
}

/// The relations in force over the dependent, the longest first.
pub(super) async fn active_of(
    tx: &mut Tx,
    dependent: AccountId,
) -> Result<Vec<GuardianshipId>, StoreError> {
    let rows: Vec<(GuardianshipId,)> = tx
        .query(
            "SELECT id FROM guardianships
             WHERE dependent_account_id = $1 AND status = 'active' ORDER BY starts_at, id",
        )
        .bind(dependent)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
