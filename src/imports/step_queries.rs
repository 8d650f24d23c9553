//! The tables `imports` and `import_rows`, while rows are taken.
use std::sync::Arc;

use super::{Staged, queries::Stored};
use crate::{
    audit::Doer,
    clock::Timestamp,
    id::{DatabaseId, ImportId},
    store::{Origin, StoreError, Tx},
};

/// An import whose rows are taken.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: ImportId,
    pub(super) database_id: DatabaseId,
    /// The number of the last row that was taken.
    pub(super) position: i64,
    /// Who wants it.
    pub(super) by: Doer,
    /// The request that asked for it.
    pub(super) origin: Option<Arc<Origin>>,
    /// Whether each new HCP is invited.
    pub(super) invites: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    database_id: DatabaseId,
    position: i64,
    doer: String,
    doer_type: String,
    invites: bool,
    request_id: Option<Arc<str>>,
    address: Option<String>,
}

/// What `doer` is stored as, and back. Only one command imports.
const COMMAND: &str = "hcp import";

fn doer_type(doer: &Doer) -> &'static str {
    match doer {
        Doer::Person(_) => "person",
        Doer::Machine(_) => "machine",
        Doer::Command(_) => "command",
    }
}

impl Row {
    fn doer(&self) -> Result<Doer, StoreError> {
        let corrupt = || StoreError::Corrupt {
            what: "doer of an import",
            value: self.doer.clone(),
        };
        match self.doer_type.as_str() {
            "person" => self.doer.parse().map(Doer::Person).map_err(|_| corrupt()),
            "machine" => Ok(Doer::Machine(self.doer.clone())),
            _ => Ok(Doer::Command(COMMAND)),
        }
    }
}

/// How many rows are to be taken.
pub(super) async fn count_accepted(tx: &mut Tx, id: ImportId) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM import_rows WHERE import_id = $1 AND reasons = ''")
        .bind(id)
        .one()
        .await?;
    Ok(count)
}

/// Begins to take a staged import, `wanted` rows of it. `Ok(false)` when somebody did before.
pub(super) async fn begin(
    tx: &mut Tx,
    id: ImportId,
    (by, invites): (&Doer, bool),
    (wanted, expires_at): (i64, Timestamp),
) -> Result<bool, StoreError> {
    let now = tx.now();
    let request_id = tx.origin().map(|origin| origin.request_id.clone());
    let address = tx.origin().and_then(|origin| origin.address);
    let begun = tx
        .query(
            "UPDATE imports SET status = 'committing', moved_at = $2, expires_at = $3,
               rows_wanted = $4, doer = $5, doer_type = $6, invites = $7, request_id = $8,
               address = $9
             WHERE id = $1 AND status = 'staged' AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .bind(expires_at)
        .bind(wanted)
        .bind(by.id())
        .bind(doer_type(by).to_owned())
        .bind(invites)
        .bind(request_id)
        .bind(address.map(|address| address.to_string()))
        .run()
        .await?;
    Ok(begun == 1)
}

/// The import, while its rows are taken.
pub(super) async fn job(tx: &mut Tx, id: ImportId) -> Result<Option<Job>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT database_id, position, doer, doer_type, invites, request_id, address
             FROM imports WHERE id = $1 AND status = 'committing'",
        )
        .bind(id)
        .optional()
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let address = row.address.as_deref().and_then(|text| text.parse().ok());
    Ok(Some(Job {
        id,
        database_id: row.database_id,
        position: row.position,
        by: row.doer()?,
        origin: row.request_id.map(|request_id| {
            Arc::new(Origin {
                request_id,
                address,
            })
        }),
        invites: row.invites,
    }))
}

/// Those under way that nobody moved since.
pub(super) async fn standing_still(
    tx: &mut Tx,
    since: Timestamp,
) -> Result<Vec<ImportId>, StoreError> {
    let ids: Vec<(ImportId,)> = tx
        .query("SELECT id FROM imports WHERE status = 'committing' AND moved_at <= $1")
        .bind(since)
        .all()
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// The next `most` rows that are to be taken.
pub(super) async fn next_lines(
    tx: &mut Tx,
    id: ImportId,
    position: i64,
    most: i64,
) -> Result<Vec<Staged>, StoreError> {
    let rows: Vec<Stored> = tx
        .query(
            "SELECT number, document, reasons, hcp_id FROM import_rows
             WHERE import_id = $1 AND number > $2 AND reasons = '' ORDER BY number LIMIT $3",
        )
        .bind(id)
        .bind(position)
        .bind(most)
        .all()
        .await?;
    rows.into_iter().map(Stored::read).collect()
}

/// The rows up to the number `to` are taken now. `Ok(false)` when somebody else does so.
pub(super) async fn advance(
    tx: &mut Tx,
    job: &Job,
    to: u32,
    rows: i64,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let moved = tx
        .query(
            "UPDATE imports SET position = $3, rows_done = rows_done + $4, moved_at = $5
             WHERE id = $1 AND position = $2 AND status = 'committing'",
        )
        .bind(job.id)
        .bind(job.position)
        .bind(i64::from(to))
        .bind(rows)
        .bind(now)
        .run()
        .await?;
    Ok(moved == 1)
}

/// All rows are taken. `Ok(false)` when that is known.
pub(super) async fn finish(
    tx: &mut Tx,
    id: ImportId,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let finished = tx
        .query(
            "UPDATE imports SET status = 'committed', committed_at = $2, expires_at = $3
             WHERE id = $1 AND status = 'committing'",
        )
        .bind(id)
        .bind(now)
        .bind(expires_at)
        .run()
        .await?;
    Ok(finished == 1)
}
