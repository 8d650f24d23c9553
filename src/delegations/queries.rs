//! The table `delegations`.
use super::Delegation;
use crate::{
    clock::Timestamp,
    id::{AccountId, DelegationId, OrganizationId, ServiceAccountId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: DelegationId,
    organization_id: OrganizationId,
    service_account_id: ServiceAccountId,
    provider_account_id: AccountId,
    scopes: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    granted_by: AccountId,
    revoked_at: Option<Timestamp>,
}

impl TryFrom<Row> for Delegation {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            organization: row.organization_id,
            service_account: row.service_account_id,
            provider: row.provider_account_id,
            scopes: row.scopes.parse().map_err(|_| StoreError::Corrupt {
                what: "delegations.scopes",
                value: row.scopes,
            })?,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            granted_by: row.granted_by,
            revoked_at: row.revoked_at,
        })
    }
}

/// The delegation, whether or not it is in force.
///
/// # Errors
/// The database is away.
pub async fn find(tx: &mut Tx, id: DelegationId) -> Result<Option<Delegation>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT id, organization_id, service_account_id, provider_account_id, scopes, starts_at,
               ends_at, granted_by, revoked_at
             FROM delegations WHERE id = $1",
        )
        .bind(id)
        .optional()
        .await?;
    row.map(Delegation::try_from).transpose()
}

/// What the provider delegated to the machine and has neither been revoked nor ended, newest
/// first; some of it may begin later.
///
/// # Errors
/// The database is away.
pub async fn between(
    tx: &mut Tx,
    service_account: ServiceAccountId,
    provider: AccountId,
) -> Result<Vec<Delegation>, StoreError> {
    let now = tx.now();
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, service_account_id, provider_account_id, scopes, starts_at,
               ends_at, granted_by, revoked_at
             FROM delegations
             WHERE service_account_id = $1 AND provider_account_id = $2
               AND revoked_at IS NULL AND ends_at > $3
             ORDER BY id DESC",
        )
        .bind(service_account)
        .bind(provider)
        .bind(now)
        .all()
        .await?;
    rows.into_iter().map(Delegation::try_from).collect()
}

/// Which delegations.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// For this provider.
    pub provider: Option<AccountId>,
    /// To this machine.
    pub service_account: Option<ServiceAccountId>,
}

/// Up to `limit` delegations of the organization that were not revoked, after the one whose
/// id is `after`; oldest first.
///
/// # Errors
/// The database is away.
pub async fn page(
    tx: &mut Tx,
    organization: OrganizationId,
    filter: &Filter,
    (after, limit): (&str, i64),
) -> Result<Vec<Delegation>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, organization_id, service_account_id, provider_account_id, scopes, starts_at,
               ends_at, granted_by, revoked_at
             FROM delegations
             WHERE organization_id = $1 AND revoked_at IS NULL AND id > $2
               AND ($3 IS NULL OR provider_account_id = $3)
               AND ($4 IS NULL OR service_account_id = $4)
             ORDER BY id LIMIT $5",
        )
        .bind(organization)
        .bind(after)
        .bind(filter.provider)
        .bind(filter.service_account)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Delegation::try_from).collect()
}

pub(super) async fn insert(tx: &mut Tx, delegation: &Delegation) -> Result<(), StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    tx.query(
        "INSERT INTO delegations (id, organization_id, service_account_id, provider_account_id,
           scopes, starts_at, ends_at, granted_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(delegation.id)
    .bind(delegation.organization)
    .bind(delegation.service_account)
    .bind(delegation.provider)
    .bind(delegation.scopes.to_string())
    .bind(delegation.starts_at)
    .bind(delegation.ends_at)
    .bind(delegation.granted_by)
    .bind(now)
    .run()
    .await
    .map(drop)
}

pub(super) async fn revoke(tx: &mut Tx, id: DelegationId) -> Result<bool, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    let revoked = tx
        .query("UPDATE delegations SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(revoked == 1)
}

/// Removes every delegation to the machine.
pub(super) async fn delete_of(tx: &mut Tx, machine: ServiceAccountId) -> Result<(), StoreError> {
    tx.touch(Topic::Configuration);
    tx.query("DELETE FROM delegations WHERE service_account_id = $1")
        .bind(machine)
        .run()
        .await
        .map(drop)
}

pub(super) async fn revoke_all_of(
    tx: &mut Tx,
    organization: OrganizationId,
    provider: AccountId,
) -> Result<u64, StoreError> {
    let now = tx.now();
    tx.touch(Topic::Configuration);
    tx.query(
        "UPDATE delegations SET revoked_at = $3
         WHERE organization_id = $1 AND provider_account_id = $2 AND revoked_at IS NULL",
    )
    .bind(organization)
    .bind(provider)
    .bind(now)
    .run()
    .await
}
