//! The table `hcp_tokens`, and when HCPs were last seen.
use super::{HcpToken, LiveToken};
use crate::{
    clock::Timestamp,
    id::{HcpId, HcpTokenId},
    secret::Fingerprint,
    store::{StoreError, Tx},
};

/// The HCP's tokens, those that expired among them, oldest first.
///
/// # Errors
/// The database is away.
pub async fn tokens(tx: &mut Tx, hcp: HcpId) -> Result<Vec<HcpToken>, StoreError> {
    tx.query(
        "SELECT id, hcp_id, name, expires_at, created_by, created_at, last_used_at
         FROM hcp_tokens WHERE hcp_id = $1 ORDER BY id",
    )
    .bind(hcp)
    .all()
    .await
}

/// One token of the HCP.
///
/// # Errors
/// The database is away.
pub async fn token(
    tx: &mut Tx,
    hcp: HcpId,
    id: HcpTokenId,
) -> Result<Option<HcpToken>, StoreError> {
    tx.query(
        "SELECT id, hcp_id, name, expires_at, created_by, created_at, last_used_at
         FROM hcp_tokens WHERE hcp_id = $1 AND id = $2",
    )
    .bind(hcp)
    .bind(id)
    .optional()
    .await
}

/// Stores a token. `Ok(false)` when the name is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    token: &HcpToken,
    name_folded: String,
    hash: &Fingerprint,
) -> Result<bool, StoreError> {
    let stored = tx
        .query(
            "INSERT INTO hcp_tokens (id, hcp_id, name, name_folded, hash, expires_at, created_by,
               created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hcp_id, name_folded) DO NOTHING",
        )
        .bind(token.id)
        .bind(token.hcp_id)
        .bind(token.name.clone())
        .bind(name_folded)
        .bind(hash.clone())
        .bind(token.expires_at)
        .bind(token.created_by.clone())
        .bind(token.created_at)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Deletes a token. `Ok(false)` when there is none.
pub(super) async fn delete(tx: &mut Tx, hcp: HcpId, id: HcpTokenId) -> Result<bool, StoreError> {
    let deleted = tx
        .query("DELETE FROM hcp_tokens WHERE hcp_id = $1 AND id = $2")
        .bind(hcp)
        .bind(id)
        .run()
        .await?;
    Ok(deleted == 1)
}

/// The live token with this hash.
pub(super) async fn live(tx: &mut Tx, hash: &Fingerprint) -> Result<Option<LiveToken>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT h.*, s.organization_id, t.id AS token_id, t.created_at AS issued_at, t.expires_at,
           t.last_used_at
         FROM hcp_tokens t JOIN hcps h ON h.id = t.hcp_id
         JOIN databases d ON d.id = h.database_id JOIN solutions s ON s.id = d.solution_id
         WHERE t.hash = $1 AND t.expires_at > $2 AND h.status = 'active'
           AND d.archived_at IS NULL AND s.archived_at IS NULL",
    )
    .bind(hash.clone())
    .bind(now)
    .optional()
    .await
}

/// The live token of this id.
pub(super) async fn live_by_id(
    tx: &mut Tx,
    id: HcpTokenId,
) -> Result<Option<LiveToken>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT h.*, s.organization_id, t.id AS token_id, t.created_at AS issued_at, t.expires_at,
           t.last_used_at
         FROM hcp_tokens t JOIN hcps h ON h.id = t.hcp_id
         JOIN databases d ON d.id = h.database_id JOIN solutions s ON s.id = d.solution_id
         WHERE t.id = $1 AND t.expires_at > $2 AND h.status = 'active'
           AND d.archived_at IS NULL AND s.archived_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .optional()
    .await
}

/// Notes a use, unless one was noted after `before`.
pub(super) async fn note_use(
    tx: &mut Tx,
    id: HcpTokenId,
    before: Timestamp,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE hcp_tokens SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
    )
    .bind(id)
    .bind(now)
    .bind(before)
    .run()
    .await
    .map(drop)
}

/// Notes an access of the HCP, unless one was noted after `before`. Its version stays.
pub(super) async fn note_access(
    tx: &mut Tx,
    id: HcpId,
    before: Timestamp,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "UPDATE hcps SET last_access_at = $2
         WHERE id = $1 AND (last_access_at IS NULL OR last_access_at <= $3)",
    )
    .bind(id)
    .bind(now)
    .bind(before)
    .run()
    .await
    .map(drop)
}
