//! The table `hcps`, asked about many HCPs at once.
use std::collections::{HashMap, HashSet};

use super::HcpType;
use crate::{
    id::{DatabaseId, HcpId},
    store::{StoreError, Tx},
};

/// Those of `emails`, all normalised, that an HCP of the database has (I-31).
///
/// # Errors
/// The database is away.
pub async fn known_emails(
    tx: &mut Tx,
    database: DatabaseId,
    emails: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let found: Vec<(String,)> = tx
        .query_per_database(
            "SELECT email FROM hcps WHERE database_id = $1
               AND email IN (SELECT value FROM json_each($2))",
            "SELECT email FROM hcps WHERE database_id = $1
               AND email IN (SELECT json_array_elements_text(CAST($2 AS json)))",
        )
        .bind(database)
        .bind(list(emails))
        .all()
        .await?;
    Ok(found.into_iter().map(|(email,)| email).collect())
}

/// What those of `ids` are that stand in the database.
///
/// # Errors
/// The database is away.
pub async fn known_types(
    tx: &mut Tx,
    database: DatabaseId,
    ids: &[HcpId],
) -> Result<HashMap<HcpId, HcpType>, StoreError> {
    let found: Vec<(HcpId, HcpType)> = tx
        .query_per_database(
            "SELECT id, type FROM hcps WHERE database_id = $1
               AND id IN (SELECT value FROM json_each($2))",
            "SELECT id, type FROM hcps WHERE database_id = $1
               AND id IN (SELECT json_array_elements_text(CAST($2 AS json)))",
        )
        .bind(database)
        .bind(list(ids))
        .all()
        .await?;
    Ok(found.into_iter().collect())
}

/// Those of `ids` that nobody has changed, linked, given a token or a key, or used since
/// they were made.
///
/// # Errors
/// The database is away.
pub async fn untouched(
    tx: &mut Tx,
    database: DatabaseId,
    ids: &[HcpId],
) -> Result<HashSet<HcpId>, StoreError> {
    const SQLITE: &str = "SELECT id FROM hcps h WHERE database_id = $1 AND version = 1
        AND status = 'active' AND account_id IS NULL AND last_access_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM hcp_tokens t WHERE t.hcp_id = h.id)
        AND NOT EXISTS (SELECT 1 FROM hcp_keys k WHERE k.hcp_id = h.id)
        AND id IN (SELECT value FROM json_each($2))";
    const POSTGRES: &str = "SELECT id FROM hcps h WHERE database_id = $1 AND version = 1
        AND status = 'active' AND account_id IS NULL AND last_access_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM hcp_tokens t WHERE t.hcp_id = h.id)
        AND NOT EXISTS (SELECT 1 FROM hcp_keys k WHERE k.hcp_id = h.id)
        AND id IN (SELECT json_array_elements_text(CAST($2 AS json)))";
    let found: Vec<(HcpId,)> = tx
        .query_per_database(SQLITE, POSTGRES)
        .bind(database)
        .bind(list(ids))
        .all()
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// A list as one value, since the two databases share no other way to pass one.
fn list(items: &[impl ToString]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    serde_json::Value::from(items).to_string()
}
