//! The table `hcp_keys`.
use super::HcpKey;
use crate::{
    id::{DatabaseId, HcpId, HcpKeyId},
    store::{StoreError, Tx},
};

/// The HCP's keys, oldest first.
///
/// # Errors
/// The database is away.
pub async fn keys(tx: &mut Tx, hcp: HcpId) -> Result<Vec<HcpKey>, StoreError> {
    tx.query(
        "SELECT id, hcp_id, spki_sha256, spki_hex, alg, created_by, created_at
         FROM hcp_keys WHERE hcp_id = $1 ORDER BY id",
    )
    .bind(hcp)
    .all()
    .await
}

/// One key of the HCP.
///
/// # Errors
/// The database is away.
pub async fn key(tx: &mut Tx, hcp: HcpId, id: HcpKeyId) -> Result<Option<HcpKey>, StoreError> {
    tx.query(
        "SELECT id, hcp_id, spki_sha256, spki_hex, alg, created_by, created_at
         FROM hcp_keys WHERE hcp_id = $1 AND id = $2",
    )
    .bind(hcp)
    .bind(id)
    .optional()
    .await
}

pub(super) async fn count(tx: &mut Tx, hcp: HcpId) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM hcp_keys WHERE hcp_id = $1")
        .bind(hcp)
        .one()
        .await?;
    Ok(count)
}

/// Stores a key. `Ok(false)` when the database has it.
pub(super) async fn insert(
    tx: &mut Tx,
    database: DatabaseId,
    key: &HcpKey,
) -> Result<bool, StoreError> {
    let stored = tx
        .query(
            "INSERT INTO hcp_keys (id, hcp_id, database_id, spki_sha256, spki_hex, alg, created_by,
               created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (database_id, spki_sha256) DO NOTHING",
        )
        .bind(key.id)
        .bind(key.hcp_id)
        .bind(database)
        .bind(key.spki_sha256.clone())
        .bind(key.spki_hex.clone())
        .bind(key.alg.clone())
        .bind(key.created_by.clone())
        .bind(key.created_at)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Removes a key. `Ok(false)` when there is none.
pub(super) async fn delete(tx: &mut Tx, hcp: HcpId, id: HcpKeyId) -> Result<bool, StoreError> {
    let deleted = tx
        .query("DELETE FROM hcp_keys WHERE hcp_id = $1 AND id = $2")
        .bind(hcp)
        .bind(id)
        .run()
        .await?;
    Ok(deleted == 1)
}
