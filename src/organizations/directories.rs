//! The tables `solutions` and `databases`, as their directories are kept: found, archived,
//! and held while a rule over several HCPs is decided.
use super::{Database, Solution};
use crate::{
    id::{DatabaseId, OrganizationId, SolutionId},
    store::{StoreError, Topic, Tx},
};

/// A database and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Directory {
    /// The database.
    #[sqlx(flatten)]
    pub database: Database,
    /// The tenant.
    pub organization_id: OrganizationId,
}

/// The solution. `None` when there is none, or it is archived.
///
/// # Errors
/// The database is away.
pub async fn solution(tx: &mut Tx, id: SolutionId) -> Result<Option<Solution>, StoreError> {
    tx.query(
        "SELECT id, organization_id, name FROM solutions WHERE id = $1 AND archived_at IS NULL",
    )
    .bind(id)
    .optional()
    .await
}

/// The database. `None` when there is none, or it or its solution is archived.
///
/// # Errors
/// The database is away.
pub async fn directory(tx: &mut Tx, id: DatabaseId) -> Result<Option<Directory>, StoreError> {
    tx.query(
        "SELECT d.id, d.solution_id, d.name, s.organization_id
         FROM databases d JOIN solutions s ON s.id = d.solution_id
         WHERE d.id = $1 AND d.archived_at IS NULL AND s.archived_at IS NULL",
    )
    .bind(id)
    .optional()
    .await
}

/// The databases of the organization that are in use, in solutions that are, oldest first.
///
/// # Errors
/// The database is away.
pub async fn databases_of(tx: &mut Tx, of: OrganizationId) -> Result<Vec<Database>, StoreError> {
    tx.query(
        "SELECT d.id, d.solution_id, d.name FROM databases d JOIN solutions s ON s.id = d.solution_id
         WHERE s.organization_id = $1 AND d.archived_at IS NULL AND s.archived_at IS NULL
         ORDER BY d.created_at, d.id",
    )
    .bind(of)
    .all()
    .await
}

/// Puts a solution away, with all that is in it. Its name is free again.
///
/// # Errors
/// The database is away.
pub async fn archive_solution(tx: &mut Tx, id: SolutionId) -> Result<(), StoreError> {
    let now = tx.now();
    touch(tx);
    tx.query(
        "UPDATE solutions SET archived_at = $2, name = name || ' ' || id
         WHERE id = $1 AND archived_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Puts a database away, with all that is in it. Its name is free again.
///
/// # Errors
/// The database is away.
pub async fn archive_database(tx: &mut Tx, id: DatabaseId) -> Result<(), StoreError> {
    let now = tx.now();
    touch(tx);
    tx.query(
        "UPDATE databases SET archived_at = $2, name = name || ' ' || id
         WHERE id = $1 AND archived_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// The capacities of HCPs end with their directory.
fn touch(tx: &mut Tx) {
    tx.touch(Topic::Configuration);
    tx.touch(Topic::People);
}

/// Makes everybody else wait who decides over several HCPs of the database, until this work
/// is done: for the tree of parents (I-32).
///
/// # Errors
/// The database is away.
pub async fn hold_database(tx: &mut Tx, id: DatabaseId) -> Result<(), StoreError> {
    tx.query("UPDATE databases SET name = name WHERE id = $1")
        .bind(id)
        .run()
        .await
        .map(drop)
}
