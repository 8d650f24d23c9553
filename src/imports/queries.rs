//! The tables `imports` and `import_rows`.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Import, Line, Reason, Staged, lines::Content};
use crate::{
    clock::Timestamp,
    id::{DatabaseId, HcpId, ImportId},
    store::{StoreError, Tx},
};

/// The import of the database. `None` when there is none, or it is forgotten.
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
        "SELECT id, database_id, file_name, sheet_name, bytes, status, created_at, committed_at
         FROM imports WHERE id = $1 AND database_id = $2 AND expires_at > $3",
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
struct Stored {
    number: i64,
    document: String,
    reasons: String,
    hcp_id: Option<HcpId>,
}

impl Stored {
    fn read(self) -> Result<Staged, StoreError> {
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

pub(super) async fn insert(
    tx: &mut Tx,
    import: &Import,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.query(
        "INSERT INTO imports (id, database_id, file_name, sheet_name, bytes, status, created_at,
           expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(import.id)
    .bind(import.database_id)
    .bind(import.file_name.clone())
    .bind(import.sheet_name.clone())
    .bind(import.bytes)
    .bind(import.status)
    .bind(import.created_at)
    .bind(expires_at)
    .run()
    .await
    .map(drop)
}

/// Stores rows, a few hundred at once.
pub(super) async fn insert_lines(
    tx: &mut Tx,
    id: ImportId,
    lines: &[Line],
) -> Result<(), StoreError> {
    let mut given = Vec::with_capacity(lines.len());
    for line in lines {
        let document = serde_json::to_string(&line.content);
        let document = document.map_err(|error| StoreError::Corrupt {
            what: "import row",
            value: error.to_string(),
        })?;
        let reasons = words(&line.reasons);
        given.push(json!({"number": line.number, "document": document, "reasons": reasons}));
    }
    tx.query_per_database(
        "INSERT INTO import_rows (import_id, number, document, reasons)
         SELECT $1, json_extract(value, '$.number'), json_extract(value, '$.document'),
           json_extract(value, '$.reasons') FROM json_each($2)",
        "INSERT INTO import_rows (import_id, number, document, reasons)
         SELECT $1, number, document, reasons FROM json_to_recordset(CAST($2 AS json))
           AS given (number BIGINT, document TEXT, reasons TEXT)",
    )
    .bind(id)
    .bind(Value::from(given).to_string())
    .run()
    .await
    .map(drop)
}

/// Writes what became of rows, a few hundred at once. All of them are there: a list of
/// changes has no faster form that both databases plan well.
pub(super) async fn update_lines(
    tx: &mut Tx,
    id: ImportId,
    lines: &[&mut Staged],
) -> Result<(), StoreError> {
    let given = lines.iter().map(|staged| {
        json!({"number": staged.line.number, "reasons": words(&staged.line.reasons),
            "hcp_id": staged.hcp.map(|id| id.to_string())})
    });
    tx.query_per_database(
        "INSERT INTO import_rows (import_id, number, document, reasons, hcp_id)
         SELECT $1, json_extract(value, '$.number'), '', json_extract(value, '$.reasons'),
           json_extract(value, '$.hcp_id') FROM json_each($2) WHERE true
         ON CONFLICT (import_id, number)
           DO UPDATE SET reasons = excluded.reasons, hcp_id = excluded.hcp_id",
        "INSERT INTO import_rows (import_id, number, document, reasons, hcp_id)
         SELECT $1, number, '', reasons, hcp_id FROM json_to_recordset(CAST($2 AS json))
           AS given (number BIGINT, reasons TEXT, hcp_id TEXT)
         ON CONFLICT (import_id, number)
           DO UPDATE SET reasons = excluded.reasons, hcp_id = excluded.hcp_id",
    )
    .bind(id)
    .bind(Value::from_iter(given).to_string())
    .run()
    .await
    .map(drop)
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

/// Takes a staged import for good. `Ok(false)` when somebody did before.
pub(super) async fn commit(
    tx: &mut Tx,
    id: ImportId,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let taken = tx
        .query(
            "UPDATE imports SET status = 'committed', committed_at = $2, expires_at = $3
             WHERE id = $1 AND status = 'staged' AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .bind(expires_at)
        .run()
        .await?;
    Ok(taken == 1)
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
