//! The tables `imports` and `import_rows`.
use std::collections::BTreeSet;

use super::{Import, Line, Reason, Staged, lines::Content};
use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId, ImportId},
    store::{Insert, Query, StoreError, Tx},
};

/// The import of the database. `None` when there is none, it is forgotten, or not all of its
/// rows are there yet.
///
/// # Errors
/// The database is away.
pub async fn find(
    tx: &mut Tx,
    database: DatabaseId,
    id: ImportId,
) -> Result<Option<Import>, StoreError> {
    let now = tx.now();
    tx.query(
        "SELECT id, database_id, file_name, sheet_name, bytes, status, created_at, committed_at,
           rows_done, rows_wanted
         FROM imports
         WHERE id = $1 AND database_id = $2 AND expires_at > $3 AND status <> 'reading'",
    )
    .bind(id)
    .bind(database)
    .bind(now)
    .optional()
    .await
}

/// The rows of an import, in the order of the file.
///
/// # Errors
/// The database is away.
pub async fn lines(tx: &mut Tx, id: ImportId) -> Result<Vec<Staged>, StoreError> {
    let rows: Vec<Stored> = tx
        .query(
            "SELECT number, document, reasons, hcp_id FROM import_rows
             WHERE import_id = $1 ORDER BY number",
        )
        .bind(id)
        .all()
        .await?;
    rows.into_iter().map(Stored::read).collect()
}

#[derive(sqlx::FromRow)]
pub(super) struct Stored {
    number: i64,
    document: String,
    reasons: String,
    hcp_id: Option<HcpId>,
}

impl Stored {
    pub(super) fn read(self) -> Result<Staged, StoreError> {
        let corrupt = || StoreError::Corrupt {
            what: "import row",
            value: self.number.to_string(),
        };
        let content: Content = serde_json::from_str(&self.document).map_err(|_| corrupt())?;
        let reasons = self.reasons.split_whitespace().map(Reason::named);
        let reasons: Option<BTreeSet<Reason>> = reasons.collect();
        Ok(Staged {
            line: Line {
                number: u32::try_from(self.number).map_err(|_| corrupt())?,
                content,
                reasons: reasons.ok_or_else(corrupt)?,
            },
            hcp: self.hcp_id,
        })
    }
}

/// Stores an import whose rows are not all there yet.
pub(super) async fn insert(
    tx: &mut Tx,
    import: &Import,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.query(
        "INSERT INTO imports (id, database_id, file_name, sheet_name, bytes, status, created_at,
           expires_at)
         VALUES ($1, $2, $3, $4, $5, 'reading', $6, $7)",
    )
    .bind(import.id)
    .bind(import.database_id)
    .bind(import.file_name.clone())
    .bind(import.sheet_name.clone())
    .bind(import.bytes)
    .bind(import.created_at)
    .bind(expires_at)
    .run()
    .await
    .map(drop)
}

/// All rows are there.
pub(super) async fn ready(tx: &mut Tx, id: ImportId) -> Result<(), StoreError> {
    tx.query("UPDATE imports SET status = 'staged' WHERE id = $1 AND status = 'reading'")
        .bind(id)
        .run()
        .await
        .map(drop)
}

const LINES: Insert = Insert {
    head: "INSERT INTO import_rows (import_id, number, document, reasons)",
    columns: 4,
    tail: "",
};

type NewLine = (ImportId, i64, String, String);

fn bind_new((import, number, document, reasons): NewLine, query: Query<'_>) -> Query<'_> {
    query.bind(import).bind(number).bind(document).bind(reasons)
}

pub(super) async fn insert_lines(
    tx: &mut Tx,
    id: ImportId,
    lines: &[Line],
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let document = serde_json::to_string(&line.content);
        let document = document.map_err(|error| StoreError::Corrupt {
            what: "import row",
            value: error.to_string(),
        })?;
        rows.push((id, i64::from(line.number), document, words(&line.reasons)));
    }
    let stored = tx.insert_all(&LINES, rows.into_iter(), bind_new);
    stored.await.map(drop)
}

/// A list of changes has no faster form that both databases plan well: all of them are there.
const OUTCOMES: Insert = Insert {
    head: "INSERT INTO import_rows (import_id, number, document, reasons, hcp_id)",
    columns: 5,
    tail: "ON CONFLICT (import_id, number)
           DO UPDATE SET reasons = excluded.reasons, hcp_id = excluded.hcp_id",
};

type Outcome = (ImportId, i64, String, Option<HcpId>);

fn bind_outcome((import, number, reasons, hcp): Outcome, query: Query<'_>) -> Query<'_> {
    let query = query.bind(import).bind(number).bind(String::new());
    query.bind(reasons).bind(hcp)
}

/// Writes what became of rows.
pub(super) async fn update_lines(
    tx: &mut Tx,
    id: ImportId,
    lines: &[Staged],
) -> Result<(), StoreError> {
    let outcome = |staged: &Staged| {
        let Line {
            number, reasons, ..
        } = &staged.line;
        (id, i64::from(*number), words(reasons), staged.hcp)
    };
    let updated = tx.insert_all(&OUTCOMES, lines.iter().map(outcome), bind_outcome);
    updated.await.map(drop)
}

/// Forgets which HCPs the rows became.
pub(super) async fn forget_hcps(tx: &mut Tx, id: ImportId) -> Result<(), StoreError> {
    tx.query("UPDATE import_rows SET hcp_id = NULL WHERE import_id = $1")
        .bind(id)
        .run()
        .await
        .map(drop)
}

fn words(reasons: &BTreeSet<Reason>) -> String {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
    codes.join(" ")
}

/// Takes a committed import back. `Ok(false)` when it is none.
pub(super) async fn undo(tx: &mut Tx, id: ImportId) -> Result<bool, StoreError> {
    let taken = tx
        .query("UPDATE imports SET status = 'undone' WHERE id = $1 AND status = 'committed'")
        .bind(id)
        .run()
        .await?;
    Ok(taken == 1)
}

/// Forgets imports whose time is over, and the people in them.
///
/// # Errors
/// The database is away.
pub async fn sweep(tx: &mut Tx) -> Result<(), StoreError> {
    let now = tx.now();
    tx.query(
        "DELETE FROM import_rows
         WHERE import_id IN (SELECT id FROM imports WHERE expires_at <= $1)",
    )
    .bind(now)
    .run()
    .await?;
    tx.query("DELETE FROM imports WHERE expires_at <= $1")
        .bind(now)
        .run()
        .await
        .map(drop)
}
