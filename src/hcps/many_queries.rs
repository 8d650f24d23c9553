//! The tables `hcps` and `hcp_lists`, for many HCPs at once: a list goes as one JSON value,
//! since the two databases share no other way to pass one. A statement handles
//! [`AT_ONCE`] of them, and begins with them, so that none is slow: PostgreSQL believes
//! that a database which was empty a while ago is empty, and would look through all of it for
//! each of them. What begins with the list is written so that it cannot be planned otherwise.
use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{
    Fit, HcpType,
    lists_queries::{self, FoundBy, Number},
    words::Words,
};
use crate::{
    id::{DatabaseId, HcpId},
    store::{StoreError, Tx},
};

/// How many HCPs one statement handles.
pub(super) const AT_ONCE: usize = 512;

/// Those of `emails`, all normalised, that an HCP of the database has (I-31).
///
/// # Errors
/// The database is away.
pub async fn known_emails(
    tx: &mut Tx,
    database: DatabaseId,
    emails: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::new();
    for some in emails.chunks(AT_ONCE) {
        let found: Vec<(String,)> = tx
            .query_per_database(
                "SELECT email FROM hcps WHERE database_id = $1
                   AND email IN (SELECT value FROM json_each($2))",
                // The order is that of one index.
                "SELECT h.email FROM json_array_elements_text(CAST($2 AS json)) AS given (email)
                 CROSS JOIN LATERAL (SELECT email FROM hcps
                   WHERE database_id = $1 AND email >= given.email ORDER BY email LIMIT 1) h
                 WHERE h.email = given.email",
            )
            .bind(database)
            .bind(list(some))
            .all()
            .await?;
        known.extend(found.into_iter().map(|(email,)| email));
    }
    Ok(known)
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
    let mut known = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(HcpId, HcpType)> = tx
            .query_per_database(
                "SELECT id, type FROM hcps WHERE database_id = $1
                   AND id IN (SELECT value FROM json_each($2))",
                "SELECT id, type FROM (SELECT * FROM hcps
                   WHERE id IN (SELECT json_array_elements_text(CAST($2 AS json))) OFFSET 0) h
                 WHERE database_id = $1",
            )
            .bind(database)
            .bind(list(some))
            .all()
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// Those of [`AT_ONCE`] ids that nobody has changed, linked, given a token or a key, or used
/// since they were made.
pub(super) async fn untouched(
    tx: &mut Tx,
    database: DatabaseId,
    ids: &[HcpId],
) -> Result<HashSet<HcpId>, StoreError> {
    const SQLITE: &str = "SELECT id FROM hcps h WHERE database_id = $1 AND version = 1
        AND status = 'active' AND account_id IS NULL AND last_access_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM hcp_tokens t WHERE t.hcp_id = h.id)
        AND NOT EXISTS (SELECT 1 FROM hcp_keys k WHERE k.hcp_id = h.id)
        AND id IN (SELECT value FROM json_each($2))";
    const POSTGRES: &str = "SELECT id FROM (SELECT * FROM hcps
          WHERE id IN (SELECT json_array_elements_text(CAST($2 AS json))) OFFSET 0) h
        WHERE database_id = $1 AND version = 1
        AND status = 'active' AND account_id IS NULL AND last_access_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM hcp_tokens t WHERE t.hcp_id = h.id)
        AND NOT EXISTS (SELECT 1 FROM hcp_keys k WHERE k.hcp_id = h.id)";
    let found: Vec<(HcpId,)> = tx
        .query_per_database(SQLITE, POSTGRES)
        .bind(database)
        .bind(list(ids))
        .all()
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Stores [`AT_ONCE`] active professionals, and gives those whose e-mail address was free with
/// what they are found by, which has yet to be [inserted](lists_queries::insert).
pub(super) async fn insert_many(
    tx: &mut Tx,
    database: DatabaseId,
    hcps: &[(HcpId, &Fit)],
) -> Result<Vec<(HcpId, FoundBy)>, StoreError> {
    const SQLITE: &str = "INSERT INTO hcps (id, database_id, type, first_name, last_name, email,
          phone, parent_id, status, version, number, sort_name, words, created_at)
        SELECT json_extract(value, '$.id'), $1, 'professional',
          json_extract(value, '$.first_name'), json_extract(value, '$.last_name'),
          json_extract(value, '$.email'), json_extract(value, '$.phone'),
          json_extract(value, '$.parent_id'), 'active', 1, json_extract(value, '$.number'),
          json_extract(value, '$.sort_name'), json_extract(value, '$.words'), $3
        FROM json_each($2) WHERE true
        ON CONFLICT (database_id, email) DO NOTHING RETURNING id";
    const POSTGRES: &str = "INSERT INTO hcps (id, database_id, type, first_name, last_name, email,
          phone, parent_id, status, version, number, sort_name, words, created_at)
        SELECT id, $1, 'professional', first_name, last_name, email, phone, parent_id, 'active', 1,
          number, sort_name, words, $3
        FROM json_to_recordset(CAST($2 AS json)) AS given (id TEXT, first_name TEXT,
          last_name TEXT, email TEXT, phone TEXT, parent_id TEXT, number BIGINT, sort_name TEXT,
          words TEXT)
        ON CONFLICT (database_id, email) DO NOTHING RETURNING id";
    let first = lists_queries::new_numbers(tx, database, hcps.len()).await?;
    let numbers = (first.hcp..).map(|hcp| Number { hcp, ..first });
    let found_by = hcps.iter().zip(numbers);
    let mut found_by: Vec<_> = found_by
        .map(|((id, fit), number)| (*id, (number, fit.sort_name(), Words::of(fit))))
        .collect();
    let given = hcps.iter().zip(&found_by);
    let given = given.map(|((id, fit), (_, (number, sort_name, words)))| {
        json!({"id": id.to_string(), "first_name": fit.first_name, "last_name": fit.last_name,
            "email": fit.email, "phone": fit.phone, "number": number.hcp, "sort_name": sort_name,
            "words": words.text(), "parent_id": fit.parent_id.map(|id| id.to_string())})
    });
    let now = tx.now();
    let stored: Vec<(HcpId,)> = tx
        .query_per_database(SQLITE, POSTGRES)
        .bind(database)
        .bind(Value::from_iter(given).to_string())
        .bind(now)
        .all()
        .await?;
    let stored: HashSet<HcpId> = stored.into_iter().map(|(id,)| id).collect();
    found_by.retain(|(id, _)| stored.contains(id));
    Ok(found_by)
}

/// Removes [`AT_ONCE`] professionals of the database that are [untouched], and counts them.
pub(super) async fn delete_many(
    tx: &mut Tx,
    database: DatabaseId,
    ids: &[HcpId],
) -> Result<u64, StoreError> {
    tx.query_per_database(
        "DELETE FROM hcp_lists
         WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $1)
           AND hcp IN (SELECT number FROM hcps WHERE id IN (SELECT value FROM json_each($2)))",
        "DELETE FROM hcp_lists
         WHERE directory = (SELECT directory FROM hcp_numbers WHERE database_id = $1)
           AND hcp IN (SELECT number FROM hcps
             WHERE id IN (SELECT json_array_elements_text(CAST($2 AS json))))",
    )
    .bind(database)
    .bind(list(ids))
    .run()
    .await?;
    tx.query_per_database(
        "DELETE FROM hcps WHERE version = 1 AND id IN (SELECT value FROM json_each($1))",
        "DELETE FROM hcps WHERE version = 1
           AND id IN (SELECT json_array_elements_text(CAST($1 AS json)))",
    )
    .bind(list(ids))
    .run()
    .await
}

fn list(items: &[impl ToString]) -> String {
    Value::from_iter(items.iter().map(ToString::to_string)).to_string()
}
