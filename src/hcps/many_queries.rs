//! The tables `hcps` and `hcp_words`, for many HCPs at once: a list goes as one JSON value,
//! since the two databases share no other way to pass one. A statement handles
//! [`AT_ONCE`] of them, so that none is slow, however it is planned.
use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{Fit, HcpType, words::Words};
use crate::{
    id::{DatabaseId, HcpId},
    store::{Insert, Query, StoreError, Tx},
};

/// How many HCPs one statement handles.
pub(super) const AT_ONCE: usize = 500;

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
                "SELECT email FROM hcps WHERE database_id = $1
                   AND email IN (SELECT json_array_elements_text(CAST($2 AS json)))",
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
                "SELECT id, type FROM hcps WHERE database_id = $1
                   AND id IN (SELECT json_array_elements_text(CAST($2 AS json)))",
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

/// Stores [`AT_ONCE`] active professionals, and gives the ids of those whose e-mail address was free.
pub(super) async fn insert_many(
    tx: &mut Tx,
    database: DatabaseId,
    hcps: &[(HcpId, &Fit)],
) -> Result<HashSet<HcpId>, StoreError> {
    const SQLITE: &str = "INSERT INTO hcps (id, database_id, type, first_name, last_name, email,
          phone, parent_id, status, version, sort_name, words, created_at)
        SELECT json_extract(value, '$.id'), $1, 'professional',
          json_extract(value, '$.first_name'), json_extract(value, '$.last_name'),
          json_extract(value, '$.email'), json_extract(value, '$.phone'),
          json_extract(value, '$.parent_id'), 'active', 1,
          json_extract(value, '$.sort_name'), json_extract(value, '$.words'), $3
        FROM json_each($2) WHERE true
        ON CONFLICT (database_id, email) DO NOTHING RETURNING id";
    const POSTGRES: &str = "INSERT INTO hcps (id, database_id, type, first_name, last_name, email,
          phone, parent_id, status, version, sort_name, words, created_at)
        SELECT id, $1, 'professional', first_name, last_name, email, phone, parent_id, 'active', 1,
          sort_name, words, $3
        FROM json_to_recordset(CAST($2 AS json)) AS given (id TEXT, first_name TEXT,
          last_name TEXT, email TEXT, phone TEXT, parent_id TEXT, sort_name TEXT, words TEXT)
        ON CONFLICT (database_id, email) DO NOTHING RETURNING id";
    let found_by = |(id, fit): &(HcpId, &Fit)| (*id, fit.sort_name(), Words::of(fit));
    let mut found_by: Vec<_> = hcps.iter().map(found_by).collect();
    let given = hcps.iter().zip(&found_by);
    let given = given.map(|((id, fit), (_, sort_name, words))| {
        json!({"id": id.to_string(), "first_name": fit.first_name, "last_name": fit.last_name,
            "email": fit.email, "phone": fit.phone, "sort_name": sort_name,
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
    found_by.retain(|(id, ..)| stored.contains(id));
    insert_words(tx, database, &found_by).await?;
    Ok(stored)
}

/// Stores what HCPs are found by: an id, a place among the names, and words. They go in the
/// order of the index, which is large.
pub(super) async fn insert_words(
    tx: &mut Tx,
    database: DatabaseId,
    hcps: &[(HcpId, String, Words)],
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (id, sort_name, words) in hcps {
        let lists = words.lists().into_iter();
        rows.extend(lists.map(|list| (database, list, sort_name.clone(), *id)));
    }
    rows.sort_unstable();
    let stored = tx.insert_all(&WORDS, rows.into_iter(), bind_word);
    stored.await.map(drop)
}

const WORDS: Insert = Insert {
    head: "INSERT INTO hcp_words (database_id, word, sort_name, hcp_id)",
    columns: 4,
    tail: "",
};

type Word = (DatabaseId, String, String, HcpId);

fn bind_word((database, word, sort_name, hcp): Word, query: Query<'_>) -> Query<'_> {
    query.bind(database).bind(word).bind(sort_name).bind(hcp)
}

/// Removes [`AT_ONCE`] professionals that nobody has changed since they were made, and counts them.
pub(super) async fn delete_many(
    tx: &mut Tx,
    database: DatabaseId,
    ids: &[HcpId],
) -> Result<u64, StoreError> {
    tx.query_per_database(
        "DELETE FROM hcp_words WHERE hcp_id IN (SELECT value FROM json_each($1))",
        "DELETE FROM hcp_words
         WHERE hcp_id IN (SELECT json_array_elements_text(CAST($1 AS json)))",
    )
    .bind(list(ids))
    .run()
    .await?;
    tx.query_per_database(
        "DELETE FROM hcps WHERE database_id = $1 AND version = 1
           AND id IN (SELECT value FROM json_each($2))",
        "DELETE FROM hcps WHERE database_id = $1 AND version = 1
           AND id IN (SELECT json_array_elements_text(CAST($2 AS json)))",
    )
    .bind(database)
    .bind(list(ids))
    .run()
    .await
}

fn list(items: &[impl ToString]) -> String {
    Value::from_iter(items.iter().map(ToString::to_string)).to_string()
}
