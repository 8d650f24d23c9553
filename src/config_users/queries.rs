//! The table `config_grants`.
use super::{ConfigGrant, Status};
use crate::{
    access::ConfigRole,
    id::{AccountId, OrganizationId},
    store::{StoreError, Topic, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    account_id: AccountId,
    organization_id: OrganizationId,
    role: String,
    permissions: String,
    status: String,
}

impl TryFrom<Row> for ConfigGrant {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let corrupt = |what, value| StoreError::Corrupt { what, value };
        Ok(Self {
            account: row.account_id,
            organization: row.organization_id,
            role: match row.role.as_str() {
                "owner" => ConfigRole::Owner,
                "member" => ConfigRole::Member,
                _ => return Err(corrupt("config_grants.role", row.role)),
            },
            granted: serde_json::from_str(&row.permissions)
                .map_err(|e| corrupt("config_grants.permissions", e.to_string()))?,
            status: Status::parse(&row.status)
                .ok_or_else(|| corrupt("config_grants.status", row.status))?,
        })
    }
}

/// The person's config grant there, whatever its status.
///
/// # Errors
/// The database is away.
pub async fn config_grant(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<ConfigGrant>, StoreError> {
    let row: Option<Row> = tx
        .query(
            "SELECT account_id, organization_id, role, permissions, status
             FROM config_grants WHERE account_id = $1 AND organization_id = $2",
        )
        .bind(account)
        .bind(organization)
        .optional()
        .await?;
    row.map(ConfigGrant::try_from).transpose()
}

/// All config grants of the person, whatever their status.
///
/// # Errors
/// The database is away.
pub async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<ConfigGrant>, StoreError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT account_id, organization_id, role, permissions, status
             FROM config_grants WHERE account_id = $1 ORDER BY organization_id",
        )
        .bind(account)
        .all()
        .await?;
    rows.into_iter().map(ConfigGrant::try_from).collect()
}

/// Everybody with a config grant there that has not ended.
///
/// # Errors
/// The database is away.
pub async fn accounts_of(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<AccountId>, StoreError> {
    let rows: Vec<(AccountId,)> = tx
        .query(
            "SELECT account_id FROM config_grants
             WHERE organization_id = $1 AND status <> 'ended' ORDER BY account_id",
        )
        .bind(organization)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// Stores a config grant, new or in place of the old one. The caller ends the grants that
/// a lost role or permission carried.
///
/// # Errors
/// The database is away.
pub async fn put(tx: &mut Tx, grant: &ConfigGrant) -> Result<(), StoreError> {
    let now = tx.now();
    let permissions = serde_json::to_string(&grant.granted).map_err(|e| StoreError::Corrupt {
        what: "config_grants.permissions",
        value: e.to_string(),
    })?;
    let role = match grant.role {
        ConfigRole::Owner => "owner",
        ConfigRole::Member => "member",
    };
    tx.touch(Topic::People);
    tx.query(
        "INSERT INTO config_grants (account_id, organization_id, role, permissions, status, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id, organization_id) DO UPDATE SET role = excluded.role,
           permissions = excluded.permissions, status = excluded.status",
    )
    .bind(grant.account)
    .bind(grant.organization)
    .bind(role)
    .bind(permissions)
    .bind(grant.status.name())
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// Whether the person is the organization's only active Owner (I-40). To be asked in the
/// transaction that would end that, after touching the organization's row.
///
/// # Errors
/// The database is away.
pub async fn is_last_owner(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let owners: Vec<(AccountId,)> = tx
        .query(
            "SELECT account_id FROM config_grants
             WHERE organization_id = $1 AND status = 'active' AND role = 'owner'",
        )
        .bind(organization)
        .all()
        .await?;
    Ok(owners == [(account,)])
}
