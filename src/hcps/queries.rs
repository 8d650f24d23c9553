//! The tables `hcps` and `hcp_creations`.
use super::{Fit, Hcp, HcpType, Refusal, Status, lists_queries, words::Words};
use crate::{
    clock::Timestamp,
    id::{AccountId, DatabaseId, HcpId, OrganizationId},
    secret::Fingerprint,
    store::{StoreError, Topic, Tx},
};

/// The HCP of the database. `None` when there is none.
///
/// # Errors
/// The database is away.
pub async fn find(tx: &mut Tx, database: DatabaseId, id: HcpId) -> Result<Option<Hcp>, StoreError> {
    tx.query(
        "SELECT id, database_id, type, first_name, last_name, name, email, phone, parent_id, status,
           account_id, version, created_at, last_access_at
         FROM hcps WHERE id = $1 AND database_id = $2",
    )
    .bind(id)
    .bind(database)
    .optional()
    .await
}

/// The organizations of the database with this folded name, oldest first, `most` of them.
pub(super) async fn organizations_called(
    tx: &mut Tx,
    database: DatabaseId,
    folded: &str,
    most: usize,
) -> Result<Vec<Hcp>, StoreError> {
    tx.query(
        "SELECT id, database_id, type, first_name, last_name, name, email, phone, parent_id, status,
           account_id, version, created_at, last_access_at
         FROM hcps WHERE database_id = $1 AND type = 'organization' AND sort_name = $2
         ORDER BY id LIMIT $3",
    )
    .bind(database)
    .bind(folded)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .all()
    .await
}

/// The active HCPs of the organization that the person is, in directories that are in use.
///
/// # Errors
/// The database is away.
pub async fn of_account(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Vec<Hcp>, StoreError> {
    tx.query(
        "SELECT h.* FROM hcps h
         JOIN databases d ON d.id = h.database_id JOIN solutions s ON s.id = d.solution_id
         WHERE h.account_id = $1 AND s.organization_id = $2 AND h.status = 'active'
           AND d.archived_at IS NULL AND s.archived_at IS NULL ORDER BY h.id",
    )
    .bind(account)
    .bind(organization)
    .all()
    .await
}

/// As which active HCPs without an organization above them the person may act, and where.
///
/// # Errors
/// The database is away.
pub async fn independent(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(HcpId, OrganizationId)>, StoreError> {
    tx.query(
        "SELECT h.id, s.organization_id FROM hcps h
         JOIN databases d ON d.id = h.database_id JOIN solutions s ON s.id = d.solution_id
         WHERE h.account_id = $1 AND h.status = 'active' AND h.parent_id IS NULL
           AND d.archived_at IS NULL AND s.archived_at IS NULL ORDER BY h.id",
    )
    .bind(account)
    .all()
    .await
}

/// The HCP organization above the HCP.
///
/// # Errors
/// The database is away.
pub async fn parent_of(tx: &mut Tx, id: HcpId) -> Result<Option<HcpId>, StoreError> {
    let row: Option<(Option<HcpId>,)> = tx
        .query("SELECT parent_id FROM hcps WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|(parent,)| parent))
}

/// Links the HCP to its person. `false` when it is gone, disabled or linked to another.
///
/// # Errors
/// The database is away.
pub async fn link(tx: &mut Tx, id: HcpId, account: AccountId) -> Result<bool, StoreError> {
    tx.touch(Topic::People);
    let linked = tx
        .query(
            "UPDATE hcps SET account_id = $2, version = version + 1
             WHERE id = $1 AND status = 'active' AND (account_id IS NULL OR account_id = $2)",
        )
        .bind(id)
        .bind(account)
        .run()
        .await?;
    Ok(linked == 1)
}

/// Stores an active HCP. `Ok(false)` when its e-mail address is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    id: HcpId,
    database: DatabaseId,
    fit: &Fit,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let words = Words::of(fit);
    let number = lists_queries::new_numbers(tx, database, 1).await?;
    let stored = tx
        .query(
            "INSERT INTO hcps (id, database_id, type, first_name, last_name, name, email, phone,
               parent_id, status, version, number, sort_name, created_at, words)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', 1, $10, $11, $12, $13)
             ON CONFLICT (database_id, email) DO NOTHING",
        )
        .bind(id)
        .bind(database)
        .bind(fit.kind)
        .bind(fit.first_name.clone())
        .bind(fit.last_name.clone())
        .bind(fit.name.clone())
        .bind(fit.email.clone())
        .bind(fit.phone.clone())
        .bind(fit.parent_id)
        .bind(number.hcp)
        .bind(fit.sort_name())
        .bind(now)
        .bind(words.text())
        .run()
        .await?;
    if stored == 0 {
        return Ok(false);
    }
    lists_queries::insert(tx, &[(number, fit.sort_name(), words)]).await?;
    Ok(true)
}

/// Stores what changed of `before`, if nobody changed it meanwhile.
pub(super) async fn update(
    tx: &mut Tx,
    before: &Hcp,
    fit: &Fit,
    status: Status,
) -> Result<Result<(), Refusal>, StoreError> {
    tx.touch(Topic::People);
    let words = Words::of(fit);
    let updated = tx
        .query(
            "UPDATE hcps SET first_name = $3, last_name = $4, name = $5, email = $6, phone = $7,
               parent_id = $8, status = $9, sort_name = $10, words = $11,
               version = version + 1
             WHERE id = $1 AND version = $2",
        )
        .bind(before.id)
        .bind(before.version)
        .bind(fit.first_name.clone())
        .bind(fit.last_name.clone())
        .bind(fit.name.clone())
        .bind(fit.email.clone())
        .bind(fit.phone.clone())
        .bind(fit.parent_id)
        .bind(status)
        .bind(fit.sort_name())
        .bind(words.text())
        .run()
        .await;
    match updated {
        Err(error) if error.is_duplicate() => return Ok(Err(Refusal::EmailTaken)),
        Err(error) => return Err(error),
        Ok(0) => return Ok(Err(Refusal::Stale)),
        Ok(_) => {}
    }
    if let Some(number) = lists_queries::delete(tx, before.id).await? {
        lists_queries::insert(tx, &[(number, fit.sort_name(), words)]).await?;
    }
    Ok(Ok(()))
}

/// Removes the row and all that hangs on it. `Ok(false)` when somebody changed it meanwhile.
pub(super) async fn delete(tx: &mut Tx, hcp: &Hcp) -> Result<bool, StoreError> {
    tx.touch(Topic::People);
    lists_queries::delete(tx, hcp.id).await?;
    tx.query("DELETE FROM hcp_tokens WHERE hcp_id = $1")
        .bind(hcp.id)
        .run()
        .await?;
    tx.query("DELETE FROM hcp_keys WHERE hcp_id = $1")
        .bind(hcp.id)
        .run()
        .await?;
    let deleted = tx
        .query("DELETE FROM hcps WHERE id = $1 AND version = $2")
        .bind(hcp.id)
        .bind(hcp.version)
        .run()
        .await?;
    Ok(deleted == 1)
}

/// The organization above, of a possible parent.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Above {
    pub(super) id: HcpId,
    #[sqlx(rename = "type")]
    pub(super) kind: HcpType,
}

/// `id` and everything above it in the database, from below.
pub(super) async fn ancestry(
    tx: &mut Tx,
    database: DatabaseId,
    id: HcpId,
) -> Result<Vec<Above>, StoreError> {
    tx.query(
        "WITH RECURSIVE above (id, type, parent_id, level) AS (
           SELECT id, type, parent_id, 1 FROM hcps WHERE id = $1 AND database_id = $2
           UNION ALL
           SELECT h.id, h.type, h.parent_id, a.level + 1
           FROM hcps h JOIN above a ON h.id = a.parent_id WHERE a.level < 32
         ) SELECT id, type FROM above ORDER BY level",
    )
    .bind(id)
    .bind(database)
    .all()
    .await
}

/// How many levels `id` and what is below it take.
pub(super) async fn height(tx: &mut Tx, id: HcpId) -> Result<i64, StoreError> {
    let (levels,): (i64,) = tx
        .query(
            "WITH RECURSIVE below (id, level) AS (
               SELECT id, 1 FROM hcps WHERE id = $1
               UNION ALL
               SELECT h.id, b.level + 1 FROM hcps h JOIN below b ON h.parent_id = b.id
               WHERE h.type = 'organization' AND b.level < 32
             ) SELECT CAST(MAX(b.level + CASE WHEN EXISTS
                 (SELECT 1 FROM hcps c WHERE c.parent_id = b.id) THEN 1 ELSE 0 END) AS BIGINT)
             FROM below b",
        )
        .bind(id)
        .one()
        .await?;
    Ok(levels)
}

/// Whether others stand below it.
pub(super) async fn has_children(tx: &mut Tx, id: HcpId) -> Result<bool, StoreError> {
    let row: Option<(HcpId,)> = tx
        .query("SELECT id FROM hcps WHERE parent_id = $1 LIMIT 1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// A creation that named a key: what was asked, and what came of it.
pub(super) async fn creation(
    tx: &mut Tx,
    key: &Fingerprint,
) -> Result<Option<(Fingerprint, HcpId)>, StoreError> {
    tx.query("SELECT request_hash, hcp_id FROM hcp_creations WHERE key_hash = $1")
        .bind(key.clone())
        .optional()
        .await
}

/// Notes a creation, and forgets those before `oldest`.
pub(super) async fn put_creation(
    tx: &mut Tx,
    key: &Fingerprint,
    request: &Fingerprint,
    hcp: HcpId,
    oldest: Timestamp,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query("DELETE FROM hcp_creations WHERE created_at < $1")
        .bind(oldest)
        .run()
        .await?;
    tx.query(
        "INSERT INTO hcp_creations (key_hash, request_hash, hcp_id, created_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(key.clone())
    .bind(request.clone())
    .bind(hcp)
    .bind(now)
    .run()
    .await
    .map(drop)
}
