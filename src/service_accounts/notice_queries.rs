//! Which keys are old or about to end: of the tables `service_accounts` and `api_keys`.
use super::ROTATION;
use crate::{
    clock::Timestamp,
    id::{ApiKeyId, OrganizationId, ServiceAccountId},
    store::{StoreError, Tx},
};

const DAY: i64 = 24 * 60 * 60;

/// A live key that somebody should replace.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DueKey {
    /// The key.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Its account.
    pub service_account: ServiceAccountId,
    /// The account's name.
    pub service_account_name: String,
    /// The account's tenant.
    pub organization: OrganizationId,
}

impl DueKey {
    /// Whether it is old enough to be replaced.
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.created_at.plus_seconds(ROTATION) <= now
    }
}

/// Up to 100 keys whose Owners are to be told, `days` before the end.
pub(super) async fn due(tx: &mut Tx, days: i64) -> Result<Vec<DueKey>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT k.id, k.name, k.created_at, k.expires_at, a.id AS service_account,
           a.name AS service_account_name, a.organization_id AS organization
         FROM api_keys k JOIN service_accounts a ON a.id = k.service_account_id
         WHERE k.expires_at > $1 AND k.expires_at <= $2 AND k.revoked_at IS NULL
           AND k.replaced_by IS NULL AND a.status = 'active' AND a.organization_id IS NOT NULL
           AND k.expires_at - k.created_at > $3 AND (k.noticed_days IS NULL OR k.noticed_days > $4)
         ORDER BY k.expires_at LIMIT 100",
    )
    .bind(now)
    .bind(now.plus_days(days))
    .bind(days * DAY * 1000)
    .bind(days)
    .all()
    .await
}

/// Notes that the letter goes out; `false` when another node was first.
pub(super) async fn mark(tx: &mut Tx, key: ApiKeyId, days: i64) -> Result<bool, StoreError> {
    let marked = tx
        .query(
            "UPDATE api_keys SET noticed_days = $2
             WHERE id = $1 AND (noticed_days IS NULL OR noticed_days > $2)",
        )
        .bind(key)
        .bind(days)
        .run()
        .await?;
    Ok(marked == 1)
}

/// Up to 20 live keys of the organization that nothing took the place of and that are old, or
/// end within 14 days; those that end first come first.
///
/// # Errors
/// The database is away.
pub async fn due_keys(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<DueKey>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT k.id, k.name, k.created_at, k.expires_at, a.id AS service_account,
           a.name AS service_account_name, a.organization_id AS organization
         FROM api_keys k JOIN service_accounts a ON a.id = k.service_account_id
         WHERE a.organization_id = $1 AND a.status = 'active' AND k.revoked_at IS NULL
           AND k.replaced_by IS NULL AND k.expires_at > $2
           AND (k.expires_at <= $3 OR k.created_at <= $4)
         ORDER BY k.expires_at, k.id LIMIT 20",
    )
    .bind(organization)
    .bind(now)
    .bind(now.plus_days(14))
    .bind(now.plus_seconds(-ROTATION))
    .all()
    .await
}
