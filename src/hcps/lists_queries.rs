//! The tables `hcp_lists` and `hcp_numbers`.
//!
//! An HCP stands in some twenty lists, and each entry is on another page of a large index. What
//! that costs is decided by how narrow an entry is. So databases and their HCPs have numbers
//! here, which count up.
use super::words::Words;
use crate::{
    id::{DatabaseId, HcpId},
    store::{Insert, Query, StoreError, Tx},
};

/// How an HCP is called in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub(super) struct Number {
    /// Of its database.
    pub(super) directory: i64,
    /// Its own.
    #[sqlx(rename = "number")]
    pub(super) hcp: i64,
}

/// The first of so many numbers, which nobody else gets. Others who want some of the
/// database wait for the end of `tx`.
pub(super) async fn new_numbers(
    tx: &mut Tx,
    database: DatabaseId,
    count: usize,
) -> Result<Number, StoreError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    loop {
        let taken: Option<Number> = tx
            .query(
                "UPDATE hcp_numbers SET last = last + $2 WHERE database_id = $1
                 RETURNING directory, last - $2 + 1 AS number",
            )
            .bind(database)
            .bind(count)
            .optional()
            .await?;
        if let Some(first) = taken {
            return Ok(first);
        }
        // Whoever made one at the same time has it, for this database or with this number.
        tx.query(
            "INSERT INTO hcp_numbers (database_id, directory, last)
             SELECT $1, COALESCE(MAX(directory), 0) + 1, 0 FROM hcp_numbers WHERE true
             ON CONFLICT DO NOTHING",
        )
        .bind(database)
        .run()
        .await?;
    }
}

/// What an HCP is found by: its number, its place among the names, and its words.
pub(super) type FoundBy = (Number, String, Words);

/// Stores what HCPs are found by, in the order of the index, which is large: all at once, so
/// that no page of it is written twice.
pub(super) async fn insert(tx: &mut Tx, hcps: &[FoundBy]) -> Result<(), StoreError> {
    let mut entries = Vec::new();
    for (number, sort_name, words) in hcps {
        let lists = words.lists().into_iter();
        entries.extend(lists.map(|list| (number.directory, list, sort_name.clone(), number.hcp)));
    }
    entries.sort_unstable();
    let stored = tx.insert_all(&ENTRIES, entries.into_iter(), bind_entry);
    stored.await.map(drop)
}

const ENTRIES: Insert = Insert {
    head: "INSERT INTO hcp_lists (directory, list, sort_name, hcp)",
    columns: 4,
    tail: "",
};

type Entry = (i64, String, String, i64);

fn bind_entry((directory, list, sort_name, hcp): Entry, query: Query<'_>) -> Query<'_> {
    query.bind(directory).bind(list).bind(sort_name).bind(hcp)
}

/// Takes the HCP out of its lists, and gives its number. `None` when it is gone.
pub(super) async fn delete(tx: &mut Tx, id: HcpId) -> Result<Option<Number>, StoreError> {
    let number: Option<Number> = tx
        .query(
            "SELECT n.directory, h.number FROM hcps h
             JOIN hcp_numbers n ON n.database_id = h.database_id WHERE h.id = $1",
        )
        .bind(id)
        .optional()
        .await?;
    if let Some(number) = number {
        tx.query("DELETE FROM hcp_lists WHERE directory = $1 AND hcp = $2")
            .bind(number.directory)
            .bind(number.hcp)
            .run()
            .await?;
    }
    Ok(number)
}
