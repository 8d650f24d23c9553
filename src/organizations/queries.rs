//! The tables `organizations`, `resource_servers`, `solutions` and `databases`.
use super::{Database, Organization, ResourceServer, Settings, Solution, Status};
use crate::{
    id::{DatabaseId, OrganizationId, SolutionId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: OrganizationId,
    name: String,
    status: Status,
    settings: String,
}

impl Row {
    async fn complete(self, tx: &mut Tx) -> Result<Organization, StoreError> {
        let settings =
            serde_json::from_str(&self.settings).map_err(|error| StoreError::Corrupt {
                what: "organizations.settings",
                value: error.to_string(),
            })?;
        let resource_servers = tx
            .query(
                "SELECT audience, signing_alg FROM resource_servers
                 WHERE organization_id = $1 ORDER BY audience",
            )
            .bind(self.id)
            .all()
            .await?;
        Ok(Organization {
            id: self.id,
            name: self.name,
            status: self.status,
            settings,
            resource_servers,
        })
    }
}

/// An organization to be stored.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its id, when it was declared; else a fresh one is taken.
    pub id: Option<OrganizationId>,
    /// Its name.
    pub name: String,
    /// Whether its people and machines may do anything.
    pub status: Status,
    /// How it wants things.
    pub settings: Settings,
}

/// The organization. `None` when there is none.
///
/// # Errors
/// The database is away.
pub async fn get(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    let row: Option<Row> = tx
        .query("SELECT id, name, status, settings FROM organizations WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    match row {
        Some(row) => row.complete(tx).await.map(Some),
        None => Ok(None),
    }
}

/// The organization of that name. `None` when there is none.
///
/// # Errors
/// The database is away.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Organization>, StoreError> {
    let row: Option<Row> = tx
        .query("SELECT id, name, status, settings FROM organizations WHERE name = $1")
        .bind(name.to_owned())
        .optional()
        .await?;
    match row {
        Some(row) => row.complete(tx).await.map(Some),
        None => Ok(None),
    }
}

/// Every organization, oldest first.
///
/// # Errors
/// The database is away.
pub async fn list(tx: &mut Tx) -> Result<Vec<Organization>, StoreError> {
    let rows: Vec<Row> = tx
        .query("SELECT id, name, status, settings FROM organizations ORDER BY created_at, id")
        .all()
        .await?;
    let mut organizations = Vec::with_capacity(rows.len());
    for row in rows {
        organizations.push(row.complete(tx).await?);
    }
    Ok(organizations)
}

/// Stores an active organization. `None` when its id or name is taken.
///
/// # Errors
/// The database is away.
pub async fn insert(
    tx: &mut Tx,
    new: &NewOrganization,
) -> Result<Option<OrganizationId>, StoreError> {
    let id = new.id.unwrap_or_else(|| tx.id());
    let now = tx.now();
    tx.touch(Topic::Configuration);
    let row: Option<(OrganizationId,)> = tx
        .query(
            "INSERT INTO organizations (id, name, status, settings, created_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(id)
        .bind(new.name.clone())
        .bind(new.status)
        .bind(json(&new.settings)?)
        .bind(now)
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Stores name, status and settings of an organization that exists.
///
/// # Errors
/// The name is taken (a duplicate), or the database is away.
pub async fn update(tx: &mut Tx, organization: &Organization) -> Result<(), StoreError> {
    tx.touch(Topic::Configuration);
    tx.query("UPDATE organizations SET name = $2, status = $3, settings = $4 WHERE id = $1")
        .bind(organization.id)
        .bind(organization.name.clone())
        .bind(organization.status)
        .bind(json(&organization.settings)?)
        .run()
        .await
        .map(drop)
}

/// Makes everybody else wait who wants to change the organization, until this work is
/// done: for rules over several rows, such as "at least one OWNER".
///
/// # Errors
/// The database is away.
pub async fn hold(tx: &mut Tx, id: OrganizationId) -> Result<(), StoreError> {
    tx.query("UPDATE organizations SET name = name WHERE id = $1")
        .bind(id)
        .run()
        .await
        .map(drop)
}

/// Replaces the resource servers that the organization declared.
///
/// # Errors
/// An audience twice (a duplicate), or the database is away.
pub async fn put_resource_servers(
    tx: &mut Tx,
    id: OrganizationId,
    servers: &[ResourceServer],
) -> Result<(), StoreError> {
    tx.touch(Topic::Configuration);
    tx.query("DELETE FROM resource_servers WHERE organization_id = $1")
        .bind(id)
        .run()
        .await?;
    for server in servers {
        tx.query(
            "INSERT INTO resource_servers (organization_id, audience, signing_alg)
             VALUES ($1, $2, $3)",
        )
        .bind(id)
        .bind(server.audience.clone())
        .bind(server.signing_alg)
        .run()
        .await?;
    }
    Ok(())
}

/// The organization's solutions, by age.
///
/// # Errors
/// The database is away.
pub async fn solutions(tx: &mut Tx, of: OrganizationId) -> Result<Vec<Solution>, StoreError> {
    tx.query(
        "SELECT id, organization_id, name FROM solutions
         WHERE organization_id = $1 AND archived_at IS NULL ORDER BY created_at, id",
    )
    .bind(of)
    .all()
    .await
}

/// Stores `solution`. `Ok(false)` when its id or name is taken.
///
/// # Errors
/// The database is away.
pub async fn insert_solution(tx: &mut Tx, solution: &Solution) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    let stored = tx
        .query(
            "INSERT INTO solutions (id, organization_id, name, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(solution.id)
        .bind(solution.organization_id)
        .bind(solution.name.clone())
        .bind(now)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Renames a solution.
///
/// # Errors
/// The name is taken (a duplicate), or the database is away.
pub async fn rename_solution(tx: &mut Tx, id: SolutionId, name: &str) -> Result<(), StoreError> {
    tx.touch(Topic::Configuration);
    tx.query("UPDATE solutions SET name = $2 WHERE id = $1")
        .bind(id)
        .bind(name.to_owned())
        .run()
        .await
        .map(drop)
}

/// The solution's databases, by age.
///
/// # Errors
/// The database is away.
pub async fn databases(tx: &mut Tx, of: SolutionId) -> Result<Vec<Database>, StoreError> {
    tx.query(
        "SELECT id, solution_id, name FROM databases
         WHERE solution_id = $1 AND archived_at IS NULL ORDER BY created_at, id",
    )
    .bind(of)
    .all()
    .await
}

/// Stores `database`. `Ok(false)` when its id or name is taken.
///
/// # Errors
/// The database is away.
pub async fn insert_database(tx: &mut Tx, database: &Database) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    let stored = tx
        .query(
            "INSERT INTO databases (id, solution_id, name, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(database.id)
        .bind(database.solution_id)
        .bind(database.name.clone())
        .bind(now)
        .run()
        .await?;
    Ok(stored == 1)
}

/// Renames a database.
///
/// # Errors
/// The name is taken (a duplicate), or the database is away.
pub async fn rename_database(tx: &mut Tx, id: DatabaseId, name: &str) -> Result<(), StoreError> {
    tx.touch(Topic::Configuration);
    tx.query("UPDATE databases SET name = $2 WHERE id = $1")
        .bind(id)
        .bind(name.to_owned())
        .run()
        .await
        .map(drop)
}

fn json(settings: &Settings) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(|error| StoreError::Corrupt {
        what: "organizations.settings",
        value: error.to_string(),
    })
}
