//! The table `handover_codes`.
use crate::{
    clock::Timestamp,
    id::{AccountId, GuardianshipId, Id, OrganizationId, kinds},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

pub(super) async fn insert(
    tx: &mut Tx,
    (account, organization): (AccountId, OrganizationId),
    code: &Fingerprint,
    (issued_by, expires_at): (Option<AccountId>, Timestamp),
) -> Result<(), StoreError> {
    let (id, now): (Id<kinds::HandoverCode>, _) = (tx.id(), tx.now());
    tx.query(
        "INSERT INTO handover_codes (id, account_id, organization_id, code_hash, issued_by,
           created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(account)
    .bind(organization)
    .bind(code.as_str())
    .bind(issued_by)
    .bind(now)
    .bind(expires_at)
    .run()
    .await
    .map(drop)
}

/// Whose account the code opens, while it works.
pub(super) async fn account_of(
    tx: &mut Tx,
    code: &Fingerprint,
) -> Result<Option<AccountId>, StoreError> {
    let now = tx.now();
    let row: Option<(AccountId,)> = tx
        .query(
            "SELECT account_id FROM handover_codes
             WHERE code_hash = $1 AND ended_at IS NULL AND expires_at > $2",
        )
        .bind(code.as_str())
        .bind(now)
        .optional()
        .await?;
    Ok(row.map(|(account,)| account))
}

/// No code of the account works any more.
pub(super) async fn end_codes(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("UPDATE handover_codes SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL")
        .bind(account)
        .bind(now)
        .run()
        .await
        .map(drop)
}

/// Whether `guardian` is or ever was guardian of `dependent`, anywhere.
pub(super) async fn was_guardian(
    tx: &mut Tx,
    guardian: AccountId,
    dependent: AccountId,
) -> Result<bool, StoreError> {
    let row: Option<(GuardianshipId,)> = tx
        .query(
            "SELECT id FROM guardianships
             WHERE guardian_account_id = $1 AND dependent_account_id = $2 LIMIT 1",
        )
        .bind(guardian)
        .bind(dependent)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Forgets codes that work no more.
pub(super) async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM handover_codes WHERE expires_at <= $1 OR ended_at IS NOT NULL")
        .bind(now)
        .run()
        .await
}
