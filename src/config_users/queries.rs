//! The table `config_grants`.
use super::{ConfigGrant, Status};
use crate::{
    access::ConfigRole,
    clock::Timestamp,
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
            role: ConfigRole::parse(&row.role)
                .ok_or_else(|| corrupt("config_grants.role", row.role))?,
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
    tx.touch(Topic::People);
    tx.query(
        "INSERT INTO config_grants (account_id, organization_id, role, permissions, status, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id, organization_id) DO UPDATE SET role = excluded.role,
           permissions = excluded.permissions, status = excluded.status",
    )
    .bind(grant.account)
    .bind(grant.organization)
    .bind(grant.role.name())
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

/// A config user, with what the list shows of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigUser {
    /// The config grant.
    pub grant: ConfigGrant,
    /// The person's name; what the invitation says as long as it waits.
    pub name: String,
    /// His e-mail address; where the invitation went as long as it waits.
    pub email: Option<String>,
    /// When he last signed in. `None` as long as the invitation waits.
    pub last_sign_in_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    account_id: AccountId,
    organization_id: OrganizationId,
    role: String,
    permissions: String,
    status: String,
    name: String,
    email: Option<String>,
    last_sign_in_at: Option<Timestamp>,
}

/// Config users that have not ended, oldest account first: those after `after`, at most `rows`.
///
/// # Errors
/// The database is away.
pub async fn config_users(
    tx: &mut Tx,
    organization: OrganizationId,
    page: (&str, i64),
) -> Result<Vec<ConfigUser>, StoreError> {
    list(tx, organization, None, page).await
}

/// One config user whose rights have not ended.
///
/// # Errors
/// The database is away.
pub async fn config_user(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<ConfigUser>, StoreError> {
    let found = list(tx, organization, Some(account), ("", 1)).await?;
    Ok(found.into_iter().next())
}

async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    account: Option<AccountId>,
    (after, rows): (&str, i64),
) -> Result<Vec<ConfigUser>, StoreError> {
    let found: Vec<UserRow> = tx
        .query(
            "SELECT g.account_id, g.organization_id, g.role, g.permissions, g.status,
               CASE WHEN g.status = 'invited' THEN COALESCE(i.name, '') ELSE a.display_name END AS name,
               CASE WHEN g.status = 'invited' THEN i.email ELSE (
                 SELECT value_norm FROM login_identifiers
                 WHERE account_id = g.account_id AND kind = 'email' ORDER BY id LIMIT 1) END AS email,
               CASE WHEN g.status = 'invited' THEN NULL ELSE a.last_sign_in_at END AS last_sign_in_at
             FROM config_grants g JOIN accounts a ON a.id = g.account_id
             LEFT JOIN invitations i ON i.account_id = g.account_id
               AND i.organization_id = g.organization_id AND i.kind = 'config_user'
               AND i.accepted_at IS NULL AND i.voided_at IS NULL
             WHERE g.organization_id = $1 AND g.status <> 'ended' AND g.account_id > $2
               AND ($4 IS NULL OR g.account_id = $4)
             ORDER BY g.account_id LIMIT $3",
        )
        .bind(organization)
        .bind(after)
        .bind(rows)
        .bind(account)
        .all()
        .await?;
    let user = |row: UserRow| {
        let grant = Row {
            account_id: row.account_id,
            organization_id: row.organization_id,
            role: row.role,
            permissions: row.permissions,
            status: row.status,
        };
        Ok(ConfigUser {
            grant: grant.try_into()?,
            name: row.name,
            email: row.email,
            last_sign_in_at: row.last_sign_in_at,
        })
    };
    found.into_iter().map(user).collect()
}

/// The config grant becomes active, if it waits for that.
pub(super) async fn join(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    tx.touch(Topic::People);
    let joined = tx
        .query(
            "UPDATE config_grants SET status = 'active'
             WHERE account_id = $1 AND organization_id = $2 AND status = 'invited'",
        )
        .bind(account)
        .bind(organization)
        .run()
        .await?;
    Ok(joined == 1)
}

pub(super) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    tx.touch(Topic::People);
    tx.query("DELETE FROM config_grants WHERE account_id = $1 AND organization_id = $2")
        .bind(account)
        .bind(organization)
        .run()
        .await
        .map(drop)
}
